"""
Pages for people: where a fact from the sandbox says it comes from, one can look.

The real services have a page for everything; these show in plain text what this world says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from linernotes.sandbox.world import World

NOTE = "A page of the Linernotes sandbox: identifiers and most of the rest are made up."


def routes(world: World) -> list[Route]:
    """Name every page: /spotify/album/<id>, /musicbrainz/recording/<id>, /wikidata/wiki/<id>."""
    tracks = {track.id: track for track in world.tracks()}
    known: dict[str, Mapping[str, Any]] = {
        "/spotify/artist": world.artists,
        "/spotify/album": world.albums,
        "/spotify/track": tracks,
        "/musicbrainz/artist": world.contributors,
        "/musicbrainz/recording": world.recordings,
        "/musicbrainz/release": world.releases,
        "/wikidata/wiki": world.items,
    }
    return [
        Route(f"{path}/{{id}}", _page(path, things, world), methods=["GET"])
        for path, things in known.items()
    ]


def _page(path: str, things: Mapping[str, Any], world: World) -> Callable[[Request], Any]:
    async def page(request: Request) -> Response:
        id = str(request.path_params["id"])
        current = world.redirects.get(id) or world.item_redirects.get(id) or id
        if current not in things:
            return HTMLResponse(_html(f"{path}/{id}", "There is nothing here."), 404)
        body = json.dumps(asdict(things[current]), ensure_ascii=False, indent=2)
        return HTMLResponse(_html(f"{path}/{current}", body))

    return page


def _html(title: str, text: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<h1>{escape(title)}</h1><p>{escape(NOTE)}</p><pre>{escape(text)}</pre></html>\n"
    )
