"""Values on floats that the standard library does not have, each without needless overflow or cancellation."""

from __future__ import annotations

import math
from typing import Any


def real_power(u: float, n: float) -> float:
    """math.pow, which refuses what is not real, and 0^-inf too; a huge exact argument arrives here as it is."""
    if u == 0 and n < 0:
        raise ZeroDivisionError("a negative power of 0")
    if u == -math.inf and math.isfinite(n) and n % 1:
        raise ValueError("a negative base needs an integer exponent")
    return math.pow(u, n)


def real_angle(y: float, x: float) -> float:
    """math.atan2 with the one zero of the reals: below -0.0 as above it, the negative axis is at +pi."""
    return math.atan2(y + 0.0, x + 0.0)  # -0.0 + 0.0 is 0.0


def real_cbrt(u: float) -> float:
    """math.cbrt, which may be 4 ulp off, and a step of Newton's method where the cube is a float."""
    root = math.cbrt(u)
    return root - (root * root * root - u) / (3 * root * root) if 1e-290 < abs(u) < 1e300 else root


def real_root(u: float, n: float) -> float:
    if u < 0 and abs(n) % 2 != 1:  # of -0.9999999999999999, n % 2 is 1.0
        raise ValueError("a negative number has roots of odd order only")
    if n == 3:
        return real_cbrt(u)
    size = abs(u)
    root = real_power(size, 1 / n)
    if 0 < root < math.inf and math.isfinite(rest := reciprocal_rest(n)):
        root += root * (rest * math.log(size))  # u^(r + rest) is u^r (1 + rest log u + ...)
    return math.copysign(root, u + 0.0)  # one zero: -0.0 + 0.0 is 0.0


def reciprocal_rest(n: Any) -> Any:
    """1/n - fl(1/n), by Dekker's exact product (Numer. Math. 18, 1971); not finite, or of no weight, beyond 1e300."""
    r = 1 / n
    (a, b), (c, d) = halves(n), halves(r)
    return (((1 - a * c) - a * d - b * c) - b * d) * r


def halves(u: Any) -> tuple[Any, Any]:
    """Two floats of at most 26 bits each, the larger one first, whose sum is u."""
    shifted = u * 134217729.0  # 2^27 + 1
    high = shifted - (shifted - u)
    return high, u - high


def arcsec_value(u: float) -> float:
    """acos(1/u), without the cancellation of that near |u| = 1."""
    return math.atan2(math.sqrt((abs(u) - 1) * (abs(u) + 1)), u and math.copysign(1, u))


def arccsc_value(u: float) -> float:
    """asin(1/u), without the cancellation of that near |u| = 1."""
    size = abs(u)
    if size >= 2:
        return math.asin(1 / u)
    return math.copysign(math.atan2(1, math.sqrt((size - 1) * (size + 1))), u)


def arcoth_value(u: float) -> float:
    """atanh(1/u), without the cancellation of that near |u| = 1."""
    return math.copysign(0.5 * math.log1p(2 / (abs(u) - 1)), u)


def arsech_value(u: float) -> float:
    """acosh(1/u), without the cancellation of that near 1 and its overflow near 0."""
    return math.log1p(math.sqrt((1 - u) * (1 + u))) - math.log(u)


def arcsch_value(u: float) -> float:
    """asinh(1/u), without the overflow of that near 0."""
    inverse = 1 / u
    return math.asinh(inverse) if abs(inverse) < math.inf else math.copysign(math.log(2) - math.log(abs(u)), u)


def sigmoid_value(u: float) -> float:
    return 1 / (1 + math.exp(-u)) if u >= 0 else math.exp(u) / (1 + math.exp(u))


def sech_value(u: float) -> float:
    small = math.exp(-abs(u))
    return 2 * small / (1 + small * small)


def coth_value(u: float) -> float:
    size = abs(u)
    return math.copysign(1 + 2 / math.expm1(2 * size) if size < 20 else 1.0, u)


def csch_value(u: float) -> float:
    return math.copysign(2 * math.exp(-abs(u)) / -math.expm1(-2 * abs(u)), u)


def sign_value(u: Any) -> int:
    return int(u > 0) - int(u < 0)
