from pathlib import Path
from typing import Any

import pytest

from config.problems import Problems
from config.yaml_file import YamlFile, read_yaml


def read(folder: Path, text: str) -> tuple[YamlFile | None, list[tuple[int, str]]]:
    file = folder / "some.yaml"
    file.write_text(text, "utf-8")
    problems = Problems(folder)
    result = read_yaml(file, "settings", problems)
    return result, [(problem.line, problem.what) for problem in problems.error().problems]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12", 12),
        ("-1.5e3", -1500.0),
        ("true", True),
        ("~", None),
        ("no", "no"),
        ("12:30", "12:30"),
        ("2026-03-28", "2026-03-28"),
        ("1_000", "1_000"),
        ("'12'", "12"),
        ("１２", "１２"),
        ("0x1F", "0x1F"),
        ("9" * 30, 1e30),
    ],
)
def test_a_scalar_is_what_it_looks_like(written: str, meant: Any, tmp_path: Path) -> None:
    result, mistakes = read(tmp_path, f"key: {written}")

    assert result is not None
    assert result.value == {"key": meant}
    assert type(result.value["key"]) is type(meant)
    assert mistakes == []


def test_every_place_has_its_line(tmp_path: Path) -> None:
    result, _ = read(tmp_path, "a:\n  - b: 1\n    c:\n      d: 2\n  - e\n")

    assert result is not None
    assert result.lines == {
        (): 1,
        ("a",): 1,
        ("a", 0): 2,
        ("a", 0, "b"): 2,
        ("a", 0, "c"): 3,
        ("a", 0, "c", "d"): 4,
        ("a", 1): 5,
    }
    assert result.line(("a", 0, "missing", "deeper")) == 2


def test_of_a_key_said_twice_the_first_counts(tmp_path: Path) -> None:
    result, mistakes = read(tmp_path, "a: 1\nb: 2\na: [3, {a: 4}]\n")

    assert result is not None
    assert result.value == {"a": 1, "b": 2}
    assert mistakes == [(3, '"a" stands here again, first on line 1')]


def test_an_alias_is_told_and_never_followed(tmp_path: Path) -> None:
    result, mistakes = read(tmp_path, "a: &x [1]\nb: *x\nc: 3\n")

    assert result is not None
    assert result.value == {"a": [1], "b": None, "c": 3}
    assert result.is_spoiled(("b",))
    assert result.is_spoiled(("b", "deeper"))
    assert not result.is_spoiled(("c",))
    assert mistakes == [(2, 'an alias "*x"')]


def test_a_tag_makes_no_object(tmp_path: Path) -> None:
    result, mistakes = read(tmp_path, "a: !!python/name:os.system x\n")

    assert result is not None
    assert result.value == {"a": "x"}
    assert mistakes == [(1, 'a tag "tag:yaml.org,2002:python/name:os.system"')]


def test_a_key_that_is_a_list_is_told(tmp_path: Path) -> None:
    result, mistakes = read(tmp_path, "? [a, b]\n: 1\nc: 2\n")

    assert result is not None
    assert result.value == {"c": 2}
    assert mistakes == [(1, "a key that is not a word")]


def test_a_control_character_written_as_an_escape_is_told(tmp_path: Path) -> None:
    result, mistakes = read(tmp_path, 'a: 1\nb: "x\\0y"\n')

    assert result is not None
    assert result.value == {"a": 1, "b": None}
    assert mistakes == [(2, "a control character written as an escape")]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a:\n\tb: 1\n", 2, "a tab stands where YAML wants spaces"),
        ("a: [1, 2\nb: 3\n", 1, "a bracket opened in this line is not closed"),
        ("a: {b: 1\n\nc: 3\n", 1, "a bracket opened in this line is not closed"),
        ("a: 1\nb: 'x\nc: 3\n", 2, "a quote opened in this line is not closed"),
        ("a: [\n  1,\n  {b: 2]\n]\n", 3, "this is not YAML (did not find expected ',' or '}')"),
        ("a: b: c\n", 1, "this is not YAML (mapping values are not allowed in this context)"),
        ("a: 1\n b: 2\n", 2, "this is not YAML (mapping values are not allowed in this context)"),
    ],
)
def test_what_is_no_yaml_is_told_where_it_was_written(
    text: str, line: int, what: str, tmp_path: Path
) -> None:
    result, mistakes = read(tmp_path, text)

    assert result is None
    assert mistakes == [(line, what)]


def test_lines_are_counted_the_same_under_windows(tmp_path: Path) -> None:
    _, mistakes = read(tmp_path, "a: 1\r\nb: 2\r\nb: 3\r\n")

    assert mistakes == [(3, '"b" stands here again, first on line 2')]
