"""
Identifiers that people and services write in several ways, each brought to one form.

What reads them takes any text and answers None for what is not such an identifier; only
`spotify_ref` raises, because a misspelt link must not be searched for as if it were a name.
"""

import re
import unicodedata
from typing import Literal, NamedTuple, get_args
from urllib.parse import unquote, urlsplit

SpotifyKind = Literal[
    "artist", "album", "track", "playlist", "show", "episode", "audiobook", "chapter"
]

_KINDS: tuple[str, ...] = get_args(SpotifyKind)
_GTIN_LENGTHS = (8, 12, 13, 14)
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—―−]+")
_ISRC = re.compile(r"(?:ISRC:?)?([A-Z]{2}[A-Z0-9]{3}[0-9]{7})")
_MBID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MUSICBRAINZ_PAGE = re.compile(r"https?://(?:\w+\.)?musicbrainz\.org/[a-z-]+/([^/?#]+)(?:[/?#].*)?")
_SPOTIFY_ID = re.compile(r"[0-9A-Za-z]{22}")
_SPOTIFY_HOSTS = ("open.spotify.com", "play.spotify.com")
_SHORT_HOSTS = ("spotify.link", "spotify.app.link", "spoti.fi")

# "B.o.B/Bruno Mars" and "AC/DC" are names: a link without a scheme has a host ending in
# two letters or more, a slash right after it, and no space anywhere.
_LINK_WITHOUT_SCHEME = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?/\S*", re.IGNORECASE)
_URI = re.compile(rf"(?:spotify|\w+:(?:{'|'.join(_KINDS)})):\S*", re.IGNORECASE)


def gtin14(text: str) -> str | None:
    """
    Bring a barcode to the 14 digits under which barcodes are compared, or None.

    Spotify pads ("00602527420608"), MusicBrainz usually does not, Discogs prints gaps
    ("7 11297 52373 7"). Only 8, 12, 13 or 14 digits count: the 10 and 11 digits that occur
    have lost zeros, a check digit or both, and nothing says which. A wrong check digit is
    kept, since releases are sold under misprinted barcodes and both sides copy the print.
    """
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if len(digits) not in _GTIN_LENGTHS or not (digits.isascii() and digits.isdigit()):
        return None
    return digits.zfill(14) if digits.strip("0") else None


def barcode_forms(text: str) -> tuple[str, ...]:
    """
    List every way a barcode may be stored elsewhere, sorted, for one OR search.

    Holds the lengths that lose nothing but zeros, so `gtin14` of each is the same. Empty
    when the text is no barcode.
    """
    padded = gtin14(text)
    if padded is None:
        return ()
    fitting = (n for n in _GTIN_LENGTHS if not padded[: 14 - n].strip("0"))
    return tuple(sorted(padded[14 - n :] for n in fitting))


def isrc(text: str) -> str | None:
    """Bring a recording code ("GB-SMU-24-01851", "ISRC USUM71703861") to 12 bare characters."""
    found = _ISRC.fullmatch(_SEPARATORS.sub("", text.upper()))
    return found[1] if found else None


def mbid(text: str) -> str | None:
    """Bring a MusicBrainz id, bare or in the address of its page, to lower case."""
    lowered = text.strip().lower()
    page = _MUSICBRAINZ_PAGE.fullmatch(lowered)
    wanted = page[1] if page else lowered
    return wanted if _MBID.fullmatch(wanted) else None


class SpotifyRef(NamedTuple):
    """One thing at Spotify; `kind` is None for a bare id, which does not say what it names."""

    kind: SpotifyKind | None
    id: str


class NotASpotifyLink(ValueError):
    """The text was meant as a link and leads nowhere; the message tells a person what is wrong."""


def spotify_url(kind: SpotifyKind, id: str) -> str:
    """Write the address under which MusicBrainz stores a Spotify page, and which people open."""
    return f"https://open.spotify.com/{kind}/{id}"


def spotify_ref(text: str) -> SpotifyRef | None:
    """
    Read what a person pasted: a link, a URI or a bare id. None means a name to search for.

    A bare word of 22 characters is an id only when it mixes digits, capitals and small
    letters: "DJKhaledWeTheBestMusic" is a name. That misses the two ids in a hundred that
    have no digit; as a link or URI they are understood.

    Raises `NotASpotifyLink` for what looks like a link but is none we can follow.
    """
    pasted = "".join(c for c in text if unicodedata.category(c) != "Cf").strip().strip("<>")
    if _URI.fullmatch(pasted):
        return _from_uri(pasted)
    if "://" in pasted or pasted.lower().startswith("www."):
        return _from_url(pasted)
    if _LINK_WITHOUT_SCHEME.fullmatch(pasted) or pasted.lower() in _SPOTIFY_HOSTS:
        return _from_url(f"https://{pasted}")
    return SpotifyRef(None, pasted) if _is_bare_id(pasted) else None


def _is_bare_id(word: str) -> bool:
    kinds = (r"[0-9]", r"[a-z]", r"[A-Z]")
    return bool(_SPOTIFY_ID.fullmatch(word)) and all(re.search(k, word) for k in kinds)


def _from_uri(pasted: str) -> SpotifyRef:
    scheme, *parts = pasted.split(":")
    if scheme.lower() != "spotify":
        raise NotASpotifyLink(f'"{pasted}" starts with "{scheme}:", not with "spotify:".')
    return _from_parts(pasted, parts)


def _from_url(pasted: str) -> SpotifyRef:
    try:
        address = urlsplit(pasted)
        host = (address.hostname or "").lower()
    except ValueError as error:
        raise NotASpotifyLink(f'"{pasted}" is not a valid address.') from error
    if host in _SHORT_HOSTS:
        raise NotASpotifyLink(f'"{pasted}" is a short link: open it and copy the full address.')
    if host not in _SPOTIFY_HOSTS or address.scheme not in ("http", "https"):
        raise NotASpotifyLink(f'"{pasted}" does not lead to https://open.spotify.com.')
    parts = [unquote(part) for part in address.path.split("/") if part]
    return _from_parts(pasted, _without_detours(parts))


def _without_detours(parts: list[str]) -> list[str]:
    """Drop the language ("intl-de") and player ("embed") folders before the kind."""
    while parts and (parts[0].lower().startswith("intl-") or parts[0].lower() == "embed"):
        parts = parts[1:]
    return parts


def _from_parts(pasted: str, parts: list[str]) -> SpotifyRef:
    # Playlists used to hang under their owner: spotify:user:NAME:playlist:ID.
    if len(parts) > 2 and parts[0].lower() == "user":
        parts = parts[2:]
    kind = parts[0].lower() if parts else ""
    for known in get_args(SpotifyKind):
        if kind == known:
            return SpotifyRef(known, _valid_id(pasted, kind, parts[1] if len(parts) > 1 else ""))
    wanted = ", ".join(_KINDS)
    raise NotASpotifyLink(f'"{pasted}" names no {wanted}: found "{kind}" in its place.')


def _valid_id(pasted: str, kind: str, id: str) -> str:
    if not id:
        raise NotASpotifyLink(f'"{pasted}" has no id after "{kind}".')
    if len(id) != 22:
        raise NotASpotifyLink(
            f'"{pasted}": the {kind} id "{id}" has {len(id)} characters instead of 22.'
        )
    if not _SPOTIFY_ID.fullmatch(id):
        raise NotASpotifyLink(f'"{pasted}": the {kind} id "{id}" may hold only letters and digits.')
    return id
