"""The field of the constants of a formula: fractions of polynomials in symbols and in values such as sin(a) or log(2).

Between these values there may be relations (sin(a)^2 + cos(a)^2 = 1); so before a coefficient is taken for one that is
not 0, the simplifier is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from symdiff.algebra.normal import normal
from symdiff.algebra.poly import context
from symdiff.algebra.simplify import simplify
from symdiff.core import ops
from symdiff.core.exact import Exact, normalised
from symdiff.core.expr import App, Expr, Num, Sym
from symdiff.core.fold import fold, free_symbols, subs
from symdiff.core.ops import ONE, ZERO
from symdiff.errors import EvaluationError, LimitError, UndefinedError
from symdiff.numeric.ball import Search
from symdiff.numeric.unbounded import has_no_ball
from symdiff.points.recurrences import undefined
from symdiff.points.series import OpenError

Poly: TypeAlias = Any  # fmpz_mpoly, which python-flint gives no types for

ROOM = 40  # generators
MOST_PRODUCTS = 200_000  # of terms, in one product: what has more takes seconds to be brought to lowest terms
MOST_EXPONENT = 1000
READABLE = 60  # terms of a coefficient that is worth a second of the simplifier's time
SECONDS = 2.0  # for the simplifier, each time
RING = context(ROOM)
GENERATORS: tuple[Poly, ...] = RING.gens()


class Fraction:
    """top/bottom in lowest terms. Raises LimitError where the polynomials get too long."""

    __slots__ = ("bottom", "top")

    def __init__(self, top: Poly, bottom: Poly) -> None:
        common = bottom if top == 0 else top.gcd(bottom)
        if bottom.leading_coefficient() < 0:
            common = -common if common.leading_coefficient() > 0 else common
        self.top, self.bottom = (top, bottom) if common.is_one() else (top / common, bottom / common)

    def __add__(self, other: Fraction | int) -> Fraction:
        if isinstance(other, int):
            return Fraction(self.top + self.bottom * other, self.bottom)
        if self.bottom == other.bottom:
            return Fraction(self.top + other.top, self.bottom)
        top = product(self.top, other.bottom) + product(other.top, self.bottom)
        return Fraction(top, product(self.bottom, other.bottom))

    def __neg__(self) -> Fraction:
        return Fraction(-self.top, self.bottom)

    def __sub__(self, other: Fraction) -> Fraction:
        return self + -other

    def __mul__(self, other: Fraction | int) -> Fraction:
        if isinstance(other, int):
            return Fraction(self.top * other, self.bottom)
        return Fraction(product(self.top, other.top), product(self.bottom, other.bottom))

    def __truediv__(self, other: Fraction | int) -> Fraction:
        if isinstance(other, int):
            return Fraction(self.top, self.bottom * other)
        return Fraction(product(self.top, other.bottom), product(self.bottom, other.top))

    def __eq__(self, other: object) -> bool:
        return bool(self.top == other and (other == 0 or self.bottom == 1))

    __hash__ = None  # type: ignore[assignment]  # never a key


def product(p: Poly, q: Poly) -> Poly:
    if len(p) * len(q) > MOST_PRODUCTS:
        raise LimitError("the coefficients of the Taylor series get too long", "ask for fewer terms, or give numbers")
    return p * q


class Constants:
    """The field, whose generators are met on the way."""

    def __init__(self) -> None:
        self.known: dict[Expr, int] = {}  # the generators
        self.zeros: dict[Expr, bool] = {}

    # ------------------------------------------------------------------------------------- formulas in and out

    def read(self, e: Expr) -> Fraction:
        """The element that a formula without x is."""
        plain = simplify(e, SECONDS)
        return fold(plain, num=lambda n: self.number(n.value), sym=self.generator, app=self.combined)

    def combined(self, node: App, parts: list[Fraction]) -> Fraction:
        if node.op in ARITHMETIC:
            if node.op is ops.div and parts[1] == 0:
                raise undefined(node, "division by zero")
            found: Fraction = ARITHMETIC[node.op](*parts)
            return found
        if node.op is ops.pow and (n := ops.rational_value(node.args[1])) is not None and n.denominator == 1:
            return self.power(node, parts[0], n.numerator)
        return self.generator(node)

    def power(self, node: App, u: Fraction, n: int) -> Fraction:
        if n < 0 and u == 0:
            raise undefined(node, "division by zero")
        if abs(n) > MOST_EXPONENT or len(u.top) + len(u.bottom) > 12:
            return self.generator(node)
        top, bottom = u.top ** abs(n), u.bottom ** abs(n)
        return Fraction(bottom, top) if n < 0 else Fraction(top, bottom)

    def generator(self, e: Expr) -> Fraction:
        """A value as a new unknown."""
        place = self.known.setdefault(e, len(self.known))
        if place >= ROOM:
            raise LimitError("the Taylor series has too many constants", "ask for fewer terms, or give numbers")
        return Fraction(GENERATORS[place], RING.constant(1))

    def written(self, c: Fraction) -> Expr:
        """An element as a formula, simplified; where it is long, only in order."""
        e = self.quotient(c)
        return simplify(e, SECONDS) if len(c.top) + len(c.bottom) <= READABLE else normal(e)

    def quotient(self, c: Fraction) -> Expr:
        """The same as it is."""
        top, bottom = self.polynomial(c.top), self.polynomial(c.bottom)
        return top if bottom is ONE else top / bottom

    def polynomial(self, p: Poly) -> Expr:
        total: Expr = ZERO
        for exponents, c in p.terms():
            term: Expr = Num(int(c))
            for e, n in zip(self.known, exponents, strict=False):
                term = term * e ** int(n) if n else term
            total = total + term
        return total

    # ----------------------------------------------------------------------------------------------- the field

    def number(self, q: Exact) -> Fraction:
        return Fraction(RING.constant(q.numerator), RING.constant(q.denominator))

    def value(self, node: App, args: Sequence[Fraction]) -> Fraction:
        """The value of a row: by arithmetic, else a formula. Raises UndefinedError where it certainly has none."""
        if node.op is ops.div and self.is_zero(args[1]):
            raise undefined(node, "division by zero")
        if node.op in ARITHMETIC:
            found: Fraction = ARITHMETIC[node.op](*args)
            return found
        here = App(node.op, tuple([self.written(c) for c in args]))
        exact = None if free_symbols(here) else exact_value(here)
        return self.read(here) if exact is None else self.number(exact)

    def sign(self, c: Fraction) -> int:
        """Raises OpenError where it depends on symbols."""
        if self.is_zero(c):
            return 0
        e = self.written(c)
        if free_symbols(e):
            raise OpenError(f"the sign of {e} is open")
        return 1 if Search(e, {}, 1).run().lower > 0 else -1

    def is_zero(self, c: Fraction) -> bool:
        if c.top.is_constant() or self.is_free(c.top):
            return bool(c == 0)
        e = self.quotient(Fraction(c.top, RING.constant(1)))
        if e not in self.zeros:
            self.zeros[e] = simplify(e, SECONDS) is ZERO
        return self.zeros[e]

    def is_free(self, p: Poly) -> bool:
        """Whether a polynomial holds symbols alone, between which there are no relations."""
        degrees = p.degrees()
        return all(
            [place >= len(degrees) or not degrees[place] or isinstance(e, Sym) for e, place in self.known.items()]
        )

    def integer(self, c: Fraction) -> int | None:
        q = ops.rational_value(self.written(c)) if c.top.is_constant() else None
        return q.numerator if q is not None and q.denominator == 1 else None

    def holds(self, condition: Expr, values: Mapping[Sym, Fraction]) -> bool:
        """Whether a condition holds; where it depends on symbols, it is taken to."""
        here = subs(condition, {name: self.written(c) for name, c in values.items()})
        return bool(free_symbols(here)) or Search(here, {}, 1).run().lower == 1


def exact_value(e: App) -> Exact | None:
    """The rational number that a value without symbols is, if balls show it. Raises UndefinedError where it is none.

    An abstract function may have any value.
    """
    try:
        found = Search(e, {}, 1).run()
    except UndefinedError:
        raise
    except EvaluationError:
        if has_no_ball(e.op):
            return None
        raise
    return normalised(found.mid) if found.lower == found.upper else None


ARITHMETIC: dict[Any, Any] = {
    ops.add: Fraction.__add__,
    ops.sub: Fraction.__sub__,
    ops.mul: Fraction.__mul__,
    ops.div: Fraction.__truediv__,
    ops.neg: Fraction.__neg__,
}
