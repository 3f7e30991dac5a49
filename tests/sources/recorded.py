"""
Answers of the real services, as public projects recorded them, told apart by their content.

They are not part of this repository. `LINERNOTES_RECORDED` names the folder that holds them,
with one folder for each source; without it they are looked for beside the repository.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from linernotes.catalogue import Credit, Producer
from linernotes.errors import Malformed
from linernotes.sources import (
    Answer,
    musicbrainz,
    musicbrainz_payloads,
    musicbrainz_people,
    musicbrainz_search,
    spotify,
    spotify_facts,
    wikidata,
)

FOLDER = Path(
    os.environ.get("LINERNOTES_RECORDED") or Path(__file__).parents[3] / "shared" / "recorded"
)
ABSENT = f"no recorded answers in {FOLDER}: set LINERNOTES_RECORDED"
AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

Parse = Callable[[bytes], Any]


class Kind(NamedTuple):
    """One kind of answer: how to tell that a JSON object is one, and what reads it."""

    source: str
    is_one: Callable[[dict[str, Any]], bool]
    parse: Parse


def read(into: Any, parse: Callable[[Any], Any]) -> Parse:
    """Decode as the real client does, then parse."""

    def run(body: bytes) -> Any:
        try:
            value = msgspec.json.decode(body, type=into)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Malformed("recorded", str(error)) from error
        return parse(Answer(value, AT))

    return run


def _first(body: dict[str, Any], type: str) -> bool:
    items = body.get("items")
    return bool(items) and isinstance(items, list) and (items[0] or {}).get("type") == type


class ReleaseFacts(NamedTuple):
    """`release` is without its relations: what counts of them are the credits."""

    release: musicbrainz.ReleaseTracks
    producers: tuple[Producer, ...]
    credits: tuple[Credit, ...]


def _release_facts(found: musicbrainz.ReleaseTracks) -> ReleaseFacts:
    """The credits of every track; of a release without tracks, those of the whole."""
    tracks = found.tracks or (_NO_TRACK,)
    said = [
        musicbrainz.credits(
            track, found, track_id=track.recording_id, matched_by="", site=_MB.site, at=AT
        )
        for track in tracks
    ]
    return ReleaseFacts(
        replace(found, tracks=tuple(map(_bare, found.tracks)), relations=()),
        tuple(dict.fromkeys(producer for producers, _ in said for producer in producers)),
        tuple(credit for _, credits in said for credit in credits),
    )


def _bare(track: musicbrainz.ReleaseTrack) -> musicbrainz.ReleaseTrack:
    return replace(track, relations=None if track.relations is None else ())


_NO_TRACK = musicbrainz.ReleaseTrack(1, 1, "", None, "none", (), None, None)


def _entities(body: bytes) -> Any:
    """Ask for every id that the answer has, and for one that it has not."""
    items = wikidata.split_entities(body, [*_keys(body), "Q1"])
    read = [wikidata.item_facts(item, AT) for item in items.values()]
    return [(item, wikidata.profiles(item, "mbid", wikidata.SOURCE.site)) for item in read]


def _keys(body: bytes) -> list[str]:
    try:
        return list(json.loads(body)["entities"])
    except (ValueError, TypeError, KeyError):
        return []


def _one_entity(body: bytes) -> Any:
    entity = json.loads(body)
    id = str(entity.get("id") or entity.get("title"))
    return _entities(json.dumps({"entities": {id: {**entity, "id": id}}}).encode())


_SP, _MB = spotify.SOURCE, musicbrainz.SOURCE
KINDS = {
    "spotify artist": Kind(
        "spotify",
        lambda body: body.get("type") == "artist",
        read(spotify_facts.ArtistPayload, lambda a: spotify_facts.artist_fact(a.value, _SP, AT)),
    ),
    "spotify search": Kind(
        "spotify",
        lambda body: isinstance(body.get("artists"), dict),
        read(spotify_facts.SearchPayload, lambda a: spotify_facts.found_artists(a.value, _SP, AT)),
    ),
    "spotify albums": Kind(
        "spotify",
        lambda body: _first(body, "album"),
        read(
            spotify_facts.Page[spotify_facts.AlbumPayload],
            lambda a: spotify_facts.album_page(a, _SP, artist_id="artist", group="album", offset=0),
        ),
    ),
    "spotify album": Kind(
        "spotify",
        lambda body: body.get("type") == "album" and "tracks" in body,
        read(spotify_facts.AlbumPayload, lambda a: spotify_facts.first_tracks(a, _SP, a.value.id)),
    ),
    "spotify tracks": Kind(
        "spotify",
        lambda body: _first(body, "track"),
        read(
            spotify_facts.Page[spotify_facts.TrackPayload],
            lambda a: spotify_facts.more_tracks(a, _SP, "album", 0),
        ),
    ),
    "spotify track": Kind(
        "spotify",
        lambda body: body.get("type") == "track",
        read(spotify_facts.TrackPayload, lambda a: spotify_facts.isrc_of(a.value)),
    ),
    "musicbrainz release": Kind(
        "musicbrainz",
        lambda body: "text-representation" in body or "label-info" in body,
        read(
            musicbrainz_payloads.ReleasePayload,
            lambda a: _release_facts(musicbrainz.release_tracks(a)),
        ),
    ),
    "musicbrainz releases found": Kind(
        "musicbrainz",
        lambda body: "releases" in body and "count" in body,
        read(
            musicbrainz_payloads.ReleaseSearchPayload,
            lambda a: musicbrainz_search.found_releases(a.value),
        ),
    ),
    "musicbrainz recordings": Kind(
        "musicbrainz",
        lambda body: "recording-count" in body,
        read(
            musicbrainz_payloads.RecordingsPayload,
            lambda a: musicbrainz.relations_by_recording(a.value),
        ),
    ),
    "musicbrainz isrc": Kind(
        "musicbrainz",
        lambda body: "isrc" in body,
        read(
            musicbrainz_payloads.IsrcPayload,
            lambda a: musicbrainz_search.coded_releases(a.value),
        ),
    ),
    "musicbrainz artist": Kind(
        "musicbrainz",
        lambda body: "sort-name" in body and "life-span" in body and "label-code" not in body,
        read(
            musicbrainz_payloads.ArtistProfilePayload,
            # By an id that leaves the expectations alone.
            lambda a: musicbrainz_people.profile_facts(
                replace(a, value=msgspec.structs.replace(a.value, id="asked")),
                "asked",
                _MB.site,
            ),
        ),
    ),
    "musicbrainz url": Kind(
        "musicbrainz",
        lambda body: "resource" in body or "urls" in body,
        lambda body: musicbrainz_search.relations_by_link(body, "album"),
    ),
    "wikidata entities": Kind("wikidata", lambda body: "entities" in body, _entities),
    "wikidata entity": Kind("wikidata", lambda body: "claims" in body, _one_entity),
    "wikidata search": Kind(
        "wikidata",
        lambda body: "query" in body,
        lambda body: wikidata.split_search(body, ["mbid"]),
    ),
}


def answers(kind: str) -> Iterator[tuple[str, bytes]]:
    """Every recorded answer of a kind with its name, and those that are parts of another."""
    for name, body in bodies(KINDS[kind].source):
        for part, value in _parts(name, body):
            if KINDS[kind].is_one(value):
                yield part, json.dumps(value).encode()


def bodies(source: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((FOLDER / source).rglob("*.json")):
        body = json.loads(path.read_bytes())
        if isinstance(body, dict):
            yield path.relative_to(FOLDER).as_posix(), body


def _parts(name: str, body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """An answer, and what Spotify's batches and searches hold of other kinds."""
    yield name, body
    for key in ("albums", "artists", "tracks"):
        part = body.get(key)
        many = part if isinstance(part, list) else [part] if isinstance(part, dict) else []
        for number, one in enumerate(many):
            if isinstance(one, dict) and name.startswith("spotify/"):
                yield f"{name}#{key}/{number}", one


def parse(name: str, kind: str) -> Any:
    return KINDS[kind].parse((FOLDER / name).read_bytes())
