"""The wall's content at one moment: the panels in the order of the drawing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from alarms.active import ActiveAlarm, rank
from alarms.compliance.limits import NOT_KNOWN, Water
from alarms.journal import JournalRecord
from alarms.settings import RuleKind
from config.folder import PlantFolder
from history.targets import TargetState, TargetStatus
from telemetry.clock import US_PER_S
from telemetry.protocols import LinkState
from telemetry.quality import major
from web import analysers, bands, connections_view, discharge, formats, metrics, naming, picture, words
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
class TargetLine:
    """Where readings go, in a word or two."""

    id: str
    name: str
    text: str
    well: bool


@dataclass(frozen=True, slots=True)
class AlarmPanel:
    """What the alarm panel and the band say: all alarms, and the rows they make."""

    lines: list[AlarmLine]
    rows: list[AlarmLine]
    shown: list[AlarmLine]
    unacknowledged: int
    loud: list[AlarmLine]
    last: JournalLine | None = None
    last_at: str = ""

    @property
    def hidden(self) -> int:
        """How many found no place in the list."""
        return len(self.rows) - len(self.shown)

    def address(self, row: AlarmLine) -> str:
        """Where a row leads: to its alarm, or to all of them if it stands for several."""
        return f"/alarms/{row.id}" if row in self.lines else "/alarms"


def alarm_panel(
    active: Sequence[ActiveAlarm], speaker: AlarmSpeaker, last: JournalRecord | None
) -> AlarmPanel:
    """Return the panel for the alarms that are not normal; `last` is the newest that was raised."""
    sorted_ = sorted(active, key=rank)
    lines = speaker.lines(sorted_)
    rows = _rows(sorted_, lines, speaker)
    return AlarmPanel(
        lines=lines,
        rows=rows,
        shown=rows[:LISTED],
        unacknowledged=sum(line.unacknowledged for line in lines),
        loud=[row for row in rows if row.loud],
        last=None if last is None else speaker.record(last),
        last_at="" if last is None else speaker.moment(last.at_us),
    )


def _rows(
    active: Sequence[ActiveAlarm], lines: Sequence[AlarmLine], speaker: AlarmSpeaker
) -> list[AlarmLine]:
    """Return a row an alarm, lost lines of one state and priority as one row after what else is as grave."""
    rows: list[AlarmLine] = []
    for _, group in groupby(
        zip(active, lines, strict=True), key=lambda pair: (pair[0].state, pair[0].priority)
    ):
        links: list[AlarmLine] = []
        for alarm, line in group:
            (links if alarm.kind is RuleKind.LINK else rows).append(line)
        if len(links) > 1:
            links = [_folded(links, speaker)]
        rows += links
    return rows


def _folded(links: Sequence[AlarmLine], speaker: AlarmSpeaker) -> AlarmLine:
    _ = speaker.language
    names = _.listed(sorted(line.tag.removesuffix(".link") for line in links))
    said = _("communication lost on %(num)d lines: %(names)s", num=len(links), names=names)
    oldest = min(links, key=lambda line: line.raised_us)
    return replace(oldest, name=naming.capital(said), what="")


def wall(
    folder: PlantFolder,
    active: Sequence[ActiveAlarm],
    panel: AlarmPanel,
    speaker: AlarmSpeaker,
    presenter: Presenter,
    targets: Iterable[TargetStatus] = (),
    water: Water = NOT_KNOWN,
) -> dict[str, Any]:
    """Return what the wall's template needs; `water` is the day's mean temperatures that limits follow."""
    language, day = presenter.language, folder.calendar.day_of(speaker.now_us)
    items = discharge.items(folder, day, language, water)
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
        "targets": [_target(each, speaker) for each in targets if each.name not in words.OFF_THE_WALL],
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


def _target(status: TargetStatus, speaker: AlarmSpeaker) -> TargetLine:
    return TargetLine(
        id=status.name,
        name=words.TARGET.get(status.name, status.name),
        text=connections_view.short(status, speaker),
        well=status.state not in (TargetState.DOWN, TargetState.MISCONFIGURED),
    )


def _newest_us(folder: PlantFolder, presenter: Presenter) -> int:
    """When the plant last said something that could be believed; 0 if nothing present can."""
    latest = (presenter.latest(p.tag, presenter.now_us) for p in folder.plant.points if not p.is_own)
    return max((s.time_us for s in latest if major(s.quality) != "bad" and s.value == s.value), default=0)
