"""
What Wikidata says: where the person or group behind an item can be found.

Errors come with status 200 and an `error` in the body, so everything is asked through batches,
whose parts are only kept once they were read. Empty maps may be written as empty lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from linernotes.catalogue import Profile
from linernotes.errors import Busy, Malformed, Rejected, Unavailable, UpstreamError
from linernotes.matching import networks
from linernotes.sources import Answer, Api, Batch, Params, Source

# 200 requests a minute for clients that say who runs them, at most three at a time
# (mediawiki.org/wiki/Wikimedia_APIs/Rate_limits).
SOURCE = Source(
    name="wikidata",
    url="https://www.wikidata.org/w/api.php",
    site="https://www.wikidata.org",
    requests_per_second=3,
    burst=3,
    keep_seconds=7 * 24 * 3600,
    licence="CC0-1.0",
)

ITEMS_MAX = 50
# A search may have 300 characters (CirrusSearchMaxFullTextQueryLength), and each MBID takes 42.
MBIDS_MAX = 6
MUSICBRAINZ_ARTIST = "P434"
END_TIME = "P582"
_ITEM = re.compile(r"Q[1-9][0-9]{0,11}")

# Where somebody can be followed or reached. The other identifiers name them in databases,
# which is no place to be found at (docs/decisions/0008).
PROFILE_PROPERTIES = (
    "P856",  # official website
    "P2003",  # Instagram
    "P2002",  # X
    "P2013",  # Facebook
    "P4003",  # Facebook page
    "P2397",  # YouTube channel
    "P11245",  # YouTube handle
    "P3040",  # SoundCloud
    "P3283",  # Bandcamp
    "P7085",  # TikTok
    "P1902",  # Spotify
    "P2850",  # Apple Music
    "P2722",  # Deezer
    "P4033",  # Mastodon
    "P5797",  # Twitch
    "P4175",  # Patreon
    "P3943",  # Tumblr
    "P6634",  # LinkedIn
    "P4265",  # Reddit
)

# Lag answers say how far behind the servers are, never for how long: five seconds is what the
# manual asks for (mediawiki.org/wiki/Manual:Maxlag_parameter).
BUSY_SECONDS = 5.0
_BUSY = frozenset({"maxlag", "ratelimited"})
_FAILING = ("internal_api_error", "readonly", "search-backend-error", "unknownerror")


@dataclass(frozen=True)
class Item:
    """
    What an item states and we read: pairs of property and value, those in force today.

    `id` is what was asked for's current id, after merges. `musicbrainz_ids` are all those
    stated and not deprecated, to verify that the item is a certain artist.
    """

    id: str
    musicbrainz_ids: tuple[str, ...]
    statements: tuple[tuple[str, str], ...]
    retrieved_at: datetime


async def items(
    api: Api, qids: Sequence[str], *, since: datetime | None = None
) -> dict[str, Item | None]:
    """Read items, by the ids that were asked for; None for those that do not exist."""
    # One id that is none makes Wikidata refuse the whole batch.
    valid = [qid for qid in qids if _ITEM.fullmatch(qid)]
    batch = Batch("", ITEMS_MAX, _entities_query, split_entities)
    found = await api.get_batch(batch, valid, EntityPayload, since=since)
    return {qid: _item(found[qid]) if qid in found else None for qid in qids}


async def items_by_mbid(
    api: Api, mbids: Sequence[str], *, since: datetime | None = None
) -> dict[str, Item | None]:
    """Find the item that states each MusicBrainz artist id, or None."""
    read = await items(api, await candidates(api, mbids, since=since), since=since)
    return stating(read.values(), mbids)


async def candidates(api: Api, mbids: Sequence[str], *, since: datetime | None = None) -> list[str]:
    """
    List the items that a search finds for MusicBrainz artist ids, sorted.

    It answers for a whole batch without saying which item belongs to which id, and ignores
    case, so the items are to be read: only what they state counts.
    """
    batch = Batch("", MBIDS_MAX, _search_query, split_search)
    answers = await api.get_batch(batch, mbids, tuple[str, ...], since=since)
    return sorted({qid for answer in answers.values() for qid in answer.value or ()})


def stating(read: Iterable[Item | None], mbids: Sequence[str]) -> dict[str, Item | None]:
    """
    Say which of the items states each id, or None.

    Of several items that state the same id none is taken, since nothing says which of them is
    right.
    """
    by_mbid: dict[str, dict[str, Item]] = {mbid: {} for mbid in mbids}
    for one in filter(None, read):
        for mbid in by_mbid.keys() & {*one.musicbrainz_ids}:
            by_mbid[mbid][one.id] = one
    return {
        mbid: next(iter(found.values())) if len(found) == 1 else None
        for mbid, found in by_mbid.items()
    }


def profiles(item: Item, producer_id: str, site: str) -> tuple[Profile, ...]:
    """Say where an item's person can be found. The caller knows that the item is `producer_id`."""
    stated = (networks.from_wikidata(name, value) for name, value in item.statements)
    places: dict[str, networks.Profile] = {}
    for place in filter(None, stated):
        places.setdefault(place.key, place)
    return tuple(
        Profile(
            source=SOURCE.name,
            retrieved_at=item.retrieved_at,
            producer_id=producer_id,
            network=place.network,
            handle=place.handle,
            url=place.url,
            source_url=f"{site}/wiki/{item.id}",
        )
        for place in places.values()
    )


