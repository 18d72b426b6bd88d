"""Key figures: what is read first."""

from collections.abc import Iterator

from reports.document import Block, Figure, Figures, Heading, number
from reports.inputs import AlarmFigures, Compliance, Missing
from reports.monthly import MonthReport
from reports.speech import Speech

_LINE_PCT = 95.0


def blocks(report: MonthReport, speech: Speech) -> Iterator[Block]:
    """Yield the key figures; what could not be computed shows as –."""
    yield Heading(speech.words("Key figures"))
    yield Figures(tuple(_figures(report, speech)))


def _figures(report: MonthReport, speech: Speech) -> Iterator[Figure]:
    words, key = speech.words, report.key_figures
    if isinstance(report.compliance, Compliance):
        found = report.compliance
        note = words(
            "{complying} of {judged} judged days", complying=found.complying_days, judged=found.judged_days
        )
        rate = key["compliance_pct"]
        yield Figure(words("Compliance"), rate, 1, "%", note, bad=rate is not None and rate < 100)
        count = len(found.exceedances)
        yield Figure(words("Exceedances"), count, 0, "", words("means and single values"), bad=count > 0)
    if not isinstance(report.analysers, Missing) and report.analysers:
        target = report.analysers[0].target * 100
        lowest = key["uptime_pct"]
        yield Figure(
            words("Lowest uptime"),
            lowest,
            1,
            "%",
            words("target {target} %", target=f"{target:g}"),
            bad=lowest is not None and lowest < target,
        )
    daily = words("mean {flow} m³/d", flow=number(report.water.month["influent_m3_d"], 0))
    yield Figure(words("Influent"), key["influent_m3"], 0, "m³", daily, formula="{water!influent_m3:total}")
    daily = words("mean {flow} m³/d", flow=number(report.water.month["effluent_m3_d"], 0))
    yield Figure(words("Effluent"), key["effluent_m3"], 0, "m³", daily, formula="{water!effluent_m3:total}")
    yield Figure(
        words("Load factor"), key["load_factor_pct"], 1, "%", formula="{water!load_factor_pct:total}"
    )
    for one in report.pollutants:
        if one.influent is None:
            continue
        yield Figure(
            words("Removal of {item}", item=item_name(one.item)),
            one.figures.month["removal_pct"],
            1,
            "%",
            formula=f"{{loads!removal_{one.item}:total}}",
        )
    whole = words("{kwh} kWh in all", kwh=number(key["kwh"], 0))
    yield Figure(
        words("Power use"), key["kwh_per_m3"], 3, "kWh/m³", whole, formula="{energy!kwh_per_m3:total}"
    )
    yield Figure(words("Air:water"), key["air_to_water"], 2, "", formula="{energy!air_to_water:total}")
    wet = words("wet cake {wet} t", wet=number(key["wet_t"], 1))
    yield Figure(words("Dry solids"), key["dry_t"], 2, "t", wet, formula="{sludge!dry_t:total}")
    if isinstance(report.alarms, AlarmFigures):
        rate = key["alarms_a_day"]
        yield Figure(
            words("Alarms a day"), rate, 1, "", words("at most 150"), bad=rate is not None and rate > 150
        )
    measured = sum(point.good is not None for point in report.points)
    share = None if report.completeness is None else report.completeness * 100
    yield Figure(
        words("Data completeness"),
        share,
        1,
        "%",
        words("mean of {count} points", count=measured),
        bad=share is not None and share < _LINE_PCT,
    )


def item_name(item: str) -> str:
    """Return a pollutant as it is printed."""
    return {"NH3": "NH3-N"}.get(item.upper(), item)
