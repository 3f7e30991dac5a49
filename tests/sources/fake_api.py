"""An `Api` in memory, for tests of what is asked and of what is made of the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from linernotes.errors import Malformed, NotFound
from linernotes.sources import Answer, Batch, Source

T = TypeVar("T")

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

Asked = tuple[str, dict[str, Any]]
Reply = bytes | dict[str, Any] | list[Any] | Exception


class FakeApi:
    """
    Answers through `reply(path, params)`: a body, something to write as JSON, or an error to
    raise. `asked` lists the requests in order, `sinces` what freshness each question wanted,
    and `lessons` is what `learn` was told.

    Like the real one it asks for batches in requests of the batch's size, keeps the parts as
    JSON, and takes a 404 to a batch for "none of these".
    """

    def __init__(self, source: Source, reply: Callable[[str, dict[str, Any]], Reply]) -> None:
        self.source = source
        self.reply = reply
        self.asked: list[Asked] = []
        self.sinces: list[datetime | None] = []
        self.lessons: dict[str, str] = {}

    @classmethod
    def with_answers(cls, source: Source, answers: Mapping[str, Reply]) -> FakeApi:
        """One answer for each path, whatever else is asked; NotFound for other paths."""

        def reply(path: str, params: dict[str, Any]) -> Reply:
            return answers.get(path, NotFound(source.name, f"does not know {path}"))

        return cls(source, reply)

    async def get(
        self, path: str, into: type[T], *, since: datetime | None = None, **params: Any
    ) -> Answer[T]:
        self.sinces.append(since)
        return Answer(self._decode(self._body(path, params), into), AT)

    async def get_batch(
        self, batch: Batch[T], items: Sequence[str], into: type[T], *, since: datetime | None = None
    ) -> dict[str, Answer[T | None]]:
        self.sinces.append(since)
        found: dict[str, Answer[T | None]] = {}
        once = list(dict.fromkeys(items))
        for some in (once[i : i + batch.size] for i in range(0, len(once), batch.size)):
            try:
                body = self._body(batch.path, dict(batch.params(some)))
                parts = batch.split(body, some)
            except NotFound:
                if not batch.none_is_404:
                    raise
                parts = {}
            except msgspec.DecodeError as error:
                raise Malformed(self.source.name, str(error)) from error
            for item in some:
                kept = msgspec.json.encode(parts[item]) if item in parts else None
                found[item] = Answer(None if kept is None else self._decode(kept, into), AT)
        return found

    async def learned(self, name: str, default: str) -> str:
        return self.lessons.get(name, default)

    async def learn(self, name: str, value: str) -> None:
        self.lessons[name] = value

    def _body(self, path: str, params: dict[str, Any]) -> bytes:
        self.asked.append((path, params))
        reply = self.reply(path, params)
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, bytes) else msgspec.json.encode(reply)

    def _decode(self, body: bytes, into: type[T]) -> T:
        try:
            return msgspec.json.decode(body, type=into)
        except msgspec.DecodeError as error:
            raise Malformed(self.source.name, str(error)) from error
