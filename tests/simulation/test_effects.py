"""One effect each of the commit: what a walk shows by the hundred, by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.simulation import facts
from tests.simulation.virtual import MortalConnection

from linernotes import engine
from linernotes.catalogue import Fact
from linernotes.db import queue, report
from linernotes.db.queue import Asked, Claim
from linernotes.engine import Failed, Later
from linernotes.pipeline import Message, Outcome
from linernotes.stages.album_discovery import AlbumDiscovery
from linernotes.stages.producer_identification import ProducerIdentification
from linernotes.stages.social_enrichment import SocialEnrichment
from linernotes.stages.track_discovery import TrackDiscovery

AT = datetime(2026, 1, 1, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


@pytest.fixture
async def conn(dsn: str) -> AsyncIterator[MortalConnection]:
    """A connection that counts its statements."""
    async with await MortalConnection.connect(
        dsn, autocommit=True, prepare_threshold=None
    ) as connection:
        yield connection


async def test_the_number_of_statements_does_not_grow_with_the_follow_ups(
    conn: MortalConnection,
) -> None:
    counts = set()
    for follow_ups in (1, 20, 300):
        (claim,) = await _asked(conn, [_profiles_of(f"parent of {follow_ups}")])
        raised = [_track(f"{follow_ups}.{n}") for n in range(follow_ups)]
        stated = [facts.producer(f"{follow_ups}.{n}", AT) for n in range(follow_ups)]
        before = conn.statements
        await engine.commit(conn, [(claim, Outcome(tuple(stated), tuple(raised)))])
        counts.add(conn.statements - before)

    assert len(counts) == 1
    assert max(counts) < 10


async def test_the_number_of_statements_does_not_grow_with_the_group(
    conn: MortalConnection,
) -> None:
    counts = set()
    for size in (2, 80):
        claims = await _asked(conn, [_profiles_of(f"{size}.{n}") for n in range(size)])
        before = conn.statements
        await engine.commit(conn, [(claim, Outcome(next=(_track("1"),))) for claim in claims])
        counts.add(conn.statements - before)

    assert len(counts) == 1


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param({"name": "a \0 in the middle"}, id="no text"),
        pytest.param({"url": None}, id="nothing where there must be something"),
    ],
)
async def test_one_that_cannot_be_stored_goes_alone(
    conn: MortalConnection, bad: dict[str, Any]
) -> None:
    claims = await _asked(conn, [_profiles_of(f"{n}") for n in range(10)])
    outcomes = [Outcome((facts.producer(f"{n}", AT),), (_track(f"{n}"),)) for n in range(10)]
    spoilt = msgspec.structs.replace(outcomes[3].facts[0], **bad)
    outcomes[3] = replace(outcomes[3], facts=(spoilt,))

    committed = await engine.commit(conn, list(zip(claims, outcomes, strict=True)))

    good = [f"{n}" for n in range(10) if n != 3]
    assert [claim for claim, _ in committed.dead] == [claims[3]]
    assert len(committed.done) == 9
    assert await _column(conn, "select id from linernotes.producer order by id") == good
    assert await _keys(conn, "producer_identification") == good
    ((error, question),) = await _rows(
        conn,
        "select details ->> 'error', (details ->> 'question')::bigint"
        " from public.pgmq_dead_letter_items",
    )
    assert error.startswith("cannot be stored: ")
    assert question == claims[3].question
    assert await _metrics(conn) == {"success": 9, "error": 1}


async def test_of_two_deliveries_in_one_group_one_takes_effect(conn: MortalConnection) -> None:
    """A worker whose lease ran out may claim the same message again before it commits."""
    (first,) = await _asked(conn, [_profiles_of("1")])
    (second,) = await _again(conn, first)

    committed = await engine.commit(conn, [(first, Outcome()), (second, Outcome())])

    assert (committed.done, committed.lost) == ([second], [first])
    assert await _metrics(conn) == {"success": 1}


async def test_of_two_deliveries_in_one_group_one_failure_counts(conn: MortalConnection) -> None:
    (first,) = await _asked(conn, [_profiles_of("1")])
    (second,) = await _again(conn, first)

    committed = await engine.commit(conn, [(first, Failed("a")), (second, Failed("b"))])

    assert (committed.failed, committed.lost) == ([(second, "b")], [first])
    assert await _column(conn, "select failures from linernotes.question") == [1]
    assert await _metrics(conn) == {"error": 1}


@pytest.mark.parametrize("verdict", [Later(600, ""), Failed(""), Failed("", fatal=True)])
async def test_what_did_not_take_effect_moves_no_later_delivery(
    conn: MortalConnection, verdict: Later | Failed
) -> None:
    (first,) = await _asked(conn, [_profiles_of("1")])
    (second,) = await _again(conn, first)
    state = "select q.vt, q.read_ct, s.failures, s.state from pgmq.q_social_enrichment as q"
    state += " cross join linernotes.question as s"
    before = await _rows(conn, state)

    committed = await engine.commit(conn, [(first, verdict)])

    assert committed.lost == [first]
    assert await _rows(conn, state) == before
    assert (await engine.commit(conn, [(second, Outcome())])).done == [second]


async def test_a_wait_counts_no_failure_and_writes_no_row(conn: MortalConnection) -> None:
    (claim,) = await _asked(conn, [_profiles_of("1")])
    for _ in range(8):
        await engine.commit(conn, [(claim, Later(0, "closed"))])
        (claim,) = await queue.claim(conn, claim.queue, count=1, lease_seconds=60)

    assert await _column(conn, "select failures from linernotes.question") == [0]
    assert await _metrics(conn) == {}


async def test_after_five_failures_a_message_is_dead_and_can_be_replayed(
    conn: MortalConnection,
) -> None:
    (claim,) = await _asked(conn, [_profiles_of("1")])
    for _ in range(4):
        assert (await engine.commit(conn, [(claim, Failed("no"))])).dead == []
        (claim,) = await _again(conn, claim)
    assert (await engine.commit(conn, [(claim, Failed("no"))])).dead == [(claim, "no")]

    letters = await _column(conn, "select id from public.pgmq_dead_letter_items")
    await queue.replay(conn, letters)
    (replayed,) = await queue.claim(conn, claim.queue, count=1, lease_seconds=60)
    await engine.commit(conn, [(replayed, Outcome((facts.producer("1", AT),)))])

    assert (replayed.question, replayed.generation) == (claim.question, 2)
    assert await _rows(conn, "select state, failures from linernotes.question") == [("answered", 0)]
    assert await _column(conn, "select id from linernotes.producer") == ["1"]
    assert await _column(conn, "select id from public.pgmq_dead_letter_items") == []


async def test_a_refresh_withdraws_what_is_no_longer_stated_when_the_answer_is_there(
    conn: MortalConnection,
) -> None:
    stated: list[Fact] = [facts.credit_answer("1", AT), facts.credit("1", "gone", AT)]
    (claim,) = await _asked(conn, [_track("1")])
    await engine.commit(conn, [(claim, Outcome((*stated, facts.credit("1", "kept", AT))))])
    credited = "select producer_id from linernotes.credit order by 1"

    (claim,) = await _asked(conn, [_track("1", since=LATER)])
    assert await _column(conn, credited) == ["gone", "kept"]

    restated: list[Fact] = [facts.credit_answer("1", LATER), facts.credit("1", "kept", LATER)]
    await engine.commit(conn, [(claim, Outcome(tuple(restated)))])
    assert await _column(conn, credited) == ["kept"]


async def test_a_message_of_an_older_generation_has_no_effect(conn: MortalConnection) -> None:
    (old,) = await _asked(conn, [_profiles_of("1")])
    (new,) = await _asked(conn, [_profiles_of("1", since=LATER)])

    committed = await engine.commit(
        conn, [(old, Outcome((facts.producer("old", AT),), (_track("old"),)))]
    )

    assert committed.done == [old]
    assert await _column(conn, "select state from linernotes.question") == ["open"]
    assert await _column(conn, "select id from linernotes.producer") == []
    assert await _keys(conn, "producer_identification") == []
    assert new.generation == 2


async def test_an_older_generation_in_the_same_group_does_not_displace_the_new_one(
    conn: MortalConnection,
) -> None:
    (old,) = await _asked(conn, [_profiles_of("1")])
    (new,) = await _asked(conn, [_profiles_of("1", since=LATER)])
    outcomes = [Outcome((facts.producer(name, AT),)) for name in ("old", "new")]

    await engine.commit(conn, list(zip((old, new), outcomes, strict=True)))

    assert await _column(conn, "select state from linernotes.question") == ["answered"]
    assert await _column(conn, "select id from linernotes.producer") == ["new"]


async def test_a_failure_of_an_older_generation_is_archived_without_a_dead_letter(
    conn: MortalConnection,
) -> None:
    (old,) = await _asked(conn, [_profiles_of("1")])
    (new,) = await _asked(conn, [_profiles_of("1", since=LATER)])

    await engine.commit(conn, [(old, Failed("old")), (new, Failed("new"))])

    assert await _rows(conn, "select failures, error from linernotes.question") == [(1, "new")]
    assert await _column(conn, "select id from public.pgmq_dead_letter_items") == []
    left = await _column(conn, "select msg_id from pgmq.q_social_enrichment")
    assert left == [new.msg_id]


async def test_a_refresh_asks_again_what_was_asked_after_its_start(conn: MortalConnection) -> None:
    """A question that a discovery asks meanwhile may be served by an answer kept from before."""
    since = datetime.now(UTC) - timedelta(minutes=1)
    await _asked(conn, [_track("1")])

    (claim,) = await _asked(conn, [_track("1", since=since)])
    again = await _asked(conn, [_track("1", since=since)])

    assert claim.generation == 2
    assert again == []


async def test_progress_counts_what_two_discoveries_share_for_both(conn: MortalConnection) -> None:
    """The second raises a question that is answered already, and one that is open."""
    roots: list[Message] = [
        AlbumDiscovery(source="spotify", artist_id=name, group="album") for name in ("a", "b")
    ]
    discoveries = [(await queue.start_discovery(conn, root, asked_for=""))[0] for root in roots]
    first, second = await queue.claim(conn, roots[0].queue, count=2, lease_seconds=60)
    shared = (_track("1"), _track("2"))

    await engine.commit(conn, [(first, Outcome(next=shared))])
    answered, _ = await queue.claim(conn, shared[0].queue, count=2, lease_seconds=60)
    await engine.commit(conn, [(answered, Outcome(next=(_profiles_of("p"),)))])
    assert await _progress(conn, discoveries[1]) == {"album_discovery": (0, 1)}
    await engine.commit(conn, [(second, Outcome(next=shared))])

    expected = {
        "album_discovery": (1, 0),
        "producer_identification": (1, 1),
        "social_enrichment": (0, 1),
    }
    assert await _progress(conn, discoveries[0]) == expected
    assert await _progress(conn, discoveries[1]) == expected


async def test_coverage_counts_the_tracks_of_albums_that_are_not_read_yet(
    conn: MortalConnection,
) -> None:
    page = AlbumDiscovery(source="spotify", artist_id="a", group="album")
    (claim,) = await _asked(conn, [page])
    album = msgspec.structs.replace(facts.album("1", AT), total_tracks=12)
    read = TrackDiscovery(source="spotify", artist_id="a", album_id="1")
    await engine.commit(conn, [(claim, Outcome((album, facts.listing("a", "1", AT)), (read,)))])

    found = await report.coverage(conn, "a")

    assert (found.unread, found.total, found.albums, found.albums_read) == (12, 12, 1, 0)


# ---- asking and reading


def _profiles_of(producer: str, since: datetime | None = None) -> Message:
    return SocialEnrichment(source="musicbrainz", producer_id=producer, since=since)


def _track(id: str, since: datetime | None = None) -> Message:
    return ProducerIdentification(source="musicbrainz", track=facts.track_ref(id), since=since)


async def _asked(conn: MortalConnection, messages: Sequence[Message]) -> list[Claim]:
    """Ask, and claim what came of it, in the order of asking."""
    await queue.ask(conn, [Asked(None, message) for message in messages])
    claims = await queue.claim(conn, messages[0].queue, count=100, lease_seconds=60)
    asked = [message.key for message in messages]
    keys = dict(await _rows(conn, "select id, key from linernotes.question"))
    return sorted(claims, key=lambda claim: asked.index(keys[claim.question]))


async def _again(conn: MortalConnection, claim: Claim) -> list[Claim]:
    """Deliver the message once more, as when the lease has run out."""
    await queue.show_again(conn, claim.queue, {claim.msg_id: 0})
    return await queue.claim(conn, claim.queue, count=1, lease_seconds=60)


async def _rows(conn: MortalConnection, query: str) -> list[Any]:
    return list(await (await conn.execute(query)).fetchall())


async def _column(conn: MortalConnection, query: str) -> list[Any]:
    return [value for (value,) in await _rows(conn, query)]


async def _keys(conn: MortalConnection, name: str) -> list[str]:
    query = f"select key from linernotes.question where queue = '{name}' order by key"
    return await _column(conn, query)


async def _metrics(conn: MortalConnection) -> dict[str, int]:
    return dict(await _rows(conn, "select status, count(*) from public.queue_metrics group by 1"))


async def _progress(conn: MortalConnection, discovery: int) -> dict[str, tuple[int, int]]:
    found: Iterable[report.QueueProgress] = await report.progress(conn, discovery)
    return {one.queue: (one.answered, one.open) for one in found}
