"""What is read from the store: `status`, `producers`, `show`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter, validators

from linernotes.cli.store import Sandbox
from linernotes.cli.terminal import MANNER, Json, Manner, Output

if TYPE_CHECKING:
    from linernotes.cli.shapes import (
        ArtistItem,
        CoverageItem,
        DiscoveryItem,
        HintItem,
        Place,
        ShowDocument,
        SourceItem,
        StatusDocument,
        StoreItem,
    )
    from linernotes.cli.store import Choice, Store
    from linernotes.db.queue import Connection
    from linernotes.db.report import DiscoveryRow, ProducerName

DISCOVERIES_SHOWN = 10
# Whom the lists and the credits come from: coverage hangs on them.
READ_FROM = ("spotify", "musicbrainz")
YEAR = validators.Number(gte=1000, lte=2999)

Read = Callable[["Connection", "Store", Output], Awaitable[int]]


def read(sandbox: bool, manner: Manner, body: Read) -> int:
    """Open the store that is meant, for reading, and run `body` on it."""
    import asyncio

    from linernotes.cli import store as stores
    from linernotes.cli.problems import SeveralMeant
    from linernotes.cli.terminal import prepare

    output = prepare(manner)
    choice = chosen(sandbox, output)
    stores.need_existing(choice)

    async def run(store: Store) -> int:
        await stores.prepare(store, writing=False)
        async with store.connect() as conn:
            try:
                return await body(conn, store, output)
            except SeveralMeant as error:
                error.sandbox = store.is_sandbox
                raise

    with stores.served(choice) as store:
        return asyncio.run(run(store))


def chosen(sandbox: bool, output: Output) -> Choice:
    from linernotes.cli import store as stores

    choice = stores.choose(sandbox=sandbox, reading=True)
    tell(choice, sandbox, output)
    return choice


def tell(choice: Choice, sandbox: bool, output: Output) -> None:
    """Say that it is the sandbox's store, to whom did not ask for it or sits at a terminal."""
    if choice.kind == "sandbox" and not sandbox:
        output.note("Reading the sandbox's store: there are no keys, and DATABASE_URL is not set.")
    elif choice.kind == "sandbox" and (
        output.streams.is_out_a_terminal or output.streams.is_err_a_terminal
    ):
        output.note("Reading the sandbox's store: simulated services, with made-up gaps.")


# ---- what stands beside a result


async def coverage_of(conn: Connection, artist: str, store: Store) -> CoverageItem:
    from linernotes.cli.shapes import CoverageItem, with_more
    from linernotes.cli.waiting import closed_words
    from linernotes.db import budget, report

    coverage = await report.coverage(conn, artist)
    refused = coverage.refused or coverage.lists_open
    closings = await budget.closings(conn) if refused else {}
    failed = coverage.failed or coverage.lists_open
    found: CoverageItem = with_more(
        coverage,
        CoverageItem,
        why_refused=[closed_words(one) for one in closings.values() if one.source in READ_FROM],
        why_failed=await report.why_failed(conn, artist) if failed else [],
        sandbox=store.is_sandbox,
    )
    return found


async def hints_of(conn: Connection, artist: str, store: Store) -> list[HintItem]:
    from linernotes.cli.shapes import HintItem, with_more
    from linernotes.db import report

    found = await report.hints(conn, artist)
    return [with_more(one, HintItem, sandbox=store.is_sandbox) for one in found]


async def store_of(conn: Connection, store: Store) -> StoreItem:
    from linernotes.cli.shapes import StoreItem, with_more
    from linernotes.db import report

    row = await report.store_coverage(conn)
    found: StoreItem = with_more(row, StoreItem, sandbox=store.is_sandbox)
    return found


# ---- status


def status(*, sandbox: Sandbox = False, json: Json = False, manner: Manner = MANNER) -> int:
    """
    Show what was asked for and how far it is, what each source allows, and where the data lies.
    """
    import asyncio

    from linernotes.cli import store as stores
    from linernotes.cli.terminal import prepare

    output = prepare(manner)
    choice = chosen(sandbox, output)
    stores.need_directory(choice)
    if not choice.exists:
        return _status_of_nothing(choice, output, json)
    with stores.served(choice) as store:
        return asyncio.run(_status(store, output, json))


