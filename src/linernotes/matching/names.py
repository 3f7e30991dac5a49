"""
Keys under which names are compared. A key is never shown and never replaces the printed name.

Two equal strict keys are the same name; two equal loose keys may be. Neither says that it is
the same person: see the rules on identity.
"""

import re
import unicodedata
from collections.abc import Callable

_QUOTES = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′‵`´ʻʼ＇", "'"),
        **dict.fromkeys("“”„‟″‶«»＂", '"'),
    }
)
# Typists use the wave dash and the full-width tilde for the same sign.
_DASHES = {"〜": "~", "−": "-", "⁃": "-"}

# Letters with a stroke or a joint, which Unicode does not take apart into letter and mark.
_UNDECOMPOSED = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i",
        "æ": "ae", "œ": "oe", "þ": "th",
    }
)  # fmt: skip

_DOLLAR = re.compile(r"(?<=[^\W\d_])\$+|(?<!\$)\$++(?=[^\W\d_])")
_BANG = re.compile(r"(?:(?<=[^\W\d_])|(?<!\S))!(?=[^\W\d_])")
_AMPERSAND = re.compile(r"(?<=\S)\s*&\s*(?=\S)|(?<=\S)\s\+\s(?=\S)")


def strict_key(name: str) -> str:
    """
    Fold what nobody means by writing it: case, width, invisible characters, kinds of quotes,
    dashes and spaces. Signs stay: "A$AP" is not "ASAP".

    Empty only when nothing in the name is visible.
    """
    return _settled(lambda text: tidy(text).casefold(), name)


def loose_key(name: str) -> str:
    """
    Fold what typists vary: signs for letters, "&" and "and", accents, punctuation, spaces.

    "$" next to a letter is s ("A$AP", "Bada$$"); one "!" before a letter, inside a word or
    opening it, is i ("P!nk", "!llmind"), but not in "Wham!" or "Panic! At". Spaces go, as
    "Boi-1da", "Boi 1da" and "Boi1da" all occur. "The" stays, so "RZA" and "The RZA" need an
    alias. Accents go from Latin, Greek and Cyrillic letters only: か is not が.

    A name without letters or digits ("!!!", "†††") keeps its strict key.
    """
    strict = strict_key(name)
    if not any(c.isalnum() for c in strict):
        return strict
    return _settled(_loosened, strict) or strict


def tidy(text: str) -> str:
    """Fold what a reader cannot see, and the kinds of quotes, dashes and spaces; keep the case."""
    visible = "".join(_visible(c) for c in text.translate(_QUOTES))
    composed = unicodedata.normalize("NFKC", visible)
    return " ".join("".join(_visible(c) for c in composed.translate(_QUOTES)).split())


def _visible(c: str) -> str:
    """Answer a character as it is compared: "" for an invisible one, " " for any space."""
    category = unicodedata.category(c)
    if c.isspace() or category in ("Zs", "Zl", "Zp"):
        return " "
    # Variation selectors only choose between the text and the picture of an emoji.
    if category in ("Cf", "Cc", "Cs") or "\ufe00" <= c <= "\ufe0f":
        return ""
    return _DASHES.get(c) or ("-" if category == "Pd" else c)


def _loosened(strict: str) -> str:
    signs = _DOLLAR.sub(lambda run: "s" * len(run[0]), strict)
    words = _AMPERSAND.sub(" and ", _BANG.sub("i", signs))
    plain = unicodedata.normalize("NFC", _without_accents(words)).translate(_UNDECOMPOSED)
    return "".join(c for c in plain.casefold() if unicodedata.category(c)[0] in "LNM")


def _without_accents(text: str) -> str:
    # This block holds the accents of the European scripts. Other combining marks, such as
    # Japanese voicing or Indic vowels, make another letter.
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")


def _settled(fold: Callable[[str], str], text: str) -> str:
    """
    Fold until nothing changes, so that a key is its own key.

    Folding case or dropping a mark can make a sequence that Unicode composes anew; two rounds
    settle it, the third is for the proof.
    """
    for _ in range(4):
        folded = fold(text)
        if folded == text:
            break
        text = folded
    return text
