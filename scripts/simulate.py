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
from contextlib import nullcontext
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from linernotes.db import embedded, migrate  # noqa: E402 (the path comes first)
from tests.simulation import mutations, virtual, walk  # noqa: E402


async def run(dsn: str, seeds: range) -> None:
    total: Counter[str] = Counter()
    async for done in walk.walks(dsn, ((seed, None) for seed in seeds)):
        total += done.tally
    print(f"{len(seeds)} seeds: {dict(sorted(total.items()))}")


def main() -> None:
    known = {mutation.__name__: mutation for mutation in mutations.IN_A_WALK}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--seeds", type=int, default=20, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first of them")
    parser.add_argument("--mutation", choices=known, help="break the engine, to see it found out")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    broken = known[chosen.mutation]() if chosen.mutation else nullcontext()
    with embedded.scratch_server() as dsn, broken:
        asyncio.run(migrate.migrate(dsn))
        virtual.prepare(dsn)
        started = time.monotonic()
        with asyncio.Runner(loop_factory=virtual.VirtualLoop) as runner:
            runner.run(run(dsn, range(chosen.first, chosen.first + chosen.seeds)))
        print(f"{time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main()
