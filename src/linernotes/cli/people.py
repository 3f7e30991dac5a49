"""People as rows for other programs: the columns, and what stands in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from linernotes.db.people import Person, Stated

# Those that a program for contacts has a field for, each in a column of its own.
NETWORKS = (
    "website",
    "instagram",
    "x",
    "youtube",
    "soundcloud",
    "tiktok",
    "spotify",
    "apple_music",
    "facebook",
    "linkedin",
    "bandcamp",
)
# In this order, as docs/reference/exports.md describes them.
COLUMNS = (
    "linernotes_id",
    "name",
    "first_name",
    "last_name",
    "kind",
    "roles",
    "tracks",
    "albums",
    "artists",
    "first_credit",
    "last_credit",
    "sources",
    *NETWORKS,
    "other_profiles",
    "musicbrainz_id",
    "wikidata_id",
    "isni",
    "ipi",
    "profile_sources",
    "checked_at",
    "evidence_url",
    "exported_at",
    "sandbox",
)


def row(person: Person, *, sandbox: bool) -> dict[str, Any]:
    """What stands in each column: text, a number, a time, a list of texts, or None."""
    first, last = split_name(person.kind, person.sort_name)
    values = {
        "linernotes_id": person.id,
        "name": person.name,
        "first_name": first,
        "last_name": last,
        "kind": person.kind,
        "roles": _in_order(person.roles),
        "tracks": person.tracks,
        "albums": person.albums,
        "artists": person.artists,
        "first_credit": person.first_credit,
        "last_credit": person.last_credit,
        "sources": sorted(person.sources),
        **_profiles(person.profiles),
        "musicbrainz_id": person.id if person.source == "musicbrainz" else None,
        "wikidata_id": person.wikidata_id,
        "isni": person.isnis,
        "ipi": person.ipis,
        "checked_at": person.checked_at,
        "evidence_url": person.evidence_url if _is_link(person.evidence_url) else None,
        "exported_at": person.exported_at,
        "sandbox": sandbox,
    }
    return {column: values[column] for column in COLUMNS}


def split_name(kind: str | None, sort_name: str | None) -> tuple[str | None, str | None]:
    """
    Take first and last name from a person's sort name "Last, First"; else neither is known.

    "Alchemist, The" is sorted without its article, and nobody is called The.
    """
    last, _, first = (sort_name or "").partition(", ")
    if kind != "person" or not (last and first) or "," in first or first.casefold() == "the":
        return None, None
    return first.strip(), last.strip()


class Place(NamedTuple):
    """One account or page, and everybody who states it."""

    network: str
    url: str
    sources: list[str]


def _profiles(stated: Sequence[Stated]) -> dict[str, Any]:
    """The best address for each network; all others together, so that none is lost."""
    places = best_first(stated)
    shown: dict[str, Place] = {}
    for place in places:
        if place.network in NETWORKS:
            shown.setdefault(place.network, place)
    others = [place for place in places if place not in shown.values()]
    return {
        **{name: shown[name].url if name in shown else None for name in NETWORKS},
        "other_profiles": [place.url for place in others],
        "profile_sources": [
            f"{place.network}: {', '.join(place.sources)}"
            for place in (*(shown[name] for name in NETWORKS if name in shown), *others)
        ],
    }


def best_first(stated: Sequence[Stated]) -> list[Place]:
    """Each account once: those that more sources state first, then by network and address."""
    from linernotes.matching.networks import Profile

    places: dict[tuple[str, str], Place] = {}
    for one in stated:
        if not _is_link(one.url):
            continue
        key = (one.network, Profile(one.network, None, one.url).key)
        place = places.setdefault(key, Place(one.network, one.url, []))
        if one.source not in place.sources:
            place.sources.append(one.source)
            place.sources.sort()
    return sorted(places.values(), key=lambda place: (-len(place.sources), *place))


def _in_order(roles: Sequence[str]) -> list[str]:
    from linernotes.catalogue import ROLES

    return sorted(roles, key=ROLES.index)


def _is_link(url: str) -> bool:
    return url.startswith(("https://", "http://"))
