"""
Names that nobody can take for real: of people, groups, songs and albums.

Words of nonsense, put together from a seed. Handles begin with "lnexample", sites end in
".example": profiles stand on the hosts of real networks, because MusicBrainz and its clients
tell a network by its host, so it is the handle that says "invented".
"""

from __future__ import annotations

import random

_STARTS = (
    "blim", "quax", "zorb", "wib", "fen", "plonk", "snor", "gla", "vum", "trib",
    "kro", "myx", "dap", "hul", "jib", "pex", "rund", "sql", "twee", "ozz",
)  # fmt: skip
_ENDS = (
    "mo", "ble", "wick", "adoo", "gus", "ford", "ina", "elle", "zak", "ock",
    "ump", "isk", "oona", "quist", "ray", "ulf",
)  # fmt: skip
_THINGS = (
    "Teapot", "Gherkin", "Lampshade", "Turnip", "Doorknob", "Waffle", "Moth", "Puddle", "Bobbin",
    "Parsnip", "Kettle", "Mitten", "Noodle", "Ladder", "Pebble", "Thimble", "Sprocket", "Biscuit",
    "Lantern", "Cushion", "Radish", "Button", "Hammock", "Cobweb", "Gravy", "Trousers", "Walnut",
    "Bucket", "Slipper", "Crumpet",
)  # fmt: skip
_SORTS = (
    "Wobbly", "Purple", "Sleepy", "Borrowed", "Tiny", "Suspicious", "Velvet", "Forgotten", "Loud",
    "Upside", "Polite", "Electric", "Damp", "Second", "Invisible", "Grumpy", "Paper", "Midnight",
    "Square", "Salted", "Distant", "Cardboard", "Reluctant", "Golden", "Hollow", "Nervous",
)  # fmt: skip
_FORMS = (
    "{a} {b}",
    "{b} of the {c}",
    "{a} {b}, {a2} {c}",
    "Goodbye {b}",
    "{b} & {c}",
    "The {a} {b}",
)


class Names:
    """Makes up names; no title comes twice."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.titles: set[str] = set()

    def word(self) -> str:
        return (self.dice.choice(_STARTS) + self.dice.choice(_ENDS)).capitalize()

    def person(self) -> str:
        first, last = self.word(), self.word()
        style = self.dice.random()
        if style < 0.12:
            return f"{first}{self.dice.randrange(10, 99)}"
        if style < 0.2:
            return f"{first.replace('s', '$').replace('S', '$')} {last}"
        return f"{first} {last}"

    def group(self) -> str:
        return f"The {self.dice.choice(_SORTS)} {self.dice.choice(_THINGS)}s"

    def title(self) -> str:
        while True:
            a, a2 = self.dice.choice(_SORTS), self.dice.choice(_SORTS)
            b, c = self.dice.choice(_THINGS), self.dice.choice(_THINGS)
            title = self.dice.choice(_FORMS).format(a=a, a2=a2, b=b, c=c)
            if title in self.titles:
                title = f"{title} No. {self.dice.randrange(2, 9999)}"
            if title not in self.titles:
                self.titles.add(title)
                return title

    def printed(self, name: str) -> str:
        """Print a name another way: with a nickname, an initial, or in capitals."""
        first, _, last = name.partition(" ")
        other = self.dice.choice(
            (f'{first} "{self.word()}" {last}', f"{first[0]}. {last}", name.upper())
        )
        return other if last else name.upper()
