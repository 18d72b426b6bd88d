"""Points asked for one by one: what last came, and a read on demand, by the connection each is read over."""

from collections.abc import Mapping
from typing import Final, Protocol, runtime_checkable

from app.collecting import Collector
from collectors.figures import Raw, Trial
from telemetry.errors import Conflict, TooMany
from telemetry.plant import Plant

_AT_ONCE: Final = 4


@runtime_checkable
class _KeepsRaw(Protocol):
    def raw(self, tag: str) -> Raw | None: ...


@runtime_checkable
class _Tries(Protocol):
    async def try_point(self, tag: str) -> Trial: ...


class PointDiagnosis:
    """Implements `collectors.figures.Diagnosis` on a node's collectors, which may come later."""

    def __init__(self, plant: Plant, collectors: Mapping[str, Collector]) -> None:
        self._points = plant.point_by_tag
        self._collectors = collectors
        self._trying: set[str] = set()

    def raw(self, tag: str) -> Raw | None:
        """Return what last came for a point; see Diagnosis."""
        collector = self._collector(tag)
        return collector.raw(tag) if isinstance(collector, _KeepsRaw) else None

    def can_try(self, tag: str) -> bool:
        """Return whether the point can be read on demand."""
        return isinstance(self._collector(tag), _Tries)

    async def try_point(self, tag: str) -> Trial:
        """Read a point once; Conflict where nothing can be asked for it, TooMany where others are at it.

        A connection has one such read at a time: the others' time is for what is read anyway.
        """
        collector = self._collector(tag)
        if not isinstance(collector, _Tries):
            raise Conflict("not_read_on_demand", f"{tag} is not read from a device that can be asked for it")
        connection = self._connection(tag)
        if connection in self._trying or len(self._trying) >= _AT_ONCE:
            raise TooMany("test_reads_busy", "others are reading points at this moment; try again", 2)
        self._trying.add(connection)
        try:
            return await collector.try_point(tag)
        finally:
            self._trying.discard(connection)

    def _collector(self, tag: str) -> object:
        point = self._points.get(tag)
        return None if point is None or point.is_own else self._collectors.get(self._connection(tag))

    def _connection(self, tag: str) -> str:
        # A unit of a line stands behind the line's name: GW1.FM1 is read over GW1.
        return self._points[tag].source.partition(".")[0]
