"""What becomes of a fact does not hang on which worker commits first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import AsyncConnection

from linernotes.catalogue import Album
from linernotes.db import catalogue

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def album(upc: str | None, minutes: int) -> Album:
    return Album(
        source="spotify",
        retrieved_at=AT + timedelta(minutes=minutes),
        id="b1",
        title="Overcast",
        album_type="album",
        release_date="1998",
        total_tracks=9,
        upc=upc,
        url="https://open.spotify.com/album/b1",
    )


@pytest.mark.parametrize("page_comes_last", [True, False])
@pytest.mark.parametrize("page_minutes", [-1, 1])
async def test_a_page_of_albums_never_takes_a_barcode_away(
    conn: AsyncConnection[Any], page_comes_last: bool, page_minutes: int
) -> None:
    whole, page = album("00602475093060", 0), album(None, page_minutes)
    for fact in (whole, page) if page_comes_last else (page, whole):
        await catalogue.store(conn, [fact])

    found = await conn.execute("select upc from linernotes.album")
    assert await found.fetchall() == [("00602475093060",)]
