"""
Take a printed title apart: the song, the version of it, who produced it, and mere noise.

What is not recognised stays in the title. Taking a plain phrase for a version only keeps
appearances apart that might have been joined; taking one for noise would join recordings that
differ. So the rules for versions look for a word, those for noise want to know all of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from linernotes.matching.names import loose_key, strict_key, tidy

# Appearances of one recording rarely last equally long. In the recorded Spotify walks the same
# song by the same artist differs by 26 ms to 2.7 s between releases (under one ISRC by up to
# 1.2 s). The next difference is 10.7 s: another edit, which its title does not mention.
LENGTH_TOLERANCE_MS = 3000


class Title(NamedTuple):
    """
    A printed title taken apart.

    `base_key` tells songs apart, `version_key` the versions of one: "" is the plain recording,
    otherwise the words of the label in alphabetical order ("remix vanic"). `kinds` says what
    sort of version that is, for sources that label one more fully than the other.
    `producers_printed` has one text for each mention, which may name several; uploaders write
    them, so they are hints and no credits.
    """

    base_key: str
    version_key: str
    kinds: frozenset[str]
    producers_printed: tuple[str, ...]


def same_recording_key(title: str) -> tuple[str, str]:
    """
    Answer what all appearances of one recording share: the song and the version.

    Necessary, not sufficient: the artist must be the same too, and the lengths within
    `LENGTH_TOLERANCE_MS`.
    """
    parsed = parse_title(title)
    return parsed.base_key, parsed.version_key


def parse_title(title: str) -> Title:
    """
    Take a title apart. Phrases count in brackets behind the title, or behind " - ".

    "Live Forever" is a song, "Forever (Live)" a version. Outside of these only "feat.",
    "prod." and a last word "Remix" count ("34+35 Remix (feat. Doja Cat)").
    """
    text = tidy(title).translate(_BRACKETS)
    findings = _Findings()
    kept = _without_last_remix(_song(text, findings), findings)
    base_key = loose_key(_PART.sub(_numbered, kept)) or loose_key(text)
    return findings.as_title(base_key)


class _Piece(NamedTuple):
    """A stretch of a title: the inside of a bracket, or what stands between brackets."""

    bracketed: bool
    text: str


class _Phrase(NamedTuple):
    """
    What a recognised phrase says. `kept` is what of it belongs to the song's title.

    Nobody asks who is `featured`, but only for them is "feat. X" recognised.
    """

    kept: str = ""
    words: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    featured: tuple[str, ...] = ()
    produced: tuple[str, ...] = ()


@dataclass
class _Findings:
    """What was found on the way through one title."""

    words: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    produced: list[str] = field(default_factory=list)

    def take(self, phrase: _Phrase) -> str:
        """Note what a phrase says and answer what of it stays in the title."""
        self.words |= phrase.words
        self.kinds |= phrase.kinds
        self.produced += phrase.produced
        return phrase.kept

    def as_title(self, base_key: str) -> Title:
        return Title(
            base_key=base_key,
            version_key=" ".join(sorted(self.words)),
            kinds=frozenset(self.kinds),
            producers_printed=tuple(self.produced),
        )


# Walking through the title ------------------------------------------------------------------


def _song(text: str, findings: _Findings) -> str:
    first, *others = _segments(text)
    kept = _kept(first, "", findings)
    in_version = False
    for segment in others:
        plain = " ".join(piece.text for piece in segment if not piece.bracketed)
        if phrase := _read(plain):
            kept = f"{kept} {findings.take(phrase)}"
            in_version = in_version or bool(phrase.kinds)
            kept = _kept(_brackets(segment), kept, findings, in_version=in_version)
        elif in_version:
            # "A Day Laye - BBC Live - Top Gear 17/11/69": the rest says which performance.
            _add_detail(plain, findings)
            kept = _kept(_brackets(segment), kept, findings, in_version=True)
        else:
            kept = _kept(segment, f"{kept} ", findings)
    return " ".join(kept.split())


def _kept(pieces: list[_Piece], kept: str, findings: _Findings, *, in_version: bool = False) -> str:
    """Append to `kept` what of these pieces belongs to the song's title."""
    for piece in pieces:
        if not piece.bracketed:
            kept += _unmarked(piece.text, bool(kept.strip()), findings)
        # A bracket that opens the title is part of it: "(Not Just) Knee Deep", "[untitled]".
        elif kept.strip() and (phrase := _read(piece.text)):
            kept += f" {findings.take(phrase)} "
        elif in_version:
            _add_detail(piece.text, findings)
        else:
            kept += f"({piece.text})"
    return kept


