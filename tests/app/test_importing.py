"""Point lists as engineers keep them, into a folder as `outfall init` makes it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from app.cli import main
from config.check import check
from config.demo import DEMO_FOLDER
from config.read import read_folder
from config.starter import Starter, write_starter

CASES = Path(__file__).parents[1] / "cases" / "point_lists"
PATH = "write the path of a point list, .csv or .xlsx"
Ran = Callable[..., tuple[object, list[str]]]


@pytest.fixture(autouse=True)
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_starter(tmp_path / "plant", Starter("p1"))
    return tmp_path / "plant"


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str]) -> Ran:
    def run(*words: str) -> tuple[object, list[str]]:
        with pytest.raises(SystemExit) as ended:
            main(["points", "import", *words, "--into", "plant"])
        printed = capsys.readouterr()
        return ended.value.code, (printed.out + printed.err).splitlines()

    return run


def expected(case: str) -> list[str]:
    """Return the lines that a case is told with."""
    return (CASES / case / "expected.txt").read_text("utf-8").splitlines()


def workbook(file: Path) -> None:
    """A list with a title, a header of two rows, merged cells, full-width figures, sections, three sheets."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "AI点表"
    for row in (
        ["方诚污水处理厂 PLC1 点表 (V1.2)"],
        ["编制：张工", None, None, "日期", "2026-03-01"],
        [
            "序号",
            "位号",
            "名称",
            "单位",
            "量程",
            None,
            "寄存器地址",
            "数据类型",
            "报警值",
            None,
            "备注",
            "工段",
        ],
        [None, None, None, None, "下限", "上限", None, None, "低报", "高报"],
        [1, "FIT-101", "进水流量", "m³/h", 0, 1600, 40101, "REAL", 200, 1250, "", "进水"],
        [2, "FQ-101", "进水累计流量", "m³", None, None, 40103, "UDINT"],
        [3, "LIT 102", "集水井液位", "m", 0, 8, "40105-40106", "浮点数 CDAB", 1.2, 5, "", "提升泵房"],
        ["二、好氧池"],
        [4, "DO_201", "1#好氧池DO", "mg/L", 0, 20, "4x0107", "float"],
        [5, "TIT_201", "1#好氧池水温", "℃", "0", "５０", 40109, "INT"],
    ):
        sheet.append(row)
    for merged in ("A1:K1", "E3:F3", "I3:J3", "L5:L6", *(f"{letter}3:{letter}4" for letter in "ABCDGHKL")):
        sheet.merge_cells(merged)
    book.create_sheet("说明").append(["这是说明"])
    status = book.create_sheet("DI")
    status.append(["变量名", "描述", "地址", "类型", "区域", "端子"])
    status.append(["P101A.RUN", "1#泵运行", "10001", "DI", "提升泵房", "X1"])
    book.save(file)


def test_a_list_is_read_shown_and_written(ran: Ran, plant: Path) -> None:
    workbook(Path("list.xlsx"))
    before = (plant / "points.csv").read_bytes()

    code, said = ran("list.xlsx")

    assert (code, said) == (
        0,
        [*expected("workbook"), "", "plant/points.csv: written; the former file is points.csv.1.bak"],
    )
    assert check(plant) == []
    assert (plant / "points.csv.1.bak").read_bytes() == before
    assert [
        (p.tag, int(p.function_code), p.offset, str(p.data_type), str(p.word_order))
        for p in read_folder(plant).modbus_points
    ] == [
        ("FIT-101", 3, 100, "F32", "ABCD"),
        ("FQ-101", 3, 102, "U32", "ABCD"),
        ("LIT_102", 3, 104, "F32", "CDAB"),
        ("DO_201", 3, 106, "F32", "ABCD"),
        ("TIT_201", 3, 108, "S16", "ABCD"),
        ("P101A_RUN", 2, 0, "BOOL", "ABCD"),
    ]


def test_a_dry_run_writes_nothing(ran: Ran, plant: Path) -> None:
    workbook(Path("list.xlsx"))
    before = {file.name: file.read_bytes() for file in plant.iterdir() if file.is_file()}

    code, said = ran("list.xlsx", "--dry-run")

    assert (code, said) == (0, [*expected("workbook"), "", "nothing was written: this was a dry run"])
    assert {file.name: file.read_bytes() for file in plant.iterdir() if file.is_file()} == before


