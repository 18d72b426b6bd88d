"""What collectors write to and tell."""

import hypothesis
import pytest

from tests.collectors.recording import RecordingOutages, RecordingSink

# A slow machine is no counterexample.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture
async def sink() -> RecordingSink:
    return RecordingSink()


@pytest.fixture
def outages() -> RecordingOutages:
    return RecordingOutages()
