"""What `linernotes doctor` reads of a database. It changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

import msgspec
from psycopg.rows import dict_row

from linernotes.db import report, sql
from linernotes.db.queue import Connection

SQL = sql.load("doctor.sql")

# Every call that our SQL makes of PGMQ.
CALLS = (
    "archive(text,bigint)",
    "archive(text,bigint[])",
    "create(text)",
    "list_queues()",
    "metrics_all()",
    "read(text,int,int)",
    "send(text,jsonb,int)",
    "send_batch(text,jsonb[],int)",
    "set_vt(text,bigint,int)",
)
# What is ours in the schema `public`: the names that operators know.
RELATIONS = (
    "queue_metrics",
    "pgmq_dead_letter_items",
    "pgmq_dead_letter_items_id_seq",
    "queue_stats",
    "dead_letter_details",
)
FUNCTIONS = ("pgmq_send", "pgmq_read", "pgmq_archive")


class Database(msgspec.Struct, frozen=True):
    version: str
    major: int
    encoding: str
    name: str
    role: str
    bytes: int


class Answers(msgspec.Struct, frozen=True):
    """
    Of one source. `expired` ones count no more and have not been deleted yet, the first of them
    since `first_expiry`; `abandoned` were being asked for by somebody who did not come back.
    """

    source: str
    kept: int
    bytes: int
    oldest: datetime | None
    expired: int
    first_expiry: datetime | None
    abandoned: int


class Learned(msgspec.Struct, frozen=True):
    name: str
    value: str
    learned_at: datetime


class UnknownRoleRow(msgspec.Struct, frozen=True):
    """`met_on` counts the recordings and releases that say it; `example` is one of them."""

    source: str
    kind: str
    met: str
    words: str
    met_on: int
    example: str


T = TypeVar("T")


async def database(conn: Connection) -> Database:
    (row,) = await _all(conn, "database", Database)
    return row


async def has_schema(conn: Connection) -> bool:
    return bool(await _value(conn, "has_schema"))


async def now(conn: Connection) -> datetime:
    return cast("datetime", await _value(conn, "now"))


async def backend(conn: Connection) -> int:
    """The server's process that this transaction met."""
    return cast("int", await _value(conn, "backend"))


async def pgmq_version(conn: Connection) -> str | None:
    found = await _rows(conn, "pgmq_version")
    return found[0]["version"] if found else None


async def missing_calls(conn: Connection, calls: Sequence[str] = CALLS) -> list[str]:
    return [row["call"] for row in await _rows(conn, "missing_calls", calls=list(calls))]


async def missing_queues(conn: Connection, queues: Sequence[str]) -> list[str]:
    return [row["queue"] for row in await _rows(conn, "missing_queues", queues=list(queues))]


async def too_much(conn: Connection) -> list[str]:
    """Statements that take back what strangers must not have."""
    return await _statements(conn, "too_much", relations=list(RELATIONS), functions=list(FUNCTIONS))


async def too_little(conn: Connection, queues: Sequence[str]) -> list[str]:
    """Statements that give what the operator's programs, or we ourselves, need and lack."""
    return await _statements(
        conn,
        "too_little",
        relations=list(RELATIONS),
        functions=list(FUNCTIONS),
        queues=list(queues),
    )


async def unsecured(conn: Connection) -> list[str]:
    """Statements that secure our tables that are not."""
    return await _statements(conn, "unsecured", relations=list(RELATIONS))


async def learned(conn: Connection, source: str, account: str) -> list[Learned]:
    return await _all(conn, "learned", Learned, source=source, account=account)


async def answers(conn: Connection) -> list[Answers]:
    return await _all(conn, "answers", Answers)


async def archive_bytes(conn: Connection, queues: Sequence[str]) -> int:
    return cast("int", await _value(conn, "archives", queues=list(queues)))


async def lost_messages(conn: Connection, queues: Sequence[str]) -> dict[str, int]:
    """How many open questions of a queue have no message there, which nobody will ever answer."""
    async with conn.transaction():
        # Both counts of one moment: workers go on meanwhile.
        await conn.execute(report.SQL["one_moment"])
        opened = await _rows(conn, "open_questions", queues=list(queues))
        messages = {one.queue: one.waiting + one.taken for one in await report.queues(conn, queues)}
    lost = {row["queue"]: row["open"] - messages.get(row["queue"], 0) for row in opened}
    return {queue: count for queue, count in lost.items() if count > 0}


async def unknown_roles(conn: Connection) -> list[UnknownRoleRow]:
    return await _all(conn, "unknown_roles", UnknownRoleRow)


async def _rows(conn: Connection, name: str, **params: Any) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], params)
        return await cursor.fetchall()


async def _all(conn: Connection, name: str, into: type[T], **params: Any) -> list[T]:
    return msgspec.convert(await _rows(conn, name, **params), list[into])  # type: ignore[valid-type]


async def _value(conn: Connection, name: str, **params: Any) -> Any:
    (row,) = await _rows(conn, name, **params)
    (value,) = row.values()
    return value


async def _statements(conn: Connection, name: str, **params: Any) -> list[str]:
    return [f"{row['statement']};" for row in await _rows(conn, name, **params)]
