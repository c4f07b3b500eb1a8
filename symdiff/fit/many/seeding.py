"""Where many fits begin: as given, else where a search on a few groups ended; and again from where others ended."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

import numpy as np

from symdiff.core.expr import Num
from symdiff.errors import SymdiffError
from symdiff.fit.data.table import Vector
from symdiff.fit.leastsquares.systems import sums_of
from symdiff.fit.leastsquares.varpro import linear_names
from symdiff.fit.many.march import CONVERGED, INTERRUPTED, March, Seen, march
from symdiff.fit.many.projected import Projected
from symdiff.fit.many.stacked import Groups, Stacked, Truth, Whole, lengths
from symdiff.fit.problem import Problem

PATTERNS: Final = 3  # groups that are searched first, of which all others learn
OTHERS: Final = 6  # ends of others from which a group is begun again
SHORT: Final = 8  # evaluations from each of these, before the best is followed to its end
PROBE: Final = 200  # groups that are begun again first, to see whether it helps
HELPS: Final = 0.02  # of them improved: so few, and the others are left where they are
ROUNDS: Final = 6
ALONE: Final = 4  # groups that are searched on their own in a round
WORSE: Final = 10.0  # times what the model leaves unexplained in the better groups: so far off may be a wrong minimum
LARGER: Final = 4.0  # times the variance of the residuals in the better groups
BETTERS: Final = 0.1  # the quantile of the groups that stands for the better ones
NOTHING: Final = 1e-9  # a share left unexplained that is no reason to look again
FLAT: Final = 1e-10  # a diagonal of R, its columns of length 1
USUAL: Final = 10  # passes that a fit takes
SAME: Final = 1e-6  # of the loss: less is no better minimum


class Search:
    """The search for the least loss of every group; `order` has the row of the problem for each row of the groups."""

    def __init__(
        self, groups: Groups, problem: Problem, order: Whole | None, given: Mapping[str, Vector], steps: int, seed: int
    ) -> None:
        self.groups, self.problem, self.order, self.given = groups, problem, order, given
        self.steps, self.seed, self.plan = steps, seed, problem.plan
        limits = self.plan.limits
        self.lower: Vector | None = limits.lower if self.plan.bounded else None
        self.upper: Vector | None = limits.upper if self.plan.bounded else None
        self.count, self.names = len(groups.sizes), self.plan.free
        sums_of(self.plan).expect(int(groups.sizes.sum()), USUAL)

    def run(self, seen: Seen | None) -> March:
        """The best end found for each group."""
        found = march(self.groups, self.start(), self.lower, self.upper, steps=self.steps, seen=seen)
        linear = self.plan.linear and not self.plan.bounded
        for turn in range(0 if linear else ROUNDS):
            poor = np.flatnonzero(self.poor(found))
            if not len(poor) or (found.ends == INTERRUPTED).any():
                break
            failed = np.flatnonzero(in_vain(found))
            lasting = len(failed) > 0 or not self.is_given  # who gives starts wants these minima, where there are any
            alone = self.searched_alone(found, failed if len(failed) else poor) if turn and lasting else 0
            again = self.begun_again(found, poor)
            if not (alone or again or (turn == 0 and lasting)):
                break
        return found

    # ------------------------------------------------------------------------------------------------------- starts

    def start(self) -> Stacked:
        """A start for every group: what is given, and for the rest the pattern that fits it best."""
        if self.is_given or (self.plan.linear and self.plan.loss.squares and not self.plan.bounded):
            return self.completed(np.zeros((self.count, len(self.names))))
        return self.nearest(self.patterns())

    @cached_property
    def is_given(self) -> bool:
        """Whether every parameter of every group has a start."""
        return all([name in self.given and np.isfinite(self.given[name]).all() for name in self.names])

    def completed(self, at: Stacked) -> Stacked:
        """Places of all groups with what is given put in."""
        for i, name in enumerate(self.names):
            if name in self.given:
                at[:, i] = np.where(np.isfinite(self.given[name]), self.given[name], at[:, i])
        return at

    def patterns(self) -> list[Stacked]:
        """Where searches ended on a few of the larger groups, evenly spread, as starts for all."""
        large = np.flatnonzero(self.groups.sizes >= np.median(self.groups.sizes))
        chosen = large[np.unique(np.linspace(0, len(large) - 1, PATTERNS).astype(int))]
        ends = [at for group in chosen.tolist() if (at := self.searched(group)) is not None]
        return [self.completed(np.tile(at, (self.count, 1))) for at in ends or [np.ones(len(self.names))]]

    def searched(self, group: int) -> Vector | None:
        """Where a search on one group ends, None if it finds no place where the model has a value.

        Starts that are given are kept; if all are, they have failed by now.
        """
        from symdiff.fit.starts import search

        given = {name: float(self.given[name][group]) for name in self.names if name in self.given}
        known = {} if self.is_given else {name: value for name, value in given.items() if np.isfinite(value)}
        try:
            return search(self.problem_of(group), known, seed=self.seed).at
        except SymdiffError:  # of one group: its end is listed as it is
            return None

    def problem_of(self, group: int) -> Problem:
        """The rows of one group as a problem of their own."""
        rows = self.groups.rows(np.array([group]))
        rows = rows if self.order is None else self.order[rows]
        named = {name: column[rows] for name, column in self.problem.named.items()}
        return Problem(self.plan, self.problem.data.take(rows), named)

    def nearest(self, starts: list[Stacked]) -> Stacked:
        """Of several starts of each group the one with the least loss."""
        every = np.arange(self.count)
        losses = np.array([self.groups(at, every).loss for at in starts])
        best = np.argmin(np.where(np.isfinite(losses), losses, np.inf), axis=0)
        return np.asarray(np.array(starts)[best, every])

    # ------------------------------------------------------------------------------------------------------ again

    def poor(self, found: March) -> Truth:
        """The groups that failed, or whose residuals are far larger than those of the better ones, and so is the share
        of the responses that they leave unexplained."""
        failed = in_vain(found)
        spare = np.maximum(self.groups.sizes * len(self.plan.residuals) - len(self.names), 1)
        with np.errstate(all="ignore"):
            variances = found.stack.loss / spare
            far = variances > LARGER * better(variances[~failed])
            if (far & ~failed).any():
                shares = found.stack.loss / self.total
                far &= shares > WORSE * better(shares[~failed]) + NOTHING
        return np.asarray(failed | far)

    @cached_property
    def total(self) -> Vector:
        """The sum of squares of the weighted responses about their means, in each group; nan if there are none."""
        sizes, total = self.groups.sizes, np.zeros(self.count)
        weights: list[str | None] = [*self.plan.weights] or [None] * len(self.plan.responses)
        for response, target, weight in zip(self.plan.responses, self.problem.targets, weights, strict=True):
            if response.__class__ is Num:
                return np.full(self.count, np.nan)
            scaled = target if weight is None else target * self.problem.named[weight]
            scaled = scaled if self.order is None else scaled[self.order]
            with np.errstate(all="ignore"):
                scaled = scaled - scaled.mean()  # of all groups: what is left to cancel is the spread of their means
                sums = np.add.reduceat(scaled, self.groups.starts)
                total += np.add.reduceat(scaled * scaled, self.groups.starts) - sums * sums / sizes
        return total

    @cached_property
    def rounding(self) -> Vector:
        """What the loss of each group is uncertain by."""
        return np.where(np.isfinite(self.total), 1e-20 * self.total, 0.0)

    def searched_alone(self, found: March, poor: Whole) -> int:
        """Search a few of the poor groups on their own: how many improved."""
        improved = 0
        for group in some_of(poor, ALONE).tolist():
            at, which = self.searched(group), np.array([group])
            if at is not None:
                again = march(self.groups.some(which), at[None], self.lower, self.upper, steps=self.steps)
                improved += improve(found, which, again, self.rounding[which])
        return improved

    def begun_again(self, found: March, poor: Whole) -> bool:
        """Begin the poor groups again from the ends of others: whether that helped."""
        starts = different(found.at[self.trusted(found)], OTHERS)
        probe = some_of(poor, PROBE)
        improved = self.retried(found, probe, starts)
        rest = np.setdiff1d(poor, probe)
        if not improved > HELPS * len(probe):
            return False
        if len(rest):
            self.retried(found, rest, starts)
        return True

    def trusted(self, found: March) -> Whole:
        """The groups of whose ends the others may learn."""
        good = found.ends == CONVERGED
        best = good & ~self.poor(found)
        return np.flatnonzero(best if best.any() else good)

    def retried(self, found: March, which: Whole, starts: Stacked) -> int:
        """Begin groups anew from each of some places: how many improved."""
        if not len(starts) or not len(which):
            return 0
        some = self.groups.some(which)
        short = [self.shortly(some, np.tile(start, (len(which), 1))) for start in starts]
        losses = np.array([loss for _, loss in short])
        best = np.argmin(np.where(np.isfinite(losses), losses, np.inf), axis=0)
        at = np.array([at for at, _ in short])[best, np.arange(len(which))]
        again = march(some, at, self.lower, self.upper, steps=self.steps)
        return improve(found, which, again, self.rounding[which])

    def shortly(self, some: Groups, start: Stacked) -> tuple[Stacked, Vector]:
        """Where a few steps lead, with the linear parameters projected out, and the losses there."""
        lower, upper = self.lower, self.upper
        if not self.linear or len(self.linear) == len(self.names):
            ended = march(some, start, lower, upper, steps=SHORT)
            return ended.at, ended.stack.loss
        projected = Projected(some, self.linear)
        if lower is not None and upper is not None:
            lower, upper = lower[projected.others], upper[projected.others]
        ended = march(projected, start[:, projected.others], lower, upper, steps=SHORT)
        return projected.whole(ended.at), ended.stack.loss

    @cached_property
    def linear(self) -> list[int]:
        """The places of parameters in which the residuals are linear together, of those without bounds."""
        limits = self.plan.limits.by_name
        names = linear_names(self.plan.residuals, [name for name in self.names if name not in limits])
        return [self.names.index(name) for name in names]


def in_vain(found: March) -> Truth:
    """The groups that did not converge, or did so where some parameter is without effect."""
    R = found.stack.R / lengths(found.stack.R)[:, None, :]
    smallest = np.abs(np.diagonal(R, axis1=1, axis2=2)).min(axis=1)
    return np.asarray((found.ends != CONVERGED) | ~(smallest > FLAT))


def better(column: Vector) -> float:
    """What stands for the better groups."""
    good = column[np.isfinite(column)]
    return float(np.quantile(good, BETTERS)) if len(good) else np.inf


def some_of(which: Whole, most: int) -> Whole:
    """At most so many, evenly spread."""
    if len(which) <= most:
        return which
    return np.asarray(which[np.linspace(0, len(which) - 1, most).astype(int)])


def different(ends: Stacked, most: int) -> Stacked:
    """Ends that are far from each other: the middle one, then always that which is farthest from those chosen."""
    some = ends[some_of(np.arange(len(ends)), 1000)] if len(ends) else ends
    if len(some) <= 1:
        return some
    low, middle, high = np.quantile(some, [0.25, 0.5, 0.75], axis=0)
    places = np.clip((some - middle) / np.where(high > low, high - low, 1.0), -5, 5)
    chosen = [int(np.argmin(np.abs(places).sum(axis=1)))]
    while len(chosen) < min(most, len(some)):
        apart = np.abs(places[:, None] - places[chosen]).sum(axis=2).min(axis=1)
        if not apart.max() > 0:
            break
        chosen.append(int(np.argmax(apart)))
    return np.asarray(some[chosen])


def improve(found: March, which: Whole, again: March, rounding: Vector) -> int:
    """Keep the better end of each of some groups, one that converged or else the lower loss: how many improved.

    Losses that differ by `rounding` are the same.
    """
    before, now = found.stack.loss[which], again.stack.loss
    good, was = again.ends == CONVERGED, found.ends[which] == CONVERGED
    lower = np.isfinite(now) & ~(now >= before * (1 - SAME) - rounding)
    better = (good & ~was & (lower | (now <= before * (1 + SAME) + rounding))) | (lower & (good | ~was))
    some = which[better]
    found.at[some], found.ends[some] = again.at[better], again.ends[better]
    found.stack.put(some, again.stack.at(better))
    found.steps[which] += again.steps
    found.evaluations[which] += again.evaluations
    return int(better.sum())
