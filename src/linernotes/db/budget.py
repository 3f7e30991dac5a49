"""When each source may next be asked: one budget a source, shared by all workers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from linernotes.db import sql
from linernotes.db.queue import Connection
from linernotes.errors import Busy
from linernotes.sources import Source

SQL = sql.load("budget.sql")
# A source that cannot be reached is closed for so long, each time in a row for twice as long.
UNREACHABLE_SECONDS = (5.0, 300.0)
NEVER_CLOSED = "-infinity"


@dataclass(frozen=True)
class Slot:
    """
    Leave to ask once, after `wait` seconds. `after` is the end of the closing that it follows;
    nobody else has a slot then until the source has answered.
    """

    wait: float
    after: str

    @property
    def is_alone(self) -> bool:
        return self.after != NEVER_CLOSED


@dataclass(frozen=True)
class Closing:
    """
    A source that nobody may ask before `until`; `refused` if a person must look first, `told`
    if the source itself said until when.
    """

    source: str
    seconds: float
    until: datetime
    reason: str
    refused: bool
    told: bool = False


async def reserve(conn: Connection, source: Source, patience: float, alone: float) -> Slot:
    """
    Take the next slot in a source's rate limit. Slots are shared by all workers.

    Seconds throughout. Raises `Busy` when the next slot is further away than `patience`:
    postpone the message, do not wait. After a closing one asks `alone`, for so long at most;
    `reached` lets the others ask as well.
    """
    row = {
        "source": source.name,
        "interval": _interval(source),
        "alone": max(alone, _interval(source)),
        "burst": max(1, source.burst),
        "patience": patience,
    }
    found = await (await conn.execute(SQL["reserve"], row)).fetchone()
    if found is None:
        raise await _busy(conn, source)
    return Slot(*found)


def _interval(source: Source) -> float:
    return 1 / source.requests_per_second if source.requests_per_second else 0.0


async def turn_away(conn: Connection, source: Source, slot: Slot) -> None:
    """Raises `Busy` if the source has been closed since the slot was taken."""
    row = {"source": source.name, "after": slot.after}
    if await (await conn.execute(SQL["turned_away"], row)).fetchone() is not None:
        raise await _busy(conn, source)


async def _busy(conn: Connection, source: Source) -> Busy:
    found = await (await conn.execute(SQL["closed"], {"source": source.name})).fetchone()
    seconds, reason = found or (0.0, None)
    return Busy(source.name, seconds, reason or "its rate limit is used up for the moment")


async def close(
    conn: Connection,
    source: str,
    seconds: float,
    reason: str,
    *,
    refused: bool = False,
    told: bool = False,
) -> None:
    """Nobody asks the source for so many seconds; `told` if it said so itself."""
    assert not (refused and told)
    row = {
        "source": source,
        "seconds": seconds,
        "reason": reason,
        "refused": refused,
        "told": told,
    }
    await conn.execute(SQL["close"], row)


async def close_unreachable(conn: Connection, source: Source, slot: Slot, reason: str) -> Busy:
    """Nobody asks for a while the source that did not answer in this slot."""
    first, longest = UNREACHABLE_SECONDS
    row = {
        "source": source.name,
        "after": slot.after,
        "reason": reason,
        "first": first,
        "longest": longest,
    }
    found = await (await conn.execute(SQL["close_unreachable"], row)).fetchone()
    return Busy(source.name, found[0], reason) if found else await _busy(conn, source)


async def reached(conn: Connection, source: Source) -> None:
    """The source has answered after a closing: all may ask it again."""
    await conn.execute(SQL["reached"], {"source": source.name, "interval": _interval(source)})


async def open_again(conn: Connection, source: str) -> None:
    """Lift a closing that was our own decision; what the source told us stays."""
    await conn.execute(SQL["open"], {"source": source})


async def closings(conn: Connection) -> dict[str, Closing]:
    """The sources that cannot be asked now, by name."""
    cursor = await conn.execute(SQL["closings"])
    return {row[0]: Closing(*row) for row in await cursor.fetchall()}
