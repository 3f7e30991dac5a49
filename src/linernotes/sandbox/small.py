"""
The small world: 160 well-known songs of eight artists, and who produced them.

Names, titles, dates, roles and most Spotify track ids are facts, carried over into `small.json`
from what contributors to Genius had in early 2024. Profiles are those that a recorded answer of
a service states, and there are few. **Everything else is the sandbox's own and looks it**: the
other identifiers, how long a track is, where on its album it stands, and which albums
MusicBrainz links, knows by barcode only, or does not know. Nothing is said of real people that
the facts do not say; the namesakes are names and nothing else.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from functools import cache
from importlib.resources import files
from statistics import median_low
from typing import Any
from zlib import crc32

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
    Rule,
    Track,
    World,
    check_digit,
)

DRAKE = "3TVXtAsR1Inumwj472S9r4"

# How MusicBrainz has the albums that it does not link to Spotify. By barcode: no link, but the
# same barcode. By title: neither. Not at all: the album is unknown there.
BY_BARCODE = frozenset({"Take Care", "Illmatic", "ASTROWORLD", "The Blueprint 3", "Paranoid"})
BY_TITLE = frozenset({"Lord Willin’", "The Black Album", "Life Is Good", "Master of Reality"})
NOT_AT_ALL = frozenset({"#FYM12", "DL3*"})
# MusicBrainz knows these recordings and says nothing of who produced them.
SILENT = frozenset({"Vol. 4", "I Am..."})

# Somebody made up is said to tell a story on these: a type of relation that nobody knows.
TOLD = frozenset({"Marvins Room", "God’s Plan"})

# A second artist of the same name, and one of a similar name whom a search puts first.
NAMESAKE = "Nas"
LOOKALIKE = "Drakee"

# Role as carried over: attributes and task of MusicBrainz's producer relation.
ROLE_RELATIONS: dict[str, tuple[tuple[str, ...], str | None]] = {
    "producer": ((), None),
    "co-producer": (("co",), None),
    "additional producer": (("additional",), None),
    "assistant producer": (("assistant",), None),
    "executive producer": (("executive",), None),
    "vocal producer": ((), "vocal"),
    "additional vocal producer": (("additional",), "vocal"),
    "video producer": ((), "video"),
    "video executive producer": ((), "video executive"),
}
ADDRESSES = {
    "instagram": "https://www.instagram.com/{}/",
    "twitter": "https://twitter.com/{}",
    "facebook": "https://www.facebook.com/{}",
}


@cache
def facts() -> dict[str, Any]:
    """Read what was carried over: `artists` with their songs, and `profiles` by name."""
    text = files("linernotes.sandbox").joinpath("small.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def small_world() -> World:
    """Build the small world anew; whoever gets it may change it."""
    builder = _Builder()
    for artist in facts()["artists"]:
        for name, songs in _albums(artist["songs"]):
            builder.album(artist["name"], name, songs)
    builder.namesakes()
    builder.tell()
    return builder.world


def _albums(songs: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Group songs by album, the oldest album first; a song without an album is a single."""
    albums: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for song in sorted(songs, key=lambda song: (song["released"], song["title"])):
        albums[song["album"] or song["title"]].append(song)
    return sorted(albums.items(), key=lambda album: _year(album[1]))


def _year(songs: list[dict[str, Any]]) -> str:
    # Singles come before their album, videos after it. The middle of its songs gives the year.
    return str(median_low(sorted(song["released"][:4] for song in songs)))


