"""The power series of u^n for a constant n, where u may start at any order: u^-3 where u is 0 to the second, say.

By Miller's recurrence (Knuth, The Art of Computer Programming 2, section 4.7); squares and cubes as products.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from symdiff.core import ops
from symdiff.core.expr import App, Expr, Num
from symdiff.core.ops import TWO
from symdiff.points.recurrences import Rule, Terms, Wanted, needs_of_lead, singular, undefined

if TYPE_CHECKING:
    from symdiff.points.series import Coefficient, Expansion


class Power(Rule):
    """p = u^n, n constant, u from order m on: i u_m p_i = sum (n j - i + j) u_(m+j) p_(i-j), both counted from their
    first terms (J. C. P. Miller). A base that starts at an order other than 0 has integer powers only."""

    def needs_to_begin(self, s: Expansion, node: App) -> Iterator[Wanted]:
        u, n = node.args
        yield from super().needs_to_begin(s, node)
        if n in s.terms and s.field.integer(s.read(n, 0)) == 0:
            yield u, 0
        else:
            yield from needs_of_lead(s, u)

    def needs_to_go_on(self, s: Expansion, node: App, terms: Terms) -> Iterator[Wanted]:
        yield node.args[0], terms.lead + terms.next - terms.start

    def begun(self, s: Expansion, node: App) -> Terms:
        u, exponent = node.args[0], s.read(node.args[1], 0)
        n = s.field.integer(exponent)
        if n == 0:
            s.check_regular(u, node)
            return Terms(0, [s.one], whole=True)
        lead = s.lead(u)
        if lead is None and n is not None and n > 0:
            return Terms(0, [s.zero], whole=True)
        if lead is None or (n is None and lead > 0):
            raise undefined(node, "its base is 0 there")
        if (n is None and lead < 0) or abs((n or 0) * lead) > HUGE:
            raise singular(node)
        if n is None:
            s.check_regular(u, node)
            return Terms(0, [s.field.value(node, [s.read(u, 0), exponent])])
        if lead == 0 and abs(n) > MOST_SQUARED:
            return Terms(0, [s.field.value(node, [s.read(u, 0), exponent])])
        return Terms(lead * n, [integer_power(s, s.read(u, lead), n)], lead=lead)

    def computed(self, s: Expansion, node: App, terms: Terms) -> Coefficient:
        u, exponent = node.args[0], s.read(node.args[1], 0)
        m, i = terms.lead, terms.next - terms.start
        total = s.dot([
            (s.read(u, m + j), terms.coefficients[i - j] * (exponent * j + (j - i)))
            for j in range(1, i + 1) if s.read(u, m + j) != 0
        ])  # fmt: skip
        return total if total == 0 else total / (s.read(u, m) * i)


HUGE = 1 << 62  # order of a term: nobody gets there
MOST_SQUARED = 64  # exponents up to which the field need not say what a power is


class SmallPower(Rule):
    """u^2 and u^3 as products: what asks for itself, as tan' = 1 + tan^2 does, need not know then whether tan is 0."""

    def needs_to_begin(self, s: Expansion, node: App) -> Iterator[Wanted]:
        yield product_of(node), None

    def needs_to_go_on(self, s: Expansion, node: App, terms: Terms) -> Iterator[Wanted]:
        yield product_of(node), terms.next

    def begun(self, s: Expansion, node: App) -> Terms:
        return Terms(s.terms[product_of(node)].start, [])

    def computed(self, s: Expansion, node: App, terms: Terms) -> Coefficient:
        return s.read(product_of(node), terms.next)


def product_of(node: App) -> Expr:
    """u*u or u*u*u for u^2 or u^3."""
    u, n = node.args
    return ops.mul(u, u) if n is TWO else ops.mul(u, u, u)


SMALL = (TWO, Num(3))


def integer_power(s: Expansion, c: Coefficient, n: int) -> Coefficient:
    """c^n by squaring."""
    power, square, left = s.one, c, abs(n)
    while left:
        power = power * square if left & 1 else power
        left >>= 1
        square = square * square if left else square
    return s.one / power if n < 0 else power
