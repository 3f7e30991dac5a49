"""SQL lives in .sql files: `-- name: x` starts a statement, the comment below says what for."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any, LiteralString, cast

import msgspec
from psycopg.types.json import Jsonb

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def load(filename: str) -> dict[str, LiteralString]:
    """The statements of a file that ships in this package, by name."""
    text = (resources.files(__package__) / filename).read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    # The files ship inside this package; nobody else can write to them.
    return dict(zip(parts[::2], cast("list[LiteralString]", parts[1::2]), strict=True))


def rows(value: Any) -> Jsonb:
    """Rows or facts as one JSON parameter; encoded in one go, since a commit has thousands."""
    return Jsonb(value, dumps=_encode)


def _encode(value: Any) -> str | bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        # Half a surrogate pair. The database is to refuse it, so that it ends as bad data and
        # not as an error of the program.
        return json.dumps(msgspec.to_builtins(value))
