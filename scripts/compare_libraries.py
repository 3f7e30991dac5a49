"""
Compare the libraries we chose with what else could do their work: start, decode, ask, log.

    .venv/bin/python scripts/compare_libraries.py

Installs all of them, at the versions below, into a temporary virtual environment, and runs small
equivalent programs there, in turns, each round in another order. About two minutes on two cores.
Only loopback is asked. Decision: docs/decisions/0009-libraries.md.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement

PINNED = {
    "httpx2": "2.16.2",
    "httpx": "0.28.1",
    "aiohttp": "3.14.5",
    "niquests": "3.21.2",
    "cyclopts": "5.5.2",
    "typer": "0.29.2",
    "msgspec": "0.22.0",
    "pydantic": "2.14.4",
    "structlog": "26.1.0",
    "starlette": "1.10.0",
    "uvicorn": "0.54.0",
}
TRACKS = 20
RELATIONS = 6
SECONDS_MAX = 30


class Case(NamedTuple):
    """
    One library at one task. `arguments` start a Python process; what it prints are the numbers
    of `rows`, in milliseconds. Where `is_timed`, the process itself is the measure: wall, then CPU.
    The first case of a row is ours, with which the others are compared.
    """

    rows: tuple[str, ...]
    library: str
    arguments: tuple[str, ...]
    is_timed: bool = False


# One value for each round, by row and library.
Measured = dict[tuple[str, str], list[float]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--seconds", type=float, default=90, help="no round begins later")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="linernotes-compare-") as folder:
        place = Path(folder)
        python = install(place / "venv")
        write(PROGRAMS, place)
        (place / "release.json").write_text(json.dumps(release(random.Random(1))))
        with server(python, place) as address:
            measured = measure(
                cases(address), python, place, rounds=chosen.rounds, seconds=chosen.seconds
            )
        report(measured)
        report_sizes(str(next((place / "venv").glob("lib/*/site-packages"))))


def cases(address: str) -> list[Case]:
    def started(row: str, *arguments: str) -> list[Case]:
        names = ("cyclopts", "typer", "argparse")
        return [
            Case(timed(row), name, ("-m", f"cli_{name}", *arguments), is_timed=True)
            for name in names
        ]

    def imported(*names: str) -> list[Case]:
        rows = timed(f"import {names[0]}, or")
        return [Case(rows, name, ("-c", f"import {name}"), is_timed=True) for name in names]

    def timed(row: str) -> tuple[str, str]:
        return row, f"{row}: CPU"

    def asked(at_once: int) -> list[Case]:
        rows = (f"a GET, {at_once} at once", f"a GET, {at_once} at once: CPU")
        names = ("httpx2", "httpx", "aiohttp", "niquests")
        return [Case(rows, name, ("-m", "asking", name, address, str(at_once))) for name in names]

    return [
        *started("start a command", "status", "--json"),
        *started("start --help", "--help"),
        Case(timed("start Python"), "nothing", ("-c", "pass"), is_timed=True),
        *imported("cyclopts", "typer", "argparse"),
        *imported("httpx2", "httpx", "aiohttp", "niquests"),
        *imported("msgspec", "pydantic", "json"),
        *imported("structlog", "logging"),
        *(
            Case(("decode a release",), name, ("-m", f"decoding_{name}"))
            for name in ("msgspec", "pydantic", "json")
        ),
        *asked(at_once=1),
        *asked(at_once=8),
        *(
            Case(("log a line", "log a line nobody wants"), name, ("-m", "logged", name))
            for name in ("structlog", "logging")
        ),
    ]


def measure(
    cases: Sequence[Case], python: Path, place: Path, *, rounds: int, seconds: float
) -> Measured:
    """Every case once a round. The first round fills caches and does not count."""
    measured: Measured = {(row, case.library): [] for case in cases for row in case.rows}
    end = time.monotonic() + seconds
    for number in range(rounds + 1):
        if time.monotonic() > end:
            break
        for case in random.sample(cases, len(cases)):
            values = run(case, python, place)
            if number:
                for row, value in zip(case.rows, values, strict=True):
                    measured[row, case.library].append(value)
    return measured


def run(case: Case, python: Path, place: Path) -> list[float]:
    before, cpu_before = time.perf_counter(), cpu_seconds()
    done = subprocess.run(
        [python, *case.arguments],
        cwd=place,
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS_MAX,
    )
    if case.is_timed:
        return [(time.perf_counter() - before) * 1000, (cpu_seconds() - cpu_before) * 1000]
    return [float(value) for value in done.stdout.split()]


def cpu_seconds() -> float:
    """Of all processes that have ended so far, which other work on the machine disturbs less."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(measured: Measured) -> None:
    """A line a row: medians in ms, and the median of each round's ratio to ours."""
    print(f"medians of {min(map(len, measured.values()))} rounds, ms (times ours)")
    for row in dict.fromkeys(row for row, _ in measured):
        found = {library: values for (name, library), values in measured.items() if name == row}
        ours = next(iter(found.values()))
        print(f"{row:32}", "  ".join(cell(name, found[name], ours) for name in found))


