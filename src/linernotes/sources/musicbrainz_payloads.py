"""
The answers of MusicBrainz, as the slice that we read.

Search results leave out much of what lookups have, so nearly everything is optional; lists may
hold nulls. What was not asked for is absent, which is not the same as empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, TypeVar

import msgspec

from linernotes.errors import Malformed

P = TypeVar("P")

# Milliseconds, within the bounds of the catalogue's columns.
Length = Annotated[float, msgspec.Meta(ge=0, lt=2**31)]


def decoded(body: bytes, into: type[P]) -> P:
    try:
        return msgspec.json.decode(body, type=into)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed("musicbrainz", f"cannot read the answer to a batch: {error}") from error


class AliasPayload(msgspec.Struct):
    name: str


class CreditedArtistPayload(msgspec.Struct):
    id: str
    name: str
    aliases: list[AliasPayload | None] | None = None


class ArtistCreditPayload(msgspec.Struct):
    name: str
    artist: CreditedArtistPayload | None = None


class RecordingPayload(msgspec.Struct):
    """`relations` is absent where it was not asked for, or left out of a long release."""

    id: str
    title: str
    length: Length | None = None
    video: bool | None = False
    first_release_date: str | None = msgspec.field(name="first-release-date", default=None)
    isrcs: list[str | None] | None = None
    relations: list[Relation | None] | None = None


class RecordingsPayload(msgspec.Struct):
    recordings: list[RecordingPayload | None]
    count: int = msgspec.field(name="recording-count")


class CodedRecordingPayload(msgspec.Struct):
    releases: list[IdPayload | None] | None = None


class IsrcPayload(msgspec.Struct):
    recordings: list[CodedRecordingPayload | None]


class TrackPayload(msgspec.Struct):
    position: int | None = None
    title: str | None = None
    length: Length | None = None
    recording: RecordingPayload | None = None


class MediumPayload(msgspec.Struct):
    position: int | None = None
    tracks: list[TrackPayload | None] | None = None


class ReleaseGroupPayload(msgspec.Struct):
    secondary_types: list[str] | None = msgspec.field(name="secondary-types", default=None)


class ReleasePayload(msgspec.Struct):
    """`barcode` is null where it is unknown and "" where there is none."""

    id: str
    title: str
    status: str | None = None
    barcode: str | None = None
    track_count: int | None = msgspec.field(name="track-count", default=None)
    artist_credit: list[ArtistCreditPayload | None] | None = msgspec.field(
        name="artist-credit", default=None
    )
    release_group: ReleaseGroupPayload | None = msgspec.field(name="release-group", default=None)
    media: list[MediumPayload | None] | None = None
    relations: list[Relation | None] | None = None


class ReleaseSearchPayload(msgspec.Struct):
    """`count` is how many there are, of which `releases` holds a hundred at most."""

    releases: list[ReleasePayload | None]
    count: int | None = None


class UrlEntityPayload(msgspec.Struct):
    resource: str | None = None
    relations: list[Relation | None] | None = None


class UrlsPayload(UrlEntityPayload):
    """Both shapes at once: several links have `urls`, and a single one is the answer itself."""

    urls: list[UrlEntityPayload | None] | None = None


class ArtistProfilePayload(msgspec.Struct):
    """`id` is not the one asked for once artists were merged."""

    id: str
    name: str
    type: str | None = None
    disambiguation: str | None = None
    sort_name: str | None = msgspec.field(name="sort-name", default=None)
    isnis: list[str | None] | None = None
    ipis: list[str | None] | None = None
    relations: list[Relation | None] | None = None


def relations_of(stated: Iterable[Relation | None] | None) -> tuple[Relation, ...] | None:
    return None if stated is None else tuple(one for one in stated if one)


def whole(length: float | None) -> int | None:
    return round(length) if length else None


class ArtistPayload(msgspec.Struct, frozen=True):
    """`disambiguation` is "" where there is none, and absent in some answers."""

    id: str | None = None
    name: str | None = None
    type: str | None = None
    disambiguation: str | None = None


class UrlPayload(msgspec.Struct, frozen=True):
    resource: str


class IdPayload(msgspec.Struct, frozen=True):
    id: str


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """
    One relation of a recording, release, artist or URL, with what it leads to.

    `type` is the English name of what `type_id` tells: for people, never compared.
    `attributes` are names, `attribute_ids` gives the id of each, `attribute_values` the text
    that goes with it. `target_credit` is the name as printed, "" where that is the usual one.
    """

    type: str | None = None
    type_id: str | None = msgspec.field(name="type-id", default=None)
    artist: ArtistPayload | None = None
    url: UrlPayload | None = None
    release: IdPayload | None = None
    attributes: list[str] | None = None
    attribute_ids: dict[str, str | None] | None = msgspec.field(name="attribute-ids", default=None)
    attribute_values: dict[str, str | None] | None = msgspec.field(
        name="attribute-values", default=None
    )
    target_credit: str | None = msgspec.field(name="target-credit", default=None)
    end: str | None = None
    ended: bool | None = False
