"""Text to expression: `parse`, by the grammar in grammar/formula.lark, and what each rule of the grammar means.

    text -> terminals (lex) -> rules of the grammar (Lark, LALR(1)) -> expression

What names mean is said in `scope`, what is wrong with a text in `mistakes` and `messages`. The expression is made while
the text is parsed: there is no tree in between, and no recursion.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cache
from operator import length_hint
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from symdiff.core import ops
from symdiff.core.calm import calm
from symdiff.core.exact import shortened
from symdiff.core.expr import App, Expr, Sym, lift
from symdiff.errors import OperandError, ParseError
from symdiff.text.lex import Reader, pieces
from symdiff.text.mistakes import misplaced
from symdiff.text.scope import Scope

if TYPE_CHECKING:
    from lark import Lark, UnexpectedToken

Formula: TypeAlias = Expr | str | int | float | Fraction


def parse(text: str, symbols: Iterable[Sym | str] = (), functions: Iterable[str] = ()) -> Expr:
    """The expression that a formula means, exactly as it is written.

    `symbols` are names that are variables and nothing else: `e` and `pi` are then no constants, `f(x)` is a product.
    `functions` are names that before a bracket are functions without a formula, as f, g and h are undeclared. Both as
    `symbols()` takes names. The notation is described in grammar/README.md.

    Raises ParseError, which lists the mistakes found (ten at most) with their places, LimitError where the text passes
    a limit, and OperandError where `text` is no text or a declared name is no name.

    >>> parse("2x² + sin(x)")
    2*x^2 + sin(x)
    >>> parse("e*f(t)", symbols="e f")
    e*(f*t)
    >>> parse("2*sni(x) + 1")
    Traceback (most recent call last):
        ...
    symdiff.errors.ParseError: unknown function 'sni'
      2*sni(x) + 1
        ^^^
    did you mean 'sin'?
    """
    if not isinstance(text, str):
        raise OperandError(f"parse reads text, and {shortened(text)} is none", instead_of(text))
    with calm:
        return read(str.__str__(text), Scope(symbols, functions))


def expression(thing: Formula) -> Expr:
    """The expression that a thing means: itself, the formula of a text, an exact number. Raises as `parse` does.

    >>> expression("x + 1"), expression(0.1)
    (x + 1, 0.1)
    """
    return parse(thing) if isinstance(thing, str) else lift(thing)


def instead_of(thing: object) -> str:
    """The next step for what is no text."""
    if isinstance(thing, (bytes, bytearray)):
        return "decode it first: parse(text.decode())"
    return "numbers and expressions are taken by expression(...)"


def read(text: str, scope: Scope) -> Expr:
    """The expression of a text. Raises everything that is wrong with it as one ParseError."""
    machine = built()
    reader = Reader(text, machine.pieces, scope)
    result: Any = None
    if reader.readable:
        waiting = iter(reader.tokens)
        try:
            result = machine.parser.parse(waiting)
        except machine.stopped as error:
            at_end = error.token.type == "$END"
            blame(reader, len(reader.tokens) - length_hint(waiting) - (0 if at_end else 1))
    if reader.problems:
        raise ParseError(text, sorted(reader.problems.values(), key=lambda problem: problem.span))
    return result  # type: ignore[no-any-return]  # made by the meanings below


def blame(reader: Reader, place: int) -> None:
    """Note the token at which the parser stopped, unless a problem explains it already."""
    if place not in reader.blamed:
        row, span, words = misplaced(reader, place)
        reader.note(row, span, **words)


# ------------------------------------------------------------------------------------------- the meaning of each rule


def binary(p: list[Any]) -> Expr:
    """u + v, and whatever else stands between two operands."""
    return App(p[1].value, (p[0], p[2]))


def continued(p: list[Any]) -> tuple[Expr, Expr]:
    """a < b < c is a < b and b < c: a chain is the condition so far, and its last operand."""
    (condition, last), relation, operand = p
    return App(ops.both, (condition, App(relation.value, (last, operand)))), operand


def appended(p: list[Any]) -> list[Expr]:
    """The arguments so far, with one more."""
    args: list[Expr] = p[0]
    args.append(p[2])
    return args


# fmt: off
MEANINGS: dict[str, Callable[[list[Any]], Any]] = {
    "leaf":               lambda p: p[0].value,
    "second":             lambda p: p[1],

    "binary":             binary,
    "prefix":             lambda p: App(p[0].value, (p[1],)),
    "negative":           lambda p: App(ops.neg, (p[1],)),
    "juxtaposition":      lambda p: App(ops.mul, (p[0], p[1])),
    "raised":             lambda p: App(ops.pow, (p[0], p[1].value)),
    "factorial":          lambda p: App(ops.factorial, (p[0],)),
    "power_of_factorial": lambda p: App(ops.pow, (App(ops.factorial, (p[0],)), p[3])),
    "raised_factorial":   lambda p: App(ops.pow, (App(ops.factorial, (p[0],)), p[2].value)),
    "fenced":             lambda p: App(p[0].value, (p[1],)),

    # The same where a number is still a token.
    "power_of_number":    lambda p: App(ops.pow, (p[0].value, p[2])),
    "raised_number":      lambda p: App(ops.pow, (p[0].value, p[1].value)),
    "factorial_of_number":          lambda p: App(ops.factorial, (p[0].value,)),
    "power_of_factorial_of_number": lambda p: App(ops.pow, (App(ops.factorial, (p[0].value,)), p[3])),
    "raised_factorial_of_number":   lambda p: App(ops.pow, (App(ops.factorial, (p[0].value,)), p[2].value)),
    "root_of_number":     lambda p: App(p[0].value, (p[1].value,)),

    "first_relation":     lambda p: (binary(p), p[2]),
    "next_relation":      continued,
    "compared":           lambda p: p[0][0],

    "call":               lambda p: p[0].of(p[2]),
    "call_of_nothing":    lambda p: p[0].of([]),
    "power_of_call":      lambda p: p[0].raised(p[2], p[4]),
    "raised_call":        lambda p: p[0].raised(p[1].value, p[3]),
    "arguments":          lambda p: p,
    "more_arguments":     appended,
}
# fmt: on


# ------------------------------------------------------------------------------------------------------- the machine


class Machine(NamedTuple):
    """What is built once: the parser, what finds the pieces of a text, and what the parser raises where it stops."""

    parser: Lark
    pieces: re.Pattern[str]
    stopped: type[UnexpectedToken]


@cache
def built() -> Machine:
    """The grammar made into a machine, when the first formula is read: 50 ms, the import of Lark included."""
    from lark import Lark, UnexpectedToken
    from lark.lexer import Lexer

    class Handed(Lexer):
        """In place of a lexer: hands on the tokens of a Reader."""

        def __init__(self, _: object) -> None:
            pass

        def lex(self, tokens: Any) -> Any:  # type: ignore[override]  # the older of Lark's two interfaces
            return tokens

    parser = Lark(
        grammar(),
        parser="lalr",
        lexer=Handed,
        start="formula",
        strict=True,  # a conflict in the grammar is an error
        maybe_placeholders=False,
        transformer=SimpleNamespace(**MEANINGS),
    )
    return Machine(parser, pieces({t.name: t.pattern.to_regexp() for t in parser.terminals}), UnexpectedToken)


def grammar() -> str:
    """The text of the grammar: from symdiff/grammar where the package is installed, else from the repository."""
    from pathlib import Path  # here: 5 ms that `import symdiff` does not need

    package = Path(__file__).resolve().parent.parent
    inside, beside = (folder / "grammar" / "formula.lark" for folder in (package, package.parent))
    return (inside if inside.is_file() else beside).read_text(encoding="utf-8")
