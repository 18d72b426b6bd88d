"""A sheet of Grafana's Canvas panel: words, values and shapes placed by hand, scaled with the panel.

Places are pixels of the sheet at 1080p; Grafana gets them as per cent, so other screens show the same.
A value that holds, its mark and the reason why it does not hold are three fields of the same query:
each is drawn, and those that are not there draw nothing.
"""

from typing import Any, Final

from dashboards.colours import FRAME, LABEL, PILLS, TEXT, VIOLET, status_mappings, thresholds
from dashboards.description import Status, Value
from dashboards.names import shown
from dashboards.present import MARK, REASON
from dashboards.words import word

Element = dict[str, Any]
LINE_HEIGHT: Final = 1.58
REASON_EM: Final = 4.2
REASON_AND_AGE_EM: Final = 7.5
"""How wide the longest reason is, without and with its age, in its letters' height."""


class Sheet:
    """What is drawn on one Canvas panel, and how its fields are shown."""

    def __init__(self, width: float, height: float, language: str) -> None:
        self.width = width
        self.height = height
        self.language = language
        self.elements: list[Element] = []
        self.overrides: dict[str, list[dict[str, Any]]] = {}
        self.brief: set[str] = set()
        """Values beside whose reason there is no room for how long it lasts."""

    def words(
        self, x: float, y: float, w: float, h: float, text: str, size: int, *,
        colour: str = LABEL, align: str = "left", valign: str = "middle",
    ) -> None:  # fmt: skip
        """Write fixed words."""
        said = {"mode": "fixed", "fixed": shown(text)}
        self._element(x, y, w, h, said, size, {"fixed": colour}, align, valign)

    def field(
        self, x: float, y: float, w: float, h: float, name: str, size: int, *,
        colour: str | None = None, align: str = "left", valign: str = "middle",
    ) -> Element:  # fmt: skip
        """Write a field's value, in the field's own colour if none is given; nothing without the field."""
        said = {"mode": "field", "field": name, "fixed": ""}
        paint = {"fixed": TEXT, "field": name} if colour is None else {"fixed": colour}
        return self._element(x, y, w, h, said, size, paint, align, valign)

    def frame(self, x: float, y: float, w: float, h: float) -> None:
        """Draw an empty box with a thin edge."""
        element = self._element(
            x, y, w, h, {"mode": "fixed", "fixed": ""}, 12, {"fixed": TEXT}, "left", "top"
        )
        element["border"] = {"color": {"fixed": FRAME}, "width": 1, "radius": 4}

    def value(self, x: float, y: float, w: float, h: float, value: Value, size: int, small: int) -> None:
        """Write a measured value with its mark at its right; where it does not hold, the reason instead."""
        self.field(x, y, w, h, value.tag, size)
        mark_x = x + min(number_px(value, size) + 6, max(w - small, 0))
        element = self.field(mark_x, y, max(x + w - mark_x, small), h, MARK + value.tag, small)
        element["config"]["color"]["field"] = value.tag
        reason = max(min(max(small, round(size * 0.54)), int(w / REASON_EM)), 11)
        self.field(x, y, w, h, REASON + value.tag, reason, colour=VIOLET)
        if w < reason * REASON_AND_AGE_EM:
            self.brief.add(value.tag)
        steps = thresholds(value.bounds)
        self.shown_as(value.tag, decimals=value.decimals, color={"mode": "thresholds"}, thresholds=steps)

    def pill(self, x: float, y: float, w: float, h: float, status: Status, size: int) -> None:
        """Draw a machine: filled or hollow, with its number and its state as a word."""
        said = {"mode": "field", "field": status.tag, "fixed": ""}
        element = self._element(x, y, w, h, said, size, {"fixed": TEXT}, "center", "middle")
        element["background"] = {"color": {"fixed": "transparent", "field": status.tag}}
        radius = round(h / 2) if status.round else 3
        element["border"] = {"color": {"fixed": LABEL}, "width": 1, "radius": radius}
        self.shown_as(status.tag, mappings=self._said(status, ground=True))

    def state(self, x: float, y: float, w: float, h: float, status: Status, size: int) -> None:
        """Write a status word's meaning."""
        self.field(x, y, w, h, status.tag, size)
        self.shown_as(status.tag, mappings=self._said(status, ground=False))

    def shown_as(self, name: str, **properties: Any) -> None:
        """Say how a field is written: decimals, thresholds, mappings, unit."""
        self.overrides[name] = [{"id": key, "value": value} for key, value in properties.items()]

    def options(self) -> dict[str, Any]:
        """Return the panel's options."""
        root = {"name": "sheet", "type": "frame", "elements": self.elements, **_root_style()}
        return {
            "inlineEditing": False,
            "panZoom": False,
            "zoomToContent": False,
            "showAdvancedTypes": False,
            "infinitePan": False,
            "tooltip": {"mode": "none", "disableForOneClick": False},
            "root": root,
        }

    def field_config(self) -> dict[str, Any]:
        """Return the panel's field configuration."""
        defaults = {"color": {"mode": "fixed", "fixedColor": TEXT}, "mappings": []}
        overrides = [
            {"matcher": {"id": "byName", "options": name}, "properties": properties}
            for name, properties in self.overrides.items()
            if properties
        ]
        return {"defaults": defaults, "overrides": overrides}

    def _said(self, status: Status, *, ground: bool) -> list[dict[str, Any]]:
        unknown = word("unknown_state" if ground else "no_reading", self.language)
        mappings = status_mappings(status, ground=PILLS if ground else None, unknown=unknown)
        if ground and status.label:
            for option in mappings[0]["options"].values():
                option["text"] = shown(f"{status.label} {option['text']}")
        return mappings

    def _element(
        self, x: float, y: float, w: float, h: float, said: dict[str, str], size: int,
        colour: dict[str, str], align: str, valign: str,
    ) -> Element:  # fmt: skip
        # Grafana's lines are higher than their letters: what stands in a lower box would be pushed down.
        line = size * LINE_HEIGHT
        if h < line:
            y, h = y - (line - h) / 2, line
        element: Element = {
            "type": "rectangle",
            "name": f"e{len(self.elements) + 1}",
            "constraint": {"horizontal": "scale", "vertical": "scale"},
            "placement": {
                "left": _percent(x, self.width),
                "right": _percent(self.width - x - w, self.width),
                "top": _percent(y, self.height),
                "bottom": _percent(self.height - y - h, self.height),
                "rotation": 0,
            },
            "background": {"color": {"fixed": "transparent"}},
            "border": {"color": {"fixed": "transparent"}},
            "config": {"text": said, "size": size, "color": colour, "align": align, "valign": valign},
            "links": [],
        }
        self.elements.append(element)
        return element


def number_px(value: Value, size: int) -> float:
    """Return how wide a value's widest number is."""
    widest = max(len(f"{end:.{value.decimals}f}") for end in (value.low, value.high))
    return widest * size * 0.58


def text_px(text: str, size: float) -> float:
    """Return roughly how wide a text is: hanzi are square, other characters a little over half."""
    return sum(size if ord(c) > 0x2E7F else size * 0.6 for c in text)


def fitted(text: str, size: int, width: float, least: int = 12) -> int:
    """Return the size at which a text stands on one line of a width: at most `size`, not below `least`."""
    return max(min(size, int(size * width / max(text_px(text, size), 1))), least)


def _percent(part: float, whole: float) -> float:
    return round(part / whole * 100, 3)


def _root_style() -> dict[str, Any]:
    return {
        "background": {"color": {"fixed": "transparent"}},
        "border": {"color": {"fixed": "transparent"}},
        "constraint": {"horizontal": "left", "vertical": "top"},
        "placement": {"top": 0, "left": 0, "width": 100, "height": 100, "rotation": 0},
    }
