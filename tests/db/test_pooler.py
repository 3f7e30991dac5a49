"""Everything works through a pooler in transaction mode, as on Supabase's port 6543."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import Jsonb

from linernotes.db.migrate import check, connect, migrate, migrations
from linernotes.db.sql import load

QUEUE = load("queue.sql")


async def test_migrate_works_through_a_pooler(empty_dsn: str, pooler: str) -> None:
    through = make_conninfo(pooler, dbname=conninfo_to_dict(empty_dsn)["dbname"])

    applied = await migrate(through)

    assert applied == [migration.version for migration in migrations()]
    async with connect(through) as conn:
        await check(conn)


async def test_the_pooler_would_catch_a_statement_prepared_by_name(pooled_dsn: str) -> None:
    """Or else the tests in this file would prove nothing."""

    async def prepare() -> None:
        async with await psycopg.AsyncConnection.connect(pooled_dsn, autocommit=True) as conn:
            for _ in range(5):
                await conn.execute("select pg_sleep(0.01), %s::int", [1], prepare=True)

    with pytest.raises((errors.InvalidSqlStatementName, errors.DuplicatePreparedStatement)):
        await asyncio.gather(*(prepare() for _ in range(4)))


async def test_claims_and_commits_work_through_a_pooler(pooled_dsn: str) -> None:
    """Several at once, on fewer connections than there are clients: nothing may stick to one."""

    async def one_lane(number: int) -> int:
        async with connect(pooled_dsn) as conn:
            for _ in range(5):
                await conn.execute(
                    "select pgmq.send('album_discovery'::text, %s::jsonb, 0::int)",
                    [Jsonb({"lane": number})],
                )
            finished = 0
            while True:
                cursor = await conn.execute(
                    QUEUE["claim"], {"queue": "album_discovery", "lease": 60, "count": 2}
                )
                if not (claims := await cursor.fetchall()):
                    return finished
                ids = [claim[0] for claim in claims]
                async with conn.transaction():
                    await conn.execute(
                        QUEUE["hold"],
                        {"queue": "album_discovery", "ids": ids, "reads": [c[1] for c in claims]},
                    )
                    cursor = await conn.execute(
                        QUEUE["archive"], {"queue": "album_discovery", "ids": ids}
                    )
                    finished += len(await cursor.fetchall())

    assert sum(await asyncio.gather(*(one_lane(number) for number in range(8)))) == 40
