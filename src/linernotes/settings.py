"""Every setting, with its default, its unit and the reason. The only reader of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from linernotes.errors import SettingsError
from linernotes.sources import Source, musicbrainz, spotify, wikidata

# What each source's address ends with: it may be given with or without.
API_PATHS = {"spotify": "/v1", "musicbrainz": "/ws/2", "wikidata": "/w/api.php"}


@dataclass(frozen=True)
class Settings:
    """
    How this process behaves. `from_environ` names the variable of each.

    `sources` hold addresses and rates; `lease_seconds` is how long a claimed message stays
    hidden when its worker dies; `renew_seconds` how often a living worker prolongs it.
    """

    database_url: str | None
    data_directory: Path | None
    sources: Mapping[str, Source]
    accounts_url: str
    client_id: str | None
    client_secret: str | None
    contact: str | None
    market: str
    lease_seconds: int = 25
    renew_seconds: float = 8.0
    # A worker waits this long for a slot of a rate limit before it hands the message back.
    patience_seconds: float = 10.0
    request_timeout_seconds: float = 10.0

    @property
    def has_keys(self) -> bool:
        return bool(self.client_id and self.client_secret)

    @property
    def ask_seconds(self) -> float:
        """After this, somebody who is asking for an answer is taken for dead."""
        return self.patience_seconds + self.request_timeout_seconds


def from_environ(environ: Mapping[str, str]) -> Settings:
    """Read the environment. Raises `SettingsError` where it contradicts itself."""
    one_of_two = bool(environ.get("SPOTIFY_CLIENT_ID")) != bool(
        environ.get("SPOTIFY_CLIENT_SECRET")
    )
    if one_of_two:
        raise SettingsError(
            "only one of SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET is set",
            hint="set both, or neither for the sandbox",
        )
    directory = environ.get("LINERNOTES_DATA_DIR")
    return Settings(
        database_url=_database_url(environ),
        data_directory=Path(directory) if directory else None,
        sources={
            one.name: _source(one, environ)
            for one in (spotify.SOURCE, musicbrainz.SOURCE, wikidata.SOURCE)
        },
        accounts_url=environ.get("LINERNOTES_SPOTIFY_ACCOUNTS_URL")
        or "https://accounts.spotify.com",
        client_id=environ.get("SPOTIFY_CLIENT_ID") or None,
        client_secret=environ.get("SPOTIFY_CLIENT_SECRET") or None,
        contact=environ.get("LINERNOTES_CONTACT") or None,
        market=environ.get("LINERNOTES_SPOTIFY_MARKET") or "US",
    )


def _database_url(environ: Mapping[str, str]) -> str | None:
    found = environ.get("DATABASE_URL") or environ.get("SUPABASE_DB_URL")
    if not found and environ.get("SUPABASE_URL"):
        raise SettingsError(
            "SUPABASE_URL is set, but it is not the address of a database",
            hint="copy the connection string from the Supabase dashboard (Connect, transaction "
            "pooler) into SUPABASE_DB_URL or DATABASE_URL",
        )
    return found or None


def _source(source: Source, environ: Mapping[str, str]) -> Source:
    """The source with the address and the rate that the environment gives it."""
    prefix = f"LINERNOTES_{source.name.upper()}"
    url = environ.get(f"{prefix}_URL")
    rate = environ.get(f"{prefix}_REQUESTS_PER_SECOND")
    if url:
        source = replace(source, url=_with_api_path(source.name, url, f"{prefix}_URL"))
    if rate:
        source = replace(source, requests_per_second=_rate(rate, f"{prefix}_REQUESTS_PER_SECOND"))
    return source


def _with_api_path(name: str, url: str, variable: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(
            f"{variable} is not an address: {url!r}",
            hint=f"{variable}=https://host{API_PATHS[name]}",
        )
    url = url.rstrip("/")
    return url if url.endswith(API_PATHS[name]) else url + API_PATHS[name]


def _rate(text: str, variable: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate < float("inf"):
        raise SettingsError(
            f"{variable} is not a number of requests per second: {text!r}",
            hint=f"{variable}=1, or 0 for a mirror without a limit",
        )
    return rate
