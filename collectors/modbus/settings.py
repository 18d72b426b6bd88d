"""Settings of a Modbus connection and of the registers read over it."""

from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import Final, Literal, Self

from pydantic import Field, model_validator

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


class ModbusSettings(Settings):
    """A Modbus TCP connection: one device, or a gateway with several units behind it."""

    type: Literal["modbus"]
    host: str = Field(min_length=1, description="host name or address of the device")
    port: int = Field(default=502, ge=1, le=65535, description="TCP port")
    unit_id: int = Field(default=1, ge=0, le=255, description="unit (slave) address")
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
