"""
The twin of MusicBrainz's web service, version 2, in JSON.

It answers what a client for credits asks, in the shapes the server gives: nothing that `inc`
does not name, relations seen from the entity asked for, refusals in the server's words.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from linernotes.sandbox.query import BadQuery, Query, parse, score
from linernotes.sandbox.requests import Answer, Refusal, json, number, refusing, unexpected
from linernotes.sandbox.world import (
    SPECIAL_PURPOSE,
    Contributor,
    CreditedAs,
    Link,
    Position,
    Recording,
    Relation,
    Release,
    World,
    credit_text,
    fold,
)

HELP = "For usage, please see: https://musicbrainz.org/development/mmd"
TOO_FAST = (
    "Your requests are exceeding the allowable rate limit. "
    "Please see http://wiki.musicbrainz.org/XMLWebService for more information."
)
RESOURCES_MAX = 100
LIMIT_MAX = 100
LIMIT_DEFAULT = 25
# Above it the server leaves out the relations of recordings, without a word.
RECORDINGS_WITH_RELATIONS_MAX = 500

# Name of a relation: its type-id on a recording and on a release.
TYPES = {
    "producer": (
        "5c0ceac3-feb4-41f0-868d-dc06f6e27fc0",
        "8bf377ba-8d71-4ecc-97f2-7bb2d8a2a75f",
    ),
    "engineer": (
        "5dcc52af-7064-4051-8d62-7d80f4c3c907",
        "87e922ba-872e-418a-9f41-0a63aa3c30cc",
    ),
    "mix": (
        "3e3102e1-1896-4f50-b5b2-dd9824e46efe",
        "6cc958c0-533b-4540-a281-058fbb941890",
    ),
    "remixer": (
        "7950be4d-13a3-48e7-906b-5af562e39544",
        "ac6a86db-f757-4815-a07e-744428d2382b",
    ),
    "programming": (
        "36c50022-44e0-488d-994b-33f11d20301e",
        "617063ad-dbb5-4877-9ba0-ba2b9198d5a7",
    ),
    "arranger": (
        "22661fb8-cdb7-4f67-8385-b2a8be6c9f0d",
        "34d5334e-a4c8-4b65-a5f8-bbcc9c81d13d",
    ),
    "misc": (
        "68330a36-44cf-4fa2-84e8-533c6fe3fc23",
        "0b63af5e-85b2-4891-8234-bddab251399d",
    ),
}
WRITER = "a255bca1-b157-4518-9108-7b147dc3fc68"
PERFORMANCE = "a3005666-a872-32c3-ad06-98af558e99b0"
MEMBER_OF_BAND = "5be4c609-9afa-4ea0-910b-12ffb71e3821"
ATTRIBUTES = {
    "additional": "0a5341f8-3b1d-4f99-a0c6-26b7f4e42c7f",
    "assistant": "8c4196b1-7053-4b16-921a-f22b2898ed44",
    "associate": "8d23d2dd-13df-43ea-85a0-d7eb38dc32ec",
    "co": "ac6f6b4c-a4ec-4483-a04e-9f425a914573",
    "executive": "e0039285-6667-4f94-80d6-aa6520c6d359",
    "task": "39867b3b-0f1e-40d5-b602-4f3936b7f486",
}
# Name of a relation to an address: its type-id by the kind of entity it belongs to.
URL_TYPES = {
    "free streaming": {
        "artist": "769085a1-c2f7-4c24-a532-2375a77693bd",
        "release": "08445ccf-7b99-4438-9f9a-fb9ac18099ee",
        "recording": "7e41ef12-a124-4324-afdb-fdbae687a89c",
    },
    "social network": {"artist": "99429741-f3f6-484b-84f8-23af51991770"},
    "youtube": {"artist": "6a540e5b-58c6-4192-b6ba-dbc71ec8fcf0"},
    "soundcloud": {"artist": "89e4a949-0976-440d-bda1-5f772c1e5710"},
    "bandcamp": {"artist": "c550166e-0548-4a18-b1d4-e2ae423a3e88"},
    "official homepage": {"artist": "fe33d22f-c3b0-4d68-bd53-a856badf2b15"},
    "fanpage": {"artist": "f484f897-81cc-406e-96f9-cd799a04ee24"},
    "wikidata": {"artist": "689870a4-a1e4-4912-b17f-7b2664215698"},
    "discogs": {"artist": "04a5b104-a4c2-4bac-99a1-7b837c37d9e4"},
    "last.fm": {"artist": "08db8098-c0df-4b78-82c3-c8697b4bba7f"},
}
KIND_IDS = {
    "Person": "b6e035f4-3ce9-331c-97df-83397230b0df",
    "Group": "e431f5f6-b5d2-343d-8b36-72607fffb74b",
}
ALIAS_TYPES = {
    "Artist name": "894afba6-2816-3c24-8072-eadb66bd04bc",
    "Legal name": "d4dcd0c0-b341-3612-a332-c0ce797b25cf",
    "Search hint": "1937e404-b981-3cb7-8151-4c86ebfc8d8e",
}
OFFICIAL = "4e304316-386d-3409-af2e-78857eec5cfe"
DIGITAL_MEDIA = "907a28d9-b3b2-3ef6-89a8-7b18d91d4794"
PRIMARY_TYPES = {
    "Album": "f529b476-6e62-324f-b0aa-1f3e33d313fc",
    "Single": "d6038452-8ee0-3f68-affc-2de9a1ede0b9",
    "EP": "6d0c5bf6-7a33-3420-a519-44fc63eedebf",
}
COMPILATION = "dd2a21e1-0c00-3729-a7a0-de60b84eb5d1"
WORLDWIDE = {
    "disambiguation": "",
    "id": "525d4e18-3d00-31b9-a58b-a146a916de8f",
    "iso-3166-1-codes": ["XW"],
    "name": "[Worldwide]",
    "sort-name": "[Worldwide]",
    "type": None,
    "type-id": None,
}

RELATIONS = frozenset(
    f"{kind}-rels"
    for kind in (
        "area", "artist", "event", "genre", "instrument", "label", "place",
        "recording", "release", "release-group", "series", "url", "work",
    )
)  # fmt: skip
_TAGS = frozenset({"annotation", "tags", "genres", "ratings", "aliases"})
INCS = {
    "url": RELATIONS,
    "release": RELATIONS
    | _TAGS
    | {"artists", "artist-credits", "labels", "recordings", "release-groups", "media", "discids"}
    | {"recording-level-rels", "work-level-rels", "release-group-level-rels", "collections"},
    "recording": RELATIONS
    | _TAGS
    | {"artists", "artist-credits", "releases", "isrcs", "work-level-rels"},
    "isrc": RELATIONS | {"artists", "artist-credits", "releases", "isrcs", "aliases", "tags"},
    "artist": RELATIONS
    | _TAGS
    | {"recordings", "releases", "release-groups", "works", "various-artists"},
}
# What a release says only when it is asked for itself.
_NOT_IN_STUBS = ("asin", "cover-art-archive")
# What is valid only beside another value, and which.
NEEDS = {"isrcs": ("recordings",), "media": ("releases",), "discids": ("releases",)}

_MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_USER_AGENT = re.compile(r"[^\s/()]+/[\w.+-]+ ?\( ?[^)]*(?:@|://|\w\.\w)[^)]*\)")

T = TypeVar("T")
Json = dict[str, Any]
Incs = frozenset[str]


def refuse(status: int, error: str) -> Refusal:
    return Refusal(json({"error": error, "help": HELP}, status))


def check_sender(request: Request) -> None:
    """Refuse who does not say how to reach them, and who forgot to ask for JSON."""
    if not _USER_AGENT.match(request.headers.get("user-agent", "")):
        raise refuse(403, "The User-Agent must look like App/1.2 (contact).")
    as_json = "application/json" in request.headers.get("accept", "")
    if request.query_params.get("fmt") != "json" and not as_json:
        # The server would answer in XML. A client that wants JSON is better told here.
        raise refuse(400, "The sandbox speaks JSON only: send fmt=json.")


def read_incs(request: Request, resource: str) -> Incs:
    """Read `inc` by the server's rules (its WebService/Validator.pm) and with its messages."""
    if len(request.query_params.getlist("inc")) > 1:
        raise refuse(
            400,
            "Inc arguments must be combined with a space, but you provided multiple parameters",
        )
    incs = [i for i in re.split("[+ ]", request.query_params.get("inc", "")) if i]
    for inc in incs:
        _check_inc(inc, incs, resource)
    return frozenset(incs)


