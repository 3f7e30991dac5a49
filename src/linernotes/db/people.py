"""The people of a store, for programs that keep people: a row each, as many as there are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
from psycopg.rows import dict_row

from linernotes.catalogue import ROLES
from linernotes.db import report, sql
from linernotes.db.queue import Connection

SQL = sql.load("people.sql")


class Stated(msgspec.Struct, frozen=True):
    """Where somebody can be found, according to one source."""

    network: str
    url: str
    source: str


class Person(msgspec.Struct, frozen=True):
    """
    A person or group whom a source credits, with what is known of them.

    Dates are as precise as the source: 1981, 1981-12. `checked_at` is None while nobody has
    been asked where they can be found.
    """

    id: str
    source: str
    name: str
    kind: str | None
    sort_name: str | None
    roles: list[str]
    tracks: int
    albums: int
    artists: int
    first_credit: str | None
    last_credit: str | None
    sources: list[str]
    profiles: list[Stated]
    wikidata_id: str | None
    isnis: list[str]
    ipis: list[str]
    checked_at: datetime | None
    evidence_url: str
    exported_at: datetime


async def people(conn: Connection, *, artist: str | None = None) -> AsyncIterator[Person]:
    """
    Everybody who produced, or who produced an artist, most recordings first.

    From one moment and in constant memory. Opens its own transaction, as a cursor on the server
    needs.
    """
    async with conn.transaction():
        await conn.execute(report.SQL["one_moment"])
        await conn.execute(report.SQL["to_the_end"])
        async with conn.cursor(name="people", row_factory=dict_row) as cursor:
            await cursor.execute(SQL["people"], {"artist": artist, "roles": list(ROLES)})
            async for row in cursor:
                yield msgspec.convert(row, Person)
