"""The Gauss-Newton step of a reduced system, whatever it was made of: for a linear model the answer itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdiff.fit.data.table import Vector
from symdiff.fit.leastsquares.plane import EPS, AnySystem, Normal


def gauss_newton(system: AnySystem) -> tuple[Vector, float, float]:
    """The step, the loss foreseen after it, and the inverse condition of J with columns of length 1.

    Directions that the rows do not determine stand still.

    >>> from symdiff.fit.leastsquares.plane import summed
    >>> step, loss, _ = gauss_newton(summed(np.array([[2.0, 8.0], [8.0, 34.0]])))
    >>> step.round(9).tolist(), round(loss, 9)
    ([-4.0], 2.0)
    """
    scale = system.lengths()
    S, Vt, c = system.spectrum(scale)
    solid = determined(system, S)
    step = (Vt.T @ np.where(solid, -c / np.where(solid, S, 1.0), 0.0)) / scale
    part, slope = system.along(step)
    return step, max(system.loss + 2 * slope + part, 0.0), float(S.min() / S.max()) if len(S) and S.max() > 0 else 0.0


def determined(system: AnySystem, S: Vector) -> NDArray[np.bool_]:
    """Which singular values of J are more than rounding: those of sums have half the digits."""
    rounding = 16 * EPS * len(S)
    return np.asarray(S.max(initial=0.0) * (rounding**0.5 if isinstance(system, Normal) else rounding) < S)
