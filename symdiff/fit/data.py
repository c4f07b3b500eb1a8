"""Data for a fit, from a CSV file, named columns or pairs; bad rows are listed by number, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdiff.errors import DataError, nearest
from symdiff.fit.cells import shortened, value_of
from symdiff.fit.csvfile import Readable, read_csv
from symdiff.fit.table import Cells, Data, Skipped, Table, Vector, checked
from symdiff.fit.words import counted

Source: TypeAlias = str | Path | Readable | Mapping[str, ArrayLike] | Iterable[Sequence[object]] | NDArray[Any]


def table(source: Any, x: Sequence[str] = ("x",), y: str = "y") -> Table:
    """What a source holds, as named columns of cells.

    `source` is the path of a CSV file or the open file (see `read_csv`), a mapping of names to columns (a data frame
    will do), a sequence of rows `(x, y)`, an array with two columns, or a tuple of arrays `(xs, ys)`. The last three
    have no names: their columns are called by `x` and `y`. Raises DataError if no columns can be made of it.

    >>> table([(-2, -3), (3, 7)]).columns
    {'x': [-2, 3], 'y': [-3, 7]}
    """
    if isinstance(source, str | Path | Readable):
        return read_csv(source)
    if named := names_in(source):
        return of_columns({str(name): source[name] for name in named}, "the columns given")
    names = [*x, y]
    if isinstance(source, tuple) and len(source) == len(names) and all(map(is_column, source)):
        return of_columns(dict(zip(names, source, strict=True)), "the arrays given")
    if isinstance(source, np.ndarray) and source.ndim == 2 and source.shape[1] == len(names):
        return of_columns(dict(zip(names, source.T, strict=True)), "the array given")
    if isinstance(source, Iterable):
        return of_points(list(source), names)
    raise DataError(f"{shortened(source)} is no data", "give a CSV file, a dict of columns, or pairs (x, y)")


def names_in(source: Any) -> list[Any]:
    """The names of the columns of a mapping, a data frame or a structured array; none for anything else."""
    if hasattr(source, "keys"):
        return list(source.keys())
    return list(source.dtype.names or ()) if isinstance(source, np.ndarray) else []


def is_column(part: Any) -> bool:
    """Whether a part of a tuple is a column: only an array is, for ((1, 2), (3, 4)) are two points."""
    return hasattr(part, "dtype") and np.ndim(part) == 1


def of_columns(columns: dict[str, Any], source: str) -> Table:
    """The table of columns that have names. Raises DataError if they differ in length."""
    cells = {name: cells_of(column, name) for name, column in columns.items()}
    lengths = {name: len(column) for name, column in cells.items()}
    if not lengths or not max(lengths.values()):
        raise DataError(f"{source} are empty", "example: {'x': [-2, 3], 'y': [-3, 7]}")
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise DataError(f"the columns differ in length: {told}", "each row needs a cell in every column")
    return Table(source, cells, range(1, 1 + next(iter(lengths.values()))))


def cells_of(column: Any, name: str) -> Cells:
    """One column: an array of numbers as it is, anything else cell by cell."""
    if isinstance(column, np.ma.MaskedArray):
        column = np.ma.filled(column.astype(float), np.nan)
    if isinstance(column, str) or not isinstance(column, Iterable):
        raise DataError(f"the column {name!r} is {shortened(column)}", "a column is a sequence of numbers")
    cells = np.asarray(column) if hasattr(column, "dtype") else list(column)
    if isinstance(cells, np.ndarray) and cells.ndim != 1:
        raise DataError(f"the column {name!r} has the shape {cells.shape}", "a column has one dimension")
    return cells


def of_points(points: list[Any], names: Sequence[str]) -> Table:
    """The columns of a sequence of rows; a row with another number of cells is skipped."""
    if not points:
        raise DataError("no points given", "a point is a pair, as in [(-2, -3), (3, 7)]")
    form = f"({', '.join(names)})"
    if all(isinstance(point, str) or not isinstance(point, Iterable) for point in points):
        first = shortened(points[0])
        raise DataError(f"a point is {form}, and the first is {first}", "for columns give a dict of them")
    skipped, rows, whole = [], [], []
    for row, point in enumerate(points, 1):
        cells = [point] if isinstance(point, str) or not isinstance(point, Iterable) else list(point)
        if len(cells) == len(names):
            rows.append(row)
            whole.append(cells)
        else:
            skipped.append(Skipped(row, f"{counted(len(cells), 'number')} where {form} was expected"))
    columns: dict[str, Cells] = {name: [cells[i] for cells in whole] for i, name in enumerate(names)}
    return Table("the points given", columns, rows, skipped)


def usable(found: Table, names: Iterable[str]) -> Data:
    """The rows of a table that have a finite number in each of the named columns, as floats.

    Raises DataError if a column is not there (with near misses), if two have its name, or if no row is left.
    """
    columns: dict[str, Vector] = {}
    wrong: dict[int, list[str]] = {}
    notes = list(found.notes)
    for name in names:
        check_name(found, name)
        columns[name], reasons = floats(found.columns[name], found.decimal_comma)
        for i, reason in reasons.items():
            wrong.setdefault(i, []).append(f"{name} {reason}")
        if comma := decimal_comma_in(found, name):
            notes.append(f"decimal commas: {comma} in {name} was read as {comma.replace(',', '.')}")
    good = np.ones(len(found.rows), bool)
    good[list(wrong)] = False
    rows = np.asarray(found.rows, np.int64)
    bad = [Skipped(int(rows[i]), ", ".join(reasons)) for i, reasons in wrong.items()]
    skipped = tuple(sorted([*found.skipped, *bad], key=lambda s: s.row))
    columns = {name: column[good] for name, column in columns.items()}
    return checked(Data(found.source, columns, rows[good], skipped, tuple(notes)))


def check_name(found: Table, name: str) -> None:
    """That there is one column of this name. Raises DataError, with near misses."""
    known = list(found.columns)
    if name not in found.columns:
        close = nearest(name, known)
        near = f"did you mean {close!r}?" if close else None
        raise DataError(f"no column {name!r} in {found.source}: it has {', '.join(map(repr, known)) or 'none'}", near)
    if name in found.twice:
        raise DataError(f"two columns of {found.source} are called {name!r}", "give each column a name of its own")


def floats(cells: Cells, decimal_comma: bool) -> tuple[Vector, dict[int, str]]:
    """The cells as floats, and for each cell that holds no finite one its place and the reason."""
    if isinstance(cells, np.ndarray) and cells.dtype.kind in "fiub":
        with np.errstate(all="ignore"):  # a long double may pass the largest float
            values = np.array(cells, np.float64)
        return values, {int(i): str(value_of(cells[i])) for i in np.flatnonzero(~np.isfinite(values))}
    values, reasons = np.zeros(len(cells)), {}
    for i, cell in enumerate(cells):
        value = value_of(cell, decimal_comma)
        if isinstance(value, str):
            reasons[i] = value
        else:
            values[i] = value
    return values, reasons


def decimal_comma_in(found: Table, name: str) -> str | None:
    """The first cell of a column that was read with a decimal comma."""
    if not found.decimal_comma:
        return None
    cells = (cell.strip() for cell in found.columns[name] if isinstance(cell, str) and "," in cell)
    return next((cell for cell in cells if not isinstance(value_of(cell, True), str)), None)
