"""Values with proven bounds, by python-flint's ball arithmetic (Johansson, Arb, IEEE Trans. Computers 66, 2017).

A ball is a midpoint and a radius that holds the true value. A row of the table says in its column `ball` how balls go in and a
ball comes out: a function, or the name of one in `NAMED` below. Rounded where the bounds allow only one answer, a ball gives the
nearest float: that is where special functions take their values from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from threading import RLock
from typing import Any, TypeAlias

import flint
from flint import acb, arb, arb_series, fmpq

from symdiff.core.expr import Exact, Expr, Op, Sym
from symdiff.numeric.point import Fault, Value, evaluate

Ball: TypeAlias = arb

FIRST = 80  # bits: enough for a double at the first attempt, as a rule
MOST = 4096  # bits, and twice those of the arguments: for a phase like that of sin(10^400) or fresnels(1e300)
ENOUGH = 1024  # bits after which what has no bounds is taken to have no value

precision = RLock()  # python-flint's precision is one setting for the whole process


def float_value(row: Op, args: tuple[float | Exact, ...]) -> float:
    """The float nearest to the value of one row at exact points: floats, integers and fractions mean themselves.

    Raises ValueError where the row has no real value (poles, arguments outside of the domain), OverflowError where the value is
    beyond the floats; underflow gives 0.

    >>> from symdiff.core import ops
    >>> float_value(ops.gamma, (5.0,)), float_value(ops.besselj, (1, -2.5)), float_value(ops.sin, (10**400,))
    (24.0, -0.4970941024642741, -0.998538231983098)
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
    """What to make of a ball that got no narrower: no value, too large a value, or one halfway between two floats."""
    if ball.is_nan():
        raise ValueError(f"{row.name} has no real value here")
    if not ball.is_finite() or ball.rel_accuracy_bits() < 53:
        raise OverflowError(f"{row.name} is beyond all bounds here")
    return float(ball)


def bit_length(q: float | Exact) -> int:
    return max(q.numerator.bit_length(), q.denominator.bit_length()) if isinstance(q, int | Fraction) else 0


def as_ball(q: float | Exact) -> Ball:
    """The ball of a number: a point for a float or an integer, the nearest and its error for a fraction."""
    if isinstance(q, Fraction):
        return arb(fmpq(q.numerator, q.denominator))
    return arb(int(q) if isinstance(q, int) else q)


def enclosure_of(row: Op, balls: tuple[Ball, ...]) -> Ball:
    """The value of one row on balls, at the present precision; a ball that is not finite where no bounds are known."""
    column: Callable[..., Any] = NAMED[row.ball] if isinstance(row.ball, str) else row.ball
    try:
        ball: Ball = arb(column(*balls))
    except (ValueError, ZeroDivisionError):  # so python-flint says it now and then
        return arb.nan()
    return ball


def enclosure(e: Expr, env: Mapping[Sym, Exact], bits: int = 128) -> Ball | Value | Fault:
    """The value of `e` at an exact point: exact where that is possible, else a ball, computed with `bits` bits.

    A Fault where it has none, or where these bits do not decide (a comparison of overlapping balls, a root of a ball that
    reaches below 0): more may.
    """
    with precision, flint.ctx.workprec(bits):
        return evaluate(e, env, on_balls)


def on_balls(row: Op, parts: list[Any]) -> Any:
    """One row at numbers or balls."""
    balls = tuple([part if part.__class__ is arb else as_ball(part) for part in parts])
    if row.ball is None:
        return decided(row, balls)
    ball = enclosure_of(row, balls)
    if not ball.is_finite():
        raise ValueError(f"no bounds for {row.name}")
    return ball


def decided(row: Op, balls: tuple[Ball, ...]) -> bool:
    """A relation between balls. Raises ValueError while they overlap: not certainly true is not yet false."""
    if row.form != "relation":
        raise ValueError(f"{row.name} has no ball version")
    u, v = balls
    if u.overlaps(v) and not (u.is_exact() and v.is_exact()):
        raise ValueError("the balls overlap")
    return bool(row.exact(u, v))


# ------------------------------------------------------------------------------------------- rows that take more than a call


def polygamma(n: Ball, u: Ball) -> Ball:
    """The derivative of order n = 0, 1, 2, ... of digamma."""
    return acb(u).polygamma(acb(n)).real if whole(n) >= 0 else arb.nan()


def zetaderivative(n: Ball, u: Ball) -> Ball:
    """n! times the n-th coefficient of the Taylor series of zeta at u."""
    order = whole(n)
    if not 0 <= order <= MOST:
        return arb.nan()
    return arb_series([u, 1], prec=order + 1).zeta()[order] * arb.fac_ui(order)


def root(u: Ball, n: Ball) -> Ball:
    """The real n-th root; odd n have roots of negative numbers."""
    order = whole(n) if n.is_exact() and n.is_integer() else 0
    if order % 2 and u < 0:
        return -root_of_positive(-u, n)
    return root_of_positive(u, n)


def root_of_positive(u: Ball, n: Ball) -> Ball:
    return u ** (1 / n)


def cbrt(u: Ball) -> Ball:
    """The real cube root; of a ball around 0 the hull of the roots of its ends."""
    if u > 0:
        return u.root(3)
    if u < 0:
        return -((-u).root(3))
    reach = u.abs_upper().root(3)
    return arb(0, reach.upper())


def whole(n: Ball) -> int:
    """The integer that a ball certainly is; -1 where it is none."""
    return int(n.unique_fmpz()) if n.is_exact() and n.is_integer() else -1


NAMED: dict[str, Callable[..., Ball]] = {
    "pi": lambda: arb.pi(),
    "e": lambda: arb.const_e(),
    "cbrt": cbrt,
    "root": root,
    "polygamma": polygamma,
    "zetaderivative": zetaderivative,
}
