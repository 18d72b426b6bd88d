"""Charts as SVG of our own: bars and lines of a month's days, drawn for paper, in greys and one ink.

Text stands in the document's font and nothing is styled by attribute `style`, so that a page with a strict
policy shows them. What is missing leaves a gap; it is never joined up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Final

INK: Final = "#1f4e79"
SECOND: Final = "#9a6b1f"
GREY: Final = "#8a8f94"
RULE: Final = "#d9dcdf"
RED: Final = "#b3261e"
FONT: Final = "Outfall Sans SC, Noto Sans SC, Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"
_LEFT: Final = 44.0
_RIGHT: Final = 10.0
_TOP: Final = 20.0
_BOTTOM: Final = 20.0


@dataclass(frozen=True, slots=True)
class Series:
    """Values by day; drawn as `bars`, `line` or the `steps` of a limit."""

    name: str
    values: Sequence[float | None]
    kind: str = "line"
    colour: str = INK


def day_chart(
    days: Sequence[str],
    series: Sequence[Series],
    unit: str,
    *,
    width: float = 340.0,
    height: float = 130.0,
    zero: bool = True,
    marked: frozenset[int] = frozenset(),
) -> str:
    """Return a chart of a month; `marked` days are drawn in red, with a triangle."""
    known = [value for one in series for value in one.values if value is not None]
    low, high, step = _scale(known, zero)
    inner_w, inner_h = width - _LEFT - _RIGHT, height - _TOP - _BOTTOM
    slot = inner_w / max(len(days), 1)

    def x(index: float) -> float:
        return _LEFT + slot * (index + 0.5)

    def y(value: float) -> float:
        return _TOP + inner_h * (1 - (value - low) / (high - low))

    parts = [_open(width, height), _text(_LEFT - 6, _TOP - 9, unit, "end", GREY)]
    parts += _grid(low, high, step, y, width)
    for index, day in enumerate(days):
        number = int(day[-2:])
        if number == 1 or number % 5 == 0:
            parts.append(_text(x(index), height - 7, str(number), "middle", GREY))
    bars = [one for one in series if one.kind == "bars"]
    for place, one in enumerate(bars):
        thick = slot * 0.76 / len(bars)
        for index, value in enumerate(one.values):
            if value is not None:
                left = x(index) - slot * 0.38 + thick * place
                top, bottom = sorted((y(value), y(max(low, 0.0))))
                colour = RED if index in marked and place == 0 else one.colour
                parts.append(
                    f'<rect x="{left:.2f}" y="{top:.2f}" width="{thick * 0.92:.2f}" height="'
                    f'{bottom - top:.2f}" fill="{colour}"/>'
                )
    for one in series:
        if one.kind == "steps":
            parts += _steps(one, x, y, slot)
        elif one.kind == "line":
            parts += _line(one, x, y, marked)
    parts += _legend(series, width)
    return "".join((*parts, "</svg>"))


def rate_bars(
    rows: Sequence[tuple[str, float | None]], target: float, *, width: float = 690.0, low: float = 80.0
) -> str:
    """Return horizontal bars of percentages with a line at the target; below it they are red."""
    line_h, left = 20.0, 150.0
    height = line_h * len(rows) + 30
    inner = width - left - 70

    def x(value: float) -> float:
        return left + inner * (min(max(value, low), 100.0) - low) / (100.0 - low)

    parts = [_open(width, height)]
    for tick in range(int(low), 101, 5):
        parts.append(_rule(x(tick), 8, x(tick), height - 20))
        parts.append(_text(x(tick), height - 7, f"{tick} %", "middle", GREY))
    for index, (name, value) in enumerate(rows):
        middle = 8 + line_h * (index + 0.5)
        parts.append(_text(left - 8, middle + 3.4, name, "end", "#222222"))
        if value is None:
            parts.append(_text(left + 6, middle + 3.4, "–", "start", GREY))
            continue
        colour = INK if value >= target else RED
        parts.append(
            f'<rect x="{left:.1f}" y="{middle - 6:.1f}" width="{max(x(value) - left, 1):.1f}" height="12"'
            f' fill="{colour}"/>'
        )
        said = f"{value:.1f} %" if value >= target else f"▲ {value:.1f} %"
        parts.append(_text(x(100.0) + 8, middle + 3.4, said, "start", colour))
    at = x(target)
    parts.append(
        f'<line x1="{at:.1f}" y1="4" x2="{at:.1f}" y2="{height - 20:.1f}" stroke="#222222"'
        ' stroke-width="1" stroke-dasharray="4 3"/>'
    )
    return "".join((*parts, "</svg>"))


def _open(width: float, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
        f' height="{height:g}" font-family="{FONT}" font-size="9">'
    )


def _text(x: float, y: float, text: str, anchor: str, colour: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{RULE}" stroke-width="0.7"/>'
    )


def _grid(low: float, high: float, step: float, y: "object", width: float) -> list[str]:
    assert callable(y)
    parts = []
    power = floor(log10(step) + 1e-9)
    decimals = max(0, -power + (abs(step / 10.0**power - 2.5) < 1e-6))
    for index in range(round((high - low) / step) + 1):
        value = low + step * index
        parts.append(_rule(_LEFT, y(value), width - _RIGHT, y(value)))
        parts.append(_text(_LEFT - 6, y(value) + 3, f"{value:,.{decimals}f}", "end", GREY))
    return parts


def _line(one: Series, x: "object", y: "object", marked: frozenset[int]) -> list[str]:
    assert callable(x)
    assert callable(y)
    parts, run = [], []
    for index, value in enumerate((*one.values, None)):
        if value is not None:
            run.append(f"{x(index):.2f},{y(value):.2f}")
            continue
        if len(run) > 1:
            points = " ".join(run)
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{one.colour}" stroke-width="1.4"/>'
            )
        elif run:
            at_x, at_y = run[0].split(",")
            parts.append(f'<circle cx="{at_x}" cy="{at_y}" r="1.6" fill="{one.colour}"/>')
        run = []
    for index in sorted(marked):
        value = one.values[index]
        if value is not None:
            a, b = x(index), y(value)
            parts.append(f'<path d="M{a:.1f} {b - 5:.1f}l4 7h-8z" fill="{RED}"/>')
    return parts


def _steps(one: Series, x: "object", y: "object", slot: float) -> list[str]:
    """Return the parts of a limit: a dashed line over each run of days with the same one."""
    assert callable(x)
    assert callable(y)
    parts = []
    begun = 0
    values = [*one.values, None]
    for index in range(1, len(values)):
        if values[index] == values[begun] and index < len(one.values):
            continue
        limit = values[begun]
        if limit is not None:
            left, right = x(begun) - slot / 2, x(index - 1) + slot / 2
            parts.append(
                f'<line x1="{left:.1f}" y1="{y(limit):.1f}" x2="{right:.1f}" y2="{y(limit):.1f}"'
                f' stroke="{RED}" stroke-width="1" stroke-dasharray="5 3"/>'
            )
        begun = index
    return parts


def _legend(series: Sequence[Series], width: float) -> list[str]:
    """Return the names of the series, from the right end of the first line."""
    parts = []
    at = width - _RIGHT
    for one in reversed(series):
        if not one.name:
            continue
        length = sum(9.0 if ord(c) > 0x2E80 else 5.0 for c in one.name)
        parts.append(_text(at, _TOP - 9, one.name, "end", "#222222"))
        at -= length + 5
        if one.kind == "bars":
            parts.append(
                f'<rect x="{at - 7:.1f}" y="{_TOP - 16:.1f}" width="7" height="7" fill="{one.colour}"/>'
            )
        else:
            colour = RED if one.kind == "steps" else one.colour
            dash = ' stroke-dasharray="4 2"' if one.kind == "steps" else ""
            parts.append(
                f'<line x1="{at - 13:.1f}" y1="{_TOP - 12:.1f}" x2="{at:.1f}" y2="{_TOP - 12:.1f}"'
                f' stroke="{colour}" stroke-width="1.4"{dash}/>'
            )
        at -= 24
    return parts


def _scale(values: Sequence[float], zero: bool) -> tuple[float, float, float]:
    """Return both ends of an axis and the step between its lines: 3 to 5 round steps."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < 1e-12:
        high = low + (abs(low) or 1.0)
    rough = (high - low) / 4
    power = 10.0 ** floor(log10(rough))
    step = next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough * 0.999)
    return floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step, step
