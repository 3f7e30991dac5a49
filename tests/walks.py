"""Run a discovery to its end against services that a test has started."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from linernotes import runtime, settings
from linernotes.db import queue, report
from linernotes.db.report import Coverage, ProducerRow, QueueProgress
from linernotes.pipeline import Message
from linernotes.sandbox import Served
from linernotes.settings import Settings
from linernotes.stages.artist_discovery import ArtistDiscovery
from linernotes.worker import Worker


@dataclass(frozen=True)
class Walked:
    """What a finished discovery left; `artist` is None where nobody was found."""

    artist: str | None
    progress: list[QueueProgress]
    coverage: Coverage | None
    producers: list[ProducerRow]
    worker: Worker


def settings_for(base: str, **addresses: str) -> Settings:
    """Settings for services on loopback without a rate limit; `addresses` by source."""
    plain = settings.from_environ({})
    sources = {
        name: replace(source, url=addresses[name], requests_per_second=0)
        for name, source in plain.sources.items()
    }
    return replace(
        plain,
        sources=sources,
        accounts_url=base,
        client_id="sandbox",
        client_secret="sandbox",
        contact="test@linernotes.example",
    )


def settings_of(sandbox: Served) -> Settings:
    return settings_for(
        sandbox.accounts_url,
        spotify=sandbox.spotify_url,
        musicbrainz=sandbox.musicbrainz_url,
        wikidata=sandbox.wikidata_url,
    )


async def walk(dsn: str, used: Settings, root: Message, *, seconds: float = 60) -> Walked:
    """Ask the root question and work until nothing of the discovery is open."""
    async with runtime.open_runtime(used, dsn) as opened, asyncio.timeout(seconds):
        async with opened.pool.connection() as conn, conn.transaction():
            discovery, _ = await queue.start_discovery(conn, root, asked_for="test")
        worker = opened.worker()
        working = asyncio.create_task(worker.run())
        async with opened.pool.connection() as conn:
            progress = await report.progress(conn, discovery)
            while any(one.open for one in progress):
                await asyncio.sleep(0.05)
                if working.done():
                    await working
                progress = await report.progress(conn, discovery)
            worker.stop()
            await working
            (row,) = await report.rows(conn, "root", discovery=discovery)
            artist = row["artist_id"]
            coverage = await report.coverage(conn, artist) if artist else None
            producers = await report.producers(conn, artist=artist) if artist else []
    return Walked(artist, progress, coverage, producers, worker)


async def walk_together(
    dsn: str, used: Settings, artist_ids: Sequence[str], *, seconds: float = 600
) -> Worker:
    """Ask for all these artists and work until nothing is open; what they share is asked once."""
    async with runtime.open_runtime(used, dsn) as opened, asyncio.timeout(seconds):
        async with opened.pool.connection() as conn, conn.transaction():
            for artist in artist_ids:
                root = ArtistDiscovery(source="spotify", by="id", asked=artist)
                await queue.start_discovery(conn, root, asked_for="test")
        worker = opened.worker()
        working = asyncio.create_task(worker.run())
        async with opened.pool.connection() as conn:
            while await _is_anything_open(conn):
                await asyncio.sleep(0.1)
                if working.done():
                    await working
        worker.stop()
        await working
    return worker


async def _is_anything_open(conn: queue.Connection) -> bool:
    query = "select exists (select from linernotes.question where state = 'open')"
    row = await (await conn.execute(query)).fetchone()
    return bool(row and row[0])
