"""A service that says what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx2
import msgspec
from psycopg_pool import AsyncConnectionPool

from linernotes.sources import Source
from linernotes.upstream import HttpApi

SOURCE = Source(
    name="spotify",
    url="https://source.example/v1",
    site="https://source.example",
    requests_per_second=0,
    burst=1,
    keep_seconds=3600,
    licence="CC0-1.0",
)


class Thing(msgspec.Struct):
    name: str


Reply = httpx2.Response | Exception
Handler = Callable[[httpx2.Request], Reply | Awaitable[Reply]]


class Service:
    """
    Answers from `replies`, the last one for ever, or from a function. `asked` are the requests,
    and `at_once_max` is how many were in the air together.
    """

    def __init__(self, *replies: Reply | Handler) -> None:
        self.asked: list[httpx2.Request] = []
        self.in_the_air = 0
        self.at_once_max = 0
        self._fresh = asyncio.Event()
        self._replies = _last_for_ever(replies)
        self.http = httpx2.AsyncClient(transport=httpx2.MockTransport(self._handle))

    async def until_asked(self, count: int = 1) -> None:
        while len(self.asked) < count:
            self._fresh.clear()
            await self._fresh.wait()

    async def _handle(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        self._fresh.set()
        self.in_the_air += 1
        self.at_once_max = max(self.at_once_max, self.in_the_air)
        try:
            found = await _reply(next(self._replies), request)
        finally:
            self.in_the_air -= 1
        if isinstance(found, Exception):
            raise found
        # A response can be read once only, and this one may be given several times.
        return httpx2.Response(found.status_code, headers=found.headers, content=_raw(found))

    def api(
        self, pool: AsyncConnectionPool[Any], source: Source = SOURCE, **options: Any
    ) -> HttpApi:
        return HttpApi(source, self.http, pool, **options)


def ok(body: Any) -> httpx2.Response:
    return httpx2.Response(200, content=json.dumps(body).encode())


def reply(status: int, text: str = "", **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx2.Response(status, headers=named)
    response.extensions["raw"] = text.encode()
    return response


def packed(data: bytes) -> httpx2.Response:
    response = httpx2.Response(200, headers={"content-encoding": "gzip"})
    response.extensions["raw"] = data
    return response


def slowly(answer: httpx2.Response, seconds: float) -> Handler:
    async def handle(request: httpx2.Request) -> Reply:
        await asyncio.sleep(seconds)
        return answer

    return handle


async def _reply(reply: Reply | Handler, request: httpx2.Request) -> Reply:
    if isinstance(reply, httpx2.Response | Exception):
        return reply
    found = reply(request)
    return found if isinstance(found, httpx2.Response | Exception) else await found


def _raw(response: httpx2.Response) -> bytes:
    raw: bytes = response.extensions.get("raw") or response.content
    return raw


def _last_for_ever(replies: tuple[Reply | Handler, ...]) -> Iterator[Reply | Handler]:
    yield from replies
    while True:
        yield replies[-1]
