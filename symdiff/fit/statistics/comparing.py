"""Which of several fits to the same data to believe: nested models by a test, any models by information criteria."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from symdiff.errors import FitError
from symdiff.fit.data.table import Vector
from symdiff.fit.leastsquares.marquardt import levenberg_marquardt
from symdiff.fit.leastsquares.plane import System, turned
from symdiff.fit.statistics.distributions import chi2_tail, f_tail
from symdiff.fit.statistics.figures import Statistics
from symdiff.fit.statistics.portions import sample
from symdiff.fit.words import num, real
from symdiff.text.show import show

if TYPE_CHECKING:
    from symdiff.fit.result import Fit

RARE: Final = 0.05
SAME: Final = 1e-3  # of the residuals: what a larger model may leave of the curve of a smaller one that it holds
ROWS: Final = 2_000  # rows on which that is tried
ALIKE: Final = 1e-6  # of -2 log L: a difference that is rounding
FLOATS: Final = 1e-12  # of the responses: the same where the residuals are rounding


@dataclass(frozen=True, slots=True)
class Verdict:
    """A smaller model against a larger one, by their places: the test ("F", or "chi squared"), its chance, in words.

    Where the models are not nested `statistic` and `p` are nan, and the words go by AIC.
    """

    smaller: int
    larger: int
    nested: bool
    test: str
    statistic: float
    p: float
    words: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Fits to the same data side by side, in the order in which they were given.

    `models`, `parameters` (how many are free), `losses`, `aic`, `bic`; `weights` are the chances that AIC gives each
    model to be the best of these (Burnham and Anderson, Model selection, 2nd ed. 2002, section 2.9); `verdicts` go from
    each model to the next larger one.
    """

    models: tuple[str, ...]
    parameters: tuple[int, ...]
    losses: tuple[float, ...]
    aic: tuple[float, ...]
    bic: tuple[float, ...]
    weights: tuple[float, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def best(self) -> int:
        """The place of the model with the least AIC."""
        return int(np.argmin(self.aic))

    def __str__(self) -> str:
        return self.report()

    def report(self) -> str:
        """The comparison as a table, and a sentence for each pair."""
        rows = [("model", "parameters", "loss", "AIC", "BIC", "weight")]
        aic, bic = above_least(self.aic), above_least(self.bic)
        for i, model in enumerate(self.models):
            numbers = num(self.losses[i], 6), aic[i], bic[i], num(self.weights[i], 3)
            rows.append((model, str(self.parameters[i]), *numbers))
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        table = []
        for first, *rest in rows:
            table.append("  ".join([first.ljust(widths[0]), *map(str.rjust, rest, widths[1:])]).rstrip())
        return "\n".join([*table, "", *[f"{one.words[:1].upper()}{one.words[1:]}." for one in self.verdicts]])

    def summary(self) -> dict[str, Any]:
        """The same as plain data, safe for JSON."""
        return {
            "models": list(self.models),
            "parameters": list(self.parameters),
            "losses": safe(self.losses),
            "aic": safe(self.aic),
            "bic": safe(self.bic),
            "weights": safe(self.weights),
            "best": self.best,
            "verdicts": [
                {
                    "smaller": one.smaller,
                    "larger": one.larger,
                    "nested": one.nested,
                    "test": one.test,
                    "statistic": real(one.statistic),
                    "p": real(one.p),
                    "words": one.words,
                }
                for one in self.verdicts
            ],
        }


def above_least(values: Sequence[float]) -> list[str]:
    """By how much each is above the least of them."""
    least = min(values)
    return ["best" if value == least or value - least <= ALIKE else f"+{num(value - least, 4)}" for value in values]


def safe(values: Iterable[float]) -> list[float | None]:
    """The values, None for what JSON has no word for."""
    return [real(value) for value in values]


def compare(*fits: Fit) -> Comparison:
    """Fits of different models to the same data, side by side.

    A model that holds a smaller one (which is tried: it is fitted to the other's curve) is put against it by the F test
    of the rise of the sum of squares, or the likelihood ratio for other losses and absolute sigmas; all are weighed by
    AIC. Raises FitError for fewer than two fits, other data, other losses, and robust losses, which are no likelihoods.

    >>> from symdiff import fit
    >>> data = {"x": [0, 1, 2, 3, 4, 5], "y": [1.1, 1.9, 5.2, 9.8, 17.1, 26.0]}
    >>> print(compare(fit("a*x + b", data), fit("a*x^2 + b*x + c", data)).verdicts[0].words)
    the larger model explains more than chance would (F = 1095 on 1 and 3, p = 6.06e-5): keep a*x^2 + b*x + c
    """
    if len(fits) < 2:
        raise FitError("a comparison needs two fits or more", "give them one after the other")
    found = [one.statistics for one in fits]
    for other in found[1:]:
        check_same(found[0], other)
    order = sorted(range(len(found)), key=lambda i: found[i].rank)
    aic = [one.aic for one in found]
    least = min(aic)
    shares = [math.exp((least - one) / 2) if math.isfinite(one) else float(one == least) for one in aic]
    return Comparison(
        tuple([", ".join(map(show, one.problem.plan.models)) for one in found]),
        tuple([one.rank for one in found]),
        tuple([one.rss if one.squares else one.deviance for one in found]),
        tuple(aic),
        tuple([one.bic for one in found]),
        tuple([share / sum(shares) for share in shares]),
        tuple([verdict(found, i, j) for i, j in pairwise(order)]),
    )


def check_same(one: Statistics, other: Statistics) -> None:
    """That two fits are of the same rows, responses, weights and loss. Raises FitError."""
    first, second = one.problem, other.problem
    hint = "fit both models to the same data, with the same y, sigma and loss"
    if len(first) != len(second) or not np.array_equal(first.data.rows, second.data.rows):
        raise FitError(f"the fits are of different rows: {len(first):,} and {len(second):,}", hint)
    if list(map(show, first.plan.responses)) != list(map(show, second.plan.responses)) or not all(
        np.array_equal(u, v) for u, v in zip(first.targets, second.targets, strict=True)
    ):
        raise FitError("the fits are of different responses", hint)
    weights = [[p.named[name] for name in p.plan.weights] for p in (first, second)]
    if len(weights[0]) != len(weights[1]) or not all(map(np.array_equal, *weights)):
        raise FitError("the fits have different sigmas or weights", hint)
    for p in (first.plan, second.plan):
        if p.loss.of_residual and not p.loss.squares:
            raise FitError(f"the loss {p.loss.name} is no likelihood, by which models could be compared", hint)
    if first.plan.loss.formula is not second.plan.loss.formula or first.plan.absolute != second.plan.absolute:
        raise FitError("the fits have different losses", hint)


def verdict(found: list[Statistics], i: int, j: int) -> Verdict:
    """A smaller model against a larger one."""
    small, large = found[i], found[j]
    more = large.rank - small.rank
    f = small.squares and not small.absolute
    test = "F" if f else "chi squared"
    if same(small, large):
        words = f"both are the same model, {name_of(small)}: there is nothing to choose"
        return Verdict(i, j, False, test, math.nan, math.nan, words)
    nested = more > 0 and large.dof > 0 and holds(large, small)
    if not nested:
        return Verdict(i, j, False, test, math.nan, math.nan, by_criterion(small, large))
    if f:
        gain = max(small.rss - large.rss, 0.0) / more
        statistic = gain / large.reduced_chi_squared if large.rss > 0 else math.inf if gain > 0 else 0.0
        p, on = f_tail(statistic, more, large.dof), f" on {more} and {large.dof}"
    else:
        statistic = max(small.deviance - large.deviance, 0.0)
        p, on = chi2_tail(statistic, more), f" on {more}"
    told = f"({test} = {num(statistic, 4)}{on}, p = {num(p)})"
    if p < RARE:
        words = f"the larger model explains more than chance would {told}: keep {name_of(large)}"
    else:
        words = f"what the larger model explains more may be chance {told}: keep {name_of(small)}"
    return Verdict(i, j, True, test, statistic, p, words)


def same(one: Statistics, other: Statistics) -> bool:
    """Whether two fits are of one model, which was given twice."""
    first, second = one.problem.plan, other.problem.plan
    return first.models == second.models and first.tied == second.tied and first.limits.by_name == second.limits.by_name


def by_criterion(one: Statistics, other: Statistics) -> str:
    """Two models of which none holds the other."""
    if one.exact and other.exact:
        return f"both go through the data to rounding: {name_of(one)} and {name_of(other)} cannot be told apart by them"
    if one.rank == other.rank and abs(one.deviance - other.deviance) <= ALIKE:
        return "the models fit alike, with as many parameters: by these data there is nothing to choose"
    better, worse = (one, other) if one.aic <= other.aic else (other, one)
    gap = num(worse.aic - better.aic, 3)
    return f"neither model was seen to hold the other: by AIC {name_of(better)} is better by {gap}"


def name_of(one: Statistics) -> str:
    """The model as written."""
    return ", ".join(map(show, one.problem.plan.models))


def holds(large: Statistics, small: Statistics) -> bool:
    """Whether the larger model can be what the smaller one is: it is fitted to the smaller one's curve."""
    larger, smaller = sample(large.problem, ROWS), sample(small.problem, ROWS)
    if larger.plan.spreads or len(larger.plan.models) != len(smaller.plan.models):
        return False
    curve = smaller.residuals(small.at)
    enough = max(SAME**2 * float(curve @ curve), FLOATS**2 * sum([float(y @ y) for y in smaller.targets]))

    def plane(at: Vector) -> System | None:
        residuals, J = larger.linearised(at)
        return turned([(np.vstack([J, residuals - curve]), None)])

    for start in starts(large, small):
        found = levenberg_marquardt(plane, start, steps=300, polish=0)
        if found.system is not None and found.system.loss <= enough:
            return True
    return False


def starts(large: Statistics, small: Statistics) -> list[Vector]:
    """Where the larger model may be the smaller one: where it was, then with its values, and 0 or 1 for the rest."""
    shared = small.problem.values(small.at)
    names = large.problem.plan.free
    known = np.array([name in shared for name in names])
    values = np.array([shared.get(name, 0.0) for name in names])
    return [large.at, *[np.where(known, values, rest) for rest in (large.at, 0.0, 1.0)]]
