"""Where a fact says it comes from, a person can look."""

from __future__ import annotations

from typing import Any

import pytest

from linernotes.sandbox.generated import generate

WORLD = generate(1, 40)


@pytest.mark.parametrize(
    ("path", "things"),
    [
        ("/spotify/artist", WORLD.artists),
        ("/spotify/album", WORLD.albums),
        ("/spotify/track", WORLD.masters),
        ("/musicbrainz/artist", WORLD.contributors),
        ("/musicbrainz/recording", WORLD.recordings),
        ("/musicbrainz/release", WORLD.releases),
        ("/wikidata/wiki", WORLD.items),
    ],
)
def test_everything_has_a_page_that_is_not_counted(call: Any, path: str, things: Any) -> None:
    caller = call(WORLD, limits=True)
    id = next(iter(things))

    page = caller.http.get(f"{path}/{id}")

    assert page.status_code == 200
    assert id in page.text
    assert "sandbox" in page.text
    assert caller.http.get(f"{path}/nothing").status_code == 404
    assert caller.http.get("/_requests").json()["total"] == 0


def test_names_cannot_break_a_page(call: Any) -> None:
    page = call(WORLD).http.get("/spotify/album/<script>")

    assert "<script>" not in page.text


def test_a_merged_id_leads_to_the_page_of_the_new_one(call: Any) -> None:
    old, new = next(iter(WORLD.redirects.items()))
    kind = next(
        kind
        for kind, things in (
            ("artist", WORLD.contributors),
            ("recording", WORLD.recordings),
            ("release", WORLD.releases),
        )
        if new in things
    )

    assert new in call(WORLD).http.get(f"/musicbrainz/{kind}/{old}").text
