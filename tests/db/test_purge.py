"""What is kept, for how long, and what is left when it is gone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from tests.walks import settings_of, walk

from linernotes import runtime
from linernotes.db import migrate, purge, queue, report
from linernotes.db.purge import Purge
from linernotes.sandbox import Served, serve
from linernotes.sandbox.small import small_world
from linernotes.stages import LANE_OF
from linernotes.stages.artist_discovery import ArtistDiscovery

WORLD = small_world()
ROOT = ArtistDiscovery(source="spotify", by="name", asked="Drake")
QUEUES = tuple(LANE_OF)
# What is no fact and no answer, and outlives a purge of everything.
STAYING = {"learned", "budget", "store", "migration", "kept"}
# What outlives the rest when only the answers are kept.
KEPT = {"answer", *STAYING}
# Rows that the small world does not lead to.
RARE = """
insert into linernotes.answer (source, request, state, asker, until)
values ('spotify', '/asked/and/not/answered', 'asking', gen_random_uuid(), now() - interval '1 s');
insert into linernotes.unknown_role (
    track_id, source, source_url, kind, met, words, retrieved_at
)
select t.id, 'musicbrainz', 'https://musicbrainz.example', 'task', 'a', 'a', now()
from linernotes.track as t;
insert into linernotes.merged (id, current_id, source, retrieved_at)
select 'older', 'old', 'musicbrainz', now()
union all
select 'old', min(p.id), 'musicbrainz', now() from linernotes.producer as p;
"""


def rows(dsn: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn, autocommit=True) as conn:
        return conn.execute(statement.encode(), values or None).fetchall()


def run(dsn: str, statement: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(statement.encode())


def empty_but_answers(dsn: str) -> None:
    tables = rows(
        dsn,
        "select c.oid::regclass::text, c.relname from pg_class as c"
        " where c.relkind = 'r' and (c.relnamespace = 'linernotes'::regnamespace"
        " or c.relnamespace = 'pgmq'::regnamespace and c.relname ~ '^[qa]_')",
    )
    run(dsn, "truncate " + ", ".join(full for full, name in tables if name not in KEPT))
    run(dsn, "truncate public.pgmq_dead_letter_items")


# What leads to questions that are not there.
DANGLING = """
select f.follow_up_id from linernotes.follow_up as f
left join linernotes.question as q on q.id = f.follow_up_id
where q.id is null
union all
select d.question_id from linernotes.discovery as d
left join linernotes.question as q on q.id = d.question_id
where q.id is null
"""
# One of the last questions, as if it were in work yet.
REOPENED = """
with reopened as (
    update linernotes.question as q
    set generation = 2, state = 'open'
    where q.id = (select max(id) from linernotes.question)
    returning q.id, q.queue, q.body
)
select pgmq.send(r.queue, r.body || jsonb_build_object('question', r.id, 'generation', 2), 0)
from reopened as r;
"""


def counts(progress: list[report.QueueProgress]) -> list[tuple[Any, ...]]:
    return [(one.queue, one.answered, one.open, one.dead, one.tracks) for one in progress]


def filled(dsn: str) -> set[str]:
    """The tables of ours that have rows."""
    tables = rows(
        dsn,
        "select c.relname from pg_class as c"
        " where c.relkind = 'r' and c.relnamespace = 'linernotes'::regnamespace",
    )
    return {name for (name,) in tables if rows(dsn, f"select from linernotes.{name} limit 1")}


def pass_time(dsn: str, interval: str = "25 hours") -> None:
    """As if everything had been said so much earlier."""
    for table in ("artist_answer", "artist", "album", "listing", "track", "match"):
        run(
            dsn,
            f"update linernotes.{table} set retrieved_at = retrieved_at - interval '{interval}'",
        )
    run(dsn, f"update linernotes.question set asked_at = asked_at - interval '{interval}'")
    run(dsn, f"update linernotes.answer set expires_at = expires_at - interval '{interval}'")
    for name in QUEUES:
        run(dsn, f"update pgmq.a_{name} set enqueued_at = enqueued_at - interval '{interval}'")


def titles(dsn: str) -> set[str]:
    found = rows(dsn, "select title from linernotes.album union select title from linernotes.track")
    return {title for (title,) in found if title}


def standing(dsn: str, wanted: set[str]) -> set[str]:
    """Those of the titles that stand anywhere where only Spotify's words are."""
    tables = ["linernotes.artist", "linernotes.album", "linernotes.track", "linernotes.question"]
    tables += [f"pgmq.a_{queue}" for queue in QUEUES]
    text = "\n".join(
        row for table in tables for (row,) in rows(dsn, f"select to_jsonb(t)::text from {table} t")
    )
    return {title for title in wanted if f'"{title}"' in text}


