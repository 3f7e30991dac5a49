"""What becomes of a message: what is read, what the stage says of it, and what is adopted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
import pytest
from psycopg.types.json import Jsonb

from linernotes import engine
from linernotes.catalogue import Artist
from linernotes.db import queue
from linernotes.db.queue import Asked, Claim, Connection
from linernotes.engine import Adopt, Committed, Failed, Later, Verdict
from linernotes.errors import (
    Busy,
    DatabaseError,
    Malformed,
    NotFound,
    Refused,
    Rejected,
    Unavailable,
    UpstreamError,
)
from linernotes.pipeline import Lane, Message, Outcome, Result, Stage
from linernotes.sources import Sources
from linernotes.stages import LANE_OF
from linernotes.stages.album_discovery import AlbumDiscovery
from linernotes.stages.artist_discovery import ArtistDiscovery

SOURCES = Sources({}, lambda: datetime(2026, 11, 24, tzinfo=UTC))
ARTIST = "3TVXtAsR1Inumwj472S9r4"

Run = Callable[[Sequence[AlbumDiscovery], Sources], Awaitable[Sequence[Result]]]


def lane(run: Run) -> Lane:
    """A lane of albums at Spotify that does what the test wants."""
    return Lane(Stage("album_discovery", AlbumDiscovery, run, batch={"spotify": 4}), "spotify")


def claims(*messages: Any, queue: str = "album_discovery") -> list[Claim]:
    return [Claim(queue, number, 1, message) for number, message in enumerate(messages, 1)]


def body(artist: str, **changes: Any) -> dict[str, Any]:
    """A message of the lane of albums, as it is queued."""
    asked = {"source": "spotify", "artist_id": artist, "group": "album"}
    return asked | {"question": 7, "generation": 2} | changes


def outcome_of(message: AlbumDiscovery) -> Outcome:
    """An outcome that says which message it is of."""
    return Outcome(next=(message,))


def asked(artist: str) -> AlbumDiscovery:
    return AlbumDiscovery(source="spotify", artist_id=artist, group="album")


async def echo(messages: Sequence[AlbumDiscovery], sources: Sources) -> list[Result]:
    return [outcome_of(message) for message in messages]


async def never(messages: Sequence[AlbumDiscovery], sources: Sources) -> list[Result]:
    raise AssertionError(f"nobody should run this: {messages}")


# Reading


async def test_each_message_has_its_verdict_in_the_order_of_the_claims() -> None:
    taken = claims(body("a"), {"no": "message"}, body("b"))

    first, second, third = await engine.perform(lane(echo), taken, SOURCES)

    assert (first, third) == (outcome_of(asked("a")), outcome_of(asked("b")))
    assert isinstance(second, Failed)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({}, id="nothing in it"),
        pytest.param({"source": "spotify", "artist_id": "a"}, id="a field is missing"),
        pytest.param(body("a", offset="0"), id="a text for a number"),
        pytest.param(body("a", since="yesterday"), id="no time"),
        pytest.param(body("a", artist_id=None), id="null"),
        pytest.param({"artistName": "Drake"}, id="a name in a lane that takes none"),
        pytest.param([], id="a list"),
        pytest.param("Drake", id="a text"),
        pytest.param(None, id="nothing"),
    ],
)
async def test_what_cannot_be_read_is_given_up_at_once(message: Any) -> None:
    (verdict,) = await engine.perform(lane(never), claims(message), SOURCES)

    assert isinstance(verdict, Failed)
    assert verdict.fatal
    assert verdict.error.startswith("cannot read the message: ")


async def test_fields_of_a_later_release_do_no_harm() -> None:
    verdicts = await engine.perform(lane(echo), claims(body("a", colour="red")), SOURCES)

    assert verdicts == [outcome_of(asked("a"))]


# Foreign messages


def adopt(by: Literal["id", "name"], asked: str, asked_for: str) -> Adopt:
    return Adopt(ArtistDiscovery(source="spotify", by=by, asked=asked), asked_for)


LINK = f"https://open.spotify.com/artist/{ARTIST}?si=1"
URI = f"spotify:artist:{ARTIST}"
ADOPTED: list[Any] = [
    pytest.param({"artistName": "Drake"}, adopt("name", "Drake", "Drake"), id="name"),
    pytest.param({"artistName": " Drake\n"}, adopt("name", "Drake", "Drake"), id="spaces around"),
    pytest.param({"artistId": ARTIST}, adopt("id", ARTIST, ARTIST), id="id"),
    pytest.param({"artistId": LINK}, adopt("id", ARTIST, LINK), id="link"),
    pytest.param({"artistId": URI}, adopt("id", ARTIST, URI), id="URI"),
    pytest.param(
        {"artistId": ARTIST, "artistName": "Drake"}, adopt("id", ARTIST, ARTIST), id="both"
    ),
    pytest.param(
        {"artistId": None, "artistName": "Drake"}, adopt("name", "Drake", "Drake"), id="no id"
    ),
    pytest.param(
        {"artistName": "Drake", "tenant": 1}, adopt("name", "Drake", "Drake"), id="more in it"
    ),
]


@pytest.mark.parametrize(("message", "adopted"), ADOPTED)
async def test_what_others_queue_for_an_artist_is_adopted(
    message: dict[str, Any], adopted: Adopt
) -> None:
    taken = claims(message, queue="artist_discovery")

    assert await engine.perform(LANE_OF["artist_discovery"], taken, SOURCES) == [adopted]


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({"artistName": ""}, id="no name"),
        pytest.param({"artistName": "  "}, id="spaces only"),
        pytest.param({"artistName": "x" * 301}, id="no name is that long"),
        pytest.param({"artistName": ["Drake"]}, id="a list of names"),
        pytest.param({"artistId": 5}, id="a number"),
        pytest.param({"artistId": "Drake"}, id="a name for an id"),
        pytest.param({"artistId": f"spotify:album:{ARTIST}"}, id="an album"),
        pytest.param({"artistId": "https://example.org/artist/1"}, id="an address of others"),
        pytest.param(
            {"artistName": "Drake", "question": 7, "generation": 1}, id="it is a question of ours"
        ),
        pytest.param({"artist": "Drake"}, id="another word for it"),
        pytest.param([{"artistName": "Drake"}], id="in a list"),
    ],
)
async def test_what_others_queue_and_nobody_understands_is_given_up_at_once(message: Any) -> None:
    taken = claims(message, queue="artist_discovery")

    (verdict,) = await engine.perform(LANE_OF["artist_discovery"], taken, SOURCES)

    assert isinstance(verdict, Failed)
    assert verdict.fatal


# What a stage says


def counted(error: UpstreamError, *, fatal: bool = False) -> Failed:
    return Failed(str(error), fatal=fatal)


BUSY = Busy("spotify", 30, "429")
REFUSED = Refused("spotify", "the key is refused")
VERDICTS: list[Any] = [
    pytest.param(BUSY, Later(0, str(BUSY)), id="busy: nobody's fault"),
    pytest.param(REFUSED, Later(0, str(REFUSED)), id="refused: a person must look"),
    *(
        pytest.param(error, counted(error, fatal=fatal), id=name)
        for name, error, fatal in [
            ("rejected: it is our request", Rejected("spotify", 400, "no"), True),
            ("unavailable: tried again", Unavailable("spotify", "answered 502"), False),
            ("malformed: tried again", Malformed("spotify", "no JSON"), False),
            ("not found where it must be: final", NotFound("spotify", "no"), True),
        ]
    ),
]


@pytest.mark.parametrize(("error", "verdict"), VERDICTS)
async def test_an_error_that_a_stage_returns_concerns_that_message(
    error: UpstreamError, verdict: Verdict
) -> None:
    async def second_fails(messages: Sequence[Any], sources: Sources) -> list[Result]:
        first, _, third = messages
        return [outcome_of(first), error, outcome_of(third)]

    taken = claims(body("a"), body("b"), body("c"))

    verdicts = await engine.perform(lane(second_fails), taken, SOURCES)

    assert verdicts == [outcome_of(asked("a")), verdict, outcome_of(asked("c"))]


@pytest.mark.parametrize(("error", "verdict"), VERDICTS)
async def test_an_error_that_a_stage_raises_concerns_all_its_messages(
    error: UpstreamError, verdict: Verdict
) -> None:
    async def fails(messages: Sequence[Any], sources: Sources) -> list[Result]:
        raise error

    taken = claims(body("a"), {"no": "message"}, body("b"))

    first, unread, last = await engine.perform(lane(fails), taken, SOURCES)

    assert (first, last) == (verdict, verdict)
    assert isinstance(unread, Failed)
    assert unread.fatal


async def test_a_bug_in_a_stage_concerns_the_one_message_that_meets_it() -> None:
    calls: list[list[str]] = []

    async def trips_over_b(messages: Sequence[AlbumDiscovery], sources: Sources) -> list[Result]:
        calls.append([message.artist_id for message in messages])
        if "b" in calls[-1]:
            raise KeyError("b")
        return [outcome_of(message) for message in messages]

    taken = claims(body("a"), body("b"), body("c"))

    verdicts = await engine.perform(lane(trips_over_b), taken, SOURCES)

    bug = Failed("bug in album_discovery: KeyError('b')")
    assert verdicts == [outcome_of(asked("a")), bug, outcome_of(asked("c"))]
    assert calls == [["a", "b", "c"], ["a"], ["b"], ["c"]]


async def test_a_database_that_is_away_is_nobodys_failure() -> None:
    async def fails(messages: Sequence[Any], sources: Sources) -> list[Result]:
        raise DatabaseError("the database stays away")

    with pytest.raises(DatabaseError):
        await engine.perform(lane(fails), claims(body("a"), body("b")), SOURCES)


# Adopting, in a real database


async def send(conn: Connection, name: str, message: Any) -> None:
    await conn.execute("select public.pgmq_send(%s, %s)", (name, Jsonb(message)))


async def take(conn: Connection, name: str = "artist_discovery") -> list[Claim]:
    return await queue.claim(conn, name, count=10, lease_seconds=60)


async def work(conn: Connection, taken: Sequence[Claim]) -> Committed:
    """Perform and commit what was claimed from the lane of artists."""
    verdicts = await engine.perform(LANE_OF["artist_discovery"], taken, SOURCES)
    return await engine.commit(conn, list(zip(taken, verdicts, strict=True)))


async def rows(conn: Connection, query: str) -> list[Any]:
    return list(await (await conn.execute(query)).fetchall())


DISCOVERIES = """
    select d.asked_for, d.refresh, q.key, q.state
    from linernotes.discovery as d
    join linernotes.question as q on q.id = d.question_id
    order by d.id
