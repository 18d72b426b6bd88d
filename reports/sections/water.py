"""Volumes in and out."""

from collections.abc import Iterator

from reports.charts import GREY, Series, day_chart
from reports.document import Block, Chart, Charts, Column, Heading
from reports.monthly import MonthReport
from reports.sections.days import MEAN, SUM, day_table, total
from reports.speech import Speech


def blocks(report: MonthReport, speech: Speech) -> Iterator[Block]:
    """Yield the volumes, as a chart and as a table."""
    words, own = speech.words, report.water
    yield Heading(words("Water"), new_page=True)
    if not any(own.known.values()):
        return
    series = [
        Series(words(title), own.days[key], "bars", colour)
        for title, key, colour in (
            ("Influent volume", "influent_m3", "#1f4e79"),
            ("Effluent volume", "effluent_m3", "#a9b8c6"),
        )
        if own.known[key]
    ]
    design = (report.plant.design_flow_m3_d,) * len(report.days)
    svg = day_chart(
        report.days, [*series, Series(words("Design flow"), design, "steps", GREY)], "m³/d", width=690
    )
    yield Charts((Chart("water", words("Water in and out"), svg, words("Water in and out"), half=False),))
    columns = (
        (total(Column("influent_m3", words("Influent volume"), "m³", 0), SUM), "influent_m3", own),
        (total(Column("effluent_m3", words("Effluent volume"), "m³", 0), SUM), "effluent_m3", own),
        (
            total(
                Column(
                    "load_factor_pct", words("Load factor"), "%", 1, "{influent_m3}/{#design_flow_m3_d}*100"
                ),
                MEAN,
            ),
            "load_factor_pct",
            own,
        ),
    )
    given = {"design_flow_m3_d": report.plant.design_flow_m3_d}
    yield day_table(report, speech, "water", words("Flow"), columns, given=given)
