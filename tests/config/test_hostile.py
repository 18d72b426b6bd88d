import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.check import check
from config.problems import MOST_TOLD
from tests.config.folders import good_folder, replace, told

NOBODY = 65534


@contextmanager
def without_privileges() -> Iterator[None]:
    """Read as nobody where the tests run as root, whom no file refuses."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def shared_plant() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as where:
        os.chmod(where, 0o755)
        yield good_folder(Path(where))


def test_a_folder_that_does_not_exist_is_told_as_such(tmp_path: Path) -> None:
    missing = tmp_path / "plant"

    assert [str(problem) for problem in check(missing)] == [
        f"{missing}: there is no such folder: write the path of a plant folder"
    ]


def test_a_file_in_place_of_the_folder_is_told_as_such(tmp_path: Path) -> None:
    file = tmp_path / "plant.yaml"
    file.write_text("id: x")

    assert [problem.what for problem in check(file)] == ["this is not a folder"]


def test_a_path_that_can_be_none_is_told(tmp_path: Path) -> None:
    assert [problem.what for problem in check(tmp_path / "a\0b")] == ["there is no such folder"]
    assert len(check(tmp_path / ("x" * 5000))) == 1


def test_a_file_nobody_may_read_is_told(shared_plant: Path) -> None:
    (shared_plant / "points.csv").chmod(0)

    with without_privileges():
        assert told(shared_plant) == [
            "points.csv:1: the file cannot be read: give this user the right to read it"
        ]


def test_a_folder_nobody_may_enter_is_told(shared_plant: Path) -> None:
    shared_plant.chmod(0)

    with without_privileges():
        problems = check(shared_plant)
    shared_plant.chmod(0o755)

    assert {problem.line for problem in problems} == {1}
    assert all("cannot be read" in problem.what for problem in problems)


def test_a_folder_within_one_nobody_may_enter_is_told(shared_plant: Path) -> None:
    shared_plant.chmod(0)

    with without_privileges():
        problems = check(shared_plant / "inner")
    shared_plant.chmod(0o755)

    assert [problem.what for problem in problems] == ["it cannot be read (Permission denied)"]


def test_a_pipe_a_device_and_a_loop_of_links_are_told_and_do_not_hang(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    for name in ("points.csv", "limits.csv", "bits.yaml"):
        (plant / name).unlink()
    os.mkfifo(plant / "points.csv")
    (plant / "limits.csv").symlink_to("/dev/zero")
    (plant / "bits.yaml").symlink_to("bits.yaml")

    assert [line.partition(": put")[0] for line in told(plant)] == [
        "bits.yaml:1: the file cannot be read (Too many levels of symbolic links)",
        "limits.csv:1: this is not a plain file",
        "points.csv:1: this is not a plain file",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux' /proc for a file that fails when read")
def test_a_file_that_fails_when_it_is_read_is_told(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    (plant / "points.csv").unlink()
    (plant / "points.csv").symlink_to("/proc/self/mem")

    assert [line.partition(": put")[0] for line in told(plant)] == [
        "points.csv:1: the file cannot be read (Input/output error)"
    ]


def test_a_file_beyond_all_size_is_not_read_whole(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    with (plant / "plant.yaml").open("wb") as file:
        file.truncate(1 << 40)

    assert [line.partition(": check")[0] for line in told(plant)] == [
        "plant.yaml:1: the file is larger than 1,000,000 bytes"
    ]


def test_thousands_of_mistakes_are_counted_beyond_what_is_told(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    header, *_ = (plant / "points.csv").read_text("utf-8").splitlines()
    rows = "\n".join(f"T{number},nowhere,x,x,AI,-,1,0,PLC1,,,,,,,,,,,,,,,0,x,,," for number in range(5000))
    (plant / "points.csv").write_text(f"{header}\n{rows}\n", "utf-8")

    problems = check(plant)

    assert len(problems) == MOST_TOLD + 1
    assert problems[-1].what.endswith("more mistakes")
    assert str(problems[-1]).startswith(f"{plant}: ")


def test_nothing_a_folder_holds_reaches_the_terminal_raw(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    replace(plant / "points.csv", "1#溶解氧,DO 1,AI", "1#溶解氧,DO 1,\x9b31mAI")
    replace(plant / "plant.yaml", "stage: network", 'stage: "\\e[31m"')
    replace(plant / "connections.yaml", "type: mqtt", "type: \x1b]0;x")

    assert all(line.isprintable() for line in told(plant))


def test_one_mistake_in_a_set_of_bits_is_not_told_for_every_point_that_uses_it(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    replace(plant / "bits.yaml", "bit: 1", "bit: one")

    assert told(plant) == [
        'bits.yaml:3: set "motor": fault: bit is "one": write a whole number — 0 is the least significant'
    ]


def test_a_point_with_a_mistake_is_still_known_to_others(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    replace(plant / "points.csv", "B1_ST,blowers", "B1_ST,blower")

    assert told(plant) == ['points.csv:2: point "B1_ST": area "blower" is unknown: did you mean "blowers"?']


def test_a_broken_connection_does_not_make_its_points_wrong(tmp_path: Path) -> None:
    plant = good_folder(tmp_path)
    replace(plant / "connections.yaml", "type: mqtt", "type: mqt")

    assert told(plant) == ['connections.yaml:9: connection "MQTT": type is "mqt": did you mean "mqtt"?']
