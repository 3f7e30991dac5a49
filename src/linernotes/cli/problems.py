"""Errors for people: what happened, what to do, and the exit code that says it to a program."""

from __future__ import annotations

import errno
import shlex
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cyclopts import CycloptsError

from linernotes.cli.terminal import Streams, clean, clean_lines, say
from linernotes.errors import DatabaseError, LinernotesError, UsageError

if TYPE_CHECKING:
    from linernotes.catalogue import Candidate

STOPPED = 130
REPORT = "run it again with --debug to see where, and report it with that"


class SeveralMeant(UsageError):
    """
    The question names nobody, or more than one: `candidates` are those who come near.

    `sandbox` says which world they are of, once that is known.
    """

    def __init__(
        self, message: str, candidates: Sequence[Candidate], *, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.candidates = tuple(candidates)
        self.sandbox = False


def report(error: LinernotesError, streams: Streams, *, cause: Exception | None = None) -> int:
    """Print the error as a person or a program wants it, and return the exit code."""
    if streams.debug and cause is not None:
        traceback.print_exception(cause)
    say(_as_json(error, streams) if streams.json else _as_text(error, streams))
    return error.exit_code


def stopped(streams: Streams, arguments: Sequence[str]) -> int:
    again = shlex.join(["linernotes", *arguments])
    say(streams.copyable(f"stopped; nothing is lost; continue with: {again}"))
    return STOPPED


def usage(error: CycloptsError, arguments: Sequence[str]) -> UsageError:
    command = next((word for word in arguments if not word.startswith("-")), "")
    known = type(error).__name__ not in ("UnknownCommandError",) and command
    hint = f"linernotes {command} --help" if known else "linernotes --help"
    if type(error).__name__ == "UnusedCliTokensError":
        hint = 'put a name of several words into quotes: "Daft Punk"'
    return UsageError(" ".join(str(error).split()), hint=hint)


def not_text(arguments: Sequence[str]) -> UsageError | None:
    """What of the arguments no database and no service could be asked for."""
    for one in arguments:
        if any("\ud800" <= letter <= "\udfff" for letter in one):
            shown = one.encode(errors="surrogateescape").decode(errors="replace")
            return UsageError(
                f'this argument is not UTF-8: "{shown}"',
                hint="use a terminal in UTF-8, such as with LANG=C.UTF-8",
            )
    return None


def explained(error: Exception) -> LinernotesError:
    """What this error means to the person. What is ours already says so."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, LinernotesError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return LinernotesError(
            f"cannot write: {error.strerror}", hint="make room, and run it again; nothing is lost"
        )
    return _of_the_database(error) or LinernotesError(
        f"this is a bug: {type(error).__name__}: {error}", hint=REPORT
    )


def _of_the_database(error: Exception) -> DatabaseError | None:
    """Imports what only commands with a database have imported anyway."""
    import psycopg
    from psycopg_pool import PoolTimeout

    from linernotes import db
    from linernotes.db.embedded import EmbeddedError

    words = " ".join(str(error).split())
    if isinstance(error, EmbeddedError):
        return DatabaseError(words, hint=error.hint or None)
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return DatabaseError(
            f"this role lacks a right: {words}",
            hint="linernotes doctor   (it says which rights are missing, and what gives them)",
        )
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
        return DatabaseError(
            f"the database is not ours or too old: {words}", hint="linernotes migrate"
        )
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
        return DatabaseError(
            f"this database can only be read: {words}",
            hint="a replica, or default_transaction_read_only: give DATABASE_URL the address of"
            " a database that takes writes",
        )
    if isinstance(error, psycopg.Error) and db.is_disk_full(error):
        return db.disk_full(error)
    if isinstance(error, psycopg.errors.ProgramLimitExceeded):
        return DatabaseError(f"a value is too long for the database: {words}", hint=REPORT)
    if isinstance(error, psycopg.OperationalError | PoolTimeout):
        return DatabaseError(
            f"the database does not answer: {words}",
            hint="linernotes doctor   (nothing is lost; it says what to do about the database)",
        )
    return None


def _as_text(error: LinernotesError, streams: Streams) -> str:
    paint = _red if streams.has_color("err") else str
    lines = [f"{paint('error:')} {clean(str(error))}"]
    if isinstance(error, SeveralMeant):
        width = max((len(clean(one.name)) for one in error.candidates), default=0)
        lines += [
            f"  {clean(one.name):{width}}  {one.id}  {clean(one.about or one.url)}"
            for one in error.candidates
        ]
    if error.hint:
        lines.append(f"{paint('hint:')} {clean_lines(streams.copyable(error.hint))}")
    return "\n".join(lines)


def _red(text: str) -> str:
    return f"\033[1;31m{text}\033[0m"


def _as_json(error: LinernotesError, streams: Streams) -> str:
    import msgspec

    from linernotes.cli.shapes import CandidateItem, Problem, ProblemDocument, with_more

    candidates: list[CandidateItem] = []
    if isinstance(error, SeveralMeant):
        candidates = [
            with_more(one, CandidateItem, sandbox=error.sandbox) for one in error.candidates
        ]
    problem = Problem(
        code=_code(error),
        message=str(error),
        hint=streams.commands(error.hint) if error.hint else None,
        candidates=candidates,
    )
    return msgspec.json.encode(ProblemDocument(error=problem)).decode()


def _code(error: LinernotesError) -> str:
    """A word for programs: the class, as in `errors.py`."""
    name = type(error).__name__
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return words.strip("_").removesuffix("_error")
