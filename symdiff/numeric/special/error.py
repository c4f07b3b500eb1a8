"""erf, erfc and erfi on arrays; far out, exp(-u^2) and exp(u^2) times a factor that varies slowly (DLMF 7.2, 7.12)."""

from __future__ import annotations

import numpy as np

from symdiff.numeric.special.cases import by_cases, on_doubles
from symdiff.numeric.special.pieces import Doubles, Pieces

ERF = Pieces(lambda u: u.erf(), 2**-3, 6.0)
SCALED_ERFC = Pieces(lambda u: (u * u).exp() * u.erfc(), 2**-2, 32.0)
SCALED_ERFI = Pieces(lambda u: (-u * u).exp() * u.erfi(), 2**-3, 32.0)


@on_doubles
def erf(u: Doubles) -> Doubles:
    """The error function, odd, and 1 to double precision from 6 on.

    >>> erf(np.array([-np.inf, 0.0, 0.5])).round(12).tolist()
    [-1.0, 0.0, 0.520499877813]
    """
    return np.copysign(ERF(np.minimum(np.absolute(u), 6.0)), u)


@on_doubles
def erfc(u: Doubles) -> Doubles:
    """1 - erf(u), to the relative accuracy of the floats where that is small.

    >>> erfc(np.array([-np.inf, 0.0, 1.0])).round(12).tolist()
    [2.0, 1.0, 0.15729920705]
    """
    return by_cases(u, (u < 0.5, lambda u: 1 - erf(u)), (u >= 0.5, upper_tail))


def upper_tail(u: Doubles) -> Doubles:
    """erfc(u) for u >= 0.5."""
    near = np.minimum(u, 30.0)
    high, rest = square(near)
    rough = np.exp(-high) * SCALED_ERFC(near)
    return rough + rough * np.expm1(-rest)


@on_doubles
def erfi(u: Doubles) -> Doubles:
    """The imaginary error function, -i erf(i u), odd; an infinity where it is beyond the floats, from 26.7 on.

    >>> erfi(np.array([0.0, 1.0])).round(12).tolist()
    [0.0, 1.650425758798]
    """
    size = np.minimum(np.absolute(u), 30.0)
    high, rest = square(size)
    beyond = np.exp(np.maximum(high - 600, 0))  # exp(u^2) alone leaves the floats a little earlier
    return np.copysign(np.exp(np.minimum(high, 600)) * SCALED_ERFI(size) * beyond * np.exp(rest), u)


def square(u: Doubles) -> tuple[Doubles, Doubles]:
    """u^2 as a sum of two floats: the square of the leading 26 bits of u, which is exact, and the small rest."""
    high = (u.view(np.int64) & LEADING).view(np.float64)
    return high * high, (u - high) * (u + high)


LEADING = ~((1 << 27) - 1)
