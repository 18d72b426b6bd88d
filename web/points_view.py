"""What the points page says of each point: where it is read, what it says now, and how far that is true."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from alarms.settings import RuleKind
from collectors.figures import Diagnosis, Quarantined, Raw, Trial
from telemetry.plant import Point, PointKind
from telemetry.quality import reason
from web import bands, formats, naming, words
from web.alarm_view import AlarmSpeaker
from web.diagnosis_words import advice, said
from web.present import Present, Presenter

_CHARTED: Final = (PointKind.ANALOG, PointKind.TOTAL)
_ORDER: Final = (RuleKind.LOW_LOW, RuleKind.LOW, RuleKind.HIGH, RuleKind.HIGH_HIGH)


@dataclass(frozen=True, slots=True)
class PointRow:
    """A point in a list. `limits` are pairs of a letter and a value; `age_ms` is its time, 0 for none."""

    tag: str
    name: str
    unit: str
    connection: str
    address: str
    raw: str
    raw_at: str
    present: Present
    places: int
    age: str
    age_ms: int
    limits: tuple[tuple[str, str], ...]
    limit_values: tuple[float, ...]
    charted: bool
    refused: str | None


@dataclass(frozen=True, slots=True)
class BitRow:
    """A named bit of a status word, and whether it is set; None while the word does not hold."""

    label: str
    is_set: bool | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a device is not asked for a point every time, since when, and when it is again."""

    reason: str
    hint: str | None
    since: str
    next_try: str


@dataclass(frozen=True, slots=True)
class TrialRow:
    """What a read on demand gave."""

    at: str
    latency: str
    raw: str | None
    value: str
    measure: str
    quality: str
    well: bool
    error: str | None
    hint: str | None


@dataclass(frozen=True, slots=True)
class PointSpeaker:
    """Puts points into words, at one moment."""

    speaker: AlarmSpeaker
    presenter: Presenter
    addresses: Mapping[str, str]
    diagnosis: Diagnosis
    refused: Mapping[str, Quarantined]

    def rows(self, points: Sequence[Point]) -> list[PointRow]:
        """Return points as rows, in their order."""
        tags = {point.tag for point in points}
        day = self.speaker.folder.calendar.day_of(self.speaker.now_us)
        limits = bands.limits_by_tag(rule for rule in self.speaker.folder.rules_on(day) if rule.tag in tags)
        return [self._row(point, limits.get(point.tag, {})) for point in points]

    def bits(self, point: Point) -> list[BitRow]:
        """Return the named bits of a status word."""
        word = self.presenter.word_of(point.tag)
        return [
            BitRow(
                naming.capital(self.speaker.language.name(bit.label)) if bit.label else bit.name,
                None if word is None else bool(word & bit.mask),
            )
            for bit in point.bits
        ]

    def refusal(self, point: Point) -> Refusal | None:
        """Return how a point is quarantined, None where it is not."""
        refused = self.refused.get(point.tag)
        if refused is None:
            return None
        _, speaker = self.speaker.language, self.speaker
        next_try = formats.moment(speaker.local(refused.next_try_us), speaker.now, _, seconds=True)
        since = speaker.moment(refused.since_us)
        return Refusal(said(refused.reason, _), advice(refused.reason, _), since, next_try)

    def trial(self, point: Point, trial: Trial) -> TrialRow:
        """Return what a read on demand gave."""
        _ = self.speaker.language
        latency = None if trial.latency_s is None else f"{trial.latency_s * 1000:.0f} ms"
        value = formats.NO_VALUE if trial.value is None else formats.number(trial.value, self._places(point))
        return TrialRow(
            at=f"{self.speaker.local(trial.at_us):%H:%M:%S}",
            latency=latency or formats.NO_VALUE,
            raw=trial.raw,
            value=value,
            measure=words.measure(point.engineering_unit),
            quality=words.spoken(words.QUALITY, reason(trial.quality), _),
            well=trial.error is None,
            error=None if trial.error is None else said(trial.error, _),
            hint=None if trial.error is None else advice(trial.error, _),
        )

    def _row(self, point: Point, limits: bands.OwnLimits) -> PointRow:
        _ = self.speaker.language
        places = self._places(point, [rule.threshold for rule in limits.values()])
        present = self.presenter.of(point, places)
        raw = self._raw(point)
        unit = self.speaker.folder.plant.unit_by_id.get(point.unit)
        refused = self.refused.get(point.tag)
        return PointRow(
            tag=point.tag,
            name=naming.capital(_.name(point.name)),
            unit=point.unit if unit is None else naming.capital(_.name(unit.name)),
            connection=point.connection or "",
            address=self.addresses.get(point.tag, ""),
            raw="" if raw is None else raw.text,
            raw_at="" if raw is None else f"{self.speaker.local(raw.at_us):%H:%M:%S}",
            present=present,
            places=places,
            age=self.presenter.since(present.time_us) if present.time_us else "",
            age_ms=present.time_us // 1000,
            limits=tuple(
                (kind.value, formats.number(limits[kind].threshold, places))
                for kind in _ORDER
                if kind in limits
            ),
            limit_values=tuple(limits[kind].threshold for kind in _ORDER if kind in limits),
            charted=point.kind in _CHARTED,
            refused=None if refused is None else said(refused.reason, _),
        )

    def _raw(self, point: Point) -> Raw | None:
        return None if point.connection is None else self.diagnosis.raw(point.tag)

    def _places(self, point: Point, limits: Sequence[float] = ()) -> int:
        return formats.decimals(point, limits)
