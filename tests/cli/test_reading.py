"""`status`, `producers`, `show`, `export`, `dead-letters`: what they read from a finished store."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.programs import Ended, on_terminal, run

from linernotes import sandbox

DRAKE = "3TVXtAsR1Inumwj472S9r4"
Finished = tuple[Path, Ended]


def test_without_keys_the_sandbox_is_read_and_that_is_said(finished: Finished) -> None:
    ended = run(finished[0], "producers")

    assert ended.code == 0
    assert ended.err.startswith("Reading the sandbox's store: ")


def test_status_says_where_the_data_lies_and_how_to_remove_it(finished: Finished) -> None:
    ended = run(finished[0], "status", "--sandbox")

    assert (ended.code, ended.err) == (0, "")
    assert f"Store: sandbox, {finished[0]}/sandbox\n" in ended.out
    assert f"to remove it: rm -r {finished[0]}/sandbox" in ended.out
    assert "Drake: done, asked " in ended.out
    assert "albums read 8 of 8." in ended.out
    assert "Dead letters: 0\n" in ended.out


def test_status_as_json(finished: Finished) -> None:
    found = json.loads(run(finished[0], "status", "--json").out)

    assert (found["schema"], found["sandbox"], found["exists"]) == (
        "linernotes/status/1",
        True,
        True,
    )
    assert found["discoveries"][0]["artist"] == "Drake"
    assert found["discoveries"][0]["sandbox"] is True
    assert {row["source"] for row in found["sources"]} == {"spotify", "musicbrainz", "wikidata"}


def test_status_of_nothing_makes_nothing(tmp_path: Path) -> None:
    ended = run(tmp_path, "status")
    as_json = json.loads(run(tmp_path, "status", "--json").out)

    assert ended.code == 0
    assert "not made yet" in ended.out
    assert as_json["exists"] is False
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["producers", "dead-letters", "retry"])
def test_reading_before_anything_was_asked_is_2(tmp_path: Path, command: str) -> None:
    ended = run(tmp_path, command)

    assert (ended.code, ended.out) == (2, "")
    assert 'hint: linernotes discover "Drake"' in ended.err


@pytest.mark.parametrize(
    ("filters", "keeps"),
    [
        (["--artist", "drake"], lambda row: True),
        (["--artist", DRAKE], lambda row: True),
        (["--artist", f"https://open.spotify.com/artist/{DRAKE}?si=x"], lambda row: True),
        (["--min-tracks", "3"], lambda row: int(row["tracks"]) >= 3),
        (["--since", "2018"], lambda row: int(row["last_year"]) >= 2018),
        (["--until", "2011"], lambda row: int(row["first_year"]) <= 2011),
        (["--role", "co-producer"], lambda row: "co-producer" in row["roles"].split(", ")),
        (["--network", "instagram"], lambda row: "instagram" in row["profiles"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_filters_keep_what_fits(finished: Finished, filters: list[str], keeps: Any) -> None:
    ended = run(finished[0], "producers", *filters)
    names = {row["producer_id"] for row in ended.rows}

    assert ended.code == 0
    assert names == {row["producer_id"] for row in finished[1].rows if keeps(row)}


def test_only_recordings_of_the_years_asked_for_count(finished: Finished) -> None:
    def rows(*filters: str) -> list[dict[str, Any]]:
        found = json.loads(run(finished[0], "producers", "--json", *filters).out)
        return list(found["producers"])

    def tracks(found: list[dict[str, Any]]) -> Counter[str]:
        return Counter({one["producer_id"]: one["tracks"] for one in found})

    early, late = rows("--until", "2014"), rows("--since", "2015")

    assert {one["last_year"] > 2014 for one in early} == {False}
    assert {one["first_year"] < 2015 for one in late} == {False}
    assert tracks(early) + tracks(late) == tracks(rows())


def test_totals_say_what_they_are_out_of(finished: Finished) -> None:
    for command in (["producers"], ["show", "40"]):
        ended = run(finished[0], *command)

        assert "Over all artists in the store: albums read 8 of 8.\n" in ended.err


def rows_of(document: Any) -> Iterator[dict[str, Any]]:
    """Every object that stands in a list, however deep; but a message is as it was queued."""
    for name, value in document.items():
        if isinstance(value, dict):
            yield from () if name == "message" else rows_of(value)
        for one in value if isinstance(value, list) else ():
            if isinstance(one, dict):
                yield one
                yield from rows_of(one)


@pytest.mark.parametrize(
    "command",
    [
        ["discover", "Drake"],
        ["producers"],
        ["producers", "--artist", "Drake"],
        ["show", "40"],
        ["status"],
        ["dead-letters"],
        ["doctor"],
        ["show", "nobody"],
        ["producers", "--artist", "Drak"],
    ],
    ids=" ".join,
)
def test_every_row_of_every_document_says_sandbox(finished: Finished, command: list[str]) -> None:
    ended = run(finished[0], *command, "--json")
    found = json.loads(ended.out or ended.err)

    assert ended.out == "" or ended.err == ""
    assert [one for one in rows_of(found) if one.get("sandbox") is not True] == []
    for coverage in (found.get("coverage") or {}).values():
        assert coverage["sandbox"] is True


def test_a_terminal_is_told_that_this_is_the_sandbox(finished: Finished) -> None:
    ended = on_terminal(finished[0], "producers", "--sandbox")

    assert "Reading the sandbox's store: simulated services" in ended.out


def test_filters_that_nobody_fits_are_no_error(finished: Finished) -> None:
    ended = run(finished[0], "producers", "--min-tracks", "999")

    assert (ended.code, ended.rows) == (0, [])
    assert "No producer in the store fits these filters." in ended.err


def test_producers_as_json(finished: Finished) -> None:
    found = json.loads(run(finished[0], "producers", "--artist", "Drake", "--json").out)

    assert found["schema"] == "linernotes/producers/1"
    assert found["artist"]["id"] == DRAKE
    assert found["coverage"]["musicbrainz"]["albums_read"] == 8
    assert [row["name"] for row in found["producers"]] == [
        row["producer"] for row in finished[1].rows
    ]
    assert {row["sandbox"] for row in found["producers"]} == {True}


def test_an_artist_who_was_not_asked_for_is_2(finished: Finished) -> None:
    ended = run(finished[0], "producers", "--artist", "Drak")

    assert (ended.code, ended.out) == (2, "")
    assert f"  Drake  {DRAKE}" in ended.err
    assert "hint: linernotes discover Drak\n" in ended.err


def test_show_gives_every_credit_and_its_evidence(finished: Finished) -> None:
    row = finished[1].rows[0]
    found = json.loads(run(finished[0], "show", row["producer"], "--json").out)
    truth = sandbox.small_world().truth(DRAKE)
    expected = {
        (one.track_id, one.role, one.scope, one.printed_as)
        for one in (*truth.credits, *truth.apart)
        if one.producer_id == row["producer_id"]
    }

    credits = found["credits"]
    assert {(c["track_id"], c["role"], c["scope"], c["printed_as"]) for c in credits} == expected
    for credit in (*credits, *found["profiles"]):
        assert credit["source_url"].startswith("http://127.0.0.1:8765/")
        assert credit["retrieved_at"]
        assert credit["licence"]
        assert credit["sandbox"] is True
    assert {one["source"] for one in found["asked"]} == {"musicbrainz", "wikidata"}


def test_show_by_id_says_the_same_in_words(finished: Finished) -> None:
    row = finished[1].rows[0]
    ended = run(finished[0], "show", row["producer_id"])

    assert ended.code == 0
    assert ended.out.startswith(row["producer"])
    assert f'printed as "{row["producer"]}"' in ended.out
    assert "from the sandbox, not from the real services" in ended.out


def test_show_on_a_terminal_uses_the_pager(finished: Finished) -> None:
    name = finished[1].rows[0]["producer"]
    paged = on_terminal(finished[0], "show", name, PAGER="sed s/^/PAGED/")
    plain = on_terminal(finished[0], "show", name, "--no-pager", PAGER="sed s/^/PAGED/")

    assert "PAGED" in paged.out
    assert "PAGED" not in plain.out


def test_a_producer_whom_nobody_credits_is_2(finished: Finished) -> None:
    ended = run(finished[0], "show", "Boi-1d")

    assert ended.code == 2
    assert "  Boi-1da  " in ended.err


def test_export_holds_every_fact_with_its_licence(finished: Finished) -> None:
    ended = run(finished[0], "export", "facts", "--artist", "Drake", "--format", "jsonl")
    facts = [json.loads(line) for line in ended.out.splitlines()]
    truth = sandbox.small_world().truth(DRAKE)

    assert ended.code == 0
    for fact in facts:
        assert fact["sandbox"] is True
        assert fact["licence"]
        assert fact["retrieved_at"].endswith("Z")
    kinds = Counter(fact["type"] for fact in facts)
    assert (kinds["artist"], kinds["album"], kinds["track"]) == (1, 8, len(truth.states))
    assert {
        (f["track_id"], f["producer_id"], f["role"], f["scope"], f["printed_as"])
        for f in facts
        if f["type"] == "credit"
    } == {
        (c.track_id, c.producer_id, c.role, c.scope, c.printed_as)
        for c in (*truth.credits, *truth.apart)
    }
    joined = [set(one) for one in truth.recordings if len(one) > 1]
    because = {f["id"]: f["joined_because"] for f in facts if f["type"] == "track"}
    assert {track for track, why in because.items() if why} == set().union(*joined)
    states = {f["id"]: [one["state"] for one in f["states"]] for f in facts if "states" in f}
    assert states == {track: [state] for track, state in truth.states.items()}


def test_there_are_no_dead_letters(finished: Finished) -> None:
    ended = run(finished[0], "dead-letters")
    retried = run(finished[0], "retry")

    assert (ended.code, ended.rows, retried.code, retried.out) == (0, [], 0, "")
    assert "nothing was given up on" in ended.err
