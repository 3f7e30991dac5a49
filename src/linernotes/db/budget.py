"""When each source may next be asked: one budget a source, shared by all workers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from linernotes.db import sql
from linernotes.db.queue import Connection
from linernotes.errors import Busy
from linernotes.sources import Source

SQL = sql.load("budget.sql")


@dataclass(frozen=True)
class Closing:
    """A source that nobody may ask before `until`; `refused` if a person must look first."""

    source: str
    seconds: float
    until: datetime
    reason: str
    refused: bool


async def reserve(conn: Connection, source: Source, patience: float) -> float:
    """
    Take the next slot in a source's rate limit and return the wait before using it.

    Seconds throughout. Slots are shared by all workers and never given back. Raises `Busy`
    when the next slot is further away than `patience`: postpone the message, do not wait.
    """
    interval = 1 / source.requests_per_second if source.requests_per_second else 0.0
    row = {
        "source": source.name,
        "interval": interval,
        "burst": max(1, source.burst),
        "patience": patience,
    }
    found = await (await conn.execute(SQL["reserve"], row)).fetchone()
    if found is None:
        raise await _busy(conn, source)
    return float(found[0])


async def _busy(conn: Connection, source: Source) -> Busy:
    found = await (await conn.execute(SQL["closed"], {"source": source.name})).fetchone()
    seconds, reason = found or (0.0, None)
    return Busy(source.name, seconds, reason or "its rate limit is used up for the moment")


async def close(
    conn: Connection, source: str, seconds: float, reason: str, *, refused: bool = False
) -> None:
    """Nobody asks the source for so many seconds."""
    row = {"source": source, "seconds": seconds, "reason": reason, "refused": refused}
    await conn.execute(SQL["close"], row)


async def open_again(conn: Connection, source: str) -> None:
    """Lift a refusal; a `Retry-After` stays."""
    await conn.execute(SQL["open"], {"source": source})


async def closings(conn: Connection) -> dict[str, Closing]:
    """The sources that cannot be asked now, by name."""
    cursor = await conn.execute(SQL["closings"])
    return {row[0]: Closing(*row) for row in await cursor.fetchall()}
