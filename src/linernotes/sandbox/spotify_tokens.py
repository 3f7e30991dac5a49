"""The desk of Spotify that gives tokens for an id and a secret."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from linernotes.sandbox.requests import Refusal, json


def refuse(status: int, message: str) -> Refusal:
    return Refusal(json({"error": {"status": status, "message": message}}, status))


@dataclass
class Tokens:
    """
    The tokens handed out so far, each with the moment it expires.

    `client` is the one id and secret that is known; a token is good for `seconds`.
    """

    clock: Callable[[], float]
    client: tuple[str, str] = ("sandbox", "sandbox")
    seconds: int = 3600
    issued: dict[str, float] = field(default_factory=dict)

    def issue(self) -> str:
        token = f"sandbox-token-{len(self.issued) + 1}"
        self.issued[token] = self.clock() + self.seconds
        return token

    def check(self, request: Request) -> None:
        """Refuse a request without a token that is still good."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise refuse(401, "No token provided")
        if token not in self.issued:
            raise refuse(401, "Invalid access token")
        if self.issued[token] <= self.clock():
            raise refuse(401, "The access token expired")


def _oauth_error(error: str, description: str | None, status: int = 400) -> Refusal:
    body = {"error": error}
    if description:
        body["error_description"] = description
    return Refusal(json(body, status))


async def token(request: Request, tokens: Tokens) -> Response:
    """Answer POST /api/token for the client credentials grant."""
    try:
        _check_client(request, tokens)
        form = parse_qs((await request.body()).decode())
        if form.get("grant_type") != ["client_credentials"]:
            raise _oauth_error(
                "unsupported_grant_type",
                "grant_type must be client_credentials, authorization_code or refresh_token",
            )
    except Refusal as refusal:
        return refusal.response
    return json(
        {"access_token": tokens.issue(), "token_type": "Bearer", "expires_in": tokens.seconds}
    )


def _check_client(request: Request, tokens: Tokens) -> None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise _oauth_error("invalid_client", None)
    try:
        id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _oauth_error("invalid_client", None) from error
    if id != tokens.client[0]:
        raise _oauth_error("invalid_client", "Invalid client")
    if secret != tokens.client[1]:
        raise _oauth_error("invalid_client", "Invalid client secret")
