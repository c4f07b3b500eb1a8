"""Rows that stand out: outliers by their studentised residuals, rows that pull the parameters by themselves.

Source: R. D. Cook and S. Weisberg, Residuals and influence in regression, 1982.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from symdiff.core.expr import Num
from symdiff.fit.data.table import Vector
from symdiff.fit.problem import Problem
from symdiff.fit.statistics.distributions import t_limit, two_sided
from symdiff.fit.statistics.figures import Statistics
from symdiff.fit.statistics.portions import BLOCK, parts, sample

MOST: Final = 100_000  # residuals that are tested: of more, so many, spread over all
OUT: Final = 0.05  # a chance, all rows counted, below which a row is an outlier
SHOWN: Final = 20  # rows that are kept of those that stand out
INFLUENCE: Final = 1.0  # Cook's distance at which a row moves the fit by as much as its error
MAD: Final = 0.6744897501960817  # the median of |N(0, 1)|


@dataclass(frozen=True, slots=True)
class Outlier:
    """A row that stands out.

    `residual` is in units of its own standard deviation, computed without the row (externally studentised), `p` the
    chance that any row is so far out, `leverage` how much of its prediction the row itself makes (0 to 1), `cook`
    Cook's distance: how far the row pulls the parameters.
    """

    row: int
    response: int
    residual: float
    p: float
    leverage: float
    cook: float

    @property
    def out(self) -> bool:
        """Whether it is an outlier, not only influential."""
        return self.p < OUT


def outliers(statistics: Statistics) -> tuple[Outlier, ...]:
    """The rows that are outliers, or move the fit by themselves, those furthest out first."""
    variance = noise(statistics)
    found: list[Outlier] = []
    start = 0
    for part in parts(statistics.problem, max(1, BLOCK // 4)):
        found += standing_out(statistics, part, start, variance)
        found = sorted(found, key=lambda one: (not one.out, one.p, -one.cook))[:SHOWN]
        start += len(part)
    return tuple(found)


def noise(statistics: Statistics) -> float:
    """The variance of a residual; of robust fits from the median of their sizes, which outliers do not move."""
    if not statistics.robust:
        return statistics.variance
    sizes = np.abs(np.concatenate([residuals for residuals, _, _ in series(statistics)]))
    return (float(np.median(sizes)) / MAD) ** 2


def standing_out(statistics: Statistics, part: Problem, start: int, variance: float) -> Iterator[Outlier]:
    """Those of some of the rows."""
    r, leverage = leverages(statistics, part)
    r, n = r * part.scale, len(part)
    known = statistics.absolute or statistics.robust
    dof = math.inf if known else statistics.dof - 1.0
    rest = np.maximum(1 - leverage, 1e-12)
    with np.errstate(all="ignore"):
        inner = np.square(r) / variance / rest  # internally studentised, squared
        t = np.sqrt(inner if known else inner * dof / np.maximum(dof + 1 - inner, 1e-12 * dof))
        cook = inner * leverage / rest / max(1, statistics.rank)
    limit = t_limit(OUT / 2 / statistics.count, dof)
    alone = leverage > 1 - 1e-10  # a parameter for this row only: its residual is 0 whatever it is
    for i in np.flatnonzero(((t > limit) | (cook > INFLUENCE)) & ~alone & (r != 0)).tolist():
        p = min(1.0, statistics.count * two_sided(float(t[i]), dof))
        if p < OUT or cook[i] > INFLUENCE:
            row = int(statistics.problem.data.rows[start + i % n])
            sign = math.copysign(1.0, -r[i])  # measured less predicted
            yield Outlier(row, i // n, sign * float(t[i]), p, float(leverage[i]), float(cook[i]))


def leverages(statistics: Statistics, part: Problem) -> tuple[Vector, Vector]:
    """The residuals of some rows, and the diagonal of J inv(J'J) J' there; of robust fits, which have none, 0."""
    assert statistics.shape is not None
    residuals, J = part.linearised(statistics.at)
    if statistics.robust:
        return residuals, np.zeros(len(residuals))
    return residuals, np.square(statistics.shape.root.T @ J).sum(axis=0)


def series(statistics: Statistics) -> Iterator[tuple[Vector, Vector, NDArray[np.intp]]]:
    """For each response residuals, fitted values, and the order of the input: at most MOST of them."""
    problem = statistics.problem
    some = sample(problem, MOST)
    residuals = some.residuals(statistics.at).reshape(len(problem.plan.residuals), -1)
    inputs = [some.named[name] for name in problem.inputs if name in some.named]
    order = np.argsort(inputs[0], kind="stable") if len(inputs) == 1 else np.arange(residuals.shape[1])
    weights = [some.named[name] for name in problem.plan.weights] or [np.ones(1)] * len(residuals)
    for r, y, w, e in zip(residuals, some.targets, weights, problem.plan.responses, strict=True):
        measured = np.zeros(1) if e.__class__ is Num else y
        yield r * problem.scale, measured + r / w, order
