"""Sums of values: the least exponents taken out, what is left multiplied out, and the whole factored again."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import floor, lcm

from symdiff.algebra.field.factors import Factored
from symdiff.algebra.field.signs import NONE, Members
from symdiff.algebra.field.values import (
    ZERO,
    ExhaustedError,
    Key,
    OversizedError,
    Powers,
    UndecidedError,
    Value,
    add_power,
    growth,
    least_powers,
    negated,
)
from symdiff.algebra.poly import fmpq, fmpz_mpoly

LARGEST = 20_000  # terms that a sum may have when it is multiplied out
HIGHEST = 1 << 31  # exponent of a generator in a polynomial
WORK = 2e6  # terms that multiplying out may pass through


class Field(Factored):
    """Generators, values, their products and their sums."""

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
                    if n > HIGHEST:
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
                if growth(len(self.bases[i]), whole) > 3000 or whole > HIGHEST:
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
