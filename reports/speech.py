"""How a report in one language says times, units and days."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from reports.inputs import Turn
from reports.words import Words
from telemetry.clock import from_us

_UNITS: Final = {"m3": "m³", "m3/h": "m³/h", "degC": "℃", "uS/cm": "µS/cm", "-": "", "x": "×"}


@dataclass(frozen=True, slots=True)
class Speech:
    """Words, and the plant's zone."""

    words: Words
    zone: ZoneInfo

    def moment(self, at_us: int) -> str:
        """Return a time of the month: 10-03 14:05."""
        return f"{self.local(at_us):%m-%d %H:%M}"

    def long_moment(self, at_us: int) -> str:
        """Return a time with its year: 2026-10-03 14:05."""
        return f"{self.local(at_us):%Y-%m-%d %H:%M}"

    def local(self, at_us: int) -> datetime:
        """Return a time in the plant's zone."""
        return from_us(at_us).astimezone(self.zone)

    def day(self, day: str) -> str:
        """Return a day of the month as a table has it: 10-03 六, Sa 10-03."""
        found = date.fromisoformat(day)
        if self.words.is_chinese:
            return f"{found:%m-%d} {'一二三四五六日'[found.weekday()]}"
        return f"{found:%m-%d} {('Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su')[found.weekday()]}"

    def month(self, month: str) -> str:
        """Return the month: 2026 年 10 月, October 2026."""
        first = date.fromisoformat(f"{month}-01")
        return f"{first.year} 年 {first.month} 月" if self.words.is_chinese else f"{first:%B %Y}"

    def turns(self, turns: tuple[Turn, ...] | None) -> str:
        """Return who stood on the roster, turn by turn."""
        if turns is None:
            return self.words("roster not had")
        if not turns:
            return self.words("nobody on the roster")
        between = "、" if self.words.is_chinese else ", "
        return "; ".join(
            f"{turn.day[5:]} {self.words.name(turn.shift)} {between.join(turn.people)}" for turn in turns
        )


def unit(text: str) -> str:
    """Return a unit as it is printed."""
    return _UNITS.get(text, text)
