"""Rational functions written as formulas, the way a reader writes them.

Sums have the highest degree first but a positive term in front; what is negative is subtracted. Products begin with the
number and symbols, and what has a negative exponent stands under one bar.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from math import lcm

from symdiff.algebra.budget import tick
from symdiff.algebra.poly import fmpq, fmpz_mpoly
from symdiff.algebra.rational.functions import Region
from symdiff.algebra.rational.products import Product
from symdiff.core import ops
from symdiff.core.exact import Exact, is_decimal
from symdiff.core.expr import App, Expr, Num
from symdiff.core.ops import ONE, ZERO

HALF = Fraction(1, 2)

Row = Sequence[int]  # exponents of all generators
Terms = Sequence[tuple[Row, int]]  # of a sum, with integer coefficients


class Writer:
    """Writes what is in one region. `exponential` makes exp of a sum of terms with coefficients."""

    def __init__(self, region: Region, decimals: bool, exponential: Callable[[dict[Expr, Exact]], Expr]) -> None:
        self.generators, self.pure = region.generators, region.pure
        self.decimals, self.exponential = decimals, exponential
        self.prepared = False
        self.powers: dict[tuple[int, int], Expr] = {}
        self.sums: list[tuple[fmpz_mpoly, Expr]] = []
        self.plain = all([g.roots == 1 and not g.exponential and g.of is not ONE for g in self.generators])

    # --------------------------------------------------------------------------------------------------------- pieces

    def number(self, value: Exact) -> Expr:
        """A number: with decimals where the input had some and they end, else as a quotient."""
        if value.denominator == 1 or (self.decimals and is_decimal(value)):
            return Num(value)
        return App(ops.div, (Num(value.numerator), Num(value.denominator)))

    @cached_property
    def columns(self) -> list[int]:
        """The generators in the order in which they are written: reciprocals by what they are of."""
        inverses = [(i, g.inverse) for i, g in enumerate(self.generators) if g.inverse is not None]
        arranged = [i for i, _ in sorted(inverses, key=lambda one: arrangement(one[1]))]
        return [i for i, g in enumerate(self.generators) if g.inverse is None] + arranged

    def power(self, i: int, n: int) -> Expr:
        """The n-th power of generator i, n > 0."""
        known = self.powers.get((i, n))
        if known is None:
            g = self.generators[i]
            if g.inverse is not None:
                self.write_denominators()
            base = g.of if g.inverse is None else self.polynomial(g.inverse)
            known = self.powers[i, n] = self.raised(base, Fraction(n, g.roots))
        return known

    def write_denominators(self) -> None:
        """Write what reciprocals are of, inner ones first: a continued fraction would recurse."""
        if not self.prepared:
            self.prepared = True
            for g in self.generators:
                if g.inverse is not None:
                    self.polynomial(g.inverse)

    def raised(self, base: Expr, n: Exact) -> Expr:
        if n == 1:
            return base
        return App(ops.sqrt, (base,)) if n == HALF else App(ops.pow, (base, self.number(n)))

    def monomial(self, exponents: Iterable[tuple[int, int]]) -> tuple[list[Expr], list[Expr]]:
        """The powers above the bar and those below it."""
        over, under, inner = [], [], dict[Expr, Exact]()
        powers = sorted(exponents, key=lambda power: not isinstance(self.generators[power[0]].of, Num))  # sqrt(2)*x
        if any([self.generators[i].inverse is not None for i, _ in powers]):
            powers.sort(key=lambda power: self.columns.index(power[0]))
        for i, n in powers:
            g = self.generators[i]
            if g.exponential:
                inner[g.of] = Fraction(n, g.roots)
            elif (n > 0) == (g.inverse is None):
                over.append(self.power(i, n))
            else:
                under.append(self.power(i, abs(n)))
        if inner:
            over.append(self.exponential(inner))
        return over, under

    def quotient(self, number: Exact, over: list[Expr], under: list[Expr]) -> Expr:
        """number * over/under, for a number > 0."""
        if self.decimals and is_decimal(number):
            top, bottom = number, 1
        else:
            top, bottom = number.numerator, number.denominator
        if top != 1 or not over:
            over = [Num(top), *over]
        if bottom != 1:
            under = [Num(bottom), *under]
        return App(ops.div, (joined(over), joined(under))) if under else joined(over)

    def signed(self, number: Exact, over: list[Expr], under: list[Expr]) -> Expr:
        """The same for any number: its minus goes to the number, or if that is not written, to the first factor."""
        return self.quotient(number, over, under) if number >= 0 else opposite(self.quotient(-number, over, under))

    # ----------------------------------------------------------------------------------------------------------- sums

    def polynomial(self, p: fmpz_mpoly, scale: Exact = 1) -> Expr:
        """A polynomial times a number, written once."""
        if scale != 1:
            return self.sum_of(terms_of(p), scale)
        tick()
        for q, known in self.sums:
            if p == q:
                return known
        whole = self.sum_of(terms_of(p))
        self.sums.append((p, whole))
        return whole

    def sum_of(self, terms: Terms, scale: Exact = 1) -> Expr:
        """A sum of terms in the order of a polynomial's; sorted anew where degrees are not those of the polynomial."""
        if not terms:
            return ZERO
        if not self.plain or min([min(row, default=0) for row, _ in terms]) < 0:
            terms = sorted(terms, key=self.rank())
        lead = next((k for k, (_, c) in enumerate(terms) if (c > 0) == (scale > 0)), 0)
        row, c = terms[lead]
        whole = self.term(row, scale * c)
        add, sub = ops.add, ops.sub
        for k, (row, c) in enumerate(terms):
            tick()
            if k != lead:
                number = scale * c
                op, number = (add, number) if number > 0 else (sub, -number)
                whole = App(op, (whole, self.term(row, number)))
        return whole

    def added(self, parts: Sequence[tuple[bool, Expr]]) -> Expr:
        """A sum of parts, each with whether it is subtracted; one that is not stands in front, if there is one."""
        if not parts:
            return ZERO
        lead = next((k for k, (negative, _) in enumerate(parts) if not negative), 0)
        negative, whole = parts[lead]
        whole = opposite(whole) if negative else whole
        for k, (negative, part) in enumerate(parts):
            tick()
            if k != lead:
                whole = App(ops.sub if negative else ops.add, (whole, part))
        return whole

    def rank(self) -> Callable[[tuple[Row, int]], tuple[int, list[int]]]:
        """A key that sorts terms by their degree, then by the exponents of the first generators."""
        unit = lcm(*[g.roots for g in self.generators])
        weights = [-unit if g.inverse is not None else unit // g.roots for g in self.generators]
        columns = self.columns

        def key(term: tuple[Row, int]) -> tuple[int, list[int]]:
            tick()
            row = term[0]
            return -sum([n * w for n, w in zip(row, weights, strict=True)]), [-row[i] for i in columns]

        return key

    def term(self, row: Row, number: Exact) -> Expr:
        """One term; the shortest way for the many that are a whole number times powers of symbols."""
        if not self.plain or number.denominator != 1 or (row and min(row) < 0):
            return self.signed(number, *self.monomial([(i, n) for i, n in enumerate(row) if n]))
        powers, mul = self.powers, ops.mul
        parts = [powers.get((i, n)) or self.power(i, n) for i, n in enumerate(row) if n]
        if number == 1 and parts:
            return joined(parts)
        if number < 0:
            return self.signed(number, parts, [])
        whole: Expr = Num(number)
        for part in parts:
            whole = App(mul, (whole, part))
        return whole

    # ------------------------------------------------------------------------------------------------------- products

    def product(self, value: Product) -> Expr:
        """A product of powers as it stands, nothing multiplied out."""
        number, generators, polys = exact_number(value.number), dict(value.generators), list(value.polys)
        for p, i, sign in self.pure:
            n = generators.get(i, 0)
            if n and n % self.generators[i].roots == 0:
                polys.append((p, n // self.generators[i].roots))
                number *= sign ** (polys[-1][1] % 2)
                del generators[i]
        over, under = self.monomial(sorted(generators.items()))
        polys.sort(key=lambda power: arrangement(power[0]))
        if number < 0:
            number, polys, turned = self.turned(number, polys)
            over += [turned] if turned else []
        over += [self.raised(self.polynomial(p), n) for p, n in polys if n > 0]
        under += [self.raised(self.polynomial(p), -n) for p, n in polys if n < 0]
        return self.signed(number, over, under)

    def turned(
        self, number: Exact, polys: list[tuple[fmpz_mpoly, int]]
    ) -> tuple[Exact, list[tuple[fmpz_mpoly, int]], Expr | None]:
        """-(x - y) is y - x: the minus goes to a sum that has minus signs, where there is one."""
        for k, (p, n) in enumerate(polys):
            if n == 1 and min(p.coeffs()) < 0:
                return -number, polys[:k] + polys[k + 1 :], self.polynomial(p, -1)
        return number, polys, None


def joined(parts: Sequence[Expr]) -> Expr:
    whole = parts[0]
    for part in parts[1:]:
        whole = App(ops.mul, (whole, part))
    return whole


def opposite(whole: Expr) -> Expr:
    """The opposite of a product or quotient: its number, or else its first factor, gets a minus."""
    spine = [whole]
    while isinstance(spine[-1], App) and spine[-1].op in (ops.mul, ops.div):
        spine.append(spine[-1].args[0])
    first = spine.pop()
    result: Expr = Num(-first.value) if isinstance(first, Num) else App(ops.neg, (first,))
    for node in reversed(spine):
        result = App(node.op, (result, node.args[1]))  # type: ignore[union-attr]  # products and quotients only
    return result


def terms_of(p: fmpz_mpoly) -> list[tuple[list[int], int]]:
    """The terms of a polynomial, highest degree first, in Python's integers."""
    found = []
    for row, c in p.terms():
        tick()
        found.append(([*map(int, row)], int(c)))
    return found


def arrangement(p: fmpz_mpoly) -> tuple[int, int, list[list[int]], list[int]]:
    """Where a factor stands among others: short ones first, x before y, x - 1 before x + 1."""
    terms = terms_of(p)
    return int(p.total_degree()), len(terms), [[-n for n in row] for row, _ in terms], [c for _, c in terms]


def exact_number(q: fmpq) -> Exact:
    return int(q.p) if q.q == 1 else Fraction(int(q.p), int(q.q))
