"""A matrix with many rows, read block by block: the triangle of its QR, its products with a residual, on threads."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial, reduce
from itertools import pairwise
from typing import Final, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from symdiff.errors import DataError
from symdiff.fit.data.table import Square, Vector
from symdiff.numeric.extended import Pair, added, slopes
from symdiff.numeric.threads import in_parallel, processors

T = TypeVar("T")
Whole: TypeAlias = NDArray[np.int64]

LARGE: Final = 1e60  # numbers whose squares, and those of their inverses, are nowhere near the ends of the floats
NARROW: Final = 16  # columns, the target among them, up to which the threads here are quicker than those of BLAS
SINGLE: Final = 4096  # numbers that BLAS does not share out: its threads and those here would wait for each other
PARTS: Final = 32  # of so many numbers, read at a time: 1 MB, still in the cache of one processor
BLOCK: Final = 1 << 20  # numbers read at a time where BLAS has its threads


class Rows:
    """The rows of [A y] block by block, each column divided by a power of 2 where the numbers are not all ordinary."""

    def __init__(self, columns: Sequence[Vector | float], target: Vector) -> None:
        self.columns = (*columns, target)
        self.n, self.shares = len(target), 1
        if (k := len(self.columns)) <= NARROW:
            self.step, self.shares = PARTS * (SINGLE // k), processors()
        else:
            self.step = max(BLOCK // k, 4 * k)
        self.whole = self.read(0, self.n) if self.n <= self.step else None
        self.scale: Vector | None = None
        tops = reduce(np.maximum, self.over(largest)).tolist()
        if not all([math.isfinite(top) for top in tops]):
            raise DataError("the columns of the linear model are not finite", "leave out rows without a value")
        self.exponents: Whole | None = None
        if not all([1 / LARGE < top < LARGE or top == 0 for top in tops]):
            # Within 2^±1000 the scale and its inverse are floats; the smallest floats become 2^-74.
            self.exponents = np.array([min(max(math.frexp(top)[1], -1000), 1000) for top in tops])
            self.scale = np.ldexp(1.0, -self.exponents)[:, None]
            if self.whole is not None:
                self.whole *= self.scale

    def __len__(self) -> int:
        return self.n

    def read(self, start: int, end: int) -> Vector:
        """Rows as they were given, shape (k + 1, m)."""
        block = np.empty((len(self.columns), end - start))
        for row, column in zip(block, self.columns, strict=True):
            row[:] = column[start:end] if isinstance(column, np.ndarray) and column.ndim else column
        return block

    def blocks(self, start: int, end: int) -> Iterator[Vector]:
        """The rows from start to end in blocks, scaled."""
        for i in range(start, end, self.step):
            block = self.read(i, min(i + self.step, end))
            if self.scale is not None:
                block *= self.scale
            yield block

    def over(self, work: Callable[[Iterable[Vector]], T]) -> list[T]:
        """What the work gives for all blocks, or for those of each thread's share."""
        if self.whole is not None:
            return [work((self.whole,))]
        ends = [i * self.n // self.shares for i in range(self.shares + 1)]
        return in_parallel([partial(work, self.blocks(*share)) for share in pairwise(ends)])

    def triangle(self) -> Square:
        """R of [A y] = QR, of shape (k + 1, k + 1): rows of 0 stand for those that are missing."""
        shares = self.over(triangle)
        R = shares[0] if len(shares) == 1 else qr(np.concatenate(shares))
        return np.concatenate([R, np.zeros((R.shape[1] - len(R), R.shape[1]))]) if len(R) < R.shape[1] else R

    def slopes(self, p: Pair, longer: bool) -> Pair:
        """A'r and r'r in more digits than doubles have, where r = y - A p."""
        return reduce(added, self.over(partial(longer_slopes, p, longer)))

    def plain_slopes(self, p: Vector) -> Vector:
        """The same in doubles."""
        return sum(self.over(partial(plain_slopes, p)), np.zeros(len(self.columns)))


def largest(blocks: Iterable[Vector]) -> Vector:
    """The largest size of a number in each column; nan if there is one."""
    return reduce(np.maximum, [np.abs(block).max(axis=1, initial=0.0) for block in blocks])


def triangle(blocks: Iterable[Vector]) -> Square:
    """R of the blocks below each other."""
    R: Square | None = None
    for block in blocks:
        rows = shortened(block)
        R = qr(rows if R is None else np.concatenate([R, rows]))
    return np.empty((0, 0)) if R is None else R


def shortened(block: Vector) -> Vector:
    """Fewer rows with the same triangle: those of the triangles of parts, and what is left of the block."""
    columns, m = block.shape
    tall = SINGLE // columns
    if m <= 2 * tall or columns > NARROW:
        return block.T
    whole = m // tall * tall
    parts = qr(block[:, :whole].reshape(columns, -1, tall).transpose(1, 2, 0))
    return np.concatenate([parts.reshape(-1, columns), block[:, whole:].T])


def qr(rows: Vector) -> Square:
    """The triangle of each matrix in a stack."""
    return np.asarray(np.linalg.qr(rows, mode="r"))


def longer_slopes(p: Pair, longer: bool, blocks: Iterable[Vector]) -> Pair:
    """A'r and r'r of the blocks as pairs of doubles."""
    return reduce(added, [slopes(block, p, longer) for block in blocks])


def plain_slopes(p: Vector, blocks: Iterable[Vector]) -> Vector:
    """A'r and r'r of the blocks in doubles."""
    total = np.zeros(len(p) + 1)
    for block in blocks:
        r = block[-1] - p.dot(block[:-1])
        total[:-1] += block[:-1].dot(r)
        total[-1] += np.einsum("i,i->", r, r)  # `dot` would wake the threads of BLAS, which wait for those here
    return total
