"""Rules that need no process: colour, cleaning, and how progress and gaps are worded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import msgspec
import pytest
from rich.console import Console

from linernotes.cli import progress, render
from linernotes.cli.terminal import Streams, clean
from linernotes.db.budget import Closing
from linernotes.db.report import Coverage, QueueProgress
from linernotes.stages import LANES

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arguments", "environ", "colored"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color=never"], {"FORCE_COLOR": "1"}, False),
        (["--", "--color", "always"], {}, False),
    ],
    ids=[
        "no terminal",
        "forced",
        "NO_COLOR beats FORCE_COLOR",
        "an empty NO_COLOR is none",
        "the flag beats NO_COLOR",
        "the flag beats FORCE_COLOR",
        "a name is no flag",
    ],
)
def test_colour_follows_the_flag_then_the_variables(
    arguments: list[str], environ: dict[str, str], colored: bool, capsys: object
) -> None:
    assert Streams(arguments, environ).has_color("err") is colored


def test_what_a_source_sent_cannot_steer_a_terminal() -> None:
    assert clean("a\x1b[2Jb\tc\nd\x9b") == "a\ufffd[2Jb c d\ufffd"


def _progress(queue: str, **more: int | bool) -> QueueProgress:
    fields = {"answered": 0, "open": 0, "dead": 0, "failing": 0, "by_isrc": False, "tracks": 0}
    return msgspec.convert(
        {"queue": queue, "last_answered_at": None, **fields, **more}, QueueProgress
    )


def test_a_stage_that_was_not_asked_is_never_nought_of_nought() -> None:
    items = progress.stages([_progress("artist_discovery", open=1)], {}, {})

    assert progress.line(items).startswith(
        "progress artist=0/1 albums=- tracks=- producers=- profiles=-"
    )


def test_an_album_that_is_asked_twice_counts_once() -> None:
    items = progress.stages(
        [
            _progress("artist_discovery", answered=1),
            _progress("album_discovery", answered=3),
            _progress("track_discovery", answered=8),
            _progress("track_discovery", answered=1, by_isrc=True, tracks=1),
            _progress("track_discovery_musicbrainz", answered=7, open=1, tracks=20),
            _progress("track_discovery_musicbrainz", answered=1, by_isrc=True, tracks=1),
            _progress("producer_identification", answered=12, open=4, dead=1),
        ],
        {},
        {"musicbrainz": 1.0},
    )

    assert progress.line(items) == (
        "progress artist=1/1 albums=8/8 tracks=17/20 producers=12/20 profiles=- failed=1"
        ' waits="waits for MusicBrainz (1 request a second)"'
    )
    assert [one.complete for one in items] == [True, True, False, False, False]


def test_a_closed_source_is_named_with_the_time_and_the_reason() -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    closing = Closing("spotify", 3600.0, until, "answered 429 to /search", False)
    items = progress.stages([_progress("artist_discovery", open=1)], {"spotify": closing}, {})

    local = until.astimezone()
    assert items[0].waits_for == (
        f"Spotify closed until {local:%H:%M:%S} (answered 429 to /search)"
    )


@pytest.mark.parametrize("width", [80, 120])
def test_a_long_reason_takes_nothing_from_the_counts(width: int) -> None:
    closing = Closing("spotify", 3600.0, NOW + timedelta(hours=1), "a long reason " * 9, False)
    items = progress.stages([_progress("track_discovery", open=132)], {"spotify": closing}, {})
    console = Console(width=width, file=StringIO(), force_terminal=True, color_system=None)

    with console.capture() as captured:
        console.print(progress.bars(items))

    lines = captured.get().splitlines()
    assert len(lines) == 5
    assert lines[1].startswith("Albums    ")
    assert " 0/132 albums read " in lines[1]
    assert "…" in lines[1]


def test_every_queue_belongs_to_a_stage() -> None:
    shown = {queue for row in progress.ROWS for queue, _ in (*row.counted, *row.beside)}

    assert shown == {lane.queue for lane in LANES}


def _coverage(**more: int) -> Coverage:
    return msgspec.convert({**dict.fromkeys(Coverage.__struct_fields__, 0), **more}, Coverage)


@pytest.mark.parametrize(
    ("coverage", "words"),
    [
        (
            _coverage(lists_open=3),
            "Coverage at MusicBrainz: the list of albums has not been read yet.",
        ),
        (_coverage(), "Coverage at MusicBrainz: the artist's list holds no album."),
        (
            _coverage(total=9, credited=4, silent=1, waiting=1, unread=3, albums=12, albums_read=7),
            "Coverage at MusicBrainz: 9 recordings: 4 credited, 1 known without a producer,"
            " 0 unknown to it, 4 not asked yet; albums read 7 of 12.",
        ),
        (
            _coverage(total=1, refused=1, albums=2, lists_open=1),
            "Coverage at MusicBrainz: 1 recording: 0 credited, 0 known without a producer,"
            " 0 unknown to it, 0 not asked yet, 1 waiting for a closed source;"
            " albums read 0 of 2, the list goes on.",
        ),
    ],
    ids=["not listed yet", "an empty list", "half way", "closed"],
)
def test_coverage_tells_what_was_not_asked_from_what_is_not_there(
    coverage: Coverage, words: str
) -> None:
    assert render.coverage_line(coverage) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "just now"), (60, "1 minute ago"), (7300, "2 hours ago"), (3 * 86400, "3 days ago")],
    ids=["seconds", "a minute", "hours", "days"],
)
def test_an_age_is_told_in_its_largest_unit(seconds: int, words: str) -> None:
    assert render.ago(NOW - timedelta(seconds=seconds), NOW) == words