async def walked(dsn: str, sandbox: Served) -> list[Any]:
    found = await walk(dsn, settings_of(sandbox), ROOT)
    return [found.artist, found.coverage, found.producers]


async def test_with_the_answers_kept_a_second_run_asks_for_nothing(dsn: str) -> None:
    with serve(WORLD, limits=False) as sandbox:
        first = await walked(dsn, sandbox)
        asked = len(sandbox.requests)
        empty_but_answers(dsn)
        second = await walked(dsn, sandbox)

        assert asked > 20
        assert len(sandbox.requests) == asked
    assert second == first


async def test_after_a_purge_that_keeps_the_answers_a_second_run_asks_for_nothing(dsn: str) -> None:
    with serve(WORLD, limits=False) as sandbox:
        first = await walked(dsn, sandbox)
        asked = len(sandbox.requests)
        removed = await purged(dsn, artist=first[0], answers=False)
        left = {
            table: rows(dsn, f"select count(*) from linernotes.{table}")[0][0]
            for table in ("artist", "album", "listing", "track", "credit", "profile", "question")
        }
        second = await walked(dsn, sandbox)

        assert len(sandbox.requests) == asked
    assert set(left.values()) == {0}
    assert "answer" not in removed
    assert second == first


@pytest.mark.parametrize("whose", ["everybody", "the only artist"])
async def test_a_purge_leaves_no_kind_of_row_behind(dsn: str, whose: str) -> None:
    with serve(WORLD, limits=False) as sandbox:
        artist = (await walked(dsn, sandbox))[0]
    run(dsn, RARE)
    before = filled(dsn)
    await purged(dsn, artist=None if whose == "everybody" else artist)

    # Of an artist: requests that name neither artist, album, track nor producer stay.
    left = {"answer"} if whose == "the only artist" else set()
    assert before >= {"answer", "identity", "merged", "profile", "unknown_role"}
    assert filled(dsn) - STAYING == left


async def test_a_dry_run_removes_nothing_and_says_what_would_go(dsn: str) -> None:
    with serve(WORLD, limits=False) as sandbox:
        artist = (await walked(dsn, sandbox))[0]
    async with migrate.connect(dsn) as conn:
        wanted = Purge(QUEUES, await purge.moment(conn, 0), artist=artist)
        would = await purge.purge(conn, wanted, dry_run=True)
        again = await purge.purge(conn, wanted)
        nothing = await purge.purge(conn, wanted)

    assert would == again
    assert would["answer"] > 0
    assert nothing == {}


async def test_another_artists_facts_stay(dsn: str) -> None:
    other = ArtistDiscovery(source="spotify", by="id", asked=_other_artist())
    with serve(WORLD, limits=False) as sandbox:
        artist = (await walked(dsn, sandbox))[0]
        alone = await walk(dsn, settings_of(sandbox), other)
        await purged(dsn, artist=artist)
    async with migrate.connect(dsn) as conn:
        assert alone.artist is not None
        assert [one.id for one in await report.artists(conn)] == [alone.artist]
        assert await report.coverage(conn, alone.artist) == alone.coverage


