"""
What goes: Spotify's words when their time is over, and whatever somebody wants gone.

Erasing goes in batches that leave out what others have locked. A purge is one transaction, all
or nothing, and locks as the engine does: the walk, messages, then questions, then facts by kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from psycopg import errors as pg
from psycopg.rows import dict_row

from linernotes.db import answer, catalogue, queue, sql
from linernotes.db.queue import Connection

SQL = sql.load("purge.sql")
WORDS = ("erase_candidates", "erase_artists", "erase_albums", "erase_tracks")
# In the order of catalogue.KINDS; producers after their credits, under the lock of producers.
CATALOGUE = ("artist_answer", "artist", "album", "listing", "track")
PROFILES = ("profile_answer", "identity", "profile")
CREDITS = ("match", "merged", "credit_answer", "credit", "producer", "unknown_role", *PROFILES)
TRIES = 5


@dataclass(frozen=True)
class Purge:
    """
    What is to go: what `source` said, of this artist, retrieved before then; None is all.

    For Spotify alone only its words go. `answers`: kept answers go too. `aged`: somebody named
    an age, so that what is younger is to be left as it is.
    """

    queues: tuple[str, ...]
    before: datetime
    source: str | None = None
    artist: str | None = None
    answers: bool = True
    aged: bool = False


class _Undone(Exception):
    """A dry run ends here."""


# ---- erasing words


async def erase_expired(conn: Connection, queues: Sequence[str], *, count: int = 500) -> None:
    """Erase the words and answers whose time is over, `count` at a time."""
    await answer.forget_expired(conn, count=count)
    await _erase(conn, queues, before=None, artist=None, count=count)


async def _erase(
    conn: Connection,
    queues: Sequence[str],
    *,
    before: datetime | None,
    artist: str | None,
    count: int = 500,
) -> int:
    """Erase Spotify's words from before then, or whose time is over; returns of how many rows."""
    params = {"before": before, "artist": artist, "count": count}
    erased = 0
    for name in WORDS:
        while found := await _number(conn, name, params):
            erased += found
            if found < count:
                break
    # Questions are everybody's. Those of one artist that are answered are forgotten as a whole.
    if artist is None:
        erased += await _erase_questions(conn, before, count * 10)
    for name in queues:
        archived = {"queue": name, "before": before, "count": count}
        while await _number(conn, "forget_archived", archived) == count:
            pass
    return erased


async def _erase_questions(conn: Connection, before: datetime | None, count: int) -> int:
    after: int | None = 0
    erased = 0
    while after is not None:
        row = {"after": after, "before": before, "count": count}
        found = await (await conn.execute(SQL["erase_questions"], row)).fetchone()
        assert found is not None
        erased += found[0]
        after = found[1]
    return erased


async def _number(conn: Connection, name: str, params: dict[str, Any]) -> int:
    found = await (await conn.execute(SQL[name], params)).fetchone()
    assert found is not None
    return int(found[0])


# ---- purging


async def moment(conn: Connection, seconds: float) -> datetime:
    """The server's time so many seconds ago."""
    found = await (await conn.execute(SQL["moment"], {"seconds": seconds})).fetchone()
    assert found is not None
    at: datetime = found[0]
    return at


async def purge(conn: Connection, wanted: Purge, *, dry_run: bool = False) -> dict[str, int]:
    """Remove it, all or nothing; what went, by kind. A dry run removes nothing in the end."""
    for attempt in range(1, TRIES + 1):
        removed: dict[str, int] = {}
        try:
            async with conn.transaction():
                removed = await _purge(conn, wanted)
                if dry_run:
                    raise _Undone
        except _Undone:
            pass
        except (pg.DeadlockDetected, pg.SerializationFailure):
            if attempt == TRIES:
                raise
            continue
        return {kind: number for kind, number in removed.items() if number}
    raise AssertionError("unreachable")


