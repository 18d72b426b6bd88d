"""Measuring on a noisy machine: CPU time, children of their own, medians of rounds taken in turn."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from statistics import median
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_spawned = multiprocessing.get_context("spawn")


def in_child(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a module's function returns in a process of its own, which nothing else has warmed."""
    with ProcessPoolExecutor(1, mp_context=_spawned) as pool:
        return pool.submit(function, *args, **kwargs).result()


def medians(rounds: int, *sides: Callable[[], float]) -> list[float]:
    """Return each side's median; the sides take turns, so that noise meets all of them."""
    results: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for result, side in zip(results, sides, strict=True):
            result.append(side())
    return [median(result) for result in results]


def cpu_seconds(work: Callable[[], object], least_s: float = 0.2, most: int = 1000) -> float:
    """Return the CPU seconds of one call of `work`, over as many as take `least_s`; warmed once."""
    work()
    calls, begun = 0, time.process_time()
    while calls < most and (time.process_time() - begun < least_s or calls == 0):
        work()
        calls += 1
    return (time.process_time() - begun) / calls


@contextmanager
def serving(serve: Callable[..., None], *args: object) -> Iterator[tuple[int, int]]:
    """Yield the port and the process of a server in a child, which is ended afterwards.

    `serve` gets a connection to tell its port on, and the arguments.
    """
    here, there = _spawned.Pipe()
    child = _spawned.Process(target=serve, args=(there, *args), daemon=True)
    child.start()
    there.close()
    try:
        assert child.pid is not None
        yield int(here.recv()), child.pid
    finally:
        here.close()
        child.terminate()
        child.join(5)
