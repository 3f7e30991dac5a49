"""
The rates the services document, enforced on whoever calls.

A limit is told the time and answers the seconds to wait, 0 when the call may pass. Seconds are
the service's own; whoever makes the clock may let them pass faster.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

# musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting: one call a second on average, and above it
# every call is refused, not just the excess.
MUSICBRAINZ_SECONDS_PER_CALL = 1.0
MUSICBRAINZ_CALLS_AHEAD = 2.0

# mediawiki.org/wiki/Wikimedia_APIs/Rate_limits: for a client that names its operator.
WIKIDATA_CALLS = 200
WIKIDATA_SECONDS = 60.0

# Spotify's window is documented and its size is not; this one is a guess on the low side.
SPOTIFY_CALLS = 150
SPOTIFY_SECONDS = 30.0


class Limit(Protocol):
    def wait(self, client: str, now: float) -> float: ...


@dataclass
class Average:
    """
    So many seconds for each call on average; refused calls count as well.

    A client that is too fast stays refused until it has been quiet for a while. `ahead` is how
    many calls may come together, which is what a jittery network makes of a steady client.
    """

    seconds_per_call: float = MUSICBRAINZ_SECONDS_PER_CALL
    ahead: float = MUSICBRAINZ_CALLS_AHEAD
    level_max: float = 10.0
    levels: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait(self, client: str, now: float) -> float:
        level, since = self.levels.get(client, (0.0, now))
        drained = max(0.0, level - (now - since) / self.seconds_per_call)
        self.levels[client] = (min(drained + 1, self.level_max), now)
        if drained + 1 <= self.ahead:
            return 0.0
        return (self.levels[client][0] + 1 - self.ahead) * self.seconds_per_call


@dataclass
class Window:
    """At most so many calls in any stretch of so many seconds; refused calls do not count."""

    calls: int
    seconds: float
    seen: dict[str, deque[float]] = field(default_factory=dict)

    def wait(self, client: str, now: float) -> float:
        times = self.seen.setdefault(client, deque())
        while times and times[0] <= now - self.seconds:
            times.popleft()
        if len(times) < self.calls:
            times.append(now)
            return 0.0
        return times[0] + self.seconds - now


def retry_after(seconds: float) -> str:
    """Write a wait as the services do: whole seconds, and never none at all."""
    return str(max(1, math.ceil(seconds)))
