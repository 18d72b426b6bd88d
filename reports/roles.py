"""Which of a plant's points play which part in its report: what is written, else what the folder shows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from reports.settings import ChemicalSettings, ReportSettings
from telemetry.plant import Plant, Point, PointKind, Unit, UnitStage


@dataclass(frozen=True, slots=True)
class Pollutant:
    """A regulated concentration of the effluent, and the same of the influent where it is measured."""

    item: str
    effluent: str
    influent: str | None


@dataclass(frozen=True, slots=True)
class Roles:
    """Tags by what they are for; a role that nobody plays is missing."""

    tags: dict[str, tuple[str, ...]]
    pollutants: tuple[Pollutant, ...]
    chemicals: tuple[ChemicalSettings, ...]
    regulated: tuple[str, ...]
    """Every regulated point of what leaves but its flow, in the order of the points."""

    def one(self, role: str) -> str | None:
        """Return the tag of a role, None where nobody plays it."""
        return next(iter(self.tags.get(role, ())), None)

    def all(self) -> tuple[str, ...]:
        """Return every tag that figures of days are wanted of, each once."""
        found = [tag for tags in self.tags.values() for tag in tags]
        found += [tag for one in self.pollutants for tag in (one.influent, one.effluent) if tag]
        return tuple(dict.fromkeys([*found, *(its.used for its in self.chemicals), *self.regulated]))


def roles_of(plant: Plant, settings: ReportSettings) -> Roles:
    """Return the roles of a plant; a tag that is not there any more plays none."""
    known = plant.point_by_tag
    tags = {
        role: found
        for role, named in settings.tags_by_role().items()
        if (found := tuple(tag for tag in named if tag in known))
    }
    influent, effluent = _ends(plant)
    for role, unit in (("influent_volume", influent), ("effluent_volume", effluent)):
        if role not in tags and unit is not None and (volume := _volume_of(plant, unit)):
            tags[role] = (volume,)
    if "energy" not in tags and (meter := _only(plant.points, lambda p: _is_total(p, "kWh"))):
        tags["energy"] = (meter,)
    regulated = tuple(
        point.tag
        for point in plant.points
        if point.regulatory and point.kind is PointKind.ANALOG and point.engineering_unit != "m3/h"
    )
    return Roles(
        tags,
        _pollutants(plant, influent, effluent),
        tuple(its for its in settings.chemicals if its.used in known),
        regulated,
    )


def _ends(plant: Plant) -> tuple[Unit | None, Unit | None]:
    """Return the first and the last unit on the water's way whose flow is known."""
    found = [unit for unit in plant.units if unit.stage is UnitStage.WATER and unit.flow]
    return (found[0], found[-1]) if len(found) > 1 else (None, found[0] if found else None)


def _volume_of(plant: Plant, unit: Unit) -> str | None:
    own = (point for point in plant.points if point.unit == unit.id)
    return _only(own, lambda point: _is_total(point, "m3")) or unit.flow


def _pollutants(plant: Plant, influent: Unit | None, effluent: Unit | None) -> tuple[Pollutant, ...]:
    if effluent is None:
        return ()
    found = []
    for point in plant.points:
        if point.unit != effluent.id or not point.regulatory or plant.flow_of(point.tag) is None:
            continue
        item = point.tag.rsplit("_", 1)[-1]
        before = _same_before(plant, influent, point)
        found.append(Pollutant(item, point.tag, before))
    return tuple(found)


def _same_before(plant: Plant, influent: Unit | None, point: Point) -> str | None:
    """Return the influent's point that ends as an effluent's does: EFF_AIT_COD, INF_AIT_COD."""
    if influent is None:
        return None
    ending = point.tag.partition("_")[2]
    return _only(
        (other for other in plant.points if other.unit == influent.id),
        lambda other: (
            other.tag.partition("_")[2] == ending
            and other.engineering_unit == point.engineering_unit
            and other.kind is PointKind.ANALOG
        ),
    )


def _is_total(point: Point, unit: str) -> bool:
    return point.kind is PointKind.TOTAL and point.engineering_unit == unit


def _only(points: Iterable[Point], wanted: Callable[[Point], bool]) -> str | None:
    """Return the tag of the one point that is wanted, None where there are several or none."""
    found = [point.tag for point in points if wanted(point)]
    return found[0] if len(found) == 1 else None
