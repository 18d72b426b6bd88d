"""Where each point is read, in a few words as they stand in a device's manual or in a broker's topics."""

from collectors.modbus.settings import ModbusPoint, WordOrder
from collectors.mqtt.plan import place
from config.folder import PlantFolder


def point_addresses(folder: PlantFolder) -> dict[str, str]:
    """Return `FC03 100 F32 CDAB ×0.1` or `lift/LS2/readings · LIT` by tag; what is not read has none."""
    modbus = {point.tag: modbus_address(point) for point in folder.modbus_points}
    return modbus | _topics(folder)


def modbus_address(point: ModbusPoint) -> str:
    """Return a register's function, offset, type and order, and by what its raw value is multiplied."""
    parts = [f"FC{point.function_code:02d} {point.offset} {point.data_type}"]
    if point.data_type.registers > 1 or point.word_order is not WordOrder.ABCD:
        parts.append(point.word_order.value)
    if point.scale != 1.0:
        parts.append(f"×{point.scale:g}")
    return " ".join(parts)


def _topics(folder: PlantFolder) -> dict[str, str]:
    found = {}
    for point in folder.plant.points:
        settings = folder.mqtt.get(point.source)
        at = None if settings is None or point.is_own else place(settings, point.tag)
        if at is not None:
            found[point.tag] = f"{at.topic} · {at.key}"
    return found
