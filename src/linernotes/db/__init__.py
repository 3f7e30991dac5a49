"""The database: a pool of connections that works through a transaction-mode pooler too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

POOL_MAX = 12
WAIT_SECONDS = 10.0


@asynccontextmanager
async def open_pool(
    dsn: str, *, max_size: int = POOL_MAX
) -> AsyncIterator[AsyncConnectionPool[Any]]:
    """
    Connections in autocommit mode; transactions are opened where they are meant.

    Statements are never prepared by name: behind a transaction-mode pooler the next one may
    meet another server connection.
    """
    async with AsyncConnectionPool[Any](
        dsn,
        min_size=1,
        max_size=max_size,
        timeout=WAIT_SECONDS,
        kwargs={"autocommit": True, "prepare_threshold": None},
        connection_class=AsyncConnection,
        open=False,
    ) as pool:
        yield pool
