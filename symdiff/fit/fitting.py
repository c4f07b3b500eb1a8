"""`fit` a model to data: one call for any formula, any data, any loss."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from symdiff.core.expr import Num
from symdiff.core.fold import free_symbols
from symdiff.errors import FitError
from symdiff.fit.advice import Advice, Setting
from symdiff.fit.data.batches import Batches, batches, gathered, opening
from symdiff.fit.data.cells import shortened
from symdiff.fit.data.parquet import is_parquet
from symdiff.fit.data.reading import Source
from symdiff.fit.data.streams import Once, is_stream, settled
from symdiff.fit.data.table import Data, Vector
from symdiff.fit.defined import check_sizes, refuse
from symdiff.fit.descent.dataloss import DataLoss
from symdiff.fit.descent.descending import descended
from symdiff.fit.descent.options import limits, starting
from symdiff.fit.leastsquares.streamed import fit_in_passes
from symdiff.fit.losses import LOSSES, Loss
from symdiff.fit.methods.rates import Rates, real
from symdiff.fit.methods.table import Settings
from symdiff.fit.methods.watch import abyss
from symdiff.fit.problem import Plan, Problem, met, plan_for, problem_of
from symdiff.fit.progress import Progress, Seen, shown
from symdiff.fit.request import Bounds, Models, asked, names_of
from symdiff.fit.result import Fit
from symdiff.fit.solving import Found, How, at_once, by_residuals
from symdiff.fit.starts import Starts, search
from symdiff.fit.words import counted, listed, num
from symdiff.numeric.val import val
from symdiff.text.parse import Formula

STEPS: Final = 10_000  # of a method with rates
TOLERANCE: Final = 1e-9
LESS: Final = 1e-6  # of a loss: what another method has to gain
SEARCHED: Final = ("auto", "lm")  # methods that find a start of their own; the others begin at 0, as one is taught


def fit(
    model: Models,
    data: Source,
    y: Formula | Sequence[Formula] | None = "y",
    x: str | Sequence[str] | None = None,
    start: Mapping[str, float] | None = None,
    method: str = "auto",
    *,
    sigma: Any = None,
    absolute_sigma: bool = False,
    weights: Any = None,
    sigma_x: Any = None,
    bounds: Bounds | None = None,
    fixed: Mapping[str, float] | None = None,
    tied: Mapping[str, Formula] | None = None,
    constraints: Formula | Iterable[Formula] = (),
    loss: Formula = "squares",
    loss_scale: float | None = None,
    rate: Rates | None = None,
    momentum: float = 0.0,
    schedule: Formula | None = None,
    batch: int | None = None,
    epochs: int | None = None,
    steps: int | None = None,
    tolerance: float | None = None,
    seed: int = 0,
    progress: Progress = None,
) -> Fit:
    """The parameters of a model for which the squares of its residuals over data, or another loss, are least.

    `model` is a formula, an equation ("y = a*x + b"), or `line` (m*x + b) or `parabola` (a*x^2 + b*x + c); several
    models for several responses are a mapping, {"u": "a*x", "v": "a*x^2"}. Names that are columns of the data are what
    it reads (or those that `x` names); all others are parameters. `data`: the path of a CSV or Parquet file or the open
    file, a dict of columns, a data frame (pandas, Polars, Arrow), an array, points (x, y), or batches of these, which
    are fitted in constant memory. `y` is a column or a formula of columns, as "log(y)"; 0 or an equation such as
    "(x - p)^2 + (y - q)^2 = r^2" make the model implicit.

    `start` is where to begin; without it a start is searched, and `Fit.starts` tells how many agreed.
    `sigma` (a number, column, formula of columns or array) are standard errors of y, relative ones unless
    `absolute_sigma`; `weights` are 1/sigma^2. With `sigma_x`, errors of the columns read, {"x": 0.1}, the distances are
    orthogonal. `bounds` are {"a": (0, None)}, `fixed` {"c": 1}, `tied` {"b": "2*a"} (new names are new parameters),
    `constraints` comparisons of parameters, "a < b".

    `loss` is a name of `symdiff.fit.losses.LOSSES`, a formula of the residual `r`, "log(1 + r^2)", or of prediction `f`
    and response `y`, "log(1 + exp(-y*f))". A robust loss has residuals in units of `loss_scale` times sigma; without it
    the unit follows the median size of the residuals.

    `method`: "auto" takes a linear model in one step, other losses of residuals by Levenberg and Marquardt ("lm"),
    losses of f and y by Newton; or a row of `symdiff.fit.methods.table.METHODS`: "descent" with `rate` (one, or one for
    each parameter), `momentum`, `schedule`, mini-batches of `batch` rows for so many `epochs`, and others. These begin
    at 0 unless `start` says otherwise. With a rate or momentum "auto" is "descent".

    `steps` and `tolerance` limit the search; `seed` is that of starts and batches; `progress`: True is a bar on
    standard error, False none, None one if that is a terminal; or a callable that gets step and loss.

    The result has values, errors, a named `reason` for its end, a report, predictions, bands, pictures. Raises
    ParseError, DataError (no usable row, no such column) and FitError (no value at the start, ...), each with the next
    step.

    >>> found = fit("a*exp(-b*x) + c", {"x": [0, 1, 2, 3, 4], "y": [5.0, 2.9, 1.95, 1.45, 1.22]})
    >>> found.reason, {name: round(value, 2) for name, value in found.values.items()}
    ('converged', {'a': 3.98, 'b': 0.74, 'c': 1.02})
    >>> found = fit("line", [(-2, -3), (3, 7)], rate=0.1, steps=20)
    >>> found.reason, round(found.values["m"], 6), round(found.values["b"], 6)
    ('steps', 2.001058, 0.988271)
    """
    method = named_by(
        method, {"rate": rate, "momentum": momentum or None, "schedule": schedule, "batch": batch, "epochs": epochs}
    )
    check_given_as(start, seed)
    given = (*(start or ()), *(rate if isinstance(rate, Mapping) else ()))
    data = settled(data)
    stream = is_stream(data)
    names = names_of(x) or ("x",)
    ask, found = asked(
        model, opening(data, names, str(y)) if stream else data, y, x, given, sigma=sigma,
        absolute_sigma=absolute_sigma, weights=weights, sigma_x=sigma_x, bounds=bounds, fixed=fixed, tied=tied,
        constraints=constraints, loss=loss,
    )  # fmt: skip
    plan = plan_for(ask, found)
    if loss_scale is not None:
        loss_scale = scale_of(loss_scale, plan.loss)
    count = epochs if steps is None else steps
    rates = Settings(rate, momentum, schedule, batch, seed, STEPS if count is None else count)
    with shown(progress, "fit") as seen:
        how = How(start, method, count, tolerance, seed, loss_scale, rates, seen)
        return streamed(plan, batches(data, plan.read, names, str(y)), how) if stream else solved(met(plan, found), how)


def named_by(method: str, settings: Mapping[str, Any]) -> str:
    """The method, which "auto" leaves to the settings. Raises FitError where it has no use for them."""
    given = [name for name, value in settings.items() if value is not None]
    if method == "auto" and given:
        return "sgd" if "batch" in given or "epochs" in given else "descent"
    if method in SEARCHED and given:
        raise FitError(
            f"the method {method!r} takes no {listed(given)}",
            Advice("leave it out, or take ", Setting("method", "descent")),
        )
    return method


def check_given_as(start: object, seed: object) -> None:
    """That a start is given by names, and the seed is a number. Raises FitError."""
    if start is not None and not isinstance(start, Mapping):
        raise FitError(
            f"the start is {shortened(start)}", Advice("name each parameter, as ", Setting("start", {"a": 1, "b": 2}))
        )
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise FitError(f"the seed is {shortened(seed)}", "it must be a whole number, 0 or more")


def streamed(plan: Plan, source: Batches, how: How) -> Fit:
    """The fit of data in batches: in passes over them, or at once where one needs all rows and they fit in memory."""
    in_passes = how.method in SEARCHED and plan.loss.of_residual and not plan.spreads
    several = not (plan.linear and plan.loss.squares and not plan.bounded)
    text = isinstance(source.stream, str | Path) and not is_parquet(source.stream)  # reading it again takes longest
    if not in_passes or text or (several and isinstance(source.stream, Once)):
        data = gathered(source)
        if data is not None:
            return solved(problem_of(plan, data), how)
    if not in_passes:
        raise FitError(
            "more data than fit in memory are fitted by the squares or a robust loss of their residuals only",
            Advice("take ", Setting("method", "lm"), ", a loss of the residual r, or fewer rows"),
        )

    def begin(sample: Problem) -> tuple[Vector, float]:
        one = solved(sample, how)
        return np.array([one.values[name] for name in plan.free]), one.problem.scale

    return fit_in_passes(plan, source, how, begin)


def scale_of(asked: float, loss: Loss) -> float:
    """The scale of a robust loss, checked. Raises FitError."""
    if loss.squares or not loss.of_residual:
        raise FitError(f"the loss {loss.told} has no scale", Advice("leave out ", Setting("loss_scale")))
    scale = real(asked, "the scale of the loss")
    if scale <= 0:
        raise FitError(f"the scale of the loss is {scale:g}", "it must be above 0")
    return scale


def solved(problem: Problem, how: How) -> Fit:
    """The fit of a problem: in one step, by its residuals, or down its loss."""
    plan, loss = problem.plan, problem.plan.loss
    notes = (*problem.data.notes, *notes_on(problem.data, plan.inputs, len(plan.free)), *moved(plan, how.start))
    if how.method in SEARCHED and plan.linear and loss.squares and not plan.bounded and not plan.spreads:
        found, starts = at_once(problem), None
    else:
        at, starts = beginning(problem, how)
        by = by_residuals if how.method in SEARCHED and loss.of_residual else down
        found = by(problem, at, how)
        if by is by_residuals and loss.name not in LOSSES:
            found = lower(found, how)
    return Fit(
        found.problem,
        found.outcome,
        method=found.method,
        system=found.system,
        notes=(*notes, *found.notes),
        starts=starts,
    )


def moved(plan: Plan, start: Mapping[str, float] | None) -> list[str]:
    """Which starts are not where they were asked for."""
    limits, told = plan.limits.by_name, []
    for name, value in (start or {}).items():
        low, high = limits.get(name, (-math.inf, math.inf))
        if name in plan.tied and plan.tied[name].__class__ is Num:
            told.append(f"{name} is fixed: its start is not used")
        elif not low <= real(value, f"the start of {name}") <= high:
            told.append(f"the start of {name}, {num(value)}, is outside its bounds: it begins at the nearest one")
    return told


def beginning(problem: Problem, how: How) -> tuple[Vector, Starts | None]:
    """Where to begin: as said, searched where nothing is said, or at 0 for methods that one watches."""
    start = {name: real(value, f"the start of {name}") for name, value in (how.start or {}).items()}
    start |= gaps_at(problem, start)
    if how.method not in SEARCHED or all([name in start for name in problem.names]):
        return starting(problem.names, start), None
    if not problem.plan.loss.squares:  # what only the loss knows no square determines
        start = {**{name: 1.0 for name in problem.plan.loss.names if name in problem.names}, **start}
    seen = None if how.seen is None else Told(how.seen)
    starts = search(problem, start, seed=how.seed, seen=seen)
    return best_of(problem, starts, start), starts


def gaps_at(problem: Problem, start: Mapping[str, float]) -> dict[str, float]:
    """What a start says of the gaps of constraints; one that breaks a constraint is moved onto it."""
    at = {name: float(e.value) for name, e in problem.plan.tied.items() if isinstance(e, Num)} | dict(start)
    gaps = problem.plan.limits.gaps.items()
    told = {gap: e for gap, e in gaps if gap not in start and all(x.name in at for x in free_symbols(e))}
    return {gap: max(0.0, float(val(e, {x.name: at[x.name] for x in free_symbols(e)}))) for gap, e in told.items()}


def best_of(problem: Problem, starts: Starts, given: Mapping[str, float]) -> Vector:
    """Where squares are least; or a loss of prediction and response, of all places the search has met."""
    if problem.plan.loss.of_residual:
        return starts.at
    loss = DataLoss(problem)
    plain = [starting(problem.names, {**dict.fromkeys(problem.names, value), **given}) for value in (0.0, 1.0)]
    places = [starts.at, *[candidate.at for candidate in starts.candidates], *plain]
    losses = [loss(at)[0] for at in places]
    return places[int(np.argmin(np.where(np.isfinite(losses), losses, np.inf)))]


class Told:
    """A search as steps with a loss."""

    def __init__(self, seen: Seen) -> None:
        self.seen, self.step = seen, 0

    def __call__(self, at: Vector, loss: float) -> None:
        self.step += 1
        self.seen(self.step, loss)


def lower(found: Found, how: How) -> Found:
    """Newton's end where it is lower: a loss that a user made may fall without end, or where its weights are none."""
    if found.outcome.reason == "interrupted" or not math.isfinite(found.outcome.end.loss):
        return found
    first = found.outcome.history.states[0]
    endless = found.outcome.end.loss < abyss(first.loss)
    try:
        further = down(found.problem, first.at if endless else found.outcome.end.at, how)
    except FitError:  # slopes whose squares are no floats: Newton cannot tell
        return found
    gained = found.outcome.end.loss - further.outcome.end.loss
    return further if endless or gained > LESS * abs(found.outcome.end.loss) else found


