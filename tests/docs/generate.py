"""`make docs`: write anew, in the reference pages, what the code itself can tell.

<!-- begin NAME -->      the lines between are the block NAME's and nobody else's
<!-- end NAME -->
"""

import ast
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from alarms.notify.settings import PushSettings
from bench.__main__ import SECTIONS
from collectors.modbus.settings import AttributeSettings, ModbusSettings, ModbusUnitSettings
from collectors.mqtt.settings import MqttSettings, SubscriptionSettings
from config.bits_file import BitAlarmSettings, BitSettings
from config.plant_file import PlantSettings, UnitSettings
from config.settings import NodeAlarmSettings, ServerSettings
from history.influx.settings import InfluxSettings
from history.settings import HistorySettings, KeepSettings
from operations.handover.settings import HandoverSettings
from operations.rules.settings import Clause, Conversion, RuleSet
from reports.settings import ChemicalSettings, ReportSettings
from tests.docs import alarm_tables, columns, command_tables, error_codes, metrics_table
from tests.docs.settings_tables import settings_table, table

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
BLOCK = re.compile(r"(<!-- begin (?P<name>[\w ./-]+) -->\n).*?(<!-- end (?P=name) -->)", re.DOTALL)

MODELS = {
    "plant.yaml": PlantSettings,
    "plant.yaml server": ServerSettings,
    "plant.yaml node_alarms": NodeAlarmSettings,
    "plant.yaml units": UnitSettings,
    "plant.yaml influx": InfluxSettings,
    "plant.yaml push": PushSettings,
    "plant.yaml report": ReportSettings,
    "plant.yaml report chemicals": ChemicalSettings,
    "plant.yaml handover": HandoverSettings,
    "plant.yaml history": HistorySettings,
    "plant.yaml history keep": KeepSettings,
    "rules.yaml rule set": RuleSet,
    "rules.yaml clause": Clause,
    "rules.yaml conversion": Conversion,
    "connections.yaml modbus": ModbusSettings,
    "connections.yaml units": ModbusUnitSettings,
    "connections.yaml attributes": AttributeSettings,
    "connections.yaml mqtt": MqttSettings,
    "connections.yaml subscriptions": SubscriptionSettings,
    "bits.yaml bit": BitSettings,
    "bits.yaml alarm": BitAlarmSettings,
}


def blocks() -> Mapping[str, Callable[[], str]]:
    """Return every block by name."""
    made: dict[str, Callable[[], str]] = {
        "points.csv": columns.points_table,
        "equipment.csv": columns.equipment_table,
        "limits.csv": columns.limits_table,
        "alarm states": alarm_tables.state_table,
        "alarm events": alarm_tables.event_table,
        "alarm diagram": alarm_tables.state_diagram,
        "alarm delays": alarm_tables.fixed_delays,
        "priorities": alarm_tables.priority_words,
        "error codes": error_codes.code_table,
        "bench sections": bench_table,
        "faults": command_tables.fault_table,
        "metrics": metrics_table.metrics_table,
    }
    for name, model in MODELS.items():
        made[name] = lambda model=model: settings_table(model)  # type: ignore[misc]
    for command, what, parser in command_tables.commands():
        made[command] = lambda c=command, w=what, p=parser: command_tables.command_section(c, w, p)  # type: ignore[misc]
    return made


def bench_table() -> str:
    """Return what each section of the bench measures, from its module's first line."""
    modules = {name: ast.parse((ROOT / "bench" / f"{name}.py").read_text("utf-8")) for name in SECTIONS}
    rows = [(f"`{name}`", (ast.get_docstring(module) or "").rstrip(".")) for name, module in modules.items()]
    return table(("section", "measures"), rows)


def generated(page: str) -> str:
    """Return a page with its blocks as the code has them now; KeyError for a block nobody makes."""
    known = blocks()
    return BLOCK.sub(lambda found: f"{found[1]}{known[found['name']]()}\n{found[3]}", page)


def names_in(page: str) -> list[str]:
    """Return the names of a page's blocks."""
    return [found["name"] for found in BLOCK.finditer(page)]


def main() -> None:
    """Write the pages; say which have changed."""
    for path in sorted(REFERENCE.glob("*.md")):
        before = path.read_text("utf-8")
        after = generated(before)
        if after != before:
            path.write_text(after, "utf-8")
            sys.stdout.write(f"{path.relative_to(ROOT)}: written anew\n")


if __name__ == "__main__":
    main()
