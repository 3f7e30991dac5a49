"""
One address for each social profile, however a source wrote it.

Everything starts from an address or an identifier that a source states. Nothing here is ever made
from a person's name.
"""

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from linernotes.matching.names import tidy


class Profile(NamedTuple):
    """
    One account on one network, or a website (whose `handle` is None).

    `handle` is as the network writes it, without "@" and in the case the source used. `url` is
    the canonical address. Compare by `key`: most networks ignore the case of a handle.
    """

    network: str
    handle: str | None
    url: str

    @property
    def key(self) -> str:
        """What two addresses of one account have in common."""
        is_exact = self.network in _CASE_MATTERS or "/channel/" in self.url
        return self.url if is_exact else self.url.casefold()


def profile(url: str) -> Profile | None:
    """
    Recognise the profile that a stated address leads to; None when it leads to none.

    None are: other schemes than http, addresses with a password in them, pages of a known
    network that are no profile (a post, a video, a share button, a search), link shorteners.
    A host that is no known network is a website, with its path and query kept as stated, less
    the tracking. Canonical addresses say https even where the source said http.
    """
    # A character that is not seen, or that turns the text around, would be dropped on the way:
    # what is left is not what was stated.
    if any(unicodedata.category(one) in ("Cc", "Cf") for one in url.strip()):
        return None
    address = _address(url)
    if address is None:
        return None
    for network in _NETWORKS:
        if host := network.hosts.fullmatch(address.host):
            return _on_network(network, address, host)
    return None if _NO_WEBSITE.fullmatch(address.host) else _website(address)


def from_wikidata(property_id: str, value: str) -> Profile | None:
    """
    Write the profile that a Wikidata claim states; None for other properties and bad values.

    The caller drops deprecated and ended claims.
    """
    if property_id == "P856":
        return profile(value)
    if property_id == "P4033":
        return _mastodon(value)
    known = WIKIDATA_URLS.get(property_id)
    return _formatted(known[1], known[0], value) if known else None


# Numbers and addresses as seen in recorded entities or in two independent code bases, except
# P4003, P11245, P5797, P4175, P3943, P6634, P4265 and P4033, which rest on one. Public code has
# several numbers wrong: compare them with the labels of the properties before trusting a new one.
WIKIDATA_URLS = {
    "P1902": ("spotify", "https://open.spotify.com/artist/$1"),
    "P2850": ("apple_music", "https://music.apple.com/artist/$1"),
    "P2003": ("instagram", "https://www.instagram.com/$1/"),
    "P2002": ("x", "https://x.com/$1"),
    "P2013": ("facebook", "https://www.facebook.com/$1"),
    "P4003": ("facebook", "https://www.facebook.com/$1"),
    "P2397": ("youtube", "https://www.youtube.com/channel/$1"),
    "P11245": ("youtube", "https://www.youtube.com/@$1"),
    "P3040": ("soundcloud", "https://soundcloud.com/$1"),
    "P3283": ("bandcamp", "https://$1.bandcamp.com/"),
    "P7085": ("tiktok", "https://www.tiktok.com/@$1"),
    "P2722": ("deezer", "https://www.deezer.com/artist/$1"),
    "P5797": ("twitch", "https://www.twitch.tv/$1"),
    "P4175": ("patreon", "https://www.patreon.com/$1"),
    "P3943": ("tumblr", "https://$1.tumblr.com/"),
    "P6634": ("linkedin", "https://www.linkedin.com/in/$1/"),
    "P4265": ("reddit", "https://www.reddit.com/user/$1/"),
}


def _formatted(template: str, network: str, value: str) -> Profile | None:
    stated = value.strip().removeprefix("@")
    found = profile(template.replace("$1", quote(stated, safe="/@+:.%"))) if stated else None
    return found if found and found.network == network else None


def _mastodon(value: str) -> Profile | None:
    """Read "name@server", the form in which accounts of federated servers are written."""
    found = re.fullmatch(r"@?([A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*)@([A-Za-z0-9.-]+)", value.strip())
    site = profile(f"https://{found[2]}/@{found[1]}") if found else None
    if found is None or site is None or site.network not in ("website", "mastodon"):
        return None
    return Profile("mastodon", found[1], site.url)


# Reading an address -------------------------------------------------------------------------


class _Address(NamedTuple):
    """A web address in parts; `path` still has its percent signs, `port` is "" or ":8080"."""

    host: str
    port: str
    path: str
    query: str


