"""Sums of two doubles on vectors: a number and its rounding error, for the places where one double is not enough.

Sources: Dekker, "A floating-point technique for extending the available precision" (1971); Knuth, "The Art of Computer
Programming", volume 2, section 4.2.2; Muller and others, "Handbook of Floating-Point Arithmetic", chapters 4 and 5.
"""

from __future__ import annotations

from typing import NamedTuple

from symdiff.numeric.llvm.vectors import Vectors


class Pair(NamedTuple):
    """A number as a vector of doubles and their rounding errors."""

    high: str
    low: str


def exactly(b: Vectors, u: str) -> Pair:
    """A double as it is."""
    return Pair(u, b.constant(0.0))


def one(b: Vectors) -> Pair:
    return exactly(b, b.constant(1.0))


def either_pair(b: Vectors, mask: str, u: Pair, v: Pair) -> Pair:
    """u where the mask holds, v elsewhere."""
    return Pair(b.select(mask, u.high, v.high), b.select(mask, u.low, v.low))


def opposite(b: Vectors, u: Pair) -> Pair:
    return Pair(b.neg(u.high), b.neg(u.low))


def fast_sum(b: Vectors, u: str, v: str) -> Pair:
    """u + v and its rounding error, where |u| >= |v| or u = 0 (Dekker 1971)."""
    high = b.add(u, v)
    return Pair(high, b.sub(v, b.sub(high, u)))


def two_sum(b: Vectors, u: str, v: str) -> Pair:
    """u + v and its rounding error (Knuth)."""
    high = b.add(u, v)
    rest = b.sub(high, u)
    return Pair(high, b.add(b.sub(u, b.sub(high, rest)), b.sub(v, rest)))


def pair_sum(b: Vectors, u: Pair, v: Pair) -> Pair:
    """u + v, but for the rounding error of the low parts."""
    total = two_sum(b, u.high, v.high)
    return Pair(total.high, b.add(total.low, b.add(u.low, v.low)))


def product(b: Vectors, u: str, v: str) -> Pair:
    """u v and its rounding error."""
    high = b.mul(u, v)
    return Pair(high, b.fma(u, v, b.neg(high)))


def pair_quotient(b: Vectors, u: Pair, v: Pair) -> Pair:
    """u/v with one division: the remainder gives the rest."""
    inverse = b.div(b.constant(1.0), v.high)
    high = b.mul(u.high, inverse)
    remainder = b.add(b.fma(b.neg(high), v.high, u.high), b.fma(b.neg(high), v.low, u.low))
    return Pair(high, b.mul(remainder, inverse))


def quotient(b: Vectors, u: Pair, v: Pair) -> str:
    """u/v as a double; nan over 0."""
    return b.add(*pair_quotient(b, u, v))
