import logging

import pytest

from collectors.link import Link, in_words
from telemetry.clock import US_PER_S
from telemetry.protocols import LinkState
from tests.clock import MovedClock
from tests.collectors.recording import RecordingOutages


def test_a_channel_is_told_of_once_each_way(
    outages: RecordingOutages, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = MovedClock()
    link = Link("modbus", "PLC2", outages, clock)

    news = [link.back(), link.back(), link.lost("no answer within 3 s"), link.lost("no answer within 3 s")]
    clock.at_us += 252 * US_PER_S
    news += [link.back(252), link.back(252)]

    assert news == [True, False, True, False, True, False]
    assert outages.events == [("back", "PLC2"), ("lost", "PLC2"), ("back", "PLC2")]
    assert outages.causes == ["no answer within 3 s"]
    assert outages.missed == [0, 252]
    assert caplog.messages == [
        "modbus PLC2 connected",
        "modbus PLC2 lost: no answer within 3 s, retrying",
        "modbus PLC2 back after 4 min 12 s, 252 samples missed",
    ]
    assert (link.state, link.since_us) == (LinkState.UP, clock.at_us)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (252, "4 min 12 s"),
        (3600, "1 h"),
        (3661, "1 h 1 min"),
        (3_601, "1 h"),
        (90_061, "1 d 1 h"),
        (86_400 * 400, "400 d"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert in_words(round(seconds * US_PER_S)) == words
