"""The register addresses of all points beside each other, and beside what their devices give."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from collectors.modbus.settings import FunctionCode, ModbusSettings, untouched
from config.cells import Row
from config.problems import quoted
from config.registers import Register

CLASSIC_NUMBERS: Final = {
    FunctionCode.DISCRETE_INPUTS: range(10_001, 20_000),
    FunctionCode.HOLDING_REGISTERS: range(40_001, 50_000),
    FunctionCode.INPUT_REGISTERS: range(30_001, 40_000),
}
"""What manuals call the addresses 0 to 9998 of a function; a coil's number looks like any offset."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A register with its line, its tag and its connection."""

    row: Row
    tag: str
    source: str
    register: Register


def check_overlaps(registers: Iterable[Placed]) -> None:
    """Tell each address that two lines read as different values; bits of one register are no two."""
    registers = list(registers)
    _check_bits(registers)
    reach: Placed | None = None
    whole = (placed for placed in registers if placed.register.bit is None)
    order = sorted(whole, key=lambda p: (p.source, p.register.function, p.register.offset, p.row.line))
    for placed in order:
        if reach is None or (placed.source, placed.register.function) != (
            reach.source,
            reach.register.function,
        ):
            reach = placed
            continue
        if placed.register.offset < reach.register.end:
            # The later line is told: it is the one that was copied.
            early, late = sorted((reach, placed), key=lambda one: one.row.line)
            _tell_overlap(late, early)
        reach = max(reach, placed, key=lambda one: one.register.end)


def _check_bits(registers: Sequence[Placed]) -> None:
    """Tell a bit that two lines read, and one of what has no bits: a float or digits."""
    bits: dict[tuple[str, FunctionCode, int, int | None], Placed] = {}
    numbers = {
        (placed.source, placed.register.function, at): placed
        for placed in registers
        if placed.register.data_type.is_float or placed.register.data_type.is_bcd
        for at in range(placed.register.offset, placed.register.end)
    }
    for placed in sorted(registers, key=lambda one: one.row.line):
        register = placed.register
        if register.bit is None:
            continue
        where = (placed.source, register.function, register.offset)
        if (number := numbers.get(where)) is not None:
            _tell_overlap(*sorted((placed, number), key=lambda one: one.row.line, reverse=True))
        other = bits.setdefault((*where, register.bit), placed)
        if other is not placed:
            what = f"bit {register.bit} of address {register.offset} is read by {quoted(other.tag)}"
            placed.row.add(
                f"{what} on line {other.row.line} already",
                "set bit to one of its own, or remove one of the two",
            )


def _tell_overlap(late: Placed, early: Placed) -> None:
    register = late.register
    last = register.end - 1
    where = f"{register.offset}" if last == register.offset else f"{register.offset} to {last}"
    other = f"{quoted(early.tag)} on line {early.row.line}"
    late.row.add(
        f"address {where} ({register.data_type}) is read by {other} already",
        "set offset0 to an address of its own, or remove one of the two",
    )


def check_devices(registers: Sequence[Placed], devices: Mapping[str, ModbusSettings]) -> None:
    """Tell what a device cannot give; `devices` are those whose own settings make sense."""
    by_function: dict[tuple[str, FunctionCode], list[Placed]] = {}
    for placed in registers:
        register, settings = placed.register, devices.get(placed.source)
        if settings is None:
            continue
        by_function.setdefault((placed.source, register.function), []).append(placed)
        most, needed = settings.max_registers, register.data_type.registers
        if not register.function.reads_bits and needed > most:
            placed.row.add(
                f"dtype {register.data_type} takes {needed} registers at once,"
                f" max_registers of {quoted(placed.source)} is {most}",
                f"set max_registers to {needed} or more in connections.yaml",
            )
        for text in settings.never_read:
            spared = untouched(text)
            beside = register.end <= spared.first or register.offset > spared.last
            if spared.function_code == register.function and not beside:
                placed.row.add(
                    f"address {register.offset} ({register.data_type}) is in never_read of"
                    f" {quoted(placed.source)}: {text}",
                    "take it out there in connections.yaml, or remove the point",
                )
    for (source, function), found in by_function.items():
        if not devices[source].allow_high_offsets:
            _check_numbering(source, function, found)


def _check_numbering(source: str, function: FunctionCode, found: Sequence[Placed]) -> None:
    """Tell offsets that are a manual's numbers, once for all of a connection's.

    One that stands high among low ones is its device's own affair.
    """
    numbers = CLASSIC_NUMBERS.get(function)
    if numbers is None or any(placed.register.offset not in numbers for placed in found):
        return
    first = min(found, key=lambda placed: placed.row.line)
    offset = first.register.offset
    where = f"every FC{function:02d} offset of {quoted(source)} is from {numbers[0]} on"
    first.row.add(
        f"offset0 is {offset}, and {where}: offsets count from 0",
        f"where the manual says {offset} write {offset - numbers[0]}, and so on;"
        " if the device does count like this, set allow_high_offsets: true in connections.yaml",
    )
