"""
The twin of Spotify's Web API as an app in development mode sees it, and of its token desk.

Fields and calls that development mode lost in 2026 are not here. Pages are small, credits are
nowhere, and a search may well put somebody with a similar name first.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import Response

from linernotes.sandbox.requests import Answer, Refusal, json, number, refusing, unexpected
from linernotes.sandbox.world import Album, Artist, Track, World, fold

SEARCH_LIMIT_MAX = 10
ALBUMS_LIMIT_MAX = 10
ALBUMS_LIMIT_DEFAULT = 5
TRACKS_LIMIT_MAX = 50
TRACKS_LIMIT_DEFAULT = 20
OFFSET_MAX = 1000
EMBEDDED_TRACKS = 50
GROUPS = ("album", "single", "appears_on", "compilation")
SEARCH_TYPES = ("artist", "album", "track")

_ID = re.compile(r"[0-9A-Za-z]{22}")
_MARKET = re.compile(r"[A-Z]{2}")
_FILTER = re.compile(r'\b(artist|album|track|year|isrc|upc):(?:"([^"]*)"|(\S+))')

T = TypeVar("T")
Json = dict[str, Any]


def refuse(status: int, message: str) -> Refusal:
    return Refusal(json({"error": {"status": status, "message": message}}, status))


# Tokens -------------------------------------------------------------------------------------


@dataclass
class Tokens:
    """
    The tokens handed out so far, each with the moment it expires.

    `client` is the one id and secret that is known; a token is good for `seconds`.
    """

    clock: Callable[[], float]
    client: tuple[str, str] = ("sandbox", "sandbox")
    seconds: int = 3600
    issued: dict[str, float] = field(default_factory=dict)

    def issue(self) -> str:
        token = f"sandbox-token-{len(self.issued) + 1}"
        self.issued[token] = self.clock() + self.seconds
        return token

    def check(self, request: Request) -> None:
        """Refuse a request without a token that is still good."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise refuse(401, "No token provided")
        if token not in self.issued:
            raise refuse(401, "Invalid access token")
        if self.issued[token] <= self.clock():
            raise refuse(401, "The access token expired")


def _oauth_error(error: str, description: str | None, status: int = 400) -> Refusal:
    body = {"error": error}
    if description:
        body["error_description"] = description
    return Refusal(json(body, status))


async def token(request: Request, tokens: Tokens) -> Response:
    """Answer POST /api/token for the client credentials grant."""
    try:
        _check_client(request, tokens)
        form = parse_qs((await request.body()).decode())
        if form.get("grant_type") != ["client_credentials"]:
            raise _oauth_error(
                "unsupported_grant_type",
                "grant_type must be client_credentials, authorization_code or refresh_token",
            )
    except Refusal as refusal:
        return refusal.response
    return json(
        {"access_token": tokens.issue(), "token_type": "Bearer", "expires_in": tokens.seconds}
    )


def _check_client(request: Request, tokens: Tokens) -> None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise _oauth_error("invalid_client", None)
    try:
        id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _oauth_error("invalid_client", None) from error
    if id != tokens.client[0]:
        raise _oauth_error("invalid_client", "Invalid client")
    if secret != tokens.client[1]:
        raise _oauth_error("invalid_client", "Invalid client secret")


# Objects ------------------------------------------------------------------------------------


