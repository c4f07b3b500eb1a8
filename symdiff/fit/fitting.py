"""`fit` a model to data, or `descend` on any loss, by the exact gradient: one rate, a rate each, momentum, Adam."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from symdiff.fit.data import Source
from symdiff.fit.foresight import Rate
from symdiff.fit.models import check_given, pose
from symdiff.fit.objective import FormulaLoss, LeastSquares
from symdiff.fit.options import check_rows, check_slopes, check_start, check_target, limits, method_of, starting
from symdiff.fit.outcome import run
from symdiff.fit.result import Descent, Fit
from symdiff.fit.table import Data
from symdiff.fit.words import counted, num
from symdiff.text.parse import Formula, expression
from symdiff.text.show import show

STEPS: Final = 10_000
TOLERANCE: Final = 1e-9


def fit(
    model: Formula,
    data: Source,
    y: Formula = "y",
    x: str | Sequence[str] | None = None,
    start: Mapping[str, float] | None = None,
    method: str = "auto",
    *,
    rate: Rate | None = None,
    momentum: float = 0.0,
    steps: int = STEPS,
    tolerance: float = TOLERANCE,
) -> Fit:
    """The parameters of a model for which its mean squared error over the data is least, found by gradient descent.

    `model` is a formula, or `line` (m*x + b) or `parabola` (a*x^2 + b*x + c). Its names that are columns of the data
    are what it reads (or those that `x` names); all others are parameters. `data` is the path of a CSV file or the
    open file, a dict of columns, pairs (x, y), or arrays; `y` a column or a formula of columns, as "log(y)".
    Parameters begin at 0 unless `start` says otherwise.

    `method` is "descent", "momentum" or "adam"; "auto" is descent. `rate` is one number for all parameters or one for
    each, as {"m": 0.1, "b": 0.2}; without it descent takes a rate each from the second derivatives of the loss, and
    Adam 0.1. `momentum` is the share of a move that the next one keeps, 0.9 for the method of that name.

    The fit ends "converged" when every slope has fallen to `tolerance` of the largest it was, or for another named
    reason (`Fit.reason`). What to expect is in `Fit.foresight`, bad rows in `Fit.data.skipped`, all of it in
    `Fit.report()`.

    Raises ParseError, DataError (no usable row, no such column) and FitError (no value at the start, a bad rate), each
    with the next step.

    >>> found = fit("line", [(-2, -3), (3, 7)], rate=0.1, steps=20)
    >>> found.reason, round(found.values["m"], 6), round(found.values["b"], 6)
    ('steps', 2.001058, 0.988271)
    """
    problem = pose(model, data, y, x, [*(start or ()), *(rate if isinstance(rate, Mapping) else ())])
    columns = {name: problem.data.columns[name] for name in problem.inputs}
    objective = LeastSquares(problem.model, problem.parameters, columns, problem.target)
    at = starting(objective.names, start)
    check_target(problem)
    check_rows(problem, objective, at)
    check_start(objective, at, f"the model {show(problem.model)}")
    check_slopes(objective, at)
    chosen = method_of(method, objective, rate, momentum)
    outcome = run(objective, at, chosen, *limits(steps, tolerance))
    notes = (*problem.data.notes, *notes_on(problem.data, problem.inputs, len(problem.parameters)))
    return Fit(problem.parameters, chosen.words(objective.names), outcome, notes, problem=problem)


def descend(
    loss: Formula,
    start: Mapping[str, float] | None = None,
    rate: Rate | None = None,
    steps: int = STEPS,
    *,
    method: str = "auto",
    momentum: float = 0.0,
    tolerance: float = TOLERANCE,
) -> Descent:
    """The place to which a loss, any formula in its symbols, leads down by its exact gradient.

    Symbols begin at 0 unless `start` says otherwise; the other arguments are those of `fit`. Raises ParseError and
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
    chosen = method_of(method, objective, rate, momentum)
    outcome = run(objective, at, chosen, *limits(steps, tolerance))
    return Descent(objective.names, chosen.words(objective.names), outcome)


def notes_on(data: Data, inputs: Sequence[str], wanted: int) -> list[str]:
    """What a reader of the result should know about the data."""
    notes = []
    if len(data) < wanted:
        few = f"{counted(len(data), 'row')} for {counted(wanted, 'parameter')}"
        notes.append(f"{few}: many values fit equally well, and the start decides which")
    for name in inputs:
        column = data.columns[name]
        if len(data) > 1 and (column == column[0]).all():
            notes.append(f"the column {name} is {num(column[0])} in every row")
    return notes
