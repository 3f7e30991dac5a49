r"""
Walk whole made-up worlds and compare what is stored with what they know to be true.

    .venv/bin/python scripts/check_worlds.py --seeds 12 [--from 0] [--albums 200] \
        [--artists 1] [--mode development]

Prints a line for each seed, with what was asked beside the least that could find the same, and
exits with 1 where a label differs.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from pathlib import Path

import structlog
from psycopg.conninfo import make_conninfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.conftest import make_template
from tests.db.servers import database
from tests.truths import differences, expected, stored
from tests.walks import settings_of, walk_together

from linernotes.db import embedded
from linernotes.sandbox import serve
from linernotes.sandbox.generated import generate
from linernotes.sandbox.least import Requests, asked, least_requests
from linernotes.sandbox.spotify_objects import Mode
from linernotes.sandbox.world import World

SHOWN_MAX = 20

MODES: tuple[Mode, ...] = ("development", "extended")


async def check(dsn: str, world: World, mode: Mode) -> tuple[list[str], str]:
    """Walk all artists of a world; answer how it differs from the truth, and what was asked."""
    artists = world.discoverable()
    with serve(world, limits=False, mode=mode) as sandbox:
        worker = await walk_together(dsn, settings_of(sandbox), artists)
        requests = asked(sandbox.requests)
    tally = worker.tally
    wrong = [f"{tally.dead} dead, {tally.failed} failed"] if tally.dead or tally.failed else []
    for artist in artists:
        labels = await stored(dsn, artist)
        wrong += [f"{artist}: {one}" for one in differences(expected(world, artist), labels)]
    return wrong, beside_the_least(requests, least_requests(world, mode=mode))


def beside_the_least(requests: Requests, least: Requests) -> str:
    sums = {
        source: (sum(requests[source].values()), sum(least[source].values())) for source in least
    }
    return ", ".join(f"{source} {were}/{fewest}" for source, (were, fewest) in sums.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--seeds", type=int, default=12, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first of them")
    parser.add_argument("--albums", type=int, default=200)
    parser.add_argument("--artists", type=int, help="whose albums these are; default: one in six")
    parser.add_argument("--mode", choices=MODES, default="development", help="of Spotify")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    bad = 0
    with embedded.scratch_server() as dsn:
        server = make_conninfo(dsn, dbname="postgres")
        template = make_template(server)
        for seed in range(chosen.first, chosen.first + chosen.seeds):
            began = time.monotonic()
            world = generate(seed, chosen.albums, chosen.artists)
            with database(server, template=template) as address:
                wrong, requests = asyncio.run(check(address, world, chosen.mode))
            said = f"{len(wrong)} differences" if wrong else "equal"
            seconds = time.monotonic() - began
            print(f"seed {seed}: {said} in {seconds:.1f} s; {requests}", flush=True)
            for line in wrong[:SHOWN_MAX]:
                print(f"  {line}")
            bad += bool(wrong)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
