"""Write a file so that whoever reads it sees the old one or the new one, whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from linernotes.errors import UsageError

Write = Callable[[bytes], object]


@contextmanager
def replacing(path: Path) -> Iterator[Write]:
    """
    Write to a file beside `path`, which takes its place when the block ends well.

    A link stays one, and leads to the new file. What is no file, such as a pipe, is written to as
    it comes. Raises `UsageError` where nothing can be written.
    """
    try:
        target = Path(os.path.realpath(path))
        known = target.stat() if target.exists() else None
        if known and not stat.S_ISREG(known.st_mode):
            with target.open("wb") as file:
                yield file.write
            return
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
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


def _finish(file: BinaryIO, known: os.stat_result | None) -> None:
    """On the disk before it takes another's place, and for those who could read that one."""
    file.flush()
    os.fsync(file.fileno())
    if known:
        os.fchmod(file.fileno(), stat.S_IMODE(known.st_mode))
