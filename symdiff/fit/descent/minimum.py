"""What `minimize` gives back: the place and the value, how it went there, in words and as data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from symdiff.fit.advice import Spelling, argument, spelled
from symdiff.fit.data.table import Square
from symdiff.fit.descent.foresight import Foresight, foresee
from symdiff.fit.descent.objective import FormulaLoss
from symdiff.fit.descent.outcome import History, Outcome
from symdiff.fit.words import counted, listed, num
from symdiff.text.show import show

LONGEST: Final = 200  # characters of a formula in a report


@dataclass(frozen=True, eq=False)
class Minimum:
    """Where a search for a minimum ended: `value`, the place `at`, and how it went there.

    `method` in words; `starts` are the values at which searches from near the start ended, the start's own first.
    """

    loss: FormulaLoss
    method: str
    outcome: Outcome
    starts: Sequence[float] = ()

    def __repr__(self) -> str:
        place = ", ".join(f"{name}={value:.6g}" for name, value in self.at.items())
        return f"<Minimum: {self.reason}, {self.value:.6g} at {place}>"

    @property
    def value(self) -> float:
        """The least value found."""
        return self.outcome.end.loss

    @property
    def at(self) -> dict[str, float]:
        """Where the formula has it."""
        return dict(zip(self.loss.names, self.outcome.end.at.tolist(), strict=True))

    @property
    def start(self) -> dict[str, float]:
        """Where the search began."""
        return self.history.at(0)

    @property
    def reason(self) -> str:
        """Why it ended: "converged", "steps", "diverged", "stalled" or "interrupted"."""
        return self.outcome.reason

    @property
    def converged(self) -> bool:
        """Whether it ended at a minimum."""
        return self.reason == "converged"

    @property
    def why(self) -> str:
        """The reason in a sentence."""
        return self.outcome.why

    @property
    def advice(self) -> str:
        """What to do next; "" where there is nothing to do."""
        return self.outcome.advice

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return self.outcome.steps

    @property
    def ended(self) -> str:
        """The reason with the number of steps."""
        return f"{'out of steps' if self.reason == 'steps' else self.reason} after {counted(self.steps, 'step')}"

    @property
    def history(self) -> History:
        """The value and the place after every step."""
        return self.outcome.history

    @property
    def gradient(self) -> dict[str, float]:
        """The slopes there."""
        return dict(zip(self.loss.names, self.loss(self.outcome.end.at)[1].tolist(), strict=True))

    @property
    def hessian(self) -> Square:
        """The exact second derivatives there, in the order of `at`."""
        return self.loss.hessian(self.outcome.end.at)

    @property
    def foresight(self) -> Foresight | None:
        """What the Hessian says of gradient descent from the start; None where it is beyond floats."""
        return self.outcome.foresight or foresee(self.loss, np.array(list(self.start.values())))

    def report(self, spell: Spelling = argument) -> str:
        """How it went, as a card to read."""
        formula = show(self.loss.loss)
        lines = [
            f"minimum   {num(self.value, 10)}",
            *[f"{name:<10}{num(value, 10)}" for name, value in self.at.items()],
            f"of        {formula if len(formula) <= LONGEST else formula[: LONGEST - 1] + '…'}",
            f"method    {self.method}",
            f"start     {listed(f'{name} = {num(value, 6)}' for name, value in self.start.items())}",
            f"ended     {self.ended}: {self.why}",
        ]
        if len(self.starts) > 1:
            lines.append(
                f"starts    {self.agreed()} of {len(self.starts)}, the one given and others near it, ended here"
            )
        if self.advice:
            lines.append(f"next      {spelled(self.advice, spell)}")
        return "\n".join(lines)

    def agreed(self) -> int:
        """How many of the starts ended at this value."""
        return sum(abs(value - self.value) <= 1e-6 * abs(self.value) + 1e-12 for value in self.starts)

    def summary(self, spell: Spelling = argument) -> dict[str, Any]:
        """The same as plain data, safe for JSON: what is beyond floats is None."""
        return {
            "formula": show(self.loss.loss),
            "value": finite(self.value),
            "at": self.at,
            "gradient": {name: finite(slope) for name, slope in self.gradient.items()},
            "method": self.method,
            "start": self.start,
            "reason": self.reason,
            "why": self.why,
            "advice": spelled(self.advice, spell) or None,
            "steps": self.steps,
            "starts": {"tried": len(self.starts), "agreed": self.agreed()} if self.starts else None,
        }


def finite(value: float) -> float | None:
    """The value, or None where JSON has no word for it."""
    return value if math.isfinite(value) else None
