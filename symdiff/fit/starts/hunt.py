"""A running search: places proposed, the best of them improved, the best of these followed to their ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symdiff.fit.data.table import Square, Vector
from symdiff.fit.defined import places_around
from symdiff.fit.leastsquares.marquardt import Marquardt, levenberg_marquardt
from symdiff.fit.leastsquares.plane import Plane
from symdiff.fit.leastsquares.systems import Few
from symdiff.fit.leastsquares.varpro import Projected
from symdiff.fit.problem import Problem
from symdiff.fit.starts.peaks import picked
from symdiff.fit.starts.phases import at_home
from symdiff.fit.starts.pursuit import apart
from symdiff.fit.starts.ranking import ranked
from symdiff.fit.starts.recast import recast
from symdiff.fit.starts.sizes import Sampler
from symdiff.fit.starts.ways import WAYS

Seen = Callable[[Vector, float], object]

ROWS: Final = 2000  # rows that take part in the search
RANKED: Final = 300  # rows that take part in ranking
ROUNDS: Final = 4
ENOUGH: Final = 3  # starts that end at the same minimum
MOST: Final = 0.6  # of the starts of the first round, if it is to be the only one
SAME: Final = 1e-6  # relative difference of losses of the same minimum
FIRST, LAST = 12, 300  # evaluations for a first improvement, and to the end
SURVIVORS: Final = 8
EARLY: Final = 100  # samples of which the first place is the best
RANKING: Final = 50  # samples that are ranked in the time of one evaluation
MODERATE: Final = 1e100  # responses whose squares are floats


class Budget(NamedTuple):
    """How much a search may take: seconds of processor time, which does not depend on what else the machine does, and
    evaluations of the reduced system.
    """

    seconds: float = 10.0
    evaluations: int = 20_000


class Candidate(NamedTuple):
    """A place: all free parameters, the loss, and the way that proposed it."""

    at: Vector
    loss: float
    way: str


class Ended(Exception):  # noqa: N818  # no error: it ends the rounds, and never leaves this module
    """The budget is used up."""


class Hunt:
    """What is known of the problem, and the places found so far.

    The parameters of places on their way are those of the recast residuals: sines and cosines instead of phases.
    """

    def __init__(self, problem: Problem, given: Mapping[str, float], seed: int, budget: Budget, seen: Seen | None):
        self.started = time.thread_time()
        self.problem, self.plan, self.given = problem, problem.plan, given
        self.seed, self.budget, self.seen = seed, budget, seen
        rng = np.random.default_rng(seed)
        own = spread(len(problem), ROWS, rng)
        few = spread(len(own), RANKED, rng)
        self.finer = len(problem) / max(len(own), 1)
        self.targets = weighed(problem, own)
        self.exponent = exponent_for(self.targets)
        self.cast = recast(self.plan, frozenset(given), self.exponent)
        self.arrays = [np.ascontiguousarray(problem.named[name][own]) for name in self.cast.columns]
        self.few = [np.ascontiguousarray(a[few]) for a in self.arrays]
        place = {name: i for i, name in enumerate(self.plan.free)}
        self.others, self.linear = ([place[n] for n in ns] for ns in (self.cast.wide.others, self.cast.wide.linear))
        self.moving, self.taken = ([place[n] for n in ns] for ns in (self.cast.strict.others, self.cast.strict.linear))
        self.lower, self.upper = self.plan.limits.lower, self.plan.limits.upper
        self.projected = Projected(self.cast.strict, self.arrays)
        own_loss = self.plan.loss.of_residual and self.cast.algebra is None
        squares = Projected(self.cast.whole, self.arrays)
        self.whole: Plane = Few(self.plan, self.arrays) if own_loss and self.arrays and not self.exponent else squares
        self.evaluations, self.ranked_so_far = 0, 0
        self.ends: list[Candidate] = []
        self.best: Candidate | None = None

    # ------------------------------------------------------------------------------------------------------ the rounds

    def run(self) -> str:
        """Round after round, until enough starts agree; the reason to stop."""
        try:
            self.begin(np.random.default_rng([self.seed, ROUNDS]))
            for number in range(ROUNDS):
                self.round(np.random.default_rng([self.seed, number]), number)
                if not self.others or self.enough(number):
                    return "agreed"
        except Ended:
            return "budget"
        except KeyboardInterrupt:
            if self.best is None:
                raise
            return "interrupted"
        return "searched"

    def begin(self, rng: np.random.Generator) -> None:
        """A first place, so that there is something to give back from here on."""
        drawn = self.drawn(self.cast.wide.others, EARLY if self.others else 1, rng)
        plain = self.inside(np.array(list(places_around(len(self.others)))))
        for samples, way in ((drawn, "a first guess"), (plain, "plain values")):
            for c in self.ranked(samples, way, 3):
                if np.isfinite(self.improved(c, FIRST).loss):
                    return

    def round(self, rng: np.random.Generator, number: int) -> None:
        """Propose places, improve the best a little, follow the best of these to their ends."""
        proposed: list[Candidate] = []
        for way in WAYS if self.others else ():
            if way.applies(self, number):
                proposed += self.ranked(way.propose(self, rng, number), way.words, way.most(len(self.others)))
        if not self.others:
            proposed = self.ranked(np.zeros((1, 0)), "linear", 1)
        improved = sorted([self.improved(c, FIRST) for c in proposed], key=lambda c: c.loss)
        for c in survivors(improved):
            self.ends.append(self.followed(c))

    def ranked(self, samples: Square, way: str, most: int) -> list[Candidate]:
        """The best samples of the parameters that are not linear, as places; no two of nearly the same loss."""
        self.count(1 + len(samples) // RANKING)
        self.ranked_so_far += len(samples)
        if not len(samples):
            return []
        result = ranked(self.cast.wide, self.few, samples, self.lower[self.linear], self.upper[self.linear])
        found = []
        for i in apart(result.losses, most):
            at = np.zeros(len(self.plan.free))
            at[self.others], at[self.linear] = samples[i], result.linear[i]
            found.append(Candidate(at, float(result.losses[i]), way))
        return found

    def improved(self, c: Candidate, steps: int) -> Candidate:
        """A place after some steps of the projected problem."""
        found = self.descent(self.projected, c.at[self.moving], self.lower[self.moving], self.upper[self.moving], steps)
        if found.system is None:
            return c._replace(loss=np.inf)
        at = c.at.copy()
        at[self.moving], at[self.taken] = found.at, self.projected.solved(found.at)
        c = Candidate(at, found.system.loss, c.way)
        if self.best is None or c.loss < self.best.loss:
            self.best = c
            if self.seen is not None:
                self.seen(at_home(c.at, self.cast.phases), self.unscaled(c.loss))
        return c

    def followed(self, c: Candidate) -> Candidate:
        """Where a place leads: the projected problem to its end, then the whole one."""
        c = self.improved(c, LAST)
        home = at_home(c.at, self.cast.phases)
        found = self.descent(self.whole, home, self.lower, self.upper, LAST)
        return c._replace(at=home) if found.system is None else Candidate(found.at, found.system.loss, c.way)

    def descent(self, plane: Plane, start: Vector, lower: Vector, upper: Vector, steps: int) -> Marquardt:
        """Some steps down from a start, within bounds."""
        found = levenberg_marquardt(plane, start, lower=lower, upper=upper, steps=steps, polish=2 * (steps == LAST))
        self.count(found.evaluations)
        if found.reason == "interrupted":
            raise KeyboardInterrupt
        return found

    # ----------------------------------------------------------------------------------------------------- the samples

    @cached_property
    def sampler(self) -> Sampler:
        """What draws samples of the parameters that are not linear."""
        columns = dict(zip(self.cast.columns, self.arrays, strict=True))
        roles, names = self.cast.roles, self.cast.wide.others
        peaks = picked(roles.places, columns, self.targets)
        bounds = self.lower[self.others], self.upper[self.others]
        return Sampler(roles, names, columns, *bounds, self.given, peaks, self.finer)

    def drawn(self, names: Sequence[str], m: int, rng: np.random.Generator) -> Square:
        """m samples of any of the parameters; those that are linear are of any size."""
        found = rng.normal(size=(m, len(names)))
        samples = self.sampler.draw(m, rng) if self.others else np.zeros((m, 0))
        for i, name in enumerate(names):
            if name in self.cast.wide.others:
                found[:, i] = samples[:, self.cast.wide.others.index(name)]
        return found

    def inside(self, samples: Square) -> Square:
        """Samples of the parameters that are not linear, within the bounds, those given as given."""
        found = np.clip(samples, self.lower[self.others], self.upper[self.others])
        for i, name in enumerate(self.cast.wide.others):
            if name in self.given:
                found[:, i] = self.given[name]
        return found

    # ---------------------------------------------------------------------------------------------------- the accounts

    def count(self, evaluations: int) -> None:
        """Note what was spent; raise where nothing is left and something is found."""
        self.evaluations += evaluations
        spent = time.thread_time() - self.started
        if self.best is not None and (self.evaluations > self.budget.evaluations or spent > self.budget.seconds):
            raise Ended

    def enough(self, number: int) -> bool:
        """Whether enough starts agree; in the first round most must."""
        agreed = len(self.agreeing())
        return agreed >= ENOUGH and (number > 0 or agreed >= MOST * len(self.ends))

    def agreeing(self) -> list[Candidate]:
        """The ends at the least loss, the best first."""
        least = min([c.loss for c in self.ends], default=np.inf)
        same = [c for c in self.ends if np.isfinite(c.loss) and c.loss <= least * (1 + SAME) + self.dust]
        return sorted(same, key=lambda c: c.loss)

    @cached_property
    def dust(self) -> float:
        """A loss that is rounding."""
        sizes = self.arrays if self.cast.algebra is not None else [np.ldexp(t, self.exponent) for t in self.targets]
        return 1e-26 * sum([float(t @ t) for t in sizes])

    def unscaled(self, loss: float) -> float:
        """A loss in the units of the responses."""
        return float(np.ldexp(loss, -2 * self.exponent))


def weighed(problem: Problem, own: NDArray[np.int64]) -> list[Vector]:
    """The responses at some rows, times the square roots of their weights."""
    found = [t[own] for t in problem.targets]
    weights = [problem.named[name][own] for name in problem.plan.weights]
    return [t * w for t, w in zip(found, weights, strict=True)] if weights else found


def exponent_for(targets: Sequence[Vector]) -> int:
    """The power of 2 that makes responses of extreme size about 1; 0 for all others."""
    largest = max([float(np.abs(t).max(initial=0.0)) for t in targets], default=0.0)
    return 0 if not largest or 1 / MODERATE < largest < MODERATE else -int(np.frexp(largest)[1])


def survivors(improved: list[Candidate]) -> list[Candidate]:
    """The few best, and some with other losses."""
    first = [c for c in improved if np.isfinite(c.loss)][: SURVIVORS // 2]
    others = [improved[i] for i in apart(np.array([c.loss for c in improved]), SURVIVORS, 1e-2)]
    return [*first, *[c for c in others if all(c is not f for f in first)]]


def spread(n: int, most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """All rows, or some: one at random of each of `most` equal parts."""
    if n <= most:
        return np.arange(n)
    edges = np.linspace(0, n, most + 1)
    return np.unique((edges[:-1] + rng.random(most) * np.diff(edges)).astype(np.int64))
