"""A table as it was found, none of its cells judged yet; and the data it holds, columns of finite floats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdiff.errors import DataError

Vector = NDArray[np.float64]
Cells = Sequence[object] | NDArray[Any]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that takes no part, and why. `row` is the line in a file (the header is line 1), else the place, from 1."""

    row: int
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns of cells, the row number of each cell, and what is to be said about how they were read.

    `twice` holds the names that head more than one column: they cannot be asked for.
    """

    source: str
    columns: Mapping[str, Cells]
    rows: Sequence[int]
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    decimal_comma: bool = False
    twice: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Columns of finite floats of one length, the row numbers, and the rows left out, with the reasons."""

    source: str
    columns: dict[str, Vector]
    rows: NDArray[np.int64]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def without(self, bad: NDArray[np.bool_], reason: str) -> Data:
        """The data less the rows where `bad` is true, which are listed with the reason."""
        if not bad.any():
            return self
        more = [Skipped(int(row), reason) for row in self.rows[bad]]
        skipped = tuple(sorted([*self.skipped, *more], key=lambda s: s.row))
        columns = {name: column[~bad] for name, column in self.columns.items()}
        return checked(Data(self.source, columns, self.rows[~bad], skipped, self.notes))


SHOWN = 3  # reasons quoted when nothing is left


def checked(data: Data) -> Data:
    """The data, if there is a row in them."""
    if len(data):
        return data
    told = "; ".join(map(str, data.skipped[:SHOWN])) + ("; ..." if len(data.skipped) > SHOWN else "")
    hint = f"skipped {told}" if data.skipped else "there is a header and nothing below it"
    raise DataError(f"no usable row in {data.source}", hint)
