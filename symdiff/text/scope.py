"""What a name means in a formula: by itself, and before a bracket.

    declared as a symbol          the symbol; before a bracket it multiplies
    declared as a function        a variable; before a bracket a function without a formula
    pi, π, e                      the constants, which multiply
    a name of the table           a variable; before a bracket the function
    f, g, h, also f1, g_2         a variable; before a bracket a function without a formula
    one letter, also x1, x_2      a variable, which multiplies
    any other                     a variable; before a bracket a mistake

The table is asked anew for each formula: a row added by `operation()` is read at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from symdiff.core.declare import UNDECLARED, abstract
from symdiff.core.expr import App, Expr, Num, Op, Sym
from symdiff.core.names import checked_name
from symdiff.core.ops import READ, TABLE, ZERO
from symdiff.errors import OperandError, elided, nearest
from symdiff.text.messages import quoted
from symdiff.text.names import GREEK

CONSTANTS = {name: row for row in TABLE.values() if row.form == "constant" for name in (row.call, row.unicode)}
ONE_LETTER = re.compile(r"[^\W\d_]_?[0-9]*")
PRIMES = str.maketrans({"′": "'", "\u2019": "'", "″": "''", "‴": "'''"})


class Mistake(Exception):  # noqa: N818  # caught where it is placed, never seen by a user
    """A row of the messages, and the words that fill it in; the place is known where it is caught."""

    def __init__(self, row: str, /, **words: object) -> None:
        super().__init__(row)
        self.row = row
        self.words = words


class Function(NamedTuple):
    """What a name means before a bracket. `apply` takes the arguments and raises Mistake.

    `bare`: beside an operand the name is rather a call without brackets than a variable.
    """

    name: str
    apply: Callable[[list[Expr]], Expr]
    known: bool = True
    bare: bool = False
    primes: str = ""


class Scope:
    """The names of one formula. Raises OperandError where a declared name is no name, or is declared as both."""

    def __init__(self, symbols: Iterable[Sym | str] = (), functions: Iterable[str] = ()) -> None:
        self.symbols = declared(symbols)
        self.functions = declared(functions)
        if both := sorted(self.symbols & self.functions):
            raise OperandError(f"{both[0]!r} is declared as a symbol and as a function", "declare it as one of them")

    def value(self, name: str) -> Expr:
        """What a name stands for by itself."""
        row = CONSTANTS.get(name)
        if row is None or name in self.symbols or name in self.functions:
            return Sym(name)
        return App(row, ())

    def function(self, name: str) -> Function | None:
        """What a name means before a bracket; None where it multiplies."""
        if name in self.symbols:
            return None
        if name in self.functions or UNDECLARED.fullmatch(name):
            return without_formula(name)
        if name in CONSTANTS:
            return None
        if rows := READ.get(name):
            return of_rows(name, rows)
        if ONE_LETTER.fullmatch(name):
            return None
        return RATIONAL if name == RATIONAL.name else Function(name, nothing, known=False)

    def derivative(self, name: str, primes: str) -> Function:
        """What a name with primes means before a bracket."""
        primes = primes.translate(PRIMES)
        if name in READ and name not in self.functions:
            return Function(name + primes, has_formula(name), primes=primes)
        return without_formula(name, primes)

    def unknown(self, name: str) -> tuple[str, dict[str, object]]:
        """What to say of a name before a bracket that is nobody's: a row of the messages, and its words."""
        meant = nearest(name, [*READ, *self.functions]) if len(name) <= LONGEST else None
        if name[1:] in READ and name[0] != name[1]:
            meant = f"{name[0]}*{name[1:]}"  # `xlog(x)`
        if meant is None:
            return "unknown_function", {"name": quoted(name)}
        return "similar_function", {"name": quoted(name), "meant": quoted(meant)}


LONGEST = 40  # characters of a name that is compared with the known ones


def declared(names: Iterable[Sym | str]) -> frozenset[str]:
    """Names given as `symbols` takes them: one text, or names and symbols."""
    if isinstance(names, str):
        names = names.replace(",", " ").split()
    elif isinstance(names, Sym):
        names = (names,)
    return frozenset([name.name if isinstance(name, Sym) else checked_name(name) for name in names])


def nothing(_: list[Expr]) -> Expr:
    """The value of an unknown function, which nobody will see."""
    return ZERO


def of_rows(name: str, rows: Mapping[int, Op]) -> Function:
    """The function of the table with this name."""

    def apply(args: list[Expr]) -> Expr:
        row = rows.get(len(args)) or gathering(rows, len(args))
        if row is None:
            example = rows[min(rows, key=lambda arity: abs(arity - len(args)))].example
            raise Mistake("arguments", name=name, takes=number_of_arguments(rows), count=len(args), example=example)
        return App(row, tuple(args))

    return Function(name, apply, bare=is_word(name))


def is_word(name: str) -> bool:
    """Whether a name is a word rather than a letter: `log x` lacks brackets, `beta x` and `g x` are products."""
    return name not in GREEK and not ONE_LETTER.fullmatch(name)


def gathering(rows: Mapping[int, Op], count: int) -> Op | None:
    """The row that takes any number of arguments, from its own number on: max(x, y, z)."""
    return next((row for arity, row in rows.items() if row.associative and count >= arity), None)


def number_of_arguments(rows: Mapping[int, Op]) -> str:
    """In words: "1 argument", "1 or 2 arguments", "2 or more arguments"."""
    numbers = " or ".join([f"{arity} or more" if rows[arity].associative else str(arity) for arity in sorted(rows)])
    return f"{numbers} argument{'' if numbers == '1' else 's'}"


def without_formula(name: str, primes: str = "") -> Function:
    """The abstract function of this name, differentiated as the primes say: f'' twice, f'1'2 in both arguments."""

    def apply(args: list[Expr]) -> Expr:
        if not args:
            written = elided(name + primes)
            raise Mistake("arguments", name=written, takes="1 or more arguments", count=0, example=f"{written}(x)")
        slots = slots_of(primes.split("'")[1:], len(args))
        if slots is None:
            written, example = elided(name + primes), f"{elided(name)}'1(x, y)"
            raise Mistake("primed_slots", name=written, count=len(args), example=example)
        return App(abstract(name, slots, len(args)), tuple(args))

    return Function(name + primes, apply, bare=not primes and is_word(name), primes=primes)


def slots_of(marks: list[str], arity: int) -> tuple[int, ...] | None:
    """The arguments in which the primes differentiate, given what follows each; None where they do not say it."""
    if arity == 1 and not any(marks):
        return (1,) * len(marks)
    if all(mark and len(mark) < 7 and 1 <= int(mark) <= arity for mark in marks):
        return tuple(map(int, marks))
    return None


def has_formula(name: str) -> Callable[[list[Expr]], Expr]:
    """What refuses primes on a function of the table."""

    def apply(_: list[Expr]) -> Expr:
        raise Mistake("primed_row", name=name)

    return apply


def rational_number(args: list[Expr]) -> Expr:
    """rational(1, 3): the number itself, where 1/3 is a quotient of two."""
    match args:
        case [Num(value=int(top)), Num(value=int(bottom))] if bottom != 0:
            return Num(Fraction(top, bottom))
    raise Mistake("rational")


RATIONAL = Function("rational", rational_number, bare=True)
