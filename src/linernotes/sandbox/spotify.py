"""
The twin of Spotify's Web API, as an app in development or in extended mode sees it.

Fields and calls that development mode lost in 2026 are not there in it. Credits are nowhere,
and a search may well put somebody with a similar name first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from linernotes.sandbox.requests import Answer, json, refusing, unexpected
from linernotes.sandbox.spotify_objects import Catalogue, Json, Mode, Paging, read_paging
from linernotes.sandbox.spotify_search import (
    Wanted,
    found_albums,
    found_artists,
    found_tracks,
    read_wanted,
)
from linernotes.sandbox.spotify_tokens import Tokens, refuse
from linernotes.sandbox.world import World

ALBUMS_LIMIT_DEFAULT = 5
TRACKS_LIMIT_MAX = 50
TRACKS_LIMIT_DEFAULT = 20
OFFSET_MAX = 1000
GROUPS = ("album", "single", "appears_on", "compilation")
SEARCH_TYPES = ("artist", "album", "track")
# What a batch get may ask for.
BATCH_MAX = {"albums": 20, "artists": 50, "tracks": 50}

_ID = re.compile(r"[0-9A-Za-z]{22}")
_MARKET = re.compile(r"[A-Z]{2}")

T = TypeVar("T")


class Limits(NamedTuple):
    """The most that a page of each kind may hold, and how many it holds by default."""

    search: int
    albums: int
    default: int


LIMITS: dict[Mode, Limits] = {
    "development": Limits(search=10, albums=10, default=ALBUMS_LIMIT_DEFAULT),
    "extended": Limits(search=50, albums=50, default=20),
}


class Spotify:
    """The service over one world; every method answers one kind of request."""

    def __init__(self, world: World, tokens: Tokens, url: str, mode: Mode = "development") -> None:
        self.catalogue = Catalogue(world, url, mode)
        self.mode = mode
        self.limits = LIMITS[mode]
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
            # Gone from development mode in February 2026; there they answer, but not usefully.
            "/albums": refusing(self.several_albums),
            "/artists": refusing(self.several_artists),
            "/tracks": refusing(self.several_tracks),
            # Which no client of ours may need: not for new applications, or of no use to us.
            "/artists/{id}/top-tracks": refusing(self.forbidden),
            "/artists/{id}/related-artists": refusing(self.forbidden),
            "/markets": refusing(self.forbidden),
            "/browse/{rest:path}": refusing(self.forbidden),
        }

    def search(self, request: Request) -> Response:
        self._check(request, {"q", "type", "market", "limit", "offset"})
        q, types = self._question(request)
        self._market(request)
        paging = read_paging(request, default=self.limits.default, limit_max=self.limits.search)
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
        paging = read_paging(request, default=self.limits.default, limit_max=self.limits.albums)
        groups = self._groups(request)
        listing = self.world.listings.get(artist.id, {})
        # Spotify lists the newest first, and within all groups together group by group.
        found = [
            self.catalogue.listed_album(self.world.albums[id], group)
            for group in groups
            for id in reversed(listing.get(group, []))
        ]
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

    def several_albums(self, request: Request) -> Response:
        return self._several(request, "albums", self.world.albums, self.catalogue.album)

    def several_artists(self, request: Request) -> Response:
        return self._several(request, "artists", self.world.artists, self.catalogue.artist)

    def several_tracks(self, request: Request) -> Response:
        return self._several(request, "tracks", self.tracks, self.catalogue.track)

    def _several(
        self, request: Request, kind: str, known: Mapping[str, T], write: Callable[[T], Json]
    ) -> Response:
        """Answer a batch get: in the order of the ids, null for those that are not known."""
        if self.mode == "development":
            return self.forbidden(request)
        self._check(request, {"ids"} if kind == "artists" else {"ids", "market"})
        if kind != "artists":
            self._market(request)
        ids = request.query_params.get("ids", "").split(",")
        if len(ids) > BATCH_MAX[kind]:
            raise refuse(400, "Too many ids requested")
        if not all(_ID.fullmatch(id) for id in ids):
            raise refuse(400, "invalid id")
        return json({kind: [write(known[id]) if id in known else None for id in ids]})

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
