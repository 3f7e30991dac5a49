"""Which of an item's statements count, and how items are asked for and recognised."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.sources.fake_api import AT, FakeApi

from linernotes.catalogue import Profile
from linernotes.errors import Busy, Malformed, Rejected, Unavailable
from linernotes.sources import wikidata
from linernotes.sources.wikidata import SOURCE, Item

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
MBID, OTHER = (f"{n}0000000-0000-4000-8000-00000000000a" for n in "12")


def statement(value: Any, rank: str = "normal", **changes: Any) -> dict[str, Any]:
    snak = {"snaktype": "value", "property": "P", "datavalue": {"type": "string", "value": value}}
    return {"mainsnak": snak, "type": "statement", "id": "s", "rank": rank} | changes


def without_value(snaktype: str) -> dict[str, Any]:
    return {"mainsnak": {"snaktype": snaktype, "property": "P"}, "rank": "normal"}


def ending(time: str | None, snaktype: str = "value") -> dict[str, Any]:
    snak: dict[str, Any] = {"snaktype": snaktype, "property": "P582"}
    if time is not None:
        snak["datavalue"] = {"type": "time", "value": {"time": time, "precision": 9}}
    return {"qualifiers": {"P582": [snak]}}


def entity(id: str, claims: Any = None, **changes: Any) -> dict[str, Any]:
    return {
        "type": "item",
        "id": id,
        "claims": claims if claims is not None else {},
    } | changes


def entities(*some: dict[str, Any], **keyed: dict[str, Any]) -> dict[str, Any]:
    return {"entities": {one["id"]: one for one in some} | keyed, "success": 1}


def api_with(answer: Any) -> FakeApi:
    return FakeApi(SOURCE, lambda path, params: answer)


def fact_item(id: str = "Q42", **changes: Any) -> Item:
    facts: dict[str, Any] = {
        "id": id,
        "musicbrainz_ids": (),
        "statements": (),
        "retrieved_at": AT,
    }
    return Item(**facts | changes)


# Asking


async def test_items_are_asked_for_together() -> None:
    claims = {
        "P434": [statement(MBID)],
        "P2003": [statement("brydon")],
        "P31": [statement({"id": "Q5"})],
    }
    api = api_with(entities(entity("Q42", claims)))

    found = await wikidata.items(api, ["Q42", "Q43"], since=SINCE)

    item = fact_item(musicbrainz_ids=(MBID,), statements=(("P2003", "brydon"),))
    assert found == {"Q42": item, "Q43": None}
    params = {
        "action": "wbgetentities",
        "ids": "Q42|Q43",
        "props": "claims",
        "format": "json",
        "maxlag": 5,
    }
    assert api.asked == [("", params)]
    assert api.sinces == [SINCE]


async def test_no_request_asks_for_more_than_fifty_items() -> None:
    api = api_with(entities())

    await wikidata.items(api, [f"Q{n}" for n in range(1, 121)])

    assert [params["ids"].count("|") + 1 for _, params in api.asked] == [50, 50, 20]


async def test_one_id_that_is_none_does_not_spoil_the_others() -> None:
    api = api_with(entities(entity("Q42")))

    found = await wikidata.items(api, ["Q42", "Q0", "P434", "", "Q1|Q2"])

    assert found == {"Q42": fact_item()} | dict.fromkeys(["Q0", "P434", "", "Q1|Q2"])
    assert api.asked[0][1]["ids"] == "Q42"


async def test_a_missing_item_is_none() -> None:
    api = api_with(entities({"id": "Q42", "missing": ""}))

    assert await wikidata.items(api, ["Q42"]) == {"Q42": None}


async def test_a_merged_item_answers_for_the_id_that_was_asked_for() -> None:
    redirects = {"from": "Q1", "to": "Q42"}
    api = api_with(entities(entity("Q7"), Q1=entity("Q42", redirects=redirects)))

    assert await wikidata.items(api, ["Q1", "Q7"]) == {"Q1": fact_item(), "Q7": fact_item("Q7")}


async def test_a_merged_item_under_its_new_id_names_the_old_one() -> None:
    redirects = {"from": "Q1", "to": "Q42"}
    api = api_with(entities(entity("Q42", redirects=redirects), entity("Q43", redirects=None)))

    assert await wikidata.items(api, ["Q1", "Q2"]) == {"Q1": fact_item(), "Q2": fact_item("Q43")}


async def test_merged_items_that_cannot_be_told_apart_are_left_out() -> None:
    api = api_with(entities(entity("Q42"), entity("Q43")))

    assert await wikidata.items(api, ["Q1", "Q2"]) == {"Q1": None, "Q2": None}


async def test_an_old_and_a_new_id_of_one_item_are_both_answered() -> None:
    one = entity("Q42", redirects={"from": "Q1", "to": "Q42"})
    api = api_with(entities(entity("Q42"), Q1=one))

    assert await wikidata.items(api, ["Q1", "Q42"]) == {"Q1": fact_item(), "Q42": fact_item()}


async def test_empty_maps_written_as_lists_are_empty() -> None:
    api = api_with(entities(entity("Q42", [])))

    assert await wikidata.items(api, ["Q42"]) == {"Q42": fact_item()}


ERRORS: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "maxlag": ({"code": "maxlag", "info": "Waiting for a server: 6 seconds lagged"}, Busy),
    "rate limit": ({"code": "ratelimited"}, Busy),
    "their fault": ({"code": "internal_api_error_DBQueryError"}, Unavailable),
    "read only": ({"code": "readonly", "info": "maintenance"}, Unavailable),
    "our fault": ({"code": "param-missing", "info": "ids"}, Rejected),
}


@pytest.mark.parametrize(("error", "expected"), ERRORS.values(), ids=ERRORS)
async def test_errors_come_with_status_200(
    error: dict[str, Any], expected: type[Exception]
) -> None:
    api = api_with({"error": error, "servedby": "mw1"})

    with pytest.raises(expected):
        await wikidata.items(api, ["Q42"])
    with pytest.raises(expected):
        await wikidata.items_by_mbid(api, [MBID])


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"entities": 1, "query": 1}', b"{}"])
async def test_what_is_no_answer_is_malformed(body: bytes) -> None:
    api = api_with(body)

    with pytest.raises(Malformed):
        await wikidata.items(api, ["Q42"])
    with pytest.raises(Malformed):
        await wikidata.items_by_mbid(api, [MBID])


def searching(hits: list[str], *items: dict[str, Any]) -> FakeApi:
    def reply(path: str, params: dict[str, Any]) -> dict[str, Any]:
        if params["action"] == "query":
            return {"query": {"searchinfo": {}, "search": [{"ns": 0, "title": q} for q in hits]}}
        return entities(*items)

    return FakeApi(SOURCE, reply)


async def by_mbid(
    api: FakeApi, *mbids: str, since: datetime | None = None
) -> dict[str, str | None]:
    found = await wikidata.items_by_mbid(api, mbids, since=since)
    return {mbid: one.id if one else None for mbid, one in found.items()}


async def test_an_item_found_by_search_counts_only_if_it_states_that_very_id() -> None:
    api = searching(
        ["Q42", "Q43", "Property:P434"],
        entity("Q42", {"P434": [statement(MBID)]}),
        entity("Q43", {"P434": [statement(OTHER.upper())]}),
    )

    assert await by_mbid(api, MBID, OTHER, since=SINCE) == {
        MBID: "Q42",
        OTHER: None,
    }
    params = {
        "action": "query",
        "list": "search",
        "srsearch": f"haswbstatement:P434={MBID}|P434={OTHER}",
        "srlimit": 50,
        "srprop": "",
        "format": "json",
        "maxlag": 5,
    }
    assert api.asked[0] == ("", params)
    assert [params["action"] for _, params in api.asked] == ["query", "wbgetentities"]


async def test_of_two_items_that_state_an_id_none_is_taken() -> None:
    api = searching(
        ["Q100", "Q99"],
        entity("Q100", {"P434": [statement(MBID)]}),
        entity("Q99", {"P434": [statement(MBID), statement(OTHER)]}),
    )

    assert await by_mbid(api, MBID, OTHER) == {MBID: None, OTHER: "Q99"}


async def test_an_item_found_under_its_old_id_too_is_one_item() -> None:
    claims = {"P434": [statement(MBID), statement(MBID)]}
    old = entity("Q99", claims, redirects={"from": "Q100", "to": "Q99"})

    def reply(path: str, params: dict[str, Any]) -> dict[str, Any]:
        if params["action"] == "query":
            return {"query": {"search": [{"title": "Q100"}, {"title": "Q99"}]}}
        return entities(entity("Q99", claims), Q100=old)

    assert await by_mbid(FakeApi(SOURCE, reply), MBID) == {MBID: "Q99"}


async def test_no_search_is_longer_than_the_search_allows() -> None:
    api = searching([])
    mbids = [f"{n:08d}-0000-4000-8000-000000000000" for n in range(20)]

    assert await by_mbid(api, *mbids) == dict.fromkeys(mbids)
    assert max(len(params["srsearch"]) for _, params in api.asked) <= 300
    assert len(api.asked) == 4


# Statements

PREFERRED, DEPRECATED = "preferred", "deprecated"
STATEMENTS: dict[str, tuple[list[Any], tuple[str, ...]]] = {
    "normal": ([statement("a"), statement("b")], ("a", "b")),
    "preferred ones shut out normal ones": (
        [statement("a"), statement("b", PREFERRED), statement("c", PREFERRED)],
        ("b", "c"),
    ),
    "deprecated": ([statement("a", DEPRECATED)], ()),
    "unknown and none": ([without_value("somevalue"), without_value("novalue")], ()),
    "an item as value": ([statement({"id": "Q5"})], ()),
    "an empty value": ([statement("")], ()),
    "null": ([None, statement("a")], ("a",)),
    "ended": ([statement("a", **ending("+2015-08-24T00:00:00Z"))], ()),
    "ended in some year": ([statement("a", **ending("+2015-00-00T00:00:00Z"))], ()),
    "ended in antiquity": ([statement("a", **ending("-0044-03-15T00:00:00Z"))], ()),
    "ended, nobody knows when": ([statement("a", **ending(None, "somevalue"))], ()),
    "has no end": ([statement("a", **ending(None, "novalue"))], ("a",)),
    "ends today": ([statement("a", **ending("+2026-11-24T00:00:00Z"))], ("a",)),
    "ends this year": ([statement("a", **ending("+2026-00-00T00:00:00Z"))], ("a",)),
    "ends this month": ([statement("a", **ending("+2026-11-00T00:00:00Z"))], ("a",)),
    "will end": ([statement("a", **ending("+2031-01-01T00:00:00Z"))], ("a",)),
    "qualifiers as an empty list": ([statement("a", qualifiers=[])], ("a",)),
    "the preferred one has ended": (
        [statement("a"), statement("b", PREFERRED, **ending("+2015-00-00T00:00:00Z"))],
        (),
    ),
}


@pytest.mark.parametrize(("stated", "expected"), STATEMENTS.values(), ids=STATEMENTS)
async def test_statements_in_force(stated: list[Any], expected: tuple[str, ...]) -> None:
    api = api_with(entities(entity("Q42", {"P2003": stated})))

    found = (await wikidata.items(api, ["Q42"]))["Q42"]

    assert found == fact_item(statements=tuple(("P2003", value) for value in expected))


async def test_every_id_that_is_not_deprecated_verifies_a_person() -> None:
    """The Beatles have two, one preferred: both are them."""
    stated = [statement(MBID, PREFERRED), statement(OTHER), statement("x", DEPRECATED)]
    api = api_with(entities(entity("Q1299", {"P434": stated})))

    found = (await wikidata.items(api, ["Q1299"]))["Q1299"]

    assert found == fact_item("Q1299", musicbrainz_ids=(MBID, OTHER))


def test_profiles_are_the_places_where_somebody_can_be_followed() -> None:
    item = fact_item(
        musicbrainz_ids=(MBID,),
        statements=(
            ("P856", "http://brydon.example/"),
            ("P2003", "brydon"),
            ("P2002", "@brydon"),
            ("P2002", "Brydon"),
            ("P2003", "not a handle"),
        ),
    )

    def fact(network: str, handle: str | None, url: str) -> Profile:
        return Profile(
            source="wikidata",
            retrieved_at=AT,
            producer_id=MBID,
            network=network,
            handle=handle,
            url=url,
            source_url="https://wikidata.example/wiki/Q42",
        )

    assert wikidata.profiles(item, MBID, "https://wikidata.example") == (
        fact("website", None, "https://brydon.example/"),
        fact("instagram", "brydon", "https://www.instagram.com/brydon/"),
        fact("x", "brydon", "https://x.com/brydon"),
    )


@pytest.mark.parametrize("name", ["P434", "P1953", "P2373", "P345", "P1728"])
async def test_identifiers_in_databases_are_no_profiles(name: str) -> None:
    api = api_with(entities(entity("Q42", {name: [statement("1")]})))

    found = (await wikidata.items(api, ["Q42"]))["Q42"]

    assert found is not None
    assert found.statements == ()
