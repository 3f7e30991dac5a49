"""Run the program as people do: as a process, in a pipe or on a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

PROGRAM = [sys.executable, "-m", "linernotes"]
SECONDS_MAX = 60.0

# What of the tests' own environment a command gets: nothing that would change what it does.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Ended:
    """On a terminal both streams are one, in `out`."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, str]]:
        """The TSV on stdout, a dictionary a row."""
        header, *lines = [line.split("\t") for line in self.out.splitlines()]
        return [dict(zip(header, line, strict=True)) for line in lines]


def environment(data: Path, more: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    # As after an installation: the program is found by its name.
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return {**kept, "TERM": "xterm-256color", "LINERNOTES_DATA_DIR": str(data), **more}


def run(data: Path, *arguments: str, **more: str) -> Ended:
    """In pipes, to its end."""
    done = subprocess.run(
        [*PROGRAM, *arguments],
        env=environment(data, more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def start(data: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """It is killed in the end, so that a test which waits for a line that never comes ends too."""
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        env=environment(data, more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    guard = threading.Timer(SECONDS_MAX, process.kill)
    guard.daemon = True
    guard.start()
    return process


def on_terminal(
    data: Path,
    *arguments: str,
    press: str = "",
    when: Callable[[str], bool] = lambda seen: False,
    columns: int = 120,
    **more: str,
) -> Ended:
    """On a terminal, where `press` is typed once what is seen fulfils `when`."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(PROGRAM[0], [*PROGRAM, *arguments], environment(data, more))  # noqa: S606
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    seen, deadline = bytearray(), time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.05)
        try:
            piece = os.read(terminal, 65536) if ready else None
        except OSError:  # Linux says so when the other end is closed
            break
        if piece == b"":
            break
        seen += piece or b""
        if press and when(seen.decode(errors="replace")):
            os.write(terminal, press.encode())
            press = ""
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return Ended(os.waitstatus_to_exitcode(status), seen.decode(errors="replace"), "")
