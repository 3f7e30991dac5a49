"""
A real database for every test that asks for one: a copy of a migrated template.

`dsn` is the address of a fresh database, `conn` a connection to it, `pooled_dsn` the way to it
through a pooler. `recorded` is where the answers recorded from the real services lie.
"""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.db import servers
from tests.db.servers import database

from linernotes.db import embedded
from linernotes.db.migrate import migrate

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = "linernotes_template"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The superuser's address of the embedded server; nobody else uses this server."""
    with embedded.scratch_server() as dsn:
        yield make_conninfo(dsn, dbname="postgres")


@pytest.fixture(scope="session")
def debian_server() -> Iterator[str]:
    """The superuser's address of Debian's PostgreSQL 15, the oldest that we support."""
    programs = servers.debian_programs(15)
    if programs is None:
        pytest.skip("PostgreSQL 15 is not installed: apt-get install postgresql-15")
    with servers.postgres(programs) as dsn:
        yield dsn


@pytest.fixture(scope="session", params=["embedded", "debian"])
def each_server(request: pytest.FixtureRequest) -> str:
    """One test for each: the embedded PostgreSQL 18 and Debian's 15."""
    name = {"embedded": "server", "debian": "debian_server"}[request.param]
    return str(request.getfixturevalue(name))


@functools.cache
def make_template(server: str) -> str:
    """Make a migrated database that nobody may connect to, so that it can be copied; its name."""
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"create database {TEMPLATE}")
        asyncio.run(migrate(make_conninfo(server, dbname=TEMPLATE)))
        admin.execute(f"alter database {TEMPLATE} with allow_connections false")
    return TEMPLATE


@pytest.fixture(scope="session")
def template(server: str) -> str:
    return make_template(server)


@pytest.fixture(scope="session")
def each_template(each_server: str) -> str:
    return make_template(each_server)


@pytest.fixture
def each_dsn(each_server: str, each_template: str) -> Iterator[str]:
    """The address of a fresh, migrated database on each server."""
    with database(each_server, template=each_template) as address:
        yield address


@pytest.fixture
def each_empty_dsn(each_server: str) -> Iterator[str]:
    """The address of a fresh database with nothing in it, on each server."""
    with database(each_server) as address:
        yield address


@pytest.fixture
def dsn(server: str, template: str) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    with database(server, template=template) as address:
        yield address


@pytest.fixture
def empty_dsn(server: str) -> Iterator[str]:
    """The address of a fresh database with nothing in it."""
    with database(server) as address:
        yield address


@pytest.fixture
async def conn(dsn: str) -> AsyncIterator[AsyncConnection[Any]]:
    """A connection to the fresh database, as the engine opens them."""
    async with await connect(dsn) as connection:
        yield connection


async def connect(dsn: str) -> AsyncConnection[Any]:
    return await AsyncConnection.connect(dsn, autocommit=True, prepare_threshold=None)


@pytest.fixture(scope="session")
def pooler(server: str) -> Iterator[str]:
    if servers.pgbouncer_program() is None:
        pytest.skip("pgbouncer is not installed: apt-get install pgbouncer")
    with servers.pgbouncer(server) as address:
        yield address


@pytest.fixture
def pooled_dsn(dsn: str, pooler: str) -> str:
    """The fresh database through pgbouncer in transaction mode, as on Supabase's port 6543."""
    return make_conninfo(pooler, dbname=conninfo_to_dict(dsn)["dbname"])


@pytest.fixture
def recorded() -> Path:
    """Where recorded answers lie: outside of the repository, because they are not ours."""
    path = Path(os.environ.get("LINERNOTES_RECORDED") or ROOT.parent / "shared" / "recorded")
    if not path.is_dir():
        pytest.skip(f"no recorded answers at {path}: set LINERNOTES_RECORDED")
    return path
