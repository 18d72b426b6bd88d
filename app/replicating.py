"""Replication to each target of a plant folder: its readings, and beside them their figures."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from sqlalchemy import Engine

from alarms.judging.figures import JudgedRows
from alarms.judging.store import JudgementStore
from config.folder import PlantFolder
from config.secrets import SecretMissing, token_of
from history.changed_hours import ChangedHours
from history.embedded import EmbeddedHistory
from history.influx.client import InfluxClient
from history.influx.cursor import CursorRepository
from history.influx.delivery import Delivery
from history.influx.figure_feed import FigureFeed
from history.influx.figure_lines import FigureLineWriter
from history.influx.figures import FigureReplicator
from history.influx.lines import LineWriter
from history.influx.period_figures import PeriodFigures
from history.influx.replicator import Replicator
from history.influx.row_figures import RowFigures
from history.measures import measures_of
from history.periods import Periods
from telemetry.clock import Clock
from telemetry.protocols import Replayable

INFLUXDB: Final = "influxdb"
FIGURES: Final = "influxdb-figures"
JUDGEMENTS: Final = "influxdb-judgements"


def replicators_of(
    folder: PlantFolder, store: Replayable, node: Engine, series_ids: Mapping[str, int], clock: Clock
) -> dict[str, Replicator]:
    """Return what replicates to the folder's targets; ConfigError where a token cannot be had.

    A token's file that is not there yet refuses no node: its target says so, and asks again every minute.
    """
    settings = folder.influx
    if settings is None:
        return {}

    def token() -> str:
        return token_of(settings, folder.path)

    with suppress(SecretMissing):
        token()
    lines, client = LineWriter(folder.plant, series_ids), InfluxClient(settings, token)
    delivery = Delivery(lines, client, settings.rows_per_request)
    cursor = CursorRepository(node, INFLUXDB, settings.address)
    return {INFLUXDB: Replicator(INFLUXDB, settings, store, delivery, cursor, clock)}


def figure_replicators_of(
    folder: PlantFolder,
    history: EmbeddedHistory,
    periods: Periods,
    node: Engine,
    series_ids: Mapping[str, int],
    clock: Clock,
    readings: Mapping[str, Replicator],
) -> dict[str, FigureReplicator]:
    """Return what sends figures to the targets that readings go to."""
    settings = folder.influx
    if settings is None:
        return {}
    beside = settings.model_copy(update={"bucket": settings.figures_bucket})
    changed = ChangedHours(history, periods)
    figures = FigureReplicator(
        FIGURES,
        beside,
        PeriodFigures(
            changed,
            FigureFeed(changed, folder.plant, series_ids, folder.calendar),
            FigureLineWriter(folder.plant, series_ids, measures_of(folder.plant)),
        ),
        InfluxClient(beside, lambda: token_of(settings, folder.path)),
        CursorRepository(node, FIGURES, beside.address),
        readings[INFLUXDB],
        clock,
    )
    return {FIGURES: figures}


def judgement_replicators_of(
    folder: PlantFolder,
    store: JudgementStore,
    node: Engine,
    clock: Clock,
    readings: Mapping[str, Replicator],
) -> dict[str, FigureReplicator]:
    """Return what sends judgements to the targets that readings go to, among their figures."""
    settings = folder.influx
    if settings is None:
        return {}
    beside = settings.model_copy(update={"bucket": settings.figures_bucket})
    judgements = FigureReplicator(
        JUDGEMENTS,
        beside,
        RowFigures(JudgedRows(store, folder.limits, folder.calendar), folder.plant),
        InfluxClient(beside, lambda: token_of(settings, folder.path)),
        CursorRepository(node, JUDGEMENTS, beside.address),
        readings[INFLUXDB],
        clock,
        words=("judgements", "judged hours and days"),
    )
    return {JUDGEMENTS: judgements}
