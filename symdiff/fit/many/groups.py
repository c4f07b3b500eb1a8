"""`fit_many`: one model fitted to each group of rows, or to each series of an array, all at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from symdiff.errors import DataError, FitError
from symdiff.fit.advice import Advice, Setting
from symdiff.fit.data.reading import Source
from symdiff.fit.data.table import Vector
from symdiff.fit.defined import refuse
from symdiff.fit.descent.options import limits
from symdiff.fit.many.deviations import deviations_of, robust_deviations_of
from symdiff.fit.many.fits import Fits
from symdiff.fit.many.grouping import Grouping, grouped, has_series, raveled, series
from symdiff.fit.many.march import CONVERGED, ENDS, March, Seen
from symdiff.fit.many.seeding import Search
from symdiff.fit.many.stacked import Groups, Stacked, Truth
from symdiff.fit.many.sturdy import robust, scaled, squared
from symdiff.fit.many.task import Asked, Task, given_starts
from symdiff.fit.problem import Problem, plan_for
from symdiff.fit.request import Bounds, Models, asked, paired
from symdiff.fit.words import counted, listed
from symdiff.text.parse import Formula

STEPS: Final = 200
EXPLAINED: Final = 100  # groups without a value of which it is worked out why
Starts = Mapping[str, Any]


def fit_many(
    model: Models,
    data: Source,
    by: str | Sequence[str] | None = None,
    y: Formula | Sequence[Formula] | None = "y",
    x: str | Sequence[str] | None = None,
    start: Starts | None = None,
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
    steps: int = STEPS,
    seed: int = 0,
    seen: Seen | None = None,
) -> Fits:
    """The parameters of one model for each group of rows, each found by least squares on its own.

    Groups are the rows with the same label in the column `by` (or in several columns), in any order and of any sizes;
    or, without `by`, the series along the last axis of arrays, as y of shape (..., n) and x of shape (n,) or (..., n).
    The model is differentiated and compiled once, and all groups are searched at the same time by Levenberg and
    Marquardt's method (More 1978) on their reduced systems.

    `start` gives a number for a parameter, the same for all groups, or one for each: an array in the order of the
    groups (in which their labels come first in the data), or a mapping of labels to numbers. What it does not give is
    found: by a search on a few groups, whose ends are starts for the others. Groups that fail, or end far worse than
    the others, are tried again from where others ended. The other arguments are those of `fit`. Robust losses have a
    scale for each group; likelihoods and other losses of f and y, and errors in x, are fitted group by group.
    `seen(ended, groups)` is told after every round.

    A group that cannot be fitted is listed with its reason in `.failed`, and stops no other. Raises FitError and
    DataError for what concerns all groups.

    >>> data = {"site": ["a", "a", "a", "b", "b", "b"], "x": [0, 1, 2, 0, 1, 2], "y": [1, 3, 5, 0, 3, 6]}
    >>> found = fit_many("m*x + c", data, by="site")
    >>> found.labels, found.values["m"].round(9).tolist(), found["b"].values["m"].__round__(9)
    (['a', 'b'], [2.0, 3.0], 3.0)
    """
    options: dict[str, Any] = {
        "sigma": sigma, "absolute_sigma": absolute_sigma, "weights": weights, "sigma_x": sigma_x, "bounds": bounds,
        "fixed": fixed, "tied": tied, "constraints": constraints, "loss": loss,
    }  # fmt: skip
    steps, _ = limits(steps, 0.0)
    rows, grouping = sorted_out(model, data, by, y, x, options)
    ask, found = asked(model, rows, y, x, tuple(start or ()), **options)
    if grouping is None:
        assert by is not None
        grouping = grouped(found, by)
    if not grouping.labels:
        raise DataError("no row has a label", f"every cell of {by} is empty")
    again = Asked(model, y, x, {**options, "loss_scale": loss_scale, "seed": seed}, ask.sigmas, ask.spreads)
    starts = given_starts(start, grouping)
    task = Task(plan_for(ask, found), found, grouping, starts, again, steps, seed, seen)
    check_sizes(task)
    if task.plan.spreads or not task.plan.loss.of_residual:
        return one_by_one(task)
    return all_at_once(task, loss_scale)


def check_sizes(task: Task) -> None:
    """That some group has as many rows as parameters. Raises FitError."""
    if task.enough.any():
        return
    rows, wanted = counted(len(task.problem), "row"), counted(len(task.plan.free), "parameter")
    raise FitError(
        f"no group has enough rows for {wanted}: {rows} in {len(task):,} groups by {listed(task.grouping.by)}",
        Advice("group by a column in which labels come again, with ", Setting("by"))
        if task.grouping.by != ("series",)
        else "give longer series, or fix parameters",
    )


def sorted_out(
    model: Models, data: Any, by: Any, y: Any, x: Any, options: dict[str, Any]
) -> tuple[Any, Grouping | None]:
    """The data as rows; and which row is in which group, if that is a matter of shape."""
    if by is not None:
        return data, None
    if not has_series(data):
        hint = Advice("say with ", Setting("by", "site"), " which column labels them, or give y the shape (..., n)")
        raise FitError("nothing tells the groups apart", hint)
    response = paired(model, y)[1][0]
    name = response if isinstance(response, str) and response.isidentifier() else "y"
    columns, grouping = series(data, (x,) if isinstance(x, str) else tuple(x or ("x",)), name)
    shape = (*grouping.shape, len(next(iter(columns.values()))) // max(1, len(grouping.labels)))
    for option in ("sigma", "weights", "sigma_x"):
        if hasattr(options[option], "shape") or isinstance(options[option], list):
            options[option] = raveled(options[option], shape)
    return columns, grouping


def all_at_once(task: Task, loss_scale: float | None) -> Fits:
    """Every group by stacked systems."""
    found = blank(task)
    which = np.flatnonzero(task.enough)
    if len(which):
        ended, found.loss[which], (deviations, determined) = stacked(task, loss_scale)
        found.at[which], found.deviations[which] = ended.at, deviations
        found.at[which[ended.ends == ENDS.index("undefined")]] = np.nan
        words = np.where(determined | (ended.ends != CONVERGED), np.array(ENDS)[ended.ends], "undetermined")
        for i, word in zip(which.tolist(), words.tolist(), strict=True):
            found.ends[i] = word
        for i in which[words == "undefined"][:EXPLAINED].tolist():
            found.said[i] = refusal(task, i)
    return found


def refusal(task: Task, group: int) -> str:
    """Why a group has no loss to begin with."""
    rows = np.flatnonzero(task.codes == group)
    problem = task.problem
    one = Problem(task.plan, problem.data.take(rows), {name: column[rows] for name, column in problem.named.items()})
    start = task.start_of(group) or {}
    try:
        refuse(one, np.array([start.get(name, 0.0) for name in task.plan.free]))
    except FitError as error:
        return error.message


Errors = tuple[Stacked, Truth]


def stacked(task: Task, loss_scale: float | None) -> tuple[March, Vector, Errors]:
    """The ends of the groups that have enough rows, their sums of squares, and their errors."""
    problem, order, plan = task.problem, task.order, task.plan
    arrays = problem.arrays if order is None else [column[order] for column in problem.arrays]
    groups = Groups(plan, arrays, task.sizes[task.enough])
    given = {name: column[task.enough] for name, column in task.starts.items()}
    search = Search(groups, problem, order, given, task.steps, task.seed)
    if plan.loss.squares:
        ended = search.run(task.seen)
        return ended, ended.stack.loss, deviations_of(plan, ended.at, ended.stack, groups.sizes)
    ended, scale = robust(groups, search.start(), loss_scale, task.steps, task.seen)
    rss = np.where(np.isfinite(ended.stack.loss), squared(groups, ended.at), np.nan)
    return ended, rss, robust_deviations_of(scaled(groups, scale), ended.at, ended.stack.loss)


def one_by_one(task: Task) -> Fits:
    """Every group by `fit`, for what has no stacked form."""
    found = blank(task)
    for i in np.flatnonzero(task.sizes).tolist():
        try:
            one = task.fit(i)
        except (FitError, DataError) as error:
            found.ends[i], found.said[i] = "refused", error.message
            continue
        found.at[i] = [one.values[name] for name in task.plan.free]
        found.deviations[i] = [one.errors[name] for name in found.parameters]
        found.loss[i], found.ends[i] = one.rss, one.reason
        if one.reason != "converged":
            found.said[i] = one.outcome.why
        elif not task.enough[i] or np.isinf(found.deviations[i]).any():
            found.ends[i] = "undetermined" if task.enough[i] else "too few rows"
        if task.seen is not None:
            task.seen(i + 1, len(task))
    return found


def blank(task: Task) -> Fits:
    """The fits with nothing found yet."""
    g, plan = len(task), task.plan
    parameters = {*plan.parameters, *plan.free}
    at, deviations = np.full((g, len(plan.free)), np.nan), np.full((g, len(parameters)), np.nan)
    ends = np.where(task.sizes == 0, "no rows", "too few rows").tolist()
    return Fits(task, at, deviations, np.full(g, np.nan), ends)
