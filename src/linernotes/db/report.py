"""What is read back: progress, coverage, producers. Plain values, the same for CLI and API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

import msgspec
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from linernotes.catalogue import ROLES, Candidate
from linernotes.db import sql
from linernotes.db.queue import Connection

SQL = sql.load("report.sql")


class QueueProgress(msgspec.Struct, frozen=True):
    """
    Questions of a discovery in one queue; `failing` ones are open and have failed before,
    `error` is what one of them met.

    `by_isrc`: about albums that are asked a second time. `tracks` counts what the questions
    are about, where each is about an album's tracks.
    """

    queue: str
    answered: int
    open: int
    dead: int
    failing: int
    error: str | None
    first_answered_at: datetime | None
    last_answered_at: datetime | None
    by_isrc: bool
    tracks: int


class Coverage(msgspec.Struct, frozen=True):
    """
    How many recordings are in which state at one credit source; the states sum to `total`.

    `credited`: it names a producer. `silent`: it knows the recording and names none.
    `unknown`: it does not know the recording. `waiting`: not asked yet. `unread`: not asked
    yet, because the album has not been read (its tracks as the list counts them). `refused`:
    the source is closed for now. `failed`: given up on, see `linernotes dead-letters`.
    While `lists_open` is not 0 the artist's lists of albums have not been read to their ends.
    """

    credited: int
    silent: int
    unknown: int
    waiting: int
    unread: int
    refused: int
    failed: int
    total: int
    albums: int
    albums_read: int
    lists_open: int


class StoreCoverage(msgspec.Struct, frozen=True):
    """Over all artists; while `lists_open` is not 0 their lists have not been read to the ends."""

    albums: int
    albums_read: int
    lists_open: int


class HintRow(msgspec.Struct, frozen=True):
    """A name printed as the producer's in the titles of `tracks` recordings: weak evidence."""

    name: str
    tracks: int


class ProducerRow(msgspec.Struct, frozen=True):
    """`tracks` counts recordings; years are those of their earliest known releases."""

    producer_id: str
    name: str
    kind: str | None
    disambiguation: str | None
    url: str
    roles: list[str]
    tracks: int
    first_year: int | None
    last_year: int | None
    profiles: list[dict[str, Any]]
    sources: list[str]


class Root(msgspec.Struct, frozen=True):
    """What a discovery started from. `artist_id` is None until, or unless, it is known."""

    key: str
    state: str
    error: str | None
    answered_at: datetime | None
    asked_for: str
    asked_at: datetime
    artist_id: str | None
    reason: str | None
    candidates: list[Candidate] | None
    source: str | None


class ArtistRow(msgspec.Struct, frozen=True):
    """`name` is None where it is no longer kept and nobody typed it."""

    id: str
    name: str | None
    url: str
    source: str
    retrieved_at: datetime


class ProducerName(msgspec.Struct, frozen=True):
    """`printed_as` are the names on credits, sorted."""

    id: str
    name: str
    kind: str | None
    disambiguation: str | None
    url: str
    source: str
    retrieved_at: datetime
    printed_as: list[str]


class CreditRow(msgspec.Struct, frozen=True):
    """`track` and `album` are titles, None where they are no longer kept."""

    role: str
    scope: str
    printed_as: str
    detail: str | None
    matched_by: str
    source: str
    source_url: str
    retrieved_at: datetime
    track_id: str
    recording_id: str
    track: str | None
    isrc: str | None
    track_url: str
    album_id: str
    album: str | None
    album_url: str
    release_date: str | None
    artists: list[str]


class ProfileRow(msgspec.Struct, frozen=True):
    network: str
    handle: str | None
    url: str
    source: str
    source_url: str
    retrieved_at: datetime


class ProfileAnswerRow(msgspec.Struct, frozen=True):
    """`state`: known, unknown, failed (with `error`) or not asked yet."""

    source: str
    state: str
    error: str | None
    source_url: str | None
    retrieved_at: datetime | None


