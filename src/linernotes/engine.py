"""
Claim messages, perform their stage, commit what came out: the whole safety argument.

`commit` archives the messages, stores their facts, queues their follow-ups and writes the
metrics in ONE transaction, and archiving is the fence: a message that is delivered twice is
performed twice and takes effect once. What is finished together is committed together.
Postponing and counting a failure are fenced as well: they have an effect only while the
message has not been delivered again.

Statements go out in a pipeline: few round trips a commit (docs/decisions/0002).

Locks are taken in one order by everybody: messages queue by queue, questions by id, facts
kind by kind and sorted, new frontier keys sorted. Two groups that overlap wait for each other.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog
from psycopg import errors as pg

from linernotes.db import catalogue, queue
from linernotes.db.queue import Asked, Claim, Connection, Counts, Failure
from linernotes.errors import Busy, DatabaseError, NotFound, Refused, Rejected, UpstreamError
from linernotes.matching.identifiers import NotASpotifyLink, spotify_ref
from linernotes.pipeline import Lane, Message, Outcome
from linernotes.sources import Sources
from linernotes.stages.artist_discovery import NAME_MAX, ArtistDiscovery

log = structlog.get_logger()

FAILURES_MAX = 5
BACK_OFF_MAX_SECONDS = 60
COMMIT_TRIES = 10
# What a row can be refused for; a text that no index takes is called a limit of the program.
BAD_DATA = (pg.DataError, pg.IntegrityError, pg.ProgramLimitExceeded)


@dataclass(frozen=True)
class Later:
    """Nobody's fault; show the message again in so many seconds."""

    seconds: int
    reason: str


@dataclass(frozen=True)
class Failed:
    """An attempt failed. `fatal` if another could not succeed either."""

    error: str
    fatal: bool = False


@dataclass(frozen=True)
class Adopt:
    """Somebody else queued this message: ask its question properly instead."""

    root: Message
    asked_for: str


Verdict = Outcome | Later | Failed | Adopt
Judged = tuple[Claim, Verdict]


@dataclass
class Committed:
    """
    What became of a group: `lost` are deliveries that somebody else had finished. `done` are
    those that we finished; one of an older generation of its question ended without effect.
    """

    done: list[Claim] = field(default_factory=list)
    lost: list[Claim] = field(default_factory=list)
    failed: list[tuple[Claim, str]] = field(default_factory=list)
    dead: list[tuple[Claim, str]] = field(default_factory=list)
    postponed: list[Claim] = field(default_factory=list)

    def add(self, other: Committed) -> None:
        for name in ("done", "lost", "failed", "dead", "postponed"):
            getattr(self, name).extend(getattr(other, name))


# ---- perform: from claims to verdicts. Writes nothing.


async def perform(lane: Lane, claims: Sequence[Claim], sources: Sources) -> list[Verdict]:
    """Run the stage over the claims of one lane; a verdict for each, in their order."""
    decoded = [_decode(lane, claim) for claim in claims]
    messages = [one for one in decoded if isinstance(one, Message)]
    results = iter(await _run(lane, messages, sources) if messages else ())
    return [next(results) if isinstance(one, Message) else one for one in decoded]


def _decode(lane: Lane, claim: Claim) -> Message | Adopt | Failed:
    foreign = claim.question is None and lane.stage.name == "artist_discovery"
    if foreign and (adopted := _adopt(claim)) is not None:
        return adopted
    try:
        return msgspec.convert(claim.body, lane.stage.message)
    except msgspec.ValidationError as error:
        return Failed(f"cannot read the message: {error}", fatal=True)


def _adopt(claim: Claim) -> Adopt | Failed | None:
    """The messages that clients put into the queue themselves: {"artistId"} or {"artistName"}."""
    by_id, by_name = claim.body.get("artistId"), claim.body.get("artistName")
    if isinstance(by_id, str):
        try:
            ref = spotify_ref(by_id)
        except NotASpotifyLink as error:
            return Failed(f"artistId: {error}", fatal=True)
        if ref is None or ref.kind not in ("artist", None):
            return Failed(f"artistId is not an artist of Spotify: {by_id[:100]!r}", fatal=True)
        return Adopt(ArtistDiscovery(source="spotify", by="id", asked=ref.id), by_id)
    if isinstance(by_name, str) and 0 < len(by_name.strip()) <= NAME_MAX:
        name = by_name.strip()
        return Adopt(ArtistDiscovery(source="spotify", by="name", asked=name), name)
    return None


async def _run(lane: Lane, messages: Sequence[Message], sources: Sources) -> list[Verdict]:
    try:
        results = await lane.stage.run(messages, sources)
    except DatabaseError:
        raise  # nobody's question is at fault, and nobody could write that down
    except UpstreamError as error:
        return [_judge(error)] * len(messages)
    except Exception as error:
        if len(messages) > 1:
            # A bug that one message meets must not take its neighbours with it.
            return [(await _run(lane, [message], sources))[0] for message in messages]
        log.exception("stage.bug", queue=lane.queue, key=messages[0].key)
        return [Failed(f"bug in {lane.stage.name}: {error!r}")]
    assert len(results) == len(messages)
    return [one if isinstance(one, Outcome) else _judge(one) for one in results]


