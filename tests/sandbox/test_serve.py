"""The sandbox on a port of loopback: it runs, counts, stops promptly and leaves nothing behind."""

from __future__ import annotations

import socket
import threading
import time
from urllib.parse import urlsplit

import httpx2

from linernotes.sandbox import make_app, serve, small_world

AGENT = {"User-Agent": "Linernotes/0.1 (ops@operator.example)"}


def test_all_four_services_answer_and_what_was_asked_is_known() -> None:
    with serve(small_world(), limits=False) as sandbox, httpx2.Client(headers=AGENT) as http:
        form = {"grant_type": "client_credentials"}
        login = http.post(
            f"{sandbox.accounts_url}/api/token", data=form, auth=("sandbox", "sandbox")
        )
        token = {"Authorization": f"Bearer {login.json()['access_token']}"}
        search = {"q": "Drake", "type": "artist", "market": "US"}
        found = http.get(f"{sandbox.spotify_url}/search", params=search, headers=token)
        url = {"resource": ["https://example.org/a", "https://example.org/b"], "fmt": "json"}
        urls = http.get(f"{sandbox.musicbrainz_url}/url", params=url)
        entity = {"action": "wbgetentities", "ids": "Q1", "format": "json"}
        entities = http.get(sandbox.wikidata_url, params=entity)
        counts = http.get(f"{sandbox.url}/_requests").json()

        assert [r.status_code for r in (login, found, urls, entities)] == [200] * 4
        assert found.json()["artists"]["href"].startswith(sandbox.spotify_url)
        assert [(s.source, s.method, s.path) for s in sandbox.requests] == [
            ("accounts", "POST", "/accounts/api/token"),
            ("spotify", "GET", "/spotify/v1/search"),
            ("musicbrainz", "GET", "/musicbrainz/ws/2/url"),
            ("wikidata", "GET", "/wikidata/w/api.php"),
        ]
        assert (
            sandbox.requests[2].query["resource"] == "https://example.org/a https://example.org/b"
        )
        assert counts["total"] == 4
        assert counts["sources"]["spotify"] == {"total": 1, "paths": {"/search": 1}}


def test_the_counts_can_be_reset() -> None:
    with serve(small_world(), limits=False) as sandbox, httpx2.Client(headers=AGENT) as http:
        http.get(f"{sandbox.musicbrainz_url}/url?fmt=json")

        assert http.post(f"{sandbox.url}/_reset").status_code == 204
        assert http.get(f"{sandbox.url}/_requests").json() == {"total": 0, "sources": {}}
        assert sandbox.requests == []


def test_it_stops_promptly_although_a_connection_is_open() -> None:
    threads = threading.active_count()
    with httpx2.Client(headers=AGENT) as http:
        with serve(small_world()) as sandbox:
            http.get(f"{sandbox.url}/_requests")
            began = time.monotonic()

        assert time.monotonic() - began < 2.0
    assert threading.active_count() == threads
    address = urlsplit(sandbox.url)
    with socket.socket() as other:
        assert other.connect_ex((str(address.hostname), address.port or 0)) != 0


def test_it_stops_when_the_block_fails() -> None:
    threads = threading.active_count()
    try:
        with serve(small_world()):
            raise LookupError
    except LookupError:
        pass

    assert threading.active_count() == threads


async def test_it_answers_in_process_too() -> None:
    transport = httpx2.ASGITransport(app=make_app(small_world()))
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as http:
        answer = await http.get("/_requests")

    assert answer.json()["total"] == 0
