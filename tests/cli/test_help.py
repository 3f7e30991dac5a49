"""What can be asked without a database: help, version, and how a wrong command is answered."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.programs import PROGRAM, on_terminal, run

COMMANDS = (
    "discover",
    "work",
    "status",
    "producers",
    "show",
    "export",
    "dead-letters",
    "retry",
    "migrate",
    "sandbox",
)
HELP_SECONDS_MAX = 0.3


def test_help_names_every_command_and_every_exit_code(tmp_path: Path) -> None:
    ended = run(tmp_path, "--help")

    assert (ended.code, ended.err) == (0, "")
    for word in (*COMMANDS, "0 done", "1 failed", "2 the question", "3 done in part", "130"):
        assert word in ended.out


def test_help_is_quick() -> None:
    seconds = []
    for _ in range(5):
        before = time.perf_counter()
        subprocess.run([*PROGRAM, "--help"], capture_output=True, check=True)
        seconds.append(time.perf_counter() - before)

    assert statistics.median(seconds) < HELP_SECONDS_MAX


def test_help_imports_neither_database_nor_http() -> None:
    heavy = "psycopg", "httpx2", "starlette", "uvicorn", "structlog", "asyncio"
    code = f"""
import sys
from linernotes.cli.app import main
main(["--help"])
print(sorted(set({heavy!r}) & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr == "[]\n"


def test_no_arguments_are_answered_with_help(tmp_path: Path) -> None:
    assert run(tmp_path) == run(tmp_path, "--help")


def test_the_version_is_one_line(tmp_path: Path) -> None:
    from linernotes import __version__

    assert run(tmp_path, "--version").out == f"{__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(tmp_path: Path, command: str) -> None:
    ended = run(tmp_path, command, "--help")

    assert ended.code == 0
    assert "Usage: linernotes" in ended.out


def test_help_has_no_escapes_in_a_pipe_or_without_colour(tmp_path: Path) -> None:
    piped = run(tmp_path, "discover", "--help").out
    plain = on_terminal(tmp_path, "discover", "--help", NO_COLOR="1").out
    painted = on_terminal(tmp_path, "discover", "--help").out

    assert "\033" not in piped
    assert "\033" not in plain
    assert "\033" in painted


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["discver"], 'Did you mean "discover"?'),
        (["discover", "Drake", "--refesh"], "Did you mean --refresh?"),
        (["discover"], "ARTIST"),
        (["discover", "Daft", "Punk"], "quotes"),
        (["producers", "--min-tracks", "many"], "many"),
        (["producers", "--role", "barista"], "is not a role"),
        (["discover", ""], "is empty"),
        (["discover", "   "], "is empty"),
        (["discover", "https://open.spotify.com/track/3TVXtAsR1Inumwj472S9r4"], "not to an artist"),
        (["discover", "spotify:album:3TVXtAsR1Inumwj472S9r4"], "link to a album"),
        (["discover", "https://open.spotfy.com/artist/3TVXtAsR1Inumwj472S9r4"], "spotfy.com"),
        (["discover", "spotify:artist:3TVXtAsR1"], "instead of 22"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_question_is_2_and_says_what_to_do(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    ended = run(tmp_path, *arguments)

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: ")
    assert words in ended.err
    assert "\nhint: " in ended.err


def test_errors_are_json_for_who_asked_for_json(tmp_path: Path) -> None:
    ended = run(tmp_path, "discover", "", "--json")

    assert json.loads(ended.err)["error"] == {
        "code": "usage",
        "message": "the artist's name is empty",
        "hint": 'linernotes discover "Drake"',
        "candidates": [],
    }


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"SPOTIFY_CLIENT_ID": "one"}, "only one of"),
        ({"SUPABASE_URL": "https://abc.supabase.example"}, "connection string"),
        ({"SPOTIFY_CLIENT_ID": "a", "SPOTIFY_CLIENT_SECRET": "b"}, "LINERNOTES_CONTACT"),
        ({"LINERNOTES_MUSICBRAINZ_REQUESTS_PER_SECOND": "fast"}, "REQUESTS_PER_SECOND"),
    ],
    ids=["half a key", "Supabase without a database", "no contact", "a rate that is none"],
)
def test_a_setting_that_is_missing_or_wrong_is_4(
    tmp_path: Path, more: dict[str, str], words: str
) -> None:
    ended = run(tmp_path, "discover", "Drake", **more)

    assert (ended.code, ended.out) == (4, "")
    assert words in ended.err
    assert "\nhint: " in ended.err


def test_work_without_keys_is_4(tmp_path: Path) -> None:
    ended = run(tmp_path, "work")

    assert ended.code == 4
    assert "SPOTIFY_CLIENT_ID" in ended.err
