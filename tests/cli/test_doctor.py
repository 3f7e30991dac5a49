"""Each check says what is so and what to do; one that fails hides no other."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from starlette.requests import Request
from starlette.responses import Response
from tests.cli.conftest import Live
from tests.cli.programs import Ended, on_terminal, run
from tests.db.servers import database as new_database
from tests.db.test_schema import PACKAGE, pgmq_calls

from linernotes import sandbox, settings
from linernotes.cli import checks, doctor
from linernotes.cli.checks import Finding, Patient, keys
from linernotes.cli.checks import database as of_database
from linernotes.cli.checks import store as of_store
from linernotes.cli.store import Choice
from linernotes.db import doctor as statements
from linernotes.db import migrate
from linernotes.tokens import KEY

LAST = migrate.migrations()[-1].version
AN_HOUR = timedelta(hours=1)
KEYS = {
    "SPOTIFY_CLIENT_ID": "sandbox",
    "SPOTIFY_CLIENT_SECRET": "sandbox",
    "LINERNOTES_CONTACT": "tests@linernotes.example",
}


def choice(dsn: str, directory: Path | None = None, *, environ: Any = None) -> Choice:
    configured = settings.from_environ({"DATABASE_URL": dsn, **(environ or {})})
    return Choice("live", configured, directory)


@asynccontextmanager
async def looked_at(dsn: str, **environ: str) -> AsyncIterator[Patient]:
    async with migrate.connect(dsn) as conn:
        yield Patient(choice(dsn, environ=environ), dsn=dsn, conn=conn)


async def found(check: checks.Check, dsn: str, **environ: str) -> Finding:
    async with looked_at(dsn, **environ) as patient:
        return await check(patient)


def do(dsn: str, *texts: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        for text in texts:
            conn.execute(text.encode())


def short(finding: Finding) -> tuple[str, str, str | None]:
    return finding.state, finding.found, finding.hint


def repair(dsn: str, hint: str | None) -> None:
    """Do what the hint says, where it is a statement."""
    for line in (hint or "").split("\n"):
        if line.endswith(";"):
            do(dsn, line)


# All of them ----------------------------------------------------------------------------------


async def test_nothing_is_wrong_with_a_fresh_database(each_dsn: str) -> None:
    async with looked_at(each_dsn) as patient:
        states = {name: (await check(patient)).state for name, check in doctor.checks().items()}

    assert states == dict.fromkeys(doctor.checks(), "ok") | {"credentials": "warning"}


async def test_a_database_with_nothing_of_ours_is_no_fault(empty_dsn: str) -> None:
    async with looked_at(empty_dsn) as patient:
        states = {name: (await check(patient)).state for name, check in doctor.checks().items()}

    ours = ("pgmq", "grants", "budgets", "answers", "messages", "unknown roles")
    assert {name for name, state in states.items() if state == "skipped"} == set(ours)
    assert "wrong" not in states.values()
    assert states["migrations"] == "warning"


async def test_a_check_that_fails_is_a_finding(dsn: str) -> None:
    async def fails(patient: Patient) -> Finding:
        raise ValueError("ow")

    async with looked_at(dsn) as patient:
        finding = await doctor._examine(fails, patient)

    assert (finding.state, finding.found) == (
        "wrong",
        "could not be checked: this is a bug: ValueError: ow",
    )


async def test_a_check_that_needs_a_newer_schema_is_skipped(dsn: str) -> None:
    do(dsn, "drop table linernotes.unknown_role")
    async with looked_at(dsn) as patient:
        finding = await doctor._examine(of_store.unknown_roles, patient)

    assert short(finding) == ("skipped", "the database is not up to date", "linernotes migrate")


async def test_a_connection_that_is_lost_takes_only_what_needs_it(dsn: str) -> None:
    async with looked_at(dsn) as patient:
        assert patient.conn
        backend = patient.conn.info.backend_pid
        do(dsn, f"select pg_terminate_backend({backend})")
        findings = {
            name: await doctor._examine(check, patient) for name, check in doctor.checks().items()
        }

    lost = findings.pop("database")
    assert (lost.state, "terminating connection" in lost.found) == ("wrong", True)
    assert {name for name, one in findings.items() if one.state != "skipped"} == {
        "settings",
        "credentials",
        "data",
    }
    assert findings["pgmq"].found == "no database"


async def test_a_role_that_may_not_look_is_sent_to_its_grants(supabase: str) -> None:
    async with looked_at(make_conninfo(supabase, user="guest")) as patient:
        finding = await doctor._examine(of_store.budgets, patient)
        rights = await doctor._examine(of_database.grants, patient)

    assert short(finding) == (
        "skipped",
        "this role may not look at it; grants says what it lacks",
        None,
    )
    assert rights.state == "wrong"


async def test_a_check_without_an_answer_ends(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CHECK_SECONDS_MAX", 0.2)
    with psycopg.connect(dsn) as other:
        other.execute("lock table linernotes.answer in access exclusive mode")
        async with looked_at(dsn) as patient:
            locked = await doctor._examine(of_store.answers, patient)
            next_one = await doctor._examine(of_database.pgmq, patient)

    assert (locked.state, locked.found[:16]) == ("wrong", "no answer within")
    assert next_one.state == "ok"


# The database ---------------------------------------------------------------------------------


async def test_the_database_is_described_without_its_password(dsn: str) -> None:
    address = make_conninfo(dsn, password="very-secret")
    finding = await found(of_database.database, address)

    assert finding.state == "ok"
    assert "very-secret" not in str(finding)
    assert finding.details["encoding"] == "UTF8"
    assert finding.details["kind"] is None
    assert finding.details["bytes"] > 1_000_000


async def test_a_database_of_another_encoding_is_wrong(server: str) -> None:
    do(server, "create database latin encoding 'LATIN1' locale 'C' template template0")
    try:
        finding = await found(of_database.database, make_conninfo(server, dbname="latin"))
    finally:
        do(server, "drop database latin with (force)")

    assert finding.state == "wrong"
    assert finding.found.startswith("not in UTF-8: ")
    assert "create database linernotes encoding 'UTF8'" in (finding.hint or "")


async def test_an_old_server_is_wrong(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "SERVER_MAJOR_MIN", 99)
    finding = await found(of_database.database, dsn)

    assert finding.state == "wrong"
    assert finding.found.startswith("too old: PostgreSQL ")


async def test_a_store_of_the_other_kind_is_wrong(dsn: str) -> None:
    do(dsn, "insert into linernotes.store (kind) values ('sandbox')")
    finding = await found(of_database.database, dsn)

    assert finding.state == "wrong"
    assert finding.found.startswith("holds sandbox facts, not live: ")


async def test_a_far_database_is_worth_a_word(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_database, "SLOW_MS", 0.0)
    finding = await found(of_database.database, dsn)

    assert (finding.state, finding.hint) == ("warning", "run the workers nearer to it")


# PGMQ -----------------------------------------------------------------------------------------


def test_the_calls_that_are_checked_are_those_that_we_make() -> None:
    made = {
        signature
        for file in PACKAGE.rglob("*.sql")
        for _, signature in pgmq_calls(file.read_text(encoding="utf-8"))
    }

    assert set(statements.CALLS) == made


async def test_a_queue_that_is_gone_is_wrong_and_the_hint_brings_it_back(dsn: str) -> None:
    do(dsn, "select pgmq.drop_queue('album_discovery')")
    finding = await found(of_database.pgmq, dsn)
    repair(dsn, finding.hint)

    assert short(finding) == (
        "wrong",
        "PGMQ as plain SQL; not there: album_discovery",
        "select pgmq.create('album_discovery');",
    )
    assert (await found(of_database.pgmq, dsn)).state == "ok"


async def test_a_call_that_pgmq_lacks_is_wrong(dsn: str) -> None:
    do(dsn, "drop function pgmq.list_queues cascade")
    do(dsn, "drop function pgmq.metrics_all cascade")
    finding = await found(of_database.pgmq, dsn)

    assert finding.state == "wrong"
    assert finding.details["calls"] == ["list_queues()", "metrics_all()"]


async def test_a_call_with_other_arguments_is_wrong(dsn: str) -> None:
    do(dsn, "drop function pgmq.archive(text, bigint)")
    finding = await found(of_database.pgmq, dsn)

    assert short(finding)[:2] == ("wrong", "PGMQ as plain SQL has no archive(text,bigint)")


# Migrations -----------------------------------------------------------------------------------

FORGET = "delete from supabase_migrations.schema_migrations where version = "
UNMARK = "delete from linernotes.migration where version = "


@pytest.mark.parametrize(
    ("texts", "words", "hint"),
    [
        (
            [f"{FORGET}'{LAST}'", f"{UNMARK}'{LAST}'"],
            ("wrong", f"1 migration pending: {LAST}"),
            "linernotes migrate",
        ),
        (
            ["insert into linernotes.migration (version) values ('29990101000000')"],
            ("wrong", "made by a newer version of Linernotes: it has 29990101000000"),
            "pip install --upgrade linernotes",
        ),
        (
            [f"{FORGET}'{LAST}'"],
            ("warning", f"the schema has {LAST}, and the history does not"),
            "linernotes migrate",
        ),
    ],
    ids=["pending", "newer", "not in the history"],
)
async def test_migrations_that_do_not_fit_are_told(
    dsn: str, texts: list[str], words: tuple[str, str], hint: str
) -> None:
    do(dsn, *texts)

    assert short(await found(of_database.migrations, dsn)) == (*words, hint)


async def test_an_embedded_database_that_is_behind_is_no_fault(dsn: str, tmp_path: Path) -> None:
    do(dsn, f"{FORGET}'{LAST}'", f"{UNMARK}'{LAST}'")
    async with migrate.connect(dsn) as conn:
        patient = Patient(choice(dsn, tmp_path), dsn=dsn, conn=conn)
        finding = await of_database.migrations(patient)

    assert finding.state == "warning"


async def test_a_schema_that_was_dropped_is_made_anew_as_the_hint_says(empty_dsn: str) -> None:
    """The history still has them, so that migrate alone would find nothing to do."""
    await migrate.migrate(empty_dsn)
    do(
        empty_dsn,
        "drop schema linernotes cascade",
        "drop table public.queue_metrics, public.pgmq_dead_letter_items cascade",
        "drop function if exists public.pgmq_send, public.pgmq_read, public.pgmq_archive",
    )
    before = await found(of_database.migrations, empty_dsn)
    repair(empty_dsn, before.hint)
    await migrate.migrate(empty_dsn)

    assert before.state == "wrong"
    assert before.details["not_in_the_schema"] == [one.version for one in migrate.migrations()]
    assert (await found(of_database.migrations, empty_dsn)).state == "ok"


# Grants ---------------------------------------------------------------------------------------


@pytest.fixture
def roles(server: str) -> Iterator[None]:
    """Supabase's roles, and one that may log in; they belong to the server and go afterwards."""
    names = ("anon", "authenticated", "service_role", "guest")
    do(server, *(f"create role {name}" for name in names), "alter role guest login")
    try:
        yield
    finally:
        do(server, *(f"drop role {name}" for name in names))


