"""The generators of a field, the irreducible polynomials made of them, and what is known of their signs."""

from __future__ import annotations

from functools import cache
from typing import Any

from symdiff.algebra.budget import Budget
from symdiff.algebra.field.signs import NONE, Members, Signs
from symdiff.algebra.field.values import CrowdedError, Generator, NowhereError, OversizedError, UnsettledError, Value
from symdiff.algebra.poly import context, fmpq, fmpz_mpoly

MOST_WORK = 60_000  # terms in all, for one formula


@cache
def generators(room: int) -> tuple[fmpz_mpoly, ...]:
    """The generators of the ring with so many."""
    return tuple(context(room).gens())


class Bases:
    """Generators, the bases made of them, relations between them, and what is known of signs.

    `room` is how many generators the ring has; where they do not suffice, CrowdedError is raised and the caller makes a
    larger one. `lenient`: accept assumptions on signs (they stand in `signs.assumed`).
    """

    def __init__(self, room: int, budget: Budget, *, lenient: bool = False, work: int = MOST_WORK) -> None:
        self.ring = context(room)
        self.gens = generators(room)
        self.room = self.free = room
        self.budget = budget
        self.signs = Signs(lenient=lenient)
        self.learning = True  # facts may be taken in: the formula is being read, not written
        self.info: dict[int, Generator] = {}
        self.found: dict[Any, int] = {}  # generators by kind and key
        self.bases: list[fmpz_mpoly] = []
        self.numbers: dict[str, int] = {}  # bases by text
        self.lone: dict[int, int] = {}  # base: the generator that it is
        self.base_of: dict[int, int] = {}  # and back
        self.primes: set[int] = set()  # bases that are numbers
        self.positive: set[int] = set()  # bases >= 0 everywhere
        self.strict: set[int] = set()  # generators > 0 everywhere
        self.weak: set[int] = set()  # generators >= 0 everywhere
        self.roots: dict[int, tuple[int, int]] = {}  # base: the generator that is its q-th root, q
        self.relations: list[tuple[int, int, fmpz_mpoly]] = []  # generator, degree, polynomial that is 0; newest first
        self.pythagoras: list[tuple[int, int, int]] = []  # bases u, v, w with u v = -w^2
        self.corners: dict[int, int] = {}  # bases that are the sign of another, 0 where that is 0
        self.kinds: set[str] = set()
        self.supposed: set[int] = set()  # lenient: bases of powers that are read as if they were never 0
        self.work = work  # terms that may still be multiplied out or written

    # ------------------------------------------------------------------------------------------------ generators, bases

    def generator(self, kind: str, key: Any, of: Any = None, *, positive: bool = False, strict: bool = False) -> int:
        """The generator of this kind and key."""
        j = self.found.get((kind, key))
        if j is None:
            self.free -= 1
            if self.free < 0:
                raise CrowdedError if self.learning else OversizedError
            j = self.found[kind, key] = self.free
            self.info[j] = Generator(kind, key, of)
            self.kinds.add(kind)
            if strict:
                self.strict.add(j)
            if strict or positive:
                self.weak.add(j)
        return j

    def variable(self, j: int) -> Value:
        """A generator as a value."""
        base = self.base_of.get(j)
        if base is None:
            base = self.base(self.gens[j], unsigned=self.info[j].kind == "symbol")
        return Value(fmpq(1), {base: 1}, NONE if base in self.positive else frozenset((base,)))

    def base(self, p: fmpz_mpoly, *, unsigned: bool = False) -> int:
        """The number of an irreducible polynomial with a positive leading coefficient; `unsigned`: it has no sign."""
        text = str(p)
        base = self.numbers.get(text)
        return self.new_base(p, text, unsigned=unsigned) if base is None else base

    def new_base(self, p: fmpz_mpoly, text: str, *, unsigned: bool = False) -> int:
        base = self.numbers[text] = len(self.bases)
        self.bases.append(p)
        if p.is_constant():
            self.primes.add(base)
        elif len(p) == 1:
            j = p.degrees().index(1)
            self.lone[base], self.base_of[j] = j, base
        if not unsigned and (sign := self.sign_of(p)) is not None:
            value, strictly = sign
            if strictly:
                self.signs.nonzero.add(base)
            if value > 0:
                self.positive.add(base)
            else:
                self.signs.fix(base, -1)
        elif self.learning and self.signs.facts:
            for i, (rest, value) in list(self.signs.rows.items()):
                if not rest and not self.signs.is_known(base):
                    self.compare(i, value, base)
        return base

    def sign_of(self, p: fmpz_mpoly) -> tuple[int, bool] | None:
        """The sign that p has everywhere, and whether it is never 0; None where that is not plain to see."""
        ball = self.constant_ball(p) if len(p) <= 12 else None
        if ball is not None:
            return (1, True) if ball > 0 else (-1, True) if ball < 0 else None
        strictly = False
        if len(p) == 3 and (definite := self.is_definite(p)) is not None:
            return definite
        if any([c < 0 for c in p.coeffs()]):
            return None
        for powers in p.monoms():
            strict = True
            for j, n in enumerate(powers):
                if n:
                    if n % 2 and j not in self.weak:
                        return None
                    strict = strict and j in self.strict
            strictly = strictly or strict
        return 1, strictly

    def is_definite(self, p: fmpz_mpoly) -> tuple[int, bool] | None:
        """The same for a u^2 + b u v + c v^2 with b^2 < 4 a c, u and v monomials: 0 only where u = v = 0."""
        (u, a), (uv, b), (v, c) = p.terms()
        if b * b >= 4 * a * c or any([n % 2 or m % 2 or n + m != 2 * k for n, m, k in zip(u, v, uv, strict=True)]):
            return None
        strict = any([all([not n or j in self.strict for j, n in enumerate(powers)]) for powers in (u, v)])
        return (1 if a > 0 else -1), strict

    def constant_ball(self, p: fmpz_mpoly) -> Any:
        """A ball around a polynomial in constants; None if it is none. The constants' module says more."""
        return int(p.leading_coefficient()) if p.is_constant() else None

    # ---------------------------------------------------------------------------------------------------------- facts

    def demand(self, a: Value) -> None:
        """a >= 0, since the formula takes a root of it."""
        if a.c == 0 or not self.learning:
            return
        unless = frozenset([i for i, n in a.pw.items() if n > 0 and i not in self.signs.nonzero and i not in a.sg])
        if a.sg:
            if self.signs.learn(a.sg, 1 if a.c > 0 else -1, unless - self.primes):
                self.spread_signs(a.sg)
        elif a.c < 0 and not unless and not self.misses_points(a):
            raise UnsettledError if self.supposed else NowhereError

    def misses_points(self, a: Value) -> bool:
        """Whether a is written in the tangent of a half angle: at its poles a has a value that this does not show."""
        if "half" not in self.kinds:
            return False
        halves = [j for j, generator in self.info.items() if generator.kind == "half"]
        return any([self.bases[i].degrees()[j] for i in a.pw for j in halves])

    def demand_nonzero(self, a: Value) -> None:
        """a is not 0, since the formula divides by it."""
        if self.learning:
            for i, n in a.pw.items():
                if n > 0 and i not in self.signs.nonzero:
                    self.signs.is_not_zero(i)
                    if i in self.corners:
                        self.signs.is_not_zero(self.corners[i])

    def spread_signs(self, members: Members) -> None:
        """What the sign of one base, or of two together, says of others that differ from it by something positive."""
        if len(members) == 2:
            self.split_pair(*sorted(members))
        for i in sorted(members):
            sign = self.signs.is_known(i)
            if sign:
                for k in range(len(self.bases)):
                    if k not in self.positive and k not in self.primes and not self.signs.is_known(k):
                        self.compare(i, sign, k)

    def compare(self, i: int, sign: int, k: int) -> None:
        """The sign of base k, if it is that of base i plus something that is never negative."""
        p, q = self.bases[i] * sign, self.bases[k]
        for s in (1, -1):
            more = q * s - p
            if len(more) <= 3 and not more.is_zero() and more.leading_coefficient() > 0:
                found = self.sign_of(more)
                if found is not None and found[0] > 0:
                    self.signs.learn(frozenset((k,)), s)
                    if found[1] or i in self.signs.nonzero:
                        self.signs.is_not_zero(k)
                    return

    def split_pair(self, i: int, k: int) -> None:
        """p q >= 0 and p + q > 0 make both >= 0."""
        left, sign = self.signs.known(frozenset((i, k)))
        if left:
            return
        for s in (1, -1):
            more = (self.bases[i] + sign * self.bases[k]) * s
            if not more.is_zero() and more.leading_coefficient() > 0 and self.sign_of(more) == (1, True):
                self.signs.learn(frozenset((i,)), s)
                self.signs.learn(frozenset((k,)), s * sign)
                return
