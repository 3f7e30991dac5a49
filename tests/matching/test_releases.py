"""Which track of a release a track is, and whether a release is an album."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from linernotes.matching.releases import lengths_agree, same_track

ISRC, OTHER_ISRC = "GBAYE0000351", "GBAYE0000352"


@dataclass(frozen=True)
class Here:
    """A track at the first place, three minutes long, unless it says otherwise."""

    title: str = "Song"
    length_ms: int | None = 180_000
    disc: int = 1
    number: int = 1
    isrc: str | None = None


@dataclass(frozen=True)
class There:
    title: str = "Song"
    length_ms: int | None = 180_000
    disc: int = 1
    position: int = 1
    isrcs: tuple[str, ...] = ()


def row(name: str, *values: Any) -> Any:
    return pytest.param(*values, id=name)


# One track on the release, at the same place


@pytest.mark.parametrize("same_order", [True, False])
@pytest.mark.parametrize(
    ("here", "there"),
    [
        row("all the same", Here(), There()),
        row("noise in the title", Here("Song - 2011 Remaster"), There()),
        row("another length", Here(), There(length_ms=240_000)),
        row("no length", Here(length_ms=None), There(length_ms=None)),
        row("the same version, written otherwise", Here("Song - X Remix"), There("Song (X rmx)")),
    ],
)
def test_a_track_of_the_same_title_at_the_same_place_is_the_one(
    here: Here, there: There, same_order: bool
) -> None:
    assert same_track(here, [there], same_order=same_order) == (there, "same place and title")


@pytest.mark.parametrize(
    ("here", "there"),
    [
        row("another spelling", Here("Song Number One"), There("Song #1")),
        row("another language, three seconds", Here("Lied"), There(length_ms=183_000)),
        row("live, said more fully there", Here("Song - Live"), There("Song (live at the Forum)")),
        row("live, said more fully here", Here("Song (Live at Wembley)"), There("Song (live)")),
        row("the remix, said more fully", Here("Song - Remix"), There("Song (X Remix)")),
    ],
)
def test_under_another_title_the_place_counts_where_the_whole_release_is_in_the_same_order(
    here: Here, there: There
) -> None:
    assert same_track(here, [there], same_order=True) == (there, "same place and length")
    assert same_track(here, [there]) is None


@pytest.mark.parametrize(
    ("here", "there"),
    [
        row("another length", Here("Lied"), There(length_ms=183_001)),
        row("no length here", Here("Lied", length_ms=None), There()),
        row("no length there", Here("Lied"), There(length_ms=None)),
        row("the remix, as long", Here(), There("Song (Club Remix)")),
        row("the plain one of a live recording", Here("Song - Live"), There()),
        row("live instead of a demo", Here("Song - Demo"), There("Song (live)")),
        row("the remix of a live recording", Here("Song - Live"), There("Song (X Remix) [live]")),
        row("the instrumental, as long", Here(), There("Song (instrumental)")),
    ],
)
def test_another_kind_of_version_or_another_length_is_never_the_one(
    here: Here, there: There
) -> None:
    assert same_track(here, [there], same_order=True) is None
    assert same_track(here, [there]) is None


# Elsewhere on the release


ELSEWHERE = There(position=5)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        row("all else the same", Here(), ELSEWHERE),
        row("on another disc", Here(), There(disc=2)),
        row("three seconds longer", Here(), There(position=5, length_ms=183_000)),
        row("no length here", Here(length_ms=None), ELSEWHERE),
        row("no length there", Here(), There(position=5, length_ms=None)),
        row("noise in the title", Here("Song (Remastered 2011)"), ELSEWHERE),
        row("the same live recording", Here("Song - Live"), There("Song (live)", position=5)),
    ],
)
def test_the_only_track_of_this_title_and_length_is_the_one(here: Here, there: There) -> None:
    others = [There("Opening"), There("Closing", position=6)]

    assert same_track(here, [*others, there]) == (there, "title and length")


@pytest.mark.parametrize(
    ("here", "there"),
    [
        row("another length", Here(), [There(position=5, length_ms=183_001)]),
        row("another title, as long", Here("Lied"), [ELSEWHERE]),
        row("a version of it, as long", Here(), [There("Song (X Remix)", position=5)]),
        row("live somewhere", Here("Song - Live"), [There("Song (live at the Forum)", position=5)]),
        row("two of them", Here(), [ELSEWHERE, There(position=6)]),
        row("two on two discs", Here(), [There(disc=2), There(disc=3)]),
        row("nothing on the release", Here(), []),
    ],
)
def test_elsewhere_nothing_less_will_do(here: Here, there: list[There]) -> None:
    assert same_track(here, there) is None


def test_two_tracks_as_long_that_changed_places_are_told_apart_by_their_titles() -> None:
    first, second = There("Other", 181_000, position=1), There("Song", 180_000, position=2)

    found = same_track(Here("Song", 180_000), [first, second], same_order=True)

    assert found == (second, "title and length")


def test_of_two_with_one_title_the_length_decides() -> None:
    short, long = There(position=5, length_ms=60_000), There(position=6)

    assert same_track(Here(), [short, long]) == (long, "title and length")


def test_of_two_with_one_title_the_place_decides() -> None:
    tracks = [There("Interlude", position=n, length_ms=30_000) for n in (1, 4, 7)]

    found = same_track(Here("Interlude", length_ms=30_000, number=4), tracks)

    assert found == (tracks[1], "same place and title")


# By ISRC


def test_an_isrc_comes_before_place_and_title() -> None:
    there = There("Lied", length_ms=None, disc=2, position=9, isrcs=(OTHER_ISRC, ISRC))

    assert same_track(Here(isrc=ISRC), [There(), there]) == (there, "ISRC")


@pytest.mark.parametrize(
    ("here", "there"),
    [
        row("another code there", ISRC, (OTHER_ISRC,)),
        row("none there", ISRC, ()),
        row("none here", None, (ISRC,)),
    ],
)
def test_without_a_common_isrc_the_rest_decides(here: str | None, there: tuple[str, ...]) -> None:
    """The same recording has a code for each company that released it."""
    track = There(isrcs=there)

    assert same_track(Here(isrc=here), [track]) == (track, "same place and title")


# Whatever comes

TITLES = st.sampled_from(
    ["Song", "Song - Live", "Song (live at the Forum)", "Song (X Remix)", "Other", "", "夜"]
) | st.text(max_size=20)
LENGTHS = st.none() | st.integers(0, 400_000)
PLACES = st.integers(1, 4)
ISRCS = st.sampled_from([ISRC, OTHER_ISRC])
HERE = st.builds(Here, TITLES, LENGTHS, PLACES, PLACES, st.none() | ISRCS)
THERE = st.builds(There, TITLES, LENGTHS, PLACES, PLACES, st.lists(ISRCS, max_size=2).map(tuple))


@given(HERE, st.lists(THERE, max_size=6), st.booleans())
def test_the_answer_is_a_track_of_the_release_or_none(
    here: Here, there: list[There], same_order: bool
) -> None:
    found = same_track(here, there, same_order=same_order)

    assert found is None or any(found[0] is one for one in there)


@given(HERE, st.lists(THERE, max_size=6, unique_by=lambda one: (one.disc, one.position)))
def test_the_order_of_the_tracks_makes_no_difference(here: Here, there: list[There]) -> None:
    """On a release on which no code is on two tracks."""
    codes = [code for one in there for code in set(one.isrcs)]
    assume(len(codes) == len(set(codes)))

    assert same_track(here, there) == same_track(here, there[::-1])


# Lengths of whole albums


@pytest.mark.parametrize(
    ("here", "there", "agree"),
    [
        row("the same", [1000, 2000], [1000, 2000], True),
        row("three seconds more and less", [10_000, 20_000], [13_000, 17_000], True),
        row("more than three seconds", [10_000, 20_000], [10_000, 23_001], False),
        row("one more there", [10_000], [10_000, 20_000], False),
        row("one more here", [10_000, 20_000], [10_000], False),
        row("one unknown here", [None, 20_000], [10_000, 20_000], True),
        row("one unknown there", [10_000, 20_000], [10_000, None], True),
        row("one unknown, and another differs", [None, 20_000], [10_000, 30_000], False),
        row("none known together", [None, 20_000], [10_000, None], False),
        row("none known", [None], [None], False),
        row("no track", [], [], False),
        row("another order", [10_000, 20_000], [20_000, 10_000], False),
    ],
)
def test_lengths_agree(here: list[int | None], there: list[int | None], agree: bool) -> None:
    assert lengths_agree(here, there) is agree


@given(st.lists(st.tuples(LENGTHS, LENGTHS), max_size=6), st.integers(0, 6))
def test_lengths_agree_both_ways(pairs: list[tuple[int | None, int | None]], cut: int) -> None:
    here, there = [one for one, _ in pairs], [other for _, other in pairs][:cut]

    assert lengths_agree(here, there) == lengths_agree(there, here)
