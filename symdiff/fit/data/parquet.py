"""Parquet files, frames that only Arrow can take apart, and its quick reading of text: all that is done by pyarrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from symdiff.errors import DataError, ExtraError
from symdiff.fit.data.csvfile import unreadable


def arrow_for(what: str) -> Any:
    """The package. Raises ExtraError if it is not there; `what` needs it."""
    try:
        import pyarrow
    except ImportError:
        raise ExtraError(
            f"{what} needs pyarrow, which is not installed", "pip install 'symdiff-engine[data]'"
        ) from None
    return pyarrow


def is_parquet(source: object) -> bool:
    """Whether a source is the path of a Parquet file, by its name."""
    return isinstance(source, str | Path) and str(source).lower().endswith((".parquet", ".pq"))


def parquet_file(path: str | Path) -> Any:
    """The open file, of which only the footer has been read. Raises ExtraError, and DataError if it cannot be read."""
    arrow = arrow_for(f"the Parquet file {str(path)!r}")
    import pyarrow.parquet

    try:
        with Path(path).open("rb"):
            pass
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    try:
        # Read ahead, row groups stay in memory until the file is closed.
        return pyarrow.parquet.ParquetFile(str(path), pre_buffer=False)
    except (OSError, ValueError, arrow.ArrowException) as error:
        raise broken(path, error) from error


def read_parquet(path: str | Path, name: str) -> Any:
    """One column of a Parquet file, as Arrow has it."""
    with parquet_file(path) as file:
        try:
            return file.read(columns=[name], use_pandas_metadata=False).column(0)
        except (OSError, ValueError, NotImplementedError) as error:
            raise broken(path, error) from error


def parquet_batches(path: str | Path, names: Sequence[str], size: int) -> Iterator[Any]:
    """Some columns of a Parquet file, at most `size` rows at a time, as Arrow batches, in constant memory."""
    with parquet_file(path) as file:
        try:
            yield from file.iter_batches(size, columns=list(names), use_threads=False)
        except (OSError, NotImplementedError) as error:
            raise broken(path, error) from error


# fmt: off
FIXED: Final = {
    "double": "f8", "float": "f4", "halffloat": "f2",
    "int64":  "i8", "int32": "i4", "int16":     "i2", "int8":  "i1",
    "uint64": "u8", "uint32": "u4", "uint16":   "u2", "uint8": "u1",
}
# fmt: on


def values_and_gaps(column: Any) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """The values of an Arrow array, chunked or not, and where it has none, if anywhere. Numbers in one chunk are not
    copied."""
    dtype = FIXED.get(str(column.type))
    if dtype is None:
        gaps = column.is_null().to_numpy(zero_copy_only=False) if column.null_count else None
        return column.to_numpy(zero_copy_only=False), gaps
    # For numbers the buffers are read here: `to_numpy` imports pandas, where there is one, in 0.3 s and 80 MB.
    chunks = [chunk for chunk in getattr(column, "chunks", [column]) if len(chunk)]
    values = [np.frombuffer(chunk.buffers()[1], dtype)[chunk.offset :][: len(chunk)] for chunk in chunks]
    whole = values[0] if len(values) == 1 else np.concatenate(values or [np.zeros(0)])
    return whole, np.concatenate([gaps_in(chunk) for chunk in chunks]) if column.null_count else None


def gaps_in(chunk: Any) -> NDArray[np.bool_]:
    """Where an Arrow array has no value: the zeros of its bitmap."""
    bits = chunk.buffers()[0]
    if bits is None:
        return np.zeros(len(chunk), bool)
    found: NDArray[np.bool_] = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little")[chunk.offset :] == 0
    return found[: len(chunk)]


def numbers_in_text(block: bytes, mark: str, width: int, places: Sequence[int]) -> Sequence[NDArray[Any]] | None:
    """Some columns of lines of text that hold nothing but finite numbers there; None if they do, or without pyarrow.

    >>> numbers_in_text(b"1,2\\n3,oops\\n", ",", 2, [0])
    [array([1., 3.])]
    """
    csv = arrow_csv()
    if csv is None:
        return None
    names = [str(i) for i in range(width)]
    wanted = [names[i] for i in places]
    try:
        found = csv.read_csv(
            arrow_for("text").BufferReader(block),
            csv.ReadOptions(use_threads=False, block_size=len(block) + 1, column_names=names),
            csv.ParseOptions(delimiter=mark, quote_char=False, ignore_empty_lines=False),
            csv.ConvertOptions(include_columns=wanted, column_types=dict.fromkeys(wanted, "float64"), null_values=[""]),
        )
    except (ValueError, NotImplementedError):
        return None
    if any([column.null_count for column in found.columns]):
        return None
    columns = [values_and_gaps(column)[0] for column in found.columns]
    return columns if all([np.isfinite(column).all() for column in columns]) else None


@cache
def arrow_csv() -> Any:
    """Arrow's reader of text; None if it is not installed."""
    try:
        from pyarrow import csv
    except ImportError:
        return None
    return csv


def broken(path: str | Path, error: Exception) -> DataError:
    """The error for a file that is there and cannot be read."""
    return DataError(
        f"cannot read {str(path)[:100]!r}: {str(error).splitlines()[0][:200]}", "is it a whole Parquet file?"
    )


def arrow_table(source: Any) -> Any:
    """The Arrow table of anything that offers its columns by a protocol.

    Raises ExtraError without pyarrow, and DataError if the thing is no table.
    """
    arrow = arrow_for(f"a {type(source).__name__}")
    try:
        if hasattr(source, "__arrow_c_stream__"):
            return arrow.table(source)
        if hasattr(source, "__arrow_c_array__"):
            return arrow.record_batch(source)
        from pyarrow.interchange import from_dataframe

        return from_dataframe(source)
    except (TypeError, ValueError, NotImplementedError) as error:
        hint = "give a frame, or a dict of columns"
        raise DataError(f"a {type(source).__name__} is no table: {str(error).splitlines()[0]}", hint) from error
