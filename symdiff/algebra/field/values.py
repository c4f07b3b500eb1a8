"""The field in which formulas are compared: signed products of powers of irreducible polynomials.

A value is  c * s * prod |p_i|^e_i : c rational, p_i irreducible primitive polynomials in the generators (prime numbers
among them), e_i rational, s the product of the signs of some of the p_i. Products, quotients and powers add exponents;
a sum takes out the least exponents, multiplies out what is left and factors it. x is |x| with the sign of x.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from math import comb, floor, gcd, isqrt, lcm
from typing import Any, NamedTuple

from symdiff.algebra.budget import Budget
from symdiff.algebra.field.signs import NONE, Members, Signs
from symdiff.algebra.poly import context, fmpq, fmpz, fmpz_mpoly
from symdiff.core.exact import Exact

Powers = dict[int, Exact]
Key = tuple[frozenset[tuple[int, Exact]], Members]

SHORT = 6  # terms of a polynomial that may be seen to be irreducible without factoring
TERMS, DEGREE = 400, 60  # of a polynomial: beyond, it is not factored
MOST_WORK = 60_000  # terms in all, for one formula
LARGEST = 20_000  # terms that a sum may have when it is multiplied out
WORK = 2e6  # terms that multiplying out may pass through
SMOOTH = 1 << 12  # a number over 64 bits is freed of smaller primes only: factoring it could take hours


class UnsettledError(Exception):
    """The field cannot say what this part is; another may, or it stays as it is."""


class CrowdedError(Exception):
    """More generators are needed than the ring was made for."""


class UndecidedError(UnsettledError):
    """The sign of a base would have to be known."""

    def __init__(self, base: int) -> None:
        self.base = base


class NowhereError(UnsettledError):
    """There is no value: a division by zero, a logarithm of zero."""


class ExhaustedError(UnsettledError):
    """This formula has cost so much work that it is better read in smaller parts."""


class OversizedError(UnsettledError):
    """Multiplying out would be too much."""


class Value:
    """c * (the signs of sg) * prod |base|^exponent; never changed once made."""

    __slots__ = ("c", "key", "pw", "sg", "whole")

    def __init__(self, c: fmpq, pw: Powers, sg: Members) -> None:
        self.c, self.pw, self.sg = c, pw, sg

    def shape(self) -> Key:
        """Everything but the number."""
        try:
            return self.key
        except AttributeError:
            self.key: Key = (frozenset(self.pw.items()), self.sg)
            return self.key

    def name(self) -> tuple[Any, ...]:
        """Equal for equal values."""
        try:
            return self.whole
        except AttributeError:
            self.whole: tuple[Any, ...] = (self.c.p, self.c.q, self.shape())
            return self.whole

    def is_number(self) -> bool:
        return not self.pw and not self.sg

    def rational(self) -> Fraction:
        return Fraction(int(self.c.p), int(self.c.q))

    def coefficient(self) -> Exact:
        """The number in front: an int where it is one."""
        return int(self.c.p) if self.c.q == 1 else self.rational()


class Generator(NamedTuple):
    """What a generator stands for: its kind ("symbol", "exp", "root", ...), its key, and what it is made of."""

    kind: str
    key: Any
    of: Any = None


ONE, ZERO = Value(fmpq(1), {}, NONE), Value(fmpq(0), {}, NONE)
HALF = Fraction(1, 2)


@cache
def generators(room: int) -> tuple[fmpz_mpoly, ...]:
    """The generators of the ring with so many."""
    return tuple(context(room).gens())


def number(q: Exact) -> Value:
    return Value(fmpq(q.numerator, q.denominator), {}, NONE)


def negated(a: Value) -> Value:
    return Value(-a.c, a.pw, a.sg)


class Field:
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

    # ------------------------------------------------------------------------------------------- products and powers

    def mul(self, a: Value, b: Value) -> Value:
        if a.c == 0 or b.c == 0:
            return ZERO
        if not b.pw and not b.sg:
            return Value(a.c * b.c, a.pw, a.sg)
        if not a.pw and not a.sg:
            return Value(a.c * b.c, b.pw, b.sg)
        pw = dict(a.pw)
        for i, n in b.pw.items():
            add_power(pw, i, n)
        return self.settled(a.c * b.c, pw, a.sg ^ b.sg)

    def settled(self, c: fmpq, pw: Powers, sg: Members) -> Value:
        """With whole powers of primes in the number, and 1 - s^2 written as c^2."""
        for u, v, w in self.pythagoras:
            m, n = pw.get(u, 0), pw.get(v, 0)
            if (m > 0 and n > 0) or (m < 0 and n < 0):
                both = min(m, n) if m > 0 else max(m, n)
                add_power(pw, u, -both)
                add_power(pw, v, -both)
                add_power(pw, w, 2 * both)
        if self.primes and not self.primes.isdisjoint(pw):
            for i in [i for i in pw if i in self.primes]:
                whole = floor(pw[i])
                if whole:
                    self.bounded(self.bases[i].leading_coefficient(), whole)
                    c *= fmpq(self.bases[i].leading_coefficient()) ** whole
                    add_power(pw, i, -whole)
        if self.corners and not self.corners.keys().isdisjoint(pw.keys() | sg):
            sg = self.corners_put_in(pw, sg)
        return Value(c, pw, sg)

    def corners_put_in(self, pw: Powers, sg: Members) -> Members:
        """sign(p)^n |p|^m = (sign of p)^n |p|^m: at p = 0 both are 0, or have no value; alone, sign(p)^3 = sign(p)."""
        for s, i in self.corners.items():
            n = pw.get(s, 0)
            if (n or s in sg) and (pw.get(i) or i in self.signs.nonzero or not n):
                pw.pop(s, None)
                if s in sg:
                    sg = (sg ^ {s, i}) if i not in self.positive else sg ^ {s}
            elif n > 0:
                pw[s] = 1 if s in sg else 2
        return sg

    def bounded(self, c: fmpz, n: int) -> None:
        """Raises OversizedError where c^n has too many bits."""
        if abs(n) * int(c).bit_length() > self.budget.bits:
            raise OversizedError

    def inverse(self, a: Value) -> Value:
        if a.c == 0:
            raise NowhereError
        self.demand_nonzero(a)
        return self.settled(1 / a.c, {i: -n for i, n in a.pw.items()}, a.sg)

    def div(self, a: Value, b: Value) -> Value:
        return self.mul(a, self.inverse(b))

    def whole_power(self, a: Value, n: int) -> Value:
        if n == 0:
            return ONE
        if a.c == 0:
            if n < 0:
                raise NowhereError
            return ZERO
        if n < 0:
            self.demand_nonzero(a)
        self.bounded(a.c.p, n)
        self.bounded(a.c.q, n)
        c = a.c**n if n > 0 else (1 / a.c) ** -n
        return self.settled(c, {i: e * n for i, e in a.pw.items()}, a.sg if n % 2 else NONE)

    def power(self, a: Value, r: Exact) -> Value:
        """a^r for rational r; where r is not whole, a >= 0 is learnt."""
        if r.denominator == 1:
            return self.whole_power(a, int(r))
        if a.c == 0:
            if r < 0:
                raise NowhereError
            return ZERO
        if r < 0:
            self.demand_nonzero(a)
        self.demand(a)
        if a.is_number() and a.c < 0:
            raise NowhereError
        return self.size_power(a, r)

    def size_power(self, a: Value, r: Exact) -> Value:
        """|a|^r."""
        pw = self.prime_powers(a.c, r)
        for i, n in a.pw.items():
            add_power(pw, i, n * r)
        return self.settled(fmpq(1), pw, NONE)

    def prime_powers(self, c: fmpq, r: Exact) -> Powers:
        """|c|^r as powers of primes."""
        pw: Powers = {}
        for whole, sign in ((abs(c.p), 1), (c.q, -1)):
            if whole != 1:
                factors = whole.factor() if int(whole).bit_length() <= 64 else whole.factor(trial_limit=SMOOTH)
                for prime, n in factors:
                    add_power(pw, self.base(self.ring.constant(prime)), sign * int(n) * r)
        return pw

    # ----------------------------------------------------------------------------------------------------------- sums

    def sub(self, a: Value, b: Value) -> Value:
        return self.add([a, negated(b)])

    def add(self, values: Iterable[Value]) -> Value:
        terms = self.like_terms(values)
        if len(terms) < 2:
            return terms[0] if terms else ZERO
        self.budget.check()
        least = least_powers(terms)
        bottom = 1
        for v in terms:
            if v.c.q != 1:
                bottom = lcm(bottom, int(v.c.q))
        sign, whole = self.multiplied_out(terms, least, bottom)
        whole = self.reduced(whole)
        if whole.is_zero():
            return ZERO
        v = self.from_polynomial(whole, least)
        pw = dict(v.pw)
        for i, n in least.items():
            if n:
                add_power(pw, i, n)
        return self.settled(v.c / bottom, pw, v.sg ^ sign)

    def like_terms(self, values: Iterable[Value]) -> list[Value]:
        found: dict[Key, Value] = {}
        for v in values:
            if v.c != 0:
                k = v.shape()
                found[k] = Value(found[k].c + v.c, v.pw, v.sg) if k in found else v
        return [v for v in found.values() if v.c != 0]

    def multiplied_out(self, terms: list[Value], least: Powers, bottom: int) -> tuple[Members, fmpz_mpoly]:
        """The terms over their common factor, added as polynomials; and the sign that all of them share."""
        parts: list[tuple[fmpz_mpoly, Members]] = []
        first: Members | None = None
        alike = True
        for v in terms:
            p, sg = self.over_common(v, least, bottom)
            sg, sign = self.signs.known(sg)
            parts.append((p if sign > 0 else -p, sg))
            first = sg if first is None else first
            alike = alike and sg == first
        if not alike or first is None:
            self.signs.wanted.update(*[sg for _, sg in parts], *[v.sg for v in terms])
            return NONE, self.with_sizes(terms, least, bottom, sorted(frozenset().union(*[sg for _, sg in parts])))
        whole = parts[0][0]
        for p, _ in parts[1:]:
            whole = whole + p
        return first, whole

    def over_common(self, v: Value, least: Powers, bottom: int) -> tuple[fmpz_mpoly, Members]:
        p, sg, work = self.ring.constant((v.c * bottom).p), v.sg, 1.0
        for i, low in least.items():
            more = v.pw.get(i, 0) - low
            if more:
                n = more if more.__class__ is int else floor(more)
                if n:
                    base = self.bases[i]
                    if len(base) > 1:
                        work *= growth(len(base), n)
                        if work > WORK:
                            raise OversizedError
                    p = p * base**n
                    if n % 2 and i not in self.positive:
                        sg = sg ^ {i}
                if n != more:
                    p = p * self.root_power(i, Fraction(more - n))
        if len(p) > LARGEST:
            raise OversizedError
        self.spend(len(p))
        return p, sg

    def spend(self, terms: int) -> None:
        """Count work, in terms: an end that does not depend on the clock. Raises ExhaustedError."""
        self.work -= terms
        if self.work < 0:
            raise ExhaustedError

    def with_sizes(self, terms: list[Value], least: Powers, bottom: int, bases: list[int]) -> fmpz_mpoly:
        """The sum of terms that differ in the signs of these bases; the sign of p is |p|/p, and |p| a generator."""
        for _ in range(len(bases) + 1):
            whole, missing = self.sum_with_sizes(terms, least, bottom)
            if missing is None:
                return whole
            low = least.get(missing, 0) - 1
            if low < 0 and missing not in self.signs.nonzero:
                break
            least[missing] = low
        raise UndecidedError(bases[0])

    def sum_with_sizes(self, terms: list[Value], least: Powers, bottom: int) -> tuple[fmpz_mpoly, int | None]:
        """The sum over the common factor; or the base that a term has to hold, to trade its sign for its size."""
        whole = self.ring.constant(0)
        for v in terms:
            p, sg = self.over_common(v, least, bottom)
            sg, sign = self.signs.known(sg)
            for i in sorted(sg):
                quotient, rest = divmod(p, self.bases[i])
                if not rest.is_zero():
                    return whole, i
                p = quotient * self.size_of(i)
            whole = whole + p * sign
        return whole, None

    def size_of(self, i: int) -> fmpz_mpoly:
        """|p_i| as a polynomial: a generator whose square is p_i^2, unless the sign is known."""
        sign = 1 if i in self.positive else self.signs.sign_wanted(i)
        if sign:
            return self.bases[i] * sign
        if self.signs.lenient:
            raise UndecidedError(i)  # a proof splits into cases
        new = ("size", i) not in self.found
        j = self.generator("size", i, positive=True)
        if new:
            self.relations.insert(0, (j, 2, self.gens[j] ** 2 - self.bases[i] ** 2))
            self.relate_sizes(i, j)
        return self.gens[j]

    def relate_sizes(self, i: int, j: int) -> None:
        """|p q| = p q or -p q, for each q whose sign is known to go with that of p: the last relations to be used."""
        for k in [k for kind, k in self.found if kind == "size" and k != i]:
            left, sign = self.signs.known(frozenset((i, k)))
            if not left:
                both = self.gens[j] * self.gens[self.found["size", k]]
                self.relations.append((j, 1, both - self.bases[i] * self.bases[k] * sign))

    def root_power(self, i: int, f: Fraction) -> fmpz_mpoly:
        """|p_i|^f as a power of a generator, the root of p_i."""
        q = f.denominator
        have = self.roots.get(i)
        if have is not None and have[1] % q == 0:
            return self.gens[have[0]] ** int(f * have[1])
        if have is not None:
            q = lcm(q, have[1])
        size = self.size_of(i)
        j = self.generator("root", (i, q), positive=True, strict=i in self.signs.nonzero)
        self.roots[i] = (j, q)
        self.relations.insert(0, (j, q, self.gens[j] ** q - size))
        if have is not None:
            self.relations.insert(0, (j, q // have[1], self.gens[j] ** (q // have[1]) - self.gens[have[0]]))
        self.signs.version += have is not None or i in self.lone or not self.signs.lenient
        return self.gens[j] ** int(f * q)

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

    # -------------------------------------------------------------------------------------------------------- terms

    def terms(self, v: Value) -> dict[Key, Fraction]:
        """A value as a sum: coefficients of monomials times the factors that cannot be multiplied out.

        A denominator that is a sum is divided by first, so that n/(n + 1) and 1 - 1/(n + 1) agree; 1/(sqrt(2) + 1) is
        sqrt(2) - 1.
        """
        if v.c == 0:
            return {}
        if all([len(self.bases[i]) == 1 for i in v.pw]):
            signs, sign = self.signs.settled_by_now(v.sg)
            return {(frozenset(v.pw.items()), signs): v.rational() * sign}
        left: Powers = {}
        p, c, sg = self.ring.constant(1), v.c, v.sg
        below = [i for i, n in v.pw.items() if n == -1 and len(self.bases[i]) > 1]
        for i, n in v.pw.items():
            whole = floor(n)
            turned = self.reciprocal(i) if whole == n and n < 0 else None
            if turned is not None:
                p, c = p * turned[0] ** -whole, c / turned[1] ** -whole
                sg = sg ^ {i} if whole % 2 and i not in self.positive else sg
                below = [k for k in below if k != i]
                continue
            if whole > 0 and (below or len(self.bases[i]) > 1):
                if growth(len(self.bases[i]), whole) > 3000:
                    raise OversizedError
                p = p * self.bases[i] ** whole
                if whole % 2 and i not in self.positive:
                    sg = sg ^ {i}
                n = n - whole
            if n:
                left[i] = n
        parts = [(self.reduced(p), left, sg)]
        if below:
            parts = self.divided(*parts[0], below[0])
        found: dict[Key, Fraction] = {}
        for part in parts:
            self.collect(found, c, *part)
        return {k: c for k, c in found.items() if c}

    def reciprocal(self, i: int) -> tuple[fmpz_mpoly, fmpq] | None:
        """q and a number N with 1/p = q/N; the module of surds says more."""
        return None

    def divided(self, p: fmpz_mpoly, left: Powers, sg: Members, i: int) -> list[tuple[fmpz_mpoly, Powers, Members]]:
        """p over base i as the quotient, and the rest over it."""
        quotient, rest = divmod(p, self.bases[i])
        if quotient.is_zero():
            return [(p, left, sg)]
        whole = {k: n for k, n in left.items() if k != i}
        parts = [(quotient, whole, sg if i in self.positive else sg ^ {i})]
        return parts if rest.is_zero() else [*parts, (rest, left, sg)]

    def collect(self, found: dict[Key, Fraction], c: fmpq, p: fmpz_mpoly, left: Powers, sg: Members) -> None:
        for powers, a in p.terms():
            pw, signs, q = dict(left), sg, c * a
            for j, n in enumerate(powers):
                if n:
                    if self.info[j].kind == "root" and self.is_bound(j):
                        q = q * self.root_in_key(pw, j, int(n))
                        continue
                    base = self.base_of.get(j)
                    if base is None:
                        base = self.base(self.gens[j])
                    add_power(pw, base, int(n))
                    if n % 2 and base not in self.positive:
                        signs = signs ^ {base}
            signs, sign = self.signs.settled_by_now(signs)
            k = (frozenset(pw.items()), signs)
            q = q * sign
            found[k] = found.get(k, 0) + Fraction(int(q.p), int(q.q))

    def root_in_key(self, pw: Powers, j: int, n: int) -> fmpq:
        """A root to a power as a power of its base, put in; a number that becomes whole is returned."""
        i, q = self.info[j].key
        add_power(pw, i, Fraction(n, q))
        whole = floor(pw.get(i, 0)) if i in self.primes else 0
        add_power(pw, i, -whole)
        return fmpq(self.bases[i].leading_coefficient()) ** whole if whole else fmpq(1)

    def of_key(self, k: Key) -> Value:
        return Value(fmpq(1), dict(k[0]), k[1])

    def sum_of(self, terms: dict[Key, Fraction]) -> Value:
        """The value that has these terms."""
        return self.add([Value(fmpq(c.numerator, c.denominator), dict(k[0]), k[1]) for k, c in terms.items()])


def add_power(pw: Powers, i: int, n: Exact) -> None:
    """Multiply by base i to the n."""
    n = pw.get(i, 0) + n
    if not n:
        pw.pop(i, None)
    else:
        pw[i] = n if n.__class__ is int or n.denominator != 1 else n.numerator


def least_powers(terms: list[Value]) -> Powers:
    """The least exponent of every base; 0 where a term is without it."""
    first = terms[0].pw
    least = dict(first)
    for v in terms[1:]:
        pw = v.pw
        for i, n in least.items():
            if n > 0 and i not in pw:
                least[i] = 0
        for i, n in pw.items():
            if n < least.get(i, 0) or i not in least:
                least[i] = min(n, 0) if i not in least else n
    return least


def growth(terms: int, n: int) -> float:
    """How many terms the n-th power of so many terms has at most, or a number that is too large anyway."""
    return comb(n + terms - 1, n) if n < 40 and terms < 40 else float(terms) ** min(n, 8)


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
