"""A disk that is full in the middle of a discovery: nothing is lost."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.requests import Request
from starlette.responses import Response
from tests.cli.programs import run, start
from tests.processes import until
from tests.test_truth import check
from tests.walks import Walked, settings_of, walk

from linernotes import db, runtime
from linernotes.db import embedded, queue
from linernotes.db.migrate import migrate
from linernotes.errors import DatabaseError
from linernotes.sandbox import serve, small_world
from linernotes.stages.artist_discovery import ArtistDiscovery

DISK = "size=128m,mode=711"
WORLD = small_world()
ARTIST = next(iter(WORLD.artists))
ROOT = ArtistDiscovery(source="spotify", by="id", asked=ARTIST)


@dataclass
class Disk:
    """A small disk with a store, which fills up when MusicBrainz is first asked for a release."""

    root: Path
    is_filled: threading.Event = field(default_factory=threading.Event)

    @property
    def store(self) -> Path:
        return self.root / "store"

    @property
    def log(self) -> str:
        return (self.store / "server.log").read_text(errors="replace")

    def fill_on_release(self, request: Request) -> Response | None:
        if "/release/" in request.url.path and not self.is_filled.is_set():
            self.fill()
        return None

    def fill(self) -> None:
        with suppress(OSError), (self.root / "filling").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        self.is_filled.set()

    def make_room(self) -> None:
        (self.root / "filling").unlink()


@pytest.fixture
def disk() -> Iterator[Disk]:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    root = Path(tempfile.mkdtemp(prefix="linernotes-disk-", dir="/tmp"))
    mount = ["mount", "-t", "tmpfs", "-o", DISK, "tmpfs", str(root)]
    with ExitStack() as last:
        last.callback(root.rmdir)
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("this machine lets nobody mount a small disk")
        last.callback(subprocess.run, ["umount", "--lazy", str(root)], check=True)
        here = Disk(root)
        last.callback(embedded.stop, here.store)
        last.callback(lambda: (root / "filling").unlink(missing_ok=True))
        yield here


async def walked(dsn: str, disk: Disk) -> Walked:
    with serve(WORLD, limits=False, faults=disk.fill_on_release) as sandbox:
        return await walk(dsn, settings_of(sandbox), ROOT)


async def until_noticed(disk: Disk) -> None:
    async with asyncio.timeout(20):
        await asyncio.to_thread(disk.is_filled.wait)
        for _ in range(400):
            if "No space left on device" in disk.log:
                return
            await asyncio.sleep(0.05)


async def test_a_worker_waits_for_room_and_goes_on(disk: Disk) -> None:
    with embedded.server(disk.store, grace_seconds=0.0) as dsn:
        await migrate(dsn)
        walking = asyncio.create_task(walked(dsn, disk))
        await until_noticed(disk)
        disk.make_room()

        await check(dsn, WORLD, ARTIST, await walking)


async def test_a_disk_that_stays_full_ends_the_worker_with_words_and_the_next_goes_on(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "AWAY_SECONDS_MAX", 1.0)
    with embedded.server(disk.store, grace_seconds=0.0) as dsn:
        await migrate(dsn)
        with pytest.raises(DatabaseError, match="the disk of the database is full") as raised:
            await walked(dsn, disk)
        disk.make_room()
        await _leases_run_out(dsn)

        await check(dsn, WORLD, ARTIST, await walked(dsn, disk))

    assert raised.value.hint == ("nothing is lost; make room on it, and run the same command again")
    assert "SQL" not in str(raised.value)


async def _leases_run_out(dsn: str) -> None:
    """As if the time had passed after which others take what could not be given back."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
        cursor = await conn.execute("select queue_name from pgmq.list_queues()")
        for (name,) in await cursor.fetchall():
            await conn.execute(f"update pgmq.q_{name} set vt = clock_timestamp()")
        await conn.execute(
            "update linernotes.answer set until = '-infinity' where state = 'asking'"
        )


# The server's own log finds no room, and the server ends ------------------------------------


def fill_the_log(conn: psycopg.Connection[Any]) -> None:
    """Write until the server's log needs another segment, and ends for want of room."""
    end = time.monotonic() + 20
    while not conn.broken and time.monotonic() < end:
        # A statement may fail for want of room elsewhere; the server ends only for its log.
        with suppress(psycopg.OperationalError):
            conn.execute("select pg_logical_emit_message(true, '', repeat('x', 1000000))")


def until_ended(store: Path) -> None:
    until(lambda: not embedded.describe(store).running, seconds=30)


