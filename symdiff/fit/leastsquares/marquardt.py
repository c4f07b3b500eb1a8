"""Levenberg and Marquardt's method on the reduced system: the default, since it gives the most digits.

Trust regions as MINPACK has them (More 1978): parameters are scaled by the largest their columns of J have been so
far, the damping comes from the radius by Newton's method on the secular equation. Then plain Gauss-Newton steps, as
long as the part of the residuals along J falls: these give the last digits. Bounds are an active set: a parameter at
its bound is held while the loss falls towards the outside.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdiff.fit.data.table import Vector
from symdiff.fit.leastsquares.plane import EPS, LIMIT, AnySystem, Plane, System
from symdiff.fit.methods.parts import Box

Seen: TypeAlias = Callable[[Vector, float], object]
Free: TypeAlias = NDArray[np.intp]

STEPS: Final = 1000
STEP: Final = 1e-13  # of the parameters, scaled: a step that is not worth taking
GAIN: Final = 1e-28  # of the loss: a gain that floats cannot show
DONE: Final = 3e-13  # of the residuals: what is left along J then is 1e-13 sqrt(n) standard errors of the parameters
FACTOR: Final = 1.0  # the first radius, in units of the scaled start
TRIALS: Final = 60  # of radii from one place
POLISH: Final = 6
LEAP: Final = 1e8  # of all columns of J at once: what a radius meant before says nothing now
QUICK: Final = 1e-2  # a gain so much smaller than the last one says that plain steps converge
NOISE: Final = 1e-13  # of the loss: what rounding makes of its sum


@dataclass(frozen=True, slots=True)
class Marquardt:
    """Where the method ended: `reason` is "converged", "steps", "stalled", "interrupted", or "undefined" at the start.

    `steps` were taken, `evaluations` of the system made; `held` tells which parameters rest on a bound.
    """

    at: Vector
    system: AnySystem | None
    reason: str
    steps: int
    evaluations: int
    held: tuple[int, ...] = ()


def levenberg_marquardt(
    plane: Plane,
    start: Vector,
    *,
    lower: Vector | None = None,
    upper: Vector | None = None,
    steps: int = STEPS,
    tolerance: float = STEP,
    polish: int = POLISH,
    seen: Seen | None = None,
) -> Marquardt:
    """The least loss near a start: the place, its reduced system, and why it ended.

    `seen(at, loss)` is told of the start and of every place that is accepted. `lower` and `upper` are obeyed by every
    place that is tried; `tolerance` is the step, of the parameters, that is too small to take. Source: J. J. More, The
    Levenberg-Marquardt algorithm, LNM 630 (1978).

    >>> from symdiff.fit.leastsquares.plane import turned
    >>> plane = lambda at: turned([(np.vstack([[1.0, 2.0], at[0] * np.array([1.0, 2.0]) - [3, 6]]), None)])
    >>> found = levenberg_marquardt(plane, np.array([10.0]))
    >>> found.at.round(9).tolist(), found.reason
    ([3.0], 'converged')
    """
    walk = Walk(plane, Box(lower, upper), steps, tolerance, seen)
    at = walk.box.inside(np.array(start, float))
    with np.errstate(all="ignore"):
        system = walk.evaluate(at)
    if system is None:
        return Marquardt(at, None, "undefined", 0, walk.evaluations)
    walk.accept(at, system)
    with np.errstate(all="ignore"):
        reason = walk.ended(polish)
    held = tuple(np.flatnonzero(walk.box.held(walk.at, walk.system.slopes())).tolist())
    return Marquardt(walk.at, walk.system, reason, walk.taken, walk.evaluations, held)


class Damping:
    """The steps from a place, one for each damping: q = -S/(S^2 + damping) c in the spectrum of the scaled system."""

    def __init__(self, system: AnySystem, scale: Vector) -> None:
        self.S, self.Vt, self.c = system.spectrum(scale)
        self.scale = scale
        self.squares, self.product = self.S * self.S, self.S * self.c
        self.solid = self.S[:1] * EPS * len(self.S) < self.S
        self.whole = bool(self.solid.all())

    @property
    def blurred(self) -> bool:
        """Whether the columns of J are so near to dependent that sums J'J lose half the digits of a step."""
        return bool(self.squares[-1] <= LIMIT * self.squares[0])

    def newton(self) -> Vector:
        """The undamped step, scaled; directions without a singular value stand still."""
        if self.whole:
            return -self.c / self.S
        return np.where(self.solid, -self.c / np.where(self.solid, self.S, 1.0), 0.0)

    def damped(self, damping: float) -> Vector:
        """The step with that damping, scaled."""
        q = -self.product / (self.squares + damping)
        return q if self.whole else np.where(self.solid, q, 0.0)

    def step(self, scaled: Vector) -> Vector:
        """A scaled step as a step of the parameters."""
        return np.asarray((self.Vt.T @ scaled) / self.scale)

    def within(self, radius: float, damping: float) -> tuple[Vector, float]:
        """The step of at most this length (a tenth more or less), scaled, and the damping that makes it so."""
        q = self.newton()
        if norm(q) <= 1.1 * radius:
            return q, 0.0
        low, high = 0.0, norm(self.product) / radius
        damping = max(damping, 1e-3 * float(self.squares[-1]), 1e-300)
        for _ in range(30):
            if not low < damping <= high:
                damping = max(1e-3 * high, math.sqrt(low * high)) or 1e-300
            q = self.damped(damping)
            length = norm(q)
            if abs(length - radius) <= 0.1 * radius:
                break
            low, high = (max(low, damping), high) if length > radius else (low, min(high, damping))
            slope = float((q * q / (self.squares + damping)).sum()) / length if length > 0 else 0.0
            if not slope > 0:
                break
            damping += (length / radius) * ((length - radius) / slope)
        return q, damping


