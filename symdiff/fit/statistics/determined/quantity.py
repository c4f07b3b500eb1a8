"""A quantity made of parameters, and the trial whether other values of it fit as well."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from symdiff.core.expr import Expr, Sym
from symdiff.fit.data.table import Vector
from symdiff.fit.problem import Problem

SAME: Final = 1e-8  # of the change that is made up for: what may be left of it
FLOATS: Final = 1e-13  # of the responses: a change that is rounding


class Trial:
    """Whether a place fits as well as the one that was found: every residual is as it was."""

    def __init__(self, problem: Problem, at: Vector) -> None:
        self.problem, self.at = problem, at
        self.residuals = self.values(at)
        sizes = [float(w @ w) for w in (self.residuals, *problem.targets)]
        self.size = max(*sizes, 1e-300)

    def values(self, at: Vector) -> Vector:
        """The residuals there."""
        with np.errstate(all="ignore"):
            return self.problem.residuals(at) * self.problem.scale

    def change(self, at: Vector) -> float:
        """The sum of the squared changes of the residuals; infinite where there are none."""
        if not np.isfinite(at).all():
            return math.inf
        with np.errstate(all="ignore"):
            change = self.values(at) - self.residuals
            square = float(change @ change)
        return square if math.isfinite(square) else math.inf

    def same(self, at: Vector, alone: float) -> bool:
        """Whether the residuals are as they were, to rounding; `alone` is what they change by if nothing is made up."""
        enough = SAME**2 * alone if math.isfinite(alone) else 0.0
        return self.change(at) <= max(enough, FLOATS**2 * self.size)


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """A parameter, or several joined: its formula, the parameters in it, its column of J, its value at a place.

    `put(at, value)` gives it another value there, by the parameter that was joined first.
    """

    formula: Expr
    members: tuple[str, ...]
    column: Vector
    value: Callable[[Vector], float]
    put: Callable[[Vector, float], None]
    exact: bool = True


def parameter(i: int, name: str, column: Vector) -> Quantity:
    """The quantity that a parameter is."""
    return Quantity(Sym(name), (name,), column, lambda at: float(at[i]), lambda at, value: at.__setitem__(i, value))
