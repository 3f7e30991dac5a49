"""The twin of MusicBrainz answers what `inc` asks for and refuses in the server's words."""

from __future__ import annotations

from typing import Any

import pytest

from linernotes.sandbox import small_world
from linernotes.sandbox.generated import generate
from linernotes.sandbox.world import (
    UNKNOWN,
    Alias,
    Contributor,
    CreditedAs,
    Link,
    Position,
    Recording,
    Relation,
    Release,
    World,
)

ARTIST = "5a4db0c5-0001-4000-8000-000000000001"
RELEASE = "5a4db0c5-0002-4000-8000-000000000001"
PAGE = "https://open.spotify.com/album/SandboxAlbum0000000001"
ALL = (
    "recordings artist-credits labels isrcs release-groups "
    "recording-level-rels work-level-rels artist-rels work-rels url-rels"
)


def recording_id(number: int) -> str:
    return f"5a4db0c5-0003-4000-8000-{number:012x}"


def world_of(recordings: int = 2) -> World:
    """One release with so many recordings, the first of them produced in three ways."""
    world = World()
    credit = (CreditedAs("Blimmo", ARTIST),)
    world.contributors[ARTIST] = Contributor(
        ARTIST, "Blimmo", "Blimmo", aliases=(Alias("Bl!mmo"),),
        links=(Link("social network", "https://www.instagram.com/lnexample/", ended=True),),
    )  # fmt: skip
    relations = (
        Relation("producer", ARTIST, ("co",), None, "The Blimmo"),
        Relation("producer", ARTIST, ("additional",), "vocal"),
        Relation("producer", UNKNOWN),
    )
    for number in range(1, recordings + 1):
        id = recording_id(number)
        world.recordings[id] = Recording(
            id, f"No. {number}", 60_000, credit, (f"ZZSBX01{number:05}",),
            relations if number == 1 else (), "2001", writers=(ARTIST,),
        )  # fmt: skip
    positions = tuple(Position(r.id, r.title, 60_000) for r in world.recordings.values())
    world.releases[RELEASE] = Release(
        RELEASE, "5a4db0c5-0004-4000-8000-000000000001", 'Say "Hi" (Now)', credit, "2001",
        (positions,), "200000000004", (Link("free streaming", PAGE),),
        (Relation("producer", ARTIST, ("executive",)),),
    )  # fmt: skip
    old = "5a4db0c5-0002-4000-8000-0000000000ff"
    world.redirects[old] = RELEASE
    return world


@pytest.fixture
def caller(call: Any) -> Any:
    return call(world_of())


@pytest.mark.parametrize(
    "agent", ["", "python-httpx/0.28", "Linernotes/0.1", "Linernotes (a@b.example)"]
)
def test_who_cannot_be_reached_is_refused(caller: Any, agent: str) -> None:
    refused = caller.http.get(
        f"/musicbrainz/ws/2/release/{RELEASE}?fmt=json", headers={"User-Agent": agent}
    )

    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("path", "params", "status", "error"),
    [
        ("/release/nonsense", {}, 400, "Invalid mbid."),
        (f"/release/{RELEASE[:-1]}9", {}, 404, "Not Found"),
        (f"/release/{RELEASE}", {"inc": "coffee"}, 400,
         "coffee is not a valid inc parameter for the release resource."),
        (f"/release/{RELEASE}", {"inc": "isrcs"}, 400,
         "isrcs is not a valid option for the inc parameter for the release resource unless you "
         "specify one of the following other inc parameters: recordings"),
        (f"/recording/{recording_id(1)}", {"inc": "recordings"}, 400,
         "recordings is not a valid inc parameter for the recording resource."),
        ("/isrc/ZZSBX0100001", {"inc": "work-level-rels"}, 400,
         "work-level-rels is not a valid inc parameter for the isrc resource."),
        ("/isrc/nonsense", {}, 400, "Invalid isrc."),
        ("/isrc/ZZSBX0199999", {}, 404, "Not Found"),
        ("/url", {"resource": "https://open.spotify.com/album/nothing"}, 404, "Not Found"),
        ("/url", {}, 400,
         "The given parameters do not match any available query type for the url resource."),
        ("/release", {}, 400,
         "The given parameters do not match any available query type for the release resource."),
        ("/release", {"query": "barcode:(1 OR"}, 400,
         "Unable to parse the search query: the query ends where a word is due."),
        ("/nowhere", {}, 404, "Not Found"),
    ],
)  # fmt: skip
def test_what_musicbrainz_refuses(
    caller: Any, path: str, params: dict[str, Any], status: int, error: str
) -> None:
    refused = caller.brainz(path, **params)

    assert (refused.status_code, refused.json()["error"]) == (status, error)


