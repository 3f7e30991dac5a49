"""Which names are equal, and which may be."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linernotes.matching.names import loose_key, strict_key


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
    assert strict_key(a) == strict_key(b) != ""


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
    assert loose_key(a) == loose_key(b)
    assert strict_key(a) != strict_key(b)


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
def test_what_nobody_sees_has_no_key(name: str) -> None:
    assert (strict_key(name), loose_key(name)) == ("", "")


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
    if strict_key(name) == strict_key(variant):
        assert loose_key(name) == loose_key(variant)
