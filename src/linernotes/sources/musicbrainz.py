"""
What MusicBrainz says: which releases an album is, who is credited on them, who these people are.

MusicBrainz allows one request a second, so everything that can share a request does. Releases
and their tracks are read here; searches, credits, people and payloads have files of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from linernotes.errors import Malformed
from linernotes.matching.identifiers import isrc as bare_isrc
from linernotes.sources import Answer, Api, Source
from linernotes.sources.musicbrainz_credits import credits, unknown_roles
from linernotes.sources.musicbrainz_payloads import (
    MediumPayload,
    RecordingPayload,
    RecordingsPayload,
    Relation,
    ReleasePayload,
    TrackPayload,
    relations_of,
    whole,
)
from linernotes.sources.musicbrainz_people import ArtistProfile, artist_profile
from linernotes.sources.musicbrainz_search import (
    FoundRelease,
    LinkedArtist,
    artists_by_link,
    releases_by_barcode,
    releases_by_isrc,
    releases_by_link,
    releases_by_title,
)

__all__ = [
    "SOURCE",
    "ArtistProfile",
    "FoundRelease",
    "LinkedArtist",
    "ReleaseTrack",
    "ReleaseTracks",
    "artist_profile",
    "artists_by_link",
    "credits",
    "release",
    "releases_by_barcode",
    "releases_by_isrc",
    "releases_by_link",
    "releases_by_title",
    "unknown_roles",
]

# One request a second for each address, and above it every request is refused, not only the
# excess (musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting). Credits, links, barcodes and
# ISRCs are CC0; annotations and tags are not, and we do not read them.
SOURCE = Source(
    name="musicbrainz",
    url="https://musicbrainz.org/ws/2",
    site="https://musicbrainz.org",
    requests_per_second=1,
    burst=1,
    keep_seconds=7 * 24 * 3600,
    licence="CC0-1.0",
)

PAGE = 100

# How editors write a data track that stands among the others, as on release 70130d47-2145-….
DATA_TITLE = "[data track]"


@dataclass(frozen=True)
class ReleaseTrack:
    """
    A track of a release, and its recording.

    `disc` and `position` count from 1. `relations` is None where the answer left them out,
    which is not the same as none.
    """

    disc: int
    position: int
    title: str
    length_ms: int | None
    recording_id: str
    isrcs: tuple[str, ...]
    first_released: str | None
    relations: tuple[Relation, ...] | None


@dataclass(frozen=True)
class ReleaseTracks:
    """A release with its tracks. `id` is not the one asked for once releases were merged."""

    id: str
    title: str
    is_compilation: bool
    tracks: tuple[ReleaseTrack, ...]
    relations: tuple[Relation, ...]
    retrieved_at: datetime


async def release(api: Api, mbid: str, *, since: datetime | None = None) -> ReleaseTracks:
    """
    Read a release with its tracks and all their credits. Raises `NotFound`.

    Above 500 recordings the answer leaves the credits of recordings out without a word:
    they are then read from the release's recordings, a hundred at a time.
    """
    answer = await api.get(
        f"/release/{mbid}",
        ReleasePayload,
        since=since,
        inc="recordings isrcs release-groups recording-level-rels artist-rels",
        fmt="json",
    )
    read = release_tracks(answer)
    if all(track.relations is not None for track in read.tracks):
        return read
    return _with_relations(read, await _recordings(api, read.id, since))


async def _recordings(
    api: Api, mbid: str, since: datetime | None
) -> dict[str, tuple[Relation, ...]]:
    """Read the relations of all recordings of a release; a page may be shorter than asked for."""
    found: dict[str, tuple[Relation, ...]] = {}
    offset = 0
    while True:
        answer = await api.get(
            "/recording",
            RecordingsPayload,
            since=since,
            release=mbid,
            inc="artist-rels",
            limit=PAGE,
            offset=offset,
            fmt="json",
        )
        page = answer.value
        found |= relations_by_recording(page)
        offset += len(page.recordings)
        if not page.recordings or offset >= page.count:
            return found


def relations_by_recording(page: RecordingsPayload) -> dict[str, tuple[Relation, ...]]:
    """Leave out the recordings whose relations the page leaves out."""
    stated = {one.id: relations_of(one.relations) for one in page.recordings if one}
    return {id: relations for id, relations in stated.items() if relations is not None}


def _with_relations(
    read: ReleaseTracks, relations: Mapping[str, tuple[Relation, ...]]
) -> ReleaseTracks:
    tracks = tuple(
        replace(track, relations=relations.get(track.recording_id))
        if track.relations is None
        else track
        for track in read.tracks
    )
    if any(track.relations is None for track in tracks):
        raise Malformed(SOURCE.name, f"release {read.id} came without the credits of all tracks")
    return replace(read, tracks=tracks)


def release_tracks(answer: Answer[ReleasePayload]) -> ReleaseTracks:
    payload = answer.value
    group = payload.release_group
    return ReleaseTracks(
        id=payload.id,
        title=payload.title,
        is_compilation=bool(group and "Compilation" in (group.secondary_types or ())),
        tracks=tuple(_tracks(payload.media or ())),
        relations=relations_of(payload.relations) or (),
        retrieved_at=answer.retrieved_at,
    )


def _tracks(media: Sequence[MediumPayload | None]) -> Iterable[ReleaseTrack]:
    """
    List the tracks that can be an album's on Spotify, in order.

    Not those hidden before the first, data, or videos: counting them would keep a release
    from being recognised, and a video is another recording with credits of its own.
    """
    for disc, medium in enumerate(media, 1):
        for position, track in enumerate((medium.tracks if medium else None) or (), 1):
            if medium and track and track.recording and _is_audio(track, track.recording):
                yield _track(track, track.recording, medium.position or disc, position)


def _is_audio(track: TrackPayload, recording: RecordingPayload) -> bool:
    return not recording.video and DATA_TITLE not in (track.title, recording.title)


def _track(
    track: TrackPayload, recording: RecordingPayload, disc: int, position: int
) -> ReleaseTrack:
    return ReleaseTrack(
        disc=disc,
        position=track.position or position,
        title=track.title or recording.title,
        length_ms=whole(track.length) or whole(recording.length),
        recording_id=recording.id,
        isrcs=tuple(filter(None, (bare_isrc(one) for one in recording.isrcs or () if one))),
        first_released=recording.first_release_date or None,
        relations=relations_of(recording.relations),
    )
