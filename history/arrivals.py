"""What arrives, told apart: newer than all before of its series, late, or from the future."""

from dataclasses import dataclass, field

import numpy as np

from history.newest import RowArray
from telemetry.quality import BoolArray, Quality, is_good
from telemetry.samples import SampleBatch, TimeArray


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A batch as the store takes it: each (series, time) once, in the order of arrival.

    `late` also has those from the future. `replaces` tells for each of them whether it wins over one
    of the same time; `repeated` counts those of which the same batch holds a later one of the same
    series and time. `own` are those of both that a mark took, with the quality of their own.
    """

    in_order: SampleBatch
    late: SampleBatch
    replaces: BoolArray
    repeated: int
    own: SampleBatch = field(default_factory=SampleBatch.empty)

    @property
    def kept(self) -> SampleBatch:
        """All of it, late samples last."""
        return SampleBatch.concat([part for part in (self.in_order, self.late) if len(part)])


def tell_apart(
    samples: SampleBatch,
    newest_us: TimeArray,
    doubtful_us: TimeArray,
    stamped_by_node: BoolArray,
    until_us: int,
) -> Arrivals:
    """Return a batch told apart; all but `until_us` are by series id.

    A late sample that the node stamped itself means that its clock was set back, one from after
    `until_us` that a device's clock is wrong: both are kept as uncertain and replace none. What came
    from the future is never the newest of its series, or all that is true would be late from then on;
    up to `doubtful_us`, the last of it, what comes in order is set aside too, to replace it.
    """
    rows = _last_of_equals(samples)
    kept = samples if len(rows) == len(samples) else samples.select(rows)
    ahead = kept.times_us > until_us
    late = kept.times_us <= newest_us[kept.series]
    aside = ahead | late | (kept.times_us <= doubtful_us[kept.series])
    if not aside.any():
        return Arrivals(kept, SampleBatch.empty(), np.empty(0, dtype=np.bool_), len(samples) - len(kept))
    doubtful = (ahead | (late & stamped_by_node[kept.series]))[aside]
    put = kept.select(aside)
    quality = np.where(doubtful & is_good(put.quality), np.uint8(Quality.UNCERTAIN), put.quality)
    put = SampleBatch(put.series, put.times_us, put.values, quality)
    return Arrivals(kept.select(~aside), put, ~doubtful, len(samples) - len(kept))


def _last_of_equals(samples: SampleBatch) -> RowArray:
    """Return in order the rows that no later row of the same series and time follows."""
    order = np.lexsort((samples.times_us, samples.series))
    series, times_us = samples.series[order], samples.times_us[order]
    repeated = (series[1:] == series[:-1]) & (times_us[1:] == times_us[:-1])
    if not repeated.any():
        return np.arange(len(order))
    return np.sort(order[np.append(~repeated, True)])
