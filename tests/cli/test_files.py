"""A file is replaced whole, or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from linernotes.cli.files import replacing
from linernotes.errors import UsageError


def test_an_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"old")

    with replacing(path) as write:
        write(b"new")
        during = path.read_bytes()

    assert (during, path.read_bytes()) == (b"old", b"new")
    assert os.listdir(tmp_path) == ["people.csv"]


def test_what_fails_in_between_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"old")

    with suppress(ZeroDivisionError), replacing(path) as write:
        write(b"half")
        raise ZeroDivisionError

    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["people.csv"]


def test_who_may_read_it_stays(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"old")
    path.chmod(0o640)

    with replacing(path) as write:
        write(b"new")

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to("people.csv")

    with replacing(tmp_path / "link.csv") as write:
        write(b"new")

    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "people.csv").read_bytes() == b"new"


def test_a_device_is_written_to_and_stays(tmp_path: Path) -> None:
    with replacing(Path(os.devnull)) as write:
        write(b"new")

    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.mark.parametrize("name", ["missing/people.csv", "."])
def test_where_nothing_can_be_written_is_a_clear_error(tmp_path: Path, name: str) -> None:
    with (
        pytest.raises(UsageError, match="cannot write to"),
        replacing(tmp_path / name) as write,
    ):
        write(b"new")

    assert os.listdir(tmp_path) == []


def test_a_pipe_is_written_to_by_the_name_that_the_system_gives_it() -> None:
    reader, writer = os.pipe()
    with replacing(Path(f"/dev/fd/{writer}")) as write:
        write(b"rows")
    os.close(writer)

    with os.fdopen(reader, "rb") as end:
        assert end.read() == b"rows"
