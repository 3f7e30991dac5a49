"""
A world of invented music from a seed, of any size, with the untidiness of the real thing.

Every album has a fate decided beforehand: how MusicBrainz has it, and so which rule leads
there, if any does. Songs come back on singles, deluxe editions, remasters and compilations;
there are live takes, remixes and instrumentals, people with the same name, names printed
differently, producers of whole releases, links that have ended and pages of fans. The same
seed gives the same world.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil
from typing import Literal, TypeVar

from linernotes.sandbox.invented import Names
from linernotes.sandbox.people import People
from linernotes.sandbox.world import (
    Album,
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

Kind = Literal["original", "single", "deluxe", "remaster", "live", "compilation", "upload"]
Fate = Literal["linked", "barcode", "title", "out of reach", "unknown"]

# Shares of all albums. What MusicBrainz does not link is 15 % and more, what has neither link
# nor barcode 10 % and more, what it does not know 5 % and more.
FATES: dict[Fate, float] = {"unknown": 0.06, "title": 0.07, "out of reach": 0.06, "barcode": 0.09}
KINDS: dict[Kind, float] = {
    "single": 0.2,
    "deluxe": 0.09,
    "remaster": 0.06,
    "live": 0.06,
    "compilation": 0.06,
    "upload": 0.04,
}
# An edition shares its tracks with another album, so nobody can say by its title alone which of
# the two a release is; fates that hang on the title are for the others.
EDITIONS: frozenset[Kind] = frozenset({"deluxe", "remaster", "upload", "compilation"})

# Two songs next to each other differ by more than any tolerance, so that a track cannot be
# taken for its neighbour.
APART_MS = 9_000

Lot = TypeVar("Lot", bound=str)


@dataclass
class Version:
    """
    A recording as it really is, whether or not MusicBrainz knows it.

    `label` is "" for the plain one, else "Live", "Instrumental" or somebody's remix.
    """

    id: str
    title: str
    label: str
    length_ms: int
    artist_ids: tuple[str, ...]
    isrc: str
    year: int
    relations: tuple[Relation, ...]

    @property
    def full_title(self) -> str:
        """The title as MusicBrainz has it."""
        return f"{self.title} ({self.label.lower()})" if self.label else self.title


@dataclass
class Plan:
    """An album to be: whose, what sort, its tracks, and what becomes of it at MusicBrainz."""

    kind: Kind
    fate: Fate
    artist_id: str
    title: str
    year: int
    versions: list[Version]
    parent: Made | None = None


@dataclass
class Made:
    """An album that exists, and its release if MusicBrainz has it."""

    plan: Plan
    album: Album
    release: Release | None = None


def generate(seed: int, albums: int = 20) -> World:
    """Build a world with so many albums; 20 take milliseconds and 400 about a second."""
    generator = _Generator(random.Random(seed), albums)  # noqa: S311 - repeatable, not secret
    for kind, fate in generator.lots():
        generator.album(kind, fate)
    generator.finish()
    return generator.world


class _Generator:
    def __init__(self, dice: random.Random, albums: int) -> None:
        self.dice = dice
        self.world = World()
        self.names = Names(dice)
        self.people = People(dice, self.names, self.world, albums)
        self.albums = albums
        self.made: dict[str, list[Made]] = defaultdict(list)
        self.counts: dict[str, int] = defaultdict(int)
        self.versions: dict[str, Version] = {}
        self.labelled: dict[tuple[str, str], Version] = {}
        self.live_titles: set[str] = set()
        self.single_titles: set[str] = set()
        self.codeless: set[str] = set()

    # What there will be --------------------------------------------------------------------

    def lots(self) -> list[tuple[Kind, Fate]]:
        """Deal out kinds and fates by quota, originals first so that others can build on them."""
        kinds: list[Kind] = self._dealt(KINDS, "original")
        fates: list[Fate] = self._dealt(FATES, "linked")
        originals = [k for k in kinds if k not in EDITIONS]
        editions = [k for k in kinds if k in EDITIONS]
        by_title = [f for f in fates if f in ("title", "out of reach", "unknown")]
        others = [f for f in fates if f not in by_title]
        self.dice.shuffle(others)
        room = len(originals) - len(by_title)
        kept, rest = by_title + others[:room], others[room:]
        self.dice.shuffle(kept)
        return list(zip(originals, kept, strict=True)) + list(zip(editions, rest, strict=True))

    def _dealt(self, shares: dict[Lot, float], usual: Lot) -> list[Lot]:
        dealt = [lot for lot, share in shares.items() for _ in range(_some(share * self.albums))]
        dealt = dealt[: self.albums]
        return [usual] * (self.albums - len(dealt)) + dealt

    def next(self, kind: str) -> int:
        self.counts[kind] += 1
        return self.counts[kind]

    def mbid(self, kind: int) -> str:
        return f"5a4db0c5-{kind:04x}-4000-8000-{self.next(f'mbid {kind}'):012x}"

    def spotify_id(self, kind: str) -> str:
        return f"Sandbox{kind}{self.next(kind):0{15 - len(kind)}}"

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    # Albums --------------------------------------------------------------------------------

    def album(self, kind: Kind, fate: Fate) -> None:
        made = self._made(self._plan(kind, fate))
        self.made[made.plan.artist_id].append(made)
        if fate != "unknown":
            self._publish(made)
            return
        self._decode(made)
        if self.chance(0.5):
            self._bait(made)

    def _decode(self, made: Made) -> None:
        """
        Keep MusicBrainz from knowing the ISRCs of an album that nothing shall lead to.

        A single may be unknown while its song is known from the album: by a code of it, the
        album's release would be taken for the single's.
        """
        self.codeless |= {version.id for version in made.plan.versions}

    def _plan(self, kind: Kind, fate: Fate) -> Plan:
        parent = self._parent(kind)
        artist_id = parent.plan.artist_id if parent else self.people.performer()
        year = self.dice.randrange(1998, 2026)
        if parent is None:
            return Plan(
                "original", fate, artist_id, self.names.title(), year, self._songs(artist_id, year)
            )
        year = min(2026, parent.plan.year + self.dice.randrange(0, 6))
        title, versions = self._derived(kind, parent, year)
        return Plan(kind, fate, artist_id, title, year, versions, parent)

    def _parent(self, kind: Kind) -> Made | None:
        """Find an album to build on; None makes the new one an original."""
        if kind == "original":
            return None
        fitting = [m for made in self.made.values() for m in made if _can_bear(m)]
        if kind == "single":
            fitting = [m for m in fitting if self._free_songs(m)]
        return self.dice.choice(fitting) if fitting else None

    def _free_songs(self, made: Made) -> list[Version]:
        """List the songs without a single: of two alike nobody knows which one is meant."""
        return [v for v in made.plan.versions if not v.label and v.title not in self.single_titles]

    def _derived(self, kind: Kind, parent: Made, year: int) -> tuple[str, list[Version]]:
        title, versions = parent.plan.title, parent.plan.versions
        match kind:
            case "single":
                song = self.dice.choice(self._free_songs(parent))
                self.single_titles.add(song.title)
                extra = [self._version(song, self._label(), year)] if self.chance(0.5) else []
                return song.title, [song, *extra]
            case "deluxe":
                bonus = self._songs(parent.plan.artist_id, year, count=self.dice.randrange(1, 4))
                extra = [self._version(self.dice.choice(versions), self._label(), year)]
                return f"{title} (Deluxe Edition)", [*versions, *bonus, *extra]
            case "remaster":
                return f"{title} (Remastered)", list(versions)
            case "live":
                songs = [v for v in versions if v.title not in self.live_titles and not v.label]
                self.live_titles |= {v.title for v in songs}
                lives = [self._version(v, "Live", year) for v in songs]
                return f"{self.names.title()} Live", lives or self._songs(
                    parent.plan.artist_id, year
                )
            case "compilation":
                return self.names.title(), self._mixture(parent.plan.artist_id)
            case _:
                return title, list(versions)

    def _label(self) -> str:
        return self.dice.choice(("Instrumental", f"{self.names.word()} Remix", "Acoustic"))

    def _mixture(self, artist_id: str) -> list[Version]:
        """Take songs of one artist and of others, as a label's sampler does."""
        every = [m for made in self.made.values() for m in made if _can_bear(m)]
        own = [v for m in every if m.plan.artist_id == artist_id for v in m.plan.versions]
        others = [v for m in every if m.plan.artist_id != artist_id for v in m.plan.versions]
        chosen = self._sample(own, 6) + self._sample(others, 5)
        return list({v.id: v for v in chosen}.values())

    def _sample(self, versions: list[Version], count: int) -> list[Version]:
        return self.dice.sample(versions, min(count, len(versions)))

    # Songs ---------------------------------------------------------------------------------

    def _songs(self, artist_id: str, year: int, count: int | None = None) -> list[Version]:
        songs: list[Version] = []
        for _ in range(count or self.dice.randrange(5, 15)):
            guests = [self.people.performer()] if self.chance(0.2) else []
            artists = tuple(dict.fromkeys([artist_id, *guests]))
            length = self._length([v.length_ms for v in songs[-1:]])
            relations = self.people.produced(artist_id)
            songs.append(self._new(self.names.title(), "", length, artists, year, relations))
        return songs

    def _length(self, near: Iterable[int]) -> int:
        near = list(near)
        while True:
            length = self.dice.randrange(90_000, 360_000)
            if all(abs(length - other) > APART_MS for other in near):
                return length

    def _new(
        self,
        title: str,
        label: str,
        length: int,
        artists: tuple[str, ...],
        year: int,
        relations: tuple[Relation, ...],
    ) -> Version:
        isrc = f"ZZSBX{year % 100:02}{self.next('isrc') % 100_000:05}"
        version = Version(self.mbid(3), title, label, length, artists, isrc, year, relations)
        self.versions[version.id] = version
        return version

    def _version(self, song: Version, label: str, year: int) -> Version:
        """
        Record a song once more: another length, another code, perhaps other people.

        A song has one version under each label; asked again, that one is taken again.
        """
        if (song.title, label) in self.labelled:
            return self.labelled[song.title, label]
        length = self._length([song.length_ms])
        relations = self.people.produced(song.artist_ids[0])
        if label.endswith("Remix"):
            relations = (*relations[:1], Relation("remixer", self.people.producer()))
        again = self._new(song.title, label, length, song.artist_ids, year, relations)
        self.labelled[song.title, label] = again
        return again

    # Spotify's side ------------------------------------------------------------------------

    def _made(self, plan: Plan) -> Made:
        id = self.spotify_id("Album")
        tracks = tuple(
            self._track(id, plan, version, number)
            for number, version in enumerate(plan.versions, start=1)
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
        if plan.fate in ("linked", "unknown") and self.chance(0.05):
            return None
        digits = f"02{self.next('barcode'):010}"
        return (digits + check_digit(digits)).zfill(14)

    def _track(self, album_id: str, plan: Plan, version: Version, number: int) -> Track:
        id = self.spotify_id("Track")
        self.world.masters[id] = version.id
        isrc: str | None = version.isrc
        if plan.kind == "remaster":
            isrc = f"ZZSBX{plan.year % 100:02}{self.next('isrc') % 100_000:05}"
        return Track(
            id=id,
            album_id=album_id,
            name=self._printed(plan, version),
            artist_ids=version.artist_ids,
            disc=1,
            number=number,
            length_ms=version.length_ms + self.dice.randrange(-800, 801),
            # An album out of reach may depend on the code of any of its tracks.
            isrc=None if plan.fate != "out of reach" and self.chance(0.04) else isrc,
            explicit=self.chance(0.2),
        )

    def _printed(self, plan: Plan, version: Version) -> str:
        """Print a title as labels deliver it to Spotify."""
        title = version.title
        if len(version.artist_ids) > 1 and self.chance(0.6):
            guests = " & ".join(self.world.artists[id].name for id in version.artist_ids[1:])
            title += f" (feat. {guests})"
        if version.label:
            title += f" - {version.label}" if self.chance(0.6) else f" ({version.label})"
        if plan.kind == "remaster":
            title += f" - Remastered {plan.year}"
        return title

    # MusicBrainz's side --------------------------------------------------------------------

    def _publish(self, made: Made) -> None:
        """Give an album its release at MusicBrainz, and say by which rules it is found."""
        if made.plan.kind == "upload" and made.plan.parent and made.plan.parent.release:
            self._published_before(made, made.plan.parent)
            return
        layout = self._layout(made)
        release = Release(
            id=self.mbid(2),
            group_id=self._group(made),
            title=layout.title,
            credit=layout.credit,
            date=made.album.release_date,
            media=layout.media,
            barcode=self._barcode(made),
            links=_links(made),
            relations=self._release_relations(made),
            primary_type="Single" if made.plan.kind == "single" else "Album",
            secondary_types=("Compilation",) if made.plan.kind == "compilation" else (),
        )
        made.release = self.world.releases[release.id] = release
        self._reach(made, release, layout)
        if made.plan.fate == "linked" and not release.relations and self.chance(0.1):
            self._pressed_again(release)

    def _published_before(self, made: Made, parent: Made) -> None:
        """Let a second upload share the release: by the same link, or by the barcode only."""
        assert parent.release is not None
        release = parent.release
        rules: set[Rule] = set()
        if made.plan.fate == "linked":
            rules.add("link")
            release = replace(release, links=release.links + _links(made))
            parent.release = self.world.releases[release.id] = release
        if release.barcode and made.album.upc:
            rules.add("barcode")
        if not rules:
            self._decode(made)
        made.release = release
        by_place = {t.number: t for t in parent.album.tracks}
        for track in made.album.tracks:
            reach = self.world.reached.get(by_place[track.number].id)
            if reach is not None:
                self._note(track, reach.recording_id, release, rules | _by_title(reach))

    def _group(self, made: Made) -> str:
        parent = made.plan.parent
        if made.plan.kind in ("deluxe", "remaster") and parent and parent.release:
            return parent.release.group_id
        return self.mbid(4)

    def _barcode(self, made: Made) -> str | None:
        """Store a barcode as it is printed: with 13 digits, or 12 where one zero leads."""
        upc, fate = made.album.upc, made.plan.fate
        if upc is None or fate in ("title", "out of reach"):
            return None
        if fate == "linked" and self.chance(0.35):
            return None
        return upc[2:] if self.chance(0.5) else upc[1:]

    def _release_relations(self, made: Made) -> tuple[Relation, ...]:
        relations: list[Relation] = []
        if self.chance(0.12):
            relations.append(Relation("producer", self.people.producer(), ("executive",)))
        if made.plan.kind != "single" and self.chance(0.1):
            relations.append(self.people.printed_relation())
        if self.chance(0.3):
            relations.append(Relation("engineer", self.people.producer()))
        return tuple(relations)

    def _layout(self, made: Made) -> _Layout:
        """Lay an album out as MusicBrainz has it, which need not be as Spotify has it."""
        plan = made.plan
        places = [self._place(version, track) for version, track in _pairs(made)]
        layout = _Layout(plan.title, self.people.credit((plan.artist_id,)), places)
        if plan.fate == "out of reach":
            self._hide(layout)
        elif plan.fate == "linked" and len(places) > 4:
            self._disturb(layout)
        return layout

    def _place(self, version: Version, track: Track) -> _Place:
        recording = self.recording(version, track)
        length = None
        if recording.length_ms is not None:
            length = recording.length_ms + self.dice.randrange(-300, 301)
        return _Place(Position(recording.id, recording.title, length), track)

    def recording(self, version: Version, track: Track) -> Recording:
        """Find or enter the recording, with the code of this track or without."""
        known = self.world.recordings.get(version.id)
        isrcs = known.isrcs if known else ()
        if track.isrc and track.isrc not in isrcs and self.chance(0.5):
            isrcs = (*isrcs, track.isrc)
        entered = known or Recording(
            id=version.id,
            title=version.full_title,
            length_ms=None if self.chance(0.08) else self._measured(version),
            credit=self.people.credit(version.artist_ids),
            relations=version.relations,
            first_release_date=str(version.year),
        )
        found = self.world.recordings[version.id] = replace(entered, isrcs=isrcs)
        return found

    def _measured(self, version: Version) -> int:
        return version.length_ms + self.dice.randrange(-700, 701)

    def _hide(self, layout: _Layout) -> None:
        """Spoil what a search by title goes by, in one of three ways."""
        match self.dice.randrange(3):
            case 0:
                layout.title = self.names.title()
            case 1:
                layout.places.append(self._extra())
            case _:
                layout.credit = self.people.credit_of_somebody_else()

    def _extra(self) -> _Place:
        """Make a track that only MusicBrainz lists."""
        version = self._new(self.names.title(), "", 30_000, (), 2000, ())
        recording = Recording(
            version.id, version.title, 30_000, self.people.credit_of_somebody_else()
        )
        self.world.recordings[recording.id] = recording
        return _Place(Position(recording.id, recording.title, 30_000), None)

    def _disturb(self, layout: _Layout) -> None:
        """Make a linked release differ from the album, as one in seven does."""
        match self.dice.randrange(28):
            case 0 if layout.can_shift:
                layout.places.insert(0, self._extra())
                layout.is_alike = False
            case 1:
                layout.disc_break = len(layout.places) // 2
            case 2:
                layout.drop(len(layout.places) - 1)
            case 3:
                layout.swap(self.dice.randrange(len(layout.places)), self._stranger())

    def _stranger(self) -> Position:
        """Enter what an editor took for the track: another title, and far too long."""
        version = self._new(self.names.title(), "", 600_000, (), 2000, ())
        credit = self.people.credit_of_somebody_else()
        relations = self.people.produced(None)
        recording = Recording(version.id, version.title, 600_000, credit, relations=relations)
        self.world.recordings[recording.id] = recording
        return Position(recording.id, recording.title, 600_000)

    def _reach(self, made: Made, release: Release, layout: _Layout) -> None:
        rules: set[Rule] = set()
        if made.plan.fate == "linked":
            rules.add("link")
        if release.barcode:
            rules.add("barcode")
        if made.plan.fate != "out of reach" and layout.is_alike and layout.has_lengths:
            rules.add("title")
        if not rules and self._encode(made):
            rules.add("isrc")
        if not rules:
            self._decode(made)
        for place in layout.places:
            if place.track is not None and rules:
                self._note(place.track, place.position.recording_id, release, rules)

    def _encode(self, made: Made) -> bool:
        """Let half of the albums that are out of reach be found by the ISRCs of their tracks."""
        # The songs of a single are on other releases too, and those are not the single.
        if made.plan.kind not in ("original", "live") or self.next("out of reach") % 2 == 0:
            return False
        for version, track in _pairs(made):
            recording = self.world.recordings[version.id]
            codes = (track.isrc or version.isrc,)
            self.world.recordings[version.id] = replace(recording, isrcs=codes)
        return True

    def _note(self, track: Track, recording_id: str, release: Release, rules: set[Rule]) -> None:
        self.world.reached[track.id] = Reach(recording_id, release.id, frozenset(rules))

    def _pressed_again(self, release: Release) -> None:
        """Add a release in another country: the same recordings behind the same link."""
        again = replace(release, id=self.mbid(2), barcode=None, disambiguation="second pressing")
        self.world.releases[again.id] = again

    def _bait(self, made: Made) -> None:
        """
        Add a release of the same title by somebody of the same name that is not this album.

        As many tracks, none of them as long: who takes it has believed in names.
        """
        name = self.world.artists[made.plan.artist_id].name
        credit = (CreditedAs(name, self.people.namesake(name)),)
        places = []
        for track in made.album.tracks:
            length = track.length_ms + 60_000
            recording = Recording(
                self.mbid(3),
                self.names.title(),
                length,
                credit,
                relations=self.people.produced(None),
            )
            self.world.recordings[recording.id] = recording
            places.append(Position(recording.id, recording.title, length))
        release = Release(
            self.mbid(2), self.mbid(4), made.plan.title, credit, "1999", (tuple(places),)
        )
        self.world.releases[release.id] = release

    # The end -------------------------------------------------------------------------------

    def finish(self) -> None:
        """Take the codes away that would lead astray, and give some ids a past."""
        for id in self.codeless & self.world.recordings.keys():
            self.world.recordings[id] = replace(self.world.recordings[id], isrcs=())
        self._merge(self.world.releases, 2)
        self._merge(self.world.recordings, 3)
        self.people.finish()

    def _merge(self, known: Iterable[str], kind: int) -> None:
        ids = sorted(known)
        for id in self.dice.sample(ids, len(ids) // 20):
            self.world.redirects[self.mbid(kind)] = id


@dataclass
class _Place:
    """A place on the release, and the track of the album that belongs there."""

    position: Position
    track: Track | None


@dataclass
class _Layout:
    title: str
    credit: tuple[CreditedAs, ...]
    places: list[_Place]
    disc_break: int | None = None
    is_alike: bool = True

    @property
    def media(self) -> tuple[tuple[Position, ...], ...]:
        every = tuple(place.position for place in self.places)
        if self.disc_break is None:
            return (every,)
        return every[: self.disc_break], every[self.disc_break :]

    @property
    def has_lengths(self) -> bool:
        """Without a single known length nothing speaks for the title but the title."""
        return any(place.position.length_ms for place in self.places)

    @property
    def can_shift(self) -> bool:
        """Say whether every track is told from its neighbours by its length alone."""
        lengths = [place.track.length_ms for place in self.places if place.track]
        return all(abs(a - b) > APART_MS / 2 for a, b in pairwise(lengths))

    def drop(self, place: int) -> None:
        """Leave out a track that only Spotify has."""
        del self.places[place]
        self.is_alike = False

    def swap(self, place: int, position: Position) -> None:
        """Put another recording where a track should be; nothing leads to it any more."""
        self.places[place] = _Place(position, None)
        self.is_alike = False


def _some(count: float) -> int:
    """Make a share a number: at least what it says, and nothing of what would be less than half."""
    return ceil(count) if count >= 0.5 else 0


def _by_title(reach: Reach) -> set[Rule]:
    return {"title"} if "title" in reach.rules else set()


def _can_bear(made: Made) -> bool:
    """
    Say whether other albums can be made of this one.

    Only of originals known by more than their title: an edition of another would be taken for it.
    """
    return made.plan.kind == "original" and made.plan.fate in ("linked", "barcode")


def _album_type(plan: Plan) -> Literal["album", "single", "compilation"]:
    if plan.kind == "single":
        return "single"
    return "compilation" if plan.kind == "compilation" else "album"


def _links(made: Made) -> tuple[Link, ...]:
    page = f"https://open.spotify.com/album/{made.album.id}"
    return (Link("free streaming", page),) if made.plan.fate == "linked" else ()


def _pairs(made: Made) -> list[tuple[Version, Track]]:
    return list(zip(made.plan.versions, made.album.tracks, strict=True))
