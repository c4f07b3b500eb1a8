"""Stochastic gradient descent: an epoch goes through all rows in batches, shuffled anew each time, from a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from symdiff.errors import FitError
from symdiff.fit.data.table import Vector
from symdiff.fit.descent.foresight import TINY
from symdiff.fit.descent.objective import Objective
from symdiff.fit.methods.parts import Direction, Ground, State
from symdiff.fit.methods.rates import AGAIN, steady

BATCH: Final = 32
LOOKS: Final = 8  # batches whose curvature is looked at for a rate

Rows = NDArray[np.intp]


@runtime_checkable
class InRows(Protocol):
    """An objective that is a mean over rows."""

    @property
    def rows(self) -> int:
        """How many rows there are."""

    def batch(self, rows: Rows) -> Objective:
        """The same mean over some rows only."""


class Epochs:
    """A step that is an epoch: one move for each batch of rows, by the slopes of the loss over that batch alone."""

    def __init__(self, ground: Ground, rates: EpochRates, direction: Direction, batch: int, seed: int) -> None:
        self.ground, self.rates, self.size = ground, rates, batch
        self.direction = direction
        self.data = in_rows(ground.objective)
        self.draw = np.random.default_rng(seed)

    def __call__(self, state: State, way: Vector) -> State:
        at, rates = state.at, self.rates(state)
        with np.errstate(all="ignore"):
            for rows in shuffled(self.data.rows, self.size, self.draw):
                loss, slopes = self.data.batch(rows)(at)
                if not np.isfinite(slopes).all():
                    break
                at = self.ground.box.inside(at + rates * self.direction(State(state.step, at, loss, slopes)))
        return self.ground.state(state.step + 1, at)


EpochRates = Callable[[State], Vector]


class CurvedEpochs:
    """Rates for an epoch from the curvature, taken again every AGAIN epochs; halved for good after one that rose."""

    def __init__(self, objective: Objective, batch: int, seed: int, boost: float) -> None:
        self.objective, self.batch, self.seed, self.boost = objective, batch, seed, boost
        self.share, self.last = 1.0, np.inf
        self.rates: Vector | None = None

    def __call__(self, state: State) -> Vector:
        if self.rates is None or state.step % AGAIN == 0:
            self.rates = self.boost * steady_in_batches(self.objective, state.at, self.batch, self.seed)
        if state.loss > self.last:
            self.share /= 2
        self.last = state.loss
        return self.share * self.rates


def shuffled(count: int, size: int, draw: np.random.Generator) -> Iterator[Rows]:
    """All rows once, in batches, in an order drawn."""
    order = draw.permutation(count)
    for first in range(0, count, size):
        yield order[first : first + size]


def in_rows(objective: Objective) -> InRows:
    """The objective as one that has rows. Raises FitError."""
    if not isinstance(objective, InRows):
        raise FitError(
            "a loss without data has no rows to take in batches", "leave out the batch, or fit a model to data"
        )
    return objective


def steady_in_batches(objective: Objective, at: Vector, size: int, seed: int) -> Vector:
    """Rates from the curvature that are stable in each of a few batches too, which may curve more than the whole."""
    data, rates = in_rows(objective), steady(objective, at)
    root = np.sqrt(rates)
    largest = TINY
    draw = np.random.default_rng(seed)
    for _, rows in zip(range(LOOKS), shuffled(data.rows, size, draw), strict=False):
        B = data.batch(rows).curvature(at)
        if np.isfinite(B).all():
            largest = max(largest, float(np.linalg.eigvalsh(root[:, None] * B * root)[-1]))
    return rates / max(1.0, largest)
