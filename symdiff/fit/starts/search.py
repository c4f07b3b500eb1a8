"""The search for the least loss without start values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from symdiff.fit.data.table import Vector
from symdiff.fit.problem import Problem
from symdiff.fit.starts.hunt import SAME, Budget, Candidate, Hunt, Seen
from symdiff.fit.starts.phases import at_home
from symdiff.fit.starts.refused import check_floats, refuse_all


@dataclass(frozen=True, slots=True)
class Starts:
    """What a search found: the place of least loss, in the order of the free parameters of the plan.

    `loss` is that over the rows that took part (of squares, where the plan's loss is none of the residual; of Sampson's
    distances, where the model is implicit). `tried`
    starts were followed to an end, of which `agreed` ended at the same loss (relative 1e-6); `ways` are the ways, in
    words, by which these came. `reason` is "agreed" (enough starts ended there), "searched" (all rounds are over),
    "budget" or "interrupted".
    """

    at: Vector
    loss: float
    tried: int
    agreed: int
    ways: tuple[str, ...]
    reason: str
    candidates: tuple[Candidate, ...] = field(repr=False, default=())


def search(
    problem: Problem,
    given: Mapping[str, float] | None = None,
    *,
    seed: int = 0,
    budget: Budget | None = None,
    seen: Seen | None = None,
) -> Starts:
    """The place of least loss, searched without start values, or with those `given` for some of the parameters.

    `problem` has n rows and k free parameters; the result's `at` has shape (k,). Of more than 2,000 rows a part takes
    part, spread over the rows. Bounds are obeyed. The same seed gives the same result unless the time of the budget
    runs out; then, and at Ctrl-C, the result is the best so far. `seen(at, loss)` is told of every better place.
    Raises FitError where the model has a value at none of the places tried, and where the best place runs out of the
    floats.

    Sources: projection of linear parameters, Golub and Pereyra 2003; multi-start over a Latin hypercube, McKay,
    Beckman and Conover 1979; terms one after another, Pati, Rezaiifar and Krishnaprasad 1993.

    >>> from symdiff.fit.data.reading import table
    >>> from symdiff.fit.problem import Ask, met, plan_for
    >>> x = np.linspace(0, 30, 80)
    >>> found = table({"x": x, "y": 5*np.sin(2*x + 1) + 3*np.exp(-x/4)})
    >>> problem = met(plan_for(Ask(("a*sin(w*x + p) + b*exp(-c*x)",), ("y",)), found), found)
    >>> starts = search(problem)
    >>> round(problem.values(starts.at)["w"], 6), starts.loss < 1e-12
    (2.0, True)
    """
    with np.errstate(all="ignore"):
        hunt = Hunt(problem, dict(given or {}), seed, budget or Budget(), seen)
        reason = hunt.run()
        return result(hunt, reason)


def result(hunt: Hunt, reason: str) -> Starts:
    """The best end, and what agrees with it; where the search was cut short, the best place on the way."""
    same = hunt.agreeing()
    best = hunt.best
    if best is not None and (
        not same or (hunt.plan.loss.squares and best.loss < same[0].loss * (1 - SAME) - hunt.dust)
    ):
        same = [best._replace(at=at_home(best.at, hunt.cast.phases))]
    if not same:
        refuse_all(hunt.problem, hunt.ranked_so_far)
    ways = tuple(dict.fromkeys([c.way for c in same]))
    first = upright(hunt, same)
    check_floats(hunt, first.at)
    return Starts(
        first.at, hunt.unscaled(first.loss), max(len(hunt.ends), 1), len(same), ways, reason, tuple(hunt.ends)
    )


def upright(hunt: Hunt, same: list[Candidate]) -> Candidate:
    """Of places with the same loss to rounding the plainest, signs that do not matter made positive."""
    level = same[0].loss * (1 + 1e-9) + hunt.dust
    best = min([c for c in same if c.loss <= level], key=lambda c: plainness(c.at))
    for i in hunt.others:
        at = best.at.copy()
        at[i] = -at[i]
        if best.at[i] < 0 and hunt.lower[i] <= at[i] <= hunt.upper[i] and hunt.plan.free[i] not in hunt.given:
            system = hunt.whole(at)
            if system is not None and system.loss <= best.loss * (1 + 1e-12):
                best = best._replace(at=at, loss=system.loss)
    return best


def plainness(at: Vector) -> float:
    """Small where values are of moderate size."""
    return float(np.sum(np.abs(np.log(np.abs(at[at != 0])))))
