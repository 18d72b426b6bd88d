"""How a message holds its values, and which settings go together. Pure."""

from collections.abc import Collection, Iterator
from enum import Enum
from typing import Final

from collectors.mqtt.template import KEY

TAG: Final = "tag"
OF_THE_POINT: Final = frozenset({KEY, TAG})
"""Names in a topic that stand for the point itself, and not for what falls silent as one."""
_ONLY_JSON: Final = ("records", "values", "items", "name", "value", "time", "time_zone", "quality")
_ONLY_SEVERAL: Final = ("values", "items", "name")
Mistake = tuple[str, str, str]
"""A key, what is wrong there and how to mend it."""


class Layout(Enum):
    """How a message holds its values."""

    BY_KEY = "by key"
    ITEMS = "items"
    ONE = "one"
    PLAIN = "plain"


def layout_of(format_: str, topic: str, tag: str, written: Collection[str]) -> Layout:
    """Return the layout that a subscription's settings amount to."""
    if format_ == "plain":
        return Layout.PLAIN
    if "items" in written:
        return Layout.ITEMS
    key = f"{{{KEY}}}"
    several = key in tag and key not in topic
    return Layout.BY_KEY if several or "value" not in written else Layout.ONE


def layout_mistakes(layout: Layout, written: Collection[str]) -> Iterator[Mistake]:
    """Yield what does not go together; `written` are the keys that stand in the folder."""
    if layout is Layout.PLAIN:
        for key in _ONLY_JSON:
            if key in written:
                yield key, f"{key} with format plain", "remove it, or write format: json"
        if "text_numbers" in written:
            yield "text_numbers", "text_numbers with format plain", "remove it: all it has is text"
        return
    if layout is Layout.ONE:
        for key in _ONLY_SEVERAL:
            if key in written:
                yield key, f"{key}, though the topic names the point", "remove it: value is all of a message"
    if layout is Layout.ITEMS:
        if "values" in written:
            yield "values", "values and items both stand here", "keep one"
        for key, what in (("name", "key"), ("value", "value")):
            if key not in written:
                yield "items", f"items without {key}", f"add {key}, the path of its {what} in an item"
    elif "name" in written:
        yield "name", "name without items", "add items, where the list stands, or remove it"
    if "time_zone" in written and "time" not in written:
        yield "time_zone", "time_zone without time", "add time, where the message says when it was"


def default_tag(topic: str) -> str | None:
    """Return the tag of a topic that names the point itself, None where it does not."""
    return next((f"{{{name}}}" for name in (TAG, KEY) if f"{{{name}}}" in topic), None)
