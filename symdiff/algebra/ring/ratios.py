"""Quotients of polynomials whose denominators are powers of known polynomials, the bases; modulo relations."""

from __future__ import annotations

from math import lcm
from typing import Any, NamedTuple, TypeAlias

from symdiff.algebra.poly import context

Poly: TypeAlias = Any  # fmpz_mpoly, which python-flint gives no types for

MOST_TERMS = 4000  # of a polynomial
MOST_PRODUCTS = 400_000  # of terms, in one step
MOST_POWER = 1000  # of a number or a monomial


class Refused(Exception):  # noqa: N818  # caught by `orders`, never seen by a user
    """No finite ring, or none of a bearable size. Never reaches a user: the raw derivative is taken instead."""


class Ratio(NamedTuple):
    """top / (number * product of bases^exponents)."""

    top: Poly
    under: dict[int, int]
    number: int = 1


class Relation(NamedTuple):
    """The generator's power `degree` is expressed by lower generators: `zero` vanishes."""

    generator: int
    degree: int
    zero: Poly


class Ring:
    """Polynomials in so many generators v0 > v1 > ..., and quotients of them."""

    def __init__(self, room: int) -> None:
        self.ring = context(room)
        self.gens: tuple[Poly, ...] = self.ring.gens()
        self.one: Poly = self.ring.constant(1)
        self.zero: Poly = self.ring.constant(0)
        self.bases: list[Poly] = []
        self.relations: list[Relation] = []

    def sum(self, u: Ratio, v: Ratio) -> Ratio:
        if u.under == v.under and u.number == v.number:
            return self.tidy(Ratio(u.top + v.top, u.under, u.number)) if u.under else Ratio(u.top + v.top, {}, u.number)
        under = {j: max(u.under.get(j, 0), v.under.get(j, 0)) for j in (*u.under, *v.under)}
        number = lcm(u.number, v.number)
        top = self.lifted(u, under, number) + self.lifted(v, under, number)
        return self.tidy(Ratio(top, under, number))

    def lifted(self, u: Ratio, under: dict[int, int], number: int) -> Poly:
        """The numerator of u over this denominator."""
        top = u.top * (number // u.number)
        for j, k in under.items():
            if k > u.under.get(j, 0):
                top = times(top, self.bases[j] ** (k - u.under.get(j, 0)))
        return top

    def product(self, u: Ratio, v: Ratio) -> Ratio:
        under = dict(u.under)
        for j, k in v.under.items():
            under[j] = under.get(j, 0) + k
        made = Ratio(times(u.top, v.top), under, u.number * v.number)
        return self.tidy(made) if under or self.relations else made

    def tidy(self, u: Ratio) -> Ratio:
        """u in lowest terms, relations used: cos^2/cos loses a factor before cos^2 is expressed by sin^2."""
        top, under = self.cancelled(u.top, u.under)
        reduced = self.reduced(top)
        if under and reduced is not top:
            reduced, under = self.cancelled(reduced, under)
        return Ratio(reduced, under if reduced != 0 else {}, u.number)

    def cancelled(self, top: Poly, under: dict[int, int]) -> tuple[Poly, dict[int, int]]:
        """The numerator divided by the bases below it, as far as that is exact."""
        left: dict[int, int] = {}
        if top == 0:
            return top, left
        for j, k in under.items():
            top, k = divided(top, self.bases[j], k)
            if k:
                left[j] = k
        return top, left

    def reduced(self, p: Poly) -> Poly:
        """p with the powers that the relations express taken away."""
        if self.relations:
            degrees = p.degrees()
            for generator, degree, zero in self.relations:
                if degrees[generator] >= degree:
                    p = p % zero
                    degrees = p.degrees()
        return p

    def has_root(self, p: Poly) -> bool:
        """Whether a relation concerns p: then what divides it cannot be found by dividing polynomials."""
        degrees = p.degrees()
        return any([degrees[relation.generator] for relation in self.relations])

    def base(self, p: Poly) -> int:
        """The number of the base p, a new one if it is none yet."""
        for j, base in enumerate(self.bases):
            if base == p:
                return j
        self.bases.append(p)
        return len(self.bases) - 1

    def inverse_of_sum(self, p: Poly) -> Ratio:
        """1/p, p a primitive polynomial of several terms: by known bases, and by new ones where they do not suffice."""
        under: dict[int, int] = {}
        for j, base in enumerate(self.bases):
            if len(base) > 1:
                p, left = divided(p, base, MOST_POWER)
                if left < MOST_POWER:
                    under[j] = MOST_POWER - left
        try:
            number, factors = p.factor_squarefree()
        except OverflowError:  # python-flint sorts the factors, and fails to compare coefficients beyond 64 bits
            number, factors = 1, [(p, 1)]
        for factor, k in factors:
            j = self.base(factor)
            under[j] = under.get(j, 0) + int(k)
        return Ratio(self.one if number > 0 else -self.one, under, abs(int(number)))


def minus(u: Ratio) -> Ratio:
    return Ratio(-u.top, u.under, u.number)


def signed(u: Ratio, number: int) -> Ratio:
    """u over this number, which may be negative."""
    return Ratio(u.top if number > 0 else -u.top, u.under, u.number * abs(number))


def joined(*unders: dict[int, int]) -> dict[int, int]:
    """The product of denominators."""
    total: dict[int, int] = {}
    for under in unders:
        for j, k in under.items():
            total[j] = total.get(j, 0) + k
    return total


def times(p: Poly, q: Poly) -> Poly:
    """p q, unless it would be too much. Raises Refused."""
    if len(p) * len(q) > MOST_PRODUCTS:
        raise Refused("a product of too many terms")
    return p * q


def bounded(n: int) -> int:
    """n, unless it is too large for a whole power. Raises Refused."""
    if n > MOST_POWER:
        raise Refused("too high a power")
    return n


def divided(p: Poly, base: Poly, most: int) -> tuple[Poly, int]:
    """p divided by base as often as that is exact, at most so many times; and how many times are left."""
    while most:
        quotient, rest = divmod(p, base)
        if rest != 0:
            break
        p, most = quotient, most - 1
    return p, most
