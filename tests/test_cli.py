"""The command line: what each command prints, how it fails, and how it behaves among other programs."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from symdiff.app.cli import run
from symdiff.app.commands import COMMANDS, ROWS, typed
from symdiff.app.formulas import FORMATS
from symdiff.core.declare import OWN
from symdiff.core.ops import TABLE

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = Path(__file__).resolve().parent / "golden" / "cli"
SHELL_ROWS = [row for row in ROWS if not row.only_session]
FORMULA_ROWS = [row for row in SHELL_ROWS if any(param.name == "formula" for param in row.params)]

every_command = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
every_shell_command = pytest.mark.parametrize("row", SHELL_ROWS, ids=lambda row: row.name)
every_formula_command = pytest.mark.parametrize("row", FORMULA_ROWS, ids=lambda row: row.name)


class Ran(NamedTuple):
    """What came of a command line."""

    status: int
    out: str
    err: str


def symdiff(*words: str, given: bytes = b"") -> Ran:
    """Run a command line in this process."""
    with CliRunner().isolation(input=given) as (out, err, _):
        status = run(words)
        sys.stderr.flush()  # a traceback is printed without
        return Ran(status, out.getvalue().decode(), err.getvalue().decode())


def process(*words: str, given: bytes | None = None, **more: str) -> Ran:
    """Run a command line as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "symdiff", *words],
        input=given,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **more},
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    """The examples name files by their path from the top of the repository."""
    monkeypatch.chdir(ROOT)


# ------------------------------------------------------------------------------------------------------- golden files
#
# A golden file holds, for one command, lines as one types them and what comes of each. After a wanted change:
# `GOLDEN=write python -m pytest tests/test_cli.py`, then read the difference.


def transcript(line: str) -> str:
    """What a shell would show for `symdiff ...` or `echo ... | symdiff ...`."""
    before, _, after = line.rpartition(" | ")
    given = shlex.split(before)[1].replace("\\n", "\n") if before else ""
    ran = symdiff(*shlex.split(after)[1:], given=given.encode())
    err = "".join(f"! {text}\n" for text in ran.err.splitlines())
    status = f"[exit {ran.status}]\n" if ran.status else ""
    out = rounded(ran.out) if re.search("fit|compare|minimize", after) else ran.out
    if "--rate" not in after:  # how many steps the last digits take is the machine's
        out = re.sub(r"\d+ (evaluation|step)s?\b|(?<=\"steps\": )\d+", lambda m: f"N {m[1]}s" if m[1] else "0", out)
    return f"$ {line}\n{out}{err}{status}"


def rounded(text: str) -> str:
    """The text with floats to six digits and what is nearly 0 as 0, since the last bits are the machine's."""

    def six(match: re.Match[str]) -> str:
        value = float(match[0])
        return "0" if abs(value) < 1e-12 else f"{value:.6g}"

    return re.sub(r"\d+\.\d{6,}(?:e-?\d+)?|(?<!< )\d(?:\.\d+)?e-\d\d", six, text)


def typed_lines(text: str) -> list[str]:
    return re.findall(r"^\$ (.*)$", text, re.MULTILINE)


@every_command
def test_a_command_prints_what_its_golden_file_shows(row, monkeypatch):
    for name in [name for name, op in TABLE.items() if op in OWN]:  # declared by other tests in this process
        monkeypatch.delitem(TABLE, name)
    file = GOLDEN / f"{row.name}.txt"
    text = file.read_text(encoding="utf-8")
    found = "\n".join(transcript(line) for line in typed_lines(text))
    if os.environ.get("GOLDEN") == "write":
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8")


@every_command
def test_a_command_has_examples_and_its_golden_file_shows_them(row):
    lines = typed_lines((GOLDEN / f"{row.name}.txt").read_text(encoding="utf-8"))
    assert row.examples
    for example in row.examples:
        assert any(example in line if row.only_session else line == typed(row, example) for line in lines), example


def test_every_golden_file_belongs_to_a_command():
    assert sorted(file.stem for file in GOLDEN.glob("*.txt")) == sorted(COMMANDS)


@every_shell_command
def test_the_examples_of_a_command_work(row):
    for example in row.examples:
        assert "[exit" not in transcript(typed(row, example)), example


