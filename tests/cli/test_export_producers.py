"""`export producers`: a row a person, guarded, the same figures as the ranking."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from psycopg import AsyncConnection
from tests.cli.programs import Ended, environment, run

from linernotes.catalogue import (
    Album,
    Artist,
    Credit,
    Credited,
    Fact,
    Identity,
    Listing,
    Match,
    Producer,
    Profile,
    ProfileAnswer,
    Track,
)
from linernotes.cli.people import COLUMNS
from linernotes.db import catalogue

Finished = tuple[Path, Ended]
AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ARTIST, GUEST, RICK = "artist", "guest", "rick"
SITE = "https://musicbrainz.org"


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text, newline="")))


# A store with facts of every sort ---------------------------------------------------------------


def said(source: str = "musicbrainz") -> dict[str, Any]:
    return {"source": source, "retrieved_at": AT}


def album(id: str, released: str) -> list[Fact]:
    """An album with one track of the same id, in the artist's list."""
    by = (Credited(ARTIST, "An Artist"),)
    return [
        Album(
            id=id,
            title=id,
            album_type="album",
            release_date=released,
            total_tracks=1,
            upc=None,
            url=f"https://open.spotify.com/album/{id}",
            artists=by,
            **said("spotify"),
        ),
        Listing(artist_id=ARTIST, album_id=id, group="album", **said("spotify")),
        Track(
            id=id,
            album_id=id,
            title=id,
            disc=1,
            number=1,
            length_ms=None,
            isrc=None,
            url=f"https://open.spotify.com/track/{id}",
            artists=by,
            title_key=id,
            version="",
            **said("spotify"),
        ),
    ]


def match(track: str, recording: str, first_released: str | None) -> Match:
    return Match(
        track_id=track,
        recording=recording,
        release=None,
        how="link",
        first_released=first_released,
        source_url=f"{SITE}/recording/{recording}",
        **said(),
    )


def producer(id: str, name: str, kind: str | None = "person") -> Producer:
    return Producer(
        id=id, name=name, kind=kind, disambiguation=None, url=f"{SITE}/artist/{id}", **said()
    )


def credit(track: str, who: str, role: str = "producer") -> Credit:
    return Credit(
        track_id=track,
        producer_id=who,
        role=role,
        scope="track",
        printed_as=who,
        detail=None,
        matched_by="link",
        source_url=f"{SITE}/recording/of-{track}",
        **said(),
    )


def profile(who: str, network: str, url: str, source: str = "musicbrainz") -> Profile:
    return Profile(
        producer_id=who, network=network, handle=None, url=url, source_url=SITE, **said(source)
    )


def facts() -> list[Fact]:
    """One recording on two albums, another on a third; a person with everything, and a formula."""
    return [
        Artist(id=ARTIST, name="An Artist", url="https://open.spotify.com", **said("spotify")),
        *album("first", "1999"),
        *album("again", "2010-05-01"),
        *album("other", "2012-03"),
        match("first", "one", "1999-02-03"),
        match("again", "one", "1999-02-03"),
        producer(RICK, "Rick Rubin"),
        producer(GUEST, '=HYPERLINK("https://bad.example","x")', kind=None),
        producer("apart", "Only Executive"),
        credit("first", RICK, "co-producer"),
        credit("again", RICK),
        credit("other", RICK),
        credit("other", RICK, "executive producer"),
        credit("other", GUEST),
        credit("other", "apart", "executive producer"),
        ProfileAnswer(producer_id=RICK, known=True, source_url=f"{SITE}/artist/rick", **said()),
        ProfileAnswer(
            producer_id=RICK,
            known=True,
            source_url="https://www.wikidata.org/wiki/Q42",
            source="wikidata",
            retrieved_at=AT + timedelta(hours=1),
        ),
        Identity(
            producer_id=RICK,
            sort_name="Rubin, Rick",
            isnis=("0000000121479733",),
            ipis=("00008955074", "00008955172"),
            wikidata_id="Q42",
            source_url=f"{SITE}/artist/rick",
            **said(),
        ),
        profile(RICK, "x", "https://x.com/aaa"),
        profile(RICK, "x", "https://x.com/rick"),
        profile(RICK, "x", "https://x.com/Rick", "wikidata"),
        profile(RICK, "mastodon", "https://mastodon.example/@rick"),
        profile(RICK, "website", "https://rick.example/"),
    ]


@pytest.fixture
async def known(conn: AsyncConnection[Any], dsn: str) -> str:
    """The address of a database with these facts."""
    async with conn.transaction():
        await catalogue.store(conn, facts())
    return dsn


def exported(tmp_path: Path, dsn: str, *more: str) -> Ended:
    return run(tmp_path, "export", "producers", *more, DATABASE_URL=dsn)


