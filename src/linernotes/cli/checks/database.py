"""The database itself: can it be used, and is it set up as we need it?"""

from __future__ import annotations

import statistics
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from linernotes.cli.checks import Finding, Patient, on_connection, on_database, statements
from linernotes.cli.render import count, size

if TYPE_CHECKING:
    from linernotes.db.queue import Connection

# Each message costs several round trips; above this they take longer than the sources do.
SLOW_MS = 100.0
# Leases, budgets and expiries compare the database's own times, so a difference breaks none of
# them. It shows in the dates of the evidence, which are told to the minute: half of one is worth
# a word, and five make it wrong. Kerberos draws its line there too.
CLOCK_WARNING = timedelta(seconds=30)
CLOCK_WRONG = timedelta(minutes=5)


async def database(patient: Patient) -> Finding:
    """Reachable, new enough, in UTF-8, of the right kind, and near."""
    from linernotes.db import doctor, migrate

    if patient.away:
        return Finding("wrong", str(patient.away), patient.away.hint)
    if patient.conn is None:
        return Finding(
            "ok",
            f"there is no {patient.choice.kind} store yet; it will lie in"
            f" {patient.choice.directory}",
            'linernotes discover "Drake"',
            {"exists": False},
        )
    conn = patient.conn
    trip_ms = await _round_trip_ms(conn)
    about = await doctor.database(conn)
    kind = await _kind(conn)
    assert patient.dsn
    where = migrate.describe(patient.dsn)
    details = {
        "exists": True,
        "address": where,
        "version": about.version,
        "encoding": about.encoding,
        "role": about.role,
        "bytes": about.bytes,
        "round_trip_ms": round(trip_ms, 1),
        "kind": kind,
    }
    found = (
        f"PostgreSQL {about.version}, {where}, as {about.role}, {about.encoding},"
        f" {size(about.bytes)}, {kind or 'not used yet'}, answers in {trip_ms:.1f} ms"
    )
    if about.major < migrate.SERVER_MAJOR_MIN:
        hint = (
            f"upgrade it to PostgreSQL {migrate.SERVER_MAJOR_MIN} or newer, or unset DATABASE_URL"
        )
        return Finding("wrong", f"too old: {found}", hint, details)
    if about.encoding != "UTF8":
        hint = (
            "it cannot hold every name; make another and set DATABASE_URL to it:\n"
            "create database linernotes encoding 'UTF8' template template0;"
        )
        return Finding("wrong", f"not in UTF-8: {found}", hint, details)
    if kind not in (None, patient.choice.kind):
        hint = "set DATABASE_URL to another database, or use --sandbox for the sandbox's own"
        return Finding(
            "wrong", f"holds {kind} facts, not {patient.choice.kind}: {found}", hint, details
        )
    if trip_ms > SLOW_MS:
        return Finding("warning", f"far away: {found}", "run the workers nearer to it", details)
    return Finding("ok", found, None, details)


async def _round_trip_ms(conn: Connection) -> float:
    import time

    from linernotes.db import doctor

    taken = []
    for _ in range(5):
        before = time.perf_counter()
        await doctor.now(conn)
        taken.append(time.perf_counter() - before)
    return statistics.median(taken) * 1000


async def _kind(conn: Connection) -> str | None:
    from psycopg import errors

    from linernotes.db import report

    try:
        return await report.kind(conn)
    except (errors.UndefinedTable, errors.InsufficientPrivilege):
        return None


@on_database
async def pgmq(conn: Connection, patient: Patient) -> Finding:
    """There, with our queues and with the calls that we make."""
    from linernotes.db import doctor
    from linernotes.stages import LANE_OF

    version = await doctor.pgmq_version(conn)
    calls = await doctor.missing_calls(conn)
    if "list_queues()" in calls or "create(text)" in calls:
        return Finding("wrong", "PGMQ is not there", "create extension pgmq;", {"calls": calls})
    queues = await doctor.missing_queues(conn, list(LANE_OF))
    details = {"extension": version, "missing_queues": queues, "missing_calls": calls}
    kind = f"the extension pgmq {version}" if version else "PGMQ as plain SQL"
    if calls:
        hint = (
            "alter extension pgmq update;" if version else "use a database with PGMQ 1.4 or newer"
        )
        return Finding("wrong", f"{kind} has no {', '.join(calls)}", hint, details)
    if queues:
        hint = statements([f"select pgmq.create('{queue}');" for queue in queues], most=len(queues))
        return Finding("wrong", f"{kind}; not there: {', '.join(queues)}", hint, details)
    return Finding("ok", f"{kind}, {len(LANE_OF)} queues", None, details)


