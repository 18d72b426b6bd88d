"""The process on one sheet: units on the water's way in boxes, those beside it in rows below.

┌ 进水 ──┐ ┌ 格栅 ───┐ ┌ 好氧池 ─────────┐     as many boxes a row as their values need
│ 812    │ │ ●运行   │ │ 2.1 2.0 2.1 2.1 │
└────────┘ └─────────┘ └─────────────────┘
1#泵站 ●○ 液位 2.41   加药间 ●●● PAC 1.13    three columns, five rows at most
"""

import math
from collections.abc import Sequence
from typing import Final

from dashboards.canvas import Sheet, fitted, number_px, text_px
from dashboards.colours import TEXT
from dashboards.description import Metric, Status, UnitBox
from dashboards.words import word

GAP: Final = 6
PAD: Final = 8
NAME: Final = 24
NAME_LINE: Final = 30
LABEL_SIZE: Final = 20
"""The least that is read from five metres."""
LABEL_AT_MOST: Final = 200
VALUE_SIZE: Final = 30
METRIC_LINE: Final = 54
METRIC_LINE_AT_MOST: Final = 74
SMALL: Final = 15
PILL_SIZE: Final = 16
PILL_LINE: Final = 30
CELL_AT_LEAST: Final = 72
"""Room for 通讯中断 where a value would stand."""
ONE_ROW: Final = 12
BESIDE_COLUMNS: Final = 3
BESIDE_ROWS: Final = 5
BESIDE_SHARE: Final = 0.45
BESIDE_SIZE: Final = 24
GAP_AFTER: Final = 12
BOX_LINE: Final = NAME_LINE + METRIC_LINE + 4


def draw(sheet: Sheet, water: Sequence[UnitBox], beside: Sequence[UnitBox], left_out: int) -> None:
    """Draw a plant's units on a sheet, as large as there is room for them."""
    shown_beside = beside[: BESIDE_COLUMNS * BESIDE_ROWS]
    left_out += len(beside) - len(shown_beside)
    note = 22.0 if left_out else 0.0
    rows = math.ceil(len(shown_beside) / BESIDE_COLUMNS)
    low = min(rows * 46.0, sheet.height * BESIDE_SHARE) if water else sheet.height - note
    high = sheet.height - low - note if shown_beside else sheet.height - note
    left_out += _draw_water(sheet, water, high - GAP if shown_beside else high)
    _draw_beside(sheet, shown_beside, high, low, rows)
    if left_out:
        said = word("left_out", sheet.language, n=left_out)
        sheet.words(PAD, sheet.height - 24, sheet.width - 2 * PAD, 22, said, LABEL_SIZE, align="right")


