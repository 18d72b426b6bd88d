"""A turn in words, and two of them with too little rest between."""

from operations.roster.gaps import ShortRest
from telemetry.clock import US_PER_S
from telemetry.duty import Shift
from telemetry.plant import Name
from web.language import Language


def turn_said(day: str, name: Name, language: Language) -> str:
    """Return a turn by its day, YYYY-MM-DD, and its name: 12-31 evening."""
    return f"{day[5:]} {language.name(name)}"


def shift_said(shift: Shift, language: Language) -> str:
    """Return a shift of the roster so."""
    return turn_said(shift.day, shift.name, language)


def short_rest_said(one: ShortRest, language: Language) -> str:
    """Return who rests too little, and when."""
    before, after = (shift_said(turn.shift, language) for turn in (one.before, one.after))
    return rest_said(one.before.name, one.rest_us, before, after, language)


def rest_said(name: str, rest_us: int, before: str, after: str, language: Language) -> str:
    """Return who rests too little between two turns."""
    _ = language
    return _(
        "%(name)s: %(hours)d h between %(before)s and %(after)s",
        name=name,
        hours=rest_us // (3600 * US_PER_S),
        before=before,
        after=after,
    )