@pytest.fixture
def supabase(roles: None, server: str, template: str) -> Iterator[str]:
    """A database with Supabase's roles, gone before they are."""
    with new_database(server, template=template) as address:
        do(address, "select linernotes.apply_grants()")
        yield address


async def test_rights_as_migrate_settles_them_are_right(supabase: str) -> None:
    assert short(await found(of_database.grants, supabase)) == (
        "ok",
        "each role has what it needs and no more; row level security is on",
        None,
    )


@pytest.mark.parametrize(
    ("text", "kind", "statement"),
    [
        (
            "grant select on linernotes.credit to anon",
            "too_much",
            "revoke all on linernotes.credit from anon;",
        ),
        (
            "grant usage on schema linernotes to authenticated",
            "too_much",
            "revoke all on schema linernotes from authenticated;",
        ),
        (
            "grant execute on function public.pgmq_send to public",
            "too_much",
            "revoke all on function public.pgmq_send(queue_name text, msg jsonb) from public;",
        ),
        (
            "grant insert on public.queue_metrics to anon",
            "too_much",
            "revoke all on public.queue_metrics from anon;",
        ),
        (
            "revoke select on linernotes.track from service_role",
            "too_little",
            "grant select on linernotes.track to service_role;",
        ),
        (
            "revoke execute on function public.pgmq_archive from service_role",
            "too_little",
            "grant execute on function public.pgmq_archive(queue_name text, msg_id bigint)"
            " to service_role;",
        ),
        (
            "revoke execute on function linernotes.named from service_role",
            "too_little",
            "grant execute on function linernotes.named(artists jsonb, counts boolean)"
            " to service_role;",
        ),
        (
            "alter table linernotes.credit disable row level security",
            "unsecured",
            "alter table linernotes.credit enable row level security;",
        ),
    ],
    ids=[
        "a table for strangers",
        "a schema for strangers",
        "a function for everybody",
        "an operator's table for strangers",
        "a table that the service lacks",
        "a function that the service lacks",
        "a function in a view that the service lacks",
        "a table without row level security",
    ],
)
async def test_a_right_that_is_wrong_is_found_and_mended_by_its_statement(
    supabase: str, text: str, kind: str, statement: str
) -> None:
    do(supabase, text)
    finding = await found(of_database.grants, supabase)
    repair(supabase, finding.hint)

    assert finding.state == "wrong"
    assert finding.details == {"too_much": [], "too_little": [], "unsecured": []} | {
        kind: [statement]
    }
    assert (await found(of_database.grants, supabase)).state == "ok"


