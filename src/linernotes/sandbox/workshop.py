"""What all parts of an invented world are made with: one pair of dice, names, and fresh ids."""

from __future__ import annotations

import random
from collections import defaultdict

from linernotes.sandbox.invented import Names
from linernotes.sandbox.people import People
from linernotes.sandbox.world import World


class Workshop:
    """A world in the making; all throw the same dice, so who throws first matters to a seed."""

    def __init__(self, dice: random.Random, albums: int, artists: int | None) -> None:
        self.dice = dice
        self.world = World()
        self.names = Names(dice)
        self.people = People(dice, self.names, self.world, albums, artists)
        self.counts: dict[str, int] = defaultdict(int)

    def next(self, kind: str) -> int:
        self.counts[kind] += 1
        return self.counts[kind]

    def mbid(self, kind: int) -> str:
        return f"5a4db0c5-{kind:04x}-4000-8000-{self.next(f'mbid {kind}'):012x}"

    def spotify_id(self, kind: str) -> str:
        return f"Sandbox{kind}{self.next(kind):0{15 - len(kind)}}"

    def isrc(self, year: int) -> str:
        return f"ZZSBX{year % 100:02}{self.next('isrc') % 100_000:05}"

    def chance(self, share: float) -> bool:
        return self.dice.random() < share
