"""Combinations written as one would: small fractions, no factors of 1, differences and quotients."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from symdiff.core.expr import Expr, Num
from symdiff.fit.words import num
from symdiff.text.parse import expression

LARGEST: Final = 12  # of the whole numbers that a combination is written with


def simple(w: float) -> Fraction | None:
    """The small fraction that a number is, to rounding; None if it is none."""
    found = Fraction(w).limit_denominator(LARGEST)
    near = abs(float(found) - w) <= 1e-9 * abs(w)
    return found if near and 0 < abs(found.numerator) <= LARGEST else None


def times(w: float, e: Expr) -> Expr:
    """w e, as one would write it."""
    return e if w == 1 or simple(w) == 1 else number(w) * e


def plus(p: Expr, w: float, q: Expr) -> Expr:
    """p + w q, as one would write it."""
    return p + times(w, q) if w > 0 else p - times(-w, q)


def by(p: Expr, w: float, q: Expr) -> Expr:
    """p q^w, as one would write it."""
    power = q if simple(abs(w)) == 1 else q ** number(abs(w))
    return p * power if w > 0 else p / power


def number(w: float) -> Expr:
    """A number as a formula: a small fraction, else its first six digits."""
    small = simple(w)
    return Num(small) if small is not None else expression(num(w, 6))