async def test_a_role_that_cannot_work_the_queues_is_told_what_it_lacks(supabase: str) -> None:
    do(supabase, "grant usage on schema linernotes, pgmq to guest")
    do(supabase, "grant all on all tables in schema linernotes, pgmq, public to guest")
    with psycopg.connect(supabase) as conn:
        (owner,) = conn.execute("select current_user").fetchone() or ("",)
    finding = await found(of_database.grants, make_conninfo(supabase, user="guest"))
    do(supabase, "drop owned by guest")
    bare = await found(of_database.grants, make_conninfo(supabase, user="guest"))

    assert finding.details["too_little"] == [f"grant {owner} to guest;"]
    assert bare.state == "wrong"
    assert {
        "grant usage on schema pgmq to guest;",
        "grant insert on linernotes.question to guest;",
        "grant update on pgmq.q_album_discovery to guest;",
    } <= set(bare.details["too_little"])


# Pooler, clocks -------------------------------------------------------------------------------


async def test_a_pooler_in_transaction_mode_is_found(pooled_dsn: str) -> None:
    finding = await found(of_database.pooler, pooled_dsn)

    assert (finding.state, finding.details) == ("ok", {"pooler": True, "transaction_mode": True})


async def test_every_check_works_through_a_pooler(pooled_dsn: str) -> None:
    async with looked_at(pooled_dsn) as patient:
        states = {name: (await check(patient)).state for name, check in doctor.checks().items()}

    assert states == dict.fromkeys(doctor.checks(), "ok") | {"credentials": "warning"}


