"""The releases of an invented world: its albums as MusicBrainz has them, if it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate

from linernotes.sandbox.albums import Fate, Made
from linernotes.sandbox.layout import Layout, Place
from linernotes.sandbox.songs import Songs, Version
from linernotes.sandbox.workshop import Workshop
from linernotes.sandbox.world import (
    CreditedAs,
    Link,
    Position,
    Reach,
    Recording,
    Relation,
    Release,
    Rule,
    Track,
)


class Releases:
    """Enters albums at MusicBrainz, or sees to it that nothing leads there."""

    def __init__(self, workshop: Workshop, songs: Songs) -> None:
        self.workshop = workshop
        self.dice = workshop.dice
        self.world = workshop.world
        self.names = workshop.names
        self.people = workshop.people
        self.songs = songs
        self.codeless: set[str] = set()

    def enter(self, made: Made) -> None:
        """Do with an album as its fate says."""
        if made.plan.fate != "unknown":
            self._publish(made)
            return
        self._decode(made)
        if self.workshop.chance(0.5):
            self._bait(made)

    def _publish(self, made: Made) -> None:
        """Give an album its release at MusicBrainz, and say by which rules it is found."""
        if made.plan.kind == "upload" and made.plan.parent and made.plan.parent.release:
            self._published_before(made, made.plan.parent)
            return
        layout = self._layout(made)
        release = Release(
            id=self.workshop.mbid(2),
            group_id=self._group(made),
            title=layout.title,
            credit=layout.credit,
            date=made.album.release_date,
            media=layout.media,
            barcode=self._barcode(made),
            links=_links(made),
            relations=self._release_relations(made),
            primary_type="Single" if made.plan.kind == "single" else "Album",
            secondary_types=("Compilation",) if made.plan.kind in ("compilation", "box") else (),
        )
        made.release = self.world.releases[release.id] = release
        self._reach(made, release, layout)
        if made.plan.fate in ("linked", "barcode") and not release.relations:
            self._perhaps_pressed_again(release, made.plan.fate)

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
        return self.workshop.mbid(4)

    def _barcode(self, made: Made) -> str | None:
        """Store a barcode as it is printed: with 13 digits, or 12 where one zero leads."""
        upc, fate = made.album.upc, made.plan.fate
        if upc is None or fate in ("title", "out of reach"):
            return None
        if fate == "linked" and self.workshop.chance(0.35):
            return None
        return upc[2:] if self.workshop.chance(0.5) else upc[1:]

    def _release_relations(self, made: Made) -> tuple[Relation, ...]:
        relations: list[Relation] = []
        if self.workshop.chance(0.12):
            relations.append(Relation("producer", self.people.producer(), ("executive",)))
        if made.plan.kind != "single" and self.workshop.chance(0.1):
            relations.append(self.people.printed_relation())
        if self.workshop.chance(0.3):
            relations.append(Relation("engineer", self.people.producer()))
        return tuple(relations)

    def _layout(self, made: Made) -> Layout:
        """Lay an album out as MusicBrainz has it, which need not be as Spotify has it."""
        plan = made.plan
        places = [self._place(version, track) for version, track in _pairs(made)]
        credit, breaks = self.people.credit((plan.artist_id,)), tuple(accumulate(plan.discs))
        layout = Layout(plan.title, credit, places, breaks)
        if plan.fate == "out of reach":
            self._hide(layout)
        elif plan.fate == "linked" and len(places) > 4:
            self._disturb(layout)
        return layout

    def _place(self, version: Version, track: Track) -> Place:
        recording = self._recording(version, track)
        length = None
        if recording.length_ms is not None:
            length = recording.length_ms + self.dice.randrange(-300, 301)
        return Place(Position(recording.id, recording.title, length), track)

    def _recording(self, version: Version, track: Track) -> Recording:
        """Find or enter the recording, with the code of this track or without."""
        known = self.world.recordings.get(version.id)
        isrcs = known.isrcs if known else ()
        if track.isrc and track.isrc not in isrcs and self.workshop.chance(0.5):
            isrcs = (*isrcs, track.isrc)
        entered = known or Recording(
            id=version.id,
            title=version.full_title,
            length_ms=None if self.workshop.chance(0.08) else self._measured(version),
            credit=self.people.credit(version.artist_ids),
            relations=version.relations,
            first_release_date=str(version.year),
        )
        found = self.world.recordings[version.id] = replace(entered, isrcs=isrcs)
        return found

    def _measured(self, version: Version) -> int:
        return version.length_ms + self.dice.randrange(-700, 701)

    def _hide(self, layout: Layout) -> None:
        """Spoil what a search by title goes by, in one of three ways."""
        match self.dice.randrange(3):
            case 0:
                layout.title = self.names.title()
            case 1:
                layout.places.append(self._extra())
                layout.is_alike = False
            case _:
                layout.credit = self.people.credit_of_somebody_else()

    def _extra(self) -> Place:
        """Make a track that only MusicBrainz lists."""
        version = self.songs.new(self.names.title(), "", 30_000, (), 2000, ())
        credit = self.people.credit_of_somebody_else()
        recording = Recording(version.id, version.title, 30_000, credit)
        return Place(self._enter(recording), None)

    def _disturb(self, layout: Layout) -> None:
        """Make a linked release differ from the album, as one in seven does."""
        match self.dice.randrange(28):
            case 0 if layout.can_shift:
                layout.places.insert(0, self._extra())
                layout.is_alike = False
            case 1:
                layout.breaks = (len(layout.places) // 2,)
            case 2:
                layout.drop(len(layout.places) - 1)
            case 4:
                layout.reorder(*self.dice.sample(range(len(layout.places)), 2))
            case 3:
                layout.swap(self.dice.randrange(len(layout.places)), self._stranger())

    def _stranger(self) -> Position:
        """Enter what an editor took for the track: another title, and far too long."""
        version = self.songs.new(self.names.title(), "", 600_000, (), 2000, ())
        credit = self.people.credit_of_somebody_else()
        relations = self.people.produced(None)
        recording = Recording(version.id, version.title, 600_000, credit, relations=relations)
        return self._enter(recording)

    def _enter(self, recording: Recording) -> Position:
        self.world.recordings[recording.id] = recording
        return Position(recording.id, recording.title, recording.length_ms)

    def _reach(self, made: Made, release: Release, layout: Layout) -> None:
        rules: set[Rule] = set()
        if made.plan.fate == "linked":
            rules.add("link")
        if release.barcode:
            rules.add("barcode")
        is_album = layout.is_alike and layout.has_lengths
        if made.plan.fate != "out of reach" and is_album:
            rules.add("title")
        if not rules and self._encode(made):
            rules.add("isrc")
        if not rules:
            self._decode(made)
            return
        for place in layout.places:
            if place.track is not None:
                self._note(place.track, place.position.recording_id, release, rules)
                if rules == {"isrc"} and not is_album:
                    self._deny(place.track)

    def _encode(self, made: Made) -> bool:
        """Let half of the albums that are out of reach be found by the ISRCs of their tracks."""
        # The songs of a single are on other releases too, and those are not the single.
        if made.plan.kind not in ("original", "live"):
            return False
        if self.workshop.next("out of reach") % 2 == 0:
            return False
        for version, track in _pairs(made):
            recording = self.world.recordings[version.id]
            codes = (track.isrc or version.isrc,)
            self.world.recordings[version.id] = replace(recording, isrcs=codes)
        return True

    def _note(self, track: Track, recording_id: str, release: Release, rules: set[Rule]) -> None:
        self.world.reached[track.id] = Reach(recording_id, release.id, frozenset(rules))

    def _deny(self, track: Track) -> None:
        """Found by one recording, and not the album's tracks: what it says of itself is its own."""
        self.world.reached[track.id] = replace(self.world.reached[track.id], is_album=False)

    def _perhaps_pressed_again(self, release: Release, fate: Fate) -> None:
        """Add a release in another country: the same recordings, by the same link or barcode."""
        if not self.workshop.chance(0.1):
            return
        id, barcode = self.workshop.mbid(2), release.barcode if fate == "barcode" else None
        again = replace(release, id=id, barcode=barcode, disambiguation="second pressing")
        self.world.releases[id] = again

    def _decode(self, made: Made) -> None:
        """
        Keep MusicBrainz from knowing the ISRCs of an album that nothing shall lead to.

        A single may be unknown while its song is known from the album: by a code of it, the
        album's release would be taken for the single's.
        """
        self.codeless |= {version.id for version in made.plan.versions}

    def _bait(self, made: Made) -> None:
        """
        Add a release of the same title by somebody of the same name that is not this album.

        As many tracks, none of them as long: who takes it has believed in names.
        """
        name = self.world.artists[made.plan.artist_id].name
        credit = (CreditedAs(name, self.people.namesake(name)),)
        medium = tuple(self._enter(self._longer(track, credit)) for track in made.album.tracks)
        id, group_id = self.workshop.mbid(2), self.workshop.mbid(4)
        self.world.releases[id] = Release(id, group_id, made.plan.title, credit, "1999", (medium,))

    def _longer(self, track: Track, credit: tuple[CreditedAs, ...]) -> Recording:
        id, title = self.workshop.mbid(3), self.names.title()
        length, relations = track.length_ms + 60_000, self.people.produced(None)
        return Recording(id, title, length, credit, relations=relations)

    def finish(self) -> None:
        """Take the codes away that would lead astray, and give some ids a past."""
        for id in self.codeless & self.world.recordings.keys():
            self.world.recordings[id] = replace(self.world.recordings[id], isrcs=())
        self._merge(self.world.releases, 2)
        self._merge(self.world.recordings, 3)

    def _merge(self, known: Iterable[str], kind: int) -> None:
        ids = sorted(known)
        for id in self.dice.sample(ids, len(ids) // 20):
            self.world.redirects[self.workshop.mbid(kind)] = id

    def credited(self) -> list[str]:
        """List the people whom the tracks of some album lead to as producers, each once."""
        reached = [self.world.credits_of(id) or () for id in self.world.reached]
        return list(dict.fromkeys(credit.producer_id for found in reached for credit in found))


def _by_title(reach: Reach) -> set[Rule]:
    return {"title"} if "title" in reach.rules else set()


def _links(made: Made) -> tuple[Link, ...]:
    page = f"https://open.spotify.com/album/{made.album.id}"
    return (Link("free streaming", page),) if made.plan.fate == "linked" else ()


def _pairs(made: Made) -> list[tuple[Version, Track]]:
    return list(zip(made.plan.versions, made.album.tracks, strict=True))
