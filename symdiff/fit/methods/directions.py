"""Which way to go: down the slopes, with momentum, with what past slopes tell of the curvature."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from symdiff.fit.data.table import Square, Vector
from symdiff.fit.methods.parts import Ground, State

MOMENTUM: Final = 0.9
PAIRS: Final = 10  # steps that L-BFGS remembers
FLAT: Final = 1e-10  # of the largest eigenvalue: Gauss and Newton's step does not go along flatter directions


class Slopes:
    """Steepest descent: against the gradient."""

    def __call__(self, state: State) -> Vector:
        return -state.slopes


class HeavyBall:
    """Each move keeps a share of the last one (Polyak 1964)."""

    def __init__(self, momentum: float = MOMENTUM) -> None:
        self.momentum = momentum
        self.velocity: Vector | float = 0.0

    def __call__(self, state: State) -> Vector:
        self.velocity = self.momentum * self.velocity - state.slopes
        return self.velocity


class Nesterov(HeavyBall):
    """The same looking ahead: the parameters are those of the next look (Nesterov 1983, as Sutskever 2013 has it)."""

    def __call__(self, state: State) -> Vector:
        velocity = super().__call__(state)
        return self.momentum * velocity - state.slopes


class Adam:
    """The running mean of the slopes over the running root of their squares (Kingma and Ba 2015, algorithm 1)."""

    def __init__(self, first: float = 0.9, second: float = 0.999, floor: float = 1e-8) -> None:
        self.first, self.second, self.floor = first, second, floor
        self.mean: Vector | float = 0.0
        self.square: Vector | float = 0.0
        self.count = 0

    def __call__(self, state: State) -> Vector:
        self.count += 1
        self.mean = self.first * self.mean + (1 - self.first) * state.slopes
        self.square = self.second * self.square + (1 - self.second) * state.slopes**2
        size = np.sqrt(self.square / (1 - self.second**self.count)) + self.floor
        return np.asarray(-self.mean / (1 - self.first**self.count) / size)


class Conjugate:
    """Nonlinear conjugate gradients with the factor of Polak and Ribiere, or 0 (Nocedal and Wright 2006, 5.2)."""

    def __init__(self) -> None:
        self.slopes: Vector | None = None
        self.way: Vector | None = None

    def __call__(self, state: State) -> Vector:
        g, way = state.slopes, -state.slopes
        if self.slopes is not None and self.way is not None and (size := float(self.slopes @ self.slopes)) > 0:
            factor = max(0.0, float(g @ (g - self.slopes)) / size)
            ahead = way + factor * self.way
            way = ahead if float(ahead @ g) < 0 else way
        self.slopes, self.way = g, way
        return way


class BFGS:
    """The inverse Hessian as far as past steps tell (Nocedal and Wright 2006, 6.1)."""

    def __init__(self) -> None:
        self.last: State | None = None
        self.inverse: Square | None = None

    def __call__(self, state: State) -> Vector:
        if self.last is not None:
            self.learn(state.at - self.last.at, state.slopes - self.last.slopes)
        self.last = state
        if self.inverse is None:
            return -state.slopes
        way = -self.inverse @ state.slopes
        if float(way @ state.slopes) < 0:
            return way
        self.inverse = None
        return -state.slopes

    def learn(self, s: Vector, y: Vector) -> None:
        """Take in a step s along which the slopes changed by y."""
        sy = float(s @ y)
        if not sy > EPS * np.linalg.norm(s) * np.linalg.norm(y):
            return
        n = len(s)
        H = sy / float(y @ y) * np.eye(n) if self.inverse is None else self.inverse
        V = np.eye(n) - np.outer(s, y) / sy
        self.inverse = V @ H @ V.T + np.outer(s, s) / sy


class LBFGS:
    """The same from the last PAIRS steps alone, in memory that grows with the parameters only (same, 7.2)."""

    def __init__(self) -> None:
        self.last: State | None = None
        self.pairs: deque[tuple[Vector, Vector, float]] = deque(maxlen=PAIRS)

    def __call__(self, state: State) -> Vector:
        if self.last is not None:
            s, y = state.at - self.last.at, state.slopes - self.last.slopes
            if (sy := float(s @ y)) > EPS * np.linalg.norm(s) * np.linalg.norm(y):
                self.pairs.append((s, y, sy))
        self.last = state
        way = -self.product(state.slopes)
        if float(way @ state.slopes) < 0:
            return way
        self.pairs.clear()
        return -state.slopes

    def product(self, g: Vector) -> Vector:
        """The inverse Hessian times g: algorithm 7.4, the two loops."""
        q, shares = g.copy(), []
        for s, y, sy in reversed(self.pairs):
            shares.append(float(s @ q) / sy)
            q = q - shares[-1] * y
        if self.pairs:
            _, y, sy = self.pairs[-1]
            q = sy / float(y @ y) * q
        for (s, y, sy), share in zip(self.pairs, reversed(shares), strict=True):
            q = q + (share - float(y @ q) / sy) * s
        return np.asarray(q)


class GaussNewton:
    """To the minimum of the squares of linearised residuals: the curvature of the model itself is left out."""

    def __init__(self, ground: Ground) -> None:
        self.objective = ground.objective

    def __call__(self, state: State) -> Vector:
        moving = state.slopes != 0
        B = self.objective.curvature(state.at)[np.ix_(moving, moving)]
        way = -state.slopes
        if np.isfinite(B).all() and B.size:
            way[moving] = -within(B, state.slopes[moving])
        return way if float(way @ state.slopes) < 0 else -state.slopes


def within(B: Square, g: Vector) -> Vector:
    """B^-1 g without the flat directions, each parameter in the unit in which B has a 1."""
    scale = np.sqrt(np.maximum(np.diagonal(B), np.finfo(float).tiny))
    values, vectors = np.linalg.eigh(B / scale / scale[:, None])
    solid = values > FLAT * values[-1]
    along = vectors[:, solid].T @ (g / scale)
    return np.asarray((vectors[:, solid] @ (along / values[solid])) / scale)


EPS: Final = float(np.finfo(float).eps)
