"""What an alarm rule is made of, as the plant folder gives it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum


class Priority(IntEnum):
    """How much it matters, the highest first in every list."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The word in points.csv, the API and the catalogues."""
        return self.name.lower()


class RuleKind(StrEnum):
    """What a rule looks at. The value ends the rule's key."""

    LOW_LOW = "LL"
    LOW = "L"
    HIGH = "H"
    HIGH_HIGH = "HH"
    BIT = "bit"
    INSTRUMENT = "instrument"
    """The value is bad or no longer comes; freezes the point's other alarms meanwhile."""
    LINK = "link"
    """A channel does not answer: the one alarm for all its points, whose instrument alarms it disables."""


@dataclass(frozen=True, slots=True)
class Enable:
    """When a rule is looked at: any (or all) of these status words has its bit set.

    Written `PS_P101A_ST.running` or `any(BL_B201*_ST.running)`; tags and masks are resolved.
    """

    terms: tuple[tuple[str, int], ...]
    mode: str = "any"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One alarm rule on one point.

    `key` is its lasting identity: `AE_DO1.LL`, `BL_B201A_ST.fault`, `AE_DO1.instrument`,
    `PLC2.link`.
    `threshold` and `deadband` are engineering units (limits only); an infinite threshold is a limit
    that does not hold at present: never met. `mask` is the bit (bits only); with `invert` the alarm
    is that the bit is not set.
    A HIGH alarm is met above its threshold and clears at or below threshold - deadband; equality
    complies; LOW the other way round. Delays are of the plant's clock. `equipment` is what the
    alarm is shown on.
    """

    key: str
    tag: str
    kind: RuleKind
    priority: Priority
    threshold: float = float("nan")
    deadband: float = 0.0
    mask: int = 0
    invert: bool = False
    on_delay: timedelta = timedelta(0)
    off_delay: timedelta = timedelta(0)
    enable: Enable | None = None
    equipment: str | None = None
    bit: str | None = None
