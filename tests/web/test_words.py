"""Whatever the product distinguishes and the console shows has a word, in Chinese too."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from alarms.settings import Priority, RuleKind
from alarms.states import AlarmEvent, AlarmState
from config.node_points import node_rules
from config.settings import NodeAlarmSettings
from history.influx.answers import TROUBLES
from operations.access import Role
from telemetry.plant import Equipment, EquipmentKind, Name
from telemetry.protocols import LinkState
from telemetry.quality import Quality
from web import discharge, words
from web.language import Language
from web.machines import SYMBOLS, Machine

SPRITE = Path(words.__file__).parent / "templates" / "parts" / "sprite.svg"


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        (words.EVENT, AlarmEvent),
        (words.STATE, AlarmState),
        (words.PRIORITY, [priority.word for priority in Priority]),
        (words.PRIORITY_LETTER, [priority.word for priority in Priority]),
        (words.ALARM, [kind for kind in RuleKind if kind is not RuleKind.BIT]),
        (words.NODE, [rule.key for rule in node_rules(NodeAlarmSettings())]),
        (words.QUALITY, [quality.name.lower() for quality in Quality]),
        (words.ROLE, Role),
        (words.LINK, LinkState),
        # What is in neither is said in the target's own words.
        (words.TROUBLE, [*(code for code in TROUBLES if code not in ("other", "own")), "no_point"]),
        (words.VERDICT, discharge.SEVERITY),
        (words.MARK, discharge.SEVERITY),
    ],
)
def test_every_member_has_its_word(table: Mapping[str, str], keys: Iterable[str], zh: Language) -> None:
    wanted = [str(key) for key in keys]

    assert set(table) == set(wanted)
    assert [key for key in wanted if table[key] and zh(table[key]) == table[key]] == []


@pytest.mark.parametrize("kind", sorted(SYMBOLS))
def test_every_machine_has_a_symbol_and_words_for_how_it_stands(kind: EquipmentKind, zh: Language) -> None:
    machine = Machine(Equipment("M", Name("", ""), kind, "U"), "", "", "", None, 1, 2)
    symbols = re.findall(r'id="machine-(\w+)"', SPRITE.read_text("utf-8"))

    said = [words.spoken(words.MACHINE, key, zh) for key in (*machine.words, "fault", "moving", "unknown")]

    assert kind.value in symbols
    assert [word for word in said if word.isascii()] == []
