"""What can be told of a descent once it has ended: the reason, a sentence, and what to do next."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from symdiff.fit.advice import Advice, Setting
from symdiff.fit.centre import centred, hidden
from symdiff.fit.dataloss import DataLoss
from symdiff.fit.foresight import NEAR, Foresight, foresee, undetermined
from symdiff.fit.kinks import curves_up, kinked, newton_step, size_of
from symdiff.fit.methods.parts import Ground, Method, State
from symdiff.fit.methods.watch import Mask, Watch, settled
from symdiff.fit.objective import MANY, Objective
from symdiff.fit.words import about, counted, listed, num


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """What can be told about a descent once it has ended."""

    ground: Ground
    method: Method
    watch: Watch
    last: State
    foresight: Foresight | None

    @property
    def objective(self) -> Objective:
        """What was gone down."""
        return self.ground.objective

    def given(self, verdict: str) -> tuple[str, str, str]:
        """Reason, sentence, and advice."""
        if verdict == "interrupted":
            return "interrupted", f"it was interrupted after {counted(self.last.step, 'step')}", "begin from this place"
        if verdict == "endless":
            return "diverged", *self.endless()
        if verdict == "diverged" or (verdict == "steps" and self.growing()):
            return "diverged", *self.diverged()
        if verdict == "steps":
            return "steps", *self.out_of_steps()
        if verdict == "stalled":
            why = f"none of the last {self.watch.stop.patience:,} steps led lower, and the slopes are not small"
            return "stalled", f"{why}: it goes to and fro", self.better_rates()
        return self.at_rest(verdict)

    def growing(self) -> bool:
        """Whether it would have diverged, had it been given more steps."""
        if self.foresight is None or self.rates is None:
            return False
        return self.last.loss > self.watch.first and not self.foresight.stable(self.rates, self.method.momentum)

    def endless(self) -> tuple[str, str]:
        """What to say of a loss without a least value."""
        place = listed(f"{name} = {num(value)}" for name, value in zip(self.objective.names, self.last.at, strict=True))
        why = f"the loss falls without end: at {place} it is {num(self.last.loss)}"
        return why, Advice("a minimum wants a loss that is bounded below, or ", Setting("bounds"), " on the parameters")

    def at_rest(self, verdict: str) -> tuple[str, str, str]:
        """Converged, or stalled at a place that is no minimum."""
        if found := kinked(self.ground, self.last, self.watch.start, float(self.watch.largest.max())):
            return found
        moving = self.ground.box.moving(self.last.at, self.last.slopes)
        place = settled(self.objective, self.last, self.floor, moving)
        if place == "minimum" or (place == "slope" and verdict == "converged"):
            if hidden(self.objective, self.last, self.watch.floor):
                return "stalled", *self.out_of_sight()
            if self.method.searches and self.far_off(moving):
                return "stalled", *self.at_infinity()
            return "converged", self.rest_in_words(verdict), self.undetermined()
        if place == "saddle":
            why = "the slopes vanish here, but the loss curves down in some direction: this is a saddle, not a minimum"
            return "stalled", why, self.elsewhere()
        if place == "edge":
            why = (
                "the second derivatives are beyond floats here: the loss may fall towards a place where it has no value"
            )
            return "stalled", why, Advice("keep away from that place with ", Setting("bounds"))
        if place == "flat":
            return "stalled", "the loss does not change with any parameter here", self.elsewhere()
        if self.method.searches:
            return "stalled", "no step that was tried leads lower, and the slopes are not small", self.elsewhere()
        why = "the steps are too small to change the loss, and it is not at its minimum"
        return "stalled", why, self.better_rates()

    def far_off(self, moving: Mask) -> bool:
        """Whether a step of Newton's would still be long: slopes that vanish on the way to infinity."""
        if len(moving) > MANY or not moving.any() or not self.last.step:
            return False
        H = self.objective.hessian(self.last.at)[np.ix_(moving, moving)]
        if not curves_up(H):
            return False
        ahead = np.abs(newton_step(H, self.last.slopes[moving]))
        size = size_of(self.last.at, self.watch.start)[moving]
        return bool((ahead > FAR_OFF * size).any())

    def at_infinity(self) -> tuple[str, str]:
        """What to say of slopes that vanish without a minimum."""
        place = listed(f"{name} = {num(value)}" for name, value in zip(self.objective.names, self.last.at, strict=True))
        why = (
            f"the slopes vanish, but each step is as long as the last: from {place} the loss falls on, ever more slowly"
        )
        return why, Advice("it may have no minimum; ask for one within ", Setting("bounds"))

    @property
    def floor(self) -> float:
        """What rounding may leave to gain: a search ends where it can tell no losses apart, of whatever terms."""
        return EPS * abs(self.watch.first) if self.method.searches else self.watch.floor

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
        if len(self.last.at) > MANY or self.ground.box.bounded:
            return ""
        flat, _ = undetermined(self.objective.hessian(self.last.at), self.objective.names)
        names = listed(flat)
        if names and not isinstance(self.objective, DataLoss):
            return f"along {names} it does not curve here: other values may do as well; write a number for one of them"
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
        ahead = math.nan if self.method.searches else self.steps_ahead(left)
        if not math.isfinite(ahead):
            more = Advice("allow more steps, as ", Setting("steps", 10 * self.watch.steps))
            return why, more if self.has_good_rates or self.method.searches else Advice(
                more, "; or ", self.better_rates()
            )
        why += f"; at this pace {about(ahead)} more to {num(self.watch.tolerance)}"
        slow = ahead > 10 * self.watch.steps or self.is_slow() or hidden(self.objective, self.last, self.watch.floor)
        why += self.crawling() if slow else ""
        more = Advice("allow more steps: ", Setting("steps", self.watch.steps + round_up(ahead)))
        return why, self.better_rates() if slow else more

    def crawling(self) -> str:
        """Along which direction it is slow, where the rates tell."""
        foresight, rates = self.foresight, self.rates
        if foresight is None or not rates or not foresight.quadratic or len(rates) == 1 or self.method.momentum:
            return ""
        way = foresight.along(foresight.directions, rates)
        return f"; it crawls along {way}: each step leaves {num(foresight.contraction(rates), 5)} of the error there"

    def steps_ahead(self, left: float) -> float:
        """How many more steps until the tolerance, by the Hessian at the end; nan if that says nothing."""
        here = foresee(self.objective, self.last.at)
        if here is None or not here.largest or not left > self.watch.tolerance > 0:
            return math.nan
        rates = self.rates or here.rates
        if not rates or self.method.name != DESCENT:  # the moves of others do not follow the size of the slopes alone
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
        if self.method.rates is None or self.method.name != DESCENT:
            return None
        return dict(zip(self.objective.names, self.method.rates.tolist(), strict=True))

    def better_rates(self) -> str:
        """What the Hessian at the start suggests."""
        if self.method.searches:
            return Advice("try ", Setting("method", "newton"), ", or another start")
        if self.method.name != DESCENT:
            return Advice("try a smaller rate, or ", Setting("method", "descent"))
        if self.method.rates is None:
            return Advice("try another start, or ", Setting("method", "adam"))
        if self.foresight is None or not (self.foresight.rates and self.foresight.quadratic):
            told = " without a rate: its rates follow the second derivatives from step to step"
            return Advice("try ", Setting("method", "descent"), told)
        if self.has_good_rates:
            return self.faster(self.foresight)
        if len(self.objective.names) == 1:
            return Advice("try ", Setting("rate", float(num(self.foresight.best_rate))))
        each = Setting("rate", {name: float(num(rate)) for name, rate in self.foresight.rates.items()})
        own = Advice("leave rate out with ", Setting("method", "descent"))
        return Advice("give each parameter its own rate, as ", each, ", or ", own, ", which does that")

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


DESCENT: Final = "gradient descent"
EPS: Final = 1e-15
FAR_OFF: Final = 0.01  # of the way so far: a step that still leads on


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
