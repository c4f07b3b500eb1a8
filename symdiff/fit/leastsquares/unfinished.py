"""What a search that has ended before the least squares left to gain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdiff.fit.leastsquares.plane import AnySystem
from symdiff.fit.many.step import gauss_newton


def gain_left(system: AnySystem, held: NDArray[np.bool_] | None = None) -> float:
    """The share of the loss that one more Gauss-Newton step would take away, from 0 to 1: 0 at a minimum.

    Parameters that are `held`, by bounds, stand still.

    >>> from symdiff.fit.leastsquares.plane import turned
    >>> round(gain_left(turned([(np.array([[1.0, 1.0], [3.0, 5.0]]), None)])), 3)  # at r = (3, 5); (-1, 1) is the least
    0.941
    """
    if held is not None and held.any():
        system = system.without(held)
    if not system.loss > 0 or not len(system.slopes()):
        return 0.0
    with np.errstate(all="ignore"):
        _, foreseen, _ = gauss_newton(system)
    return min(1.0, max(0.0, 1 - foreseen / system.loss))