_HOST = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:[a-z]{2,}|xn--[a-z0-9-]+)"
)
_WITHOUT_SCHEME = re.compile(r"(?://|www\.[^\s/@:]+\.)[^\s]*|[\w.-]+\.[a-z]{2,}/\S*", re.IGNORECASE)


# Longer than any browser keeps; a source that states more is not stating an address.
_LENGTH_MAX = 2048


def _address(url: str) -> _Address | None:
    if len(url) > _LENGTH_MAX:
        return None
    try:
        split = urlsplit(_with_scheme(url))
        port = "" if split.port in (None, 80, 443) else f":{split.port}"
    except ValueError:
        return None
    host = _ascii_host(split.hostname or "")
    if split.scheme not in ("http", "https") or "@" in split.netloc or host is None:
        return None
    return _Address(host, port, _path(split), split.query)


def _with_scheme(url: str) -> str:
    stated = tidy(url).replace(" ", "%20")
    if _WITHOUT_SCHEME.fullmatch(stated):
        return f"https://{stated.removeprefix('//')}"
    return stated


def _ascii_host(host: str) -> str | None:
    try:
        ascii_host = host.rstrip(".").encode("idna").decode().lower()
    except UnicodeError:
        return None
    return ascii_host if _HOST.fullmatch(ascii_host) else None


def _path(split: SplitResult) -> str:
    # Facebook and Twitter once wrote profiles as "/#!/name"; such links are still stored.
    path = split.fragment[1:] if split.fragment.startswith("!/") else split.path
    return quote(path.split("?")[0], safe="/%:@!$&'()*+,;=~-._")


_TRACKING = re.compile(r"utm_.*|fbclid|gclid|igsh(?:id)?|mc_[ce]id|ref_src|_ga|si|feature")


