"""Where data have peaks, dips and shoulders: the values that places in a formula are likely to have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from symdiff.fit.data.table import Vector
from symdiff.fit.starts.roles import Place
from symdiff.fit.starts.sizes import column_of


def picked(places: Mapping[str, Place], columns: Mapping[str, Vector], targets: Sequence[Vector]) -> dict[str, Vector]:
    """For each place with columns beside it only, where the responses have their peaks, dips and shoulders."""
    found = {}
    for name, place in places.items():
        if place.alone:
            at = -column_of(place.rest, columns) / place.factor
            found[name] = np.concatenate([peaks(at, y) for y in targets]) if targets else np.zeros(0)
    return found


def peaks(x: Vector, y: Vector, most: int = 12) -> Vector:
    """Where y, smoothed over several widths, has its largest peaks and dips, or bends most sharply.

    >>> x = np.linspace(0, 10, 101)
    >>> found = peaks(x, np.exp(-(x - 3)**2) + 0.7*np.exp(-(x - 7)**2))
    >>> bool(np.abs(found - 3).min() < 0.2), bool(np.abs(found - 7).min() < 0.2)
    (True, True)
    """
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    n = len(x)
    found: list[float] = []
    for width in sorted({1, max(n // 60, 1), max(n // 25, 1), max(n // 12, 1)}):
        smooth = np.convolve(np.pad(y, width, mode="edge"), np.ones(2 * width + 1) / (2 * width + 1), "valid")
        bend = np.convolve(np.pad(smooth, width, mode="edge"), kernel(width), "valid")
        for curve in (smooth - np.median(smooth), bend):
            at = np.flatnonzero(extreme(curve))
            best = at[np.argsort(-np.abs(curve[at]), kind="stable")][:most]
            found += x[best].tolist()
    return np.array(found)


def kernel(width: int) -> Vector:
    """A second difference over a distance."""
    found = np.zeros(2 * width + 1)
    found[[0, width, -1]] = -1.0, 2.0, -1.0
    return found


def extreme(y: Vector) -> NDArray[np.bool_]:
    """Where y is above or below both neighbours, away from 0."""
    if len(y) < 3:
        return np.zeros(len(y), bool)
    before, here, after = y[:-2], y[1:-1], y[2:]
    top = (here >= before) & (here > after) & (here > 0)
    dip = (here <= before) & (here < after) & (here < 0)
    return np.concatenate([[False], top | dip, [False]])
