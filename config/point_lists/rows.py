"""A row of a point list to the cells of points.csv: what it says, and what was taken for granted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from config.connections_file import MANUAL
from config.point_lists import words
from config.point_lists.addresses import Address, Unclear, name_of, parse_address
from config.point_lists.headers import Column
from config.point_lists.plant import Plant
from config.point_lists.sheet import Cell
from config.point_lists.telling import Told, Where
from config.points_file import COLUMNS

T = TypeVar("T")
LIMITS: Final = ("LL", "L", "H", "HH")
_AS_IT_STANDS: Final = (
    "deadband_pct_span", "priority", "invalid", "on_delay_s", "off_delay_s", "enable", "bits", "rollover",
)  # fmt: skip
WIDTHS: Final = {"U64": 4, "S64": 4, "F64": 4, "U32": 2, "S32": 2, "F32": 2, "BCD32": 2}
_TOTAL_WORDS: Final = ("累计", "累积", "总量", "电度", "电量", "total")
_TOP: Final = {
    "BOOL": 1.0, "BIT16": 65535.0, "U16": 65535.0, "S16": 32767.0, "BCD16": 9999.0, "U32": 4294967295.0,
    "S32": 2147483647.0, "BCD32": 99999999.0,
}  # fmt: skip
_TOTAL_TOP: Final = 999_999_999.0


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was said on the command line for what the list leaves open."""

    source: str | None = None
    area: str | None = None
    poll_s: float = 5.0
    data_type: str | None = None
    word_order: str | None = None
    first_address: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A row's point. `said` are cells of points.csv from the list, `assumed` others that it leaves open.

    `reasons` say how what is written became something else; `missing`, what a new point lacks;
    `address` is as written.
    """

    where: Where
    tag: str
    said: Mapping[str, str]
    assumed: Mapping[str, str]
    reasons: Mapping[str, str]
    missing: Mapping[str, tuple[str, str]]
    address: str
    bare_offset: bool


@dataclass(slots=True)
class Reading:
    """One row on its way to a point."""

    where: Where
    columns: Mapping[str, list[Column]]
    cells: Mapping[int, Cell]
    plant: Plant
    wishes: Wishes
    told: Told
    heading: str = ""
    said: dict[str, str] = field(default_factory=dict)
    assumed: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    granted: dict[str, str] = field(default_factory=dict)
    missing: dict[str, tuple[str, str]] = field(default_factory=dict)

    def read(self) -> Listed | None:
        """Return the point, None where the row has no tag that can be used; what is unclear is told."""
        tag = self._one("tag", words.tag)
        if tag is None:
            if not self._column("tag"):
                self._unclear("tag", "the tag is blank", "write one, or remove the row")
            return None
        written = self._text("tag")
        if written != tag:
            self.reasons["tag"] = f"tag {written} → {tag}"
        self._name()
        self._source()
        address = None
        if self._is_read_by_modbus:
            type_column = self._types()
            address = self._address()
            self._register(address, type_column)
        else:
            self._come_otherwise()
        self._kind()
        self._unit_and_range()
        self._scale()
        self._limits()
        self._area()
        self._rest()
        self.said["tag"] = tag
        self.reasons |= {column: why for column, why in self.granted.items() if column not in self.said}
        text = self._text("address") or self._text("offset0") or self._text("offset")
        known = {key: value for key, value in self.said.items() if key in COLUMNS}
        # What the list says of a column is no longer an assumption, and nothing is missing then.
        assumed = {key: value for key, value in self.assumed.items() if key not in known and key in COLUMNS}
        missing = {key: why for key, why in self.missing.items() if key not in known and key not in assumed}
        bare = address is not None and address.is_bare
        return Listed(self.where, tag, known, assumed, self.reasons, missing, text, bare)

    def _column(self, meaning: str) -> Column | None:
        """Return the first column of a meaning in which something stands here."""
        for column in self.columns.get(meaning, ()):
            cell = self.cells.get(column.number)
            if cell is not None and (cell.text or cell.odd):
                return column
        return None

    def _text(self, meaning: str) -> str:
        column = self._column(meaning)
        return "" if column is None else self.cells[column.number].text

    def _cell(self, meaning: str) -> Cell | None:
        column = self._column(meaning)
        if column is None:
            return None
        cell = self.cells[column.number]
        if cell.odd is not None:
            self._unclear(meaning, *cell.odd)
            return None
        return None if cell.text in ("-", "—", "/", "\\") and meaning != "unit" else cell

    def _one(self, meaning: str, read: Callable[[str], T]) -> T | None:
        cell = self._cell(meaning)
        if cell is None:
            return None
        try:
            return read(cell.text)
        except Unclear as unclear:
            self._unclear(meaning, unclear.what, unclear.mend)
            return None

    def _unclear(self, meaning: str, what: str, mend: str) -> None:
        column = self._column(meaning) or next(iter(self.columns.get(meaning, ())), None)
        where = self.where
        if column is not None:
            where = Where(where.file, where.sheet, where.row, column.number, column.header)
        self.told.add(where, what, mend)

    def _lacks(self, column: str, what: str, mend: str) -> None:
        self.missing[column] = (what, mend)

    def _assume(self, column: str, value: str, why: str) -> None:
        self.assumed[column] = value
        self.granted[column] = why

    def _name(self) -> None:
        zh, en = self._one("desc_zh", str), self._one("desc_en", str)
        for column, own, other in (("desc_zh", zh, en), ("desc_en", en, zh)):
            if own:
                self.said[column] = " ".join(own.split())
            elif other:
                self._assume(column, " ".join(other.split()), f"{column}: the other language's name")
            else:
                self._lacks(column, "the name is blank", "write what the point is")

    @property
    def _is_read_by_modbus(self) -> bool:
        source = self.said.get("source") or self.assumed.get("source")
        return source != MANUAL and source not in self.plant.brokers

    def _come_otherwise(self) -> None:
        """What people enter and what brokers deliver has no register."""
        if self.said.get("source") == MANUAL:
            self._assume("kind", "MAN", "kind MAN: people enter it")
        elif self._column("type"):
            self.said["kind"] = self._one("type", words.kind) or ""
        if self.said.get("source") != MANUAL:
            self.said["dtype"] = "JSON"

    def _types(self) -> str | None:
        """Return which column says the data type; a column called type may say the kind instead."""
        found = None
        for meaning in ("dtype", "type"):
            cell = self._cell(meaning)
            if cell is None:
                continue
            if words.is_signal(cell.text) or found is not None:
                self.said["kind"] = self._one(meaning, words.kind) or ""
            else:
                found = meaning
        return found

    def _address(self) -> Address | None:
        for meaning in ("address", "offset0", "offset"):
            cell = self._cell(meaning)
            if cell is None:
                continue
            try:
                address = parse_address(cell.text, cell.is_number)
            except Unclear as unclear:
                self._unclear(meaning, unclear.what, unclear.mend)
                return None
            if meaning != "address" and address.function is not None:
                # An offset of 40101 is one: its column says that it counts from 0.
                address = Address(None, int(words.number(cell.text)), False, address.bit, address.registers)
            elif meaning != "address":
                address = Address(address.function, address.offset, False, address.bit, address.registers)
            return address
        if not self.cells:
            return None
        self._lacks("offset0", "the address is blank", "write its register, such as 40101")
        return None

    def _register(self, address: Address | None, type_column: str | None) -> None:
        code = self._one("modbus_fc", words.function_code)
        bit = self._bit(address)
        if address is not None:
            code = self._function(address, code)
            if address.is_bare and self.wishes.first_address is None:
                self.said["offset0"] = str(address.offset)
            else:
                first = (self.wishes.first_address or 0) if address.is_bare else 0
                if address.offset < first:
                    self._unclear(
                        "address", f"address {address.offset} where counting begins at 1", "mend it"
                    )
                else:
                    self.said["offset0"] = str(address.offset - first)
        if code is not None:
            self.said["modbus_fc"] = f"FC0{code}"
        elif address is not None:
            self._lacks("modbus_fc", "no function code", "add a column 功能码, or write 40101-like addresses")
        self._data_type(type_column, code, bit, self._registers(address))
        if bit is not None:
            self._take_bit(bit, code)

    def _bit(self, address: Address | None) -> int | None:
        if address is not None and address.bit is not None:
            return address.bit
        number = self._one("bit", words.number)
        if number is None:
            return None
        if number.is_integer() and 0 <= number <= 15:
            return int(number)
        self._unclear("bit", f"bit {number:g}: a register has bits 0 to 15", "write which of them is meant")
        return None

    def _take_bit(self, bit: int, code: int | None) -> None:
        if code in (1, 2):
            self._unclear("bit", "a bit of what is a bit already", "leave it blank, or read a register")
        elif "bit" in COLUMNS:
            self.said["bit"] = str(bit)
        else:
            self._unclear(
                "address", f"bit {bit} of a register", "read the whole word, and name its bits in bits.yaml"
            )

    def _function(self, address: Address, code: int | None) -> int | None:
        if address.function is None or code is None or address.function == code:
            return address.function or code
        named, read = name_of(address.function), name_of(code)
        what = f"{self._text('address')} is one of the {named}, the function code reads {read}"
        self._unclear("address", what, "mend one of them")
        return None

    def _registers(self, address: Address | None) -> int | None:
        if address is not None and address.registers is not None:
            return address.registers
        column = self._column("regs")
        number = self._one("regs", words.number)
        if number is None or column is None:
            return None
        counts_bytes = (
            "字节" in column.header or "byte" in column.header.casefold() or "字节" in self._text("regs")
        )
        if "字节" not in column.header and "字" in column.header:
            counts_bytes = False
        count = number / 2 if counts_bytes and number > 1 else number
        if not count.is_integer() or not 1 <= count <= 4:
            self._unclear("regs", f"{self._text('regs')} registers", "write 1, 2 or 4")
            return None
        return int(count)

    def _data_type(self, column: str | None, code: int | None, bit: int | None, count: int | None) -> None:
        name = None
        if column is not None:
            found = self._one(column, words.data_type)
            if found is None:
                return
            name, order, granted = found
            if order:
                self.said["word_order"] = order
            if granted:
                self.reasons["dtype"] = granted
        if (bit is not None or code in (1, 2)) and name in (None, "BIT16", "U16", "S16"):
            if name != "BOOL":
                self.reasons["dtype"] = "dtype BOOL: it is one bit"
            name = "BOOL"
        if name is None and self.wishes.data_type is not None:
            self._assume("dtype", self.wishes.data_type, f"dtype {self.wishes.data_type}, as --type says")
        elif name is None:
            self._lacks("dtype", "no data type", "write one such as F32 or U16, or give --type")
        else:
            self.said["dtype"] = name
        name = name or self.wishes.data_type
        if name is None:
            return
        needs = WIDTHS.get(name, 1)
        if count is not None and count != needs and name != "BOOL":
            self._unclear("regs", f"{count} registers, and {name} takes {needs}", "mend type or number")
        target = self.said if "dtype" in self.said else self.assumed
        target["regs"] = str(needs)
        if name == "BOOL" and code in (3, 4) and bit is None:
            self._unclear(
                column or "address",
                "a bit of a register, and nothing says which",
                "write 40101.0, or a column 位",
            )

    def _kind(self) -> None:
        dtype = self.said.get("dtype") or self.assumed.get("dtype")
        if self.said.get("kind") or self.assumed.get("kind"):
            return
        self.said.pop("kind", None)
        name = self.said.get("desc_zh", "").casefold()
        if dtype in ("BOOL", "BIT16"):
            self._assume("kind", "DI", f"kind DI: its type is {dtype}")
        elif any(word in name for word in _TOTAL_WORDS) and "当前" not in name:
            self._assume("kind", "TOT", "kind TOT: the name speaks of a total")
        else:
            self._assume("kind", "AI", "kind AI: it is a number")

    def _unit_and_range(self) -> None:
        kind = self.said.get("kind") or self.assumed.get("kind")
        dtype = self.said.get("dtype") or self.assumed.get("dtype") or ""
        unit = self._one("unit", words.unit)
        if unit:
            self.said["unit"] = unit
            if unit != self._text("unit"):
                self.reasons["unit"] = f"unit {self._text('unit')} → {unit}"
        whole = self._one("range", words.spread)
        low, high = self._one("range_lo", words.number), self._one("range_hi", words.number)
        if whole is not None:
            low, high = (whole[0] if low is None else low), (whole[1] if high is None else high)
            if not unit and whole[2]:
                unit = words.unit(whole[2])
                self.said["unit"] = unit
        if not unit and (kind == "DI" or "ph" in self.said.get("desc_zh", "").casefold()):
            self._assume("unit", "-", "unit -: none is written")
        elif not unit:
            self._lacks("unit", "the unit is blank", "write it, or - for nothing")
        for column, value in (("range_lo", low), ("range_hi", high)):
            if value is not None:
                self.said[column] = f"{value:.15g}"
        if low is not None and high is not None and not low < high:
            self._unclear(
                "range_lo" if whole is None else "range", f"{low:g} is not below {high:g}", "mend it"
            )
        self._assume_range(kind, dtype)

    def _assume_range(self, kind: str | None, dtype: str) -> None:
        if kind == "DI" or (kind == "TOT" and dtype in _TOP):
            top = _TOP.get(dtype, 1.0)
        elif kind == "TOT":
            top = _TOTAL_TOP
        else:
            self._lacks("range_lo", "the lower end of its range is blank", "write it")
            self._lacks("range_hi", "the upper end of its range is blank", "write it")
            return
        if kind == "TOT":
            top *= self._one("scale", words.scale) or 1.0
        for column, value in (("range_lo", 0.0), ("range_hi", top)):
            self._assume(column, f"{value:.15g}", f"range of a {dtype or kind}: all it can hold")

    def _scale(self) -> None:
        factor = self._one("scale", words.scale)
        decimals = self._one("decimals", words.number)
        if factor is None and decimals is not None and 0 <= decimals <= 6 and decimals.is_integer():
            factor = float(f"{10**-decimals:.12g}")
            self.reasons["scale"] = f"scale {factor:g}: {decimals:g} decimals"
        raw_low, raw_high = self._one("raw_lo", words.number), self._one("raw_hi", words.number)
        shift = self._one("shift", words.number)
        if raw_low is not None and raw_high is not None and {"range_lo", "range_hi"} <= {*self.said}:
            factor, shift = self._spread(raw_low, raw_high)
        if factor is not None:
            self.said["scale"] = f"{factor:.12g}"
        elif self._is_read_by_modbus:
            self._assume("scale", "1", "scale 1: none is written")
        if shift:
            if "shift" in COLUMNS:
                self.said["shift"] = f"{shift:.12g}"
            else:
                self._unclear("shift", f"{shift:g} is to be added", "have the device do it")

    def _spread(self, raw_low: float, raw_high: float) -> tuple[float | None, float | None]:
        low, high = float(self.said["range_lo"]), float(self.said["range_hi"])
        if raw_low == raw_high:
            self._unclear("raw_hi", "both raw ends are the same", "mend one of them")
            return None, None
        factor = (high - low) / (raw_high - raw_low)
        self.reasons["scale"] = f"scale {factor:.6g}: {raw_low:g} to {raw_high:g} is {low:g} to {high:g}"
        return factor, float(f"{low - raw_low * factor:.12g}")

    def _limits(self) -> None:
        for limit in LIMITS:
            value = self._one(limit, words.number)
            if value is not None:
                self.said[limit] = f"{value:.15g}"
        for column in _AS_IT_STANDS:
            text = self._one(column, str)
            if text:
                self.said[column] = text

    def _source(self) -> None:
        name = self._one("source", str)
        unit_id, host = self._one("unit_id", words.number), self._one("ip", str)
        if name is None and self._text("equipment") in self.plant.sources:
            name = self._text("equipment")
        found = self.plant.source(name, None if unit_id is None else int(unit_id), host)
        if found is not None:
            self.said["source"] = found
            if found != name:
                self.reasons["source"] = f"source {found}: by its " + ("name" if name else "address")
            return
        if name is not None or host is not None:
            meaning = "source" if name is not None else "ip"
            self._unclear(
                meaning,
                f'no connection is "{name or host}"',
                f"write one of {self.plant.listed_sources}, or add it",
            )
            return
        for value, why in (
            (self.wishes.source, "as --source says"),
            (self.plant.source(self.where.sheet, None, None), "the sheet's name"),
            (self.plant.only_source, "the only connection there is"),
        ):
            if value is not None:
                self._assume("source", value, f"source {value}: {why}")
                return
        self._lacks(
            "source", "nothing says over which connection it is read", "give --source, or a column PLC"
        )

    def _area(self) -> None:
        text = self._one("area", str)
        if text is not None:
            area = self.plant.area(text)
            if area is None:
                self._unclear(
                    "area", f'plant.yaml has no unit "{text}"', f"write one of {self.plant.listed_units}"
                )
            else:
                self.said["area"] = area
            return
        for value, why in (
            (self.plant.area(self.heading), f"under the heading {self.heading}"),
            (self.plant.area(self.where.sheet), "the sheet's name"),
            (self.wishes.area, "as --area says"),
            (self.plant.only_unit, "the only unit there is"),
        ):
            if value is not None:
                self._assume("area", value, f"area {value}: {why}")
                return
        self._lacks("area", "nothing says to which unit it belongs", "give --area, or a column 区域")

    def _rest(self) -> None:
        column = self._column("poll_s")
        header_unit = column.unit if column is not None else ""
        seconds = self._one("poll_s", lambda text: words.seconds(text, header_unit))
        if seconds is not None:
            self.said["poll_s"] = f"{seconds:g}"
        elif self._is_read_by_modbus:
            self._assume(
                "poll_s", f"{self.wishes.poll_s:g}", f"poll_s {self.wishes.poll_s:g}: none is written"
            )
        flag = self._one("regulatory", words.flag)
        if flag is not None:
            self.said["regulatory"] = "1" if flag else "0"
        else:
            self.assumed["regulatory"] = "0"
        if self._is_read_by_modbus:
            self._word_order()
        self._equipment()

    def _word_order(self) -> None:
        order = self._one("word_order", words.word_order)
        if order is not None:
            self.said["word_order"] = order
        elif "word_order" not in self.said and self.wishes.word_order is not None:
            self._assume(
                "word_order", self.wishes.word_order, f"word order {self.wishes.word_order}: as --order says"
            )
        elif "word_order" not in self.said and (self.said | self.assumed).get("regs", "1") != "1":
            self._assume(
                "word_order", "", "word order left blank: that of the connection holds; outfall probe tells"
            )

    def _equipment(self) -> None:
        equipment = self._one("equipment", str)
        if equipment is not None and equipment not in self.plant.sources:
            known = self.plant.equipment.get(words.narrow(equipment).casefold())
            if known is not None:
                self.said["equipment"] = known
            else:
                self.reasons["equipment"] = f'equipment left blank: equipment.csv has no "{equipment}"'
