"""Who is meant by what somebody typed: never a guess, and always with the reason."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.sources.fake_api import FakeApi, Reply
from tests.stages.answers import AT, NOW, SINCE, musicbrainz_api, page, run, run_one, spotify_id

from linernotes.catalogue import Artist, ArtistAnswer, Candidate
from linernotes.errors import NotFound, Unavailable
from linernotes.pipeline import Message, Outcome
from linernotes.sources import spotify
from linernotes.stages.album_discovery import AlbumDiscovery
from linernotes.stages.artist_discovery import ArtistDiscovery

A1, A2, A3 = map(spotify_id, (1, 2, 3))
NOBODY = "nobody among the first that Spotify finds has exactly this name"
ONLY = "the only one of this name among the first that Spotify finds"


def by_name(asked: str, **changes: Any) -> ArtistDiscovery:
    return ArtistDiscovery(**{"source": "spotify", "by": "name", "asked": asked} | changes)


def spotify_api(*found: tuple[str, str], **albums: list[str]) -> FakeApi:
    """A search that finds (id, name), each with a genre, and artists' `albums` by name."""
    items = [{"id": id, "name": name, "genres": ["trip hop"]} for id, name in found]
    answers: dict[str, Reply] = {"/search": {"artists": page(items)}}
    for id, name in found:
        titles = albums.get(name, [])
        listed = [{"id": title, "name": title, "album_type": "album"} for title in titles]
        answers |= {
            f"/artists/{id}": {"id": id, "name": name},
            f"/artists/{id}/albums": page(listed),
        }
    return FakeApi.with_answers(spotify.SOURCE, answers)


def artist(id: str, name: str, at: datetime = AT) -> Artist:
    url = f"https://open.spotify.com/artist/{id}"
    return Artist(source="spotify", retrieved_at=at, id=id, name=name, url=url)


def candidate(id: str, name: str, about: str = "trip hop") -> Candidate:
    return Candidate(id, name, f"https://open.spotify.com/artist/{id}", about)


def answer(query: str, artist_id: str | None, reason: str, **changes: Any) -> ArtistAnswer:
    facts: dict[str, Any] = {"source": "spotify", "retrieved_at": AT, "candidates": ()} | changes
    return ArtistAnswer(query=query, artist_id=artist_id, reason=reason, **facts)


def nobody(
    query: str,
    reason: str,
    *candidates: Candidate,
    source: str = "spotify",
    at: datetime | None = None,
) -> Outcome:
    """Candidates are Spotify's words, so of the time of its search."""
    at = at or (AT if candidates else NOW)
    said = answer(query, None, reason, source=source, retrieved_at=at, candidates=candidates)
    return Outcome((said,))


def pages(
    artist_id: str,
    *groups: str,
    since: datetime | None = None,
) -> tuple[Message, ...]:
    return tuple(
        AlbumDiscovery(source="spotify", since=since, artist_id=artist_id, group=group)
        for group in groups or ("own",)
    )


@pytest.mark.parametrize(
    ("asked", "found", "taken"),
    [
        pytest.param("Gorillaz", ["GorillaT", "Gorillaz"], 1, id="not the first hit"),
        pytest.param("gorillaz", ["GorillaT", "Gorillaz"], 1, id="typed in small letters"),
        pytest.param("Muse", ["MUSE", "Muse", "muse"], 1, id="the same letters before others"),
        pytest.param("MUSE", ["Muse", "MUSE"], 1, id="capitals are meant too"),
        pytest.param("Guns N' Roses", ["Guns N’ Roses"], 0, id="typographical signs"),
        pytest.param("  Moloko ", ["Moloko Plus", "Moloko"], 1, id="spaces around"),
    ],
)
async def test_the_one_who_has_exactly_this_name_is_taken(
    asked: str, found: list[str], taken: int
) -> None:
    api = spotify_api(*((spotify_id(n), name) for n, name in enumerate(found)))

    outcome = await run_one(by_name(asked), spotify=api)

    id = spotify_id(taken)
    facts = (answer(f"name:{asked}", id, ONLY), artist(id, found[taken]))
    assert outcome == Outcome(facts, pages(id))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param("Gorillaz", ["GorillaT", "Gorilla Z"], id="near"),
        pytest.param("Beyonce", ["Beyoncé"], id="without the accent"),
        pytest.param("ASAP Rocky", ["A$AP Rocky"], id="a sign for a letter"),
        pytest.param("RZA", ["The RZA"], id="an article"),
        pytest.param("zzz", [], id="nobody at all"),
    ],
)
async def test_where_nobody_has_the_name_those_who_come_near_are_candidates(
    asked: str, found: list[str]
) -> None:
    named = [(spotify_id(n), name) for n, name in enumerate(found)]

    outcome = await run_one(by_name(asked), spotify=spotify_api(*named))

    near = [candidate(id, name) for id, name in named]
    assert outcome == nobody(f"name:{asked}", NOBODY, *near)


