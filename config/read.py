"""Reading a plant folder: every file, then what they have to do with each other, then the whole."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from alarms.settings import Enable
from config.addresses import Placed, check_devices, check_overlaps
from config.bits_file import read_bits
from config.channels import Delivery, delivery
from config.composition import Composition
from config.connections_file import ConnectionsFile, read_connections
from config.enabling import EnableMistake, resolve
from config.equipment_file import read_equipment
from config.folder import PlantFolder
from config.limits_file import read_limits
from config.limits_in_force import check_against_points, check_periods, check_temperatures
from config.plant_file import Flow, Role, read_plant
from config.points_file import Named, PointLine, PointRow, PointsFile, read_points
from config.problems import Problems, listed, nearest, quoted
from config.rule_sets import read_rule_sets
from config.secrets_in_folder import check_for_secrets
from reports.settings import CHEMICAL_UNITS
from telemetry.plant import Bit


def read_folder(path: Path) -> PlantFolder:
    """Return what a plant folder says; raises FolderProblems with every mistake at once."""
    problems = Problems(path)
    try:
        folder = _read(path, problems)
    except OSError as error:
        where = Path(os.fsdecode(error.filename)) if error.filename else path
        problems.add(
            where,
            int(where != path),
            f"it cannot be read ({error.strerror})",
            "give this user the right to read it",
        )
        raise problems.error() from None
    if folder is None:
        raise problems.error()
    return folder


def _read(path: Path, problems: Problems) -> PlantFolder | None:
    if not path.is_dir():
        what = "this is not a folder" if path.exists() else "there is no such folder"
        problems.add(path, 0, what, "write the path of a plant folder")
        return None
    check_for_secrets(path, problems)
    plant = read_plant(path, problems)
    connections = read_connections(path, problems)
    bits = read_bits(path, problems)
    equipment = read_equipment(path, plant.unit_ids, problems)
    points = read_points(path, Named(plant.unit_ids, connections.types, equipment.ids, bits), problems)
    limits = read_limits(path, points.tags, problems)
    deliveries = _deliveries(points.lines, connections)
    enables = _enables(points)
    placed = [
        Placed(line.row, line.tag, line.source, line.register)
        for line in points.lines
        if line.register is not None and line.source is not None
    ]
    check_overlaps(placed)
    check_devices(placed, connections.devices)
    check_periods(limits)
    point_by_tag = {point.tag: point for point in points.points}
    check_against_points(limits, point_by_tag)
    check_temperatures(limits, point_by_tag)
    _check_flows(plant.flows, point_by_tag, points, problems)
    rule_sets = read_rule_sets(path, problems)
    _check_roles(plant.roles, point_by_tag, points, problems)
    if problems:
        return None
    composed = Composition(
        path, plant, connections, equipment.equipment, points.points, limits, deliveries, enables
    ).folder()
    return replace(composed, rule_sets=rule_sets)


def _deliveries(lines: tuple[PointLine, ...], connections: ConnectionsFile) -> dict[str, Delivery]:
    found: dict[str, Delivery] = {}
    for line in lines:
        settings = connections.mqtt.get(line.source or "")
        if settings is None or line.source is None:
            continue
        how = delivery(line.source, settings, line.tag)
        if how is None:
            templates = listed([subscription.tag for subscription in settings.subscriptions])
            what = f"no subscription of {quoted(line.source)} delivers it (their tags: {templates})"
            line.row.add(what, "add a subscription for it, or name the tag as one of them does")
            continue
        found[line.tag] = how
        every = how.subscription.expected_every
        if line.poll is not None and line.poll < every:
            seconds = f"{every.total_seconds():g} s"
            what = f"poll_s {line.row.text('poll_s')} is less than the {seconds} between its messages"
            line.row.add(what, "leave poll_s blank, or write how often the value comes")
    return found


def _check_flows(
    flows: tuple[Flow, ...], point_by_tag: Mapping[str, PointRow], points: PointsFile, problems: Problems
) -> None:
    for flow in flows:
        point = point_by_tag.get(flow.tag)
        if point is None and flow.tag not in (points.tags or (flow.tag,)):
            near = nearest(flow.tag, points.tags or ())
            mend = f"did you mean {quoted(near)}?" if near else "write a tag of points.csv, or remove the key"
            problems.add(flow.file, flow.line, f"flow: there is no point {quoted(flow.tag)}", mend)
        elif point is not None and point.engineering_unit != "m3/h":
            what = f"flow: {quoted(flow.tag)} is in {quoted(point.engineering_unit)}, not in m3/h"
            problems.add(flow.file, flow.line, what, "name the point of the flow rate, or remove the key")


def _check_roles(
    roles: tuple[Role, ...], point_by_tag: Mapping[str, PointRow], points: PointsFile, problems: Problems
) -> None:
    for role in roles:
        point = point_by_tag.get(role.tag)
        if point is None and role.tag not in (points.tags or (role.tag,)):
            near = nearest(role.tag, points.tags or ())
            mend = f"did you mean {quoted(near)}?" if near else "write a tag of points.csv, or remove the key"
            problems.add(role.file, role.line, f"report: there is no point {quoted(role.tag)}", mend)
        elif point is not None and point.engineering_unit not in role.units:
            what = f"report: {role.key} {quoted(role.tag)} is in {quoted(point.engineering_unit)}"
            mend = f"name a point in {listed(role.units)}"
            if role.key == "used" and point.engineering_unit in CHEMICAL_UNITS:
                mend = "add kg_per_l, what a litre of it holds of the product"
            problems.add(role.file, role.line, what, mend)


def _enables(points: PointsFile) -> dict[str, Enable | None]:
    bits_by_tag: dict[str, tuple[Bit, ...] | None] = dict.fromkeys(points.tags or ())
    bits_by_tag |= {line.tag: line.bits for line in points.lines}
    resolved: dict[str, Enable | None] = {}
    found: dict[str, Enable | None] = {}
    for line in points.lines:
        try:
            if line.enable not in resolved:
                resolved[line.enable] = resolve(line.enable, bits_by_tag)
            found[line.tag] = resolved[line.enable]
        except EnableMistake as mistake:
            line.row.add(mistake.what, mistake.mend)
    return found