def _status_of_nothing(choice: Choice, output: Output, json: bool) -> int:
    from linernotes.cli.shapes import Place, StatusDocument, document

    assert choice.directory is not None
    place = Place(str(choice.directory), str(choice.directory), None, None)
    if json:
        found = StatusDocument(sandbox=choice.kind == "sandbox", exists=False, place=place)
        output.write(document(found))
        return 0
    output.write(
        output.streams.copyable(
            f"Store: {choice.kind}, not made yet; it will lie in {choice.directory}\n"
            'Nothing has been asked yet. Next: linernotes discover "Drake"\n'
        )
    )
    return 0


async def _status(store: Store, output: Output, json: bool) -> int:
    from linernotes.cli import store as stores
    from linernotes.cli.shapes import QueueItem, SourceItem, StatusDocument, document, with_more
    from linernotes.cli.waiting import open_at
    from linernotes.db import report
    from linernotes.stages import LANE_OF

    mark = store.is_sandbox
    await stores.prepare(store, writing=False)
    async with store.connect() as conn:
        rows = await report.discoveries(conn, DISCOVERIES_SHOWN)
        queues = await report.queues(conn, list(LANE_OF))
        found = StatusDocument(
            sandbox=store.is_sandbox,
            exists=True,
            place=place(store),
            totals=await report.totals(conn),
            discoveries=[await _discovery(conn, row, store) for row in rows],
            older_discoveries=rows[0].total - len(rows) if rows else 0,
            queues=[with_more(one, QueueItem, sandbox=mark) for one in queues],
            sources=[
                with_more(one, SourceItem, open=open_at(one.source, queues), sandbox=mark)
                for one in await report.budgets(conn)
            ],
        )
    if json:
        output.write(document(found))
    else:
        _print_status(found, store, output)
    return 0


def place(store: Store) -> Place:
    from linernotes.cli.shapes import Place
    from linernotes.db import embedded, migrate

    if store.directory is None:
        return Place(migrate.describe(store.dsn), None, None, None)
    files = embedded.describe(store.directory)
    return Place(str(files.directory), str(files.directory), files.disk_bytes, files.remove)


async def _discovery(conn: Connection, row: DiscoveryRow, store: Store) -> DiscoveryItem:
    from linernotes.cli.progress import stages
    from linernotes.cli.shapes import DiscoveryItem
    from linernotes.cli.waiting import waiting_items
    from linernotes.db import budget, report

    progress = await report.progress(conn, row.id)
    rates = {name: one.requests_per_second for name, one in store.settings.sources.items()}
    closings = await budget.closings(conn)
    items = stages(progress, closings, rates, sandbox=store.is_sandbox)
    state = "open" if any(one.open for one in items) else "done"
    if state == "done" and any(one.failed for one in items):
        state = "in part"
    if state != "open" and row.artist_id is None:
        state = "no artist"
    return DiscoveryItem(
        id=row.id,
        asked_for=row.asked_for,
        asked_at=row.asked_at,
        artist_id=row.artist_id,
        artist=row.artist,
        url=row.url,
        state=state,
        stages=items,
        coverage={"musicbrainz": await coverage_of(conn, row.artist_id, store)}
        if row.artist_id
        else None,
        waiting=waiting_items(progress, closings, sandbox=store.is_sandbox),
        sandbox=store.is_sandbox,
    )


