"""Pictures and films of fits: what is in them, how they are written, and the bar of progress."""

import io
import math
import os
import stat
import sys
import time

import numpy as np
import pytest

from symdiff import fit
from symdiff.errors import DataError, ExtraError, FitError
from symdiff.fit import pictures
from symdiff.fit.pictures.film import Reel
from symdiff.fit.pictures.landscape import Landscape
from symdiff.fit.pictures.panels import MANY
from symdiff.fit.pictures.response import Response
from symdiff.fit.pictures.sheet import quiet
from symdiff.fit.pictures.way import Way, times
from symdiff.fit.progress import PATIENCE, Bar, line, shown

LINE = [(-2, -3), (3, 7)]
X = np.linspace(0.1, 8, 40)
NOISE = np.random.default_rng(5).normal(0, 0.05, (4, 40))
DECAY = {"x": X, "y": 3 * np.exp(-0.7 * X) + 0.5 + NOISE[0]}
TURN = np.linspace(0, 6, 40)
CIRCLE = {"u": 2 + 3 * np.cos(TURN) + NOISE[0], "w": 1 + 3 * np.sin(TURN) + NOISE[1]}
PAIR = {"t": X, "p": 5 * np.exp(-0.4 * X) + NOISE[0], "q": 5 - 5 * np.exp(-0.4 * X) + NOISE[1]}
DECAYING = "a*exp(-b*x) + c"
START = {"a": 1, "b": 1, "c": 0}


def descent():
    return fit("line", LINE, method="descent", rate=0.1, steps=20)


def labels(figure, axes=0):
    """The entries of the legend of a panel."""
    return [text.get_text() for text in figure.axes[axes].get_legend().get_texts()]


# ------------------------------------------------------------------------------------------------- what is in a picture

# fmt: off
FITS = {
    "line":       lambda: fit("line", LINE),
    "descent":    descent,
    "diverged":   lambda: fit("parabola", (X, X**2), method="descent", rate=0.1),
    "decay":      lambda: fit(DECAYING, DECAY, start=START),
    "sigma":      lambda: fit(DECAYING, {**DECAY, "s": np.full(40, 0.05)}, start=START, sigma="s", absolute_sigma=True),
    "weights":    lambda: fit(DECAYING, {**DECAY, "w": X}, start=START, weights="w"),
    "huber":      lambda: fit(DECAYING, DECAY, start=START, loss="huber"),
    "fixed":      lambda: fit(DECAYING, DECAY, start={"a": 1, "b": 1}, fixed={"c": 0.5}),
    "tied":       lambda: fit(DECAYING, DECAY, start={"a": 1, "b": 1}, tied={"c": "a/6"}),
    "poisson":    lambda: fit("a*exp(b*x)", {"x": X / 4, "y": np.round(3 * np.exp(X / 4))}, loss="poisson"),
    "two inputs": lambda: fit("a*u + b*v", {"u": X, "v": X**2, "y": 2 * X + 0.1 * X**2 + NOISE[0]}),
    "no input":   lambda: fit("c", {"y": 5 + NOISE[0]}, x=()),
    "responses":  lambda: fit({"p": "a*exp(-k*t)", "q": "a*(1 - exp(-k*t))"}, PAIR, start={"a": 3, "k": 0.2}),
    "implicit":   lambda: fit("(u - a)^2 + (w - b)^2 = r^2", CIRCLE, start={"a": 1, "b": 0, "r": 2}),
    "distances":  lambda: fit("m*x + b", {"x": X, "y": 2 * X + NOISE[0]}, sigma=0.05, sigma_x={"x": 0.05}),
    "one row":    lambda: fit("line", [(1, 1)]),
    "constant":   lambda: fit("line", {"x": X, "y": np.ones(40)}),
    "huge":       lambda: fit("line", {"x": 1e150 * X, "y": 1e100 * X}),
    "tiny":       lambda: fit("line", {"x": 1e-250 * X, "y": 1e-100 * X}),
    "letters":    lambda: fit("a*μ + 字", {"μ": X, "y": X}),
    "undefined":  lambda: fit("a*log(x)", [(1, 0), (math.e, 2)]),
}
# fmt: on
UNEVEN = ("diverged", "huber", "tied", "poisson", "responses", "implicit", "distances", "one row", "tiny", "letters")


@pytest.mark.parametrize("name", FITS)
def test_every_kind_of_fit_has_a_picture_and_a_surface(name):
    found = FITS[name]()
    for kind in pictures.KINDS[1:] if name == "descent" else ("fit", "surface") if name in UNEVEN else ("fit",):
        drawing = pictures.plot(found, kind).figure
        drawing.dpi = 40
        with quiet():
            drawing.canvas.draw()
        assert np.asarray(drawing.canvas.buffer_rgba()).min() < 100  # there is ink on it


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_a_picture_is_saved_by_its_ending(ending, tmp_path):
    file = descent().plot(tmp_path / f"fit{ending}")
    assert file.read_bytes()[:5] in (b"\x89PNG\r", b"<?xml")


