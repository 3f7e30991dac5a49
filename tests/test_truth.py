"""
The whole pipeline over worlds whose truth is known: the result equals it, state for state.

The truth is what the world's MusicBrainz and Wikidata state about recordings that the match
rules can reach; the worlds label each track beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from tests.truths import expected, stored
from tests.walks import Walked, settings_of, walk, walk_together

from linernotes.sandbox import serve, small_world
from linernotes.sandbox.generated import generate
from linernotes.sandbox.spotify_objects import Mode
from linernotes.sandbox.world import World
from linernotes.stages.artist_discovery import ArtistDiscovery

WORLDS: dict[str, Callable[[], World]] = {
    "small": small_world,
    **{f"generated {seed}": partial(generate, seed) for seed in (1, 2, 3)},
}


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    return WORLDS[request.param]()


@pytest.mark.parametrize("mode", ["development", "extended"])
async def test_what_is_stored_equals_the_truth_of_the_world(
    dsn: str, world: World, mode: Mode
) -> None:
    with serve(world, limits=False, mode=mode) as sandbox:
        used = settings_of(sandbox)
        for artist in world.artists:
            if any(world.listings.get(artist, {}).values()):
                root = ArtistDiscovery(source="spotify", by="id", asked=artist)
                await check(dsn, world, artist, await walk(dsn, used, root))


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_200_albums_are_known_label_for_label(dsn: str, seed: int) -> None:
    world = generate(seed, 200)
    artists = world.discoverable()
    with serve(world, limits=False) as sandbox:
        worker = await walk_together(dsn, settings_of(sandbox), artists)

    assert (worker.tally.dead, worker.tally.failed) == (0, 0)
    assert {one: await stored(dsn, one) for one in artists} == {
        one: expected(world, one) for one in artists
    }


async def test_an_artist_with_a_large_catalogue_is_one_discovery(dsn: str) -> None:
    world = generate(1, 200, artists=1)
    (artist,) = world.discoverable()
    with serve(world, limits=False) as sandbox:
        root = ArtistDiscovery(source="spotify", by="id", asked=artist)
        await check(dsn, world, artist, await walk(dsn, settings_of(sandbox), root))


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
    wanted = expected(world, artist)
    assert walked.worker.tally.dead == 0
    assert walked.worker.tally.failed == 0
    assert await stored(dsn, artist) == wanted
    assert walked.coverage is not None
    assert walked.coverage.total == len(wanted.recordings)
