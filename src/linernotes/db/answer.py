"""Answers asked once, and what a source's behaviour taught us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from linernotes.db import sql
from linernotes.db.queue import Connection

SQL = sql.load("answer.sql")


@dataclass(frozen=True)
class Kept:
    """`status` is 200, or 404 where the source does not know the thing (then `body` is None)."""

    status: int
    body: str | None
    fetched_at: datetime


async def read(
    conn: Connection, source: str, requests: Sequence[str], since: datetime | None
) -> dict[str, Kept]:
    """The answers that are here and still count."""
    row = {"source": source, "requests": list(requests), "since": since}
    cursor = await conn.execute(SQL["read"], row)
    return {request: Kept(*kept) for request, *kept in await cursor.fetchall()}


async def take(
    conn: Connection,
    source: str,
    requests: Sequence[str],
    *,
    asker: UUID,
    seconds: float,
    since: datetime | None,
) -> list[str]:
    """Those among `requests` that are now ours to ask, for `seconds`."""
    row = {
        "source": source,
        "requests": sorted(requests),
        "asker": asker,
        "seconds": seconds,
        "since": since,
    }
    cursor = await conn.execute(SQL["take"], row)
    return [request for (request,) in await cursor.fetchall()]


async def keep(
    conn: Connection,
    source: str,
    answers: Mapping[str, str | None],
    *,
    asker: UUID,
    keep_seconds: float,
) -> dict[str, datetime]:
    """Store the bodies (None for 404) of what we asked; returns when each came."""
    rows = [
        {"request": request, "status": 404 if body is None else 200, "body": body}
        for request, body in sorted(answers.items())
    ]
    row = {"source": source, "answers": Jsonb(rows), "asker": asker, "keep_seconds": keep_seconds}
    cursor = await conn.execute(SQL["keep"], row)
    return dict(await cursor.fetchall())


async def give_up(conn: Connection, source: str, requests: Sequence[str], asker: UUID) -> None:
    row = {"source": source, "requests": list(requests), "asker": asker}
    await conn.execute(SQL["give_up"], row)


async def forget_expired(conn: Connection, *, count: int = 500) -> None:
    """Delete the answers that count no more, `count` at a time."""
    while True:
        found = await (await conn.execute(SQL["forget_expired"], {"count": count})).fetchone()
        if found is None or found[0] < count:
            return


async def learned(conn: Connection, source: str, account: str, name: str) -> str | None:
    row = {"source": source, "account": account, "name": name}
    found = await (await conn.execute(SQL["learned"], row)).fetchone()
    return found[0] if found else None


async def learn(conn: Connection, source: str, account: str, name: str, value: str) -> None:
    row = {"source": source, "account": account, "name": name, "value": value}
    await conn.execute(SQL["learn"], row)
