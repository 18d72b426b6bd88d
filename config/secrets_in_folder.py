"""Private keys and the like that stand in a plant folder, which gets copied, mailed and versioned."""

import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from config.problems import Problems

MOST_FILES: Final = 500
MOST_LOOKED_AT: Final = 65_536
SUFFIXES: Final = (".key", ".p12", ".pfx", ".jks", ".keystore")
_MEND: Final = "move it out of the folder, and name its full path where it is needed"


def check_for_secrets(folder: Path, problems: Problems) -> None:
    """Tell each file under the folder that is a private key, or is named like one."""
    for file in islice(_files(folder), MOST_FILES):
        name = file.name.casefold()
        if name.endswith(SUFFIXES) or name == ".env" or name.startswith(".env."):
            problems.add(file, 1, "this looks like a secret", _MEND)
        elif b"PRIVATE KEY-----" in _beginning(file):
            problems.add(file, 1, "a private key stands here", _MEND)


def _files(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            yield Path(where, name)


def _beginning(file: Path) -> bytes:
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return b""
        with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as opened:
            return opened.read(MOST_LOOKED_AT)
    except OSError:
        return b""
