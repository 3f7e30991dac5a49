"""
Spotify in either mode, MusicBrainz and Wikidata as one application on loopback.

It checks what it is sent, can hold callers to the documented rates, and answers from a world
whose truth is known, so that whatever Linernotes finds in it can be marked right or wrong.

    with serve(small_world(), limits=False) as sandbox:
        print(sandbox.spotify_url)
"""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from linernotes.sandbox import limits as rates
from linernotes.sandbox import pages
from linernotes.sandbox.faults import Fault, Twist
from linernotes.sandbox.musicbrainz import TOO_FAST, MusicBrainz
from linernotes.sandbox.musicbrainz_requests import HELP
from linernotes.sandbox.requests import Answer
from linernotes.sandbox.small import small_world
from linernotes.sandbox.spotify import Spotify
from linernotes.sandbox.spotify_objects import Mode
from linernotes.sandbox.spotify_tokens import Tokens, token
from linernotes.sandbox.wikidata import Wikidata
from linernotes.sandbox.world import World

Eventual = Callable[[Request], Awaitable[Response]]
Source = Literal["accounts", "spotify", "musicbrainz", "wikidata"]

__all__ = ["PREFIXES", "Log", "Seen", "Served", "make_app", "running", "serve", "small_world"]

SANDBOX_HEADER = ("linernotes-sandbox", "1")

PREFIXES: dict[Source, str] = {
    "accounts": "/accounts",
    "spotify": "/spotify/v1",
    "musicbrainz": "/musicbrainz/ws/2",
    "wikidata": "/wikidata",
}


class Seen(NamedTuple):
    """
    A request as it arrived, `at` by the sandbox's clock.

    The values of a parameter that was sent several times are joined by spaces.
    """

    source: str
    method: str
    path: str
    query: dict[str, str]
    at: float


@dataclass
class Log:
    """Every request so far, and how often each kind of question was asked."""

    requests: list[Seen] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, source: str, template: str, request: Request, at: float) -> None:
        query = {
            name: " ".join(request.query_params.getlist(name)) for name in request.query_params
        }
        seen = Seen(source, request.method, request.url.path, query, at)
        self.requests.append(seen)
        self.counts[source, template] += 1

    def clear(self) -> None:
        self.requests.clear()
        self.counts.clear()

    def summary(self) -> dict[str, object]:
        sources = {source for source, _ in self.counts}
        return {
            "total": sum(self.counts.values()),
            "sources": {
                source: {
                    "total": sum(n for (s, _), n in self.counts.items() if s == source),
                    "paths": {t: n for (s, t), n in sorted(self.counts.items()) if s == source},
                }
                for source in sorted(sources)
            },
        }


def make_app(
    world: World,
    *,
    limits: bool = True,
    faults: Fault | None = None,
    twist: Twist | None = None,
    speed: float = 1.0,
    clock: Callable[[], float] = time.monotonic,
    client: tuple[str, str] = ("sandbox", "sandbox"),
    token_seconds: int = 3600,
    merged_under_target: bool = False,
    mode: Mode = "development",
    url: str = "http://sandbox",
) -> Starlette:
    """
    Put the services together over one world.

    With `limits` callers are held to the documented rates, `speed` times as fast as in the
    world outside. `faults` is asked before anything else and may answer in a service's place;
    `twist` gets the answer a service has given and may hand on another.
    `client` is the only id and secret that gets a token. `merged_under_target` has Wikidata
    answer for a merged item under its new id alone. `mode` is Spotify's. `url` is what answers
    write into the addresses they contain. What was asked is in `app.state.log`.
    """
    log = Log()

    def now() -> float:
        return clock() * speed

    tokens = Tokens(clock, client, token_seconds)
    desk = _Desk(log, faults, twist, _limits() if limits else {}, now, speed)
    spotify = Spotify(world, tokens, f"{url}{PREFIXES['spotify']}", mode)
    brainz = MusicBrainz(world)
    data = Wikidata(world, merged_under_target=merged_under_target)
    app = Starlette(
        routes=[
            Route("/_requests", _counts(log), methods=["GET"]),
            Route("/_reset", _reset(log), methods=["POST"]),
            Route(
                "/accounts/api/token",
                desk.endpoint("accounts", "/api/token", lambda request: token(request, tokens)),
                methods=["POST"],
            ),
            *desk.routes("spotify", spotify.answers(), spotify.missing),
            *desk.routes("musicbrainz", brainz.answers(), brainz.missing),
            # Before Wikidata's answer to all the rest, which would cover its pages.
            *pages.routes(world),
            *desk.routes("wikidata", data.answers(), data.missing),
        ]
    )
    app.state.log = log
    return app


def _limits() -> dict[str, rates.Limit]:
    return {
        "spotify": rates.Window(rates.SPOTIFY_CALLS, rates.SPOTIFY_SECONDS),
        "musicbrainz": rates.Average(),
        "wikidata": rates.Window(rates.WIKIDATA_CALLS, rates.WIKIDATA_SECONDS),
    }


