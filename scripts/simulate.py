"""
Walk small worlds with bad luck, many times, and check where we end up.

    .venv/bin/python scripts/simulate.py --seeds 60 [--from 0] [--mutation NAME]
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from collections import Counter
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.simulation import mutations, virtual, walk

from linernotes.db import embedded, migrate


def run(dsn: str, seeds: range) -> None:
    started = time.monotonic()
    with asyncio.Runner(loop_factory=virtual.VirtualLoop) as runner:
        total = runner.run(tally(dsn, seeds))
    print(
        f"{len(seeds)} seeds in {time.monotonic() - started:.1f} s: {dict(sorted(total.items()))}"
    )


async def tally(dsn: str, seeds: range) -> Counter[str]:
    total: Counter[str] = Counter()
    async for done in walk.walks(dsn, ((seed, None) for seed in seeds)):
        total += done.tally
    return total


def find_out(mutation: str, dsn: str, seeds: range) -> None:
    try:
        run(dsn, seeds)
    except AssertionError as error:
        seed = error.__notes__[0].split(",")[0]
        print(f"{mutation}: found out by {seed}: {str(error)[:100]}")
    else:
        sys.exit(f"{mutation} was not found out: the checks have a hole")


def main() -> None:
    known = {mutation.__name__: mutation for mutation in mutations.IN_A_WALK}
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first of them")
    parser.add_argument(
        "--mutation", choices=[*known, "all"], help="break the engine, to see it found out"
    )
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    with embedded.scratch_server() as dsn:
        asyncio.run(migrate.migrate(dsn))
        virtual.prepare(dsn)
        if chosen.mutation is None:
            run(dsn, seeds)
            return
        for name in known if chosen.mutation == "all" else [chosen.mutation]:
            with known[name]():
                find_out(name, dsn, seeds)


if __name__ == "__main__":
    main()
