"""album_discovery: one page of an artist's albums -> its albums, and the page after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from linernotes.catalogue import ListingEnd
from linernotes.pipeline import Message, Outcome, Result, Stage, each
from linernotes.sources import Sources, spotify
from linernotes.stages.track_discovery import TrackDiscovery


class AlbumDiscovery(Message, frozen=True, kw_only=True):
    """`group` is album, single, compilation or appears_on: each has its own pages."""

    stage: ClassVar[str] = "album_discovery"

    artist_id: str
    group: str
    offset: int = 0

    @property
    def key(self) -> str:
        return f"{self.artist_id}:{self.group}+{self.offset}"


async def run(messages: Sequence[AlbumDiscovery], sources: Sources) -> list[Result]:
    return await each(_page, messages, sources)


async def _page(message: AlbumDiscovery, sources: Sources) -> Outcome:
    artist_id, group, since = message.artist_id, message.group, message.since
    page = await spotify.albums(sources["spotify"], artist_id, group, message.offset, since=since)
    questions: list[Message] = [
        TrackDiscovery(source="spotify", since=since, artist_id=artist_id, album_id=album.id)
        for album in page.albums
    ]
    if page.next_offset is not None:
        next_page = AlbumDiscovery(
            source="spotify",
            since=since,
            artist_id=artist_id,
            group=group,
            offset=page.next_offset,
        )
        return Outcome((*page.albums, *page.listings), (*questions, next_page))
    end = ListingEnd(
        artist_id=artist_id,
        group=group,
        since=since,
        source="spotify",
        retrieved_at=sources.now(),
    )
    return Outcome((*page.albums, *page.listings, end), tuple(questions))


STAGE = Stage("album_discovery", AlbumDiscovery, run, batch={"spotify": 4})
