import asyncio
import struct

from pymodbus.client import AsyncModbusTcpClient

from bench.modbus_server import PHASES, RawServer, image


async def test_a_register_of_the_raw_server_holds_its_value_whatever_the_unit() -> None:
    images = [image(3)] * PHASES
    server = await asyncio.get_running_loop().create_server(lambda: RawServer(images), "127.0.0.1", 0)
    async with server:
        client = AsyncModbusTcpClient("127.0.0.1", port=server.sockets[0].getsockname()[1])
        assert await client.connect()

        answer = await client.read_holding_registers(2 * 7, count=4, device_id=12)

        values = client.convert_from_registers(answer.registers, client.DATATYPE.FLOAT32)
        client.close()

    assert values == list(struct.unpack_from(">ff", image(3), 4 * 7))
