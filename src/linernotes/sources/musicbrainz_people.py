"""Who a producer is according to MusicBrainz, and where they can be found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from linernotes.catalogue import Identity, Merged, Producer, Profile
from linernotes.errors import Malformed
from linernotes.matching import networks
from linernotes.sources import Answer, Api
from linernotes.sources.musicbrainz_credits import Person, is_id, producer
from linernotes.sources.musicbrainz_payloads import (
    ArtistProfilePayload,
    Relation,
    relations_of,
)

# Where somebody can be followed or reached; fan pages, shops, databases and encyclopedias are
# neither (docs/decisions/0008).
PROFILE_TYPES = frozenset(
    {
        "99429741-f3f6-484b-84f8-23af51991770",  # social network
        "6a540e5b-58c6-4192-b6ba-dbc71ec8fcf0",  # youtube
        "89e4a949-0976-440d-bda1-5f772c1e5710",  # soundcloud
        "c550166e-0548-4a18-b1d4-e2ae423a3e88",  # bandcamp
        "fe33d22f-c3b0-4d68-bd53-a856badf2b15",  # official homepage
        "bac47923-ecde-4b59-822e-d08f0cd10156",  # myspace
        "eb535226-f8ca-499d-9b18-6a144df4ae6f",  # blog
        "d86c9450-b6d0-4760-a275-e7547495b48b",  # video channel
        "35b3a50f-bf0e-4309-a3b4-58eeed8cee6a",  # online community
        "6f77d54e-1d81-4e1a-9ea5-37947577151b",  # patronage
        "769085a1-c2f7-4c24-a532-2375a77693bd",  # free streaming: Spotify, Deezer
        "63cc5d1f-f096-4c94-a43f-ecb32ea94161",  # paid streaming: Apple Music, Tidal
        "631712a0-7525-42ba-b7a3-605aa7a238c4",  # youtube music
    }
)
# Of these only pages of a known network count: the others are services nobody can be followed at.
STREAMING_TYPES = frozenset(
    {
        "769085a1-c2f7-4c24-a532-2375a77693bd",
        "63cc5d1f-f096-4c94-a43f-ecb32ea94161",
        "631712a0-7525-42ba-b7a3-605aa7a238c4",
    }
)
# As musicbrainz.org/doc/ISNI and /doc/IPI say that they are stored.
_ISNI = re.compile(r"\d{15}[\dX]")
_IPI = re.compile(r"\d{11}")
WIKIDATA_TYPE = "689870a4-a1e4-4912-b17f-7b2664215698"


@dataclass(frozen=True)
class ArtistProfile:
    """
    Who a producer is and where they can be found; all under the id that they have now.

    `merged` says so where it is not the one asked for.
    """

    producer: Producer
    identity: Identity
    profiles: tuple[Profile, ...]
    merged: Merged | None = None


async def artist_profile(api: Api, mbid: str, *, since: datetime | None = None) -> ArtistProfile:
    """Read who a producer is, and where they can be found. Raises `NotFound`."""
    answer = await api.get(
        f"/artist/{mbid}", ArtistProfilePayload, since=since, inc="url-rels", fmt="json"
    )
    return profile_facts(answer, mbid, api.source.site)


def profile_facts(answer: Answer[ArtistProfilePayload], asked_id: str, site: str) -> ArtistProfile:
    """Facts have the id of the answer. Raises `Malformed` where that could be none."""
    payload, at = answer.value, answer.retrieved_at
    if not is_id(payload.id):
        raise Malformed("musicbrainz", f"artist {asked_id} came without an id")
    current = [one for one in relations_of(payload.relations) or () if not _has_ended(one, at)]
    person = Person(payload.id, payload.name, payload.type, payload.disambiguation)
    who = producer(person, site, at)
    return ArtistProfile(
        merged=_merged(asked_id, who),
        producer=who,
        identity=_identity(payload, current, who),
        profiles=_profiles(current, who),
    )


def _merged(asked_id: str, who: Producer) -> Merged | None:
    if who.id == asked_id:
        return None
    return Merged(source=who.source, retrieved_at=who.retrieved_at, id=asked_id, current_id=who.id)


def _identity(
    payload: ArtistProfilePayload, relations: Iterable[Relation], who: Producer
) -> Identity:
    return Identity(
        source=who.source,
        retrieved_at=who.retrieved_at,
        producer_id=who.id,
        sort_name=(payload.sort_name or "").strip() or None,
        isnis=_numbers(payload.isnis, _ISNI),
        ipis=_numbers(payload.ipis, _IPI),
        wikidata_id=_wikidata_item(relations),
        source_url=who.url,
    )


def _numbers(stated: Iterable[str | None] | None, form: re.Pattern[str]) -> tuple[str, ...]:
    """Each once, in order. What has not the form of such a number is none."""
    return tuple(sorted({one for one in stated or () if one and form.fullmatch(one)}))


def _profiles(relations: Iterable[Relation], who: Producer) -> tuple[Profile, ...]:
    found: dict[str, Profile] = {}
    for relation in relations:
        place = networks.profile(relation.url.resource) if relation.url else None
        if place is None or relation.type_id not in PROFILE_TYPES:
            continue
        if place.network == "website" and relation.type_id in STREAMING_TYPES:
            continue
        found.setdefault(place.key, _profile(place, who))
    return tuple(found.values())


def _profile(place: networks.Profile, who: Producer) -> Profile:
    return Profile(
        source=who.source,
        retrieved_at=who.retrieved_at,
        producer_id=who.id,
        network=place.network,
        handle=place.handle,
        url=place.url,
        source_url=who.url,
    )


def _wikidata_item(relations: Iterable[Relation]) -> str | None:
    linked = {
        found[1]
        for one in relations
        if one.url and one.type_id == WIKIDATA_TYPE
        if (found := re.search(r"/(?:wiki|entity)/(Q[1-9]\d*)$", one.url.resource))
    }
    return linked.pop() if len(linked) == 1 else None


def _has_ended(relation: Relation, at: datetime) -> bool:
    """Dates are as precise as known: what ends in 2026 has not ended during 2026."""
    end = relation.end or ""
    return bool(relation.ended) or bool(end and end < at.date().isoformat()[: len(end)])
