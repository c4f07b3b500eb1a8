"""Polynomials in roots, with the relations of these roots remembered: what divides them, what they are products of.

5 + sqrt 5 is sqrt 5 (sqrt 5 + 1), 3 + 2 sqrt 2 is a square, x^2 - 2 is divisible by x - sqrt 2, and a nested sum
that is 0 is found to be 0.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symdiff.algebra.field.denest import NORM_TERMS, TERMS, Denesting, Square
from symdiff.algebra.field.signs import NONE
from symdiff.algebra.field.values import ONE, ZERO, Powers, Value, add_power
from symdiff.algebra.poly import fmpq, fmpz_mpoly

OFTEN = 8  # that one root is taken out of a polynomial

Cofactor = tuple[fmpz_mpoly, fmpz_mpoly]


class Surds(Denesting):
    """A field that looks for roots, powers and divisors among polynomials in roots."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.cofactors: dict[int, tuple[Any, int, Cofactor | None]] = {}  # the relations used, how many, the result

    # ----------------------------------------------------------------------------------------- factors of polynomials

    def from_polynomial(self, p: fmpz_mpoly, least: Powers | None = None) -> Value:
        """A polynomial as a value; what `least` says is below the bar is divided by first, if it holds roots."""
        if not least or not self.roots or self.signs.lenient or len(p) > TERMS:
            return super().from_polynomial(p, least)
        found: Powers = {}
        number: fmpq = fmpq(1)
        for i, low in least.items():
            while low < 0 and low.denominator == 1 and self.holds_roots(i):
                quotient = self.quotient(p, i)
                if quotient is None:
                    break
                p, c = quotient
                number, low = number * c, low + 1
                add_power(found, i, 1)
        whole = super().from_polynomial(p, least)
        if not found:
            return whole
        signs = frozenset([i for i, n in found.items() if n % 2 and i not in self.positive])
        return self.mul(whole, Value(number, found, signs))

    def otherwise(self, p: fmpz_mpoly) -> Value | None:
        """An irreducible polynomial in other words: zero, a root times a polynomial, a square, a norm over a factor."""
        if not self.roots or len(p) > TERMS or not self.root_generators(p):
            return super().otherwise(p)
        if str(p) not in self.numbers:
            if not self.signs.lenient and self.is_hidden_zero(p):  # a proof looks at the end
                return ZERO
            found = self.root_taken_out(p) or super().otherwise(p)
            if found is not None:
                return found
        square = self.square(self.base(p)) if self.wants_square(p) else None
        return None if square is None else self.squared(square)

    def norm_over(self, norm: fmpz_mpoly, i: int) -> Value | None:
        """The same with base i as a square, where it is one."""
        v = super().norm_over(norm, i)
        square = None if v is None or self.signs.lenient else self.known_square(i)
        if v is None or square is None:
            return v
        base = Value(fmpq(1), {i: 1}, NONE if i in self.positive else frozenset((i,)))
        return self.mul(self.mul(v, base), self.whole_power(self.squared(square), -1))

    def wants_square(self, p: fmpz_mpoly) -> bool:
        """Whether p is worth a look although no root is taken of it: where its roots are constants."""
        if self.depth or self.signs.lenient:
            return False
        return all([self.ball_of(j) is not None for j in self.root_generators(p)])

    def squared(self, square: Square) -> Value:
        sign, root = square
        v = self.mul(root, root)
        return Value(v.c * sign, v.pw, v.sg)

    def is_hidden_zero(self, p: fmpz_mpoly) -> bool:
        """Whether p is a constant, and 0: a ball tells almost always that it is not."""
        ball = self.constant_ball(p) if len(p) <= TERMS else None
        return ball is not None and bool(ball.contains(0)) and self.is_zero(p)

    def root_taken_out(self, p: fmpz_mpoly) -> Value | None:
        """r q for p = a + b r + ..., where r^n divides a."""
        whole, count = ONE, 0
        for j in self.root_generators(p):
            n, relation = next((n, relation) for k, n, relation in self.relations if k == j)
            i, q = self.info[j].key
            r = self.gens[j]
            below = r**n - relation
            while count < OFTEN:
                first = p.subs({self.name(j): 0})
                quotient, rest = divmod(first, below)
                if first.is_zero() or not rest.is_zero():
                    break
                p = self.reduced((p - first) / r + r ** (n - 1) * quotient)
                whole = self.mul(whole, Value(fmpq(1), {i: Fraction(1, q)}, NONE))
                count += 1
        return self.mul(whole, self.from_polynomial(p)) if count else None

    def name(self, j: int) -> str:
        return f"v{j}"

    # ---------------------------------------------------------------------------------------- division by polynomials

    def cofactor(self, i: int) -> Cofactor | None:
        """q and N with q p_i = N, N without square roots: q is the product of the conjugates."""
        known = self.cofactors.get(i)
        if known is None or known[0] is not self.relations or known[1] != len(self.relations):
            known = self.cofactors[i] = self.relations, len(self.relations), self.new_cofactor(self.bases[i])
        return known[2]

    def new_cofactor(self, p: fmpz_mpoly) -> Cofactor | None:
        whole, norm = self.ring.constant(1), p
        for j, n, _ in self.relations:
            if n == 2 and self.info[j].kind == "root" and norm.degrees()[j]:
                other = self.mirrored(norm, j)
                whole, norm = self.reduced(whole * other), self.reduced(norm * other)
                if len(norm) > NORM_TERMS or norm.is_zero():
                    return None
        if whole.is_constant():
            return None
        common = whole.term_content().gcd(norm.term_content())
        return whole / common, norm / common

    def reciprocal(self, i: int) -> tuple[fmpz_mpoly, fmpq] | None:
        found = self.cofactor(i) if self.holds_roots(i) else None
        return (
            (found[0], fmpq(found[1].leading_coefficient())) if found is not None and found[1].is_constant() else None
        )

    def inverse_unit(self, i: int) -> int | None:
        """The base that is 1/|p_i|, if p_i holds roots and its norm is 1 or -1."""
        found = self.cofactor(i) if self.holds_roots(i) else None
        if found is None or not found[1].is_constant() or abs(found[1].leading_coefficient()) != 1:
            return None
        return self.base(found[0] if found[0].leading_coefficient() > 0 else -found[0])

    def half_angle(self, u: Value) -> tuple[int, Value] | None:
        """s and v with atan(u) = s pi/4 + atan(v)/2: for u = s sqrt(1 + v^2) + v, and its inverse.

        u^2 = 1 + 2 v u makes tan(2 atan u) = -1/v; and 2 atan u and s pi/2 + atan v lie between 0 and s pi, both.
        """
        if len(u.pw) != 1 or abs(u.c) != 1:
            return None
        ((i, n),) = u.pw.items()
        if n not in (1, -1) or not u.sg <= {i} or not self.holds_roots(i) or len(self.bases[i]) > TERMS:
            return None
        sign = 1 if u.sg or i in self.positive else self.signs.sign_wanted(i)
        p = self.bases[i] * (sign * (1 if u.c > 0 else -1))
        for j in self.root_generators(p) if sign else ():
            mirrored = self.mirrored(p, j)
            if (self.reduced(p * mirrored) + 1).is_zero():
                sign = self.sign_of_term(p - mirrored)
                v = self.from_polynomial(p + mirrored)
                return (sign, Value(v.c * int(n) / 2, v.pw, v.sg)) if sign else None
        return None

    def sign_of_term(self, p: fmpz_mpoly) -> int:
        """The sign of one term, 0 where it is not the same everywhere, or p has more terms."""
        sign = 1 if p.leading_coefficient() > 0 else -1
        found = self.sign_of(p * sign) if len(p) == 1 else None
        return 0 if found is None else sign * found[0]

    def quotient(self, p: fmpz_mpoly, i: int) -> tuple[fmpz_mpoly, fmpq] | None:
        """p over base i as a polynomial and a number, if it is one; where that is no art, only if it is shorter."""
        found = self.cofactor(i)
        if found is None or len(p) * len(found[0]) > NORM_TERMS:
            return None
        q, norm = found
        c, norm = norm.primitive()
        top = self.reduced(p * q)
        if top.is_zero():
            return None
        quotient, rest = divmod(top, norm)
        whole = norm.is_constant() and int(top.primitive()[0]) % int(c) == 0
        if not rest.is_zero() or (norm.is_constant() and len(quotient) > len(p) - (not whole)):
            return None
        if not self.reduced(quotient * self.bases[i] - p * c).is_zero():  # there are divisors of zero: |x| - x
            return None
        return quotient, fmpq(1) / c