async def test_a_direct_connection_is_none(dsn: str) -> None:
    finding = await found(of_database.pooler, dsn)

    assert (finding.state, finding.details) == ("ok", {"pooler": False, "transaction_mode": False})


@pytest.mark.parametrize(
    ("behind", "state", "words"),
    [
        (0, "ok", "the database is within a second of this machine"),
        (20, "ok", "the database is 20 s ahead of this machine"),
        (120, "warning", "the database is 120 s ahead of this machine"),
        (-600, "wrong", "the database is 600 s behind this machine"),
    ],
    ids=["none", "seconds", "minutes", "far"],
)
async def test_a_clock_that_differs_is_told(
    dsn: str, monkeypatch: pytest.MonkeyPatch, behind: int, state: str, words: str
) -> None:
    ours = timedelta(seconds=behind)
    monkeypatch.setattr(of_database, "local_now", lambda: datetime.now(UTC) - ours)
    finding = await found(of_database.clocks, dsn)

    assert (finding.state, finding.found) == (state, words)


async def test_the_clock_of_a_source_counts_too(dsn: str) -> None:
    async with looked_at(dsn) as patient:
        patient.source_ahead = timedelta(seconds=-90)
        finding = await of_database.clocks(patient)

    assert (finding.state, finding.found) == (
        "warning",
        "the database is within a second of this machine, Spotify is 90 s behind this machine",
    )


# Keys -----------------------------------------------------------------------------------------


@pytest.fixture
def services() -> Iterator[sandbox.Served]:
    with sandbox.serve(sandbox.small_world(), limits=False) as here:
        yield here


def told(services: sandbox.Served, **more: str) -> dict[str, str]:
    return {**KEYS, "LINERNOTES_SPOTIFY_ACCOUNTS_URL": services.accounts_url, **more}