class Catalogue:
    """A world's Spotify as JSON; `url` is where the service is reached."""

    def __init__(self, world: World, url: str) -> None:
        self.world = world
        self.url = url

    def head(self, kind: str, id: str, name: str) -> Json:
        return {
            "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{id}"},
            "href": f"{self.url}/{kind}s/{id}",
            "id": id,
            "name": name,
            "type": kind,
            "uri": f"spotify:{kind}:{id}",
        }

    def simple_artist(self, artist_id: str) -> Json:
        return self.head("artist", artist_id, self.world.artists[artist_id].name)

    def artist(self, artist: Artist) -> Json:
        return self.simple_artist(artist.id) | {"images": []}

    def simple_album(self, album: Album) -> Json:
        return self.head("album", album.id, album.name) | {
            "album_type": album.album_type,
            "artists": [self.simple_artist(id) for id in album.artist_ids],
            "images": [],
            "release_date": album.release_date,
            "release_date_precision": ("year", "month", "day")[album.release_date.count("-")],
            "total_tracks": len(album.tracks),
        }

    def album(self, album: Album) -> Json:
        return self.simple_album(album) | {
            "copyrights": [],
            "external_ids": {"upc": album.upc} if album.upc else {},
            "genres": [],
            "tracks": self.page(
                f"albums/{album.id}/tracks",
                [self.simple_track(t) for t in album.tracks],
                Paging(EMBEDDED_TRACKS, 0),
            ),
        }

    def simple_track(self, track: Track) -> Json:
        return self.head("track", track.id, track.name) | {
            "artists": [self.simple_artist(id) for id in track.artist_ids],
            "disc_number": track.disc,
            "duration_ms": track.length_ms,
            "explicit": track.explicit,
            "is_local": False,
            "is_playable": True,
            "preview_url": None,
            "track_number": track.number,
        }

    def track(self, track: Track) -> Json:
        return self.simple_track(track) | {
            "album": self.simple_album(self.world.albums[track.album_id]),
            "external_ids": {"isrc": track.isrc} if track.isrc else {},
        }

    def page(
        self, path: str, items: list[Any], paging: Paging, query: dict[str, str] | None = None
    ) -> Json:
        """Write a paging object over all items; the addresses in it repeat the query."""

        def address(offset: int) -> str:
            params = {"offset": offset, "limit": paging.limit, **(query or {})}
            return f"{self.url}/{path}?{urlencode(params)}"

        end = paging.offset + paging.limit
        return {
            "href": address(paging.offset),
            "items": items[paging.offset : end],
            "limit": paging.limit,
            "next": address(end) if end < len(items) else None,
            "offset": paging.offset,
            "previous": address(max(0, paging.offset - paging.limit)) if paging.offset else None,
            "total": len(items),
        }


@dataclass(frozen=True)
class Paging:
    limit: int
    offset: int


def read_paging(request: Request, *, default: int, limit_max: int) -> Paging:
    limit = number(request.query_params, "limit", default)
    offset = number(request.query_params, "offset", 0)
    if limit is None or not 1 <= limit <= limit_max:
        raise refuse(400, "Invalid limit")
    if offset is None:
        raise refuse(400, "Invalid offset")
    return Paging(limit, offset)


# Search -------------------------------------------------------------------------------------


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


# Endpoints ----------------------------------------------------------------------------------


