"""A table as it was found, none of its cells judged yet; and the data it holds, columns of finite floats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdiff.errors import DataError
from symdiff.fit.data.skipped import NONE, NOWHERE, Faults, Integers, Layer, merged
from symdiff.fit.data.skipped import Skipped as Skipped
from symdiff.fit.data.skipped import Skips as Skips

Vector: TypeAlias = NDArray[np.float64]
Square: TypeAlias = NDArray[np.float64]  # of two axes, also where they differ in length
Rows: TypeAlias = range | Integers  # numbers of rows, rising
Where: TypeAlias = slice | NDArray[np.bool_] | NDArray[np.integer[Any]]
Cells: TypeAlias = Sequence[object] | NDArray[Any]


class Columns(Mapping[str, Cells]):
    """Columns that are made when asked for: of a wide table a fit reads a few."""

    __slots__ = ("make", "names")

    def __init__(self, names: Iterable[str], make: Callable[[str], Cells]) -> None:
        self.names, self.make = dict.fromkeys(names), make

    def __getitem__(self, name: str) -> Cells:
        if name not in self.names:
            raise KeyError(name)
        return self.make(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns of cells, the row number of each cell, and what is to be said about how they were read.

    `twice` holds the names that head more than one column: they cannot be asked for. `called` has the headers of the
    columns that go by another name, since formulas cannot name them (see `called.named`).
    """

    source: str
    columns: Mapping[str, Cells]
    rows: Sequence[int]
    skipped: Faults = field(default_factory=Faults)
    notes: list[str] = field(default_factory=list)
    decimal_comma: bool = False
    twice: frozenset[str] = frozenset()
    called: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Columns of finite floats of one length, the row numbers, and the rows left out, with the reasons."""

    source: str
    columns: dict[str, Vector]
    rows: Rows
    skipped: Skips = NONE
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def without(self, bad: NDArray[np.bool_], reason: str) -> Data:
        """The data less the rows where `bad` is true, which are listed with the reason.

        Raises DataError if no row is left.
        """
        if not bad.any():
            return self
        out = np.asarray(picked(self.rows, bad), np.int64)
        skipped = Skips([*self.skipped.layers, Layer(out, np.zeros(len(out), np.int8), [reason])])
        return checked(replace(self.take(~bad), skipped=skipped))

    def take(self, where: Where) -> Data:
        """The data of some rows: a slice, the places (from 0), or a truth value for each row.

        A slice copies nothing. What was left out of the whole is not repeated.

        >>> data = Data("example", {"x": np.array([1.0, 2.0, 3.0])}, range(1, 4))
        >>> data.take(np.array([0, 2])).columns["x"].tolist(), list(data.take(slice(1, 3)).rows)
        ([1.0, 3.0], [2, 3])
        """
        columns = {name: column[where] for name, column in self.columns.items()}
        return Data(self.source, columns, picked(self.rows, where), NONE, self.notes)

    def shifted(self, by: int) -> Data:
        """The same data, its rows counted on from `by`."""
        if not by:
            return self
        rows = range(self.rows.start + by, self.rows.stop + by) if isinstance(self.rows, range) else self.rows + by
        return replace(self, rows=rows, skipped=self.skipped.shifted(by))


def picked(rows: Rows, where: Where) -> Rows:
    """Some of the row numbers. A range need not be written out for it."""
    if isinstance(where, slice):
        return rows[where]
    if not isinstance(rows, range):
        return np.asarray(rows[where])
    places = np.flatnonzero(where) if where.dtype == bool else where % max(1, len(rows))
    return places.astype(np.int64) * rows.step + rows.start


SHOWN = 3  # reasons quoted when nothing is left


def checked(data: Data) -> Data:
    """The data, if there is a row in them."""
    if len(data):
        return data
    told = "; ".join(map(str, data.skipped[:SHOWN])) + ("; ..." if len(data.skipped) > SHOWN else "")
    hint = f"skipped {told}" if data.skipped else "there is a header and nothing below it"
    raise DataError(f"no usable row in {data.source}", hint)


def joined(parts: Sequence[Data]) -> Data:
    """Data one after the other, as one."""
    if len(parts) == 1:
        return parts[0]
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
    skipped = Skips(merged(chain.from_iterable([part.skipped.layers for part in parts])))
    notes = tuple(dict.fromkeys(chain.from_iterable([part.notes for part in parts])))
    return Data(parts[0].source, columns, numbers(parts), skipped or NONE, notes)


def numbers(parts: Sequence[Data]) -> Rows:
    """The row numbers of parts one after the other: a range, if nothing is missing between them."""
    found = [part.rows for part in parts if len(part)]
    if found and all([isinstance(rows, range) for rows in found]):
        first, last = int(found[0][0]), int(found[-1][-1])
        if last - first + 1 == sum(map(len, found)):
            return range(first, last + 1)
    return np.concatenate([np.asarray(rows, np.int64) for rows in found] or [NOWHERE])
