"""`doctor`: look at everything that a run hangs on, and say what to do about what is wrong."""

from __future__ import annotations

from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from linernotes.cli.store import Sandbox
from linernotes.cli.terminal import MANNER, Json, Manner, Output

if TYPE_CHECKING:
    from linernotes.cli.checks import Check, Finding, Patient

# Longer than connecting may take, and a check that waits for a lock ends too.
CHECK_SECONDS_MAX = 15.0
_PAINT = {"ok": "32", "warning": "33", "wrong": "1;31", "skipped": "2"}


def doctor(
    *,
    offline: Annotated[
        bool, Parameter(help="Ask no source, not even Spotify whether it accepts the keys.")
    ] = False,
    sandbox: Sandbox = False,
    json: Json = False,
    manner: Manner = MANNER,
) -> int:
    """
    Check settings, database, keys, clocks, budgets, disk, and say what to do about what is wrong.

    Where keys are set and Spotify is not closed to us, one token is asked for, and nothing else.
    """
    import asyncio

    from linernotes.cli import reading
    from linernotes.cli.checks import settings
    from linernotes.cli.terminal import prepare

    output = prepare(manner)
    patient = settings.patient(sandbox=sandbox, offline=offline)
    reading.tell(patient.choice, sandbox, output)
    with ExitStack() as stack:
        _serve(patient, stack)
        findings = asyncio.run(_examined(patient))
    _write(findings, patient, output, json=json)
    return 1 if any(one.state == "wrong" for one in findings.values()) else 0


def checks() -> dict[str, Check]:
    """Every check by its name, in the order in which they are made and shown."""
    from linernotes.cli.checks import database, keys, settings, store

    return {
        "settings": settings.settings,
        "database": database.database,
        "pgmq": database.pgmq,
        "migrations": database.migrations,
        "grants": database.grants,
        "pooler": database.pooler,
        "credentials": keys.credentials,
        "clocks": database.clocks,
        "budgets": store.budgets,
        "answers": store.answers,
        "disk": store.disk,
        "messages": store.messages,
        "unknown roles": store.unknown_roles,
        "data": store.place,
    }


def _serve(patient: Patient, stack: ExitStack) -> None:
    """Start the store's server if it is an embedded one that exists; or note why it is away."""
    from linernotes.cli import problems
    from linernotes.cli import store as stores

    if patient.away or not patient.choice.exists:
        return
    try:
        patient.dsn = stack.enter_context(stores.served(patient.choice)).dsn
    except Exception as error:
        patient.away = problems.explained(error)


async def _examined(patient: Patient) -> dict[str, Finding]:
    async with AsyncExitStack() as stack:
        await _connect(patient, stack)
        return {name: await _examine(check, patient) for name, check in checks().items()}


async def _connect(patient: Patient, stack: AsyncExitStack) -> None:
    from linernotes.cli import problems
    from linernotes.db import migrate

    if patient.dsn is None:
        return
    try:
        patient.conn = await stack.enter_async_context(migrate.connect(patient.dsn))
    except Exception as error:
        patient.away = problems.explained(error)


async def _examine(check: Check, patient: Patient) -> Finding:
    """What a check finds; one that fails is a finding as well, and hides no other."""
    import asyncio

    import psycopg

    from linernotes.cli import problems
    from linernotes.cli.checks import Finding

    try:
        async with asyncio.timeout(CHECK_SECONDS_MAX):
            return await check(patient)
    except TimeoutError:
        hint = "see what the database is busy with: select pid, state, query from pg_stat_activity;"
        return Finding("wrong", f"no answer within {CHECK_SECONDS_MAX:.0f} s", hint)
    except psycopg.errors.InsufficientPrivilege:
        return Finding("skipped", "this role may not look at it; grants says what it lacks")
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        return Finding("skipped", "the database is not up to date", "linernotes migrate")
    except Exception as error:
        explained = problems.explained(error)
        return Finding("wrong", f"could not be checked: {explained}", explained.hint)


def _write(findings: dict[str, Finding], patient: Patient, output: Output, *, json: bool) -> None:
    from linernotes.cli import render
    from linernotes.cli.shapes import DoctorDocument, FindingItem, document

    wrong = sum(one.state == "wrong" for one in findings.values())
    warnings = sum(one.state == "warning" for one in findings.values())
    if json:
        items = [
            FindingItem(
                name=name,
                state=one.state,
                found=one.found,
                hint=output.streams.commands(one.hint) if one.hint else None,
                details=one.details,
                sandbox=patient.is_sandbox,
            )
            for name, one in findings.items()
        ]
        output.write(
            document(
                DoctorDocument(
                    sandbox=patient.is_sandbox, wrong=wrong, warnings=warnings, checks=items
                )
            )
        )
        return
    lines = [line for name, one in findings.items() for line in _lines(name, one, output)]
    output.write("".join(f"{line}\n" for line in lines))
    output.note(
        f"{wrong} wrong, {render.count(warnings, 'warning')}."
        if wrong or warnings
        else "Nothing is wrong."
    )


def _lines(name: str, finding: Finding, output: Output) -> list[str]:
    """The state stands there as a word; colour only repeats it."""
    from linernotes.cli.terminal import clean

    state = f"{finding.state:<8}"
    if output.streams.has_color("out"):
        state = f"\033[{_PAINT[finding.state]}m{state}\033[0m"
    hints = output.streams.copyable(finding.hint).split("\n") if finding.hint else []
    return [
        f"{name:<14} {state} {clean(finding.found)}",
        *(
            f"{'':<23} {'→' if not number else ' '} {clean(one)}"
            for number, one in enumerate(hints)
        ),
    ]
