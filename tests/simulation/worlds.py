"""Worlds of a few albums, with one that two artists share, for simulations by the hundred."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Literal

from linernotes.sandbox.world import (
    Album,
    Artist,
    Contributor,
    CreditedAs,
    Item,
    Link,
    Position,
    Reach,
    Recording,
    Relation,
    Release,
    Rule,
    Statement,
    Track,
    World,
    check_digit,
)

FIRST, SECOND = "SimulatedArtist0000001", "SimulatedArtist0000002"
NAMES = {FIRST: "Wibmo Plonkford", SECOND: "Zorbina Quist"}
PRODUCERS = 5

Fate = Literal["link", "barcode", "title", "unknown"]
# The rules that lead to a release: a link comes with a barcode, and both with a title.
RULES: dict[Fate, frozenset[Rule]] = {
    "link": frozenset({"link", "barcode", "title"}),
    "barcode": frozenset({"barcode", "title"}),
    "title": frozenset({"title"}),
    "unknown": frozenset(),
}
_FIRST_WORDS = ("Blim", "Quax", "Fen", "Snor", "Gla", "Vum", "Trib", "Kro", "Myx", "Dap")
_SECOND_WORDS = ("Teapot", "Gherkin", "Turnip", "Waffle", "Moth", "Kettle", "Noodle", "Radish")


def small(dice: random.Random) -> World:
    """Two to four albums of the first artist, one of both, one of the second, some singles."""
    builder = _Builder(dice)
    for _ in range(dice.randint(1, 3)):
        builder.album((FIRST,), tracks=dice.randint(1, 3))
    builder.album((FIRST, SECOND), tracks=2)
    builder.album((SECOND,), tracks=1)
    for _ in range(dice.choice((0, 1, 6))):
        builder.album((FIRST,), tracks=1, kind="single")
    return builder.world


def without_a_producer(world: World, producer_id: str) -> None:
    """MusicBrainz takes back everything that it stated of this producer."""
    for id, recording in world.recordings.items():
        kept = tuple(one for one in recording.relations if one.contributor_id != producer_id)
        world.recordings[id] = replace(recording, relations=kept)


class _Builder:
    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.world = World()
        self.songs = 0
        for id, name in NAMES.items():
            self.world.artists[id] = Artist(id, name)
        self.performers = {id: self._performer(id) for id in NAMES}
        self.producers = [self._producer(number) for number in range(PRODUCERS)]

    def _mbid(self, kind: int) -> str:
        world = self.world
        known = len(world.contributors) + len(world.recordings) + len(world.releases)
        return f"5a4db0c5-{kind:04x}-4000-8000-{known:012x}"

    def _performer(self, id: str) -> str:
        mbid, page = self._mbid(1), f"https://open.spotify.com/artist/{id}"
        self.world.contributors[mbid] = Contributor(
            mbid, NAMES[id], NAMES[id], links=(Link("free streaming", page),)
        )
        return mbid

    def _producer(self, number: int) -> str:
        mbid, name = self._mbid(1), f"{_FIRST_WORDS[number]} {_SECOND_WORDS[number]}"
        links = [Link("social network", f"https://www.instagram.com/lnexample{number}/")]
        item = f"Q{9000 + number}"
        if number in (0, 1):
            links.append(Link("wikidata", f"https://www.wikidata.org/wiki/{item}"))
        if number == 3:
            links = []
        self.world.contributors[mbid] = Contributor(mbid, name, name, links=tuple(links))
        if number in (0, 1, 2):
            statements = [Statement("P434", mbid), Statement("P2002", f"lnexample{number}")]
            self.world.items[item] = Item(item, name, tuple(statements))
        return mbid

    def album(
        self,
        artists: tuple[str, ...],
        *,
        tracks: int,
        kind: Literal["album", "single"] = "album",
    ) -> None:
        number = len(self.world.albums)
        digits = f"02{number:010}"
        id = f"SimulatedAlbum{number:08}"
        fate: Fate = self.dice.choice(("link", "link", "barcode", "title", "unknown"))
        songs = [self._track(id, artists, n) for n in range(1, tracks + 1)]
        album = Album(
            id=id,
            name=f"Record {_FIRST_WORDS[number % 10]} {number}",
            album_type=kind,
            release_date=f"{2000 + number}",
            artist_ids=artists,
            upc=(digits + check_digit(digits)).zfill(14),
            tracks=tuple(songs),
        )
        self.world.add_album(album)
        if fate != "unknown":
            self._release(album, fate)

    def _track(self, album_id: str, artists: tuple[str, ...], number: int) -> Track:
        song, self.songs = self.songs, self.songs + 1
        id = f"SimulatedTrack{song:08}"
        self.world.masters[id] = id
        return Track(
            id=id,
            album_id=album_id,
            name=f"{_FIRST_WORDS[song % 10]} {_SECOND_WORDS[song // 10]}",
            artist_ids=artists,
            disc=1,
            number=number,
            length_ms=100_000 + 10_000 * song,
            isrc=None,
        )

    def _release(self, album: Album, fate: Fate) -> None:
        artist = album.artist_ids[0]
        credit = (CreditedAs(NAMES[artist], self.performers[artist]),)
        recordings = [self._recording(track, credit) for track in album.tracks]
        page = f"https://open.spotify.com/album/{album.id}"
        release = Release(
            id=self._mbid(2),
            group_id=f"5a4db0c5-0004-4000-8000-{len(self.world.releases):012x}",
            title=album.name,
            credit=credit,
            date=album.release_date,
            media=(tuple(Position(one.id, one.title, one.length_ms) for one in recordings),),
            barcode=(album.upc or "")[1:] if "barcode" in RULES[fate] else None,
            links=(Link("free streaming", page),) if fate == "link" else (),
        )
        self.world.releases[release.id] = release
        for track, recording in zip(album.tracks, recordings, strict=True):
            self.world.masters[track.id] = recording.id
            self.world.reached[track.id] = Reach(recording.id, release.id, RULES[fate])

    def _recording(self, track: Track, credit: tuple[CreditedAs, ...]) -> Recording:
        people = self.dice.sample(self.producers, self.dice.randint(0, 2))
        relations = tuple(
            Relation("producer", one, self.dice.choice(((), (), ("co",), ("executive",))))
            for one in people
        )
        recording = Recording(
            id=self._mbid(3),
            title=track.name,
            length_ms=track.length_ms,
            credit=credit,
            relations=relations,
            first_release_date="1999",
        )
        self.world.recordings[recording.id] = recording
        return recording