@on_connection
async def migrations(conn: Connection, patient: Patient) -> Finding:
    """All of this version applied, in order, and none of a newer one."""
    from linernotes.db import migrate

    state = await migrate.state(conn)
    ours = [one.version for one in migrate.migrations()]
    pending = [one for one in ours if one not in state.recorded | state.marked]
    newer = sorted(state.marked - set(ours))
    unmarked = sorted(state.recorded & set(ours) - state.marked)
    unrecorded = sorted(state.marked & set(ours) - state.recorded)
    details = {
        "applied": len(ours) - len(pending),
        "pending": pending,
        "newer": newer,
        "not_in_the_schema": unmarked,
        "not_in_the_history": unrecorded,
    }
    if newer:
        found = f"made by a newer version of Linernotes: it has {', '.join(newer)}"
        return Finding("wrong", found, "pip install --upgrade linernotes", details)
    if unmarked:
        found = f"the history has {', '.join(unmarked)}, and the schema does not"
        versions = ", ".join(f"'{one}'" for one in unmarked)
        hint = (
            "restore the schema linernotes from a backup, or begin anew:\n"
            # To be copied by a person; nothing here runs it.
            "delete from supabase_migrations.schema_migrations"
            f" where version in ({versions});\n"
            "linernotes migrate"
        )
        return Finding("wrong", found, hint, details)
    if pending == ours:
        found = "nothing is set up yet; the first discover does it"
        return Finding("warning", found, "linernotes migrate", details)
    if pending:
        found = f"{count(len(pending), 'migration')} pending: {', '.join(pending)}"
        # Any command brings an embedded database up to date.
        wrong = patient.choice.directory is None
        return Finding("wrong" if wrong else "warning", found, "linernotes migrate", details)
    if unrecorded:
        found = f"the schema has {', '.join(unrecorded)}, and the history does not"
        return Finding("warning", found, "linernotes migrate", details)
    return Finding("ok", f"all {len(ours)} applied", None, details)


@on_database
async def grants(conn: Connection, patient: Patient) -> Finding:
    """Nobody has what they must not, everybody what they need."""
    from linernotes.db import doctor
    from linernotes.stages import LANE_OF

    too_much = await doctor.too_much(conn)
    too_little = await doctor.too_little(conn, list(LANE_OF))
    unsecured = await doctor.unsecured(conn)
    details = {"too_much": too_much, "too_little": too_little, "unsecured": unsecured}
    said = [
        words
        for number, words in (
            (len(too_much), f"strangers have {count(len(too_much), 'right')} too many"),
            (len(unsecured), f"{count(len(unsecured), 'table')} without row level security"),
            (len(too_little), f"{count(len(too_little), 'right')} missing"),
        )
        if number
    ]
    if said:
        hint = "as the owner: linernotes migrate   (settles most of it), or:\n" + statements(
            [*too_much, *unsecured, *too_little]
        )
        return Finding("wrong", "; ".join(said), hint, details)
    found = "each role has what it needs and no more; row level security is on"
    return Finding("ok", found, None, details)


@on_connection
async def pooler(conn: Connection, patient: Patient) -> Finding:
    """
    Is there a pooler in between, and does it change connections between transactions?

    While somebody else holds the connection that we had, a pooler in transaction mode gives
    either them ours or us another; without one each keeps its own.
    """
    from linernotes.db import doctor, migrate

    assert patient.dsn
    first = await doctor.backend(conn)
    async with migrate.connect(patient.dsn) as other, other.transaction():
        theirs = await doctor.backend(other)
        second = await doctor.backend(conn)
    shared = theirs == first or second != first
    between = shared or conn.info.backend_pid != first
    details = {"pooler": between, "transaction_mode": shared}
    if shared:
        found = (
            "a pooler in transaction mode, which changes nothing: workers poll their queues, and"
            " no statement is prepared by name"
        )
        return Finding("ok", found, None, details)
    if between:
        return Finding("ok", "a pooler that keeps a connection for each session", None, details)
    return Finding("ok", "none: a direct connection", None, details)


@on_connection
async def clocks(conn: Connection, patient: Patient) -> Finding:
    """This machine's clock, the database's, and Spotify's where it was asked."""
    from linernotes.db import doctor

    before = local_now()
    theirs = await doctor.now(conn)
    database_ahead = theirs - (before + (local_now() - before) / 2)
    ahead = {"the database": database_ahead}
    if patient.source_ahead is not None:
        ahead["Spotify"] = patient.source_ahead
    details = {
        "database_ahead_seconds": round(database_ahead.total_seconds(), 3),
        "spotify_ahead_seconds": patient.source_ahead.total_seconds()
        if patient.source_ahead is not None
        else None,
    }
    found = ", ".join(f"{name} is {_ahead(one)}" for name, one in ahead.items())
    largest = max(abs(one) for one in (*ahead.values(), _apart(ahead)))
    if largest <= CLOCK_WARNING:
        return Finding("ok", found, None, details)
    hint = (
        "set the clock that is wrong, such as with: timedatectl set-ntp true\n"
        "(nothing breaks, but facts are dated by the database's clock)"
    )
    return Finding("wrong" if largest > CLOCK_WRONG else "warning", found, hint, details)


def local_now() -> datetime:
    return datetime.now(UTC)


def _apart(ahead: dict[str, timedelta]) -> timedelta:
    return max(ahead.values()) - min(ahead.values())


def _ahead(difference: timedelta) -> str:
    seconds = difference.total_seconds()
    if abs(seconds) < 1:
        return "within a second of this machine"
    return f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} this machine"
