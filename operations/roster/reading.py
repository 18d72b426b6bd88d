"""The roster as people read it: entries joined to staff, posts, crews and what was signed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection, select

from operations.attendance.tables import attendance_event
from operations.roster import entries
from operations.roster.slots import Cause, Entry, Signed
from operations.staff import people
from operations.staff.people import EVER
from storage.portions import portions
from telemetry.duty import OnShift


@dataclass(frozen=True, slots=True)
class RosterLine:
    """Somebody on the roster, and what the entry says beside: why it was written, when and by whom."""

    on: OnShift
    cause: Cause
    request: UUID | None
    recorded_us: int
    by: str | None


def lines(
    connection: Connection, plant: str, found: Sequence[Entry], known_us: int = EVER
) -> list[RosterLine]:
    """Return entries with all that belongs to them, by start, then the post's rank and the number."""
    if not found:
        return []
    of_person = people.versions(connection, plant, {entry.slot.person for entry in found}, known_us)
    posts = people.posts(connection, plant, known_us)
    crews = people.crews(connection, plant, known_us)
    signed = signed_of(connection, [entry.id for entry in found], known_us)
    replaced = entries.some(connection, (entry.supersedes for entry in found if entry.supersedes))
    actors = people.actor_names(connection, plant, (entry.actor_id for entry in found))

    def line(entry: Entry) -> RosterLine:
        slot = entry.slot
        member = people.on_day(of_person[slot.person], slot.day)
        before = replaced.get(entry.supersedes) if entry.supersedes else None
        on = OnShift(
            assignment=entry.id,
            shift=slot.turn,
            person=slot.person,
            number=member.number,
            name=member.name,
            category=member.category,
            post=slot.post,
            post_name=posts[slot.post].name,
            crew=slot.crew,
            crew_name=crews[slot.crew].name if slot.crew else None,
            signed_in_us=signed[entry.id].in_us,
            signed_out_us=signed[entry.id].out_us,
            replaces=before.slot.person if before and before.slot.person != slot.person else None,
        )
        by = actors.get(entry.actor_id) if entry.actor_id else None
        return RosterLine(on, entry.cause, entry.request, entry.recorded_us, by)

    rank = {post.post: (post.rank, post.code) for post in posts.values()}
    made = [line(entry) for entry in found]
    return sorted(made, key=lambda line: (line.on.shift.start_us, rank[line.on.post], line.on.number))


def signed_of(connection: Connection, asked: Iterable[UUID], known_us: int = EVER) -> dict[UUID, Signed]:
    """Return what was signed for entries: the first sign-in, the last sign-out, the newest settlement.

    A sign-in after a sign-out takes that one back.
    """
    event = attendance_event
    wanted = list(asked)
    found = {entry: Signed() for entry in wanted}
    settled: set[tuple[UUID, str]] = set()
    for some in portions(wanted):
        query = (
            select(event.c.entry, event.c.action, event.c.settles, event.c.at_us)
            .where(event.c.entry.in_(some), event.c.recorded_us <= known_us)
            .order_by(event.c.seq)
        )
        for entry, action, settles, at_us in connection.execute(query):
            side = settles or action
            before = found[entry]
            if action == "sign_in" and before.in_us is not None:
                if (entry, "sign_out") not in settled:
                    found[entry] = Signed(before.in_us, None)
                continue
            if settles:
                settled.add((entry, side))
            elif (entry, side) in settled:
                continue
            if side == "sign_in" and (settles or before.in_us is None):
                found[entry] = Signed(at_us, before.out_us)
            elif side == "sign_out":
                found[entry] = Signed(before.in_us, at_us)
    for entry, side in settled:
        if side == "sign_out":
            found[entry] = replace(found[entry], out_settled=True)
    return found
