"""A sheet of panels without a window: its colours, its letters, and how it becomes a file."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from symdiff.errors import DataError, ExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DATA, MODEL, EARLIER, INK, ODD = "#1f5fa8", "#e8710a", "#f6bd8b", "#444444", "#b3123b"
DPI, FILM_DPI = 150, 80  # dots an inch
LABEL = 70  # characters of a formula that a legend shows
ENDINGS: Final = {"plot": (".png", ".svg", ".pdf"), "surface": (".png", ".svg", ".pdf"), "film": (".gif", ".mp4")}


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture of a fit, ready to be saved, or shown by a notebook. `figure` is matplotlib's."""

    figure: Figure

    def save(self, path: str | Path, kind: str = "plot") -> Path:
        """Write it to a PNG, SVG or PDF file, by its ending. Raises DataError where that cannot be."""
        return written(file_for(kind, path), self.figure.savefig)

    def _repr_png_(self) -> bytes:
        out = BytesIO()
        with quiet():
            self.figure.savefig(out, format="png", dpi=100)
        return out.getvalue()


def sheet(width: float, height: float, dpi: int = DPI) -> Figure:
    """An empty figure of so many inches. It is not pyplot's: no window opens. Raises ExtraError without matplotlib."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing("matplotlib") from error
    figure = Figure(figsize=(width, height), dpi=dpi, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def plain(axes: Axes) -> Axes:
    """A panel without a box around it, with small numbers."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, labelsize=9)
    return axes


def shortened(text: str, most: int = LABEL) -> str:
    """A text as a label: matplotlib leaves out what begins with an underscore, and reads $ as TeX."""
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    return f" {text}".replace("$", r"\$") if text.startswith("_") else text.replace("$", r"\$")


@contextmanager
def quiet() -> Iterator[None]:
    """Without complaints about letters that the font does not have: they are boxes in the picture."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")
        yield


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
        with quiet():
            write(file)
    except (OSError, ValueError) as error:  # no such folder, or an ending that names no format
        raise DataError(f"cannot write {str(file)!r}: {error}", "name a file in a folder that is there") from error
    return file
