"""What the residuals tell: whether they are without pattern, normal, of one size; which rows stand out.

Sources: runs: Wald and Wolfowitz 1940; normality: Anderson and Darling, with the p values of D'Agostino and Stephens,
Goodness-of-fit techniques, 1986, section 4.8; serial correlation: Durbin and Watson 1950; spread: Breusch and Pagan
1979 as studentised by Koenker 1981; rows: Cook and Weisberg, Residuals and influence in regression, 1982.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from symdiff.fit.data.table import Vector
from symdiff.fit.statistics.distributions import chi2_tail, normal_tail
from symdiff.fit.statistics.figures import Statistics
from symdiff.fit.statistics.outliers import Outlier, outliers, series
from symdiff.fit.statistics.portions import parts

UNFINISHED: Final = 0.01  # of the sum of squares: where a step would take away more, the residuals are the method's
RARE: Final = 0.01  # a chance below which a test speaks: of four tests of a good fit one in 25 has a word to say
FEW: Final = 8  # residuals below which a test has nothing to go by
LEFT: Final = "{:.0f} % of the sum of squares is what the method has left undone: errors and residuals tell nothing yet"
EXACT: Final = 60  # signs up to which the chance of a number of runs is counted out


@dataclass(frozen=True, slots=True)
class Finding:
    """A test of the residuals: its statistic, the chance of one as extreme if all is well, and what that means."""

    name: str
    statistic: float
    p: float
    words: str

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against the fit."""
        return not self.p < RARE


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """All that the residuals tell: the tests, and the rows that stand out, most first; `of` residuals were tested."""

    tests: tuple[Finding, ...] = ()
    outliers: tuple[Outlier, ...] = ()
    of: int = 0
    note: str = ""
    by_name: dict[str, Finding] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Finding:
        return self.by_name[name]

    @property
    def complaints(self) -> tuple[Finding, ...]:
        """The tests that speak against the fit."""
        return tuple([test for test in self.tests if not test.passed])


def diagnostics(statistics: Statistics) -> Diagnostics:
    """The tests of the residuals of a fit and the rows that stand out.

    The residuals are divided by their sigmas. In order means in the order of the input, where there is one, else of
    the rows. More than 100,000 residuals are tested by a sample spread over all; outliers are sought among all.

    >>> from symdiff import fit
    >>> x = list(range(12))
    >>> found = diagnostics(fit("a*x + b", {"x": x, "y": [u**2 for u in x]}).statistics)
    >>> found["durbin_watson"].words
    'neighbouring residuals are alike: the errors of the parameters are not to be trusted'
    """
    if statistics.problem.plan.loss.name == "poisson" and not statistics.problem.plan.weights and statistics.dof > 0:
        one = dispersion(statistics)
        return Diagnostics((one,), (), statistics.count, "", {one.name: one})
    if statistics.likelihood or statistics.problem.plan.spreads:
        return Diagnostics(note="tests of residuals are for errors in the response that are normal or nearly so")
    if statistics.dof <= 0 or statistics.shape is None:
        return Diagnostics(note="there are no rows to spare for tests of the residuals")
    if statistics.exact:
        return Diagnostics(note="the model goes through the data to rounding: the residuals say nothing")
    if statistics.unfinished > UNFINISHED:
        return Diagnostics(note=LEFT.format(100 * min(statistics.unfinished, 1.0)))
    with np.errstate(all="ignore"):
        tests, count = examined(statistics)
        rows = outliers(statistics)
    if statistics.robust:  # such a loss is taken because they are not normal
        tests = tuple([test for test in tests if test.name != "normality"])
    return Diagnostics(tests, rows, count, "", {test.name: test for test in tests})


def examined(statistics: Statistics) -> tuple[tuple[Finding, ...], int]:
    """The tests, and of how many residuals they are."""
    found: list[tuple[Finding, ...]] = []
    total = 0
    for residuals, fitted, order in series(statistics):
        total += len(residuals)
        size = float(np.abs(residuals).max(initial=0.0))
        residuals = residuals / size if size > 0 else residuals  # squares of the largest floats are none
        if len(residuals) >= FEW and size > 0 and math.isfinite(size):
            in_order = residuals[order]
            found.append((runs(in_order), durbin_watson(in_order), normality(residuals), spread(residuals, fitted)))
    return tuple([worst(several) for several in zip(*found, strict=True)]), total


def worst(several: tuple[Finding, ...]) -> Finding:
    """Of the same test for several responses the one that speaks loudest; its chance counts all of them."""
    one = min(several, key=lambda test: test.p)
    if len(several) == 1:
        return one
    return Finding(one.name, one.statistic, min(1.0, one.p * len(several)), one.words)


def runs(residuals: Vector) -> Finding:
    """Whether the signs change as often as by chance: too seldom means a curve that the model misses."""
    signs = residuals[residuals != 0] > 0
    above, below = int(signs.sum()), int((~signs).sum())
    count = int((signs[1:] != signs[:-1]).sum()) + 1 if len(signs) else 0
    few, many = run_chances(count, above, below)
    p = min(1.0, 2 * min(few, many))
    if p >= RARE:
        words = "the signs of the residuals change as often as by chance"
    elif few < many:
        words = "the residuals keep their sign too long: the model misses a curve in the data"
    else:
        words = "the signs of the residuals change too often for chance"
    return Finding("runs", count, p, words)


