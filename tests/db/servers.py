"""
Start servers for tests: Debian's PostgreSQL, and pgbouncer as Supabase's pooler is set up.

Each listens on a Unix socket alone, in a directory of its own, and is stopped as the process that
was started here. As root they run as somebody else, because they refuse to run as root.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from linernotes.db import embedded, pgmq

START_SECONDS_MAX = 30.0
SUPERUSER = "admin"

_numbers = itertools.count(1)


def debian_programs(major: int) -> Path | None:
    """Where Debian puts the programs of a PostgreSQL version, if it is installed."""
    programs = Path(f"/usr/lib/postgresql/{major}/bin")
    return programs if (programs / "postgres").exists() else None


def pgbouncer_program() -> str | None:
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


@contextmanager
def database(
    server: str, *, template: str = "template1", owner: str | None = None
) -> Iterator[str]:
    """A new database on this server, gone afterwards whoever is still connected."""
    name = sql.Identifier(f"test_{next(_numbers)}")
    create = sql.SQL("create database {} template {}").format(name, sql.Identifier(template))
    if owner:
        create += sql.SQL(" owner {}").format(sql.Identifier(owner))
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(create)
    try:
        yield make_conninfo(server, dbname=name.as_string().strip('"'))
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(sql.SQL("drop database {} with (force)").format(name))


@contextmanager
def postgres(programs: Path) -> Iterator[str]:
    """A new server, careless with its data; gives the address of its superuser."""
    account = pwd.getpwnam("nobody")
    with _directory(account.pw_uid) as directory:
        data = directory / "data"
        _run(
            [
                *(str(programs / "initdb"), "-D", str(data), "--username", SUPERUSER),
                *("--auth=trust", "--no-sync", "--no-locale", "--encoding=UTF8"),
            ],
            account.pw_uid,
        )
        command = [
            *(str(programs / "postgres"), "-D", str(data), "-k", str(directory)),
            *("-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off"),
        ]
        dsn = f"postgresql://{SUPERUSER}@/postgres?host={quote(str(directory), safe='')}"
        with _running(command, account.pw_uid, dsn, directory / "log"):
            yield dsn


@contextmanager
def pgbouncer(dsn: str) -> Iterator[str]:
    """
    A pooler in transaction mode before the server of `dsn`; gives an address that leads through it.

    Every database and role of the server is reached through it under the same name. It may use
    three connections to each, so that transactions of one client do meet different ones.
    """
    program = pgbouncer_program()
    assert program
    parts = conninfo_to_dict(dsn)
    # Only the server's own account may use its socket.
    uid = (Path(str(parts["host"])) / f".s.PGSQL.{parts.get('port', 5432)}").stat().st_uid
    with _directory(uid) as directory:
        names = {str(parts["user"]), *_login_roles(dsn)}
        users = directory / "users.txt"
        users.write_text("".join(f'"{name}" ""\n' for name in sorted(names)))
        config = directory / "pgbouncer.ini"
        config.write_text(
            "[databases]\n"
            f"* = host={parts['host']} port={parts.get('port', 5432)}\n"
            "[pgbouncer]\n"
            "pool_mode = transaction\n"
            "default_pool_size = 3\n"
            "max_client_conn = 200\n"
            "auth_type = trust\n"
            f"auth_file = {users}\n"
            "listen_addr =\n"
            f"unix_socket_dir = {directory}\n"
            "listen_port = 6543\n"
            "syslog = 0\n"
        )
        pooled = make_conninfo(dsn, host=str(directory), port=6543)
        with _running([program, str(config)], uid, pooled, directory / "log"):
            yield pooled


def _login_roles(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as conn:
        rows = conn.execute("select rolname from pg_roles where rolcanlogin").fetchall()
    return [str(name) for (name,) in rows]


@contextmanager
def _directory(uid: int) -> Iterator[Path]:
    """Outside of pytest's own, which as root no other account may walk through; a short path."""
    directory = Path(tempfile.mkdtemp(prefix="linernotes-", dir="/tmp"))
    try:
        if os.geteuid() == 0:
            os.chown(directory, uid, -1)
        yield directory
    finally:
        shutil.rmtree(directory)


@contextmanager
def _running(command: Sequence[str], uid: int, dsn: str, log: Path) -> Iterator[None]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **_as(uid)
        )
    try:
        _wait(process, dsn, log)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=START_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], dsn: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(psycopg.OperationalError):
            psycopg.connect(dsn).close()
            return
        time.sleep(0.02)
    raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text()}")


def _run(command: Sequence[str], uid: int) -> None:
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **_as(uid),
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}")


def _as(uid: int) -> dict[str, Any]:
    where: dict[str, Any] = {"cwd": "/"}
    if os.geteuid() == 0:
        where |= {"user": uid, "group": pwd.getpwuid(uid).pw_gid, "extra_groups": []}
    return where


@contextmanager
def embedded_with(options: Mapping[str, str]) -> Iterator[str]:
    """An embedded server of its own with these settings, for what the shared one cannot show."""
    directory = Path(tempfile.mkdtemp(prefix="linernotes-", dir="/tmp"))
    directory.chmod(0o711)
    try:
        with embedded.server(
            directory, options={"fsync": "off", **options}, grace_seconds=0
        ) as dsn:
            yield dsn
    finally:
        embedded.stop(directory)
        shutil.rmtree(directory)


@contextmanager
def offering_pgmq(*, superuser: bool = False) -> Iterator[str]:
    """
    An embedded server that has the extension pgmq to offer, as Supabase's has.

    It is the real one: PGMQ is SQL alone, and the package ships it. `superuser` says that only
    a superuser may create it; PGMQ's own control file does not ask for that.
    """
    with tempfile.TemporaryDirectory(prefix="linernotes-", dir="/tmp") as name:
        place = Path(name)
        place.chmod(0o755)
        (place / "extension").mkdir(mode=0o755)
        version = (resources.files("pgmq") / "sql" / "VERSION").read_text(encoding="utf-8").strip()
        (place / "extension" / "pgmq.control").write_text(
            f"default_version = '{version}'\n"
            "schema = 'pgmq'\n"
            "relocatable = false\n"
            f"superuser = {str(superuser).lower()}\n"
        )
        (place / "extension" / f"pgmq--{version}.sql").write_text(pgmq.packaged())
        with embedded_with({"extension_control_path": f"{place}:$system"}) as dsn:
            yield dsn


@contextmanager
def password_server() -> Iterator[str]:
    """An embedded server where the role `locked` needs a password, which nobody knows."""
    with tempfile.TemporaryDirectory(prefix="linernotes-", dir="/tmp") as name:
        place = Path(name)
        place.chmod(0o755)
        (place / "pg_hba.conf").write_text("local all locked scram-sha-256\nlocal all all trust\n")
        with embedded_with({"hba_file": str(place / "pg_hba.conf")}) as dsn:
            with psycopg.connect(dsn, autocommit=True) as admin:
                admin.execute("create role locked login password 'secret'")
            yield dsn
