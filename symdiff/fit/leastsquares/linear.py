"""The linear least squares problem, solved in one step: QR in blocks of rows, then refinement by a longer residual.

The triangle R of A = QR comes from the triangles of blocks, stacked and factored again (TSQR; Demmel, Grigori, Hoemmen
and Langou 2012). A step of refinement solves R'R s = A'r by what R tells, with r and A'r in long double: the corrected
semi-normal equations (Bjorck 1987), repeated until a step no longer shrinks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from symdiff.fit.data.table import Square, Vector
from symdiff.fit.leastsquares.tall import Rows, Whole
from symdiff.numeric.extended import LONGER, Pair, two_sum

EPS: Final = float(np.finfo(np.float64).eps)
BLURRED: Final = 1e14  # a condition beyond which the rounding of the columns decides what a parameter is
STEPS: Final = 20  # of refinement, at most: each shrinks the error a hundredfold or more
NOISE: Final = 2.0**-64  # of the target's length: what a long double residual does not see
MILD: Final = 100.0  # a condition at which rounding costs two digits
SMALL: Final = 1e-6  # of the sum of squares: what a last step may take from it
FEW: Final = 256  # rows for which long doubles cost next to nothing
ALONE: Final = 1 << 16  # multiplications for which BLAS wakes no threads
STEEP: Final = 1e3  # a condition at which a long double, too, may be short where the residuals are large
LITTLE: Final = 2048  # numbers in A for which pairs of doubles take a fraction of a millisecond


class Linear(NamedTuple):
    """The least squares solution of A p = y, with what its errors need.

    at         p; where A has not full rank, of all solutions the one with the least sum of (|a_j| p_j)^2
    rss        |A p - y|^2
    norm       its root, which is a float also where the square is none
    R          upper triangular, of shape (k, k), with R'R = A'A
    rank       how many columns are independent, to rounding
    condition  of A with columns scaled to length 1; infinite if a column is 0
    root       W of shape (k, rank) with W W' = inv(A'A): the variances of p are rss/df times the squares of its rows
               summed. This is as accurate as R, where the inverse of R'R has lost twice as many digits.
    """

    at: Vector
    rss: float
    norm: float
    R: Square
    rank: int
    condition: float
    root: Square


def solve(columns: Sequence[Vector | float], target: Vector) -> Linear:
    """The p for which |A p - y| is least, as exact as the floats in A and y allow.

    `columns` are the k columns of A, arrays of n floats, a number standing for a constant column; `target` is y, n
    floats. Columns of any size, fewer rows than columns, columns that are 0 or depend on others all have an answer.
    Memory beyond the columns is constant. Raises DataError if a number in A or y is not finite.

    >>> line = solve([np.array([0.0, 1.0, 2.0, 3.0]), 1.0], np.array([1.0, 3.0, 5.0, 7.5]))
    >>> line.at.round(12).tolist(), round(line.rss, 12), line.rank
    ([2.15, 0.9], 0.075, 2)
    >>> twice = solve([1.0, 1.0], np.array([2.0, 4.0]))
    >>> twice.at.round(12).tolist(), twice.rank
    ([1.5, 1.5], 1)
    """
    rows = Rows(columns, target)
    known = by_products(rows) or by_triangle(rows)
    p, square = refined(rows, known)
    found = Linear(p, square, math.sqrt(square), known.R, known.W.shape[1], known.condition, known.W)
    return found if rows.exponents is None else unscaled(found, rows.exponents)


class Factor(NamedTuple):
    """What is known of A: R, W with W W' = inv(R'R), the condition; then a first p, and the length of the target."""

    R: Square
    W: Square
    condition: float
    start: Vector
    size: float


def by_products(rows: Rows) -> Factor | None:
    """The factor by Cholesky's method, which saves a third of the time of some thousand rows; None if that is not safe.

    What A'A loses, the square of a mild condition, is at most four digits, which refinement gives back to p.
    """
    if rows.whole is None or len(rows) <= FEW or len(rows.whole) * rows.whole.size > ALONE:
        return None
    G = rows.whole.dot(rows.whole.T)
    square, right = G[:-1, :-1], G[:-1, -1]
    lengths = np.sqrt(square.diagonal())
    if not lengths.all():
        return None
    values, V = np.linalg.eigh(square / np.multiply.outer(lengths, lengths))
    least, most = float(values[0]), float(values[-1])
    if most > least * MILD**2:
        return None
    W = V / np.multiply.outer(lengths, np.sqrt(values))
    return Factor(np.linalg.cholesky(square).T, W, math.sqrt(most / least), W.dot(right.dot(W)), math.sqrt(G[-1, -1]))


def by_triangle(rows: Rows) -> Factor:
    """The factor by QR, less what is rounding among the singular values of R."""
    triangle = rows.triangle()
    R, z = triangle[:-1, :-1], triangle[:-1, -1]
    lengths = np.sqrt((R * R).sum(axis=0))
    lengths[lengths == 0] = 1.0
    U, s, V = np.linalg.svd(R / lengths)
    sizes = s.tolist() or [0.0]
    rank = sum([size > sizes[0] / BLURRED for size in sizes])
    condition = sizes[0] / sizes[-1] if sizes[-1] else math.inf
    W = V[:rank].T / s[:rank] / lengths[:, None]
    return Factor(R, W, condition, W.dot(z.dot(U[:, :rank])), math.hypot(*triangle[:, -1].tolist()))


def refined(rows: Rows, known: Factor) -> tuple[Vector, float]:
    """The solution and its sum of squares: by one step in doubles if that is enough."""
    if len(rows) > FEW and known.condition < MILD:
        g = rows.plain_slopes(known.start)
        move = Move(known.W, g)
        if move.square <= SMALL * g[-1]:
            return known.start + move.step, float(g[-1]) - move.square
    return refined_longer(rows, known)


def refined_longer(rows: Rows, known: Factor) -> tuple[Vector, float]:
    """The same with long doubles or pairs of doubles, in as many steps as it takes."""
    longer = LONGER and (known.condition < STEEP or len(rows) * len(known.start) > LITTLE)
    rate = 8 * EPS * min(known.condition, BLURRED)  # a step leaves so much of the error
    p: Pair = (known.start, np.zeros(len(known.start)))
    last, left = math.inf, 0.0
    for _ in range(STEPS):
        g, _ = rows.slopes(p, longer)
        move, left = Move(known.W, g), float(g[-1])
        if not move.square <= last / 4:
            break
        p = two_sum(p[0], p[1] + move.step)
        if rate * math.sqrt(move.square) <= NOISE * known.size and move.square <= SMALL * left:
            return p[0], left - move.square
        last = move.square
    return p[0], left


class Move:
    """The step s with R'R s = A'r for g = (A'r, r'r), and |A s|^2, by which it lowers the sum of squares."""

    def __init__(self, W: Square, g: Vector) -> None:
        along = g[:-1].dot(W)
        self.step: Vector = W.dot(along)
        self.square = float(along.dot(along))


def unscaled(found: Linear, exponents: Whole) -> Linear:
    """The solution in the units of the columns and the target, which had been divided by 2^exponents."""
    each, of_target = exponents[:-1], exponents[-1]
    with np.errstate(all="ignore"):  # a parameter may be beyond floats where columns and target are not
        return found._replace(
            at=np.ldexp(found.at, of_target - each),
            norm=float(np.ldexp(found.norm, of_target)),
            rss=float(np.ldexp(found.rss, 2 * of_target)),
            R=np.ldexp(found.R, each),
            root=np.ldexp(found.root, -each[:, None]),
        )
