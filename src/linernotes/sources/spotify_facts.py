"""
What Spotify's answers say: payloads are the slice that we read, facts what is stored of it.

What development mode took away in 2026 and what answers before 2018 did not have yet is
optional, and every list may hold nulls.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Generic, TypeVar

import msgspec

from linernotes.catalogue import Album, Artist, Credited, Listing, Track
from linernotes.errors import Malformed
from linernotes.matching.identifiers import gtin14
from linernotes.matching.identifiers import isrc as bare_isrc
from linernotes.matching.titles import parse_title
from linernotes.sources import Answer, Source

# Larger than any list known. A server that hands out pages for ever must not be followed.
OFFSET_MAX = 50_000


@dataclass(frozen=True)
class FoundArtist:
    artist: Artist
    genres: tuple[str, ...]


@dataclass(frozen=True)
class AlbumPage:
    """`next_offset` is None at the end of the list."""

    albums: tuple[Album, ...]
    listings: tuple[Listing, ...]
    next_offset: int | None


@dataclass(frozen=True)
class TrackPage:
    """`album` comes with the first page only, and is what brings the barcode."""

    album: Album | None
    tracks: tuple[Track, ...]
    next_offset: int | None


# Payloads

# Some answers write whole numbers as 276773.0. The bounds are those of the catalogue's columns.
Count = Annotated[float, msgspec.Meta(ge=0, lt=2**31)]


class IdsPayload(msgspec.Struct):
    isrc: str | None = None
    ean: str | None = None
    upc: str | None = None


class ArtistPayload(msgspec.Struct):
    """Artists of local files have no id."""

    id: str | None
    name: str | None
    genres: list[str] | None = None


class TrackPayload(msgspec.Struct):
    id: str | None
    name: str
    disc_number: Count
    track_number: Count
    duration_ms: Count | None = None
    is_local: bool | None = False
    artists: list[ArtistPayload | None] | None = None
    external_ids: IdsPayload | None = None


T = TypeVar("T")


class Page(msgspec.Struct, Generic[T]):
    """Without `items` it is no page: reading it as an empty one would end the list too soon."""

    items: list[T | None]
    next: str | None = None
    limit: Count | None = None
    total: Count | None = None


class AlbumPayload(msgspec.Struct):
    id: str
    name: str
    album_type: str
    release_date: str | None = None
    total_tracks: Count | None = None
    artists: list[ArtistPayload | None] | None = None
    external_ids: IdsPayload | None = None
    tracks: Page[TrackPayload] | None = None
    album_group: str | None = None


class AlbumsPayload(msgspec.Struct):
    albums: list[AlbumPayload | None]


class TracksPayload(msgspec.Struct):
    tracks: list[TrackPayload | None]


class SearchPayload(msgspec.Struct):
    artists: Page[ArtistPayload]


# Facts


def artist_fact(payload: ArtistPayload, source: Source, at: datetime) -> Artist:
    if not payload.id or not payload.name:
        raise Malformed(source.name, "an artist without id or name")
    return Artist(
        source=source.name,
        retrieved_at=at,
        id=payload.id,
        name=payload.name,
        url=f"{source.site}/artist/{payload.id}",
    )


def found_artists(payload: SearchPayload, source: Source, at: datetime) -> tuple[FoundArtist, ...]:
    return tuple(
        FoundArtist(artist_fact(one, source, at), tuple(one.genres or ()))
        for one in payload.artists.items
        if one and one.id and one.name
    )


def album_page(
    answer: Answer[Page[AlbumPayload]],
    source: Source,
    *,
    artist_id: str,
    group: str,
    offset: int,
) -> AlbumPage:
    """
    Albums in the order of the page, each once however often the page repeats it. `group` is
    empty where each album says its own.
    """
    page = answer.value
    once = {one.id: one for one in reversed(page.items) if one}
    listed = [once[id] for id in reversed(once)]
    return AlbumPage(
        albums=tuple(album_fact(one, source, answer.retrieved_at) for one in listed),
        listings=tuple(
            Listing(
                source=source.name,
                retrieved_at=answer.retrieved_at,
                artist_id=artist_id,
                album_id=one.id,
                group=group or (one.album_group or "").lower(),
            )
            for one in listed
        ),
        next_offset=next_offset(page, offset, source),
    )


def first_tracks(answer: Answer[AlbumPayload], source: Source, album_id: str) -> TrackPage:
    page = answer.value.tracks
    if page is None:
        raise Malformed(source.name, f"album {album_id} came without its tracks")
    album = album_fact(answer.value, source, answer.retrieved_at)
    rest = more_tracks(Answer(page, answer.retrieved_at), source, album_id, 0)
    return TrackPage(msgspec.structs.replace(album, id=album_id), rest.tracks, rest.next_offset)


def more_tracks(
    answer: Answer[Page[TrackPayload]], source: Source, album_id: str, offset: int
) -> TrackPage:
    tracks = (_track(one, source, album_id, answer.retrieved_at) for one in answer.value.items)
    once = {track.id: track for track in tracks if track}
    return TrackPage(None, tuple(once.values()), next_offset(answer.value, offset, source))


def next_offset(page: Page[T], offset: int, source: Source) -> int | None:
    """
    Say where the next page starts, or None at the end.

    An empty page is the end, as Spotify may name a next one for ever (ramsayleung/rspotify#492),
    and so is what reaches `total`, unless a full page names a next one: then `total` may be too
    small. Otherwise there is more where `next` says so, or where `total` lies beyond what this
    page covers; it may be far too large, which costs one request for an empty page. What is
    unavailable may be left out of a page, so fewer than `limit` may cover all of it: spotDL
    recorded 7 of 16, and no next page.

    We count on from what came, nulls included, because nothing else says how far a page
    reaches. `next` is an address, perhaps of another host, and is never followed.
    """
    reached = offset + len(page.items)
    covered = max(reached, offset + int(page.limit or 0))
    total = int(page.total or 0)
    is_full = len(page.items) >= (page.limit or math.inf)
    if not page.items or (page.next is None and covered >= total):
        return None
    if 0 < total <= reached and not (page.next and is_full):
        return None
    if reached > OFFSET_MAX:
        raise Malformed(source.name, f"a list without end: {reached} items and more")
    return reached


def album_fact(payload: AlbumPayload, source: Source, at: datetime) -> Album:
    ids = payload.external_ids or IdsPayload()
    return Album(
        source=source.name,
        retrieved_at=at,
        id=payload.id,
        title=payload.name,
        album_type=payload.album_type.lower(),
        release_date=_date(payload.release_date),
        total_tracks=_total(payload),
        upc=gtin14(ids.ean or "") or gtin14(ids.upc or ""),
        url=f"{source.site}/album/{payload.id}",
        artists=_credited(payload.artists),
    )


def _date(text: str | None) -> str | None:
    """Spotify writes the year 0000 where it knows none."""
    return text if text and not text.startswith("0000") else None


def _total(payload: AlbumPayload) -> int:
    """Albums tell how many tracks they have since 2018; before, only their list of tracks did."""
    if payload.total_tracks is not None:
        return int(payload.total_tracks)
    return int((payload.tracks.total if payload.tracks else None) or 0)


def _credited(artists: Iterable[ArtistPayload | None] | None) -> tuple[Credited, ...]:
    return tuple(Credited(one.id, one.name) for one in artists or () if one and one.id and one.name)


def _track(
    payload: TrackPayload | None, source: Source, album_id: str, at: datetime
) -> Track | None:
    """Local files and withdrawn entries have no id, and no place in a catalogue."""
    if payload is None or payload.id is None or payload.is_local:
        return None
    title = parse_title(payload.name)
    return Track(
        source=source.name,
        retrieved_at=at,
        id=payload.id,
        album_id=album_id,
        title=payload.name,
        disc=int(payload.disc_number),
        number=int(payload.track_number),
        length_ms=round(payload.duration_ms or 0) or None,
        isrc=isrc_of(payload),
        url=f"{source.site}/track/{payload.id}",
        artists=_credited(payload.artists),
        title_key=title.base_key,
        version=title.version_key,
        hints=title.producers_printed,
    )


def isrc_of(payload: TrackPayload) -> str | None:
    ids = payload.external_ids
    return bare_isrc(ids.isrc) if ids and ids.isrc else None
