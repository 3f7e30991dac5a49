"""
Spotify's two modes: found out by behaviour at the least cost, and the same truth in both.
"""

from __future__ import annotations

from collections import Counter

import psycopg
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.walks import settings_of, walk

from linernotes.sandbox import Served, serve, small_world
from linernotes.sandbox.small import DRAKE
from linernotes.sandbox.spotify_objects import Mode
from linernotes.stages.artist_discovery import ArtistDiscovery

ROOT = ArtistDiscovery(source="spotify", by="id", asked=DRAKE)


def asked_of_spotify(sandbox: Served) -> Counter[str]:
    return Counter(
        {path: count for (source, path), count in sandbox.log.counts.items() if source == "spotify"}
    )


async def learned(dsn: str) -> dict[str, str]:
    async with await psycopg.AsyncConnection.connect(dsn) as conn:
        found = await conn.execute("select name, value from linernotes.learned order by name")
        return dict(await found.fetchall())


async def forget_all_but_answers(dsn: str) -> None:
    """What a store is after everything but answers and what was learned has been lost."""
    kept = ("answer", "learned", "budget", "store", "migration")
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
        found = await conn.execute(
            "select format('linernotes.%%I', tablename) from pg_tables"
            " where schemaname = 'linernotes' and tablename <> all(%s)",
            [list(kept)],
        )
        tables = ", ".join(name for (name,) in await found.fetchall())
        await conn.execute(f"truncate {tables}, public.queue_metrics")


async def test_development_mode_costs_two_refused_pages_to_find_out(dsn: str) -> None:
    with serve(small_world(), limits=False) as sandbox:
        await walk(dsn, settings_of(sandbox), ROOT)

        # The own groups together and pages of 50 and 20 are refused; then a list for each group.
        assert asked_of_spotify(sandbox) == {
            "/artists/{id}": 1,
            "/artists/{id}/albums": 2 + 3,
            "/albums/{id}": 8,
            "/tracks/{id}": 1,
        }
    assert await learned(dsn) == {"album page": "10", "mode": "development"}


async def test_extended_mode_takes_one_list_and_one_request_for_twenty_albums(dsn: str) -> None:
    with serve(small_world(), limits=False, mode="extended") as sandbox:
        await walk(dsn, settings_of(sandbox), ROOT)

        assert asked_of_spotify(sandbox) == {
            "/artists/{id}": 1,
            "/artists/{id}/albums": 1,
            "/albums": 1,
            "/tracks": 1,
        }
    assert await learned(dsn) == {"mode": "extended"}


@pytest.mark.parametrize("mode", ["development", "extended"])
async def test_with_its_answers_kept_a_second_run_asks_nothing(dsn: str, mode: Mode) -> None:
    with serve(small_world(), limits=False, mode=mode) as sandbox:
        first = await walk(dsn, settings_of(sandbox), ROOT)
        await forget_all_but_answers(dsn)
        sandbox.log.clear()
        second = await walk(dsn, settings_of(sandbox), ROOT)

        assert sandbox.log.counts == {}
    assert (second.coverage, second.producers) == (first.coverage, first.producers)


async def test_who_loses_extended_mode_goes_on_in_development_mode(dsn: str) -> None:
    with serve(small_world(), limits=False) as sandbox:
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
            await conn.execute(
                "insert into linernotes.learned (source, account, name, value)"
                " values ('spotify', 'sandbox', 'mode', 'extended')"
            )
        walked = await walk(dsn, settings_of(sandbox), ROOT)

    assert walked.worker.tally.failed == 0
    assert walked.worker.tally.dead == 0
    assert (await learned(dsn))["mode"] == "development"


async def test_what_was_learned_more_than_a_week_ago_is_found_out_again(dsn: str) -> None:
    with serve(small_world(), limits=False, mode="extended") as sandbox:
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
            await conn.execute(
                "insert into linernotes.learned (source, account, name, value, learned_at)"
                " values ('spotify', 'sandbox', 'mode', 'development', now() - interval '8 days')"
            )
        await walk(dsn, settings_of(sandbox), ROOT)

    assert await learned(dsn) == {"mode": "extended"}


@pytest.mark.parametrize("status", [400, 404, 500])
async def test_albums_are_read_one_by_one_where_several_together_fail(
    dsn: str, status: int
) -> None:
    def spoilt(request: Request) -> Response | None:
        wrong = {"error": {"status": status, "message": "Service not found"}}
        is_batch = request.url.path.endswith("/v1/albums")
        return JSONResponse(wrong, status) if is_batch else None

    with serve(small_world(), limits=False, mode="extended", faults=spoilt) as sandbox:
        walked = await walk(dsn, settings_of(sandbox), ROOT)

    assert (walked.worker.tally.dead, walked.worker.tally.failed) == (0, 0)
    assert walked.coverage is not None
    assert (walked.coverage.albums_read, walked.coverage.total) == (8, 20)
