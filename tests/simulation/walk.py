"""
Walk a small world many times, each time with different luck, and check where we end up.

One seed decides everything: the world, the order of claims and commits, which requests fail
and how, where a worker dies, which leases run out, what is delivered twice, and when a second
discovery joins. After every commit the database is compared with a model of it.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import httpx2
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from starlette.requests import Request
from tests.simulation import model as models
from tests.simulation import worlds
from tests.simulation.faults import Faults
from tests.simulation.model import Model
from tests.simulation.virtual import (
    MortalConnection,
    Pool,
    Server,
    VirtualLoop,
    WorkerDied,
    connect,
)

from linernotes import engine
from linernotes.db import answer, budget, queue, report
from linernotes.db.queue import Claim
from linernotes.engine import Adopt, Committed, Failed, Judged, Verdict
from linernotes.pipeline import Lane, Message, Outcome
from linernotes.sandbox import PREFIXES, Seen, make_app
from linernotes.sandbox.world import World
from linernotes.settings import from_environ
from linernotes.sources import Source, Sources
from linernotes.stages import LANES
from linernotes.stages.artist_discovery import ArtistDiscovery
from linernotes.tokens import ClientCredentials
from linernotes.upstream import HttpApi, no_headers

URL = "http://sandbox"
LEASE = 30
STEPS_MAX = 5_000
WORKERS = 3
TABLES = (
    "linernotes.question",
    "linernotes.follow_up",
    "linernotes.discovery",
    "linernotes.budget",
    "linernotes.answer",
    "linernotes.learned",
    "linernotes.artist_answer",
    "linernotes.artist",
    "linernotes.album",
    "linernotes.listing",
    "linernotes.track",
    "linernotes.match",
    "linernotes.credit_answer",
    "linernotes.producer",
    "linernotes.credit",
    "linernotes.profile_answer",
    "linernotes.identity",
    "linernotes.profile",
    "public.queue_metrics",
    "public.pgmq_dead_letter_items",
)
QUEUES = tuple(dict.fromkeys(lane.queue for lane in LANES))
IN_QUEUES = " union all ".join(f"select '{q}', msg_id, read_ct from pgmq.q_{q}" for q in QUEUES)
VISIBLE = " union all ".join(
    f"select '{q}' where exists (select from pgmq.q_{q} where vt <= simulation.now())"
    for q in QUEUES
)
CATALOGUE = (
    "select id, recording_id from linernotes.track",
    "select artist_id, album_id from linernotes.listing",
    "select track_id, source, recording, release, how from linernotes.match",
    "select track_id, source, found, why from linernotes.credit_answer",
    "select track_id, source, producer_id, role, scope from linernotes.credit",
    "select id, name from linernotes.producer",
    "select producer_id, source, known from linernotes.profile_answer",
    "select producer_id, source, sort_name, wikidata_id from linernotes.identity",
    "select producer_id, source, url from linernotes.profile",
)
EMPTY = "; ".join(
    f"delete from {table}"
    for table in (*TABLES, *(f"pgmq.{kind}_{q}" for q in QUEUES for kind in "qa"))
)


@dataclass(frozen=True)
class Plan:
    """
    What may happen in a walk. `joins_at` is the commit after which a second discovery comes,
    `refreshes_at` the one after which everything is asked anew; with `changes` that happens
    once more at the end, in a world that has become another.
    """

    second: ArtistDiscovery
    joins_at: int = 0
    faults: float = 0
    deaths: float = 0
    failures_max: int = 50
    by_message: bool = False
    refreshes_at: int | None = None
    changes: bool = False
    group_max: int = 6

    @classmethod
    def drawn(cls, dice: random.Random) -> Plan:
        return cls(
            faults=dice.choice((0.05, 0.15, 0.3)),
            failures_max=dice.choice((2, 5, 50)),
            deaths=dice.choice((0.1, 0.25)),
            joins_at=dice.randint(0, 40),
            second=dice.choice((by_name(worlds.FIRST), by_id(worlds.SECOND), by_id(worlds.FIRST))),
            by_message=dice.random() < 0.3,
            refreshes_at=dice.choice((None, dice.randint(5, 40))),
            changes=dice.random() < 0.4,
        )


def by_name(artist: str) -> ArtistDiscovery:
    return ArtistDiscovery(source="spotify", by="name", asked=worlds.NAMES[artist])


def by_id(artist: str) -> ArtistDiscovery:
    return ArtistDiscovery(source="spotify", by="id", asked=artist)


@dataclass(frozen=True)
class Ending:
    """What does not depend on luck: counts of each discovery, coverage, catalogue without times."""

    progress: list[dict[str, Counter[str]]]
    coverage: list[report.Coverage]
    catalogue: list[list[tuple[Any, ...]]]


@dataclass
class Worker:
    """A process of its own: what it holds is gone when it dies."""

    number: int
    pool: Pool
    sources: Sources
    http: httpx2.AsyncClient
    held: list[Judged] = field(default_factory=list)


class Walk:
    def __init__(self, seed: int, server: Server, loop: VirtualLoop, plan: Plan | None) -> None:
        self.dice = random.Random(seed)
        random.seed(seed)  # the engine's jitter
        self.server, self.loop = server, loop
        self.world = worlds.small(self.dice)
        self.plan = plan or Plan.drawn(self.dice)
        self.model = Model()
        self.tally: Counter[str] = Counter()
        self.joins_at: int | None = self.plan.joins_at
        self.joined_at = 0
        self.refreshes_at, self.changes = self.plan.refreshes_at, self.plan.changes
        self.attempts: Counter[tuple[models.Name, int]] = Counter()
        self.last: list[Judged] = []
        self.commits = 0
        self.artists: list[str] = [worlds.FIRST]
        self.faults = Faults(self.dice, self._die, self.plan.faults)
        self.app = make_app(
            self.world,
            limits=False,
            faults=self.faults,
            clock=loop.time,
            client=("sandbox", "sandbox"),
        )
        self.known = _sources()
        self.workers = [self._worker(number) for number in range(WORKERS)]

    # ---- workers

    def _worker(self, number: int) -> Worker:
        pool = Pool(self.server)
        http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app),
            headers={"User-Agent": f"Simulation/1 ( worker-{number}@linernotes.example )"},
        )
        tokens = ClientCredentials(http, f"{URL}{PREFIXES['accounts']}", "sandbox", "sandbox")
        headers = {"spotify": tokens.headers}
        apis = {
            name: HttpApi(
                source,
                http,
                cast("AsyncConnectionPool[Any]", pool),
                headers=headers.get(name, no_headers),
            )
            for name, source in self.known.items()
        }
        return Worker(number, pool, Sources(apis, self.loop.now), http)

    def _die(self, request: Request) -> None:
        number = int(request.headers["user-agent"].split("worker-")[1][0])
        self.workers[number].pool.is_dead = True
        raise WorkerDied

    async def _bury(self, worker: Worker) -> None:
        """Another process takes its place. What it held comes back when the leases run out."""
        self.tally["deaths"] += 1
        worker.pool.is_dead = True
        await worker.http.aclose()
        self.workers[worker.number] = self._worker(worker.number)

    # ---- the walk

    async def run(self) -> None:
        """Walk until everything is done. Raises `AssertionError` as soon as something is wrong."""
        async with self._conn() as conn:
            await answer.learn(conn, "spotify", "", "album page", "5")
        await self._discover(by_id(worlds.FIRST))
        for _ in range(STEPS_MAX):
            self.tally["steps"] += 1
            await self._meet_plan()
            await self._step()
            if await self._is_over():
                if self.joins_at is not None:
                    self.joins_at = 0
                elif self.changes:
                    self.changes = False
                    await self._change()
                else:
                    await self._check_end()
                    return
        raise AssertionError("the walk did not end")

    async def _meet_plan(self) -> None:
        if self.joins_at is not None and self.commits >= self.joins_at:
            self.joins_at = None
            self.joined_at = self.commits
            await self._join()
        if self.refreshes_at is not None and self.commits >= self.refreshes_at:
            self.refreshes_at = None
            # Whoever comes later than the change may be served what was kept from before it.
            await (self._change() if self.joins_at is None else self._refresh())

    async def _step(self) -> None:
        step = self.dice.choices(*_STEPS)[0]
        await getattr(self, f"_{step}")()

    async def _is_over(self) -> bool:
        if any(worker.held for worker in self.workers) or await self._in_queues():
            return False
        return not await self._replay()

    async def _discover(self, root: Message, *, refresh: bool = False) -> None:
        async with self._conn() as conn, conn.transaction():
            found, _ = await queue.start_discovery(conn, root, asked_for="test", refresh=refresh)
        self.model.roots[found] = self.model.ask(root)

    async def _join(self) -> None:
        second = self.plan.second
        if second.asked not in (*self.artists, *worlds.NAMES.values()):
            self.artists.append(second.asked)
        if not self.plan.by_message:
            await self._discover(second)
            return
        body = {"artistId" if second.by == "id" else "artistName": second.asked}
        async with self._conn() as conn:
            await conn.execute("select pgmq.send('artist_discovery', %s)", (Jsonb(body),))
        self.model.messages += 1

    async def _change(self) -> None:
        """The world changes, and after a refresh what is no longer stated must be gone."""
        producers = sorted(
            {one.contributor_id for rec in self.world.recordings.values() for one in rec.relations}
        )
        if producers:
            worlds.without_a_producer(self.world, self.dice.choice(producers))
        await self._refresh()

    async def _refresh(self) -> None:
        self.tally["refreshes"] += 1
        await asyncio.sleep(1)
        for artist in self.artists:
            root = ArtistDiscovery(source="spotify", by="id", asked=artist, since=self.loop.now())
            await self._discover(root, refresh=True)

    # ---- steps

    async def _claim(self) -> None:
        """One worker, or two at the same time, claim and perform."""
        async with self._conn() as conn:
            visible = {name for (name,) in await _rows(conn, VISIBLE)}
        if not (busy := [lane for lane in LANES if lane.queue in visible]):
            await self._wait()
            return
        workers = self.dice.sample(self.workers, self.dice.choice((1, 1, 2)))
        lanes = [self.dice.choice(busy) for _ in workers]
        found = await asyncio.gather(
            *(self._perform(*one) for one in zip(workers, lanes, strict=True)),
            return_exceptions=True,
        )
        for worker, result in zip(workers, found, strict=True):
            if isinstance(result, WorkerDied):
                await self._bury(worker)
            elif isinstance(result, BaseException):
                raise result

    async def _perform(self, worker: Worker, lane: Lane) -> None:
        async with worker.pool.connection() as conn:
            if self.dice.random() < 0.7 and lane.source in await budget.closings(conn):
                return
            count = self.dice.randint(1, max(1, min(lane.batch, 8)))
            claims = await queue.claim(conn, lane.queue, count=count, lease_seconds=LEASE)
        if not claims:
            return
        verdicts = await engine.perform(lane, claims, worker.sources)
        for claim, verdict in zip(claims, verdicts, strict=True):
            assert not isinstance(verdict, Failed) or "bug in" not in verdict.error, verdict
            if isinstance(verdict, Failed):
                self.attempts[models.name_of(claim), claim.generation] += 1
            worker.held.append((claim, verdict))

    async def _commit(self) -> None:
        if not (busy := [worker for worker in self.workers if worker.held]):
            return
        worker = self.dice.choice(busy)
        self.dice.shuffle(worker.held)
        count = self.dice.randint(1, self.plan.group_max)
        group, worker.held = worker.held[:count], worker.held[count:]
        dies_at = self.dice.randint(0, 12) if self.dice.random() < self.plan.deaths else None
        if not await self._commit_group(group, dies_at):
            await self._bury(worker)

    async def _again(self) -> None:
        """A worker that did not hear that its commit succeeded commits once more."""
        if self.last:
            finished = [one for one in self.last if isinstance(one[1], Outcome | Adopt)]
            if finished:
                await self._commit_group(finished, None)

    async def _wait(self) -> None:
        await asyncio.sleep(self.dice.choice((1, 8, LEASE + 1, LEASE + 1, 310)))

    async def _deliver_twice(self) -> None:
        """A claimed message shows again although its lease has not run out."""
        name = self.dice.choice(QUEUES)
        async with self._conn() as conn:
            await conn.execute(f"update pgmq.q_{name} set vt = simulation.now() where read_ct > 0")
        self.tally["redeliveries"] += 1

    async def _renew(self) -> None:
        worker = self.dice.choice(self.workers)
        if claims := [claim for claim, _ in worker.held]:
            there = await self._in_queues()
            async with self._conn() as conn:
                held = await engine.renew(conn, claims, LEASE)
            ours = {claim for claim in claims if there.get(_place(claim)) == claim.reads}
            assert held == ours, "a stale delivery was renewed"

    async def _crash(self) -> None:
        await self._bury(self.dice.choice(self.workers))

    async def _replay(self) -> int:
        async with self._conn() as conn:
            cursor = await conn.execute(
                "select id, queue_name, details ->> 'question'"
                " from public.pgmq_dead_letter_items order by id"
            )
            letters = await cursor.fetchall()
            sent = await queue.replay(conn, [id for id, *_ in letters])
        names = await self._names()
        reopened = {names[int(question)] for _, _, question in letters}
        dead = {name for name in reopened if self.model.questions[name].state == "dead"}
        for name in dead:
            self.model.ask_again(name)
        assert len(sent) == len(dead)
        self.tally["replayed"] += len(sent)
        return len(sent)

    # ---- commit, and what should come of it

    async def _commit_group(self, group: Sequence[Judged], dies_at: int | None) -> bool:
        """Commit and compare; False if the worker died over it."""
        await asyncio.sleep(0.001)
        there = await self._in_queues()
        self.commits += 1
        committed = None
        async with self._conn() as conn:
            conn.statements_left = dies_at
            try:
                committed = await engine.commit(conn, group, failures_max=self.plan.failures_max)
            except WorkerDied:
                self.tally["died in a commit"] += 1
            finally:
                conn.statements_left = None
        if committed is None:
            await self._take_effect(group, await self._left_behind(group, there))
        else:
            self._compare(group, there, committed)
            await self._take_effect(group, committed)
            self.last = list(group)
        await self._check()
        return committed is not None

    async def _left_behind(
        self, group: Sequence[Judged], there: Mapping[tuple[str, int], int]
    ) -> Committed:
        """A worker that died has finished either everything that it could, or nothing."""
        now = await self._in_queues()
        mine = [claim for claim, one in group if _is_result(one) and _place(claim) in there]
        gone = [claim for claim in mine if _place(claim) not in now]
        assert len(gone) in (0, len(mine)), "a commit took effect in part"
        return Committed(done=_once(gone))

    def _compare(
        self,
        group: Sequence[Judged],
        there: Mapping[tuple[str, int], int],
        committed: Committed,
    ) -> None:
        """Who should have won: the first to finish, and the latest delivery of what did not."""
        done = _once(claim for claim, one in group if _is_result(one) and _place(claim) in there)
        assert sorted(map(_id, committed.done)) == sorted(map(_id, done)), "finished twice"
        gone = set(map(_place, done))
        ours = [
            claim
            for claim, one in group
            if not _is_result(one)
            and there.get(_place(claim)) == claim.reads
            and _place(claim) not in gone
        ]
        held = [*committed.postponed, *(claim for claim, _ in committed.failed + committed.dead)]
        assert sorted(map(_id, held)) == sorted(map(_id, ours)), "a stale delivery had an effect"
        self.tally["lost"] += len(committed.lost)

    async def _take_effect(self, group: Sequence[Judged], committed: Committed) -> None:
        """Bring the model up to date."""
        verdicts = {_id(claim): verdict for claim, verdict in group}
        done = [(claim, verdicts[_id(claim)]) for claim in committed.done]
        self.tally["outdated"] += sum(
            claim.question is not None and not self.model.is_latest(claim) for claim, _ in done
        )
        self.model.answer([(claim, one.next) for claim, one in done if isinstance(one, Outcome)])
        for _, verdict in done:
            if isinstance(verdict, Adopt):
                self.model.roots[await self._latest_discovery()] = self.model.ask(verdict.root)
        for claim, _ in committed.failed:
            self.model.fail(claim, dead=False)
        for claim, _ in committed.dead:
            self.model.fail(claim, dead=True)
        for name in ("done", "failed", "dead", "postponed"):
            self.tally[name] += len(getattr(committed, name))

    # ---- what must hold at every instant

    async def _check(self) -> None:
        async with self._conn() as conn:
            await self._check_questions(conn)
            for discovery in self.model.roots:
                stored: defaultdict[str, Counter[str]] = defaultdict(Counter)
                for one in await report.progress(conn, discovery):
                    stored[one.queue].update({state: getattr(one, state) for state in PROGRESS})
                counted = self.model.progress(discovery)
                assert stored == counted, f"progress: {stored} is not {counted}"
            closed = set(await budget.closings(conn))
            for artist in self.artists:
                found = await report.coverage(conn, artist)
                (catalogue,) = await _one(conn, models.STORED, artist)
                counts = models.coverage(self.model, artist, catalogue, closed)
                states = Counter({state: getattr(found, state) for state in STATES})
                assert states.total() == found.total, "the states do not add up"
                assert states == counts, f"coverage: {states} is not {counts}"

    async def _check_questions(self, conn: MortalConnection) -> None:
        cursor = await conn.execute(
            "select queue, key, state, generation, failures from linernotes.question"
        )
        stored = {(q, key): tuple(rest) for q, key, *rest in await cursor.fetchall()}
        counted = {
            name: (one.state, one.generation, one.failures)
            for name, one in self.model.questions.items()
        }
        wrong = dict(stored.items() - counted.items()), dict(counted.items() - stored.items())
        assert stored == counted, f"questions: {wrong[0]} is not {wrong[1]}"
        for name, one in self.model.questions.items():
            assert one.failures <= self.attempts[name, one.generation], (
                "more failures than attempts"
            )
        success, errors = await _one(
            conn,
            "select count(*) filter (where status = 'success'),"
            " count(*) filter (where status = 'error') from public.queue_metrics",
        )
        results = self.tally["done"] - self.tally["outdated"]
        assert success == results, "not one row for each result"
        assert errors == self.tally["failed"] + self.tally["dead"], "not one row for each failure"

    # ---- and at the end

    async def _check_end(self) -> None:
        await self._check()
        async with self._conn() as conn:
            archived = await _one(conn, f"select {ARCHIVED}")
            assert archived == (self.model.messages,), "not one message for each question"
            assert self.tally["done"] + self.tally["dead"] == self.model.messages
            twice = await conn.execute(
                "select queue_name, msg_id from public.queue_metrics where status = 'success'"
                " group by 1, 2 having count(*) > 1"
            )
            assert await twice.fetchall() == [], "took effect twice"
            for discovery in self.model.roots:
                found = await report.progress(conn, discovery)
                assert sum(one.open + one.dead for one in found) == 0
            for artist in self.artists:
                await check_truth(conn, self.world, artist)
            self.ending = await self._ending(conn)
        for source in self.known.values():
            self._check_rate(source)
        if not (self.plan.faults or self.plan.deaths or self.tally["refreshes"]):
            sent = [(one.source, one.path, str(one.query)) for one in self._requests()]
            assert len(sent) == len(set(sent)), "a request was sent twice"
        self.tally["requests"] += self.faults.sent

    async def _ending(self, conn: MortalConnection) -> Ending:
        return Ending(
            [self.model.progress(discovery) for discovery in sorted(self.model.roots)],
            [await report.coverage(conn, artist) for artist in self.artists],
            [sorted(await _rows(conn, query)) for query in CATALOGUE],
        )

    def _check_rate(self, source: Source) -> None:
        times = [seen.at for seen in self._requests() if seen.source == source.name]
        for first, last in itertools.combinations(range(len(times)), 2):
            shortest = (last - first - source.burst + 1) / source.requests_per_second
            assert times[last] - times[first] > shortest - 1e-3, f"{source.name} was asked too fast"

    def _requests(self) -> list[Seen]:
        """What the sources were asked; tokens are not limited, and each worker has its own."""
        return [seen for seen in self.app.state.log.requests if seen.source != "accounts"]

    # ---- reading

    @asynccontextmanager
    async def _conn(self) -> AsyncIterator[MortalConnection]:
        async with self.server.connection() as conn:
            yield conn

    async def _in_queues(self) -> dict[tuple[str, int], int]:
        """The messages that are there, and how often each was delivered."""
        async with self._conn() as conn:
            cursor = await conn.execute(IN_QUEUES)
            return {(name, msg_id): reads for name, msg_id, reads in await cursor.fetchall()}

    async def _names(self) -> dict[int, models.Name]:
        async with self._conn() as conn:
            cursor = await conn.execute("select id, queue, key from linernotes.question")
            return {id: (name, key) for id, name, key in await cursor.fetchall()}

    async def _latest_discovery(self) -> int:
        async with self._conn() as conn:
            (found,) = await _one(conn, "select max(id) from linernotes.discovery")
            return int(found)


async def check_truth(conn: MortalConnection, world: World, artist: str) -> None:
    """Compare what is stored of an artist with what is true."""
    truth = world.truth(artist)
    tracks = await _rows(
        conn,
        "select t.id, t.recording_id, a.found from linernotes.track as t"
        " join linernotes.listing as l on l.album_id = t.album_id and l.artist_id = %(artist)s"
        " join linernotes.credit_answer as a on a.track_id = t.id"
        " where t.artist_ids @> array[%(artist)s]",
        artist=artist,
    )
    assert {id: found for id, _, found in tracks} == truth.states
    recordings: defaultdict[str, set[str]] = defaultdict(set)
    for id, recording, _ in tracks:
        recordings[recording].add(id)
    assert set(map(frozenset, recordings.values())) == truth.recordings
    credits = await _rows(
        conn,
        "select track_id, producer_id, role, scope, printed_as from linernotes.credit"
        " where track_id = any(%(tracks)s)",
        tracks=list(truth.states),
    )
    assert sorted(credits) == sorted(
        (one.track_id, one.producer_id, one.role, one.scope, one.printed_as)
        for one in truth.credits | truth.apart
    )
    people = {one.producer_id for one in truth.credits | truth.apart}
    profiles = await _rows(
        conn,
        "select producer_id, source, network, url from linernotes.profile"
        " where producer_id = any(%(people)s)",
        people=list(people),
    )
    assert sorted(profiles) == sorted(
        (one.producer_id, one.source, one.network, one.url) for one in truth.profiles
    )


PROGRESS = ("answered", "open", "dead", "failing")
STATES = ("credited", "silent", "unknown", "waiting", "unread", "refused", "failed")
_STEPS = (
    ("claim", "commit", "wait", "again", "deliver_twice", "renew", "crash", "replay"),
    (40, 40, 8, 3, 4, 2, 1, 1),
)
ARCHIVED = " + ".join(f"(select count(*) from pgmq.a_{q})" for q in QUEUES)


def _sources() -> dict[str, Source]:
    """The services at their usual rates, in the sandbox."""
    addresses = {
        f"LINERNOTES_{name.upper()}_URL": URL + PREFIXES[name]
        for name in ("spotify", "musicbrainz", "wikidata")
    }
    return dict(from_environ(addresses).sources)


async def _rows(conn: MortalConnection, query: str, **values: Any) -> list[tuple[Any, ...]]:
    return list(await (await conn.execute(query, values)).fetchall())


async def _one(conn: MortalConnection, query: str, *values: Any) -> tuple[Any, ...]:
    (row,) = await (await conn.execute(query, values)).fetchall()
    return tuple(row)


def _is_result(verdict: Verdict) -> bool:
    return isinstance(verdict, Outcome | Adopt)


def _place(claim: Claim) -> tuple[str, int]:
    return claim.queue, claim.msg_id


def _id(claim: Claim) -> tuple[str, int, int]:
    return claim.queue, claim.msg_id, claim.reads


def _once(claims: Iterable[Claim]) -> list[Claim]:
    """Of several deliveries of a message in one group the latest."""
    latest: dict[tuple[str, int], Claim] = {}
    for claim in sorted(claims, key=lambda one: one.reads):
        latest[_place(claim)] = claim
    return list(latest.values())


async def walks(dsn: str, wanted: Iterable[tuple[int, Plan | None]]) -> AsyncIterator[Walk]:
    """Walk once for each seed, on an emptied database each time. Wants a `VirtualLoop`."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    async with await connect(dsn) as conn:
        for seed, plan in wanted:
            loop.start()
            await conn.execute(EMPTY)
            walk = Walk(seed, Server(conn, loop.now), loop, plan)
            try:
                await walk.run()
                yield walk
            except BaseException as error:
                error.add_note(f"seed {seed}, {walk.plan}")
                raise
            finally:
                for worker in walk.workers:
                    await worker.http.aclose()
