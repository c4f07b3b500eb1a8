"""Levenberg and Marquardt's method for many problems at the same time, each with its own radius, scale and end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from symdiff.fit.data.table import Vector
from symdiff.fit.leastsquares.marquardt import FACTOR, GAIN, STEP, STEPS, TRIALS
from symdiff.fit.leastsquares.plane import EPS
from symdiff.fit.many.projected import Projected
from symdiff.fit.many.stacked import Groups, Stack, Stacked, Truth, Whole, lengths
from symdiff.numeric.threads import in_parallel, processors

Seen = Callable[[int, int], object]

ENDS: Final = ("running", "converged", "steps", "stalled", "undefined", "interrupted")
CONVERGED: Final = ENDS.index("converged")
INTERRUPTED: Final = ENDS.index("interrupted")
CLOSE: Final = 1e-13  # of the loss: a gain in which its rounding shows; from there on Gauss-Newton steps are trusted
ROUNDING: Final = 10 * EPS  # of the model's values, by which the residuals are uncertain
FARTHEST: Final = 1e-3  # of the loss: a gain that is no rounding, however small the residuals are
FINE: Final = 1e-20  # of the loss: a gain that moves no parameter by more than 1e-10 of its error times sqrt(n)
FINER: Final = 1e-21  # the same of a gain that is only foreseen, from the last two
WORTH_A_THREAD: Final = 500  # small matrices
SHRINKS: Final = 0.81  # a gain that is not this much below the last one is rounding


class March(NamedTuple):
    """Where the groups ended, (g, k), their systems, the reasons (places in ENDS), steps and evaluations of each."""

    at: Stacked
    stack: Stack
    ends: Whole
    steps: Whole
    evaluations: Whole


def march(
    groups: Groups | Projected,
    start: Stacked,
    lower: Vector | None = None,
    upper: Vector | None = None,
    *,
    steps: int = STEPS,
    seen: Seen | None = None,
) -> March:
    """The least loss of each group near its start, of shape (g, k): `marquardt.levenberg_marquardt` for all at once.

    Groups that have ended take no part any more. `seen(ended, groups)` is told after every round. Where the last digits
    are reached by plain Gauss-Newton steps, the last of them is taken without looking. Ctrl-C ends all groups where
    they are.

    >>> from symdiff.fit.data.reading import table
    >>> from symdiff.fit.problem import Ask, met, plan_for
    >>> found = table({"x": [1.0, 2.0, 1.0, 2.0], "y": [2.0, 4.0, 3.0, 9.0]})
    >>> problem = met(plan_for(Ask(("x^p*a",), ("y",)), found), found)
    >>> groups = Groups(problem.plan, problem.arrays, np.array([2, 2]))
    >>> march(groups, np.ones((2, 2))).at.round(9).tolist()
    [[1.0, 2.0], [1.584962501, 3.0]]
    """
    with np.errstate(all="ignore"):
        walk = Walk(groups, start, lower, upper, steps)
        try:
            while len(which := np.flatnonzero(walk.ends == 0)):
                walk.round(which)
                if seen is not None:
                    seen(len(start) - len(which), len(start))
        except KeyboardInterrupt:
            walk.ends[walk.ends == 0] = INTERRUPTED
    return March(walk.at, walk.stack, walk.ends, walk.taken, walk.evaluations)


class Walk:
    """The state of every group: each array has one row for each."""

    def __init__(
        self, groups: Groups | Projected, start: Stacked, lower: Vector | None, upper: Vector | None, steps: int
    ) -> None:
        g = len(start)
        self.groups, self.steps = groups, steps
        self.bounded = lower is not None or upper is not None
        self.lower = -np.inf if lower is None else lower
        self.upper = np.inf if upper is None else upper
        self.at = np.clip(start, self.lower, self.upper)
        self.stack = groups(self.at, np.arange(g))
        self.ends = np.where(np.isfinite(self.stack.loss), 0, ENDS.index("undefined"))
        self.scale = lengths(self.stack.R)
        self.radius = FACTOR * norm(self.scale * self.at)
        self.radius[~(self.radius > 0)] = FACTOR
        if groups.plan.linear:
            self.radius[:] = np.inf  # one step is all there is to do
        self.taken, self.trials = np.zeros(g, np.intp), np.zeros(g, np.intp)
        self.evaluations = np.ones(g, np.intp)
        self.last = np.zeros(g)

    def round(self, which: Whole) -> None:
        """One trial of each of these groups."""
        self.scale[which] = np.maximum(self.scale[which], lengths(self.stack.R[which]))
        trial = Trial(self, which)
        ended = trial.tried()
        self.ends[which[ended]] = CONVERGED
        self.ends[which[trial.lost]] = ENDS.index("stalled")
        spent = self.evaluations[which] >= self.steps
        self.ends[which[spent & ~ended & ~trial.lost]] = ENDS.index("steps")

    def accept(self, which: Whole, there: Stacked, found: Stack) -> None:
        """Go there."""
        self.at[which] = there
        self.stack.put(which, found)
        self.taken[which] += 1
        self.trials[which] = 0


class Trial:
    """A step of each of some groups, and what becomes of it; every array has one row for each of them."""

    def __init__(self, walk: Walk, which: Whole) -> None:
        self.walk, self.which = walk, which
        self.here = walk.stack.at(which)
        at, scale = walk.at[which], walk.scale[which]
        q, self.damping = steps_within(self.here, self.loosened(at), scale, walk.radius[which])
        self.there = np.clip(at + q / scale, walk.lower, walk.upper)
        step = self.there - at
        self.length, self.size = norm(scale * step), norm(scale * at)
        first = walk.taken[which] == 0
        walk.radius[which[first]] = np.minimum(walk.radius[which], self.length)[first]
        walk.radius[which] = np.where(walk.radius[which] > 0, walk.radius[which], FACTOR)
        along = np.matmul(self.here.R, step[:, :, None])[:, :, 0]
        self.unit = np.where(self.here.loss > 0, self.here.loss, 1.0)
        self.slope = np.einsum("gi,gi->g", along, self.here.z) / self.unit
        self.expected = -(np.einsum("gi,gi->g", along, along) / self.unit + 2 * self.slope)
        rounding = ROUNDING * self.size / np.sqrt(self.unit)
        self.close = np.clip(rounding, CLOSE, FARTHEST)
        self.lost = np.zeros(len(which), bool)

    def loosened(self, at: Stacked) -> Stacked:
        """R, with columns of 0 for parameters at a bound beyond which the loss falls."""
        if not self.walk.bounded:
            return self.here.R
        slopes = np.matmul(self.here.z[:, None, :], self.here.R)[:, 0]
        held = ((at <= self.walk.lower) & (slopes > 0)) | ((at >= self.walk.upper) & (slopes < 0))
        return np.where(held[:, None, :], 0.0, self.here.R) if held.any() else self.here.R

    def tried(self) -> Truth:
        """Evaluate the places, accept or not; which groups have ended."""
        walk, which = self.walk, self.which
        small = (self.length <= STEP * self.size) | (self.expected < GAIN)
        polishing = (self.damping == 0) & (self.expected <= self.close)
        last = walk.last[which]
        following = self.expected * (self.expected / np.where(last > 0, last, 1.0))  # shrinks at least as it did before
        trusted = polishing & ((self.expected <= FINE) | ((last > 0) & (following <= FINER)))
        walk.at[which[trusted]] = self.there[trusted]
        walk.stack.loss[which[trusted]] -= (self.expected * self.here.loss)[trusted]
        found = self.evaluated(~trusted)
        defined = np.isfinite(found.loss)
        gained = np.where(defined & (found.loss < 100 * self.unit), (self.here.loss - found.loss) / self.unit, -1.0)
        ratio = np.where(self.expected > 0, gained / np.where(self.expected > 0, self.expected, 1.0), 0.0)
        good = ~trusted & np.where(polishing, gained >= -self.close, defined & (ratio >= 1e-4))
        slow = polishing & (last > 0) & ~(self.expected <= SHRINKS * last)
        walk.last[which] = np.where(good & (self.damping == 0), self.expected, 0.0)
        self.resize(ratio, gained, found.loss / self.unit, defined)
        walk.accept(which[good & ~slow], self.there[good & ~slow], found.at(good & ~slow))
        bad = ~good & ~trusted
        walk.trials[which[bad]] += 1
        crushed = walk.radius[which] <= 1e-3 * STEP * self.size
        still = defined & (self.expected <= EPS) & (np.abs(gained) <= EPS)
        ended = trusted | slow | small | (bad & (polishing | still | (crushed & defined)))
        self.lost = ~ended & bad & (crushed | (walk.trials[which] >= TRIALS))
        return np.asarray(ended)

    def evaluated(self, some: Truth) -> Stack:
        """The systems at the places of some of the groups; for the others those where they are."""
        self.walk.evaluations[self.which[some]] += 1
        if some.all():
            return self.walk.groups(self.there, self.which)
        found = Stack(*[part.copy() for part in self.here])
        if some.any():
            found.put(some, self.walk.groups(self.there[some], self.which[some]))
        return found

    def resize(self, ratio: Vector, gained: Vector, left: Vector, defined: Truth) -> None:
        """The next radii: MINPACK's rule."""
        radius = self.walk.radius[self.which]
        with np.errstate(all="ignore"):
            share = np.where(gained >= 0, 0.5, 0.5 * self.slope / (self.slope + 0.5 * gained))
        share = np.where((left < 100) & (share >= 0.1), share, 0.1)
        shorter = np.where(
            defined, share * np.minimum(radius, 10 * self.length), 0.25 * np.minimum(radius, self.length)
        )
        longer = np.where((self.damping == 0) | (ratio >= 0.75), 2 * self.length, radius)
        new = np.where(~defined | (ratio <= 0.25), shorter, longer)
        self.walk.radius[self.which] = np.where(self.expected > self.close, new, radius)


