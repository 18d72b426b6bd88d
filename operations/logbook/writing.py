"""What is written into the logbook: records, each in one transaction of the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping

from operations.ledger import Ledger, Writing, texts_of
from operations.logbook import queries
from operations.logbook.records import Entered, LogKind, NewEntry, Picture, Raised, Reading, told
from operations.logbook.subjects import alarm_words, folded, keys_of, names_of
from operations.logbook.tables import log_entry, log_photo
from storage.ids import uuid7
from telemetry.duty import OnShift
from telemetry.errors import Conflict, NotFound
from telemetry.people import Actor
from telemetry.plant import Plant

MOST_PHOTOS: Final = 6
MOST_ADDED: Final = 100
"""How many amendments and follow-ups an entry takes: beyond, it is another story."""
MOST_RAISED_AGAIN: Final = 20
"""How often the same alarm is added to its entry; the alarm journal has them all."""
_SAME_TURN_US: Final = 8 * 3_600_000_000
"""Where no roster says how long a turn is."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known of the moment of an entry: who wrote it, who was on shift, what points said."""

    at_us: int
    person: UUID | None
    on_shift: Sequence[OnShift]
    readings: Sequence[Reading]

    @property
    def turn(self) -> str | None:
        """The key of the turn."""
        return self.on_shift[0].shift.key if self.on_shift else None


class LogbookWriter:
    """Writes records. Calls block and raise StoreError."""

    def __init__(self, ledger: Ledger, plant: Plant) -> None:
        self._ledger = ledger
        self._plant = plant

    def entry(self, new: NewEntry, moment: Moment, entered: Sequence[Entered], actor: Actor) -> bool:
        """Add an entry, once; False where its id was written meanwhile, by this one or another."""
        values = self._values(new.id, new.kind, moment, new.tags, new.equipment, new.unit, entered)
        with self._ledger.writing() as page:
            if queries.row_of(page.connection, new.id) is not None:
                return False
            page.add(log_entry, values, _texts(actor, text=new.text), actor)
            return True

    def amendment(self, entry: UUID, text: str, reason: str, actor: Actor) -> None:
        """Add other words for an entry."""
        with self._ledger.writing() as page:
            row = self._open(page, entry)
            if row["actor_id"] is None:
                raise Conflict("made_by_node", "the node wrote this entry itself: add to it instead")
            found = queries.one(page.connection, self._plant.id, entry)
            if found is not None and found.text == text:
                raise Conflict("same_text", "the entry says so already")
            values = self._beside(row, uuid7(page.at_us), row["at_us"]) | {"amends": entry}
            page.add(log_entry, values, _texts(actor, text=text, reason=reason), actor)

    def follow_up(self, entry: UUID, new_id: UUID, at_us: int, text: str, actor: Actor) -> None:
        """Add something to an entry, once."""
        with self._ledger.writing() as page:
            before = queries.row_of(page.connection, new_id)
            if before is None:
                row = self._open(page, entry)
                page.add(log_entry, self._beside(row, new_id, at_us), _texts(actor, text=text), actor)
            elif before["thread"] != entry or before["actor_id"] != actor.account_id:
                raise Conflict("log_id_taken", "something else was written under this id")
            elif texts_of(page.connection, [before["id"]])[before["id"]].get("text") != text:
                raise Conflict("log_written_otherwise", "it was added with other words before")

    def photo(self, entry: UUID, picture: Picture, actor: Actor) -> None:
        """Add a photo to an entry, once; its file is on the disk already."""
        with self._ledger.writing() as page:
            self._open(page, entry)
            held = queries.photos_of(page.connection, entry)
            if picture.sha256 in held:
                return
            refuse_more_photos(held)
            values = {
                "entry": entry,
                "sha256": picture.sha256,
                "width": picture.width,
                "height": picture.height,
                "bytes": len(picture.content),
            }
            page.add(log_photo, values, _texts(actor), actor)

    def alarm(self, occurrence: UUID, raised: Raised, moment: Moment, equipment: Sequence[str]) -> None:
        """Add an alarm, once an occurrence: as an entry, or to that of the same alarm in the same turn."""
        with self._ledger.writing() as page:
            if queries.logged(page.connection, occurrence):
                return
            of_alarm = {"alarm": occurrence, "rule": raised.rule, "raised": told(raised)}
            before = queries.newest_of_rule(page.connection, self._plant.id, raised.rule, moment.at_us)
            if before is not None and _same_turn(before, moment):
                if queries.raised_again(page.connection, before["thread"]) < MOST_RAISED_AGAIN:
                    beside = self._beside(before, uuid7(page.at_us), moment.at_us)
                    page.add(log_entry, beside | of_alarm)
                return
            point = self._plant.point_by_tag.get(raised.tag)
            unit = point.unit if point else None
            new = uuid7(page.at_us)
            values = self._values(new, LogKind.ALARM, moment, [raised.tag], equipment, unit, ())
            values["about"] += f"\n{alarm_words(self._plant, raised.rule, raised.tag)}"
            page.add(log_entry, values | of_alarm)

    def _open(self, page: Writing, entry: UUID) -> RowMapping:
        """Return the row of an entry that takes something more."""
        row = queries.row_of(page.connection, entry)
        if row is None or row["thread"] != entry or row["plant"] != self._plant.id:
            raise NotFound("log_entry_not_found", f"there is no log entry {entry}")
        if queries.size_of(page.connection, entry) > MOST_ADDED:
            raise Conflict("log_entry_full", "nothing more can be added to this entry: write another")
        return row

    def _values(
        self,
        entry: UUID,
        kind: LogKind,
        moment: Moment,
        tags: Sequence[str],
        equipment: Sequence[str],
        unit: str | None,
        entered: Sequence[Entered],
    ) -> dict[str, Any]:
        about = [*tags, *(one.tag for one in entered)]
        return {
            "entry": entry,
            "thread": entry,
            "kind": kind.value,
            "at_us": moment.at_us,
            "person": moment.person,
            "turn": moment.turn,
            "unit": unit,
            "tags": list(tags),
            "equipment": list(equipment),
            "on_shift": [one.assignment.hex for one in moment.on_shift],
            "readings": [told(reading) for reading in moment.readings],
            "entered": [told(one) for one in entered],
            "subjects": keys_of(about, equipment, unit, moment.person, moment.on_shift),
            "about": names_of(self._plant, about, equipment, unit),
        }

    def _beside(self, row: RowMapping, new_id: UUID, at_us: int) -> dict[str, Any]:
        return {
            "entry": new_id,
            "thread": row["thread"],
            "kind": row["kind"],
            "at_us": at_us,
            "subjects": "",
            "about": "",
        }


def refuse_more_photos(held: Sequence[str]) -> None:
    """Raise Conflict where an entry has as many photos as it takes."""
    if len(held) >= MOST_PHOTOS:
        raise Conflict("too_many_photos", f"an entry has at most {MOST_PHOTOS} photos: write another")


def _same_turn(before: RowMapping, moment: Moment) -> bool:
    if before["turn"] is not None or moment.turn is not None:
        return bool(before["turn"] == moment.turn)
    return bool(moment.at_us - before["at_us"] < _SAME_TURN_US)


def _texts(actor: Actor, **texts: str) -> dict[str, str]:
    """Return the words of a record, and how they are searched where that is something else."""
    plain = "\n".join(texts.values())
    found = folded(plain)
    return {"author": actor.name, **texts, "folded": found if found != plain else ""}
