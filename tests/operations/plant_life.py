"""A few people, a crew, a post and turns of theirs, written as the product writes them."""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from operations.attendance.tables import attendance_event
from operations.leave.tables import leave_decision, leave_request
from operations.ledger import Ledger
from operations.roster import entries
from operations.roster.slots import Cause, Slot
from operations.staff.tables import crew, post, staff
from storage.unit_of_work import reading
from telemetry.clock import to_us
from telemetry.plant import Name

ZONE = ZoneInfo("Asia/Shanghai")
DAY_SHIFT = Name("白班", "day shift")


AHEAD_US: Final = 20 * 86_400_000_000


class PlantLife:
    """Writes people and what they do; times are of the plant's clock."""

    def __init__(self, book: Ledger) -> None:
        self.book = book
        self.crew = self.another_crew("A", "甲班")
        self.post = uuid4()
        posts = {"name_zh": "中控岗", "name_en": "control room", "active": True}
        with book.writing() as page:
            values = {"post": self.post, "code": "control", "minimum": 1, "rank": 1, "answers": True}
            page.add(post, {**values, **posts})

    def another_crew(self, code: str, name: str) -> UUID:
        """Add a crew."""
        made = uuid4()
        names = {"name_zh": name, "name_en": f"crew {code}", "active": True}
        with self.book.writing() as page:
            page.add(crew, {"crew": made, "code": code, **names})
        return made

    def person(
        self, number: str, name: str, category: str = "operator", account_id: UUID | None = None
    ) -> UUID:
        """Add somebody to the staff."""
        person = uuid4()
        values = {
            "person": person,
            "number": number,
            "category": category,
            "account_id": account_id,
            "active": True,
            "valid_from": date(2024, 1, 1),
        }
        with self.book.writing() as page:
            page.add(staff, values, {"name": name})
        return person

    def turn(
        self, person: UUID, day: str, start: str = "08:00", hours: int = 8, crew: UUID | None = None
    ) -> UUID:
        """Put somebody on the roster, long before the turn; with the first crew where none is named."""
        begins = at(f"{day}T{start}")
        slot = Slot(
            day=date.fromisoformat(day),
            shift=f"s{start[:2]}",
            name=DAY_SHIFT,
            start_us=to_us(begins),
            end_us=to_us(begins + timedelta(hours=hours)),
            crew=crew or self.crew,
            person=person,
            post=self.post,
        )
        with self.book.writing(slot.start_us - AHEAD_US) as page:
            return entries.assign(page, slot, Cause.PLANNED, None)

    def signed(self, person: UUID, entry: UUID, came: str | None, left: str | None) -> None:
        """Sign somebody in and out."""
        with self.book.writing() as page:
            for action, clock in (("sign_in", came), ("sign_out", left)):
                if clock is not None:
                    values = {"person": person, "entry": entry, "action": action, "device": "console"}
                    page.add(attendance_event, values | {"at_us": to_us(at(clock))})

    def settled(self, entry: UUID, side: str, when: str) -> None:
        """Have the manager say when somebody came or went."""
        with reading(self.book.engine) as connection:
            found = entries.one(connection, self.book.plant, entry)
        assert found
        with self.book.writing() as page:
            values = {"person": found.slot.person, "entry": entry, "action": "settle", "device": "console"}
            page.add(
                attendance_event, values | {"settles": side, "at_us": to_us(at(when))}, {"reason": "登记"}
            )

    def worked(self, person: UUID, day: str, came: str = "08:00", left: str = "16:00") -> UUID:
        """Put somebody on the day shift and sign in and out."""
        entry = self.turn(person, day)
        self.signed(person, entry, f"{day}T{came}", f"{day}T{left}")
        return entry

    def approve_leave(self, entry: UUID, substitute: UUID | None = None) -> UUID:
        """Ask for leave of a turn and have it approved, with who stands there instead."""
        with reading(self.book.engine) as connection:
            found = entries.one(connection, self.book.plant, entry)
        assert found
        request = self.ask_leave(found.slot)
        with self.book.writing() as page:
            page.add(leave_decision, {"request": request, "step": "approve"})
            entries.withdraw(page, found, Cause.LEAVE, None, request=request)
            if substitute is not None:
                taken = Slot(
                    **{name: getattr(found.slot, name) for name in Slot.__slots__} | {"person": substitute}
                )
                entries.assign(page, taken, Cause.COVER, None, replaces=entry, request=request)
        return request

    def approve_leave_of(self, slot: Slot) -> UUID:
        """Have leave approved for a time in which nobody is on the roster any more."""
        request = self.ask_leave(slot)
        with self.book.writing() as page:
            page.add(leave_decision, {"request": request, "step": "approve"})
        return request

    def take_back(self, request: UUID) -> None:
        """Have the department take back what it approved; what was over stays on the roster as it is."""
        with self.book.writing() as page:
            page.add(leave_decision, {"request": request, "step": "withdraw"})

    def ask_leave(self, slot: Slot) -> UUID:
        """Ask for leave that nobody decides on."""
        values = {
            "kind": "leave",
            "person": slot.person,
            "from_us": slot.start_us,
            "to_us": slot.end_us,
            "leave_kind": "personal",
        }
        with self.book.writing() as page:
            return page.add(leave_request, values, {"reason": "家中有事"})


def at(text: str) -> datetime:
    """Return a time of the plant's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)
