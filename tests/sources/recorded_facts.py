"""
What the recorded answers say, read from them by eye: the facts, without the sentences.

Each row is the name of an answer, its kind and the whole of its facts. Ids that an answer does
not have itself stand as "artist", "album", "mbid" and "asked".
"""

from __future__ import annotations

from typing import Any

from tests.sources.recorded import AT, ReleaseFacts

from linernotes.catalogue import (
    Album,
    Artist,
    Credit,
    Credited,
    Identity,
    Listing,
    Producer,
    Profile,
    Track,
)
from linernotes.sources.musicbrainz import (
    ArtistProfile,
    FoundRelease,
    ReleaseTrack,
    ReleaseTracks,
)
from linernotes.sources.spotify import AlbumPage, FoundArtist, TrackPage
from linernotes.sources.wikidata import Item

SPOTIFY = "https://open.spotify.com"
MUSICBRAINZ = "https://musicbrainz.org"


def artist(id: str, name: str) -> Artist:
    return Artist(source="spotify", retrieved_at=AT, id=id, name=name, url=f"{SPOTIFY}/artist/{id}")


def album(
    id: str,
    title: str,
    album_type: str,
    release_date: str | None,
    total_tracks: int,
    upc: str | None,
    artists: tuple[Credited, ...],
) -> Album:
    return Album(
        source="spotify",
        retrieved_at=AT,
        id=id,
        title=title,
        album_type=album_type,
        release_date=release_date,
        total_tracks=total_tracks,
        upc=upc,
        url=f"{SPOTIFY}/album/{id}",
        artists=artists,
    )


def listing(album_id: str) -> Listing:
    return Listing(
        source="spotify", retrieved_at=AT, artist_id="artist", album_id=album_id, group="album"
    )


def track(
    id: str,
    album_id: str,
    title: str,
    disc: int,
    number: int,
    length_ms: int | None,
    artists: tuple[Credited, ...],
    title_key: str,
    version: str,
) -> Track:
    return Track(
        source="spotify",
        retrieved_at=AT,
        id=id,
        album_id=album_id,
        title=title,
        disc=disc,
        number=number,
        length_ms=length_ms,
        isrc=None,
        url=f"{SPOTIFY}/track/{id}",
        artists=artists,
        title_key=title_key,
        version=version,
    )


def release(
    id: str,
    title: str,
    tracks: tuple[ReleaseTrack, ...],
    *,
    is_compilation: bool = False,
) -> ReleaseTracks:
    return ReleaseTracks(
        id=id,
        title=title,
        is_compilation=is_compilation,
        tracks=tracks,
        relations=(),
        retrieved_at=AT,
    )


def identity(
    sort_name: str,
    isnis: tuple[str, ...] = (),
    ipis: tuple[str, ...] = (),
    wikidata_id: str | None = None,
) -> Identity:
    return Identity(
        source="musicbrainz",
        retrieved_at=AT,
        producer_id="asked",
        sort_name=sort_name,
        isnis=isnis,
        ipis=ipis,
        wikidata_id=wikidata_id,
        source_url="https://musicbrainz.org/artist/asked",
    )


def producer(id: str, name: str, kind: str | None, disambiguation: str | None) -> Producer:
    return Producer(
        source="musicbrainz",
        retrieved_at=AT,
        id=id,
        name=name,
        kind=kind,
        disambiguation=disambiguation,
        url=f"{MUSICBRAINZ}/artist/{id}",
    )


def credit(track_id: str, producer_id: str, printed_as: str, role: str, page: str) -> Credit:
    """`page` says of what: recording/<id>, the track's own, or release/<id>."""
    return Credit(
        source="musicbrainz",
        retrieved_at=AT,
        track_id=track_id,
        producer_id=producer_id,
        role=role,
        scope="release" if page.startswith("release/") else "track",
        printed_as=printed_as,
        detail=None,
        matched_by="",
        source_url=f"{MUSICBRAINZ}/{page}",
    )


def profile(source_url: str, network: str, handle: str | None, url: str) -> Profile:
    is_wikidata = "wikidata" in source_url
    return Profile(
        source="wikidata" if is_wikidata else "musicbrainz",
        retrieved_at=AT,
        producer_id="mbid" if is_wikidata else "asked",
        network=network,
        handle=handle,
        url=url,
        source_url=source_url,
    )


