"""Online analysers: they sample each hour, hold the value between, and check themselves daily.

A sampler composes each sample over the hour before, by flow (混合采样). The result comes when the
digestion is done; sample time and result counter tell one result from the value held. Once a day the
sample of an hour gives way to a standard (标样核查), whose result stands until the next. After a check that
failed it calibrates and checks itself again; when six hours did not help it is under maintenance (HJ 355).
"""

from dataclasses import dataclass, field
from typing import Final

from simulator.chance import normal, stream
from simulator.state import ADDED

INTERVAL_S: Final = 3600
RESULTS_MODULUS: Final = 65_536
"""The counter of results has 16 bits."""


@dataclass(frozen=True, slots=True)
class Method:
    """What an analyser measures and how well; `place` puts its check into an hour of its own."""

    name: str
    range_high: float
    analysis_s: int
    check_hour: int
    digits: int
    relative: float = 0.02

    @property
    def standard(self) -> float:
        """The standard's concentration, half the range (HJ 355)."""
        return self.range_high / 2.0


METHODS: Final = (
    Method("EFF_COD", 100.0, 2400, 1, 1),
    Method("EFF_NH3", 15.0, 1200, 2, 3),
    Method("EFF_TP", 2.0, 2100, 3, 3),
    Method("EFF_TN", 30.0, 2700, 4, 2),
    Method("INF_COD", 1000.0, 2400, 5, 0),
    Method("INF_NH3", 100.0, 1200, 6, 2),
    Method("INF_TP", 20.0, 2100, 7, 2),
    Method("INF_TN", 150.0, 2700, 8, 1),
)


RESULT_TAGS: Final = frozenset(
    tag.format(method.name[:3], method.name[4:])
    for method in METHODS
    for tag in ("{}_AIT_{}", "{}_ANA_{}_TS", "{}_ANA_{}_N", "{}_ANA_{}_QC")
)
"""What analysers report in digits, with the decimals of their method."""

HOLDING: Final = frozenset({"holding", "remote", "auto", "ready"})
MEASURING: Final = frozenset({"measuring", "running", "remote", "auto", "ready"})
CHECKING: Final = frozenset({"standard_check", "running", "remote", "auto", "ready"})
CALIBRATING: Final = frozenset({"calibration", "running", "remote", "auto", "ready"})
MAINTAINED: Final = frozenset({"maintenance"})
FAILED: Final = frozenset({"fault", "remote", "auto"})

_SPOILT: Final = 0.75
"""What an analyser finds of what there is once its reagents are spoilt."""
_TOLERANCE: Final = 0.1
_HELPLESS_S: Final = 6 * 3600


@dataclass(slots=True)
class Analyser:
    """One analyser: `value` with its sample's time, s UTC; `due_s` is 0 while nothing is being analysed."""

    value: float
    check_value: float
    sampled_s: int
    begun_s: int
    results: int = 0
    due_s: int = 0
    pending: float = 0.0
    checking: bool = False
    failed: bool = False
    mass: float = 0.0
    volume: float = 0.0
    spoilt: bool = field(default=False, metadata=ADDED)
    check_due: bool = field(default=False, metadata=ADDED)
    calibration_due: bool = field(default=False, metadata=ADDED)
    calibrating: bool = field(default=False, metadata=ADDED)
    maintained: bool = field(default=False, metadata=ADDED)
    failed_check_s: int = field(default=0, metadata=ADDED)
    """When the first check failed since the last that was passed; 0 where none did."""

    @property
    def bits(self) -> frozenset[str]:
        """The names of the bits that are set in its status word."""
        if self.failed:
            return FAILED
        if self.maintained:
            return MAINTAINED
        if self.calibrating:
            return CALIBRATING
        if self.checking:
            return CHECKING
        return MEASURING if self.due_s else HOLDING

    def compose(self, concentration: float, flow_m3_h: float, dt_s: float) -> None:
        """Let the sampler add a part to the sample, by flow."""
        self.mass += concentration * flow_m3_h * dt_s
        self.volume += flow_m3_h * dt_s

    def fail(self) -> None:
        """Let it break down: what it was at is lost, and what it showed last stands."""
        self.failed, self.checking, self.calibrating, self.due_s = True, False, False, 0

    def repair(self) -> None:
        """Have it measure again from the next full hour."""
        self.failed = False

    def spoil(self) -> None:
        """Let its reagents go bad: it finds too little, and its next check, on the hour, tells."""
        self.spoilt = self.check_due = True

    def refresh(self) -> None:
        """Give it fresh reagents: on the hour it checks itself, where it had failed, and goes on."""
        self.spoilt = self.calibration_due = self.maintained = False
        self.check_due = bool(self.failed_check_s)

    def advance(self, method: Method, seed: int, now_s: int, local_s: int) -> None:
        """Advance to a time: take the sample on the hour, give the result when it is due."""
        if self.due_s and now_s >= self.due_s:
            self._finish(method, now_s)
        hour_s = now_s - now_s % INTERVAL_S
        if self.failed or self.maintained:
            # The sample of an hour that it began without it is not there any more.
            self.begun_s = hour_s
            return
        if hour_s > self.begun_s and not self.due_s:
            local_hour = (local_s - (now_s - hour_s)) // 3600 % 24
            scheduled = local_hour == method.check_hour
            if self.calibration_due:
                self._calibrate(method, hour_s)
            else:
                self._begin(method, seed, hour_s, checking=scheduled or self.check_due)

    def _calibrate(self, method: Method, hour_s: int) -> None:
        self.calibrating, self.calibration_due = True, False
        self.begun_s, self.due_s = hour_s, hour_s + method.analysis_s
        self.mass = self.volume = 0.0

    def _begin(self, method: Method, seed: int, hour_s: int, checking: bool) -> None:
        error = normal(stream(seed, method.name), hour_s // INTERVAL_S)
        composite = self.mass / self.volume if self.volume else self.value
        true = method.standard if checking else composite
        if self.spoilt:
            true *= _SPOILT
        # A real one saturates: it shows nothing beyond its range.
        self.pending = min(max(true * (1.0 + method.relative * error), 0.0), method.range_high)
        self.checking = checking
        self.begun_s = hour_s
        self.due_s = hour_s + method.analysis_s
        self.mass = self.volume = 0.0

    def _finish(self, method: Method, now_s: int) -> None:
        if self.calibrating:
            self.calibrating, self.check_due = False, True
        elif self.checking:
            self.check_value = round(self.pending, method.digits)
            self._judge_check(method, now_s)
        else:
            self.value = round(self.pending, method.digits)
            self.sampled_s = self.begun_s
            self.results = (self.results + 1) % RESULTS_MODULUS
        self.due_s = 0
        self.checking = False

    def _judge_check(self, method: Method, now_s: int) -> None:
        """Go on after a check that was passed; after one that failed calibrate, and give up in the end."""
        self.check_due = False
        if abs(self.check_value / method.standard - 1.0) <= _TOLERANCE:
            self.failed_check_s = 0
            return
        self.failed_check_s = self.failed_check_s or now_s
        self.maintained = now_s - self.failed_check_s >= _HELPLESS_S
        self.calibration_due = not self.maintained
