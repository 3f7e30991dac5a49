"""
artist_discovery: a name or an id -> the artist, and the first page of their albums.

The first hit of a search is not an identity. The name must be the one that was typed; where
several artists have it, MusicBrainz is asked which of them it links to; where that does not
settle it either, the candidates are kept for the person to choose from.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal

from msgspec.structs import replace

from linernotes.catalogue import Artist, ArtistAnswer, Candidate
from linernotes.errors import NotFound
from linernotes.matching.names import strict_key
from linernotes.pipeline import Message, Outcome, Result, Stage, each
from linernotes.sources import Sources, musicbrainz, spotify
from linernotes.stages.album_discovery import OWN, AlbumDiscovery

TITLES_SHOWN = 3
# Characters. Nobody's name is longer, and what is would not fit into an index.
NAME_MAX = 300


class ArtistDiscovery(Message, frozen=True, kw_only=True):
    """
    `asked` is a Spotify id or a name, as `by` says. `among` are those who share the name, as
    Spotify's search had them at `found_at`.
    """

    stage: ClassVar[str] = "artist_discovery"

    by: Literal["id", "name"]
    asked: str
    appears_on: bool = False
    among: tuple[Candidate, ...] = ()
    found_at: datetime | None = None

    @property
    def key(self) -> str:
        return f"{self.by}:{self.asked}" + ("+appears_on" if self.appears_on else "")


async def run(messages: Sequence[ArtistDiscovery], sources: Sources) -> list[Result]:
    return await each(_ASK[messages[0].source], messages, sources)


async def _by_spotify(message: ArtistDiscovery, sources: Sources) -> Outcome:
    if message.by == "name":
        return await _by_name(message, sources)
    try:
        artist = await spotify.artist(sources["spotify"], message.asked, since=message.since)
    except NotFound:
        return _nobody(message, "Spotify has no artist with this id", sources.now())
    return _found(message, artist, "asked for by id", artist.retrieved_at)


async def _by_name(message: ArtistDiscovery, sources: Sources) -> Outcome:
    found = await spotify.search_artists(sources["spotify"], message.asked, since=message.since)
    named = [one for one in found if one.artist.name == message.asked] or [
        one for one in found if strict_key(one.artist.name) == strict_key(message.asked)
    ]
    if not named:
        reason = "nobody among the first that Spotify finds has exactly this name"
        at = found[0].artist.retrieved_at if found else sources.now()
        return _nobody(message, reason, at, tuple(map(_candidate, found)))
    if len(named) == 1:
        artist = named[0].artist
        reason = "the only one of this name among the first that Spotify finds"
        return _found(message, artist, reason, artist.retrieved_at)
    among = [await _with_albums(_candidate(one), sources) for one in named]
    found_at = named[0].artist.retrieved_at
    return Outcome(next=(_to_musicbrainz(message, tuple(among), found_at),))


async def _with_albums(one: Candidate, sources: Sources) -> Candidate:
    """A few titles tell namesakes apart best. The walk asks for this page anyway."""
    page = await spotify.own_albums(sources["spotify"], one.id)
    page = page or await spotify.albums(sources["spotify"], one.id, "album", 0)
    titles = ", ".join(album.title for album in page.albums[:TITLES_SHOWN])
    return replace(one, about="; ".join(filter(None, [one.about, titles])))


def _to_musicbrainz(
    message: ArtistDiscovery, among: tuple[Candidate, ...], found_at: datetime
) -> ArtistDiscovery:
    return ArtistDiscovery(
        source="musicbrainz",
        since=message.since,
        by=message.by,
        asked=message.asked,
        appears_on=message.appears_on,
        among=among,
        found_at=found_at,
    )


async def _by_musicbrainz(message: ArtistDiscovery, sources: Sources) -> Outcome:
    """Namesakes: the one that MusicBrainz links to, if it is just one."""
    ids = [one.id for one in message.among]
    linked = await musicbrainz.artists_by_link(sources["musicbrainz"], ids, since=message.since)
    # Names and candidates stay Spotify's words, and count from when it said them.
    found_at = message.found_at or sources.now()
    known = [one for one in message.among if linked.get(one.id)]
    if len(known) != 1:
        among = tuple(_with_words(one, linked.get(one.id, ())) for one in message.among)
        return _nobody(message, "several artists have this name", found_at, among)
    artist = Artist(
        id=known[0].id,
        name=known[0].name,
        url=known[0].url,
        source="spotify",
        retrieved_at=found_at,
    )
    reason = f"the only one of {len(message.among)} of this name whom MusicBrainz links to"
    return _found(message, artist, reason, sources.now())


def _with_words(one: Candidate, linked: Sequence[musicbrainz.LinkedArtist]) -> Candidate:
    words = [known.disambiguation for known in linked if known.disambiguation]
    return replace(one, about="; ".join([*words, *filter(None, [one.about])]))


def _candidate(one: spotify.FoundArtist) -> Candidate:
    artist = one.artist
    return Candidate(id=artist.id, name=artist.name, url=artist.url, about=", ".join(one.genres))


def _nobody(
    message: ArtistDiscovery, reason: str, at: datetime, candidates: tuple[Candidate, ...] = ()
) -> Outcome:
    answer = ArtistAnswer(
        query=message.key,
        artist_id=None,
        reason=reason,
        candidates=candidates,
        source=message.source,
        retrieved_at=at,
    )
    return Outcome((answer,))


def _found(message: ArtistDiscovery, artist: Artist, reason: str, at: datetime) -> Outcome:
    groups = (OWN, "appears_on") if message.appears_on else (OWN,)
    answer = ArtistAnswer(
        query=message.key,
        artist_id=artist.id,
        reason=reason,
        source=message.source,
        retrieved_at=at,
    )
    pages = tuple(
        AlbumDiscovery(source="spotify", since=message.since, artist_id=artist.id, group=group)
        for group in groups
    )
    return Outcome((answer, artist), pages)


_ASK = {"spotify": _by_spotify, "musicbrainz": _by_musicbrainz}
STAGE = Stage("artist_discovery", ArtistDiscovery, run, batch={"spotify": 4, "musicbrainz": 4})