def _website(address: _Address) -> Profile:
    query = [
        (name, value)
        for name, value in parse_qsl(address.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(name.lower())
    ]
    search = f"?{urlencode(query)}" if query else ""
    url = f"https://{address.host}{address.port}{address.path or '/'}{search}"
    return Profile("website", None, url)


# Networks -----------------------------------------------------------------------------------


class _Network(NamedTuple):
    """
    How one network writes its profiles.

    Each of `forms` is a pattern for a path (and query, for forms that have "?" in them) with a
    group `handle`, and a template for the canonical address, filled from the pattern's groups
    and those of `hosts`. `reserved` are first folders that are no handles.
    """

    name: str
    hosts: re.Pattern[str]
    forms: tuple[tuple[re.Pattern[str], str], ...]
    reserved: frozenset[str]


def _on_network(network: _Network, address: _Address, host: re.Match[str]) -> Profile | None:
    path = unquote(address.path).rstrip("/") or "/"
    for pattern, template in network.forms:
        wanted = f"{path}?{address.query}" if r"\?" in pattern.pattern else path
        if not (found := pattern.fullmatch(wanted)):
            continue
        groups = {**host.groupdict(), **found.groupdict()}
        if groups["handle"].casefold() not in network.reserved:
            return Profile(network.name, groups["handle"], _filled(template, groups))
    return None


def _filled(template: str, groups: dict[str, str]) -> str:
    return template.format_map({k: quote(v or "", safe="/@+:!,'()*") for k, v in groups.items()})


def _network(name: str, hosts: str, *forms: tuple[str, str], reserved: str = "") -> _Network:
    compiled = tuple((re.compile(path, re.IGNORECASE), template) for path, template in forms)
    return _Network(name, re.compile(hosts), compiled, frozenset(reserved.split()))


# A tab of a profile still names the profile; any other second folder is a post or the like.
_TAB = (
    r"(?:/(?:about|albums|channels|community|featured|followers|following|info|likes|media|music"
    r"|photos|playlists|popular-tracks|reels|releases|reposts|sets|shorts|streams|tagged|tracks"
    r"|videos|with_replies))?"
)
_LOCALE = r"(?:/[a-z]{2}(?:-[a-z]{2})?)?"
_CHANNEL = r"(?-i:UC[\w-]{22})"

_NETWORKS = (
    _network(
        "instagram",
        r"(?:(?:www|m)\.)?instagram\.com|instagr\.am",
        (rf"/@?(?P<handle>[a-z0-9_.]{{1,30}}){_TAB}", "https://www.instagram.com/{handle}/"),
        reserved="p reel reels tv stories explore accounts about developer legal direct web"
        " share s",
    ),
    _network(
        "x",
        r"(?:(?:www|m|mobile)\.)?(?:twitter|x)\.com",
        (rf"/@?(?P<handle>[a-z0-9_]{{1,20}}){_TAB}", "https://x.com/{handle}"),
        reserved="intent share home search hashtag i explore login signup settings messages tos"
        " notifications privacy about compose download jobs who_to_follow oauth widgets",
    ),
    _network(
        "facebook",
        r"(?:(?:www|m|mobile|web|touch|[a-z]{2}-[a-z]{2})\.)?facebook\.com|(?:www\.)?fb\.com",
        (
            r"/profile\.php\?(?:.*&)?id=(?P<handle>\d+)(?:&.*)?",
            "https://www.facebook.com/profile.php?id={handle}",
        ),
        (
            r"/(?P<folder>pages|people)/(?P<title>[^/]+)/(?P<handle>\d+)",
            "https://www.facebook.com/{folder}/{title}/{handle}",
        ),
        (r"/p/(?P<title>[^/]*-)(?P<handle>\d+)", "https://www.facebook.com/p/{title}{handle}"),
        (
            rf"(?:/pg)?/(?P<handle>[\w.-]{{2,100}}){_TAB}",
            "https://www.facebook.com/{handle}",
        ),
        reserved="ads business dialog events gaming groups hashtag help home.php l.php login"
        " login.php marketplace media media_set notes p pages people permalink.php pg photo"
        " photo.php photos plugins policies privacy profile.php public reel search settings share"
        " share.php sharer sharer.php stories story.php tr video.php videos watch",
    ),
    _network(
        "tiktok",
        r"(?:(?:www|m)\.)?tiktok\.com",
        (r"/@(?P<handle>[\w.]{1,30})", "https://www.tiktok.com/@{handle}"),
    ),
    _network(
        "threads",
        # The service moved from threads.net to threads.com in 2025.
        r"(?:www\.)?threads\.(?:net|com)",
        (
            r"/@(?P<handle>[a-z0-9_.]{1,30})(?:/(?:replies|media|reposts))?",
            "https://www.threads.com/@{handle}",
        ),
    ),
    _network(
        "youtube_music",
        r"music\.youtube\.com",
        (rf"/channel/(?P<handle>{_CHANNEL})", "https://music.youtube.com/channel/{handle}"),
        (r"/@(?P<handle>[\w.·-]{1,60})", "https://music.youtube.com/@{handle}"),
    ),
    _network(
        "youtube",
        r"(?:(?:www|m|gaming)\.)?youtube\.com",
        (
            rf"/channel/(?P<handle>{_CHANNEL}){_TAB}",
            "https://www.youtube.com/channel/{handle}",
        ),
        (rf"/@(?P<handle>[\w.·-]{{1,60}}){_TAB}", "https://www.youtube.com/@{handle}"),
        # The older names live side by side: /user/x, /c/x and /x may be three channels.
        (
            rf"/(?P<folder>user|c)/(?P<handle>[\w.-]{{1,100}}){_TAB}",
            "https://www.youtube.com/{folder}/{handle}",
        ),
        (rf"/(?P<handle>[\w-]{{1,100}}){_TAB}", "https://www.youtube.com/{handle}"),
        reserved="watch playlist embed results feed shorts live v about t premium music gaming"
        " hashtag redirect oembed attribution_link channel user c channels trending account clip"
        " post creators howyoutubeworks kids ads reporthistory signin movies podcasts",
    ),
    _network(
        "soundcloud",
        r"(?:(?:www|m)\.)?soundcloud\.com",
        (rf"/(?P<handle>[a-z0-9_-]{{1,100}}){_TAB}", "https://soundcloud.com/{handle}"),
        reserved="charts discover feed go groups imprint jobs login mobile pages people player"
        " popular search settings signin stations stream tags terms-of-use upload you",
    ),
    _network(
        "bandcamp",
        r"(?P<handle>(?!(?:www|daily|blog|get|help|bandcamp|f4|t4|m)\.)[a-z0-9-]+)\.bandcamp\.com",
        (r"/(?:music|merch|releases|community)?", "https://{handle}.bandcamp.com/"),
    ),
    _network(
        "spotify",
        r"(?:open|play)\.spotify\.com",
        (
            r"(?:/intl-[\w-]+)?(?:/embed)?/artist/(?P<handle>[a-z0-9]{22})(?:/.*)?",
            "https://open.spotify.com/artist/{handle}",
        ),
        (
            r"(?:/intl-[\w-]+)?/user/(?P<handle>[\w.-]{1,60})",
            "https://open.spotify.com/user/{handle}",
        ),
    ),
    _network(
        "apple_music",
        # The country and the name in the path are decoration: P2850 goes without.
        r"(?:(?:geo\.)?music|(?:geo\.)?itunes)\.apple\.com",
        (
            r"(?:/[a-z]{2})?/artist/(?:[^/]+/)?(?:id)?(?P<handle>\d+)",
            "https://music.apple.com/artist/{handle}",
        ),
    ),
    _network(
        "deezer",
        r"(?:www\.)?deezer\.com",
        (rf"{_LOCALE}/artist/(?P<handle>\d+)", "https://www.deezer.com/artist/{handle}"),
    ),
    _network(
        "tidal",
        r"(?:(?:www|listen)\.)?tidal\.com",
        (r"(?:/browse)?/artist/(?P<handle>\d+)(?:/u)?", "https://tidal.com/artist/{handle}"),
    ),
    _network(
        "bluesky",
        r"bsky\.app",
        (
            r"/profile/@?(?P<handle>[a-z0-9.-]+\.[a-z]{2,}|did:[a-z0-9:._-]+)",
            "https://bsky.app/profile/{handle}",
        ),
    ),
    _network(
        "twitch",
        r"(?:(?:www|m)\.)?twitch\.tv",
        (rf"/(?P<handle>[a-z0-9_]{{1,25}}){_TAB}", "https://www.twitch.tv/{handle}"),
        reserved="videos directory p settings downloads jobs search turbo store subscriptions",
    ),
    _network(
        "patreon",
        r"(?:www\.)?patreon\.com",
        (r"/user\?(?:.*&)?u=(?P<handle>\d+)(?:&.*)?", "https://www.patreon.com/user?u={handle}"),
        (
            r"(?:/cw?)?/(?P<handle>[\w-]{1,100})(?:/(?:posts|about))?",
            "https://www.patreon.com/{handle}",
        ),
        reserved="posts user home search login join c cw collection policy",
    ),
    _network(
        "linkedin",
        r"(?:(?:www|[a-z]{2})\.)?linkedin\.com",
        (
            r"/(?P<folder>in|company|school)/(?P<handle>[^/?#\s]{1,100})",
            "https://www.linkedin.com/{folder}/{handle}/",
        ),
    ),
    _network(
        "myspace",
        r"(?:(?:www|new)\.)?myspace\.com",
        (rf"/(?P<handle>[\w.-]{{1,100}}){_TAB}", "https://myspace.com/{handle}"),
        reserved="music video discover search people signin artist song album mixes index.cfm",
    ),
    _network(
        "tumblr",
        r"(?:www\.)?tumblr\.com",
        (r"(?:/blog(?:/view)?)?/@?(?P<handle>[a-z0-9-]{1,32})", "https://{handle}.tumblr.com/"),
        reserved="blog dashboard explore login register search tagged share widgets www assets",
    ),
    _network(
        "tumblr",
        r"(?P<handle>(?!(?:www|assets|media|api|static)\.)[a-z0-9-]+)\.tumblr\.com",
        (r"/(?:archive|about)?", "https://{handle}.tumblr.com/"),
    ),
    _network(
        "vk",
        r"(?:(?:www|m|new)\.)?(?:vk\.(?:com|ru)|vkontakte\.ru)",
        (r"/(?P<handle>[a-z0-9_.]{2,50})", "https://vk.com/{handle}"),
        reserved="feed share.php widgets dev about login search video music audios im apps"
        " away.php",
    ),
    _network(
        "weibo",
        r"(?:(?:www|m)\.)?weibo\.(?:com|cn)",
        (r"/(?P<folder>u|n)/(?P<handle>\w{1,40})", "https://weibo.com/{folder}/{handle}"),
        (r"/(?P<handle>[a-z0-9_-]{2,40})", "https://weibo.com/{handle}"),
        reserved="u n login.php signup search hot tv p d",
    ),
    _network(
        "genius",
        r"(?:www\.)?genius\.com",
        (r"/artists/(?P<handle>[^/?#\s]{1,200})", "https://genius.com/artists/{handle}"),
    ),
    _network(
        "discogs",
        # Old links carry the name in place of the number, and namesakes share it.
        r"(?:www\.)?discogs\.com",
        (
            rf"{_LOCALE}/artist/(?P<handle>\d+)(?:-.*)?",
            "https://www.discogs.com/artist/{handle}",
        ),
    ),
    _network(
        "allmusic",
        r"(?:www\.)?allmusic\.com",
        (
            r"/artist/(?:.*-)?(?P<handle>(?-i:mn\d{10}))(?:/.*)?",
            "https://www.allmusic.com/artist/{handle}",
        ),
    ),
    _network(
        "lastfm",
        r"(?:www\.)?(?:last\.fm|lastfm\.[a-z.]{2,6})",
        (rf"{_LOCALE}/music/(?P<handle>[^/?#\s]{{1,200}})", "https://www.last.fm/music/{handle}"),
    ),
    _network(
        "songkick",
        r"(?:www\.)?songkick\.com",
        (r"/artists/(?P<handle>\d+)(?:-.*)?", "https://www.songkick.com/artists/{handle}"),
    ),
    _network(
        "bandsintown",
        r"(?:www\.)?bandsintown\.com",
        (r"/a/(?P<handle>\d+)(?:-.*)?", "https://www.bandsintown.com/a/{handle}"),
    ),
    _network(
        "imdb",
        r"(?:(?:www|m)\.)?imdb\.com",
        (r"/name/(?P<handle>(?-i:nm\d{7,10}))(?:/.*)?", "https://www.imdb.com/name/{handle}/"),
    ),
    _network(
        "musicbrainz",
        r"(?:(?:www|beta)\.)?musicbrainz\.org",
        (
            r"/artist/(?P<handle>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:/.*)?",
            "https://musicbrainz.org/artist/{handle}",
        ),
    ),
    _network(
        "wikidata",
        r"(?:(?:www|m)\.)?wikidata\.org",
        (r"/(?:wiki|entity)/(?P<handle>(?-i:Q\d+))", "https://www.wikidata.org/wiki/{handle}"),
    ),
    _network(
        "wikipedia",
        r"(?P<language>[a-z]{2,3}(?:-[a-z]+)?)(?:\.m)?\.wikipedia\.org",
        (r"/wiki/(?P<handle>[^/?#\s]+)", "https://{language}.wikipedia.org/wiki/{handle}"),
    ),
    _network(
        "linktree",
        r"(?:www\.)?linktr\.ee",
        (r"/(?P<handle>[\w.]{1,60})", "https://linktr.ee/{handle}"),
        reserved="login register discover marketplace s",
    ),
    _network(
        "beatstars",
        r"(?:www\.)?beatstars\.com",
        (
            r"/(?P<handle>[\w-]{1,60})(?:/(?:about|tracks|feed))?",
            "https://www.beatstars.com/{handle}",
        ),
        reserved="beat tracks search feed login signup pricing beats music",
    ),
    _network(
        "reddit",
        r"(?:(?:www|old|new|np)\.)?reddit\.com",
        (r"/(?:user|u)/(?P<handle>[\w-]{3,20})", "https://www.reddit.com/user/{handle}/"),
    ),
    _network(
        "telegram",
        r"(?:www\.)?(?:t|telegram)\.me",
        (r"/(?:s/)?(?P<handle>[a-z]\w{3,31})", "https://t.me/{handle}"),
        reserved="share joinchat addstickers proxy",
    ),
    # Which servers run Mastodon cannot be told from a host; these say so or are well known.
    _network(
        "mastodon",
        r"(?P<server>(?:[a-z0-9-]+\.)*(?:mastodon|mstdn)\.[a-z.]+|mas\.to|fosstodon\.org|mastodonapp\.uk)",
        (
            r"/@(?P<handle>\w+(?:[.-]\w+)*)(?:/(?:media|with_replies))?",
            "https://{server}/@{handle}",
        ),
    ),
)

_CASE_MATTERS = frozenset(
    {"website", "spotify", "genius", "lastfm", "wikipedia", "wikidata", "linkedin"}
)

# Hosts of the known networks that hold no profiles, shorteners, and one network that is gone.
_NO_WEBSITE = re.compile(
    r"(?:.+\.)?(?:instagram|facebook|twitter|tiktok|spotify|youtube|soundcloud|bandcamp|tumblr"
    r"|linkedin|patreon|myspace)\.com"
    r"|youtu\.be|t\.co|bit\.ly|tinyurl\.com|goo\.gl|fb\.me|fb\.watch|snd\.sc|spoti\.fi|lnk\.to"
    r"|spotify\.link|plus\.google\.com|(?:.+\.)?wikipedia\.org"
)