def _unmarked(plain: str, has_title: bool, findings: _Findings) -> str:
    """Take "feat. X" and "prod. X" off the end of a text that is not in brackets."""
    head, phrase = _cut(plain)
    if phrase == _Phrase() or not (has_title or head.strip()):
        return plain
    findings.take(phrase)
    return head


def _add_detail(text: str, findings: _Findings) -> None:
    findings.take(_Phrase(words=_version_words(strict_key(text))))


def _without_last_remix(kept: str, findings: _Findings) -> str:
    """Take a last word "Remix" for a version; "The Remix" and "Remix" are titles."""
    found = _LAST_REMIX.fullmatch(kept)
    if not found:
        return kept
    remix = _Phrase(words=frozenset({"remix"}), kinds=frozenset({"remix"}))
    findings.take(remix)
    return found["song"]


def _segments(text: str) -> list[list[_Piece]]:
    """Cut a title at each " - " outside brackets, and each stretch at its brackets."""
    segments: list[list[_Piece]] = [[]]
    for piece in _pieces(text):
        first, *others = [piece.text] if piece.bracketed else piece.text.split(" - ")
        segments[-1].append(_Piece(piece.bracketed, first))
        segments += [[_Piece(False, other)] for other in others]
    return segments


def _pieces(text: str) -> Iterator[_Piece]:
    start = 0
    position = 0
    while position < len(text):
        end = _closing(text, position)
        if end is None:
            position += 1
            continue
        yield _Piece(False, text[start:position])
        yield _Piece(True, text[position + 1 : end])
        start = position = end + 1
    yield _Piece(False, text[start:])


def _closing(text: str, start: int) -> int | None:
    """Find the bracket that closes the one at `start`; None if none is there or none closes."""
    waiting: list[str] = []
    for position in range(start, len(text)):
        if close := _PAIRS.get(text[position]):
            waiting.append(close)
        elif waiting and text[position] == waiting[-1]:
            waiting.pop()
        if not waiting:
            return position if position > start else None
    return None


def _brackets(segment: list[_Piece]) -> list[_Piece]:
    return [piece for piece in segment if piece.bracketed]


# Reading one phrase -------------------------------------------------------------------------


def _read(phrase: str) -> _Phrase | None:
    """Say what a bracket or a dash suffix means; None when it is part of the title."""
    head, marked = _cut(phrase.strip())
    if not head.strip():
        return marked if marked != _Phrase() else None
    label = _label(head)
    if label is not None:
        return marked._replace(kept=label.kept, words=label.words, kinds=label.kinds)
    return marked._replace(kept=head.strip()) if marked != _Phrase() else None


def _cut(text: str) -> tuple[str, _Phrase]:
    """Split off the names that "feat.", "with" and "prod. by" announce."""
    marks = list(_MARK.finditer(text))
    if not marks:
        return text, _Phrase()
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    names = [
        (bool(mark["prod"]), tidy(text[mark.end() : end].strip(" ,;&+-/")))
        for mark, end in zip(marks, ends, strict=True)
    ]
    return text[: marks[0].start()].rstrip(" ,;&+-/"), _Phrase(
        featured=tuple(name for is_prod, name in names if name and not is_prod),
        produced=tuple(name for is_prod, name in names if name and is_prod),
    )


def _label(text: str) -> _Phrase | None:
    """Read a phrase without names: a version, noise, or None."""
    said = strict_key(text)
    rest = " ".join(_NOISE_WITHIN.sub(" ", said).split())
    if kinds := _version_kinds(rest):
        return _version(rest, kinds)
    is_noise = rest != said and ("remaster" in said or not any(c.isalnum() for c in rest))
    return _Phrase() if is_noise or _NOISE.fullmatch(said) else None


def _version(label: str, kinds: frozenset[str]) -> _Phrase:
    # "Elemental Child - Part 1, Take 1": the part is the song's, the take is the version's.
    parts = " ".join(part[0] for part in _PART.finditer(label))
    words = _version_words(_PART.sub(" ", label))
    return _Phrase(kept=parts, words=words or kinds, kinds=kinds)


def _version_words(label: str) -> frozenset[str]:
    for pattern, word in _SYNONYMS:
        label = pattern.sub(word, label)
    words = (loose_key(word) for word in re.split(r"[\s/,;:-]+", label))
    return frozenset(
        word for word in words if word not in _FILLERS and any(c.isalnum() for c in word)
    )


def _version_kinds(label: str) -> frozenset[str]:
    named = {kind for kind, pattern in _KINDS.items() if pattern.search(label)}
    if _is_live(label):
        named.add("live")
    if not named and _VERSION.search(label):
        named.add("version")
    return frozenset(named)


