"""A world as MusicBrainz looks things up in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from linernotes.sandbox.world import (
    SPECIAL_PURPOSE,
    Contributor,
    Link,
    Recording,
    Release,
    World,
    fold,
)


class Catalogue:
    """A world's MusicBrainz, with the indices its answers need."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.urls: dict[str, list[tuple[str, str, Link]]] = defaultdict(list)
        self.isrcs: dict[str, list[Recording]] = defaultdict(list)
        self.bands: dict[str, list[str]] = defaultdict(list)
        self.groups: dict[str, list[Release]] = defaultdict(list)
        # As the search knows them: releases in their order, found by barcode or by a word of
        # their title. Its index lags behind, and has what was merged under its old id.
        self.releases = list(world.releases.values())
        self.barcodes: dict[str, set[int]] = defaultdict(set)
        self.title_words: dict[str, set[int]] = defaultdict(set)
        self.indexed_as = {new: old for old, new in world.redirects.items()}
        self.appearances: dict[str, list[Release]] = defaultdict(list)
        self._index()

    def _index(self) -> None:
        kinds: list[tuple[str, Iterable[Contributor | Release | Recording]]] = [
            ("artist", self.world.contributors.values()),
            ("release", self.world.releases.values()),
            ("recording", self.world.recordings.values()),
        ]
        for kind, entities in kinds:
            for entity in entities:
                for link in entity.links:
                    self.urls[link.url].append((kind, entity.id, link))
        for recording in self.world.recordings.values():
            for isrc in recording.isrcs:
                self.isrcs[isrc].append(recording)
        for band in self.world.contributors.values():
            for member in band.members:
                self.bands[member].append(band.id)
        for place, release in enumerate(self.releases):
            self.barcodes[release.barcode or ""].add(place)
            for word in fold(release.title).split():
                self.title_words[word].add(place)
            self.groups[release.group_id].append(release)
            for id in dict.fromkeys(p.recording_id for medium in release.media for p in medium):
                self.appearances[id].append(release)

    def releases_with(self, field: str, text: str) -> frozenset[int] | None:
        """Name the places of all releases that may have this in a field; None for any."""
        match field:
            case "barcode":
                return frozenset(self.barcodes.get(text, ()))
            case "release" | "":
                words = [self.title_words.get(word, set()) for word in fold(text).split()]
                return frozenset(set.intersection(*words)) if words else frozenset()
        return None

    def current(self, mbid: str) -> str:
        """Follow a merge; the answer then carries the new id."""
        return self.world.redirects.get(mbid, mbid)

    def contributor(self, mbid: str) -> Contributor:
        known = self.world.contributors.get(mbid)
        return known or Contributor(mbid, SPECIAL_PURPOSE[mbid], SPECIAL_PURPOSE[mbid], None)