def _check_inc(inc: str, incs: list[str], resource: str) -> None:
    if inc in INCS[resource]:
        return
    needed = NEEDS.get(inc, ())
    if any(n in incs for n in needed):
        return
    if needed:
        raise refuse(
            400,
            f"{inc} is not a valid option for the inc parameter for the {resource} resource "
            f"unless you specify one of the following other inc parameters: {', '.join(needed)}",
        )
    raise refuse(400, f"{inc} is not a valid inc parameter for the {resource} resource.")


class Catalogue:
    """A world's MusicBrainz, with the indices its answers need."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.urls: dict[str, list[tuple[str, str, Link]]] = defaultdict(list)
        self.isrcs: dict[str, list[Recording]] = defaultdict(list)
        self.bands: dict[str, list[str]] = defaultdict(list)
        self.groups: dict[str, list[Release]] = defaultdict(list)
        self.appearances: dict[str, list[Release]] = defaultdict(list)
        self._index()

    def _index(self) -> None:
        kinds: list[tuple[str, Iterable[Contributor | Release | Recording]]] = [
            ("artist", self.world.contributors.values()),
            ("release", self.world.releases.values()),
            ("recording", self.world.recordings.values()),
        ]
        for kind, entities in kinds:
            for entity in entities:
                for link in entity.links:
                    self.urls[link.url].append((kind, entity.id, link))
        for recording in self.world.recordings.values():
            for isrc in recording.isrcs:
                self.isrcs[isrc].append(recording)
        for band in self.world.contributors.values():
            for member in band.members:
                self.bands[member].append(band.id)
        for release in self.world.releases.values():
            self.groups[release.group_id].append(release)
            for id in dict.fromkeys(p.recording_id for medium in release.media for p in medium):
                self.appearances[id].append(release)

    def current(self, mbid: str) -> str:
        """Follow a merge; the answer then carries the new id."""
        return self.world.redirects.get(mbid, mbid)

    def contributor(self, mbid: str) -> Contributor:
        known = self.world.contributors.get(mbid)
        return known or Contributor(mbid, SPECIAL_PURPOSE[mbid], SPECIAL_PURPOSE[mbid], None)


# Entities as JSON ---------------------------------------------------------------------------


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


def artist_credit(catalogue: Catalogue, credit: tuple[CreditedAs, ...]) -> list[Json]:
    return [
        {
            "name": part.name,
            "joinphrase": part.joinphrase,
            "artist": artist_stub(catalogue.contributor(part.contributor_id)),
        }
        for part in credit
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


def artist_relations(
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


def url_relations(links: tuple[Link, ...], kind: str) -> list[Json]:
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


def work_relations(catalogue: Catalogue, recording: Recording, incs: Incs) -> list[Json]:
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
        work["relations"] = [
            relation_json(
                "writer",
                WRITER,
                "artist",
                artist_stub(catalogue.contributor(writer)),
                direction="backward",
            )
            for writer in recording.writers
        ]
    return [relation_json("performance", PERFORMANCE, "work", work)]


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
        body["artist-credit"] = artist_credit(catalogue, recording.credit)
    if "releases" in incs:
        body["releases"] = [
            {k: v for k, v in release_stub(release).items() if k not in _NOT_IN_STUBS}
            for release in catalogue.appearances[recording.id]
        ]
    if incs & RELATIONS:
        body["relations"] = recording_relations(catalogue, recording, incs)
    return body


def recording_relations(catalogue: Catalogue, recording: Recording, incs: Incs) -> list[Json]:
    found: list[Json] = []
    if "artist-rels" in incs:
        found += artist_relations(catalogue, recording.relations, "recording")
    if "url-rels" in incs:
        found += url_relations(recording.links, "recording")
    if "work-rels" in incs:
        found += work_relations(catalogue, recording, incs)
    return found


def release_json(catalogue: Catalogue, release: Release, incs: Incs) -> Json:
    body = release_stub(release)
    if incs & {"artist-credits", "artists"}:
        body["artist-credit"] = artist_credit(catalogue, release.credit)
    if "labels" in incs:
        body["label-info"] = []
    if "release-groups" in incs:
        body["release-group"] = release_group_json(catalogue, release, incs)
    if incs & RELATIONS:
        body["relations"] = release_relations(catalogue, release, incs)
    if incs & {"recordings", "media"}:
        body["media"] = media_json(catalogue, release, incs)
    return body


def release_stub(release: Release) -> Json:
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


def release_group_json(catalogue: Catalogue, release: Release, incs: Incs) -> Json:
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
        body["artist-credit"] = artist_credit(catalogue, release.credit)
    return body


def release_relations(catalogue: Catalogue, release: Release, incs: Incs) -> list[Json]:
    found: list[Json] = []
    if "artist-rels" in incs:
        found += artist_relations(catalogue, release.relations, "release")
    if "url-rels" in incs:
        found += url_relations(release.links, "release")
    return found


def media_json(catalogue: Catalogue, release: Release, incs: Incs) -> list[Json]:
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
            medium["tracks"] = tracks_json(catalogue, release, disc, incs)
        media.append(medium)
        offset += len(positions)
    return media


def tracks_json(catalogue: Catalogue, release: Release, disc: int, incs: Incs) -> list[Json]:
    within = _recording_incs(release, incs)
    return [
        track_json(catalogue, release, disc, number, position, within)
        for number, position in enumerate(release.media[disc - 1], start=1)
    ]


def _recording_incs(release: Release, incs: Incs) -> Incs:
    """Say what of `inc` concerns the recordings of a release."""
    recordings = {position.recording_id for medium in release.media for position in medium}
    shown = len(recordings) <= RECORDINGS_WITH_RELATIONS_MAX
    if shown and "recording-level-rels" in incs:
        return incs
    return incs - RELATIONS


def track_json(
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
        body["artist-credit"] = artist_credit(catalogue, recording.credit)
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
        body["aliases"] = [
            {
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
            for alias in contributor.aliases
        ]
    if incs & RELATIONS:
        body["relations"] = contributor_relations(catalogue, contributor, incs)
    return body


def contributor_relations(catalogue: Catalogue, contributor: Contributor, incs: Incs) -> list[Json]:
    found: list[Json] = []
    if "artist-rels" in incs:
        bands = [(band, "forward") for band in catalogue.bands[contributor.id]]
        members = [(member, "backward") for member in contributor.members]
        found += [
            relation_json(
                "member of band",
                MEMBER_OF_BAND,
                "artist",
                artist_stub(catalogue.contributor(other)),
                direction=direction,
            )
            for other, direction in bands + members
        ]
    if "url-rels" in incs:
        found += url_relations(contributor.links, "artist")
    return found


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
        body = release_stub(world.releases[mbid])
        return {k: v for k, v in body.items() if k not in _NOT_IN_STUBS}
    return recording_json(catalogue, world.recordings[mbid], frozenset())


# Search results have shapes of their own ----------------------------------------------------


def found_artist_credit(catalogue: Catalogue, credit: tuple[CreditedAs, ...]) -> list[Json]:
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


def found_release(catalogue: Catalogue, release: Release, points: int) -> Json:
    body: Json = {
        "id": release.id,
        "score": points,
        "status-id": OFFICIAL,
        "count": 1,
        "title": release.title,
        "status": "Official",
        "text-representation": {"language": "eng", "script": "Latn"},
        "artist-credit": found_artist_credit(catalogue, release.credit),
        "release-group": {
            "id": release.group_id,
            "type-id": PRIMARY_TYPES[release.primary_type],
            "primary-type-id": PRIMARY_TYPES[release.primary_type],
            "title": release.title,
            "primary-type": release.primary_type,
        },
        "date": release.date,
        "country": "XW",
        "release-events": [
            {
                "date": release.date,
                "area": {
                    "id": WORLDWIDE["id"],
                    "name": "[Worldwide]",
                    "sort-name": "[Worldwide]",
                    "iso-3166-1-codes": ["XW"],
                },
            }
        ],
        "track-count": sum(len(medium) for medium in release.media),
        "media": [
            {"format": "Digital Media", "disc-count": 0, "track-count": len(medium)}
            for medium in release.media
        ],
    }
    if release.barcode:
        body["barcode"] = release.barcode
    if release.secondary_types:
        body["release-group"]["secondary-types"] = list(release.secondary_types)
    return body


def found_recording(catalogue: Catalogue, recording: Recording, points: int) -> Json:
    body: Json = {
        "id": recording.id,
        "score": points,
        "title": recording.title,
        "length": recording.length_ms,
        "video": True if recording.video else None,
        "artist-credit": found_artist_credit(catalogue, recording.credit),
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
        body["aliases"] = [
            {
                "sort-name": alias.name,
                "type-id": ALIAS_TYPES.get(alias.type or ""),
                "name": alias.name,
                "locale": alias.locale,
                "type": alias.type,
                "primary": None,
                "begin-date": None,
                "end-date": None,
            }
            for alias in contributor.aliases
        ]
    return body


# How search fields match --------------------------------------------------------------------


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


# Endpoints ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    limit: int
    offset: int

    def of(self, found: list[Any]) -> list[Any]:
        return found[self.offset : self.offset + self.limit]


def read_page(request: Request) -> Page:
    limit = number(request.query_params, "limit", LIMIT_DEFAULT)
    offset = number(request.query_params, "offset", 0)
    # The server takes 0 and nonsense for its default, and cuts silently what is too much.
    return Page(min(limit or LIMIT_DEFAULT, LIMIT_MAX), offset or 0)


class MusicBrainz:
    """The service over one world; every method answers one kind of request."""

    def __init__(self, world: World) -> None:
        self.catalogue = Catalogue(world)

    def answers(self) -> dict[str, Answer]:
        """Name the paths below /ws/2 and what answers them."""
        return {
            "/url": refusing(self.url),
            "/release": refusing(self.releases),
            "/release/{id}": refusing(self.release),
            "/isrc/{id}": refusing(self.isrc),
            "/recording": refusing(self.recordings),
            "/recording/{id}": refusing(self.recording),
            "/artist": refusing(self.artists),
            "/artist/{id}": refusing(self.artist),
        }

    def url(self, request: Request) -> Response:
        incs = self._check(request, "url", {"resource"})
        asked = request.query_params.getlist("resource")
        if not asked:
            raise _no_such_query("url")
        known = [r for r in asked[:RESOURCES_MAX] if r in self.catalogue.urls]
        if len(asked) == 1:
            if not known:
                raise refuse(404, "Not Found")
            return json(url_json(self.catalogue, known[0], incs))
        # The order of the answer is not that of the question; sorted is as good as any.
        urls = [url_json(self.catalogue, url, incs) for url in sorted(set(known))]
        return json({"url-count": len(urls), "url-offset": 0, "urls": urls})

    def release(self, request: Request) -> Response:
        incs = self._check(request, "release")
        release = self.catalogue.world.releases.get(self._mbid(request))
        if release is None:
            raise refuse(404, "Not Found")
        return json(release_json(self.catalogue, release, incs))

    def releases(self, request: Request) -> Response:
        if "release-group" in request.query_params:
            return self._browse_releases(request)
        self._check(request, "release", {"query", "limit", "offset"})
        return self._search(
            request,
            "release",
            self.catalogue.world.releases.values(),
            lambda release, name, text: release_field(self.catalogue, release, name, text),
            lambda release, points: found_release(self.catalogue, release, points),
        )

    def _browse_releases(self, request: Request) -> Response:
        incs = self._check(request, "release", {"release-group", "limit", "offset"})
        found = self.catalogue.groups.get(request.query_params["release-group"])
        if found is None:
            raise refuse(404, "Not Found")
        return json(
            {
                "release-count": len(found),
                "release-offset": read_page(request).offset,
                "releases": [
                    release_json(self.catalogue, r, incs) for r in read_page(request).of(found)
                ],
            }
        )

    def isrc(self, request: Request) -> Response:
        incs = self._check(request, "isrc")
        isrc = str(request.path_params["id"])
        if not _ISRC.fullmatch(isrc):
            raise refuse(400, "Invalid isrc.")
        found = self.catalogue.isrcs.get(isrc)
        if not found:
            raise refuse(404, "Not Found")
        bodies = [recording_json(self.catalogue, r, incs) for r in found]
        return json({"isrc": isrc, "recordings": bodies})

    def recording(self, request: Request) -> Response:
        incs = self._check(request, "recording")
        recording = self.catalogue.world.recordings.get(self._mbid(request))
        if recording is None:
            raise refuse(404, "Not Found")
        return json(recording_json(self.catalogue, recording, incs))

    def recordings(self, request: Request) -> Response:
        if "release" in request.query_params:
            return self._browse_recordings(request)
        self._check(request, "recording", {"query", "limit", "offset"})
        return self._search(
            request,
            "recording",
            self.catalogue.world.recordings.values(),
            lambda recording, name, text: recording_field(self.catalogue, recording, name, text),
            lambda recording, points: found_recording(self.catalogue, recording, points),
        )

    def _browse_recordings(self, request: Request) -> Response:
        incs = self._check(request, "recording", {"release", "limit", "offset"})
        mbid = self._valid(request.query_params["release"])
        release = self.catalogue.world.releases.get(mbid)
        if release is None:
            raise refuse(404, "Not Found")
        ids = dict.fromkeys(p.recording_id for medium in release.media for p in medium)
        page = read_page(request)
        return json(
            {
                "recording-count": len(ids),
                "recording-offset": page.offset,
                "recordings": [
                    recording_json(self.catalogue, self.catalogue.world.recordings[id], incs)
                    for id in page.of(list(ids))
                ],
            }
        )

    def artist(self, request: Request) -> Response:
        incs = self._check(request, "artist")
        mbid = self._mbid(request)
        if mbid not in self.catalogue.world.contributors and mbid not in SPECIAL_PURPOSE:
            raise refuse(404, "Not Found")
        return json(artist_json(self.catalogue, self.catalogue.contributor(mbid), incs))

    def artists(self, request: Request) -> Response:
        self._check(request, "artist", {"query", "limit", "offset"})
        return self._search(
            request,
            "artist",
            self.catalogue.world.contributors.values(),
            artist_field,
            found_artist,
        )

    def missing(self, request: Request) -> Response:
        return refuse(404, "Not Found").response

    def _check(self, request: Request, resource: str, params: Iterable[str] = frozenset()) -> Incs:
        check_sender(request)
        if surplus := unexpected(request, {"fmt", "inc", *params}):
            raise refuse(400, f"The sandbox knows no parameter {surplus[0]} here.")
        return read_incs(request, resource)

    def _mbid(self, request: Request) -> str:
        return self._valid(str(request.path_params["id"]))

    def _valid(self, text: str) -> str:
        if not _MBID.fullmatch(text.lower()):
            raise refuse(400, "Invalid mbid.")
        return self.catalogue.current(text.lower())

    def _search(
        self,
        request: Request,
        resource: str,
        entities: Iterable[T],
        field: Callable[[T, str, str], float],
        write: Callable[[T, int], Json],
    ) -> Response:
        query, page = read_query(request, resource), read_page(request)
        # The best first, and those equally good in the order of the world, so that a page
        # asked for twice is the same.
        scored = [(score(query, partial(field, entity)), entity) for entity in entities]
        found = sorted((s for s in scored if s[0] > 0), key=lambda s: -s[0])
        return json(
            {
                "created": "2026-11-24T00:00:00.000Z",
                "count": len(found),
                "offset": page.offset,
                f"{resource}s": [write(entity, round(points)) for points, entity in page.of(found)],
            }
        )


def _no_such_query(resource: str) -> Refusal:
    return refuse(
        400,
        f"The given parameters do not match any available query type for the {resource} resource.",
    )


def read_query(request: Request, resource: str) -> Query:
    text = request.query_params.get("query", "")
    if not text.strip():
        raise _no_such_query(resource)
    try:
        return parse(text)
    except BadQuery as error:
        raise refuse(400, f"Unable to parse the search query: {error}.") from error
