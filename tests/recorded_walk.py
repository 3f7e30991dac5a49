"""
Plays back the recorded walk of a real artist: the group and page that is asked for, made from
the recorded bodies. MusicBrainz and Wikidata know nothing. Counts what it cannot answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

LIMIT_MAX = {"albums": 20, "tracks": 50}


@dataclass
class RecordedWalk:
    """`things` are artists, albums and tracks by kind and id; `listings` albums by artist."""

    things: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    listings: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    tracks: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/token", self.token, methods=["POST"]),
                Route("/v1/artists/{id}/albums", self.albums),
                Route("/v1/albums/{id}/tracks", self.album_tracks),
                Route("/v1/{kind}/{id}", self.thing),
                Route("/ws/2/url", self.no_links),
                Route("/ws/2/release", self.no_releases),
                Route("/w/api.php", self.no_items),
                Route("/{path:path}", self.nothing),
            ]
        )

    async def token(self, request: Request) -> JSONResponse:
        return JSONResponse({"access_token": "t", "token_type": "Bearer", "expires_in": 3600})

    async def thing(self, request: Request) -> JSONResponse:
        key = (request.path_params["kind"], request.path_params["id"])
        return self._answer(request, self.things.get(key))

    async def albums(self, request: Request) -> JSONResponse:
        groups = request.query_params["include_groups"].split(",")
        known = self.listings.get(request.path_params["id"])
        items = [a for a in (known or {}).values() if a["album_group"] in groups]
        return self._page(request, items, "albums")

    async def album_tracks(self, request: Request) -> JSONResponse:
        known = self.tracks.get(request.path_params["id"], {})
        return self._page(request, list(known.values()), "tracks")

    async def no_links(self, request: Request) -> JSONResponse:
        if len(request.query_params.getlist("resource")) == 1:
            return JSONResponse({"error": "Not Found"}, 404)
        return JSONResponse({"url-count": 0, "url-offset": 0, "urls": []})

    async def no_releases(self, request: Request) -> JSONResponse:
        return JSONResponse({"count": 0, "offset": 0, "releases": []})

    async def no_items(self, request: Request) -> JSONResponse:
        return JSONResponse({"query": {"searchinfo": {"totalhits": 0}, "search": []}})

    async def nothing(self, request: Request) -> JSONResponse:
        return self._answer(request, None)

    def _page(self, request: Request, items: list[dict[str, Any]], kind: str) -> JSONResponse:
        limit, offset = int(request.query_params["limit"]), int(request.query_params["offset"])
        if limit > LIMIT_MAX[kind]:
            return JSONResponse({"error": {"status": 400, "message": "Invalid limit"}}, 400)
        following = f"https://elsewhere.example/?offset={offset + limit}"
        page = {
            "items": items[offset : offset + limit],
            "limit": limit,
            "offset": offset,
            "total": len(items),
            "next": following if offset + limit < len(items) else None,
        }
        return self._answer(request, page)

    def _answer(self, request: Request, body: dict[str, Any] | None) -> JSONResponse:
        asked = f"{request.url.path}?{request.url.query}"
        self.requests.append(asked)
        if body is not None:
            return JSONResponse(body)
        self.unanswered.append(asked)
        return JSONResponse({"error": {"status": 404, "message": "Resource not found"}}, 404)


def read_walk(folder: Path) -> RecordedWalk:
    """Sort the recorded bodies of a folder by what they say they are."""
    walk = RecordedWalk()
    for path in sorted(folder.glob("*.json")):
        body = json.loads(path.read_bytes())
        if isinstance(body.get("type"), str):
            walk.things[f"{body['type']}s", body["id"]] = body
        elif "/albums?" in body.get("href", "") and "/artists/" in body["href"]:
            artist = body["href"].split("/artists/")[1].split("/")[0]
            walk.listings.setdefault(artist, {}).update({a["id"]: a for a in body["items"]})
        elif "/tracks" in body.get("href", "") and "/albums/" in body["href"]:
            album = body["href"].split("/albums/")[1].split("/")[0]
            walk.tracks.setdefault(album, {}).update({t["id"]: t for t in body["items"]})
    return walk
