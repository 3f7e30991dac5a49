"""SQL lives in .sql files: `-- name: x` starts a statement, the comment below says what for."""

from __future__ import annotations

import re
from importlib import resources
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def load(filename: str) -> dict[str, LiteralString]:
    """The statements of a file that ships in this package, by name."""
    text = (resources.files(__package__) / filename).read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    # The files ship inside this package; nobody else can write to them.
    return dict(zip(parts[::2], cast("list[LiteralString]", parts[1::2]), strict=True))
