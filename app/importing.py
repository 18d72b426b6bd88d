"""`outfall points import`: a point list as engineers keep it, into a plant folder."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from app.tables import table
from config.point_lists.lists import own_meanings, read_point_list
from config.point_lists.merging import Merged, merge, mistakes, write
from config.point_lists.plant import plant_of
from config.point_lists.rows import Listed, Wishes
from config.point_lists.telling import Told
from telemetry.errors import ConfigError

EXIT_MISTAKE: Final = 2


def import_points(options: argparse.Namespace) -> int:
    """Show how the list is read and what changes, and write it unless something is unclear."""
    folder: Path = options.into
    if not (folder / "plant.yaml").is_file():
        raise ConfigError(
            f"{folder}: this is no plant folder: name one with --into, or make it with outfall init"
        )
    try:
        own = dict(own_meanings(options.column))
    except ValueError as error:
        raise ConfigError(str(error)) from None
    plant = plant_of(folder)
    for given, known, name in (
        (options.source, plant.sources, "--source"),
        (options.area, set(plant.units.values()), "--area"),
    ):
        if given is not None and given not in known:
            raise ConfigError(f"{name} {given}: the folder has {', '.join(sorted(known)) or 'none'}")
    wishes = Wishes(options.source, options.area, options.poll, options.type, options.order, options.first)
    points, told = read_point_list(options.file, plant, wishes, own, options.sheet)
    unclear = {(one.where.sheet, one.where.row) for one in told.unclear}
    sound = [point for point in points if (point.where.sheet, point.where.row) not in unclear]
    merged = merge(folder, sound, told)
    return _finished(folder, merged, told, options)


def _finished(folder: Path, merged: Merged, told: Told, options: argparse.Namespace) -> int:
    ours, others = mistakes(folder, merged) if merged.points else ([], [])
    out = sys.stdout.write
    out("".join(f"{line}\n" for line in _read_as(merged.points)))
    out("".join(f"{note}\n" for note in told.notes))
    out("".join(f"{line}\n" for line in _diff(folder, merged)))
    for one in told.unclear:
        out(f"{one}\n")
    if told.count > len(told.unclear):
        out(f"{told.file}: {told.count - len(told.unclear)} more: mend these, then import again\n")
    for problem in ours:
        out(f"{merged.lines[problem.line].where}: {problem.what}: {problem.mend}\n")
    bad = told.count + len(ours)
    if bad and (ours or not options.leave_out or not merged.points):
        out(f"\nnothing was written: {_count(bad, 'thing is', 'things are')} unclear")
        hint = "; --leave-out imports the other points" if merged.points and not ours else ""
        out(f"{hint}\n")
        return EXIT_MISTAKE
    if options.dry_run:
        out("\nnothing was written: this was a dry run\n")
    elif not merged.changes:
        out("\nnothing was written: points.csv says all of it already\n")
    else:
        kept = write(folder, merged)
        out(f"\n{folder / 'points.csv'}: written; the former file is {kept.name}\n")
    if others:
        out(f"the folder has {_count(len(others), 'mistake', 'mistakes')} beside: outfall check {folder}\n")
    return EXIT_MISTAKE if bad else 0


def _read_as(points: Sequence[Listed]) -> Iterator[str]:
    """Yield a table of how each point was read, then what was taken for granted."""
    if not points:
        return
    rows = []
    for point in points:
        cells = {**point.assumed, **point.said}
        bit = f".{cells['bit']}" if cells.get("bit") else ""
        register = f"{cells.get('modbus_fc', '?')} offset {cells.get('offset0', '?')}{bit}"
        address = f"{point.address} → {register}" if "offset0" in cells else "–"
        span = f"{cells.get('range_lo', '?')}…{cells.get('range_hi', '?')}"
        rows.append((
            point.tag, cells.get("desc_zh", ""), address, cells.get("dtype", "–"),
            cells.get("word_order", ""), cells.get("scale", ""), span, cells.get("unit", "?"),
            cells.get("area", "?"), cells.get("source", "?"),
        ))  # fmt: skip
    header = ("tag", "name", "address", "type", "order", "scale", "range", "unit", "area", "source")
    yield from table(header, rows)
    yield ""
    counted = Counter(why for point in points for why in dict.fromkeys(point.reasons.values()))
    for why, count in counted.most_common(40):
        yield f"taken for granted: {why} ({_count(count, 'point', 'points')})"


def _diff(folder: Path, merged: Merged) -> Iterator[str]:
    yield ""
    yield f"{folder / 'points.csv'}:"
    for change in merged.changes:
        yield f"  {change}"
    outcomes = Counter(change.outcome for change in merged.changes)
    parts = [f"{outcomes[name]} {name}" for name in ("added", "changed", "removed") if outcomes[name]]
    parts += [f"{merged.same} as they are"] if merged.same else []
    parts += [f"{merged.untouched} not in the list, kept"] if merged.untouched else []
    yield f"  {', '.join(parts) or 'no change'}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
