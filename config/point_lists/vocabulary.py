"""What engineers call things in point lists, from vocabulary.yaml."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import yaml

_FILE: Final = Path(__file__).with_name("vocabulary.yaml")


def vocabulary(section: str) -> Mapping[str, tuple[str, ...]]:
    """Return a section's words by what they mean."""
    return {meaning: tuple(words.split()) for meaning, words in _sections()[section].items()}


def by_word(section: str) -> dict[str, str]:
    """Return what each word of a section means; AssertionError where one means two things."""
    found: dict[str, str] = {}
    for meaning, words in vocabulary(section).items():
        for word in words:
            assert found.setdefault(word, meaning) == meaning, f"{word} is {found[word]} and {meaning}"
    return found


@cache
def _sections() -> Mapping[str, Mapping[str, str]]:
    sections: Mapping[str, Mapping[str, str]] = yaml.safe_load(_FILE.read_text("utf-8"))
    return sections
