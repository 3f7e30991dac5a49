"""The database on a bad day: crowded, impatient, restarted or killed in the middle."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from starlette.requests import Request
from starlette.responses import Response
from tests.test_truth import check
from tests.walks import settings_of, walk

from linernotes import db, runtime
from linernotes.db import embedded, queue
from linernotes.db.migrate import migrate
from linernotes.errors import DatabaseError
from linernotes.sandbox import serve, small_world
from linernotes.stages.artist_discovery import ArtistDiscovery

Connection = psycopg.AsyncConnection[Any]
WORLD = small_world()
ARTIST = next(iter(WORLD.artists))
ROOT = ArtistDiscovery(source="spotify", by="id", asked=ARTIST)


async def _answer(conn: Connection) -> int:
    row = await (await conn.execute("select 42")).fetchone()
    assert row
    return int(row[0])


# Limits that the operator has set


async def _too_slow(conn: Connection) -> None:
    await conn.execute("select pg_sleep(5)")


async def test_a_statement_that_takes_too_long_is_not_tried_for_a_minute(dsn: str) -> None:
    began = time.monotonic()
    async with db.open_pool(make_conninfo(dsn, options="-c statement_timeout=50ms")) as pool:
        with pytest.raises(DatabaseError) as raised:
            await db.patiently(pool, _too_slow)

    assert str(raised.value) == (
        "the database stops our statements: canceling statement due to statement timeout"
    )
    assert raised.value.hint
    assert "statement_timeout" in raised.value.hint
    assert time.monotonic() - began < 10


async def test_a_lock_that_somebody_keeps_is_not_tried_for_a_minute(dsn: str) -> None:
    async def locking(conn: Connection) -> None:
        await conn.execute("lock table linernotes.budget")

    async with (
        await psycopg.AsyncConnection.connect(dsn) as other,
        db.open_pool(make_conninfo(dsn, options="-c lock_timeout=50ms")) as pool,
    ):
        await locking(other)
        with pytest.raises(DatabaseError, match="due to lock timeout"):
            await db.patiently(pool, _locked_alone)


async def _locked_alone(conn: Connection) -> None:
    async with conn.transaction():
        await conn.execute("lock table linernotes.budget")


async def test_a_lock_that_is_given_back_soon_is_waited_for(dsn: str) -> None:
    async with (
        await psycopg.AsyncConnection.connect(dsn) as other,
        db.open_pool(make_conninfo(dsn, options="-c lock_timeout=50ms")) as pool,
    ):
        await other.execute("lock table linernotes.budget")
        waiting = asyncio.create_task(db.patiently(pool, _locked_alone))
        await asyncio.sleep(0.2)
        await other.rollback()

        await waiting


async def test_a_crowd_in_front_of_the_database_is_waited_for_and_named(
    dsn: str, conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "WAIT_SECONDS", 0.2)
    name = f"crowd_{time.monotonic_ns()}"
    await conn.execute(f"create role {name} login connection limit 1")
    limited = make_conninfo(dsn, user=name)
    try:
        async with (
            await psycopg.AsyncConnection.connect(limited) as other,
            db.open_pool(limited) as pool,
        ):
            waiting = asyncio.create_task(db.patiently(pool, _answer))
            away = await _away(pool)
            await other.close()
            answer = await waiting
    finally:
        await conn.execute(f"drop role {name}")

    assert f'too many connections for role "{name}"' in away.reason
    assert away.seconds_max == db.AWAY_SECONDS_MAX
    assert answer == 42
    assert db.away(pool) is None


async def _away(pool: Any) -> db.Away:
    for _ in range(1000):
        if found := db.away(pool):
            return found
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


# Restarted or killed in the middle


async def _walked_while(dsn: str, happening: Callable[[], None]) -> None:
    """Walk, let something happen when MusicBrainz is first asked for a release, and compare."""
    happened = threading.Event()

    def once(request: Request) -> Response | None:
        if "/release/" in request.url.path and not happened.is_set():
            happened.set()
            happening()
        return None

    with serve(WORLD, limits=False, faults=once) as sandbox:
        used = settings_of(sandbox)
        async with asyncio.timeout(50), runtime.open_runtime(used, dsn) as opened:
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
        assert happened.is_set()
        await check(dsn, WORLD, ARTIST, await walk(dsn, used, ROOT))


async def _is_anything_open(conn: Connection) -> bool:
    query = "select exists (select from linernotes.question where state = 'open')"
    row = await (await conn.execute(query)).fetchone()
    return bool(row and row[0])


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="linernotes-", dir="/tmp") as name:
        place = Path(name)
        place.chmod(0o711)
        yield place
        embedded.stop(place)


def test_who_keeps_a_server_from_stopping_is_told_apart(directory: Path) -> None:
    with embedded.server(directory, grace_seconds=0.0):
        with pytest.raises(embedded.EmbeddedError, match="a command still uses the database"):
            embedded.stop(directory, patience_seconds=0.5)
        pid = int((directory / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(embedded.EmbeddedError, match=r"the database in .* does not stop"):
            embedded.stop(directory, patience_seconds=0.5)
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_a_server_killed_in_the_middle_is_started_again_and_nothing_is_lost(
    directory: Path,
) -> None:
    def kill() -> None:
        pid = (directory / "data" / "postmaster.pid").read_text().split()[0]
        os.kill(int(pid), signal.SIGKILL)

    with (
        embedded.server(directory, grace_seconds=0.0) as dsn,
        embedded.kept_running(directory),
    ):
        await migrate(dsn)
        await _walked_while(dsn, kill)


@pytest.mark.parametrize("way", ["dsn", "pooled_dsn"])
async def test_connections_that_are_cut_are_opened_anew(
    way: str, dsn: str, request: pytest.FixtureRequest
) -> None:
    def cut() -> None:
        with psycopg.connect(dsn, autocommit=True) as conn:
            conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )

    await _walked_while(request.getfixturevalue(way), cut)
