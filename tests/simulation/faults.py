"""How services misbehave in a simulation, and when a worker dies while it asks them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

import httpx2
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

# Longer than any asker may take: somebody else takes over and asks as well.
SLOW_SECONDS = 40.0


@dataclass
class Faults:
    """Draws a fate for each request. `die` ends the worker that sent it."""

    dice: random.Random
    die: Callable[[Request], None]
    rate: float
    sent: int = 0

    async def __call__(self, request: Request) -> Response | None:
        self.sent += 1
        if self.dice.random() >= self.rate:
            return None
        fate = self.dice.choice(FATES)
        if fate is _die:
            self.die(request)
        return await fate(request, self.dice)


async def _too_many(request: Request, dice: random.Random) -> Response:
    return JSONResponse({}, 429, {"Retry-After": str(dice.choice([1, 7, 30]))})


async def _overloaded(request: Request, dice: random.Random) -> Response:
    return HTMLResponse("<html>503 Service Unavailable</html>", 503)


async def _cut_short(request: Request, dice: random.Random) -> Response:
    return Response(b'{"id": "cut sho', 200, media_type="application/json")


async def _page_for_people(request: Request, dice: random.Random) -> Response:
    return HTMLResponse("<html>We shall be back soon.</html>", 200)


async def _no_answer(request: Request, dice: random.Random) -> Response:
    raise httpx2.ReadTimeout("simulated")


async def _connection_lost(request: Request, dice: random.Random) -> Response:
    raise httpx2.RemoteProtocolError("simulated")


async def _slow(request: Request, dice: random.Random) -> Response | None:
    await asyncio.sleep(SLOW_SECONDS)
    return None


async def _refused(request: Request, dice: random.Random) -> Response:
    return Response("Forbidden", 403)


async def _rejected(request: Request, dice: random.Random) -> Response | None:
    # At Spotify it would be taken for a word about the size of pages.
    is_lookup = request.url.path.startswith("/musicbrainz/")
    return JSONResponse({"error": "Bad Request"}, 400) if is_lookup else None


async def _die(request: Request, dice: random.Random) -> Response | None:
    return None


FATES = (
    *(_too_many, _overloaded, _cut_short, _page_for_people, _no_answer, _connection_lost) * 3,
    *(_slow, _die) * 2,
    _refused,
    _rejected,
)
