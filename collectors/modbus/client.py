"""The connection to devices: with transports.py the only place that knows pymodbus, and it can only read.

Of pymodbus it takes framing, transactions and the transport. Reconnecting, trying again and
judging answers are ours. Every failure leaves as LineUnreachable (no connection), DeviceUnreachable
(no usable answer of one unit) or DeviceRefused (the unit answered and said no).
"""

import asyncio
import contextlib
import logging
import ssl
from typing import Any, Final

from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from collectors.modbus import frame, rtu_frame
from collectors.modbus.rtu_frame import Owed, Question
from collectors.modbus.settings import FunctionCode, ModbusSettings, Parity, Transport, Untouched, untouched
from collectors.modbus.transports import CERTIFICATE_MEND, client_of, open_client, tls_cause
from telemetry.errors import DeviceRefused, DeviceUnreachable, LineUnreachable

# It tells of every time-out at ERROR with a dump of frames; what matters of that is in our errors.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL + 1)

# The shortest silence between frames above 19,200 baud, and what a disturbed line gets beyond its own.
_SHORTEST_GAP_S: Final = 0.00175
_SETTLING_S: Final = 0.05
_REQUEST_SIZE: Final = 8
_FRAME_SIZE: Final = 5
_MOST_NOISE: Final = 4096
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
    """One connection, from its opening to its loss; never used again after that."""

    def __init__(self, settings: ModbusSettings) -> None:
        self._settings = settings
        self._question = Question(0, FunctionCode.HOLDING_REGISTERS, 0, 1)
        self._waiting = False
        self._made = asyncio.Event()
        self._open = False
        self._answered = False
        self._fault: str | None = None
        self._line = client_of(settings, self._watch)
        context: Any = self._line.ctx
        context.max_buffer_size = _BUFFER
        # What went wrong is not told otherwise.
        context.callback_disconnected = self._lost
        context.error_received = self._refused
        context.trace_connect = self._heed
        # It would hang up after some silence: one dead unit is no reason.
        context.max_until_disconnect = context.count_until_disconnect = _BUFFER
        for answer in _ANSWERS:
            self._line.register(answer)

    @property
    def is_open(self) -> bool:
        """Whether it was opened, whatever came of it."""
        return self._open

    @property
    def usable(self) -> bool:
        """Whether a request may go out."""
        return self._open and self._fault is None

    async def open(self) -> None:
        """Connect; LineUnreachable says why it cannot."""
        await open_client(self._line, self._settings)
        # A serial port is told of a moment later.
        await self._made.wait()
        self._open = True

    async def ask(self, question: Question) -> bytes:
        """Return the data of the answer, of the length that was asked for."""
        request = _REQUESTS[question.function](
            address=question.offset, count=question.count, dev_id=question.unit
        )
        self._question = question
        self._waiting = True
        self._begin()
        try:
            answer = await self._line.execute(False, request)
        except ModbusException as error:
            raise DeviceUnreachable(self._silence()) from error
        finally:
            self._waiting = False
            _heed_cancellation()
        self._answered = True
        if isinstance(answer, ExceptionResponse):
            raise _refusal(answer.exception_code, question.unit)
        data: bytes = answer.data
        due = question.size
        if len(data) != due + 1 or data[0] != due:
            raise DeviceRefused(f"it sends {max(len(data) - 1, 0)} bytes where {due} were asked for")
        return data[1:]

    def close(self) -> None:
        """Close; safe at any time."""
        self._open = False
        self._line.close()

    def _begin(self) -> None:
        """Get ready for the answer to `_question`."""

    def _watch(self, sending: bool, packet: bytes) -> bytes:
        """See every packet; hide from the library what it would choke on."""
        raise NotImplementedError

    def _silence(self) -> str:
        return f"no answer within {self._settings.timeout.total_seconds():g} s"

    def _heed(self, connected: bool) -> None:
        if connected:
            self._made.set()

    def _lost(self, error: Exception | None) -> None:
        if isinstance(error, ssl.SSLError):
            self._fail(tls_cause(error))
        elif self._settings.transport is Transport.RTU:
            self._fail(f"the serial port {self._settings.serial_port} is gone")
        elif self._settings.transport is Transport.TLS and not (
            self._answered or self._settings.tls_certificate
        ):
            self._fail(f"it closed the connection; {CERTIFICATE_MEND}")
        else:
            self._fail("it closed the connection")

    def _refused(self, error: OSError) -> None:
        """Over UDP, nobody listening is told of only when something was sent."""
        self._fail(f"{self._settings.place}: {(error.strerror or str(error)).lower()}")

    def _fail(self, fault: str) -> None:
        """End the wait for an answer at once: the library would sit out its time."""
        self._fault = fault
        answer = self._line.ctx.response_future
        if self._waiting and not answer.done():
            answer.set_exception(DeviceUnreachable(fault))


