"""How far to trust the parameters of a fit: what the data determine, standard errors, covariances."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from symdiff.calculus.diff import gradient
from symdiff.fit.data.table import Square, Vector
from symdiff.fit.descent.dataloss import DataLoss, losses_of
from symdiff.fit.leastsquares.distances import Distances
from symdiff.fit.leastsquares.marquardt import scaled_norm
from symdiff.fit.leastsquares.plane import AnySystem
from symdiff.fit.leastsquares.systems import plane_of
from symdiff.fit.problem import Problem
from symdiff.fit.statistics.curved import Bent, bent, root_of_slopes, straight
from symdiff.fit.statistics.portions import parts
from symdiff.fit.statistics.shape import Bools, Shape, errors_of, root_of, shape_of
from symdiff.numeric.compile import compile
from symdiff.numeric.sums import Sums

CURVED: Final = 0.25  # of the rows: a Hessian made up by fewer of them is none to rely on


@dataclass(eq=False)
class Uncertainty:
    """The errors of the parameters of a problem at a place, each figure computed when it is first asked for.

    With the residuals r (divided by sigma), their slopes J and N = rows times responses: the degrees of freedom are
    N - rank J, reduced chi squared is r'r/(N - rank J), and the covariance of the parameters inv(J'J), times reduced
    chi squared unless the sigmas are absolute (Bates and Watts, Nonlinear Regression Analysis, 1988, section 2.1).
    Robust losses have the covariance inv(H) G inv(H) N/(N - rank), where H is the Hessian of the loss and G the sum of
    squares of its slopes row by row (Huber, Robust Statistics, 1981, section 6.3; White 1980); where too few rows make
    up that Hessian, as of abs(r), J'J times the change of the loss's slope over the scatter stands for it. Losses of
    prediction and response have the inverse Hessian of the negative log-likelihood: half the loss for those that have a
    name, the loss as it stands for a formula; no errors where it is not curved. A parameter that rests on a bound
    counts as fixed.
    """

    problem: Problem
    at: Vector
    given: AnySystem | None = None

    # ------------------------------------------------------------------------------------------------ what was asked

    @property
    def squares(self) -> bool:
        """Whether the loss is the sum of squares."""
        return self.problem.plan.loss.squares

    @property
    def robust(self) -> bool:
        """Whether it is another loss of the residual."""
        return self.problem.plan.loss.of_residual and not self.squares

    @property
    def likelihood(self) -> bool:
        """Whether it is a loss of prediction and response."""
        return not self.problem.plan.loss.of_residual

    @property
    def absolute(self) -> bool:
        """Whether the size of the errors is known beforehand."""
        return self.likelihood or (self.squares and self.problem.plan.absolute)

    @property
    def count(self) -> int:
        """N, rows times responses."""
        return len(self.problem) * len(self.problem.plan.residuals)

    @cached_property
    def held(self) -> Bools:
        """Which of the free parameters rest on a bound."""
        limits = self.problem.plan.limits
        if not limits.bounded:
            return np.zeros(len(self.at), bool)
        return np.asarray((self.at <= limits.lower) | (self.at >= limits.upper))

    # ------------------------------------------------------------------------------------------------------ the shape

    @cached_property
    def system(self) -> AnySystem | None:
        """The reduced system; None where there is none, or the loss is no sum of squares."""
        if self.given is not None or not self.squares:
            return self.given
        plane = Distances(self.problem) if self.problem.plan.spreads else plane_of(self.problem)
        with np.errstate(all="ignore"):
            return plane(self.at)

    @cached_property
    def hessian(self) -> Square:
        """The Hessian of the loss, summed over the rows, of a loss that is no sum of squares."""
        return DataLoss(self.problem).hessian(self.at) * (len(self.problem) if self.problem.arrays else 1)

    @cached_property
    def R(self) -> Square | None:
        """R with R'R the matrix whose inverse is the covariance, but for a factor, in all free parameters."""
        if self.squares:
            return None if self.system is None else self.system.R
        if self.bent is not None or self.straight:
            return root_of_slopes(self.problem, self.at, self.count)
        return self.curved

    @cached_property
    def curved(self) -> Square | None:
        """The root of the Hessian of the negative log-likelihood, or of a robust loss; None where it curves down."""
        return root_of(self.hessian / 2 if self.likelihood and self.named else self.hessian)

    @cached_property
    def bent(self) -> Bent | None:
        """What stands for the Hessian of a robust loss, where that has too few rows to rest on; else None."""
        if not self.robust:
            return None
        found = bent(self.problem, self.at)
        return None if found.share >= CURVED and self.curved is not None else found

    @cached_property
    def straight(self) -> bool:
        """Whether a loss of prediction and response is not curved at all."""
        return self.likelihood and not self.named and straight(self.problem, self.at)

    @cached_property
    def shape(self) -> Shape | None:
        """What the data determine, in the free parameters; None where the loss curves down or has no value.

        Those that rest on a bound stand still.
        """
        if self.R is None or not np.isfinite(self.R).all():
            return None
        inside = np.flatnonzero(~self.held)
        try:
            part = shape_of(self.R[:, inside])
        except np.linalg.LinAlgError:  # numbers so far apart that no float holds their ratios
            return None
        if len(inside) == len(self.at):
            return part
        root, null = np.zeros((len(self.at), part.rank)), np.zeros((len(self.at), part.null.shape[1]))
        lengths = np.ones(len(self.at))
        root[inside], null[inside], lengths[inside] = part.root, part.null, part.lengths
        return Shape(root, null, lengths, part.condition)

    @property
    def named(self) -> bool:
        """Whether the loss has a name: those of the table are twice a negative log-likelihood."""
        return self.problem.plan.loss.name != "formula"

    @property
    def condition(self) -> float:
        """The condition of J, its columns scaled to length 1: the digits of the data that the parameters cost."""
        return math.nan if self.shape is None else self.shape.condition

    @property
    def rank(self) -> int:
        """How many directions are determined."""
        return 0 if self.shape is None else self.shape.rank

    @property
    def dof(self) -> int:
        """N - rank J."""
        return self.count - self.rank

    @property
    def quantile_dof(self) -> float:
        """The degrees of freedom of Student's t: infinite where the size of the errors is known."""
        return math.inf if self.absolute else float(self.dof)

    # ----------------------------------------------------------------------------------------------------- covariance

    @cached_property
    def variance(self) -> float:
        """What the inverse of R'R is multiplied by; nan where no row is left to tell it, or the loss is not curved."""
        if self.straight:
            return math.nan
        if self.absolute:
            return 1.0
        if self.robust:
            own = 1.0 if self.bent is None else self.bent.variance
            return own * self.count / self.dof if self.dof > 0 else math.nan
        return self.reduced_chi_squared

    @cached_property
    def deviation(self) -> float:
        """The root of `variance`, which is a float also where squares of residuals are beyond floats."""
        if self.absolute or self.robust:
            return math.sqrt(self.variance)
        return self.length / math.sqrt(self.dof) if self.dof > 0 else math.nan

    @property
    def length(self) -> float:
        """The root of the sum of squared residuals, whatever their size."""
        if 1e-280 < self.rss < 1e280:
            return math.sqrt(self.rss)
        return scaled_norm(np.array([scaled_norm(part.residuals(self.at)) for part in parts(self.problem)]))

    @cached_property
    def widths(self) -> Shape | None:
        """The shape, its root one of the covariance but for `variance`."""
        if self.shape is None or not self.robust or self.bent is not None:
            return self.shape
        H, G = self.shape.inverse, self.scores
        with np.errstate(all="ignore"):
            middle = root_of(H @ G @ H)
        return None if middle is None else self.shape._replace(root=middle.T)

    @cached_property
    def scores(self) -> Square:
        """The sum over rows of the outer products of the slopes of the loss."""
        plan = self.problem.plan
        if "scores" not in plan.settings:
            plan.settings["scores"] = Sums(plan.args, [gradient(e, plan.free) for e in losses_of(plan)])
        sums = plan.settings["scores"]
        assert isinstance(sums, Sums)
        return sums([*self.at.tolist(), *self.problem.arrays])[0]

    @cached_property
    def slopes(self) -> Square:
        """The slopes of all parameters, tied and fixed ones included, in the free ones."""
        plan = self.problem.plan
        rows = dict(zip(plan.free, np.eye(len(plan.free)), strict=True))
        for name, e in plan.tied.items():
            found = compile(gradient(e, plan.free), plan.free)(*self.at.tolist())
            rows[name] = np.array(found, float)
        return np.array([rows[name] for name in (*plan.parameters, *self.problem.extra)])

    @cached_property
    def errors(self) -> Vector:
        """The standard errors of all parameters: 0 of fixed ones, nan at a bound, infinite where undetermined."""
        if self.widths is None:
            found = np.where(np.abs(self.slopes).sum(axis=1) > 0, math.nan, 0.0)
        else:
            found = errors_of(self.widths, self.deviation, self.slopes)
        found[~self.slopes.any(axis=1)] = 0.0
        moved, held = self.slopes != 0, self.held  # a tied one goes with those that are not held
        found[moved[:, held].any(axis=1) & ~moved[:, ~held].any(axis=1)] = math.nan
        return found

    @cached_property
    def covariance(self) -> Square:
        """The covariances of all parameters; infinite variances where they are not determined, nan beside them."""
        if self.widths is None:
            return np.full((len(self.slopes), len(self.slopes)), math.nan)
        with np.errstate(all="ignore"):
            root = self.slopes @ self.widths.root
            whole = self.variance * (root @ root.T)
        bad = ~np.isfinite(self.errors)
        whole[bad], whole[:, bad] = math.nan, math.nan
        whole[bad, bad] = self.errors[bad]
        return whole

    @cached_property
    def correlations(self) -> Square:
        """The covariances divided by the errors; nan for parameters without an error."""
        if self.widths is None:
            return np.full((len(self.slopes), len(self.slopes)), math.nan)
        known = np.isfinite(self.errors) & (self.errors > 0)
        with np.errstate(all="ignore"):
            root = self.slopes @ self.widths.root
            root = np.where(known[:, None], root / np.abs(root).max(axis=1, initial=0.0, keepdims=True), math.nan)
            root /= np.sqrt(np.square(root).sum(axis=1, keepdims=True))
            return np.asarray(np.clip(root @ root.T, -1, 1))

    # ------------------------------------------------------------------------------------------------ what is left over

    @cached_property
    def rss(self) -> float:
        """The sum of the squared residuals, each divided by its sigma; of orthogonal distances, theirs."""
        if self.squares and self.system is not None:
            return self.system.loss
        scale = self.problem.scale**2
        return scale * math.fsum([float(r @ r) for r in (part.residuals(self.at) for part in parts(self.problem))])

    @property
    def reduced_chi_squared(self) -> float:
        """rss/(N - rank J); nan where there are no more rows than parameters."""
        return self.rss / self.dof if self.dof > 0 else math.nan
