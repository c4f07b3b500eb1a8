"""The rows of the table on NumPy arrays where no ufunc does: one that keeps to the policy for undefined points.

A ufunc may give an infinity at a pole (1/0, log 0), forget a nan (`nan^0`), know two zeros (atan2), or lose digits when
combined with 1/u (`asec`). Each formula keeps the kind of its arguments, float64 or float32, and is called where the
warnings of NumPy are off.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan, pi
from typing import Any, TypeAlias

import numpy as np

from symdiff.core import ops
from symdiff.core.values import reciprocal_rest
from symdiff.numeric.special import SPECIAL

Function: TypeAlias = Callable[..., Any]


def marked(result: Any, undefined: Any) -> Any:
    """The result with nan where `undefined` says so; mostly that is nowhere, and asking is cheap."""
    return np.where(undefined, nan, result) if undefined.any() else result


def quotient(u: Any, v: Any) -> Any:
    """u/v, and nothing over 0."""
    if v.__class__ is float and v:
        return u / v
    return marked(np.divide(u, v), np.equal(v, 0))


def power(u: Any, n: Any) -> Any:
    """u^n: no negative power of 0, and no power of what is undefined, not even the 0-th."""
    if n.__class__ is float and n > 0:
        if n == 2:
            return np.square(u)
        return np.power(u, n) if n.is_integer() else marked(np.power(u, n), np.equal(u, -inf))
    lost = np.isnan(u) | np.isnan(n) | (np.equal(u, 0) & np.less(n, 0)) | (np.equal(u, -inf) & (np.floor(n) != n))
    return marked(np.power(u, n), lost)


def root(u: Any, n: Any) -> Any:
    """The real n-th root, in doubles; odd n have roots of negative numbers."""
    if n.__class__ is float and n in (2, 3):
        return np.sqrt(u) if n == 2 else np.cbrt(u)
    degree, size = np.asarray(n, dtype=float), np.absolute(u, dtype=float)
    rest = reciprocal_rest(degree)
    shift = np.where(np.isfinite(rest), rest, 0.0) * np.log(np.clip(size, 5e-324, 1e308))
    near = power(size, quotient(1.0, degree))
    value = near * (1.0 + np.clip(shift, -1e-13, 1e-13))  # u^(r + rest); a larger shift is one of 0 or inf
    left = np.less(u, 0)
    if left.any():
        value = marked(np.where(left, -value, value), left & (np.fmod(degree, 2.0) ** 2 != 1))
    return value.astype(np.result_type(u, n), copy=False)


def without_poles(ufunc: Function) -> Function:
    """A function that is not infinite anywhere inside the reals."""

    def guarded(u: Any) -> Any:
        found = ufunc(u)
        return marked(found, np.isinf(found) & np.isfinite(u))

    return guarded


def inverted(ufunc: Function) -> Function:
    """1/f(u)."""
    return lambda u: quotient(1.0, ufunc(u))


log, log1p = without_poles(np.log), without_poles(np.log1p)


def log_to_base(u: Any, b: Any) -> Any:
    """log(u)/log(b), in doubles: of single precision, the quotient of two logarithms may be 5 units off."""
    found = quotient(log(np.asarray(u, dtype=float)), log(np.asarray(b, dtype=float)))
    return found.astype(np.result_type(0.0, u, b), copy=False)


def logistic(u: Any) -> Any:
    """1/(1 + exp(-u)), with the exponential that cannot overflow."""
    small = np.exp(-np.absolute(u))
    return np.where(np.less(u, 0), small, 1.0) / (1.0 + small)


def softplus(u: Any) -> Any:
    """log(1 + exp(u)), with the exponential that cannot overflow."""
    return np.maximum(u, 0.0) + np.log1p(np.exp(-np.absolute(u)))


def sech(u: Any) -> Any:
    """1/cosh(u), where cosh may be beyond the floats."""
    small = np.exp(-np.absolute(u))
    return 2.0 * small / (1.0 + small * small)


def csch(u: Any) -> Any:
    """1/sinh(u), where sinh may be beyond the floats."""
    bottom = np.sinh(u)
    value, beyond = quotient(1.0, bottom), np.isinf(bottom)
    return np.where(beyond, np.copysign(2.0 * np.exp(-np.absolute(u)), u), value) if beyond.any() else value


def leg(size: Any) -> Any:
    """sqrt(u^2 - 1), for |u|: the third side of the triangle of arcsec and arccsc."""
    return np.sqrt((size - 1.0) * (size + 1.0))


def arcsec(u: Any) -> Any:
    """acos(1/u), without the cancellation of that near |u| = 1."""
    angle, left = np.arctan(leg(np.absolute(u))), np.less(u, 0)
    return np.where(left, pi - angle, angle) if left.any() else angle


def arccsc(u: Any) -> Any:
    """asin(1/u), without the cancellation of that near |u| = 1."""
    size = np.absolute(u)
    return np.copysign(np.arctan(1.0 / np.where(size < 2**30, leg(size), size)), u)


def arcoth(u: Any) -> Any:
    """atanh(1/u), without the cancellation of that near |u| = 1."""
    return np.copysign(0.5 * log1p(quotient(2.0, np.absolute(u) - 1.0)), u)


def arsech(u: Any) -> Any:
    """acosh(1/u), without the cancellation of that near 1 and its overflow near 0."""
    return np.log1p(np.sqrt((1.0 - u) * (1.0 + u))) - log(u)


def arcsch(u: Any) -> Any:
    """asinh(1/u), where 1/u may be beyond the floats."""
    inverse = quotient(1.0, u)
    value, beyond = np.arcsinh(inverse), np.isinf(inverse)
    return np.where(beyond, np.copysign(LOG2 - np.log(np.absolute(u)), u), value) if beyond.any() else value


LOG2 = float(np.log(2.0))


def hypot(u: Any, v: Any) -> Any:
    """sqrt(u^2 + v^2); where no square is out of range, that is four times as fast as NumPy's."""
    squares = np.asarray(u * u + v * v)
    least, most = (1e-280, 1e300) if squares.dtype == float else (1e-25, 1e37)
    if (
        np.minimum.reduce(squares, axis=None, initial=1.0) > least
        and np.maximum.reduce(squares, axis=None, initial=1.0) < most
    ):
        return np.sqrt(squares)
    return marked(np.hypot(u, v), np.isnan(u) | np.isnan(v))


