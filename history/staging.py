"""The way of columns into DuckDB: arrays of fixed size that it reads in place.

Registering the arrays of each batch anew would take 0.4 ms of the 1.5 that a commit takes.
"""

from collections.abc import Iterator
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt

from telemetry.quality import BoolArray, Quality
from telemetry.samples import SampleBatch

ROWS: Final = 65_536

INTO_READINGS: Final = (
    "INSERT INTO readings SELECT $1::BIGINT, series, t_us, value, quality FROM staging LIMIT $2"
)
INTO_OVERLAY: Final = (
    "INSERT INTO overlay SELECT $1::BIGINT, series, t_us, value, quality, replaces FROM staging LIMIT $2"
)
INTO_UNMARKED: Final = "INSERT INTO unmarked SELECT $1::BIGINT, series, t_us, quality FROM staging LIMIT $2"
INTO_NEWEST: Final = (
    "INSERT INTO newest SELECT series, t_us, value, quality, $1::BIGINT FROM staging LIMIT $2"
)
# What a node stamped and kept as good may come again as uncertain: see arrivals.py.
_REPEATED: Final = f"""
WITH arrived AS (SELECT row, series, t_us, value, quality, replaces FROM staging LIMIT $1),
stored AS (
    SELECT series, t_us, value, quality, 0::BIGINT AS rank FROM readings WHERE t_us >= $2 AND t_us <= $3
    UNION ALL
    SELECT series, t_us, value, quality, if(replaces, batch, -batch) FROM overlay
    WHERE t_us >= $2 AND t_us <= $3
),
holding AS (
    SELECT series, t_us, max_by({{'value': value, 'quality': quality}}, rank) AS sample
    FROM stored SEMI JOIN arrived USING (series, t_us) GROUP BY series, t_us
)
SELECT row FROM arrived JOIN holding USING (series, t_us)
WHERE sample.value IS NOT DISTINCT FROM value
AND (
    sample.quality = quality
    OR NOT replaces AND quality = {int(Quality.UNCERTAIN)} AND sample.quality >= {int(Quality.GOOD)}
)
"""


class Staging:
    """Columns that a writing connection knows as the table `staging`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, rows: int = ROWS) -> None:
        self._connection = connection
        self._columns: dict[str, npt.NDArray[Any]] = {
            "row": np.arange(rows, dtype=np.int32),
            "series": np.zeros(rows, dtype=np.int32),
            "t_us": np.zeros(rows, dtype=np.int64),
            "value": np.zeros(rows, dtype=np.float64),
            "quality": np.zeros(rows, dtype=np.uint8),
            "replaces": np.zeros(rows, dtype=np.bool_),
        }
        self._rows = rows
        connection.register("staging", self._columns)

    def insert(
        self, statement: str, number: int, samples: SampleBatch, replaces: BoolArray | None = None
    ) -> None:
        """Run one of the statements above on samples, with a batch's number."""
        for start, count in self._slices(samples):
            self._fill(samples, start, count, replaces)
            self._connection.execute(statement, [number, count])

    def repeated(self, samples: SampleBatch, replaces: BoolArray) -> BoolArray:
        """Return which samples the store holds just so already."""
        found = np.zeros(len(samples), dtype=np.bool_)
        for start, count in self._slices(samples):
            self._fill(samples, start, count, replaces)
            times_us = samples.times_us[start : start + count]
            span = [count, int(times_us.min()), int(times_us.max())]
            found[start + self._connection.execute(_REPEATED, span).fetchnumpy()["row"]] = True
        return found

    def _slices(self, samples: SampleBatch) -> Iterator[tuple[int, int]]:
        for start in range(0, len(samples), self._rows):
            yield start, min(self._rows, len(samples) - start)

    def _fill(self, samples: SampleBatch, start: int, count: int, replaces: BoolArray | None) -> None:
        rows = slice(start, start + count)
        self._columns["series"][:count] = samples.series[rows]
        self._columns["t_us"][:count] = samples.times_us[rows]
        self._columns["value"][:count] = samples.values[rows]
        self._columns["quality"][:count] = samples.quality[rows]
        if replaces is not None:
            self._columns["replaces"][:count] = replaces[rows]
