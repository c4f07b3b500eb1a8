"""Gram matrices of formulas over rows, by NumPy: blocks of rows that stay in the cache, filled and multiplied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from math import isfinite
from threading import local
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdiff.numeric.arrays import ORDINARY, Engine
from symdiff.numeric.blocks import Blocks, is_elementwise
from symdiff.numeric.interpret import array_function, number_function
from symdiff.numeric.products import Layout, Matrix, Totals, mirrored
from symdiff.numeric.threads import in_parallel

Part: TypeAlias = Any  # a range of rows, or their numbers
Known: TypeAlias = tuple[list[Any], list[Any], NDArray[np.bool_]]  # uniform values, results, what is ordinary, by group
Spread: TypeAlias = Callable[[Matrix], Matrix]  # numbers of groups to numbers at rows
Given: TypeAlias = Callable[[], Sequence[Any]]  # the results that vary, computed carefully

SHARE = 1 << 15  # rows for each thread at least: below, starting one costs more than it brings


class BlockGrams:
    """The sums for a tape prepared for its arguments, by NumPy in blocks of rows."""

    def __init__(self, front: Engine, layout: Layout) -> None:
        self.front, self.layout = front, layout
        self.blocks = Blocks(front.code)
        self.length = self.blocks.length
        self.slow = any([is_elementwise(front.code.row(step.op)) for step in front.code.plan.body])
        self.kept = local()

    def __call__(self, values: Sequence[Any], n: int, threads: int) -> Totals:
        """The sums over n rows. `values`: a float or a contiguous array of n doubles for each argument."""
        uniform, same, ordinary = self.front.uniform(values)
        careful = self.front.careful(values)
        inputs = [values[i] for i in self.front.code.plan.inputs]

        def summed(first: int, end: int) -> Totals:
            W = self.rows(min(self.length, end - first))
            G, plain = self.layout.zeros()
            for low in range(first, end, self.length):
                part = slice(low, min(low + self.length, end))
                V = W[:, : part.stop - low]
                self.fill(V, [x[part] for x in inputs], uniform, same, partial(careful, part), ordinary)
                G_part, plain_part = self.layout.totals(V)
                G += G_part
                plain += plain_part
            return G, plain

        count = max(1, min(threads, n // SHARE))
        ends = [n * i // count for i in range(count + 1)]
        (G, plain), *others = in_parallel([partial(summed, low, high) for low, high in pairwise(ends)])
        for more, more_plain in others:
            G += more
            plain += more_plain
        return mirrored(G), plain

    def groups(self, values: Sequence[Any], ends: NDArray[np.intp], by_group: Sequence[bool], threads: int) -> Totals:
        """The sums over each group of rows, up to row ends[i]; arguments `by_group` have a number for each group."""
        sizes = np.diff(ends, prepend=0)
        G, plain = self.layout.zeros(len(sizes))
        known = uniform_of_groups(self.front, values, len(sizes))
        for low, high in batches(ends, self.length):
            rows = slice(int(ends[low - 1]) if low else 0, int(ends[high - 1]))
            if rows.stop - rows.start > self.length:  # one group
                one = [at(x, low if own else rows) for x, own in zip(values, by_group, strict=True)]
                G[low], plain[low] = self(one, rows.stop - rows.start, threads)
            else:
                spread = partial(repeated, some=slice(low, high), sizes=sizes[low:high])
                W = self.at_rows(values, by_group, known, rows, spread, bool(known[2][low:high].all()))
                G[low:high], plain[low:high] = self.layout.of_groups(W, sizes[low:high])
        return mirrored(G), plain

    def at_rows(
        self, values: Sequence[Any], by_group: Sequence[bool], known: Known, rows: Part, spread: Spread, ordinary: bool
    ) -> Matrix:
        """W at some rows, to which `spread` brings the numbers of their groups; carefully unless all is ordinary."""
        uniform, same, _ = known

        def careful() -> Sequence[Any]:
            given = [at(x, spread if own else rows) for x, own in zip(values, by_group, strict=True)]
            return self.front.careful(given)(slice(None))

        inputs = [values[i][rows] for i in self.front.code.plan.inputs]
        W = self.rows(rows.stop - rows.start if isinstance(rows, slice) else len(rows))
        self.fill(W, inputs, [at(x, spread) for x in uniform], [at(x, spread) for x in same], careful, ordinary)
        return W

    def fill(
        self,
        W: Matrix,
        inputs: list[Matrix],
        uniform: Sequence[Any],
        same: Sequence[Any],
        careful: Given,
        ordinary: bool,
    ) -> None:
        """The values of all formulas at some rows, into the rows of W."""
        for (i, _), value in zip(self.front.same, same, strict=True):
            W[i] = value
        targets = [W[i] for i in self.front.moving]
        if not targets:
            return
        scalars = (*uniform, *self.blocks.constants)
        if ordinary and not self.slow and (not self.blocks.divides or all(map(is_finite, scalars))):
            registers = self.blocks.store(W.shape[1])[:, : W.shape[1]]
            if self.blocks.block([*inputs, *targets, *map(np.asarray, scalars), *registers], [*inputs]):
                return
        for target, found in zip(targets, careful(), strict=True):
            target[...] = found

    def rows(self, length: int) -> Matrix:
        """The matrix W of this thread, kept from call to call."""
        kept: Matrix | None = getattr(self.kept, "rows", None)
        if kept is None or kept.shape[1] < length:
            kept = self.kept.rows = np.zeros((self.layout.formulas + 1, length))
        return kept[:, :length]


def is_finite(x: Any) -> bool:
    """Whether a number, or every one of some, is neither infinite nor nan."""
    return isfinite(x) if x.__class__ is float else bool(np.isfinite(x).all())


# -------------------------------------------------------------------------------------------------------------- groups


def batches(ends: NDArray[np.intp], length: int) -> list[tuple[int, int]]:
    """Ranges of groups that have at most so many rows together; a larger group is alone."""
    found, low = [], 0
    while low < len(ends):
        first = int(ends[low - 1]) if low else 0
        high = max(low + 1, int(np.searchsorted(ends, first + length, "right")))
        found.append((low, high))
        low = high
    return found


def repeated(x: Matrix, some: slice, sizes: NDArray[np.intp]) -> Matrix:
    """The numbers of some groups, each as often as its group has rows."""
    return np.repeat(x[some], sizes)


def at(x: Any, place: Any) -> Any:
    """A value at a place: the number of a group, which rows, or what spreads groups out to rows."""
    if x.__class__ is float:
        return x
    if callable(place):
        return place(x)
    return float(x[place]) if place.__class__ is int else x[place]


def uniform_of_groups(front: Engine, values: Sequence[Any], count: int) -> Known:
    """What `Engine.uniform` gives, for all groups at once: floats, or arrays with a number for each group."""
    code = front.code
    known: dict[int, Any] = dict(code.constants)
    known.update({i: x for i, x in enumerate(values) if i not in code.moving})
    ordinary = np.ones(count, bool)
    with np.errstate(all="ignore"):
        for op, place, args in code.prelude:
            row = code.row(op)
            assert row is not None
            given = [known[arg] for arg in args]
            function = number_function if all([x.__class__ is float for x in given]) else array_function
            known[place] = value = function(row)(*given)
            if place in code.factors:
                size = np.abs(value)
                vanishes = np.equal(value, 0) & (
                    op not in ("*", "/") or np.any(np.broadcast_arrays(*[np.equal(x, 0) for x in given]), axis=0)
                )
                ordinary &= ((size > 1 / ORDINARY) & (size < ORDINARY)) | np.isnan(size) | vanishes
    found = [known[place] for place in front.wanted]
    read = len(code.plan.uniform)
    return found[:read], found[read:], ordinary