def test_a_row_says_everything_that_sources_state(tmp_path: Path, known: str) -> None:
    ended = exported(tmp_path, known)
    rows = rows_of(ended.out)

    assert ended.code == 0
    assert [row["linernotes_id"] for row in rows] == [RICK, GUEST]
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", rows[0].pop("exported_at"))
    assert {name: value for name, value in rows[0].items() if value} == {
        "linernotes_id": RICK,
        "name": "Rick Rubin",
        "first_name": "Rick",
        "last_name": "Rubin",
        "kind": "person",
        "roles": "producer; co-producer",
        "tracks": "2",
        "albums": "3",
        "artists": "1",
        "first_credit": "1999-02-03",
        "last_credit": "2012-03",
        "sources": "musicbrainz",
        "website": "https://rick.example/",
        "x": "https://x.com/Rick",
        "other_profiles": "https://mastodon.example/@rick; https://x.com/aaa",
        "musicbrainz_id": RICK,
        "wikidata_id": "Q42",
        "isni": "0000000121479733",
        "ipi": "00008955074; 00008955172",
        "profile_sources": (
            "website: musicbrainz; x: musicbrainz, wikidata; mastodon: musicbrainz; x: musicbrainz"
        ),
        "checked_at": "2026-11-24T13:00:00Z",
        "evidence_url": f"{SITE}/recording/of-again",
        "sandbox": "false",
    }


def test_a_name_that_is_a_formula_is_text_unless_raw_is_asked_for(
    tmp_path: Path, known: str
) -> None:
    name = '=HYPERLINK("https://bad.example","x")'

    assert rows_of(exported(tmp_path, known).out)[1]["name"] == f"'{name}"
    assert rows_of(exported(tmp_path, known, "--raw").out)[1]["name"] == name


def test_json_lines_hold_the_same_unguarded_with_lists_and_nulls(
    tmp_path: Path, known: str
) -> None:
    lines = exported(tmp_path, known, "--format", "jsonl").out.splitlines()
    rick, guest = map(json.loads, lines)

    assert tuple(rick) == COLUMNS
    assert (rick["roles"], rick["tracks"]) == (["producer", "co-producer"], 2)
    assert (guest["name"], guest["x"], guest["isni"], guest["checked_at"]) == (
        '=HYPERLINK("https://bad.example","x")',
        None,
        [],
        None,
    )


def test_without_anybody_there_is_the_header(tmp_path: Path, dsn: str) -> None:
    ended = exported(tmp_path, dsn)

    assert (ended.code, ended.out) == (0, ",".join(COLUMNS) + "\n")  # CRLF, read as text


async def test_a_later_answer_withdraws_what_told_a_producer_apart(
    conn: AsyncConnection[Any], known: str
) -> None:
    gone = ProfileAnswer(
        producer_id=RICK,
        known=False,
        source_url=None,
        source="musicbrainz",
        retrieved_at=AT + timedelta(hours=2),
    )
    async with conn.transaction():
        await catalogue.store(conn, [gone])
    left = await conn.execute("select producer_id from linernotes.identity")

    assert await left.fetchall() == []


# The sandbox's store ----------------------------------------------------------------------------


def test_the_figures_are_those_of_the_ranking(finished: Finished) -> None:
    names = ("producer_id", "name", "tracks", "first_year", "last_year", "roles", "sources")
    ranking = json.loads(run(finished[0], "producers", "--artist", "Drake", "--json").out)
    ended = run(finished[0], "export", "producers", "--artist", "Drake", "--format", "jsonl")
    rows = [json.loads(line) for line in ended.out.splitlines()]

    assert [
        (
            row["linernotes_id"],
            row["name"],
            row["tracks"],
            int(row["first_credit"][:4]),
            int(row["last_credit"][:4]),
            set(row["roles"]),
            set(row["sources"]),
        )
        for row in rows
    ] == [
        tuple(set(row[name]) if name in ("roles", "sources") else row[name] for name in names)
        for row in ranking["producers"]
    ]


def test_a_file_holds_what_stdout_would_and_replaces_an_older_one(
    finished: Finished, tmp_path: Path
) -> None:
    path = tmp_path / "producers.csv"
    path.write_text("old")
    ended = run(finished[0], "export", "producers", "--output", str(path))
    rows = rows_of(path.read_bytes().decode())

    assert (ended.code, ended.out) == (0, "")
    assert f"{len(rows)} producers in {path}." in ended.err
    assert path.read_bytes().count(b"\r\n") == len(rows) + 1
    assert not path.read_bytes().startswith(b"\xef\xbb\xbf")
    for row in rows:
        assert row["sandbox"] == "true"
        assert row["evidence_url"].startswith("http://127.0.0.1:8765/")


def test_a_file_that_cannot_be_written_is_2(finished: Finished, tmp_path: Path) -> None:
    ended = run(finished[0], "export", "producers", "--output", str(tmp_path / "no" / "x.csv"))

    assert (ended.code, ended.out) == (2, "")
    assert f'error: cannot write to "{tmp_path}/no/x.csv": No such file or directory' in ended.err


def test_an_artist_who_was_not_asked_for_is_2(finished: Finished) -> None:
    ended = run(finished[0], "export", "producers", "--artist", "Drak")

    assert (ended.code, ended.out) == (2, "")


def test_a_closed_pipe_is_silent(finished: Finished) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "linernotes", "export", "producers", "-q"],
        env=environment(finished[0], {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""

    assert process.returncode == 0
