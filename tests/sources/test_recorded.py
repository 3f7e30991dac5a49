"""
Every parser over every recorded answer of its kind: facts, or one of our own errors.

Skipped where the recorded answers are not at hand; see `recorded.FOLDER`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.sources import recorded
from tests.sources.fake_api import FakeApi
from tests.sources.recorded_facts import FACTS

from linernotes.errors import Malformed, UpstreamError
from linernotes.sources import musicbrainz, spotify, wikidata

needs_recorded = pytest.mark.skipif(not recorded.FOLDER.is_dir(), reason=recorded.ABSENT)

# Nulled by hand by their authors, names and titles included; no service answers so.
NULLED = {
    "musicbrainz/picard/artist_null.json",
    "musicbrainz/picard/country_null.json",
    "musicbrainz/picard/release_null.json",
}


@needs_recorded
@pytest.mark.parametrize("kind", recorded.KINDS)
def test_every_recorded_answer_of_a_kind_is_read(kind: str) -> None:
    names = []
    for name, body in recorded.answers(kind):
        names.append(name)
        if name in NULLED:
            with pytest.raises(Malformed):
                recorded.KINDS[kind].parse(body)
        else:
            recorded.KINDS[kind].parse(body)

    assert names, f"none of the recorded answers is a {kind}"


@needs_recorded
@pytest.mark.parametrize(("name", "kind"), FACTS)
def test_the_facts_of_a_recorded_answer(name: str, kind: str) -> None:
    assert recorded.parse(name, kind) == FACTS[name, kind]


@needs_recorded
@pytest.mark.parametrize("source", ["spotify", "musicbrainz", "wikidata"])
def test_whatever_a_parser_is_given_it_raises_only_our_own_errors(source: str) -> None:
    """An error, a token or an answer of another kind, with every parser of the source."""
    for _, body in recorded.bodies(source):
        for kind in recorded.KINDS.values():
            if kind.source == source:
                try:
                    kind.parse(json.dumps(body).encode())
                except UpstreamError:
                    continue


def errors() -> list[Any]:
    found = [
        pytest.param(source, json.dumps(body).encode(), id=name)
        for source in ("spotify", "musicbrainz")
        for name, body in recorded.bodies(source)
        if "error" in body
    ]
    return found or [pytest.param("", b"", marks=pytest.mark.skip(reason=recorded.ABSENT))]


@pytest.mark.parametrize(("source", "body"), errors())
async def test_a_recorded_error_is_never_taken_for_an_answer(source: str, body: bytes) -> None:
    """The client turns their statuses into errors; should one come as a 200, it is Malformed."""
    if source == "spotify":
        api = FakeApi(spotify.SOURCE, lambda path, params: body)
        questions = [
            spotify.artist(api, "a"),
            spotify.search_artists(api, "a"),
            spotify.albums(api, "a", "album"),
            spotify.album_tracks(api, "a"),
            spotify.album_tracks(api, "a", 50),
            spotify.isrc(api, "a"),
        ]
    else:
        api = FakeApi(musicbrainz.SOURCE, lambda path, params: body)
        questions = [
            musicbrainz.releases_by_link(api, ["a"]),
            musicbrainz.artists_by_link(api, ["a"]),
            musicbrainz.releases_by_barcode(api, ["05021392265162"]),
            musicbrainz.releases_by_title(api, "a", "b"),
            musicbrainz.releases_by_isrc(api, "a"),
            musicbrainz.release(api, "a"),
            musicbrainz.artist_profile(api, "a"),
        ]
    for question in questions:
        with pytest.raises(Malformed):
            await question


@needs_recorded
async def test_every_recorded_entity_is_read_through_the_batch_that_asks_for_it() -> None:
    for name, body in recorded.answers("wikidata entities"):
        qids = list(json.loads(body)["entities"])
        api = FakeApi.with_answers(wikidata.SOURCE, {"": body})

        found = await wikidata.items(api, qids)

        expected = {id: None if id.startswith("P") else id for id in qids}
        assert {id: item and item.id for id, item in found.items()} == expected, name
