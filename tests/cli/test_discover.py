"""`discover` in the sandbox: what it prints, where, and how it is interrupted and goes on."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.cli.programs import PROGRAM, Ended, environment, on_terminal, run

from linernotes import sandbox

DRAKE = "3TVXtAsR1Inumwj472S9r4"


def test_the_table_ranks_who_really_produced_it(finished: tuple[Path, Ended]) -> None:
    rows = finished[1].rows
    truth = sandbox.small_world().truth(DRAKE)
    of = {track: min(one) for one in truth.recordings for track in one}
    recordings: dict[str, set[str]] = {}
    for credit in truth.credits:
        recordings.setdefault(credit.producer_id, set()).add(of[credit.track_id])

    assert {row["producer_id"]: int(row["tracks"]) for row in rows} == {
        producer: len(found) for producer, found in recordings.items()
    }
    counts = [int(row["tracks"]) for row in rows]
    assert counts == sorted(counts, reverse=True)
    assert {row["sandbox"] for row in rows} == {"true"}


def test_what_is_for_the_person_goes_to_stderr(finished: tuple[Path, Ended]) -> None:
    err = finished[1].err

    assert err.startswith("SANDBOX: ")
    assert "progress artist=1/1 albums=8/8 tracks=20/20 producers=20/20 profiles=" in err
    assert "Coverage at MusicBrainz: 20 recordings: " in err
    assert "; albums read 8 of 8.\n" in err
    assert "\nNext: linernotes show " in err
    assert "This came from the sandbox." in err


def test_a_pipe_gets_no_escapes(finished: tuple[Path, Ended]) -> None:
    assert "\033" not in finished[1].out + finished[1].err


def test_a_finished_artist_is_answered_from_the_store(finished: tuple[Path, Ended]) -> None:
    ended = run(finished[0], "discover", "Drake")

    assert (ended.code, ended.out) == (0, finished[1].out)
    assert "From the store: oldest answer " in ended.err
    assert "progress" not in ended.err


def test_refresh_asks_everything_again_and_a_terminal_without_colour_gets_no_escapes(
    finished: tuple[Path, Ended],
) -> None:
    plain = on_terminal(finished[0], "discover", "Drake", "--refresh", NO_COLOR="1")
    never = on_terminal(finished[0], "discover", "Drake", "--color", "never")

    assert "progress artist=1/1 albums=8/8" in plain.out
    assert "progress" not in never.out
    assert (
        plain.out.split("Producer", 1)[1].split("Coverage")[0]
        == (never.out.split("Producer", 1)[1].split("Coverage")[0])
    )
    assert "\033" not in plain.out + never.out


def test_json_is_one_document_that_says_sandbox_in_every_row(finished: tuple[Path, Ended]) -> None:
    ended = run(finished[0], "discover", DRAKE, "--json", "--quiet")
    found = json.loads(ended.out)

    assert (ended.code, ended.err) == (0, "")
    assert (found["schema"], found["outcome"]) == ("linernotes/discover/1", "done")
    assert found["artist"]["id"] == DRAKE
    assert [stage["stage"] for stage in found["stages"]] == [
        "artist",
        "albums",
        "tracks",
        "producers",
        "profiles",
    ]
    marks = [found["sandbox"], found["artist"]["sandbox"]]
    assert {*marks, *(row["sandbox"] for row in found["producers"])} == {True}
    assert sum(found["coverage"]["musicbrainz"][state] for state in STATES) == 20


STATES = ("credited", "silent", "unknown", "waiting", "unread", "refused", "failed")


def test_who_has_keys_is_not_told_to_export_them(finished: tuple[Path, Ended]) -> None:
    keys = {"SPOTIFY_CLIENT_ID": "a", "SPOTIFY_CLIENT_SECRET": "b"}
    ended = run(finished[0], "discover", "Drake", "--sandbox", **keys)

    assert ended.err.endswith(
        "Next: linernotes show --sandbox 40\n"
        "This came from the sandbox. For the real world: run the same command without --sandbox.\n"
    )


def test_an_error_in_json_stands_alone(finished: tuple[Path, Ended]) -> None:
    ended = run(finished[0], "discover", "Zqxwv Nobody", "--json")

    assert (ended.code, ended.out) == (2, "")
    assert json.loads(ended.err)["error"]["code"] == "several_meant"


def test_a_closed_pipe_is_no_error(finished: tuple[Path, Ended]) -> None:
    for command in ("discover Drake -q", "producers -q", "export facts --artist Drake -q"):
        done = subprocess.run(
            ["/bin/bash", "-c", f"{PROGRAM[0]} -m linernotes {command} --sandbox | head -1"],
            env=environment(finished[0], {}),
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.stderr == ""
        assert done.stdout.count("\n") == 1


def test_ctrl_c_loses_nothing_and_the_next_run_goes_on(
    data: Path, finished: tuple[Path, Ended]
) -> None:
    stopped = on_terminal(
        data, "discover", "Drake", press="\x03", when=lambda seen: "waits for MusicBrainz" in seen
    )
    assert stopped.code == 130
    assert "stopped; nothing is lost; continue with: linernotes discover Drake" in stopped.out
    assert "Traceback" not in stopped.out

    status = json.loads(run(data, "status", "--json").out)
    (discovery,) = status["discoveries"]
    assert discovery["state"] == "open"
    assert sum(queue["taken"] for queue in status["queues"]) == 0
    words = run(data, "status").out
    assert "nobody is at work on them; to go on: linernotes discover Drake\n" in words

    again = on_terminal(data, "discover", "Drake")
    assert again.code == 0
    for word in ("Artist", "Albums", "Tracks", "Producers", "Profiles", "… and 6 more"):
        assert word in again.out
    assert "\033[" in again.out
    assert run(data, "discover", "Drake").out == finished[1].out


def test_a_name_that_nobody_has_is_2(finished: tuple[Path, Ended]) -> None:
    ended = run(finished[0], "discover", "Zqxwv Nobody")

    assert ended.code == 2
    assert 'error: "Zqxwv Nobody" is not one artist' in ended.err
    assert "\nhint: the sandbox knows only " in ended.err
