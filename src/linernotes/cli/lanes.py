"""What a worker does and what its lanes wait for, shown while `work` runs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from linernotes.cli.terminal import Output, clean
from linernotes.cli.waiting import NAMES, UNITS, closed_words, wait_words
from linernotes.db.budget import Closing
from linernotes.stages import LANE_OF
from linernotes.waits import Wait

if TYPE_CHECKING:
    from rich.console import RenderableType

    from linernotes.worker import Tally

# Lanes rest for a moment all the time: a line is for what lasts.
TELL_AFTER_SECONDS = 10.0


class Shown(Protocol):
    def update(
        self, tally: Tally, waits: Mapping[str, Wait], closings: Mapping[str, Closing]
    ) -> None: ...

    def close(self) -> None: ...


def shown(output: Output, rates: Mapping[str, float]) -> Shown:
    """
    A few lines that change on a terminal, elsewhere one when something begins to wait.

    `rates` are the sources' requests a second.
    """
    manner, streams = output.manner, output.streams
    live = streams.is_err_a_terminal and streams.has_color("err")
    if live and not (manner.quiet or manner.no_progress or manner.verbose):
        return _Live(output, rates)
    return Lines(output, rates)


@dataclass
class Lines:
    """
    Says once that a source is closed, until when and why, and once that it is open again; and
    once what a lane waits for, when it has done so for `after` seconds.
    """

    output: Output
    rates: Mapping[str, float]
    after: float = TELL_AFTER_SECONDS
    _closed: Mapping[str, Closing] = field(default_factory=dict)
    _since: dict[str, tuple[Wait, float]] = field(default_factory=dict)
    _told: dict[str, Wait] = field(default_factory=dict)

    def update(
        self, tally: Tally, waits: Mapping[str, Wait], closings: Mapping[str, Closing]
    ) -> None:
        self._tell_closings(closings)
        self._tell_lanes(waits)

    def close(self) -> None: ...

    def _tell_closings(self, now: Mapping[str, Closing]) -> None:
        for source, closing in now.items():
            known = self._closed.get(source)
            if known is None or (known.until, known.reason) != (closing.until, closing.reason):
                self.output.note(f"waiting: {closed_words(closing)}")
        for source in self._closed.keys() - now.keys():
            self.output.note(f"{NAMES[source]} may be asked again")
        self._closed = dict(now)

    def _tell_lanes(self, waits: Mapping[str, Wait]) -> None:
        now = time.monotonic()
        for queue in self._since.keys() - waits.keys():
            del self._since[queue]
            self._told.pop(queue, None)
        for queue, wait in waits.items():
            known, since = self._since.get(queue, (None, now))
            if known != wait:
                self._since[queue] = wait, (since := now)
            if self._told.get(queue) != wait and now >= since + self.after and not wait.until:
                self._told[queue] = wait
                self.output.note(f"waiting: {lane_line(queue, wait, self.rates)}")


class _Live:
    def __init__(self, output: Output, rates: Mapping[str, float]) -> None:
        from rich.live import Live

        self._rates = rates
        self._live = Live(
            console=output.streams.console("err"), refresh_per_second=4, transient=True
        )
        self._live.start()

    def update(
        self, tally: Tally, waits: Mapping[str, Wait], closings: Mapping[str, Closing]
    ) -> None:
        self._live.update(_rows(status_lines(tally, waits, closings, self._rates)))

    def close(self) -> None:
        self._live.stop()


def status_lines(
    tally: Tally,
    waits: Mapping[str, Wait],
    closings: Mapping[str, Closing],
    rates: Mapping[str, float],
) -> list[str]:
    """What has been done, then what each lane waits for; of a closed source only its closing."""
    lines = [f"done {tally.done}, failed attempts {tally.failed}, dead {tally.dead}"]
    lines += [f"  {closed_words(one)}" for one in closings.values()]
    lines += [
        f"  {lane_line(queue, wait, rates)}"
        for queue, wait in sorted(waits.items())
        if not wait.until and LANE_OF[queue].source not in closings
    ]
    return lines


def lane_line(queue: str, wait: Wait, rates: Mapping[str, float]) -> str:
    """`albums wait for a slot at MusicBrainz (1 request a second)`."""
    lane = LANE_OF[queue]
    return f"{UNITS[lane.stage.name][1]} wait for {wait_words(lane.source, wait, rates)}"


def _rows(lines: list[str]) -> RenderableType:
    from rich.text import Text

    return Text("\n".join(map(clean, lines)), style="dim", no_wrap=True, overflow="ellipsis")