def _print_status(found: StatusDocument, store: Store, output: Output) -> None:
    """For people, whole on stdout: it is what they asked for."""
    from linernotes.cli import render
    from linernotes.cli.terminal import clean
    from linernotes.cli.waiting import source_line

    assert found.totals is not None
    where, totals = found.place, found.totals
    lines = [f"Store: {store.kind}, {where.address}"]
    if where.remove:
        assert where.disk_bytes is not None
        lines.append(f"       {render.size(where.disk_bytes)}; to remove it: {where.remove}")
    else:
        lines += [f"       {line}" for line in _to_remove()]
    lines.append("")
    if not found.discoveries:
        lines += ["Nothing has been asked yet.", ""]
    for one in found.discoveries:
        name = one.artist or one.asked_for
        link = f"  {clean(one.url)}" if one.url else ""
        lines.append(f"{clean(name)}: {one.state}, asked {render.ago(one.asked_at)}{link}")
        if one.coverage:
            coverage = render.coverage_line(one.coverage["musicbrainz"])
            lines += [f"  {line}" for line in coverage.split("\n")]
        lines += [
            f"  {stage.stage.capitalize()}: {stage.done} of {stage.total} {stage.unit}"
            + (f", {stage.failed} failed" if stage.failed else "")
            + (f"; {clean(stage.waits_for)}" if stage.waits_for else "")
            for stage in one.stages
            if stage.open or stage.failed
        ]
    if found.older_discoveries:
        lines.append(f"… and {found.older_discoveries} asked for before these.")
    lines.append("")
    for source in found.sources:
        lines.append(source_line(source, found.queues))
        lines.append(f"  answers count for {render.hours(source.keep_seconds)}")
    waiting = sum(one.waiting for one in found.queues)
    taken = sum(one.taken for one in found.queues)
    lines.append(f"Queues: {waiting} waiting, {taken} in work or waiting for their next attempt")
    unfinished = next((one for one in found.discoveries if one.state == "open"), None)
    if unfinished and not taken:
        lines.append(f"        {_why_at_rest(found.sources, unfinished)}")
    letters = totals.dead_letters
    more = ": linernotes dead-letters" if letters else ""
    lines.append(f"Dead letters: {letters}{more}")
    output.write(output.streams.copyable("\n".join(lines)) + "\n")


def _why_at_rest(sources: Sequence[SourceItem], unfinished: DiscoveryItem) -> str:
    """
    Why no question is in work, and how to go on.

    Whether somebody is at work cannot be told while a source is closed: they would wait as well.
    """
    import shlex

    from linernotes.cli.waiting import held_words

    again = shlex.join(["linernotes", "discover", unfinished.asked_for])
    if held := held_words(sources):
        return f"waiting for {held}; if nobody goes on then: {again}"
    return f"nobody is at work on them; to go on: {again}"


def _to_remove() -> list[str]:
    """What is ours in a database of somebody's. PGMQ's schema is not: others have queues in it."""
    from linernotes.stages import LANE_OF

    return [
        "to remove what is ours in it, and nothing of others:",
        "  drop schema linernotes cascade;",
        *(f"  select pgmq.drop_queue('{queue}');" for queue in LANE_OF),
        "  drop table public.queue_metrics, public.pgmq_dead_letter_items cascade;",
        "  drop function public.pgmq_send, public.pgmq_read, public.pgmq_archive;",
    ]


# ---- producers


