"""Tables of the columns of a plant folder's CSV files, for docs/reference/plant-folder.md.

The code knows the columns by name; what they mean stands here, and a column without a meaning, or
a meaning without a column, stops `make docs` and the tests.
"""

from collections.abc import Iterable, Mapping

from alarms.compliance.limits import LimitBasis
from collectors.modbus.settings import DataType, FunctionCode, WordOrder
from config import equipment_file, limits_file, points_file
from telemetry.plant import EquipmentKind, PointKind
from tests.docs.settings_tables import table

HEADER = ("column", "holds", "blank", "meaning")
NEVER = "never"
ID = "letters, digits, `_`, `-`; at most 64"


def words(known: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in known)


KINDS = {
    PointKind.ANALOG: "analogue value",
    PointKind.STATUS: "status word or bit",
    PointKind.TOTAL: "total that grows",
    PointKind.SYSTEM: "the system's own value",
    PointKind.MANUAL: "entered by people",
}
DELAY = f"seconds, 0 to {points_file.LONGEST_DELAY_S}"
POLL = f"seconds, {points_file.SHORTEST_POLL_S:g} to {points_file.LONGEST_POLL_S}"
ONLY_MODBUS = "not Modbus"

POINTS: Mapping[str, tuple[str, str, str]] = {
    "tag": (ID, NEVER, "the point's name everywhere: topics, API, journal; each once in the file"),
    "area": ("id of a unit", NEVER, "the process unit it stands in, from `plant.yaml`"),
    "desc_zh": ("text", NEVER, "name in Chinese, as the staff says it"),
    "desc_en": ("text", NEVER, "name in English"),
    "kind": (words(PointKind), NEVER, "; ".join(f"`{kind}` {what}" for kind, what in KINDS.items())),
    "unit": ("text", NEVER, "what it is measured in, such as mg/L; `-` for nothing"),
    "range_lo": ("number", NEVER, "lowest value of the instrument, in that unit"),
    "range_hi": ("number", NEVER, "highest value; above `range_lo`"),
    "source": ("id of a connection, or `MANUAL`", NEVER, "where it comes from; `MANUAL` with kind `MAN`"),
    "modbus_fc": (words(f"FC{code:02d}" for code in FunctionCode), ONLY_MODBUS,
                  "coils, discrete inputs, holding registers, input registers"),
    "offset0": ("whole number 0 to 65535", ONLY_MODBUS,
                "address counted from 0: 40001 in a device manual is FC03, offset 0; see below"),
    "regs": ("whole number 1 to 4", ONLY_MODBUS, "registers it takes, as `dtype` needs: a slip shows"),
    "dtype": (words(DataType) + "; `JSON`", "MQTT or entered",
              "how registers become a number; `BIT16` is a status word, `BOOL` goes with FC01 and FC02, or "
              "with `bit`; `BCD16` and `BCD32` have a decimal digit in each four bits; "
              "`JSON` may stand for MQTT"),
    "word_order": (words(WordOrder), "that of the connection",
                   "order of the bytes on the wire, A the most significant; `CDAB` has the low word first"),
    "scale": ("number, not 0", ONLY_MODBUS, "what the raw value is multiplied by; 1 for nothing"),
    "LL": ("number", "no such alarm", "alarm below this, two steps low"),
    "L": ("number", "no such alarm", "alarm below this"),
    "H": ("number", "no such alarm", "alarm above this"),
    "HH": ("number", "no such alarm", "alarm above this, two steps high"),
    "deadband_pct_span": ("number 0 to 100", "0", "how far the value must come back before a limit alarm "
                          "clears, in percent of `range_hi` − `range_lo`"),
    "on_delay_s": (DELAY, "0", "how long a limit must be passed before its alarm is raised"),
    "off_delay_s": (DELAY, "0", "how long it must be back before the alarm clears"),
    "enable": ("condition, see below", "always", "when the point's limit and bit alarms are looked at"),
    "regulatory": ("`0`, `1`", NEVER, "1: it goes to the authority; its instrument alarm is medium, not low"),
    "poll_s": (POLL, "MQTT or entered", "how often it is read; for MQTT, how often it is due where that is "
               "not the subscription's `expected_every`"),
    "equipment": ("id from `equipment.csv`", "none", "what an alarm of it is shown on"),
    "priority": ("see below", "see below", "how much its alarms matter"),
    "bits": ("set from `bits.yaml`", "none", "names the bits of a status word"),
    "bit": ("whole number 0 to 15", "not one bit", "which bit of a register a `BOOL` is that FC03 or FC04 "
            "reads; 0 is the lowest; see below"),
    "shift": ("number", "0", "what is added after `scale`: value = raw × scale + shift"),
    "invalid": ("up to 8 raw values, blanks between", "every value counts",
                "what the device gives where it has no value, such as `0x7FFF -9999`; see below"),
    "rollover": ("number, or such as `2^32`", "guessed from `range_hi`",
                 "of a totaliser: the raw value at which it is 0 again; see below"),
}  # fmt: skip

