"""Steps by rates: one for all parameters or one each, constant, by a schedule, or taken from the Hessian."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from symdiff.core.expr import Expr
from symdiff.core.fold import free_symbols
from symdiff.errors import FitError, nearest
from symdiff.fit.data.table import Vector
from symdiff.fit.descent.foresight import rates_each
from symdiff.fit.descent.objective import Objective
from symdiff.fit.methods.parts import Ground, State
from symdiff.fit.words import num
from symdiff.numeric.compile import compile
from symdiff.text.parse import Formula, expression
from symdiff.text.show import show

# fmt: off
# By what the rate is multiplied in step k = 0, 1, ... of n.
SCHEDULES: Final = {
    "constant":    "1",
    "exponential": "0.01^(k/n)",
    "step":        "0.1^floor(3*k/n)",
    "inverse":     "1/(1 + 10*k/n)",
    "cosine":      "(1 + cos(pi*k/n))/2",
    "warm-up":     "min(1, 10*(k + 1)/n)",
}
# fmt: on

Rate = float | str | Expr
Rates = Rate | Mapping[str, Rate]


class Pace:
    """The rates in step k: `rates` where they are the same in all steps, else what formulas of k and n say."""

    def __init__(self, base: Vector, formulas: Sequence[Expr] | None, steps: int, words: str) -> None:
        self.base, self.words, self.steps = base, words, float(steps)
        self.program = None if formulas is None else compile(formulas, "k n")

    @property
    def rates(self) -> Vector | None:
        """The rates, if they stay the same."""
        return self.base if self.program is None else None

    def at(self, k: int, steps: float | None = None) -> Vector:
        """The rates in one step, also if other `steps` were allowed; 0 where a schedule has no value."""
        if self.program is None:
            return self.base
        return np.asarray(
            np.nan_to_num(
                self.base * np.array(self.program(float(k), float(steps or self.steps))), posinf=0.0, neginf=0.0
            )
        )


def pace_of(rate: Rates, schedule: Formula | None, names: Sequence[str], steps: int) -> Pace:
    """The pace that rates and a schedule ask for. A rate may be a formula of k itself. Raises FitError, ParseError."""
    each = [each_of(rate, name) for name in names]
    words = rates_in_words(rate, each, names)
    formulas = [one if isinstance(one, Expr) else expression(1) for one in each]
    base = np.array([1.0 if isinstance(one, Expr) else one for one in each])
    if schedule is not None and schedule != "constant":
        factor = schedule_of(schedule)
        formulas = [factor * one for one in formulas]
        words += f", schedule {schedule if isinstance(schedule, str) and schedule in SCHEDULES else show(factor)}"
    fixed = all(not free_symbols(one) for one in formulas) and (schedule in (None, "constant"))
    return Pace(base, None if fixed else formulas, steps, words)


def each_of(rate: Rates, name: str) -> float | Expr:
    """The rate of one parameter: a number above 0, or a formula of k and n."""
    one = rate[name] if isinstance(rate, Mapping) and name in rate else rate
    if isinstance(one, Mapping):
        raise FitError(f"no rate for {name}", "give one number for all parameters, or one for each")
    what = f"rate of {name}" if isinstance(rate, Mapping) else "rate"
    if isinstance(one, str | Expr):
        formula = expression(one)
        return checked(formula, what) if free_symbols(formula) else positive(compile(formula, "")(), what)
    return positive(one, what)


def schedule_of(schedule: Formula) -> Expr:
    """The formula of a schedule. Raises FitError, ParseError."""
    if isinstance(schedule, str) and schedule.strip() in SCHEDULES:
        return expression(SCHEDULES[schedule.strip()])
    if isinstance(schedule, str) and (close := nearest(schedule, SCHEDULES)):
        raise FitError(f"there is no schedule {schedule!r}", f"did you mean {close!r}?")
    return checked(expression(schedule), "schedule")


def checked(formula: Expr, what: str) -> Expr:
    """A formula of k and n alone."""
    if others := [x.name for x in free_symbols(formula) if x.name not in ("k", "n")]:
        known = f"k, the number of the step, and n, how many are allowed; or choose from {', '.join(SCHEDULES)}"
        raise FitError(f"the {what} {show(formula)} has {', '.join(others)} in it", f"it may have {known}")
    return formula


def rates_in_words(rate: Rates, each: Sequence[float | Expr], names: Sequence[str]) -> str:
    """The rates as a report names them."""
    told = [show(one) if isinstance(one, Expr) else num(one) for one in each]
    if not isinstance(rate, Mapping) or len(set(told)) == 1:
        return f"rate {told[0]}" if told else "no rate"
    return "a rate each, " + ", ".join(f"{name}: {one}" for name, one in zip(names, told, strict=True))


def positive(value: object, what: str) -> float:
    """A float above 0. Raises FitError."""
    number = real(value, f"the {what}")
    if number <= 0:
        raise FitError(f"the {what} is {value!r}", "it must be above 0")
    return number


def real(value: object, what: str) -> float:
    """A finite float. Raises FitError."""
    try:
        number = float(value)  # type: ignore[arg-type]  # whatever has no float is caught
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise FitError(f"{what} is {value!r}", "it must be a finite number")
    return number


class Paced:
    """A step as long as the rates say, back into the box if it left it."""

    def __init__(self, ground: Ground, pace: Pace) -> None:
        self.ground, self.pace = ground, pace

    def __call__(self, state: State, way: Vector) -> State:
        with np.errstate(all="ignore"):
            there = self.ground.box.inside(state.at + self.pace.at(state.step) * way)
        return self.ground.state(state.step + 1, there)


AGAIN: Final = 5  # steps between two looks at the curvature, where it changes
ROUNDING: Final = 1e-13  # of the loss: less than this is no rise


class Curved:
    """A step by rates that follow the curvature: taken again every AGAIN steps, halved where the loss would rise."""

    def __init__(self, ground: Ground, boost: float = 1.0) -> None:
        self.ground, self.boost = ground, boost
        self.rates: Vector | None = None

    def __call__(self, state: State, way: Vector) -> State:
        if self.rates is None or state.step % AGAIN == 0:
            self.rates = self.boost * steady(self.ground.objective, state.at)
        with np.errstate(all="ignore"):
            there = self.ground.box.inside(state.at + self.rates * way)
        found = self.ground.state(state.step + 1, there)
        if found.loss <= state.loss + ROUNDING * abs(state.loss):
            return found
        self.rates = self.rates / 2
        return state._replace(step=state.step + 1)


def steady(objective: Objective, at: Vector) -> Vector:
    """The rates that the curvature at a place suggests; 0 where it is beyond floats."""
    curvature = objective.curvature(at)
    return rates_each(curvature) if np.isfinite(curvature).all() else np.zeros_like(at)