def steps_within(here: Stack, R: Stacked, scale: Stacked, radius: Vector) -> tuple[Stacked, Vector]:
    """The scaled steps of at most these lengths (a tenth more or less), and the damping that makes them so.

    R is that of the systems, with columns of 0 for parameters that are held.
    """
    q, damping = here.step * scale, np.zeros(len(R))
    far = ~((norm(q) <= 1.1 * radius) & np.isfinite(q).all(axis=1))
    if R is not here.R:
        far |= (R != here.R).any(axis=(1, 2))
    if far.any():
        q[far], damping[far] = damped(R[far] / scale[far][:, None, :], here.z[far], radius[far])
    return q, damping


def damped(R: Stacked, z: Stacked, radius: Vector) -> tuple[Stacked, Vector]:
    """The same by singular values: Newton's method on the secular equation, which from the left never overshoots."""
    U, S, Vt = singular(R)
    c = np.matmul(z[:, None, :], U)[:, 0]
    solid = S[:, :1] * EPS * R.shape[1] < S
    inverse = np.where(solid, 1 / np.where(solid, S, 1.0), 0.0)
    damping, q = np.zeros(len(R)), -inverse * c
    for _ in range(30):
        length = norm(q)
        over = length > 1.1 * radius
        if not over.any():
            break
        some = np.where(over, length, 1.0)
        slope = np.sum(q * q / np.where(solid, S**2 + damping[:, None], 1.0), axis=1) / some
        with np.errstate(all="ignore"):
            more = (some / radius) * ((some - radius) / slope)
        damping = np.where(over & np.isfinite(more), damping + more, damping)
        q = np.where(solid, -S / np.where(solid, S**2 + damping[:, None], 1.0) * c, 0.0)
    return np.matmul(q[:, None, :], Vt)[:, 0], damping


def singular(R: Stacked) -> tuple[Stacked, Vector, Stacked]:
    """The singular value decompositions of many small matrices, shared out to the processors."""
    shares = np.array_split(R, max(1, min(processors(), len(R) // WORTH_A_THREAD)))
    found = in_parallel([partial(np.linalg.svd, share) for share in shares])
    U, S, Vt = [np.concatenate(parts) if len(parts) > 1 else parts[0] for parts in zip(*found, strict=True)]
    return U, S, Vt


def norm(v: Stacked) -> Vector:
    """The length of each row."""
    return np.asarray(np.sqrt(np.einsum("gi,gi->g", v, v)))
