"""Colour means that something needs a person; everything else is grey.

A Grafana is dark on the wall and light on many a desk. Names of Grafana's own (`text`, `dark-orange`)
follow its theme; a grey that stands as a number is as far from the one ground as from the other; and
what lies behind words is so thin that the ground shines through, with the words in their own colour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboards.description import Bound, Severity, Status
from dashboards.flux import DEAD, IDLE

TEXT: Final = "text"
LABEL: Final = "#7d848e"
FRAME: Final = "rgba(125, 132, 142, 0.45)"
LINE: Final = TEXT
LIMIT: Final = "#7d848e"
VIOLET: Final = "purple"
SHADES: Final = (TEXT, "#8a929d", "#6a727e", "#979ea8", "#79818c", "#5f6874")
"""Alike values in one chart: greys, strong and weak by turns."""

OF: Final[Mapping[Severity, str]] = {
    Severity.NORMAL: TEXT,
    Severity.LOW: "dark-yellow",
    Severity.MEDIUM: "dark-orange",
    Severity.HIGH: "red",
    Severity.INSTRUMENT: VIOLET,
}
CELL: Final[Mapping[Severity, str]] = {
    Severity.LOW: "#8a6d00",
    Severity.MEDIUM: "#b35309",
    Severity.HIGH: "#c8141b",
    Severity.INSTRUMENT: "#6b3fd4",
}
"""Of cells, which are drawn solid; Grafana writes black or white into them, whatever stands out."""

QUIET: Final = "#626c79"
ABSENT: Final = "panel-bg"
"""Cells of what is as it should be, and of what was not asked for."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies behind the words of states: by severity, behind what runs, and behind what stands."""

    of: Mapping[Severity, str]
    filled: str
    hollow: str


PILLS: Final = Ground(
    {
        Severity.LOW: "rgba(224, 180, 0, 0.5)",
        Severity.MEDIUM: "rgba(250, 100, 0, 0.5)",
        Severity.HIGH: "rgba(224, 47, 68, 0.6)",
        Severity.INSTRUMENT: "rgba(143, 59, 184, 0.5)",
    },
    "rgba(125, 132, 142, 0.5)",
    "transparent",
)
CELLS: Final = Ground(CELL, QUIET, ABSENT)

CAUSE: Final[Mapping[str, str]] = {
    "VALID": QUIET,
    "FAULT": "#c8141b",
    "STOPPED": "#b35309",
    "COMMUNICATION": "#6b3fd4",
    "NO_RESULT": "#9a6bff",
    "NO_SAMPLE": "#c79bff",
    "RANGE": "#8a6d00",
    "QC_FAILED": "#d9a400",
    "QUALITY": "#7f5bd0",
    "SAMPLE_TIME": "#b08a1e",
    "MARKED": "#5c7a99",
    "CALIBRATION": "#2f6fb0",
    "MAINTENANCE": "#1f4f82",
    "STANDARD_CHECK": "#6fa3d6",
    "ZERO_FLOW": "#55606e",
    "WAITING": ABSENT,
    "NO_HOUR": ABSENT,
    "NOT_DUE": ABSENT,
}
"""Red and orange need a person there, violet has no data, yellow is doubted, blue was done by people."""
UNNAMED: Final = VIOLET


def thresholds(bounds: Sequence[Bound], normal: str = TEXT) -> dict[str, Any]:
    """Return Grafana's steps for a value: each colour holds from its step on, upwards."""
    lows, highs = _gravest(bounds, upper=False), _gravest(bounds, upper=True)
    steps: list[dict[str, Any]] = [{"color": OF[lows[0].severity] if lows else normal, "value": None}]
    for index, bound in enumerate(lows):
        after = lows[index + 1].severity if index + 1 < len(lows) else Severity.NORMAL
        colour = normal if after is Severity.NORMAL else OF[after]
        # A step holds from its value on, and the value itself is still beyond the lower limit.
        steps.append({"color": colour, "value": _above(bound.beyond)})
    steps += [{"color": OF[bound.severity], "value": bound.beyond} for bound in highs]
    return {"mode": "absolute", "steps": steps}


def _gravest(bounds: Sequence[Bound], *, upper: bool) -> list[Bound]:
    """Return the bounds of one side, rising; of several at one value the gravest."""
    order = list(OF)
    found: dict[float, Bound] = {}
    for bound in sorted(bounds, key=lambda b: order.index(b.severity)):
        if bound.upper == upper:
            found[bound.beyond] = bound
    return [found[beyond] for beyond in sorted(found)]


def _above(value: float) -> float:
    return value + abs(value) * 1e-12 + 1e-12


def status_mappings(status: Status, *, ground: Ground | None, unknown: str) -> list[dict[str, Any]]:
    """Return the words and colours of a status word's places: the words' own, or of what is behind them."""
    options: dict[str, Any] = {}
    entries = [(place, said, severity) for place, (_, said, severity) in enumerate(status.says)]
    entries += [(IDLE, status.otherwise, status.otherwise_severity), (DEAD, unknown, Severity.INSTRUMENT)]
    for index, (place, said, severity) in enumerate(entries):
        if severity is not Severity.NORMAL:
            colour = ground.of[severity] if ground else OF[severity]
        elif ground:
            colour = ground.filled if said == status.filled else ground.hollow
        else:
            colour = TEXT
        options[str(place)] = {"text": said, "color": colour, "index": index}
    return [{"type": "value", "options": options}]
