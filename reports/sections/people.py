"""Who worked, in counts."""

from collections.abc import Iterator, Sequence

from reports.document import Block, Column, Heading, Table, Text
from reports.inputs import Missing
from reports.monthly import MonthReport
from reports.speech import Speech

_COUNTS = (
    ("turns", "Turns"),
    ("signed", "Signed"),
    ("unsettled", "Not signed"),
    ("late", "Late"),
    ("early", "Early"),
    ("absent", "Absent"),
)


def blocks(report: MonthReport, speech: Speech) -> Iterator[Block]:
    """Yield the crews' month, and findings by kind."""
    words = speech.words
    yield Heading(words("Staff and attendance"))
    found = report.staff
    if isinstance(found, Missing):
        yield Text(words("This part is missing: {why}.", why=words.name(found.missing)), warning=True)
        return
    if not found.crews:
        yield Text(words("Nobody stood on the roster in this month."))
        return
    columns = (
        Column("crew", words("Crew")),
        *(Column(key, words(title), "", 0, total=f"SUM({{{key}:all}})") for key, title in _COUNTS),
    )
    rows = tuple((words.name(crew.name), *(getattr(crew, key) for key, _ in _COUNTS)) for crew in found.crews)
    totals = {key: _sum([getattr(crew, key) for crew in found.crews]) for key, _ in _COUNTS}
    yield Table("crews", words("Crews"), columns, rows, totals=totals, total_title=words("Total"))
    said = [
        words(text, count=count)
        for text, count in (
            ("{count} log entries", found.log_entries),
            ("{count} handovers", found.handovers),
        )
        if count is not None
    ]
    if said:
        yield Text(" · ".join(said))
    if found.findings:
        columns = (
            Column("kind", words("Kind")),
            Column("proposed", words("Proposed"), "", 0),
            Column("confirmed", words("Confirmed"), "", 0),
            Column("voided", words("Voided"), "", 0),
        )
        counts = tuple(
            (words.name(one.name), one.proposed, one.confirmed, one.voided) for one in found.findings
        )
        yield Table("findings", words("Findings"), columns, counts)
    yield Text(words("Whom findings name stands in the assessment."))


def _sum(counts: Sequence[int | None]) -> int | None:
    """Return the sum, None where nobody counted."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
