"""Store facts: one statement a kind, in one order for everybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TypeVar

from linernotes.catalogue import (
    KINDS,
    AlbumRead,
    Credit,
    Fact,
    Identity,
    Match,
    Merged,
    Producer,
    Profile,
    ProfileAnswer,
    Track,
    TrackIsrc,
)
from linernotes.db import sql
from linernotes.db.queue import Connection

F = TypeVar("F", bound=Fact)
SQL = sql.load("catalogue.sql")

# The facts that decide which tracks are one recording.
JOINING = (Track, TrackIsrc, Match)


async def store(conn: Connection, facts: Iterable[Fact]) -> None:
    """
    Insert or refresh facts, merged and sorted over all that is committed together.

    Tracks and matches decide which tracks are one recording: that is settled here too, under
    a lock that the transaction keeps, so that no other commit misses them. So is which
    producers are one, because a source merged their ids.
    """
    by_kind = _merged(facts)
    changed = {_track_id(fact) for kind in JOINING for fact in by_kind.get(kind, ())}
    refreshed = any(fact.since for fact in _of(by_kind, AlbumRead))
    if changed or refreshed:
        await conn.execute(SQL["lock_recordings"])
    if producer_ids := sorted(_producer_ids(by_kind)):
        await conn.execute(SQL["lock_producers"], {"alone": Merged in by_kind})
    for kind in KINDS:
        if found := by_kind.get(kind):
            row = {"facts": sql.rows(found)}
            cursor = await conn.execute(SQL[f"store_{kind.__name__}"], row)
            if kind is AlbumRead and refreshed:
                changed.update(track_id for (track_id,) in await cursor.fetchall())
    if changed:
        await conn.execute(SQL["join_recordings"], {"track_ids": sorted(changed)})
    if producer_ids:
        await conn.execute(SQL["move_merged"], {"producer_ids": producer_ids})


def _of(by_kind: Mapping[type[Fact], list[Fact]], kind: type[F]) -> list[F]:
    return [fact for fact in by_kind.get(kind, ()) if isinstance(fact, kind)]


def _merged(facts: Iterable[Fact]) -> dict[type[Fact], list[Fact]]:
    """By kind, sorted by key; of two facts with one key the later."""
    latest: dict[tuple[type[Fact], tuple[str, ...]], Fact] = {}
    for fact in facts:
        name = (type(fact), fact.key)
        known = latest.get(name)
        if known is None or known.retrieved_at <= fact.retrieved_at:
            latest[name] = fact
    by_kind: dict[type[Fact], list[Fact]] = {}
    for (kind, _), fact in sorted(latest.items(), key=lambda item: item[0][1]):
        by_kind.setdefault(kind, []).append(fact)
    return by_kind


def _track_id(fact: Fact) -> str:
    """The first field of the key of a fact that can join recordings is the track."""
    return fact.key[0]


def _producer_ids(by_kind: Mapping[type[Fact], list[Fact]]) -> set[str]:
    """Everybody of whom something is said."""
    ids = {one.id for one in _of(by_kind, Producer)} | {one.id for one in _of(by_kind, Merged)}
    for fact in chain.from_iterable(by_kind.values()):
        if isinstance(fact, Credit | ProfileAnswer | Identity | Profile):
            ids.add(fact.producer_id)
    return ids
