"""The songs of an invented world, and their recordings as they really are."""

from __future__ import annotations

from dataclasses import dataclass

from linernotes.sandbox.workshop import Workshop
from linernotes.sandbox.world import Relation

# Two songs next to each other differ by more than any tolerance, so that a track cannot be
# taken for its neighbour.
APART_MS = 9_000


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


class Songs:
    """Records songs, and songs once more."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.dice = workshop.dice
        self.names = workshop.names
        self.people = workshop.people
        self.labelled: dict[tuple[str, str], Version] = {}

    def record(self, artist_id: str, year: int, count: int | None = None) -> list[Version]:
        songs: list[Version] = []
        for _ in range(count or self.dice.randrange(5, 15)):
            guests = [self.people.guest()] if self.workshop.chance(0.2) else []
            artists = tuple(dict.fromkeys([artist_id, *guests]))
            length = self._length(songs[-1].length_ms if songs else None)
            relations = self.people.produced(artist_id)
            songs.append(self.new(self.names.title(), "", length, artists, year, relations))
        return songs

    def again(self, song: Version, label: str, year: int) -> Version:
        """
        Record a song once more: another length, another code, perhaps other people.

        A song has one version under each label; asked again, that one is taken again.
        """
        if (song.title, label) in self.labelled:
            return self.labelled[song.title, label]
        length = self._length(song.length_ms)
        relations = self.people.produced(song.artist_ids[0])
        if label.endswith("Remix"):
            relations = (*relations[:1], Relation("remixer", self.people.producer()))
        again = self.new(song.title, label, length, song.artist_ids, year, relations)
        self.labelled[song.title, label] = again
        return again

    def _length(self, other: int | None) -> int:
        while True:
            length = self.dice.randrange(90_000, 360_000)
            if other is None or abs(length - other) > APART_MS:
                return length

    def new(
        self,
        title: str,
        label: str,
        length: int,
        artists: tuple[str, ...],
        year: int,
        relations: tuple[Relation, ...],
    ) -> Version:
        isrc, id = self.workshop.isrc(year), self.workshop.mbid(3)
        return Version(id, title, label, length, artists, isrc, year, relations)