async def test_keys_are_tried_with_one_request_for_a_token(
    dsn: str, services: sandbox.Served
) -> None:
    async with looked_at(dsn, **told(services)) as patient:
        finding = await keys.credentials(patient)

    assert short(finding)[:2] == ("ok", "keys and contact are set, and Spotify accepts them")
    assert finding.details == {"keys": True, "accepted": True, "learned": {}}
    assert dict(services.log.counts) == {("accounts", "/api/token"): 1}
    assert patient.source_ahead is not None
    assert abs(patient.source_ahead) < timedelta(seconds=5)


async def test_a_key_that_is_refused_is_wrong(dsn: str, services: sandbox.Served) -> None:
    finding = await found(keys.credentials, dsn, **told(services, SPOTIFY_CLIENT_SECRET="mistyped"))

    assert finding.state == "wrong"
    assert finding.found.startswith(f"spotify: {KEY} was refused: ")
    assert "SPOTIFY_CLIENT_SECRET" in (finding.hint or "")


CLOSE = """
insert into linernotes.budget (source, closed_until, closed_reason, refused, told)
values ('spotify', now() + interval '14 hours', 'answered 429 to /search', {refused}, {told})
"""


async def test_nobody_is_asked_while_spotify_is_closed(dsn: str, services: sandbox.Served) -> None:
    do(dsn, CLOSE.format(refused=False, told=True))
    finding = await found(keys.credentials, dsn, **told(services))

    assert finding.state == "ok"
    assert "because Spotify is closed to us until " in finding.found
    assert services.log.requests == []


async def test_being_told_to_wait_is_stored_and_kept_to(dsn: str) -> None:
    def for_hours(request: Request) -> Response:
        return Response("Too many requests", 429, {"Retry-After": "50400"})

    with sandbox.serve(sandbox.small_world(), limits=False, faults=for_hours) as services:
        first = await found(keys.credentials, dsn, **told(services))
        second = await found(keys.credentials, dsn, **told(services))
        asked = sum(services.log.counts.values())
    with psycopg.connect(dsn) as conn:
        closed = conn.execute(
            "select told, refused, closed_until - now() > interval '13 hours 59 minutes'"
            " from linernotes.budget where source = 'spotify'"
        ).fetchall()

    assert (first.state, second.state, asked) == ("warning", "ok", 1)
    assert closed == [(True, False, True)]


async def test_a_refusal_that_is_known_is_not_asked_for_again(
    dsn: str, services: sandbox.Served
) -> None:
    do(dsn, CLOSE.format(refused=True, told=False))
    finding = await found(keys.credentials, dsn, **told(services))

    assert finding.state == "wrong"
    assert finding.found == "Spotify refused us: answered 429 to /search"
    assert services.log.requests == []


async def test_offline_asks_nobody(dsn: str, services: sandbox.Served) -> None:
    async with looked_at(dsn, **told(services)) as patient:
        patient.offline = True
        finding = await keys.credentials(patient)

    assert (finding.state, finding.details["accepted"]) == ("ok", None)
    assert services.log.requests == []


async def test_a_service_that_does_not_answer_is_worth_a_word(dsn: str) -> None:
    nobody = {**KEYS, "LINERNOTES_SPOTIFY_ACCOUNTS_URL": "http://127.0.0.1:9"}
    finding = await found(keys.credentials, dsn, **nobody)

    assert finding.state == "warning"
    assert "--offline" in (finding.hint or "")


async def test_keys_without_a_contact_are_wrong(dsn: str) -> None:
    finding = await found(keys.credentials, dsn, **{**KEYS, "LINERNOTES_CONTACT": ""})

    assert finding.state == "wrong"
    assert "LINERNOTES_CONTACT" in (finding.hint or "")


async def test_what_was_learned_about_the_account_is_told(
    dsn: str, services: sandbox.Served
) -> None:
    do(
        dsn,
        "insert into linernotes.learned (source, account, name, value) values"
        " ('spotify', 'sandbox', 'page_size', '50'), ('spotify', 'other', 'page_size', '10')",
    )
    finding = await found(keys.credentials, dsn, **told(services))

    assert finding.found.endswith("; learned: page_size 50")
    assert finding.details["learned"] == {"page_size": "50"}


# What is in the store -------------------------------------------------------------------------


