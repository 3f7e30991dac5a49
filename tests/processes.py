"""
Linernotes in processes of their own, for tests that kill them.

Run as a program it connects, says "ready", and waits for orders, one a line: to work the queues
(`work`), or to ask MusicBrainz for a release (`ask MBID`) and say what came. Where the services
and the database are is in the environment, as for everybody; `TEST_SETTINGS` holds other settings.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from linernotes import logs, runtime, settings
from linernotes.settings import Settings
from linernotes.sources import musicbrainz

if TYPE_CHECKING:
    from linernotes.sandbox import Served

CONTACT = "test@linernotes.example"


def environment(dsn: str, sandbox: Served) -> dict[str, str]:
    """What leads a process to a test's database and services; no limit is slower than loopback."""
    return {
        "DATABASE_URL": dsn,
        "LINERNOTES_CONTACT": CONTACT,
        "LINERNOTES_SPOTIFY_URL": sandbox.spotify_url,
        "LINERNOTES_SPOTIFY_ACCOUNTS_URL": sandbox.accounts_url,
        "LINERNOTES_MUSICBRAINZ_URL": sandbox.musicbrainz_url,
        "LINERNOTES_WIKIDATA_URL": sandbox.wikidata_url,
        "LINERNOTES_SPOTIFY_REQUESTS_PER_SECOND": "0",
        "LINERNOTES_MUSICBRAINZ_REQUESTS_PER_SECOND": "0",
        "LINERNOTES_WIKIDATA_REQUESTS_PER_SECOND": "0",
        "SPOTIFY_CLIENT_ID": "sandbox",
        "SPOTIFY_CLIENT_SECRET": "sandbox",
    }


def settings_of(environ: Mapping[str, str]) -> Settings:
    others: dict[str, Any] = json.loads(environ.get("TEST_SETTINGS", "{}"))
    return replace(settings.from_environ(environ), **others)


@dataclass(frozen=True)
class Process:
    """A process that does what it is told."""

    popen: subprocess.Popen[str]

    def tell(self, order: str) -> None:
        assert self.popen.stdin
        self.popen.stdin.write(f"{order}\n")
        self.popen.stdin.flush()

    def line(self) -> str:
        assert self.popen.stdout
        return self.popen.stdout.readline().strip()

    def kill(self) -> None:
        """As `kill -9` does: without a chance to tidy up."""
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait()


@contextmanager
def started(count: int, environ: Mapping[str, str], **others: float) -> Iterator[list[Process]]:
    """So many processes, connected and waiting for orders; none is left in the end."""
    given = {**os.environ, **environ, "TEST_SETTINGS": json.dumps(others)}
    command = [sys.executable, __file__]
    processes = [
        Process(
            subprocess.Popen(
                command, env=given, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )
        for _ in range(count)
    ]
    try:
        assert [one.line() for one in processes] == ["ready"] * count
        yield processes
    finally:
        for one in processes:
            one.kill()
            for stream in (one.popen.stdin, one.popen.stdout):
                assert stream
                stream.close()


def until(condition: Callable[[], bool], *, seconds: float = 10) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


async def _main() -> None:
    ours = settings_of(os.environ)
    assert ours.database_url
    async with runtime.open_runtime(ours, ours.database_url) as opened:
        await opened.pool.wait()
        print("ready", flush=True)
        while order := sys.stdin.readline().split():
            match order:
                case ["work"]:
                    await opened.worker().run()
                case ["ask", mbid]:
                    found = await musicbrainz.release(opened.sources["musicbrainz"], mbid)
                    print(found.id, found.retrieved_at.isoformat(), flush=True)


if __name__ == "__main__":
    logs.configure(0, {})
    asyncio.run(_main())
