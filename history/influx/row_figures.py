r"""Rows that others make, as line protocol: one line a row, time in µs.

    analyser_hour,equipment=EFF_ANA_COD,plant=fangcheng1,point=EFF_AIT_COD due=1i,valid=0i,cause="fault" 17…

Of a row is told whether it `lacks` a field that others of its name have: InfluxDB keeps what a line
leaves out, so what may stand there is deleted before. A row without any field only goes.
"""

from collections.abc import AsyncIterator, Sequence
from math import isfinite

from history.influx.figure_lines import FigureLine
from history.influx.lines import Deletion, picking, tagged
from history.influx.versioned import Changes, Portion
from telemetry.plant import Plant
from telemetry.rows import Row, RowSource

_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": " "})


class RowFigures:
    """Implements `VersionedFigures` for the rows of a plant's points."""

    def __init__(self, source: RowSource, plant: Plant) -> None:
        self._source = source
        self._plant = plant

    async def newest(self) -> int:
        """Return the newest version there is."""
        return await self._source.newest()

    async def waiting(self, after: int, through: int) -> int:
        """Return how many changes have a version in (after, through]."""
        return await self._source.waiting(after, through)

    async def version_before(self, at_us: int) -> int:
        """Return a version before the first that was stored at a time or later."""
        return await self._source.version_before(at_us)

    async def after(self, version: int, limit: int) -> Changes:
        """Return what changed since a version, of tags that have a point."""
        found = await self._source.after(version, limit)
        rows = [row for row in found.rows if row.tag in self._plant.point_by_tag]
        newest_us = max((row.time_us for row in rows), default=None)
        return Changes(found.version, newest_us, lambda: self._portions(rows))

    async def _portions(self, rows: Sequence[Row]) -> AsyncIterator[Portion]:
        yield Portion(
            lambda: [self._line(row) for row in rows if _told(row)],
            lambda lines, reached_us: self._goes(rows, lines, reached_us),
        )

    def _goes(self, rows: Sequence[Row], lines: Sequence[FigureLine], reached_us: int) -> list[Deletion]:
        lacking = [line for line in lines if line.lacks]
        gone = [self._line(row) for row in rows if not _told(row)]
        return [
            Deletion(line.tag, line.picks, line.time_us, line.time_us)
            for line in (*lacking, *gone)
            if line.time_us <= reached_us
        ]

    def _line(self, row: Row) -> FigureLine:
        point = self._plant.point_by_tag[row.tag]
        tags = {"equipment": point.equipment or "", "plant": self._plant.id, "point": row.tag}
        told = _told(row)
        text = f"{tagged(row.name, tags)}{','.join(told)} {row.time_us}"
        picks = f'_measurement="{row.name}" AND {picking(self._plant, point)}'
        return FigureLine(row.tag, row.time_us, text, picks, len(told) < len(row.fields))


def _told(row: Row) -> list[str]:
    return [
        f"{name}={_written(value)}"
        for name, value in row.fields.items()
        if value is not None and (isinstance(value, str) or isfinite(value))
    ]


def _written(value: float | int | str) -> str:
    if isinstance(value, str):
        return f'"{value.translate(_QUOTED)}"'
    return f"{value:d}i" if isinstance(value, int) else repr(value)
