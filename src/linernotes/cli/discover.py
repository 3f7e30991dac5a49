"""`discover`: ask who produced everything by an artist, watch it happen, print what came out."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter, validators

from linernotes.cli.store import Sandbox
from linernotes.cli.terminal import MANNER, Json, Manner, Output

if TYPE_CHECKING:
    from linernotes.cli.progress import Display
    from linernotes.cli.shapes import CoverageItem, DiscoverDocument, StageItem
    from linernotes.cli.signals import Stop
    from linernotes.cli.store import Store
    from linernotes.db.budget import Closing
    from linernotes.db.queue import Connection
    from linernotes.db.report import DeadQuestion, QueueProgress, Root
    from linernotes.runtime import Runtime
    from linernotes.stages.artist_discovery import ArtistDiscovery

LOOK_SECONDS_MAX = 2.0
LOOK_EVERY_SECONDS = 0.3
# A source that is closed for longer than this is not waited for.
PATIENCE_SECONDS = 60.0
ROWS_ON_A_TERMINAL = 25

BANNER = """\
SANDBOX: simulated Spotify, MusicBrainz and Wikidata, with real song titles and made-up gaps.
Nothing below was asked of the real services."""
WITHOUT_KEYS = """\
This came from the sandbox. For the real world: export SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET
(developer.spotify.com/dashboard) and LINERNOTES_CONTACT, and run the same command"""
WITH_KEYS = "This came from the sandbox. For the real world: run the same command"


def discover(
    artist: str,
    /,
    *,
    refresh: bool = False,
    appears_on: bool = False,
    sandbox: Sandbox = False,
    limit: Annotated[
        int | None,
        Parameter(help="Rows of the table; 0 for all.", validator=validators.Number(gte=0)),
    ] = None,
    json: Json = False,
    manner: Manner = MANNER,
) -> int:
    """
    Find who produced everything by an artist, and print it.

    Without SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET it asks simulated services: the sandbox.
    What is known already is not asked again. Ctrl-C loses nothing; the same command goes on.

    Parameters
    ----------
    artist
        A name, or an id, URI or address of Spotify.
    refresh
        Ask everything again.
    appears_on
        Also the albums on which the artist only appears.
    """
    import asyncio

    from linernotes.cli import store as stores
    from linernotes.cli.asking import asked_artist
    from linernotes.cli.terminal import prepare

    output = prepare(manner)
    by, asked = asked_artist(artist)
    choice = stores.choose(sandbox=sandbox, reading=False)
    if choice.kind == "live":
        stores.need_contact(choice.settings)
    else:
        output.note(BANNER)
        if unused := stores.unused_database():
            output.note(f"{unused} is set and not used: the sandbox has a database of its own.")
    request = Request(by, asked, refresh, appears_on, sandbox, limit, json)
    with stores.served(choice) as store:
        return asyncio.run(_discover(request, store, output))


@dataclass(frozen=True)
class Request:
    """What the person wants."""

    by: Any
    asked: str
    refresh: bool
    appears_on: bool
    sandbox: bool
    limit: int | None
    json: bool

    @property
    def again(self) -> str:
        """The command that goes on; a refresh that has begun is not begun anew."""
        words = ["linernotes", "discover", self.asked]
        words += ["--appears-on"] * self.appears_on + ["--sandbox"] * self.sandbox
        return shlex.join(words)

    def root(self, since: datetime | None) -> ArtistDiscovery:
        from linernotes.stages.artist_discovery import ArtistDiscovery

        return ArtistDiscovery(
            source="spotify",
            by=self.by,
            asked=self.asked,
            appears_on=self.appears_on,
            since=since,
        )


@dataclass(frozen=True)
class View:
    """A discovery at one moment."""

    progress: Sequence[QueueProgress]
    closings: Mapping[str, Closing]
    stages: list[StageItem]

    @property
    def is_finished(self) -> bool:
        return not any(one.open for one in self.progress)

    @property
    def waiting(self) -> list[Closing]:
        """The closed sources that something open waits for."""
        from linernotes.stages import LANE_OF

        sources = {LANE_OF[one.queue].source for one in self.progress if one.open}
        return [self.closings[source] for source in sorted(sources & self.closings.keys())]

    def open_at(self, source: str) -> int:
        """How many questions wait for this source."""
        from linernotes.stages import LANE_OF

        return sum(one.open for one in self.progress if LANE_OF[one.queue].source == source)

    @property
    def is_stuck(self) -> bool:
        """Everything open waits for a source that stays closed longer than we wait."""
        from linernotes.stages import LANE_OF

        sources = {LANE_OF[one.queue].source for one in self.progress if one.open}
        return bool(sources) and all(
            source in self.closings
            and (self.closings[source].refused or self.closings[source].seconds > PATIENCE_SECONDS)
            for source in sources
        )


async def _discover(request: Request, store: Store, output: Output) -> int:
    from linernotes.cli import store as stores
    from linernotes.cli.problems import SeveralMeant
    from linernotes.cli.signals import Stop

    with Stop() as stop:
        await stores.prepare(store, writing=True)
        async with store.connect() as conn:
            discovery = await _start(conn, request, store)
            before = await _look(conn, discovery, store)
        from_store = before.is_finished
        if not (from_store or before.is_stuck):
            with stores.services(store) as served:
                await _work(discovery, served, output, stop)
    if stop.wanted:
        return _stopped(request, output)
    async with store.connect() as conn:
        view = await _look(conn, discovery, store)
        try:
            result = await _result(conn, request, discovery, view, store, from_store)
        except SeveralMeant as error:
            error.sandbox = store.is_sandbox
            raise
    _print(result, request, output)
    if result.refused:
        raise _refused(result.refused)
    return result.exit_code


async def _start(conn: Connection, request: Request, store: Store) -> int:
    """
    Ask the root question, and lift what was refused before: the person has looked.

    What ended without an artist before, in an error or with nobody, is asked anew.
    """
    from linernotes.db import budget, queue, report

    for source in store.settings.sources:
        await budget.open_again(conn, source)
    async with conn.transaction():
        since = await report.now(conn) if request.refresh else None
        discovery, _ = await queue.start_discovery(
            conn, request.root(since), asked_for=request.asked, refresh=request.refresh
        )
        if await _ended_without_artist(conn, discovery):
            again = request.root(await report.now(conn))
            await queue.ask(conn, [queue.Asked(None, again)])
    return discovery


async def _ended_without_artist(conn: Connection, discovery: int) -> bool:
    """Whether the question who is meant has come to an end, and not to an artist."""
    from linernotes.db import report

    root = await report.root(conn, discovery)
    if root.state == "dead":
        return True
    progress = await report.progress(conn, discovery)
    return root.artist_id is None and not any(one.open for one in progress)


async def _look(conn: Connection, discovery: int, store: Store) -> View:
    from linernotes.cli.progress import stages
    from linernotes.db import budget, report

    progress = await report.progress(conn, discovery)
    closings = await budget.closings(conn)
    rates = {name: one.requests_per_second for name, one in store.settings.sources.items()}
    return View(progress, closings, stages(progress, closings, rates, sandbox=store.is_sandbox))


async def _work(discovery: int, store: Store, output: Output, stop: Stop) -> None:
    """Work the queues, together with whoever else does, until this discovery is at its end."""
    import asyncio

    from linernotes.cli.progress import display
    from linernotes.cli.work import wind_down
    from linernotes.runtime import open_runtime

    async with open_runtime(store.settings, store.dsn) as runtime:
        worker = runtime.worker()
        working = asyncio.create_task(worker.run())
        shown = display(output)
        try:
            await _watch(
                discovery, store, runtime, shown, output, lambda: stop.wanted or working.done()
            )
        finally:
            shown.close()
            await wind_down(worker, working)


async def _watch(
    discovery: int,
    store: Store,
    runtime: Runtime,
    shown: Display,
    output: Output,
    is_over: Callable[[], bool],
) -> None:
    """
    Show how far it is until it is finished, stuck or over.

    A database that goes away, or finds no room on its disk, is waited for: the worker decides
    for how long, and here it is said once.
    """
    import asyncio

    import psycopg

    from linernotes import db

    away = None
    while not is_over():
        if (now := db.away(runtime.pool)) and not away:
            output.note(f"waiting for the database, {now.seconds_max:.0f} s at most: {now.reason}")
        away = now
        try:
            async with runtime.pool.connection(timeout=LOOK_SECONDS_MAX) as conn:
                view = await _look(conn, discovery, store)
        except psycopg.OperationalError:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            continue
        shown.update(view.stages)
        if view.is_finished or view.is_stuck:
            return
        await asyncio.sleep(LOOK_EVERY_SECONDS)


def _stopped(request: Request, output: Output) -> int:
    from linernotes.cli.problems import STOPPED
    from linernotes.cli.terminal import say

    if not output.manner.quiet:
        say(output.streams.copyable(f"stopped; nothing is lost; continue with: {request.again}"))
    return STOPPED


# ---- the result


@dataclass(frozen=True)
class Result:
    """What came out, for people and programs alike, and who refused us, if anybody did."""

    document: DiscoverDocument
    coverage: CoverageItem
    waiting: list[Closing]
    progress: Sequence[QueueProgress]

    @property
    def refused(self) -> Closing | None:
        return next((one for one in self.waiting if one.refused), None)

    @property
    def exit_code(self) -> int:
        return 0 if self.document.outcome == "done" else 3


async def _result(
    conn: Connection, request: Request, discovery: int, view: View, store: Store, from_store: bool
) -> Result:
    """Read what is known. Raises where no artist could be settled on."""
    from linernotes.cli import render
    from linernotes.cli.reading import coverage_of, hints_of
    from linernotes.cli.shapes import ArtistItem, DeadItem, DiscoverDocument, Waiting, with_more
    from linernotes.db import report

    root = await report.root(conn, discovery)
    dead = await report.dead_letters_of(conn, discovery)
    if root.artist_id is None:
        raise _no_artist(root, dead, request, view, store)
    artist = next(one for one in await report.artists(conn) if one.id == root.artist_id)
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
        waiting=[
            Waiting(
                one.source,
                one.until,
                one.seconds,
                view.open_at(one.source),
                one.reason,
                one.refused,
                sandbox,
            )
            for one in view.waiting
        ],
        dead_letters=[with_more(one, DeadItem, sandbox=sandbox) for one in dead],
        next=_next_step(request, artist.name, rows, view, dead),
    )
    return Result(document, coverage, view.waiting, view.progress)


def _print(result: Result, request: Request, output: Output) -> None:
    """The table, or the document; then, for people, what it covers and what to do next."""
    import msgspec

    from linernotes.cli import render, shapes

    found = result.document
    if request.json:
        step = output.streams.commands(found.next)
        output.write(shapes.document(msgspec.structs.replace(found, next=step)))
    else:
        _print_table(found, request, output)
        if not found.producers:
            output.note(render.no_producers(result.coverage, found.artist.name))
        output.note()
        output.note(render.coverage_line(result.coverage))
    if found.hints:
        output.note(render.hints_line(found.hints))
    if found.from_store and found.oldest_answered_at:
        oldest = found.oldest_answered_at
        age = f"{render.ago(oldest)} ({render.moment(oldest)})"
        output.note(f"From the store: oldest answer {age}; --refresh asks again.")
    for one in result.waiting:
        output.note(_waiting_line(one, result.progress))
    if found.dead_letters:
        number = render.count(len(found.dead_letters), "question")
        output.note(f"Given up on: {number}; linernotes dead-letters says why.")
    output.note(f"Next: {found.next}")
    if found.sandbox:
        output.note(_sandbox_end(request))


def _sandbox_end(request: Request) -> str:
    """How to leave the sandbox, for somebody with keys and for somebody without."""
    import os

    from linernotes.cli import store as stores

    words = WITH_KEYS if stores.has_keys() else WITHOUT_KEYS
    if os.environ.get("LINERNOTES_SANDBOX"):
        return f"{words} without LINERNOTES_SANDBOX."
    return f"{words} without --sandbox." if request.sandbox else f"{words}."


def _print_table(found: DiscoverDocument, request: Request, output: Output) -> None:
    from linernotes.cli import render

    terminal = output.streams.is_out_a_terminal
    limit = request.limit
    if limit is None:
        limit = ROWS_ON_A_TERMINAL if terminal else 0
    output.note(f"\n{found.artist.name}  {found.artist.url}  ({found.artist.reason})")
    if found.producers or not terminal:
        render.producers(output, found.producers, limit=limit)


def _waiting_line(closing: Closing, progress: Sequence[QueueProgress]) -> str:
    from linernotes.cli.progress import closed_words, waiting_words

    what = waiting_words(progress, closing.source)
    return f"Waiting: {closed_words(closing)}: {what}."


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


def _no_artist(
    root: Root, dead: Sequence[DeadQuestion], request: Request, view: View, store: Store
) -> Exception:
    from linernotes.cli.problems import SeveralMeant
    from linernotes.errors import LinernotesError

    if dead:
        return LinernotesError(
            f"asking for the artist failed: {dead[0].error}",
            hint=f"{request.again}   (asks again)",
        )
    refused = next((one for one in view.waiting if one.refused), None)
    if refused:
        return _refused(refused)
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


def _refused(closing: Closing) -> Exception:
    from linernotes.errors import Refused

    hint = "run it again when that is mended; nothing is lost"
    if closing.source == "spotify":
        hint = (
            "check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET at developer.spotify.com/dashboard,"
            " then run it again; nothing is lost"
        )
    return Refused(closing.source, closing.reason.removeprefix(f"{closing.source}: "), hint=hint)


def _closed(view: View, request: Request) -> Exception:
    from linernotes.errors import Busy

    closing = view.waiting[0]
    error = Busy(closing.source, closing.seconds, closing.reason)
    error.hint = f"{request.again}   (later; nothing is lost)"
    return error


def _sandbox_artists() -> str:
    from linernotes.sandbox import small_world

    world = small_world()
    names = {world.artists[one].name for one, found in world.listings.items() if found.get("album")}
    return ", ".join(sorted(names))
