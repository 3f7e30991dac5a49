"""Write a file so that whoever reads it sees the old one or the new one, whole."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from linernotes.errors import LinernotesError, UsageError

Write = Callable[[bytes], object]


@contextmanager
def replacing(path: Path) -> Iterator[Write]:
    """
    Write to a file beside `path`, which takes its place when the block ends well.

    A link stays one, and leads to the new file. What is no file, such as a pipe, is written to as
    it comes. Raises `UsageError` where nothing can be written, and `LinernotesError` where the
    disk is full; the file then is as it was.
    """
    try:
        known = path.stat() if path.exists() else None
        if known and not stat.S_ISREG(known.st_mode):
            # By its own name: where /dev/stdout is a pipe, its real path leads nowhere.
            with path.open("wb") as file:
                yield file.write
            return
        target = Path(os.path.realpath(path))
        beside = target.with_name(f".{target.name}.{os.getpid()}.part")
        file = beside.open("xb")
    except OSError as error:
        raise UsageError(
            f'cannot write to "{path}": {error.strerror}',
            hint="give --output a file in a directory that you may write to",
        ) from error
    try:
        with file:
            yield file.write
            _finish(file, known)
        beside.replace(target)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise LinernotesError(
            f'cannot write to "{path}": {error.strerror}',
            hint="make room, or give --output a file on another disk, and run it again",
        ) from error
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


def _finish(file: BinaryIO, known: os.stat_result | None) -> None:
    """On the disk before it takes another's place, and for those who could read that one."""
    file.flush()
    os.fsync(file.fileno())
    if known:
        os.fchmod(file.fileno(), stat.S_IMODE(known.st_mode))
