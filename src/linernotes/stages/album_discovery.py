"""
album_discovery: one page of an artist's albums -> its albums, and the page after it.

An artist's own groups are one list where Spotify says which album belongs to which, else three.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec.structs import replace

from linernotes.catalogue import ListingEnd
from linernotes.pipeline import Message, Outcome, Result, Stage, each
from linernotes.sources import Sources, spotify
from linernotes.sources.spotify import ALBUM_PAGE, OWN_GROUPS, AlbumPage
from linernotes.sources.spotify_account import knows_page, mode
from linernotes.stages.track_discovery import TrackDiscovery

OWN = "own"


class AlbumDiscovery(Message, frozen=True, kw_only=True):
    """
    `group` is album, single, compilation or appears_on, each with pages of its own; or `own`,
    the first three together.
    """

    stage: ClassVar[str] = "album_discovery"

    artist_id: str
    group: str
    offset: int = 0

    @property
    def key(self) -> str:
        return f"{self.artist_id}:{self.group}+{self.offset}"


async def run(messages: Sequence[AlbumDiscovery], sources: Sources) -> list[Result]:
    """One finds out the mode and how large a page may be, if that is not known; then the others."""
    api = sources["spotify"]
    known = await knows_page(api, ALBUM_PAGE) or await mode(api) == "extended"
    alone = 0 if known else 1
    first = await each(_ask, messages[:alone], sources)
    return first + await each(_ask, messages[alone:], sources)


async def _ask(message: AlbumDiscovery, sources: Sources) -> Outcome:
    api, since = sources["spotify"], message.since
    if message.group != OWN:
        page = await spotify.albums(
            api, message.artist_id, message.group, message.offset, since=since
        )
        return _outcome(message, page, sources)
    own = await spotify.own_albums(api, message.artist_id, message.offset, since=since)
    if own is None:
        return Outcome(next=tuple(replace(message, group=one, offset=0) for one in OWN_GROUPS))
    return _outcome(message, own, sources)


def _outcome(message: AlbumDiscovery, page: AlbumPage, sources: Sources) -> Outcome:
    questions: list[Message] = [
        TrackDiscovery(
            source="spotify",
            since=message.since,
            artist_id=message.artist_id,
            album_id=album.id,
        )
        for album in page.albums
    ]
    if page.next_offset is not None:
        next_page = replace(message, offset=page.next_offset)
        return Outcome((*page.albums, *page.listings), (*questions, next_page))
    return Outcome((*page.albums, *page.listings, *_ends(message, sources)), tuple(questions))


def _ends(message: AlbumDiscovery, sources: Sources) -> tuple[ListingEnd, ...]:
    return tuple(
        ListingEnd(
            artist_id=message.artist_id,
            group=group,
            since=message.since,
            source="spotify",
            retrieved_at=sources.now(),
        )
        for group in (OWN_GROUPS if message.group == OWN else (message.group,))
    )


STAGE = Stage("album_discovery", AlbumDiscovery, run, batch={"spotify": 4})
