"""A handover that nobody took over in time, in one line: who holds over, since when, who should come."""

from collections.abc import Iterable
from dataclasses import dataclass

from operations.handover.rules import Standing
from telemetry.calendar import Calendar
from telemetry.clock import from_us
from telemetry.duty import OnShift
from web.language import Language
from web.on_shift import hours_of


@dataclass(frozen=True, slots=True)
class Relief:
    """An overdue relief. `came` says that the relief is there, and has not signed; `due` may be empty."""

    turn: str
    since: str
    still: str
    due: str
    came: bool


def relief_line(found: Standing | None, calendar: Calendar, language: Language) -> Relief | None:
    """Return what is to be said of a handover, None while it is nobody's matter."""
    if found is None or not found.unrelieved:
        return None
    outgoing, incoming = found.outgoing, found.incoming
    shift = outgoing.shift
    return Relief(
        turn=f"{language.name(shift.name)} {hours_of(shift, calendar)}",
        since=f"{from_us(shift.end_us).astimezone(calendar.zone):%H:%M}",
        still=_names(outgoing.present or outgoing.members, language),
        due="" if incoming is None else _names(incoming.members, language),
        came=incoming is not None and bool(incoming.present),
    )


def _names(members: Iterable[OnShift], language: Language) -> str:
    return language.listed(one.name or one.number for one in members)
