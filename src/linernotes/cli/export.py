"""`export facts`: everything known of an artist. `export producers`: people, a row each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from linernotes.cli.store import Sandbox
from linernotes.cli.terminal import MANNER, Manner, Output

if TYPE_CHECKING:
    from linernotes.cli.files import Write
    from linernotes.cli.store import Store
    from linernotes.db.queue import Connection

app = App(name="export", help="Write what is in the store.")

# Written in pieces of about this many bytes.
PIECE_BYTES = 64 * 1024


@app.command
def facts(
    *,
    artist: Annotated[str, Parameter(help="Name, id or address of an artist in the store.")],
    format: Annotated[Literal["jsonl"], Parameter(help="JSON Lines.")] = "jsonl",
    sandbox: Sandbox = False,
    manner: Manner = MANNER,
) -> int:
    """
    Write every fact of an artist, one JSON object a line.

    Each has a `type` (artist, album, track, credit, profile), `source`, `retrieved_at`, `licence`
    and `sandbox`. Names in `artists` and `hints` of a track are no producers; `joined_because`
    says why it is one recording with others.
    """
    from linernotes.cli.reading import coverage_of, read

    async def body(conn: Connection, store: Store, output: Output) -> int:
        import msgspec

        from linernotes.cli import render
        from linernotes.cli.asking import stored_artist
        from linernotes.db import report

        meant = await stored_artist(conn, artist)
        coverage = await coverage_of(conn, meant.id, store)
        licences = {name: one.licence for name, one in store.settings.sources.items()}
        encoder = msgspec.json.Encoder()
        lines = (
            encoder.encode(_line(kind, row, licences, sandbox=store.is_sandbox)) + b"\n"
            async for kind, row in report.exported(conn, meant.id)
        )
        await _in_pieces(lines, output.write)
        output.note(render.coverage_line(coverage))
        return 0

    return read(sandbox, manner, body)


def _line(
    kind: str, row: dict[str, Any], licences: dict[str, str], *, sandbox: bool
) -> dict[str, Any]:
    import msgspec

    from linernotes.cli.shapes import TrackState

    if kind == "track":
        # Times inside come as the database writes them; converted, all are written alike.
        row["states"] = msgspec.convert(row["states"], list[TrackState])
    return {"type": kind, **row, "licence": licences.get(row["source"]), "sandbox": sandbox}


@app.command
def producers(
    *,
    artist: Annotated[
        str | None, Parameter(help="Only on recordings of this artist: name, id or address.")
    ] = None,
    format: Annotated[
        Literal["csv", "jsonl"], Parameter(help="csv for spreadsheets and contacts, or jsonl.")
    ] = "csv",
    to: Annotated[
        Path | None,
        Parameter(
            name=["--output", "-o"],
            help="A file instead of stdout; one that exists is replaced when the new one is whole.",
        ),
    ] = None,
    raw: Annotated[
        bool, Parameter(help="Leave cells that a spreadsheet takes for a formula as they are.")
    ] = False,
    sandbox: Sandbox = False,
    manner: Manner = MANNER,
) -> int:
    """
    Write who produced, a row a person or group, with where they can be found.

    Counted as in `linernotes producers`. docs/reference/exports.md explains each column.
    """
    from linernotes.cli.reading import coverage_of, read, store_of

    async def body(conn: Connection, store: Store, output: Output) -> int:
        from linernotes.cli import render
        from linernotes.cli.asking import stored_artist
        from linernotes.cli.people import row
        from linernotes.db.people import people

        meant = await stored_artist(conn, artist) if artist is not None else None
        header, line = _csv(raw) if format == "csv" else _jsonl()
        rows = (
            line(row(one, sandbox=store.is_sandbox))
            async for one in people(conn, artist=meant.id if meant else None)
        )
        with _destination(to, output) as write:
            write(header)
            count = await _in_pieces(rows, write)
        output.note(f"{render.count(count, 'producer')}" + (f" in {to}." if to else "."))
        if meant:
            output.note(render.coverage_line(await coverage_of(conn, meant.id, store)))
        else:
            output.note(render.store_line(await store_of(conn, store)))
        return 0

    return read(sandbox, manner, body)


Line = Callable[[dict[str, Any]], bytes]


def _csv(raw: bool) -> tuple[bytes, Line]:
    from linernotes.cli import spreadsheet
    from linernotes.cli.people import COLUMNS

    def line(row: dict[str, Any]) -> bytes:
        return spreadsheet.line(row.values(), raw=raw).encode()

    return spreadsheet.line(COLUMNS, raw=True).encode(), line


def _jsonl() -> tuple[bytes, Line]:
    import msgspec

    encoder = msgspec.json.Encoder()
    return b"", lambda row: encoder.encode(row) + b"\n"


@contextmanager
def _destination(path: Path | None, output: Output) -> Iterator[Write]:
    from linernotes.cli.files import replacing

    if path is None or str(path) == "-":
        yield output.write
        return
    with replacing(path) as write:
        yield write


async def _in_pieces(lines: AsyncIterator[bytes], write: Write) -> int:
    """Write the lines, many at a time, and say how many there were."""
    piece, count = bytearray(), 0
    async for line in lines:
        piece += line
        count += 1
        if len(piece) >= PIECE_BYTES:
            write(bytes(piece))
            piece.clear()
    write(bytes(piece))
    return count
