"""The contract between stages and engine: messages come in, one outcome for each goes out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

import msgspec

from linernotes.catalogue import Fact
from linernotes.errors import UpstreamError
from linernotes.sources import Sources


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One question to one source. `key` names the question, so that it is asked once.

    `since` is set while refreshing: answers from before it do not count. Messages outlive
    releases: new fields have defaults, and none is ever renamed.
    """

    stage: ClassVar[str]

    source: str
    since: datetime | None = None

    @property
    def key(self) -> str:
        raise NotImplementedError

    @property
    def queue(self) -> str:
        return queue_name(self.stage, self.source)


@dataclass(frozen=True)
class Outcome:
    """What came of a message: facts to store, and questions to ask next."""

    facts: tuple[Fact, ...] = ()
    next: tuple[Message, ...] = ()


Result = Outcome | UpstreamError
Run = Callable[[Sequence[Any], Sources], Awaitable[Sequence[Result]]]
M = TypeVar("M", bound=Message)


async def each(
    ask: Callable[[M, Sources], Awaitable[Outcome]], messages: Sequence[M], sources: Sources
) -> list[Result]:
    """Ask for each message by itself, at the same time; one that fails concerns no other."""

    async def one(message: M) -> Result:
        try:
            return await ask(message, sources)
        except UpstreamError as error:
            return error

    return list(await asyncio.gather(*map(one, messages)))


@dataclass(frozen=True)
class Stage:
    """
    A step of the pipeline. `run` takes messages for one source and returns, in their order,
    an outcome or an error for each; an error that it raises concerns all of them.

    `batch` names the sources that it asks, and how many messages one call takes for each.
    """

    name: str
    message: type[Message]
    run: Run
    batch: dict[str, int]


@dataclass(frozen=True)
class Lane:
    """One stage at one source: a queue of its own, so that a slow source never stands in front."""

    stage: Stage
    source: str

    @property
    def queue(self) -> str:
        return queue_name(self.stage.name, self.source)

    @property
    def batch(self) -> int:
        return self.stage.batch[self.source]


# The first source of each stage has the queue that the seed names; the others stand beside it.
FIRST_SOURCE = {
    "artist_discovery": "spotify",
    "album_discovery": "spotify",
    "track_discovery": "spotify",
    "producer_identification": "musicbrainz",
    "social_enrichment": "musicbrainz",
}


def queue_name(stage: str, source: str) -> str:
    return stage if FIRST_SOURCE[stage] == source else f"{stage}_{source}"
