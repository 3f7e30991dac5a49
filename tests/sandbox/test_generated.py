"""Generated worlds: the same for the same seed, invented throughout, and as untidy as promised."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from linernotes.sandbox.generated import generate
from linernotes.sandbox.world import OWN_GROUPS, UNKNOWN, USUAL_RULES, Album, Rule, World

SEEDS = range(5)


@pytest.fixture(params=SEEDS, ids=lambda seed: f"seed {seed}")
def world(request: pytest.FixtureRequest) -> World:
    return generate(int(request.param), 100)


@pytest.fixture(scope="module", params=range(20), ids=lambda seed: f"seed {seed}")
def real_size(request: pytest.FixtureRequest) -> World:
    return generate(int(request.param), 200)


def rules_of(world: World) -> dict[str, set[Rule]]:
    """The rules that lead to any track of an album."""
    return {
        album.id: {
            rule
            for track in album.tracks
            if track.id in world.reached
            for rule in world.reached[track.id].rules
        }
        for album in world.albums.values()
    }


def test_the_same_seed_gives_the_same_world() -> None:
    assert generate(3, 30) == generate(3, 30)
    assert generate(3, 30) != generate(4, 30)


@pytest.mark.parametrize("albums", [1, 2, 5, 13, 20])
def test_there_are_as_many_albums_as_asked_for(albums: int) -> None:
    assert len(generate(1, albums).albums) == albums


@pytest.mark.parametrize(("albums", "seconds_max"), [(400, 5.0), (5000, 60.0)])
def test_a_large_world_is_there_soon(albums: int, seconds_max: float) -> None:
    began = time.monotonic()
    world = generate(1, albums)

    assert len(world.albums) == albums
    # Four times what is promised, for a machine that has other things to do.
    assert time.monotonic() - began < seconds_max


def test_of_200_albums_enough_are_hard_to_find_on_every_seed(real_size: World) -> None:
    world, albums = real_size, len(real_size.albums)
    linked = {link.url.rsplit("/", 1)[1] for r in world.releases.values() for link in r.links}
    barcodes = {r.barcode.zfill(14) for r in world.releases.values() if r.barcode}
    unlinked = [a for a in world.albums.values() if a.id not in linked]
    alone = [a for a in unlinked if a.upc not in barcodes]
    unknown = [a for a in alone if not rules_of(world)[a.id]]

    assert albums == 200
    assert 0.15 * albums <= len(unlinked) <= 0.45 * albums
    assert len(alone) >= 0.1 * albums
    assert len(unknown) >= 0.05 * albums
    assert len([a for a in unknown if not is_anywhere(world, a)]) >= 0.05 * albums


def is_anywhere(world: World, album: Album) -> bool:
    """Whether MusicBrainz has a release of that title with the album's recordings."""
    masters = [world.masters[track.id] for track in album.tracks]
    return any(
        set(masters) <= {p.recording_id for medium in release.media for p in medium}
        for release in world.releases.values()
        if release.title == album.name
    )


def test_of_those_credited_enough_share_their_names_on_every_seed(real_size: World) -> None:
    world = real_size
    credited = {c.producer_id for id in world.discoverable() for c in world.truth(id).credits}
    names = Counter(world.contributors[id].name for id in credited)

    assert sum(count > 1 for count in names.values()) >= 0.03 * len(names)


def test_200_albums_have_what_large_catalogues_have_on_every_seed(real_size: World) -> None:
    world = real_size
    sizes = [len(album.tracks) for album in world.albums.values()]
    discs = [max(track.disc for track in album.tracks) for album in world.albums.values()]
    behind: dict[str, set[str]] = defaultdict(set)
    for release in world.releases.values():
        for key in (*(link.url for link in release.links), release.barcode):
            behind[key or ""].add(release.id)
    shared = [r for r in world.releases.values() if len(r.links) > 1]

    assert max(sizes) > 100
    assert max(discs) > 1
    assert any(len(ids) > 1 for key, ids in behind.items() if key)
    assert shared
    assert set(world.redirects.values()) & set(world.releases)
    assert set(world.redirects.values()) & set(world.recordings)
    assert set(world.redirects.values()) & set(world.contributors)


def test_a_track_order_differs_somewhere() -> None:
    assert any(is_reordered(world, album) for world in REORDERED for album in world.albums.values())


REORDERED = [generate(seed, 200) for seed in range(3)]


def is_reordered(world: World, album: Album) -> bool:
    """Whether all its tracks are on the release, in another order."""
    reached = [world.reached.get(track.id) for track in album.tracks]
    if not reached or any(one is None or one.release_id is None for one in reached):
        return False
    release = world.releases[next(one.release_id for one in reached if one and one.release_id)]
    there = [p.recording_id for medium in release.media for p in medium]
    here = [one.recording_id for one in reached if one]
    return sorted(here) == sorted(there) and here != there


@pytest.mark.parametrize("albums", [1, 30, 400])
def test_one_artist_may_have_all_albums(albums: int) -> None:
    world = generate(2, albums, artists=1)
    (artist,) = world.discoverable()
    groups = world.listings[artist]

    assert sum(len(groups.get(group, ())) for group in OWN_GROUPS) == len(world.albums) == albums
    assert len(world.artists) > 1


def test_a_release_that_is_not_the_album_says_nothing_of_the_whole_album() -> None:
    worlds = [generate(seed, 200) for seed in SEEDS]
    strangers = [
        (world, id) for world in worlds for id, reach in world.reached.items() if not reach.is_album
    ]

    assert strangers
    for world, id in strangers:
        assert world.reached[id].rules == {"isrc"}
        assert {c.scope for c in world.credits_of(id) or ()} <= {"track"}


