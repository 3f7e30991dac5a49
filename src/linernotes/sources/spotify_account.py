"""
What Spotify allows the account that we ask with: its mode, its pages, and what a 403 means.

Development mode lost the batch gets and some fields in 2026 and has small pages; extended mode
keeps all of it. No answer names the mode, so it is told by behaviour and remembered for the
client id (docs/decisions/0011).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

import msgspec

from linernotes.errors import Refused, Rejected, Removed, UpstreamError
from linernotes.sources import Answer, Api

T = TypeVar("T")
Mode = Literal["development", "extended", "unknown"]

# Development mode takes at most 10 albums a page and answers 400 to more; nothing says how many
# an account may have, so we step down, and remember what worked.
PAGE_SIZES = (50, 20, 10, 5)

# What is remembered of the batch gets.
BATCHES, TRUSTED, DOUBTED = "batch gets", "trusted", "doubted"

LAPSED = (
    "Spotify wants an active Premium subscription of the account that owns the application: "
    "renew it; it takes hours until the key works again"
)
KEY_HINT = "check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET at developer.spotify.com/dashboard"


async def mode(api: Api) -> Mode:
    known = await api.learned("mode", "unknown")
    return "extended" if known == "extended" else "development" if known != "unknown" else "unknown"


async def learn_mode(api: Api, found: Mode) -> None:
    if await mode(api) != found:
        await api.learn("mode", found)


async def doubt_batches(api: Api) -> None:
    """
    A batch get was answered "too many", which one client saw where 403 was due. Twice in a row,
    and the mode counts as unknown: until it is found out again, each is asked for by itself.
    """
    if await api.learned(BATCHES, TRUSTED) == DOUBTED:
        await learn_mode(api, "unknown")
    await api.learn(BATCHES, DOUBTED)


async def trust_batches(api: Api) -> None:
    if await api.learned(BATCHES, TRUSTED) == DOUBTED:
        await api.learn(BATCHES, TRUSTED)


async def knows_page(api: Api, name: str) -> bool:
    """Whether the largest page is known; else one should ask before others do, to find out."""
    return await api.learned(name, "") != ""


async def page(
    api: Api, name: str, ask: Callable[[int], Awaitable[Answer[T]]], *, first: int = PAGE_SIZES[0]
) -> Answer[T]:
    """
    Ask for a page as large as this account may have, learning under `name` how large that is.
    Where it is not known, `first` is tried first.
    """
    known = await api.learned(name, "")
    fitting = [size for size in PAGE_SIZES if size <= int(known or first)] or [PAGE_SIZES[-1]]
    for size in fitting:
        try:
            answer = await ask(size)
        except Rejected as error:
            # Some of these 400s have an empty body, so what it says cannot be asked for.
            if error.status != 400 or size == fitting[-1]:
                raise
            continue
        if str(size) != known:
            await api.learn(name, str(size))
        return answer
    raise AssertionError("the last size either answers or raises")


# What a 403 means


class _Error(msgspec.Struct):
    message: str = ""


class _Problem(msgspec.Struct):
    error: _Error


def forbidden(path: str, body: str) -> UpstreamError:
    """
    Tell three things apart that Spotify answers 403 to: a call that is not for this mode (JSON,
    "Forbidden"), a lapsed Premium account (a text that speaks of it), and a key that is refused.
    """
    words = _message(body)
    if words == "Forbidden":
        return Removed("spotify", f"does not offer {path} to this account")
    if "premium" in words.casefold():
        return Refused("spotify", f"{LAPSED} ({words})", hint=LAPSED)
    return Refused("spotify", f"answered 403 to {path}: {words or 'nothing'}", hint=KEY_HINT)


def _message(body: str) -> str:
    try:
        words = msgspec.json.decode(body, type=_Problem).error.message
    except (msgspec.DecodeError, RecursionError):
        words = body[:1000]
    return " ".join(words.split())[:200]
