"""The loss over two parameters as a surface seen from above, with the way that a fit took on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from symdiff.errors import FitError, nearest
from symdiff.fit.data.table import Vector
from symdiff.fit.pictures.figures import title_of
from symdiff.fit.pictures.sheet import DATA, INK, MODEL, Picture, plain, sheet, shortened
from symdiff.fit.pictures.way import Moment, Way
from symdiff.fit.words import listed

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from symdiff.fit.result import Fit

SIDE: Final = 90  # places along each side of a surface
LEVELS: Final = 16
LOWEST: Final = 1e-5  # of the height above the least: the innermost line
ROOM: Final = 0.25  # of the way is left free around it
DOTS: Final = 300  # places of a way that are marked one by one
FIRST: Final = 3  # places that are shown in any case
RISE: Final = 4.0  # a way is shown where its loss is at most so many times that at its start


def surface(fit: Fit, x: str | None = None, y: str | None = None) -> Picture:
    """The surface of the loss over the parameters `x` and `y` (else the first two), the others as fitted.

    Of a fit with one parameter, the loss over that. Raises FitError where there is no such parameter to search.
    """
    way = Way(fit)
    figure = sheet(6.6, 5.2)
    axes: Any = figure.subplots()
    panel = panel_of(axes, way, x, y)
    panel.move_to(way.last)
    axes.set_title(f"{title_of(fit.values)}\n{way.ended}", fontsize=10, color=INK)
    return Picture(figure)


def panel_of(axes: Axes, way: Way, x: str | None = None, y: str | None = None) -> SurfacePanel | LinePanel:
    """The panel for as many parameters as there are."""
    chosen = pair(way.names, x, y)
    return SurfacePanel(axes, way, *chosen) if len(chosen) == 2 else LinePanel(axes, way, *chosen)


def pair(names: tuple[str, ...], x: str | None, y: str | None) -> tuple[int, ...]:
    """The places of two parameters among those searched, or of the only one."""
    for name in (x, y):
        if name is not None and name not in names:
            close = nearest(name, names)
            hint = f"did you mean {close!r}?" if close else f"those are {listed(names)}"
            raise FitError(f"{name!r} is no parameter that was searched", hint)
    if x is not None and x == y:
        raise FitError(f"a surface is over two parameters, not over {x!r} twice", f"those searched are {listed(names)}")
    given = [name for name in (x, y) if name is not None]
    others = [name for name in names if name not in given]
    first, second = x or (others[0] if others else None), y
    if second is None:
        rest = [name for name in others if name != first]
        second = rest[0] if rest else None
    return tuple([names.index(name) for name in (first, second) if name is not None])


class SurfacePanel:
    """Lines of equal loss, and the way as far as it went."""

    def __init__(self, axes: Axes, way: Way, i: int, j: int) -> None:
        self.axes, self.way, self.i, self.j = axes, way, i, j
        plain(axes)
        self.across, self.up = span(way, i), span(way, j)
        axes.set_xlim(*self.across)
        axes.set_ylim(*self.up)
        axes.set_xlabel(shortened(way.names[i]))
        axes.set_ylabel(shortened(way.names[j]))
        self.contours()
        axes.plot(*way.places[0, [i, j]], "o", mfc="white", mec=INK, markersize=6, zorder=4)
        dots: dict[str, Any] = {"marker": "o", "markersize": 3} if len(way) <= DOTS else {}
        (self.walked,) = axes.plot([], [], color=MODEL, linewidth=1.3, zorder=3, **dots)
        (self.now,) = axes.plot([], [], "o", color=MODEL, markeredgecolor="white", markersize=8, zorder=5)
        self.moving: list[Artist] = [self.walked, self.now]

    def contours(self) -> None:
        """The surface, dark where it is low; where the loss has no value it is left blank."""
        across, up = np.linspace(*self.across, SIDE), np.linspace(*self.up, SIDE)
        places = np.tile(self.way.end, (SIDE * SIDE, 1))
        places[:, self.i], places[:, self.j] = [axis.ravel() for axis in np.meshgrid(across, up)]
        heights = np.ma.masked_invalid(self.way.landscape.means(places).reshape(SIDE, SIDE))
        heights = heights / (float(np.abs(heights).max()) or 1.0)  # of which matplotlib takes no squares beyond floats
        if (edges := levels(heights)) is None:
            return
        from matplotlib import colormaps
        from matplotlib.colors import BoundaryNorm

        shades = colormaps["Blues_r"]
        norm = BoundaryNorm(edges, shades.N)
        self.axes.contourf(across, up, heights, edges, cmap=shades, norm=norm, alpha=0.8, extend="min", zorder=1)
        self.axes.contour(across, up, heights, edges, colors="white", linewidths=0.6, zorder=2)

    def move_to(self, moment: Moment) -> None:
        """The way up to a moment."""
        passed = self.way.places[self.way.steps <= moment.step]
        walked = np.vstack([passed, moment.at])
        self.walked.set_data(walked[:, self.i], walked[:, self.j])
        self.now.set_data(moment.at[[self.i]], moment.at[[self.j]])


class LinePanel:
    """The loss over the only parameter, and the places that were passed."""

    def __init__(self, axes: Axes, way: Way, i: int) -> None:
        self.axes, self.way = axes, way
        plain(axes)
        low, high = span(way, i)
        grid = np.linspace(low, high, 4 * SIDE)
        heights = way.landscape.means(grid[:, None])
        axes.set_xlim(low, high)
        axes.set_xlabel(shortened(way.names[i]))
        axes.set_ylabel("loss")
        axes.plot(grid, heights, color=DATA, linewidth=1.5, zorder=1)
        finite = heights[np.isfinite(heights)]
        if len(finite) and finite.max() > 0:
            axes.set_ylim(-0.05 * float(finite.max()), 1.05 * float(finite.max()))
        (self.walked,) = axes.plot([], [], color=MODEL, linewidth=1.3, marker="o", markersize=3, zorder=3)
        (self.now,) = axes.plot([], [], "o", color=MODEL, markeredgecolor="white", markersize=8, zorder=5)
        self.moving: list[Artist] = [self.walked, self.now]
        self.heights = way.landscape.means(way.places)

    def move_to(self, moment: Moment) -> None:
        """The way up to a moment."""
        passed = self.way.steps <= moment.step
        height = self.way.landscape.means(moment.at[None])
        self.walked.set_data([*self.way.places[passed, 0], moment.at[0]], [*self.heights[passed], *height])
        self.now.set_data(moment.at, height)


def span(way: Way, i: int) -> tuple[float, float]:
    """The range of a parameter that a surface shows: the way, as far as its loss is not far above that at the start."""
    heights, path = way.landscape.means(way.places), way.places[:, i]
    near = np.isfinite(heights) & (heights <= RISE * max(heights[0], way.height))
    near[:FIRST] |= near.sum() < FIRST  # of a way that only leads up, the first steps
    passed = np.append(path[near & np.isfinite(path)], way.end[i])
    low, high = float(passed.min()), float(passed.max())
    reach = max(reach_of(way, i, float(heights[0])), 1e-9 * max(abs(low), abs(high)), 1e-300)
    if high - low < reach:
        low, high = min(low, way.end[i] - reach), max(high, way.end[i] + reach)
    room = ROOM * (high - low)
    return low - room, high + room


def reach_of(way: Way, i: int, first: float) -> float:
    """How far from the end, along a parameter, the loss rises to a tenth of its height at the start."""
    size = abs(float(way.end[i])) or 1.0
    steps = size * 2.0 ** np.arange(-30, 11)
    places = np.tile(way.end, (2 * len(steps), 1))
    places[:, i] += np.concatenate([steps, -steps])
    rise = 0.1 * (first - way.height)
    rise = rise if rise > 1e-3 * abs(way.height) else max(abs(way.height), 1e-300)
    risen = (way.landscape.means(places) - way.height >= rise).reshape(2, -1).any(axis=0)
    return float(steps[risen.argmax()]) if risen.any() else size


def levels(heights: NDArray[np.float64]) -> Vector | None:
    """Heights in equal ratios above the least; None where all is flat, or nowhere a value."""
    finite = np.ma.compressed(heights)
    if not len(finite):
        return None
    least, most = float(finite.min()), float(np.quantile(finite, 0.98))
    if not most > least + 1e-12 * abs(least):
        return None
    found = np.unique(least + (most - least) * np.geomspace(LOWEST, 1, LEVELS))
    return np.append(found, max(float(finite.max()), most * (1 + 1e-9))) if len(found) > 2 else None
