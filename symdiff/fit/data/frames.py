"""Data frames of pandas, Polars and Arrow, known by what they can do: none of these packages is imported here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from symdiff.errors import DataError
from symdiff.fit.data.cells import shortened
from symdiff.fit.data.parquet import arrow_table, parquet_file, read_parquet, values_and_gaps
from symdiff.fit.data.table import Columns, Table

# What the frames of each package have, and nothing else that may be given.
PANDAS: Final = ("iloc", "columns", "dtypes")
POLARS: Final = ("to_series", "columns", "null_count")
ARROW: Final = ("schema", "column", "num_rows")
LAZY: Final = ("collect", "collect_schema")
PROTOCOLS: Final = ("__arrow_c_stream__", "__arrow_c_array__", "__dataframe__")


class ArrowStream(Protocol):
    """What hands on its columns by the Arrow C stream interface: frames of Polars, DuckDB, pandas and others."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A capsule with the stream."""


class Interchange(Protocol):
    """What hands on its columns by the data frame interchange protocol."""

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any:
        """The frame, in the form of the protocol."""


class Lazy(Protocol):
    """A query that has not run, as Polars has them."""

    def collect(self) -> Any:
        """The frame that the query gives."""


def is_frame(source: Any) -> bool:
    """Whether a thing is a data frame, or can be taken for one."""
    kind = type(source)
    return any([has(kind, *names) for names in (PANDAS, POLARS, ARROW, LAZY, *([name] for name in PROTOCOLS))])


def frame(source: Any) -> Table | None:
    """The columns of a data frame, by their names; None for what is none. The index of pandas is no column."""
    if has(type(source), *LAZY):
        source = source.collect()
    kind = type(source)
    if has(kind, *PANDAS):
        return of_frame(list(source.columns), lambda i: source.iloc[:, i], len(source))
    if has(kind, *POLARS):
        return of_frame(source.columns, source.to_series, source.height)
    if has(kind, *ARROW):
        return of_frame(source.schema.names, source.column, source.num_rows)
    if any([hasattr(kind, name) for name in PROTOCOLS]):
        found = arrow_table(source)
        return of_frame(found.schema.names, found.column, found.num_rows)
    return None


def parquet_table(path: str | Path) -> Table:
    """The columns of a Parquet file, each of which is read when it is asked for."""
    with parquet_file(path) as file:
        names, height = list(file.schema_arrow.names), file.metadata.num_rows
    return of_frame(names, lambda i: read_parquet(path, names[i]), height, str(path))


def has(kind: type, *names: str) -> bool:
    """Whether things of a type have all of these: a column called `iloc` does not make a frame one of pandas."""
    return all([hasattr(kind, name) for name in names])


def of_frame(names: list[Any], column: Callable[[int], Any], height: int, source: str = "the frame given") -> Table:
    """The table of a frame, from the names of its columns and the columns by place."""
    if not names or not height:
        raise DataError(f"{source} is empty", "it needs a column for each input and one for y, with rows")
    called = [str(name) for name in names]
    places = {name: i for i, name in reversed(list(enumerate(called)))}
    twice = frozenset(name for name in places if called.count(name) > 1) if len(places) < len(called) else frozenset()
    columns = Columns(called, lambda name: cells_in(column(places[name]), name))
    return Table(source, columns, range(1, 1 + height), twice=twice)


def cells_in(column: Any, name: str) -> NDArray[Any]:
    """The cells of one column of a frame, or of anything that NumPy takes for an array; missing ones are masked.

    Raises DataError if the column cannot be read as cells.
    """
    try:
        values, missing = unpacked(column)
        cells = np.ma.MaskedArray(values, missing) if missing is not None and missing.any() else np.asarray(values)
    except (TypeError, ValueError, RuntimeError, NotImplementedError) as error:
        hint = "give it as numbers, in a list or a NumPy array"
        raise DataError(f"the column {name!r} cannot be read: {str(error).splitlines()[0]}", hint) from error
    if cells.ndim != 1:
        told = f"has the shape {cells.shape}" if cells.ndim else f"is {shortened(column)}"
        raise DataError(f"the column {name!r} {told}", "a column has one dimension")
    return cells


def unpacked(column: Any) -> tuple[Any, NDArray[np.bool_] | None]:
    """The values of a column, and where it has none, if it tells these apart."""
    kind = type(column)
    if has(kind, "isna", "to_numpy"):
        return of_pandas(column)
    if has(kind, "is_null", "null_count", "to_numpy"):
        if not callable(column.null_count):  # Arrow has a number where Polars has a method
            return values_and_gaps(column)
        return column.to_numpy(), np.asarray(column.is_null().to_numpy()) if column.null_count() else None
    return column, None


def of_pandas(column: Any) -> tuple[Any, NDArray[np.bool_] | None]:
    """The same for a series of pandas: plain arrays have no missing cells, the other types do."""
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy(), None
    missing = np.asarray(column.isna())
    if getattr(column.dtype, "kind", "O") in "iufb":
        return column.to_numpy(np.float64, na_value=np.nan), missing
    return column.to_numpy(), missing