def test_inc_is_one_parameter(caller: Any) -> None:
    refused = caller.http.get(
        f"/musicbrainz/ws/2/release/{RELEASE}?fmt=json&inc=recordings&inc=isrcs"
    )

    assert refused.status_code == 400
    assert refused.json()["error"].startswith("Inc arguments must be combined with a space")


def test_what_inc_does_not_name_is_absent(caller: Any) -> None:
    bare = caller.brainz(f"/release/{RELEASE}").json()
    with_recordings = caller.brainz(f"/release/{RELEASE}", inc="recordings").json()
    recording = with_recordings["media"][0]["tracks"][0]["recording"]

    absent = {"artist-credit", "relations", "label-info", "release-group"}
    assert not (absent | {"media"}) & set(bare)
    assert not absent & set(with_recordings)
    assert not {"relations", "isrcs", "artist-credit"} & set(recording)


def test_relations_of_recordings_need_recording_level_rels(caller: Any) -> None:
    body = caller.brainz(f"/release/{RELEASE}", inc="recordings artist-rels").json()

    assert body["relations"]
    assert "relations" not in body["media"][0]["tracks"][0]["recording"]


def test_a_producer_is_seen_backward_with_the_name_as_printed(caller: Any) -> None:
    body = caller.brainz(f"/release/{RELEASE}", inc=ALL).json()
    co, vocal, unknown, work = body["media"][0]["tracks"][0]["recording"]["relations"]

    assert co == {
        "type": "producer",
        "type-id": "5c0ceac3-feb4-41f0-868d-dc06f6e27fc0",
        "direction": "backward",
        "begin": None,
        "end": None,
        "ended": False,
        "attributes": ["co"],
        "attribute-ids": {"co": "ac6f6b4c-a4ec-4483-a04e-9f425a914573"},
        "attribute-values": {},
        "source-credit": "",
        "target-credit": "The Blimmo",
        "target-type": "artist",
        "artist": {
            "id": ARTIST,
            "name": "Blimmo",
            "sort-name": "Blimmo",
            "disambiguation": "",
            "country": None,
            "type": "Person",
            "type-id": "b6e035f4-3ce9-331c-97df-83397230b0df",
        },
    }
    assert (vocal["attributes"], vocal["attribute-values"]) == (
        ["additional", "task"],
        {"task": "vocal"},
    )
    assert (unknown["artist"]["id"], unknown["artist"]["name"]) == (UNKNOWN, "[unknown]")
    assert work["work"]["relations"][0]["type"] == "writer"


def test_a_release_says_who_produced_it_under_another_type_id(caller: Any) -> None:
    (producer, _) = caller.brainz(f"/release/{RELEASE}", inc=ALL).json()["relations"]

    assert producer["type-id"] == "8bf377ba-8d71-4ecc-97f2-7bb2d8a2a75f"
    assert producer["attributes"] == ["executive"]


@pytest.mark.parametrize(("recordings", "shown"), [(500, True), (501, False)])
def test_above_500_recordings_their_relations_are_dropped_silently(
    call: Any, recordings: int, shown: bool
) -> None:
    caller = call(world_of(recordings))

    body = caller.brainz(f"/release/{RELEASE}", inc=ALL).json()
    one = caller.brainz(f"/recording/{recording_id(1)}", inc="artist-rels").json()

    assert ("relations" in body["media"][0]["tracks"][0]["recording"]) is shown
    assert body["relations"]
    assert one["relations"]


def test_the_recordings_of_a_release_can_be_leafed_through(call: Any) -> None:
    caller = call(world_of(501))

    page = caller.brainz(
        "/recording", release=RELEASE, inc="artist-rels isrcs", limit=200, offset=0
    ).json()

    assert (page["recording-count"], page["recording-offset"]) == (501, 0)
    assert len(page["recordings"]) == 100
    assert page["recordings"][0]["relations"]


