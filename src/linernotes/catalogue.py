"""
The facts we store. A fact is what one source said, and when; it is never a guess.

Ids are the source's own: Spotify's 22 characters, a MusicBrainz MBID. Both are unique by
themselves; a source whose ids are bare numbers gets its name in front (`discogs:123`).
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

# What counts as producing a track, and what is kept but stands apart (docs/decisions/0008).
ROLES = (
    "producer",
    "co-producer",
    "additional producer",
    "assistant producer",
    "associate producer",
)
ROLES_APART = (
    "executive producer",
    "vocal producer",
    "compilation producer",
    "video producer",
)

Scope = Literal["track", "release"]
Found = Literal["credited", "silent", "unknown"]
Unfamiliar = Literal["relation", "attribute", "task"]


class Fact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    `source` said it, in an answer we got at `retrieved_at`.

    `KEY` names the fields that tell one fact of its kind from another.

    A commit has thousands: Python's collector need not go through them (`gc`), because what is
    made once and never changed cannot lead back to itself.
    """

    KEY: ClassVar[tuple[str, ...]]

    source: str
    retrieved_at: datetime

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(getattr(self, name) for name in self.KEY)


class Artist(Fact, frozen=True, kw_only=True):
    KEY: ClassVar[tuple[str, ...]] = ("id",)

    id: str
    name: str
    url: str


class ArtistAnswer(Fact, frozen=True, kw_only=True):
    """
    Who is meant by what somebody typed. `reason` says why this one and no other.

    `artist_id` is None where nobody has the name, or several do: `candidates` then lists
    those that come near, each with what tells it apart.
    """

    KEY: ClassVar[tuple[str, ...]] = ("query",)

    query: str
    artist_id: str | None
    reason: str
    candidates: tuple[Candidate, ...] = ()


class Candidate(msgspec.Struct, frozen=True):
    id: str
    name: str
    url: str
    about: str


class Credited(msgspec.Struct, frozen=True, gc=False):
    """A performer printed on an album or track, main or featured. Says nothing of producing."""

    id: str
    name: str


class Album(Fact, frozen=True, kw_only=True):
    """`upc` has 14 digits (GTIN-14); `release_date` is as precise as the source: 1981, 1981-12."""

    KEY: ClassVar[tuple[str, ...]] = ("id",)

    id: str
    title: str
    album_type: str
    release_date: str | None
    total_tracks: int
    upc: str | None
    url: str
    artists: tuple[Credited, ...] = ()


class Listing(Fact, frozen=True, kw_only=True):
    """The album stands in this artist's list, in this group (album, single, compilation, …)."""

    KEY: ClassVar[tuple[str, ...]] = ("artist_id", "album_id")

    artist_id: str
    album_id: str
    group: str


class ListingEnd(Fact, frozen=True, kw_only=True):
    """The artist's list of this group has been read to its end; `since` as in a refresh."""

    KEY: ClassVar[tuple[str, ...]] = ("artist_id", "group")

    artist_id: str
    group: str
    since: datetime | None


class Track(Fact, frozen=True, kw_only=True):
    """
    A track as it appears on one album.

    `title_key` and `version` (matching/titles.py) join appearances of one recording, with
    the first artist and the length. `length_ms` is None where the source does not say.
    `hints` are names printed in the title as "(prod. X)": weak evidence, never a producer.
    """

    KEY: ClassVar[tuple[str, ...]] = ("id",)

    id: str
    album_id: str
    title: str
    disc: int
    number: int
    length_ms: int | None
    isrc: str | None
    url: str
    artists: tuple[Credited, ...]
    title_key: str
    version: str
    hints: tuple[str, ...] = ()


class TrackIsrc(Fact, frozen=True, kw_only=True):
    """The recording code of a track, where it had to be asked for by itself."""

    KEY: ClassVar[tuple[str, ...]] = ("track_id",)

    track_id: str
    isrc: str


