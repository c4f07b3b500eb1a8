"""When a walk is over, and where it came to rest: a minimum, a saddle, a plain, or a slope too gentle for its steps."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from symdiff.fit.data.table import Vector
from symdiff.fit.descent.foresight import equilibrated
from symdiff.fit.descent.objective import MANY, Objective
from symdiff.fit.methods.parts import State, Stop

Mask = NDArray[np.bool_]

ROUNDING: Final = 1e-13  # of the loss: less than this is no rise and no fall
FLOOR: Final = ROUNDING**2  # of the first loss: what the squares of rounding errors add up to
GROWTH: Final = 1e6
RISES: Final = 5
ABYSS: Final = 1e30  # times the size of the first loss: a loss that has fallen so far falls without end
SETTLED: Final = 1e-9  # of the loss: what may still be gained at a point that counts as a minimum


@dataclass(slots=True, eq=False)
class Watch:
    """Looks at each state of a walk and says when to stop, and why.

    converged   every slope has fallen to `tolerance` of the largest it was
    level       the loss does not change any more (`settled` says whether that is a minimum)
    stalled     no better loss for `patience` steps
    diverged    the loss is beyond floats, or has grown out of all proportion and goes on growing
    endless     the loss falls beyond all bounds
    steps       the steps allowed have been taken
    """

    steps: int
    tolerance: float
    stop: Stop = field(default_factory=Stop)
    sizes: list[float] | Vector = field(default_factory=list)
    first: float = math.nan
    abyss: float = -math.inf
    start: Vector = field(default_factory=lambda: np.zeros(1))
    best: State | None = None
    anchor: float = math.nan
    anchored: int = 0
    last: float = math.inf
    rises: int = 0

    def verdict(self, state: State) -> str | None:
        """The reason to stop at this state, if there is one."""
        if not finite(state):
            return "endless" if state.loss == -math.inf else "diverged"
        small = self.note(state)
        if state.loss < self.abyss:
            return "endless"
        if small:
            return "converged" if state.step else "level"
        if self.rises >= RISES and self.risen(state) > GROWTH:
            return "diverged"
        if state.step - self.anchored >= self.stop.level:
            return "level"
        if self.best is not None and state.step - self.best.step >= self.stop.patience:
            return "stalled" if state.loss <= self.first else "diverged"
        return "steps" if state.step >= self.steps else None

    def restart(self) -> None:
        """Wait anew for the loss to come to rest: the walk goes on from another place."""
        self.anchor, self.last, self.rises = math.nan, math.inf, 0

    def risen(self, state: State) -> float:
        """How far the loss is above the first, in units of its size and of how far it had fallen."""
        unit = abs(self.first) + self.first - self.lowest.loss
        return (state.loss - self.first) / unit if unit else math.inf

    def note(self, state: State) -> bool:
        """Remember what later verdicts compare with; whether all slopes are small."""
        loss = state.loss
        if self.best is None:
            self.first, self.start, self.best = loss, state.at, state
            self.abyss = abyss(loss, float(np.abs(state.slopes).max(initial=0.0)))
        elif loss < self.best.loss:
            self.best = state
        self.rises = self.rises + 1 if loss > self.last else 0
        self.last = loss
        # The slack is well below the floor, or a slow fall would count as none.
        if not abs(loss - self.anchor) <= ROUNDING * abs(loss) + 0.01 * FLOOR * abs(self.first):
            self.anchor, self.anchored = loss, state.step
        return self.measured(state.slopes)

    def measured(self, slopes: Vector | list[float]) -> bool:
        """Take in the sizes of slopes; whether all are small."""
        if isinstance(slopes, np.ndarray):
            sizes = np.abs(slopes)
            self.sizes = np.maximum(self.sizes, sizes) if len(self.sizes) else sizes
            return bool((sizes <= self.tolerance * self.sizes).all())
        if isinstance(self.sizes, np.ndarray):
            self.sizes = self.sizes.tolist()
        known, small, tolerance = self.sizes, True, self.tolerance
        for i, slope in enumerate(slopes):
            size = abs(slope)
            if size > tolerance * known[i]:
                small = False
                if size > known[i]:
                    known[i] = size
        return small

    @property
    def largest(self) -> Vector:
        """The largest that each slope has been."""
        return np.asarray(self.sizes)

    @property
    def floor(self) -> float:
        """What rounding leaves of a loss that falls to 0."""
        return FLOOR * abs(self.first)

    @property
    def lowest(self) -> State:
        """The state with the smallest loss so far."""
        if self.best is None:
            raise RuntimeError("no state was seen yet")
        return self.best.in_arrays()

    def left(self, state: State) -> float:
        """How much is left of the largest slope, in the parameter where it is most."""
        with np.errstate(all="ignore"):
            return float(np.max(np.where(self.largest > 0, np.abs(state.slopes) / self.largest, 0.0)))


def abyss(first: float, steep: float = 0.0) -> float:
    """The loss below which it falls without end, by the first loss and its largest slope."""
    return -ABYSS * (1 + abs(first) + steep)


def finite(state: State) -> bool:
    """Whether all numbers of a state are."""
    if state.slopes.__class__ is np.ndarray:
        return math.isfinite(state.loss) and bool(np.isfinite(state.slopes).all() and np.isfinite(state.at).all())
    return math.isfinite(state.loss + sum(state.slopes) + sum(state.at))


def settled(objective: Objective, state: State, floor: float, moving: Mask | None = None) -> str:
    """Where a descent came to rest: "minimum", "saddle", "flat", "edge", or "slope": one too gentle for its steps.

    The Hessian tells, of the parameters that are `moving`: a negative eigenvalue makes a saddle, and g' H^-1 g / 2 is
    what is left to gain. Gains up to `floor` are rounding.
    """
    moving = np.ones(len(state.at), bool) if moving is None else moving
    if len(state.at) > MANY or not moving.any():
        return "minimum"
    hessian = objective.hessian(state.at)[np.ix_(moving, moving)]
    if not np.isfinite(hessian).all():
        return "edge"
    scaled, scale = equilibrated(hessian)
    values, vectors = np.linalg.eigh(scaled)
    largest = float(np.abs(values).max())
    if values[0] < -1e-9 * largest:
        return "saddle"
    if not largest:
        return "minimum" if objective.quadratic else "flat"
    curved = values > 1e-12 * largest
    along = vectors[:, curved].T @ (scale * state.slopes[moving])
    with np.errstate(all="ignore"):
        gain = float(along @ (along / values[curved])) / 2
    return "minimum" if gain <= SETTLED * abs(state.loss) + floor else "slope"