FACTS: dict[tuple[str, str], Any] = {
    ("spotify/zmb3/find_artist.json", "spotify artist"): artist(
        "0TnOYISbd1XYRBk9myaseg", "Pitbull"
    ),
    ("spotify/joostlek/artist.json", "spotify artist"): artist("0TnOYISbd1XYRBk9myaseg", "Pitbull"),
    ("spotify/spotify-web-api-java/data/artists/GetArtistRequest.json", "spotify artist"): artist(
        "0OdUWJ0sBjDrqHygGUXeCF", "Band of Horses"
    ),
    ("spotify/zmb3/search_artist.json", "spotify search"): (
        FoundArtist(artist("08td7MxkoHQkXnWAYD8d6Q", "Tania Bowra"), ()),
    ),
    (
        "spotify/spotify-web-api-java/data/artists/GetArtistsAlbumsRequest.json",
        "spotify albums",
    ): AlbumPage(
        (
            album(
                "37bCTD5iLWMpDcBanNkkXB",
                "Heaven (David Guetta & MORTEN Remix)",
                "single",
                "2019-08-23",
                2,
                None,
                (
                    Credited("1vCWHaC5f2uS3yhpwWbIA6", "Avicii"),
                    Credited("1Cs0zKBU1kc0i8ypK3B9ai", "David Guetta"),
                    Credited("19HFRWmRCl27kTk6LeqAO8", "MORTEN"),
                ),
            ),
            album(
                "7CvAfGvq4RlIwEbT9o8Iav",
                "Tough Love (Tiësto Remix)",
                "single",
                "2019-06-14",
                2,
                None,
                (Credited("1vCWHaC5f2uS3yhpwWbIA6", "Avicii"),),
            ),
        ),
        (
            listing("37bCTD5iLWMpDcBanNkkXB"),
            listing("7CvAfGvq4RlIwEbT9o8Iav"),
        ),
        2,
    ),
    (
        "spotify/spotdl/test_artist_from_url/albums_54vcxEXcdmpjnRYSne2uA8.json",
        "spotify album",
    ): TrackPage(
        album(
            "54vcxEXcdmpjnRYSne2uA8",
            "Lost (JJD Remix)",
            "single",
            "2017-03-16",
            1,
            "05055199573427",
            (
                Credited("1FPC2zwfMHhrP3frOfaai6", "Kontinuum"),
                Credited("4dRRQxDsUXpBkGqjS7vNcO", "Savoi"),
                Credited("79a4DDvkxUJy73sCJqrC8q", "JJD"),
            ),
        ),
        (
            track(
                "1f4Gs46wyYVDFLjOMLrY1t",
                "54vcxEXcdmpjnRYSne2uA8",
                "Lost - JJD Remix",
                1,
                1,
                261061,
                (
                    Credited("1FPC2zwfMHhrP3frOfaai6", "Kontinuum"),
                    Credited("4dRRQxDsUXpBkGqjS7vNcO", "Savoi"),
                    Credited("79a4DDvkxUJy73sCJqrC8q", "JJD"),
                ),
                "lost",
                "jjd remix",
            ),
        ),
        None,
    ),
    ("spotify/listenbrainz/spotify_cache_album.json", "spotify album"): TrackPage(
        album(
            "1EGlv1JGCUPolWU4qv7bsK",
            "Monsters (feat. Demi Lovato and blackbear)",
            "single",
            "2020-12-04",
            2,
            "00075679794758",
            (
                Credited("46gyXjRIvN1NL1eCB8GBxo", "All Time Low"),
                Credited("6S2OmqARrzebs0tKUEyXyp", "Demi Lovato"),
                Credited("2cFrymmkijnjDg9SS92EPM", "blackbear"),
            ),
        ),
        (
            track(
                "50DMJJpAeQv4fIpxZvQz2e",
                "1EGlv1JGCUPolWU4qv7bsK",
                "Monsters (feat. Demi Lovato and blackbear)",
                1,
                1,
                174424,
                (
                    Credited("46gyXjRIvN1NL1eCB8GBxo", "All Time Low"),
                    Credited("6S2OmqARrzebs0tKUEyXyp", "Demi Lovato"),
                    Credited("2cFrymmkijnjDg9SS92EPM", "blackbear"),
                ),
                "monsters",
                "",
            ),
            track(
                "434dfr9k1ApCKG8KTCC7El",
                "1EGlv1JGCUPolWU4qv7bsK",
                "Monsters (feat. blackbear)",
                1,
                2,
                174067,
                (
                    Credited("46gyXjRIvN1NL1eCB8GBxo", "All Time Low"),
                    Credited("2cFrymmkijnjDg9SS92EPM", "blackbear"),
                ),
                "monsters",
                "",
            ),
        ),
        None,
    ),
    (
        "spotify/spotdl/test_get_search_results/albums_3gD4T2wsMOTvW4AMXKvsGe.json",
        "spotify album",
    ): TrackPage(
        album(
            "3gD4T2wsMOTvW4AMXKvsGe",
            "King Tut Pt. 2",
            "single",
            "2024-05-15",
            2,
            "00808391235106",
            (Credited("0HRGx78eQaMqoHoopLfi2h", "Chuckyy"),),
        ),
        (
            track(
                "3bJbDwRRqWIFlkYEB6DI1I",
                "3gD4T2wsMOTvW4AMXKvsGe",
                "King Tut Pt. 2",
                1,
                1,
                124129,
                (Credited("0HRGx78eQaMqoHoopLfi2h", "Chuckyy"),),
                "kingtutpart2",
                "",
            ),
            track(
                "5NkqrvGruViYTAVyYrZIW9",
                "3gD4T2wsMOTvW4AMXKvsGe",
                "Testimony",
                1,
                2,
                129039,
                (Credited("0HRGx78eQaMqoHoopLfi2h", "Chuckyy"),),
                "testimony",
                "",
            ),
        ),
        None,
    ),
    ("spotify/spotify-web-api-java/data/albums/GetAlbumRequest.json", "spotify album"): TrackPage(
        album(
            "0sNOF9WDwhWunNAHPD3Baj",
            "She's So Unusual",
            "album",
            "1983",
            13,
            "05099749994324",
            (Credited("2BTZIqw0ntH9MvilQ3ewNY", "Cyndi Lauper"),),
        ),
        (
            track(
                "3f9zqUnrnIq0LANhmnaF0V",
                "0sNOF9WDwhWunNAHPD3Baj",
                "Money Changes Everything",
                1,
                1,
                305560,
                (Credited("2BTZIqw0ntH9MvilQ3ewNY", "Cyndi Lauper"),),
                "moneychangeseverything",
                "",
            ),
        ),
        None,
    ),
    (
        "spotify/spotify-web-api-java/data/albums/GetAlbumsTracksRequest.json",
        "spotify tracks",
    ): TrackPage(
        None,
        (
            track(
                "2TpxZ7JUBn3uw46aR7qd6V",
                "album",
                "All I Want",
                1,
                1,
                276773,
                (Credited("08td7MxkoHQkXnWAYD8d6Q", "Tania Bowra"),),
                "alliwant",
                "",
            ),
            track(
                "4PjcfyZZVE10TFd9EKA72r",
                "album",
                "Someday",
                1,
                2,
                247680,
                (Credited("08td7MxkoHQkXnWAYD8d6Q", "Tania Bowra"),),
                "someday",
                "",
            ),
        ),
        2,
    ),
    ("spotify/spotify4s/albums/album_tracks.json", "spotify tracks"): TrackPage(
        None,
        (
            track(
                "267lVml7gJ9xefwgO6E2Ag",
                "album",
                "Shhh / Peaceful",
                1,
                1,
                1094733,
                (Credited("0kbYTNQb4Pb1rPbbaF0pT4", "Miles Davis"),),
                "shhhpeaceful",
                "",
            ),
            track(
                "54a3lHJAwce1dOKrsDPEHv",
                "album",
                "In a Silent Way",
                1,
                2,
                1192333,
                (Credited("0kbYTNQb4Pb1rPbbaF0pT4", "Miles Davis"),),
                "inasilentway",
                "",
            ),
        ),
        None,
    ),
    ("spotify/zmb3/find_album_tracks.json", "spotify tracks"): TrackPage(
        None,
        (
            track(
                "3f9zqUnrnIq0LANhmnaF0V",
                "album",
                "Money Changes Everything",
                1,
                1,
                305560,
                (Credited("2BTZIqw0ntH9MvilQ3ewNY", "Cyndi Lauper"),),
                "moneychangeseverything",
                "",
            ),
        ),
        1,
    ),
    ("spotify/spotify4s/tracks/track_relinking.json", "spotify track"): "GBFFP0300052",
    ("spotify/zmb3/find_track_with_floats.json", "spotify track"): "USRC11301695",
    (
        "spotify/spotify-web-api-java/data/tracks/GetTrackRequestLocal.json",
        "spotify track",
    ): "GBFFP0300052",
    (
        "musicbrainz/mb-server/LookupRelease.08.release_aff4a693-5970-4e2e-bd46-e2ee49c22de7_inc=labels+recordings.json",
        "musicbrainz release",
    ): ReleaseFacts(
        release(
            "aff4a693-5970-4e2e-bd46-e2ee49c22de7",
            "the Love Bug",
            (
                ReleaseTrack(
                    1,
                    1,
                    "the Love Bug",
                    243000,
                    "0cf3008f-e246-428f-abc1-35f87d584d60",
                    (),
                    "2004-03-17",
                    None,
                ),
                ReleaseTrack(
                    1,
                    2,
                    "the Love Bug (Big Bug NYC remix)",
                    222000,
                    "84c98ebf-5d40-4a29-b7b2-0e9c26d9061d",
                    (),
                    "2004-03-17",
                    None,
                ),
                ReleaseTrack(
                    1,
                    3,
                    "the Love Bug (cover)",
                    333000,
                    "3f33fc37-43d0-44dc-bfd6-60efd38810c5",
                    (),
                    "2004-03-17",
                    None,
                ),
            ),
        ),
        (),
        (),
    ),
    (
        "musicbrainz/mb-server/LookupRelease.16.release_28fc2337-985b-3da9-ac40-ad6f28ff0d8e_inc=release-rels+artist-rels.json",
        "musicbrainz release",
    ): ReleaseFacts(
        release(
            "28fc2337-985b-3da9-ac40-ad6f28ff0d8e",
            "LOVE & HONESTY",
            (),
        ),
        (producer("4d5ec626-2251-4bb1-b62a-f24f471e3f2c", "이수만", "person", None),),
        (
            credit(
                "none",
                "4d5ec626-2251-4bb1-b62a-f24f471e3f2c",
                "이수만",
                "executive producer",
                "release/28fc2337-985b-3da9-ac40-ad6f28ff0d8e",
            ),
        ),
    ),
    (
        "musicbrainz/mb-server/LookupRelease.17.release_4f5a6b97-a09b-4893-80d1-eae1f3bfa221_inc=artists+recordings+tags+genres+artist-rels+recording-level-rels.json",
        "musicbrainz release",
    ): ReleaseFacts(
        release(
            "4f5a6b97-a09b-4893-80d1-eae1f3bfa221",
            "For Beginner Piano",
            (
                ReleaseTrack(
                    1,
                    1,
                    "On My Bus",
                    267560,
                    "44704dda-b877-4551-a2a8-c1f764476e65",
                    (),
                    "1999-09-13",
                    (),
                ),
                ReleaseTrack(
                    1,
                    2,
                    "Top & Low Rent",
                    230506,
                    "8920288e-7541-48a7-b23b-f80447c8b1ab",
                    (),
                    "1999-09-13",
                    (),
                ),
                ReleaseTrack(
                    1,
                    3,
                    "Plock",
                    237133,
                    "6e89c516-b0b6-4735-a758-38e31855dcb6",
                    (),
                    "1999-09-13",
                    (),
                ),
                ReleaseTrack(
                    1,
                    4,
                    "Marbles",
                    229826,
                    "791d9b27-ae1a-4295-8943-ded4284f2122",
                    (),
                    "1999-09-13",
                    (),
                ),
                ReleaseTrack(
                    1,
                    5,
                    "Busy Working",
                    217440,
                    "4f392ffb-d3df-4f8a-ba74-fdecbb1be877",
                    (),
                    "1999-09-13",
                    (),
                ),
                ReleaseTrack(
                    1,
                    6,
                    "The Greek Alphabet",
                    227293,
                    "dc891eca-bf42-4103-8682-86068fe732a5",
                    (),
                    "1999-09-13",
                    (),
                ),
                ReleaseTrack(
                    1,
                    7,
                    "Press a Key",
                    244506,
                    "25e9ae0f-8b7d-4230-9cde-9a07f7680e4a",
                    (),
                    "1999-09-13",
                    (),
                ),
                ReleaseTrack(
                    1,
                    8,
                    "Bibi Plone",
                    173960,
                    "6f9c8c32-3aae-4dad-b023-56389361cf6b",
                    (),
                    "1999-09-13",
                    (),
                ),
                ReleaseTrack(
                    1,
                    9,
                    "Be Rude to Your School",
                    208706,
                    "7e379a1d-f2bc-47b8-964e-00723df34c8a",
                    (),
                    "1999-09-13",
                    (),
                ),
                ReleaseTrack(
                    1,
                    10,
                    "Summer Plays Out",
                    320067,
                    "a8614bda-42dc-43c7-ac5f-4067acb6f1c5",
                    (),
                    "1999-09-13",
                    (),
                ),
            ),
        ),
        (producer("3088b672-fba9-4b4b-8ae0-dce13babfbb4", "Plone", "group", None),),
        (
            credit(
                "44704dda-b877-4551-a2a8-c1f764476e65",
                "3088b672-fba9-4b4b-8ae0-dce13babfbb4",
                "Plone",
                "producer",
                "recording/44704dda-b877-4551-a2a8-c1f764476e65",
            ),
            credit(
                "8920288e-7541-48a7-b23b-f80447c8b1ab",
                "3088b672-fba9-4b4b-8ae0-dce13babfbb4",
                "Plone",
                "producer",
                "recording/8920288e-7541-48a7-b23b-f80447c8b1ab",
            ),
            credit(
                "6e89c516-b0b6-4735-a758-38e31855dcb6",
                "3088b672-fba9-4b4b-8ae0-dce13babfbb4",
                "Plone",
                "producer",
                "recording/6e89c516-b0b6-4735-a758-38e31855dcb6",
            ),
            credit(
                "791d9b27-ae1a-4295-8943-ded4284f2122",
                "3088b672-fba9-4b4b-8ae0-dce13babfbb4",
                "Plone",
                "producer",
                "recording/791d9b27-ae1a-4295-8943-ded4284f2122",
            ),
            credit(
                "4f392ffb-d3df-4f8a-ba74-fdecbb1be877",
                "3088b672-fba9-4b4b-8ae0-dce13babfbb4",
                "Plone",
                "producer",
                "recording/4f392ffb-d3df-4f8a-ba74-fdecbb1be877",
            ),
            credit(
                "dc891eca-bf42-4103-8682-86068fe732a5",
                "3088b672-fba9-4b4b-8ae0-dce13babfbb4",
                "Plone",
                "producer",
                "recording/dc891eca-bf42-4103-8682-86068fe732a5",
            ),
            credit(
                "25e9ae0f-8b7d-4230-9cde-9a07f7680e4a",
                "3088b672-fba9-4b4b-8ae0-dce13babfbb4",
                "Plone",
                "producer",
                "recording/25e9ae0f-8b7d-4230-9cde-9a07f7680e4a",
            ),
            credit(
                "6f9c8c32-3aae-4dad-b023-56389361cf6b",
                "3088b672-fba9-4b4b-8ae0-dce13babfbb4",
                "Plone",
                "producer",
                "recording/6f9c8c32-3aae-4dad-b023-56389361cf6b",
            ),
            credit(
                "7e379a1d-f2bc-47b8-964e-00723df34c8a",
                "3088b672-fba9-4b4b-8ae0-dce13babfbb4",
                "Plone",
                "producer",
                "recording/7e379a1d-f2bc-47b8-964e-00723df34c8a",
            ),
            credit(
                "a8614bda-42dc-43c7-ac5f-4067acb6f1c5",
                "3088b672-fba9-4b4b-8ae0-dce13babfbb4",
                "Plone",
                "producer",
                "recording/a8614bda-42dc-43c7-ac5f-4067acb6f1c5",
            ),
        ),
    ),
    (
        "musicbrainz/mb-server/LookupRelease.18.release_ec0d0122-b559-4aa1-a017-7068814aae57_inc=artists+recordings+artist-credits.json",
        "musicbrainz release",
    ): ReleaseFacts(
        release(
            "ec0d0122-b559-4aa1-a017-7068814aae57",
            "Soup",
            (
                ReleaseTrack(
                    1,
                    1,
                    "Galaxie",
                    211133,
                    "c43ee188-0049-4eec-ba2e-0385c5edd2db",
                    (),
                    None,
                    None,
                ),
                ReleaseTrack(
                    1,
                    2,
                    "2 X 4",
                    240400,
                    "c830c239-3f91-4485-9577-4b86f92ad725",
                    (),
                    None,
                    None,
                ),
            ),
        ),
        (),
        (),
    ),
    (
        "musicbrainz/wrtag/release_e47d04a4-7460-427d-a731-cc82386d85f1.json",
        "musicbrainz release",
    ): ReleaseFacts(
        release(
            "e47d04a4-7460-427d-a731-cc82386d85f1",
            "Kat Moda",
            (
                ReleaseTrack(
                    1,
                    1,
                    "Alarms",
                    317933,
                    "93b7876b-c37d-4d42-8b8e-083250e6a8a3",
                    (),
                    "1997",
                    None,
                ),
                ReleaseTrack(
                    1,
                    2,
                    "The Bells",
                    292880,
                    "a8ea2c29-1c4b-456d-a977-19497a11f0a8",
                    (),
                    "1996",
                    None,
                ),
                ReleaseTrack(
                    1,
                    3,
                    "The Bells (Festival mix)",
                    606866,
                    "a5327233-aa63-4b25-9ac4-a18cf35704a8",
                    (),
                    None,
                    None,
                ),
            ),
        ),
        (),
        (),
    ),
    ("musicbrainz/picard/release.json", "musicbrainz release"): ReleaseFacts(
        release(
            "b84ee12a-09ef-421b-82de-0441a926375b",
            "The Dark Side of the Moon",
            (
                ReleaseTrack(
                    1,
                    1,
                    "Speak to Me",
                    68346,
                    "bef3fddb-5aca-49f5-b2fd-d56a23268d63",
                    (),
                    "1972-02-23",
                    None,
                ),
                ReleaseTrack(
                    1,
                    2,
                    "Breathe",
                    168720,
                    "ecbc7c9b-e79d-4ec8-ac77-44e4a7f7f1b8",
                    (),
                    "1973-03-24",
                    None,
                ),
                ReleaseTrack(
                    1,
                    3,
                    "On the Run",
                    230600,
                    "747a79a7-644e-42d4-be86-9adaf44393d8",
                    (),
                    None,
                    None,
                ),
                ReleaseTrack(
                    1,
                    4,
                    "Time",
                    409600,
                    "41959321-f2bb-4580-aa19-16248fe665d3",
                    (),
                    None,
                    None,
                ),
                ReleaseTrack(
                    1,
                    5,
                    "The Great Gig in the Sky",
                    284133,
                    "73b01cea-2dad-4fc2-9e61-02a31477c1b1",
                    (),
                    None,
                    None,
                ),
                ReleaseTrack(
                    1,
                    6,
                    "Money",
                    382746,
                    "7fef22bd-76aa-4803-b56b-93a5d6e70662",
                    (),
                    None,
                    None,
                ),
                ReleaseTrack(
                    1,
                    7,
                    "Us and Them",
                    469853,
                    "2d1201cf-59bb-4ffa-9f52-f5b3afa13346",
                    (),
                    "1973-03-24",
                    None,
                ),
                ReleaseTrack(
                    1,
                    8,
                    "Any Colour You Like",
                    206213,
                    "7c278a16-ae04-460c-88ea-39155cadcd09",
                    (),
                    None,
                    None,
                ),
                ReleaseTrack(
                    1,
                    9,
                    "Brain Damage",
                    226933,
                    "71c0e054-b700-4fd2-a35b-95c7afc566cb",
                    (),
                    None,
                    None,
                ),
                ReleaseTrack(
                    1,
                    10,
                    "Eclipse",
                    131546,
                    "76341a6e-bac9-4ab3-9d9a-3cf1c9ceac80",
                    (),
                    None,
                    None,
                ),
            ),
        ),
        (
            producer(
                "fd1a4572-59ca-40f2-8f55-b82be28bb0ff", "Hipgnosis", None, "UK art design group"
            ),
        ),
        (
            credit(
                "bef3fddb-5aca-49f5-b2fd-d56a23268d63",
                "fd1a4572-59ca-40f2-8f55-b82be28bb0ff",
                "Hipgnosis",
                "producer",
                "release/b84ee12a-09ef-421b-82de-0441a926375b",
            ),
            credit(
                "ecbc7c9b-e79d-4ec8-ac77-44e4a7f7f1b8",
                "fd1a4572-59ca-40f2-8f55-b82be28bb0ff",
                "Hipgnosis",
                "producer",
                "release/b84ee12a-09ef-421b-82de-0441a926375b",
            ),
            credit(
                "747a79a7-644e-42d4-be86-9adaf44393d8",
                "fd1a4572-59ca-40f2-8f55-b82be28bb0ff",
                "Hipgnosis",
                "producer",
                "release/b84ee12a-09ef-421b-82de-0441a926375b",
            ),
            credit(
                "41959321-f2bb-4580-aa19-16248fe665d3",
                "fd1a4572-59ca-40f2-8f55-b82be28bb0ff",
                "Hipgnosis",
                "producer",
                "release/b84ee12a-09ef-421b-82de-0441a926375b",
            ),
            credit(
                "73b01cea-2dad-4fc2-9e61-02a31477c1b1",
                "fd1a4572-59ca-40f2-8f55-b82be28bb0ff",
                "Hipgnosis",
                "producer",
                "release/b84ee12a-09ef-421b-82de-0441a926375b",
            ),
            credit(
                "7fef22bd-76aa-4803-b56b-93a5d6e70662",
                "fd1a4572-59ca-40f2-8f55-b82be28bb0ff",
                "Hipgnosis",
                "producer",
                "release/b84ee12a-09ef-421b-82de-0441a926375b",
            ),
            credit(
                "2d1201cf-59bb-4ffa-9f52-f5b3afa13346",
                "fd1a4572-59ca-40f2-8f55-b82be28bb0ff",
                "Hipgnosis",
                "producer",
                "release/b84ee12a-09ef-421b-82de-0441a926375b",
            ),
            credit(
                "7c278a16-ae04-460c-88ea-39155cadcd09",
                "fd1a4572-59ca-40f2-8f55-b82be28bb0ff",
                "Hipgnosis",
                "producer",
                "release/b84ee12a-09ef-421b-82de-0441a926375b",
            ),
            credit(
                "71c0e054-b700-4fd2-a35b-95c7afc566cb",
                "fd1a4572-59ca-40f2-8f55-b82be28bb0ff",
                "Hipgnosis",
                "producer",
                "release/b84ee12a-09ef-421b-82de-0441a926375b",
            ),
            credit(
                "76341a6e-bac9-4ab3-9d9a-3cf1c9ceac80",
                "fd1a4572-59ca-40f2-8f55-b82be28bb0ff",
                "Hipgnosis",
                "producer",
                "release/b84ee12a-09ef-421b-82de-0441a926375b",
            ),
        ),
    ),
    (
        "musicbrainz/wrtag/release_70130d47-2145-4e61-972e-49d3d21a087e.json",
        "musicbrainz release",
    ): ReleaseFacts(
        release(
            "70130d47-2145-4e61-972e-49d3d21a087e",
            "wipEout",
            (
                ReleaseTrack(
                    1,
                    2,
                    "Cairodrome",
                    315000,
                    "f340d5f0-9f7b-4e47-b176-6ac026ceffd5",
                    (),
                    "1995-09-11",
                    (),
                ),
                ReleaseTrack(
                    1,
                    3,
                    "Cardinal Dancer",
                    322000,
                    "44013c7e-5bde-496a-b267-e1831b62b5b4",
                    ("DEG932303016",),
                    "1995-09-11",
                    (),
                ),
                ReleaseTrack(
                    1,
                    4,
                    "Cold Comfort",
                    306000,
                    "77cae94c-9c15-4889-9540-d2ba9c0654ec",
                    (),
                    "1995-09-11",
                    (),
                ),
                ReleaseTrack(
                    1,
                    5,
                    "DOH‐T",
                    316000,
                    "1c3850d0-1981-45d8-bea9-227acc538938",
                    (),
                    "1995-09-11",
                    (),
                ),
                ReleaseTrack(
                    1,
                    6,
                    "Messij",
                    317000,
                    "ce564c55-77bd-4456-9ee2-2276fae2a5b9",
                    (),
                    "1995-09-11",
                    (),
                ),
                ReleaseTrack(
                    1,
                    7,
                    "Operatique",
                    319000,
                    "1d13dc92-ab2d-4898-a176-ac5edfe7e349",
                    (),
                    "1995-09-11",
                    (),
                ),
                ReleaseTrack(
                    1,
                    8,
                    "Tentative",
                    326000,
                    "a61b6407-22ba-4d1e-b108-6f516b308f2e",
                    (),
                    "1995-09-11",
                    (),
                ),
                ReleaseTrack(
                    1,
                    9,
                    "Trancevaal",
                    308000,
                    "49c6b8a4-b803-4988-b736-c5bc6589e99b",
                    (),
                    "1995-09-11",
                    (),
                ),
                ReleaseTrack(
                    1,
                    10,
                    "Afro‐Ride",
                    386000,
                    "f68e70ca-f770-4748-a862-6770ddcf6f24",
                    (),
                    "1995-09-11",
                    (),
                ),
                ReleaseTrack(
                    1,
                    11,
                    "Chemical Beats",
                    293000,
                    "730a12a9-e40d-4766-bde5-685e108da8bb",
                    ("GBAAA9500062",),
                    "1995-06-26",
                    (),
                ),
                ReleaseTrack(
                    1,
                    12,
                    "Wipe‐Out",
                    375000,
                    "bf47bcc1-38c0-421f-a89f-b5ece7842b11",
                    (),
                    "1995-09-11",
                    (),
                ),
            ),
        ),
        (
            producer(
                "afb6453b-7b86-4f12-a234-f4bb3e78f52c", "CoLD SToRAGE", "person", "aka Tim Wright"
            ),
            producer(
                "1946a82a-f927-40c2-8235-38d64f50d043",
                "The Chemical Brothers",
                "group",
                "British electronic music duo",
            ),
        ),
        (
            credit(
                "f340d5f0-9f7b-4e47-b176-6ac026ceffd5",
                "afb6453b-7b86-4f12-a234-f4bb3e78f52c",
                "CoLD SToRAGE",
                "producer",
                "recording/f340d5f0-9f7b-4e47-b176-6ac026ceffd5",
            ),
            credit(
                "44013c7e-5bde-496a-b267-e1831b62b5b4",
                "afb6453b-7b86-4f12-a234-f4bb3e78f52c",
                "CoLD SToRAGE",
                "producer",
                "recording/44013c7e-5bde-496a-b267-e1831b62b5b4",
            ),
            credit(
                "77cae94c-9c15-4889-9540-d2ba9c0654ec",
                "afb6453b-7b86-4f12-a234-f4bb3e78f52c",
                "CoLD SToRAGE",
                "producer",
                "recording/77cae94c-9c15-4889-9540-d2ba9c0654ec",
            ),
            credit(
                "1c3850d0-1981-45d8-bea9-227acc538938",
                "afb6453b-7b86-4f12-a234-f4bb3e78f52c",
                "CoLD SToRAGE",
                "producer",
                "recording/1c3850d0-1981-45d8-bea9-227acc538938",
            ),
            credit(
                "ce564c55-77bd-4456-9ee2-2276fae2a5b9",
                "afb6453b-7b86-4f12-a234-f4bb3e78f52c",
                "CoLD SToRAGE",
                "producer",
                "recording/ce564c55-77bd-4456-9ee2-2276fae2a5b9",
            ),
            credit(
                "1d13dc92-ab2d-4898-a176-ac5edfe7e349",
                "afb6453b-7b86-4f12-a234-f4bb3e78f52c",
                "CoLD SToRAGE",
                "producer",
                "recording/1d13dc92-ab2d-4898-a176-ac5edfe7e349",
            ),
            credit(
                "a61b6407-22ba-4d1e-b108-6f516b308f2e",
                "afb6453b-7b86-4f12-a234-f4bb3e78f52c",
                "CoLD SToRAGE",
                "producer",
                "recording/a61b6407-22ba-4d1e-b108-6f516b308f2e",
            ),
            credit(
                "49c6b8a4-b803-4988-b736-c5bc6589e99b",
                "afb6453b-7b86-4f12-a234-f4bb3e78f52c",
                "CoLD SToRAGE",
                "producer",
                "recording/49c6b8a4-b803-4988-b736-c5bc6589e99b",
            ),
            credit(
                "730a12a9-e40d-4766-bde5-685e108da8bb",
                "1946a82a-f927-40c2-8235-38d64f50d043",
                "The Chemical Brothers",
                "producer",
                "recording/730a12a9-e40d-4766-bde5-685e108da8bb",
            ),
        ),
    ),
    ("musicbrainz/wrtag/release_search_index.json", "musicbrainz releases found"): [
        FoundRelease(
            "e47d04a4-7460-427d-a731-cc82386d85f1",
            3,
            None,
            "Official",
        ),
    ],
    ("musicbrainz/mb-server/LookupISRC.00.isrc_GBAAA9900303.json", "musicbrainz isrc"): (),
    (
        "musicbrainz/mb-server/BrowseRecordings.02.recording_release=adcf7b48-086e-48ee-b420-1001f88d672f_limit=4.json",
        "musicbrainz recordings",
    ): {},
    (
        "musicbrainz/mb-server/LookupArtist.03.artist_05d83760-08b5-42bb-a8d7-00d80b3bf47c_inc=url-rels.json",
        "musicbrainz artist",
    ): ArtistProfile(
        producer("asked", "Paul Allgood", "person", None),
        identity("Allgood, Paul"),
        (
            profile(
                "https://musicbrainz.org/artist/asked",
                "website",
                None,
                "https://www.paulallgood.com/",
            ),
            profile(
                "https://musicbrainz.org/artist/asked",
                "website",
                None,
                "https://members.boardhost.com/wedlock/",
            ),
        ),
    ),
    ("musicbrainz/hqub/artist-get.json", "musicbrainz artist"): ArtistProfile(
        producer("asked", "Bob Dylan", "person", None),
        identity("Dylan, Bob", ("0000000121479733",), ("00008955074", "00008955172"), "Q392"),
        (
            profile(
                "https://musicbrainz.org/artist/asked",
                "spotify",
                "74ASZWbe4lXaubB36ztrGX",
                "https://open.spotify.com/artist/74ASZWbe4lXaubB36ztrGX",
            ),
            profile(
                "https://musicbrainz.org/artist/asked",
                "deezer",
                "808",
                "https://www.deezer.com/artist/808",
            ),
            profile(
                "https://musicbrainz.org/artist/asked",
                "myspace",
                "bobdylan",
                "https://myspace.com/bobdylan",
            ),
            profile(
                "https://musicbrainz.org/artist/asked", "website", None, "https://bobdylan.com/"
            ),
            profile(
                "https://musicbrainz.org/artist/asked", "x", "bobdylan", "https://x.com/bobdylan"
            ),
            profile(
                "https://musicbrainz.org/artist/asked",
                "facebook",
                "bobdylan",
                "https://www.facebook.com/bobdylan",
            ),
            profile(
                "https://musicbrainz.org/artist/asked",
                "instagram",
                "bobdylan",
                "https://www.instagram.com/bobdylan/",
            ),
            profile(
                "https://musicbrainz.org/artist/asked",
                "soundcloud",
                "bobdylan",
                "https://soundcloud.com/bobdylan",
            ),
            profile(
                "https://musicbrainz.org/artist/asked",
                "apple_music",
                "462006",
                "https://music.apple.com/artist/462006",
            ),
            profile(
                "https://musicbrainz.org/artist/asked", "tidal", "80", "https://tidal.com/artist/80"
            ),
            profile(
                "https://musicbrainz.org/artist/asked",
                "youtube",
                "UCnRI0ay61tY-fKYzzB3fCnw",
                "https://www.youtube.com/channel/UCnRI0ay61tY-fKYzzB3fCnw",
            ),
        ),
    ),
    (
        "musicbrainz/mb-server/LookupURL.04.url_e0a79771-e9f0-4127-b58a-f5e6869c8e96_inc=artist-rels.json",
        "musicbrainz url",
    ): {},
    ("wikidata/dahlia/Q1299.json", "wikidata entities"): [
        (
            Item(
                "Q1299",
                ("b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d", "b06f5860-ce8f-4d8f-92ee-6c6f165ef8ef"),
                (
                    ("P856", "http://www.thebeatles.com"),
                    ("P2003", "thebeatles"),
                    ("P2002", "thebeatles"),
                    ("P2013", "thebeatles"),
                    ("P1902", "3WrFJ7ztbogyGnTHbHJFl2"),
                ),
                AT,
            ),
            (
                profile(
                    "https://www.wikidata.org/wiki/Q1299",
                    "website",
                    None,
                    "https://www.thebeatles.com/",
                ),
                profile(
                    "https://www.wikidata.org/wiki/Q1299",
                    "instagram",
                    "thebeatles",
                    "https://www.instagram.com/thebeatles/",
                ),
                profile(
                    "https://www.wikidata.org/wiki/Q1299",
                    "x",
                    "thebeatles",
                    "https://x.com/thebeatles",
                ),
                profile(
                    "https://www.wikidata.org/wiki/Q1299",
                    "facebook",
                    "thebeatles",
                    "https://www.facebook.com/thebeatles",
                ),
                profile(
                    "https://www.wikidata.org/wiki/Q1299",
                    "spotify",
                    "3WrFJ7ztbogyGnTHbHJFl2",
                    "https://open.spotify.com/artist/3WrFJ7ztbogyGnTHbHJFl2",
                ),
            ),
        ),
    ],
    ("wikidata/dahlia/P434.json", "wikidata entities"): [
        (
            Item("P434", (), (), AT),
            (),
        ),
    ],
    ("wikidata/dahlia/P2003.json", "wikidata entities"): [
        (
            Item("P2003", (), (), AT),
            (),
        ),
    ],
    ("wikidata/wikibase-sdk/wbgetentities_response.json", "wikidata entities"): [
        (
            Item("Q3235026", (), (), AT),
            (),
        ),
    ],
    ("wikidata/wikibase-sdk/Q328212.json", "wikidata entity"): [
        (
            Item(
                "Q328212",
                (),
                (("P856", "http://veronicarothbooks.blogspot.com"),),
                AT,
            ),
            (
                profile(
                    "https://www.wikidata.org/wiki/Q328212",
                    "website",
                    None,
                    "https://veronicarothbooks.blogspot.com/",
                ),
            ),
        ),
    ],
    ("wikidata/wikibase-sdk/empty_values.json", "wikidata entity"): [
        (
            Item("Q4115189", (), (), AT),
            (),
        ),
    ],
    ("wikidata/wikibase-sdk/cirrus_search_response.json", "wikidata search"): {"mbid": ("Q1",)},
}
