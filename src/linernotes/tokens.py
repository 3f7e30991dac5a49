"""Spotify's client credentials: a token, renewed before it expires or when it is refused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2
import msgspec

from linernotes.errors import Malformed, Refused, Unavailable

RENEW_EARLY_SECONDS = 60.0


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float


class _Problem(msgspec.Struct):
    error: str = ""
    error_description: str = ""


@dataclass
class ClientCredentials:
    """Gives the header that Spotify wants. The key goes to the accounts service only."""

    http: httpx2.AsyncClient
    accounts_url: str
    client_id: str
    client_secret: str
    _token: str = ""
    _expires_at: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def headers(self, refused: str | None) -> Mapping[str, str]:
        """The header; a new token if `refused` is the header that was not accepted."""
        async with self._lock:
            stale = time.monotonic() >= self._expires_at or refused == f"Bearer {self._token}"
            if stale:
                await self._renew()
        return {"Authorization": f"Bearer {self._token}"}

    async def _renew(self) -> None:
        try:
            response = await self.http.post(
                f"{self.accounts_url.rstrip('/')}/api/token",
                data={"grant_type": "client_credentials"},
                auth=(self.client_id, self.client_secret),
            )
        except httpx2.TransportError as error:
            raise Unavailable(
                "spotify", f"no answer to the request for a token: {error!r}"
            ) from error
        if response.status_code in (400, 401, 403):
            raise Refused(
                "spotify",
                f"the key was refused: {_words(response)}",
                hint="check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET at developer.spotify.com",
            )
        if response.status_code != 200:
            raise Unavailable(
                "spotify", f"answered {response.status_code} to the request for a token"
            )
        self._keep(response)

    def _keep(self, response: httpx2.Response) -> None:
        try:
            token = msgspec.json.decode(response.content, type=_Token)
        except msgspec.DecodeError as error:
            raise Malformed("spotify", f"cannot read the token: {error}") from error
        self._token = token.access_token
        early = min(RENEW_EARLY_SECONDS, token.expires_in / 2)
        self._expires_at = time.monotonic() + token.expires_in - early


def _words(response: httpx2.Response) -> str:
    try:
        problem = msgspec.json.decode(response.content, type=_Problem)
    except msgspec.DecodeError:
        return response.text[:200]
    return problem.error_description or problem.error
