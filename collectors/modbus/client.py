"""The connection to a device: the only place that knows pymodbus, and it can only read.

Of pymodbus it takes framing, transactions and the transport. Reconnecting, trying again and
judging answers are ours. Every failure leaves as DeviceUnreachable (no connection, no usable
answer) or DeviceRefused (the device answered and said no).
"""

import asyncio
import logging
import socket
from typing import Final

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from collectors.modbus.decode import answer_length
from collectors.modbus.frame import Asked, Finding, inspect
from collectors.modbus.settings import FunctionCode, ModbusSettings
from telemetry.errors import DeviceRefused, DeviceUnreachable

# It tells of every time-out at ERROR with a dump of frames; what matters of that is in our errors.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL + 1)

# More than one reading of the socket gives: what the library drops unseen would not be judged.
_BUFFER: Final = 1 << 20
_REQUESTS: Final[dict[FunctionCode, type[ModbusPDU]]] = {
    FunctionCode.COILS: ReadCoilsRequest,
    FunctionCode.DISCRETE_INPUTS: ReadDiscreteInputsRequest,
    FunctionCode.HOLDING_REGISTERS: ReadHoldingRegistersRequest,
    FunctionCode.INPUT_REGISTERS: ReadInputRegistersRequest,
}
_REFUSALS: Final = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledged, not done yet",
    6: "device busy",
    7: "negative acknowledge",
    8: "memory parity error",
}
# A gateway's way to say that the device behind it does not answer.
_NOBODY_THERE: Final = {10: "has no path to", 11: "gets no answer from"}


class _Answer(ModbusPDU):
    """The bytes behind the function code, as they came: values are made in decode.py."""

    rtu_byte_count_pos = 2
    data = b""

    def decode(self, data: bytes) -> None:
        self.data = data


_ANSWERS: Final = tuple(
    type(f"_Answer{code:02d}", (_Answer,), {"function_code": int(code)}) for code in FunctionCode
)


