"""
The documents that `--json` prints, as docs/reference/cli.md describes them.

Fields are added, never renamed; a change that breaks a reader raises `schema`. Every row says
whether it comes from the sandbox.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from linernotes.catalogue import Candidate
from linernotes.db.report import (
    Coverage,
    CreditRow,
    DeadLetter,
    DeadQuestion,
    HintRow,
    ProducerRow,
    ProfileAnswerRow,
    ProfileRow,
    QueueRow,
    SourceRow,
    StoreCoverage,
    Totals,
)


class CandidateItem(Candidate, frozen=True, kw_only=True):
    sandbox: bool


class Problem(msgspec.Struct, frozen=True):
    code: str
    message: str
    hint: str | None
    candidates: list[CandidateItem] = []


class ProblemDocument(msgspec.Struct, frozen=True):
    error: Problem


class ArtistItem(msgspec.Struct, frozen=True):
    """`reason` says why this artist is meant and no other, where that was the question."""

    id: str
    name: str | None
    url: str
    reason: str | None
    sandbox: bool


class CoverageItem(Coverage, frozen=True, kw_only=True):
    """`why_refused` and `why_failed` are for people: until when and why, each reason once."""

    why_refused: list[str]
    why_failed: list[str]
    sandbox: bool


class StoreItem(StoreCoverage, frozen=True, kw_only=True):
    sandbox: bool


class HintItem(HintRow, frozen=True, kw_only=True):
    sandbox: bool


class ProducerItem(ProducerRow, frozen=True, kw_only=True):
    rank: int
    sandbox: bool


class CreditItem(CreditRow, frozen=True, kw_only=True):
    licence: str
    sandbox: bool


class ProfileItem(ProfileRow, frozen=True, kw_only=True):
    licence: str
    sandbox: bool


class StageItem(msgspec.Struct, frozen=True):
    """
    `unit` is what `done` and `total` count, once something has been `asked`. `open`, `failing`
    and `failed` count questions; `error` is what one that is failing met last. `waits_for` is
    None when nothing is waited for.
    """

    stage: str
    unit: str
    done: int
    total: int
    open: int
    failing: int
    failed: int
    asked: bool
    complete: bool
    waits_for: str | None
    error: str | None
    sandbox: bool


class TrackState(msgspec.Struct, frozen=True):
    """
    What is known from one credit source: credited, silent or unknown if it has answered, else
    waiting, refused (closed to us, see `until`) or failed.
    """

    source: str
    state: str
    why: str | None
    until: datetime | None
    source_url: str | None
    retrieved_at: datetime | None


class Waiting(msgspec.Struct, frozen=True):
    """`seconds` until it opens; `open` questions wait for that."""

    source: str
    until: datetime
    seconds: float
    open: int
    reason: str
    refused: bool
    sandbox: bool


class DeadItem(DeadQuestion, frozen=True, kw_only=True):
    sandbox: bool


class DiscoverDocument(msgspec.Struct, frozen=True, kw_only=True):
    """
    `from_store`: nothing had to be asked. `outcome`: done or in part. `answered_at` is the
    time of the latest answer, `oldest_answered_at` of the oldest. `hints` are weak evidence,
    never producers.
    """

    schema: str = "linernotes/discover/1"
    sandbox: bool
    discovery: int
    asked_for: str
    artist: ArtistItem
    outcome: str
    from_store: bool
    answered_at: datetime | None
    oldest_answered_at: datetime | None
    stages: list[StageItem]
    coverage: dict[str, CoverageItem]
    producers: list[ProducerItem]
    hints: list[HintItem]
    waiting: list[Waiting]
    dead_letters: list[DeadItem]
    next: str


class ProducersDocument(msgspec.Struct, frozen=True, kw_only=True):
    """
    `coverage` by source and `hints` (weak evidence) if one artist was asked for, else `store`:
    how much of all lists has been read.
    """

    schema: str = "linernotes/producers/1"
    sandbox: bool
    artist: ArtistItem | None
    coverage: dict[str, CoverageItem] | None
    store: StoreItem | None
    producers: list[ProducerItem]
    hints: list[HintItem]


class ProducerItself(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    kind: str | None
    disambiguation: str | None
    url: str
    source: str
    retrieved_at: datetime
    printed_as: list[str]
    sandbox: bool


class AskedItem(ProfileAnswerRow, frozen=True, kw_only=True):
    sandbox: bool


class ShowDocument(msgspec.Struct, frozen=True, kw_only=True):
    """
    `asked`: what each source said when asked where this producer can be found. `store`: how
    much of all lists has been read, which the credits are out of.
    """

    schema: str = "linernotes/show/1"
    sandbox: bool
    producer: ProducerItself
    credits: list[CreditItem]
    profiles: list[ProfileItem]
    asked: list[AskedItem]
    store: StoreItem


class Place(msgspec.Struct, frozen=True):
    """Where the data lies. `remove` is a command; None where the database is not ours to remove."""

    address: str
    directory: str | None
    disk_bytes: int | None
    remove: str | None


class DiscoveryItem(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: open, done or in part (dead letters). `waiting`: for the closed sources, what."""

    id: int
    asked_for: str
    asked_at: datetime
    artist_id: str | None
    artist: str | None
    url: str | None
    state: str
    stages: list[StageItem]
    coverage: dict[str, CoverageItem] | None
    waiting: list[Waiting]
    sandbox: bool


class QueueItem(QueueRow, frozen=True, kw_only=True):
    sandbox: bool


class SourceItem(SourceRow, frozen=True, kw_only=True):
    """`open`: how many questions lie in the queues of this source."""

    open: int
    sandbox: bool


class StatusDocument(msgspec.Struct, frozen=True, kw_only=True):
    """
    `exists` is false before the first use; then there is only the place. `discoveries` are the
    latest of each artist; `older_discoveries` counts those that are left out.
    """

    schema: str = "linernotes/status/1"
    sandbox: bool
    exists: bool
    place: Place
    totals: Totals | None = None
    discoveries: list[DiscoveryItem] = []
    older_discoveries: int = 0
    queues: list[QueueItem] = []
    sources: list[SourceItem] = []


class DeadLetterItem(DeadLetter, frozen=True, kw_only=True):
    sandbox: bool


class DeadLettersDocument(msgspec.Struct, frozen=True, kw_only=True):
    schema: str = "linernotes/dead-letters/1"
    sandbox: bool
    dead_letters: list[DeadLetterItem]


class FindingItem(msgspec.Struct, frozen=True, kw_only=True):
    """`found` is what is so, `hint` what to do about it; `details` are the figures behind it."""

    name: str
    state: str
    found: str
    hint: str | None
    details: dict[str, Any]
    sandbox: bool


class DoctorDocument(msgspec.Struct, frozen=True, kw_only=True):
    """`wrong` and `warnings` count the checks that ended so."""

    schema: str = "linernotes/doctor/1"
    sandbox: bool
    wrong: int
    warnings: int
    checks: list[FindingItem]


class PurgeDocument(msgspec.Struct, frozen=True):
    """How many rows went, or would in a dry run, by kind; a kind of which none went is absent."""

    sandbox: bool
    dry_run: bool
    removed: dict[str, int]
    schema: str = "linernotes/purge/1"


def document(value: msgspec.Struct) -> bytes:
    """As it is printed: indented, with a line end."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def with_more(row: msgspec.Struct, kind: type[Any], **more: Any) -> Any:
    """A row of the store as a row of a document, which says a little more."""
    return kind(**{name: getattr(row, name) for name in row.__struct_fields__}, **more)
