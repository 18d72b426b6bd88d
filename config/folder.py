"""A plant folder, read and checked: everything a node or a simulator is built from.

plant.yaml         plant, units in the order of flow, node and server settings
connections.yaml   Modbus and MQTT connections by id
equipment.csv      what runs and is maintained
points.csv         one line a point: what it is, where it is read, its limits
bits.yaml          names of the bits of status words, and which of them are alarms
limits.csv         discharge limits and internal control values, effective-dated
rules.yaml         rules for people that differ from the shipped ones, effective-dated; may be missing
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from alarms.compliance.limits import DischargeLimit
from alarms.notify.settings import PushSettings
from alarms.settings import Rule
from collectors.modbus.settings import ModbusPoint, ModbusSettings, Transport
from collectors.mqtt.settings import MqttSettings
from config.rule_sets import shipped_rule_sets
from config.rules import BASIS, on_day
from config.settings import NodeAlarmSettings, ServerSettings
from history.influx.settings import InfluxSettings
from history.settings import HistorySettings
from operations.handover.settings import HandoverSettings
from operations.rules.sets import RuleSets
from reports.settings import ReportSettings
from telemetry.calendar import Calendar
from telemetry.plant import Plant

NO_REPORT: Final = ReportSettings()
_LATE: Final = timedelta(seconds=2)
"""How late a busy machine may be at reading, of its own time."""


@dataclass(frozen=True, slots=True)
class PlantFolder:
    """What stands in a folder that was found to be without mistakes.

    `rules` are those of no particular day: alarms are evaluated with `rules_on`.
    """

    path: Path
    plant: Plant
    node: str
    server: ServerSettings
    node_alarms: NodeAlarmSettings
    history: HistorySettings
    modbus: Mapping[str, ModbusSettings]
    mqtt: Mapping[str, MqttSettings]
    modbus_points: tuple[ModbusPoint, ...]
    rules: tuple[Rule, ...]
    limits: tuple[DischargeLimit, ...]
    limits_in_force: frozenset[str]
    handover: HandoverSettings
    influx: InfluxSettings | None = None
    rule_sets: RuleSets = field(default_factory=shipped_rule_sets)
    push: PushSettings | None = None
    report: ReportSettings = NO_REPORT

    @property
    def calendar(self) -> Calendar:
        """The plant's report days."""
        return Calendar(self.plant.timezone, self.history.report_day.hour)

    def rules_on(self, day: date) -> tuple[Rule, ...]:
        """Return the alarm rules of a day of the plant's calendar; the keys are the same every day.

        Points whose enabling condition is `limits in force` alarm at their internal control values
        (L, H) and at their single-sample limits (LL, HH) of that day; of several in force, and of
        those in points.csv, the strictest counts. What is not limited on that day is not alarmed:
        its threshold is infinite.
        """
        return tuple(
            on_day(rule, day, [limit for limit in self.limits if limit.tag == rule.tag])
            if rule.tag in self.limits_in_force and rule.kind in BASIS
            else rule
            for rule in self.rules
        )

    def paced(self, speed: float) -> "PlantFolder":
        """Return the folder for a clock that runs so many times as fast as the machine's.

        By what the machine is late at its work, the plant's clock goes on by so many times as much: that
        is no silence of its instruments.
        """
        late = _LATE * speed
        paced = (replace(one, stale_at_least=max(one.stale_at_least, late)) for one in self.plant.points)
        return replace(self, plant=replace(self.plant, points=tuple(paced)))

    def at(self, addresses: Mapping[str, tuple[str, int]]) -> "PlantFolder":
        """Return the folder with some of its connections at another host and port, there over TCP."""
        moved = {name: {"host": host, "port": port} for name, (host, port) in addresses.items()}
        tcp = {"transport": Transport.TCP}
        return replace(
            self,
            modbus={
                name: its.model_copy(update={**moved[name], **tcp} if name in moved else {})
                for name, its in self.modbus.items()
            },
            mqtt={name: its.model_copy(update=moved.get(name, {})) for name, its in self.mqtt.items()},
        )
