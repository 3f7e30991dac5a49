"""Callers of the sandbox in one process: how to ask each service politely, or impolitely."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from linernotes.sandbox import make_app
from linernotes.sandbox.world import World

AGENT = "Linernotes/0.1 (https://operator.example; ops@operator.example)"


class Caller:
    """Asks the services of one sandbox; `token` is fetched when first needed."""

    def __init__(self, world: World, **options: Any) -> None:
        options.setdefault("limits", False)
        self.http = TestClient(make_app(world, **options), headers={"User-Agent": AGENT})
        self.token: str | None = None

    def login(
        self,
        client: tuple[str, str] = ("sandbox", "sandbox"),
        grant: str = "client_credentials",
    ) -> Any:
        return self.http.post("/accounts/api/token", data={"grant_type": grant}, auth=client)

    def spotify(self, path: str, **params: Any) -> Any:
        if self.token is None:
            self.token = self.login().json()["access_token"]
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.http.get(f"/spotify/v1{path}", params=params, headers=headers)

    def brainz(self, path: str, **params: Any) -> Any:
        return self.http.get(f"/musicbrainz/ws/2{path}", params={"fmt": "json", **params})

    def wikidata(self, **params: Any) -> Any:
        return self.http.get("/wikidata/w/api.php", params={"format": "json", **params})


@pytest.fixture
def call() -> Callable[..., Caller]:
    return Caller
