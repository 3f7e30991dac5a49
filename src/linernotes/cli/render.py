"""Tables for people, TSV for programs, and the sentences that stand below a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from linernotes.catalogue import ROLES, ROLES_APART
from linernotes.cli.terminal import Output, clean
from linernotes.db.report import Coverage, ProducerRow

if TYPE_CHECKING:
    from linernotes.cli.shapes import ProducerItem

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
        items.append(with_more(row, ProducerItem, rank=rank, sandbox=sandbox))
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


def coverage_line(coverage: Coverage, source: str = "musicbrainz") -> str:
    """What is known and what is not. Nothing is 0 that has not been asked."""
    name = SOURCE_NAMES.get(source, source)
    if not coverage.albums:
        asked = "the list of albums has not been read yet"
        return (
            f"Coverage at {name}: {asked}."
            if coverage.lists_open
            else f"Coverage at {name}: the artist's list holds no album."
        )
    parts = [
        f"{coverage.credited} credited",
        f"{coverage.silent} known without a producer",
        f"{coverage.unknown} unknown to it",
        f"{coverage.waiting + coverage.unread} not asked yet",
    ]
    if coverage.refused:
        parts.append(f"{coverage.refused} waiting for a closed source")
    if coverage.failed:
        parts.append(f"{coverage.failed} failed")
    total, states = count(coverage.total, "recording"), ", ".join(parts)
    return f"Coverage at {name}: {total}: {states}; {albums_read(coverage)}."


def albums_read(coverage: Coverage) -> str:
    if not coverage.albums:
        return "albums: not listed yet" if coverage.lists_open else "no albums listed"
    more = ", the list goes on" if coverage.lists_open else ""
    return f"albums read {coverage.albums_read} of {coverage.albums}{more}"


def no_producers(coverage: Coverage) -> str:
    """Why the table is empty: nobody named, or nobody asked."""
    unasked = coverage.waiting + coverage.unread + coverage.refused
    if unasked or coverage.lists_open or not coverage.albums:
        return "No producer is known yet: not everything has been asked."
    return "No source names a producer for any of these recordings."


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def ago(then: datetime, now: datetime | None = None) -> str:
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{count(int(seconds // size), unit)} ago"
    return "just now"


def moment(then: datetime) -> str:
    return then.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def size(number: int) -> str:
    return f"{number / 1e6:.0f} MB" if number >= 1e6 else f"{number / 1e3:.0f} kB"
