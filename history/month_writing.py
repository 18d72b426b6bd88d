"""Writing a month file: from pieces that follow each other in time, durably, and checked before it counts.

DuckDB keeps the order of one sorted query or of one list of files in what it writes, but not that of
queries put together by UNION ALL. So each piece is a file, and the list of them makes the whole.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from history.month_standing import rows_wrong
from history.segments import file_errors, quoted
from telemetry.errors import StoreError

PART: Final = "part"
_COPY: Final = "COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)"
_OF_FILES: Final = """
SELECT {batch}::BIGINT AS batch, series, t_us, value, quality
FROM read_parquet([{paths}], union_by_name = true, filename = true)
"""


@dataclass(frozen=True, slots=True)
class FilePiece:
    """A whole month file; `batch` is what one that was adopted is, None where its rows tell."""

    path: Path
    batch: int | None


def write_pieces(
    cursor: duckdb.DuckDBPyConnection,
    pieces: Sequence[FilePiece | str],
    path: Path,
    span: tuple[int, int],
) -> None:
    """Write files and sorted queries, which follow each other in time, as a file; StoreError leaves none."""
    with _gone_on_error(path), _parts(path, pieces) as parts:
        rows = 0
        for place, piece in enumerate(pieces):
            if isinstance(piece, str):
                rows += _copied(cursor, piece, parts[place])
        if len(pieces) > 1 or not isinstance(pieces[0], str):
            rows = _copied(cursor, _of_files(parts, pieces), path)
        if wrong := rows_wrong(cursor, path, span, rows):
            raise StoreError(f"{path}: not made: {wrong}; report this, nothing is lost")


def _copied(cursor: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    found = cursor.execute(_COPY.format(query=query, path=quoted(str(path)))).fetchone()
    return int(found[0]) if found else 0


def _of_files(paths: Sequence[Path], pieces: Sequence[FilePiece | str]) -> str:
    """Return a query for the rows of files in their order, with their batches."""
    names = [f"'{quoted(str(path))}'" for path in paths]
    given = [
        f"WHEN {name} THEN {piece.batch}"
        for name, piece in zip(names, pieces, strict=True)
        if isinstance(piece, FilePiece) and piece.batch is not None
    ]
    in_rows = len(given) < len(pieces)
    batch = f"CASE filename {' '.join(given)} {'ELSE batch' if in_rows else ''} END" if given else "batch"
    return _OF_FILES.format(batch=batch, paths=", ".join(names))


@contextmanager
def _parts(path: Path, pieces: Sequence[FilePiece | str]) -> Iterator[list[Path]]:
    """Yield where each piece stands: a query's rows in a part of its own, or at once in the file."""
    if len(pieces) == 1 and isinstance(pieces[0], str):
        yield [path]
        return
    made = {n: path.with_name(f"{path.name}.{n}.{PART}") for n, _ in enumerate(pieces)}
    try:
        yield [piece.path if isinstance(piece, FilePiece) else made[n] for n, piece in enumerate(pieces)]
    finally:
        with suppress(OSError):  # then the next sweep does
            for part in made.values():
                part.unlink(missing_ok=True)


@contextmanager
def _gone_on_error(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(OSError):  # then the next sweep does
            path.unlink(missing_ok=True)
        raise


def settled(path: Path) -> str:
    """Have a file and its name on the disk for good, and return its SHA-256."""
    with file_errors(path, "not made"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return digest
