"""
How far a discovery is, stage by stage, and how it is shown while it runs.

A stage counts what a person counts: albums that were read, tracks that were looked for at
MusicBrainz, tracks that were asked for their producers. Reading the lists of albums and
reading each album are both "Albums".
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from linernotes.cli.shapes import StageItem
from linernotes.cli.terminal import Output, clean, say
from linernotes.cli.waiting import lanes_words
from linernotes.db.budget import Closing
from linernotes.db.report import QueueProgress
from linernotes.stages import LANE_OF
from linernotes.waits import Wait

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

LINE_EVERY_SECONDS = 10.0
BAR_WIDTH = 20
ERROR_MAX = 160

Key = tuple[str, bool]


@dataclass(frozen=True)
class _Row:
    """`counted` are the questions that are counted; those `beside` also belong to the stage."""

    stage: str
    unit: str
    counted: tuple[Key, ...]
    beside: tuple[Key, ...] = ()


# A queue, and whether the questions are those that go by ISRC, the last resort.
ROWS = (
    _Row(
        "artist",
        "artist",
        (("artist_discovery", False),),
        (("artist_discovery_musicbrainz", False),),
    ),
    _Row("albums", "albums read", (("track_discovery", False),), (("album_discovery", False),)),
    _Row(
        "tracks",
        "tracks looked for",
        (("track_discovery_musicbrainz", False),),
        (("track_discovery", True), ("track_discovery_musicbrainz", True)),
    ),
    _Row("producers", "tracks asked about", (("producer_identification", False),)),
    _Row(
        "profiles",
        "questions",
        (("social_enrichment", False), ("social_enrichment_wikidata", False)),
    ),
)
assert {queue for row in ROWS for queue, _ in (*row.counted, *row.beside)} == set(LANE_OF)


def stages(
    progress: Sequence[QueueProgress],
    closings: Mapping[str, Closing],
    rates: Mapping[str, float],
    *,
    waits: Mapping[str, Wait] | None = None,
    sandbox: bool = False,
) -> list[StageItem]:
    """
    One item a stage, in order. `rates` are the sources' requests a second, `waits` what the
    lanes of our own worker wait for, while there is one.
    """
    by_key = {(one.queue, one.by_isrc): one for one in progress}
    items: list[StageItem] = []
    for row in ROWS:
        mine = [by_key[key] for key in (*row.counted, *row.beside) if key in by_key]
        done, total = _counted(row, by_key)
        open_ = sum(one.open for one in mine)
        lanes = [LANE_OF[queue] for queue in dict.fromkeys(one.queue for one in mine if one.open)]
        items.append(
            StageItem(
                stage=row.stage,
                unit=row.unit,
                done=done,
                total=total,
                open=open_,
                failing=sum(one.failing for one in mine),
                failed=sum(one.dead for one in mine),
                asked=bool(mine),
                complete=open_ == 0 and all(before.complete for before in items),
                waits_for=lanes_words(lanes, closings, rates, waits or {}),
                error=next((one.error for one in mine if one.failing and one.error), None),
                sandbox=sandbox,
            )
        )
    return items


def _counted(row: _Row, by_key: Mapping[Key, QueueProgress]) -> tuple[int, int]:
    """Done and total. A track is looked for when it has become a question for its producers."""
    counted = [by_key[key] for key in row.counted if key in by_key]
    answered = sum(one.answered for one in counted)
    total = sum(one.answered + one.open + one.dead for one in counted)
    albums = by_key.get(("track_discovery_musicbrainz", False))
    tracks = albums.tracks if albums else 0
    if row.stage == "artist" and ("artist_discovery_musicbrainz", False) in by_key:
        return by_key["artist_discovery_musicbrainz", False].answered, total
    if row.stage == "tracks":
        found = by_key.get(("producer_identification", False))
        return (found.answered + found.open + found.dead if found else 0), tracks
    return answered, max(total, tracks) if row.stage == "producers" else total


# ---- showing it


class Display(Protocol):
    def update(self, items: Sequence[StageItem]) -> None: ...

    def close(self) -> None:
        """Leave what was shown last."""


def display(output: Output) -> Display:
    """
    Bars on a terminal, a line now and then elsewhere, nothing where it is not wanted.

    Bars move the cursor: where colour is not wanted, that is not wanted either. A program that
    asked for JSON finds nothing on stderr but an error.
    """
    if output.manner.quiet or output.manner.no_progress:
        return _Silent()
    if output.streams.json and not output.streams.is_err_a_terminal:
        return _Silent()
    bars = output.streams.is_err_a_terminal and output.streams.has_color("err")
    if bars and not output.manner.verbose:
        return _Bars(output)
    return _Lines()


class _Silent:
    def update(self, items: Sequence[StageItem]) -> None: ...

    def close(self) -> None: ...


class _Lines:
    def __init__(self) -> None:
        self._next = time.monotonic() + LINE_EVERY_SECONDS
        self._last: Sequence[StageItem] = ()

    def update(self, items: Sequence[StageItem]) -> None:
        self._last = items
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LINE_EVERY_SECONDS
            say(line(items))

    def close(self) -> None:
        if self._last:
            say(line(self._last))


def line(items: Sequence[StageItem]) -> str:
    """`progress artist=1/1 albums=7/12 …`: a hyphen where nothing has been asked yet."""
    words = ["progress"]
    words += [f"{one.stage}={_count(one)}" for one in items]
    if failing := sum(one.failing for one in items):
        words.append(f"failing={failing}")
        errors = dict.fromkeys(f"{one.stage}: {one.error}" for one in items if one.error)
        words.append(f'error="{short("; ".join(errors))}"')
    if failed := sum(one.failed for one in items):
        words.append(f"failed={failed}")
    # A stage may wait for two sources, and two stages for the same.
    waits = dict.fromkeys(
        wait for one in items if one.waits_for for wait in one.waits_for.split("; ")
    )
    if waits:
        words.append(f'waits="{"; ".join(map(clean, waits))}"')
    return " ".join(words)


def short(text: str) -> str:
    """What a source said, no longer than a line bears."""
    text = clean(text)
    return text if len(text) <= ERROR_MAX else f"{text[: ERROR_MAX - 1]}…"


def _count(item: StageItem) -> str:
    """Nothing is "0 of 0" that has not been asked."""
    if not item.asked:
        return "-"
    return f"{item.done}/{item.total or ('?' if item.open else 0)}"


class _Bars:
    def __init__(self, output: Output) -> None:
        from rich.live import Live

        self._live: Live = Live(
            console=output.streams.console("err"), refresh_per_second=8, transient=False
        )
        self._live.start()

    def update(self, items: Sequence[StageItem]) -> None:
        self._live.update(bars(items))

    def close(self) -> None:
        self._live.stop()


def bars(items: Sequence[StageItem]) -> Table:
    """Columns as wide as they need; what does not fit is the end of what is waited for."""
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    units = [one.unit if one.asked else "not asked yet" for one in items]
    counts = [_count(one) for one in items]
    table = Table.grid(padding=(0, 1), expand=True)
    for width in (9, BAR_WIDTH, max(map(len, counts)), max(map(len, units))):
        table.add_column(no_wrap=True, width=width)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for one, count, unit in zip(items, counts, units, strict=True):
        table.add_row(
            Text(one.stage.capitalize()),
            ProgressBar(total=max(one.total, 1), completed=one.done, width=BAR_WIDTH),
            Text(count, justify="right"),
            Text(unit, style="dim"),
            Text("; ".join(_notes(one)), style="yellow" if one.failed else "dim"),
        )
    return table


def _notes(item: StageItem) -> list[str]:
    notes = []
    if item.failed:
        notes.append(f"{item.failed} failed")
    if item.failing:
        why = f" ({short(item.error)})" if item.error else ""
        notes.append(f"{item.failing} tried again{why}")
    if item.waits_for:
        notes.append(f"{item.open} open, {clean(item.waits_for)}")
    return notes
