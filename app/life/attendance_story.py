"""How the demo's people come and go: nearly always in time, and now and then as people do.

What is out of the ordinary happens so many days before the demo began, to whoever stands on the turn then.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.life.deeds import MINUTE_US, Act, Deed
from app.life.stage import Stage
from operations.attendance.events import Device
from telemetry.calendar import Calendar
from telemetry.clock import US_PER_S
from telemetry.duty import OnShift


@dataclass(frozen=True, slots=True)
class Odd:
    """A turn that is not signed as it should be: minutes late or early, None where nothing is signed."""

    late: int | None = 0
    early: int | None = 0


ODD: Final[dict[tuple[int, str], Odd]] = {
    (27, "0203"): Odd(late=13),
    (22, "0303"): Odd(late=17),
    (19, "0402"): Odd(early=14),
    (16, "0303"): Odd(late=11),
    (12, "0103"): Odd(late=26),
    (10, "0302"): Odd(late=None, early=None),
    (8, "0303"): Odd(late=34),
    (6, "0201"): Odd(early=None),
    (3, "0403"): Odd(late=14),
}
"""By days before the beginning and the number of who is meant; a day off moves it to the next turn."""


def signatures(
    turns: Sequence[OnShift],
    begun_us: int,
    calendar: Calendar,
    odd: Mapping[tuple[int, str], Odd] | None = None,
) -> Iterator[Deed]:
    """Yield how these turns are signed; what is odd befalls turns of the past that are among them."""
    waiting = dict(ODD if odd is None else odd)
    today = calendar.day_of(begun_us)
    for on in turns:
        ago = (today - calendar.day_of(on.shift.start_us)).days
        met = next(((days, who) for days, who in waiting if who == on.number and 0 < ago <= days), None)
        said = waiting.pop(met) if met else Odd()
        yield from _signed(on, said)


def _signed(on: OnShift, said: Odd) -> Iterator[Deed]:
    chance = random.Random(f"{on.shift.key} {on.number}")
    device = chance.choice((Device.PHONE, Device.PHONE, Device.CONSOLE))
    if said.late is not None:
        minutes = said.late or -chance.uniform(3, 22)
        yield Deed(_at(on.shift.start_us, minutes, chance), _sign(on, device, came=True))
    if said.late is not None and said.early is not None:
        minutes = -said.early or chance.uniform(2, 14)
        yield Deed(_at(on.shift.end_us, minutes, chance), _sign(on, device, came=False))


def _at(base_us: int, minutes: float, chance: random.Random) -> int:
    return base_us + round(minutes * MINUTE_US) + chance.randrange(60) * US_PER_S


def _sign(on: OnShift, device: Device, *, came: bool) -> Act:
    async def act(stage: Stage) -> object:
        # What stands in the ledger was done before the demo was cut off; who leaves twice left later.
        if not stage.plays(on.number) or (on.signed_in_us if came else on.signed_out_us) is not None:
            return None
        events, by = stage.desk.attendance, stage.actor_of(on.person)
        sign = events.sign_in if came else events.sign_out
        return await sign(device, by, on.assignment)

    return act
