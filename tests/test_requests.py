"""
What a run asks, beside the least that could find the same; and that least, counted by hand.

The least comes from the world and the documentation of the services alone
(`linernotes.sandbox.least`), never from how Linernotes asks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from tests.walks import settings_of, walk_together

from linernotes.sandbox import Seen, serve, small_world
from linernotes.sandbox.generated import generate
from linernotes.sandbox.least import BATCHED, Requests, asked, least_requests
from linernotes.sandbox.spotify_objects import Mode
from linernotes.sandbox.world import (
    Album,
    Artist,
    Contributor,
    CreditedAs,
    Item,
    Link,
    Position,
    Reach,
    Recording,
    Relation,
    Release,
    Rule,
    Statement,
    Track,
    World,
)

# What a run may ask beyond the least: a tenth of a source's sum, and three batches of a kind.
TOTAL_MAX = 1.1
BATCHES_MAX = 3


# A whole run


Run = tuple[Requests, Requests]


async def walked(dsn: str, world: World, mode: Mode = "development") -> Run:
    """What a walk of all artists of a world asked, and the least."""
    with serve(world, limits=False, mode=mode) as sandbox:
        await walk_together(dsn, settings_of(sandbox), world.discoverable())
        return asked(sandbox.requests), least_requests(world, mode=mode)


def too_many(run: Run) -> dict[str, tuple[int, int]]:
    """The sources that were asked too much: how much, and the least."""
    were, least = run
    sums = {source: (sum(were[source].values()), sum(least[source].values())) for source in least}
    return {source: pair for source, pair in sums.items() if pair[0] > TOTAL_MAX * pair[1]}


def too_many_batches(run: Run) -> dict[tuple[str, str], tuple[int, int]]:
    were, least = run
    pairs = {
        (source, kind): (were[source].get(kind, 0), least[source].get(kind, 0))
        for source, kind in BATCHED
    }
    return {kind: pair for kind, pair in pairs.items() if pair[0] > pair[1] + BATCHES_MAX}


def single(requests: Requests) -> Requests:
    """The kinds of calls that are not batched."""
    return {
        source: {kind: n for kind, n in kinds.items() if (source, kind) not in BATCHED}
        for source, kinds in requests.items()
    }


def unheard_of(run: Run) -> dict[str, set[str]]:
    """Kinds of calls that the least does not know."""
    were, least = run
    kinds = {source: set(were[source]) - set(least[source]) for source in least}
    return {source: others for source, others in kinds.items() if others}


@pytest.mark.parametrize(
    ("seed", "mode"),
    [(1, "development"), (2, "development"), (3, "development"), (1, "extended"), (2, "extended")],
)
async def test_200_albums_of_one_discovery_take_hardly_more_than_the_least(
    dsn: str, seed: int, mode: Mode
) -> None:
    run = await walked(dsn, generate(seed, 200, artists=1), mode)

    assert (too_many(run), too_many_batches(run), unheard_of(run)) == ({}, {}, {})


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_200_albums_of_many_discoveries_take_hardly_more_than_the_least(
    dsn: str, seed: int
) -> None:
    """Each discovery waits for its own batches only, so those are left out of the sums."""
    were, least = run = await walked(dsn, generate(seed, 200))

    assert (too_many((single(were), single(least))), unheard_of(run)) == ({}, {})


# The least, counted by hand


def artist(number: int) -> str:
    return f"Artist{number}"


def mbid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def world_of(*people: int) -> World:
    """A world of artists, each of them known to MusicBrainz by their page."""
    world = World()
    for number in people:
        page = Link("free streaming", f"https://open.spotify.com/artist/{artist(number)}")
        world.artists[artist(number)] = Artist(artist(number), f"Name {number}")
        world.contributors[mbid(number)] = Contributor(
            mbid(number), f"Name {number}", f"Name {number}", links=(page,)
        )
    return world


def add_album(
    world: World,
    number: int,
    *rules: Rule,
    by: int = 1,
    tracks: int = 1,
    producers: tuple[int, ...] = (),
    upc: bool = True,
) -> None:
    """Add an album; MusicBrainz has a release of it if one of the rules leads there."""
    id, upc_digits = f"Album{number}", f"{number:014}" if upc else None
    listed = tuple(
        Track(f"{id}.{n}", id, f"Song {n}", (artist(by),), 1, n, 200_000, f"CODE{number}.{n}")
        for n in range(1, tracks + 1)
    )
    album = Album(id, f"Title {number}", "album", "2020", (artist(by),), upc_digits, listed)
    world.add_album(album)
    world.masters |= {track.id: track.id for track in listed}
    if not rules:
        return
    relations = tuple(Relation("producer", mbid(one)) for one in producers)
    credit = (CreditedAs(f"Name {by}", mbid(by)),)
    for track in listed:
        world.recordings[track.id] = Recording(
            track.id, track.name, 200_000, credit, relations=relations
        )
        world.reached[track.id] = Reach(track.id, f"Release{number}", frozenset(rules))
    links = (Link("free streaming", f"https://open.spotify.com/album/{id}"),)
    world.releases[f"Release{number}"] = Release(
        id=f"Release{number}",
        group_id="",
        title=album.name,
        credit=credit,
        date="2020",
        media=(tuple(Position(track.id, track.name, 200_000) for track in listed),),
        barcode=upc_digits if "barcode" in rules else None,
        links=links if "link" in rules else (),
    )


NOTHING_LEFT = {"barcodes": 0, "title": 0, "isrc": 0, "recordings": 0}


def test_a_single_album_with_a_link_takes_ten_requests() -> None:
    world = world_of(1, 2)
    add_album(world, 1, "link", producers=(2,))

    assert least_requests(world) == {
        # Two of the lists are empty, and only asking shows it.
        "spotify": {"artist": 1, "list": 3, "track pages": 0, "album": 1, "track": 0},
        "musicbrainz": {"links": 1, "release": 1, "artist": 1, **NOTHING_LEFT},
        "wikidata": {"searches": 1, "items": 0},
    }


def test_in_extended_mode_one_list_holds_all_groups_and_albums_come_by_twenty() -> None:
    world = world_of(1)
    for number in range(1, 22):
        add_album(world, number, "link")

    assert least_requests(world)["spotify"] == {
        "artist": 1,
        "list": 5,
        "track pages": 0,
        "album": 21,
        "track": 0,
    }
    assert least_requests(world, mode="extended")["spotify"] == {
        "artist": 1,
        "list": 1,
        "track pages": 0,
        "albums": 2,
        "tracks": 0,
    }


def test_each_way_to_a_release_costs_its_own_call() -> None:
    world = world_of(1)
    add_album(world, 1, "link", "barcode", "title")
    add_album(world, 2, "barcode", "title")
    add_album(world, 3, "title")
    add_album(world, 4, "isrc")
    add_album(world, 5, upc=False)

    least = least_requests(world)

    # The barcodes of 2, 3 and 4 share a call; 3, 4 and 5 are searched by title; a code is asked
    # for 4 and 5, since nobody knows beforehand that none leads to 5.
    assert least["spotify"]["track"] == 2
    assert least["musicbrainz"] == {
        "links": 1,
        "barcodes": 1,
        "title": 3,
        "isrc": 2,
        "release": 4,
        "recordings": 0,
        "artist": 0,
    }
    assert least_requests(world, mode="extended")["spotify"]["tracks"] == 1


def test_links_come_by_a_hundred_those_of_artists_included() -> None:
    world = world_of(1)
    for number in range(1, 101):
        add_album(world, number, "link")

    assert least_requests(world)["musicbrainz"]["links"] == 1

    add_album(world, 100, "isrc")  # in place of a linked one: whether its artist is known counts

    assert least_requests(world)["musicbrainz"]["links"] == 2


def test_albums_of_more_than_fifty_tracks_take_further_pages() -> None:
    world = world_of(1)
    add_album(world, 1, "link", tracks=50)
    add_album(world, 2, "link", tracks=51)
    add_album(world, 3, "link", tracks=151)

    assert least_requests(world)["spotify"]["track pages"] == 1 + 3
    assert least_requests(world, mode="extended")["spotify"]["track pages"] == 1 + 3


def test_a_release_of_more_than_500_recordings_is_read_by_the_hundred_besides() -> None:
    world = world_of(1)
    add_album(world, 1, "link", tracks=500)
    add_album(world, 2, "link", tracks=501)

    least = least_requests(world)["musicbrainz"]

    assert (least["release"], least["recordings"]) == (2, 6)


def test_a_release_and_a_producer_that_two_artists_share_count_once() -> None:
    world = world_of(1, 2, 3)
    add_album(world, 1, "link", by=1, producers=(3,))
    add_album(world, 2, "link", by=2, producers=(3,))
    world.reached["Album2.1"] = replace(world.reached["Album2.1"], release_id="Release1")

    together = least_requests(world)["musicbrainz"]
    alone = least_requests(world, [artist(1)])["musicbrainz"]

    assert (together["release"], together["artist"], together["links"]) == (1, 1, 1)
    assert (alone["release"], alone["artist"], alone["links"]) == (1, 1, 1)


def test_people_are_searched_by_six_and_items_read_by_fifty() -> None:
    people = range(2, 60)
    world = world_of(1, *people)
    add_album(world, 1, "link", producers=tuple(people))
    linked, stating = [*people][:51], [*people][51:]
    for number in linked:
        link = Link("wikidata", f"https://www.wikidata.org/wiki/Q{number}")
        world.contributors[mbid(number)] = replace(world.contributors[mbid(number)], links=(link,))
        world.items[f"Q{number}"] = Item(f"Q{number}", "")
    for number in stating:
        # Also what is no longer stated is found, and has to be read to know.
        statement = Statement("P434", mbid(number), "deprecated")
        world.items[f"Q{number}"] = Item(f"Q{number}", "", (statement,))

    assert (len(linked), len(stating)) == (51, 7)
    assert least_requests(world)["wikidata"] == {"searches": 2, "items": 2}


def test_the_least_of_the_small_world_is_that_of_its_artists_together() -> None:
    world = small_world()
    together = least_requests(world)
    alone = [least_requests(world, [one]) for one in world.discoverable()]

    sums = {
        source: Counter[str]() + sum((Counter(one[source]) for one in alone), Counter())
        for source in together
    }

    assert together["spotify"]["artist"] == len(world.discoverable())
    for source, kinds in together.items():
        assert all(kinds[kind] <= sums[source][kind] for kind in kinds)


# What was asked


def seen(source: str, path: str, **query: str) -> Seen:
    return Seen(source, "GET", path, query, 0.0)


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (seen("spotify", "/spotify/v1/artists/X"), "artist"),
        (seen("spotify", "/spotify/v1/artists/X/albums", limit="10"), "list"),
        (seen("spotify", "/spotify/v1/albums/X", market="US"), "album"),
        (seen("spotify", "/spotify/v1/albums/X/tracks", offset="50"), "track pages"),
        (seen("spotify", "/spotify/v1/albums", ids="X,Y"), "albums"),
        (seen("spotify", "/spotify/v1/tracks/X"), "track"),
        (seen("spotify", "/spotify/v1/tracks", ids="X,Y"), "tracks"),
        (seen("spotify", "/spotify/v1/search", q="X"), "search"),
        (seen("musicbrainz", "/musicbrainz/ws/2/url", resource="X Y"), "links"),
        (seen("musicbrainz", "/musicbrainz/ws/2/release", query="barcode:(1)"), "barcodes"),
        (seen("musicbrainz", "/musicbrainz/ws/2/release", query='release:("X")'), "title"),
        (seen("musicbrainz", "/musicbrainz/ws/2/release/X", inc="isrcs"), "release"),
        (seen("musicbrainz", "/musicbrainz/ws/2/isrc/X", inc="releases"), "isrc"),
        (seen("musicbrainz", "/musicbrainz/ws/2/recording", release="X"), "recordings"),
        (seen("musicbrainz", "/musicbrainz/ws/2/recording/X"), "other"),
        (seen("musicbrainz", "/musicbrainz/ws/2/artist/X"), "artist"),
        (seen("wikidata", "/wikidata/w/api.php", action="query"), "searches"),
        (seen("wikidata", "/wikidata/w/api.php", action="wbgetentities"), "items"),
    ],
)
def test_a_request_is_sorted_by_its_path_and_what_it_is_for(request_: Seen, kind: str) -> None:
    other = {"spotify", "musicbrainz", "wikidata"} - {request_.source}

    assert asked([request_]) == {request_.source: {kind: 1}, **{source: {} for source in other}}


def test_tokens_are_not_counted() -> None:
    nothing: Requests = {"spotify": {}, "musicbrainz": {}, "wikidata": {}}

    assert asked([seen("accounts", "/accounts/api/token")]) == nothing
