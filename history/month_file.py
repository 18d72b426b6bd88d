"""A month file made outside of a store, for one to take in (`EmbeddedHistory.adopt`)."""

from pathlib import Path
from typing import Final

import duckdb

from history.segments import quoted
from telemetry.errors import StoreError
from telemetry.samples import SampleBatch

_MEMORY: Final = "64MB"
_COPY: Final = (
    "COPY (SELECT series, t_us, if(isnan(value), NULL, value) AS value, quality FROM samples)"
    " TO '{path}' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)"
)


def write_month_file(samples: SampleBatch, path: Path) -> None:
    """Write samples, which stand by series and then time; the file is there whole or not at all.

    The same samples give the same bytes. StoreError when it cannot be written.
    """
    beside = path.with_name(f"{path.name}.part")
    rows = {
        "series": samples.series,
        "t_us": samples.times_us,
        "value": samples.values,
        "quality": samples.quality,
    }
    try:
        # More threads would write the groups of rows in any order.
        with duckdb.connect(config={"threads": 1, "memory_limit": _MEMORY}) as connection:
            connection.register("samples", rows)
            connection.execute(_COPY.format(path=quoted(str(beside)))).fetchall()
        beside.replace(path)
    except (duckdb.Error, OSError) as error:
        raise StoreError(f"{path}: not written: {error}") from error
