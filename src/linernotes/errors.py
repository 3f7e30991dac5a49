"""
Every error Linernotes raises on purpose.

LinernotesError               the message says what happened, `hint` what to do about it
+- UpstreamError              a source did not answer as hoped; `source` names it
|  +- Busy                    closed for now (Retry-After, rate limit); nobody's fault, not counted
|  +- Refused                 our credentials or our account; nothing is lost, a person must look
|  +- Removed                 the source does not offer this call to our account; another way?
|  +- NotFound                404 on a lookup: the source does not know it; an answer, not a failure
|  +- Rejected                any other 4xx: our request is wrong; final
|  +- Unavailable             500, no whole answer; counted, tried again
|  |  +- Unreachable          no connection, 502-504; the client makes it a `Busy` for all
|  +- Malformed               an answer that we cannot read; counted, tried again
+- UsageError                 the question needs mending: unknown artist, wrong kind of link
+- SettingsError              a key, an address or a contact is missing or wrong
+- DatabaseError              the database is down, too old, too new, or lacks a right
   +- StoreMismatch           sandbox rows met a live run, or the other way round
"""

from __future__ import annotations


class LinernotesError(Exception):
    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class UpstreamError(LinernotesError):
    def __init__(self, source: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(f"{source}: {message}", hint=hint)
        self.source = source


class Busy(UpstreamError):
    """`told` if the source itself just said so, in answer to what was asked."""

    exit_code = 3

    def __init__(self, source: str, seconds: float, reason: str, *, told: bool = False) -> None:
        super().__init__(source, f"closed for {seconds:.1f} s ({reason})")
        self.seconds = seconds
        self.reason = reason
        self.told = told


class Refused(UpstreamError):
    exit_code = 4


class Removed(UpstreamError): ...


class NotFound(UpstreamError): ...


class Rejected(UpstreamError):
    """`body` is what the source said, and may be empty."""

    def __init__(self, source: str, status: int, body: str) -> None:
        super().__init__(source, f"answered {status}: {body[:200] or 'without a word'}")
        self.status = status
        self.body = body


class Unavailable(UpstreamError): ...


class Unreachable(Unavailable):
    """Nobody listens, or a gateway says so: not about this question. `reason` is for a person."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.reason = reason


class Malformed(UpstreamError): ...


class UsageError(LinernotesError):
    exit_code = 2


class SettingsError(LinernotesError):
    """`variables` are those whose values are wrong, where it is a value that is."""

    exit_code = 4

    def __init__(
        self, message: str, *, hint: str | None = None, variables: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.variables = variables


class DatabaseError(LinernotesError): ...


class StoreMismatch(DatabaseError): ...
