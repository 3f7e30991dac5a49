"""
The twin of Wikidata's API: entities by id, and items found by a statement they hold.

Errors arrive with HTTP 200, as they do there.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from linernotes.sandbox.requests import Answer, Refusal, json, number, refusing, unexpected
from linernotes.sandbox.world import Item, Statement, World

IDS_MAX = 50
RESULTS_DEFAULT = 10
RESULTS_MAX = 500
SEARCH_LENGTH_MAX = 300
PROPS = (
    "info",
    "sitelinks",
    "sitelinks/urls",
    "aliases",
    "labels",
    "descriptions",
    "claims",
    "datatype",
)
ITEMS = ("P31", "P162", "P175")
ADDRESSES = ("P856",)

_ID = re.compile(r"[QP][1-9][0-9]*")
_HAS_STATEMENT = re.compile(r"haswbstatement:(\S+)")
# A contact is a mail address, a web page or a user page with which the operator can be reached.
_CONTACT = re.compile(r"@|https?://|\w\.\w+/|User:")

Json = dict[str, Any]


def refuse(code: str, info: str, headers: dict[str, str] | None = None) -> Refusal:
    body = {"error": {"code": code, "info": info}, "servedby": "sandbox"}
    return Refusal(json(body, 200, {"MediaWiki-API-Error": code, **(headers or {})}))


def check_sender(request: Request) -> None:
    """Refuse, as the edge does, whoever does not say how the operator can be reached."""
    agent = request.headers.get("user-agent", "")
    if "(" not in agent or not _CONTACT.search(agent.partition("(")[2]):
        raise Refusal(
            Response(
                "Please set a user-agent and respect our robot policy "
                "https://w.wiki/4wJS. See also https://phabricator.wikimedia.org/T400119.\n",
                403,
                media_type="text/plain",
            )
        )


# Statements ---------------------------------------------------------------------------------


def statement_json(item: Item, statement: Statement, place: int) -> Json:
    digest = hashlib.sha1(f"{item.id} {place}".encode(), usedforsecurity=False).hexdigest()
    body: Json = {
        "mainsnak": snak_json(statement.property, statement.value),
        "type": "statement",
        "id": f"{item.id}${digest[:8]}-{digest[8:12]}-4000-8000-{digest[12:24]}",
        "rank": statement.rank,
    }
    if statement.ended is not None:
        body["qualifiers"] = {"P582": [time_snak("P582", statement.ended)]}
        body["qualifiers-order"] = ["P582"]
    return body


def snak_json(property: str, value: str | None) -> Json:
    snak: Json = {
        "snaktype": "value" if value is not None else "somevalue",
        "property": property,
        "hash": hashlib.sha1(f"{property}{value}".encode(), usedforsecurity=False).hexdigest(),
        "datatype": _datatype(property),
    }
    if value is not None:
        snak["datavalue"] = _datavalue(property, value)
    return snak


def _datatype(property: str) -> str:
    if property in ITEMS:
        return "wikibase-item"
    return "url" if property in ADDRESSES else "external-id"


def _datavalue(property: str, value: str) -> Json:
    if property in ITEMS:
        number_part = int(value.removeprefix("Q"))
        entity = {"entity-type": "item", "numeric-id": number_part, "id": value}
        return {"value": entity, "type": "wikibase-entityid"}
    return {"value": value, "type": "string"}


def time_snak(property: str, date: str) -> Json:
    """Write a date, of which month and day may be unknown ("2019", "2019-05", "2019-05-01")."""
    year, month, day = (*date.split("-"), "00", "00")[:3]
    return {
        "snaktype": "value",
        "property": property,
        "hash": hashlib.sha1(date.encode(), usedforsecurity=False).hexdigest(),
        "datatype": "time",
        "datavalue": {
            "value": {
                "time": f"+{year}-{month}-{day}T00:00:00Z",
                "timezone": 0,
                "before": 0,
                "after": 0,
                "precision": 9 + date.count("-"),
                "calendarmodel": "http://www.wikidata.org/entity/Q1985727",
            },
            "type": "time",
        },
    }


def entity_json(item: Item, props: set[str]) -> Json:
    body: Json = {"type": "item", "id": item.id}
    if "info" in props:
        body |= {
            "pageid": int(item.id[1:]),
            "ns": 0,
            "title": item.id,
            "lastrevid": 1,
            "modified": "2026-11-24T00:00:00Z",
        }
    if "labels" in props:
        body["labels"] = {"en": {"language": "en", "value": item.label}}
    for empty in ("aliases", "descriptions", "sitelinks"):
        if empty in props:
            # The real service writes an empty map as a list, now and then.
            body[empty] = []
    if "claims" in props:
        claims: dict[str, list[Json]] = {}
        for place, statement in enumerate(item.statements):
            claims.setdefault(statement.property, []).append(statement_json(item, statement, place))
        body["claims"] = claims or []
    return body


# Endpoint -----------------------------------------------------------------------------------


class Wikidata:
    """The service over one world; `action` says which method answers."""

    def __init__(self, world: World, *, merged_under_target: bool = False) -> None:
        self.world = world
        self.merged_under_target = merged_under_target
        self.stating: dict[str, dict[str, Item]] = defaultdict(dict)
        for item in world.items.values():
            for one in item.statements:
                self.stating[f"{one.property}={one.value}".casefold()][item.id] = item
        self.places = {id: place for place, id in enumerate(world.items)}

    def answers(self) -> dict[str, Answer]:
        return {"/w/api.php": refusing(self.action)}

    def action(self, request: Request) -> Response:
        check_sender(request)
        if request.query_params.get("format") != "json":
            # The service would answer with a page for people.
            raise refuse("badformat", "The sandbox speaks JSON only: send format=json.")
        match request.query_params.get("action"):
            case "wbgetentities":
                return self.entities(request)
            case "query":
                return self.search(request)
            case None:
                raise refuse("help", "The sandbox has no help page.")
            case other:
                raise refuse("badvalue", f'Unrecognized value for parameter "action": {other}.')

    def entities(self, request: Request) -> Response:
        self._check(request, {"ids", "props", "languages", "languagefallback"})
        ids = [id for id in request.query_params.get("ids", "").split("|") if id]
        if not ids:
            raise refuse("param-missing", 'At least one of the parameters "ids" is required.')
        if len(ids) > IDS_MAX:
            raise refuse(
                "toomanyvalues",
                f'Too many values supplied for parameter "ids". The limit is {IDS_MAX}.',
            )
        if wrong := [id for id in ids if not _ID.fullmatch(id)]:
            raise refuse("no-such-entity", f'Could not find an entity with the ID "{wrong[0]}".')
        props = self._props(request)
        entities = dict(self._entity(id, props) for id in ids)
        return json({"entities": entities, "success": 1})

    def _props(self, request: Request) -> set[str]:
        default = "info|sitelinks|aliases|labels|descriptions|claims|datatype"
        props = set(request.query_params.get("props", default).split("|"))
        if wrong := sorted(props - set(PROPS)):
            raise refuse("badvalue", f'Unrecognized value for parameter "props": {wrong[0]}.')
        return props

    def _entity(self, id: str, props: set[str]) -> tuple[str, Json]:
        """
        Answer an entity, or that there is none.

        One that was merged stands under the id asked for and says where it went, by the
        source (Wikibase, repo/includes/Api/ResultBuilder.php); answers were also seen that
        stand under the new id and say nothing.
        """
        current = self.world.item_redirects.get(id, id)
        item = self.world.items.get(current)
        if item is None:
            return id, {"id": id, "missing": ""}
        body = entity_json(item, props)
        if current == id or self.merged_under_target:
            return current, body
        return id, body | {"redirects": {"from": id, "to": current}}

    def search(self, request: Request) -> Response:
        self._check(
            request, {"list", "srsearch", "srlimit", "sroffset", "srprop", "srinfo", "srnamespace"}
        )
        if request.query_params.get("list") != "search":
            raise refuse("badvalue", 'Unrecognized value for parameter "list".')
        found = self._found(request.query_params.get("srsearch", ""))
        limit = number(request.query_params, "srlimit", RESULTS_DEFAULT)
        offset = number(request.query_params, "sroffset", 0)
        if limit is None or offset is None or not 1 <= limit <= RESULTS_MAX:
            raise refuse("badinteger", 'Invalid value for integer parameter "srlimit".')
        body: Json = {"batchcomplete": ""}
        if offset + limit < len(found):
            body["continue"] = {"sroffset": offset + limit, "continue": "-||"}
        body["query"] = {
            "searchinfo": {"totalhits": len(found)},
            "search": [_hit(item) for item in found[offset : offset + limit]],
        }
        return json(body)

    def _found(self, text: str) -> list[Item]:
        """
        Find the items that hold one of the statements.

        The search index ignores case and knows nothing of rank, so the client must look.
        """
        if len(text) > SEARCH_LENGTH_MAX:
            raise refuse(
                "cirrussearch-query-too-long",
                "Search request is longer than the maximum allowed length. "
                f"({len(text)} > {SEARCH_LENGTH_MAX})",
            )
        asked = _HAS_STATEMENT.fullmatch(text.strip())
        if asked is None:
            raise refuse("cirrussearch-error", "The sandbox searches by haswbstatement only.")
        found: dict[str, Item] = {}
        for alternative in asked[1].split("|"):
            found |= self.stating.get(alternative.casefold(), {})
        return sorted(found.values(), key=lambda item: self.places[item.id])

    def missing(self, request: Request) -> Response:
        return Response("Not Found", 404, media_type="text/plain")

    def _check(self, request: Request, params: set[str]) -> None:
        allowed = {"action", "format", "formatversion", "maxlag", "utf8", *params}
        if surplus := unexpected(request, allowed):
            raise refuse("badparam", f"The sandbox knows no parameter {surplus[0]} here.")
        if request.query_params.get("formatversion", "1") != "1":
            raise refuse("badvalue", "The sandbox speaks formatversion 1 only.")


def _hit(item: Item) -> Json:
    return {
        "ns": 0,
        "title": item.id,
        "pageid": int(item.id[1:]),
        "size": 1000,
        "wordcount": 10,
        "snippet": item.label,
        "timestamp": "2026-11-24T00:00:00Z",
    }
