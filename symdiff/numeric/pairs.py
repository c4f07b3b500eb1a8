"""Sine and cosine of one array together, from its tangent: NumPy's own take each as long as six tangents."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]

FARTHEST = 2.0**45  # radians: up to here the half turns are counted without error
PER_PI, HALF, ONE, MINUS_FOUR = np.array(1 / np.pi), np.array(0.5), np.array(1.0), np.array(-4.0)


def sine_and_cosine(q: Array, sine: Array, cosine: Array) -> None:
    """Write sin q and cos q, within 3 units in the last place; neither place may be that of q.

    With t = tan q, cos q = ± 1/sqrt(1 + t^2) and sin q = t cos q, without cancellation anywhere. The sign is that of
    cos(k pi), where q - atan t = k pi. Raises FloatingPointError if some |q| is beyond 2^45, where k may be wrong.

    >>> s, c = np.empty(2), np.empty(2)
    >>> sine_and_cosine(np.array([0.5, 2.0]), s, c)
    >>> bool(np.allclose(s, np.sin([0.5, 2.0]), rtol=1e-15)), bool(np.allclose(c, np.cos([0.5, 2.0]), rtol=1e-15))
    (True, True)
    """
    if is_far(q):
        raise FloatingPointError("too many half turns to count")
    work = np.empty_like(q)
    np.tan(q, out=sine)
    np.arctan(sine, out=cosine)
    np.subtract(q, cosine, out=cosine)
    np.multiply(cosine, PER_PI, out=cosine)
    np.rint(cosine, out=cosine)  # k
    np.multiply(cosine, HALF, out=cosine)
    np.rint(cosine, out=work)
    np.subtract(cosine, work, out=cosine)  # 0 for even k, else 1/2 or -1/2
    np.absolute(cosine, out=cosine)
    np.multiply(cosine, MINUS_FOUR, out=cosine)
    np.add(cosine, ONE, out=cosine)  # cos(k pi)
    np.square(sine, out=work)
    np.add(work, ONE, out=work)
    np.sqrt(work, out=work)
    np.divide(cosine, work, out=cosine)
    np.multiply(sine, cosine, out=sine)


def is_far(q: Array) -> bool:
    """Whether some angle is too large; nan is not."""
    high, low = np.max(q), np.min(q)
    if high != high:
        return bool((np.abs(q) > FARTHEST).any())
    return bool(high > FARTHEST or low < -FARTHEST)


@cache
def pays() -> bool:
    """Whether the pair is faster than NumPy's sine and cosine: where NumPy has vector instructions for tangents.

    It is asked, not timed: the last digits of a result must not depend on how busy a machine is.
    """
    told = np.lib.introspect.opt_func_info(func_name="^tan$", signature="float64")
    return not str(told.get("tan", {}).get("dd", {}).get("current", "baseline")).startswith("baseline")
