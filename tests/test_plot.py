"""Pictures of formulas: in files, in notebooks, in the terminal, and from the command line."""

import builtins
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

import symdiff
from symdiff import DataError, EvaluationError, MissingError, Sym, plot
from symdiff.app import paint, terminal
from symdiff.app.session import Session
from symdiff.app.terminal import ASCII, COLOURS, Screen, ticks
from symdiff.core.ops import TABLE
from symdiff.errors import ExtraError
from symdiff.numeric.view import Interval

ROOT = Path(__file__).resolve().parent.parent
SIZES = [(80, 24), (40, 16), (20, 8), (133, 40)]


def ids(svg, prefix):
    """The marks in an SVG that begin so, which must be XML for that."""
    return [node.get("id") for node in ElementTree.fromstring(svg).iter() if (node.get("id") or "").startswith(prefix)]


# ------------------------------------------------------------------------------------------------- what is in a picture


def test_a_picture_holds_the_formula_and_its_derivatives():
    picture = plot("x^2*sin(x)", derivatives=2)
    assert [drawing.order for drawing in picture.drawings] == [0, 1, 2]
    for drawing, pieces in zip(picture.drawings, picture.points, strict=True):
        (piece,) = pieces
        at = piece.x[::400]
        values = [float(symdiff.val(drawing.formula, {"x": float(x)})) for x in at]
        assert piece.y[::400] == pytest.approx(np.array(values), rel=1e-9, abs=1e-9)


def test_derivatives_are_simplified_and_named():
    picture = plot("x^3", derivatives=2)
    assert picture.labels() == ["x³", "d/dx: 3 · x²", "d²/dx²: 6 · x"]
    assert picture.labels(unicode=False) == ["x^3", "d/dx: 3*x^2", "d^2/dx^2: 6*x"]


def test_the_variable_is_x_or_the_only_one():
    assert plot("t^2").x == "t"
    assert plot("a*x", env={"a": 2}).x == "x"
    assert plot("a*x", "a", env={"x": 2}).x == "a"
    assert plot("7").x == "x"
    assert plot(Sym("t") + 1, Sym("t")).x == "t"


def test_parameters_are_numbers_or_formulas():
    (piece,) = plot("a*x", env={"a": "pi/2"}, low=0, high=1).points[0]
    assert piece.y[-1] == pytest.approx(np.pi / 2)
    assert plot("a*x", env={Sym("a"): 3}).env == {"a": 3.0}


@pytest.mark.parametrize(
    ("es", "more", "error", "told"),
    [
        ("a*x", {}, MissingError, "'a'"),
        ("a*b", {}, MissingError, "'a', 'b'"),
        ("x*t", {"x": "t"}, MissingError, "'x'"),
        ("x", {"env": {"x": 1}}, DataError, "every variable has a value"),
        ("x", {"low": 1, "high": 1}, DataError, "nothing from 1 to 1"),
        ("x", {"low": 2, "high": 1}, DataError, "nothing from 2 to 1\nlow must be less than high"),
        ("1e400*x", {}, EvaluationError, "1e400*x is too large to draw for x from -10 to 10"),
        ("1e308", {}, EvaluationError, "1e308 is too large to draw"),
        (["1e400*x", "log(-1 - x^2)"], {}, EvaluationError, "no formula has a value that can be drawn"),
        ("x", {"low": float("-inf")}, DataError, "cannot reach to -inf"),
        ("x", {"high": float("nan")}, DataError, "cannot reach to nan"),
        ("x", {"low": 1, "high": 1 + 1e-13}, DataError, "cannot be divided"),
        ("log(-1 - x^2)", {}, EvaluationError, "log(-1 - x^2) has no value for x from -10 to 10"),
        (["log(-1 - x^2)", "asin(2 + x^2)"], {}, EvaluationError, "no formula has a value"),
        ([], {}, DataError, "no formula"),
        ("f(x)", {}, EvaluationError, "f is an abstract function"),
    ],
)
def test_what_cannot_be_drawn_is_refused(es, more, error, told):
    with pytest.raises(error, match=re.escape(told)):
        plot(es, **more)


