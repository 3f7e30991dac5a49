"""What is in the store, where it lies, and what was met on the way there."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, get_args

from linernotes.cli.checks import Finding, Patient, on_database
from linernotes.cli.render import SOURCE_NAMES, ago, count, moment, size

if TYPE_CHECKING:
    from linernotes.db.queue import Connection

# PostgreSQL makes room for 16 MB of log at a time, and an artist takes some tens of MB.
FREE_WARNING = 1_000_000_000
FREE_WRONG = 100_000_000
# Workers delete expired answers every hour, and there need not always be one.
EXPIRED_FOR = timedelta(days=1)


@on_database
async def budgets(conn: Connection, patient: Patient) -> Finding:
    """How much each source was asked, and whether it is open to us."""
    from linernotes.db import report

    rows = await report.budgets(conn)
    details = {
        row.source: {
            "requests": row.requests,
            "closed_until": row.closed_until,
            "reason": row.reason,
            "refused": row.refused,
        }
        for row in rows
    }
    if not any(row.requests or row.closed_until for row in rows):
        return Finding("ok", "no source was asked yet", None, details)
    said = []
    for row in rows:
        words = f"{SOURCE_NAMES.get(row.source, row.source)} {count(row.requests, 'request')}"
        if row.closed_until:
            word = "refused us, closed" if row.refused else "closed"
            words += f", {word} until {moment(row.closed_until)} ({row.reason})"
        said.append(words)
    found = "; ".join(said)
    if any(row.refused for row in rows):
        hint = "mend what it says (developer.spotify.com/dashboard), then: linernotes work"
        return Finding("wrong", found, hint, details)
    if any(row.closed_until for row in rows):
        hint = "nothing: the other sources go on, and this one at that time; linernotes status"
        return Finding("warning", found, hint, details)
    return Finding("ok", found, None, details)


@on_database
async def answers(conn: Connection, patient: Patient) -> Finding:
    """What is kept so that nothing is asked twice, and what of it should be gone."""
    from linernotes.db import doctor

    rows = await doctor.answers(conn)
    if not rows:
        return Finding("ok", "none kept")
    details = {
        row.source: {
            "kept": row.kept,
            "bytes": row.bytes,
            "oldest": row.oldest,
            "expired": row.expired,
            "abandoned": row.abandoned,
        }
        for row in rows
    }
    said = []
    for row in rows:
        words = f"{SOURCE_NAMES.get(row.source, row.source)} {row.kept} ({size(row.bytes)}"
        words += f", the oldest {ago(row.oldest)})" if row.oldest else ")"
        if row.expired:
            words += f", {row.expired} expired"
        if row.abandoned:
            words += f", {row.abandoned} asked for by a program that is gone"
        said.append(words)
    late = datetime.now(UTC) - EXPIRED_FOR
    if any(row.expired and row.first_expiry and row.first_expiry < late for row in rows):
        hint = "workers delete what has expired: linernotes work --until-empty"
        return Finding("warning", "; ".join(said), hint, details)
    if any(row.abandoned for row in rows):
        hint = "whoever wants them next asks again: linernotes work --until-empty"
        return Finding("warning", "; ".join(said), hint, details)
    return Finding("ok", "; ".join(said), None, details)


async def disk(patient: Patient) -> Finding:
    """Room where the embedded data lies; of a database elsewhere only how large it is."""
    from linernotes.cli.store import nearest

    details: dict[str, Any] = {}
    said = []
    if patient.conn is not None and not patient.conn.closed:
        from linernotes.db import doctor
        from linernotes.stages import LANE_OF

        details["database_bytes"] = (await doctor.database(patient.conn)).bytes
        details["archive_bytes"] = await doctor.archive_bytes(patient.conn, list(LANE_OF))
        said.append(
            f"the database takes {size(details['database_bytes'])},"
            f" of it {size(details['archive_bytes'])} archived messages"
        )
    directory = patient.choice.directory
    if directory is None:
        if not said:
            return Finding("skipped", "no database")
        return Finding("ok", "; ".join(said), None, details)
    place = nearest(directory)
    free = shutil.disk_usage(place).free
    writable = os.access(place, os.W_OK)
    details |= {"directory": str(directory), "free_bytes": free, "writable": writable}
    found = "; ".join([f"{free / 1e9:.1f} GB free where {directory} is", *said])
    hint = "set LINERNOTES_DATA_DIR to a directory that you may write to"
    if not place.is_dir():
        return Finding("wrong", f"{place} is not a directory; {found}", hint, details)
    if not writable:
        return Finding("wrong", f"{place} cannot be written to; {found}", hint, details)
    if free < FREE_WARNING:
        hint = (
            f"make room, or move the data with LINERNOTES_DATA_DIR; df -h {place}\n"
            "(nothing is lost when it is full: make room and run the command again)"
        )
        return Finding("wrong" if free < FREE_WRONG else "warning", found, hint, details)
    return Finding("ok", found, None, details)


@on_database
async def messages(conn: Connection, patient: Patient) -> Finding:
    """What was given up on, and what nobody will ever answer because its message is lost."""
    from linernotes.db import doctor, report
    from linernotes.stages import LANE_OF

    letters = await report.dead_letters(conn)
    lost = await doctor.lost_messages(conn, list(LANE_OF))
    details = {"dead_letters": len(letters), "lost": lost}
    if lost:
        found = f"questions without a message: {', '.join(f'{n} in {q}' for q, n in lost.items())}"
        hint = "linernotes discover --refresh ARTIST   (asks again; somebody emptied the queue)"
        return Finding("wrong", found, hint, details)
    if letters:
        found = (
            f"{count(len(letters), 'dead letter')}, the latest: {letters[0].error or 'no reason'}"
        )
        return Finding("warning", found, "linernotes dead-letters", details)
    return Finding("ok", "nothing was given up on", None, details)


@on_database
async def unknown_roles(conn: Connection, patient: Patient) -> Finding:
    """What sources said of people in words that we do not know."""
    import msgspec

    from linernotes.db import doctor

    rows = await doctor.unknown_roles(conn)
    roles = [{**msgspec.structs.asdict(row), "sandbox": patient.is_sandbox} for row in rows]
    if not rows:
        return Finding("ok", "none met", None, {"roles": roles})
    shown = [f"{row.met_on} × '{row.words}' ({row.kind}), e.g. {row.example}" for row in rows[:5]]
    if len(rows) > len(shown):
        shown.append(f"and {len(rows) - len(shown)} more")
    hint = (
        "nobody was made a producer by these; report them with their addresses,"
        " so that the next version knows them"
    )
    return Finding("warning", "; ".join(shown), hint, {"roles": roles})


async def place(patient: Patient) -> Finding:
    """Where embedded data lies, how large it is, and how to remove it."""
    from linernotes.cli.store import Kind, embedded_directory
    from linernotes.db import embedded

    details: dict[str, Any] = {}
    lines, hints = [], []
    for kind in get_args(Kind):
        directory = embedded_directory(patient.choice.settings, kind)
        if not (directory / "data").exists():
            details[kind] = {"directory": str(directory), "exists": False}
            continue
        files = embedded.describe(directory)
        details[kind] = {
            "directory": str(files.directory),
            "exists": True,
            "disk_bytes": files.disk_bytes,
            "running": files.running,
            "remove": files.remove,
        }
        lines.append(f"{kind}: {files.directory}, {size(files.disk_bytes)}")
        hints.append(f"to remove the {kind} store: {files.remove}")
    if not lines:
        return Finding("ok", "no embedded data on this machine", None, details)
    grace = f"{embedded.GRACE_SECONDS:.0f} s"
    hints.append(f"(once no command runs: the server stops by itself {grace} after the last one)")
    return Finding("ok", "; ".join(lines), "\n".join(hints), details)
