"""What a point list may name of the plant: its units, its connections, its equipment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.connections_file import MANUAL, ConnectionsFile, read_connections
from config.equipment_file import read_equipment
from config.plant_file import SYSTEM_UNIT, read_plant
from config.point_lists.words import narrow
from config.problems import Problems, listed


@dataclass(frozen=True, slots=True)
class Plant:
    """Units and equipment by every name they have, in small letters; Modbus sources and brokers by id."""

    units: Mapping[str, str]
    sources: Mapping[str, tuple[str, int]]
    equipment: Mapping[str, str]
    brokers: frozenset[str]

    @property
    def only_source(self) -> str | None:
        """The one Modbus source, where there is just one."""
        return next(iter(self.sources)) if len(self.sources) == 1 else None

    @property
    def only_unit(self) -> str | None:
        """The one unit, where there is just one."""
        ids = set(self.units.values()) - {SYSTEM_UNIT.id}
        return next(iter(ids)) if len(ids) == 1 else None

    @property
    def listed_sources(self) -> str:
        """All that a point may come from, for a message."""
        return listed([*self.sources, *sorted(self.brokers), MANUAL])

    @property
    def listed_units(self) -> str:
        """The units, for a message."""
        return listed(list(dict.fromkeys(self.units.values())))

    def area(self, text: str) -> str | None:
        """Return the unit that is called so, or whose name alone stands within the text."""
        word = narrow(text).casefold()
        if not word:
            return None
        if word in self.units:
            return self.units[word]
        within = {
            unit for name, unit in self.units.items() if len(name) > 1 and name in word and not name.isascii()
        }
        return within.pop() if len(within) == 1 else None

    def source(self, name: str | None, unit_id: int | None, host: str | None) -> str | None:
        """Return the source of that name, else of that address; None where none or several are."""
        if name:
            word = narrow(name).casefold()
            known = (*self.sources, *self.brokers, MANUAL)
            same = [source for source in known if source.casefold() == word]
            if same:
                return same[0]
        if unit_id is None and host is None:
            return None
        found = [
            source
            for source, (address, unit) in self.sources.items()
            if unit_id in (None, unit) and (host is None or narrow(host).partition(":")[0] == address)
        ]
        return found[0] if len(found) == 1 else None


def plant_of(folder: Path) -> Plant:
    """Return what stands in a folder, as far as it can be read: its mistakes `outfall check` tells."""
    problems = Problems(folder)
    plant = read_plant(folder, problems)
    units: dict[str, str] = {}
    for unit in plant.units:
        units |= {narrow(name).casefold(): unit.id for name in (unit.name.en, unit.name.zh, unit.id)}
    equipment: dict[str, str] = {}
    for one in read_equipment(folder, None, problems).equipment:
        equipment |= {narrow(name).casefold(): one.id for name in (one.name.en, one.name.zh, one.id)}
    connections = read_connections(folder, problems)
    return Plant(units, modbus_sources(connections), equipment, frozenset(connections.mqtt))


def modbus_sources(connections: ConnectionsFile) -> dict[str, tuple[str, int]]:
    """Return host and unit of each Modbus source."""
    return {name: (modbus.host, modbus.unit_id) for name, modbus in connections.devices.items()}
