"""A fit that began where it ended, replayed from a simple start: a way to the same place that can be watched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from symdiff.fit.data.table import Vector
from symdiff.fit.leastsquares.distances import Distances
from symdiff.fit.leastsquares.marquardt import levenberg_marquardt
from symdiff.fit.leastsquares.plane import Plane
from symdiff.fit.leastsquares.systems import plane_of

if TYPE_CHECKING:
    from symdiff.fit.problem import Problem

STEPS: Final = 100
NEAR: Final = 1e-3  # of the values, where it must end
SHORTEST: Final = 3  # places of a way worth watching


def replayed(problem: Problem, end: Vector) -> tuple[Vector, Vector] | None:
    """The places and the losses of Levenberg and Marquardt's way from the first simple start that leads to the end.

    None where no such start does, and for losses that are none of residuals.
    """
    plan = problem.plan
    if not plan.loss.of_residual:
        return None
    for start in simple(end):
        passed = way_from(problem, start)
        if len(passed) >= SHORTEST and np.allclose(passed[-1][0], end, rtol=NEAR):
            return np.array([at for at, _ in passed]), np.array([loss for _, loss in passed])
    return None


def way_from(problem: Problem, start: Vector) -> list[tuple[Vector, float]]:
    """The places from a start on, with their losses. An interrupt goes through."""
    plan = problem.plan
    plane: Plane = Distances(problem) if plan.spreads else plane_of(problem)
    limits: dict[str, Any] = {"lower": plan.limits.lower, "upper": plan.limits.upper} if plan.bounded else {}
    passed: list[tuple[Vector, float]] = []

    def seen(at: Vector, loss: float) -> None:
        passed.append((at.copy(), loss))

    found = levenberg_marquardt(plane, start, steps=STEPS, polish=0, seen=seen, **limits)
    if found.reason == "interrupted":
        raise KeyboardInterrupt
    return passed


def simple(end: Vector) -> Iterator[Vector]:
    """Starts as somebody would give them: ones, powers of ten of the right size, then nearer and nearer."""
    yield np.ones(len(end))
    with np.errstate(all="ignore"):
        sizes = np.copysign(10.0 ** np.round(np.log10(np.abs(end))), end)
    yield np.where(np.isfinite(sizes), sizes, 1.0)
    yield 0.5 * end
    yield 1.5 * end
    yield 0.8 * end
