"""The month's report: inputs in, figures out. Pure, and the same for the same inputs.

    water, pollutants, energy, sludge, chemicals    figures by day, what they come to in the month, and of
                                                    how many days each is known
    the other parts                                 as they were collected

The JSON of this is the report; PDF, XLSX and HTML only show it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reports import calculations as calc
from reports.inputs import (
    AlarmFigures,
    Amendments,
    Analyser,
    ByDay,
    Compliance,
    Head,
    Machine,
    Missing,
    MonthInputs,
    Origin,
    PlantFacts,
    PointMonth,
    Staff,
)
from reports.method import notes_of
from telemetry.plant import Name
from telemetry.shares import cut_pct

SCHEMA: Final = "outfall/monthly/1"
_TONNES: Final = {"t": 1.0, "kg": 1e-3}
_KILOGRAMS: Final = {"t": 1e3, "kg": 1.0}


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures by key: of each day, of the month, and on how many days each is known."""

    days: dict[str, ByDay]
    month: dict[str, float | None]
    known: dict[str, int]


@dataclass(frozen=True, slots=True)
class PollutantMonth:
    """A pollutant's concentrations, loads and removal."""

    item: str
    name: Name
    effluent: str
    influent: str | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class ChemicalMonth:
    """A chemical's use and dose; `per` is the water its dose is stated of."""

    name: Name
    used: str
    unit: str
    per: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Made:
    """When and of what the report was made: its hash is the inputs', not its own."""

    at_us: int
    version: str
    inputs_sha256: str


@dataclass(frozen=True, slots=True)
class MonthReport:
    """A plant's month."""

    schema: str
    made: Made
    plant: PlantFacts
    month: str
    days: tuple[str, ...]
    from_us: int
    to_us: int
    through_us: int
    days_begun: int
    provisional: bool
    key_figures: dict[str, float | None]
    water: Figures
    pollutants: tuple[PollutantMonth, ...]
    energy: Figures
    sludge: Figures
    chemicals: tuple[ChemicalMonth, ...]
    compliance: Compliance | Missing
    analysers: tuple[Analyser, ...] | Missing
    machines: tuple[Machine, ...]
    alarms: AlarmFigures | Missing
    staff: Staff | Missing
    amendments: Amendments | Missing
    points: tuple[PointMonth, ...]
    completeness: float | None
    origins: tuple[Origin, ...]
    ledger: Head | Missing
    journal: Head | Missing
    notes: tuple[Name, ...]


def report_of(inputs: MonthInputs, made: Made) -> MonthReport:
    """Return the report of a month's inputs."""
    begun = sum(start < inputs.through_us for start in inputs.starts_us)
    water = _water(inputs)
    pollutants = tuple(_pollutants(inputs, water))
    energy = _energy(inputs, water, pollutants)
    sludge = _sludge(inputs, water, pollutants)
    chemicals = tuple(_chemicals(inputs, water))
    points = tuple(_points(inputs))
    measured = [point.good for point in points if point.good is not None]
    report = MonthReport(
        schema=SCHEMA,
        made=made,
        plant=inputs.plant,
        month=inputs.month,
        days=inputs.days,
        from_us=inputs.from_us,
        to_us=inputs.to_us,
        through_us=inputs.through_us,
        days_begun=begun,
        provisional=inputs.provisional,
        key_figures=_key_figures(inputs, water, pollutants, energy, sludge),
        water=water,
        pollutants=pollutants,
        energy=energy,
        sludge=sludge,
        chemicals=chemicals,
        compliance=inputs.compliance,
        analysers=inputs.analysers,
        machines=inputs.machines,
        alarms=inputs.alarms,
        staff=inputs.staff,
        amendments=inputs.amendments,
        points=points,
        completeness=calc.mean(measured),
        origins=inputs.origins,
        ledger=inputs.ledger,
        journal=inputs.journal,
        notes=tuple(notes_of(inputs)),
    )
    return report


def _points(inputs: MonthInputs) -> Iterator[PointMonth]:
    """Yield the points' months; an analyser is as complete as its results are, not as its held value."""
    analysers = inputs.analysers if isinstance(inputs.analysers, tuple) else ()
    complete = {one.tag: one.uptime for one in analysers if one.uptime is not None}
    for point in inputs.points:
        known = point.good is not None and point.tag in complete
        yield replace(point, good=complete[point.tag]) if known else point


