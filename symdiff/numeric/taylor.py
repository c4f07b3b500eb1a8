"""Taylor polynomials: exact, with symbols where they are wanted; and their coefficients as numbers with proven bounds.

The series itself is made in `points/series.py`, in whichever field suffices: rational numbers, balls, or fractions of
polynomials in the constants that the formula brings along (`numeric/constants.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import factorial
from typing import Any

from symdiff.algebra.normal import normal
from symdiff.calculus.diff import Name
from symdiff.core import ops
from symdiff.core.calm import calm
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num, Sym, symbol
from symdiff.core.fold import free_symbols, subs
from symdiff.core.ops import MINUS_ONE, ONE, ZERO
from symdiff.errors import LimitError, MissingError, OperandError, SymdiffError
from symdiff.numeric.ball import SLACK, Search, ball, check_digits, coordinates, exact_value
from symdiff.numeric.bounds import Bounds, scaled
from symdiff.numeric.constants import Constants
from symdiff.numeric.val import number
from symdiff.points.ball import ENOUGH, MOST, precise
from symdiff.points.fields import Balls, Rationals, rational
from symdiff.points.series import Expansion, OpenError
from symdiff.text.parse import Formula, expression

HIGHEST = 1000  # order of a series


def taylor(e: Formula, x: Name, at: Formula = 0, n: int = 6) -> Expr:
    """The Taylor polynomial of e in x of degree n around `at`, with exact coefficients.

    `e` and `at` are expressions, numbers or text; `at` may hold other symbols than x. The terms stand in rising order.
    At a removable point (sin(x)/x at 0) the series is that of the function continued there; one with symbols holds
    wherever its coefficients have a value. Coefficients by Knuth, The Art of Computer Programming 2, section 4.7.

    Raises UndefinedError where there is no such series: at a pole, a branch point or a corner, outside of the domain;
    DerivativeError where no derivative is known; LimitError where it would take too long, or depends on the
    sign of a symbol; OperandError and ParseError for a bad order, name or text.

    >>> taylor("exp(x)", "x", n=3), taylor("sin(a*x)", "x", n=3)
    (1 + x + x^2/2 + x^3/6, a*x - a^3*x^3/6)
    >>> taylor("log(x)", "x", "a", 2)
    log(a) + (x - a)/a - (x - a)^2/(2*a^2)
    >>> taylor("sqrt(x)", "x")
    Traceback (most recent call last):
    symdiff.errors.UndefinedError: sqrt(x) has no Taylor series at this point: that takes x > 0
    """
    formula, name, place = expression(e), symbol(x), expression(at)
    check_order(n)
    if name in free_symbols(place):
        raise OperandError(f"the point holds {name.name} itself", "example: taylor('log(x)', 'x', 'a', 2)")
    with calm:
        return polynomial(exact_coefficients(formula, name, place, n), name, place)


def taylor_coefficients(
    e: Formula, x: Name, at: Any = 0, n: int = 6, env: Mapping[Any, Any] | None = None, digits: int = 30
) -> tuple[Bounds, ...]:
    """The Taylor coefficients of e in x at a number, of order 0 to n: f, f', f''/2, ... with so many proven digits.

    Numbers mean what they mean to `ball`; `env` gives those of the other symbols. A rational coefficient has the
    radius 0. One that could not be told from 0 has `digits` 0, and its bounds hold 0 and less than 10^-digits of the
    largest. Raises as `ball` and `taylor` do. Orders beyond 100 of gamma, zeta and their relatives are out of reach.

    >>> taylor_coefficients("exp(x)", "x", 1, 2, digits=10)
    (Bounds(2.718281828), Bounds(2.718281828), Bounds(1.359140914))
    >>> taylor_coefficients("1/(1 - a*x)", "x", 0, 2, {"a": 3})
    (Bounds(1), Bounds(3), Bounds(9))
    """
    check_digits(digits)
    check_order(n)
    formula, name = expression(e), symbol(x)
    point = point_of(formula, name, at, {} if env is None else env)
    with calm:
        return bounded_coefficients(formula, name, point, n, digits)


def check_order(n: object) -> None:
    if not isinstance(n, int) or not 0 <= n <= HIGHEST:
        raise OperandError(f"the order of a Taylor series is a whole number up to {HIGHEST}, not {n!r}")


def derivative_bounds(e: Expr, x: Sym, order: int, env: Mapping[Any, Any], digits: int) -> Bounds:
    """A derivative of high order at a point: n! times a Taylor coefficient, which grows no formulas."""
    given = {key.name if isinstance(key, Sym) else key: thing for key, thing in env.items()}
    if x.name not in given:
        raise MissingError([x.name], [name for name in given if isinstance(name, str)])
    point = point_of(e, x, given[x.name], given)
    check_order(order)
    last = bounded_coefficients(e, x, point, order, digits)[-1]
    return scaled(last, factorial(order))


# ---------------------------------------------------------------------------------------------------------- symbolic


def exact_coefficients(e: Expr, x: Sym, at: Expr, n: int) -> list[Expr]:
    """The coefficients: rational numbers, if these suffice, else formulas of constants and symbols."""
    place = ops.rational_value(normal(at))
    if place is not None and set(free_symbols(e)) <= {x}:
        try:
            field = Rationals()
            found = Expansion(field, x, {x: field.number(place)}, n).coefficients(e, n)
            return [ops.rational(rational(c)) for c in found]
        except OpenError:
            pass  # some constant is irrational
    return symbolic_coefficients(e, x, at, n)


def symbolic_coefficients(e: Expr, x: Sym, at: Expr, n: int) -> list[Expr]:
    """The coefficients in the field of the constants. Raises LimitError where they depend on a sign."""
    constants = Constants()
    point = {s: constants.read(s) for s in free_symbols(e) if s is not x} | {x: constants.read(at)}
    try:
        found = Expansion(constants, x, point, n).coefficients(e, n)
    except OpenError as error:
        raise LimitError(f"there is no one Taylor series: {error}", "give numbers for the symbols") from error
    return [constants.written(c) for c in found]


def polynomial(coefficients: Sequence[Expr], x: Sym, at: Expr) -> Expr:
    """The sum of c_k (x - at)^k in rising order, without what is 0."""
    away = normal(x - at)
    total: Expr | None = None
    for k, c in enumerate(coefficients):
        if c is ZERO:
            continue
        negative = total is not None and is_negative(c)
        size = normal(-c) if negative else c
        power = ONE if k == 0 else away if k == 1 else App(ops.pow, (away, Num(k)))
        term = times(size, power)
        total = term if total is None else App(ops.sub if negative else ops.add, (total, term))
    return ZERO if total is None else total


def times(c: Expr, power: Expr) -> Expr:
    """c (x - a)^k as one writes it: the power in the numerator of a fraction, a minus in front."""
    if power is ONE:
        return c
    if c.__class__ is not App or c.op not in (ops.neg, ops.div):
        return factored(c, power)
    top, *bottom = c.args
    if top.__class__ is App and top.op is ops.neg:
        return App(c.op, (App(ops.neg, (factored(top.args[0], power),)), *bottom))
    return App(c.op, (factored(top, power), *bottom))


def factored(c: Expr, power: Expr) -> Expr:
    """c times a power; 1 is not written."""
    if c is MINUS_ONE:
        return App(ops.neg, (power,))
    return power if c is ONE else App(ops.mul, (c, power))


def is_negative(c: Expr) -> bool:
    """Whether a coefficient is written with a minus in front."""
    while c.__class__ is App and c.op in (ops.mul, ops.div):
        c = c.args[0]
    return (c.__class__ is App and c.op is ops.neg) or (c.__class__ is Num and c.value < 0)


# ----------------------------------------------------------------------------------------------------------- numeric


def point_of(e: Expr, x: Sym, at: Any, env: Mapping[Any, Any]) -> dict[Sym, Exact]:
    """The exact values of all symbols of e, and of x."""
    given = {key.name if isinstance(key, Sym) else key: thing for key, thing in env.items()}
    point, boxes = coordinates(e, {**given, x.name: at})
    if boxes:
        raise OperandError("a Taylor series is one at a point, not on an interval", "ball takes intervals")
    return {x: exact_value(number(x.name, at)), **point}


def bounded_coefficients(e: Expr, x: Sym, point: Mapping[Sym, Exact], n: int, digits: int) -> tuple[Bounds, ...]:
    """The coefficients at an exact point: rational numbers if these suffice, else balls.

    What balls leave open (that sin(pi) is 0) is tried in formulas of constants, which are then bounded one by one.
    """
    field = Rationals()
    try:
        exact = Expansion(field, x, {s: field.number(q) for s, q in point.items()}, n).coefficients(e, n)
        return tuple([ball(ops.rational(rational(c)), digits=digits) for c in exact])
    except OpenError:
        pass
    found, why = enclosed_coefficients(e, x, point, n, digits)
    if found is not None and all([b.digits for b in found]):
        return found
    try:
        here = subs(e, {s: ops.rational(q) for s, q in point.items() if s is not x})
        return tuple([ball(c, digits=digits) for c in symbolic_coefficients(here, x, ops.rational(point[x]), n)])
    except LimitError as error:
        if found is None:
            raise why or error from error
        return found


def enclosed_coefficients(
    e: Expr, x: Sym, point: Mapping[Sym, Exact], n: int, digits: int
) -> tuple[tuple[Bounds, ...] | None, SymdiffError | None]:
    """The coefficients by balls of more and more bits; None, and why, where no number of bits allowed decides."""
    search = Search(e, point, digits)
    bits, most = search.need + SLACK, max(MOST, 4 * search.need)
    why: SymdiffError | None = None
    while True:
        try:
            with precise(bits):
                field = Balls()
                found = Expansion(field, x, {s: field.number(q) for s, q in point.items()}, n).coefficients(e, n)
            if all([c == 0 or search.suffices(c) for c in found]):
                return tuple([search.bounds(c, bits) for c in found]), None
            if bits >= max(ENOUGH, 4 * search.need) and are_small(found, digits):
                return tuple([search.bounds(c, bits) for c in found]), None
        except OpenError as error:
            fault = error.fault
            if fault is not None and search.is_final(fault, bits):
                raise search.refusal(fault, bits) from error
            why = LimitError(str(error)) if fault is None else search.refusal(fault, bits)
        if bits >= most:
            return None, why or LimitError(f"the coefficients cannot be bounded to {digits} digits with {bits} bits")
        bits = min(2 * bits, most)


def are_small(found: Sequence[Any], digits: int) -> bool:
    """Whether all coefficients without proven digits may be 0, and are small beside the largest."""
    largest = max([abs(c).mid() for c in found])
    return all(
        [c == 0 or c.rel_accuracy_bits() > 0 or (c.contains(0) and abs(c) * 10**digits < largest) for c in found]
    )