def producers(
    *,
    artist: Annotated[
        str | None, Parameter(help="Only on recordings of this artist: name, id or address.")
    ] = None,
    role: Annotated[
        tuple[str, ...], Parameter(help="Only these roles; may be given several times.")
    ] = (),
    min_tracks: Annotated[
        int, Parameter(help="At least so many recordings.", validator=validators.Number(gte=1))
    ] = 1,
    since: Annotated[
        int | None, Parameter(help="Count only recordings of this year or later.", validator=YEAR)
    ] = None,
    until: Annotated[
        int | None, Parameter(help="Count only recordings of this year or earlier.", validator=YEAR)
    ] = None,
    network: Annotated[
        str | None, Parameter(help="Only who has a profile there, such as instagram.")
    ] = None,
    limit: Annotated[
        int, Parameter(help="Rows of the table; 0 for all.", validator=validators.Number(gte=0))
    ] = 0,
    sandbox: Sandbox = False,
    json: Json = False,
    manner: Manner = MANNER,
) -> int:
    """
    Rank the producers in the store by how many recordings credit them.

    Counted are documented credits over all artists in the store, nothing else.
    """
    from linernotes.catalogue import ROLES, ROLES_APART
    from linernotes.errors import UsageError

    unknown = sorted(set(role) - {*ROLES, *ROLES_APART})
    if unknown:
        raise UsageError(
            f'"{unknown[0]}" is not a role', hint=f"one of: {', '.join((*ROLES, *ROLES_APART))}"
        )
    if since and until and since > until:
        raise UsageError(
            f"no year is in or after {since} and in or before {until}",
            hint=f"linernotes producers --since {until} --until {since}",
        )

    async def body(conn: Connection, store: Store, output: Output) -> int:
        from linernotes.cli import render
        from linernotes.cli.asking import stored_artist
        from linernotes.cli.shapes import ProducersDocument, document
        from linernotes.db import report

        meant = await stored_artist(conn, artist) if artist is not None else None
        coverage = await coverage_of(conn, meant.id, store) if meant else None
        hints = await hints_of(conn, meant.id, store) if meant else []
        whole = None if meant else await store_of(conn, store)
        if network:
            await _need_network(conn, network.lower())
        rows = await report.producers(
            conn,
            artist=meant.id if meant else None,
            roles=role or ROLES,
            min_tracks=min_tracks,
            since_year=since,
            until_year=until,
            network=network.lower() if network else None,
        )
        items = render.ranked(rows, sandbox=store.is_sandbox)
        if json:
            found = ProducersDocument(
                sandbox=store.is_sandbox,
                artist=_artist(meant, store) if meant else None,
                coverage={"musicbrainz": coverage} if coverage else None,
                store=whole,
                producers=items,
                hints=hints,
            )
            output.write(document(found))
            return 0
        if items or not output.streams.is_out_a_terminal:
            render.producers(output, items, limit=limit)
        if not items:
            filtered = role or min_tracks > 1 or since or until or network
            output.note(
                "No producer in the store fits these filters."
                if filtered
                else render.no_producers(coverage, meant.name or meant.id)
                if coverage and meant
                else 'No producer is known yet. Next: linernotes discover "Drake"'
            )
        if coverage and meant:
            output.note(f"{meant.name or render.NAME_GONE}  {meant.url}")
            output.note(render.coverage_line(coverage))
        if whole:
            output.note(render.store_line(whole))
        if hints:
            output.note(render.hints_line(hints))
        if meant and await report.words_gone(conn, meant.id):
            output.note(render.words_gone_line(meant.name or meant.id))
        return 0

    return read(sandbox, manner, body)


async def _need_network(conn: Connection, network: str) -> None:
    from linernotes.db import report
    from linernotes.errors import UsageError

    known = await report.networks(conn)
    if known and network not in known:
        raise UsageError(
            f'no profile in the store is at "{network}"', hint=f"one of: {', '.join(known)}"
        )


def _artist(row: object, store: Store) -> ArtistItem:
    from linernotes.cli.shapes import ArtistItem
    from linernotes.db.report import ArtistRow

    assert isinstance(row, ArtistRow)
    return ArtistItem(row.id, row.name, row.url, None, store.is_sandbox)


# ---- show


def show(
    producer: str,
    /,
    *,
    no_pager: Annotated[bool, Parameter(help="Do not page on a terminal.", group="Output")] = False,
    sandbox: Sandbox = False,
    json: Json = False,
    manner: Manner = MANNER,
) -> int:
    """
    Show a producer: every credit across all artists in the store, and every profile.

    Each with its source, address and date, and a credit with the name as printed.

    Parameters
    ----------
    producer
        A name, a MusicBrainz id or the address of that page.
    """

    async def body(conn: Connection, store: Store, output: Output) -> int:
        from linernotes.cli import render
        from linernotes.cli.asking import stored_producer
        from linernotes.cli.shapes import document

        found = await _shown(conn, await stored_producer(conn, producer), store)
        if json:
            output.write(document(found))
        else:
            _print(_show_text(found), output, pager=not no_pager)
            output.note(render.store_line(found.store))
            if any(one.track is None or not one.artists for one in found.credits):
                output.note(render.words_gone_line("ARTIST"))
        return 0

    return read(sandbox, manner, body)


