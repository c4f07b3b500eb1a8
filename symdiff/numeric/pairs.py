"""Sine and cosine of one array together, from its tangent: NumPy's own take each as long as six tangents."""

from __future__ import annotations

from functools import cache
from time import perf_counter
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
    """Whether the pair is faster than NumPy's sine and cosine: where NumPy has vector instructions for tangents."""
    q, s, c = np.linspace(0.1, 9.0, 4096), np.empty(4096), np.empty(4096)

    def apart() -> None:
        np.sin(q, out=s)
        np.cos(q, out=c)

    def pair() -> None:
        sine_and_cosine(q, s, c)

    return fastest(pair) < fastest(apart)


def fastest(work: Any, repeats: int = 5) -> float:
    """The shortest of some times, in seconds."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)
