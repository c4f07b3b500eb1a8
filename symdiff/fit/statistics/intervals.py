"""Confidence intervals of parameters: from their standard errors, or from the profile of the loss."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from symdiff.errors import FitError
from symdiff.fit.advice import Advice, Setting
from symdiff.fit.data.table import Vector
from symdiff.fit.descent.dataloss import DataLoss
from symdiff.fit.leastsquares.distances import Distances
from symdiff.fit.leastsquares.marquardt import levenberg_marquardt
from symdiff.fit.leastsquares.plane import AnySystem, Normal, Plane
from symdiff.fit.leastsquares.systems import plane_of
from symdiff.fit.problem import Problem
from symdiff.fit.statistics.distributions import t_quantile
from symdiff.fit.statistics.figures import Statistics
from symdiff.fit.words import num

Interval: TypeAlias = tuple[float, float]

KINDS: Final = ("linear", "profile")
FAR: Final = 1e7  # times the size of a parameter and its error: an interval that goes on beyond has no end
CLOSE: Final = 1e-7  # of the quantile: the end of an interval is found
TRIALS: Final = 60


def intervals(statistics: Statistics, level: float = 0.95, kind: str = "linear") -> dict[str, Interval]:
    """An interval for each parameter that holds the true one with the chance `level`; infinite where it has no end.

    "linear" is the value plus and minus the quantile of Student's t times the standard error. "profile" goes as far
    as the loss, least in all other parameters, stays below what the F distribution allows: right also where the loss
    is no parabola (Bates and Watts 1988, section 6.1). Bounds are obeyed; of tied parameters both kinds are linear.
    Raises FitError for a level outside 0..1, for profiles of a robust loss, which is no likelihood, and where a profile
    meets a loss below that of the fit.

    >>> from symdiff import fit
    >>> found = fit("a*x", {"x": [1, 2, 3, 4], "y": [2.1, 3.9, 6.2, 7.8]})
    >>> low, high = intervals(found.statistics)["a"]
    >>> round(low, 3), round(high, 3)
    (1.886, 2.094)
    """
    quantile = quantile_of(statistics, level)
    if kind not in KINDS:
        raise FitError(f"there is no interval of kind {kind!r}", f"choose from {', '.join(KINDS)}")
    found = linear(statistics, quantile)
    if kind == "linear":
        return found
    if statistics.robust:
        loss = statistics.problem.plan.loss.name
        raise FitError(f"the loss {loss} is no likelihood, so that it has no profile", 'take kind="linear"')
    if not math.isfinite(quantile) or not 0 < statistics.variance < math.inf:
        return found
    profile = Profile(statistics, quantile)
    with np.errstate(all="ignore"):
        return found | {name: profile.interval(i) for i, name in enumerate(statistics.problem.plan.free)}


def quantile_of(statistics: Statistics, level: float) -> float:
    """How many standard errors an interval reaches to each side; nan where there are no more rows than parameters."""
    if not 0 < level < 1:
        raise FitError(f"the level is {level}", "it is a chance, as 0.95")
    dof = statistics.quantile_dof
    return t_quantile((1 + level) / 2, dof) if dof > 0 else math.nan


def linear(statistics: Statistics, quantile: float) -> dict[str, Interval]:
    """Value plus and minus quantile times error, within the bounds."""
    problem, found = statistics.problem, {}
    limits = problem.plan.limits.by_name
    pairs = zip(problem.values(statistics.at).items(), statistics.errors.tolist(), strict=True)
    for (name, value), error in pairs:
        low, high = limits.get(name, (-math.inf, math.inf))
        reach = 0.0 if error == 0 else error if math.isinf(error) else quantile * error
        found[name] = (max(low, value - reach), min(high, value + reach)) if reach == reach else (math.nan, math.nan)
    return found


def plane_for(problem: Problem) -> Plane:
    """The plane on which a problem is searched: for likelihoods its R and z are of the loss to second order."""
    plan = problem.plan
    if plan.loss.of_residual:
        return Distances(problem) if plan.spreads else plane_of(problem)
    loss, rows = DataLoss(problem), len(problem) if problem.arrays else 1

    def plane(at: Vector) -> AnySystem | None:
        value, slopes = loss(at)
        curvature = loss.curvature(at)
        if not (math.isfinite(value) and np.isfinite(slopes).all() and np.isfinite(curvature).all()):
            return None
        return Normal(rows * value, rows * curvature / 2, rows * slopes / 2)

    return plane


class Profile:
    """The least loss as a function of one parameter, from the place of a fit on."""

    def __init__(self, statistics: Statistics, quantile: float) -> None:
        self.statistics, self.quantile = statistics, quantile
        self.plane, self.at = plane_for(statistics.problem), statistics.at
        limits = statistics.problem.plan.limits
        self.lower, self.upper = limits.lower, limits.upper
        self.least = self.evaluate(self.at)
        twice = 2 if statistics.likelihood and not statistics.named else 1
        self.variance = 1 / twice if statistics.absolute else statistics.reduced_chi_squared
        names = statistics.problem.plan.free
        order = {name: i for i, name in enumerate(statistics.problem.values(self.at))}
        own = [order[name] for name in names]
        self.covariance = np.nan_to_num(statistics.covariance[np.ix_(own, own)], posinf=0, neginf=0)

    def evaluate(self, at: Vector) -> float:
        """The loss at a place; infinite where it has none."""
        with np.errstate(all="ignore"):
            found = self.plane(at)
        return math.inf if found is None else found.loss

    def interval(self, i: int) -> Interval:
        """Both ends for a parameter, by its place."""
        return self.end(i, -1), self.end(i, 1)

    def end(self, i: int, side: int) -> float:
        """Where the profile reaches the quantile on one side: the bound if that is first, infinite if it never does."""
        centre, error = float(self.at[i]), math.sqrt(self.covariance[i, i])
        bound = float((self.upper if side > 0 else self.lower)[i])
        if centre == bound:
            return bound
        curve = Curve(self, i, side)
        size = error * self.quantile or abs(centre) or 1.0
        first = min(size, abs(centre) / 2 or size)  # so that a wide interval does not leap over a place with no fit
        inner, outer, reach = 0.0, math.inf, min(first, abs(bound - centre))
        for _ in range(TRIALS):
            height = curve(reach)
            if math.isnan(height):  # beyond what has a value: half the way back
                outer, reach = reach, (inner + reach) / 2
                if outer - inner <= 1e-6 * outer:
                    return centre + side * inner
                continue
            if height >= self.quantile:
                return centre + side * crossing(curve, inner, reach, self.quantile)
            inner = reach
            if reach == abs(bound - centre):
                return bound
            if reach > FAR * (abs(centre) + size):
                return side * math.inf
            factor = min(max(1.02 * self.quantile / height if height > 0 else 4.0, 1.1), 4.0 if reach > size else 2.0)
            reach = min(reach * factor, abs(bound - centre), outer if math.isinf(outer) else (reach + outer) / 2)
        return side * math.inf


class Curve:
    """The root of the rise of the least loss, in units of its standard deviation, so far from a parameter's value."""

    def __init__(self, profile: Profile, i: int, side: int) -> None:
        self.profile, self.i, self.side = profile, i, side
        variance = profile.covariance[i, i]
        self.drift = profile.covariance[:, i] / variance if variance > 0 else np.zeros(len(profile.at))
        self.last: tuple[float, Vector] = (0.0, profile.at)

    def __call__(self, reach: float) -> float:
        """The height there, the other parameters searched from where they were last; nan where there is no value."""
        profile, i = self.profile, self.i
        far, place = self.last
        start = place + self.side * (reach - far) * self.drift
        value = profile.at[i] + self.side * reach
        for begin in (start, place):
            found = self.least(np.clip(begin, profile.lower, profile.upper), value)
            if found is not None:
                break
        else:
            return math.nan
        loss, at = found
        rise = (loss - profile.least) / profile.variance
        if rise < -1e-3:
            self.refuse(at, loss)
        self.last = (reach, at)
        return math.sqrt(max(rise, 0.0))

    def least(self, start: Vector, value: float) -> tuple[float, Vector] | None:
        """The least loss with the parameter held at a value, and the whole place."""
        profile, i = self.profile, self.i
        held = np.arange(len(start)) == i

        def place(others: Vector) -> Vector:
            whole = np.empty(len(start))
            whole[held], whole[~held] = value, others
            return whole

        def plane(others: Vector) -> AnySystem | None:
            found = profile.plane(place(others))
            return None if found is None else found.without(held)

        if len(start) == 1:
            loss = profile.evaluate(np.array([value]))
            return (loss, np.array([value])) if math.isfinite(loss) else None
        found = levenberg_marquardt(
            plane, start[~held], lower=profile.lower[~held], upper=profile.upper[~held], steps=200, polish=0
        )
        return None if found.system is None else (found.system.loss, place(found.at))

    def refuse(self, at: Vector, loss: float) -> None:
        """Say that the fit is not at the least loss."""
        names = self.profile.statistics.problem.plan.free
        start = Setting("start", {name: float(num(value, 6)) for name, value in zip(names, at.tolist(), strict=True)})
        raise FitError(
            f"with {names[self.i]} held there is a loss of {num(loss, 6)}, below that of the fit, "
            f"{num(self.profile.least, 6)}: the fit is not at the least",
            Advice("fit again with ", start),
        )


def crossing(curve: Callable[[float], float], low: float, high: float, goal: float) -> float:
    """Where a curve between two places has a height, by regula falsi (Illinois)."""
    at_low, at_high = (curve(low) if low else 0.0) - goal, curve(high) - goal
    for _ in range(TRIALS):
        if abs(at_high) <= CLOSE * goal or high == low or math.isnan(at_low):
            break
        middle = high - at_high * (high - low) / (at_high - at_low) if at_low != at_high else (low + high) / 2
        value = curve(middle) - goal
        if math.isnan(value):
            break
        if value * at_high < 0:
            low, at_low = high, at_high
        else:
            at_low /= 2
        high, at_high = middle, value
    return high
