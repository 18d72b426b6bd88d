"""A plant folder put together from its files, once all of them are sound."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from alarms.settings import Enable, Rule
from collectors.modbus.settings import ModbusPoint
from config.channels import Delivery
from config.connections_file import MANUAL, ConnectionsFile
from config.folder import PlantFolder
from config.limits_file import LimitRow
from config.node_points import node_points, node_rules
from config.plant_file import SYSTEM_UNIT, PlantFile
from config.points_file import PointRow
from config.rules import bit_rules, instrument_rule, limit_rules, link_rule
from telemetry.plant import Equipment, Name, Plant, Point, PointKind, link_tag


class Composition:
    """The parts of a sound folder on their way to one."""

    def __init__(
        self,
        path: Path,
        plant_file: PlantFile,
        connections: ConnectionsFile,
        equipment: tuple[Equipment, ...],
        rows: tuple[PointRow, ...],
        limits: tuple[LimitRow, ...],
        deliveries: Mapping[str, Delivery],
        enables: Mapping[str, Enable | None],
    ) -> None:
        self.path = path
        self.plant_file = plant_file
        self.connections = connections
        self.equipment = equipment
        self.rows = rows
        self.limits = tuple(item.limit for item in limits)
        self.deliveries = deliveries
        self.enables = enables
        self.measured = tuple(self._point(row) for row in rows)
        self.connection_of = self._channels()

    def folder(self) -> PlantFolder:
        """Return the whole."""
        settings = self.plant_file.settings
        assert settings is not None
        links = (self._link(channel) for channel in self.connection_of)
        plant = Plant(
            id=settings.id,
            name=Name(settings.name.zh, settings.name.en),
            timezone=ZoneInfo(settings.timezone),
            design_flow_m3_d=settings.design_flow_m3_d,
            outlet=Name(settings.outlet.zh, settings.outlet.en),
            units=self.plant_file.units,
            equipment=self.equipment,
            points=(*self.measured, *links, *node_points()),
        )
        return PlantFolder(
            path=self.path,
            plant=plant,
            node=settings.node,
            server=settings.server,
            node_alarms=settings.node_alarms,
            history=settings.history,
            modbus=self.connections.modbus,
            mqtt=self.connections.mqtt,
            modbus_points=tuple(self._modbus_points()),
            rules=(*self._rules(), *node_rules(settings.node_alarms)),
            limits=self.limits,
            limits_in_force=frozenset(row.tag for row in self.rows if row.limits_in_force),
            influx=settings.influx,
            push=settings.push,
            report=settings.report,
            handover=settings.handover,
        )

    def _point(self, row: PointRow) -> Point:
        how = self.deliveries.get(row.tag)
        return Point(
            tag=row.tag,
            unit=row.unit,
            name=row.name,
            kind=row.kind,
            engineering_unit=row.engineering_unit,
            range_low=row.range_low,
            range_high=row.range_high,
            source=row.source,
            channel=how.channel if how else None if row.source == MANUAL else row.source,
            equipment=row.equipment,
            regulatory=row.regulatory,
            expected_every=row.poll or (how.subscription.expected_every if how else None),
            bits=tuple(bit.named(name) for name, bit in row.bits.items()),
            rollover=row.rollover,
        )

    def _modbus_points(self) -> Iterator[ModbusPoint]:
        devices = self.connections.devices
        for row in self.rows:
            if row.register is not None and row.poll is not None:
                order = row.register.word_order or devices[row.source].word_order
                yield ModbusPoint(
                    tag=row.tag,
                    source=row.source,
                    function_code=row.register.function,
                    offset=row.register.offset,
                    data_type=row.register.data_type,
                    word_order=order,
                    scale=row.register.scale,
                    shift=row.register.shift,
                    bit=row.register.bit,
                    invalid=row.register.invalid,
                    poll=row.poll,
                )

    def _channels(self) -> dict[str, str]:
        """Return the connection of each channel: connections, then units, then topics as points come."""
        whole = {name: name for name in (*self.connections.modbus, *self.connections.mqtt)}
        units = {
            channel: name
            for name, line in self.connections.modbus.items()
            for channel in line.by_channel(name)
        }
        topics = {
            point.channel: point.source
            for point in self.measured
            if point.channel is not None and point.channel not in units
        }
        return whole | units | topics

    def _link(self, channel: str) -> Point:
        connection = self.connection_of[channel]
        name = Name(channel, channel)
        if channel != connection and connection in self.connections.mqtt:
            areas = {point.unit for point in self.measured if point.channel == channel}
            suffix = channel.removeprefix(f"{connection}.")
            units = [unit.name for unit in self.plant_file.units if areas == {unit.id}]
            name = units[0] if units else Name(suffix, suffix)
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

    def _rules(self) -> Iterator[Rule]:
        for row in self.rows:
            yield from limit_rules(row, self.enables[row.tag], self.limits)
            yield from bit_rules(row, self.enables[row.tag])
        for point in self.measured:
            if point.channel is not None:
                yield instrument_rule(point, self.connection_of)
        for channel, connection in self.connection_of.items():
            yield link_rule(channel, connection)
