"""Cases by the hundred thousand, each beside another way to the same answer: a wrong one ends the run.

The properties stand in bench/properties/, a module each with `cases()` and `holds(case)`; tests/ try
the same ones on fewer cases. A further one is a line in PROPERTIES.
"""

import gc
import importlib
import resource
import time
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, seed, settings

from bench.report import Figure, Section
from bench.rounds import in_child

PROPERTIES: Final = ("decoding", "planning")
CASES: Final = 100_000
_A_ROUND: Final = 1000


def measure(tiny: bool = False) -> Section:
    """Try every property on so many cases; AssertionError with the smallest case that is wrong."""
    count = 60 if tiny else CASES
    figures = []
    for name in PROPERTIES:
        seconds, grown_mb = in_child(tried, name, count)
        figures += [
            Figure(f"{name}: cases that held", "cases", count),
            Figure(
                f"{name}: CPU a case, the reference and the choice of the case included",
                "µs",
                seconds / count * 1e6,
            ),
            Figure(f"{name}: memory grown by over the second half", "MB", grown_mb),
        ]
    return Section("parsing", f"{count:,} cases a property, other ones in each thousand", figures)


def tried(name: str, count: int) -> tuple[float, float]:
    """Return the CPU seconds of so many cases, and by how many MB they made this process grow at last."""
    module = importlib.import_module(f"bench.properties.{name}")
    begun, half_mb = time.process_time(), 0.0
    for first in range(0, count, _A_ROUND):
        if first <= count // 2:
            half_mb = _peak_mb()
        _try(module, min(_A_ROUND, count - first), first)
        # What a thousand cases taught the search is forgotten: its memory is not ours.
        gc.collect()
    return time.process_time() - begun, _peak_mb() - half_mb


def _try(module: Any, count: int, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(module.cases())
    def each_holds(case: Any) -> None:
        module.holds(case)

    each_holds()


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
