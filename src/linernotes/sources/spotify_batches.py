"""
Many albums or tracks of Spotify in one request: extended mode's batch gets.

An account in development mode has none, and asks for each by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from linernotes.errors import Busy, Malformed, NotFound, Rejected, Removed, Unavailable
from linernotes.sources import Answer, Api, Batch, Params
from linernotes.sources import spotify_account as account
from linernotes.sources.spotify_facts import (
    AlbumPayload,
    AlbumsPayload,
    TrackPayload,
    TracksPayload,
    isrc_of,
)

# What one request may ask for (developer.spotify.com, "Get Several Albums", "Get Several Tracks").
ALBUMS_MAX, TRACKS_MAX = 20, 50

P = TypeVar("P")
# By id; None for one that is gone, and for all of it where each must be asked for by itself.
Together = Mapping[str, Answer[P] | None] | None


async def albums_together(
    api: Api, album_ids: Sequence[str], *, since: datetime | None = None
) -> Together[AlbumPayload]:
    """
    Read albums and their first 50 tracks, twenty in a request; None for those that are gone.

    None for all of it where the account must ask for each by itself.
    """
    return await _together(api, _albums_batch(api), album_ids, AlbumPayload, since)


async def isrcs_together(
    api: Api, track_ids: Sequence[str], *, since: datetime | None = None
) -> dict[str, str | None] | None:
    """Ask for many tracks' recording codes, fifty in a request; None as in `albums_together`."""
    found = await _together(api, _tracks_batch(api), track_ids, TrackPayload, since)
    if found is None:
        return None
    return {id: None if one is None else isrc_of(one.value) for id, one in found.items()}


async def _together(
    api: Api, batch: Batch[P], ids: Sequence[str], into: type[P], since: datetime | None
) -> Together[P]:
    """The items of a batch get, if the account may use it: only who is known to be may try."""
    if await account.mode(api) != "extended":
        return None
    try:
        found = await api.get_batch(batch, sorted(set(ids)), into, since=since)
    except Removed:
        await account.learn_mode(api, "development")
        return None
    except (Malformed, NotFound, Rejected, Unavailable):
        return None  # each by itself, so that one which is at fault concerns no other
    except Busy as error:
        if error.told:
            await account.doubt_batches(api)
        raise
    await account.trust_batches(api)
    return {
        id: None if one.value is None else Answer(one.value, one.retrieved_at)
        for id, one in found.items()
    }


def _albums_batch(api: Api) -> Batch[AlbumPayload]:
    def split(body: bytes, ids: Sequence[str]) -> dict[str, AlbumPayload]:
        return _in_order(ids, msgspec.json.decode(body, type=AlbumsPayload).albums)

    return Batch("/albums", ALBUMS_MAX, _ids(api), split, none_is_404=False)


def _tracks_batch(api: Api) -> Batch[TrackPayload]:
    def split(body: bytes, ids: Sequence[str]) -> dict[str, TrackPayload]:
        return _in_order(ids, msgspec.json.decode(body, type=TracksPayload).tracks)

    return Batch("/tracks", TRACKS_MAX, _ids(api), split, none_is_404=False)


def _ids(api: Api) -> Callable[[Sequence[str]], Params]:
    market = api.source.market
    return lambda ids: {"ids": ",".join(ids), **({"market": market} if market else {})}


def _in_order(ids: Sequence[str], items: Sequence[P | None]) -> dict[str, P]:
    """Batch gets answer in the order of the ids, with null for those that are not known."""
    if len(items) != len(ids):
        raise msgspec.ValidationError(f"{len(items)} items for {len(ids)} ids")
    return {id: item for id, item in zip(ids, items, strict=True) if item is not None}