def test_a_fit_is_drawn_with_its_bands_above_its_residuals():
    figure = pictures.plot(FITS["decay"]()).figure
    above, below = figure.axes
    assert labels(figure) == ["data", "a*exp(-b*x) + c", "95 % prediction", "95 % confidence"]
    (data,) = [line for line in above.lines if line.get_label() == "data"]
    assert data.get_xydata().tolist() == [[x, y] for x, y in zip(X, DECAY["y"], strict=True)]
    assert below.get_ylabel() == "residual"
    assert labels(pictures.plot(FITS["decay"](), level=0.9).figure)[2] == "90 % prediction"


def test_the_curve_is_the_model():
    figure = pictures.plot(FITS["decay"]()).figure
    (curve,) = [line for line in figure.axes[0].lines if line.get_label() == "a*exp(-b*x) + c"]
    x, y = curve.get_data()
    assert y == pytest.approx(FITS["decay"]().predict(x), rel=1e-9)


def test_no_line_crosses_a_pole():
    found = fit("a/(x - b)", {"x": X, "y": 1 / (X - 3.05)}, start={"a": 1, "b": 3.06})
    x, y = Response(found, 0).curve(found.values)
    low, high = Response(found, 0).height
    beside = np.abs(x - 3.05) < 0.1
    assert y[beside].min() < low or np.isnan(y[beside]).any()
    assert not ((y[:-1] < low) & (y[1:] > high)).any()


def test_known_errors_are_bars_and_the_residuals_are_in_their_units():
    figure = pictures.plot(FITS["sigma"]()).figure
    (bars,) = figure.axes[0].containers
    segments = bars.lines[2][0].get_segments()
    assert segments[0][1][1] - segments[0][0][1] == pytest.approx(0.1)
    assert figure.axes[1].get_ylabel() == "residual / σ"
    assert not pictures.plot(FITS["huber"]()).figure.axes[0].containers


def test_errors_along_and_up_are_both_drawn():
    (bars,) = pictures.plot(FITS["distances"]()).figure.axes[0].containers
    assert len(bars.lines[2]) == 2


def test_an_outlier_is_marked_with_its_row():
    y = DECAY["y"].copy()
    y[7] += 1
    figure = pictures.plot(fit(DECAYING, {"x": X, "y": y}, start=START)).figure
    assert [text.get_text() for text in figure.axes[1].texts] == ["row 8"]


def test_skipped_rows_are_told_below_the_picture():
    found = fit("line", {"x": [1, 2, 3, 4], "y": [1, 2.1, math.nan, 3.9]})
    assert "1 row skipped: row 3: y is nan" in pictures.plot(found).figure.get_supxlabel()


def test_several_responses_are_a_column_of_panels():
    figure = pictures.plot(FITS["responses"]()).figure
    assert [axes.get_ylabel() for axes in figure.axes] == ["p", "residual", "q", "residual"]


def test_several_inputs_show_what_is_predicted_over_what_is_measured():
    above, below = pictures.plot(FITS["two inputs"]()).figure.axes
    assert (above.get_xlabel(), above.get_ylabel()) == ("y, measured", "y, predicted")
    assert below.get_xlabel() == "y, predicted"


def test_an_implicit_circle_is_drawn_round():
    figure = pictures.plot(FITS["implicit"]()).figure
    (curve,) = [line for line in figure.axes[0].lines if line.get_label().endswith("= 0")]
    x, y = curve.get_data()
    found = FITS["implicit"]().values
    assert np.hypot(x - found["a"], y - found["b"])[:-1] == pytest.approx(found["r"], abs=0.02)
    assert figure.axes[0].get_aspect() == 1


@pytest.mark.parametrize(("log", "scales"), [("auto", "log log"), ("", "linear linear"), ("x", "log linear")])
def test_axes_are_logarithmic_where_the_data_span_decades(log, scales):
    x = np.geomspace(1e-3, 1e4, 30)
    axes = pictures.plot(fit("a*x^b", {"x": x, "y": 3 * x**-1.5}, start={"a": 1, "b": -1}), log=log).figure.axes[0]
    assert f"{axes.get_xscale()} {axes.get_yscale()}" == scales


def test_an_axis_with_negative_data_stays_linear():
    response = Response(fit("line", LINE), 0, "xy")
    assert response.logs == ""


