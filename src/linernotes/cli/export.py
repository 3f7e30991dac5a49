"""`export facts`: everything known of an artist, one fact a line, with source and licence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from linernotes.cli.store import Sandbox
from linernotes.cli.terminal import MANNER, Manner, Output

if TYPE_CHECKING:
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
        piece, encoder = bytearray(), msgspec.json.Encoder()
        async for kind, row in report.exported(conn, meant.id):
            piece += encoder.encode(_line(kind, row, licences, sandbox=store.is_sandbox)) + b"\n"
            if len(piece) >= PIECE_BYTES:
                output.write(bytes(piece))
                piece.clear()
        output.write(bytes(piece))
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
