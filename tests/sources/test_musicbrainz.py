"""What is asked of MusicBrainz in how few requests, and which releases count."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.sources.fake_api import AT, FakeApi, Reply

from linernotes.catalogue import Identity, Merged, Producer, Profile
from linernotes.errors import Malformed, NotFound
from linernotes.sources import musicbrainz
from linernotes.sources.musicbrainz import (
    SOURCE,
    FoundRelease,
    LinkedArtist,
    ReleaseTrack,
    ReleaseTracks,
)
from linernotes.sources.musicbrainz_payloads import ArtistPayload, Relation

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
R1, R2, R3 = (f"{n}0000000-0000-4000-8000-000000000000" for n in "123")
PRODUCER = "5c0ceac3-feb4-41f0-868d-dc06f6e27fc0"


def spotify_id(number: int) -> str:
    return f"{number:022d}"


A1, A2, A3 = map(spotify_id, (1, 2, 3))


def link(kind: str, id: str, *targets: dict[str, Any], scheme: str = "https") -> dict[str, Any]:
    relations = [{"direction": "backward", **target} for target in targets]
    return {"resource": f"{scheme}://open.spotify.com/{kind}/{id}", "relations": relations}


def to_release(id: str) -> dict[str, Any]:
    return {"target-type": "release", "release": {"id": id, "title": "Statues"}}


def to_artist(id: str, name: str, disambiguation: str = "") -> dict[str, Any]:
    artist = {"id": id, "name": name, "disambiguation": disambiguation}
    return {"target-type": "artist", "artist": artist}


# Links


async def test_several_links_are_told_apart_by_their_address_and_not_by_their_order() -> None:
    urls = [
        link("album", A3, to_release(R3), to_release(R1), to_release(R3)),
        link("album", A1, to_release(R2), to_artist(R1, "Moloko")),
        None,
    ]
    api = FakeApi.with_answers(SOURCE, {"/url": {"url-count": 2, "url-offset": 0, "urls": urls}})

    found = await musicbrainz.releases_by_link(api, [A1, A2, A3], since=SINCE)

    assert found == {A1: (R2,), A2: (), A3: (R1, R3)}
    resources = [f"https://open.spotify.com/album/{id}" for id in (A1, A2, A3)]
    assert api.asked == [("/url", {"resource": resources, "inc": "release-rels", "fmt": "json"})]
    assert api.sinces == [SINCE]


async def test_a_single_link_is_answered_without_a_list() -> None:
    api = FakeApi.with_answers(SOURCE, {"/url": link("album", A1, to_release(R1))})

    assert await musicbrainz.releases_by_link(api, [A1]) == {A1: (R1,)}


async def test_a_single_unknown_link_is_answered_404() -> None:
    api = FakeApi.with_answers(SOURCE, {})

    assert await musicbrainz.releases_by_link(api, [A1]) == {A1: ()}


async def test_links_written_otherwise_are_recognised() -> None:
    odd = link("album", A1, to_release(R1), scheme="http")
    odd["resource"] += "/?si=abc"
    others = [{"resource": "https://example.org/album/1"}, {"resource": None}, link("track", A1)]
    api = FakeApi.with_answers(SOURCE, {"/url": {"urls": [odd, *others]}})

    assert await musicbrainz.releases_by_link(api, [A1]) == {A1: (R1,)}


async def test_no_request_asks_for_more_links_than_fit() -> None:
    ids = [spotify_id(n) for n in range(200)]
    api = FakeApi(SOURCE, lambda path, params: {"urls": []})

    found = await musicbrainz.releases_by_link(api, ids)

    assert [len(params["resource"]) for _, params in api.asked] == [100, 100]
    assert found == dict.fromkeys(ids, ())


async def test_nothing_is_asked_for_no_links() -> None:
    api = FakeApi.with_answers(SOURCE, {})

    assert await musicbrainz.releases_by_link(api, []) == {}
    assert api.asked == []


async def test_linked_artists_come_with_what_tells_them_apart() -> None:
    urls = [link("artist", A1, to_artist(R2, "Witch", "Zambian band"), to_artist(R1, "Witch"))]
    api = FakeApi.with_answers(SOURCE, {"/url": {"urls": urls}})

    found = await musicbrainz.artists_by_link(api, [A1, A2])

    both = (LinkedArtist(R1, None), LinkedArtist(R2, "Zambian band"))
    assert found == {A1: both, A2: ()}
    assert api.asked[0][1]["inc"] == "artist-rels"


# Barcodes and titles


def release(id: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": id,
        "score": 100,
        "title": "Statues",
        "status": "Official",
        "date": "2003",
        "barcode": "5021392265162",
        "track-count": 11,
        "artist-credit": [{"name": "Moloko", "artist": {"id": "m", "name": "Moloko"}}],
    } | changes


def found_release(id: str, **changes: Any) -> FoundRelease:
    facts: dict[str, Any] = {
        "id": id,
        "track_count": 11,
        "barcode": "05021392265162",
        "status": "Official",
    }
    return FoundRelease(**facts | changes)


async def test_barcodes_match_in_every_form_and_official_releases_stand_first() -> None:
    releases = [
        release(R1, status="Bootleg", barcode="05021392265162"),
        release(R2),
        release(R3, barcode="602475093060"),
        release("none", barcode=""),
        release("unknown", barcode=None),
        None,
    ]
    api = FakeApi.with_answers(SOURCE, {"/release": {"releases": releases}})

    found = await musicbrainz.releases_by_barcode(
        api, ["05021392265162", "00602475093060", "00000000000017", "nonsense"]
    )

    assert found == {
        "05021392265162": (found_release(R2), found_release(R1, status="Bootleg")),
        "00602475093060": (found_release(R3, barcode="00602475093060"),),
        "00000000000017": (),
        "nonsense": (),
    }
    (path, params), *others = api.asked
    assert (path, params["limit"], params["fmt"], others) == ("/release", 100, "json", [])
    assert params["query"].startswith("barcode:(")
    assert sorted(params["query"][9:-1].split(" OR ")) == [
        "00000000000017",
        "0000000000017",
        "000000000017",
        "00000017",
        "00602475093060",
        "05021392265162",
        "0602475093060",
        "5021392265162",
        "602475093060",
    ]


def crowded(path: str, params: dict[str, Any]) -> Reply:
    """Twelve barcodes: the first has 99 releases, the third 101, the others one each."""
    asked = re.findall(r"\b0(\d{13})\b", params["query"])
    many = {barcode(1): 99, barcode(3): 101}
    releases = [
        release(f"{gtin}/{n}", barcode=gtin)
        for gtin in sorted(f"0{one}" for one in asked)
        for n in range(many.get(gtin, 1))
    ]
    return {"count": len(releases), "releases": releases[: params["limit"]]}


def barcode(number: int) -> str:
    return f"0{5000000000000 + number}"


async def test_a_cut_off_answer_never_makes_a_barcode_unknown() -> None:
    api = FakeApi(SOURCE, crowded)
    gtins = [barcode(number) for number in range(1, 13)]

    found = await musicbrainz.releases_by_barcode(api, gtins, since=SINCE)

    assert {gtin: len(releases) for gtin, releases in found.items()} == {
        **dict.fromkeys(gtins, 1),
        barcode(1): 99,
        barcode(3): 100,
    }
    assert set(api.sinces) == {SINCE}


async def test_after_a_cut_fewer_barcodes_are_asked_for_at_a_time() -> None:
    api = FakeApi(SOURCE, crowded)

    await musicbrainz.releases_by_barcode(api, [barcode(number) for number in range(1, 13)])

    sizes = [params["query"].count(" OR ") // 2 + 1 for _, params in api.asked]
    assert sizes == [12, 5, *[1] * 12]


async def test_only_releases_of_that_very_title_and_artist_are_kept() -> None:
    alias = {"name": "MOLOKO!", "artist": {"id": "x", "name": "M", "aliases": [{"name": "moloko"}]}}
    releases = [
        release(R1, status="Pseudo-Release"),
        release(R2, title="STATUES", **{"artist-credit": [alias]}),
        release("other title", title="Statues Live at Brixton"),
        release("other version", title="Statues (Live)"),
        release("other artist", **{"artist-credit": [{"name": "Moloko Plus"}]}),
        release("nobody", **{"artist-credit": None}),
    ]
    api = FakeApi.with_answers(SOURCE, {"/release": {"releases": releases}})

    found = await musicbrainz.releases_by_title(api, "Statues", "Moloko", since=SINCE)

    assert found == (
        found_release(R2, is_exact=True),
        found_release(R1, status="Pseudo-Release", is_exact=True),
    )
    params = {"query": 'release:("Statues") AND artist:"Moloko"', "limit": 100, "fmt": "json"}
    assert api.asked == [("/release", params)]


async def test_a_search_that_is_answered_with_not_found_finds_nothing() -> None:
    api = FakeApi(SOURCE, lambda path, params: NotFound("musicbrainz", "no"))

    assert await musicbrainz.releases_by_title(api, "Title", "Artist") == ()


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ('Say "Hi" \\o/', r'release:("Say \"Hi\" \\o/") AND artist:"AC/DC"'),
        ("X (Deluxe Edition)", 'release:("X (Deluxe Edition)" OR "X") AND artist:"AC/DC"'),
        ("(What's the Story)", 'release:("(What\'s the Story)") AND artist:"AC/DC"'),
        ("AND OR NOT", 'release:("AND OR NOT") AND artist:"AC/DC"'),
    ],
)
async def test_titles_are_quoted_for_the_search(title: str, query: str) -> None:
    api = FakeApi.with_answers(SOURCE, {"/release": {"releases": []}})

    await musicbrainz.releases_by_title(api, title, "AC/DC")

    assert api.asked[0][1]["query"] == query


# Recording codes


async def test_an_isrc_leads_to_the_releases_of_all_its_recordings() -> None:
    recordings = [
        {"id": "rec1", "releases": [{"id": R2, "title": "Statues"}, None, {"id": R1}]},
        {"id": "rec2", "releases": [{"id": R3}, {"id": R2}]},
        {"id": "rec3", "releases": None},
        {"id": "rec4"},
        None,
    ]
    api = FakeApi.with_answers(
        SOURCE, {"/isrc/GBSMU0300001": {"isrc": "GBSMU0300001", "recordings": recordings}}
    )

    found = await musicbrainz.releases_by_isrc(api, "GBSMU0300001", since=SINCE)

    assert found == (R2, R1, R3)
    assert api.asked == [("/isrc/GBSMU0300001", {"inc": "releases", "fmt": "json"})]
    assert api.sinces == [SINCE]


async def test_an_unknown_isrc_has_no_releases() -> None:
    assert await musicbrainz.releases_by_isrc(FakeApi.with_answers(SOURCE, {}), "X") == ()


# Releases


def produced_by(id: str, name: str) -> dict[str, Any]:
    return {"type": "producer", "type-id": PRODUCER, "artist": {"id": id, "name": name}}


RELATION = Relation(type="producer", type_id=PRODUCER, artist=ArtistPayload("p1", "Mark Brydon"))


def track(number: int, **recording: Any) -> dict[str, Any]:
    return {
        "id": f"track{number}",
        "number": f"A{number}",
        "position": number,
        "title": f"Title {number}",
        "length": 200000,
        "recording": {
            "id": f"rec{number}",
            "title": f"Recorded {number}",
            "length": 201000,
            "video": False,
            "isrcs": ["GBSMU0300001", "nonsense"],
            "first-release-date": "2003",
            "relations": [],
        }
        | recording,
    }


def fact_track(number: int, **changes: Any) -> ReleaseTrack:
    facts: dict[str, Any] = {
        "disc": 1,
        "position": number,
        "title": f"Title {number}",
        "length_ms": 200000,
        "recording_id": f"rec{number}",
        "isrcs": ("GBSMU0300001",),
        "first_released": "2003",
        "relations": (),
    }
    return ReleaseTrack(**facts | changes)


def whole_release(*tracks: dict[str, Any] | None, **changes: Any) -> dict[str, Any]:
    return {
        "id": R1,
        "title": "Statues",
        "date": "2003-03-03",
        "barcode": "5021392265162",
        "release-group": {"id": "g", "secondary-types": []},
        "relations": [],
        "media": [{"position": 1, "track-count": len(tracks), "tracks": list(tracks)}],
    } | changes


async def test_a_release_is_read_with_all_credits_in_one_request() -> None:
    answer = whole_release(track(1, relations=[produced_by("p1", "Mark Brydon"), None]))
    api = FakeApi.with_answers(SOURCE, {f"/release/{R1}": answer})

    found = await musicbrainz.release(api, R1, since=SINCE)

    assert found == ReleaseTracks(
        id=R1,
        title=answer["title"],
        is_compilation=False,
        tracks=(fact_track(1, relations=(RELATION,)),),
        relations=(),
        retrieved_at=AT,
    )
    inc = "recordings isrcs release-groups recording-level-rels artist-rels"
    assert api.asked == [(f"/release/{R1}", {"inc": inc, "fmt": "json"})]


async def test_a_merged_release_has_its_current_id() -> None:
    api = FakeApi.with_answers(SOURCE, {f"/release/{R2}": whole_release(track(1))})

    assert (await musicbrainz.release(api, R2)).id == R1


async def test_an_unknown_release_is_not_found() -> None:
    with pytest.raises(NotFound):
        await musicbrainz.release(FakeApi.with_answers(SOURCE, {}), R1)


async def test_hidden_tracks_data_and_videos_are_not_tracks_of_the_album() -> None:
    medium = {
        "position": 1,
        "pregap": track(0, id="hidden"),
        "tracks": [
            track(1),
            None,
            track(2, video=True),
            {"position": 3, "recording": None},
            {**track(4), "title": "[data track]"},
        ],
        "data-tracks": [track(4, id="data")],
    }
    other = {"position": None, "tracks": [{**track(5), "position": None, "length": None}]}
    answer = whole_release(media=[medium, {"position": 2, "tracks": None}, None, other])
    api = FakeApi.with_answers(SOURCE, {f"/release/{R1}": answer})

    found = await musicbrainz.release(api, R1)

    last = fact_track(5, disc=4, position=1, length_ms=201000)
    assert found.tracks == (fact_track(1), last)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"release-group": {"secondary-types": ["Live", "Compilation"]}}, True),
        ({"release-group": {"secondary-types": ["Live"]}}, False),
        ({"release-group": {"secondary-types": None}}, False),
        ({"release-group": None}, False),
    ],
)
async def test_a_compilation_is_told_by_its_release_group(
    changes: dict[str, Any], expected: bool
) -> None:
    api = FakeApi.with_answers(SOURCE, {f"/release/{R1}": whole_release(**changes)})

    assert (await musicbrainz.release(api, R1)).is_compilation is expected


def long_release(tracks: int, page: int) -> Any:
    """Answers without relations, and with pages of `page` recordings that have them."""

    def reply(path: str, params: dict[str, Any]) -> Reply:
        if path == f"/release/{R2}":
            numbered = [track(number) for number in range(1, tracks + 1)]
            for one in numbered:
                del one["recording"]["relations"]
            return whole_release(*numbered)
        start = params["offset"]
        recordings = [
            {
                "id": f"rec{n}",
                "title": f"Recorded {n}",
                "relations": [produced_by("p1", "Mark Brydon")] if n == 3 else [],
            }
            for n in range(1, tracks + 1)
        ][start : start + page]
        return {"recording-count": tracks, "recording-offset": start, "recordings": recordings}

    return reply


async def test_credits_left_out_of_a_long_release_are_read_from_its_recordings() -> None:
    api = FakeApi(SOURCE, long_release(501, page=100))

    found = await musicbrainz.release(api, R2, since=SINCE)

    assert len(found.tracks) == 501
    assert [one.position for one in found.tracks if one.relations == (RELATION,)] == [3]
    assert all(one.relations is not None for one in found.tracks)
    assert api.asked[1:] == [
        (
            "/recording",
            {"release": R1, "inc": "artist-rels", "limit": 100, "offset": offset, "fmt": "json"},
        )
        for offset in range(0, 501, 100)
    ]
    assert set(api.sinces) == {SINCE}


async def test_short_pages_of_recordings_are_read_to_the_end() -> None:
    api = FakeApi(SOURCE, long_release(7, page=3))

    found = await musicbrainz.release(api, R2)

    assert all(one.relations is not None for one in found.tracks)
    assert [params["offset"] for _, params in api.asked[1:]] == [0, 3, 6]


async def test_credits_that_stay_missing_are_malformed_and_not_silence() -> None:
    api = FakeApi(SOURCE, long_release(7, page=0))

    with pytest.raises(Malformed):
        await musicbrainz.release(api, R2)


# Artists

YOUTUBE = "6a540e5b-58c6-4192-b6ba-dbc71ec8fcf0"
SOCIAL = "99429741-f3f6-484b-84f8-23af51991770"
HOMEPAGE = "fe33d22f-c3b0-4d68-bd53-a856badf2b15"
FREE_STREAMING = "769085a1-c2f7-4c24-a532-2375a77693bd"
WIKIDATA = "689870a4-a1e4-4912-b17f-7b2664215698"
DISCOGS = "04a5b104-a4c2-4bac-99a1-7b837c37d9e4"
FAN_PAGE = "f484f897-81cc-406e-96f9-cd799a04ee24"


def url(type_id: str, resource: str, **changes: Any) -> dict[str, Any]:
    relation = {"type-id": type_id, "direction": "forward", "ended": False, "end": None}
    return relation | {"url": {"id": "u", "resource": resource}} | changes


async def profile_of(
    *relations: dict[str, Any] | None, id: str = R1, **stated: Any
) -> musicbrainz.ArtistProfile:
    answer = {name.replace("_", "-"): value for name, value in stated.items()} | {
        "id": id,
        "name": "Mark Brydon",
        "type": "Person",
        "disambiguation": "",
        "relations": list(relations),
    }
    api = FakeApi.with_answers(SOURCE, {f"/artist/{R1}": answer})
    found = await musicbrainz.artist_profile(api, R1, since=SINCE)
    assert api.asked == [(f"/artist/{R1}", {"inc": "url-rels", "fmt": "json"})]
    return found


def fact_profile(network: str, handle: str | None, address: str) -> Profile:
    return Profile(
        source="musicbrainz",
        retrieved_at=AT,
        producer_id=R1,
        network=network,
        handle=handle,
        url=address,
        source_url=f"https://musicbrainz.org/artist/{R1}",
    )


async def test_an_artist_comes_with_the_places_where_they_can_be_followed() -> None:
    found = await profile_of(
        url(SOCIAL, "https://twitter.com/brydon"),
        url(SOCIAL, "https://www.instagram.com/brydon/"),
        url(HOMEPAGE, "http://brydon.example/"),
        url(FREE_STREAMING, f"https://open.spotify.com/artist/{A1}"),
        url(WIKIDATA, "https://www.wikidata.org/wiki/Q42"),
        None,
        sort_name="Brydon, Mark",
        isnis=["000000011523609X"],
        ipis=["00160166497"],
    )

    assert found == musicbrainz.ArtistProfile(
        producer=Producer(
            source="musicbrainz",
            retrieved_at=AT,
            id=R1,
            name="Mark Brydon",
            kind="person",
            disambiguation=None,
            url=f"https://musicbrainz.org/artist/{R1}",
        ),
        identity=Identity(
            source="musicbrainz",
            retrieved_at=AT,
            producer_id=R1,
            sort_name="Brydon, Mark",
            isnis=("000000011523609X",),
            ipis=("00160166497",),
            wikidata_id="Q42",
            source_url=f"https://musicbrainz.org/artist/{R1}",
        ),
        profiles=(
            fact_profile("x", "brydon", "https://x.com/brydon"),
            fact_profile("instagram", "brydon", "https://www.instagram.com/brydon/"),
            fact_profile("website", None, "https://brydon.example/"),
            fact_profile("spotify", A1, f"https://open.spotify.com/artist/{A1}"),
        ),
    )


@pytest.mark.parametrize(
    ("stated", "isnis"),
    [
        (["0000000121479733", None, "0000000121479733"], ("0000000121479733",)),
        (["000000011523609X", "0000000115236090"], ("0000000115236090", "000000011523609X")),
        (["12", "0000 0001 2147 9733", "=000000012147973"], ()),
        (None, ()),
    ],
)
async def test_a_number_in_a_register_has_its_form(
    stated: list[str | None] | None, isnis: tuple[str, ...]
) -> None:
    assert (await profile_of(isnis=stated)).identity.isnis == isnis


async def test_without_a_sort_name_or_numbers_nothing_is_made_up() -> None:
    found = (await profile_of()).identity

    assert (found.sort_name, found.isnis, found.ipis, found.wikidata_id) == (None, (), (), None)


NO_PROFILES = {
    "ended": url(SOCIAL, "https://twitter.com/brydon", ended=True),
    "an end in the past": url(SOCIAL, "https://twitter.com/brydon", end="2019"),
    "an end last month": url(SOCIAL, "https://twitter.com/brydon", end="2026-10"),
    "a fan page": url(FAN_PAGE, "https://www.facebook.com/brydonfans"),
    "a database": url(DISCOGS, "https://www.discogs.com/artist/1"),
    "a streaming service we do not know": url(FREE_STREAMING, "https://play.example/brydon"),
    "a post": url(SOCIAL, "https://www.instagram.com/p/abc/"),
    "no address": {"type-id": SOCIAL, "url": None},
    "no type": {"url": {"resource": "https://twitter.com/brydon"}},
}


@pytest.mark.parametrize("relation", NO_PROFILES.values(), ids=NO_PROFILES)
async def test_what_is_no_profile(relation: dict[str, Any]) -> None:
    assert (await profile_of(relation)).profiles == ()


@pytest.mark.parametrize("end", ["2026", "2026-11", "2026-11-24", "2030", ""])
async def test_what_has_not_ended_yet_counts(end: str) -> None:
    assert (await profile_of(url(SOCIAL, "https://x.com/brydon", end=end))).profiles != ()


async def test_the_same_account_linked_twice_is_one_profile() -> None:
    found = await profile_of(
        url(SOCIAL, "https://twitter.com/Brydon"), url(YOUTUBE, "https://x.com/brydon/")
    )

    assert found.profiles == (fact_profile("x", "Brydon", "https://x.com/Brydon"),)


async def test_facts_of_a_merged_artist_have_the_id_of_the_answer() -> None:
    found = await profile_of(url(SOCIAL, "https://x.com/brydon"), id=R2)

    assert (found.producer.id, found.profiles[0].producer_id) == (R2, R2)
    assert found.identity.producer_id == R2
    assert found.producer.url == f"https://musicbrainz.org/artist/{R2}"
    assert found.merged == Merged(source="musicbrainz", retrieved_at=AT, id=R1, current_id=R2)


async def test_an_artist_who_was_not_merged_is_said_to_be_nobody_else() -> None:
    assert (await profile_of()).merged is None


@pytest.mark.parametrize("id", ["", "../release/1", "a b"])
async def test_an_artist_without_a_proper_id_is_malformed(id: str) -> None:
    with pytest.raises(Malformed, match="came without an id"):
        await profile_of(id=id)


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        ([], None),
        (["https://www.wikidata.org/wiki/Q42"], "Q42"),
        (["http://www.wikidata.org/entity/Q42", "https://www.wikidata.org/wiki/Q42"], "Q42"),
        (["https://www.wikidata.org/wiki/Q42", "https://www.wikidata.org/wiki/Q43"], None),
        (["https://www.wikidata.org/wiki/Property:P1"], None),
    ],
)
async def test_the_wikidata_item_is_kept_if_it_is_just_one(
    addresses: list[str], expected: str | None
) -> None:
    found = await profile_of(*(url(WIKIDATA, address) for address in addresses))

    assert found.identity.wikidata_id == expected


@pytest.mark.parametrize("body", [b"", b"slow down", b'{"error": "Not Found"}', b"[1]"])
async def test_what_is_no_answer_is_malformed(body: bytes) -> None:
    api = FakeApi(SOURCE, lambda path, params: body)

    with pytest.raises(Malformed):
        await musicbrainz.release(api, R1)
    with pytest.raises(Malformed):
        await musicbrainz.releases_by_barcode(api, ["05021392265162"])
    with pytest.raises(Malformed):
        await musicbrainz.releases_by_title(api, "Statues", "Moloko")
    with pytest.raises(Malformed):
        await musicbrainz.artist_profile(api, R1)


@pytest.mark.parametrize("body", [b"", b"slow down", b'{"error": "Not Found"}', b"[1]"])
async def test_what_is_no_answer_about_links_is_malformed(body: bytes) -> None:
    api = FakeApi(SOURCE, lambda path, params: body)

    with pytest.raises(Malformed):
        await musicbrainz.releases_by_link(api, [A1])