async def test_namesakes_become_a_question_to_musicbrainz_with_what_tells_them_apart() -> None:
    api = spotify_api((A1, "WITCH"), (A2, "Witch"), (A3, "Witch"), Witch=["In", "Out", "Up", "4th"])

    outcome = await run_one(by_name("Witch", since=SINCE, appears_on=True), spotify=api)

    about = "trip hop; In, Out, Up"
    question = ArtistDiscovery(
        source="musicbrainz",
        since=SINCE,
        by="name",
        asked="Witch",
        appears_on=True,
        among=(candidate(A2, "Witch", about), candidate(A3, "Witch", about)),
        found_at=AT,
    )
    assert outcome == Outcome(next=(question,))


async def test_a_namesake_without_albums_keeps_what_else_is_known() -> None:
    outcome = await run_one(by_name("Witch"), spotify=spotify_api((A1, "Witch"), (A2, "Witch")))

    assert isinstance(outcome, Outcome)
    (question,) = outcome.next
    assert isinstance(question, ArtistDiscovery)
    assert question.among == (candidate(A1, "Witch"), candidate(A2, "Witch"))


AMONG = (
    candidate(A1, "Witch", "In, Out"),
    candidate(A2, "Witch", ""),
    candidate(A3, "Witch", "Up"),
)
ASKED_MUSICBRAINZ = by_name("Witch", source="musicbrainz", among=AMONG, found_at=AT, since=SINCE)


async def test_the_namesake_whom_musicbrainz_links_to_is_taken_with_the_reason() -> None:
    api = musicbrainz_api(artists={A2: [("Witch", "Zambian band")]})

    outcome = await run_one(ASKED_MUSICBRAINZ, musicbrainz=api)

    reason = "the only one of 3 of this name whom MusicBrainz links to"
    said = answer("name:Witch", A2, reason, source="musicbrainz", retrieved_at=NOW)
    assert outcome == Outcome((said, artist(A2, "Witch")), pages(A2, since=SINCE))
    assert api.sinces == [SINCE]


async def test_a_question_from_before_searches_had_a_time_is_answered_as_of_now() -> None:
    asked = by_name("Witch", source="musicbrainz", among=AMONG)

    settled = await run_one(asked, musicbrainz=musicbrainz_api(artists={A2: [("Witch", "")]}))
    open_ = await run_one(asked, musicbrainz=musicbrainz_api(artists={}))

    assert isinstance(settled, Outcome)
    assert settled.facts[1] == artist(A2, "Witch", NOW)
    reason = "several artists have this name"
    assert open_ == nobody("name:Witch", reason, *AMONG, source="musicbrainz", at=NOW)


@pytest.mark.parametrize(
    ("linked", "about"),
    [
        pytest.param({}, ["In, Out", "", "Up"], id="none is linked"),
        pytest.param(
            {A1: [("Witch", "doom metal")], A2: [("Witch", "Zambian band")]},
            ["doom metal; In, Out", "Zambian band", "Up"],
            id="two are linked",
        ),
        pytest.param(
            {A1: [("Witch", "")], A3: [("Witch", "")]},
            ["In, Out", "", "Up"],
            id="two without words",
        ),
    ],
)
async def test_namesakes_whom_musicbrainz_cannot_tell_apart_are_for_the_person_to_choose(
    linked: dict[str, list[tuple[str, str]]], about: list[str]
) -> None:
    outcome = await run_one(ASKED_MUSICBRAINZ, musicbrainz=musicbrainz_api(artists=linked))

    named = [candidate(id, "Witch", text) for id, text in zip((A1, A2, A3), about, strict=True)]
    reason = "several artists have this name"
    assert outcome == nobody("name:Witch", reason, *named, source="musicbrainz")


