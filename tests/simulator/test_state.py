"""The state file: whole or not at all."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from simulator import state


@dataclass
class Part:
    level: float = 1.0
    on: bool = False
    count: int = 3
    inner: "list[Part]" = field(default_factory=list)


def test_what_is_captured_is_restored_in_place() -> None:
    part = Part(level=2.5, on=True, count=7, inner=[Part(level=9.0)])
    other = Part(inner=[Part()])
    inside = other.inner[0]

    state.restore(other, state.capture(part))

    assert other == part
    assert other.inner[0] is inside


@pytest.mark.parametrize(
    "changed",
    [
        {"level": "high"}, {"level": float("nan")}, {"on": 1}, {"count": 2.5}, {"inner": []},
        {"inner": [{"level": 1.0}]}, {"more": 1}, {"level": None},
    ],
)  # fmt: skip
def test_a_state_of_another_shape_is_refused(changed: dict[str, Any]) -> None:
    part = Part(inner=[Part()])

    with pytest.raises(ValueError, match=r"."):
        state.restore(part, state.capture(part) | changed)


def test_a_written_state_is_read_again_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "plant.json"

    state.write(file, {"now_us": 1})
    state.write(file, {"now_us": 2})

    assert state.read(file) == {"now_us": 2}
    assert list(tmp_path.iterdir()) == [file]


def test_no_file_is_no_state(tmp_path: Path) -> None:
    assert state.read(tmp_path / "plant.json") is None


@pytest.mark.parametrize("text", ["", "[]", '{"now_us": 1', "\x00\xff"])
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "plant.json"
    file.write_text(text, encoding="latin-1")

    with pytest.raises(ValueError, match=r"."):
        state.read(file)
