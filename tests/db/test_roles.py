"""Who may do what: Supabase's roles, and a role that owns its database without being superuser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo
from tests.db import servers

from linernotes.db import pgmq
from linernotes.db.migrate import check, connect, migrate, migrations
from linernotes.errors import DatabaseError

API_ROLES = ("anon", "authenticated", "service_role")
OWNER = "owner"

# What Supabase sets up in a new project, for its role `postgres` that migrates: ours is `owner`.
SUPABASE_DEFAULTS = f"""
grant usage on schema public to anon, authenticated, service_role;
alter default privileges for role {OWNER} in schema public
    grant all on tables to anon, authenticated, service_role;
alter default privileges for role {OWNER} in schema public
    grant all on sequences to anon, authenticated, service_role;
alter default privileges for role {OWNER} in schema public
    grant all on functions to anon, authenticated, service_role;
"""

EVERY_RIGHT = """
select c.relnamespace::regnamespace || '.' || c.relname || ': ' || kind as found
from pg_class as c
cross join unnest(array[
    'select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'
]) as kind
where c.relnamespace in ('public'::regnamespace, 'linernotes'::regnamespace, 'pgmq'::regnamespace)
    and c.relkind in ('r', 'p', 'v', 'm')
    and has_table_privilege(%(role)s, c.oid, kind)
union all
select s.relnamespace::regnamespace || '.' || s.relname || ': ' || kind
from pg_class as s
cross join unnest(array['usage', 'select', 'update']) as kind
where s.relnamespace in ('public'::regnamespace, 'linernotes'::regnamespace, 'pgmq'::regnamespace)
    and s.relkind = 'S'
    and has_sequence_privilege(%(role)s, s.oid, kind)
union all
select p.pronamespace::regnamespace || '.' || p.proname || ': execute'
from pg_proc as p
where p.pronamespace in ('public'::regnamespace, 'linernotes'::regnamespace)
    and has_function_privilege(%(role)s, p.oid, 'execute')
union all
select n.nspname || ': ' || kind
from pg_namespace as n
cross join unnest(array['usage', 'create']) as kind
where n.nspname in ('linernotes', 'pgmq', 'supabase_migrations')
    and has_schema_privilege(%(role)s, n.oid, kind)
order by 1
"""


class Place(NamedTuple):
    """A database of the role `owner`: its address as the superuser and as the owner."""

    admin: str
    owner: str


@pytest.fixture
def place(each_server: str) -> Iterator[Place]:
    """Roles belong to the whole server, so they go when the test is over."""
    with psycopg.connect(each_server, autocommit=True) as admin:
        admin.execute(f"create role {OWNER} login")
    try:
        with servers.database(each_server, owner=OWNER) as dsn:
            yield Place(admin=dsn, owner=make_conninfo(dsn, user=OWNER))
    finally:
        with psycopg.connect(each_server, autocommit=True) as admin:
            for role in (OWNER, *API_ROLES, "stranger"):
                admin.execute(f"drop role if exists {role}")


def run(dsn: str, statements: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(statements.encode())


def make_api_roles(dsn: str) -> None:
    run(
        dsn,
        "create role anon; create role authenticated; create role service_role bypassrls;",
    )


def rights(dsn: str, role: str) -> set[str]:
    with psycopg.connect(dsn, autocommit=True) as conn:
        return {str(found) for (found,) in conn.execute(EVERY_RIGHT, {"role": role})}


@pytest.fixture(params=["roles first", "roles later"])
async def supabase(request: pytest.FixtureRequest, place: Place) -> Place:
    """A migrated database with Supabase's roles, from before us or from after."""
    if request.param == "roles first":
        make_api_roles(place.admin)
        run(place.admin, SUPABASE_DEFAULTS)
        await migrate(place.owner)
    else:
        await migrate(place.owner)
        make_api_roles(place.admin)
        run(place.admin, SUPABASE_DEFAULTS)
        assert await migrate(place.owner) == []
    return place


def as_role(dsn: str, role: str, statement: str) -> list[Any]:
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(f"set role {role}")
        return conn.execute(statement.encode()).fetchall()


async def test_an_owner_who_is_no_superuser_can_migrate(place: Place) -> None:
    assert await migrate(place.owner) == [migration.version for migration in migrations()]

    async with connect(place.owner) as conn:
        await check(conn)
        row = await (
            await conn.execute("select public.pgmq_send('album_discovery', '{}')")
        ).fetchone()
    assert row == (1,)


@pytest.mark.parametrize("role", ["anon", "authenticated"])
async def test_the_public_roles_may_do_nothing(supabase: Place, role: str) -> None:
    assert rights(supabase.admin, role) == set()


@pytest.mark.parametrize("role", ["anon", "authenticated"])
async def test_the_public_roles_are_refused(supabase: Place, role: str) -> None:
    statements = [
        "select public.pgmq_send('artist_discovery', '{}')",
        "select * from public.pgmq_read('artist_discovery', 1, 1)",
        "select public.pgmq_archive('artist_discovery', 1)",
        "select * from public.queue_metrics",
        "select * from public.queue_stats",
        "select * from public.dead_letter_details",
        "select * from linernotes.profile",
        "select linernotes.apply_grants()",
        "select nextval('public.pgmq_dead_letter_items_id_seq')",
        "select * from pgmq.q_artist_discovery",
    ]
    for statement in statements:
        with pytest.raises(errors.InsufficientPrivilege):
            as_role(supabase.admin, role, statement)