class DiscoveryRow(msgspec.Struct, frozen=True):
    """
    The latest discovery of an artist; `total` is how many there are of such. `url` is the
    artist's page.
    """

    total: int
    id: int
    asked_for: str
    asked_at: datetime
    refresh: bool
    artist_id: str | None
    artist: str | None
    url: str | None


class Totals(msgspec.Struct, frozen=True):
    """None is what has not been asked yet."""

    artists: int | None
    albums: int | None
    recordings: int | None
    producers: int | None
    profiles: int | None
    dead_letters: int
    bytes: int


class QueueRow(msgspec.Struct, frozen=True):
    """`taken`: hidden, because somebody works on it or it waits for its next attempt."""

    queue: str
    waiting: int
    taken: int
    oldest_seconds: int | None


class SourceRow(msgspec.Struct, frozen=True):
    """What the source says counts for `keep_seconds`; `seconds` until it opens, if it is closed."""

    source: str
    requests: int
    keep_seconds: float
    closed_until: datetime | None
    seconds: float | None
    reason: str | None
    refused: bool


class DeadLetter(msgspec.Struct, frozen=True):
    id: int
    queue: str
    key: str | None
    tries: int
    failed_at: datetime
    error: str | None
    message: dict[str, Any]


class DeadQuestion(msgspec.Struct, frozen=True):
    queue: str
    key: str
    error: str | None


T = TypeVar("T")


async def rows(conn: Connection, name: str, **params: Any) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], params)
        return await cursor.fetchall()


async def progress(conn: Connection, discovery: int) -> list[QueueProgress]:
    found = await rows(conn, "progress", discovery=discovery)
    return msgspec.convert(found, list[QueueProgress])


async def coverage(conn: Connection, artist: str, source: str = "musicbrainz") -> Coverage:
    (row,) = await rows(
        conn,
        "coverage",
        artist=artist,
        source=source,
        credit_queue="producer_identification",
        release_queue="track_discovery_musicbrainz",
        album_queue="track_discovery",
        list_queue="album_discovery",
    )
    return msgspec.convert(row, Coverage)


async def producers(
    conn: Connection,
    *,
    artist: str | None = None,
    roles: Sequence[str] = ROLES,
    min_tracks: int = 1,
    since_year: int | None = None,
    until_year: int | None = None,
    network: str | None = None,
) -> list[ProducerRow]:
    """Ranked by number of recordings; see the statement for what each figure means."""
    found = await rows(
        conn,
        "producers",
        artist=artist,
        roles=list(roles),
        min_tracks=min_tracks,
        since_year=since_year,
        until_year=until_year,
        network=network,
    )
    return msgspec.convert(found, list[ProducerRow])


async def why_failed(conn: Connection, artist: str) -> list[str]:
    """What the questions met that were given up on and on which the artist's coverage hangs."""
    found = await rows(
        conn,
        "why_failed",
        artist=artist,
        credit_queue="producer_identification",
        release_queue="track_discovery_musicbrainz",
        album_queue="track_discovery",
        list_queue="album_discovery",
    )
    return [row["error"] for row in found]


async def store_coverage(conn: Connection) -> StoreCoverage:
    (row,) = await _all(conn, "store_coverage", StoreCoverage, list_queue="album_discovery")
    return row


async def hints(conn: Connection, artist: str) -> list[HintRow]:
    return await _all(conn, "hints", HintRow, artist=artist)


async def networks(conn: Connection) -> list[str]:
    return [row["network"] for row in await rows(conn, "networks")]


async def _all(conn: Connection, name: str, into: type[T], **params: Any) -> list[T]:
    return msgspec.convert(await rows(conn, name, **params), list[into])  # type: ignore[valid-type]


async def claim_kind(conn: Connection, kind: str) -> None:
    """Say whose facts this database is for, unless that is settled."""
    await conn.execute(SQL["claim_kind"], {"kind": kind})


async def kind(conn: Connection) -> str | None:
    found = await rows(conn, "kind")
    return found[0]["kind"] if found else None


