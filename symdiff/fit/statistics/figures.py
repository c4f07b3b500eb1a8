"""How good a fit is: shares of the variation explained, likelihood, information criteria."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

import numpy as np

from symdiff.core.expr import Num
from symdiff.fit.data.table import Vector
from symdiff.fit.descent.dataloss import DataLoss
from symdiff.fit.leastsquares.marquardt import scaled_norm
from symdiff.fit.statistics.portions import BLOCK, parts
from symdiff.fit.statistics.uncertainty import Uncertainty

ROUNDING: Final = 1e-14  # of the size of response and terms: residuals below are rounding


class Statistics(Uncertainty):
    """The errors of the parameters, and how good the fit is as a whole.

    R^2 is 1 - rss/(sum of squares about the mean), AIC is -2 log L + 2 p (Akaike 1974), AICc that corrected for few
    rows (Hurvich and Tsai 1989), BIC -2 log L + p log N (Schwarz 1978), where p counts the parameters that are
    determined, and sigma where it is not known.
    """

    @cached_property
    def constant(self) -> bool:
        """Whether a constant is one of the models there are: of linear ones that is worked out, else supposed."""
        plan, shape = self.problem.plan, self.shape
        if not (plan.linear and self.squares and shape) or len(plan.models) > 1 or plan.spreads:
            return True
        weights = self.problem.named[next(iter(plan.weights))] if plan.weights else np.ones(1)
        whole = np.broadcast_to(weights, (len(self.problem),))
        along, start = np.zeros(len(self.at)), 0
        for part in parts(self.problem):
            along += part.linearised(self.at)[1] @ whole[start : start + len(part)]
            start += len(part)
        square = float(whole @ whole)
        return square - float(np.square(along @ shape.root).sum()) <= 1e-9 * square

    @cached_property
    def total(self) -> float:
        """The sum of squares of the responses, weighted, about their means; about 0 where there is no constant."""
        plan = self.problem.plan
        if any(y.__class__ is Num for y in plan.responses):
            return math.nan
        named = [self.problem.named[name] for name in plan.weights]
        weights: Sequence[Vector | None] = named or [None] * len(plan.responses)
        scale, pairs = self.problem.scale * self.problem.scale, zip(self.problem.targets, weights, strict=True)
        return scale * math.fsum([squares_of(y, w, self.constant) for y, w in pairs])

    @property
    def r_squared(self) -> float:
        """1 - rss/(sum of squares about the mean); about 0 for a linear model without a constant term.

        nan for responses that do not vary, for orthogonal distances, and for losses that are no sum of squares: these
        are not least where it is largest.
        """
        if not self.squares or self.problem.plan.spreads or not self.total > 0:
            return math.nan
        return 1 - self.rss / self.total

    @property
    def adjusted(self) -> float:
        """1 - (1 - R^2)(N - 1)/(N - rank J), with N for N - 1 where R^2 is about 0."""
        return 1 - (1 - self.r_squared) * (self.count - self.constant) / self.dof if self.dof > 0 else math.nan

    @property
    def exact(self) -> bool:
        """Whether the model goes through the data, to rounding."""
        if not self.squares or self.problem.plan.spreads or self.R is None:
            return False
        with np.errstate(all="ignore"):
            terms = scaled_norm(np.array([scaled_norm(column) for column in self.R.T]) * self.at)  # summed up in floats
        return self.length <= ROUNDING * max(self.height, terms / 10 if math.isfinite(terms) else 0.0)

    @property
    def height(self) -> float:
        """The root of the sum of squares of the responses, divided by their sigmas."""
        targets, n = self.problem.targets, len(self.problem)
        one = np.broadcast_to(1.0, (n,))
        weights = [self.problem.named[name] for name in self.problem.plan.weights] or [one] * len(targets)
        slices = [slice(low, low + BLOCK) for low in range(0, n, BLOCK)]
        sizes = [scaled_norm(y[s] * w[s]) for y, w in zip(targets, weights, strict=True) for s in slices]
        return self.problem.scale * scaled_norm(np.array(sizes))

    @cached_property
    def unfinished(self) -> float:
        """The share of the sum of squares that one more step of Gauss and Newton would take away.

        About 0 at the least squares; near 1 where the residuals are what a descent has left undone.
        """
        if not self.squares or self.shape is None or self.system is None or not self.rss > 0:
            return 0.0
        with np.errstate(all="ignore"):
            step = self.shape.root.T @ self.system.slopes()
            share = float(np.square(step / math.sqrt(self.rss)).sum())
        return share if math.isfinite(share) else 0.0

    @cached_property
    def deviance(self) -> float:
        """-2 log L at its largest; nan for robust losses, which are no likelihoods.

        Of squares N log(2 pi rss/N) + N - sum(log w) with the weights w = 1/sigma^2, and rss + sum(log(2 pi sigma^2))
        for absolute ones; of named losses their sum, of a formula twice its sum, both up to a constant of the data.
        """
        if self.robust:
            return math.nan
        if self.likelihood:
            return float(DataLoss(self.problem)(self.at)[0]) * len(self.problem) * (1 if self.named else 2)
        logs = math.fsum([float(np.log(part).sum()) for part in self.weights()])
        if self.absolute:
            return self.rss + self.count * math.log(2 * math.pi) - 2 * logs
        if not self.rss > 0:
            return -math.inf
        return self.count * (math.log(2 * math.pi * self.rss / self.count) + 1) - 2 * logs

    def weights(self) -> Iterator[Vector]:
        """The 1/sigma, block by block."""
        for name in self.problem.plan.weights:
            column = self.problem.named[name]
            for low in range(0, len(column), BLOCK):
                yield column[low : low + BLOCK]

    @property
    def wanted(self) -> int:
        """How many numbers the likelihood has been adapted by: the parameters, and sigma where it is not known."""
        return self.rank + (0 if self.absolute else 1)

    @property
    def aic(self) -> float:
        """-2 log L + 2 p (Akaike 1974)."""
        return self.deviance + 2 * self.wanted

    @property
    def aicc(self) -> float:
        """AIC + 2 p (p + 1)/(N - p - 1) (Hurvich and Tsai 1989); nan for too few rows."""
        p, left = self.wanted, self.count - self.wanted - 1
        return self.aic + 2 * p * (p + 1) / left if left > 0 else math.nan

    @property
    def bic(self) -> float:
        """-2 log L + p log N (Schwarz 1978)."""
        return self.deviance + self.wanted * math.log(self.count)


def squares_of(y: Vector, w: Vector | None, centred: bool) -> float:
    """The sum of w^2 (y - mean)^2, with the mean weighted alike, or 0 for it, in blocks."""
    slices = [slice(low, low + BLOCK) for low in range(0, len(y), BLOCK)]
    weights = [np.ones(1) if w is None else w[s] for s in slices]
    with np.errstate(all="ignore"):
        mean = 0.0
        if centred:
            mean = math.fsum([float((u * u * y[s]).sum()) for s, u in zip(slices, weights, strict=True)])
            mean /= len(y) if w is None else math.fsum([float((u * u).sum()) for u in weights])
        return sum([float(np.square(u * (y[s] - mean)).sum()) for s, u in zip(slices, weights, strict=True)])
