"""Every limit of the demo plant, judged by values as a float32 register carries them."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from alarms.engine import Engine
from alarms.rules.limits import SIGN
from alarms.settings import Rule
from config.demo import DEMO_FOLDER
from config.folder import PlantFolder
from config.read import read_folder
from telemetry.samples import SampleBatch
from tests.alarms.plants import GOOD, T0, S, seconds, told


@pytest.fixture(scope="module")
def demo() -> PlantFolder:
    return read_folder(DEMO_FOLDER)


@pytest.mark.parametrize("day", [date(2026, 7, 1), date(2026, 12, 1)])
def test_a_value_at_its_limit_complies_and_the_next_float32_beyond_does_not(
    demo: PlantFolder, day: date
) -> None:
    rules = [rule for rule in demo.rules_on(day) if rule.kind in SIGN and np.isfinite(rule.threshold)]

    assert len(rules) > 50
    for rule in rules:
        at, beyond = np.float32(rule.threshold), np.float32(SIGN[rule.kind] * np.inf)
        back = np.float32(rule.threshold - SIGN[rule.kind] * rule.deadband)
        assert _run(demo, rule, [at, np.nextafter(at, beyond), np.nextafter(back, beyond), back]) == [
            f"1 raise {rule.key}",
            f"3 clear {rule.key}",
        ]


def _run(demo: PlantFolder, rule: Rule, values: list[np.float32]) -> list[str]:
    """Return what an engine tells of one value a second, without delays or enabling conditions."""
    rule = replace(rule, on_delay=seconds(0), off_delay=seconds(0), enable=None)
    engine = Engine([rule], [demo.plant.point_by_tag[rule.tag]], {rule.tag: 1})
    return [
        text
        for second, value in enumerate(values)
        for text in told(
            engine.evaluate(SampleBatch.of([1], T0 + second * S, float(value), GOOD), T0 + second * S)
        )
    ]
