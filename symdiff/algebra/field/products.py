"""Products and powers of values: exponents are added, whole powers of primes go into the number."""

from __future__ import annotations

from math import floor

from symdiff.algebra.field.bases import Bases
from symdiff.algebra.field.signs import NONE, Members
from symdiff.algebra.field.values import ONE, ZERO, NowhereError, OversizedError, Powers, Value, add_power
from symdiff.algebra.poly import fmpq, fmpz
from symdiff.core.exact import Exact

SMOOTH = 1 << 12  # a number over 64 bits is freed of smaller primes only: factoring it could take hours


class Products(Bases):
    """Values multiplied, inverted and raised to rational powers."""

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
