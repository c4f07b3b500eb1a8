"""Going down a loss by its exact slopes: the methods, small records of parts; the walk they share; when to stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias

import numpy as np

from symdiff.fit.foresight import equilibrated, rates_each
from symdiff.fit.objective import Objective
from symdiff.fit.table import Vector
from symdiff.fit.words import num

Memory: TypeAlias = tuple[Vector, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """How slopes become a move.

    `begin(objective, at)` gives the memory before the first step, `move(memory, slopes)` what is subtracted from the
    parameters and the next memory. `rates` are the rates if they are given once for all. A method with `calmer` takes
    no step that raises the loss, but tries again with calmer(memory); one with `renew` looks anew every AGAIN
    steps.
    """

    name: str
    begin: Callable[[Objective, Vector], Memory]
    move: Callable[[Memory, Vector], tuple[Vector, Memory]]
    rates: Vector | None = None
    momentum: float = 0.0
    calmer: Callable[[Memory], Memory] | None = None
    renew: Callable[[Memory, Objective, Vector], Memory] | None = None

    def words(self, names: Sequence[str]) -> str:
        """The method as a report names it."""
        rates = self.rates
        if rates is None:
            told = f"a rate each from the second derivatives, taken again every {AGAIN} steps"
        elif (rates == rates[0]).all():
            told = f"rate {num(rates[0])}"
        else:
            told = "a rate each, " + ", ".join(f"{name}: {num(rate)}" for name, rate in zip(names, rates, strict=True))
        return f"{self.name}, {told}" + (f", momentum {self.momentum:g}" if self.momentum else "")


def plain(rates: Vector) -> Method:
    """Gradient descent: p <- p - rate * slope, with a rate for each parameter (or the same in all places)."""
    return Method("gradient descent", lambda _, __: (), lambda memory, g: (rates * g, memory), rates)


def heavy_ball(rates: Vector, momentum: float) -> Method:
    """Descent with momentum: each move is `momentum` times the last one, plus rate * slope (Polyak 1964)."""

    def move(memory: Memory, g: Vector) -> tuple[Vector, Memory]:
        velocity = momentum * memory[0] + rates * g
        return velocity, (velocity,)

    return Method("gradient descent", lambda _, at: (np.zeros_like(at),), move, rates, momentum)


def adam(rates: Vector, first: float = 0.9, second: float = 0.999, floor: float = 1e-8) -> Method:
    """Adam: the running mean of the slopes over the running root of their squares (Kingma and Ba 2015, algorithm 1)."""

    def move(memory: Memory, g: Vector) -> tuple[Vector, Memory]:
        mean, square, step = memory[0], memory[1], memory[2] + 1
        mean = first * mean + (1 - first) * g
        square = second * square + (1 - second) * g**2
        size = np.sqrt(square / (1 - second**step)) + floor
        return rates * (mean / (1 - first**step)) / size, (mean, square, step)

    return Method("Adam", lambda _, at: (np.zeros_like(at), np.zeros_like(at), np.zeros(1)), move, rates)


AGAIN = 5  # steps between two looks at the curvature, where it changes


def chosen(objective: Objective, momentum: float) -> Method:
    """Gradient descent with a rate each, from the curvature: taken once if the loss is quadratic, else ever again."""

    def begin(objective: Objective, at: Vector) -> Memory:
        return np.zeros_like(at), steady(objective, at, momentum)

    def move(memory: Memory, g: Vector) -> tuple[Vector, Memory]:
        velocity = momentum * memory[0] + memory[1] * g
        return velocity, (velocity, memory[1])

    def calmer(memory: Memory) -> Memory:
        return np.zeros_like(memory[0]), memory[1] / 2

    def renew(memory: Memory, objective: Objective, at: Vector) -> Memory:
        return memory[0], steady(objective, at, momentum)

    if objective.quadratic:
        rates = steady(objective, np.zeros(len(objective.names)), momentum)
        return heavy_ball(rates, momentum) if momentum else plain(rates)
    return Method("gradient descent", begin, move, None, momentum, calmer, renew)


def steady(objective: Objective, at: Vector, momentum: float) -> Vector:
    """The rates that the curvature at a point suggests; 0 where it is beyond floats."""
    curvature = objective.curvature(at)
    return rates_each(curvature, momentum) if np.isfinite(curvature).all() else np.zeros_like(at)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Where a walk is: after how many steps, at which parameters, the loss there and its slopes."""

    step: int
    at: Vector
    loss: float
    slopes: Vector


ROUNDING = 1e-13  # of the loss: less than this is no rise and no fall
FLOOR = ROUNDING**2  # of the first loss: what the squares of rounding errors add up to


