"""Reading a plant folder: every file, then what they have to do with each other, then the whole."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from alarms.settings import Enable, Rule
from config.bits_file import BitsFile, read_bits
from config.channels import Delivery, delivery
from config.connections_file import MANUAL, ConnectionsFile, read_connections
from config.enabling import EnableMistake, resolve
from config.equipment_file import read_equipment
from config.folder import PlantFolder
from config.limits import DischargeLimit
from config.limits_file import LimitRow, read_limits
from config.plant_file import SYSTEM_UNIT, PlantFile, read_plant
from config.points_file import KnownIds, PointRow, read_points
from config.problems import Problems, quoted
from config.rules import bit_rules, instrument_rule, limit_rules, link_rule
from telemetry.plant import Bit, Equipment, Name, Plant, Point, PointKind, Unit, link_tag


def read_folder(path: Path) -> PlantFolder:
    """Return what a plant folder says; raises FolderProblems with every mistake at once."""
    problems = Problems()
    plant = read_plant(path, problems)
    connections = read_connections(path, problems)
    bits = read_bits(path, problems)
    equipment = read_equipment(path, plant.unit_ids, problems)
    ids = KnownIds(plant.unit_ids, connections.types, equipment.ids, bits.names)
    points = read_points(path, ids, problems)
    limits = read_limits(path, points.tags, problems)
    deliveries = _deliveries(points.points, connections, problems)
    enables = _enables(points.points, bits, problems)
    problems.raise_any()
    return _compose(
        path, plant, connections, bits, equipment.equipment, points.points, limits, deliveries, enables
    )


def _deliveries(
    points: tuple[PointRow, ...], connections: ConnectionsFile, problems: Problems
) -> dict[str, Delivery]:
    found: dict[str, Delivery] = {}
    for point in points:
        settings = connections.mqtt.get(point.source)
        if settings is None:
            continue
        how = delivery(point.source, settings, point.tag)
        if how is not None:
            found[point.tag] = how
            continue
        templates = ", ".join(subscription.tag for subscription in settings.subscriptions)
        what = f"no subscription of {quoted(point.source)} delivers it (their tags: {templates})"
        point.row.add(what, "add a subscription, or name the tag as one of them does")
    return found


def _bits_by_tag(points: tuple[PointRow, ...], bits: BitsFile) -> dict[str, tuple[Bit, ...]]:
    return {
        point.tag: tuple(bit.named(name) for name, bit in bits.sets.get(point.bits or "", {}).items())
        for point in points
    }


def _enables(points: tuple[PointRow, ...], bits: BitsFile, problems: Problems) -> dict[str, Enable | None]:
    bits_by_tag = _bits_by_tag(points, bits)
    found: dict[str, Enable | None] = {}
    for point in points:
        try:
            found[point.tag] = resolve(point.enable, bits_by_tag)
        except EnableMistake as mistake:
            point.row.add(mistake.what, mistake.mend)
    return found


def _compose(
    path: Path,
    plant_file: PlantFile,
    connections: ConnectionsFile,
    bits: BitsFile,
    equipment: tuple[Equipment, ...],
    rows: tuple[PointRow, ...],
    limit_rows: tuple[LimitRow, ...],
    deliveries: Mapping[str, Delivery],
    enables: Mapping[str, Enable | None],
) -> PlantFolder:
    settings = plant_file.settings
    assert settings is not None
    bits_by_tag = _bits_by_tag(rows, bits)
    measured = tuple(_point(row, bits_by_tag[row.tag], deliveries.get(row.tag)) for row in rows)
    connection_of = _channels(connections, measured)
    units = {unit.id: unit for unit in plant_file.units}
    links = tuple(_link(channel, connection_of[channel], measured, units) for channel in connection_of)
    limits = tuple(row.limit for row in limit_rows)
    plant = Plant(
        id=settings.id,
        name=Name(settings.name.zh, settings.name.en),
        timezone=ZoneInfo(settings.timezone),
        design_flow_m3_d=settings.design_flow_m3_d,
        outlet=Name(settings.outlet.zh, settings.outlet.en),
        units=plant_file.units,
        equipment=equipment,
        points=(*measured, *links),
    )
    return PlantFolder(
        path=path,
        plant=plant,
        node=settings.node,
        server=settings.server,
        modbus=connections.modbus,
        mqtt=connections.mqtt,
        modbus_points=tuple(row.modbus for row in rows if row.modbus is not None),
        rules=_rules(rows, bits, limits, enables, plant, connection_of),
        limits=limits,
        limits_in_force=frozenset(row.tag for row in rows if row.limits_in_force),
    )


def _point(row: PointRow, bits: tuple[Bit, ...], how: Delivery | None) -> Point:
    every: timedelta | None = row.poll or (how.subscription.expected_every if how else None)
    channel = how.channel if how else None if row.source == MANUAL else row.source
    return Point(
        tag=row.tag,
        unit=row.unit,
        name=row.name,
        kind=row.kind,
        engineering_unit=row.engineering_unit,
        range_low=row.range_low,
        range_high=row.range_high,
        source=row.source,
        channel=channel,
        equipment=row.equipment,
        regulatory=row.regulatory,
        expected_every=every,
        bits=bits,
    )


def _channels(connections: ConnectionsFile, points: tuple[Point, ...]) -> dict[str, str]:
    """Return the connection of each channel: connections first, then topics in the order of points."""
    whole = {name: name for name in (*connections.modbus, *connections.mqtt)}
    return whole | {point.channel: point.source for point in points if point.channel is not None}


def _link(channel: str, connection: str, points: tuple[Point, ...], units: Mapping[str, Unit]) -> Point:
    areas = {point.unit for point in points if point.channel == channel}
    name = Name(channel, channel)
    if channel != connection:
        suffix = channel.removeprefix(f"{connection}.")
        name = units[areas.pop()].name if len(areas) == 1 else Name(suffix, suffix)
    return Point(
        tag=link_tag(channel),
        unit=SYSTEM_UNIT.id,
        name=Name(f"{name.zh} 通讯", f"{name.en} link"),
        kind=PointKind.SYSTEM,
        engineering_unit="-",
        range_low=0.0,
        range_high=1.0,
        source=connection,
        channel=channel,
    )


def _rules(
    rows: tuple[PointRow, ...],
    bits: BitsFile,
    limits: tuple[DischargeLimit, ...],
    enables: Mapping[str, Enable | None],
    plant: Plant,
    connection_of: Mapping[str, str],
) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    for row in rows:
        rules += limit_rules(row, enables[row.tag], limits)
        rules += bit_rules(row, enables[row.tag], bits.sets.get(row.bits or "", {}))
    rules += [
        instrument_rule(point, connection_of)
        for point in plant.points
        if point.channel is not None and not point.is_link
    ]
    rules += [link_rule(channel, connection) for channel, connection in connection_of.items()]
    return tuple(rules)
