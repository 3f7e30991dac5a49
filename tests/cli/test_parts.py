"""Rules that need no process: colour, cleaning, and how progress and gaps are worded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import msgspec
import pytest
from rich.console import Console

from linernotes.cli import progress, render, waiting
from linernotes.cli.app import COMMANDS
from linernotes.cli.discover import Request
from linernotes.cli.shapes import CoverageItem, SourceItem
from linernotes.cli.terminal import Streams, clean
from linernotes.db.budget import Closing
from linernotes.db.report import Coverage, QueueProgress, QueueRow
from linernotes.stages import LANES
from linernotes.waits import FULLER_BATCH, SLOT, Wait

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

# What a hint may name: `sandbox` is the sandbox, and `export` alone is no command.
NAMED = {*COMMANDS, "export facts", "export producers"} - {"sandbox", "export"}


@pytest.mark.parametrize(
    ("arguments", "environ", "colored"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "0"}, False),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color=never"], {"FORCE_COLOR": "1"}, False),
        (["--", "--color", "always"], {}, False),
    ],
    ids=[
        "no terminal",
        "forced",
        "FORCE_COLOR=0 forces nothing",
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


def _progress(queue: str, **more: int | bool | str) -> QueueProgress:
    fields = {"answered": 0, "open": 0, "dead": 0, "failing": 0, "by_isrc": False, "tracks": 0}
    return msgspec.convert(
        {
            "queue": queue,
            "error": None,
            "first_answered_at": None,
            "last_answered_at": None,
            **fields,
            **more,
        },
        QueueProgress,
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

    when = waiting.opening(until.astimezone(), datetime.now().astimezone())
    assert items[0].waits_for == (
        f"Spotify closed until {when}, for 1 h 0 min (answered 429 to /search)"
    )


RATES = {"spotify": 3.0, "musicbrainz": 1.0, "wikidata": 0.0}


@pytest.mark.parametrize(
    ("waits", "words"),
    [
        ({}, "waits for MusicBrainz (1 request a second)"),
        (
            {"track_discovery_musicbrainz": FULLER_BATCH},
            "waits for a fuller batch for MusicBrainz",
        ),
        (
            {"track_discovery_musicbrainz": SLOT, "producer_identification": FULLER_BATCH},
            "waits for a slot at MusicBrainz (1 request a second)",
        ),
    ],
    ids=["its turn", "a fuller batch", "a slot"],
)
def test_a_stage_says_what_its_lanes_wait_for(waits: dict[str, Wait], words: str) -> None:
    found = [_progress("track_discovery_musicbrainz", open=1, tracks=9)]
    items = progress.stages(found, {}, RATES, waits=waits)

    assert [one.waits_for for one in items] == [None, None, words, None, None]


def test_of_a_closed_source_its_closing_is_told_whatever_a_lane_waits_for() -> None:
    closing = Closing("spotify", 3600.0, NOW, "answered 429", refused=True)
    lanes = [one for one in LANES if one.stage.name == "track_discovery"]
    waits = {"track_discovery": SLOT, "track_discovery_musicbrainz": FULLER_BATCH}

    assert waiting.lanes_words(lanes, {"spotify": closing}, RATES, waits) == (
        "Spotify refused us (answered 429); waits for a fuller batch for MusicBrainz"
    )


def _source(closed_for: float | None = None, *, refused: bool = False, open_: int) -> SourceItem:
    until = closed_for and datetime.now().astimezone() + timedelta(seconds=closed_for)
    return SourceItem(
        source="spotify",
        requests=17,
        keep_seconds=86_400.0,
        closed_until=until or None,
        seconds=closed_for,
        reason="spotify: answered 429 to /albums/1" if closed_for else None,
        refused=refused,
        open=open_,
        sandbox=False,
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (_source(open_=412), None),
        (_source(50_280, open_=0), None),
        (_source(50_280, open_=412), "Spotify until WHEN"),
        (_source(300, refused=True, open_=412), "Spotify, which refused us"),
    ],
    ids=["open", "closed, without work", "closed", "refused"],
)
def test_only_a_closed_source_holds_what_waits_for_it(
    source: SourceItem, words: str | None
) -> None:
    when = source.closed_until and waiting.opening(source.closed_until, datetime.now().astimezone())

    assert waiting.held_words([source]) == (words and words.replace("WHEN", when or ""))


@pytest.mark.parametrize(
    ("source", "albums", "words"),
    [
        (_source(open_=0), 0, "open; 17 requests sent"),
        (_source(open_=412), 412, "open, 412 albums wait; 17 requests sent"),
        (
            _source(50_280, open_=412),
            412,
            "412 albums wait until WHEN (13 h 58 min): answered 429 to /albums/1; 17 requests sent",
        ),
        (
            _source(50_280, open_=1),
            1,
            "1 album waits until WHEN (13 h 58 min): answered 429 to /albums/1; 17 requests sent",
        ),
        (
            _source(50_280, open_=0),
            0,
            "closed until WHEN (13 h 58 min): answered 429 to /albums/1; 17 requests sent",
        ),
        (
            _source(300, refused=True, open_=412),
            412,
            "412 albums wait: it refused us (answered 429 to /albums/1); 17 requests sent",
        ),
    ],
    ids=["open", "open, with work", "closed", "one", "closed, without work", "refused"],
)
def test_a_source_says_what_waits_for_it_and_until_when(
    source: SourceItem, albums: int, words: str
) -> None:
    queues = [
        QueueRow("track_discovery", albums, 0, None),
        QueueRow("track_discovery_musicbrainz", 7, 7, 3),
    ]
    when = source.closed_until and waiting.opening(source.closed_until, datetime.now().astimezone())

    assert waiting.source_line(source, queues) == f"Spotify: {words.replace('WHEN', when or '')}"


@pytest.mark.parametrize(
    ("hours", "words"),
    [(1, "14:12:05"), (14, "03:12 tomorrow"), (40, "2026-11-26 05:12")],
)
def test_a_time_of_day_says_which_day(hours: int, words: str) -> None:
    now = datetime(2026, 11, 24, 13, 12, 5, tzinfo=UTC)

    assert waiting.opening(now + timedelta(hours=hours), now) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(50_280, "13 h 58 min"), (3_480, "58 min"), (45, "45 s")]
)
def test_a_duration_is_told_in_two_units_at_most(seconds: float, words: str) -> None:
    assert waiting.duration(seconds) == words


def test_what_waits_for_a_source_is_counted_by_what_it_is() -> None:
    found = [
        ("album_discovery", 1),
        ("track_discovery", 410),
        ("track_discovery", 2),
        ("artist_discovery", 0),
        ("producer_identification", 7),
    ]

    assert waiting.open_words(found, "spotify") == "1 list of albums, 412 albums"


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


def _coverage(**more: int | list[str]) -> CoverageItem:
    counts = dict.fromkeys(Coverage.__struct_fields__, 0)
    others = {"why_refused": [], "why_failed": [], "sandbox": True}
    return msgspec.convert({**counts, **others, **more}, CoverageItem)


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
            _coverage(
                total=1,
                refused=1,
                albums=2,
                lists_open=1,
                why_refused=["Spotify closed until 19:53:00 (answered 429)"],
            ),
            "Coverage at MusicBrainz: 1 recording: 0 credited, 0 known without a producer,"
            " 0 unknown to it, 0 not asked yet, 1 refused;"
            " albums read 0 of 2, the list goes on.\n"
            "  1 refused: Spotify closed until 19:53:00 (answered 429)",
        ),
        (
            _coverage(total=3, failed=3, albums=1, albums_read=1, why_failed=["not today", "ow"]),
            "Coverage at MusicBrainz: 3 recordings: 0 credited, 0 known without a producer,"
            " 0 unknown to it, 0 not asked yet, 3 failed; albums read 1 of 1.\n"
            "  3 failed: not today and 1 other reason; linernotes retry",
        ),
    ],
    ids=["not listed yet", "an empty list", "half way", "closed", "failed"],
)
def test_coverage_tells_what_was_not_asked_from_what_is_not_there(
    coverage: CoverageItem, words: str
) -> None:
    assert render.coverage_line(coverage) == words


@pytest.mark.parametrize(
    ("coverage", "words"),
    [
        (_coverage(), "Spotify lists no albums of X."),
        (
            _coverage(lists_open=1),
            "No producer is known yet: the list of albums has not been read.",
        ),
        (
            _coverage(total=9, silent=2, waiting=1, unread=3, refused=1, failed=2, albums=2),
            "No producer is known yet: 7 of 9 recordings without an answer"
            " (4 not asked yet, 1 refused, 2 failed).",
        ),
        (
            _coverage(total=9, silent=9, albums=2, lists_open=1),
            "No producer is known yet: the list of albums has not been read to its end.",
        ),
        (
            _coverage(total=9, silent=8, unknown=1, albums=2),
            "No source names a producer for any of these recordings.",
        ),
    ],
    ids=["no albums", "not listed yet", "gaps", "half a list", "everything asked"],
)
def test_an_empty_table_says_why(coverage: CoverageItem, words: str) -> None:
    assert render.no_producers(coverage, "X") == words


@pytest.mark.parametrize(
    ("arguments", "text", "copied"),
    [
        ([], "Next: linernotes show 40", "Next: linernotes show 40"),
        (["--sandbox"], "Next: linernotes show 40", "Next: linernotes show --sandbox 40"),
        (
            ["--sandbox"],
            "continue with: linernotes discover X --sandbox",
            "continue with: linernotes discover X --sandbox",
        ),
        (
            ["--sandbox"],
            "linernotes export facts --artist X",
            "linernotes export facts --sandbox --artist X",
        ),
        (["--sandbox"], "linernotes doctor   (it says)", "linernotes doctor --sandbox   (it says)"),
        (["--sandbox"], "linernotes sandbox --port 1", "linernotes sandbox --port 1"),
        (["--sandbox"], "drop schema linernotes cascade", "drop schema linernotes cascade"),
    ],
    ids=[
        "live",
        "kept",
        "once",
        "a command of two words",
        "before a remark",
        "the services",
        "no command",
    ],
)
def test_commands_to_copy_keep_the_sandbox(arguments: list[str], text: str, copied: str) -> None:
    assert Streams(arguments, {}).commands(text) == copied


@pytest.mark.parametrize("name", sorted(NAMED))
def test_every_command_that_a_hint_may_name_keeps_to_the_store_that_was_meant(name: str) -> None:
    found = Streams(["--sandbox"], {}).commands(f"linernotes {name}")

    assert found == f"linernotes {name} --sandbox"


@pytest.mark.parametrize(
    ("arguments", "copied"),
    [(["--sandbox"], "linernotes discover --sandbox Drake"), ([], "linernotes discover Drake")],
    ids=["the option", "the variable alone"],
)
def test_the_command_that_goes_on_has_the_option_where_the_others_have_it(
    arguments: list[str], copied: str
) -> None:
    request = Request("name", "Drake", False, False, sandbox=True, limit=None, json=False)

    assert Streams(arguments, {}).commands(request.again) == copied


def test_progress_says_each_wait_once() -> None:
    items = progress.stages(
        [
            _progress("track_discovery", open=1),
            _progress("track_discovery", by_isrc=True, open=1),
            _progress("track_discovery_musicbrainz", open=1, tracks=9),
            _progress("producer_identification", open=1),
        ],
        {},
        RATES,
    )

    assert [one.waits_for for one in items][1:4] == [
        "waits for Spotify (3 requests a second)",
        "waits for MusicBrainz (1 request a second); waits for Spotify (3 requests a second)",
        "waits for MusicBrainz (1 request a second)",
    ]
    assert progress.line(items).endswith(
        ' waits="waits for Spotify (3 requests a second);'
        ' waits for MusicBrainz (1 request a second)"'
    )


def test_progress_says_what_fails() -> None:
    items = progress.stages(
        [_progress("artist_discovery", open=1, failing=1, error="spotify: answered 503")], {}, {}
    )

    assert progress.line(items).endswith(
        ' failing=1 error="artist: spotify: answered 503" waits="waits for Spotify"'
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "just now"), (60, "1 minute ago"), (7300, "2 hours ago"), (3 * 86400, "3 days ago")],
    ids=["seconds", "a minute", "hours", "days"],
)
def test_an_age_is_told_in_its_largest_unit(seconds: int, words: str) -> None:
    assert render.ago(NOW - timedelta(seconds=seconds), NOW) == words
