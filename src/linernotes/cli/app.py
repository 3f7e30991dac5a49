"""
The command line: parse, call, print. One small file a theme; this one puts them together.

Data goes to stdout and everything else to stderr. Whatever is heavy (database, HTTP) is
imported inside the commands, so that `--help` stays quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from cyclopts import App, CycloptsError, Parameter

from linernotes import __version__
from linernotes.cli import (
    admin,
    discover,
    doctor,
    export,
    letters,
    problems,
    purge,
    reading,
    terminal,
    work,
)

HELP = "Who produced every track of a Spotify artist, and where those people can be reached."
EPILOGUE = """\
Exit codes: 0 done. 1 failed. 2 the question needs mending: usage, unknown or ambiguous artist.
3 done in part: dead letters, or a source is closed; the result is printed.
4 keys, contact or address missing or refused. 130 stopped by Ctrl-C; nothing is lost.

Settings come from the environment: SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET, LINERNOTES_CONTACT,
DATABASE_URL, LINERNOTES_DATA_DIR. Without keys, `discover` runs in the sandbox.
"""

COMMANDS: dict[str, Any] = {
    "discover": discover.discover,
    "work": work.work,
    "status": reading.status,
    "producers": reading.producers,
    "show": reading.show,
    "export": export.app,
    "dead-letters": letters.dead_letters,
    "retry": letters.retry,
    "doctor": doctor.doctor,
    "purge": purge.purge,
    "migrate": admin.migrate,
    "sandbox": admin.sandbox,
}


def make_app(streams: terminal.Streams) -> App:
    app = App(
        name="linernotes",
        help=HELP,
        help_epilogue=EPILOGUE,
        help_format="plaintext",
        help_formatter="default" if streams.is_out_a_terminal else "plain",
        version=__version__,
        default_parameter=Parameter(negative="", show_default=False),
        console=streams.console("out"),
        error_console=streams.console("err"),
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    for name, command in COMMANDS.items():
        app.command(command, name=name)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. Every problem becomes a line and a hint here."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    streams = terminal.Streams(arguments, os.environ)
    try:
        if error := problems.not_text(arguments):
            return problems.report(error, streams)
        app = make_app(streams)
        code = app(arguments, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        return problems.report(problems.usage(error, arguments), streams)
    except BrokenPipeError:
        return terminal.hang_up()
    except KeyboardInterrupt:
        return problems.stopped(streams, arguments)
    except Exception as error:
        if isinstance(error, OSError):
            terminal.hang_up()
        return problems.report(problems.explained(error), streams, cause=error)
    return code if isinstance(code, int) else 0