# Asking


def _entities_query(qids: Sequence[str]) -> Params:
    return {
        "action": "wbgetentities",
        "ids": "|".join(qids),
        "props": "claims",
        "format": "json",
        "maxlag": 5,
    }


def split_entities(body: bytes, qids: Sequence[str]) -> Mapping[str, EntityPayload]:
    """
    Give each id its entity.

    A merged item stands under the id that was asked for, with `redirects` to say so
    (Wikibase, repo/includes/Api/ResultBuilder.php); it has been seen under its new id as well,
    and is then recognised by being the only one left over.

    Only the properties that we read are kept: items of the famous hold a megabyte.
    """
    entities = _decoded(body, EntitiesPayload).entities
    if entities is None:
        raise Malformed(SOURCE.name, "an answer without entities")
    found = {}
    for key, entity in entities.items():
        if entity is None or entity.missing is not None:
            continue
        old = entity.redirects.old if entity.redirects else key
        found[old if old in qids else key] = _slice(entity)
    unclaimed = [key for key in found if key not in qids]
    unanswered = [qid for qid in qids if qid not in entities and qid not in found]
    if len(unclaimed) == len(unanswered) == 1:
        found[unanswered[0]] = found[unclaimed[0]]
    return {qid: entity for qid, entity in found.items() if qid in qids}


def _slice(entity: EntityPayload) -> EntityPayload:
    claims = entity.claims if isinstance(entity.claims, dict) else {}
    read = {
        name: claims[name] for name in (MUSICBRAINZ_ARTIST, *PROFILE_PROPERTIES) if name in claims
    }
    return msgspec.structs.replace(entity, claims=read)


def _search_query(mbids: Sequence[str]) -> Params:
    wanted = "|".join(f"{MUSICBRAINZ_ARTIST}={mbid}" for mbid in mbids)
    return {
        "action": "query",
        "list": "search",
        "srsearch": f"haswbstatement:{wanted}",
        "srlimit": 50,
        "srprop": "",
        "format": "json",
        "maxlag": 5,
    }


