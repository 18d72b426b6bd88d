"""What the reports page says: the archive month by month, and the months a report may be made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from reports.archive import About
from web.language import Language
from web.language import mark as N_  # noqa: N812  the name babel looks for
from web.months import month_name

_CHOICES: Final = 24
BY_COMMAND: Final = N_("command line")
REFUSED: Final = {
    "failed": N_("The report was not made; the log of the node says why. Try again."),
    "report_no_room": N_(
        "The disk of the node is too full: a report would take the room that readings need. Free space on it,"
        " then make the report again."
    ),
    "report_too_slow": N_(
        "The month could not be put together in time, so no report was made. Look at Connections and at the"
        " node's alarms: a full disk is the most frequent cause. Then try again."
    ),
    "reports_busy": N_("Other reports are being made: try again in half a minute."),
    "too_many_reports": N_("There are fifty reports of this month already: one of them will do."),
}
_ONLINE: Final = ("html", "pdf")


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file to look at or to save; `size` is as people say it."""

    kind: str
    address: str
    size: str
    shows: bool


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report that was made."""

    id: str
    made: str
    by: str
    through: str | None
    """Up to when the month had gone by, of a provisional one."""
    lacking: str
    hash: str
    files: tuple[FileLink, ...]
    json: FileLink


@dataclass(frozen=True, slots=True)
class MonthRows:
    """A month and its reports: the newest, and those before it."""

    name: str
    newest: ReportRow
    earlier: tuple[ReportRow, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A month that a report may be made of."""

    month: str
    name: str
    in_course: bool


def months_of(
    found: Sequence[About],
    names: Mapping[UUID, str],
    language: Language,
    local: Callable[[int], datetime],
) -> list[MonthRows]:
    """Return the archive by month, the newest first; `names` are the persons' of accounts."""
    months = []
    for month, abouts in groupby(found, key=lambda about: about.month):
        rows = [_row(about, names, language, local) for about in abouts]
        months.append(
            MonthRows(month_name(date.fromisoformat(f"{month}-01"), language), rows[0], tuple(rows[1:]))
        )
    return months


def choices(today: date, since: date | None, language: Language) -> list[Choice]:
    """Return the month that has gone by first, then the one in course, then those before.

    None of them lies before the month of `since`, the day of the first reading; None: nothing was read yet.
    """
    course = today.replace(day=1)
    first = course if since is None else since.replace(day=1)
    found: list[Choice] = []
    month = course
    while month > first and len(found) < _CHOICES:
        month = (month - timedelta(days=1)).replace(day=1)
        found.append(Choice(f"{month:%Y-%m}", month_name(month, language), in_course=False))
    here = Choice(f"{course:%Y-%m}", month_name(course, language), in_course=True)
    return [*found[:1], here, *found[1:]]


def _row(
    about: About, names: Mapping[UUID, str], language: Language, local: Callable[[int], datetime]
) -> ReportRow:
    person = None if about.by_id is None else names.get(about.by_id)
    spoken = "zh" if language.tag == "zh_CN" else "en"

    def link(kind: str) -> FileLink:
        name = "report.json" if kind == "json" else f"report.{spoken}.{kind}"
        asked = "" if kind == "json" else f"?language={spoken}"
        of = about.files.get(name)
        return FileLink(
            kind, f"/api/v1/reports/{about.id}/{kind}{asked}", _size(of.bytes if of else 0), kind in _ONLINE
        )

    return ReportRow(
        id=about.id,
        made=f"{local(about.made_us):%Y-%m-%d %H:%M}",
        by=person or about.by or language(BY_COMMAND),
        through=f"{local(about.through_us):%m-%d %H:%M}" if about.provisional else None,
        lacking=about.lacking,
        hash=about.inputs_sha256[:16],
        files=tuple(link(kind) for kind in ("html", "pdf", "xlsx")),
        json=link("json"),
    )


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{max(count, 0) / 1e3:.0f} KB"