# -------------------------------------------------------------------------------------------------------------- help


def test_help_lists_every_command_that_makes_sense_outside_a_session():
    shown = symdiff("--help").out
    for row in ROWS:
        assert bool(re.search(rf"^  {row.name} ", shown, re.MULTILINE)) == (not row.only_session)


@every_shell_command
def test_the_help_of_a_command_shows_its_examples_and_each_of_its_options(row):
    ran = symdiff(row.name, "--help")
    assert ran.status == 0
    for example in row.examples:
        assert example in ran.out
    for param in row.params:
        assert param.opts[0].lstrip("-").upper() in ran.out or param.opts[0] in ran.out or param.metavar in ran.out


@every_command
def test_help_on_a_command_is_its_manual(row):
    assert symdiff("help", row.name).out.startswith(f"Usage: {row.name}")


def test_the_version_is_that_of_the_package():
    import symdiff as package

    assert symdiff("--version").out in (f"symdiff {package.__version__}\n", "symdiff (not installed)\n")


# -------------------------------------------------------------------------------------------------------------- diff


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("5",), "0"),
        (("5", "--order", "0"), "5"),
        (("a^2",), "2*a"),
        (("a*x",), "a"),
        (("a*b", "--var", "b"), "a"),
        (("x*y", "--var", "x", "--var", "y"), "1"),
        (("x^3", "--order", "2"), "6*x"),
        (("x^3", "--order", "0"), "x^3"),
        (("-x^2",), "-2*x"),
        (("-x^2 + -x",), "-2*x - 1"),
        (("--", "--x"), "1"),
        (("beta*gamma", "--var", "beta"), "gamma"),
    ],
)
def test_diff_finds_the_variable_and_the_sign(words, answer):
    assert symdiff("diff", *words) == (0, f"{answer}\n", "")


def test_diff_of_several_variables_without_x_asks_which():
    ran = symdiff("diff", "b*a")
    assert ran.status == 2
    assert ran.err == "the formula has several variables: a, b\nchoose one, as in --var x\n"


def test_raw_is_not_simplified():
    assert symdiff("diff", "x*x", "--raw").out == "x + x\n"
    assert symdiff("diff", "x*x").out == "2*x\n"


@pytest.mark.parametrize("form", FORMATS)
def test_an_answer_can_be_written_in_every_format(form):
    ran = symdiff("diff", "x^3", "--format", form)
    assert ran.status == 0
    assert "3" in ran.out


def test_text_answers_can_be_read_again():
    first = symdiff("diff", "x^2*sin(x)/(1 + exp(-x))").out
    assert symdiff("simplify", first).out == first


# -------------------------------------------------------------------------------------------------------------- eval


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("x^2", "x=3"), "9"),
        (("x^2", "--at", "x=3"), "9"),
        (("x*y", "x=3", "--at", "y=2"), "6"),
        (("x/3", "x=1"), "1/3 ≈ 0.3333333333333333"),
        (("x/2", "x=1"), "1/2 = 0.5"),
        (("x", "x = 0.1"), "1/10 = 0.1"),
        (("x + 1", "x=-1/2"), "1/2 = 0.5"),
        (("2^100",), "1267650600228229401496703205376 ≈ 1.2676506002282294e+30"),
        (("exp(x)", "x=1"), "2.718281828459045"),
        (("x > 2", "x=3"), "True"),
        (("cos(x)", "x=2*pi"), "1.0"),
    ],
)
def test_eval_is_exact_where_it_can_be(words, answer):
    assert symdiff("eval", *words) == (0, f"{answer}\n", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("x*yy", "y=1"), "no value for the variables 'x', 'yy'"),
        (("1/x", "x=0"), "division by zero"),
        (("log(x)", "x=-1"), "log(x)"),
        (("x", "x"), "'x' gives no variable a value"),
        (("x", "x=1", "x=2"), "x is given two values: 1 and 2"),
        (("x", "x=1+"), "expected"),
        (("x", "x=y"), "no value for the variable 'y'"),
        (("f(x)", "x=1"), "f is an abstract function"),
        (("x", "x=1", "z=3"), "the formula does not mention 'z'\nvariables: x"),
        (("alpha", "alpha=1", "aplha=3"), "the formula does not mention 'aplha'\ndid you mean 'alpha'?"),
        (("5", "z=3"), "there are no variables"),
        (("e*x", "x=1", "e=3", "--digits", "5"), "e is Euler's number here"),
    ],
)
def test_eval_says_why_there_is_no_value(words, told):
    ran = symdiff("eval", *words)
    assert ran.status == 2
    assert ran.out == ""
    assert told in ran.err