def _draw_water(sheet: Sheet, boxes: Sequence[UnitBox], height: float) -> int:
    """Draw the boxes in rows of like length; return how many found no place."""
    if not boxes:
        return 0
    most_rows = max(int(height // BOX_LINE), 1)
    wanted = [wanted_px(box, height) for box in boxes]
    # Words give way before values do: a row that is a little too long is drawn closer.
    rows = 1 if len(boxes) <= ONE_ROW else math.ceil(sum(wanted) / sheet.width * 0.7)
    rows = min(max(rows, 1), most_rows)
    at_most = rows * int(sheet.width // (CELL_AT_LEAST + 2 * PAD + GAP))
    boxes, dropped = boxes[:at_most], max(len(boxes) - at_most, 0)
    for row in range(rows):
        first, last = len(boxes) * row // rows, len(boxes) * (row + 1) // rows
        own = boxes[first:last]
        line = height / rows
        _draw_row(sheet, own, row * line, line - GAP)
    return dropped


def _draw_row(sheet: Sheet, boxes: Sequence[UnitBox], top: float, height: float) -> None:
    wanted = [wanted_px(box, height) for box in boxes]
    room = sheet.width - GAP * (len(boxes) - 1)
    x = 0.0
    for box, wide in zip(boxes, wanted, strict=True):
        width = wide / sum(wanted) * room
        _draw_box(sheet, box, x, top, width, height)
        x += width + GAP


def wanted_px(box: UnitBox, height: float) -> float:
    """Return how wide a unit wants to be."""
    inside = [text_px(box.name, NAME) * 0.7]
    inside += [_metric_px(metric) for metric in _fitting(box, height)]
    if box.machines:
        # Machines share as many lines as leave room for two values.
        inside.append(min(len(box.machines), 2) * (pill_px(box.machines) + 4))
    return max(*inside, CELL_AT_LEAST) + 2 * PAD


def _metric_px(metric: Metric) -> float:
    cells = len(metric.values) * cell_px(metric)
    return max(cells, min(text_px(f"{metric.label} {metric.measure}", LABEL_SIZE), LABEL_AT_MOST))


def labelled(metric: Metric, width: float) -> str:
    """Return a metric's label, with what it is measured in if a width has room for both."""
    whole = f"{metric.label} {metric.measure}".strip()
    return whole if text_px(whole, LABEL_SIZE) <= width else metric.label


def cell_px(metric: Metric) -> float:
    """Return the room of one of alike values: its widest number and a mark, or a reason."""
    return max(number_px(metric.values[0], VALUE_SIZE) + 20, CELL_AT_LEAST)


def pill_px(machines: Sequence[Status]) -> float:
    """Return the room for a machine's number and its longest usual word."""
    said = [f"{m.label} {w}".strip() for m in machines for w in (m.otherwise, *(s[1] for s in m.says))]
    return max(text_px(text, PILL_SIZE) for text in said) + 12


def _fitting(box: UnitBox, height: float) -> Sequence[Metric]:
    lines = math.ceil(len(box.machines) / 3)
    room = height - NAME_LINE - lines * PILL_LINE
    return box.metrics[: max(int(room // METRIC_LINE), 1)]


def _draw_box(sheet: Sheet, box: UnitBox, x: float, y: float, w: float, h: float) -> None:
    sheet.frame(x, y, w, h)
    inner = w - 2 * PAD
    size = fitted(box.name, NAME, inner)
    sheet.words(x + PAD, y + 2, inner, NAME_LINE - 2, box.name, size, colour=TEXT)
    at = y + NAME_LINE
    if box.machines:
        wide = pill_px(box.machines)
        a_line = max(min(int((inner + 4) // (wide + 4)), len(box.machines)), 1)
        if box.metrics:
            # Rather narrower machines than no value.
            lines = max(int((h - NAME_LINE - METRIC_LINE) // PILL_LINE), 1)
            a_line = max(a_line, -(-len(box.machines) // lines))
        wide = min(wide, (inner - 4 * (a_line - 1)) / a_line)
        size = PILL_SIZE if wide >= pill_px(box.machines) else 14
        for index, machine in enumerate(box.machines):
            line, place = divmod(index, a_line)
            top = at + line * PILL_LINE
            if top + PILL_LINE <= y + h:
                sheet.pill(x + PAD + place * (wide + 4), top, wide, PILL_LINE - 5, machine, size)
        at += math.ceil(len(box.machines) / a_line) * PILL_LINE
    fitting = box.metrics[: max(int((y + h + 2 - at) // METRIC_LINE), 0)]
    # Few values in a large box are written large.
    height = min((y + h - at) / max(len(fitting), 1), max(METRIC_LINE_AT_MOST, h / 6))
    for index, metric in enumerate(fitting):
        _draw_metric(sheet, metric, x + PAD, at + index * height, inner, height)


def _draw_metric(sheet: Sheet, metric: Metric, x: float, y: float, w: float, h: float) -> None:
    label = labelled(metric, w)
    top = max(LABEL_SIZE, h * 0.27)
    sheet.words(x, y, w, top + 2, label, fitted(label, max(LABEL_SIZE, int(h * 0.2)), w))
    count = max(min(len(metric.values), int(w // min(CELL_AT_LEAST - 8, w))), 1)
    cell = w / count
    for place, value in enumerate(metric.values[:count]):
        # As large as the line is high, if the widest number and a mark still fit.
        large = int(VALUE_SIZE * min(h / METRIC_LINE, (cell - 20) / number_px(value, VALUE_SIZE)))
        sheet.value(x + place * cell, y + top, cell, h - top, value, max(large, VALUE_SIZE - 6), SMALL)


def _draw_beside(sheet: Sheet, boxes: Sequence[UnitBox], top: float, height: float, rows: int) -> None:
    if not rows:
        return
    line = min(height / rows, 90)
    width = (sheet.width - GAP * (BESIDE_COLUMNS - 1)) / BESIDE_COLUMNS
    for index, box in enumerate(boxes):
        column, row = divmod(index, rows)
        x, y = column * (width + GAP), top + row * line
        sheet.frame(x, y, width, line - 4)
        _draw_line(sheet, box, x + PAD, y, width - 2 * PAD, line - 4)


def _draw_line(sheet: Sheet, box: UnitBox, x: float, y: float, w: float, h: float) -> None:
    name = 128.0
    sheet.words(x, y, name - 4, h, box.name, fitted(box.name, 20, name - 12), colour=TEXT)
    at = x + name
    wide = pill_px(box.machines) if box.machines else 0
    # Rather one machine less than no value at all.
    least = beside_px(box.metrics[0], box.metrics[0].label) if box.metrics else 0.0
    most = max(int((w - name - least) // (wide + 4)), 0) if wide else 0
    for machine in box.machines[:most]:
        sheet.pill(at, y + (h - 26) / 2, wide, 26, machine, PILL_SIZE)
        at += wide + 4
    _draw_values(sheet, box.metrics, at + 6, y, x + w - at - 6, h)


def _draw_values(sheet: Sheet, metrics: Sequence[Metric], x: float, y: float, w: float, h: float) -> None:
    """Write as many values after their labels as there is room for."""
    end = x + w
    for metric in metrics:
        label = labelled(metric, end - x - beside_px(metric, ""))
        wide = beside_px(metric, label)
        if wide > end - x:
            return
        said = text_px(label, LABEL_SIZE) + GAP_AFTER
        sheet.words(x, y, said, h, label, LABEL_SIZE)
        sheet.value(x + said, y, wide - said - GAP_AFTER, h, metric.values[0], BESIDE_SIZE, SMALL)
        x += wide


def beside_px(metric: Metric, label: str) -> float:
    """Return the room of one value after its label: its widest number and a mark, or a reason."""
    number = max(number_px(metric.values[0], BESIDE_SIZE) + 20, CELL_AT_LEAST)
    return text_px(label, LABEL_SIZE) + GAP_AFTER + number + GAP_AFTER
