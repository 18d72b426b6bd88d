"""What stands in a dashboard: its panels, its queries, their literals."""

import re
from collections.abc import Iterator
from typing import Any

LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
ESCAPE = re.compile(r"\\x([0-9a-f]{2})")


def queries(board: dict[str, Any]) -> Iterator[str]:
    """Yield every query of a board in Flux."""
    for panel in board["panels"]:
        for target in panel["targets"]:
            if "query" in target:
                yield target["query"]


def statements(board: dict[str, Any]) -> Iterator[str]:
    """Yield every query of a board in SQL."""
    for panel in board["panels"]:
        for target in panel["targets"]:
            if "rawSql" in target:
                yield target["rawSql"]


def decoded(literal: str) -> str:
    """Return what Flux reads in a string literal, its quotes taken off."""
    out = bytearray()
    at = 0
    while at < len(literal):
        found = ESCAPE.match(literal, at)
        if found:
            out.append(int(found[1], 16))
            at = found.end()
        else:
            assert literal[at] != "\\", f"an escape that is not expected in {literal!r}"
            out += literal[at].encode()
            at += 1
    return out.decode()


def tags_asked(query: str) -> set[str]:
    """Return the points that a query filters by; an empty name is no point's."""
    return {decoded(found) for found in re.findall(r'r\.point == "((?:[^"\\]|\\.)+)"', query)}


def elements(board: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each element of each sheet, with its panel."""
    for panel in board["panels"]:
        for element in panel["options"].get("root", {}).get("elements", []):
            yield panel, element
