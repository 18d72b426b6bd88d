"""Energy and air, sludge, chemicals, machines."""

from collections.abc import Iterator

from reports.charts import SECOND, Series, day_chart
from reports.document import Block, Chart, Charts, Column, Heading, Rounded, Table, Text, number
from reports.monthly import MonthReport
from reports.sections.days import MEAN, SUM, day_table, paired_ratio, total
from reports.speech import Speech, unit
from reports.usual import beyond

_NOT_ALWAYS_KNOWN = 0.95


def energy(report: MonthReport, speech: Speech) -> Iterator[Block]:
    """Yield energy and air by day."""
    words, own = speech.words, report.energy
    yield Heading(words("Energy and air"), new_page=True)
    if not own.known["kwh"] and not own.known["air_m3"]:
        return
    charts = []
    if own.known["kwh_per_m3"]:
        svg = day_chart(report.days, [Series("", own.days["kwh_per_m3"])], "kWh/m³", zero=False)
        charts.append(Chart("energy", words("Specific power"), svg, words("Specific power")))
    if own.known["air_to_water"]:
        svg = day_chart(
            report.days, [Series("", own.days["air_to_water"], colour=SECOND)], "m³/m³", zero=False
        )
        charts.append(Chart("air", words("Air:water"), svg, words("Air:water")))
    yield Charts(tuple(charts))
    water = "influent_m3" if report.water.known["influent_m3"] else "effluent_m3"
    columns = (
        (
            total(Column("treated_m3", words("Water treated"), "m³", 0, f"{{water!{water}}}"), SUM),
            "treated_m3",
            own,
        ),
        (total(Column("kwh", words("Energy"), "kWh", 0), SUM), "kwh", own),
        (total(Column("blower_kwh", words("Blowers"), "kWh", 0), SUM), "blower_kwh", own),
        (
            total(
                Column("kwh_per_m3", words("Specific power"), "kWh/m³", 3, "{kwh}/{treated_m3}"),
                paired_ratio("kwh", "treated_m3"),
            ),
            "kwh_per_m3",
            own,
        ),
        (total(Column("air_m3", words("Air"), "m³", 0), SUM), "air_m3", own),
        (
            total(
                Column("air_to_water", words("Air:water"), "", 2, "{air_m3}/{treated_m3}"),
                paired_ratio("air_m3", "treated_m3"),
            ),
            "air_to_water",
            own,
        ),
    )
    yield day_table(report, speech, "energy", words("Energy and air"), columns)
    share = own.month["blower_share_pct"]
    if share is not None:
        yield Text(words("{share} % of the energy went to the blowers", share=number(share, 1)))


def sludge(report: MonthReport, speech: Speech) -> Iterator[Block]:
    """Yield the month's operating figures, and the sludge by day."""
    words, own = speech.words, report.sludge
    yield Heading(words("Sludge"), new_page=True)
    yield _operating(report, speech)
    if not any(own.known.values()):
        return
    dry = "{wet_t}*(1-IF(ISBLANK({moisture_pct}),{moisture_pct:total},{moisture_pct})/100)"
    wanted = (
        ("return_m3", "Return sludge", "m³", 0, None, SUM),
        ("recycle_m3", "Internal recycle", "m³", 0, None, SUM),
        ("waste_m3", "Waste sludge", "m³", 0, None, SUM),
        ("return_mg_l", "Return solids", "mg/L", 0, None, MEAN),
        ("mlss_mg_l", "MLSS", "mg/L", 0, None, MEAN),
        ("sv30_pct", "SV30", "%", 1, None, MEAN),
        ("svi_ml_g", "SVI", "mL/g", 1, "{sv30_pct}*10000/{mlss_mg_l}", MEAN),
        ("wet_t", "Wet cake", "t", 2, None, SUM),
        ("moisture_pct", "Moisture", "%", 1, None, MEAN),
        ("dry_t", "Dry solids", "t", 2, dry if own.known["moisture_pct"] else None, SUM),
        ("pam_kg", "PAM", "kg", 1, None, SUM),
    )
    columns = [
        (total(Column(key, words(title), its_unit, places, formula), of_month), key, own)
        for key, title, its_unit, places, formula, of_month in wanted
    ]
    yield day_table(report, speech, "sludge", words("Sludge"), columns)


