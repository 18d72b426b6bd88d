"""Concentrations, loads and removal of what is regulated."""

from collections.abc import Iterator

from reports.charts import SECOND, Series, day_chart
from reports.document import Block, Chart, Charts, Column, Heading, Text
from reports.inputs import Compliance, JudgedItem
from reports.monthly import MonthReport, PollutantMonth
from reports.sections.days import MEAN, SUM, day_table, total
from reports.sections.summary import item_name
from reports.speech import Speech

_REMOVED = (
    '(SUMIFS({{{0}:all}},{{{1}:all}},"<>")-SUMIFS({{{1}:all}},{{{0}:all}},"<>"))'
    '/SUMIFS({{{0}:all}},{{{1}:all}},"<>")*100'
)


def blocks(report: MonthReport, speech: Speech) -> Iterator[Block]:
    """Yield a chart for each pollutant, then the tables of days."""
    words = speech.words
    if not report.pollutants:
        return
    yield Heading(words("Concentrations, loads and removal"), new_page=True)
    judged = _judged(report)
    yield Charts(tuple(_chart(report, speech, one, judged.get(one.effluent)) for one in report.pollutants))
    concentrations, loads = [], []
    for one in report.pollutants:
        item, own = item_name(one.item), one.figures
        places = decimals_of(one)
        for key, title in (("influent_mg_l", "{item} in"), ("effluent_mg_l", "{item} out")):
            column = Column(f"{key}_{one.item}", words(title, item=item), "mg/L", places[key])
            concentrations.append((total(column, MEAN), key, own))
        load_in, load_out = f"load_in_{one.item}", f"load_out_{one.item}"
        for load, key, title, volume, mean in (
            (load_in, "load_in_t", "{item} load in", "influent_m3", f"influent_mg_l_{one.item}"),
            (load_out, "load_out_t", "{item} load out", "effluent_m3", f"effluent_mg_l_{one.item}"),
        ):
            formula = f"{{water!{volume}}}*{{concentrations!{mean}}}/1000000"
            column = Column(load, words(title, item=item), "t", 3, formula)
            loads.append((total(column, SUM), key, own))
        removed = Column(
            f"removal_{one.item}",
            words("{item} removed", item=item),
            "%",
            1,
            f"({{{load_in}}}-{{{load_out}}})/{{{load_in}}}*100",
        )
        loads.append((total(removed, _REMOVED.format(load_in, load_out)), "removal_pct", own))
    yield day_table(report, speech, "concentrations", words("Daily mean concentrations"), concentrations)
    if isinstance(report.compliance, Compliance):
        yield Text(
            words(
                "These means are of all days that have a value, judged or not, and of the day in course;"
                " the mean of judged days stands with the limits."
            )
        )
    yield day_table(report, speech, "loads", words("Loads and removal"), loads)


def decimals_of(one: PollutantMonth) -> dict[str, int]:
    """Return how many decimals concentrations are shown with: by their size."""
    found = {}
    for key in ("influent_mg_l", "effluent_mg_l"):
        usual = one.figures.month[key]
        found[key] = 1 if usual is None or usual >= 10 else 2 if usual >= 0.5 else 3
    return found


def _judged(report: MonthReport) -> dict[str, JudgedItem]:
    if not isinstance(report.compliance, Compliance):
        return {}
    return {item.tag: item for item in report.compliance.items}


def _chart(report: MonthReport, speech: Speech, one: PollutantMonth, item: JudgedItem | None) -> Chart:
    words = speech.words
    title = words("{item} out", item=item_name(one.item))
    series = [Series(words("effluent"), one.figures.days["effluent_mg_l"])]
    marked: frozenset[int] = frozenset()
    if item is not None:
        limits = [None if day.high is None else float(day.high) for day in item.days]
        series.append(Series(words("daily limit"), limits, "steps", SECOND))
        marked = frozenset(index for index, day in enumerate(item.days) if day.verdict == "exceeds")
    wide = len(report.pollutants) in (1, 2, 4)
    svg = day_chart(report.days, series, "mg/L", marked=marked, width=340 if wide else 225, height=120)
    return Chart(f"quality-{one.item}", title, svg, title)