def day_count(inputs: MonthInputs) -> int:
    """Return how many days the month has begun."""
    return sum(start < inputs.through_us for start in inputs.starts_us)


def paired(one: ByDay, other: ByDay) -> tuple[float | None, float | None]:
    """Return the sums of two figures over the days on which both are known."""
    both = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    return calc.total([a for a, _ in both]), calc.total([b for _, b in both])


def _figures(days: Mapping[str, ByDay], month: Mapping[str, float | None]) -> Figures:
    known = {key: sum(value is not None for value in values) for key, values in days.items()}
    return Figures(dict(days), dict(month), known)


def _each(function: Callable[..., float | None], *columns: ByDay | float | None) -> ByDay:
    """Return a calculation of each day; what is no column is the same every day."""
    length = next(len(column) for column in columns if isinstance(column, tuple))
    spread = [column if isinstance(column, tuple) else (column,) * length for column in columns]
    return tuple(function(*row) for row in zip(*spread, strict=True))


def _nothing(inputs: MonthInputs) -> ByDay:
    return (None,) * len(inputs.days)


def _amount(inputs: MonthInputs, role: str, scale: Mapping[str, float] | None = None) -> ByDay:
    tag = next(iter(inputs.roles.tags.get(role, ())), None)
    if tag is None:
        return _nothing(inputs)
    found = inputs.by_day[tag]
    factor = 1.0 if scale is None else scale.get(found.amount_unit, 1.0)
    return tuple(None if value is None else value * factor for value in found.amount)


def _mean(inputs: MonthInputs, role: str) -> ByDay:
    """Return the mean by day of all points of a role."""
    columns = [inputs.by_day[tag].mean for tag in inputs.roles.tags.get(role, ())]
    if not columns:
        return _nothing(inputs)
    return tuple(calc.mean(values) for values in zip(*columns, strict=True))


def _water(inputs: MonthInputs) -> Figures:
    influent, effluent = _amount(inputs, "influent_volume"), _amount(inputs, "effluent_volume")
    design = inputs.plant.design_flow_m3_d
    days = {
        "influent_m3": influent,
        "effluent_m3": effluent,
        "load_factor_pct": _each(calc.load_factor_pct, _whole_days(inputs, influent), design),
    }
    mean = calc.mean(_whole_days(inputs, influent))
    month = {
        "influent_m3": calc.total(influent),
        "effluent_m3": calc.total(effluent),
        "influent_m3_d": mean,
        "effluent_m3_d": calc.mean(_whole_days(inputs, effluent)),
        "load_factor_pct": calc.load_factor_pct(mean, design),
        "hrt_h": calc.hrt_h(inputs.plant.reactor_m3, mean),
        "surface_load": calc.surface_load(mean, inputs.plant.settling_m2),
    }
    return _figures(days, month)


def _whole_days(inputs: MonthInputs, column: ByDay) -> ByDay:
    """Return a column without the day in course, whose part would pull every mean down."""
    last = day_count(inputs) - 1
    ends = (*inputs.starts_us[1:], inputs.to_us)
    return tuple(
        None if index == last and ends[index] > inputs.through_us else value
        for index, value in enumerate(column)
    )


def _treated(water: Figures) -> ByDay:
    """Return the water that energy, air and chemicals are stated of: what came in, else what left."""
    key = "influent_m3" if water.known["influent_m3"] else "effluent_m3"
    return water.days[key]


def _pollutants(inputs: MonthInputs, water: Figures) -> Sequence[PollutantMonth]:
    found = []
    for role in inputs.roles.pollutants:
        there = inputs.by_day.get(role.influent or "")
        before = there.mean if there else _nothing(inputs)
        after = _judged_means(inputs, role.effluent) or inputs.by_day[role.effluent].mean
        load_in = _each(calc.load_t, water.days["influent_m3"], before)
        load_out = _each(calc.load_t, water.days["effluent_m3"], after)
        days = {
            "influent_mg_l": before,
            "effluent_mg_l": after,
            "load_in_t": load_in,
            "load_out_t": load_out,
            "removal_pct": _each(calc.removal_pct, load_in, load_out),
        }
        month = {
            "influent_mg_l": calc.mean(before),
            "effluent_mg_l": calc.mean(after),
            "load_in_t": calc.total(load_in),
            "load_out_t": calc.total(load_out),
            "removal_pct": calc.removal_pct(*paired(load_in, load_out)),
        }
        found.append(
            PollutantMonth(role.item, role.name, role.effluent, role.influent, _figures(days, month))
        )
    return found


