"""Plants for the dashboards: the demo, a tiny one, a large one, and one whose names mean harm."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from app.plant_view import view_of
from config.demo import DEMO_FOLDER
from config.folder import PlantFolder
from config.read import read_folder
from dashboards.description import PlantView
from telemetry.plant import (
    Bit,
    Equipment,
    EquipmentKind,
    Name,
    Plant,
    Point,
    PointKind,
    Unit,
    UnitStage,
)

DAY = date(2026, 11, 21)
HARM = '"\n\t\\ ${__from} $y [[z]] v.bucket ") |> drop() //'


def demo() -> PlantFolder:
    """The demo plant."""
    return read_folder(DEMO_FOLDER)


def _folder(plant: Plant) -> PlantFolder:
    return replace(demo(), plant=plant, rules=(), limits=(), limits_in_force=frozenset())


def _point(tag: str, unit: str, name: str, measure: str = "mg/L", **more: object) -> Point:
    made = Point(tag, unit, Name(name, name), PointKind.ANALOG, measure, 0.0, 20.0, "PLC1", "PLC1")
    return replace(made, expected_every=timedelta(seconds=5), **more)  # type: ignore[arg-type]


def _plant(
    units: tuple[Unit, ...], points: tuple[Point, ...], equipment: tuple[Equipment, ...] = ()
) -> Plant:
    name = Name("小厂", "small works")
    outlet = Name("排口", "outlet")
    return Plant("small", name, ZoneInfo("Asia/Shanghai"), 500.0, outlet, units, equipment, points)


def tiny() -> PlantFolder:
    """One tank, five points, no limits, no machine."""
    unit = Unit("tank", Name("池", "tank"), UnitStage.WATER)
    return _folder(_plant((unit,), tuple(_point(f"T_{n}", "tank", f"值{n}") for n in "ABCDE")))


def large(stage: UnitStage = UnitStage.WATER) -> PlantFolder:
    """Sixty units with a pump and four values each."""
    units = tuple(Unit(f"u{n}", Name(f"{n}#处理单元", f"process unit {n}"), stage) for n in range(60))
    bits = (Bit("running", 0), Bit("fault", 1))
    points, pumps = [], []
    for unit in units:
        pumps.append(Equipment(f"{unit.id}_P", Name("1#泵", "pump 1"), EquipmentKind.PUMP, unit.id))
        status = _point(f"{unit.id}_ST", unit.id, "泵状态", "-", equipment=f"{unit.id}_P", bits=bits)
        points.append(replace(status, kind=PointKind.STATUS))
        for measure in ("m3/h", "mg/L", "kPa", "degC"):
            points.append(_point(f"{unit.id}_{measure}", unit.id, f"测量 {measure}", measure))
    return _folder(_plant(units, tuple(points), tuple(pumps)))


def harmful() -> PlantFolder:
    """The demo plant, every name and tag of which carries what Flux, Grafana or JSON could stumble over."""
    folder = demo()

    def name(its: Name) -> Name:
        return Name(its.zh + HARM, its.en + HARM)

    points = []
    for point in folder.plant.points:
        channel = None if point.channel is None else point.channel + HARM
        tag = f"{channel}.link" if point.is_link else point.tag + HARM
        points.append(replace(point, tag=tag, name=name(point.name), channel=channel))
    plant = replace(
        folder.plant,
        id=folder.plant.id + HARM,
        name=name(folder.plant.name),
        outlet=name(folder.plant.outlet),
        units=tuple(
            replace(unit, name=name(unit.name), flow=unit.flow and unit.flow + HARM)
            for unit in folder.plant.units
        ),
        equipment=tuple(replace(item, name=name(item.name)) for item in folder.plant.equipment),
        points=tuple(points),
    )
    return replace(
        folder,
        plant=plant,
        rules=tuple(replace(rule, tag=rule.tag + HARM) for rule in folder.rules),
        limits=tuple(replace(limit, tag=limit.tag + HARM) for limit in folder.limits),
        limits_in_force=frozenset(tag + HARM for tag in folder.limits_in_force),
    )


FOLDERS = {
    "demo": demo,
    "tiny": tiny,
    "large": large,
    "large, beside": lambda: large(UnitStage.SERVICE),
    "harmful": harmful,
}


def view(kind: str, language: str = "zh", day: date = DAY) -> PlantView:
    """Return what is shown of one of these plants."""
    return view_of(FOLDERS[kind](), day, language)