async def keep(conn: Connection, seconds: Mapping[str, float]) -> None:
    """
    From now on what each source says counts for so many seconds, and so does what it said.

    Kept answers that would count for longer are shortened; none is lengthened.
    """
    kept = [{"source": source, "seconds": number} for source, number in sorted(seconds.items())]
    await conn.execute(SQL["keep"], {"kept": Jsonb(kept)})


async def words_gone(conn: Connection, artist: str | None = None) -> bool:
    """Whether Spotify's titles and names of an artist, or of anybody, are no longer kept."""
    (row,) = await rows(conn, "words_gone", artist=artist)
    return bool(row["gone"])


async def now(conn: Connection) -> datetime:
    """The server's time, which all times in the store are of."""
    (row,) = await rows(conn, "now")
    return cast("datetime", row["now"])


async def root(conn: Connection, discovery: int) -> Root | None:
    """None where the discovery has been purged."""
    found = await _all(conn, "root", Root, discovery=discovery)
    return found[0] if found else None


async def artists(conn: Connection) -> list[ArtistRow]:
    return await _all(conn, "artists", ArtistRow)


async def answered(conn: Connection, query: str) -> str | None:
    """The artist's id who was meant by this before."""
    found = await rows(conn, "answered", query=query)
    return found[0]["artist_id"] if found else None


async def producer_names(conn: Connection) -> list[ProducerName]:
    return await _all(conn, "producer_names", ProducerName)


async def credits_of(conn: Connection, producer: str) -> list[CreditRow]:
    return await _all(conn, "credits_of", CreditRow, producer=producer)


async def profiles_of(conn: Connection, producer: str) -> list[ProfileRow]:
    return await _all(conn, "profiles_of", ProfileRow, producer=producer)


async def profile_answers_of(
    conn: Connection, producer: str, queues: Mapping[str, str]
) -> list[ProfileAnswerRow]:
    """What each source said of where to find the producer; `queues` names its queue by source."""
    asked = [{"source": source, "queue": queue} for source, queue in queues.items()]
    return await _all(
        conn, "profile_answers_of", ProfileAnswerRow, producer=producer, queues=Jsonb(asked)
    )


async def discoveries(conn: Connection, count: int) -> list[DiscoveryRow]:
    return await _all(conn, "discoveries", DiscoveryRow, count=count)


async def totals(conn: Connection) -> Totals:
    (row,) = await _all(conn, "totals", Totals, list_queue="album_discovery")
    return row


async def queues(conn: Connection, names: Sequence[str]) -> list[QueueRow]:
    return await _all(conn, "queues", QueueRow, queues=list(names))


async def budgets(conn: Connection) -> list[SourceRow]:
    return await _all(conn, "budgets", SourceRow)


async def dead_letters(conn: Connection) -> list[DeadLetter]:
    return await _all(conn, "dead_letters", DeadLetter)


async def dead_letters_of(conn: Connection, discovery: int) -> list[DeadQuestion]:
    return await _all(conn, "dead_letters_of", DeadQuestion, discovery=discovery)


# Where the questions are that lead to each credit source's answer.
CREDIT_QUEUES = (
    {
        "source": "musicbrainz",
        "credit_queue": "producer_identification",
        "release_queue": "track_discovery_musicbrainz",
        "album_queue": "track_discovery",
    },
)
EXPORTED = ("artist", "album", "track", "credit", "profile")


async def exported(conn: Connection, artist: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """
    Every fact of an artist, each with its type, from one moment and in constant memory.

    Opens its own transaction, as a cursor on the server needs.
    """
    asked = Jsonb(CREDIT_QUEUES)
    async with conn.transaction():
        await conn.execute(SQL["one_moment"])
        await conn.execute(SQL["to_the_end"])
        for name in EXPORTED:
            async with conn.cursor(name=f"export_{name}", row_factory=dict_row) as cursor:
                await cursor.execute(SQL[f"export_{name}"], {"artist": artist, "asked": asked})
                async for row in cursor:
                    yield name, row
