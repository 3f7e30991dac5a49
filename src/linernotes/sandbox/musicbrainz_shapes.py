"""Entities in the JSON of MusicBrainz: nothing stands there that `inc` does not name."""

from __future__ import annotations

from linernotes.sandbox.musicbrainz_catalogue import Catalogue
from linernotes.sandbox.musicbrainz_ids import (
    ALIAS_TYPES,
    COMPILATION,
    DIGITAL_MEDIA,
    OFFICIAL,
    PRIMARY_TYPES,
    URL_TYPES,
    WORLDWIDE,
)
from linernotes.sandbox.musicbrainz_relations import (
    Json,
    artist_stub,
    contributor_relations,
    recording_relations,
    relation_json,
    release_relations,
    url_id,
)
from linernotes.sandbox.musicbrainz_requests import RELATIONS, Incs
from linernotes.sandbox.world import Alias, Contributor, CreditedAs, Position, Recording, Release

# Above it the server leaves out the relations of recordings, without a word.
RECORDINGS_WITH_RELATIONS_MAX = 500


def release_json(catalogue: Catalogue, release: Release, incs: Incs) -> Json:
    body = _release_stub(release)
    if incs & {"artist-credits", "artists"}:
        body["artist-credit"] = _artist_credit(catalogue, release.credit)
    if "labels" in incs:
        body["label-info"] = []
    if "release-groups" in incs:
        body["release-group"] = _release_group_json(catalogue, release, incs)
    if incs & RELATIONS:
        body["relations"] = release_relations(catalogue, release, incs)
    if incs & {"recordings", "media"}:
        body["media"] = _media_json(catalogue, release, incs)
    return body


def _release_stub(release: Release) -> Json:
    return {
        "id": release.id,
        "title": release.title,
        "status": "Official",
        "status-id": OFFICIAL,
        "quality": "normal",
        "disambiguation": release.disambiguation,
        "packaging": None,
        "packaging-id": None,
        "text-representation": {"language": "eng", "script": "Latn"},
        "cover-art-archive": {
            "artwork": False,
            "back": False,
            "count": 0,
            "darkened": False,
            "front": False,
        },
        "date": release.date,
        "country": "XW",
        "release-events": [{"date": release.date, "area": WORLDWIDE}],
        "barcode": release.barcode,
        "asin": None,
    }


def _release_inside(release: Release) -> Json:
    """Write a release inside another entity, without what it says only when asked for itself."""
    apart = ("asin", "cover-art-archive")
    return {key: value for key, value in _release_stub(release).items() if key not in apart}


def _release_group_json(catalogue: Catalogue, release: Release, incs: Incs) -> Json:
    body: Json = {
        "id": release.group_id,
        "title": release.title,
        "disambiguation": "",
        "first-release-date": min(r.date for r in catalogue.groups[release.group_id]),
        "primary-type": release.primary_type,
        "primary-type-id": PRIMARY_TYPES[release.primary_type],
        "secondary-types": list(release.secondary_types),
        "secondary-type-ids": [COMPILATION for _ in release.secondary_types],
    }
    if "artist-credits" in incs:
        body["artist-credit"] = _artist_credit(catalogue, release.credit)
    return body


def _media_json(catalogue: Catalogue, release: Release, incs: Incs) -> list[Json]:
    media: list[Json] = []
    offset = 0
    for disc, positions in enumerate(release.media, start=1):
        medium: Json = {
            "id": f"5a4db0c5-0005-4000-8{disc:03x}-{release.id[24:]}",
            "position": disc,
            "format": "Digital Media",
            "format-id": DIGITAL_MEDIA,
            "title": "",
            "track-count": len(positions),
        }
        if "recordings" in incs:
            medium["track-offset"] = offset
            medium["tracks"] = _tracks_json(catalogue, release, disc, incs)
        media.append(medium)
        offset += len(positions)
    return media


def _tracks_json(catalogue: Catalogue, release: Release, disc: int, incs: Incs) -> list[Json]:
    within = _recording_incs(release, incs)
    return [
        _track_json(catalogue, release, disc, number, position, within)
        for number, position in enumerate(release.media[disc - 1], start=1)
    ]