def test_what_is_beyond_the_floats_is_said_with_the_option_that_reaches_it():
    ran = symdiff("eval", "exp(exp(10))")
    assert (ran.status, ran.out) == (3, "")
    assert "--digits 20" in ran.err
    assert symdiff("eval", "exp(exp(10))", "--digits", "20").out == "9.3875122185835947455e+9565\n"


def test_a_huge_number_is_short_in_a_message():
    ran = symdiff("eval", "exp(exp(exp(10)))", "--digits", "20")
    assert "too large" in ran.err
    assert len(ran.err) < 250


# ---------------------------------------------------------------------------------------------------- plot and code


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("plot", "x = 3"),
            "there is no formula to plot: x = 3 gives x a value\nto draw its right side, leave out x =",
        ),
        (("plot", "x*y", "y=2", "z=3"), "the formula does not mention 'z'"),
        (("plot", "x*rate", "x", "rate=2", "rtae=3"), "no formula mentions 'rtae'\ndid you mean 'rate'?"),
        (("plot", "x", "--from", "inf"), "--from takes a finite number, not inf\nexample: --from 0 --to 2*pi"),
        (("plot", "x", "--from", "5", "--to", "1"), "--from must be less than --to: 5 is not less than 1"),
        (("plot", "x", "--width", "abc"), "'abc' is no whole number"),
        (("plot", "x", "--derivatives", "1.5"), "'1.5' is no whole number"),
        (("plot", "1e400*x"), "1e400*x is too large to draw"),
        (("eval", "x", "--digits", "abc"), "'abc' is no whole number"),
        (("simplify", "x", "--budget", "long"), "'long' is no number"),
        (("fit", "line", "examples/line.csv", "--momentum", "q"), "'q' is no number"),
        (("code", "x*y", "--args", "x"), "'y' is not among the arguments (x)\nadd it"),
        (("code", "x", "--header"), "only C has a header file\n--to c --header"),
        (("code", "x", "--to", "c++"), "take 'c'"),
        (("code", "x", "--to", "javscript"), "did you mean 'javascript'?"),
        (("code", "x", "--wrt", "y", "--derivatives", "gradient"), "no argument is called y"),
    ],
)
def test_what_cannot_be_drawn_or_written_is_refused_with_the_next_step(words, told):
    ran = symdiff(*words)
    assert (ran.status, ran.out) == (2, "")
    assert told in ran.err


@pytest.mark.parametrize("words", [("y=x^2",), ("y = x^2",), ("f(x) = x^2",), ("f(x)=a*x^2", "a=1")])
def test_the_right_side_of_an_equation_is_drawn(words):
    (curve,) = json.loads(symdiff("plot", *words, "--json").out)["result"]["curves"]
    assert curve["formula"] in ("x^2", "a*x^2")


def test_code_is_written_in_a_language_in_any_case_and_with_derivatives_in_some_arguments():
    assert symdiff("code", "x^2", "--to", "C").out == symdiff("code", "x^2", "--to", "c").out
    assert symdiff("code", "x^2", "--to", "js").out == symdiff("code", "x^2", "--to", "javascript").out
    words = ("code", "x*y^2", "--derivatives", "gradient", "--wrt", "y", "--to", "py", "--json")
    result = json.loads(symdiff(*words).out)["result"]
    assert (result["language"], result["wrt"]) == ("python", ["y"])
    assert "df/dy" in result["code"]
    assert "df/dx" not in result["code"]


# --------------------------------------------------------------------------------------------------------------- fit


def test_a_fit_that_converges_ends_with_0_and_one_that_does_not_with_1():
    assert symdiff("fit", "line", "examples/line.csv").status == 0
    ran = symdiff("fit", "line", "examples/line.csv", "--rate", "0.1", "--steps", "3")
    assert ran.status == 1
    assert "out of steps" in ran.out


