"""`work` says what its lanes wait for: live on a terminal, elsewhere once each."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.conftest import Live
from tests.cli.programs import on_terminal, run

from linernotes.cli.lanes import Lines, status_lines
from linernotes.cli.terminal import MANNER, Output, Streams
from linernotes.db.budget import Closing
from linernotes.sandbox.faults import QuotaExceeded
from linernotes.waits import FULLER_BATCH, SLOT, for_opening
from linernotes.worker import Tally

RATES = {"spotify": 3.0, "musicbrainz": 1.0, "wikidata": 0.0}
CLOSED = Closing("spotify", 50_280.0, datetime(2999, 1, 1, tzinfo=UTC), "answered 429", False)
RESTING = {"track_discovery_musicbrainz": FULLER_BATCH}
STARVED = {"track_discovery_musicbrainz": SLOT}
CTRL_C = "\x03"


def lines(after: float = 0) -> Lines:
    return Lines(Output(Streams([], {}), MANNER), RATES, after)


def test_the_status_says_what_each_lane_waits_for_and_of_a_closed_source_its_closing() -> None:
    waits = {
        **RESTING,
        "producer_identification": SLOT,
        "social_enrichment_wikidata": SLOT,
        "track_discovery": for_opening(CLOSED),
        "album_discovery": SLOT,
    }

    assert [
        re.sub("until .*, for", "until WHEN, for", line)
        for line in status_lines(Tally(done=7, failed=1), waits, {"spotify": CLOSED}, RATES)
    ] == [
        "done 7, failed attempts 1, dead 0",
        "  Spotify closed until WHEN, for 13 h 58 min (answered 429)",
        "  tracks wait for a slot at MusicBrainz (1 request a second)",
        "  producers wait for a slot at Wikidata",
        "  albums wait for a fuller batch for MusicBrainz",
    ]


def test_elsewhere_a_wait_is_told_once_until_it_changes(capsys: pytest.CaptureFixture[str]) -> None:
    shown = lines()
    for waits in (RESTING, RESTING, STARVED, STARVED, {}, {}, STARVED):
        shown.update(Tally(), waits, {})

    assert capsys.readouterr().err.splitlines() == [
        "waiting: albums wait for a fuller batch for MusicBrainz",
        "waiting: albums wait for a slot at MusicBrainz (1 request a second)",
        "waiting: albums wait for a slot at MusicBrainz (1 request a second)",
    ]


def test_elsewhere_what_lasts_for_a_moment_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    shown = lines(after=60)
    for waits in (RESTING, STARVED, RESTING, RESTING):
        shown.update(Tally(), waits, {})

    assert capsys.readouterr().err == ""


def test_elsewhere_a_closing_is_told_at_once_for_its_source_and_not_for_its_lanes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown, waits = lines(), {"track_discovery": for_opening(CLOSED)}
    later = replace(CLOSED, until=CLOSED.until + timedelta(hours=1))
    for closings in ({"spotify": CLOSED}, {"spotify": CLOSED}, {"spotify": later}):
        shown.update(Tally(), waits, closings)
    shown.update(Tally(), {}, {})

    first, second, opened = capsys.readouterr().err.splitlines()
    assert first.startswith("waiting: Spotify closed until 2999-")
    assert second.startswith("waiting: Spotify closed until 2999-")
    assert opened == "Spotify may be asked again"


def test_on_a_terminal_the_status_says_until_when_a_source_is_closed(
    tmp_path: Path, live: Live
) -> None:
    with live(QuotaExceeded(calls=10)) as more:
        assert run(tmp_path, "discover", "Drake", **more).code == 3
        ended = on_terminal(
            tmp_path,
            "work",
            press=CTRL_C,
            when=lambda seen: "closed until" in seen,
            columns=120,
            **more,
        )

    assert ended.code == 130
    assert "done 0, failed attempts 0, dead 0" in ended.out
    assert re.search(r"  Spotify closed until .*, for 13 h \d+ min \(answered 429", ended.out)
    assert "waiting:" not in ended.out
