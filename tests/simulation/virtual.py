"""
Time that passes only when everybody waits for it, for the event loop and for the database alike.

The loop jumps to its next timer as soon as nothing is ready and nothing is on its way to the
database. The database is told the loop's time: a schema in front of `pg_catalog` holds the two
functions that say what time it is, so that PGMQ and our own statements run unchanged.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

_CLOCK: LiteralString = """
create schema if not exists simulation;

create or replace function simulation.clock_timestamp() returns timestamptz
language sql stable as $$ select pg_catalog.current_setting('simulation.now')::timestamptz $$;

create or replace function simulation.now() returns timestamptz
language sql stable as $$ select pg_catalog.current_setting('simulation.now')::timestamptz $$;

do $$
declare one record;
begin
    for one in
        select attrelid::regclass as place, attname as name
        from pg_attrdef
        join pg_attribute on attrelid = adrelid and attnum = adnum
        join pg_class on pg_class.oid = adrelid
        where pg_get_expr(adbin, adrelid) = 'now()' and relkind = 'r'
    loop
        execute format(
            'alter table %s alter column %I set default simulation.now()', one.place, one.name
        );
    end loop;
end $$;
"""


def prepare(dsn: str) -> None:
    """Give a migrated database the clock of the simulation."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(_CLOCK)


class Stuck(Exception):
    """Everybody waits and nothing will ever happen."""


class _Selector(selectors.DefaultSelector):
    """Jumps instead of waiting, unless there is a socket to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: float | None = None

    def select(self, timeout: float | None = None) -> list[Any]:
        # The loop itself has one socket registered, to be woken by threads.
        waits_for_socket = len(self.get_map()) > 1
        if self.seconds is None or waits_for_socket:
            return super().select(None if waits_for_socket else timeout)
        if timeout is None:
            raise Stuck
        self.seconds += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def start(self) -> None:
        """It is the epoch, and from now on time is virtual; before, the loop runs as usual."""
        self._virtual.seconds = 0.0

    def time(self) -> float:
        return super().time() if self._virtual.seconds is None else self._virtual.seconds

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.time())


class WorkerDied(BaseException):
    """No error: what it stands for gives nobody the chance to clean up."""


class MortalConnection(AsyncConnection[Any]):
    """Counts statements, and dies in front of the one that it is told."""

    statements: int = 0
    statements_left: int | None = None

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        if self.statements_left is not None:
            if self.statements_left == 0:
                raise WorkerDied
            self.statements_left -= 1
        self.statements += 1
        return await super().execute(*args, **kwargs)


async def connect(dsn: str) -> MortalConnection:
    conn = await MortalConnection.connect(dsn, autocommit=True, prepare_threshold=None)
    await conn.execute("set search_path to simulation, pg_catalog, public")
    return conn


@dataclass
class Server:
    """The one connection that all workers use in turn: there is one order of events."""

    conn: MortalConnection
    now: Callable[[], datetime]
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    told: datetime | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[MortalConnection]:
        async with self.lock:
            if (now := self.now()) != self.told:
                await self.conn.execute(
                    "select set_config('simulation.now', %s, false)", (now.isoformat(),)
                )
                self.told = now
            yield self.conn


@dataclass(eq=False)  # as the real one is, a key
class Pool:
    """What one worker takes for its pool; a dead worker gets nothing from it."""

    server: Server
    is_dead: bool = False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[MortalConnection]:
        if self.is_dead:
            raise WorkerDied
        async with self.server.connection() as conn:
            yield conn
