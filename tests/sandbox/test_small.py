"""The small world: real songs as the facts have them, and nothing else about real people."""

from __future__ import annotations

import re
from collections import Counter

from linernotes.sandbox import small_world
from linernotes.sandbox.small import DRAKE, facts
from linernotes.sandbox.world import ROLES, ROLES_APART, Truth, World

WORLD = small_world()


def artist_id(name: str) -> str:
    return next(id for id in WORLD.listings if WORLD.artists[id].name == name)


def credits_of(world: World, truth: Truth, title: str) -> set[tuple[str, str]]:
    track = next(t for t in world.own_tracks(truth.artist_id) if t.name == title)
    every = truth.credits | truth.apart
    return {(c.printed_as, c.role) for c in every if c.track_id == track.id}


def test_there_are_160_songs_of_eight_artists() -> None:
    songs = {artist["name"]: len(artist["songs"]) for artist in facts()["artists"]}

    assert songs == dict.fromkeys(
        ["Drake", "Clipse", "JAY-Z", "Nas", "Beyoncé", "Dua Lipa", "Travis Scott", "Black Sabbath"],
        20,
    )
    assert len(WORLD.masters) == 160


def test_roles_are_told_apart() -> None:
    truth = WORLD.truth(DRAKE)

    assert credits_of(WORLD, truth, "Know Yourself") == {
        ("Allen Ritter", "additional producer"),
        ("Vinylz", "co-producer"),
        ("Syk Sense", "co-producer"),
        ("Boi-1da", "producer"),
    }
    assert credits_of(WORLD, truth, "Nice For What") >= {
        ("40", "co-producer"),
        ("40", "additional producer"),
    }


def test_a_production_company_is_no_producer() -> None:
    found = credits_of(WORLD, WORLD.truth(DRAKE), "Hotline Bling")

    assert found == {("Nineteen85", "producer"), ("Evan Landry", "video producer")}


def test_somebody_made_up_does_what_nobody_knows() -> None:
    told = [
        (recording.title, WORLD.contributors[relation.contributor_id].name)
        for recording in WORLD.recordings.values()
        for relation in recording.relations
        if relation.type == "storyteller"
    ]

    assert sorted(told) == [
        ("God’s Plan", "Somebody of Nowhere"),
        ("Marvins Room", "Somebody of Nowhere"),
    ]


def test_every_role_is_a_known_one() -> None:
    credits = [c for id in WORLD.listings for c in WORLD.truth(id).credits | WORLD.truth(id).apart]

    assert {c.role for c in credits} <= {*ROLES, *ROLES_APART}


def test_names_are_as_printed() -> None:
    names = {c.name for c in WORLD.contributors.values()}

    assert {"\u200bwatt", "Michel “Lindgren” Schulz", "40", "OB O’Brien"} <= names


def test_every_rule_shows_and_so_does_their_absence() -> None:
    rules = Counter(
        "link" if "link" in r.rules else "barcode" if "barcode" in r.rules else "title"
        for r in WORLD.reached.values()
    )
    states = Counter(s for id in WORLD.listings for s in WORLD.truth(id).states.values())

    assert set(rules) == {"link", "barcode", "title"}
    assert all(states[state] for state in ("credited", "silent", "unknown"))


def test_profiles_are_only_those_a_recorded_answer_states() -> None:
    linked = {(c.name, u.url) for c in WORLD.contributors.values() for u in c.links}

    assert {name for name, _ in linked} == {
        "Drake", "JAY-Z", "Nas", "Travis Scott", "Black Sabbath",
    }  # fmt: skip
    assert ("Drake", "https://www.instagram.com/champagnepapi/") in linked
    assert WORLD.items == {}


def test_a_name_is_no_identity() -> None:
    spotify = Counter(a.name for a in WORLD.artists.values())
    brainz = Counter(c.name for c in WORLD.contributors.values())

    assert spotify["Nas"] == 2
    assert brainz["Nas"] == 2
    assert "Drakee" in spotify


def test_a_track_id_is_the_real_one_or_looks_made_up() -> None:
    ids = [t.id for t in WORLD.tracks()]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[0-9A-Za-z]{22}", id) for id in ids)
    assert "2463387" not in ids
    assert sum(id.startswith("Sandbox") for id in ids) > 0


def test_identifiers_that_are_not_given_look_made_up() -> None:
    albums = WORLD.albums.values()

    assert all(a.id.startswith("SandboxAlbum") for a in albums)
    assert all(a.upc and re.fullmatch(r"002\d{11}", a.upc) for a in albums)
    assert all(t.isrc and t.isrc.startswith("ZZSBX") for t in WORLD.tracks())
    assert all(id.startswith("5a4db0c5-") for id in [*WORLD.contributors, *WORLD.releases])


def test_guests_appear_on_the_albums_of_others() -> None:
    assert WORLD.listings[DRAKE]["appears_on"]
    assert WORLD.listings[artist_id("JAY-Z")]["appears_on"]
