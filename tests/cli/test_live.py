"""Live runs that meet closed doors, wrong keys, broken answers and databases of another kind."""

from __future__ import annotations

import itertools
import json
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.cli.conftest import Live
from tests.cli.programs import Ended, run, start

from linernotes import sandbox
from linernotes.db import embedded
from linernotes.tokens import KEY

DRAKE = "3TVXtAsR1Inumwj472S9r4"


def test_a_live_run_says_nothing_of_a_sandbox(tmp_path: Path, live: Live) -> None:
    with live() as more:
        ended = run(tmp_path, "discover", "Drake", "--json", **more)

    found = json.loads(ended.out)
    assert ended.code == 0
    assert found["sandbox"] is False
    assert {row["sandbox"] for row in found["producers"]} == {False}
    assert "sandbox" not in ended.err.lower()


def test_a_source_that_is_closed_for_long_is_3_and_says_until_when(
    tmp_path: Path, live: Live
) -> None:
    def closed(request: Request) -> Response | None:
        if "/albums/" not in request.url.path:
            return None
        return JSONResponse({"error": {"status": 429}}, 429, {"Retry-After": "3600"})

    with live(closed) as more:
        ended = run(tmp_path, "discover", "Drake", **more)
        read = run(tmp_path, "producers", "--artist", "Drake", **more)
    with live() as more:
        again = run(tmp_path, "discover", "Drake", **more)

    assert ended.code == again.code == 3
    assert len(ended.out.splitlines()) == 1
    for words in (
        "Waiting: Spotify closed until ",
        "No producer is known yet: ",
        " refused; albums read 0 of 8.",
        " refused: Spotify closed until ",
        "Next: linernotes discover Drake",
    ):
        assert words in ended.err
    assert "0 producers" not in ended.err
    assert "albums read 0 of 8" in read.err


def test_a_dead_letter_is_3_and_retry_brings_it_back(tmp_path: Path, live: Live) -> None:
    spoilt = "/spotify/v1/albums/SandboxAlbum0000000001"

    def rejecting(request: Request) -> Response | None:
        if request.url.path != spoilt:
            return None
        return JSONResponse({"error": {"status": 400, "message": "not today"}}, 400)

    with live(rejecting) as more:
        ended = run(tmp_path, "discover", "Drake", **more)
        again = run(tmp_path, "discover", "Drake", **more)
        status = run(tmp_path, "status", **more)
        letters = run(tmp_path, "dead-letters", "--json", **more)
    (letter,) = json.loads(letters.out)["dead_letters"]
    with live() as more:
        wrong = run(tmp_path, "retry", "999", **more)
        retried = run(tmp_path, "retry", str(letter["id"]), **more)
        mended = run(tmp_path, "discover", "Drake", **more)
        after = run(tmp_path, "dead-letters", **more)

    assert ended.code == again.code == 3
    assert "Given up on: 1 question; linernotes dead-letters says why." in ended.err
    assert "3 failed; albums read 7 of 8.\n" in ended.err
    assert "not today" in ended.err
    assert "Next: linernotes retry\n" in ended.err
    assert len(ended.rows) > 0
    assert "Dead letters: 1: linernotes dead-letters" in status.out
    assert letter["key"] == f"SandboxAlbum0000000001:{DRAKE}"
    assert "not today" in letter["error"]
    assert wrong.code == 2
    assert retried.out.startswith("track_discovery\t")
    assert mended.code == 0
    assert "albums read 8 of 8" in mended.err
    assert after.rows == []


def test_a_wrong_key_is_4_and_loses_nothing(tmp_path: Path, live: Live) -> None:
    with live() as more:
        refused = run(tmp_path, "discover", "Drake", **{**more, "SPOTIFY_CLIENT_SECRET": "old"})
        as_json = run(
            tmp_path,
            "discover",
            "Drake",
            "--json",
            "-q",
            **{**more, "SPOTIFY_CLIENT_SECRET": "old"},
        )
        mended = run(tmp_path, "discover", "Drake", **more)

    assert (refused.code, as_json.code, mended.code) == (4, 4, 0)
    assert f"error: spotify: {KEY} was refused" in refused.err
    assert "hint: see developer.spotify.com/dashboard; " in refused.err
    assert json.loads(as_json.err)["error"]["code"] == "refused"


