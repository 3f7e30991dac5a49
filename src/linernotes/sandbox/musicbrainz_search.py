"""The search of MusicBrainz: which entities a query finds, and the shapes of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from linernotes.sandbox.musicbrainz_catalogue import Catalogue
from linernotes.sandbox.musicbrainz_ids import (
    ALIAS_TYPES,
    KIND_IDS,
    OFFICIAL,
    PRIMARY_TYPES,
    WORLDWIDE,
)
from linernotes.sandbox.musicbrainz_relations import Json
from linernotes.sandbox.musicbrainz_requests import refuse
from linernotes.sandbox.query import Query, score
from linernotes.sandbox.requests import Refusal
from linernotes.sandbox.world import (
    Alias,
    Contributor,
    CreditedAs,
    Recording,
    Release,
    credit_text,
    fold,
)

T = TypeVar("T")
_FOUND_WORLDWIDE = {key: WORLDWIDE[key] for key in ("id", "name", "sort-name", "iso-3166-1-codes")}


def best_first(
    query: Query, entities: Iterable[T], field: Callable[[T, str, str], float]
) -> list[tuple[T, int]]:
    """
    Find what matches, with its score up to 100; `field` says how well one field does.

    Those equally good come in the order of the world, so that a page asked for twice is the same.
    """
    scored = [(entity, score(query, partial(field, entity))) for entity in entities]
    found = sorted((s for s in scored if s[1] > 0), key=lambda s: -s[1])
    return [(entity, round(points)) for entity, points in found]


def release_field(catalogue: Catalogue, release: Release, name: str, text: str) -> float:
    match name:
        case "barcode":
            return _same(text, release.barcode)
        case "reid":
            return _same(text, release.id)
        case "rgid":
            return _same(text, release.group_id)
        case "arid":
            return _same(text.lower(), *(p.contributor_id for p in release.credit))
        case "tracks":
            return _same(text, str(sum(len(medium) for medium in release.media)))
        case "release" | "":
            return _alike(text, release.title)
        case "artist" | "artistname" | "creditname":
            return _alike(text, *_names(catalogue, release.credit))
    raise _no_field(name, "release")


def recording_field(catalogue: Catalogue, recording: Recording, name: str, text: str) -> float:
    match name:
        case "isrc":
            return _same(text.upper(), *recording.isrcs)
        case "rid":
            return _same(text, recording.id)
        case "arid":
            return _same(text.lower(), *(p.contributor_id for p in recording.credit))
        case "recording" | "":
            return _alike(text, recording.title)
        case "artist" | "artistname" | "creditname":
            return _alike(text, *_names(catalogue, recording.credit))
    raise _no_field(name, "recording")


def artist_field(contributor: Contributor, name: str, text: str) -> float:
    match name:
        case "arid":
            return _same(text.lower(), contributor.id)
        case "alias":
            return _alike(text, *(alias.name for alias in contributor.aliases))
        case "type":
            return _same(text.lower(), (contributor.kind or "").lower())
        case "artist" | "":
            return _alike(text, contributor.name, *(a.name for a in contributor.aliases))
    raise _no_field(name, "artist")


def _no_field(name: str, resource: str) -> Refusal:
    # The server would find nothing; a misspelt field is better told here.
    return refuse(400, f"The sandbox has no field {name} for the {resource} search.")


def _same(asked: str, *known: str | None) -> float:
    return 100.0 if asked in known else 0.0


def _alike(asked: str, *known: str) -> float:
    """Find words in a text: 100 where nothing else stands there, less the more else there is."""
    wanted = fold(asked)
    best = 0.0
    for text in map(fold, known):
        if wanted and f" {wanted} " in f" {text} ":
            best = max(best, 100.0 * len(wanted) / len(text))
    return best


def _names(catalogue: Catalogue, credit: tuple[CreditedAs, ...]) -> list[str]:
    known = [catalogue.contributor(part.contributor_id).name for part in credit]
    return [credit_text(credit), *(part.name for part in credit), *known]


def found_release(catalogue: Catalogue, release: Release, points: int) -> Json:
    body: Json = {
        "id": catalogue.indexed_as.get(release.id, release.id),
        "score": points,
        "status-id": OFFICIAL,
        "count": 1,
        "title": release.title,
        "status": "Official",
        "text-representation": {"language": "eng", "script": "Latn"},
        "artist-credit": _found_artist_credit(catalogue, release.credit),
        "release-group": _found_release_group(release),
        "date": release.date,
        "country": "XW",
        "release-events": [{"date": release.date, "area": _FOUND_WORLDWIDE}],
        "track-count": sum(len(medium) for medium in release.media),
        "media": [
            {"format": "Digital Media", "disc-count": 0, "track-count": len(medium)}
            for medium in release.media
        ],
    }
    if release.barcode:
        body["barcode"] = release.barcode
    return body


def _found_release_group(release: Release) -> Json:
    body: Json = {
        "id": release.group_id,
        "type-id": PRIMARY_TYPES[release.primary_type],
        "primary-type-id": PRIMARY_TYPES[release.primary_type],
        "title": release.title,
        "primary-type": release.primary_type,
    }
    if release.secondary_types:
        body["secondary-types"] = list(release.secondary_types)
    return body


def found_recording(catalogue: Catalogue, recording: Recording, points: int) -> Json:
    body: Json = {
        "id": recording.id,
        "score": points,
        "title": recording.title,
        "length": recording.length_ms,
        "video": True if recording.video else None,
        "artist-credit": _found_artist_credit(catalogue, recording.credit),
        "first-release-date": recording.first_release_date,
    }
    if recording.isrcs:
        body["isrcs"] = list(recording.isrcs)
    return body


def found_artist(contributor: Contributor, points: int) -> Json:
    body: Json = {
        "id": contributor.id,
        "score": points,
        "name": contributor.name,
        "sort-name": contributor.sort_name,
        "life-span": {"ended": None},
    }
    if contributor.kind:
        body |= {"type": contributor.kind, "type-id": KIND_IDS[contributor.kind]}
    if contributor.disambiguation:
        body["disambiguation"] = contributor.disambiguation
    if contributor.aliases:
        body["aliases"] = [_found_alias(alias) for alias in contributor.aliases]
    return body


def _found_alias(alias: Alias) -> Json:
    return {
        "sort-name": alias.name,
        "type-id": ALIAS_TYPES.get(alias.type or ""),
        "name": alias.name,
        "locale": alias.locale,
        "type": alias.type,
        "primary": None,
        "begin-date": None,
        "end-date": None,
    }


def _found_artist_credit(catalogue: Catalogue, credit: tuple[CreditedAs, ...]) -> list[Json]:
    parts = []
    for part in credit:
        contributor = catalogue.contributor(part.contributor_id)
        stub: Json = {
            "id": contributor.id,
            "name": contributor.name,
            "sort-name": contributor.sort_name,
        }
        if contributor.disambiguation:
            stub["disambiguation"] = contributor.disambiguation
        parts.append(
            {"name": part.name, "artist": stub}
            | ({"joinphrase": part.joinphrase} if part.joinphrase else {})
        )
    return parts
