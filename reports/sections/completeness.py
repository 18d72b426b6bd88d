"""How much of the data there is, and what people corrected and marked of it."""

from collections.abc import Iterator

from reports.calculations import mean
from reports.document import Block, Column, Heading, Table, Text, Value
from reports.inputs import Amendment, Missing, PointMonth
from reports.monthly import MonthReport
from reports.speech import Speech

LINE_PCT = 95.0


def blocks(report: MonthReport, speech: Speech) -> Iterator[Block]:
    """Yield the good share by unit, and of every measured point."""
    words = speech.words
    yield Heading(words("Data completeness"), new_page=True)
    measured = [point for point in report.points if point.good is not None]
    below = [point for point in measured if _percent(point) < LINE_PCT]
    yield Text(
        words(
            "The share of the month's elapsed time in which each point had a good value, of an analyser"
            " its valid results of those due; {below} of {count} points were below {line} %.",
            below=len(below),
            count=len(measured),
            line=f"{LINE_PCT:g}",
        )
    )
    yield _by_unit(measured, speech)
    columns = (
        Column("tag", words("Tag")),
        Column("good", words("Good share"), "%", 1),
        Column("count", words("Samples"), "", 0),
    )
    rows = tuple((point.tag, _percent(point), point.count) for point in measured)
    flagged = frozenset(index for index, point in enumerate(measured) if _percent(point) < LINE_PCT)
    yield Table("points", words("Every measured point"), columns, rows, flagged=flagged, fold=3)


def amendments(report: MonthReport, speech: Speech) -> Iterator[Block]:
    """Yield corrections and marks."""
    words = speech.words
    yield Heading(words("Corrections and marks"))
    found = report.amendments
    if isinstance(found, Missing):
        yield Text(words("This part is missing: {why}.", why=words.name(found.missing)), warning=True)
        return
    if found.hours_changed:
        yield Text(
            words(
                "{count} closed hours were computed anew after late or corrected readings.",
                count=found.hours_changed,
            )
        )
    if not found.listed:
        yield Text(words("Nobody corrected or marked a reading of this month."))
        return
    columns = (
        Column("when", words("Of")),
        Column("point", words("Item")),
        Column("what", words("What")),
        Column("by", words("By")),
        Column("made", words("When")),
        Column("reason", words("Reason"), weight=1),
    )
    rows = tuple(_row(one, speech) for one in found.listed)
    yield Table("amendments", words("Corrections and marks"), columns, rows)
    if found.more:
        yield Text(words("{count} more are in the journal of entries.", count=found.more))


def _by_unit(measured: list[PointMonth], speech: Speech) -> Table:
    words = speech.words
    by_unit: dict[str, list[PointMonth]] = {}
    for point in measured:
        by_unit.setdefault(point.unit, []).append(point)
    rows = []
    for own in by_unit.values():
        lowest = min(own, key=_percent)
        rows.append(
            (
                words.name(own[0].unit_name),
                len(own),
                mean([_percent(point) for point in own]),
                _percent(lowest),
                f"{lowest.tag} {words.name(lowest.name)}",
            )
        )
    columns = (
        Column("unit", words("Place")),
        Column("points", words("Points"), "", 0),
        Column("good", words("Good share"), "%", 1),
        Column("lowest", words("Lowest point"), "%", 1),
        Column("which", words("Tag"), weight=1),
    )
    flagged = frozenset(index for index, row in enumerate(rows) if row[3] < LINE_PCT)
    return Table("units", words("Completeness by process unit"), columns, tuple(rows), flagged=flagged)


def _row(one: Amendment, speech: Speech) -> tuple[Value, ...]:
    words = speech.words
    if one.kind == "correction":
        value = "–" if one.value is None else f"{one.value:g}"
        former = "–" if one.former is None else f"{one.former:g}"
        what, when = f"{words.spoken(one.kind)} {former} → {value}", speech.moment(one.from_us)
    else:
        what = f"{words.spoken(one.kind)} {words.spoken(one.mark or '')}".strip()
        when = f"{speech.moment(one.from_us)} – {speech.moment(one.to_us)}"
    if one.withdrawn:
        what = f"{what} ({words('taken back')})"
    return when, words.name(one.name), what, one.by, speech.moment(one.made_us), one.reason


def _percent(point: PointMonth) -> float:
    assert point.good is not None
    return point.good * 100
