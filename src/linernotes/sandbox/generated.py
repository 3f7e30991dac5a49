"""
A world of invented music from a seed, of any size, with the untidiness of the real thing.

Every album has a fate decided beforehand: how MusicBrainz has it, and so which rule leads
there, if any does. Songs come back on singles, deluxe editions, remasters and compilations;
there are box sets and albums of more than a hundred tracks, live takes, remixes and
instrumentals, people with the same name, names printed differently, producers of whole
releases, ids that were merged, links that have ended and pages of fans. The same seed gives
the same world.
"""

from __future__ import annotations

import random
from math import ceil
from typing import TypeVar

from linernotes.sandbox.albums import Albums, Fate, Kind
from linernotes.sandbox.releases import Releases
from linernotes.sandbox.songs import Songs
from linernotes.sandbox.workshop import Workshop
from linernotes.sandbox.world import World

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
    "long": 0.004,
    "box": 0.01,
}
# An edition shares its tracks with another album, so nobody can say by its title alone which of
# the two a release is; fates that hang on the title are for the others.
EDITIONS: frozenset[Kind] = frozenset({"deluxe", "remaster", "upload", "compilation", "box"})

Lot = TypeVar("Lot", bound=str)


def generate(seed: int, albums: int = 20, artists: int | None = None) -> World:
    """
    Build a world with so many albums; 20 take milliseconds, 400 a quarter of a second, and
    5,000 ten.

    The albums are those of so many artists: 1 for a single one with a large catalogue, else one
    for every six albums. Others are there besides, as guests and producers.
    """
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    workshop = Workshop(dice, albums, artists)
    songs = Songs(workshop)
    made, releases = Albums(workshop, songs), Releases(workshop, songs)
    for kind, fate in _lots(dice, albums):
        releases.enter(made.album(kind, fate))
    releases.finish()
    workshop.people.finish(releases.credited())
    return workshop.world


def _lots(dice: random.Random, albums: int) -> list[tuple[Kind, Fate]]:
    """Deal out kinds and fates by quota, originals first so that others can build on them."""
    kinds: list[Kind] = _dealt(KINDS, "original", albums)
    fates: list[Fate] = _dealt(FATES, "linked", albums)
    originals = [k for k in kinds if k not in EDITIONS]
    editions = [k for k in kinds if k in EDITIONS]
    by_title = [f for f in fates if f in ("title", "out of reach", "unknown")]
    others = [f for f in fates if f not in by_title]
    dice.shuffle(others)
    room = len(originals) - len(by_title)
    kept, rest = by_title + others[:room], others[room:]
    dice.shuffle(kept)
    return list(zip(originals, kept, strict=True)) + list(zip(editions, rest, strict=True))


def _dealt(shares: dict[Lot, float], usual: Lot, albums: int) -> list[Lot]:
    dealt = [lot for lot, share in shares.items() for _ in range(_some(share * albums))]
    dealt = dealt[:albums]
    return [usual] * (albums - len(dealt)) + dealt


def _some(count: float) -> int:
    """Make a share a number: at least what it says, and nothing of what would be less than half."""
    return ceil(count) if count >= 0.5 else 0
