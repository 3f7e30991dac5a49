"""
track_discovery: an album -> its tracks, and which MusicBrainz release it is.

Spotify is asked for the tracks; those on which the artist is credited go on, the others are
stored as not theirs. MusicBrainz is then asked for up to a hundred albums together which
releases they are: by their Spotify link, else by barcode, by an ISRC that is known, by title,
artist and track lengths. When nothing else is left, and MusicBrainz knows the artist at all,
Spotify is asked for the ISRC of one track: it takes a request for each, and a day has few.
Each track that goes on becomes one question about its credits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from linernotes.catalogue import Album, AlbumRead, Track, TrackIsrc
from linernotes.errors import Malformed, NotFound
from linernotes.matching.releases import lengths_agree
from linernotes.pipeline import Gather, Message, Outcome, Result, Stage, each
from linernotes.sources import Sources, musicbrainz, spotify
from linernotes.sources.spotify import AlbumPayload, Together, TrackPage
from linernotes.stages.producer_identification import (
    ProducerIdentification,
    ReleaseRef,
    TrackRef,
)

# How many releases of a matched album are looked into for its tracks: editions share
# recordings, so a further one rarely says more, and each costs a request.
RELEASES_MAX = 3
# Every track's question carries the lengths of its album: not for boxes of hundreds.
LENGTHS_MAX = 200


class AlbumRef(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is needed to recognise an album elsewhere. `lengths` in ms, in order of the tracks."""

    title: str
    artists: tuple[str, ...]
    upc: str | None
    lengths: tuple[int | None, ...]


class TrackDiscovery(Message, frozen=True, kw_only=True):
    """
    `album` and `tracks` (the artist's own) are known when MusicBrainz is asked. `by_isrc` is
    the last resort, when nothing else says which release the album is.
    """

    stage: ClassVar[str] = "track_discovery"

    artist_id: str
    album_id: str
    album: AlbumRef | None = None
    tracks: tuple[TrackRef, ...] = ()
    by_isrc: bool = False

    @property
    def key(self) -> str:
        return f"{self.album_id}:{self.artist_id}" + (":isrc" if self.by_isrc else "")


async def run(messages: Sequence[TrackDiscovery], sources: Sources) -> Sequence[Result]:
    if messages[0].source == "spotify":
        return await _ask_spotify(messages, sources)
    return await _find_releases(messages, sources)


async def _ask_spotify(messages: Sequence[TrackDiscovery], sources: Sources) -> list[Result]:
    """Albums and codes together where Spotify allows it, else each by itself."""
    api, since = sources["spotify"], _newest([message.since for message in messages])
    albums = [message.album_id for message in messages if not message.by_isrc]
    tracks = [message.tracks[0].id for message in messages if message.by_isrc]
    pages = await spotify.albums_together(api, albums, since=since)
    codes = await spotify.isrcs_together(api, tracks, since=since)

    async def one(message: TrackDiscovery, sources: Sources) -> Outcome:
        if message.by_isrc:
            return await _read_isrc(message, codes, sources)
        return await _read_album(message, pages, sources)

    return await each(one, messages, sources)


async def _read_isrc(
    message: TrackDiscovery, codes: Mapping[str, str | None] | None, sources: Sources
) -> Outcome:
    """The ISRC of the first of the artist's tracks; then MusicBrainz is asked again."""
    first, *others = message.tracks
    if codes is not None:
        isrc = codes[first.id]
    else:
        isrc = await spotify.isrc(sources["spotify"], first.id, since=message.since)
    if isrc is None:
        return _ask_each_track(message, ())
    fact = TrackIsrc(track_id=first.id, isrc=isrc, source="spotify", retrieved_at=sources.now())
    tracks = (replace(first, isrc=isrc), *others)
    return Outcome((fact,), (replace(message, source="musicbrainz", tracks=tracks),))


async def _read_album(
    message: TrackDiscovery,
    pages: Together[AlbumPayload],
    sources: Sources,
) -> Outcome:
    try:
        first = await _first_page(message, pages, sources)
        album, tracks = await _album_and_tracks(message, first, sources)
    except NotFound:
        return Outcome((_read(message, sources.now()),))  # taken down since it was listed
    own = [track for track in tracks if any(a.id == message.artist_id for a in track.artists)]
    question = TrackDiscovery(
        source="musicbrainz",
        since=message.since,
        artist_id=message.artist_id,
        album_id=message.album_id,
        album=_album_ref(album, tracks),
        tracks=tuple(map(_track_ref, own)),
    )
    read = _read(message, album.retrieved_at)
    return Outcome((album, *tracks, read), (question,) if own else ())


async def _first_page(
    message: TrackDiscovery,
    pages: Together[AlbumPayload],
    sources: Sources,
) -> TrackPage:
    if pages is None:
        return await spotify.album_tracks(sources["spotify"], message.album_id, since=message.since)
    answer = pages[message.album_id]
    if answer is None:
        raise NotFound("spotify", f"does not know album {message.album_id}")
    return spotify.first_tracks(answer, sources["spotify"].source, message.album_id)


def _read(message: TrackDiscovery, at: datetime) -> AlbumRead:
    return AlbumRead(
        artist_id=message.artist_id,
        album_id=message.album_id,
        since=message.since,
        source="spotify",
        retrieved_at=at,
    )


