"""A plant folder, read and checked: everything a node or a simulator is built from.

plant.yaml         plant, units in the order of flow, node and server settings
connections.yaml   Modbus and MQTT connections by id
equipment.csv      what runs and is maintained
points.csv         one line a point: what it is, where it is read, its limits
bits.yaml          names of the bits of status words, and which of them are alarms
limits.csv         discharge limits and internal control values, effective-dated
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from alarms.settings import Rule
from collectors.modbus.settings import ModbusPoint, ModbusSettings
from collectors.mqtt.settings import MqttSettings
from config.limits import DischargeLimit
from config.settings import ServerSettings
from telemetry.plant import Plant


@dataclass(frozen=True, slots=True)
class PlantFolder:
    """What stands in a folder that was found to be without mistakes."""

    path: Path
    plant: Plant
    node: str
    server: ServerSettings
    modbus: Mapping[str, ModbusSettings]
    mqtt: Mapping[str, MqttSettings]
    modbus_points: tuple[ModbusPoint, ...]
    rules: tuple[Rule, ...]
    limits: tuple[DischargeLimit, ...]

    def rules_on(self, day: date) -> tuple[Rule, ...]:
        """Return the alarm rules of a day of the plant's calendar.

        Points whose enabling condition is `limits in force` alarm at their internal control value
        (H) and at their single-sample limit (HH) of that day; both can change with the calendar.
        """
        raise NotImplementedError
