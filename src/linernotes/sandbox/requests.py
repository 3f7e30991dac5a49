"""What the twins share: refusing a request, and reading its parameters without mercy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Answer = Callable[[Request], Response]


class Refusal(Exception):
    """A twin will not answer; `response` says so in the words of the service."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def refusing(answer: Answer) -> Answer:
    """Make of a function that raises `Refusal` one that returns the response in it."""

    def answered(request: Request) -> Response:
        try:
            return answer(request)
        except Refusal as refusal:
            return refusal.response

    return answered


def unexpected(request: Request, allowed: Iterable[str]) -> list[str]:
    """List the parameters nobody asked for. The services ignore them; here they are mistakes."""
    return sorted(set(request.query_params) - set(allowed))


def number(params: Mapping[str, str], name: str, default: int) -> int | None:
    """Read a parameter that must be a whole number, None if it is something else."""
    text = params.get(name, str(default))
    return int(text) if text.isascii() and text.isdigit() else None


def json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body, status, headers)
