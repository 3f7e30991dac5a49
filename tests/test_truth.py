"""
The whole pipeline over worlds whose truth is known: the result equals it, state for state.

The truth is what the world's MusicBrainz and Wikidata state about recordings that the match
rules can reach; the worlds label each track beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest
from tests.walks import Walked, settings_of, walk

from linernotes.catalogue import ROLES
from linernotes.sandbox import serve, small_world
from linernotes.sandbox.generated import generate
from linernotes.sandbox.world import Credit, Profile, World
from linernotes.stages.artist_discovery import ArtistDiscovery

WORLDS: dict[str, Callable[[], World]] = {
    "small": small_world,
    **{f"generated {seed}": partial(generate, seed) for seed in (1, 2, 3)},
}


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    return WORLDS[request.param]()


async def test_what_is_stored_equals_the_truth_of_the_world(dsn: str, world: World) -> None:
    with serve(world, limits=False) as sandbox:
        used = settings_of(sandbox)
        for artist in world.artists:
            if any(world.listings.get(artist, {}).values()):
                root = ArtistDiscovery(source="spotify", by="id", asked=artist)
                await check(dsn, world, artist, await walk(dsn, used, root))


async def test_the_small_world_gives_the_same_through_a_transaction_mode_pooler(
    pooled_dsn: str, dsn: str
) -> None:
    await _walk_first_artist(small_world(), pooled_dsn, dsn)


async def test_the_small_world_gives_the_same_on_each_server(each_dsn: str) -> None:
    await _walk_first_artist(small_world(), each_dsn, each_dsn)


async def _walk_first_artist(world: World, dsn: str, direct: str) -> None:
    with serve(world, limits=False) as sandbox:
        artist = next(iter(world.artists))
        root = ArtistDiscovery(source="spotify", by="id", asked=artist)
        await check(direct, world, artist, await walk(dsn, settings_of(sandbox), root))


async def check(dsn: str, world: World, artist: str, walked: Walked) -> None:
    truth = world.truth(artist)
    assert walked.worker.tally.dead == 0
    assert walked.worker.tally.failed == 0
    async with await psycopg.AsyncConnection.connect(dsn) as conn:
        assert await _states(conn, artist) == truth.states
        credits = await _credits(conn, artist)
        assert {one for one in credits if one.role in ROLES} == truth.credits
        assert {one for one in credits if one.role not in ROLES} == truth.apart
        assert await _recordings(conn, artist) == truth.recordings
        assert await _profiles(conn, {one.producer_id for one in credits}) == truth.profiles
    assert walked.coverage is not None
    assert walked.coverage.total == len(truth.recordings)


async def _rows(conn: Any, query: str, *params: Any) -> list[tuple[Any, ...]]:
    return list(await (await conn.execute(query, params)).fetchall())


OWN = """
    from linernotes.listing l
    join linernotes.track t on t.album_id = l.album_id and l.artist_id = any(t.artist_ids)
"""


async def _states(conn: Any, artist: str) -> dict[str, str]:
    query = f"""
        select t.id, a.found {OWN}
        join linernotes.credit_answer a on a.track_id = t.id where l.artist_id = %s
    """
    return dict(await _rows(conn, query, artist))


async def _credits(conn: Any, artist: str) -> set[Credit]:
    query = f"""
        select c.track_id, c.producer_id, c.role, c.scope, c.printed_as {OWN}
        join linernotes.credit c on c.track_id = t.id where l.artist_id = %s
    """
    return {Credit(*row) for row in await _rows(conn, query, artist)}


async def _recordings(conn: Any, artist: str) -> set[frozenset[str]]:
    query = f"select array_agg(distinct t.id) {OWN} where l.artist_id = %s group by t.recording_id"
    return {frozenset(ids) for (ids,) in await _rows(conn, query, artist)}


async def _profiles(conn: Any, producers: set[str]) -> set[Profile]:
    # Spotify's own pages are left out of the truth: the small world links Drake's alone.
    query = """
        select producer_id, network, url, source
        from linernotes.profile where producer_id = any(%s) and network <> 'spotify'
    """
    return {Profile(*row) for row in await _rows(conn, query, list(producers))}
