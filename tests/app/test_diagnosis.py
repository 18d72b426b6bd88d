import asyncio
from dataclasses import dataclass, field

import pytest

from app.diagnosis import PointDiagnosis
from collectors.figures import Raw, Trial
from config.folder import PlantFolder
from telemetry.errors import Conflict, TooMany
from tests.api.conftest import folder

__all__ = ["folder"]

ANSWER = Trial("AE_DO1", 1, 0.012, "4006 6666", 2.1, 192, None)


@dataclass
class Line:
    """A line that keeps what came, and reads on demand when it is let."""

    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)

    def raw(self, tag: str) -> Raw | None:
        return Raw(5, f"raw of {tag}")

    async def try_point(self, tag: str) -> Trial:
        self.asked.append(tag)
        await self.may_answer.wait()
        return ANSWER


class Broker:
    """Keeps nothing and cannot be asked."""


def diagnosis(folder: PlantFolder, line: Line) -> PointDiagnosis:
    source = folder.plant.point_by_tag["AE_DO1"].source
    return PointDiagnosis(folder.plant, {source: line, "MQTT": Broker()})  # type: ignore[dict-item]


async def test_a_point_is_asked_for_over_its_own_connection(folder: PlantFolder) -> None:
    line = Line()
    line.may_answer.set()
    asked = diagnosis(folder, line)

    assert asked.raw("AE_DO1") == Raw(5, "raw of AE_DO1")
    assert asked.can_try("AE_DO1")
    assert await asked.try_point("AE_DO1") == ANSWER
    assert line.asked == ["AE_DO1"]


async def test_what_no_device_can_be_asked_for_is_refused(folder: PlantFolder) -> None:
    asked = diagnosis(folder, Line())
    source = folder.plant.point_by_tag["AE_DO1"].source

    for tag in ("LAB_SV30_1", "LS2_LIT", f"{source}.link", "NODE.disk", "NO_SUCH"):
        assert asked.raw(tag) is None
        assert not asked.can_try(tag)
        with pytest.raises(Conflict, match="not read from a device"):
            await asked.try_point(tag)


async def test_a_connection_has_one_read_on_demand_at_a_time_and_a_node_a_few(folder: PlantFolder) -> None:
    by_source = {
        point.source: point.tag
        for point in folder.plant.points
        if point.source.startswith("PLC") and not point.is_own
    }
    lines = {source: Line() for source in by_source}
    asked = PointDiagnosis(folder.plant, lines)  # type: ignore[arg-type]
    first, second, third, fourth, fifth = list(by_source)[:5]
    trials = [asyncio.create_task(asked.try_point(by_source[one])) for one in (first, second, third)]
    await asyncio.sleep(0)

    with pytest.raises(TooMany, match="try again"):
        await asked.try_point(by_source[first])
    trials.append(asyncio.create_task(asked.try_point(by_source[fourth])))
    await asyncio.sleep(0)
    with pytest.raises(TooMany, match="try again"):
        await asked.try_point(by_source[fifth])
    for line in lines.values():
        line.may_answer.set()

    assert await asyncio.gather(*trials) == [ANSWER] * 4
    assert await asked.try_point(by_source[first]) == ANSWER
    assert [len(lines[one].asked) for one in (first, second, third, fourth, fifth)] == [2, 1, 1, 1, 0]
