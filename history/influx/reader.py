"""The history as InfluxDB holds it: what nodes replicated there.

No node reads with it. It is what a company's centre reads its plants with, and keeps the contract that
the embedded history keeps, under the same suite (tests/contracts).

Windows are the same function of samples as in the embedded history, so both give the same figures.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any, Final, TypeVar

from history.bounds import check_limit, check_windows
from history.figures import DAY_US, FOREVER_US, Frame, windows
from history.influx.answer import samples_in
from history.influx.client import Token, connected, judged_error
from history.influx.flux import quoted
from history.influx.lines import as_stored
from history.influx.settings import InfluxSettings
from telemetry.errors import ConfigError, StoreError
from telemetry.protocols import Aggregate, Windows
from telemetry.samples import SampleBatch

T = TypeVar("T")

OLDEST_US: Final = -9_223_372_036_854_775
END_US: Final = 9_223_372_036_854_775
"""The times that InfluxDB knows, ns in 64 bits."""
_READERS: Final = 4
_MOST_READS: Final = 256
# A portion is some days: enough rows to be worth a request, few enough to hold as text.
_FEW_ROWS: Final = 50_000
_MANY_ROWS: Final = 200_000
_MOST_DAYS: Final = 1024


class InfluxHistory:
    """Reads one plant's samples from a bucket; implements HistoryReader.

    `series_ids` name the tags that may be read, with the ids their samples come with; `hold_us` says how
    long a sample of a tag holds in figures, for ever where it says nothing.
    """

    def __init__(
        self,
        settings: InfluxSettings,
        token: Token,
        plant: str,
        series_ids: Mapping[str, int],
        hold_us: Mapping[str, int] | None = None,
    ) -> None:
        self._settings = settings
        self._token = token
        self._plant = plant
        self._series_ids = dict(series_ids)
        self._hold_us = dict(hold_us or {})
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix="influx-reader")
        self._opening = threading.Lock()
        self._client: Any = None
        self._secret = ""
        self._reads = 0
        self._closed = False

    def __repr__(self) -> str:
        return f"InfluxHistory({self._settings.address})"

    async def samples(self, tag: str, from_us: int, to_us: int, limit: int) -> SampleBatch:
        """Return samples of [from, to), oldest first, at most `limit`; none for a tag unknown here."""
        check_limit(limit)
        return await self._answer(lambda: self._samples(tag, int(from_us), int(to_us), limit))

    async def windows(
        self, tag: str, from_us: int, to_us: int, every_us: int, aggregate: Aggregate, offset_us: int = 0
    ) -> Windows:
        """Return figures for windows within [from, to) that start at k * every - offset, k whole."""
        check_windows(from_us, to_us, every_us, offset_us)
        frame = Frame(int(from_us), int(to_us), int(every_us), int(offset_us))
        return await self._answer(lambda: self._windows(tag, frame, aggregate))

    def close(self) -> None:
        """Close the connections; reads that go on end with StoreError."""
        self._closed = True
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._forget_client()

    def _samples(self, tag: str, from_us: int, to_us: int, limit: int) -> SampleBatch:
        found = [SampleBatch.empty()]
        for portion in self._portions(tag, from_us, to_us, limit):
            found.append(portion.select(slice(limit)))
            limit -= len(found[-1])
            if not limit:
                break
        return SampleBatch.concat(found)

    def _windows(self, tag: str, frame: Frame, aggregate: Aggregate) -> Windows:
        hold_us = self._hold_us.get(tag, FOREVER_US)
        portions = filter(len, self._portions(tag, frame.from_us, frame.to_us, None))
        first = next(portions, None)
        if first is None:
            return windows([], SampleBatch.empty(), frame, aggregate, hold_us)
        before = self._ends(tag, OLDEST_US, frame.from_us, "last")
        return windows(chain([first], portions), before, frame, aggregate, hold_us)

    def _portions(self, tag: str, from_us: int, to_us: int, limit: int | None) -> Iterator[SampleBatch]:
        """Yield the samples of [from, to) in portions cut at days, as few as they allow."""
        first, last = (self._ends(tag, from_us, to_us, end) for end in ("first", "last"))
        if not len(first) or not len(last):
            return
        begin_us, until_us = int(first.times_us[0]), int(last.times_us[-1]) + 1
        days = 1
        while begin_us < until_us:
            end_us = min((begin_us // DAY_US + days) * DAY_US, until_us)
            portion = self._asked(tag, begin_us, end_us, "" if limit is None else f"|> limit(n: {limit})")
            yield portion
            begin_us = end_us
            if len(portion) < _FEW_ROWS:
                days = min(days * 2, _MOST_DAYS)
            elif len(portion) > _MANY_ROWS:
                days = max(days // 2, 1)

    def _ends(self, tag: str, from_us: int, to_us: int, which: str) -> SampleBatch:
        """Return the first or the last sample of [from, to), or none.

        Of a point that moved to another unit there may be one of each.
        """
        found = self._asked(tag, from_us, to_us, f"|> {which}()")
        return found.select(slice(-1, None) if which == "last" else slice(1))

    def _asked(self, tag: str, from_us: int, to_us: int, pick: str) -> SampleBatch:
        from_us, to_us = max(from_us, OLDEST_US), min(to_us, END_US)
        series = self._series_ids.get(tag)
        if series is None or from_us >= to_us:
            return SampleBatch.empty()
        flux = (
            f"from(bucket: {quoted(self._settings.bucket)})"
            f" |> range(start: time(v: {from_us * 1000}), stop: time(v: {to_us * 1000}))"
            f" |> filter(fn: (r) => r.plant == {quoted(as_stored(self._plant))}"
            f" and r.point == {quoted(as_stored(tag))})"
            ' |> filter(fn: (r) => r._field == "value" or r._field == "quality")'
            f' {pick} |> keep(columns: ["_time", "_field", "_value"])'
        )
        return samples_in(self._queried(flux), series)

    def _queried(self, flux: str) -> str:
        client = self._opened()
        try:
            response = client.query_api().query_raw(flux, org=self._settings.org, dialect=_plain())
            try:
                return str(response.read().decode())
            finally:
                response.release_conn()
        except Exception as error:
            judgement = judged_error(error, self._hidden)
            if judgement is None:
                raise
            if getattr(error, "status", None) in (401, 403):
                self._forget_client()  # the next read takes the token anew
            raise StoreError(f"{self._settings.address}: not read: {judgement}") from None

    def _opened(self) -> Any:
        settings = self._settings
        with self._opening:
            if self._client is None:
                try:
                    self._secret = self._token()
                except ConfigError as error:
                    raise StoreError(str(error)) from None
                self._client = connected(settings, self._secret, _READERS, gzip_answers=settings.gzip)
            return self._client

    def _forget_client(self) -> None:
        with self._opening:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _hidden(self, text: str) -> str:
        return text.replace(self._secret, "…") if self._secret else text

    async def _answer(self, read: Callable[[], T]) -> T:
        if self._closed:
            raise StoreError(f"{self._settings.address}: the history is closed")
        if self._reads >= _MOST_READS:
            raise StoreError(f"{self._settings.address}: {self._reads} reads wait already; try again later")
        self._reads += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, read)
        finally:
            self._reads -= 1


def _plain() -> Any:
    """Return how answers are to be written: one head a table, and nothing above it."""
    from influxdb_client.domain import dialect

    as_csv: Any = dialect.Dialect
    return as_csv(annotations=[], header=True, delimiter=",", date_time_format="RFC3339Nano")