async def test_a_store_that_asked_nobody_yet_says_so(dsn: str) -> None:
    finding = await found(of_store.budgets, dsn)

    assert short(finding) == ("ok", "no source was asked yet", None)


async def test_a_closed_source_is_named_with_its_reason(dsn: str) -> None:
    do(dsn, CLOSE.format(refused=False, told=True))
    finding = await found(of_store.budgets, dsn)

    assert finding.state == "warning"
    _, spotify, _ = finding.found.split("; ")
    assert spotify.startswith("Spotify 0 requests, closed until 20")
    assert spotify.endswith(" UTC (answered 429 to /search)")


async def test_a_source_that_refused_us_is_wrong(dsn: str) -> None:
    do(dsn, CLOSE.format(refused=True, told=False))

    assert (await found(of_store.budgets, dsn)).state == "wrong"


ANSWER = """
insert into linernotes.answer
    (source, request, state, asker, until, status, body, fetched_at, expires_at)
values
    ('spotify', '{name}', '{state}', gen_random_uuid(), {until}, {status}, {body}, {at},
     {expires})
"""
HERE = {
    "state": "here",
    "until": "now()",
    "status": "200",
    "body": "'{}'",
    "at": "now()",
    "expires": "now() + interval '1 day'",
}
ASKING = {
    "state": "asking",
    "until": "now() + interval '10 s'",
    "status": "null",
    "body": "null",
    "at": "null",
    "expires": "null",
}


@pytest.mark.parametrize(
    ("row", "state", "figures"),
    [
        (HERE, "ok", (1, 0, 0)),
        (HERE | {"expires": "now() - interval '1 hour'"}, "ok", (1, 1, 0)),
        (HERE | {"expires": "now() - interval '2 days'"}, "warning", (1, 1, 0)),
        (ASKING, "ok", (0, 0, 0)),
        (ASKING | {"until": "'-infinity'"}, "ok", (0, 0, 0)),
        (ASKING | {"until": "now() - interval '1 minute'"}, "warning", (0, 0, 1)),
    ],
    ids=["kept", "just expired", "long expired", "being asked", "given up", "abandoned"],
)
async def test_answers_are_counted(
    dsn: str, row: dict[str, str], state: str, figures: tuple[int, int, int]
) -> None:
    do(dsn, ANSWER.format(name="a", **row))
    finding = await found(of_store.answers, dsn)
    spotify = finding.details["spotify"]

    assert finding.state == state
    assert (spotify["kept"], spotify["expired"], spotify["abandoned"]) == figures


