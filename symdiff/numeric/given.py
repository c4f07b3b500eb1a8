"""What a compiled function is given, as floats and rows of an array type, and where its results go."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdiff.core.exact import shortened
from symdiff.core.expr import Sym
from symdiff.errors import OperandError
from symdiff.numeric.wanted import Request, Shape

Array: TypeAlias = NDArray[np.floating[Any]]

SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


def as_numbers(x: Sym, value: Any) -> Any:
    """A float, or an array of floats."""
    try:
        array = np.asarray(value)
        if array.dtype.kind in "biuf" or (array.dtype.kind == "O" and array.shape == ()):
            if array.shape == ():
                return float(value)
            return array if array.dtype in (np.float64, np.float32) else array.astype(float)
    except (TypeError, ValueError, OverflowError) as error:
        raise unfit(x, value) from error
    raise unfit(x, value)


def unfit(x: Sym, value: Any) -> OperandError:
    """The complaint about what is not numbers."""
    return OperandError(f"the values of {x.name} are not real numbers: {shortened(value)}")


def common_type(arrays: Sequence[Array]) -> np.dtype[Any]:
    """Single precision if all arrays have it, else double; numbers of Python take part in either."""
    return SINGLE if all([x.dtype == SINGLE for x in arrays]) else DOUBLE


def row_of(x: Array, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """An array of this shape as one row."""
    if x.shape != shape or x.dtype != dtype or not x.flags.c_contiguous:
        x = np.ascontiguousarray(np.broadcast_to(x, shape), dtype)
    return x if x.ndim == 1 else x.reshape(-1)


def rows_of(place: Array, form: Shape) -> Sequence[Array]:
    """The rows of a result, one for each formula in it."""
    if not form:
        return (place if place.ndim == 1 else place.reshape(-1),)
    return list(place.reshape(prod(form), -1)) if place.size else []


def place_for(target: Array, dtype: np.dtype[Any], arrays: Sequence[Array]) -> Array:
    """The target itself if results can be written there while arguments are read, else an array of its shape."""
    fits = target.dtype == dtype and target.flags.c_contiguous
    if fits and not any([np.may_share_memory(x, target) for x in arrays]):
        return target
    return np.empty(target.shape, dtype)


def places_given(out: Any, wanted: Request, shape: tuple[int, ...]) -> list[Any]:
    """The arrays given for the results. Raises OperandError for those that do not fit."""
    shapes = [(*form, *shape) for form in wanted.shapes]
    given = [out] if wanted.alone else list(out) if isinstance(out, tuple | list) else []
    fit = [isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.flags.writeable for x in given]
    if not all(fit) or [x.shape for x in given] != shapes:
        what = "an array" if wanted.alone else "a tuple of arrays"
        listed = ", ".join([str(one) for one in shapes])
        raise OperandError(f"out is {what} of floats that can be written to, of shape {listed}")
    return given
