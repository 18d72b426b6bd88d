"""Results of DuckDB as numpy arrays."""

from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from telemetry.samples import SampleBatch


def columns(
    cursor: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]
) -> Mapping[str, npt.NDArray[Any]]:
    """Return a result as arrays; NULL, which only a float column has, becomes NaN."""
    found = cursor.execute(query, parameters).fetchnumpy()
    return {name: np.ma.filled(column, np.nan) for name, column in found.items()}


def samples_in(rows: Mapping[str, npt.NDArray[Any]]) -> SampleBatch:
    """Return the samples of a result with these columns."""
    return SampleBatch(rows["series"], rows["t_us"], rows["value"], rows["quality"])
