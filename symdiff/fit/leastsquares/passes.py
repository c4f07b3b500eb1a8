"""Fits of data that come in batches: every step of the method is one pass over all of them, in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import numpy as np

from symdiff.errors import DataError
from symdiff.fit.data.batches import Batches, prefix, spread
from symdiff.fit.data.streams import Once
from symdiff.fit.data.table import Skipped, Vector
from symdiff.fit.defined import refuse
from symdiff.fit.leastsquares.marquardt import STEPS, Marquardt, levenberg_marquardt
from symdiff.fit.leastsquares.plane import Normal, System
from symdiff.fit.leastsquares.robustsums import RobustSums, median_size, robust_sums
from symdiff.fit.leastsquares.systems import Many
from symdiff.fit.losses import TUNED
from symdiff.fit.many.step import gauss_newton
from symdiff.fit.problem import Plan, Problem, problem_of
from symdiff.fit.solving import MAD, ROUNDS

SAMPLE: Final = 2000  # rows from which a start is found
BLURRED: Final = 1e-4  # the inverse condition of J: below, a step from sums loses half its digits
LISTED: Final = 1000  # rows left out that are remembered
SETTLED: Final = 1e-3  # of a scale: a change that is none


@dataclass(slots=True)
class Count:
    """What a pass has met: rows used, rows left out by reason (the first of them listed), squares of the responses.

    `total` is the sum of squares about the mean of each response, weighted as the residuals.
    """

    used: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    listed: list[Skipped] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    centres: dict[int, tuple[float, float]] = field(default_factory=dict)  # of each response: weight and mean
    total: float = 0.0

    @property
    def left_out(self) -> int:
        """How many rows were left out."""
        return sum(self.reasons.values())

    def add(self, problem: Problem) -> None:
        """One batch more; means and squares by Chan, Golub and LeVeque (1979)."""
        data, m = problem.data, len(problem)
        self.used += m
        self.notes = (*self.notes, *[note for note in data.notes if note not in self.notes])
        if len(data.skipped):
            self.leave_out(data.skipped.counts(), data.skipped[: LISTED - len(self.listed)])
        names: list[str | None] = [*problem.plan.weights] or [None] * len(problem.targets)
        for i, (y, name) in enumerate(zip(problem.targets, names, strict=True)):
            square = np.ones(1) if name is None else np.square(problem.named[name] * problem.scale)
            mass = float(m if name is None else square.sum())
            mean = float((square * y).sum()) / mass
            before, centre = self.centres.get(i, (0.0, 0.0))
            gap = mean - centre
            self.total += float((square * np.square(y - mean)).sum()) + gap * gap * before * mass / (before + mass)
            self.centres[i] = before + mass, centre + gap * mass / (before + mass)

    def leave_out(self, counts: Mapping[str, int], some: Any = ()) -> None:
        """Rows that take no part."""
        for reason, count in counts.items():
            self.reasons[reason] = self.reasons.get(reason, 0) + count
        self.listed.extend(some)


class Passes:
    """The columns of a plan, batch by batch, as often as they are asked for: the parts over which `systems.Many` sums.

    The first whole pass fills `count`; `made` is how many there were. `scale` divides the residuals of a robust loss.
    """

    def __init__(self, plan: Plan, source: Batches, scale: float = 1.0) -> None:
        self.plan, self.source, self.scale, self.made = plan, source, scale, 0
        self.count: Count | None = None

    def __iter__(self) -> Iterator[tuple[Vector, ...]]:
        count = Count() if self.count is None else None
        for problem in self.problems():
            if isinstance(problem, Problem):
                if count is not None:
                    count.add(problem)
                yield problem.arrays
            elif count is not None:
                count.leave_out(*problem)
        self.count = self.count or count
        self.made += 1

    def problems(self) -> Iterator[Problem | tuple[dict[str, int], tuple[Skipped, ...]]]:
        """Every batch met with the plan; of one in which no row can be used what it leaves out."""
        for data in self.source:
            try:
                problem = problem_of(self.plan, data)
            except DataError as error:  # no weight or response of this batch can be used: others go on
                yield {**data.skipped.counts(), error.message: len(data)}, data.skipped[:LISTED]
                continue
            yield problem if self.scale == 1.0 else problem.rescaled(self.scale)


def stream_plane(plan: Plan, source: Batches, scale: float = 1.0) -> Many:
    """The reduced system of all batches as a function of the place: a pass for each call.

    From sums J'J and J'r; where J is too ill conditioned for these, from a QR of blocks, then and from then on. `scale`
    divides the residuals of a robust loss. The pass raises what reading the source raises.

    >>> from symdiff.fit.data.batches import batches, opening
    >>> from symdiff.fit.problem import Ask, plan_for
    >>> parts = [{"x": [0, 1], "y": [1, 3]}, {"x": [2, 3], "y": [5, 7]}]
    >>> plan = plan_for(Ask(("m*x + b",), ("y",)), opening(parts))
    >>> stream_plane(plan, batches(parts, plan.read))(np.array([2.0, 1.0])).loss
    0.0
    """
    return Many(plan, Passes(plan, source, scale))


@dataclass(frozen=True, slots=True, eq=False)
class Streamed:
    """The end of a search over batches: `ended` as of `levenberg_marquardt`, and what the rows were.

    `sample` is a problem of some rows spread over all of them, for pictures and diagnostics; `scale` that of a robust
    loss; `count` what the passes met; `passes` how often all rows were read; `sums` those that a robust loss needs.
    """

    ended: Marquardt
    sample: Problem
    count: Count
    scale: float
    passes: int
    sums: RobustSums | None = None


def stream_fit(
    plan: Plan,
    source: Batches,
    begin: Callable[[Problem], tuple[Vector, float]],
    *,
    follow: bool = False,
    steps: int = STEPS,
    seen: Callable[[Vector, float], object] | None = None,
) -> Streamed:
    """The least loss over all batches, in constant memory; a linear model takes two passes, others one for each step.

    `begin` is called with a problem of some 2,000 to 4,000 rows, spread over the stream (the first rows of an iterator,
    which can be read only once), and gives where to start and the scale of a robust loss (1.0 for squares): a fit of
    these rows does. To `follow` is to take the scale from the residuals of all rows (as `solving` does in memory).
    Raises DataError if a model that is not linear is to be fitted to an iterator, FitError where the model has no value
    at the start.
    """
    once = isinstance(source.stream, Once)
    if once and not (plan.linear and plan.loss.squares and not plan.bounded):
        raise DataError(
            "the batches come from an iterator, which can be gone through only once, and this fit takes several passes",
            "give a list of them, or a function that makes the iterator anew, as in: lambda: read_batches()",
        )
    sample = problem_of(plan, prefix(source, SAMPLE) if once else spread(source, SAMPLE))
    at, scale = begin(sample)
    parts = Passes(plan, source, scale)
    if plan.linear and plan.loss.squares and not plan.bounded:
        plane = Many(plan, parts)
        plane.turned = once  # there is no second pass to make good what sums lose
        ended = at_once(plane, np.zeros(len(at)), 1 if once else 2)
    else:
        ended = searched(parts, at, follow, steps, seen)
    if ended.system is None:
        refuse(sample, ended.at)
    assert parts.count is not None
    sums = None if plan.loss.squares else robust_sums(plan, parts, ended.at)
    return Streamed(ended, sample, parts.count, parts.scale, parts.made + (not once), sums)


def searched(
    parts: Passes, at: Vector, follow: bool, steps: int, seen: Callable[[Vector, float], object] | None
) -> Marquardt:
    """Levenberg and Marquardt's method; where the scale of a robust loss is to follow the residuals, until it stays."""
    plan = parts.plan
    lower, upper = plan.ends
    search = partial(levenberg_marquardt, lower=lower, upper=upper, steps=steps, seen=seen)
    ended = search(Many(plan, parts), at)
    for _ in range(ROUNDS - 1 if follow else 0):
        if ended.reason in ("steps", "interrupted") or ended.system is None:
            break
        usual = MAD / TUNED[plan.loss.name]  # the median size of residuals in units of the scale
        change = median_size(plan, parts, ended.at, usual) / usual
        if not change > 0 or abs(change - 1) <= SETTLED:
            break
        parts.scale *= change
        ended = search(Many(plan, parts), ended.at)
    return ended


def at_once(plane: Many, at: Vector, passes: int) -> Marquardt:
    """A linear problem: a Gauss-Newton step for each pass, the second one for the digits the first has lost.

    Where sums are not exact enough, the first pass is repeated by QR.
    """
    system, taken, evaluations = None, 0, 0
    while taken < passes:
        with np.errstate(all="ignore"):
            found = plane(at)
        evaluations += 1
        if found is None:
            return Marquardt(at, None, "undefined", taken, evaluations)
        step, loss, least = gauss_newton(found)
        if isinstance(found, Normal) and least < BLURRED and plane.finer():
            continue
        at, taken = at + step, taken + 1
        system = System(loss, found.R, np.zeros(len(at)))
    return Marquardt(at, system, "converged", 1, evaluations)
