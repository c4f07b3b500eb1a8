"""The n-th derivative of an element of a ring that is closed under differentiation."""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm
from typing import NamedTuple

from symdiff.algebra.ring.ratios import MOST_PRODUCTS, MOST_TERMS, Poly, Ratio, Refused, divided
from symdiff.algebra.ring.tower import Tower

WORTH_A_DIVISION = 60  # number of terms up to which a common factor is looked for after each step


class Derivation(NamedTuple):
    """D on polynomials in some generators, made whole: number * product of bases^exponents * D has no denominator.

    `moves` gives its value on each generator, `below[j]` on base j, divided by the base if that is exact (then
    `exact[j]`).
    """

    moves: list[tuple[int, Poly]]
    exponents: dict[int, int]
    number: int
    below: list[Poly]
    exact: list[bool]


class Iteration:
    """Derivatives of a value, one after the other; `top / (number * product of bases^under)` is the last one."""

    def __init__(self, tower: Tower, value: Ratio) -> None:
        self.tower = tower
        self.top, under, self.number = value
        self.under: dict[int, int] = dict(under)
        self.known: dict[tuple[bool, ...], Derivation] = {}

    def run(self, order: int) -> Ratio:
        """The derivative of this order. Raises Refused where it grows too long."""
        for _ in range(order):
            if self.top == 0:
                break
            self.step()
        return self.tower.tidy(Ratio(self.top, self.under, self.number))

    def step(self) -> None:
        """D(p/q) = (m D(p) - p m D(q)/q) / (m q), with m such that nothing but polynomials occurs."""
        rule = self.derivation()
        rising = [j for j in self.under if rule.below[j] != 0]
        extra = self.tower.one
        for j in rising:
            if not rule.exact[j]:
                extra = extra * self.tower.bases[j]
        grown = self.moved(self.top, rule)
        if rising:
            grown = grown * extra - self.lost(rule, rising, extra)
        under = {j: k + (j in rising and not rule.exact[j]) for j, k in self.under.items()}
        for j, k in rule.exponents.items():
            under[j] = under.get(j, 0) + k
        self.number *= rule.number
        self.top, self.under = self.cancelled(self.tower.reduced(grown), under)
        if len(self.top) > MOST_TERMS:
            raise Refused("a derivative of too many terms")

    def lost(self, rule: Derivation, rising: Sequence[int], extra: Poly) -> Poly:
        """p m D(q)/q: what the denominator takes away."""
        total = self.tower.zero
        for j in rising:
            total = total + self.under[j] * rule.below[j] * (extra if rule.exact[j] else extra / self.tower.bases[j])
        if len(self.top) * (len(total) + len(extra)) > MOST_PRODUCTS:
            raise Refused("a derivative of too many terms")
        return self.top * total

    def moved(self, p: Poly, rule: Derivation) -> Poly:
        """The derivation applied to p, by the chain rule."""
        total = self.tower.zero
        for i, move in rule.moves:
            by_generator = p.derivative(i)
            if len(by_generator) * len(move) > MOST_PRODUCTS:
                raise Refused("a derivative of too many terms")
            total = total + by_generator * move
        return total

    def cancelled(self, top: Poly, under: dict[int, int]) -> tuple[Poly, dict[int, int]]:
        """The fraction without what numerator and denominator share, looked for while that is cheap."""
        if not under or len(top) > WORTH_A_DIVISION:
            return top, under
        return self.tower.cancelled(top, under)

    def derivation(self) -> Derivation:
        """D for the generators that occur: others might bring denominators that the derivative has not."""
        tower = self.tower
        polys = [self.top, *[tower.bases[j] for j in self.under]]
        degrees = [p.degrees() for p in polys]
        used = tuple([any(column) for column in zip(*degrees, strict=True)])
        if used not in self.known:
            self.known[used] = derivation_of(tower, [i for i, occurs in enumerate(used) if occurs])
        return self.known[used]


def derivation_of(tower: Tower, used: Sequence[int]) -> Derivation:
    """D on the generators that are used and on the bases."""
    slopes = {i: tower.slopes[i] for i in used if i in tower.slopes}
    number = lcm(*[rise.number for rise in slopes.values()])
    exponents: dict[int, int] = {}
    for rise in slopes.values():
        for j, k in rise.under.items():
            exponents[j] = max(k, exponents.get(j, 0))
    moves = [(i, tower.lifted(rise, exponents, number)) for i, rise in slopes.items()]
    below, exact = [], []
    for base in tower.bases:
        move = tower.zero
        for i, rise in moves:
            move = move + base.derivative(i) * rise
        quotient, left = divided(move, base, 1) if move != 0 else (move, 1)
        below.append(quotient)
        exact.append(not left)
    return Derivation(moves, exponents, number, below, exact)