def test_namesakes_are_listed_with_what_tells_them_apart(tmp_path: Path, live: Live) -> None:
    """MusicBrainz links to neither of these two, so that nothing settles who is meant."""
    world = sandbox.small_world()
    linked = {link.url for who in world.contributors.values() for link in who.links}
    ids = [
        one
        for one, groups in world.listings.items()
        if groups.get("album") and f"https://open.spotify.com/artist/{one}" not in linked
    ][:2]
    titles = [world.albums[album].name for album in world.listings[ids[0]]["album"]]

    def twins(request: Request) -> Response | None:
        if request.url.path != "/spotify/v1/search":
            return None
        items = [{"id": one, "name": "Twin", "genres": [], "images": []} for one in ids]
        return JSONResponse({"artists": {"items": items, "next": None, "total": 2}})

    with live(twins) as more:
        ended = run(tmp_path, "discover", "Twin", **more)
        as_json = run(tmp_path, "discover", "Twin", "--json", "-q", **more)
        chosen = run(tmp_path, "discover", ids[0], **more)

    assert (ended.code, ended.out) == (2, "")
    for one in ids:
        assert f"  Twin  {one}  " in ended.err
    assert any(title in ended.err for title in titles)
    assert f"hint: linernotes discover {ids[0]}" in ended.err
    assert [one["id"] for one in json.loads(as_json.err)["error"]["candidates"]] == ids
    assert chosen.code == 0


def _search(answer: Response) -> Callable[[Request], Response | None]:
    return lambda request: answer if request.url.path == "/spotify/v1/search" else None


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (JSONResponse({"error": {"status": 400}}, 400), 1, "asking for the artist failed"),
        (
            JSONResponse({"artists": {"items": [], "next": None, "total": 0}}),
            2,
            "is not one artist",
        ),
    ],
    ids=["a dead question", "nobody"],
)
def test_what_ended_without_an_artist_is_asked_again(
    tmp_path: Path, live: Live, answer: Response, code: int, words: str
) -> None:
    with live(_search(answer)) as more:
        ended = run(tmp_path, "discover", "Drake", **more)
        still = run(tmp_path, "discover", "Drake", **more)
    with live() as more:
        again = run(tmp_path, "discover", "Drake", **more)
        letters = run(tmp_path, "dead-letters", **more)

    assert (ended.code, still.code, again.code) == (code, code, 0)
    assert words in ended.err
    assert letters.rows == []


def test_an_artist_without_albums_is_not_called_unasked(tmp_path: Path, live: Live) -> None:
    with live() as more:
        ended = run(tmp_path, "discover", "Lil Wayne", **more)

    assert ended.code == 0
    assert "Spotify lists no albums of Lil Wayne." in ended.err
    assert "not everything" not in ended.err


def test_what_was_withdrawn_does_not_count(tmp_path: Path, live: Live, empty_dsn: str) -> None:
    with live() as more:
        assert run(tmp_path, "discover", "Drake", **more).code == 0
        before = json.loads(run(tmp_path, "status", "--json", **more).out)["totals"]
        with psycopg.connect(empty_dsn, autocommit=True) as conn:
            conn.execute("delete from linernotes.listing")
        after = json.loads(run(tmp_path, "status", "--json", **more).out)["totals"]
        rows = run(tmp_path, "producers", **more).rows
        shown = json.loads(run(tmp_path, "show", "40", "--json", **more).out)

    assert (before["albums"], before["recordings"]) == (8, 20)
    assert before["producers"] > 0
    assert (after["albums"], after["producers"], rows, shown["credits"]) == (0, 0, [], [])


def test_weak_evidence_is_shown_as_such(tmp_path: Path, live: Live, empty_dsn: str) -> None:
    with live() as more:
        assert run(tmp_path, "discover", "Drake", **more).code == 0
        with psycopg.connect(empty_dsn, autocommit=True) as conn:
            conn.execute("update linernotes.track set hints = '{Somebody}' where number = 1")
        ended = run(tmp_path, "discover", "Drake", **more)
        as_json = json.loads(run(tmp_path, "producers", "--artist", "Drake", "--json", **more).out)

    (hint,) = as_json["hints"]
    assert (hint["name"], hint["sandbox"]) == ("Somebody", False)
    assert (
        "Weak evidence, not counted: printed in titles as produced by:"
        f" Somebody ({hint['tracks']} tracks).\n"
    ) in ended.err
    assert "Somebody" not in ended.out


