"""How far along a way: to a place that fulfils the strong Wolfe conditions (Nocedal and Wright 2006, 3.5 and 3.6)."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from symdiff.fit.data.table import Vector
from symdiff.fit.methods.parts import Ground, State

FALL: Final = 1e-4  # of the fall that the slope promises: what a step must bring
ROUNDING: Final = 1e-15  # of the loss: a rise that may be none
TRIALS: Final = 40
GROWTH: Final = 4.0
LONGEST: Final = 1e300


class Trial(NamedTuple):
    """A place along the way: how far, the loss there, its slope along the way, and the whole state."""

    t: float
    loss: float
    slope: float
    state: State


class Wolfe:
    """A step along which the loss falls enough and its slope has flattened to `share` of what it was.

    The first trial is the whole way, but for the first step, whose length is a guess: so near a minimum a method of
    Newton's kind takes its own steps.
    """

    def __init__(self, ground: Ground, share: float = 0.9, remembers: bool = False) -> None:
        self.ground, self.share, self.remembers = ground, share, remembers
        self.gain: float | None = None

    def __call__(self, state: State, way: Vector) -> State | None:
        way = self.ground.box.allowed(state.at, way)
        if not (float(way @ state.slopes) < 0 and np.isfinite(way).all()):
            return None
        found = Search(self.ground, state, way, self.share).run(self.first(state, way))
        if found is None:
            self.gain = None
            return None
        self.gain = state.loss - found.loss
        return found

    def first(self, state: State, way: Vector) -> float:
        """The first length to try: 1, unless nothing is known of the scale, or the last gain says more."""
        slope = -float(way @ state.slopes)
        if self.gain is None:
            return min(1.0, (1.0 + float(np.abs(state.at).max())) / float(np.abs(way).max()))
        if not self.remembers:
            return 1.0
        return max(2.02 * self.gain / slope, 1e-30) if self.gain > 0 else 1.0


class Search:
    """A search from one state along one way."""

    def __init__(self, ground: Ground, state: State, way: Vector, share: float) -> None:
        self.ground, self.state, self.way, self.share = ground, state, way, share
        self.slope = float(way @ state.slopes)
        self.reach = ground.box.reach(state.at, way)
        self.slack = ROUNDING * abs(state.loss)
        self.left = TRIALS

    def at(self, t: float) -> Trial:
        """What is found after t times the way."""
        self.left -= 1
        with np.errstate(all="ignore"):
            there = self.ground.box.inside(self.state.at + t * self.way)
        found = self.ground.state(self.state.step + 1, there)
        with np.errstate(all="ignore"):
            return Trial(t, found.loss, float(self.way @ found.slopes), found)

    def falls(self, trial: Trial) -> bool:
        """Whether the loss has fallen enough; near a minimum, where losses are all rounding, the slope tells."""
        if not (math.isfinite(trial.loss) and np.isfinite(trial.state.slopes).all()):
            return False
        if trial.loss <= self.state.loss + FALL * trial.t * self.slope:
            return True
        flat = (2 * FALL - 1) * self.slope  # Hager and Zhang 2005, the approximate condition
        return trial.loss <= self.state.loss + self.slack and trial.slope <= flat

    def flat(self, trial: Trial) -> bool:
        """Whether the slope is small enough."""
        return abs(trial.slope) <= self.share * -self.slope

    def run(self, t: float) -> State | None:
        """Algorithm 3.5: lengthen until a minimum is behind, then look for it between."""
        before = Trial(0.0, self.state.loss, self.slope, self.state)
        t = min(t, self.reach)
        while self.left > 0:
            trial = self.at(t)
            if not self.falls(trial) or (before.t > 0 and trial.loss > before.loss):
                return self.between(before, trial)
            if self.flat(trial) or t >= self.reach:
                return trial.state
            if trial.slope >= 0:
                return self.between(trial, before)
            before, t = trial, min(GROWTH * t, self.reach)
            if t > LONGEST:
                break
        return before.state if before.t > 0 else None

    def between(self, low: Trial, high: Trial) -> State | None:
        """Algorithm 3.6: a place between, `low` the end where the loss is lower."""
        while self.left > 0 and abs(high.t - low.t) > 1e-16 * max(high.t, low.t):
            trial = self.at(self.guess(low, high))
            if not self.falls(trial) or trial.loss > low.loss + self.slack:
                high = trial
                continue
            if self.flat(trial):
                return trial.state
            if trial.slope * (high.t - low.t) >= 0:
                high = low
            low = trial
        return low.state if low.t > 0 else None

    def guess(self, low: Trial, high: Trial) -> float:
        """The minimum of the cubic through both ends, well inside; the middle where there is none."""
        middle = low.t + (0.5 if math.isfinite(high.loss) else 0.1) * (high.t - low.t)
        if not (math.isfinite(high.loss) and math.isfinite(high.slope)):
            return middle
        width = high.t - low.t
        with np.errstate(all="ignore"):
            a = low.slope + high.slope - 3 * (high.loss - low.loss) / width
            inside = a * a - low.slope * high.slope
            if not inside > 0:
                return middle
            root = math.copysign(math.sqrt(inside), width)
            below = high.slope - low.slope + 2 * root
            share = 1 - (high.slope + root - a) / below if below else 0.5
        return low.t + min(max(share, 0.1), 0.9) * width if math.isfinite(share) else middle
