"""docs/reference/cli.md names every command, field and code that there is."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from linernotes.cli import app, problems, shapes
from linernotes.errors import LinernotesError

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "cli.md").read_text()
SHAPES = [
    one
    for one in vars(shapes).values()
    if isinstance(one, type) and issubclass(one, msgspec.Struct) and one is not msgspec.Struct
]


@pytest.mark.parametrize("command", app.COMMANDS)
def test_every_command_is_in_the_table(command: str) -> None:
    assert re.search(rf"^\| `{command}[ `]", TEXT, re.MULTILINE)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_field_of_the_json_is_named(shape: type[msgspec.Struct]) -> None:
    unnamed = [name for name in shape.__struct_fields__ if not _is_named(name)]

    assert unnamed == []


def _is_named(name: str) -> bool:
    return re.search(rf'[`"]{name}[`"]', TEXT) is not None


def test_every_schema_is_named_with_its_version() -> None:
    schemas = {
        field.default
        for shape in SHAPES
        for field in msgspec.structs.fields(shape)
        if field.name == "schema"
    }

    assert {one for one in schemas if f"`{one}`" in TEXT} == schemas


def test_every_exit_code_of_an_error_is_explained() -> None:
    codes = {error.exit_code for error in _errors(LinernotesError)} | {problems.STOPPED}

    assert {code for code in codes if f"\n| {code} | " in TEXT} == codes


def _errors(kind: type[LinernotesError]) -> list[type[LinernotesError]]:
    return [kind, *(deeper for one in kind.__subclasses__() for deeper in _errors(one))]
