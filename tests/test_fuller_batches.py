"""A lane rests for a fuller batch while more of the same discovery may come, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool
from tests.test_worker import ask, eventually, in_queue, is_empty, running
from tests.walks import settings_of, walk

from linernotes import db, waits
from linernotes.db import budget, queue
from linernotes.db.queue import Asked
from linernotes.pipeline import Gather, Lane, Message, Outcome, Result
from linernotes.runtime import open_runtime
from linernotes.sandbox import serve
from linernotes.sandbox.generated import generate
from linernotes.settings import from_environ
from linernotes.sources import Sources
from linernotes.stages import LANE_OF, LANES
from linernotes.stages.album_discovery import AlbumDiscovery
from linernotes.stages.artist_discovery import ArtistDiscovery
from linernotes.stages.producer_identification import ProducerIdentification, TrackRef
from linernotes.stages.track_discovery import TrackDiscovery
from linernotes.worker import Worker

Pool = AsyncConnectionPool[Any]
MATCHING = LANE_OF["track_discovery_musicbrainz"]
SIZE = 4


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    async with db.open_pool(dsn) as opened:
        yield opened


def lane(gather: Gather | None = None) -> Lane:
    """The lane that looks for albums at MusicBrainz, with small batches."""
    gather = gather or Gather(seconds=60, idle_requests=20)
    stage = replace(
        MATCHING.stage, batch={"musicbrainz": SIZE}, gather={"musicbrainz": gather}, run=done
    )
    return Lane(stage, "musicbrainz")


async def done(messages: Sequence[Message], sources: Sources) -> list[Result]:
    return [Outcome() for _ in messages]


def album(artist: str, number: int, source: str = "musicbrainz") -> TrackDiscovery:
    return TrackDiscovery(source=source, artist_id=artist, album_id=f"{artist}{number}")


def page(artist: str) -> AlbumDiscovery:
    return AlbumDiscovery(source="spotify", artist_id=artist, group="album")


async def follow(pool: Pool, parent: Message, *messages: Message) -> None:
    """Ask what follows from a question; the parent is answered, and its message gone."""
    statement = "select id from linernotes.question where queue = %s and key = %s"
    async with pool.connection() as conn, conn.transaction():
        row = await (await conn.execute(statement, [parent.queue, parent.key])).fetchone()
        assert row
        await queue.ask(conn, [Asked(row[0], message) for message in messages])


async def answer(pool: Pool, *messages: Message) -> None:
    async with pool.connection() as conn:
        for one in messages:
            (claim,) = await queue.claim(conn, one.queue, count=1, lease_seconds=30)
            await queue.archive(conn, one.queue, [claim.msg_id])
            await queue.answer_questions(conn, [claim], [])


async def discovery(pool: Pool, artist: str, waiting: int, *, reading: int = 1) -> None:
    """Albums of an artist: `waiting` for MusicBrainz, and `reading` still to be read."""
    root = ArtistDiscovery(source="spotify", by="id", asked=artist)
    read = [album(artist, n, "spotify") for n in range(waiting)]
    await ask(pool, root)
    await follow(pool, root, page(artist))
    await answer(pool, root)
    await follow(pool, page(artist), *read)
    await answer(pool, page(artist))
    for n in range(waiting):
        await follow(pool, read[n], album(artist, n))
    await answer(pool, *read)
    more = [album(artist, n, "spotify") for n in range(waiting, waiting + reading)]
    if more:
        await follow(pool, page(artist), *more)


async def rest(pool: Pool, used: Lane | None = None, idle_seconds: float = 20) -> float | None:
    async with pool.connection() as conn:
        return await queue.may_gather(conn, used or lane(), LANES, idle_seconds=idle_seconds)


async def age(pool: Pool, seconds: float) -> None:
    await run(
        pool,
        f"update pgmq.q_{MATCHING.queue}"
        f" set enqueued_at = clock_timestamp() - make_interval(secs => {seconds})",
    )


async def run(pool: Pool, statement: str) -> None:
    async with pool.connection() as conn:
        await conn.execute(statement.encode())


async def busy_source(pool: Pool) -> None:
    """Something else to do at MusicBrainz, of another discovery."""
    track = TrackRef(id="t", title="", length_ms=None, disc=1, number=1)
    await ask(pool, ProducerIdentification(source="musicbrainz", track=track))


async def test_a_small_batch_rests_while_more_may_come(pool: Pool) -> None:
    await discovery(pool, "a", waiting=2)

    assert await rest(pool) == pytest.approx(20, abs=2)


async def test_while_the_source_has_other_work_it_rests_longer(pool: Pool) -> None:
    await discovery(pool, "a", waiting=2)
    await busy_source(pool)

    assert await rest(pool) == pytest.approx(60, abs=2)


async def test_a_message_in_work_earlier_may_bring_more(pool: Pool) -> None:
    await discovery(pool, "a", waiting=2)
    async with pool.connection() as conn:
        await queue.claim(conn, "track_discovery", count=1, lease_seconds=30)

    assert await rest(pool) is not None


async def test_a_full_batch_does_not_rest(pool: Pool) -> None:
    await discovery(pool, "a", waiting=SIZE)

    assert await rest(pool) is None


async def test_when_nothing_more_can_come_it_does_not_rest(pool: Pool) -> None:
    await discovery(pool, "a", waiting=2, reading=0)
    await busy_source(pool)

    assert await rest(pool) is None


async def test_for_another_discovery_nobody_rests(pool: Pool) -> None:
    await discovery(pool, "a", waiting=2, reading=0)
    await discovery(pool, "b", waiting=0, reading=3)

    assert await rest(pool) is None


async def test_one_message_that_nothing_follows_takes_the_others_along(pool: Pool) -> None:
    await discovery(pool, "a", waiting=2)
    await discovery(pool, "b", waiting=1, reading=0)

    assert await rest(pool) is None


async def test_two_discoveries_with_more_to_come_rest_together(pool: Pool) -> None:
    await discovery(pool, "a", waiting=1, reading=30)
    await discovery(pool, "b", waiting=2, reading=30)

    assert await rest(pool) is not None


async def test_it_rests_for_no_longer_than_stated(pool: Pool) -> None:
    await discovery(pool, "a", waiting=2)
    await age(pool, 19)
    nearly = await rest(pool)
    await age(pool, 21)
    idle = await rest(pool)
    await busy_source(pool)
    busy = await rest(pool)
    await age(pool, 61)

    assert nearly == pytest.approx(1, abs=0.9)
    assert idle is None
    assert busy == pytest.approx(39, abs=2)
    assert await rest(pool) is None


async def test_for_what_a_closed_source_holds_back_nobody_rests(pool: Pool) -> None:
    await discovery(pool, "a", waiting=2)
    async with pool.connection() as conn:
        await budget.close(conn, "spotify", 5, "answered 429", told=True)
    short = await rest(pool)
    async with pool.connection() as conn:
        await budget.close(conn, "spotify", 50_400, "answered 429", told=True)

    assert short is not None
    assert await rest(pool) is None


async def test_where_looking_up_would_cost_too_much_nobody_rests(pool: Pool) -> None:
    await discovery(pool, "a", waiting=1)
    before = await rest(pool)
    await run(
        pool,
        f"""
        with many as (
            insert into linernotes.question (queue, key, body, state)
            select 'album_discovery', n::text, '{{}}', 'answered'
            from generate_series(1, 20000) as n
            returning id
        )
        insert into linernotes.follow_up (question_id, follow_up_id)
        select many.id, q.id
        from many
        join linernotes.question as q on q.queue = '{MATCHING.queue}'
        """,
    )

    assert before is not None
    assert await rest(pool) is None


@pytest.mark.parametrize("answered", [19_000, 20_000])
async def test_so_many_are_looked_at_for_what_is_open(pool: Pool, answered: int) -> None:
    """The open one of this discovery stands behind ten others in its queue."""
    await discovery(pool, "a", waiting=1, reading=0)
    await discovery(pool, "b", waiting=0, reading=10)
    await follow(pool, page("a"), album("a", 1, "spotify"))
    await run(
        pool,
        f"""
        with many as (
            insert into linernotes.question (queue, key, body, state)
            select 'track_discovery', n::text, '{{}}', 'answered'
            from generate_series(1, {answered}) as n
            returning id
        )
        insert into linernotes.follow_up (question_id, follow_up_id)
        select q.id, many.id
        from many
        join linernotes.question as q on q.queue = 'artist_discovery' and q.key = 'id:a'
        """,
    )

    assert (await rest(pool) is not None) == (answered == 19_000)


async def test_for_a_message_of_somebody_else_nobody_rests(pool: Pool) -> None:
    await discovery(pool, "a", waiting=2)
    await run(pool, f"select pgmq.send('{MATCHING.queue}', '{{\"question\": \"1\"}}', 0)")

    assert await rest(pool) is None


@pytest.mark.parametrize(
    ("gather", "rate", "seconds"),
    [
        (Gather(60, idle_requests=5), 1, 5.0),
        (Gather(60, idle_requests=5), 20, 0.25),
        (Gather(60, idle_requests=5), 0, 5.0),
        (Gather(300), 3, 300.0),
    ],
)
def test_an_idle_source_is_measured_in_its_requests(
    gather: Gather, rate: float, seconds: float
) -> None:
    assert gather.idle_seconds(rate) == seconds


async def test_a_worker_says_that_it_rests_and_goes_when_nothing_more_comes(
    pool: Pool, dsn: str
) -> None:
    await discovery(pool, "a", waiting=2)
    async with open_runtime(
        from_environ({"LINERNOTES_CONTACT": "test@linernotes.example"}), dsn
    ) as opened:
        worker = Worker(pool, opened.sources, lease_seconds=25, renew_seconds=8, lanes=[lane()])
        async with running(worker):
            await eventually(lambda: says(worker, waits.FULLER_BATCH))
            await asyncio.sleep(0.7)
            before = [reads for reads, _, _ in await in_queue(pool, MATCHING.queue)]
            await answer(pool, album("a", 2, "spotify"))
            await eventually(lambda: is_empty(pool, MATCHING.queue), seconds=3)
            await eventually(lambda: says(worker, None))

    assert before == [0, 0]
    assert worker.tally.done == 2


async def says(worker: Worker, wait: waits.Wait | None) -> bool:
    return worker.waits.now.get(MATCHING.queue) == wait


async def test_a_discovery_asks_in_few_batches(dsn: str) -> None:
    world = generate(1, albums=60)
    artist = max(world.listings, key=lambda one: sum(map(len, world.listings[one].values())))
    with serve(world, limits=False) as sandbox:
        root = ArtistDiscovery(source="spotify", by="id", asked=artist)
        await walk(dsn, settings_of(sandbox), root)
        links = [
            one.query["inc"]
            for one in sandbox.requests
            if (one.source, one.path.rsplit("/", 1)[-1]) == ("musicbrainz", "url")
        ]

    # All albums fit into one request; others ask whether it knows an artist at all.
    assert links.count("release-rels") == 1
