"""
The worker: a task for each lane that claims and performs, two that commit, one that renews.

A lane does not wait for its commit: it puts the verdicts into a bounded queue and goes on,
and the committers take what is there. A lane of a closed source rests, and its messages stay
visible and untouched. Stopping commits what is finished and gives back what is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool

from linernotes import db, engine, waits
from linernotes.db import budget, purge, queue
from linernotes.db.queue import Claim
from linernotes.engine import Committed, Judged, Later
from linernotes.pipeline import Lane
from linernotes.sources import Sources
from linernotes.stages import LANES
from linernotes.waits import Wait, Waits

log = structlog.get_logger()

COMMITTERS = 2
GROUP_MAX = 100
CANCEL_AGAIN_SECONDS = 0.2
TIDY_EVERY_SECONDS = 3600
# While there is no work: the first rest and the longest.
IDLE_SECONDS = (0.05, 0.5)
# While the source has no slot for us although it is open: the same, counted from the claim.
BUSY_SECONDS = (0.5, 4.0)
CLOSED_LOOK_SECONDS = 0.5
# Between two looks whether a batch is full: at least, and at most.
GATHER_SECONDS = (0.1, 0.5)
# For the last commits and for giving back. Leases run out by themselves.
STOP_SECONDS_MAX = 10.0
GIVE_BACK_SECONDS_MAX = 2.0


@dataclass
class Tally:
    """How many deliveries ended in which way; numbers, because a worker may run for months."""

    done: int = 0
    lost: int = 0
    failed: int = 0
    dead: int = 0
    postponed: int = 0

    def add(self, committed: Committed) -> None:
        self.done += len(committed.done)
        self.lost += len(committed.lost)
        self.failed += len(committed.failed)
        self.dead += len(committed.dead)
        self.postponed += len(committed.postponed)


@dataclass
class Worker:
    """
    Works all lanes until it is stopped. `tally` counts what it has committed, `waits` says
    what each lane waits for.

    `_held` are the claims that are neither committed nor given back: their leases are renewed.
    """

    pool: AsyncConnectionPool[Any]
    sources: Sources
    lease_seconds: int
    renew_seconds: float
    lanes: Sequence[Lane] = LANES
    tally: Tally = field(default_factory=Tally)
    waits: Waits = field(default_factory=Waits)
    _held: set[Claim] = field(default_factory=set)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _fresh: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        # The next group of each committer. More would only be held: each claim steps over what
        # is hidden, and Python's collector goes through what is in memory.
        self._verdicts: asyncio.Queue[Judged] = asyncio.Queue(COMMITTERS * GROUP_MAX)

    @property
    def has_claims(self) -> bool:
        """Whether it holds messages whose end is not committed yet."""
        return bool(self._held)

    def stop(self) -> None:
        """Take no more work; `run` then returns with everything committed or given back."""
        self._stopping.set()

    async def run(self) -> None:
        """
        Work until `stop`. Raises `DatabaseError` when the database stays away.

        However it ends, also by an error or cancelled, what is in hand goes back.
        """
        try:
            async with asyncio.TaskGroup() as group:
                committers = [group.create_task(self._commit()) for _ in range(COMMITTERS)]
                renewer = group.create_task(self._renew())
                tidier = group.create_task(self._tidy())
                lanes = [group.create_task(self._work(lane)) for lane in self.lanes]
                group.create_task(self._wind_down(lanes, [*committers, renewer, tidier]))
        except BaseExceptionGroup as errors:
            raise _first(errors) from errors
        finally:
            await self._give_back()

    async def _wind_down(
        self, lanes: Sequence[asyncio.Task[None]], others: Sequence[asyncio.Task[None]]
    ) -> None:
        await self._stopping.wait()
        await _cancelled(lanes)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS_MAX):
                await self._verdicts.join()
        await _cancelled(others)

    async def _give_back(self) -> None:
        if not self._held:
            return
        try:
            async with asyncio.timeout(GIVE_BACK_SECONDS_MAX), self.pool.connection() as conn:
                await engine.give_back(conn, list(self._held))
        except (psycopg.OperationalError, TimeoutError) as error:
            log.warning("messages.not_given_back", count=len(self._held), error=repr(error))

    # ---- lanes

    async def _work(self, lane: Lane) -> None:
        idle, busy = IDLE_SECONDS[0], BUSY_SECONDS[0]
        while True:
            fresh = self._fresh
            if await self._must_wait(lane):
                await self._rest_waiting(lane, fresh)
                continue
            if not (claims := await self._claim(lane)):
                self.waits.end(lane)
                await _rest(fresh, idle)
                idle = min(idle * 2, IDLE_SECONDS[1])
                continue
            idle, began = IDLE_SECONDS[0], _clock()
            if await self._perform(lane, claims):
                busy = BUSY_SECONDS[0]
            else:
                self.waits.begin(lane, waits.SLOT)
                # Who had slots has waited for them; now there are others.
                await asyncio.sleep(began + busy - _clock())
                busy = min(busy * 2, BUSY_SECONDS[1])

    async def _must_wait(self, lane: Lane) -> bool:
        """Whether to claim nothing for now. A lane that waited for a slot does so until it is
        through: only claiming tells whether there is one."""
        wait = await db.patiently(self.pool, lambda conn: self._wait(conn, lane))
        if wait:
            self.waits.begin(lane, wait)
        elif self.waits.now.get(lane.queue) != waits.SLOT:
            self.waits.end(lane)
        return wait is not None

    async def _wait(self, conn: queue.Connection, lane: Lane) -> Wait | None:
        if closing := (await budget.closings(conn)).get(lane.source):
            return waits.for_opening(closing)
        if lane.gather is None:
            return None
        rate = self.sources[lane.source].source.requests_per_second
        idle_seconds = lane.gather.idle_seconds(rate)
        rest = await queue.may_gather(conn, lane, LANES, idle_seconds=idle_seconds)
        return None if rest is None else waits.FULLER_BATCH

    async def _rest_waiting(self, lane: Lane, fresh: asyncio.Event) -> None:
        """A batch may be full as soon as something is committed, but not after every commit."""
        if self.waits.now[lane.queue].what == "closed":
            await asyncio.sleep(CLOSED_LOOK_SECONDS)
        else:
            await asyncio.sleep(GATHER_SECONDS[0])
            await _rest(fresh, GATHER_SECONDS[1])

    async def _claim(self, lane: Lane) -> list[Claim]:
        """Claim, and do not stop in the middle: nobody would know which messages are hidden."""
        claiming = asyncio.ensure_future(
            db.patiently(self.pool, lambda conn: self._take(conn, lane))
        )
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            await asyncio.wait([claiming], timeout=GIVE_BACK_SECONDS_MAX)
            await _cancelled([claiming])
            raise

    async def _take(self, conn: queue.Connection, lane: Lane) -> list[Claim]:
        claims = await queue.claim(
            conn, lane.queue, count=lane.batch, lease_seconds=self.lease_seconds
        )
        self._held.update(claims)
        return claims

    async def _perform(self, lane: Lane, claims: Sequence[Claim]) -> bool:
        """Hand over the verdicts; false if some must wait, because the source has no slot."""
        verdicts = await engine.perform(lane, claims, self.sources)
        is_through = not any(isinstance(verdict, Later) for verdict in verdicts)
        if is_through:
            self.waits.end(lane)
        for judged in zip(claims, verdicts, strict=True):
            await self._verdicts.put(judged)
        return is_through

    # ---- commit

    async def _commit(self) -> None:
        while True:
            group = [await self._verdicts.get()]
            while len(group) < GROUP_MAX and not self._verdicts.empty():
                group.append(self._verdicts.get_nowait())
            committed = await self._committed(group)
            self.tally.add(committed)
            _log(committed)
            self._held.difference_update(claim for claim, _ in group)
            for _ in group:
                self._verdicts.task_done()
            self._wake_lanes()

    async def _committed(self, group: Sequence[Judged]) -> Committed:
        """
        Commit, however often the database goes away meanwhile.

        A connection that breaks at COMMIT leaves open whether it took effect. Archiving fences
        what is finished; a failure would be counted twice, so from the second try on it is left
        to its lease.
        """
        left = list(group)

        async def attempt(conn: queue.Connection) -> Committed:
            now, left[:] = list(left), filter(engine.is_finished, left)
            return await engine.commit(conn, now)

        return await db.patiently(self.pool, attempt)

    def _wake_lanes(self) -> None:
        """What was committed may be new work. A lane keeps the event from before it looked."""
        fresh, self._fresh = self._fresh, asyncio.Event()
        fresh.set()

    # ---- leases

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self.renew_seconds)
            if held := list(self._held):
                await db.patiently(
                    self.pool,
                    lambda conn: engine.renew(conn, held, self.lease_seconds),
                )

    def _queues(self) -> list[str]:
        return [lane.queue for lane in self.lanes]

    async def _tidy(self) -> None:
        while True:
            await db.patiently(self.pool, lambda conn: purge.erase_expired(conn, self._queues()))
            await asyncio.sleep(TIDY_EVERY_SECONDS)


def _clock() -> float:
    return asyncio.get_running_loop().time()


async def _rest(fresh: asyncio.Event, seconds: float) -> None:
    """Until something was committed since, or for so long."""
    # Not `wait_for`: on Python 3.11 it swallows a cancellation that comes with the event.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await fresh.wait()


async def _cancelled(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Cancel until all are done: on Python 3.11 a library's `wait_for` may swallow it once."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """What went wrong first, out of the groups that tasks wrap it in."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _log(committed: Committed) -> None:
    for claim in committed.done:
        log.info("message.done", queue=claim.queue, msg_id=claim.msg_id, question=claim.question)
    for claim, error in committed.failed:
        log.warning("message.failed", queue=claim.queue, question=claim.question, error=error)
    for claim, error in committed.dead:
        log.error("message.dead", queue=claim.queue, question=claim.question, error=error)
