"""How the server goes about what is large: exports, and erasing words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from linernotes.db import people, purge, report
from linernotes.db.migrate import connect
from linernotes.db.queue import Connection

ROWS = """
insert into linernotes.artist (id, source, name, url, retrieved_at)
values ('a', 'spotify', 'Ann', 'u', now());
insert into linernotes.producer (id, source, name, url, retrieved_at)
values ('p', 'musicbrainz', 'Pat', 'u', now());
insert into linernotes.album
    (id, source, title, album_type, total_tracks, url, artists, retrieved_at)
values ('l', 'spotify', 'Long', 'album', 1, 'u', '[]', now());
insert into linernotes.listing (artist_id, album_id, "group", source, retrieved_at, read_at)
values ('a', 'l', 'album', 'spotify', now(), now());
insert into linernotes.track
    (id, album_id, source, title, disc, number, length_ms, url, artists, artist_ids,
    title_key, version, hints, recording_id, retrieved_at)
values ('t', 'l', 'spotify', 'Tune', 1, 1, 1000, 'u', '[]', '{a}', 'k', '', '{}', 't', now());
insert into linernotes.credit
    (track_id, source, producer_id, role, scope, printed_as, matched_by, source_url, retrieved_at)
values ('t', 'musicbrainz', 'p', 'producer', 'track', 'Pat', 'isrc', 'u', now());
"""


def exported(conn: Connection) -> AsyncIterator[object]:
    return report.exported(conn, "a")


@pytest.mark.parametrize("read", [exported, people.people])
async def test_an_export_is_planned_for_all_of_its_rows(
    dsn: str, read: Callable[[Connection], AsyncIterator[object]]
) -> None:
    async with connect(dsn) as conn:
        await conn.execute(ROWS.encode())
        settings = []
        async for _ in read(conn):
            cursor = await conn.execute("show cursor_tuple_fraction")
            settings.append(await cursor.fetchone())

    assert set(settings) == {("1",)}


@pytest.mark.parametrize("kind", ["artist", "album", "track"])
async def test_words_that_are_over_are_found_by_their_time(dsn: str, kind: str) -> None:
    wanted = {"before": None, "artist": None, "count": 500}
    async with connect(dsn) as conn:
        await conn.execute("set enable_seqscan = off")
        await conn.execute("set enable_bitmapscan = off")
        cursor = await conn.execute(f"explain {purge.SQL[f'erase_{kind}s']}".encode(), wanted)
        plan = [line.strip() for (line,) in await cursor.fetchall()]

    (scan,) = [number for number, line in enumerate(plan) if f"using {kind}_words" in line]
    assert plan[scan + 1].startswith("Index Cond: (retrieved_at <")
