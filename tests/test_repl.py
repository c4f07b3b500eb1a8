"""A session: what a line means, what the names do, and how the prompt survives whatever is typed."""

import gc
from pathlib import Path

import pytest
from click.testing import CliRunner
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from symdiff.app.cli import run
from symdiff.app.commands import COMMANDS
from symdiff.app.prompt import Names, history, is_open, prompter
from symdiff.app.repl import converse, respond
from symdiff.app.session import Session
from symdiff.core.calm import calm
from symdiff.core.ops import READ, TABLE
from symdiff.errors import EvaluationError, LimitError, ParseError, SymdiffError

ROOT = Path(__file__).resolve().parent.parent


def answers(*lines: str) -> list[str]:
    """What a new session answers to lines, without the empty answers."""
    session = Session()
    return [text for line in lines if (text := session.answer(line).text)]


def last(*lines: str) -> str:
    return answers(*lines)[-1]


def piped(text: str | bytes) -> tuple[int, str, str]:
    """Exit code, output and errors of `symdiff` with this on standard input."""
    with CliRunner().isolation(input=text) as (out, err, _):
        status = run([])
        return status, out.getvalue().decode(), err.getvalue().decode()


# ------------------------------------------------------------------------------------------------------------- lines


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (["x + x"], "2*x"),
        (["f = x^2*sin(x)", "d(f, x)"], "x*(x*cos(x) + 2*sin(x))"),
        (["f = x^2", "d(f, x)*2 + 1"], "4*x + 1"),
        (["f = x^2*y", "d(d(f, x), y)"], "2*x"),
        (["d(x^2*y, x, y)"], "2*x"),
        (["d(x^3, x, 2)"], "6*x"),
        (["d(x^3*y^2, x, 2, y)"], "12*x*y"),
        (["d(x^2)"], "2*x"),
        (["diff(a^2)"], "2*a"),
        (["d(5)"], "0"),
        (["d*(x + 1)"], "d*(x + 1)"),
        (["2 d"], "2*d"),
        (["simplify(x + x)*x"], "2*x^2"),
        (["simplify (x + x)*x"], "2*x^2"),
        (["f(x) = x^2", "f(3)"], "9"),
        (["f(x) = x^2", "f(y + 1)"], "(y + 1)^2"),
        (["f(x) = x^2", "f'(3)"], "6"),
        (["f(x) = x^2", "d(f(x^2), x)"], "4*x^3"),
        (["f(x, y) = x*y", "f(2, 3)"], "6"),
        (["f(x, y) = x*y^2", "f'1'2(x, y)"], "2*y"),
        (["f(x) = x^2", "d(f, x)"], "2*x"),
        (["f = x^2", "f(3)"], "9"),
        (["area(r) = pi*r^2", "area(2)"], "4*pi ≈ 12.566370614359172"),
        (["a = 3", "a(x + 1)"], "3*(x + 1)"),
        (["f = 3", "f(x + 1)^2"], "3*(x + 1)^2"),
        (["g(x)", "d(g(x)^2, x)"], "2*g'(x)*g(x)"),
        (["x^2", "ans*2"], "2*x^2"),
        (["x^2", "d(ans, x)"], "2*x"),
        (["2 + 3", "ans*2"], "10"),
        (["eval x^2 x=3", "ans + 1"], "10"),
        (["f = x", "f = f + 1", "f = f + 1", "f"], "x + 2"),
        (["f = f + 1", "f = f + 1", "f"], "f + 2"),
        (["f = x^2", "x = 3", "f"], "x^2"),
        (["x = 3", "f = x^2", "f"], "9"),
        (["x = 3", "f(x) = x^2", "f(2)"], "4"),
        (["e1 = x", "e1"], "x"),
        (["1/3 + 1/6"], "1/2 = 0.5"),
        (["sqrt(2)"], "sqrt(2) ≈ 1.4142135623730951"),
        (["9^9^9"], "9^9^9"),
        (["f(2)"], "f(2)"),
        (["# a comment"], None),
        (["   "], None),
    ],
)
def test_a_line_comes_to(lines, answer):
    assert (answers(*lines) or [None])[-1] == answer