def test_a_curve_without_values_is_named_beside_one_with_values():
    text = plot(["x", "log(-1 - x^2)"]).text(60, 16)
    assert "(no value here)" in text.splitlines()[1]


@pytest.mark.parametrize(("low", "high"), [(20, None), (None, -20), (0, None), (None, 0), (-1, 1)])
def test_one_end_of_the_range_is_enough(low, high):
    over = plot("x^2", low=low, high=high).range
    assert over.low < over.high
    assert low is None or over.low == low
    assert high is None or over.high == high


# --------------------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize(("form", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_a_picture_is_saved_in_the_format_of_the_ending(tmp_path, form, magic):
    file = tmp_path / f"tan.{form}"
    picture = plot("tan(x)", low=-5, high=5, path=file)
    assert file.read_bytes().startswith(magic)
    again = picture.save(tmp_path / f"again.{form.upper()}")
    assert again.read_bytes() == file.read_bytes()


def test_a_png_shows_the_curve_in_its_colour(tmp_path):
    plot("sin(x)", path=tmp_path / "sin.png")
    pixels = np.array(Image.open(tmp_path / "sin.png").convert("RGB")).astype(int)
    blue = (np.abs(pixels - [0x1F, 0x5F, 0xA8]).sum(axis=2) < 30).any(axis=0)
    assert blue.mean() > 0.85  # of the columns


@pytest.mark.parametrize(
    ("formula", "pieces", "asymptotes"),
    [("tan(x)", 5, 4), ("1/x", 2, 1), ("x^2", 1, 0), ("floor(x)", 11, 0), ("sqrt(x)", 1, 0), ("sin(x)/x", 2, 0)],
)
def test_an_svg_has_a_line_for_each_piece(formula, pieces, asymptotes):
    svg = plot(formula, low=-5, high=5)._repr_svg_()
    assert len(ids(svg, "curve 1 piece")) == pieces
    assert len(ids(svg, "asymptote")) == asymptotes


def test_a_hole_is_an_open_dot():
    assert len(ids(plot("sin(x)/x")._repr_svg_(), "hole")) == 1


def test_every_curve_has_its_lines():
    svg = plot(["x", "1/x"], derivatives=1)._repr_svg_()
    assert [len(ids(svg, f"curve {n} piece")) for n in (1, 2, 3, 4)] == [1, 1, 2, 2]


def test_a_notebook_is_given_svg_and_png():
    picture = plot("x^2")
    assert picture._repr_svg_().startswith("<?xml")
    assert Image.open(io.BytesIO(picture._repr_png_())).format == "PNG"
    assert repr(picture) == "<picture of x² for x from -10 to 10>"


@pytest.mark.parametrize(
    "formula",
    [
        "1e300*x",
        "1e-300*x",
        "1e-320*x",
        "1e307*x^2",
        "7",
        "0",
        "exp(exp(x))",
        "_a + 0*_a",
        "where(x > 0, x, -x)",
        "数^2",
    ],
)
def test_any_scale_and_any_name_can_be_painted(formula):
    picture = plot(formula)
    svg = picture._repr_svg_()
    assert ids(svg, "curve 1 piece")
    assert not re.search(r"\bnan\b|\binf\b", svg)
    for width, height in SIZES:
        picture.text(width, height)


@pytest.mark.parametrize(("path", "told"), [("x.gif", "ends in .png"), ("x", "ends in"), ("nowhere/x.png", "nowhere")])
def test_a_file_that_cannot_be_written_is_refused(tmp_path, path, told):
    with pytest.raises(DataError, match=told):
        plot("x", path=tmp_path / path)


