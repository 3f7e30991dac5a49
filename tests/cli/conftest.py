"""A private data directory, a sandbox store with one finished artist, and services to spoil."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from tests.cli import programs
from tests.cli.programs import Ended

from linernotes import sandbox
from linernotes.db import embedded
from linernotes.sandbox.faults import Fault

Live = Callable[..., AbstractContextManager[dict[str, str]]]


@contextmanager
def data_directory() -> Iterator[Path]:
    """Under /tmp, where the server's account can get to when we are root."""
    path = Path(tempfile.mkdtemp(prefix="linernotes-cli-", dir="/tmp"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        for kind in ("live", "sandbox"):
            embedded.stop(path / kind)
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def finished() -> Iterator[tuple[Path, Ended]]:
    """A sandbox store in which Drake has been discovered, and how that ended, in a pipe."""
    with data_directory() as path:
        ended = programs.run(path, "discover", "Drake")
        assert ended.code == 0, ended.err
        yield path, ended


@pytest.fixture
def data() -> Iterator[Path]:
    """A data directory with nothing in it."""
    with data_directory() as path:
        yield path


@pytest.fixture
def live(empty_dsn: str) -> Live:
    """
    The environment of a live run that meets simulated services, at no limit, with these faults.

    Its database is given by address, and empty at first.
    """

    @contextmanager
    def serve(faults: Fault | None = None) -> Iterator[dict[str, str]]:
        with sandbox.serve(sandbox.small_world(), limits=False, faults=faults) as here:
            yield {
                "DATABASE_URL": empty_dsn,
                "SPOTIFY_CLIENT_ID": "sandbox",
                "SPOTIFY_CLIENT_SECRET": "sandbox",
                "LINERNOTES_CONTACT": "tests@linernotes.example",
                "LINERNOTES_SPOTIFY_URL": here.spotify_url,
                "LINERNOTES_SPOTIFY_ACCOUNTS_URL": here.accounts_url,
                "LINERNOTES_MUSICBRAINZ_URL": here.musicbrainz_url,
                "LINERNOTES_WIKIDATA_URL": here.wikidata_url,
                "LINERNOTES_SPOTIFY_REQUESTS_PER_SECOND": "0",
                "LINERNOTES_MUSICBRAINZ_REQUESTS_PER_SECOND": "0",
                "LINERNOTES_WIKIDATA_REQUESTS_PER_SECOND": "0",
            }

    return serve