def test_every_rule_is_the_only_one_somewhere(world: World) -> None:
    alone = Counter(frozenset(reach.rules) for reach in world.reached.values())

    assert all(alone[frozenset({rule})] for rule in ("title", "isrc"))
    assert any("barcode" in rules and "link" not in rules for rules in alone)
    assert any("link" in rules and "barcode" not in rules for rules in alone)


def test_all_three_states_occur(world: World) -> None:
    states = Counter(s for id in world.listings for s in world.truth(id).states.values())

    assert states["credited"] > states["unknown"] > 0
    assert states["silent"] > 0


def test_more_rules_reach_more(world: World) -> None:
    cheap: frozenset[Rule] = USUAL_RULES - {"isrc"}
    siblings: frozenset[Rule] = USUAL_RULES | {"sibling"}
    for id in world.listings:
        with_isrc = world.truth(id).states
        with_siblings = world.truth(id, rules=siblings).states
        without = world.truth(id, rules=cheap).states

        assert list(with_isrc.values()).count("unknown") <= list(without.values()).count("unknown")
        assert list(with_siblings.values()).count("unknown") <= list(without.values()).count(
            "unknown"
        )
        assert with_isrc.keys() == without.keys() == with_siblings.keys()


def test_recordings_return_on_other_albums(world: World) -> None:
    shared = [p for id in world.listings for p in world.truth(id).recordings if len(p) > 1]

    assert len(shared) >= 20


def test_there_are_all_groups_and_tracks_by_others_on_compilations(world: World) -> None:
    groups = {group for listing in world.listings.values() for group in listing}
    foreign = [
        track
        for album in world.albums.values()
        for track in album.tracks
        if album.album_type == "compilation" and album.artist_ids[0] not in track.artist_ids
    ]

    assert groups == {*OWN_GROUPS, "appears_on"}
    assert foreign


def test_the_noise_of_the_real_thing_is_there() -> None:
    world = generate(1, 300)
    relations = [r for c in world.recordings.values() for r in c.relations]
    links = [u for c in world.contributors.values() for u in c.links]
    statements = [s for i in world.items.values() for s in i.statements]
    titles = " ".join(t.name for t in world.tracks())

    assert {"Live", "Remix", "Instrumental", "Remastered", "(feat. "} <= {
        word
        for word in ("Live", "Remix", "Instrumental", "Remastered", "(feat. ")
        if word in titles
    }
    assert any(r.printed_as for r in relations)
    assert any(r.contributor_id == UNKNOWN for r in relations)
    assert {"co", "additional", "assistant"} <= {a for r in relations for a in r.attributes}
    assert any(r.relations for r in world.releases.values())
    assert any(u.ended for u in links)
    assert any(u.type == "fanpage" for u in links)
    assert {"preferred", "normal", "deprecated"} == {s.rank for s in statements}
    assert any(s.ended for s in statements)
    assert any(s.value is None for s in statements)
    assert any(c.members for c in world.contributors.values())
    assert any(r.length_ms is None for r in world.recordings.values())
    assert any(len(r.media) > 1 for r in world.releases.values())
    assert world.redirects
    assert world.item_redirects


def test_people_share_names(world: World) -> None:
    names = Counter(c.name for c in world.contributors.values())
    shared = [c for c in world.contributors.values() if names[c.name] > 1]

    assert len(shared) >= 0.03 * len(world.contributors)
    assert sorted(Counter(a.name for a in world.artists.values()).values())[-1] > 1


def test_somebody_does_two_things_on_one_track(world: World) -> None:
    pairs = Counter(
        (c.track_id, c.producer_id)
        for id in world.listings
        for c in world.truth(id).credits | world.truth(id).apart
        if c.scope == "track"
    )

    assert max(pairs.values()) > 1


def addresses(world: World) -> Iterator[str]:
    for contributor in world.contributors.values():
        for link in contributor.links:
            if link.type not in ("free streaming", "wikidata", "discogs"):
                yield link.url
    for item in world.items.values():
        for statement in item.statements:
            if statement.value and statement.property not in ("P31", "P434"):
                yield statement.value


def test_nobody_can_take_a_profile_for_real(world: World) -> None:
    assert all("lnexample" in address for address in addresses(world))


def test_identifiers_look_made_up(world: World) -> None:
    ids = [*world.artists, *world.albums, *(t.id for t in world.tracks())]
    mbids = [*world.contributors, *world.recordings, *world.releases, *world.redirects]
    isrcs = [t.isrc for t in world.tracks() if t.isrc]

    assert all(re.fullmatch("Sandbox[0-9A-Za-z]{15}", id) for id in ids)
    assert all(id.startswith("5a4db0c5-") for id in mbids)
    assert all(re.fullmatch(r"ZZSBX[0-9]{7}", isrc) for isrc in isrcs)
    assert all(re.fullmatch(r"002[0-9]{11}", a.upc) for a in world.albums.values() if a.upc)
    assert all(re.fullmatch(r"Q9[0-9]{9}", id) for id in world.items)


def test_everything_that_is_referred_to_exists(world: World) -> None:
    for release in world.releases.values():
        assert all(p.recording_id in world.recordings for m in release.media for p in m)
        assert all(r.contributor_id in world.contributors for r in release.relations)
    for recording in world.recordings.values():
        known = world.contributors.keys() | {UNKNOWN}
        assert {r.contributor_id for r in recording.relations} <= known
        assert {c.contributor_id for c in recording.credit} <= known
    assert set(world.masters) == {t.id for t in world.tracks()}
    assert set(world.reached) <= set(world.masters)
