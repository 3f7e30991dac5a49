"""
One HTTP client for every source: asked once, within the budget, decoded or a clear error.

No lock is held over HTTP. Whoever inserts the row of a request asks; the others look for the
answer until it is here, or until the asker is past its time and one of them takes over.

A source that cannot be reached is waited for. Nobody's question is at fault, so nothing is
counted, unless it is one question alone that the source never answers.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID, uuid4
from weakref import WeakValueDictionary

import httpx2
import msgspec
import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool

from linernotes import db
from linernotes.db import answer, budget
from linernotes.db.answer import Kept
from linernotes.db.budget import Slot
from linernotes.db.queue import Connection
from linernotes.errors import (
    Busy,
    Malformed,
    NotFound,
    Refused,
    Rejected,
    StoreMismatch,
    Unavailable,
    Unreachable,
    UpstreamError,
)
from linernotes.replies import (
    Reply,
    is_json,
    is_told_to_wait,
    receive,
    retry_after,
    words,
)
from linernotes.sources import Answer, Batch, Params, Source

T = TypeVar("T")
log = structlog.get_logger()

# Between two looks for an answer that another process asks for: the first, and the longest.
LOOK_AGAIN_SECONDS = (0.05, 0.5)
REFUSED_SECONDS = 300.0
# For an address that a source without keys does not let us have.
FORBIDDEN_SECONDS = 10.0
# Who wants what could not be had a moment ago shares the failure. Shorter than the shortest
# back-off in `engine`, so that a message which is tried again really is.
FAILURE_COUNTS_SECONDS = 1.0
FAILURES_KEPT_MAX = 1000
# An entry of an index has at most 2,704 bytes, and a title in Japanese nine for each letter.
NAME_CHARS_MAX = 1000
# Of an answer that cannot be read, as much as shows whether it is a page.
BEGINS_CHARS = 60


# Gives the credentials; new ones where the argument is what was refused.
Headers = Callable[[str | None], Awaitable[Mapping[str, str]]]
MOMENT = timedelta(microseconds=1)
# What an announced sandbox says of itself in each answer.
SANDBOX_HEADER = "linernotes-sandbox"

# Asks for the requests, all at once; the body of each, None for what the source does not know.
Fetch = Callable[[Sequence[str]], Awaitable[Mapping[str, str | None]]]


async def no_headers(refused: str | None) -> Mapping[str, str]:
    return {}


class Failure(NamedTuple):
    error: UpstreamError
    at: float


@dataclass
class Memory:
    """
    What went wrong lately, here in this process.

    `failures` are what came of requests that were asked together. `unreached` are the
    requests that got no answer, with the number of `answers` that others had had by then;
    those in `behind` let others go first once.
    """

    answers: int = 0
    failures: dict[tuple[str, ...], Failure] = field(default_factory=dict)
    unreached: dict[str, int] = field(default_factory=dict)
    behind: set[str] = field(default_factory=set)

    def fail(self, requests: Sequence[str], error: UpstreamError) -> None:
        self.failures.pop(tuple(requests), None)
        self.failures[tuple(requests)] = Failure(error, _clock())
        while len(self.failures) > FAILURES_KEPT_MAX:
            del self.failures[next(iter(self.failures))]

    def failure(self, requests: Sequence[str], came: float) -> UpstreamError | None:
        """What has come of it since somebody `came` to wait for it, or a moment before."""
        found = self.failures.get(tuple(requests))
        is_ours = found and came <= found.at + FAILURE_COUNTS_SECONDS
        return found.error if found and is_ours else None


@dataclass(frozen=True)
class HttpApi:
    """
    The `Api` of one source. `headers` gives its credentials; `account` is whom the source
    takes us for, under which `learned` remembers.

    Only a `sandbox` run takes answers that say they come from one.

    A slot of the rate limit is waited for `patience_seconds` at most. Whoever asks has
    `ask_seconds` for all of it, after which the others take it for dead.
    """

    source: Source
    http: httpx2.AsyncClient
    pool: AsyncConnectionPool[Any]
    headers: Headers = no_headers
    account: str = ""
    patience_seconds: float = 10.0
    ask_seconds: float = 25.0
    sandbox: bool = False
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _lines: WeakValueDictionary[str, asyncio.Lock] = field(
        default_factory=WeakValueDictionary, repr=False, compare=False
    )
    _memory: Memory = field(default_factory=Memory, repr=False, compare=False)

    async def get(
        self, path: str, into: type[T], *, since: datetime | None = None, **params: Any
    ) -> Answer[T]:
        request = _name(path, params)

        async def fetch(requests: Sequence[str]) -> Mapping[str, str | None]:
            try:
                body = await self._fetch(path, params)
            except NotFound:
                return {request: None}
            # What cannot be read must not be kept, it would be read again for days; and of the
            # rest we keep what we read: the slice that `into` declares.
            return {request: msgspec.json.encode(self._decode(body, into, path)).decode()}

        # The tracks of an album want one release at the same moment: they stand in line here
        # instead of looking into the database again and again.
        came = _clock()
        async with self._lines.setdefault(request, asyncio.Lock()):
            kept = (await self._ask_once([request], since, fetch, came))[request]
            if not self._is_readable(kept, into):
                since = kept.fetched_at + MOMENT
                kept = (await self._ask_once([request], since, fetch, came))[request]
        if kept.body is None:
            raise NotFound(self.source.name, f"does not know {path}")
        return Answer(self._decode(kept.body, into, path), kept.fetched_at)

    def _is_readable(self, kept: Kept, into: Any) -> bool:
        """What an earlier release of ours kept may lack what this one reads."""
        try:
            if kept.body is not None:
                msgspec.json.decode(kept.body, type=into)
            return True
        except msgspec.ValidationError:
            return False

    async def get_batch(
        self, batch: Batch[T], items: Sequence[str], into: type[T], *, since: datetime | None = None
    ) -> dict[str, Answer[T | None]]:
        item_of = {_name_in_batch(batch, item): item for item in items}

        async def fetch(requests: Sequence[str]) -> Mapping[str, str | None]:
            asked = [item_of[request] for request in requests]
            try:
                body = await self._fetch(batch.path, batch.params(asked))
            except NotFound:
                if not batch.none_is_404:
                    raise
                return dict.fromkeys(requests)
            parts = await self._split(batch, body, asked)
            return {request: parts.get(item_of[request]) for request in requests}

        kept = await self._ask_once(list(item_of), since, fetch, _clock(), size=batch.size)
        return {
            item_of[request]: Answer(
                None if one.body is None else self._decode(one.body, into, batch.path),
                one.fetched_at,
            )
            for request, one in kept.items()
        }

    async def learned(self, name: str, default: str) -> str:
        found = await self._db(
            lambda conn: answer.learned(conn, self.source.name, self.account, name)
        )
        return found or default

    async def learn(self, name: str, value: str) -> None:
        await self._db(lambda conn: answer.learn(conn, self.source.name, self.account, name, value))

    async def _db(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        return await db.patiently(self.pool, work)

    # ---- asked once

    async def _ask_once(
        self,
        requests: Sequence[str],
        since: datetime | None,
        fetch: Fetch,
        came: float,
        *,
        size: int = 1,
    ) -> dict[str, Kept]:
        """
        Each request's answer: kept, fetched by us, or by somebody else whom we wait for.

        A failure that others have met since we `came` is ours as well.
        """
        here: dict[str, Kept] = {}
        wait, wait_max = LOOK_AGAIN_SECONDS
        while missing := [request for request in requests if request not in here]:
            here |= await self._read(missing, since)
            missing = [request for request in missing if request not in here]
            fetched: dict[str, Kept] = {}
            for some in (missing[i : i + size] for i in range(0, len(missing), size)):
                fetched |= await self._fetch_ours(some, since, fetch, came)
            here |= fetched
            if missing and not fetched:
                await self.sleep(wait)
                wait = min(wait * 2, wait_max)
        return here

    async def _read(self, requests: Sequence[str], since: datetime | None) -> dict[str, Kept]:
        return await self._db(lambda conn: answer.read(conn, self.source.name, requests, since))

    async def _fetch_ours(
        self, requests: Sequence[str], since: datetime | None, fetch: Fetch, came: float
    ) -> dict[str, Kept]:
        """Ask for those that nobody else asks for. If we fail or are stopped, others may."""
        if failure := self._memory.failure(requests, came):
            raise failure
        asker = uuid4()
        try:
            ours = await self._take(requests, since, asker)
            # Who asked may have failed while we took over.
            if failure := self._memory.failure(requests, came):
                raise failure
            return await self._fetch_or_remember(requests, ours, asker, fetch) if ours else {}
        except BaseException:
            await self._give_up(requests, asker)
            raise

    async def _fetch_or_remember(
        self, requests: Sequence[str], ours: Sequence[str], asker: UUID, fetch: Fetch
    ) -> dict[str, Kept]:
        """A failure is remembered; not a closing, which is in the database and may be lifted."""
        try:
            return await self._fetch_and_keep(ours, asker, fetch)
        except (Unavailable, Malformed, Rejected) as error:
            self._memory.fail(requests, error)
            raise

    async def _take(
        self, requests: Sequence[str], since: datetime | None, asker: UUID
    ) -> list[str]:
        return await self._db(
            lambda conn: answer.take(
                conn,
                self.source.name,
                requests,
                asker=asker,
                seconds=self.ask_seconds,
                since=since,
            )
        )

    async def _fetch_and_keep(
        self, requests: Sequence[str], asker: UUID, fetch: Fetch
    ) -> dict[str, Kept]:
        try:
            async with asyncio.timeout(self.ask_seconds):
                bodies = await fetch(requests)
        except TimeoutError as error:
            raise Unavailable(
                self.source.name, f"no whole answer within {self.ask_seconds:.0f} s"
            ) from error
        at = await self._db(
            lambda conn: answer.keep(
                conn,
                self.source.name,
                bodies,
                asker=asker,
                keep_seconds=self.source.keep_seconds,
            )
        )
        # Those of which we were relieved meanwhile are read from whoever took over.
        return {
            request: Kept(404 if body is None else 200, body, at[request])
            for request, body in bodies.items()
            if request in at
        }

    async def _give_up(self, requests: Sequence[str], asker: UUID) -> None:
        """One try: without the database, others take over when our time is up."""
        with suppress(psycopg.OperationalError):
            async with self.pool.connection() as conn:
                await answer.give_up(conn, self.source.name, requests, asker)

    # ---- one request

    async def _fetch(self, path: str, params: Mapping[str, Any]) -> str:
        """One request within the budget; the body of a 200. Raises for everything else."""
        request = _name(path, params)
        if request in self._memory.behind:
            self._memory.behind.remove(request)
            raise Busy(self.source.name, 0, f"others go first: no answer to {path} before")
        slot = await self._slot()
        try:
            reply = await self._ask(slot, path, params)
        except Unreachable as error:
            raise await self._unreachable(request, slot, error) from error
        self._memory.unreached.pop(request, None)
        if SANDBOX_HEADER in reply.headers and not self.sandbox:
            raise StoreMismatch(
                f"{self.source.url} is a sandbox, and this is a live run",
                hint="export LINERNOTES_SANDBOX=1, which keeps its answers in a store of their own",
            )
        if reply.status == 200:
            return reply.body
        raise await self._error(path, reply)

    async def _ask(self, slot: Slot, path: str, params: Mapping[str, Any]) -> Reply:
        """The source's reply; once more with new credentials where ours have expired."""
        credentials = await self._credentials(None)
        reply = await self._send(slot, path, params, credentials)
        if reply.status == 401 and credentials:
            credentials = await self._credentials(credentials.get("Authorization"))
            reply = await self._send(await self._slot(), path, params, credentials)
        return reply

    async def _credentials(self, refused: str | None) -> Mapping[str, str]:
        try:
            return await self.headers(refused)
        except Refused as error:
            await self._close(REFUSED_SECONDS, str(error), refused=True)
            raise
        except Busy as error:
            await self._close(error.seconds, error.reason, told=True)
            raise
        except Unreachable:
            raise
        except (Unavailable, Malformed) as error:
            # No question of ours makes the service that gives tokens fail.
            raise Unreachable(self.source.name, str(error)) from error

    async def _send(
        self, slot: Slot, path: str, params: Mapping[str, Any], credentials: Mapping[str, str]
    ) -> Reply:
        url = _url(self.source, path, params)
        sending = self.http.stream("GET", url, headers=credentials)
        reply = await receive(self.source.name, sending, path)
        log.debug("request", source=self.source.name, path=path, status=reply.status)
        self._memory.answers += 1
        if slot.is_alone and not is_told_to_wait(reply):
            await self._db(lambda conn: budget.reached(conn, self.source))
        return reply

    async def _slot(self) -> Slot:
        """Wait for our turn. Raises `Busy` where the source has closed meanwhile."""
        slot = await self._db(
            lambda conn: budget.reserve(
                conn, self.source, self.patience_seconds, alone=self.ask_seconds
            )
        )
        if slot.wait:
            await self.sleep(slot.wait)
            await self._db(lambda conn: budget.turn_away(conn, self.source, slot))
        return slot

    async def _unreachable(self, request: str, slot: Slot, error: Unreachable) -> UpstreamError:
        """
        Close the source for all, and let others go first when it opens.

        But a request that got no answer twice, while others between got theirs, has failed by
        itself: that counts, or it would be asked for ever.
        """
        memory = self._memory
        before = memory.unreached.get(request)
        memory.unreached[request] = memory.answers
        if before is not None and memory.answers > before and not slot.is_alone:
            return error
        memory.behind.add(request)
        busy = await self._db(
            lambda conn: budget.close_unreachable(conn, self.source, slot, error.reason)
        )
        log.warning(
            "source.unreachable", source=busy.source, seconds=busy.seconds, reason=error.reason
        )
        return busy

    async def _error(self, path: str, reply: Reply) -> UpstreamError:
        """What an answer other than 200 means; closes the source where it says so."""
        name, status = self.source.name, reply.status
        said = f"answered {status} to {_called(path)}"
        match status:
            case 404 if is_json(reply.body):
                return NotFound(name, f"does not know {path}")
            case _ if is_told_to_wait(reply):
                return await self._told_to_wait(retry_after(reply.headers), said)
            case 403 if self.source.forbidden:
                return await self._forbidden(self.source.forbidden(path, reply.body))
            case 401 | 403:
                return await self._refused(f"{said}: {words(reply.body) or 'without a word'}")
            case _ if status >= 500:
                return Unavailable(name, said)
            case _ if 300 <= status < 400:
                where = reply.headers.get("location", "nowhere")
                return Unavailable(name, f"{said}: moved to {where}, where we do not follow")
            case _ if status < 300 or status == 404:
                # A 404 that is a page comes from a wrong address, not from the API.
                return Malformed(name, f"{said}: {words(reply.body) or 'without a word'}")
        return Rejected(name, status, words(reply.body))

    async def _forbidden(self, error: UpstreamError) -> UpstreamError:
        """Only what is about the account closes the source; a call that is gone does not."""
        if isinstance(error, Refused):
            reason = str(error).removeprefix(f"{self.source.name}: ")
            await self._close(REFUSED_SECONDS, reason, refused=True)
        return error

    async def _refused(self, reason: str) -> UpstreamError:
        if self.headers is no_headers:
            # There is no key that could be wrong: it is about this address, or about who we
            # say that we are, and then everything ends as a dead letter that says so.
            await self._close(FORBIDDEN_SECONDS, reason)
            return Unavailable(self.source.name, reason)
        await self._close(REFUSED_SECONDS, reason, refused=True)
        return Refused(self.source.name, reason)

    async def _told_to_wait(self, seconds: float, reason: str) -> Busy:
        await self._close(seconds, reason, told=True)
        return Busy(self.source.name, seconds, reason, told=True)

    async def _close(
        self, seconds: float, reason: str, *, refused: bool = False, told: bool = False
    ) -> None:
        name = self.source.name
        await self._db(
            lambda conn: budget.close(conn, name, seconds, reason, refused=refused, told=told)
        )
        write = log.error if refused else log.warning
        write("source.closed", source=name, seconds=seconds, reason=reason, refused=refused)

    # ---- reading

    async def _split(self, batch: Batch[T], body: str, items: Sequence[str]) -> dict[str, str]:
        try:
            parts = batch.split(body.encode(), items)
        except Busy as error:
            # Some say so in the body of a 200: Wikidata, when its servers lag behind.
            raise await self._told_to_wait(error.seconds, error.reason) from error
        except (msgspec.DecodeError, RecursionError) as error:
            raise self._malformed(batch.path, body, error) from error
        return {item: msgspec.json.encode(part).decode() for item, part in parts.items()}

    def _decode(self, body: str, into: type[T], path: str) -> T:
        try:
            return msgspec.json.decode(body, type=into)
        except (msgspec.DecodeError, RecursionError) as error:
            raise self._malformed(path, body, error) from error

    def _malformed(self, path: str, body: str, error: Exception) -> Malformed:
        begins = words(body)[:BEGINS_CHARS]
        said = (
            f"cannot read the answer to {_called(path)}: {error}; it begins: {begins or 'nothing'}"
        )
        return Malformed(self.source.name, said)


