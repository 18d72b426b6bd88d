"""Plant folders of any size, as an owner would write them."""

from pathlib import Path
from typing import Final

from config.equipment_file import COLUMNS as EQUIPMENT
from config.limits_file import COLUMNS as LIMITS
from config.points_file import COLUMNS as POINTS

PLANT: Final = """\
id: bench
name: {zh: 测试厂, en: bench}
timezone: Asia/Shanghai
design_flow_m3_d: 20000
outlet: {zh: 出水口, en: outlet}
node: bench
server: {port: 0}
units:
  - {id: water, zh: 水线, en: water, stage: water}
"""
HIGH: Final = 60
LOW: Final = 40


def write_modbus_plant(folder: Path, port: int, devices: int, floats: int, poll_s: float) -> None:
    """Write a plant of so many devices on one port, each with so many float32, every point with H and L."""
    folder.mkdir()
    (folder / "plant.yaml").write_text(PLANT, "utf-8")
    (folder / "bits.yaml").write_text("{}\n", "utf-8")
    (folder / "equipment.csv").write_text(f"{','.join(EQUIPMENT)}\n", "utf-8")
    (folder / "limits.csv").write_text(f"{','.join(LIMITS)}\n", "utf-8")
    connections = [
        f"PLC{unit}: {{type: modbus, host: 127.0.0.1, port: {port}, unit_id: {unit}}}\n"
        for unit in range(1, devices + 1)
    ]
    (folder / "connections.yaml").write_text("".join(connections), "utf-8")
    rows = [
        _row(f"P{unit}_{place}", f"PLC{unit}", 2 * place, poll_s)
        for unit in range(1, devices + 1)
        for place in range(floats)
    ]
    (folder / "points.csv").write_text("\n".join([",".join(POINTS), *rows, ""]), "utf-8")


def _row(tag: str, source: str, offset: int, poll_s: float) -> str:
    cells = {
        "tag": tag, "area": "water", "desc_zh": tag, "desc_en": tag, "kind": "AI", "unit": "m",
        "range_lo": 0, "range_hi": 100, "source": source, "modbus_fc": "FC03", "offset0": offset, "regs": 2,
        "dtype": "F32", "word_order": "ABCD", "scale": 1, "L": LOW, "H": HIGH, "deadband_pct_span": 2,
        "on_delay_s": 2, "off_delay_s": 2, "regulatory": 0, "poll_s": poll_s,
    }  # fmt: skip
    return ",".join(str(cells.get(column, "")) for column in POINTS)