def test_a_definition_is_kept_as_it_is_written():
    assert answers("f = x + x") == ["f = x + x"]
    assert answers("f(x,y)=x + x*y") == ["f(x, y) = x + x*y"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("latex f", "x^{2}"),
        ("latex(f)", "x^{2}"),
        ("latex (f)(f)", r"x^{2} x^{2}"),
        ("gradient(f*y, x, y)", "d/dx: 2*x*y\nd/dy: x^2"),
        ("vars()", "f = x^2"),
        ("help(sin)", "sin(x)   sine of an angle in radians\n  d/dx  cos(x)"),
        ("latex f/2 + 1", r"\frac{x^{2}}{2} + 1"),
        ("sexpr f", "(** x 2)"),
        ("eval f x=3", "9"),
        ("eval f + x x = 3", "12"),
        ("eval f*y x=3 y=2", "18"),
        ("eval f*y x=3, y=2", "18"),
        ("eval(f*y, x=3, y=2)", "18"),
        ('eval "f" --at x=3', "9"),
        ("diff f", "2*x"),
        ("diff f --order 2", "2"),
        ("diff -f", "-2*x"),
        ("gradient f*y", "d/dx: 2*x*y\nd/dy: x^2"),
        ("gradient(f*y, y)", "d/dy: x^2"),
        ("gradient f*y --var y", "d/dy: x^2"),
        ("simplify f + f", "2*x^2"),
        ("diff f --format latex", r"2 \cdot x"),
        ("vars", "f = x^2"),
        ("clear f", ""),
    ],
)
def test_a_command_can_stand_before_what_it_is_applied_to(line, answer):
    session = Session()
    session.answer("f = x^2")
    found = session.answer(line).text
    assert found == answer or (line.endswith("latex") and found.replace(r" \cdot", "") == "2 x")


def test_a_command_answers_in_json_too():
    assert '"derivative": "2*x"' in last("f = x^2", "diff f --json")


def test_a_fit_is_a_line_too(monkeypatch):
    monkeypatch.chdir(ROOT)
    session = Session()
    assert "converged" in session.answer("fit line examples/line.csv").text
    assert session.answer("eval ans x=10").value.value == pytest.approx(21)
    assert session.answer("fit m*x + b 'examples/line.csv' --rate 0.1 --steps 3").status == 1
    assert "converged" in session.answer("fit(line, examples/line.csv)").text


# ----------------------------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["pi = 3"], "pi is the circle constant"),
        (["e = 3"], "e is Euler's number"),
        (["ans = 3"], "ans is the last result"),
        (["fit = 3"], "fit is a command"),
        (["d(x) = 3"], "d is a command"),
        (["sin(x) = 3"], "sin is a function already"),
        (["f(3) = x"], "the parameters of f are different names"),
        (["f(x, x) = x"], "the parameters of f are different names"),
        (["f(x) = x^2", "f(1, 2)"], "f(x) takes 1 argument, got 2"),
        (["f = x*y", "f(2)"], "define it as f(x, y) = ..."),
        (["d(a*b)"], "several variables: a, b"),
        (["d()"], "d"),
        (["simplify() + 1"], "simplify"),
        (["d(x^2, 2*x)"], "d takes variables after the formula, not 2*x"),
        (["d(x^2, x, 1.5)"], "whole number up to 1000, not 1.5"),
        (["x = 3", "d(x^2, x)"], "x stands for 3 here"),
        (["simplify(x, y)*2"], "simplify takes one formula"),
        (["ans"], "no result yet"),
        (["clear f"], "f is no name given here"),
        (["clear"], "Missing argument 'NAMES...'"),
        (["help sni"], "did you mean 'sin'?"),
        (["eval x"], "no value for the variable 'x'"),
        (["eval 1/x x=0"], "division by zero"),
        (["diff x --ordre 2"], "--order"),
        (['diff x --var "x'], "close the quotation mark"),
        (["fit line"], "Missing argument 'DATA'"),
    ],
)
def test_a_mistake_is_explained(lines, told):
    session = Session()
    for line in lines[:-1]:
        session.answer(line)
    with pytest.raises(SymdiffError) as error:
        session.answer(lines[-1])
    assert told in str(error.value)


