"""Where each point is read, in a few words as they stand in a device's manual or in a broker's topics."""

from typing import Final

from collectors.modbus.settings import ModbusPoint, WordOrder
from collectors.mqtt.plan import place
from config.folder import PlantFolder

_SWAPS_BYTES: Final = (WordOrder.BADC, WordOrder.DCBA)
"""The orders that a single register knows too."""


def point_addresses(folder: PlantFolder) -> dict[str, str]:
    """Return `FC03 100 F32 CDAB ×0.1` or `lift/LS2/readings · LIT` by tag; what is not read has none."""
    modbus = {point.tag: modbus_address(point) for point in folder.modbus_points}
    return modbus | _topics(folder)


def modbus_address(point: ModbusPoint) -> str:
    """Return a register's function, offset, bit, type and order, and what becomes of its raw value."""
    bit = "" if point.bit is None else f".{point.bit}"
    parts = [f"FC{point.function_code:02d} {point.offset}{bit} {point.data_type}"]
    if point.data_type.registers > 1 or point.word_order in _SWAPS_BYTES:
        parts.append(point.word_order.value)
    if point.scale != 1.0:
        parts.append(f"×{point.scale:g}")
    if point.shift:
        parts.append(f"{point.shift:+g}".replace("-", "−"))
    return " ".join(parts)


def _topics(folder: PlantFolder) -> dict[str, str]:
    found = {}
    for point in folder.plant.points:
        settings = folder.mqtt.get(point.source)
        at = None if settings is None or point.is_own else place(settings, point.tag)
        if at is not None:
            found[point.tag] = f"{at.topic} · {at.key}" if at.key else at.topic
    return found
