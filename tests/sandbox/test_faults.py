"""How the services misbehave: in ways that pass, and in ways that need a person."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from linernotes.sandbox import small_world
from linernotes.sandbox.faults import (
    Faults,
    QuotaExceeded,
    each,
    endless_pages,
    null_items,
    premium_needed,
    unexplained_400,
    wrong_totals,
)

RELEASES = [f"/release/5a4db0c5-0002-4000-8000-{n:012x}" for n in range(1, 41)]


def statuses(caller: Any, paths: list[str]) -> list[int]:
    return [caller.brainz(path).status_code for path in paths]


def test_the_same_seed_misbehaves_alike_in_any_order(call: Any) -> None:
    forward = statuses(call(small_world(), faults=Faults(7, 0.5)), RELEASES)
    backward = statuses(call(small_world(), faults=Faults(7, 0.5)), RELEASES[::-1])
    another = statuses(call(small_world(), faults=Faults(8, 0.5)), RELEASES)

    assert forward == backward[::-1] != another
    assert {200, 503} < set(forward)


def test_whoever_asks_often_enough_gets_every_answer(call: Any) -> None:
    caller = call(small_world(), faults=Faults(1, rate=1.0, in_a_row=2))

    answers = [caller.brainz(RELEASES[0]) for _ in range(3)]

    assert "title" not in answers[0].text
    assert answers[2].json()["title"]


def test_a_fault_is_counted_as_a_request(call: Any) -> None:
    caller = call(small_world(), faults=Faults(1, rate=1.0))
    caller.brainz(RELEASES[0])

    assert caller.http.get("/_requests").json()["total"] == 1


def test_a_fault_may_take_its_time(call: Any) -> None:
    async def slow(request: Request) -> Response | None:
        return PlainTextResponse("late", 504)

    assert call(small_world(), faults=slow).brainz(RELEASES[0]).status_code == 504


def test_the_quota_of_spotify_runs_out_for_most_of_a_day(call: Any) -> None:
    caller = call(small_world(), faults=QuotaExceeded(calls=2))

    answers = [caller.spotify("/artists/3TVXtAsR1Inumwj472S9r4") for _ in range(3)]

    assert [a.status_code for a in answers] == [200, 200, 429]
    assert answers[2].json()["error"]["reason"] == "QUOTA_EXCEEDED"
    assert answers[2].headers["Retry-After"] == "48925"
    assert caller.brainz(RELEASES[0]).status_code == 200


def test_refusals_without_json(call: Any) -> None:
    without_premium = call(small_world(), faults=premium_needed)
    small_pages = call(small_world(), faults=each(unexplained_400))
    path = "/artists/3TVXtAsR1Inumwj472S9r4/albums"

    refused = without_premium.spotify(path, market="US")
    too_long = small_pages.spotify(path, market="US", limit=10)

    assert (refused.status_code, refused.headers["content-type"][:10]) == (403, "text/plain")
    assert (too_long.status_code, too_long.text) == (400, "")
    assert small_pages.spotify(path, market="US", limit=5).status_code == 200


def test_pages_without_end_without_items_and_with_a_wrong_count(call: Any) -> None:
    path = "/artists/3TVXtAsR1Inumwj472S9r4/albums"
    asked = {"market": "US", "limit": 10, "include_groups": "album", "offset": 10}

    beyond = call(small_world(), twist=endless_pages).spotify(path, **asked).json()
    counted = call(small_world(), twist=wrong_totals).spotify(path, **asked).json()
    emptied = call(small_world(), twist=null_items).spotify(path, **asked | {"offset": 0}).json()

    assert (beyond["items"], beyond["next"]) == ([], beyond["href"])
    assert counted["total"] == 1008
    assert emptied["items"][0] is None
    assert len(emptied["items"]) == 9


def test_a_twist_leaves_other_services_and_refusals_alone(call: Any) -> None:
    caller = call(small_world(), twist=endless_pages)

    assert caller.brainz(RELEASES[0]).status_code == 200
    assert caller.spotify("/artists/short").json()["error"]["message"] == "invalid id"
