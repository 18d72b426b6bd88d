"""What all tests share."""

import gc
import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: "pytest.CallInfo[None]"
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a skip fail in CI, which installs all that tests may want; elsewhere it names what is missing.

    InfluxDB itself is in no registry that CI installs from, and who runs CI may be root: tests marked
    `influxd` and `not_as_root` may skip there too.
    """
    report = yield
    may = any(item.get_closest_marker(name) for name in ("influxd", "not_as_root"))
    missing = report.skipped and not hasattr(report, "wasxfail") and not may
    if missing and os.environ.get("OUTFALL_CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where nothing may be missing: {report.longrepr}"
    return report


def pytest_unconfigure() -> None:
    """Take Hypothesis' callback out of the collector: with it DuckDB speaks of leaks at every exit."""
    gc.callbacks.clear()
