"""Roots inside of roots: sqrt(3 + 2 sqrt 2) is 1 + sqrt 2, sqrt(x + 2 + 2 sqrt(x + 1)) is sqrt(x + 1) + 1.

A polynomial in generators, some of them roots, may be a power by the relations of these roots. What is guessed, in
halves and norms or by lattice reduction, is multiplied out and compared before it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

from symdiff.algebra.field.constants import Constants
from symdiff.algebra.field.signs import NONE, Signs
from symdiff.algebra.field.values import HALF, ZERO, Powers, UnsettledError, Value, add_power, number
from symdiff.algebra.poly import fmpq, fmpz_mpoly, relation_of
from symdiff.core.exact import Exact
from symdiff.points.ball import precise

TERMS, NORM_TERMS = 60, 200  # of what is looked at, and of its norms
DEPTH = 6  # of squares within squares
FIELD = 12  # degree of a number field in which roots are looked for by lattice reduction
LATTICE_BITS = 40  # for each coordinate

Square = tuple[int, Value]  # s and w, for s w^2
SQUARES = ("root", "cos", "sin")  # kinds of generators that halves are taken by


class Denesting(Constants):
    """A field that takes roots of polynomials in roots."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.depth = 0
        self.denesting = True
        self.as_square: dict[
            int, tuple[Signs, int, Square | None]
        ] = {}  # bases: the facts used, their version, the root
        self.as_power: dict[tuple[int, int], Value | None] = {}
        self.bound_roots: tuple[list[Any], int, list[int]] = self.relations, 0, []  # the roots among the relations

    def root_generators(self, p: fmpz_mpoly) -> list[int]:
        """The roots that p holds and that have a relation, those met last first."""
        relations, count, bound = self.bound_roots
        if relations is not self.relations or count != len(relations):
            found = dict.fromkeys([j for j, _, _ in self.relations if self.info[j].kind == "root"])
            relations, count, bound = self.bound_roots = self.relations, len(self.relations), list(found)
        if not bound:
            return []
        degrees = p.degrees()
        return [j for j in bound if degrees[j]]

    def roots_within(self, p: fmpz_mpoly) -> set[int]:
        """The roots that p holds, and those within them."""
        found: set[int] = set()
        waiting = self.root_generators(p)
        while waiting:
            j = waiting.pop()
            if j not in found:
                found.add(j)
                waiting += self.root_generators(self.bases[self.info[j].key[0]])
        return found

    def holds_roots(self, i: int) -> bool:
        return bool(self.roots) and len(self.bases[i]) > 1 and bool(self.root_generators(self.bases[i]))

    def mirrored(self, p: fmpz_mpoly, j: int) -> fmpz_mpoly:
        """p with -r for r."""
        return p.compose(*[-x if k == j else x for k, x in enumerate(self.gens)], ctx=self.ring)

    def size_power(self, a: Value, r: Exact) -> Value:
        """|a|^r; bases that are powers of something simpler, by the relations of their roots, are written so first."""
        if not self.roots or all([len(self.bases[i]) == 1 for i in a.pw]):
            return super().size_power(a, r)
        result = super().size_power(Value(a.c, {}, NONE), r)
        waiting = [(i, n * r) for i, n in a.pw.items()]
        left: Powers = {}
        while waiting:
            i, n = waiting.pop()
            found = self.known_power(i, n.denominator) if n.denominator != 1 and self.may_be_power(i) else None
            if found is None:
                add_power(left, i, n)
            else:
                root, m = found
                result = self.mul(result, super().size_power(Value(root.c, {}, NONE), n * m))
                waiting += [(k, e * n * m) for k, e in root.pw.items()]
        return self.mul(result, Value(fmpq(1), left, NONE))

    def may_be_power(self, i: int) -> bool:
        return self.holds_roots(i) or (self.depth > 0 and len(self.bases[i]) > 2)

    def known_power(self, i: int, denominator: int) -> tuple[Value, int] | None:
        """w and m with p_i = w^m, m a prime that the denominator has."""
        if denominator % 2 == 0 and self.denesting and (square := self.square(i)) is not None:
            return square[1], 2
        if not self.signs.lenient:
            for m in (3, 5, 7):
                if denominator % m == 0 and (root := self.odd_root(i, m)) is not None:
                    return root, m
        return None

    def square(self, i: int) -> Square | None:
        """s and w with p_i = s w^2, s = 1 or -1; None if none are found."""
        known = self.as_square.get(i)
        if known is not None and known[0] is self.signs and (known[2] is not None or known[1] == self.signs.version):
            return known[2]
        if self.depth == DEPTH or len(self.bases[i]) > TERMS:
            return None
        self.as_square[i] = self.signs, self.signs.version, None  # while it is looked for
        learning, self.learning = self.learning, False
        self.depth += 1
        try:
            found = self.new_square(i)
        finally:
            self.depth -= 1
            self.learning = learning
        self.as_square[i] = self.signs, self.signs.version, found
        return found

    def known_square(self, i: int) -> Square | None:
        """The same, if it was found before, with no other facts than those in force."""
        known = self.as_square.get(i)
        return known[2] if known is not None and known[0] is self.signs else None

    def new_square(self, i: int) -> Square | None:
        sign = 1 if i in self.positive else self.signs.sign_wanted(i)
        for s in (sign,) if sign else (1, -1):
            for root in self.square_roots(self.bases[i] * s):
                return s, root
        return None

    def square_roots(self, p: fmpz_mpoly) -> Iterator[Value]:
        """For p = a + o, even and odd in a root: a^2 - o^2 = n^2 makes it (u + o/(2 u))^2 with 2 u^2 = a + n.

        This is Borodin, Fagin, Hopcroft and Tompa, Decreasing the nesting depth of expressions involving square roots,
        J. Symbolic Computation 1 (1985), with polynomials for numbers.
        """
        if any([n % 2 for n in self.free_degrees(p)]):
            return
        allowed = self.roots_within(p)
        for j in self.square_generators(p):
            mirrored = self.mirrored(p, j)
            even, odd = p + mirrored, p - mirrored  # twice a, twice o
            if even.is_zero() or odd.is_zero() or len(even) * len(even) + len(odd) * len(odd) > 4 * NORM_TERMS:
                continue
            self.budget.check()
            try:
                yield from self.halves(p, even, odd, allowed)
            except UnsettledError:
                continue

    def square_generators(self, p: fmpz_mpoly) -> list[int]:
        """The generators in p whose squares are polynomials in others: roots, and cosines."""
        degrees = p.degrees()
        found = [j for j, n, _ in self.relations if degrees[j] and n % 2 == 0 and self.info[j].kind in SQUARES]
        return list(dict.fromkeys(found))

    def free_degrees(self, p: fmpz_mpoly) -> list[int]:
        """The degrees of p in the generators that no root of it stands for or is made of: they are even in a square."""
        bound: set[int] = set()
        for j in self.roots_within(p):
            bound.add(j)
            bound.update([k for k, n in enumerate(self.bases[self.info[j].key[0]].degrees()) if n])
        bound |= {j for j, _, _ in self.relations}
        return [int(n) for j, n in enumerate(p.degrees()) if j not in bound]

    def halves(self, p: fmpz_mpoly, even: fmpz_mpoly, odd: fmpz_mpoly, allowed: set[int]) -> Iterator[Value]:
        norm = self.reduced(even * even - odd * odd)
        n = self.simple_root(self.from_polynomial(norm), allowed)
        if n is None:
            return
        value, twice, half = self.from_polynomial(p), self.from_polynomial(even), self.from_polynomial(odd)
        for other in (n, Value(-n.c, n.pw, n.sg)):
            sum_of_both = self.add([twice, other])
            if sum_of_both.c == 0:
                continue
            u = self.simple_root(Value(sum_of_both.c / 4, sum_of_both.pw, sum_of_both.sg), allowed)
            if u is None:
                continue
            v = self.div(Value(half.c / 4, half.pw, half.sg), u)
            root = self.add([u, v]) if self.is_simple(v, allowed) else ZERO
            if root.c != 0 and self.is_simple(root, allowed) and self.sub(self.mul(root, root), value).c == 0:
                yield root

    def simple_root(self, v: Value, allowed: set[int]) -> Value | None:
        """sqrt|v| with signs as a polynomial has them, if it holds no roots but those allowed and roots of numbers."""
        left, sign = self.signs.settled_by_now(v.sg, 1 if v.c > 0 else -1)
        if v.c == 0 or (not left and sign < 0):
            return None
        root = super().size_power(v, HALF) if self.depth >= DEPTH else self.size_power(v, HALF)
        if not self.is_simple(root, allowed):
            return None
        odd = [i for i, n in root.pw.items() if n.denominator == 1 and n % 2 and i not in self.positive]
        return Value(root.c, root.pw, frozenset(odd))

    def is_simple(self, v: Value, allowed: set[int]) -> bool:
        """Whether v is a polynomial in what is there, and in roots of numbers."""
        for i, n in v.pw.items():
            if n < 0 and i not in self.signs.nonzero and i not in self.primes:
                return False
            if n.denominator != 1 and i not in self.primes:
                have = self.roots.get(i)
                if have is None or have[0] not in allowed or have[1] % n.denominator:
                    return False
        return True

    # ----------------------------------------------------------------------------------- powers in a field of numbers

    def odd_root(self, i: int, m: int) -> Value | None:
        """w with w^m = p_i, in the field that the roots of the constant p_i generate, or 2^(k/m) times one there."""
        if (i, m) not in self.as_power:
            self.as_power[i, m] = None
            basis = self.monomials(self.bases[i])
            for k in range(m if basis else 0):
                self.budget.check()
                w = self.root_over(basis or [], self.bases[i] * 2**k, m)
                if w is not None:
                    self.as_power[i, m] = self.mul(w, self.power(number(2), Fraction(-k, m)))
                    break
        return self.as_power[i, m]

    def root_over(self, basis: list[fmpz_mpoly], p: fmpz_mpoly, m: int) -> Value | None:
        """The m-th root of a constant as a sum over a basis, by lattice reduction."""
        before, self.balls = self.balls, {}
        try:
            with precise(LATTICE_BITS * (len(basis) + 1)):
                value = self.constant_ball(p)
                if value is None:  # roots of something that has no value, and stays closed
                    return None
                root = value.root(m) if value > 0 else -((-value).root(m))
                found = relation_of([root, *[self.constant_ball(b) for b in basis]])
        finally:
            self.balls = before
        if found is None or not found[0]:
            return None
        w = self.ring.constant(0)
        for c, b in zip(found[1:], basis, strict=True):
            w = w - b * c
        power = w
        for _ in range(m - 1):
            power = self.reduced(power * w)
        if not (power - p * found[0] ** m).is_zero():
            return None
        v = self.from_polynomial(w)
        return Value(v.c / found[0], v.pw, v.sg)

    def monomials(self, p: fmpz_mpoly) -> list[fmpz_mpoly] | None:
        """A basis of the field that the roots in p generate; None if p holds anything else, or it is too large."""
        within = self.roots_within(p)
        degrees = {j: n for j, n, _ in reversed(self.relations) if j in within}
        size = 1
        for n in degrees.values():
            size *= n
        if size > FIELD or any([n and j not in within for j, n in enumerate(p.degrees())]):
            return None
        found: list[fmpz_mpoly] = []
        for powers in product(*[range(n) for n in degrees.values()]):
            term = self.ring.constant(1)
            for j, n in zip(degrees, powers, strict=True):
                term = term * self.gens[j] ** n
            found.append(term)
        return found
