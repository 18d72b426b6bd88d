"""What went wrong in the past befalls at its minute, and is over again."""

from zoneinfo import ZoneInfo

from simulator.faults import FAULTS, Site
from simulator.incidents import INCIDENTS, Incident, Incidents
from simulator.plant import Plant
from simulator.waking import DAY_US, MINUTE_US

ZONE = ZoneInfo("Asia/Shanghai")
SEAM_US = 1_790_000_000_000_000 // DAY_US * DAY_US


def test_an_incident_lasts_from_its_minute_of_the_clock_for_as_long_as_it_says() -> None:
    # 08:00 of the plant's clock is the seam's midnight of UTC.
    incident = Incident(1, 9, 30, 20, "blower_trip", "BL_B201A")
    begins_us = SEAM_US - DAY_US + 90 * MINUTE_US
    incidents = Incidents(SEAM_US, ZONE, [incident])
    plant = Plant(1, ZONE, begins_us - MINUTE_US)
    tripped = []
    for _ in range(24):
        incidents.befall(plant)
        tripped.append(plant.drives["BL_B201A"].tripped)
        plant.step(60.0)
    assert tripped == [False] + [True] * 20 + [False] * 3


def test_every_incident_can_befall_and_is_over_before_the_plant_that_goes_on() -> None:
    plant = Plant(1, ZONE, SEAM_US)
    for incident in INCIDENTS:
        assert incident.target in FAULTS[incident.fault].targets(Site(plant))
        ends = incident.hour * 60 + incident.minute + incident.lasts
        assert ends < (incident.day - 2) * 1440
