"""Fits of data in batches: the search in passes, and a result whose figures are those of all rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from symdiff.fit.data.batches import Batches
from symdiff.fit.data.skipped import Faults, Skipped, Skips
from symdiff.fit.data.table import Data, Square, Vector
from symdiff.fit.descent.outcome import Outcome, Track
from symdiff.fit.leastsquares.passes import Count, Streamed, stream_fit
from symdiff.fit.losses import TUNED
from symdiff.fit.methods.parts import State
from symdiff.fit.problem import Plan, Problem
from symdiff.fit.result import Fit
from symdiff.fit.solving import How, held_in_words, scale_in_words, told
from symdiff.fit.statistics.figures import Statistics
from symdiff.fit.words import counted


def fit_in_passes(plan: Plan, source: Batches, how: How, begin: Callable[[Problem], tuple[Vector, float]]) -> Fit:
    """The fit over all batches, by Levenberg and Marquardt's method or in one step; `begin` as of `stream_fit`."""
    states: list[tuple[Vector, float]] = []

    def seen(at: Vector, loss: float) -> None:
        states.append((at, loss))
        if how.seen is not None:
            how.seen(len(states), loss)

    steps = {} if how.steps is None else {"steps": how.steps}
    found = stream_fit(plan, source, begin, follow=follows(plan, how), seen=seen, **steps)
    notes = held_in_words(found.sample, found.ended)
    if follows(plan, how):
        notes = (*notes, scale_in_words(plan.loss.name, found.scale))
    return StreamedFit(found, outcome_of(plan, found, states), notes)


def follows(plan: Plan, how: How) -> bool:
    """Whether the scale of a loss is to be that of the residuals."""
    return how.loss_scale is None and plan.loss.name in TUNED and not plan.absolute


def outcome_of(plan: Plan, found: Streamed, states: list[tuple[Vector, float]]) -> Outcome:
    """How it went, with the mean loss at each step."""
    ended, system, count = found.ended, found.ended.system, max(1, found.count.used * len(plan.residuals))
    assert system is not None
    track, zero = Track(), np.zeros(len(ended.at))
    for step, (at, loss) in enumerate(states):
        track.add(State(step, at, loss / count, zero))
    end = State(len(states), ended.at, system.loss / count, 2 * system.slopes() / count)
    track.add(end)
    why, advice = told(ended, ended.evaluations)
    if plan.linear and not states:
        why = "the model is linear in its parameters: the least squares are found at once"
    return Outcome(end, ended.steps, ended.reason, why, advice, track.history(plan.free), None)


def method_of(found: Streamed) -> str:
    """The method in words."""
    plan = found.sample.plan
    at_once = plan.linear and plan.loss.squares and not plan.bounded
    return f"{'linear least squares' if at_once else 'Levenberg-Marquardt'}, in {passes(found.passes)} over batches"


def passes(number: int) -> str:
    """So many passes."""
    return "1 pass" if number == 1 else f"{number:,} passes"


class StreamedFit(Fit):
    """A fit of data in batches: its figures are those of all rows, its pictures and diagnostics those of a sample.

    `sample` tells how many rows that are.
    """

    def __init__(self, found: Streamed, outcome: Outcome, more: tuple[str, ...] = ()) -> None:
        rows = len(found.sample)
        notes = (
            *found.count.notes,
            *more,
            f"residuals are examined in a sample of {counted(rows, 'row')} of the batches",
        )
        system = found.ended.system
        sample = found.sample if found.scale == 1 else found.sample.rescaled(found.scale)
        super().__init__(sample, outcome, method=method_of(found), system=system, notes=notes)
        self.found = found

    @property
    def sample(self) -> int:
        """The rows of which pictures and diagnostics are made."""
        return len(self.problem)

    @cached_property
    def data(self) -> Data:
        """The rows of all batches: how many were used; the columns are those of the sample."""
        sample = self.problem.data
        source = "the batches" if sample.source.startswith("batch ") else sample.source
        return replace(
            sample, source=source, rows=range(1, 1 + self.found.count.used), skipped=Counted(self.found.count)
        )

    @cached_property
    def statistics(self) -> Statistics:
        """The statistics of all rows."""
        return StreamedStatistics(self.problem, self.outcome.end.at, self.system, self.found)

    def __getstate__(self) -> dict[str, object]:
        return {**super().__getstate__(), "found": self.found}


@dataclass(eq=False)
class StreamedStatistics(Statistics):
    """Statistics whose sums are those of all rows; what needs single rows is taken from the sample."""

    found: Streamed | None = None

    @property
    def count(self) -> int:
        """N, rows times responses, of all batches."""
        return self.whole.count.used * len(self.problem.plan.residuals)

    @property
    def whole(self) -> Streamed:
        """What the passes have found."""
        assert self.found is not None
        return self.found

    @cached_property
    def rss(self) -> float:
        """The sum of the squared residuals."""
        return super().rss if self.whole.sums is None else self.whole.sums.rss * self.problem.scale**2

    @cached_property
    def total(self) -> float:
        """The sum of squares of the responses about their means."""
        return self.whole.count.total

    @property
    def constant(self) -> bool:
        """That a constant is supposed to be among the models."""
        return True

    @property
    def deviance(self) -> float:
        """-2 log L; nan where rows have weights, whose logarithms no pass adds up."""
        return math.nan if self.problem.plan.weights else super().deviance

    @cached_property
    def scores(self) -> Square:
        """The sum of the outer products of the slopes of the loss."""
        return super().scores if self.whole.sums is None else self.whole.sums.scores

    @cached_property
    def hessian(self) -> Square:
        """The Hessian of the loss."""
        return super().hessian if self.whole.sums is None else self.whole.sums.hessian


class Counted(Skips):
    """Rows left out of a stream: all of them counted, the first ones listed."""

    __slots__ = ("met",)

    def __init__(self, count: Count) -> None:
        faults = Faults()
        for one in count.listed:
            faults.add(one.row, one.reason)
        super().__init__([faults.layer()])
        self.met = count

    def __len__(self) -> int:
        return self.met.left_out

    def __iter__(self) -> Iterator[Skipped]:
        return iter(self[:])

    def counts(self) -> dict[str, int]:
        """How many rows there are of each reason."""
        return dict(self.met.reasons)
