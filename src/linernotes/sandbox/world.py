"""
A world of music with known truth: what Spotify lists, and what MusicBrainz and Wikidata state.

Plain data, one class for one kind of thing. `Artist`, `Album` and `Track` are Spotify's;
`Contributor` (their "artist"), `Recording` and `Release` are MusicBrainz's; `Item` is
Wikidata's. Whoever builds a world says for each track which rules lead to which recording
(`Reach`); the truth follows from that and is never asked of the code under test.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

Group = Literal["album", "single", "compilation", "appears_on"]
Rule = Literal["link", "barcode", "isrc", "title", "sibling"]
Scope = Literal["track", "release"]
State = Literal["credited", "silent", "unknown"]

# The day on which these worlds stand still: what ended before it is over.
TODAY = "2026-11-24"

OWN_GROUPS: tuple[Group, ...] = ("album", "single", "compilation")

# How a client finds the release an album is, the dearest way last: in development mode an
# ISRC takes a call for each track, so one track's has to do for its album.
USUAL_RULES: frozenset[Rule] = frozenset({"link", "barcode", "title", "isrc"})

ROLES = (
    "producer",
    "co-producer",
    "additional producer",
    "assistant producer",
    "associate producer",
)
ROLES_APART = ("executive producer", "vocal producer", "compilation producer", "video producer")

UNKNOWN = "125ec42a-7229-4250-afc5-e057484327fe"
VARIOUS_ARTISTS = "89ad4ac3-39f7-470e-963a-56509c546377"
NO_ARTIST = "eec63d3c-3b81-4ad4-b1e4-7c147d4d2b61"
SPECIAL_PURPOSE = {
    UNKNOWN: "[unknown]",
    VARIOUS_ARTISTS: "Various Artists",
    NO_ARTIST: "[no artist]",
}


@dataclass(frozen=True, slots=True)
class Artist:
    """An artist at Spotify. Of two similar names the one with the higher `rank` is found first."""

    id: str
    name: str
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Track:
    id: str
    album_id: str
    name: str
    artist_ids: tuple[str, ...]
    disc: int
    number: int
    length_ms: int
    isrc: str | None
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class Album:
    """`release_date` is as precise as Spotify knows it; `upc` as Spotify writes it (14 digits)."""

    id: str
    name: str
    album_type: Literal["album", "single", "compilation"]
    release_date: str
    artist_ids: tuple[str, ...]
    upc: str | None
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """
    Somebody did something for a recording or release; `type` is a name in `musicbrainz_ids.TYPES`.

    `attributes` holds names such as "co"; `task` is the free text; `printed_as` is "" where the
    print equals the name.
    """

    type: str
    contributor_id: str
    attributes: tuple[str, ...] = ()
    task: str | None = None
    printed_as: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A relation to an address; `type` is a name in `musicbrainz_ids.URL_TYPES`."""

    type: str
    url: str
    ended: bool = False


@dataclass(frozen=True, slots=True)
class CreditedAs:
    """One name in an artist credit, and what is printed between it and the next."""

    name: str
    contributor_id: str
    joinphrase: str = ""


