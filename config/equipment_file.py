"""equipment.csv: what runs, trips and is maintained."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.cells import Row
from config.csv_file import read_table
from config.problems import Problems, quoted
from telemetry.plant import Equipment, EquipmentKind, Name

COLUMNS: Final = ("id", "unit", "kind", "zh", "en")
HOLDS: Final = f"the equipment, under the header {','.join(COLUMNS)}"
ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
KINDS: Final = tuple(kind.value for kind in EquipmentKind)


@dataclass(frozen=True, slots=True)
class EquipmentFile:
    """equipment.csv; `ids` also has those with mistakes, None where unreadable."""

    equipment: tuple[Equipment, ...]
    ids: Collection[str] | None


def read_equipment(folder: Path, unit_ids: Collection[str] | None, problems: Problems) -> EquipmentFile:
    """Read equipment.csv; `unit_ids` None lets every unit pass."""
    table = read_table(folder / "equipment.csv", COLUMNS, "equipment", HOLDS, problems)
    if table is None:
        return EquipmentFile((), None)
    found: list[Equipment] = []
    first: dict[str, int] = {}
    for row in table.rows:
        name = check_id(row, "id", first)
        unit = known(row, "unit", unit_ids, "plant.yaml has")
        kind = row.choice("kind", KINDS)
        zh, en = row.need("zh", "write its Chinese name"), row.need("en", "write its English name")
        if name and unit and kind and zh and en:
            found.append(Equipment(name, Name(zh, en), EquipmentKind(kind), unit))
    return EquipmentFile(tuple(found), first | dict.fromkeys(table.damaged, 0))


def check_id(row: Row, column: str, first: dict[str, int]) -> str | None:
    """Return a row's id, noting it in `first`; one that is blank, ill-formed or used is a mistake."""
    name = row.need(column, "write letters, digits, _ and -")
    if name is None:
        return None
    if not ID.fullmatch(name):
        row.add(f"the {column} cannot be used", "write letters, digits, _ and -, at most 64")
    if name in first:
        row.add(f"stands here again, first on line {first[name]}", f"give it its own {column}, or remove it")
        return None
    first[name] = row.line
    return name


def known(row: Row, column: str, ids: Collection[str] | None, where: str) -> str | None:
    """Return the cell when it is one of the ids, or when these could not be read."""
    name = row.need(column, f"write one that {where}")
    if name is None or ids is None or name in ids:
        return name
    row.add(f"{column} {quoted(name)} is unknown", row.meant(name, ids, f"write one that {where}:"))
    return None