@pytest.mark.parametrize("source", ["spotify", "musicbrainz", "wikidata"])
async def test_what_a_source_said_is_had_again_by_the_next_run(dsn: str, source: str) -> None:
    with serve(WORLD, limits=False) as sandbox:
        first = await walked(dsn, sandbox)
        removed = await purged(dsn, source=source)
        before = len(sandbox.requests)
        second = await walked(dsn, sandbox)
        asked = {one.source for one in sandbox.requests[before:]}

    assert removed["answer"] > 0
    assert second == first
    assert asked <= {source, "accounts"}


async def test_a_discovery_with_open_questions_stays_and_is_walked_anew(dsn: str) -> None:
    with serve(WORLD, limits=False) as sandbox:
        first = await walked(dsn, sandbox)
        async with migrate.connect(dsn) as conn:
            before = await report.progress(conn, 1)
            run(dsn, REOPENED)
            removed = await purged(dsn, source="musicbrainz")
            root = await report.root(conn, 1)
            second = await walked(dsn, sandbox)
            after = await report.progress(conn, 1)

    assert removed["question"] > 0
    assert root is not None
    assert root.state == "open"
    assert second == first
    assert counts(after) == counts(before)


async def test_purges_beside_a_worker_leave_the_next_run_the_truth(dsn: str) -> None:
    other = ArtistDiscovery(source="spotify", by="id", asked=_other_artist())
    with serve(WORLD, limits=False) as sandbox:
        used = settings_of(sandbox)
        first = await walked(dsn, sandbox)
        alone = await walk(dsn, used, other)
        await purged(dsn)
        wanted: list[dict[str, Any]] = [
            {},
            {"artist": first[0]},
            {"artist": first[0], "answers": False},
            {"source": "musicbrainz"},
            {"source": "spotify", "answers": False},
        ]
        async with runtime.open_runtime(used, dsn) as opened:
            worker = opened.worker()
            working = asyncio.create_task(worker.run())
            for number, one in enumerate(wanted * 4):
                await discovered(dsn, ROOT, other)
                await in_work(dsn, at_least=(number * 7) % 60)
                await purged(dsn, **one)
            worker.stop()
            await working
        second = await walked(dsn, sandbox)
        again = await walk(dsn, used, other)

    assert second == first
    assert (again.artist, again.coverage, again.producers) == (
        alone.artist,
        alone.coverage,
        alone.producers,
    )
    assert rows(dsn, DANGLING) == []


async def test_a_purge_waits_for_who_is_asking_and_takes_that_too(dsn: str) -> None:
    with serve(WORLD, limits=False) as sandbox:
        await walked(dsn, sandbox)
    async with migrate.connect(dsn) as conn:
        async with conn.transaction():
            await queue.lock_walk(conn)
            purging = asyncio.create_task(purged(dsn))
            await waited_for(dsn)
            await queue.start_discovery(conn, ROOT, asked_for="test")
        await purging

    assert filled(dsn) == STAYING & filled(dsn)


async def test_what_is_younger_stays(dsn: str) -> None:
    with serve(WORLD, limits=False) as sandbox:
        await walked(dsn, sandbox)
    given_back = "select from linernotes.answer where fetched_at is null"
    tried = len(rows(dsn, given_back))
    async with migrate.connect(dsn) as conn:
        removed = await purge.purge(conn, Purge(QUEUES, await purge.moment(conn, 3600)))

    assert removed.pop("answer", 0) == tried
    assert set(removed) <= {"question", "message"}


async def test_a_producer_who_is_still_credited_stays_however_old_the_name_is(dsn: str) -> None:
    names = "select name from linernotes.producer order by name"
    with serve(WORLD, limits=False) as sandbox:
        await walked(dsn, sandbox)
    before = rows(dsn, names)
    run(dsn, "update linernotes.producer set retrieved_at = now() - interval '2 days'")
    async with migrate.connect(dsn) as conn:
        removed = await purge.purge(conn, Purge(QUEUES, await purge.moment(conn, 3600)))

    assert "producer" not in removed
    assert rows(dsn, names) == before != []


