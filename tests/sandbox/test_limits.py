"""The documented rates, enforced."""

from __future__ import annotations

from typing import Any

from linernotes.sandbox import small_world
from linernotes.sandbox.limits import Average, Window

RELEASE = "/release/5a4db0c5-0002-4000-8000-000000000001"


def test_one_call_a_second_is_never_refused_even_with_jitter() -> None:
    limit = Average()
    times = [second + (0.4 if second % 2 else 0.0) for second in range(100)]

    assert [limit.wait("a", time) for time in times] == [0.0] * 100


def test_whoever_is_too_fast_is_refused_until_they_have_been_quiet() -> None:
    limit = Average()

    assert [limit.wait("a", 0.0) > 0 for _ in range(6)] == [False, False, True, True, True, True]
    assert limit.wait("a", 1.0) > 0
    assert limit.wait("a", 8.0) == 0.0


def test_one_caller_does_not_slow_another() -> None:
    limit = Average()
    for _ in range(5):
        limit.wait("a", 0.0)

    assert limit.wait("b", 0.0) == 0.0


def test_the_wait_that_is_announced_is_enough() -> None:
    limit = Average()
    waits = [limit.wait("a", 0.0) for _ in range(8)]

    assert limit.wait("a", waits[-1]) == 0.0


def test_a_window_lets_calls_pass_again_as_the_oldest_leave_it() -> None:
    limit = Window(2, 30.0)

    assert [limit.wait("a", time) for time in (0.0, 10.0, 20.0, 30.0)] == [0.0, 0.0, 10.0, 0.0]


def test_musicbrainz_refuses_with_503_and_says_how_long(call: Any) -> None:
    caller = call(small_world(), limits=True, clock=lambda: 0.0)

    statuses = [caller.brainz(RELEASE).status_code for _ in range(3)]
    refused = caller.brainz(RELEASE)

    assert statuses == [200, 200, 503]
    assert refused.json()["error"].startswith("Your requests are exceeding the allowable rate")
    assert int(refused.headers["Retry-After"]) >= 1


def test_the_other_services_are_not_concerned(call: Any) -> None:
    caller = call(small_world(), limits=True, clock=lambda: 0.0)
    for _ in range(5):
        caller.brainz(RELEASE)

    assert caller.wikidata(action="wbgetentities", ids="Q1").status_code == 200
    assert caller.spotify("/artists/3TVXtAsR1Inumwj472S9r4").status_code == 200


def test_wikidata_refuses_the_201st_call_of_a_minute(call: Any) -> None:
    caller = call(small_world(), limits=True, clock=lambda: 0.0)

    statuses = [caller.wikidata(action="wbgetentities", ids="Q1").status_code for _ in range(201)]

    assert statuses == [200] * 200 + [429]


def test_spotify_refuses_with_429(call: Any) -> None:
    caller = call(small_world(), limits=True, clock=lambda: 0.0)

    answers = [caller.spotify("/artists/3TVXtAsR1Inumwj472S9r4") for _ in range(151)]

    assert answers[149].status_code == 200
    assert (answers[150].status_code, answers[150].headers["Retry-After"]) == (429, "30")
    assert answers[150].json()["error"]["message"] == "API rate limit exceeded"


def test_time_can_be_made_to_pass_faster(call: Any) -> None:
    now = [0.0]
    caller = call(small_world(), limits=True, clock=lambda: now[0], speed=100)
    for _ in range(4):
        caller.brainz(RELEASE)

    now[0] = 0.1

    assert caller.brainz(RELEASE).status_code == 200
