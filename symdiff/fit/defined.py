"""Whether there is anything to begin with: a model without value at the start, or in some row wherever one starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

import numpy as np

from symdiff.errors import FitError
from symdiff.fit.advice import Advice, Setting
from symdiff.fit.data.table import Vector
from symdiff.fit.problem import Problem, problem_of
from symdiff.fit.words import counted, listed
from symdiff.text.show import show

LARGEST = 1e150  # beyond it a square is no float, and a sum of squares no loss
SMALLEST = 1e-150
MANY = 10_000  # rows that show how large slopes are


def refuse(problem: Problem, at: Vector) -> NoReturn:
    """Say why there is no loss at a start, and what to do. Raises FitError."""
    check_sizes(problem, at)
    models = listed([show(model) for model in problem.plan.models])
    check_rows(problem, at, models)
    place = listed([f"{name} = {value:g}" for name, value in zip(problem.names, at, strict=True)])
    ones = np.where(at == 0, 1.0, at)
    tried = Setting("start", dict(zip(problem.names, ones.tolist(), strict=True)))
    elsewhere = Advice("say with ", Setting("start"), " where to begin; columns of huge numbers want another unit")
    hint = Advice("it has at ", tried) if (ones != at).any() and has_value(problem, ones) else elsewhere
    raise FitError(f"the model {models} has no finite loss and slopes at the start {place}", hint)


def check_sizes(problem: Problem, at: Vector) -> None:
    """That the squares of what is measured, and of the slopes of the model, are floats. Raises FitError."""
    check_targets(problem)
    some = problem if len(problem) <= MANY else problem_of(problem.plan, problem.data.take(slice(0, MANY)))
    _, slopes = some.linearised(at)
    for name, size in zip(problem.names, np.abs(slopes).max(axis=1).tolist(), strict=True):
        if out_of_range(size):
            raise FitError(
                f"the model changes by {size:.0e} with {name}, and the square of that is beyond floats",
                f"bring the columns to sizes near 1 in the formula, as in x/{size:.0e}",
            )


def check_targets(problem: Problem) -> None:
    """That the squares of what is measured are floats. Raises FitError."""
    for response, target in zip(problem.plan.responses, problem.targets, strict=True):
        largest = float(np.abs(target).max(initial=0.0))
        if out_of_range(largest):
            raise FitError(
                f"the largest of {show(response)} is {largest:.0e} in size, and its square is beyond floats",
                Advice("fit it in another unit, as ", Setting("y", f"{show(response)}/{largest:.0e}")),
            )


def out_of_range(size: float) -> bool:
    """Whether the square of a size is beyond floats, or so near to 0 that no digits are left."""
    return LARGEST < size < np.inf or 0 < size < SMALLEST


def check_rows(problem: Problem, at: Vector, models: str) -> None:
    """That the start is to blame, and no row: one may have no value wherever one begins. Raises FitError."""
    count = len(problem)
    bad = np.ones(count, bool)
    for place in (at, *places_around(len(at))):
        residuals, slopes = problem.linearised(place)
        bad &= ~(np.isfinite(residuals) & np.isfinite(slopes).all(axis=0)).reshape(-1, count).all(axis=0)
    if not bad.any():
        return
    first = int(np.flatnonzero(bad)[0])
    cells = listed([f"{name} = {problem.data.columns[name][first]:g}" for name in problem.inputs])
    others = f", nor in {counted(int(bad.sum()) - 1, 'other row')}" if bad.sum() > 1 else ""
    row = f"row {problem.data.rows[first]} ({cells})" if cells else f"row {problem.data.rows[first]}"
    raise FitError(
        f"the model {models} has no finite value and slopes in {row}{others}, at any start tried",
        "leave such rows out of the data, or write a formula that has a value there",
    )


def places_around(count: int) -> Iterator[Vector]:
    """Places of all sizes and signs, among which a model has a value somewhere if it has one at all."""
    sizes = 1 + 0.1 * np.arange(count)  # no two the same: a difference of parameters is not 0
    for sign in (np.ones(count), -np.ones(count), (-1.0) ** np.arange(count), -((-1.0) ** np.arange(count))):
        for scale in (1e-3, 0.3, 1.0, 3.0, 1e3, 1e6):
            yield scale * sign * sizes


def has_value(problem: Problem, at: Vector) -> bool:
    """Whether residuals and slopes are finite at a place, and their squares."""
    residuals, slopes = problem.linearised(at)
    with np.errstate(all="ignore"):
        return bool(np.isfinite(residuals @ residuals) and np.isfinite(slopes).all())