async def test_the_service_role_can_send_read_and_archive(supabase: Place) -> None:
    sent = as_role(
        supabase.admin,
        "service_role",
        "select public.pgmq_send(queue_name => 'artist_discovery', msg => '{\"a\": 1}')",
    )
    read = as_role(
        supabase.admin,
        "service_role",
        "select * from public.pgmq_read(queue_name => 'artist_discovery', vt => 30, qty => 1)",
    )
    archived = as_role(
        supabase.admin,
        "service_role",
        "select public.pgmq_archive(queue_name => 'artist_discovery', msg_id => 1)",
    )

    assert (sent, [(m[0], m[4]) for m in read], archived) == ([(1,)], [(1, {"a": 1})], [(True,)])


async def test_the_service_role_can_keep_the_ledger_and_read_the_facts(supabase: Place) -> None:
    as_role(
        supabase.admin,
        "service_role",
        "insert into public.queue_metrics (queue_name, msg_id, status)"
        " values ('q', 1, 'error') returning id",
    )
    as_role(
        supabase.admin,
        "service_role",
        "insert into public.pgmq_dead_letter_items (queue_name, msg, fail_count)"
        " values ('q', '{}', 5) returning id",
    )
    run(supabase.owner, "insert into linernotes.store (kind) values ('sandbox')")

    def count(relation: str) -> list[Any]:
        return as_role(supabase.admin, "service_role", f"select count(*) from {relation}")

    assert [
        count(relation)
        for relation in ("public.queue_stats", "public.dead_letter_details", "linernotes.store")
    ] == [[(1,)], [(1,)], [(1,)]]


OUR_VIEWS = """
select 'linernotes.' || c.relname from pg_class as c
where c.relkind = 'v' and c.relnamespace = 'linernotes'::regnamespace
order by 1
"""


async def test_the_service_role_can_read_every_view_of_ours(supabase: Place) -> None:
    """With rows: a function in a view is called for each of them, by whoever reads it."""
    run(
        supabase.owner,
        """
        insert into linernotes.artist (id, source, name, url, retrieved_at)
        values ('a', 'spotify', 'Ann', 'u', now());
        insert into linernotes.album
            (id, source, title, album_type, total_tracks, url, artists, retrieved_at)
        values ('l', 'spotify', 'Long', 'album', 1, 'u', '[{"id": "a", "name": "Ann"}]', now());
        insert into linernotes.track
            (id, album_id, source, title, disc, number, length_ms, url, artists, artist_ids,
            title_key, version, hints, recording_id, retrieved_at)
        values ('t', 'l', 'spotify', 'Tune', 1, 1, 1000, 'u', '[{"id": "a", "name": "Ann"}]', '{a}',
            'k', '', '{}', 't', now() - interval '9 days');
        """,
    )
    with psycopg.connect(supabase.admin, autocommit=True) as conn:
        views = [str(view) for (view,) in conn.execute(OUR_VIEWS)]

    read = {
        view: len(as_role(supabase.admin, "service_role", f"select * from {view}"))
        for view in views
    }

    assert read == {
        "linernotes.named_album": 1,
        "linernotes.named_artist": 1,
        "linernotes.named_track": 1,
        "linernotes.same_recording": 0,
    }


async def test_the_service_role_cannot_write_facts(supabase: Place) -> None:
    found = {right for right in rights(supabase.admin, "service_role") if "linernotes" in right}

    assert {right.rpartition(": ")[2] for right in found} == {"select", "usage", "execute"}
    assert {right for right in found if right.endswith(": execute")} == {
        "linernotes.named: execute"
    }


async def test_settling_rights_twice_changes_nothing(supabase: Place) -> None:
    before = [rights(supabase.admin, role) for role in API_ROLES]

    await migrate(supabase.owner)

    assert [rights(supabase.admin, role) for role in API_ROLES] == before


# Rights that are missing ----------------------------------------------------------------------


@pytest.mark.parametrize("pgmq_is_there", [False, True], ids=["without pgmq", "with pgmq"])
async def test_it_says_which_grants_are_missing_and_they_are_enough(
    place: Place, pgmq_is_there: bool
) -> None:
    run(place.admin, "create role stranger login")
    if pgmq_is_there:
        run(place.admin, pgmq.packaged())
    stranger = make_conninfo(place.admin, user="stranger")

    with pytest.raises(DatabaseError, match="the role stranger may not migrate") as caught:
        await migrate(stranger)

    statements = re.findall(r"grant [^;]+;", caught.value.hint or "")
    expected = ["grant create on database", "grant usage, create on schema public"]
    if pgmq_is_there:
        expected += ["grant usage, create on schema pgmq", "grant select, insert on pgmq.meta"]
    assert [re.split(r" test_\d+| to ", one)[0] for one in statements] == expected
    run(place.admin, " ".join(statements))
    assert await migrate(stranger) == [migration.version for migration in migrations()]


async def test_a_role_that_does_not_own_our_schema_is_told_whose_it_is(place: Place) -> None:
    await migrate(place.owner)
    run(place.admin, "create role stranger login")

    with pytest.raises(DatabaseError) as caught:
        await migrate(make_conninfo(place.admin, user="stranger"))

    assert f"grant {OWNER} to stranger;" in (caught.value.hint or "")
    run(place.admin, f"grant {OWNER} to stranger")
    assert await migrate(make_conninfo(place.admin, user="stranger")) == []


async def test_a_worker_without_rights_is_told_so(place: Place) -> None:
    await migrate(place.owner)
    run(place.admin, "create role stranger login")

    with pytest.raises(DatabaseError, match="the role stranger lacks a right") as caught:
        async with connect(make_conninfo(place.admin, user="stranger")) as conn:
            await check(conn)

    assert "linernotes migrate" in (caught.value.hint or "")
