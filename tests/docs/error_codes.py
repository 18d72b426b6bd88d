"""The stable codes of errors, found in the code, with what each means, for docs/reference/api.md."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from telemetry import errors
from telemetry.errors import RequestError
from tests.docs.settings_tables import table

ROOT = Path(__file__).parents[2]
PACKAGES = ("alarms", "api", "app", "config", "history", "operations", "web")

MEANINGS = {
    "account_changed": "the account was changed during the sign-in; sign in again",
    "account_exists": "there is an account of that name, active or not",
    "account_not_found": "there is no account of that name",
    "account_unchanged": "the account is deactivated already, or the change would change nothing",
    "bad_credentials": "the name or the password is wrong, or there is no such account",
    "fault_refused": "the simulated plant cannot have this fault (`outfall fault` only)",
    "invalid_name": "a name has 1 to 64 printable characters",
    "password_is_name": "the password must not be the name",
    "password_too_long": "the password has too many bytes",
    "password_too_short": "the password has too few characters",
    "role_unchanged": "the account has that role already",
    "sign_in_busy": "too many people sign in at this moment; `Retry-After` says when to come again",
    "too_many_sign_ins": "too many failed sign-ins; `Retry-After` says when to come again",
}


def codes() -> dict[str, set[int]]:
    """Return every code that stands in the code, with the statuses it comes with."""
    trees = [ast.parse(file.read_text("utf-8")) for name in PACKAGES for file in (ROOT / name).rglob("*.py")]
    statuses = {
        name: kind.status
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, RequestError)
    }
    statuses |= {name: status for tree in trees for name, status in _own_errors(tree)}
    found: dict[str, set[int]] = {}
    for tree in trees:
        for status, code in _raised(tree, statuses):
            found.setdefault(code, set()).add(status)
    return found


def _own_errors(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the errors a module adds that have a status of their own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "RequestError" for base in node.bases):
            for line in node.body:
                if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "status":
                    yield node.name, int(ast.literal_eval(line.value))


def _raised(tree: ast.Module, statuses: dict[str, int]) -> Iterator[tuple[int, str]]:
    """Yield status and code: `NotFound("code", …)`, `answer(…, 503, "code", …)`, `CODES = {404: "code"}`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            values = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
            if name in statuses and values and isinstance(values[0], str):
                yield statuses[name], values[0]
            for status, code in pairwise(values):
                if isinstance(status, int) and 400 <= status < 600 and isinstance(code, str):
                    yield status, code
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, int) and 400 <= key.value < 600:
                    yield key.value, str(ast.literal_eval(value))


def code_table() -> str:
    """Return each code with its status and meaning; ValueError for one without, or a meaning too many."""
    found = codes()
    if set(found) != set(MEANINGS):
        differing = sorted(set(found) ^ set(MEANINGS))
        raise ValueError(f"MEANINGS and the codes in the code differ, mend {__name__}: {differing}")
    rows = [
        (f"`{code}`", ", ".join(str(status) for status in sorted(found[code])), MEANINGS[code])
        for code in sorted(found)
    ]
    return table(("code", "status", "meaning"), rows)
