"""
What the tests of stages share: sources in memory, and answers as the services write them.

`AT` is when a source answered, `NOW` what the clock says, `SINCE` when a refresh began.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.sources.fake_api import AT, FakeApi, Reply

from linernotes.errors import NotFound
from linernotes.pipeline import Message, Result
from linernotes.sources import Sources, musicbrainz
from linernotes.stages import STAGES

__all__ = ["AT", "NOW", "SINCE"]

NOW = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
SINCE = datetime(2026, 11, 1, tzinfo=UTC)


async def run(*messages: Message, **apis: FakeApi) -> list[Result]:
    (stage,) = (one for one in STAGES if isinstance(messages[0], one.message))
    return list(await stage.run(messages, Sources(apis, lambda: NOW)))


async def run_one(message: Message, **apis: FakeApi) -> Result:
    (result,) = await run(message, **apis)
    return result


def spotify_id(number: int) -> str:
    return f"{number:022d}"


def mbid(number: int) -> str:
    return f"{number:08d}-0000-4000-8000-000000000000"


def page(items: Sequence[Any], next: str | None = None) -> dict[str, Any]:
    return {"items": list(items), "next": next, "limit": None, "total": None}


# MusicBrainz


def musicbrainz_api(
    *,
    linked: Mapping[str, Sequence[str]] | None = None,
    artists: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    coded: Sequence[dict[str, Any]] = (),
    titled: Sequence[dict[str, Any]] = (),
    isrcs: Mapping[str, Sequence[str]] | None = None,
    releases: Sequence[dict[str, Any]] = (),
) -> FakeApi:
    """
    MusicBrainz with `linked` releases of Spotify albums, `artists` (name, what tells them apart)
    of Spotify artists, releases that a search for a barcode or a title finds, the releases of
    ISRCs, and releases to be looked up.
    """
    by_id = {f"/release/{one['id']}": one for one in releases}

    def reply(path: str, params: dict[str, Any]) -> Reply:
        unknown = NotFound("musicbrainz", f"does not know {path}")
        if path == "/url" and params["inc"] == "release-rels":
            return _urls("album", {id: [_to_release(r) for r in known] for id, known in links})
        if path == "/url":
            return _urls("artist", {id: [_to_artist(*a) for a in known] for id, known in people})
        if path == "/release":
            return {"releases": coded if params["query"].startswith("barcode:") else titled}
        if path.startswith("/isrc/") and (found := (isrcs or {}).get(path.removeprefix("/isrc/"))):
            recording = {"id": mbid(900), "title": "", "releases": [{"id": id} for id in found]}
            return {"recordings": [recording]}
        return by_id.get(path, unknown)

    links, people = (linked or {}).items(), (artists or {}).items()
    return FakeApi(musicbrainz.SOURCE, reply)


def _urls(kind: str, relations: Mapping[str, Sequence[dict[str, Any]]]) -> Reply:
    return {
        "urls": [
            {"resource": f"https://open.spotify.com/{kind}/{id}", "relations": list(stated)}
            for id, stated in relations.items()
        ]
    }


def _to_release(id: str) -> dict[str, Any]:
    return {"target-type": "release", "release": {"id": id, "title": ""}}


def _to_artist(name: str, disambiguation: str) -> dict[str, Any]:
    artist = {"id": mbid(800), "name": name, "disambiguation": disambiguation}
    return {"target-type": "artist", "artist": artist}


def release(id: str, tracks: Sequence[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """A release as a lookup answers: one disc with these tracks."""
    numbered = [{"position": place, **track} for place, track in enumerate(tracks, 1)]
    media = [{"position": 1, "tracks": numbered}]
    return {"id": id, "title": "Statues", "media": media, "relations": [], **changes}


def release_track(
    recording: str, title: str, length: int | None, *relations: dict[str, Any], isrc: str = ""
) -> dict[str, Any]:
    return {
        "title": title,
        "length": length,
        "recording": {
            "id": recording,
            "title": title,
            "length": length,
            "isrcs": [isrc] if isrc else [],
            "relations": list(relations),
        },
    }