def _judge(error: UpstreamError) -> Verdict:
    """The one place where an error becomes a decision."""
    match error:
        case Busy() | Refused():
            # The source is closed meanwhile, so its lane rests and the message stays visible.
            return Later(0, str(error))
        case Rejected() | NotFound():
            # Asked again it would say the same.
            return Failed(str(error), fatal=True)
        case _:
            return Failed(str(error))


# ---- commit: make the verdicts true, all of it or nothing.


async def commit(
    conn: Connection, judged: Sequence[Judged], *, failures_max: int = FAILURES_MAX
) -> Committed:
    """
    Make a group of verdicts true: what took effect in one transaction, what did not in another.

    Deadlocks and serialisation failures are retried as a group. If an error lies in the data
    the verdicts are committed one by one, and the bad one alone becomes a dead letter.
    """
    finished = [one for one in judged if is_finished(one)]
    unfinished = [one for one in judged if not is_finished(one)]
    committed = Committed()
    if finished:
        committed.add(await _commit_finished(conn, finished, failures_max))
    if unfinished:
        committed.add(
            await _retried(lambda: _postpone(conn, unfinished, failures_max=failures_max))
        )
    return committed


def is_finished(judged: Judged) -> bool:
    """Whether the message has come to its end, rather than being put off or having failed."""
    return isinstance(judged[1], Outcome | Adopt)


async def _commit_finished(
    conn: Connection, finished: Sequence[Judged], failures_max: int
) -> Committed:
    try:
        return await _retried(lambda: _finish(conn, finished))
    except BAD_DATA as error:
        if len(finished) > 1:
            return await _one_by_one(conn, finished, failures_max)
        claim = finished[0][0]
        log.error("commit.bad", queue=claim.queue, msg_id=claim.msg_id, error=str(error))
        bad = [(claim, Failed(f"cannot be stored: {error}", fatal=True))]
        return await _retried(lambda: _postpone(conn, bad, failures_max=failures_max))


async def _one_by_one(conn: Connection, finished: Sequence[Judged], failures_max: int) -> Committed:
    committed = Committed()
    for one in finished:
        committed.add(await _commit_finished(conn, [one], failures_max))
    return committed


async def _retried(transaction: Callable[[], Awaitable[Committed]]) -> Committed:
    """Try again what only failed because others wrote at the same time."""
    for attempt in range(1, COMMIT_TRIES + 1):
        try:
            return await transaction()
        except (pg.DeadlockDetected, pg.SerializationFailure, pg.LockNotAvailable):
            if attempt == COMMIT_TRIES:
                raise
            log.warning("commit.retry", attempt=attempt)
    raise AssertionError("unreachable")


async def _finish(conn: Connection, finished: Sequence[Judged]) -> Committed:
    async with conn.transaction(), conn.pipeline():
        await queue.lock_walk(conn)
        won = await _archive(conn, [claim for claim, _ in finished])
        mine = [one for one in finished if one[0] in won]
        latest = await queue.answer_questions(conn, won, _asked_again(mine))
        effective = [
            (claim, verdict)
            for claim, verdict in mine
            if claim.question is None or (claim.question, claim.generation) in latest
        ]
        await catalogue.store(conn, _facts(effective))
        await queue.forget_follow_ups(conn, _answered_anew(effective))
        await queue.ask(conn, _asked(effective))
        adopted = [(one.root, one.asked_for) for _, one in effective if isinstance(one, Adopt)]
        if adopted:
            await queue.remember_discoveries(conn, adopted)
        await queue.record_metrics(conn, [_success(*one) for one in effective])
    lost = [claim for claim, _ in finished if claim not in won]
    return Committed(done=[claim for claim, _ in mine], lost=lost)


async def _archive(conn: Connection, claims: Sequence[Claim]) -> set[Claim]:
    """One call a queue, queues by name. The claims that are ours to finish."""
    won: set[Claim] = set()
    for name, mine in _by_queue(claims):
        latest = _latest(mine)
        ids = await queue.archive(conn, name, sorted(claim.msg_id for claim in latest))
        won.update(claim for claim in latest if claim.msg_id in ids)
    return won


def _latest(claims: Iterable[Claim]) -> list[Claim]:
    """Of a queue's claims one a message: after a lease ran out a worker may hold two deliveries."""
    latest: dict[int, Claim] = {}
    for claim in claims:
        if claim.msg_id not in latest or latest[claim.msg_id].reads < claim.reads:
            latest[claim.msg_id] = claim
    return list(latest.values())


def _by_queue(claims: Iterable[Claim]) -> list[tuple[str, list[Claim]]]:
    grouped: dict[str, list[Claim]] = {}
    for claim in claims:
        grouped.setdefault(claim.queue, []).append(claim)
    return sorted(grouped.items())


def _facts(judged: Iterable[Judged]) -> list[Any]:
    return [fact for _, one in judged if isinstance(one, Outcome) for fact in one.facts]


def _asked(judged: Iterable[Judged]) -> list[Asked]:
    asked: list[Asked] = []
    for claim, verdict in judged:
        parent = claim.question  # read once: it is checked anew each time
        asked.extend(Asked(parent, message) for message in _next(verdict))
    return asked