class AlbumRead(Fact, frozen=True, kw_only=True):
    """Every track of the album has been read, for this artist."""

    KEY: ClassVar[tuple[str, ...]] = ("artist_id", "album_id")

    artist_id: str
    album_id: str
    since: datetime | None


class Match(Fact, frozen=True, kw_only=True):
    """
    Which recording of a credit source a track is, and how we know (`how`).

    `title` and `release_title` are the credit source's own words, which may be kept longer than
    Spotify's. `release_title` is None where the release need not be the album.
    """

    KEY: ClassVar[tuple[str, ...]] = ("track_id", "source")

    track_id: str
    recording: str
    release: str | None
    title: str | None = None
    release_title: str | None = None
    how: str
    first_released: str | None
    source_url: str


class CreditAnswer(Fact, frozen=True, kw_only=True):
    """What a source said of a track: names a producer, knows it but is silent, knows it not."""

    KEY: ClassVar[tuple[str, ...]] = ("track_id", "source")

    track_id: str
    found: Found
    why: str
    source_url: str | None


class Producer(Fact, frozen=True, kw_only=True):
    """A person or group whom a source credits. `kind` is person, group, or what the source says."""

    KEY: ClassVar[tuple[str, ...]] = ("id",)

    id: str
    name: str
    kind: str | None
    disambiguation: str | None
    url: str


class Merged(Fact, frozen=True, kw_only=True):
    """The source answers for the producer `id` under `current_id`: it merged the two."""

    KEY: ClassVar[tuple[str, ...]] = ("id",)

    id: str
    current_id: str


class Credit(Fact, frozen=True, kw_only=True):
    """`printed_as` is the name on this credit; `matched_by` how the track was recognised."""

    KEY: ClassVar[tuple[str, ...]] = ("track_id", "source", "producer_id", "role", "scope")

    track_id: str
    producer_id: str
    role: str
    scope: Scope
    printed_as: str
    detail: str | None
    matched_by: str
    source_url: str


class UnknownRole(Fact, frozen=True, kw_only=True):
    """
    What a credit source says of somebody on a track, or its release, in words we do not know.

    `kind` is what we do not know: a type of relation, or an attribute or task of a producer.
    `met` is the source's id for it, or the text of the task; `words` are for people. It makes
    nobody a producer, and takes nothing from whom the source calls one.
    """

    KEY: ClassVar[tuple[str, ...]] = ("track_id", "source", "source_url", "kind", "met")

    track_id: str
    kind: Unfamiliar
    met: str
    words: str
    source_url: str


class ProfileAnswer(Fact, frozen=True, kw_only=True):
    """This source has been asked where the producer can be found; `known` if it knows them."""

    KEY: ClassVar[tuple[str, ...]] = ("producer_id", "source")

    producer_id: str
    known: bool
    source_url: str | None


class Identity(Fact, frozen=True, kw_only=True):
    """
    What a source says to tell a producer by, beside the name.

    `sort_name` is as the source sorts them, such as "Last, First"; `wikidata_id` the item that
    it links to, if it is just one.
    """

    KEY: ClassVar[tuple[str, ...]] = ("producer_id", "source")

    producer_id: str
    sort_name: str | None
    isnis: tuple[str, ...]
    ipis: tuple[str, ...]
    wikidata_id: str | None
    source_url: str


class Profile(Fact, frozen=True, kw_only=True):
    KEY: ClassVar[tuple[str, ...]] = ("producer_id", "source", "url")

    producer_id: str
    network: str
    handle: str | None
    url: str
    source_url: str


# The order in which one commit writes its facts, and so the order in which every worker
# takes row locks. Answers stand before what they answer: they withdraw what is not restated.
KINDS: tuple[type[Fact], ...] = (
    ArtistAnswer,
    Artist,
    Album,
    Listing,
    ListingEnd,
    Track,
    TrackIsrc,
    AlbumRead,
    Match,
    Merged,
    Producer,
    CreditAnswer,
    Credit,
    UnknownRole,
    ProfileAnswer,
    Identity,
    Profile,
)