class _NumberedConnection(_Connection):
    """Frames with a transaction number: TCP, TLS, UDP."""

    def __init__(self, settings: ModbusSettings, last_transaction: int) -> None:
        super().__init__(settings)
        self.last_transaction = last_transaction
        self._found = frame.Finding()

    @property
    def usable(self) -> bool:
        """Whether a request may go out: open, and no answer broken off in the middle."""
        return super().usable and not self._found.unfinished

    async def open(self) -> None:
        """Connect; numbers go on: some gateways send what is late over whatever connection there is then."""
        await super().open()
        self._line.ctx.next_tid = self.last_transaction

    def _begin(self) -> None:
        self._found = frame.Finding()

    def _watch(self, sending: bool, packet: bytes) -> bytes:
        if sending:
            self.last_transaction = int.from_bytes(packet[:2], "big")
            return packet
        asked = frame.Asked(self.last_transaction, self._question.unit, self._question.function)
        self._found = frame.inspect(packet, asked)
        if self._found.fault is not None:
            self._fail(self._found.fault)
            return b""
        return packet if self._found.answered or not self._found.unfinished else b""

    def _silence(self) -> str:
        silence = super()._silence()
        if self._found.unfinished:
            return f"{silence}, only a part of one"
        return f"{silence}, only answers to earlier requests" if self._found.strays else silence


class _RtuConnection(_Connection):
    """Frames of a serial line, on one or over TCP."""

    def __init__(self, settings: ModbusSettings, owed: Owed) -> None:
        super().__init__(settings)
        self._owed = owed
        self._found = rtu_frame.Found()
        self._sent = b""
        self._heard = 0.0
        serial = settings.transport is Transport.RTU
        bits = 9 + settings.stop_bits + (settings.parity is not Parity.NONE)
        self._character_s = bits / settings.baud_rate if serial else 0.0
        self._gap_s = max(3.5 * self._character_s, _SHORTEST_GAP_S) if serial else 0.0
        self._disturbed = False

    async def ask(self, question: Question) -> bytes:
        """Return the data of the answer, and of no other; what may be taken for it is waited out."""
        # A unit answers in the order it is asked: nothing older comes after what can be no late answer.
        while self._owed.mistakable(question):
            with contextlib.suppress(DeviceRefused):
                await self._exchange(self._owed.telling(question))
        return await self._exchange(question)

    async def _exchange(self, question: Question) -> bytes:
        await self._quiet(self._gap_s + (_SETTLING_S if self._disturbed else 0.0))
        self._disturbed = False
        # On the line itself, bytes take their time, which is not the unit's.
        on_the_way_s = self._character_s * (_REQUEST_SIZE + _FRAME_SIZE + question.size)
        self._line.ctx.comm_params.timeout_connect = self._settings.timeout.total_seconds() + on_the_way_s
        try:
            data = await super().ask(question)
        except DeviceRefused:
            self._owed.answered(question)
            raise
        except BaseException:
            if self._found.frame is None:
                self._owed.unanswered(question)
            self._disturbed = True
            raise
        self._owed.answered(question)
        return data

    async def _quiet(self, span_s: float) -> None:
        """Return when nothing was heard for a while; DeviceUnreachable where the line is never silent."""
        loop = asyncio.get_running_loop()
        until = loop.time() + span_s + self._settings.timeout.total_seconds()
        while (left_s := self._heard + span_s - loop.time()) > 0:
            if loop.time() > until:
                raise DeviceUnreachable("the line is never silent: noise, or another master asks on it")
            await asyncio.sleep(left_s)

    def _begin(self) -> None:
        self._found = rtu_frame.Found()

    def _watch(self, sending: bool, packet: bytes) -> bytes:
        if sending:
            self._sent = packet
            return packet
        self._heard = asyncio.get_running_loop().time()
        if not self._waiting or self._found.frame is not None:
            self._line.ctx.recv_buffer = b""
            return b""
        owed, question = self._owed, self._question
        self._found = rtu_frame.inspect(packet, question, self._sent, owed.shapes, owed.blurs(question))
        if len(packet) > _MOST_NOISE and self._found.frame is None:
            self._fail("the line is never silent: noise, or another master asks on it")
        return self._found.frame or b""

    def _silence(self) -> str:
        silence = super()._silence()
        if self._found.unfinished:
            return f"{silence}, only a part of one"
        if self._found.fault is not None:
            return f"{silence}: {self._found.fault}"
        if self._found.strays:
            return f"{silence}, only answers to earlier requests"
        return f"{silence}, only noise: see baud_rate, parity and wiring" if self._found.noise else silence