# fmt: off
CARETS = [
    ("2*sni(x)",
     "  ^^^"),
    ("f = 2*sni(x)",
     "      ^^^"),
    ("  f(x)  =  2*sni(x)",
     "             ^^^"),
    ("latex 2*sni(x)",
     "        ^^^"),
    ("eval x + *y x=3",
     "         ^"),
    ("eval x x=3+*2",
     "           ^"),
    ("diff sni(x) --order 2",
     "     ^^^"),
    ("diff(sni(x), x)",
     "     ^^^"),
    ("f(x) = f(x))",
     "           ^"),
    ("f = ",
     "   ^"),
    ("x + ",
     "   ^"),
]
# fmt: on


@pytest.mark.parametrize(("line", "carets"), CARETS)
def test_the_caret_stands_under_the_typed_line(line, carets):
    with pytest.raises(ParseError) as error:
        Session().answer(line)
    shown = str(error.value).splitlines()
    assert shown[1:3] == [f"  {line.rstrip()}", f"  {carets}"]


def test_a_mistake_leaves_the_names_as_they_were():
    session = Session()
    session.answer("f = x^2")
    for line in ("f = x +", "clear f g", "f = d(a*b)"):
        with pytest.raises(SymdiffError):
            session.answer(line)
    assert session.answer("f").text == "x^2"


def test_a_variable_may_have_the_name_of_a_function_with_a_note():
    session = Session()
    assert session.answer("gamma = 7/5").text == "gamma = 7/5\n(gamma(...) is still the function)"
    assert session.answer("gamma*x").text == "7*x/5"
    assert session.answer("gamma(3)").text == "2"
    assert session.answer("d = 2").text == "d = 2\n(d(...) is still the command)"
    assert session.answer("d*d(x^2, x)").text == "4*x"


def test_a_value_beyond_the_limit_returns_to_the_prompt():
    session = Session()
    with pytest.raises(LimitError):
        session.answer("eval 9^9^9")
    with pytest.raises(EvaluationError):
        session.answer("eval log(-1)")
    assert session.answer("1 + 1").text == "2"


def test_a_formula_that_doubles_with_each_line_stays_a_graph():
    session = Session()
    session.answer("f = sin(x)")
    for _ in range(60):
        session.answer("f = f*f + cos(f)")
    assert session.answer("x + x").text == "2*x"


# --------------------------------------------------------------------------------------------------------------- help


@pytest.mark.parametrize("name", list(READ))
def test_help_knows_every_function(name):
    text = last(f"help {name}")
    for row in READ[name].values():
        assert row.doc in text
        assert row.example in text


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("sin", "  d/dx  cos(x)"),
        ("^", "  d/dx     n*x^(n - 1)"),
        ("^", "  d/dn     x^n*log(x)"),
        ("log", "  defined  where x > 0"),
        ("log", "  also     ln"),
        ("log", "  example  log(x, 3)"),
        ("besselj", "  d/dn     no formula is known"),
    ],
)
def test_help_shows_what_the_table_says(name, line):
    assert line in last(f"help {name}").splitlines()


def test_help_without_a_name_lists_all_commands():
    text = last("help")
    for name, row in COMMANDS.items():
        assert name in text
        assert row.doc in text


def test_list_shows_every_operation_under_a_heading():
    words = last("list").split()
    for row in TABLE.values():
        assert row.name in words or row.call in words
        assert row.group


def test_vars_shows_definitions_as_they_could_be_typed_again():
    lines = ["f = x^2", "g(x, y) = x*y", "a = 3"]
    assert last(*lines, "vars").splitlines() == lines


# --------------------------------------------------------------------------------------------------------------- pipes


