"""Exponentials, logarithms and powers with symbols in the field.

Exponentials of sums are products of powers of generators, a logarithm of a product is a sum, and a positive base to a
formula is an exponential. A base that may be 0 or negative keeps its power closed: (p^2)^u is not p^(2 u) at p = -1,
u = 1/2, and (p q)^u is not p^u q^u at p = q = -1. What holds there too:

    p^(u + k) = p^k p^u         k = 1, 2, ..., where p^u has a value: at p = 0 then u >= 0, and both are 0
    p^(r u + k) = p^k (p^u)^r   r = 1, 2, ... also: a negative p has a whole u
    (p q)^u = p^u q^u           where p > 0 everywhere, or where p^u and q^u have values
    (p^k)^u = (p^u)^k           where p^u has a value

"Where p^u has a value" is known of the powers that the formula itself holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from symdiff.algebra.field.lattice import Vector
from symdiff.algebra.field.signs import NONE, EmptyError
from symdiff.algebra.field.surds import Surds
from symdiff.algebra.field.values import ONE, ZERO, Key, NowhereError, Powers, UnsettledError, Value
from symdiff.algebra.poly import fmpq
from symdiff.core.exact import Exact

UNIT: Key = (frozenset(), NONE)

Direction = tuple[tuple[Key, Fraction], ...]  # an exponent without its number, the first coefficient 1


class Exponentials(Surds):
    """A field with exp, log and powers."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.assumed: dict[Any, Value] = {}  # lenient: what is taken to be positive
        self.met: dict[Any, dict[tuple[Fraction, Fraction], None]] = {}  # base, direction: exponents of the formula
        self.composite = False  # whether a power of a product was met
        self.assuming = False  # lenient: take every base of a power to be positive

    # ------------------------------------------------------------------------------------------ exponential, logarithm

    def exp(self, v: Value) -> Value:
        result = ONE
        for k, c in self.terms(v).items():
            result = self.mul(result, self.exp_of_term(k, c))
        return result

    def exp_of_term(self, k: Key, c: Fraction) -> Value:
        """e to c times a monomial; a logarithm alone undoes it."""
        if len(k[0]) == 1:
            ((i, n),) = k[0]
            j = self.lone.get(i)
            if n == 1 and j is not None and self.info[j].kind == "log" and (sign := self.sign_in_key(k, i)):
                return self.size_of_base(self.info[j].key, c * sign)
        base = self.base(self.gens[self.generator("exp", k, strict=True)])
        return Value(fmpq(1), {base: c if c.denominator != 1 else int(c)}, NONE)

    def sign_in_key(self, k: Key, i: int) -> int:
        """What a key with the factor |g| or g is times g: 1, -1, or 0 where that depends; |log x| is no logarithm."""
        return 1 if i in k[1] or i in self.positive else self.signs.sign_wanted(i)

    def size_of_base(self, i: int, n: Fraction) -> Value:
        """|p|^n; a symbol for which a power of its root stands is that."""
        root = self.roots.get(i)
        if root is not None and not self.is_bound(root[0]):
            i, n = self.base(self.gens[root[0]]), n * root[1]
        return self.settled(fmpq(1), {i: n if n.denominator != 1 else int(n)}, NONE)

    def log(self, v: Value, *, demanding: bool = True) -> Value:
        """log|v|; unless told otherwise, v > 0 is learnt."""
        if v.c == 0:
            raise NowhereError
        if demanding:
            self.demand_nonzero(v)
            self.demand(v)
            if v.is_number() and v.c < 0:
                raise NowhereError
        parts = [self.scaled(self.log_of_base(i), n) for i, n in self.prime_powers(v.c, 1).items()]
        parts += [self.scaled(self.log_of_base(i), n) for i, n in v.pw.items()]
        return self.add(parts)

    def of_base(self, i: int) -> Value:
        return Value(fmpq(1), {i: 1}, NONE)

    def log_of_base(self, i: int) -> Value:
        j = self.lone.get(i)
        if j is not None:
            kind, key, of = self.info[j]
            if kind == "exp":
                return self.of_key(key)
            if kind == "power" and (self.signs.lenient or self.never_zero(of[0])):
                return self.mul(of[1], self.log(of[0], demanding=False))
            if kind == "root":
                return self.scaled(self.log(self.of_base(key[0]), demanding=False), Fraction(1, key[1]))
        return self.variable(self.generator("log", i, strict=i in self.primes))

    def scaled(self, v: Value, q: Exact) -> Value:
        return Value(v.c * fmpq(q.numerator, q.denominator), v.pw, v.sg) if q else ZERO

    # ---------------------------------------------------------------------------------------------------------- signs

    def never_zero(self, v: Value) -> bool:
        """Whether v is not 0 wherever the formula has a value."""
        return all([n < 0 or self.signs.is_surely_not_zero(i) for i, n in v.pw.items()])

    def is_positive(self, v: Value) -> bool:
        """Whether v > 0 wherever the formula has a value."""
        left, sign = self.signs.settled_by_now(v.sg, 1 if v.c > 0 else -1)
        return v.c != 0 and not left and sign > 0 and self.never_zero(v)

    def is_signed(self, i: int) -> bool:
        return i in self.positive or bool(self.signs.sign_wanted(i))

    def canonical(self, v: Value) -> Value:
        """v with everything that is known of its signs put in."""
        left, sign = self.signs.settled_by_now(v.sg)
        return v if left == v.sg and sign > 0 else Value(v.c * sign, v.pw, left)

    # ------------------------------------------------------------------------------------------------- symbolic powers

    def pow(self, a: Value, b: Value) -> Value:
        if b.is_number():
            return self.power(a, b.rational())
        if a.is_number() and a.c == 1:
            return ONE
        if a.c == 0:
            raise UnsettledError
        if a.sg and self.is_never_whole(b):
            self.demand(a)
        if self.is_positive(a):
            return self.exp(self.mul(b, self.log(a, demanding=False)))
        return self.assumed_power(a, b) if self.signs.lenient else self.closed_power(a, b)

    def is_never_whole(self, b: Value) -> bool:
        """Whether b is a constant like pi, to which no negative number can be raised."""
        ball = self.ball_of_vector(self.terms(b).items())
        return ball is not None and not ball.contains_integer()

    def closed_power(self, a: Value, b: Value) -> Value:
        """a^b for a base that may be 0 or negative: what is surely positive in it becomes an exponential."""
        sure, rest = self.parted(self.canonical(a))
        exponent = self.terms(b)
        c0 = exponent.pop(UNIT, Fraction(0))
        ordered = sorted_terms(exponent)
        c = ordered[0][1]
        power = self.power_of(rest, tuple([(k, n / c) for k, n in ordered]), c, c0)
        return self.mul(self.exp(self.mul(b, self.log(sure, demanding=False))), power)

    def parted(self, a: Value) -> tuple[Value, Value]:
        """a as what is surely positive times the rest."""
        sure: Powers = {}
        rest: Powers = {}
        for i, n in a.pw.items():
            (sure if i in self.signs.nonzero and i not in a.sg and self.is_signed(i) else rest)[i] = n
        return Value(abs(a.c), sure, NONE), Value(fmpq(1 if a.c > 0 else -1), rest, a.sg)

    def power_of(self, a: Value, direction: Direction, c: Fraction, c0: Fraction) -> Value:
        """a to c times the direction plus c0, by the powers that the formula holds."""
        met = self.met.setdefault((a.name(), direction), {})
        if (c, c0) not in met:
            met[c, c0] = None
            self.signs.version += len(met) > 1 or self.composite
        bases = self.bases_of(a)
        if len(bases) != 1 or bases[0][1] != 1:
            self.composite = True
            parts = [(self.by_met(p, direction, c, c0), n) for p, n in bases]
            if parts and all([power is not None for power, _ in parts]):
                result = ONE
                for power, n in parts:
                    result = self.mul(result, self.whole_power(power, n))  # type: ignore[arg-type]  # none is None
                return result
        power = self.by_met(a, direction, c, c0)
        assert power is not None  # the exponent itself is met
        return power

    def bases_of(self, a: Value) -> list[tuple[Value, int]]:
        """a as a product of whole powers of bases with their signs; empty where it is none."""
        odd = frozenset([i for i, n in a.pw.items() if n % 2 and i not in self.positive])
        left, sign = self.signs.settled_by_now(a.sg ^ odd, 1 if a.c > 0 else -1)
        if left or sign < 0 or any([n.denominator != 1 for n in a.pw.values()]):
            return []
        signs = {i: NONE if i in self.positive else frozenset((i,)) for i in a.pw}
        return [(self.canonical(Value(fmpq(1), {i: 1}, signs[i])), int(n)) for i, n in a.pw.items()]

    def by_met(self, a: Value, direction: Direction, c: Fraction, c0: Fraction) -> Value | None:
        """a to c times the direction plus c0, as a power of a power that the formula holds; of these, the least."""
        never = self.never_zero(a)
        found: list[tuple[Fraction, Fraction, Fraction]] = []
        for d, d0 in self.met.get((a.name(), direction), ()):
            r, k = c / d, c0 - c / d * d0
            if r.denominator == k.denominator == 1 and ((r > 0 and (k >= 0 or never)) or self.signs.lenient):
                found.append((abs(d), d0, d))
        if not found:
            return None
        _, d0, d = min(found)
        if not never and (c / d < 0 or c0 < c / d * d0):  # for a proof
            self.signs.assumed |= a.pw.keys() - self.signs.nonzero - self.primes
        exponent = self.sum_of({k: n * d for k, n in direction} | ({UNIT: d0} if d0 else {}))
        left, sign = self.signs.settled_by_now(a.sg, 1 if a.c > 0 else -1)
        name = (a.name(), direction, d, d0)
        j = self.generator("power", name, (a, exponent), positive=not left and sign > 0)
        return self.mul(self.whole_power(self.variable(j), int(c / d)), self.whole_power(a, int(c0 - c / d * d0)))

    def assumed_power(self, a: Value, b: Value) -> Value:
        """The same for proofs: split into the powers of the bases; what is assumed to be positive is noted."""
        exponent = self.terms(b)
        c0 = exponent.pop(UNIT, Fraction(0))
        left, sign = self.signs.settled_by_now(a.sg, 1 if a.c > 0 else -1)
        if not left and sign > 0:
            return self.power_of_positive(a, b)
        unknown = {i: n for i, n in a.pw.items() if i in left or not self.is_signed(i)}
        if self.assuming:
            return self.power_of_assumed(a, b, unknown)
        whole = c0.denominator == 1 and all([c.denominator == 1 for c in exponent.values()])
        fits = whole and sign > 0 and left <= unknown.keys()
        if fits and all([n.denominator == 1 and (n % 2 == 1) == (i in left) for i, n in unknown.items()]):
            return self.closed_power(a, b)
        try:
            self.signs.learn(a.sg, 1 if a.c > 0 else -1)
        except EmptyError:  # p^n and (-p)^n: for whole n there are both
            return self.closed_power(a, b)
        if self.signs.known(a.sg, 1 if a.c > 0 else -1) != (NONE, 1):
            return self.closed_power(a, b)
        self.assumed.setdefault(a.name(), a)
        return self.power_of_positive(Value(abs(a.c), a.pw, NONE), b)

    def power_of_positive(self, a: Value, b: Value) -> Value:
        """a^b by exp and log, for proofs: the laws hold at 0 too, but not that the power is never 0."""
        self.supposed |= a.pw.keys() - self.signs.nonzero - self.primes
        return self.exp(self.mul(b, self.log(a, demanding=False)))

    def power_of_assumed(self, a: Value, b: Value, unknown: Iterable[int]) -> Value:
        """a^b where all the bases of a are taken to be positive, if that does not contradict what is known."""
        for i in unknown:
            try:
                self.signs.learn(frozenset((i,)), 1)
            except EmptyError:
                continue
            p = Value(fmpq(1), {i: 1}, frozenset((i,)))
            self.assumed.setdefault(p.name(), p)
        a = self.canonical(a)
        return self.closed_power(a, b) if a.sg or a.c < 0 else self.power_of_positive(a, b)


def sorted_terms(terms: Vector) -> list[Any]:
    """Terms in an order that depends on what they are alone."""
    return sorted(terms.items(), key=lambda term: repr((sorted(term[0][0]), sorted(term[0][1]), term[1])))
