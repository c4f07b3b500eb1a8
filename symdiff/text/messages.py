"""Every sentence the parser can say: what is wrong, the next step, and a text that brings the sentence about.

A row is `says(text, hint, example)`; what stands in braces is filled in where the fact is known. Each row has a picture
in tests/golden/messages, drawn from its example; None where that is too long to stand here, and the test makes it.
"""

from __future__ import annotations

from typing import NamedTuple

from symdiff.errors import LimitError, Problem

LENGTH = 10_000_000  # characters of a text
PIECES = 1_000_000  # names, numbers and signs
DEPTH = 250_000  # brackets in brackets
DIGITS = 1_000_000  # of all long numbers together
SHOWN = 24  # characters of a piece that a sentence repeats


class says(NamedTuple):  # noqa: N801  # a word of the table
    """What is said of one kind of mistake."""

    text: str
    hint: str | None
    example: str | None


MESSAGES = {
    # Characters
    "empty": says("there is no formula here", "example: x^2*sin(x)", ""),
    "hidden_character": says("a hidden character: {character}", "delete it", "x + \u202e1"),
    "unknown_character": says("{character} has no meaning in a formula", None, "3*x + 5€"),
    "similar_character": says("{character} has no meaning in a formula", "did you mean {meant}?", "2*[x + 1]"),
    "equals": says(
        "a single '=' has no meaning in a formula",
        "to compare, write ==; to name a formula at the prompt of symdiff, begin the line with name =",
        "y = 2*x",
    ),
    "slip": says("{found} is no operator", "did you mean {meant}?", "where(x => 0 && x < 1, x, 0)"),
    "underscore": says("a number holds no '_'", "write {meant}", "1_000*x"),
    "two_points": says("{found} is not a number", "a number has one decimal point", "1..2 + x"),
    # Brackets
    "unclosed": says("the bracket {found} is never closed", "add {closing} where it should end", "2*(x + sin(y)"),
    "unclosed_several": says(
        "{count:,} brackets are never closed, this one and those outside it",
        "add {count:,} closing brackets",
        "2*(x + sin(y",
    ),
    "unclosed_bar": says(
        "the bar {found} is never closed",
        "write abs(...) where it is unclear which bars belong together",
        "|x|y||",
    ),
    "stray": says("{found} closes nothing", "remove it, or open a bracket before it", "sin(x)) + 1"),
    "mismatched": says("{found} cannot close {opening}", "write {closing}", "(x + 1⌋"),
    "nothing_inside": says("there is nothing in these brackets", "write something into them, or remove them", "2*()"),
    # Operands and operators
    "formula_ends": says(
        "expected a number, a name or a bracket after {before}, but the formula ends",
        "go on, or remove {before}",
        "x^2 +",
    ),
    "nothing_follows": says(
        "expected a number, a name or a bracket after {before}, found {found}",
        "write something between them, or remove {before}",
        "2*(x + )",
    ),
    "two_operators": says(
        "expected a number, a name or a bracket after {before}, found {found}",
        "remove one of them, or write something between them",
        "x + *y",
    ),
    "nothing_before": says("{found} needs something before it", "write it, or remove {found}", "*x + 1"),
    "needs_brackets": says(
        "{found} cannot follow {before} without brackets", "put {found} and what belongs to it in brackets", "√-x"
    ),
    "two_operands": says("expected an operator between {before} and {found}", "to multiply, write *", "x^2 3"),
    "not_between": says("expected an operator before 'not'", "write 'and not' or 'or not'", "x > 0 not x > 1"),
    "power_of_power": says(
        "{found} cannot follow {before}: it is unclear what is raised to what",
        "put what is raised in brackets",
        "x²^3",
    ),
    "double_factorial": says(
        "the double factorial '!!' is not known",
        "(x!)! is the factorial of the factorial",
        "n!!",
    ),
    "argument_missing": says("an argument is missing before {found}", "write it, or remove the comma", "max(x, )"),
    "decimal_comma": says("a comma separates arguments", "a decimal number has a point: {meant}", "1,5*x"),
    "comma": says(
        "a comma separates the arguments of a function, and these are not",
        "a function's name stands directly before its bracket; a product is written with *",
        "2*(x, y)",
    ),
    # Functions
    "unknown_function": says(
        "unknown function {name}",
        "to multiply, write *; a function without a formula is declared by parse(..., functions=[{name}])",
        "velocity(t)",
    ),
    "similar_function": says("unknown function {name}", "did you mean {meant}?", "2*sni(x) + 1"),
    "arguments": says("{name} takes {takes}, got {count}", "example: {example}", "1 + sin(x, y)"),
    "bare_function": says(
        "{name} is a function: its argument stands in brackets",
        "write {meant}; a variable {name} is multiplied with *",
        "2 sin x",
    ),
    "inverse": says(
        "{name}^-1 is the inverse function to some and the reciprocal to others",
        "write {inverse}(...) or 1/{name}(...)",
        "sin^-1(x)",
    ),
    "reciprocal": says(
        "{name}^-1 is the inverse function to some and the reciprocal to others",
        "for the reciprocal, write 1/{name}(...)",
        "exp^-1(x)",
    ),
    "rational": says(
        "rational takes two whole numbers, the second not 0",
        "example: rational(1, 3); for a quotient write /",
        "rational(x, 2)",
    ),
    "primed_name": says(
        "{name} is the derivative of a function: its argument stands in brackets",
        "write {name}(x)",
        "f' + 1",
    ),
    "primed_row": says(
        "primes are for functions without a formula, and {name} has one",
        "differentiate with d: d('{name}(x)', 'x')",
        "sin'(x)",
    ),
    "primed_slots": says(
        "{name} with {count} arguments does not say in which it is differentiated",
        "example: {example} is differentiated once, in the first",
        "f'(x, y)",
    ),
    # Limits
    "too_long": says(
        "the text has {count:,} characters, and the limit is {limit:,}",
        "build large formulas with Python's operators",
        None,
    ),
    "too_many": says(
        "the text has more than {limit:,} names, numbers and signs, which is the limit",
        "build large formulas with Python's operators",
        None,
    ),
    "too_deep": says(
        "the brackets are nested {count:,} deep, and the limit is {limit:,}",
        "build deep formulas with Python's operators",
        None,
    ),
    "long_number": says(
        "the number {found} has more than {limit:,} digits, which is the limit",
        "a power is left as it is written: 10^n",
        "1e999999999",
    ),
    "too_many_digits": says(
        "the numbers of the text have more than {limit:,} digits together, which is the limit",
        "a power is left as it is written: 10^n",
        None,
    ),
}


def problem(row: str, span: tuple[int, int], /, **words: object) -> Problem:
    """The row of this name, said of a place in a text."""
    text, hint, _ = MESSAGES[row]
    return Problem(text.format(**words), span, hint.format(**words) if hint else None, row)


def limit(row: str, /, **words: object) -> LimitError:
    """The row of this name, said of a whole text."""
    text, hint, _ = MESSAGES[row]
    return LimitError(text.format(**words), hint)


def quoted(piece: str) -> str:
    """A piece of a text as sentences repeat it: in quotes, shortened."""
    return f"'{piece}'" if len(piece) <= SHOWN else f"'{piece[: SHOWN - 1]}…'"