def test_a_pipe_gets_results_line_by_line():
    assert piped("f = x^2\nd(f, x)\n") == (0, "f = x^2\n2*x\n", "")
    assert piped("") == (0, "", "")
    assert piped("1 + 1") == (0, "2\n", "")
    assert piped("1 + 1\nquit\n2 + 2\n") == (0, "2\n", "")


@pytest.mark.parametrize("word", ["quit()", "exit", "exit()"])
def test_other_words_end_a_session_too(word):
    assert piped(f"1 + 1\n{word}\n2 + 2\n") == (0, "2\n", "")


@pytest.mark.parametrize("line", ["fit line a\0b", "fit line examples/line.csv --plot 'a\0.png'"])
def test_a_path_with_a_nul_is_refused(line):
    with pytest.raises(SymdiffError, match="no NUL"):
        last(line)


def test_a_name_by_which_a_command_is_called_has_its_help():
    assert last("help d") == last("help diff")
    assert last("help val") == last("help eval")


def test_a_line_without_an_end_ends_a_session(monkeypatch):
    monkeypatch.setattr("symdiff.app.desk.LONGEST_INPUT", 1000)
    status, out, err = piped("1 + 1\n" + "x" * 2000)
    assert (status, out) == (3, "2\n")
    assert "a line of standard input holds more than 1,000 bytes" in err


def test_a_pipe_goes_on_after_an_error_and_ends_with_the_worst_exit_code():
    status, out, err = piped("x + \n1 + 1\neval 9^9^9\nx + x\n")
    assert status == 3
    assert out == "2\n2*x\n"
    assert err.startswith("line 1: ")
    assert "line 3: " in err


def test_a_pipe_survives_bytes_that_are_no_text():
    status, out, err = piped(b"1 + 1\nx + \xff\nx\0\n\xef\xbb\xbf2 + 2\n")
    assert (status, out) == (2, "2\n4\n")
    assert "line 2: the input is not UTF-8 text" in err
    assert "line 3: " in err


def test_an_escape_sequence_in_a_line_does_not_reach_the_terminal():
    _, out, err = piped("x\x1b[31m + y\n\x1b]0;title\x07\n")
    assert "\x1b" not in out + err


# -------------------------------------------------------------------------------------------------------- the terminal


