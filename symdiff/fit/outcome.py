"""A descent run to its end: the named reason, the path it took, and in words what happened and what to do next."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from symdiff.fit.advice import Advice, Setting
from symdiff.fit.centre import centred, hidden
from symdiff.fit.descent import Method, State, Watch, settled, walk
from symdiff.fit.foresight import NEAR, Foresight, foresee, undetermined
from symdiff.fit.objective import Objective
from symdiff.fit.table import Vector
from symdiff.fit.words import about, counted, listed, num


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The loss and the value of each parameter at the start and after every step.

    Of a descent of more than 100,000 steps only every second, fourth, ... is kept: `steps` tells which.
    """

    steps: Vector
    losses: Vector
    values: dict[str, Vector]

    def __len__(self) -> int:
        return len(self.losses)

    def at(self, place: int) -> dict[str, float]:
        """The parameters at a place of the history: 0 is the start, -1 the end."""
        return {name: float(path[place]) for name, path in self.values.items()}


class Track:
    """The states of a walk, in bounded memory: when there are too many, every second is dropped."""

    MOST = 100_000

    def __init__(self) -> None:
        self.states: list[State] = []
        self.stride = 1

    def add(self, state: State) -> None:
        """Keep the state if it is its turn."""
        if state.step % self.stride == 0:
            self.states.append(state)
        if len(self.states) > self.MOST:
            del self.states[1::2]
            self.stride *= 2

    def history(self, names: Sequence[str], last: State) -> History:
        """What was kept, and the last state in any case."""
        states = self.states if self.states[-1] is last else [*self.states, last]
        values = np.array([s.at for s in states]).T
        steps, losses = np.array([s.step for s in states]), np.array([s.loss for s in states])
        return History(steps, losses, dict(zip(names, values, strict=True)))


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Where a descent ended: the last state, or after a divergence the one with the smallest loss.

    `reason` is "converged", "steps", "diverged" or "stalled"; `why` says it in a sentence, `advice` what to do next
    ("" where there is nothing to do).
    """

    end: State
    steps: int
    reason: str
    why: str
    advice: str
    history: History
    foresight: Foresight | None


def run(objective: Objective, start: Vector, method: Method, steps: int, tolerance: float) -> Outcome:
    """Descend until the watch says stop."""
    foresight = foresee(objective, start)
    watch = Watch(steps, tolerance)
    track = Track()
    last, verdict = followed(walk(objective, start, method), watch, track)
    account = Account(objective, method, watch, last, foresight)
    reason, why, advice = account.given(verdict)
    end = watch.lowest if reason == "diverged" else last
    return Outcome(end, last.step, reason, why, advice, track.history(objective.names, last), foresight)


def followed(states: Iterator[State], watch: Watch, track: Track) -> tuple[State, str]:
    """The last state, and what the watch said of it."""
    for state in states:
        track.add(state)
        if verdict := watch.verdict(state):
            return state, verdict
    raise AssertionError("a walk has no end of its own")


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """What can be told about a descent once it has ended."""

    objective: Objective
    method: Method
    watch: Watch
    last: State
    foresight: Foresight | None

    def given(self, verdict: str) -> tuple[str, str, str]:
        """Reason, sentence, and advice."""
        if verdict == "diverged" or (verdict == "steps" and self.growing()):
            return "diverged", *self.diverged()
        if verdict == "steps":
            return "steps", *self.out_of_steps()
        if verdict == "stalled":
            why = f"none of the last {self.watch.PATIENCE:,} steps led lower, and the slopes are not small"
            return "stalled", f"{why}: it goes to and fro", self.better_rates()
        return self.at_rest(verdict)

    def growing(self) -> bool:
        """Whether it would have diverged, had it been given more steps."""
        if self.foresight is None or self.rates is None:
            return False
        return self.last.loss > self.watch.first and not self.foresight.stable(self.rates, self.method.momentum)

    def at_rest(self, verdict: str) -> tuple[str, str, str]:
        """Converged, or stalled at a place that is no minimum."""
        place = settled(self.objective, self.last, self.watch.floor)
        if place == "minimum" or (place == "slope" and verdict == "converged"):
            if hidden(self.objective, self.last, self.watch.floor):
                return "stalled", *self.out_of_sight()
            return "converged", self.rest_in_words(verdict), self.undetermined()
        if place == "saddle":
            why = "the slopes vanish here, but the loss curves down in some direction: this is a saddle, not a minimum"
            return "stalled", why, self.elsewhere()
        if place == "flat":
            return "stalled", "the loss does not change with any parameter here", self.elsewhere()
        why = "the steps are too small to change the loss, and it is not at its minimum"
        return "stalled", why, self.better_rates()

    def out_of_sight(self) -> tuple[str, str]:
        """What to say where the slopes are as small as floats can tell, and the loss is not at its minimum."""
        names, _ = undetermined(self.objective.hessian(self.last.at), self.objective.names)
        why = f"floats cannot tell {listed(names)} apart here: the slopes vanish in rounding, but this is no minimum"
        otherwise = "subtract from each column its mean, or write a number for one of them"
        return why, centred(self.objective, self.last.at) or otherwise

    def rest_in_words(self, verdict: str) -> str:
        """By which sign the descent knows that it is at a minimum."""
        if verdict == "converged":
            return f"every slope of the loss has fallen to {num(self.watch.tolerance)} of the largest it was"
        return "the start is a minimum" if not self.last.step else "the loss has reached the last digit it can reach"

    def undetermined(self) -> str:
        """What to do about parameters along which the loss does not change."""
        flat, _ = undetermined(self.objective.hessian(self.last.at), self.objective.names)
        names = listed(flat)
        return names and f"the data do not determine {names}: other values fit as well; write a number for one of them"

    def elsewhere(self) -> str:
        """Where else to start."""
        if self.last.step == 0:
            return Advice("start elsewhere, as with ", Setting("start", dict.fromkeys(self.objective.names, 1.0)))
        return "start elsewhere, with different values for parameters that play the same part"

    def diverged(self) -> tuple[str, str]:
        """The rate against the largest stable one."""
        steps = f"after {counted(self.last.step, 'step')} the loss was {num(self.last.loss)}"
        if self.rates is None or self.foresight is None:
            return f"{steps}: the steps were too long", "try a smaller rate, or scale the columns to sizes near 1"
        if self.foresight.stable(self.rates, self.method.momentum):
            where = f"the start, where the rates would be stable, says nothing about the place reached: {steps}"
            return where, "try smaller rates, or start nearer"
        return f"{self.against_the_limit(self.foresight, self.rates)}; {steps}", self.better_rates()

    def against_the_limit(self, foresight: Foresight, rates: Mapping[str, float]) -> str:
        """How the rates compare with what is stable, and what a step does in the worst direction."""
        largest = foresight.multipliers(rates)[0][-1]
        share = 2 * (1 + self.method.momentum) / largest
        limit = f"the rates are too large together: stable are {num(share)} of them and less"
        if len(set(rates.values())) == 1:
            rate = next(iter(rates.values()))
            digits = 3 if share < 0.99 else 8  # where three would show two equal numbers
            limit = f"the rate {num(rate, digits)} is above the largest stable rate, {num(share * rate, digits)}"
        if self.method.momentum:
            return limit
        each = "each step multiplied" if foresight.quadratic else "at the start a step multiplies"
        return f"{limit}: {each} the error along {foresight.along(-1, rates)} by {num(1 - largest)}"

    def out_of_steps(self) -> tuple[str, str]:
        """How far it came, and how long it would take."""
        left = self.watch.left(self.last)
        why = f"all {self.last.step:,} steps were taken; the slopes are down to {num(left)} of the largest they were"
        if self.watch.steps == 0:
            return "no step was asked for", ""
        ahead = self.steps_ahead(left)
        if not math.isfinite(ahead):
            more = Advice("allow more steps, as ", Setting("steps", 10 * self.watch.steps))
            return why, more if self.has_good_rates else Advice(more, "; or ", self.better_rates())
        why += f"; at this pace {about(ahead)} more to {num(self.watch.tolerance)}"
        slow = ahead > 10 * self.watch.steps or self.is_slow() or hidden(self.objective, self.last, self.watch.floor)
        more = Advice("allow more steps: ", Setting("steps", self.watch.steps + round_up(ahead)))
        return why, self.better_rates() if slow else more

    def steps_ahead(self, left: float) -> float:
        """How many more steps until the tolerance, by the Hessian at the end; nan if that says nothing."""
        here = foresee(self.objective, self.last.at)
        if here is None or not here.largest or not left > self.watch.tolerance > 0:
            return math.nan
        rates = self.rates or here.rates
        if not rates or self.method.name == "Adam":  # whose moves do not follow the size of the slopes
            return math.nan
        return here.steps_to(self.watch.tolerance / left, rates, self.method.momentum)

    def is_slow(self) -> bool:
        """Whether a rate each would do with a tenth of the steps."""
        if not (self.foresight and self.foresight.rates and self.rates):
            return False
        own = self.foresight.steps_to(rate=self.rates, momentum=self.method.momentum)
        return own > 10 * self.foresight.steps_to(rate=self.foresight.rates)

    @property
    def rates(self) -> dict[str, float] | None:
        """The rate of each parameter, where they are fixed and multiply the slopes."""
        if self.method.rates is None or self.method.name == "Adam":
            return None
        return dict(zip(self.objective.names, self.method.rates.tolist(), strict=True))

    def better_rates(self) -> str:
        """What the Hessian at the start suggests."""
        if self.method.name == "Adam":
            return Advice("try a smaller rate, or ", Setting("method", "descent"))
        if self.method.rates is None:
            return Advice("try another start, or ", Setting("method", "adam"))
        if self.foresight is None or not (self.foresight.rates and self.foresight.quadratic):
            return "leave rate out: the rates then follow the second derivatives from step to step"
        if self.has_good_rates:
            return self.faster(self.foresight)
        if len(self.objective.names) == 1:
            return Advice("try ", Setting("rate", float(num(self.foresight.best_rate))))
        each = Setting("rate", {name: float(num(rate)) for name, rate in self.foresight.rates.items()})
        return Advice("give each parameter its own rate, as ", each, ", or leave rate out, which does that")

    @property
    def has_good_rates(self) -> bool:
        """Whether the rates are already those that the Hessian suggests, or near them."""
        if not (self.foresight and self.foresight.rates and self.rates):
            return False
        suggested = self.foresight.rates
        return all(
            0.5 <= rate / suggested[name] / (1 + self.method.momentum) <= 1.05 for name, rate in self.rates.items()
        )

    def faster(self, foresight: Foresight) -> str:
        """What helps where the rates are good and yet too slow: centring, momentum, more steps."""
        if shift := centred(self.objective, self.last.at):
            return shift
        momentum = best_momentum(foresight)
        ahead = foresight.steps_to(self.watch.tolerance or NEAR, boosted(foresight, momentum), momentum)
        if not momentum > self.method.momentum + 0.01:
            return Advice("allow more steps, as ", Setting("steps", 10 * self.watch.steps))
        more = Setting("steps", round_up(2 * ahead))
        if 2 * ahead <= self.watch.steps or not math.isfinite(ahead):
            return Advice("try ", Setting("momentum", momentum))
        return Advice("try ", Setting("momentum", momentum), " with ", more)


def round_up(steps: float) -> int:
    """A step count with two digits, not below what was asked."""
    unit = int(10 ** max(0, len(str(int(steps))) - 2))
    return math.ceil(steps / unit) * unit


def best_momentum(foresight: Foresight) -> float:
    """The momentum that is fastest with a rate each (Polyak 1964), to three digits and at most 0.999."""
    left = foresight.contraction(foresight.rates)  # (k - 1)/(k + 1) at the best rates
    root = math.sqrt(max(0.0, 1 - left)) / math.sqrt(1 + left)
    return min(0.999, math.floor(1000 * ((1 - root) / (1 + root)) ** 2) / 1000)


def boosted(foresight: Foresight, momentum: float) -> dict[str, float]:
    """The rates that go with a momentum."""
    return {name: (1 + momentum) * rate for name, rate in foresight.rates.items()}
