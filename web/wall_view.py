"""The wall's content at one moment: the panels in the order of the drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alarms.active import ActiveAlarm, rank
from alarms.journal import JournalRecord
from config.folder import PlantFolder
from telemetry.clock import US_PER_S
from telemetry.protocols import LinkState
from web import analysers, bands, discharge, formats, metrics, naming, picture
from web.alarm_view import AlarmLine, AlarmSpeaker, JournalLine, marks
from web.bands import LimitsByTag
from web.day_charts import charts
from web.present import Present, Presenter

LISTED = 4


@dataclass(frozen=True, slots=True)
class Tile:
    """One regulated item: its limits of today, its present value and what that breaches."""

    item: discharge.Item
    present: Present
    verdict: str


@dataclass(frozen=True, slots=True)
class AnalyserRow:
    """One analyser: what it does now, and how old its last result is."""

    analyser: analysers.Analyser
    state: str
    sampled_us: int | None
    age: str | None


@dataclass(frozen=True, slots=True)
class Channel:
    """A line, a device or a topic, and how it stands."""

    id: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class AlarmPanel:
    """What the alarm panel and the band say."""

    lines: list[AlarmLine]
    shown: list[AlarmLine]
    unacknowledged: int
    loud: list[AlarmLine]
    last: JournalLine | None = None
    last_at: str = ""

    @property
    def hidden(self) -> int:
        """How many found no place in the list."""
        return len(self.lines) - len(self.shown)


def alarm_panel(
    active: Sequence[ActiveAlarm], speaker: AlarmSpeaker, last: JournalRecord | None
) -> AlarmPanel:
    """Return the panel for the alarms that are not normal; `last` is the newest that was raised."""
    lines = speaker.lines(sorted(active, key=rank))
    return AlarmPanel(
        lines=lines,
        shown=lines[:LISTED],
        unacknowledged=sum(line.unacknowledged for line in lines),
        loud=[line for line in lines if line.loud],
        last=None if last is None else speaker.record(last),
        last_at="" if last is None else speaker.moment(last.at_us),
    )


def wall(
    folder: PlantFolder,
    active: Sequence[ActiveAlarm],
    panel: AlarmPanel,
    speaker: AlarmSpeaker,
    presenter: Presenter,
) -> dict[str, Any]:
    """Return what the wall's template needs."""
    language, day = presenter.language, speaker.today
    items = discharge.items(folder, day, language)
    tiles = [_tile(item, presenter) for item in items]
    limits = bands.limits_by_tag(folder.rules_on(day))
    return {
        "panel": panel,
        "marks": marks(active, folder),
        "tiles": tiles,
        "worst": discharge.worst([tile.verdict for tile in tiles]),
        "picture": picture.draw(folder, day, language),
        "analyser_rows": [_analyser_row(a, presenter) for a in analysers.analysers(folder, language)],
        "power": _power(folder, limits, presenter),
        "charts": charts(folder, items, limits, presenter.language),
        "channels": _channels(folder, presenter),
        "newest_us": _newest_us(folder, presenter),
        "present": presenter,
        "speaker": speaker,
    }


def _tile(item: discharge.Item, presenter: Presenter) -> Tile:
    present = presenter.of(item.point, item.decimals)
    return Tile(item, present, item.verdict(present))


def _analyser_row(analyser: analysers.Analyser, presenter: Presenter) -> AnalyserRow:
    sampled_us = None
    if analyser.sampled is not None:
        sample = presenter.latest(analyser.sampled, presenter.now_us)
        if sample.time_us and sample.value > 0:
            sampled_us = int(sample.value) * US_PER_S
    return AnalyserRow(
        analyser=analyser,
        state=analyser.state(presenter.word_of(analyser.status)),
        sampled_us=sampled_us,
        age=None if sampled_us is None else presenter.since(sampled_us),
    )


def _power(folder: PlantFolder, limits: LimitsByTag, presenter: Presenter) -> metrics.Metric | None:
    """The plant's own power: the first of its kW that belongs to no machine."""
    point = next((p for p in folder.plant.points if p.engineering_unit == "kW" and p.equipment is None), None)
    if point is None:
        return None
    own = limits.get(point.tag, {})
    return metrics.Metric(
        label=naming.short(presenter.language.name(point.name), ""),
        measure="kW",
        points=(point,),
        decimals=formats.decimals(point),
        band=bands.band(point, own),
    )


def _channels(folder: PlantFolder, presenter: Presenter) -> list[Channel]:
    found = []
    for point in folder.plant.points:
        if point.is_link and point.channel is not None:
            sample = presenter.latest(point.tag, presenter.now_us)
            up = LinkState.UP if sample.value >= 0.5 else LinkState.DOWN
            state = up if sample.time_us else LinkState.CONNECTING
            found.append(Channel(point.channel, presenter.language.name(point.name), state.value))
    return found


def _newest_us(folder: PlantFolder, presenter: Presenter) -> int:
    return max((presenter.latest(p.tag, presenter.now_us).time_us for p in folder.plant.points), default=0)
