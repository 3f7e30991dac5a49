"""An album's tracks: whose they are, which release the album is, and one question for each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace
from tests.sources.fake_api import FakeApi, Reply
from tests.stages.answers import (
    AT,
    NOW,
    SINCE,
    mbid,
    musicbrainz_api,
    page,
    release,
    release_track,
    run,
    run_one,
    spotify_id,
)

from linernotes.catalogue import Album, AlbumRead, Credited, Track, TrackIsrc
from linernotes.errors import Malformed, NotFound
from linernotes.matching.titles import parse_title
from linernotes.pipeline import Message, Outcome
from linernotes.sources import spotify
from linernotes.stages.producer_identification import (
    ProducerIdentification,
    ReleaseRef,
    TrackRef,
)
from linernotes.stages.track_discovery import STAGE, AlbumRef, TrackDiscovery

ALBUM, OTHER_ALBUM = spotify_id(10), spotify_id(11)
MOLOKO, ROISIN = Credited(spotify_id(1), "Moloko"), Credited(spotify_id(2), "Róisín Murphy")
GTIN = "04006381333931"
ISRC = "GBAYE0000351"
LINKED, CODED, BY_ISRC, TITLED = (mbid(n) for n in (1, 2, 3, 4))
TITLE = "title, artist and track lengths"


# Asking Spotify


def question(**changes: Any) -> TrackDiscovery:
    facts = {"source": "spotify", "artist_id": MOLOKO.id, "album_id": ALBUM} | changes
    return TrackDiscovery(**facts)


def written(title: str, number: int, *artists: Credited, disc: int = 1) -> dict[str, Any]:
    return {
        "id": f"{disc}.{number}",
        "name": title,
        "disc_number": disc,
        "track_number": number,
        "duration_ms": 200000 * disc + number,
        "artists": [{"id": one.id, "name": one.name} for one in artists],
    }


def track(title: str, number: int, *artists: Credited, disc: int = 1) -> Track:
    return Track(
        source="spotify",
        retrieved_at=AT,
        id=f"{disc}.{number}",
        album_id=ALBUM,
        title=title,
        disc=disc,
        number=number,
        length_ms=200000 * disc + number,
        isrc=None,
        url=f"https://open.spotify.com/track/{disc}.{number}",
        artists=artists,
        title_key=parse_title(title).base_key,
        version=parse_title(title).version_key,
    )


def ref(title: str, number: int, disc: int = 1) -> TrackRef:
    return TrackRef(
        id=f"{disc}.{number}",
        title=title,
        length_ms=200000 * disc + number,
        disc=disc,
        number=number,
    )


def album_answer(tracks: dict[str, Any], total: int) -> dict[str, Any]:
    return {
        "id": ALBUM,
        "name": "Statues",
        "album_type": "album",
        "release_date": "2003-03-03",
        "total_tracks": total,
        "artists": [{"id": MOLOKO.id, "name": "Moloko"}],
        "external_ids": {"upc": "4006381333931"},
        "tracks": tracks,
    }


def album(total: int) -> Album:
    return Album(
        source="spotify",
        retrieved_at=AT,
        id=ALBUM,
        title="Statues",
        album_type="album",
        release_date="2003-03-03",
        total_tracks=total,
        upc=GTIN,
        url=f"https://open.spotify.com/album/{ALBUM}",
        artists=(MOLOKO,),
    )


def read(since: datetime | None = None) -> AlbumRead:
    return AlbumRead(
        source="spotify", retrieved_at=AT, artist_id=MOLOKO.id, album_id=ALBUM, since=since
    )


def spotify_api(**answers: Reply) -> FakeApi:
    """Answers by the end of their path, with "_" for "/"."""
    paths = {
        f"/albums/{ALBUM}": "album",
        f"/albums/{ALBUM}/tracks": "tracks",
        "/tracks/1.1": "isrc",
    }
    return FakeApi.with_answers(
        spotify.SOURCE, {path: answers[key] for path, key in paths.items() if key in answers}
    )


async def test_only_tracks_with_the_artist_go_on_and_the_others_are_stored() -> None:
    tracks = page(
        [
            written("Familiar Feeling", 1, MOLOKO),
            written("Ruby Blue", 2, ROISIN),
            written("Statues", 3, ROISIN, MOLOKO),
        ]
    )

    outcome = await run_one(
        question(since=SINCE), spotify=spotify_api(album=album_answer(tracks, 3))
    )

    asked = question(
        source="musicbrainz",
        since=SINCE,
        album=AlbumRef("Statues", ("Moloko",), GTIN, (200001, 200002, 200003)),
        tracks=(ref("Familiar Feeling", 1), ref("Statues", 3)),
    )
    facts = (
        album(3),
        track("Familiar Feeling", 1, MOLOKO),
        track("Ruby Blue", 2, ROISIN),
        track("Statues", 3, ROISIN, MOLOKO),
        read(SINCE),
    )
    assert outcome == Outcome(facts, (asked,))


async def test_an_album_without_a_track_of_the_artist_ends_here() -> None:
    tracks = page([written("Ruby Blue", 1, ROISIN)])

    outcome = await run_one(question(), spotify=spotify_api(album=album_answer(tracks, 1)))

    assert outcome == Outcome((album(1), track("Ruby Blue", 1, ROISIN), read()))


async def test_an_artist_of_the_same_name_and_another_id_is_somebody_else() -> None:
    namesake = Credited(spotify_id(3), "Moloko")
    tracks = page([written("Familiar Feeling", 1, namesake)])

    outcome = await run_one(question(), spotify=spotify_api(album=album_answer(tracks, 1)))

    assert isinstance(outcome, Outcome)
    assert outcome.next == ()


async def test_a_long_album_is_read_in_pages_and_its_lengths_are_in_order_of_the_discs() -> None:
    first = page([written("Two", 1, MOLOKO, disc=2), written("One", 2, MOLOKO)], "there is more")
    # The server's pages overlap by one.
    second = page([written("One", 2, MOLOKO), written("Zero", 1, MOLOKO)])
    api = spotify_api(album=album_answer(first, 3), tracks=second)

    outcome = await run_one(question(since=SINCE), spotify=api)

    assert isinstance(outcome, Outcome)
    assert outcome.facts == (
        album(3),
        track("Two", 1, MOLOKO, disc=2),
        track("One", 2, MOLOKO),
        track("Zero", 1, MOLOKO),
        read(SINCE),
    )
    (asked,) = outcome.next
    assert isinstance(asked, TrackDiscovery)
    assert asked.album == AlbumRef("Statues", ("Moloko",), GTIN, (200001, 200002, 400001))
    assert [path for path, _ in api.asked] == [f"/albums/{ALBUM}", f"/albums/{ALBUM}/tracks"]
    assert api.asked[1][1]["offset"] == 2
    assert api.sinces == [SINCE, SINCE]


async def test_an_album_taken_down_since_it_was_listed_counts_as_read() -> None:
    api = FakeApi(spotify.SOURCE, lambda path, params: NotFound("spotify", "gone"))

    assert await run_one(question(), spotify=api) == Outcome(
        (
            AlbumRead(
                source="spotify",
                retrieved_at=NOW,
                artist_id=MOLOKO.id,
                album_id=ALBUM,
                since=None,
            ),
        )
    )


async def test_an_album_that_comes_without_its_tracks_is_tried_again() -> None:
    answer = album_answer(page([]), 1) | {"tracks": None}

    result = await run_one(question(), spotify=spotify_api(album=answer))

    assert isinstance(result, Malformed)


# Asking MusicBrainz

OWN = (ref("Familiar Feeling", 1), ref("Statues", 3))
LENGTHS = (200001, 200002, 200003)


def asking(*tracks: TrackRef, **changes: Any) -> TrackDiscovery:
    facts = {
        "source": "musicbrainz",
        "album": AlbumRef("Statues", ("Moloko",), GTIN, LENGTHS),
        "tracks": tracks or OWN,
    }
    return question(**facts | changes)


def each_asked(
    message: TrackDiscovery, how: str, *releases: str, since: datetime | None = None
) -> Outcome:
    """One question for each track, with the releases and how the album was recognised."""
    assert message.album is not None
    questions: list[Message] = [
        ProducerIdentification(
            source="musicbrainz",
            since=since,
            track=track,
            releases=tuple(ReleaseRef(id, how) for id in releases),
            album_lengths=message.album.lengths,
        )
        for track in message.tracks
    ]
    return Outcome(next=tuple(questions))


def found(id: str, **changes: Any) -> dict[str, Any]:
    facts = {"id": id, "title": "Statues", "artist-credit": [{"name": "Moloko"}]}
    return facts | {"status": "Official", "track-count": 3} | changes


def with_lengths(id: str, *lengths: int | None) -> dict[str, Any]:
    tracks = [release_track(mbid(100 + n), f"Song {n}", ms) for n, ms in enumerate(lengths)]
    return release(id, tracks)


WORLD: dict[str, Any] = {
    "linked": {ALBUM: [LINKED]},
    "coded": [found(CODED, barcode="4006381333931")],
    "isrcs": {ISRC: [BY_ISRC]},
    "titled": [found(TITLED)],
    "releases": [with_lengths(TITLED, *LENGTHS)],
}
KNOWN = (replace(OWN[0], isrc=ISRC), OWN[1])


@pytest.mark.parametrize(
    ("unknown", "release", "how", "requests"),
    [
        pytest.param([], LINKED, "Spotify link", ["/url"], id="the link first"),
        pytest.param(["linked"], CODED, "barcode", ["/url", "/release"], id="then the barcode"),
        pytest.param(
            ["linked", "coded"],
            BY_ISRC,
            "ISRC",
            ["/url", "/release", f"/isrc/{ISRC}"],
            id="then an ISRC that is known",
        ),
        pytest.param(
            ["linked", "coded", "isrcs"],
            TITLED,
            TITLE,
            ["/url", "/release", f"/isrc/{ISRC}", "/release", f"/release/{TITLED}"],
            id="then the title",
        ),
    ],
)
async def test_an_album_is_recognised_by_the_best_that_is_known(
    unknown: list[str], release: str, how: str, requests: list[str]
) -> None:
    api = musicbrainz_api(**{name: what for name, what in WORLD.items() if name not in unknown})
    message = asking(*KNOWN, since=SINCE)

    outcome = await run_one(message, musicbrainz=api)

    assert outcome == each_asked(message, how, release, since=SINCE)
    assert [path for path, _ in api.asked] == requests
    assert set(api.sinces) == {SINCE}


async def test_nothing_is_asked_about_a_barcode_or_an_isrc_that_is_not_known() -> None:
    api = musicbrainz_api(titled=WORLD["titled"], releases=WORLD["releases"])
    message = asking(album=AlbumRef("Statues", ("Moloko",), None, LENGTHS))

    outcome = await run_one(message, musicbrainz=api)

    assert outcome == each_asked(message, TITLE, TITLED)
    assert [path for path, _ in api.asked] == ["/url", "/release", f"/release/{TITLED}"]


@pytest.mark.parametrize(
    ("stated", "lengths", "is_it"),
    [
        pytest.param({}, LENGTHS, True, id="all the same"),
        pytest.param({}, (203001, 197002, 200003), True, id="three seconds are within"),
        pytest.param({}, (203002, 200002, 200003), False, id="more than three seconds are not"),
        pytest.param({}, (200001, 200002, None), True, id="an unknown length says nothing"),
        pytest.param({}, (None, None, None), False, id="without any length nothing is known"),
        pytest.param({"track-count": 4}, LENGTHS, False, id="more tracks by the search"),
        pytest.param({"track-count": None}, LENGTHS, True, id="a search that does not count"),
        pytest.param({"track-count": None}, LENGTHS[:2], False, id="fewer tracks on the release"),
        pytest.param({"title": "Statues (Deluxe Edition)"}, LENGTHS, True, id="another edition"),
        pytest.param({"title": "Statues II"}, LENGTHS, False, id="another title"),
        pytest.param({"artist-credit": [{"name": "Muse"}]}, LENGTHS, False, id="another artist"),
        pytest.param({"artist-credit": []}, LENGTHS, False, id="no artist"),
    ],
)
async def test_a_title_needs_the_artist_the_number_of_tracks_and_their_lengths(
    stated: dict[str, Any], lengths: tuple[int | None, ...], is_it: bool
) -> None:
    api = musicbrainz_api(
        titled=[found(TITLED, **stated)], releases=[with_lengths(TITLED, *lengths)]
    )

    outcome = await run_one(asking(), musicbrainz=api)

    assert outcome == each_asked(asking(), TITLE, *([TITLED] if is_it else []))


async def test_of_two_editions_with_the_same_tracks_the_one_of_that_very_title_is_taken() -> None:
    other = found(mbid(9), title="Statues (Remastered)")
    releases = [with_lengths(id, *LENGTHS) for id in (mbid(9), TITLED)]
    api = musicbrainz_api(titled=[other, found(TITLED)], releases=releases)

    assert await run_one(asking(), musicbrainz=api) == each_asked(asking(), TITLE, TITLED)
    assert [path for path, _ in api.asked][-1] == f"/release/{TITLED}"


async def test_albums_that_only_an_isrc_can_help_share_the_question_who_is_known() -> None:
    stranger = question(
        source="musicbrainz",
        album=AlbumRef("Other", ("Nobody",), None, LENGTHS),
        tracks=OWN,
        album_id=OTHER_ALBUM,
        artist_id=spotify_id(77),
    )
    api = musicbrainz_api(artists={MOLOKO.id: [("Moloko", "")]})

    outcomes = await run(asking(), stranger, musicbrainz=api)

    assert outcomes == [
        Outcome(next=(asking(source="spotify", by_isrc=True),)),
        each_asked(stranger, ""),
    ]
    assert [path for path, _ in api.asked].count("/url") == 2


async def test_a_release_that_is_gone_since_the_search_is_passed_over() -> None:
    api = musicbrainz_api(
        titled=[found(mbid(9)), found(TITLED)], releases=[with_lengths(TITLED, *LENGTHS)]
    )

    assert await run_one(asking(), musicbrainz=api) == each_asked(asking(), TITLE, TITLED)


async def test_no_more_than_three_releases_of_an_album_are_looked_into() -> None:
    api = musicbrainz_api(linked={ALBUM: [mbid(n) for n in range(1, 6)]})

    outcome = await run_one(asking(), musicbrainz=api)

    assert outcome == each_asked(asking(), "Spotify link", mbid(1), mbid(2), mbid(3))


async def test_a_release_that_has_two_recordings_of_the_isrc_is_looked_into_once() -> None:
    """One code on the song and on its clean version: both recordings are on one release."""
    twice = [mbid(1), mbid(1), mbid(2), mbid(3)]
    api = musicbrainz_api(isrcs={ISRC: twice})

    outcome = await run_one(asking(*KNOWN), musicbrainz=api)

    assert outcome == each_asked(asking(*KNOWN), "ISRC", mbid(1), mbid(2), mbid(3))


async def test_the_lengths_of_a_very_long_album_do_not_travel_with_each_of_its_tracks() -> None:
    album = AlbumRef("Box", ("Moloko",), None, (200000,) * 201)
    api = musicbrainz_api(linked=WORLD["linked"])

    outcome = await run_one(asking(album=album), musicbrainz=api)

    short = asking(album=replace(album, lengths=()))
    assert outcome == each_asked(short, "Spotify link", LINKED)


# The last resort


async def test_when_nothing_is_left_one_isrc_is_asked_of_spotify() -> None:
    api = musicbrainz_api(artists={MOLOKO.id: [("Moloko", "")]})

    outcome = await run_one(asking(since=SINCE), musicbrainz=api)

    assert outcome == Outcome(next=(asking(since=SINCE, source="spotify", by_isrc=True),))


async def test_nothing_is_asked_of_spotify_for_an_artist_that_musicbrainz_does_not_know() -> None:
    outcome = await run_one(asking(), musicbrainz=musicbrainz_api())

    assert outcome == each_asked(asking(), "")


async def test_the_isrc_of_the_first_track_goes_to_musicbrainz() -> None:
    answer = written("Familiar Feeling", 1, MOLOKO) | {"external_ids": {"isrc": "gb-aye-00-00351"}}
    api = spotify_api(isrc=answer)
    message = asking(source="spotify", by_isrc=True, since=SINCE)

    outcome = await run_one(message, spotify=api)

    fact = TrackIsrc(source="spotify", retrieved_at=NOW, track_id="1.1", isrc=ISRC)
    assert outcome == Outcome((fact,), (replace(message, source="musicbrainz", tracks=KNOWN),))
    assert len(api.asked) == 1


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({}, id="the track is gone"),
        pytest.param({"isrc": written("Familiar Feeling", 1, MOLOKO)}, id="it has no ISRC"),
    ],
)
async def test_without_an_isrc_the_tracks_are_asked_for_all_the_same(
    answers: dict[str, Reply],
) -> None:
    message = asking(source="spotify", by_isrc=True)

    assert await run_one(message, spotify=spotify_api(**answers)) == each_asked(message, "")


@pytest.mark.parametrize("known", [True, False])
async def test_with_the_isrc_musicbrainz_is_asked_for_nothing_else(known: bool) -> None:
    world = {"isrcs": WORLD["isrcs"]} if known else {}
    api = musicbrainz_api(**world, artists={MOLOKO.id: [("Moloko", "")]})
    message = asking(*KNOWN, by_isrc=True, album=AlbumRef("Statues", ("Moloko",), None, LENGTHS))

    outcome = await run_one(message, musicbrainz=api)

    assert outcome == each_asked(message, "ISRC", *([BY_ISRC] if known else []))
    assert [path for path, _ in api.asked] == [f"/isrc/{ISRC}"]


# Many albums together


async def test_a_hundred_albums_share_the_request_for_their_links() -> None:
    ids = [spotify_id(1000 + n) for n in range(STAGE.batch["musicbrainz"])]
    api = musicbrainz_api(linked={id: [mbid(n)] for n, id in enumerate(ids)})
    messages = [asking(album_id=id) for id in ids]

    outcomes = await run(*messages, musicbrainz=api)

    assert len(messages) == 100
    assert [path for path, _ in api.asked] == ["/url"]
    assert outcomes == [
        each_asked(message, "Spotify link", mbid(n)) for n, message in enumerate(messages)
    ]


async def test_only_albums_without_a_link_are_looked_for_by_barcode() -> None:
    api = musicbrainz_api(linked=WORLD["linked"], coded=WORLD["coded"])
    linked, other = asking(), asking(album_id=OTHER_ALBUM)

    outcomes = await run(linked, other, musicbrainz=api)

    assert outcomes == [
        each_asked(linked, "Spotify link", LINKED),
        each_asked(other, "barcode", CODED),
    ]
    assert [path for path, _ in api.asked] == ["/url", "/release"]


async def test_the_freshest_that_any_wants_counts_for_the_requests_that_all_share() -> None:
    api = musicbrainz_api(linked={ALBUM: [LINKED], OTHER_ALBUM: [LINKED]})

    await run(asking(), asking(album_id=OTHER_ALBUM, since=SINCE), musicbrainz=api)

    assert set(api.sinces) == {SINCE}


async def test_each_of_the_artists_tracks_becomes_exactly_one_question() -> None:
    """However its album is recognised, or not at all."""
    names = {"linked": LINKED, "coded": CODED, "titled": TITLED, "unknown": None}
    messages = [
        asking(
            *(ref(f"{name} {n}", 10 * place + n) for n in range(1, 4)),
            album_id=spotify_id(100 + place),
            album=AlbumRef(
                "Statues" if name == "titled" else name,
                ("Moloko",),
                GTIN if name == "coded" else None,
                LENGTHS,
            ),
        )
        for place, name in enumerate(names)
    ]
    api = musicbrainz_api(**WORLD | {"linked": {messages[0].album_id: [LINKED]}})

    outcomes = await run(*messages, musicbrainz=api)

    asked = [one for outcome in outcomes if isinstance(outcome, Outcome) for one in outcome.next]
    assert [one.key for one in asked] == [one.id for each in messages for one in each.tracks]
    assert all(isinstance(one, ProducerIdentification) for one in asked)
