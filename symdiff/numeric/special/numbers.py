"""The commonest special functions of one float, by the polynomials of the arrays: 1 to 3 us, where a ball takes 5 to 7.

The argument is not nan; nan is what has no value.
"""

from __future__ import annotations

import math
from math import inf, nan

from symdiff.core.values import halves
from symdiff.numeric.special.cases import by_ball
from symdiff.numeric.special.error import ERF, SCALED_ERFC
from symdiff.numeric.special.gammas import (
    DIGAMMA,
    DIGAMMA_OF_1_PLUS,
    FACTORIAL,
    LOGGAMMA,
    LOGGAMMA_OF_1_PLUS,
    series,
    stirling,
)


def erf(u: float) -> float:
    """The error function.

    >>> erf(0.5)
    0.5204998778130465
    """
    return math.copysign(ERF.value(min(abs(u), 6.0)), u)


def erfc(u: float) -> float:
    """1 - erf(u), to the relative accuracy of the floats where that is small.

    >>> erfc(10.0)
    2.088487583762545e-45
    """
    if u < 0.5:
        return 1 - erf(u)
    near = min(u, 30.0)
    high, low = halves(near)
    rough = math.exp(-high * high) * SCALED_ERFC.value(near)
    return rough + rough * math.expm1(-low * (near + high))


def gamma(u: float) -> float:
    """Gamma(u) = (u - 1)!.

    >>> gamma(5.0), gamma(0.0)
    (24.0, nan)
    """
    if u >= 1:
        return factorial(u - 1)
    return FACTORIAL.value(u) / u if u > 0 else by_ball("gamma", (u,))


def factorial(u: float) -> float:
    """u! = Gamma(u + 1).

    >>> factorial(5.0), factorial(171.0), factorial(-1.0)
    (120.0, inf, nan)
    """
    if u > 169.5:
        return FACTORIAL.value(u - 1) * u if u < 170.7 else inf
    return FACTORIAL.value(u) if u >= 0 else by_ball("factorial", (u,))


def loggamma(u: float) -> float:
    """log(Gamma(u)) for u > 0.

    >>> loggamma(2.0), loggamma(3.0), loggamma(0.0)
    (0.0, 0.6931471805599453, nan)
    """
    if u >= 32:
        return float(stirling(u, math.log))
    if u >= 0.5:
        return LOGGAMMA.value(u)
    return LOGGAMMA_OF_1_PLUS.value(u) - math.log(u) if u > 0 else nan


def digamma(u: float) -> float:
    """The derivative of loggamma.

    >>> digamma(1.0), digamma(0.0)
    (-0.5772156649015329, nan)
    """
    if u >= 32:
        return float(series(u, math.log)) - 0.5 / u
    if u >= 0.5:
        return DIGAMMA.value(u)
    return DIGAMMA_OF_1_PLUS.value(u) - 1 / u if u > 1e-308 else by_ball("digamma", (u,))
