"""Settings of a Modbus connection and of the registers read over it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

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

    @property
    def registers(self) -> int:
        """How many 16-bit registers (or single bits, for BOOL) a value takes."""
        return {"32": 2, "64": 4}.get(self.value[-2:], 1)


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


@dataclass(frozen=True, slots=True)
class NeverRead:
    """Registers (or bits) from `first` to `last` that no request may touch; written `FC03 100-119`."""

    function_code: FunctionCode
    first: int
    last: int

    def __str__(self) -> str:
        return f"FC{self.function_code:02d} {self.first}-{self.last}"


_RANGE: Final = re.compile(r"FC0([1-4]) +([0-9]{1,5})(?: *- *([0-9]{1,5}))?", re.ASCII)


def _never_read(written: object) -> object:
    if isinstance(written, NeverRead):
        return written
    found = _RANGE.fullmatch(written.strip()) if isinstance(written, str) else None
    if found is None:
        raise ValueError("it is no range of registers; write it such as FC03 100-119")
    first, last = int(found[2]), int(found[3] or found[2])
    if not first <= last < ADDRESSES:
        raise ValueError("a range goes from the lower offset to the higher, at most 65535; write it so")
    return NeverRead(FunctionCode(int(found[1])), first, last)


Ranges = tuple[
    Annotated[
        NeverRead,
        BeforeValidator(_never_read),
        PlainSerializer(str, return_type=str),
        WithJsonSchema({"type": "string", "pattern": "^FC0[1-4] +[0-9]{1,5}( *- *[0-9]{1,5})?$"}),
    ],
    ...,
]
_ORDER: Final = "word order of points whose cell is blank"
_NEVER: Final = "registers that no request may touch, such as FC03 100-119"
_UNIT: Final = "unit (slave) address"


class UnitSettings(Settings):
    """One device on a line."""

    unit_id: int = Field(ge=0, le=255, description=_UNIT)
    word_order: WordOrder | None = Field(default=None, description=_ORDER)
    never_read: Ranges = Field(default=(), description=_NEVER)


TLS_PORT: Final = 802


class ModbusSettings(Settings):
    """A Modbus line: one device, or several units that answer over one connection or serial port."""

    type: Literal["modbus"]
    transport: Transport = Field(default=Transport.TCP, description="what carries the frames")
    host: str = Field(
        default="", min_length=1, validate_default=False, description="host name or address of the device"
    )
    port: int = Field(default=502, ge=1, le=65535, description="TCP or UDP port")
    serial_port: str = Field(
        default="", min_length=1, validate_default=False, description="serial port, such as /dev/ttyUSB0"
    )
    baud_rate: int = Field(default=9600, ge=300, le=4_000_000, description="bits a second of the serial port")
    data_bits: int = Field(default=8, ge=8, le=8, description="bits a character: RTU has 8")
    parity: Parity = Field(default=Parity.NONE, description="parity bit of the serial port")
    stop_bits: int = Field(default=1, ge=1, le=2, description="stop bits of the serial port")
    tls_ca: Path | None = Field(default=None, description="certificates of who may sign the device's own")
    tls_certificate: Path | None = Field(default=None, description="this node's certificate, for the device")
    tls_key: Path | None = Field(default=None, description="the key of tls_certificate, outside the folder")
    tls_server_name: str | None = Field(
        default=None, min_length=1, description="name in the device's certificate, where it is not the host"
    )
    unit_id: int = Field(default=1, ge=0, le=255, description=_UNIT)
    units: dict[str, UnitSettings] = Field(
        default_factory=dict, description="several units by name, in place of unit_id"
    )
    word_order: WordOrder | None = Field(default=None, description=_ORDER)
    never_read: Ranges = Field(default=(), description=_NEVER)
    timeout: Span = Field(default=timedelta(seconds=1), description="how long an answer may take")
    retries: int = Field(default=1, ge=0, le=5, description="further tries of a request without answer")
    max_registers: int = Field(default=125, ge=1, le=125, description="most registers in one request")
    max_bits: int = Field(default=2000, ge=1, le=2000, description="most coils or inputs in one request")
    max_gap: int = Field(
        default=16, ge=0, le=124, description="unused registers read along to save a request"
    )
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

    def by_channel(self, connection: str) -> dict[str, UnitSettings]:
        """Return the units by channel, each with what the connection says for all of them."""
        if not self.units:
            return {connection: self._whole(UnitSettings(unit_id=self.unit_id))}
        return {f"{connection}.{name}": self._whole(unit) for name, unit in self.units.items()}

    def rooted(self, folder: Path) -> Self:
        """Return the same with files named in relation to the folder it stands in."""
        files = {key: getattr(self, key) for key in ("tls_ca", "tls_certificate", "tls_key")}
        return self.model_copy(update={key: folder / file for key, file in files.items() if file is not None})

    def _whole(self, unit: UnitSettings) -> UnitSettings:
        order = self.word_order if unit.word_order is None else unit.word_order
        return unit.model_copy(
            update={"word_order": order, "never_read": (*self.never_read, *unit.never_read)}
        )


class ModbusPoint(Settings):
    """Where one point stands in a device. `offset` counts from 0; a value is raw times `scale`."""

    tag: str
    source: str
    function_code: FunctionCode
    offset: int = Field(ge=0, le=65535)
    data_type: DataType
    word_order: WordOrder = WordOrder.ABCD
    scale: float = 1.0
    poll: Span = timedelta(seconds=5)

    @property
    def end(self) -> int:
        """The first register (or bit) behind the value."""
        return self.offset + self.data_type.registers

    @model_validator(mode="after")
    def _type_fits_function(self) -> Self:
        is_bit = self.data_type is DataType.BOOL
        if is_bit != self.function_code.reads_bits:
            mend = "read it with FC01 or FC02, or as BIT16" if is_bit else "make it BOOL"
            raise ValueError(f"{self.data_type} is not what FC{self.function_code:02d} reads; {mend}")
        if self.end > ADDRESSES:
            raise ValueError(f"{self.data_type} at offset {self.offset} ends behind the last register, 65535")
        return self
