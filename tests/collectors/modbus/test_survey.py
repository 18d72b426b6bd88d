"""A look round on devices made of a table: what they have, and how they refuse the rest."""

from collections.abc import Mapping

import pytest

from collectors.modbus.settings import FunctionCode
from collectors.modbus.survey import Area, Budget, Device, Run, Spent, Survey
from telemetry.errors import DeviceRefused, DeviceUnreachable, LineUnreachable

HOLDING = FunctionCode.HOLDING_REGISTERS


class Table:
    """Holding registers by unit; `most` at once, more is refused, or ignored where it is `deaf`."""

    def __init__(self, units: Mapping[int, set[int]], most: int = 125, *, deaf: bool = False) -> None:
        self.units, self.most, self.deaf = units, most, deaf
        self.asked = 0

    async def __call__(self, unit: int, function: FunctionCode, offset: int, count: int) -> bytes:
        self.asked += 1
        if unit not in self.units:
            raise DeviceUnreachable("no answer within 0.5 s")
        if function is not HOLDING:
            raise DeviceRefused("illegal function", 1)
        if count > self.most:
            if self.deaf:
                raise DeviceUnreachable("no answer within 0.5 s")
            raise DeviceRefused("illegal data value", 3)
        if not set(range(offset, offset + count)) <= self.units[unit]:
            raise DeviceRefused("illegal data address", 2)
        return b"".join(at.to_bytes(2, "big") for at in range(offset, offset + count))


async def looked(table: Table, last: int = 999, most: int = 10_000) -> Area:
    survey = Survey(table, Budget(most, 0.0))
    device = Device(1)
    await survey.look(device, [HOLDING], 0, last)
    return device.areas[0]


async def test_units_that_answer_are_told_from_those_that_do_not() -> None:
    survey = Survey(Table({1: {0}, 3: set()}), Budget(100, 0.0))

    await survey.units([1, 2, 3])

    assert ([device.unit for device in survey.devices], survey.silent) == ([1, 3], [2])


async def test_without_a_connection_nothing_more_is_asked() -> None:
    async def nobody(unit: int, function: FunctionCode, offset: int, count: int) -> bytes:
        raise LineUnreachable("no connection to 10.0.0.1:502: connection refused")

    survey = Survey(nobody, Budget(100, 0.0))

    await survey.units(range(1, 20))

    assert (survey.budget.asked, survey.lost) == (1, "no connection to 10.0.0.1:502: connection refused")


@pytest.mark.parametrize("most", [125, 100, 20, 1])
async def test_ranges_are_found_to_the_register_whatever_is_given_at_once(most: int) -> None:
    there = {*range(0, 43), *range(100, 250), *range(455, 500)}

    area = await looked(Table({1: there}, most))

    assert [(run.offset, run.end) for run in area.runs] == [(0, 43), (100, 250), (455, 500)]
    assert [word for run in area.runs for word in run.words] == sorted(there)


async def test_a_device_that_ignores_long_questions_is_asked_short_ones() -> None:
    area = await looked(Table({1: set(range(60))}, 10, deaf=True), last=99)

    assert (area.runs, area.note) == ([Run(0, list(range(60)))], "answers no more than 10 at once")


async def test_a_device_without_a_function_is_asked_once() -> None:
    table = Table({1: {0}})
    survey = Survey(table, Budget(100, 0.0))
    device = Device(1)

    await survey.look(device, [FunctionCode.COILS], 0, 999)

    assert (device.areas, table.asked) == ([Area(FunctionCode.COILS, [], "illegal function")], 1)


async def test_an_empty_stretch_costs_few_questions() -> None:
    table = Table({1: set(range(900, 910))})

    area = await looked(table)

    assert [(run.offset, run.end) for run in area.runs] == [(900, 910)]
    assert table.asked < 200


async def test_the_budget_is_kept_and_what_was_found_stays() -> None:
    table = Table({1: set(range(150))}, 1)
    survey = Survey(table, Budget(60, 0.0))
    device = Device(1)

    with pytest.raises(Spent):
        await survey.look(device, [HOLDING], 0, 999)

    assert table.asked == 60
    assert device.areas[0].runs[0].offset == 0
    assert device.areas[0].note == "cut short: the budget of questions is spent (--most)"


async def test_what_was_found_is_read_once_more() -> None:
    survey = Survey(Table({1: set(range(250))}), Budget(1000, 0.0))
    device = Device(1)
    await survey.look(device, [HOLDING], 0, 299)
    device.areas[0].runs[0].words[0] = 77

    again = [(area.function, runs) async for area, runs in survey.again(device)]

    assert again == [(HOLDING, [Run(0, list(range(250)))])]
