"""`purge`, as people run it, and what is shown when words are gone."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from tests.cli import programs
from tests.cli.conftest import Live
from tests.cli.programs import Ended
from tests.processes import until

from linernotes.cli.purge import age, told
from linernotes.errors import UsageError


@pytest.mark.parametrize(("given", "seconds"), [("12h", 43_200), ("30d", 2_592_000)])
def test_an_age_is_in_hours_or_days(given: str, seconds: float) -> None:
    assert age(given) == seconds


@pytest.mark.parametrize("given", ["", "30", "d", "-1d", "1w", "999999d"])
def test_what_is_no_age_is_refused(given: str) -> None:
    with pytest.raises(UsageError):
        age(given)


def test_what_went_is_told_in_words_by_kind() -> None:
    assert told({"match": 1, "words": 1, "artist": 1}) == (
        "1 artist, 1 match, 1 row of titles and names"
    )
    assert told({"match": 2, "words": 2, "credit_answer": 9}) == (
        "2 matches, 2 rows of titles and names"
    )
    assert told({}) == "nothing"


def test_a_purge_asks_first_and_then_removes_and_the_next_discover_finds_its_way(
    finished: tuple[Path, Ended], data: Path
) -> None:
    _, first = finished
    assert programs.run(data, "discover", "Drake").code == 0
    refused = programs.run(data, "purge", "--artist", "Drake")
    dry = programs.run(data, "purge", "--artist", "Drake", "--dry-run", "--json")
    done = programs.run(data, "purge", "--artist", "Drake", "--yes", "--json")
    gone = programs.run(data, "show", "40")
    again = programs.run(data, "discover", "Drake")

    assert (refused.code, dry.code, done.code, gone.code, again.code) == (2, 0, 0, 2, 0)
    assert "nobody is there to be asked" in refused.err
    assert json.loads(dry.out)["removed"] == json.loads(done.out)["removed"]
    assert again.rows == first.rows


def test_a_discover_that_is_purged_meanwhile_says_so_and_the_next_one_goes_through(
    finished: tuple[Path, Ended], data: Path, live: Live, empty_dsn: str
) -> None:
    with live() as more:
        slowly = {**more, "LINERNOTES_SPOTIFY_REQUESTS_PER_SECOND": "0.7"}
        running = programs.start(data, "discover", "Drake", **slowly)
        until(lambda: has_albums(empty_dsn), seconds=30)
        purged = programs.run(data, "purge", "--all", "--yes", **more)
        _, err = running.communicate()
        again = programs.run(data, "discover", "Drake", **more)

    assert (running.returncode, purged.code, again.code) == (1, 0, 0)
    assert 'error: "Drake" was purged meanwhile\n' in err
    assert "hint: linernotes discover Drake   (asks again)\n" in err
    assert [row["producer"] for row in again.rows] == [row["producer"] for row in finished[1].rows]


def has_albums(dsn: str) -> bool:
    try:
        with psycopg.connect(dsn, autocommit=True) as conn:
            return bool(conn.execute("select from linernotes.listing limit 1").fetchall())
    except psycopg.errors.UndefinedTable:
        return False


def test_nothing_goes_without_saying_what(finished: tuple[Path, Ended]) -> None:
    data, _ = finished

    assert programs.run(data, "purge", "--yes").code == 2
    assert programs.run(data, "purge", "--all", "--artist", "Drake", "--yes").code == 2
