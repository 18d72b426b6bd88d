"""The town's day, week and year."""

from statistics import fmean

from simulator.influent import Influent, Sewage, Weather, rain
from tests.simulator.plants import at_us

MONDAY = at_us("2026-11-16T00:00:00") / 1e6 + 8 * 3600


def days(first: float, count: float, every_s: float = 600.0) -> list[Sewage]:
    influent, weather = Influent(1), Weather()
    steps = int(count * 86_400 / every_s)
    return [influent.at(first + step * every_s, weather) for step in range(steps)]


def test_the_flow_has_two_peaks_a_day_and_its_least_before_dawn() -> None:
    by_hour = [0.0] * 24
    for place, sewage in enumerate(days(MONDAY, 5, 3600.0)):
        by_hour[place % 24] += sewage.flow_m3_h / 5

    assert min(range(24), key=by_hour.__getitem__) in (3, 4, 5)
    morning, noon, evening = max(by_hour[7:12]), min(by_hour[12:17]), max(by_hour[18:23])
    assert morning > noon + 60
    assert evening > noon + 60


def test_flow_and_concentrations_stay_in_the_range_of_a_municipal_plant() -> None:
    week = days(MONDAY, 7)

    assert 500 < min(s.flow_m3_h for s in week) < 650
    assert 950 < max(s.flow_m3_h for s in week) < 1150
    assert 18_000 < fmean(s.flow_m3_h for s in week) * 24 < 20_500
    assert min(s.ammonia for s in week) > 20
    assert max(s.ammonia for s in week) < 36
    assert 180 < min(s.cod for s in week) < max(s.cod for s in week) < 350


def test_less_comes_at_weekends() -> None:
    week = days(MONDAY, 7)
    flows = [sewage.flow_m3_h for sewage in week]

    assert fmean(flows[-2 * 144 :]) < 0.97 * fmean(flows[: 5 * 144])


def test_the_water_is_warm_in_august_and_cold_in_february() -> None:
    summer = days(at_us("2026-08-05T00:00:00") / 1e6, 3)
    winter = days(at_us("2026-02-05T00:00:00") / 1e6, 3)

    assert 24 < fmean(s.water_c for s in summer) < 28
    assert 12 < fmean(s.water_c for s in winter) < 15.5


def test_rain_raises_the_flow_and_dilutes() -> None:
    influent, wet = Influent(1), Weather(rain_mm_h=10.0)
    dry = influent.at(MONDAY, Weather())

    for _ in range(240):
        rain(wet, 1 / 60)
    storm = influent.at(MONDAY, wet)

    assert storm.flow_m3_h > dry.flow_m3_h + 500
    assert abs(storm.ammonia * storm.flow_m3_h - dry.ammonia * dry.flow_m3_h) < 1.0
