"""The rows of the table on numbers and NumPy arrays, without exceptions: nan for what has no value, and nan stays nan.

Truth is 1.0 or 0.0, and nan where it is not known, so that an undefined condition is undefined.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import inf, nan

import numpy as np

from symdiff.core import ops
from symdiff.core.expr import Op
from symdiff.numeric.formulas import FORMULAS, Function
from symdiff.numeric.special import ON_NUMBERS, SPECIAL
from symdiff.points.point import unknown

__all__ = ["FORMULAS", "elementwise", "in_balls", "on_arrays", "on_numbers", "one_by_one"]


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
    value, beyond = row.value, on_arrays(row)
    if ops.TABLE.get(row.name) is row:
        value = ON_NUMBERS.get(row.name, value)
    if value is None and row.name not in SPECIAL:
        return one_by_one(row)
    value = value or in_balls(row)

    def number(*args: float) -> float:
        for arg in args:
            if arg != arg:
                return nan
        try:
            return float(value(*args))
        except (OverflowError, TypeError):  # too large, of the sign that NumPy knows, or a complex number
            with np.errstate(all="ignore"):
                return float(beyond(*args))
        except (ArithmeticError, ValueError):
            return nan

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
    return lambda *args: np.asarray(each(*args), dtype=np.result_type(0.0, *args))


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

    def value(*args: float) -> float:
        if inf in args or -inf in args:
            raise OverflowError("balls are finite")
        return rounded_value(row, args)

    return value
