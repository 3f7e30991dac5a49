"""A real artist's recorded walk: everything that we ask Spotify can be answered from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.recorded_walk import read_walk
from tests.walks import settings_for, walk

from linernotes.db.report import Coverage
from linernotes.sandbox import running
from linernotes.stages.artist_discovery import ArtistDiscovery

ARTIST = "1FPC2zwfMHhrP3frOfaai6"


@pytest.fixture
def walked_folder(recorded: Path) -> Path:
    return recorded / "spotify" / "spotdl" / "test_artist_from_url"


async def test_a_recorded_walk_answers_every_request_and_no_source_knows_a_producer(
    dsn: str, walked_folder: Path
) -> None:
    recorded = read_walk(walked_folder)
    with running(recorded.app()) as url:
        used = settings_for(
            url, spotify=f"{url}/v1", musicbrainz=f"{url}/ws/2", wikidata=f"{url}/w/api.php"
        )
        root = ArtistDiscovery(source="spotify", by="id", asked=ARTIST)
        result = await walk(dsn, used, root)

    assert recorded.unanswered == []
    assert result.artist == ARTIST
    assert result.producers == []
    assert result.coverage == Coverage(
        credited=0,
        silent=0,
        unknown=8,
        waiting=0,
        unread=0,
        refused=0,
        failed=0,
        total=8,
        albums=8,
        albums_read=8,
        lists_open=0,
    )
    assert len(recorded.requests) == len(set(recorded.requests))
