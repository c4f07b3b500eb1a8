"""Going down any objective by any method of the table: what `fit` does where squares are not all there is to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from symdiff.fit.data.table import Vector
from symdiff.fit.descent import kinks
from symdiff.fit.descent.account import Account
from symdiff.fit.descent.dataloss import DataLoss
from symdiff.fit.descent.objective import MANY, Objective
from symdiff.fit.descent.outcome import ENDS_LOW, Outcome, Track, followed, run
from symdiff.fit.methods.parts import Box, Ground, Method, State
from symdiff.fit.methods.table import NEWTON, Settings, method_of
from symdiff.fit.methods.trust import Trust
from symdiff.fit.methods.walk import walk
from symdiff.fit.methods.watch import Watch
from symdiff.fit.progress import Seen

STEPS: Final = 2000
TOLERANCE: Final = 1e-12
RESTS: Final = ("rest", "level", "converged")
AGAIN: Final = 50  # times a search goes on from a lower place found beside its end


def descended(
    objective: Objective,
    start: Vector,
    method: str = "newton",
    settings: Settings | None = None,
    *,
    steps: int = STEPS,
    tolerance: float = TOLERANCE,
    lower: Vector | None = None,
    upper: Vector | None = None,
    seen: Seen | None = None,
) -> tuple[Outcome, str]:
    """Where a method of the table ends on an objective from a start, and the method in words.

    `start`, `lower` and `upper` are in the order of `objective.names`; the start is moved into the bounds. Newton's
    method, the default, goes past saddles and takes any place that is not finite for a step too far; the objective
    must be finite at the start. `seen(step, loss)` is told of every step. Raises FitError for a bad method or setting.

    >>> import numpy as np
    >>> from symdiff import parse
    >>> from symdiff.fit.descent.objective import FormulaLoss
    >>> outcome, words = descended(FormulaLoss(parse("x - log(x)")), np.array([9.0]))
    >>> outcome.reason, outcome.end.at.round(9).tolist(), words
    ('converged', [1.0], "Newton's method, exact Hessian, trust region")
    """
    box = Box(lower, upper)
    at = box.inside(start)
    chosen = method_of(method, objective, at, settings or Settings(steps=steps))
    if not chosen.searches:
        return run(objective, at, chosen, steps, tolerance, box, seen), chosen.words()
    search = Search(Ground(objective, box), chosen, Watch(steps, tolerance, chosen.stop), Track(), seen)
    return search.run(lambda: search.on_safely(search.ground.state(0, at))), chosen.words()


@dataclass(slots=True, eq=False)
class Search:
    """A search in several stages: one watch over all of them, one track."""

    ground: Ground
    method: Method
    watch: Watch
    track: Track
    seen: Seen | None

    def tell(self, state: State) -> None:
        """Keep a state, and tell of it."""
        self.track.add(state)
        if self.seen is not None:
            self.seen(state.step, state.loss)

    def run(self, search: Callable[[], str]) -> Outcome:
        """What comes of a search, until its end or Ctrl-C."""
        try:
            verdict = search()
        except KeyboardInterrupt:
            if self.watch.best is None:
                raise
            verdict = "interrupted"
        return self.ended(verdict)

    def on_safely(self, state: State) -> str:
        """Go on by the method; Newton's over data begins without the curvature of the model, which misleads afar."""
        objective = self.ground.objective
        if self.method.name == NEWTON and isinstance(objective, DataLoss):
            tame = replace(self.method, step=lambda ground: Trust(ground, objective.curvature))
            verdict = followed(self.numbered(state, tame), self.watch, self.track, self.seen)
            if verdict not in RESTS:
                return verdict
            self.watch.restart()
            state = self.track.last
        return self.on(state)

    def on(self, state: State) -> str:
        """Go on by the method, and again from any lower place that lies beside its end."""
        start, verdict = state.at, ""
        for _ in range(AGAIN):
            verdict = followed(self.numbered(state), self.watch, self.track, self.seen)
            last = self.track.last
            if verdict not in RESTS or len(state.at) > MANY or last.step >= self.watch.steps:
                break
            there = None if kinks.solid(self.ground, last, start) else kinks.lower(self.ground, last, start)
            if there is None:
                break
            state = self.ground.state(last.step + 1, there)
            self.watch.restart()
        return verdict

    def numbered(self, state: State, method: Method | None = None) -> Iterator[State]:
        """The states of a walk from here, the steps counted on."""
        for found in walk(self.ground, state.at, method or self.method):
            yield found._replace(step=found.step + state.step)

    def ended(self, verdict: str) -> Outcome:
        """What came of it."""
        last = self.track.last
        account = Account(self.ground, self.method, self.watch, last, None)
        reason, why, advice = account.given(verdict)
        end = self.watch.lowest if reason in ENDS_LOW else last
        return Outcome(end, last.step, reason, why, advice, self.track.history(self.ground.objective.names), None)
