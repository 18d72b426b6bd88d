"""What collectors write to and tell."""

import pytest

from tests.collectors.recording import RecordingOutages, RecordingSink


@pytest.fixture
async def sink() -> RecordingSink:
    return RecordingSink()


@pytest.fixture
def outages() -> RecordingOutages:
    return RecordingOutages()
