"""The minimum of any formula in its symbols, by the method that suits it; and plain descent on a loss."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Final

import numpy as np

from symdiff.calculus.diff import total
from symdiff.core.expr import Expr
from symdiff.errors import FitError
from symdiff.fit.data.table import Vector
from symdiff.fit.descent.descending import Search, descended
from symdiff.fit.descent.minimum import Minimum
from symdiff.fit.descent.objective import MANY, FormulaLoss
from symdiff.fit.descent.options import check_start, limits, starting
from symdiff.fit.descent.outcome import Track
from symdiff.fit.descent.squares import lowest_near, residuals_of, searched
from symdiff.fit.methods.parts import Box, Ground, State
from symdiff.fit.methods.rates import Rates, real
from symdiff.fit.methods.table import Settings, method_of, row_of
from symdiff.fit.methods.watch import Watch
from symdiff.fit.models import check_given
from symdiff.fit.progress import Seen
from symdiff.fit.result import Descent
from symdiff.text.parse import Formula, expression

STEPS: Final = 2000
TOLERANCE: Final = 1e-12
SHARE: Final = 500  # steps by Levenberg and Marquardt, of which most searches need a tenth; Newton has the others

Bounds = Mapping[str, tuple[float | None, float | None]]


def minimize(
    objective: Formula | Sequence[Formula],
    start: Mapping[str, float] | None = None,
    method: str = "auto",
    *,
    bounds: Bounds | None = None,
    rate: Rates | None = None,
    momentum: float = 0.0,
    schedule: Formula | None = None,
    steps: int | None = None,
    tolerance: float = TOLERANCE,
    seed: int = 0,
    seen: Seen | None = None,
) -> Minimum:
    """A local minimum of a formula in its symbols, or of the sum of squares of several formulas.

    `objective` is text, an expression, or a sequence of them: then the sum of their squares is what is minimised. The
    symbols begin at 0 unless `start` says otherwise, and stay within `bounds`, as {"x": (0, None)}.

    `method` is "auto" or a row of `symdiff.fit.methods.table.METHODS`. "auto" takes for sums of squares, also where
    they are told from the formula, Levenberg and Marquardt's method, from the start and, if it does not reach 0, from
    places near it; then, as for any other formula, Newton's with the exact Hessian in a trust region (Nocedal and
    Wright 2006, chapter 4); for more than 300 symbols L-BFGS. `rate`, `momentum` and `schedule` are for the methods
    that take steps by rates.

    It ends "converged" when every slope has fallen to `tolerance` of the largest it was or floats allow no lower
    value, else "steps" (2000; 10,000 by rates; 20,000 for many symbols), "diverged", "stalled" or "interrupted"; `why`
    says it in a sentence. `seen(step, value)` is told of every step. Raises ParseError, and FitError with the next
    step.

    >>> found = minimize("(1 - x)^2 + 100*(y - x^2)^2", {"x": -1.2, "y": 1})
    >>> found.reason, round(found.at["x"], 9), round(found.at["y"], 9)
    ('converged', 1.0, 1.0)
    >>> round(minimize("x^4 - 3*x^2 + x", {"x": -1}).value, 6)
    -3.513905
    """
    loss = loss_of(objective)
    check_given([*(start or ()), *(bounds or ()), *(rate if isinstance(rate, Mapping) else ())], loss.names, ())
    ground = Ground(loss, box_of(bounds, loss.names))
    at = ground.box.inside(starting(loss.names, start))
    check_start(loss, at, "the formula")
    if method == "auto" and rate is None and not momentum and schedule is None:
        most, small = limits((STEPS if len(at) <= MANY else 10 * STEPS) if steps is None else steps, tolerance)
        return at_once(ground, loss, at, most, small, seed, seen)
    name = "descent" if method == "auto" else method
    by_rates = "rate" in row_of(name).settings
    most, small = limits((10_000 if by_rates else STEPS) if steps is None else steps, tolerance)
    settings = Settings(rate, momentum, schedule, None, seed, most)
    ends = {"lower": ground.box.lower, "upper": ground.box.upper} if bounds else {}
    outcome, words = descended(loss, at, name, settings, steps=most, tolerance=small, seen=seen, **ends)
    return Minimum(loss, words, outcome)


def loss_of(objective: Formula | Sequence[Formula]) -> FormulaLoss:
    """What is to be minimised, with its residuals where it is a sum of squares. Raises FitError."""
    if isinstance(objective, str | Expr) or not isinstance(objective, Sequence):
        whole = expression(objective)
        return FormulaLoss(whole, None, residuals_of(whole))
    if not objective:
        raise FitError("there is no formula to minimise", 'give one, or the residuals, as ["x - 1", "y - x^2"]')
    residuals = [expression(e) for e in objective]
    return FormulaLoss(total([r**2 for r in residuals]), None, residuals)


def box_of(bounds: Bounds | None, names: Sequence[str]) -> Box:
    """The bounds in the order of the names. Raises FitError."""
    if not bounds:
        return Box()
    low, high = [], []
    for name in names:
        pair = bounds.get(name, (None, None))
        check_pair(name, pair)
        low.append(-math.inf if pair[0] in (None, -math.inf) else real(pair[0], f"the lower bound of {name}"))
        high.append(math.inf if pair[1] in (None, math.inf) else real(pair[1], f"the upper bound of {name}"))
        if not low[-1] <= high[-1]:
            raise FitError(f"the bounds of {name} are {pair!r}", "the lower one comes first")
    return Box(np.array(low), np.array(high))


def at_once(
    ground: Ground, loss: FormulaLoss, at: Vector, steps: int, tolerance: float, seed: int, seen: Seen | None
) -> Minimum:
    """The minimum by the methods that suit the formula, one after the other."""
    method = method_of("l-bfgs" if len(at) > MANY else "newton", loss, at, Settings(steps=steps))
    search = Search(ground, method, Watch(steps, tolerance, method.stop), Track(), seen)
    if not loss.residuals or len(at) > MANY:
        return Minimum(loss, method.words(), search.run(lambda: search.on(ground.state(0, at))))
    losses: list[float] = []
    outcome = search.run(lambda: by_squares(search, loss, ground.state(0, at), losses, seed))
    return Minimum(loss, f"Levenberg-Marquardt, then {method.words()}", outcome, losses)


def by_squares(search: Search, loss: FormulaLoss, start: State, losses: list[float], seed: int) -> str:
    """Levenberg and Marquardt's way from the start and places near it, then on; `losses` takes what each led to."""
    ground, steps = search.ground, search.watch.steps
    counter = count()

    def seen(at: Vector, value: float) -> None:
        search.watch.note(State(step := next(counter), at, value, start.slopes))
        search.tell(State(step, at, value, start.slopes))

    reason = searched(ground, loss, start.at, min(steps + 1, SHARE), seen).reason
    end = ground.state(search.track.last.step, search.track.last.at)
    search.track.replace(end)
    search.watch.note(end)
    if reason == "interrupted" or (reason == "steps" and steps < SHARE):
        return reason
    best, found = lowest_near(ground, loss, start, end, seed)
    losses += found
    return search.on(best if best is end else best._replace(step=end.step + 1))


