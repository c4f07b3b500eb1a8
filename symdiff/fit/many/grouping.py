"""Rows that belong together: by what stands in columns, or as series along the last axis of an array."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from symdiff.errors import DataError, FitError
from symdiff.fit.advice import Advice, Setting
from symdiff.fit.data.called import column
from symdiff.fit.data.reading import check_name, label, labels
from symdiff.fit.data.table import Table
from symdiff.fit.many.stacked import Whole

NOWHERE: Final = -1  # the group of a row whose label is missing
SPARSE: Final = 4  # places for each whole number that a table of them may have


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """The labels of the groups, in the order in which they come first, and the place among them of each row of data.

    A row without a label has the place -1. `shape` is that of the array whose series the groups are, `by` the columns
    the labels stand in.
    """

    labels: list[Any]
    codes: Whole
    by: tuple[str, ...]
    shape: tuple[int, ...]


def grouped(found: Table, by: str | Sequence[str]) -> Grouping:
    """The rows of a table by one column, or by several: then a label is a tuple. Raises DataError.

    >>> from symdiff.fit.data.reading import table
    >>> groups = grouped(table({"site": ["b", "a", "b", ""], "y": [1, 2, 3, 4]}), "site")
    >>> groups.labels, groups.codes.tolist()
    (['b', 'a'], [0, 1, 0, -1])
    """
    names = (by,) if isinstance(by, str) else tuple(by)
    if not names:
        raise FitError("no column is named to group by", Advice("as in ", Setting("by", "site")))
    parts = [coded(found, name) for name in names]
    known, codes = parts[0]
    if len(names) == 1:
        return Grouping(known, codes, names, (len(known),))
    joint = codes
    for more, part in parts[1:]:
        joint = np.where((joint < 0) | (part < 0), NOWHERE, joint * len(more) + part)
        joint = in_order(joint)[1]  # stays small, however many columns there are
    first = in_order(joint)[0]
    tuples = [tuple([own[part[i]] for own, part in parts]) for i in first.tolist()]
    return Grouping(tuples, joint, names, (len(tuples),))


def coded(found: Table, name: str) -> tuple[list[Hashable], Whole]:
    """The labels in a column, and for each row which it has."""
    name = column(name, found.called)
    raw = found.columns.get(name)
    if type(raw) is not np.ndarray or raw.dtype.kind not in "iufbU":
        places: dict[Hashable, int] = {}
        codes = np.array(
            [NOWHERE if cell is None else places.setdefault(cell, len(places)) for cell in labels(found, name)], np.intp
        )
        return list(places), codes
    found_in = raw_labels(raw)
    check_name(found, name)  # that the name is there once is checked as for any other
    return found_in


def raw_labels(raw: NDArray[Any]) -> tuple[list[Hashable], Whole]:
    """The same for an array, run by run of equal cells."""
    begins = np.flatnonzero(np.concatenate([[True], raw[1:] != raw[:-1]]))[: len(raw)]
    values, of_run = distinct(raw[begins])
    places: dict[Any, int] = {}
    cells = values.tolist()
    if raw.dtype.kind in "iu":
        known, same = cells, np.arange(len(cells))
    else:
        plain = [label(cell) for cell in cells]
        same = np.array([NOWHERE if cell is None else places.setdefault(cell, len(places)) for cell in plain], np.intp)
        known = list(places)
    runs = same[of_run]
    first, codes = in_order(runs)
    return [known[runs[i]] for i in first.tolist()], np.repeat(codes, np.diff(np.append(begins, len(raw))))


def distinct(cells: NDArray[Any]) -> tuple[NDArray[Any], Whole]:
    """The different cells, rising, and which of them each is; of whole numbers near each other without sorting."""
    if cells.dtype.kind in "iu" and len(cells):
        low, span = int(cells.min()), int(cells.max()) - int(cells.min()) + 1
        if span <= SPARSE * len(cells):
            shifted = (cells - low).astype(np.intp)
            there = np.zeros(span, bool)
            there[shifted] = True
            return np.flatnonzero(there) + low, (np.cumsum(there) - 1)[shifted]
    values, codes = np.unique(cells, return_inverse=True)
    return values, codes.ravel()


def in_order(codes: Whole) -> tuple[Whole, Whole]:
    """The first row of each group, rising, and the groups numbered in this order."""
    values, compact = distinct(codes)
    first = np.zeros(len(values), np.intp)
    first[compact[::-1]] = np.arange(len(codes))[::-1]  # of several rows the last one written stays: the first of all
    order = np.argsort(first)
    order = order[values[order] >= 0]
    rank = np.full(len(values), NOWHERE, np.intp)
    rank[order] = np.arange(len(order))
    return first[order], rank[compact]


# ------------------------------------------------------------------------------------------------------------ series


def has_series(data: Any) -> bool:
    """Whether data are arrays of which one has a series along its last axis."""
    columns = data.values() if isinstance(data, Mapping) else data if isinstance(data, tuple) else ()
    return any([np.ndim(column) > 1 for column in columns if hasattr(column, "dtype") or isinstance(column, list)])


def series(data: Any, x: Sequence[str], y: str) -> tuple[dict[str, NDArray[Any]], Grouping]:
    """Arrays of one shape (..., n), or of shape (n,) for all series, as columns of rows, and which row is in which.

    A tuple of arrays has the names `x` and `y`. The label of a series is its place, a tuple of places where there are
    several axes before the last.

    >>> columns, groups = series((np.array([1.0, 2.0]), np.array([[3.0, 4.0], [5.0, 6.0]])), ["x"], "y")
    >>> columns["x"].tolist(), columns["y"].tolist(), groups.labels
    ([1.0, 2.0, 1.0, 2.0], [3.0, 4.0, 5.0, 6.0], [0, 1])
    """
    if isinstance(data, tuple):
        if len(data) != len(x) + 1:
            raise DataError(f"{len(data)} arrays for {', '.join(x)} and {y}", "give the arrays with names, in a dict")
        data = dict(zip([*x, y], data, strict=True))
    arrays = {str(name): np.asarray(column) for name, column in data.items()}
    try:
        shape = np.broadcast_shapes(*[a.shape for a in arrays.values()])
    except ValueError:
        told = ", ".join(f"{name} has {a.shape}" for name, a in arrays.items())
        raise DataError(f"the arrays do not fit together: {told}", "give (..., n), or (n,) for all series") from None
    before = shape[:-1]
    count = int(np.prod(before))
    places: list[Any] = list(range(count)) if len(before) == 1 else list(np.ndindex(*before))
    codes = np.repeat(np.arange(count), shape[-1])
    return {name: raveled(a, shape) for name, a in arrays.items()}, Grouping(places, codes, ("series",), before)


def raveled(column: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """An array of numbers for all rows of all series."""
    return np.ascontiguousarray(np.broadcast_to(np.asarray(column), shape)).ravel()
