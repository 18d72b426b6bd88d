"""A collector for each connection of a plant folder."""

from collections.abc import Mapping
from dataclasses import dataclass

from collectors.modbus.collector import ModbusCollector
from collectors.modbus.settings import ModbusPoint
from collectors.mqtt.collector import MqttCollector
from collectors.quarantine import QuarantineBook
from config.folder import PlantFolder
from config.secrets import password_of
from telemetry.clock import Clock
from telemetry.protocols import Outages, Sink

Collector = ModbusCollector | MqttCollector


@dataclass(frozen=True, slots=True)
class Receivers:
    """Who takes what the collectors read, and what they tell of their channels."""

    series_ids: Mapping[str, int]
    sink: Sink
    outages: Outages
    clock: Clock
    quarantine: QuarantineBook


def collectors_of(folder: PlantFolder, to: Receivers) -> dict[str, Collector]:
    """Return the collectors of a folder's connections; ConfigError where a password cannot be had."""
    points = folder.plant.point_by_tag
    read_of: dict[str, list[ModbusPoint]] = {}
    for point in folder.modbus_points:
        # A unit of a line is GW1.FM1, and its line GW1.
        read_of.setdefault(point.source.partition(".")[0], []).append(point)
    return {
        **{
            name: ModbusCollector(
                name,
                settings,
                read_of.get(name, []),
                to.series_ids,
                to.sink,
                to.outages,
                to.clock,
                points,
                to.quarantine,
            )
            for name, settings in folder.modbus.items()
        },
        **{
            name: MqttCollector(
                name,
                settings,
                [tag for tag, point in points.items() if point.source == name and not point.is_link],
                to.series_ids,
                to.sink,
                to.outages,
                to.clock,
                password_of(settings, folder.path),
                points,
            )
            for name, settings in folder.mqtt.items()
        },
    }


def addresses_of(folder: PlantFolder) -> dict[str, str]:
    """Return where each broker of a folder is; a device says it of itself."""
    return {name: f"{its.host}:{its.port}" for name, its in folder.mqtt.items()}
