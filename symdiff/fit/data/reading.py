"""Data for a fit, from files, columns, data frames or points; bad rows are listed by number, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdiff.errors import DataError, nearest
from symdiff.fit.data.called import column, named, told
from symdiff.fit.data.cells import NO_VALUES, SHORT, floats, listed_cells, shortened, value_of
from symdiff.fit.data.columns import has_names, is_column, of_array, of_columns, of_points, of_records
from symdiff.fit.data.csvfile import Readable, read_csv
from symdiff.fit.data.frames import ArrowStream, Interchange, Lazy, frame, parquet_table
from symdiff.fit.data.parquet import is_parquet
from symdiff.fit.data.skipped import NONE, Skips
from symdiff.fit.data.table import Data, Table, Vector, checked, picked
from symdiff.fit.words import listed

Frame: TypeAlias = ArrowStream | Interchange | Lazy
Source: TypeAlias = (
    str | Path | Readable | Frame | Mapping[str, ArrayLike] | Iterable[Any] | Callable[[], Iterable[Any]] | NDArray[Any]
)


def table(source: Any, x: Sequence[str] = ("x",), y: str = "y") -> Table:
    """What a source holds, as named columns of cells.

    `source` is the path of a CSV file or the open file (see `read_csv`), the path of a Parquet file, a mapping of
    names to columns, a data frame (pandas, Polars, Arrow, or what hands on its columns as these do), a structured
    array, or a sequence of dicts. A column that formulas cannot name gets a name that they can: "time [s]" is time (see
    `called.named`). What has no names is called by `x` and `y`: a sequence of rows `(x, y)`, an array with as many
    columns as there are names, or a tuple of arrays `(xs, ys)`. Arrays are not copied.

    Raises DataError if no columns can be made of it, ExtraError for a Parquet file without pyarrow.

    >>> table([(-2, -3), (3, 7)]).columns
    {'x': [-2, 3], 'y': [-3, 7]}
    """
    if isinstance(source, Table):
        return source
    return named(as_found(source, x, y))


def as_found(source: Any, x: Sequence[str] = ("x",), y: str = "y") -> Table:
    """The same under the headers as they stand."""
    kind = type(source)
    if kind is dict and source:
        return of_columns(source, "the columns given")
    if isinstance(source, str | Path):
        return parquet_table(source) if is_parquet(source) else read_csv(source)
    if isinstance(source, np.ndarray):
        return of_array(source, [*x, y])
    if (found := frame(source)) is not None:
        return found
    if hasattr(kind, "read"):
        return read_csv(source)
    if hasattr(kind, "keys") and (names := list(source.keys())):
        return of_columns({str(name): source[name] for name in names}, "the columns given")
    if isinstance(source, tuple) and len(source) == len(x) + 1 and all(map(is_column, source)):
        return of_columns(dict(zip([*x, y], source, strict=True)), "the arrays given")
    if isinstance(source, Iterable):
        points = list(source)
        return of_records(points) if points and has_names(points[0]) else of_points(points, [*x, y])
    raise DataError(f"{shortened(source)} is no data", "give a CSV file, a dict of columns, or pairs (x, y)")


def usable(found: Table, names: Iterable[str]) -> Data:
    """The rows of a table that have a finite number in each of the named columns, as floats.

    A column of float64 that lies in one piece is used as it is, not copied. Raises DataError if a column is not there
    (with near misses), if two have its name, or if no row is left.

    >>> data = usable(table({"x": [1, 2, None], "y": ["3", "four", 5]}), ["x", "y"])
    >>> data.columns["y"].tolist(), [str(row) for row in data.skipped]
    ([3.0], ["row 2: y is 'four', not a number", 'row 3: x is empty'])
    """
    return checked(judged(found, names))


def judged(found: Table, names: Iterable[str]) -> Data:
    """The same, where nothing may be left."""
    columns: dict[str, Vector] = {}
    layers = [found.skipped.layer()] if found.skipped.rows else []
    before = len(layers)
    rows = found.rows if isinstance(found.rows, range) else np.asarray(found.rows, np.int64)
    for place, name in enumerate(names, 1):
        check_name(found, name)
        columns[name], wrong = floats(found.columns[name], found.decimal_comma)
        if wrong is not None:
            layers.append(wrong._replace(reasons=[f"{name} {reason}" for reason in wrong.reasons], place=place))
    notes = tuple(notes_on(found, columns)) if found.notes or found.decimal_comma or found.called else ()
    if len(layers) > before:
        good = np.ones(len(rows), bool)
        for layer in layers[before:]:
            good[layer.rows] = False
        layers[before:] = [layer._replace(rows=np.asarray(picked(rows, layer.rows))) for layer in layers[before:]]
        columns = {name: column[good] for name, column in columns.items()}
        rows = picked(rows, good)
    return Data(found.source, columns, rows, Skips(layers) if layers else NONE, notes)


def labels(found: Table, name: str, data: Data | None = None) -> list[Hashable]:
    """What stands in a column, of any kind, to group rows by: for all rows of the table, or for those of `data`.

    Text comes without the blanks around it; an empty cell is None. Raises DataError if there is no such column, if
    two have its name, or if cells cannot be told apart (lists, say).

    >>> found = table({"site": ["a", "b", "a"], "y": [1.0, None, 3.0]})
    >>> labels(found, "site"), labels(found, "site", usable(found, ["y"]))
    (['a', 'b', 'a'], ['a', 'a'])
    """
    name = column(name, found.called)
    check_name(found, name)
    raw = found.columns[name]
    cells = listed_cells(raw) if isinstance(raw, np.ndarray) else list(raw)
    if data is not None:
        places = np.searchsorted(np.asarray(found.rows, np.int64), np.asarray(data.rows, np.int64))
        cells = [cells[i] for i in places.tolist()]
    kinds = set(map(type, cells))
    if any([kind.__hash__ is None for kind in kinds]):
        raise DataError(f"the column {name!r} holds things that are no labels", "group by text or numbers")
    return cells if kinds <= {int, bool} else [label(cell) for cell in cells]


def label(cell: Any) -> Hashable:
    """A cell as a label."""
    if isinstance(cell, str):
        return cell.strip() or None
    empty = cell is SHORT or cell is None or type(cell).__name__ in NO_VALUES or cell != cell
    found: Hashable = None if empty else cell
    return found


def check_name(found: Table, name: str, hint: str | None = None) -> None:
    """That there is one column of this name. Raises DataError, with near misses, else with the hint."""
    if name not in found.columns:
        known = [told(each, found.called) for each in found.columns]
        close = nearest(name, found.columns) or column(nearest(name, found.called.values()), found.called)
        near = f"did you mean {told(close, found.called)}?" if close else hint
        raise DataError(f"no column {name!r} in {found.source}: it has {', '.join(known) or 'none'}", near)
    if name in found.twice:
        raise DataError(f"two columns of {found.source} are called {name!r}", "give each column a name of its own")


def notes_on(found: Table, names: Iterable[str]) -> Iterator[str]:
    """What is to be said about how columns were read: their names, and decimal commas."""
    yield from found.notes
    if renamed := [f"{found.called[name]!r} is called {name}" for name in names if name in found.called]:
        yield f"in formulas {listed(renamed)}"
    yield from commas_read(found, names)


def commas_read(found: Table, names: Iterable[str]) -> Iterator[str]:
    """What is to be said about decimal commas: the first cell of each column that has one."""
    for name in names if found.decimal_comma else ():
        cells = (cell.strip() for cell in found.columns[name] if isinstance(cell, str) and "," in cell)
        if comma := next((cell for cell in cells if not isinstance(value_of(cell, True), str)), None):
            yield f"decimal commas: {comma} in {name} was read as {comma.replace(',', '.')}"