class _Builder:
    """Adds one album after the other, and invents an identifier whenever one is missing."""

    def __init__(self) -> None:
        self.world = World()
        self.counts: dict[str, int] = defaultdict(int)
        self.artist_ids: dict[str, str] = {}
        self.contributor_ids: dict[str, str] = {}

    def next(self, kind: str) -> int:
        self.counts[kind] += 1
        return self.counts[kind]

    def spotify_id(self, kind: str) -> str:
        number = self.next(f"spotify {kind}")
        return f"Sandbox{kind}{number:0{15 - len(kind)}}"

    def mbid(self, kind: int) -> str:
        return f"5a4db0c5-{kind:04x}-4000-8000-{self.next(f'mbid {kind}'):012x}"

    def artist(self, name: str) -> str:
        if name not in self.artist_ids:
            id = DRAKE if name == "Drake" else self.spotify_id("Artist")
            self.artist_ids[name] = id
            self.world.artists[id] = Artist(id, name)
        return self.artist_ids[name]

    def contributor(self, name: str) -> str:
        if name not in self.contributor_ids:
            id = self.contributor_ids[name] = self.mbid(1)
            self.world.contributors[id] = Contributor(id, name, name, None, links=self._links(name))
        return self.contributor_ids[name]

    def _links(self, name: str) -> tuple[Link, ...]:
        links = [
            Link("social network", ADDRESSES[network].format(handle))
            for network, handle in facts()["profiles"].get(name, {}).items()
        ]
        # A page at Spotify may be shown as a profile, and those of the others are not known here.
        if name == "Drake":
            links.append(Link("free streaming", f"https://open.spotify.com/artist/{DRAKE}"))
        return tuple(links)

    def album(self, artist: str, name: str, songs: list[dict[str, Any]]) -> None:
        id, number = self.spotify_id("Album"), self.next("barcode")
        barcode = f"02{number:010}"
        barcode += check_digit(barcode)
        tracks = tuple(self._track(id, artist, s, n) for n, s in enumerate(songs, start=1))
        is_single = songs[0]["album"] is None
        album = Album(
            id=id,
            name=name,
            album_type="single" if is_single else "album",
            release_date=_year(songs),
            artist_ids=(self.artist(artist),),
            upc=barcode.zfill(14),
            tracks=tracks,
        )
        self.world.add_album(album)
        if name not in NOT_AT_ALL:
            self._release(album, artist, songs, barcode)

    def _track(self, album_id: str, artist: str, song: dict[str, Any], number: int) -> Track:
        id = song["spotify_track"] or self.spotify_id("Track")
        self.world.masters[id] = id
        return Track(
            id=id,
            album_id=album_id,
            name=song["title"],
            artist_ids=tuple(self.artist(name) for name in (artist, *song["featured"])),
            disc=1,
            number=number,
            length_ms=120_000 + crc32(song["title"].encode()) % 180_000,
            isrc=f"ZZSBX{song['released'][2:4]}{self.next('isrc'):05}",
        )

    def _release(
        self, album: Album, artist: str, songs: list[dict[str, Any]], barcode: str
    ) -> None:
        rules: set[Rule] = {"title"}
        if album.name not in BY_TITLE:
            rules.add("barcode")
            if album.name not in BY_BARCODE:
                rules |= {"link", "isrc"}
        recordings = [
            self._recording(track, artist, song, has_isrc="isrc" in rules)
            for track, song in zip(album.tracks, songs, strict=True)
        ]
        release = Release(
            id=self.mbid(2),
            group_id=self.mbid(4),
            title=album.name,
            credit=(CreditedAs(artist, self.contributor(artist)),),
            date=album.release_date,
            media=(tuple(Position(r.id, r.title, r.length_ms) for r in recordings),),
            barcode=self._stored(barcode) if "barcode" in rules else None,
            links=self._album_links(album, "link" in rules),
            primary_type="Single" if album.album_type == "single" else "Album",
        )
        self.world.releases[release.id] = release
        for track, recording in zip(album.tracks, recordings, strict=True):
            self.world.reached[track.id] = Reach(recording.id, release.id, frozenset(rules))

    def _stored(self, barcode: str) -> str:
        """MusicBrainz stores what is printed: 13 digits, or 12 where one zero leads."""
        return barcode[1:] if self.counts["barcode"] % 2 else barcode

    def _album_links(self, album: Album, is_linked: bool) -> tuple[Link, ...]:
        page = f"https://open.spotify.com/album/{album.id}"
        return (Link("free streaming", page),) if is_linked else ()

    def _recording(
        self, track: Track, artist: str, song: dict[str, Any], *, has_isrc: bool
    ) -> Recording:
        recording = Recording(
            id=self.mbid(3),
            title=song["title"],
            # Half a second either way, as between any two masters of a song.
            length_ms=track.length_ms + crc32(track.id.encode()) % 1001 - 500,
            credit=self._credit(artist, song["featured"]),
            isrcs=(track.isrc,) if has_isrc and track.isrc else (),
            relations=() if song["album"] in SILENT else self._relations(song),
            first_release_date=song["released"],
        )
        self.world.recordings[recording.id] = recording
        self.world.masters[track.id] = recording.id
        return recording

    def _credit(self, artist: str, featured: list[str]) -> tuple[CreditedAs, ...]:
        names = [artist, *featured]
        # "A", "A feat. B", "A feat. B & C", "A feat. B, C & D".
        joins = ["", " & ", *[", "] * len(names)][: len(names)][::-1]
        if featured:
            joins[0] = " feat. "
        return tuple(
            CreditedAs(name, self.contributor(name), join)
            for name, join in zip(names, joins, strict=True)
        )

    def _relations(self, song: dict[str, Any]) -> tuple[Relation, ...]:
        produced = [
            Relation("producer", self.contributor(name), *ROLE_RELATIONS[role])
            for name, role in song["credits"]
        ]
        supported = [Relation("misc", self.contributor(n), (), task) for n, task in song["other"]]
        return tuple(produced + supported)

    def namesakes(self) -> None:
        """Add those who share a name, or nearly, so that a name alone is nobody's identity."""
        for name, rank in ((NAMESAKE, 0), (LOOKALIKE, 1)):
            id = self.spotify_id("Artist")
            self.world.artists[id] = Artist(id, name, rank)
        id = self.mbid(1)
        self.world.contributors[id] = Contributor(
            id, NAMESAKE, NAMESAKE, None, "a namesake, made up by the sandbox"
        )

    def tell(self) -> None:
        """Say of somebody made up what no reader of MusicBrainz knows yet."""
        relation = Relation("storyteller", self.contributor("Somebody of Nowhere"))
        for id, recording in self.world.recordings.items():
            if recording.title in TOLD:
                self.world.recordings[id] = replace(
                    recording, relations=(*recording.relations, relation)
                )
