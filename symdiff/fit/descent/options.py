"""What a caller asks of a search, checked: where to begin, for how long; and that there is a loss to begin with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from symdiff.errors import FitError
from symdiff.fit.advice import Advice, Setting
from symdiff.fit.data.table import Vector
from symdiff.fit.descent.objective import Objective
from symdiff.fit.methods.rates import real


def starting(names: Sequence[str], start: Mapping[str, float] | None) -> Vector:
    """Where to begin: 0 where nothing else is said."""
    return np.array([real((start or {}).get(name, 0.0), f"the start of {name}") for name in names])


def limits(steps: object, tolerance: object) -> tuple[int, float]:
    """How many steps at most, and how small a slope is small. Raises FitError."""
    if not isinstance(steps, int | np.integer) or steps < 0:
        raise FitError(f"the number of steps is {steps!r}", "it must be a whole number, 0 or more")
    small = real(tolerance, "the tolerance")
    if not 0 <= small < 1:
        raise FitError(f"the tolerance is {tolerance!r}", "it is a share of the largest slope: at least 0, below 1")
    return int(steps), small


def check_start(objective: Objective, at: Vector, what: str) -> None:
    """That there is a loss, with slopes, to begin with; if not, whether there is one with ones instead of zeros."""
    if has_value(objective, at):
        return
    place = ", ".join(f"{name} = {value:g}" for name, value in zip(objective.names, at, strict=True))
    ones = np.where(at == 0, 1.0, at)
    tried = Setting("start", dict(zip(objective.names, ones.tolist(), strict=True)))
    elsewhere = Advice("say with ", Setting("start"), " where to begin, or write huge numbers in it in another unit")
    hint = Advice("it has at ", tried) if has_value(objective, ones) else elsewhere
    raise FitError(f"{what} has no finite loss and slopes at the start {place}", hint)


def has_value(objective: Objective, at: Vector) -> bool:
    """Whether the loss and its slopes are finite at a place."""
    loss, slopes = objective(at)
    return math.isfinite(loss) and bool(np.isfinite(slopes).all())
