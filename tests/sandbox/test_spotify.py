"""The twin of Spotify in development mode refuses what Spotify refuses, and shows no more."""

from __future__ import annotations

from typing import Any

import pytest

from linernotes.sandbox import small_world
from linernotes.sandbox.small import DRAKE
from linernotes.sandbox.world import Album, Artist, Track, World

GONE = {
    "label", "popularity", "followers", "available_markets", "album_group", "linked_from",
}  # fmt: skip


@pytest.fixture
def caller(call: Any) -> Any:
    return call(small_world())


def album_of(caller: Any, **params: Any) -> Any:
    found = caller.spotify(
        f"/artists/{DRAKE}/albums", include_groups="album", market="US", **params
    )
    return caller.spotify(f"/albums/{found.json()['items'][0]['id']}", market="US").json()


def long_world(tracks: int) -> World:
    world = World()
    artist = Artist("SandboxArtist000000001", "Blimmo")
    world.artists[artist.id] = artist
    album_id = "SandboxAlbum0000000001"
    world.add_album(
        Album(
            album_id, "Long", "album", "2001", (artist.id,), None,
            tuple(
                Track(f"SandboxTrack{n:010}", album_id, "Song", (artist.id,), 1, n, 60_000, None)
                for n in range(1, tracks + 1)
            ),
        )
    )  # fmt: skip
    return world


@pytest.mark.parametrize(
    ("id", "secret", "grant", "status", "body"),
    [
        (
            "sandbox",
            "wrong",
            "client_credentials",
            400,
            ("invalid_client", "Invalid client secret"),
        ),
        ("nobody", "sandbox", "client_credentials", 400, ("invalid_client", "Invalid client")),
        ("sandbox", "sandbox", "password", 400, ("unsupported_grant_type", None)),
    ],
    ids=["wrong secret", "wrong id", "wrong grant"],
)
def test_a_token_is_for_the_known_client_only(
    caller: Any, id: str, secret: str, grant: str, status: int, body: tuple[str, str | None]
) -> None:
    refused = caller.login((id, secret), grant)

    assert refused.status_code == status
    assert refused.json()["error"] == body[0]
    assert body[1] is None or refused.json()["error_description"] == body[1]


def test_a_token_request_without_basic_authorization_is_an_invalid_client(caller: Any) -> None:
    refused = caller.http.post("/accounts/api/token", data={"grant_type": "client_credentials"})

    assert (refused.status_code, refused.json()) == (400, {"error": "invalid_client"})


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({}, "No token provided"),
        ({"Authorization": "Bearer made-up"}, "Invalid access token"),
        ({"Authorization": "Basic c2FuZGJveA=="}, "No token provided"),
    ],
    ids=["none", "unknown", "not a bearer"],
)
def test_a_request_without_a_good_token_is_401(
    caller: Any, header: dict[str, str], message: str
) -> None:
    refused = caller.http.get(f"/spotify/v1/artists/{DRAKE}", headers=header)

    assert refused.status_code == 401
    assert refused.json() == {"error": {"status": 401, "message": message}}


def test_a_token_expires(call: Any) -> None:
    now = [0.0]
    caller = call(small_world(), clock=lambda: now[0], token_seconds=60)
    assert caller.spotify(f"/artists/{DRAKE}").status_code == 200

    now[0] = 61.0

    refused = caller.spotify(f"/artists/{DRAKE}")
    assert (refused.status_code, refused.json()["error"]["message"]) == (
        401,
        "The access token expired",
    )