def run_chances(count: int, above: int, below: int) -> tuple[float, float]:
    """The chances of so few and of so many runs among two kinds of signs in random order."""
    n = above + below
    if not above or not below:
        return (2.0 ** (1 - n), 1.0) if n > 1 else (1.0, 1.0)
    if n <= EXACT:
        ways = [run_ways(r, above, below) for r in range(n + 2)]
        total = sum(ways)
        return sum(ways[: count + 1]) / total, sum(ways[count:]) / total
    mean = 2 * above * below / n + 1
    deviation = math.sqrt((mean - 1) * (mean - 2) / (n - 1))
    return normal_tail((mean - count - 0.5) / deviation), normal_tail((count - mean - 0.5) / deviation)


def run_ways(r: int, above: int, below: int) -> int:
    """In how many orders there are r runs."""
    half, odd = divmod(r, 2)
    if r < 2:
        return 0
    if not odd:
        return 2 * math.comb(above - 1, half - 1) * math.comb(below - 1, half - 1)
    return math.comb(above - 1, half) * math.comb(below - 1, half - 1) + math.comb(above - 1, half - 1) * math.comb(
        below - 1, half
    )


def durbin_watson(residuals: Vector) -> Finding:
    """Whether neighbours are alike: 2 if not, towards 0 if they are, towards 4 if they are opposite.

    The chance is that of the normal approximation of the serial correlation, whose variance is about 1/n.
    """
    n = len(residuals)
    statistic = float(np.square(np.diff(residuals)).sum() / np.square(residuals).sum())
    p = min(1.0, 2 * normal_tail(abs(1 - statistic / 2) * math.sqrt(n)))
    if p >= RARE:
        words = "neighbouring residuals are not correlated"
    else:
        alike = "alike" if statistic < 2 else "opposite"
        words = f"neighbouring residuals are {alike}: the errors of the parameters are not to be trusted"
    return Finding("durbin_watson", statistic, p, words)


def normality(residuals: Vector) -> Finding:
    """The test of Anderson and Darling for normal residuals of unknown mean and variance."""
    n, deviation = len(residuals), float(residuals.std(ddof=1))
    if not deviation > 1e-12 * float(np.abs(residuals).max()):
        return Finding("normality", 0.0, 1.0, "the residuals are all the same")
    z = np.sort((residuals - residuals.mean()) / deviation) / math.sqrt(2)
    below, above = erfc(-z) / 2, erfc(z) / 2
    i = np.arange(1, n + 1)
    logs = np.log(np.maximum(below, 1e-300)) + np.log(np.maximum(above[::-1], 1e-300))
    square = float(-n - ((2 * i - 1) * logs).sum() / n)
    adjusted = square * (1 + 0.75 / n + 2.25 / n**2)
    p = anderson_darling_tail(adjusted)
    normal = "the residuals are as normal ones would be"
    words = normal if p >= RARE else "the residuals are not normal: the intervals are only rough"
    return Finding("normality", adjusted, p, words)


def erfc(z: Vector) -> Vector:
    """The complement of the error function, one by one."""
    return np.array([math.erfc(value) for value in z.tolist()])


def anderson_darling_tail(a: float) -> float:
    """The chance of a larger A^2, adjusted for n (D'Agostino and Stephens 1986, table 4.9)."""
    if a >= 0.6:
        return math.exp(1.2937 - 5.709 * a + 0.0186 * a * a) if a < 13 else 0.0
    if a > 0.34:
        return math.exp(0.9177 - 4.279 * a - 1.38 * a * a)
    if a > 0.2:
        return 1 - math.exp(-8.318 + 42.796 * a - 59.938 * a * a)
    return 1 - math.exp(-13.436 + 101.14 * a - 223.73 * a * a)


def spread(residuals: Vector, fitted: Vector) -> Finding:
    """Whether the size of the residuals follows the fitted value."""
    squares = np.square(residuals) - np.square(residuals).mean()
    values = fitted - fitted.mean()
    within, across = float(squares @ squares), float(values @ values)
    if not within > 0 or not across > 0:
        return Finding("spread", 0.0, 1.0, "the residuals are of one size")
    share = float(squares @ values) / math.sqrt(within) / math.sqrt(across)
    statistic = len(residuals) * share**2
    p = chi2_tail(statistic, 1)
    if p >= RARE:
        words = "the residuals are of one size"
    else:
        way = "grow" if share > 0 else "shrink"
        words = f"the residuals {way} with the fitted value: give sigma or weights, or fit the logarithm"
    return Finding("spread", statistic, p, words)


def dispersion(statistics: Statistics) -> Finding:
    """Whether counts scatter as Poisson's distribution says: Pearson's chi squared (McCullagh and Nelder 1989)."""
    square = 0.0
    with np.errstate(all="ignore"):
        for part in parts(statistics.problem):
            r = part.residuals(statistics.at)
            square += float((r * r / (np.concatenate(part.targets) + r)).sum())
    p = chi2_tail(square, statistics.dof)
    if not p < RARE:
        return Finding("dispersion", square, p, "the counts scatter as they should")
    factor = math.sqrt(square / statistics.dof)
    words = f"the counts scatter more than Poisson's distribution says: multiply the standard errors by {factor:.2g}"
    return Finding("dispersion", square, p, words)
