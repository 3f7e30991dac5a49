"""Where a producer can be found: what a source states for that very person, or nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.sources.fake_api import FakeApi
from tests.stages.answers import AT, NOW, SINCE, mbid, run, run_one

from linernotes.catalogue import Identity, Merged, Producer, Profile, ProfileAnswer
from linernotes.errors import NotFound, Unavailable
from linernotes.pipeline import Outcome
from linernotes.sources import musicbrainz, wikidata
from linernotes.sources.musicbrainz_people import WIKIDATA_TYPE
from linernotes.stages.social_enrichment import SocialEnrichment

MARK, ROISIN, STRANGER = (mbid(n) for n in (1, 2, 3))
SOCIAL_NETWORK = "99429741-f3f6-484b-84f8-23af51991770"


def asking(
    producer: str = MARK, *, item: str | None = None, since: datetime | None = None
) -> SocialEnrichment:
    return SocialEnrichment(source="wikidata", since=since, producer_id=producer, item=item)


def asking_musicbrainz(since: datetime | None = None) -> SocialEnrichment:
    return SocialEnrichment(source="musicbrainz", since=since, producer_id=MARK)


def known(source: str, url: str, producer: str = MARK) -> ProfileAnswer:
    return ProfileAnswer(
        source=source, retrieved_at=AT, producer_id=producer, known=True, source_url=url
    )


def not_known(source: str, producer: str = MARK) -> Outcome:
    said = ProfileAnswer(
        source=source, retrieved_at=NOW, producer_id=producer, known=False, source_url=None
    )
    return Outcome((said,))


def instagram(source: str, handle: str, source_url: str, producer: str = MARK) -> Profile:
    return Profile(
        source=source,
        retrieved_at=AT,
        producer_id=producer,
        network="instagram",
        handle=handle,
        url=f"https://www.instagram.com/{handle}/",
        source_url=source_url,
    )


# MusicBrainz


def url_relation(type_id: str, address: str) -> dict[str, Any]:
    return {"type-id": type_id, "url": {"resource": address}}


def musicbrainz_api(*relations: dict[str, Any]) -> FakeApi:
    artist = {"id": MARK, "name": "Mark Brydon", "type": "Person", "disambiguation": ""}
    identity = {"sort-name": "Brydon, Mark", "isnis": [], "ipis": []}
    answers = {f"/artist/{MARK}": artist | identity | {"relations": list(relations)}}
    return FakeApi.with_answers(musicbrainz.SOURCE, answers)


PAGE = f"https://musicbrainz.org/artist/{MARK}"
PRODUCER = Producer(
    source="musicbrainz",
    retrieved_at=AT,
    id=MARK,
    name="Mark Brydon",
    kind="person",
    disambiguation=None,
    url=PAGE,
)


def identity(wikidata_id: str | None = None) -> Identity:
    return Identity(
        source="musicbrainz",
        retrieved_at=AT,
        producer_id=MARK,
        sort_name="Brydon, Mark",
        isnis=(),
        ipis=(),
        wikidata_id=wikidata_id,
        source_url=PAGE,
    )


async def test_musicbrainz_gives_profiles_and_the_item_to_ask_wikidata_about() -> None:
    api = musicbrainz_api(
        url_relation(SOCIAL_NETWORK, "https://instagram.com/brydon"),
        url_relation(WIKIDATA_TYPE, "https://www.wikidata.org/wiki/Q42"),
    )

    outcome = await run_one(asking_musicbrainz(SINCE), musicbrainz=api)

    profile = instagram("musicbrainz", "brydon", PAGE)
    assert outcome == Outcome(
        (PRODUCER, known("musicbrainz", PAGE), identity("Q42"), profile),
        (asking(item="Q42", since=SINCE),),
    )
    assert api.sinces == [SINCE]


async def test_wikidata_is_asked_about_a_producer_without_a_link_too() -> None:
    outcome = await run_one(asking_musicbrainz(), musicbrainz=musicbrainz_api())

    assert outcome == Outcome((PRODUCER, known("musicbrainz", PAGE), identity()), (asking(),))


async def test_a_merged_producer_is_the_one_of_the_answer() -> None:
    old = "5a4db0c5-0001-4000-8001-000000000000"
    artist = {"id": MARK, "name": "Mark Brydon", "type": "Person", "sort-name": "Brydon, Mark"}
    api = FakeApi.with_answers(musicbrainz.SOURCE, {f"/artist/{old}": artist})
    asked = SocialEnrichment(source="musicbrainz", producer_id=old)

    merged = Merged(source="musicbrainz", retrieved_at=AT, id=old, current_id=MARK)
    assert await run_one(asked, musicbrainz=api) == Outcome(
        (merged, PRODUCER, known("musicbrainz", PAGE), identity()), (asking(),)
    )


async def test_whom_musicbrainz_does_not_know_has_an_answer_and_no_further_question() -> None:
    gone = FakeApi.with_answers(musicbrainz.SOURCE, {})

    assert await run_one(asking_musicbrainz(), musicbrainz=gone) == not_known("musicbrainz")


# Wikidata


def statement(value: str) -> dict[str, Any]:
    return {
        "mainsnak": {"snaktype": "value", "datavalue": {"value": value}},
        "rank": "normal",
    }


def item(id: str, *mbids: str, handle: str | None = None) -> dict[str, Any]:
    claims = {"P434": [statement(one) for one in mbids]}
    if handle:
        claims["P2003"] = [statement(handle)]
    return {"id": id, "labels": {}, "claims": claims}


def wikidata_api(*some: dict[str, Any], hits: tuple[str, ...] = ()) -> FakeApi:
    """Items by id, and a search that finds `hits`, whatever it is for."""
    by_id = {one["id"]: one for one in some}

    def reply(path: str, params: dict[str, Any]) -> Any:
        if params["action"] == "query":
            return {"query": {"search": [{"title": id} for id in hits]}}
        ids = params["ids"].split("|")
        return {"entities": {id: by_id.get(id, {"id": id, "missing": ""}) for id in ids}}

    return FakeApi(wikidata.SOURCE, reply)


def actions(api: FakeApi) -> list[str]:
    return [params["action"] for _, params in api.asked]


def found(id: str, handle: str | None, producer: str = MARK) -> Outcome:
    page = f"https://www.wikidata.org/wiki/{id}"
    answer = known("wikidata", page, producer)
    if handle is None:
        return Outcome((answer,))
    return Outcome((answer, instagram("wikidata", handle, page, producer)))


async def test_the_item_that_musicbrainz_links_to_is_read_and_no_other_is_searched() -> None:
    api = wikidata_api(item("Q42", MARK, handle="brydon"), hits=("Q43",))

    outcome = await run_one(asking(item="Q42", since=SINCE), wikidata=api)

    assert outcome == found("Q42", "brydon")
    assert actions(api) == ["wbgetentities"]
    assert set(api.sinces) == {SINCE}


@pytest.mark.parametrize(
    "linked",
    [
        pytest.param(None, id="MusicBrainz links to none"),
        pytest.param("Q41", id="the link leads nowhere"),
        pytest.param("P434", id="the link is none"),
    ],
)
async def test_without_a_link_the_item_that_states_the_id_is_taken(linked: str | None) -> None:
    api = wikidata_api(item("Q42", MARK, handle="brydon"), hits=("Q42",))

    assert await run_one(asking(item=linked), wikidata=api) == found("Q42", "brydon")


async def test_a_link_to_an_item_that_was_merged_leads_to_what_it_was_merged_into() -> None:
    merged = item("Q42", MARK, handle="brydon") | {"redirects": {"from": "Q41", "to": "Q42"}}
    api = FakeApi(wikidata.SOURCE, lambda path, params: {"entities": {"Q42": merged}})

    assert await run_one(asking(item="Q41"), wikidata=api) == found("Q42", "brydon")


@pytest.mark.parametrize(
    "stated",
    [
        pytest.param([STRANGER], id="another id"),
        pytest.param([MARK.upper().replace("0", "O")], id="an id that merely looks like it"),
        pytest.param([], id="no id"),
    ],
)
async def test_an_item_that_a_search_finds_and_that_does_not_state_the_id_is_refused(
    stated: list[str],
) -> None:
    api = wikidata_api(item("Q42", *stated, handle="somebody.else"), hits=("Q42",))

    assert await run_one(asking(), wikidata=api) == not_known("wikidata")


async def test_an_item_without_a_profile_is_known_all_the_same() -> None:
    api = wikidata_api(item("Q42", MARK))

    assert await run_one(asking(item="Q42"), wikidata=api) == found("Q42", None)


async def test_a_producer_without_an_item_is_not_known() -> None:
    assert await run_one(asking(), wikidata=wikidata_api()) == not_known("wikidata")


async def test_fifty_with_a_link_share_one_request() -> None:
    producers = {mbid(n): f"Q{n}" for n in range(100, 150)}
    api = wikidata_api(*(item(qid, id, handle=f"h{qid}") for id, qid in producers.items()))
    messages = [asking(id, item=qid) for id, qid in producers.items()]

    outcomes = await run(*messages, wikidata=api)

    assert actions(api) == ["wbgetentities"]
    assert outcomes == [found(qid, f"h{qid}", id) for id, qid in producers.items()]


async def test_those_with_and_without_a_link_and_unknown_ones_are_asked_together() -> None:
    api = wikidata_api(
        item("Q42", MARK, handle="brydon"), item("Q43", ROISIN, handle="roisin"), hits=("Q43",)
    )

    outcomes = await run(
        asking(STRANGER), asking(ROISIN), asking(MARK, item="Q42", since=SINCE), wikidata=api
    )

    assert outcomes == [
        not_known("wikidata", STRANGER),
        found("Q43", "roisin", ROISIN),
        found("Q42", "brydon"),
    ]
    assert actions(api) == ["query", "wbgetentities"]
    assert set(api.sinces) == {SINCE}


async def test_two_producers_of_one_item_are_both_answered() -> None:
    """One person under two MusicBrainz ids, or a duo whose members share a page."""
    api = wikidata_api(item("Q42", MARK, ROISIN, handle="both"))

    outcomes = await run(asking(MARK, item="Q42"), asking(ROISIN, item="Q42"), wikidata=api)

    assert outcomes == [found("Q42", "both"), found("Q42", "both", ROISIN)]


async def test_a_producer_who_is_asked_about_twice_together_has_the_same_answer() -> None:
    """A refresh may stand beside the question from before it, which knew no item yet."""
    api = wikidata_api(item("Q42", MARK, handle="brydon"))

    outcomes = await run(asking(), asking(item="Q42", since=SINCE), wikidata=api)

    assert outcomes == [found("Q42", "brydon")] * 2


async def test_a_source_that_fails_is_no_answer() -> None:
    error = Unavailable("musicbrainz", "answered 503")
    known: dict[str, Any] = {f"/artist/{MARK}": error}
    api = FakeApi(
        musicbrainz.SOURCE, lambda path, _: known.get(path, NotFound("musicbrainz", "no"))
    )

    assert await run(asking_musicbrainz(), musicbrainz=api) == [error]