def related(ufunc: Function) -> Function:
    """A comparison; what is undefined compares with nothing."""

    def compared(u: Any, v: Any) -> Any:
        found = ufunc(u, v).astype(np.result_type(u, v))
        return marked(found, np.isnan(u) | np.isnan(v)) if has_nan(u) or has_nan(v) else found

    return compared


def has_nan(u: Any) -> bool:
    """Whether an element is nan, by the minimum, which would be nan: one pass, and nothing to store."""
    least = np.minimum.reduce(u, axis=None, initial=inf) if isinstance(u, np.ndarray) else u
    return bool(least != least)


def all_hold(u: Any, v: Any) -> Any:
    """`and` for arrays."""
    found = np.logical_and(u, v).astype(np.result_type(u, v))  # where nan counts as true
    if has_nan(u) or has_nan(v):
        return marked(found, np.not_equal(found, 0) & (np.isnan(u) | np.isnan(v)))
    return found


def one_holds(u: Any, v: Any) -> Any:
    """`or` for arrays."""
    found = np.logical_or(u, v).astype(np.result_type(u, v))
    if has_nan(u) or has_nan(v):
        return marked(found, (np.isnan(u) | np.isnan(v)) & ~(holds(u) | holds(v)))
    return found


def holds(u: Any) -> Any:
    """Where a condition is known to be true."""
    return np.not_equal(u, 0) & ~np.isnan(u)


def fails(u: Any) -> Any:
    """`not` for arrays."""
    found = np.equal(u, 0).astype(np.result_type(u))
    return marked(found, np.isnan(u)) if has_nan(u) else found


def choice(condition: Any, u: Any, v: Any) -> Any:
    """`where` for arrays."""
    taken = np.where(np.not_equal(condition, 0), u, v)
    return marked(taken, np.isnan(condition)) if has_nan(condition) else taken


# fmt: off
FORMULAS: dict[str, Function] = {
    "/":        quotient,
    "^":        power,
    "root":     root,
    "log":      log,
    "log2":     without_poles(np.log2),
    "log10":    without_poles(np.log10),
    "logb":     log_to_base,
    "log1p":    log1p,
    "cot":      inverted(np.tan),
    "sec":      inverted(np.cos),
    "csc":      inverted(np.sin),
    "acot":     lambda u: np.arctan(quotient(1.0, u)),
    "asec":     arcsec,
    "acsc":     arccsc,
    "atan2":    lambda y, x: np.arctan2(y + 0.0, x + 0.0),  # one zero: -0.0 + 0.0 is 0.0
    "coth":     inverted(np.tanh),
    "sech":     sech,
    "csch":     csch,
    "atanh":    without_poles(np.arctanh),
    "acoth":    arcoth,
    "asech":    arsech,
    "acsch":    arcsch,
    "hypot":    hypot,
    "sigmoid":  logistic,
    "relu":     lambda u: np.maximum(u, 0.0),
    "softplus": softplus,
    "where":    choice,
    "and":      all_hold,
    "or":       one_holds,
    "not":      fails,
}
# fmt: on

FORMULAS |= SPECIAL
FORMULAS |= {row.name: related(getattr(np, str(row.ufunc))) for row in ops.TABLE.values() if row.form == "relation"}
