"""What the migrations make, and that every statement we run fits it, on each server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.db.servers import database

from linernotes import db
from linernotes.db import sql

PACKAGE = Path(db.__file__).parents[1]
OURS = ("public", "linernotes")
QUEUES = {
    "artist_discovery",
    "artist_discovery_musicbrainz",
    "album_discovery",
    "track_discovery",
    "track_discovery_musicbrainz",
    "producer_identification",
    "social_enrichment",
    "social_enrichment_wikidata",
}

# The calls that Supabase's PGMQ 1.4.4 and 1.5.1 have too. Nothing else may be called.
ALLOWED = {
    "create(text)",
    "send(text,jsonb,int)",
    "send_batch(text,jsonb[],int)",
    "read(text,int,int)",
    "archive(text,bigint)",
    "archive(text,bigint[])",
    "delete(text,bigint)",
    "delete(text,bigint[])",
    "set_vt(text,bigint,int)",
    "metrics(text)",
    "metrics_all()",
    "list_queues()",
}

Row = tuple[Any, ...]


def rows(dsn: str, statement: str, *values: object) -> list[Row]:
    with psycopg.connect(dsn, autocommit=True) as conn:
        return conn.execute(statement.encode(), values or None).fetchall()


# The seed's names -----------------------------------------------------------------------------


def test_the_queues_are_there(each_dsn: str) -> None:
    found = rows(each_dsn, "select queue_name from pgmq.list_queues()")

    assert {name for (name,) in found} == QUEUES


def test_the_seeds_functions_take_its_named_arguments(each_dsn: str) -> None:
    message = '{"artistName": "Drake"}'
    with psycopg.connect(each_dsn, autocommit=True) as conn:
        sent = conn.execute(
            "select public.pgmq_send(queue_name => 'artist_discovery', msg => %s::jsonb)", [message]
        ).fetchone()
        read = conn.execute(
            "select * from public.pgmq_read(queue_name => 'artist_discovery', vt => 30, qty => 5)"
        )
        columns = [column.name for column in read.description or ()]
        types = [column.type_display for column in read.description or ()]
        messages = read.fetchall()
        archived = [
            conn.execute(
                "select public.pgmq_archive(queue_name => 'artist_discovery', msg_id => 1)"
            ).fetchone()
            for _ in range(2)
        ]

    assert sent == (1,)
    assert columns == ["msg_id", "read_ct", "enqueued_at", "vt", "message"]
    assert types == ["int8", "int4", "timestamptz", "timestamptz", "jsonb"]
    assert [(m[0], m[1], m[4]) for m in messages] == [(1, 1, {"artistName": "Drake"})]
    assert archived == [(True,), (False,)]


def test_the_seeds_columns_and_views_mean_what_it_says(each_dsn: str) -> None:
    with psycopg.connect(each_dsn, autocommit=True) as conn:
        for status in ("success", "success", "error"):
            conn.execute(
                "insert into public.queue_metrics (queue_name, msg_id, status) values ('q', 1, %s)",
                [status],
            )
        conn.execute(
            "insert into public.pgmq_dead_letter_items (queue_name, msg, fail_count, details)"
            " values ('q', '{}', 5, '{\"error\": \"gone\"}')"
        )
        stats = conn.execute(
            "select queue_name, hour = date_trunc('hour', hour), messages_processed, error_count"
            " from public.queue_stats"
        ).fetchall()
        letters = conn.execute(
            "select queue_name, msg, failed_at <= now(), fail_count, details"
            " from public.dead_letter_details"
        ).fetchall()

    assert stats == [("q", True, 3, 1)]
    assert letters == [("q", {}, True, 5, {"error": "gone"})]


# Rules for all of it --------------------------------------------------------------------------


def test_every_table_has_row_level_security(each_dsn: str) -> None:
    found = rows(
        each_dsn,
        "select c.relname, c.relrowsecurity from pg_class as c"
        " where c.relnamespace::regnamespace::text = any(%s) and c.relkind in ('r', 'p')",
        list(OURS),
    )

    assert len(found) > 20
    assert [name for name, secured in found if not secured] == []


def test_every_view_asks_with_the_rights_of_who_asks(each_dsn: str) -> None:
    found = rows(
        each_dsn,
        "select c.relname, c.reloptions from pg_class as c"
        " where c.relnamespace::regnamespace::text = any(%s) and c.relkind in ('v', 'm')",
        list(OURS),
    )

    assert {"queue_stats", "dead_letter_details"} <= {name for name, _ in found}
    assert [name for name, options in found if options != ["security_invoker=true"]] == []


def test_every_function_has_an_empty_search_path_and_is_not_for_everybody(each_dsn: str) -> None:
    found = rows(
        each_dsn,
        "select p.oid::regprocedure::text, p.proconfig,"
        " exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a"
        "         where a.grantee = 0)"
        " from pg_proc as p where p.pronamespace::regnamespace::text = any(%s)",
        list(OURS),
    )

    assert len(found) >= 6
    assert [name for name, settings, _ in found if 'search_path=""' not in (settings or [])] == []
    assert [name for name, _, everybody in found if everybody] == []


def test_everything_has_a_comment(each_dsn: str) -> None:
    """For the reader of `\\d+`: schema, tables, views, types, their columns, and functions."""
    lacking = rows(
        each_dsn,
        "with ours as (select oid, nspname from pg_namespace where nspname = any(%s))"
        " select 'schema ' || nspname from ours"
        " where nspname <> 'public' and obj_description(oid, 'pg_namespace') is null"
        " union all"
        " select 'relation ' || c.oid::regclass from pg_class as c"
        " join ours on ours.oid = c.relnamespace"
        " where c.relkind in ('r', 'p', 'v', 'm') and obj_description(c.oid, 'pg_class') is null"
        " union all"
        " select 'column ' || c.oid::regclass || '.' || a.attname from pg_class as c"
        " join ours on ours.oid = c.relnamespace"
        " join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " where c.relkind in ('r', 'p', 'v', 'm', 'c')"
        " and col_description(c.oid, a.attnum) is null"
        " union all"
        " select 'type ' || c.oid::regclass from pg_class as c"
        " join ours on ours.oid = c.relnamespace"
        " where c.relkind = 'c' and obj_description(c.reltype, 'pg_type') is null"
        " union all"
        " select 'function ' || p.oid::regprocedure from pg_proc as p"
        " join ours on ours.oid = p.pronamespace where obj_description(p.oid, 'pg_proc') is null"
        " order by 1",
        list(OURS),
    )

    assert [name for (name,) in lacking] == []


def test_nothing_of_ours_is_elsewhere(each_dsn: str) -> None:
    """In `public` the names of the seed and what they own; in `pgmq` its own and our queues."""
    relations = rows(
        each_dsn,
        "select c.relname from pg_class as c where c.relnamespace = 'public'::regnamespace"
        " and c.relkind in ('r', 'p', 'v', 'm', 'S', 'c')",
    )
    functions = rows(
        each_dsn,
        "select p.proname from pg_proc as p where p.pronamespace = 'public'::regnamespace",
    )
    schemas = rows(
        each_dsn,
        "select nspname from pg_namespace"
        " where nspname !~ '^pg_' and nspname <> 'information_schema'",
    )

    assert {name for (name,) in relations} == {
        "queue_metrics",
        "pgmq_dead_letter_items",
        "pgmq_dead_letter_items_id_seq",
        "queue_stats",
        "dead_letter_details",
    }
    assert {name for (name,) in functions} == {"pgmq_send", "pgmq_read", "pgmq_archive"}
    assert {name for (name,) in schemas} == {"public", "linernotes", "pgmq", "supabase_migrations"}


# Statements -----------------------------------------------------------------------------------


def without_comments(text: str) -> str:
    return re.sub(r"--[^\n]*", "", text)


def without_literals(text: str) -> str:
    return re.sub(r"'(?:[^']|'')*'", "''", text)


def statements() -> list[Any]:
    return [
        pytest.param(text, id=f"{file.stem}.{name}")
        for file in sorted((PACKAGE / "db").glob("*.sql"))
        for name, text in sql.load(file.name).items()
    ]


def planned() -> list[Any]:
    """Those that have a plan; the few others (`create …`) are run by the tests of their callers."""
    verbs = r"\s*(select|with|insert|update|delete|merge|values)\b"
    return [one for one in statements() if re.match(verbs, without_comments(one.values[0]))]


@pytest.mark.parametrize("text", planned())
def test_the_statement_fits_the_schema(each_template_dsn: str, text: str) -> None:
    """Planned and not run, with nulls of the types that the parameters are cast to."""
    rows(each_template_dsn, "explain " + re.sub(r"%\(\w+\)s", "null", text).replace("%%", "%"))


@pytest.mark.parametrize("text", statements())
def test_the_statement_says_the_type_of_each_parameter(text: str) -> None:
    """Without its type a parameter has to be guessed, which differs between servers and poolers."""
    assert re.findall(r"%\(\w+\)s(?!::)", text) == []
    assert re.findall(r"%(?!\(\w+\)s|%)", without_literals(text)) == []


@pytest.mark.parametrize("text", statements())
def test_the_statement_keeps_no_state_in_the_session(text: str) -> None:
    """A transaction-mode pooler gives the next transaction another session."""
    code = without_literals(without_comments(text)).lower()

    assert not re.search(r"\bpg_(try_)?advisory_(lock|unlock)", code)
    assert not re.match(
        r"\s*(set(?! transaction| local)|reset|prepare|execute|deallocate|listen|declare)\b", code
    )
    assert not re.search(r"\b(temp|temporary)\s+table\b|\bwith\s+hold\b", code)
    assert re.findall(r"\bset_config\([^)]*\)", code) == re.findall(
        r"\bset_config\([^)]*,\s*true\s*\)", code
    )


@pytest.fixture(scope="session")
def each_template_dsn(each_server: str, each_template: str) -> Iterator[str]:
    """One database for all statements that are only planned."""
    with database(each_server, template=each_template) as address:
        yield address


# PGMQ -----------------------------------------------------------------------------------------


def sql_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.sql"))


@pytest.mark.parametrize("file", sql_files(), ids=lambda file: file.name)
def test_only_calls_of_pgmq_that_supabase_has(file: Path) -> None:
    called = {signature for _, signature in pgmq_calls(file.read_text(encoding="utf-8"))}

    assert called - ALLOWED == set()


@pytest.mark.parametrize("file", sql_files(), ids=lambda file: file.name)
def test_columns_are_asked_for_by_name(file: Path) -> None:
    """The row that `pgmq.read` returns has grown between versions."""
    code = without_literals(without_comments(file.read_text(encoding="utf-8")))

    assert re.findall(r"\bselect\s+(?:\w+\.)?\*|\breturning\s+\*|\)\.\*", code) == []


def test_the_check_of_calls_sees_what_it_should() -> None:
    text = """
    -- pgmq.purge_queue('comment')
    select pgmq.send(m.queue::text, jsonb_build_object('a', 1)::jsonb, 0::integer), 'pgmq.pop(1)'
    from pgmq.read(queue_name => 'q'::text, %(n)s, 1::int)
    """

    assert [signature for _, signature in pgmq_calls(text)] == [
        "send(text,jsonb,int)",
        "read(?,?,int)",
    ]


def pgmq_calls(text: str) -> Iterator[tuple[str, str]]:
    """Each call with the types that its arguments are cast to; `?` for one by name or not cast."""
    code = without_literals(without_comments(text))
    for match in re.finditer(r"\bpgmq\.\"?(\w+)\"?\s*\(", code):
        arguments = [type_of(argument) for argument in split_arguments(code[match.end() :])]
        yield match[0], f"{match[1]}({','.join(arguments)})"


def type_of(argument: str) -> str:
    match = re.search(r"::\s*(\w+(?:\[\])?)\s*$", argument)
    if match is None or "=>" in argument:
        return "?"
    return match[1].lower().replace("integer", "int")


def split_arguments(rest: str) -> list[str]:
    """The arguments up to the closing bracket, cut at the commas that are not in inner brackets."""
    depth, arguments = 0, [""]
    for character in rest:
        if character in ")]" and depth == 0:
            break
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            arguments.append("")
        else:
            arguments[-1] += character
    return [argument for argument in arguments if argument.strip()]