@pytest.mark.parametrize(
    ("free", "state"),
    [(5_000_000_000, "ok"), (900_000_000, "warning"), (90_000_000, "wrong")],
    ids=["enough", "little", "next to none"],
)
async def test_a_disk_that_is_nearly_full_is_told(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    async with migrate.connect(dsn) as conn:
        patient = Patient(choice(dsn, tmp_path / "not" / "yet"), dsn=dsn, conn=conn)
        finding = await of_store.disk(patient)

    assert (finding.state, finding.details["free_bytes"]) == (state, free)
    assert finding.details["archive_bytes"] > 0


async def test_a_directory_that_cannot_be_written_to_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    finding = await of_store.disk(Patient(choice("postgresql:///x", tmp_path)))

    assert finding.state == "wrong"
    assert finding.found.startswith(f"{tmp_path} cannot be written to; ")


async def test_of_a_database_elsewhere_only_its_size_is_told(dsn: str) -> None:
    finding = await found(of_store.disk, dsn)

    assert finding.state == "ok"
    assert set(finding.details) == {"database_bytes", "archive_bytes"}


async def test_dead_letters_are_counted(dsn: str) -> None:
    do(
        dsn,
        "insert into public.pgmq_dead_letter_items (queue_name, msg, fail_count, details)"
        " values ('album_discovery', '{}', 5, '{\"error\": \"gone\"}')",
    )

    assert short(await found(of_store.messages, dsn)) == (
        "warning",
        "1 dead letter, the latest: gone",
        "linernotes dead-letters",
    )


async def test_an_open_question_whose_message_is_lost_is_wrong(dsn: str) -> None:
    ask = (
        "insert into linernotes.question (queue, key, body)"
        " values ('album_discovery', '{}', '{{}}')"
    )
    do(dsn, ask.format("a"), "select pgmq.send('album_discovery', '{}')")
    whole = await found(of_store.messages, dsn)
    do(dsn, ask.format("b"))
    finding = await found(of_store.messages, dsn)

    assert whole.state == "ok"
    assert (finding.state, finding.details["lost"]) == ("wrong", {"album_discovery": 1})


async def test_unknown_roles_are_counted_by_the_pages_that_say_them(dsn: str) -> None:
    row = (
        "insert into linernotes.unknown_role values"
        " ('{}', 'musicbrainz', 'https://mb.example/{}', 'task', 'spoken intro', 'spoken intro',"
        " now())"
    )
    do(dsn, row.format("t1", "r1"), row.format("t2", "r1"), row.format("t3", "r2"))
    finding = await found(of_store.unknown_roles, dsn)

    assert short(finding)[:2] == (
        "warning",
        "2 × 'spoken intro' (task), e.g. https://mb.example/r1",
    )
    assert finding.details["roles"] == [
        {
            "source": "musicbrainz",
            "kind": "task",
            "met": "spoken intro",
            "words": "spoken intro",
            "met_on": 2,
            "example": "https://mb.example/r1",
            "sandbox": False,
        }
    ]


# As people run it -----------------------------------------------------------------------------

Finished = tuple[Path, Ended]


def document(ended: Ended) -> dict[str, Any]:
    found = json.loads(ended.out)
    return {**found, "checks": {one["name"]: one for one in found["checks"]}}


def test_a_store_that_does_not_exist_yet_is_not_wrong(data: Path) -> None:
    ended = run(data, "doctor", "--sandbox")
    lines = ended.out.splitlines()

    assert ended.code == 0
    assert lines[0] == "settings       ok       all that are set can be read"
    assert lines[1] == (
        f"database       ok       there is no sandbox store yet; it will lie in {data}/sandbox"
    )
    assert lines[2] == f'{"":23} → linernotes discover --sandbox "Drake"'
    assert not (data / "sandbox").exists()


def test_the_sandboxs_store_is_well_and_shows_what_it_met(finished: Finished) -> None:
    ended = run(finished[0], "doctor", "--json")
    found = document(ended)

    assert (ended.code, ended.err) == (0, "")
    assert (found["schema"], found["sandbox"]) == ("linernotes/doctor/1", True)
    assert (found["wrong"], found["warnings"]) == (0, 1)
    assert list(found["checks"]) == list(doctor.checks())
    assert found["checks"]["unknown roles"]["found"].startswith("2 × 'storyteller' (relation), ")
    assert found["checks"]["data"]["details"]["sandbox"]["remove"] == (
        f"rm -r {finished[0]}/sandbox"
    )


def test_every_line_begins_with_a_check_and_its_state_as_a_word(finished: Finished) -> None:
    ended = run(finished[0], "doctor", "--sandbox")
    heads = [
        (line[:14].strip(), line[15:23].strip())
        for line in ended.out.splitlines()
        if not line.startswith(" ")
    ]

    assert [name for name, _ in heads] == list(doctor.checks())
    assert {state for _, state in heads} == {"ok", "warning"}
    assert ended.err == "0 wrong, 1 warning.\n"


def test_colour_repeats_the_state_on_a_terminal(finished: Finished) -> None:
    painted = on_terminal(finished[0], "doctor", "--sandbox")

    assert "\033[32mok      \033[0m" in painted.out


def test_a_database_that_is_away_is_1_and_hides_nothing(data: Path) -> None:
    ended = run(data, "doctor", "--json", DATABASE_URL="postgresql://me:secret@127.0.0.1:9/x")
    found = document(ended)
    states = {name: one["state"] for name, one in found["checks"].items()}

    assert ended.code == 1
    assert "secret" not in ended.out
    assert states == dict.fromkeys(doctor.checks(), "skipped") | {
        "settings": "ok",
        "database": "wrong",
        "credentials": "warning",
        "data": "ok",
    }
    assert {one["found"] for one in found["checks"].values() if one["state"] == "skipped"} == {
        "no database"
    }


def test_a_server_that_does_not_start_is_1_and_hides_nothing(data: Path) -> None:
    (data / "sandbox" / "data").mkdir(parents=True)
    (data / "sandbox" / "data" / "PG_VERSION").write_text("9\n")
    ended = run(data, "doctor", "--json", "--sandbox")
    found = document(ended)

    assert ended.code == 1
    assert found["checks"]["database"]["state"] == "wrong"
    assert found["checks"]["disk"]["state"] == "ok"


def test_an_address_that_is_none_is_1_and_hides_nothing(data: Path) -> None:
    more = {"DATABASE_URL": "nonsense", "LINERNOTES_SPOTIFY_KEEP_HOURS": "0"}
    ended = run(data, "doctor", "--json", **more)
    found = document(ended)
    states = {name: one["state"] for name, one in found["checks"].items()}

    assert (ended.code, ended.err, found["sandbox"]) == (1, "", False)
    assert states == dict.fromkeys(doctor.checks(), "skipped") | {
        "settings": "wrong",
        "database": "wrong",
        "credentials": "warning",
        "data": "ok",
    }
    assert found["checks"]["settings"] == {
        "name": "settings",
        "state": "wrong",
        "found": "DATABASE_URL is not the address of a PostgreSQL database;"
        " LINERNOTES_SPOTIFY_KEEP_HOURS is not a number of hours: '0'",
        "hint": "DATABASE_URL=postgresql://user:password@host:5432/database\n"
        "LINERNOTES_SPOTIFY_KEEP_HOURS=24, above 0 and at most 8760 (a year)",
        "details": {"variables": ["DATABASE_URL", "LINERNOTES_SPOTIFY_KEEP_HOURS"]},
        "sandbox": False,
    }


def test_one_key_of_two_is_wrong_and_the_live_database_is_looked_at(data: Path, dsn: str) -> None:
    more = {"SPOTIFY_CLIENT_ID": "mine"}
    without = run(data, "doctor", "--json", **more)
    with_one = run(data, "doctor", "--json", **more, DATABASE_URL=dsn)
    states = {name: one["state"] for name, one in document(with_one)["checks"].items()}

    assert (without.code, document(without)["sandbox"]) == (1, False)
    assert document(without)["checks"]["database"]["found"] == (
        f"there is no live store yet; it will lie in {data}/live"
    )
    assert with_one.code == 1
    assert states == dict.fromkeys(doctor.checks(), "ok") | {
        "settings": "wrong",
        "credentials": "warning",
    }


@pytest.mark.parametrize(
    "command",
    [
        ["discover", "Drake"],
        ["work", "--sandbox"],
        ["status"],
        ["producers"],
        ["migrate"],
        ["dead-letters"],
    ],
    ids=lambda command: command[0],
)
def test_a_data_directory_that_is_a_file_is_named(data: Path, command: list[str]) -> None:
    (file := data / "file").write_text("")
    ended = run(file, *command)

    assert (ended.code, ended.out) == (4, "")
    assert ended.err.splitlines()[-2:] == [
        f"error: {file} is not a directory, and the sandbox store is to lie in {file}/sandbox",
        "hint: set LINERNOTES_DATA_DIR to a directory that you may write to",
    ]


def test_a_data_directory_that_is_a_file_is_wrong(data: Path) -> None:
    (file := data / "file").write_text("")
    ended = run(file, "doctor", "--json")
    disk = document(ended)["checks"]["disk"]

    assert ended.code == 1
    assert (disk["state"], disk["found"].partition("; ")[0], disk["hint"]) == (
        "wrong",
        f"{file} is not a directory",
        "set LINERNOTES_DATA_DIR to a directory that you may write to",
    )


def test_a_live_run_is_examined(live: Live, data: Path) -> None:
    with live() as environ:
        fresh = run(data, "doctor", "--json", **environ)
        run(data, "migrate", **environ)
        ready = run(data, "doctor", "--json", **environ)
        do(environ["DATABASE_URL"], "select pgmq.drop_queue('album_discovery')")
        broken = run(data, "doctor", **environ)

    assert (fresh.code, document(fresh)["checks"]["migrations"]["state"]) == (0, "warning")
    assert (ready.code, document(ready)["wrong"]) == (0, 0)
    assert document(ready)["checks"]["credentials"]["details"]["accepted"] is True
    assert document(ready)["checks"]["clocks"]["details"]["spotify_ahead_seconds"] is not None
    assert broken.code == 1
    assert "pgmq           wrong    " in broken.out
