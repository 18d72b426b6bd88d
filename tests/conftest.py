"""What all tests share."""

import gc
import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: "pytest.CallInfo[None]"
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a skip fail in CI, which installs all that tests may want; elsewhere it names what is missing."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("OUTFALL_CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where nothing may be missing: {report.longrepr}"
    return report


def pytest_unconfigure() -> None:
    """Take Hypothesis' callback out of the collector: with it DuckDB speaks of leaks at every exit."""
    gc.callbacks.clear()
