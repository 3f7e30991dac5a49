"""One source is closed, and all that others can do is done, told and kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.cli.conftest import Live
from tests.cli.programs import run

from linernotes.db import embedded
from linernotes.sandbox.faults import QuotaExceeded, premium_needed
from linernotes.sources.spotify_account import LAPSED
from linernotes.tokens import KEY

HOURS_14 = 50_400
OPEN = "select queue, count(*) from linernotes.question where state = 'open' group by queue"
REFUSALS = "select refused, requests from linernotes.budget where source = 'spotify'"


def rows(dsn: str, statement: str) -> list[Any]:
    with psycopg.connect(dsn, autocommit=True) as conn:
        return conn.execute(statement.encode()).fetchall()


def musicbrainz_banned(request: Request) -> Response | None:
    if not request.url.path.startswith("/musicbrainz/"):
        return None
    return JSONResponse({"error": "too fast"}, 503, {"Retry-After": str(HOURS_14)})


def test_while_spotify_is_closed_the_others_work_to_their_end(
    tmp_path: Path, live: Live, empty_dsn: str
) -> None:
    """MusicBrainz is slower, so that it has most of its work before it when the ban comes."""
    quota, asked = QuotaExceeded(calls=10), []

    def counted(request: Request) -> Response | None:
        refused = quota(request)
        asked.append((request.url.path.split("/")[1], refused is not None))
        return refused

    with live(counted) as more:
        slow = {**more, "LINERNOTES_MUSICBRAINZ_REQUESTS_PER_SECOND": "20"}
        ended = run(tmp_path, "discover", "Drake", "--json", **slow)

    found = json.loads(ended.out)
    after = [source for source, _ in asked[asked.index(("spotify", True)) :]]
    assert ended.code == 3
    assert after.count("musicbrainz") > 10
    assert after.count("wikidata") > 0
    assert {queue for queue, _ in rows(empty_dsn, OPEN)} == {"track_discovery"}
    assert [(one["source"], one["open"]) for one in found["waiting"]] == [
        ("spotify", sum(number for _, number in rows(empty_dsn, OPEN)))
    ]
    assert found["coverage"]["musicbrainz"]["credited"] > 0
    assert len(found["producers"]) > 0


def test_while_musicbrainz_is_closed_spotify_is_read_to_its_end(
    tmp_path: Path, live: Live, empty_dsn: str
) -> None:
    with live(musicbrainz_banned) as more:
        ended = run(tmp_path, "discover", "Drake", "--json", **more)
        status = run(tmp_path, "status", **more)

    found = json.loads(ended.out)
    coverage = found["coverage"]["musicbrainz"]
    (waiting,) = found["waiting"]
    assert ended.code == 3
    assert (coverage["albums"], coverage["albums_read"], coverage["refused"]) == (8, 8, 20)
    assert {queue for queue, _ in rows(empty_dsn, OPEN)} == {"track_discovery_musicbrainz"}
    assert (waiting["source"], waiting["open"]) == ("musicbrainz", 8)
    assert waiting["seconds"] == pytest.approx(HOURS_14, abs=60)
    assert "\nMusicBrainz: 8 albums wait until " in status.out
    assert "nobody is at work" not in status.out
    assert re.search(
        r"^        waiting for MusicBrainz until .+; if nobody goes on then:"
        r" (\S+ -m )?linernotes discover Drake$",
        status.out,
        re.MULTILINE,
    )


def test_a_ban_outlives_the_embedded_server(data: Path, live: Live) -> None:
    quota = QuotaExceeded(calls=10)
    with live(quota) as more:
        own = {name: value for name, value in more.items() if name != "DATABASE_URL"}
        first = run(data, "discover", "Drake", "--json", **own)
        seen = quota.seen
        embedded.stop(data / "live")
        second = run(data, "discover", "Drake", "--json", **own)

    before, after = (json.loads(one.out)["waiting"] for one in (first, second))
    assert (first.code, second.code) == (3, 3)
    assert quota.seen == seen
    assert [one["until"] for one in after] == [one["until"] for one in before]
    assert [one["open"] for one in after] == [one["open"] for one in before]


# ---- refused


def closed_key(request: Request) -> Response | None:
    """The accounts service does not know this key."""
    if not request.url.path.endswith("/api/token"):
        return None
    problem = {"error": "invalid_client", "error_description": "Invalid client"}
    return JSONResponse(problem, 400)


HINT = "hint: see developer.spotify.com/dashboard; when it is mended, run it again; nothing is lost"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (
            premium_needed,
            f"{LAPSED} (Active premium subscription required for the owner of the app.)",
        ),
        (
            closed_key,
            f"{KEY} was refused: Invalid client",
        ),
    ],
    ids=["a lapsed account", "a refused key"],
)
def test_who_is_refused_is_told_why_and_goes_on_when_it_is_mended(
    tmp_path: Path,
    live: Live,
    empty_dsn: str,
    fault: Callable[[Request], Response | None],
    reason: str,
) -> None:
    with live(fault) as more:
        ended = run(tmp_path, "discover", "Drake", **more)
        status = run(tmp_path, "status", **more)
        stored = rows(empty_dsn, REFUSALS)
    with live() as more:
        mended = run(tmp_path, "discover", "Drake", **more)

    assert (ended.code, mended.code) == (4, 0)
    assert ended.err.splitlines()[-2:] == [f"error: spotify: {reason}", HINT]
    assert f"\nSpotify: 1 artist waits: it refused us ({reason}); " in status.out
    assert stored[0][0] is True
    assert "albums read 8 of 8" in mended.err


def test_a_call_that_is_gone_is_a_dead_letter_and_closes_nothing(
    tmp_path: Path, live: Live, empty_dsn: str
) -> None:
    gone = "/spotify/v1/albums/SandboxAlbum0000000001"

    def removed(request: Request) -> Response | None:
        if request.url.path != gone:
            return None
        return JSONResponse({"error": {"status": 403, "message": "Forbidden"}}, 403)

    with live(removed) as more:
        ended = run(tmp_path, "discover", "Drake", **more)
        letters = run(tmp_path, "dead-letters", "--json", **more)
        closed = rows(empty_dsn, "select source from linernotes.budget where closed_until > now()")
    with live() as more:
        retried = run(tmp_path, "retry", **more)
        mended = run(tmp_path, "discover", "Drake", **more)

    (letter,) = json.loads(letters.out)["dead_letters"]
    assert (ended.code, retried.code, mended.code) == (3, 0, 0)
    assert (letter["tries"], letter["error"]) == (
        5,
        "spotify: does not offer /albums/SandboxAlbum0000000001 to this account",
    )
    assert closed == []
    assert "albums read 7 of 8" in ended.err
    assert "albums read 8 of 8" in mended.err