async def _purge(conn: Connection, wanted: Purge) -> dict[str, int]:
    if wanted.aged and not (await _row(conn, "is_any_older", before=wanted.before))["found"]:
        return {}
    await queue.lock_walk(conn, alone=True)
    ids = await _held_questions(conn, wanted)
    asked = (await _row(conn, "names_in_questions", ids=ids))["asked"]
    removed = await _forget(conn, wanted, ids)
    await conn.execute(catalogue.SQL["lock_recordings"])
    await conn.execute(catalogue.SQL["lock_producers"], {"alone": True})
    scope = await _row(conn, "scope", artist=wanted.artist)
    names = await _names(conn, wanted, scope, asked)
    removed |= await _facts(conn, wanted, scope)
    if wanted.answers:
        removed["answer"] = await _number(conn, "purge_answers", {**_params(wanted, {}), **names})
    return removed


async def _held_questions(conn: Connection, wanted: Purge) -> list[int]:
    """The questions in question; held until no worker can add to them any more."""
    ids: list[int] = []
    statement = "questions_of" if wanted.artist else "questions"
    while (found := await _ids(conn, statement, artist=wanted.artist)) != ids:
        ids = found
        for name in sorted(wanted.queues):
            row = {"queue": name, "ids": list(map(str, ids))}
            await conn.execute(SQL["hold_messages"], row)
    return ids


async def _names(
    conn: Connection, wanted: Purge, scope: dict[str, Any], asked: Sequence[str]
) -> dict[str, Any]:
    """What the requests about an artist contain."""
    if wanted.artist is None:
        return {"names": None, "searched": []}
    names = await _row(conn, "names", **_params(wanted, scope), asked=list(asked))
    cursor = await conn.execute(SQL["asked_names"], {"artist": wanted.artist})
    searched = [quote_plus(name) for (name,) in await cursor.fetchall() if name]
    return {**names, "searched": searched}


async def _forget(conn: Connection, wanted: Purge, ids: Sequence[int]) -> dict[str, int]:
    """
    Forget the questions, so that they are asked again when somebody comes to them.

    Where only what one source said goes, or what is older, those in work stay: they will know it
    anew. So do the discoveries that led to them: their roots are asked anew, and lead there again.
    """
    if wanted.source or wanted.aged:
        answered = await _ids(conn, "answered_of", ids=list(ids))
        roots = await _ids(conn, "unfinished_roots", ids=answered)
        await conn.execute(SQL["ask_anew"], {"ids": roots})
        ids = sorted(set(answered) - set(roots))
    messages = 0
    for name in sorted(wanted.queues):
        row = {"queue": name, "ids": list(map(str, ids))}
        messages += await _number(conn, "forget_messages", row)
    questions = await _number(conn, "forget_questions", {"ids": list(ids)})
    return {"question": questions, "message": messages}


async def _facts(conn: Connection, wanted: Purge, scope: dict[str, Any]) -> dict[str, int]:
    if wanted.source == "spotify":
        words = await _erase(conn, (), before=wanted.before, artist=wanted.artist)
        return {"words": words}
    kinds = {None: (*CATALOGUE, *CREDITS), "musicbrainz": CREDITS}.get(wanted.source, PROFILES)
    params = _params(wanted, scope)
    removed = {kind: await _number(conn, f"purge_{kind}", params) for kind in kinds}
    if removed.get("track") or removed.get("match"):
        await conn.execute(catalogue.SQL["join_recordings"], {"track_ids": scope["joined"]})
    return removed


def _params(wanted: Purge, scope: dict[str, Any]) -> dict[str, Any]:
    whom = {"source": wanted.source, "artist": wanted.artist, "before": wanted.before}
    return {**scope, **whom}


async def _ids(conn: Connection, name: str, **params: Any) -> list[int]:
    return [id for (id,) in await (await conn.execute(SQL[name], params)).fetchall()]


async def _row(conn: Connection, name: str, **params: Any) -> dict[str, Any]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], params)
        found = await cursor.fetchone()
    assert found is not None
    return found
