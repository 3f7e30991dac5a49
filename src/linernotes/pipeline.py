"""The contract between stages and engine: messages come in, one outcome for each goes out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, TypeVar

import msgspec

from linernotes.catalogue import Fact
from linernotes.errors import UpstreamError
from linernotes.sources import Sources


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """
    One question to one source. `key` names the question, so that it is asked once.

    `since` is set while refreshing: answers from before it do not count. Messages outlive
    releases: new fields have defaults, and none is ever renamed. As for facts, `gc` is off.
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
class Gather:
    """
    How long a lane may rest for a fuller batch, while more of the same discovery may come: the
    oldest message for `seconds` at most. While its source would otherwise be idle, for no
    longer than `idle_requests` take at the source's rate, counted as a second each where it has
    none; None where an idle source costs nothing. docs/decisions/0012 has the reasons.
    """

    seconds: float
    idle_requests: float | None = None

    def idle_seconds(self, requests_per_second: float) -> float:
        if self.idle_requests is None:
            return self.seconds
        return self.idle_requests / (requests_per_second or 1.0)


@dataclass(frozen=True)
class Stage:
    """
    A step of the pipeline. `run` takes messages for one source and returns, in their order,
    an outcome or an error for each; an error that it raises concerns all of them.

    `batch` names the sources that it asks, and how many messages one call takes for each.
    `gather` names those of them that are asked many in one request, and worth a rest.
    """

    name: str
    message: type[Message]
    run: Run
    batch: dict[str, int]
    gather: dict[str, Gather] = field(default_factory=dict)


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

    @property
    def gather(self) -> Gather | None:
        return self.stage.gather.get(self.source)


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
