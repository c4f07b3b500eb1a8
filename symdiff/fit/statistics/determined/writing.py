"""Combinations written as one would: small fractions, no factors of 1, differences and quotients."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from symdiff.core.expr import Expr, Num
from symdiff.core.ops import sqrt
from symdiff.fit.words import num
from symdiff.text.parse import expression

DECIMAL: Final = (2, 4, 5, 8, 10)  # denominators whose fractions are short decimals
LARGEST: Final = 12  # of the whole numbers that a combination is written with


def simple(w: float) -> Fraction | None:
    """The small fraction that a number is, to rounding; None if it is none."""
    found = Fraction(w).limit_denominator(LARGEST)
    near = abs(float(found) - w) <= 1e-9 * abs(w)
    return found if near and 0 < abs(found.numerator) <= LARGEST else None


def times(w: float, e: Expr) -> Expr:
    """w e, as one would write it."""
    small = simple(w)
    short = small is not None and small.numerator > 1 and small.denominator in DECIMAL
    if small is None or small < 0 or short:
        return number(w) * e
    whole = e if small.numerator == 1 else small.numerator * e
    return whole if small.denominator == 1 else whole / small.denominator


def plus(p: Expr, w: float, q: Expr) -> Expr:
    """p + w q, as one would write it."""
    return p + times(w, q) if w > 0 else p - times(-w, q)


def by(p: Expr, w: float, q: Expr) -> Expr:
    """p q^w, as one would write it."""
    power = raised(q, abs(w))
    return p * power if w > 0 else p / power


def raised(q: Expr, w: float) -> Expr:
    """q^w, as one would write it."""
    small = simple(w)
    if small is None or small.denominator == 1:
        return q if small == 1 else q ** number(w)
    return sqrt(q) if small == Fraction(1, 2) else q ** (Num(small.numerator) / Num(small.denominator))


def number(w: float) -> Expr:
    """A number as a formula: a small fraction, else its first six digits."""
    small = simple(w)
    return Num(small) if small is not None else expression(num(w, 6))
