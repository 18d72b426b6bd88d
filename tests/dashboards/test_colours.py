from datetime import date
from typing import Any

import pytest

from dashboards.colours import CELLS, OF, PILLS, TEXT, Ground, status_mappings, thresholds
from dashboards.description import Severity, Value
from dashboards.flux import DEAD, IDLE
from tests.dashboards.plants import view


def colour_at(steps: list[dict[str, Any]], value: float) -> str:
    """Return the colour Grafana gives a value: the last step that it has reached."""
    reached = [step["color"] for step in steps if step["value"] is None or value >= step["value"]]
    return str(reached[-1])


def tile(label: str, day: date) -> Value:
    return next(t.value for t in view("demo", day=day).tiles if t.value.label == label)


@pytest.mark.parametrize(
    ("day", "value", "severity"),
    [
        (date(2026, 11, 21), 4.8, Severity.NORMAL),
        (date(2026, 11, 21), 4.81, Severity.LOW),
        (date(2026, 11, 21), 6.01, Severity.MEDIUM),
        (date(2026, 11, 21), 12.01, Severity.HIGH),
        (date(2026, 7, 1), 3.2, Severity.NORMAL),
        (date(2026, 7, 1), 3.21, Severity.LOW),
        (date(2026, 7, 1), 4.01, Severity.MEDIUM),
        (date(2026, 7, 1), 8.01, Severity.HIGH),
    ],
)
def test_ammonia_is_coloured_by_the_limits_of_the_day(day: date, value: float, severity: Severity) -> None:
    steps = thresholds(tile("氨氮", day).bounds)["steps"]

    assert colour_at(steps, value) == OF[severity]


@pytest.mark.parametrize(
    ("value", "severity"),
    [
        (5.9, Severity.HIGH),
        (6.0, Severity.LOW),
        (6.49, Severity.LOW),
        (6.5, Severity.NORMAL),
        (8.5, Severity.NORMAL),
        (8.51, Severity.LOW),
        (9.0, Severity.LOW),
        (9.1, Severity.HIGH),
    ],
)
def test_a_value_between_two_limits_is_grey_and_equality_complies(value: float, severity: Severity) -> None:
    steps = thresholds(tile("pH", date(2026, 11, 21)).bounds)["steps"]

    assert colour_at(steps, value) == OF[severity]


@pytest.mark.parametrize(
    ("label", "value", "severity"),
    [
        # Rounded half to even to the limit's decimals: 12 for total nitrogen, 0.5 for total phosphorus.
        ("总氮", 12.5, Severity.LOW),
        ("总氮", 12.51, Severity.MEDIUM),
        ("总氮", 11.5, Severity.LOW),
        ("总氮", 11.49, Severity.NORMAL),
        ("总磷", 0.5499, Severity.LOW),
        ("总磷", 0.55, Severity.MEDIUM),
        ("总磷", 0.45, Severity.NORMAL),
        ("总磷", 0.4501, Severity.LOW),
    ],
)
def test_a_days_mean_is_rounded_before_it_is_held_against_a_limit(
    label: str, value: float, severity: Severity
) -> None:
    mean = next(t.mean for t in view("demo", day=date(2026, 7, 1)).tiles if t.value.label == label)

    assert colour_at(thresholds(mean.bounds)["steps"], value) == OF[severity]


def test_steps_rise() -> None:
    for its in view("demo").tiles:
        values = [step["value"] for step in thresholds(its.value.bounds)["steps"][1:]]
        assert values == sorted(set(values))


def test_a_limit_that_holds_only_while_something_runs_colours_nothing() -> None:
    # With all blowers standing, a header without pressure is as it should be.
    boxes = [box for box in view("demo").beside if box.name == "鼓风机房"]
    pressure = next(m for box in boxes for m in box.metrics if m.measure == "kPa")

    assert pressure.values[0].bounds == ()


@pytest.mark.parametrize("ground", [PILLS, CELLS])
def test_a_machine_is_filled_hollow_or_on_red_ground(ground: Ground) -> None:
    pump = next(m for box in view("demo").water for m in box.machines if m.tag == "PS_P101A_ST")
    options = status_mappings(pump, ground=ground, unknown="失联")[0]["options"]
    said = {options[str(place)]["text"]: options[str(place)]["color"] for place in (0, 1, IDLE, DEAD)}

    assert list(said) == ["故障", "运行", "停止", "失联"]
    assert said["停止"] == ground.hollow
    assert len(set(said.values())) == 4


def test_mains_that_are_lost_and_a_by_pass_that_is_open_are_no_normal_states() -> None:
    machines = {m.tag: m for box in (*view("demo").water, *view("demo").beside) for m in box.machines}

    assert machines["LS2_PWR"].otherwise_severity is Severity.MEDIUM
    assert {word: severity for _, word, severity in machines["BYP_ZS101"].says}["开"] is Severity.HIGH
    assert machines["PS_ZS101"].otherwise_severity is Severity.NORMAL


def test_an_analysers_fault_is_violet_and_its_work_grey() -> None:
    its = view("demo").analysers[0].status
    options = status_mappings(its, ground=None, unknown="无数据")[0]["options"]
    said = {option["text"]: option["color"] for option in options.values()}

    assert said["故障"] == OF[Severity.INSTRUMENT]
    assert said["测量"] == TEXT
