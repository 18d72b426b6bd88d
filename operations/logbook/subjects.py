"""What an entry is found by: ids for the filters, names for the search. Pure."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from telemetry.duty import OnShift
from telemetry.plant import Name, Plant

LONGEST_SEARCH: Final = 100
MOST_WORDS: Final = 8
# As the console says them (web/words.py), so that what is read is found.
_ALARMS: Final = {
    "LL": "低低报警 low-low alarm",
    "L": "低报警 low alarm",
    "H": "高报警 high alarm",
    "HH": "高高报警 high-high alarm",
    "instrument": "无有效数据 no valid data",
    "link": "通讯中断 communication lost",
}


def words_of(text: str) -> list[str]:
    """Return the words of a search, all of which are to be found; letters of full width are plain ones."""
    return folded(text)[:LONGEST_SEARCH].split()[:MOST_WORDS]


def folded(text: str) -> str:
    """Return a text as it is searched: ２＃泵 is 2#泵, whatever the input method was set to."""
    return unicodedata.normalize("NFKC", text)


def key(what: str, value: str | UUID) -> str:
    """Return what a filter looks for."""
    return f"|{what}:{value.hex if isinstance(value, UUID) else value}|"


def keys_of(
    tags: Iterable[str],
    equipment: Iterable[str],
    unit: str | None,
    person: UUID | None,
    on_shift: Sequence[OnShift],
) -> str:
    """Return all that filters may look for in an entry."""
    found = [key("tag", tag) for tag in tags]
    found += [key("equipment", item) for item in equipment]
    found += [key("unit", unit)] if unit else []
    found += [key("person", person)] if person else []
    found += sorted({key("crew", one.crew) for one in on_shift if one.crew is not None})
    return "".join(dict.fromkeys(found))


def names_of(plant: Plant, tags: Iterable[str], equipment: Iterable[str], unit: str | None) -> str:
    """Return the ids and names, in both languages, of what an entry is about."""
    lines: list[str] = []
    for tag in tags:
        point = plant.point_by_tag.get(tag)
        lines += [tag, *_both(point.name if point else None)]
    for item in equipment:
        machine = plant.equipment_by_id.get(item)
        lines += [item, *_both(machine.name if machine else None)]
    place = plant.unit_by_id.get(unit or "")
    return "\n".join(dict.fromkeys([*lines, *_both(place.name if place else None)]))


def alarm_words(plant: Plant, rule: str, tag: str) -> str:
    """Return what an alarm is called, in both languages: by its bit, or by its kind."""
    word = rule.rpartition(".")[2]
    point = plant.point_by_tag.get(tag)
    bit = point.bit(word) if point else None
    labels = [*_both(bit.alarm_label), *_both(bit.label)] if bit else [_ALARMS.get(word, "")]
    return "\n".join(dict.fromkeys([rule, *labels]))


def _both(name: Name | None) -> tuple[str, ...]:
    return () if name is None else (folded(name.zh), folded(name.en))
