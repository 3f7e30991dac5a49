"""Where output goes: data to stdout, everything else to stderr, colour only where it is wanted."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

from cyclopts import Parameter

if TYPE_CHECKING:
    from rich.console import Console

ColorChoice = Literal["auto", "always", "never"]

# Control characters in what a source sent could move the cursor, or worse.
_CONTROLS = dict.fromkeys((*range(32), 127, *range(128, 160)), "�")
_CONTROLS |= {ord(blank): " " for blank in "\t\n\r"}
# A command of ours in a sentence for a person, up to where its options may stand.
_COMMAND = re.compile(
    r"(?<![\w./-])linernotes(?= (?:--help|sandbox\b|"
    r"(?P<command>discover|work|status|producers|show|export (?:facts|producers)|dead-letters|"
    r"retry|doctor|purge|migrate)\b))"
    r"(?: (?P=command))?(?=(?P<rest>[^\n;]*))"
)


@Parameter(name="*", group="Output")
@dataclass(frozen=True)
class Manner:
    """How a command talks; the same options everywhere."""

    quiet: Annotated[bool, Parameter(alias="-q", help="Say nothing but results and errors.")] = (
        False
    )
    verbose: Annotated[
        int, Parameter(alias="-v", count=True, help="Log to stderr; twice for every request.")
    ] = 0
    no_progress: Annotated[bool, Parameter(help="Show no progress.")] = False
    color: Annotated[
        ColorChoice,
        Parameter(help="auto, always or never; else NO_COLOR and FORCE_COLOR count."),
    ] = "auto"
    debug: Annotated[bool, Parameter(help="Show the traceback of an error.")] = False


MANNER = Manner()
Json = Annotated[bool, Parameter(help="One JSON document on stdout.", group="Output")]


class Streams:
    """
    The two streams of this run. Made from the bare arguments, because it must be there before
    they are parsed, and when they cannot be.
    """

    def __init__(self, arguments: Sequence[str], environ: Mapping[str, str]) -> None:
        known = arguments[: arguments.index("--")] if "--" in arguments else arguments
        self.json = "--json" in known
        self.debug = "--debug" in known
        self.sandbox = "--sandbox" in known
        self._color = _color_choice(known)
        self._environ = environ

    @property
    def is_out_a_terminal(self) -> bool:
        return _is_terminal(sys.stdout)

    @property
    def is_err_a_terminal(self) -> bool:
        return _is_terminal(sys.stderr) and self._environ.get("TERM") != "dumb"

    def has_color(self, name: Literal["out", "err"]) -> bool:
        """The flag wins, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal."""
        if self._color != "auto":
            return self._color == "always"
        if self._environ.get("NO_COLOR"):
            return False
        if self._environ.get("FORCE_COLOR", "0") not in ("", "0"):
            return True
        if self._environ.get("TERM") == "dumb":
            return False
        return _is_terminal(sys.stdout if name == "out" else sys.stderr)

    def commands(self, text: str) -> str:
        """Commands of ours that mean the store that was meant: `--sandbox` is kept."""
        return _COMMAND.sub(_with_sandbox, text) if self.sandbox else text

    def copyable(self, text: str) -> str:
        """The same for people, who copy them: with the program as it was started."""
        return _COMMAND.sub(_with_program, self.commands(text))

    def console(self, name: Literal["out", "err"]) -> Console:
        """A console that takes text as it is: names such as "[unknown]" are no markup."""
        from rich.console import Console

        class Ours(Console):
            def on_broken_pipe(self) -> None:
                """Rich would end the program; `main` knows what a closed pipe means."""
                raise BrokenPipeError

        color, stream = self.has_color(name), sys.stdout if name == "out" else sys.stderr
        return Ours(
            file=stream,
            force_terminal=color or _is_terminal(stream),
            no_color=not color,
            color_system=("auto" if _is_terminal(stream) else "standard") if color else None,
            markup=False,
            emoji=False,
            highlight=False,
            _environ={**self._environ, "NO_COLOR": "" if color else "1", "FORCE_COLOR": ""},
        )


@dataclass(frozen=True)
class Output:
    """What a command writes with."""

    streams: Streams
    manner: Manner

    def note(self, text: str = "") -> None:
        """Something for the person; never data. A program that asked for JSON is told nothing."""
        if not (self.manner.quiet or self.streams.json):
            say(clean_lines(self.streams.copyable(text)))

    def write(self, data: str | bytes) -> None:
        """Data. Always UTF-8, whatever the locale says."""
        sys.stdout.flush()
        sys.stdout.buffer.write(data.encode() if isinstance(data, str) else data)
        sys.stdout.buffer.flush()


def say(line: str) -> None:
    """A line on stderr. Nobody may be listening there; that is no reason to fail."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def prepare(manner: Manner) -> Output:
    """
    Begin a command: logging as the options want it, and something to write with.

    Raises `SettingsError` for a level of logging that there is not.
    """
    from linernotes import logs
    from linernotes.errors import SettingsError

    level = os.environ.get("LINERNOTES_LOG", "").strip()
    if level and level.lower() not in logs.LEVELS:
        raise SettingsError(
            f'LINERNOTES_LOG is no level: "{level}"',
            hint=f"LINERNOTES_LOG=info, or one of: {', '.join(logs.LEVELS)}",
        )
    logs.configure(manner.verbose, os.environ)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    return Output(Streams(sys.argv[1:], os.environ), manner)


def clean(text: str) -> str:
    """One line without anything that a terminal or a reader of TSV would act on."""
    return text.translate(_CONTROLS)


def clean_lines(text: str) -> str:
    return "\n".join(map(clean, text.split("\n")))


def program() -> str:
    """The program for commands to copy: by its name where that is found, else as it was started."""
    if shutil.which("linernotes"):
        return "linernotes"
    if Path(sys.argv[0]).name == "linernotes":
        return shlex.quote(sys.argv[0])
    return f"{shlex.quote(sys.orig_argv[0])} -m linernotes"


def _with_program(found: re.Match[str]) -> str:
    return program() + found[0].removeprefix("linernotes")


def _with_sandbox(found: re.Match[str]) -> str:
    if not found["command"] or "--sandbox" in found["rest"]:
        return found[0]
    return f"{found[0]} --sandbox"


def hang_up() -> int:
    """Nobody reads our output, or nothing can be written: say nothing more, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (ValueError, AttributeError):  # closed, by us or by whoever started us
        return False


def _color_choice(arguments: Sequence[str]) -> str:
    for number, argument in enumerate(arguments):
        if argument.startswith("--color="):
            return argument.partition("=")[2]
        if argument == "--color" and number + 1 < len(arguments):
            return arguments[number + 1]
    return "auto"