def _asked_again(judged: Iterable[Judged]) -> list[Message]:
    return [message for _, verdict in judged for message in _next(verdict) if message.since]


def _next(verdict: Verdict) -> tuple[Message, ...]:
    match verdict:
        case Outcome():
            return verdict.next
        case Adopt():
            return (verdict.root,)
    return ()


def _answered_anew(judged: Iterable[Judged]) -> list[int]:
    """Questions of a later generation: what followed from their old answers may not any more."""
    return sorted(claim.question for claim, _ in judged if claim.question and claim.generation > 1)


def _success(claim: Claim, verdict: Verdict) -> dict[str, Any]:
    details: dict[str, Any] = {"question": claim.question}
    if isinstance(verdict, Outcome):
        details |= {"facts": len(verdict.facts), "questions": len(verdict.next)}
    return _metric(claim, "success", details)


def _metric(claim: Claim, status: str, details: dict[str, Any]) -> dict[str, Any]:
    return {"queue": claim.queue, "msg_id": claim.msg_id, "status": status, "details": details}


# ---- what did not take effect: postponed, failed, given up.


async def _postpone(conn: Connection, judged: Sequence[Judged], *, failures_max: int) -> Committed:
    async with conn.transaction(), conn.pipeline():
        held = await _hold(conn, [claim for claim, _ in judged])
        mine = [one for one in judged if one[0] in held]
        failures = [
            Failure(claim, verdict.error, verdict.fatal)
            for claim, verdict in mine
            if isinstance(verdict, Failed)
        ]
        counts = await queue.count_failures(conn, failures, failures_max=failures_max)
        dead = [one for one in failures if _is_dead(one, counts)]
        await _show_again(conn, mine, dead, counts)
        await _give_up(conn, dead, counts)
        await queue.record_metrics(
            conn,
            [
                _metric(one.claim, "error", {"question": one.claim.question, "error": one.error})
                for one in failures
            ],
        )
    return Committed(
        lost=[claim for claim, _ in judged if claim not in held],
        failed=[(one.claim, one.error) for one in failures if one not in dead],
        dead=[(one.claim, one.error) for one in dead],
        postponed=[claim for claim, verdict in mine if isinstance(verdict, Later)],
    )


async def _hold(conn: Connection, claims: Sequence[Claim]) -> set[Claim]:
    held: set[Claim] = set()
    for name, mine in _by_queue(claims):
        latest = _latest(mine)
        ids = await queue.hold(conn, name, latest)
        held.update(claim for claim in latest if claim.msg_id in ids)
    return held


def _is_dead(failure: Failure, counts: Counts) -> bool:
    """A message without a question of its own, or of an older generation, is not tried again."""
    count = _count(failure.claim, counts)
    return count is None or count[1]


def _count(claim: Claim, counts: Counts) -> tuple[int, bool] | None:
    return counts.get((claim.question or 0, claim.generation))


async def _show_again(
    conn: Connection,
    judged: Sequence[Judged],
    dead: Sequence[Failure],
    counts: Counts,
) -> None:
    gone = {one.claim for one in dead}
    alive = [one for one in judged if one[0] not in gone]
    for name, claims in _by_queue(claim for claim, _ in alive):
        seconds = {
            claim.msg_id: _back_off(verdict, _count(claim, counts))
            for claim, verdict in alive
            if claim in claims
        }
        await queue.show_again(conn, name, seconds)


def _back_off(verdict: Verdict, count: tuple[int, bool] | None) -> int:
    """Seconds until the next attempt: doubling, with jitter so that not all come at once."""
    if isinstance(verdict, Later) or count is None:
        return verdict.seconds if isinstance(verdict, Later) else 0
    longest = min(2 ** count[0], BACK_OFF_MAX_SECONDS)
    return random.randint((longest + 1) // 2, longest)  # noqa: S311 (jitter, not a secret)


async def _give_up(conn: Connection, dead: Sequence[Failure], counts: Counts) -> None:
    await _archive(conn, [one.claim for one in dead])
    rows = []
    for one in dead:
        claim, count = one.claim, _count(one.claim, counts)
        if claim.question and count is None:
            continue  # outdated: the question has been queued again since
        details = {"error": one.error, "question": claim.question, "msg_id": claim.msg_id}
        rows.append(
            {
                "queue": claim.queue,
                "msg": claim.message,
                "fail_count": count[0] if count else 1,
                "details": details,
            }
        )
    await queue.bury(conn, rows)


# ---- leases


async def renew(conn: Connection, claims: Sequence[Claim], lease_seconds: int) -> set[Claim]:
    """Prolong the leases of what we still hold; returns those that are still ours."""
    async with conn.transaction():
        held = await _hold(conn, claims)
        for name, mine in _by_queue(held):
            await queue.show_again(conn, name, {claim.msg_id: lease_seconds for claim in mine})
    return held


async def give_back(conn: Connection, claims: Sequence[Claim]) -> None:
    """Let others have at once what we shall not do."""
    await renew(conn, claims, 0)
