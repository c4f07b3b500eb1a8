"""Values with proven bounds, by python-flint's ball arithmetic (Johansson, Arb, IEEE Trans. Computers 66, 2017).

A ball is a midpoint and a radius that holds the true value. A row of the table says in its column `ball` how balls go
in and a ball comes out: a function, or the name of one in `NAMED` below. Rounded, once the bounds allow only one
answer, a ball gives the nearest float: that is where special functions take their values from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from threading import RLock
from typing import Any, TypeAlias

import flint
from flint import acb, arb, arb_series, fmpq

from symdiff.core import ops
from symdiff.core.exact import BITS, Exact
from symdiff.core.expr import App, Expr, Op, Sym
from symdiff.points.point import EXACT, UNCERTAIN, Fault, UnboundedError, Value, evaluate, step, truth

Ball: TypeAlias = arb

FIRST = 80  # bits: enough for a double at the first attempt, as a rule
ENOUGH = 512  # bits after which what has no bounds is taken to have no value
MOST = 4096  # bits, and twice those of the arguments: for phases like those of sin(10^400) and fresnels(1e300)
REACH = 4 * MOST  # bits for what has bounds, but none of use yet: besselj(8000, 8000) wants 8000; 0.5 s at the worst
FARTHEST_ORDER = 10**6  # of expint: 1e7 takes 50 ms, 1e15 does not end
ORDERS = 100  # of a derivative: beyond, polygamma and zetaderivative may take seconds

precision = RLock()  # python-flint has one precision for the whole process


def float_value(row: Op, args: tuple[float | Exact, ...]) -> float:
    """The float nearest to the value of one row at exact points: floats, integers and fractions mean themselves.

    Raises ValueError where the row has no real value (poles, arguments outside of the domain), OverflowError where the
    value is beyond the floats, UnboundedError where no precision allowed tells the value; underflow gives 0.

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
    bits, more = FIRST, 2 * max(map(bit_length, args), default=0)
    while True:
        with precision, flint.ctx.workprec(bits):
            ball = enclosure_of(row, tuple(map(as_ball, args)))
            below, above = float(ball.lower()), float(ball.upper())
        if below == above:
            return below
        if is_last(ball, bits, more):
            return last_resort(row, ball)
        bits *= 2


def is_last(ball: Ball, bits: int, more: int) -> bool:
    """Whether to stop here: without bounds, halfway between two floats, or with all bits spent."""
    if not ball.is_finite():
        return bits >= ENOUGH
    return bits >= (MOST if is_narrow(ball) else REACH) + more


def is_narrow(ball: Ball) -> bool:
    return bool(ball.rel_accuracy_bits() >= FIRST)


def last_resort(row: Op, ball: Ball) -> float:
    """What to make of a ball that got no narrower: no value, one out of reach, or one halfway between two floats."""
    if ball.is_nan():
        raise ValueError(f"{row.name} has no real value here")
    if not (ball.is_finite() and is_narrow(ball)):
        raise UnboundedError(f"{row.name} cannot be bounded here")
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


def enclosures(
    nodes: Sequence[Expr], env: Mapping[Sym, Exact], bits: int, check: Callable[[], None]
) -> dict[Expr, Any]:
    """What `enclosure` gives for each of these nodes, in which parts come before wholes.

    For many points of one formula, whose nodes are listed once; `check` is called at every node, and may raise to end
    the work. No node takes long: exact numbers longer than a few times `bits` go on as balls, and special functions far
    out have no bounds.

    >>> from symdiff import parse
    >>> from symdiff.core.fold import postorder
    >>> enclosures(postorder(parse("x^2 + 1/2")), {Sym("x"): 3}, 64, lambda: None).popitem()
    (x^2 + 1/2, Fraction(19, 2))
    """
    known: dict[Expr, Any] = {}
    with precision, flint.ctx.workprec(bits):
        for node in nodes:
            if isinstance(node, App):
                check()
                found = step(node, [known[part] for part in node.args], in_reach)
                known[node] = as_ball(found) if bit_length(found) > LONG + 4 * bits else found
            else:
                known[node] = env[node] if isinstance(node, Sym) else node.value
    return known


LONG = 256  # bits
SLOW_BITS = 256  # besselk(34/33, 253) takes 9 s at 1024 bits
WIDE = 1e3  # arguments of besselk and the like: from here on one call may take seconds


