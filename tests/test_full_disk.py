"""A disk that is full in the middle of a discovery: nothing is lost."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from starlette.requests import Request
from starlette.responses import Response
from tests.test_truth import check
from tests.walks import Walked, settings_of, walk

from linernotes import db
from linernotes.db import embedded
from linernotes.db.migrate import migrate
from linernotes.errors import DatabaseError
from linernotes.sandbox import serve, small_world
from linernotes.stages.artist_discovery import ArtistDiscovery

DISK = "size=128m,mode=711"
WORLD = small_world()
ARTIST = next(iter(WORLD.artists))


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
        root = ArtistDiscovery(source="spotify", by="id", asked=ARTIST)
        return await walk(dsn, settings_of(sandbox), root)


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
