"""`discover`: ask who produced everything by an artist, and watch it happen."""

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
    from linernotes.cli.shapes import StageItem, Waiting
    from linernotes.cli.signals import Stop
    from linernotes.cli.store import Store
    from linernotes.db.budget import Closing
    from linernotes.db.queue import Connection
    from linernotes.db.report import QueueProgress
    from linernotes.stages.artist_discovery import ArtistDiscovery
    from linernotes.waits import Wait
    from linernotes.worker import Worker

LOOK_SECONDS_MAX = 2.0
LOOK_EVERY_SECONDS = 0.3
# A source that is closed for longer than this is not waited for.
PATIENCE_SECONDS = 60.0

BANNER = """\
SANDBOX: simulated Spotify, MusicBrainz and Wikidata, with real song titles and made-up gaps.
Nothing below was asked of the real services."""


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
        """
        The command that goes on; a refresh that has begun is not begun anew. Like every command
        that is shown, it gets its `--sandbox` from `Streams`.
        """
        words = ["linernotes", "discover", self.asked]
        words += ["--appears-on"] * self.appears_on
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
    sandbox: bool

    @property
    def is_finished(self) -> bool:
        return not any(one.open for one in self.progress)

    @property
    def waiting(self) -> list[Waiting]:
        """The closed sources that something open waits for."""
        from linernotes.cli.waiting import waiting_items

        return waiting_items(self.progress, self.closings, sandbox=self.sandbox)

    @property
    def refused(self) -> Closing | None:
        """Who refused us, of those that something open waits for."""
        waited_for = (self.closings[one.source] for one in self.waiting)
        return next((one for one in waited_for if one.refused), None)

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
    from linernotes.cli import discovered
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
            result = await discovered.result_of(conn, request, discovery, view, store, from_store)
        except SeveralMeant as error:
            error.sandbox = store.is_sandbox
            raise
    discovered.show(result, request, output)
    if view.refused:
        raise discovered.refused(view.refused)
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
        await queue.lock_walk(conn)
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
    if root is None:
        return False
    if root.state == "dead":
        return True
    progress = await report.progress(conn, discovery)
    return root.artist_id is None and not any(one.open for one in progress)


async def _look(
    conn: Connection, discovery: int, store: Store, waits: Mapping[str, Wait] | None = None
) -> View:
    """`waits` are those of our own worker, while there is one."""
    from linernotes.cli.progress import stages
    from linernotes.db import budget, report

    progress = await report.progress(conn, discovery)
    closings = await budget.closings(conn)
    rates = {name: one.requests_per_second for name, one in store.settings.sources.items()}
    mark = store.is_sandbox
    items = stages(progress, closings, rates, waits=waits, sandbox=mark)
    return View(progress, closings, items, mark)


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
                discovery, store, worker, shown, output, lambda: stop.wanted or working.done()
            )
        finally:
            shown.close()
            await wind_down(worker, working)


async def _watch(
    discovery: int,
    store: Store,
    worker: Worker,
    shown: Display,
    output: Output,
    is_over: Callable[[], bool],
) -> None:
    """
    Show how far it is until it is finished, stuck with nothing in hand, or over.

    A database that goes away, or finds no room on its disk, is waited for: the worker decides
    for how long, and here it is said once.
    """
    import asyncio

    import psycopg

    from linernotes import db

    away = None
    while not is_over():
        # Asked before the look: what is committed after it would be missed.
        empty_handed = not worker.has_claims
        if (now := db.away(worker.pool)) and not away:
            output.note(f"waiting for the database, {now.seconds_max:.0f} s at most: {now.reason}")
        away = now
        try:
            async with worker.pool.connection(timeout=LOOK_SECONDS_MAX) as conn:
                view = await _look(conn, discovery, store, worker.waits.now)
        except psycopg.OperationalError:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            continue
        shown.update(view.stages)
        # What it has in hand was perhaps answered before the source closed.
        if view.is_finished or (view.is_stuck and empty_handed):
            return
        await asyncio.sleep(LOOK_EVERY_SECONDS)


def _stopped(request: Request, output: Output) -> int:
    from linernotes.cli.problems import STOPPED
    from linernotes.cli.terminal import say

    if not output.manner.quiet:
        say(output.streams.copyable(f"stopped; nothing is lost; continue with: {request.again}"))
    return STOPPED
