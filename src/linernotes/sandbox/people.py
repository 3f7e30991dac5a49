"""
The people of an invented world: who performs, who produces, and where they can be found.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from math import ceil

from linernotes.sandbox.invented import Names
from linernotes.sandbox.world import (
    UNKNOWN,
    Alias,
    Artist,
    Contributor,
    CreditedAs,
    Item,
    Link,
    Relation,
    Statement,
    World,
)

# Of all people, and of the names of those who are credited as producers.
SHARED_NAMES = 0.03
CREDITED_SHARED_NAMES = 0.04

# Attributes and task of a producer relation, and how many in a hundred are so.
_ROLES: tuple[tuple[tuple[str, ...], str | None, int], ...] = (
    ((), None, 78),
    (("co",), None, 7),
    (("additional",), None, 6),
    (("assistant",), None, 2),
    (("associate",), None, 1),
    (("executive",), None, 1),
    ((), "vocal", 3),
    (("additional",), "vocals", 1),
    ((), "video", 1),
)
_BESIDE = ("engineer", "mix", "programming", "arranger")


class People:
    """Everybody in a world; the artists at Spotify are among the contributors."""

    def __init__(
        self,
        dice: random.Random,
        names: Names,
        world: World,
        albums: int,
        artists: int | None = None,
    ) -> None:
        self.dice = dice
        self.names = names
        self.world = world
        self.artist_ids: list[str] = []
        self.producer_ids: list[str] = []
        self.performs: dict[str, str] = {}
        self.items: dict[str, list[Item]] = {}
        self.count = 0
        usual = max(3, albums // 6)
        for _ in range(max(usual, artists or 0)):
            self._add_performer()
        self.leading = artists or usual
        for _ in range(max(12, albums)):
            self.producer_ids.append(self._add(self._kind()))
        self._form_groups()
        self._share_names()
        self._add_lookalikes()

    # Who there is --------------------------------------------------------------------------

    def _kind(self) -> str:
        return "Group" if self.dice.random() < 0.12 else "Person"

    def _add(self, kind: str, name: str | None = None) -> str:
        self.count += 1
        id = f"5a4db0c5-0001-4000-8000-{self.count:012x}"
        made_up = self.names.group() if kind == "Group" else self.names.person()
        name = name or made_up
        first, _, last = name.rpartition(" ")
        sort_name = f"{last}, {first}" if first and kind == "Person" else name
        self.world.contributors[id] = Contributor(
            id, name, sort_name, "Group" if kind == "Group" else "Person"
        )
        return id

    def _add_performer(self) -> None:
        contributor_id = self._add(self._kind())
        id = f"SandboxArtist{len(self.artist_ids) + 1:09}"
        self.artist_ids.append(id)
        self.performs[id] = contributor_id
        self.world.artists[id] = Artist(id, self.world.contributors[contributor_id].name)
        # Performers produce as well, mostly themselves.
        self.producer_ids.append(contributor_id)

    def _form_groups(self) -> None:
        persons = [id for id, c in self.world.contributors.items() if c.kind == "Person"]
        for id, contributor in list(self.world.contributors.items()):
            if contributor.kind == "Group":
                members = tuple(self.dice.sample(persons, min(2, len(persons))))
                self.world.contributors[id] = replace(contributor, members=members)

    def _share_names(self) -> None:
        """Give some producers the name of another, told apart by a comment."""
        persons = [id for id in self.producer_ids if id not in self.performs.values()]
        for id in self.dice.sample(persons, ceil(SHARED_NAMES * len(self.world.contributors))):
            others = [other for other in self.world.contributors if other != id]
            self._rename(id, self.world.contributors[self.dice.choice(others)].name)

    def _share_credited_names(self, credited: list[str]) -> None:
        """Let enough of the names that are printed as producers' be those of two of them."""
        free = [id for id in credited if id not in self.performs.values()]
        self.dice.shuffle(free)
        bearers = Counter(self.world.contributors[id].name for id in credited)
        wanted = ceil(CREDITED_SHARED_NAMES * len(bearers)) if len(bearers) > 1 else 0
        while sum(count > 1 for count in bearers.values()) < wanted and free:
            id = free.pop()
            own = self.world.contributors[id].name
            alone = [name for name, count in bearers.items() if count == 1 and name != own]
            if bearers[own] > 1 or not alone:
                continue
            self._rename(id, name := self.dice.choice(alone))
            bearers -= Counter([own])
            bearers[name] += 1

    def _rename(self, id: str, name: str) -> None:
        self.world.contributors[id] = replace(
            self.world.contributors[id],
            name=name,
            sort_name=name,
            disambiguation="not the other one",
        )

    def _add_lookalikes(self) -> None:
        """Let a search find somebody else first, for one artist in five; add one namesake."""
        for place, id in enumerate(self.artist_ids[::5]):
            name = self.world.artists[id].name
            other = f"SandboxArtist9{place:08}"
            self.world.artists[other] = Artist(other, name + name[-1], rank=1)
        last = self.world.artists[self.artist_ids[-1]]
        self.world.artists["SandboxArtist800000000"] = Artist("SandboxArtist800000000", last.name)

    def namesake(self, name: str) -> str:
        id = self._add("Person", name)
        self.world.contributors[id] = replace(
            self.world.contributors[id], disambiguation="somebody else of that name"
        )
        return id

    # Who does what -------------------------------------------------------------------------

    def performer(self) -> str:
        """Say whose the next album is: a few have most of them, as in life."""
        return self.artist_ids[int(self.dice.random() ** 1.6 * self.leading)]

    def guest(self) -> str:
        return self.artist_ids[int(self.dice.random() ** 1.6 * len(self.artist_ids))]

    def producer(self) -> str:
        return self.producer_ids[int(self.dice.random() ** 1.4 * len(self.producer_ids))]

    def produced(self, artist_id: str | None) -> tuple[Relation, ...]:
        """Say who made a recording; one in eight has nobody down as its producer."""
        count = self.dice.choices((0, 1, 2, 3, 5), (12, 50, 24, 10, 4))[0]
        relations = [self.printed_relation() for _ in range(count)]
        if artist_id and self.dice.random() < 0.12:
            relations.append(Relation("producer", self.performs[artist_id]))
        if relations and self.dice.random() < 0.07:
            relations.append(self._second_role(relations[0]))
        if self.dice.random() < 0.02:
            relations.append(Relation("producer", UNKNOWN))
        if self.dice.random() < 0.4:
            relations.append(Relation(self.dice.choice(_BESIDE), self.producer()))
        if self.dice.random() < 0.03:
            relations.append(Relation("misc", self.producer(), task="production company"))
        return tuple(_once(relations))

    def printed_relation(self) -> Relation:
        attributes, task, _ = self.dice.choices(_ROLES, [share for *_, share in _ROLES])[0]
        contributor_id = self.producer()
        printed = ""
        if self.dice.random() < 0.15:
            printed = self.names.printed(self.world.contributors[contributor_id].name)
        return Relation("producer", contributor_id, attributes, task, printed)

    def _second_role(self, relation: Relation) -> Relation:
        if relation.task == "vocal":
            return Relation("producer", relation.contributor_id)
        return Relation("producer", relation.contributor_id, (), "vocal", relation.printed_as)

    def credit(self, artist_ids: tuple[str, ...]) -> tuple[CreditedAs, ...]:
        last = len(artist_ids) - 1
        return tuple(
            CreditedAs(
                self.world.artists[id].name,
                self.performs[id],
                "" if place == last else " feat. " if place == 0 else " & ",
            )
            for place, id in enumerate(artist_ids)
        )

    def credit_of_somebody_else(self) -> tuple[CreditedAs, ...]:
        """Credit somebody who is no artist at Spotify, under a name nobody there has."""
        id = self._add("Person", f"{self.names.person()} of Nowhere")
        return (CreditedAs(self.world.contributors[id].name, id),)

    # Where they can be found ---------------------------------------------------------------

    def finish(self, credited: list[str]) -> None:
        """Describe everybody; `credited` are those whom some album leads to as producers."""
        self._share_credited_names(credited)
        for number, id in enumerate(list(self.world.contributors), start=1):
            self._describe(id, number)
        ids = sorted(self.world.contributors)
        for number, id in enumerate(self.dice.sample(ids, len(ids) // 15)):
            old = f"5a4db0c5-0001-4000-8001-{number:012x}"
            self.world.redirects[old] = id
            if self.dice.random() < 0.3:
                self._outdate(id, old)
        for artist_id, id in self.performs.items():
            page = Link("free streaming", f"https://open.spotify.com/artist/{artist_id}")
            contributor = self.world.contributors[id]
            self.world.contributors[id] = replace(contributor, links=(*contributor.links, page))

    def _describe(self, id: str, number: int) -> None:
        contributor = self.world.contributors[id]
        links = self._links(number) if self.dice.random() < 0.7 else []
        links += self._traps(number)
        if self.dice.random() < 0.5:
            links += self._item(contributor, number)
        aliases = (Alias(self.names.printed(contributor.name)),) if self.dice.random() < 0.2 else ()
        self.world.contributors[id] = replace(contributor, links=tuple(links), aliases=aliases)

    def _outdate(self, id: str, old: str) -> None:
        """Let Wikidata state the id from before the merge: a search for the new one misses it."""
        for item in self.items.get(id, ()):
            stated = tuple(
                replace(one, value=old) if one.property == "P434" else one
                for one in item.statements
            )
            self.world.items[item.id] = replace(item, statements=stated)

    def _links(self, number: int) -> list[Link]:
        name = f"lnexample_{number:05}"
        possible = [
            Link("social network", f"https://www.instagram.com/{name}/"),
            Link("social network", f"https://{self.dice.choice(('twitter', 'x'))}.com/{name}"),
            Link("social network", f"https://www.facebook.com/lnexample.{number:05}"),
            Link("social network", f"https://www.tiktok.com/@{name}"),
            Link("youtube", f"https://www.youtube.com/@{name}"),
            Link("soundcloud", f"https://soundcloud.com/{name}"),
            Link("bandcamp", f"https://lnexample-{number:05}.bandcamp.com/"),
            Link("official homepage", f"https://lnexample-{number:05}.example/"),
        ]
        return self.dice.sample(possible, self.dice.randrange(1, 5))

    def _traps(self, number: int) -> list[Link]:
        """Add what looks like a profile and is none: ended, somebody else's, or no profile."""
        possible = [
            Link(
                "social network", f"https://www.instagram.com/lnexample_old{number:05}/", ended=True
            ),
            Link("fanpage", f"https://www.facebook.com/lnexample.fans.{number:05}"),
            Link("last.fm", f"https://www.last.fm/music/lnexample_{number:05}"),
            Link("discogs", f"https://www.discogs.com/artist/9{number:08}"),
        ]
        return [link for link in possible if self.dice.random() < 0.12]

    def _item(self, contributor: Contributor, number: int) -> list[Link]:
        """
        Enter somebody at Wikidata; answer the link from MusicBrainz, which may be missing.

        Without a link the item can be found by the id it states, unless it states it no longer.
        """
        id = f"Q9{number:09}"
        is_linked = self.dice.random() < 0.75
        stale = not is_linked and self.dice.random() < 0.2
        statements = [
            Statement("P31", "Q5") if contributor.kind == "Person" else Statement("P31", "Q215380"),
            Statement("P434", contributor.id, "deprecated" if stale else "normal"),
            *self._statements(number),
        ]
        item = self.world.items[id] = Item(id, contributor.name, tuple(statements))
        self.items.setdefault(contributor.id, []).append(item)
        if not is_linked:
            return []
        if self.dice.random() < 0.08:
            old = f"Q8{number:09}"
            self.world.item_redirects[old] = id
            id = old
        return [Link("wikidata", f"https://www.wikidata.org/wiki/{id}")]

    def _statements(self, number: int) -> list[Statement]:
        name = f"lnexample_{number:05}"
        possible = [
            self._ranked("P2003", name, f"lnexample_x{number:05}"),
            self._ranked("P2002", name, f"lnexample{number:05}"),
            [Statement("P2013", f"lnexample.{number:05}")],
            [Statement("P7085", name)],
            [Statement("P2397", f"UClnexample{number:013}")],
            [Statement("P3040", name)],
            [Statement("P856", f"https://lnexample-{number:05}.example/")],
            [Statement("P2003", None)],
            [Statement("P3283", f"lnexample-{number:05}", ended="2019-05")],
        ]
        chosen = self.dice.sample(possible, self.dice.randrange(0, 5))
        return [statement for statements in chosen for statement in statements]

    def _ranked(self, property: str, value: str, other: str) -> list[Statement]:
        """State an account once, or beside another that counts less or not at all."""
        match self.dice.randrange(6):
            case 0:
                return [Statement(property, other), Statement(property, value, "preferred")]
            case 1:
                return [Statement(property, value), Statement(property, other, "deprecated")]
            case 2:
                return [Statement(property, value), Statement(property, other, ended="2018")]
            case 3:
                return [Statement(property, value, ended="2099-01-01")]
            case _:
                return [Statement(property, value)]


def _once(relations: list[Relation]) -> list[Relation]:
    """Keep one relation for each person and role, as MusicBrainz does."""
    kept: dict[tuple[str, str, tuple[str, ...], str | None], Relation] = {}
    for relation in relations:
        role = (relation.type, relation.contributor_id, relation.attributes, relation.task)
        kept.setdefault(role, relation)
    return list(kept.values())
