"""What is stored about an artist, beside what the world says about them, label for label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import psycopg

from linernotes.catalogue import ROLES
from linernotes.sandbox.world import Credit, Profile, World

OWN = """
    from linernotes.listing l
    join linernotes.track t on t.album_id = l.album_id and l.artist_id = any(t.artist_ids)
"""


@dataclass(frozen=True)
class Labels:
    """
    Everything there is to know about the catalogue of one artist.

    `states` and `recordings` as in `linernotes.sandbox.world.Truth`; `credits` are those in the
    producer list and `apart` the others; `profiles` are those of everybody credited.
    """

    states: frozenset[tuple[str, str]]
    credits: frozenset[Credit]
    apart: frozenset[Credit]
    recordings: frozenset[frozenset[str]]
    profiles: frozenset[Profile]


def expected(world: World, artist: str) -> Labels:
    truth = world.truth(artist)
    states = frozenset(truth.states.items())
    return Labels(states, truth.credits, truth.apart, truth.recordings, truth.profiles)


def differences(expected: Labels, stored: Labels) -> Iterator[str]:
    """Say what is missing and what is too much, a line each."""
    for name in (field.name for field in fields(Labels)):
        wanted, found = getattr(expected, name), getattr(stored, name)
        yield from (f"{name}: missing {one}" for one in sorted(map(str, wanted - found)))
        yield from (f"{name}: too much {one}" for one in sorted(map(str, found - wanted)))


async def stored(dsn: str, artist: str) -> Labels:
    async with await psycopg.AsyncConnection.connect(dsn) as conn:
        credits = await _credits(conn, artist)
        return Labels(
            states=await _states(conn, artist),
            credits=frozenset(one for one in credits if one.role in ROLES),
            apart=frozenset(one for one in credits if one.role not in ROLES),
            recordings=await _recordings(conn, artist),
            profiles=await _profiles(conn, {one.producer_id for one in credits}),
        )


async def _rows(conn: Any, query: str, *params: Any) -> list[tuple[Any, ...]]:
    return list(await (await conn.execute(query, params)).fetchall())


async def _states(conn: Any, artist: str) -> frozenset[tuple[str, str]]:
    query = f"""
        select t.id, a.found {OWN}
        join linernotes.credit_answer a on a.track_id = t.id where l.artist_id = %s
    """
    return frozenset((id, found) for id, found in await _rows(conn, query, artist))


async def _credits(conn: Any, artist: str) -> frozenset[Credit]:
    query = f"""
        select c.track_id, c.producer_id, c.role, c.scope, c.printed_as {OWN}
        join linernotes.credit c on c.track_id = t.id where l.artist_id = %s
    """
    return frozenset(Credit(*row) for row in await _rows(conn, query, artist))


async def _recordings(conn: Any, artist: str) -> frozenset[frozenset[str]]:
    query = f"select array_agg(distinct t.id) {OWN} where l.artist_id = %s group by t.recording_id"
    return frozenset(frozenset(ids) for (ids,) in await _rows(conn, query, artist))


async def _profiles(conn: Any, producers: set[str]) -> frozenset[Profile]:
    # Spotify's own pages are left out of the truth: the small world links Drake's alone.
    query = """
        select producer_id, network, url, source
        from linernotes.profile where producer_id = any(%s) and network <> 'spotify'
    """
    return frozenset(Profile(*row) for row in await _rows(conn, query, list(producers)))
