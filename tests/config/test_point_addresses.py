from collectors.modbus.settings import DataType, FunctionCode, ModbusPoint, WordOrder
from config.demo import DEMO_FOLDER
from config.point_addresses import modbus_address, point_addresses
from config.read import read_folder


def at(
    data_type: DataType,
    *,
    function: int = 3,
    order: str = "ABCD",
    scale: float = 1.0,
    shift: float = 0.0,
    bit: int | None = None,
) -> str:
    return modbus_address(
        ModbusPoint(
            tag="T",
            source="PLC1",
            function_code=FunctionCode(function),
            offset=100,
            data_type=data_type,
            word_order=WordOrder(order),
            scale=scale,
            shift=shift,
            bit=bit,
        )
    )


def test_a_registers_address_says_all_that_a_value_is_made_with() -> None:
    assert at(DataType.F32, order="CDAB", scale=0.1) == "FC03 100 F32 CDAB ×0.1"
    assert at(DataType.F32) == "FC03 100 F32 ABCD"
    assert at(DataType.U16, function=4, scale=0.01) == "FC04 100 U16 ×0.01"
    assert at(DataType.U16, order="BADC") == "FC03 100 U16 BADC"
    assert at(DataType.U16, order="CDAB") == "FC03 100 U16"
    assert at(DataType.BOOL, function=1) == "FC01 100 BOOL"
    assert at(DataType.BOOL, bit=3) == "FC03 100.3 BOOL"
    assert at(DataType.S16, scale=0.1, shift=-40) == "FC03 100 S16 ×0.1 −40"


def test_every_point_that_is_read_has_an_address_and_no_other() -> None:
    folder = read_folder(DEMO_FOLDER)

    found = point_addresses(folder)

    assert found["EFF_AIT_NH3"] == "FC03 2 F32 CDAB"
    assert found["LS2_LIT"] == "fangcheng1/LS2/readings · LIT"
    read = [point.tag for point in folder.plant.points if point.connection and not point.is_own]
    assert sorted(found) == sorted(read)
