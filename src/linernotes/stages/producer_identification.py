"""
producer_identification: who produced this track, according to this source.

The tracks of one release share its answer. A track counts as credited when the source names
a producer of any kind in `catalogue.ROLES`; as silent when the source knows the recording and
names none; as unknown when it does not know it. A featured artist is not a producer.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

import msgspec

from linernotes.catalogue import ROLES, CreditAnswer, Match
from linernotes.errors import NotFound, UpstreamError
from linernotes.matching.releases import lengths_agree, same_track
from linernotes.pipeline import Message, Outcome, Result, Stage, each
from linernotes.sources import Api, Sources, musicbrainz
from linernotes.stages.social_enrichment import SocialEnrichment


class TrackRef(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is needed to recognise a track elsewhere."""

    id: str
    title: str
    length_ms: int | None
    disc: int
    number: int
    isrc: str | None = None


class ReleaseRef(msgspec.Struct, frozen=True, array_like=True):
    """A release of the credit source, and how the album was recognised as it."""

    id: str
    how: str


class ProducerIdentification(Message, frozen=True, kw_only=True):
    """`album_lengths` are those of all its tracks, in ms and in order, where they are not many."""

    stage: ClassVar[str] = "producer_identification"

    track: TrackRef
    releases: tuple[ReleaseRef, ...] = ()
    album_lengths: tuple[int | None, ...] = ()

    @property
    def key(self) -> str:
        return self.track.id


@dataclass
class _Releases:
    """The releases that tracks of one batch share: each is read once, however long it is."""

    api: Api
    read: dict[str, musicbrainz.ReleaseTracks | UpstreamError] = field(default_factory=dict)
    locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def get(self, id: str, since: datetime | None) -> musicbrainz.ReleaseTracks:
        """Raises what reading it raised, for whoever asks."""
        name = f"{id} {since}"
        async with self.locks[name]:
            if name not in self.read:
                self.read[name] = await self._ask(id, since)
        found = self.read[name]
        if isinstance(found, UpstreamError):
            raise found
        return found

    async def _ask(
        self, id: str, since: datetime | None
    ) -> musicbrainz.ReleaseTracks | UpstreamError:
        try:
            return await musicbrainz.release(self.api, id, since=since)
        except UpstreamError as error:
            return error


async def run(messages: Sequence[ProducerIdentification], sources: Sources) -> list[Result]:
    releases = _Releases(sources["musicbrainz"])

    async def ask(message: ProducerIdentification, sources: Sources) -> Outcome:
        return await _ask(message, releases, sources)

    return await each(ask, messages, sources)


async def _ask(message: ProducerIdentification, releases: _Releases, sources: Sources) -> Outcome:
    """The first release on which the track is credited; else what the others say of it."""
    known = []
    for ref in message.releases:
        outcome = await _ask_release(message, ref, releases)
        if outcome and _is_credited(outcome):
            return outcome
        known += [outcome] if outcome else []
    # A release that names somebody, if only in a role apart, says more than one that does not.
    named = [outcome for outcome in known if outcome.next]
    return next(iter(named + known), _unknown(message, sources.now()))


def _is_credited(outcome: Outcome) -> bool:
    return any(isinstance(one, CreditAnswer) and one.found == "credited" for one in outcome.facts)


async def _ask_release(
    message: ProducerIdentification, ref: ReleaseRef, releases: _Releases
) -> Outcome | None:
    try:
        release = await releases.get(ref.id, message.since)
    except NotFound:
        return None
    lengths = [track.length_ms for track in release.tracks]
    is_album = lengths_agree(message.album_lengths, lengths)
    found = same_track(message.track, release.tracks, same_order=is_album)
    if found is None:
        return None
    track, how = found
    if ref.how == "ISRC" and not is_album:
        # A release found by one recording may be a compilation: its own credits and its title
        # are not ours.
        release = replace(release, title="", relations=())
    return _outcome(message, release, track, f"{ref.how}; {how}", releases.api.source.site)


def _outcome(
    message: ProducerIdentification,
    release: musicbrainz.ReleaseTracks,
    track: musicbrainz.ReleaseTrack,
    how: str,
    site: str,
) -> Outcome:
    at, track_id = release.retrieved_at, message.track.id
    address = f"{site}/recording/{track.recording_id}"
    producers, credits = musicbrainz.credits(
        track, release, track_id=track_id, matched_by=how, site=site, at=at
    )
    unknown = musicbrainz.unknown_roles(track, release, track_id=track_id, site=site, at=at)
    named = any(credit.role in ROLES for credit in credits)
    match = Match(
        track_id=track_id,
        recording=track.recording_id,
        release=release.id,
        title=track.title or None,
        release_title=release.title or None,
        how=how,
        first_released=track.first_released,
        source_url=address,
        source="musicbrainz",
        retrieved_at=at,
    )
    answer = CreditAnswer(
        track_id=track_id,
        found="credited" if named else "silent",
        why="names a producer" if named else "knows the recording and names no producer",
        source_url=address,
        source="musicbrainz",
        retrieved_at=at,
    )
    questions = tuple(
        SocialEnrichment(source="musicbrainz", since=message.since, producer_id=producer.id)
        for producer in producers
    )
    return Outcome((match, *producers, answer, *credits, *unknown), questions)


def _unknown(message: ProducerIdentification, at: datetime) -> Outcome:
    why = "no release of this source was recognised as the album"
    if message.releases:
        why = "the track was not recognised on the release"
    answer = CreditAnswer(
        track_id=message.track.id,
        found="unknown",
        why=why,
        source_url=None,
        source=message.source,
        retrieved_at=at,
    )
    return Outcome((answer,))


STAGE = Stage("producer_identification", ProducerIdentification, run, batch={"musicbrainz": 50})
