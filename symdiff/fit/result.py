"""What a descent or a fit gives back: values and their errors, the reason it ended, a report, predictions, pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.core.expr import Expr
from symdiff.fit.advice import Spelling, argument
from symdiff.fit.descent.foresight import Foresight
from symdiff.fit.descent.outcome import History, Outcome
from symdiff.fit.problem import Problem
from symdiff.fit.words import counted

if TYPE_CHECKING:
    from symdiff.fit.data.table import Data, Square, Vector
    from symdiff.fit.leastsquares.plane import AnySystem
    from symdiff.fit.pictures import Picture
    from symdiff.fit.starts import Starts
    from symdiff.fit.statistics.bands import Band, Inputs, Prediction
    from symdiff.fit.statistics.determined import Undetermined
    from symdiff.fit.statistics.diagnostics import Diagnostics
    from symdiff.fit.statistics.figures import Statistics
    from symdiff.fit.statistics.intervals import Interval


class Descent:
    """Where a descent on a loss ended, and how it went there.

    `parameters` are the names, `method` is in words, `outcome` the end and the way there, `notes` what a reader should
    know. `reason` is "converged", "steps" (all that were allowed), "diverged", "stalled" or "interrupted".
    """

    def __init__(self, parameters: tuple[str, ...], method: str, outcome: Outcome, notes: tuple[str, ...] = ()) -> None:
        self.parameters, self.method, self.outcome, self.notes = parameters, method, outcome, notes

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value:.6g}" for name, value in self.values.items())
        return f"<{type(self).__name__}: {self.ended}, {values}, loss {self.loss:.6g}>"

    def report(self, format: str = "text", level: float = 0.95, spell: Spelling = argument) -> str:
        """How it went, as a card to read: "text", "markdown", "html" or "json".

        `level` is the chance with which intervals hold the true value, `spell` writes the settings that advice names.
        """
        from symdiff.fit.report import report

        return report(self, spell, format=format, level=level)

    def summary(self, level: float = 0.95, spell: Spelling = argument) -> dict[str, Any]:
        """The same as plain data, safe for JSON: what is beyond floats is None."""
        from symdiff.fit.report import summary

        return summary(self, spell, level=level)

    def _repr_html_(self) -> str:
        return self.report("html")

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
    def why(self) -> str:
        """The same in a sentence."""
        return self.outcome.why

    @property
    def advice(self) -> str:
        """What to do next; "" where there is nothing to do."""
        return self.outcome.advice

    @property
    def ended(self) -> str:
        """The reason with the number of steps."""
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
        """What the Hessian said before the first step; None where it was beyond floats, or nothing was to descend."""
        return self.outcome.foresight


class Fit(Descent):
    """A model fitted to data: the values of its parameters, what they are worth, and what can be done with them.

    `problem` holds the formulas and the data, `outcome` the end and the way there, `system` the reduced system at the
    end where the method had one, `starts` what a search for a start has found. Everything else is computed when it is
    first asked for. `loss` is the mean over the residuals, `rss` the sum of squares.

    >>> from symdiff import fit
    >>> found = fit("a*x + b", {"x": [1, 2, 3, 4], "y": [2.1, 3.9, 6.2, 7.8]})
    >>> {name: (round(value, 3), round(found.errors[name], 3)) for name, value in found.values.items()}
    {'a': (1.94, 0.091), 'b': (0.15, 0.248)}
    >>> round(found.r_squared, 4), found.undetermined
    (0.9957, ())
    """

    def __init__(
        self,
        problem: Problem,
        outcome: Outcome,
        *,
        method: str,
        system: AnySystem | None = None,
        notes: tuple[str, ...] = (),
        starts: Starts | None = None,
    ) -> None:
        self.problem, self.outcome, self.method = problem, outcome, method
        self.system, self.notes, self.starts = system, notes, starts

    def __getstate__(self) -> dict[str, Any]:
        kept = ("outcome", "method", "system", "notes", "starts")
        problem = self.problem
        bare = Problem(replace(problem.plan, settings={}), problem.data, problem.named, problem.scale)
        return {name: self.__dict__[name] for name in kept} | {"problem": bare}  # programs are made again

    @cached_property
    def parameters(self) -> tuple[str, ...]:  # type: ignore[override]  # computed here, given there
        """All parameters, tied and fixed ones included."""
        return tuple(self.values)

    @cached_property
    def values(self) -> dict[str, float]:
        """All parameters at the end, tied and fixed ones included; after a divergence those with the smallest loss."""
        return self.problem.values(self.outcome.end.at)

    @property
    def model(self) -> Expr:
        """The formula that was fitted, the first if there are several."""
        return self.problem.model

    @property
    def data(self) -> Data:
        """The rows that were used, and those that were not, with the reasons."""
        return self.problem.data

    # -------------------------------------------------------------------------------------- what the values are worth

    @cached_property
    def statistics(self) -> Statistics:
        """The statistics behind the figures below, and how each is defined."""
        from symdiff.fit.statistics.figures import Statistics

        return Statistics(self.problem, self.outcome.end.at, self.system)

    @property
    def errors(self) -> dict[str, float]:
        """The standard error of each parameter.

        0 of fixed ones, by the slopes of their formula for tied ones; infinite where the data do not determine it, nan
        where it rests on a bound and where there are no more rows than parameters.
        """
        return dict(zip(self.parameters, self.statistics.errors.tolist(), strict=True))

    @property
    def covariance(self) -> Square:
        """The covariances of the parameters, of shape (k, k) in the order of `parameters`."""
        return self.statistics.covariance

    @property
    def correlations(self) -> Square:
        """The correlations of the parameters, of shape (k, k) in the order of `parameters`; nan without an error."""
        return self.statistics.correlations

    def intervals(self, level: float = 0.95, kind: str = "linear") -> dict[str, Interval]:
        """For each parameter the interval that holds the true value with the chance `level`: see `intervals`.

        >>> from symdiff import fit
        >>> found = fit("a*x + b", {"x": [1, 2, 3, 4], "y": [2.1, 3.9, 6.2, 7.8]})
        >>> [round(end, 3) for end in found.intervals(kind="profile")["a"]]
        [1.55, 2.33]
        """
        from symdiff.fit.statistics.intervals import intervals

        return intervals(self.statistics, level, kind)

    @cached_property
    def undetermined(self) -> tuple[Undetermined, ...]:
        """Which combinations of parameters are all that the data determine; empty where every parameter is."""
        from symdiff.fit.statistics.determined import undetermined

        with np.errstate(all="ignore"):
            return undetermined(self.statistics)

    @property
    def rss(self) -> float:
        """The sum of the squared residuals, each divided by its sigma where there is one."""
        return self.statistics.rss

    @property
    def degrees_of_freedom(self) -> int:
        """Residuals less determined parameters."""
        return self.statistics.dof

    @property
    def reduced_chi_squared(self) -> float:
        """rss over the degrees of freedom; nan where there are none."""
        return self.statistics.reduced_chi_squared

    @property
    def r_squared(self) -> float:
        """R^2, the share of the variation that the model explains."""
        return self.statistics.r_squared

    @property
    def adjusted(self) -> float:
        """R^2 adjusted for the number of parameters."""
        return self.statistics.adjusted

    @property
    def aic(self) -> float:
        """Akaike's criterion, -2 log L + 2 p."""
        return self.statistics.aic

    @property
    def aicc(self) -> float:
        """Akaike's criterion corrected for few rows."""
        return self.statistics.aicc

    @property
    def bic(self) -> float:
        """Schwarz's criterion, -2 log L + p log N."""
        return self.statistics.bic

    @property
    def condition(self) -> float:
        """The condition of the slopes of the model in its parameters, each scaled to length 1."""
        return self.statistics.condition

    @cached_property
    def diagnostics(self) -> Diagnostics:
        """What the residuals tell: runs, normality, spread, rows that stand out."""
        from symdiff.fit.statistics.diagnostics import diagnostics

        return diagnostics(self.statistics)

    # -------------------------------------------------------------------------------------------------------- its use

    @property
    def residuals(self) -> Vector | dict[str, Vector]:
        """Measured less predicted, in the units of the response, row by row; of several responses by their names."""
        from symdiff.fit.statistics.bands import residuals

        return residuals(self.problem, self.outcome.end.at)

    def predict(self, at: Inputs, values: Mapping[str, float] | None = None) -> Prediction | dict[str, Prediction]:
        """The model at one place or at many: a number for a number, an array for a sequence; nan where it has no value.

        A model that reads several columns wants a mapping of their names. `values` are the parameters, if not the
        fitted ones. Several responses are predicted by name.

        >>> from symdiff import fit
        >>> found = fit("line", [(-2, -3), (3, 7)])
        >>> round(found.predict(10), 6)
        21.0
        """
        from symdiff.fit.statistics.bands import predict

        return predict(self.problem, self.values if values is None else values, at)

    def band(self, at: Inputs, level: float = 0.95, kind: str = "confidence") -> Band | dict[str, Band]:
        """Between what the curve ("confidence") or the next measurement ("prediction") is to be expected: see `band`.

        >>> from symdiff import fit
        >>> found = fit("a*x + b", {"x": [1, 2, 3, 4], "y": [2.1, 3.9, 6.2, 7.8]})
        >>> low, high = found.band(2.5)
        >>> round(low, 3), round(high, 3)
        (4.564, 5.436)
        """
        from symdiff.fit.statistics.bands import band

        return band(self.statistics, at, level, kind)

    def plot(self, path: str | Path | None = None, kind: str = "auto", level: float = 0.95, log: str = "auto") -> Any:
        """Draw the data, the curve with its bands and the residuals, into a file (PNG, SVG, PDF by its ending).

        Without a path the picture itself is given back. Raises ExtraError without matplotlib.
        """
        from symdiff.fit.pictures import file_for, plot

        if path is not None:
            file_for("plot", path)
        picture: Picture = plot(self, kind, level, log)
        return picture if path is None else picture.save(path)

    def film(self, path: str | Path, frames: int = 60, kind: str = "fit", log: str = "auto") -> Path:
        """Write the fit as it learns as an animation (GIF, or MP4 by its ending) of at most so many frames.

        `kind`: "fit" shows the curve and the loss, "surface" the way on the loss surface. Raises ExtraError without
        matplotlib, Pillow or, for MP4, ffmpeg.
        """
        from symdiff.fit.pictures import film

        return film(self, path, frames, kind, log)

    def surface(self, path: str | Path | None = None, x: str | None = None, y: str | None = None) -> Any:
        """Draw the loss over two parameters, with the way taken on it, into a file.

        Without a path the picture itself is given back. Raises ExtraError without matplotlib.
        """
        from symdiff.fit.pictures import file_for, surface

        if path is not None:
            file_for("plot", path)
        picture: Picture = surface(self, x, y)
        return picture if path is None else picture.save(path)
