"""
How a service misbehaves, from a seed.

A fault is asked first about every request and answers in the service's place, or lets it pass.
The same seed treats the same question alike, however the questions are ordered in between.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

Fault = Callable[[Request], Response | None] | Callable[[Request], Awaitable[Response | None]]


Twist = Callable[[Request, Response], Response]


def overloaded(request: Request) -> Response:
    return HTMLResponse("<html><body><h1>503 Service Unavailable</h1></body></html>", 503)


def broken(request: Request) -> Response:
    return JSONResponse({"error": "Internal Server Error"}, 500)


def bad_gateway(request: Request) -> Response:
    return HTMLResponse("<html><head><title>502 Bad Gateway</title></head></html>", 502)


def cut_short(request: Request) -> Response:
    """Answer 200 and stop in the middle of the JSON."""
    return Response('{"id": "', 200, media_type="application/json")


def too_fast(request: Request) -> Response:
    return JSONResponse(
        {"error": {"status": 429, "message": "API rate limit exceeded"}}, 429, {"Retry-After": "1"}
    )


def plainly_too_fast(request: Request) -> Response:
    return PlainTextResponse("Too many requests", 429, {"Retry-After": "2"})


PASSING = (overloaded, broken, bad_gateway, cut_short, too_fast, plainly_too_fast)


@dataclass
class Faults:
    """
    Misbehave at about this rate, and never more than `in_a_row` times for one question.

    So a client that tries often enough gets every answer in the end.
    """

    seed: int
    rate: float = 0.1
    in_a_row: int = 2
    kinds: tuple[Callable[[Request], Response], ...] = PASSING
    asked: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)

    def __call__(self, request: Request) -> Response | None:
        question = f"{request.method} {request.url.path}?{request.url.query}"
        self.asked[question] += 1
        dice = random.Random(f"{self.seed} {self.asked[question]} {question}")  # noqa: S311 - not a secret
        if dice.random() >= self.rate or self.failed[question] >= self.in_a_row:
            self.failed[question] = 0
            return None
        self.failed[question] += 1
        return dice.choice(self.kinds)(request)


@dataclass
class QuotaExceeded:
    """Spotify's second limit: after so many calls none for the better part of a day."""

    calls: int
    retry_after_seconds: int = 48_925
    seen: int = 0

    def __call__(self, request: Request) -> Response | None:
        if not request.url.path.startswith("/spotify/"):
            return None
        self.seen += 1
        if self.seen <= self.calls:
            return None
        error = {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}
        return JSONResponse({"error": error}, 429, {"Retry-After": str(self.retry_after_seconds)})


def premium_needed(request: Request) -> Response | None:
    """Refuse all of Spotify, in plain text, as it does when the owner's subscription has ended."""
    if not request.url.path.startswith("/spotify/"):
        return None
    return PlainTextResponse("Active premium subscription required for the owner of the app.", 403)


def unexplained_400(request: Request) -> Response | None:
    """Answer a page size Spotify does not like with a 400 and no body at all."""
    limit = request.query_params.get("limit", "0")
    if request.url.path.startswith("/spotify/") and limit.isdigit() and int(limit) > 5:
        return Response(b"", 400)
    return None


def each(*faults: Callable[[Request], Response | None]) -> Callable[[Request], Response | None]:
    """Ask several faults in turn; the first that answers wins."""

    def first(request: Request) -> Response | None:
        return next((r for fault in faults if (r := fault(request)) is not None), None)

    return first


# Twists: true answers, told badly ------------------------------------------------------------


def endless_pages(request: Request, response: Response) -> Response:
    """Name a next page for ever, however empty the pages are (ramsayleung/rspotify#492)."""

    def endless(page: dict[str, Any]) -> None:
        page["next"] = page["href"]

    return _pages_changed(request, response, endless)


def wrong_totals(request: Request, response: Response) -> Response:
    """Count far more than there is (spotify/web-api#201)."""

    def counted(page: dict[str, Any]) -> None:
        page["total"] += 1000

    return _pages_changed(request, response, counted)


def small_totals(request: Request, response: Response) -> Response:
    """Count one, however many there are."""

    def counted(page: dict[str, Any]) -> None:
        page["total"] = min(page["total"], 1)

    return _pages_changed(request, response, counted)


def null_items(request: Request, response: Response) -> Response:
    """Put nothing where an item should be, at the front of every page (rspotify#526)."""

    def emptied(page: dict[str, Any]) -> None:
        page["items"] = [None, *page["items"]]

    return _pages_changed(request, response, emptied)


def ends_early(request: Request, response: Response) -> Response:
    """Count one more than there is and name a page after the last, as of what has been removed."""

    def longer(page: dict[str, Any]) -> None:
        page["total"] += 1
        page["next"] = page["next"] or page["href"]

    return _pages_changed(request, response, longer)


def releases_from_before(merged: Mapping[str, str]) -> Twist:
    """
    Let every second release name artists by the ids they had before MusicBrainz merged them.

    So are answers that were kept, or that a server gives which lags behind. `merged` leads from
    old ids to new ones, as in `World.redirects`.
    """
    old = {new: old for old, new in merged.items()}

    def outdated(request: Request, response: Response) -> Response:
        parts = request.url.path.split("/")
        if parts[-2] != "release" or response.status_code != 200 or int(parts[-1][-1], 16) % 2:
            return response
        text = bytes(response.body).decode()
        for id in old:
            text = text.replace(id, old[id])
        return Response(text, 200, media_type="application/json")

    return outdated


def _pages_changed(
    request: Request, response: Response, change: Callable[[dict[str, Any]], None]
) -> Response:
    """Change the paging object in an answer of Spotify, if there is one."""
    if not request.url.path.startswith("/spotify/") or response.status_code != 200:
        return response
    body = json.loads(bytes(response.body))
    for page in (body, *body.values()):
        if isinstance(page, dict) and "items" in page:
            change(page)
    return JSONResponse(body)
