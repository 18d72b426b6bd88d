"""What carries frames: sockets, TLS, datagrams and serial ports, opened and their errors told.

Opening is ours, so that its reasons are not lost; the bytes then go through pymodbus.
"""

import asyncio
import errno
import os
import socket
import ssl
import termios
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient, AsyncModbusUdpClient
from pymodbus.transport import CommParams, CommType

from collectors.modbus.settings import ModbusSettings, Parity, Transport
from telemetry.errors import LineUnreachable

Watch = Callable[[bool, bytes], bytes]
Client = AsyncModbusTcpClient | AsyncModbusUdpClient | AsyncModbusSerialClient

_PARITY: Final = {Parity.NONE: "N", Parity.EVEN: "E", Parity.ODD: "O"}
_PORT_ERRORS: Final = {
    errno.ENOENT: "there is no such serial port; is its adapter plugged in?",
    errno.EACCES: "this user may not open it; add it to the group that owns it, often dialout",
    errno.EBUSY: "another program has it open",
    errno.EAGAIN: "another program has it open",
}
_MENDS: Final = {
    10: "; renew it in the device",
    18: "; set tls_ca to this certificate, or to the authority that signs the plant's",
    19: "; set tls_ca to the authority that signs the plant's",
    20: "; set tls_ca to the authority that signs the plant's",
    21: "; set tls_ca to the authority that signs the plant's",
    62: "; set tls_server_name to the name in it",
    64: "; set tls_server_name to the name in it",
}
"""By OpenSSL's code of what is wrong with a certificate."""


CERTIFICATE_MEND: Final = "if it asks for a certificate, set tls_certificate and tls_key"


class _TlsClient(AsyncModbusTcpClient):
    """Modbus TCP frames within TLS; pymodbus' own client takes a half frame for a whole one."""

    def __init__(self, settings: ModbusSettings, timeout: float, watch: Watch) -> None:
        self.comm_params = CommParams(
            comm_type=CommType.TLS, host=settings.host, port=settings.port, timeout_connect=timeout
        )
        super().__init__(settings.host, retries=0, reconnect_delay=0, trace_packet=watch)


def client_of(settings: ModbusSettings, watch: Watch) -> Client:
    """Return pymodbus' client for a line, not open yet; `watch` sees every packet."""
    timeout = settings.timeout.total_seconds()
    if settings.transport is Transport.TLS:
        return _TlsClient(settings, timeout, watch)
    if settings.transport is Transport.RTU:
        return AsyncModbusSerialClient(
            settings.serial_port,
            framer=FramerType.RTU,
            baudrate=settings.baud_rate,
            bytesize=settings.data_bits,
            parity=_PARITY[settings.parity],
            stopbits=settings.stop_bits,
            timeout=timeout,
            retries=0,
            reconnect_delay=0,
            trace_packet=watch,
        )
    kind = AsyncModbusUdpClient if settings.transport is Transport.UDP else AsyncModbusTcpClient
    framer = FramerType.RTU if settings.transport.is_rtu else FramerType.SOCKET
    return kind(
        settings.host,
        framer=framer,
        port=settings.port,
        timeout=timeout,
        retries=0,
        reconnect_delay=0,
        trace_packet=watch,
    )


async def open_client(client: Client, settings: ModbusSettings) -> None:
    """Open it; LineUnreachable says why it cannot be."""
    where = f"no connection to {settings.place}"
    seconds = settings.timeout.total_seconds()
    # connect() does no more than this, and keeps the reason to itself.
    create: Callable[..., Awaitable[object]] = client.ctx.call_create
    try:
        async with asyncio.timeout(seconds):
            if settings.transport is Transport.TLS:
                context = await asyncio.to_thread(_tls_context, settings)
                name = settings.tls_server_name or settings.host
                create = partial(create, ssl=context, server_hostname=name)
            await create()
    except TimeoutError as error:
        raise LineUnreachable(f"{where} within {seconds:g} s") from error
    except ConnectionRefusedError as error:
        raise LineUnreachable(f"{where}: connection refused") from error
    except socket.gaierror as error:
        raise LineUnreachable(f"{where}: the host name is not known") from error
    except ssl.SSLCertVerificationError as error:
        what = f"its certificate is not accepted: {error.verify_message}{_MENDS.get(error.verify_code, '')}"
        raise LineUnreachable(f"{where}: {what}") from error
    except ssl.SSLError as error:
        raise LineUnreachable(f"{where}: {tls_cause(error)}") from error
    except (OSError, UnicodeError, ValueError, termios.error) as error:
        raise LineUnreachable(f"{where}: {_cause(settings, error)}") from error


def tls_cause(error: ssl.SSLError) -> str:
    """Return what ended TLS, for people."""
    reason = (error.reason or str(error)).replace("_", " ").lower()
    if "certificate required" in reason or "handshake failure" in reason:
        return f"it ended TLS ({reason}); {CERTIFICATE_MEND}"
    if "alert" in reason and ("unknown ca" in reason or "certificate" in reason):
        return f"it does not accept this node's certificate ({reason}); set tls_certificate to one it knows"
    if "wrong version" in reason or "record layer" in reason or "eof" in reason:
        return f"what answers there does not speak TLS ({reason})"
    return f"TLS fails ({reason})"


def _tls_context(settings: ModbusSettings) -> ssl.SSLContext:
    # With an authority of the plant's own, no other may vouch for its devices.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if settings.tls_ca is None:
        context.load_default_certs()
    _load("tls_ca", settings.tls_ca, context.load_verify_locations, "a PEM file of certificates")
    _load(
        "tls_certificate",
        settings.tls_certificate,
        lambda file: context.load_cert_chain(file, settings.tls_key, password=""),
        "PEM files of a certificate and its own key, which needs no password",
    )
    return context


def _load(key: str, file: str | None, load: Callable[[str], None], wanted: str) -> None:
    if file is None:
        return
    try:
        load(file)
    except ssl.SSLError as error:
        raise OSError(0, f"{key} {file} is not usable; it takes {wanted}") from error
    except OSError as error:
        raise OSError(0, f"{key} {file}: {(error.strerror or str(error)).lower()}") from error


def _cause(settings: ModbusSettings, error: Exception) -> str:
    code = error.errno if isinstance(error, OSError) else None
    if settings.transport is Transport.RTU:
        if isinstance(error, (ValueError, termios.error)) or code in (errno.EINVAL, None):
            rate = f"{settings.baud_rate} baud, parity {settings.parity}, {settings.stop_bits} stop bits"
            return f"the port does not take {rate}: {error}"
        told = _PORT_ERRORS.get(code) or os.strerror(code)
        return told if "lock" not in str(error) else _PORT_ERRORS[errno.EBUSY]
    return getattr(error, "strerror", None) or str(error)
