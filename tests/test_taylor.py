"""Taylor polynomials: exact where they can be, proven where they are numbers, refused where there is none."""

from fractions import Fraction
from math import factorial
from random import Random

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import BUILT_IN, expressions

from symdiff import ball, d, derivative, equal, function, operation, parse, subs, taylor, taylor_coefficients, val
from symdiff.core.declare import OWN
from symdiff.core.expr import App, Num, Sym
from symdiff.core.fold import size
from symdiff.core.ops import TABLE
from symdiff.errors import DerivativeError, EvaluationError, LimitError, OperandError, SymdiffError, UndefinedError

SEED = 4
ROWS = [row for row in TABLE.values() if row not in OWN and row.arity]
X = Sym("x")
# At the edge of a condition `d` gives the slope of a branch, and there may be no series.
SMOOTH = [row for row in BUILT_IN if row.form not in ("relation", "logic")]


def overlap(u, v):
    return u.lower <= v.upper and v.lower <= u.upper


# ----------------------------------------------------------------------------------------------------------- symbolic


@pytest.mark.parametrize(
    ("text", "at", "n", "polynomial"),
    [
        ("exp(x)", 0, 3, "1 + x + x^2/2 + x^3/6"),
        ("sin(x)", 0, 5, "x - x^3/6 + x^5/120"),
        ("tan(x)", 0, 7, "x + x^3/3 + 2*x^5/15 + 17*x^7/315"),
        ("exp(sin(x))", 0, 5, "1 + x + x^2/2 - x^4/8 - x^5/15"),
        ("1/(1 - x)", 0, 3, "1 + x + x^2 + x^3"),
        ("log(1 + x)", 0, 3, "x - x^2/2 + x^3/3"),
        ("sqrt(1 + x)", 0, 3, "1 + x/2 - x^2/8 + x^3/16"),
        ("(1 + x)^(1/3)", 0, 2, "1 + x/3 - x^2/9"),
        ("(1 + x)^x", 0, 4, "1 + x^2 - x^3/2 + 5*x^4/6"),
        ("lambertw(x)", 0, 4, "x - x^2 + 3*x^3/2 - 8*x^4/3"),
        ("besselj(0, x)", 0, 4, "1 - x^2/4 + x^4/64"),
        ("Si(x)", 0, 5, "x - x^3/18 + x^5/600"),
        ("erf(x)", 0, 3, "2*x/sqrt(pi) - 2*x^3/(3*sqrt(pi))"),
        ("x^3", 1, 3, "1 + 3*(x - 1) + 3*(x - 1)^2 + (x - 1)^3"),
        ("x^1000", 0, 5, "0"),
        ("7", 0, 3, "7"),
        ("cosh(x)", "log(2)", 1, "5/4 + 3*(x - log(2))/4"),
        ("sin(x)", "pi", 3, "-(x - pi) + (x - pi)^3/6"),
        ("exp(x)", 1, 1, "e + e*(x - 1)"),
        ("abs(x)", -2, 2, "2 - (x + 2)"),
        ("floor(x)", 0.5, 2, "0"),
        ("max(x, 1)", 3, 2, "3 + (x - 3)"),
        ("(x > 1)*x", 2, 1, "2 + (x - 2)"),
        ("sin(a*x)", 0, 3, "a*x - a^3*x^3/6"),
        ("log(x)", "a", 2, "log(a) + (x - a)/a - (x - a)^2/(2*a^2)"),
        ("1/(a - x)", 0, 2, "1/a + x/a^2 + x^2/a^3"),
        ("a^x", 0, 2, "1 + log(a)*x + log(a)^2*x^2/2"),
        ("y*exp(x)", 0, 2, "y + y*x + y*x^2/2"),
    ],
)
def test_the_polynomial_is_that_of_the_handbooks(text, at, n, polynomial):
    assert str(taylor(text, "x", at, n)) == polynomial


def test_an_abstract_function_gives_taylors_theorem():
    f = function("f")
    a = Sym("a")
    assert (
        taylor(f(X), X, a, 2) == parse("f(a)") + d("f(a)", "a") * (X - a) + d("f(a)", "a", order=2) * (X - a) ** 2 / 2
    )


@pytest.mark.parametrize(
    ("text", "n", "polynomial"),
    [
        ("sin(x)/x", 4, "1 - x^2/6 + x^4/120"),
        ("(1 - cos(x))/x^2", 2, "1/2 - x^2/24"),
        ("1/x - 1/sin(x)", 3, "-x/6 - 7*x^3/360"),
        ("1/log(1 + x) - 1/x", 2, "1/2 - x/12 + x^2/24"),
        ("x/(exp(x) - 1)", 4, "1 - x/2 + x^2/12 - x^4/720"),
        ("sin(a*x)/x", 2, "a - a^3*x^2/6"),
        ("where(x != 0, sin(x)/x, 1)", 2, "1 - x^2/6"),
        ("where(x == 0, 1, sin(x)/x)", 2, "1 - x^2/6"),
        ("where(x^2 > 0, (1 - cos(x))/x, 0)", 3, "x/2 - x^3/24"),
    ],
)
def test_a_removable_point_is_removed(text, n, polynomial):
    assert str(taylor(text, "x", 0, n)) == polynomial


