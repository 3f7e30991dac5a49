"""
Deliberate mistakes, each in one place of the engine or its SQL, that the simulation must catch.

A mistake that it does not catch is a hole in its checks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Any
from unittest.mock import patch

from tests.simulation.virtual import MortalConnection

from linernotes import engine
from linernotes.catalogue import Fact
from linernotes.db import budget, catalogue, queue
from linernotes.db.queue import Asked, Claim, Connection
from linernotes.engine import Committed, Judged
from linernotes.pipeline import Message


@contextmanager
def no_fence() -> Iterator[None]:
    """Whoever archives a message believes to have won it."""
    archive = queue.archive

    async def mutated(conn: Connection, name: str, ids: Sequence[int]) -> set[int]:
        await archive(conn, name, ids)
        return set(ids)

    with patch.object(queue, "archive", mutated):
        yield


@contextmanager
def no_transaction() -> Iterator[None]:
    @asynccontextmanager
    async def mutated(conn: MortalConnection) -> AsyncIterator[None]:
        yield

    with patch.object(MortalConnection, "transaction", mutated):
        yield


@contextmanager
def archive_last() -> Iterator[None]:
    """Store and ask first, archive at the end, each by itself."""

    async def mutated(conn: Connection, finished: Sequence[Judged]) -> Committed:
        latest = await queue.answer_questions(conn, [claim for claim, _ in finished], [])
        effective = [one for one in finished if (one[0].question, one[0].generation) in latest]
        await catalogue.store(conn, engine._facts(effective))
        await queue.ask(conn, engine._asked(effective))
        await queue.record_metrics(conn, [engine._success(*one) for one in finished])
        won = await engine._archive(conn, [claim for claim, _ in finished])
        return Committed(done=list(won), lost=[c for c, _ in finished if c not in won])

    with patch.object(engine, "_finish", mutated):
        yield


@contextmanager
def no_frontier() -> Iterator[None]:
    """What has been asked already is queued again."""
    known = "where not exists (\n        select from linernotes.question as q where"
    conflict = "on conflict (queue, key) do nothing"
    again = "on conflict (queue, key) do update set asked_at = question.asked_at"
    with (
        _sql(queue.SQL, "ask_new", known, known + " false and"),
        _sql(queue.SQL, "ask_new", conflict, again),
    ):
        yield


def budget_spent_twice() -> AbstractContextManager[object]:
    """A slot that was taken is offered once more."""
    taken = "else %(interval)s::float8\n        end\n    ),"
    return _sql(budget.SQL, "reserve", taken, "else 0\n        end\n    ),")


@contextmanager
def no_merge() -> Iterator[None]:
    """Facts and questions are written message by message, in the order of the group."""
    store, ask = catalogue.store, queue.ask

    async def store_each(conn: Connection, facts: Iterable[Fact]) -> None:
        for fact in facts:
            await store(conn, [fact])

    async def ask_each(conn: Connection, asked: Iterable[Asked]) -> None:
        for one in asked:
            await ask(conn, [one])

    with patch.object(catalogue, "store", store_each), patch.object(queue, "ask", ask_each):
        yield


@contextmanager
def no_fence_on_a_failure() -> Iterator[None]:
    """A delivery may be postponed or counted although there has been another since."""

    async def mutated(conn: Connection, name: str, claims: Sequence[Claim]) -> set[int]:
        return {claim.msg_id for claim in claims}

    with patch.object(queue, "hold", mutated):
        yield


@contextmanager
def no_generations() -> Iterator[None]:
    """A message from before a refresh or a retry has its effect all the same."""
    answer = queue.answer_questions

    async def mutated(
        conn: Connection, claims: Iterable[Claim], asked_again: Iterable[Message]
    ) -> set[tuple[int, int]]:
        claims = list(claims)
        await answer(conn, claims, asked_again)
        return {(claim.question, claim.generation) for claim in claims if claim.question}

    with patch.object(queue, "answer_questions", mutated):
        yield


def no_edge_to_what_was_asked() -> AbstractContextManager[object]:
    """A question that somebody else had raised before is not linked a second time."""
    return _sql(
        queue.SQL,
        "link_follow_ups",
        "order by m.parent, q.id",
        "where not exists (select from linernotes.follow_up as f where f.follow_up_id = q.id)"
        " order by m.parent, q.id",
    )


def no_look_before_asking() -> AbstractContextManager[object]:
    """Asking what somebody answers at the moment waits for him."""
    known = "where not exists (\n        select from linernotes.question as q where"
    return _sql(queue.SQL, "ask_new", known, known + " false and")


@contextmanager
def no_lock_before_asking_again() -> Iterator[None]:
    """What is asked again is locked when it is, not together with what was answered."""
    answer = queue.answer_questions

    async def mutated(
        conn: Connection, claims: Iterable[Claim], asked_again: Iterable[Message]
    ) -> set[tuple[int, int]]:
        return await answer(conn, claims, [])

    with patch.object(queue, "answer_questions", mutated):
        yield


def _sql(
    statements: dict[Any, Any], name: str, old: str, new: str
) -> AbstractContextManager[object]:
    assert statements[name].count(old) == 1
    return patch.dict(statements, {name: statements[name].replace(old, new)})


Mutation = Callable[[], AbstractContextManager[object]]

IN_A_RACE: tuple[Mutation, ...] = (no_merge, no_look_before_asking, no_lock_before_asking_again)
IN_A_WALK: tuple[Mutation, ...] = (
    no_fence,
    no_transaction,
    archive_last,
    no_frontier,
    budget_spent_twice,
    no_fence_on_a_failure,
    no_generations,
    no_edge_to_what_was_asked,
)
