"""Which names are equal, which may be, and how printed lists are read."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linernotes.matching.names import NameList, is_exact, loose_key, name_list, strict_key


def row(name: str, *values: Any) -> Any:
    return pytest.param(*values, id=name)


def has_visible(text: str) -> bool:
    return any(
        unicodedata.category(c)[0] != "C"
        and not c.isspace()
        and not unicodedata.normalize("NFKC", c).isspace()
        and not "\ufe00" <= c <= "\ufe0f"
        for c in text
    )


@pytest.mark.parametrize(
    ("a", "b"),
    [
        row("zero-width space", "\u200bbenny blanco", "Benny Blanco"),
        row("no-break space", "J\xa0Dilla", "J Dilla"),
        row("en dash", "Run–DMC", "Run-DMC"),
        row("curly apostrophe", "Cam’ron", "Cam'ron"),
        row("curly quotes", "Noah “40” Shebib", 'Noah "40" Shebib'),
        row("inch sign", "Royce da 5'9″", "Royce da 5'9\""),
        row("case", "JAY-Z", "Jay-Z"),
        row("taken apart", "Beyonce\u0301", "Beyoncé"),
        row("full width", "ＹＯＡＳＯＢＩ", "YOASOBI"),
        row("ellipsis", "Focus…", "Focus..."),
        row("sharp s", "Groß", "GROSS"),
        row("wave dash", "ブルー〜", "ブルー～"),
        row("emoji style", "caro❤\ufe0f", "caro❤"),
    ],
)
def test_one_name_typed_in_two_ways(a: str, b: str) -> None:
    assert (strict_key(a), is_exact(a, b)) == (strict_key(b), True)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        row("dollar", "A$AP Rocky", "ASAP Rocky"),
        row("dollars at the end", "Joey Bada$$", "Joey Badass"),
        row("dollar at the start", "Ty Dolla $ign", "Ty Dolla Sign"),
        row("bang at the start", "!llmind", "Illmind"),
        row("bang inside", "P!nk", "Pink"),
        row("bang in a title", "FE!N", "Fein"),
        row("bang that only shouts", "Panic! At the Disco", "Panic at the Disco"),
        row("bang at the end", "Wham!", "Wham"),
        row("full stops", "No I.D.", "No ID"),
        row("dash", "Boi-1da", "Boi 1da"),
        row("run together", "Take A Daytrip", "TakeADaytrip"),
        row("accents", "Mirwais Ahmadzaï", "Mirwais Ahmadzai"),
        row("stroke", "MØ", "Mo"),
        row("dotless i", "Kaan Güneşberk", "Kaan Gunesberk"),
        row("ampersand", "Soulshock & Karlin", "Soulshock and Karlin"),
        row("plus between words", "Smith + Cross", "Smith & Cross"),
        row("unspaced ampersand", "S&M", "S and M"),
        row("registered sign", "BNYX®", "BNYX"),
        row("heart", "caro♡", "caro"),
        row("Cyrillic accent", "Ёлка", "Елка"),
    ],
)
def test_names_that_may_be_one(a: str, b: str) -> None:
    assert (loose_key(a), is_exact(a, b)) == (loose_key(b), False)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        row("voiced kana", "か", "が"),
        row("Indic vowels", "हिंदी", "हद"),
        row("other scripts", "中田ヤスタカ", "Yasutaka Nakata"),
        row("article", "RZA", "The RZA"),
        row("signs only", "!!!", "†††"),
        row("mathematical albums", "÷", "×"),
    ],
)
def test_names_that_stay_apart(a: str, b: str) -> None:
    assert loose_key(a) != loose_key(b)


@pytest.mark.parametrize(
    "name", ["!!!", "†††", "÷", "=", "+", "$$$", "♡", "& + &", "中田ヤスタカ", "40"]
)
def test_a_name_without_letters_keeps_a_key(name: str) -> None:
    assert strict_key(name)
    assert loose_key(name)


@pytest.mark.parametrize("name", ["", " \u3000", "\u200b", "\ufeff\u200d"])
def test_what_nobody_sees_has_no_key_and_equals_nothing(name: str) -> None:
    assert (strict_key(name), loose_key(name), is_exact(name, name)) == ("", "", False)


@given(st.text())
def test_keys_are_their_own_keys(name: str) -> None:
    assert strict_key(strict_key(name)) == strict_key(name)
    assert loose_key(loose_key(name)) == loose_key(name)


@given(st.text())
def test_a_visible_name_has_keys(name: str) -> None:
    assert bool(strict_key(name)) == bool(loose_key(name))
    if has_visible(name):
        assert strict_key(name)


@given(st.text())
def test_equal_names_are_alike(name: str) -> None:
    variant = f"\u200b{name.swapcase()}\u00a0"
    if is_exact(name, variant):
        assert loose_key(name) == loose_key(variant)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        row(
            "one name",
            "Metro Boomin",
            NameList("Metro Boomin", ("Metro Boomin",), ("Metro Boomin",)),
        ),
        row(
            "duos in a list",
            "Mattman & Robin, Nez & Rio",
            NameList(
                "Mattman & Robin, Nez & Rio",
                ("Mattman & Robin", "Nez & Rio"),
                ("Mattman", "Robin", "Nez", "Rio"),
            ),
        ),
        row(
            "comma inside a name",
            "Tyler, The Creator",
            NameList("Tyler, The Creator", ("Tyler", "The Creator"), ("Tyler", "The Creator")),
        ),
        row(
            "every joiner",
            "A x B + C and D/E",
            NameList("A x B + C and D/E", ("A x B + C and D", "E"), ("A", "B", "C", "D", "E")),
        ),
        row(
            "serial comma",
            "T.I., Moby, & Kid Cudi",
            NameList(
                "T.I., Moby, & Kid Cudi", ("T.I.", "Moby", "Kid Cudi"), ("T.I.", "Moby", "Kid Cudi")
            ),
        ),
        row(
            "no joiner inside a word",
            "Xzibit H+ Creative",
            NameList("Xzibit H+ Creative", ("Xzibit H+ Creative",), ("Xzibit H+ Creative",)),
        ),
        row("nothing", " ", NameList("", (), ())),
    ],
)
def test_a_list_is_read_three_ways(text: str, expected: NameList) -> None:
    assert name_list(text) == expected


@given(st.text())
def test_no_list_is_too_odd(text: str) -> None:
    read = name_list(text)
    assert len(read.parts) >= len(read.phrases) or not read.parts
    assert all(read.phrases)
    assert all(read.parts)