async def _album_and_tracks(
    message: TrackDiscovery, page: TrackPage, sources: Sources
) -> tuple[Album, list[Track]]:
    api, since = sources["spotify"], message.since
    album, tracks = page.album, list(page.tracks)
    if album is None:
        raise Malformed("spotify", f"album {message.album_id} came without an album")
    while page.next_offset is not None:
        page = await spotify.album_tracks(api, message.album_id, page.next_offset, since=since)
        tracks += page.tracks
    return album, list({track.id: track for track in tracks}.values())


def _album_ref(album: Album, tracks: Sequence[Track]) -> AlbumRef:
    in_order = sorted(tracks, key=lambda track: (track.disc, track.number))
    return AlbumRef(
        title=album.title,
        artists=tuple(artist.name for artist in album.artists),
        upc=album.upc,
        lengths=tuple(track.length_ms for track in in_order),
    )


def _track_ref(track: Track) -> TrackRef:
    return TrackRef(
        id=track.id,
        title=track.title,
        length_ms=track.length_ms,
        disc=track.disc,
        number=track.number,
        isrc=track.isrc,
    )


async def _find_releases(messages: Sequence[TrackDiscovery], sources: Sources) -> list[Result]:
    """Links for all albums together, barcodes for those without, each by itself for the rest."""
    api, since = sources["musicbrainz"], _newest([message.since for message in messages])
    album_ids = sorted({message.album_id for message in messages if not message.by_isrc})
    links = await musicbrainz.releases_by_link(api, album_ids, since=since)
    upcs = {
        message.album.upc
        for message in messages
        if message.album and message.album.upc and not links.get(message.album_id)
    }
    barcodes = await musicbrainz.releases_by_barcode(api, sorted(upcs), since=since)

    async def one(message: TrackDiscovery, sources: Sources) -> Outcome:
        assert message.album is not None
        if linked := links.get(message.album_id):
            return _ask_each_track(message, [ReleaseRef(id, "Spotify link") for id in linked])
        if coded := barcodes.get(message.album.upc or ""):
            return _ask_each_track(message, [ReleaseRef(one.id, "barcode") for one in coded])
        return await _find_release(message, message.album, sources)

    return await _without_strangers(messages, await each(one, messages, sources), sources)


async def _find_release(message: TrackDiscovery, album: AlbumRef, sources: Sources) -> Outcome:
    """An album that neither link nor barcode recognises."""
    releases = await _by_isrc(message, sources)
    if not releases and not message.by_isrc:
        releases = await _by_title(message, album, sources)
        if not releases:
            return Outcome(next=(replace(message, source="spotify", by_isrc=True),))
    return _ask_each_track(message, releases)


async def _without_strangers(
    messages: Sequence[TrackDiscovery], results: Sequence[Result], sources: Sources
) -> list[Result]:
    """An ISRC leads nowhere where MusicBrainz does not know the artist; asked for all together."""
    api, since = sources["musicbrainz"], _newest([message.since for message in messages])
    asking = {m.artist_id for m, one in zip(messages, results, strict=True) if _is_left(one)}
    known = await musicbrainz.artists_by_link(api, sorted(asking), since=since)
    return [
        _ask_each_track(message, []) if _is_left(one) and not known[message.artist_id] else one
        for message, one in zip(messages, results, strict=True)
    ]


def _is_left(result: Result) -> bool:
    """Whether nothing but an ISRC can help any more."""
    return isinstance(result, Outcome) and any(isinstance(q, TrackDiscovery) for q in result.next)


async def _by_isrc(message: TrackDiscovery, sources: Sources) -> list[ReleaseRef]:
    """The releases of the recordings that have the ISRC of one of the tracks, if one is known."""
    isrc = next((track.isrc for track in message.tracks if track.isrc), None)
    if isrc is None:
        return []
    ids = await musicbrainz.releases_by_isrc(sources["musicbrainz"], isrc, since=message.since)
    return [ReleaseRef(id, "ISRC") for id in ids]


def _newest(times: Sequence[datetime | None]) -> datetime | None:
    return max(filter(None, times), default=None)


async def _by_title(message: TrackDiscovery, album: AlbumRef, sources: Sources) -> list[ReleaseRef]:
    """Releases of the same title and artist, if their tracks are as many and as long."""
    if not album.artists or not album.title:
        return []
    api, since = sources["musicbrainz"], message.since
    found = await musicbrainz.releases_by_title(api, album.title, album.artists[0], since=since)
    alike = [one for one in found if one.track_count in (None, len(album.lengths))]
    refs: list[ReleaseRef] = []
    for candidate in alike[:RELEASES_MAX]:
        if refs and not candidate.is_exact:
            break  # another edition, and the one asked for is there
        try:
            release = await musicbrainz.release(api, candidate.id, since=since)
        except NotFound:
            continue
        if lengths_agree(album.lengths, [track.length_ms for track in release.tracks]):
            refs.append(ReleaseRef(candidate.id, "title, artist and track lengths"))
    return refs


def _ask_each_track(message: TrackDiscovery, releases: Sequence[ReleaseRef]) -> Outcome:
    lengths = message.album.lengths if message.album else ()
    return Outcome(
        next=tuple(
            ProducerIdentification(
                source="musicbrainz",
                since=message.since,
                track=track,
                releases=tuple(releases[:RELEASES_MAX]),
                album_lengths=lengths if len(lengths) <= LENGTHS_MAX else (),
            )
            for track in message.tracks
        )
    )


STAGE = Stage(
    "track_discovery",
    TrackDiscovery,
    run,
    batch={"spotify": 20, "musicbrainz": 100},
    gather={
        "spotify": Gather(seconds=5, idle_requests=5),
        "musicbrainz": Gather(seconds=60, idle_requests=5),
    },
)
