"""Bad input and bad days: the result is the truth, or somebody is told clearly; nothing is lost."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.replies import Service, Thing, reply
from tests.test_truth import check
from tests.walks import settings_of, walk

from linernotes import db, runtime
from linernotes.db import queue, report
from linernotes.sandbox import faults, serve, small_world
from linernotes.sandbox.faults import Twist
from linernotes.stages.artist_discovery import ArtistDiscovery

WORLD = small_world()
ARTIST = next(iter(WORLD.artists))
ROOT = ArtistDiscovery(source="spotify", by="id", asked=ARTIST)
AT_ONCE = 100
CONNECTIONS = 60

TWISTS: dict[str, Twist] = {
    "a next page for ever": faults.endless_pages,
    "far too large totals": faults.wrong_totals,
    "nulls among the items": faults.null_items,
}


@pytest.mark.parametrize("twist", TWISTS.values(), ids=TWISTS)
async def test_lists_that_are_told_badly_give_the_truth(twist: Twist, dsn: str) -> None:
    with serve(WORLD, limits=False, twist=twist) as sandbox:
        walked = await walk(dsn, settings_of(sandbox), ROOT)

    await check(dsn, WORLD, ARTIST, walked)


# The same again and again


async def test_a_discovery_asked_for_a_hundred_times_at_once_is_one_walk(dsn: str) -> None:
    asked: Counter[str] = Counter()

    def counted(request: Request) -> Response | None:
        if request.method == "GET":
            asked[f"{request.url.path}?{request.url.query}"] += 1
        return None

    with serve(WORLD, limits=False, faults=counted) as sandbox:
        async with db.open_pool(dsn, max_size=CONNECTIONS) as pool:
            started = await asyncio.gather(*(_start(pool) for _ in range(AT_ONCE)))
            await asyncio.gather(*(_send(pool) for _ in range(AT_ONCE)))
        # Within the seconds of one walk.
        walked = await walk(dsn, settings_of(sandbox), ROOT)

    await check(dsn, WORLD, ARTIST, walked)
    assert set(asked.values()) == {1}
    assert len(started) == AT_ONCE
    async with await psycopg.AsyncConnection.connect(dsn) as conn:
        cursor = await conn.execute(
            "select count(*) from linernotes.question where queue = 'artist_discovery'"
        )
        assert await cursor.fetchone() == (1,)
        discoveries = await conn.execute("select id from linernotes.discovery")
        for (id,) in await discoveries.fetchall():
            progress = await report.progress(conn, id)
            assert sum(one.answered for one in progress) > 0
            assert not any(one.open or one.dead for one in progress)
        left = await conn.execute("select sum(queue_length) from pgmq.metrics_all()")
        assert await left.fetchone() == (0,)


async def _start(pool: Any) -> int:
    async with pool.connection() as conn, conn.transaction():
        discovery, _ = await queue.start_discovery(conn, ROOT, asked_for="test")
    return discovery


async def _send(pool: Any) -> None:
    async with pool.connection() as conn:
        await conn.execute(
            "select pgmq.send('artist_discovery', %s::jsonb)", [json.dumps({"artistId": ARTIST})]
        )


# Clocks


@pytest.mark.parametrize("minutes", [-2, 2])
async def test_a_clock_two_minutes_apart_from_the_servers_changes_nothing(
    minutes: int, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Apart(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(minutes=minutes)

    monkeypatch.setattr(runtime, "datetime", Apart)
    began = datetime.now(UTC)
    with serve(WORLD, limits=False) as sandbox:
        walked = await walk(dsn, settings_of(sandbox), ROOT)

    await check(dsn, WORLD, ARTIST, walked)
    async with _span(dsn) as (first, last):
        assert began <= first <= last <= datetime.now(UTC)


@asynccontextmanager
async def _span(dsn: str) -> AsyncIterator[tuple[datetime, datetime]]:
    """The first and the last time that stands as evidence."""
    async with await psycopg.AsyncConnection.connect(dsn) as conn:
        cursor = await conn.execute(
            "select min(retrieved_at), max(retrieved_at) from linernotes.credit_answer"
        )
        row = await cursor.fetchone()
        assert row
        yield row[0], row[1]


# Tokens


async def test_tokens_that_expire_in_the_middle_are_renewed_and_nothing_is_doubled(
    dsn: str,
) -> None:
    refused: list[str] = []

    def expired(request: Request) -> Response | None:
        """Every fifth question is answered 401, once."""
        question = f"{request.url.path}?{request.url.query}"
        if not request.url.path.startswith("/spotify/v1/") or question in refused:
            return None
        seen.append(question)
        if len(seen) % 5:
            return None
        refused.append(question)
        return JSONResponse({"error": {"status": 401, "message": "The access token expired"}}, 401)

    seen: list[str] = []
    with serve(WORLD, limits=False, faults=expired) as sandbox:
        walked = await walk(dsn, settings_of(sandbox), ROOT)

    assert refused
    await check(dsn, WORLD, ARTIST, walked)


# Text


NAMES = {
    "half of a character": (r'{"name": "a\ud800b\uDC00"}', "a\ufffdb\ufffd"),
    "a whole one": (r'{"name": "\ud83c\udfb5"}', "\N{MUSICAL NOTE}"),
    "halves in the wrong order": (r'{"name": "\udfb5\ud83c"}', "\ufffd\ufffd"),
    "an escaped backslash before what looks like one": (r'{"name": "\\ud800"}', r"\ud800"),
    "a byte order mark": ('\ufeff{"name": "Drake"}', "Drake"),
}


@pytest.mark.parametrize(("body", "name"), NAMES.values(), ids=NAMES)
async def test_odd_text_is_read_as_far_as_it_can_be(body: str, name: str, dsn: str) -> None:
    async with db.open_pool(dsn) as pool:
        found = await Service(reply(200, body)).api(pool).get("/things/1", Thing)

    assert found.value == Thing(name)
