"""Questions that were given up on: `dead-letters` shows them, `retry` asks them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linernotes.cli.store import Sandbox
from linernotes.cli.terminal import MANNER, Json, Manner, Output

if TYPE_CHECKING:
    from linernotes.cli.store import Store
    from linernotes.db.queue import Connection


def dead_letters(*, sandbox: Sandbox = False, json: Json = False, manner: Manner = MANNER) -> int:
    """List the questions that were given up on, the newest first, with the reason."""
    from linernotes.cli.reading import read

    async def body(conn: Connection, store: Store, output: Output) -> int:
        from linernotes.cli import render
        from linernotes.cli.shapes import (
            DeadLetterItem,
            DeadLettersDocument,
            document,
            with_more,
        )
        from linernotes.db import report

        found = await report.dead_letters(conn)
        if json:
            items = [with_more(one, DeadLetterItem, sandbox=store.is_sandbox) for one in found]
            output.write(
                document(DeadLettersDocument(sandbox=store.is_sandbox, dead_letters=items))
            )
            return 0
        columns = (
            render.Column("id", "Id", "right"),
            render.Column("queue", "Queue"),
            render.Column("key", "Question", flexible=True),
            render.Column("tries", "Tries", "right"),
            render.Column("failed_at", "Given up"),
            render.Column("error", "What went wrong", flexible=True),
        )
        rows = [
            [
                str(one.id),
                one.queue,
                one.key or "",
                str(one.tries),
                render.moment(one.failed_at),
                one.error or "",
            ]
            for one in found
        ]
        if rows or not output.streams.is_out_a_terminal:
            render.table(output, columns, rows)
        output.note(
            f"{render.count(len(rows), 'dead letter')}. Next: linernotes retry"
            if rows
            else "No dead letters: nothing was given up on."
        )
        return 0

    return read(sandbox, manner, body)


def retry(*ids: int, sandbox: Sandbox = False, manner: Manner = MANNER) -> int:
    """
    Ask dead letters again: those with these ids, or all.

    Parameters
    ----------
    ids
        As `linernotes dead-letters` shows them.
    """
    from linernotes.cli.reading import read

    async def body(conn: Connection, store: Store, output: Output) -> int:
        from linernotes.cli import render
        from linernotes.db import queue, report
        from linernotes.errors import UsageError

        known = [one.id for one in await report.dead_letters(conn)]
        missing = sorted(set(ids) - set(known))
        if missing:
            raise UsageError(
                f"there is no dead letter {missing[0]}", hint="linernotes dead-letters"
            )
        async with conn.transaction():
            await queue.lock_walk(conn)
            sent = await queue.replay(conn, list(ids) or known)
        if not sent:
            output.note("No dead letters: there is nothing to ask again.")
            return 0
        output.write("".join(f"{name}\t{number}\n" for name, number in sent))
        output.note(
            f"{render.count(len(sent), 'question')} queued again."
            " Next: linernotes work --until-empty, or discover with the artist"
        )
        return 0

    return read(sandbox, manner, body)
