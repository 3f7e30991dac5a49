"""What becomes of whatever a source may answer, and that nobody asks twice."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, LiteralString
from uuid import uuid4

import httpx2
import msgspec
import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool
from tests.db.servers import database
from tests.replies import SOURCE, Reply, Service, Thing, ok, packed, reply, slowly

from linernotes import db, engine, upstream
from linernotes.cli.waiting import closed_words
from linernotes.db import answer, budget
from linernotes.engine import Failed
from linernotes.errors import (
    Busy,
    Malformed,
    NotFound,
    Refused,
    Rejected,
    Unavailable,
    UpstreamError,
)
from linernotes.replies import retry_after
from linernotes.sources import Batch
from linernotes.sources.musicbrainz_search import LINKS_MAX
from linernotes.tokens import ClientCredentials
from linernotes.upstream import HttpApi, no_headers

Pool = AsyncConnectionPool[Any]
HTML = "<html><body>Sign in to the hotel's network</body></html>"
FOURTEEN_HOURS = 50_400.0


@pytest.fixture(scope="module")
def shared_dsn(server: str, template: str) -> Iterator[str]:
    """One database for the many short tests here; `pool` empties what they fill."""
    with database(server, template=template) as address:
        yield address


@pytest.fixture
async def pool(shared_dsn: str) -> AsyncIterator[Pool]:
    async with db.open_pool(shared_dsn, max_size=4) as opened:
        async with opened.connection() as conn:
            await conn.execute("truncate linernotes.answer, linernotes.budget, linernotes.learned")
        yield opened


async def rows(pool: Pool, columns: LiteralString) -> list[Any]:
    async with pool.connection() as conn:
        cursor = await conn.execute(f"select {columns} from linernotes.answer order by request")
        return list(await cursor.fetchall())


async def closing(pool: Pool, source: str = SOURCE.name) -> budget.Closing | None:
    async with pool.connection() as conn:
        return (await budget.closings(conn)).get(source)


async def key(refused: str | None) -> Mapping[str, str]:
    return {"Authorization": "key"}


KEY, NO_KEY = key, no_headers


# What an answer means


@dataclass(frozen=True)
class Case:
    reply: httpx2.Response | Exception
    error: type[UpstreamError]
    closed_seconds: float | None = None
    refused: bool = False
    told: bool = False
    says: str = ""
    keyless: bool = False


CASES = {
    "truncated JSON": Case(reply(200, '{"name": "Dra'), Malformed, says="cannot read"),
    "HTML with status 200": Case(reply(200, HTML), Malformed, says="cannot read"),
    "another shape": Case(ok({"title": "Drake"}), Malformed, says="name"),
    "nothing at all": Case(reply(200), Malformed),
    "endless nesting": Case(reply(200, '{"other": ' + "[" * 100_000), Malformed),
    "broken gzip": Case(packed(b"no gzip"), Malformed, says="unpack"),
    "a status without content": Case(reply(204), Malformed, says="204"),
    "429 with seconds": Case(reply(429, "Too many requests", retry_after="7"), Busy, 7, told=True),
    "429 with fourteen hours": Case(
        reply(429, retry_after="50400"), Busy, FOURTEEN_HOURS, told=True
    ),
    "429 with a date": Case(
        reply(
            429,
            date="Tue, 24 Nov 2026 12:00:00 GMT",
            retry_after="Tue, 24 Nov 2026 13:00:00 GMT",
        ),
        Busy,
        3600,
        told=True,
    ),
    "429 without a word": Case(reply(429), Busy, 5, told=True),
    "503 with Retry-After": Case(reply(503, "{}", retry_after="3"), Busy, 3, told=True),
    "503 without Retry-After": Case(
        reply(503, HTML), Busy, 5, says="cannot be reached: answered 503 to /things/1"
    ),
    "500": Case(reply(500), Unavailable),
    "502 with a page": Case(reply(502, HTML), Busy, 5, says="answered 502"),
    "504": Case(reply(504), Busy, 5, says="answered 504"),
    "504 with Retry-After": Case(reply(504, retry_after="120"), Busy, 120, told=True),
    "403 in plain text": Case(
        reply(403, "Active premium subscription\n required"),
        Refused,
        300,
        refused=True,
        says="Active premium subscription required",
    ),
    "401": Case(reply(401), Refused, 300, refused=True),
    "403 where no key is wanted": Case(
        reply(403, "User-Agent?"), Unavailable, 10, says="User-Agent?", keyless=True
    ),
    "401 where no key is wanted": Case(reply(401), Unavailable, 10, keyless=True),
    "404 with a page": Case(reply(404, HTML), Malformed, says="Sign in"),
    "an empty 400": Case(reply(400), Rejected, says="without a word"),
    "400 with words": Case(reply(400, '{"error": "Invalid limit"}'), Rejected, says="Invalid"),
    "moved": Case(
        reply(302, location="https://elsewhere.example/"), Unavailable, says="elsewhere.example"
    ),
    "time-out": Case(
        httpx2.ReadTimeout("slow"), Busy, 5, says="(cannot be reached: no answer in time)"
    ),
    "no connection": Case(httpx2.ConnectTimeout(""), Busy, 5, says="no connection in time"),
    "connection lost": Case(httpx2.RemoteProtocolError("gone"), Busy, 5, says="gone"),
    "a mistake of ours": Case(httpx2.LocalProtocolError("header"), Unavailable, says="header"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_an_answer_that_is_none_is_the_right_error_and_is_not_kept(
    case: Case, pool: Pool
) -> None:
    service = Service(case.reply)

    with pytest.raises(UpstreamError) as raised:
        await service.api(pool, headers=NO_KEY if case.keyless else KEY).get("/things/1", Thing)

    assert type(raised.value) is case.error
    assert str(raised.value).startswith("spotify: ")
    assert case.says in str(raised.value)
    closed = await closing(pool)
    assert (closed and (round(closed.seconds), closed.refused, closed.told)) == (
        case.closed_seconds and (case.closed_seconds, case.refused, case.told)
    )
    assert await rows(pool, "state, status, body, until = '-infinity'") == [
        ("asking", None, None, True)
    ]


async def test_an_empty_400_has_an_empty_body(pool: Pool) -> None:
    with pytest.raises(Rejected) as raised:
        await Service(reply(400)).api(pool).get("/things/1", Thing)

    assert (raised.value.status, raised.value.body) == (400, "")


async def test_a_body_that_unpacks_without_end_is_not_read_to_it(pool: Pool) -> None:
    bomb = gzip.compress(b" " * (33 * 1024 * 1024), compresslevel=1)

    with pytest.raises(Malformed, match="larger than"):
        await Service(packed(bomb)).api(pool).get("/things/1", Thing)


async def test_nobody_listens(pool: Pool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with httpx2.AsyncClient() as http:
        with pytest.raises(Busy):
            await HttpApi(replace(SOURCE, url=url), http, pool).get("/things/1", Thing)

    assert (closed := await closing(pool)) is not None
    assert closed.reason == "cannot be reached: connection refused"


async def test_a_name_that_nobody_knows(pool: Pool) -> None:
    async with httpx2.AsyncClient() as http:
        with pytest.raises(Busy):
            await HttpApi(replace(SOURCE, url="http://nowhere.invalid"), http, pool).get("/", Thing)

    assert (closed := await closing(pool)) is not None
    assert closed.reason == "cannot be reached: its name cannot be resolved (DNS)"


# Out of reach


async def over(pool: Pool) -> None:
    """The closing is over, as if its time had passed."""
    async with pool.connection() as conn:
        await conn.execute(
            "update linernotes.budget set closed_until = now(), next_at = least(next_at, now())"
        )


async def closed_seconds(pool: Pool) -> float | None:
    found = await closing(pool)
    return None if found is None else round(found.seconds)


async def test_each_time_in_a_row_it_is_closed_for_twice_as_long_whoever_asks(pool: Pool) -> None:
    service = Service(httpx2.ConnectError("refused"))
    seconds = []
    for number in range(8):
        with pytest.raises(Busy):
            await service.api(pool).get(f"/things/{number}", Thing)  # each a process of its own
        seconds.append(await closed_seconds(pool))
        await over(pool)

    assert seconds == [5, 10, 20, 40, 80, 160, 300, 300]
    assert len(service.asked) == 8


@pytest.mark.parametrize(
    "answer", [ok({"name": "Drake"}), reply(404, "{}"), reply(500), reply(400), reply(200, HTML)]
)
async def test_any_answer_begins_the_count_anew(answer: httpx2.Response, pool: Pool) -> None:
    lost = httpx2.ReadError("lost")
    service = Service(lost, lost, answer, lost)
    for number in range(4):
        with suppress(UpstreamError):
            await service.api(pool).get(f"/things/{number}", Thing)
        await over(pool) if number < 2 else None

    assert await closed_seconds(pool) == 5


async def test_requests_that_are_lost_together_count_once(pool: Pool) -> None:
    service = Service(slowly(reply(502), 0.1))
    apis = [service.api(pool) for _ in range(3)]

    await asyncio.gather(
        *(api.get(f"/things/{n}", Thing) for n in range(4) for api in apis),
        return_exceptions=True,
    )

    assert len(service.asked) > 1
    assert await closed_seconds(pool) == 5


@pytest.mark.parametrize(
    "first", [reply(502), reply(429, retry_after="60"), httpx2.ReadTimeout("")], ids=str
)
async def test_after_a_closing_one_asks_alone_until_it_is_answered(
    first: Reply, pool: Pool
) -> None:
    service = Service(first, slowly(ok({"name": "Drake"}), 0.2), ok({"name": "Drake"}))
    apis = [service.api(pool) for _ in range(3)]
    with suppress(Busy):
        await apis[0].get("/things/0", Thing)
    await over(pool)

    results = await asyncio.gather(
        *(api.get(f"/things/{n}", Thing) for n, api in enumerate(apis, start=1)),
        return_exceptions=True,
    )
    asked_alone = len(service.asked)
    after = await asyncio.gather(
        *(api.get(f"/things/{n}", Thing) for n, api in enumerate(apis, start=1))
    )

    assert sorted(type(one).__name__ for one in results) == ["Answer", "Busy", "Busy"]
    assert asked_alone == 2
    assert [one.value for one in after] == [Thing("Drake")] * 3


async def test_who_asked_alone_and_died_is_replaced(pool: Pool) -> None:
    service = Service(reply(502), slowly(ok({"name": "late"}), 60), ok({"name": "Drake"}))
    options: dict[str, Any] = {"ask_seconds": 0.3, "patience_seconds": 1}
    with suppress(Busy):
        await service.api(pool, **options).get("/things/1", Thing)
    await over(pool)
    dying = asyncio.create_task(service.api(pool, **options).get("/things/2", Thing))
    await service.until_asked(2)
    dying.cancel()

    found = await service.api(pool, patience_seconds=1).get("/things/3", Thing)

    assert found.value == Thing("Drake")


async def test_what_got_no_answer_lets_others_go_first(pool: Pool) -> None:
    def spoilt(request: httpx2.Request) -> Reply:
        is_spoilt = request.url.path.endswith("spoilt")
        return httpx2.ReadTimeout("") if is_spoilt else ok({"name": "Drake"})

    service = Service(spoilt)
    api = service.api(pool)
    with pytest.raises(Busy):
        await api.get("/spoilt", Thing)
    await over(pool)

    first, second = await asyncio.gather(
        api.get("/spoilt", Thing), api.get("/other", Thing), return_exceptions=True
    )

    assert isinstance(first, Busy)
    assert not isinstance(second, BaseException)
    # Others are answered and it is not: the question is at fault, and the source stays open.
    with pytest.raises(Unavailable):
        await api.get("/spoilt", Thing)
    assert await closing(pool) is None


async def test_the_person_who_is_back_lifts_our_own_closings_and_not_those_of_the_source(
    pool: Pool,
) -> None:
    service = Service(reply(502), reply(429, retry_after="60"))
    lifted = []
    for number in range(2):
        with suppress(Busy):
            await service.api(pool).get(f"/things/{number}", Thing)
        before = await closing(pool)
        async with pool.connection() as conn:
            await budget.open_again(conn, SOURCE.name)
        lifted.append((before and before.told, await closing(pool) is None))

    assert lifted == [(False, True), (True, False)]


async def test_without_the_accounts_service_the_source_is_waited_for(pool: Pool) -> None:
    accounts, service = Service(reply(500)), Service(ok({"name": "Drake"}))
    tokens = ClientCredentials(accounts.http, "https://accounts.example", "id", "secret")

    with pytest.raises(Busy):
        await service.api(pool, headers=tokens.headers).get("/things/1", Thing)

    assert (closed := await closing(pool)) is not None
    assert closed.reason == "spotify: answered 500 to the request for a token"
    assert (closed.told, closed.refused) == (False, False)
    assert service.asked == []


async def test_that_a_source_says_wait_for_ever_is_shown_for_ever(pool: Pool) -> None:
    service = Service(reply(429, retry_after="3"))
    shown: list[str] = []
    for number in range(4):
        with pytest.raises(Busy):
            await service.api(pool).get(f"/things/{number}", Thing)
        async with pool.connection() as conn:
            shown += map(closed_words, (await budget.closings(conn)).values())
        await over(pool)

    assert len(service.asked) == 4
    for number, words in enumerate(shown):
        assert words.startswith("Spotify closed until ")
        assert words.endswith(f"(answered 429 to /things/{number})")


async def test_an_answer_that_drips_is_given_up_on_and_others_may_ask(pool: Pool) -> None:
    service = Service(slowly(ok({"name": "late"}), 60), ok({"name": "Drake"}))

    with pytest.raises(Unavailable, match="no whole answer"):
        await service.api(pool, ask_seconds=0.2).get("/things/1", Thing)

    assert (await service.api(pool).get("/things/1", Thing)).value == Thing("Drake")


async def test_what_postgresql_cannot_hold_is_replaced(pool: Pool) -> None:
    body = r'{"name": "\u0000<NUL>\\u0000\\\u0000\u0000\n\u00000"}'.replace("<NUL>", "\x00")

    found = await Service(reply(200, body)).api(pool).get("/things/1", Thing)

    assert found.value == Thing("\ufffd\ufffd\\u0000\\\ufffd\ufffd\n\ufffd0")


RETRY_AFTER = {
    "seconds": ("120", 120.0),
    "a fraction": ("1.5", 1.5),
    "none to wait": ("0", 1.0),
    "a date that is over": ("Tue, 24 Nov 2020 12:00:00 GMT", 1.0),
    "a week and more": ("864000", 864_000.0),
    "words": ("soon", 5.0),
    "nothing": ("", 5.0),
    "not a number": ("nan", 5.0),
    "negative": ("-3", 5.0),
    "more than there are": ("9" * 400, 366 * 24 * 3600.0),
    "a date that is none": ("Tue, 99 Nov 2026 12:00:00 GMT", 5.0),
}


@pytest.mark.parametrize(("text", "seconds"), RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_retry_after(text: str, seconds: float) -> None:
    assert retry_after({"retry-after": text}) == seconds


def test_a_date_counts_from_our_clock_where_the_source_shows_none() -> None:
    until = datetime.now(UTC) + timedelta(hours=14)

    seconds = retry_after({"retry-after": format_datetime(until, usegmt=True)})

    assert seconds == pytest.approx(FOURTEEN_HOURS, abs=5)


# Closed


async def test_a_closed_source_is_not_asked_and_another_is(pool: Pool) -> None:
    service = Service(reply(429, retry_after="50400"), ok({"name": "Drake"}))
    with pytest.raises(Busy):
        await service.api(pool).get("/things/1", Thing)

    with pytest.raises(Busy) as raised:  # another process, after a restart
        await service.api(pool).get("/things/2", Thing)
    other = await service.api(pool, replace(SOURCE, name="wikidata")).get("/things/1", Thing)

    assert raised.value.seconds == pytest.approx(FOURTEEN_HOURS, abs=5)
    assert raised.value.reason == "answered 429 to /things/1"
    assert other.value == Thing("Drake")
    assert len(service.asked) == 2


async def test_a_refusal_can_be_told_and_lifted(pool: Pool) -> None:
    service = Service(reply(403, "premium required"), ok({"name": "Drake"}))
    with pytest.raises(Refused):
        await service.api(pool, headers=KEY).get("/things/1", Thing)

    closed = await closing(pool)
    async with pool.connection() as conn:
        await budget.open_again(conn, SOURCE.name)

    assert closed
    assert closed.reason == "answered 403 to /things/1: premium required"
    assert (await service.api(pool).get("/things/1", Thing)).value == Thing("Drake")


async def test_a_shorter_closing_does_not_take_the_place_of_a_longer(pool: Pool) -> None:
    async with pool.connection() as conn:
        await budget.close(conn, "spotify", FOURTEEN_HOURS, "quota", told=True)
        await budget.close(conn, "spotify", 300, "premium", refused=True)
        await budget.open_again(conn, "spotify")

    closed = await closing(pool)

    assert closed
    assert (round(closed.seconds), closed.reason, closed.refused) == (50400, "quota", False)


async def test_who_waits_for_a_slot_does_not_go_on_when_the_source_closes_meanwhile(
    pool: Pool,
) -> None:
    async def close(seconds: float) -> None:
        async with pool.connection() as conn:
            await budget.close(conn, SOURCE.name, 60, "told to wait", told=True)

    service = Service(ok({"name": "Drake"}))
    api = service.api(pool, replace(SOURCE, requests_per_second=1), sleep=close)
    await api.get("/things/1", Thing)

    with pytest.raises(Busy, match="told to wait"):
        await api.get("/things/2", Thing)

    assert len(service.asked) == 1


async def test_a_slot_that_is_too_far_away_is_not_waited_for(pool: Pool) -> None:
    service = Service(ok({"name": "Drake"}))
    api = service.api(pool, replace(SOURCE, requests_per_second=0.01), patience_seconds=1)
    await api.get("/things/1", Thing)

    with pytest.raises(Busy) as raised:
        await api.get("/things/2", Thing)

    assert raised.value.seconds == pytest.approx(100, abs=2)
    assert len(service.asked) == 1


# Credentials


@dataclass
class Tokens:
    """Gives out T1, T2, …; what was refused is remembered."""

    number: int = 1
    refused: list[str] | None = None

    async def headers(self, refused: str | None) -> Mapping[str, str]:
        if refused:
            self.refused = [*(self.refused or []), refused]
            self.number += 1
        return {"Authorization": f"T{self.number}"}


async def test_a_token_that_expires_is_renewed_once_and_the_question_asked_again(
    pool: Pool,
) -> None:
    service, tokens = Service(reply(401), ok({"name": "Drake"})), Tokens()

    found = await service.api(pool, headers=tokens.headers).get("/things/1", Thing)

    assert found.value == Thing("Drake")
    assert [one.headers["authorization"] for one in service.asked] == ["T1", "T2"]


async def test_a_new_token_that_is_refused_as_well_is_for_a_person(pool: Pool) -> None:
    service, tokens = Service(reply(401, "No token")), Tokens()

    with pytest.raises(Refused):
        await service.api(pool, headers=tokens.headers).get("/things/1", Thing)

    assert tokens.refused == ["T1"]
    assert (closed := await closing(pool)) is not None
    assert closed.refused


@pytest.mark.parametrize(
    ("error", "closed_as"),
    [
        (Refused("spotify", "the key was refused"), (300, True)),
        (Busy("spotify", FOURTEEN_HOURS, "answered 429"), (FOURTEEN_HOURS, False)),
    ],
    ids=["refused", "told to wait"],
)
async def test_without_a_token_the_source_is_closed_and_not_asked(
    error: UpstreamError, closed_as: tuple[float, bool], pool: Pool
) -> None:
    async def headers(refused: str | None) -> Mapping[str, str]:
        raise error

    service = Service(ok({"name": "Drake"}))
    with pytest.raises(type(error)):
        await service.api(pool, headers=headers).get("/things/1", Thing)

    closed = await closing(pool)
    assert closed
    assert (round(closed.seconds), closed.refused) == closed_as
    assert service.asked == []


async def test_a_token_does_not_follow_to_another_host(pool: Pool) -> None:
    service = Service(reply(307, location="https://evil.example/v1/things/1"))

    with pytest.raises(Unavailable):
        await service.api(pool, headers=Tokens().headers).get("/things/1", Thing)

    assert [one.url.host for one in service.asked] == ["source.example"]


async def test_a_path_names_no_host_and_no_parameter(pool: Pool) -> None:
    service = Service(ok({"name": "Drake"}))
    await service.api(pool).get("/things/@evil.example?limit=1#", Thing, market="US")

    (asked,) = service.asked
    assert asked.url.raw_path == b"/v1/things/%40evil.example%3Flimit%3D1%23?market=US"
    with pytest.raises(AssertionError):
        await service.api(pool).get(".evil.example/", Thing)


async def test_as_many_links_as_are_asked_together_fit_into_a_request_line(pool: Pool) -> None:
    service = Service(ok({"name": "Drake"}))
    links = [f"https://open.spotify.com/artist/{n:022}" for n in range(LINKS_MAX)]
    await service.api(pool).get("/url", Thing, resource=links, fmt="json")

    (asked,) = service.asked
    assert asked.url.params.get_list("resource") == links
    # 8 kB is what servers usually take; the method, the version and our path come besides.
    assert len(asked.url.raw_path) < 8000 - len("GET  HTTP/1.1/ws/2")


# Asked once


async def test_an_answer_serves_whoever_asks_the_same(pool: Pool) -> None:
    service = Service(ok({"name": "Drake", "followers": 12}))
    first = await service.api(pool).get("/things/1", Thing, b=2, a=["x", "y"])

    second = await service.api(pool).get("/things/1", Thing, a=["x", "y"], b=2)

    assert first == second
    assert [one.url.raw_path for one in service.asked] == [b"/v1/things/1?b=2&a=x&a=y"]


async def test_that_a_source_does_not_know_something_is_an_answer(pool: Pool) -> None:
    service = Service(reply(404, '{"error": "Not Found"}'))

    for _ in range(2):
        with pytest.raises(NotFound):
            await service.api(pool).get("/things/1", Thing)

    assert len(service.asked) == 1


async def test_an_answer_that_has_expired_is_asked_for_again(pool: Pool) -> None:
    service = Service(ok({"name": "old"}), ok({"name": "new"}))
    api = service.api(pool, replace(SOURCE, keep_seconds=0))

    assert (await api.get("/things/1", Thing)).value == Thing("old")
    assert (await api.get("/things/1", Thing)).value == Thing("new")


async def test_fifty_who_want_one_answer_at_once_ask_once(pool: Pool) -> None:
    service = Service(slowly(ok({"name": "Drake"}), 0.1))
    api = service.api(pool)

    found = await asyncio.gather(*(api.get("/things/1", Thing) for _ in range(50)))

    assert len(set(map(str, found))) == 1
    assert len(service.asked) == 1


async def test_a_hundred_questions_at_once_share_four_connections(pool: Pool) -> None:
    service = Service(ok({"name": "Drake"}))
    api = service.api(pool)

    await asyncio.gather(*(api.get(f"/things/{number}", Thing) for number in range(100)))

    assert len(service.asked) == 100


async def test_where_asking_fails_the_others_try_one_after_the_other(pool: Pool) -> None:
    service = Service(slowly(reply(500), 0.02))
    apis = [service.api(pool, sleep=lambda _: asyncio.sleep(0.01)) for _ in range(5)]

    results = await asyncio.gather(
        *(api.get("/things/1", Thing) for api in apis), return_exceptions=True
    )

    assert [type(one) for one in results] == [Unavailable] * 5
    assert service.at_once_max == 1


@pytest.mark.parametrize("answer", [reply(500), reply(200, HTML), reply(400)], ids=str)
async def test_a_failure_is_shared_by_all_who_stand_in_line_and_who_come_a_moment_later(
    answer: httpx2.Response, pool: Pool
) -> None:
    service = Service(slowly(answer, 0.05))
    api = service.api(pool)

    results = await asyncio.gather(
        *(api.get("/things/1", Thing) for _ in range(20)), return_exceptions=True
    )
    with pytest.raises(UpstreamError) as later:
        await api.get("/things/1", Thing)

    assert set(results) == {later.value}
    assert len(service.asked) == 1


async def test_a_failure_is_shared_by_those_who_want_the_same_batch_and_by_no_others(
    pool: Pool,
) -> None:
    service = Service(slowly(reply(500), 0.05))
    api = service.api(pool)

    wanted = [["a", "b"]] * 10 + [["c"]]
    results = await asyncio.gather(
        *(api.get_batch(batch(2), items, Thing) for items in wanted), return_exceptions=True
    )

    assert [type(one) for one in results] == [Unavailable] * 11
    assert sorted(asked_ids(service)) == ["a|b", "c"]


async def test_who_comes_later_than_a_moment_asks_again(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream, "FAILURE_COUNTS_SECONDS", 0)
    service = Service(reply(500), ok({"name": "Drake"}))
    api = service.api(pool)
    with pytest.raises(Unavailable):
        await api.get("/things/1", Thing)

    assert (await api.get("/things/1", Thing)).value == Thing("Drake")


def test_a_message_that_is_tried_again_is_not_served_the_failure_it_had() -> None:
    shortest = min(engine._back_off(Failed(""), (1, False)) for _ in range(100))

    assert shortest >= upstream.FAILURE_COUNTS_SECONDS


async def test_who_is_stopped_while_asking_leaves_it_to_others_at_once(pool: Pool) -> None:
    service = Service(slowly(ok({"name": "late"}), 60), ok({"name": "Drake"}))
    asking = asyncio.create_task(service.api(pool).get("/things/1", Thing))
    await service.until_asked()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)

    async with asyncio.timeout(1):
        found = await service.api(pool).get("/things/1", Thing)

    assert found.value == Thing("Drake")


async def test_an_asker_who_died_is_replaced_when_its_time_is_up(
    pool: Pool, shared_dsn: str
) -> None:
    service = Service(ok({"name": "Drake"}))
    await ask_and_die(shared_dsn, ["/things/1"], seconds=0.3)

    async with asyncio.timeout(2):
        found = await service.api(pool).get("/things/1", Thing)

    assert found.value == Thing("Drake")


async def test_an_asker_who_was_replaced_keeps_nothing_and_reads_the_answer(
    pool: Pool,
) -> None:
    async def replaced(request: httpx2.Request) -> httpx2.Response:
        async with pool.connection() as conn:
            await conn.execute("update linernotes.answer set until = '-infinity'")
        await Service(ok({"name": "first"})).api(pool).get("/things/1", Thing)
        return ok({"name": "too late"})

    found = await Service(replaced).api(pool).get("/things/1", Thing)

    assert found.value == Thing("first")


async def ask_and_die(dsn: str, requests: Sequence[str], *, seconds: float) -> None:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
        await answer.take(conn, SOURCE.name, requests, asker=uuid4(), seconds=seconds, since=None)


async def test_names_of_any_length_are_told_apart(pool: Pool) -> None:
    service = Service(lambda request: ok({"name": request.url.params["q"][-1]}))
    api, title = service.api(pool), "東京" * 1000

    found = [(await api.get("/search", Thing, q=title + last)).value.name for last in "ABA"]

    assert found == ["A", "B", "A"]
    assert len(service.asked) == 2


# A refresh


async def test_a_refresh_asks_once_and_others_have_the_old_answer_meanwhile(pool: Pool) -> None:
    service = Service(ok({"name": "old"}), slowly(ok({"name": "new"}), 0.3))
    api = service.api(pool)
    old = await api.get("/things/1", Thing)
    since = old.retrieved_at + timedelta(microseconds=1)

    refreshing = [asyncio.create_task(api.get("/things/1", Thing, since=since)) for _ in range(3)]
    await service.until_asked(2)
    meanwhile = await service.api(pool).get("/things/1", Thing)
    new = await asyncio.gather(*refreshing)

    assert meanwhile == old
    assert [one.value for one in new] == [Thing("new")] * 3
    assert len(service.asked) == 2


async def test_a_refresh_that_fails_leaves_the_old_answer(pool: Pool) -> None:
    service = Service(ok({"name": "old"}), reply(500))
    api = service.api(pool)
    old = await api.get("/things/1", Thing)
    with pytest.raises(Unavailable):
        await api.get("/things/1", Thing, since=old.retrieved_at + timedelta(seconds=1))

    assert await api.get("/things/1", Thing) == old


# Batches


def batch(size: int, path: str = "/things", **also: str) -> Batch[Thing]:
    """A service of things that knows those with a small letter."""

    def params(items: Sequence[str]) -> Mapping[str, str]:
        return {"ids": "|".join(items), **also}

    def split(body: bytes, items: Sequence[str]) -> Mapping[str, Thing]:
        return {item: Thing(name) for item, name in json.loads(body).items() if item in items}

    return Batch(path, size, params, split)


def known(request: httpx2.Request) -> httpx2.Response:
    ids = request.url.params["ids"].split("|")
    return ok({one: one * 2 for one in ids if one.islower()})


def asked_ids(service: Service) -> list[str]:
    return [one.url.params["ids"] for one in service.asked]


async def test_a_batch_is_asked_in_its_size_and_each_part_is_kept(pool: Pool) -> None:
    service = Service(known)
    api = service.api(pool)

    first = await api.get_batch(batch(2), ["a", "B", "c", "a"], Thing)
    second = await service.api(pool).get_batch(batch(2), ["c", "d", "B"], Thing)

    assert {item: one.value for item, one in first.items()} == {
        "a": Thing("aa"),
        "B": None,
        "c": Thing("cc"),
    }
    assert {item: one.value for item, one in second.items()} == {
        "c": Thing("cc"),
        "d": Thing("dd"),
        "B": None,
    }
    assert asked_ids(service) == ["B|a", "c", "d"]


async def test_no_items_are_no_request(pool: Pool) -> None:
    service = Service(known)

    assert await service.api(pool).get_batch(batch(2), [], Thing) == {}
    assert service.asked == []


async def test_a_batch_asks_for_what_nobody_asks_and_waits_for_the_rest(pool: Pool) -> None:
    slow, service = Service(lambda request: asyncio.sleep(0.3, known(request))), Service(known)
    await service.api(pool).get_batch(batch(2), ["c"], Thing)
    other = asyncio.create_task(slow.api(pool).get_batch(batch(2), ["a", "b"], Thing))
    await slow.until_asked()

    found = await service.api(pool).get_batch(batch(2), list("abcde"), Thing)

    assert {item: one.value for item, one in found.items()} == {
        item: Thing(item * 2) for item in "abcde"
    }
    assert asked_ids(service) == ["c", "d|e"]
    await other


async def test_a_batch_to_which_the_source_says_404_knows_none(pool: Pool) -> None:
    service = Service(reply(404, '{"error": "Not Found"}'))

    found = await service.api(pool).get_batch(batch(2), ["a", "b"], Thing)

    assert [one.value for one in found.values()] == [None, None]


async def test_batches_that_ask_differently_do_not_share_answers(pool: Pool) -> None:
    service = Service(known)
    api = service.api(pool)
    await api.get_batch(batch(2, inc="artists"), ["a"], Thing)
    await api.get_batch(batch(2, inc="releases"), ["a"], Thing)
    await api.get_batch(batch(2), ["a"], Thing)

    with pytest.raises(Malformed):  # the whole answer has no name
        await api.get("/things", Thing, ids="a")

    assert len(service.asked) == 4


async def test_a_batch_that_cannot_be_read_is_not_kept(pool: Pool) -> None:
    broken = Batch("/things", 2, batch(2).params, lambda body, items: {items[0]: parse(body)})
    service = Service(reply(200, HTML))

    with pytest.raises(Malformed):
        await service.api(pool).get_batch(broken, ["a", "b"], Thing)

    assert await rows(pool, "state, until = '-infinity'") == [("asking", True)] * 2


def parse(body: bytes) -> Thing:
    return msgspec.json.decode(body, type=Thing)


async def test_a_source_that_says_in_a_200_that_it_is_busy_is_closed(pool: Pool) -> None:
    def lagging(body: bytes, items: Sequence[str]) -> Mapping[str, Thing]:
        raise Busy(SOURCE.name, 5, "maxlag")

    service = Service(ok({"error": {"code": "maxlag"}}))
    with pytest.raises(Busy):
        await service.api(pool).get_batch(
            Batch("/things", 2, batch(2).params, lagging), ["a"], Thing
        )

    closed = await closing(pool)
    assert closed
    assert (round(closed.seconds), closed.reason) == (5, "maxlag")


async def test_batches_that_overlap_in_another_order_do_not_lock_each_other_out(
    pool: Pool,
) -> None:
    service = Service(known)
    items = [f"i{number}" for number in range(40)]
    orders = [items, items[::-1], items[20:] + items[:20], items[::2] + items[1::2]]

    async with asyncio.timeout(20):
        found = await asyncio.gather(
            *(service.api(pool).get_batch(batch(7), order, Thing) for order in orders)
        )

    assert all(set(one) == set(items) for one in found)
    assert sum(len(ids.split("|")) for ids in asked_ids(service)) == 40


# What was learned


async def test_what_was_learned_is_remembered_for_the_account(pool: Pool) -> None:
    service = Service(ok({}))
    await service.api(pool, account="one").learn("page", "10")

    assert await service.api(pool, account="one").learned("page", "50") == "10"
    assert await service.api(pool, account="other").learned("page", "50") == "50"
