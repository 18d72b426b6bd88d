"""A simulated plant's faults, as those who switch them know them: what there is, and what is on."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Protocol

from telemetry.errors import Invalid, NotFound
from telemetry.people import Actor

_MOST_NAMED: Final = 12


@dataclass(frozen=True, slots=True)
class FaultAmount:
    """How much of a fault there is: its unit, what it is unless said, and its ends."""

    unit: str
    usual: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A fault: its name and words, what it can befall, and how much of it there is (None: it has no much)."""

    name: str
    zh: str
    en: str
    targets: tuple[str, ...]
    amount: FaultAmount | None = None


@dataclass(frozen=True, slots=True)
class FaultOn:
    """A fault that is on, since a time of the plant's clock; `amount` in the unit of its kind."""

    fault: str
    target: str
    since_us: int
    amount: float | None = None


class FaultSwitch(Protocol):
    """Switches the faults of a simulated plant."""

    @property
    def kinds(self) -> Sequence[FaultKind]:
        """What can be switched."""
        ...

    @property
    def active(self) -> Sequence[FaultOn]:
        """What is on, the newest last."""
        ...

    async def switch(
        self, fault: str, target: str, active: bool, amount: float | None = None, by: Actor | None = None
    ) -> None:
        """Switch a fault on or off; NotFound and Invalid say what there is instead.

        DeviceUnreachable when the plant does not answer.
        """
        ...


def kind_of(kinds: Sequence[FaultKind], fault: str, target: str) -> FaultKind:
    """Return a fault that can befall a target; NotFound names what there is instead."""
    kind = next((kind for kind in kinds if kind.name == fault), None)
    if kind is None:
        known = ", ".join(kind.name for kind in kinds)
        raise NotFound("fault_unknown", f"there is no fault {fault!r}; there are {known}")
    if target not in kind.targets:
        raise NotFound(
            "target_unknown", f"{fault} cannot befall {target!r}; {_instead(kind.targets, target)}"
        )
    return kind


def amount_of(kind: FaultKind, amount: float | None) -> float | None:
    """Return how much of a fault is meant; Invalid beyond its ends, or where it has no amount."""
    if kind.amount is None:
        if amount is not None:
            raise Invalid("fault_amount", f"{kind.name} takes no amount")
        return None
    if amount is None:
        return kind.amount.usual
    if not kind.amount.low <= amount <= kind.amount.high:
        ends = f"{kind.amount.low:g} to {kind.amount.high:g} {kind.amount.unit}"
        raise Invalid("fault_amount", f"{kind.name} takes an amount of {ends}, not {amount:g}")
    return amount


def _instead(targets: Sequence[str], target: str) -> str:
    if not targets:
        return "this plant has nothing that it can befall"
    if len(targets) <= _MOST_NAMED:
        return f"it can befall {', '.join(targets)}"
    near = get_close_matches(target.upper(), targets, 3) or targets[:3]
    return f"it can befall {len(targets)} points, such as {', '.join(near)}"
