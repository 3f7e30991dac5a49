"""What is asked of Spotify, page by page, and what is made of the oddities in its answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.sources.fake_api import AT, FakeApi, Reply

from linernotes.catalogue import Album, Artist, Credited, Listing, Track
from linernotes.errors import (
    Busy,
    Malformed,
    NotFound,
    Refused,
    Rejected,
    Removed,
    Unavailable,
    UpstreamError,
)
from linernotes.sources import spotify, spotify_facts
from linernotes.sources.spotify import SOURCE, AlbumPage, FoundArtist, TrackPage
from linernotes.sources.spotify_account import LAPSED

SINCE = datetime(2026, 11, 1, tzinfo=UTC)

MOLOKO = {"id": "0sM1", "name": "Moloko", "type": "artist"}
ALBUM = {
    "id": "al1",
    "name": "Statues",
    "album_type": "album",
    "release_date": "2003-03-03",
    "release_date_precision": "day",
    "total_tracks": 2,
    "artists": [MOLOKO],
}
TRACK = {
    "id": "tr1",
    "name": "Forever More",
    "artists": [MOLOKO],
    "disc_number": 1,
    "track_number": 1,
    "duration_ms": 438000,
    "is_local": False,
}


def fact_album(**changes: Any) -> Album:
    facts: dict[str, Any] = {
        "source": "spotify",
        "retrieved_at": AT,
        "id": "al1",
        "title": "Statues",
        "album_type": "album",
        "release_date": "2003-03-03",
        "total_tracks": 2,
        "upc": None,
        "url": "https://open.spotify.com/album/al1",
        "artists": (Credited("0sM1", "Moloko"),),
    }
    return Album(**facts | changes)


def fact_track(**changes: Any) -> Track:
    facts: dict[str, Any] = {
        "source": "spotify",
        "retrieved_at": AT,
        "id": "tr1",
        "album_id": "al1",
        "title": "Forever More",
        "disc": 1,
        "number": 1,
        "length_ms": 438000,
        "isrc": None,
        "url": "https://open.spotify.com/track/tr1",
        "artists": (Credited("0sM1", "Moloko"),),
        "title_key": "forevermore",
        "version": "",
        "hints": (),
    }
    return Track(**facts | changes)


def fact_listing(album_id: str = "al1") -> Listing:
    return Listing(
        source="spotify", retrieved_at=AT, artist_id="0sM1", album_id=album_id, group="album"
    )


def page(
    items: list[Any], next: str | None = None, total: int = 0, limit: int | None = None
) -> dict[str, Any]:
    return {"items": items, "next": next, "total": total, "limit": limit, "offset": 0}


async def test_an_artist_points_to_the_page_on_the_site_of_the_source() -> None:
    answer = {**MOLOKO, "genres": None}
    api = FakeApi.with_answers(SOURCE, {"/artists/0sM1": answer})

    artist = await spotify.artist(api, "0sM1", since=SINCE)

    assert artist == Artist(
        source="spotify",
        retrieved_at=AT,
        id="0sM1",
        name="Moloko",
        url="https://open.spotify.com/artist/0sM1",
    )
    assert api.sinces == [SINCE]


async def test_an_unknown_artist_is_not_found() -> None:
    api = FakeApi.with_answers(SOURCE, {})

    with pytest.raises(NotFound):
        await spotify.artist(api, "0sM1")


async def test_an_artist_without_a_name_is_malformed() -> None:
    api = FakeApi.with_answers(SOURCE, {"/artists/0sM1": {"id": "0sM1", "name": ""}})

    with pytest.raises(Malformed):
        await spotify.artist(api, "0sM1")


async def test_a_search_keeps_its_order_and_drops_nulls() -> None:
    found = [{"id": "b", "name": "Moloko Plus"}, None, {**MOLOKO, "genres": ["trip hop"]}]
    api = FakeApi.with_answers(SOURCE, {"/search": {"artists": page(found)}})

    artists = await spotify.search_artists(api, "Moloko")

    assert [(one.artist.name, one.genres) for one in artists] == [
        ("Moloko Plus", ()),
        ("Moloko", ("trip hop",)),
    ]
    assert isinstance(artists[0], FoundArtist)
    assert api.asked == [
        ("/search", {"q": "Moloko", "type": "artist", "limit": 10, "market": "US"})
    ]


async def test_a_page_of_albums_asks_for_one_group_in_one_market() -> None:
    british = replace(SOURCE, market="GB")
    api = FakeApi.with_answers(british, {"/artists/0sM1/albums": page([ALBUM], total=1)})

    found = await spotify.albums(api, "0sM1", "album", 0, since=SINCE)

    assert found == AlbumPage(albums=(fact_album(),), listings=(fact_listing(),), next_offset=None)
    params = {"limit": 50, "include_groups": "album", "offset": 0, "market": "GB"}
    assert api.asked == [("/artists/0sM1/albums", params)]


async def test_an_album_repeated_on_a_page_is_one_album() -> None:
    api = FakeApi.with_answers(SOURCE, {"/artists/0sM1/albums": page([ALBUM, ALBUM], total=2)})

    found = await spotify.albums(api, "0sM1", "album")

    assert found.albums == (fact_album(),)
    assert found.listings == (fact_listing(),)


NEXT = "https://elsewhere.example/v1/artists/0sM1/albums?offset=20"


@pytest.mark.parametrize(
    ("answer", "offset", "expected"),
    [
        pytest.param(page([ALBUM], None, 1), 0, None, id="the only page"),
        pytest.param(page([ALBUM], NEXT, 3), 0, 1, id="next says more; its address is not used"),
        pytest.param(page([ALBUM, None], NEXT, 9), 4, 6, id="nulls count as received"),
        pytest.param(page([], NEXT, 3), 2, None, id="endless next on empty pages"),
        pytest.param(page([], None, 900), 40, None, id="total far too large"),
        pytest.param(page([ALBUM], NEXT, 0), 0, 1, id="total too small"),
        pytest.param(page([ALBUM], None, 3), 0, 1, id="next ends before total does"),
        pytest.param(page([ALBUM], None, 16, 20), 0, None, id="a short page that covers all"),
        pytest.param(page([ALBUM], None, 30, 20), 0, 1, id="a short page that covers a part"),
        pytest.param({"items": [ALBUM]}, 0, None, id="neither next nor total"),
    ],
)
async def test_the_next_page_starts_after_what_was_received(
    answer: Reply, offset: int, expected: int | None
) -> None:
    api = FakeApi.with_answers(SOURCE, {"/artists/0sM1/albums": answer})

    found = await spotify.albums(api, "0sM1", "album", offset)

    assert found.next_offset == expected


async def test_a_list_without_end_is_malformed() -> None:
    answer = page([ALBUM], NEXT, 10**6)
    api = FakeApi.with_answers(SOURCE, {"/artists/0sM1/albums": answer})

    with pytest.raises(Malformed):
        await spotify.albums(api, "0sM1", "album", spotify_facts.OFFSET_MAX)


async def test_a_walk_over_short_pages_loses_no_album() -> None:
    """The server hands out at most three, whatever was asked for."""
    everything = [{**ALBUM, "id": f"al{i}"} for i in range(10)]

    def reply(path: str, params: dict[str, Any]) -> Reply:
        start = params["offset"]
        return page(everything[start : start + 3], NEXT, 10)

    api = FakeApi(SOURCE, reply)
    seen: list[str] = []
    offset: int | None = 0
    while offset is not None:
        found = await spotify.albums(api, "0sM1", "album", offset)
        seen += [album.id for album in found.albums]
        offset = found.next_offset

    assert seen == [album["id"] for album in everything]


async def test_a_list_that_names_a_next_page_for_ever_ends_at_its_total() -> None:
    api = FakeApi(SOURCE, lambda path, params: page([ALBUM], NEXT, 3))

    found = [await spotify.albums(api, "0sM1", "album", offset) for offset in (0, 1, 2)]

    assert [one.next_offset for one in found] == [1, 2, None]


def development_mode(largest: int, body: str = "") -> Any:
    def reply(path: str, params: dict[str, Any]) -> Reply:
        if params["limit"] > largest:
            return Rejected("spotify", 400, body)
        return page([ALBUM], None, 1)

    return reply


@pytest.mark.parametrize("largest", [50, 20, 10, 5])
async def test_the_page_size_is_stepped_down_once_and_remembered(largest: int) -> None:
    api = FakeApi(SOURCE, development_mode(largest))

    await spotify.albums(api, "0sM1", "album")
    tried = [params["limit"] for _, params in api.asked]
    await spotify.albums(api, "0sM1", "single")

    assert tried == [size for size in (50, 20, 10, 5) if size >= largest]
    assert [params["limit"] for _, params in api.asked[len(tried) :]] == [largest]
    assert api.lessons == {"album page": str(largest)}


def extended_mode(path: str, params: dict[str, Any]) -> Reply:
    listed = {**ALBUM, "album_group": "single"}
    return page([listed], None, 1)


async def test_own_groups_are_one_list_where_each_album_says_its_group() -> None:
    api = FakeApi(SOURCE, extended_mode)

    found = await spotify.own_albums(api, "0sM1")

    assert found is not None
    assert [one.group for one in found.listings] == ["single"]
    assert api.lessons == {"mode": "extended"}
    assert api.asked[0][1] == {
        "limit": 50,
        "include_groups": "album,single,compilation",
        "offset": 0,
        "market": "US",
    }


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(development_mode(10), id="a page of fifty is refused"),
        pytest.param(development_mode(50), id="no album says its group"),
    ],
)
async def test_who_is_in_development_mode_has_no_list_of_own_groups(reply: Any) -> None:
    api = FakeApi(SOURCE, reply)

    assert await spotify.own_albums(api, "0sM1") is None
    assert api.lessons == {"mode": "development"}
    assert await spotify.own_albums(api, "0sM1") is None
    assert len(api.asked) == 1


async def test_an_artist_without_albums_says_nothing_of_the_mode() -> None:
    api = FakeApi(SOURCE, lambda path, params: page([], None, 0))

    found = await spotify.own_albums(api, "0sM1")

    assert found == AlbumPage((), (), None)
    assert api.lessons == {}


async def test_extended_mode_reads_albums_together_and_names_those_that_are_gone() -> None:
    whole = {**ALBUM, "id": "one", "tracks": page([TRACK], None, 1)}
    api = FakeApi.with_answers(SOURCE, {"/albums": {"albums": [None, whole]}})
    api.lessons["mode"] = "extended"

    found = await spotify.albums_together(api, ["one", "gone"])

    assert found is not None
    assert found["gone"] is None
    assert found["one"] is not None
    assert found["one"].value.id == "one"
    assert api.asked == [("/albums", {"ids": "gone,one", "market": "US"})]


async def test_extended_mode_reads_codes_together() -> None:
    tracks = {"tracks": [{**TRACK, "external_ids": {"isrc": "GBAAA9800001"}}, None]}
    api = FakeApi.with_answers(SOURCE, {"/tracks": tracks})
    api.lessons["mode"] = "extended"

    assert await spotify.isrcs_together(api, ["a", "b"]) == {"a": "GBAAA9800001", "b": None}


@pytest.mark.parametrize("mode", ["development", None])
async def test_only_who_is_known_to_be_in_extended_mode_asks_for_several(mode: str | None) -> None:
    api = FakeApi.with_answers(SOURCE, {})
    api.lessons |= {"mode": mode} if mode else {}

    assert await spotify.albums_together(api, ["one"]) is None
    assert await spotify.isrcs_together(api, ["one"]) is None
    assert api.asked == []


async def test_who_has_lost_the_batch_gets_asks_one_by_one_from_then_on() -> None:
    api = FakeApi.with_answers(SOURCE, {"/albums": Removed("spotify", "no")})
    api.lessons["mode"] = "extended"

    assert await spotify.albums_together(api, ["one"]) is None
    assert api.lessons == {"mode": "development"}


async def test_an_album_that_cannot_be_read_is_no_reason_to_give_up_on_its_neighbours() -> None:
    api = FakeApi.with_answers(SOURCE, {"/albums": {"albums": [{"id": 7}, ALBUM]}})
    api.lessons["mode"] = "extended"

    assert await spotify.albums_together(api, ["one", "two"]) is None
    assert api.lessons == {"mode": "extended"}


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(NotFound("spotify", "no such call"), id="404"),
        pytest.param(Rejected("spotify", 400, "invalid id"), id="400"),
        pytest.param(Unavailable("spotify", "answered 500"), id="500"),
    ],
)
async def test_what_goes_wrong_with_several_together_is_asked_one_by_one(error: Exception) -> None:
    api = FakeApi.with_answers(SOURCE, {"/albums": error})
    api.lessons["mode"] = "extended"

    assert await spotify.albums_together(api, ["one", "two"]) is None
    assert api.lessons == {"mode": "extended"}


async def test_who_is_told_to_wait_twice_in_a_row_doubts_the_batch_gets() -> None:
    answers: dict[str, Reply] = {"/albums": Busy("spotify", 1, "answered 429", told=True)}
    api = FakeApi(SOURCE, lambda path, params: answers[path])
    api.lessons["mode"] = "extended"

    for mode in ("extended", "unknown"):
        with pytest.raises(Busy):
            await spotify.albums_together(api, ["one"])
        assert api.lessons["mode"] == mode
    assert await spotify.albums_together(api, ["one"]) is None


async def test_a_batch_that_is_answered_ends_the_doubt() -> None:
    answers: dict[str, Reply] = {"/albums": Busy("spotify", 1, "answered 429", told=True)}
    api = FakeApi(SOURCE, lambda path, params: answers[path])
    api.lessons["mode"] = "extended"
    with pytest.raises(Busy):
        await spotify.albums_together(api, ["one"])
    answers["/albums"] = {"albums": [None]}

    assert await spotify.albums_together(api, ["one"]) == {"one": None}
    assert api.lessons == {"mode": "extended", "batch gets": "trusted"}


PREMIUM = "Active premium subscription required for the owner of the app."


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        pytest.param(
            '{"error":{"status":403,"message":"Forbidden"}}',
            Removed,
            "spotify: does not offer /albums to this account",
            id="a call that is gone",
        ),
        pytest.param(
            PREMIUM, Refused, f"spotify: {LAPSED} ({PREMIUM})", id="a lapsed account, in plain text"
        ),
        pytest.param(
            '{"error":{"status":403,"message":"Premium required"}}',
            Refused,
            f"spotify: {LAPSED} (Premium required)",
            id="a lapsed account, as JSON",
        ),
        pytest.param(
            "the user may not be registered",
            Refused,
            "spotify: answered 403 to /albums: the user may not be registered",
            id="a key that is refused",
        ),
        pytest.param("", Refused, "spotify: answered 403 to /albums: nothing", id="without a word"),
    ],
)
def test_a_403_is_about_the_call_the_account_or_the_key(
    body: str, kind: type[UpstreamError], words: str
) -> None:
    assert SOURCE.forbidden
    error = SOURCE.forbidden("/albums", body)

    assert (type(error), str(error)) == (kind, words)


async def test_nothing_is_learned_from_a_request_that_is_wrong_in_itself() -> None:
    api = FakeApi(SOURCE, development_mode(0, "invalid id"))

    with pytest.raises(Rejected):
        await spotify.albums(api, "0sM1", "album")

    assert api.lessons == {}


@pytest.mark.parametrize("error", [Refused("spotify", "no"), Rejected("spotify", 414, "")])
async def test_only_a_400_is_about_the_page_size(error: Exception) -> None:
    api = FakeApi(SOURCE, lambda path, params: error)

    with pytest.raises(type(error)):
        await spotify.albums(api, "0sM1", "album")

    assert len(api.asked) == 1


async def test_an_album_comes_with_its_barcode_and_first_tracks() -> None:
    answer = {
        **ALBUM,
        "external_ids": {"upc": "00602475093060"},
        "tracks": page([TRACK], None, 1),
    }
    api = FakeApi.with_answers(SOURCE, {"/albums/al1": answer})

    found = await spotify.album_tracks(api, "al1", since=SINCE)

    assert found == TrackPage(fact_album(upc="00602475093060"), (fact_track(),), None)
    assert api.asked == [("/albums/al1", {"market": "US"})]


async def test_further_tracks_are_asked_for_by_offset() -> None:
    more = {**TRACK, "id": "tr51", "disc_number": 2}
    api = FakeApi.with_answers(SOURCE, {"/albums/al1/tracks": page([more], None, 51)})

    found = await spotify.album_tracks(api, "al1", 50)

    track = fact_track(id="tr51", disc=2, url="https://open.spotify.com/track/tr51")
    assert found == TrackPage(None, (track,), None)
    assert api.asked == [("/albums/al1/tracks", {"limit": 50, "offset": 50, "market": "US"})]


async def test_an_album_with_more_than_it_embeds_says_where_to_go_on() -> None:
    answer = {**ALBUM, "tracks": page([TRACK, None], NEXT, 3)}
    api = FakeApi.with_answers(SOURCE, {"/albums/al1": answer})

    assert (await spotify.album_tracks(api, "al1")).next_offset == 2


async def test_an_album_without_its_tracks_is_malformed_and_not_empty() -> None:
    api = FakeApi.with_answers(SOURCE, {"/albums/al1": ALBUM})

    with pytest.raises(Malformed):
        await spotify.album_tracks(api, "al1")


ODD_TRACKS: dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]] = {
    "null": (None, None),
    "a local file": ({"is_local": True}, None),
    "no id": ({"id": None}, None),
    "no length": ({"duration_ms": None}, {"length_ms": None}),
    "a length of nothing": ({"duration_ms": 0}, {"length_ms": None}),
    "a length with a decimal point": ({"duration_ms": 438000.0}, {}),
    "artists without ids": ({"artists": [None, {"id": None, "name": "X"}, MOLOKO]}, {}),
    "no artists at all": ({"artists": None}, {"artists": ()}),
    "an ISRC with gaps": (
        {"external_ids": {"isrc": "gb-smu-03-00001"}},
        {"isrc": "GBSMU0300001"},
    ),
    "an ISRC that is none": ({"external_ids": {"isrc": "?"}}, {}),
    "a producer in the title": (
        {"name": "Forever More (prod. Herbert & Co)"},
        {"title": "Forever More (prod. Herbert & Co)", "hints": ("Herbert & Co",)},
    ),
    "a version in the title": (
        {"name": "Forever More (Live)"},
        {"title": "Forever More (Live)", "version": "live"},
    ),
}


@pytest.mark.parametrize(("given", "expected"), ODD_TRACKS.values(), ids=ODD_TRACKS)
async def test_odd_tracks(given: dict[str, Any] | None, expected: dict[str, Any] | None) -> None:
    item = None if given is None else TRACK | given
    api = FakeApi.with_answers(SOURCE, {"/albums/al1/tracks": page([item])})

    found = await spotify.album_tracks(api, "al1", 50)

    assert found.tracks == (() if expected is None else (fact_track(**expected),))


ODD_ALBUMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a year only": ({"release_date": "1981"}, {"release_date": "1981"}),
    "the year nought": ({"release_date": "0000"}, {"release_date": None}),
    "no date": ({"release_date": None}, {"release_date": None}),
    "a type in capitals": ({"album_type": "SINGLE"}, {"album_type": "single"}),
    "an EAN beside a UPC": (
        {"external_ids": {"ean": "5021392265162", "upc": "602475093060"}},
        {"upc": "05021392265162"},
    ),
    "an EAN that is none": (
        {"external_ids": {"ean": "", "upc": "602475093060"}},
        {"upc": "00602475093060"},
    ),
    "no barcode": ({"external_ids": None}, {}),
    "no count of tracks": ({"total_tracks": None}, {"total_tracks": 0}),
}


@pytest.mark.parametrize(("given", "expected"), ODD_ALBUMS.values(), ids=ODD_ALBUMS)
async def test_odd_albums(given: dict[str, Any], expected: dict[str, Any]) -> None:
    api = FakeApi.with_answers(SOURCE, {"/artists/0sM1/albums": page([ALBUM | given])})

    found = await spotify.albums(api, "0sM1", "album")

    assert found.albums == (fact_album(**expected),)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param({**TRACK, "external_ids": {"isrc": "GBSMU0300001"}}, "GBSMU0300001", id="has"),
        pytest.param(TRACK, None, id="has none"),
        pytest.param(NotFound("spotify", "no"), None, id="is gone"),
    ],
)
async def test_the_isrc_of_a_track(answer: Reply, expected: str | None) -> None:
    api = FakeApi.with_answers(SOURCE, {"/tracks/tr1": answer})

    assert await spotify.isrc(api, "tr1") == expected
    assert api.asked == [("/tracks/tr1", {"market": "US"})]


@pytest.mark.parametrize(
    "body", [b"", b"Too many requests", b"[]", b'{"error": {"status": 200}}', b'{"items": 5}']
)
async def test_what_is_no_page_is_malformed_and_never_an_empty_page(body: bytes) -> None:
    api = FakeApi(SOURCE, lambda path, params: body)

    with pytest.raises(Malformed):
        await spotify.albums(api, "0sM1", "album")
    with pytest.raises(Malformed):
        await spotify.album_tracks(api, "al1", 50)
    with pytest.raises(Malformed):
        await spotify.search_artists(api, "Moloko")