EQUIPMENT: Mapping[str, tuple[str, str, str]] = {
    "id": (ID, NEVER, "its name in `points.csv` and on `outfall fault`"),
    "unit": ("id of a unit", NEVER, "where it stands, from `plant.yaml`"),
    "kind": (words(EquipmentKind), NEVER, "its symbol on the wall"),
    "zh": ("text", NEVER, "name in Chinese"),
    "en": ("text", NEVER, "name in English"),
}

BASES = {
    LimitBasis.DAILY: "the day's mean",
    LimitBasis.SINGLE: "any single value",
    LimitBasis.INTERNAL: "the plant's own control value (内控值)",
}

LIMITS: Mapping[str, tuple[str, str, str]] = {
    "tag": ("tag of a point", NEVER, "what is limited"),
    "basis": (words(LimitBasis), NEVER, "; ".join(f"`{basis}` {what}" for basis, what in BASES.items())),
    "source": ("text", NEVER, "the standard or permit it is from, or `plant`"),
    "valid_from": ("`YYYY-MM-DD`", NEVER, "first day it holds, in the plant's calendar"),
    "valid_to": ("`YYYY-MM-DD`", "until further notice", "last day it holds"),
    "low": ("number", "no lower limit", "values below it do not comply; one of `low` and `high` must stand"),
    "high": (
        "number, at most 6 decimals",
        "no upper limit",
        "values above it, rounded to its decimals, do not comply; equality complies",
    ),
    "alternative_high": ("number", "none", "what stands in for `high`: the value in brackets"),
    "alternative_when": (
        f"`{limits_file.DATES}` or `{limits_file.COLD}`",
        f"`{limits_file.DATES}` where two days are written",
        "when it does: in a part of each year, or on days whose mean water temperature is at most so many °C",
    ),
    "alternative_from": ("`MM-DD`", f"unless `{limits_file.DATES}`", "first day of that part"),
    "alternative_to": (
        "`MM-DD`",
        f"unless `{limits_file.DATES}`",
        "last day of it; may lie in the next year",
    ),
    "temperature": (
        "tag of a point",
        f"unless `{limits_file.COLD}`",
        "the water temperature, in `degC`",
    ),
    "remark": ("text", "none", "for people"),
}


def points_table() -> str:
    return _columns("points.csv", points_file.COLUMNS, POINTS)


def equipment_table() -> str:
    return _columns("equipment.csv", equipment_file.COLUMNS, EQUIPMENT)


def limits_table() -> str:
    return _columns("limits.csv", limits_file.COLUMNS, LIMITS)


def _columns(file: str, columns: tuple[str, ...], meaning: Mapping[str, tuple[str, str, str]]) -> str:
    if set(columns) != set(meaning):
        differing = sorted(set(columns) ^ set(meaning))
        raise ValueError(f"{file}: described and known columns differ, mend {__name__}: {differing}")
    return table(HEADER, [(f"`{column}`", *meaning[column]) for column in columns])