def in_reach(row: Op, parts: list[Any]) -> Any:
    """What `on_balls` gives, but nothing that may take long: FLINT cannot be interrupted."""
    slow = row.value is None and len(parts) > 1
    if slow and (flint.ctx.prec > SLOW_BITS or not all([abs(as_arb(part)) < WIDE for part in parts])):
        raise UnboundedError(f"{row.name} takes long here")
    return on_balls(row, parts)


def is_exact(value: Any) -> bool:
    """Whether a value is an exact number, and no ball or Fault."""
    return value.__class__ in EXACT


def as_arb(value: Any) -> Ball:
    """The ball that a value is or has."""
    return value if value.__class__ is arb else as_ball(value)


def differ(u: Any, v: Any, bits: int = 128) -> bool:
    """Whether two values, exact or enclosed, are different for certain; a Fault differs from nothing.

    >>> differ(1, Fraction(1, 2)), differ(as_ball(2.0).sqrt(), Fraction(7, 5)), differ(as_ball(0.0).exp(), 1)
    (True, True, False)
    """
    if u.__class__ is Fault or v.__class__ is Fault:
        return False
    if u.__class__ in EXACT and v.__class__ in EXACT:
        return bool(u != v)
    with precision, flint.ctx.workprec(bits):
        return not as_arb(u).overlaps(as_arb(v))


def ends(ball: Ball) -> tuple[Fraction, Fraction]:
    """The exact ends of a ball, rounded outwards where it is narrower than can be written: 1 - 2^-(10^40), say.

    Raises OverflowError where its middle has too many bits to be written out.

    >>> ends(as_ball(0.5))
    (Fraction(1, 2), Fraction(1, 2))
    """
    middle = dyadic(ball.mid())
    least = abs(middle) / (1 << BITS)
    radius = least if 0 < ball.rad() < as_ball(least) else dyadic(ball.rad())
    return middle - radius, middle + radius


def dyadic(point: Ball) -> Fraction:
    """The fraction that the midpoint of a ball is."""
    top, exponent = [int(part) for part in point.man_exp()]
    if abs(exponent) > BITS:
        raise OverflowError("too many bits to be written out")
    return Fraction(top << exponent) if exponent > 0 else Fraction(top, 1 << -exponent)


def decimals(u: Any, v: Any) -> tuple[str, str]:
    """Two different values as decimals, with as many digits as it takes to see the difference, 6 at least.

    >>> decimals(Fraction(1, 3), 1), decimals(1, Fraction(100000001, 100000000)), decimals(True, False)
    (('0.333333', '1'), ('1', '1.00000001'), ('true', 'false'))
    """
    with precision, flint.ctx.workprec(MOST):
        digits = 6
        while (texts := (decimal(u, digits), decimal(v, digits)))[0] == texts[1] and digits < MOST // 4:
            digits += 1
    return texts


