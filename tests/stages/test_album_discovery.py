"""An artist's albums, page by page, until the list ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.sources.fake_api import FakeApi
from tests.stages.answers import AT, NOW, SINCE, page, run, run_one

from linernotes.catalogue import Album, Fact, Listing, ListingEnd
from linernotes.errors import NotFound
from linernotes.pipeline import Outcome
from linernotes.sources import spotify
from linernotes.stages.album_discovery import AlbumDiscovery
from linernotes.stages.track_discovery import TrackDiscovery

PATH = "/artists/a1/albums"


def asking(group: str = "album", offset: int = 0, since: datetime | None = None) -> AlbumDiscovery:
    return AlbumDiscovery(source="spotify", since=since, artist_id="a1", group=group, offset=offset)


def written(*ids: str) -> list[dict[str, Any]]:
    return [{"id": id, "name": id, "album_type": "ALBUM", "total_tracks": 9} for id in ids]


def spotify_api(*ids: str, next: str | None = None) -> FakeApi:
    return FakeApi.with_answers(spotify.SOURCE, {PATH: page(written(*ids), next)})


def album(id: str) -> Album:
    return Album(
        source="spotify",
        retrieved_at=AT,
        id=id,
        title=id,
        album_type="album",
        release_date=None,
        total_tracks=9,
        upc=None,
        url=f"https://open.spotify.com/album/{id}",
    )


def listing(id: str, group: str = "album") -> Listing:
    return Listing(source="spotify", retrieved_at=AT, artist_id="a1", album_id=id, group=group)


def end(group: str = "album", since: datetime | None = None) -> ListingEnd:
    return ListingEnd(source="spotify", retrieved_at=NOW, artist_id="a1", group=group, since=since)


def of(*ids: str, since: datetime | None = None) -> tuple[TrackDiscovery, ...]:
    return tuple(
        TrackDiscovery(source="spotify", since=since, artist_id="a1", album_id=id) for id in ids
    )


@pytest.mark.parametrize("group", ["album", "appears_on"])
async def test_a_page_gives_its_albums_their_listings_and_the_next_page(group: str) -> None:
    outcome = await run_one(asking(group), spotify=spotify_api("b1", "b2", next="there is more"))

    assert outcome == Outcome(
        facts=(album("b1"), album("b2"), listing("b1", group), listing("b2", group)),
        next=(*of("b1", "b2"), asking(group, offset=2)),
    )


async def test_the_last_page_ends_the_list_and_asks_for_no_further_page() -> None:
    outcome = await run_one(asking(offset=2), spotify=spotify_api("b3"))

    assert outcome == Outcome((album("b3"), listing("b3"), end()), of("b3"))


async def test_an_empty_page_ends_the_list() -> None:
    outcome = await run_one(asking(), spotify=spotify_api(next="for ever"))

    assert outcome == Outcome((end(),))


async def test_a_refresh_travels_on() -> None:
    api = spotify_api("b1", next="there is more")
    more = await run_one(asking(since=SINCE), spotify=api)
    last = await run_one(asking(since=SINCE), spotify=spotify_api())

    assert isinstance(more, Outcome)
    assert more.next == (*of("b1", since=SINCE), asking(offset=1, since=SINCE))
    assert last == Outcome((end(since=SINCE),))
    assert api.sinces == [SINCE]


async def test_each_group_is_a_list_of_its_own() -> None:
    albums = {"album": "b1", "single": "b2", "appears_on": "b3"}

    def reply(path: str, params: dict[str, Any]) -> Any:
        return page(written(albums[params["include_groups"]]))

    api = FakeApi(spotify.SOURCE, reply)
    results = await run(*map(asking, albums), spotify=api)

    expected: list[Outcome] = []
    for group, id in albums.items():
        facts: tuple[Fact, ...] = (album(id), listing(id, group), end(group))
        expected.append(Outcome(facts, of(id)))
    assert results == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(asking("album"), asking("single"), id="group"),
        pytest.param(asking(offset=0), asking(offset=50), id="page"),
    ],
)
def test_pages_are_questions_of_their_own(one: AlbumDiscovery, other: AlbumDiscovery) -> None:
    assert one.key != other.key


async def test_an_artist_that_is_gone_is_an_error_of_this_message_alone() -> None:
    gone = NotFound("spotify", "no such artist")

    def reply(path: str, params: dict[str, Any]) -> Any:
        return page(written("b1")) if path == PATH else gone

    other = AlbumDiscovery(source="spotify", artist_id="a2", group="album")
    results = await run(other, asking(), spotify=FakeApi(spotify.SOURCE, reply))

    assert results == [gone, Outcome((album("b1"), listing("b1"), end()), of("b1"))]
