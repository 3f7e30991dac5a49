"""`purge`: remove what is kept, by source, artist and age."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from linernotes.cli.store import Sandbox
from linernotes.cli.terminal import MANNER, Json, Manner, Output

if TYPE_CHECKING:
    from linernotes.cli.store import Store
    from linernotes.db.queue import Connection

UNIT_SECONDS = {"h": 3600, "d": 86400}
# Of a database's time; what is older than this nobody can have asked for.
AGE_MAX_SECONDS = 100 * 365 * 86400

# What one and several of a kind are called, in the order in which they are told.
KINDS = {
    "answer": ("kept answer", "kept answers"),
    "artist": ("artist", "artists"),
    "album": ("album", "albums"),
    "track": ("track", "tracks"),
    "match": ("match", "matches"),
    "credit": ("credit", "credits"),
    "producer": ("producer", "producers"),
    "profile": ("profile", "profiles"),
    "words": ("row of titles and names", "rows of titles and names"),
    "question": ("question", "questions"),
    "message": ("queued message", "queued messages"),
}


def purge(
    *,
    source: Annotated[
        Literal["spotify", "musicbrainz", "wikidata"] | None,
        Parameter(help="Only what this source said."),
    ] = None,
    artist: Annotated[
        str | None, Parameter(help="Only of this artist: name, id or address.")
    ] = None,
    older_than: Annotated[
        str | None, Parameter(help="Only what was retrieved so long ago: 12h, 30d.")
    ] = None,
    all: Annotated[bool, Parameter(help="Everything.")] = False,
    keep_answers: Annotated[
        bool, Parameter(help="Keep the answers, so that the next discover asks for nothing.")
    ] = False,
    dry_run: Annotated[bool, Parameter(help="Say what would go, and remove nothing.")] = False,
    yes: Annotated[bool, Parameter(help="Do not ask.")] = False,
    sandbox: Sandbox = False,
    json: Json = False,
    manner: Manner = MANNER,
) -> int:
    """
    Remove what is kept, all or nothing, also beside running workers.

    Options narrow each other. What was asked for is forgotten with it: the next discover asks.
    """
    from linernotes.cli.reading import read
    from linernotes.errors import UsageError

    if all == bool(source or artist or older_than):
        raise UsageError(
            "say what to remove: --source, --artist, --older-than, or --all alone",
            hint="linernotes purge --source spotify --older-than 24h --dry-run",
        )
    seconds = age(older_than) if older_than is not None else 0.0

    async def body(conn: Connection, store: Store, output: Output) -> int:
        from linernotes.cli.asking import stored_artist
        from linernotes.cli.shapes import PurgeDocument, document
        from linernotes.db import purge as removing
        from linernotes.stages import LANE_OF

        meant = await stored_artist(conn, artist) if artist is not None else None
        wanted = removing.Purge(
            queues=tuple(LANE_OF),
            before=await removing.moment(conn, seconds),
            source=source,
            artist=meant.id if meant else None,
            answers=not keep_answers,
            aged=older_than is not None,
        )
        if not dry_run and not yes:
            would = await removing.purge(conn, wanted, dry_run=True)
            if not _agreed(would, output):
                output.note("Nothing was removed.")
                return 0
        removed = await removing.purge(conn, wanted, dry_run=dry_run)
        if json:
            output.write(document(PurgeDocument(store.is_sandbox, dry_run, removed)))
        else:
            output.write(f"{'Would remove' if dry_run else 'Removed'}: {told(removed)}.\n")
        return 0

    return read(sandbox, manner, body)


def age(text: str) -> float:
    """Seconds of 12h or 30d. Raises `UsageError`."""
    from linernotes.errors import UsageError

    found = re.fullmatch(r"([0-9]{1,6})([hd])", text.strip())
    seconds = int(found[1]) * UNIT_SECONDS[found[2]] if found else AGE_MAX_SECONDS + 1
    if seconds > AGE_MAX_SECONDS:
        raise UsageError(
            f'"{text}" is not an age', hint="hours or days: --older-than 12h, --older-than 30d"
        )
    return float(seconds)


def told(removed: dict[str, int]) -> str:
    """By kind; answers to questions go with what they are about and are not told apart."""
    words = [
        f"{number} {one if number == 1 else several}"
        for kind, (one, several) in KINDS.items()
        if (number := removed.get(kind))
    ]
    return ", ".join(words) or "nothing"


def _agreed(would: dict[str, int], output: Output) -> bool:
    """Ask on a terminal. Raises `UsageError` elsewhere: nobody is there to answer."""
    import sys

    from linernotes.errors import UsageError

    if not (sys.stdin.isatty() and output.streams.is_err_a_terminal):
        raise UsageError(
            f"this would remove {told(would)}, and nobody is there to be asked",
            hint="say --yes, or --dry-run to see it",
        )
    sys.stderr.write(f"This removes {told(would)}. Go on? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
