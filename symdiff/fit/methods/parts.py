"""What a method of descent is made of: a direction, a step and a stop, and the walk that joins them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from symdiff.fit.data.table import Vector
from symdiff.fit.descent.objective import Objective

DESCENT: Final = "gradient descent"
AHEAD: Final = "Nesterov's method"


class State(NamedTuple):
    """Where a walk is: after how many steps, at which parameters, the loss there and its slopes.

    A slope is 0 where a bound forbids to follow it.
    """

    step: int
    at: Vector
    loss: float
    slopes: Vector

    def in_arrays(self) -> State:
        """The same with vectors for lists of floats, which some walks are made of."""
        return State(self.step, np.asarray(self.at), self.loss, np.asarray(self.slopes))


class Box:
    """Bounds of the parameters, in their order; without any nothing is asked of them."""

    def __init__(self, lower: Vector | None = None, upper: Vector | None = None) -> None:
        self.lower = np.array(-math.inf) if lower is None else lower
        self.upper = np.array(math.inf) if upper is None else upper
        self.bounded = bool(np.isfinite(self.lower).any() or np.isfinite(self.upper).any())

    def inside(self, at: Vector) -> Vector:
        """The nearest place within the bounds."""
        return np.clip(at, self.lower, self.upper) if self.bounded else at

    def held(self, at: Vector, slopes: Vector) -> NDArray[np.bool_]:
        """Which parameters rest on a bound beyond which the loss falls."""
        return np.asarray(((at <= self.lower) & (slopes > 0)) | ((at >= self.upper) & (slopes < 0)))

    def moving(self, at: Vector, slopes: Vector) -> NDArray[np.bool_]:
        """Which parameters may follow their slopes, given as 0 where they may not."""
        if not self.bounded:
            return np.ones(len(at), bool)
        return np.asarray(~((slopes == 0) & ((at <= self.lower) | (at >= self.upper))))

    def allowed(self, at: Vector, way: Vector) -> Vector:
        """A way without its parts that lead out of the box at once."""
        return np.where(self.held(at, -way), 0.0, way) if self.bounded else way

    def reach(self, at: Vector, way: Vector) -> float:
        """How many times a way can be gone until it meets a bound."""
        if not self.bounded:
            return math.inf
        with np.errstate(all="ignore"):
            ahead = np.where(way > 0, self.upper - at, self.lower - at)
            return float(np.min(np.where(way != 0, ahead / way, math.inf), initial=math.inf))


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What a walk goes over: a loss, within the bounds."""

    objective: Objective
    box: Box

    def state(self, step: int, at: Vector) -> State:
        """What is found at a place."""
        with np.errstate(all="ignore"):
            loss, slopes = self.objective(at)
            if self.box.bounded:
                slopes = np.where(self.box.held(at, slopes), 0.0, slopes)
        return State(step, at, loss, slopes)


class Direction(Protocol):
    """Which way to go next; it may remember where it was."""

    def __call__(self, state: State) -> Vector:
        """A way on which the loss falls at first."""


class Step(Protocol):
    """How far to go."""

    def __call__(self, state: State, way: Vector) -> State | None:
        """The next state; the same place if the step was refused, None where no step leads lower."""


class Pacing(Protocol):
    """How long the steps are, known beforehand."""

    def __call__(self, k: int, steps: float | None = None) -> Vector:
        """The rates in step k; if so many `steps` were allowed, of those that a schedule counts with."""


@dataclass(frozen=True, slots=True)
class Stop:
    """When a walk is over: `level` steps without a change of the loss, `patience` steps without a better one."""

    level: int = 50
    patience: int = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A way down, as parts that are made anew for each walk.

    `rates` are the rates if they multiply the slopes and are given once for all, `pace` what they are in each step if
    that is known beforehand; `searches` tells that steps are only taken where the loss falls.
    """

    name: str
    direction: Callable[[Ground], Direction]
    step: Callable[[Ground], Step]
    stop: Stop = Stop()
    settings: str = ""
    rates: Vector | None = None
    pace: Pacing | None = None
    momentum: float = 0.0
    searches: bool = False

    def words(self) -> str:
        """The method as a report names it."""
        return f"{self.name}, {self.settings}" if self.settings else self.name


def changed(before: State, after: State) -> bool:
    """Whether other parameters rest on their bounds: what was learned of the slopes no longer holds."""
    return bool(((before.slopes == 0) != (after.slopes == 0)).any())
