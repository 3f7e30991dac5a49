"""Identifiers in every form in which sources and people write them."""

import contextlib
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linernotes.matching.identifiers import (
    NotASpotifyLink,
    SpotifyRef,
    barcode_forms,
    gtin14,
    isrc,
    mbid,
    spotify_ref,
    spotify_url,
)

ID = "1URnnhqYAYcrqrcwql10ft"
DIGITS = st.text("0123456789", min_size=14, max_size=14).filter(lambda digits: digits.strip("0"))


def row(name: str, *values: Any) -> Any:
    return pytest.param(*values, id=name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        row("padded by Spotify", "00602527420608", "00602527420608"),
        row("UPC with its zero", "074646963029", "00074646963029"),
        row("EAN", "5099749994324", "05099749994324"),
        row("EAN that is a padded UPC", "0602435848211", "00602435848211"),
        row("gaps as printed on a sleeve", "7 11297 52373 7", "00711297523737"),
        row("dashes", "5-099749-994324", "05099749994324"),
        row("full-width digits", "５０９９７４９９９４３２４", "05099749994324"),
        row("EAN-8", "96385074", "00000096385074"),
        row("wrong check digit is kept", "5099749994325", "05099749994325"),
        row("catalogue number", "5421601/A", None),
        row("eleven digits", "07599251581", None),
        row("ten digits", "7112975237", None),
        row("too short", "123", None),
        row("known to have none", "", None),
        row("all zeros", "0000000000000", None),
        row("Arabic digits", "٥٠٩٩٧٤٩٩٩٤٣٢٤", None),
    ],
)
def test_a_barcode_becomes_14_digits(text: str, expected: str | None) -> None:
    assert gtin14(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        row("UPC", "00602527420608", ("00602527420608", "0602527420608", "602527420608")),
        row(
            "UPC with a zero", "00074646963029", ("00074646963029", "0074646963029", "074646963029")
        ),
        row("EAN", "05099749994324", ("05099749994324", "5099749994324")),
        row("no zeros at all", "15099749994321", ("15099749994321",)),
        row("no barcode", "5421601/A", ()),
    ],
)
def test_barcode_forms_lose_only_zeros(text: str, expected: tuple[str, ...]) -> None:
    assert barcode_forms(text) == expected


