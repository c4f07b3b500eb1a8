"""Values on floats that the standard library does not have, each without needless overflow or cancellation."""

from __future__ import annotations

import math
from typing import Any


def real_power(u: float, n: float) -> float:
    """math.pow, which refuses what is not real; a huge exact argument arrives here as it is."""
    return math.pow(u, n)


def real_angle(y: float, x: float) -> float:
    """math.atan2 with the one zero of the reals: below -0.0 as above it, the negative axis is at +pi."""
    return math.atan2(y + 0.0, x + 0.0)  # -0.0 + 0.0 is 0.0


def real_root(u: float, n: float) -> float:
    if u < 0 and n % 2 != 1:
        raise ValueError("a negative number has roots of odd order only")
    size = abs(u)
    root = math.cbrt(size) if n == 3 else math.pow(size, 1 / n)
    if 1e-307 < size < 1e307 and root:
        root -= root * (math.pow(root, n) / size - 1) / n  # one step of Newton's method, since 1/n was rounded
    return math.copysign(root, u)


def sigmoid_value(u: float) -> float:
    return 1 / (1 + math.exp(-u)) if u >= 0 else math.exp(u) / (1 + math.exp(u))


def sech_value(u: float) -> float:
    small = math.exp(-abs(u))
    return 2 * small / (1 + small * small)


def csch_value(u: float) -> float:
    return math.copysign(2 * math.exp(-abs(u)) / -math.expm1(-2 * abs(u)), u)


def sign_value(u: Any) -> int:
    return int(u > 0) - int(u < 0)