def conversation(typed: str, tmp_path: Path, monkeypatch, capsys) -> tuple[str, str]:
    """Output and errors when these keys are typed at the prompt."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    session = Session()
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text(typed + 2 * CTRL_D)  # the session ends even where something before did not work
        assert converse(session, prompter(session)) == 0
    shown = capsys.readouterr()
    return shown.out, shown.err


CTRL_C, CTRL_D, UP, ENTER = "\x03", "\x04", "\x1b[A", "\r"


def test_the_prompt_answers_and_ends_with_ctrl_d(tmp_path, monkeypatch, capsys):
    out, err = conversation(f"f = x^2{ENTER}d(f, x){ENTER}{CTRL_D}", tmp_path, monkeypatch, capsys)
    assert out.splitlines()[1:] == ["f = x^2", "2*x"]
    assert err == ""


def test_the_prompt_comes_back_after_mistakes_and_ctrl_c(tmp_path, monkeypatch, capsys):
    typed = f"2*sni(x){ENTER}half a line{CTRL_C}eval 9^9^9{ENTER}1 + 1{ENTER}quit{ENTER}"
    out, err = conversation(typed, tmp_path, monkeypatch, capsys)
    assert out.splitlines()[1:] == ["2"]
    assert "  2*sni(x)\n    ^^^\n" in err


def test_an_open_bracket_goes_on_in_the_next_line(tmp_path, monkeypatch, capsys):
    out, _ = conversation(f"(x +{ENTER}x){ENTER}{CTRL_D}", tmp_path, monkeypatch, capsys)
    assert out.splitlines()[1:] == ["  x + x", "2*x"]


def test_an_empty_line_ends_an_open_bracket(tmp_path, monkeypatch, capsys):
    _, err = conversation(f"(x +{ENTER}{ENTER}{CTRL_D}", tmp_path, monkeypatch, capsys)
    assert "expected" in err or "never closed" in err


def test_the_reading_is_echoed_where_it_differs_from_what_was_typed(tmp_path, monkeypatch, capsys):
    out, _ = conversation(f"1/2x + 1/2x{ENTER}x^2{ENTER}{CTRL_D}", tmp_path, monkeypatch, capsys)
    assert out.splitlines()[1:] == ["  1/(2*x) + 1/(2*x)", "1/x", "x^2"]


def test_history_is_kept_for_the_next_session(tmp_path, monkeypatch, capsys):
    conversation(f"x + x{ENTER}{CTRL_D}", tmp_path, monkeypatch, capsys)
    assert "x + x" in (tmp_path / "symdiff" / "history").read_text(encoding="utf-8")
    out, _ = conversation(f"{UP}{ENTER}{CTRL_D}", tmp_path, monkeypatch, capsys)
    assert out.splitlines()[1:] == ["2*x"]


def test_a_folder_that_cannot_be_written_costs_only_the_history(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    assert isinstance(history(), InMemoryHistory)
    assert "this session only" in capsys.readouterr().err
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert isinstance(history(), FileHistory)


def test_a_relative_data_folder_is_ignored(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    history()
    assert (tmp_path / ".local" / "share" / "symdiff" / "history").exists()


def completions(text: str, session: Session | None = None) -> dict[str, str]:
    """What Tab offers after this text, and what it would insert."""
    found = Names(session or Session()).get_completions(Document(text), CompleteEvent())
    return {completion.display_text: completion.text for completion in found}


def test_tab_offers_functions_names_and_commands():
    session = Session()
    session.answer("area = x^2")
    assert completions("2*sin")["sin"] == "sin("
    assert completions("ar", session)["area"] == "area"
    assert completions("lat")["latex"] == "latex"
    assert completions("2*lat") == {}
    assert completions("help si")["sin"] == "sin"
    assert completions("help lat")["latex"] == "latex"
    assert completions("2*\\Omeg") == {"\\Omega": "Ω"}
    assert completions("\\lam") == {"\\lambda": "λ"}
    assert completions("x + ") == {}


def test_every_completed_letter_is_a_name_or_a_sign_that_formulas_know():
    session = Session()
    for name, letter in Names(session).letters.items():
        around = {"√": "√x", "²": "x²", "³": "x³"}.get(letter, f"x{letter}y" if not letter.isalpha() else letter)
        assert session.answer(around).text, name


@pytest.mark.parametrize("text", ["(x", "((x)", "(x +\n y"])
def test_a_line_waits_while_a_bracket_is_open(text):
    assert is_open(text)


@pytest.mark.parametrize("text", ["(x)", "x)", "(x\n", ""])
def test_a_line_does_not_wait_for_nothing(text):
    assert not is_open(text)


def test_a_mistake_in_symdiff_itself_does_not_end_the_session(monkeypatch, capsys):
    def broken(*_: object) -> None:
        raise RuntimeError("the floor gave way")

    monkeypatch.setattr("symdiff.app.session.simplified", broken)
    assert respond(Session(), "x + x") == 70
    assert "the floor gave way" in capsys.readouterr().err


def test_an_interrupt_while_it_calculates_returns_to_the_prompt(monkeypatch, capsys):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("symdiff.app.session.simplified", interrupted)
    assert respond(Session(), "x + x") == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_the_collector_is_awake_after_an_interrupt(monkeypatch, capsys):
    def interrupted(*_: object) -> None:
        calm.__enter__()
        raise KeyboardInterrupt

    monkeypatch.setattr("symdiff.app.session.simplified", interrupted)
    assert gc.isenabled()
    respond(Session(), "x + x")
    assert gc.isenabled()
    assert calm.depth == 0
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize("line", ["val f x=3", "val(f, x=3)", "eval(f, x=3)", "val(x^2, x=3)", "eval f x=3"])
def test_val_is_another_name_of_eval(line):
    session = Session()
    session.answer("f = x^2")
    assert session.answer(line).text == "9"