async def _shown(conn: Connection, meant: ProducerName, store: Store) -> ShowDocument:
    from linernotes.cli.shapes import (
        AskedItem,
        CreditItem,
        ProducerItself,
        ProfileItem,
        ShowDocument,
        with_more,
    )
    from linernotes.db import report
    from linernotes.stages import LANES

    licences = {name: one.licence for name, one in store.settings.sources.items()}
    queues = {lane.source: lane.queue for lane in LANES if lane.stage.name == "social_enrichment"}
    mark = store.is_sandbox
    return ShowDocument(
        sandbox=mark,
        producer=with_more(meant, ProducerItself, sandbox=mark),
        credits=[
            with_more(one, CreditItem, licence=licences.get(one.source, ""), sandbox=mark)
            for one in await report.credits_of(conn, meant.id)
        ],
        profiles=[
            with_more(one, ProfileItem, licence=licences.get(one.source, ""), sandbox=mark)
            for one in await report.profiles_of(conn, meant.id)
        ],
        asked=[
            with_more(one, AskedItem, sandbox=mark)
            for one in await report.profile_answers_of(conn, meant.id, queues)
        ],
        store=await store_of(conn, store),
    )


def _show_text(found: ShowDocument) -> str:
    from linernotes.cli import render
    from linernotes.cli.terminal import clean

    who, name = found.producer, render.SOURCE_NAMES.get
    lines = [clean(who.name) + (f"  ({clean(who.disambiguation)})" if who.disambiguation else "")]
    what = f"{clean(who.kind)}; " if who.kind else ""
    lines.append(f"  {what}{who.url}; {name(who.source, who.source)}")
    other = [clean(one) for one in who.printed_as if one != who.name]
    if other:
        lines.append(f"  also printed as: {', '.join(other)}")
    if found.sandbox:
        lines.append("  from the sandbox, not from the real services")
    lines += ["", f"Profiles: {len(found.profiles) or ''}".rstrip()]
    for profile in found.profiles:
        handle = f" ({clean(profile.handle)})" if profile.handle else ""
        lines.append(f"  {profile.network}{handle}: {clean(profile.url)}")
        lines.append(f"    {_evidence(profile)}")
    for answer in found.asked:
        if answer.state != "known":
            words = {"unknown": "does not know this producer"}.get(answer.state, answer.state)
            more = f" ({clean(answer.error)})" if answer.error else ""
            lines.append(f"  {name(answer.source, answer.source)}: {words}{more}")
        elif not any(one.source == answer.source for one in found.profiles):
            lines.append(f"  {name(answer.source, answer.source)}: asked, states no profile")
    recordings = len({one.recording_id for one in found.credits})
    lines += ["", f"Credits: {len(found.credits)} on {render.count(recordings, 'recording')}"]
    for credit in found.credits:
        what = credit.role + (" of the whole release" if credit.scope == "release" else "")
        detail = f" [{clean(credit.detail)}]" if credit.detail else ""
        artists = clean(", ".join(credit.artists)) or render.NAME_GONE
        title = f"{artists}: {clean(credit.track or render.TITLE_GONE)}"
        album = clean(credit.album or render.TITLE_GONE)
        lines.append(f"  {title}  ({album}, {credit.release_date or 'undated'})")
        lines.append(f"    {clean(credit.track_url)}")
        lines.append(f'    {what}{detail}, printed as "{clean(credit.printed_as)}"')
        lines.append(f"    {_evidence(credit)}; matched by {clean(credit.matched_by)}")
    return "\n".join(lines) + "\n"


def _evidence(row: object) -> str:
    from linernotes.cli import render
    from linernotes.cli.terminal import clean
    from linernotes.db.report import CreditRow, ProfileRow

    assert isinstance(row, CreditRow | ProfileRow)
    source = render.SOURCE_NAMES.get(row.source, row.source)
    return f"{source}, {row.retrieved_at:%Y-%m-%d}: {clean(row.source_url)}"


def _print(text: str, output: Output, *, pager: bool) -> None:
    """On a terminal through the pager; `less -F` ends by itself where one screen is enough."""
    import os
    import shlex
    import subprocess

    if not (pager and output.streams.is_out_a_terminal):
        output.write(text)
        return
    command = shlex.split(os.environ.get("PAGER") or "less -FRX")
    try:
        subprocess.run(command, input=text.encode(), check=False)  # noqa: S603 (the user's own)
    except OSError:
        output.write(text)
