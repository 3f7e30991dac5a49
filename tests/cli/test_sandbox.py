"""`linernotes sandbox`: services in the foreground that other commands can be sent to."""

from __future__ import annotations

import shlex
from pathlib import Path

import httpx2
import pytest
from tests.cli.programs import run, start

from linernotes.sandbox import small_world
from linernotes.sandbox.generated import generate
from linernotes.sandbox.world import World


def test_it_prints_the_variables_that_lead_to_it_and_ends_quietly(tmp_path: Path) -> None:
    process = start(tmp_path, "sandbox", "--port", "0")
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(5)]
        variables = dict(
            word.split("=", 1) for line in lines for word in shlex.split(line) if "=" in word
        )
        asked = httpx2.get(
            variables["LINERNOTES_MUSICBRAINZ_URL"] + "/url",
            params={"resource": "https://example.org/", "fmt": "json"},
            headers={"User-Agent": "Tests/1.0 ( tests@linernotes.example )"},
        )
    finally:
        process.terminate()
        _, err = process.communicate(timeout=20)

    assert set(variables) == {
        "LINERNOTES_SPOTIFY_URL",
        "LINERNOTES_SPOTIFY_ACCOUNTS_URL",
        "LINERNOTES_MUSICBRAINZ_URL",
        "LINERNOTES_WIKIDATA_URL",
        "LINERNOTES_SANDBOX",
    }
    assert asked.status_code in (200, 404)
    assert process.returncode == 0
    assert "Traceback" not in err


def test_a_port_that_is_taken_is_1_and_names_another(tmp_path: Path) -> None:
    process = start(tmp_path, "sandbox", "--port", "0")
    try:
        assert process.stderr is not None
        port = process.stderr.readline().split(":")[2].split(";")[0]
        ended = run(tmp_path, "sandbox", "--port", port)
    finally:
        process.terminate()
        process.communicate(timeout=20)

    assert ended.code == 1
    assert f"hint: linernotes sandbox --port {int(port) + 1}" in ended.err


def named(world: World, count: int) -> str:
    return ", ".join(world.artists[id].name for id in world.discoverable()[:count])


LARGE, SINGLE = generate(7, 60), generate(7, 30, artists=1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), f"8 artists with albums: {named(small_world(), 5)} and 3 more"),
        (
            ("--world", "generated", "--seed", "7", "--albums", "60"),
            f"{len(LARGE.discoverable())} artists with albums: {named(LARGE, 5)} "
            f"and {len(LARGE.discoverable()) - 5} more",
        ),
        (
            ("--world", "generated", "--seed", "7", "--albums", "30", "--artists", "1"),
            f"1 artist with albums: {named(SINGLE, 1)}",
        ),
    ],
    ids=["small", "generated", "one artist"],
)
def test_it_says_whom_there_is_to_discover(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    process = start(tmp_path, "sandbox", "--port", "0", *options)
    try:
        assert process.stderr is not None
        lines = [process.stderr.readline(), process.stderr.readline()]
    finally:
        process.terminate()
        process.communicate(timeout=20)

    assert lines[0].startswith("serving on http://127.0.0.1:")
    assert lines[1] == f"{said}\n"
