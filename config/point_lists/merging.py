"""The points of a list put into points.csv: by tag, with nothing lost and every change named."""

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.check import check
from config.csv_file import MOST_BYTES
from config.csv_lines import csv_lines
from config.point_lists.rows import Listed
from config.point_lists.telling import Told
from config.points_file import COLUMNS
from config.problems import Problem, Problems
from config.starter import EXAMPLE, TEMPLATE
from config.text import read_text
from telemetry.errors import ConfigError

Line = dict[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one point: `added`, `changed` (column: before and after) or `removed`."""

    tag: str
    outcome: str
    cells: Mapping[str, tuple[str, str]]

    def __str__(self) -> str:
        if self.outcome != "changed":
            return f"{'+' if self.outcome == 'added' else '-'} {self.tag}"
        shown = ", ".join(
            f"{name} {old or 'blank'} → {new or 'blank'}" for name, (old, new) in self.cells.items()
        )
        return f"~ {self.tag}: {shown}"


@dataclass(frozen=True, slots=True)
class Merged:
    """points.csv as it would be, what changes, and how many points stay as they are."""

    text: str
    header: tuple[str, ...]
    changes: tuple[Change, ...]
    same: int
    untouched: int
    points: tuple[Listed, ...]
    """Those of the list that go in, in their order."""
    lines: Mapping[int, Listed]
    """The list's points by the line on which they will stand."""


def read_lines(folder: Path) -> tuple[tuple[str, ...], list[Line]]:
    """Return header and lines of a folder's points.csv; ConfigError where it is no table of points."""
    problems = Problems(folder)
    file = folder / "points.csv"
    text = read_text(file, MOST_BYTES, "the points, one a line", problems)
    if text is None:
        raise problems.error()
    found = list(csv_lines(text))
    header = tuple(found[0].cells) if found else COLUMNS
    if "tag" not in header or len(set(header)) < len(header):
        raise ConfigError(f"{file}:1: this line is not the header: run outfall check {folder} first")
    for line in found[1:]:
        if line.broken is not None or len(line.cells) != len(header):
            raise ConfigError(
                f"{file}:{line.number}: this line cannot be read: run outfall check {folder} first"
            )
    return header, [dict(zip(header, line.cells, strict=True)) for line in found[1:]]


def merge(folder: Path, points: Sequence[Listed], told: Told) -> Merged:
    """Return what points.csv becomes; what a new point lacks is told."""
    header, before = read_lines(folder)
    kept, dropped = _without_examples(before)
    by_tag = {line["tag"].casefold(): index for index, line in enumerate(kept)}
    lines, changes = [dict(line) for line in kept], [Change(tag, "removed", {}) for tag in dropped]
    same, taken = 0, []
    places: dict[int, Listed] = {}
    for point in points:
        at = by_tag.get(point.tag.casefold())
        if at is None:
            if not _is_whole(point, told):
                continue
            at = len(lines)
            lines.append({**dict.fromkeys(header, ""), **point.assumed, **point.said})
            changes.append(Change(point.tag, "added", {}))
            by_tag[point.tag.casefold()] = at
        else:
            old = lines[at]
            said = {**point.said, "tag": old["tag"]}
            cells = {
                name: (old.get(name, ""), new)
                for name, new in said.items()
                if _differs(old.get(name, ""), new)
            }
            lines[at] = {**old, **{name: new for name, (_, new) in cells.items()}}
            changes += [Change(old["tag"], "changed", cells)] if cells else []
            same += not cells
        taken.append(point)
        places[at + 2] = point
    names = tuple(dict.fromkeys((*header, *(name for line in lines for name in line if line[name]))))
    text = _written(names, lines)
    return Merged(
        text,
        names,
        tuple(changes),
        same,
        len(kept) - len(places.keys() & range(2, len(kept) + 2)),
        tuple(taken),
        places,
    )


def mistakes(folder: Path, merged: Merged) -> tuple[list[Problem], list[Problem]]:
    """Return what `outfall check` would say of the list's points, and of all the rest."""
    with tempfile.TemporaryDirectory(prefix="outfall-") as scratch:
        copy = Path(scratch, "plant")
        copy.mkdir()
        for file in folder.iterdir():
            if file.suffix in (".yaml", ".csv") and file.is_file():
                shutil.copyfile(file, copy / file.name)
        (copy / "points.csv").write_text(merged.text, "utf-8")
        found = check(copy)
    ours: list[Problem] = []
    others: list[Problem] = []
    for problem in found:
        is_ours = Path(problem.file).name == "points.csv" and problem.line in merged.lines
        there = Problem(str(folder / Path(problem.file).name), problem.line, problem.what, problem.mend)
        (ours if is_ours else others).append(there)
    return ours, others


def write(folder: Path, merged: Merged) -> Path:
    """Put points.csv in place and return where the former one is kept; ConfigError where it cannot be."""
    file = folder / "points.csv"
    try:
        number = 1
        while (kept := folder / f"points.csv.{number}.bak").exists():
            number += 1
        shutil.copy2(file, kept)
        mark = b"\xef\xbb\xbf" if file.read_bytes().startswith(b"\xef\xbb\xbf") else b""
        new = folder / ".points.csv.new"
        new.write_bytes(mark + merged.text.encode())
        shutil.copymode(file, new)
        os.replace(new, file)
    except OSError as error:
        raise ConfigError(
            f"{file}: cannot be written ({error.strerror}): give this user the right"
        ) from error
    return kept


def _without_examples(lines: Sequence[Line]) -> tuple[list[Line], list[str]]:
    """Return the lines without the template's own, as long as nobody has written on them."""
    template = csv_lines((TEMPLATE / "points.csv").read_text("utf-8"))
    header, *rows = [line.cells for line in template]
    examples = [dict(zip(header, row, strict=True)) for row in rows]
    dropped = [line["tag"] for line in lines if line["tag"].startswith(EXAMPLE) and line in examples]
    return [line for line in lines if line["tag"] not in dropped], dropped


def _is_whole(point: Listed, told: Told) -> bool:
    for what, mend in dict.fromkeys(point.missing.values()):
        told.add(point.where, f"{point.tag}: {what}", mend)
    return not point.missing


def _differs(old: str, new: str) -> bool:
    try:
        return float(old) != float(new)
    except ValueError:
        return old != new


def _written(header: Sequence[str], lines: Sequence[Line]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([line.get(name, "") for name in header] for line in lines)
    return text.getvalue()
