"""
Measure psycopg against asyncpg for the engine's commit, and print the table of decision 0002.

Run it as `.venv/bin/python scripts/bench_driver.py`. Without `--dsn` it starts a server of its own
and removes it afterwards. With `--dsn`, name a database you can lose: it drops and creates schemas.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import msgspec
import psycopg
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import Jsonb

from linernotes.db import embedded

PER_MESSAGE = 50
UNITS = {1: 30, 10: 8, 50: 3}  # commits per connection and round, by messages in a commit
ONE_WAY_SECONDS = 0.010

SCHEMA = """
drop schema if exists bench cascade;
create schema bench;
create table bench.track (
    id text primary key, album_id text not null, title text not null, isrc text
);
create table bench.question (
    id bigint generated always as identity primary key,
    queue text not null, key text not null, body jsonb not null,
    done boolean not null default false,
    unique (queue, key)
);
create table bench.edge (
    parent text not null, child text not null, primary key (parent, child)
);
create table bench.queue_metrics (
    queue text not null, at timestamptz not null default now(),
    messages int not null, facts int not null
);
select pgmq.create('bench_album'), pgmq.create('bench_track');
"""

ARCHIVE = "select a from pgmq.archive($1::text, $2::bigint[]) as a"

# What follows the fence. Each is (statement, names of the group's fields, in the order of $1, $2…).
STATEMENTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        """
        insert into bench.track as t (id, album_id, title, isrc)
        select id, album_id, title, isrc
        from jsonb_to_recordset($1::jsonb) as f(id text, album_id text, title text, isrc text)
        order by id
        on conflict (id) do update
        set album_id = excluded.album_id, title = excluded.title, isrc = excluded.isrc
        where (t.album_id, t.title, t.isrc)
            is distinct from (excluded.album_id, excluded.title, excluded.isrc)
        """,
        ("facts",),
    ),
    (
        """
        with fresh as (
            insert into bench.question (queue, key, body)
            select $1::text, q.key, q.body
            from jsonb_to_recordset($2::jsonb) as q(key text, body jsonb)
            order by q.key
            on conflict do nothing
            returning id, body
        ), bodies as (
            select array_agg(body order by id) as bodies from fresh having count(*) > 0
        )
        select s from bodies, pgmq.send_batch($1::text, bodies.bodies, 0) as s
        """,
        ("next_queue", "questions"),
    ),
    (
        """
        insert into bench.edge (parent, child)
        select parent, child from jsonb_to_recordset($1::jsonb) as e(parent text, child text)
        order by parent, child
        on conflict do nothing
        """,
        ("edges",),
    ),
    (
        """
        update bench.question set done = true where queue = $1::text and key = any($2::text[])
        """,
        ("queue", "keys"),
    ),
    (
        """
        insert into bench.queue_metrics (queue, messages, facts)
        values ($1::text, $2::int, $3::int)
        """,
        ("queue", "messages", "count"),
    ),
)


@dataclass(frozen=True)
class Group:
    """One commit: `messages` claims of one queue, and the JSON their stages returned."""

    ids: list[int]
    keys: list[str]
    facts: str
    questions: str
    edges: str
    messages: int
    count: int
    queue: str = "bench_album"
    next_queue: str = "bench_track"

    def values(self, names: tuple[str, ...]) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in names)


Commit = Callable[[Any, Group], Awaitable[None]]


async def commit_psycopg(conn: AsyncConnection, group: Group) -> None:
    async with conn.transaction():
        await fence_psycopg(conn, group)
        for statement, names in STATEMENTS:
            await conn.execute(statement, group.values(names))


async def commit_pipeline_outside(conn: AsyncConnection, group: Group) -> None:
    async with conn.pipeline():
        await commit_psycopg(conn, group)


async def commit_pipeline_inside(conn: AsyncConnection, group: Group) -> None:
    async with conn.transaction(), conn.pipeline():
        await fence_psycopg(conn, group)
        for statement, names in STATEMENTS:
            await conn.execute(statement, group.values(names))


async def commit_pipeline_whole(conn: AsyncConnection, group: Group) -> None:
    """
    Begin and commit are statements of the pipeline, so nobody waits for them alone.

    psycopg does not know of this transaction: if the block raises, we roll back.
    """
    try:
        async with conn.pipeline():
            await conn.execute("begin")
            await fence_psycopg(conn, group)
            for statement, names in STATEMENTS:
                await conn.execute(statement, group.values(names))
            await conn.execute("commit")
    except BaseException:
        await conn.rollback()
        raise


async def commit_binary(conn: AsyncConnection, group: Group) -> None:
    """The same text on the wire; `%(p1)b` is how psycopg spells a binary `$1`."""
    async with conn.transaction():
        cursor = conn.cursor(binary=True)
        await cursor.execute(binary(ARCHIVE), {"p1": group.queue, "p2": group.ids})
        assert len(await cursor.fetchall()) == group.messages
        for statement, names in STATEMENTS:
            values = {
                f"p{i}": Jsonb(value, dumps=str) if value_is_json(name) else value
                for i, (name, value) in enumerate(zip(names, group.values(names), strict=True), 1)
            }
            await cursor.execute(binary(statement), values)


async def commit_asyncpg(conn: asyncpg.Connection, group: Group) -> None:
    async with conn.transaction():
        won = await conn.fetch(ARCHIVE, group.queue, group.ids)
        assert len(won) == group.messages
        for statement, names in STATEMENTS:
            await conn.fetch(statement, *group.values(names))


async def fence_psycopg(conn: AsyncConnection, group: Group) -> None:
    cursor = await conn.execute(ARCHIVE, (group.queue, group.ids))
    assert len(await cursor.fetchall()) == group.messages


def binary(statement: str) -> str:
    return re.sub(r"\$(\d)", r"%(p\1)b", statement)


def value_is_json(name: str) -> bool:
    return name in ("facts", "questions", "edges")


@dataclass(frozen=True)
class Variant:
    name: str
    commit: Commit
    connect: Callable[[str], Awaitable[Any]]


async def connect_raw(dsn: str) -> AsyncConnection:
    return await AsyncConnection.connect(
        dsn, autocommit=True, prepare_threshold=None, cursor_factory=AsyncRawCursor
    )


async def connect_plain(dsn: str) -> AsyncConnection:
    return await AsyncConnection.connect(dsn, autocommit=True, prepare_threshold=None)


async def connect_asyncpg(dsn: str) -> asyncpg.Connection:
    return await asyncpg.connect(dsn)


async def connect_asyncpg_uncached(dsn: str) -> asyncpg.Connection:
    return await asyncpg.connect(dsn, statement_cache_size=0)


VARIANTS = (
    Variant("psycopg", commit_psycopg, connect_raw),
    Variant("psycopg, transaction in a pipeline", commit_pipeline_outside, connect_raw),
    Variant("psycopg, pipeline in a transaction", commit_pipeline_inside, connect_raw),
    Variant("psycopg, begin to commit in a pipeline", commit_pipeline_whole, connect_raw),
    Variant("psycopg, binary", commit_binary, connect_plain),
    Variant("asyncpg, no cache", commit_asyncpg, connect_asyncpg_uncached),
    Variant("asyncpg, prepared (not allowed)", commit_asyncpg, connect_asyncpg),
)


async def make_group(admin: AsyncConnection, messages: int, serial: Iterator[int]) -> Group:
    """Queue the messages, claim them, and invent outcomes. One fact in five was known before."""
    keys = [f"a{next(serial)}" for _ in range(messages)]
    bodies = [Jsonb({"source": "spotify", "album_id": key}) for key in keys]
    # A group archives what it claimed, so the messages and their questions exist before it.
    cursor = await admin.execute(
        """
        with asked as (
            insert into bench.question (queue, key, body)
            select 'bench_album', k, b from unnest(%s::text[], %s::jsonb[]) as u(k, b)
        )
        select s from pgmq.send_batch('bench_album', %s::jsonb[], 0) as s
        """,
        (keys, bodies, bodies),
    )
    ids = [int(row[0]) for row in await cursor.fetchall()]
    children = [
        (key, f"known{n}-{key[-2:]}" if n % 5 == 0 else f"{key}-{n}")
        for key in keys
        for n in range(PER_MESSAGE)
    ]
    facts = {
        child: {"id": child, "album_id": "b", "title": f"Coda of {child}", "isrc": "GBAAA9900001"}
        for _, child in children
    }
    questions = [
        {"key": c, "body": {"source": "discogs", "track_id": c, "title": f"Coda of {c}"}}
        for _, c in children
    ]
    return Group(
        ids=ids,
        keys=keys,
        facts=encode(list(facts.values())),
        questions=encode(questions),
        edges=encode([{"parent": parent, "child": child} for parent, child in children]),
        messages=messages,
        count=len(facts),
    )


def encode(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()


@dataclass(frozen=True)
class Round:
    units_per_second: float
    latencies: list[float]  # seconds per commit


async def run_round(variant: Variant, conns: list[Any], groups: list[list[Group]]) -> Round:
    """Every connection commits its own groups, one after the other; connections run together."""
    latencies: list[float] = []

    async def run(conn: Any, mine: list[Group]) -> None:
        for group in mine:
            start = time.perf_counter()
            await variant.commit(conn, group)
            latencies.append(time.perf_counter() - start)

    start = time.perf_counter()
    await asyncio.gather(*(run(c, g) for c, g in zip(conns, groups, strict=True)))
    return Round(len(latencies) / (time.perf_counter() - start), latencies)


async def compare(
    dsn: str, admin: AsyncConnection, *, messages: int, connections: int, rounds: int
) -> None:
    """Interleave the variants, so that noise of the machine falls on all of them."""
    await admin.execute(SCHEMA)
    serial = iter(range(10**9))
    results: dict[str, list[Round]] = {v.name: [] for v in VARIANTS}
    async with AsyncExitStack() as stack:
        conns = {
            v.name: [await open_connection(stack, v, dsn) for _ in range(connections)]
            for v in VARIANTS
        }
        for n in range(rounds + 1):
            # Rotated, so that none of them always follows the same other.
            for v in VARIANTS[n % len(VARIANTS) :] + VARIANTS[: n % len(VARIANTS)]:
                groups = [
                    [await make_group(admin, messages, serial) for _ in range(UNITS[messages])]
                    for _ in range(connections)
                ]
                result = await run_round(v, conns[v.name], groups)
                if n > 0:  # the first round warms up
                    results[v.name].append(result)
    report(results, messages=messages, connections=connections)


async def open_connection(stack: AsyncExitStack, variant: Variant, dsn: str) -> Any:
    conn = await variant.connect(dsn)
    stack.push_async_callback(conn.close)
    return conn


def report(results: dict[str, list[Round]], *, messages: int, connections: int) -> None:
    """Ratios are medians of the ratios to psycopg within a round, above 1 is faster."""
    base = [r.units_per_second for r in results[VARIANTS[0].name]]
    for name, rounds in results.items():
        rates = [r.units_per_second for r in rounds]
        ratio = statistics.median(rate / b for rate, b in zip(rates, base, strict=True))
        latency = statistics.median(s for r in rounds for s in r.latencies) * 1000
        print(
            f"| {messages} | {connections} | {name} | {statistics.median(rates):.0f} "
            f"| {latency:.2f} | {ratio:.2f} |",
            flush=True,
        )


async def compare_at_a_distance(dsn: str, admin: AsyncConnection) -> None:
    """Count round trips: what a slow relay adds to a commit, in multiples of its delay."""
    await admin.execute(SCHEMA)
    serial = iter(range(10**9))
    print("\n| variant | ms per commit, 20 ms away | round trips |\n|---|---|---|")
    async with relay(dsn) as far:
        for v in VARIANTS:
            there = await median_commit(v, far, admin, serial)
            here = await median_commit(v, dsn, admin, serial)
            # Rounded down, because the relay adds work of its own and never saves any.
            trips = int((there - here) / (2 * ONE_WAY_SECONDS))
            print(f"| {v.name} | {there * 1000:.0f} | {trips} |", flush=True)


async def median_commit(
    variant: Variant, dsn: str, admin: AsyncConnection, serial: Iterator[int]
) -> float:
    """Seconds for ten messages on one connection, without the first commit."""
    async with AsyncExitStack() as stack:
        conn = await open_connection(stack, variant, dsn)
        groups = [await make_group(admin, 10, serial) for _ in range(12)]
        return statistics.median((await run_round(variant, [conn], [groups])).latencies[1:])


@asynccontextmanager
async def relay(dsn: str) -> AsyncIterator[str]:
    """The same server, 10 ms further away in each direction."""
    info = conninfo_to_dict(dsn)
    host, port = str(info.get("host", "localhost")), int(info.get("port") or 5432)
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 20):
            asyncio.get_running_loop().call_later(ONE_WAY_SECONDS, writer.write, data)
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if host.startswith("/"):
            server = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            server = await asyncio.open_connection(host, port)
        tasks.add(asyncio.create_task(pump(reader, server[1])))
        tasks.add(asyncio.create_task(pump(server[0], writer)))

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    far = listener.sockets[0].getsockname()
    password = f":{info['password']}" if info.get("password") else ""
    try:
        yield (
            f"postgresql://{info['user']}{password}@{far[0]}:{far[1]}/{info['dbname']}"
            "?sslmode=disable"
        )
    finally:
        listener.close()
        for task in tasks:
            task.cancel()


async def bench(dsn: str, rounds: int) -> None:
    async with await connect_plain(dsn) as admin:
        await load_pgmq(admin)
        print("| messages | connections | variant | commits/s | median ms | ratio |")
        print("|---|---|---|---|---|---|")
        for messages in UNITS:
            for connections in (1, 4):
                await compare(dsn, admin, messages=messages, connections=connections, rounds=rounds)
        await compare_at_a_distance(dsn, admin)
        await admin.execute("select pgmq.drop_queue('bench_album'), pgmq.drop_queue('bench_track')")
        await admin.execute("drop schema bench cascade")


async def load_pgmq(admin: AsyncConnection) -> None:
    cursor = await admin.execute("select 1 from pg_namespace where nspname = 'pgmq'")
    if await cursor.fetchone() is None:
        await admin.execute((files("pgmq") / "sql" / "pgmq.sql").read_bytes())


@contextmanager
def throwaway_server() -> Iterator[str]:
    """
    Start the embedded server in a directory of its own, and remove it afterwards.

    Not `embedded.scratch_server`: that one does not wait for the disk, and a commit does.
    """
    directory = Path(tempfile.mkdtemp(prefix="bench-driver-", dir="/tmp"))
    directory.chmod(0o711)  # as root, the server runs as another account and must get in
    try:
        with embedded.server(directory, grace_seconds=0.0) as dsn:
            yield dsn
    finally:
        embedded.stop(directory)
        shutil.rmtree(directory)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dsn", help="a database to measure on instead, as a URL")
    parser.add_argument("--rounds", type=int, default=9, help="rounds to take medians of")
    arguments = parser.parse_args()
    print(f"psycopg {psycopg.__version__}, asyncpg {asyncpg.__version__}\n")
    with contextlib.ExitStack() as stack:
        dsn = arguments.dsn or stack.enter_context(throwaway_server())
        asyncio.run(bench(dsn, arguments.rounds))


if __name__ == "__main__":
    main()
