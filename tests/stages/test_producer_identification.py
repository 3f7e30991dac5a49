"""Credited, silent or unknown: who produced a track, and how the source knows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace
from tests.sources.fake_api import FakeApi
from tests.stages.answers import (
    AT,
    NOW,
    SINCE,
    mbid,
    musicbrainz_api,
    release,
    release_track,
    run,
    run_one,
)

from linernotes.catalogue import (
    ROLES,
    Credit,
    CreditAnswer,
    Found,
    Match,
    Producer,
    UnknownRole,
)
from linernotes.errors import NotFound, Unavailable
from linernotes.pipeline import Outcome
from linernotes.sources import musicbrainz
from linernotes.sources.musicbrainz_credits import (
    ADDITIONAL,
    ASSOCIATE,
    CO,
    EXECUTIVE,
    PRODUCER_OF_RECORDING,
    PRODUCER_OF_RELEASE,
    SPECIAL_PURPOSE,
    TASK,
)
from linernotes.stages.producer_identification import (
    ProducerIdentification,
    ReleaseRef,
    TrackRef,
)
from linernotes.stages.social_enrichment import SocialEnrichment

SITE = "https://musicbrainz.org"
R1, R2, R3, RECORDING, OTHER_RECORDING = (mbid(n) for n in (1, 2, 3, 11, 12))
MARK, ROISIN = (mbid(21), "Mark Brydon"), (mbid(22), "Róisín Murphy")
HOW = "Spotify link; same place and title"
NAMES = {"": "", ADDITIONAL: "additional", ASSOCIATE: "associate", CO: "co", EXECUTIVE: "executive"}
# MusicBrainz' relation "vocal" of a recording: a performer, main or guest.
VOCAL = "0fdbe3c6-7700-4a31-ae54-b53f06ae1cfa"
COMPILATION = {"secondary-types": ["Compilation"]}
NOT_RECOGNISED = "the track was not recognised on the release"
NAMES_ONE = "names a producer"
NAMES_NONE = "knows the recording and names no producer"


def said(
    who: tuple[str, str], role: str = "", *, kind: str = PRODUCER_OF_RECORDING, task: str = ""
) -> dict[str, Any]:
    """A relation to an artist as MusicBrainz writes it."""
    ids = {NAMES[role]: role} if role else {}
    if task:
        ids["task"] = TASK
    return {
        "type-id": kind,
        "artist": {"id": who[0], "name": who[1], "type": "Person", "disambiguation": ""},
        "attributes": list(ids),
        "attribute-ids": ids,
        "attribute-values": {"task": task} if task else {},
        "target-credit": "",
    }


def of_release(who: tuple[str, str], role: str = "") -> dict[str, Any]:
    return said(who, role, kind=PRODUCER_OF_RELEASE)


def release_with(id: str, *relations: dict[str, Any], **changes: Any) -> dict[str, Any]:
    track = release_track(RECORDING, "Statues", 200000, *relations)
    return release(id, [track], **changes)


def asking(
    *releases: str,
    since: datetime | None = None,
    how: str = "Spotify link",
    lengths: tuple[int | None, ...] = (),
) -> ProducerIdentification:
    return ProducerIdentification(
        source="musicbrainz",
        since=since,
        track=TrackRef(id="t1", title="Statues", length_ms=200000, disc=1, number=1),
        releases=tuple(ReleaseRef(id, how) for id in releases),
        album_lengths=lengths,
    )


# What is expected of it


def match(
    release_id: str = R1,
    recording: str = RECORDING,
    how: str = HOW,
    title: str = "Statues",
    release_title: str | None = "Statues",
) -> Match:
    return Match(
        source="musicbrainz",
        retrieved_at=AT,
        track_id="t1",
        recording=recording,
        release=release_id,
        title=title,
        release_title=release_title,
        how=how,
        first_released=None,
        source_url=f"{SITE}/recording/{recording}",
    )


def answer(found: Found, why: str) -> CreditAnswer:
    page = f"{SITE}/recording/{RECORDING}"
    return CreditAnswer(
        source="musicbrainz", retrieved_at=AT, track_id="t1", found=found, why=why, source_url=page
    )


def producer(who: tuple[str, str]) -> Producer:
    return Producer(
        source="musicbrainz",
        retrieved_at=AT,
        id=who[0],
        name=who[1],
        kind="person",
        disambiguation=None,
        url=f"{SITE}/artist/{who[0]}",
    )


def credit(who: tuple[str, str], role: str = "producer", **changes: Any) -> Credit:
    facts: dict[str, Any] = {
        "source": "musicbrainz",
        "retrieved_at": AT,
        "track_id": "t1",
        "producer_id": who[0],
        "role": role,
        "scope": "track",
        "printed_as": who[1],
        "detail": None,
        "matched_by": HOW,
        "source_url": f"{SITE}/recording/{RECORDING}",
    } | changes
    return Credit(**facts)


def on_release(who: tuple[str, str], role: str = "producer", id: str = R1) -> Credit:
    return credit(who, role, scope="release", source_url=f"{SITE}/release/{id}")


def profiles_of(*some: tuple[str, str], since: datetime | None = None) -> Any:
    return tuple(
        SocialEnrichment(source="musicbrainz", since=since, producer_id=id) for id, _ in some
    )


def unknown(why: str) -> Outcome:
    said = CreditAnswer(
        source="musicbrainz",
        retrieved_at=NOW,
        track_id="t1",
        found="unknown",
        why=why,
        source_url=None,
    )
    return Outcome((said,))


# Credited


async def test_a_track_is_credited_when_the_source_names_a_producer() -> None:
    api = musicbrainz_api(releases=[release_with(R1, said(MARK))])

    outcome = await run_one(asking(R1, since=SINCE), musicbrainz=api)

    facts = (match(), producer(MARK), answer("credited", NAMES_ONE), credit(MARK))
    assert outcome == Outcome(facts, profiles_of(MARK, since=SINCE))
    assert api.sinces == [SINCE]


@pytest.mark.parametrize(
    ("relation", "role"),
    [
        pytest.param(said(MARK), "producer", id="producer"),
        pytest.param(said(MARK, CO), "co-producer", id="co"),
        pytest.param(said(MARK, ADDITIONAL), "additional producer", id="additional"),
        pytest.param(said(MARK, ASSOCIATE), "associate producer", id="associate"),
        pytest.param(said(MARK, EXECUTIVE), "executive producer", id="executive"),
        pytest.param(said(MARK, task="vocals"), "vocal producer", id="vocals"),
        pytest.param(said(MARK, task="video"), "video producer", id="video"),
        pytest.param(said(MARK, task="reissue"), "compilation producer", id="reissue"),
    ],
)
async def test_roles_apart_are_kept_and_do_not_make_a_track_credited(
    relation: dict[str, Any], role: str
) -> None:
    api = musicbrainz_api(releases=[release_with(R1, relation)])

    outcome = await run_one(asking(R1), musicbrainz=api)

    detail = relation["attribute-values"].get("task")
    said_of_it = answer("credited", NAMES_ONE) if role in ROLES else answer("silent", NAMES_NONE)
    facts = (match(), producer(MARK), said_of_it, credit(MARK, role, detail=detail))
    assert outcome == Outcome(facts, profiles_of(MARK))


async def test_one_person_with_two_roles_is_one_person_and_one_question() -> None:
    relations = [said(MARK), said(ROISIN, CO), said(MARK, EXECUTIVE)]
    api = musicbrainz_api(releases=[release_with(R1, *relations)])

    outcome = await run_one(asking(R1), musicbrainz=api)

    facts = (
        match(),
        producer(MARK),
        producer(ROISIN),
        answer("credited", NAMES_ONE),
        credit(MARK),
        credit(ROISIN, "co-producer"),
        credit(MARK, "executive producer"),
    )
    assert outcome == Outcome(facts, profiles_of(MARK, ROISIN))


async def test_a_credit_of_the_whole_release_says_so() -> None:
    api = musicbrainz_api(releases=[release_with(R1, relations=[of_release(MARK)])])

    outcome = await run_one(asking(R1), musicbrainz=api)

    facts = (match(), producer(MARK), answer("credited", NAMES_ONE), on_release(MARK))
    assert outcome == Outcome(facts, profiles_of(MARK))


async def test_who_produced_a_compilation_did_not_produce_its_tracks() -> None:
    compiled = release_with(R1, relations=[of_release(MARK)], **{"release-group": COMPILATION})

    outcome = await run_one(asking(R1), musicbrainz=musicbrainz_api(releases=[compiled]))

    credits = on_release(MARK, "compilation producer")
    facts = (match(), producer(MARK), answer("silent", NAMES_NONE), credits)
    assert outcome == Outcome(facts, profiles_of(MARK))


# Silent and unknown


@pytest.mark.parametrize(
    "relations",
    [
        pytest.param([], id="nothing at all"),
        pytest.param([said(ROISIN, kind=VOCAL)], id="a featured artist"),
        pytest.param([said((next(iter(SPECIAL_PURPOSE)), "[unknown]"))], id="nobody in particular"),
    ],
)
async def test_a_source_that_knows_the_recording_and_names_no_producer_is_silent(
    relations: list[dict[str, Any]],
) -> None:
    api = musicbrainz_api(releases=[release_with(R1, *relations)])

    outcome = await run_one(asking(R1), musicbrainz=api)

    assert outcome == Outcome((match(), answer("silent", NAMES_NONE)))


async def test_a_relation_that_we_do_not_know_makes_no_producer_and_is_told() -> None:
    api = musicbrainz_api(releases=[release_with(R1, said(MARK, kind=PRODUCER_OF_RELEASE))])

    outcome = await run_one(asking(R1), musicbrainz=api)

    unknown = UnknownRole(
        source="musicbrainz",
        retrieved_at=AT,
        track_id="t1",
        kind="relation",
        met=PRODUCER_OF_RELEASE,
        words=PRODUCER_OF_RELEASE,
        source_url=f"{SITE}/recording/{RECORDING}",
    )
    assert outcome == Outcome((match(), answer("silent", NAMES_NONE), unknown))


@pytest.mark.parametrize(
    ("releases", "why"),
    [
        pytest.param(
            [],
            "no release of this source was recognised as the album",
            id="the album was not recognised",
        ),
        pytest.param([R1], NOT_RECOGNISED, id="another track"),
        pytest.param([R3], NOT_RECOGNISED, id="the release is gone"),
    ],
)
async def test_a_track_is_unknown_where_the_source_does_not_have_it(
    releases: list[str], why: str
) -> None:
    other = release_track(RECORDING, "Familiar Feeling", 300000, said(MARK))
    api = musicbrainz_api(releases=[release(R1, [other])])

    assert await run_one(asking(*releases), musicbrainz=api) == unknown(why)


# Several releases


async def test_the_first_release_with_a_credit_wins() -> None:
    releases = [release_with(R1), release_with(R2, said(MARK)), release_with(R3, said(ROISIN))]
    api = musicbrainz_api(releases=releases)

    outcome = await run_one(asking(R1, R2, R3), musicbrainz=api)

    facts = (match(R2), producer(MARK), answer("credited", NAMES_ONE), credit(MARK))
    assert outcome == Outcome(facts, profiles_of(MARK))
    assert [path for path, _ in api.asked] == [f"/release/{R1}", f"/release/{R2}"]


async def test_a_role_apart_on_one_release_hides_no_producer_on_the_next() -> None:
    """An edition says who was executive producer of it all, another who produced the track."""
    releases = [
        release_with(R1, relations=[of_release(ROISIN, EXECUTIVE)]),
        release_with(R2, said(MARK)),
    ]

    outcome = await run_one(asking(R1, R2), musicbrainz=musicbrainz_api(releases=releases))

    facts = (match(R2), producer(MARK), answer("credited", NAMES_ONE), credit(MARK))
    assert outcome == Outcome(facts, profiles_of(MARK))


async def test_where_no_release_has_a_producer_a_role_apart_is_kept() -> None:
    executive = [of_release(ROISIN, EXECUTIVE)]
    releases = [release_with(R1), release_with(R2, relations=executive)]

    outcome = await run_one(asking(R1, R2), musicbrainz=musicbrainz_api(releases=releases))

    credits = on_release(ROISIN, "executive producer", R2)
    facts = (match(R2), producer(ROISIN), answer("silent", NAMES_NONE), credits)
    assert outcome == Outcome(facts, profiles_of(ROISIN))


async def test_a_release_that_is_gone_is_passed_over() -> None:
    api = musicbrainz_api(releases=[release_with(R2, said(MARK))])

    outcome = await run_one(asking(R1, R2), musicbrainz=api)

    facts = (match(R2), producer(MARK), answer("credited", NAMES_ONE), credit(MARK))
    assert outcome == Outcome(facts, profiles_of(MARK))


async def test_a_release_without_the_track_leaves_the_word_to_the_next() -> None:
    without = release(R1, [release_track(OTHER_RECORDING, "Familiar Feeling", 300000, said(MARK))])
    api = musicbrainz_api(releases=[without, release_with(R2)])

    outcome = await run_one(asking(R1, R2), musicbrainz=api)

    assert outcome == Outcome((match(R2), answer("silent", NAMES_NONE)))


async def test_the_match_says_how_album_and_track_were_recognised() -> None:
    moved = [
        release_track(OTHER_RECORDING, "Familiar Feeling", 300000),
        release_track(RECORDING, "Statues", 200900),
    ]

    outcome = await run_one(asking(R1), musicbrainz=musicbrainz_api(releases=[release(R1, moved)]))

    how = "Spotify link; title and length"
    assert outcome == Outcome((match(how=how), answer("silent", NAMES_NONE)))


@pytest.mark.parametrize(
    ("lengths", "is_it"),
    [
        pytest.param((200500,), True, id="a release in the album's order"),
        pytest.param((200500, 100000), False, id="a release of fewer tracks"),
        pytest.param((), False, id="an album of unknown lengths"),
    ],
)
async def test_under_another_title_a_track_is_recognised_only_in_the_order_of_its_album(
    lengths: tuple[int | None, ...], is_it: bool
) -> None:
    translated = release(R1, [release_track(RECORDING, "Standbilder", 200000)])
    api = musicbrainz_api(releases=[translated])

    outcome = await run_one(asking(R1, lengths=lengths), musicbrainz=api)

    how = "Spotify link; same place and length"
    recognised = Outcome((match(how=how, title="Standbilder"), answer("silent", NAMES_NONE)))
    assert outcome == (recognised if is_it else unknown(NOT_RECOGNISED))


@pytest.mark.parametrize(
    ("how", "lengths", "is_credited"),
    [
        pytest.param("ISRC", (200000, 100000), False, id="by one recording, and no such album"),
        pytest.param("ISRC", (200000,), True, id="by one recording, and it is the album"),
        pytest.param("barcode", (200000, 100000), True, id="by the barcode, with fewer tracks"),
    ],
)
async def test_who_produced_a_release_counts_only_where_the_release_is_the_album(
    how: str, lengths: tuple[int | None, ...], is_credited: bool
) -> None:
    """A recording is on compilations too, whose producers did not produce it."""
    api = musicbrainz_api(releases=[release_with(R1, relations=[of_release(MARK)])])

    outcome = await run_one(asking(R1, how=how, lengths=lengths), musicbrainz=api)

    matched = f"{how}; same place and title"
    credited = Outcome(
        (
            match(how=matched),
            producer(MARK),
            answer("credited", NAMES_ONE),
            replace(on_release(MARK), matched_by=matched),
        ),
        profiles_of(MARK),
    )
    unsure = match(how=matched, release_title=None)
    silent = Outcome((unsure, answer("silent", NAMES_NONE)))
    assert outcome == (credited if is_credited else silent)


async def test_merged_releases_are_named_by_the_id_that_they_have_now() -> None:
    merged = release_with(R2, said(MARK))
    api = FakeApi.with_answers(musicbrainz.SOURCE, {f"/release/{R1}": merged})

    outcome = await run_one(asking(R1), musicbrainz=api)

    facts = (match(R2), producer(MARK), answer("credited", NAMES_ONE), credit(MARK))
    assert outcome == Outcome(facts, profiles_of(MARK))


async def test_a_source_that_fails_is_no_answer_and_concerns_no_other_track() -> None:
    error = Unavailable("musicbrainz", "answered 503")
    known: dict[str, Any] = {f"/release/{R1}": release_with(R1), f"/release/{R2}": error}
    api = FakeApi(
        musicbrainz.SOURCE, lambda path, _: known.get(path, NotFound("musicbrainz", "no"))
    )

    results = await run(asking(R1), asking(R1, R2), musicbrainz=api)

    assert results == [Outcome((match(), answer("silent", NAMES_NONE))), error]
