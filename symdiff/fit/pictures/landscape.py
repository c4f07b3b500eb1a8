"""The loss of a fit as a landscape over its parameters: heights at many places at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from symdiff.calculus.diff import gradient
from symdiff.core.expr import Expr, Num
from symdiff.core.fold import free_symbols
from symdiff.fit.data.table import Vector
from symdiff.fit.descent.dataloss import losses_of
from symdiff.numeric.compile import compile

if TYPE_CHECKING:
    from symdiff.fit.problem import Plan, Problem

ROWS: Final = 1000  # of the data that a height is taken from: more would not change the picture
AT_ONCE: Final = 1 << 20  # places times rows


class Landscape:
    """The mean loss over the rows (of many, every so many), as a function of the free parameters."""

    def __init__(self, problem: Problem) -> None:
        costs = costs_of(problem.plan)
        columns = sorted({x.name for x in free_symbols(*costs)} - set(problem.plan.free))
        self.costs = compile(costs, [*problem.plan.free, *columns])
        every = -(-len(problem) // ROWS)
        self.columns = [np.ascontiguousarray(problem.named[name][::every]) for name in columns]
        self.rows = len(range(0, len(problem), every))

    def means(self, places: NDArray[np.float64]) -> Vector:
        """The height at each place, one row of `places` for each; nan or inf where there is none."""
        step = max(1, AT_ONCE // self.rows)
        parts = [self.some(places[i : i + step]) for i in range(0, len(places), step)]
        return np.concatenate(parts)

    def some(self, places: NDArray[np.float64]) -> Vector:
        """The same for as many as go into memory."""
        with np.errstate(all="ignore"):
            found = self.costs(*[column[:, None] for column in places.T], *self.columns)
            shape = (len(places), self.rows)
            return np.asarray(sum(np.broadcast_to(cost, shape).mean(axis=1) for cost in found))


def costs_of(plan: Plan) -> list[Expr]:
    """What each residual costs. With errors in the inputs: its square over its variance, to first order."""
    if plan.spreads:
        return [r**2 / variance(r, plan) for r in plan.residuals]
    return losses_of(plan)


def variance(r: Expr, plan: Plan) -> Expr:
    """The variance of a residual: 1 of its response (0 of an implicit model), and what the inputs' errors add."""
    own = Num(0) if all(y.__class__ is Num for y in plan.responses) else Num(1)
    slopes = gradient(r, tuple(plan.spreads))
    return own + sum([(s * slope) ** 2 for s, slope in zip(plan.spreads.values(), slopes, strict=True)], Num(0))
