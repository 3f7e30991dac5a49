"""Tokens: renewed in time, asked for once, and the key goes to its own host only."""

from __future__ import annotations

import asyncio
import base64
import gzip
from dataclasses import dataclass

import httpx2
import pytest
from tests.replies import Service, ok, packed, reply, slowly

from linernotes.errors import Busy, Malformed, Refused, Unavailable, Unreachable, UpstreamError
from linernotes.tokens import KEY, ClientCredentials


def token(name: str, seconds: float = 3600) -> httpx2.Response:
    return ok({"access_token": name, "token_type": "Bearer", "expires_in": seconds})


def credentials(service: Service) -> ClientCredentials:
    return ClientCredentials(service.http, "https://accounts.example", "id", "secret")


async def test_the_key_goes_to_the_accounts_service_and_the_token_comes_back() -> None:
    service = Service(token("t1"))

    headers = await credentials(service).headers(None)

    (asked,) = service.asked
    assert headers == {"Authorization": "Bearer t1"}
    assert (asked.method, str(asked.url)) == ("POST", "https://accounts.example/api/token")
    assert asked.content == b"grant_type=client_credentials"
    key = base64.b64encode(b"id:secret").decode()
    assert asked.headers["authorization"] == f"Basic {key}"


async def test_ten_who_want_a_token_at_once_ask_once() -> None:
    service = Service(slowly(token("t1"), 0.02), token("t2"))
    ours = credentials(service)

    found = await asyncio.gather(*(ours.headers(None) for _ in range(10)))

    assert found == [{"Authorization": "Bearer t1"}] * 10
    assert len(service.asked) == 1


async def test_a_token_is_renewed_before_it_expires() -> None:
    service = Service(token("t1", 0.04), token("t2"))
    ours = credentials(service)
    await ours.headers(None)
    await asyncio.sleep(0.03)  # half of its time, since it has less than a minute

    assert await ours.headers(None) == {"Authorization": "Bearer t2"}


async def test_ten_whose_token_was_refused_renew_it_once() -> None:
    service = Service(token("t1"), slowly(token("t2"), 0.02), token("t3"))
    ours = credentials(service)
    old = (await ours.headers(None))["Authorization"]

    found = await asyncio.gather(*(ours.headers(old) for _ in range(10)))

    assert found == [{"Authorization": "Bearer t2"}] * 10
    assert len(service.asked) == 2


async def test_ten_who_are_refused_ask_once() -> None:
    service = Service(slowly(reply(400, '{"error": "invalid_client"}'), 0.02))
    ours = credentials(service)

    found = await asyncio.gather(*(ours.headers(None) for _ in range(10)), return_exceptions=True)

    assert [type(one) for one in found] == [Refused] * 10
    assert len(service.asked) == 1


@dataclass(frozen=True)
class Case:
    reply: httpx2.Response | Exception
    error: type[UpstreamError]
    says: str


CASES = {
    "a wrong secret": Case(
        reply(400, '{"error":"invalid_client","error_description":"Invalid client secret"}'),
        Refused,
        f"spotify: {KEY} was refused: Invalid client secret",
    ),
    "a wrong id": Case(
        reply(401, '{"error":"invalid_client"}'),
        Refused,
        f"spotify: {KEY} was refused: invalid_client",
    ),
    "a page of a proxy": Case(
        reply(403, "<h1>Not\n here</h1>"),
        Refused,
        f"spotify: {KEY} was refused: <h1>Not here</h1>",
    ),
    "told to wait": Case(
        reply(429, retry_after="50400"),
        Busy,
        "spotify: closed for 50400.0 s (answered 429 to the request for a token)",
    ),
    "broken": Case(reply(500), Unavailable, "spotify: answered 500 to the request for a token"),
    "moved": Case(
        reply(307, location="https://evil.example/"),
        Unavailable,
        "spotify: answered 307 to the request for a token",
    ),
    "no answer": Case(
        httpx2.ConnectError("nobody listens"),
        Unreachable,
        "spotify: cannot be reached: nobody listens",
    ),
    "a gateway": Case(
        reply(503),
        Unreachable,
        "spotify: cannot be reached: answered 503 to the request for a token",
    ),
    "a gateway that tells us to wait": Case(
        reply(503, retry_after="7"),
        Busy,
        "spotify: closed for 7.0 s (answered 503 to the request for a token)",
    ),
    "an answer without end": Case(
        packed(gzip.compress(b" " * (33 * 1024 * 1024), compresslevel=1)),
        Malformed,
        "spotify: the answer is larger than 33554432 bytes",
    ),
    "broken gzip": Case(
        packed(b"no gzip"),
        Malformed,
        "spotify: cannot unpack the answer to the request for a token",
    ),
    "HTML with status 200": Case(
        reply(200, "<html>"),
        Malformed,
        "spotify: cannot read the token: JSON is malformed: invalid character (byte 0)",
    ),
    "a token that no header can hold": Case(
        token("t1\r\nHost: evil.example"),
        Malformed,
        "spotify: cannot read the token: Expected `str` matching regex "
        r"'\\A[!-~]+\\Z' - at `$.access_token`",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_without_a_token_the_error_says_why(case: Case) -> None:
    service = Service(case.reply)

    with pytest.raises(UpstreamError) as raised:
        await credentials(service).headers(None)

    assert type(raised.value) is case.error
    assert str(raised.value) == case.says
    assert [one.url.host for one in service.asked] == ["accounts.example"]


async def test_a_secret_is_not_shown() -> None:
    ours = credentials(Service(token("t1")))
    await ours.headers(None)

    assert "secret" not in repr(ours)
    assert "t1" not in repr(ours)