def cell(library: str, values: Sequence[float], ours: Sequence[float]) -> str:
    text = f"{library} {statistics.median(values):.3g}"
    if values is ours:
        return text
    ratio = statistics.median(value / our for value, our in zip(values, ours, strict=True))
    return f"{text} ({ratio:.2f})"


# ---- what is installed


def install(folder: Path) -> Path:
    venv.create(folder, with_pip=False, symlinks=True)
    pins = [f"{name}=={version}" for name, version in PINNED.items()]
    pip = [sys.executable, "-m", "pip", "--quiet", "--python", str(folder), "install"]
    subprocess.run([*pip, *pins], check=True, timeout=300, stderr=subprocess.DEVNULL)
    return folder / "bin" / "python"


def report_sizes(site_packages: str) -> None:
    print("installed, with all that it brings")
    for name, version in PINNED.items():
        print(f"{name} {version}: {size(closure(Requirement(name), [site_packages]))}")
    try:
        ours = closure(Requirement("linernotes"), sys.path)
    except importlib.metadata.PackageNotFoundError:
        return
    print(f"linernotes, all dependencies: {size(ours)}")
    largest = sorted(ours.items(), key=lambda item: megabytes(item[1]), reverse=True)[:4]
    print("  of these", ", ".join(f"{name} {megabytes(files):.1f} MB" for name, files in largest))


Distributions = Mapping[str, importlib.metadata.Distribution]


def closure(wanted: Requirement, path: list[str]) -> dict[str, importlib.metadata.Distribution]:
    """The distribution and all that it requires here, by name."""
    found: dict[str, importlib.metadata.Distribution] = {}
    waiting = [wanted]
    seen: set[str] = set()
    while waiting:
        requirement = waiting.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        distribution = next(
            iter(importlib.metadata.distributions(name=requirement.name, path=path)), None
        )
        if distribution is None:
            raise importlib.metadata.PackageNotFoundError(requirement.name)
        found[distribution.name.lower().replace("_", "-")] = distribution
        waiting += [
            needed
            for needed in map(Requirement, distribution.requires or [])
            if needed.marker is None
            or any(needed.marker.evaluate({"extra": extra}) for extra in {"", *requirement.extras})
        ]
    return found


def size(distributions: Distributions) -> str:
    total = sum(map(megabytes, distributions.values()))
    return f"{len(distributions)} packages, {total:.1f} MB"


def megabytes(distribution: importlib.metadata.Distribution) -> float:
    """Without bytecode, which the first start writes."""
    paths = [Path(str(file.locate())) for file in distribution.files or []]
    return sum(p.stat().st_size for p in paths if p.suffix != ".pyc" and p.is_file()) / 1e6


# ---- what is asked and decoded


