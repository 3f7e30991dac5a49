"""
One HTTP client for every source: asked once, within the budget, decoded or a clear error.

No lock is held over HTTP. Whoever inserts the row of a request asks; the others look for the
answer until it is here, or until the asker is past its time and one of them takes over.
"""

from __future__ import annotations

import asyncio
import email.utils
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import httpx2
import msgspec
import structlog
from psycopg_pool import AsyncConnectionPool

from linernotes.db import answer, budget
from linernotes.db.answer import Kept
from linernotes.errors import (
    Busy,
    Malformed,
    NotFound,
    Refused,
    Rejected,
    Unavailable,
)
from linernotes.sources import Answer, Batch, Params, Source

T = TypeVar("T")
log = structlog.get_logger()

BODY_MAX_BYTES = 32 * 1024 * 1024
LOOK_AGAIN_SECONDS = 0.05
REFUSED_SECONDS = 300.0
# What a source is given when it says "too many" without saying for how long.
RETRY_AFTER_DEFAULT_SECONDS = 5.0
RETRY_AFTER_MAX_SECONDS = 7 * 24 * 3600.0

# Gives the credentials; new ones where the argument is what was refused.
Headers = Callable[[str | None], Awaitable[Mapping[str, str]]]


async def no_headers(refused: str | None) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class HttpApi:
    """
    The `Api` of one source. `headers` gives its credentials; `account` is whom the source
    takes us for, under which `learned` remembers.
    """

    source: Source
    http: httpx2.AsyncClient
    pool: AsyncConnectionPool[Any]
    headers: Headers = no_headers
    account: str = ""
    patience_seconds: float = 10.0
    ask_seconds: float = 20.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def get(
        self, path: str, into: type[T], *, since: datetime | None = None, **params: Any
    ) -> Answer[T]:
        request = _name(path, params)

        async def fetch(requests: Sequence[str]) -> dict[str, str | None]:
            try:
                return {request: await self._fetch(path, params)}
            except NotFound:
                return {request: None}

        kept = (await self._ask_once([request], since, fetch))[request]
        if kept.body is None:
            raise NotFound(self.source.name, f"does not know {path}")
        return Answer(self._decode(kept.body, into, path), kept.fetched_at)

    async def get_batch(
        self, batch: Batch[T], items: Sequence[str], into: type[T], *, since: datetime | None = None
    ) -> dict[str, Answer[T | None]]:
        item_of = {_name(batch.path, {"item": item}): item for item in items}

        async def fetch(requests: Sequence[str]) -> dict[str, str | None]:
            asked = [item_of[request] for request in requests]
            body = await self._fetch_known(batch.path, batch.params(asked))
            parts = batch.split(body.encode(), asked) if body is not None else {}
            return {
                request: msgspec.json.encode(parts[item]).decode() if item in parts else None
                for request, item in zip(requests, asked, strict=True)
            }

        found: dict[str, Answer[T | None]] = {}
        requests = list(item_of)
        kept = await self._ask_once(requests, since, fetch, size=batch.size)
        for request, one in kept.items():
            value = None if one.body is None else self._decode(one.body, into, batch.path)
            found[item_of[request]] = Answer(value, one.fetched_at)
        return found

    async def learned(self, name: str, default: str) -> str:
        async with self.pool.connection() as conn:
            return await answer.learned(conn, self.source.name, self.account, name) or default

    async def learn(self, name: str, value: str) -> None:
        async with self.pool.connection() as conn:
            await answer.learn(conn, self.source.name, self.account, name, value)

    # ---- asked once

    async def _ask_once(
        self,
        requests: Sequence[str],
        since: datetime | None,
        fetch: Callable[[Sequence[str]], Awaitable[dict[str, str | None]]],
        *,
        size: int = 1,
    ) -> dict[str, Kept]:
        """Each request's answer: kept, fetched by us, or by somebody else whom we wait for."""
        here: dict[str, Kept] = {}
        while missing := [request for request in requests if request not in here]:
            async with self.pool.connection() as conn:
                here |= await answer.read(conn, self.source.name, missing, since)
            missing = [request for request in missing if request not in here]
            if not missing:
                break
            fetched = await self._fetch_ours(missing[:size], since, fetch)
            here |= fetched
            if not fetched:
                await self.sleep(LOOK_AGAIN_SECONDS)
        return here

    async def _fetch_ours(
        self,
        requests: Sequence[str],
        since: datetime | None,
        fetch: Callable[[Sequence[str]], Awaitable[dict[str, str | None]]],
    ) -> dict[str, Kept]:
        async with self._asking(requests, since) as (ours, asker):
            if not ours:
                return {}
            bodies = await fetch(ours)
            async with self.pool.connection() as conn:
                at = await answer.keep(
                    conn,
                    self.source.name,
                    bodies,
                    asker=asker,
                    keep_seconds=self.source.keep_seconds,
                )
        # Those of which we were relieved meanwhile are read from whoever took over.
        return {
            request: Kept(404 if body is None else 200, body, at[request])
            for request, body in bodies.items()
            if request in at
        }

    @asynccontextmanager
    async def _asking(
        self, requests: Sequence[str], since: datetime | None
    ) -> AsyncIterator[tuple[list[str], Any]]:
        asker, name = uuid4(), self.source.name
        async with self.pool.connection() as conn:
            ours = await answer.take(
                conn, name, requests, asker=asker, seconds=self.ask_seconds, since=since
            )
        try:
            yield ours, asker
        except BaseException:
            if ours:
                async with self.pool.connection() as conn:
                    await answer.give_up(conn, name, ours, asker)
            raise

    # ---- one request

    async def _fetch_known(self, path: str, params: Params) -> str | None:
        try:
            return await self._fetch(path, params)
        except NotFound:
            return None

    async def _fetch(self, path: str, params: Mapping[str, Any]) -> str:
        """One request within the budget; the body of a 200. Raises for everything else."""
        credentials = await self._credentials(None)
        status, headers, body = await self._send(path, params, credentials)
        if status == 401 and credentials:
            credentials = await self._credentials(credentials.get("Authorization"))
            status, headers, body = await self._send(path, params, credentials)
        if status == 200:
            return body
        raise await self._error(path, status, headers, body)

    async def _credentials(self, refused: str | None) -> Mapping[str, str]:
        try:
            return await self.headers(refused)
        except Refused as error:
            await self._refuse(str(error))
            raise

    async def _send(
        self, path: str, params: Mapping[str, Any], credentials: Mapping[str, str]
    ) -> tuple[int, httpx2.Headers, str]:
        async with self.pool.connection() as conn:
            wait = await budget.reserve(conn, self.source, self.patience_seconds)
        if wait:
            await self.sleep(wait)
        try:
            async with self.http.stream(
                "GET", self._url(path, params), headers=credentials
            ) as response:
                body = await _read(self.source.name, response)
        except httpx2.TransportError as error:
            raise Unavailable(self.source.name, f"no answer to {path}: {error!r}") from error
        log.debug("request", source=self.source.name, path=path, status=response.status_code)
        return response.status_code, response.headers, body

    def _url(self, path: str, params: Mapping[str, Any]) -> str:
        query = urlencode(_flat(params))
        return f"{self.source.url}{path}?{query}" if query else self.source.url + path

    async def _error(self, path: str, status: int, headers: httpx2.Headers, body: str) -> Exception:
        name = self.source.name
        if status == 404:
            return NotFound(name, f"does not know {path}")
        if status == 429 or (status == 503 and "retry-after" in headers):
            return await self._close(retry_after(headers), f"answered {status} to {path}")
        if status in (401, 403):
            return await self._refuse(f"answered {status} to {path}: {body[:200]}")
        if status >= 500:
            return Unavailable(name, f"answered {status} to {path}")
        if status < 400:
            where = urlsplit(headers.get("location", "")).hostname
            return Unavailable(name, f"answered {status} to {path}: moved to {where}")
        return Rejected(name, status, body)

    async def _close(self, seconds: float, reason: str) -> Busy:
        async with self.pool.connection() as conn:
            await budget.close(conn, self.source.name, seconds, reason)
        log.warning("source.closed", source=self.source.name, seconds=seconds, reason=reason)
        return Busy(self.source.name, seconds, reason)

    async def _refuse(self, reason: str) -> Refused:
        async with self.pool.connection() as conn:
            await budget.close(conn, self.source.name, REFUSED_SECONDS, reason, refused=True)
        log.error("source.refused", source=self.source.name, reason=reason)
        return Refused(self.source.name, reason)

    def _decode(self, body: str, into: type[T], path: str) -> T:
        try:
            return msgspec.json.decode(body, type=into)
        except msgspec.DecodeError as error:
            raise Malformed(
                self.source.name, f"cannot read the answer to {path}: {error}"
            ) from error


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait, from a number or a date, within a week."""
    text = headers.get("retry-after", "")
    try:
        seconds = float(text)
    except ValueError:
        try:
            until = email.utils.parsedate_to_datetime(text)
            seconds = (until - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            seconds = RETRY_AFTER_DEFAULT_SECONDS
    return min(max(seconds, 1.0), RETRY_AFTER_MAX_SECONDS)


async def _read(source: str, response: httpx2.Response) -> str:
    """The body as text, if it is of a reasonable size after unpacking."""
    received = bytearray()
    async for chunk in response.aiter_bytes():
        received += chunk
        if len(received) > BODY_MAX_BYTES:
            raise Malformed(source, f"the answer is larger than {BODY_MAX_BYTES} bytes")
    return received.decode("utf-8", errors="replace").replace("\x00", "\ufffd")


def _name(path: str, params: Mapping[str, Any]) -> str:
    """Names a request: the same question has the same name."""
    return f"{path}?{urlencode(sorted(_flat(params)))}" if params else path


def _flat(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for name, value in params.items():
        values = value if isinstance(value, list | tuple) else [value]
        flat.extend((name, str(one)) for one in values if one is not None)
    return flat