def _recording_incs(release: Release, incs: Incs) -> Incs:
    """Say what of `inc` concerns the recordings of a release."""
    recordings = {position.recording_id for medium in release.media for position in medium}
    shown = len(recordings) <= RECORDINGS_WITH_RELATIONS_MAX
    if shown and "recording-level-rels" in incs:
        return incs
    return incs - RELATIONS


def _track_json(
    catalogue: Catalogue,
    release: Release,
    disc: int,
    number: int,
    position: Position,
    incs: Incs,
) -> Json:
    recording = catalogue.world.recordings[position.recording_id]
    body: Json = {
        "id": f"5a4db0c5-0006-4000-8{disc:03x}-{number:04x}{release.id[28:]}",
        "position": number,
        "number": str(number),
        "title": position.title,
        "length": position.length_ms,
        "recording": recording_json(catalogue, recording, incs),
    }
    if incs & {"artist-credits", "artists"}:
        body["artist-credit"] = _artist_credit(catalogue, recording.credit)
    return body


def recording_json(catalogue: Catalogue, recording: Recording, incs: Incs) -> Json:
    """Write a recording; `relations` is there when `inc` names a kind of relation."""
    body: Json = {
        "id": recording.id,
        "title": recording.title,
        "length": recording.length_ms,
        "disambiguation": recording.disambiguation,
        "video": recording.video,
    }
    if recording.first_release_date:
        body["first-release-date"] = recording.first_release_date
    if "isrcs" in incs:
        body["isrcs"] = list(recording.isrcs)
    if incs & {"artist-credits", "artists"}:
        body["artist-credit"] = _artist_credit(catalogue, recording.credit)
    if "releases" in incs:
        body["releases"] = [_release_inside(r) for r in catalogue.appearances[recording.id]]
    if incs & RELATIONS:
        body["relations"] = recording_relations(catalogue, recording, incs)
    return body


def artist_json(catalogue: Catalogue, contributor: Contributor, incs: Incs) -> Json:
    body = artist_stub(contributor) | {
        "area": None,
        "begin-area": None,
        "end-area": None,
        "life-span": {"begin": None, "end": None, "ended": False},
        "gender": None,
        "gender-id": None,
        "ipis": [],
        "isnis": [],
    }
    if "aliases" in incs:
        body["aliases"] = [_alias_json(alias) for alias in contributor.aliases]
    if incs & RELATIONS:
        body["relations"] = contributor_relations(catalogue, contributor, incs)
    return body


def _alias_json(alias: Alias) -> Json:
    return {
        "name": alias.name,
        "sort-name": alias.name,
        "locale": alias.locale,
        "primary": True if alias.locale else None,
        "type": alias.type,
        "type-id": ALIAS_TYPES.get(alias.type or ""),
        "begin": None,
        "end": None,
        "ended": False,
    }


def _artist_credit(catalogue: Catalogue, credit: tuple[CreditedAs, ...]) -> list[Json]:
    return [
        {
            "name": part.name,
            "joinphrase": part.joinphrase,
            "artist": artist_stub(catalogue.contributor(part.contributor_id)),
        }
        for part in credit
    ]


def url_json(catalogue: Catalogue, url: str, incs: Incs) -> Json:
    body: Json = {"id": url_id(url), "resource": url}
    if incs & RELATIONS:
        body["relations"] = [
            relation_json(
                link.type,
                URL_TYPES[link.type][kind],
                kind,
                _linked(catalogue, kind, mbid),
                direction="backward",
                ended=link.ended,
            )
            for kind, mbid, link in catalogue.urls[url]
            if f"{kind}-rels" in incs
        ]
    return body


def _linked(catalogue: Catalogue, kind: str, mbid: str) -> Json:
    world = catalogue.world
    if kind == "artist":
        return artist_stub(world.contributors[mbid])
    if kind == "release":
        return _release_inside(world.releases[mbid])
    return recording_json(catalogue, world.recordings[mbid], frozenset())
