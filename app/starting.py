"""`outfall init` and `outfall schema`: a plant folder to start from, and its schemas for editors."""

import argparse
import sys
from pathlib import Path

from config.schemas import FOLDER, schema_files
from config.starter import Starter, id_of, write_starter
from telemetry.errors import ConfigError


def init(options: argparse.Namespace) -> int:
    """Make a folder that passes `check` at once, and say what comes next."""
    folder: Path = options.folder
    given = {
        "zh": options.name or options.name_en,
        "en": options.name_en or options.name,
        "timezone": options.timezone,
    }
    named = {key: value for key, value in given.items() if value is not None}
    starter = Starter(id=options.id or id_of(folder), language=options.language, **named)
    write_starter(folder, starter)
    sys.stdout.write(_said(folder, starter, id_was_given=options.id is not None))
    return 0


def schema(options: argparse.Namespace) -> int:
    """Write the schemas into the folder, or to where they are wanted."""
    target = options.out if options.out is not None else Path(options.folder, FOLDER)
    if options.out is None and not Path(options.folder).is_dir():
        raise ConfigError(f"{options.folder}: there is no such folder: write the path of a plant folder")
    try:
        target.mkdir(parents=True, exist_ok=True)
        for path, text in schema_files():
            file = target / path.name
            same = file.is_file() and file.read_text("utf-8") == text
            outcome = "unchanged" if same else "updated" if file.exists() else "created"
            if not same:
                file.write_text(text, "utf-8")
            sys.stdout.write(f"{file}: {outcome}\n")
    except OSError as error:
        raise ConfigError(f"{target}: cannot be written ({error.strerror}): name another --out") from error
    return 0


def _said(folder: Path, starter: Starter, *, id_was_given: bool) -> str:
    files = ", ".join(sorted(str(path) for path, _ in starter.files() if path.parent == Path()))
    lines = [f"{folder}: made, and without mistakes: {files}"]
    if not id_was_given:
        lines.append(
            f'plant id "{starter.id}": it goes into every record; change it in plant.yaml now or never'
        )
    steps = {
        "outfall probe modbus://ADDRESS/UNIT": "what a PLC has, and in which word order",
        f"write {folder}/connections.yaml": "its address",
        f"outfall points import LIST.xlsx --into {folder}": "your point list; --dry-run only shows",
        f"outfall check {folder} --connect": "every point tried once",
        f"outfall user add {folder} NAME --role operator": "an account",
        f"outfall run {folder}": "the node",
    }
    width = max(map(len, steps))
    lines += ["", "Next:", *(f"  {step:<{width}}  {what}" for step, what in steps.items())]
    return "\n".join(lines) + "\n"
