"""Pictures of formulas as PNG, SVG and PDF, painted by matplotlib: the same picture gives the same bytes."""

from __future__ import annotations

import math
import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symdiff.fit.pictures.sheet import DATA, INK, MODEL, missing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from symdiff.app.plotting import Drawing, Picture
    from symdiff.numeric.view import Interval

# Those of a fit, then of Okabe and Ito (Color Universal Design, 2008): colour-blind people can tell them apart.
COLOURS = (DATA, MODEL, "#009e73", "#cc79a7", "#56b4e9", "#7a5c00")
ASYMPTOTE, AXIS = "#999999", "#cccccc"
SIZE, LINE, DPI = (7.0, 4.2), 0.22, 150  # inches, inches for each line above the frame, dots an inch
PLAIN = 200  # powers of ten that matplotlib can still scale by itself
SIDE = 0.02  # of the range is left free on either side
BEYOND = 1.0  # times the height: how far above and below a line is led, out of sight
LABEL = 90  # characters


class Scale(NamedTuple):
    """An axis in units of a power of ten, where its numbers are too large or too small for matplotlib."""

    interval: Interval
    exponent: int

    @classmethod
    def of(cls, interval: Interval) -> Scale:
        """The scale on which an interval can be drawn."""
        exponent = math.floor(math.log10(max(abs(interval.low), abs(interval.high))))
        return cls(interval, exponent if abs(exponent) > PLAIN else 0)

    def __call__(self, values: Any) -> Any:
        half = self.exponent // 2  # 10^308 times 10 would be no float any more
        return values / 10.0**half / 10.0 ** (self.exponent - half)

    @property
    def ends(self) -> tuple[float, float]:
        """The interval in these units."""
        return self(self.interval.low), self(self.interval.high)

    @property
    def unit(self) -> str:
        """What the numbers on the axis are multiplied by, if by anything."""
        return f"× 10^{self.exponent}" if self.exponent else ""


def image(picture: Picture, form: str) -> bytes:
    """The picture as a file of this format: png, svg or pdf. Raises ExtraError without matplotlib."""
    figure, axes = sheet(len(picture.drawings))
    paint(axes, picture)
    from matplotlib import rc_context

    out = BytesIO()
    dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with rc_context({"svg.hashsalt": "symdiff"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a name in a script that the font does not have
        figure.savefig(out, format=form, metadata=dates.get(form))
    return out.getvalue()


def sheet(curves: int) -> tuple[Figure, Axes]:
    """A figure with room above for the names of so many curves. It is not pyplot's: no window opens."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing("matplotlib") from error
    width, height = SIZE
    figure = Figure(figsize=(width, height + LINE * curves), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, labelsize=9)
    axes.yaxis.set_offset_position("right")  # what all its numbers have in common; on the left are the names
    return figure, axes


def paint(axes: Axes, picture: Picture) -> None:
    """Axes through the origin, asymptotes, the curves, their holes and names."""
    along, up = Scale.of(picture.range.padded(SIDE)), Scale.of(picture.height)
    axes.set_xlim(*along.ends)
    axes.set_ylim(*up.ends)
    axes.set_xlabel(f"{picture.x} {along.unit}".strip(), color=INK)
    axes.set_ylabel(up.unit, color=INK)
    axes.axhline(0, color=AXIS, linewidth=0.8, zorder=0)
    axes.axvline(0, color=AXIS, linewidth=0.8, zorder=0)
    for pole in picture.asymptotes:
        axes.axvline(along(pole), color=ASYMPTOTE, linewidth=0.9, linestyle=(0, (4, 4)), zorder=1, gid="asymptote")
    for number, drawing in enumerate(picture.drawings):
        trace(axes, drawing, number, along, up)
    name(axes, picture)


def trace(axes: Axes, drawing: Drawing, number: int, along: Scale, up: Scale) -> None:
    """The pieces of one curve, each a line of its own, and its holes as open dots."""
    colour, far = COLOURS[number % len(COLOURS)], up.interval.padded(BEYOND)
    for k, piece in enumerate(drawing.curve.pieces):
        y: NDArray[np.float64] = np.clip(piece.y, far.low, far.high)
        dot: dict[str, Any] = {"marker": "o", "markersize": 3.5} if len(y) == 1 else {}
        gid = f"curve {number + 1} piece {k + 1}"
        axes.plot(along(piece.x), up(y), color=colour, linewidth=1.8, zorder=3 - 0.01 * number, gid=gid, **dot)
    for hole in drawing.curve.holes:
        axes.plot([along(hole[0])], [up(hole[1])], "o", mfc="white", mec=colour, markersize=5, zorder=4, gid="hole")


def name(axes: Axes, picture: Picture) -> None:
    """The formulas above the frame, each beside a line in its colour, and the values of the other variables."""
    from matplotlib.lines import Line2D

    lines = [Line2D([], [], color=COLOURS[k % len(COLOURS)], linewidth=1.8) for k in range(len(picture.drawings))]
    labels = [shortened(label, note) for label, note in zip(picture.labels(), picture.notes(), strict=True)]
    axes.legend(
        lines,
        labels,
        title=picture.title() or None,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        frameon=False,
        fontsize=9,
        title_fontsize=9,
        alignment="left",
        borderaxespad=0.2,
    )


def shortened(label: str, note: str) -> str:
    """The name of a curve; matplotlib leaves out what begins with an underscore, and reads $ as TeX."""
    text = label if len(label) <= LABEL else f"{label[: LABEL - 1]}…"
    return f" {text}".replace("$", r"\$") + (f"   ({note})" if note else "")