def _is_live(label: str) -> bool:
    """Tell the adjective from the verb: "BBC Live Lounge" against "Dying to Live"."""
    if _IN_CONCERT.search(label):
        return True
    for found in _LIVE.finditer(label):
        if found["before"] not in _BEFORE_VERB and _AFTER_LIVE.match(label, found.end()):
            return True
    return False


def _numbered(found: re.Match[str]) -> str:
    """Write "Pt. II", "Part II" and "pt 2" one way: "part 2"."""
    word = "part" if found[1].casefold() in ("part", "pt") else "volume"
    return f"{word} {_ROMAN.get(found[2].casefold(), found[2])}"


# What the phrases look like -----------------------------------------------------------------


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PAIRS = {"(": ")", "[": "]", "{": "}"}
_BRACKETS = str.maketrans("【】〔〕", "[][]")
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8"}
_PART = re.compile(r"\b(part|pt|volume|vol)\b\.?\s*(\d+|[ivx]+)\b", re.IGNORECASE)
_LAST_REMIX = re.compile(r"(?P<song>(?!(?:the|a)\s+\S+$).*\S)\s+(?:remix|rmx)", re.IGNORECASE)

# "Prodigy", "Product", "Little Feat" and "50 Ft Queenie" are traps. "with" and a bare "prod"
# are words of titles too, so they count at the start of a phrase, "with" in small letters
# only, as Spotify writes it: "off the table (with The Weeknd)", but "Sealed (With a Kiss)".
_NOBODY = (
    "me|you|ya|u|us|him|her|them|it|an?|my|your|our|his|no|love"
    "|strings|orchestra|choir|band|piano|drums|vocals|lyrics|intro"
)
_MARK = re.compile(
    rf"""
    (?:^|(?<=[\s,;&+(]))
    (?:
        (?P<feat>
            (?<!\ba\s)(?<!\bthe\s)(?<!\blittle\s)(?<!\d\s)
            (?:feat(?:uring)?|ft)\b\.?(?!\s+of\b)
          | [fw]/
          | (?-i:^with\b)(?!\s+(?:{_NOBODY})\b)
        )
      | (?P<prod>
            (?:co-?)?
            (?:prod\b\.(?:\s*by\b)?|prod(?:uced)?\s+by\b|producers?(?=\s*:)|^prod\b|(?-i:prod\b))
        )
    )
    (?:\s|:)*(?=[^\s:])
    """,
    re.IGNORECASE | re.VERBOSE,
)

_YEAR = r"(?:19|20)\d\d"

# Noise that may stand beside a version: "Live / Remastered 2011", "Bonus Track Version".
# Mono and stereo, explicit and clean were produced by the same people, but a "2015 Stereo Mix"
# is somebody's new mix. "Album Version" and "Original Mix" name the plain recording; "Original
# Version" usually names an earlier one.
_NOISE_WITHIN = re.compile(
    rf"""\b(?:
        (?:{_YEAR}\s+)?(?:(?:new|digital(?:ly)?|\d+[\s-]?bit|mono|stereo)\s+)*
            remaster(?:ed|ing)?(?:\s+(?:version|edition|in))?(?:\s*[/,-]?\s*{_YEAR})?
      | (?:super\s+)?(?:explicit|clean|amended|edited|censored|uncensored|dirty\s+version)
            (?:\s+(?:version|lyrics|content|album\s+version|lp\s+version))?
      | (?:full\s+|main\s+|original\s+)?(?:album|lp)\s+(?:version|mix)
      | original\s+mix
      | (?<!\d\d\d\d\s)(?:in\s+)?(?:mono|stereo)(?:\s+(?:version|mix))?
      | soundtrack\s+version
      | (?:(?:japan(?:ese)?|itunes|uk|us|hidden)\s+)?bonus(?:\s+tracks?)?(?:\s+version)?
      | hidden\s+track
      | (?:(?:super|international)\s+)*deluxe(?:\s+(?:version|album|edition))?
      | (?:original\s+)?from\s+the\s+vault
    )(?!\w)""",
    re.VERBOSE,
)
_FROM = r"(?:from|(?:as\s+)?(?:featured|heard)\s+in)"
_WORK = r"(?:motion\s+picture|soundtrack|film|movie|musical|series|tv\s+show|video\s*game|ost)"
_NOISE = re.compile(
    rf"""
        {_YEAR}
      | ep
      | (?:.*\s)?edition(?:\s+{_YEAR})?
      | expanded(?:\s+version)?
      | \d+(?:st|nd|rd|th)\s+anniversary(?:\s+version)?
      | reissue
      | (?:(?:music|songs?)\s+)?(?:{_FROM}|inspired\s+by)\b.*\b{_WORK}\b.*
      | {_FROM}\s+["'].+["'](?:\s*/?\s*(?:original\s+)?soundtrack(?:\s+version)?)?
      | original\s+(?:.*\s)?(?:soundtrack|cast\s+recording)
      | (?:the\s+)?official\s+(?:music\s+|lyrics?\s+)?(?:video|audio|visuali[sz]er)
      | (?:music|lyrics?)\s+video
      | visuali[sz]er
    """,
    re.VERBOSE,
)

