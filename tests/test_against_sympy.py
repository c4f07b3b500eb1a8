"""Derivatives against SymPy's, at points, to 15 digits: an engine with other rules, other forms and other authors."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy
from drawn import ROWS, Draw, x, y
from flint import arb

from symdiff import (
    add,
    cos,
    d,
    exp,
    free_symbols,
    log,
    maximum,
    minimum,
    mul,
    operation,
    postorder,
    sin,
    tanh,
    to_sympy,
)
from symdiff.bridge import name_in_sympy
from symdiff.core.expr import App, Expr, Op, Sym
from symdiff.points.ball import enclosure
from symdiff.points.point import Fault

SHARED = [row for row in ROWS if name_in_sympy(row) != ""]
POINTS = 5
DIGITS = 40  # of mpmath; fewer are left where terms cancel
BITS = 200  # of our balls
CLOSE = mpmath.mpf(10) ** -15  # far from rounding, far from a wrong formula


# ------------------------------------------------------------------------------------------------------- SymPy's values


def lambdified(s: Any) -> Callable[..., Any]:
    """SymPy's expression as a function of x and y in mpmath; what it left undone is differentiated numerically."""
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
    """The value of our expression there, where its proven bounds are narrow, or None."""
    value = enclosure(e, at, BITS)
    if isinstance(value, Fault):
        return None
    if not isinstance(value, arb):
        return mpmath.mpf(value.numerator) / value.denominator
    return mpmath.mpf(value.mid().str(DIGITS, radius=False)) if value.rad() <= 1e-20 * abs(value) else None


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
    """The rows, and which arguments, whose partial derivatives the chain rule needs."""
    moving: set[Expr] = {name}
    slots: set[tuple[Op, int]] = set()
    for node in postorder(e):
        if node.__class__ is App and (found := [i for i, part in enumerate(node.args) if part in moving]):
            moving.add(node)
            slots |= {(node.op, i) for i in found}
    return slots


# --------------------------------------------------------------------------------------------------------------- tests

EACH = 6  # expressions for each row


@pytest.fixture(autouse=True)
def _digits() -> Iterator[None]:
    with mpmath.workdps(DIGITS):
        yield


def test_more_than_500_expressions_are_compared():
    assert len(SHARED) * EACH > 500


@pytest.mark.parametrize("row", SHARED, ids=lambda row: row.name)
def test_the_derivative_agrees_with_sympy_s_at_five_points(row):
    """Until so many expressions with this row were comparable, and every formula of the row was needed for one."""
    draw, compared = Draw(f"first {row.name}"), 0
    wanted = {(row, i) for i, formula in enumerate(row.partials) if formula is not None}
    for _ in range(10 * EACH):
        e, name = draw.expression(row, draw.choice([0, 1, 1, 2])), draw.choice([x, x, y])
        if agreements(e, (name,), draw) == POINTS:
            compared += 1
            wanted -= moving_slots(e, name)
        if compared >= EACH and not wanted:
            return
    pytest.fail(f"{compared} expressions comparable, without a derivative in the arguments {[i for _, i in wanted]}")


@pytest.mark.parametrize("names", [(x, x), (x, y)], ids=["second", "mixed"])
@pytest.mark.parametrize("row", SHARED, ids=lambda row: row.name)
def test_second_and_mixed_derivatives_agree_with_sympy_s(row, names):
    draw, compared = Draw(f"second {row.name}"), 0
    for _ in range(100):
        e = draw.expression(row, draw.choice([0, 1]))
        if row.arity == 0 or {x, y} <= set(free_symbols(e)):
            compared += agreements(e, names, draw) == POINTS
        if compared == 3:
            return
    pytest.fail(f"{compared} expressions comparable")


@pytest.mark.parametrize(
    ("row", "many", "names"),
    [
        (add, 200, (x,)), (add, 200, (x, x)), (add, 200, (x, y)), (mul, 200, (x,)), (mul, 50, (y,)), (mul, 20, (x, x)),
        (mul, 20, (x, y)), (maximum, 20, (x,)), (minimum, 20, (y,)),
    ],
)  # fmt: skip
def test_sums_and_products_with_many_arguments_agree_with_sympy_s(row, many, names):
    draw = Draw(f"many {many}")
    simple = [sin, cos, exp, tanh, log]
    parts = [2 + draw.applied(draw.choice(simple), 0) / 3 for _ in range(many)]
    assert agreements(row(*parts), names, draw) == POINTS


def test_a_wrong_derivative_would_be_found():
    wrong = operation("wrong_sine", sympy="sin", value=None, partials=[lambda u: 1.000001 * cos(u)], ball=sin.ball)
    with pytest.raises(AssertionError, match="by differences"):
        agreements(wrong(x * y), (x,), Draw("wrong"))