def test_a_merged_id_answers_with_the_new_one(caller: Any) -> None:
    body = caller.brainz("/release/5a4db0c5-0002-4000-8000-0000000000ff").json()

    assert body["id"] == RELEASE


def test_one_address_gives_an_object_and_several_a_list(caller: Any) -> None:
    one = caller.brainz("/url", resource=PAGE, inc="release-rels").json()
    several = caller.brainz("/url", resource=[PAGE, f"{PAGE}x"], inc="release-rels").json()

    assert one["relations"][0]["release"]["id"] == RELEASE
    assert one["relations"][0]["direction"] == "backward"
    assert (several["url-count"], several["url-offset"]) == (1, 0)
    assert several["urls"] == [one]


def test_only_the_first_100_addresses_are_read(caller: Any) -> None:
    others = [f"https://open.spotify.com/album/{n}" for n in range(99)]

    hundredth = caller.brainz("/url", resource=[*others, PAGE]).json()
    beyond = caller.brainz("/url", resource=["https://example.org", *others, PAGE]).json()

    assert hundredth["url-count"] == 1
    assert beyond["url-count"] == 0


def test_an_address_shows_only_the_kinds_of_relations_asked_for(caller: Any) -> None:
    assert caller.brainz("/url", resource=PAGE, inc="artist-rels").json()["relations"] == []
    assert "relations" not in caller.brainz("/url", resource=PAGE).json()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("barcode:200000000004", 1),
        ("barcode:(00200000000004 OR 0200000000004 OR 200000000004)", 1),
        ("barcode:00200000000004", 0),
        (r'release:"Say \"Hi\" (Now)" AND artist:"Blimmo"', 1),
        (r'release:"Say \"Hi\" (Now)" AND artist:"Blimma"', 0),
        ('release:"say hi now" AND artist:blimmo', 1),
        (f"arid:{ARTIST}", 1),
        (rf"arid:{ARTIST.replace('-', chr(92) + '-')} AND tracks:2", 1),
        ("release:hi AND NOT artist:blimmo", 0),
    ],
)
def test_a_release_is_found_by_a_query(caller: Any, query: str, count: int) -> None:
    found = caller.brainz("/release", query=query).json()

    assert found["count"] == count == len(found["releases"])


def test_a_recording_is_found_by_its_isrcs_without_relations(caller: Any) -> None:
    found = caller.brainz("/recording", query="isrc:(ZZSBX0100001 OR ZZSBX0100002)").json()

    assert {r["id"] for r in found["recordings"]} == {recording_id(1), recording_id(2)}
    assert not any("relations" in r for r in found["recordings"])


def test_an_isrc_leads_to_its_recordings(caller: Any) -> None:
    body = caller.brainz("/isrc/ZZSBX0100001", inc="artist-credits artist-rels").json()

    assert (body["isrc"], body["recordings"][0]["id"]) == ("ZZSBX0100001", recording_id(1))
    assert body["recordings"][0]["relations"]


def test_an_artist_shows_aliases_and_addresses_when_asked(caller: Any) -> None:
    bare = caller.brainz(f"/artist/{ARTIST}").json()
    full = caller.brainz(f"/artist/{ARTIST}", inc="aliases url-rels artist-rels").json()

    assert not {"aliases", "relations"} & set(bare)
    assert full["aliases"][0]["name"] == "Bl!mmo"
    assert [(r["type"], r["ended"]) for r in full["relations"]] == [("social network", True)]


def test_a_name_finds_everybody_who_has_it(call: Any) -> None:
    found = call(small_world()).brainz("/artist", query='artist:"Nas"').json()

    assert [a["name"] for a in found["artists"]].count("Nas") == 2


def test_a_group_and_its_members_know_each_other(call: Any) -> None:
    world = generate(1, 40)
    band = next(c for c in world.contributors.values() if c.members)
    caller = call(world)

    of_band = caller.brainz(f"/artist/{band.id}", inc="artist-rels").json()["relations"]
    of_member = caller.brainz(f"/artist/{band.members[0]}", inc="artist-rels").json()["relations"]

    assert {r["artist"]["id"] for r in of_band if r["direction"] == "backward"} == set(band.members)
    assert band.id in {r["artist"]["id"] for r in of_member if r["direction"] == "forward"}
