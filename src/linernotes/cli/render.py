"""Tables for people, TSV for programs, and the sentences that stand below a table."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from linernotes.catalogue import ROLES, ROLES_APART
from linernotes.cli.progress import short
from linernotes.cli.terminal import Output, clean
from linernotes.db.report import ProducerRow

if TYPE_CHECKING:
    from linernotes.cli.shapes import CoverageItem, HintItem, ProducerItem, StoreItem

SOURCE_NAMES = {"spotify": "Spotify", "musicbrainz": "MusicBrainz", "wikidata": "Wikidata"}
_ROLE_ORDER = {role: number for number, role in enumerate((*ROLES, *ROLES_APART))}


@dataclass(frozen=True)
class Column:
    """`name` heads the TSV, `title` the table; a narrow terminal takes from `flexible` ones."""

    name: str
    title: str
    align: Literal["left", "right"] = "left"
    flexible: bool = False
    on_terminal: bool = True


def table(output: Output, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """On a terminal a table, elsewhere TSV with a header."""
    if output.streams.is_out_a_terminal:
        _print_table(output, columns, rows)
        return
    lines = ["\t".join(column.name for column in columns)]
    lines += ["\t".join(map(clean, row)) for row in rows]
    output.write("".join(f"{line}\n" for line in lines))


def _print_table(output: Output, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = [number for number, column in enumerate(columns) if column.on_terminal]
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number in shown:
        column = columns[number]
        made.add_column(
            column.title,
            justify=column.align,
            no_wrap=not column.flexible,
            overflow="fold" if column.flexible else "ellipsis",
        )
    for row in rows:
        made.add_row(*(Text(clean(row[number])) for number in shown))
    output.streams.console("out").print(made)


PRODUCER_COLUMNS = (
    Column("rank", "#", "right"),
    Column("producer", "Producer", flexible=True),
    Column("roles", "Roles", flexible=True),
    Column("tracks", "Tracks", "right"),
    Column("first_year", "First", "right"),
    Column("last_year", "Last", "right"),
    Column("profiles", "Profiles", flexible=True),
    Column("sources", "Sources"),
    Column("producer_id", "Id", on_terminal=False),
    Column("sandbox", "Sandbox", on_terminal=False),
)


def ranked(rows: Sequence[ProducerRow], *, sandbox: bool) -> list[ProducerItem]:
    """Rows with their ranks; equal counts share one, and the next is counted on."""
    from linernotes.cli.shapes import ProducerItem, with_more

    items: list[ProducerItem] = []
    for number, row in enumerate(rows, start=1):
        same = bool(items) and items[-1].tracks == row.tracks
        rank = items[-1].rank if same else number
        item: ProducerItem = with_more(row, ProducerItem, rank=rank, sandbox=sandbox)
        profiles = [{**one, "sandbox": sandbox} for one in row.profiles]
        items.append(msgspec.structs.replace(item, profiles=profiles))
    return items


def producers(output: Output, items: Sequence[ProducerItem], *, limit: int = 0) -> None:
    """The ranked table; `limit` 0 shows all. What is left out is said on stderr."""
    shown = items[:limit] if limit else items
    table(output, PRODUCER_COLUMNS, [_producer(one, output) for one in shown])
    if len(shown) < len(items):
        output.note(f"… and {len(items) - len(shown)} more: --limit 0 shows all.")


def _producer(item: ProducerItem, output: Output) -> list[str]:
    terminal = output.streams.is_out_a_terminal
    return [
        str(item.rank),
        _name(item) if terminal else item.name,
        ", ".join(sorted(item.roles, key=lambda role: _ROLE_ORDER.get(role, 99))),
        str(item.tracks),
        str(item.first_year or ""),
        str(item.last_year or ""),
        _networks(item) if terminal else ", ".join(_addresses(item)),
        ", ".join(SOURCE_NAMES.get(one, one) for one in item.sources),
        item.producer_id,
        "true" if item.sandbox else "false",
    ]


def _name(item: ProducerItem) -> str:
    return f"{item.name} ({item.disambiguation})" if item.disambiguation else item.name


def _networks(item: ProducerItem) -> str:
    return ", ".join(dict.fromkeys(str(one["network"]) for one in item.profiles))


def _addresses(item: ProducerItem) -> list[str]:
    return [str(one["url"]) for one in item.profiles]


# ---- sentences

NAME_GONE = "(name no longer kept)"
TITLE_GONE = "(title no longer kept)"


def words_gone_line(artist: str) -> str:
    """What became of titles and names, and how to get them again."""
    again = shlex.join(["linernotes", "discover", artist, "--refresh"])
    return f"Spotify's titles and names are no longer kept; to ask for them again: {again}"


def coverage_line(coverage: CoverageItem, source: str = "musicbrainz") -> str:
    """What is known and what is not, and why not. Nothing is 0 that has not been asked."""
    name = SOURCE_NAMES.get(source, source)
    if coverage.albums:
        total, states = count(coverage.total, "recording"), ", ".join(_states(coverage))
        line = f"Coverage at {name}: {total}: {states}; {albums_read(coverage)}."
    elif coverage.lists_open:
        line = f"Coverage at {name}: the list of albums has not been read yet."
    else:
        line = f"Coverage at {name}: the artist's list holds no album."
    return "\n".join([line, *_gaps(coverage)])


def _states(coverage: CoverageItem) -> list[str]:
    states = [
        f"{coverage.credited} credited",
        f"{coverage.silent} known without a producer",
        f"{coverage.unknown} unknown to it",
        f"{coverage.waiting + coverage.unread} not asked yet",
    ]
    if coverage.refused:
        states.append(f"{coverage.refused} refused")
    if coverage.failed:
        states.append(f"{coverage.failed} failed")
    return states


def _gaps(coverage: CoverageItem) -> list[str]:
    """A line for what could not be asked, with each reason and what helps."""
    lines = []
    if coverage.refused or (coverage.lists_open and coverage.why_refused):
        number = coverage.refused or "lists of albums"
        lines.append(f"  {number} refused: {'; '.join(coverage.why_refused)}")
    if coverage.failed or (coverage.lists_open and coverage.why_failed):
        number = coverage.failed or "lists of albums"
        first, *more = coverage.why_failed or ["see linernotes dead-letters"]
        others = f" and {count(len(more), 'other reason')}" if more else ""
        lines.append(f"  {number} failed: {short(first)}{others}; linernotes retry")
    return lines


def albums_read(coverage: CoverageItem | StoreItem) -> str:
    if not coverage.albums:
        return "albums: not listed yet" if coverage.lists_open else "no albums listed"
    more = ", the list goes on" if coverage.lists_open else ""
    return f"albums read {coverage.albums_read} of {coverage.albums}{more}"


def store_line(store: StoreItem) -> str:
    """What a total over the whole store is out of."""
    return f"Over all artists in the store: {albums_read(store)}."


def no_producers(coverage: CoverageItem, artist: str) -> str:
    """Why the table is empty: nobody named, or nobody asked."""
    if not coverage.albums and coverage.lists_open:
        return "No producer is known yet: the list of albums has not been read."
    if not coverage.albums:
        return f"Spotify lists no albums of {artist}."
    counts = {
        "not asked yet": coverage.waiting + coverage.unread,
        "refused": coverage.refused,
        "failed": coverage.failed,
    }
    if left := sum(counts.values()):
        total = count(coverage.total, "recording")
        reasons = ", ".join(f"{number} {words}" for words, number in counts.items() if number)
        return f"No producer is known yet: {left} of {total} without an answer ({reasons})."
    if coverage.lists_open:
        return "No producer is known yet: the list of albums has not been read to its end."
    return "No source names a producer for any of these recordings."


def hints_line(hints: Sequence[HintItem]) -> str:
    names = ", ".join(f"{one.name} ({count(one.tracks, 'track')})" for one in hints)
    return f"Weak evidence, not counted: printed in titles as produced by: {clean(names)}."


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def ago(then: datetime, now: datetime | None = None) -> str:
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{count(int(seconds // size), unit)} ago"
    return "just now"


def hours(seconds: float) -> str:
    """Days where they are whole ones."""
    if seconds >= 2 * 86400 and seconds % 86400 == 0:
        return count(int(seconds // 86400), "day")
    return f"{seconds / 3600:g} hour" + ("" if seconds == 3600 else "s")


def moment(then: datetime) -> str:
    return then.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def size(number: int) -> str:
    return f"{number / 1e6:.0f} MB" if number >= 1e6 else f"{number / 1e3:.0f} kB"
