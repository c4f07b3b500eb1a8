"""Operations written by others, for languages that do not have them: stable, and undefined where the operation is."""

from __future__ import annotations

from collections.abc import Callable

from symdiff.core.expr import Expr, lift
from symdiff.core.ops import (
    absolute,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    both,
    cos,
    eq,
    exp,
    expm1,
    floor,
    log,
    log1p,
    maximum,
    minimum,
    sign,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
    where,
)

UNDEFINED = lift(0) / 0


def sech_by_exp(u: Expr) -> Expr:
    """2 e^-|u| / (1 + e^-2|u|), which overflows nowhere."""
    small = exp(-absolute(u))
    return 2 * small / (1 + small * small)


def csch_by_exp(u: Expr) -> Expr:
    """2 e^-|u| / (1 - e^-2|u|), with the sign of u."""
    size = absolute(u)
    return sign(u) * (2 * exp(-size)) / (-expm1(-2 * size))


def expm1_by_sinh(u: Expr) -> Expr:
    """2 sinh(u/2) exp(u/2) where exp(u) - 1 cancels."""
    half = u / 2
    return where(absolute(u) > 1, exp(u) - 1, 2 * sinh(half) * exp(half))


def log1p_by_atanh(u: Expr) -> Expr:
    """2 atanh(u/(2 + u)) where log(1 + u) forgets the last digits of u."""
    return where(absolute(u) > lift(1) / 2, log(1 + u), 2 * atanh(u / (2 + u)))


def cbrt_by_power(u: Expr) -> Expr:
    """sign(u) |u|^(1/3), with one step of Newton's method, since 1/3 is rounded."""
    size = absolute(u)
    rough = size ** (lift(1) / 3)
    return where(eq(u, 0), 0, sign(u) * (rough - (rough - size / (rough * rough)) / 3))


def root_by_power(u: Expr, n: Expr) -> Expr:
    """|u|^(1/n) with one step of Newton's method; a negative number has roots of odd order only."""
    size = absolute(u)
    rough = size ** (1 / n)
    fine = both(absolute(n) < 10**6, both(rough > 0, rough < 10**308))
    value = where(fine, rough - rough * (rough**n / size - 1) / n, rough)
    odd = eq(absolute(n) - 2 * floor(absolute(n) / 2), 1)
    return where(eq(u, 0), 0**n + 0 ** (1 / n), where(u > 0, value, where(odd, -value, UNDEFINED)))


def hypot_by_ratio(u: Expr, v: Expr) -> Expr:
    """The longer side times sqrt(1 + ratio^2), which overflows only where the value does."""
    long, short = maximum(absolute(u), absolute(v)), minimum(absolute(u), absolute(v))
    return where(eq(long, 0), 0, long * sqrt(1 + (short / long) ** 2))


def softplus_by_log1p(u: Expr) -> Expr:
    """max(u, 0) + log(1 + e^-|u|), which overflows nowhere."""
    return maximum(u, 0) + log1p(exp(-absolute(u)))


# fmt: off
DEFINITIONS: dict[str, Callable[..., Expr]] = {
    "cbrt":      cbrt_by_power,
    "root":      root_by_power,
    "logb":      lambda u, b: log(u) / log(b),
    "expm1":     expm1_by_sinh,
    "log1p":     log1p_by_atanh,
    "cot":       lambda u: 1 / tan(u),
    "sec":       lambda u: 1 / cos(u),
    "csc":       lambda u: 1 / sin(u),
    "acot":      lambda u: atan(1 / u),
    "asec":      lambda u: acos(1 / u),
    "acsc":      lambda u: asin(1 / u),
    "coth":      lambda u: 1 / tanh(u),
    "sech":      sech_by_exp,
    "csch":      csch_by_exp,
    "acoth":     lambda u: atanh(1 / u),
    "asech":     lambda u: acosh(1 / u),
    "acsch":     lambda u: asinh(1 / u),
    "hypot":     hypot_by_ratio,
    "sigmoid":   lambda u: 1 / (1 + exp(-u)),
    "relu":      lambda u: maximum(u, 0),
    "softplus":  softplus_by_log1p,
}
# fmt: on
