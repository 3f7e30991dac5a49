"""
Bring a database up to date: apply the migrations that it lacks, as the Supabase CLI would.

Both write one history, `supabase_migrations.schema_migrations`, in which a user's own migrations
stand beside ours. What is ours says `linernotes.migration`, where each of our files leaves its
version: docs/decisions/0006-migrations-shared-with-supabase.md.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib import resources
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import scalar_row, tuple_row

from linernotes.db import disk_full, pgmq, sql
from linernotes.errors import DatabaseError

SERVER_MAJOR_MIN = 15
CONNECT_SECONDS_MAX = 10

_SQL = sql.load("migrate.sql")
_FILENAME = re.compile(r"(\d{14})_(\w+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    version: str
    name: str
    text: LiteralString


@dataclass(frozen=True, slots=True)
class State:
    """`recorded` is the history, with versions of others; `marked` are versions of ours."""

    recorded: frozenset[str]
    marked: frozenset[str]


async def migrate(dsn: str) -> list[str]:
    """
    Apply what is pending, in order, and return the versions applied by this call.

    Each migration is one transaction with its row in the history. Two at once take turns; the
    second finds nothing to do. Rights are settled each time, for roles that appeared since.
    Raises `DatabaseError`, with all earlier migrations in place and the failed one without trace.
    """
    applied = []
    async with connect(dsn) as conn:
        with _explained(conn):
            _check_server(conn)
            await _prepare(conn)
            while migration := await _apply_next(conn):
                applied.append(migration.version)
    return applied


async def pending(conn: AsyncConnection[Any]) -> list[str]:
    """Versions that the database lacks, in order."""
    with _explained(conn):
        return [migration.version for migration in _pending(await _state(conn))]


async def check(conn: AsyncConnection[Any]) -> None:
    """Raise `DatabaseError` unless this program and the database are made for each other."""
    with _explained(conn):
        _check_server(conn)
        state = await _state(conn)
    _check_not_newer(state)
    if lacking := _pending(state):
        raise DatabaseError(
            f"the database {conn.info.dbname} lacks {len(lacking)} of {len(migrations())}"
            f" migrations, the first is {lacking[0].version}_{lacking[0].name}",
            hint="linernotes migrate",
        )


async def state(conn: AsyncConnection[Any]) -> State:
    """What the history and our marks say, for whoever wants to compare them."""
    with _explained(conn):
        return await _state(conn)


@asynccontextmanager
async def connect(dsn: str) -> AsyncIterator[AsyncConnection[tuple[Any, ...]]]:
    """
    One connection that works through a transaction-mode pooler: autocommit, nothing prepared.

    Raises `DatabaseError` that names the address, and never the password.
    """
    address = describe(dsn)
    try:
        conn = await AsyncConnection.connect(
            dsn,
            autocommit=True,
            prepare_threshold=None,
            connect_timeout=int(
                conninfo_to_dict(dsn).get("connect_timeout") or CONNECT_SECONDS_MAX
            ),
        )
    except psycopg.OperationalError as error:
        raise unreachable(error, address) from error
    async with conn:
        yield conn


def describe(dsn: str) -> str:
    """Say where an address leads without its password; `DatabaseError` if it is none."""
    try:
        parts = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        # Without its cause: libpq quotes what it could not read, the password with it.
        raise DatabaseError(
            "DATABASE_URL is not the address of a PostgreSQL database",
            hint="It looks like postgresql://user:password@host:5432/database"
            " (special characters in the password as %40 and the like).",
        ) from None
    host = parts.get("host") or parts.get("hostaddr") or "the local socket"
    return f"{parts.get('dbname') or 'the default database'} at {host}:{parts.get('port') or 5432}"


def unreachable(error: psycopg.OperationalError, address: str) -> DatabaseError:
    """Tell why there is no connection, in the words of whoever refused it."""
    reason = " ".join(str(error).split())
    refused_us = error.pgconn is not None and error.pgconn.used_password
    return DatabaseError(
        f"cannot connect to {address}: {reason}",
        hint="Check user and password in DATABASE_URL."
        if refused_us
        else "Check that the server runs, and host, port and database in DATABASE_URL;"
        " or unset it to use the database that comes with Linernotes.",
    )


def migrations() -> list[Migration]:
    """All that ship with this version, in order."""
    folder = resources.files(__package__) / "migrations"
    found = [
        Migration(match[1], match[2], file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if (match := _FILENAME.fullmatch(file.name))
    ]
    return sorted(found, key=lambda migration: migration.version)


async def _prepare(conn: AsyncConnection[Any]) -> None:
    """
    Make the history and PGMQ where they are missing.

    A transaction before that of the first migration: where somebody else must grant us rights on
    what the extension brought, it has to be there.
    """
    async with conn.transaction():
        await _lock(conn)
        await _check_rights(conn)
        state = await _state(conn)
        _check_not_newer(state)
        await _ensure_history(conn)
        await _record_marked(conn, state)
        if _pending(state):
            await pgmq.ensure(conn)


async def _apply_next(conn: AsyncConnection[Any]) -> Migration | None:
    """In one transaction: apply the next migration, or settle the rights when there is none."""
    async with conn.transaction():
        await _lock(conn)
        await _check_rights(conn)
        for migration in _pending(await _state(conn)):
            await _apply(conn, migration)
            return migration
        await conn.execute(_SQL["apply_grants"])
    return None


async def _lock(conn: AsyncConnection[Any]) -> None:
    """Wait for our turn; the lock is given back with the transaction."""
    await conn.execute(_SQL["patience"])
    try:
        await conn.execute(_SQL["lock"])
    except errors.LockNotAvailable as error:
        raise DatabaseError(
            f"another linernotes migrate has been at work on {conn.info.dbname} for over a minute",
            hint="Wait until it is done, then: linernotes migrate",
        ) from error


async def _state(conn: AsyncConnection[Any]) -> State:
    tables = await _tables(conn)
    async with conn.cursor(row_factory=scalar_row) as cursor:

        async def versions(schema: str, statement: str) -> frozenset[str]:
            if schema not in tables:
                return frozenset()
            await cursor.execute(_SQL[statement])
            return frozenset(await cursor.fetchall())

        return State(
            recorded=await versions("supabase_migrations", "recorded"),
            marked=await versions("linernotes", "marked"),
        )


async def _tables(conn: AsyncConnection[Any]) -> dict[str, set[str]]:
    """The columns of the history and of our marks, by schema; without those not there yet."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_SQL["tables"])
        return {schema: set(columns) for schema, columns in await cursor.fetchall()}


