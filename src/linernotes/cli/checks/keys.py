"""Keys and contact: are they there, and does Spotify accept them?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from linernotes.cli.checks import Finding, Patient
from linernotes.cli.render import moment

if TYPE_CHECKING:
    import httpx2

    from linernotes.db.budget import Closing
    from linernotes.errors import Busy, UpstreamError
    from linernotes.settings import Settings

GET_KEYS = "export SPOTIFY_CLIENT_ID=… SPOTIFY_CLIENT_SECRET=…   (developer.spotify.com/dashboard)"


async def credentials(patient: Patient) -> Finding:
    """
    Keys set and accepted, contact valid, and what their use taught us.

    Asks for one token, which counts in no rate limit of the API, and asks nothing at all while
    Spotify is closed to us or it cannot be known whether it is.
    """
    from linernotes import runtime
    from linernotes.errors import SettingsError

    settings = patient.choice.settings
    if patient.is_sandbox:
        return Finding("ok", "the sandbox needs none", None, {"keys": False, "accepted": None})
    details: dict[str, Any] = {"keys": settings.has_keys, "accepted": None, "learned": {}}
    if not settings.has_keys:
        return Finding(
            "warning", "no keys: the store can be read, and nobody asked", GET_KEYS, details
        )
    try:
        runtime.user_agent(settings)
    except SettingsError as error:
        return Finding("wrong", str(error), error.hint, details)
    details["learned"] = await _learned(patient)
    finding = await _accepted(patient, settings)
    learned = ", ".join(f"{name} {value}" for name, value in details["learned"].items())
    found = f"{finding.found}; learned: {learned}" if learned else finding.found
    return Finding(finding.state, found, finding.hint, details | finding.details)


async def _accepted(patient: Patient, settings: Settings) -> Finding:
    if patient.offline:
        return Finding("ok", "keys and contact are set; not asked whether they are accepted")
    if patient.away:
        return Finding(
            "ok",
            "keys and contact are set; not asked whether they are accepted, because only the"
            " database knows whether Spotify is closed to us",
        )
    if closing := await _closing(patient):
        return _while_closed(closing)
    return await _asked(patient, settings)


def _while_closed(closing: Closing) -> Finding:
    if closing.refused:
        hint = "mend what it says at developer.spotify.com/dashboard, then: linernotes work"
        found = f"Spotify refused us: {closing.reason}"
        return Finding("wrong", found, hint, {"accepted": False})
    return Finding(
        "ok",
        "keys and contact are set; not asked whether they are accepted, because Spotify is"
        f" closed to us until {moment(closing.until)}",
    )


async def _asked(patient: Patient, settings: Settings) -> Finding:
    from linernotes.errors import Busy, Refused, UpstreamError

    try:
        patient.source_ahead = await _ask_for_a_token(settings)
    except Refused as error:
        return Finding("wrong", str(error), error.hint, {"accepted": False})
    except Busy as error:
        await _close(patient, error)
        hint = "nothing: the other sources go on; linernotes status says until when"
        return Finding("warning", f"keys and contact are set; {error}", hint)
    except UpstreamError as error:
        return _not_reached(error)
    return Finding(
        "ok", "keys and contact are set, and Spotify accepts them", None, {"accepted": True}
    )


def _not_reached(error: UpstreamError) -> Finding:
    hint = "check the network and LINERNOTES_SPOTIFY_ACCOUNTS_URL, or leave it out: --offline"
    return Finding("warning", f"keys and contact are set; {error}", hint)


async def _ask_for_a_token(settings: Settings) -> timedelta | None:
    """How far the clock of the answer is ahead of ours. Raises `UpstreamError`."""
    import httpx2

    from linernotes import runtime
    from linernotes.tokens import ClientCredentials

    ahead: list[timedelta] = []

    async def look(response: httpx2.Response) -> None:
        if (date := _date(response)) is not None:
            ahead.append(date - datetime.now(UTC))

    assert settings.client_id
    assert settings.client_secret
    async with httpx2.AsyncClient(
        headers={"User-Agent": runtime.user_agent(settings), "Accept": "application/json"},
        timeout=settings.request_timeout_seconds,
        follow_redirects=False,
        event_hooks={"response": [look]},
    ) as http:
        keys = ClientCredentials(
            http, settings.accounts_url, settings.client_id, settings.client_secret
        )
        await keys.headers(None)
    # The header tells whole seconds, cut off: half of one on average.
    return ahead[0] + timedelta(seconds=0.5) if ahead else None


def _date(response: httpx2.Response) -> datetime | None:
    try:
        found = parsedate_to_datetime(response.headers.get("date", ""))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def _learned(patient: Patient) -> dict[str, str]:
    from linernotes.db import doctor

    account = patient.choice.settings.client_id
    if patient.conn is None or account is None or not await doctor.has_schema(patient.conn):
        return {}
    return {one.name: one.value for one in await doctor.learned(patient.conn, "spotify", account)}


async def _closing(patient: Patient) -> Closing | None:
    from linernotes.db import budget, doctor

    if patient.conn is None or not await doctor.has_schema(patient.conn):
        return None
    return (await budget.closings(patient.conn)).get("spotify")


async def _close(patient: Patient, busy: Busy) -> None:
    """Spotify told us to wait: nobody asks before, as if a worker had been told."""
    from linernotes.db import budget, doctor

    if patient.conn is not None and await doctor.has_schema(patient.conn):
        await budget.close(patient.conn, "spotify", busy.seconds, busy.reason, told=True)
