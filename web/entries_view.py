"""What the entries page says: what people did with readings, and which points they may choose."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from history.entries import Entry, EntryKind
from operations.access import Permission, Principal
from telemetry.plant import Plant, Point, PointKind
from web import naming, words
from web.alarm_view import AlarmSpeaker
from web.language import Language
from web.present import Presenter

RECENT: Final = 6
_READINGS: Final = (EntryKind.ENTRY, EntryKind.CORRECTION)
_MOST_DECIMALS: Final = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """A point to choose: with its range, and of what people enter the last value and its time, ms."""

    tag: str
    name: str
    measure: str
    low: float
    high: float
    last: float | None
    last_ms: int


@dataclass(frozen=True, slots=True)
class Group:
    """Points under a heading, as a list to choose from shows them."""

    name: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One thing somebody did.

    `may` is what may be done about it by who asks: correct, withdraw or nothing; `at` the time that
    a correction names, RFC 3339 to the microsecond.
    """

    id: str
    kind: str
    kind_word: str
    made: str
    tag: str
    name: str
    measure: str
    at: str
    at_said: str
    span: str
    mark_word: str
    value: str | None
    former: str | None
    samples: int
    by: str
    reason: str
    may: str


@dataclass(frozen=True, slots=True)
class EntrySpeaker:
    """Puts entries into words for somebody."""

    speaker: AlarmSpeaker
    presenter: Presenter
    principal: Principal

    def rows(self, entries: Sequence[Entry], most: int) -> list[EntryRow]:
        """Return the newest rows; `entries` are newest first, and older ones than `most` are not said."""
        withdrawn = {entry.of for entry in entries if entry.of is not None}
        said: set[tuple[str, int]] = set()
        rows = []
        for entry in entries[:most]:
            reading = (entry.tag, entry.from_us)
            standing = entry.id not in withdrawn if entry.kind is EntryKind.MARK else reading not in said
            if entry.kind in _READINGS:
                said.add(reading)
            rows.append(self._row(entry, self._may(entry) if standing else ""))
        return rows

    def entered(self, entries: Iterable[Entry]) -> list[Group]:
        """Return the points that people enter: first those of late, one's own before those of others."""
        manual = [point for point in self._plant.points if point.kind is PointKind.MANUAL]
        own = self.principal.account_id
        of_late = sorted(entries, key=lambda entry: entry.actor.account_id != own)
        tags = dict.fromkeys(entry.tag for entry in of_late if entry.kind is EntryKind.ENTRY)
        late = [tag for tag in tags if tag in self._plant.point_by_tag][:RECENT]
        recent = [self._plant.point_by_tag[tag] for tag in late]
        _ = self._language
        first = [Group(_("Entered of late"), self._choices(recent))] if recent else []
        return first + self._by_unit(manual, lambda point: point.tag not in late)

    def marked(self) -> list[Group]:
        """Return the points that who asks may mark."""
        every = self.principal.may(Permission.MARK_ALL)
        return self._by_unit(
            [p for p in self._plant.points if p.kind is not PointKind.MANUAL and not p.is_own],
            lambda point: every or point.regulatory,
        )

    @property
    def _plant(self) -> Plant:
        return self.speaker.folder.plant

    @property
    def _language(self) -> Language:
        return self.speaker.language

    def _by_unit(self, points: Sequence[Point], wanted: Callable[[Point], bool]) -> list[Group]:
        groups = [
            Group(
                naming.capital(self._language.name(unit.name)),
                self._choices([point for point in points if point.unit == unit.id and wanted(point)]),
            )
            for unit in self._plant.units
        ]
        return [group for group in groups if group.choices]

    def _choices(self, points: Iterable[Point]) -> tuple[Choice, ...]:
        return tuple(self._choice(point) for point in points)

    def _choice(self, point: Point) -> Choice:
        present = self.presenter.of(point, 0)
        return Choice(
            tag=point.tag,
            name=naming.capital(self._language.name(point.name)),
            measure=present.measure,
            low=point.range_low,
            high=point.range_high,
            last=present.value if present.holds else None,
            last_ms=present.time_us // 1000 if present.holds else 0,
        )

    def _may(self, entry: Entry) -> str:
        who = self.principal
        if entry.tag not in self._plant.point_by_tag:
            return ""
        if entry.kind in _READINGS:
            return "correct" if who.may(Permission.ENTER_READINGS) else ""
        if entry.kind is not EntryKind.MARK or not who.may(Permission.MARK_READINGS):
            return ""
        own = entry.actor.account_id == who.account_id
        return "withdraw" if own or who.may(Permission.MARK_ALL) else ""

    def _span(self, entry: Entry) -> str:
        begin, end = self.speaker.local(entry.from_us), self.speaker.local(entry.to_us)
        if begin.date() == end.date():
            return f"{self.speaker.moment(entry.from_us)} – {end:%H:%M}"
        return f"{begin:%m-%d %H:%M} – {end:%m-%d %H:%M}"

    def _row(self, entry: Entry, may: str) -> EntryRow:
        point = self._plant.point_by_tag.get(entry.tag)
        taken_back = entry.kind is EntryKind.CORRECTION and entry.value is None
        return EntryRow(
            id=str(entry.id),
            kind="taken_back" if taken_back else entry.kind.value,
            kind_word=words.spoken(
                words.ENTRY, "taken_back" if taken_back else entry.kind.value, self._language
            ),
            made=self.speaker.moment(entry.made_us),
            tag=entry.tag,
            name=entry.tag if point is None else naming.capital(self._language.name(point.name)),
            measure="" if point is None else words.measure(point.engineering_unit),
            at=self.speaker.local(entry.from_us).isoformat(),
            at_said=self.speaker.moment(entry.from_us),
            span=self._span(entry),
            mark_word=words.spoken(words.MARK_KIND, entry.mark.value, self._language) if entry.mark else "",
            value=None if entry.value is None else typed(entry.value),
            former=None if entry.former is None else typed(entry.former),
            samples=entry.samples,
            by=self.speaker.named(entry.actor.account_id, entry.actor.name) or "",
            reason=entry.reason,
            may=may,
        )


def typed(value: float) -> str:
    """Return a value with the decimals it was entered with, never fewer and at most six."""
    text = f"{value:.{_MOST_DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")
