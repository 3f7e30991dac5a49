"""The embedded server, with real processes: who shares it, what it survives, and when it stops."""

import importlib.metadata
import json
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import platformdirs
import psycopg
import pytest

from linernotes.db import embedded

SECONDS_MAX = 30.0

COMMAND = """
import sys
from pathlib import Path
from linernotes.db import embedded
with embedded.server(
    Path(sys.argv[1]), options={"fsync": "off"}, grace_seconds=float(sys.argv[2])
) as address:
    print(address, flush=True)
    sys.stdin.read()
"""

# Tells the modes of the directories above the data before and after it used a server. Without a
# directory in its arguments it takes the default one.
MODES = """
import json, sys
from pathlib import Path
import embedded

directory = Path(sys.argv[1]) if sys.argv[1:] else embedded.default_directory("sandbox")
above = [path for path in directory.parents if path.exists()]
def modes(): return {str(path): path.stat().st_mode & 0o7777 for path in above}

seen = [modes()]
with embedded.server(directory, options={"fsync": "off"}, grace_seconds=0.0):
    seen.append(modes())
embedded.stop(directory)
print(json.dumps([str(directory), *seen, modes()]))
"""

NOBODY = pwd.getpwnam("nobody")

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run the server as another")


class Command:
    """A process that uses the server until it is told to leave."""

    def __init__(self, directory: Path, grace_seconds: float = 0.0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, str(directory), str(grace_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout
        self.address = self.process.stdout.readline().strip()
        assert self.address

    def leave(self) -> None:
        self.process.communicate(timeout=SECONDS_MAX)

    def kill(self, number: signal.Signals) -> None:
        """Send a signal to the whole process group, as the terminal does, and see it end."""
        os.killpg(self.process.pid, number)
        self.leave()


Commands = Callable[..., Command]


@pytest.fixture
def directory() -> Iterator[Path]:
    """
    A place for a server, whose processes are gone at the end.

    Not pytest's own: as root that is closed to the server's account.
    """
    parent = Path(tempfile.mkdtemp(prefix="linernotes-test-", dir="/tmp"))
    if os.geteuid() == 0:
        parent.chmod(0o711)
    yield parent / "server"
    embedded.stop(parent / "server")
    until(lambda: is_free(parent / "server", "stopper"))
    shutil.rmtree(parent)


@pytest.fixture
def command(directory: Path) -> Iterator[Commands]:
    """Start commands; those that still run at the end are ended."""
    started: list[Command] = []

    def start(grace_seconds: float = 0.0) -> Command:
        started.append(Command(directory, grace_seconds))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.leave()


@pytest.fixture
def home() -> Iterator[Path]:
    """
    A home, closed to others as homes are, with its own copy of all that the server needs.

    As root it is that of `nobody`, who may not get to this Python environment.
    """
    path = Path(tempfile.mkdtemp(prefix="linernotes-home-", dir="/tmp"))
    library = path / "library"
    library.mkdir(mode=0o700)
    shutil.copy(embedded.__file__, library)
    for package in [embedded._package(), embedded._libraries(embedded._package())]:
        shutil.copytree(package, library / package.name)
    shutil.copytree(Path(platformdirs.__file__).parent, library / "platformdirs")
    if os.geteuid() == 0:
        for each in [path, *path.rglob("*")]:
            os.chown(each, NOBODY.pw_uid, NOBODY.pw_gid)
    yield path
    shutil.rmtree(path)


def told_modes(home: Path, *arguments: str, ordinary: bool) -> list[Any]:
    """Run `MODES` with this home, as an ordinary user or as who we are."""
    drop = ordinary and os.geteuid() == 0
    done = subprocess.run(
        [ordinary_python() if drop else sys.executable, "-c", MODES, *arguments],
        env={"HOME": str(home), "PYTHONPATH": str(home / "library"), "PATH": os.defpath},
        user=NOBODY.pw_uid if drop else None,
        group=NOBODY.pw_gid if drop else None,
        extra_groups=[] if drop else None,
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told: list[Any] = json.loads(done.stdout)
    return told


def ordinary_python() -> str:
    """A Python that others than root can run; ours may lie in root's home."""
    for candidate in [sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"]:
        account = embedded.Account(NOBODY.pw_uid, NOBODY.pw_gid)
        real = Path(candidate).resolve()
        if real.exists() and not embedded._closed_directory(real.parent, account):
            return candidate
    pytest.skip("no Python here that an ordinary user can run")


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_free(directory: Path, lock: str) -> bool:
    """Whether no process has this lock, and so no such process is left."""
    if not (directory / "locks").exists():
        return True
    with embedded._opened(directory, lock) as descriptor:
        return embedded._take(descriptor)


def server_id(directory: Path) -> int:
    return int((directory / "data" / "postmaster.pid").read_text().split()[0])


def socket_directory(address: str) -> Path:
    return Path(parse_qs(urlsplit(address).query)["host"][0])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def log(directory: Path) -> str:
    return (directory / "server.log").read_text()


def test_two_commands_share_one_server(directory: Path, command: Commands) -> None:
    command()
    first = server_id(directory)
    command()

    assert server_id(directory) == first


def test_commands_that_come_at_the_same_moment_share_one_server(directory: Path) -> None:
    script = COMMAND.replace("sys.stdin.read()", "")
    several = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(directory), "1"], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    addresses = {process.communicate(timeout=SECONDS_MAX)[0] for process in several}

    assert len(addresses) == 1
    assert log(directory).count("ready to accept connections") == 1


def test_the_server_survives_kill_9_of_the_command_that_started_it(
    directory: Path, command: Commands
) -> None:
    first, second = command(), command()
    with psycopg.connect(second.address) as conn:
        first.kill(signal.SIGKILL)

        assert conn.execute("select 1").fetchone() == (1,)


def test_ctrl_c_ends_the_command_and_not_the_server(directory: Path, command: Commands) -> None:
    first, second = command(), command()
    with psycopg.connect(second.address) as conn:
        first.kill(signal.SIGINT)

        assert first.process.returncode != 0
        assert conn.execute("select 1").fetchone() == (1,)


@pytest.mark.parametrize("number", [None, signal.SIGINT, signal.SIGKILL])
def test_an_idle_server_stops_after_its_last_command(
    directory: Path, command: Commands, number: signal.Signals | None
) -> None:
    """However that ends: by itself, by Ctrl-C or by kill -9."""
    first, last = command(), command()
    first.leave()
    assert embedded.describe(directory).running
    last.kill(number) if number else last.leave()

    until(lambda: is_free(directory, "server"))
    assert not embedded.describe(directory).running
    assert log(directory).endswith("database system is shut down\n")


def test_a_command_within_the_grace_finds_the_same_server(
    directory: Path, command: Commands
) -> None:
    first = command(grace_seconds=2.0)
    before = server_id(directory)
    first.leave()
    command()

    assert server_id(directory) == before


def test_a_crashed_server_is_started_anew_by_the_next_command(
    directory: Path, command: Commands
) -> None:
    command()
    before = server_id(directory)
    os.kill(before, signal.SIGKILL)
    after = command()

    with psycopg.connect(after.address) as conn:
        assert conn.execute("select 1").fetchone() == (1,)
    assert server_id(directory) != before


def test_a_stale_process_id_of_an_unrelated_process_is_no_obstacle(
    directory: Path, command: Commands
) -> None:
    """After a crash of the machine the id in postmaster.pid may be anybody's."""
    command().leave()
    until(lambda: is_free(directory, "server"))
    account = embedded._server_account(directory)
    unrelated = subprocess.Popen(["sleep", "60"], cwd="/", **embedded._as(account))
    pid_file = directory / "data" / "postmaster.pid"
    pid_file.write_text(f"{unrelated.pid}\n{directory / 'data'}\n0\n5432\n\n\n0 0\nready\n")
    try:
        with psycopg.connect(command().address) as conn:
            assert conn.execute("select 1").fetchone() == (1,)
        assert unrelated.poll() is None
    finally:
        unrelated.kill()
        unrelated.wait()


def test_the_data_are_still_there_the_next_time(directory: Path) -> None:
    for statement in (b"create table kept as select 42 as answer", b"select"):
        with (
            embedded.server(directory, grace_seconds=0.0) as address,
            psycopg.connect(address) as conn,
        ):
            conn.execute(statement)
        embedded.stop(directory)
    with embedded.server(directory, grace_seconds=0.0) as address, psycopg.connect(address) as conn:
        assert conn.execute("select answer from kept").fetchone() == (42,)


def test_a_server_keeps_data_safe_and_to_itself_and_means_the_same_everywhere(
    directory: Path,
) -> None:
    names = ["listen_addresses", "fsync", "TimeZone", "server_encoding", "server_version_num"]
    with embedded.server(directory, grace_seconds=0.0) as address, psycopg.connect(address) as conn:
        found = [conn.execute("select current_setting(%s)", [name]).fetchone() for name in names]
        provider = conn.execute(
            "select datlocprovider, datlocale from pg_database where datname = current_database()"
        ).fetchone()
        user = conn.execute("select current_user, current_database()").fetchone()

    values = [row[0] for row in found if row]
    assert values[:-1] == ["", "on", "UTC", "UTF8"]
    assert int(values[-1]) // 10000 == embedded.MAJOR
    assert provider == ("b", "C.UTF-8")
    assert user == ("linernotes", "linernotes")


def test_options_reach_the_server(directory: Path) -> None:
    with (
        embedded.server(directory, options={"work_mem": "7MB"}, grace_seconds=0.0) as address,
        psycopg.connect(address) as conn,
    ):
        assert conn.execute("show work_mem").fetchone() == ("7MB",)


def test_only_the_servers_account_can_reach_its_socket_and_its_data(directory: Path) -> None:
    with embedded.server(directory, grace_seconds=0.0) as address:
        sockets = socket_directory(address)
        private = {sockets: mode(sockets), directory / "data": mode(directory / "data")}
        owners = {path.stat().st_uid for path in private}
        files = {mode(directory / "server.log"), mode(directory / "locks" / "commands")}

    assert set(private.values()) == {0o700}
    assert owners == {
        (embedded._server_account(directory) or embedded.Account(os.geteuid(), 0)).uid
    }
    assert files == {0o600}
    assert mode(directory) == (0o711 if os.geteuid() == 0 else 0o700)


@as_root
def test_another_account_cannot_connect(directory: Path) -> None:
    script = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
    with embedded.server(directory, grace_seconds=0.0) as address:
        path = socket_directory(address) / embedded.SOCKET_NAME
        with socket.socket(socket.AF_UNIX) as ours:
            ours.connect(str(path))
        theirs = subprocess.run(
            [ordinary_python(), "-c", script, str(path)],
            user=NOBODY.pw_uid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            text=True,
        )

    assert "PermissionError" in theirs.stderr


def test_a_directory_too_deep_for_a_socket_has_it_elsewhere(directory: Path) -> None:
    deep = directory / ("d" * 60) / ("e" * 60)
    with embedded.server(deep, grace_seconds=0.0) as address, psycopg.connect(address) as conn:
        sockets = socket_directory(address)
        assert conn.execute("select 1").fetchone() == (1,)
        assert mode(sockets) == 0o700
        assert embedded.describe(deep).remove == f"rm -r {deep} {sockets}"
    embedded.stop(deep)
    until(lambda: is_free(deep, "stopper"))
    sockets.rmdir()

    # As after a restart of the machine, which clears that place.
    with embedded.server(deep, grace_seconds=0.0) as address:
        assert socket_directory(address) != sockets
        again = socket_directory(address)
    embedded.stop(deep)
    until(lambda: is_free(deep, "stopper"))
    again.rmdir()


def test_an_ordinary_user_changes_no_mode_above_the_data(home: Path) -> None:
    where, before, during, after = told_modes(home, ordinary=True)

    assert Path(where).is_relative_to(home)
    assert before[str(home)] == 0o700
    assert before == during == after
    assert mode(Path(where)) == mode(Path(where) / "data") == 0o700


@as_root
def test_root_changes_no_mode_above_the_data(directory: Path, home: Path) -> None:
    """Nor above its programs, nor of a home, which the packages' own code would open."""
    _, before, during, after = told_modes(home, str(directory), ordinary=False)

    assert set(before) == {str(path) for path in directory.parents}
    assert before == during == after
    assert [mode(path) for path in [home, home / "library"]] == [0o700, 0o700]


@as_root
def test_root_has_its_data_outside_the_home() -> None:
    assert embedded.default_directory("live") == Path("/var/lib/linernotes/live")
    assert embedded.default_directory("sandbox") == Path("/var/lib/linernotes/sandbox")


@as_root
def test_root_is_refused_a_place_that_the_server_cannot_get_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(embedded.EmbeddedError) as caught, embedded.server(tmp_path / "server"):
        pass

    closed = next(path for path in [*reversed(tmp_path.parents), tmp_path] if not mode(path) & 1)
    assert str(caught.value).startswith(f"{closed} is closed to the account")
    assert "LINERNOTES_DATA_DIR" in caught.value.hint
    assert mode(tmp_path) == 0o700


@as_root
def test_programs_that_are_closed_to_the_server_are_copied_and_not_opened(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the Python environment lies in root's home."""
    package = embedded._package()
    tmp_path.chmod(0o700)
    shutil.copytree(package, tmp_path / embedded.PACKAGE)
    shutil.copytree(embedded._libraries(package), tmp_path / embedded._libraries(package).name)
    monkeypatch.syspath_prepend(tmp_path)

    with embedded.server(directory, grace_seconds=0.0) as address, psycopg.connect(address) as conn:
        assert conn.execute("select 1").fetchone() == (1,)
    version = importlib.metadata.version(embedded.PACKAGE)
    assert [path.name for path in directory.glob("postgresql-*")] == [f"postgresql-{version}"]
    assert mode(tmp_path) == 0o700


def test_data_of_another_major_version_is_refused(directory: Path) -> None:
    with embedded.server(directory, grace_seconds=0.0):
        pass
    embedded.stop(directory)
    (directory / "data" / "PG_VERSION").write_text("17\n")

    with (
        pytest.raises(embedded.EmbeddedError, match="is of PostgreSQL 17") as caught,
        embedded.server(directory),
    ):
        pass
    assert "LINERNOTES_DATA_DIR" in caught.value.hint


def test_a_server_that_cannot_start_says_why(directory: Path) -> None:
    with (
        pytest.raises(embedded.EmbeddedError, match="work_mem"),
        embedded.server(directory, options={"work_mem": "much"}, grace_seconds=0.0),
    ):
        pass


def test_the_command_that_status_shows_removes_everything(directory: Path) -> None:
    with embedded.server(directory, grace_seconds=0.0):
        before = embedded.describe(directory)
    embedded.stop(directory)
    after = embedded.describe(directory)

    assert (before.directory, before.running, after.running) == (directory, True, False)
    assert 20_000_000 < after.disk_bytes < 200_000_000
    subprocess.run(["sh", "-c", after.remove], check=True)
    assert not directory.exists()


def test_a_directory_removed_under_its_server_can_be_used_anew_at_once(directory: Path) -> None:
    """The old server notices within a minute, or has; here it is ended by its id."""
    with embedded.server(directory, grace_seconds=1.0) as old:
        before = server_id(directory)
    shutil.rmtree(directory)
    with embedded.server(directory, grace_seconds=0.0) as new, psycopg.connect(new) as conn:
        with suppress(ProcessLookupError):
            os.kill(before, signal.SIGQUIT)

        assert new != old
        assert conn.execute("select 1").fetchone() == (1,)


def test_a_scratch_server_leaves_nothing() -> None:
    with embedded.scratch_server() as address:
        place = socket_directory(address).parent
        with psycopg.connect(address) as conn:
            assert conn.execute("show fsync").fetchone() == ("off",)

    assert not place.exists()