async def test_an_album_that_stands_in_no_list_any_more_goes_with_who_is_printed_on_it(
    dsn: str,
) -> None:
    with serve(WORLD, limits=False) as sandbox:
        artist = (await walked(dsn, sandbox))[0]
    run(
        dsn,
        "delete from linernotes.listing where album_id = ("
        "select min(al.id) from linernotes.album as al"
        f" where al.artists -> 0 ->> 'id' = '{artist}')",
    )
    await purged(dsn, artist=artist)

    assert filled(dsn) - STAYING == {"answer"}


async def test_words_are_had_again_from_kept_answers(dsn: str) -> None:
    words = "select name from linernotes.artist union select title from linernotes.album"
    words += " union select title from linernotes.track order by 1"
    with serve(WORLD, limits=False) as sandbox:
        await walked(dsn, sandbox)
        before, asked = rows(dsn, words), len(sandbox.requests)
        await purged(dsn, source="spotify", answers=False)
        erased = rows(dsn, words)
        await walked(dsn, sandbox)

        assert len(sandbox.requests) == asked
    assert erased == [(None,)]
    assert rows(dsn, words) == before


async def test_erasing_the_words_of_an_artist_leaves_the_questions_of_others(dsn: str) -> None:
    bodies = "select id, body from linernotes.question order by id"
    other = ArtistDiscovery(source="spotify", by="id", asked=_other_artist())
    with serve(WORLD, limits=False) as sandbox:
        artist = (await walked(dsn, sandbox))[0]
        await purged(dsn, artist=artist)
        await walk(dsn, settings_of(sandbox), other)
        before = rows(dsn, bodies)
        removed = await purged(dsn, source="spotify", artist=artist)

    assert "words" not in removed
    assert rows(dsn, bodies) == before != []


async def test_expired_words_are_not_shown_before_they_are_erased(dsn: str) -> None:
    with serve(WORLD, limits=False) as sandbox:
        await walked(dsn, sandbox)
    before = titles(dsn)
    pass_time(dsn)
    named = rows(
        dsn,
        "select t.title is not distinct from min(m.title), t.counts"
        " from linernotes.named_track as t left join linernotes.match as m on m.track_id = t.id"
        " group by t.id, t.title, t.counts",
    )
    async with migrate.connect(dsn) as conn:
        gone = await report.words_gone(conn)
        artists = await report.artists(conn)

    assert standing(dsn, before) == before != set()
    assert len(named) > 10
    assert set(named) == {(True, False)}
    assert gone
    assert [one.name for one in artists] == ["Drake"]


async def test_expired_words_are_erased_everywhere_and_recordings_stay_joined(dsn: str) -> None:
    joined = "select id, recording_id from linernotes.track order by id"
    with serve(WORLD, limits=False) as sandbox:
        await walked(dsn, sandbox)
    before, said = rows(dsn, joined), titles(dsn)
    pass_time(dsn)
    async with migrate.connect(dsn) as conn:
        await purge.erase_expired(conn, QUEUES, count=3)
        await conn.execute(
            "select linernotes.join_recordings(array(select id from linernotes.track))"
        )

    assert len(said) > 10
    assert standing(dsn, said) == set()
    assert rows(dsn, joined) == before
    assert rows(dsn, "select count(*) from linernotes.answer where source = 'spotify'") == [(0,)]
    assert rows(dsn, "select count(*) from linernotes.artist where name is not null") == [(0,)]


async def test_words_that_count_are_not_erased(dsn: str) -> None:
    with serve(WORLD, limits=False) as sandbox:
        await walked(dsn, sandbox)
    before = titles(dsn)
    async with migrate.connect(dsn) as conn:
        await purge.erase_expired(conn, QUEUES)

    assert standing(dsn, before) == before != set()


async def test_the_hours_of_the_last_run_hold_for_what_is_there(dsn: str) -> None:
    with serve(WORLD, limits=False) as sandbox:
        await walked(dsn, sandbox)
    async with migrate.connect(dsn) as conn:
        fresh = await report.words_gone(conn)
        await report.keep(conn, {"spotify": 0.001})
        gone = await report.words_gone(conn)
        kept = {one.source: one.keep_seconds for one in await report.budgets(conn)}

    assert (fresh, gone) == (False, True)
    assert kept == {"spotify": 0.001, "musicbrainz": 604_800, "wikidata": 604_800}


