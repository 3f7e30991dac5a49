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
    ProducerRow,
    ProfileAnswerRow,
    ProfileRow,
    QueueRow,
    SourceRow,
    Totals,
)


class Problem(msgspec.Struct, frozen=True):
    code: str
    message: str
    hint: str | None
    candidates: tuple[Candidate, ...] = ()


class ProblemDocument(msgspec.Struct, frozen=True):
    error: Problem


class ArtistItem(msgspec.Struct, frozen=True):
    """`reason` says why this artist is meant and no other."""

    id: str
    name: str
    url: str
    reason: str | None
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
    and `failed` count questions. `waits_for` is None when nothing is waited for.
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
    source: str
    until: datetime
    reason: str
    refused: bool


class DeadItem(msgspec.Struct, frozen=True):
    queue: str
    key: str
    error: str | None


class DiscoverDocument(msgspec.Struct, frozen=True, kw_only=True):
    """`from_store`: nothing had to be asked. `outcome`: done, in part or stopped."""

    schema: str = "linernotes/discover/1"
    sandbox: bool
    discovery: int
    asked_for: str
    artist: ArtistItem
    outcome: str
    from_store: bool
    answered_at: datetime | None
    stages: list[StageItem]
    coverage: dict[str, Coverage]
    producers: list[ProducerItem]
    waiting: list[Waiting]
    dead_letters: list[DeadItem]
    next: str


class ProducersDocument(msgspec.Struct, frozen=True, kw_only=True):
    """`coverage` by source, if one artist was asked for."""

    schema: str = "linernotes/producers/1"
    sandbox: bool
    artist: ArtistItem | None
    coverage: dict[str, Coverage] | None
    producers: list[ProducerItem]


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


class ShowDocument(msgspec.Struct, frozen=True, kw_only=True):
    """`asked`: what each source said when asked where this producer can be found."""

    schema: str = "linernotes/show/1"
    sandbox: bool
    producer: ProducerItself
    credits: list[CreditItem]
    profiles: list[ProfileItem]
    asked: list[ProfileAnswerRow]


class Place(msgspec.Struct, frozen=True):
    """Where the data lies. `remove` is a command; None where the database is not ours to remove."""

    address: str
    directory: str | None
    disk_bytes: int | None
    remove: str | None


class DiscoveryItem(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: open, done or in part (dead letters)."""

    id: int
    asked_for: str
    asked_at: datetime
    artist_id: str | None
    artist: str | None
    state: str
    stages: list[StageItem]
    coverage: dict[str, Coverage] | None
    sandbox: bool


class StatusDocument(msgspec.Struct, frozen=True, kw_only=True):
    """`exists` is false before the first use; then there is only the place."""

    schema: str = "linernotes/status/1"
    sandbox: bool
    exists: bool
    place: Place
    totals: Totals | None = None
    discoveries: list[DiscoveryItem] = []
    queues: list[QueueRow] = []
    sources: list[SourceRow] = []


class DeadLetterItem(DeadLetter, frozen=True, kw_only=True):
    sandbox: bool


class DeadLettersDocument(msgspec.Struct, frozen=True, kw_only=True):
    schema: str = "linernotes/dead-letters/1"
    sandbox: bool
    dead_letters: list[DeadLetterItem]


def document(value: msgspec.Struct) -> bytes:
    """As it is printed: indented, with a line end."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def with_more(row: msgspec.Struct, kind: type[Any], **more: Any) -> Any:
    """A row of the store as a row of a document, which says a little more."""
    return kind(**{name: getattr(row, name) for name in row.__struct_fields__}, **more)
