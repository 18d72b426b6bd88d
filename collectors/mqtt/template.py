"""Templates with `{names}` in them: `lift/{station}/readings`, `{station}_{key}`. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

KEY: Final = "key"
_PLACE: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A text with places; each name stands in it once."""

    text: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Template":
        """Return the template; ValueError says what is odd about it."""
        names = tuple(_PLACE.findall(text))
        for name in names:
            if not (name.isidentifier() and name.isascii()):
                raise ValueError(f"{{{name}}} is not a name; write one such as {{station}}")
            if names.count(name) > 1:
                raise ValueError(f"{{{name}}} stands there twice")
        if "{" in (rest := _PLACE.sub("", text)) or "}" in rest:
            raise ValueError("a brace stands alone; names are written {station}")
        return cls(text, names)

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with the names' values in their places."""
        return _PLACE.sub(lambda place: values[place[1]], self.text)

    def match(self, text: str) -> dict[str, str] | None:
        """Return the names' values in a text, None where it does not fit.

        From left to right, each takes as little as it can: `{station}_{key}` finds LS2 and P1_ST
        in LS2_P1_ST.
        """
        found = re.fullmatch(self._pattern, text)
        return None if found is None else found.groupdict()

    @property
    def _pattern(self) -> str:
        parts = _PLACE.split(self.text)
        return "".join(f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts))


def topic_template(text: str) -> Template:
    """Return the template of a topic; ValueError for what no single topic can be."""
    template = Template.of(text)
    if "+" in text or "#" in text:
        raise ValueError("a topic has no wildcards here; write {name} for one level")
    if "\0" in text:
        raise ValueError("a topic holds no NUL")
    if text.startswith("$"):
        raise ValueError("topics that begin with $ are the broker's own")
    if len(text.encode("utf-8", "replace")) > 65535:
        raise ValueError("a topic is no longer than 65535 bytes")
    for level in text.split("/"):
        if "{" in level and not _PLACE.fullmatch(level):
            raise ValueError(f"{level!r}: a name stands for a whole level")
    return template


def tag_template(text: str, topic: Template, one_value: bool) -> Template:
    """Return the template of tags; ValueError where topic and key do not follow from a tag.

    With `one_value` a message holds a single value, and has no key.
    """
    template = Template.of(text)
    if not one_value and KEY in topic.names:
        raise ValueError("{key} is the key of a value within a message, not a level of its topic")
    if not one_value and KEY not in template.names:
        raise ValueError("{key} is missing: it stands for the key of each value")
    if re.search(r"\}\{", text):
        raise ValueError("between two names there must be something that parts them")
    for name in template.names:
        if (name != KEY or one_value) and name not in topic.names:
            raise ValueError(f"{{{name}}} is not in the topic")
    for name in topic.names:
        if name not in template.names:
            raise ValueError(f"{{{name}}} of the topic is missing: a tag must say which topic it is from")
    return template
