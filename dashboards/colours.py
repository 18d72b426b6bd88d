"""Colour means that something needs a person; everything else is grey (dark theme)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboards.description import Bound, Severity, Status
from dashboards.flux import DEAD, IDLE

TEXT: Final = "#e4e7eb"
LABEL: Final = "#9aa3af"
FRAME: Final = "#3b424c"
FILLED: Final = "#5d6878"
HOLLOW: Final = "transparent"
LINE: Final = "#c3c9d2"
LIMIT: Final = "#7b8594"
VIOLET: Final = "#b18cff"
SHADES: Final = ("#e4e7eb", "#a9b1bd", "#7d8796", "#cdd2da", "#939cab", "#686f7c")
"""Alike values in one chart: greys, light and dark by turns."""

OF: Final[Mapping[Severity, str]] = {
    Severity.NORMAL: TEXT,
    Severity.LOW: "#f5d33c",
    Severity.MEDIUM: "#ff9a3d",
    Severity.HIGH: "#ff5c5c",
    Severity.INSTRUMENT: VIOLET,
}
GROUND: Final[Mapping[Severity, str]] = {
    Severity.LOW: "#8a6d00",
    Severity.MEDIUM: "#b35309",
    Severity.HIGH: "#c8141b",
    Severity.INSTRUMENT: "#6b3fd4",
}
"""Behind white words, dark enough for them."""

QUIET: Final = "#3a424d"
ABSENT: Final = "#20252c"
"""Cells of what is as it should be, and of what was not asked for."""
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
UNNAMED: Final = "#b18cff"


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


def status_mappings(status: Status, *, ground: bool, unknown: str) -> list[dict[str, Any]]:
    """Return the words and colours of a status word's places; `ground` colours what is behind words."""
    options: dict[str, Any] = {}
    entries = [(place, said, severity) for place, (_, said, severity) in enumerate(status.says)]
    entries += [(IDLE, status.otherwise, status.otherwise_severity), (DEAD, unknown, Severity.INSTRUMENT)]
    for index, (place, said, severity) in enumerate(entries):
        if severity is not Severity.NORMAL:
            colour = GROUND[severity] if ground else OF[severity]
        elif ground:
            colour = FILLED if said == status.filled else HOLLOW
        else:
            colour = TEXT
        options[str(place)] = {"text": said, "color": colour, "index": index}
    return [{"type": "value", "options": options}]