def check_pair(name: str, pair: object) -> None:
    """That bounds are two things. Raises FitError."""
    if not (isinstance(pair, Sequence) and len(pair) == 2):
        raise FitError(f"the bounds of {name} are {pair!r}", "they are a pair, as (0, 10) or (0, None)")


def descend(
    loss: Formula,
    start: Mapping[str, float] | None = None,
    rate: Rates | None = None,
    steps: int = 10_000,
    *,
    method: str = "auto",
    momentum: float = 0.0,
    schedule: Formula | None = None,
    tolerance: float = 1e-9,
    seen: Seen | None = None,
) -> Descent:
    """The place to which a loss, any formula in its symbols, leads down by its exact gradient.

    Symbols begin at 0 unless `start` says otherwise. `rate` is one number for all or one for each, or a formula of k,
    the number of the step; without it descent takes a rate each from the second derivatives. Raises ParseError and
    FitError.

    >>> from symdiff import symbols
    >>> m, b = symbols("m b")
    >>> points = [(-2, -3), (3, 7)]
    >>> loss = sum((m*x + b - y)**2 for x, y in points) / len(points)
    >>> found = descend(loss, {"m": 0, "b": 0}, rate=0.1, steps=20)
    >>> round(found.values["m"], 6), round(found.loss, 6)
    (2.001058, 0.000132)
    """
    objective = FormulaLoss(expression(loss))
    check_given([*(start or ()), *(rate if isinstance(rate, Mapping) else ())], objective.names, ())
    at = starting(objective.names, start)
    check_start(objective, at, "the loss")
    most, small = limits(steps, tolerance)
    name, settings = "descent" if method == "auto" else method, Settings(rate, momentum, schedule, None, 0, most)
    outcome, words = descended(objective, at, name, settings, steps=most, tolerance=small, seen=seen)
    return Descent(objective.names, words, outcome)
