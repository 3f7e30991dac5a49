"""MusicBrainz merged two artists while we kept answers from before: one producer, all credits."""

from __future__ import annotations

import psycopg
from tests.test_truth import check
from tests.walks import Walked, settings_of, walk

from linernotes.catalogue import ROLES
from linernotes.db import report
from linernotes.sandbox import serve, small_world
from linernotes.sandbox.faults import releases_from_before
from linernotes.sandbox.world import World
from linernotes.stages.artist_discovery import ArtistDiscovery


def world_with_merged_producers() -> World:
    """Everybody who produced has an id from before a merge, which answers under the new one."""
    world = small_world()
    for number, id in enumerate(sorted(world.contributors)):
        world.redirects[f"5a4db0c5-0001-4000-8001-{number:012x}"] = id
    return world


WORLD = world_with_merged_producers()
ARTIST = next(iter(WORLD.artists))
ROOT = ArtistDiscovery(source="spotify", by="id", asked=ARTIST)


async def test_producers_under_old_and_new_ids_are_one_with_all_credits(dsn: str) -> None:
    with serve(WORLD, limits=False, twist=releases_from_before(WORLD.redirects)) as sandbox:
        walked = await walk(dsn, settings_of(sandbox), ROOT)

    await check(dsn, WORLD, ARTIST, walked)
    await _is_told_once(dsn, walked)


async def test_what_was_kept_from_before_joins_when_the_old_id_is_asked_again(dsn: str) -> None:
    before = world_with_merged_producers()
    with serve(before, limits=False) as sandbox:
        await walk(dsn, settings_of(sandbox), ROOT)
    # As if all of that had been asked before the merge.
    old = {new: old for old, new in WORLD.redirects.items()}
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
        for table, column in (
            ("producer", "id"),
            ("credit", "producer_id"),
            ("profile", "producer_id"),
            ("profile_answer", "producer_id"),
            ("identity", "producer_id"),
        ):
            for new in old:
                await conn.execute(
                    f"update linernotes.{table} set {column} = %s where {column} = %s",
                    [old[new], new],
                )
        row = await (await conn.execute("select now()")).fetchone()
    assert row
    again = ArtistDiscovery(source="spotify", by="id", asked=ARTIST, since=row[0])
    with serve(WORLD, limits=False, twist=releases_from_before(WORLD.redirects)) as sandbox:
        walked = await walk(dsn, settings_of(sandbox), again)

    await check(dsn, WORLD, ARTIST, walked)
    await _is_told_once(dsn, walked)


async def _is_told_once(dsn: str, walked: Walked) -> None:
    """The ranking has each producer once, with all their recordings and under the current page."""
    truth = WORLD.truth(ARTIST)
    recording = {id: group for group in truth.recordings for id in group}
    produced = [one for one in truth.credits if one.role in ROLES]
    assert {one.producer_id: (one.tracks, one.url) for one in walked.producers} == {
        id: (
            len({recording[one.track_id] for one in produced if one.producer_id == id}),
            f"https://musicbrainz.org/artist/{id}",
        )
        for id in {one.producer_id for one in produced}
    }
    assert len({one.producer_id for one in walked.producers}) == len(walked.producers)
    async with await psycopg.AsyncConnection.connect(dsn) as conn:
        cursor = await conn.execute("select id, current_id from linernotes.merged")
        merged: dict[str, str] = dict(await cursor.fetchall())
        cursor = await conn.execute("select distinct producer_id from linernotes.credit")
        credited = {id for (id,) in await cursor.fetchall()}
        names = await report.producer_names(conn)
    assert merged
    assert merged.items() <= WORLD.redirects.items()
    assert not credited & WORLD.redirects.keys()
    assert {one.id for one in names} == credited
