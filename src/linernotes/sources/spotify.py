"""
What Spotify says: artists, their albums, the tracks on them, and ISRCs. Never a producer.

What the account may ask for, batch gets, and how answers are read have files of their own.
"""

from __future__ import annotations

from datetime import datetime

from linernotes.catalogue import Artist
from linernotes.errors import NotFound, Rejected
from linernotes.sources import Answer, Api, Source
from linernotes.sources import spotify_account as account
from linernotes.sources.spotify_batches import Together, albums_together, isrcs_together
from linernotes.sources.spotify_facts import (
    AlbumPage,
    AlbumPayload,
    ArtistPayload,
    FoundArtist,
    Page,
    SearchPayload,
    TrackPage,
    TrackPayload,
    album_page,
    artist_fact,
    first_tracks,
    found_artists,
    isrc_of,
    more_tracks,
)

__all__ = [
    "ALBUM_PAGE",
    "OWN_GROUPS",
    "SOURCE",
    "AlbumPage",
    "AlbumPayload",
    "FoundArtist",
    "Together",
    "TrackPage",
    "album_tracks",
    "albums",
    "albums_together",
    "artist",
    "first_tracks",
    "isrc",
    "isrcs_together",
    "own_albums",
    "search_artists",
]

# Neither the limit per 30 seconds nor the daily quota is published. Users of development mode
# measured refusals after about 1,100 calls a day, so speed is not what we are short of: 3/s
# stays below every limit reported (developer.spotify.com, "Rate limits"). Its terms allow a
# short-lived cache only.
SOURCE = Source(
    name="spotify",
    url="https://api.spotify.com/v1",
    site="https://open.spotify.com",
    requests_per_second=3,
    burst=3,
    keep_seconds=24 * 3600,
    licence="Spotify Developer Terms",
    # Without a market, and with credentials that belong to no user, everything counts as
    # unavailable and copies for several countries mix (github.com/spotify/web-api/issues/528).
    market="US",
    forbidden=account.forbidden,
)

# The groups that are an artist's own, in one list where the account is told which is which.
OWN_GROUPS = ("album", "single", "compilation")
OWN_PAGE = account.PAGE_SIZES[0]
# What `account` remembers the sizes of pages under.
ALBUM_PAGE, TRACK_PAGE = "album page", "track page"


async def artist(api: Api, artist_id: str, *, since: datetime | None = None) -> Artist:
    """Look an artist up by id. Raises `NotFound`."""
    answer = await api.get(f"/artists/{artist_id}", ArtistPayload, since=since)
    return artist_fact(answer.value, api.source, answer.retrieved_at)


async def search_artists(
    api: Api, name: str, *, since: datetime | None = None
) -> tuple[FoundArtist, ...]:
    """List the artists that Spotify finds for a name, in its order: the first need not bear it."""
    # Ten is the most that development mode gives.
    answer = await api.get(
        "/search",
        SearchPayload,
        since=since,
        q=name,
        type="artist",
        limit=10,
        market=api.source.market,
    )
    return found_artists(answer.value, api.source, answer.retrieved_at)


async def albums(
    api: Api,
    artist_id: str,
    group: str,
    offset: int = 0,
    *,
    since: datetime | None = None,
) -> AlbumPage:
    """
    Read one page of an artist's list of one group: album, single, compilation or appears_on.

    Groups are asked for one by one where development mode does not say to which an album
    belongs.
    """
    is_small = await account.mode(api) == "development"
    answer = await account.page(
        api,
        ALBUM_PAGE,
        lambda size: _listed(api, artist_id, group, size, offset, since),
        first=account.PAGE_SIZES[1 if is_small else 0],
    )
    return album_page(answer, api.source, artist_id=artist_id, group=group, offset=offset)


async def own_albums(
    api: Api, artist_id: str, offset: int = 0, *, since: datetime | None = None
) -> AlbumPage | None:
    """
    Read one page of the list of all own groups together. None where the account is not told
    which album belongs to which: in development mode, which is found out here at the latest.
    """
    if await account.mode(api) == "development":
        return None
    try:
        answer = await _listed(api, artist_id, ",".join(OWN_GROUPS), OWN_PAGE, offset, since)
    except Rejected as error:
        if error.status != 400:
            raise
        await account.learn_mode(api, "development")
        return None
    groups = [one.album_group for one in answer.value.items if one]
    if groups:
        await account.learn_mode(api, "extended" if all(groups) else "development")
    if not all(groups):
        return None
    return album_page(answer, api.source, artist_id=artist_id, group="", offset=offset)


async def _listed(
    api: Api, artist_id: str, groups: str, size: int, offset: int, since: datetime | None
) -> Answer[Page[AlbumPayload]]:
    return await api.get(
        f"/artists/{artist_id}/albums",
        Page[AlbumPayload],
        since=since,
        limit=size,
        include_groups=groups,
        offset=offset,
        market=api.source.market,
    )


async def album_tracks(
    api: Api,
    album_id: str,
    offset: int = 0,
    *,
    since: datetime | None = None,
) -> TrackPage:
    """Read an album and its first 50 tracks, or from `offset` on the tracks after those."""
    path = f"/albums/{album_id}"
    if offset == 0:
        whole = await api.get(path, AlbumPayload, since=since, market=api.source.market)
        return first_tracks(whole, api.source, album_id)
    page = await account.page(
        api,
        TRACK_PAGE,
        lambda size: api.get(
            f"{path}/tracks",
            Page[TrackPayload],
            since=since,
            limit=size,
            offset=offset,
            market=api.source.market,
        ),
    )
    return more_tracks(page, api.source, album_id, offset)


async def isrc(api: Api, track_id: str, *, since: datetime | None = None) -> str | None:
    """Ask for a track's recording code: a request for each track, so only as the last resort."""
    try:
        answer = await api.get(
            f"/tracks/{track_id}", TrackPayload, since=since, market=api.source.market
        )
    except NotFound:
        return None
    return isrc_of(answer.value)