class Spotify:
    """The service over one world; every method answers one kind of request."""

    def __init__(self, world: World, tokens: Tokens, url: str) -> None:
        self.catalogue = Catalogue(world, url)
        self.world = world
        self.tokens = tokens
        self.tracks = {track.id: track for track in world.tracks()}

    def answers(self) -> dict[str, Answer]:
        """Name the paths below /v1 and what answers them."""
        return {
            "/search": refusing(self.search),
            "/artists/{id}": refusing(self.artist),
            "/artists/{id}/albums": refusing(self.artist_albums),
            "/albums/{id}": refusing(self.album),
            "/albums/{id}/tracks": refusing(self.album_tracks),
            "/tracks/{id}": refusing(self.track),
            # Gone from development mode in February 2026; they answer, but not usefully.
            "/albums": refusing(self.forbidden),
            "/artists": refusing(self.forbidden),
            "/tracks": refusing(self.forbidden),
            "/artists/{id}/top-tracks": refusing(self.forbidden),
            "/artists/{id}/related-artists": refusing(self.forbidden),
            "/markets": refusing(self.forbidden),
            "/browse/{rest:path}": refusing(self.forbidden),
        }

    def search(self, request: Request) -> Response:
        self._check(request, {"q", "type", "market", "limit", "offset"})
        q, types = self._question(request)
        self._market(request)
        paging = read_paging(request, default=ALBUMS_LIMIT_DEFAULT, limit_max=SEARCH_LIMIT_MAX)
        if paging.offset > OFFSET_MAX:
            raise refuse(400, "Invalid offset")
        wanted = read_wanted(q)
        return json({f"{kind}s": self._hits(kind, q, wanted, paging) for kind in types})

    def _question(self, request: Request) -> tuple[str, list[str]]:
        q = request.query_params.get("q", "")
        if not q.strip():
            raise refuse(400, "No search query")
        types = [t for t in request.query_params.get("type", "").split(",") if t]
        if not types:
            raise refuse(400, "Missing parameter type")
        if wrong := [t for t in types if t not in SEARCH_TYPES]:
            raise refuse(400, f"Bad search type field {wrong[0]}")
        return q, types

    def _hits(self, kind: str, q: str, wanted: Wanted, paging: Paging) -> Json:
        found: list[Any]
        write: Callable[[Any], Json]
        match kind:
            case "artist":
                found, write = found_artists(self.world, wanted), self.catalogue.artist
            case "album":
                found, write = found_albums(self.world, wanted), self.catalogue.simple_album
            case _:
                found, write = found_tracks(self.world, wanted), self.catalogue.track
        page = self.catalogue.page("search", found, paging, {"query": q, "type": kind})
        return page | {"items": [write(hit) for hit in page["items"]]}

    def artist(self, request: Request) -> Response:
        self._check(request, frozenset())
        return json(self.catalogue.artist(self._found(request, self.world.artists)))

    def artist_albums(self, request: Request) -> Response:
        self._check(request, {"include_groups", "market", "limit", "offset"})
        artist = self._found(request, self.world.artists)
        self._market(request)
        paging = read_paging(request, default=ALBUMS_LIMIT_DEFAULT, limit_max=ALBUMS_LIMIT_MAX)
        groups = self._groups(request)
        listing = self.world.listings.get(artist.id, {})
        # Spotify lists the newest first, and within all groups together group by group.
        ids = [id for group in groups for id in reversed(listing.get(group, []))]
        found = [self.catalogue.simple_album(self.world.albums[id]) for id in ids]
        query = {"include_groups": ",".join(groups), "market": request.query_params["market"]}
        return json(self.catalogue.page(f"artists/{artist.id}/albums", found, paging, query))

    def _groups(self, request: Request) -> list[str]:
        asked = request.query_params.get("include_groups")
        groups = list(GROUPS) if asked is None else asked.split(",")
        if any(group not in GROUPS for group in groups):
            raise refuse(400, "Invalid include_groups")
        return groups

    def album(self, request: Request) -> Response:
        self._check(request, {"market"})
        album = self._found(request, self.world.albums)
        self._market(request)
        return json(self.catalogue.album(album))

    def album_tracks(self, request: Request) -> Response:
        self._check(request, {"market", "limit", "offset"})
        album = self._found(request, self.world.albums)
        self._market(request)
        paging = read_paging(request, default=TRACKS_LIMIT_DEFAULT, limit_max=TRACKS_LIMIT_MAX)
        tracks = [self.catalogue.simple_track(t) for t in album.tracks]
        query = {"market": request.query_params["market"]}
        return json(self.catalogue.page(f"albums/{album.id}/tracks", tracks, paging, query))

    def track(self, request: Request) -> Response:
        self._check(request, {"market"})
        track = self._found(request, self.tracks)
        self._market(request)
        return json(self.catalogue.track(track))

    def forbidden(self, request: Request) -> Response:
        self.tokens.check(request)
        raise refuse(403, "Forbidden")

    def missing(self, request: Request) -> Response:
        return refuse(404, "Resource not found").response

    def _check(self, request: Request, params: Iterable[str]) -> None:
        self.tokens.check(request)
        if surplus := unexpected(request, params):
            raise refuse(400, f"The sandbox knows no parameter {surplus[0]} here")

    def _market(self, request: Request) -> None:
        """Refuse a request without market: a client without a user has no country."""
        market = request.query_params.get("market")
        if market is None:
            raise refuse(404, "Resource not found")
        if not _MARKET.fullmatch(market):
            raise refuse(400, "Invalid market code")

    def _found(self, request: Request, known: dict[str, T]) -> T:
        id = str(request.path_params["id"])
        if not _ID.fullmatch(id):
            raise refuse(400, "invalid id")
        if id not in known:
            raise refuse(404, "Resource not found")
        return known[id]
