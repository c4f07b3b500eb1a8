"""Gram matrices of formulas over rows by machine code, in which values, products and sums are one loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from struct import Struct
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symdiff.errors import LimitError
from symdiff.numeric.arrays import FEW_ENOUGH, MOST_COMPILED, Engine, with_guards
from symdiff.numeric.grams import SHARE, BlockGrams, uniform_of_groups
from symdiff.numeric.products import Layout, Matrix, Totals

if TYPE_CHECKING:
    from symdiff.numeric.llvm.reduction import Reduction

PIECE = 1 << 16  # rows of one sum: the sums of these are added by NumPy, pair by pair, so that rounding stays small
MANY = 8  # the careful way takes all rows where one of so many is odd


class FusedGrams:
    """The sums for a tape prepared for its arguments, by machine code; what that leaves out, by `BlockGrams`."""

    def __init__(self, front: Engine, layout: Layout) -> None:
        code = front.code
        self.front, self.layout, self.blocks = front, layout, BlockGrams(front, layout)
        self.pack = Struct(f"{len(code.plan.uniform)}d").pack
        self.reduction: Reduction | None = None
        self.bound: tuple[list[Any], Callable[..., Any]] | None = None
        if not code.plan.results:
            return
        if len(code.plan.body) > MOST_COMPILED:
            raise LimitError(
                f"machine code of {len(code.plan.body):,} steps would take long to make",
                f"the back end 'numpy' computes them; 'llvm' takes {MOST_COMPILED:,} steps at most",
            )
        from symdiff.numeric.llvm.reduction import Reduction  # loads LLVM: 60 ms

        results = tuple(dict.fromkeys(code.plan.results))
        numbers = {place: i for i, place in enumerate(results)}
        rows = [numbers.get(place) for place in code.results]  # None: it does not vary
        q, rest = layout.size, layout.blocks * layout.size
        blocks = [rows[first : first + q] for first in layout.starts]
        families = [(sorted({row for row in block if row is not None}), None in block) for block in blocks]
        alone = sorted({row for row in rows[rest:] if row is not None})
        self.reduction = reduction = Reduction(with_guards(code)._replace(results=results), families, alone)
        places = {term: i for i, term in enumerate(reduction.terms)}
        products = [place_of(places, u, v) for block in blocks for u in block for v in block]
        self.products = np.array(products, np.intp).reshape(layout.blocks, q, q)
        self.sums = np.array([place_of(places, u, None) for u in rows[rest:]], np.intp)

    def __call__(self, values: Sequence[Any], n: int, threads: int) -> Totals:
        """The sums over n rows. `values`: a float or a contiguous array of n doubles for each argument."""
        uniform, same, ordinary = self.front.uniform(values)
        if self.reduction is None or not ordinary or n < self.reduction.lanes:
            return self.blocks(values, n, threads)
        found, odd = self.run(values, n, threads)(self.pack(*uniform))
        total = found[0] if len(found) == 1 else found.sum(axis=0)
        total[-1] = n
        if odd is None:
            return self.gathered(total, same)
        if len(odd) > n // MANY:
            return self.blocks(values, n, threads)
        total[-1] -= len(odd)
        G, plain = self.gathered(total, same)
        careful = self.front.careful(values)
        for low in range(0, len(odd), self.blocks.length):
            part = odd[low : low + self.blocks.length]
            W = self.blocks.rows(len(part))
            self.blocks.fill(W, [], [], same, partial(careful, part), False)
            more = self.layout.totals(W)
            G, plain = G + more[0], plain + more[1]
        return G, plain

    def run(self, values: Sequence[Any], n: int, threads: int) -> Callable[..., Any]:
        """What computes the sums over these arrays, prepared; kept for the next call where there are few rows."""
        inputs = [values[i] for i in self.front.code.plan.inputs]
        if self.bound is not None:
            known, run = self.bound
            if all([x is y for x, y in zip(known, inputs, strict=True)]):
                return run
        assert self.reduction is not None
        ends = np.append(np.arange(0, n, PIECE), n)
        run = self.reduction.bound(inputs, ends, max(1, min(threads, n // SHARE)))
        self.bound = (inputs, run) if n <= FEW_ENOUGH else None
        return run

    def gathered(self, totals: Matrix, same: Sequence[Any]) -> Totals:
        """Gram matrices and plain sums of the sums of terms, of which the last is the number of rows.

        A formula that does not vary stands for 1 in these terms, and its value is a factor of their sums.
        """
        layout = self.layout
        G, plain = totals[..., self.products], totals[..., self.sums]
        if any([value.__class__ is not float or value != 1.0 for value in same]):
            factors = np.ones((*totals.shape[:-1], layout.formulas))
            for (i, _), value in zip(self.front.same, same, strict=True):
                factors[..., i] = value
            of_blocks, of_plain = np.split(factors, [layout.blocks * layout.size], axis=-1)
            of_blocks = of_blocks.reshape(*totals.shape[:-1], layout.blocks, layout.size)
            G *= of_blocks[..., :, None] * of_blocks[..., None, :]
            plain *= of_plain
        return G.sum(axis=-3) if layout.blocks != 1 else G[..., 0, :, :], plain

    def groups(self, values: Sequence[Any], ends: NDArray[np.intp], by_group: Sequence[bool], threads: int) -> Totals:
        """The sums over each group of rows, up to row ends[i]; arguments `by_group` have a number for each group."""
        n, count = int(ends[-1]) if len(ends) else 0, len(ends)
        known = uniform, same, ordinary = uniform_of_groups(self.front, values, count)
        if self.reduction is None or not ordinary.all() or n < self.reduction.lanes:
            return self.blocks.groups(values, ends, by_group, threads)
        numbers = np.empty((count, max(len(uniform), 1)))
        for i, value in enumerate(uniform):
            numbers[:, i] = value
        inputs = [values[i] for i in self.front.code.plan.inputs]
        run = self.reduction.bound(inputs, np.append(0, ends), max(1, min(threads, n // SHARE)))
        found, odd = run(numbers.ctypes.data, numbers.strides[0])
        found[:, -1] = np.diff(ends, prepend=0)
        if odd is None:
            return self.gathered(found, same)
        if len(odd) > n // MANY:
            return self.blocks.groups(values, ends, by_group, threads)
        owners = np.searchsorted(ends, odd, "right")
        found[:, -1] -= np.bincount(owners, minlength=count)
        G, plain = self.gathered(found, same)
        for low in range(0, len(odd), self.blocks.length):
            part, whose = odd[low : low + self.blocks.length], owners[low : low + self.blocks.length]
            W = self.blocks.at_rows(values, by_group, known, part, itemgetter(whose), False)
            more = self.layout.of_groups(W, np.bincount(whose, minlength=count))
            G, plain = G + more[0], plain + more[1]
        return G, plain


def place_of(places: dict[tuple[int, ...], int], u: int | None, v: int | None) -> int:
    """Where the sum of a product of two rows is: one that does not vary stands for 1, and last is the sum of 1."""
    term = tuple(sorted([row for row in (u, v) if row is not None]))
    return places[term] if term else -1