def down(problem: Problem, at: Vector, how: How) -> Found:
    """Down the mean loss by a method of the table; Newton's, where none is asked for."""
    plan = problem.plan
    if plan.spreads:
        raise FitError(
            f"the method {how.method!r} knows no errors in {listed(plan.spreads)}",
            Advice("take ", Setting("method", "lm")),
        )
    if plan.loss.of_residual and not plan.loss.squares:
        problem = problem.rescaled(1.0 if how.loss_scale is None else how.loss_scale)
    objective = DataLoss(problem)
    lower, upper = plan.ends
    at = at if lower is None else np.clip(at, lower, upper)
    loss, slopes = objective(at)
    if not (np.isfinite(loss) and np.isfinite(slopes).all()):
        refuse(problem, at)
    check_sizes(problem, at)
    method = "newton" if how.method in SEARCHED else how.method
    steps, small = limits(how.rates.steps, TOLERANCE if how.tolerance is None else how.tolerance)
    outcome, words = descended(
        objective, at, method, how.rates, steps=steps, tolerance=small, lower=lower, upper=upper, seen=how.seen
    )
    return Found(problem, outcome, words)


def notes_on(data: Data, inputs: Sequence[str], wanted: int) -> list[str]:
    """What a reader of the result should know about the data."""
    notes = []
    if len(data) < wanted:
        few = f"{counted(len(data), 'row')} for {counted(wanted, 'parameter')}"
        notes.append(f"{few}: many values fit equally well, and the start decides which")
    for name in inputs:
        column = data.columns[name]
        if len(data) > 1 and column[0] == column[-1] and (column == column[0]).all():
            notes.append(f"the column {name} is {num(column[0])} in every row")
    return notes
