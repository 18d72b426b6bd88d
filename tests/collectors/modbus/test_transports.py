"""Every transport against servers that are not ours; what is wrong with a certificate is told."""

import asyncio
import ssl
import struct
from pathlib import Path
from typing import Any

import pytest

from collectors.modbus.client import ModbusClient
from collectors.modbus.settings import FunctionCode, ModbusSettings
from telemetry.errors import DeviceUnreachable, LineUnreachable
from tests.collectors.modbus.certificates import Authority, server_context
from tests.collectors.modbus.devices import free_port, pymodbus_device, tls
from tests.collectors.modbus.points import settings
from tests.collectors.modbus.raw_device import mute, raw_device

HOLDING = FunctionCode.HOLDING_REGISTERS
WORDS = (7, 8, 9)


async def read(wanted: ModbusSettings) -> tuple[int, ...]:
    client = ModbusClient(wanted)
    try:
        return struct.unpack(">3H", await client.read(1, HOLDING, 0, 3))
    finally:
        client.close()


def over_tls(port: int, **more: Any) -> ModbusSettings:
    files = {key: str(value) for key, value in more.items()}
    return settings(port, transport="tls", timeout="5s", **files)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def plant(folder: Path) -> Authority:
    return Authority(folder)


@pytest.fixture(scope="module")
def device(plant: Authority) -> tuple[Path, Path]:
    return plant.sign("plc1", "IP:127.0.0.1", "DNS:plc1.plant.local")


async def test_a_device_with_a_certificate_of_the_plants_own_is_read(
    plant: Authority, device: tuple[Path, Path]
) -> None:
    async with pymodbus_device(WORDS, tls(server_context(*device))) as port:
        assert await read(over_tls(port, tls_ca=plant.certificate)) == WORDS
        named = over_tls(port, tls_ca=plant.certificate, tls_server_name="plc1.plant.local")
        assert await read(named) == WORDS


async def test_a_device_that_asks_for_a_certificate_gets_it(
    plant: Authority, device: tuple[Path, Path]
) -> None:
    ours, key = plant.sign("node")
    async with pymodbus_device(WORDS, tls(server_context(*device, clients=plant.certificate))) as port:
        shown = over_tls(port, tls_ca=plant.certificate, tls_certificate=ours, tls_key=key)
        assert await read(shown) == WORDS
        with pytest.raises(DeviceUnreachable, match="if it asks for a certificate, set tls_certificate"):
            await read(over_tls(port, tls_ca=plant.certificate))


async def test_a_device_of_openssl_that_misses_a_certificate_says_so(
    plant: Authority, device: tuple[Path, Path]
) -> None:
    port = free_port()
    server = await asyncio.create_subprocess_exec(
        *("openssl", "s_server", "-quiet", "-accept", f"127.0.0.1:{port}", "-Verify", "1"),
        *("-verify_return_error", "-CAfile", plant.certificate, "-cert", device[0], "-key", device[1]),
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        causes: list[str] = []
        while not causes or "refused" in causes[-1]:
            with pytest.raises(DeviceUnreachable) as caught:
                await read(over_tls(port, tls_ca=plant.certificate))
            causes.append(str(caught.value))
    finally:
        server.kill()
        await server.communicate()

    assert "certificate required); if it asks for a certificate, set tls_certificate and" in causes[-1]


async def test_a_certificate_of_nobody_known_is_not_accepted(folder: Path, device: tuple[Path, Path]) -> None:
    stranger = Authority(folder, "stranger")
    async with pymodbus_device(WORDS, tls(server_context(*device))) as port:
        for more in ({}, {"tls_ca": stranger.certificate}):
            with pytest.raises(LineUnreachable) as caught:
                await read(over_tls(port, **more))
            assert str(caught.value).startswith(
                f"no connection to 127.0.0.1:{port}: its certificate is not accepted: "
            )
            assert str(caught.value).endswith("; set tls_ca to the authority that signs the plant's")


async def test_an_expired_certificate_and_one_of_another_name_are_told(plant: Authority) -> None:
    expired = plant.sign("old", "IP:127.0.0.1", days=-1)
    async with pymodbus_device(WORDS, tls(server_context(*expired))) as port:
        with pytest.raises(LineUnreachable, match="certificate has expired; renew it in the device"):
            await read(over_tls(port, tls_ca=plant.certificate))
    other = plant.sign("other", "DNS:plc2.plant.local")
    async with pymodbus_device(WORDS, tls(server_context(*other))) as port:
        with pytest.raises(LineUnreachable, match=r"mismatch.*set tls_server_name to the name in it"):
            await read(over_tls(port, tls_ca=plant.certificate))


async def test_files_that_cannot_be_used_are_named(plant: Authority, folder: Path) -> None:
    port = free_port()
    missing = folder / "nowhere.pem"
    with pytest.raises(LineUnreachable, match=f"tls_ca {missing}: no such file or directory"):
        await read(over_tls(port, tls_ca=missing))
    blank = folder / "blank.pem"
    blank.write_text("nothing", "ascii")
    with pytest.raises(LineUnreachable, match=f"tls_ca {blank} is not usable"):
        await read(over_tls(port, tls_ca=blank))
    ours, _ = plant.sign("one")
    _, foreign = plant.sign("two")
    with pytest.raises(LineUnreachable, match=r"tls_certificate .* is not usable"):
        await read(over_tls(port, tls_ca=plant.certificate, tls_certificate=ours, tls_key=foreign))


async def test_what_does_not_speak_tls_is_said_so(plant: Authority) -> None:
    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"\x15\x15 what?")
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0)
    async with server:
        with pytest.raises(LineUnreachable, match="does not speak TLS"):
            await read(over_tls(server.sockets[0].getsockname()[1], tls_ca=plant.certificate))
    async with raw_device(mute) as mute_device:
        wanted = over_tls(mute_device.port, tls_ca=plant.certificate).model_copy(
            update={"timeout": settings().timeout}
        )
        with pytest.raises(LineUnreachable, match=r"within 0\.2 s$"):
            await read(wanted)


async def test_half_an_answer_within_tls_is_waited_for(plant: Authority, device: tuple[Path, Path]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readexactly(12)
        answer = request[:4] + b"\x00\x09\x01\x03\x06" + struct.pack(">3H", *WORDS)
        for piece in (answer[:5], answer[5:9], answer[9:]):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_context(*device))
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert await read(over_tls(port, tls_ca=plant.certificate)) == WORDS


async def test_nobody_listening_on_udp_is_told_at_once() -> None:
    port = free_port()
    with pytest.raises(DeviceUnreachable, match=f"^127.0.0.1:{port}: connection refused$"):
        await read(settings(port, transport="udp", timeout="20s"))


async def test_the_oldest_protocols_are_not_spoken() -> None:
    assert ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).minimum_version >= ssl.TLSVersion.TLSv1_2