def test_the_advice_of_a_fit_names_flags_and_not_arguments_of_python():
    ran = symdiff("fit", "parabola", "examples/parabola.csv", "--rate", "0.1")
    assert ran.status == 1
    assert re.search(r"--rate a=\S+ --rate b=\S+ --rate c=\S+", ran.out)
    assert "rate={" not in ran.out


def test_a_file_name_that_looks_like_a_setting_is_quoted_as_it_is():
    for words in (("fit", "line", "rate=3.csv"), ("fit", "line", "rate=3.csv", "--json")):
        ran = symdiff(*words)
        assert "rate=3.csv" in ran.out + ran.err
        assert "--rate" not in ran.out + ran.err


def test_the_hint_that_a_model_needs_no_column_can_be_typed():
    assert "--x ''" in symdiff("fit", "c", "examples/line.csv").err
    assert symdiff("fit", "c", "examples/line.csv", "--x", "").status == 0


def test_a_fit_reads_its_data_from_standard_input():
    ran = symdiff("fit", "m*x + b", "-", "--json", given=b"x,y\n-2,-3\n3,7\n")
    values = json.loads(ran.out)["result"]["values"]
    assert values["m"] == pytest.approx(2)
    assert values["b"] == pytest.approx(1)


def test_a_fit_takes_starts_and_a_rate_for_each_parameter():
    words = "fit a*x+b examples/line.csv --start a=1 --start b=1/2 --rate a=0.1 --rate b=0.3 --json"
    result = json.loads(symdiff(*words.split()).out)["result"]
    assert result["start"] == {"a": 1.0, "b": 0.5}
    assert "a: 0.1, b: 0.3" in result["method"]


def test_a_fit_draws_and_films(tmp_path):
    words = ("fit", "line", "examples/line.csv", "--rate", "0.1", "--steps", "4")
    ran = symdiff(*words, "--plot", str(tmp_path / "line.png"), "--film", str(tmp_path / "line.gif"), "--json")
    files = json.loads(ran.out)["result"]["files"]
    assert Path(files["plot"]).read_bytes().startswith(b"\x89PNG")
    assert Path(files["film"]).read_bytes().startswith(b"GIF")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("line", "nowhere.csv"), "nowhere.csv"),
        (("line", "examples/line.csv", "--rate", "m=0.1"), "no rate for b"),
        (("line", "examples/line.csv", "--rate", "0.1", "--rate", "b=2"), "one rate, or one for each"),
        (("line", "examples/line.csv", "--start", "k=1"), "no parameter 'k'"),
        (("line", "examples/line.csv", "--y", "z"), "no column 'z'"),
        (("line", "examples/line.csv", "--method", "magic"), "magic"),
        (("m*x +", "examples/line.csv"), "expected"),
        (("line", "examples/line.csv", "--plot", "nowhere/line.png"), "nowhere"),
        (("line", "examples/line.csv", "--plot", "examples"), "ends in .png or .svg or .pdf"),
        (("line", "examples/line.csv", "--film", "line.png"), "ends in .gif"),
        (("line", "examples/line.csv", "--film", "examples/line.csv"), "ends in .gif"),
        (("line", "examples/line.csv", "--start", "m=1e400"), "1e400 is too large for a float"),
        (("line", "examples/line.csv", "--rate", "1e400"), "1e400 is too large for a float"),
        (("line", "examples/line.csv", "--rate", "m=1", "--rate", "b=1e400"), "1e400 is too large for a float"),
    ],
)
def test_a_fit_that_cannot_begin_says_why(words, told):
    ran = symdiff("fit", *words)
    assert ran.status == 2
    assert told in ran.err


