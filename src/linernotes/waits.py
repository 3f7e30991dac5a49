"""What a lane waits for, told once when it begins and once when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

import structlog

from linernotes.db.budget import Closing
from linernotes.pipeline import Lane

log = structlog.get_logger()


@dataclass(frozen=True)
class Wait:
    """
    For a closed source to open, for a slot in a rate limit, or for a fuller batch. `until` is
    known of a closing.
    """

    what: Literal["closed", "slot", "fuller batch"]
    until: datetime | None = None
    reason: str | None = None


SLOT = Wait("slot")
FULLER_BATCH = Wait("fuller batch")


def for_opening(closing: Closing) -> Wait:
    return Wait("closed", closing.until, closing.reason)


@dataclass
class Waits:
    """What each lane waits for now, by queue; a lane that is not there works or has no work."""

    _now: dict[str, Wait] = field(default_factory=dict)

    @property
    def now(self) -> Mapping[str, Wait]:
        return MappingProxyType(self._now)

    def begin(self, lane: Lane, wait: Wait) -> None:
        if self._now.get(lane.queue) == wait:
            return
        self._now[lane.queue] = wait
        more = {"until": wait.until.isoformat(), "reason": wait.reason} if wait.until else {}
        log.info("lane.waits", queue=lane.queue, source=lane.source, wait=wait.what, **more)

    def end(self, lane: Lane) -> None:
        if wait := self._now.pop(lane.queue, None):
            log.info("lane.goes_on", queue=lane.queue, source=lane.source, wait=wait.what)