class _Connection:
    """One TCP connection, from its opening to its loss; never used again after that."""

    def __init__(self, settings: ModbusSettings, last_transaction: int) -> None:
        self._settings = settings
        self._asked = Asked(last_transaction, settings.unit_id, 0)
        self._found = Finding()
        self._waiting = False
        self._open = False
        self._fault: str | None = None
        self._tcp = AsyncModbusTcpClient(
            settings.host,
            port=settings.port,
            timeout=settings.timeout.total_seconds(),
            retries=0,
            reconnect_delay=0,
            trace_packet=self._watch,
            trace_connect=self._heed,
        )
        self._tcp.ctx.max_buffer_size = _BUFFER
        for answer in _ANSWERS:
            self._tcp.register(answer)

    @property
    def last_transaction(self) -> int:
        """The number of the newest request."""
        return self._asked.transaction

    @property
    def usable(self) -> bool:
        """Whether a request may go out: open, and no answer broken off in the middle."""
        return self._open and self._fault is None and not self._found.unfinished

    async def open(self) -> None:
        """Connect; DeviceUnreachable says why it cannot."""
        where = f"no connection to {self._settings.host}:{self._settings.port}"
        seconds = self._settings.timeout.total_seconds()
        try:
            # connect() does no more than this, and keeps the reason to itself.
            async with asyncio.timeout(seconds):
                await self._tcp.ctx.call_create()
        except TimeoutError as error:
            raise DeviceUnreachable(f"{where} within {seconds:g} s") from error
        except ConnectionRefusedError as error:
            raise DeviceUnreachable(f"{where}: connection refused") from error
        except socket.gaierror as error:
            raise DeviceUnreachable(f"{where}: the host name is not known") from error
        except (OSError, UnicodeError) as error:
            raise DeviceUnreachable(f"{where}: {getattr(error, 'strerror', None) or error}") from error
        # Numbers go on: some gateways send what is late over whatever connection there is then.
        self._tcp.ctx.next_tid = self.last_transaction
        self._open = True

    async def ask(self, function_code: FunctionCode, offset: int, count: int) -> bytes:
        """Return the data of the answer, of the length that was asked for."""
        request = _REQUESTS[FunctionCode(function_code)](
            address=offset, count=count, dev_id=self._settings.unit_id
        )
        self._asked = Asked(self.last_transaction, self._settings.unit_id, function_code)
        self._found = Finding()
        self._waiting = True
        try:
            answer = await self._tcp.execute(False, request)
        except ModbusException as error:
            raise DeviceUnreachable(self._silence()) from error
        finally:
            self._waiting = False
            _heed_cancellation()
        if isinstance(answer, ExceptionResponse):
            raise self._refusal(answer.exception_code)
        data: bytes = answer.data
        due = answer_length(function_code, count)
        if len(data) != due + 1 or data[0] != due:
            raise DeviceRefused(f"it sends {max(len(data) - 1, 0)} bytes where {due} were asked for")
        return data[1:]

    def close(self) -> None:
        """Close; safe at any time."""
        self._open = False
        self._tcp.close()

    def _watch(self, sending: bool, packet: bytes) -> bytes:
        """See every packet; hide from the library what it would choke on."""
        if sending:
            self._asked = Asked(int.from_bytes(packet[:2], "big"), self._asked.unit, self._asked.function)
            return packet
        self._found = inspect(packet, self._asked)
        if self._found.fault is not None:
            self._fail(self._found.fault)
            return b""
        return packet if self._found.answered or not self._found.unfinished else b""

    def _heed(self, connected: bool) -> None:
        if not connected:
            self._fail("it closed the connection")

    def _fail(self, fault: str) -> None:
        """End the wait for an answer at once: the library would sit out its time."""
        self._fault = fault
        answer = self._tcp.ctx.response_future
        if self._waiting and not answer.done():
            answer.set_exception(DeviceUnreachable(fault))

    def _silence(self) -> str:
        silence = f"no answer within {self._settings.timeout.total_seconds():g} s"
        if self._found.unfinished:
            return f"{silence}, only a part of one"
        return f"{silence}, only answers to earlier requests" if self._found.strays else silence

    def _refusal(self, code: int) -> DeviceUnreachable | DeviceRefused:
        if code in _NOBODY_THERE:
            return DeviceUnreachable(f"the gateway {_NOBODY_THERE[code]} unit {self._settings.unit_id}")
        return DeviceRefused(_REFUSALS.get(code, f"exception {code}"), code)


def _heed_cancellation() -> None:
    """Be cancelled where the library was not: Python 3.11's wait_for forgets it as an answer comes."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class ModbusClient:
    """Reads registers and bits of one device, one request at a time."""

    def __init__(self, settings: ModbusSettings) -> None:
        self._settings = settings
        self._connection: _Connection | None = None
        self._last_transaction = 0

    async def read(
        self, function_code: FunctionCode, offset: int, count: int, tries: int | None = None
    ) -> bytes:
        """Return the data bytes of `count` registers (big-endian) or bits (lowest first).

        Tries again as the settings say, or `tries` times in all. A connection that failed is
        closed and opened anew, so no late answer is ever taken for the next one's.
        """
        tries = 1 + self._settings.retries if tries is None else tries
        for left in reversed(range(tries)):
            try:
                return await (await self._usable()).ask(function_code, offset, count)
            except DeviceUnreachable:
                if not left:
                    self.close()
                    raise
        raise ValueError(f"{tries} tries are none")

    async def _usable(self) -> _Connection:
        """Return the connection, a new one in place of one that failed."""
        if self._connection is None or not self._connection.usable:
            self.close()
            self._connection = _Connection(self._settings, self._last_transaction)
            await self._connection.open()
        return self._connection

    def close(self) -> None:
        """Close the connection; the next read opens another."""
        if self._connection is not None:
            self._connection.close()
            self._last_transaction = self._connection.last_transaction
            self._connection = None
