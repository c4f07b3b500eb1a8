"""The principal branch of Lambert's W on arrays (DLMF 4.13; Corless and others, Adv. Comput. Math. 5, 1996)."""

from __future__ import annotations

from math import e, inf
from typing import Any

import numpy as np

from symdiff.numeric.special.cases import by_cases, on_doubles
from symdiff.numeric.special.pieces import Doubles, Pieces


def around_branch(p: Any) -> Any:
    """W at the u for which p^2 = 2 (e u + 1): analytic in p, while W has a square root at u = -1/e."""
    return ((p * p / 2 - 1) / p.const_e()).lambertw()


BRANCH = Pieces(around_branch, 2**-8, 1.0, origin=False)
LEFT = Pieces(lambda u: (-u).lambertw(), 2**-5, 0.25)
RIGHT = Pieces(lambda u: u.lambertw(), 2**-5, 64.0)
OF_EXP = Pieces(lambda u: u.exp().lambertw(), 4.0, 1024.0, origin=False)

LOWEST, REST = 0.36787944117144233, -1.2428753672788363e-17  # 1/e as a sum of two floats


@on_doubles
def lambertw(u: Doubles) -> Doubles:
    """W(u), the w >= -1 with w exp(w) = u, for u >= -1/e.

    >>> lambertw(np.array([-1.0, 0.0, 1.0, 1e300])).round(12).tolist()
    [nan, 0.0, 0.56714329041, 684.247208629761]
    """
    return by_cases(
        u,
        ((u < -0.25) & (u >= -LOWEST), left_end),
        ((u >= -0.25) & (u < 0), lambda u: LEFT(-u)),
        ((u >= 0) & (u < 64), RIGHT),
        ((u >= 64) & (u < inf), lambda u: OF_EXP(np.log(u))),
        (u == inf, lambda u: u),
    )


def left_end(u: Doubles) -> Doubles:
    """W(u) for u between -1/e and -1/4."""
    p = np.sqrt(2 * e * ((u + LOWEST) + REST))
    return np.where(p < 2**-8, branch_series(p), BRANCH(p))


def branch_series(p: Doubles) -> Doubles:
    """W close to -1/e as a power series in p."""
    return -1 + p * (1 - p * (1 / 3 - p * (11 / 72 - p * (43 / 540 - p * (769 / 17280 - p * (221 / 8505))))))
