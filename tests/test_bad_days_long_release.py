"""An album of 600 tracks, whose release of 600 recordings comes without their credits."""

from __future__ import annotations

from collections import Counter

import psycopg
from tests.test_truth import check
from tests.walks import settings_of, walk

from linernotes.sandbox import serve
from linernotes.sandbox.world import (
    Album,
    Artist,
    Contributor,
    CreditedAs,
    Link,
    Position,
    Reach,
    Recording,
    Relation,
    Release,
    Track,
    World,
)
from linernotes.stages.artist_discovery import ArtistDiscovery

TRACKS = 600
PRODUCERS = 20
ARTIST, ALBUM = f"SandboxArtist{1:09}", f"SandboxAlbum{1:010}"
ROOT = ArtistDiscovery(source="spotify", by="id", asked=ARTIST)
# What one row may weigh: an answer of 600 recordings, and a question about their tracks.
ANSWER_BYTES_MAX = 200_000
MESSAGE_BYTES_MAX = 100_000


def mbid(kind: int, number: int) -> str:
    return f"5a4db0c5-{kind:04x}-4000-8000-{number:012x}"


def long_world() -> World:
    world = World()
    world.artists[ARTIST] = Artist(ARTIST, "The Long Ones")
    for number in range(PRODUCERS + 1):
        name = f"Producer {number}" if number else "The Long Ones"
        world.contributors[mbid(1, number)] = Contributor(mbid(1, number), name, name, None)
    tracks = tuple(_track(number) for number in range(1, TRACKS + 1))
    recordings = [_recording(number, track) for number, track in enumerate(tracks, 1)]
    album = Album(
        id=ALBUM,
        name="Six Hundred",
        album_type="album",
        release_date="2001",
        artist_ids=(ARTIST,),
        upc=None,
        tracks=tracks,
    )
    world.add_album(album)
    page = Link("free streaming", f"https://open.spotify.com/album/{ALBUM}")
    release = Release(
        id=mbid(2, 1),
        group_id=mbid(4, 1),
        title=album.name,
        credit=(CreditedAs("The Long Ones", mbid(1, 0)),),
        date="2001",
        media=(tuple(Position(one.id, one.title, one.length_ms) for one in recordings),),
        barcode=None,
        links=(page,),
        primary_type="Album",
    )
    world.releases[release.id] = release
    for track, recording in zip(tracks, recordings, strict=True):
        world.recordings[recording.id] = recording
        world.masters[track.id] = world.masters[recording.id] = recording.id
        world.reached[track.id] = Reach(recording.id, release.id, frozenset({"link", "title"}))
    return world


def _track(number: int) -> Track:
    return Track(
        id=f"SandboxTrack{number:010}",
        album_id=ALBUM,
        name=f"Piece number {number}",
        artist_ids=(ARTIST,),
        disc=1,
        number=number,
        length_ms=60_000 + 100 * number,
        isrc=None,
    )


def _recording(number: int, track: Track) -> Recording:
    return Recording(
        id=mbid(3, number),
        title=track.name,
        length_ms=track.length_ms,
        credit=(CreditedAs("The Long Ones", mbid(1, 0)),),
        isrcs=(),
        relations=(Relation("producer", mbid(1, number % PRODUCERS + 1), (), None),),
        first_release_date="2001",
    )


async def test_each_track_has_its_producer_for_few_requests_and_rows_of_bounded_size(
    dsn: str,
) -> None:
    world = long_world()
    with serve(world, limits=False) as sandbox:
        walked = await walk(dsn, settings_of(sandbox), ROOT)
        asked = Counter(sandbox.log.counts)

    await check(dsn, world, ARTIST, walked)
    assert len(world.truth(ARTIST).credits) == TRACKS
    assert {kind: asked[kind] for kind in asked if kind[0] == "musicbrainz"} == {
        ("musicbrainz", "/url"): 1,
        ("musicbrainz", "/release/{id}"): 1,
        ("musicbrainz", "/recording"): 6,
        ("musicbrainz", "/artist/{id}"): PRODUCERS,
    }
    assert sum(count for (source, _), count in asked.items() if source == "spotify") <= 20
    async with await psycopg.AsyncConnection.connect(dsn) as conn:
        cursor = await conn.execute(
            "select (select max(length(body)) from linernotes.answer),"
            " (select max(length(body::text)) from linernotes.question)"
        )
        row = await cursor.fetchone()
    assert row
    assert row[0] < ANSWER_BYTES_MAX
    assert row[1] < MESSAGE_BYTES_MAX