def _pending(state: State) -> list[Migration]:
    # Marked but not recorded: restored from a dump of our schemas without the history.
    done = state.recorded | state.marked
    return [migration for migration in migrations() if migration.version not in done]


async def _ensure_history(conn: AsyncConnection[Any]) -> None:
    columns = (await _tables(conn)).get("supabase_migrations", set())
    # Even `if not exists` asks for rights that we may not have, and need not have.
    if not columns >= {"version", "name", "statements"}:
        await conn.execute(_SQL["make_history"])


async def _record_marked(conn: AsyncConnection[Any], state: State) -> None:
    for migration in migrations():
        if migration.version in state.marked - state.recorded:
            await _record(conn, migration)


async def _apply(conn: AsyncConnection[Any], migration: Migration) -> None:
    try:
        await conn.execute(migration.text)
    except (errors.DuplicateTable, errors.DuplicateSchema, errors.DuplicateFunction) as error:
        raise DatabaseError(
            f"{migration.version}_{migration.name} cannot make what somebody else has made:"
            f" {error.diag.message_primary}",
            hint="Rename it or use another database, then: linernotes migrate",
        ) from error
    await conn.execute(_SQL["mark"], {"version": migration.version})
    await _record(conn, migration)


async def _record(conn: AsyncConnection[Any], migration: Migration) -> None:
    # The CLI cuts the file into statements; to it, and to the server, one of all is as good.
    await conn.execute(
        _SQL["record"],
        {
            "version": migration.version,
            "name": migration.name,
            "statements": [migration.text],
        },
    )


def _check_server(conn: AsyncConnection[Any]) -> None:
    major = conn.info.server_version // 10000
    if major < SERVER_MAJOR_MIN:
        raise DatabaseError(
            f"the server of {conn.info.dbname} is PostgreSQL {major};"
            f" Linernotes needs {SERVER_MAJOR_MIN} or newer",
            hint="Upgrade it, or unset DATABASE_URL to use the database that comes with"
            " Linernotes.",
        )


def _check_not_newer(state: State) -> None:
    if unknown := sorted(state.marked - {migration.version for migration in migrations()}):
        raise DatabaseError(
            "the database was made by a newer version of Linernotes:"
            f" it has the migration {unknown[-1]}, which this version does not know",
            hint="pip install --upgrade linernotes",
        )


async def _check_rights(conn: AsyncConnection[Any]) -> None:
    async with conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(_SQL["missing_grants"])
        missing = await cursor.fetchall()
    if missing:
        raise DatabaseError(
            f"the role {conn.info.user} may not migrate the database {conn.info.dbname}",
            hint="As its owner or a superuser: " + " ".join(f"{grant};" for grant in missing),
        )


@contextmanager
def _explained(conn: AsyncConnection[Any]) -> Iterator[None]:
    """Turn what the server says into what a person can do about it."""
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"the role {conn.info.user} lacks a right on {conn.info.dbname}:"
            f" {error.diag.message_primary}",
            hint="Connect as the role that made the database, or as a superuser;"
            " linernotes migrate says which grants are missing.",
        ) from error
    except errors.ReadOnlySqlTransaction as error:
        raise DatabaseError(
            f"the database {conn.info.dbname} is read-only: {error.diag.message_primary}",
            hint="Connect to the primary server.",
        ) from error
    except errors.LockNotAvailable as error:
        raise DatabaseError(
            f"a migration of {conn.info.dbname} waited a minute for a table that is in use",
            hint="Stop the workers, then: linernotes migrate",
        ) from error
    except errors.DiskFull as error:
        raise disk_full(error) from error
    except psycopg.OperationalError as error:
        raise DatabaseError(
            f"the connection to {conn.info.dbname} was lost: {' '.join(str(error).split())}",
            hint="Check that the server runs, then: linernotes migrate",
        ) from error
