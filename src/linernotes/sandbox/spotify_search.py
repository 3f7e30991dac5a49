"""What a search of Spotify finds in a world."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from linernotes.sandbox.world import Album, Artist, Track, World, fold

_FILTER = re.compile(r'\b(artist|album|track|year|isrc|upc):(?:"([^"]*)"|(\S+))')


@dataclass(frozen=True)
class Wanted:
    """A search text taken apart: free words, and what the filters ask for."""

    words: str
    filters: dict[str, str]


def read_wanted(q: str) -> Wanted:
    filters = {name: quoted or bare for name, quoted, bare in _FILTER.findall(q)}
    return Wanted(fold(_FILTER.sub(" ", q)), filters)


def likeness(asked: str, name: str) -> float:
    """Say from 0 to 1 how alike two texts are, as forgiving as a search box."""
    one, other = fold(asked), fold(name)
    if not one or not other:
        return 0.0
    if f" {one} " in f" {other} ":
        return max(0.6, len(one) / len(other))
    return SequenceMatcher(None, one, other).ratio()


def found_artists(world: World, wanted: Wanted) -> list[Artist]:
    """
    Rank artists by likeness, but let the popular ones of those that come near stand first.

    That is how "GorillaT" came to be found before "Gorillaz": a client that takes the first
    hit for the artist takes somebody else.
    """
    asked = wanted.filters.get("artist", wanted.words)
    near = [(likeness(asked, a.name), a) for a in world.artists.values()]
    hits = [(alike, a) for alike, a in near if alike >= 0.6]
    hits.sort(key=lambda hit: (hit[0] < 0.75, -hit[1].rank, -hit[0], hit[1].id))
    return [a for _, a in hits]


def found_albums(world: World, wanted: Wanted) -> list[Album]:
    hits = [(_album_likeness(world, a, wanted), a) for a in world.albums.values()]
    return [a for alike, a in sorted(hits, key=lambda hit: -hit[0]) if alike > 0]


def found_tracks(world: World, wanted: Wanted) -> list[Track]:
    hits = [(_track_likeness(world, t, wanted), t) for t in world.tracks()]
    return [t for alike, t in sorted(hits, key=lambda hit: -hit[0]) if alike > 0]


def _album_likeness(world: World, album: Album, wanted: Wanted) -> float:
    names = [world.artists[id].name for id in album.artist_ids]
    known = {
        "album": [album.name],
        "artist": names,
        "upc": [album.upc or ""],
        "year": [album.release_date[:4]],
    }
    return _filtered(wanted, known, [album.name, *names])


def _track_likeness(world: World, track: Track, wanted: Wanted) -> float:
    album = world.albums[track.album_id]
    names = [world.artists[id].name for id in track.artist_ids]
    known = {
        "track": [track.name],
        "album": [album.name],
        "artist": names,
        "isrc": [track.isrc or ""],
        "year": [album.release_date[:4]],
    }
    return _filtered(wanted, known, [track.name, *names])


def _filtered(wanted: Wanted, known: dict[str, list[str]], texts: list[str]) -> float:
    points = 1.0
    for name, asked in wanted.filters.items():
        if name in ("isrc", "upc", "year"):
            points *= asked in known.get(name, [])
        else:
            points *= _near(asked, known.get(name, []))
    if wanted.words:
        points *= max(_near(wanted.words, texts), _covered(wanted.words, texts))
    return points


def _near(asked: str, texts: Iterable[str]) -> float:
    alike = max((likeness(asked, text) for text in texts), default=0.0)
    return alike if alike >= 0.6 else 0.0


def _covered(asked: str, texts: list[str]) -> float:
    words, known = set(asked.split()), set(fold(" ".join(texts)).split())
    return 0.9 if words <= known else 0.0
