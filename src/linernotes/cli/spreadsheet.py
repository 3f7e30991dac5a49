"""
Rows as CSV by RFC 4180, which spreadsheets open too: so no cell may be a formula to them.

Names are typed by strangers, and `=HYPERLINK(…)` can be one. The guard is OWASP's against CSV
injection (ASVS 1.2.10, CWE-1236): an apostrophe in front, which makes a cell plain text.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from io import StringIO

# What begins a formula. Other writings of these signs count too, such as the full-width ones.
FORMULA = frozenset("=+-@\N{MINUS SIGN}")
BREAKS = ("\t", "\r", "\n")
# What separates cells or rows for a spreadsheet that does not go by commas: a list's semicolon,
# for example, is the separator of many countries.
OTHERS = re.compile(r"([;\t\r\n])")
# Between the texts of one cell.
BETWEEN = "; "

Cell = str | int | datetime | list[str] | None


def line(cells: Iterable[Cell], *, raw: bool = False) -> str:
    """A record with its CRLF. `raw` leaves every cell as it is."""
    written = StringIO()
    texts = (text(cell) for cell in cells)
    csv.writer(written).writerow(texts if raw else map(guarded, texts))
    return written.getvalue()


def text(cell: Cell) -> str:
    """Nothing for None; times in ISO 8601; lists with semicolons between."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(cell, list):
        return BETWEEN.join(cell)
    return "" if cell is None else str(cell)


def guarded(cell: str) -> str:
    """The text, with an apostrophe before whatever a spreadsheet could take for a formula."""
    first, *others = OTHERS.split(cell)
    start = "'" if is_formula(cell) else ""
    # A quote after a separator opens a cell too.
    rest = (f"'{part}" if is_formula(part.replace('"', "")) else part for part in others[1::2])
    pairs = zip(others[::2], rest, strict=True)
    return start + first + "".join(sign + part for sign, part in pairs)


def is_formula(cell: str) -> bool:
    """Blanks and what cannot be seen may stand in front: spreadsheets drop them on the way."""
    if cell.startswith(BREAKS):
        return True
    for letter in cell:
        if unicodedata.category(letter)[0] not in "ZC":
            return unicodedata.normalize("NFKC", letter)[0] in FORMULA
    return False
