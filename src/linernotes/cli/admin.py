"""`migrate` brings a database up to date; `sandbox` runs the simulated services by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter, validators

from linernotes.cli.store import SANDBOX_PORT, Sandbox
from linernotes.cli.terminal import MANNER, Manner
from linernotes.errors import LinernotesError

if TYPE_CHECKING:
    from linernotes.sandbox import Served
    from linernotes.sandbox.spotify_objects import Mode
    from linernotes.sandbox.world import World


PORT_MAX = 65535
ARTISTS_NAMED = 5


def migrate(*, sandbox: Sandbox = False, manner: Manner = MANNER) -> int:
    """
    Bring the database up to date: DATABASE_URL if set, else the embedded one.

    `supabase db push` does the same, and both may be used in any order.
    """
    import asyncio

    from linernotes.cli import reading
    from linernotes.cli import store as stores
    from linernotes.cli.terminal import prepare
    from linernotes.db import migrate as migrations

    output = prepare(manner)
    choice = reading.chosen(sandbox, output)
    with stores.served(choice) as store:
        applied = asyncio.run(migrations.migrate(store.dsn))
    output.write("".join(f"{version}\n" for version in applied))
    output.note(f"{len(applied)} applied" if applied else "up to date: nothing to apply")
    return 0


def sandbox(
    *,
    port: Annotated[
        int,
        Parameter(
            help="On 127.0.0.1; 0 for any that is free.",
            validator=validators.Number(gte=0, lte=PORT_MAX),
        ),
    ] = SANDBOX_PORT,
    world: Annotated[
        Literal["small", "generated"],
        Parameter(help="small: well-known songs. generated: made up from the seed."),
    ] = "small",
    seed: Annotated[int, Parameter(help="Of the generated world.")] = 1,
    albums: Annotated[
        int,
        Parameter(help="Albums of the generated world.", validator=validators.Number(gte=1)),
    ] = 20,
    mode: Annotated[
        Literal["development", "extended"],
        Parameter(help="Spotify's: small pages and no batch gets, or both."),
    ] = "development",
    artists: Annotated[
        int | None,
        Parameter(
            help="Whose albums these are, 1 for a single large catalogue; else one in six.",
            validator=validators.Number(gte=1),
        ),
    ] = None,
    manner: Manner = MANNER,
) -> int:
    """
    Run simulated Spotify, MusicBrainz and Wikidata until Ctrl-C, at their documented rates.

    Prints the variables that send other commands there, and says whom to discover.
    """
    import asyncio

    from linernotes.cli.terminal import prepare

    output = prepare(manner)
    served = _world(world, seed, albums, artists)
    with _served(served, port, mode) as here:
        output.write(
            f"export LINERNOTES_SPOTIFY_URL={here.spotify_url}\n"
            f"export LINERNOTES_SPOTIFY_ACCOUNTS_URL={here.accounts_url}\n"
            f"export LINERNOTES_MUSICBRAINZ_URL={here.musicbrainz_url}\n"
            f"export LINERNOTES_WIKIDATA_URL={here.wikidata_url}\n"
            "export LINERNOTES_SANDBOX=1\n"
        )
        output.note(f"serving on {here.url}; Ctrl-C stops")
        output.note(_known(served))
        asyncio.run(_until_stopped())
    return 0


def _known(world: World) -> str:
    """Say who can be discovered there: those with the most albums by name."""
    known = [world.artists[id].name for id in world.discoverable()]
    named, more = known[:ARTISTS_NAMED], len(known) - ARTISTS_NAMED
    count = f"{len(known)} artist{'' if len(known) == 1 else 's'} with albums"
    return f"{count}: {', '.join(named)}" + (f" and {more} more" if more > 0 else "")


async def _until_stopped() -> None:
    from linernotes.cli.signals import Stop

    with Stop() as stop:
        while not stop.wanted:
            await stop.wait(3600)


@contextmanager
def _served(world: World, port: int, mode: Mode) -> Iterator[Served]:
    from linernotes import sandbox as services

    try:
        with services.serve(world, port=port, mode=mode, announced=True) as here:
            yield here
    except OSError as error:
        raise LinernotesError(
            f"cannot listen on 127.0.0.1:{port}: {error.strerror}",
            hint=f"linernotes sandbox --port {port + 1 if port < PORT_MAX else 0}",
        ) from error


def _world(name: str, seed: int, albums: int, artists: int | None) -> World:
    from linernotes import sandbox as services

    if name == "small":
        return services.small_world()
    from linernotes.sandbox.generated import generate

    return generate(seed, albums, artists)
