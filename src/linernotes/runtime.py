"""Puts the world together: settings, database, HTTP, sources, worker. The only place that does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from psycopg_pool import AsyncConnectionPool

from linernotes import __version__, db
from linernotes.db import report
from linernotes.errors import SettingsError
from linernotes.settings import Settings
from linernotes.sources import Sources
from linernotes.tokens import ClientCredentials
from linernotes.upstream import HttpApi, no_headers
from linernotes.worker import Worker


@dataclass(frozen=True)
class Runtime:
    settings: Settings
    pool: AsyncConnectionPool[Any]
    sources: Sources

    def worker(self) -> Worker:
        return Worker(
            pool=self.pool,
            sources=self.sources,
            lease_seconds=self.settings.lease_seconds,
            renew_seconds=self.settings.renew_seconds,
        )


@asynccontextmanager
async def open_runtime(settings: Settings, dsn: str) -> AsyncIterator[Runtime]:
    """Everything that a worker needs, closed again at the end."""
    async with (
        db.open_pool(dsn) as pool,
        httpx2.AsyncClient(
            headers={
                "User-Agent": user_agent(settings),
                "Accept": "application/json",
                # Only what is unpacked piece by piece and can be stopped when it gets too large.
                "Accept-Encoding": "gzip",
            },
            timeout=settings.request_timeout_seconds,
            # A token must not follow to another host.
            follow_redirects=False,
        ) as http,
    ):
        ahead = await db.patiently(pool, report.now) - datetime.now(UTC)
        yield Runtime(settings, pool, Sources(_apis(settings, pool, http), _clock(ahead)))


def user_agent(settings: Settings) -> str:
    """
    Who we are and how the operator can be reached: MusicBrainz and Wikidata require it.

    Raises `SettingsError` without a contact, or with one that could not reach anybody.
    """
    contact, hint = settings.contact, "export LINERNOTES_CONTACT=you@example.org"
    if not contact:
        raise SettingsError(
            "MusicBrainz and Wikidata want to know how to reach you",
            hint=f"{hint} (a mail or web address of yours)",
        )
    # A header holds no line breaks and nothing but ASCII.
    if not (contact.isascii() and contact.isprintable() and ("@" in contact or "." in contact)):
        raise SettingsError(f"LINERNOTES_CONTACT is no mail or web address: {contact!r}", hint=hint)
    return f"Linernotes/{__version__} ( {contact} )"


def _apis(
    settings: Settings, pool: AsyncConnectionPool[Any], http: httpx2.AsyncClient
) -> Mapping[str, HttpApi]:
    headers = no_headers
    if settings.client_id and settings.client_secret:
        headers = ClientCredentials(
            http, settings.accounts_url, settings.client_id, settings.client_secret
        ).headers
    return {
        name: HttpApi(
            source,
            http,
            pool,
            headers=headers if name == "spotify" else no_headers,
            account=(settings.client_id or "") if name == "spotify" else "",
            patience_seconds=settings.patience_seconds,
            ask_seconds=settings.ask_seconds,
            sandbox=settings.sandbox,
        )
        for name, source in settings.sources.items()
    }


def _clock(ahead: timedelta) -> Callable[[], datetime]:
    """The database server's time, as far as we know it: its answers are dated by it as well."""
    return lambda: datetime.now(UTC) + ahead
