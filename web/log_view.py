"""What the log's page says: entries as they stand, and what its form offers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from alarms.settings import RuleKind
from operations.logbook.records import Amendment, FollowUp, LogEntry, LogKind, Photo, Raised, Reading
from operations.logbook.writing import MOST_RAISED_AGAIN
from telemetry.duty import OnShift
from telemetry.plant import Plant, Point, PointKind
from telemetry.quality import major, reason
from web import formats, naming, words
from web.alarm_view import AlarmSpeaker
from web.entries_view import typed
from web.log_words import KIND, SHEET_KIND, SHEETS

LATE_US: Final = 15 * 60 * 1_000_000
"""What was written down so much later says so: before, it was on its way."""
_SLUDGE: Final = ("SV30", "MLSS", "MLVSS", "污泥浓度")
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Said:
    """A reading: `condition` is as for present values, `reason` says why it does not hold."""

    name: str
    value: str
    measure: str
    condition: str
    reason: str


@dataclass(frozen=True, slots=True)
class AlarmSaid:
    """The alarm of an entry."""

    id: UUID | None
    name: str
    what: str
    value: str
    tone: str
    priority: str
    letter: str
    word: str


@dataclass(frozen=True, slots=True)
class AddedRow:
    """What was added to an entry."""

    at: str
    text: str
    by: str
    alarm: AlarmSaid | None


@dataclass(frozen=True, slots=True)
class FormerRow:
    """Words that stood, and why they do no longer."""

    text: str
    reason: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo, with the size of its small picture."""

    href: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class LogRow:
    """An entry; `day` is set where another day begins, `may` what who asks may do about it."""

    id: UUID
    kind: str
    kind_word: str
    day: str
    clock: str
    late: str
    by: str
    text: str
    places: tuple[str, ...]
    crew: str
    first: tuple[Said, ...]
    others: tuple[Said, ...]
    entered: tuple[Said, ...]
    alarm: AlarmSaid | None
    former: tuple[FormerRow, ...]
    added: tuple[AddedRow, ...]
    many: bool
    photos: tuple[PhotoRow, ...]
    may: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A unit or a machine to choose: `unit:aerobic`, `equipment:BL_B201A`."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class Places:
    """A unit with its machines."""

    name: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A value to fill in."""

    tag: str
    name: str
    measure: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """Values that are read together."""

    key: str
    name: str
    kind: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class LogSpeaker:
    """Puts the log into words for somebody."""

    speaker: AlarmSpeaker
    may_write: bool

    def rows(self, entries: Sequence[LogEntry], on_shift: Mapping[UUID, Sequence[OnShift]]) -> list[LogRow]:
        """Return entries as rows, in their order; the first of each day says which."""
        rows, before = [], ""
        for entry in entries:
            day = self._day(entry.at_us)
            rows.append(self._row(entry, on_shift.get(entry.id, ()), "" if day == before else day))
            before = day
        return rows

    def readings(self, readings: Iterable[Reading]) -> list[Said]:
        """Return readings in words."""
        return [self._reading(reading) for reading in readings]

    def places(self) -> list[Places]:
        """Return the units in the order of flow, each with its machines."""
        plant, _ = self._plant, self.speaker.language
        found = []
        for unit in plant.units:
            machines = [item for item in plant.equipment if item.unit == unit.id]
            own = Place(f"unit:{unit.id}", naming.capital(_.name(unit.name)))
            of_unit = [Place(f"equipment:{one.id}", naming.capital(_.name(one.name))) for one in machines]
            found.append(Places(own.name, (own, *of_unit)))
        return found

    def sheets(self) -> list[Sheet]:
        """Return the points that people read, as the sheets they are read for."""
        points: dict[str, list[Field]] = {key: [] for key in SHEETS}
        for point in self._plant.points:
            if point.kind is PointKind.MANUAL:
                points[_sheet(point)].append(self._field(point))
        _ = self.speaker.language
        return [
            Sheet(key, words.spoken(SHEETS, key, _), SHEET_KIND[key], tuple(fields))
            for key, fields in points.items()
            if fields
        ]

    def kinds(self, *, by_people: bool = False) -> list[tuple[str, str]]:
        """Return the kinds with their words; by people without those that the node makes itself."""
        kinds = [kind for kind in LogKind if not (by_people and kind is LogKind.ALARM)]
        return [(kind.value, words.spoken(KIND, kind.value, self.speaker.language)) for kind in kinds]

    @property
    def _plant(self) -> Plant:
        return self.speaker.folder.plant

    def _row(self, entry: LogEntry, on_shift: Sequence[OnShift], day: str) -> LogRow:
        said = self.readings(entry.readings)
        return LogRow(
            id=entry.id,
            kind=entry.kind.value,
            kind_word=words.spoken(KIND, entry.kind.value, self.speaker.language),
            day=day,
            clock=f"{self.speaker.local(entry.at_us):%H:%M}",
            late=self.speaker.moment(entry.recorded_us) if entry.recorded_us - entry.at_us > LATE_US else "",
            by="" if entry.by is None else entry.by.name,
            text=entry.text,
            places=self._places(entry),
            crew=self._crew(on_shift),
            first=tuple(said[:_SHOWN]),
            others=tuple(said[_SHOWN:]),
            entered=tuple(self._value(one.tag, one.value) for one in entry.entered),
            alarm=self._alarm(entry.raised, entry.alarm),
            former=tuple(self._former(one) for one in entry.amendments),
            added=tuple(self._added(one) for one in entry.follow_ups),
            many=sum(one.alarm is not None for one in entry.follow_ups) >= MOST_RAISED_AGAIN,
            photos=tuple(_photo(photo) for photo in entry.photos),
            may=self._may(entry),
        )

    def _may(self, entry: LogEntry) -> tuple[str, ...]:
        if not self.may_write:
            return ()
        return ("add",) if entry.by is None else ("add", "amend")

    def _day(self, us: int) -> str:
        at, today = self.speaker.local(us).date(), self.speaker.today
        _ = self.speaker.language
        if at == today:
            return _("Today")
        return f"{at:%m-%d}" if at.year == today.year else f"{at:%Y-%m-%d}"

    def _places(self, entry: LogEntry) -> tuple[str, ...]:
        plant, _ = self._plant, self.speaker.language
        machines = [
            plant.equipment_by_id[item].name for item in entry.equipment if item in plant.equipment_by_id
        ]
        if entry.raised is not None:
            machines = []
        unit = plant.unit_by_id.get(entry.unit or "")
        names = [_.name(name) for name in machines] or ([_.name(unit.name)] if unit else [])
        return tuple(naming.capital(name) for name in names)

    def _crew(self, on_shift: Sequence[OnShift]) -> str:
        _ = self.speaker.language
        crews: dict[str, list[str]] = {}
        for one in on_shift:
            crews.setdefault("" if one.crew_name is None else _.name(one.crew_name), []).append(one.name)
        return " · ".join(f"{crew} {_.listed(names)}".strip() for crew, names in crews.items())

    def _reading(self, reading: Reading) -> Said:
        point = self._plant.point_by_tag.get(reading.tag)
        condition = "stale" if reading.stale else major(reading.quality)
        why = (
            ""
            if condition == "good"
            else words.spoken(words.QUALITY, reason(reading.quality), self.speaker.language)
        )
        if reading.stale and major(reading.quality) != "bad":
            why = self.speaker.language(words.STALE)
        name = reading.tag if point is None else naming.capital(self.speaker.language.name(point.name))
        if point is not None and point.bits and reading.value is not None:
            return Said(name, self._bits(point, int(reading.value)), "", condition, why)
        places = 2 if point is None else formats.decimals(point)
        value = formats.NO_VALUE if reading.value is None else formats.number(reading.value, places)
        measure = "" if point is None else words.measure(point.engineering_unit)
        return Said(name, value, measure, condition, why)

    def _bits(self, point: Point, word: int) -> str:
        labels = [
            self.speaker.language.name(bit.label) if bit.label else bit.name
            for bit in point.bits
            if word & bit.mask
        ]
        return (" · ".join(labels)) or formats.NO_VALUE

    def _value(self, tag: str, value: float) -> Said:
        point = self._plant.point_by_tag.get(tag)
        if point is None:
            return Said(tag, typed(value), "", "good", "")
        name = naming.capital(self.speaker.language.name(point.name))
        return Said(name, typed(value), words.measure(point.engineering_unit), "good", "")

    def _alarm(self, raised: Raised | None, alarm: UUID | None) -> AlarmSaid | None:
        if raised is None:
            return None
        kind = RuleKind(raised.kind)
        point = self._plant.point_by_tag.get(raised.tag)
        bit = raised.rule.rpartition(".")[2] if kind is RuleKind.BIT else None
        value = None if raised.value is None else self.speaker.figure(raised.tag, kind, raised.value)
        return AlarmSaid(
            id=alarm,
            name=self.speaker.subject(raised.tag, kind, point.equipment if point else None),
            what=self.speaker.what(raised.tag, kind, bit),
            value=value or "",
            tone="data" if kind in (RuleKind.INSTRUMENT, RuleKind.LINK) else raised.priority,
            priority=raised.priority,
            letter=words.spoken(words.PRIORITY_LETTER, raised.priority, self.speaker.language),
            word=words.spoken(words.PRIORITY, raised.priority, self.speaker.language),
        )

    def _former(self, one: Amendment) -> FormerRow:
        return FormerRow(one.former, one.reason, one.by.name, self.speaker.moment(one.recorded_us))

    def _added(self, one: FollowUp) -> AddedRow:
        by = "" if one.by is None else one.by.name
        return AddedRow(self.speaker.moment(one.at_us), one.text, by, self._alarm(one.raised, one.alarm))

    def _field(self, point: Point) -> Field:
        name = naming.capital(self.speaker.language.name(point.name))
        return Field(
            point.tag, name, words.measure(point.engineering_unit), point.range_low, point.range_high
        )


def _sheet(point: Point) -> str:
    """Return which sheet a point that people read stands on, by its name."""
    if any(word in point.name.zh for word in _SLUDGE):
        return "sludge"
    if point.name.zh.startswith("进水"):
        return "influent"
    return "effluent" if point.name.zh.startswith("出水") else "others"


def _photo(photo: Photo) -> PhotoRow:
    return PhotoRow(f"/api/v1/logbook/photos/{photo.sha256}.jpg", photo.width, photo.height)