def test_a_picture_takes_no_place_that_is_taken(tmp_path):
    data = tmp_path / "data.gif"
    data.write_text("x,y\n-2,-3\n3,7\n", encoding="utf-8")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "line.png").symlink_to(tmp_path / "line.gif")
    same = ("--plot", str(tmp_path / "line.png"), "--film", str(tmp_path / "line.gif"))
    assert "the data are there" in symdiff("fit", "line", str(data), "--film", str(tmp_path / "." / "data.gif")).err
    assert "it is a folder" in symdiff("fit", "line", str(data), "--plot", str(tmp_path / "folder.png")).err
    assert "the plot goes there" in symdiff("fit", "line", str(data), *same).err
    assert data.read_text(encoding="utf-8").startswith("x,y")
    assert not (tmp_path / "line.gif").exists()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no endless file here")
def test_data_without_an_end_are_refused():
    ran = symdiff("fit", "line", "/dev/zero")
    assert ran.status == 3
    assert "/dev/zero has a line of more than 1,000,000 characters" in ran.err


# ------------------------------------------------------------------------------------------------------ the envelope


def checked_envelope(text: str) -> dict:
    """The one object on one line that every `--json` prints, whatever happened."""
    assert text.count("\n") == 1
    envelope = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    if envelope["ok"]:
        assert list(envelope) == ["ok", "command", "input", "result"]
        assert isinstance(envelope["result"], dict)
        assert isinstance(envelope["input"], dict)
    else:
        assert list(envelope) == ["ok", "command", "error"]
        error = envelope["error"]
        assert list(error) == ["kind", "message", "span", "hint", "problems"]
        assert isinstance(error["kind"], str)
        assert isinstance(error["message"], str)
        for problem in error["problems"]:
            assert list(problem) == ["name", "message", "span", "hint"]
    return envelope


@every_shell_command
def test_a_success_is_one_json_object_on_standard_output(row):
    words = shlex.split(next(example for example in row.examples if "|" not in example))
    ran = symdiff(*words, *([] if "--json" in words else ["--json"]))
    envelope = checked_envelope(ran.out)
    assert ran.err == ""
    assert envelope["ok"] is True
    assert envelope["command"] == row.name
    assert list(envelope["input"]) == [param.opts[0].lstrip("-") for param in row.params]


@every_shell_command
def test_a_mistake_in_the_words_is_one_json_object_on_standard_output(row):
    ran = symdiff(row.name, "x", "--nonsense", "--json")
    envelope = checked_envelope(ran.out)
    assert (ran.status, ran.err) == (2, "")
    assert envelope["ok"] is False
    assert envelope["command"] == row.name
    assert envelope["error"]["kind"] == "usage"


@every_formula_command
def test_a_mistake_in_the_formula_is_one_json_object_with_its_span(row):
    ran = symdiff(row.name, "x + *y", "--json")
    error = checked_envelope(ran.out)["error"]
    assert (ran.status, ran.err) == (2, "")
    assert error["kind"] == "parse"
    assert error["span"] == error["problems"][0]["span"]
    assert "x + *y"[slice(*error["span"])] == "*"


def test_several_mistakes_are_all_in_the_envelope():
    error = checked_envelope(symdiff("diff", "sni(x) + tna(x)", "--json").out)["error"]
    assert [problem["hint"] for problem in error["problems"]] == ["did you mean 'sin'?", "did you mean 'tan'?"]


def test_a_limit_is_in_the_envelope_with_its_own_exit_code():
    ran = symdiff("eval", "9^9^9", "--json")
    assert ran.status == 3
    assert checked_envelope(ran.out)["error"]["kind"] == "limit"


def test_an_unknown_command_is_in_the_envelope_without_a_command():
    ran = symdiff("dif", "x", "--json")
    assert ran.status == 2
    envelope = checked_envelope(ran.out)
    assert envelope["command"] is None
    assert envelope["error"]["hint"] == "did you mean 'diff'?"
    assert checked_envelope(symdiff("--nonsense", "--json").out)["command"] is None


def test_exact_values_are_text_and_approximate_ones_numbers():
    result = json.loads(symdiff("eval", "x/3", "x=1", "--json").out)["result"]
    assert result == {"formula": "x/3", "at": {"x": "1"}, "value": 1 / 3, "exact": "1/3"}


def test_json_is_pure_ascii():
    ran = symdiff("unicode", "α*π", "--json")
    assert ran.out.isascii()
    assert json.loads(ran.out)["result"]["unicode"] == "α · π"


