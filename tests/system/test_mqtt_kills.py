"""Numbers with times over Mosquitto into the store, node and broker killed: none missing, none twice."""

from pathlib import Path

import pytest

from bench.mqtt_kills import MOSQUITTO, run


@pytest.mark.system
@pytest.mark.timeout(600)
def test_no_sample_that_was_acknowledged_is_missing_and_none_is_stored_twice(tmp_path: Path) -> None:
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed")

    outcome = run(tmp_path, kills=4, seed=4)

    assert outcome.node_kills + outcome.broker_kills == 4
    assert outcome.sent > 0
    assert outcome.missing == outcome.never_stored == outcome.wrong == frozenset()
    assert outcome.twice == 0
