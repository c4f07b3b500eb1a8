"""How the special functions take arrays of any shape and kind, and send each element to the formula that fits it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from math import nan
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdiff.core import ops
from symdiff.numeric.special.pieces import Doubles

Mask: TypeAlias = NDArray[np.bool_]
Function: TypeAlias = Callable[..., Doubles]


def on_doubles(function: Function) -> Callable[..., Any]:
    """The function of one-dimensional arrays of doubles, for numbers and arrays of any shape, which broadcast.

    The result has the kind of the arguments together: single precision where all arrays have it.
    """

    @wraps(function)
    def wrapped(*args: Any) -> Any:
        kind = np.result_type(0.0, *args)
        arrays = np.broadcast_arrays(*[np.asarray(arg, dtype=float) for arg in args])
        with np.errstate(all="ignore"):
            found = function(*[array.ravel() for array in arrays])
            return found.reshape(arrays[0].shape).astype(kind, copy=False)

    return wrapped


def by_cases(x: Doubles, *cases: tuple[Mask, Function]) -> Doubles:
    """Each element by the function whose condition holds there; nan where none does."""
    found = np.full_like(x, nan)
    for condition, function in cases:
        if condition.all():
            return function(x)
        if condition.any():
            found[condition] = function(x[condition])
    return found


def nearest(name: str) -> Function:
    """A row of the table by balls, one element after the other: the float nearest to the value."""

    def values(*args: Doubles) -> Doubles:
        return np.array([by_ball(name, point) for point in zip(*[arg.tolist() for arg in args], strict=True)])

    return values


def by_ball(name: str, point: tuple[float, ...]) -> float:
    """The value of a row at one point, nan where it has none."""
    from symdiff.points.ball import rounded_value

    try:
        return rounded_value(ops.TABLE[name], point)
    except (ArithmeticError, ValueError):
        return nan
