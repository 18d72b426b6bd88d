"""A day missed by a real InfluxDB 2, replayed while it and the node are killed at random.

    OUTFALL_INFLUXD=/usr/bin/influxd python -m bench.influx [--seconds 86400] [--points 100] [--kills 50]

At the end every point's count there equals the local store's, but those of a measurement that has a
field of another type there: they are refused, set aside and counted.
"""

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.influx_site import open_history, unit_of
from bench.influxd import Influxd
from telemetry.clock import US_PER_S, SystemClock
from telemetry.samples import SampleBatch

SETTLED_S = 8.0


@dataclass
class Site:
    """The node in small in a process of its own, and what it said."""

    folder: Path
    url: str
    points: int
    late: list[tuple[float, float, int]] = field(default_factory=list)
    status: tuple[str, int, int, int] = ("starting", 0, 0, 0)
    _process: "subprocess.Popen[str] | None" = None
    _listener: threading.Thread | None = None

    def start(self, *more: str) -> None:
        """Start it."""
        arguments = [str(self.folder), self.url, str(self.points), *more]
        command = [sys.executable, "-m", "bench.influx_site", *arguments]
        self.status = ("starting", 0, 0, 0)
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._listener = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._listener is not None:
            self._listener.join()

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                words = line.split()
                if words[:1] == ["late"] and len(words) == 3:
                    self.late.append((time.monotonic(), float(words[1]), int(words[2])))
                elif words[:1] == ["status"] and len(words) == 5 and process is self._process:
                    self.status = (words[1], int(words[2]), int(words[3]), int(words[4]))


def commit_a_day(folder: Path, points: int, seconds: int) -> tuple[int, int]:
    """Commit a batch for each second before now; return how many rows, and the first second's time."""
    history, series_ids = open_history(folder, points)
    ids = list(series_ids.values())
    first_us = SystemClock().now_us() // US_PER_S * US_PER_S - (seconds + 60) * US_PER_S
    for second in range(seconds):
        at_us = first_us + second * US_PER_S
        values = [(second % 997) / 10 + each for each in ids]
        history.commit(SampleBatch.of(ids, at_us, values, 192), at_us)
    history.close()
    return points * seconds, first_us


def local_counts(folder: Path, points: int) -> dict[str, int]:
    """Return how many readings the store holds of each point."""
    history, series_ids = open_history(folder, points)

    async def counts() -> dict[str, int]:
        return {tag: len(await history.samples(tag, 0, 1 << 62, 1_000_000)) for tag in series_ids}

    found = asyncio.run(counts())
    history.close()
    return found


def values_differ(folder: Path, points: int, server: Influxd, tag: str) -> int:
    """Return how many of a point's values are not there as the store has them."""
    history, _ = open_history(folder, points)
    samples = asyncio.run(history.samples(tag, 0, 1 << 62, 1_000_000))
    history.close()
    there = server.values(tag, int(samples.times_us[0]), int(samples.times_us[-1]) + 1)
    here = samples.values.tolist()
    return abs(len(here) - len(there)) + [a == b for a, b in zip(here, there, strict=False)].count(False)


def say(text: str) -> None:
    """Say how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def main() -> None:
    """Do it, and say what came of it; exit 1 where counts differ."""
    parser = argparse.ArgumentParser(prog="python -m bench.influx")
    parser.add_argument("--seconds", type=int, default=86_400)
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=9)
    options = parser.parse_args()
    program = os.environ.get("OUTFALL_INFLUXD")
    if program is None:
        sys.exit("OUTFALL_INFLUXD names no influxd")
    with tempfile.TemporaryDirectory() as place:
        server = Influxd(program, Path(place) / "influxd")
        try:
            sys.exit(measure(Path(place), server, options))
        finally:
            server.kill()


def measure(place: Path, server: Influxd, options: argparse.Namespace) -> int:
    """Return 0 when everything is there."""
    chance = random.Random(options.seed)
    site = Site(place / "node", server.url, options.points)
    rows, first_us = commit_a_day(site.folder, options.points, options.seconds)
    say(f"{rows:,} readings in {options.seconds:,} batches committed while the target is away")
    server.start()
    server.set_up()
    # Whatever is a text in the shard of these days refuses every number of its measurement.
    server.write(f'effluent,plant=bench,point=X,unit=- value="text" {first_us}')
    for point in ("aerobic", "anoxic", "blowers"):
        server.write(f"{point},plant=bench,point=X,unit=- value=1.0,quality=192i {first_us}")
    site.start()
    began = time.monotonic()
    _wait(lambda: time.monotonic() - began > 60 or done(site))
    calm_until = time.monotonic()
    say(f"after 60 s undisturbed: {site.status}")
    kills = _kill(site, server, chance, options.kills)
    disturbed_until = time.monotonic() + SETTLED_S
    say(f"after {options.kills} kills ({kills}): {site.status}")
    _wait(lambda: done(site))
    took = time.monotonic() - began
    time.sleep(3)
    calm = [late for at, late, pending in site.late if pending and (at < calm_until or at > disturbed_until)]
    after = [late for _, late, pending in site.late if not pending]
    lost = site.status[2]
    site.kill()
    say(f"all sent after {took:.0f} s, kills and restarts included: {rows / took:,.0f} readings/s")
    say(f"live readings during the undisturbed replay: {len(calm)}, {_late(calm)}")
    say(f"live readings without one, kills included: {len(after)}, {_late(after)}")
    return _compare(site, server, lost)


def _late(late: list[float]) -> str:
    if not late:
        return "none"
    ordered = sorted(late)
    middle, p99 = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    return f"median {middle:.2f} s late, p99 {p99:.2f}, worst {ordered[-1]:.2f}"


def _compare(site: Site, server: Influxd, lost: int) -> int:
    # What was committed just before the end is sent; nothing more is read.
    site.start("quiet")
    _wait(lambda: site.status[0] in ("up", "connecting") and site.status[1] == 0)
    lost = max(lost, site.status[2])
    site.kill()
    local, there = local_counts(site.folder, site.points), server.counts()
    there.pop("X", None)
    refused = {tag for index, tag in enumerate(local) if unit_of(index) == "effluent"}
    expected = {tag: count for tag, count in local.items() if tag not in refused}
    say(f"local {sum(expected.values()):,} readings of {len(expected)} points, there {sum(there.values()):,}")
    refused_rows = sum(local[tag] for tag in refused)
    say(f"refused: {refused_rows:,} local readings of {len(refused)} points, {lost:,} counted as lost")
    differ = values_differ(site.folder, site.points, server, "P2")
    say(f"values of P2 that differ: {differ}")
    good = there == expected and refused_rows == lost and not differ
    say("equal" if good else "DIFFERENT")
    return 0 if good else 1


def _kill(site: Site, server: Influxd, chance: random.Random, kills: int) -> str:
    counts = {"influxd": 0, "node": 0, "both": 0}
    for _ in range(kills):
        time.sleep(chance.uniform(0.5, 5.0))
        victim = chance.choice(list(counts))
        counts[victim] += 1
        if victim != "influxd":
            site.kill()
        if victim != "node":
            server.kill()
            time.sleep(chance.uniform(0.0, 1.0))
            server.start()
        if victim != "influxd":
            site.start()
    return ", ".join(f"{victim} {count}" for victim, count in counts.items())


def done(site: Site) -> bool:
    """Return whether everything was sent."""
    return site.status[0] == "up" and site.status[1] == 0 and site.status[3] > 0


def _wait(seen: Callable[[], bool]) -> None:
    while not seen():
        time.sleep(0.1)


if __name__ == "__main__":
    main()