def test_many_rows_are_a_density_and_take_no_minutes():
    rng = np.random.default_rng(1)
    x = rng.uniform(-3, 3, 300_000)
    found = fit("parabola", {"x": x, "y": x**2 + rng.normal(0, 1, len(x))})
    began = time.perf_counter()
    figure = pictures.plot(found).figure
    figure.canvas.draw()
    assert time.perf_counter() - began < 10
    assert len(figure.axes[0].lines[0].get_xdata()) <= MANY
    assert figure.axes[0].collections


def test_wrong_words_are_refused_with_what_there_is():
    found = fit("line", LINE)
    with pytest.raises(FitError, match="no kind of picture 'surfase'\ndid you mean 'surface'"):
        pictures.plot(found, "surfase")
    with pytest.raises(FitError, match="choice of logarithmic axes"):
        pictures.plot(found, log="z")
    with pytest.raises(FitError, match=r"level of the bands is 95\nit is a probability"):
        pictures.plot(found, level=95)
    with pytest.raises(FitError, match="'q' is no parameter that was searched\nthose are m, b"):
        found.surface(x="q")
    with pytest.raises(FitError, match="'m' twice"):
        found.surface(x="m", y="m")


def test_a_notebook_shows_a_picture():
    assert pictures.plot(fit("line", LINE))._repr_png_().startswith(b"\x89PNG")


def test_no_window_is_opened_and_pyplot_is_not_imported():
    before = "matplotlib.pyplot" in sys.modules
    pictures.plot(descent())
    assert ("matplotlib.pyplot" in sys.modules) == before


# ------------------------------------------------------------------------------------------------------- the surface


def test_the_landscape_is_the_mean_loss():
    found = descent()
    places = np.array([[2.0, 1.0], [0.0, 0.0]])
    assert Landscape(found.problem).means(places) == pytest.approx([0, 29])
    assert Way(found).landscape.means(Way(found).places) == pytest.approx(found.history.losses)


def test_the_landscape_of_a_robust_loss_is_least_at_the_fit():
    found = FITS["huber"]()
    way = Way(found)
    beside = way.end + 0.01 * np.vstack([np.eye(3), -np.eye(3)])
    assert (way.landscape.means(beside) > way.height).all()


def test_the_way_zigzags_on_the_surface():
    panel = pictures.surface(descent()).figure.axes[0]
    way = next(line for line in panel.lines if len(line.get_xdata()) > 20)
    m, _ = way.get_data()
    turns = np.sign(np.diff(m))[:6]
    assert (turns[1:] == -turns[:-1]).all()


def test_a_surface_takes_the_parameters_asked_for():
    found = FITS["decay"]()
    axes = found.surface(x="c", y="a").figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("c", "a")
    assert found.surface(y="a").figure.axes[0].get_xlabel() == "b"


def test_the_surface_of_one_parameter_is_the_loss_over_it():
    axes = pictures.surface(fit("a*x", {"x": X, "y": 2 * X + NOISE[0]})).figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("a", "loss")


# ---------------------------------------------------------------------------------------------------------- films


def opened(path):
    from PIL import Image

    return Image.open(path)


@pytest.mark.parametrize("kind", ["fit", "surface"])
def test_a_film_begins_at_the_start_and_ends_at_the_fit(kind):
    reel = Reel(descent(), kind, "auto")
    moments = reel.way.moments(60)
    assert len(moments) == 21
    reel.move_to(moments[0])
    assert (reel.values.get_text(), reel.stage.get_text()) == ("m = 0, b = 0", "step 0")
    reel.move_to(moments[-1])
    assert (reel.values.get_text(), reel.stage.get_text()) == ("m = 2.001, b = 0.9883", "after 20 steps")


@pytest.mark.parametrize("name", ["letters", "diverged", "responses", "implicit"])
def test_every_kind_of_fit_can_be_filmed(name, tmp_path):
    with opened(FITS[name]().film(tmp_path / "fit.gif", frames=5)) as film:
        assert film.format == "GIF"
        assert 2 <= film.n_frames <= 5


def test_few_steps_are_slowed_down():
    assert len(times(3, 60)) == 59
    assert times(3, 5) == [0, 0.5, 1, 1.5, 2]
    assert len(times(1000, 60)) <= 60
    way = Way(FITS["decay"]())
    moments = way.moments(60)
    assert 30 < len(moments) <= 60
    assert moments[-1].at.tolist() == way.end.tolist()


def test_a_fit_that_found_its_start_is_replayed_from_a_simple_one():
    way = Way(fit(DECAYING, DECAY))
    assert way.replayed
    assert way.places[0].tolist() == [1, 1, 1]
    assert way.places[-1] == pytest.approx(way.end, rel=1e-3)
    assert way.ended == "again from 1 for all"


