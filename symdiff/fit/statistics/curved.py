"""How a loss is curved where a fit has ended: whether many rows tell, and what stands for the curvature if few do."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from symdiff.calculus.diff import d
from symdiff.fit.data.table import Square, Vector
from symdiff.fit.losses import PREDICTION, RESIDUAL, RESPONSE
from symdiff.fit.problem import Problem
from symdiff.fit.statistics.portions import sample
from symdiff.numeric.compile import compile

ROWS: Final = 100_000  # rows looked at: of more, so many, spread over all
MAD: Final = 0.6744897501960817  # the median of |N(0, 1)|


class Bent(NamedTuple):
    """The slope of a loss of the residual over the residuals of a fit.

    share   of the rows that make up its second derivative: (sum rho'')^2/(N sum rho''^2), 0 where it has none
    mean    of rho'' blurred over the width N^(-1/5) of a residual's deviation, so that kinks count with their jumps
    square  mean of rho'^2
    """

    share: float
    mean: float
    square: float

    @property
    def variance(self) -> float:
        """What inv(J'J) is multiplied by for the covariance (Huber 1981, section 7.6); nan where nothing is curved."""
        return self.square / self.mean**2 if self.mean > 0 else math.nan


def bent(problem: Problem, at: Vector) -> Bent:
    """How a loss of the residual is bent at a place: as in kernel estimates for medians (Powell 1991)."""
    some, loss = sample(problem, ROWS), problem.plan.loss
    with np.errstate(all="ignore"):
        r = some.residuals(at)
        columns = [np.tile(some.named[name], len(problem.plan.residuals)) for name in loss.names]
        first = d(loss.formula, RESIDUAL)
        program = compile([first, d(first, RESIDUAL)], (RESIDUAL, *loss.names))
        slopes, curvature, above, below = [
            np.nan_to_num(np.broadcast_to(program(place, *columns)[which], r.shape), posinf=0.0, neginf=0.0)
            for place, which in ((r, 0), (r, 1), (r + width_of(r), 0), (r - width_of(r), 0))
        ]
        width = width_of(r)
        mean = float((above - below).mean()) / (2 * width) if width > 0 else math.nan
    return Bent(share_of(curvature), mean, float(np.square(slopes).mean()))


def width_of(r: Vector) -> float:
    """The width over which slopes are compared: n^(-1/5) deviations."""
    size = float(np.median(np.abs(r))) / MAD or float(r.std())
    return size * math.exp(-0.2 * math.log(len(r)))


def share_of(curvature: Vector) -> float:
    """The rows that there would be if all were curved alike, as a share; 0 where more curve down than up."""
    whole = curvature / (np.abs(curvature).max(initial=0.0) or 1.0)
    square = float(whole @ whole)
    return max(float(whole.sum()), 0.0) ** 2 / square / len(whole) if square > 0 else 0.0


def straight(problem: Problem, at: Vector) -> bool:
    """Whether a loss of prediction and response has no second derivative in any row, as abs(f - y)."""
    some, plan = sample(problem, ROWS), problem.plan
    free = dict(zip(plan.free, at.tolist(), strict=True))
    second = d(d(plan.loss.formula, PREDICTION), PREDICTION)
    program = compile(second, (PREDICTION, RESPONSE, *plan.loss.names))
    weights = [some.named[name] for name in plan.weights] or [np.ones(1)] * len(plan.residuals)
    own = [free[name] if name in free else some.named[name] for name in plan.loss.names]
    with np.errstate(all="ignore"):
        residuals = some.residuals(at).reshape(len(weights), -1)
        rows = zip(residuals, some.targets, weights, strict=True)
        return not any([np.nan_to_num(program(y + r / w, y, *own), posinf=1, neginf=1).any() for r, y, w in rows])


def root_of_slopes(problem: Problem, at: Vector, count: int) -> Square:
    """R with R'R = J'J for so many residuals; of many rows from a sample spread over all."""
    residuals, J = sample(problem, ROWS).linearised(at)
    if not np.isfinite(J).all():
        return np.full((len(J), len(J)), math.nan)
    return np.asarray(np.linalg.qr(J.T, mode="r")) * math.sqrt(count / len(residuals))
