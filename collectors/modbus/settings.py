"""Settings of a Modbus connection and of the registers read over it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from collectors.spans import Span
from telemetry.settings import Duration, Settings


class FunctionCode(IntEnum):
    """The four reads; nothing else is ever sent."""

    COILS = 1
    DISCRETE_INPUTS = 2
    HOLDING_REGISTERS = 3
    INPUT_REGISTERS = 4

    @property
    def reads_bits(self) -> bool:
        """Whether it reads single bits, not 16-bit registers."""
        return self in (FunctionCode.COILS, FunctionCode.DISCRETE_INPUTS)


class DataType(StrEnum):
    """How registers, or a bit, become a number."""

    BOOL = "BOOL"
    BIT16 = "BIT16"
    U16 = "U16"
    S16 = "S16"
    U32 = "U32"
    S32 = "S32"
    F32 = "F32"
    U64 = "U64"
    S64 = "S64"
    F64 = "F64"
    BCD16 = "BCD16"
    BCD32 = "BCD32"

    @property
    def registers(self) -> int:
        """How many 16-bit registers (or single bits, for BOOL) a value takes."""
        return {"32": 2, "64": 4}.get(self.value[-2:], 1)

    @property
    def is_float(self) -> bool:
        """Whether its bits are an IEEE 754 number."""
        return self in (DataType.F32, DataType.F64)

    @property
    def is_bcd(self) -> bool:
        """Whether each of its nibbles is a decimal digit."""
        return self in (DataType.BCD16, DataType.BCD32)


class WordOrder(StrEnum):
    """Order of the bytes on the wire; A is the most significant byte of the first 32 bits.

    A 64-bit value extends the pattern: ABCD EFGH, CDAB → GHEFCDAB, BADC → BADCFEHG, DCBA → HGFEDCBA.
    A 16-bit value has its bytes swapped under BADC and DCBA.
    """

    ABCD = "ABCD"
    CDAB = "CDAB"
    BADC = "BADC"
    DCBA = "DCBA"


ADDRESSES: Final = 65536
LONGEST_TEXT: Final = 60
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)
_RANGE: Final = re.compile(r"FC0([1-4]) ([0-9]{1,6})(?: ?- ?([0-9]{1,6}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Untouched:
    """Registers or bits `first` to `last` of a function code that no request may hold."""

    function_code: FunctionCode
    first: int
    last: int

    def __str__(self) -> str:
        last = "" if self.last == self.first else f"-{self.last}"
        return f"FC{self.function_code:02d} {self.first}{last}"


def untouched(text: str) -> Untouched:
    """Return what `FC03 100-119`, or `FC03 100` for one, leaves alone; ValueError."""
    found = _RANGE.fullmatch(" ".join(text.upper().split()))
    if found is None:
        raise ValueError(f"{text[:40]!r} is no range of offsets; write it such as FC03 100-119")
    code, first, last = int(found[1]), int(found[2]), int(found[3] or found[2])
    if last < first:
        raise ValueError(f"{text!r} ends before it begins; write FC{code:02d} {last}-{first}")
    if last >= ADDRESSES:
        raise ValueError(f"{text!r} goes beyond the last offset; write at most {ADDRESSES - 1}")
    return Untouched(FunctionCode(code), first, last)


def _range(text: str) -> str:
    return str(untouched(text))


UntouchedText = Annotated[str, AfterValidator(_range)]
"""A range as above, in one way of writing."""


class AttributeSettings(Settings):
    """A text that a device holds in its registers, two characters each: a serial number, a version."""

    function_code: Literal["FC03", "FC04"] = Field(default="FC03", description="holding or input registers")
    offset: int = Field(ge=0, lt=ADDRESSES, description="first register, counted from 0")
    registers: int = Field(ge=1, le=LONGEST_TEXT, description="how many registers it takes")
    swap_bytes: bool = Field(
        default=False, description="whether the second character of each register stands first"
    )

    @property
    def code(self) -> FunctionCode:
        """The function that reads it."""
        return FunctionCode(int(self.function_code[-1]))

    @model_validator(mode="after")
    def _ends_in_time(self) -> Self:
        if self.offset + self.registers > ADDRESSES:
            raise ValueError(
                f"{self.registers} registers from {self.offset} end behind the last one, {ADDRESSES - 1};"
                " lower offset or registers"
            )
        return self


def _named(attributes: Mapping[str, AttributeSettings]) -> Mapping[str, AttributeSettings]:
    for name in attributes:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name[:40]!r} cannot be a name; write letters, digits and _, a letter first")
    return attributes


Attributes = Annotated[Mapping[str, AttributeSettings], AfterValidator(_named)]


class Transport(StrEnum):
    """What carries the frames."""

    TCP = "tcp"
    TLS = "tls"
    UDP = "udp"
    RTU = "rtu"
    RTU_OVER_TCP = "rtu_over_tcp"

    @property
    def is_rtu(self) -> bool:
        """Whether frames are those of a serial line: without a number, with a checksum."""
        return self in (Transport.RTU, Transport.RTU_OVER_TCP)


class Parity(StrEnum):
    """Parity bit of a serial line."""

    NONE = "none"
    EVEN = "even"
    ODD = "odd"


_UNIT: Final = "unit (slave) address"
_NEVER: Final = "registers or bits that no request may hold, such as FC03 100-119, by their offsets"
_TEXTS: Final = "texts that the device holds, by the name they are shown under"
_ORDER: Final = "order of the bytes of points whose own is blank"


class ModbusUnitSettings(Settings):
    """One device on a line; what it does not say itself, the connection says."""

    unit_id: int = Field(ge=0, le=255, description=_UNIT)
    word_order: WordOrder | None = Field(default=None, description=_ORDER)
    never_read: tuple[UntouchedText, ...] = Field(default=(), max_length=200, description=_NEVER)
    attributes: Attributes = Field(default_factory=dict, max_length=20, description=_TEXTS)


TLS_PORT: Final = 802


class ModbusSettings(Settings):
    """A Modbus line: one device, or several units that answer over one connection or serial port."""

    type: Literal["modbus"]
    transport: Transport = Field(default=Transport.TCP, description="what carries the frames")
    host: str = Field(
        default="", min_length=1, validate_default=False, description="host name or address; not for rtu"
    )
    port: int = Field(default=502, ge=1, le=65535, description="TCP or UDP port")
    serial_port: str = Field(
        default="",
        min_length=1,
        validate_default=False,
        description="serial port, as /dev/ttyUSB0; for rtu",
    )
    baud_rate: int = Field(default=9600, ge=300, le=4_000_000, description="bits a second of the serial port")
    data_bits: int = Field(default=8, ge=8, le=8, description="bits a character: RTU has 8")
    parity: Parity = Field(default=Parity.NONE, description="parity bit of the serial port")
    stop_bits: int = Field(default=1, ge=1, le=2, description="stop bits of the serial port")
    tls_ca: str | None = Field(
        default=None, min_length=1, description="certificates of who may sign the device's own"
    )
    tls_certificate: str | None = Field(
        default=None, min_length=1, description="this node's certificate, for the device"
    )
    tls_key: str | None = Field(
        default=None, min_length=1, description="the key of tls_certificate, outside the folder"
    )
    tls_server_name: str | None = Field(
        default=None, min_length=1, description="name in the device's certificate, where it is not the host"
    )
    unit_id: int = Field(default=1, ge=0, le=255, description=_UNIT)
    units: Mapping[str, ModbusUnitSettings] = Field(
        default_factory=dict, description="several units by name, in place of unit_id"
    )
    timeout: Span = Field(default=timedelta(seconds=1), description="how long an answer may take")
    retries: int = Field(default=1, ge=0, le=5, description="further tries of a request without answer")
    max_registers: int = Field(default=125, ge=1, le=125, description="most registers in one request")
    max_bits: int = Field(default=2000, ge=1, le=2000, description="most coils or inputs in one request")
    max_gap: int = Field(
        default=16, ge=0, le=124, description="unused registers read along to save a request"
    )
    word_order: WordOrder = Field(default=WordOrder.ABCD, description=_ORDER)
    never_read: tuple[UntouchedText, ...] = Field(default=(), max_length=200, description=_NEVER)
    attributes: Attributes = Field(default_factory=dict, max_length=20, description=_TEXTS)
    allow_high_offsets: bool = Field(
        default=False,
        description="the offsets in points.csv are right although all stand where a manual's numbers do",
    )
    pause: Duration = Field(default=timedelta(0), description="rest between two requests")
    backoff_max: Span = Field(
        default=timedelta(seconds=30), description="longest wait between tries of a lost device"
    )

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, raw: Any) -> Any:
        if isinstance(raw, Mapping) and raw.get("transport") == Transport.TLS and "port" not in raw:
            return {**raw, "port": TLS_PORT}
        return raw

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if self.transport is Transport.RTU:
            if not self.serial_port:
                raise ValueError("serial_port is missing; add it")
        elif not self.host:
            raise ValueError("host is missing; add it")
        return self

    @property
    def place(self) -> str:
        """Where the line is, for people: `host:port`, or the serial port."""
        return self.serial_port if self.transport is Transport.RTU else f"{self.host}:{self.port}"

    def by_channel(self, connection: str) -> dict[str, "ModbusSettings"]:
        """Return the settings of each unit as of a connection of its own, by channel."""
        if not self.units:
            return {connection: self}
        return {f"{connection}.{name}": self._alone(unit) for name, unit in self.units.items()}

    def rooted(self, folder: Path) -> Self:
        """Return the same with files named in relation to the folder it stands in."""
        files = {key: getattr(self, key) for key in ("tls_ca", "tls_certificate", "tls_key")}
        return self.model_copy(update={key: str(folder / file) for key, file in files.items() if file})

    def _alone(self, unit: ModbusUnitSettings) -> "ModbusSettings":
        return self.model_copy(
            update={
                "units": {},
                "unit_id": unit.unit_id,
                "word_order": unit.word_order or self.word_order,
                "never_read": (*self.never_read, *unit.never_read),
                "attributes": {**self.attributes, **unit.attributes},
            }
        )


class ModbusPoint(Settings):
    """Where one point stands in a device; a value is raw × `scale` + `shift`.

    `offset` counts from 0; `bit` is that of a register, 0 the lowest, for a BOOL that FC03 or FC04
    reads; `invalid` are the bits of raw values, as one unsigned number, that mean that there is none.
    """

    tag: str
    source: str
    function_code: FunctionCode
    offset: int = Field(ge=0, le=65535)
    data_type: DataType
    word_order: WordOrder = WordOrder.ABCD
    scale: float = 1.0
    shift: float = 0.0
    bit: int | None = Field(default=None, ge=0, le=15)
    invalid: tuple[int, ...] = ()
    poll: Span = timedelta(seconds=5)

    @property
    def end(self) -> int:
        """The first register (or bit) behind the value."""
        return self.offset + self.data_type.registers

    @model_validator(mode="after")
    def _type_fits_function(self) -> Self:
        is_bit = self.data_type is DataType.BOOL and self.bit is None
        if is_bit != self.function_code.reads_bits:
            mend = "say which bit, or read it with FC01 or FC02" if is_bit else "make it a BOOL without bit"
            raise ValueError(f"{self.data_type} is not what FC{self.function_code:02d} reads; {mend}")
        if self.bit is not None and self.data_type is not DataType.BOOL:
            raise ValueError(f"{self.data_type} has no bit of its own; make it BOOL")
        most = 0 if is_bit else 1 << 16 * self.data_type.registers
        if not all(0 <= pattern < most for pattern in self.invalid):
            raise ValueError(f"no {self.data_type} has the bits of {self.invalid}; leave invalid out")
        if self.end > ADDRESSES:
            raise ValueError(f"{self.data_type} at offset {self.offset} ends behind the last register, 65535")
        return self