def _operating(report: MonthReport, speech: Speech) -> Table:
    """Return the month's process figures beside what is usual (domain.md 5)."""
    words = speech.words
    sludge_, water, energy_ = report.sludge.month, report.water.month, report.energy.month
    rows = (
        (words("Retention time HRT"), Rounded(water["hrt_h"], 2), "h", ""),
        (words("Surface load of the clarifiers"), Rounded(water["surface_load"], 2), "m³/(m²·h)", "≤ 1.0"),
        (words("Sludge age SRT"), Rounded(sludge_["srt_d"], 1), "d", ""),
        (words("Sludge load F/M"), Rounded(sludge_["food_to_mass"], 4), "kg/(kg·d)", ""),
        (words("Return ratio"), Rounded(sludge_["return_pct"], 1), "%", "50–100"),
        (words("Internal recycle ratio"), Rounded(sludge_["recycle_pct"], 1), "%", "100–300"),
        (words("C/N (BOD5:TN)"), Rounded(sludge_["carbon_to_nitrogen"], 2), "", "≥ 4"),
        (words("Wet cake for 10⁴ m³"), Rounded(sludge_["wet_per_10000_m3"], 2), "t", ""),
        (words("Dry solids for 10⁴ m³"), Rounded(sludge_["dry_per_10000_m3"], 2), "t", ""),
        (words("Cake at 80 % moisture"), Rounded(sludge_["at_80_pct_t"], 1), "t", ""),
        (words("PAM for each t of dry solids"), Rounded(sludge_["pam_kg_per_t"], 2), "kg/t", ""),
        (words("Energy for each kg of COD removed"), Rounded(energy_.get("kwh_per_kg_cod"), 3), "kWh/kg", ""),
    )
    columns = (
        Column("figure", words("Figure"), weight=1),
        Column("value", words("Value"), "", 3),
        Column("unit", words("Unit")),
        Column("usual", words("Usual")),
    )
    title = words("Operating figures of the month")
    return Table("operating", title, columns, rows, flagged=beyond(rows))


def chemicals(report: MonthReport, speech: Speech) -> Iterator[Block]:
    """Yield what was dosed by day."""
    words = speech.words
    if not report.chemicals:
        return
    yield Heading(words("Chemicals"), new_page=True)
    columns = []
    for index, one in enumerate(report.chemicals):
        own, name = one.figures, words.name(one.name)
        used, kg, dose = f"used_{index}", f"kg_{index}", f"dose_{index}"
        its_unit = unit(one.unit)
        columns.append((total(Column(used, words("{name} used", name=name), its_unit, 1), SUM), "used", own))
        if not own.known["kg"]:
            yield Text(
                words(
                    "What a litre of {name} holds is not entered: neither mass nor dose is known.", name=name
                )
            )
            continue
        factor = _factor(own.month["kg"], own.month["used"])
        columns.append(
            (
                total(Column(kg, words("{name} product", name=name), "kg", 1, f"{{{used}}}*{factor!r}"), SUM),
                "kg",
                own,
            )
        )
        effluent = one.per == "effluent" or not report.water.known["influent_m3"]
        water = "effluent_m3" if effluent else "influent_m3"
        columns.append(
            (
                total(
                    Column(
                        dose, words("{name} dose", name=name), "mg/L", 2, f"{{{kg}}}*1000/{{water!{water}}}"
                    ),
                    f'SUMIFS({{{kg}:all}},{{water!{water}:all}},"<>")/SUMIFS({{water!{water}:all}},{{{kg}:all}},"<>")*1000',
                ),
                "dose_mg_l",
                own,
            )
        )
    yield day_table(report, speech, "chemicals", words("Chemicals by day"), columns)


def _factor(kg: float | None, used: float | None) -> float:
    """Return what a unit of what was used weighs, kg."""
    return round(kg / used, 9) if kg is not None and used else 1.0


def machines(report: MonthReport, speech: Speech) -> Iterator[Block]:
    """Yield run hours and starts."""
    words = speech.words
    if not report.machines:
        return
    yield Heading(words("Equipment"))
    columns = (
        Column("place", words("Place")),
        Column("machine", words("Machine")),
        Column("tag", words("Tag")),
        Column("run_hours", words("Run hours"), "h", 1),
        Column("counter", words("Its counter"), "h", 1),
        Column("difference", words("Difference"), "h", 1, "{run_hours}-{counter}"),
        Column("starts", words("Starts"), "", 0),
        Column("known", words("State known"), "%", 1),
    )
    rows = tuple(
        (
            words.name(one.unit_name),
            words.name(one.name),
            one.id,
            one.run_hours,
            one.counter_hours,
            None if one.run_hours is None or one.counter_hours is None else one.run_hours - one.counter_hours,
            one.starts,
            None if one.known is None else one.known * 100,
        )
        for one in report.machines
    )
    flagged = frozenset(
        index
        for index, one in enumerate(report.machines)
        if one.known is not None and one.known < _NOT_ALWAYS_KNOWN
    )
    yield Table("machines", words("Run hours and starts"), columns, rows, flagged=flagged)