def _called(path: str) -> str:
    """Wikidata has one address, and no path below it."""
    return path or "its only address"


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _url(source: Source, path: str, params: Mapping[str, Any]) -> str:
    # Anything else could name another host, which would then get our credentials.
    assert path == "" or path.startswith("/"), path
    # A query may hold ":" and "/" as they are (RFC 3986, 3.4), and links are long without that.
    url, query = source.url + quote(path), urlencode(_flat(params), safe=":/")
    return f"{url}?{query}" if query else url


def _name(path: str, params: Mapping[str, Any]) -> str:
    """Names a request: the same question has the same name, another one never has."""
    name = f"{path}?{urlencode(sorted(_flat(params)))}" if params else path
    if len(name) <= NAME_CHARS_MAX:
        return name
    return f"{name[:NAME_CHARS_MAX]}…{hashlib.sha256(name.encode()).hexdigest()}"


def _name_in_batch(batch: Batch[Any], item: str) -> str:
    """As if the item were asked for alone; what is kept for it is a part, so not as `get` would."""
    params: Params = batch.params([item])
    return _name(batch.path, {**params, "part": item})


def _flat(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for name, value in params.items():
        values = value if isinstance(value, list | tuple) else [value]
        flat.extend((name, str(one)) for one in values if one is not None)
    return flat
