"""Which language a page speaks, and its words from the gettext catalogues."""

import gettext
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from telemetry.plant import Name

LANGUAGES: Final = ("zh_CN", "en")
DEFAULT: Final = "zh_CN"
COOKIE: Final = "outfall_lang"
_LOCALE: Final = Path(__file__).parent / "locale"


def mark(message: str) -> str:
    """Return the message; `N_` in other modules, where words stand in tables and are read out by babel."""
    return message


@dataclass(frozen=True)
class Language:
    """A language with its catalogue."""

    tag: str

    @cached_property
    def catalogue(self) -> gettext.NullTranslations:
        """The compiled catalogue; FileNotFoundError says that the project was not built."""
        return gettext.translation("web", _LOCALE, languages=[self.tag])

    @property
    def html(self) -> str:
        """The tag for the lang attribute."""
        return self.tag.replace("_", "-")

    def __call__(self, message: str, **values: object) -> str:
        """Return the message in this language, `%(name)s` filled in."""
        text = self.catalogue.gettext(message)
        if text == message:
            # What stands behind the bar is for translators alone.
            text = message.partition("|")[0]
        return text % values if values else text

    def ngettext(self, one: str, other: str, number: int, **values: object) -> str:
        """Return the form of a message for a number, which fills `%(num)d`."""
        return self.catalogue.ngettext(one, other, number) % {"num": number, **values}

    def listed(self, words: Iterable[str]) -> str:
        """Return words as a list is written: `甲、乙`, or `A, B`."""
        _ = self
        return _(", ").join(words)

    def name(self, name: Name) -> str:
        """Return a name out of the plant folder."""
        return name.in_language(self.tag)


def speakers() -> Mapping[str, Language]:
    """Return every language by its tag."""
    return {tag: Language(tag) for tag in LANGUAGES}


def choose(asked: str | None, kept: str | None, accepted: str | None) -> str:
    """Return the tag for a request: `?lang=`, else the cookie, else Accept-Language, else Chinese."""
    for tag in (asked, kept):
        if tag in LANGUAGES:
            return tag
    return _preferred(accepted or "")


def _preferred(header: str) -> str:
    ranked: list[tuple[float, str]] = []
    for entry in header.split(","):
        tag, _, parameter = entry.strip().partition(";")
        quality = parameter.strip().removeprefix("q=") or "1"
        try:
            ranked.append((float(quality), tag.strip().lower()))
        except ValueError:
            continue
    for _quality, tag in sorted(ranked, key=lambda pair: -pair[0]):
        for language in LANGUAGES:
            if tag.split("-")[0] == language.split("_")[0]:
                return language
    return DEFAULT
