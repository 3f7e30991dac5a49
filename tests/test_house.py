"""What must hold of the code itself: who imports whom, where SQL, clock and environment are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "linernotes"

# Down only. A part not named here may import anything: there things are put together.
MAY_IMPORT = {
    "errors": set(),
    "catalogue": set(),
    "matching": {"errors", "matching"},
    "sources": {"errors", "catalogue", "matching", "sources"},
    "pipeline": {"errors", "catalogue", "sources"},
    "stages": {"errors", "catalogue", "matching", "sources", "pipeline", "stages"},
    "db": {"errors", "catalogue", "pipeline", "sources", "db"},
    "settings": {"errors", "sources"},
    "replies": {"errors"},
    "tokens": {"errors", "replies"},
    "upstream": {"errors", "sources", "db", "replies"},
    "engine": {"errors", "matching", "pipeline", "sources", "stages", "db"},
    "waits": {"pipeline", "db"},
    "worker": {"errors", "pipeline", "sources", "stages", "db", "engine", "waits"},
    "sandbox": {"matching", "sandbox"},
}
# The import lines are the edges of the pipeline.
NEXT_STAGE = {
    "artist_discovery": {"album_discovery"},
    "album_discovery": {"track_discovery"},
    "track_discovery": {"producer_identification"},
    "producer_identification": {"social_enrichment"},
    "social_enrichment": set(),
}


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("linernotes"):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name.removeprefix("linernotes.") for name in names)
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.startswith("linernotes.")]
            yield from (name.removeprefix("linernotes.") for name in names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    allowed = MAY_IMPORT.get(part_of(path))
    if allowed is None:
        return
    wrong = [name for name in imports(path) if name.split(".")[0] not in allowed | {"__version__"}]
    assert wrong == []


@pytest.mark.parametrize("stage", NEXT_STAGE)
def test_a_stage_imports_no_stage_but_the_next(stage: str) -> None:
    found = {
        name.split(".")[1]
        for name in imports(SOURCE / "stages" / f"{stage}.py")
        if name.startswith("stages.")
    }
    assert found == NEXT_STAGE[stage]


SQL = re.compile(r"^\s*(select|insert|update|delete|with|create|alter|grant)\s", re.IGNORECASE)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_sql_stands_in_sql_files(path: Path) -> None:
    texts = [
        node.args[0].value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("execute", "executemany", "stream")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]
    assert [text for text in texts if isinstance(text, str) and SQL.match(text)] == []


def test_the_environment_is_read_in_the_settings_and_by_the_command_line_alone() -> None:
    readers = {
        part_of(path)
        for path in modules()
        if re.search(r"\bos\.environ\b|\bgetenv\(", path.read_text())
    }
    assert readers <= {"settings", "cli", "__main__", "db", "logs"}


def test_lock_files_hold_pins_and_hashes_and_no_addresses() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        assert "://" not in text
        pins = [line for line in text.splitlines() if "==" in line.split(";")[0]]
        assert pins
        assert text.count("--hash=sha256:") >= len(pins)
