"""How a source's reply is read: of bounded size, as text, or a clear error; when to come back."""

from __future__ import annotations

import email.utils
import re
import socket
import ssl
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import NamedTuple

import httpx2
import msgspec

from linernotes.errors import Malformed, Unavailable, Unreachable

BODY_BYTES_MAX = 32 * 1024 * 1024
# What a gateway says in the place of a source that it cannot reach, or that is overloaded.
GATEWAY_STATUSES = (502, 503, 504)
# What a source is given when it says "too many" without saying for how long.
RETRY_AFTER_DEFAULT_SECONDS = 5.0
# Not a limit for sources, but for what a broken one may write: times end somewhere.
RETRY_AFTER_MAX_SECONDS = 366 * 24 * 3600.0
# One escape of JSON after the other, so that an escaped backslash begins none: NUL, a pair of
# surrogates, one of them alone, any other.
ESCAPE = re.compile(
    r"\\(?:(?P<nul>u0000)"
    r"|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|.)",
    re.DOTALL,
)


class Reply(NamedTuple):
    status: int
    headers: httpx2.Headers
    body: str


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait, from a number or a date; at least one."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]*)?", text):
        seconds = float(text)
    elif until := _date(text):
        # By the source's own clock, where it shows it: ours may go wrong.
        seconds = (until - (_date(headers.get("date", "")) or datetime.now(UTC))).total_seconds()
    else:
        seconds = RETRY_AFTER_DEFAULT_SECONDS
    return min(max(seconds, 1.0), RETRY_AFTER_MAX_SECONDS)


def _date(text: str) -> datetime | None:
    try:
        date = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


async def receive(
    source: str, sending: AbstractAsyncContextManager[httpx2.Response], what: str
) -> Reply:
    """
    Send a request for `what` and read the reply.

    Raises `Unreachable` where there is none, or only a gateway's.
    """
    try:
        async with sending as response:
            body = await _read_body(source, response)
    except (httpx2.LocalProtocolError, httpx2.UnsupportedProtocol) as error:
        raise Unavailable(source, f"cannot ask for {what}: {error!r}") from error
    except httpx2.TransportError as error:
        raise Unreachable(source, f"cannot be reached: {_why(error)}") from error
    except httpx2.DecodingError as error:
        raise Malformed(source, f"cannot unpack the answer to {what}") from error
    reply = Reply(response.status_code, response.headers, body)
    if reply.status in GATEWAY_STATUSES and not is_told_to_wait(reply):
        raise Unreachable(source, f"cannot be reached: answered {reply.status} to {what}")
    return reply


def is_told_to_wait(reply: Reply) -> bool:
    """MusicBrainz says so with 503."""
    return reply.status == 429 or (
        reply.status in GATEWAY_STATUSES and "retry-after" in reply.headers
    )


def _why(error: httpx2.TransportError) -> str:
    """Why there is no answer, for a person: the system's own reason lies below the library's."""
    for cause in _causes(error):
        match cause:
            case ConnectionRefusedError():
                return "connection refused"
            case ConnectionResetError():
                return "connection reset"
            case socket.gaierror():
                return "its name cannot be resolved (DNS)"
            case ssl.SSLCertVerificationError():
                return f"its certificate is not valid ({cause.verify_message})"
            case OSError(errno=int()) if cause.strerror:
                return cause.strerror.lower()
    match error:
        case httpx2.ConnectTimeout():
            return "no connection in time"
        case httpx2.TimeoutException():
            return "no answer in time"
    return str(error) or type(error).__name__


def _causes(error: BaseException | None) -> list[BaseException]:
    """What an error was raised for, the first cause first; each attempt of several."""
    if error is None:
        return []
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    below = [one for other in inner for one in _causes(other)]
    return [*below, *_causes(error.__cause__ or error.__context__), error]


async def _read_body(source: str, response: httpx2.Response) -> str:
    """The body as text, if it is of a reasonable size after unpacking."""
    received = bytearray()
    async for chunk in response.aiter_bytes():
        received += chunk
        if len(received) > BODY_BYTES_MAX:
            raise Malformed(source, f"the answer is larger than {BODY_BYTES_MAX} bytes")
    # Some servers begin with a byte order mark, which JSON does not allow (RFC 8259, 8.1).
    return _as_postgresql_holds_it(received.decode("utf-8-sig", errors="replace"))


def _as_postgresql_holds_it(body: str) -> str:
    """Without NUL and halves of characters, escaped or not: no text of PostgreSQL holds them."""
    body = body.replace("\x00", "\ufffd")
    if "\\u0000" not in body and not re.search(r"\\u[dD][89a-fA-F]", body):
        return body
    return ESCAPE.sub(lambda found: "\\ufffd" if found["nul"] or found["lone"] else found[0], body)


def is_json(body: str) -> bool:
    try:
        return isinstance(msgspec.json.decode(body), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


def words(body: str) -> str:
    """The beginning of what a source said, on one line."""
    return " ".join(body[:1000].split())[:200]
