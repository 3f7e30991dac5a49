"""A world as Spotify writes it, in each of its two modes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from starlette.requests import Request

from linernotes.sandbox.requests import number
from linernotes.sandbox.spotify_tokens import refuse
from linernotes.sandbox.world import Album, Artist, Track, World

EMBEDDED_TRACKS = 50

Json = dict[str, Any]
Mode = Literal["development", "extended"]


class Catalogue:
    """A world's Spotify as JSON; `url` is where the service is reached."""

    def __init__(self, world: World, url: str, mode: Mode = "development") -> None:
        self.world = world
        self.url = url
        self.is_extended = mode == "extended"

    def _kept(self, fields: Json) -> Json:
        """Fields that development mode has lost."""
        return fields if self.is_extended else {}

    def head(self, kind: str, id: str, name: str) -> Json:
        return {
            "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{id}"},
            "href": f"{self.url}/{kind}s/{id}",
            "id": id,
            "name": name,
            "type": kind,
            "uri": f"spotify:{kind}:{id}",
        }

    def simple_artist(self, artist_id: str) -> Json:
        return self.head("artist", artist_id, self.world.artists[artist_id].name)

    def artist(self, artist: Artist) -> Json:
        kept = {"followers": {"href": None, "total": artist.rank}, "popularity": 0, "genres": []}
        return self.simple_artist(artist.id) | {"images": []} | self._kept(kept)

    def simple_album(self, album: Album) -> Json:
        return (
            self.head("album", album.id, album.name)
            | {
                "album_type": album.album_type,
                "artists": [self.simple_artist(id) for id in album.artist_ids],
                "images": [],
                "release_date": album.release_date,
                "release_date_precision": ("year", "month", "day")[album.release_date.count("-")],
                "total_tracks": len(album.tracks),
            }
            | self._kept({"available_markets": ["GB", "US"]})
        )

    def listed_album(self, album: Album, group: str) -> Json:
        """An album in the list of an artist, which in extended mode says how it got there."""
        return self.simple_album(album) | self._kept({"album_group": group})

    def album(self, album: Album) -> Json:
        return (
            self.simple_album(album)
            | {
                "copyrights": [],
                "external_ids": {"upc": album.upc} if album.upc else {},
                "genres": [],
                "tracks": self.page(
                    f"albums/{album.id}/tracks",
                    [self.simple_track(t) for t in album.tracks],
                    Paging(EMBEDDED_TRACKS, 0),
                ),
            }
            | self._kept({"label": "Sandbox Records", "popularity": 0})
        )

    def simple_track(self, track: Track) -> Json:
        return (
            self.head("track", track.id, track.name)
            | {
                "artists": [self.simple_artist(id) for id in track.artist_ids],
                "disc_number": track.disc,
                "duration_ms": track.length_ms,
                "explicit": track.explicit,
                "is_local": False,
                "is_playable": True,
                "preview_url": None,
                "track_number": track.number,
            }
            | self._kept({"available_markets": ["GB", "US"]})
        )

    def track(self, track: Track) -> Json:
        return (
            self.simple_track(track)
            | {
                "album": self.simple_album(self.world.albums[track.album_id]),
                "external_ids": {"isrc": track.isrc} if track.isrc else {},
            }
            | self._kept({"popularity": 0})
        )

    def page(
        self, path: str, items: list[Any], paging: Paging, query: dict[str, str] | None = None
    ) -> Json:
        """Write a paging object over all items; the addresses in it repeat the query."""

        def address(offset: int) -> str:
            params = {"offset": offset, "limit": paging.limit, **(query or {})}
            return f"{self.url}/{path}?{urlencode(params)}"

        end = paging.offset + paging.limit
        return {
            "href": address(paging.offset),
            "items": items[paging.offset : end],
            "limit": paging.limit,
            "next": address(end) if end < len(items) else None,
            "offset": paging.offset,
            "previous": address(max(0, paging.offset - paging.limit)) if paging.offset else None,
            "total": len(items),
        }


@dataclass(frozen=True)
class Paging:
    limit: int
    offset: int


def read_paging(request: Request, *, default: int, limit_max: int) -> Paging:
    limit = number(request.query_params, "limit", default)
    offset = number(request.query_params, "offset", 0)
    if limit is None or not 1 <= limit <= limit_max:
        raise refuse(400, "Invalid limit")
    if offset is None:
        raise refuse(400, "Invalid offset")
    return Paging(limit, offset)