def split_search(body: bytes, mbids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    answer = _decoded(body, SearchPayload)
    if answer.query is None:
        raise Malformed(SOURCE.name, "a search came without its result")
    hits = tuple(h.title for h in answer.query.search or () if h and _ITEM.fullmatch(h.title))
    return dict.fromkeys(mbids, hits)


# Reading


def _item(answer: Answer[EntityPayload | None]) -> Item | None:
    entity = answer.value
    return None if entity is None else item_facts(entity, answer.retrieved_at)


def item_facts(entity: EntityPayload, at: datetime) -> Item:
    claims = entity.claims if isinstance(entity.claims, dict) else {}
    stated = claims.get(MUSICBRAINZ_ARTIST) or ()
    mbids = [_text(one) for one in stated if one and one.rank != "deprecated"]
    return Item(
        id=entity.id,
        musicbrainz_ids=tuple(mbid for mbid in mbids if mbid),
        statements=tuple(
            (name, value)
            for name in PROFILE_PROPERTIES
            for value in _in_force(claims.get(name) or (), at)
        ),
        retrieved_at=at,
    )


def _in_force(statements: Sequence[StatementPayload | None], at: datetime) -> list[str]:
    """
    Choose the values that count: preferred ones if there are any, else the normal ones,
    without those that have ended. "Unknown" and "none" are no values.
    """
    present = [one for one in statements if one]
    preferred = [one for one in present if one.rank == "preferred"]
    normal = [one for one in present if one.rank == "normal"]
    chosen = [_text(one) for one in preferred or normal if not _has_ended(one, at)]
    return [value for value in chosen if value]


def _text(statement: StatementPayload) -> str | None:
    value = statement.mainsnak.value()
    return value if isinstance(value, str) else None


def _has_ended(statement: StatementPayload, at: datetime) -> bool:
    """An unknown end is an end all the same; "none" says that it goes on."""
    qualifiers = statement.qualifiers if isinstance(statement.qualifiers, dict) else {}
    ends = [snak for snak in qualifiers.get(END_TIME) or () if snak and snak.snaktype != "novalue"]
    return any(_is_past(snak.value(), at) for snak in ends)


def _is_past(value: Any, at: datetime) -> bool:
    """Times read "+2015-08-24T00:00:00Z", with 00 for a month or day that is not known."""
    text = str(value.get("time", "")) if isinstance(value, dict) else ""
    if not text.startswith("+"):
        return True
    day = text[1:11].replace("-00", "")
    return day < at.date().isoformat()[: len(day)]


# Payloads


class SnakPayload(msgspec.Struct):
    snaktype: str
    datavalue: Any = None

    def value(self) -> Any:
        """What is stated; None for unknown and none, which come without `datavalue`."""
        return self.datavalue.get("value") if isinstance(self.datavalue, dict) else None


class StatementPayload(msgspec.Struct):
    mainsnak: SnakPayload
    rank: str
    qualifiers: dict[str, list[SnakPayload | None]] | list[Any] | None = None


class RedirectPayload(msgspec.Struct):
    old: str = msgspec.field(name="from")


class EntityPayload(msgspec.Struct):
    id: str
    missing: Any = None
    redirects: RedirectPayload | None = None
    claims: dict[str, list[StatementPayload | None]] | list[Any] | None = None


class ErrorPayload(msgspec.Struct):
    code: str
    info: str | None = None


class AnswerPayload(msgspec.Struct):
    error: ErrorPayload | None = None


class EntitiesPayload(AnswerPayload):
    entities: dict[str, EntityPayload | None] | None = None


class HitPayload(msgspec.Struct):
    title: str


class QueryPayload(msgspec.Struct):
    search: list[HitPayload | None] | None = None


class SearchPayload(AnswerPayload):
    query: QueryPayload | None = None


A = TypeVar("A", bound=AnswerPayload)


def _decoded(body: bytes, into: type[A]) -> A:
    try:
        answer = msgspec.json.decode(body, type=into)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(SOURCE.name, f"cannot read an answer: {error}") from error
    if answer.error is not None:
        raise _error(answer.error)
    return answer


def _error(stated: ErrorPayload) -> UpstreamError:
    reason = f"{stated.code}: {stated.info or 'without a word'}"
    if stated.code in _BUSY:
        return Busy(SOURCE.name, BUSY_SECONDS, reason)
    if stated.code.startswith(_FAILING):
        return Unavailable(SOURCE.name, reason)
    return Rejected(SOURCE.name, 200, reason)
