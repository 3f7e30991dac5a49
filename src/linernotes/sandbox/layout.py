"""The places on a release, which need not be those of the album."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from linernotes.sandbox.songs import APART_MS
from linernotes.sandbox.world import CreditedAs, Position, Track


@dataclass
class Place:
    """A place on the release, and the track of the album that belongs there."""

    position: Position
    track: Track | None


@dataclass
class Layout:
    """`breaks` are the places where another disc begins, counted from 0."""

    title: str
    credit: tuple[CreditedAs, ...]
    places: list[Place]
    breaks: tuple[int, ...] = ()
    is_alike: bool = True

    @property
    def media(self) -> tuple[tuple[Position, ...], ...]:
        every = tuple(place.position for place in self.places)
        starts, ends = (0, *self.breaks), (*self.breaks, len(every))
        return tuple(every[start:end] for start, end in zip(starts, ends, strict=True))

    @property
    def has_lengths(self) -> bool:
        """Without a single known length nothing speaks for the title but the title."""
        return any(place.position.length_ms for place in self.places)

    @property
    def can_shift(self) -> bool:
        """Say whether every track is told from its neighbours by its length alone."""
        lengths = [place.track.length_ms for place in self.places if place.track]
        return all(abs(a - b) > APART_MS / 2 for a, b in pairwise(lengths))

    def reorder(self, place: int, other: int) -> None:
        """Let two tracks change places."""
        places = self.places
        places[place], places[other] = places[other], places[place]
        self.is_alike = False

    def drop(self, place: int) -> None:
        """Leave out a track that only Spotify has."""
        del self.places[place]
        self.is_alike = False

    def swap(self, place: int, position: Position) -> None:
        """Put another recording where a track should be; nothing leads to it any more."""
        self.places[place] = Place(position, None)
        self.is_alike = False
