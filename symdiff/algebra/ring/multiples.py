"""The numbers in exponents: exp(2*x) and exp(-x) are powers of one exponential."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from symdiff.core import ops
from symdiff.core.exact import Exact, normalised
from symdiff.core.expr import App, Expr
from symdiff.core.fold import postorder
from symdiff.core.ops import rational_value


def scaled(u: Expr) -> tuple[Exact, Expr]:
    """u as a number times the rest, as far as that is written: -x^2/2 is -1/2 times x^2."""
    factor: Exact = 1
    while u.__class__ is App:
        if u.op is ops.neg:
            factor, u = -factor, u.args[0]
        elif u.op is ops.mul and (value := rational_value(u.args[0])):
            factor, u = factor * value, u.args[1]
        elif u.op is ops.mul and (value := rational_value(u.args[1])):
            factor, u = factor * value, u.args[0]
        elif u.op is ops.div and (value := rational_value(u.args[1])):
            factor, u = Fraction(factor) / value, u.args[0]
        else:
            break
    return factor, u


def unit_exponents(e: Expr) -> dict[Expr, Exact]:
    """For each w in an exponential of e: the greatest number of which all its factors are multiples."""
    units: dict[Expr, Fraction] = {}
    for node in postorder(e):
        if node.__class__ is App and node.op is ops.exp:
            factor, w = scaled(node.args[0])
            units[w] = common_measure(units.get(w, Fraction(factor)), Fraction(factor))
    return {w: normalised(unit) for w, unit in units.items()}


def common_measure(u: Fraction, v: Fraction) -> Fraction:
    """The greatest number of which both are multiples; negative if both are."""
    size = Fraction(gcd(u.numerator * v.denominator, v.numerator * u.denominator), u.denominator * v.denominator)
    return -size if u < 0 and v < 0 else size