"""


async def test_an_adopted_message_starts_a_discovery(conn: Connection) -> None:
    await send(conn, "artist_discovery", {"artistName": "Drake"})
    (foreign,) = await take(conn)

    committed = await work(conn, [foreign])

    assert committed == Committed(done=[foreign])
    assert await rows(conn, DISCOVERIES) == [("Drake", False, "name:Drake", "open")]
    (own,) = await take(conn)
    root: Message = ArtistDiscovery(source="spotify", by="name", asked="Drake")
    assert own.question is not None
    assert (own.generation, own.body) == (
        1,
        msgspec.to_builtins(root) | {"question": own.question, "generation": 1},
    )


async def test_those_who_ask_for_the_same_artist_share_the_question(conn: Connection) -> None:
    for _ in range(2):
        await send(conn, "artist_discovery", {"artistId": ARTIST})
    taken = await take(conn)

    await work(conn, taken)
    await send(conn, "artist_discovery", {"artistId": URI})
    again = await take(conn)
    (foreign,) = [claim for claim in again if claim.question is None]
    await work(conn, [foreign])

    key = f"id:{ARTIST}"
    expected = [(words, False, key, "open") for words in (ARTIST, ARTIST, URI)]
    assert await rows(conn, DISCOVERIES) == expected
    assert await rows(conn, "select count(*) from linernotes.question") == [(1,)]
    assert len(again) == 2


async def test_an_adopted_message_that_is_delivered_twice_starts_one_discovery(
    conn: Connection,
) -> None:
    await send(conn, "artist_discovery", {"artistName": "Drake"})
    (foreign,) = await take(conn)

    await work(conn, [foreign])
    again = await work(conn, [foreign])

    assert again == Committed(lost=[foreign])
    assert await rows(conn, DISCOVERIES) == [("Drake", False, "name:Drake", "open")]


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({"artistName": 5}, id="an object"),
        pytest.param(["Drake"], id="a list"),
        pytest.param("Drake", id="a text"),
        pytest.param(None, id="null"),
    ],
)
async def test_what_nobody_understands_becomes_a_dead_letter_as_it_was(
    conn: Connection, message: Any
) -> None:
    await send(conn, "artist_discovery", message)
    (foreign,) = await take(conn)

    committed = await work(conn, [foreign])

    ((dead, _),) = committed.dead
    assert dead == foreign
    letters = "select queue_name, msg, fail_count from public.pgmq_dead_letter_items"
    assert await rows(conn, letters) == [("artist_discovery", message, 1)]
    assert await rows(conn, "select msg_id from pgmq.q_artist_discovery") == []
    assert await rows(conn, DISCOVERIES) == []


FORGED = {
    "no object": [1],
    "no number": {"question": "7", "generation": 1},
    "true is no number": {"question": True, "generation": 1},
    "a fraction": {"question": 1.5, "generation": 1},
    "below one": {"question": -1, "generation": 1},
    "more than the column holds": {"question": 10**23, "generation": 1},
    "no generation": {"question": 7},
    "a generation that the column cannot hold": {"question": 7, "generation": 3 * 10**9},
}


@pytest.mark.parametrize("message", FORGED.values(), ids=FORGED)
def test_what_could_not_be_ours_belongs_to_no_question(message: object) -> None:
    assert Claim("album_discovery", 1, 1, message).question is None


def test_our_own_messages_say_question_and_generation() -> None:
    claim = Claim("album_discovery", 1, 1, {"question": 7, "generation": 2})

    assert (claim.question, claim.generation) == (7, 2)


async def test_half_a_surrogate_pair_ends_as_a_dead_letter_and_leaves_its_neighbours_alone(
    conn: Connection,
) -> None:
    """No JSON and no text of the database can hold one; Python's strings can."""
    await queue.ask(conn, [Asked(None, asked("good")), Asked(None, asked("bad"))])
    good, bad = await queue.claim(conn, "album_discovery", count=2, lease_seconds=25)
    if good.body["artist_id"] == "bad":
        good, bad = bad, good
    broken = Artist(
        id="broken", source="spotify", name="\ud800", url="", retrieved_at=SOURCES.now()
    )
    committed = await engine.commit(conn, [(bad, Outcome((broken,))), (good, Outcome())])
    assert (committed.done, [claim for claim, _ in committed.dead]) == ([good], [bad])
