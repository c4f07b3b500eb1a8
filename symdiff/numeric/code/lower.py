"""Formulas made ready for a programming language: constants computed, powers and rare functions written by others.

What an operation becomes is again an expression, over the rows of the table and the few rows below, which stand for
what only code has: a quotient that cannot be one by 0, a power that is defined, no value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from symdiff.core import ops
from symdiff.core.expr import App, Expr, Num, Op
from symdiff.core.fold import postorder
from symdiff.core.ops import ATOM, ONE, TABLE, cosh, div, exp, hypot, mul, pow, sqrt, where
from symdiff.numeric.code.definitions import DEFINITIONS
from symdiff.numeric.val import UnknownError, on_floats
from symdiff.points.point import Fault, UnboundedError, step

Parts: TypeAlias = tuple[Expr, ...]
Change: TypeAlias = Callable[[App, Parts], Expr]


def row(name: str, arity: int, form: str, precedence: int, *cells: str) -> Op:
    """A row that formulas do not have, and code does."""
    c, python, numpy, javascript, sql = cells
    return Op(
        name, arity, form=form, precedence=precedence, call=name, example=name,
        c=c, python=python, numpy=numpy, javascript=javascript, sql=sql,
    )  # fmt: skip


# fmt: off
OVER     = row("over",      2, "infix",    5,    "/",   "/",        "/",        "/",        "/")
RAISED   = row("raised",    2, "call",     ATOM, "pow", "power",    "np.power", "Math.pow", "power")
ROOTED   = row("rooted",    1, "call",     ATOM, "sqrt", "sqrt",    "np.sqrt",  "Math.sqrt", "sqrt")
NOTHING  = row("nothing",   0, "constant", ATOM, "NAN", "math.nan", "np.nan",   "NaN",      "NULL")
NOT_ZERO = row("not zero",  1, "call",     ATOM, "",    "",         "",         "",         "NULLIF(%1, 0.0)")
AS_TRUTH = row("as truth",  1, "relation", 3,    "",    "",         "",         "",         "%1 <> 0.0")
AS_VALUE = row("as number", 1, "call",     ATOM, "",    "",         "",         "",
               "CASE %1 WHEN TRUE THEN 1.0 WHEN FALSE THEN 0.0 END")
# fmt: on

HALF = Fraction(1, 2)
TINY = Fraction(1, 10**300)
SHORT = (1, 2, 3, 4, HALF)  # exponents of powers that are written by products and roots
SHORT_ROOTS: dict[Expr, Op] = {ops.TWO: sqrt, Num(3): ops.cbrt}
UNSIGNED, NOT_NEGATIVE, ABOVE_ZERO = 0, 1, 2  # what is known of a value: at least 0, at least some positive number


def lowered(roots: Sequence[Expr], language: str) -> list[Expr]:
    """The formulas as this language can say them, with the same values; linear in their size.

    >>> from symdiff import parse
    >>> lowered([parse("x^3 + 2*pi + sec(x)")], "c")
    [x*x*x + 6.283185307179586 + 1/cos(x)]
    """
    roots = rewritten(roots, constant)
    while any([is_rare(node, language) for node in postorder(*roots)]):
        roots = rewritten(roots, lambda node, parts: by_definition(constant(node, parts), language))
    lowering = Lowering(language)
    roots = rewritten(roots, constant)
    return [lowering.as_number(root) for root in rewritten(roots, lowering.change)]


def rewritten(roots: Sequence[Expr], change: Change) -> list[Expr]:
    """The roots with every operation changed, parts before wholes."""
    done: dict[Expr, Expr] = {}
    for node in postorder(*roots):
        done[node] = change(node, tuple([done[part] for part in node.args])) if isinstance(node, App) else node
    return [done[root] for root in roots]


# ----------------------------------------------------------------------------------------------------------- constants


def constant(node: App, parts: Parts) -> Expr:
    """The value of a part without variables, a choice that is known, or the operation on its new parts."""
    if node.op is where and isinstance(parts[0], Num):
        return parts[1] if parts[0].value else parts[2]
    made = App(node.op, parts)
    if not all([isinstance(part, Num) for part in parts]):
        return made
    found = step(made, [part.value for part in parts], on_floats)  # type: ignore[union-attr]  # all are numbers
    if not isinstance(found, Fault):
        return Num(found)
    beyond = isinstance(found.error, OverflowError | UnboundedError | UnknownError)
    return made if beyond else NOTHING()


def is_rare(node: Expr, language: str) -> bool:
    """Whether the language has no name for the operation, and there is a definition."""
    return isinstance(node, App) and not getattr(node.op, language) and has_definition(node.op)


def has_definition(op: Op) -> bool:
    return op.name in DEFINITIONS and TABLE.get(op.name) is op


def by_definition(node: Expr, language: str) -> Expr:
    """The definition of a rare operation, anything else as it is."""
    if not (isinstance(node, App) and is_rare(node, language)):
        return node
    if node.op is ops.root and node.args[1] in SHORT_ROOTS:
        return SHORT_ROOTS[node.args[1]](node.args[0])
    return DEFINITIONS[node.op.name](*node.args)


# ------------------------------------------------------------------------------------------------ powers and quotients


class Lowering:
    """One pass from the parts to the wholes, which remembers what it knows of signs."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.bounds: dict[Expr, int] = {}
        self.special: dict[Op, Callable[..., Expr]] = {
            pow: self.power,
            div: self.quotient,
            sqrt: self.root,
            ops.root: self.real_root,
        }

    def change(self, node: App, parts: Parts) -> Expr:
        """The operation as the language says it."""
        op = node.op
        if self.language == "sql":
            parts = self.of_kinds(op, parts)
        return self.special[op](*parts) if op in self.special else self.make(op, *parts)

    def make(self, op: Op, *parts: Expr) -> App:
        """The operation, and what is known of its sign."""
        made = App(op, parts)
        self.bounds[made] = self.bound(op, parts)
        return made

    def quotient(self, u: Expr, v: Expr) -> Expr:
        """u/v, plainly where v cannot be 0."""
        if self.known(v) == ABOVE_ZERO or (isinstance(v, Num) and float_sign(v)):
            return self.make(OVER, u, v)
        return self.make(OVER, u, NOT_ZERO(v)) if self.language == "sql" else self.make(div, u, v)

    def root(self, u: Expr) -> Expr:
        """The square root, plainly where u cannot be negative."""
        return self.make(ROOTED if self.known(u) else sqrt, u)

    def real_root(self, u: Expr, n: Expr) -> Expr:
        """The n-th root, by a function of its own where n is 2 or 3."""
        if n is ops.TWO:
            return self.root(u)
        return self.make(ops.cbrt, u) if n in SHORT_ROOTS else self.make(ops.root, u, n)

    def power(self, u: Expr, n: Expr) -> Expr:
        """u^n: small integers by products, halves by roots, and by a plain power where the exponent is positive."""
        if not isinstance(n, Num) or not n.value:
            safe = isinstance(u, Num) and u is not ONE and self.known(u) == ABOVE_ZERO
            return self.make(RAISED if safe else pow, u, n)
        q = n.value
        if q < 0 and -q in SHORT:
            inside = self.root(u) if -q == HALF else u
            return self.product(self.quotient(ONE, inside), max(1, -q))
        if q in SHORT:
            return self.root(u) if q == HALF else self.product(u, q)
        whole_or_known = self.language != "sql" or q.denominator == 1 or bool(self.known(u))
        return self.make(RAISED if q > 0 and whole_or_known else pow, u, n)

    def product(self, u: Expr, n: Any) -> Expr:
        """u^n for n = 1, 2, 3, 4."""
        if n == 1:
            return u
        square = self.make(mul, u, u)
        if n == 2:
            return square
        return self.make(mul, square, u if n == 3 else square)

    # ---------------------------------------------------------------------------------------------------------- signs

    def known(self, e: Expr) -> int:
        """What is known of the sign of a value."""
        if isinstance(e, Num):
            return ABOVE_ZERO if float_sign(e) > 0 else NOT_NEGATIVE if not e.value else UNSIGNED
        return self.bounds.get(e, UNSIGNED)

    def bound(self, op: Op, parts: Parts) -> int:
        """What is known of the sign of the result; underflow makes a product of positive numbers 0."""
        if op is cosh:
            return ABOVE_ZERO
        if op in (exp, hypot, ops.absolute, sqrt, ops.sigmoid) or (op is mul and parts[0] is parts[1]):
            return NOT_NEGATIVE
        signs = [self.known(part) for part in parts]
        if op is ops.add:
            return max(signs) if min(signs) else UNSIGNED
        if op is ROOTED:
            return signs[0]
        if op is RAISED and isinstance(parts[1], Num) and parts[1].value % 2 == 0:
            return NOT_NEGATIVE
        return NOT_NEGATIVE if op in (mul, OVER, div) and min(signs) else UNSIGNED

    # ---------------------------------------------------------------------------------------------------------- truth

    def of_kinds(self, op: Op, parts: Parts) -> Parts:
        """The parts as the operation wants them: SQL keeps truth and numbers apart."""
        if op.form == "logic":
            return tuple(map(self.as_truth, parts))
        if op is where:
            return self.as_truth(parts[0]), self.as_number(parts[1]), self.as_number(parts[2])
        return tuple(map(self.as_number, parts))

    def as_truth(self, e: Expr) -> Expr:
        return e if is_truth(e) else AS_TRUTH(e)

    def as_number(self, e: Expr) -> Expr:
        return AS_VALUE(e) if self.language == "sql" and is_truth(e) else e


def is_truth(e: Expr) -> bool:
    """Whether SQL sees a truth value here."""
    return isinstance(e, App) and e.op.form in ("relation", "logic")


def float_sign(n: Num) -> int:
    """The sign of the number as a float, in which what is tiny is 0."""
    return 1 if n.value > TINY else -1 if n.value < -TINY else 0
