"""One response of a fit as something to draw: where its rows lie, what was measured there, what the model says."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from symdiff.core.expr import Num
from symdiff.core.ops import sqrt
from symdiff.errors import DataError, FitError
from symdiff.fit.data.table import Vector
from symdiff.fit.pictures.landscape import variance
from symdiff.fit.problem import column_of
from symdiff.numeric.compile import compile
from symdiff.text.show import show

if TYPE_CHECKING:
    from symdiff.fit.result import Fit

POINTS: Final = 400  # of a curve
FAR: Final = 1e6  # times the height of the picture: what is beyond is not drawn
DECADES: Final = 1e3  # from the least to the greatest: an axis over more is logarithmic
MOST: Final = 300_000  # rows looked at


class Response:
    """A response and how it is drawn, which its `kind` says.

    "curve": over the one input; "rows": over the row numbers, where there is no input; "compared": predicted over
    measured, where there are several; "level": the line on which an implicit model of two inputs is 0.
    """

    def __init__(self, fit: Fit, number: int, log: str = "auto") -> None:
        problem, plan = fit.problem, fit.problem.plan
        self.fit, self.number = fit, number
        self.model, self.response = plan.models[number], plan.responses[number]
        self.inputs, self.data = plan.inputs, problem.data
        self.implicit = self.response.__class__ is Num
        self.kind = self.kind_of()
        self.places = self.thinned()
        self.rows = numbers(self.data.rows)[self.places].astype(float)
        self.columns = {name: self.data.columns[name][self.places] for name in self.inputs}
        self.target = problem.targets[number][self.places]
        self.sigma = self.known()
        self.logs = self.axes(log)

    def kind_of(self) -> str:
        """The kind that goes with the number of inputs."""
        if len(self.inputs) == 2 and self.implicit:
            return "level"
        return "curve" if len(self.inputs) == 1 else "compared" if self.inputs and not self.implicit else "rows"

    def thinned(self) -> slice | NDArray[np.intp]:
        """The places of the rows that are looked at: all; of very many some, spread over all, and the odd ones."""
        n = len(self.data)
        if n <= MOST:
            return slice(None)
        return np.union1d(np.arange(0, n, -(-n // MOST)), np.searchsorted(numbers(self.data.rows), self.odd_rows))

    @cached_property
    def odd_rows(self) -> list[int]:
        """The numbers of the rows that the diagnostics call outliers, the farthest first."""
        return [one.row for one in self.fit.diagnostics.outliers if one.out and one.response == self.number]

    def known(self) -> Vector | None:
        """The standard errors, where the caller gave them: robust losses have weights of their own."""
        plan, problem = self.fit.problem.plan, self.fit.problem
        if not plan.weights or plan.weighted:
            return None
        name, e = list(plan.weights.items())[self.number]
        if not plan.loss.squares and e.__class__ is Num and e.value == 1:
            return None
        return 1 / (problem.named[name][self.places] * problem.scale)

    @cached_property
    def compiled(self) -> tuple[tuple[str, ...], object]:
        """The names that the model reads, and the model as a function of them."""
        names = (*self.fit.problem.plan.parameters, *self.inputs)
        return names, compile(self.model, names)

    def model_at(self, columns: Mapping[str, Vector], values: Mapping[str, float]) -> Vector:
        """The model at columns of places; nan where it has no finite value."""
        names, function = self.compiled
        size = len(next(iter(columns.values()))) if columns else 1
        with np.errstate(all="ignore"):
            found = function(*[columns[n] if n in columns else values[n] for n in names])  # type: ignore[operator]
        found = np.array(np.broadcast_to(found, (size,)), float)
        return np.where(np.isfinite(found), found, np.nan)

    # ------------------------------------------------------------------------------------------------------- the rows

    @property
    def measured(self) -> Vector:
        """What was measured, row by row; of a level, the second input."""
        return self.columns[self.inputs[1]] if self.kind == "level" else self.target

    @property
    def along(self) -> Vector:
        """Where the rows lie from left to right."""
        if self.kind in ("curve", "level"):
            return self.columns[self.inputs[0]]
        return self.measured if self.kind == "compared" else self.rows

    def predicted(self, values: Mapping[str, float]) -> Vector:
        """The model at the rows."""
        return np.broadcast_to(self.model_at(self.columns, values), self.target.shape)

    @cached_property
    def residuals(self) -> Vector:
        """Measured less predicted, as fitted, in standard errors where these are known; of an implicit model distances.

        With errors in x the standard error is that of the difference, (s_y^2 + (f' s_x)^2)^(1/2), to first order.
        """
        if self.fit.problem.plan.spreads:
            return self.across
        left = self.target - self.predicted(self.fit.values)
        return left if self.sigma is None else left / self.sigma

    @property
    def across(self) -> Vector:
        """The distances of the rows from the model to first order, in the errors of x and y; positive outside."""
        problem, plan = self.fit.problem, self.fit.problem.plan
        r = plan.residuals[self.number]
        program = compile(r / sqrt(variance(r, plan)), plan.args)
        with np.errstate(all="ignore"):
            found = program(*[self.fit.values[name] for name in plan.free], *[a[self.places] for a in problem.arrays])
        found = np.broadcast_to(found, self.target.shape)
        return np.where(np.isfinite(found), found if self.implicit else -found, np.nan)

    @cached_property
    def odd(self) -> NDArray[np.intp]:
        """Where among the rows looked at the odd ones are, the farthest first."""
        return np.searchsorted(self.rows, self.odd_rows)

    @property
    def along_residuals(self) -> Vector:
        """Where the residuals lie from left to right: over the input, over what is predicted, or over the rows."""
        if self.kind == "compared":
            return self.predicted(self.fit.values)
        return self.along if self.kind == "curve" else self.rows

    @cached_property
    def bars(self) -> tuple[Vector | None, Vector | None]:
        """The standard errors, where they are known: along and up."""
        spreads = self.fit.problem.plan.spreads
        if self.plain:
            spreads = {}
        known = [column_of(spreads[n], self.data)[self.places] if n in spreads else None for n in self.inputs]
        if self.kind == "level":
            return known[0], known[1]
        return (known[0], self.sigma) if self.kind == "curve" else (None, self.sigma)

    @property
    def plain(self) -> bool:
        """Whether the model is implicit and its inputs have errors of 1, which is what stands for none."""
        spreads = self.fit.problem.plan.spreads.values()
        return self.implicit and all([e.__class__ is Num and float(e.value) == 1 for e in spreads])

    @property
    def label_left(self) -> str:
        """What is left over, and its unit."""
        left = "distance" if self.implicit else "residual"
        return left if self.plain or (self.sigma is None and not self.fit.problem.plan.spreads) else f"{left} / σ"

    def band(self, level: float, kind: str) -> tuple[Vector, Vector] | str:
        """The band of the model, or of measurements, over the grid; in words why there is none."""
        try:
            found = self.fit.band({self.inputs[0]: self.grid}, level, kind)
        except (DataError, FitError) as error:
            return error.message
        low, high = found[show(self.response)] if isinstance(found, dict) else found
        return np.asarray(low), np.asarray(high)

    # ------------------------------------------------------------------------------------------------------- the axes

    @property
    def dotted(self) -> bool:
        """Whether the model is a dot for each row, and no curve."""
        return self.kind == "compared" or (self.kind == "rows" and bool(self.inputs))

    @property
    def label_along(self) -> str:
        """The name of the horizontal axis."""
        if self.kind == "rows":
            return "row"
        return f"{show(self.response)}, measured" if self.kind == "compared" else self.inputs[0]

    @property
    def label_residuals(self) -> str:
        """The name of the horizontal axis of the residuals."""
        if self.kind == "compared":
            return f"{show(self.response)}, predicted"
        return self.inputs[0] if self.kind == "curve" else "row"

    @property
    def label(self) -> str:
        """The name of the vertical axis."""
        if self.kind == "compared":
            return f"{show(self.response)}, predicted"
        return self.inputs[1] if self.kind == "level" else show(self.model if self.implicit else self.response)

    def axes(self, log: str) -> str:
        """Which axes are logarithmic: "", "x", "y" or "xy"."""
        if log == "auto":
            found = "".join([name for name, values in (("x", self.along), ("y", self.measured)) if decades(values)])
            return "" if self.kind in ("rows", "level") else "xy" if found and self.kind == "compared" else found
        sides = (("x", self.along), ("y", self.measured))
        return "".join([name for name, values in sides if name in log and values.min() > 0])

    @cached_property
    def range(self) -> tuple[float, float]:
        """From left to right."""
        return padded(self.along, 0.2 if self.kind == "compared" else 0.08, "x" in self.logs)

    @cached_property
    def height(self) -> tuple[float, float]:
        """From bottom to top."""
        return padded(self.measured, 0.2, "y" in self.logs)

    @property
    def even(self) -> bool:
        """Whether both axes can have the same unit: then a circle is round."""
        (left, right), (low, high) = self.range, self.height
        return 2 / 3 < (right - left) / (high - low) < 3 / 2

    @cached_property
    def grid(self) -> Vector:
        """The places of a curve."""
        return np.asarray((np.geomspace if "x" in self.logs else np.linspace)(*self.range, POINTS))

    def curve(self, values: Mapping[str, float]) -> tuple[Vector, Vector]:
        """What is drawn of the model: a curve over the grid, or a dot for each row."""
        if self.dotted:
            return self.along, self.seen(self.predicted(values))
        columns = {self.inputs[0]: self.grid} if self.inputs else {}
        return self.grid, self.broken(self.seen(np.broadcast_to(self.model_at(columns, values), self.grid.shape)))

    def broken(self, y: Vector) -> Vector:
        """A curve with a gap where it goes from above the picture to below it at once, as beside a pole."""
        low, high = self.height
        with np.errstate(invalid="ignore"):
            side = np.where(y > high, 1, np.where(y < low, -1, 0))
        crossing = np.flatnonzero(side[:-1] * side[1:] < 0)
        y = y.copy()
        y[crossing] = np.nan
        return y

    def seen(self, y: Vector) -> Vector:
        """What is not so far off that a picture cannot hold it."""
        low, high = self.height
        return np.where(np.abs(y) < FAR * max(abs(low), abs(high)), y, np.nan)


def numbers(rows: Any) -> NDArray[np.int64]:
    """The numbers of rows as an array; a range is not walked through."""
    return np.arange(rows.start, rows.stop, rows.step) if isinstance(rows, range) else np.asarray(rows, np.int64)


def decades(values: Vector) -> bool:
    """Whether values span decades, all above 0."""
    low, high = float(values.min()), float(values.max())
    return low > 0 and high / low >= DECADES


def padded(values: Vector, share: float, log: bool = False) -> tuple[float, float]:
    """The range of values, widened by a share of itself on either side."""
    low, high = float(values.min()), float(values.max())
    if log:
        factor = (high / low) ** share if high > low else 1.5
        return low / factor, high * factor
    margin = share * (high - low) or share * abs(high) or 1.0
    return low - margin, high + margin
