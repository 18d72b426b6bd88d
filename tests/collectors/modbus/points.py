"""Points and settings as short as a test wants them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from collectors.modbus.settings import DataType, FunctionCode, ModbusPoint, ModbusSettings, WordOrder


def point(
    tag: str,
    offset: int,
    data_type: DataType = DataType.U16,
    word_order: WordOrder = WordOrder.ABCD,
    **more: Any,
) -> ModbusPoint:
    code = FunctionCode.COILS if data_type is DataType.BOOL else FunctionCode.HOLDING_REGISTERS
    fields: dict[str, Any] = {
        "source": "PLC1",
        "function_code": code,
        "poll": timedelta(milliseconds=50),
    } | more
    return ModbusPoint(tag=tag, offset=offset, data_type=data_type, word_order=word_order, **fields)


def settings(port: int = 502, **more: Any) -> ModbusSettings:
    fields: dict[str, Any] = {
        "type": "modbus",
        "host": "127.0.0.1",
        "port": port,
        "timeout": "200ms",
        "retries": 0,
        "backoff_max": "100ms",
    }
    return ModbusSettings(**fields | more)


def ids(points: Sequence[ModbusPoint]) -> dict[str, int]:
    return {point.tag: number for number, point in enumerate(points, start=1)}
