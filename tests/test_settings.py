"""What the environment may say, and what it must not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from linernotes import runtime
from linernotes.errors import SettingsError
from linernotes.settings import from_environ
from linernotes.sources import musicbrainz, spotify, wikidata


def test_an_empty_environment_means_the_real_services_at_their_documented_rates() -> None:
    settings = from_environ({})

    assert list(settings.sources.values()) == [
        spotify.SOURCE,
        musicbrainz.SOURCE,
        wikidata.SOURCE,
    ]
    assert settings.accounts_url == "https://accounts.spotify.com"
    assert (settings.has_keys, settings.contact, settings.database_url) == (False, None, None)
    assert settings.data_directory is None


def test_after_a_crash_others_go_on_within_thirty_seconds() -> None:
    settings = from_environ({})

    assert max(settings.lease_seconds, settings.ask_seconds) < 30
    assert 3 * settings.renew_seconds < settings.lease_seconds
    assert settings.patience_seconds + settings.request_timeout_seconds < settings.ask_seconds


ADDRESSES = {
    "bare": ("MUSICBRAINZ", "http://mirror:5000", "http://mirror:5000/ws/2"),
    "with a slash": ("MUSICBRAINZ", "http://mirror:5000/", "http://mirror:5000/ws/2"),
    "with the API": ("MUSICBRAINZ", "http://mirror:5000/ws/2", "http://mirror:5000/ws/2"),
    "with the API and a slash": ("MUSICBRAINZ", "http://mirror/ws/2/", "http://mirror/ws/2"),
    "below a path": ("MUSICBRAINZ", "https://host/brainz", "https://host/brainz/ws/2"),
    "by number": ("MUSICBRAINZ", "http://[::1]:5000", "http://[::1]:5000/ws/2"),
    "with blanks around": ("MUSICBRAINZ", " http://mirror\n", "http://mirror/ws/2"),
    "Spotify": ("SPOTIFY", "https://host", "https://host/v1"),
    "Spotify with the API": ("SPOTIFY", "https://host/v1", "https://host/v1"),
    "Wikidata": ("WIKIDATA", "https://host", "https://host/w/api.php"),
    "Wikidata with the API": ("WIKIDATA", "https://host/w/api.php", "https://host/w/api.php"),
}


@pytest.mark.parametrize(("name", "given", "url"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_may_be_given_with_or_without_the_path_of_the_api(
    name: str, given: str, url: str
) -> None:
    settings = from_environ({f"LINERNOTES_{name}_URL": given})

    assert settings.sources[name.lower()].url == url


@pytest.mark.parametrize("given", ["http://host", "http://host/", "http://host/api/token"])
def test_the_accounts_service_has_an_address_of_its_own(given: str) -> None:
    settings = from_environ({"LINERNOTES_SPOTIFY_ACCOUNTS_URL": given})

    assert settings.accounts_url == "http://host"


@pytest.mark.parametrize(("given", "rate"), [("0", 0), ("2.5", 2.5), ("1e1", 10)])
def test_a_rate_is_a_number_and_zero_is_no_limit(given: str, rate: float) -> None:
    settings = from_environ({"LINERNOTES_MUSICBRAINZ_REQUESTS_PER_SECOND": given})

    assert settings.sources["musicbrainz"].requests_per_second == rate


@pytest.mark.parametrize("source", ["spotify", "musicbrainz", "wikidata"])
def test_each_source_has_hours_for_which_its_answers_are_kept(source: str) -> None:
    settings = from_environ({f"LINERNOTES_{source.upper()}_KEEP_HOURS": "1.5"})
    plain = from_environ({})

    assert settings.sources[source].keep_seconds == 5400
    assert {name: one.keep_seconds for name, one in plain.sources.items()} == {
        "spotify": 86_400,
        "musicbrainz": 604_800,
        "wikidata": 604_800,
    }


@pytest.mark.parametrize("given", ["0", "-1", "nan", "inf", "a day", "8761"])
def test_hours_that_are_none_are_refused(given: str) -> None:
    with pytest.raises(SettingsError) as caught:
        from_environ({"LINERNOTES_SPOTIFY_KEEP_HOURS": given})

    assert str(caught.value) == f"LINERNOTES_SPOTIFY_KEEP_HOURS is not a number of hours: {given!r}"
    assert caught.value.hint == (
        "LINERNOTES_SPOTIFY_KEEP_HOURS=24, above 0 and at most 8760 (a year)"
    )


def test_everything_else_is_taken_as_it_is_without_blanks() -> None:
    settings = from_environ(
        {
            "SPOTIFY_CLIENT_ID": " id\n",
            "SPOTIFY_CLIENT_SECRET": "secret ",
            "LINERNOTES_CONTACT": "ops@example.org",
            "LINERNOTES_DATA_DIR": "/data",
            "LINERNOTES_SPOTIFY_MARKET": "gb",
            "SUPABASE_DB_URL": "postgresql://u:p@host/db",
            "DATABASE_URL": "",
        }
    )

    assert (settings.client_id, settings.client_secret) == ("id", "secret")
    assert settings.has_keys
    assert settings.contact == "ops@example.org"
    assert settings.data_directory == Path("/data")
    assert settings.sources["spotify"].market == "GB"
    assert settings.database_url == "postgresql://u:p@host/db"


WRONG: dict[str, tuple[Mapping[str, str], str]] = {
    "an id without a secret": (
        {"SPOTIFY_CLIENT_ID": "id", "SPOTIFY_CLIENT_SECRET": " "},
        "only one of SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET is set",
    ),
    "the API of Supabase for its database": (
        {"SUPABASE_URL": "https://x.supabase.co"},
        "SUPABASE_URL is set, but it is not the address of a database",
    ),
    "the address of another library": (
        {"DATABASE_URL": "postgresql+asyncpg://u:p4ss@host/db"},
        "DATABASE_URL is not the address of a PostgreSQL database: it begins with "
        "postgresql+asyncpg://",
    ),
    "an address without a scheme": (
        {"LINERNOTES_MUSICBRAINZ_URL": "mirror:5000"},
        "LINERNOTES_MUSICBRAINZ_URL is not an address: 'mirror:5000'",
    ),
    "an address without a host": (
        {"LINERNOTES_WIKIDATA_URL": "https://"},
        "LINERNOTES_WIKIDATA_URL is not an address: 'https://'",
    ),
    "an address with a wrong port": (
        {"LINERNOTES_SPOTIFY_URL": "http://host:port"},
        "LINERNOTES_SPOTIFY_URL is not an address: 'http://host:port'",
    ),
    "an address with a question": (
        {"LINERNOTES_SPOTIFY_URL": "http://host?key=1"},
        "LINERNOTES_SPOTIFY_URL is not an address: 'http://host?key=1'",
    ),
    "an address with half a bracket": (
        {"LINERNOTES_SPOTIFY_ACCOUNTS_URL": "http://[::1"},
        "LINERNOTES_SPOTIFY_ACCOUNTS_URL is not an address: 'http://[::1'",
    ),
    "a rate in words": (
        {"LINERNOTES_WIKIDATA_REQUESTS_PER_SECOND": "fast"},
        "LINERNOTES_WIKIDATA_REQUESTS_PER_SECOND is not a number of requests per second: 'fast'",
    ),
    "a rate without end": (
        {"LINERNOTES_WIKIDATA_REQUESTS_PER_SECOND": "inf"},
        "LINERNOTES_WIKIDATA_REQUESTS_PER_SECOND is not a number of requests per second: 'inf'",
    ),
    "a rate that is no number": (
        {"LINERNOTES_WIKIDATA_REQUESTS_PER_SECOND": "nan"},
        "LINERNOTES_WIKIDATA_REQUESTS_PER_SECOND is not a number of requests per second: 'nan'",
    ),
    "a negative rate": (
        {"LINERNOTES_WIKIDATA_REQUESTS_PER_SECOND": "-1"},
        "LINERNOTES_WIKIDATA_REQUESTS_PER_SECOND is not a number of requests per second: '-1'",
    ),
    "a market of three letters": (
        {"LINERNOTES_SPOTIFY_MARKET": "usa"},
        "LINERNOTES_SPOTIFY_MARKET is not a country of two letters: 'USA'",
    ),
}


@pytest.mark.parametrize(("environ", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_by_name_and_with_a_hint(
    environ: Mapping[str, str], message: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        from_environ(environ)

    assert str(raised.value) == message
    assert raised.value.hint
    assert "p4ss" not in f"{raised.value} {raised.value.hint}"


def test_secrets_are_not_shown() -> None:
    settings = from_environ(
        {
            "SPOTIFY_CLIENT_ID": "id",
            "SPOTIFY_CLIENT_SECRET": "hush",
            "DATABASE_URL": "postgresql://u:hush@host/db",
        }
    )

    assert "hush" not in repr(settings)


def test_the_user_agent_tells_how_to_reach_the_operator() -> None:
    settings = from_environ({"LINERNOTES_CONTACT": "https://example.org/contact"})

    assert runtime.user_agent(settings) == "Linernotes/0.1.0 ( https://example.org/contact )"


@pytest.mark.parametrize("contact", ["", "me", "Jürgen@example.org", "a@example.org\r\nHost: x"])
def test_without_a_contact_nothing_is_asked(contact: str) -> None:
    with pytest.raises(SettingsError) as raised:
        runtime.user_agent(from_environ({"LINERNOTES_CONTACT": contact}))

    assert "LINERNOTES_CONTACT" in str(raised.value.hint)
