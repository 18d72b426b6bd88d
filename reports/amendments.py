"""What people corrected and marked in a month, for its report. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from history.entries import Entry, EntryKind
from reports.inputs import Amendment, Amendments
from reports.month import Month
from telemetry.plant import Name, Plant

LISTED: Final = 200
"""So many are listed; how many more there are is said."""
_TOLD: Final = (EntryKind.CORRECTION, EntryKind.MARK)


def amendments_of(
    entries: Sequence[Entry],
    plant: Plant,
    month: Month,
    hours_changed: int,
    most: int,
    names: Mapping[UUID, str],
) -> Amendments:
    """Return corrections and marks of readings of the month, oldest first, whenever they were made.

    A mark that was taken back says so; entries made for the first time are no amendments. `names` are the
    persons' of accounts; an account that is nobody's goes by its own.
    """
    withdrawn = {entry.of for entry in entries if entry.kind is EntryKind.WITHDRAWAL}
    own = sorted(
        (
            entry
            for entry in entries
            if entry.kind in _TOLD
            and entry.from_us < month.to_us
            and max(entry.to_us, entry.from_us + 1) > month.from_us
        ),
        key=lambda entry: (entry.from_us, entry.made_us),
    )
    listed = tuple(
        Amendment(
            kind=entry.kind.value,
            made_us=entry.made_us,
            tag=entry.tag,
            name=plant.point_by_tag[entry.tag].name
            if entry.tag in plant.point_by_tag
            else Name(entry.tag, entry.tag),
            from_us=entry.from_us,
            to_us=entry.to_us,
            value=entry.value,
            former=entry.former,
            mark=entry.mark.value if entry.mark else None,
            withdrawn=entry.id in withdrawn,
            by=names.get(entry.actor.account_id, entry.actor.name),
            reason=entry.reason,
        )
        for entry in own[:most]
    )
    return Amendments(listed, max(len(own) - most, 0), hours_changed)