def walk(objective: Objective, start: Vector, method: Method) -> Iterator[State]:
    """The states of a descent, without end, from the start on."""
    at = start
    loss, slopes = objective(at)
    memory = method.begin(objective, at)
    for step in count():
        yield State(step, at, loss, slopes)
        if method.renew and step and step % AGAIN == 0:
            memory = method.renew(memory, objective, at)
        with np.errstate(all="ignore"):
            move, memory = method.move(memory, slopes)
            there = at - move
        loss_there, slopes_there = objective(there)
        if method.calmer and not loss_there <= loss + ROUNDING * abs(loss):
            memory = method.calmer(memory)
        else:
            at, loss, slopes = there, loss_there, slopes_there


@dataclass(slots=True, eq=False)
class Watch:
    """Looks at each state of a walk and says when to stop, and why.

    converged   every slope has fallen to `tolerance` of the largest it was
    level       the loss does not change any more (`settled` says whether that is a minimum)
    stalled     no better loss for PATIENCE steps
    diverged    the loss is beyond floats, or has grown out of all proportion and goes on growing
    steps       the steps allowed have been taken
    """

    steps: int
    tolerance: float
    largest: Vector = field(default_factory=lambda: np.zeros(1))
    first: float = math.nan
    best: State | None = None
    anchor: float = math.nan
    anchored: int = 0
    last: float = math.inf
    rises: int = 0

    LEVEL = 50
    PATIENCE = 1000
    GROWTH = 1e6
    RISES = 5

    def verdict(self, state: State) -> str | None:
        """The reason to stop at this state, if there is one."""
        if not (math.isfinite(state.loss) and np.isfinite(state.slopes).all() and np.isfinite(state.at).all()):
            return "diverged"
        self.note(state)
        if np.all(np.abs(state.slopes) <= self.tolerance * self.largest):
            return "converged" if state.step else "level"
        if self.rises >= self.RISES and self.risen(state) > self.GROWTH:
            return "diverged"
        if state.step - self.anchored >= self.LEVEL:
            return "level"
        if state.step - self.lowest.step >= self.PATIENCE:
            return "stalled" if state.loss <= self.first else "diverged"
        return "steps" if state.step >= self.steps else None

    def risen(self, state: State) -> float:
        """How far the loss is above the first, in units of its size and of how far it had fallen."""
        unit = abs(self.first) + self.first - self.lowest.loss
        return (state.loss - self.first) / unit if unit else math.inf

    def note(self, state: State) -> None:
        """Remember what later verdicts compare with."""
        self.largest = np.maximum(self.largest, np.abs(state.slopes))
        if self.best is None:
            self.first = state.loss
        if self.best is None or state.loss < self.best.loss:
            self.best = state
        self.rises = self.rises + 1 if state.loss > self.last else 0
        self.last = state.loss
        slack = (
            ROUNDING * abs(state.loss) + self.floor / 100
        )  # well below the floor, or a slow fall would count as none
        if not abs(state.loss - self.anchor) <= slack:
            self.anchor, self.anchored = state.loss, state.step

    @property
    def floor(self) -> float:
        """What rounding leaves of a loss that falls to 0."""
        return FLOOR * abs(self.first)

    @property
    def lowest(self) -> State:
        """The state with the smallest loss so far."""
        if self.best is None:
            raise RuntimeError("no state was seen yet")
        return self.best

    def left(self, state: State) -> float:
        """How much is left of the largest slope, in the parameter where it is most."""
        with np.errstate(all="ignore"):
            return float(np.max(np.where(self.largest > 0, np.abs(state.slopes) / self.largest, 0.0)))


SETTLED = 1e-9  # of the loss: what may still be gained at a point that counts as a minimum


def settled(objective: Objective, state: State, floor: float) -> str:
    """Where a descent came to rest: "minimum", "saddle", "flat", or "slope": one too gentle for its steps.

    The Hessian tells: a negative eigenvalue makes a saddle, and g' H^-1 g / 2 is what is left to gain. Gains up to
    `floor` are rounding.
    """
    hessian = objective.hessian(state.at)
    if not np.isfinite(hessian).all():
        return "flat"
    scaled, scale = equilibrated(hessian)
    values, vectors = np.linalg.eigh(scaled)
    largest = float(np.abs(values).max())
    if values[0] < -1e-9 * largest:
        return "saddle"
    if not largest:
        return "minimum" if objective.quadratic else "flat"
    curved = values > 1e-12 * largest
    along = vectors[:, curved].T @ (scale * state.slopes)
    gain = float(along @ (along / values[curved])) / 2
    return "minimum" if gain <= SETTLED * abs(state.loss) + floor else "slope"