def decimal(value: Any, digits: int) -> str:
    """A value with so many significant digits, and no zeros after them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = as_arb(value).mid().str(digits, radius=False)
    number, mark, exponent = text.partition("e")
    return (number.rstrip("0").rstrip(".") if "." in number else number) + mark + exponent


def on_balls(row: Op, parts: list[Any]) -> Any:
    """The value of one row at numbers or balls. Raises ValueError where these bits give no bounds."""
    balls = tuple(map(as_arb, parts))
    if row.form == "relation":
        return compared(row, *balls)
    ball = arb.nan() if row.ball is None else enclosure_of(row, balls)
    if not ball.is_finite():
        raise ValueError(f"no bounds for {row.name}")
    return ball


def decided(row: Op, parts: list[Any]) -> Any:
    """The same, but ValueError also where a ball reaches across a jump: more bits may tell on which side it is."""
    if row is ops.no:
        answer = truth(parts[0])
        if answer is None:
            raise ValueError(UNCERTAIN)
        return not answer
    found = on_balls(row, parts)
    if row in STEPS and not found.is_exact():
        raise ValueError("the ball reaches across a jump")
    if row is ops.atan2 and as_cut(*parts):
        raise ValueError("the ball reaches across the cut")
    return found


STEPS = frozenset((ops.sign, ops.floor, ops.ceil))


def as_cut(y: Any, x: Any) -> bool:
    """Whether the angle of these points may jump from -pi to pi."""
    return as_arb(y).contains(0) and not (y == 0 or as_arb(x) > 0)


def compared(row: Op, u: Ball, v: Ball) -> bool:
    """A relation between balls. UndecidedError while they overlap: what is not certainly true need not be false."""
    if u.overlaps(v) and not (u.is_exact() and v.is_exact()):
        raise ValueError("the balls overlap")
    relation: Any = row.exact
    return bool(relation(u, v))


# ------------------------------------------------------------------------------- rows whose ball takes more than a call


def polygamma(n: Ball, u: Ball) -> Ball:
    """The derivative of order n = 0, 1, 2, ... of digamma."""
    return acb(u).polygamma(acb(n)).real if 0 <= whole(n) <= ORDERS else arb.nan()


def expint(n: Ball, u: Ball) -> Ball:
    """The exponential integral of order n; FLINT adds up as many terms as the order is large."""
    return u.expint(n) if abs(n) < FARTHEST_ORDER else arb.nan()


def zetaderivative(n: Ball, u: Ball) -> Ball:
    """The derivative of order n of zeta: n! times a coefficient of its Taylor series at u."""
    order = whole(n)
    if not 0 <= order <= ORDERS:
        return arb.nan()
    with series_of(order + 2):
        series = arb_series([u, 1], prec=order + 1).zeta()
    if len(series) <= order:
        raise ValueError("the Taylor series of zeta is too short")
    return series[order] * arb.fac_ui(order)


@contextmanager
def series_of(length: int) -> Iterator[None]:
    """Series of this length; python-flint cuts longer ones than `ctx.cap` without a word."""
    with precision:
        before, flint.ctx.cap = flint.ctx.cap, length
        try:
            yield
        finally:
            flint.ctx.cap = before


def zeta(u: Ball) -> Ball:
    """Riemann's zeta function.

    Far to the right it is at most 1 + 2^(2 - u); far to the left it is 0 at even integers, and elsewhere too large,
    with the sign that the reflection formula gives.
    """
    if u > 10**6:  # python-flint takes half a minute to find no bounds of zeta(1e200 +/- 1e150)
        return arb(1, (arb(2) ** (2 - u.lower().min(arb(2 * flint.ctx.prec)))).upper())
    found = u.zeta()
    if found.is_finite() or not u < -1:
        return found
    if (u / 2).is_integer():
        return arb(0)
    return beyond((u / 2).sin_pi())


def erfi(u: Ball) -> Ball:
    """erfi; too large far out, where python-flint gives no sign."""
    found = u.erfi()
    return found if found.is_finite() or abs(u) < FAR else beyond(u)


def airybi(u: Ball) -> Ball:
    """Bi; too large far to the right, where python-flint gives no sign."""
    found = u.airy_bi()
    return found if found.is_finite() or not u > FAR else arb.pos_inf()


def airybiprime(u: Ball) -> Ball:
    """The derivative of Bi, too large where Bi is."""
    found = u.airy_bi(derivative=1)
    return found if found.is_finite() or not u > FAR else arb.pos_inf()


FAR = 1000  # erfi and airybi are beyond the floats from 27 and 104 on


def beyond(sign: Ball) -> Ball:
    """The infinity of this sign: a value beyond the floats; nan where the sign is not certain."""
    return arb.pos_inf() if sign > 0 else arb.neg_inf() if sign < 0 else arb.nan()


def power(u: Ball, n: Ball) -> Ball:
    """u^n; of a ball around 0 with a positive integer n between those of its ends, where python-flint may give nan."""
    if not (u.contains(0) and n > 0 and n.is_integer()):
        return u**n
    if (n / 2).is_integer():
        return arb(0).union(u.abs_upper() ** n)
    return (u.lower() ** n).union(u.upper() ** n)


def root(u: Ball, n: Ball) -> Ball:
    """The real n-th root; odd n have roots of negative numbers, and no others, although (1/n) = 2 is an exponent."""
    if u < 0:
        return -((-u) ** (1 / n)) if whole(n) % 2 else arb.nan()
    return u ** (1 / n) if u >= 0 or whole(n) % 2 else arb.nan()


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
    "power": power,
    "cbrt": cbrt,
    "root": root,
    "polygamma": polygamma,
    "expint": expint,
    "erfi": erfi,
    "airybi": airybi,
    "airybiprime": airybiprime,
    "zeta": zeta,
    "zetaderivative": zetaderivative,
}


@contextmanager
def precise(bits: int) -> Iterator[None]:
    """Balls of so many bits, for this thread alone."""
    with precision, flint.ctx.workprec(bits):
        yield
