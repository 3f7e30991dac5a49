"""A worker loses nothing: stopped, killed, refused, told to wait, or without its database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx2
import psycopg
import pytest
from psycopg import AsyncConnection, sql
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool
from starlette.requests import Request
from starlette.responses import Response
from tests.db.servers import database
from tests.processes import environment, settings_of, started, until

from linernotes import db, engine, runtime, upstream
from linernotes.db import budget, queue
from linernotes.db.budget import Closing
from linernotes.db.queue import Asked
from linernotes.errors import Busy, DatabaseError, Unavailable
from linernotes.pipeline import Lane, Message, Outcome, Result, Run, Stage
from linernotes.sandbox import serve
from linernotes.sandbox.faults import QuotaExceeded, premium_needed
from linernotes.sandbox.small import small_world
from linernotes.settings import Settings
from linernotes.sources import Sources
from linernotes.sources.spotify_account import LAPSED
from linernotes.stages.album_discovery import AlbumDiscovery
from linernotes.stages.artist_discovery import ArtistDiscovery
from linernotes.stages.social_enrichment import SocialEnrichment
from linernotes.tokens import KEY
from linernotes.worker import Worker

Pool = AsyncConnectionPool[Any]
WORLD = small_world()
ARTIST = max(WORLD.listings, key=lambda one: sum(map(len, WORLD.listings[one].values())))


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    async with db.open_pool(dsn) as opened:
        yield opened


def lane(run: Run) -> Lane:
    """A lane of albums at Spotify that does what the test wants."""
    return Lane(Stage("album_discovery", AlbumDiscovery, run, batch={"spotify": 4}), "spotify")


def other_lane(run: Run) -> Lane:
    stage = Stage("social_enrichment", SocialEnrichment, run, batch={"musicbrainz": 4})
    return Lane(stage, "musicbrainz")


async def done(messages: Sequence[Message], sources: Sources) -> list[Result]:
    return [Outcome() for _ in messages]


def new_worker(pool: Pool, *lanes: Lane, lease: int = 25, renew: float = 8.0) -> Worker:
    sources = Sources({}, lambda: datetime.now(UTC))
    return Worker(pool, sources, lease_seconds=lease, renew_seconds=renew, lanes=lanes)


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[Worker]:
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        async with asyncio.timeout(5):
            await task


async def ask(pool: Pool, *messages: Message) -> None:
    async with pool.connection() as conn:
        await queue.ask(conn, [Asked(None, message) for message in messages])


def albums(count: int) -> list[Message]:
    return [AlbumDiscovery(source="spotify", artist_id=f"a{n}", group="x") for n in range(count)]


PRODUCER = SocialEnrichment(source="musicbrainz", producer_id="p")


async def fetch(pool: Pool, statement: Any) -> list[Any]:
    async with pool.connection() as conn:
        return list(await (await conn.execute(statement)).fetchall())


async def in_queue(pool: Pool, name: str = "album_discovery") -> list[tuple[int, bool, datetime]]:
    """How often each message was delivered, whether it can be, and since or from when."""
    statement = sql.SQL("select read_ct, vt <= clock_timestamp(), vt from {} order by msg_id")
    return await fetch(pool, statement.format(sql.Identifier("pgmq", f"q_{name}")))


async def eventually(condition: Callable[[], Awaitable[bool]], *, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 (no event tells what the database holds)
            await asyncio.sleep(0.02)


async def is_empty(pool: Pool, name: str = "album_discovery") -> bool:
    return not await in_queue(pool, name)


# Closed, busy, idle


async def test_a_lane_that_waited_for_its_slots_does_not_rest_for_others(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linernotes.worker.BUSY_SECONDS", (1.5, 1.5))
    begun: list[float] = []

    async def one_has_a_slot(messages: Sequence[Message], sources: Sources) -> list[Result]:
        begun.append(time.monotonic())
        await asyncio.sleep(1.5)
        return [Outcome(), *(Busy("spotify", 0, "used up") for _ in messages[1:])]

    await ask(pool, *albums(3))
    async with running(new_worker(pool, lane(one_has_a_slot))):
        await eventually(lambda: is_empty(pool))

    assert begun[1] - begun[0] < 2.7


async def test_a_closed_source_is_not_claimed_and_the_others_go_on(pool: Pool) -> None:
    await ask(pool, *albums(3), PRODUCER)
    async with pool.connection() as conn:
        await budget.close(conn, "spotify", 50_400, "answered 429")
    before = await in_queue(pool)

    async with running(new_worker(pool, lane(done), other_lane(done))) as worker:
        await eventually(lambda: is_empty(pool, "social_enrichment"))
        await asyncio.sleep(1)

    assert await in_queue(pool) == before
    assert [reads for reads, _, _ in before] == [0, 0, 0]
    assert worker.tally.done == 1


async def test_a_lane_goes_on_when_its_source_opens(pool: Pool) -> None:
    await ask(pool, *albums(3))
    async with pool.connection() as conn:
        await budget.close(conn, "spotify", 0.7, "answered 429")

    async with running(new_worker(pool, lane(done))):
        await eventually(lambda: is_empty(pool), seconds=3)


async def test_a_lane_that_gets_no_slot_does_not_spin(pool: Pool) -> None:
    calls = 0

    async def busy(messages: Sequence[Message], sources: Sources) -> list[Result]:
        nonlocal calls
        calls += 1
        return [Busy("spotify", 12, "used up") for _ in messages]

    await ask(pool, *albums(3))
    async with running(new_worker(pool, lane(busy))) as worker:
        await asyncio.sleep(2)

    assert calls == 3  # after 0, 0.5 and 1.5 seconds
    assert [(reads, visible) for reads, visible, _ in await in_queue(pool)] == [(3, True)] * 3
    assert (worker.tally.postponed, worker.tally.failed) == (9, 0)


async def test_an_idle_lane_looks_twice_a_second(pool: Pool) -> None:
    async with running(new_worker(pool, lane(done), other_lane(done))):
        await asyncio.sleep(1)
        before = pool.get_stats()["requests_num"]
        await asyncio.sleep(2)
        looks = pool.get_stats()["requests_num"] - before

    assert looks <= 2 * 2 * 2 * 2 + 2  # lanes, seconds, looks a second, statements a look


# Leases


async def test_a_lease_is_renewed_while_its_worker_lives(pool: Pool) -> None:
    deliveries = 0

    async def slow(messages: Sequence[Message], sources: Sources) -> list[Result]:
        nonlocal deliveries
        deliveries += len(messages)
        await asyncio.sleep(2.5)
        return [Outcome() for _ in messages]

    await ask(pool, *albums(1))
    workers = [new_worker(pool, lane(slow), lease=1, renew=0.3) for _ in range(2)]
    async with running(workers[0]), running(workers[1]):
        await eventually(lambda: is_empty(pool))

    assert deliveries == 1
    assert [one.tally.done + one.tally.lost for one in workers] in ([1, 0], [0, 1])


SHORT: dict[str, Any] = {
    "lease_seconds": 2,
    "renew_seconds": 0.5,
    "patience_seconds": 0.5,
    "request_timeout_seconds": 1.0,
}


@dataclass(frozen=True)
class Killed:
    """A worker was killed in the middle of its first request; `used` leads to what it left."""

    dsn: str
    used: Settings
    at: float


@contextmanager
def killed(server: str, template: str, **settings: Any) -> Iterator[Killed]:
    hanging = [60.0]

    async def first_hangs(request: Request) -> Response | None:
        if request.url.path.startswith("/spotify/") and hanging:
            await asyncio.sleep(hanging.pop())
        return None

    with (
        database(server, template=template) as dsn,
        serve(WORLD, limits=False, faults=first_hangs) as sandbox,
    ):
        asyncio.run(ask_root(dsn))
        where = environment(dsn, sandbox)
        with started(1, where, **settings) as (victim,):
            victim.tell("work")
            until(lambda: any(one.source == "spotify" for one in sandbox.requests))
            victim.kill()
        yield Killed(dsn, replace(settings_of(where), **settings), time.monotonic())


async def ask_root(dsn: str) -> None:
    root = ArtistDiscovery(source="spotify", by="id", asked=ARTIST)
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        await queue.ask(conn, [Asked(None, root)])


@pytest.fixture(scope="module", autouse=True)
def killed_long_ago(
    request: pytest.FixtureRequest, server: str, template: str
) -> Iterator[Killed | None]:
    """With the settings as they are shipped; begun first, because it takes its time."""
    names = [item.name for item in request.session.items]
    if "test_after_kill_9_others_go_on_within_thirty_seconds" not in names:
        yield None
        return
    with killed(server, template) as found:
        yield found


async def seconds_until_answered(killed: Killed) -> float:
    async with runtime.open_runtime(killed.used, killed.dsn) as opened:
        async with running(opened.worker()):
            await eventually(lambda: is_answered(opened.pool), seconds=40)
        seconds = time.monotonic() - killed.at
        failed = "select from linernotes.question where failures > 0"
        assert await fetch(opened.pool, failed) == []
    return seconds


async def is_answered(pool: Pool) -> bool:
    statement = sql.SQL("select from linernotes.question where key = {} and state = 'answered'")
    return bool(await fetch(pool, statement.format(f"id:{ARTIST}")))


def test_after_kill_9_others_go_on_when_the_lease_is_over(server: str, template: str) -> None:
    with killed(server, template, **SHORT) as found:
        assert asyncio.run(seconds_until_answered(found)) < 8


# Stopping


async def test_stopping_gives_back_at_once_what_is_in_hand(pool: Pool) -> None:
    entered = asyncio.Event()

    async def never(messages: Sequence[Message], sources: Sources) -> list[Result]:
        entered.set()
        await asyncio.sleep(60)
        raise AssertionError

    await ask(pool, *albums(6))
    async with running(new_worker(pool, lane(never))) as worker:
        await entered.wait()
        stopped_at = time.monotonic()
        worker.stop()
    seconds = time.monotonic() - stopped_at

    assert seconds < 1
    assert [(reads, visible) for reads, visible, _ in await in_queue(pool)] == [
        *[(1, True)] * 4,
        *[(0, True)] * 2,
    ]


async def test_stopping_in_the_middle_of_a_request_leaves_it_to_others(
    dsn: str, pool: Pool
) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def hangs(request: Request) -> Response | None:
        if request.url.path.startswith("/spotify/"):
            loop.call_soon_threadsafe(asked.set)
            await asyncio.sleep(60)
        return None

    await ask(pool, ArtistDiscovery(source="spotify", by="id", asked=ARTIST))
    with serve(WORLD, limits=False, faults=hangs) as sandbox:
        used = settings_of(environment(dsn, sandbox))
        async with runtime.open_runtime(used, dsn) as opened:
            async with running(opened.worker()):
                await asked.wait()
                stopped_at = time.monotonic()
            seconds = time.monotonic() - stopped_at

    assert seconds < 1
    assert [(reads, visible) for reads, visible, _ in await in_queue(pool, "artist_discovery")] == [
        (1, True)
    ]
    assert await fetch(pool, "select state, until = '-infinity' from linernotes.answer") == [
        ("asking", True)
    ]


async def test_stopping_commits_what_is_finished(pool: Pool) -> None:
    worker: Worker

    async def and_stop(messages: Sequence[Message], sources: Sources) -> list[Result]:
        asyncio.get_running_loop().call_soon(worker.stop)
        return [Outcome() for _ in messages]

    await ask(pool, *albums(4))
    worker = new_worker(pool, lane(and_stop))
    async with asyncio.timeout(5):
        await worker.run()

    assert await is_empty(pool)
    assert worker.tally.done == 4


async def test_a_worker_that_is_cancelled_gives_back_as_well(pool: Pool) -> None:
    entered = asyncio.Event()

    async def never(messages: Sequence[Message], sources: Sources) -> list[Result]:
        entered.set()
        await asyncio.sleep(60)
        raise AssertionError

    await ask(pool, *albums(1))
    task = asyncio.create_task(new_worker(pool, lane(never)).run())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert [(reads, visible) for reads, visible, _ in await in_queue(pool)] == [(1, True)]


class FarConnection(AsyncConnection[Any]):
    """To a database so far away that an answer takes a moment after it took effect."""

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        cursor = await super().execute(*args, **kwargs)
        await asyncio.sleep(0.03)
        return cursor


async def test_no_claim_is_forgotten_whenever_a_worker_is_stopped(pool: Pool, dsn: str) -> None:
    async def never(messages: Sequence[Message], sources: Sources) -> list[Result]:
        await asyncio.sleep(60)
        raise AssertionError

    await ask(pool, *albums(2))
    options = {"autocommit": True, "prepare_threshold": None}
    async with AsyncConnectionPool[Any](
        dsn, min_size=2, kwargs=options, connection_class=FarConnection, open=False
    ) as far:
        await far.wait()
        for moment in range(12):
            worker = new_worker(far, lane(never))
            asyncio.get_running_loop().call_later(moment * 0.01, worker.stop)
            await worker.run()
            assert all(visible for _, visible, _ in await in_queue(pool)), moment


async def test_a_bug_of_ours_ends_the_worker_as_itself_and_gives_back(pool: Pool) -> None:
    async def too_few(messages: Sequence[Message], sources: Sources) -> list[Result]:
        return []

    await ask(pool, *albums(2))
    async with asyncio.timeout(5):
        with pytest.raises(AssertionError):
            await new_worker(pool, lane(too_few), other_lane(done)).run()

    assert [(reads, visible) for reads, visible, _ in await in_queue(pool)] == [(1, True)] * 2


# The database goes away


@asynccontextmanager
async def away(server: str, dsn: str) -> AsyncIterator[None]:
    """Nobody can connect to the database, and those who were connected are not any more."""
    name = str(conninfo_to_dict(dsn)["dbname"])
    allow = sql.SQL("alter database {} allow_connections {}")
    no, yes = (allow.format(sql.Identifier(name), sql.SQL(word)) for word in ("false", "true"))
    async with await AsyncConnection.connect(server, autocommit=True) as admin:
        await admin.execute(no)
        await admin.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s",
            [name],
        )
        try:
            yield
        finally:
            await admin.execute(yes)


async def test_a_worker_outlives_a_database_that_is_away_for_seconds(
    pool: Pool, server: str, dsn: str
) -> None:
    async def through_the_database(messages: Sequence[Message], sources: Sources) -> list[Result]:
        await asyncio.sleep(0.02)
        await db.patiently(pool, lambda conn: budget.closings(conn))
        return [Outcome() for _ in messages]

    await ask(pool, *albums(400))
    async with running(new_worker(pool, lane(through_the_database))) as worker:
        await eventually(lambda: counts(worker, 20))
        async with away(server, dsn):
            await asyncio.sleep(2)
        await eventually(lambda: counts(worker, 400), seconds=20)

    assert await is_empty(pool)
    assert await fetch(pool, "select status, count(*) from queue_metrics group by status") == [
        ("success", 400)
    ]


async def counts(worker: Worker, number: int) -> bool:
    # One that was committed while the connection broke counts as lost: we cannot know.
    return worker.tally.done + worker.tally.lost >= number


async def test_a_database_that_stays_away_ends_the_worker_with_words(
    pool: Pool, server: str, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "AWAY_SECONDS_MAX", 1.0)
    pool.timeout = 0.5
    await ask(pool, *albums(40))
    worker = new_worker(pool, lane(done))
    async with away(server, dsn):
        with pytest.raises(DatabaseError, match="the database stays away") as raised:
            async with asyncio.timeout(10):
                await worker.run()

    assert raised.value.hint == "nothing is lost; start again when it is back"
    async with await psycopg.AsyncConnection.connect(dsn) as conn:
        cursor = await conn.execute("select count(*) from pgmq.q_album_discovery")
        assert await cursor.fetchone() == (40,)


# What a person must know


async def closing(pool: Pool, source: str) -> Closing | None:
    async with pool.connection() as conn:
        return (await budget.closings(conn)).get(source)


async def no_failure(pool: Pool) -> bool:
    failed = await fetch(pool, "select from linernotes.question where failures > 0")
    return not failed and not await fetch(pool, "select from pgmq_dead_letter_items")


async def test_a_refusal_closes_the_source_says_why_and_loses_nothing(dsn: str, pool: Pool) -> None:
    root = ArtistDiscovery(source="spotify", by="id", asked=ARTIST)
    await ask(pool, root)
    with serve(WORLD, limits=False, faults=premium_needed) as sandbox:
        used = settings_of(environment(dsn, sandbox))
        async with runtime.open_runtime(used, dsn) as opened, running(opened.worker()):
            await eventually(lambda: is_closed(pool, "spotify"))
            await asyncio.sleep(1)
        asked = [one.path for one in sandbox.requests if one.source == "spotify"]

    closed = await closing(pool, "spotify")
    assert closed
    assert closed.refused
    assert closed.reason == (
        f"{LAPSED} (Active premium subscription required for the owner of the app.)"
    )
    assert len(asked) == 1
    assert [(reads, visible) for reads, visible, _ in await in_queue(pool, "artist_discovery")] == [
        (1, True)
    ]
    assert await no_failure(pool)


async def test_a_wrong_key_closes_the_source_says_why_and_loses_nothing(
    dsn: str, pool: Pool
) -> None:
    await ask(pool, ArtistDiscovery(source="spotify", by="id", asked=ARTIST))
    with serve(WORLD, limits=False) as sandbox:
        used = replace(settings_of(environment(dsn, sandbox)), client_id="mistyped")
        async with runtime.open_runtime(used, dsn) as opened, running(opened.worker()):
            await eventually(lambda: is_closed(pool, "spotify"))

    closed = await closing(pool, "spotify")
    assert closed
    assert closed.refused
    assert closed.reason.startswith(f"spotify: {KEY} was refused: ")
    assert await no_failure(pool)


async def test_a_quota_of_fourteen_hours_outlives_the_worker_and_the_rest_goes_on(
    dsn: str, pool: Pool
) -> None:
    await ask(pool, ArtistDiscovery(source="spotify", by="id", asked=ARTIST))
    quota = QuotaExceeded(calls=2)
    with serve(WORLD, limits=False, faults=quota) as sandbox:
        used = settings_of(environment(dsn, sandbox))
        async with runtime.open_runtime(used, dsn) as opened, running(opened.worker()):
            await eventually(lambda: is_closed(pool, "spotify"))
        asked, before = quota.seen, await in_queue(pool)
        producer = next(iter(WORLD.contributors))
        await ask(pool, SocialEnrichment(source="musicbrainz", producer_id=producer))
        async with runtime.open_runtime(used, dsn) as opened, running(opened.worker()):
            await eventually(lambda: is_empty(pool, "social_enrichment"))
            await asyncio.sleep(0.7)

    closed = await closing(pool, "spotify")
    assert closed
    assert closed.seconds == pytest.approx(quota.retry_after_seconds, abs=20)
    assert quota.seen == asked
    assert before
    assert await in_queue(pool) == before
    assert await no_failure(pool)


async def test_a_source_that_is_away_is_waited_for_and_nothing_is_counted(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "UNREACHABLE_SECONDS", (0.2, 1.0))
    await ask(pool, ArtistDiscovery(source="spotify", by="id", asked=ARTIST))
    with serve(WORLD, limits=False) as sandbox:
        where = environment(dsn, sandbox)
        port = httpx2.URL(sandbox.spotify_url).port
        used = settings_of(where)
    assert port

    async with runtime.open_runtime(used, dsn) as opened, running(opened.worker()) as worker:
        await eventually(lambda: was_away(pool, times=3))
        closed = await fetch(pool, "select closed_reason, refused, told from linernotes.budget")
        with serve(WORLD, limits=False, port=port):
            await eventually(lambda: everything_answered(pool), seconds=40)

    assert closed == [("cannot be reached: connection refused", False, False)]
    assert (worker.tally.failed, worker.tally.dead) == (0, 0)
    assert await no_failure(pool)


async def was_away(pool: Pool, *, times: int) -> bool:
    (failures,) = await fetch(pool, "select coalesce(max(failures), 0) from linernotes.budget")
    return bool(failures[0] >= times)


async def everything_answered(pool: Pool) -> bool:
    statement = "select count(*), bool_and(state = 'answered') from linernotes.question"
    ((count, answered),) = await fetch(pool, statement)
    return bool(count > 1 and answered)


async def test_a_source_without_keys_that_says_403_is_a_failure_of_the_question(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream, "FORBIDDEN_SECONDS", 0.1)
    monkeypatch.setattr(engine, "BACK_OFF_MAX_SECONDS", 0)
    monkeypatch.setattr(upstream, "FAILURE_COUNTS_SECONDS", 0)
    producer = next(iter(WORLD.contributors))
    await ask(pool, SocialEnrichment(source="musicbrainz", producer_id=producer))

    with serve(WORLD, limits=False, faults=forbidden) as sandbox:
        used = settings_of(environment(dsn, sandbox))
        async with runtime.open_runtime(used, dsn) as opened, running(opened.worker()) as worker:
            await eventually(lambda: is_empty(pool, "social_enrichment"))

    letters = await fetch(
        pool, "select fail_count, details ->> 'error' from pgmq_dead_letter_items"
    )
    assert [(count, "answered 403" in error) for count, error in letters] == [(5, True)]
    assert (worker.tally.failed, worker.tally.dead) == (4, 1)
    assert await fetch(pool, "select refused, told from linernotes.budget") == [(False, False)]


def forbidden(request: Request) -> Response | None:
    is_ours = request.url.path.startswith("/musicbrainz/")
    return Response("your User-Agent is blocked", 403) if is_ours else None


async def is_closed(pool: Pool, source: str) -> bool:
    return await closing(pool, source) is not None


async def test_a_failing_source_is_counted_and_tried_again(pool: Pool) -> None:
    calls = 0

    async def once(messages: Sequence[Message], sources: Sources) -> list[Result]:
        nonlocal calls
        calls += 1
        failed = Unavailable("spotify", "answered 500")
        return [failed if calls == 1 else Outcome() for _ in messages]

    await ask(pool, *albums(1))
    async with running(new_worker(pool, lane(once))) as worker:
        await eventually(lambda: is_empty(pool))

    assert (worker.tally.failed, worker.tally.done) == (1, 1)


# Last, because the lease runs meanwhile.


async def test_after_kill_9_others_go_on_within_thirty_seconds(killed_long_ago: Killed) -> None:
    begun = time.monotonic() - killed_long_ago.at

    # On a slow machine the tests before this one may have taken longer than that.
    assert await seconds_until_answered(killed_long_ago) < max(30, begun + 5)
