"""Modbus lines with several units, from the folder to what is polled."""

from pathlib import Path

from collectors.modbus.settings import Transport, WordOrder
from config.read import read_folder
from tests.config.folders import good_folder, replace, told

LINE = """PLC2:
  type: modbus
  transport: rtu
  serial_port: /dev/serial/by-id/usb-1
  baud_rate: 19200
  parity: even
  word_order: CDAB
  never_read: [FC03 900-909]
  units:
    FM1: {unit_id: 1}
    FM2: {unit_id: 2, word_order: BADC, never_read: [FC04 7]}
"""
OLD = "PLC2:\n  type: modbus\n  host: 192.168.10.12\n"


def with_units(where: Path) -> Path:
    plant = good_folder(where)
    replace(plant / "connections.yaml", OLD, LINE)
    points = (plant / "points.csv").read_text("utf-8")
    (plant / "points.csv").write_text(points.replace(",PLC2,", ",PLC2.FM2,"), "utf-8")
    return plant


def test_points_name_a_unit_and_each_unit_is_a_channel_below_its_line(tmp_path: Path) -> None:
    folder = read_folder(with_units(tmp_path))

    line = folder.modbus["PLC2"]
    units = line.by_channel("PLC2")
    own = [point for point in folder.plant.points if point.source == "PLC2.FM2"]
    rules = {rule.key: rule for rule in folder.rules}
    assert (line.transport, line.place, line.baud_rate) == (Transport.RTU, "/dev/serial/by-id/usb-1", 19200)
    assert list(units) == ["PLC2.FM1", "PLC2.FM2"]
    assert (units["PLC2.FM1"].unit_id, units["PLC2.FM1"].word_order) == (1, WordOrder.CDAB)
    assert units["PLC2.FM2"].never_read == ("FC03 900-909", "FC04 7")
    assert own
    assert {point.channel for point in own} == {"PLC2.FM2"}
    assert {point.source for point in folder.modbus_points} == {"PLC1", "PLC2.FM2"}
    links = [point.tag for point in folder.plant.points if point.is_link and point.tag.startswith("PLC2")]
    assert links == ["PLC2.link", "PLC2.FM1.link", "PLC2.FM2.link"]
    # One alarm for one cause: a lost line speaks for its units.
    assert rules["PLC2.link"].enable is None
    enable = rules["PLC2.FM2.link"].enable
    assert enable is not None
    assert enable.text == "PLC2.link"


def test_a_point_of_the_line_as_a_whole_is_told_of_its_units(tmp_path: Path) -> None:
    plant = with_units(tmp_path)
    points = (plant / "points.csv").read_text("utf-8")
    (plant / "points.csv").write_text(points.replace(",PLC2.FM2,", ",PLC2,", 1), "utf-8")

    assert told(plant) == [
        'points.csv:7: point "EFF_COD": source "PLC2" is unknown:'
        " write one that connections.yaml has: PLC1, PLC2.FM1, PLC2.FM2, MQTT or MANUAL"
    ]


def test_a_line_moved_to_the_simulator_is_one_over_tcp(tmp_path: Path) -> None:
    folder = read_folder(with_units(tmp_path)).at({"PLC2": ("127.0.0.1", 15020)})

    moved = folder.modbus["PLC2"]
    assert (moved.transport, moved.place) == (Transport.TCP, "127.0.0.1:15020")
    assert list(moved.by_channel("PLC2")) == ["PLC2.FM1", "PLC2.FM2"]
    assert folder.modbus["PLC1"].place == "192.168.10.11:502"
