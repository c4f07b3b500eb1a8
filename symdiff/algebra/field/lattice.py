"""Integer coordinates over a basis that grows, and becomes finer, with the vectors it meets."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

Vector = dict[Any, Fraction]

LONG = 4  # terms of an angle that is written in those of others


def scaled(v: Vector, q: Fraction) -> Vector:
    return {k: c * q for k, c in v.items()}


class Angles:
    """A basis of the angles met: every angle is a whole combination of it.

    A vector outside of the span joins the basis. One with fractional coordinates makes the basis finer: after sin(u)
    and sin(u/2), the basis is u/2. Unless `finest`, an angle becomes a finer one only if that one is met: cos(2) and
    cos(3) stay apart, and no polynomials in cos(1). What stays apart counts as independent: less meets, none wrongly.
    """

    def __init__(self, *, finest: bool = True, longest: int = LONG) -> None:
        self.basis: list[Vector] = []
        self.finest, self.longest = finest, longest
        self.apart: list[int] = []  # vectors of the basis that are parallel to another

    def coordinates(self, v: Vector) -> tuple[list[tuple[int, int]], bool]:
        """Numbers of basis vectors with whole coefficients, and whether the basis became finer."""
        if len(v) > self.longest and not self.finest:
            return self.on_its_own(v), False
        independent = [i for i in range(len(self.basis)) if i not in self.apart]
        found = solve([self.basis[i] for i in independent], v)
        if found is None:
            return [self.joined(v)], False
        held = [(i, c) for i, c in zip(independent, found, strict=True) if c]
        if len(held) == 1 and held[0][1].denominator != 1 and not self.finest:
            return self.parallel(v, *held[0])
        refined = False
        for i, c in held:
            if c.denominator != 1:
                self.basis[i] = scaled(self.basis[i], Fraction(1, c.denominator))
                refined = True
        return [(i, c.numerator) for i, c in held], refined

    def on_its_own(self, v: Vector) -> list[tuple[int, int]]:
        """A long sum: a multiple of one met before, or apart; to take it into parts would multiply out too much."""
        for k, u in enumerate(self.basis):
            (n,) = along(u, v) or (Fraction(0),)
            if n and n.denominator == 1:
                return [(k, n.numerator)]
        found = self.joined(v)
        self.apart.append(found[0])
        return [found]

    def joined(self, v: Vector) -> tuple[int, int]:
        """A new vector of the basis, and the coefficient of v."""
        sign = 1 if sum([1 if c > 0 else -1 for c in v.values()]) >= 0 else -1
        self.basis.append(scaled(v, Fraction(sign)))
        return len(self.basis) - 1, sign

    def parallel(self, v: Vector, i: int, c: Fraction) -> tuple[list[tuple[int, int]], bool]:
        """v is c times vector i, c no integer: a multiple of one that stays apart, a part of one, or apart itself."""
        for k in (i, *self.apart):
            (n,) = along(self.basis[k], v) or (Fraction(0),)
            if n and n.denominator == 1:
                return [(k, n.numerator)], False
            if n and n.numerator in (1, -1):
                self.basis[k] = scaled(v, Fraction(n.numerator))
                return [(k, n.numerator)], True
        found = self.joined(v)
        self.apart.append(found[0])
        return [found], False


def solve(basis: list[Vector], v: Vector) -> list[Fraction] | None:
    """The coefficients of v over the basis, by elimination; None if it is outside of the span."""
    if not basis:
        return None
    if len(basis) == 1:
        return along(basis[0], v)
    keys = list(dict.fromkeys([k for u in [*basis, v] for k in u]))
    rows = [[Fraction(u.get(k, 0)) for u in [*basis, v]] for k in keys]
    done = 0
    for column in range(len(basis)):
        pivot = next((i for i in range(done, len(rows)) if rows[i][column]), None)
        if pivot is None:
            return None  # cannot be: the basis is independent
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [c / rows[done][column] for c in rows[done]]
        for i in range(len(rows)):
            if i != done and rows[i][column]:
                rows[i] = [a - rows[i][column] * b for a, b in zip(rows[i], rows[done], strict=True)]
        done += 1
    if any([row[-1] for row in rows[done:]]):
        return None
    return [rows[i][-1] for i in range(len(basis))]


def along(u: Vector, v: Vector) -> list[Fraction] | None:
    """The factor between two vectors of one direction."""
    if u.keys() != v.keys():
        return None
    k = next(iter(u))
    c = v[k] / u[k]
    return [c] if all([v[k] == c * u[k] for k in u]) else None
