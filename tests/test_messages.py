"""Every sentence of the parser, as a picture kept in golden/messages. SYMDIFF_GOLDEN=write draws them anew."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from symdiff import parse
from symdiff.errors import LimitError, ParseError, SymdiffError
from symdiff.text.lex import MOST
from symdiff.text.messages import DEPTH, DIGITS, LENGTH, MESSAGES, PIECES

GOLDEN = Path(__file__).parent / "golden" / "messages"

# Texts too long to stand in the table.
LONG: dict[str, Callable[[], str]] = {
    "too_long": lambda: "x" * (LENGTH + 1),
    "too_many": lambda: "x+" * (PIECES // 2) + "x",
    "too_deep": lambda: "(" * (DEPTH + 1) + "x" + ")" * (DEPTH + 1),
    "too_many_digits": lambda: "+".join([f"{i}e-99000" for i in range(1, DIGITS // 99_000 + 3)]),
}

every_row = pytest.mark.parametrize("row", MESSAGES)


@cache
def refusal(row: str) -> SymdiffError:
    text = MESSAGES[row].example
    with pytest.raises((ParseError, LimitError)) as caught:
        parse(LONG[row]() if text is None else text)
    return caught.value


@every_row
def test_a_message_is_the_picture_that_was_approved(row):
    picture = str(refusal(row)) + "\n"
    file = GOLDEN / f"{row}.txt"
    if os.environ.get("SYMDIFF_GOLDEN") == "write":
        file.write_text(picture, encoding="utf-8")
    assert picture == file.read_text(encoding="utf-8")


@every_row
def test_the_example_of_a_row_brings_its_own_message_about(row):
    error = refusal(row)
    if isinstance(error, ParseError):
        assert row in [problem.name for problem in error.problems]
    else:
        before, _, after = MESSAGES[row].text.partition("{limit:,}")
        assert error.message.endswith(after)
        assert error.message.startswith(before.partition("{")[0])


def test_no_picture_is_left_without_a_message():
    assert sorted([file.stem for file in GOLDEN.iterdir()]) == sorted(MESSAGES)


@every_row
def test_a_message_names_no_terminal_of_the_grammar(row):
    words = set(str(refusal(row)).replace("'", " ").split())
    assert not words & {"NUMBER", "NAME", "FUNC", "POWER", "OPEN", "CLOSE", "LFENCE", "RFENCE", "SUPERSCRIPT", "$END"}


@every_row
def test_a_message_says_what_to_do_next_unless_nothing_can_be_said(row):
    assert MESSAGES[row].hint is not None or row == "unknown_character"


# -------------------------------------------------------------------------------------------- which mistake, and where


def mistakes(text):
    """The name of every mistake, with the piece of the text at which it points."""
    with pytest.raises(ParseError) as caught:
        parse(text)
    return [(problem.name, text[slice(*problem.span)]) for problem in caught.value.problems]


def test_several_mistakes_are_reported_together():
    assert mistakes("sni(x) + cso(y)*sin(x, y) + 2 3") == [
        ("similar_function", "sni"),
        ("similar_function", "cso"),
        ("arguments", "sin"),
        ("two_operands", "3"),
    ]


def test_the_same_mistake_is_reported_once_and_many_are_cut_short():
    assert len(mistakes("sni(x) + " * 100 + "x")) == 1
    assert len(mistakes(" + ".join([f"abc{i}(x)" for i in range(1000)]))) == MOST


@pytest.mark.parametrize(("name", "meant"), [("sni", "sin"), ("cso", "cos"), ("Sin", "sin"), ("arctg", "arctan")])
def test_the_nearest_name_is_meant(name, meant):
    with pytest.raises(ParseError) as caught:
        parse(f"{name}(x)")
    assert caught.value.hint == f"did you mean '{meant}'?"


@pytest.mark.parametrize("text", ["x +", "x +   ", "x*y +\n", "2^"])
def test_at_the_end_of_a_text_the_caret_stands_after_the_last_character(text):
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert caught.value.span == (len(text.rstrip()),) * 2


HIDDEN = "\0\a\x0b\x1c\x7f\u061c\u200b\u202a\u202e\u2066\u2069\u2028\ufeff\ud800\ue000"

# fmt: off
MISTAKES = [
    ("sin x",               "bare_function",     "sin"),
    ("sin 2",               "bare_function",     "sin"),
    ("sin²x",               "bare_function",     "sin"),
    ("2 log^2 n",           "bare_function",     "log"),
    ("sin|x|",              "bare_function",     "sin"),
    ("sqrt √x",             "bare_function",     "sqrt"),
    ("sin⁻¹(x)",            "inverse",           "sin"),
    ("sin^(-1)(x)",         "inverse",           "sin"),
    ("f^-1(x)",             "reciprocal",        "f"),
    ("f'",                  "primed_name",       "f'"),
    ("f'3(x, y)",           "primed_slots",      "f'3"),
    ("f'0(x)",              "primed_slots",      "f'0"),
    ("f'1'(x, y)",          "primed_slots",      "f'1'"),
    ("f()",                 "arguments",         "f"),
    ("max(x)",              "arguments",         "max"),
    ("log(x, y, z)",        "arguments",         "log"),
    ("rational(1, 0)",      "rational",          "rational"),
    ("rational(1/2, 3)",    "rational",          "rational"),
    ("xlog(x)",             "similar_function",  "xlog"),
    ("xy(x+1)",             "unknown_function",  "xy"),
    ("2 3",                 "two_operands",      "3"),
    ("(x)2",                "two_operands",      "2"),
    ("x 2",                 "two_operands",      "2"),
    ("1.2.3",               "two_points",        "1.2.3"),
    ("(1,5)",               "decimal_comma",     "1,5"),
    ("(1, 5)",              "comma",             ","),
    ("f(x,,y)",             "argument_missing",  ","),
    ("max(,x)",             "argument_missing",  ","),
    ("()",                  "nothing_inside",    ")"),
    ("⌊⌋",                  "nothing_inside",    "⌋"),
    ("/x",                  "nothing_before",    "/"),
    ("²",                   "nothing_before",    "²"),
    ("!x",                  "nothing_before",    "!"),
    ("(*x)",                "nothing_before",    "*"),
    ("x^^2",                "two_operators",     "^"),
    ("x <> y",              "two_operators",     ">"),
    ("x + not y",           "needs_brackets",    "not"),
    ("x²²³³^2",             "power_of_power",    "^"),
    ("x²!",                 "power_of_power",    "!"),
    ("x === y",             "equals",            "="),
    ("x =< y",              "slip",              "=<"),
    ("\uff08x\uff09",      "similar_character", "\uff08"),
    ("x⁽²⁾",                "similar_character", "⁽"),
    ("xᴬ",                  "similar_character", "ᴬ"),
    ("½x",                  "unknown_character", "½"),
    ("x; y",                "unknown_character", ";"),
    ("2'",                  "unknown_character", "'"),
    ("x.y",                 "unknown_character", "."),
    ("(|x)",                "unclosed_bar",      "|"),
    ("|x|y||",              "unclosed_bar",      "|"),
    ("||",                  "unclosed_bar",      "|"),
    (")x(",                 "stray",             ")"),
    ("⌊x)",                 "mismatched",        ")"),
    ("12_000.5",            "underscore",        "12_000.5"),
    (" \n ",                "empty",             ""),
    *[(f"x{c}y",            "hidden_character",  c) for c in HIDDEN],
]
# fmt: on


@pytest.mark.parametrize(("text", "name", "piece"), MISTAKES)
def test_a_mistake_is_named_and_placed(text, name, piece):
    assert (name, piece) in mistakes(text)


DEEP = 100_000


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("(" * DEEP + "x" + ")" * DEEP + " 2", "two_operands"),
        ("(" * DEEP + "x + " + ")" * DEEP, "nothing_follows"),
        ("sin(" * DEEP + "x" + ")" * (DEEP - 1), "unclosed"),
        ("sin(" * DEEP + "x" + ")" * (DEEP + 1), "stray"),
        ("|" * DEEP, "unclosed_bar"),
        ("$" * DEEP, "unknown_character"),
        ("\0" * DEEP, "hidden_character"),
        ("sni(" * DEEP + "x" + ")" * DEEP, "similar_function"),
    ],
    ids=["late", "middle", "unclosed", "stray", "bars", "strangers", "hidden", "unknown"],
)
def test_a_mistake_is_found_at_any_depth(text, name):
    assert name in dict(mistakes(text))
