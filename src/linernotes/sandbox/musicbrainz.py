"""
The twin of MusicBrainz's web service, version 2, in JSON.

It answers what a client for credits asks, in the shapes the server gives: nothing that `inc`
does not name, relations seen from the entity asked for, refusals in the server's words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from linernotes.sandbox.musicbrainz_catalogue import Catalogue
from linernotes.sandbox.musicbrainz_relations import Json
from linernotes.sandbox.musicbrainz_requests import (
    no_such_query,
    read_isrc,
    read_mbid,
    read_page,
    read_query,
    read_request,
    refuse,
)
from linernotes.sandbox.musicbrainz_search import (
    artist_field,
    best_first,
    found_artist,
    found_recording,
    found_release,
    recording_field,
    release_field,
)
from linernotes.sandbox.musicbrainz_shapes import (
    artist_json,
    recording_json,
    release_json,
    url_json,
)
from linernotes.sandbox.query import narrowed
from linernotes.sandbox.requests import Answer, json, refusing
from linernotes.sandbox.world import SPECIAL_PURPOSE, Release, World

TOO_FAST = (
    "Your requests are exceeding the allowable rate limit. "
    "Please see http://wiki.musicbrainz.org/XMLWebService for more information."
)
RESOURCES_MAX = 100
SEARCH_PARAMS = ("query", "limit", "offset")

T = TypeVar("T")


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
        incs = read_request(request, "url", {"resource"})
        asked = request.query_params.getlist("resource")
        if not asked:
            raise no_such_query("url")
        known = [r for r in asked[:RESOURCES_MAX] if r in self.catalogue.urls]
        if len(asked) == 1:
            if not known:
                raise refuse(404, "Not Found")
            return json(url_json(self.catalogue, known[0], incs))
        # The order of the answer is not that of the question; sorted is as good as any.
        urls = [url_json(self.catalogue, url, incs) for url in sorted(set(known))]
        return json({"url-count": len(urls), "url-offset": 0, "urls": urls})

    def release(self, request: Request) -> Response:
        incs = read_request(request, "release")
        release = self.catalogue.world.releases.get(self._asked(request))
        if release is None:
            raise refuse(404, "Not Found")
        return json(release_json(self.catalogue, release, incs))

    def releases(self, request: Request) -> Response:
        if "release-group" in request.query_params:
            return self._browse_releases(request)
        return self._search(
            request,
            "release",
            self._releases_that_may_match(request),
            partial(release_field, self.catalogue),
            partial(found_release, self.catalogue),
        )

    def _releases_that_may_match(self, request: Request) -> list[Release]:
        """Look into the index: a large world is not read from end to end for each search."""
        every = self.catalogue.releases
        places = narrowed(read_query(request, "release"), self.catalogue.releases_with)
        return every if places is None else [every[place] for place in sorted(places)]

    def _browse_releases(self, request: Request) -> Response:
        incs = read_request(request, "release", {"release-group", "limit", "offset"})
        found = self.catalogue.groups.get(request.query_params["release-group"])
        if found is None:
            raise refuse(404, "Not Found")
        page = read_page(request)
        return json(
            {
                "release-count": len(found),
                "release-offset": page.offset,
                "releases": [release_json(self.catalogue, r, incs) for r in page.of(found)],
            }
        )

    def isrc(self, request: Request) -> Response:
        incs = read_request(request, "isrc")
        isrc = read_isrc(str(request.path_params["id"]))
        found = self.catalogue.isrcs.get(isrc)
        if not found:
            raise refuse(404, "Not Found")
        bodies = [recording_json(self.catalogue, r, incs) for r in found]
        return json({"isrc": isrc, "recordings": bodies})

    def recording(self, request: Request) -> Response:
        incs = read_request(request, "recording")
        recording = self.catalogue.world.recordings.get(self._asked(request))
        if recording is None:
            raise refuse(404, "Not Found")
        return json(recording_json(self.catalogue, recording, incs))

    def recordings(self, request: Request) -> Response:
        if "release" in request.query_params:
            return self._browse_recordings(request)
        return self._search(
            request,
            "recording",
            self.catalogue.world.recordings.values(),
            partial(recording_field, self.catalogue),
            partial(found_recording, self.catalogue),
        )

    def _browse_recordings(self, request: Request) -> Response:
        incs = read_request(request, "recording", {"release", "limit", "offset"})
        mbid = self._current(request.query_params["release"])
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
        incs = read_request(request, "artist")
        mbid = self._asked(request)
        if mbid not in self.catalogue.world.contributors and mbid not in SPECIAL_PURPOSE:
            raise refuse(404, "Not Found")
        return json(artist_json(self.catalogue, self.catalogue.contributor(mbid), incs))

    def artists(self, request: Request) -> Response:
        return self._search(
            request,
            "artist",
            self.catalogue.world.contributors.values(),
            artist_field,
            found_artist,
        )

    def missing(self, request: Request) -> Response:
        return refuse(404, "Not Found").response

    def _asked(self, request: Request) -> str:
        return self._current(str(request.path_params["id"]))

    def _current(self, text: str) -> str:
        return self.catalogue.current(read_mbid(text))

    def _search(
        self,
        request: Request,
        resource: str,
        entities: Iterable[T],
        field: Callable[[T, str, str], float],
        write: Callable[[T, int], Json],
    ) -> Response:
        read_request(request, resource, SEARCH_PARAMS)
        found = best_first(read_query(request, resource), entities, field)
        page = read_page(request)
        return json(
            {
                "created": "2026-11-24T00:00:00.000Z",
                "count": len(found),
                "offset": page.offset,
                f"{resource}s": [write(*one) for one in page.of(found)],
            }
        )
