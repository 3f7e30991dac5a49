"""What MusicBrainz lets a request ask, and its words for whoever asks for something else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from linernotes.sandbox.query import BadQuery, Query, parse
from linernotes.sandbox.requests import Refusal, json, number, unexpected

HELP = "For usage, please see: https://musicbrainz.org/development/mmd"
LIMIT_MAX = 100
LIMIT_DEFAULT = 25


RELATIONS = frozenset(
    f"{kind}-rels"
    for kind in (
        "area", "artist", "event", "genre", "instrument", "label", "place",
        "recording", "release", "release-group", "series", "url", "work",
    )
)  # fmt: skip
_TAGS = frozenset({"annotation", "tags", "genres", "ratings", "aliases"})
INCS = {
    "url": RELATIONS,
    "release": RELATIONS
    | _TAGS
    | {"artists", "artist-credits", "labels", "recordings", "release-groups", "media", "discids"}
    | {"recording-level-rels", "work-level-rels", "release-group-level-rels", "collections"},
    "recording": RELATIONS
    | _TAGS
    | {"artists", "artist-credits", "releases", "isrcs", "work-level-rels"},
    "isrc": RELATIONS | {"artists", "artist-credits", "releases", "isrcs", "aliases", "tags"},
    "artist": RELATIONS
    | _TAGS
    | {"recordings", "releases", "release-groups", "works", "various-artists"},
}
# What is valid only beside another value, and which.
NEEDS = {"isrcs": ("recordings",), "media": ("releases",), "discids": ("releases",)}


_MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_USER_AGENT = re.compile(r"[^\s/()]+/[\w.+-]+ ?\( ?[^)]*(?:@|://|\w\.\w)[^)]*\)")

Incs = frozenset[str]


def refuse(status: int, error: str) -> Refusal:
    return Refusal(json({"error": error, "help": HELP}, status))


def read_request(request: Request, resource: str, params: Iterable[str] = ()) -> Incs:
    """Check who asks and with which parameters; answer what `inc` names."""
    _check_sender(request)
    if surplus := unexpected(request, {"fmt", "inc", *params}):
        raise refuse(400, f"The sandbox knows no parameter {surplus[0]} here.")
    return _read_incs(request, resource)


def _check_sender(request: Request) -> None:
    """Refuse who does not say how to reach them, and who forgot to ask for JSON."""
    if not _USER_AGENT.match(request.headers.get("user-agent", "")):
        raise refuse(403, "The User-Agent must look like App/1.2 (contact).")
    as_json = "application/json" in request.headers.get("accept", "")
    if request.query_params.get("fmt") != "json" and not as_json:
        # The server would answer in XML. A client that wants JSON is better told here.
        raise refuse(400, "The sandbox speaks JSON only: send fmt=json.")


def _read_incs(request: Request, resource: str) -> Incs:
    """Read `inc` by the server's rules (its WebService/Validator.pm) and with its messages."""
    if len(request.query_params.getlist("inc")) > 1:
        raise refuse(
            400,
            "Inc arguments must be combined with a space, but you provided multiple parameters",
        )
    incs = [i for i in re.split("[+ ]", request.query_params.get("inc", "")) if i]
    for inc in incs:
        _check_inc(inc, incs, resource)
    return frozenset(incs)


def _check_inc(inc: str, incs: list[str], resource: str) -> None:
    if inc in INCS[resource]:
        return
    needed = NEEDS.get(inc, ())
    if any(n in incs for n in needed):
        return
    if needed:
        raise refuse(
            400,
            f"{inc} is not a valid option for the inc parameter for the {resource} resource "
            f"unless you specify one of the following other inc parameters: {', '.join(needed)}",
        )
    raise refuse(400, f"{inc} is not a valid inc parameter for the {resource} resource.")


def read_mbid(text: str) -> str:
    if not _MBID.fullmatch(text.lower()):
        raise refuse(400, "Invalid mbid.")
    return text.lower()


def read_isrc(text: str) -> str:
    if not _ISRC.fullmatch(text):
        raise refuse(400, "Invalid isrc.")
    return text


@dataclass(frozen=True)
class Page:
    """The part of a list that was asked for."""

    limit: int
    offset: int

    def of(self, found: list[Any]) -> list[Any]:
        return found[self.offset : self.offset + self.limit]


def read_page(request: Request) -> Page:
    limit = number(request.query_params, "limit", LIMIT_DEFAULT)
    offset = number(request.query_params, "offset", 0)
    # The server takes 0 and nonsense for its default, and cuts silently what is too much.
    return Page(min(limit or LIMIT_DEFAULT, LIMIT_MAX), offset or 0)


def read_query(request: Request, resource: str) -> Query:
    text = request.query_params.get("query", "")
    if not text.strip():
        raise no_such_query(resource)
    try:
        return parse(text)
    except BadQuery as error:
        raise refuse(400, f"Unable to parse the search query: {error}.") from error


def no_such_query(resource: str) -> Refusal:
    return refuse(
        400,
        f"The given parameters do not match any available query type for the {resource} resource.",
    )
