"""The rows of a table that take no part, with the reasons, in a few bytes each."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]

NOWHERE: Final[Integers] = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that takes no part, and why. `row` is the line in a file (the header is line 1), else the place, from 1."""

    row: int
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}"


class Layer(NamedTuple):
    """Rows with one fault each: the numbers of the rows, rising, and which of the reasons is theirs.

    Of several faults in a row that of the first place is told first.
    """

    rows: Integers
    codes: NDArray[np.integer[Any]]
    reasons: Sequence[str]
    place: int = 0


class Faults:
    """Rows with their faults, as they are met one by one. Of many different reasons the first MOST are told apart."""

    __slots__ = ("codes", "known", "rows")

    MOST = 10_000

    def __init__(self) -> None:
        self.rows, self.codes = array("q"), array("q")
        self.known: dict[str, int] = {}

    def add(self, row: int, reason: str) -> None:
        """One more row, further down than those before."""
        if reason not in self.known and len(self.known) >= self.MOST:
            reason = "cannot be read, as many others"
        self.rows.append(row)
        self.codes.append(self.known.setdefault(reason, len(self.known)))

    def layer(self, prefix: str = "") -> Layer:
        """The rows met so far; the prefix goes before each reason."""
        rows, codes = np.array(self.rows, np.int64), np.array(self.codes, np.int64)
        if len(rows) > 1 and (np.diff(rows) < 0).any():
            order = np.argsort(rows, kind="stable")
            rows, codes = rows[order], codes[order]
        return Layer(rows, codes, [prefix + reason for reason in self.known])


class Skips(Sequence[Skipped]):
    """The rows left out, in their order: numbers and codes of reasons, of which each `Skipped` is made when asked for.

    A million of them take 16 bytes each. A row with several faults is there once, with all of its reasons.

    >>> faults = Faults()
    >>> faults.add(2, "y is empty")
    >>> skips = Skips([faults.layer()])
    >>> len(skips), skips[0], skips.counts()
    (1, Skipped(row=2, reason='y is empty'), {'y is empty': 1})
    """

    __slots__ = ("layers", "rows")

    def __init__(self, layers: Iterable[Layer] = ()) -> None:
        found = [layer for layer in layers if len(layer.rows)]
        self.layers = tuple(sorted(found, key=lambda layer: layer.place) if len(found) > 1 else found)
        if len(self.layers) < 2:
            self.rows = self.layers[0].rows if self.layers else NOWHERE
        else:
            self.rows = np.unique(np.concatenate([layer.rows for layer in self.layers]))

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> Skipped: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Skipped, ...]: ...
    def __getitem__(self, at: int | slice) -> Skipped | tuple[Skipped, ...]:
        if isinstance(at, slice):
            return tuple([Skipped(row, self.reason(row)) for row in self.rows[at].tolist()])
        row = int(self.rows[at])
        return Skipped(row, self.reason(row))

    def __iter__(self) -> Iterator[Skipped]:
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<{len(self):,} rows left out>"

    def reason(self, row: int) -> str:
        """All that is wrong with a row."""
        told = []
        for layer in self.layers:
            at = int(np.searchsorted(layer.rows, row))
            if at < len(layer.rows) and layer.rows[at] == row:
                told.append(layer.reasons[int(layer.codes[at])])
        return ", ".join(told)

    def counts(self) -> dict[str, int]:
        """How many rows there are of each reason, most first."""
        kinds = np.zeros(len(self), np.int64)
        for layer in self.layers:
            kinds *= len(layer.reasons) + 1
            kinds[np.searchsorted(self.rows, layer.rows)] += layer.codes + 1
            kinds = np.unique(kinds, return_inverse=True)[1]
        _, first, count = np.unique(kinds, return_index=True, return_counts=True)
        order = np.argsort(-count, kind="stable")
        return {self.reason(int(self.rows[first[i]])): int(count[i]) for i in order}

    def shifted(self, by: int) -> Skips:
        """The same rows, counted on from `by`."""
        return Skips([layer._replace(rows=layer.rows + by) for layer in self.layers]) if by else self


NONE: Final = Skips()


def merged(layers: Iterable[Layer]) -> Iterator[Layer]:
    """The same rows in fewer layers: one for each list of reasons in its place."""
    alike: dict[tuple[int, tuple[str, ...]], list[Layer]] = {}
    for layer in layers:
        alike.setdefault((layer.place, tuple(layer.reasons)), []).append(layer)
    for (place, reasons), same in alike.items():
        rows, codes = (np.concatenate([one[i] for one in same]) for i in (0, 1))
        yield Layer(rows, codes, reasons, place)
