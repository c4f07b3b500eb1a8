"""Residuals and their products with columns in more digits than doubles have, which is where refinement gets its own.

Where the platform's long double is longer than double (x86: 64 bits), it is used. Elsewhere each product and sum is
kept as a pair of doubles, its value and its rounding error (Dekker 1971; Knuth, TAOCP 2, section 4.2.2).
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]
Pair: TypeAlias = tuple[Vector, Vector]  # a number is the sum of the two; the second is below half a unit of the first

LONGER: Final = bool(np.finfo(np.longdouble).nmant > np.finfo(np.float64).nmant)
SPLITTER: Final = 2.0**27 + 1


def slopes(block: Vector, p: Pair, longer: bool = LONGER) -> Pair:
    """The products A'r and r'r of the residual r = y - A p, as k + 1 pairs, far beyond double in accuracy.

    The first k rows of `block`, of shape (k + 1, m), are the columns of A, the last is y; no number in it may pass
    2^900. With `longer=False` pairs of doubles are taken on every platform: 106 bits, and ten times the time.

    >>> high, low = slopes(np.array([[1.0], [1.0]]), (np.ones(1), np.array([2.0**-60])))    # 1 - (1 + 2^-60)
    >>> (high + low).tolist() == [-(2.0**-60), 2.0**-120]
    True
    """
    return by_long_doubles(block, p) if longer else by_pairs(block, p)


def by_long_doubles(block: Vector, p: Pair) -> Pair:
    """In long double."""
    rows = block.astype(np.longdouble)
    at = np.empty(len(block), np.longdouble)
    at[:-1] = p[0]
    at[:-1] += p[1]
    np.negative(at, out=at)
    at[-1] = 1.0
    rows[-1] = np.dot(at, rows)  # `dot` takes two thirds of the time of `@`
    g = np.dot(rows, rows[-1])
    high = g.astype(np.float64)
    return high, (g - high).astype(np.float64)


def by_pairs(block: Vector, p: Pair) -> Pair:
    """In pairs of doubles."""
    at = np.append(-p[0], 1.0), np.append(-p[1], 0.0)
    r = summed(product((at[0][:, None], at[1][:, None]), (block, np.zeros_like(block))), 0)
    rows = block.copy(), np.zeros_like(block)
    rows[0][-1], rows[1][-1] = r
    return summed(product(rows, r), 1)


def summed(p: Pair, axis: int) -> Pair:
    """The sums along an axis, halving it until one is left."""
    high, low = np.moveaxis(p[0], axis, 0), np.moveaxis(p[1], axis, 0)
    while (n := len(high)) > 1:
        half, odd = n // 2, n % 2
        more = added((high[odd : odd + half], low[odd : odd + half]), (high[odd + half :], low[odd + half :]))
        high, low = np.concatenate([high[:odd], more[0]]), np.concatenate([low[:odd], more[1]])
    return high.sum(axis=0), low.sum(axis=0)


def added(u: Pair, v: Pair) -> Pair:
    """The sum of two numbers that are pairs."""
    high, error = two_sum(u[0], v[0])
    return fast_two_sum(high, error + (u[1] + v[1]))


def product(u: Pair, v: Pair) -> Pair:
    """The product of two numbers that are pairs."""
    high, error = two_product(u[0], v[0])
    return fast_two_sum(high, error + (u[0] * v[1] + u[1] * v[0]))


def two_sum(a: Vector, b: Vector) -> Pair:
    """The rounded sum and its rounding error (Knuth, TAOCP 2, theorem 4.2.2 B)."""
    high = a + b
    part = high - a
    return high, (a - (high - part)) + (b - part)


def fast_two_sum(a: Vector, b: Vector) -> Pair:
    """The same where |a| >= |b| (Dekker 1971)."""
    high = a + b
    return high, b - (high - a)


def two_product(a: Vector, b: Vector) -> Pair:
    """The rounded product and its rounding error (Dekker 1971; Veltkamp's splitting into halves of 26 bits)."""
    high = a * b
    (a1, a2), (b1, b2) = split(a), split(b)
    return high, a2 * b2 - (((high - a1 * b1) - a2 * b1) - a1 * b2)


def split(a: Vector) -> Pair:
    """The upper half of the bits of a number, and the rest."""
    c = SPLITTER * a
    upper = c - (c - a)
    return upper, a - upper
