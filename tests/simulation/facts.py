"""Facts with nothing to them but their key, for tests of how facts are committed."""

from __future__ import annotations

from datetime import datetime

from linernotes.catalogue import (
    Album,
    Credit,
    CreditAnswer,
    Listing,
    Match,
    Producer,
    Profile,
    ProfileAnswer,
    Track,
)
from linernotes.stages.producer_identification import TrackRef


def album(id: str, at: datetime) -> Album:
    return Album(
        id=id,
        title=id,
        album_type="album",
        release_date=None,
        total_tracks=1,
        upc=None,
        url="",
        source="spotify",
        retrieved_at=at,
    )


def track(id: str, at: datetime) -> Track:
    return Track(
        id=id,
        album_id="album",
        title=id,
        disc=1,
        number=1,
        length_ms=None,
        isrc=None,
        url="",
        artists=(),
        title_key=id,
        version="",
        source="spotify",
        retrieved_at=at,
    )


def track_ref(id: str) -> TrackRef:
    return TrackRef(id=id, title=id, length_ms=None, disc=1, number=1)


def match(track_id: str, at: datetime) -> Match:
    return Match(
        track_id=track_id,
        recording=f"recording of {track_id}",
        release=None,
        how="",
        first_released=None,
        source_url="",
        source="musicbrainz",
        retrieved_at=at,
    )


def producer(id: str, at: datetime) -> Producer:
    return Producer(
        id=id,
        name=f"{id} {at}",
        kind=None,
        disambiguation=None,
        url="",
        source="musicbrainz",
        retrieved_at=at,
    )


def profile_answer(producer_id: str, at: datetime) -> ProfileAnswer:
    return ProfileAnswer(
        producer_id=producer_id, known=True, source_url=None, source="musicbrainz", retrieved_at=at
    )


def profile(producer_id: str, at: datetime) -> Profile:
    return Profile(
        producer_id=producer_id,
        network="website",
        handle=None,
        url=f"https://{producer_id}.example/",
        source_url="",
        source="musicbrainz",
        retrieved_at=at,
    )


def credit_answer(track_id: str, at: datetime) -> CreditAnswer:
    return CreditAnswer(
        track_id=track_id,
        found="credited",
        why="",
        source_url=None,
        source="musicbrainz",
        retrieved_at=at,
    )


def credit(track_id: str, producer_id: str, at: datetime) -> Credit:
    return Credit(
        track_id=track_id,
        producer_id=producer_id,
        role="producer",
        scope="track",
        printed_as=producer_id,
        detail=None,
        matched_by="",
        source_url="",
        source="musicbrainz",
        retrieved_at=at,
    )


def listing(artist_id: str, album_id: str, at: datetime) -> Listing:
    return Listing(
        artist_id=artist_id, album_id=album_id, group="album", source="spotify", retrieved_at=at
    )
