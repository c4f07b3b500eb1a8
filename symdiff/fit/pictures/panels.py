"""The panels of pictures: data with the model, residuals, and the loss over the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from symdiff.fit.data.table import Vector
from symdiff.fit.pictures.response import Response, padded
from symdiff.fit.pictures.sheet import DATA, MODEL, ODD, plain, sheet, shortened
from symdiff.fit.pictures.way import Way
from symdiff.fit.words import counted
from symdiff.text.show import show

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.lines import Line2D

MANY: Final = 5000  # points: more are drawn as a density
CELLS: Final = (240, 120)  # of a density, across and up
FINE: Final = 160  # places along each side of a plane in which a line is looked for
FEW: Final = 60  # points are drawn over the model, more below it
NAMED: Final = 5  # odd rows that get their number


def frame(axes: Axes, response: Response) -> None:
    """Limits, scales and names."""
    plain(axes)
    if "x" in response.logs:
        axes.set_xscale("log")
    if "y" in response.logs:
        axes.set_yscale("log")
    axes.set_xlim(*response.range)
    axes.set_ylim(*response.height)
    axes.set_xlabel(shortened(response.label_along))
    axes.set_ylabel(shortened(response.label, 40))
    axes.yaxis.set_offset_position("right")  # what all its numbers have in common; on the left are the names
    if response.kind == "level" and response.even:
        axes.set_aspect("equal", adjustable="box")


def points(axes: Axes, response: Response, x: Vector, y: Vector, errors: bool = True, **style: Any) -> list[Artist]:
    """A dot for each row, with error bars where they are known; a density where rows are many."""
    if len(x) > MANY:
        return [density(axes, x, y, style.get("color", DATA))]
    above = 4 if len(x) <= FEW else 3  # the model's line, which many dots would hide
    style = {"color": DATA, "markersize": size_of(len(x)), "zorder": above, **style}
    along, up = response.bars
    if not errors or (along is None and up is None):
        return list(axes.plot(x, y, "o", **style))
    width: dict[str, Any] = {"elinewidth": 1, "capsize": 0 if len(x) > FEW else 2.5}
    dots, caps, bars = axes.errorbar(x, y, xerr=along, yerr=up, fmt="o", **width, **style)
    return [dots, *caps, *bars]


def density(axes: Axes, x: Vector, y: Vector, colour: str, zorder: float = 1) -> QuadMesh:
    """How many points lie where, on a logarithmic scale from white to a colour."""
    from matplotlib.colors import LinearSegmentedColormap, LogNorm

    counts = tally(axes, x, y)
    shades = LinearSegmentedColormap.from_list("dots", ["#d6e2f0" if colour == DATA else "#fbe3cd", colour])
    norm = LogNorm(1, max(2, int(counts.filled(1).max())))
    return axes.pcolormesh(*cells(axes), counts, cmap=shades, norm=norm, zorder=zorder, rasterized=True)


def cells(axes: Axes) -> tuple[Vector, Vector]:
    """The edges of the cells in which points are counted, across and up."""
    across = edges(axes.get_xlim(), CELLS[0], axes.get_xscale() == "log")
    return across, edges(axes.get_ylim(), CELLS[1], axes.get_yscale() == "log")


def tally(axes: Axes, x: Vector, y: Vector) -> Any:
    """How many points are in each cell, of shape (cells up, cells across); empty ones are masked."""
    across, up = cells(axes)
    column, row = np.searchsorted(across, x, "right") - 1, np.searchsorted(up, y, "right") - 1
    inside = (column >= 0) & (column < CELLS[0]) & (row >= 0) & (row < CELLS[1])
    places = row[inside] * CELLS[0] + column[inside]
    counts = np.bincount(places, minlength=CELLS[0] * CELLS[1]).reshape(CELLS[1], CELLS[0])
    return np.ma.masked_equal(counts, 0)


def edges(limits: tuple[float, float], cells: int, log: bool) -> Vector:
    """The edges of cells between limits."""
    return np.asarray((np.geomspace if log else np.linspace)(*limits, cells + 1))


def size_of(count: int) -> float:
    """How large a dot is, so that many of them do not run together."""
    return float(np.clip(40 / np.sqrt(count), 2, 8))


class DataPanel:
    """The data of a response with the model: what stays the same is painted at once, `move_to` moves the model."""

    def __init__(self, axes: Axes, response: Response) -> None:
        self.axes, self.response = axes, response
        frame(axes, response)
        self.moving: list[Artist] = []
        if response.kind == "compared":
            axes.plot(response.range, response.range, color=DATA, linewidth=1, label="predicted = measured", zorder=2)
            style: dict[str, Any] = dots(len(response.target))
        else:
            if len(response.data) > MANY:
                axes.plot([], [], "s", color=DATA, label=f"data, {len(response.data):,} rows")
            self.moving += points(axes, response, response.along, response.measured, label="data")
            style = dots(len(response.target)) if response.dotted else {"linewidth": 2}
        self.cloud: QuadMesh | None = None
        if response.dotted and len(response.target) > MANY:
            style = {"linestyle": "", "marker": "s"}  # nothing but its name, for the legend
            self.cloud = density(axes, *response.curve(response.fit.values), MODEL, zorder=1.5)
            self.moving.append(self.cloud)
        self.curve = self.line(color=MODEL, label=self.formula, zorder=3.5, **style)
        self.moving.append(self.curve)

    @property
    def formula(self) -> str:
        """The model as the legend names it."""
        return shortened(show(self.response.model) + (" = 0" if self.response.implicit else ""))

    def line(self, **style: Any) -> Line2D:
        """A line with nothing on it yet."""
        (line,) = self.axes.plot([], [], **style)
        return line

    def draw(self, line: Line2D, values: dict[str, float]) -> None:
        """Put the model onto a line."""
        if self.response.kind == "level":
            line.set_data(*level(self.response, values))
        else:
            line.set_data(*self.response.curve(values))

    def move_to(self, values: dict[str, float]) -> None:
        """The model with these parameters."""
        if self.cloud is not None:
            self.cloud.set_array(tally(self.axes, *self.response.curve(values)))
            return
        self.draw(self.curve, values)


def dots(count: int) -> dict[str, Any]:
    """How a model looks that is a dot for each row."""
    return {
        "linestyle": "",
        "marker": ".",
        "markersize": max(2.0, size_of(count)),
        "alpha": 1.0 if count < 1000 else 0.3,
    }


def level(response: Response, values: dict[str, float]) -> tuple[Vector, Vector]:
    """The line on which an implicit model of two inputs is 0, its pieces separated by nan."""
    across, up = np.linspace(*response.range, FINE), np.linspace(*response.height, FINE)
    x, y = [axis.ravel() for axis in np.meshgrid(across, up)]
    heights = response.model_at(dict(zip(response.inputs, (x, y), strict=True)), values).reshape(FINE, FINE)
    if not (np.nanmin(heights, initial=np.inf) < 0 < np.nanmax(heights, initial=-np.inf)):
        return np.zeros(0), np.zeros(0)
    spare: Any = sheet(1, 1).subplots()
    pieces = spare.contour(across, up, np.ma.masked_invalid(heights), [0.0]).allsegs[0]
    whole = np.vstack([part for piece in pieces for part in (piece, np.full((1, 2), np.nan))])
    return whole[:, 0], whole[:, 1]


def bands(axes: Axes, response: Response, level: float) -> None:
    """Where the model lies, and where a further measurement would, each with this chance; as far as that is known."""
    if response.kind != "curve" or response.implicit:
        return
    for kind, alpha in (("prediction", 0.13), ("confidence", 0.35)):
        found = response.band(level, kind)
        if isinstance(found, str):
            continue
        lower, upper = [response.seen(np.asarray(end)) for end in found]
        if np.isfinite(lower + upper).any():
            style: dict[str, Any] = {"color": MODEL, "alpha": alpha, "linewidth": 0, "zorder": 1.5}
            axes.fill_between(response.grid, lower, upper, label=f"{100 * level:g} % {kind}", **style)


def residuals(axes: Axes, response: Response) -> None:
    """What the model leaves, with the line at 0; rows far off have their number."""
    plain(axes)
    left, x = response.residuals, response.along_residuals
    if "x" in response.logs and response.kind == "curve":
        axes.set_xscale("log")
    axes.set_xlim(*(response.range if response.kind == "curve" else padded(x, 0.08)))
    largest = float(np.abs(left[np.isfinite(left)]).max(initial=0.0)) or 1.0
    axes.set_ylim(-1.25 * largest, 1.25 * largest)
    axes.set_xlabel(shortened(response.label_residuals))
    axes.set_ylabel(response.label_left)
    axes.axhline(0, color=MODEL, linewidth=1.5, zorder=2)
    points(axes, response, x, left, errors=False)
    mark(axes, response, x, left)


def mark(axes: Axes, response: Response, x: Vector, left: Vector) -> None:
    """Rings around the rows far off, and numbers beside the farthest, where there is room for them."""
    odd = response.odd
    if not len(odd):
        return
    size = size_of(len(x)) + 3
    axes.plot(x[odd], left[odd], "o", markerfacecolor="none", markeredgecolor=ODD, markersize=size, zorder=4)
    (left_end, right_end), (low, high) = axes.get_xlim(), axes.get_ylim()
    taken: list[tuple[float, float]] = []
    for i in odd.tolist():
        across, up = float((x[i] - left_end) / (right_end - left_end)), float((left[i] - low) / (high - low))
        if len(taken) == NAMED or any(abs(across - u) < 0.15 and abs(up - v) < 0.15 for u, v in taken):
            continue
        taken.append((across, up))
        side, shift = ("right", -6) if across > 0.85 else ("left", 6)
        place: dict[str, Any] = {
            "xytext": (shift, 0),
            "textcoords": "offset points",
            "ha": side,
            "va": "center",
            "zorder": 5,
        }
        paper = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5}
        axes.annotate(f"row {int(response.rows[i])}", (x[i], left[i]), fontsize=8, color=ODD, bbox=paper, **place)


class LossPanel:
    """The loss over the steps, on a logarithmic scale where that is possible; `move_to` shows it as far as it went."""

    def __init__(self, axes: Axes, way: Way) -> None:
        plain(axes)
        self.axes, self.way = axes, way
        axes.set_xlabel("step")
        axes.set_ylabel("mean squared error" if mean_squares(way) else "loss")
        last = float(way.steps[-1])
        axes.set_xlim(-0.03 * max(last, 1.0), 1.03 * max(last, 1.0))
        whole_steps(axes)
        positive = way.losses[np.isfinite(way.losses) & (way.losses > 0)]
        if len(positive):
            low, high = float(positive.min()), min(float(positive.max()), 1e300)
            log = high >= 10 * low
            axes.set_yscale("log" if log else "linear")
            room = (high / low) ** 0.08
            axes.set_ylim(*((low / room, high * room) if log else (0.0, 1.1 * high)))
        (self.fall,) = axes.plot([], [], color=MODEL, linewidth=2)
        (self.now,) = axes.plot([], [], "o", color=MODEL, markersize=5)
        self.moving: list[Artist] = [self.fall, self.now]

    def move_to(self, steps: Vector, losses: Vector) -> None:
        """The loss up to a moment."""
        self.fall.set_data(steps, np.where(np.isfinite(losses), losses, np.nan))
        self.now.set_data(steps[-1:], losses[-1:])


def whole_steps(axes: Axes) -> None:
    """Ticks at whole steps."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def mean_squares(way: Way) -> bool:
    """Whether the losses are mean squared errors, in the unit of the response."""
    plan = way.fit.problem.plan
    if not plan.loss.squares or plan.weights or plan.spreads:
        return False
    n, rss = len(way.fit.data), float(way.fit.rss)
    return abs(float(way.losses[np.isfinite(way.losses)].min(initial=np.inf)) * n - rss) <= 1e-6 * abs(rss) or rss == 0


def skipped(fit: Any) -> str:
    """A line on the rows that are not in the picture."""
    rows = fit.data.skipped
    if not len(rows):
        return ""
    first = "; ".join([str(one) for one, _ in zip(rows, range(2), strict=False)])
    return f"{counted(len(rows), 'row')} skipped: {first}" + ("; ..." if len(rows) > 2 else "")
