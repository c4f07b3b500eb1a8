"""What a descent or a fit gives back: values, the reason it ended, the path, a report, predictions, pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from symdiff.core.expr import Expr
from symdiff.errors import DataError
from symdiff.fit.foresight import Foresight
from symdiff.fit.models import Problem
from symdiff.fit.objective import Rows
from symdiff.fit.outcome import History, Outcome
from symdiff.fit.table import Data, Vector
from symdiff.fit.words import counted, listed

Inputs: TypeAlias = ArrayLike | Mapping[str, ArrayLike]


@dataclass(frozen=True, eq=False)
class Descent:
    """Where a descent on a loss ended, and how it went there.

    `reason` is "converged", "steps" (all that were allowed), "diverged" or "stalled".
    """

    parameters: tuple[str, ...]
    method: str
    outcome: Outcome
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value:.6g}" for name, value in self.values.items())
        return f"<{type(self).__name__}: {self.ended}, {values}, loss {self.loss:.6g}>"

    def report(self) -> str:
        """How it went, as a card to read."""
        from symdiff.fit.report import report

        return report(self)

    def summary(self) -> dict[str, Any]:
        """The same as plain data, safe for JSON: what is beyond floats is None."""
        from symdiff.fit.report import summary

        return summary(self)

    @property
    def values(self) -> dict[str, float]:
        """The parameters at the end; after a divergence those with the smallest loss met."""
        return dict(zip(self.parameters, self.outcome.end.at.tolist(), strict=True))

    @property
    def start(self) -> dict[str, float]:
        """The parameters before the first step."""
        return self.history.at(0)

    @property
    def loss(self) -> float:
        """The loss at these values."""
        return self.outcome.end.loss

    @property
    def reason(self) -> str:
        """Why it ended, in one word."""
        return self.outcome.reason

    @property
    def ended(self) -> str:
        """The same with the number of steps."""
        if self.reason == "steps":
            return f"out of steps after {self.steps:,}"
        return f"{self.reason} after {counted(self.steps, 'step')}"

    @property
    def converged(self) -> bool:
        """Whether it ended at a minimum."""
        return self.reason == "converged"

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return self.outcome.steps

    @property
    def history(self) -> History:
        """The loss and the parameters after every step."""
        return self.outcome.history

    @property
    def foresight(self) -> Foresight | None:
        """What the Hessian said before the first step; None where it was beyond floats."""
        return self.outcome.foresight


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Fit(Descent):
    """A model fitted to data: the values of its parameters, how they were found, and what can be done with them.

    The fields and properties of `Descent`, and: `model`, `data` (the rows used and those skipped), `rss`.
    """

    problem: Problem

    @property
    def model(self) -> Expr:
        """The formula that was fitted."""
        return self.problem.model

    @property
    def data(self) -> Data:
        """The rows that were used, and those that were not, with the reasons."""
        return self.problem.data

    @property
    def rss(self) -> float:
        """The sum of the squared residuals."""
        return self.loss * len(self.data)

    def predict(self, at: Inputs, values: Mapping[str, float] | None = None) -> float | Vector:
        """The model at one place or at many: a number for a number, an array for a sequence; nan where it has no value.

        A model that reads several columns wants a mapping of their names. `values` are the parameters, if not the
        fitted ones.

        >>> from symdiff import fit
        >>> found = fit("line", [(-2, -3), (3, 7)])
        >>> round(found.predict(10), 6)
        21.0
        """
        columns = self.columns(at)
        arrays = np.broadcast_arrays(*columns.values()) if columns else [np.zeros(())]
        args = {**(values or self.values), **dict(zip(columns, [a.ravel() for a in arrays], strict=False))}
        found = Rows([self.model], list(args))(list(args.values()), arrays[0].size)[0].reshape(arrays[0].shape)
        found = np.where(np.isfinite(found), found, np.nan)
        return float(found) if found.ndim == 0 else found

    def columns(self, at: Inputs) -> dict[str, Vector]:
        """What the model reads, as arrays of floats."""
        inputs = self.problem.inputs
        given = at if isinstance(at, Mapping) else dict.fromkeys(inputs, at)
        if missing := [name for name in inputs if name not in given]:
            raise DataError(f"to predict, the model needs {listed(missing)}", f"as in predict({{{missing[0]!r}: 1.5}})")
        if len(inputs) > 1 and not isinstance(at, Mapping):
            raise DataError(
                f"the model reads {listed(inputs)}", f"give each of them, as in predict({{{inputs[0]!r}: ...}})"
            )
        return {name: np.asarray(given[name], np.float64) for name in inputs}

    def plot(self, path: str | Path) -> Path:
        """Draw the data, the curve and the loss over the steps into a file (PNG, SVG, PDF by its ending).

        Raises ExtraError without matplotlib.
        """
        from symdiff.fit.plot import draw

        return draw(self, path)

    def film(self, path: str | Path, frames: int = 60) -> Path:
        """Write the curve as it learns, and the loss beside it, as an animated GIF of at most so many frames.

        Raises ExtraError without matplotlib and Pillow.
        """
        from symdiff.fit.plot import film

        return film(self, path, frames)
