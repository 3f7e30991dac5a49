"""Two workers, in processes of their own, whose clocks are four minutes apart."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from tests import processes
from tests.processes import environment, until
from tests.truths import expected, stored

from linernotes.db import queue
from linernotes.db.migrate import connect
from linernotes.sandbox import serve
from linernotes.sandbox.generated import generate
from linernotes.stages.artist_discovery import ArtistDiscovery

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


def clock(minutes: int) -> dict[str, str]:
    """What makes a process believe that it is so much later; how time passes stays as it is."""
    return {
        "LD_PRELOAD": os.fspath(LIBRARIES[0]),
        "FAKETIME": f"{minutes:+}m",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def now(minutes: int) -> float:
    """What a process takes for the time."""
    said = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time())"],
        env={**os.environ, **clock(minutes)},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(said.stdout)


@pytest.mark.skipif(not LIBRARIES, reason="faketime is not installed: apt-get install faketime")
async def test_workers_whose_clocks_are_four_minutes_apart_find_the_truth(dsn: str) -> None:
    assert 238 < now(2) - now(-2) < 242, "or this would prove nothing"
    world = generate(1, 30, artists=1)
    (artist,) = world.discoverable()
    began = datetime.now(UTC)
    async with connect(dsn) as conn, conn.transaction():
        root = ArtistDiscovery(source="spotify", by="id", asked=artist)
        await queue.start_discovery(conn, root, asked_for="test")
    with serve(world, limits=False) as sandbox, ExitStack() as workers:
        for minutes in (-2, 2):
            environ = {**environment(dsn, sandbox), **clock(minutes)}
            # A lease that either clock would take for over if it were compared with it.
            (one,) = workers.enter_context(
                processes.started(1, environ, lease_seconds=60, renew_seconds=10)
            )
            one.tell("work")
        with psycopg.connect(dsn, autocommit=True) as watching:
            query = "select count(*) from linernotes.question where state = 'open'"
            until(lambda: watching.execute(query).fetchone() == (0,), seconds=50)
            ended = datetime.now(UTC)
            counted = watching.execute(
                "select count(*), count(distinct (queue_name, msg_id)) filter"
                " (where status = 'success'), count(*) filter (where status <> 'success')"
                " from public.queue_metrics"
            ).fetchone()
            span = watching.execute(
                "select min(retrieved_at), max(retrieved_at) from linernotes.credit_answer"
            ).fetchone()

    assert await stored(dsn, artist) == expected(world, artist)
    assert counted
    assert counted[0] == counted[1], "each message has taken effect once"
    assert counted[2] == 0
    assert span
    assert began <= span[0] <= span[1] <= ended
