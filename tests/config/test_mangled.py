"""Whatever happens to the bytes of a folder, only mistakes with file and line come of it."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.check import check
from config.demo import DEMO_FOLDER
from tests.config.folders import CASES, FILES, GOOD, good_folder

ALL_COLUMNS = CASES / "good-with-all-columns"
MANGLED = {folder: {name: (folder / name).read_bytes() for name in FILES} for folder in (GOOD, DEMO_FOLDER)}
SNIPPETS = [
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    "，".encode(),
    "１２".encode(),
    "泵".encode("gbk"),
    b'"',
    b"'",
    b"\t",
    b"\r",
    b"\n",
    b"\r\n",
    b",",
    b";",
    b":",
    b"-",
    b"&a ",
    b"*a",
    b"!!int ",
    b"[",
    b"]",
    b"{",
    b"}",
    b"{key}",
    b"? ",
    b"| ",
    b"%",
    b"---\n",
    b'"\\0"',
    b"nan",
    b"1e999",
    b"-1",
    b"99999999999999999999",
    b"null",
    b"true",
    b"()",
    b"any(",
    b"0x",
    b"2^",
    b"FC03 ",
    b"*",
]


@st.composite
def mangled(draw: st.DrawFn, data: bytes) -> bytes:
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        length = draw(st.sampled_from([0, 1, 1, 2, 5, 30, 300]))
        how = draw(st.sampled_from(["put", "put", "delete", "double", "random"]))
        piece = {
            "put": draw(st.sampled_from(SNIPPETS)),
            "delete": b"",
            "double": data[start : start + length] * 2,
            "random": draw(st.binary(max_size=8)),
        }[how]
        data = data[:start] + piece + data[start + length :]
    return data


def check_mangled(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as where:
        plant = good_folder(Path(where))
        (plant / name).write_bytes(data)
        for problem in check(plant):
            assert problem.line >= (0 if problem.file == str(plant) else 1)
            assert problem.file.startswith(str(plant))
            assert problem.what
            assert problem.mend
            assert str(problem).isprintable()
            assert not {"validation error", "Input should", "Value error"} & set(str(problem).split(": "))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_mangled_files_of_a_small_plant_end_in_mistakes_only(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES))

    check_mangled(name, data.draw(mangled(MANGLED[GOOD][name])))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_mangled_files_of_the_demo_end_in_mistakes_only(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES))

    check_mangled(name, data.draw(mangled(MANGLED[DEMO_FOLDER][name])))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_mangled_optional_columns_end_in_mistakes_only(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["points.csv", "connections.yaml"]))

    check_mangled(name, data.draw(mangled((ALL_COLUMNS / name).read_bytes())))


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(FILES), data=st.binary(max_size=300))
def test_random_bytes_end_in_mistakes_only(name: str, data: bytes) -> None:
    check_mangled(name, data)


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from([name for name in FILES if name.endswith("yaml")]), text=st.text(max_size=200))
def test_random_text_ends_in_mistakes_only(name: str, text: str) -> None:
    check_mangled(name, text.encode("utf-8", "surrogatepass"))
