"""Tables of what has no file: columns with names, arrays, points and records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from symdiff.errors import DataError
from symdiff.fit.data.cells import shortened
from symdiff.fit.data.frames import cells_in
from symdiff.fit.data.skipped import Faults
from symdiff.fit.data.table import Cells, Columns, Table
from symdiff.fit.words import counted


def of_columns(columns: Mapping[Any, Any], source: str) -> Table:
    """The table of columns that have names. Raises DataError if they differ in length."""
    held = {str(name): standing(column, name) for name, column in columns.items()}
    lengths = {name: len(column) for name, column in held.items()}
    height = max(lengths.values(), default=0)
    if not height:
        raise DataError(f"{source} are empty", "example: {'x': [-2, 3], 'y': [-3, 7]}")
    if min(lengths.values()) < height:
        told = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise DataError(f"the columns differ in length: {told}", "each row needs a cell in every column")
    if any([type(column) not in PLAIN for column in held.values()]):
        return Table(source, Columns(held, lambda name: cells_of(held[name], name)), range(1, 1 + height))
    return Table(source, held, range(1, 1 + height))


PLAIN: Final = frozenset((np.ndarray, list))  # columns that are cells already


def standing(column: Any, name: object) -> Any:
    """A column that can be read more than once. Raises DataError if it is none."""
    if type(column) is np.ndarray or isinstance(column, np.ma.MaskedArray):
        if column.ndim == 1:
            return column
        raise DataError(f"the column {name!r} has the shape {column.shape}", "a column has one dimension")
    if isinstance(column, str | bytes) or not isinstance(column, Iterable):
        raise DataError(f"the column {name!r} is {shortened(column)}", "a column is a sequence of numbers")
    return column if hasattr(type(column), "__len__") else list(column)


def cells_of(column: Any, name: str) -> Cells:
    """The cells of one column: an array where it knows the type of its cells, else a list."""
    if type(column) in PLAIN or isinstance(column, np.ma.MaskedArray):
        cells: Cells = column
        return cells
    typed = hasattr(column, "dtype") or hasattr(type(column), "__array__") or is_series(column)
    return cells_in(column, name) if typed else list(column)


def of_array(source: NDArray[Any], names: list[str]) -> Table:
    """The table of an array: one with names, or with a column for each of `names`."""
    if source.dtype.names:
        return of_columns({name: source[name] for name in source.dtype.names}, "the columns given")
    if source.ndim != 2:
        return of_points(list(source) if source.ndim else [source.item()], names)
    if source.shape[1] == len(names):
        return of_columns(dict(zip(names, source.T, strict=True)), "the array given")
    if not source.size:
        raise DataError("the array given is empty", "a point is a row of it")
    told = f"the array has the shape {source.shape}, and there are {len(names)} names ({', '.join(names)})"
    turned = source.shape[0] == len(names)
    hint = (
        "turn it round: data.T"
        if turned
        else "give a dict of columns, or say which inputs there are, as in x=['u', 'v']"
    )
    raise DataError(told, hint)


def of_records(records: list[Any]) -> Table:
    """The columns of a sequence of rows that name their cells, as dicts do; a cell that a row lacks is empty."""
    faults, rows, whole = Faults(), [], []
    for row, record in enumerate(records, 1):
        if has_names(record):
            rows.append(row)
            whole.append({str(name): record[name] for name in record.keys()})  # noqa: SIM118  a row of SQLite is no dict
        else:
            faults.add(row, f"is {shortened(record)}, and names no cells")
    names = dict.fromkeys(chain.from_iterable(whole))
    columns: dict[str, Cells] = {name: [cells.get(name) for cells in whole] for name in names}
    return Table("the rows given", columns, rows if faults.rows else range(1, 1 + len(records)), faults)


def of_points(points: list[Any], names: Sequence[str]) -> Table:
    """The columns of a sequence of rows; a row with another number of cells is skipped."""
    if not points:
        raise DataError("no points given", "a point is a pair, as in [(-2, -3), (3, 7)]")
    form = f"({', '.join(names)})"
    if all(isinstance(point, str) or not isinstance(point, Iterable) for point in points):
        first = shortened(points[0])
        raise DataError(f"a point is {form}, and the first is {first}", "for columns give a dict of them")
    skipped, rows, whole = Faults(), [], []
    for row, point in enumerate(points, 1):
        cells = [point] if isinstance(point, str) or not isinstance(point, Iterable) else list(point)
        if len(cells) == len(names):
            rows.append(row)
            whole.append(cells)
        else:
            skipped.add(row, f"{counted(len(cells), 'number')} where {form} was expected")
    columns: dict[str, Cells] = {name: [cells[i] for cells in whole] for i, name in enumerate(names)}
    return Table("the points given", columns, rows if skipped.rows else range(1, 1 + len(points)), skipped)


def has_names(point: Any) -> bool:
    """Whether a row names its cells, as a dict or a row of a data base does."""
    return hasattr(type(point), "keys")


def is_column(part: Any) -> bool:
    """Whether a part of a tuple is a column: only an array is, for ((1, 2), (3, 4)) are two points."""
    return is_series(part) or (hasattr(part, "dtype") and np.ndim(part) == 1)


def is_series(part: Any) -> bool:
    """Whether a thing is one column of Polars or Arrow."""
    return all([hasattr(type(part), name) for name in ("is_null", "null_count", "to_numpy")])
