"""
The least requests with which the truth of a world can be found, and what was asked instead.

Nothing here looks at how Linernotes asks: `least_requests` goes by the world and by what the
services document, and `asked` sorts what a sandbox was asked into the same kinds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from math import ceil
from typing import TYPE_CHECKING

from linernotes.sandbox.spotify_objects import Mode
from linernotes.sandbox.world import (
    OWN_GROUPS,
    USUAL_RULES,
    Album,
    Contributor,
    Statement,
    Track,
    World,
)

if TYPE_CHECKING:
    from linernotes.sandbox import Seen

Requests = dict[str, dict[str, int]]

# What the services give at once, and MusicBrainz' search a hundred releases, two a barcode.
LIST_PAGE = {"development": 10, "extended": 50}
TRACK_PAGE = 50
SPOTIFY_ALBUMS = 20
SPOTIFY_TRACKS = 50
LINKS = 100
BARCODES = 50
RECORDINGS_WITH_CREDITS = 500
RECORDINGS_PAGE = 100
WIKIDATA_ITEMS = 50
# A search has 300 characters, of which 15 say what is searched and each MusicBrainz id takes 42.
WIKIDATA_MBIDS = 6

# The kinds of calls that answer for many at once, and so depend on how full they are.
BATCHED = frozenset(
    {
        ("spotify", "albums"),
        ("spotify", "tracks"),
        ("musicbrainz", "links"),
        ("musicbrainz", "barcodes"),
        ("wikidata", "searches"),
        ("wikidata", "items"),
    }
)


def least_requests(
    world: World, artist_ids: Sequence[str] | None = None, mode: Mode = "development"
) -> Requests:
    """
    Say per source, and per kind of call, how few requests can find the truth of these artists.

    None stands for everybody with albums of their own. They are looked for together, from their
    ids: what several need is asked once, and batches are shared. Tokens are not counted.

    Spotify: an artist each. In development mode one list for each group of own albums, ten a
    page, because only asking for a group says what is in it, and an empty one costs a page to be
    known as empty; an album each, which brings fifty tracks; and a single `track` for each album
    that MusicBrainz leaves unrecognised by all else, to learn one recording code, because whether
    the code leads anywhere shows only then. In extended mode one list with the group of each
    album, fifty a page; twenty `albums` a call and fifty `tracks` a call. In both modes fifty
    further tracks of an album a page.

    MusicBrainz: the `links` of all albums with a track of theirs, and of the artists of those
    left over, a hundred a call (that is what the server reads; written without needless escapes
    they fill 6.3 kB of the 8 kB that a request line may have). A search by `barcodes` for
    the albums without a link that have one, fifty a call: an answer lists a hundred releases and
    a barcode may be on two. A search by `title` for each title and artist of the albums that
    neither finds, and a code (`isrc`) for each that no title finds either, since there is no
    call for several. Each `release` that an album is, once, whoever's albums it serves; where an
    album is linked and no track of it is on the release, that has to be read to know. Above 500
    recordings it comes without their credits, which then take a page of `recordings` for each
    hundred. Each credited `artist` once, to learn where they can be found.

    Wikidata: a search for the people whom MusicBrainz does not link to an item, six a call,
    and fifty `items` a call of those linked or found.

    Not counted, though an honest client may need them: further releases of a matched album,
    candidates of a title that turn out to be others, and calls that teach a page size.
    """
    artists = list(world.discoverable() if artist_ids is None else artist_ids)
    need = _Need(world, artists)
    return {
        "spotify": _least_spotify(need, mode),
        "musicbrainz": _least_musicbrainz(need),
        "wikidata": _least_wikidata(need),
    }


class _Need:
    """What has to be known of a world: which albums lead where, and who is credited on them."""

    def __init__(self, world: World, artists: list[str]) -> None:
        self.world = world
        self.artists = artists
        self.albums = {
            id: world.albums[id]
            for artist in artists
            for group in OWN_GROUPS
            for id in world.listings.get(artist, {}).get(group, ())
        }
        self.own: dict[str, list[Track]] = {}
        for artist in artists:
            for track in world.own_tracks(artist):
                self.own.setdefault(track.album_id, []).append(track)
        self.releases_of = self._linked_or_coded()
        self.unlinked = [a for a in self._looked_for() if not self.releases_of[a.id][0]]
        self.by_title = [a for a in self.unlinked if not self.releases_of[a.id][1]]
        self.left = [a for a in self.by_title if not self._reached(a, "title")]

    def _looked_for(self) -> list[Album]:
        return [album for id, album in self.albums.items() if self.own.get(id)]

    def _linked_or_coded(self) -> dict[str, tuple[list[str], list[str]]]:
        """The releases behind the link of each album, and those with its barcode."""
        linked: dict[str, list[str]] = {}
        coded: dict[str, list[str]] = {}
        for release in self.world.releases.values():
            for link in release.links:
                linked.setdefault(link.url, []).append(release.id)
            if release.barcode:
                coded.setdefault(release.barcode.zfill(14), []).append(release.id)
        return {
            album.id: (
                linked.get(f"https://open.spotify.com/album/{album.id}", []),
                coded.get((album.upc or "").zfill(14), []) if album.upc else [],
            )
            for album in self.albums.values()
        }

    def _reached(self, album: Album, rule: str) -> bool:
        reached = (self.world.reached.get(track.id) for track in album.tracks)
        return any(reach is not None and rule in reach.rules for reach in reached)

    def releases(self) -> set[str]:
        """The releases that have to be read."""
        read: set[str] = set()
        for album in self._looked_for():
            reached = (self.world.reached.get(track.id) for track in self.own[album.id])
            found = {r.release_id for r in reached if r and r.release_id and r.rules & USUAL_RULES}
            linked, coded = self.releases_of[album.id]
            read |= found or set((linked or coded)[:1])
        return read

    def people(self) -> list[Contributor]:
        """Everybody credited as a producer of any kind."""
        tracks = (track for own in self.own.values() for track in own)
        credits = (credit for t in tracks for credit in self.world.credits_of(t.id) or ())
        ids = dict.fromkeys(credit.producer_id for credit in credits)
        return [self.world.contributors[id] for id in ids]


def _least_spotify(need: _Need, mode: Mode) -> dict[str, int]:
    albums, left = len(need.albums), len(need.left)
    further = sum(_pages(len(a.tracks) - TRACK_PAGE, TRACK_PAGE) for a in need.albums.values())
    least = {
        "artist": len(need.artists),
        "list": sum(_list_pages(need.world, artist, mode) for artist in need.artists),
        "track pages": further,
    }
    if mode == "development":
        return least | {"album": albums, "track": left}
    return least | {
        "albums": _pages(albums, SPOTIFY_ALBUMS),
        "tracks": _pages(left, SPOTIFY_TRACKS),
    }


def _list_pages(world: World, artist: str, mode: Mode) -> int:
    counts = [len(world.listings.get(artist, {}).get(group, ())) for group in OWN_GROUPS]
    lists = counts if mode == "development" else [sum(counts)]
    return sum(max(1, _pages(count, LIST_PAGE[mode])) for count in lists)


def _least_musicbrainz(need: _Need) -> dict[str, int]:
    world, releases = need.world, need.releases()
    artists_left = {artist for album in need.left for artist in _artists_of(need, album)}
    barcodes = {album.upc for album in need.unlinked if album.upc}
    titles = {(a.name, world.artists[a.artist_ids[0]].name) for a in need.by_title}
    codes = {need.own[album.id][0].isrc for album in need.left} - {None}
    sizes = (sum(len(medium) for medium in world.releases[id].media) for id in releases)
    return {
        "links": _pages(sum(1 for own in need.own.values() if own) + len(artists_left), LINKS),
        "barcodes": _pages(len(barcodes), BARCODES),
        "title": len(titles),
        "isrc": len(codes),
        "release": len(releases),
        "recordings": sum(
            _pages(size, RECORDINGS_PAGE) for size in sizes if size > RECORDINGS_WITH_CREDITS
        ),
        "artist": len(need.people()),
    }


def _artists_of(need: _Need, album: Album) -> list[str]:
    asked = set(need.artists)
    return [id for id in album.artist_ids if id in asked]


def _least_wikidata(need: _Need) -> dict[str, int]:
    items: set[str] = set()
    searched: set[str] = set()
    for person in need.people():
        linked = [u.url.rsplit("/", 1)[1] for u in person.links if _is_item(u.type, u.ended)]
        items.update(linked)
        if not linked:
            searched.add(person.id)
    items |= {item.id for item in need.world.items.values() if _states(item.statements, searched)}
    return {
        "searches": _pages(len(searched), WIKIDATA_MBIDS),
        "items": _pages(len(items), WIKIDATA_ITEMS),
    }


def _is_item(type: str, ended: bool) -> bool:
    return type == "wikidata" and not ended


def _states(statements: Iterable[Statement], mbids: set[str]) -> bool:
    return any(one.property == "P434" and one.value in mbids for one in statements)


def _pages(count: int, size: int) -> int:
    return ceil(max(count, 0) / size)


def asked(requests: Iterable[Seen]) -> Requests:
    """Count what a sandbox was asked, by source and kind of call; tokens are not counted."""
    counts: dict[str, Counter[str]] = {source: Counter() for source in _KINDS}
    for seen in requests:
        if seen.source in counts:
            counts[seen.source][_kind(seen)] += 1
    return {source: dict(counted) for source, counted in counts.items()}


def _kind(seen: Seen) -> str:
    what = seen.path + "".join(f" {name}={value}" for name, value in sorted(seen.query.items()))
    kinds = _KINDS[seen.source]
    return next((kind for kind, pattern in kinds.items() if re.search(pattern, what)), "other")


# By path and, where one path serves several purposes, by a parameter.
_KINDS = {
    "spotify": {
        "list": r"/artists/\w+/albums\b",
        "artist": r"/artists/\w+",
        "track pages": r"/albums/\w+/tracks\b",
        "album": r"/albums/\w+",
        "albums": r"/albums\b",
        "track": r"/tracks/\w+",
        "tracks": r"/tracks\b",
        "search": r"/search\b",
    },
    "musicbrainz": {
        "links": r"/url\b",
        "barcodes": r"/release .*query=barcode:",
        "title": r"/release .*query=release:",
        "release": r"/release/",
        "isrc": r"/isrc/",
        "recordings": r"/recording .*release=",
        "artist": r"/artist/",
    },
    "wikidata": {
        "searches": r" action=query\b",
        "items": r" action=wbgetentities\b",
    },
}
