"""
Which store a command means, live or the sandbox's, and how it is opened.

The two never share a database: each says in `linernotes.store` which kind it is, from its
first use on, and a command that means the other kind is refused.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from linernotes.errors import DatabaseError, SettingsError, StoreMismatch, UsageError

if TYPE_CHECKING:
    from linernotes.db.queue import Connection
    from linernotes.settings import Settings

Kind = Literal["live", "sandbox"]
Sandbox = Annotated[
    bool,
    Parameter(
        name="--sandbox",
        env_var="LINERNOTES_SANDBOX",
        show_env_var=True,
        help="Use the simulated services and their own store, whatever the keys say.",
    ),
]

# The sandbox has its own of all of these; one that is wrong must not keep it from running.
ADDRESSES = ("DATABASE_URL", "SUPABASE_DB_URL", "SUPABASE_URL")
LIVE_ONLY = (*ADDRESSES, "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET")
_MANY_TIMES_FASTER = 20.0
SANDBOX_PORT = 8765


@dataclass(frozen=True)
class Store:
    """An open store. `directory` is where its files lie, None for one given by address."""

    kind: Kind
    dsn: str
    settings: Settings
    directory: Path | None

    @property
    def is_sandbox(self) -> bool:
        return self.kind == "sandbox"

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Connection]:
        from linernotes.db import migrate

        async with migrate.connect(self.dsn) as conn:
            yield conn


@dataclass(frozen=True)
class Choice:
    """Which store is meant, before anything is opened."""

    kind: Kind
    settings: Settings
    directory: Path | None

    @property
    def exists(self) -> bool:
        return self.directory is None or (self.directory / "data").exists()


def choose(*, sandbox: bool, reading: bool, environ: Mapping[str, str] = os.environ) -> Choice:
    """
    Live where there are keys, or for reading a DATABASE_URL; else the sandbox.

    Raises `SettingsError` where the environment contradicts itself.
    """
    from linernotes import settings as configuration

    if sandbox or not (has_keys(environ) or reading):
        environ = {name: value for name, value in environ.items() if name not in LIVE_ONLY}
    settings = configuration.from_environ(environ)
    live = settings.has_keys or (reading and settings.database_url is not None)
    if not live:
        return Choice("sandbox", settings, embedded_directory(settings, "sandbox"))
    embedded = settings.database_url is None
    return Choice("live", settings, embedded_directory(settings, "live") if embedded else None)


def has_keys(environ: Mapping[str, str] = os.environ) -> bool:
    return bool(environ.get("SPOTIFY_CLIENT_ID") or environ.get("SPOTIFY_CLIENT_SECRET"))


def unused_database(environ: Mapping[str, str] = os.environ) -> str | None:
    """The variable with the address of a database that a run in the sandbox does not use."""
    return next((one for one in ("DATABASE_URL", "SUPABASE_DB_URL") if environ.get(one)), None)


def embedded_directory(settings: Settings, kind: Kind) -> Path:
    """Where an embedded store of this kind lies, or would."""
    from linernotes.db import embedded

    if settings.data_directory:
        return settings.data_directory / kind
    return embedded.default_directory(kind)


@contextmanager
def served(choice: Choice) -> Iterator[Store]:
    """
    The store's database, running for as long as the block; `prepare` it before use.

    Raises `SettingsError` where its directory cannot be one.
    """
    if choice.directory is None:
        assert choice.settings.database_url is not None
        yield Store(choice.kind, choice.settings.database_url, choice.settings, None)
        return
    need_directory(choice)
    import psycopg

    from linernotes import db
    from linernotes.db import embedded

    with embedded.server(choice.directory) as dsn, embedded.kept_running(choice.directory):
        try:
            yield Store(choice.kind, dsn, choice.settings, choice.directory)
        except (psycopg.OperationalError, DatabaseError) as error:
            if db.is_disk_full(error) or embedded.has_ended_without_room(choice.directory):
                raise embedded.disk_full(choice.directory) from error
            raise


async def prepare(store: Store, *, writing: bool) -> None:
    """
    Bring the database up to date and make sure that it is of our kind.

    An embedded one is ours and migrated at once. One given by address is set up by a writing
    command only if it holds nothing of ours yet; one that is behind is left to its owner and
    `linernotes migrate`, because other programs may run on it.
    """
    from linernotes.db import migrate, report

    async with store.connect() as conn:
        if store.directory or (writing and await _is_empty(conn)):
            await migrate.migrate(store.dsn)
        await migrate.check(conn)
        if writing or store.directory:
            await report.claim_kind(conn, store.kind)
        if writing:
            kept = {name: one.keep_seconds for name, one in store.settings.sources.items()}
            await report.keep(conn, kept)
        kind = await report.kind(conn)
    if kind not in (store.kind, None):
        raise StoreMismatch(
            f"this database holds facts of the {kind} world, and this is a {store.kind} run"
            if kind == "live"
            else f"this database holds facts of the sandbox, and this is a {store.kind} run",
            hint=_other_place(store),
        )


def _other_place(store: Store) -> str:
    if store.directory is None:
        return "set DATABASE_URL to another database, or run it with --sandbox"
    return (
        f"set LINERNOTES_DATA_DIR to another directory: this one's database is in {store.directory}"
    )


async def _is_empty(conn: Connection) -> bool:
    from linernotes.db import migrate

    return len(await migrate.pending(conn)) == len(migrate.migrations())


def need_contact(settings: Settings) -> None:
    """Before the first live request: `SettingsError` where nobody could be reached."""
    from linernotes import runtime

    runtime.user_agent(settings)


def need_keys(choice: Choice, *, sandbox: bool) -> None:
    if choice.kind == "sandbox" and not sandbox:
        raise SettingsError(
            "there are no keys to work with: SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET",
            hint="export both (developer.spotify.com/dashboard), or linernotes work --sandbox",
        )


def nearest(directory: Path) -> Path:
    """The directory itself, or what is there of the way to it."""
    return next(one for one in (directory, *directory.absolute().parents) if one.exists())


def need_directory(choice: Choice) -> None:
    """`SettingsError` where the store's directory, or one above it, is something else."""
    if choice.directory and not (place := nearest(choice.directory)).is_dir():
        raise SettingsError(
            f"{place} is not a directory, and the {choice.kind} store is to lie in"
            f" {choice.directory}",
            hint="set LINERNOTES_DATA_DIR to a directory that you may write to",
        )


