"""Whether a release elsewhere is this album, and which of its tracks is this track."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from linernotes.matching.titles import LENGTH_TOLERANCE_MS, parse_title, same_recording_key


class Here(Protocol):
    """A track as the catalogue has it."""

    @property
    def title(self) -> str: ...
    @property
    def length_ms(self) -> int | None: ...
    @property
    def disc(self) -> int: ...
    @property
    def number(self) -> int: ...
    @property
    def isrc(self) -> str | None: ...


class There(Protocol):
    """A track as the release has it. `disc` and `position` count from 1."""

    @property
    def disc(self) -> int: ...
    @property
    def position(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def length_ms(self) -> int | None: ...
    @property
    def isrcs(self) -> Sequence[str]: ...


T = TypeVar("T", bound=There)


def lengths_agree(here: Sequence[int | None], there: Sequence[int | None]) -> bool:
    """As many tracks, each as long within the tolerance; an unknown length says nothing."""
    known = [(a, b) for a, b in zip(here, there, strict=False) if a and b]
    return (
        len(here) == len(there)
        and bool(known)
        and all(abs(a - b) <= LENGTH_TOLERANCE_MS for a, b in known)
    )


def same_track(
    track: Here, tracks: Sequence[T], *, same_order: bool = False
) -> tuple[T, str] | None:
    """
    The track of the release that is this one, and how that is known.

    An ISRC says so by itself. At the same place the same title will do. Elsewhere it must be
    the only one with that title and version, and as long: then the release has another order.
    Where the whole release has the album's lengths in the album's order (`same_order`), the
    same kind of version and length at the same place will do under another title, such as
    "Song - Live" for "Song (live at the Forum)".
    """
    for one in tracks:
        if track.isrc and track.isrc in one.isrcs:
            return one, "ISRC"
    here = [one for one in tracks if (one.disc, one.position) == (track.disc, track.number)]
    for one in here:
        if _same_title(track, one):
            return one, "same place and title"
    titled = [one for one in tracks if _same_title(track, one) and _as_long(track, one)]
    if len(titled) == 1:
        return titled[0], "title and length"
    for one in here:
        if same_order and _same_kind(track, one):
            return one, "same place and length"
    return None


def _same_kind(track: Here, one: There) -> bool:
    """As long, and both live, or both remixes, or both plain."""
    known = bool(track.length_ms and one.length_ms)
    same_kind = parse_title(track.title).kinds == parse_title(one.title).kinds
    return known and same_kind and _as_long(track, one)


def _same_title(track: Here, one: There) -> bool:
    return same_recording_key(one.title) == same_recording_key(track.title)


def _as_long(track: Here, one: There) -> bool:
    if track.length_ms is None or one.length_ms is None:
        return True
    return abs(track.length_ms - one.length_ms) <= LENGTH_TOLERANCE_MS
