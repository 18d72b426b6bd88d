"""The folder that a new plant starts from: small, commented in one language, and without mistakes."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.plant_file import CHINA
from config.read import read_folder
from config.schemas import FOLDER, schema_files
from telemetry.errors import ConfigError

TEMPLATE: Final = Path(__file__).with_name("template")
EXAMPLE: Final = "EXAMPLE_"
"""What the tags of the template's own points begin with."""
_COMMENT: Final = re.compile(r"#(zh|en)(?: |$)")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_PLAIN: Final = re.compile(r"[A-Za-z\u4e00-\u9fff][A-Za-z0-9_/ \u4e00-\u9fff-]*(?<! )")
_NO_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_FALLBACK_ID: Final = "plant1"


@dataclass(frozen=True, slots=True)
class Starter:
    """What is known of a plant on its first day."""

    id: str
    zh: str = "新建污水厂"
    en: str = "New plant"
    timezone: str = CHINA
    language: str = "zh"

    def files(self) -> Iterator[tuple[Path, str]]:
        """Yield each file's path within the folder, and its text."""
        for file in sorted(TEMPLATE.iterdir()):
            yield Path(file.name), self._text(file)
        yield from schema_files()

    def _text(self, file: Path) -> str:
        lines = list(self._lines(file))
        schema = f"# yaml-language-server: $schema={FOLDER}/{file.stem}.json"
        return "\n".join([schema, *lines] if file.suffix == ".yaml" else lines) + "\n"

    def _lines(self, file: Path) -> Iterator[str]:
        prefix = "" if file.suffix == ".md" else "# "
        for line in file.read_text("utf-8").splitlines():
            told = _COMMENT.match(line)
            if told is None:
                yield self._filled(line)
            elif told[1] == self.language:
                yield self._filled(f"{prefix}{line[told.end() :]}").rstrip()

    def _filled(self, line: str) -> str:
        values = {
            "@ID@": self.id,
            "@ID_WRITTEN@": _yaml(self.id),
            "@ZH@": _yaml(self.zh),
            "@EN@": _yaml(self.en),
            "@ZH_PLAIN@": self.zh,
            "@EN_PLAIN@": self.en,
            "@TIMEZONE@": _yaml(self.timezone),
        }
        # In one pass: a name may hold what looks like a place.
        return re.sub("@[A-Z_]+@", lambda place: values.get(place[0], place[0]), line)


def id_of(folder: Path) -> str:
    """Return the folder's own name where it can be a plant's id, else one that always can."""
    name = folder.resolve().name
    return name if _ID.fullmatch(name) else _FALLBACK_ID


def write_starter(folder: Path, starter: Starter) -> None:
    """Make the folder, whole or not at all; ConfigError where something stands there, or is wrong."""
    _check_place(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".outfall-", dir=folder.parent) as scratch:
            made = Path(scratch, "plant")
            for path, text in starter.files():
                (made / path).parent.mkdir(parents=True, exist_ok=True)
                (made / path).write_text(text, "utf-8")
            _check(made)
            _move(made, folder)
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be written ({error.strerror}): name another folder") from error


def _check_place(folder: Path) -> None:
    try:
        if not os.path.lexists(folder):
            return
        if not folder.is_dir():
            raise ConfigError(f"{folder}: this is not a folder: name one that is empty, or not there yet")
        if any(folder.iterdir()):
            raise ConfigError(f"{folder}: the folder is not empty: name one that is, or is not there yet")
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be looked into ({error.strerror}): name another") from error


def _check(made: Path) -> None:
    """What was given on the command line is judged as if it had been written by hand."""
    try:
        read_folder(made)
    except ConfigError as error:
        raise ConfigError(str(error).replace(f"{made}{os.sep}", "")) from None


def _move(made: Path, folder: Path) -> None:
    """Put the files into place; a folder that was there keeps its owner and rights."""
    if not folder.exists():
        made.rename(folder)
        folder.chmod(0o755 & ~_umask())
        return
    for item in sorted(made.iterdir()):
        shutil.move(item, folder / item.name)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _yaml(text: str) -> str:
    """Return a text as a YAML scalar: plain where that is surely one, else in quotes."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _NO_WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)