def need_existing(choice: Choice) -> None:
    need_directory(choice)
    if not choice.exists:
        raise UsageError(
            f"nothing has been discovered yet: there is no {choice.kind} store",
            hint='linernotes discover "Drake"',
        )


@contextmanager
def services(store: Store) -> Iterator[Store]:
    """The store with settings that lead to running services: for the sandbox its own."""
    if not store.is_sandbox:
        yield store
        return
    if _lead_elsewhere(store.settings):
        yield replace(store, settings=_simulated(store.settings))
        return
    from linernotes import sandbox

    # The services allow a little more than we take, as the real ones do.
    speed = _MANY_TIMES_FASTER * 1.25
    with sandbox.serve(sandbox.small_world(), speed=speed, announced=True) as here:
        urls = {
            "spotify": here.spotify_url,
            "musicbrainz": here.musicbrainz_url,
            "wikidata": here.wikidata_url,
        }
        sources = {
            name: replace(
                source,
                url=urls[name],
                requests_per_second=source.requests_per_second * _MANY_TIMES_FASTER,
            )
            for name, source in store.settings.sources.items()
        }
        settings = replace(store.settings, sources=sources, accounts_url=here.accounts_url)
        yield replace(store, settings=_simulated(settings))


def _lead_elsewhere(settings: Settings) -> bool:
    """Whether the environment names services: a `linernotes sandbox` that runs by itself."""
    from linernotes.settings import SOURCES

    return any(settings.sources[one.name].url != one.url for one in SOURCES)


def _simulated(settings: Settings) -> Settings:
    """
    Settings for simulated services; the addresses of evidence are those that
    `linernotes sandbox` answers.
    """
    sources = {
        name: replace(source, site=sandbox_site(name)) for name, source in settings.sources.items()
    }
    return replace(
        settings,
        sandbox=True,
        sources=sources,
        client_id="sandbox",
        client_secret="sandbox",  # noqa: S106 (what the simulated service is told to accept)
        contact="sandbox@linernotes.example",
    )


def sandbox_site(name: str) -> str:
    return f"http://127.0.0.1:{SANDBOX_PORT}/{name}"
