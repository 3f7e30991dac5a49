"""Ctrl-C: the first asks to stop, so that what is in hand is finished; the second ends at once."""

from __future__ import annotations

import asyncio
import signal
from types import FrameType, TracebackType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """While entered, the first SIGINT or SIGTERM sets `wanted`; the next is a KeyboardInterrupt."""

    def __init__(self) -> None:
        self.wanted = False
        self.by: int | None = None
        self._event = asyncio.Event()

    def __enter__(self) -> Stop:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._ask, number)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.remove_signal_handler(number)

    def _ask(self, number: int) -> None:
        self.wanted, self.by = True, number
        self._event.set()
        loop = asyncio.get_running_loop()
        for each in SIGNALS:
            loop.remove_signal_handler(each)
            signal.signal(each, _at_once)

    async def wait(self, seconds: float) -> None:
        """Until somebody wants to stop, or for so long."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return


def _at_once(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
