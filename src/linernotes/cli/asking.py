"""What a person typed, and which artist or producer is meant by it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal, TypeVar

from linernotes.catalogue import Candidate
from linernotes.cli.problems import SeveralMeant
from linernotes.errors import UsageError

if TYPE_CHECKING:
    from linernotes.db.queue import Connection
    from linernotes.db.report import ArtistRow, ProducerName

By = Literal["id", "name"]
N = TypeVar("N", "ArtistRow", "ProducerName")


def asked_artist(text: str) -> tuple[By, str]:
    """A Spotify id, or a name. Raises `UsageError` for what can be neither."""
    from linernotes.matching.identifiers import NotASpotifyLink, spotify_ref
    from linernotes.stages.artist_discovery import NAME_MAX

    name = " ".join(text.split())
    if not name:
        raise UsageError("the artist's name is empty", hint='linernotes discover "Drake"')
    if len(name) > NAME_MAX:
        raise UsageError(
            f"the artist's name has {len(name)} characters, and no name has more than {NAME_MAX}",
            hint="give the artist's Spotify address",
        )
    try:
        ref = spotify_ref(name)
    except NotASpotifyLink as error:
        raise UsageError(
            str(error), hint="copy the artist's address from Spotify: Share, Copy link to artist"
        ) from error
    if ref is None:
        return "name", name
    if ref.kind not in ("artist", None):
        raise UsageError(
            f'"{name}" is a link to {_a(ref.kind)}, not to an artist',
            hint=f"open it, go to the artist, and copy that address: "
            f"https://open.spotify.com/artist/… instead of /{ref.kind}/…",
        )
    return "id", ref.id


async def stored_artist(conn: Connection, text: str) -> ArtistRow:
    """The artist of the store who is meant. Raises `UsageError`, with candidates if several."""
    from linernotes.db import report

    by, asked = asked_artist(text)
    artists = await report.artists(conn)
    if by == "id":
        found = [one for one in artists if one.id == asked]
    else:
        found = [one for one in artists if one.name == asked] or [
            one for one in artists if one.name and _same(one.name, asked)
        ]
        if not found and (answered := await report.answered(conn, f"name:{asked}")):
            found = [one for one in artists if one.id == answered]
    if len(found) == 1:
        return found[0]
    near = found or _near(asked, artists)
    candidates = [
        Candidate(id=one.id, name=one.name or one.id, url=one.url, about="") for one in near
    ]
    if found:
        raise SeveralMeant(
            f'several artists in the store are called "{asked}"',
            candidates,
            hint=f"linernotes producers --artist {found[0].id}",
        )
    raise SeveralMeant(
        f'"{asked}" has not been discovered yet',
        candidates,
        hint=shlex.join(["linernotes", "discover", asked]),
    )


async def stored_producer(conn: Connection, text: str) -> ProducerName:
    """The producer of the store who is meant, by id, address or name."""
    from linernotes.db import report
    from linernotes.matching.identifiers import mbid

    asked = " ".join(text.split())
    if not asked:
        raise UsageError("the producer's name is empty", hint="linernotes producers")
    producers = await report.producer_names(conn)
    wanted = mbid(asked) or asked
    found = (
        [one for one in producers if one.id == wanted]
        or [one for one in producers if one.name == asked]
        or [one for one in producers if _same(one.name, asked)]
        or [one for one in producers if any(_same(name, asked) for name in one.printed_as)]
    )
    if len(found) == 1:
        return found[0]
    near = found or _near(asked, producers)
    candidates = [
        Candidate(id=one.id, name=one.name, url=one.url, about=one.disambiguation or "")
        for one in near
    ]
    if found:
        raise SeveralMeant(
            f'several producers in the store are called "{asked}"',
            candidates,
            hint=f"linernotes show {found[0].id}",
        )
    raise SeveralMeant(
        f'no producer called "{asked}" is in the store', candidates, hint="linernotes producers"
    )


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def _same(one: str, other: str) -> bool:
    from linernotes.matching.names import strict_key

    return strict_key(one) == strict_key(other)


def _near(asked: str, rows: Sequence[N]) -> list[N]:
    """Those whose names look like what was typed, the likeliest first."""
    by_name = {one.name.casefold(): one for one in rows if one.name}
    return [by_name[name] for name in get_close_matches(asked.casefold(), by_name, n=5)]