@dataclass(frozen=True, slots=True)
class Alias:
    name: str
    type: str | None = "Artist name"
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Contributor:
    """An artist at MusicBrainz: a person, a group, or neither. `members` holds ids."""

    id: str
    name: str
    sort_name: str
    kind: Literal["Person", "Group"] | None = "Person"
    disambiguation: str = ""
    aliases: tuple[Alias, ...] = ()
    links: tuple[Link, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    id: str
    title: str
    length_ms: int | None
    credit: tuple[CreditedAs, ...]
    isrcs: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    first_release_date: str = ""
    disambiguation: str = ""
    video: bool = False
    writers: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Position:
    """A recording at its place on a medium, with the title and length printed there."""

    recording_id: str
    title: str
    length_ms: int | None


@dataclass(frozen=True, slots=True)
class Release:
    """`media` holds one tuple of positions for each disc; `barcode` is as MusicBrainz stores it."""

    id: str
    group_id: str
    title: str
    credit: tuple[CreditedAs, ...]
    date: str
    media: tuple[tuple[Position, ...], ...]
    barcode: str | None = None
    links: tuple[Link, ...] = ()
    relations: tuple[Relation, ...] = ()
    primary_type: str = "Album"
    secondary_types: tuple[str, ...] = ()
    disambiguation: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """What Wikidata says of an item. `value` None is an unknown value; `ended` a date (P582)."""

    property: str
    value: str | None
    rank: Literal["preferred", "normal", "deprecated"] = "normal"
    ended: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    id: str
    label: str
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """
    Which recording a track is, on which release it is found, and by which rules.

    "isrc" means that a client finds the release by the ISRC of any track of the album. Where
    another track that is the same recording had to help, `release_id` is None.

    `is_album` is false where the release is known by one recording only and does not have the
    album's tracks: what it says of the whole of itself is then not said of the album.
    """

    recording_id: str
    release_id: str | None
    rules: frozenset[Rule]
    is_album: bool = True


@dataclass(frozen=True, slots=True)
class Credit:
    track_id: str
    producer_id: str
    role: str
    scope: Scope
    printed_as: str


@dataclass(frozen=True, slots=True)
class Profile:
    """
    Where somebody can be found, according to one source.

    `url` has the form of the table in `NETWORKS`, whichever way the source writes it.
    """

    producer_id: str
    network: str
    url: str
    source: Literal["musicbrainz", "wikidata"]


@dataclass(frozen=True)
class Truth:
    """
    What a faithful client ends up with for one artist.

    `states` names every track on which the artist is credited, on the albums, singles and
    compilations of their list. `credits` holds the roles in the producer list, `apart` those
    shown beside it. `recordings` joins the tracks that are one recording; no track is missing.
    `profiles` covers everybody in `credits` and `apart`.
    """

    artist_id: str
    states: dict[str, State]
    credits: frozenset[Credit]
    apart: frozenset[Credit]
    recordings: frozenset[frozenset[str]]
    profiles: frozenset[Profile]


@dataclass
class World:
    """
    Everything, by id. `listings` holds an artist's album ids by group, newest last.

    `redirects` leads from a merged MusicBrainz id to the one it went into, `item_redirects`
    likewise for Wikidata. `reached` has no entry for a track that nothing leads to, while
    `masters` names for every track the recording it really is.
    """

    artists: dict[str, Artist] = field(default_factory=dict)
    albums: dict[str, Album] = field(default_factory=dict)
    listings: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    contributors: dict[str, Contributor] = field(default_factory=dict)
    recordings: dict[str, Recording] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    item_redirects: dict[str, str] = field(default_factory=dict)
    reached: dict[str, Reach] = field(default_factory=dict)
    masters: dict[str, str] = field(default_factory=dict)

    def add_album(self, album: Album) -> None:
        """Add an album, and list it with its artists and with everybody who appears on it."""
        self.albums[album.id] = album
        guests = {a for track in album.tracks for a in track.artist_ids} - set(album.artist_ids)
        for artist_id in album.artist_ids:
            self._listing(artist_id, album.album_type).append(album.id)
        for artist_id in sorted(guests):
            self._listing(artist_id, "appears_on").append(album.id)

    def _listing(self, artist_id: str, group: str) -> list[str]:
        return self.listings.setdefault(artist_id, {}).setdefault(group, [])

    def tracks(self) -> Iterator[Track]:
        for album in self.albums.values():
            yield from album.tracks

    def own_tracks(self, artist_id: str) -> list[Track]:
        """List the tracks whose producers are looked for: on own albums, with this artist on it."""
        groups = self.listings.get(artist_id, {})
        albums = [self.albums[id] for group in OWN_GROUPS for id in groups.get(group, ())]
        return [t for album in albums for t in album.tracks if artist_id in t.artist_ids]

    def truth(self, artist_id: str, *, rules: frozenset[Rule] = USUAL_RULES) -> Truth:
        """
        Say what a client that knows these rules should find for an artist.

        With the rule "sibling" a track is also known by another track of the artist that is
        the same recording and is reached.
        """
        tracks = self.own_tracks(artist_id)
        reached = self._reached(tracks, rules)
        credits = {t.id: self._credits(t.id, reached.get(t.id)) for t in tracks}
        every = frozenset(c for found in credits.values() if found for c in found)
        index = self.items_by_mbid()
        people = {c.producer_id for c in every}
        return Truth(
            artist_id=artist_id,
            states={id: _state(found) for id, found in credits.items()},
            credits=frozenset(c for c in every if c.role in ROLES),
            apart=frozenset(c for c in every if c.role in ROLES_APART),
            recordings=self._partition(tracks),
            profiles=frozenset(p for id in people for p in self.profiles(id, index)),
        )

    def _reached(self, tracks: list[Track], rules: frozenset[Rule]) -> dict[str, Reach]:
        reached = {
            track.id: self.reached[track.id]
            for track in tracks
            if track.id in self.reached and self.reached[track.id].rules & rules
        }
        return reached | (self._by_siblings(tracks, reached) if "sibling" in rules else {})

    def _by_siblings(self, tracks: list[Track], reached: dict[str, Reach]) -> dict[str, Reach]:
        known = {self.masters[id]: reach for id, reach in reached.items()}
        return {
            track.id: replace(known[self.masters[track.id]], release_id=None)
            for track in tracks
            if track.id not in reached and self.masters[track.id] in known
        }

    def discoverable(self) -> list[str]:
        """List the artists who have albums of their own, those with the most first."""
        own = {
            id: sum(len(groups.get(group, ())) for group in OWN_GROUPS)
            for id, groups in self.listings.items()
        }
        return sorted((id for id, count in own.items() if count), key=lambda id: (-own[id], id))

    def credits_of(self, track_id: str) -> frozenset[Credit] | None:
        """Answer what MusicBrainz states about a track, or None where no usual rule leads to it."""
        reach = self.reached.get(track_id)
        return self._credits(track_id, reach if reach and reach.rules & USUAL_RULES else None)

    def _credits(self, track_id: str, reach: Reach | None) -> frozenset[Credit] | None:
        """Answer what MusicBrainz states about a track, or None where no rule leads to it."""
        if reach is None:
            return None
        stated: list[tuple[Relation, str | None, Scope]] = [
            (relation, role(relation), "track")
            for relation in self.recordings[reach.recording_id].relations
        ]
        if reach.release_id is not None and reach.is_album:
            release = self.releases[reach.release_id]
            stated += [(r, release_role(r, release), "release") for r in release.relations]
        return frozenset(
            Credit(track_id, relation.contributor_id, name, scope, self.printed(relation))
            for relation, name, scope in stated
            if name is not None and relation.contributor_id not in SPECIAL_PURPOSE
        )

    def printed(self, relation: Relation) -> str:
        return relation.printed_as or self.contributors[relation.contributor_id].name

    def _partition(self, tracks: list[Track]) -> frozenset[frozenset[str]]:
        parts: dict[str, set[str]] = {}
        for track in tracks:
            parts.setdefault(self.masters[track.id], set()).add(track.id)
        return frozenset(frozenset(part) for part in parts.values())

    def profiles(
        self, contributor_id: str, index: dict[str, list[Item]] | None = None
    ) -> frozenset[Profile]:
        """
        Say where somebody can be found according to MusicBrainz and to Wikidata.

        `index` is what `items_by_mbid` answers, for whoever asks about many.
        """
        contributor = self.contributors[contributor_id]
        stated = [
            Profile(contributor_id, *found, "musicbrainz")
            for link in contributor.links
            if not link.ended and (found := network_of(link)) is not None
        ]
        for item in self._items_of(contributor, index or self.items_by_mbid()):
            stated += [
                Profile(contributor_id, network, pattern.replace("$1", value), "wikidata")
                for property, (network, pattern) in PROPERTIES.items()
                for value in best_values(item, property)
            ]
        return frozenset(stated)

    def _items_of(self, contributor: Contributor, index: dict[str, list[Item]]) -> list[Item]:
        """Find the items MusicBrainz links to or, without a link, those that state its id."""
        linked = [
            link.url.rsplit("/", 1)[1]
            for link in contributor.links
            if link.type == "wikidata" and not link.ended
        ]
        if not linked:
            return index.get(contributor.id, [])
        ids = [self.item_redirects.get(id, id) for id in linked]
        return [self.items[id] for id in ids if id in self.items]

    def items_by_mbid(self) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {}
        for item in self.items.values():
            for value in best_values(item, "P434"):
                found.setdefault(value, []).append(item)
        return found


def role(relation: Relation) -> str | None:
    """Name the role a relation to a recording stands for; None if it is not about producing."""
    if relation.type != "producer":
        return None
    task = (relation.task or "").casefold()
    if "executive" in relation.attributes:
        return "executive producer"
    for apart in ("vocal", "video", "compilation"):
        if task.startswith(apart):
            return f"{apart} producer"
    for attribute, name in _ATTRIBUTE_ROLES.items():
        if attribute in relation.attributes:
            return name
    return "producer"


def release_role(relation: Relation, release: Release) -> str | None:
    """Name the role a relation to a release stands for, for each of its tracks."""
    found = role(relation)
    # Whoever produced a compilation put it together and did not record its tracks.
    if found in ROLES and "Compilation" in release.secondary_types:
        return "compilation producer"
    return found


_ATTRIBUTE_ROLES = {
    "co": "co-producer",
    "additional": "additional producer",
    "assistant": "assistant producer",
    "associate": "associate producer",
}


def _state(credits: frozenset[Credit] | None) -> State:
    if credits is None:
        return "unknown"
    return "credited" if any(c.role in ROLES for c in credits) else "silent"


# Network, and the address of a profile there. The order of hosts matters to nobody.
NETWORKS = {
    "instagram": "https://www.instagram.com/$1/",
    "x": "https://x.com/$1",
    "facebook": "https://www.facebook.com/$1",
    "tiktok": "https://www.tiktok.com/@$1",
    "youtube": "https://www.youtube.com/@$1",
    "soundcloud": "https://soundcloud.com/$1",
    "bandcamp": "https://$1.bandcamp.com/",
    "website": "$1",
}
PROPERTIES = {
    "P2003": ("instagram", NETWORKS["instagram"]),
    "P2002": ("x", NETWORKS["x"]),
    "P2013": ("facebook", NETWORKS["facebook"]),
    "P7085": ("tiktok", NETWORKS["tiktok"]),
    "P2397": ("youtube", "https://www.youtube.com/channel/$1"),
    "P11245": ("youtube", NETWORKS["youtube"]),
    "P3040": ("soundcloud", NETWORKS["soundcloud"]),
    "P3283": ("bandcamp", NETWORKS["bandcamp"]),
    "P856": ("website", NETWORKS["website"]),
}
_HOSTS = {
    "https://www.instagram.com/": "instagram",
    "https://twitter.com/": "x",
    "https://x.com/": "x",
    "https://www.facebook.com/": "facebook",
    "https://www.tiktok.com/@": "tiktok",
    "https://www.youtube.com/@": "youtube",
    "https://soundcloud.com/": "soundcloud",
}
# Pages at Spotify are not among them: who is here as an artist was found there.
PROFILE_TYPES = (
    "social network",
    "youtube",
    "soundcloud",
    "bandcamp",
    "official homepage",
)


def network_of(link: Link) -> tuple[str, str] | None:
    """Name the network a link leads to and the usual address there; None if it is no profile."""
    if link.type not in PROFILE_TYPES:
        return None
    if link.type == "official homepage":
        return "website", link.url
    if link.type == "bandcamp":
        return "bandcamp", link.url
    for start, network in _HOSTS.items():
        if link.url.startswith(start):
            handle = link.url.removeprefix(start).rstrip("/")
            return network, NETWORKS[network].replace("$1", handle)
    return None


def best_values(item: Item, property: str) -> list[str]:
    """
    List the values in force: the preferred ones or, if there are none, the normal ones.

    A statement that has ended is not in force; an unknown value is no value.
    """
    stated = [s for s in item.statements if s.property == property and s.rank != "deprecated"]
    preferred = [s for s in stated if s.rank == "preferred"]
    return [s.value for s in preferred or stated if s.value is not None and not has_ended(s)]


def has_ended(statement: Statement) -> bool:
    return statement.ended is not None and statement.ended < TODAY


def credit_text(credit: tuple[CreditedAs, ...]) -> str:
    return "".join(part.name + part.joinphrase for part in credit)


def fold(text: str) -> str:
    """Fold case, accents and punctuation, as the search servers of both services do."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = (c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def check_digit(digits: str) -> str:
    """Complete a barcode of 11, 12 or 13 digits (GS1: weights 3 and 1 from the right)."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)
