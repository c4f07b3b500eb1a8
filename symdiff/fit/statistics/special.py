"""Incomplete beta and gamma functions, relative to their size, by continued fractions and saddle points.

The fractions are evaluated by Lentz's method (Press and others, Numerical Recipes, 3rd ed., sections 6.2 and 6.4),
their factors in front as by C. Loader, Fast and accurate computation of binomial probabilities, 2000: so a million
degrees of freedom cost no digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

EPS: Final = 3e-16
TINY: Final = 1e-300
LARGE: Final = 1e300
MOST: Final = 200_000  # terms of a fraction: it needs some times the root of the degrees of freedom


def beta_share(a: float, b: float, x: float, y: float) -> float:
    """The regularised incomplete beta function I_x(a, b), where y = 1 - x is known by itself."""
    if x <= 0 or y <= 0:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share_near_0(b, a, y, x)
    return beta_share_near_0(a, b, x, y)


def beta_share_near_0(a: float, b: float, x: float, y: float) -> float:
    """The same where x is below the mean, so that the fraction converges fast."""
    return binomial_mass(a, b, x, y) * b / (a + b) * lentz(beta_terms(a, b, x))


def beta_terms(a: float, b: float, x: float) -> Callable[[int], float]:
    """The numerators of the continued fraction of I_x(a, b) (Abramowitz and Stegun 26.5.8)."""

    def term(j: int) -> float:
        m, odd = divmod(j, 2)
        if odd:
            return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))

    return term


def lentz(term: Callable[[int], float]) -> float:
    """1/(1 + t1/(1 + t2/(1 + ...))), by the modified method of Lentz."""
    c, d, value = 1.0, 0.0, 1.0
    for j in range(1, MOST):
        d = 1 + term(j) * d
        c = 1 + term(j) / c
        d = 1 / (d if abs(d) > TINY else TINY)
        c = c if abs(c) > TINY else TINY
        value *= c * d
        if abs(c * d - 1) < EPS:
            break
    return 1 / value


def gamma_tail(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function Q(a, x)."""
    front = poisson_mass(a, x)
    if x < a + 1:
        total = term = 1.0
        n = a
        while term > EPS * total:
            n += 1
            term *= x / n
            total += term
        return 1 - front * total
    b = x + 1 - a
    c, d = 1 / TINY, 1 / b
    value = d
    for i in range(1, MOST):
        an = -i * (i - a)
        b += 2
        d = 1 / (an * d + b)
        c = b + an / c
        value *= c * d
        if abs(c * d - 1) < EPS:
            break
    return front * a * value


def binomial_mass(a: float, b: float, x: float, y: float) -> float:
    """x^a y^b (a + b)!/(a! b!), for any a, b > 0."""
    n = a + b
    correction = stirling_error(n) - stirling_error(a) - stirling_error(b)
    return math.exp(correction - deviance(a, n * x) - deviance(b, n * y)) * math.sqrt(n / (2 * math.pi * a * b))


def poisson_mass(a: float, x: float) -> float:
    """x^a exp(-x)/a!, for any a > 0."""
    return math.exp(-stirling_error(a) - deviance(a, x)) / math.sqrt(2 * math.pi * a)


def stirling_error(n: float) -> float:
    """log(n!) less Stirling's formula for it."""
    if n < 16:
        return math.lgamma(n + 1) - (n + 0.5) * math.log(n) + n - math.log(2 * math.pi) / 2
    m = 1 / (n * n)
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - m / 1188) * m) * m) * m) / n


def deviance(x: float, mean: float) -> float:
    """x log(x/mean) + mean - x, also where the two are near each other."""
    if not x / LARGE < mean < x * LARGE:
        return math.inf
    if abs(x - mean) >= 0.1 * (x + mean):
        return x * math.log(x / mean) + mean - x
    v = (x - mean) / (x + mean)
    total, term, j = (x - mean) * v, 2 * x * v, 1
    while True:
        term *= v * v
        more = total + term / (2 * j + 1)
        if more == total:
            return total
        total, j = more, j + 1
