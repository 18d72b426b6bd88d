"""The file of a history and its log, as tests look at them."""

from pathlib import Path


def log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.wal")


def copied(file: Path, to: Path) -> Path:
    """Copy an open file and its log: what a kill at this moment would leave.

    Closing a descriptor of the file drops this process' lock on it; in a test nobody minds.
    """
    to.mkdir()
    for part in (file, log_of(file)):
        if part.exists():
            (to / part.name).write_bytes(part.read_bytes())
    return to / file.name


def contents(file: Path) -> dict[str, bytes]:
    """Return the bytes of everything in the file's folder."""
    return {part.name: part.read_bytes() for part in file.parent.iterdir() if part.is_file()}
