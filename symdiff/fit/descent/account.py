"""What can be told of a descent once it has ended: the reason, a sentence, and what to do next."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from symdiff.fit.advice import Advice, Setting
from symdiff.fit.descent.centre import centred, hidden
from symdiff.fit.descent.cures import Cures, round_up
from symdiff.fit.descent.dataloss import DataLoss
from symdiff.fit.descent.foresight import Foresight, foresee, undetermined
from symdiff.fit.descent.kinks import kinked
from symdiff.fit.descent.lookahead import FAR, slowing, steps_by_schedule
from symdiff.fit.descent.objective import MANY
from symdiff.fit.descent.tails import far_off
from symdiff.fit.methods.parts import DESCENT
from symdiff.fit.methods.watch import Mask, settled
from symdiff.fit.words import about, counted, listed, num


class Account(Cures):
    """What can be told about a descent once it has ended."""

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
            if self.hidden:
                return "stalled", *self.out_of_sight()
            if self.method.searches and self.last.step and far_off(self.ground, self.last, self.watch.start, moving):
                return "stalled", *self.at_infinity()
            return "converged", self.rest_in_words(verdict) + self.held_in_words(moving), self.undetermined()
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

    @property
    def hidden(self) -> bool:
        """Whether the loss falls on where floats see no curvature."""
        return hidden(self.objective, self.last, self.watch.floor, self.ground.box)

    def held_in_words(self, moving: Mask) -> str:
        """Which parameters rest on their bounds."""
        names = [name for name, free in zip(self.objective.names, moving, strict=True) if not free]
        return f"; {listed(names)} {'rests on its bound' if len(names) == 1 else 'rest on their bounds'}" * bool(names)

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
        otherwise = "write the formula in sums and differences of these, or write a number for one of them"
        if isinstance(self.objective, DataLoss):
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
        if self.method.searches:
            return f"{steps}, and something there is beyond floats", Advice("search within ", Setting("bounds"))
        if self.rates is None or self.foresight is None:
            what = "columns" if isinstance(self.objective, DataLoss) else "symbols"
            return f"{steps}: the steps were too long", f"try a smaller rate, or scale the {what} to sizes near 1"
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
        taken = "the one step was" if self.last.step == 1 else f"all {self.last.step:,} steps were"
        why = f"{taken} taken; the slopes are down to {num(left)} of the largest they were"
        if self.watch.steps == 0:
            return "no step was asked for", ""
        ahead = math.nan if self.method.searches else self.steps_ahead(left)
        if not math.isfinite(ahead) and self.scheduled and slowing(self.method, self.watch.steps):
            never = f"; the rates fall so fast that {FAR:,} times the steps would not do"
            return why + never * (ahead == math.inf), self.better_rates()
        if not math.isfinite(ahead):
            more = Advice("allow more steps, as ", Setting("steps", 10 * self.watch.steps))
            return why, more if self.has_good_rates or self.method.searches else Advice(
                more, "; or ", self.better_rates()
            )
        why += f"; at this pace {about(ahead)} more to {num(self.watch.tolerance)}"
        slow = ahead > 10 * self.watch.steps or self.is_slow() or self.hidden
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
        if self.scheduled:
            wanted = math.log(left / self.watch.tolerance)
            return steps_by_schedule(here, self.method, self.watch.steps, wanted)
        rates = self.rates or here.rates
        if not rates or self.method.name != DESCENT:  # the moves of others do not follow the size of the slopes alone
            return math.nan
        return here.steps_to(self.watch.tolerance / left, rates, self.method.momentum)


EPS: Final = 1e-15
