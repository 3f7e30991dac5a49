"""The database on a bad day: crowded, impatient, restarted or killed in the middle."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from linernotes import db
from linernotes.errors import DatabaseError

Connection = psycopg.AsyncConnection[Any]


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
