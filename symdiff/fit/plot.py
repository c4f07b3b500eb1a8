"""Pictures of a fit: the data with the curve, the loss beside it, and the film of the two as the model learns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.errors import DataError, ExtraError
from symdiff.fit.table import Vector
from symdiff.fit.words import counted, listed, num
from symdiff.text.show import show

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

    from symdiff.fit.result import Fit

DATA, MODEL, EARLIER, INK = "#1f5fa8", "#e8710a", "#f6bd8b", "#444444"
SIZE, DPI, FILM_DPI = (9.0, 3.8), 150, 80  # inches, dots an inch
POINTS = 400  # of a curve
GHOSTS = 8  # earlier curves drawn faintly behind the last
FAR = 1e6  # times the height of the picture: what is beyond is not drawn
FRAME, LAST = 80, 1600  # milliseconds that a frame of a film stays
COLOURS = 64
ENDINGS = {"plot": (".png", ".svg", ".pdf"), "film": (".gif",)}


def draw(fit: Fit, path: str | Path) -> Path:
    """The data, the model at some steps on its way and at the end, and the loss over the steps, in one file."""
    file = file_for("plot", path)
    picture = Picture(fit, DPI)
    steps = spread(len(fit.history), GHOSTS)
    if picture.input:
        picture.add_earlier(steps[:-1])
    picture.move_to(steps[-1])
    picture.model.legend(frameon=False, fontsize=9)
    return written(file, picture.figure.savefig)


def film(fit: Fit, path: str | Path, frames: int) -> Path:
    """The same step by step, as an animated GIF: early steps one by one, later ones further apart."""
    file = file_for("film", path)
    image = pillow()
    picture = Picture(fit, FILM_DPI)
    stills = picture.stills(spread(len(fit.history), max(2, frames)), image)
    palette = stills[-1].quantize(COLOURS)  # one for all frames: stored once, and no colour flickers
    first, *rest = [still.quantize(palette=palette, dither=image.Dither.NONE) for still in stills]
    options = {"append_images": rest, "duration": [FRAME] * len(rest) + [LAST], "loop": 0, "optimize": True}
    return written(file, lambda file: first.save(file, "GIF", save_all=True, **options))


def spread(length: int, wanted: int) -> list[int]:
    """At most so many steps of a history, first and last among them, closest where the model learns fastest."""
    if length <= wanted:
        return list(range(length))
    steps = np.geomspace(1, length, wanted) - 1
    return sorted({*steps.astype(int).tolist()[:-1], length - 1})


class Picture:
    """Two panels: the data with the model (or, if it reads several columns, predicted over measured), and the loss.

    What stays the same is painted once; `move_to(step)` moves the rest.
    """

    def __init__(self, fit: Fit, dpi: int) -> None:
        self.fit = fit
        self.target = fit.problem.target
        self.input = fit.problem.inputs[0] if len(fit.problem.inputs) == 1 else None
        self.figure, self.model, self.loss = panels(dpi)
        low, high = padded(fit.data.columns[self.input], 0.08) if self.input else padded(self.target, 0.2)
        self.grid = np.linspace(low, high, POINTS)
        self.low, self.high = padded(self.target, 0.2)
        self.paint_model()
        self.paint_loss()

    def paint_model(self) -> None:
        """The data and the frame; the curve comes later."""
        axes, response = self.model, show(self.fit.problem.response)
        axes.set_xlim(self.grid[0], self.grid[-1])
        axes.set_ylim(self.low, self.high)
        axes.set_xlabel(self.input or f"{response}, measured")
        axes.set_ylabel(response if self.input else f"{response}, predicted")
        if self.input:
            at, dots = self.fit.data.columns[self.input], size_of(len(self.target))
            (self.data,) = axes.plot(at, self.target, "o", color=DATA, markersize=dots, label="data", zorder=3)
            style: dict[str, Any] = {"linewidth": 2}
        else:
            (self.data,) = axes.plot(self.grid, self.grid, color=DATA, linewidth=1, label="predicted = measured")
            style = {"linestyle": "", "marker": "."}
        (self.curve,) = axes.plot([], [], color=MODEL, label=show(self.fit.model), zorder=2.5, **style)
        self.values = axes.set_title(" ", fontsize=10, color=INK)

    def paint_loss(self) -> None:
        """The frame of the loss, on a logarithmic scale where that is possible."""
        axes, losses = self.loss, self.fit.history.losses
        axes.set_xlabel("step")
        axes.set_ylabel("mean squared error")
        axes.set_xlim(-0.02 * self.fit.steps, max(1.0, 1.02 * self.fit.steps))
        positive = losses[np.isfinite(losses) & (losses > 0)]
        if len(positive):
            axes.set_yscale("log")
            axes.set_ylim(positive.min() / 2, min(positive.max(), 1e300) * 2)
        (self.fall,) = axes.plot([], [], color=MODEL, linewidth=2)
        (self.now,) = axes.plot([], [], "o", color=MODEL, markersize=5)
        self.stage = axes.set_title(" ", fontsize=10, color=INK)

    @property
    def ended(self) -> str:
        """The title of the loss at the end: only a fit that stopped by itself has a reason worth telling."""
        return f"after {counted(self.fit.steps, 'step')}" if self.fit.reason == "steps" else self.fit.ended

    def predicted(self, place: int) -> tuple[Vector, Vector]:
        """The curve at a place of the history."""
        values = self.fit.history.at(place)
        if self.input:
            at, y = self.grid, self.fit.predict(self.grid, values)
        else:
            at, y = self.target, self.fit.predict(self.fit.data.columns, values)
        y = np.broadcast_to(y, at.shape)
        return at, np.where(np.abs(y) < FAR * max(abs(self.low), abs(self.high)), y, np.nan)

    def add_earlier(self, places: Iterable[int]) -> None:
        """Faint curves for places on the way."""
        for i, place in enumerate(places):
            label = "on the way" if i == 0 else None
            self.model.plot(*self.predicted(place), color=EARLIER, linewidth=1, label=label)

    def move_to(self, place: int) -> None:
        """The curve, the loss and the titles as they were at a place of the history."""
        history = self.fit.history
        losses, step = history.losses[: place + 1], int(history.steps[place])
        self.curve.set_data(*self.predicted(place))
        self.fall.set_data(history.steps[: place + 1], np.where(np.isfinite(losses), losses, np.nan))
        self.now.set_data([step], losses[-1:])
        self.values.set_text(listed(f"{name} = {num(value, 4)}" for name, value in history.at(place).items()))
        self.stage.set_text(self.ended if step == self.fit.steps else f"step {step:,}")

    def stills(self, steps: Iterable[int], image: Any) -> list[Image]:
        """An image for each step. Only what moves is drawn anew: frame and axes take nine tenths of the time."""
        canvas: Any = self.figure.canvas
        moving: list[Artist] = [self.data, self.curve, self.fall, self.now, self.values, self.stage]
        moving.sort(key=lambda artist: artist.get_zorder())
        for artist in moving:
            artist.set_animated(True)
        canvas.draw()
        still = canvas.copy_from_bbox(self.figure.bbox)
        found = []
        for step in steps:
            canvas.restore_region(still)
            self.move_to(step)
            for artist in moving:
                self.figure.draw_artist(artist)
            found.append(image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB"))
        return found


def panels(dpi: int) -> tuple[Figure, Axes, Axes]:
    """A figure with a panel for the model and one for the loss. It is not pyplot's: no window opens."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing("matplotlib") from error
    figure = Figure(figsize=SIZE, dpi=dpi, layout="constrained")
    FigureCanvasAgg(figure)
    model, loss = figure.subplots(1, 2, width_ratios=(3, 2))
    for axes in (model, loss):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(colors=INK, labelsize=9)
    return figure, model, loss


