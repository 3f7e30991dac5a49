"""`work`: answer questions from the queues, for as long as it runs, beside any number of others."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from linernotes.cli.store import Sandbox
from linernotes.cli.terminal import MANNER, Manner, Output

if TYPE_CHECKING:
    import asyncio

    from linernotes.cli.store import Store
    from linernotes.db.queue import Connection
    from linernotes.worker import Worker

LOOK_EVERY_SECONDS = 1.0
WIND_DOWN_SECONDS_MAX = 15.0


def work(
    *,
    until_empty: Annotated[
        bool, Parameter(help="End when every queue is empty, or waits for a closed source.")
    ] = False,
    sandbox: Sandbox = False,
    manner: Manner = MANNER,
) -> int:
    """
    Work the queues until Ctrl-C or SIGTERM, sharing them with every other worker.

    What is in hand is then finished or given back; nothing is lost.
    """
    import asyncio

    from linernotes.cli import store as stores
    from linernotes.cli.terminal import prepare

    output = prepare(manner)
    choice = stores.choose(sandbox=sandbox, reading=False)
    stores.need_keys(choice, sandbox=sandbox)
    if choice.kind == "live":
        stores.need_contact(choice.settings)
    with stores.served(choice) as store, stores.services(store) as served:
        return asyncio.run(_work(served, output, until_empty=until_empty))


async def _work(store: Store, output: Output, *, until_empty: bool) -> int:
    import asyncio

    from linernotes import db
    from linernotes.cli import store as stores
    from linernotes.cli.lanes import shown
    from linernotes.cli.problems import STOPPED
    from linernotes.cli.signals import Stop
    from linernotes.db import budget
    from linernotes.runtime import open_runtime

    await stores.prepare(store, writing=True)
    with Stop() as stop:
        async with open_runtime(store.settings, store.dsn) as runtime:
            worker = runtime.worker()
            running = asyncio.create_task(worker.run())
            output.note(f"working the {store.kind} queues; Ctrl-C stops, and nothing is lost")
            rates = {one.name: one.requests_per_second for one in store.settings.sources.values()}
            display = shown(output, rates)
            left: list[str] | None = None
            try:
                while not (stop.wanted or running.done()):
                    await stop.wait(LOOK_EVERY_SECONDS)
                    closings = await db.patiently(runtime.pool, budget.closings)
                    display.update(worker.tally, worker.waits.now, closings)
                    if until_empty:
                        left = await db.patiently(runtime.pool, _left)
                    if left is not None:
                        break
            finally:
                display.close()
                await wind_down(worker, running)
        tally = worker.tally
    for line in left or []:
        output.note(line)
    output.note(f"done {tally.done}, failed attempts {tally.failed}, dead {tally.dead}")
    in_part = until_empty and (tally.dead or left)
    # SIGTERM is how a service is told to end; Ctrl-C is how a person interrupts.
    return STOPPED if stop.by == signal.SIGINT else 3 if in_part else 0


async def wind_down(worker: Worker, working: asyncio.Task[None]) -> None:
    """
    Let the worker commit or give back what it has in hand, and wait for that, but not for ever.

    What it cannot give back is delivered again when its lease has run out.
    """
    import asyncio

    worker.stop()
    await asyncio.wait({working}, timeout=WIND_DOWN_SECONDS_MAX)
    if working.cancel():
        await asyncio.wait({working})
    if not working.cancelled():
        await working


async def _left(conn: Connection) -> list[str] | None:
    """What waits for closed sources, a line each, when nothing else is left; None before."""
    from linernotes.cli.waiting import left_line, open_at
    from linernotes.db import budget, report
    from linernotes.stages import LANE_OF

    queues = await report.queues(conn, list(LANE_OF))
    closings = await budget.closings(conn)
    open_ = [(one.queue, one.waiting + one.taken) for one in queues]
    if any(number for queue, number in open_ if LANE_OF[queue].source not in closings):
        return None
    return [left_line(one, open_) for one in closings.values() if open_at(one.source, queues)]