def test_a_mistake_in_symdiff_itself_is_reported_as_one(monkeypatch):
    def broken(_: object) -> None:
        raise RuntimeError("the floor gave way")

    monkeypatch.setattr("symdiff.app.desk.parse", broken)
    ran = symdiff("diff", "x", "--json")
    assert ran.status == 70
    assert checked_envelope(ran.out)["error"]["kind"] == "internal"
    assert "Traceback" in ran.err


# ------------------------------------------------------------------------------------------------- errors for people


def test_a_mistake_in_a_formula_is_shown_with_a_caret():
    ran = symdiff("diff", "2*sni(x) + 1")
    assert ran == (2, "", "unknown function 'sni'\n  2*sni(x) + 1\n    ^^^\ndid you mean 'sin'?\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("dif", "x"), "did you mean 'diff'?"),
        (("x^2",), "commands: diff,"),
        (("diff",), "Missing argument 'FORMULA'"),
        (("diff", "x", "+", "1"), "put it in quotes"),
        (("diff", "x", "--ordre", "2"), "did you mean '--order'?"),
        (("diff", "x", "--order", "two"), "--order"),
        (("diff", "x", "--order", "-1"), "--order"),
        (("diff", "x", "--var", "2"), "'2' is not a name"),
        (("diff", "x", "--format", "word"), "'text', 'latex'"),
        (("help", "sni"), "did you mean 'sin'?"),
        (("quit",), "there is no command 'quit'"),
    ],
)
def test_a_mistake_in_the_words_has_a_next_step(words, told):
    ran = symdiff(*words)
    assert ran.status == 2
    assert ran.out == ""
    assert told in ran.err


# ------------------------------------------------------------------------------------------------------ hostile input

# fmt: off
HOSTILE = {
    "a tower of powers":      ("9^9^9", {0}),
    "powers of powers":       ("(((9^64)^64)^64)^64", {0}),
    "a huge factorial":       ("factorial(10^8)", {0}),
    "a huge exponent":        ("1e999999999", {0, 2, 3}),
    "ten thousand brackets":  ("(" * 10_000, {2, 3}),
    "a zero character":       ("x\0y", {2}),
    "a bidirectional mark":   ("x + \u202ey", {2}),
    "a lone surrogate":       ("x + \udc80", {2}),
    "an escape sequence":     ("x + \x1b[31my", {2}),
    "python":                 ("__import__('os').system('true')", {2}),
    "nothing":                ("", {2}),
    "a hyphen and a name":    ("-undefined(x", {2}),
}
# fmt: on


@pytest.mark.parametrize("text", HOSTILE, ids=list(HOSTILE))
def test_hostile_text_gives_an_answer_or_one_clean_error_at_once(text):
    formula, statuses = HOSTILE[text]
    begun = time.perf_counter()
    for row in ("diff", "simplify", "latex"):
        ran = symdiff(row, "--", formula)
        assert ran.status in statuses, ran
        assert "Traceback" not in ran.err
        assert "\x1b" not in ran.out + ran.err
        checked_envelope(symdiff(row, "--json", "--", formula).out)
    assert time.perf_counter() - begun < 6


@pytest.mark.parametrize("formula", ["9^9^9", "(((9^64)^64)^64)^64", "factorial(10^8)"])
def test_a_value_beyond_the_limit_ends_with_3(formula):
    ran = symdiff("eval", formula)
    assert ran.status == 3
    assert ran.err


def test_a_surrogate_in_the_words_of_a_process_gives_one_clean_error():
    done = subprocess.run(
        [sys.executable, "-m", "symdiff", "diff", b"x + \xff"], capture_output=True, cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


# --------------------------------------------------------------------------------------------- among other programs


def test_a_formula_is_read_from_standard_input():
    assert symdiff("diff", "-", given=b"x^2 +\n 2*x\n").out == "2*x + 2\n"
    assert symdiff("diff", "-", given=b"\xef\xbb\xbfx^2\r\n").out == "2*x\n"
    assert symdiff("eval", "-", "x=3", given=b"x^2").out == "9\n"


def test_standard_input_that_is_no_text_gives_one_clean_error():
    ran = symdiff("diff", "-", given=b"x + \xff")
    assert ran == (2, "", "the input is not UTF-8 text: byte 0xff at position 4\nsave it as UTF-8\n")
    assert symdiff("diff", "-", given=b"").status == 2
    assert symdiff("diff", "-", given=b"x\0").status == 2


@pytest.mark.skipif(os.name == "nt", reason="skipped: needs a POSIX shell")
@pytest.mark.parametrize(
    ("line", "status", "err"),
    [
        ("diff - <&-", 2, "standard input is closed\n"),
        ("<&-", 2, "standard input is closed\n"),
        ("diff x >&-", 0, ""),
        ("diff 'x +' 2>&-", 2, ""),
    ],
)
def test_closed_streams_are_no_surprise(line, status, err):
    command = f"{shlex.quote(sys.executable)} -m symdiff {line}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", err)


