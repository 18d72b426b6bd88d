"""What an editor is told of the YAML files agrees with what reads them."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from config.demo import DEMO_FOLDER
from config.problems import Problems
from config.schemas import schemas
from config.yaml_file import read_yaml
from tests.config.folders import CASES, GOOD

SCHEMAS = schemas()
FOUND_BY_EDITORS = (
    ("unknown-keys", "plant"),
    ("unknown-keys", "connections"),
    ("wrong-values", "plant"),
    ("wrong-values", "connections"),
    ("wrong-shapes", "plant"),
    ("history-settings", "plant"),
    ("bits", "bits"),
    ("influx", "plant"),
    ("push", "plant"),
)


def mistakes(name: str, value: Any) -> list[str]:
    """Return the places that an editor would underline."""
    found = Draft202012Validator(SCHEMAS[name]).iter_errors(value)
    return sorted(error.json_path for error in found)


def written(file: Path) -> Any:
    """Return what a file says, whether it is right or wrong."""
    yaml = read_yaml(file, "", Problems(file.parent))
    assert yaml is not None
    return yaml.value


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("folder", [DEMO_FOLDER, GOOD], ids=["demo", "good"])
def test_folders_without_mistakes_have_none_in_an_editor(folder: Path) -> None:
    files = [folder / f"{name}.yaml" for name in SCHEMAS if (folder / f"{name}.yaml").exists()]

    assert len(files) >= 3
    assert {file.name: mistakes(file.stem, written(file)) for file in files} == {
        file.name: [] for file in files
    }


@pytest.mark.parametrize(("case", "name"), FOUND_BY_EDITORS)
def test_broken_files_are_broken_in_an_editor_too(case: str, name: str) -> None:
    file = CASES / case / f"{name}.yaml"

    assert mistakes(name, written(file)) != []


def test_each_mistake_is_underlined_where_it_stands() -> None:
    plc = {"type": "modbus", "host": "10.0.0.1", "timeout": "2", "max_gap": 500, "unit_id": 1}
    broker = {
        "type": "mqtt",
        "host": "b",
        "client_id": "c",
        "subscriptions": [{"topic": "t"}],
        "pasword": "x",
    }

    assert mistakes("connections", {"PLC1": plc, "B": broker, "X": {"type": "profibus"}, "a b": plc}) == [
        "$",
        "$.B",
        "$.B.subscriptions[0]",
        "$.PLC1.max_gap",
        "$.PLC1.timeout",
        "$.X.type",
        "$['a b'].max_gap",
        "$['a b'].timeout",
    ]


def test_durations_times_and_priorities_are_written_as_words() -> None:
    bit = {"bit": 1, "zh": "故障", "en": "fault", "alarm": {"priority": "high", "on_delay": "2s"}}
    plant = written(GOOD / "plant.yaml")

    assert mistakes("bits", {"motor": {"fault": bit}}) == []
    assert mistakes("plant", {**plant, "history": {"compact_at": "02:30"}}) == []
    for alarm in ({"priority": 3}, {"priority": "low", "on_delay": "2 sec"}):
        assert mistakes("bits", {"motor": {"fault": {**bit, "alarm": alarm}}}) == ["$.motor.fault.alarm"]
    assert mistakes("plant", {**plant, "history": {"compact_at": "2:30"}}) == ["$.history.compact_at"]


def test_a_rule_set_says_only_what_differs() -> None:
    assert mistakes("rules", {"rule_sets": [{"valid_from": "2026-07-01", "wages": {}}]}) == []
    assert mistakes("rules", {"rule_sets": [{"wage": {}}]}) == ["$.rule_sets[0]", "$.rule_sets[0]"]


def test_every_key_says_what_it_means() -> None:
    silent = [
        f"{name}: {key}"
        for name, schema in SCHEMAS.items()
        for owner in (schema, *schema["$defs"].values())
        for key, value in owner.get("properties", {}).items()
        if "description" not in value and key not in ("type", "rule_sets")
    ]

    assert silent == []
