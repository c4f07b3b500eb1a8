"""Residuals beyond the floats: where a fit is so close that rounding is what is left, the formulas are asked exactly.

A float in the data stands for its shortest decimal text, as everywhere here; NIST's Lanczos1, whose residuals are 1e-13
of the data, has four digits of standard errors only this way.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import numpy as np

from symdiff.core.expr import Expr
from symdiff.core.fold import subs
from symdiff.errors import SymdiffError
from symdiff.fit.data.table import Vector
from symdiff.fit.leastsquares.plane import AnySystem, System, turned
from symdiff.fit.problem import Problem
from symdiff.numeric.ball import ball

CLOSE: Final = 1e-11  # of the data's size: residuals below are mostly rounding
MOST: Final = 250  # residuals that are worth it
DIGITS: Final = 12


def precise(problem: Problem, at: Vector, system: AnySystem) -> tuple[Vector, AnySystem]:
    """One Gauss-Newton step further with residuals computed exactly, and the system there; as given if not worth it."""
    plan = problem.plan
    if plan.weights or not plan.loss.squares or len(problem) * len(plan.residuals) > MOST:
        return at, system
    with np.errstate(all="ignore"):  # a square beyond the floats is an infinity
        size = float(sum([target @ target for target in problem.targets]))
    if not np.isfinite(size) or not 0 < system.loss < CLOSE**2 * size:
        return at, system
    for _ in range(2):
        found = system_at(problem, at)
        if found is None or not found.loss < 2 * system.loss:
            return at, system
        system = found
        if np.linalg.matrix_rank(system.R) < len(at):
            return at, system
        there = at - np.linalg.solve(system.R, system.z)
        if (there == at).all() or problem.plan.bounded:
            break
        at = there
    found = system_at(problem, at)
    return at, system if found is None else found


def system_at(problem: Problem, at: Vector) -> System | None:
    """The reduced system with exact residuals."""
    try:
        exact = np.array([float(value) for value in residuals(problem, at)])
    except SymdiffError:
        return None
    _, slopes = problem.linearised(at)
    return turned([(np.vstack([slopes, exact]), None)])


def residuals(problem: Problem, at: Vector) -> list[Fraction]:
    """Each residual to DIGITS digits, for parameters that are exactly the floats given."""
    plan = problem.plan
    place: dict[Expr | str, object] = {
        name: Fraction(value) for name, value in zip(plan.free, at.tolist(), strict=True)
    }
    found = []
    for r in plan.residuals:
        here = subs(r, place)
        for row in zip(*[column.tolist() for column in problem.arrays], strict=True):
            env = {name: Fraction(repr(value)) for name, value in zip(plan.columns, row, strict=True)}
            bounds = ball(here, env, DIGITS)
            found.append((bounds.lower + bounds.upper) / 2)
    return found
