"""One answer that serves many questions is asked once: by processes, and along the pipeline."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from starlette.requests import Request
from starlette.responses import Response
from tests.db.servers import database
from tests.processes import Process, environment, started, until
from tests.walks import settings_for, walk

from linernotes.sandbox import Served, serve
from linernotes.sandbox.small import small_world
from linernotes.stages.artist_discovery import ArtistDiscovery

PROCESSES = 16
WORLD = small_world()
ONE, OTHER = list(WORLD.releases)[:2]
# How long a release takes when it is asked for the first time: all want it meanwhile.
FIRST_SECONDS = {ONE: 0.5, OTHER: 60.0}


@dataclass(frozen=True)
class Crowd:
    processes: list[Process]
    sandbox: Served

    def asked(self, release: str) -> int:
        return sum(one.path.endswith(f"/release/{release}") for one in self.sandbox.requests)


@pytest.fixture(scope="module")
def crowd(server: str, template: str) -> Iterator[Crowd]:
    """Sixteen processes, one for all tests here, because they take seconds to start."""
    first = dict(FIRST_SECONDS)

    async def slow(request: Request) -> Response | None:
        await asyncio.sleep(first.pop(request.url.path.rpartition("/")[2], 0))
        return None

    with (
        database(server, template=template) as dsn,
        serve(WORLD, limits=False, faults=slow) as sandbox,
        started(
            PROCESSES,
            environment(dsn, sandbox),
            patience_seconds=0.5,
            request_timeout_seconds=1.0,
        ) as processes,
    ):
        yield Crowd(processes, sandbox)


def test_sixteen_processes_that_want_one_release_ask_once(crowd: Crowd) -> None:
    for one in crowd.processes:
        one.tell(f"ask {ONE}")
    answers = {one.line() for one in crowd.processes}

    assert len(answers) == 1
    assert answers.pop().startswith(f"{ONE} ")
    assert crowd.asked(ONE) == 1


def test_when_the_one_who_asks_is_killed_one_other_asks(crowd: Crowd) -> None:
    asker, *others = crowd.processes
    asker.tell(f"ask {OTHER}")
    until(lambda: crowd.asked(OTHER) == 1)
    for one in others:
        one.tell(f"ask {OTHER}")
    asker.kill()
    answers = {one.line() for one in others}

    assert len(answers) == 1
    assert answers.pop().startswith(f"{OTHER} ")
    assert crowd.asked(OTHER) == 2


async def test_no_stage_asks_for_what_an_earlier_answer_held(dsn: str) -> None:
    with serve(WORLD, limits=False) as sandbox:
        used = settings_for(
            sandbox.accounts_url,
            spotify=sandbox.spotify_url,
            musicbrainz=sandbox.musicbrainz_url,
            wikidata=sandbox.wikidata_url,
        )
        artist = max(WORLD.listings, key=lambda one: sum(map(len, WORLD.listings[one].values())))
        await walk(dsn, used, ArtistDiscovery(source="spotify", by="id", asked=artist))
        asked = Counter(
            (one.source, one.path, tuple(sorted(one.query.items()))) for one in sandbox.requests
        )

    # A page too large is asked for again in a smaller size, which is another question.
    assert {one: count for one, count in asked.items() if count > 1} == {}
    assert sum(asked.values()) > 20
