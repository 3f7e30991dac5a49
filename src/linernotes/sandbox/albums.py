"""The albums of an invented world as Spotify has them: planned first, then made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from linernotes.sandbox.songs import Songs, Version
from linernotes.sandbox.workshop import Workshop
from linernotes.sandbox.world import Album, Release, Track, check_digit

Kind = Literal[
    "original", "single", "deluxe", "remaster", "live", "compilation", "upload", "long", "box"
]
Fate = Literal["linked", "barcode", "title", "out of reach", "unknown"]

# How many tracks an album has that is longer than most, and how many discs go into a box.
LONG = (101, 140)
BOX_DISCS = 12


@dataclass
class Plan:
    """
    An album to be: whose, what sort, its tracks, and what becomes of it at MusicBrainz.

    `discs` is how many tracks each disc but the last has.
    """

    kind: Kind
    fate: Fate
    artist_id: str
    title: str
    year: int
    versions: list[Version]
    parent: Made | None = None
    discs: tuple[int, ...] = ()


@dataclass
class Made:
    """An album that exists, and its release if MusicBrainz has it."""

    plan: Plan
    album: Album
    release: Release | None = None


class Albums:
    """Makes albums, many of them from the songs of others."""

    def __init__(self, workshop: Workshop, songs: Songs) -> None:
        self.workshop = workshop
        self.dice = workshop.dice
        self.world = workshop.world
        self.names = workshop.names
        self.people = workshop.people
        self.songs = songs
        self.bearing: list[Made] = []
        self.live_titles: set[str] = set()
        self.single_titles: set[str] = set()

    def album(self, kind: Kind, fate: Fate) -> Made:
        made = self._made(self._plan(kind, fate))
        if _can_bear(made):
            self.bearing.append(made)
        return made

    def _plan(self, kind: Kind, fate: Fate) -> Plan:
        parent = self._parent(kind)
        artist_id = parent.plan.artist_id if parent else self.people.performer()
        year = self.dice.randrange(1998, 2026)
        if parent is None:
            count = self.dice.randrange(*LONG) if kind == "long" else None
            title, versions = self.names.title(), self.songs.record(artist_id, year, count)
            return Plan("original", fate, artist_id, title, year, versions)
        year = min(2026, parent.plan.year + self.dice.randrange(0, 6))
        if kind == "box":
            return self._box(fate, parent, year)
        title, versions = self._derived(kind, parent, year)
        return Plan(kind, fate, artist_id, title, year, versions, parent)

    def _parent(self, kind: Kind) -> Made | None:
        """Find an album to build on; None makes the new one an original."""
        if kind in ("original", "long"):
            return None
        if kind != "single":
            return self.dice.choice(self.bearing) if self.bearing else None
        fitting = [made for made in self.bearing if self._free_songs(made)]
        return self.dice.choice(fitting) if fitting else None

    def _free_songs(self, made: Made) -> list[Version]:
        """List the songs without a single: of two alike nobody knows which one is meant."""
        return [v for v in made.plan.versions if not v.label and v.title not in self.single_titles]

    def _derived(self, kind: Kind, parent: Made, year: int) -> tuple[str, list[Version]]:
        title, versions = parent.plan.title, parent.plan.versions
        match kind:
            case "single":
                return self._single(parent, year)
            case "deluxe":
                return f"{title} (Deluxe Edition)", [*versions, *self._extras(parent, year)]
            case "remaster":
                return f"{title} (Remastered)", list(versions)
            case "live":
                return self._live(parent, year)
            case "compilation":
                return self.names.title(), self._mixture(parent.plan.artist_id)
            case _:
                return title, list(versions)

    def _single(self, parent: Made, year: int) -> tuple[str, list[Version]]:
        song = self.dice.choice(self._free_songs(parent))
        self.single_titles.add(song.title)
        if self.workshop.chance(0.5):
            return song.title, [song, self.songs.again(song, self._label(), year)]
        return song.title, [song]

    def _extras(self, parent: Made, year: int) -> list[Version]:
        count = self.dice.randrange(1, 4)
        bonus = self.songs.record(parent.plan.artist_id, year, count=count)
        song = self.dice.choice(parent.plan.versions)
        return [*bonus, self.songs.again(song, self._label(), year)]

    def _live(self, parent: Made, year: int) -> tuple[str, list[Version]]:
        songs = [v for v in parent.plan.versions if v.title not in self.live_titles and not v.label]
        self.live_titles |= {v.title for v in songs}
        lives = [self.songs.again(v, "Live", year) for v in songs]
        title = f"{self.names.title()} Live"
        return title, lives or self.songs.record(parent.plan.artist_id, year)

    def _box(self, fate: Fate, parent: Made, year: int) -> Plan:
        """Put albums of an artist into a box, a disc each, and a disc of what was left over."""
        artist_id = parent.plan.artist_id
        own = [m for m in self.bearing if m.plan.artist_id == artist_id]
        others = [m for m in own if m is not parent]
        discs = [m.plan.versions for m in [parent, *others[: BOX_DISCS - 2]]]
        discs.append(self.songs.record(artist_id, year))
        versions = [version for disc in discs for version in disc]
        sizes = tuple(len(disc) for disc in discs[:-1])
        title = f"{self.names.title()}: The Complete Recordings"
        return Plan("box", fate, artist_id, title, year, versions, parent, sizes)

    def _label(self) -> str:
        return self.dice.choice(("Instrumental", f"{self.names.word()} Remix", "Acoustic"))

    def _mixture(self, artist_id: str) -> list[Version]:
        """Take songs of one artist and of others, as a label's sampler does."""
        every = self.bearing
        own = [v for m in every if m.plan.artist_id == artist_id for v in m.plan.versions]
        others = [v for m in every if m.plan.artist_id != artist_id for v in m.plan.versions]
        if not others and (guest := self.people.guest()) != artist_id:
            others = self.songs.record(guest, 2000)
        chosen = self._sample(own, 6) + self._sample(others, 5)
        return list({v.id: v for v in chosen}.values())

    def _sample(self, versions: list[Version], count: int) -> list[Version]:
        return self.dice.sample(versions, min(count, len(versions)))

    def _made(self, plan: Plan) -> Made:
        id = self.workshop.spotify_id("Album")
        tracks = tuple(
            self._track(id, plan, version, *place)
            for version, place in zip(plan.versions, _places(plan), strict=True)
        )
        album = Album(
            id=id,
            name=plan.title,
            album_type=_album_type(plan),
            release_date=self._date(plan.year),
            artist_ids=(plan.artist_id,),
            upc=self._upc(plan),
            tracks=tracks,
        )
        self.world.add_album(album)
        return Made(plan, album)

    def _date(self, year: int) -> str:
        month, day = self.dice.randrange(1, 13), self.dice.randrange(1, 29)
        return self.dice.choice(
            (f"{year}", f"{year}-{month:02}", *[f"{year}-{month:02}-{day:02}"] * 8)
        )

    def _upc(self, plan: Plan) -> str | None:
        if plan.kind == "upload" and plan.parent:
            return plan.parent.album.upc
        if plan.fate in ("linked", "unknown") and self.workshop.chance(0.05):
            return None
        digits = f"02{self.workshop.next('barcode'):010}"
        return (digits + check_digit(digits)).zfill(14)

    def _track(self, album_id: str, plan: Plan, version: Version, disc: int, number: int) -> Track:
        id = self.workshop.spotify_id("Track")
        self.world.masters[id] = version.id
        isrc: str | None = version.isrc
        if plan.kind == "remaster":
            isrc = self.workshop.isrc(plan.year)
        return Track(
            id=id,
            album_id=album_id,
            name=self._printed(plan, version),
            artist_ids=version.artist_ids,
            disc=disc,
            number=number,
            length_ms=version.length_ms + self.dice.randrange(-800, 801),
            # An album out of reach may depend on the code of any of its tracks.
            isrc=None if plan.fate != "out of reach" and self.workshop.chance(0.04) else isrc,
            explicit=self.workshop.chance(0.2),
        )

    def _printed(self, plan: Plan, version: Version) -> str:
        """Print a title as labels deliver it to Spotify."""
        title = version.title
        if len(version.artist_ids) > 1 and self.workshop.chance(0.6):
            guests = " & ".join(self.world.artists[id].name for id in version.artist_ids[1:])
            title += f" (feat. {guests})"
        if version.label:
            title += f" - {version.label}" if self.workshop.chance(0.6) else f" ({version.label})"
        if plan.kind == "remaster":
            title += f" - Remastered {plan.year}"
        return title


def _can_bear(made: Made) -> bool:
    """
    Say whether other albums can be made of this one.

    Only of originals known by more than their title: an edition of another would be taken for it.
    """
    return made.plan.kind == "original" and made.plan.fate in ("linked", "barcode")


def _places(plan: Plan) -> list[tuple[int, int]]:
    """Number the tracks, each disc anew."""
    last = len(plan.versions) - sum(plan.discs)
    sizes = (*plan.discs, last)
    return [(disc, n) for disc, size in enumerate(sizes, 1) for n in range(1, size + 1)]


def _album_type(plan: Plan) -> Literal["album", "single", "compilation"]:
    if plan.kind == "single":
        return "single"
    return "compilation" if plan.kind in ("compilation", "box") else "album"
