"""What a caller asks of a fit, checked: method, rates, start, limits; and that there is a loss to begin with."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from symdiff.errors import FitError, nearest
from symdiff.fit.advice import Advice, Setting
from symdiff.fit.descent import Method, adam, chosen, heavy_ball, plain
from symdiff.fit.foresight import Rate
from symdiff.fit.models import Problem
from symdiff.fit.objective import LeastSquares, Objective
from symdiff.fit.table import Vector
from symdiff.fit.words import counted
from symdiff.text.show import show

ADAM_RATE: Final = 0.1
MOMENTUM: Final = 0.9
LARGEST: Final = 1e150  # beyond it a square is no float, and a mean of squares no loss
SMALLEST: Final = 1e-150


def method_of(name: object, objective: Objective, rate: Rate | None, momentum: float) -> Method:
    """The method that a name, rates and a momentum ask for."""
    if not 0 <= real(momentum, "the momentum") < 1:
        raise FitError(f"the momentum is {momentum}", "it is the share of a move that is kept: at least 0, below 1")
    if (make := METHODS.get(str(name))) is None:
        close = nearest(str(name), METHODS)
        hint = f"did you mean {close!r}?" if close else f"choose from {', '.join(METHODS)}"
        raise FitError(f"there is no method {name!r}", hint)
    return make(objective, rate, momentum)


def descent_method(objective: Objective, rate: Rate | None, momentum: float) -> Method:
    """Descent with the rates given, or with rates taken from the curvature."""
    if rate is None:
        return chosen(objective, momentum)
    rates = rates_of(rate, objective.names)
    return heavy_ball(rates, momentum) if momentum else plain(rates)


def momentum_method(objective: Objective, rate: Rate | None, momentum: float) -> Method:
    """The same with a momentum in any case."""
    return descent_method(objective, rate, momentum or MOMENTUM)


def adam_method(objective: Objective, rate: Rate | None, momentum: float) -> Method:
    """Adam with the rates given, or its own."""
    if momentum:
        raise FitError("Adam has a momentum of its own", "leave momentum out")
    return adam(rates_of(ADAM_RATE if rate is None else rate, objective.names))


METHODS: Final[dict[str, Callable[[Objective, Rate | None, float], Method]]] = {
    "auto": descent_method,
    "descent": descent_method,
    "momentum": momentum_method,
    "adam": adam_method,
}


def rates_of(rate: Rate, names: Sequence[str]) -> Vector:
    """One rate for each parameter."""
    if not isinstance(rate, Mapping):
        return np.full(len(names), positive(rate, "rate"))
    if missing := [name for name in names if name not in rate]:
        raise FitError(f"no rate for {', '.join(missing)}", "give one number for all parameters, or one for each")
    return np.array([positive(rate[name], f"rate of {name}") for name in names])


def starting(names: Sequence[str], start: Mapping[str, float] | None) -> Vector:
    """Where to begin: 0 where nothing else is said."""
    return np.array([real((start or {}).get(name, 0.0), f"the start of {name}") for name in names])


def real(value: object, what: str) -> float:
    """A finite float. Raises FitError."""
    try:
        number = float(value)  # type: ignore[arg-type]  # whatever has no float is caught
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise FitError(f"{what} is {value!r}", "it must be a finite number")
    return number


def positive(value: object, what: str) -> float:
    """A float above 0. Raises FitError."""
    number = real(value, f"the {what}")
    if number <= 0:
        raise FitError(f"the {what} is {value!r}", "it must be above 0")
    return number


def limits(steps: object, tolerance: object) -> tuple[int, float]:
    """How many steps at most, and how small a slope is small. Raises FitError."""
    if not isinstance(steps, int | np.integer) or steps < 0:
        raise FitError(f"the number of steps is {steps!r}", "it must be a whole number, 0 or more")
    small = real(tolerance, "the tolerance")
    if not 0 <= small < 1:
        raise FitError(f"the tolerance is {tolerance!r}", "it is a share of the largest slope: at least 0, below 1")
    return int(steps), small


def check_target(problem: Problem) -> None:
    """That the squares of what is measured are floats."""
    largest = float(np.abs(problem.target).max())
    if out_of_range(largest):
        size = f"the largest of {show(problem.response)} is {largest:.0e} in size, and its square is beyond floats"
        raise FitError(
            size, Advice("fit it in another unit, as ", Setting("y", f"{show(problem.response)}/{largest:.0e}"))
        )


def check_slopes(objective: LeastSquares, at: Vector) -> None:
    """That the squares of the slopes of the model, which are its curvature, are floats."""
    _, slopes = objective.linearised(at)
    for name, size in zip(objective.names, np.abs(slopes).max(axis=1).tolist(), strict=True):
        if out_of_range(size):
            raise FitError(
                f"the model changes by {size:.0e} with {name}, and the square of that is beyond floats",
                f"bring the columns to sizes near 1 in the formula, as in x/{size:.0e}",
            )


def out_of_range(size: float) -> bool:
    """Whether the square of a size is beyond floats, or so near to 0 that no digits are left."""
    return size > LARGEST or 0 < size < SMALLEST


def check_rows(problem: Problem, objective: LeastSquares, at: Vector) -> None:
    """That where there is no loss the start is to blame, and no row: one may have no value wherever one begins."""
    if has_value(objective, at):
        return
    bad = np.ones(len(problem.target), bool)
    for place in (at, *places_around(len(at))):
        with np.errstate(all="ignore"):
            bad &= ~np.isfinite(np.vstack(objective.linearised(place))).all(axis=0)
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        cells = ", ".join(f"{name} = {column[first]:g}" for name, column in objective.columns.items())
        others = f", nor in {counted(int(bad.sum()) - 1, 'other row')}" if bad.sum() > 1 else ""
        row = f"row {problem.data.rows[first]} ({cells})" if cells else f"row {problem.data.rows[first]}"
        raise FitError(
            f"the model {show(problem.model)} has no finite value and slopes in {row}{others}, at any start tried",
            "leave such rows out of the data, or write a formula that has a value there",
        )


def places_around(count: int) -> Iterator[Vector]:
    """Places of all sizes and signs, among which a model has a value somewhere if it has one at all."""
    sizes = 1 + 0.1 * np.arange(count)  # no two the same: a difference of parameters is not 0
    for sign in (np.ones(count), -np.ones(count), (-1.0) ** np.arange(count), -((-1.0) ** np.arange(count))):
        for scale in (1e-3, 0.3, 1.0, 3.0, 1e3, 1e6):
            yield scale * sign * sizes


def check_start(objective: Objective, at: Vector, what: str) -> None:
    """That there is a loss, with slopes, to begin with; if not, whether there is one with ones instead of zeros."""
    if has_value(objective, at):
        return
    place = ", ".join(f"{name} = {value:g}" for name, value in zip(objective.names, at, strict=True))
    ones = np.where(at == 0, 1.0, at)
    tried = Setting("start", dict(zip(objective.names, ones.tolist(), strict=True)))
    elsewhere = Advice("say with ", Setting("start"), " where to begin; columns of huge numbers want another unit")
    hint = Advice("it has at ", tried) if has_value(objective, ones) else elsewhere
    raise FitError(f"{what} has no finite loss and slopes at the start {place}", hint)


def has_value(objective: Objective, at: Vector) -> bool:
    """Whether the loss and its slopes are finite at a place."""
    loss, slopes = objective(at)
    return math.isfinite(loss) and bool(np.isfinite(slopes).all())