@given(DIGITS)
def test_every_form_of_a_barcode_reads_back(digits: str) -> None:
    assert {gtin14(form) for form in barcode_forms(digits)} == {digits}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        row("plain", "USUM71703861", "USUM71703861"),
        row("dashes and capitals", "GB-SMU-24-01851", "GBSMU2401851"),
        row("small letters", "usum71703861", "USUM71703861"),
        row("announced", "ISRC: US-UM7-17-03861", "USUM71703861"),
        row("registrant that spells the word", "ISRC17607839", "ISRC17607839"),
        row("too long", "USUM717038612", None),
        row("letters at the end", "USUM7170386A", None),
        row("empty", "", None),
    ],
)
def test_a_recording_code_becomes_12_characters(text: str, expected: str | None) -> None:
    assert isrc(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        row("bare", "B10BBBFC-CF9E-42E0-BE17-E2C3E1D2600D", "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"),
        row(
            "page",
            "https://musicbrainz.org/artist/b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d/relationships",
            "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d",
        ),
        row("one short", "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600", None),
        row(
            "somebody else's page", "https://example.org/b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d", None
        ),
    ],
)
def test_a_musicbrainz_id(text: str, expected: str | None) -> None:
    assert mbid(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        row("URI", f"spotify:artist:{ID}", SpotifyRef("artist", ID)),
        row("URI in capitals", f"Spotify:Artist:{ID}", SpotifyRef("artist", ID)),
        row("address", f"https://open.spotify.com/artist/{ID}", SpotifyRef("artist", ID)),
        row("shared", f"https://open.spotify.com/track/{ID}?si=0a1b", SpotifyRef("track", ID)),
        row("language", f"https://open.spotify.com/intl-de/album/{ID}", SpotifyRef("album", ID)),
        row("plain http", f"http://open.spotify.com/album/{ID}", SpotifyRef("album", ID)),
        row("old player", f"https://play.spotify.com/artist/{ID}/", SpotifyRef("artist", ID)),
        row("no scheme", f"open.spotify.com/artist/{ID}", SpotifyRef("artist", ID)),
        row("position", f"https://open.spotify.com/track/{ID}#1:02", SpotifyRef("track", ID)),
        row("embedded", f"https://open.spotify.com/embed/album/{ID}", SpotifyRef("album", ID)),
        row("tab", f"https://open.spotify.com/artist/{ID}/discography", SpotifyRef("artist", ID)),
        row("old playlist", f"spotify:user:me:playlist:{ID}", SpotifyRef("playlist", ID)),
        row(
            "pasted from a mail",
            f" <https://open.spotify.com/artist/{ID}>\n",
            SpotifyRef("artist", ID),
        ),
        row("zero-width space", f"\u200bspotify:artist:{ID}", SpotifyRef("artist", ID)),
        row("bare id", ID, SpotifyRef(None, ID)),
    ],
)
def test_a_spotify_link_is_read(text: str, expected: SpotifyRef) -> None:
    assert spotify_ref(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        row("empty", ""),
        row("plain name", "Run–DMC"),
        row("name with a slash", "AC/DC"),
        row("dots and a slash", "B.o.B/Bruno Mars"),
        row("dots", "will.i.am"),
        row("site as a name", "deadmau5.com"),
        row("22 letters without a digit", "DJKhaledWeTheBestMusic"),
        row("22 small letters and digits", "superproducer123456789"),
        row("the service's name", "Spotify: The Band"),
        row("21 characters", ID[1:]),
        row("colon", "Kid: The Musical"),
    ],
)
def test_a_name_is_no_link(text: str) -> None:
    assert spotify_ref(text) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        row("id too short", f"https://open.spotify.com/artist/{ID[1:]}", "has 21 characters"),
        row("URI id too long", f"spotify:album:{ID}x", "has 23 characters"),
        row("bad character", f"spotify:album:{ID[1:]}-", "only letters and digits"),
        row("no id", "https://open.spotify.com/artist/", 'no id after "artist"'),
        row("unknown kind", f"https://open.spotify.com/artits/{ID}", 'found "artits"'),
        row("person", "spotify:user:somebody", 'found "user"'),
        row("start page", "https://open.spotify.com", "names no artist"),
        row("misspelt host", f"https://open.spotfy.com/artist/{ID}", "does not lead to"),
        row("misspelt host without scheme", f"opn.spotify.com/artist/{ID}", "does not lead to"),
        row("misspelt scheme", f"htps://open.spotify.com/artist/{ID}", "does not lead to"),
        row("misspelt URI", f"spotfy:artist:{ID}", 'not with "spotify:"'),
        row(
            "credit page",
            "https://artists.spotify.com/songwriter/1d77BnaN7rMcHBcqA6YSR3",
            "does not lead to",
        ),
        row("other service", "https://soundcloud.com/bobdylan", "does not lead to"),
        row("short link", "https://spotify.link/abc", "short link"),
        row("broken address", "https://[open.spotify.com/artist", "not a valid address"),
    ],
)
def test_a_misspelt_link_says_what_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(NotASpotifyLink, match=re.escape(complaint)):
        spotify_ref(text)


@given(st.text("0123456789abcXYZ", min_size=22, max_size=22))
def test_a_canonical_link_reads_back(id: str) -> None:
    assert spotify_ref(spotify_url("album", id)) == SpotifyRef("album", id)


@given(st.text())
def test_no_text_breaks_the_readers(text: str) -> None:
    gtin14(text), barcode_forms(text), isrc(text), mbid(text)
    for pasted in (text, f"spotify:{text}", f"https://open.spotify.com/{text}", f"https://{text}"):
        with contextlib.suppress(NotASpotifyLink):
            spotify_ref(pasted)


@given(st.text("0123456789-ABCUS ", max_size=18))
def test_normal_forms_are_their_own(text: str) -> None:
    for normal in (gtin14, isrc):
        found = normal(text)
        assert found is None or normal(found) == found
