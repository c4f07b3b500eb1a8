"""The rows of the table on numbers and NumPy arrays, without exceptions: nan for what has no value, and nan stays nan.

Most rows are a ufunc that already does so. Those are listed here that have none, that give an infinity at a pole (1/0,
log 0), that forget a nan (`nan^0`), or that know two zeros (atan2). Truth is 1.0 or 0.0, and nan where it is not
known, so that an undefined condition is undefined.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import inf, nan
from typing import Any

import numpy as np

from symdiff.core import ops
from symdiff.core.expr import Op
from symdiff.points.point import unknown

Function = Callable[..., Any]


def on_arrays(row: Op) -> Function:
    """The function of a row for arrays of floats, or arrays and floats."""
    formula = FORMULAS.get(row.name) if ops.TABLE.get(row.name) is row else None
    if formula is not None:
        return formula
    if row.ufunc:
        ufunc: Function = getattr(np, row.ufunc)
        return ufunc
    return elementwise(row)


def on_numbers(row: Op) -> Function:
    """The function of a row for floats alone: faster than NumPy's, and with the same results."""
    if row in AS_THEY_ARE:
        return AS_THEY_ARE[row]
    if row.value is None:
        return one_by_one(row)
    value, beyond = row.value, on_arrays(row)

    def number(*args: float) -> float:
        for arg in args:
            if arg != arg:
                return nan
        try:
            return float(value(*args))
        except (ArithmeticError, ValueError, TypeError):  # no value, or one beyond the floats: NumPy knows which
            with np.errstate(all="ignore"):
                return float(beyond(*args))

    return number


def all_of(u: float, v: float) -> float:
    """`and`: a false argument decides, whatever the other is."""
    return 0.0 if u == 0 or v == 0 else nan if u != u or v != v else 1.0


def one_of(u: float, v: float) -> float:
    """`or`: a true argument decides, whatever the other is."""
    return 1.0 if (u != 0 and u == u) or (v != 0 and v == v) else nan if u != u or v != v else 0.0


def either_branch(condition: float, u: float, v: float) -> float:
    """`where`: the other branch may be nan."""
    return nan if condition != condition else u if condition else v


# Rows that never fail on floats, and those that may answer although an argument is nan.
AS_THEY_ARE: dict[Op, Function] = {
    ops.add: operator.add,
    ops.sub: operator.sub,
    ops.mul: operator.mul,
    ops.neg: operator.neg,
    ops.where: either_branch,
    ops.both: all_of,
    ops.either: one_of,
}


def elementwise(row: Op) -> Function:
    """A row without an array version, one element after the other."""
    each = np.frompyfunc(one_by_one(row), row.arity, 1)
    return lambda *args: np.asarray(each(*args), dtype=float)


def one_by_one(row: Op) -> Callable[..., float]:
    """A row through its own value, or through balls where it has none."""
    value = row.value or in_balls(row)

    def number(*args: float) -> float:
        for arg in args:
            if arg != arg:
                return nan
        try:
            found = value(*args)
        except (ArithmeticError, ValueError):
            return nan
        return nan if isinstance(found, complex) else float(found)

    return number


def in_balls(row: Op) -> Callable[..., float]:
    """A row by ball arithmetic. Raises EvaluationError for an abstract function."""
    if row.ball is None:
        raise unknown(row)
    from symdiff.points.ball import rounded_value  # 20 ms, and few formulas need it

    return lambda *args: rounded_value(row, args)


# ------------------------------------------------------------------------------------------------------------- formulas


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
        return np.square(u) if n == 2 else np.power(u, n)
    return marked(np.power(u, n), np.isnan(u) | np.isnan(n) | (np.equal(u, 0) & np.less(n, 0)))


def root(u: Any, n: Any) -> Any:
    """The real n-th root; odd n have roots of negative numbers."""
    size = np.absolute(u)
    rough = power(size, quotient(1.0, n))
    step = rough * (power(rough, n) / size - 1) / n  # of Newton's method, since 1/n was rounded
    value = np.where((size > 1e-307) & (size < 1e307) & (rough > 0) & (rough < inf), rough - step, rough)
    return np.where(np.less(u, 0) & (np.mod(n, 2) != 1), nan, np.copysign(value, u))


def without_poles(ufunc: Function) -> Function:
    """A function that is not infinite anywhere inside the reals."""

    def guarded(u: Any) -> Any:
        found = ufunc(u)
        return marked(found, np.isinf(found) & np.isfinite(u))

    return guarded


def inverted(ufunc: Function) -> Function:
    """1/f(u)."""
    return lambda u: quotient(1.0, ufunc(u))


def of_inverse(ufunc: Function) -> Function:
    """f(1/u)."""
    return lambda u: ufunc(quotient(1.0, u))


log, arctanh = without_poles(np.log), without_poles(np.arctanh)


def related(ufunc: Function) -> Function:
    """A comparison; what is undefined compares with nothing."""
    return lambda u, v: marked(ufunc(u, v) + 0.0, np.isnan(u) | np.isnan(v))


def all_hold(u: Any, v: Any) -> Any:
    """`and` for arrays."""
    return np.where(np.equal(u, 0) | np.equal(v, 0), 0.0, marked(1.0, np.isnan(u) | np.isnan(v)))


def holds(u: Any) -> Any:
    """Where a condition is known to be true."""
    return np.not_equal(u, 0) & ~np.isnan(u)


def one_holds(u: Any, v: Any) -> Any:
    """`or` for arrays."""
    return np.where(holds(u) | holds(v), 1.0, marked(0.0, np.isnan(u) | np.isnan(v)))


def choice(condition: Any, u: Any, v: Any) -> Any:
    """`where` for arrays."""
    return marked(np.where(np.not_equal(condition, 0), u, v), np.isnan(condition))


# fmt: off
FORMULAS: dict[str, Function] = {
    "/":        quotient,
    "^":        power,
    "root":     root,
    "log":      log,
    "log2":     without_poles(np.log2),
    "log10":    without_poles(np.log10),
    "logb":     lambda u, b: quotient(log(u), log(b)),
    "log1p":    without_poles(np.log1p),
    "cot":      inverted(np.tan),
    "sec":      inverted(np.cos),
    "csc":      inverted(np.sin),
    "acot":     of_inverse(np.arctan),
    "asec":     of_inverse(np.arccos),
    "acsc":     of_inverse(np.arcsin),
    "atan2":    lambda y, x: np.arctan2(y + 0.0, x + 0.0),  # one zero: -0.0 + 0.0 is 0.0
    "coth":     inverted(np.tanh),
    "sech":     inverted(np.cosh),
    "csch":     inverted(np.sinh),
    "atanh":    arctanh,
    "acoth":    of_inverse(arctanh),
    "asech":    of_inverse(np.arccosh),
    "acsch":    of_inverse(np.arcsinh),
    "hypot":    lambda u, v: marked(np.hypot(u, v), np.isnan(u) | np.isnan(v)),
    "sigmoid":  lambda u: 1/(1 + np.exp(-u)),
    "relu":     lambda u: np.maximum(u, 0.0),
    "softplus": lambda u: np.logaddexp(0.0, u),
    "where":    choice,
    "and":      all_hold,
    "or":       one_holds,
    "not":      lambda u: marked(np.equal(u, 0) + 0.0, np.isnan(u)),
}
# fmt: on

FORMULAS |= {row.name: related(getattr(np, str(row.ufunc))) for row in ops.TABLE.values() if row.form == "relation"}
