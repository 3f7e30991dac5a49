"""Profiles by the addresses and identifiers that sources state."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linernotes.matching.networks import (
    WIKIDATA_URLS,
    Profile,
    from_wikidata,
    profile,
)

CHANNEL = "UCnRI0ay61tY-fKYzzB3fCnw"
CANONICAL = [
    ("instagram", "bobdylan", "https://www.instagram.com/bobdylan/"),
    ("x", "joshwink1", "https://x.com/joshwink1"),
    ("facebook", "WarnerBrosRecords", "https://www.facebook.com/WarnerBrosRecords"),
    ("facebook", "1234567", "https://www.facebook.com/profile.php?id=1234567"),
    ("facebook", "1234567", "https://www.facebook.com/pages/Some-Name/1234567"),
    ("facebook", "1234567", "https://www.facebook.com/people/Some-Name/1234567"),
    ("facebook", "1234567", "https://www.facebook.com/p/Some-Name-1234567"),
    ("tiktok", "pharrell", "https://www.tiktok.com/@pharrell"),
    ("threads", "pharrell", "https://www.threads.com/@pharrell"),
    ("youtube", CHANNEL, f"https://www.youtube.com/channel/{CHANNEL}"),
    ("youtube", "pharrell", "https://www.youtube.com/@pharrell"),
    (
        "youtube",
        "中田ヤスタカ",
        "https://www.youtube.com/@%E4%B8%AD%E7%94%B0%E3%83%A4%E3%82%B9%E3%82%BF%E3%82%AB",
    ),
    ("youtube", "MilesDavisVEVO", "https://www.youtube.com/user/MilesDavisVEVO"),
    ("youtube", "pharrell", "https://www.youtube.com/c/pharrell"),
    ("youtube_music", CHANNEL, f"https://music.youtube.com/channel/{CHANNEL}"),
    ("soundcloud", "planetedetroit", "https://soundcloud.com/planetedetroit"),
    ("bandcamp", "minusbaby", "https://minusbaby.bandcamp.com/"),
    ("spotify", "74ASZWbe4lXaubB36ztrGX", "https://open.spotify.com/artist/74ASZWbe4lXaubB36ztrGX"),
    ("apple_music", "462006", "https://music.apple.com/artist/462006"),
    ("deezer", "808", "https://www.deezer.com/artist/808"),
    ("tidal", "80", "https://tidal.com/artist/80"),
    ("bluesky", "somebody.bsky.social", "https://bsky.app/profile/somebody.bsky.social"),
    ("twitch", "kennybeats", "https://www.twitch.tv/kennybeats"),
    ("patreon", "somebody", "https://www.patreon.com/somebody"),
    ("linkedin", "somebody", "https://www.linkedin.com/in/somebody/"),
    ("myspace", "cirithungol", "https://myspace.com/cirithungol"),
    ("tumblr", "somebody", "https://somebody.tumblr.com/"),
    ("vk", "somebody", "https://vk.com/somebody"),
    ("weibo", "1234567", "https://weibo.com/u/1234567"),
    ("genius", "Miles-davis", "https://genius.com/artists/Miles-davis"),
    ("discogs", "59792", "https://www.discogs.com/artist/59792"),
    ("allmusic", "mn0000066915", "https://www.allmusic.com/artist/mn0000066915"),
    ("lastfm", "Bob+Dylan", "https://www.last.fm/music/Bob+Dylan"),
    ("songkick", "408511", "https://www.songkick.com/artists/408511"),
    ("bandsintown", "487", "https://www.bandsintown.com/a/487"),
    ("imdb", "nm0001168", "https://www.imdb.com/name/nm0001168/"),
    ("wikidata", "Q392", "https://www.wikidata.org/wiki/Q392"),
    ("wikipedia", "Miles_Davis", "https://en.wikipedia.org/wiki/Miles_Davis"),
    ("linktree", "somebody", "https://linktr.ee/somebody"),
    ("beatstars", "somebody", "https://www.beatstars.com/somebody"),
    ("reddit", "somebody", "https://www.reddit.com/user/somebody/"),
    ("mastodon", "somebody", "https://mastodon.social/@somebody"),
    ("website", None, "https://bobdylan.com/"),
]


def row(name: str, *values: Any) -> Any:
    return pytest.param(*values, id=name)


@pytest.mark.parametrize(("network", "handle", "url"), CANONICAL)
def test_a_canonical_address_is_its_own(network: str, handle: str | None, url: str) -> None:
    assert profile(url) == Profile(network, handle, url)


@pytest.mark.parametrize(
    ("stated", "canonical"),
    [
        row("x.com was twitter.com", "http://twitter.com/wbr", "https://x.com/wbr"),
        row("mobile", "https://mobile.twitter.com/wbr?lang=en", "https://x.com/wbr"),
        row("hash and bang", "http://twitter.com/#!/wbr", "https://x.com/wbr"),
        row("at sign", "https://www.x.com/@wbr/", "https://x.com/wbr"),
        row(
            "space at the end",
            "http://www.facebook.com/planetedetroit ",
            "https://www.facebook.com/planetedetroit",
        ),
        row(
            "language",
            "https://de-de.facebook.com/MilesDavis/",
            "https://www.facebook.com/MilesDavis",
        ),
        row(
            "tab",
            "https://www.facebook.com/MilesDavis/about",
            "https://www.facebook.com/MilesDavis",
        ),
        row(
            "old page form",
            "https://www.facebook.com/pg/MilesDavis/",
            "https://www.facebook.com/MilesDavis",
        ),
        row(
            "number",
            "https://m.facebook.com/profile.php?ref=x&id=12&sk=about",
            "https://www.facebook.com/profile.php?id=12",
        ),
        row(
            "capitals in the host",
            "HTTPS://WWW.Instagram.COM/BobDylan",
            "https://www.instagram.com/BobDylan/",
        ),
        row(
            "tracking",
            "https://instagram.com/bobdylan?igshid=abc",
            "https://www.instagram.com/bobdylan/",
        ),
        row("no scheme", "instagram.com/bobdylan", "https://www.instagram.com/bobdylan/"),
        row("two slashes", "//www.instagram.com/bobdylan", "https://www.instagram.com/bobdylan/"),
        row(
            "threads.net", "https://www.threads.net/@bobdylan", "https://www.threads.com/@bobdylan"
        ),
        row(
            "coded at sign",
            "https://www.tiktok.com/%40pharrell?lang=en",
            "https://www.tiktok.com/@pharrell",
        ),
        row(
            "videos", "https://m.youtube.com/@pharrell/videos", "https://www.youtube.com/@pharrell"
        ),
        row(
            "oldest YouTube form",
            "http://youtube.com/warnerbrosrecords",
            "https://www.youtube.com/warnerbrosrecords",
        ),
        row("www.myspace.com", "http://www.myspace.com/joshwink", "https://myspace.com/joshwink"),
        row(
            "Apple in a country",
            "https://music.apple.com/de/artist/bob-dylan/462006?uo=4",
            "https://music.apple.com/artist/462006",
        ),
        row(
            "iTunes",
            "https://itunes.apple.com/us/artist/id462006",
            "https://music.apple.com/artist/462006",
        ),
        row(
            "Spotify with language",
            "http://open.spotify.com/intl-de/artist/74ASZWbe4lXaubB36ztrGX?si=1",
            "https://open.spotify.com/artist/74ASZWbe4lXaubB36ztrGX",
        ),
        row(
            "Deezer with language",
            "https://www.deezer.com/en/artist/808",
            "https://www.deezer.com/artist/808",
        ),
        row(
            "TIDAL browser",
            "https://listen.tidal.com/browse/artist/80",
            "https://tidal.com/artist/80",
        ),
        row(
            "Discogs with the name",
            "https://www.discogs.com/de/artist/59792-Bob-Dylan",
            "https://www.discogs.com/artist/59792",
        ),
        row(
            "AllMusic with the name",
            "http://www.allmusic.com/artist/bob-dylan-mn0000066915/credits",
            "https://www.allmusic.com/artist/mn0000066915",
        ),
        row(
            "Bandcamp tab", "http://minusbaby.bandcamp.com/music", "https://minusbaby.bandcamp.com/"
        ),
        row("Tumblr by path", "https://www.tumblr.com/somebody", "https://somebody.tumblr.com/"),
        row("website", "http://www.thebeatles.com", "https://www.thebeatles.com/"),
        row(
            "website keeps its query",
            "https://ibdb.com/person.php?id=84040&utm_source=x#top",
            "https://ibdb.com/person.php?id=84040",
        ),
        row(
            "website keeps its path",
            "http://members.boardhost.com/wedlock/",
            "https://members.boardhost.com/wedlock/",
        ),
        row("website with port", "http://example.org:8080/a", "https://example.org:8080/a"),
        row(
            "website in its own script",
            "https://müller.example/ü",
            "https://xn--mller-kva.example/%C3%BC",
        ),
    ],
)
def test_a_stated_address_becomes_canonical(stated: str, canonical: str) -> None:
    found = profile(stated)
    assert found is not None
    assert found.url == canonical


@pytest.mark.parametrize(
    "url",
    [
        row("nothing", ""),
        row("name", "Bob Dylan"),
        row("name with dots", "will.i.am"),
        row("handle", "@bobdylan"),
        row("script", "javascript:alert(1)"),
        row("text that is turned around", "https://ok.example/\u202egpj.exe"),
        row("script that looks like a path", "javascript://instagram.com/%0aalert(1)"),
        row("mail", "mailto:me@example.org"),
        row("mail address", "me@example.org"),
        row("file transfer", "ftp://example.org/a"),
        row("data", "data:text/html,x"),
        row("password", "https://instagram.com@evil.example/bobdylan"),
        row("this machine", "http://localhost/a"),
        row("number as host", "http://127.0.0.1/a"),
        row("broken host", "https://[::1/a"),
        row("broken port", "https://example.org:port/"),
        row("post", "https://www.instagram.com/p/abc/"),
        row("post under a name", "https://www.instagram.com/bobdylan/p/abc/"),
        row("start page", "https://www.instagram.com/"),
        row("share button", "https://twitter.com/intent/tweet?text=x"),
        row("tweet", "https://twitter.com/bobdylan/status/1"),
        row("video", "https://www.youtube.com/watch?v=abc"),
        row("short video", "https://youtu.be/abc"),
        row("sharer", "https://www.facebook.com/sharer/sharer.php?u=x"),
        row("sharer page", "https://www.facebook.com/sharer.php?u=x"),
        row("group", "https://www.facebook.com/groups/123"),
        row("way out", "https://l.facebook.com/l.php?u=https://example.org"),
        row("profile without number", "https://www.facebook.com/profile.php"),
        row("TikTok video", "https://www.tiktok.com/@pharrell/video/1"),
        row("track", "https://soundcloud.com/planetedetroit/some-track"),
        row("album on Bandcamp", "https://minusbaby.bandcamp.com/album/saudade"),
        row("Bandcamp's magazine", "https://daily.bandcamp.com/"),
        row("album on Spotify", "https://open.spotify.com/album/74ASZWbe4lXaubB36ztrGX"),
        row("songwriter page", "https://artists.spotify.com/songwriter/1d77BnaN7rMcHBcqA6YSR3"),
        row("lyrics", "https://genius.com/Massive-attack-teardrop-lyrics"),
        row("Discogs by name", "http://www.discogs.com/artist/Paul+Allgood"),
        row("Discogs release", "https://www.discogs.com/release/1873013"),
        row("album on AllMusic", "https://www.allmusic.com/album/mw0000189729"),
        row("network that is gone", "http://plus.google.com/u/0/+warnerbrosrecords/about"),
        row("shortener", "https://bit.ly/abc"),
    ],
)
def test_what_is_no_profile(url: str) -> None:
    assert profile(url) is None


@pytest.mark.parametrize(
    ("a", "b", "is_same"),
    [
        row("case of a handle", "https://twitter.com/PUSHA_T", "https://x.com/pusha_t", True),
        row(
            "case of a channel",
            f"https://www.youtube.com/channel/{CHANNEL}",
            f"https://www.youtube.com/channel/{CHANNEL[:-1]}W",
            False,
        ),
        row(
            "user and handle", "https://www.youtube.com/user/a", "https://www.youtube.com/@a", False
        ),
        row("case of a path", "https://example.org/A", "https://example.org/a", False),
    ],
)
def test_profiles_compare_by_key(a: str, b: str, is_same: bool) -> None:
    one, other = profile(a), profile(b)
    assert one is not None
    assert other is not None
    assert (one.key == other.key) is is_same


@pytest.mark.parametrize(
    ("property_id", "value", "expected"),
    [
        row(
            "Instagram",
            "P2003",
            "thebeatles",
            Profile("instagram", "thebeatles", "https://www.instagram.com/thebeatles/"),
        ),
        row("X", "P2002", "thebeatles", Profile("x", "thebeatles", "https://x.com/thebeatles")),
        row(
            "channel",
            "P2397",
            CHANNEL,
            Profile("youtube", CHANNEL, f"https://www.youtube.com/channel/{CHANNEL}"),
        ),
        row(
            "handle with at sign",
            "P11245",
            "@pharrell",
            Profile("youtube", "pharrell", "https://www.youtube.com/@pharrell"),
        ),
        row(
            "Facebook page with folder",
            "P4003",
            "pages/Some-Name/123",
            Profile("facebook", "123", "https://www.facebook.com/pages/Some-Name/123"),
        ),
        row(
            "Bandcamp",
            "P3283",
            "minusbaby",
            Profile("bandcamp", "minusbaby", "https://minusbaby.bandcamp.com/"),
        ),
        row(
            "Mastodon",
            "P4033",
            "somebody@example.social",
            Profile("mastodon", "somebody", "https://example.social/@somebody"),
        ),
        row(
            "website",
            "P856",
            "http://www.thebeatles.com",
            Profile("website", None, "https://www.thebeatles.com/"),
        ),
        row(
            "profile given as website",
            "P856",
            "http://www.myspace.com/joshwink",
            Profile("myspace", "joshwink", "https://myspace.com/joshwink"),
        ),
        row("item, not a profile", "P162", "Q1", None),
        row("database, not a profile", "P1953", "82730", None),
        row("space in a handle", "P2003", "the beatles", None),
        row("post for a handle", "P2003", "p/abc", None),
        row("host for a handle", "P3283", "evil.example/", None),
        row("query for a handle", "P2002", "intent?x=1", None),
        row("nothing", "P2002", "", None),
        row("at sign only", "P2002", "@", None),
    ],
)
def test_a_wikidata_claim_becomes_a_profile(
    property_id: str, value: str, expected: Profile | None
) -> None:
    assert from_wikidata(property_id, value) == expected


@given(st.text())
def test_a_person_s_name_or_any_text_gives_nothing_or_an_https_address(text: str) -> None:
    for stated in (text, f"https://{text}", f"https://www.youtube.com/{text}", f"www.{text}"):
        found = profile(stated)
        assert found is None or found.url.startswith("https://")


@given(
    st.sampled_from([url for _, _, url in CANONICAL]),
    st.text("abcAZ09/_.-@%?#&=é:", max_size=20),
)
def test_canonical_is_canonical(url: str, tail: str) -> None:
    found = profile(url + tail)
    if found is not None:
        assert profile(found.url) == found


@given(st.sampled_from(sorted([*WIKIDATA_URLS, "P856", "P4033"])), st.text(max_size=20))
def test_no_claim_is_too_odd(property_id: str, value: str) -> None:
    found = from_wikidata(property_id, value)
    if found is not None:
        again = profile(found.url)
        assert again is not None
        assert again.url == found.url
