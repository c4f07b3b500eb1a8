"""Inverse circular functions on vectors: asin, acos, atan, acot, asec, acsc and atan2.

All but asin and acos are the angle of a point (x, y) in the plane, whose coordinates are kept as a double and its
rounding error, so that nothing is lost near the ends of a domain: asec u is the angle of (1, sqrt(u^2 - 1)). The point
is turned back by a multiple of pi/4 (as in fdlibm's s_atan.c, with three directions instead of five), which leaves a
tangent within tan(pi/8). asin and acos halve the angle where it is not small (fdlibm's e_asin.c). Polynomials are
minimax, by Remez' algorithm in 50 digits. The largest errors met: 1.5 ulp.
"""

from __future__ import annotations

from collections.abc import Callable
from math import nan, sqrt
from typing import NamedTuple

from symdiff.numeric.llvm.pairs import (
    Pair,
    either_pair,
    exactly,
    fast_sum,
    one,
    opposite,
    pair_quotient,
    pair_sum,
    product,
)
from symdiff.numeric.llvm.vectors import Vectors

# fmt: off
# On |t| <= tan(pi/8): atan t = t + t^3 P(t^2), relative error 2^-59.4.
ARC = (-0.333333333333332, 0.19999999999953244, -0.14285714280159548, 0.11111110781491294, -0.09090897697706696,
       0.07692059086415787, -0.06663090529246758, 0.05847785913467872, -0.05038816564102719, 0.03805160643590645,
       -0.0178924366211839)
# asin s = s + s^3 P(s^2) for s^2 <= 1/4: relative error 2^-55.9
HALF_ARC = (0.16666666666665383, 0.07500000000342985, 0.04464285682353031, 0.030381959329326084, 0.022371753568668044,
            0.017359770434714067, 0.013884604982318671, 0.012173237473832818, 0.006511030319731601,
            0.019573431869861036, -0.016293343485406404, 0.03195847379155629)
# fmt: on

# n pi/4 as a double and the rest
EIGHTHS = (
    (0.0, 0.0),
    (0.7853981633974483, 3.061616997868383e-17),
    (1.5707963267948966, 6.123233995736766e-17),
    (2.356194490192345, 9.184850993605148e-17),
    (3.141592653589793, 1.2246467991473532e-16),
)


def asin(b: Vectors, u: str) -> str:
    """The angle whose sine is u: from 1/2 on, pi/2 - 2 asin sqrt((1 - u)/2)."""
    arc = half_arc(b, u)
    right, rest = EIGHTHS[2]
    far = fast_sum(b, b.constant(right), b.mul(arc.high, b.constant(-2.0)))
    low = b.fma(arc.low, b.constant(-2.0), b.add(far.low, b.constant(rest)))
    return b.copysign(b.select(arc.small, b.add(arc.high, arc.low), b.add(far.high, low)), u)


def acos(b: Vectors, u: str) -> str:
    """The angle whose cosine is u: pi/2 - asin u, or what is left of 0 or pi."""
    arc = half_arc(b, u)
    base, low = acos_base(b, u, arc.small)
    sign = b.select(arc.small, b.neg(u), u)
    twice = b.select(arc.small, b.constant(1.0), b.constant(2.0))
    factor = b.copysign(twice, sign)
    return b.add(b.fma(factor, arc.high, base), b.fma(factor, arc.low, low))


def atan(b: Vectors, u: str) -> str:
    """The angle whose tangent is u."""
    return b.copysign(angle(b, exactly(b, b.absolute(u)), one(b)), u)


def acot(b: Vectors, u: str) -> str:
    """The angle of (u, 1), atan(1/u); nothing at 0."""
    arc = b.copysign(angle(b, one(b), exactly(b, b.absolute(u))), u)
    return b.select(b.compare("oeq", u, b.constant(0.0)), b.constant(nan), arc)


def asec(b: Vectors, u: str) -> str:
    """The angle of (1, sqrt(u^2 - 1)), acos(1/u)."""
    return angle(b, tangent_of_secant(b, u), one(b), beyond=b.compare("olt", u, b.constant(0.0)))


def acsc(b: Vectors, u: str) -> str:
    """The angle of (sqrt(u^2 - 1), 1), asin(1/u)."""
    return b.copysign(angle(b, one(b), tangent_of_secant(b, u)), u)


