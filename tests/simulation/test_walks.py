"""Small worlds walked with bad luck end where they should; a broken engine is found out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import pytest
import structlog
from tests.db.servers import database
from tests.simulation import mutations, virtual, walk, worlds
from tests.simulation.walk import Plan, by_id, by_name

from linernotes.stages.artist_discovery import ArtistDiscovery

T = TypeVar("T")

SEEDS = range(20)
SEEDS_UNTIL_CAUGHT = 12
JOINED = 4


@pytest.fixture(scope="module")
def simulated(server: str, template: str) -> Iterator[str]:
    """The address of a database with the clock of the simulation."""
    with database(server, template=template) as dsn:
        virtual.prepare(dsn)
        yield dsn


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> Iterator[None]:
    """What goes wrong here goes wrong on purpose, thousands of times."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


def run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=virtual.VirtualLoop) as runner:
        return runner.run(work)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_walk_with_bad_luck_ends_with_the_truth(simulated: str, seed: int) -> None:
    run(_walks(simulated, [(seed, None)]))


async def _walks(dsn: str, wanted: Iterable[tuple[int, Plan | None]]) -> list[walk.Walk]:
    return [done async for done in walk.walks(dsn, wanted)]


def test_the_same_seed_walks_the_same_way(simulated: str) -> None:
    first, second = run(_walks(simulated, [(8, None), (8, None)]))

    assert first.tally == second.tally
    assert first.app.state.log.requests == second.app.state.log.requests


@pytest.mark.parametrize("mutation", mutations.IN_A_WALK, ids=lambda one: one.__name__)
def test_a_broken_engine_is_found_out(simulated: str, mutation: mutations.Mutation) -> None:
    with mutation(), pytest.raises(AssertionError):
        run(_walks(simulated, [(seed, None) for seed in range(SEEDS_UNTIL_CAUGHT)]))


@pytest.mark.parametrize("root", [by_name(worlds.FIRST), by_id(worlds.SECOND)], ids=lambda r: r.by)
def test_a_second_discovery_may_join_at_every_step_of_the_first(
    simulated: str, root: ArtistDiscovery
) -> None:
    """Both end with the same catalogue and the same counts, whenever it comes."""

    never = Plan(second=root, joins_at=10_000, group_max=4)
    (first,) = run(_walks(simulated, [(JOINED, never)]))
    plans = [replace(never, joins_at=step) for step in range(first.joined_at)]
    joined = run(_walks(simulated, [(JOINED, plan) for plan in plans]))
    endings = [first.ending, *(one.ending for one in joined)]

    assert len(endings) > 10
    assert all(one == endings[0] for one in endings)
    if root.by == "name":
        assert endings[0].progress[0] == endings[0].progress[1]
