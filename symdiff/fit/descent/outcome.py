"""A descent run to its end: the named reason, the path it took, and where it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from symdiff.fit.data.table import Vector
from symdiff.fit.descent.account import Account
from symdiff.fit.descent.foresight import Foresight, foresee
from symdiff.fit.descent.objective import MANY, Objective
from symdiff.fit.methods.parts import AHEAD, DESCENT, Box, Ground, Method, State
from symdiff.fit.methods.walk import walk
from symdiff.fit.methods.watch import Watch
from symdiff.fit.progress import Seen


class History:
    """The loss and the value of each parameter at the start and after every step.

    Of a descent of more than 100,000 steps only every second, fourth, ... is kept: `steps` tells which.
    """

    def __init__(self, names: Sequence[str], states: Sequence[State]) -> None:
        self.names, self.states = tuple(names), states

    def __len__(self) -> int:
        return len(self.states)

    @cached_property
    def steps(self) -> NDArray[np.int64]:
        """The numbers of the steps that were kept."""
        return np.array([state.step for state in self.states])

    @cached_property
    def losses(self) -> Vector:
        """The loss after each."""
        return np.array([state.loss for state in self.states])

    @cached_property
    def values(self) -> dict[str, Vector]:
        """The parameters after each."""
        return dict(zip(self.names, np.array([state.at for state in self.states]).T, strict=True))

    def at(self, place: int) -> dict[str, float]:
        """The parameters at a place of the history: 0 is the start, -1 the end."""
        return dict(zip(self.names, self.states[place].at.tolist(), strict=True))


class Track:
    """The states of a walk, in bounded memory: when there are too many, every second is dropped."""

    MOST = 100_000

    def __init__(self) -> None:
        self.states: list[State] = []
        self.stride = 1
        self.last: State

    def add(self, state: State) -> None:
        """Keep the state if it is its turn."""
        self.last = state
        if state.step % self.stride == 0:
            self.states.append(state)
        if len(self.states) > self.MOST:
            del self.states[1::2]
            self.stride *= 2

    def replace(self, state: State) -> None:
        """Keep a better state in the place of the last one."""
        if self.states[-1] is self.last:
            self.states[-1] = state
        self.last = state

    def history(self, names: Sequence[str]) -> History:
        """What was kept, and the last state in any case."""
        states = self.states if self.states[-1] is self.last else [*self.states, self.last]
        return History(names, states)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Where a descent ended: the last state, or after a divergence the one with the smallest loss.

    `reason` is "converged", "steps", "diverged", "stalled" or "interrupted"; `why` says it in a sentence, `advice` what
    to do next ("" where there is nothing to do).
    """

    end: State
    steps: int
    reason: str
    why: str
    advice: str
    history: History
    foresight: Foresight | None


ENDS_LOW: Final = ("diverged", "interrupted")  # the last state means nothing then, the lowest does


def run(
    objective: Objective,
    start: Vector,
    method: Method,
    steps: int,
    tolerance: float,
    box: Box | None = None,
    seen: Seen | None = None,
) -> Outcome:
    """Descend until the watch says stop, or Ctrl-C does; `seen(step, loss)` is told of every step."""
    ground = Ground(objective, box or Box())
    foresight = foresee(objective, start) if not method.searches and len(start) <= MANY else None
    watch, track = Watch(steps, tolerance, method.stop), Track()
    verdict = followed(walk(ground, start, method), watch, track, seen)
    last = track.last.in_arrays()
    track.replace(last)
    account = Account(ground, method, watch, last, foresight)
    reason, why, advice = account.given(verdict)
    end = watch.lowest if reason in ENDS_LOW else last
    said = foresight and of_method(foresight, method)
    return Outcome(end, last.step, reason, why, advice, track.history(objective.names), said)


def of_method(foresight: Foresight, method: Method) -> Foresight:
    """What is foreseen of a method: its momentum counts; rates that are not those of descent are told apart."""
    if method.name not in (DESCENT, AHEAD):
        return replace(foresight, asked=method.name[0].upper() + method.name[1:])
    return foresight.rolling(method.momentum, method.name == AHEAD) if method.momentum else foresight


def followed(states: Iterator[State], watch: Watch, track: Track, seen: Seen | None) -> str:
    """What the watch said of the last state; "rest" where the walk itself ended."""
    try:
        for state in states:
            track.add(state)
            verdict = watch.verdict(state)
            if seen is not None:
                seen(state.step, state.loss)
            if verdict:
                return verdict
    except KeyboardInterrupt:
        if watch.best is None:
            raise
        return "interrupted"
    return "rest"