def _judged_means(inputs: MonthInputs, tag: str) -> ByDay | None:
    """Return the means that a regulated item was judged by; None where it was not judged at all."""
    if not isinstance(inputs.compliance, Compliance):
        return None
    item = next((item for item in inputs.compliance.items if item.tag == tag), None)
    if item is None or not any(day.mean is not None for day in item.days):
        return None
    return tuple(day.mean for day in item.days)


def _energy(inputs: MonthInputs, water: Figures, pollutants: Sequence[PollutantMonth]) -> Figures:
    kwh, blowers = _amount(inputs, "energy"), _amount(inputs, "blower_energy")
    air, treated = _amount(inputs, "air"), _treated(water)
    days = {
        "treated_m3": treated,
        "kwh": kwh,
        "blower_kwh": blowers,
        "kwh_per_m3": _each(calc.kwh_per_m3, kwh, treated),
        "air_m3": air,
        "air_to_water": _each(calc.air_to_water, air, treated),
    }
    month = {
        "treated_m3": calc.total(treated),
        "kwh": calc.total(kwh),
        "blower_kwh": calc.total(blowers),
        "kwh_per_m3": calc.kwh_per_m3(*paired(kwh, treated)),
        "air_m3": calc.total(air),
        "air_to_water": calc.air_to_water(*paired(air, treated)),
        "blower_share_pct": calc.ratio_pct(*paired(blowers, kwh)),
    }
    cod = next((one for one in pollutants if one.item.upper() == "COD"), None)
    if cod is not None:
        month["kwh_per_kg_cod"] = _kwh_per_kg(kwh, cod)
    return _figures(days, month)


def _kwh_per_kg(kwh: ByDay, cod: PollutantMonth) -> float | None:
    days = cod.figures.days
    known = [
        (energy, load_in, load_out)
        for energy, load_in, load_out in zip(kwh, days["load_in_t"], days["load_out_t"], strict=True)
        if energy is not None and load_in is not None and load_out is not None
    ]
    sums = [calc.total([row[column] for row in known]) for column in range(3)]
    return calc.kwh_per_kg(*sums)


