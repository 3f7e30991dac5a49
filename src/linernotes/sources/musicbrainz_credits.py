"""
Which of MusicBrainz' relations are producer credits, and in which role.

Told by the id of the relation's type and attributes, never by its English name. Engineers,
mixers, programmers, remixers and arrangers are credits of their own, not of producing.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec

from linernotes.catalogue import ROLES, Credit, Producer, Scope, Unfamiliar, UnknownRole
from linernotes.sources.musicbrainz_payloads import ArtistPayload, Relation
from linernotes.sources.musicbrainz_types import (
    NOT_PRODUCERS_OF_RECORDING,
    NOT_PRODUCERS_OF_RELEASE,
)

PRODUCER_OF_RECORDING = "5c0ceac3-feb4-41f0-868d-dc06f6e27fc0"
PRODUCER_OF_RELEASE = "8bf377ba-8d71-4ecc-97f2-7bb2d8a2a75f"

ADDITIONAL = "0a5341f8-3b1d-4f99-a0c6-26b7f4e42c7f"
ASSISTANT = "8c4196b1-7053-4b16-921a-f22b2898ed44"
ASSOCIATE = "8d23d2dd-13df-43ea-85a0-d7eb38dc32ec"
CO = "ac6f6b4c-a4ec-4483-a04e-9f425a914573"
EXECUTIVE = "e0039285-6667-4f94-80d6-aa6520c6d359"
TASK = "39867b3b-0f1e-40d5-b602-4f3936b7f486"

# Attributes without ids occur only in answers from before 2016.
_ID_OF = {
    "additional": ADDITIONAL,
    "assistant": ASSISTANT,
    "associate": ASSOCIATE,
    "co": CO,
    "executive": EXECUTIVE,
    "task": TASK,
}

# Several may come together; the first of this list makes the role, and the others its detail.
_ROLE_OF = (
    (EXECUTIVE, "executive producer"),
    (ASSISTANT, "assistant producer"),
    (ADDITIONAL, "additional producer"),
    (ASSOCIATE, "associate producer"),
    (CO, "co-producer"),
)

# There is no relation type for these: editors write it into the task.
_ROLE_OF_TASK = (
    (re.compile(r"\bvocals?\b", re.IGNORECASE), "vocal producer"),
    (re.compile(r"\b(?:compilation|reissue)\b", re.IGNORECASE), "compilation producer"),
    (re.compile(r"\bvideo\b", re.IGNORECASE), "video producer"),
)

# Stand for nobody in particular:
# musicbrainz.org/doc/Style/Unknown_and_untitled/Special_purpose_artist
SPECIAL_PURPOSE = frozenset(
    {
        "89ad4ac3-39f7-470e-963a-56509c546377",  # Various Artists
        "125ec42a-7229-4250-afc5-e057484327fe",  # [unknown]
        "eec63d3c-3b81-4ad4-b1e4-7c147d4d2b61",  # [no artist]
        "f731ccc4-e22a-43af-a747-64213329e088",  # [anonymous]
        "9be7f096-97ec-4615-8957-8d40b5dcbc41",  # [traditional]
        "33cf029c-63b0-41a0-9855-be2a3665fb3b",  # [data]
        "314e1c25-dde7-4e4d-b2f4-0a7b9f7c56dc",  # [dialogue]
        "66ea0139-149f-4a0c-8fbf-5ea9ec4a6e49",  # [Disney]
        "a0ef7e1d-44ff-4039-9435-7d5fefdeecc9",  # [theatre]
        "90068d37-bae7-4292-be4a-704c145bd616",  # [church chimes]
        "80a8851f-444c-4539-892b-ad2a49292aa9",  # [language instruction]
        "7e84f845-ac16-41fe-9ff8-df12eb32af55",  # MusicBrainz Test Artist
    }
)


class Recorded(Protocol):
    """A track of a release. `relations` is None where the answer left them out."""

    @property
    def recording_id(self) -> str: ...
    @property
    def relations(self) -> Sequence[Relation] | None: ...


class Released(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def is_compilation(self) -> bool: ...
    @property
    def relations(self) -> Sequence[Relation]: ...


def credits(
    track: Recorded,
    release: Released,
    *,
    track_id: str,
    matched_by: str,
    site: str,
    at: datetime,
) -> tuple[tuple[Producer, ...], tuple[Credit, ...]]:
    """
    Say who produced a track: credited on its recording, or on the release as a whole.

    A person in two roles has two credits; the same role twice is one credit, with both
    details. On a compilation, who produced the release compiled it.
    """
    said = [*_of_recording(track, site), *_of_release(release, site)]
    artists = {one.artist.id: one.artist for one in said}
    producers = tuple(producer(artist, site, at) for artist in artists.values())
    return producers, _merged(
        Credit(
            source="musicbrainz",
            retrieved_at=at,
            track_id=track_id,
            producer_id=one.artist.id,
            role=one.role,
            scope=one.scope,
            printed_as=one.printed_as,
            detail=one.detail or None,
            matched_by=matched_by,
            source_url=one.page,
        )
        for one in said
    )


# An id becomes part of an address that we ask.
_ID = re.compile(r"[\w-]+")


def is_id(text: str) -> bool:
    return bool(_ID.fullmatch(text))


class Person(NamedTuple):
    """Somebody, or a group, under their MusicBrainz id."""

    id: str
    name: str
    type: str | None
    disambiguation: str | None


class _Said(NamedTuple):
    """What one relation says, and the page that says it."""

    artist: Person
    printed_as: str
    role: str
    detail: str
    scope: Scope
    page: str


def _of_recording(track: Recorded, site: str) -> Iterator[_Said]:
    page = f"{site}/recording/{track.recording_id}"
    for relation, artist in _producers(track.relations or (), PRODUCER_OF_RECORDING):
        role, detail = role_and_detail(relation)
        printed_as = relation.target_credit or artist.name
        yield _Said(artist, printed_as, role, detail, "track", page)


def _of_release(release: Released, site: str) -> Iterator[_Said]:
    page = f"{site}/release/{release.id}"
    for relation, artist in _producers(release.relations, PRODUCER_OF_RELEASE):
        role, detail = role_and_detail(relation, compiled=release.is_compilation)
        printed_as = relation.target_credit or artist.name
        yield _Said(artist, printed_as, role, detail, "release", page)


def _producers(relations: Iterable[Relation], type_id: str) -> Iterator[tuple[Relation, Person]]:
    for one in relations:
        person = _person(one.artist) if one.artist and one.type_id == type_id else None
        if person and person.id not in SPECIAL_PURPOSE:
            yield one, person


def _person(artist: ArtistPayload) -> Person | None:
    """Whom a relation names; None for one without a name, or with an id that could be none."""
    id, name = artist.id or "", (artist.name or "").strip()
    if not (name and is_id(id)):
        return None
    return Person(id, name, artist.type, artist.disambiguation)


def producer(person: Person, site: str, at: datetime) -> Producer:
    return Producer(
        source="musicbrainz",
        retrieved_at=at,
        id=person.id,
        name=person.name,
        kind=person.type.lower() if person.type else None,
        disambiguation=person.disambiguation or None,
        url=f"{site}/artist/{person.id}",
    )


def role_and_detail(relation: Relation, *, compiled: bool = False) -> tuple[str, str]:
    """
    Choose the role that a producer relation says, and keep its other words as the detail.

    "executive" comes first, then what the task says, then the other attributes: "additional"
    and "co" together is an additional producer, with "co" kept. Who produced what is a
    compilation (`compiled`) compiled it.
    """
    by_id, task = _attributes_and_task(relation)
    role = _role(by_id, task)
    if compiled and role in ROLES:
        role = "compilation producer"
    words = [name for id, name in by_id.items() if dict(_ROLE_OF).get(id) != role]
    return role, ", ".join([*words, task] if task else words)


def _attributes_and_task(relation: Relation) -> tuple[dict[str, str], str]:
    """The names of a relation's attributes by their ids, without the task; the task's text."""
    ids, names = relation.attribute_ids or {}, relation.attributes or []
    by_id = {ids.get(name) or _ID_OF.get(name, name): name for name in names}
    task_name = by_id.pop(TASK, None)
    task = ((relation.attribute_values or {}).get(task_name or "task") or "").strip()
    return by_id, task


def _role(attributes: Iterable[str], task: str) -> str:
    if EXECUTIVE in attributes:
        return "executive producer"
    for pattern, role in _ROLE_OF_TASK:
        if pattern.search(task):
            return role
    return next((role for id, role in _ROLE_OF if id in attributes), "producer")


def _merged(credits: Iterable[Credit]) -> tuple[Credit, ...]:
    merged: dict[tuple[str, str, str], Credit] = {}
    for credit in credits:
        key = (credit.producer_id, credit.role, credit.scope)
        earlier = merged.setdefault(key, credit)
        if credit.detail and credit.detail not in (earlier.detail or "").split("; "):
            details = [earlier.detail, credit.detail] if earlier.detail else [credit.detail]
            merged[key] = msgspec.structs.replace(earlier, detail="; ".join(details))
    return tuple(merged.values())


def unknown_roles(
    track: Recorded, release: Released, *, track_id: str, site: str, at: datetime
) -> tuple[UnknownRole, ...]:
    """What is said of people on a track and its release that we can make nothing of, once each."""
    recording_page = f"{site}/recording/{track.recording_id}"
    release_page = f"{site}/release/{release.id}"
    met = {
        **_met(
            track.relations or (), PRODUCER_OF_RECORDING, NOT_PRODUCERS_OF_RECORDING, recording_page
        ),
        **_met(release.relations, PRODUCER_OF_RELEASE, NOT_PRODUCERS_OF_RELEASE, release_page),
    }
    return tuple(
        UnknownRole(
            source="musicbrainz",
            retrieved_at=at,
            track_id=track_id,
            kind=one.kind,
            met=one.met,
            words=words,
            source_url=one.page,
        )
        for one, words in met.items()
    )


# A task is part of a key, and what a row of an index holds is limited.
_WORDS_MAX = 200


class _Met(NamedTuple):
    page: str
    kind: Unfamiliar
    met: str


def _met(
    relations: Iterable[Relation], producer_type: str, others: Container[str], page: str
) -> dict[_Met, str]:
    """What we do not know among the relations to artists, with the words for it."""
    met = {}
    for one in relations:
        if one.artist is None or one.type_id is None or one.type_id in others:
            continue
        if one.type_id != producer_type:
            met[_Met(page, "relation", one.type_id)] = one.type or one.type_id
            continue
        attributes, task = _attributes_and_task(one)
        for id, name in attributes.items():
            if id not in _ID_OF.values():
                met[_Met(page, "attribute", id)] = name
        if task and not any(pattern.search(task) for pattern, _ in _ROLE_OF_TASK):
            met[_Met(page, "task", task[:_WORDS_MAX])] = task[:_WORDS_MAX]
    return met
