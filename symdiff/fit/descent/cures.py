"""What helps a descent that is too slow or too fast: rates each, a momentum, centred columns, another method."""

from __future__ import annotations

import math
from dataclasses import dataclass

from symdiff.fit.advice import Advice, Setting
from symdiff.fit.descent.centre import centred
from symdiff.fit.descent.foresight import NEAR, Foresight
from symdiff.fit.descent.objective import Objective
from symdiff.fit.methods.parts import DESCENT, Ground, Method, State
from symdiff.fit.methods.watch import Watch
from symdiff.fit.words import num


@dataclass(frozen=True, slots=True, eq=False)
class Cures:
    """A descent that has ended, as far as its rates are to blame; `foresight` is that of plain descent."""

    ground: Ground
    method: Method
    watch: Watch
    last: State
    foresight: Foresight | None

    @property
    def objective(self) -> Objective:
        """What was gone down."""
        return self.ground.objective

    @property
    def rates(self) -> dict[str, float] | None:
        """The rate of each parameter, where they are fixed and multiply the slopes."""
        if self.method.rates is None or self.method.name != DESCENT:
            return None
        return dict(zip(self.objective.names, self.method.rates.tolist(), strict=True))

    @property
    def scheduled(self) -> bool:
        """Whether the rates change from step to step as it was said beforehand."""
        return self.method.pace is not None and self.method.rates is None

    def is_slow(self) -> bool:
        """Whether a rate each would do with a tenth of the steps."""
        if not (self.foresight and self.foresight.rates and self.rates):
            return False
        own = self.foresight.steps_to(rate=self.rates, momentum=self.method.momentum)
        return own > 10 * self.foresight.steps_to(rate=self.foresight.rates)

    def better_rates(self) -> str:
        """What the Hessian at the start suggests."""
        if self.method.searches:
            return Advice("try ", Setting("method", "newton"), ", or another start")
        if self.method.name != DESCENT:
            return Advice("try a smaller rate, or ", Setting("method", "descent"))
        if self.scheduled:
            alone = Advice("leave out ", Setting("schedule"), " and ", Setting("rate"), " with ")
            return Advice(alone, Setting("method", "descent"), ", which finds rates that need none")
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
