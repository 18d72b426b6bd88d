"""Each command of `outfall` with what it takes, for docs/reference/command-line.md."""

import argparse
from collections.abc import Iterator

from app.cli import _parser
from config.demo import DEMO_FOLDER
from config.read import read_folder
from simulator.faults import Site, kinds_of
from simulator.plant import Plant
from telemetry.simulated import FaultKind
from tests.docs.settings_tables import table

HEADER = ("argument", "meaning")
MOST_NAMED = 25


def commands() -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Yield each command as typed, what it does, and its parser; `user add` stands for itself."""
    yield from _below(_parser(), "outfall")


def _below(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for word, child in action.choices.items():
                if any(isinstance(each, argparse._SubParsersAction) for each in child._actions):
                    yield from _below(child, f"{name} {word}")
                else:
                    yield f"{name} {word}", helps[word], child


def arguments(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """Yield each argument of a command as typed, and what it means."""
    for action in parser._actions:
        if isinstance(action, (argparse._HelpAction, argparse._SubParsersAction)):
            continue
        value = action.metavar or action.dest.upper()
        if not action.option_strings:
            yield str(value), action.help or ""
        else:
            option = action.option_strings[-1]
            shown = option if action.nargs == 0 else f"{option} {value}"
            yield shown, (action.help or "") + (" (must be given)" if action.required else "")


def usage(name: str, parser: argparse.ArgumentParser) -> str:
    """Return how a command is typed."""
    words = [name]
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        value = str(action.metavar or action.dest.upper())
        typed = value if not action.option_strings else action.option_strings[-1]
        if action.option_strings and action.nargs != 0:
            typed = f"{typed} {value}"
        words.append(typed if action.required else f"[{typed}]")
    return " ".join(words)


def command_section(name: str, what: str, parser: argparse.ArgumentParser) -> str:
    """Return the heading, usage and arguments of one command."""
    rows = [(f"`{shown}`", meaning) for shown, meaning in arguments(parser)]
    return f"```\n{usage(name, parser)}\n```\n\n{what[0].upper()}{what[1:]}.\n\n{table(HEADER, rows)}"


def fault_table() -> str:
    """Return the faults of the demo's plant, what they can befall and how much of them there is."""
    folder = read_folder(DEMO_FOLDER)
    site = Site(Plant(1, folder.plant.timezone, 0), folder)
    return table(("fault", "", "of", "`--amount`"), [_fault_row(kind) for kind in kinds_of(site)])


def _fault_row(kind: FaultKind) -> tuple[str, str, str, str]:
    named = ", ".join(f"`{id_}`" for id_ in kind.targets[:MOST_NAMED])
    if len(kind.targets) > MOST_NAMED:
        named = f"{len(kind.targets)} points, such as {', '.join(f'`{id_}`' for id_ in kind.targets[:3])}"
    amount = kind.amount
    much = f"{amount.low:g}…{amount.high:g} {amount.unit} ({amount.usual:g})" if amount is not None else ""
    return f"`{kind.name}`", f"{kind.en}, {kind.zh}", named, much
