"""JSON Schemas of a folder's YAML files, for editors: made from the settings that read them.

What a schema cannot say (that a tag exists, that a host can be one) `outfall check` says. The files
stand in `.schema/` of a plant folder, where the first line of each YAML file names its own:

    # yaml-language-server: $schema=.schema/plant.json
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import time, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from collectors.modbus.settings import ModbusSettings
from collectors.mqtt.settings import MqttSettings
from config.bits_file import BitSettings
from config.plant_file import PlantSettings
from operations.rules.settings import RuleSet
from telemetry.settings import Settings

FOLDER: Final = ".schema"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DURATION: Final = r"^\s*[0-9]{1,12}(\.[0-9]{1,12})?\s*(ms|s|min|h|d)\s*$"
_TIME_OF_DAY: Final = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
_ID: Final = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
_CONNECTIONS: Final[Mapping[str, type[Settings]]] = {"modbus": ModbusSettings, "mqtt": MqttSettings}


class _Written(GenerateJsonSchema):
    """Values as they are written in the folder: durations as `5s`, enumerations by their words."""

    def timedelta_schema(self, schema: core_schema.TimedeltaSchema) -> JsonSchemaValue:
        """Return what a duration looks like."""
        return {"type": "string", "pattern": _DURATION, "examples": ["500ms", "5s", "10min"]}

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:
        """Return what a time of day looks like."""
        return {"type": "string", "pattern": _TIME_OF_DAY, "examples": ["02:30"]}

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        """Return the words of an enumeration."""
        return {"type": "string", "enum": [_word(member) for member in schema["members"]]}

    def encode_default(self, dft: Any) -> Any:
        """Return a default as one would write it."""
        if isinstance(dft, timedelta):
            return f"{dft.total_seconds():g}s"
        if isinstance(dft, time):
            return f"{dft:%H:%M}"
        return _word(dft) if isinstance(dft, Enum) else super().encode_default(dft)

    def generate(self, schema: core_schema.CoreSchema, mode: JsonSchemaMode = "validation") -> Any:
        """Return the schema without the titles made of the keys: editors show them above what matters."""
        return _plain(super().generate(schema, mode))


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each YAML file by its name without the ending."""
    made: Mapping[str, Callable[[], dict[str, Any]]] = {
        "plant": lambda: _of(PlantSettings),
        "connections": _connections,
        "bits": _bits,
        "rules": _rules,
    }
    return {
        name: {"$schema": _DIALECT, "title": f"Outfall: {name}.yaml", **make()} for name, make in made.items()
    }


def schema_files() -> Iterator[tuple[Path, str]]:
    """Yield each schema's path within a plant folder, and its text."""
    for name, schema in schemas().items():
        yield Path(FOLDER, f"{name}.json"), json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _of(model: type[Settings]) -> dict[str, Any]:
    return model.model_json_schema(schema_generator=_Written)


def _connections() -> dict[str, Any]:
    schemas = {kind: _of(model) for kind, model in _CONNECTIONS.items()}
    chosen = [
        {"if": {"properties": {"type": {"const": kind}}, "required": ["type"]}, "then": _without_defs(schema)}
        for kind, schema in schemas.items()
    ]
    one = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": list(schemas), "description": "modbus or mqtt"}},
        "allOf": chosen,
    }
    defs = {name: each for schema in schemas.values() for name, each in schema.get("$defs", {}).items()}
    return {
        "description": "connections by id, which is the source in points.csv",
        "type": "object",
        "propertyNames": {"pattern": _ID, "not": {"enum": ["MANUAL", "NODE"]}},
        "additionalProperties": one,
        "$defs": defs,
    }


def _bits() -> dict[str, Any]:
    schema = _of(BitSettings)
    return {
        "description": "named sets of bits for the `bits` column of points.csv",
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
            "additionalProperties": _without_defs(schema),
        },
        "$defs": schema.get("$defs", {}),
    }


def _rules() -> dict[str, Any]:
    schema = _of(RuleSet)
    # Each set says only what differs from the one before it, down to single keys of a clause.
    item = _nothing_required(_without_defs(schema)) | {"required": ["valid_from"]}
    return {
        "type": "object",
        "required": ["rule_sets"],
        "additionalProperties": False,
        "properties": {"rule_sets": {"type": "array", "items": item}},
        "$defs": _nothing_required(schema.get("$defs", {})),
    }


def _without_defs(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in ("$defs", "title")}


def _nothing_required(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_nothing_required(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _nothing_required(value)
        for key, value in schema.items()
        if key != "required" or not isinstance(value, list)
    }


def _plain(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _plain(value)
        for key, value in schema.items()
        # A key called `title` has a schema of its own, which is no text.
        if key != "title" or not isinstance(value, str)
    }


def _word(member: Any) -> Any:
    return getattr(member, "word", member.value)
