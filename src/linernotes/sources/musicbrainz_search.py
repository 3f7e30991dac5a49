"""Which of MusicBrainz' releases and artists are those of Spotify."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from linernotes.errors import Malformed, NotFound
from linernotes.matching.identifiers import (
    NotASpotifyLink,
    SpotifyKind,
    barcode_forms,
    gtin14,
    spotify_ref,
    spotify_url,
)
from linernotes.matching.names import loose_key, strict_key
from linernotes.matching.titles import same_recording_key
from linernotes.sources import Answer, Api, Batch, Params
from linernotes.sources.musicbrainz_payloads import (
    ArtistCreditPayload,
    IsrcPayload,
    Relation,
    ReleasePayload,
    ReleaseSearchPayload,
    UrlEntityPayload,
    UrlsPayload,
    decoded,
    relations_of,
)

# The server takes a hundred links and silently cuts the rest. At 63 characters a link they keep
# the request line below the 8 kB that servers usually accept.
LINKS_MAX = 100
# Up to four forms each. An answer has a hundred releases at most, so two a barcode; where that
# is too few we step down. A hundred releases of one barcode are enough of them.
BATCH_SIZES = (50, 20, 5, 1)
FOUND_MAX = 100

V = TypeVar("V")


class LinkedArtist(msgspec.Struct, frozen=True):
    id: str
    disambiguation: str | None


class FoundRelease(msgspec.Struct, frozen=True):
    """
    `barcode` has 14 digits. `is_exact` where a title was searched for and this release has it
    to the letter, edition included.
    """

    id: str
    track_count: int | None
    barcode: str | None
    status: str | None
    is_exact: bool = False


async def releases_by_link(
    api: Api, album_ids: Sequence[str], *, since: datetime | None = None
) -> dict[str, tuple[str, ...]]:
    """Find the releases that are linked to Spotify albums, sorted; () where none is."""
    batch = Batch("/url", LINKS_MAX, _links("album", "release-rels"), _split_releases)
    return _or_empty(await api.get_batch(batch, album_ids, tuple[str, ...], since=since))


async def artists_by_link(
    api: Api, artist_ids: Sequence[str], *, since: datetime | None = None
) -> dict[str, tuple[LinkedArtist, ...]]:
    """Find the artists that are linked to Spotify artists; () where none is."""
    batch = Batch("/url", LINKS_MAX, _links("artist", "artist-rels"), _split_artists)
    return _or_empty(await api.get_batch(batch, artist_ids, tuple[LinkedArtist, ...], since=since))


async def releases_by_barcode(
    api: Api, gtins: Sequence[str], *, since: datetime | None = None
) -> dict[str, tuple[FoundRelease, ...]]:
    """
    Find the releases sold under barcodes, official ones first; () where there is none.

    The server cuts an answer off after a hundred releases, and then nothing says which barcodes
    it left out: they are asked for again, fewer at a time.
    """
    valid = [gtin for gtin in gtins if gtin14(gtin)]
    found = _or_empty(await _in_whole_answers(api, valid, since))
    return {gtin: found.get(gtin, ()) for gtin in gtins}


async def _in_whole_answers(
    api: Api, gtins: Sequence[str], since: datetime | None
) -> dict[str, Answer[tuple[FoundRelease, ...] | None]]:
    for size in _sizes(len(gtins)):
        batch = Batch("/release", size, _barcode_query, _split_barcodes)
        try:
            # Those answered before the cut are kept, and not asked for again.
            return await api.get_batch(batch, gtins, tuple[FoundRelease, ...], since=since)
        except _CutOff:
            continue
    raise AssertionError("the answer to one barcode is never taken for cut off")


async def releases_by_title(
    api: Api, title: str, artist: str, *, since: datetime | None = None
) -> tuple[FoundRelease, ...]:
    """
    Find releases whose title and artist are these, official ones first, then exact ones.

    The search is fuzzy, so what merely comes near is dropped. "(Deluxe Edition)" and the like
    do not count, since MusicBrainz keeps them apart from the title.
    """
    try:
        answer = await api.get(
            "/release",
            ReleaseSearchPayload,
            since=since,
            query=f"release:({_titles(title)}) AND artist:{quoted(artist)}",
            limit=FOUND_MAX,
            fmt="json",
        )
    except NotFound:
        return ()
    return _official_first(
        msgspec.structs.replace(
            _found_release(one), is_exact=strict_key(one.title) == strict_key(title)
        )
        for one in answer.value.releases
        if one
        and same_recording_key(one.title) == same_recording_key(title)
        and loose_key(artist) in {loose_key(name) for name in _names(one.artist_credit)}
    )


async def releases_by_isrc(
    api: Api, isrc: str, *, since: datetime | None = None
) -> tuple[str, ...]:
    """
    Find the releases of the recordings that have a code, often more than one of each.

    () where MusicBrainz does not know the code.
    """
    try:
        answer = await api.get(
            f"/isrc/{isrc}", IsrcPayload, since=since, inc="releases", fmt="json"
        )
    except NotFound:
        return ()
    return coded_releases(answer.value)


def _sizes(count: int) -> list[int]:
    """How many to ask for at a time, at first and after a cut; no two hold all of them."""
    smaller = (*BATCH_SIZES[1:], 0)
    pairs = zip(BATCH_SIZES, smaller, strict=True)
    return [size for size, next in pairs if next < max(count, 1)]


def _links(kind: SpotifyKind, inc: str) -> Callable[[Sequence[str]], Params]:
    def params(ids: Sequence[str]) -> Params:
        return {"resource": [spotify_url(kind, id) for id in ids], "inc": inc, "fmt": "json"}

    return params


def _split_releases(body: bytes, album_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    return {
        id: tuple(sorted({one.release.id for one in relations if one.release}))
        for id, relations in relations_by_link(body, "album").items()
        if id in album_ids
    }


def _split_artists(
    body: bytes, artist_ids: Sequence[str]
) -> Mapping[str, tuple[LinkedArtist, ...]]:
    linked = relations_by_link(body, "artist")
    return {id: _linked_artists(linked[id]) for id in artist_ids if id in linked}


def _linked_artists(relations: Iterable[Relation]) -> tuple[LinkedArtist, ...]:
    linked = {
        one.artist.id: LinkedArtist(one.artist.id, one.artist.disambiguation or None)
        for one in relations
        if one.artist and one.artist.id
    }
    return tuple(artist for _, artist in sorted(linked.items()))


def relations_by_link(body: bytes, kind: SpotifyKind) -> dict[str, list[Relation]]:
    """
    Give the relations of each Spotify id in an answer about links.

    One link is answered with the link itself, several with a list in an order of its own,
    without the unknown ones. Any type of link will do: it is the same page in each.
    """
    answer = decoded(body, UrlsPayload)
    if answer.urls is None and answer.resource is None:
        raise Malformed("musicbrainz", "an answer about links without any link")
    found: dict[str, list[Relation]] = {}
    for url in [*(answer.urls or ()), UrlEntityPayload(answer.resource, answer.relations)]:
        if url and (id := _spotify_id(url.resource, kind)):
            found.setdefault(id, []).extend(relations_of(url.relations) or ())
    return found


def _spotify_id(resource: str | None, kind: SpotifyKind) -> str | None:
    try:
        ref = spotify_ref(resource or "")
    except NotASpotifyLink:
        return None
    return ref.id if ref and ref.kind == kind else None


def _barcode_query(gtins: Sequence[str]) -> Params:
    forms = sorted({form for gtin in gtins for form in barcode_forms(gtin)})
    return {"query": f"barcode:({' OR '.join(forms)})", "limit": FOUND_MAX, "fmt": "json"}


class _CutOff(Malformed):
    """There are more releases than the answer holds."""


def _split_barcodes(body: bytes, gtins: Sequence[str]) -> Mapping[str, tuple[FoundRelease, ...]]:
    answer = decoded(body, ReleaseSearchPayload)
    if len(gtins) > 1 and (answer.count or 0) > len(answer.releases):
        raise _CutOff("musicbrainz", f"only {len(answer.releases)} of {answer.count} releases")
    found = found_releases(answer)
    coded = {
        gtin: _official_first(one for one in found if one.barcode and one.barcode == gtin14(gtin))
        for gtin in gtins
    }
    return {gtin: releases for gtin, releases in coded.items() if releases}


def _official_first(releases: Iterable[FoundRelease]) -> tuple[FoundRelease, ...]:
    """Bootlegs and translated titles last; otherwise in the order of the search's score."""
    return tuple(
        sorted(releases, key=lambda one: (one.status not in ("Official", None), not one.is_exact))
    )


