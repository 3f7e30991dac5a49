"""
social_enrichment: where this producer can be found, according to this source.

Only what a source states for that very person or group: MusicBrainz by its id, Wikidata by
the item that MusicBrainz links to, or the only one that states that MusicBrainz id. Never from a
search for the name, and no address is ever made from a name. A producer whose id MusicBrainz
merged into another is from then on the one with the other id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from linernotes.catalogue import ProfileAnswer
from linernotes.errors import NotFound
from linernotes.pipeline import Gather, Message, Outcome, Result, Stage, each
from linernotes.sources import Sources, musicbrainz, wikidata


class SocialEnrichment(Message, frozen=True, kw_only=True):
    """`producer_id` is a MusicBrainz artist; `item` the Wikidata item that it links to, if any."""

    stage: ClassVar[str] = "social_enrichment"

    producer_id: str
    item: str | None = None

    @property
    def key(self) -> str:
        return self.producer_id


async def run(messages: Sequence[SocialEnrichment], sources: Sources) -> Sequence[Result]:
    if messages[0].source == "musicbrainz":
        return await each(_ask_musicbrainz, messages, sources)
    return await _ask_wikidata(messages, sources)


async def _ask_musicbrainz(message: SocialEnrichment, sources: Sources) -> Outcome:
    api, producer_id = sources["musicbrainz"], message.producer_id
    try:
        found = await musicbrainz.artist_profile(api, producer_id, since=message.since)
    except NotFound:
        return Outcome((_answer(message, sources, known=False, url=None),))
    who = found.producer
    answer = ProfileAnswer(
        producer_id=who.id,
        known=True,
        source_url=who.url,
        source="musicbrainz",
        retrieved_at=who.retrieved_at,
    )
    question = SocialEnrichment(
        source="wikidata",
        since=message.since,
        producer_id=who.id,
        item=found.identity.wikidata_id,
    )
    merged = (found.merged,) if found.merged else ()
    return Outcome((*merged, who, answer, found.identity, *found.profiles), (question,))


async def _ask_wikidata(messages: Sequence[SocialEnrichment], sources: Sources) -> list[Result]:
    """
    Items for all producers together: linked by MusicBrainz, or else stating its id.

    Those linked and those that a search finds are read together, because fifty share a request.
    """
    api = sources["wikidata"]
    since = max(filter(None, (message.since for message in messages)), default=None)
    linked = {message.producer_id: message.item for message in messages if message.item}
    unlinked = sorted({message.producer_id for message in messages} - linked.keys())
    maybe = await wikidata.candidates(api, unlinked, since=since)
    read = await wikidata.items(api, sorted({*linked.values(), *maybe}), since=since)
    found = wikidata.stating(read.values(), unlinked)
    found |= {producer: read[item] for producer, item in linked.items()}
    # The link leads nowhere: the item may have been merged into another.
    lost = sorted(producer for producer in linked if found[producer] is None)
    found |= await wikidata.items_by_mbid(api, lost, since=since)

    async def one(message: SocialEnrichment, sources: Sources) -> Outcome:
        item = found[message.producer_id]
        if item is None:
            return Outcome((_answer(message, sources, known=False, url=None),))
        answer = ProfileAnswer(
            producer_id=message.producer_id,
            known=True,
            source_url=f"{api.source.site}/wiki/{item.id}",
            source="wikidata",
            retrieved_at=item.retrieved_at,
        )
        return Outcome((answer, *wikidata.profiles(item, message.producer_id, api.source.site)))

    return await each(one, messages, sources)


def _answer(
    message: SocialEnrichment, sources: Sources, *, known: bool, url: str | None
) -> ProfileAnswer:
    return ProfileAnswer(
        producer_id=message.producer_id,
        known=known,
        source_url=url,
        source=message.source,
        retrieved_at=sources.now(),
    )


STAGE = Stage(
    "social_enrichment",
    SocialEnrichment,
    run,
    batch={"musicbrainz": 5, "wikidata": 300},
    gather={"wikidata": Gather(seconds=300)},
)
