"""What a compiled function is given, as floats and rows of an array type, and where its results go."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations
from math import prod
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdiff.core.exact import shortened
from symdiff.core.expr import Sym
from symdiff.errors import OperandError
from symdiff.numeric.wanted import Request, Shape

Array: TypeAlias = NDArray[np.floating[Any]]

SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
LARGEST = 1 << 53  # integers up to here are floats
FLOATS = frozenset((SINGLE, DOUBLE))


def as_numbers(x: Sym, value: Any) -> Any:
    """A float, or an array of floats. Raises OperandError."""
    if value.__class__ is np.ndarray and value.ndim and value.dtype in FLOATS:
        return value
    if isinstance(value, np.ma.MaskedArray):
        raise OperandError(f"the values of {x.name} are masked", "fill them before, as in x.filled(numpy.nan)")
    try:
        array = np.asarray(value)
        if array.dtype.kind in "biuf" or (array.dtype.kind == "O" and are_real(array)):
            return float(value) if array.shape == () else array if array.dtype in FLOATS else array.astype(float)
    except OverflowError as error:
        raise OperandError(f"a value of {x.name} is too large for a float: {shortened(value)}") from error
    except (TypeError, ValueError) as error:
        raise unfit(x, value) from error
    raise unfit(x, value)


def plain_values(values: Sequence[Any]) -> list[Any]:
    """Floats and arrays of doubles of one shape, if that is all there is, small integers aside; else nothing."""
    given: list[Any] = []
    shape = None
    for x in values:
        kind = x.__class__
        if kind is int and -LARGEST < x < LARGEST:
            x = float(x)
        elif kind is not float:
            if kind is not np.ndarray or x.dtype is not DOUBLE or (shape is not None and x.shape != shape):
                return []
            shape = x.shape
        given.append(x)
    return given


def are_real(array: NDArray[Any]) -> bool:
    """Whether all objects are real numbers."""
    return all([isinstance(value, Real | Decimal) for value in array.flat])


def unfit(x: Sym, value: Any) -> OperandError:
    """The complaint about what is not numbers."""
    return OperandError(f"the values of {x.name} are not real numbers: {shortened(value)}")


def common_shape(arrays: Sequence[Array]) -> tuple[int, ...]:
    """The shape of all arrays together. Raises OperandError where they do not go together."""
    shape: tuple[int, ...] = arrays[0].shape if arrays else ()
    if all([x.shape == shape for x in arrays]):
        return shape
    try:
        return np.broadcast_shapes(*[x.shape for x in arrays])
    except ValueError:
        shapes = " and ".join([str(shape) for shape in dict.fromkeys([x.shape for x in arrays])])
        raise OperandError(f"arrays of shapes {shapes} do not go together") from None


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
    owners = [x if x.base is None else x.base for x in given]
    if len({*map(id, owners)}) < len(given) and any([np.may_share_memory(x, y) for x, y in combinations(given, 2)]):
        raise OperandError("two arrays of out share memory", "give each result a place of its own")
    return given
