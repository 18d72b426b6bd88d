"""The golden values of domain.md 5, and what is not known."""

import inspect

import pytest

from reports import calculations as calc

Q, DAYS, DESIGN = 560_000.0, 30, 20_000.0
Q_D = Q / DAYS
COD = (calc.load_t(Q, 260), calc.load_t(Q, 24))
V, X, DS = 12_500.0, 3_800.0, calc.dry_solids_t(336, 78)


@pytest.mark.parametrize(
    ("found", "golden"),
    [
        (COD[0], 145.60),
        (COD[1], 13.44),
        (calc.removal_pct(*COD), 90.77),
        (calc.removal_pct(calc.load_t(Q, 28.5), calc.load_t(Q, 0.62)), 97.82),
        (calc.removal_pct(calc.load_t(Q, 38), calc.load_t(Q, 9.6)), 74.74),
        (calc.removal_pct(calc.load_t(Q, 4.1), calc.load_t(Q, 0.22)), 94.63),
        (calc.load_factor_pct(Q_D, DESIGN), 93.33),
        (calc.hrt_h(V, Q_D), 16.07),
        (calc.svi_ml_g(32, X), 84.2),
        (calc.srt_d(V, X, 260, 8200, Q_D, 6), 21.17),
        (calc.food_to_mass(Q_D, 118, V, X), 0.0464),
        (calc.kwh_per_m3(162_400, Q), 0.290),
        (calc.kwh_per_kg(162_400, *COD), 1.229),
        (calc.air_to_water(3_360_000, Q), 6.0),
        (calc.dose_mg_l(28_000, Q), 50.0),
        (DS, 73.92),
        (calc.pam_kg_per_t(300, DS), 4.06),
        (calc.per_10000_m3(336, Q), 6.0),
        (calc.per_10000_m3(DS, Q), 1.32),
        (calc.at_80_pct_t(DS), 369.6),
    ],
)
def test_a_month_comes_to_the_golden_values(found: float | None, golden: float) -> None:
    decimals = len(str(golden).partition(".")[2])

    assert found is not None
    assert round(found, decimals) == golden


def test_carbon_to_nitrogen_and_the_surface_load_are_ratios() -> None:
    assert calc.carbon_to_nitrogen(118, 38) == pytest.approx(3.105, abs=1e-3)
    assert calc.surface_load(Q_D, 1000) == pytest.approx(0.7778, abs=1e-4)
    assert calc.ratio_pct(14_000, Q_D) == pytest.approx(75.0)


@pytest.mark.parametrize(
    "function",
    [
        one
        for name, one in inspect.getmembers(calc, inspect.isfunction)
        if not name.startswith("_") and name not in ("total", "mean", "fsum")
    ],
)
def test_what_is_not_known_gives_nothing_rather_than_zero(function: object) -> None:
    assert callable(function)
    count = len(inspect.signature(function).parameters)

    for missing in range(count):
        assert function(*(None if at == missing else 1.0 for at in range(count))) is None


def test_nothing_is_divided_by_nothing() -> None:
    assert calc.kwh_per_m3(100, 0) is None
    assert calc.removal_pct(0, 0) is None


def test_a_sum_is_of_what_is_known_and_of_nothing_there_is_none() -> None:
    assert calc.total([1.0, None, 2.5]) == 3.5
    assert calc.mean([1.0, None, 2.0]) == 1.5
    assert calc.total([None, None]) is None
    assert calc.mean([]) is None
