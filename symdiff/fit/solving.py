"""From a problem to its fit: linear ones in one step, the others by Levenberg and Marquardt or the method asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from symdiff.errors import DataError
from symdiff.fit.advice import Advice, Setting
from symdiff.fit.data.table import Vector
from symdiff.fit.defined import SMALLEST, check_targets, refuse
from symdiff.fit.descent.options import limits
from symdiff.fit.descent.outcome import Outcome, Track
from symdiff.fit.leastsquares.distances import Distances
from symdiff.fit.leastsquares.linear import solve
from symdiff.fit.leastsquares.marquardt import STEP, STEPS, Marquardt, levenberg_marquardt
from symdiff.fit.leastsquares.plane import AnySystem, Plane, System
from symdiff.fit.leastsquares.precise import precise
from symdiff.fit.leastsquares.systems import FEW, plane_of
from symdiff.fit.leastsquares.unfinished import gain_left
from symdiff.fit.losses import TUNED
from symdiff.fit.methods.parts import State
from symdiff.fit.methods.table import Settings
from symdiff.fit.problem import Design, Problem
from symdiff.fit.progress import Seen
from symdiff.fit.words import counted, listed, num


@dataclass(frozen=True, slots=True)
class How:
    """How to search: where to begin, by what, for how long. `rates` are what methods with rates are told."""

    start: Mapping[str, float] | None = None
    method: str = "auto"
    steps: int | None = None
    tolerance: float | None = None
    seed: int = 0
    loss_scale: float | None = None
    rates: Settings = field(default_factory=Settings)
    seen: Seen | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The end of a search: the problem (a robust loss has changed its scale), how it went, the reduced system there."""

    problem: Problem
    outcome: Outcome
    method: str
    system: AnySystem | None = None
    notes: tuple[str, ...] = ()


def by_residuals(problem: Problem, at: Vector, how: How) -> Found:
    """The least sum of squares, or of a robust loss of the residuals, from a place on."""
    plan = problem.plan
    if plan.loss.squares:
        return searched(problem, at, how)
    check_targets(problem)
    if how.loss_scale is not None or plan.loss.name not in TUNED or plan.absolute:
        scale = how.loss_scale or TUNED.get(plan.loss.name, 1.0)
        return searched(problem.rescaled(scale), at, how)
    return searched_with_scale(problem, at, how)


ROUNDS: Final = 10
MAD: Final = 0.6744897501960817  # the median of |N(0, 1)|


def searched_with_scale(problem: Problem, at: Vector, how: How) -> Found:
    """A robust fit whose scale follows the residuals: their median size, until it settles (Huber 1981, section 7.8)."""
    tuned = TUNED[problem.plan.loss.name]
    scale = 0.0
    found = None
    for _ in range(ROUNDS):
        sizes = np.abs(problem.residuals(at))
        median = float(np.median(sizes)) or 1e-3 * float(sizes.mean())
        new = tuned * median / MAD
        if not new > 0 or abs(new - scale) <= 1e-3 * scale:
            break
        scale = new
        found = searched(problem.rescaled(scale), at, how)
        at = found.outcome.end.at
        if found.outcome.reason in ("steps", "interrupted"):
            break
    if found is None:  # every residual is 0
        return searched(problem, at, how)
    note = scale_in_words(problem.plan.loss.name, scale)
    return Found(found.problem, found.outcome, found.method, found.system, (*found.notes, note))


def scale_in_words(loss: str, scale: float) -> str:
    """Which scale a robust loss has, where it was not given."""
    return f"the loss {loss} has the scale {num(scale)}, from the median size of the residuals"


def searched(problem: Problem, at: Vector, how: How) -> Found:
    """Levenberg and Marquardt from a place on; where rounding is all that is left, the last digits are exact."""
    plan = problem.plan
    plane: Plane = Distances(problem) if plan.spreads else plane_of(problem)
    track = Path(len(problem) * len(plan.residuals), how.seen)
    lower, upper = plan.ends
    steps, small = limits(STEPS if how.steps is None else how.steps, STEP if how.tolerance is None else how.tolerance)
    ended = levenberg_marquardt(plane, at, steps=max(1, steps), tolerance=small, seen=track, lower=lower, upper=upper)
    system, place = ended.system, ended.at
    if system is None:
        refuse(problem, place)
    if system.loss < SMALLEST:
        check_targets(problem)
    if ended.reason == "converged" and not plan.spreads:
        place, system = precise(problem, place, system)
    outcome = track.outcome(plan.free, ended, place, system, steps)
    words = "Levenberg-Marquardt, orthogonal distances" if plan.spreads else "Levenberg-Marquardt"
    return Found(problem, outcome, words, system, held_in_words(problem, ended))


