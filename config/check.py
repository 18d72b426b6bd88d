"""`outfall check`: every mistake of a folder at once."""

from pathlib import Path

from config.problems import FolderProblems, Problem
from config.read import read_folder


def check(path: Path) -> list[Problem]:
    """Return the mistakes of a plant folder by file and line, none where it can be run."""
    try:
        read_folder(path)
    except FolderProblems as found:
        return list(found.problems)
    return []
