"""One request's rows on their way to the target, and what becomes of those it refuses. Blocks."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from history.influx.answers import LinesRefused
from history.influx.cursor import KEPT, Letter
from history.influx.lines import Deletion, Lines, LineWriter
from history.influx.sifting import Refused, sift
from telemetry.errors import StoreError
from telemetry.protocols import Emptied
from telemetry.samples import SampleBatch

LONGEST_LINE: Final = 500
NO_POINT: Final = "its point has left the plant folder"


class Writer(Protocol):
    """Sends lines; InfluxClient is one."""

    def write(self, body: bytes) -> None:
        """Send lines; TargetAway, TargetMisconfigured or LinesRefused when they were not all taken."""
        ...

    def end(self) -> None:
        """End what is under way, from any thread: who waits for it is told that the target is away."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


class Rewriter(Writer, Protocol):
    """Sends lines, and deletes; InfluxClient is one."""

    def delete(self, predicate: str, first_us: int, last_us: int) -> None:
        """Delete what a predicate picks of [first, last].

        TargetAway, TargetMisconfigured, DeletesUnknown, or LinesRefused for a predicate it does not take.
        """
        ...


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of rows: so many were taken, so many refused; `letters` are the refused, newest last."""

    sent: int
    lost: int
    letters: list[Letter]

    def and_not_deleted(self, refused: Sequence[Letter]) -> "Delivered":
        """Return the same with what was not deleted before counted as refused."""
        return Delivered(self.sent, self.lost + len(refused), [*refused, *self.letters][-KEPT:])


class SiftingTakesTooLong(StoreError):
    """What a request has refused lines in takes longer to find than others may be kept waiting."""


class Delivery:
    """Sends rows. Of measurements of which some were refused lately, it sends those apart."""

    def __init__(self, lines: LineWriter, writer: Rewriter, rows_per_request: int) -> None:
        self._lines = lines
        self.writer = writer
        self._most_rows = rows_per_request
        self._suspects: frozenset[int] = frozenset()

    def deliver(self, samples: SampleBatch, patience: Callable[[], bool]) -> Delivered:
        """Send rows until each was taken or refused; raises TargetAway, TargetMisconfigured.

        SiftingTakesTooLong once `patience` says no: the same is then to be sent in smaller parts.
        """
        known, strangers = self._lines.known(samples)
        refused: list[Refused] = []
        written = self._lines.lines(known)
        if len(known):
            refused = self._sent(written, patience)
        letters = [*self._letters(written, refused), *self._of_strangers(strangers)]
        lost = sum(part.count for part in refused) + len(strangers)
        return Delivered(len(samples) - lost, lost, letters[-KEPT:])

    def deletions(self, emptied: Sequence[Emptied]) -> list[Deletion]:
        """Return what has to go before samples are sent."""
        return self._lines.deletions(emptied)

    def _sent(self, written: Lines, patience: Callable[[], bool]) -> list[Refused]:
        groups = self._lines.groups(written.samples)
        sifting = sift(self._parts(groups))
        part = next(sifting)
        halved = False
        while True:
            answer = self._answer(written.body(part))
            halved = halved or answer is not None
            if halved and not patience():
                raise SiftingTakesTooLong("finding the lines it refuses takes too long")
            try:
                part = sifting.send(answer)
            except StopIteration as end:
                refused: list[Refused] = end.value
                break
        bad = {group for group, rows in groups for each in refused if _overlap(rows, each.rows)}
        seen = {group for group, _ in groups}
        self._suspects = (self._suspects - seen) | bad
        return refused

    def _answer(self, body: bytes) -> LinesRefused | None:
        try:
            self.writer.write(body)
        except LinesRefused as refusal:
            return refusal
        return None

    def _parts(self, groups: list[tuple[int, slice]]) -> list[slice]:
        """Return the rows to send together: each suspect by itself, what stands between them as one.

        A batch may be larger than a request may be.
        """
        parts: list[slice] = []
        joined = False
        for group, rows in groups:
            suspect = group in self._suspects
            if parts and joined and not suspect:
                parts[-1] = slice(parts[-1].start, rows.stop)
            else:
                parts.append(rows)
            joined = not suspect
        most = self._most_rows
        return [
            slice(start, min(start + most, part.stop))
            for part in parts
            for start in range(part.start, part.stop, most)
        ]

    def _letters(self, written: Lines, refused: Iterable[Refused]) -> list[Letter]:
        samples = written.samples
        return [
            Letter(
                self._lines.tag(int(samples.series[row])),
                int(samples.times_us[row]),
                written.lines[row][:LONGEST_LINE],
                part.reason,
            )
            for part in refused
            for row in range(part.rows.start, part.rows.stop)
        ]

    def _of_strangers(self, samples: SampleBatch) -> list[Letter]:
        """Return a letter for the newest reading of each series that no point stands for any more."""
        newest = samples.select(np.argsort(samples.times_us, kind="stable")[::-1])
        series, rows = np.unique(newest.series, return_index=True)
        return [
            Letter("", int(newest.times_us[row]), f"series {id_} {newest.values[row]}", NO_POINT)
            for id_, row in zip(series.tolist(), rows.tolist(), strict=True)
        ]


def _overlap(one: slice, other: slice) -> bool:
    overlap: bool = one.start < other.stop and other.start < one.stop
    return overlap