@pytest.mark.parametrize(
    ("text", "at", "why"),
    [
        ("1/x", 0, "pole"),
        ("exp(1/x)", 0, "pole"),
        ("x*log(x)", 0, "log(0) has no real value"),
        ("sqrt(x)", 0, "that takes x > 0"),
        ("x^(5/2)", 0, "its base is 0 there"),
        ("x^a", 0, "its base is 0 there"),
        ("x^(-2)", 0, "pole"),
        ("cbrt(x)", 0, "that takes x != 0"),
        ("root(x, 3)", 0, "pole"),
        ("abs(x)", 0, "that takes x != 0"),
        ("asin(x)", 1, "that takes abs(x) < 1"),
        ("floor(x)", 2, "that takes x != floor(x)"),
        ("max(x, -x)", 0, "that takes x != -x"),
        ("log(x)", -1, "log(-1) has no real value"),
        ("tan(x)", "pi/2", "tan(pi/2) has no real value"),
        ("gamma(x)", 0, "gamma(0) has no real value"),
        ("where(x > 0, x, 0)", 0, "its branches meet there"),
        ("where(x != 0, x, 1)", 0, "its value there is not that of its surroundings"),
        ("x + (x > 0)", 0, "it changes there"),
        ("1/(x - x)", 0, "is 0 up to order"),
        ("1/(sin(a)^2 + cos(a)^2 - 1)", 0, "division by zero"),
    ],
)
def test_where_there_is_no_series_the_reason_is_named(text, at, why):
    with pytest.raises(UndefinedError) as caught:
        taylor(text, "x", at, 3)
    assert why in caught.value.message


@pytest.mark.parametrize(
    ("text", "polynomial"),
    [
        ("where(x > -1, x^2, log(x))", "x^2"),
        ("where(x > 1 and log(x) < 1, 5, x)", "x"),
        ("where(log(x) < 1 and x > 1, 5, x)", "x"),
        ("where(x < 1 or 1/x > 0, 5, x)", "5"),
        ("where(not x > 1, x, 1/x)", "x"),
    ],
)
def test_what_is_not_taken_never_matters(text, polynomial):
    assert str(taylor(text, "x", 0, 2)) == polynomial


def test_a_series_that_depends_on_a_sign_asks_for_numbers():
    with pytest.raises(LimitError, match="the sign of -a is open"):
        taylor("max(x, a)", "x", 0, 2)


def test_a_mistake_in_the_call_is_explained():
    for n in (-1, 1.5, 10**6):
        with pytest.raises(OperandError, match="the order of a Taylor series"):
            taylor("exp(x)", "x", 0, n)
    with pytest.raises(OperandError, match="the point holds x itself"):
        taylor("exp(x)", "x", "x + 1")
    with pytest.raises(OperandError, match="at a point, not on an interval"):
        taylor_coefficients("exp(x)", "x", (0, 1))
    with pytest.raises(DerivativeError, match="no formula is known"):
        taylor("besselj(x, 2)", "x", 1)
    whole = operation("rounded_up", lambda u: u, [None])
    with pytest.raises(DerivativeError):
        taylor(whole(X), "x", 1)


@pytest.mark.parametrize(
    "text", ["exp(sin(x))", "tan(x)", "exp(x)/(1 - x)", "log(1 + x)*exp(x)", "sin(x)^2", "sqrt(1 + x^2)"]
)
def test_orders_of_thirty_stay_exact_and_short(text):
    assert size(taylor(text, "x", 0, 30)) < 400
    last = taylor_coefficients(text, "x", 0, 30)[-1]
    assert last.radius == 0
    assert last.mid * factorial(30) == val(derivative(text, "x", 30), {"x": 0})


@pytest.mark.parametrize(
    "text",
    ["exp(a*x)*sin(x)", "log(x)^2", "x^a/(1 + x)", "atan(a*x)", "sinh(x)/x", "sqrt(a + x^2)", "a^x*cos(x)"],
)
def test_symbolic_coefficients_are_the_derivatives_at_the_point(text):
    b = Sym("b")
    p = taylor(text, "x", b, 3)
    for k in range(4):
        left = subs(d(p, "x", order=k), {X: b})
        right = subs(d(text, "x", order=k), {X: b})
        assert equal(left, right).verdict == "equal"


# ------------------------------------------------------------------------------------------------------------ numbers


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_has_the_series_of_its_derivatives_or_says_why_not(row):
    random = Random(SEED)
    point = [
        random.randint(*pair) if isinstance(pair[0], int) else Fraction(random.uniform(*pair)).limit_denominator(99)
        for pair in row.sample
    ]
    for i in range(row.arity):
        args = [Num(q) for q in point]
        args[i] = X
        e = App(row, tuple(args))
        try:
            found = taylor_coefficients(e, "x", point[i], 4)
        except DerivativeError:
            assert row.partials[i] is None
            continue
        for k, c in enumerate(found):
            by_rule = ball(d(e, "x", order=k), {"x": point[i]})
            assert overlap(by_rule, times(c, factorial(k)))
            assert c.digits == 30


