"""Two workers commit groups that overlap in every way, hundreds of times, at the same time."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from psycopg import AsyncConnection
from psycopg import errors as pg
from tests.simulation import facts, mutations

from linernotes import engine
from linernotes.catalogue import Fact
from linernotes.db import queue
from linernotes.db.queue import Asked, Claim, Connection
from linernotes.engine import Committed, Judged
from linernotes.pipeline import Message, Outcome
from linernotes.stages.album_discovery import AlbumDiscovery
from linernotes.stages.producer_identification import ProducerIdentification
from linernotes.stages.social_enrichment import SocialEnrichment
from linernotes.stages.track_discovery import TrackDiscovery

ROUNDS = 500
ROUNDS_UNTIL_DEADLOCK = 60
AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def two(dsn: str) -> AsyncIterator[tuple[Connection, Connection]]:
    """Two connections that notice a deadlock at once instead of after a second."""
    async with await _connect(dsn) as one, await _connect(dsn) as other:
        yield one, other


async def _connect(dsn: str) -> Connection:
    return await AsyncConnection.connect(
        dsn, autocommit=True, prepare_threshold=None, options="-c deadlock_timeout=20ms"
    )


@contextmanager
def _counted() -> Iterator[Counter[str]]:
    """Count the deadlocks that the engine meets; it would try again and keep quiet."""
    met: Counter[str] = Counter()

    def counting(transaction: Callable[..., Awaitable[Committed]]) -> Any:
        async def counted(*args: Any, **kwargs: Any) -> Committed:
            try:
                return await transaction(*args, **kwargs)
            except pg.DeadlockDetected:
                met["deadlocks"] += 1
                raise

        return counted

    with (
        patch.object(engine, "_finish", counting(engine._finish)),
        patch.object(engine, "_postpone", counting(engine._postpone)),
    ):
        yield met


async def test_overlapping_groups_never_deadlock_and_take_effect_once(
    two: tuple[Connection, Connection],
) -> None:
    with _counted() as met:
        for number in range(ROUNDS):
            await _race(two, random.Random(number), number)

    assert met == {}
    assert await _rows_for_each_message(two[0]) == {1}


@pytest.mark.parametrize("mutation", mutations.IN_A_RACE, ids=lambda one: one.__name__)
async def test_in_any_other_order_they_do_deadlock(
    two: tuple[Connection, Connection],
    mutation: mutations.Mutation,
) -> None:
    with _counted() as met, mutation():
        for number in range(ROUNDS_UNTIL_DEADLOCK):
            await _race(two, random.Random(number), number)
            if met:
                break

    assert met


async def _race(two: tuple[Connection, Connection], dice: random.Random, number: int) -> None:
    """
    Two groups over four queues that raise the same facts and questions.

    Every fourth time the groups share half of their messages, delivered twice: then the second
    waits at the fence. Otherwise their messages differ, and they meet further on. Every third
    time it is a refresh, in which one group asks again what the other answers.
    """
    conn = two[0]
    since = AT + timedelta(days=number) if number % 3 == 0 else None
    messages = _messages(f"r{number}")
    await queue.ask(conn, [Asked(None, message) for message in messages])
    first = await _claim_all(conn, messages)
    dice.shuffle(first)
    half, rest = len(first) // 2, first
    if number % 4 == 0:
        await _redeliver(conn, first)
        rest = await _claim_all(conn, messages)
        dice.shuffle(rest)
    groups = [_judged(part, dice, number, since) for part in (first[:half], rest[half:])]
    committed = await asyncio.gather(
        *(engine.commit(conn, group) for conn, group in zip(two, groups, strict=True))
    )
    done = [claim for one in committed for claim in one.done]
    assert len(done) == len({(claim.queue, claim.msg_id) for claim in done})
    # What neither group held is finished, so that no later round meets it.
    await engine.commit(conn, _judged(rest, dice, number, None))


def _messages(name: str) -> list[Message]:
    return [
        message
        for i in range(4)
        for message in (
            AlbumDiscovery(source="spotify", artist_id=f"{name}", group="album", offset=i),
            TrackDiscovery(source="musicbrainz", artist_id=name, album_id=f"album{i}"),
            ProducerIdentification(source="musicbrainz", track=facts.track_ref(f"{name}track{i}")),
            SocialEnrichment(source="musicbrainz", producer_id=f"{name}producer{i}"),
        )
    ]


async def _claim_all(conn: Connection, messages: Sequence[Message]) -> list[Claim]:
    names = sorted({message.queue for message in messages})
    return [
        claim
        for name in names
        for claim in await queue.claim(conn, name, count=100, lease_seconds=60)
    ]


async def _redeliver(conn: Connection, claims: Sequence[Claim]) -> None:
    for name in sorted({claim.queue for claim in claims}):
        seconds = {claim.msg_id: 0 for claim in claims if claim.queue == name}
        await queue.show_again(conn, name, seconds)


def _judged(
    claims: Sequence[Claim], dice: random.Random, number: int, since: datetime | None
) -> list[Judged]:
    """The same facts and questions come of many messages, in an order of their own each time."""
    judged: list[Judged] = []
    for claim in claims:
        stated, follow_ups = _shared(claim.queue, number, since)
        dice.shuffle(stated)
        dice.shuffle(follow_ups)
        judged.append((claim, Outcome(tuple(stated), tuple(follow_ups))))
    return judged


def _shared(name: str, number: int, since: datetime | None) -> tuple[list[Fact], list[Message]]:
    at, each = AT + timedelta(seconds=number), range(5)
    match name:
        case "album_discovery":
            return (
                [facts.album(f"album{i}", at) for i in each],
                [
                    TrackDiscovery(
                        source="musicbrainz", since=since, artist_id=f"r{number}", album_id=f"a{i}"
                    )
                    for i in each
                ],
            )
        case "track_discovery_musicbrainz":
            tracks: list[Fact] = [facts.track(f"track{i}", at) for i in each] if number % 2 else []
            return tracks, [
                ProducerIdentification(
                    source="musicbrainz", since=since, track=facts.track_ref(f"r{number}track{i}")
                )
                for i in each
            ]
        case "producer_identification":
            matches: list[Fact] = [facts.match(f"track{i}", at) for i in each] if number % 2 else []
            return (
                [*matches, *(facts.producer(f"producer{i}", at) for i in each)],
                [
                    SocialEnrichment(
                        source="musicbrainz", since=since, producer_id=f"r{number}producer{i}"
                    )
                    for i in each
                ],
            )
        case _:
            return (
                [
                    fact
                    for i in each
                    for fact in (
                        facts.producer(f"producer{i}", at),
                        facts.profile_answer(f"producer{i}", at),
                        facts.profile(f"producer{i}", at),
                    )
                ],
                [
                    SocialEnrichment(
                        source="wikidata", since=since, producer_id=f"r{number}producer{i}"
                    )
                    for i in each
                ],
            )


async def _rows_for_each_message(conn: Connection) -> set[int]:
    cursor = await conn.execute(
        "select count(*) from public.queue_metrics group by queue_name, msg_id"
    )
    return {count for (count,) in await cursor.fetchall()}
