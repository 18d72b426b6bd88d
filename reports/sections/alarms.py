"""The alarm system's month."""

from collections.abc import Iterator

from reports.charts import Series, day_chart
from reports.document import Block, Chart, Charts, Column, Heading, Rounded, Table, Text, Value
from reports.inputs import AlarmFigures, Missing
from reports.monthly import MonthReport
from reports.speech import Speech
from reports.usual import beyond

_PRIORITIES = ("critical", "high", "medium", "low")


def blocks(report: MonthReport, speech: Speech) -> Iterator[Block]:
    """Yield the figures of domain.md 4.4 and the alarms that came most."""
    words = speech.words
    found = report.alarms
    yield Heading(words("Alarms"), new_page=isinstance(found, AlarmFigures) and found.raised > 0)
    if isinstance(found, Missing):
        yield Text(words("This part is missing: {why}.", why=words.name(found.missing)), warning=True)
        return
    if found.from_us > report.from_us:
        yield Text(words("The alarm journal begins on {begin}.", begin=speech.long_moment(found.from_us)))
    if not found.raised:
        yield Text(words("No alarm was raised."))
        return
    begun = report.days_begun
    daily = tuple(value if index < begun else None for index, value in enumerate(found.by_day))
    svg = day_chart(report.days, [Series(words("alarms"), daily, "bars")], "", width=690, height=110)
    yield Charts((Chart("alarms", words("Alarms by day"), svg, words("Alarms by day"), half=False),))
    counts = [
        f"{words.spoken(priority)} {found.by_priority[priority]}"
        for priority in _PRIORITIES
        if found.by_priority.get(priority)
    ]
    between = "，" if words.is_chinese else ", "
    yield Text(words("Raised: {counts}", counts=between.join(counts)))
    yield _figures(found, speech)
    columns = (
        Column("alarm", words("Alarm"), weight=1),
        Column("key", words("Tag")),
        Column("priority", words("Priority")),
        Column("count", words("Count"), "", 0),
    )
    rows = tuple((words.name(one.name), one.key, words.spoken(one.priority), one.count) for one in found.top)
    yield Table("top_alarms", words("The most frequent"), columns, rows)


def _figures(found: AlarmFigures, speech: Speech) -> Table:
    words = speech.words
    rows: tuple[tuple[Value, ...], ...] = (
        (words("Alarms a day"), Rounded(found.raised / found.days if found.days else None, 1), "", "≤ 150"),
        (words("Most in an hour"), Rounded(found.most_an_hour, 0), "", "≤ 12"),
        (words("Most in 10 minutes"), Rounded(found.most_in_10_min, 0), "", "≤ 10"),
        (
            words("Hours with more than 30"),
            Rounded(found.hours_above_30 / (found.days * 24) * 100 if found.days else None, 2),
            "%",
            "< 1 %",
        ),
        (words("Time in flood"), Rounded(found.flood_share * 100, 2), "%", "< 1 %"),
        (
            words("Share of the ten most frequent"),
            Rounded(None if found.top_share is None else found.top_share * 100, 1),
            "%",
            "< 5 %",
        ),
        (words("Chattering alarms"), Rounded(found.chattering, 0), "", "0"),
        (words("Fleeting alarms"), Rounded(found.fleeting, 0), "", "0"),
        (words("Stale alarms"), Rounded(found.stale, 0), "", "< 5"),
        (words("Answered, of all priorities"), Rounded(found.acknowledged, 0), "", ""),
        (
            words("Median time to acknowledge, all priorities"),
            Rounded(_minutes(found.response_median_s), 1),
            "min",
            "",
        ),
        (words("90 % acknowledged within"), Rounded(_minutes(found.response_p90_s), 1), "min", ""),
    )
    columns = (
        Column("figure", words("Figure"), weight=1),
        Column("value", words("Value"), "", 1),
        Column("unit", words("Unit")),
        Column("target", words("Target")),
    )
    title = words("Figures of the alarm system")
    return Table("alarm_figures", title, columns, rows, flagged=beyond(rows))


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 60
