"""What should be so: questions, what followed from them, failures. Kept beside the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from linernotes.db.queue import Claim
from linernotes.pipeline import Message
from linernotes.stages import LANE_OF

Name = tuple[str, str]
LONG_AGO = datetime.min.replace(tzinfo=UTC)
State = Literal["open", "answered", "dead"]


@dataclass
class Question:
    since: datetime
    state: State = "open"
    generation: int = 1
    failures: int = 0
    follow_ups: set[Name] = field(default_factory=set)


@dataclass
class Model:
    """`messages` counts how often each question was queued; `roots` are those of discoveries."""

    questions: dict[Name, Question] = field(default_factory=dict)
    roots: dict[int, Name] = field(default_factory=dict)
    messages: int = 0

    def ask(self, message: Message, parent: Name | None = None) -> Name:
        name = (message.queue, message.key)
        known = self.questions.get(name)
        if known is None:
            self.questions[name] = Question(message.since or LONG_AGO)
            self.messages += 1
        elif message.since and known.since < message.since:
            self.ask_again(name)
            known.since = message.since
        if parent:
            self.questions[parent].follow_ups.add(name)
        return name

    def ask_again(self, name: Name) -> None:
        question = self.questions[name]
        question.generation += 1
        question.state, question.failures = "open", 0
        self.messages += 1

    def answer(self, finished: Iterable[tuple[Claim, Iterable[Message]]]) -> None:
        """Messages finished together have an effect if they are of the latest generation."""
        effective = [one for one in finished if self.is_latest(one[0])]
        for claim, _ in effective:
            question = self.questions[name_of(claim)]
            question.state = "answered"
            if claim.generation > 1:
                question.follow_ups.clear()
        asked = [(name_of(claim), one) for claim, follow_ups in effective for one in follow_ups]
        for parent, message in sorted(
            asked, key=lambda one: one[1].since or LONG_AGO, reverse=True
        ):
            self.ask(message, parent)

    def is_latest(self, claim: Claim) -> bool:
        return self.questions[name_of(claim)].generation == claim.generation

    def fail(self, claim: Claim, *, dead: bool) -> None:
        if self.is_latest(claim):
            question = self.questions[name_of(claim)]
            question.failures += 1
            question.state = "dead" if dead else "open"

    def reach(self, discovery: int) -> set[Name]:
        found: set[Name] = set()
        ahead = [self.roots[discovery]]
        while ahead:
            if (name := ahead.pop()) not in found:
                found.add(name)
                ahead.extend(self.questions[name].follow_ups)
        return found

    def progress(self, discovery: int) -> dict[str, Counter[str]]:
        """By queue: how many questions of each state, and `failing` among the open ones."""
        counts: dict[str, Counter[str]] = {}
        for name in self.reach(discovery):
            question = self.questions[name]
            count = counts.setdefault(name[0], Counter())
            count[question.state] += 1
            count["failing"] += question.state == "open" and question.failures > 0
        return counts

    def is_dead(self, *names: Name) -> bool:
        return any(
            name in self.questions and self.questions[name].state == "dead" for name in names
        )


def name_of(claim: Claim) -> Name:
    message = msgspec.convert(claim.body, LANE_OF[claim.queue].stage.message)
    return claim.queue, message.key


def coverage(
    model: Model, artist: str, stored: Mapping[str, Any], closed: set[str]
) -> Counter[str]:
    """The states of an artist's recordings, counted one by one. `stored` is what `STORED` reads."""
    counts: Counter[str] = Counter()
    found = {answer["track_id"]: answer["found"] for answer in stored["answers"]}
    recordings: dict[str, set[str]] = {}
    for album in stored["albums"]:
        read = f"{album['id']}:{artist}"
        if album["read_at"] is None:
            if model.is_dead(("track_discovery", read)):
                counts["failed"] += album["total_tracks"]
            else:
                counts["refused" if "spotify" in closed else "unread"] += album["total_tracks"]
            continue  # what others have read of it is not counted a second time
        for track in album["tracks"]:
            if artist in track["artist_ids"]:
                is_dead = model.is_dead(
                    ("producer_identification", track["id"]),
                    *(
                        (queue, key)
                        for queue in ("track_discovery", "track_discovery_musicbrainz")
                        for key in (read, f"{read}:isrc")
                    ),
                )
                waiting = "refused" if "musicbrainz" in closed else "waiting"
                state = found.get(track["id"]) or ("failed" if is_dead else waiting)
                recordings.setdefault(track["recording_id"], set()).add(state)
    order = ("credited", "waiting", "refused", "failed", "silent", "unknown")
    counts.update(min(states, key=order.index) for states in recordings.values())
    return counts


STORED = """
select jsonb_build_object(
    'answers', coalesce((
        select jsonb_agg(jsonb_build_object('track_id', track_id, 'found', found))
        from linernotes.credit_answer where source = 'musicbrainz'
    ), '[]'),
    'albums', coalesce((
        select jsonb_agg(jsonb_build_object(
            'id', al.id, 'total_tracks', al.total_tracks, 'read_at', l.read_at,
            'tracks', coalesce((
                select jsonb_agg(jsonb_build_object(
                    'id', t.id, 'artist_ids', t.artist_ids, 'recording_id', t.recording_id
                )) from linernotes.track as t where t.album_id = al.id
            ), '[]')
        ))
        from linernotes.listing as l join linernotes.album as al on al.id = l.album_id
        where l.artist_id = %s
    ), '[]'))
"""
