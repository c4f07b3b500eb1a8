"""The commands `fit`, `compare` and `minimize`: what their options mean, where reports go, how Ctrl-C ends them."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_cli import symdiff

from symdiff.app import asking, reports
from symdiff.app.commands import COMMANDS
from symdiff.app.desk import Desk
from symdiff.app.progress import Drawn
from symdiff.app.words import formulas_and_file
from symdiff.fit.losses import LOSSES
from symdiff.fit.methods.rates import SCHEDULES
from symdiff.fit.methods.table import METHODS

ROOT = Path(__file__).resolve().parent.parent
DECAY = ("a*exp(-b*x) + c", "examples/decay.csv")
NOISY = b"x,y,s,w\n0,1.1,0.1,1\n1,2.9,0.1,2\n2,5.2,0.2,1\n3,6.8,0.2,3\n4,9.1,0.1,1\n"
SITES = b"site,x,y\nb,0,1\na,0,2\nb,1,3\na,1,2.5\nb,2,5.1\na,2,3.1\n"


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def result(*words: str, given: bytes = b"") -> dict:
    """The result in the envelope of a command that did its work."""
    ran = symdiff(*words, "--json", given=given)
    envelope = json.loads(ran.out)
    assert envelope["ok"], envelope
    return envelope["result"]


def test_the_names_that_the_help_lists_are_those_of_the_tables():
    assert tuple(METHODS) == asking.DESCENTS
    assert tuple(LOSSES) == asking.LOSSES
    assert tuple(SCHEDULES) == asking.SCHEDULES


def test_every_option_of_fit_is_an_argument_of_fit_or_about_the_report():
    import inspect

    from symdiff.fit.fitting import fit
    from symdiff.fit.many.groups import fit_many

    known = {*inspect.signature(fit).parameters, *inspect.signature(fit_many).parameters}
    about = {"level", "format", "output", "plot", "surface", "film", "quiet"}
    options = {param.name for param in COMMANDS["fit"].params}
    assert {asking.WORDS.get(name, (name,))[0] for name in options - about} <= known
    assert set(inspect.signature(fit).parameters) - {"progress"} <= {
        asking.WORDS.get(name, (name,))[0] for name in options
    }


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["0 < a < 5"], {"a": (0, 5)}),
        (["5 >= a > 1/2"], {"a": (0.5, 5)}),
        (["a > 0", "a <= 2*pi"], {"a": (0, pytest.approx(6.283185307))}),
        (["0 < a", "b < 1"], {"a": (0, None), "b": (None, 1)}),
        (["a=0:5", "b=:1", "c=-1:"], {"a": (0, 5), "b": (None, 1), "c": (-1, None)}),
        (["-inf < a < 3"], {"a": (None, 3)}),
    ],
)
def test_bounds_are_written_as_one_thinks_them(texts, found):
    assert asking.bounds(Desk(), texts) == found


@pytest.mark.parametrize(
    "text", ["a", "1 < 2", "a < b", "a < 1 < b", "0 < a > 1", "a <", "a=5", "a = x:3", "a = 1/0:2"]
)
def test_what_is_no_bound_is_refused(text):
    ran = symdiff("fit", "line", "examples/line.csv", "--bound", text)
    assert ran.status == 2
    assert ran.err


def test_a_bound_given_twice_is_refused():
    ran = symdiff("fit", "line", "examples/line.csv", "--bound", "m > 0", "--bound", "m > 1")
    assert "m has two bounds on the same side" in ran.err


# Computed by numpy.polyfit, scipy.odr and scipy.optimize.minimize.
@pytest.mark.parametrize(
    ("words", "values"),
    [
        (("--fix", "b=1"), {"b": 1}),
        (("--tie", "b = m/2"), {"m": 2.00363636, "b": 1.00181818}),
        (("--bound", "m < 1.5"), {"m": 1.5, "b": 2.02}),
        (("--constraint", "b > m"), {"m": 1.73090909, "b": 1.73090909}),
        (("--sigma", "s"), {"m": 2.00785855, "b": 1.01453831}),
        (("--sigma", "s/2", "--absolute-sigma"), {"m": 2.00785855, "b": 1.01453831}),
        (("--weights", "w"), {"m": 1.97281553, "b": 1.00776699}),
        (("--sigma-x", "0.1", "--sigma", "1"), {"m": 1.99020478, "b": 1.03959048}),
        (("--loss", "r^4"), {"m": 1.97825254, "b": 1.05465979}),
        (("--rate", "0.1", "--steps", "0"), {"m": 0, "b": 0}),
        (("--y", "log(y)"), {"m": 0.50781403, "b": 0.37114725}),
    ],
)
def test_options_reach_the_fit(words, values):
    found = result("fit", "m*x + b", "-", *words, given=NOISY)["values"]
    assert {name: found[name] for name in values} == pytest.approx(values, abs=1e-5)


def test_a_model_can_be_an_equation_or_several():
    assert result("fit", "y = m*x + b", "-", given=NOISY)["values"]["m"] == pytest.approx(1.99)
    several = result("fit", "m*x + b; k*x", "-", "--y", "y", "--y", "w", given=NOISY)
    assert several["values"] == pytest.approx({"m": 1.99, "b": 1.04, "k": 17 / 30})


def test_the_report_is_written_in_the_format_asked_for_to_a_file(tmp_path):
    file = tmp_path / "report.html"
    ran = symdiff("fit", *DECAY, "--format", "html", "--output", str(file))
    assert ran == (0, f"report    {file}\n", "")
    assert "<table" in file.read_text(encoding="utf-8")
    assert "| parameter |" in symdiff("fit", *DECAY, "--format", "markdown").out
    told = json.loads(symdiff("fit", *DECAY, "--format", "json", "--level", "0.9").out)
    assert told["level"] == 0.9


def test_all_pictures_at_once(tmp_path):
    files = {
        kind: str(tmp_path / f"{kind}.{end}") for kind, end in [("plot", "svg"), ("surface", "png"), ("film", "gif")]
    }
    words = [word for kind, file in files.items() for word in (f"--{kind}", file)]
    assert result("fit", "line", "examples/line.csv", *words)["files"] == files
    assert all(Path(file).stat().st_size > 1000 for file in files.values())


def test_a_fit_for_each_label_is_a_table(tmp_path):
    file = tmp_path / "fits.csv"
    ran = symdiff("fit", "line", "-", "--by", "site", "--output", str(file), given=SITES)
    assert ran.status == 0
    assert "2 by site: 2 converged" in ran.out
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    assert [row["site"] for row in rows] == ["b", "a"]
    assert float(rows[1]["m"]) == pytest.approx(0.55)
    table = result("fit", "line", "-", "--by", "site", given=SITES)["table"]
    assert table["m"] == pytest.approx([2.05, 0.55])


def test_a_comparison_gives_the_better_model_and_its_values():
    found = result("compare", "a*exp(-b*x)", DECAY[0], DECAY[1])
    assert found["best"] == 1
    assert found["values"][1]["c"] == pytest.approx(0.4964, abs=1e-4)
    assert found["verdicts"][0]["nested"]


def test_a_minimum_is_found_within_bounds():
    found = result("minimize", "x^4 - 3*x^2 + x", "--start", "x=1", "--bound", "x > 0")
    assert found["at"]["x"] == pytest.approx(1.1309011226)
    assert symdiff("minimize", "x").status == 1


def test_zero_is_a_value_and_not_nothing():
    assert asking.asked(Desk(), {"steps": 0, "tolerance": 0.0, "momentum": None, "quiet": False}) == {
        "steps": 0,
        "tolerance": 0.0,
    }


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_colours_are_for_terminals_only(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b" not in symdiff("fit", *DECAY).out
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert reports.in_colour()
    text = "model     y = a\nended     converged after 1 step\n\nWhat happened:\n  all"
    assert reports.painted(text).count("\x1b[") == 8
    monkeypatch.setenv("NO_COLOR", "1")
    assert not reports.in_colour()


def test_the_bar_of_a_terminal_names_steps_and_loss(monkeypatch):
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stderr", stream)
    bar = Drawn("fit", 100)
    bar.show(50, 0.25, 2.0)
    bar.drawing.refresh()
    bar.close()
    assert "fit: 50 of 100" in stream.getvalue()
    assert "loss 0.25, 2 s" in stream.getvalue()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is another thing there")
def test_an_interrupted_fit_gives_the_best_so_far():
    words = ["--method", "adam", "--rate", "1e-7", "--steps", "100000000", "--tolerance", "0", "--json"]
    command = [sys.executable, "-m", "symdiff", "fit", *DECAY, *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ran:
        time.sleep(2)
        ran.send_signal(signal.SIGINT)
        out, err = ran.communicate(timeout=30)
    assert (ran.returncode, err) == (130, b"")
    assert json.loads(out)["result"]["reason"] == "interrupted"


@pytest.mark.parametrize(
    ("typed", "models"),
    [
        ("line parabola data.csv", ["line", "parabola"]),
        ("a*x, a*x + b data.csv", ["a*x", "a*x + b"]),
        ('"a*x" "a*x + b" data.csv', ["a*x", "a*x + b"]),
        ("a*x a*x+b data.csv", ["a*x", "a*x+b"]),
        ("a*x + b data.csv", ["a*x + b"]),
    ],
)
def test_a_session_tells_models_apart(typed, models):
    assert formulas_and_file(typed) == [*models, "data.csv"]


def test_columns_go_by_their_headers():
    data = b"Run 7\ntime [s],signal (mV),error (mV)\n0,1.1,0.1\n1,2.9,0.1\n2,5.2,0.2\n3,6.8,0.2\n"
    found = result("fit", "a*time + b", "-", "--y", "signal (mV)", "--sigma", "error (mV)", given=data)
    plain = result("fit", "a*time + b", "-", "--y", "signal", "--sigma", "error", given=data)
    assert found == plain
    assert found["y"] == "signal"
    assert found["errors_from"].startswith("sigma error")
    refused = symdiff("fit", "line", "-", "--y", "signal", given=data)
    assert refused.err.splitlines()[-1] == "say which it reads, as in --x time"
    assert symdiff("fit", "line", "-", "--y", "signal", "--x", "time", given=data).status == 0
