"""Text to expression: `parse`, by the grammar in grammar/formula.lark, and what each of its rules means.

    text -> terminals (lex) -> grammar (Lark, LALR(1), inline) -> expression

Names get their meaning in `scope`, mistakes their sentence in `mistakes` and `messages`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import cache
from operator import length_hint
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from symdiff.core import ops
from symdiff.core.calm import calm
from symdiff.core.expr import App, Expr, Op, Sym, lift, shortened
from symdiff.errors import OperandError, ParseError
from symdiff.text.lex import OTHER, Call, Reader, Token
from symdiff.text.mistakes import misplaced
from symdiff.text.scope import Scope

if TYPE_CHECKING:
    from lark import Lark

Formula: TypeAlias = Expr | str | int | float | Fraction


def parse(text: str, symbols: Iterable[Sym | str] = (), functions: Iterable[str] = ()) -> Expr:
    """The expression that a formula means, exactly as it is written.

    `symbols` are names that are variables and nothing else: `e` and `pi` then are no constants, and `f(x)` is a product.
    `functions` are names that before a bracket are functions without a formula, as f, g and h are undeclared. Both as
    `symbols()` takes names. The notation is described in grammar/README.md.

    Raises ParseError, which lists everything found wrong with its place; LimitError where the text passes a limit; OperandError
    where `text` is no text.

    >>> parse("2x² + sin(x)")
    2*x^2 + sin(x)
    >>> parse("e*t", symbols="e")
    e*t
    >>> parse("2*sni(x) + 1")
    Traceback (most recent call last):
        ...
    symdiff.errors.ParseError: unknown function 'sni'
      2*sni(x) + 1
        ^^^
    did you mean 'sin'?
    """
    if not isinstance(text, str):
        raise OperandError(f"parse reads text, and {shortened(text)} is none", wanted(text))
    with calm:
        return read(str.__str__(text), Scope(symbols, functions))


def expression(thing: Formula) -> Expr:
    """The expression that a thing means: itself, the formula of a text, the exact number. Raises as `parse` does.

    >>> expression("x + 1"), expression(0.1)
    (x + 1, 0.1)
    """
    return parse(thing) if isinstance(thing, str) else lift(thing)


def wanted(thing: object) -> str:
    if isinstance(thing, (bytes, bytearray)):
        return "decode it first: thing.decode()"
    return "expression(thing) takes expressions and numbers too"


def read(text: str, scope: Scope) -> Expr:
    """The expression of a text, or everything that is wrong with it as one ParseError."""
    machine = built()
    reader = Reader(text, machine.pieces, scope)
    result: Any = None
    if reader.readable:
        waiting = iter(reader.tokens)
        try:
            result = machine.parser.parse(waiting)  # type: ignore[arg-type]  # read by Handed, not by a lexer of Lark's
        except machine.stopped as error:
            left = length_hint(waiting)
            blame(reader, len(reader.tokens) - left - (error.token.type != "$END"))
    if reader.problems:
        raise ParseError(text, sorted(reader.problems.values(), key=lambda problem: problem.span))
    return result  # type: ignore[no-any-return]  # Lark does not say what the meanings return


def blame(reader: Reader, place: int) -> None:
    """Note the token at which the parser stopped, unless a problem explains it already."""
    if place not in reader.blamed:
        row, span, words = misplaced(reader, place)
        reader.note(row, span, **words)


# ------------------------------------------------------------------------------------------------- the meaning of each rule


def binary(p: list[Any]) -> Expr:
    return App(p[1].value, (p[0], p[2]))


def continued(p: list[Any]) -> tuple[Expr, Expr]:
    """a < b < c is a < b and b < c: a chain is the condition so far, and its last operand."""
    (condition, last), relation, operand = p
    return App(ops.both, (condition, App(relation.value, (last, operand)))), operand


def raised_call(call: Call, exponent: Expr, args: list[Expr]) -> Expr:
    if exponent is ops.MINUS_ONE:
        call.refuse_inverse()
    return App(ops.pow, (call.of(args), exponent))


def grown(args: list[Expr], arg: Expr) -> list[Expr]:
    args.append(arg)
    return args


# fmt: off
MEANINGS: dict[str, Callable[[list[Any]], Any]] = {
    "leaf":             lambda p: p[0].value,
    "second":           lambda p: p[1],

    "binary":           binary,
    "prefix":           lambda p: App(p[0].value, (p[1],)),
    "negative":         lambda p: App(ops.neg, (p[1],)),
    "juxtaposition":    lambda p: App(ops.mul, (p[0], p[1])),
    "raised":           lambda p: App(ops.pow, (p[0], p[1].value)),
    "factorial":        lambda p: App(ops.factorial, (p[0],)),
    "power_of_factorial":  lambda p: App(ops.pow, (App(ops.factorial, (p[0],)), p[3])),
    "raised_factorial":    lambda p: App(ops.pow, (App(ops.factorial, (p[0],)), p[2].value)),
    "fenced":           lambda p: App(p[0].value, (p[1],)),

    # A number is a token here, and not yet an expression.
    "power_of_number":  lambda p: App(ops.pow, (p[0].value, p[2])),
    "raised_number":    lambda p: App(ops.pow, (p[0].value, p[1].value)),
    "factorial_of_number":           lambda p: App(ops.factorial, (p[0].value,)),
    "power_of_factorial_of_number":  lambda p: App(ops.pow, (App(ops.factorial, (p[0].value,)), p[3])),
    "raised_factorial_of_number":    lambda p: App(ops.pow, (App(ops.factorial, (p[0].value,)), p[2].value)),
    "root_of_number":   lambda p: App(p[0].value, (p[1].value,)),

    # A chain of relations is the condition so far and its last operand.
    "first_relation":   lambda p: (binary(p), p[2]),
    "next_relation":    continued,
    "compared":         lambda p: p[0][0],

    "call":             lambda p: p[0].of(p[2]),
    "call_of_nothing":  lambda p: p[0].of([]),
    "power_of_call":    lambda p: raised_call(p[0], p[2], p[4]),
    "raised_call":      lambda p: raised_call(p[0], p[1].value, p[3]),
    "arguments":        lambda p: p,
    "more_arguments":   lambda p: grown(p[0], p[2]),
}
# fmt: on


# ------------------------------------------------------------------------------------------------------------- the machine


class Machine(NamedTuple):
    """What is built once: the parser, the pattern of the pieces of a text, and what the parser raises where it stops."""

    parser: Lark
    pieces: re.Pattern[str]
    stopped: type[Exception]


@cache
def built() -> Machine:
    """The grammar made into a machine, when the first formula is read: 50 ms with the import of Lark."""
    from lark import Lark, UnexpectedToken
    from lark.lexer import Lexer

    class Handed(Lexer):
        """Hands on the tokens of a Reader."""

        def __init__(self, _: object) -> None:
            pass

        def lex(self, tokens: Any) -> Any:  # type: ignore[override]  # the older form of the interface, without a state
            return tokens

    parser = Lark(
        grammar(),
        parser="lalr",
        lexer=Handed,
        start="formula",
        strict=True,  # a conflict is an error
        maybe_placeholders=False,
        transformer=SimpleNamespace(**MEANINGS),
    )
    groups = [f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in parser.terminals]
    return Machine(parser, re.compile("|".join([*groups, OTHER])), UnexpectedToken)


def grammar() -> str:
    """The text of the grammar: of symdiff.grammar where the package is installed, of the repository where it is not."""
    package = Path(__file__).resolve().parent.parent
    places = [folder / "grammar" / "formula.lark" for folder in (package, package.parent)]
    return next(place for place in places if place.is_file()).read_text(encoding="utf-8")