@dataclass
class _Desk:
    """Where every request comes in: noted, perhaps spoilt, perhaps refused, else answered."""

    log: Log
    faults: Fault | None
    twist: Twist | None
    limits: dict[str, rates.Limit]
    now: Callable[[], float]
    speed: float

    def routes(self, source: Source, answers: dict[str, Answer], missing: Answer) -> list[Route]:
        prefix = PREFIXES[source]
        return [
            *(
                Route(prefix + path, self.endpoint(source, path, answer), methods=["GET"])
                for path, answer in answers.items()
            ),
            Route(prefix + "/{rest:path}", self.endpoint(source, "?", missing)),
        ]

    def endpoint(
        self, source: Source, template: str, answer: Answer | Eventual
    ) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            self.log.add(source, template, request, self.now())
            fault = self.faults(request) if self.faults else None
            spoilt = await fault if isinstance(fault, Awaitable) else fault
            refused = spoilt or self.refusal(source, request)
            if refused:
                return refused
            answered = answer(request)
            response = await answered if isinstance(answered, Awaitable) else answered
            return self.twist(request, response) if self.twist else response

        return handle

    def refusal(self, source: Source, request: Request) -> Response | None:
        limit = self.limits.get(source)
        client = request.client.host if request.client else "nobody"
        wait = limit.wait(client, self.now()) if limit else 0.0
        return too_fast(source, wait / self.speed) if wait else None


def too_fast(source: Source, seconds: float) -> Response:
    """Tell a caller to wait, in the way of the service."""
    headers = {"Retry-After": rates.retry_after(seconds)}
    if source == "musicbrainz":
        headers |= {
            "X-RateLimit-Limit": "1200",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": str(int(time.time() + seconds) + 1),
        }
        return JSONResponse({"error": TOO_FAST, "help": HELP}, 503, headers)
    if source == "wikidata":
        return Response("Too many requests.\n", 429, headers, media_type="text/plain")
    error = {"status": 429, "message": "API rate limit exceeded"}
    return JSONResponse({"error": error}, 429, headers)


def _counts(log: Log) -> Callable[[Request], Awaitable[Response]]:
    async def counts(request: Request) -> Response:
        return JSONResponse(log.summary())

    return counts


def _reset(log: Log) -> Callable[[Request], Awaitable[Response]]:
    async def reset(request: Request) -> Response:
        log.clear()
        return Response(status_code=204)

    return reset


@dataclass(frozen=True)
class Served:
    """A sandbox that runs: where its services are, and what it was asked."""

    url: str
    log: Log

    @property
    def requests(self) -> list[Seen]:
        return self.log.requests

    @property
    def accounts_url(self) -> str:
        return self.url + PREFIXES["accounts"]

    @property
    def spotify_url(self) -> str:
        return self.url + PREFIXES["spotify"]

    @property
    def musicbrainz_url(self) -> str:
        return self.url + PREFIXES["musicbrainz"]

    @property
    def wikidata_url(self) -> str:
        return self.url + PREFIXES["wikidata"] + "/w/api.php"


@contextmanager
def serve(
    world: World,
    *,
    port: int = 0,
    limits: bool = True,
    faults: Fault | None = None,
    twist: Twist | None = None,
    speed: float = 1.0,
    clock: Callable[[], float] = time.monotonic,
    client: tuple[str, str] = ("sandbox", "sandbox"),
    token_seconds: int = 3600,
    merged_under_target: bool = False,
    mode: Mode = "development",
    announced: bool = False,
) -> Iterator[Served]:
    """
    Run the services in a thread, on loopback only, until the block ends.

    Port 0 takes one that is free. `announced` answers say in a header that they come from a
    sandbox, so that no live store takes them. The other arguments are those of `make_app`.
    """
    with _listening(port) as (listener, url):
        app = make_app(
            world,
            limits=limits,
            faults=faults,
            twist=twist,
            speed=speed,
            clock=clock,
            client=client,
            token_seconds=token_seconds,
            merged_under_target=merged_under_target,
            mode=mode,
            url=url,
        )
        with _running(app, listener, [SANDBOX_HEADER] if announced else []):
            yield Served(url, app.state.log)


@contextmanager
def running(app: Starlette) -> Iterator[str]:
    """Run any application in a thread on a free port of loopback; gives its address."""
    with _listening(0) as (listener, url), _running(app, listener):
        yield url


@contextmanager
def _listening(port: int) -> Iterator[tuple[socket.socket, str]]:
    # The protocol is named: asyncio turns Nagle's algorithm off only on sockets that say TCP,
    # and with it every answer over a kept connection would be 40 ms late.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        yield listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def _running(
    app: Starlette, listener: socket.socket, headers: Sequence[tuple[str, str]] = ()
) -> Iterator[None]:
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            headers=list(headers),
            # A client that keeps its connection open must not keep the sandbox alive.
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
    thread.start()
    try:
        while thread.is_alive() and not server.started:
            thread.join(0.005)
        if not server.started:
            raise RuntimeError("The sandbox did not start.")
        yield
    finally:
        server.should_exit = True
        thread.join()
