"""What the documents say is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from linernotes.cli.people import COLUMNS
from linernotes.settings import SOURCES, from_environ
from linernotes.sources import Source

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = (ROOT / "docs" / "reference" / "settings.md").read_text()
READ = re.compile(
    r'"((?:LINERNOTES|SPOTIFY|SUPABASE)_[A-Z_]+|DATABASE_URL|NO_COLOR|FORCE_COLOR|PAGER)"'
)


def variables() -> set[str]:
    """The variables that the code names, and those it makes from the name of each source."""
    named = {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in READ.findall(path.read_text())
        if "sandbox/" not in str(path)
    }
    made = {
        f"LINERNOTES_{source.name.upper()}_{what}"
        for source in SOURCES
        for what in ("URL", "REQUESTS_PER_SECOND")
    }
    return named | made


@pytest.mark.parametrize("name", sorted(variables()))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in SETTINGS


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_the_documented_addresses_and_rates_are_the_defaults(source: Source) -> None:
    used = from_environ({}).sources[source.name]
    prefix = f"LINERNOTES_{used.name.upper()}"

    assert f"| `{prefix}_URL` | `{used.url}` |" in SETTINGS
    assert f"| `{prefix}_REQUESTS_PER_SECOND` | {used.requests_per_second:g} |" in SETTINGS


def test_the_columns_of_an_export_are_documented_in_their_order() -> None:
    text = (ROOT / "docs" / "reference" / "exports.md").read_text()
    table = text[text.index("| column |") : text.index("Empty means")]
    first_cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]

    assert tuple(re.findall(r"`(\w+)`", " ".join(first_cells))) == COLUMNS


LINK = re.compile(r"\]\(([^)#:]+)\)")


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=lambda page: page.name
)
def test_every_link_between_documents_leads_somewhere(page: Path) -> None:
    missing = [to for to in LINK.findall(page.read_text()) if not (page.parent / to).exists()]
    assert missing == []
