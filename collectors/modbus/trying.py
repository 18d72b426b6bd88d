"""Every point of a device read once, in as few requests as in service; what is refused, one by one."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from collectors.figures import Trial
from collectors.modbus.asking import Ask, hex_of
from collectors.modbus.decode import decode
from collectors.modbus.plan import Planner, Request
from collectors.modbus.refusals import judge
from collectors.modbus.settings import ModbusPoint, ModbusSettings
from telemetry.clock import Clock
from telemetry.errors import DeviceError, DeviceRefused, DeviceUnreachable

MOST_SILENT: Final = 2
"""Requests without an answer after which a device that never gave one is taken for gone."""


async def try_points(
    ask: Ask,
    unit: int,
    settings: ModbusSettings,
    points: Sequence[ModbusPoint],
    ranges: Mapping[str, tuple[float, float]],
    clock: Clock,
) -> list[Trial]:
    """Return what each point gives, in the order given."""
    planner = Planner(settings, {point.tag: index for index, point in enumerate(points)}, ranges)
    found: dict[str, Trial] = {}
    silent = 0
    for request in planner.requests(points):
        if silent >= MOST_SILENT and not any(trial.error is None for trial in found.values()):
            found |= _failed(request, clock, DeviceUnreachable("not tried: the device answered nothing"))
            continue
        outcome = await _try(ask, unit, request, settings, clock)
        if isinstance(outcome, DeviceRefused) and len(request.points) > 1:
            for single in (one for point in request.points for one in planner.requests([point])):
                alone = await _try(ask, unit, single, settings, clock)
                found |= alone if isinstance(alone, dict) else _failed(single, clock, alone)
        elif isinstance(outcome, dict):
            found |= outcome
        else:
            silent += isinstance(outcome, DeviceUnreachable)
            found |= _failed(request, clock, outcome)
    return [found[point.tag] for point in points]


async def _try(
    ask: Ask, unit: int, request: Request, settings: ModbusSettings, clock: Clock
) -> dict[str, Trial] | DeviceError:
    await asyncio.sleep(settings.pause.total_seconds())
    began_us = clock.monotonic_us()
    try:
        data = await ask(unit, request.function_code, request.offset, request.count)
    except DeviceError as error:
        return error
    latency_s = (clock.monotonic_us() - began_us) / 1e6
    values, quality = decode(request.layout, data)
    now_us = clock.now_us()
    raws = _raws(request, data)
    return {
        point.tag: Trial(point.tag, now_us, latency_s, raw, float(value), int(byte), None)
        for point, raw, value, byte in zip(request.points, raws, values, quality, strict=True)
    }


def _raws(request: Request, data: bytes) -> Iterator[str]:
    for point in request.points:
        at = point.offset - request.offset
        if request.function_code.reads_bits:
            yield str(data[at // 8] >> at % 8 & 1)
        else:
            yield hex_of(data[2 * at : 2 * (at + point.data_type.registers)])


def _failed(request: Request, clock: Clock, error: DeviceError) -> dict[str, Trial]:
    quality, now_us = int(judge(error).quality), clock.now_us()
    return {
        point.tag: Trial(point.tag, now_us, None, None, None, quality, str(error)) for point in request.points
    }
