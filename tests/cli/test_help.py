"""What can be asked without a database: help, version, and how a wrong command is answered."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.programs import PROGRAM, environment, on_terminal, run

COMMANDS = (
    "discover",
    "work",
    "status",
    "producers",
    "show",
    "export",
    "dead-letters",
    "retry",
    "doctor",
    "migrate",
    "sandbox",
)
HELP_SECONDS_MAX = 0.3
KEYS = {"SPOTIFY_CLIENT_ID": "a", "SPOTIFY_CLIENT_SECRET": "b"}


def test_help_names_every_command_and_every_exit_code(tmp_path: Path) -> None:
    ended = run(tmp_path, "--help")

    assert (ended.code, ended.err) == (0, "")
    for word in (*COMMANDS, "0 done", "1 failed", "2 the question", "3 done in part", "130"):
        assert word in ended.out


def _used() -> float:
    """Seconds of processor time that ended children took, in the program and for it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_help_is_quick() -> None:
    """By the time of a processor, because others may be at work on the same machine."""
    seconds = []
    for _ in range(5):
        before = _used()
        subprocess.run([*PROGRAM, "--help"], capture_output=True, check=True)
        seconds.append(_used() - before)

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


@pytest.mark.parametrize(
    ("command", "codes", "words"),
    [
        ("--help | head -1", "0 0", ""),
        ("--help > /dev/full", "1", "error: cannot write: No space left on device"),
        ("--version > /dev/full", "1", "error: cannot write: No space left on device"),
    ],
    ids=["a closed pipe", "help to a full disk", "version to a full disk"],
)
def test_output_that_nobody_takes(tmp_path: Path, command: str, codes: str, words: str) -> None:
    done = subprocess.run(
        ["/bin/bash", "-c", f"{' '.join(PROGRAM)} {command}; echo ${{PIPESTATUS[@]}} >&2"],
        env=environment(tmp_path, {}),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr.splitlines()[-1] == codes
    assert "Traceback" not in done.stderr
    assert words in done.stderr


def test_commands_to_copy_begin_with_the_program_as_it_was_started(tmp_path: Path) -> None:
    """`make discover` runs a program that is not on the PATH."""
    program = Path(sys.executable).parent / "linernotes"
    hints = []
    for command in ([str(program)], PROGRAM):
        done = subprocess.run(
            [*command, "producers", "--sandbox"],
            env={**environment(tmp_path, {}), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        hints.append(done.stderr.splitlines()[-1])

    assert hints == [
        f'hint: {program} discover --sandbox "Drake"',
        f'hint: {sys.executable} -m linernotes discover --sandbox "Drake"',
    ]


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
        (["producers", "--min-tracks", "0"], "Must be >= 1"),
        (["producers", "--limit", "-1"], "Must be >= 0"),
        (["producers", "--since", "17"], "Must be >= 1000"),
        (["producers", "--until", "20170"], "Must be <= 2999"),
        (["producers", "--since", "2018", "--until", "2011"], "no year is in or after 2018"),
        (["discover", "Drake", "--limit", "-3"], "Must be >= 0"),
        (["discover", "x" * 301], "no name has more than 300"),
        (["discover", os.fsdecode(b"Beyonc\xe9")], "is not UTF-8"),
        (["sandbox", "--port", "70000"], "Must be <= 65535"),
        (["discover", ""], "is empty"),
        (["discover", "   "], "is empty"),
        (["discover", "https://open.spotify.com/track/3TVXtAsR1Inumwj472S9r4"], "not to an artist"),
        (["discover", "spotify:album:3TVXtAsR1Inumwj472S9r4"], "link to an album"),
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
        ({**KEYS, "SUPABASE_URL": "https://abc.supabase.example"}, "connection string"),
        ({**KEYS, "DATABASE_URL": "garbage"}, "is not the address of a PostgreSQL database"),
        ({"LINERNOTES_LOG": "bogus"}, "LINERNOTES_LOG is no level"),
        (KEYS, "LINERNOTES_CONTACT"),
        ({"LINERNOTES_MUSICBRAINZ_REQUESTS_PER_SECOND": "fast"}, "REQUESTS_PER_SECOND"),
    ],
    ids=[
        "half a key",
        "Supabase without a database",
        "an address that is none",
        "a level that is none",
        "no contact",
        "a rate that is none",
    ],
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
