"""The environment: is there a value in it that no command could use?"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from linernotes.cli import store as stores
from linernotes.cli.checks import Finding, Patient
from linernotes.errors import SettingsError


def patient(*, sandbox: bool, offline: bool) -> Patient:
    """
    The store that is meant, as well as can be told without the settings that are wrong.

    Where keys or an address are among these it is the live one. Without an address there is no
    database to look at: another than the one that is meant would tell nothing.
    """
    choice, wrong = _choose(sandbox)
    no_address = next((one for one in wrong if _are(one, stores.ADDRESSES)), None)
    if any(_are(one, stores.LIVE_ONLY) for one in wrong):
        elsewhere = no_address or choice.settings.database_url
        directory = None if elsewhere else stores.embedded_directory(choice.settings, "live")
        choice = replace(choice, kind="live", directory=directory)
    return Patient(choice, offline=offline, away=no_address, wrong_settings=wrong)


def _choose(sandbox: bool) -> tuple[stores.Choice, list[SettingsError]]:
    environ, wrong = dict(os.environ), list[SettingsError]()
    while True:
        try:
            return stores.choose(sandbox=sandbox, reading=True, environ=environ), wrong
        except SettingsError as error:
            if not _are(error, tuple(environ)):
                raise
            wrong.append(error)
            environ = {name: one for name, one in environ.items() if name not in error.variables}


def _are(error: SettingsError, names: Sequence[str]) -> bool:
    return not set(error.variables).isdisjoint(names)


async def settings(patient: Patient) -> Finding:
    """Every variable that is wrong; the other checks go on without it."""
    wrong = patient.wrong_settings
    details = {"variables": [name for one in wrong for name in one.variables]}
    if not wrong:
        return Finding("ok", "all that are set can be read", None, details)
    hints = [one.hint for one in wrong if one.hint]
    return Finding("wrong", "; ".join(map(str, wrong)), "\n".join(hints) or None, details)
