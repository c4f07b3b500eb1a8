"""Constants in a field: their signs by balls, and an exact test of zero for algebraic ones."""

from __future__ import annotations

from math import log2
from typing import Any

from symdiff.algebra.field.field import Field
from symdiff.algebra.field.values import Key
from symdiff.algebra.poly import fmpz_mpoly
from symdiff.points.ball import Ball, precise

SIGN_BITS, MOST_BITS, MOST_DEGREE = 128, 200_000, 4096


class Constants(Field):
    """A field that knows the values of generators without symbols."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.balls: dict[int, Any] = {}

    def constant_ball(self, p: fmpz_mpoly) -> Any:
        """A ball around p, if all its generators are constants; else None."""
        if p.is_constant():
            return Ball(p.leading_coefficient())
        values: dict[int, Any] = {}
        for j, n in enumerate(p.degrees()):
            if n:
                ball = self.ball_of(j)
                if ball is None:
                    return None
                values[j] = ball
        total = Ball(0)
        for powers, c in p.terms():
            term = Ball(c)
            for j, n in enumerate(powers):
                if n:
                    term *= values[j] ** int(n)
            total += term
        return total

    def ball_of(self, j: int) -> Any:
        """A ball around a generator, if it is a constant."""
        if j not in self.balls:
            self.balls[j] = None
            self.balls[j] = self.new_ball(j)
        return self.balls[j]

    def new_ball(self, j: int) -> Any:
        kind, key, _ = self.info[j]
        if kind == "pi":
            return Ball.pi()
        if kind == "exp":
            ball = self.ball_of_key(key)
            return None if ball is None else ball.exp()
        if kind in ("sin", "cos"):
            angle = self.ball_of_vector(key)
            return None if angle is None else angle.sin() if kind == "sin" else angle.cos()
        if kind in ("root", "log", "size"):
            base = self.constant_ball(self.bases[key[0] if kind == "root" else key])
            if base is None:
                return None
            return (
                abs(base) ** (1 / Ball(key[1])) if kind == "root" else abs(base).log() if kind == "log" else abs(base)
            )
        return None

    def ball_of_vector(self, vector: Any) -> Any:
        total = Ball(0)
        for k, c in vector:
            ball = self.ball_of_key(k)
            if ball is None:
                return None
            total += ball * Ball(c.numerator) / c.denominator
        return total

    def ball_of_key(self, k: Key) -> Any:
        product = Ball(1)
        for i, n in k[0]:
            ball = self.constant_ball(self.bases[i])
            if ball is None:
                return None
            product *= abs(ball) ** (Ball(n.numerator) / n.denominator)
            if i in k[1] and ball < 0:
                product = -product
        return product

    # ------------------------------------------------------------------------------------------- an exact test of zero

    def is_zero(self, p: fmpz_mpoly) -> bool:
        """Whether p is 0 for all values of its variables, its constants being roots of numbers.

        A coefficient alpha is an algebraic integer of degree at most D with conjugates of at most 2^B: it is 0
        if and only if |alpha| < 2^(-B (D - 1)), which a ball of enough bits decides (the norm of alpha is an integer).
        """
        found: dict[int, tuple[float, frozenset[int]] | None] = {}
        algebraic = [j for j, n in enumerate(p.degrees()) if n and self.bound(j, found) is not None]
        if not algebraic:
            return p.is_zero()
        parts: dict[tuple[int, ...], dict[tuple[int, ...], Any]] = {}
        for powers, c in p.terms():
            outer = tuple([0 if j in algebraic else int(n) for j, n in enumerate(powers)])
            inner = tuple([int(n) if j in algebraic else 0 for j, n in enumerate(powers)])
            parts.setdefault(outer, {})[inner] = c
        return all([self.coefficient_is_zero(self.ring.from_dict(part), found) for part in parts.values()])

    def coefficient_is_zero(self, alpha: fmpz_mpoly, found: dict[int, Any]) -> bool:
        height, roots = self.bound_of(alpha, found)  # type: ignore[misc]  # every generator of it has a bound
        degree = 1
        for j in roots:
            degree *= self.order_of(j)
        bits = int(max(height, 0) * (degree - 1)) + 8
        if degree > MOST_DEGREE or bits > MOST_BITS:
            return False
        return self.is_below(alpha, 64, None) and self.is_below(alpha, bits + 256, bits)

    def order_of(self, j: int) -> int:
        """The degree of a generator that is an algebraic number over those it is made of."""
        return int(self.info[j].key[1])

    def is_below(self, alpha: fmpz_mpoly, bits: int, bound: int | None) -> bool:
        """Whether |alpha| may be 0 (no bound), or is certainly below 2^-bound."""
        before, self.balls = self.balls, {}
        try:
            with precise(bits):
                ball = self.constant_ball(alpha)
                return bool(ball.contains(0) if bound is None else abs(ball) < Ball(2) ** -bound)
        finally:
            self.balls = before

    def bound(self, j: int, found: dict[int, Any]) -> tuple[float, frozenset[int]] | None:
        """log2 of a bound of all conjugates of a generator, and the roots in it; None if it is no root of a number."""
        if j not in found:
            found[j] = None
            if self.info[j].kind == "root":
                i, q = self.info[j].key
                base = self.bound_of(self.bases[i], found)
                found[j] = None if base is None else (base[0] / q, base[1] | {j})
        return found[j]  # type: ignore[no-any-return]  # what was put in above

    def bound_of(self, p: fmpz_mpoly, found: dict[int, Any]) -> tuple[float, frozenset[int]] | None:
        most, roots = 0.0, frozenset[int]()
        for powers, c in p.terms():
            size = float(int(abs(c)).bit_length())
            for j, n in enumerate(powers):
                if n:
                    inner = self.bound(j, found)
                    if inner is None:
                        return None
                    size += int(n) * max(inner[0], 0.0)
                    roots |= inner[1]
            most = max(most, size)
        return most + log2(len(p)) + 1, roots
