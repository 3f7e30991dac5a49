"""
The worlds are what they say: a client that follows the rules finds exactly their truth.

The client here is written for these tests alone, from the rules as they are documented, and
shares no code with Linernotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from linernotes.sandbox import small_world
from linernotes.sandbox.generated import generate
from linernotes.sandbox.world import ROLES, Credit, Profile, State, World, fold

INC = "recordings+artist-credits+isrcs+recording-level-rels+artist-rels+url-rels+release-groups"
PRODUCER = ("5c0ceac3-feb4-41f0-868d-dc06f6e27fc0", "8bf377ba-8d71-4ecc-97f2-7bb2d8a2a75f")
SPECIAL = {"125ec42a-7229-4250-afc5-e057484327fe", "89ad4ac3-39f7-470e-963a-56509c546377"}
TOLERANCE_MS = 3000
NOISE = re.compile(r" \(feat\. [^)]*\)| - Remastered \d+| \(Remastered\)")
VERSION = re.compile(
    r"(?: - (Live|Instrumental|Acoustic|\w+ Remix)| \((live|instrumental|acoustic|\w+ remix)\))$",
    re.I,
)
PROFILE_TYPES = (
    "social network", "youtube", "soundcloud", "bandcamp", "official homepage",
)  # fmt: skip
CLAIMS = {
    "P2003": ("instagram", "https://www.instagram.com/$1/"),
    "P2002": ("x", "https://x.com/$1"),
    "P2013": ("facebook", "https://www.facebook.com/$1"),
    "P7085": ("tiktok", "https://www.tiktok.com/@$1"),
    "P2397": ("youtube", "https://www.youtube.com/channel/$1"),
    "P3040": ("soundcloud", "https://soundcloud.com/$1"),
    "P3283": ("bandcamp", "https://$1.bandcamp.com/"),
    "P856": ("website", "$1"),
}  # fmt: skip


def key(title: str) -> tuple[str, str]:
    plain = NOISE.sub("", title)
    version = VERSION.search(plain)
    return fold(VERSION.sub("", plain)), (version[1] or version[2]).lower() if version else ""


def near(one: int | None, other: int | None) -> bool:
    return one is None or other is None or abs(one - other) <= TOLERANCE_MS


class Reader:
    """Walks one artist through the three services and keeps what they say."""

    def __init__(self, caller: Any) -> None:
        self.caller = caller
        self.states: dict[str, State] = {}
        self.credits: set[Credit] = set()
        self.producers: set[str] = set()

    def albums(self, artist_id: str) -> Iterator[dict[str, Any]]:
        for group in ("album", "single", "compilation"):
            offset: int | None = 0
            while offset is not None:
                page = self.caller.spotify(
                    f"/artists/{artist_id}/albums",
                    include_groups=group, market="US", limit=10, offset=offset,
                ).json()  # fmt: skip
                yield from page["items"]
                offset = offset + 10 if page["next"] else None

    def read(self, artist_id: str) -> None:
        for stub in self.albums(artist_id):
            album = self.caller.spotify(f"/albums/{stub['id']}", market="US").json()
            tracks = album["tracks"]["items"]
            own = [t for t in tracks if artist_id in [a["id"] for a in t["artists"]]]
            release = self.release(album) or (self.by_isrc(album, own[0]) if own else None)
            for track in own:
                self.note(track, release)

    def release(self, album: dict[str, Any]) -> dict[str, Any] | None:
        for mbid in [*self.by_link(album), *self.by_barcode(album)]:
            return self.looked_up(mbid)
        for mbid in self.by_title(album):
            release = self.looked_up(mbid)
            if self.is_same(album, release):
                return release
        return None

    def looked_up(self, mbid: str) -> dict[str, Any]:
        body: dict[str, Any] = self.caller.brainz(
            f"/release/{mbid}", inc=INC.replace("+", " ")
        ).json()
        return body

    def by_link(self, album: dict[str, Any]) -> list[str]:
        page = f"https://open.spotify.com/album/{album['id']}"
        found = self.caller.brainz("/url", resource=page, inc="release-rels")
        if found.status_code == 404:
            return []
        return [r["release"]["id"] for r in found.json()["relations"]]

    def by_barcode(self, album: dict[str, Any]) -> list[str]:
        upc = album["external_ids"].get("upc")
        if upc is None:
            return []
        forms = " OR ".join({upc, upc[1:], upc[2:]})
        found = self.caller.brainz("/release", query=f"barcode:({forms})").json()
        return [r["id"] for r in found["releases"]]

    def by_title(self, album: dict[str, Any]) -> list[str]:
        title, artist = (
            t.replace('"', '\\"') for t in (album["name"], album["artists"][0]["name"])
        )
        found = self.caller.brainz(
            "/release", query=f'release:"{title}" AND artist:"{artist}"'
        ).json()
        return [
            r["id"]
            for r in found["releases"]
            if fold(r["title"]) == fold(album["name"])
            and fold(r["artist-credit"][0]["name"]) == fold(album["artists"][0]["name"])
        ]

    def by_isrc(self, album: dict[str, Any], track: dict[str, Any]) -> dict[str, Any] | None:
        """
        The last resort: the ISRC of one track, and a release its recording is on.

        Unless it is the album, what is said of the whole release is not said of the album.
        """
        ids = self.caller.spotify(f"/tracks/{track['id']}", market="US").json()["external_ids"]
        found = self.caller.brainz(f"/isrc/{ids.get('isrc', 'ZZSBX9999999')}", inc="releases")
        if found.status_code == 404:
            return None
        releases = [r for recording in found.json()["recordings"] for r in recording["releases"]]
        if not releases:
            return None
        release = self.looked_up(releases[0]["id"])
        return release if self.is_same(album, release) else release | {"relations": []}

    def is_same(self, album: dict[str, Any], release: dict[str, Any]) -> bool:
        here = [t["duration_ms"] for t in album["tracks"]["items"]]
        there = [t["length"] for medium in release["media"] for t in medium["tracks"]]
        return len(here) == len(there) and any(there) and all(map(near, here, there))

    def note(self, track: dict[str, Any], release: dict[str, Any] | None) -> None:
        found = self.recording(track, release) if release else None
        if found is None or release is None:
            self.states[track["id"]] = "unknown"
            return
        stated = {
            *self.named(track, found["relations"], 0),
            *self.named(track, release["relations"], 1),
        }
        if "Compilation" in release["release-group"]["secondary-types"]:
            stated = {self.compiled(c) for c in stated}
        self.credits |= stated
        self.states[track["id"]] = "credited" if any(c.role in ROLES for c in stated) else "silent"

    def compiled(self, credit: Credit) -> Credit:
        if credit.scope == "track" or credit.role not in ROLES:
            return credit
        return Credit(
            credit.track_id,
            credit.producer_id,
            "compilation producer",
            "release",
            credit.printed_as,
        )

    def recording(self, track: dict[str, Any], release: dict[str, Any]) -> dict[str, Any] | None:
        every = [(m["position"], t) for m in release["media"] for t in m["tracks"]]
        wanted = key(track["name"])
        place = track["disc_number"], track["track_number"]
        here = [t for disc, t in every if (disc, t["position"]) == place]
        same = [
            t for _, t in every
            if key(t["title"]) == wanted and near(track["duration_ms"], t["length"])
        ]  # fmt: skip
        titled = [t for t in here if key(t["title"]) == wanted] or (same if len(same) == 1 else [])
        as_long = [t for t in here if t["length"] and near(track["duration_ms"], t["length"])]
        return dict((titled or as_long)[0]["recording"]) if titled or as_long else None

    def named(self, track: dict[str, Any], relations: list[Any], place: int) -> Iterator[Credit]:
        for relation in relations:
            if relation["type-id"] == PRODUCER[place] and relation["artist"]["id"] not in SPECIAL:
                self.producers.add(relation["artist"]["id"])
                yield Credit(
                    track["id"],
                    relation["artist"]["id"],
                    self.role(relation),
                    "release" if place else "track",
                    relation["target-credit"] or relation["artist"]["name"],
                )

    def role(self, relation: dict[str, Any]) -> str:
        attributes = relation["attributes"]
        task = relation["attribute-values"].get("task", "")
        if "executive" in attributes:
            return "executive producer"
        for apart in ("vocal", "video"):
            if task.startswith(apart):
                return f"{apart} producer"
        for attribute in ("co", "additional", "assistant", "associate"):
            if attribute in attributes:
                return "co-producer" if attribute == "co" else f"{attribute} producer"
        return "producer"

    def profiles(self) -> set[Profile]:
        return {p for mbid in self.producers for p in self.profiles_of(mbid)}

    def profiles_of(self, mbid: str) -> Iterator[Profile]:
        artist = self.caller.brainz(f"/artist/{mbid}", inc="url-rels").json()
        links = [r for r in artist["relations"] if not r["ended"]]
        for link in links:
            if link["type"] in PROFILE_TYPES:
                yield Profile(mbid, *self.network(link["url"]["resource"]), "musicbrainz")
        items = [r["url"]["resource"].rsplit("/")[-1] for r in links if r["type"] == "wikidata"]
        entities = self.entities("|".join(items or self.stating(mbid)))
        for entity in entities:
            if items or mbid in self.values(entity, "P434"):
                for property, (network, pattern) in CLAIMS.items():
                    for value in self.values(entity, property):
                        yield Profile(mbid, network, pattern.replace("$1", value), "wikidata")

    def stating(self, mbid: str) -> list[str]:
        search = f"haswbstatement:P434={mbid}"
        found = self.caller.wikidata(action="query", list="search", srsearch=search).json()
        return [hit["title"] for hit in found["query"]["search"]]

    def entities(self, ids: str) -> list[Any]:
        if not ids:
            return []
        found = self.caller.wikidata(action="wbgetentities", ids=ids, props="claims").json()
        return list(found["entities"].values())

    def values(self, entity: dict[str, Any], property: str) -> list[str]:
        stated = (entity["claims"] or {}).get(property, [])
        ranks = {s["rank"] for s in stated}
        best = "preferred" if "preferred" in ranks else "normal"
        return [
            s["mainsnak"]["datavalue"]["value"]
            for s in stated
            if s["rank"] == best and s["mainsnak"]["snaktype"] == "value" and not self.ended(s)
        ]

    def ended(self, statement: dict[str, Any]) -> bool:
        ends = statement.get("qualifiers", {}).get("P582", [])
        return any(end["datavalue"]["value"]["time"] < "+2026-11-24" for end in ends)

    def network(self, url: str) -> tuple[str, str]:
        url = url.replace("https://twitter.com/", "https://x.com/")
        if ".bandcamp.com" in url:
            return "bandcamp", url
        for host in ("instagram", "x", "facebook", "tiktok", "youtube", "soundcloud"):
            if re.match(rf"https://(www\.)?{host}\.com/", url):
                return host, url
        return "website", url


WORLDS: dict[str, Callable[[], World]] = {
    "small": small_world,
    **{f"seed {seed}": (lambda seed=seed: generate(seed, 40)) for seed in range(8)},  # type: ignore[misc]
}


@pytest.mark.parametrize("build", WORLDS.values(), ids=WORLDS)
def test_following_the_rules_leads_to_the_truth(build: Callable[[], World], call: Any) -> None:
    world = build()
    for artist_id in world.listings:
        truth, reader = world.truth(artist_id), Reader(call(world))
        reader.read(artist_id)

        assert reader.states == truth.states
        assert reader.credits == truth.credits | truth.apart
        assert reader.profiles() == truth.profiles


@pytest.mark.parametrize("build", WORLDS.values(), ids=WORLDS)
def test_tracks_of_one_recording_are_told_by_title_version_artist_and_length(
    build: Callable[[], World],
) -> None:
    """The partition in the truth is the one that Spotify's own data allow to find."""
    world = build()
    for artist_id in world.listings:
        groups: dict[Any, list[Any]] = {}
        for track in world.own_tracks(artist_id):
            groups.setdefault((*key(track.name), track.artist_ids[0]), []).append(track)

        parts = {frozenset(t.id for t in group) for group in groups.values()}

        assert parts == world.truth(artist_id).recordings
        for group in groups.values():
            lengths = [t.length_ms for t in group]
            assert max(lengths) - min(lengths) <= TOLERANCE_MS
