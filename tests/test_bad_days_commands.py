"""Commands on bad days: many at once, and nowhere to write to."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.programs import PROGRAM, environment, run, start
from tests.truths import expected, stored

from linernotes.db import embedded
from linernotes.sandbox import small_world

WORLD = small_world()
ARTIST = next(iter(WORLD.artists))
AT_ONCE = 8
OLD = b"what was there before\n"


@contextmanager
def place() -> Iterator[Path]:
    """A folder for embedded stores, where the server's account can get to."""
    with tempfile.TemporaryDirectory(prefix="linernotes-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder
        embedded.stop(folder / "sandbox")


@pytest.fixture
def new() -> Iterator[Path]:
    with place() as folder:
        yield folder


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """With a finished discovery."""
    with place() as folder:
        assert run(folder, "discover", "--sandbox", ARTIST).code == 0
        yield folder


async def test_eight_at_once_on_a_new_store_all_get_the_truth(new: Path) -> None:
    started = [start(new, "discover", "--sandbox", ARTIST, "--json") for _ in range(AT_ONCE)]
    ended = [one.communicate() for one in started]

    assert [one.returncode for one in started] == [0] * AT_ONCE, ended
    documents = [json.loads(out) for out, _ in ended]
    assert [one["outcome"] for one in documents] == ["done"] * AT_ONCE
    assert all(one["producers"] == documents[0]["producers"] for one in documents)
    with embedded.server(new / "sandbox") as dsn:
        assert await stored(dsn, ARTIST) == expected(WORLD, ARTIST)


# Nowhere to write to ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [("facts", "--artist", ARTIST), ("producers", "--format", "csv")]
)
def test_an_export_onto_a_full_device_says_so(arguments: tuple[str, ...], data: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, "export", *arguments, "--sandbox"],
            env=environment(data, {}),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.splitlines()[-2:] == [
        "error: cannot write: No space left on device",
        "hint: make room, and run it again; nothing is lost",
    ]


@pytest.fixture
def full() -> Iterator[Path]:
    """A small disk with a file from before, and no room for more."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    with tempfile.TemporaryDirectory(prefix="linernotes-full-", dir="/tmp") as name:
        mount = ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", name]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("this machine lets nobody mount a small disk")
        try:
            (Path(name) / "producers.csv").write_bytes(OLD)
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


def test_an_export_onto_a_full_disk_leaves_what_was_there(full: Path, data: Path) -> None:
    output = full / "producers.csv"

    done = run(data, "export", "producers", "--sandbox", "--output", str(output))

    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[-2:] == [
        f'error: cannot write to "{output}": No space left on device',
        "hint: make room, or give --output a file on another disk, and run it again",
    ]
    assert {one.name: one.read_bytes() for one in full.iterdir()} == {"producers.csv": OLD}