def test_the_module_is_the_command():
    assert process("diff", "x^2*sin(x)") == (0, "x*(x*cos(x) + 2*sin(x))\n", "")
    assert process("diff", "x +").status == 2
    assert process(given=b"d(x^2, x)\n") == (0, "2*x\n", "")


@pytest.mark.parametrize("settings", [{"FORCE_COLOR": "1"}, {"NO_COLOR": "1"}, {"TERM": "xterm-256color"}])
def test_there_is_no_colour_in_pipes(settings):
    for words in (["--help"], ["diff", "--help"], ["diff", "x +"], ["diff", "x"], ["list"]):
        ran = process(*words, **settings)
        assert "\x1b" not in ran.out + ran.err


def test_a_character_that_the_output_cannot_show_is_escaped():
    ran = process("unicode", "√x·π", PYTHONIOENCODING="ascii")
    assert ran == (0, "\\u221ax \\xb7 \\u03c0\n", "")
    assert process("eval", "1/3", PYTHONIOENCODING="ascii").out == "1/3 ~ 0.3333333333333333\n"


def test_a_reader_that_goes_away_ends_the_program_quietly():
    formula = " + ".join(f"sin({n}*x)" for n in range(20_000))
    with subprocess.Popen(
        [sys.executable, "-m", "symdiff", "latex", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as program:
        program.stdout.close()
        _, err = program.communicate(formula.encode(), timeout=60)
    assert err == b""
    assert program.returncode == 141


@pytest.mark.skipif(os.name == "nt", reason="skipped: signals are POSIX")
def test_an_interrupt_ends_with_130_and_one_line():
    with subprocess.Popen(
        [sys.executable, "-m", "symdiff"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as program:
        program.stdin.write(b"1 + 1\n")
        program.stdin.flush()
        assert program.stdout.readline() == b"2\n"  # now it waits for the next line
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=60)
    assert (program.returncode, out, err) == (130, b"", b"interrupted\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="skipped: needs /dev/full")
def test_a_full_disk_is_an_error():
    with open("/dev/full", "wb") as full:  # noqa: PTH123  # not a path, a device
        done = subprocess.run(
            [sys.executable, "-m", "symdiff", "diff", "x"], stdout=full, stderr=subprocess.PIPE, cwd=ROOT, check=False
        )
    assert done.returncode == 70
    assert b"No space left" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_given_its_completion_script(shell, monkeypatch):
    monkeypatch.setenv("_SYMDIFF_COMPLETE", f"{shell}_source")
    monkeypatch.setattr("click.shell_completion.BashComplete._check_version", lambda *_: None)
    ran = symdiff()
    assert ran.status == 0
    assert "_SYMDIFF_COMPLETE" in ran.out


def test_a_shell_is_offered_commands_and_options(monkeypatch):
    monkeypatch.setenv("_SYMDIFF_COMPLETE", "zsh_complete")
    monkeypatch.setenv("COMP_WORDS", "symdiff di")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert "diff" in symdiff().out
    monkeypatch.setenv("COMP_WORDS", "symdiff diff --or")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert "--order" in symdiff().out


def test_one_command_imports_only_what_it_needs():
    code = (
        "import sys; from symdiff.app.cli import run; run(['diff', 'x^2*sin(x)'])\n"
        "print(*{'numpy', 'rich', 'prompt_toolkit', 'sympy', 'matplotlib', 'difflib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "x*(x*cos(x) + 2*sin(x))\n\n"
