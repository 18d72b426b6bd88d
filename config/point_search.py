"""Points found by words, place, connection and how they stand now."""

import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from history.live import Condition
from telemetry.plant import Plant, Point


@dataclass(frozen=True, slots=True)
class PointFilter:
    """Points of a unit, with all words in tag or name, of a connection, in one of some conditions."""

    unit: str | None = None
    words: str | None = None
    connection: str | None = None
    conditions: Collection[Condition] | None = None


class PointSearch:
    """Finds points of a plant, in its order; `condition` says how a tag's newest sample stands now."""

    def __init__(self, plant: Plant, condition: Callable[[str], Condition]) -> None:
        self._points = plant.points
        self._place = {point.tag: number for number, point in enumerate(plant.points)}
        self._condition = condition
        self._words = {
            point.tag: _folded(f"{point.tag} {point.name.zh} {point.name.en}") for point in plant.points
        }

    def find(self, wanted: PointFilter, after: str | None = None) -> Iterator[Point]:
        """Yield the points that fit, those behind a tag only; KeyError for a tag that is not there."""
        words = _folded(wanted.words or "").split()
        for point in self._points[0 if after is None else self._place[after] + 1 :]:
            if (
                wanted.unit in (None, point.unit)
                and wanted.connection in (None, point.connection)
                and all(word in self._words[point.tag] for word in words)
                and (wanted.conditions is None or self._condition(point.tag) in wanted.conditions)
            ):
                yield point


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