def test_before_anything_was_asked_nothing_is_nought(
    tmp_path: Path, live: Live, empty_dsn: str
) -> None:
    with live() as more:
        assert run(tmp_path, "migrate", **more).code == 0
        found = json.loads(run(tmp_path, "status", "--json", **more).out)["totals"]
        words = run(tmp_path, "status", **more)

    asked = ("artists", "albums", "recordings", "producers", "profiles")
    assert {found[name] for name in asked} == {None}
    assert "select pgmq.drop_queue('album_discovery');" in words.out
    assert "drop schema linernotes cascade;" in words.out


def test_a_killed_run_is_gone_on_with_within_thirty_seconds(tmp_path: Path, live: Live) -> None:
    """As the issue asks for it: kill -9 in the middle, then the same command."""
    counted = itertools.count(1)
    middle = threading.Event()

    def counting(request: Request) -> None:
        if "/musicbrainz/" in request.url.path and next(counted) == 12:
            middle.set()

    with live(counting) as more:
        slow = {**more, "LINERNOTES_MUSICBRAINZ_REQUESTS_PER_SECOND": "5"}
        process = start(tmp_path, "discover", "Drake", **slow)
        try:
            assert middle.wait(30)
        finally:
            process.kill()
            process.communicate()
        killed = time.monotonic()
        status = run(tmp_path, "status", **more)
        again = run(tmp_path, "discover", "Drake", **more)
        seconds = time.monotonic() - killed

    assert process.returncode == -signal.SIGKILL
    assert "Drake: open, asked " in status.out
    assert again.code == 0
    assert "albums=8/8 tracks=20/20 producers=20/20 profiles=72/72" in again.err
    assert seconds < 30


def test_an_answer_in_html_is_tried_again_and_named(tmp_path: Path, live: Live) -> None:
    asked: list[str] = []

    def html_first(request: Request) -> Response | None:
        if request.url.path != f"/spotify/v1/artists/{DRAKE}" or asked:
            return None
        asked.append(request.url.path)
        return Response("<html>Welcome</html>", 200, media_type="text/html")

    with live(html_first) as more:
        ended = run(tmp_path, "discover", DRAKE, "-v", **more)

    assert ended.code == 0
    assert "event=message.failed" in ended.err
    assert "cannot read the answer to" in ended.err


def test_two_at_once_share_the_work(tmp_path: Path, live: Live) -> None:
    with live() as more:
        more |= {"LINERNOTES_MUSICBRAINZ_REQUESTS_PER_SECOND": "30"}
        assert run(tmp_path, "migrate", **more).code == 0
        other = start(tmp_path, "work", **more)
        try:
            assert other.stderr is not None
            assert "working the live queues" in other.stderr.readline()
            ended = run(tmp_path, "discover", "Drake", **more)
        finally:
            other.terminate()
            _, words = other.communicate(timeout=30)

    assert ended.code == 0
    assert "20/20 profiles=72/72" in ended.err
    assert other.returncode == 0
    assert int(words.split("done ")[1].split(",")[0]) > 0


def test_what_others_asked_for_changes_nothing(
    tmp_path: Path, live: Live, finished: tuple[Path, Ended]
) -> None:
    """Drake is a guest on an album of Beyoncé's; his own list of albums does not have it."""
    with live() as more:
        assert run(tmp_path, "discover", "Beyoncé", **more).code == 0
        ended = run(tmp_path, "discover", "Drake", **more)

    alone = {row["producer_id"]: row["tracks"] for row in finished[1].rows}
    assert {row["producer_id"]: row["tracks"] for row in ended.rows} == alone


# ---- stores of another kind


def test_a_live_run_refuses_a_store_of_the_sandbox(
    finished: tuple[Path, Ended], live: Live
) -> None:
    with live() as more, embedded.server(finished[0] / "sandbox") as dsn:
        ended = run(finished[0], "discover", "Drake", **{**more, "DATABASE_URL": dsn})
        read = run(finished[0], "producers", **{**more, "DATABASE_URL": dsn})

    assert ended.code == read.code == 1
    assert "holds facts of the sandbox, and this is a live run" in ended.err
    assert "\nhint: " in ended.err
    assert ended.out == read.out == ""