@pytest.mark.parametrize(
    ("path", "params", "status", "message"),
    [
        (f"/artists/{DRAKE}/albums", {"market": "US", "limit": 11}, 400, "Invalid limit"),
        (f"/artists/{DRAKE}/albums", {"market": "US", "limit": 0}, 400, "Invalid limit"),
        ("/search", {"q": "x", "type": "artist", "market": "US", "limit": 11}, 400,
         "Invalid limit"),
        ("/search", {"type": "artist", "market": "US"}, 400, "No search query"),
        ("/artists/short", {}, 400, "invalid id"),
        ("/artists/SandboxArtist999999999", {}, 404, "Resource not found"),
        (f"/artists/{DRAKE}/albums", {}, 404, "Resource not found"),
        ("/albums/SandboxAlbum0000000001", {}, 404, "Resource not found"),
        ("/albums", {"ids": "SandboxAlbum0000000001"}, 403, "Forbidden"),
        (f"/artists/{DRAKE}/top-tracks", {"market": "US"}, 403, "Forbidden"),
        (f"/artists/{DRAKE}/albums", {"market": "US", "include_groups": "ep"}, 400,
         "Invalid include_groups"),
        ("/nowhere", {}, 404, "Resource not found"),
    ],
)  # fmt: skip
def test_what_spotify_refuses(
    caller: Any, path: str, params: dict[str, Any], status: int, message: str
) -> None:
    refused = caller.spotify(path, **params)

    assert refused.status_code == status
    assert refused.json() == {"error": {"status": status, "message": message}}


def test_a_misspelt_parameter_is_refused(caller: Any) -> None:
    """Spotify would ignore it, and we would never know."""
    refused = caller.spotify(f"/artists/{DRAKE}/albums", market="US", include_group="album")

    assert refused.status_code == 400
    assert "include_group" in refused.json()["error"]["message"]


def test_pages_are_of_five_unless_asked_and_lead_to_the_next(caller: Any) -> None:
    page = caller.spotify(f"/artists/{DRAKE}/albums", include_groups="album", market="US").json()

    assert (page["limit"], len(page["items"]), page["total"]) == (5, 5, 8)
    assert "offset=5" in page["next"]
    assert page["previous"] is None


def test_an_album_embeds_its_first_50_tracks(call: Any) -> None:
    caller = call(long_world(60))

    tracks = caller.spotify("/albums/SandboxAlbum0000000001", market="US").json()["tracks"]
    rest = caller.spotify(
        "/albums/SandboxAlbum0000000001/tracks", market="US", limit=50, offset=50
    ).json()

    assert (len(tracks["items"]), tracks["total"]) == (50, 60)
    assert "/albums/SandboxAlbum0000000001/tracks?offset=50&limit=50" in tracks["next"]
    assert (len(rest["items"]), rest["next"]) == (10, None)


def test_nothing_is_shown_that_development_mode_lost(caller: Any) -> None:
    album = album_of(caller)
    track = caller.spotify(f"/tracks/{album['tracks']['items'][0]['id']}", market="US").json()
    artist = caller.spotify(f"/artists/{DRAKE}").json()

    assert not GONE & set(album)
    assert not GONE & set(album["tracks"]["items"][0])
    assert not GONE & set(track)
    assert not GONE & set(artist)


def test_the_isrc_is_on_the_track_alone_and_the_upc_has_14_digits(caller: Any) -> None:
    album = album_of(caller)
    track = album["tracks"]["items"][0]

    assert len(album["external_ids"]["upc"]) == 14
    assert "external_ids" not in track
    assert caller.spotify(f"/tracks/{track['id']}", market="US").json()["external_ids"]["isrc"]


def test_a_search_puts_somebody_with_a_similar_name_first(caller: Any) -> None:
    found = caller.spotify("/search", q="Drake", type="artist", market="US").json()["artists"]

    assert [a["name"] for a in found["items"]][:2] == ["Drakee", "Drake"]


def test_a_search_for_a_shared_name_finds_both(caller: Any) -> None:
    found = caller.spotify("/search", q="nas", type="artist", market="US").json()["artists"]

    assert [a["name"] for a in found["items"]].count("Nas") == 2


def test_a_search_finds_the_tracks_of_an_album_with_their_isrcs(caller: Any) -> None:
    q = 'album:"4:44" artist:"JAY-Z"'
    found = caller.spotify("/search", q=q, type="track", market="US", limit=10).json()["tracks"]

    assert {t["album"]["name"] for t in found["items"]} == {"4:44"}
    assert all("isrc" in t["external_ids"] for t in found["items"])
