"""What a source says in words that we do not know is kept, and withdrawn with its answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import AsyncConnection

from linernotes.catalogue import AlbumRead, CreditAnswer, Fact, Track, UnknownRole
from linernotes.db import catalogue

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


def unknown(met: str, at: datetime = AT, words: str = "ghost") -> UnknownRole:
    return UnknownRole(
        source="musicbrainz",
        retrieved_at=at,
        track_id="t1",
        kind="relation",
        met=met,
        words=words,
        source_url="https://musicbrainz.example/recording/r1",
    )


def answer(at: datetime) -> CreditAnswer:
    return CreditAnswer(
        source="musicbrainz",
        retrieved_at=at,
        track_id="t1",
        found="silent",
        why="",
        source_url=None,
    )


TRACK = Track(
    source="spotify",
    retrieved_at=AT,
    id="t1",
    album_id="a1",
    title="X",
    disc=1,
    number=1,
    length_ms=1,
    isrc=None,
    url="https://open.spotify.example/track/t1",
    artists=(),
    title_key="x",
    version="",
)


async def stored(conn: AsyncConnection[Any], *facts: Fact) -> list[tuple[str, str]]:
    """Store them in one commit; what is there then."""
    async with conn.transaction():
        await catalogue.store(conn, facts)
    cursor = await conn.execute("select met, words from linernotes.unknown_role order by met")
    return await cursor.fetchall()


async def test_the_same_said_again_is_one_row(conn: AsyncConnection[Any]) -> None:
    await stored(conn, answer(AT), unknown("a"))

    assert await stored(conn, unknown("a", LATER, "a new name")) == [("a", "a new name")]


async def test_a_later_answer_withdraws_what_it_does_not_say_again(
    conn: AsyncConnection[Any],
) -> None:
    await stored(conn, answer(AT), unknown("a"), unknown("b"))

    assert await stored(conn, answer(LATER), unknown("b", LATER)) == [("b", "ghost")]


async def test_an_earlier_answer_withdraws_nothing(conn: AsyncConnection[Any]) -> None:
    await stored(conn, answer(LATER), unknown("a", LATER))

    assert await stored(conn, answer(AT), unknown("a", AT, "old")) == [("a", "ghost")]


async def test_it_goes_with_its_track(conn: AsyncConnection[Any]) -> None:
    await stored(conn, TRACK, answer(AT), unknown("a"))
    read = AlbumRead(
        source="spotify", retrieved_at=LATER, artist_id="x", album_id="a1", since=LATER
    )

    assert await stored(conn, read) == []
