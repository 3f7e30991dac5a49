"""
What `linernotes doctor` checks. A check looks at one thing and returns one finding.

Each stands by itself: one that fails, or finds the database down, hides no other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from linernotes.cli.store import Choice
    from linernotes.db.queue import Connection
    from linernotes.errors import LinernotesError, SettingsError

State = Literal["ok", "warning", "wrong", "skipped"]


@dataclass(frozen=True)
class Finding:
    """`found` is what is so, `hint` what to do about it, a command to copy where there is one."""

    state: State
    found: str
    hint: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass
class Patient:
    """
    The store that is looked at. `dsn` is None where it has no database yet, `conn` also where
    that is `away`. `wrong_settings` are those that it does without. `source_ahead` is how far
    Spotify's clock is ahead of ours, once it was asked.
    """

    choice: Choice
    offline: bool = False
    dsn: str | None = None
    conn: Connection | None = None
    away: LinernotesError | None = None
    wrong_settings: Sequence[SettingsError] = ()
    source_ahead: timedelta | None = None

    @property
    def is_sandbox(self) -> bool:
        return self.choice.kind == "sandbox"


Check = Callable[[Patient], Awaitable[Finding]]
OnDatabase = Callable[["Connection", Patient], Awaitable[Finding]]


def on_connection(check: OnDatabase) -> Check:
    """A check that needs a database, skipped where there is none."""

    async def checked(patient: Patient) -> Finding:
        if patient.conn is not None and not patient.conn.closed:
            return await check(patient.conn, patient)
        exists = patient.dsn or patient.away
        return Finding("skipped", "no database" if exists else "there is no store yet")

    return checked


def on_database(check: OnDatabase) -> Check:
    """A check that needs a database with our schema, skipped where there is none."""

    async def checked(conn: Connection, patient: Patient) -> Finding:
        from linernotes.db import doctor

        if not await doctor.has_schema(conn):
            return Finding("skipped", "nothing of ours is in the database yet")
        return await check(conn, patient)

    return on_connection(checked)


def statements(hints: list[str], *, most: int = 5) -> str:
    """Statements to copy, a line each; the rest is counted."""
    shown = hints[:most]
    if len(hints) > most:
        shown.append(f"-- and {len(hints) - most} more, see linernotes doctor --json")
    return "\n".join(shown)
