"""Link points."""

import numpy as np

from alarms.rules import link


def test_a_link_is_met_while_its_channel_is_down() -> None:
    assert link.met(np.array([1.0, 0.0])).tolist() == [False, True]