async def test_an_id_is_taken_as_it_is() -> None:
    asked = ArtistDiscovery(source="spotify", by="id", asked=A1)

    outcome = await run_one(asked, spotify=spotify_api((A1, "Witch"), (A2, "Witch")))

    facts = (answer(f"id:{A1}", A1, "asked for by id"), artist(A1, "Witch"))
    assert outcome == Outcome(facts, pages(A1))


async def test_an_unknown_id_is_an_answer_and_no_error() -> None:
    asked = ArtistDiscovery(source="spotify", by="id", asked=A1)

    outcome = await run_one(asked, spotify=FakeApi.with_answers(spotify.SOURCE, {}))

    assert outcome == nobody(f"id:{A1}", "Spotify has no artist with this id")


@pytest.mark.parametrize("by", ["id", "name"])
async def test_a_refresh_and_appearances_travel_on(by: Any) -> None:
    asked = {"id": A1, "name": "Moloko"}[by]
    api = spotify_api((A1, "Moloko"))

    outcome = await run_one(
        ArtistDiscovery(source="spotify", since=SINCE, by=by, asked=asked, appears_on=True),
        spotify=api,
    )

    assert isinstance(outcome, Outcome)
    groups = ("own", "appears_on")
    assert outcome.next == pages(A1, *groups, since=SINCE)
    assert outcome.facts[0].key == (f"{by}:{asked}+appears_on",)
    assert api.sinces == [SINCE]


async def test_one_question_that_fails_concerns_no_other() -> None:
    error = Unavailable("spotify", "answered 502")
    answers: dict[str, Any] = {
        f"/artists/{A1}": {"id": A1, "name": "Moloko"},
        f"/artists/{A2}": error,
    }
    api = FakeApi(spotify.SOURCE, lambda path, params: answers.get(path, NotFound("spotify", "no")))
    asked = [ArtistDiscovery(source="spotify", by="id", asked=id) for id in (A1, A2, A3)]

    results = await run(*asked, spotify=api)

    facts = (answer(f"id:{A1}", A1, "asked for by id"), artist(A1, "Moloko"))
    assert results == [
        Outcome(facts, pages(A1)),
        error,
        nobody(f"id:{A3}", "Spotify has no artist with this id"),
    ]


# Recorded


def recorded_search(folder: Path, name: str) -> FakeApi:
    """A recorded search; every artist's list of albums is empty."""
    path = folder / "spotify" / name
    if not path.is_file():
        pytest.skip(f"not recorded: {name}")
    body = json.loads(path.read_bytes())
    return FakeApi(spotify.SOURCE, lambda path, params: body if path == "/search" else page([]))


MUSE = "spotify-web-api-java/data/search/SearchItemRequest.json"
ARCTIC = "rspotify/artist_search_Arctic_limit_10.0.json"


async def test_a_recorded_search_lists_another_first_than_the_one_of_this_name(
    recorded: Path,
) -> None:
    """It begins with "Muse And The Forgetting", and "MUSE" is somebody else."""
    outcome = await run_one(by_name("Muse"), spotify=recorded_search(recorded, MUSE))

    id = "4L6i1I6tFpc1bKui5coGme"
    facts = (answer("name:Muse", id, ONLY), artist(id, "Muse"))
    assert outcome == Outcome(facts, pages(id))


@pytest.mark.parametrize(
    ("recording", "asked", "ids"),
    [
        pytest.param(
            MUSE, "muse", ["4L6i1I6tFpc1bKui5coGme", "3TN2e4aym8jdMv7uxWuMa5"], id="other letters"
        ),
        pytest.param(
            ARCTIC,
            "Arctic",
            [
                "6SxvVYdWRSz2VnsfRPsFjs",
                "73VXvj7sG5UGsrdbjZSHzB",
                "6BANN0Sdp9QyJqvhw1XTg4",
                "3r9vxJXuDqVyURZ98wOmrx",
                "7x6p3zBtUp3uuvBgYExJGm",
            ],
            id="five of one name",
        ),
    ],
)
async def test_the_namesakes_of_a_recorded_search_are_all_asked_about(
    recorded: Path, recording: str, asked: str, ids: list[str]
) -> None:
    outcome = await run_one(by_name(asked), spotify=recorded_search(recorded, recording))

    assert isinstance(outcome, Outcome)
    assert outcome.facts == ()
    (question,) = outcome.next
    assert isinstance(question, ArtistDiscovery)
    assert question.source == "musicbrainz"
    assert [one.id for one in question.among] == ids
