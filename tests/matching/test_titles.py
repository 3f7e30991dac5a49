"""What belongs to a song, what makes another recording of it, and what is noise."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linernotes.matching.names import loose_key, strict_key
from linernotes.matching.titles import LENGTH_TOLERANCE_MS, parse_title, same_recording_key

RECORDED = Path(__file__).parents[2] / os.environ.get("LINERNOTES_RECORDED", "../shared/recorded")
WORDS = st.lists(
    st.sampled_from(["Blue", "Mañana", "Östermalm", "夜", "Love", "7", "Rain"]), min_size=1
).map(" ".join)


def row(name: str, *values: Any) -> Any:
    return pytest.param(*values, id=name)


@pytest.mark.parametrize(
    ("title", "song"),
    [
        row("remaster behind a dash", "Always on My Mind - Remastered", "Always on My Mind"),
        row("remaster with year first", "Hounds of Love - 2018 Remaster", "Hounds of Love"),
        row("remaster with year last", "Song - Remastered 2011", "Song"),
        row("remaster with a slash", "Song - Remastered / 2011", "Song"),
        row("remaster in brackets", "Song (2009 Digital Remaster)", "Song"),
        row("remaster by somebody", "So What (Rudy Van Gelder Remaster)", "So What"),
        row("mono and remaster", "Song - Mono / Remastered", "Song"),
        row("mono", "Song (Mono Version)", "Song"),
        row("year", "Paris (2021)", "Paris"),
        row("clean", "Scream & Shout (Clean)", "Scream and Shout"),
        row("explicit", "Song [Explicit Version]", "Song"),
        row("edition", "BEYONCÉ (Platinum Edition)", "Beyonce"),
        row("deluxe", "Madame X (International Deluxe)", "Madame X"),
        row("bonus track", "Run With Me - Bonus Track", "Run With Me"),
        row("album version", "\u200bi (Album Version)", "i"),
        row("original mix", "Freedom - Original Mix", "Freedom"),
        row("film and its version", 'Let It Go - From "Frozen"/Soundtrack Version', "Let It Go"),
        row("vault", "You’re Losing Me (From The Vault)", "You're Losing Me"),
        row(
            "film",
            "Test Drive - From How To Train Your Dragon Music From The Motion Picture",
            "Test Drive",
        ),
        row("film in quotes", 'Back in Time - featured in "Men In Black 3"', "Back in Time"),
        row(
            "soundtrack", "Despicable Me 2 (Original Motion Picture Soundtrack)", "Despicable Me 2"
        ),
        row("video", "Pull Me Under [OFFICIAL VIDEO]", "Pull Me Under"),
        row("two in a row", "Bob Dylan (Deluxe Edition) [Remastered]", "Bob Dylan"),
        row("full-width brackets", "夜に駆ける（Remastered）", "夜に駆ける"),
        row("part", "Love the Way You Lie, Pt. II", "Love the Way You Lie (Part 2)"),
        row("interlude is the song's", "someone like u - interlude", "someone like u (Interlude)"),
        row("zero-width space", "\u200bvampire", "Vampire"),
    ],
)
def test_noise_makes_no_difference(title: str, song: str) -> None:
    assert same_recording_key(title) == (loose_key(song), "")


@pytest.mark.parametrize(
    ("title", "song", "version", "kinds"),
    [
        row("live", "California Love (Live)", "California Love", "live", {"live"}),
        row("live version", "Song - Live Version", "Song", "live", {"live"}),
        row("place", "Walkin (Live At Electric Lady)", "Walkin", "electric lady live", {"live"}),
        row("place and year", "Song - Live At the BBC / 2015", "Song", "2015 bbc live", {"live"}),
        row("tour", "Gimme Shelter (GRRR Live!)", "Gimme Shelter", "grrr live", {"live"}),
        row(
            "second dash",
            "A Day Laye - BBC Live - Top Gear 17/11/69",
            "A Day Laye",
            "11 17 69 bbc gear live top",
            {"live"},
        ),
        row("live, remastered", "Song - Live / Remastered 2011", "Song", "live", {"live"}),
        row("remix", "Beep Beep (Remix)", "Beep Beep", "remix", {"remix"}),
        row("remixer in brackets", "Lost (JJD Remix)", "Lost", "jjd remix", {"remix"}),
        row("remixer behind a dash", "Lost - JJD Remix", "Lost", "jjd remix", {"remix"}),
        row("short remix", "Song (DjCopyride Rmx)", "Song", "djcopyride remix", {"remix"}),
        row("last word", "Dead Wrong Rmx", "Dead Wrong", "remix", {"remix"}),
        row(
            "said twice",
            "34+35 Remix (feat. Doja Cat, Megan Thee Stallion) - Remix",
            "34+35",
            "remix",
            {"remix"},
        ),
        row("rework", "Test (Flume Re-work)", "Test", "flume rework", {"remix"}),
        row("VIP", "Puzzle - VIP", "Puzzle", "vip", {"remix"}),
        row(
            "remix and edit",
            "Gimme More (Paul van Dyk Remix - Radio Edit)",
            "Gimme More",
            "dyk edit paul radio remix van",
            {"remix", "edit"},
        ),
        row("radio edit", "Song - Radio Edit", "Song", "edit radio", {"edit"}),
        row("single", "Song (Single Version)", "Song", "single", {"edit"}),
        row(
            "mix by",
            "Love Is Lost - Hello Mix by James Murphy",
            "Love Is Lost",
            "hello james mix murphy",
            {"mix"},
        ),
        row("new mix", "Song (2015 Stereo Mix)", "Song", "2015 mix stereo", {"mix"}),
        row("twelve inches", "Song (12'' Mix)", "Song", "12inch mix", {"extended", "mix"}),
        row("mixed by a DJ", "Song (Mixed)", "Song", "mixed", {"dj mix"}),
        row(
            "instrumental", "Superman (Instrumental)", "Superman", "instrumental", {"instrumental"}
        ),
        row("demo", "Great Horse - Home Demo", "Great Horse", "demo home", {"demo"}),
        row(
            "song called so",
            "Instrumental - Guitar & Organ Demo",
            "Instrumental",
            "demo guitar organ",
            {"demo"},
        ),
        row("acoustic", "Genesis (Acoustic)", "Genesis", "acoustic", {"acoustic"}),
        row("acoustic version", "Genesis - Acoustic Version", "Genesis", "acoustic", {"acoustic"}),
        row("piano", "Wanna Know Love - Piano Version", "Wanna Know Love", "piano", {"version"}),
        row(
            "take of a part",
            "Elemental Child - Part 1, Take 1",
            "Elemental Child Part 1",
            "1 take",
            {"take"},
        ),
        row(
            "outtake",
            "Organ Blues - Outtake With Drums",
            "Organ Blues",
            "drums outtake with",
            {"take"},
        ),
        row("alternate", "Song (Alternate Take)", "Song", "alternate take", {"take"}),
        row(
            "recorded again",
            "Is It Over Now? (Taylor’s Version) [From The Vault]",
            "Is It Over Now?",
            "taylors",
            {"rerecording"},
        ),
        row("recorded again, said so", "Song (Re-Recorded)", "Song", "rerecorded", {"rerecording"}),
        row("year's version", "Song (2019 Version)", "Song", "2019", {"version"}),
        row("a cappella", "Song (A Cappella)", "Song", "acappella", {"a cappella"}),
        row("acapella", "Song - Acapella", "Song", "acappella", {"a cappella"}),
        row("karaoke", "Song (Karaoke Version)", "Song", "karaoke", {"karaoke"}),
        row("cover", "Fake Love (Drake Cover)", "Fake Love", "cover drake", {"cover"}),
        row("sped up", "Song - Sped Up", "Song", "spedup", {"speed"}),
        row("slowed", "Song (slowed + reverb)", "Song", "reverb slowed", {"speed"}),
        row(
            "session", "Gimme More - Spotify Singles", "Gimme More", "singles spotify", {"session"}
        ),
        row("unplugged", "Song (MTV Unplugged)", "Song", "mtv unplugged", {"unplugged"}),
        row("orchestral", "Song (Orchestral Version)", "Song", "orchestral", {"orchestral"}),
        row("Japanese label", "HELLO! (7人祭 version)", "HELLO!", "7人祭", {"version"}),
        row("Spanish", "Song - En Vivo", "Song", "en vivo", {"live"}),
        row("original version", "Thug (Original Version)", "Thug", "original", {"version"}),
    ],
)
def test_a_version_is_another_recording(
    title: str, song: str, version: str, kinds: set[str]
) -> None:
    parsed = parse_title(title)

    assert (parsed.base_key, parsed.version_key, parsed.kinds) == (
        loose_key(song),
        version,
        frozenset(kinds),
    )


@pytest.mark.parametrize(
    "title",
    [
        row("live is a verb", "Live Forever"),
        row("live is a verb in brackets", "Runnin’ (Dying to Live)"),
        row("live in a longer word", "Song (Alive)"),
        row("live and", "Song (Live & Learn)"),
        row("live your", "Live Your Life"),
        row("acoustic", "Acoustic Guitar"),
        row("demo", "Demo"),
        row("edit", "Radio Edit"),
        row("remix", "Remix"),
        row("the remix", "The Remix"),
        row("remix in front", "Remix to Ignition"),
        row("only a bracket", "(Remix)"),
        row("bracket in front", "(Not Just) Knee Deep"),
        row("untitled", "[untitled]"),
        row("second title", "Praise The Lord (Da Shine)"),
        row("movement", "Appalachian Spring: Moderato - Coda"),
        row("parts", "Dragons Ear - Part 1 & Part 2"),
        row("freestyle", "Party and Bullshit (Freestyle)"),
        row("skit", "Lunch (Skit)"),
        row("with outside", "Cold Lampin’ with Flavor"),
        row("with and nobody", "At the Table He Sat Alone (with)"),
        row("with you", "Stuck (with u)"),
        row("with instruments", "Hurt (with Strings)"),
        row("with in capitals", "Sealed (With a Kiss)"),
        row("product", "Product of My Environment"),
        row("prodigy", "Prodigy (Prodigal)"),
        row("feet", "50 Ft Queenie"),
        row("deed", "The Feat of Love"),
        row("unclosed bracket", "Song (Live"),
        row("smiley", "sad :("),
        row("signs only", "!!!"),
        row("not Latin", "שלום (עולם)"),
    ],
)
def test_a_trap_stays_in_the_title(title: str) -> None:
    parsed = parse_title(title)

    assert parsed == (loose_key(title), "", frozenset(), ())


@pytest.mark.parametrize(
    ("title", "song", "produced"),
    [
        row("feat.", "12 Jewels (feat. RZA)", "12 Jewels", []),
        row("Ft.", "DEAD POETS (Ft. Rihanna)", "DEAD POETS", []),
        row("with", "off the table (with The Weeknd)", "off the table", []),
        row("outside", "Superman ft. Dina Rae", "Superman", []),
        row("featuring", "Song featuring A & B", "Song", []),
        row("w/", "Song w/ Drake", "Song", []),
        row("prod.", "Song (prod. Metro Boomin)", "Song", ["Metro Boomin"]),
        row("prod. by", "Song [prod. by X & Y]", "Song", ["X & Y"]),
        row("Prod. list", "Song (Prod. X, Y & Z)", "Song", ["X, Y & Z"]),
        row("prod at the end", "Song prod Wheezy", "Song", ["Wheezy"]),
        row("Prod. By at the end", "Song Prod. By Wheezy", "Song", ["Wheezy"]),
        row("produced by", "Song (Produced by OZ)", "Song", ["OZ"]),
        row("no space", "Song (prod.Wheezy)", "Song", ["Wheezy"]),
        row("behind a dash", "Song - prod. by 40", "Song", ["40"]),
        row("both", "Song (feat. A, prod. by B)", "Song", ["B"]),
        row("two brackets", "Song (feat. A) [prod. B]", "Song", ["B"]),
        row("second title", "Song (Da Shine feat. A)", "Song Da Shine", []),
        row("Prodigy features", "Song (feat. Prodigy)", "Song", []),
    ],
)
def test_names_in_a_title_are_no_part_of_it_and_those_of_producers_are_hints(
    title: str, song: str, produced: list[str]
) -> None:
    parsed = parse_title(title)

    assert parsed == (loose_key(song), "", frozenset(), tuple(produced))


def test_two_remixers_made_two_recordings() -> None:
    assert same_recording_key("Song (A Remix)") != same_recording_key("Song (B Remix)")


@given(st.text())
def test_every_visible_title_has_a_key(title: str) -> None:
    assert bool(parse_title(title).base_key) == bool(strict_key(title))


@given(st.text("ab ()[]-.&/'live remix feat prod with 2011 Pt", max_size=60))
def test_no_title_is_too_odd(title: str) -> None:
    assert bool(parse_title(title).base_key) == bool(strict_key(title))


@given(
    WORDS,
    st.sampled_from(
        ["(Remastered 2011)", "- 2018 Remaster", "[Explicit]", "(feat. A & B)", "(prod. A)"]
    ),
)
def test_noise_behind_any_title_makes_no_difference(title: str, noise: str) -> None:
    assert same_recording_key(f"{title} {noise}") == same_recording_key(title)


@given(
    WORDS,
    st.sampled_from(["Live", "Vanic Remix", "Radio Edit", "Demo", "Acoustic", "Instrumental"]),
)
def test_brackets_and_dash_say_the_same(title: str, version: str) -> None:
    song, plain = same_recording_key(title)

    assert same_recording_key(f"{title} ({version})") == same_recording_key(f"{title} - {version}")
    assert same_recording_key(f"{title} [{version}]")[0] == song
    assert same_recording_key(f"{title} [{version}]")[1] != plain


def recorded_tracks() -> Iterator[tuple[str, str, int]]:
    """Yield ISRC, title and length of every track in the recorded Spotify bodies."""
    for path in sorted(RECORDED.glob("spotify/**/*.json")):
        yield from _tracks(json.loads(path.read_text(encoding="utf-8")))


def _tracks(body: object) -> Iterator[tuple[str, str, int]]:
    if isinstance(body, dict):
        code = (body.get("external_ids") or {}).get("isrc")
        if code and isinstance(body.get("duration_ms"), int):
            yield code, body["name"], body["duration_ms"]
        body = list(body.values())
    if isinstance(body, list):
        for child in body:
            yield from _tracks(child)


@pytest.mark.skipif(not RECORDED.is_dir(), reason="no recorded bodies: set LINERNOTES_RECORDED")
def test_one_isrc_has_one_key_and_lengths_within_the_tolerance() -> None:
    by_code: dict[str, list[tuple[str, int]]] = {}
    for code, title, length_ms in recorded_tracks():
        by_code.setdefault(code, []).append((title, length_ms))

    assert any(len({length for _, length in found}) > 1 for found in by_code.values())
    for found in by_code.values():
        lengths = [length for _, length in found]
        assert len({same_recording_key(title) for title, _ in found}) == 1
        assert max(lengths) - min(lengths) <= LENGTH_TOLERANCE_MS