def _sludge(inputs: MonthInputs, water: Figures, pollutants: Sequence[PollutantMonth]) -> Figures:
    influent = water.days["influent_m3"]
    returned, recycled = _amount(inputs, "return_sludge"), _amount(inputs, "internal_recycle")
    wasted, solids = _amount(inputs, "waste_sludge"), _mean(inputs, "return_solids")
    mlss, sv30 = _mean(inputs, "mlss"), _mean(inputs, "sv30")
    wet, moisture = _amount(inputs, "wet_cake", _TONNES), _mean(inputs, "cake_moisture")
    # A cake is not weighed and dried on the same days: where no moisture is known, the month's mean is.
    usual = calc.mean(moisture)
    dry = _each(lambda t, own: calc.dry_solids_t(t, usual if own is None else own), wet, moisture)
    pam = _amount(inputs, "pam", _KILOGRAMS)
    days = {
        "return_m3": returned,
        "recycle_m3": recycled,
        "waste_m3": wasted,
        "return_mg_l": solids,
        "mlss_mg_l": mlss,
        "sv30_pct": sv30,
        "svi_ml_g": _each(calc.svi_ml_g, sv30, mlss),
        "wet_t": wet,
        "moisture_pct": moisture,
        "dry_t": dry,
        "pam_kg": pam,
    }
    mean_flow = water.month["influent_m3_d"]
    reactor = inputs.plant.reactor_m3
    bod = calc.mean(_mean(inputs, "influent_bod"))
    tn = next((one for one in pollutants if one.item.upper() == "TN"), None)
    month = {
        "return_m3": calc.total(returned),
        "recycle_m3": calc.total(recycled),
        "waste_m3": calc.total(wasted),
        "return_mg_l": calc.mean(solids),
        "mlss_mg_l": calc.mean(mlss),
        "sv30_pct": calc.mean(sv30),
        "svi_ml_g": calc.mean(days["svi_ml_g"]),
        "wet_t": calc.total(wet),
        "moisture_pct": usual,
        "dry_t": calc.total(dry),
        "pam_kg": calc.total(pam),
        "return_pct": calc.ratio_pct(*paired(returned, influent)),
        "recycle_pct": calc.ratio_pct(*paired(recycled, influent)),
        "srt_d": calc.srt_d(
            reactor,
            calc.mean(mlss),
            calc.mean(_whole_days(inputs, wasted)),
            calc.mean(solids),
            mean_flow,
            calc.mean(_mean(inputs, "effluent_ss")),
        ),
        "food_to_mass": calc.food_to_mass(mean_flow, bod, reactor, calc.mean(mlss)),
        "carbon_to_nitrogen": calc.carbon_to_nitrogen(bod, tn.figures.month["influent_mg_l"] if tn else None),
        "bod_mg_l": bod,
        "at_80_pct_t": calc.at_80_pct_t(calc.total(dry)),
        "wet_per_10000_m3": calc.per_10000_m3(*paired(wet, influent)),
        "dry_per_10000_m3": calc.per_10000_m3(*paired(dry, influent)),
        "pam_kg_per_t": calc.pam_kg_per_t(*paired(pam, dry)),
    }
    return _figures(days, month)


def _chemicals(inputs: MonthInputs, water: Figures) -> Sequence[ChemicalMonth]:
    found = []
    for role in inputs.roles.chemicals:
        own = inputs.by_day[role.used]
        treated = water.days["effluent_m3"] if role.per == "effluent" else _treated(water)
        factor = role.kg_per_unit
        kg = tuple(None if value is None or factor is None else value * factor for value in own.amount)
        days = {"used": own.amount, "kg": kg, "dose_mg_l": _each(calc.dose_mg_l, kg, treated)}
        month = {
            "used": calc.total(own.amount),
            "kg": calc.total(kg),
            "dose_mg_l": calc.dose_mg_l(*paired(kg, treated)),
        }
        found.append(ChemicalMonth(role.name, role.used, own.amount_unit, role.per, _figures(days, month)))
    return found


def _key_figures(
    inputs: MonthInputs,
    water: Figures,
    pollutants: Sequence[PollutantMonth],
    energy: Figures,
    sludge: Figures,
) -> dict[str, float | None]:
    """Return what is read first; what its parts could not be computed from is None."""
    found: dict[str, float | None] = {
        "influent_m3": water.month["influent_m3"],
        "effluent_m3": water.month["effluent_m3"],
        "load_factor_pct": water.month["load_factor_pct"],
        "kwh_per_m3": energy.month["kwh_per_m3"],
        "kwh": energy.month["kwh"],
        "air_to_water": energy.month["air_to_water"],
        "dry_t": sludge.month["dry_t"],
        "wet_t": sludge.month["wet_t"],
    }
    found |= {f"removal_{one.item.lower()}_pct": one.figures.month["removal_pct"] for one in pollutants}
    if isinstance(inputs.compliance, Compliance):
        found["compliance_pct"] = _percent(inputs.compliance.rate)
        found["judged_days"] = inputs.compliance.judged_days
        found["complying_days"] = inputs.compliance.complying_days
        found["exceedances"] = len(inputs.compliance.exceedances)
    if not isinstance(inputs.analysers, Missing):
        rates = [one.uptime for one in inputs.analysers if one.uptime is not None]
        found["uptime_pct"] = _percent(min(rates, default=None))
    if isinstance(inputs.alarms, AlarmFigures):
        found["alarms_a_day"] = inputs.alarms.raised / inputs.alarms.days if inputs.alarms.days > 0 else None
    return found


def _percent(share: float | None) -> float | None:
    """Return a share in per cent, cut as it is everywhere."""
    return None if share is None else cut_pct(share)