def pillow() -> Any:
    """Pillow's module of images."""
    try:
        from PIL import Image
    except ImportError as error:
        raise missing("Pillow") from error
    return Image


def missing(package: str) -> ExtraError:
    """The error that says which package is not there, and how to install it."""
    return ExtraError(f"pictures are drawn by {package}, which is not installed", "pip install 'symdiff-engine[plot]'")


def file_for(kind: str, path: str | Path) -> Path:
    """The file for a plot or a film. Raises DataError for a folder, and for an ending that is not of such a picture."""
    file, endings = Path(path), ENDINGS[kind]
    if file.suffix.lower() not in endings:
        raise DataError(f"cannot write a {kind} to {str(path)!r}", f"name a file that ends in {' or '.join(endings)}")
    if file.is_dir():
        raise DataError(f"cannot write a {kind} to {str(path)!r}: it is a folder", "name a file in it")
    return file


def written(file: Path, write: Callable[[Path], object]) -> Path:
    """The file, once it is written."""
    try:
        write(file)
    except (OSError, ValueError) as error:  # no such folder, or an ending that names no format
        raise DataError(f"cannot write {str(file)!r}: {error}", "name a file in a folder that is there") from error
    return file


def padded(values: Vector, share: float) -> tuple[float, float]:
    """The range of values, widened by a share of itself on either side."""
    low, high = float(values.min()), float(values.max())
    margin = share * (high - low) or share * abs(high) or 1.0
    return low - margin, high + margin


def size_of(points: int) -> float:
    """How large a dot is, so that many of them do not run together."""
    return float(np.clip(40 / np.sqrt(points), 2, 8))
