"""bits.yaml: named sets of the bits of status words, and which of them are alarms."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pydantic import Field, field_validator

from alarms.settings import Priority, RuleKind
from config.plant_file import NameSettings, Words
from config.problems import Problems, choose, quoted
from config.validation import validate
from config.yaml_file import YamlFile, read_yaml
from telemetry.plant import Bit, Name
from telemetry.settings import Duration, Settings

RESERVED: Final = frozenset(kind.value for kind in RuleKind)
HOLDS: Final = "named sets of the bits of status words ({} where there are none)"


class AlarmWhen(StrEnum):
    """Which state of a bit is the alarm."""

    SET = "set"
    CLEAR = "clear"


class BitAlarmSettings(Settings):
    """The alarm of a bit."""

    priority: Priority = Field(description="low, medium, high or critical")
    when: AlarmWhen = Field(default=AlarmWhen.SET, description="set or clear: which state is the alarm")
    on_delay: Duration = Field(default=timedelta(0), description="how long it must last, such as 2s")
    off_delay: Duration = Field(default=timedelta(0), description="how long it must be over, such as 5s")
    zh: Words | None = Field(
        default=None, description="what has happened, where it is not the bit's own name"
    )
    en: Words | None = Field(
        default=None, description="what has happened, where it is not the bit's own name"
    )

    @field_validator("priority", mode="before")
    @classmethod
    def _by_word(cls, value: Any) -> Any:
        by_word = {priority.word: priority for priority in Priority}
        if isinstance(value, str) and value in by_word:
            return by_word[value]
        raise ValueError(f"{quoted(str(value))} is no priority; {choose(str(value), by_word, 'write')}")


class BitSettings(NameSettings):
    """One bit of a status word."""

    bit: int = Field(ge=0, le=52, description="0 is the least significant")
    alarm: BitAlarmSettings | None = Field(default=None, description="its alarm, where it is one")

    def named(self, name: str) -> Bit:
        """Return the bit as points carry it."""
        alarm = self.alarm
        raised = Name(alarm.zh, alarm.en) if alarm and alarm.zh and alarm.en else None
        return Bit(name, self.bit, Name(self.zh, self.en), raised)


BitSet = Mapping[str, BitSettings]


def read_bits(folder: Path, problems: Problems) -> Mapping[str, BitSet | None] | None:
    """Return the sets of bits.yaml, None for a set with mistakes; None where it is unreadable."""
    yaml = read_yaml(folder / "bits.yaml", HOLDS, problems)
    if yaml is None:
        return None
    if not isinstance(yaml.value, dict):
        problems.add(yaml.file, 1, "sets are not written by name", "write motor: and its bits below it")
        return None
    sets: dict[str, BitSet | None] = {}
    for name, value in yaml.value.items():
        before = problems.count
        bits = None if yaml.is_spoiled((name,)) else _read_set(name, value, yaml, problems)
        sets[name] = bits if problems.count == before else None
    return sets


def _read_set(name: str, value: Any, yaml: YamlFile, problems: Problems) -> BitSet | None:
    subject = f"set {quoted(name)}"
    if not isinstance(value, dict) or not value:
        what = f"{subject}: no bits stand below it"
        problems.add(
            yaml.file,
            yaml.line((name,)),
            what,
            "write them, such as running: {bit: 0, zh: 运行, en: running}",
        )
        return None
    bits: dict[str, BitSettings] = {}
    first: dict[int, str] = {}
    for bit_name, item in value.items():
        at = (name, bit_name)
        if not bit_name.isidentifier() or not bit_name.isascii():
            what = f"{subject}: bit {quoted(bit_name)} cannot be named so"
            problems.add(yaml.file, yaml.line(at), what, "write letters, digits and _, a letter first")
        if bit_name in RESERVED:
            what = f"{subject}: {quoted(bit_name)} is the name of another kind of alarm"
            problems.add(yaml.file, yaml.line(at), what, "give the bit another name")
        bit = validate(BitSettings, item, yaml, at, f"{subject}: {bit_name}", problems)
        if bit is None:
            continue
        bits[bit_name] = bit
        other = first.setdefault(bit.bit, bit_name)
        if other != bit_name:
            what = f"{subject}: {bit_name}: bit {bit.bit} is {quoted(other)} already"
            problems.add(yaml.file, yaml.line((*at, "bit")), what, "give each bit one name")
        if bit.alarm is not None and (bit.alarm.zh is None) != (bit.alarm.en is None):
            what = f"{subject}: {bit_name}: the alarm has a name in one language only"
            problems.add(yaml.file, yaml.line((*at, "alarm")), what, "write both zh and en, or neither")
    return bits
