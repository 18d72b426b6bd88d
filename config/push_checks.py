"""What is wrong with `push` in plant.yaml beyond its keys: secrets in the folder, links nobody can open."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config.hosts import is_loopback
from config.problems import Problems, quoted
from config.secrets import is_inside, is_variable
from config.yaml_file import YamlFile


def check_push(push: Any, server: Any, folder: Path, yaml: YamlFile, problems: Problems) -> None:
    """Tell the mistakes of `push`; `server` is what stands beside it."""
    if not isinstance(push, Mapping):
        return
    found: list[tuple[str, str, str]] = []
    env, file, url = push.get("fallback_env"), push.get("fallback_file"), push.get("public_url")
    if env is not None and file is not None:
        found.append(("fallback_file", "fallback_env and fallback_file both stand here", "keep one"))
    if isinstance(env, str) and not is_variable(env):
        mend = "write the name of one such as OUTFALL_FALLBACK_TARGETS, not the targets"
        found.append(("fallback_env", "fallback_env is no variable's name", mend))
    if isinstance(file, str) and file and is_inside(folder / file, folder):
        mend = "move it elsewhere, and write its full path"
        found.append(("fallback_file", "fallback_file stands in the plant folder", mend))
    if isinstance(url, str):
        found += _unreachable(url, server if isinstance(server, Mapping) else {})
    for key, what, mend in found:
        problems.add(yaml.file, yaml.line(("push", key)), f"push: {what}", mend)


def _unreachable(url: str, server: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return why links would open nothing: the node answers to the names it knows only."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return []
    name = (parts.hostname or "").rstrip(".")
    if not name or "@" in parts.netloc:
        return []
    names = server.get("names")
    known = {str(each).lower() for each in names} if isinstance(names, list) else set()
    if name not in known | {str(server.get("host", "127.0.0.1")).lower()} and not is_loopback(name):
        what = f"public_url leads to {quoted(name)}, which is not among the server's names"
        return [("public_url", what, f"add {name} to names below server")]
    if parts.scheme == "http" and not is_loopback(name):
        return [("public_url", "public_url is open to whoever listens on the way", "write https://")]
    return []
