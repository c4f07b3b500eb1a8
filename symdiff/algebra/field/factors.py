"""Polynomials as values: reduced by the relations, and factored as far as the price is reasonable."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, isqrt

from symdiff.algebra.field.products import Products
from symdiff.algebra.field.signs import NONE
from symdiff.algebra.field.values import ONE, ZERO, Powers, Value, add_power
from symdiff.algebra.poly import fmpq, fmpz, fmpz_mpoly
from symdiff.core.exact import Exact

SHORT = 6  # terms of a polynomial that may be seen to be irreducible without factoring
TERMS, DEGREE = 400, 60  # of a polynomial: beyond, it is not factored


class Factored(Products):
    """Polynomials reduced by the relations, factored, and made values."""

    def is_bound(self, j: int) -> bool:
        """Whether a root has a relation; it has none once it stands for its symbol."""
        return any([k == j for k, _, _ in self.relations])

    def reduced(self, p: fmpz_mpoly) -> fmpz_mpoly:
        """p by the relations, newest generator first: one pass."""
        if self.relations:
            degrees = p.degrees()
            for j, n, relation in self.relations:
                if degrees[j] >= n:
                    p = p % relation
                    degrees = p.degrees()
        return p

    def from_polynomial(self, p: fmpz_mpoly, least: Powers | None = None) -> Value:
        """A polynomial as a value: factored, if it is not too large; `least` names factors to try then."""
        if p.is_zero():
            return ZERO
        if len(p) == 1 and (v := self.monomial(p)) is not None:
            return v
        c, factors = self.factors(p, least or {})
        value, sg, more = fmpq(c), NONE, ONE
        pw: Powers = {}
        for factor, n in factors:
            lead = factor.leading_coefficient()
            if factor.is_constant():
                value *= fmpq(lead) ** n
                continue
            if lead < 0:
                factor = -factor
                value = -value if n % 2 else value
            other = self.otherwise(factor) if self.roots else None
            if other is not None:
                more = self.mul(more, self.whole_power(other, n))
                continue
            i = self.base(factor)
            j = self.lone.get(i)
            if j is not None and self.info[j].kind == "size":
                add_power(pw, self.info[j].key, n)
                continue
            if j is not None and self.info[j].kind == "root" and self.is_bound(j):
                root, q = self.info[j].key
                more = self.mul(more, Value(fmpq(1), {root: Fraction(n, q)}, NONE))
                continue
            add_power(pw, i, n)
            if n % 2 and i not in self.positive:
                sg = sg ^ {i}
        sg, sign = self.signs.known(sg)
        return self.mul(Value(value * sign, pw, sg), more)

    def monomial(self, p: fmpz_mpoly) -> Value | None:
        """One term as a value; None where it holds a root or a size, which stand for others."""
        ((powers, c),) = p.terms()
        pw: Powers = {}
        odd: list[int] = []
        for j, n in enumerate(powers):
            if n:
                if self.info[j].kind in ("root", "size"):
                    return None
                i = self.base_of[j] if j in self.base_of else self.base(self.gens[j])
                pw[i] = int(n)
                if n % 2 and i not in self.positive:
                    odd.append(i)
        sg, sign = self.signs.known(frozenset(odd) if odd else NONE)
        return self.settled(fmpq(c * sign), pw, sg)

    def factors(self, p: fmpz_mpoly, least: Powers) -> tuple[fmpz, list[tuple[fmpz_mpoly, int]]]:
        """The content and the irreducible factors, as far as they can be had at a reasonable price."""
        if len(p) == 1:
            ((powers, c),) = p.terms()
            return c, [(self.gens[j], int(n)) for j, n in enumerate(powers) if n]
        if p.total_degree() == 1:
            return linear(p)
        if len(p) <= SHORT and (irreducible := irreducible_factors(p)) is not None:
            return irreducible
        if len(p) <= TERMS and p.total_degree() <= DEGREE:
            try:
                c, found = p.factor()
                return c, [(factor, int(n)) for factor, n in found]
            except OverflowError:  # python-flint cannot sort factors with coefficients beyond 64 bits
                pass
        content = p.term_content()
        found = [(self.gens[j], int(n)) for j, n in enumerate(content.degrees()) if n]
        p = p // content
        for i, low in least.items():
            if low < 0 and len(self.bases[i]) > 1:
                n, p = times_divided(p, self.bases[i], -low)
                found += [(self.bases[i], n)] if n else []
        return content.leading_coefficient(), [*found, (p, 1)]

    def otherwise(self, p: fmpz_mpoly) -> Value | None:
        """An irreducible polynomial as something else, where that is better; the module of surds says more."""
        return self.conjugate(p)

    def conjugate(self, p: fmpz_mpoly) -> Value | None:
        """norm/conjugate for p = a + b r, r a square root, if the conjugate a - b r is a base already."""
        if not self.roots or str(p) in self.numbers:
            return None
        degrees = p.degrees()
        for j, n, _ in self.relations:
            if n == 2 and degrees[j] == 1 and self.info[j].kind == "root":
                other = p.compose(*[-x if k == j else x for k, x in enumerate(self.gens)], ctx=self.ring)
                if other.leading_coefficient() < 0:
                    other = -other
                i = self.numbers.get(str(other))
                if i is not None:
                    return self.norm_over(self.reduced(p * other), i)
        return None

    def norm_over(self, norm: fmpz_mpoly, i: int) -> Value | None:
        """A norm over base i, if that is never 0."""
        if norm.is_zero() or not (norm.is_constant() or i in self.signs.nonzero):
            return None
        below = Value(fmpq(1), {i: -1}, NONE if i in self.positive else frozenset((i,)))
        return self.mul(self.from_polynomial(norm), below)


def linear(p: fmpz_mpoly) -> tuple[fmpz, list[tuple[fmpz_mpoly, int]]]:
    """The factors of a polynomial of total degree 1."""
    c, rest = p.primitive()
    return c, [(rest, 1)]


def irreducible_factors(p: fmpz_mpoly) -> tuple[fmpz, list[tuple[fmpz_mpoly, int]]] | None:
    """The factors of a polynomial where they are plain to see: a monomial, and a u + b v, a u^2 + b v^2, t x + ...

    u/v not being a power, a u + b v is linear in it after a change of variables that keeps monomials; a u^2 + b v^2
    falls apart only if -a b is a square. What is linear in x, with x in one term only or in all but one, has no factor
    without x but a monomial.
    """
    content = p.term_content()
    rest = p // content
    powers = [list(map(int, term)) for term in rest.monoms()]
    parts = [(rest, 1)]
    if len(powers) == 2:
        n = gcd(*powers[0], *powers[1])
        a, b = map(int, rest.coeffs())
        if n > 2:
            return None
        if n == 2 and a * b < 0 and isqrt(-a * b) ** 2 == -a * b:
            parts = difference_of_squares(rest, powers, a, b)
    elif not any([max(column) == 1 and sum(column) in (1, len(powers) - 1) for column in zip(*powers, strict=True)]):
        return None
    found = (
        []
        if content.is_constant()
        else [(content.context().gen(j), int(n)) for j, n in enumerate(content.degrees()) if n]
    )
    return content.leading_coefficient(), [*found, *parts]


def difference_of_squares(p: fmpz_mpoly, powers: list[list[int]], a: int, b: int) -> list[tuple[fmpz_mpoly, int]]:
    """a^2 u^2 - b^2 v^2, or its opposite, where u/v is no power: the first factor takes the sign."""
    u, v = [tuple([n // 2 for n in term]) for term in powers]
    root_a, root_b = isqrt(abs(a)), isqrt(abs(b))
    sign = 1 if a > 0 else -1
    ring = p.context()
    return [(ring.from_dict({u: sign * root_a, v: -sign * root_b}), 1), (ring.from_dict({u: root_a, v: root_b}), 1)]


def times_divided(p: fmpz_mpoly, q: fmpz_mpoly, most: Exact) -> tuple[int, fmpz_mpoly]:
    """How often q divides p, up to a number, and what is left."""
    n = 0
    while n < most:
        quotient, rest = divmod(p, q)
        if not rest.is_zero():
            break
        n, p = n + 1, quotient
    return n, p
