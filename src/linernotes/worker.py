"""
The worker: a task for each lane that claims and performs, two that commit, one that renews.

A lane does not wait for its commit: it puts the verdicts into a bounded queue and goes on,
and the committers take what is there. A lane of a closed source rests, and its messages stay
visible and untouched. Stopping commits what is finished and gives back what is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from linernotes import engine
from linernotes.db import budget, queue
from linernotes.db.queue import Claim
from linernotes.engine import Committed, Judged, Later
from linernotes.errors import DatabaseError
from linernotes.pipeline import Lane
from linernotes.sources import Sources
from linernotes.stages import LANES

log = structlog.get_logger()

COMMITTERS = 2
GROUP_MAX = 100
HANDED_OVER_MAX = 400
IDLE_SECONDS = (0.05, 0.5)
CLOSED_LOOK_SECONDS = 0.5
DATABASE_TRIES = 30


@dataclass
class Worker:
    """Works all lanes until it is stopped. `tally` counts what it has committed."""

    pool: AsyncConnectionPool[Any]
    sources: Sources
    lease_seconds: int
    renew_seconds: float
    lanes: Sequence[Lane] = LANES
    tally: Committed = field(default_factory=Committed)
    _held: set[Claim] = field(default_factory=set)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _fresh: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._verdicts: asyncio.Queue[Judged] = asyncio.Queue(HANDED_OVER_MAX)

    def stop(self) -> None:
        """Take no more work; `run` then returns with everything committed or given back."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until `stop`. Raises `DatabaseError` when the database stays away."""
        async with asyncio.TaskGroup() as group:
            committers = [group.create_task(self._commit()) for _ in range(COMMITTERS)]
            renewer = group.create_task(self._renew())
            lanes = [group.create_task(self._work(lane)) for lane in self.lanes]
            group.create_task(self._wind_down(lanes, [*committers, renewer]))

    async def _wind_down(
        self, lanes: Sequence[asyncio.Task[None]], others: Sequence[asyncio.Task[None]]
    ) -> None:
        await self._stopping.wait()
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        await self._verdicts.join()
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        async with self.pool.connection() as conn:
            await engine.give_back(conn, list(self._held))

    # ---- lanes

    async def _work(self, lane: Lane) -> None:
        idle = IDLE_SECONDS[0]
        while not self._stopping.is_set():
            if await self._database(lambda: self._is_closed(lane)):
                await asyncio.sleep(CLOSED_LOOK_SECONDS)
                continue
            claims = await self._database(lambda: self._claim(lane))
            if not claims:
                await self._rest(idle)
                idle = min(idle * 2, IDLE_SECONDS[1])
                continue
            idle = IDLE_SECONDS[0]
            await self._perform(lane, claims)

    async def _rest(self, seconds: float) -> None:
        """Until something was committed, which may be new work for us, or for so long."""
        self._fresh.clear()
        try:
            await asyncio.wait_for(self._fresh.wait(), seconds)
        except TimeoutError:
            return

    async def _is_closed(self, lane: Lane) -> bool:
        async with self.pool.connection() as conn:
            return lane.source in await budget.closings(conn)

    async def _claim(self, lane: Lane) -> list[Claim]:
        async with self.pool.connection() as conn:
            claims = await queue.claim(
                conn, lane.queue, count=lane.batch, lease_seconds=self.lease_seconds
            )
        self._held.update(claims)
        return claims

    async def _perform(self, lane: Lane, claims: Sequence[Claim]) -> None:
        verdicts = await engine.perform(lane, claims, self.sources)
        for judged in zip(claims, verdicts, strict=True):
            await self._verdicts.put(judged)
        if any(isinstance(verdict, Later) for verdict in verdicts):
            await asyncio.sleep(CLOSED_LOOK_SECONDS)

    # ---- commit

    async def _commit(self) -> None:
        while True:
            group = [await self._verdicts.get()]
            while len(group) < GROUP_MAX and not self._verdicts.empty():
                group.append(self._verdicts.get_nowait())
            try:
                await self._database(lambda: self._commit_group(group))  # noqa: B023 (awaited here)
            finally:
                self._held.difference_update(claim for claim, _ in group)
                for _ in group:
                    self._verdicts.task_done()
            self._fresh.set()

    async def _commit_group(self, group: Sequence[Judged]) -> None:
        async with self.pool.connection() as conn:
            committed = await engine.commit(conn, group)
        self.tally.add(committed)
        _log(committed)

    # ---- leases

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self.renew_seconds)
            if held := list(self._held):
                await self._database(lambda: self._renew_held(held))  # noqa: B023 (awaited here)

    async def _renew_held(self, held: Sequence[Claim]) -> None:
        async with self.pool.connection() as conn:
            await engine.renew(conn, held, self.lease_seconds)

    # ---- a database that goes away for a moment

    async def _database(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Every step is fenced, so that doing it again is safe."""
        for attempt in range(1, DATABASE_TRIES + 1):
            try:
                return await work()
            except (psycopg.OperationalError, PoolTimeout) as error:
                log.warning("database.away", attempt=attempt, error=str(error).strip())
                if attempt == DATABASE_TRIES:
                    raise DatabaseError(
                        f"the database stays away: {error}",
                        hint="nothing is lost; start again when it is back",
                    ) from error
                await asyncio.sleep(1)
        raise AssertionError("unreachable")


def _log(committed: Committed) -> None:
    for claim in committed.done:
        log.info("message.done", queue=claim.queue, msg_id=claim.msg_id, question=claim.question)
    for claim, error in committed.failed:
        log.warning("message.failed", queue=claim.queue, question=claim.question, error=error)
    for claim, error in committed.dead:
        log.error("message.dead", queue=claim.queue, question=claim.question, error=error)