def test_points_that_were_there_are_kept_and_changed_by_tag(ran: Ran, plant: Path) -> None:
    workbook(Path("list.xlsx"))
    ran("list.xlsx")
    text = (plant / "points.csv").read_text("utf-8")
    # What was set by hand afterwards, and what another list does not speak of.
    text = text.replace("进水流量,进水流量,AI", "进水流量,influent flow,AI").replace(
        ",0,5,,,\n", ",0,1,,,\n", 1
    )
    (plant / "points.csv").write_text(text, "utf-8")
    Path("new.csv").write_text(
        "位号,名称,寄存器地址,量程上限,单位,数据类型,量程下限,区域\n"
        "FIT-101,进水流量,40201,2000,,,,\n"
        "NEW_1,新点,40301,10,m,REAL,0,进水\n",
        "utf-8",
    )

    code, said = ran("new.csv")

    assert code == 0
    assert said[-6:] == [
        "plant/points.csv:",
        "  ~ FIT-101: offset0 100 → 200, range_hi 1600 → 2000",
        "  + NEW_1",
        "  1 added, 1 changed, 5 not in the list, kept",
        "",
        "plant/points.csv: written; the former file is points.csv.2.bak",
    ]
    line = (plant / "points.csv").read_text("utf-8").splitlines()[1]
    assert line.startswith("FIT-101,influent,进水流量,influent flow,AI,m3/h,0,2000,PLC1,FC03,200,2,F32,,1,")
    assert line.endswith(",0,1,,,")


@pytest.mark.parametrize(
    ("encoding", "separator", "note"),
    [
        ("utf-8", ",", None),
        ("utf-8-sig", ",", None),
        ("gbk", ",", "list.csv: read as GBK"),
        ("gb18030", ";", "list.csv: read as GBK, separated by semicolons"),
        ("utf-16", "\t", "list.csv: read as UTF-16, separated by tabs"),
    ],
)
def test_any_encoding_and_separator_will_do(
    encoding: str, separator: str, note: str | None, ran: Ran, plant: Path
) -> None:
    rows = [
        ["位号", "名称", "单位", "量程", "功能码", "地址", "数据类型", "区域"],
        ["DO1", "好氧池DO", "mg/L", "0～20", "03", "0", "REAL", "好氧池"],
        ["DO2", "好氧池DO", "mg/L", "0～20", "03", "2", "REAL", "好氧池"],
    ]
    Path("list.csv").write_bytes("\r\n".join(separator.join(row) for row in rows).encode(encoding))

    code, said = ran("list.csv")

    assert code == 0
    assert [line for line in said if line.startswith("list.csv: ")] == [
        *([note] if note else []),
        "list.csv: addresses count from 0: one of them is 0",
    ]
    assert [point.offset for point in read_folder(plant).modbus_points] == [0, 2]


def test_each_unclear_cell_is_told_with_its_place_and_mend(ran: Ran, plant: Path) -> None:
    shutil.copyfile(CASES / "unclear" / "list.csv", "list.csv")
    before = (plant / "points.csv").read_bytes()

    code, said = ran("list.csv")

    assert code == 2
    assert [line for line in said if line.startswith("list.csv row")] == expected("unclear")
    assert said[-1] == "nothing was written: 15 things are unclear; --leave-out imports the other points"
    assert (plant / "points.csv").read_bytes() == before


def test_what_is_clear_can_be_imported_without_the_rest(ran: Ran, plant: Path) -> None:
    shutil.copyfile(CASES / "unclear" / "list.csv", "list.csv")

    code, said = ran("list.csv", "--leave-out")

    assert code == 2
    assert said[-1] == "plant/points.csv: written; the former file is points.csv.1.bak"
    assert [point.tag for point in read_folder(plant).modbus_points] == ["A1"]


def test_what_the_list_leaves_open_is_said_on_the_command_line(ran: Ran, plant: Path) -> None:
    Path("list.csv").write_text(
        "代号,中文名,单位,量程,Modbus地址,FC\nT1,水温,℃,0-50,101,3\nT2,水温,℃,0-50,103,3\n", "utf-8"
    )

    code, said = ran(
        "list.csv", "--column", "代号=tag", "--first", "1", "--type", "F32", "--order", "CDAB", "--area",
        "effluent", "--poll", "2",
    )  # fmt: skip

    assert code == 0, said
    assert [
        (p.tag, p.offset, str(p.data_type), str(p.word_order), p.poll.total_seconds())
        for p in read_folder(plant).modbus_points
    ] == [("T1", 100, "F32", "CDAB", 2.0), ("T2", 102, "F32", "CDAB", 2.0)]


