"""What waits, for what and until when: the words for it, the same in every command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from linernotes.cli.shapes import SourceItem, Waiting
from linernotes.db.budget import Closing
from linernotes.db.report import QueueProgress, QueueRow
from linernotes.pipeline import Lane
from linernotes.stages import LANE_OF
from linernotes.waits import Wait

NAMES = {"spotify": "Spotify", "musicbrainz": "MusicBrainz", "wikidata": "Wikidata"}
# What the questions of each stage are about: one, and several.
UNITS = {
    "artist_discovery": ("artist", "artists"),
    "album_discovery": ("list of albums", "lists of albums"),
    "track_discovery": ("album", "albums"),
    "producer_identification": ("track", "tracks"),
    "social_enrichment": ("producer", "producers"),
}


# ---- times


def opening(until: datetime, now: datetime) -> str:
    """A time of day for today and tomorrow, both in one time zone; else with the date."""
    if until.date() == now.date():
        return f"{until:%H:%M:%S}"
    if until.date() == now.date() + timedelta(days=1):
        return f"{until:%H:%M} tomorrow"
    return f"{until:%Y-%m-%d %H:%M}"


def duration(seconds: float) -> str:
    """`13 h 58 min`, `58 min`, `45 s`."""
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{max(0, round(seconds))} s"


def _here(until: datetime) -> str:
    return opening(until.astimezone(), datetime.now().astimezone())


# ---- sources


def closed_words(closing: Closing) -> str:
    """Until when, by the reader's clock, for how long yet, and why."""
    name, reason = NAMES[closing.source], _reason(closing.source, closing.reason)
    if closing.refused:
        return f"{name} refused us ({reason})"
    until = _here(closing.until)
    return f"{name} closed until {until}, for {duration(closing.seconds)} ({reason})"


def _reason(source: str, reason: str) -> str:
    return reason.removeprefix(f"{source}: ")


def asked_words(source: str, rates: Mapping[str, float]) -> str:
    """`MusicBrainz (1 request a second)`."""
    rate = rates.get(source, 0.0)
    if rate <= 0:
        return NAMES[source]
    return f"{NAMES[source]} ({rate:g} {'request' if rate == 1 else 'requests'} a second)"


def source_line(source: SourceItem, queues: Iterable[QueueRow]) -> str:
    """`Spotify: 412 albums wait until 03:10 tomorrow (13 h 58 min): answered 429 …`."""
    some = open_words(((one.queue, one.waiting + one.taken) for one in queues), source.source)
    waiting = f"{some} {'waits' if source.open == 1 else 'wait'}" if some else ""
    sent = f"{source.requests} {'request' if source.requests == 1 else 'requests'} sent"
    return f"{NAMES.get(source.source, source.source)}: {_state(source, waiting)}; {sent}"


def _state(source: SourceItem, waiting: str) -> str:
    if source.closed_until is None or source.seconds is None:
        return f"open, {waiting}" if waiting else "open"
    reason = _reason(source.source, source.reason or "")
    if source.refused:
        return f"{f'{waiting}: ' if waiting else ''}it refused us ({reason})"
    until = f"until {_here(source.closed_until)} ({duration(source.seconds)})"
    return f"{waiting or 'closed'} {until}: {reason}"


# ---- questions


def open_words(open_: Iterable[tuple[str, int]], source: str) -> str:
    """What of the questions open in each queue waits for a source: `412 albums, 1 track`."""
    counts: dict[str, int] = {}
    for queue, number in open_:
        lane = LANE_OF[queue]
        if number and lane.source == source:
            counts[lane.stage.name] = counts.get(lane.stage.name, 0) + number
    return ", ".join(f"{number} {UNITS[stage][number != 1]}" for stage, number in counts.items())


def left_line(closing: Closing, open_: Iterable[tuple[str, int]]) -> str:
    """What is left because its source is closed, for people who have waited for the rest."""
    return f"Waiting: {closed_words(closing)}: {open_words(open_, closing.source)}."


def held_words(sources: Iterable[SourceItem]) -> str | None:
    """The closed sources that questions in the queues wait for: `Spotify until 03:10 tomorrow`."""
    said = []
    for one in sources:
        if one.open and one.closed_until:
            name = NAMES.get(one.source, one.source)
            until = f"{name} until {_here(one.closed_until)}"
            said.append(f"{name}, which refused us" if one.refused else until)
    return " and ".join(said) or None


def open_at(source: str, queues: Iterable[QueueRow]) -> int:
    """How many questions lie in the queues of a source."""
    return sum(one.waiting + one.taken for one in queues if LANE_OF[one.queue].source == source)


def waiting_items(
    progress: Iterable[QueueProgress], closings: Mapping[str, Closing], *, sandbox: bool
) -> list[Waiting]:
    """The closed sources that something open waits for, and how much."""
    open_: dict[str, int] = {}
    for one in progress:
        source = LANE_OF[one.queue].source
        open_[source] = open_.get(source, 0) + one.open
    return [
        Waiting(
            source=source,
            until=closings[source].until,
            seconds=closings[source].seconds,
            open=open_[source],
            reason=closings[source].reason,
            refused=closings[source].refused,
            sandbox=sandbox,
        )
        for source in sorted(open_.keys() & closings.keys())
        if open_[source]
    ]


# ---- lanes


def lanes_words(
    lanes: Sequence[Lane],
    closings: Mapping[str, Closing],
    rates: Mapping[str, float],
    waits: Mapping[str, Wait],
) -> str | None:
    """What lanes with something to do wait for. `waits` says what is known of each, by queue."""
    said = []
    for source in dict.fromkeys(lane.source for lane in lanes):
        if closing := closings.get(source):
            said.append(closed_words(closing))
            continue
        found = [waits.get(lane.queue) for lane in lanes if lane.source == source]
        words = [wait_words(source, one, rates) for one in found if one]
        words = words or [asked_words(source, rates)]
        said += [f"waits for {one}" for one in dict.fromkeys(words)]
    return "; ".join(said) or None


def wait_words(source: str, wait: Wait, rates: Mapping[str, float]) -> str:
    """`a slot at MusicBrainz (1 request a second)`."""
    if wait.what == "fuller batch":
        return f"a fuller batch for {NAMES[source]}"
    if wait.what == "slot":
        return f"a slot at {asked_words(source, rates)}"
    return f"{NAMES[source]} to open again"
