"""The database: a pool of connections that works through a transaction-mode pooler too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from linernotes.errors import DatabaseError

T = TypeVar("T")
log = structlog.get_logger()

POOL_MAX = 12
WAIT_SECONDS = 10.0
AWAY_SECONDS_MAX = 60.0
# A statement took longer, or waited longer for a lock, than the operator allows. The same again
# may be luckier, but not for a minute.
STOPPED_BY_TIMEOUT = (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable)
# Between two tries: the first is at once, because a connection may just have been cut.
TRY_AGAIN_SECONDS = (0.0, 0.1, 0.3, 1.0)


@dataclass(frozen=True)
class Away:
    """Why somebody waits for the database, and for how many seconds at most."""

    reason: str
    seconds_max: float


# What `patiently` waits for at the moment, by pool: an entry for each caller that waits.
_away: WeakKeyDictionary[AsyncConnectionPool[Any], dict[object, Away]] = WeakKeyDictionary()


@asynccontextmanager
async def open_pool(
    dsn: str, *, max_size: int = POOL_MAX
) -> AsyncIterator[AsyncConnectionPool[Any]]:
    """
    Connections in autocommit mode; transactions are opened where they are meant.

    Statements are never prepared by name: behind a transaction-mode pooler the next one may
    meet another server connection.
    """
    async with AsyncConnectionPool[Any](
        dsn,
        min_size=1,
        max_size=max_size,
        timeout=WAIT_SECONDS,
        # The pool waits longer and longer before it tries to connect again, and starts anew
        # with whoever asks after this time.
        reconnect_timeout=WAIT_SECONDS,
        kwargs={"autocommit": True, "prepare_threshold": None},
        connection_class=AsyncConnection,
        open=False,
    ) as pool:
        yield pool


async def patiently(
    pool: AsyncConnectionPool[Any], work: Callable[[AsyncConnection[Any]], Awaitable[T]]
) -> T:
    """
    Do with a connection what may be done twice, and again while the database is away.

    A restart, a failover or a crowd in front of the pool is over in a moment, and somebody may
    make room on a full disk. Raises `DatabaseError` when it is not, and sooner when the operator's
    own limits of time stop us.
    """
    clock = asyncio.get_running_loop()
    end, tries, waiting = clock.time() + AWAY_SECONDS_MAX, 0, _away.setdefault(pool, {})
    try:
        while True:
            try:
                async with pool.connection() as conn:
                    return await work(conn)
            except psycopg.errors.ProgramLimitExceeded:
                raise  # psycopg counts it as operational, but it is the data that is too long
            except STOPPED_BY_TIMEOUT as error:
                if tries >= len(TRY_AGAIN_SECONDS):
                    raise _stopped(error) from error
                log.warning("database.stopped_us", tries=tries, error=in_words(error))
            except psycopg.OperationalError as error:
                cause = await _cause(pool, error)
                if clock.time() >= end:
                    raise _gave_up(cause) from error
                log.warning("database.away", tries=tries, error=in_words(cause))
                if tries:
                    waiting[work] = Away(_reason(cause), AWAY_SECONDS_MAX)
            await asyncio.sleep(TRY_AGAIN_SECONDS[min(tries, len(TRY_AGAIN_SECONDS) - 1)])
            tries += 1
    finally:
        waiting.pop(work, None)


def away(pool: AsyncConnectionPool[Any]) -> Away | None:
    """What callers of `patiently` wait for now; the one that began first."""
    return next(iter(_away.get(pool, {}).values()), None)


async def _cause(
    pool: AsyncConnectionPool[Any], error: psycopg.OperationalError
) -> psycopg.OperationalError:
    """Why the pool has no connection for us: it keeps to itself what the server said."""
    if not isinstance(error, PoolTimeout):
        return error
    try:
        async with await AsyncConnection.connect(str(pool.conninfo), connect_timeout=2):
            return error  # there is one now
    except psycopg.OperationalError as cause:
        return cause


def in_words(error: psycopg.Error) -> str:
    """What the server said first, on one line; without the statement in which it happened."""
    return " ".join((error.diag.message_primary or str(error)).split())


def is_disk_full(error: Exception) -> bool:
    """By its code, or by the words of a server that could not even begin the session."""
    return isinstance(error, psycopg.errors.DiskFull) or "No space left on device" in str(error)


def _reason(error: psycopg.OperationalError) -> str:
    what = "its disk is full" if is_disk_full(error) else "it is away"
    return f"{what} ({in_words(error)})"


def _gave_up(error: psycopg.OperationalError) -> DatabaseError:
    if is_disk_full(error):
        return disk_full(error)
    return DatabaseError(
        f"the database stays away: {in_words(error)}",
        hint="nothing is lost; start again when it is back",
    )


def _stopped(error: psycopg.Error) -> DatabaseError:
    return DatabaseError(
        f"the database stops our statements: {in_words(error)}",
        hint="nothing is lost; raise statement_timeout and lock_timeout of this role, or see what"
        " holds it up (select from pg_stat_activity), and start again",
    )


def disk_full(error: psycopg.Error) -> DatabaseError:
    return DatabaseError(
        f"the disk of the database is full: {in_words(error)}",
        hint="nothing is lost; make room on it, and run the same command again",
    )
