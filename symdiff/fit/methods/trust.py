"""Newton's method in a trust region: the exact Hessian, also where it curves down; the way past saddles.

A step is the minimum of the quadratic model g'p + p'Hp/2 in the ball |D p| <= radius (More and Sorensen 1983; Nocedal
and Wright 2006, chapter 4), D the largest roots of the Hessian's diagonal met so far, so that units drop out. A model
with a negative eigenvalue has its minimum on the ball, along that direction if need be: so the walk leaves saddles.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from symdiff.fit.data.table import Square, Vector
from symdiff.fit.methods.parts import Ground, State

ACCEPTED: Final = 1e-4  # of the gain foreseen: what a step must bring
TRIALS: Final = 80  # radii tried from one place
EPS: Final = float(np.finfo(float).eps)
NOTHING: Final = 10 * EPS  # of the loss: a gain that rounding may hide


class Trust:
    """The step of Newton's method, or with another matrix than the Hessian one like it; the radius is remembered."""

    def __init__(self, ground: Ground, matrix: Callable[[Vector], Square] | None = None) -> None:
        self.ground, self.matrix = ground, matrix or ground.objective.hessian
        self.scale: Vector | None = None
        self.radius = Radius(math.nan)

    def __call__(self, state: State, way: Vector) -> State | None:
        H = self.matrix(state.at)
        moving = self.ground.box.moving(state.at, state.slopes)
        if not moving.any() or not np.isfinite(H).all():
            return None
        self.rescale(state, H)
        assert self.scale is not None
        model = Model(state.slopes[moving], H[np.ix_(moving, moving)], self.scale[moving])
        for _ in range(TRIALS):
            if not self.radius.value > 1e-3 * EPS * float(np.linalg.norm(self.scale * state.at)):
                return None
            step = np.zeros(len(moving))
            step[moving] = model.step(self.radius.value)
            there = self.ground.box.inside(state.at + step)
            step = there - state.at
            if not step.any():
                return None
            found = self.ground.state(state.step + 1, there)
            foreseen = -(float(state.slopes @ step) + float(step @ H @ step) / 2)
            if self.radius.judged(state, found, float(np.linalg.norm(self.scale * step)), foreseen):
                return found
        return None

    def rescale(self, state: State, H: Square) -> None:
        """Take in a new Hessian: its scale, and at the start the first radius."""
        roots = np.sqrt(np.abs(np.diagonal(H)))
        largest = float(roots.max(initial=0.0)) or 1.0
        first = self.scale is None
        self.scale = np.where(roots > 0, roots, 1e-8 * largest) if self.scale is None else np.maximum(self.scale, roots)
        if first:
            self.radius.value = float(np.linalg.norm(self.scale * state.at)) or float(np.linalg.norm(self.scale))


class Radius:
    """How far a model is trusted."""

    def __init__(self, value: float) -> None:
        self.value = value

    def judged(self, state: State, found: State, length: float, foreseen: float) -> bool:
        """Whether to go so far, and the next radius, from how much of the gain foreseen was had."""
        if not (math.isfinite(found.loss) and np.isfinite(found.slopes).all()):
            self.value = min(self.value, length) / 4
            return False
        gained, slack = state.loss - found.loss, NOTHING * abs(state.loss)
        if foreseen <= slack and gained >= -slack:  # all rounding: the slopes tell
            self.value = min(self.value, length) / 4
            return flatter(found, state)
        ratio = gained / foreseen if foreseen > 0 else -1.0
        if ratio < 0.25:
            self.value = min(self.value, length) / 4
        elif ratio > 0.75 and length > 0.8 * self.value:
            self.value *= 3
        return ratio > ACCEPTED


def flatter(found: State, state: State) -> bool:
    """Whether the slopes have become clearly smaller."""
    return float(np.linalg.norm(found.slopes)) < 0.5 * float(np.linalg.norm(state.slopes))


class Model:
    """A quadratic model in its eigenvectors, in scaled parameters."""

    def __init__(self, g: Vector, H: Square, scale: Vector) -> None:
        self.values, self.vectors = np.linalg.eigh(H / scale / scale[:, None])
        self.along = self.vectors.T @ (g / scale)
        self.scale = scale
        self.largest = float(np.abs(self.values).max())

    def step(self, radius: float) -> Vector:
        """The step to its minimum in the ball."""
        with np.errstate(all="ignore"):
            q = self.inside(radius)
            return np.asarray((self.vectors @ (self.on_ball(radius) if q is None else q)) / self.scale)

    def inside(self, radius: float) -> Vector | None:
        """Newton's own step, where there is one and it is not too long."""
        if not self.values[0] > EPS * self.largest:
            return None
        q = -self.along / self.values
        return q if float(np.linalg.norm(q)) <= radius else None

    def on_ball(self, radius: float) -> Vector:
        """The step of this length: the damping by Newton's method on 1/radius - 1/length, kept between bounds."""
        low = max(0.0, -float(self.values[0]))
        high = low + float(np.linalg.norm(self.along)) / radius
        if not high > low or self.length(low + EPS * max(self.largest, low)) < radius:
            return self.hard(low, radius)
        damping = low + 1e-3 * (high - low)
        for _ in range(50):
            length = self.length(damping)
            if abs(length - radius) <= 0.01 * radius or not length > 0:
                break
            low, high = (damping, high) if length > radius else (low, damping)
            slope = float(np.sum(self.along**2 / (self.values + damping) ** 3)) / length**2
            damping += (length / radius - 1) / slope if slope > 0 else math.inf
            if not low < damping < high:
                damping = math.sqrt(low * high) if low > 1e-3 * high > 0 else low + (high - low) / 10
        return np.asarray(-self.along / (self.values + damping))

    def length(self, damping: float) -> float:
        """How long the step with this damping is."""
        return float(np.linalg.norm(self.along / (self.values + damping)))

    def hard(self, damping: float, radius: float) -> Vector:
        """Where the slope has no part along the most negative direction: the rest of the length goes there."""
        lowest = self.values + damping <= 10 * EPS * self.largest
        q = np.where(lowest, 0.0, -self.along / (self.values + damping))
        level = np.abs(self.along[lowest]).max(initial=0.0) <= 1e-12 * np.linalg.norm(self.along)
        if not lowest.any() or (level and self.values[0] >= -10 * EPS * self.largest):
            return q
        rest = math.sqrt(max(0.0, radius**2 - float(q @ q)))
        first = int(np.argmax(lowest))
        q[first] = -math.copysign(rest, self.along[first])
        return q
