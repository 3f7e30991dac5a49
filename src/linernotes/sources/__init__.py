"""Where facts come from: what each source can be asked, and what it then says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from linernotes.errors import UpstreamError

T = TypeVar("T")
Params = Mapping[str, str | int | Sequence[str]]


@dataclass(frozen=True)
class Source:
    """
    A web API: where it is, how often it may be asked, under which licence it answers.

    `url` is the address of its API; `site` that of the pages for people, which evidence
    points to. `requests_per_second` 0 means no limit. An answer counts for `keep_seconds`.
    `forbidden` says, from path and body, what its 403 means; where it is None the source
    has no keys, and a 403 is about the address or about who we say that we are.
    """

    name: str
    url: str
    site: str
    requests_per_second: float
    burst: int
    keep_seconds: float
    licence: str
    market: str | None = None
    forbidden: Callable[[str, str], UpstreamError] | None = None


@dataclass(frozen=True)
class Answer(Generic[T]):
    value: T
    retrieved_at: datetime


@dataclass(frozen=True)
class Batch(Generic[T]):
    """
    Questions that share requests: how to ask for several items at once, and how to take the
    answer apart again.

    `params` makes a request's parameters from up to `size` items; `split` gives each item its
    part of the body, and leaves out the items that the source does not know. `none_is_404`: a
    404 says that it knows none of them; else that there is no such call.
    """

    path: str
    size: int
    params: Callable[[Sequence[str]], Params]
    split: Callable[[bytes, Sequence[str]], Mapping[str, T]]
    none_is_404: bool = True


class Api(Protocol):
    """
    All that a stage can do with a source. Every question is asked once: its answer is kept in
    the database and serves whoever asks the same, on any machine, until it expires or until
    somebody wants one from after `since`.

    All raise the errors below `UpstreamError`.
    """

    @property
    def source(self) -> Source: ...

    async def get(
        self, path: str, into: type[T], *, since: datetime | None = None, **params: Any
    ) -> Answer[T]:
        """Ask one question. `NotFound` where the source answers 404."""

    async def get_batch(
        self, batch: Batch[T], items: Sequence[str], into: type[T], *, since: datetime | None = None
    ) -> dict[str, Answer[T | None]]:
        """Ask for many items in few requests; None for those that the source does not know."""

    async def learned(self, name: str, default: str) -> str:
        """
        What this source's behaviour taught us about this account, or `default`.

        It counts for a week: an account may be given more, or lose it.
        """

    async def learn(self, name: str, value: str) -> None: ...


@dataclass(frozen=True)
class Sources:
    """What a stage may ask. The only thing it can touch besides its messages."""

    apis: Mapping[str, Api]
    now: Callable[[], datetime]

    def __getitem__(self, name: str) -> Api:
        return self.apis[name]
