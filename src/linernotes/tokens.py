"""Spotify's client credentials: a token, renewed before it expires or when it is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import httpx2
import msgspec

from linernotes.errors import Busy, Malformed, Refused, Unavailable, UpstreamError
from linernotes.replies import GATEWAY_STATUSES, Reply, receive, retry_after

KEY = "the key in SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET"
RENEW_EARLY_SECONDS = 60.0
# Who waits for a token that was not given shares the answer instead of asking once more.
FAILURE_COUNTS_SECONDS = 2.0


class _Token(msgspec.Struct):
    """The pattern is what a header can hold."""

    access_token: Annotated[str, msgspec.Meta(pattern=r"\A[!-~]+\Z")]
    expires_in: float


class _Problem(msgspec.Struct):
    error: str = ""
    error_description: str = ""


@dataclass
class ClientCredentials:
    """
    Gives the header that Spotify wants. The key goes to the accounts service only.

    Raises `Refused` for a wrong key, `Busy` where the service told us to wait and `Unreachable`
    where there is none; nothing of it is written down here.
    """

    http: httpx2.AsyncClient
    accounts_url: str
    client_id: str
    client_secret: str = field(repr=False)
    _token: str = field(default="", repr=False)
    _expires_at: float = 0.0
    _failure: UpstreamError | None = None
    _failed_at: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def headers(self, refused: str | None) -> Mapping[str, str]:
        """The header; a new token if `refused` is the header that was not accepted."""
        async with self._lock:
            if _clock() >= self._expires_at or refused == f"Bearer {self._token}":
                await self._renew()
            return {"Authorization": f"Bearer {self._token}"}

    async def _renew(self) -> None:
        if self._failure and _clock() < self._failed_at + FAILURE_COUNTS_SECONDS:
            raise self._failure
        try:
            token = await self._ask()
        except UpstreamError as error:
            self._failure, self._failed_at = error, _clock()
            raise
        self._failure = None
        self._token = token.access_token
        early = min(RENEW_EARLY_SECONDS, token.expires_in / 2)
        self._expires_at = _clock() + token.expires_in - early

    async def _ask(self) -> _Token:
        sending = self.http.stream(
            "POST",
            f"{self.accounts_url}/api/token",
            data={"grant_type": "client_credentials"},
            auth=(self.client_id, self.client_secret),
        )
        reply = await receive("spotify", sending, "the request for a token")
        if reply.status == 200:
            return _read(reply)
        raise _error(reply)


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _read(reply: Reply) -> _Token:
    try:
        return msgspec.json.decode(reply.body, type=_Token)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed("spotify", f"cannot read the token: {error}") from error


def _error(reply: Reply) -> UpstreamError:
    status = reply.status
    if status == 429 or status in GATEWAY_STATUSES:
        seconds = retry_after(reply.headers)
        return Busy("spotify", seconds, f"answered {status} to the request for a token")
    if status in (400, 401, 403):
        return Refused(
            "spotify",
            f"{KEY} was refused: {_words(reply) or status}",
            hint="check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET at developer.spotify.com",
        )
    return Unavailable("spotify", f"answered {status} to the request for a token")


def _words(reply: Reply) -> str:
    try:
        problem = msgspec.json.decode(reply.body, type=_Problem)
    except (msgspec.DecodeError, RecursionError):
        return " ".join(reply.body[:1000].split())[:200]
    return problem.error_description or problem.error
