"""What a handover says, frozen: ids and numbers only, so that it can be read in any language for ever.

Names of persons are joined when it is shown, words of log entries by the id of their record. What an
input did not give is named in `missing` with the reason, and never shown as zero.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from telemetry.plant import Name

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a turn; the times are of signing in and out."""

    person: UUID
    post: UUID
    post_name: Name
    signed_in_us: int | None
    signed_out_us: int | None


@dataclass(frozen=True, slots=True)
class TurnSide:
    """The turn that hands over, or the one that takes over."""

    key: str
    name: Name
    day: str
    start_us: int
    end_us: int
    crew: UUID | None
    crew_name: Name | None
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A latest value; None where there is none. `quality` is the OPC byte."""

    tag: str
    value: float | None
    time_us: int
    quality: int
    stale: bool


@dataclass(frozen=True, slots=True)
class Ends:
    """A limit's two ends of the day; both None where nothing was entered."""

    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class EffluentItem:
    """What leaves the plant beside its limits: now, and the mean and extremes of the turn.

    `verdict` is within, internal, daily or single for the gravest that was passed, missing without a
    limit, unknown without a value.
    """

    reading: Reading
    mean: float | None
    lowest: float | None
    highest: float | None
    daily: Ends
    single: Ends
    internal: Ends
    verdict: str


@dataclass(frozen=True, slots=True)
class OpenAlarm:
    """An alarm that is not normal; `state`, `kind` and `priority` are the journal's words."""

    id: UUID
    key: str
    tag: str
    kind: str
    priority: int
    state: str
    unit: str
    equipment: str | None
    bit: str | None
    raised_us: int
    cleared_us: int | None
    acknowledged_us: int | None
    value: float | None
    limit: float | None


@dataclass(frozen=True, slots=True)
class Machine:
    """How a machine stands: running, standby, stopped, fault, moving or unknown, and its mode."""

    equipment: str
    state: str
    mode: str


@dataclass(frozen=True, slots=True)
class Total:
    """What a totaliser went on by in the turn; None where it was not read."""

    tag: str
    group: str
    total: float | None
    resets: int


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow now, and its mean and highest in the turn."""

    reading: Reading
    mean: float | None
    highest: float | None


@dataclass(frozen=True, slots=True)
class Stock:
    """What is there now, and at the turn's start where that is measured."""

    reading: Reading
    at_start: float | None


@dataclass(frozen=True, slots=True)
class RaisedLine:
    """The alarm that an entry was made of by itself."""

    rule: str
    tag: str
    kind: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """An entry of the log: `record` is the row whose words are shown, the entry's or its amendment's."""

    entry: UUID
    record: UUID
    kind: str
    at_us: int
    person: UUID | None
    raised: RaisedLine | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The whole. `figures_us` is the end of the turn's figures, `at_us` when it was frozen."""

    at_us: int
    figures_us: int
    outgoing: TurnSide
    incoming: TurnSide | None
    effluent: tuple[EffluentItem, ...]
    alarms: tuple[OpenAlarm, ...]
    machines: tuple[Machine, ...]
    flows: tuple[Flow, ...]
    totals: tuple[Total, ...]
    log: tuple[LogLine, ...]
    stock: tuple[Stock, ...]
    sludge: tuple[Reading, ...]
    samples: tuple[Reading, ...]
    checks: dict[str, bool] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    version: int = VERSION

    @property
    def persons(self) -> set[UUID]:
        """Everybody who is in it."""
        sides = [side for side in (self.outgoing, self.incoming) if side is not None]
        found = {member.person for side in sides for member in side.members}
        return found | {line.person for line in self.log if line.person is not None}


_CODEC: Final = TypeAdapter(Content)


def without_times(content: Content, sees: Callable[[UUID], bool]) -> Content:
    """Return a content without when people came and went, but for those whose attendance may be seen."""

    def side(of: TurnSide) -> TurnSide:
        members = tuple(
            member if sees(member.person) else replace(member, signed_in_us=None, signed_out_us=None)
            for member in of.members
        )
        return replace(of, members=members)

    incoming = None if content.incoming is None else side(content.incoming)
    return replace(content, outgoing=side(content.outgoing), incoming=incoming)


def frozen(content: Content) -> dict[str, Any]:
    """Return a content as JSON."""
    found: dict[str, Any] = _CODEC.dump_python(content, mode="json")
    return found


def thawed(document: Any) -> Content:
    """Return the content of what `frozen` made."""
    return _CODEC.validate_python(document, strict=False)
