"""YAML with the line of everything in it, and without what a plant folder has no use for.

Read from the parser's events, so that duplicate keys are seen and that nesting, aliases and tags
are refused before they cost anything. Scalars follow YAML 1.2's core schema: `no` is a word and
`12:30` is not a number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from config.problems import Problems, quoted
from config.text import CONTROL, read_text

MOST_BYTES: Final = 1_000_000
DEEPEST: Final = 12
MOST_NODES: Final = 100_000

Path_ = tuple[str | int, ...]

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL_FLOAT: Final = re.compile(r"([-+]?)\.(inf|nan)", re.IGNORECASE)
_WORDS: Final[dict[str, bool | None]] = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(slots=True)
class YamlFile:
    """What a file says; `spoiled` are the places whose own mistake is already told."""

    file: Path
    value: Any = None
    lines: dict[Path_, int] = field(default_factory=dict)
    spoiled: set[Path_] = field(default_factory=set)

    def line(self, path: Path_) -> int:
        """Return the line of a place, or of the nearest one around it that exists."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def is_spoiled(self, path: Path_) -> bool:
        """Return whether a mistake at this place, or around it, is already told."""
        return any(path[:length] in self.spoiled for length in range(len(path) + 1))


class _TooMuch(Exception):
    """Nesting or size beyond all use."""


def read_yaml(file: Path, holds: str, problems: Problems) -> YamlFile | None:
    """Return what a YAML file says, None where it is no YAML at all; `holds` says what it is for."""
    text = read_text(file, MOST_BYTES, holds, problems)
    if text is None:
        return None
    composer = _Composer(file, problems)
    try:
        result = composer.compose(iter(yaml.parse(text, Loader=_LOADER)))
    except yaml.MarkedYAMLError as error:
        problems.add(file, *_explain(text, error))
    except (yaml.YAMLError, ValueError):
        problems.add(file, 1, "this is not YAML", "check its encoding and its characters")
    except _TooMuch:
        pass
    else:
        if result.value is not None:
            return result
        if not result.spoiled:
            problems.add(file, 1, "the file says nothing", f"write into it; it holds {holds}")
    return None


def _explain(text: str, error: yaml.MarkedYAMLError) -> tuple[int, str, str]:
    lines = re.split(r"\r\n|\r|\n", text)
    mark, context = error.problem_mark or error.context_mark, error.context_mark
    at = mark.line if mark else 0
    opened = context.line if context else at
    line, opening = (lines[index] if index < len(lines) else "" for index in (at, opened))
    if "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in str(error.problem):
        return at + 1, "a tab stands where YAML wants spaces", "indent with spaces"
    if "quoted scalar" in str(error.context):
        return opened + 1, "a quote opened in this line is not closed", "close it"
    # What follows an open bracket is no mistake of its own, unless the bracket is meant to go on.
    goes_on = opening.rstrip().endswith(("[", "{", ","))
    if at > opened and "flow" in str(error.context) and not goes_on:
        return opened + 1, "a bracket opened in this line is not closed", "close it"
    return (
        at + 1,
        f"this is not YAML ({error.problem or error.context})",
        "check the indentation, colons, brackets and quotes here and in the line above",
    )


class _Composer:
    def __init__(self, file: Path, problems: Problems) -> None:
        self.result = YamlFile(file)
        self._problems = problems
        self._nodes = 0

    def compose(self, events: Iterator[Any]) -> YamlFile:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                break
        else:
            return self.result
        self.result.value = self._node(next(events), events, ())
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._add(event, "a second document starts here", "keep one; remove the line ---")
                break
        return self.result

    def _node(self, event: Any, events: Iterator[Any], path: Path_) -> Any:
        self._nodes += 1
        self.result.lines.setdefault(path, _line(event))
        if len(path) > DEEPEST:
            self._add(event, f"nested more than {DEEPEST} deep", "write it flatter")
            raise _TooMuch
        if self._nodes > MOST_NODES:
            self._add(event, f"more than {MOST_NODES:,} values", "check that it is the right file")
            raise _TooMuch
        if isinstance(event, yaml.AliasEvent):
            self._add(event, f"an alias {quoted(f'*{event.anchor}')}", "write the value out here")
            self.result.spoiled.add(path)
            return None
        if event.tag is not None and event.tag != "!":
            self._add(event, f"a tag {quoted(event.tag)}", "write the plain value, without a tag")
            self.result.spoiled.add(path)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        return self._mapping(events, path)

    def _scalar(self, event: Any, path: Path_) -> Any:
        # The text was looked through already: this one was written as an escape, "\\0".
        if CONTROL.search(event.value):
            self._add(event, "a control character written as an escape", "write plain text")
            self.result.spoiled.add(path)
            return None
        return _scalar(event)

    def _sequence(self, events: Iterator[Any], path: Path_) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Any], path: Path_) -> dict[str, Any]:
        items: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                self._add(event, "a key that is not a word", "write a plain word before the colon")
                # The number of nodes read so far keeps each such key's place its own.
                self._node(event, events, (*path, self._nodes))
                self._node(next(events), events, (*path, self._nodes))
                continue
            key, line = event.value, _line(event)
            if key in items:
                first = self.result.lines[(*path, key)]
                self._add(event, f"{quoted(key)} stands here again, first on line {first}", "keep one")
                self._node(next(events), events, (*path, self._nodes))
                continue
            self.result.lines[(*path, key)] = line
            items[key] = self._node(next(events), events, (*path, key))
        return items

    def _add(self, event: Any, what: str, mend: str) -> None:
        self._problems.add(self.result.file, _line(event), what, mend)


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


def _scalar(event: Any) -> Any:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) or _SPECIAL_FLOAT.fullmatch(text):
        return float(text.replace(".", "", 1) if _SPECIAL_FLOAT.fullmatch(text) else text)
    return text
