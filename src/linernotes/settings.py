"""Every setting, with its default, its unit and the reason. The only reader of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from linernotes.errors import SettingsError
from linernotes.sources import Source, musicbrainz, spotify, wikidata

SOURCES = (spotify.SOURCE, musicbrainz.SOURCE, wikidata.SOURCE)
# What each source's address ends with: it may be given with or without.
API_PATHS = {"spotify": "/v1", "musicbrainz": "/ws/2", "wikidata": "/w/api.php"}
ACCOUNTS_URL = "https://accounts.spotify.com"
# A year. Nothing that we keep is to be taken for what a source says now after longer.
KEEP_HOURS_MAX = 8760
TOKEN_PATH = "/api/token"  # noqa: S105 (an address, not a token)


@dataclass(frozen=True)
class Settings:
    """
    How this process behaves. `from_environ` names the variable of each.

    `sources` hold addresses and rates; `lease_seconds` is how long a claimed message stays
    hidden when its worker dies; `renew_seconds` how often a living worker prolongs it.
    """

    database_url: str | None = field(repr=False)
    data_directory: Path | None
    sources: Mapping[str, Source]
    accounts_url: str
    client_id: str | None
    client_secret: str | None = field(repr=False)
    contact: str | None
    # Whether the sources are simulated: their answers stay in a store of their own.
    sandbox: bool = False
    lease_seconds: int = 25
    renew_seconds: float = 8.0
    # A worker waits this long for a slot of a rate limit before it hands the message back.
    patience_seconds: float = 10.0
    # For connecting, and between two pieces of an answer.
    request_timeout_seconds: float = 10.0

    @property
    def has_keys(self) -> bool:
        return bool(self.client_id and self.client_secret)

    @property
    def ask_seconds(self) -> float:
        """
        After this, somebody who is asking for an answer is taken for dead: long enough to wait
        for a slot, for a token and for the answer. With the lease below 30 s, so that after a
        crash others go on within that time.
        """
        return self.patience_seconds + 1.5 * self.request_timeout_seconds


def from_environ(environ: Mapping[str, str]) -> Settings:
    """Read the environment. Raises `SettingsError` where it contradicts itself."""
    # Copied keys bring blanks along, and an empty variable is none.
    environ = {name: stripped for name, text in environ.items() if (stripped := text.strip())}
    if ("SPOTIFY_CLIENT_ID" in environ) != ("SPOTIFY_CLIENT_SECRET" in environ):
        raise SettingsError(
            "only one of SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET is set",
            hint="set both, or neither for the sandbox",
            variables=("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"),
        )
    directory = environ.get("LINERNOTES_DATA_DIR")
    return Settings(
        database_url=_database_url(environ),
        data_directory=Path(directory) if directory else None,
        sources={one.name: _source(one, environ) for one in SOURCES},
        accounts_url=_accounts_url(environ),
        client_id=environ.get("SPOTIFY_CLIENT_ID"),
        client_secret=environ.get("SPOTIFY_CLIENT_SECRET"),
        contact=environ.get("LINERNOTES_CONTACT"),
    )


def _database_url(environ: Mapping[str, str]) -> str | None:
    found = environ.get("DATABASE_URL") or environ.get("SUPABASE_DB_URL")
    if not found and environ.get("SUPABASE_URL"):
        raise SettingsError(
            "SUPABASE_URL is set, but it is not the address of a database",
            hint="copy the connection string from the Supabase dashboard (Connect, transaction "
            "pooler) into SUPABASE_DB_URL or DATABASE_URL",
            variables=("SUPABASE_URL",),
        )
    # Other libraries write their own name into the scheme, and libpq would take the whole for
    # the name of a database. What it contains is not shown: there is a password in it.
    # Its other way to write an address is "host=… dbname=…".
    name = "DATABASE_URL" if environ.get("DATABASE_URL") else "SUPABASE_DB_URL"
    if found and not found.startswith(("postgresql://", "postgres://")):
        scheme, mark, _ = found.partition("://")
        if "=" in scheme:
            return found
        raise SettingsError(
            f"{name} is not the address of a PostgreSQL database"
            + (f": it begins with {scheme}://" if mark else ""),
            hint=f"{name}=postgresql://user:password@host:5432/database",
            variables=(name,),
        )
    return found


def _source(source: Source, environ: Mapping[str, str]) -> Source:
    """The source with the address and the rate that the environment gives it."""
    prefix, path = f"LINERNOTES_{source.name.upper()}", API_PATHS[source.name]
    if url := environ.get(f"{prefix}_URL"):
        source = replace(source, url=_without(path, url, f"{prefix}_URL") + path)
    if source.market:
        source = replace(source, market=_market(environ, source.market))
    if rate := environ.get(f"{prefix}_REQUESTS_PER_SECOND"):
        source = replace(source, requests_per_second=_rate(rate, f"{prefix}_REQUESTS_PER_SECOND"))
    if hours := environ.get(f"{prefix}_KEEP_HOURS"):
        source = replace(source, keep_seconds=_keep_seconds(hours, f"{prefix}_KEEP_HOURS"))
    return source


def _accounts_url(environ: Mapping[str, str]) -> str:
    name = "LINERNOTES_SPOTIFY_ACCOUNTS_URL"
    return _without(TOKEN_PATH, environ[name], name) if name in environ else ACCOUNTS_URL


def _without(path: str, url: str, variable: str) -> str:
    """The address without the API's path, with which it may be given. Raises `SettingsError`."""
    if not _is_address(url):
        raise SettingsError(
            f"{variable} is not an address: {url!r}",
            hint=f"{variable}=https://host{path}",
            variables=(variable,),
        )
    return url.rstrip("/").removesuffix(path).rstrip("/")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0  # the port is only looked at here
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and not {" ", "?", "#"} & set(url)
    return parts.scheme in ("http", "https") and has_host and plain


def _rate(text: str, variable: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate < float("inf"):
        raise SettingsError(
            f"{variable} is not a number of requests per second: {text!r}",
            hint=f"{variable}=1, or 0 for a mirror without a limit",
            variables=(variable,),
        )
    return rate


def _keep_seconds(text: str, variable: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = -1.0
    if not 0 < hours <= KEEP_HOURS_MAX:
        raise SettingsError(
            f"{variable} is not a number of hours: {text!r}",
            hint=f"{variable}=24, above 0 and at most {KEEP_HOURS_MAX} (a year)",
            variables=(variable,),
        )
    return hours * 3600


def _market(environ: Mapping[str, str], default: str) -> str:
    market = environ.get("LINERNOTES_SPOTIFY_MARKET", default).upper()
    if not (len(market) == 2 and market.isascii() and market.isalpha()):
        raise SettingsError(
            f"LINERNOTES_SPOTIFY_MARKET is not a country of two letters: {market!r}",
            hint="LINERNOTES_SPOTIFY_MARKET=US",
            variables=("LINERNOTES_SPOTIFY_MARKET",),
        )
    return market
