"""Month files written elsewhere, and what the store says of their samples."""

from pathlib import Path

import numpy as np
import pytest

from history.embedded import EmbeddedHistory
from history.month_file import write_month_file
from telemetry.errors import StoreError
from telemetry.protocols import Origin
from telemetry.samples import SampleBatch
from tests.contracts.samples import rows_of

A, B = 1, 2
DAY_US = 86_400_000_000
DAY = 20_000 * DAY_US
MINUTE_US = 60_000_000


def a_day(from_us: int, minutes: int = 1440) -> SampleBatch:
    """Two series, a value each minute, one of them missing."""
    times_us = from_us + np.arange(minutes) * MINUTE_US
    values = np.arange(minutes) / 8.0
    values[3] = np.nan
    return SampleBatch.concat([SampleBatch.of(series, times_us, values, 192) for series in (A, B)])


def adopted(history: EmbeddedHistory, folder: Path, from_us: int, minutes: int = 1440) -> int:
    path = folder / "given.parquet"
    write_month_file(a_day(from_us, minutes), path)
    return history.adopt(path, "process", from_us, from_us + DAY_US, "simulated", 5)


def test_what_is_adopted_touches_every_series(history: EmbeddedHistory, tmp_path: Path) -> None:
    history.series_ids("fangcheng1", ["AE_DO1", "AE_DO2", "AE_DO3"])

    number = adopted(history, tmp_path, DAY)

    assert history.closed([A, B, 3]) == (0, (number, number, number))


async def test_empty_days_are_put_together_to_an_empty_month_and_days_with_samples_to_theirs(
    history: EmbeddedHistory, tmp_path: Path
) -> None:
    history.series_ids("fangcheng1", ["AE_DO1", "AE_DO2"])
    path = tmp_path / "none.parquet"
    for days in (0, 1, 31):
        write_month_file(SampleBatch.empty(), path)
        history.adopt(path, "process", DAY + days * DAY_US, DAY + (days + 1) * DAY_US, "simulated", 5)
    number = adopted(history, tmp_path, DAY + 32 * DAY_US)

    history.compact(DAY + 100 * DAY_US, 0)

    found = history.ask(lambda seen: list(seen.segments.items))
    assert [(item.rows, item.first_batch, item.last_batch) for item in found] == [
        (0, number, number),
        (2880, number, number),
    ]
    assert len(await history.samples("AE_DO1", DAY, DAY + 60 * DAY_US, 5000)) == 1440


async def test_what_is_written_is_what_the_store_takes_in(history: EmbeddedHistory, tmp_path: Path) -> None:
    history.series_ids("fangcheng1", ["AE_DO1", "AE_DO2"])

    adopted(history, tmp_path, DAY)

    read = await history.samples("AE_DO2", DAY, DAY + DAY_US, 2000)
    assert str(rows_of(read)) == str(rows_of(a_day(DAY).select(slice(1440, None))))
    assert history.month_files() == [("process", DAY, DAY + DAY_US)]
    assert history.retention(["AE_DO2"]) == {"AE_DO2": "process"}


def test_the_same_samples_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_month_file(a_day(DAY), tmp_path / name)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not written"):
        write_month_file(a_day(DAY), tmp_path / "none" / "x.parquet")


def test_origins_are_one_span_for_neighbouring_days_and_outlive_restart_and_compaction(
    history: EmbeddedHistory, file: Path, tmp_path: Path
) -> None:
    history.series_ids("fangcheng1", ["AE_DO1", "AE_DO2"])
    adopted(history, tmp_path, DAY + DAY_US, minutes=10)
    adopted(history, tmp_path, DAY)
    adopted(history, tmp_path, DAY + 20 * DAY_US)
    end_us = DAY + DAY_US + 9 * MINUTE_US + 1
    history.commit(SampleBatch.of(A, DAY + DAY_US + 11 * MINUTE_US, 1.0, 192), 9)

    history.compact(DAY + 90 * DAY_US, 0)
    history.close()
    again = EmbeddedHistory.open(file)

    try:
        assert again.origins(0, DAY + 10 * DAY_US) == [Origin(DAY, end_us, "simulated")]
        assert again.origins(DAY + 5, DAY + 9) == [Origin(DAY + 5, DAY + 9, "simulated")]
        assert again.origins(end_us, DAY + 20 * DAY_US) == []
        assert len(again.origins(0, DAY + 90 * DAY_US)) == 2
    finally:
        again.close()
