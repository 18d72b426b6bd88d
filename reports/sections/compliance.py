"""Whether what left complied: calendar, results by item, exceedances with who was on shift."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from alarms.compliance.rounding import decimals_of
from reports.document import Block, Calendar, CalendarRow, Column, Heading, Rounded, Table, Text, Value
from reports.inputs import Compliance, Exceedance, JudgedItem, Missing
from reports.monthly import MonthReport
from reports.speech import Speech, unit
from telemetry.shares import cut_pct

MARKS = {
    "complies": "complies",
    "exceeds": "exceeds",
    "not_judged": "not judged",
    "not_entered": "no limit entered",
    "open": "in course",
    "absent": "no data",
}


def blocks(report: MonthReport, speech: Speech) -> Iterator[Block]:
    """Yield the judgement of the month."""
    words = speech.words
    yield Heading(words("Effluent against its limits"))
    found = report.compliance
    if isinstance(found, Missing):
        yield Text(words("This part is missing: {why}.", why=words.name(found.missing)), warning=True)
        return
    yield _calendar(report, found, speech)
    yield _results(found, speech)
    yield Text(
        words(
            "The mean of judged days counts each of them alike, where 75 % of the month's days are judged;"
            " the concentrations below are of all days that have a value, judged or not, and of the day in"
            " course."
        )
    )
    if not found.exceedances:
        yield Text(words("No daily mean and no single value exceeded its limit."))
        return
    yield _exceedances(found.exceedances, speech)
    yield Text(words("Water stays in the plant for hours: a crew is shown, not blamed."))


def _calendar(report: MonthReport, found: Compliance, speech: Speech) -> Calendar:
    words = speech.words
    rows = tuple(
        CalendarRow(
            words.name(item.name),
            tuple(day.verdict for day in item.days),
            words(
                "{complied} complying, {exceeded} exceeding, {not_judged} not judged",
                complied=item.complied,
                exceeded=item.exceeded,
                not_judged=item.not_judged,
            ),
        )
        for item in found.items
    )
    used = {day.verdict for item in found.items for day in item.days}
    legend = {mark: words(word) for mark, word in MARKS.items() if mark in used}
    return Calendar(tuple(day[-2:] for day in report.days), rows, legend)


def _results(found: Compliance, speech: Speech) -> Table:
    words = speech.words
    columns = (
        Column("item", words("Item"), weight=1),
        Column("unit", words("Unit")),
        Column("limit", words("Limit")),
        Column("source", words("Source")),
        Column("mean", words("Mean of judged days"), "", 2),
        Column("lowest", words("Lowest day"), "", 2),
        Column("highest", words("Highest day"), "", 2),
        Column("complied", words("Complying"), "d", 0),
        Column("exceeded", words("Exceeding"), "d", 0),
        Column("not_judged", words("Not judged"), "d", 0),
        Column("rate", words("Rate"), "%", 1, "ROUNDDOWN({complied}*1000/({complied}+{exceeded}),0)/10"),
    )
    rows = tuple(_result(item, speech) for item in found.items)
    flagged = frozenset(index for index, item in enumerate(found.items) if item.exceeded)
    return Table("results", words("Days and limits"), columns, rows, flagged=flagged)


def _result(item: JudgedItem, speech: Speech) -> tuple[Value, ...]:
    # The day in course is judged when it is over: its mean so far is no day's mean.
    over = [day for day in item.days if day.verdict != "open"]
    means = [day.mean for day in over if day.mean is not None]
    # What has no flow has no mean: its single values are what is judged, and shown.
    low = means or [day.lowest for day in over if day.lowest is not None]
    high = means or [day.highest for day in over if day.highest is not None]
    in_force = list(dict.fromkeys((day.low, day.high, day.source) for day in item.days if day.source))
    limits = " / ".join(dict.fromkeys(_limit(low_end, high_end) for low_end, high_end, _ in in_force))
    sources = " / ".join(dict.fromkeys(str(source) for _, _, source in in_force))
    return (
        speech.words.name(item.name),
        unit(item.engineering_unit),
        limits or None,
        sources or None,
        Rounded(item.mean, item.decimals),
        Rounded(min(low, default=None), item.decimals),
        Rounded(max(high, default=None), item.decimals),
        item.complied,
        item.exceeded,
        item.not_judged,
        None if item.rate is None else cut_pct(item.rate),
    )


def _limit(low: Decimal | None, high: Decimal | None) -> str:
    if low is not None and high is not None:
        return f"{low:f}–{high:f}"
    return f"≥ {low:f}" if low is not None else "" if high is None else f"≤ {high:f}"


def _exceedances(found: tuple[Exceedance, ...], speech: Speech) -> Table:
    words = speech.words
    columns = (
        Column("when", words("When")),
        Column("item", words("Item")),
        Column("basis", words("Basis")),
        Column("count", words("Results"), "", 0),
        Column("value", words("Worst value"), "", 3),
        Column("limit", words("Limit"), "", 3),
        Column("source", words("Source")),
        Column("on_shift", words("On shift then"), weight=1),
        Column("before", words("In the 16 h before"), weight=1),
    )
    rows = tuple(
        (
            _when(run, speech),
            words.name(one.name),
            words.spoken(one.basis),
            len(run),
            Rounded(_worst(run), one.decimals),
            Rounded(float(one.limit), decimals_of(one.limit)),
            one.source,
            speech.turns(one.on_shift),
            speech.turns(one.before) if one.before else None,
        )
        for run in runs_of(found)
        for one in run[:1]
    )
    return Table("exceedances", words("Exceedances, who was on shift"), columns, rows)


def runs_of(found: Sequence[Exceedance]) -> list[list[Exceedance]]:
    """Return exceedances that follow each other hour by hour, of one item, limit and crew, together."""
    runs: list[list[Exceedance]] = []
    open_runs: dict[tuple[object, ...], list[Exceedance]] = {}
    for one in sorted(found, key=lambda one: (one.from_us, one.to_us)):
        key = (one.tag, one.basis, one.end, one.limit, one.source, one.on_shift)
        run = open_runs.get(key)
        if run is None or one.basis != "single" or run[-1].to_us != one.from_us:
            run = open_runs[key] = []
            runs.append(run)
        run.append(one)
    return runs


def _when(run: Sequence[Exceedance], speech: Speech) -> str:
    if run[0].basis != "single":
        return f"{speech.local(run[0].from_us):%m-%d}"
    begin, end = speech.local(run[0].from_us), speech.local(run[-1].to_us)
    same = begin.date() == end.date()
    return f"{begin:%m-%d %H:%M}–{end:%H:%M}" if same else f"{begin:%m-%d %H:%M}–{end:%m-%d %H:%M}"


def _worst(run: Sequence[Exceedance]) -> float:
    values = [one.value for one in run]
    return min(values) if run[0].end == "low" else max(values)
