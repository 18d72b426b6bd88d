"""What the plant remembers, as plain JSON.

Every part of the plant is a dataclass whose fields are exactly its state: constants stand in the
modules. So one pair of functions keeps all of it, and a part added later is kept too.
"""

import json
import math
import os
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final

ADDED: Final = {"added": True}
"""Metadata of a field that a state kept before it was there has not: it stays as it begins."""


def capture(part: Any) -> Any:
    """Return a part's state as JSON values; dataclasses become objects."""
    if is_dataclass(part):
        return {item.name: capture(getattr(part, item.name)) for item in fields(part)}
    if isinstance(part, list):
        return [capture(item) for item in part]
    return part


def restore(part: Any, saved: Any) -> None:
    """Put a captured state back, in place; ValueError when it is of another shape."""
    names = {item.name for item in fields(part)}
    added = {item.name for item in fields(part) if "added" in item.metadata}
    if not isinstance(saved, dict) or names - added - set(saved) or set(saved) - names:
        raise ValueError(f"the state of {type(part).__name__} has other fields")
    for item in fields(part):
        if item.name not in saved:
            continue
        now = getattr(part, item.name)
        setattr(part, item.name, _restored(now, saved[item.name], item.name))


def _restored(now: Any, saved: Any, name: str) -> Any:
    if is_dataclass(now):
        restore(now, saved)
        return now
    if isinstance(now, list):
        if not isinstance(saved, list) or len(saved) != len(now):
            raise ValueError(f"{name} has another length")
        return [_restored(old, new, name) for old, new in zip(now, saved, strict=True)]
    if isinstance(now, float) and type(saved) in (int, float):
        if not math.isfinite(saved):
            raise ValueError(f"{name} is {saved!r}")
        return float(saved)
    if type(saved) is not type(now):
        raise ValueError(f"{name} is {saved!r}")
    return saved


def write(file: Path, state: dict[str, Any]) -> None:
    """Replace the file in one step; whoever reads it finds the old or the new state, whole."""
    text = json.dumps(state, separators=(",", ":"), allow_nan=False)
    beside = file.with_name(file.name + ".new")
    with beside.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(file)


def read(file: Path) -> dict[str, Any] | None:
    """Return the state in the file, None where there is no file; ValueError when it is damaged."""
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if not isinstance(state, dict):
        raise ValueError("not an object")
    return state


def set_aside(file: Path) -> Path:
    """Rename a file that cannot be used, so that it can be looked at, and return its new name."""
    aside = file.with_name(file.name + ".damaged")
    file.replace(aside)
    return aside
