"""What came out of a discovery: read from the store, printed, or why there is nothing."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from linernotes.cli import render, shapes
from linernotes.cli import store as stores
from linernotes.cli.problems import SeveralMeant
from linernotes.cli.reading import coverage_of, hints_of
from linernotes.cli.shapes import ArtistItem, DeadItem, DiscoverDocument, with_more
from linernotes.cli.waiting import left_line
from linernotes.db import report
from linernotes.errors import Busy, LinernotesError, Refused

if TYPE_CHECKING:
    from linernotes.cli.discover import Request, View
    from linernotes.cli.shapes import CoverageItem
    from linernotes.cli.store import Store
    from linernotes.cli.terminal import Output
    from linernotes.db.budget import Closing
    from linernotes.db.queue import Connection
    from linernotes.db.report import DeadQuestion, Root

ROWS_ON_A_TERMINAL = 25
WITHOUT_KEYS = """\
This came from the sandbox. For the real world: export SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET
(developer.spotify.com/dashboard) and LINERNOTES_CONTACT, and run the same command"""
WITH_KEYS = "This came from the sandbox. For the real world: run the same command"


@dataclass(frozen=True)
class Result:
    """What came out, for people and programs alike."""

    document: DiscoverDocument
    coverage: CoverageItem
    view: View
    words_gone: bool

    @property
    def exit_code(self) -> int:
        return 0 if self.document.outcome == "done" else 3


async def result_of(
    conn: Connection, request: Request, discovery: int, view: View, store: Store, from_store: bool
) -> Result:
    """Read what is known. Raises where no artist could be settled on."""
    root = await report.root(conn, discovery)
    if root is None:
        raise _purged(request)
    dead = await report.dead_letters_of(conn, discovery)
    if root.artist_id is None:
        raise _no_artist(root, dead, request, view, store)
    artists = await report.artists(conn)
    artist = next((one for one in artists if one.id == root.artist_id), None)
    if artist is None:
        raise _purged(request)
    coverage = await coverage_of(conn, artist.id, store)
    rows = await report.producers(conn, artist=artist.id)
    sandbox = store.is_sandbox
    times = [one.last_answered_at for one in view.progress if one.last_answered_at]
    oldest = [one.first_answered_at for one in view.progress if one.first_answered_at]
    document = DiscoverDocument(
        sandbox=sandbox,
        discovery=discovery,
        asked_for=request.asked,
        artist=ArtistItem(artist.id, artist.name, artist.url, root.reason, sandbox),
        outcome="in part" if dead or not view.is_finished else "done",
        from_store=from_store,
        answered_at=max(times, default=None),
        oldest_answered_at=min(oldest, default=None),
        stages=view.stages,
        coverage={"musicbrainz": coverage},
        producers=render.ranked(rows, sandbox=sandbox),
        hints=await hints_of(conn, artist.id, store),
        waiting=view.waiting,
        dead_letters=[with_more(one, DeadItem, sandbox=sandbox) for one in dead],
        next=_next_step(request, artist.name or artist.id, rows, view, dead),
    )
    gone = await report.words_gone(conn, artist.id)
    return Result(document, coverage, view, gone)


def show(result: Result, request: Request, output: Output) -> None:
    """The table, or the document; then, for people, what it covers and what to do next."""
    found = result.document
    if request.json:
        step = output.streams.commands(found.next)
        output.write(shapes.document(msgspec.structs.replace(found, next=step)))
    else:
        _print_table(found, request, output)
        if not found.producers:
            output.note(render.no_producers(result.coverage, _name(found)))
        output.note()
        output.note(render.coverage_line(result.coverage))
    if found.hints:
        output.note(render.hints_line(found.hints))
    if found.from_store and found.oldest_answered_at:
        oldest = found.oldest_answered_at
        age = f"{render.ago(oldest)} ({render.moment(oldest)})"
        output.note(f"From the store: oldest answer {age}; --refresh asks again.")
    if result.words_gone:
        output.note(render.words_gone_line(found.artist.name or found.artist.id))
    for one in found.waiting:
        open_ = ((row.queue, row.open) for row in result.view.progress)
        output.note(left_line(result.view.closings[one.source], open_))
    if found.dead_letters:
        number = render.count(len(found.dead_letters), "question")
        output.note(f"Given up on: {number}; linernotes dead-letters says why.")
    output.note(f"Next: {found.next}")
    if found.sandbox:
        output.note(_sandbox_end(request))


def _sandbox_end(request: Request) -> str:
    """How to leave the sandbox, for somebody with keys and for somebody without."""
    words = WITH_KEYS if stores.has_keys() else WITHOUT_KEYS
    if os.environ.get("LINERNOTES_SANDBOX"):
        return f"{words} without LINERNOTES_SANDBOX."
    return f"{words} without --sandbox." if request.sandbox else f"{words}."


def _print_table(found: DiscoverDocument, request: Request, output: Output) -> None:
    terminal = output.streams.is_out_a_terminal
    limit = request.limit
    if limit is None:
        limit = ROWS_ON_A_TERMINAL if terminal else 0
    output.note(f"\n{_name(found)}  {found.artist.url}  ({found.artist.reason})")
    if found.producers or not terminal:
        render.producers(output, found.producers, limit=limit)


def _name(found: DiscoverDocument) -> str:
    return found.artist.name or render.NAME_GONE


def _next_step(
    request: Request, artist: str, items: Sequence[Any], view: View, dead: Sequence[Any]
) -> str:
    """One command to copy: what helps most now."""
    if not view.is_finished:
        return f"{request.again}   (goes on where this stopped)"
    if dead:
        return "linernotes retry"
    if items:
        return shlex.join(["linernotes", "show", items[0].name])
    export = shlex.join(["linernotes", "export", "facts", "--artist", artist])
    return f"{export}   (what is known of each track)"


def _purged(request: Request) -> LinernotesError:
    return LinernotesError(
        f'"{request.asked}" was purged meanwhile', hint=f"{request.again}   (asks again)"
    )


def _no_artist(
    root: Root, dead: Sequence[DeadQuestion], request: Request, view: View, store: Store
) -> Exception:
    if dead:
        return LinernotesError(
            f"asking for the artist failed: {dead[0].error}",
            hint=f"{request.again}   (asks again)",
        )
    if view.refused:
        return refused(view.refused)
    if root.reason is None and view.waiting:
        return _closed(view, request)
    if root.reason is None:
        return LinernotesError("nobody has been asked for the artist yet", hint=request.again)
    candidates = root.candidates or []
    hint = "check the spelling, or give the artist's Spotify address"
    if candidates:
        hint = f"linernotes discover {candidates[0].id}"
    elif store.is_sandbox:
        hint = f"the sandbox knows only {_sandbox_artists()}; with keys the real Spotify is asked"
    return SeveralMeant(
        f'"{request.asked}" is not one artist: {root.reason}', candidates, hint=hint
    )


def refused(closing: Closing) -> Exception:
    """The reason says whether it is the key or the account; both are mended in one place."""
    where = "see developer.spotify.com/dashboard; " if closing.source == "spotify" else ""
    hint = f"{where}when it is mended, run it again; nothing is lost"
    return Refused(closing.source, closing.reason.removeprefix(f"{closing.source}: "), hint=hint)


def _closed(view: View, request: Request) -> Exception:
    closing = view.closings[view.waiting[0].source]
    error = Busy(closing.source, closing.seconds, closing.reason)
    error.hint = f"{request.again}   (later; nothing is lost)"
    return error


def _sandbox_artists() -> str:
    from linernotes.sandbox import small_world

    world = small_world()
    names = {world.artists[one].name for one, found in world.listings.items() if found.get("album")}
    return ", ".join(sorted(names))
