"""Intervals, and what the rows of the table make of them: the ends of the image, rounded outwards.

Rows that rise or fall are taken at the ends, sums and products as Moore has them (Interval Analysis, 1966), sin and cos
with the extremes between the ends; all others as FLINT's balls give them.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from symdiff.core import ops
from symdiff.core.expr import Op
from symdiff.points.ball import Ball, as_ball, on_balls


class Interval(NamedTuple):
    """All numbers from `low` to `high`, two exact balls."""

    low: Ball
    high: Ball

    def holds(self, q: int) -> bool:
        return bool(self.low <= q <= self.high)


def hull(ball: Ball) -> Interval:
    """The interval that a ball is. Raises ValueError for one without bounds."""
    if not ball.is_finite():
        raise ValueError("no bounds")
    return Interval(ball.lower(), ball.upper())


def by_balls(row: Op, *parts: Interval) -> Interval:
    """What ball arithmetic makes of the row, on balls around the intervals."""
    return hull(on_balls(row, [part.low.union(part.high) if part.low < part.high else part.low for part in parts]))


def rising(row: Op) -> Callable[[Interval], Interval]:
    """A row that rises with its argument, and is defined on an interval: its ends come from the ends."""

    def image(u: Interval) -> Interval:
        return Interval(hull(on_balls(row, [u.low])).low, hull(on_balls(row, [u.high])).high)

    return image


def falling(row: Op) -> Callable[[Interval], Interval]:
    """The same for a row that falls."""

    def image(u: Interval) -> Interval:
        return Interval(hull(on_balls(row, [u.high])).low, hull(on_balls(row, [u.low])).high)

    return image


def total(u: Interval, v: Interval) -> Interval:
    return Interval((u.low + v.low).lower(), (u.high + v.high).upper())


def opposite(u: Interval) -> Interval:
    return Interval(-u.high, -u.low)


def product(u: Interval, v: Interval) -> Interval:
    corners = [a * b for a in u for b in v]
    return spanned(corners)


def spanned(values: list[Ball]) -> Interval:
    """From the least of these balls to the greatest."""
    low, high = values[0].lower(), values[0].upper()
    for value in values[1:]:
        low, high = low.min(value.lower()).lower(), high.max(value.upper()).upper()
    return Interval(low, high)


def reciprocal(u: Interval) -> Interval:
    if u.holds(0):
        raise ZeroDivisionError
    return Interval((1 / u.high).lower(), (1 / u.low).upper())


def magnitude(u: Interval) -> Interval:
    corners = [abs(u.low), abs(u.high)]
    return spanned([*corners, as_ball(0)] if u.holds(0) else corners)


def power(u: Interval, n: Interval) -> Interval:
    """u^n: any u for a constant integer n, otherwise u > 0, where the extremes are at the corners."""
    whole = n.low.unique_fmpz() if n.low == n.high else None
    if whole is not None:
        size = integer_power(u, abs(int(whole)))
        return reciprocal(size) if whole < 0 else size
    if u.low < 0 or (u.low == 0 and not n.low > 0):
        raise ValueError("a base that may be negative, or 0")
    return spanned([on_balls(ops.pow, [base, exponent]) for base in u for exponent in n])


def integer_power(u: Interval, n: int) -> Interval:
    base = magnitude(u) if n % 2 == 0 else u
    return Interval((base.low**n).lower(), (base.high**n).upper())


def odd_root(u: Interval, n: Interval) -> Interval:
    """The real n-th root: of positive numbers, and for one odd n > 0 of all, where it rises."""
    whole = n.low.unique_fmpz() if n.low == n.high else None
    if u.low > 0 or whole is None or whole < 1:
        return by_balls(ops.root, u, n)
    images = [hull(on_balls(ops.root, [a, n.low])) if a != 0 else Interval(a, a) for a in u]
    return Interval(images[0].low, images[1].high)


def wave(row: Op, shift: Fraction) -> Callable[[Interval], Interval]:
    """sin and cos: the ends, and 1 or -1 where u/pi - shift passes an even or an odd integer."""

    def image(u: Interval) -> Interval:
        first, last = [a / on_balls(ops.pi, []) - as_ball(shift) for a in u]
        low, high = first.lower().ceil().unique_fmpz(), last.upper().floor().unique_fmpz()
        values = [on_balls(row, [a]) for a in u]
        if low is None or high is None or high > low:
            return Interval(as_ball(-1), as_ball(1))
        return spanned([*values, as_ball(-1 if int(low) % 2 else 1)] if low == high else values)

    return image


SINE, COSINE = wave(ops.sin, Fraction(1, 2)), wave(ops.cos, Fraction(0))


def between_poles(pole: Callable[[Interval], Interval], rule: Callable[[Interval], Interval]) -> Any:
    """A row that is monotone between its poles, which are where another one is 0."""

    def image(u: Interval) -> Interval:
        if pole(u).holds(0):
            raise ZeroDivisionError
        return rule(u)

    return image


# fmt: off
RISING = (
    ops.sqrt, ops.cbrt, ops.exp, ops.expm1, ops.log, ops.log1p, ops.log2, ops.log10, ops.sign, ops.floor, ops.ceil,
    ops.relu, ops.asin, ops.atan, ops.sinh, ops.tanh, ops.asinh, ops.acosh, ops.atanh, ops.sigmoid, ops.softplus,
    ops.erf, ops.erfi, ops.lambertw,
)
RULES: dict[Op, Callable[..., Interval]] = {row: rising(row) for row in RISING} | {
    ops.acos: falling(ops.acos),
    ops.erfc: falling(ops.erfc),
    ops.add:  total,
    ops.neg:  opposite,
    ops.sub:  lambda u, v: total(u, opposite(v)),
    ops.mul:  product,
    ops.div:  lambda u, v: product(u, reciprocal(v)),
    ops.pow:  power,
    ops.root: odd_root,
    ops.absolute: magnitude,
    ops.minimum:  lambda u, v: Interval(u.low.min(v.low), u.high.min(v.high)),
    ops.maximum:  lambda u, v: Interval(u.low.max(v.low), u.high.max(v.high)),
    ops.hypot:    lambda u, v: RULES[ops.sqrt](total(integer_power(u, 2), integer_power(v, 2))),
    ops.logb: lambda u, b: product(RULES[ops.log](u), reciprocal(RULES[ops.log](b))),
    ops.sin:  SINE,
    ops.cos:  COSINE,
    ops.tan:  between_poles(COSINE, rising(ops.tan)),
    ops.cot:  between_poles(SINE, falling(ops.cot)),
    ops.sec:  lambda u: reciprocal(COSINE(u)),
    ops.csc:  lambda u: reciprocal(SINE(u)),
    ops.cosh: lambda u: rising(ops.cosh)(magnitude(u)),
    ops.sech: lambda u: falling(ops.sech)(magnitude(u)),
}
# fmt: on
