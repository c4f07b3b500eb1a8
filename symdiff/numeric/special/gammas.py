"""Gamma and its relatives on arrays: polynomials to the right of 0, reflection to the left (DLMF 5.4, 5.5, 5.11)."""

from __future__ import annotations

import math
from collections.abc import Callable
from math import inf, nan, pi
from typing import Any

import numpy as np

from symdiff.numeric.special.cases import by_cases, nearest, on_doubles
from symdiff.numeric.special.pieces import Doubles, Pieces, Steps

FACTORIAL = Steps(lambda u: (u + 1).gamma(), 2**-2, 169.75)
SINE = Pieces(lambda u: u.sin_pi() / u.pi(), 2**-3, 0.5)  # sin(pi u)/pi
LOGGAMMA = Pieces(lambda u: u.lgamma(), 0.5, 32.0, split=5, zeros=[1.0, 2.0], origin=False)
LOGGAMMA_OF_1_PLUS = Pieces(lambda u: (u + 1).lgamma(), 2**-4, 0.5)
DIGAMMA = Pieces(lambda u: u.digamma(), 0.5, 32.0, split=5, zeros=[1.4616321449683623], origin=False)
DIGAMMA_OF_1_PLUS = Pieces(lambda u: (u + 1).digamma(), 2**-4, 32.0, zeros=[0.46163214496836234])


# --------------------------------------------------------------------------------------------------- gamma, factorial


@on_doubles
def gamma(u: Doubles) -> Doubles:
    """Gamma(u) = (u - 1)!; no value at 0, -1, -2, ...

    >>> gamma(np.array([0.5, 5.0, 172.0, -1.0])).round(12).tolist()
    [1.772453850906, 24.0, inf, nan]
    """
    small = (u > 0) & (u < 1)
    return by_cases(
        u,
        (u >= 1, lambda u: right_factorial(u - 1)),
        (small, lambda u: FACTORIAL(u) / u),
        ((u > -169.75) & (u < 0), lambda u: -1 / (sine(-u) * FACTORIAL(-u))),
        ((u <= -169.75) & (u > -190), nearest("gamma")),
        (u <= -190, far_left),
    )


@on_doubles
def factorial(u: Doubles) -> Doubles:
    """u! = Gamma(u + 1); no value at -1, -2, -3, ...

    >>> factorial(np.array([0.0, 0.5, 5.0, -1.0])).round(12).tolist()
    [1.0, 0.886226925453, 120.0, nan]
    """
    return by_cases(
        u,
        (u >= 0, right_factorial),
        ((u > -169.75) & (u < 0), lambda u: -u / (sine(-u) * FACTORIAL(-u))),
        ((u <= -169.75) & (u > -190), nearest("factorial")),
        (u <= -190, far_left),
    )


def far_left(u: Doubles) -> Doubles:
    """0, which gamma and factorial underflow to between their poles, all from 2^52 on."""
    return np.where(u == np.rint(u), nan, 0.0)


def right_factorial(u: Doubles) -> Doubles:
    """u! for u >= 0."""
    far = u > 169.5
    if not far.any():
        return FACTORIAL(u)
    near = FACTORIAL(np.where(far, np.minimum(u, 171.0) - 1, u))
    return np.where(far, np.where(u > 170.7, inf, near * u), near)


def sine(u: Doubles) -> Doubles:
    """sin(pi u)/pi for u >= 0; nan where it is 0, since it is divided by."""
    whole = np.rint(u)
    rest = u - whole
    size = np.copysign(SINE(np.absolute(rest)), rest)
    signed = np.where(np.fmod(whole, 2.0) == 0, size, -size)
    return np.where(rest == 0, nan, signed)


# -------------------------------------------------------------------------------------------- loggamma and derivatives


@on_doubles
def loggamma(u: Doubles) -> Doubles:
    """log(Gamma(u)) for u > 0.

    >>> loggamma(np.array([0.0, 1.0, 3.0, 10.0])).round(12).tolist()
    [nan, 0.0, 0.69314718056, 12.801827480081]
    """
    return by_cases(
        u,
        ((u > 0) & (u < 0.5), lambda u: LOGGAMMA_OF_1_PLUS(u) - np.log(u)),
        ((u >= 0.5) & (u < 32), LOGGAMMA),
        (u >= 32, stirling),
    )


def stirling(u: Any, log: Callable[[Any], Any] = np.log) -> Any:
    """log(Gamma(u)) for u >= 32, by Stirling's series."""
    v = 1 / u
    w = v * v
    rest = v * (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680))))
    return (u - 0.5) * (log(u) - 1) + (rest + HALF_LOG)


HALF_LOG = (math.log(2 * pi) - 1) / 2


