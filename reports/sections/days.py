"""What tables by day share."""

from collections.abc import Iterable, Sequence

from reports.document import Column, Table, Value
from reports.monthly import Figures, MonthReport
from reports.speech import Speech

SUM = "SUM({KEY:all})"
MEAN = "AVERAGE({KEY:all})"


def paired_ratio(part: str, whole: str, factor: str = "") -> str:
    """Return the formula of a ratio of two sums over the days on which both are known."""
    return f'SUMIFS({{{part}:all}},{{{whole}:all}},"<>")/SUMIFS({{{whole}:all}},{{{part}:all}},"<>"){factor}'


def total(column: Column, formula: str) -> Column:
    """Return a column with its total's formula, which names itself KEY."""
    return Column(
        column.key,
        column.title,
        column.unit,
        column.decimals,
        column.formula,
        formula.replace("KEY", column.key),
    )


def day_table(
    report: MonthReport,
    speech: Speech,
    name: str,
    title: str,
    columns: Sequence[tuple[Column, str, Figures]],
    flagged: Iterable[int] = (),
    given: dict[str, float] | None = None,
) -> Table:
    """Return a table of the month's days that have begun: columns, each with its key in its figures.

    Columns that are known on no day at all are left out; below it stands on how many days others are known.
    """
    words = speech.words
    shown = [(column, key, own) for column, key, own in columns if own.known.get(key)]
    begun = report.days_begun
    rows = tuple(
        (speech.day(report.days[index]), *(own.days[key][index] for _, key, own in shown))
        for index in range(begun)
    )
    partly = [
        words(
            "{column}: known on {known} of {days} days", column=column.title, known=own.known[key], days=begun
        )
        for column, key, own in shown
        if own.known[key] < begun
    ]
    totals: dict[str, Value] = {column.key: own.month.get(key) for column, key, own in shown if column.total}
    return Table(
        name=name,
        title=title,
        columns=(Column("day", words("Day")), *(column for column, _, _ in shown)),
        rows=rows,
        totals=totals,
        total_title=words("Month"),
        known="；".join(partly) if words.is_chinese else "; ".join(partly),
        flagged=frozenset(flagged),
        given=given or {},
    )