def held_in_words(problem: Problem, ended: Marquardt) -> tuple[str, ...]:
    """Which parameters rest on their bounds."""
    names = [problem.names[i] for i in ended.held]
    return (f"{listed(names)} ended at a bound: there the loss still falls towards the outside",) if names else ()


class Path:
    """The places that were accepted, with the mean loss at each."""

    def __init__(self, count: int, seen: Seen | None) -> None:
        self.track, self.count, self.seen, self.step = Track(), max(count, 1), seen, 0
        self.last: State | None = None
        self.zero: Vector | None = None

    def __call__(self, at: Vector, loss: float) -> None:
        """One more place."""
        if self.zero is None:
            self.zero = np.zeros_like(at)
        self.last = State(self.step, at, loss / self.count, self.zero)
        self.track.add(self.last)
        self.step += 1
        if self.seen is not None:
            self.seen(self.step, loss / self.count)

    def outcome(self, names: tuple[str, ...], ended: Marquardt, at: Vector, system: AnySystem, most: int) -> Outcome:
        """How it went, in words."""
        assert self.last is not None
        with np.errstate(all="ignore"):  # of a loss that falls without end
            slopes = 2 * system.slopes() / self.count
        last = State(self.last.step, at, system.loss / self.count, slopes)
        self.track.replace(last)
        why, advice = told(ended, most)
        return Outcome(last, ended.steps, ended.reason, why, advice, self.track.history(names), None)


def told(ended: Marquardt, most: int) -> tuple[str, str]:
    """Why it ended, and what to do next."""
    tried = counted(ended.evaluations, "evaluation")
    if ended.reason == "converged":
        return f"no step that is worth taking changes the loss any more ({tried})", ""
    if ended.reason == "steps":
        more = Advice(
            "allow more, as ", Setting("steps", 10 * max(most, 1)), ", or start nearer with ", Setting("start")
        )
        held = np.isin(np.arange(len(ended.at)), ended.held)
        left = 0.0 if ended.system is None else gain_left(ended.system, held)
        rest = f"the next step may still take {num(left)} of the loss away" if left > GAINED else NOTHING_LEFT
        return f"{tried} and no more were allowed; {rest}", more
    if ended.reason == "interrupted":
        return f"it was interrupted after {tried}; this is the best place so far", "run it again from these values"
    return f"no step from here leads lower, and the slopes are not 0 ({tried})", Advice(
        "start elsewhere with ", Setting("start")
    )


GAINED: Final = 1e-9  # of the loss: what a step has to gain to be worth a word
NOTHING_LEFT: Final = "the loss hardly falls any more, but no step is left to make sure of that"


def at_once(problem: Problem) -> Found:
    """A linear problem in one step."""
    plan = problem.plan
    count = len(plan.free)
    zero = np.zeros(count)
    columns, target = linear_parts(problem)
    try:
        found = solve(columns, target)
    except DataError:  # a tied or fixed parameter takes a formula beyond floats
        refuse(problem, zero)
    mean = found.rss / max(1, len(target))
    end = State(1, found.at, mean, zero)
    track = Track()
    if len(target) * count <= FEW:
        with np.errstate(all="ignore"):  # a square beyond the floats is an infinity
            track.add(State(0, zero, float(target @ target) / max(1, len(target)), zero))
    track.add(end)
    why = "the model is linear in its parameters: the least squares are found in one step"
    outcome = Outcome(end, 1, "converged", why, "", track.history(plan.free), None)
    system = System(found.rss, found.R, np.zeros(count))
    return Found(problem, outcome, "linear least squares (QR, residuals in extended precision)", system)


def linear_parts(problem: Problem) -> tuple[list[Vector | float], Vector]:
    """The columns of J and the -r of a linear problem, at 0; a number for a column that is the same in all rows."""
    found = [values_of(design, problem) for design in problem.plan.designs]
    if len(found) == 1:
        *columns, target = found[0]
        return columns, np.asarray(target) if np.ndim(target) else np.full(len(problem), target)
    n = len(problem)
    joined = [np.concatenate([np.broadcast_to(part, (n,)) for part in parts]) for parts in zip(*found, strict=True)]
    return list(joined[:-1]), joined[-1]


def values_of(design: Design, problem: Problem) -> list[Vector | float]:
    """The values of the formulas of a design: columns of the data as they are, the others computed."""
    computed = iter(design.compiled(*problem.arrays) if design.compiled is not None else ())
    return [
        problem.named[part] if isinstance(part, str) else next(computed) if part is None else part
        for part in design.parts
    ]