def test_a_server_that_has_no_room_to_start_says_so(disk: Disk) -> None:
    with (
        embedded.server(disk.store, grace_seconds=0.0) as dsn,
        psycopg.connect(dsn, autocommit=True) as conn,
    ):
        disk.fill()
        fill_the_log(conn)
        until_ended(disk.store)
    embedded.stop(disk.store)

    with pytest.raises(embedded.EmbeddedError) as raised, embedded.server(disk.store):
        pass

    assert str(raised.value) == (f"the disk of the database is full: no room left in {disk.store}")
    assert raised.value.hint == "Nothing is lost; make room on it, and run the same command again."


def test_a_store_for_which_there_never_was_room_says_so_and_works_once_there_is(disk: Disk) -> None:
    disk.fill()
    with (
        pytest.raises(embedded.EmbeddedError, match="the disk of the database is full"),
        embedded.server(disk.store),
    ):
        pass
    disk.make_room()

    with embedded.server(disk.store, grace_seconds=0.0) as dsn, psycopg.connect(dsn) as conn:
        assert conn.execute("select 1").fetchone() == (1,)


def test_a_directory_that_can_only_be_read_is_named(disk: Disk) -> None:
    with embedded.server(disk.store, grace_seconds=0.0):
        pass
    embedded.stop(disk.store)
    subprocess.run(["mount", "-o", "remount,ro", str(disk.root)], check=True)
    try:
        with (
            pytest.raises(embedded.EmbeddedError, match="can only be read") as raised,
            embedded.server(disk.store),
        ):
            pass
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk.root)], check=True)

    assert "Set LINERNOTES_DATA_DIR" in raised.value.hint


async def test_a_server_that_ended_for_want_of_room_comes_back_and_the_walk_goes_on(
    disk: Disk,
) -> None:
    with (
        embedded.server(disk.store, grace_seconds=0.0) as dsn,
        embedded.kept_running(disk.store),
        psycopg.connect(dsn, autocommit=True) as conn,
    ):
        await migrate(dsn)
        working = asyncio.create_task(worked(dsn, disk))
        await asyncio.to_thread(disk.is_filled.wait, 20)
        await asyncio.to_thread(fill_the_log, conn)
        await asyncio.to_thread(until_ended, disk.store)
        disk.make_room()
        await working

        await check(dsn, WORLD, ARTIST, await walked(dsn, disk))


async def worked(dsn: str, disk: Disk) -> None:
    """Work until nothing is open, however often the database goes away meanwhile."""
    with serve(WORLD, limits=False, faults=disk.fill_on_release) as sandbox:
        async with (
            asyncio.timeout(50),
            runtime.open_runtime(settings_of(sandbox), dsn) as opened,
        ):
            async with opened.pool.connection() as conn:
                await queue.start_discovery(conn, ROOT, asked_for="test")
            worker = opened.worker()
            working = asyncio.create_task(worker.run())
            for _ in range(500):
                if not await db.patiently(opened.pool, _is_anything_open):
                    break
                await asyncio.sleep(0.1)
            worker.stop()
            await working


async def _is_anything_open(conn: queue.Connection) -> bool:
    query = "select exists (select from linernotes.question where state = 'open')"
    row = await (await conn.execute(query)).fetchone()
    return bool(row and row[0])


def test_discover_on_a_full_disk_ends_with_words(disk: Disk) -> None:
    disk.fill()

    ended = run(disk.root, "discover", "--sandbox", "Drake")

    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines()[-2:] == [
        f"error: the disk of the database is full: no room left in {disk.root}/sandbox",
        "hint: Nothing is lost; make room on it, and run the same command again.",
    ]


def until_asked(store: Path) -> None:
    """Until a discovery has begun in this store."""
    until(lambda: embedded.describe(store).running, seconds=30)
    query = "select count(*) from linernotes.discovery"
    with embedded.server(store) as dsn, psycopg.connect(dsn, autocommit=True) as conn:

        def has_begun() -> bool:
            with suppress(psycopg.errors.UndefinedTable):
                return conn.execute(query).fetchone() == (1,)
            return False

        until(has_begun, seconds=30)


def test_discover_says_that_the_disk_is_full_and_goes_on_when_it_is_not(disk: Disk) -> None:
    arguments = ("discover", "--sandbox", "Drake", "--no-progress")
    running = start(disk.root, *arguments)
    assert running.stderr
    until_asked(disk.root / "sandbox")
    disk.fill()
    said = next(line for line in running.stderr if "disk" in line)
    disk.make_room()
    out, err = running.communicate()
    ended = run(disk.root, *arguments)
    embedded.stop(disk.root / "sandbox")

    assert said.startswith("waiting for the database, 60 s at most: its disk is full")
    assert (running.returncode, ended.code) == (0, 0), out + err
    assert ended.rows
