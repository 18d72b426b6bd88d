"""What the online analysers delivered of what was due."""

from collections.abc import Iterator

from reports.charts import rate_bars
from reports.document import Block, Chart, Charts, Column, Heading, Table, Text
from reports.inputs import Analyser, Missing
from reports.monthly import MonthReport
from reports.speech import Speech
from telemetry.shares import cut_pct


def blocks(report: MonthReport, speech: Speech) -> Iterator[Block]:
    """Yield the uptime of each analyser, and what its lost results were lost by."""
    words = speech.words
    found = report.analysers
    yield Heading(words("Online analysers"), new_page=not isinstance(found, Missing))
    if isinstance(found, Missing):
        yield Text(words("This part is missing: {why}.", why=words.name(found.missing)), warning=True)
        return
    if found:
        rates = [(words.name(one.name), _cut(one.uptime)) for one in found]
        target = found[0].target * 100
        lowest = min((rate for _, rate in rates if rate is not None), default=100.0)
        svg = rate_bars(rates, target, low=max(0.0, min(80.0, lowest // 10 * 10)))
        title = words("Uptime of the month")
        yield Charts((Chart("uptime", title, svg, title, half=False),))
    columns = (
        Column("analyser", words("Analyser")),
        Column("due", words("Due"), "h", 0),
        Column("valid", words("Valid"), "h", 0),
        Column("lost", words("Lost"), "h", 0, "{due}-{valid}"),
        Column("uptime", words("Uptime"), "%", 1, "ROUNDDOWN({valid}*1000/{due},0)/10"),
        Column("hours_left", words("Hours left"), "h", 0),
        Column("judged", words("Judged results"), "", 0),
        Column("within_count", words("Within"), "", 0),
        Column("within", words("Within limits"), "%", 1, "ROUNDDOWN({within_count}*1000/{judged},0)/10"),
        Column("causes", words("Lost by cause"), weight=1),
    )
    rows = tuple(_row(one, speech) for one in found)
    flagged = frozenset(
        index for index, one in enumerate(found) if one.uptime is not None and one.uptime < one.target
    )
    yield Table("analysers", words("Uptime and lost results"), columns, rows, flagged=flagged)


def _row(one: Analyser, speech: Speech) -> tuple[str | float | int | None, ...]:
    words = speech.words
    between = "，" if words.is_chinese else ", "
    causes = between.join(f"{words.spoken(cause)} {count}" for cause, count in one.lost.items() if count)
    return (
        words.name(one.name),
        one.due,
        one.valid,
        one.due - one.valid,
        _cut(one.uptime),
        one.hours_left,
        one.judged_results,
        one.within,
        _cut(one.compliance_rate),
        causes or None,
    )


def _cut(share: float | None) -> float | None:
    return None if share is None else cut_pct(share)
