"""What stands in the columns of a person: names split by their source, one address a network."""

from __future__ import annotations

import pytest

from linernotes.cli.people import Place, best_first, split_name
from linernotes.db.people import Stated


@pytest.mark.parametrize(
    ("kind", "sort_name", "expected"),
    [
        ("person", "Rubin, Rick", ("Rick", "Rubin")),
        ("person", "Sakamoto, Ryuichi", ("Ryuichi", "Sakamoto")),
        ("person", "40", (None, None)),
        ("person", "Alchemist, The", (None, None)),
        ("person", "Downey, Robert, Jr.", (None, None)),
        ("person", "Rubin, ", (None, None)),
        ("person", None, (None, None)),
        ("group", "Neptunes, The", (None, None)),
        ("group", "Earth, Wind", (None, None)),
        (None, "Rubin, Rick", (None, None)),
    ],
)
def test_a_name_is_split_where_a_source_sorts_a_person_by_it(
    kind: str | None, sort_name: str | None, expected: tuple[str | None, str | None]
) -> None:
    assert split_name(kind, sort_name) == expected


def test_what_more_sources_state_comes_first_and_else_the_alphabet_decides() -> None:
    stated = [
        Stated("x", "https://x.com/b", "musicbrainz"),
        Stated("x", "https://x.com/Zed", "musicbrainz"),
        Stated("x", "https://x.com/a", "wikidata"),
        Stated("x", "https://x.com/zed", "wikidata"),
    ]

    assert best_first(stated) == [
        Place("x", "https://x.com/Zed", ["musicbrainz", "wikidata"]),
        Place("x", "https://x.com/a", ["wikidata"]),
        Place("x", "https://x.com/b", ["musicbrainz"]),
    ]


def test_accounts_that_differ_in_case_are_one_only_where_the_network_says_so() -> None:
    stated = [
        Stated("spotify", "https://open.spotify.com/artist/aB", "musicbrainz"),
        Stated("spotify", "https://open.spotify.com/artist/ab", "wikidata"),
    ]

    assert [place.sources for place in best_first(stated)] == [["musicbrainz"], ["wikidata"]]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "mailto:a@b.example", "ftp://b.example/"])
def test_only_links_of_the_web_are_links(url: str) -> None:
    assert best_first([Stated("website", url, "wikidata")]) == []
