"""`outfall fault`: the faults of a running simulated plant, told and switched."""

import argparse
import sys
from collections.abc import Mapping
from typing import Any, Final

from app.control import ask
from app.data import DataFolder
from app.demo import default_demo_data
from telemetry.errors import Conflict, Invalid

_LIST: Final = "list"
_MOST_NAMED: Final = 8


def fault(options: argparse.Namespace) -> int:
    """Switch a fault, or tell what there is; 0, or a RequestError that says what is wrong."""
    control = DataFolder(options.data or default_demo_data()).control
    if options.fault == _LIST and options.target is None:
        answer = ask(control, {"command": "fault"})
        if "error" in answer:
            raise Conflict("fault_refused", str(answer["error"]))
        sys.stdout.write(told(answer))
        return 0
    if options.target is None:
        raise Invalid("fault_target", "name whom it befalls too; `outfall fault list` tells who there is")
    request = {"command": "fault", "fault": options.fault, "target": options.target}
    answer = ask(control, request | {"active": not options.clear, "amount": options.amount})
    if "error" in answer:
        raise Conflict("fault_refused", str(answer["error"]))
    sys.stdout.write(f"{options.fault} {options.target}: {'ended' if options.clear else 'set'}\n")
    return 0


def told(answer: Mapping[str, Any]) -> str:
    """Return what there is and what is on, as lines."""
    lines = []
    for kind in answer["faults"]:
        targets = kind["targets"]
        named = ", ".join(targets[:_MOST_NAMED]) or "nothing here"
        if len(targets) > _MOST_NAMED:
            named += f" … ({len(targets)} in all)"
        amount = kind["amount"]
        much = ""
        if amount is not None:
            ends = f"{amount['low']:g}…{amount['high']:g} {amount['unit']}"
            much = f"\n{'':24}--amount {ends} ({amount['usual']:g})"
        lines.append(f"{kind['name']:24}{kind['zh']}  {kind['en']}\n{'':24}{named}{much}")
    for one in answer["active"]:
        much = "" if one["amount"] is None else f" {one['amount']:g}"
        lines.append(f"on: {one['fault']} {one['target']}{much}")
    if not answer["active"]:
        lines.append("on: none")
    return "\n".join(lines) + "\n"