@dataclass(slots=True, eq=False)
class Walk:
    """A run of the method: where it is, and what it knows of the way so far."""

    plane: Plane
    box: Box
    steps: int
    tolerance: float
    seen: Seen | None
    at: Vector = field(default_factory=lambda: np.zeros(0))
    system: AnySystem = field(default_factory=lambda: System(math.nan, np.zeros((0, 0)), np.zeros(0)))
    scale: Vector = field(default_factory=lambda: np.zeros(0))
    radius: float = math.nan
    damping: float = 0.0
    foreseen: float = 0.0
    every: Free = field(default_factory=lambda: np.arange(0))
    taken: int = 0
    evaluations: int = 0

    def evaluate(self, at: Vector) -> AnySystem | None:
        """The system at a place."""
        self.evaluations += 1
        return self.plane(at)

    def accept(self, at: Vector, system: AnySystem) -> None:
        """Go there."""
        if not len(self.every):
            self.every = np.arange(len(at))
        self.at, self.system = at, system
        if self.seen is not None:
            self.seen(at, system.loss)

    def ended(self, polish: int) -> str:
        """Run, and polish what has converged; Ctrl-C leaves the best place so far."""
        try:
            reason = self.run()
            if reason == "converged":
                self.polish(polish)
        except KeyboardInterrupt:
            return "interrupted"
        return reason

    def run(self) -> str:
        """Iterate until there is a reason to stop."""
        self.scale = self.system.lengths()
        self.radius = FACTOR * norm(self.scale * self.at) or FACTOR
        while True:
            if self.evaluations >= self.steps:
                return "steps"
            if reason := self.iterate():
                return reason

    def iterate(self) -> str | None:
        """One accepted step, or the reason why there is none."""
        free, system = self.loosened()
        if not len(free):
            return "converged"
        self.rescale()
        damping = Damping(system, self.scale[free] if self.box.bounded else self.scale)
        if damping.blurred and self.sharpened():
            return None
        for _ in range(TRIALS):
            if self.evaluations >= self.steps:
                return "steps"
            q, self.damping = damping.within(self.radius, self.damping)
            there, step = self.moved(free, damping.step(q))
            if self.box.bounded and self.misled(free, damping.step(q), step):
                self.radius = min(self.radius, norm(q)) / 4
                self.damping *= 4
                if self.crushed():
                    return "converged"
                continue
            length = norm(self.scale * step)
            if not self.taken:
                self.radius = min(self.radius, length) or self.radius
            verdict = self.tried(there, step, length)
            if verdict != "rejected":
                return None if verdict == "accepted" else verdict
        return "stalled"

    def rescale(self) -> None:
        """The scale grows with the columns of J; out of a place where all is flat it leaps, and the radius with it."""
        before, self.scale = self.scale, np.maximum(self.scale, self.system.lengths())
        if (self.scale > LEAP * before).all():
            self.radius = FACTOR * norm(self.scale * self.at) or FACTOR

    def sharpened(self) -> bool:
        """Whether the plane has a finer way, and the system here is now from it."""
        finer: Callable[[], bool] | None = getattr(self.plane, "finer", None)
        if finer is None or not finer():
            return False
        found = self.evaluate(self.at)
        if found is not None:
            self.system = found
        return found is not None

    def loosened(self) -> tuple[Free, AnySystem]:
        """Which parameters may move, and the system in them."""
        if not self.box.bounded:
            return self.every, self.system
        held = self.box.held(self.at, self.system.slopes())
        return np.flatnonzero(~held), self.system.without(held) if held.any() else self.system

    def moved(self, free: Free, step: Vector) -> tuple[Vector, Vector]:
        """The place a step leads to, inside the bounds, and the whole step there."""
        if not self.box.bounded:
            return self.at + step, step
        there = self.at.copy()
        there[free] += step
        there = self.box.inside(there)
        return there, there - self.at

    def misled(self, free: Free, wanted: Vector, step: Vector) -> bool:
        """Whether bounds have cut a step so that it leads up: a shorter one is nearer to the slopes, and does not."""
        if (step[free] == wanted).all():
            return False
        part, slope = self.system.along(step)
        return part + 2 * slope >= 0

    def tried(self, there: Vector, step: Vector, length: float) -> str:
        """Try a place: "accepted", "rejected", or the reason to end."""
        loss = self.system.loss
        part, slope = self.system.along(step)
        scaled = loss if loss > 0 else 1.0
        expected = -(part + 2 * slope) / scaled
        short = length <= self.tolerance * norm(self.scale * self.at)
        small = short or expected < GAIN
        found = self.evaluate(there)
        if found is None:
            self.radius = min(self.radius, length) / 4
            self.damping *= 4
            return "converged" if small or self.crushed() else "rejected"
        gained = (loss - found.loss) / scaled if found.loss < 100 * scaled else -1.0
        if expected <= EPS and abs(gained) <= NOISE:  # the loss cannot tell any more: what is foreseen has to
            self.taken += 1
            falls = expected < 0.9 * self.foreseen
            quick = expected <= QUICK * self.foreseen  # then Gauss and Newton's plain steps do the rest
            self.foreseen = expected
            self.accept(there, found)
            return "accepted" if falls and not quick and not small else "converged"
        ratio = gained / expected if expected > 0 else 0.0
        self.resize(ratio, gained, slope / scaled, length, found.loss / scaled)
        if ratio >= 1e-4:
            self.taken += 1
            self.foreseen = expected
            self.accept(there, found)
            return "converged" if short or (small and gained <= NOISE) else "accepted"
        return "converged" if small or self.crushed() else "rejected"

    def resize(self, ratio: float, gained: float, slope: float, length: float, left: float) -> None:
        """The next radius, from how well the loss was foreseen: MINPACK's rule."""
        if ratio <= 0.25:
            share = 0.5 if gained >= 0 else 0.5 * slope / (slope + 0.5 * gained)
            if left >= 100 or not share >= 0.1:
                share = 0.1
            self.radius = share * min(self.radius, 10 * length)
            self.damping /= share
        elif self.damping == 0 or ratio >= 0.75:
            self.radius = 2 * length or self.radius
            self.damping /= 2

    def crushed(self) -> bool:
        """Whether the radius has become too small for any step."""
        return self.radius <= 1e-3 * self.tolerance * norm(self.scale * self.at)

    def polish(self, most: int) -> None:
        """Plain Gauss-Newton steps, as long as each leaves at most nine tenths of the residuals along J."""
        free, ways = self.plain(self.system)
        for _ in range(most):
            if not len(free) or not ways.whole or norm(ways.c) <= DONE * math.sqrt(abs(self.system.loss)):
                return
            there, _ = self.moved(free, ways.step(ways.newton()))
            found = self.evaluate(there)
            if found is None or not found.loss <= self.system.loss * (1 + 1e-9):
                return
            _, after = self.plain(found)
            if not norm(after.c) < 0.9 * norm(ways.c):
                return
            self.taken += 1
            self.accept(there, found)
            ways = after

    def plain(self, system: AnySystem) -> tuple[Free, Damping]:
        """The parameters that may move, and the steps in them, scaled by the columns as they are."""
        free = self.every
        if self.box.bounded:
            held = self.box.held(self.at, self.system.slopes())
            free, system = np.flatnonzero(~held), system.without(held)
        return free, Damping(system, system.lengths())


def norm(v: Vector) -> float:
    """The length of a vector, whatever its size."""
    length = math.sqrt(float(v @ v))
    return length if 1e-150 < length < 1e150 else float(np.linalg.norm(v)) if not length else scaled_norm(v)


def scaled_norm(v: Vector) -> float:
    """The same where squares leave the floats."""
    largest = float(np.abs(v).max(initial=0.0))
    return largest * math.sqrt(float(np.sum((v / largest) ** 2))) if 0 < largest < math.inf else largest
