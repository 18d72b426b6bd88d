"""Tables of the keys of settings models, for docs/reference/."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

HEADER = ("key", "type", "default", "meaning")


def settings_table(model: type[BaseModel]) -> str:
    """Return a Markdown table of a model's keys, in the order of the model."""
    rows = [
        (f"`{name}`", kind_of(field), default_of(field), meaning_of(model, name, field))
        for name, field in model.model_fields.items()
    ]
    return table(HEADER, rows)


def table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a Markdown table; a bar within a cell is escaped."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def meaning_of(model: type[BaseModel], name: str, field: FieldInfo) -> str:
    """Return a key's description; ValueError where nobody wrote one."""
    if get_origin(field.annotation) is Literal:
        return field.description or "what the entry is"
    if not field.description:
        raise ValueError(f"{model.__name__}.{name} has no description")
    return field.description


def default_of(field: FieldInfo) -> str:
    """Return what holds where the key is left out."""
    if field.is_required():
        return "must be written"
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is None or default is PydanticUndefined or default == "":
        return "none"
    if isinstance(default, BaseModel):
        return "the defaults below"
    return f"`{_written(default)}`"


def _written(value: Any) -> str:
    if isinstance(value, time):
        return f"'{value:%H:%M}'"
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        return f"{seconds:g}s"
    if isinstance(value, Enum):
        return str(getattr(value, "word", value.value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def kind_of(field: FieldInfo) -> str:
    """Return what may be written: a type, its bounds, its words."""
    annotation = _without_none(field.annotation)
    bounds = _bounds([*field.metadata, *_metadata(annotation)])
    return _kind(annotation, bounds)


def _kind(annotation: Any, bounds: Mapping[str, Any]) -> str:
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0], bounds)
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{word}`" for word in get_args(annotation))
    if get_origin(annotation) is tuple:
        return f"list of {_kind(get_args(annotation)[0], {})}{_between(bounds, 'length')}"
    if get_origin(annotation) is Mapping:
        return f"keys, each {_kind(get_args(annotation)[1], {})}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(f"`{_written(member)}`" for member in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "keys"
    word = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`"}.get(annotation)
    if annotation is timedelta:
        word = "duration"
    if annotation is date:
        return "day, such as `2026-07-01`"
    if annotation is time:
        return "time of day"
    if word is None:
        raise ValueError(f"no word for {annotation}")
    return word + (_between(bounds, "length") if annotation is str else _between(bounds, "value"))


def _between(bounds: Mapping[str, Any], of: str) -> str:
    low, high = ("min_length", "max_length") if of == "length" else ("ge", "le")
    least, most, above = bounds.get(low), bounds.get(high), bounds.get("gt")
    if of == "length":
        return f", at most {most}" if most is not None else ""
    if above is not None:
        return f" above {_written(above)}" + (f", at most {most:.15g}" if most is not None else "")
    if least is None:
        return ""
    return f" {_written(least)} to {_written(most)}" if most is not None else f", at least {_written(least)}"


def _bounds(metadata: list[Any]) -> Mapping[str, Any]:
    names = ("ge", "gt", "le", "lt", "min_length", "max_length")
    return {
        name: value for item in metadata for name in names if (value := getattr(item, name, None)) is not None
    }


def _metadata(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
        return kinds[0]
    return annotation
