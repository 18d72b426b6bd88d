"""What publishing a pattern would do, in words: what it replaces, and where it is too much for people."""

from typing import Any

from operations.roster.publishing import Outlook
from operations.roster.slots import Slot
from web.language import Language
from web.turn_words import rest_said, turn_said

_NAMED: int = 4
"""So many people, or rests, are said by name; of more only how many."""


def told_outlook(outlook: Outlook, _: Language) -> dict[str, Any]:
    """Return what the form says before it publishes; with `question` it asks first, `refused` is final."""
    lines = _replaced(outlook, _) + _too_much(outlook, _)
    return {
        "seen": str(outlook.newest.id) if outlook.newest else None,
        "refused": _overlap(outlook, _),
        "lines": lines,
        "question": _question(outlook, _) if lines else "",
    }


def told_done(assigned: int, withdrawn: int, _: Language) -> str:
    """Return what a publication did."""
    return _.listed(
        (
            _("Published"),
            _.ngettext("%(num)d turn assigned", "%(num)d turns assigned", assigned),
            _.ngettext("%(num)d turn withdrawn", "%(num)d turns withdrawn", withdrawn),
        )
    )


def _slot_said(slot: Slot, _: Language) -> str:
    return turn_said(slot.day.isoformat(), slot.name, _)


def _question(outlook: Outlook, _: Language) -> str:
    return _("Yes, replace what is published") if outlook.withdrawn else _("Publish it all the same")


def _replaced(outlook: Outlook, _: Language) -> list[str]:
    if not outlook.withdrawn:
        return []
    lines = [
        _.ngettext(
            "%(num)d of these days is published already: %(withdrawn)d turns are withdrawn,"
            " %(assigned)d assigned.",
            "%(num)d of these days are published already: %(withdrawn)d turns are withdrawn,"
            " %(assigned)d assigned.",
            outlook.days,
            withdrawn=outlook.withdrawn,
            assigned=outlook.assigned,
        )
    ]
    if outlook.approved:
        lines.append(
            _.ngettext(
                "%(num)d of them stands there by an approved swap or leave.",
                "%(num)d of them stand there by an approved swap or leave.",
                outlook.approved,
            )
        )
    return lines


def _too_much(outlook: Outlook, _: Language) -> list[str]:
    lines = []
    if outlook.rests:
        some = [
            rest_said(
                outlook.names[one.person],
                other.start_us - one.end_us,
                _slot_said(one, _),
                _slot_said(other, _),
                _,
            )
            for one, other in outlook.rests[:_NAMED]
        ]
        said = _.ngettext(
            "Less than 11 h between two turns, %(num)d time:",
            "Less than 11 h between two turns, %(num)d times:",
            len(outlook.rests),
        )
        lines.append(f"{said} {_.listed(some)}{'…' if len(outlook.rests) > _NAMED else ''}")
    if outlook.unbroken:
        longest = sorted(outlook.unbroken.items(), key=lambda item: (-item[1], outlook.names[item[0]]))
        people = [
            _.ngettext("%(name)s %(num)d day", "%(name)s %(num)d days", days, name=outlook.names[person])
            for person, days in longest[:_NAMED]
        ]
        said = _.ngettext(
            "More than six days on end without one off, %(num)d person:",
            "More than six days on end without one off, %(num)d people:",
            len(longest),
        )
        lines.append(f"{said} {_.listed(people)}{'…' if len(longest) > _NAMED else ''}")
    return lines


def _overlap(outlook: Outlook, _: Language) -> str:
    if outlook.overlap is None:
        return ""
    one, other = outlook.overlap
    return _(
        "%(name)s would stand on two turns at once: %(before)s and %(after)s.",
        name=outlook.names[one.person],
        before=_slot_said(one, _),
        after=_slot_said(other, _),
    )
