"""Put PGMQ into a database that lacks it: the server's extension, or else the package's SQL."""

from __future__ import annotations

from importlib import resources
from typing import Any, LiteralString

from psycopg import AsyncConnection, errors
from psycopg.rows import scalar_row

from linernotes.db import sql
from linernotes.errors import DatabaseError

_SQL = sql.load("pgmq.sql")


async def ensure(conn: AsyncConnection[Any]) -> None:
    """
    Install PGMQ unless it is there. The caller owns the transaction, and may take it back.

    Where the server offers the extension, only that will do: one made of loose objects could
    never become it. Raises `DatabaseError` when this role may not create it.
    """
    async with conn.cursor(row_factory=scalar_row) as cursor:
        if await _yes(cursor, "installed"):
            return
        if not await _yes(cursor, "offered"):
            await cursor.execute(packaged())
            return
        try:
            await cursor.execute(_SQL["create_extension"])
        except errors.InsufficientPrivilege as error:
            raise DatabaseError(
                f"the role {conn.info.user} may not create the extension pgmq",
                hint="As a role that may, such as postgres: create extension pgmq;"
                " then run linernotes migrate again, which says what else is missing.",
            ) from error


def packaged() -> LiteralString:
    """The SQL of PGMQ as the package `pgmq` ships it; wants no more than an empty place."""
    # A file of an installed package: nobody else can write to it.
    return (resources.files("pgmq") / "sql" / "pgmq.sql").read_text(encoding="utf-8")


async def _yes(cursor: Any, name: str) -> bool:
    await cursor.execute(_SQL[name])
    return bool(await cursor.fetchone())
