"""CSV that no spreadsheet takes for formulas, and that any reader of CSV reads back."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linernotes.cli import spreadsheet

# PostgreSQL stores neither NUL nor half of a surrogate pair.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
# Strangers' texts, most of them out to be formulas.
HOSTILE = st.builds(
    lambda before, sign, after: before + sign + after,
    st.text(" \t\r\n\v\f\u00a0\u2003\u200b\u200e\ufeff\u0085", max_size=3),
    st.sampled_from("=+-@＝＋－＠﹦﹢﹣﹫⁼⁺\N{MINUS SIGN}"),
    TEXTS,
)


def read(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline="")))


@given(st.lists(TEXTS | HOSTILE, min_size=1))
@example(["=1+1", "@SUM(A1)", "+1", "-1", "\t=1", "\r=1", "\n=1", " =1", "\ufeff=1"])
def test_what_a_spreadsheet_takes_for_a_formula_never_comes_out(cells: list[str]) -> None:
    (record,) = read(spreadsheet.line(cells))

    for cell in record:
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        assert not cell.strip().startswith(tuple("=+-@＝＋－＠"))


# Texts that begin another cell where something else than a comma separates cells.
SPLIT = st.builds(lambda *parts: "".join(parts), TEXTS, st.sampled_from(';\t\r\n"'), HOSTILE)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@given(cells=st.lists(TEXTS | HOSTILE | SPLIT, min_size=1))
@example(cells=["a", "x;=1+1", "x\t=1+1", "x\n=1+1", "x; +1", 'x;"=1+1"', ";=1", '"', "x;\r=1"])
def test_neither_does_it_where_another_sign_separates_cells(
    separator: str, cells: list[str]
) -> None:
    written = StringIO(spreadsheet.line(cells), newline="")

    for record in csv.reader(written, delimiter=separator):
        for cell in record:
            assert not cell.strip().startswith(tuple("=+-@＝＋－＠"))


@given(HOSTILE)
def test_a_hostile_cell_begins_with_an_apostrophe(cell: str) -> None:
    assert spreadsheet.guarded(cell).startswith("'")


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ("x;=1+1", "x;'=1+1"),
        ("producer; -1", "producer;' -1"),
        ("x\t@SUM(A1)", "x\t'@SUM(A1)"),
        ("one; two", "one; two"),
        ("a=b;c-d", "a=b;c-d"),
    ],
)
def test_only_what_could_begin_a_formula_gets_one(cell: str, guarded: str) -> None:
    assert spreadsheet.guarded(cell) == guarded


@given(st.lists(TEXTS | HOSTILE, min_size=1))
def test_reading_it_back_gives_the_guarded_texts(cells: list[str]) -> None:
    assert read(spreadsheet.line(cells)) == [[spreadsheet.guarded(cell) for cell in cells]]


@given(st.lists(TEXTS | HOSTILE, min_size=1))
def test_raw_cells_are_read_back_as_they_were(cells: list[str]) -> None:
    assert read(spreadsheet.line(cells, raw=True)) == [cells]


@pytest.mark.parametrize(
    "name", ["40", "No I.D.", "Boi-1da", "JAY-Z", "“Hitmaka”", "坂本龍一", "'Til Tuesday", "", " "]
)
def test_names_stay_as_they_are(name: str) -> None:
    assert spreadsheet.guarded(name) == name


def test_a_record_ends_with_crlf_and_quotes_only_what_needs_it() -> None:
    cells: list[spreadsheet.Cell] = [
        'The "Alchemist", Jr.',
        None,
        3,
        True,
        ["a", "b"],
        datetime(2026, 11, 24, 15, 3, 0, 700, tzinfo=UTC),
    ]

    assert spreadsheet.line(cells) == (
        '"The ""Alchemist"", Jr.",,3,true,a; b,2026-11-24T15:03:00Z\r\n'
    )