def quoted(text: str) -> str:
    r"""Write a phrase for a search: inside quotes only \ and " mean something to Lucene."""
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def _titles(title: str) -> str:
    """Ask for a title as it stands, and without what follows in brackets."""
    plain = re.sub(r"\s*[(\[].*", "", title)
    return " OR ".join(quoted(one) for one in dict.fromkeys([title, plain]) if one)


def _names(artist_credit: Iterable[ArtistCreditPayload | None] | None) -> Iterable[str]:
    """Every name of those credited: as printed, as they are called, and their aliases."""
    for one in filter(None, artist_credit or ()):
        yield one.name
        if one.artist:
            yield one.artist.name
            yield from (alias.name for alias in one.artist.aliases or () if alias)


def _or_empty(found: Mapping[str, Answer[tuple[V, ...] | None]]) -> dict[str, tuple[V, ...]]:
    return {item: answer.value or () for item, answer in found.items()}


def coded_releases(payload: IsrcPayload) -> tuple[str, ...]:
    recordings = filter(None, payload.recordings)
    releases = [release for one in recordings for release in one.releases or () if release]
    return tuple(dict.fromkeys(release.id for release in releases))


def found_releases(payload: ReleaseSearchPayload) -> list[FoundRelease]:
    return [_found_release(one) for one in payload.releases if one]


def _found_release(payload: ReleasePayload) -> FoundRelease:
    return FoundRelease(
        id=payload.id,
        track_count=payload.track_count,
        barcode=gtin14(payload.barcode or ""),
        status=payload.status,
    )