def _never_read(settings: ModbusSettings) -> dict[int, list[Untouched]]:
    units = settings.by_channel("").values()
    return {unit.unit_id: [untouched(text) for text in unit.never_read] for unit in units}


def _refusal(code: int, unit: int) -> DeviceUnreachable | DeviceRefused:
    if code in _NOBODY_THERE:
        return DeviceUnreachable(f"the gateway {_NOBODY_THERE[code]} unit {unit}")
    return DeviceRefused(_REFUSALS.get(code, f"exception {code}"), code)


def _heed_cancellation() -> None:
    """Be cancelled where the library was not: Python 3.11's wait_for forgets it as an answer comes."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class ModbusClient:
    """Reads registers and bits of the units of one line, one request at a time."""

    def __init__(self, settings: ModbusSettings) -> None:
        self._settings = settings
        self._connection: _Connection | None = None
        self._last_transaction = 0
        self._owed = Owed(_never_read(settings))

    async def read(
        self, unit: int, function_code: FunctionCode, offset: int, count: int, tries: int | None = None
    ) -> bytes:
        """Return the data bytes of `count` registers (big-endian) or bits (lowest first).

        Tries again as the settings say, or `tries` times in all. A connection that failed is
        closed and opened anew, so no late answer is ever taken for the next one's.
        """
        question = Question(unit, FunctionCode(function_code), offset, count)
        tries = 1 + self._settings.retries if tries is None else tries
        for left in reversed(range(tries)):
            try:
                return await (await self._usable()).ask(question)
            except LineUnreachable:
                self.close()
                if not left:
                    raise
            except DeviceUnreachable:
                if not left:
                    raise
        raise ValueError(f"{tries} tries are none")

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._connection is not None and self._connection.is_open

    async def _usable(self) -> _Connection:
        """Return the connection, a new one in place of one that failed."""
        if self._connection is None or not self._connection.usable:
            self.close()
            self._connection = self._new()
            await self._connection.open()
        return self._connection

    def _new(self) -> _Connection:
        if self._settings.transport.is_rtu:
            return _RtuConnection(self._settings, self._owed)
        return _NumberedConnection(self._settings, self._last_transaction)

    def close(self) -> None:
        """Close the connection; the next read opens another."""
        if self._connection is not None:
            self._connection.close()
            if isinstance(self._connection, _NumberedConnection):
                self._last_transaction = self._connection.last_transaction
            self._connection = None
