"""
The queues: claim messages, finish or postpone them, ask new questions.

Every function takes a connection first and leaves the transaction to its caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeGuard

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from linernotes.db import sql
from linernotes.pipeline import Lane, Message

SQL = sql.load("queue.sql")

Connection = AsyncConnection[Any]

# What the columns hold: bigint and integer.
ID_MAX, GENERATION_MAX = 2**63 - 1, 2**31 - 1


@dataclass(frozen=True)
class Claim:
    """
    A delivery that we hold until its lease runs out. `reads` is which delivery it is: what is
    not a finish has an effect only while the message has not been delivered again.

    `message` is what was read: whoever may write to a queue may have put anything there.
    `question` is None for a message that somebody else put into the queue.
    """

    queue: str
    msg_id: int
    reads: int
    message: Any = field(compare=False)

    @property
    def body(self) -> Mapping[str, Any]:
        return self.message if isinstance(self.message, dict) else {}

    @property
    def question(self) -> int | None:
        """Of our own messages; they say both, and what else is there could be no number."""
        found = self.body.get("question")
        return found if _is_number(found, ID_MAX) and self.generation else None

    @property
    def generation(self) -> int:
        """Of the question, from 1; 0 for a message that is not ours."""
        found = self.body.get("generation")
        return found if _is_number(found, GENERATION_MAX) else 0


def _is_number(found: object, largest: int) -> TypeGuard[int]:
    return type(found) is int and 0 < found <= largest


@dataclass(frozen=True)
class Failure:
    claim: Claim
    error: str
    fatal: bool


# By question and generation: how many attempts have failed, and whether it is given up.
Counts = dict[tuple[int, int], tuple[int, bool]]


class Asked(NamedTuple):
    """A message to queue, and the question that it follows from (None for a root)."""

    parent: int | None
    message: Message


async def claim(conn: Connection, queue: str, *, count: int, lease_seconds: int) -> list[Claim]:
    row = {"queue": queue, "count": count, "lease": lease_seconds}
    cursor = await conn.execute(SQL["claim"], row)
    return [Claim(queue, msg_id, reads, body) for msg_id, reads, body in await cursor.fetchall()]


async def may_gather(
    conn: Connection, lane: Lane, lanes: Sequence[Lane], *, idle_seconds: float
) -> float | None:
    """
    For how many seconds yet the lane may rest for a fuller batch; None if it should go.

    `lanes` is the pipeline, in order. The oldest message waits for `idle_seconds` at most while
    nothing else is open at its source.
    """
    assert lane.gather
    number = [one.queue for one in lanes].index(lane.queue)
    earlier = lanes[:number]
    beside = [one for one in lanes if one.source == lane.source and one.queue != lane.queue]
    row = {
        "queue": lane.queue,
        "size": lane.batch,
        "seconds": lane.gather.seconds,
        "idle_seconds": idle_seconds,
        "earlier": [one.queue for one in earlier],
        "earlier_sources": [one.source for one in earlier],
        "beside": [one.queue for one in beside],
    }
    found = await (await conn.execute(SQL["may_gather"], row)).fetchone()
    return found[0] if found else None


async def archive(conn: Connection, queue: str, ids: Sequence[int]) -> set[int]:
    """The messages that we finish. Those that somebody else finished are not among them."""
    cursor = await conn.execute(SQL["archive"], {"queue": queue, "ids": list(ids)})
    return {msg_id for (msg_id,) in await cursor.fetchall()}


async def hold(conn: Connection, queue: str, claims: Sequence[Claim]) -> set[int]:
    """Lock the deliveries that are still ours, until the transaction ends."""
    row = {
        "queue": queue,
        "ids": [claim.msg_id for claim in claims],
        "reads": [claim.reads for claim in claims],
    }
    cursor = await conn.execute(SQL["hold"], row)
    return {msg_id for (msg_id,) in await cursor.fetchall()}


async def show_again(conn: Connection, queue: str, seconds: Mapping[int, int]) -> None:
    """Show messages again in so many seconds each. Hold them first."""
    row = {"queue": queue, "ids": list(seconds), "seconds": list(seconds.values())}
    await conn.execute(SQL["show_again"], row)


async def answer_questions(
    conn: Connection, claims: Iterable[Claim], asked_again: Iterable[Message]
) -> set[tuple[int, int]]:
    """
    Mark the claims' questions as answered; returns those of the latest generation, with it.

    `asked_again` are those of a refresh that `ask` will be given: they are locked here already.
    """
    latest: dict[int, Claim] = {}
    for claim in claims:
        known = latest.get(claim.question or 0)
        if claim.question and (known is None or known.generation < claim.generation):
            latest[claim.question] = claim
    row = {
        "ids": list(latest),
        "generations": [claim.generation for claim in latest.values()],
        "queues": [claim.queue for claim in latest.values()],
        "asked": Jsonb([{"queue": one.queue, "key": one.key} for one in asked_again]),
    }
    cursor = await conn.execute(SQL["answer_questions"], row)
    return {(question, generation) for question, generation in await cursor.fetchall()}


async def count_failures(
    conn: Connection, failures: Iterable[Failure], *, failures_max: int
) -> Counts:
    rows = [
        {
            "id": one.claim.question,
            "generation": one.claim.generation,
            "queue": one.claim.queue,
            "error": one.error,
            "fatal": one.fatal,
        }
        for one in failures
        if one.claim.question
    ]
    row = {"failures": Jsonb(rows), "failures_max": failures_max}
    cursor = await conn.execute(SQL["count_failures"], row)
    return {
        (question, generation): (count, dead)
        for question, generation, count, dead in await cursor.fetchall()
    }


async def lock_walk(conn: Connection, *, alone: bool = False) -> None:
    """The first of all locks. Whoever asks questions has it with others; a purge has it alone."""
    await conn.execute(SQL["lock_walk"], {"alone": alone})


async def ask(conn: Connection, asked: Iterable[Asked]) -> None:
    """
    Queue what nobody has asked yet, and remember what followed from what.

    The keys of all of `asked` are merged and sorted: inserted message by message, two groups
    that overlap would wait for each other.
    """
    asked = list(asked)
    if not asked:
        return
    # Named once: a commit asks thousands, and a name is put together whenever it is looked at.
    named = [(one.message.queue, one.message.key, one) for one in asked]
    statement = "ask_again" if any(one.message.since for one in asked) else "ask_new"
    await conn.execute(SQL[statement], {"messages": sql.rows(_rows(named))})
    edges = [
        {"parent": one.parent, "queue": queue, "key": key}
        for queue, key, one in named
        if one.parent is not None
    ]
    if edges:
        await conn.execute(SQL["link_follow_ups"], {"messages": sql.rows(edges)})


def _rows(named: Iterable[tuple[str, str, Asked]]) -> list[dict[str, Any]]:
    """One row a question, in the order of queue and key; of two, the fresher is kept."""
    merged: dict[tuple[str, str], Message] = {}
    for queue, key, one in named:
        known = merged.get((queue, key))
        if known is None or _fresher(one.message, known):
            merged[queue, key] = one.message
    return [
        {"queue": queue, "key": key, "body": message}
        for (queue, key), message in sorted(merged.items(), key=lambda item: item[0])
    ]


def _fresher(one: Message, other: Message) -> bool:
    return one.since is not None and (other.since is None or one.since > other.since)


async def record_metrics(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """`rows`: queue, msg_id, status (success or error), details."""
    if rows:
        await conn.execute(SQL["record_metrics"], {"rows": sql.rows(rows)})


async def bury(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """`rows`: queue, msg, fail_count, details."""
    if rows:
        await conn.execute(SQL["bury"], {"rows": Jsonb(rows)})


async def start_discovery(
    conn: Connection, root: Message, *, asked_for: str, refresh: bool = False
) -> tuple[int, int]:
    """Ask the root question unless it is asked; returns the ids of discovery and question."""
    await ask(conn, [Asked(None, root)])
    found = await remember_discoveries(conn, [(root, asked_for)], refresh=refresh)
    return found[0]


async def remember_discoveries(
    conn: Connection, roots: Sequence[tuple[Message, str]], *, refresh: bool = False
) -> list[tuple[int, int]]:
    """Remember who asked for what; the root questions are asked already."""
    rows = [
        {"queue": root.queue, "key": root.key, "asked_for": asked_for, "refresh": refresh}
        for root, asked_for in roots
    ]
    cursor = await conn.execute(SQL["start_discoveries"], {"rows": Jsonb(rows)})
    return [(discovery, question) for discovery, question in await cursor.fetchall()]


async def forget_follow_ups(conn: Connection, questions: Sequence[int]) -> None:
    """Drop what followed from earlier answers to these questions, before asking anew."""
    if questions:
        await conn.execute(SQL["forget_follow_ups"], {"ids": list(questions)})


async def replay(conn: Connection, ids: Sequence[int]) -> list[tuple[str, int]]:
    """Queue dead letters again; returns queue and number of each new message."""
    cursor = await conn.execute(SQL["replay"], {"ids": list(ids)})
    return [(queue, msg_id) for queue, msg_id in await cursor.fetchall()]
