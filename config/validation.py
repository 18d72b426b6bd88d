"""What pydantic finds, said with its line and with how to mend it."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from config.cells import number_meant
from config.problems import Problems, choose, nearest, quoted
from config.secrets import FALLBACK_MEND, SECRET_MEND, TOKEN_MEND, is_secret
from config.yaml_file import Path_, YamlFile

ModelT = TypeVar("ModelT", bound=BaseModel)

_BOUNDS: Final = (
    ("greater_than_equal", "ge", "of at least"),
    ("greater_than", "gt", "above"),
    ("less_than_equal", "le", "of at most"),
    ("less_than", "lt", "below"),
)
_PRIVATE: Final = frozenset(
    {"host", "url", "username", "password_env", "password_file", "token_env", "token_file", "client_id"}
    | {"public_url", "fallback_env", "fallback_file"}
)


def validate(
    model: type[ModelT],
    value: Any,
    yaml: YamlFile,
    at: Path_,
    subject: str,
    problems: Problems,
    told: Collection[Path_] = (),
) -> ModelT | None:
    """Return the model of what stands at a place of a file, None after telling its mistakes.

    `subject` starts each message: `connection "PLC1"`; `told` are places, from `at` on, whose own
    mistakes the caller has told.
    """
    found = [
        (path, f"{_written(path)} is {word}", "write a number") for path, word in _booleans(model, value, ())
    ]
    result: ModelT | None = None
    try:
        result = model.model_validate(value)
    except ValidationError as error:
        for detail in _told(model, error.errors(include_url=False)):
            found.append((tuple(detail["loc"]), *_say(model, detail)))
    for path, what, mend in found:
        if path not in told and not yaml.is_spoiled((*at, *path)):
            prefix = f"{subject}: " if subject else ""
            problems.add(yaml.file, yaml.line((*at, *path)), f"{prefix}{what}", mend)
    return None if found else result


def _told(model: type[BaseModel], details: list[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Yield the errors that are no mere consequence of another one."""
    misspelt = {
        (*detail["loc"][:-1], nearest(str(detail["loc"][-1]), _fields_at(model, tuple(detail["loc"][:-1]))))
        for detail in details
        if detail["type"] == "extra_forbidden"
    }
    around = {tuple(detail["loc"][:length]) for detail in details for length in range(len(detail["loc"]))}
    consequences: dict[str, Collection[object]] = {"missing": misspelt, "too_short": around}
    for detail in details:
        loc = tuple(detail["loc"])
        # An entry that is wrong counts as none, so pydantic finds the list around it too short as well.
        if loc not in consequences.get(detail["type"], ()):
            yield detail


def _booleans(here: Any, value: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    """Yield where true or false stands for a number: pydantic would take them for 1 and 0."""
    if isinstance(value, bool) and here in (int, float):
        yield path, str(value).lower()
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _booleans(_inner(here, key), item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _booleans(_inner(here, index), item, (*path, index))


def _say(model: type[BaseModel], detail: ErrorDetails) -> tuple[str, str]:
    loc = tuple(detail["loc"])
    kind = detail["type"]
    name = _written(loc) or "this"
    context: Mapping[str, Any] = detail.get("ctx", {})
    fields = _fields_at(model, loc[:-1])
    field = fields.get(str(loc[-1])) if loc else None
    about = f" — {field.description}" if field is not None and field.description else ""
    if kind == "extra_forbidden":
        return _unknown_key(loc, fields)
    if kind == "missing":
        return f"{name} is missing", f"add it{about}"
    if kind == "value_error":
        what, _, mend = str(context["error"]).partition("; ")
        return f"{name}: {what}", f"{mend or 'write another value'}{about}"
    shown = f"{name} is {_shown(loc, detail['input'])}"
    if kind in ("literal_error", "enum"):
        words = re.findall(r"'([^']*)'", str(context.get("expected")))
        return shown, choose(str(detail["input"]), words, "write") + about
    if kind in ("int_parsing", "float_parsing") and (meant := number_meant(str(detail["input"]))):
        return shown, f"write {meant}{about}"
    for start, wanted in _wanted(kind, context):
        if kind.startswith(start):
            return shown, f"write {wanted}{about}"
    return shown, f"write another value{about}"


def _wanted(kind: str, context: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "string_too_short", "at least " + _count(context.get("min_length"), "character")
    yield "string_too_long", "at most " + _count(context.get("max_length"), "character")
    yield "string_pattern", "letters, digits, _ and -, at most 64"
    yield "string", "text, in quotes if it looks like a number"
    yield "int", "a whole number"
    yield "finite", "a finite number"
    yield "float", "a number"
    yield "bool", "true or false"
    for start, bound, relation in _BOUNDS:
        # Bounds of durations come as words: "1 second".
        noun = "duration" if isinstance(context.get(bound), str) else "number"
        yield start, f"a {noun} {relation} {context.get(bound)}"
    yield "too_short", "at least " + _count(context.get("min_length"), "entry")
    yield "too_long", "at most " + _count(context.get("max_length"), "entry")
    yield "tuple", "a list, each entry after a dash"
    yield "list", "a list, each entry after a dash"
    yield "dict", "keys with values below it"
    yield "model", "keys with values below it"


def _count(number: object, noun: str) -> str:
    plural = "entries" if noun == "entry" else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def _unknown_key(loc: Path_, fields: Mapping[str, FieldInfo]) -> tuple[str, str]:
    key = str(loc[-1])
    if is_secret(key) and key not in fields:
        mend = TOKEN_MEND if "token_env" in fields else SECRET_MEND
        mend = FALLBACK_MEND if "fallback_env" in fields else mend
        return f"{_written(loc)} looks like a secret", mend
    return f"unknown key {quoted(_written(loc))}", choose(key, fields, "remove it; known are")


def _written(loc: Path_) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _shown(loc: Path_, value: Any) -> str:
    # Where an address or a user's name is wrong, what stands there may well be a password.
    if any(part in _PRIVATE or is_secret(str(part)) for part in loc) or loc == ("push",):
        return "blank" if value in (None, "") else "not right"
    if value is None or value == "":
        return "blank"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (dict, list)):
        return f"a list of {len(value)}" if isinstance(value, list) else "a group of keys"
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} s"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fields_at(model: type[BaseModel], loc: Path_) -> Mapping[str, FieldInfo]:
    """Return the fields known at a place within a model, none where it holds no model."""
    here: Any = model
    for part in loc:
        here = _inner(here, part)
    return here.model_fields if _is_model(here) else {}


def _inner(here: Any, part: str | int) -> Any:
    """Return the annotation of a field of a model, or of an entry of a tuple or a dict."""
    if _is_model(here):
        field = here.model_fields.get(str(part))
        here = field.annotation if field is not None else None
    else:
        arguments = [argument for argument in get_args(here) if argument is not Ellipsis]
        here = arguments[-1] if arguments else None
    while type(None) in get_args(here):
        here = next(argument for argument in get_args(here) if argument is not type(None))
    return here


def _is_model(here: Any) -> bool:
    return isinstance(here, type) and issubclass(here, BaseModel)
