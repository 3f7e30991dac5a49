"""The pipeline, in order."""

from __future__ import annotations

from linernotes.pipeline import Lane
from linernotes.stages import (
    album_discovery,
    artist_discovery,
    producer_identification,
    social_enrichment,
    track_discovery,
)

STAGES = (
    artist_discovery.STAGE,
    album_discovery.STAGE,
    track_discovery.STAGE,
    producer_identification.STAGE,
    social_enrichment.STAGE,
)
LANES = tuple(Lane(stage, source) for stage in STAGES for source in stage.batch)
LANE_OF = {lane.queue: lane for lane in LANES}
