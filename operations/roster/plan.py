"""What publishing a plan changes of a roster that stands: pure.

    as it is in both        nothing is written: what was signed keeps its entry, what was approved holds
    only in the plan        assigned, but for turns that have begun and were published before
    only on the roster      withdrawn, or whoever replaced it; but for turns that have begun

A turn that has begun is past planning: only a cover or an approved request changes who stood there.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from operations.roster.slots import Action, Cause, Entry, Slot

_OF_PUBLISHING: Final = (Cause.PLANNED, Cause.REPUBLISHED)
_FOR_GOOD: Final = (Cause.REPUBLISHED, Cause.LEFT)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written, who is left out for being on leave, and how many entries stay as they are."""

    withdrawn: tuple[Entry, ...]
    assigned: tuple[Slot, ...]
    on_leave: tuple[Slot, ...]
    kept: int
    anew: bool
    """Whether a part of it was published before."""


def change(
    planned: Sequence[Slot], away: Collection[Slot], written: Sequence[Entry], frozen_us: int
) -> Change:
    """Return what publishing these slots changes; `written` is every row of the days in question.

    Of `away`, whose people are on leave then, nothing is assigned anew; what was released already stays.
    """
    roots = list(_roots(written))
    wanted = set(planned)
    present = {entry.slot for entry, _ in roots}
    begun = {entry.slot.key for entry in written if entry.slot.start_us <= frozen_us}
    withdrawn = [
        standing
        for root, standing in roots
        if root.slot not in wanted and standing is not None and root.slot.start_us > frozen_us
    ]
    new = [slot for slot in planned if slot not in present and slot.key not in begun]
    assigned = [slot for slot in new if slot not in away]
    on_leave = [slot for slot in new if slot in away]
    kept = sum(root.slot in wanted for root, _ in roots)
    return Change(tuple(withdrawn), tuple(assigned), tuple(on_leave), kept, bool(written))


def _roots(written: Sequence[Entry]) -> Iterator[tuple[Entry, Entry | None]]:
    """Yield what was published and not taken back by publishing, with the entry that stands for it now."""
    gone = {entry.supersedes: entry for entry in written if entry.action is Action.WITHDRAW}
    followed = {
        entry.supersedes: entry
        for entry in written
        if entry.action is Action.ASSIGN and entry.supersedes is not None
    }
    for root in written:
        if root.action is not Action.ASSIGN or root.cause not in _OF_PUBLISHING:
            continue
        last = root
        while last.id in gone and last.id in followed:
            last = followed[last.id]
        end = gone.get(last.id)
        if end is None:
            yield root, last
        elif end.cause not in _FOR_GOOD:
            yield root, None
