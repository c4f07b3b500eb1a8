"""The way a fit took through its parameters, and the moments of it that pictures and films show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from textwrap import shorten
from typing import TYPE_CHECKING, Final

import numpy as np

from symdiff.fit.data.table import Vector
from symdiff.fit.pictures.again import replayed
from symdiff.fit.pictures.landscape import Landscape
from symdiff.fit.words import counted, listed, num

if TYPE_CHECKING:
    from symdiff.fit.result import Fit

FEW: Final = 21  # places: a film of fewer pictures would be over in a second, so they are led into one another
STILL: Final = 1e-3  # of the way of a parameter: what nobody sees


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A moment of a fit: the free parameters, the number of steps taken, and the loss so far, step by step."""

    at: Vector
    step: float
    steps: Vector
    losses: Vector


class Way:
    """The places that a fit passed, one row of `places` for each, with their `steps` and `losses`."""

    def __init__(self, fit: Fit) -> None:
        self.fit, self.names = fit, fit.problem.plan.free
        history = fit.history
        self.places = np.array([history.values[name] for name in self.names], float).T
        self.steps, self.losses = np.asarray(history.steps, float), np.asarray(history.losses, float)
        end = self.end = np.array([fit.values[name] for name in self.names])
        if len(self.places) == 0:
            self.places, self.steps, self.losses = end[None], np.array([0.0]), np.array([fit.loss])
        self.replayed = False
        if fit.starts is not None and (found := replayed(fit.problem, end)):
            self.places, losses = found
            self.steps, self.losses = np.arange(len(losses), dtype=float), losses * (fit.loss / losses[-1] or 1.0)
            self.replayed = True
        elif (
            len(self.places) == 1 and fit.problem.plan.linear and fit.foresight is None
        ):  # solved in one step: it comes from nothing
            self.places = np.vstack([np.zeros(len(end)), end])
            nothing, there = self.landscape.means(self.places)
            share = fit.loss / there if there > 0 else 1.0
            self.steps, self.losses = np.array([0.0, 1.0]), np.array([nothing * share, fit.loss])

    def __len__(self) -> int:
        return len(self.places)

    @property
    def ended(self) -> str:
        """How it ended: only a fit that stopped by itself has a reason worth telling."""
        steps = counted(self.fit.steps, "step")
        if self.replayed:
            return f"again from {self.beginning}"
        return f"after {steps}" if self.fit.reason == "steps" else self.fit.ended

    @property
    def beginning(self) -> str:
        """The start in words."""
        first = self.places[0]
        if (first == first[0]).all():
            return f"{num(first[0])} for all" if len(first) > 1 else f"{self.names[0]} = {num(first[0])}"
        return shorten(
            listed(f"{n} = {num(v, 2)}" for n, v in zip(self.names, first, strict=True)), 28, placeholder=" …"
        )

    @cached_property
    def landscape(self) -> Landscape:
        """The loss as a function of the parameters."""
        return Landscape(self.fit.problem)

    @cached_property
    def height(self) -> float:
        """The loss at the values that were found."""
        return float(self.landscape.means(self.end[None])[0])

    @property
    def last(self) -> Moment:
        """The end."""
        return Moment(self.places[-1], self.steps[-1], self.steps, self.losses)

    def moments(self, most: int) -> list[Moment]:
        """At most so many moments: many places are thinned, few are led into one another."""
        length = len(self)
        if 1 < length < FEW:  # steps for the last digits would be frames in which nothing moves
            moving = np.any(np.abs(self.places - self.end) > STILL * np.ptp(self.places, axis=0), axis=1)
            length = 2 + int(np.flatnonzero(moving).max(initial=0))
        at = times(min(length, len(self)), most)
        if length < len(self):
            at[-1] = len(self) - 1.0
        return self.between(at) if any(time % 1 for time in at) else [self.moment(int(time)) for time in at]

    def moment(self, place: int) -> Moment:
        """What is there to see at a place."""
        return Moment(self.places[place], self.steps[place], self.steps[: place + 1], self.losses[: place + 1])

    def between(self, times: list[float]) -> list[Moment]:
        """The same at places and between them, on straight lines: 2.5 is halfway from the third to the fourth.

        The loss goes straight as well: between two steps nobody has been, and hills there are none of the method's.
        """
        known = np.arange(len(self))
        at = np.column_stack([np.interp(times, known, path) for path in self.places.T])
        steps = np.interp(times, known, self.steps)
        positive = bool((self.losses > 0).all())  # then on a scale of ratios, as they are drawn
        with np.errstate(all="ignore"):
            losses = np.interp(times, known, np.log(self.losses) if positive else self.losses)
        losses = np.exp(losses) if positive else losses
        return [Moment(at[i], steps[i], steps[: i + 1], losses[: i + 1]) for i in range(len(times))]

    def values(self, at: Vector) -> dict[str, float]:
        """All parameters where the free ones have these values."""
        return self.fit.problem.values(at)


def times(length: int, most: int) -> list[float]:
    """The times at which a film of at most so many pictures looks at a way of so many places."""
    each = (most - 1) // (length - 1) if 1 < length < FEW else 1
    if each < 2:
        return [float(i) for i in spread(length, most)]
    shares = np.arange(each) / each
    eased = shares * shares * (3 - 2 * shares)
    return [*np.add.outer(np.arange(length - 1), eased).ravel().tolist(), length - 1.0]


def spread(length: int, wanted: int) -> list[int]:
    """At most so many steps of a history, first and last among them, closest where the model learns fastest.

    >>> spread(4, 8), spread(1000, 5)
    ([0, 1, 2, 3], [0, 4, 30, 176, 999])
    """
    if length <= wanted:
        return list(range(length))
    steps = np.geomspace(1, length, wanted) - 1
    return sorted({*steps.astype(int).tolist()[:-1], length - 1})
