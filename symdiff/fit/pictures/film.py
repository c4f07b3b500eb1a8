"""The film of a fit learning, as GIF or MP4: the model in its data, or its way on the loss surface, step by step."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from symdiff.errors import ExtraError, FitError, nearest
from symdiff.fit.pictures.figures import side_by_side, title_of
from symdiff.fit.pictures.panels import LossPanel
from symdiff.fit.pictures.sheet import FILM_DPI, INK, file_for, missing, pillow, quiet, sheet, written
from symdiff.fit.pictures.surface import panel_of
from symdiff.fit.pictures.way import Moment, Way
from symdiff.fit.progress import Progress, Seen, shown

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from PIL.Image import Image

    from symdiff.fit.result import Fit

FRAME, LAST = 80, 1600  # milliseconds that a frame of a film stays
COLOURS: Final = 96
KINDS: Final = ("fit", "surface")


def film(
    fit: Fit, path: str | Path, frames: int = 60, kind: str = "fit", log: str = "auto", progress: Progress = None
) -> Path:
    """The fit step by step in at most so many frames: early steps one by one, later ones further apart.

    The ending says which: `.gif` or `.mp4`. A way of few steps is slowed down, each led into the next. `kind`: "fit"
    shows the loss beside the model, "surface" the way on the loss surface. `progress` is that of `fit`.
    Raises DataError for another ending, ExtraError without matplotlib, Pillow or, for MP4, ffmpeg.
    """
    file = file_for("film", path)
    check(kind, frames)
    write = mp4 if file.suffix.lower() == ".mp4" else gif
    image = pillow()
    check_ffmpeg(write is mp4)
    reel = Reel(fit, kind, log)
    moments = reel.way.moments(frames)
    with quiet(), shown(progress, "film", len(moments)) as seen:
        stills = reel.stills(moments, image, seen)
    return written(file, lambda file: write(stills, file))


def check(kind: object, frames: object) -> None:
    """That there is such a film, of two frames or more. Raises FitError."""
    if kind not in KINDS:
        close = nearest(str(kind), KINDS)
        hint = f"did you mean {close!r}?" if close else "choose from 'fit', 'surface'"
        raise FitError(f"there is no film of the kind {kind!r}", hint)
    if not isinstance(frames, int) or frames < 2:
        raise FitError(f"a film of {frames!r} frames shows no change", "ask for 2 frames or more, as frames=60")


class Reel:
    """The figure of a film: what stays the same is painted once, `move_to(moment)` moves the rest."""

    def __init__(self, fit: Fit, kind: str, log: str) -> None:
        self.fit, self.way = fit, Way(fit)
        self.figure, self.panels, beside = side_by_side(fit, log, FILM_DPI)
        self.beside = LossPanel(beside, self.way) if kind == "fit" else panel_of(beside, self.way)
        blank = "\n" * max([title_of(self.way.values(at)).count("\n") for at in self.way.places[[0, -1]]])
        self.values = self.panels[0].axes.set_title(f"{blank} ", fontsize=10, color=INK)
        self.stage = beside.set_title(" ", fontsize=10, color=INK)

    def move_to(self, moment: Moment) -> None:
        """The model, the loss and the titles as they were at a moment."""
        values = self.way.values(moment.at)
        for panel in self.panels:
            panel.move_to(values)
        if isinstance(self.beside, LossPanel):
            self.beside.move_to(moment.steps, moment.losses)
        else:
            self.beside.move_to(moment)
        self.values.set_text(title_of(values))
        self.stage.set_text(self.way.ended if moment.step >= self.way.steps[-1] else f"step {int(moment.step):,}")

    def stills(self, moments: Iterable[Moment], image: Any, seen: Seen | None) -> list[Image]:
        """An image for each moment. Only what moves is drawn anew: frame and axes take nine tenths of the time."""
        canvas: Any = self.figure.canvas
        moving: list[Artist] = [artist for panel in (*self.panels, self.beside) for artist in panel.moving]
        moving = sorted([*moving, self.values, self.stage], key=lambda artist: artist.get_zorder())
        for artist in moving:
            artist.set_animated(True)
        canvas.draw()
        still = canvas.copy_from_bbox(self.figure.bbox)
        found = []
        for moment in moments:
            canvas.restore_region(still)
            self.move_to(moment)
            for artist in moving:
                self.figure.draw_artist(artist)
            found.append(image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB"))
            if seen is not None:
                seen(len(found), float(moment.losses[-1]))
        return found


def gif(stills: list[Image], file: Path) -> None:
    """Images as an animated GIF."""
    image = pillow()
    palette = stills[-1].quantize(COLOURS)  # one for all frames: stored once, and no colour flickers
    first, *rest = [whitened(still.quantize(palette=palette, dither=image.Dither.NONE)) for still in stills]
    durations = [FRAME] * len(rest) + [LAST]
    first.save(file, "GIF", save_all=True, append_images=rest, duration=durations, loop=0, optimize=True)


def whitened(still: Image) -> Image:
    """The image with a white background: the colour that Pillow finds for it is near to that only."""
    colours, place = still.getpalette() or [], 3 * int(np.asarray(still)[0, 0])
    still.putpalette([*colours[:place], 255, 255, 255, *colours[place + 3 :]])
    return still


def mp4(stills: list[Image], file: Path) -> None:
    """Images as a film in H.264, which every browser plays; ffmpeg writes it."""
    from matplotlib.animation import FFMpegWriter

    figure = screen(stills[0])
    picture = figure.figimage(np.asarray(stills[0]))
    writer = FFMpegWriter(
        fps=round(1000 / FRAME), codec="libx264", extra_args=["-pix_fmt", "yuv420p", "-loglevel", "error"]
    )
    with writer.saving(figure, file, FILM_DPI):
        for still in [*stills, *[stills[-1]] * (LAST // FRAME)]:
            picture.set_data(np.asarray(still))
            writer.grab_frame()


def screen(still: Image) -> Figure:
    """A figure that is nothing but an image."""
    width, height = still.size
    figure = sheet(width / FILM_DPI, height / FILM_DPI, FILM_DPI)
    figure.set_layout_engine("none")
    return figure


def check_ffmpeg(wanted: bool) -> None:
    """That ffmpeg can be run, if it is wanted. Raises ExtraError."""
    if not wanted:
        return
    try:
        from matplotlib.animation import FFMpegWriter
    except ImportError as error:
        raise missing("matplotlib") from error
    if not FFMpegWriter.isAvailable():
        raise ExtraError(
            "an MP4 film is written by the program ffmpeg, which is not there",
            "install ffmpeg, or name a file that ends in .gif",
        )
