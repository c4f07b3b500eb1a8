"""Sines and cosines of rational multiples of pi in a field: one generator, 2 cos(pi/n), for all that the formula holds.

Products of its polynomials are multiplied out and reduced at once, so that a constant has one form: a number times one
polynomial to the power 1. A formula with pi/8 and pi/9 in it has n = 72; where that degree is too high, the angle met
later stays closed.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor, gcd, lcm
from typing import Any

from symdiff.algebra.field.circle import Circle, circle
from symdiff.algebra.field.exponentials import Exponentials
from symdiff.algebra.field.signs import NONE, Members
from symdiff.algebra.field.values import HALF, OversizedError, Powers, UnsettledError, Value, add_power
from symdiff.algebra.poly import fmpq, fmpq_poly, fmpz_mpoly
from symdiff.points.ball import Ball, precise

CLOSED_FORMS = 12  # multiples of pi over this have roots for cosines
SIGN_BITS, MOST_BITS = 256, 1 << 16


class Rotations(Exponentials):
    """A field with the numbers cos(r pi), r rational."""

    circle: Circle | None = None

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.step = -1  # the generator 2 cos(pi/n)
        self.rotations: dict[int, fmpq_poly] = {}  # bases that are polynomials in it alone
        self.prime_roots: dict[int, fmpq_poly] = {}  # and primes whose square root is one

    def rotation(self, r: Fraction) -> tuple[Value, Value] | None:
        """cos and sin of r pi; None where the degree would be too high."""
        found = self.turned_by(r.denominator)
        if found is None:
            return None
        k = int(r * found.n)
        return self.of_circle(found.double_cosine(k), HALF), self.of_circle(found.double_cosine(found.n // 2 - k), HALF)

    def turned_by(self, denominator: int) -> Circle | None:
        """The circle, made finer if pi over this is no multiple of its step; None where that is too fine."""
        if self.circle is not None and self.circle.n % denominator == 0:
            return self.circle
        finer = circle(lcm(self.circle.n if self.circle is not None else 2, denominator))
        if finer is not None:
            self.step = self.generator("step", finer.n, strict=True)
            self.circle = finer
            g, minimal = self.gens[self.step], self.ring.constant(0)
            for k, c in enumerate(finer.integral.coeffs()):
                minimal = minimal + g**k * int(c)
            self.relations.insert(0, (self.step, finer.degree, minimal))
            self.start_again()
        return finer

    def start_again(self) -> None:
        """Forget what was said in steps of the old circle: the formula is read once more."""
        self.rotations.clear()
        self.prime_roots.clear()
        for i in sorted(self.primes):
            self.note_prime(i)
        self.signs.version += 1

    def of_circle(self, a: fmpq_poly, q: Fraction = Fraction(1)) -> Value:
        """A number of the circle times q as a value."""
        if a.degree() < 0:
            return Value(fmpq(0), {}, NONE)
        bottom = int(a.denom())
        numbers = [int(c.p) for c in (a * bottom).coeffs()]
        common = gcd(*numbers) if numbers[-1] > 0 else -gcd(*numbers)
        c = fmpq(common * q.numerator, bottom * q.denominator)
        if len(numbers) == 1:
            return Value(c, {}, NONE)
        if not any(numbers[:-1]):  # a base is never a power: what has one term is taken for a generator
            return Value(c, {self.base(self.gens[self.step]): len(numbers) - 1}, NONE)
        p = self.ring.constant(0)
        for k, n in enumerate(numbers):
            if n:
                p = p + self.gens[self.step] ** k * (n // common)
        i = self.base(p)
        return Value(c * (1 if i in self.positive else -1), {i: 1}, NONE)

    # ---------------------------------------------------------------------------------------------- one form for each

    def settled(self, c: fmpq, pw: Powers, sg: Members) -> Value:
        v = super().settled(c, pw, sg)
        return v if self.circle is None else self.united(v)

    def from_polynomial(self, p: fmpz_mpoly, least: Powers | None = None) -> Value:
        v = super().from_polynomial(p, least)
        return v if self.circle is None else self.united(v)

    def united(self, v: Value) -> Value:
        """v with its numbers of the circle, and the square roots that are such, multiplied out."""
        held = [i for i in v.pw if i in self.rotations]
        roots = [i for i in v.pw if i in self.prime_roots and v.pw[i].denominator == 2]
        done = not held or (len(held) == 1 and v.pw[held[0]] == 1)
        if self.circle is None or (done and not roots and not any([i in self.rotations for i in v.sg])):
            return v
        return self.multiplied(self.circle, v, held, roots)

    def multiplied(self, found: Circle, v: Value, held: list[int], roots: list[int]) -> Value:
        c, pw, sg = v.c, dict(v.pw), v.sg
        whole = fmpq_poly([1])
        for i in held:
            n = floor(pw[i])
            self.check_size(self.rotations[i], n)
            whole = found.times(whole, found.power(self.rotations[i] * self.signs_of(i), n))
            add_power(pw, i, -n)
        for i in roots:
            whole = found.times(whole, self.prime_roots[i])
            add_power(pw, i, -HALF)
        for i in [i for i in sg if i in self.rotations]:
            c, sg = c * self.signs_of(i), sg ^ {i}
        number = self.of_circle(whole)
        for i, exponent in number.pw.items():
            add_power(pw, i, exponent)
        return Value(c * number.c, pw, sg)

    def signs_of(self, i: int) -> int:
        return 1 if i in self.positive else -1

    def check_size(self, a: fmpq_poly, n: int) -> None:
        """Raises OversizedError where a^n would have too many bits."""
        bits = max([int(c).bit_length() for c in a.numer().coeffs()]) + a.degree()
        if abs(n) * bits * (1 if n > 0 else a.degree()) > min(self.budget.bits, MOST_BITS):
            raise OversizedError

    # -------------------------------------------------------------------------------------------------- what bases are

    def new_base(self, p: fmpz_mpoly, text: str, *, unsigned: bool = False) -> int:
        i = super().new_base(p, text, unsigned=unsigned)
        if self.circle is not None:
            self.note_base(i, p)
        return i

    def note_base(self, i: int, p: fmpz_mpoly) -> None:
        if p.is_constant():
            self.note_prime(i)
        elif self.is_rotation(p):
            self.rotations[i] = self.on_circle(p)

    def note_prime(self, i: int) -> None:
        root = self.circle.square_root(int(self.bases[i].leading_coefficient())) if self.circle is not None else None
        if root is not None:
            self.prime_roots[i] = root

    def is_rotation(self, p: fmpz_mpoly) -> bool:
        """Whether p is a polynomial in 2 cos(pi/n) alone."""
        return self.step >= 0 and not any([n and j != self.step for j, n in enumerate(p.degrees())])

    def on_circle(self, p: fmpz_mpoly) -> fmpq_poly:
        numbers = [0] * (int(p.degrees()[self.step]) + 1)
        for powers, c in p.terms():
            numbers[int(powers[self.step])] = int(c)
        return fmpq_poly(numbers) % self.circle.minimal if self.circle is not None else fmpq_poly(numbers)

    def base(self, p: fmpz_mpoly, *, unsigned: bool = False) -> int:
        i = super().base(p, unsigned=unsigned)
        if self.circle is not None and i not in self.rotations:  # made for a coarser circle, or met before it
            self.note_base(i, p)
        return i

    def sign_of(self, p: fmpz_mpoly) -> tuple[int, bool] | None:
        """A number of the circle that is written as it must be is not 0: enough bits tell its sign."""
        if p.is_constant() or not self.is_rotation(p):
            return super().sign_of(p)
        bits = SIGN_BITS
        while bits <= MOST_BITS:
            with precise(bits):
                g = (Ball.pi() / self.info[self.step].key).cos() * 2
                total = Ball(0)
                for powers, c in p.terms():
                    total += g ** int(powers[self.step]) * Ball(c)
                if not total.contains(0):
                    return (1 if total > 0 else -1), True
            bits *= 4
        raise UnsettledError

    def new_ball(self, j: int) -> Any:
        kind, key, _ = self.info[j]
        return (Ball.pi() / key).cos() * 2 if kind == "step" else super().new_ball(j)

    # -------------------------------------------------------------------------------------------------- back to angles

    def angle_of(self, u: Value, function: str) -> Fraction | None:
        """r with r pi next to the value of an inverse function at the constant u: a guess; None if u is no constant."""
        if any([self.constant_ball(self.bases[i]) is None for i in u.pw]):
            return None
        ball = self.ball_of_key(u.shape())
        if ball is None:
            return None
        angle = getattr(ball * Ball(u.c.p) / u.c.q, function)() / Ball.pi()
        if not angle.is_finite():
            return None
        n = lcm(CLOSED_FORMS, self.circle.n if self.circle is not None else 1)
        return Fraction(round(float((angle * n).mid())), n)

    # ------------------------------------------------------------------------------------------- an exact test of zero

    def bound(self, j: int, found: dict[int, Any]) -> tuple[float, frozenset[int]] | None:
        if self.info[j].kind == "step":
            found[j] = 1.0, frozenset((j,))  # all conjugates are twice cosines
        return super().bound(j, found)

    def order_of(self, j: int) -> int:
        kind, key, _ = self.info[j]
        known = circle(key) if kind == "step" else None
        return super().order_of(j) if known is None else known.degree