def test_connections_units_bits_and_raw_ranges_of_a_list_are_understood(ran: Ran, plant: Path) -> None:
    (plant / "connections.yaml").write_text(
        "GW1: {type: modbus, host: 10.0.0.1, word_order: CDAB,"
        " units: {FM1: {unit_id: 3}, FM2: {unit_id: 4}}}\n"
        "PLC7: {type: modbus, host: 10.0.0.7}\n",
        "utf-8",
    )
    before = (plant / "points.csv").read_text("utf-8")
    (plant / "points.csv").write_text(before.replace("PLC1", "PLC7"), "utf-8")
    Path("list.csv").write_text(
        "位号,名称,单位,量程,原始下限,原始上限,IP地址,站号,地址,类型,数据类型,区域\n"
        "F1,流量,m3/h,0-500,,,10.0.0.1,3,40001,AI,REAL,进水\n"
        "F2,流量,m3/h,0-500,,,10.0.0.1,4,40001,AI,REAL,进水\n"
        "P7,压力,MPa,-0.1~1.5,0,27648,10.0.0.7,,30005,模拟量,UINT,进水\n"
        "R7,运行,,,,,10.0.0.7,,40010.03,开关量,,进水\n",
        "utf-8",
    )

    code, said = ran("list.csv")

    assert code == 0, said
    points = {point.tag: point for point in read_folder(plant).modbus_points}
    assert {tag: (p.source, str(p.word_order), p.offset, str(p.data_type), p.bit) for tag, p in points.items()
            if not tag.startswith("EXAMPLE")} == {
        "F1": ("GW1.FM1", "CDAB", 0, "F32", None),
        "F2": ("GW1.FM2", "CDAB", 0, "F32", None),
        "P7": ("PLC7", "ABCD", 4, "U16", None),
        "R7": ("PLC7", "ABCD", 9, "BOOL", 3),
    }  # fmt: skip
    assert points["P7"].scale == pytest.approx(1.6 / 27648)
    assert points["P7"].shift == pytest.approx(-0.1)


def test_a_folder_s_own_points_are_a_list_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shutil.copytree(DEMO_FOLDER, tmp_path / "demo")

    with pytest.raises(SystemExit) as ended:
        main(["points", "import", "demo/points.csv", "--into", "demo"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "demo/points.csv:",
        "  260 as they are",
        "",
        "nothing was written: points.csv says all of it already",
    ]


def test_a_point_that_check_would_refuse_is_told_at_its_row(ran: Ran) -> None:
    Path("list.csv").write_text(
        "位号,名称,单位,量程,寄存器地址,数据类型,区域,高报,高高报\n"
        "A1,甲,m,0-10,40001,REAL,好氧池,8,7\n"
        "A2,乙,m,0-10,40002,REAL,好氧池,,\n",
        "utf-8",
    )

    code, said = ran("list.csv")

    assert code == 2
    assert [line for line in said if line.startswith("list.csv row")] == [
        'list.csv row 2: point "A1": H 8 is not below HH 7:'
        " write limits that rise from LL over L and H to HH",
        'list.csv row 3: point "A2": address 1 to 2 (F32) is read by "A1" on line 2 already:'
        " set offset0 to an address of its own, or remove one of the two",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["nowhere.xlsx"],
            "nowhere.xlsx: there is no such file: write the path of a point list, .csv or .xlsx",
        ),
        (["plant"], "plant: this is no file: write the path of a point list, .csv or .xlsx"),
        (["list.csv", "--source", "PLC7"], "--source PLC7: the folder has PLC1"),
        (["list.csv", "--sheet", "AI"], 'list.csv: there is no sheet "AI": it has '),
    ],
)
def test_what_was_asked_wrongly_is_told(words: list[str], told: str, ran: Ran) -> None:
    Path("list.csv").write_text("位号,地址\nA1,40001\n", "utf-8")

    code, said = ran(*words)

    assert code == 2
    assert told in said