@on_doubles
def digamma(u: Doubles) -> Doubles:
    """The derivative of loggamma; no value at 0, -1, -2, ...

    >>> digamma(np.array([0.0, 1.0, -0.5])).round(12).tolist()
    [nan, -0.577215664902, 0.036489973979]
    """
    return by_cases(
        u,
        ((u > 0) & (u < 0.5), lambda u: DIGAMMA_OF_1_PLUS(u) - 1 / u),
        ((u >= 0.5) & (u < 32), DIGAMMA),
        (u >= 32, lambda u: series(u) - 0.5 / u),
        (u < 0, left_digamma),
    )


def series(u: Any, log: Callable[[Any], Any] = np.log) -> Any:
    """digamma(u) + 1/(2u) for u >= 32."""
    w = 1 / (u * u)
    return log(u) - w * (1 / 12 - w * (1 / 120 - w * (1 / 252 - w * (1 / 240))))


def left_digamma(u: Doubles) -> Doubles:
    """digamma(u) = digamma(1 - u) - pi cot(pi u) for u < 0; by balls where the two nearly cancel."""
    right = by_cases(-u, (u > -32, DIGAMMA_OF_1_PLUS), (u <= -32, lambda v: series(v) + 0.5 / v))
    rest = np.rint(u) - u
    size = np.absolute(rest)
    cot = np.copysign(np.where(size < 0.25, 1 / np.tan(pi * size), np.tan(pi * (0.5 - size))), rest) * pi
    found = right + cot
    doubtful = np.absolute(cot) > 1.2 * np.absolute(found)
    found[doubtful] = nearest("digamma")(u[doubtful])
    return np.where(rest == 0, nan, found)


# --------------------------------------------------------------------------------------------------- polygamma, beta


def first_derivative(u: Any) -> Any:
    """The derivative of digamma on balls."""
    from symdiff.points.ball import as_ball, polygamma

    return polygamma(as_ball(1), u)


TRIGAMMA = Pieces(first_derivative, 0.5, 32.0, origin=False)
TRIGAMMA_OF_1_PLUS = Pieces(lambda u: first_derivative(u + 1), 2**-4, 32.0)
COSECANT_REST = Pieces(
    lambda u: first_derivative(1 + u) + first_derivative(1 - u), 2**-3, 0.5
)  # (pi/sin(pi u))^2 - 1/u^2


@on_doubles
def polygamma(n: Doubles, u: Doubles) -> Doubles:
    """The derivative of order n = 0, 1, 2, ... of digamma; by balls for n > 1.

    >>> polygamma(1.0, np.array([-0.5, 0.0, 1.0])).round(12).tolist()
    [8.934802200545, nan, 1.644934066848]
    """
    found = np.empty_like(u)
    for order, function in (n == 0, digamma), (n == 1, trigamma):
        found[order] = function(u[order])
    other = (n != 0) & (n != 1)
    found[other] = nearest("polygamma")(n[other], u[other])
    return found


def trigamma(u: Doubles) -> Doubles:
    """The derivative of digamma."""
    return by_cases(
        u,
        ((u > 0) & (u < 0.5), lambda u: TRIGAMMA_OF_1_PLUS(u) + 1 / (u * u)),
        ((u >= 0.5) & (u < 32), TRIGAMMA),
        (u >= 32, lambda u: second_series(u) + 0.5 / (u * u)),
        (u < 0, left_trigamma),
    )


def left_trigamma(u: Doubles) -> Doubles:
    """trigamma(u) = (pi/sin(pi u))^2 - trigamma(1 - u) for u < 0."""
    v = -u
    rest = np.absolute(v - np.rint(v))
    right = np.where(v < 32, TRIGAMMA_OF_1_PLUS(v), second_series(v) - 0.5 / (v * v))
    return np.where(rest == 0, nan, 1 / (rest * rest) + (COSECANT_REST(rest) - right))


def second_series(u: Doubles) -> Doubles:
    """trigamma(u) - 1/(2u^2) for u >= 32."""
    w = 1 / (u * u)
    return 1 / u + w / u * (1 / 6 - w * (1 / 30 - w * (1 / 42 - w * (1 / 30 - w * (5 / 66)))))


@on_doubles
def beta(a: Doubles, b: Doubles) -> Doubles:
    """Gamma(a) Gamma(b)/Gamma(a + b); by balls unless both are positive and below 80.

    >>> beta(2.0, np.array([3.0, 0.5, 0.0])).round(12).tolist()
    [0.083333333333, 1.333333333333, nan]
    """
    near = (a > 1e-300) & (b > 1e-300) & (a < 80) & (b < 80)
    found = np.empty_like(a)
    found[near] = quotient_of_gammas(a[near], b[near])
    found[~near] = nearest("beta")(a[~near], b[~near])
    return found


def quotient_of_gammas(a: Doubles, b: Doubles) -> Doubles:
    """beta(a, b) for positive a and b whose gammas are floats."""
    total = a + b
    shift = total - a
    rest = (a - (total - shift)) + (b - shift)  # a + b is total + rest (Knuth's sum of two floats)
    found: Doubles = gamma(a) / gamma(total) * gamma(b)
    return found - found * (rest * (np.log(total) - 0.5 / total))  # the last factor is about digamma(total)