_KINDS = {
    "remix": re.compile(
        r"\b(?:remix(?:e[sd])?|rmx|re-?work(?:ed)?|refix|bootleg|mash-?up|vip)\b"
        r"|\b(?:flip|dub)(?:\s+(?:mix|version))?$"
    ),
    "mix": re.compile(r"\bmix(?:es)?\b"),
    "dj mix": re.compile(r"^(?:mixed|dj mix|mix cut)$"),
    "edit": re.compile(
        r"\bedits?\b|\b(?:single|radio|short)\s+(?:version|mix)\b|\b7(?:\"|''|[\s-]inch)"
    ),
    "extended": re.compile(
        r"\bextended\b|\b(?:club|long)\s+(?:mix|version)\b|\b12(?:\"|''|[\s-]inch)"
    ),
    "instrumental": re.compile(r"\binstrumentals?\b"),
    "demo": re.compile(r"\bdemos?\b"),
    "acoustic": re.compile(r"\bacoustic\b"),
    "unplugged": re.compile(r"\bunplugged\b"),
    "session": re.compile(r"\bsessions?\b|\bspotify singles\b|^recorded (?:at|live)\b"),
    "take": re.compile(
        r"\btakes?\s+(?:\d+|one|two|three)\b|\bouttakes?\b"
        r"|\balt(?:ernat(?:iv)?e|\.)?\s+(?:take|version|mix|ending|vocals?)\b|^alternat(?:iv)?e$"
    ),
    "rerecording": re.compile(
        r"\bre-?record(?:ed|ing)\b|\btaylor's version\b|\bnew (?:recording|version)\b"
    ),
    "a cappella": re.compile(r"\ba[\s-]?cap+el+a\b"),
    "karaoke": re.compile(
        r"\bkaraoke\b|\bin the style of\b|\boriginally performed by\b|\bmade famous by\b"
    ),
    "cover": re.compile(r"\bcover(?:\s+version)?$|^cover\b|\blike a version\b"),
    "speed": re.compile(
        r"\b(?:sped|speed)[\s-]?up\b|\bslowed\b|\breverb\b|\bnightcore\b"
        r"|\bchopped\b|\bscrewed\b|\blo-?fi\b|\b8d audio\b"
    ),
    "orchestral": re.compile(r"\borchestral\b|\bsymphonic\b|\b(?:orchestra|strings?)\s+version\b"),
    "medley": re.compile(r"\bmedley\b"),
}
_VERSION = re.compile(r"\b(?:version|ver|vers)\b")

_LIVE = re.compile(r"(?:(?<!\S)(?P<before>\S+)\s+)?\blive\b")
_BEFORE_VERB = _words(
    "to i we you they ya people men long must will can can't let not don't never how where who"
    " us gotta wanna should could would i'll we'll i'd i'm"
)
_AFTER_LIVE = re.compile(
    r"\W*$|\s*[/,;:@\d-]|\s+(?:at|in|from|on|sessions?|lounge|version|performance|record(?:ed|ing)"
    r"|take|acoustic|bbc|mix|edit|demo|instrumental|medley|video|studio|remix)\b"
)
_IN_CONCERT = re.compile(r"\b(?:in concert|en vivo|ao vivo|en directo)\b")

_SYNONYMS = (
    (re.compile(r"\brmx\b|\bremixe[sd]\b"), "remix"),
    (re.compile(r"\bre-?work(?:ed)?\b"), "rework"),
    (re.compile(r"\bre-?record(?:ed|ing)\b"), "rerecorded"),
    (re.compile(r"\ba[\s-]?cap+el+a\b"), "acappella"),
    (re.compile(r"\binstrumentals\b"), "instrumental"),
    (re.compile(r"\blo-fi\b"), "lofi"),
    (re.compile(r"\b(?:sped|speed)[\s-]?up\b"), "spedup"),
    (re.compile(r"(?<=\d)''"), '"'),
    (re.compile(r"(?<=\d)(?:\"|[\s-]inch\b)"), "inch"),
)
_FILLERS = _words("the at in from on of by for and version ver vers")
