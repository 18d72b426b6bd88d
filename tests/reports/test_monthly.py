"""A month's report: what it comes to, what it says of holes, and that it is the same for the same inputs."""

from dataclasses import replace
from math import fsum

import pytest

from reports.inputs import Missing, as_json, of_json, sha256
from reports.making import made_report
from reports.monthly import MonthReport
from telemetry.plant import Name
from tests.reports.months import HOUR_US, MADE_US, analyser, days_of, month, point, whole_month

AWAY = Missing(Name("未取得", "not had"))


def report(**changed: object) -> MonthReport:
    return made_report(as_json(whole_month(**changed)), MADE_US, "0.1.0")


def test_inputs_come_back_from_their_json_the_same() -> None:
    inputs = whole_month(compliance=AWAY)

    assert of_json(as_json(inputs)) == inputs


def test_the_same_inputs_give_the_same_report_and_its_hash_is_theirs() -> None:
    text = as_json(whole_month())

    assert report() == report()
    assert report().made.inputs_sha256 == sha256(text)
    assert report(machines=()).made.inputs_sha256 != sha256(text)


def test_loads_are_sums_of_days_and_never_mean_by_mean() -> None:
    cod = report().pollutants[0].figures
    water = report().water.days["influent_m3"]
    means = cod.days["influent_mg_l"]

    by_day = fsum(q * c / 1e6 for q, c in zip(water, means, strict=True) if q is not None and c is not None)

    assert cod.month["load_in_t"] == pytest.approx(by_day)
    assert cod.known == {
        "influent_mg_l": 29, "effluent_mg_l": 30, "load_in_t": 29, "load_out_t": 29, "removal_pct": 28,
    }  # fmt: skip


def test_removal_is_of_days_with_both_ends_known() -> None:
    cod = report().pollutants[0].figures
    both = [
        (a, b)
        for a, b in zip(cod.days["load_in_t"], cod.days["load_out_t"], strict=True)
        if a is not None and b is not None
    ]

    load_in, load_out = fsum(a for a, _ in both), fsum(b for _, b in both)

    assert cod.month["removal_pct"] == pytest.approx((load_in - load_out) / load_in * 100)


def test_a_judged_items_means_are_those_it_was_judged_by() -> None:
    tn = report().pollutants[1].figures

    assert tn.days["effluent_mg_l"][16] == 9.2
    assert report(compliance=AWAY).pollutants[1].figures.days["effluent_mg_l"][16] != 9.2


def test_the_day_in_course_takes_no_part_in_mean_flows() -> None:
    through = month().starts_us[10] + 5 * HOUR_US
    by_day = dict(whole_month().by_day)
    flow = by_day["INF_Q"]
    amounts = (*flow.amount[:10], 3_000.0, *[None] * 20)
    by_day["INF_Q"] = replace(flow, amount=amounts)

    found = report(through_us=through, by_day=by_day)

    assert found.provisional
    assert found.days_begun == 11
    assert found.water.month["influent_m3"] == pytest.approx(fsum(a for a in amounts if a is not None))
    assert found.water.month["influent_m3_d"] == pytest.approx(
        fsum(a for a in amounts[:10] if a is not None) / 10
    )
    assert found.water.days["load_factor_pct"][10] is None


def test_what_nobody_measures_is_missing_and_never_zero() -> None:
    inputs = whole_month()
    roles = replace(inputs.roles, tags={}, pollutants=(), chemicals=())

    found = report(roles=roles)

    assert found.key_figures["influent_m3"] is None
    assert found.key_figures["kwh_per_m3"] is None
    assert set(found.sludge.month.values()) == {None}
    assert found.pollutants == ()


def test_a_cake_that_was_not_dried_has_the_months_mean_moisture() -> None:
    sludge = report().sludge
    wet, mean = sludge.days["wet_t"][2], sludge.month["moisture_pct"]
    assert wet is not None
    assert mean is not None

    assert sludge.days["moisture_pct"][2] is None
    assert sludge.days["dry_t"][2] == pytest.approx(wet * (1 - mean / 100))


def test_cake_in_kilograms_and_pam_in_tonnes_are_brought_to_one_unit() -> None:
    by_day = dict(whole_month().by_day)
    by_day["CAKE"] = days_of("CAKE", "kg", 11_200.0, 2_000.0, amount="kg", missing=(7,))
    by_day["PAM"] = days_of("PAM", "t", 0.01, 0.001, amount="t")

    found = report(by_day=by_day).sludge.month

    assert found["wet_t"] == pytest.approx(report().sludge.month["wet_t"])
    assert found["pam_kg"] == pytest.approx(report().sludge.month["pam_kg"])


def test_an_analyser_is_as_complete_as_its_results_and_another_point_as_its_time() -> None:
    tp = analyser("EFF_TP", "出水总磷", "effluent TP", 461)
    idle = replace(tp, tag="EFF_TN", due=0, valid=0, uptime=None)
    points = (point("EFF_TP", 1.0), point("EFF_TN", 0.8), point("AE_DO1", 0.9), point("LAB_BOD", None))

    found = report(points=points, analysers=(replace(tp, due=489, uptime=461 / 489), idle))

    assert [one.good for one in found.points] == [461 / 489, 0.8, 0.9, None]
    assert found.completeness == pytest.approx((461 / 489 + 0.8 + 0.9) / 3)
    assert [one.good for one in report(points=points, analysers=AWAY).points] == [1.0, 0.8, 0.9, None]


def test_the_notes_say_why_the_two_loads_and_the_two_means_may_differ() -> None:
    notes = [note.en for note in report().notes]

    assert sum("the volume is the totaliser's" in note for note in notes) == 1
    assert sum("once 75 % of the month's days are judged" in note for note in notes) == 1
    assert not any("75 % of the month" in note.en for note in report(compliance=AWAY).notes)
