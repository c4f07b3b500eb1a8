"""Values with proven bounds, by python-flint's ball arithmetic (Johansson, Arb, IEEE Trans. Computers 66, 2017).

A ball is a midpoint and a radius that holds the true value. A row of the table says in its column `ball` how balls go
in and a ball comes out: a function, or the name of one in `NAMED` below. Rounded, once the bounds allow only one
answer, a ball gives the nearest float: that is where special functions take their values from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from threading import RLock
from typing import Any, TypeAlias

import flint
from flint import acb, arb, arb_series, fmpq

from symdiff.core.exact import Exact
from symdiff.core.expr import Expr, Op, Sym
from symdiff.numeric.point import Fault, Value, evaluate

Ball: TypeAlias = arb

FIRST = 80  # bits: enough for a double at the first attempt, as a rule
ENOUGH = 512  # bits after which what has no bounds is taken to have no value
MOST = 4096  # bits, and twice those of the arguments: for phases like those of sin(10^400) and fresnels(1e300)
ORDERS = 100  # of a derivative: beyond, polygamma and zetaderivative may take seconds

precision = RLock()  # python-flint has one precision for the whole process


def float_value(row: Op, args: tuple[float | Exact, ...]) -> float:
    """The float nearest to the value of one row at exact points: floats, integers and fractions mean themselves.

    Raises ValueError where the row has no real value (poles, arguments outside of the domain), OverflowError where the
    value is beyond the floats; underflow gives 0.

    >>> from symdiff.core import ops
    >>> float_value(ops.gamma, (5.0,)), float_value(ops.besselj, (1, -2.5)), float_value(ops.sin, (10**400,))
    (24.0, -0.49709410246427405, -0.9985382319830978)
    >>> float_value(ops.gamma, (-2,))
    Traceback (most recent call last):
    ValueError: gamma has no real value here
    """
    value = rounded_value(row, args)
    if math.isinf(value):
        raise OverflowError(f"{row.name} is beyond the floats here")
    return value


def rounded_value(row: Op, args: tuple[float | Exact, ...]) -> float:
    """The same, with an infinity of the right sign for a value beyond the floats."""
    bits, most = FIRST, MOST + 2 * max(map(bit_length, args), default=0)
    while True:
        with precision, flint.ctx.workprec(bits):
            ball = enclosure_of(row, tuple(map(as_ball, args)))
            below, above = float(ball.lower()), float(ball.upper())
        if below == above:
            return below
        if bits >= most or (bits >= ENOUGH and not ball.is_finite()):
            return last_resort(row, ball)
        bits *= 2


def last_resort(row: Op, ball: Ball) -> float:
    """What to make of a ball that got no narrower: no value, too large a one, or one halfway between two floats."""
    if ball.is_nan():
        raise ValueError(f"{row.name} has no real value here")
    if not ball.is_finite() or ball.rel_accuracy_bits() < FIRST:
        raise OverflowError(f"{row.name} is beyond all bounds here")
    return float(ball)


def bit_length(q: float | Exact) -> int:
    """How many bits the longest integer of an exact number has."""
    return max(q.numerator.bit_length(), q.denominator.bit_length()) if isinstance(q, int | Fraction) else 0


def as_ball(q: float | Exact) -> Ball:
    """The ball of a number: a point for a float or an integer, the nearest and its error for a fraction."""
    if isinstance(q, Fraction):
        return arb(fmpq(q.numerator, q.denominator))
    return arb(int(q) if isinstance(q, int) else q)


def enclosure_of(row: Op, balls: tuple[Ball, ...]) -> Ball:
    """The value of one row on balls, at the present precision; not finite where no bounds are known."""
    column: Any = NAMED[row.ball] if isinstance(row.ball, str) else row.ball
    try:
        return arb(column(*balls))
    except (ValueError, ZeroDivisionError):  # so python-flint says it now and then
        return arb.nan()


def enclosure(e: Expr, env: Mapping[Sym, Exact], bits: int = 128) -> Ball | Value | Fault:
    """The value of `e` at an exact point: exact where that is possible, else a ball, computed with `bits` bits.

    A Fault where it has none, or where these bits do not decide (a comparison of overlapping balls, a root of a ball
    that reaches below 0): more may.
    """
    with precision, flint.ctx.workprec(bits):
        found: Ball | Value | Fault = evaluate(e, env, on_balls)
    return found


def on_balls(row: Op, parts: list[Any]) -> Any:
    """The value of one row at numbers or balls. Raises ValueError where these bits give no bounds."""
    balls = tuple([part if part.__class__ is arb else as_ball(part) for part in parts])
    if row.form == "relation":
        return compared(row, *balls)
    ball = arb.nan() if row.ball is None else enclosure_of(row, balls)
    if not ball.is_finite():
        raise ValueError(f"no bounds for {row.name}")
    return ball


def compared(row: Op, u: Ball, v: Ball) -> bool:
    """A relation between balls. Undecided while they overlap: what is not certainly true need not be false."""
    if u.overlaps(v) and not (u.is_exact() and v.is_exact()):
        raise ValueError("the balls overlap")
    relation: Any = row.exact
    return bool(relation(u, v))


# ------------------------------------------------------------------------------- rows whose ball takes more than a call


def polygamma(n: Ball, u: Ball) -> Ball:
    """The derivative of order n = 0, 1, 2, ... of digamma."""
    return acb(u).polygamma(acb(n)).real if 0 <= whole(n) <= ORDERS else arb.nan()


def zetaderivative(n: Ball, u: Ball) -> Ball:
    """The derivative of order n of zeta: n! times a coefficient of its Taylor series at u."""
    order = whole(n)
    if not 0 <= order <= ORDERS:
        return arb.nan()
    return arb_series([u, 1], prec=order + 1).zeta()[order] * arb.fac_ui(order)


def root(u: Ball, n: Ball) -> Ball:
    """The real n-th root; odd n have roots of negative numbers."""
    if whole(n) % 2 and u < 0:
        return -((-u) ** (1 / n))
    return u ** (1 / n)


def cbrt(u: Ball) -> Ball:
    """The real cube root; of a ball around 0, a ball around 0."""
    if u > 0:
        return u.root(3)
    if u < 0:
        return -((-u).root(3))
    return arb(0, u.abs_upper().root(3).upper())


def whole(n: Ball) -> int:
    """The integer that a ball is; -2 where it is none or not certainly one: even, and the order of no derivative."""
    certain = n.unique_fmpz() if n.is_exact() else None
    return -2 if certain is None else int(certain)


NAMED: dict[str, Callable[..., Ball]] = {
    "pi": arb.pi,
    "e": arb.const_e,
    "cbrt": cbrt,
    "root": root,
    "polygamma": polygamma,
    "zetaderivative": zetaderivative,
}
