"""Newton's method for many parameters: the Hessian is only multiplied with, its system solved as far as it pays."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from symdiff.fit.data.table import Vector
from symdiff.fit.methods.parts import Ground, State
from symdiff.fit.methods.trust import EPS, TRIALS, Radius

Product = Callable[[Vector], Vector]

EFFORT: Final = 0.5  # of the slopes: what the system may leave, at most


class Truncated:
    """A step by conjugate gradients on Newton's system, stopped at the edge of a ball (Steihaug 1983)."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.radius: Radius | None = None

    def __call__(self, state: State, way: Vector) -> State | None:
        if self.radius is None:
            self.radius = Radius(float(np.linalg.norm(state.at)) or 1.0)
        moving = self.ground.box.moving(state.at, state.slopes)
        whole = product_of(self.ground, state.at)
        product: Product = lambda v: np.where(moving, whole(v), 0.0)  # noqa: E731
        for _ in range(TRIALS):
            if not self.radius.value > 1e-3 * EPS * float(np.linalg.norm(state.at)):
                return None
            there = self.ground.box.inside(state.at + steihaug(product, state.slopes, self.radius.value))
            step = there - state.at
            if not step.any():
                return None
            found = self.ground.state(state.step + 1, there)
            foreseen = -(float(state.slopes @ step) + float(step @ whole(step)) / 2)
            if self.radius.judged(state, found, float(np.linalg.norm(step)), foreseen):
                return found
        return None


def product_of(ground: Ground, at: Vector) -> Product:
    """The Hessian at a place times a vector: by a program for that product where the objective has one."""
    made = getattr(ground.objective, "product", None)
    if made is not None:
        found: Product = made(at)
        return found
    H = ground.objective.hessian(at)
    return lambda v: np.asarray(H @ v)


def steihaug(product: Product, g: Vector, radius: float) -> Vector:
    """Nearly the minimum of g'p + p'Hp/2 in the ball |p| <= radius (Nocedal and Wright 2006, algorithm 7.2).

    Where H curves down along a direction of the search, the way goes on along it to the edge.

    >>> steihaug(lambda v: 2 * v, np.array([-6.0, -8.0]), 10.0).round(9).tolist()
    [3.0, 4.0]
    >>> steihaug(lambda v: -v, np.array([-6.0, -8.0]), 10.0).round(9).tolist()
    [6.0, 8.0]
    """
    p, r = np.zeros_like(g), g.copy()
    d, size = -r, float(r @ r)
    enough = min(EFFORT, math.sqrt(math.sqrt(size))) * math.sqrt(size)
    for _ in range(2 * len(g)):
        if not math.sqrt(size) > enough:
            break
        Hd = product(d)
        bend = float(d @ Hd)
        t = size / bend if bend > 0 else math.inf
        if not np.linalg.norm(p + min(t, 1e100) * d) < radius:
            return p + to_edge(p, d, radius) * d
        p, r = p + t * d, r + t * Hd
        size, before = float(r @ r), size
        d = -r + size / before * d
    return p


def to_edge(p: Vector, d: Vector, radius: float) -> float:
    """How many times d leads from p to the edge of the ball."""
    a, b, c = float(d @ d), float(p @ d), float(p @ p) - radius**2
    return (-b + math.sqrt(max(b * b - a * c, 0.0))) / a
