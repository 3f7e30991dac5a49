"""The twin of Wikidata answers with 200 whatever happens, and follows merges."""

from __future__ import annotations

from typing import Any

import pytest

from linernotes.sandbox.world import Item, Statement, World

TOO_MANY = "|".join(f"Q{n}" for n in range(1, 52))
MBID = "5a4db0c5-0001-4000-8000-000000000001"


def world() -> World:
    world = World()
    world.items["Q9000000001"] = Item(
        "Q9000000001",
        "Blimmo",
        (
            Statement("P31", "Q5"),
            Statement("P434", MBID, "deprecated"),
            Statement("P2003", "lnexample", "preferred"),
            Statement("P2002", "lnexample", ended="2019-05"),
            Statement("P856", "https://lnexample.example/"),
            Statement("P2013", None),
        ),
    )
    world.items["Q9000000002"] = Item("Q9000000002", "Nobody")
    world.item_redirects["Q8000000001"] = "Q9000000001"
    return world


@pytest.fixture
def caller(call: Any) -> Any:
    return call(world())


def test_who_cannot_be_reached_is_refused_at_the_door(caller: Any) -> None:
    refused = caller.http.get(
        "/wikidata/w/api.php?action=wbgetentities&ids=Q1&format=json",
        headers={"User-Agent": "Linernotes/0.1"},
    )

    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"action": "wbgetentities"}, "param-missing"),
        ({"action": "wbgetentities", "ids": "nonsense"}, "no-such-entity"),
        ({"action": "wbgetentities", "ids": TOO_MANY}, "toomanyvalues"),
        ({"action": "wbgetentities", "ids": "Q1", "props": "claim"}, "badvalue"),
        ({"action": "wbgetentities", "id": "Q1"}, "badparam"),
        ({"action": "nonsense"}, "badvalue"),
        ({"action": "query", "list": "search", "srsearch": "x" * 301},
         "cirrussearch-query-too-long"),
    ],
)  # fmt: skip
def test_an_error_comes_with_200(caller: Any, params: dict[str, str], code: str) -> None:
    answer = caller.wikidata(**params)

    assert (answer.status_code, answer.json()["error"]["code"]) == (200, code)


@pytest.mark.parametrize(
    ("under_target", "key", "more"),
    [
        (False, "Q8000000001", {"redirects": {"from": "Q8000000001", "to": "Q9000000001"}}),
        (True, "Q9000000001", {}),
    ],
)
def test_a_merged_entity_has_its_new_id_under_either_key(
    call: Any, under_target: bool, key: str, more: dict[str, Any]
) -> None:
    caller = call(world(), merged_under_target=under_target)

    body = caller.wikidata(action="wbgetentities", ids="Q8000000001|Q7", props="labels").json()

    labels = {"en": {"language": "en", "value": "Blimmo"}}
    assert body == {
        "entities": {
            key: {"type": "item", "id": "Q9000000001", "labels": labels, **more},
            "Q7": {"id": "Q7", "missing": ""},
        },
        "success": 1,
    }


def test_statements_carry_rank_end_and_a_value_if_there_is_one(caller: Any) -> None:
    body = caller.wikidata(action="wbgetentities", ids="Q9000000001", props="claims", maxlag=5)
    claims = body.json()["entities"]["Q9000000001"]["claims"]

    assert claims["P31"][0]["mainsnak"]["datavalue"] == {
        "value": {"entity-type": "item", "numeric-id": 5, "id": "Q5"},
        "type": "wikibase-entityid",
    }
    assert claims["P2003"][0]["rank"] == "preferred"
    assert claims["P434"][0]["rank"] == "deprecated"
    assert claims["P856"][0]["mainsnak"]["datatype"] == "url"
    assert "datavalue" not in claims["P2013"][0]["mainsnak"]
    end = claims["P2002"][0]["qualifiers"]["P582"][0]["datavalue"]["value"]
    assert (end["time"], end["precision"]) == ("+2019-05-00T00:00:00Z", 10)


def test_an_empty_map_is_a_list(caller: Any) -> None:
    body = caller.wikidata(action="wbgetentities", ids="Q9000000002", props="claims|aliases").json()

    assert body["entities"]["Q9000000002"]["claims"] == []


def test_the_search_ignores_case_and_rank(caller: Any) -> None:
    search = f"haswbstatement:P434=none|P434={MBID.upper()}"
    body = caller.wikidata(action="query", list="search", srsearch=search, srlimit=5).json()

    assert body["query"]["searchinfo"] == {"totalhits": 1}
    assert [hit["title"] for hit in body["query"]["search"]] == ["Q9000000001"]
