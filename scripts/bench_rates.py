"""
How much of its permitted rate the slowest source gets while one worker walks a large artist.

The services are the sandbox's, with their limits on, and time passes faster there: `speed`
times, and we may ask as many times more often. How long we wait for slots, and rest where there
is none, is shorter by as much, so that both are as many slots as outside. The other rests of our
lanes are not shortened, and weigh more than outside: 4 is as slow as a run of a minute allows.

The share of a source is its requests after the first, divided by its permitted rate and the
time from the first to the last of them, all by the sandbox's clock. The slow source holds back
Spotify if reading the catalogue there takes longer than Spotify's own rate; its tracks that are
asked for by themselves do not count, since they follow from what MusicBrainz does not know.
Wikidata rests for fuller batches (docs/decisions/0012), and so comes last.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from linernotes import runtime, settings, worker
from linernotes.db import queue, report
from linernotes.sandbox import Seen, Served, serve
from linernotes.sandbox.generated import generate
from linernotes.settings import Settings
from linernotes.sources import Source
from linernotes.stages.artist_discovery import ArtistDiscovery

SLOWEST = "musicbrainz"
SINGLE_TRACK = "/spotify/v1/tracks/"
SEED = 1
ALBUMS = 60
SPEED = 4.0
LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Pace:
    """How some requests followed each other; `first` and `last` are seconds of the run."""

    what: str
    requests: int
    permitted: float
    first: float
    last: float

    @property
    def share(self) -> float:
        """Of the permitted rate."""
        return (self.requests - 1) / (self.permitted * (self.last - self.first))

    @property
    def lateness(self) -> float:
        """When the last came, as a multiple of the time that the permitted rate needs for all."""
        return self.last / (self.requests / self.permitted)


@dataclass(frozen=True)
class Paces:
    slowest: Pace
    catalogue: Pace
    others: list[Pace]


def measure(dsn: str, *, albums: int = ALBUMS, speed: float = SPEED) -> Paces:
    """Discover one artist of so many albums on an empty database of ours."""
    world = generate(SEED, albums, artists=1)
    (artist,) = world.discoverable()
    with serve(world, speed=speed) as sandbox:
        used = settings_of(sandbox, speed)
        context = multiprocessing.get_context("fork")
        process = context.Process(target=_discover, args=(dsn, used, artist, speed))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit("the discovery failed")
        return paces(sandbox.requests)


def settings_of(sandbox: Served, speed: float) -> Settings:
    urls = {
        "spotify": sandbox.spotify_url,
        "musicbrainz": sandbox.musicbrainz_url,
        "wikidata": sandbox.wikidata_url,
    }
    plain = settings.from_environ({})
    return replace(
        plain,
        sources={
            name: replace(one, url=urls[name], requests_per_second=one.requests_per_second * speed)
            for name, one in plain.sources.items()
        },
        accounts_url=sandbox.accounts_url,
        client_id="sandbox",
        client_secret="sandbox",  # noqa: S106 - what the simulated service is told to accept
        contact="bench@linernotes.example",
        patience_seconds=plain.patience_seconds / speed,
    )


def _discover(dsn: str, used: Settings, artist: str, speed: float) -> None:
    first, longest = worker.BUSY_SECONDS
    worker.BUSY_SECONDS = (first / speed, longest / speed)
    asyncio.run(discover(dsn, used, artist))


async def discover(dsn: str, used: Settings, artist: str) -> None:
    """Ask for the artist and work until nothing is open."""
    root = ArtistDiscovery(source="spotify", by="id", asked=artist)
    async with runtime.open_runtime(used, dsn) as opened:
        async with opened.pool.connection() as conn, conn.transaction():
            discovery, _ = await queue.start_discovery(conn, root, asked_for=artist)
        ours = opened.worker()
        working = asyncio.create_task(ours.run())
        while await _is_open(opened.pool, discovery) and not working.done():  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
        ours.stop()
        await working


async def _is_open(pool: Any, discovery: int) -> bool:
    async with pool.connection() as conn:
        return any(one.open for one in await report.progress(conn, discovery))


def paces(requests: Sequence[Seen]) -> Paces:
    seen = [one for one in requests if one.source != "accounts"]
    start = seen[0].at

    def pace(what: str, source: Source, mine: Sequence[Seen]) -> Pace:
        times = [one.at - start for one in mine]
        return Pace(what, len(times), source.requests_per_second, min(times), max(times))

    by_source = {
        source.name: pace(source.name, source, [one for one in seen if one.source == source.name])
        for source in settings.SOURCES
    }
    catalogue = [
        one for one in seen if one.source == "spotify" and not one.path.startswith(SINGLE_TRACK)
    ]
    (spotify,) = (one for one in settings.SOURCES if one.name == "spotify")
    return Paces(
        by_source.pop(SLOWEST),
        pace("spotify's catalogue", spotify, catalogue),
        list(by_source.values()),
    )