def atan2(b: Vectors, v: str, u: str) -> str:
    """The angle of the point (u, v), in (-pi, pi]; -0.0 is 0."""
    y, x = b.absolute(v), b.absolute(u)
    vast, tiny = b.constant(2.0**1000), b.constant(2.0**-960)
    out = b.either(b.compare("ogt", y, vast), b.compare("ogt", x, vast))
    close = b.both(b.compare("olt", y, tiny), b.compare("olt", x, tiny))
    flat = b.both(b.compare("olt", y, b.mul(x, tiny)), b.compare("one", y, b.constant(0.0)))
    b.flag(b.both(b.either(b.either(out, close), flat), b.compare("ord", y, x)))
    arc = angle(b, exactly(b, y), exactly(b, x), beyond=b.compare("olt", u, b.constant(0.0)))
    return b.copysign(arc, b.add(v, b.constant(0.0)))


FUNCTIONS: dict[str, Callable[..., str]] = {each.__name__: each for each in (asin, acos, atan, acot, asec, acsc, atan2)}


# ------------------------------------------------------------------------------------------------------------ arcs


class HalfArc(NamedTuple):
    """asin of |u|, or half of acos |u| where |u| is not small, in two parts."""

    small: str
    high: str
    low: str


def half_arc(b: Vectors, u: str) -> HalfArc:
    """asin s in two parts: s = |u| up to 1/2, else sqrt((1 - |u|)/2)."""
    size = b.absolute(u)
    small = b.compare("olt", size, b.constant(0.5))
    half = b.fma(size, b.constant(-0.5), b.constant(0.5))
    z = b.select(small, b.mul(u, u), half)
    s = b.select(small, size, b.sqrt(half))
    return HalfArc(small, s, b.mul(b.mul(s, z), b.polynomial(z, HALF_ARC)))


def acos_base(b: Vectors, u: str, small: str) -> Pair:
    """Where acos counts from: pi/2 near 0, else 0 or pi."""
    left = b.compare("olt", u, b.constant(0.0))
    zero, quarter, half = (Pair(*map(b.constant, EIGHTHS[n])) for n in (0, 2, 4))
    return either_pair(b, small, quarter, either_pair(b, left, half, zero))


def leg(b: Vectors, u: Pair, v: Pair) -> Pair:
    """sqrt(u - v), where u >= v or there is none; |u| >= |v| or u.high - v.high is exact."""
    difference = fast_sum(b, u.high, b.neg(v.high))
    low = b.add(difference.low, b.sub(u.low, v.low))
    root = b.sqrt(difference.high)
    remainder = b.add(b.fma(b.neg(root), root, difference.high), low)
    error = b.div(remainder, b.add(root, root))
    return Pair(root, b.select(b.compare("ogt", root, b.constant(0.0)), error, b.constant(0.0)))


def tangent_of_secant(b: Vectors, u: str) -> Pair:
    """sqrt(u^2 - 1), which is |u| far out."""
    size = b.absolute(u)
    far = b.compare("ogt", size, b.constant(2.0**60))
    return either_pair(b, far, exactly(b, size), leg(b, product(b, u, u), one(b)))


def angle(b: Vectors, y: Pair, x: Pair, beyond: str | None = None) -> str:
    """The angle of (x, y), x and y not negative; of (-x, y) in the lanes `beyond`.

    The point is turned back by 0, pi/4 or pi/2, so that the tangent of the rest is within tan(pi/8).
    """
    middle = b.compare("ogt", y.high, b.mul(x.high, b.constant(sqrt(2) - 1)))
    steep = b.compare("ogt", y.high, b.mul(x.high, b.constant(sqrt(2) + 1)))
    minus = opposite(b, x)
    opposite_leg = either_pair(b, steep, minus, either_pair(b, middle, pair_sum(b, y, minus), y))
    adjacent_leg = either_pair(b, steep, y, either_pair(b, middle, pair_sum(b, y, x), x))
    t = pair_quotient(b, opposite_leg, adjacent_leg)
    vast = b.compare("ogt", adjacent_leg.high, b.constant(2.0**1020))
    low = b.select(vast, b.constant(0.0), t.low)  # infinity times 0 is in it
    start = eighths(b, middle, steep, (0, 1, 2))
    if beyond is not None:
        start = either_pair(b, beyond, eighths(b, middle, steep, (4, 3, 2)), start)
    t2 = b.mul(t.high, t.high)
    rest = b.fma(b.mul(t.high, t2), b.polynomial(t2, ARC), low)
    if beyond is None:
        return b.add(b.add(start.high, t.high), b.add(rest, start.low))
    high, rest = (b.select(beyond, b.neg(part), part) for part in (t.high, rest))
    return b.add(b.add(start.high, high), b.add(rest, start.low))


def eighths(b: Vectors, middle: str, steep: str, counts: tuple[int, int, int]) -> Pair:
    """So many eighths of a turn, by the direction of a point: flat, middle or steep."""
    flat, between, upright = (Pair(*map(b.constant, EIGHTHS[n])) for n in counts)
    return either_pair(b, steep, upright, either_pair(b, middle, between, flat))