def times(bounds, n):
    return type(bounds)(bounds.lower * n, bounds.upper * n)


@pytest.mark.parametrize(
    ("text", "f", "at"),
    [
        ("exp(sin(x))", lambda x: mpmath.exp(mpmath.sin(x)), Fraction(1, 2)),
        ("gamma(x)", mpmath.gamma, Fraction(3, 2)),
        ("zeta(x)", mpmath.zeta, 3),
        ("airyai(x)", mpmath.airyai, 1),
        ("1/(1 + x^2)", lambda x: 1 / (1 + x * x), 2),
        ("lambertw(x)", mpmath.lambertw, 1),
    ],
)
def test_numeric_coefficients_are_those_of_mpmath(text, f, at):
    with mpmath.workdps(50):
        true = mpmath.taylor(f, mpmath.mpf(at.numerator) / at.denominator, 4)
        for c, t in zip(taylor_coefficients(text, "x", at, 4), true, strict=True):
            low, high = [mpmath.mpf(end.numerator) / end.denominator for end in (c.lower, c.upper)]
            assert low - mpmath.mpf(10) ** -33 <= t <= high + mpmath.mpf(10) ** -33


def test_a_coefficient_that_is_0_is_known_to_be():
    found = taylor_coefficients("sin(pi*x)", "x", 1, 4)
    assert [c.mid for c in found[::2]] == [0, 0, 0]
    assert str(found[1]) == "-3.14159265358979323846264338328"


def test_a_coefficient_that_cannot_be_told_from_0_has_no_digits():
    found = taylor_coefficients("gamma(x) + (gamma(5/3) - gamma(2/3)*2/3)*exp(x) - gamma(x)", "x", 1, 1)
    for c in found:
        assert c.lower == c.upper == 0 or (c.digits == 0 and c.radius < Fraction(1, 10**30))


def test_rational_coefficients_are_exact():
    found = taylor_coefficients("1/(1 - a*x)", "x", 0, 3, {"a": Fraction(1, 3)})
    assert [(c.lower, c.upper) for c in found] == [(Fraction(1, 3**k),) * 2 for k in range(4)]


def test_a_hundred_orders_are_proven():
    found = taylor_coefficients("exp(sin(x))*gamma(x + 2)", "x", 0.1, 100, digits=12)
    assert len(found) == 101
    assert all([c.digits == 12 for c in found])


@pytest.mark.parametrize(("text", "at"), [("log(x)", -1), ("1/x", 0), ("log(gamma(x))", -0.5), ("tan(x*pi)", 0.5)])
def test_where_a_number_has_no_series_that_is_said(text, at):
    with pytest.raises(UndefinedError):
        taylor_coefficients(text, "x", at, 3)


def test_an_abstract_function_has_no_numbers():
    with pytest.raises(EvaluationError, match="abstract function"):
        taylor_coefficients("f(x)", "x", 1, 2)


@settings(max_examples=80, deadline=None)
@given(expressions(rows=SMOOTH, symbols="x", max_leaves=6), st.fractions(-2, 2, max_denominator=7))
def test_the_series_of_any_formula_is_that_of_its_derivatives(e, at):
    try:
        found = taylor_coefficients(e, "x", at, 2, digits=12)
        by_rule = [ball(d(e, "x", order=k), {"x": at}, 12) for k in range(3)]
    except SymdiffError:
        return
    for k in range(3):
        assert overlap(times(found[k], factorial(k)), by_rule[k])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sin(2) - where(1 < 2, y, 3)", "sin(2) - y"),
        ("exp(gamma(1/3) - where(y > 0, y, 3))", "exp(gamma(1/3) - y)"),
        ("x/where(y > 0, y, 3)", "x/y"),
        ("(x + 2)^where(y > 0, y, 3)", "(x + 2)^y"),
    ],
)
def test_a_choice_without_x_counts_with_its_value(text, value):
    for point in ({"y": 2}, {"y": Fraction(1, 3)}):
        found = taylor_coefficients(text, "x", 1, 3, point)
        assert found == taylor_coefficients(value, "x", 1, 3, point)
        assert float(found[0]) == pytest.approx(val(text, x=1, **point))


@pytest.mark.parametrize("text", ["1/(exp(x) - exp(x))", "(exp(x) - exp(x))^(-2)", "where(exp(x) <= exp(x), x, 3)"])
def test_what_may_be_0_all_around_is_named(text):
    with pytest.raises(UndefinedError, match=r"^exp\(x\) - exp\(x\) is 0 up to order \d+ at this point"):
        taylor_coefficients(text, "x", 0, 3)