def test_a_sandbox_run_refuses_a_live_store(finished: tuple[Path, Ended]) -> None:
    with (
        embedded.server(finished[0] / "sandbox") as dsn,
        psycopg.connect(dsn, autocommit=True) as conn,
    ):
        conn.execute("update linernotes.store set kind = 'live'")
        try:
            ended = run(finished[0], "discover", "Drake")
        finally:
            conn.execute("update linernotes.store set kind = 'sandbox'")

    assert (ended.code, ended.out) == (1, "")
    assert "holds facts of the live world, and this is a sandbox run" in ended.err


def test_the_sandbox_never_touches_database_url(
    finished: tuple[Path, Ended], empty_dsn: str
) -> None:
    ended = run(finished[0], "discover", "Drake", DATABASE_URL=empty_dsn)

    assert (ended.code, ended.out) == (0, finished[1].out)
    assert "DATABASE_URL is set and not used" in ended.err
    with psycopg.connect(empty_dsn) as conn:
        assert conn.execute("select to_regnamespace('linernotes')").fetchone() == (None,)


# ---- databases that cannot be used


def test_a_database_that_is_down_is_1_and_its_password_stays_unsaid(tmp_path: Path) -> None:
    ended = run(tmp_path, "status", DATABASE_URL="postgresql://me:hush@127.0.0.1:1/music")

    assert ended.code == 1
    assert "cannot connect to music at 127.0.0.1:1" in ended.err
    assert "hush" not in ended.err


def test_an_empty_database_is_not_read_but_explained(tmp_path: Path, empty_dsn: str) -> None:
    ended = run(tmp_path, "status", DATABASE_URL=empty_dsn)

    assert ended.code == 1
    assert "hint: linernotes migrate" in ended.err


def test_migrate_says_what_it_applied(tmp_path: Path, empty_dsn: str) -> None:
    first = run(tmp_path, "migrate", DATABASE_URL=empty_dsn)
    second = run(tmp_path, "migrate", DATABASE_URL=empty_dsn)

    assert (first.code, second.code) == (0, 0)
    assert len(first.out.splitlines()) >= 3
    assert second.out == ""


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path, dsn: str, live: Live) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("insert into linernotes.migration (version) values ('29990101000000')")
        conn.execute(
            "insert into supabase_migrations.schema_migrations (version) values ('29990101000000')"
        )
    with live() as more:
        ended = run(tmp_path, "discover", "Drake", **{**more, "DATABASE_URL": dsn})

    assert ended.code == 1
    assert "newer" in ended.err


def test_a_database_that_is_behind_is_left_to_its_owner(
    tmp_path: Path, dsn: str, live: Live
) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(
            "delete from supabase_migrations.schema_migrations where version ="
            " (select max(version) from supabase_migrations.schema_migrations)"
        )
        conn.execute(
            "delete from linernotes.migration where version ="
            " (select max(version) from linernotes.migration)"
        )
    with live() as more:
        ended = run(tmp_path, "discover", "Drake", **{**more, "DATABASE_URL": dsn})

    assert ended.code == 1
    assert "hint: linernotes migrate" in ended.err


def test_a_database_that_can_only_be_read_is_1(tmp_path: Path, dsn: str, live: Live) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        name = conn.info.dbname
        conn.execute(f'alter database "{name}" set default_transaction_read_only = on')
    with live() as more:
        ended = run(tmp_path, "discover", "Drake", **{**more, "DATABASE_URL": dsn})

    assert ended.code == 1
    assert "error: this database can only be read" in ended.err
    assert "bug" not in ended.err


@pytest.fixture
def poor_dsn(dsn: str) -> str:
    """The database as somebody who may connect and nothing else."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("drop role if exists nobody_much")
        conn.execute("create role nobody_much login")
    return make_conninfo(dsn, user="nobody_much")


def test_a_role_without_rights_is_1_and_says_so(tmp_path: Path, poor_dsn: str, live: Live) -> None:
    with live() as more:
        ended = run(tmp_path, "discover", "Drake", **{**more, "DATABASE_URL": poor_dsn})

    assert ended.code == 1
    assert ended.err.startswith("error: ")
    assert "\nhint: " in ended.err
    assert "Traceback" not in ended.err
