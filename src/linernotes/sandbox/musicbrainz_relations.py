"""Relations in the JSON of MusicBrainz, each seen from the entity that was asked for."""

from __future__ import annotations

from typing import Any

from linernotes.sandbox.musicbrainz_catalogue import Catalogue
from linernotes.sandbox.musicbrainz_ids import (
    ATTRIBUTES,
    KIND_IDS,
    MEMBER_OF_BAND,
    PERFORMANCE,
    TYPES,
    URL_TYPES,
    WRITER,
)
from linernotes.sandbox.musicbrainz_requests import Incs
from linernotes.sandbox.world import Contributor, Link, Recording, Relation, Release

Json = dict[str, Any]


def recording_relations(catalogue: Catalogue, recording: Recording, incs: Incs) -> list[Json]:
    found: list[Json] = []
    if "artist-rels" in incs:
        found += _artist_relations(catalogue, recording.relations, "recording")
    if "url-rels" in incs:
        found += _url_relations(recording.links, "recording")
    if "work-rels" in incs:
        found += _work_relations(catalogue, recording, incs)
    return found


def release_relations(catalogue: Catalogue, release: Release, incs: Incs) -> list[Json]:
    found: list[Json] = []
    if "artist-rels" in incs:
        found += _artist_relations(catalogue, release.relations, "release")
    if "url-rels" in incs:
        found += _url_relations(release.links, "release")
    return found


def contributor_relations(catalogue: Catalogue, contributor: Contributor, incs: Incs) -> list[Json]:
    found: list[Json] = []
    if "artist-rels" in incs:
        found += _band_relations(catalogue, contributor)
    if "url-rels" in incs:
        found += _url_relations(contributor.links, "artist")
    return found


def _band_relations(catalogue: Catalogue, contributor: Contributor) -> list[Json]:
    """Write the bands somebody is in, and who is in the band if it is one."""
    bands = [(band, "forward") for band in catalogue.bands[contributor.id]]
    members = [(member, "backward") for member in contributor.members]
    return [
        relation_json(
            "member of band",
            MEMBER_OF_BAND,
            "artist",
            artist_stub(catalogue.contributor(other)),
            direction=direction,
        )
        for other, direction in bands + members
    ]


def _artist_relations(
    catalogue: Catalogue, relations: tuple[Relation, ...], kind: str
) -> list[Json]:
    """Write who did something for a recording or a release: backward, as printed there."""
    return [
        relation_json(
            relation.type,
            TYPES[relation.type][0 if kind == "recording" else 1],
            "artist",
            artist_stub(catalogue.contributor(relation.contributor_id)),
            direction="backward",
            attributes=relation.attributes,
            task=relation.task,
            target_credit=relation.printed_as,
        )
        for relation in relations
    ]


def _url_relations(links: tuple[Link, ...], kind: str) -> list[Json]:
    return [
        relation_json(
            link.type,
            URL_TYPES[link.type][kind],
            "url",
            {"id": url_id(link.url), "resource": link.url},
            ended=link.ended,
        )
        for link in links
    ]


def url_id(url: str) -> str:
    """Make an id for an address: it looks made up and is the same in every answer."""
    return f"5a4db0c5-0007-4000-8000-{sum(url.encode()) * 7919 % 16**12:012x}"


def _work_relations(catalogue: Catalogue, recording: Recording, incs: Incs) -> list[Json]:
    if not recording.writers:
        return []
    work: Json = {
        "id": f"5a4db0c5-0009-{recording.id[14:]}",
        "title": recording.title,
        "disambiguation": "",
        "attributes": [],
        "iswcs": [],
        "language": None,
        "languages": [],
        "type": None,
        "type-id": None,
    }
    if "work-level-rels" in incs and "artist-rels" in incs:
        work["relations"] = _writer_relations(catalogue, recording)
    return [relation_json("performance", PERFORMANCE, "work", work)]


def _writer_relations(catalogue: Catalogue, recording: Recording) -> list[Json]:
    return [
        relation_json(
            "writer",
            WRITER,
            "artist",
            artist_stub(catalogue.contributor(writer)),
            direction="backward",
        )
        for writer in recording.writers
    ]


def relation_json(
    name: str,
    type_id: str,
    target_type: str,
    target: Json,
    *,
    direction: str = "forward",
    attributes: tuple[str, ...] = (),
    task: str | None = None,
    ended: bool = False,
    target_credit: str = "",
) -> Json:
    """Write one relation, with every key the server writes."""
    names = [*attributes, *(["task"] if task else [])]
    return {
        "type": name,
        "type-id": type_id,
        "direction": direction,
        "begin": None,
        "end": None,
        "ended": ended,
        "attributes": names,
        "attribute-ids": {name: ATTRIBUTES[name] for name in names},
        "attribute-values": {"task": task} if task else {},
        "source-credit": "",
        "target-credit": target_credit,
        "target-type": target_type,
        target_type: target,
    }


def artist_stub(contributor: Contributor) -> Json:
    """Write an artist as it stands inside relations and artist credits."""
    return {
        "id": contributor.id,
        "name": contributor.name,
        "sort-name": contributor.sort_name,
        "disambiguation": contributor.disambiguation,
        "country": None,
        "type": contributor.kind,
        "type-id": KIND_IDS.get(contributor.kind or ""),
    }
