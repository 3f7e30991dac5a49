"""Migrations: applied once, in order, by whoever comes; and what is said when they cannot be."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from tests.db import servers

from linernotes.db import pgmq
from linernotes.db.migrate import check, connect, describe, migrate, migrations, pending
from linernotes.errors import DatabaseError

VERSIONS = [migration.version for migration in migrations()]
NEWER = "29991231235959"


def query(dsn: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn, autocommit=True) as conn:
        cursor = conn.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def history(dsn: str) -> list[str]:
    rows = query(dsn, "select version from supabase_migrations.schema_migrations order by version")
    return [str(version) for (version,) in rows]


# What it does ---------------------------------------------------------------------------------


async def test_it_applies_all_of_them_once(each_empty_dsn: str) -> None:
    assert await migrate(each_empty_dsn) == VERSIONS
    assert await migrate(each_empty_dsn) == []

    async with connect(each_empty_dsn) as conn:
        assert await pending(conn) == []
        await check(conn)


async def test_the_history_has_the_rows_that_the_supabase_cli_writes(dsn: str) -> None:
    rows = query(
        dsn,
        "select version, name, array_to_string(statements, '')"
        " from supabase_migrations.schema_migrations order by version",
    )

    assert rows == [(one.version, one.name, one.text) for one in migrations()]


async def test_several_at_once_take_turns(each_empty_dsn: str) -> None:
    applied = await asyncio.gather(*(migrate(each_empty_dsn) for _ in range(5)))

    assert sorted(version for versions in applied for version in versions) == VERSIONS


async def test_it_goes_on_where_the_supabase_cli_stopped(dsn: str, empty_dsn: str) -> None:
    """As the CLI leaves it: the first file run, and its row, whose columns the CLI made."""
    first = migrations()[0]
    query(empty_dsn, pgmq.packaged())
    query(empty_dsn, first.text)
    query(
        empty_dsn,
        "create schema supabase_migrations;"
        "create table supabase_migrations.schema_migrations"
        " (version text not null primary key, statements text[], name text);"
        f"insert into supabase_migrations.schema_migrations values ('{first.version}')",
    )

    assert await migrate(empty_dsn) == VERSIONS[1:]
    assert history(empty_dsn) == history(dsn)


async def test_an_old_history_gets_the_columns_that_it_lacks(empty_dsn: str) -> None:
    """Early versions of the CLI kept the version alone."""
    query(
        empty_dsn,
        "create schema supabase_migrations;"
        "create table supabase_migrations.schema_migrations (version text not null primary key)",
    )

    assert await migrate(empty_dsn) == VERSIONS


async def test_a_dump_without_the_history_gets_it_back(dsn: str) -> None:
    """Our schemas may be restored alone; our marks among them say what they are made of."""
    query(dsn, "drop schema supabase_migrations cascade")

    assert await migrate(dsn) == []
    assert history(dsn) == VERSIONS


async def test_every_migration_marks_itself(empty_dsn: str) -> None:
    """The CLI runs the file and nothing of ours besides."""
    query(empty_dsn, pgmq.packaged())
    for number, migration in enumerate(migrations(), start=1):
        query(empty_dsn, migration.text)
        marks = query(empty_dsn, "select version from linernotes.migration order by version")
        assert [str(mark) for (mark,) in marks] == VERSIONS[:number]


async def test_migrations_of_the_user_are_nobodys_business(dsn: str) -> None:
    query(
        dsn,
        "insert into supabase_migrations.schema_migrations (version, name)"
        f" values ('20200101000000', 'theirs'), ('{NEWER}', 'theirs_too')",
    )

    assert await migrate(dsn) == []
    async with connect(dsn) as conn:
        await check(conn)


async def test_a_failed_migration_leaves_no_trace(empty_dsn: str) -> None:
    """The seed's own table is in the way: it is the user's, and we do not touch it."""
    query(empty_dsn, "create table public.queue_metrics (id int)")

    with pytest.raises(DatabaseError, match='relation "queue_metrics" already exists'):
        await migrate(empty_dsn)

    assert query(empty_dsn, "select to_regnamespace('linernotes')") == [(None,)]
    assert history(empty_dsn) == []
    query(empty_dsn, "alter table public.queue_metrics rename to my_metrics")
    assert await migrate(empty_dsn) == VERSIONS


# PGMQ -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def offering() -> Iterator[str]:
    with servers.offering_pgmq() as dsn:
        yield dsn


async def test_the_packaged_pgmq_is_loaded_where_the_server_has_none(each_dsn: str) -> None:
    assert query(each_dsn, "select from pg_extension where extname = 'pgmq'") == []
    assert query(each_dsn, "select to_regprocedure('pgmq.send(text,jsonb,int)') is not null") == [
        (True,)
    ]


async def test_the_servers_own_pgmq_is_preferred(offering: str) -> None:
    with servers.database(offering) as dsn:
        await migrate(dsn)

        assert query(dsn, "select extname from pg_extension where extname = 'pgmq'") == [("pgmq",)]


async def test_an_extension_that_needs_somebody_else_is_asked_for() -> None:
    """And what must be granted on it then, which are enough."""
    with servers.offering_pgmq(superuser=True) as server:
        query(server, "create role owner login")
        with servers.database(server, owner="owner") as dsn:
            owner = make_conninfo(dsn, user="owner")

            with pytest.raises(DatabaseError, match="may not create the extension") as caught:
                await migrate(owner)
            assert "create extension pgmq;" in (caught.value.hint or "")
            query(dsn, "create extension pgmq")

            with pytest.raises(DatabaseError, match="may not migrate") as caught:
                await migrate(owner)
            hint = caught.value.hint or ""
            assert hint == (
                "As its owner or a superuser: grant usage, create on schema pgmq to owner;"
                " grant select, insert on pgmq.meta to owner;"
            )
            query(dsn, hint.partition(": ")[2])
            assert await migrate(owner) == VERSIONS


# What it says ---------------------------------------------------------------------------------


async def test_a_database_that_is_behind(empty_dsn: str) -> None:
    async with connect(empty_dsn) as conn:
        assert await pending(conn) == VERSIONS
        with pytest.raises(DatabaseError, match=f"lacks {len(VERSIONS)} of") as caught:
            await check(conn)

    assert caught.value.hint == "linernotes migrate"


async def test_a_database_of_a_newer_version(dsn: str) -> None:
    query(dsn, f"insert into linernotes.migration (version) values ('{NEWER}')")

    with pytest.raises(DatabaseError, match=f"newer version of Linernotes.* {NEWER}") as caught:
        await migrate(dsn)
    async with connect(dsn) as conn:
        with pytest.raises(DatabaseError, match=f"newer version of Linernotes.* {NEWER}"):
            await check(conn)

    assert caught.value.hint == "pip install --upgrade linernotes"


async def test_a_server_that_is_down() -> None:
    with pytest.raises(DatabaseError) as caught:
        await migrate("postgresql://me:hunter2@127.0.0.1:1/music")

    assert "cannot connect to music at 127.0.0.1:1" in str(caught.value)
    assert "Check that the server runs" in (caught.value.hint or "")
    assert "hunter2" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"


async def test_a_host_that_nobody_knows() -> None:
    with pytest.raises(DatabaseError, match=r"cannot connect to music at nowhere\.invalid:5432"):
        await migrate("postgresql://me:hunter2@nowhere.invalid/music")


async def test_a_wrong_password() -> None:
    with servers.password_server() as dsn:
        wrong = make_conninfo(dsn, user="locked", password="hunter2")
        with pytest.raises(DatabaseError, match="cannot connect to") as caught:
            await migrate(wrong)

    assert caught.value.hint == "Check user and password in DATABASE_URL."
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__}"


async def test_a_database_that_is_not_there(server: str) -> None:
    with pytest.raises(DatabaseError, match='database "nothing" does not exist'):
        await migrate(make_conninfo(server, dbname="nothing"))


@pytest.mark.parametrize(
    "dsn", ["postgres//me:hunter2@host/music", "postgresql://me:hunter2@host/music?color=hunter2"]
)
async def test_something_that_is_no_address(dsn: str) -> None:
    with pytest.raises(DatabaseError, match="DATABASE_URL is not the address") as caught:
        await migrate(dsn)

    error: BaseException | None = caught.value
    assert error
    assert "hunter2" not in f"{error} {caught.value.hint} {error.__cause__}"
    assert error.__suppress_context__


def test_an_address_is_told_without_its_password() -> None:
    assert describe("postgresql://me:hunter2@db.example:6543/music") == "music at db.example:6543"


async def test_a_server_that_is_too_old() -> None:
    message = "PostgreSQL 14; Linernotes needs 15"
    with old_server("14.19") as dsn, pytest.raises(DatabaseError, match=message):
        await migrate(dsn)


async def test_a_read_only_database(dsn: str) -> None:
    query(dsn, "delete from supabase_migrations.schema_migrations")

    with pytest.raises(DatabaseError, match="is read-only") as caught:
        await migrate(make_conninfo(dsn, options="-c default_transaction_read_only=on"))

    assert caught.value.hint == "Connect to the primary server."


async def test_a_connection_that_is_lost(dsn: str) -> None:
    async with connect(dsn) as conn, connect(dsn) as other:
        await other.execute("select pg_terminate_backend(%s)", [conn.info.backend_pid])
        with pytest.raises(DatabaseError, match=r"connection to .* was lost"):
            await check(conn)


async def test_check_leaves_the_callers_transaction_usable(conn: AsyncConnection[Any]) -> None:
    async with conn.transaction():
        await check(conn)
        row = await (await conn.execute("select 1")).fetchone()

    assert row == (1,)


@contextmanager
def old_server(version: str) -> Iterator[str]:
    """As much of a server as tells its version: none that old is installed anywhere any more."""

    def message(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("!i", len(body) + 4) + body

    def serve() -> None:
        visitor, _ = listener.accept()
        with visitor:
            visitor.recv(8192)
            visitor.sendall(message(b"R", struct.pack("!i", 0)))
            for name, value in (("server_version", version), ("client_encoding", "UTF8")):
                visitor.sendall(message(b"S", f"{name}\0{value}\0".encode()))
            visitor.sendall(message(b"Z", b"I"))
            while visitor.recv(8192):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        port = listener.getsockname()[1]
        yield f"postgresql://me@127.0.0.1:{port}/music?sslmode=disable&gssencmode=disable"
        thread.join()
