"""The part of Lucene's query language that MusicBrainz clients use: read it, and match with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Test = Callable[[str, str], float]
Index = Callable[[str, str], frozenset[int] | None]


class BadQuery(ValueError):
    """The text is not a query; the message says where reading stopped."""


@dataclass(frozen=True, slots=True)
class Term:
    """`field` is "" where none is named. The text of a phrase and of a word look the same here."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Both:
    left: Query
    right: Query


@dataclass(frozen=True, slots=True)
class Either:
    left: Query
    right: Query


@dataclass(frozen=True, slots=True)
class Without:
    inner: Query


Query = Term | Both | Either | Without

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<field>[a-z_]+):
      | "(?P<phrase>(?:\\.|[^"\\])*)"
      | (?P<sign>[()])
      | (?P<word>(?:\\.|[^\s()":\\])+)
    )""",
    re.VERBOSE,
)


def parse(text: str) -> Query:
    """Read a query. Words side by side are alternatives, as they are at MusicBrainz."""
    reader = _Reader(_tokens(text))
    query = reader.alternatives("")
    if reader.rest:
        raise BadQuery(f"cannot read from {reader.rest[0][1]!r} on")
    return query


def score(query: Query, test: Test) -> float:
    """
    Say how well something matches, 0 for not at all.

    `test` answers the same question for one field and its text.
    """
    match query:
        case Term(field, text):
            return test(field, text)
        case Both(left, right):
            one, other = score(left, test), score(right, test)
            return (one + other) / 2 if one and other else 0.0
        case Either(left, right):
            return max(score(left, test), score(right, test))
        case Without(inner):
            return 0.0 if score(inner, test) else 1.0


def narrowed(query: Query, index: Index) -> frozenset[int] | None:
    """
    Name all that may match, or None where that may be anything.

    `index` answers the same for one field and its text; what it names too much, `score` drops.
    """
    match query:
        case Term(field, text):
            return index(field, text)
        case Both(left, right):
            one, other = narrowed(left, index), narrowed(right, index)
            if one is None or other is None:
                return other if one is None else one
            return one & other
        case Either(left, right):
            one, other = narrowed(left, index), narrowed(right, index)
            return one | other if one is not None and other is not None else None
        case Without():
            return None


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    while text[position:].strip():
        found = _TOKEN.match(text, position)
        if found is None:
            raise BadQuery(f"cannot read {text[position:]!r}")
        kind = found.lastgroup or ""
        tokens.append((kind, found[kind]))
        position = found.end()
    return tokens


class _Reader:
    """Descends through the tokens; `rest` holds those not read yet."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.rest = tokens

    def alternatives(self, field: str) -> Query:
        query = self.together(field)
        while self.rest and self.rest[0] != ("sign", ")"):
            self.took("word", "OR")
            query = Either(query, self.together(field))
        return query

    def together(self, field: str) -> Query:
        query = self.single(field)
        while self.took("word", "AND"):
            query = Both(query, self.single(field))
        return query

    def single(self, field: str) -> Query:
        if self.took("word", "NOT"):
            return Without(self.single(field))
        if self.took("sign", "("):
            inner = self.alternatives(field)
            if not self.took("sign", ")"):
                raise BadQuery("a bracket is left open")
            return inner
        if not self.rest:
            raise BadQuery("the query ends where a word is due")
        kind, text = self.rest.pop(0)
        if kind == "field":
            return self.single(text)
        if kind == "sign" or text in ("AND", "OR"):
            raise BadQuery(f"a word is due where {text!r} stands")
        return Term(field, re.sub(r"\\(.)", r"\1", text))

    def took(self, kind: str, text: str) -> bool:
        if self.rest and self.rest[0] == (kind, text):
            self.rest.pop(0)
            return True
        return False