async def test_fewer_hours_shorten_answers_that_are_there_and_more_do_not(dsn: str) -> None:
    run(
        dsn,
        """
        insert into linernotes.answer
            (source, request, state, asker, until, status, fetched_at, expires_at)
        select
            source, request, state, gen_random_uuid(), now(), 200, now(),
            now() + make_interval(hours => hours)
        from (values
            ('spotify', '/long', 'here', 24), ('spotify', '/again', 'asking', 24),
            ('spotify', '/short', 'here', 1), ('wikidata', '/long', 'here', 168)
        ) as given(source, request, state, hours)
        """,
    )
    async with migrate.connect(dsn) as conn:
        await report.keep(conn, {"spotify": 7200, "wikidata": 604_800})
        await report.keep(conn, {"spotify": 360_000})

    assert rows(
        dsn,
        "select source, request, extract(epoch from expires_at - fetched_at)::int"
        " from linernotes.answer order by source, request",
    ) == [
        ("spotify", "/again", 7200),
        ("spotify", "/long", 7200),
        ("spotify", "/short", 3600),
        ("wikidata", "/long", 604_800),
    ]


async def discovered(dsn: str, *roots: ArtistDiscovery) -> None:
    async with migrate.connect(dsn) as conn:
        for root in roots:
            async with conn.transaction():
                await queue.start_discovery(conn, root, asked_for="test")


async def waited_for(dsn: str) -> None:
    """Until somebody waits for a lock."""
    waiting = "select from pg_locks where locktype = 'advisory' and not granted"
    while not rows(dsn, waiting):  # noqa: ASYNC110 - in a database
        await asyncio.sleep(0.005)


async def in_work(dsn: str, *, at_least: int) -> None:
    """Wait until so many questions are answered, or all."""
    answered = "select from linernotes.question where state = 'answered'"
    open_ones = "select from linernotes.question where state = 'open'"
    while len(rows(dsn, answered)) < at_least and rows(dsn, open_ones):  # noqa: ASYNC110 - in a database
        await asyncio.sleep(0.005)


async def test_where_nothing_is_that_old_nothing_is_forgotten(dsn: str) -> None:
    with serve(WORLD, limits=False) as sandbox:
        await walked(dsn, sandbox)
    async with migrate.connect(dsn) as conn:
        long_ago = await purge.moment(conn, 30 * 86_400)
    questions = rows(dsn, "select count(*) from linernotes.question")

    assert await purged(dsn, before=long_ago, aged=True) == {}
    assert rows(dsn, "select count(*) from linernotes.question") == questions
    assert rows(dsn, "select count(*) from linernotes.discovery") == [(1,)]


async def test_by_age_what_is_in_work_stays_and_what_led_to_it_is_asked_anew(dsn: str) -> None:
    with serve(WORLD, limits=False) as sandbox:
        before = await walked(dsn, sandbox)
        run(
            dsn,
            """
            with reopened as (
                update linernotes.question set state = 'open'
                where id = (select max(id) from linernotes.question)
                returning queue, body || jsonb_build_object(
                    'question', id, 'generation', generation) as message
            )
            select pgmq.send(queue, message) from reopened
            """,
        )
        await purged(dsn, aged=True, answers=False)

        assert rows(dsn, "select count(*) from linernotes.discovery") == [(1,)]
        assert rows(dsn, "select count(*) > 1 from linernotes.question where state = 'open'")
        again = await walked(dsn, sandbox)
    assert again == before


async def purged(dsn: str, **wanted: Any) -> dict[str, int]:
    async with migrate.connect(dsn) as conn:
        everything = Purge(QUEUES, await purge.moment(conn, 0))
        return await purge.purge(conn, replace(everything, **wanted))


def _other_artist() -> str:
    drake = next(id for id, one in WORLD.artists.items() if one.name == "Drake")
    sizes = {
        id: sum(map(len, groups.values())) for id, groups in WORLD.listings.items() if id != drake
    }
    return max(sizes, key=lambda id: (sizes[id], id))