@contextmanager
def server(python: Path, place: Path) -> Iterator[str]:
    """Starlette on a free port of loopback; the address to ask."""
    process = subprocess.Popen([python, "-m", "serving"], cwd=place, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/release"
    finally:
        process.terminate()
        process.wait(timeout=SECONDS_MAX)


def release(chance: random.Random) -> dict[str, Any]:
    """A release as MusicBrainz answers it, with more fields than anybody reads."""
    return {
        **entity(chance),
        "status": "Official",
        "date": "2016-04-29",
        "barcode": "602547934413",
        "country": "US",
        "text-representation": {"language": "eng", "script": "Latn"},
        "artist-credit": [{"name": "Drake", "joinphrase": "", "artist": entity(chance)}],
        "release-group": {**entity(chance), "secondary-types": ["Mixtape/Street"]},
        "media": [
            {
                "position": 1,
                "format": "CD",
                "track-count": TRACKS,
                "tracks": [track(chance, position + 1) for position in range(TRACKS)],
            }
        ],
    }


def track(chance: random.Random, position: int) -> dict[str, Any]:
    length = chance.randrange(120_000, 400_000)
    return {
        **entity(chance),
        "position": position,
        "number": str(position),
        "length": length,
        "recording": {
            **entity(chance),
            "length": length,
            "video": False,
            "first-release-date": "2016-04-29",
            "isrcs": [f"USCM516{chance.randrange(100_000):05}"],
            "relations": [relation(chance) for _ in range(RELATIONS)],
        },
    }


def relation(chance: random.Random) -> dict[str, Any]:
    kind = identifier(chance)
    return {
        "type": "producer",
        "type-id": identifier(chance),
        "direction": "backward",
        "target-type": "artist",
        "artist": {**entity(chance), "type": "Person", "sort-name": "Shebib, Noah"},
        "attributes": ["additional"],
        "attribute-ids": {"additional": kind},
        "attribute-values": {},
        "source-credit": "",
        "target-credit": "Noah “40” Shebib",
        "begin": None,
        "end": None,
        "ended": False,
    }


def entity(chance: random.Random) -> dict[str, Any]:
    name = f"Name {chance.randrange(10**9)}"
    return {"id": identifier(chance), "title": name, "name": name, "disambiguation": ""}


def identifier(chance: random.Random) -> str:
    text = f"{chance.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


# ---- the programs


def write(programs: Mapping[str, str], place: Path) -> None:
    for name, text in programs.items():
        (place / f"{name}.py").write_text(text)


CYCLOPTS = '''
from cyclopts import App

app = App(name="compared", help="Who produced every track.", version="1")


@app.command
def discover(artist: str, /, *, refresh: bool = False, workers: int = 4):
    """Find out who produced an artist's tracks.

    Parameters
    ----------
    artist: Name, link or id.
    refresh: Ask the sources again.
    workers: How many work at once.
    """


@app.command
def status(*, json: bool = False):
    """Say what waits.

    Parameters
    ----------
    json: One document.
    """
    print("{}" if json else "nothing waits")
'''
CYCLOPTS_MORE = '''
@app.command
def {name}(artist: str, /, *, json: bool = False, limit: int = 20):
    """Print the {name}.

    Parameters
    ----------
    artist: Name, link or id.
    json: One document.
    limit: At most so many.
    """
'''
TYPER = '''
from typing import Annotated

import typer

app = typer.Typer(name="compared", help="Who produced every track.")


@app.command()
def discover(
    artist: Annotated[str, typer.Argument(help="Name, link or id.")],
    refresh: Annotated[bool, typer.Option(help="Ask the sources again.")] = False,
    workers: Annotated[int, typer.Option(help="How many work at once.")] = 4,
):
    """Find out who produced an artist's tracks."""


@app.command()
def status(json: Annotated[bool, typer.Option(help="One document.")] = False):
    """Say what waits."""
    print("{}" if json else "nothing waits")
'''
TYPER_MORE = '''
@app.command()
def {name}(
    artist: Annotated[str, typer.Argument(help="Name, link or id.")],
    json: Annotated[bool, typer.Option(help="One document.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 20,
):
    """Print the {name}."""
'''
ARGPARSE = """
import argparse

app = argparse.ArgumentParser("compared", description="Who produced every track.")
commands = app.add_subparsers(dest="command")
one = commands.add_parser("discover", help="Find out who produced an artist's tracks.")
one.add_argument("artist", help="Name, link or id.")
one.add_argument("--refresh", action="store_true", help="Ask the sources again.")
one.add_argument("--workers", type=int, default=4, help="How many work at once.")
one = commands.add_parser("status", help="Say what waits.")
one.add_argument("--json", action="store_true", help="One document.")
for name in {names}:
    one = commands.add_parser(name, help="Print the " + name)
    one.add_argument("artist", help="Name, link or id.")
    one.add_argument("--json", action="store_true", help="One document.")
    one.add_argument("--limit", type=int, default=20, help="At most so many.")
arguments = app.parse_args()
if arguments.command == "status":
    print("{{}}" if arguments.json else "nothing waits")
"""
MORE = ("producers", "credits", "export", "retry")

# The slice that we read, as in linernotes.sources.musicbrainz_payloads.
MODELS = """
class Artist(Model):
    id: str
    name: str
    type: str | None = None
    disambiguation: str | None = None


class Relation(Model):
    artist: Artist | None = None
    type_id: str | None = field("type-id")
    attributes: list[str] | None = None
    attribute_ids: dict[str, str | None] | None = field("attribute-ids")
    attribute_values: dict[str, str | None] | None = field("attribute-values")
    target_credit: str | None = field("target-credit")
    end: str | None = None
    ended: bool | None = False


class Recording(Model):
    id: str
    title: str
    length: Length | None = None
    video: bool | None = False
    first_release_date: str | None = field("first-release-date")
    isrcs: list[str | None] | None = None
    relations: list[Relation | None] | None = None


class Track(Model):
    position: int | None = None
    title: str | None = None
    length: Length | None = None
    recording: Recording | None = None


class Medium(Model):
    position: int | None = None
    tracks: list[Track | None] | None = None


class ArtistCredit(Model):
    name: str
    artist: Artist | None = None


class Release(Model):
    id: str
    title: str
    status: str | None = None
    date: str | None = None
    barcode: str | None = None
    artist_credit: list[ArtistCredit | None] | None = field("artist-credit")
    media: list[Medium | None] | None = None
"""
MSGSPEC = """
from typing import Annotated

import msgspec
from msgspec import Struct as Model

Length = Annotated[float, msgspec.Meta(ge=0, lt=2**31)]


def field(name):
    return msgspec.field(name=name, default=None)
"""
PYDANTIC = """
from typing import Annotated

import pydantic
from pydantic import BaseModel as Model

Length = Annotated[float, pydantic.Field(ge=0, lt=2**31)]


def field(name):
    return pydantic.Field(alias=name, default=None)
"""
DECODED = """
import time
from pathlib import Path

body = Path("release.json").read_bytes()
decode(body)
count, end = 0, time.process_time() + 0.3
before = time.process_time()
while (now := time.process_time()) < end:
    decode(body)
    count += 1
print((now - before) * 1000 / count)
"""

SERVING = """
import gzip
import logging
import socket
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

BODY = gzip.compress(Path("release.json").read_bytes())
HEADERS = {"content-type": "application/json", "content-encoding": "gzip"}


async def release(request):
    return Response(BODY, headers=HEADERS)


# With the protocol named: without it asyncio leaves Nagle's algorithm on, and a GET takes 40 ms.
listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listening.bind(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
config = uvicorn.Config(Starlette(routes=[Route("/release", release)]), log_config=None)
config.access_log = False
uvicorn.Server(config).run(sockets=[listening])
"""
# As many connections as requests at once; gzip, as the sources answer; proxies are not looked up.
ASKING = """
import asyncio
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

LIBRARY, ADDRESS, AT_ONCE, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3]), 500
LENGTH = Path("release.json").stat().st_size


@asynccontextmanager
async def opened():
    if LIBRARY in ("httpx2", "httpx"):
        httpx = __import__(LIBRARY)
        limits = httpx.Limits(max_connections=AT_ONCE)
        async with httpx.AsyncClient(limits=limits, trust_env=False) as client:
            async def get():
                return (await client.get(ADDRESS)).content
            yield get
    elif LIBRARY == "aiohttp":
        import aiohttp
        connector = aiohttp.TCPConnector(limit=AT_ONCE)
        async with aiohttp.ClientSession(connector=connector) as client:
            async def get():
                async with client.get(ADDRESS) as response:
                    return await response.read()
            yield get
    else:
        import niquests
        async with niquests.AsyncSession(pool_maxsize=AT_ONCE) as client:
            client.trust_env = False
            async def get():
                return (await client.get(ADDRESS)).content
            yield get


async def main():
    async with opened() as get:
        async def some(count):
            for _ in range(count):
                assert len(await get()) == LENGTH

        await asyncio.gather(*(some(2) for _ in range(AT_ONCE)))
        wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(some(COUNT // AT_ONCE) for _ in range(AT_ONCE)))
        count = COUNT // AT_ONCE * AT_ONCE
        print((time.perf_counter() - wall) * 1000 / count)
        print((time.process_time() - cpu) * 1000 / count)


asyncio.run(main())
"""
# Both write the same line: time, level, event, and three fields.
LOGGED = """
import logging
import os
import sys
import time

COUNT = 5000
out = open(os.devnull, "w")


def with_structlog():
    import structlog
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    log = structlog.get_logger()
    def write(method, number):
        getattr(log, method)("request", source="musicbrainz", path="/release/1", status=number)
    return write


def with_logging():
    from datetime import datetime, timezone

    def quoted(value):
        text = str(value)
        return '"' + text.replace('"', '\\\\"') + '"' if " " in text or '"' in text else text

    class Logfmt(logging.Formatter):
        def format(self, record):
            at = datetime.fromtimestamp(record.created, timezone.utc).isoformat()
            pairs = {"timestamp": at, "level": record.levelname.lower(), "event": record.msg}
            pairs |= record.fields
            return " ".join(f"{key}={quoted(value)}" for key, value in pairs.items())

    handler = logging.StreamHandler(out)
    handler.setFormatter(Logfmt())
    log = logging.getLogger("compared")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    def write(method, number):
        fields = {"source": "musicbrainz", "path": "/release/1", "status": number}
        getattr(log, method)("request", extra={"fields": fields})
    return write


write = with_structlog() if sys.argv[1] == "structlog" else with_logging()
for method in ("info", "debug"):
    write(method, 0)
    before = time.process_time()
    for number in range(COUNT):
        write(method, number)
    print((time.process_time() - before) * 1000 / COUNT)
"""
PROGRAMS = {
    "cli_cyclopts": CYCLOPTS
    + "".join(CYCLOPTS_MORE.format(name=name) for name in MORE)
    + "\n\napp()\n",
    "cli_typer": TYPER + "".join(TYPER_MORE.format(name=name) for name in MORE) + "\n\napp()\n",
    "cli_argparse": ARGPARSE.format(names=MORE),
    "decoding_msgspec": MSGSPEC
    + MODELS
    + "\n\ndecode = msgspec.json.Decoder(Release).decode\n"
    + DECODED,
    "decoding_pydantic": PYDANTIC + MODELS + "\n\ndecode = Release.model_validate_json\n" + DECODED,
    "decoding_json": "from json import loads as decode\n" + DECODED,
    "serving": SERVING,
    "asking": ASKING,
    "logged": LOGGED,
}


if __name__ == "__main__":
    main()
