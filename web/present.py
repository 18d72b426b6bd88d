"""A present value as a page shows it: whether it can be believed, and if not, why and since when."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from history.live import Condition, Latest
from telemetry.clock import US_PER_S
from telemetry.plant import Point
from telemetry.quality import reason
from web import formats, words
from web.language import Language
from web.language import mark as N_  # noqa: N812  the name babel looks for

SINCE_SHOWN_US: Final = 60 * US_PER_S
SHORT: Final = {
    "comm_failure": N_("lost"),
    "config_error": N_("config error"),
    "device_failure": N_("device fault"),
    "sensor_failure": N_("sensor fault"),
    "last_known": N_("last value"),
    "out_of_service": N_("out of use"),
    "waiting": N_("waiting"),
    "last_usable": N_("last usable"),
    "stale": N_("no data"),
}
"""Reasons where there is room for a word or two only; those that are short anyway are not here."""


@dataclass(frozen=True, slots=True)
class Present:
    """`condition` is good, uncertain, bad, stale or waiting; the value holds in the first two only."""

    point: Point
    value: float
    text: str
    measure: str
    condition: Condition
    reason: str | None
    time_us: int
    reason_short: str | None = None

    @property
    def holds(self) -> bool:
        """Whether the value says something about the plant now."""
        return self.condition in ("good", "uncertain")


@dataclass(frozen=True, slots=True)
class Presenter:
    """Makes present values of latest samples, in a language, at one moment."""

    latest: Callable[[str, int], Latest]
    now_us: int
    language: Language

    def of(self, point: Point, places: int = 0) -> Present:
        """Return a point's present value with so many decimals."""
        sample = self.latest(point.tag, self.now_us)
        condition = sample.condition
        return Present(
            point=point,
            value=sample.value,
            text=formats.number(sample.value, places),
            measure=words.measure(point.engineering_unit),
            condition=condition,
            reason=self._reason(sample, condition, {}),
            reason_short=self._reason(sample, condition, SHORT),
            time_us=sample.time_us,
        )

    def all(self, points: Iterable[Point], places: int) -> list[Present]:
        """Return several points' present values."""
        return [self.of(point, places) for point in points]

    def word_of(self, tag: str) -> int | None:
        """Return a status word as an integer, None while it does not hold."""
        sample = self.latest(tag, self.now_us)
        if sample.condition not in ("good", "uncertain") or sample.value != sample.value:
            return None
        return int(sample.value)

    def since(self, us: int) -> str:
        """Return how long ago a time was, in its largest unit."""
        seconds = formats.seconds_since(us, self.now_us)
        return formats.rough(timedelta(seconds=seconds), self.language)

    def _reason(self, sample: Latest, condition: Condition, short: Mapping[str, str]) -> str | None:
        if condition in (Condition.GOOD, Condition.WAITING):
            return None
        if condition is Condition.STALE:
            return f"{self.language(short.get(condition, words.STALE))} {self.since(sample.time_us)}"
        word = words.spoken({**words.QUALITY, **short}, reason(sample.quality), self.language)
        # A device that still answers sends bad samples ever anew: since when is not known here.
        old = self.now_us - sample.time_us > SINCE_SHOWN_US
        return f"{word} {self.since(sample.time_us)}" if condition is Condition.BAD and old else word
