"""How sigmas, weights and losses were read, and where the standard errors come from."""

from __future__ import annotations

import math

from symdiff.core.expr import Num
from symdiff.fit.statistics.figures import Statistics
from symdiff.fit.words import listed
from symdiff.text.show import show


def reading(statistics: Statistics) -> str:
    """How sigmas or weights were read, and what the standard errors come from."""
    plan = statistics.problem.plan
    if statistics.robust:
        return f"loss {plan.loss.told}; {from_slopes(statistics)}"
    if statistics.likelihood:
        what = "" if statistics.named else ", read as a negative log-likelihood"
        return f"loss {plan.loss.told}{what}; {from_curvature(statistics)}"
    if plan.spreads:
        return f"orthogonal distances with errors of {both(statistics)}; {from_what(statistics)}"
    if not plan.weights:
        return f"every row counts alike; {from_what(statistics)}"
    word = "weight" if plan.weighted else "sigma"
    given = listed(dict.fromkeys(show(e) for e in plan.weights.values()))
    how = "absolute" if statistics.absolute else "relative"
    return f"{word} {given}, {how}; {from_what(statistics)}"


def both(statistics: Statistics) -> str:
    """The errors in x and in y, by which distances are measured."""
    plan = statistics.problem.plan
    along = [f"{show(e)} in {name}" for name, e in plan.spreads.items()]
    if all(y.__class__ is Num for y in plan.responses):
        if all(e.__class__ is Num and e.value == 1 for e in plan.spreads.values()) and not statistics.absolute:
            return f"one size in {listed(plan.spreads)}"
        return f"{listed(along)}{'' if statistics.absolute else ', relative'}"
    word = "weight {} of {}" if plan.weighted else "{} in {}"
    up = [word.format(show(e), show(y)) for e, y in zip(plan.weights.values(), plan.responses, strict=True)]
    return f"{listed(along)} and {listed(up)}, {'absolute' if statistics.absolute else 'relative'}"


def from_slopes(statistics: Statistics) -> str:
    """Where the errors of a robust fit come from."""
    if math.isnan(statistics.variance) or statistics.widths is None:
        return "no standard errors, as the loss is not curved over the scatter of the residuals"
    if statistics.bent is not None:
        return "standard errors from how much its slope changes over the scatter of the residuals"
    return "standard errors from slopes row by row (the sandwich of Huber and White)"


def from_curvature(statistics: Statistics) -> str:
    """Where the errors of a likelihood come from."""
    if statistics.shape is None or statistics.straight:
        return "no standard errors, as the loss is not curved as at a minimum"
    return "standard errors from its exact Hessian"


def from_what(statistics: Statistics) -> str:
    """Where the size of the standard errors comes from."""
    if statistics.shape is None:
        return "no standard errors, as the loss is not curved as at a minimum"
    if statistics.absolute:
        return "standard errors from the sigmas alone"
    if statistics.dof <= 0:
        return "no standard errors, as there are no more rows than parameters"
    return "standard errors from the scatter of the residuals"
