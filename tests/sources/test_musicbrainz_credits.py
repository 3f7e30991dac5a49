"""Which relations are producer credits, in which role, and of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from tests.sources.fake_api import AT

from linernotes.catalogue import ROLES, ROLES_APART, Credit, Producer
from linernotes.sources import musicbrainz
from linernotes.sources.musicbrainz import ReleaseTrack, ReleaseTracks
from linernotes.sources.musicbrainz_credits import (
    ADDITIONAL,
    ASSISTANT,
    ASSOCIATE,
    CO,
    EXECUTIVE,
    PRODUCER_OF_RECORDING,
    PRODUCER_OF_RELEASE,
    SPECIAL_PURPOSE,
    TASK,
)
from linernotes.sources.musicbrainz_payloads import Relation
from linernotes.sources.musicbrainz_types import (
    NOT_PRODUCERS_OF_RECORDING,
    NOT_PRODUCERS_OF_RELEASE,
)

SITE = "https://musicbrainz.example"
NAMES = {
    ADDITIONAL: "additional",
    ASSISTANT: "assistant",
    ASSOCIATE: "associate",
    CO: "co",
    EXECUTIVE: "executive",
    TASK: "task",
}
TRACK = ReleaseTrack(
    disc=1,
    position=1,
    title="Forever More",
    length_ms=438000,
    recording_id="rec1",
    isrcs=(),
    first_released=None,
    relations=(),
)
RELEASE = ReleaseTracks(
    id="rel1",
    title="Forever More",
    is_compilation=False,
    tracks=(TRACK,),
    relations=(),
    retrieved_at=AT,
)


def relation(
    *attribute_ids: str, task: str | None = None, changes: dict[str, Any] | None = None
) -> Relation:
    """A producer relation as MusicBrainz writes it."""
    ids = (*attribute_ids, TASK) if task is not None else attribute_ids
    written = {
        "type": "producer",
        "type-id": PRODUCER_OF_RECORDING,
        "target-type": "artist",
        "direction": "backward",
        "artist": {"id": "p1", "name": "Mark Brydon", "type": "Person", "disambiguation": ""},
        "target-credit": "",
        "attributes": [NAMES[id] for id in ids],
        "attribute-ids": {NAMES[id]: id for id in ids},
        "attribute-values": {} if task is None else {"task": task},
        "begin": None,
        "end": None,
        "ended": False,
    } | (changes or {})
    return msgspec.convert(written, Relation)


def credits(
    *relations: Relation, release: ReleaseTracks = RELEASE
) -> tuple[tuple[Producer, ...], tuple[Credit, ...]]:
    track = replace(TRACK, relations=relations)
    return musicbrainz.credits(track, release, track_id="tr1", matched_by="ISRC", site=SITE, at=AT)


def fact_producer(**changes: Any) -> Producer:
    facts: dict[str, Any] = {
        "source": "musicbrainz",
        "retrieved_at": AT,
        "id": "p1",
        "name": "Mark Brydon",
        "kind": "person",
        "disambiguation": None,
        "url": f"{SITE}/artist/p1",
    }
    return Producer(**facts | changes)


def fact_credit(**changes: Any) -> Credit:
    facts: dict[str, Any] = {
        "source": "musicbrainz",
        "retrieved_at": AT,
        "track_id": "tr1",
        "producer_id": "p1",
        "role": "producer",
        "scope": "track",
        "printed_as": "Mark Brydon",
        "detail": None,
        "matched_by": "ISRC",
        "source_url": f"{SITE}/recording/rec1",
    }
    return Credit(**facts | changes)


def test_a_producer_of_the_recording_is_credited_on_the_track() -> None:
    assert credits(relation()) == ((fact_producer(),), (fact_credit(),))


ATTRIBUTES: dict[str, tuple[Relation, str, str | None]] = {
    "co": (relation(CO), "co-producer", None),
    "additional": (relation(ADDITIONAL), "additional producer", None),
    "assistant": (relation(ASSISTANT), "assistant producer", None),
    "associate": (relation(ASSOCIATE), "associate producer", None),
    "executive": (relation(EXECUTIVE), "executive producer", None),
    "co and executive": (relation(CO, EXECUTIVE), "executive producer", "co"),
    "additional and co": (relation(ADDITIONAL, CO), "additional producer", "co"),
    "a task": (relation(task="strings"), "producer", "strings"),
    "a blank task": (relation(task=" "), "producer", None),
    "a vocal task": (relation(task="Vocal production"), "vocal producer", "Vocal production"),
    "vocals": (relation(ADDITIONAL, task="vocals"), "vocal producer", "additional, vocals"),
    "no vocal task": (relation(task="vocalise"), "producer", "vocalise"),
    "a compilation": (relation(task="compilation"), "compilation producer", "compilation"),
    "a reissue": (relation(task="2003 reissue"), "compilation producer", "2003 reissue"),
    "a video": (relation(task="music video"), "video producer", "music video"),
    "executive vocals": (relation(EXECUTIVE, task="vocals"), "executive producer", "vocals"),
    "translated names": (
        relation(changes={"attributes": ["koproduzent"], "attribute-ids": {"koproduzent": CO}}),
        "co-producer",
        None,
    ),
    "names without ids": (
        relation(task="beats", changes={"attributes": ["co", "task"], "attribute-ids": None}),
        "co-producer",
        "beats",
    ),
    "names with an empty map of ids": (
        relation(changes={"attributes": ["executive"], "attribute-ids": {}}),
        "executive producer",
        None,
    ),
    "an attribute that we do not know": (
        relation(changes={"attributes": ["honorary"], "attribute-ids": {"honorary": "x"}}),
        "producer",
        "honorary",
    ),
    "attributes that are null": (
        relation(changes={"attributes": None, "attribute-ids": None, "attribute-values": None}),
        "producer",
        None,
    ),
    "a task that is null": (
        relation(task="", changes={"attribute-values": {"task": None}}),
        "producer",
        None,
    ),
}


@pytest.mark.parametrize(("said", "role", "detail"), ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_attributes_and_task_make_the_role(said: Relation, role: str, detail: str | None) -> None:
    _, found = credits(said)

    assert found == (fact_credit(role=role, detail=detail),)
    assert role in ROLES + ROLES_APART


NOT_PRODUCING = {
    "programming": "36c50022-44e0-488d-994b-33f11d20301e",
    "production": "b367fae0-c4b0-48b9-a40c-f3ae4c02cffc",
    "remixer": "7950be4d-13a3-48e7-906b-5af562e39544",
    "engineer": "5dcc52af-7064-4051-8d62-7d80f4c3c907",
    "mix": "3e3102e1-1896-4f50-b5b2-dd9824e46efe",
    "producer of a release, said of a recording": PRODUCER_OF_RELEASE,
}


@pytest.mark.parametrize("type_id", NOT_PRODUCING.values(), ids=NOT_PRODUCING)
def test_other_relations_are_no_credits_whatever_they_are_called(type_id: str) -> None:
    assert credits(relation(changes={"type-id": type_id})) == ((), ())


@pytest.mark.parametrize(
    "changes",
    [
        {"type-id": None},
        {"artist": None},
        {"artist": {"id": "p1", "name": None}},
        {"artist": {"id": "p1", "name": " "}},
        {"artist": {"id": None, "name": "Mark Brydon"}},
        {"artist": {"id": "../v1/search?q=x", "name": "Mark Brydon"}},
    ],
)
def test_a_relation_without_type_or_artist_is_no_credit(changes: dict[str, Any]) -> None:
    assert credits(relation(changes=changes)) == ((), ())


@pytest.mark.parametrize("id", sorted(SPECIAL_PURPOSE))
def test_nobody_in_particular_is_no_producer(id: str) -> None:
    assert credits(relation(changes={"artist": {"id": id, "name": "[unknown]"}})) == ((), ())


def test_the_printed_name_stands_on_the_credit_and_the_usual_one_on_the_producer() -> None:
    artist = {"id": "p1", "name": "No I.D.", "type": None, "disambiguation": "Chicago"}
    said = relation(changes={"artist": artist, "target-credit": "Immenslope"})

    assert credits(said) == (
        (fact_producer(name="No I.D.", kind=None, disambiguation="Chicago"),),
        (fact_credit(printed_as="Immenslope"),),
    )


def test_one_person_in_two_roles_has_two_credits() -> None:
    assert credits(relation(), relation(EXECUTIVE)) == (
        (fact_producer(),),
        (fact_credit(), fact_credit(role="executive producer")),
    )


def test_the_same_role_twice_is_one_credit_with_both_details() -> None:
    said = [relation(task="beats"), relation(task="strings"), relation(task="beats"), relation()]

    assert credits(*said) == ((fact_producer(),), (fact_credit(detail="beats; strings"),))


def of_release(*attribute_ids: str) -> Relation:
    return relation(*attribute_ids, changes={"type-id": PRODUCER_OF_RELEASE})


def test_a_producer_of_the_release_is_credited_on_the_whole_release() -> None:
    release = replace(RELEASE, relations=(of_release(), of_release(EXECUTIVE)))
    page = f"{SITE}/release/rel1"

    assert credits(relation(), release=release)[1] == (
        fact_credit(),
        fact_credit(scope="release", source_url=page),
        fact_credit(scope="release", source_url=page, role="executive producer"),
    )


def test_who_produced_a_compilation_compiled_it() -> None:
    said = (of_release(CO), of_release(EXECUTIVE))
    release = replace(RELEASE, relations=said, is_compilation=True)
    page = f"{SITE}/release/rel1"

    assert credits(release=release)[1] == (
        fact_credit(scope="release", source_url=page, role="compilation producer", detail="co"),
        fact_credit(scope="release", source_url=page, role="executive producer"),
    )


def test_who_produced_the_recording_of_a_track_on_a_compilation_produced_it() -> None:
    release = replace(RELEASE, is_compilation=True)

    assert credits(relation(), release=release)[1] == (fact_credit(),)


def test_relations_that_were_left_out_are_no_credits() -> None:
    track = replace(TRACK, relations=None)

    assert musicbrainz.credits(track, RELEASE, track_id="tr1", matched_by="", site=SITE, at=AT) == (
        (),
        (),
    )


# What we do not know


NEW_TYPE = "5a4db0c5-00ff-4000-8000-000000000001"


def unknown(*relations: Relation, of_release: Sequence[Relation] = ()) -> list[tuple[str, ...]]:
    """Kind, id, words and page of each, as the whole fact but for what all share."""
    found = musicbrainz.unknown_roles(
        replace(TRACK, relations=relations),
        replace(RELEASE, relations=tuple(of_release)),
        track_id="tr1",
        site=SITE,
        at=AT,
    )
    shared = {(one.source, one.retrieved_at, one.track_id) for one in found}
    assert shared <= {("musicbrainz", AT, "tr1")}
    return [(one.kind, one.met, one.words, one.source_url) for one in found]


def of_type(id: str | None, name: str | None = None) -> Relation:
    return relation(changes={"type-id": id, "type": name})


RECORDING_PAGE, RELEASE_PAGE = f"{SITE}/recording/rec1", f"{SITE}/release/rel1"


@pytest.mark.parametrize(
    ("said", "met"),
    [
        (of_type(NEW_TYPE, "ghost"), ("relation", NEW_TYPE, "ghost", RECORDING_PAGE)),
        (of_type(NEW_TYPE), ("relation", NEW_TYPE, NEW_TYPE, RECORDING_PAGE)),
        (
            relation(
                changes={"attributes": ["co", "ghost"], "attribute-ids": {"co": CO, "ghost": "g1"}}
            ),
            ("attribute", "g1", "ghost", RECORDING_PAGE),
        ),
        (relation(CO, task="spoken intro"), ("task", *["spoken intro"] * 2, RECORDING_PAGE)),
        (relation(task="x" * 9000), ("task", *["x" * 200] * 2, RECORDING_PAGE)),
    ],
    ids=["a type", "a type without a name", "an attribute", "a task", "an endless task"],
)
def test_what_we_do_not_know_is_told_with_its_page(said: Relation, met: tuple[str, ...]) -> None:
    assert unknown(said, said) == [met]


def test_what_is_said_of_the_release_has_the_page_of_the_release() -> None:
    said = of_type(NEW_TYPE, "ghost")

    assert unknown(said, of_release=[said]) == [
        ("relation", NEW_TYPE, "ghost", RECORDING_PAGE),
        ("relation", NEW_TYPE, "ghost", RELEASE_PAGE),
    ]


def test_a_type_of_releases_is_not_one_of_recordings() -> None:
    said = of_type(PRODUCER_OF_RELEASE, "producer")

    assert unknown(said) == [("relation", PRODUCER_OF_RELEASE, "producer", RECORDING_PAGE)]


@pytest.mark.parametrize(
    "said",
    [
        relation(),
        *(relation(id) for id in (ADDITIONAL, ASSISTANT, ASSOCIATE, CO, EXECUTIVE)),
        relation(EXECUTIVE, task="music video"),
        relation(task="  "),
        of_type(None, "producer"),
        relation(changes={"type-id": NEW_TYPE, "artist": None}),
        *(of_type(id, name) for id, name in NOT_PRODUCERS_OF_RECORDING.items()),
    ],
)
def test_what_we_know_is_no_news(said: Relation) -> None:
    assert unknown(said) == []


@pytest.mark.parametrize(("id", "name"), NOT_PRODUCERS_OF_RELEASE.items())
def test_what_we_know_of_releases_is_no_news(id: str, name: str) -> None:
    assert unknown(of_release=[of_type(id, name)]) == []


def test_an_unknown_type_makes_nobody_a_producer() -> None:
    assert credits(of_type(NEW_TYPE, "vibe producer")) == ((), ())


def test_an_unknown_task_takes_nothing_from_whom_the_source_calls_a_producer() -> None:
    _, (credit,) = credits(relation(task="spoken intro"))

    assert credit == fact_credit(detail="spoken intro")
