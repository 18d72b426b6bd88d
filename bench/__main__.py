"""`python -m bench [NAME …]`: measure, and print tables; `make bench` measures everything."""

import argparse
import importlib
import sys
import time
from typing import Final

from bench.report import Section

SECTIONS: Final = (
    "modbus_to_store",
    "parsing",
    "alarm_core",
    "queries",
    "monthly_report",
    "figures_kept",
    "stream",
    "start",
    "past",
    "alarm_latency",
    "influx_lines",
    "backlog",
)


def measure(name: str, tiny: bool = False) -> Section:
    """Return a section's figures; `tiny` proves only that it runs."""
    section: Section = importlib.import_module(f"bench.{name}").measure(tiny)
    return section


def main() -> None:
    """Measure the sections named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Figures, beside those of others.")
    parser.add_argument("name", nargs="*", choices=[[], *SECTIONS], help=", ".join(SECTIONS))
    names = parser.parse_args().name or SECTIONS
    begun = time.monotonic()
    for name in names:
        print(measure(name).text(), end="\n\n", flush=True)
    print(f"{time.monotonic() - begun:.0f} s in all", file=sys.stderr)


if __name__ == "__main__":
    main()
