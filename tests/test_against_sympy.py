"""Derivatives against SymPy's, at points, with 30 digits: an engine with other rules, other forms and other authors."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy
from drawn import ROWS, Draw, x, y
from flint import arb

from symdiff import d, postorder, to_sympy
from symdiff.bridge import name_in_sympy
from symdiff.core.expr import App, Expr, Op, Sym
from symdiff.numeric.ball import enclosure
from symdiff.numeric.point import Fault

SHARED = [row for row in ROWS if name_in_sympy(row) != ""]
POINTS = 5
DIGITS = 30
BITS = 160
CLOSE = mpmath.mpf(10) ** -15  # far from rounding, far from a wrong formula


# ------------------------------------------------------------------------------------------------------- SymPy's values


def lambdified(s: Any) -> Callable[..., Any]:
    """SymPy's expression as a function of x and y in mpmath; what it leaves unevaluated is differentiated numerically."""
    functions: dict[str, Any] = dict(WRITTEN)

    def numerical(slope: Any) -> Any:
        kind = type(slope.expr)
        functions[f"slope_of_{kind.__name__}"] = lambda n, u: mpmath.diff(
            sympy.lambdify(T, kind(T), "mpmath"), u, int(n)
        )
        return sympy.Function(f"slope_of_{kind.__name__}")(slope.derivative_count, slope.expr.args[0])

    s = s.replace(lambda t: isinstance(t, sympy.Derivative), numerical).doit()
    return sympy.lambdify([sympy.Symbol("x", real=True), sympy.Symbol("y", real=True)], s, [functions, "mpmath"])


T = sympy.Symbol("t", real=True)


# What SymPy's printer for mpmath does not know. A point on a jump has no derivative to compare.
WRITTEN = {
    "DiracDelta": lambda u, *_: 0 if u else mpmath.nan,
    "Heaviside": lambda u, *_: int(u > 0) if u else mpmath.nan,
    "airyaiprime": lambda u: mpmath.airyai(u, derivative=1),
    "airybiprime": lambda u: mpmath.airybi(u, derivative=1),
}


def theirs(function: Callable[..., Any], at: dict[Sym, Fraction]) -> Any:
    """The real value that SymPy's expression has there, or None."""
    try:
        value = mpmath.mpmathify(function(*[mpmath.mpf(q.numerator) / q.denominator for q in (at[x], at[y])]))
    except (ZeroDivisionError, ValueError, mpmath.libmp.NoConvergence, TypeError):
        return None
    if not mpmath.isfinite(value) or abs(mpmath.im(value)) > CLOSE * abs(value):
        return None
    return mpmath.re(value)


def ours(e: Expr, at: dict[Sym, Fraction]) -> Any:
    """The value of our expression there, from its proven bounds, or None."""
    value = enclosure(e, at, BITS)
    if isinstance(value, Fault):
        return None
    ball = arb(value) if not isinstance(value, Fraction) else arb(value.numerator) / value.denominator
    return mpmath.mpf(ball.mid().str(DIGITS + 10, radius=False))


# ----------------------------------------------------------------------------------------------------------- comparing


def agreements(e: Expr, names: tuple[Sym, ...], draw: Draw, tries: int = 40) -> int:
    """At how many points, of the `POINTS` wanted, the derivatives agree. Fails if they don't at one."""
    slope, function = (
        d(e, *names),
        lambdified(sympy.diff(to_sympy(e), *[sympy.Symbol(v.name, real=True) for v in names])),
    )
    agreed = 0
    for _ in range(tries):
        at = draw.point()
        u, v = ours(slope, at), theirs(function, at)
        if u is not None and v is not None:
            assert abs(u - v) <= CLOSE * (abs(v) + CLOSE), disagreement(e, names, at, u, v)
            agreed += 1
            if agreed == POINTS:
                break
    return agreed


def disagreement(e: Expr, names: tuple[Sym, ...], at: dict[Sym, Fraction], u: Any, v: Any) -> str:
    """Both values, and the judge: the slope by differences of our own proven values."""
    moved, *others = names

    def value(t: Any) -> Any:
        return ours(d(e, *others) if others else e, at | {moved: Fraction(str(t))})

    h = Fraction(1, 10**6)
    low, high = value(at[moved] - h), value(at[moved] + h)
    between = (high - low) / (2 * mpmath.mpf(h.numerator) / h.denominator) if None not in (low, high) else None
    return f"d({e}, {names}) at {at}: ours {u}, SymPy's {v}, by differences {between}"


def moving_slots(e: Expr, name: Sym) -> set[tuple[Op, int]]:
    """The rows and the arguments whose partial derivatives the chain rule needs."""
    moving = {name}
    slots = set()
    for node in postorder(e):
        if node.__class__ is App and (found := [i for i, part in enumerate(node.args) if part in moving]):
            moving.add(node)
            slots |= {(node.op, i) for i in found}
    return slots


@pytest.fixture(autouse=True)
def digits() -> Iterable[None]:
    with mpmath.workdps(DIGITS):
        yield
