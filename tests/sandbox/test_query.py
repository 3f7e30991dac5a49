"""The query language: what a text means, and which texts mean nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linernotes.sandbox.query import BadQuery, Both, Either, Term, Without, parse, score


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("barcode:1", Term("barcode", "1")),
        ("barcode:(1 OR 2)", Either(Term("barcode", "1"), Term("barcode", "2"))),
        ('a:"x y" AND b:z', Both(Term("a", "x y"), Term("b", "z"))),
        ("x y", Either(Term("", "x"), Term("", "y"))),
        ("x AND y OR z", Either(Both(Term("", "x"), Term("", "y")), Term("", "z"))),
        ("x AND NOT (y)", Both(Term("", "x"), Without(Term("", "y")))),
        (r'a:"say \"hi\" \\"', Term("a", 'say "hi" \\')),
        (r"a:1\-2\:3", Term("a", "1-2:3")),
    ],
)
def test_a_text_means(text: str, query: object) -> None:
    assert parse(text) == query


@pytest.mark.parametrize("text", ["(x", "x)", "AND", "x AND", "a:", '"x', "x OR OR y", "a:AND"])
def test_a_text_means_nothing(text: str) -> None:
    with pytest.raises(BadQuery):
        parse(text)


@given(st.text())
def test_any_phrase_can_be_asked_for_when_escaped(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')

    assert parse(f'a:"{escaped}"') == Term("a", text)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        query = parse(text)
    except BadQuery:
        return
    assert 0 <= score(query, lambda field, asked: 1.0) <= 1
