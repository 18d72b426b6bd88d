import math

import numpy as np

from history.influx.lines import LineWriter, beginning
from telemetry.samples import SampleBatch
from tests.history.influx.plants import plant, point


def writer() -> LineWriter:
    made = plant(6)
    return LineWriter(made, {each.tag: number for number, each in enumerate(made.points, start=1)})


def test_a_reading_is_one_line_of_unit_tags_fields_and_microseconds() -> None:
    samples = SampleBatch.of([1, 2], [1_780_000_000_000_001, 5], [2.1, -0.0], [192, 84])

    assert writer().lines(samples).lines == [
        "aerobic,plant=fangcheng1,point=P0,unit=mg/L value=2.1,quality=192i 1780000000000001",
        "effluent,plant=fangcheng1,point=P1,unit=mg/L value=-0.0,quality=84i 5",
    ]


def test_what_is_no_number_is_left_out_and_its_quality_is_not() -> None:
    samples = SampleBatch.of([1, 1, 1, 1], [1, 2, 3, 4], [math.nan, math.inf, -math.inf, 1e-300], 24)

    assert [line.rpartition("L ")[2] for line in writer().lines(samples).lines] == [
        "quality=24i 1",
        "quality=24i 2",
        "quality=24i 3",
        "value=1e-300,quality=24i 4",
    ]


def test_a_number_is_written_so_that_it_comes_back_as_it_was() -> None:
    values = np.random.default_rng(1).normal(size=200) * 10.0 ** np.arange(-100, 100)
    written = writer().lines(SampleBatch.of(1, np.arange(200), values, 192)).lines

    assert [float(line.split("value=")[1].split(",")[0]) for line in written] == values.tolist()


def test_names_are_escaped_and_an_empty_one_is_left_out() -> None:
    assert beginning("a b", point("P,1=x", "u 1,2", "% of=x")) == (
        r"u\ 1\,2,plant=a\ b,point=P\,1\=x,unit=%\ of\=x "
    )
    assert beginning("a", point("P", "u", "")) == "u,plant=a,point=P "
    assert beginning("a", point("P", "u", "m\\")) == "u,plant=a,point=P,unit=m "
    assert beginning("a", point("P", "u", "mg\n/L")) == r"u,plant=a,point=P,unit=mg\ /L "
    assert beginning("厂", point("P", "u", "℃")) == "u,plant=厂,point=P,unit=℃ "


def test_readings_of_series_without_a_point_are_told_apart() -> None:
    samples = SampleBatch.of([9, 2, 1, 0, 4], [1, 2, 3, 4, 5], 1.0, 192)

    known, strangers = writer().known(samples)

    assert known.series.tolist() == [1, 4, 2]
    assert sorted(strangers.series.tolist()) == [0, 9]
    assert writer().groups(known) == [(0, slice(0, 2)), (1, slice(2, 3))]
    assert writer().groups(SampleBatch.empty()) == []


def test_lines_stand_behind_each_other_in_a_body() -> None:
    written = writer().lines(SampleBatch.of([1, 2, 3], 1, 1.0, 192))

    assert written.body(slice(1, 3)).decode().splitlines() == list(written.lines[1:])
