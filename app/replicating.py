"""Replication to each target of a plant folder."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Engine

from config.folder import PlantFolder
from config.secrets import token_of
from history.influx.client import InfluxClient
from history.influx.cursor import CursorRepository
from history.influx.delivery import Delivery
from history.influx.lines import LineWriter
from history.influx.replicator import Replicator
from telemetry.clock import Clock
from telemetry.protocols import Replayable

INFLUXDB: Final = "influxdb"


def replicators_of(
    folder: PlantFolder, store: Replayable, node: Engine, series_ids: Mapping[str, int], clock: Clock
) -> dict[str, Replicator]:
    """Return what replicates to the folder's targets; ConfigError where a token cannot be had."""
    settings = folder.influx
    if settings is None:
        return {}

    def token() -> str:
        return token_of(settings, folder.path)

    token()
    lines, client = LineWriter(folder.plant, series_ids), InfluxClient(settings, token)
    delivery = Delivery(lines, client, settings.rows_per_request)
    cursor = CursorRepository(node, INFLUXDB, settings.address)
    return {INFLUXDB: Replicator(INFLUXDB, settings, store, delivery, cursor, clock)}
