"""Two ids that a source merged are one producer, in whatever order that becomes known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from psycopg import AsyncConnection
from tests.conftest import connect
from tests.simulation import facts

from linernotes.catalogue import CreditAnswer, Fact, Merged, Producer
from linernotes.db import catalogue

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


def merged(id: str, current_id: str, at: datetime = LATER) -> Merged:
    return Merged(source="musicbrainz", retrieved_at=at, id=id, current_id=current_id)


def credited(track: str, *ids: str, at: datetime = AT) -> tuple[Fact, ...]:
    """What one answer about a track states."""
    return (
        *(facts.producer(id, at) for id in ids),
        facts.credit_answer(track, at),
        *(facts.credit(track, id, at) for id in ids),
    )


def described(asked: str, id: str, at: datetime = LATER) -> tuple[Fact, ...]:
    """What the answer about a producer states who was asked for by one id and has another."""
    said = () if asked == id else (merged(asked, id, at),)
    return (*said, facts.producer(id, at), facts.profile_answer(id, at), facts.profile(id, at))


async def store(conn: AsyncConnection[Any], *said: Fact) -> None:
    async with conn.transaction():
        await catalogue.store(conn, said)


async def rows(conn: AsyncConnection[Any], query: str) -> list[tuple[Any, ...]]:
    return list(await (await conn.execute(query)).fetchall())


async def everything(conn: AsyncConnection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """Who is stored, and what is said of them."""
    return {
        "producer": await rows(conn, "select id from linernotes.producer order by id"),
        "credit": await rows(
            conn, "select track_id, producer_id from linernotes.credit order by 1, 2"
        ),
        "answer": await rows(conn, "select producer_id from linernotes.profile_answer order by 1"),
        "profile": await rows(conn, "select producer_id, url from linernotes.profile order by 1"),
    }


ONE_PRODUCER = {
    "producer": [("new",)],
    "credit": [("t1", "new"), ("t2", "new"), ("t3", "new")],
    "answer": [("new",)],
    "profile": [("new", "https://new.example/")],
}
COMMITS = (
    credited("t1", "old"),
    credited("t2", "new"),
    (*credited("t3", "old", "new"), *described("new", "new", AT)),
    described("old", "new"),
)


@pytest.mark.parametrize("order", list(permutations(range(len(COMMITS)))))
async def test_the_order_of_commits_does_not_matter(
    order: Sequence[int], conn: AsyncConnection[Any]
) -> None:
    for number in order:
        await store(conn, *COMMITS[number])

    assert await everything(conn) == ONE_PRODUCER
    assert await rows(conn, "select id, current_id from linernotes.merged") == [("old", "new")]


async def test_one_commit_may_say_it_all(conn: AsyncConnection[Any]) -> None:
    await store(conn, *(fact for commit in COMMITS for fact in commit))

    assert await everything(conn) == ONE_PRODUCER


async def test_the_same_again_changes_nothing(conn: AsyncConnection[Any]) -> None:
    for commit in (*COMMITS, *COMMITS):
        await store(conn, *commit)

    assert await everything(conn) == ONE_PRODUCER


async def test_who_was_merged_twice_is_the_last_one(conn: AsyncConnection[Any]) -> None:
    await store(conn, *credited("t1", "a"), *credited("t2", "b"), *described("a", "b"))
    await store(conn, *described("b", "c", LATER + timedelta(hours=1)))
    await store(conn, *credited("t3", "a"))

    found = await everything(conn)
    assert found["credit"] == [("t1", "c"), ("t2", "c"), ("t3", "c")]
    assert found["producer"] == [("c",)]


async def test_a_circle_moves_nobody(conn: AsyncConnection[Any]) -> None:
    circle = (merged("a", "b"), merged("b", "a"))
    await store(conn, *credited("t1", "a"), *credited("t2", "b"), *circle)

    found = await everything(conn)
    assert found["credit"] == [("t1", "a"), ("t2", "b")]
    assert found["producer"] == [("a",), ("b",)]


async def test_a_later_answer_withdraws_a_credit_that_has_moved(conn: AsyncConnection[Any]) -> None:
    for commit in COMMITS:
        await store(conn, *commit)
    silent = CreditAnswer(
        source="musicbrainz",
        retrieved_at=LATER,
        track_id="t1",
        found="silent",
        why="",
        source_url=None,
    )
    await store(conn, silent)

    assert (await everything(conn))["credit"] == [("t2", "new"), ("t3", "new")]


async def test_who_is_credited_under_the_old_id_alone_keeps_name_and_gets_the_current_page(
    conn: AsyncConnection[Any],
) -> None:
    """As after the one with the new id has been purged."""
    await store(conn, merged("old", "new"))
    known = Producer(
        source="musicbrainz",
        retrieved_at=AT,
        id="old",
        name="Mark Brydon",
        kind="person",
        disambiguation=None,
        url="https://musicbrainz.example/artist/old",
    )
    await store(conn, known, *credited("t1", "old")[1:])

    assert await rows(conn, "select id, name, url from linernotes.producer") == [
        ("new", "Mark Brydon", "https://musicbrainz.example/artist/new")
    ]


async def test_a_credit_that_is_stored_at_the_same_time_is_not_missed(
    dsn: str, conn: AsyncConnection[Any]
) -> None:
    async with await connect(dsn) as other:
        async with other.transaction():
            await catalogue.store(other, credited("t1", "old"))
            merging = asyncio.create_task(store(conn, *described("old", "new")))
            await _until_one_waits(dsn)
        await merging

    found = await everything(conn)
    assert found["credit"] == [("t1", "new")]
    assert found["producer"] == [("new",)]


async def _until_one_waits(dsn: str) -> None:
    query = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    async with await connect(dsn) as conn:
        for _ in range(1000):
            if await rows(conn, query) != [(0,)]:
                return
            await asyncio.sleep(0.01)
