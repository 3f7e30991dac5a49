"""Parsers over answers with something broken in them: facts, or one of our own errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources import recorded, test_musicbrainz, test_spotify, test_wikidata

from linernotes.errors import UpstreamError

ANSWERS: dict[str, Any] = {
    "spotify artist": {**test_spotify.MOLOKO, "genres": ["trip hop"]},
    "spotify search": {"artists": test_spotify.page([test_spotify.MOLOKO, None])},
    "spotify albums": test_spotify.page([test_spotify.ALBUM, None], "next", 9),
    "spotify album": {
        **test_spotify.ALBUM,
        "external_ids": {"upc": "602475093060", "ean": "5021392265162"},
        "tracks": test_spotify.page([test_spotify.TRACK], None, 1),
    },
    "spotify tracks": test_spotify.page([test_spotify.TRACK, None], "next", 9),
    "spotify track": {**test_spotify.TRACK, "external_ids": {"isrc": "GBSMU0300001"}},
    "musicbrainz release": test_musicbrainz.whole_release(
        test_musicbrainz.track(
            1,
            relations=[
                {
                    **test_musicbrainz.produced_by("p1", "Mark Brydon"),
                    "attributes": ["co", "task"],
                    "attribute-ids": {"co": "ac6f6b4c-a4ec-4483-a04e-9f425a914573"},
                    "attribute-values": {"task": "vocals"},
                    "target-credit": "Brydon",
                }
            ],
        )
    ),
    "musicbrainz releases found": {"releases": [test_musicbrainz.release("r1")]},
    "musicbrainz recordings": {
        "recording-count": 1,
        "recordings": [test_musicbrainz.track(1)["recording"]],
    },
    "musicbrainz isrc": {"recordings": [{"id": "rec1", "releases": [{"id": "r1"}]}]},
    "musicbrainz artist": {
        "id": "p1",
        "name": "Mark Brydon",
        "relations": [
            test_musicbrainz.url(test_musicbrainz.SOCIAL, "https://x.com/brydon", end="2030"),
            test_musicbrainz.url(test_musicbrainz.WIKIDATA, "https://www.wikidata.org/wiki/Q42"),
        ],
    },
    "musicbrainz url": {
        "urls": [
            test_musicbrainz.link(
                "album", test_musicbrainz.A1, test_musicbrainz.to_release(test_musicbrainz.R1)
            )
        ]
    },
    "wikidata entities": test_wikidata.entities(
        test_wikidata.entity(
            "Q42",
            {
                "P434": [test_wikidata.statement(test_wikidata.MBID)],
                "P856": [
                    test_wikidata.statement(
                        "http://brydon.example/", **test_wikidata.ending("+2030-01-01T00:00:00Z")
                    )
                ],
            },
            redirects={"from": "Q1", "to": "Q42"},
        )
    ),
    "wikidata search": {"query": {"search": [{"title": "Q42"}]}},
}

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["0", "Q0", "+0000", "https://", "//[", "http://[::1", "\u0000", "\u2028"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in a JSON value, the value itself included."""
    yield path
    keys = value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    for key in keys:
        yield from places(value[key], (*path, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = put(value[path[0]], path[1:], new)
    return changed


@pytest.mark.parametrize("kind", ANSWERS)
def test_there_is_an_answer_to_break_for_every_kind(kind: str) -> None:
    assert ANSWERS.keys() | {"wikidata entity"} == recorded.KINDS.keys()

    assert recorded.KINDS[kind].parse(json.dumps(ANSWERS[kind]).encode())


@pytest.mark.parametrize("kind", ANSWERS)
@settings(deadline=None)
@given(data=st.data())
def test_a_broken_answer_raises_only_our_own_errors(kind: str, data: st.DataObject) -> None:
    broken = ANSWERS[kind]
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(broken))))
        broken = put(broken, path, data.draw(VALUES))

    _parse(kind, json.dumps(broken).encode())


@pytest.mark.parametrize("kind", ANSWERS)
@settings(deadline=None)
@given(data=st.data())
def test_a_torn_answer_raises_only_our_own_errors(kind: str, data: st.DataObject) -> None:
    body = json.dumps(ANSWERS[kind]).encode()
    end = data.draw(st.integers(0, len(body)))

    _parse(kind, body[:end] + data.draw(st.binary(max_size=3)))


def _parse(kind: str, body: bytes) -> None:
    try:
        recorded.KINDS[kind].parse(body)
    except UpstreamError:
        return
