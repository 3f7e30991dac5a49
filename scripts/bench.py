"""
Measure the engine beside the same statements written by hand, and say whether it is fast enough.

    .venv/bin/python scripts/bench.py [--quick] [--rounds 3] [--seconds 4] [--workers 1,4,16]
                                      [--rates] [--memory] [--json]

A unit: claim one message, store 50 albums, queue 50 follow-ups with their frontier, archive the
message, write one row of metrics. A worker is a process, as `linernotes work` is one: it has its
own pool, and Python's lock is not shared. Ways to do a unit:

- engine: the real `Worker`, with one lane whose stage needs no source;
- hand: two connections a process, each claims a full group and commits it with the statements of
  db/queue.sql and db/catalogue.sql in a pipeline; rows come ready as JSON, no code of the engine.
  It does not look whether a source is closed, nor renew leases (the engine does every 8 s);
- one by one: the engine with groups of one.

Each measurement has a fresh copy of a database. Ways take turns within a round, and a ratio is the
median of the ratios within the rounds: the machine is shared, so read ratios. A rate goes from the
first to the last commit of all processes after the warm-up, because commits come in groups; where
fewer than ten fall into that time there is no figure. Groups are of 20 at most, not the worker's
100: 16 processes with groups of 100 commit too rarely to be counted. All claim as many at once.
The engine takes what is finished, so the mean of the groups that it really committed is printed
beside that by hand.
The server is the embedded one with its normal durability: it waits for the disk.

Afterwards a run whose sources are limited, which `bench_rates` explains; with --rates that alone.

Exit code 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import bench_rates
import msgspec
import psycopg
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

from linernotes import db, logs, worker
from linernotes.catalogue import Album, Credited
from linernotes.db import catalogue, embedded, queue
from linernotes.db.migrate import migrate
from linernotes.pipeline import Lane, Outcome, Result, Stage
from linernotes.sources import Sources
from linernotes.stages.album_discovery import AlbumDiscovery
from linernotes.stages.track_discovery import TrackDiscovery

PER_MESSAGE = 50
GROUP = 20
COMMITS_MIN = 10
MESSAGES = 12_000
BACKLOG = 100_000
BACKLOG_WORKERS = 4
WARM_UP_SECONDS = 1.0
LOOK_SECONDS = 0.005
MEMORY_AT = (10_000, 50_000, 100_000)
MEMORY_GROWTH_MAX = 1.10
SHARE_LEAST = 0.95
LATENESS_MAX = 1.1

Samples = list[tuple[float, int]]


@dataclass(frozen=True)
class Way:
    """How units are done, over which template of a database; `size` facts and follow-ups each."""

    name: str
    group: int = GROUP
    by_hand: bool = False
    template: str = "empty"
    size: int = PER_MESSAGE


ENGINE = Way("engine")
BY_HAND = Way("hand", by_hand=True)
ONE_BY_ONE = Way("one by one", group=1)
BACKLOGGED = Way("backlog", template="backlog")
SMALL = Way("memory", template="backlog", size=1)


@dataclass(frozen=True)
class Target:
    name: str
    measured: float
    wanted: str
    passed: bool


@dataclass
class Results:
    units: dict[str, dict[int, list[float]]] = field(default_factory=dict)
    memory: dict[int, float] = field(default_factory=dict)
    paces: bench_rates.Paces | None = None

    def add(self, way: Way, workers: int, rate: float) -> None:
        self.units.setdefault(way.name, {}).setdefault(workers, []).append(rate)

    def ratio(self, way: Way, other: Way, workers: int) -> float:
        pairs = zip(self.units[way.name][workers], self.units[other.name][workers], strict=True)
        return statistics.median(one / two for one, two in pairs)


# ---- the engine's way


def lane_of(size: int) -> Lane:
    """Albums at Spotify; the stage answers by itself, each time `size` albums nobody has seen."""

    async def run(messages: Sequence[AlbumDiscovery], sources: Sources) -> list[Result]:
        return [_outcome(message, size) for message in messages]

    stage = Stage("album_discovery", AlbumDiscovery, run, batch={"spotify": GROUP})
    return Lane(stage, "spotify")


def _outcome(message: AlbumDiscovery, size: int) -> Outcome:
    artist, now = message.artist_id, datetime.now(UTC)
    albums = tuple(
        Album(
            id=f"{artist}-{n:02}",
            source="spotify",
            title=f"Coda of {artist}, part {n}",
            album_type="album",
            release_date="1981-12-01",
            total_tracks=12,
            upc="00602498600000",
            url=f"https://open.spotify.com/album/{artist}-{n:02}",
            artists=(Credited(artist, "The Quiet Hours"),),
            retrieved_at=now,
        )
        for n in range(size)
    )
    return Outcome(
        albums,
        tuple(
            TrackDiscovery(source="spotify", artist_id=artist, album_id=album.id)
            for album in albums
        ),
    )


async def work(way: Way, dsn: str, barrier: Barrier, until: Until) -> Samples:
    """Let the real worker work, and note how many it has done whenever that changes."""
    async with db.open_pool(dsn, max_size=6) as pool:
        await _connect(pool)
        sources = Sources({}, lambda: datetime.now(UTC))
        ours = worker.Worker(pool, sources, 25, 8.0, lanes=[lane_of(way.size)])
        await asyncio.to_thread(barrier.wait)
        task = asyncio.create_task(ours.run())
        samples: Samples = [(time.perf_counter(), 0)]
        start = samples[0][0]
        while not until(time.perf_counter() - start, ours.tally.done):
            await asyncio.sleep(LOOK_SECONDS)
            if ours.tally.done != samples[-1][1]:
                samples.append((time.perf_counter(), ours.tally.done))
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return samples


async def _connect(pool: AsyncConnectionPool[Any]) -> None:
    async with pool.connection(), pool.connection(), pool.connection():
        pass


# ---- by hand


async def by_hand(way: Way, dsn: str, barrier: Barrier, until: Until) -> Samples:
    async with db.open_pool(dsn, max_size=6) as pool:
        await _connect(pool)
        await asyncio.to_thread(barrier.wait)
        start = time.perf_counter()
        samples: Samples = [(start, 0)]

        async def repeat() -> None:
            async with pool.connection() as conn:
                while True:
                    done = await _group_by_hand(conn, way)
                    samples.append((time.perf_counter(), samples[-1][1] + done))

        tasks = [asyncio.create_task(repeat()) for _ in range(worker.COMMITTERS)]
        while not until(time.perf_counter() - start, samples[-1][1]):  # noqa: ASYNC110 - a clock
            await asyncio.sleep(LOOK_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    return samples


async def _group_by_hand(conn: queue.Connection, way: Way) -> int:
    """Claim a group and commit it: the same statements, in the same order, in one pipeline."""
    name = "album_discovery"
    row = {"queue": name, "count": way.group, "lease": 25}
    cursor = await conn.execute(queue.SQL["claim"], row)
    claims = await cursor.fetchall()
    facts, asked, edges, metrics = _rows_by_hand(claims, way.size)
    ids = [msg_id for msg_id, _, _ in claims]
    questions = [body["question"] for _, _, body in claims]
    answered = {
        "ids": questions,
        "generations": [1] * len(ids),
        "queues": [name] * len(ids),
        "asked": "[]",
    }
    async with conn.transaction(), conn.pipeline():
        cursor = await conn.execute(queue.SQL["archive"], {"queue": name, "ids": ids})
        assert len(await cursor.fetchall()) == len(ids)
        cursor = await conn.execute(queue.SQL["answer_questions"], answered)
        assert len(await cursor.fetchall()) == len(ids)
        await conn.execute(catalogue.SQL["store_Album"], {"facts": _encoded(facts)})
        await conn.execute(queue.SQL["ask_new"], {"messages": _encoded(asked)})
        await conn.execute(queue.SQL["link_follow_ups"], {"messages": _encoded(edges)})
        await conn.execute(queue.SQL["record_metrics"], {"rows": _encoded(metrics)})
    return len(ids)


def _encoded(rows: Any) -> str:
    return msgspec.json.encode(rows).decode()


def _rows_by_hand(claims: Sequence[Any], size: int) -> tuple[list[Any], ...]:
    """What `_outcome` says, as plain rows. Sorted, because claims come by number and not by key."""
    now = datetime.now(UTC).isoformat()
    facts, asked, edges, metrics = [], [], [], []
    for msg_id, _, body in sorted(claims, key=lambda claim: str(claim[2]["artist_id"])):
        artist, question = body["artist_id"], body["question"]
        details = {"question": question, "facts": size, "questions": size}
        metrics.append(
            {"queue": "album_discovery", "msg_id": msg_id, "status": "success", "details": details}
        )
        for n in range(size):
            album = f"{artist}-{n:02}"
            key = f"{album}:{artist}"
            facts.append(
                {
                    "id": album,
                    "source": "spotify",
                    "title": f"Coda of {artist}, part {n}",
                    "album_type": "album",
                    "release_date": "1981-12-01",
                    "total_tracks": 12,
                    "upc": "00602498600000",
                    "url": f"https://open.spotify.com/album/{album}",
                    "artists": [{"id": artist, "name": "The Quiet Hours"}],
                    "retrieved_at": now,
                }
            )
            message = {"source": "spotify", "artist_id": artist, "album_id": album}
            asked.append({"queue": "track_discovery", "key": key, "body": message})
            edges.append({"parent": question, "queue": "track_discovery", "key": key})
    return facts, asked, edges, metrics


# ---- processes


Until = Callable[[float, int], bool]


@dataclass(frozen=True)
class Rate:
    units_per_second: float
    group: float


def measure(way: Way, server: str, workers: int, seconds: float) -> Rate:
    """Units a second of so many processes together, on a database of their own."""
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(workers), context.Queue()
    end = WARM_UP_SECONDS + seconds
    with copied(server, way.template) as dsn:
        arguments = (way, dsn, barrier, end, answers)
        processes = [context.Process(target=_process, args=arguments) for _ in range(workers)]
        for process in processes:
            process.start()
        runs: list[Samples] = [answers.get(timeout=120) for _ in processes]
        for process in processes:
            process.join()
    return rate_of(runs)


def _process(way: Way, dsn: str, barrier: Barrier, end: float, answers: Any) -> None:
    worker.GROUP_MAX = way.group
    run: Callable[..., Awaitable[Samples]] = by_hand if way.by_hand else work
    answers.put(asyncio.run(_awaited(run(way, dsn, barrier, lambda elapsed, _: elapsed >= end))))


async def _awaited(samples: Awaitable[Samples]) -> Samples:
    return await samples


def rate_of(runs: Sequence[Samples]) -> Rate:
    """Over the commits of all processes together; raises `SystemExit` if they were too few."""
    start = max(samples[0][0] for samples in runs) + WARM_UP_SECONDS
    commits = sorted(
        (after[0], after[1] - before[1]) for samples in runs for before, after in pairwise(samples)
    )
    late = [one for one in commits if one[0] >= start]
    if len(late) < COMMITS_MIN:
        sys.exit(f"only {len(late)} commits after the warm-up: measure for more --seconds")
    # What the first of them brought was done before the time that we count.
    units = sum(count for _, count in late[1:])
    mean = statistics.mean(count for _, count in commits)
    return Rate(units / (late[-1][0] - late[0][0]), mean)


def memory(server: str) -> dict[int, float]:
    """RSS in MB of one worker after so many messages, each with one fact and one follow-up."""
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    with copied(server, SMALL.template) as dsn:
        process = context.Process(target=_remembering, args=(dsn, context.Barrier(1), answers))
        process.start()
        seen: dict[int, float] = answers.get(timeout=600)
        process.join()
    return seen


def _remembering(dsn: str, barrier: Barrier, answers: Any) -> None:
    seen: dict[int, float] = {}

    def until(_: float, done: int) -> bool:
        for count in MEMORY_AT:
            if done >= count and count not in seen:
                seen[count] = _rss_megabytes()
        return done >= MEMORY_AT[-1]

    asyncio.run(work(SMALL, dsn, barrier, until))
    answers.put(seen)


def _rss_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


# ---- databases


@contextmanager
def own_server() -> Iterator[str]:
    """Not `embedded.scratch_server`: that one does not wait for the disk, and a commit does."""
    directory = Path(tempfile.mkdtemp(prefix="bench-", dir="/tmp"))
    directory.chmod(0o711)  # as root, the server runs as another account and must get in
    try:
        options = {"max_connections": "200"}
        with embedded.server(directory, options=options, grace_seconds=0.0) as dsn:
            yield dsn
    finally:
        embedded.stop(directory)
        shutil.rmtree(directory)


def make_templates(server: str) -> None:
    for name, waiting, archived in (("empty", MESSAGES, 0), ("backlog", BACKLOG, BACKLOG)):
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"create database {name}")
        dsn = make_conninfo(server, dbname=name)
        asyncio.run(migrate(dsn))
        with psycopg.connect(dsn, autocommit=True) as conn:
            if archived:
                conn.execute(SEED, {"from": 1, "to": archived})
                conn.execute(ARCHIVE_ALL)
            conn.execute(SEED, {"from": archived + 1, "to": archived + waiting})
            conn.execute("vacuum analyze")


SEED = """
with asked as (
    insert into linernotes.question (queue, key, body)
    select
        'album_discovery', 'artist' || n || ':album+0',
        jsonb_build_object('source', 'spotify', 'artist_id', 'artist' || n, 'group', 'album')
    from generate_series(%(from)s::int, %(to)s::int) as n
    returning id, body
)
select count(*) from pgmq.send_batch('album_discovery', (
    select array_agg(body || jsonb_build_object('question', id, 'generation', 1) order by id)
    from asked
))
"""
ARCHIVE_ALL = """
select count(*) from pgmq.archive('album_discovery', (
    select array_agg(msg_id) from pgmq.q_album_discovery
))
"""


@contextmanager
def copied(server: str, template: str) -> Iterator[str]:
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"create database one template {template} strategy file_copy")
        admin.execute("checkpoint")
    try:
        yield make_conninfo(server, dbname="one")
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute("drop database one with (force)")


# ---- what is measured, and what is wanted


def run(arguments: argparse.Namespace) -> tuple[Results, list[Target]]:
    results = Results()
    with own_server() as dsn:
        server = make_conninfo(dsn, dbname="postgres")
        if not arguments.rates:
            make_templates(server)
            _measure_units(results, server, arguments)
        if arguments.memory:
            results.memory = memory(server)
        results.paces = rates(server)
    return results, targets(results)


def _measure_units(results: Results, server: str, arguments: argparse.Namespace) -> None:
    for n in range(arguments.rounds):
        for way, workers in turns(arguments.workers, n):
            rate = measure(way, server, workers, arguments.seconds)
            results.add(way, workers, rate.units_per_second)
            _say(
                f"round {n + 1}: {way.name}, {workers} workers:"
                f" {rate.units_per_second:.0f} units/s in groups of {rate.group:.0f}"
            )


def rates(server: str) -> bench_rates.Paces:
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("create database limited")
    dsn = make_conninfo(server, dbname="limited")
    asyncio.run(migrate(dsn))
    return bench_rates.measure(dsn)


def turns(workers: Sequence[int], n: int) -> list[tuple[Way, int]]:
    """All ways for one number of workers after the other, each round beginning with another."""
    found = []
    for count in workers:
        ways = [ENGINE, BY_HAND, ONE_BY_ONE] + [BACKLOGGED] * (count == BACKLOG_WORKERS)
        start = n % len(ways)
        found += [(way, count) for way in ways[start:] + ways[:start]]
    return found


def targets(results: Results) -> list[Target]:
    found = []
    for count in results.units.get(ENGINE.name, {}):
        found += [
            _at_least(f"engine / hand, {count}", results.ratio(ENGINE, BY_HAND, count), 0.85),
            _at_least(f"engine / one by one, {count}", results.ratio(ENGINE, ONE_BY_ONE, count), 2),
        ]
        if count == BACKLOG_WORKERS:
            ratio = results.ratio(BACKLOGGED, ENGINE, count)
            found.append(_at_least(f"backlog / empty, {count}", ratio, 0.8))
    if results.memory:
        growth = max(later / earlier for earlier, later in pairwise(results.memory.values()))
        growth = max(growth, results.memory[MEMORY_AT[-1]] / results.memory[MEMORY_AT[0]])
        passed = growth <= MEMORY_GROWTH_MAX
        found.append(Target("memory growth", growth, f"<= {MEMORY_GROWTH_MAX}", passed))
    if results.paces:
        found += _rate_targets(results.paces)
    return found


def _rate_targets(paces: bench_rates.Paces) -> list[Target]:
    slowest, catalogue = paces.slowest, paces.catalogue
    return [
        _at_least(f"{slowest.what}, share of its permitted rate", slowest.share, SHARE_LEAST),
        Target(
            f"{catalogue.what}, end / time at its permitted rate",
            catalogue.lateness,
            f"<= {LATENESS_MAX}",
            catalogue.lateness <= LATENESS_MAX,
        ),
    ]


def _at_least(name: str, measured: float, least: float) -> Target:
    return Target(name, measured, f">= {least}", measured >= least)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def print_table(results: Results, judged: Sequence[Target]) -> None:
    if results.units:
        _print_units(results.units)
    for count, megabytes in results.memory.items():
        print(f"memory after {count} messages: {megabytes:.1f} MB")
    if results.paces:
        _print_paces(results.paces)
    for one in judged:
        word = "pass" if one.passed else "FAIL"
        print(f"{word}  {one.name}: {one.measured:.2f} (wanted {one.wanted})")


def _print_units(units: dict[str, dict[int, list[float]]]) -> None:
    counts = list(units[ENGINE.name])
    print("units/s, median | " + " | ".join(f"{count} workers" for count in counts))
    for name, rates in units.items():
        cells = [f"{statistics.median(rates[c]):.0f}" if c in rates else "-" for c in counts]
        print(f"{name} | " + " | ".join(cells))


def _print_paces(paces: bench_rates.Paces) -> None:
    print("limited run, seconds of its services | requests | permitted a second | first | last")
    for one in (paces.slowest, paces.catalogue, *paces.others):
        times = f"{one.first:.1f} | {one.last:.1f}"
        print(f"{one.what} | {one.requests} | {one.permitted:g} | {times}")


def print_json(results: Results, judged: Sequence[Target]) -> None:
    everything = asdict(results) | {"targets": [asdict(one) for one in judged]}
    print(json.dumps(everything, indent=2))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="rounds to take medians of")
    parser.add_argument("--seconds", type=float, default=4.0, help="the window of a measurement")
    parser.add_argument("--workers", default="1,4,16", help="how many, with commas")
    parser.add_argument("--rates", action="store_true", help="only the run with limited sources")
    parser.add_argument("--memory", action="store_true", help="also RSS over 100,000 messages")
    parser.add_argument("--quick", action="store_true", help="four workers, one round: a minute")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    arguments.workers = [int(count) for count in arguments.workers.split(",")]
    if arguments.quick:
        arguments.workers, arguments.rounds = [BACKLOG_WORKERS], 1
    logs.configure(0, {})
    results, judged = run(arguments)
    (print_json if arguments.json else print_table)(results, judged)
    sys.exit(not all(target.passed for target in judged))


if __name__ == "__main__":
    main()
