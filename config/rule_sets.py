"""rules.yaml: what the plant's rules for its people say otherwise than the shipped ones, from a day on.

rule_sets:
  - valid_from: 2026-07-01        each says only what differs from the set before it
    title: 日常管理制度（2026修订）
    clauses:
      operators: {late_yuan: 20}

Without the file the shipped rules hold.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml as pyyaml

from config.problems import Problems
from config.validation import validate
from config.yaml_file import YamlFile, read_yaml
from operations.rules.sets import RuleSets
from operations.rules.settings import RuleSet

FILE: Final = "rules.yaml"
HOLDS: Final = "rules for people that differ from the shipped ones"
_SHIPPED: Final = Path(__file__).parent / "assessment"


def shipped_rule_sets() -> RuleSets:
    """Return the rules that come with the product."""
    return RuleSets.of([RuleSet.model_validate(written) for written in _shipped()])


def read_rule_sets(folder: Path, problems: Problems) -> RuleSets:
    """Return a plant's rule sets: the shipped ones and those of its rules.yaml."""
    shipped = _shipped()
    sets = [RuleSet.model_validate(written) for written in shipped]
    if not (folder / FILE).exists():
        return RuleSets.of(sets)
    yaml = read_yaml(folder / FILE, HOLDS, problems)
    if yaml is None:
        return RuleSets.of(sets)
    listed = yaml.value.get("rule_sets") if isinstance(yaml.value, dict) and len(yaml.value) == 1 else None
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        problems.add(
            yaml.file, 1, "it is no list of rule sets", "write rule_sets: and below it - valid_from: …"
        )
        return RuleSets.of(sets)
    return RuleSets.of([*sets, *_own(listed, shipped[-1], sets[-1].valid_from, yaml, problems)])


def _own(
    listed: list[dict[str, Any]], base: Mapping[str, Any], since: date, yaml: YamlFile, problems: Problems
) -> list[RuleSet]:
    found: list[RuleSet] = []
    for index, item in enumerate(listed):
        base = _over(base, item)
        place = ("rule_sets", index)
        read = validate(RuleSet, base, yaml, place, f"rule set {index + 1}", problems)
        if read is None:
            return found
        if "valid_from" not in item or read.valid_from <= since:
            what = f"rule set {index + 1} does not begin after the one before it ({since})"
            problems.add(yaml.file, yaml.line((*place, "valid_from")), what, "write a later valid_from")
            return found
        since = read.valid_from
        found.append(read)
    return found


def _shipped() -> list[dict[str, Any]]:
    files = sorted(_SHIPPED.glob("*.yaml"))
    return [pyyaml.safe_load(file.read_text("utf-8")) for file in files]


def _over(base: Any, item: Any) -> Any:
    """Return what was written before with what is written now laid over it; lists replace lists."""
    if not isinstance(base, Mapping) or not isinstance(item, Mapping):
        return item
    return {**base, **{key: _over(base.get(key), value) for key, value in item.items()}}
