"""Mistakes of Modbus connections that depend on what carries them, and on each other."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from collectors.modbus.settings import ModbusSettings, Transport
from config.problems import Problems, nearest, quoted
from config.secrets import is_inside
from config.yaml_file import Path_, YamlFile

Mistake = tuple[Path_, str, str]
SERIAL_KEYS: Final = ("serial_port", "baud_rate", "data_bits", "parity", "stop_bits")
NETWORK_KEYS: Final = ("host", "port")
TLS_KEYS: Final = ("tls_ca", "tls_certificate", "tls_key", "tls_server_name")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_SERIAL_UNITS: Final = range(1, 248)
_WHERE: Final = {
    "host": "host name or address of the device",
    "serial_port": "serial port, such as /dev/ttyUSB0",
}


_UNIT_CALLED: Final = ("unit", "slave", "slave_id", "device_id")


def line_mistakes(raw: Mapping[str, Any], folder: Path) -> Iterator[Mistake]:
    """Yield place, what is wrong and how to mend it, of what stands below a connection's id."""
    written = raw.get("transport", Transport.TCP.value)
    if written in list(Transport):
        transport = Transport(written)
        yield from _misplaced(raw, transport)
        yield from _missing(raw, transport)
        yield from _numbers(raw, transport)
    yield from _tls_files(raw, folder)
    yield from _units(raw)
    for key in _UNIT_CALLED:
        if key in raw:
            yield (key,), f"unknown key {quoted(key)}", 'did you mean "unit_id"?'


def _misplaced(raw: Mapping[str, Any], transport: Transport) -> Iterator[Mistake]:
    serial = transport is Transport.RTU
    where = f"but transport is {transport}"
    for key in NETWORK_KEYS if serial else SERIAL_KEYS:
        if key in raw:
            other = Transport.RTU_OVER_TCP if serial else Transport.RTU
            yield (key,), f"{key} is written, {where}", f"write transport: {other}, or remove {key}"
    for key in TLS_KEYS if transport is not Transport.TLS else ():
        if key in raw:
            yield (key,), f"{key} is written, {where}", f"write transport: {Transport.TLS}, or remove {key}"


def _missing(raw: Mapping[str, Any], transport: Transport) -> Iterator[Mistake]:
    key = "serial_port" if transport is Transport.RTU else "host"
    fields = ModbusSettings.model_fields
    if key not in raw and key not in {nearest(str(other), fields) for other in raw if other not in fields}:
        yield (key,), f"{key} is missing", f"add it — {_WHERE[key]}"


def _numbers(raw: Mapping[str, Any], transport: Transport) -> Iterator[Mistake]:
    if not transport.is_rtu:
        return
    for path, number in (((), raw.get("unit_id", 1)), *_unit_ids(raw)):
        if isinstance(number, int) and number in range(256) and number not in _SERIAL_UNITS:
            at = (*path, "unit_id")
            named = ".".join(str(part) for part in at)
            yield (
                at,
                f"{named} is {number}, which no unit on a serial line has",
                "write a number from 1 to 247",
            )


def _tls_files(raw: Mapping[str, Any], folder: Path) -> Iterator[Mistake]:
    key = raw.get("tls_key")
    for one, other in (("tls_certificate", "tls_key"), ("tls_key", "tls_certificate")):
        if one in raw and other not in raw:
            yield (one,), f"{one} without {other}", f"add {other}: they belong together"
    if isinstance(key, str) and is_inside(folder / key, folder):
        yield ("tls_key",), "tls_key stands in the plant folder", "move it elsewhere, and write its full path"


def _units(raw: Mapping[str, Any]) -> Iterator[Mistake]:
    if "units" not in raw:
        return
    if raw["units"] in (None, {}, []):
        yield ("units",), "units is empty", "write each unit by its name, FM1: {unit_id: 1}, or remove units"
    if "unit_id" in raw:
        yield ("unit_id",), "unit_id and units both stand here", "remove unit_id: each unit has its own"
    first: dict[int, Path_] = {}
    for path, number in _unit_ids(raw):
        other = first.setdefault(number, path)
        if other != path:
            what = f"units.{path[-1]}: the same unit_id as {quoted(str(other[-1]))}"
            yield (*path, "unit_id"), what, "give it its own, or read its points from one unit"
    for name in raw["units"] if isinstance(raw["units"], Mapping) else ():
        if not _NAME.fullmatch(str(name)):
            mend = "write a name of letters, digits, _ and -"
            yield ("units", name), f"units: {quoted(str(name))} cannot be the name of a unit", mend


def _unit_ids(raw: Mapping[str, Any]) -> Iterator[tuple[Path_, int]]:
    units = raw.get("units")
    for name, unit in units.items() if isinstance(units, Mapping) else ():
        number = unit.get("unit_id") if isinstance(unit, Mapping) else None
        if isinstance(number, int) and not isinstance(number, bool):
            yield ("units", name), number


def channels_written(name: str, raw: Mapping[str, Any]) -> list[str]:
    """Return what points may name as their source, mistakes or not."""
    units = raw.get("units")
    if not isinstance(units, Mapping) or not units:
        return [name]
    return [f"{name}.{unit}" for unit in units]


def check_lines(lines: Mapping[str, ModbusSettings], yaml: YamlFile, problems: Problems) -> None:
    """Tell each device that two connections read, and each serial port that two would open."""
    devices: dict[tuple[str, int], str] = {}
    ports: dict[str, str] = {}
    for name, line in lines.items():
        subject = f"connection {quoted(name)}"
        if line.transport is Transport.RTU:
            other = ports.setdefault(line.serial_port, name)
            if other != name:
                what = f"the same serial_port as {quoted(other)} on line {yaml.line((other, 'serial_port'))}"
                mend = "write all units on it below one connection, under units"
                problems.add(yaml.file, yaml.line((name, "serial_port")), f"{subject}: {what}", mend)
            continue
        for unit in line.by_channel(name).values():
            device = (f"{line.transport is Transport.UDP} {line.place.casefold()}", unit.unit_id)
            other = devices.setdefault(device, name)
            if other != name:
                what = f"the same host, port and unit_id as {quoted(other)}"
                where = f"on line {yaml.line((other, 'host'))}"
                mend = "give it its own, or read its points over one connection"
                problems.add(yaml.file, yaml.line((name, "host")), f"{subject}: {what} {where}", mend)
                break
