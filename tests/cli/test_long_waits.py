"""A source that says "in 14 hours": kept, told, waited for, and asked once when it is over."""

from __future__ import annotations

import json
import re
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from tests.cli.conftest import Live
from tests.cli.programs import run
from tests.processes import environment, started, until

from linernotes.sandbox import Served, serve, small_world
from linernotes.sandbox.faults import QuotaExceeded

WORLD = small_world()
ARTIST = max(WORLD.listings, key=lambda one: sum(map(len, WORLD.listings[one].values())))
DEADLINE_OVER = """
update linernotes.budget set closed_until = clock_timestamp(), next_at = clock_timestamp()
where source = 'spotify'
"""


def rows(dsn: str, statement: str) -> list[Any]:
    with psycopg.connect(dsn, autocommit=True) as conn:
        return conn.execute(statement.encode()).fetchall()


def execute(dsn: str, statement: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(statement.encode())


def is_closed(dsn: str) -> bool:
    statement = "select from linernotes.budget where closed_until > clock_timestamp()"
    return bool(rows(dsn, statement))


def without_time_left(line: str) -> str:
    return re.sub(r", for 1[34] h \d+ min", "", line)


def test_in_mid_run_what_is_there_is_printed_and_the_next_run_does_not_ask(
    tmp_path: Path, live: Live
) -> None:
    quota = QuotaExceeded(calls=10)
    with live(quota) as more:
        ended = run(tmp_path, "discover", "Drake", **more)
        asked = quota.seen
        again = run(tmp_path, "discover", "Drake", "--json", **more)
        status = run(tmp_path, "status", **more)
        as_json = json.loads(run(tmp_path, "status", "--json", **more).out)
        work = run(tmp_path, "work", "--until-empty", "-v", **more)

    found = json.loads(again.out)
    (waiting,) = found["waiting"]
    assert (ended.code, again.code, status.code) == (3, 3, 0)
    assert len(ended.rows) > 0
    assert "\nWaiting: Spotify closed until " in ended.err
    assert ", for 13 h " in ended.err
    assert re.search(r"^Waiting: Spotify .*: \d+ albums?\.$", ended.err, re.MULTILINE)
    assert found["outcome"] == "in part"
    assert {one["stage"]: one["open"] for one in found["stages"]}["profiles"] == 0
    assert waiting["source"] == "spotify"
    assert waiting["seconds"] == pytest.approx(quota.retry_after_seconds, abs=60)
    assert waiting["open"] > 0
    assert work.code == 3
    (left,) = re.findall(r"^Waiting: Spotify .*\.$", ended.err, re.MULTILINE)
    kept = re.findall(r"^Waiting: Spotify .*\.$", work.err, re.MULTILINE)
    assert [without_time_left(one) for one in kept] == [without_time_left(left)]
    assert work.err.count("\nwaiting: Spotify closed until ") == 1
    assert work.err.count("event=lane.waits queue=track_discovery ") == 1
    assert quota.seen == asked
    number, albums = waiting["open"], "album waits" if waiting["open"] == 1 else "albums wait"
    assert re.search(
        rf"^Spotify: {number} {albums} until [^(]+ \(13 h \d+ min\): answered 429 to /albums/\w+; ",
        status.out,
        re.MULTILINE,
    )
    (told,) = as_json["discoveries"][0]["waiting"]
    assert {**told, "seconds": None} == {**waiting, "seconds": None}
    sources = {one["source"]: one for one in as_json["sources"]}
    assert sources["spotify"]["open"] == number
    assert sources["spotify"]["seconds"] == pytest.approx(told["seconds"], abs=5)
    assert (sources["musicbrainz"]["open"], sources["musicbrainz"]["seconds"]) == (0, None)


def test_each_deadline_is_one_request_over_all_workers_and_then_it_starts_gently(
    dsn: str,
) -> None:
    quota = QuotaExceeded(calls=3)
    with serve(WORLD, limits=False, faults=quota) as sandbox:
        where = {
            **environment(dsn, sandbox),
            "LINERNOTES_SPOTIFY_REQUESTS_PER_SECOND": "5",
        }
        execute(
            dsn,
            f"select pgmq.send('artist_discovery', jsonb_build_object('artistId', '{ARTIST}'), 0)",
        )
        with started(3, where) as workers:
            for one in workers:
                one.tell("work")
            until(lambda: is_closed(dsn), seconds=20)
            seen = []
            for _ in range(2):
                time.sleep(1.5)  # for what should not come
                seen.append(quota.seen)
                execute(dsn, DEADLINE_OVER)
                until(lambda: quota.seen > seen[-1] and is_closed(dsn), seconds=20)
            time.sleep(1.5)
            seen.append(quota.seen)
            quota.calls = 1_000_000
            before = len(sandbox.requests)
            execute(dsn, DEADLINE_OVER)
            until(lambda: len(spotify_times(sandbox, before)) > 4, seconds=30)
        times = spotify_times(sandbox, before)[:4]

    assert [after - first for first, after in pairwise(seen)] == [1, 1]
    assert all(after - first > 0.1 for first, after in pairwise(times))
    assert rows(dsn, "select from linernotes.question where failures > 0") == []


def spotify_times(sandbox: Served, before: int) -> list[float]:
    return [one.at for one in sandbox.requests[before:] if one.source == "spotify"]


def with_time(request: Request) -> Response:
    return JSONResponse({"error": "too fast"}, 503, {"Retry-After": "2"})


def without_time(request: Request) -> Response:
    return HTMLResponse("<html><body><h1>503 Service Unavailable</h1></body></html>", 503)


@pytest.mark.parametrize("answer", [with_time, without_time])
def test_a_503_of_musicbrainz_holds_its_lanes_and_counts_no_failure(dsn: str, answer: Any) -> None:
    refused: list[float] = []

    def once(request: Request) -> Response | None:
        if not request.url.path.startswith("/musicbrainz/"):
            return None
        if not refused:
            refused.append(time.monotonic())
            return answer(request)  # type: ignore[no-any-return]
        return None

    producers = sorted(WORLD.contributors)[:8]
    with serve(WORLD, limits=False, faults=once) as sandbox:
        where = {
            **environment(dsn, sandbox),
            # In a row, so that none is on its way already when the first is refused.
            "LINERNOTES_MUSICBRAINZ_REQUESTS_PER_SECOND": "4",
        }
        execute(dsn, ask_for(producers))
        with started(2, where) as workers:
            for one in workers:
                one.tell("work")
            until(lambda: is_answered(dsn, len(producers)), seconds=30)
        times = [one.at for one in sandbox.requests if one.source == "musicbrainz"]

    assert times[1] - times[0] > 1.9
    assert len(times) == len(producers) + 1
    assert rows(dsn, "select from linernotes.question where failures > 0") == []
    assert rows(dsn, "select from queue_metrics where status = 'error'") == []


def ask_for(producers: list[str]) -> str:
    values = ", ".join(f"('{one}')" for one in producers)
    return f"""
        with asked as (
            insert into linernotes.question (queue, key, body)
            select 'social_enrichment', p.id,
                jsonb_build_object('source', 'musicbrainz', 'producer_id', p.id)
            from (values {values}) as p(id)
            returning id, body
        )
        select pgmq.send('social_enrichment',
            body || jsonb_build_object('question', id, 'generation', 1), 0)
        from asked
    """


def is_answered(dsn: str, number: int) -> bool:
    statement = (
        "select count(*) from linernotes.question"
        " where queue = 'social_enrichment' and state = 'answered'"
    )
    return bool(rows(dsn, statement)[0][0] == number)