def test_the_background_of_a_film_is_white(tmp_path):
    with opened(descent().film(tmp_path / "fit.gif", frames=3, kind="surface")) as film:
        assert film.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_a_film_that_cannot_be_is_refused(tmp_path):
    found = descent()
    with pytest.raises(DataError, match=r"ends in .gif or .mp4"):
        found.film(tmp_path / "fit.avi")
    with pytest.raises(FitError, match="no film of the kind 'surfce'\ndid you mean 'surface'"):
        found.film(tmp_path / "fit.gif", kind="surfce")
    with pytest.raises(FitError, match="a film of 1 frames shows no change"):
        found.film(tmp_path / "fit.gif", frames=1)


def test_without_ffmpeg_an_mp4_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        ExtraError, match=r"ffmpeg, which is not there\ninstall ffmpeg, or name a file that ends in .gif"
    ):
        descent().film(tmp_path / "fit.mp4")


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_an_mp4_is_written_by_ffmpeg_frame_by_frame(tmp_path, monkeypatch):
    """With a stand-in that keeps what it is given: 3 frames, and the last one for another 1.6 s."""
    script = tmp_path / "ffmpeg"
    script.write_text('#!/bin/sh\nfor last; do :; done\ncat > "$last"\n', encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    file = descent().film(tmp_path / "fit.mp4", frames=3)
    assert file.stat().st_size == (3 + 20) * 720 * 304 * 4


# -------------------------------------------------------------------------------------------------------- progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_nothing_is_shown_in_the_first_second_and_then_a_line_that_goes_away(monkeypatch):
    clock = iter([0.0, 0.5, 1.5, 1.55, 2.0])
    monkeypatch.setattr("symdiff.fit.progress.time.monotonic", lambda: next(clock))
    stream = Terminal()
    bar = Bar("fit", 100, stream)
    bar(10, 3.0)
    assert stream.getvalue() == ""
    bar(20, 2.0)
    bar(21, 1.9)  # too soon after the last
    bar(30, 1.0)
    bar.close()
    shown_lines = stream.getvalue().split("\r\x1b[K")[1:]
    assert shown_lines == [line("fit", 20, 100, 2.0, 1.5), line("fit", 30, 100, 1.0, 2.0), ""]
    assert PATIENCE == 1


@pytest.mark.parametrize(
    ("progress", "terminal", "seen"),
    [(None, False, False), (None, True, True), (True, False, True), (False, True, False)],
)
def test_the_bar_shows_where_somebody_looks(progress, terminal, seen, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal() if terminal else io.StringIO())
    with shown(progress, "fit") as bar:
        assert (bar is not None) == seen


def test_a_fit_tells_its_steps_to_whom_it_may_concern():
    told = []
    fit(DECAYING, DECAY, start=START, progress=lambda step, loss: told.append((step, loss)))
    steps, losses = zip(*told, strict=True)
    assert len(steps) > 3
    assert losses[-1] < losses[0]


def test_the_loss_of_a_film_goes_straight_between_the_steps():
    way = Way(fit("line", LINE, rate=0.16, steps=12))
    shown = way.moments(60)[-1].losses
    assert np.all(np.diff(way.losses) > 0)
    assert np.all(np.diff(shown) > 0)  # the straight way from step to step leads through the valley


def test_with_errors_in_x_residuals_are_in_units_of_both():
    x = np.arange(8.0)
    found = fit("a*x", {"x": x, "y": 3 * x + np.cos(9 * x)}, sigma=0.3, sigma_x={"x": 0.4})
    a = found.values["a"]
    response = Response(found, 0)
    assert response.residuals == pytest.approx((3 * x + np.cos(9 * x) - a * x) / np.hypot(0.3, 0.4 * a))
    assert response.label_left == "residual / σ"


def test_the_residuals_of_a_circle_are_distances():
    t = np.linspace(0, 6, 25)
    r = 2 + 0.05 * np.sin(11 * t)
    found = fit("(x-p)^2 + (y-q)^2 = r^2", {"x": r * np.cos(t), "y": r * np.sin(t)}, start={"p": 0, "q": 0, "r": 1})
    p, q, radius = found.values["p"], found.values["q"], found.values["r"]
    response = Response(found, 0)
    assert response.residuals == pytest.approx(np.hypot(r * np.cos(t) - p, r * np.sin(t) - q) - radius, abs=2e-3)
    assert response.label_left == "distance"


def test_many_rows_of_several_inputs_are_a_density_too():
    u, v = np.random.default_rng(2).normal(size=(2, 20_000))
    above, _ = pictures.plot(fit("a*u + b*v", {"u": u, "v": v, "y": u - v + u**2})).figure.axes
    assert [int(mesh.get_array().sum()) for mesh in above.collections] == pytest.approx([20_000], abs=100)
