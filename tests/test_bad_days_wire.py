"""What goes wrong on the wire, over real connections: other hosts, odd headers, bombs, tokens."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from tests.replies import Thing
from tests.test_truth import check
from tests.truths import differences, expected, stored
from tests.walks import settings_for, settings_of, walk

from linernotes import runtime
from linernotes.errors import Malformed, UpstreamError
from linernotes.sandbox import faults, serve, small_world
from linernotes.sandbox.faults import Twist
from linernotes.sandbox.generated import generate
from linernotes.sandbox.world import World
from linernotes.settings import Settings
from linernotes.stages.artist_discovery import ArtistDiscovery

WORLD = small_world()
# Of an artist whose list takes several pages.
LARGE = generate(1, 30, artists=1)
BOMB_BYTES = 2**30
PEAK_BYTES_MAX = 128 * 2**20


def _artist(world: World) -> str:
    return next(iter(world.discoverable()))


def _root(world: World) -> ArtistDiscovery:
    return ArtistDiscovery(source="spotify", by="id", asked=_artist(world))


@dataclass
class Host:
    """A host that answers everybody the same, byte for byte, and keeps what it was sent."""

    answer: bytes
    port: int = 0
    received: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.received.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(self.answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def host(answer: bytes) -> AsyncIterator[Host]:
    one = Host(answer)
    server = await asyncio.start_server(one.handle, "127.0.0.1", 0)
    async with server:
        one.port = server.sockets[0].getsockname()[1]
        yield one


def http(body: bytes, *headers: str) -> bytes:
    length = () if any("length" in one for one in headers) else (f"content-length: {len(body)}",)
    lines = ["HTTP/1.1 200 OK", "content-type: application/json", *headers, *length, "", ""]
    return "\r\n".join(lines).encode() + body


async def thing(one: Host, dsn: str) -> Any:
    """Ask this host for a thing, as the source MusicBrainz."""
    used = settings_for(one.url, spotify=one.url, musicbrainz=one.url, wikidata=one.url)
    return await _ask(used, dsn, "musicbrainz")


async def _ask(used: Settings, dsn: str, source: str) -> Any:
    async with runtime.open_runtime(replace(used, patience_seconds=0.1), dsn) as opened:
        return (await opened.sources[source].get("/things/1", Thing)).value


# Another host


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("place", ["/spotify/v1/", "/api/token"])
async def test_neither_token_nor_key_follows_to_another_host(
    place: str, status: int, dsn: str
) -> None:
    async with host(http(b'{"name": "caught", "access_token": "x", "expires_in": 9}')) as other:

        def moved(request: Request) -> Response | None:
            if place in request.url.path:
                asked.append(request.headers.get("authorization", ""))
                return RedirectResponse(f"{other.url}{request.url.path}", status)
            return None

        asked: list[str] = []
        with serve(WORLD, limits=False, faults=moved) as sandbox, pytest.raises(UpstreamError):
            await _ask(settings_of(sandbox), dsn, "spotify")

    assert asked
    assert all(asked), "the host that was meant gets token or key"
    assert other.received == []


# Odd headers


async def test_another_charset_in_the_header_changes_nothing(dsn: str) -> None:
    body = '{"name": "Beyoncé \N{MUSICAL NOTE}"}'.encode()
    answer = http(body).replace(b"application/json", b"application/json; charset=iso-8859-1")
    async with host(answer) as one:
        assert await thing(one, dsn) == Thing("Beyoncé \N{MUSICAL NOTE}")


LENGTHS = {"too long": 1000, "too short": 10, "negative": -1, "no number": "many"}


@pytest.mark.parametrize("length", LENGTHS.values(), ids=LENGTHS)
async def test_a_wrong_length_is_no_answer(length: object, dsn: str) -> None:
    async with host(http(b'{"name": "Drake"}', f"content-length: {length}")) as one:
        with pytest.raises(UpstreamError):
            await thing(one, dsn)


async def test_a_host_that_hangs_up_is_no_answer(dsn: str) -> None:
    async with host(b"") as one:
        with pytest.raises(UpstreamError):
            await thing(one, dsn)


# A bomb


def _peak_bytes() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


def _forget_the_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pytest.skip("only Linux forgets the most memory that was used")


async def test_a_bomb_takes_a_bounded_part_of_memory(dsn: str) -> None:
    """A gigabyte in a megabyte."""
    packer = gzip.GzipFile(mode="wb", fileobj=(file := _Collected()), compresslevel=6)
    for _ in range(BOMB_BYTES // 2**24):
        packer.write(bytes(2**24))
    packer.close()
    async with host(http(bytes(file.data), "content-encoding: gzip")) as one:
        _forget_the_peak()
        before = _peak_bytes()
        with pytest.raises(Malformed, match="larger than"):
            await thing(one, dsn)

    assert _peak_bytes() - before < PEAK_BYTES_MAX


class _Collected:
    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, piece: bytes) -> int:
        self.data += piece
        return len(piece)

    def flush(self) -> None: ...


# Lists and tokens in the middle


async def test_a_token_that_expires_on_the_second_page_of_a_list_is_renewed(dsn: str) -> None:
    refused: list[str] = []

    def expired(request: Request) -> Response | None:
        question = f"{request.url.path}?{request.url.query}"
        is_page = request.query_params.get("offset", "0") != "0"
        if not (is_page and request.url.path.endswith("/albums")) or question in refused:
            return None
        refused.append(question)
        return JSONResponse({"error": {"status": 401, "message": "The access token expired"}}, 401)

    with serve(LARGE, limits=False, faults=expired) as sandbox:
        walked = await walk(dsn, settings_of(sandbox), _root(LARGE))

    assert refused
    await check(dsn, LARGE, _artist(LARGE), walked)


TWISTS: dict[str, Twist] = {
    "a list that has shrunk": faults.ends_early,
    "a total that is too small": faults.small_totals,
}


@pytest.mark.parametrize("twist", TWISTS.values(), ids=TWISTS)
async def test_a_list_that_changes_while_it_is_read_gives_all_that_it_has(
    twist: Twist, dsn: str
) -> None:
    with serve(LARGE, limits=False, twist=twist) as sandbox:
        walked = await walk(dsn, settings_of(sandbox), _root(LARGE))

    await check(dsn, LARGE, _artist(LARGE), walked)


async def test_a_list_that_grows_while_it_is_read_gives_all_that_was_there(dsn: str) -> None:
    """The one that is added may be found or not, and nothing that was there is missing."""
    world = generate(1, 30, artists=1)
    artist = _artist(world)
    albums = world.listings[artist]["album"]
    newest = albums.pop(0)
    grown: list[str] = []

    def grows(request: Request) -> Response | None:
        query = request.query_params
        if query.get("include_groups") == "album" and query.get("offset", "0") != "0" and not grown:
            grown.append(newest)
            albums.insert(0, newest)
        return None

    with serve(world, limits=False, faults=grows) as sandbox:
        await walk(dsn, settings_of(sandbox), _root(world))
    albums.remove(newest)

    assert grown
    wrong = differences(expected(world, artist), await stored(dsn, artist))
    assert [one for one in wrong if ": missing " in one] == []