def test_without_matplotlib_the_terminal_still_shows_it(monkeypatch, tmp_path):
    imported = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return imported(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    picture = plot("x^2")
    with pytest.raises(ExtraError, match="pip install 'symdiff-engine"):
        picture.save(tmp_path / "x.png")
    assert picture._repr_svg_() is None
    assert picture._repr_png_() is None
    assert "x²" in picture.text()


# ------------------------------------------------------------------------------------------------------- in characters


@pytest.mark.parametrize("formula", ["1/x", "sqrt(x)", "sign(x)", "x^2", "7", "sin(x)/x"])
def test_a_picture_in_ascii_is_as_its_golden_file(formula):
    file = ROOT / "tests" / "golden" / "plot" / f"{re.sub('[^a-z0-9]', '_', formula)}.txt"
    text = plot(formula).text(40, 15, unicode=False) + "\n\n" + plot(formula).text(40, 15) + "\n"
    if os.environ.get("GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(
    "formula", ["tan(x)", "1e300*x", "-1e-7*x^2", "a*b*c*d*x^2 + sin(a*b*c*d*x) + exp(-x^2*a*b*c*d)"]
)
def test_no_line_is_too_long_and_there_are_not_too_many(formula, width, height):
    picture = plot(formula, derivatives=1, env=dict.fromkeys("abcd", 1))
    for unicode in (True, False):
        lines = picture.text(width, height, unicode=unicode).splitlines()
        assert max(map(len, lines)) <= width
        assert len(lines) <= max(height, 9)
        assert unicode or all(line.isascii() for line in lines)


def test_no_column_of_a_drawn_pole_is_bridged():
    """Halfway up, between the branches of tan, there is nothing but the dashes of the asymptote."""
    lines = plot("tan(x)", low=-5, high=5).text(80, 24, unicode=False).splitlines()[1:-2]
    body = [line[5:].ljust(75) for line in lines]
    for pole in (np.arange(-2, 2) + 0.5) * np.pi:
        column = int((pole + 5) / 10 * 75)
        middle = body[len(body) // 2][column - 1 : column + 2]
        assert "*" not in middle


def test_curves_without_colour_have_marks_of_their_own():
    lines = plot(["sin(x)", "x/5"]).text(60, 20, unicode=False).splitlines()
    assert lines[:2] == ["* sin(x)", "x x/5"]
    assert any("*" in line and "x" in line for line in lines[2:])


def test_colours_are_only_used_where_they_are_wanted():
    picture = plot(["sin(x)", "x/5"])
    assert "\x1b" not in picture.text()
    coloured = picture.text(colour=True)
    assert all(f"\x1b[{code}m" in coloured for code in COLOURS[:2])
    assert coloured.count("\x1b[0m") * 2 == coloured.count("\x1b")
    assert "\x1b" not in plot("sin(x)").text(colour=True)  # nothing to tell apart


class Terminal(io.StringIO):
    """Standard output that is a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("settings", "colour", "unicode"),
    [
        ({"TERM": "xterm-256color"}, True, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "linux"}, True, False),
    ],
)
def test_the_screen_is_what_the_environment_says(monkeypatch, settings, colour, unicode):
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in {"COLUMNS": "57", "LINES": "21", **settings}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert Screen.here() == (57, 20, colour, unicode)
    assert Screen.here(33).width == 33


def test_a_stream_that_cannot_show_dots_is_given_ascii(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
    assert Screen.here() == (80, 23, False, False)
    monkeypatch.setattr(terminal.sys, "stdout", None)
    assert not Screen.here().unicode


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (-1.0, 1.0, ["-1", "-0.5", "0", "0.5", "1"]),
        (0.0, 1e300, ["0", "2e+299", "4e+299", "6e+299", "8e+299", "1e+300"]),
        (-0.3, 0.1, ["-0.3", "-0.2", "-0.1", "0", "0.1"]),
    ],
)
def test_ticks_are_round(low, high, texts):
    assert [text for _, text in ticks(Interval(low, high), 5)] == texts


# -------------------------------------------------------------------------------------------------- where it is asked


def process(*words, **more):
    done = subprocess.run(
        [sys.executable, "-m", "symdiff", *words],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **more},
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("settings", [{"TERM": "xterm", "FORCE_COLOR": "1"}, {"NO_COLOR": "1"}])
def test_a_pipe_is_given_80_columns_without_colour(settings):
    status, out, err = process("plot", "sin(x)", "x/5", COLUMNS="200", PYTHONIOENCODING="utf-8", **settings)
    assert (status, err) == (0, "")
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) == 80


def test_a_pipe_that_knows_ascii_only_is_given_ascii():
    status, out, _ = process("plot", "sqrt(x)", PYTHONIOENCODING="ascii")
    assert status == 0
    assert "\\u" not in out
    assert out.splitlines()[0] == "sqrt(x)"
    assert ASCII.corner in out


def test_the_command_writes_a_file(tmp_path):
    file = tmp_path / "sin.svg"
    assert process("plot", "sin(x)", "--output", str(file)) == (0, f"plot      {file}\n", "")
    assert ids(file.read_text(encoding="utf-8"), "curve 1 piece 1")


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        ("plot x^2", ["x²"]),
        ("plot x + 1", ["x + 1"]),
        ("plot f b=2", ["b · sin(x)", "b = 2"]),
        ("plot(sin(x), max(x, 1))", ["● sin(x)", "× max(x, 1)"]),
        ("plot sin(x), max(x, 1) --from 0", ["● sin(x)", "× max(x, 1)"]),
        ('plot "x^2" "x + 1"', ["● x²", "× x + 1"]),
        ("plot a*x, a a=3", ["● a · x", "× a", "a = 3"]),
        ("plot x^2 --derivatives 1", ["● x²", "× d/dx: 2 · x"]),
        ("plot x^2 sin(x)", ["x² · sin(x)"]),
        ("plot y = x^2", ["x²"]),
        ("plot h(x) = x^2", ["x²"]),
    ],
)
def test_a_session_draws(line, labels):
    session = Session()
    session.answer("f = b*sin(x)")
    assert session.answer(line).text.splitlines()[: len(labels)] == labels


def test_importing_the_command_loads_no_numpy():
    code = "import sys, symdiff.app.commands; print(sorted({'numpy', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.form == "call" and row.arity == 1][:40])
def test_every_function_of_one_variable_can_be_drawn_with_its_derivative(name):
    picture = plot(TABLE[name](Sym("x")), derivatives=1)
    assert picture.points[0]
    assert picture.text(40, 12)


def test_what_grows_beyond_all_floats_is_shown_where_it_can_be_seen_and_warns_of_nothing():
    for text, widest in (("exp(1000*x)", 0.01), ("exp(100*x)", 0.1), ("exp(1000/x)", 20)):
        picture = plot(text)
        assert picture.range.length <= widest
        assert picture.text(unicode=False).count("*") > 20
    picture = plot("exp(1000*x)", low=-10, high=10)
    assert picture.text()


@pytest.mark.parametrize(
    ("formula", "low", "high", "told"),
    [
        ("exp(x)", 0, 2000, "too large to draw from 708.5 on"),
        ("-exp(-x)", -2000, 0, "too large to draw up to -708.5"),
        ("exp(x^2)", -100, 100, "too large to draw up to -26.62 and from 26.62 on"),
        ("1e308*sin(x)", 0, 20, "too large to draw in 7 stretches"),
        ("exp(x)", 0, 700, ""),
        ("1/x", -1, 1, ""),
        ("log(x)", -1, 1, ""),
    ],
)
def test_where_a_curve_is_too_large_to_draw_is_said_beside_its_name(formula, low, high, told):
    picture = plot(formula, low=low, high=high)
    assert picture.notes() == [told]
    assert told in picture.text(100).splitlines()[0]


def test_where_a_curve_is_too_large_is_known_to_the_float():
    (curve,) = [drawing.curve for drawing in plot("exp(x)", low=0, high=2000).drawings]
    ((low, high),) = curve.beyond
    assert low == pytest.approx(np.log(5e307), rel=1e-12)
    assert high == 2000


def test_a_range_that_is_not_given_leaves_out_where_nothing_has_a_value():
    for text in ("log(x)", "log(x)/x", "1/log(x)", "sqrt(x)*log(x)", "log(x)/x^2"):
        assert plot(text).range == (0, 10)


def test_what_the_numbers_of_an_axis_share_does_not_stand_on_the_names():
    figure, axes = paint.sheet(1)
    paint.paint(axes, plot("(x - 10^6)^2"))
    figure.canvas.draw()
    offset, legend = axes.yaxis.get_offset_text(), axes.get_legend()
    assert offset.get_text()
    assert not offset.get_window_extent().overlaps(legend.get_window_extent())
