"""Angles: numbers of the circle, one sine for two, what is kept apart, and quotients written with sums."""

import math
from fractions import Fraction

import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from symdiff import Num, Sym, d, equal, parse, show, simplify
from symdiff.algebra.field.circle import circle
from symdiff.algebra.field.lattice import Angles
from symdiff.algebra.measure import reading, total
from symdiff.core import ops
from symdiff.core.expr import App
from symdiff.points.ball import as_ball, enclosure
from symdiff.points.point import Fault

POINTS = [
    {"x": Fraction(7, 10), "y": Fraction(13, 10), "a": Fraction(2, 5), "b": Fraction(3), "c": Fraction(-1, 3)},
    {"x": Fraction(-3, 2), "y": Fraction(2), "a": Fraction(-1), "b": Fraction(1, 2), "c": Fraction(5)},
    {"x": Fraction(0), "y": Fraction(0), "a": Fraction(0), "b": Fraction(1), "c": Fraction(-2)},
    {"x": Fraction(3), "y": Fraction(-1, 2), "a": Fraction(1), "b": Fraction(0), "c": Fraction(0)},
]


def ball_at(e, at):
    found = enclosure(e, {Sym(name): q for name, q in at.items()}, 200)
    if isinstance(found, Fault):
        return None
    ball = found if isinstance(found, arb) else as_ball(found)
    return ball if ball.is_finite() else None


def keeps_its_values(e):
    """The simplified form: as small, and of the same value wherever e has one."""
    result = simplify(e)
    assert total(result, reading) <= total(e, reading)
    for at in POINTS:
        value = ball_at(e, at)
        if value is not None:
            assert ball_at(result, at) is not None, (at, result)
            assert ball_at(result, at).overlaps(value), (at, result)
    return result


# ------------------------------------------------------------------------------------------------ numbers of the circle


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sin(pi/8)*sin(3*pi/8)*sin(5*pi/8)*sin(7*pi/8)", "1/8"),
        ("sin(3*pi/7)^2*cos(3*pi/7)^2/(16*sin(pi/7)^2)", "1/64"),
        ("cos(pi/9)*cos(2*pi/9)*cos(4*pi/9)", "1/8"),
        ("cos(pi/7) - cos(2*pi/7) + cos(3*pi/7)", "1/2"),
        ("sin(pi/14)*sin(3*pi/14)*sin(5*pi/14)", "1/8"),
        ("4*cos(pi/5) - sqrt(5)", "1"),
        ("sin(pi/8)^2 + cos(pi/8)^2", "1"),
        ("cos(4*pi/9)", "sin(pi/18)"),
        ("csc(17*pi/36)", "sec(pi/36)"),
        ("cos(9*pi/22)", "sin(pi/11)"),
        ("tan(3*pi/8)", "cot(pi/8)"),
        ("sin(8*pi/7)", "-sin(pi/7)"),
        ("cos(15*pi/7)", "cos(pi/7)"),
        ("sin(pi/9)/cos(pi/9)", "tan(pi/9)"),
        ("2*sin(pi/9)*cos(pi/9)", "sin(2*pi/9)"),
        ("x*cos(pi/7) - x*cos(2*pi/7) + x*cos(3*pi/7)", "x/2"),
        ("sin(pi/7)^2 + sin(2*pi/7)^2 + sin(3*pi/7)^2", "7/4"),
        ("atan(tan(9*pi/7))", "2*pi/7"),
        ("asin(sin(9*pi/11))", "2*pi/11"),
        ("sin(7*pi/3)", "sqrt(3)/2"),
    ],
)
def test_numbers_of_the_circle_have_their_shortest_name(before, after):
    assert show(simplify(before)) == after


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("cos(pi/7)*cos(2*pi/7)*cos(4*pi/7)", "-1/8"),
        ("tan(pi/7)*tan(2*pi/7)*tan(3*pi/7)", "sqrt(7)"),
        ("sin(pi/10)", "(sqrt(5) - 1)/4"),
        ("tan(3*pi/11) + 4*sin(2*pi/11)", "sqrt(11)"),
        ("cos(pi/17)^2 - sin(pi/17)^2", "cos(2*pi/17)"),
        ("x^(cos(pi/5) - sin(pi/10))", "sqrt(x)"),
    ],
)
def test_equal_numbers_of_the_circle_are_proved_equal(left, right):
    assert equal(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [("cos(pi/7)*cos(2*pi/7)", "1/2"), ("sin(pi/11)", "sin(pi/11 + 1/10^30)"), ("cos(pi/9)", "cos(pi/7)")],
)
def test_different_numbers_of_the_circle_are_not(left, right):
    assert equal(left, right).verdict != "equal"


@pytest.mark.parametrize("n", [8, 14, 18, 22, 36, 60])
def test_the_circle_computes_with_cosines(n):
    c = circle(n)
    for k in range(2 * n):
        assert value_of(c.double_cosine(k), n) == pytest.approx(2 * math.cos(k * math.pi / n), abs=1e-6)
    a = c.double_cosine(3) + 5
    assert c.times(a, c.inverse(a)) == 1
    for prime in (2, 3, 5):
        root = c.square_root(prime)
        assert root is None or c.times(root, root) == prime
    for name in c.singles().values():
        assert c.known_as(7 * c.named(name)) == name


def value_of(p, n):
    g = 2 * math.cos(math.pi / n)
    return sum(float(Fraction(int(c.p), int(c.q))) * g**k for k, c in enumerate(p.coeffs()))


def test_a_circle_of_too_many_steps_is_left_alone():
    assert circle(1234) is None
    assert show(simplify("cos(pi/617) + cos(pi/617)")) == "2*cos(pi/617)"


def circle_numbers():
    """Sums, products and quotients of sines and cosines of a few parts of pi, with symbols among them."""
    parts_of_pi = st.tuples(st.integers(1, 30), st.sampled_from([5, 7, 8, 9, 12, 24]))
    angles = parts_of_pi.map(lambda part: App(ops.div, (ops.mul(part[0], ops.pi()), Num(part[1]))))
    rows = st.sampled_from([ops.sin, ops.cos, ops.tan])
    others = st.sampled_from([parse(text) for text in ("x", "2", "1/2", "sqrt(2)")])
    leaves = st.one_of(st.builds(lambda row, u: row(u), rows, angles), others)
    binary = st.sampled_from([ops.add, ops.sub, ops.mul, ops.div])
    return st.recursive(leaves, lambda parts: st.builds(lambda op, u, v: op(u, v), binary, parts, parts), max_leaves=5)


@settings(max_examples=60, deadline=None)
@given(circle_numbers())
def test_numbers_of_the_circle_keep_their_values(e):
    keeps_its_values(e)


# ----------------------------------------------------------------------------------------------------- one sine for two


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sqrt(3)*sin(x)/2 + cos(x)/2", "cos(x - pi/3)"),
        ("-sqrt(3)*sin(x)/2 - cos(x)/2", "-cos(x - pi/3)"),
        ("-sin(x)/2 + sqrt(3)*cos(x)/2", "cos(x + pi/6)"),
        ("cos(x)/2 - sqrt(3)*sin(x)/2", "cos(x + pi/3)"),
        ("a*sqrt(3)*sin(2*y) + a*cos(2*y)", "2*a*cos(2*y - pi/3)"),
        ("sin(x) + cos(x)", "cos(x) + sin(x)"),
        ("sin(x) + 2*cos(x)", "2*cos(x) + sin(x)"),
    ],
)
def test_a_sine_and_a_cosine_become_one_where_that_is_shorter(before, after):
    assert show(simplify(before)) == after


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(["1", "-1", "2", "sqrt(3)", "-sqrt(3)", "1/sqrt(3)", "sqrt(2)", "a"]), min_size=4, max_size=4
    )
)
def test_one_sine_for_two_keeps_the_values(numbers):
    p, q, r, s = numbers
    keeps_its_values(parse(f"{p}*sin(x) + {q}*cos(x) + ({r})*sin(y) + {s}*cos(y)"))


# ---------------------------------------------------------------------------------------------------- what stays apart


@pytest.mark.parametrize(
    "e",
    [
        "sin(23*pi/7)/x",  # a number of the circle that is a product of polynomials
        "x*cos(pi/14)^2 + cos(pi/14)^5",
        "1/2 + sin(x)*sqrt(sin(x/2))",  # a sine with two exponents
        "exp(csc(23*pi/9) - sin(x))*(sin(x + pi/7) - cos(8*pi/7))*sec(17*pi/5)",
        "(sin(23*pi/7) + sqrt(5) + sin(7*pi/24))^2",  # two circles too fine to be one
        "cot(4*pi) + sin(x)",
    ],
)
def test_what_once_went_wrong_keeps_its_values(e):
    once = keeps_its_values(parse(e))
    assert simplify(once) is once


def test_a_quotient_keeps_its_value_where_a_cosine_is_0():
    assert show(simplify("y*cos(x)/sin(x)")) == "y*cot(x)"  # y/tan(x) has none at pi/2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("exp(2)*sin(2)^2*cos(3)/cos(2)^2", "cos(3)*exp(2)*tan(2)^2"),
        ("cos(2)*cos(3) + cos(2)*cos(3)", "cos(1) + cos(5)"),
        ("sin(5*x)^2 + cos(5*x)^2 + sin(7*x)", "sin(7*x) + 1"),
        ("sin(2*x)*cos(3*x) + cos(2*x)*sin(3*x)", "sin(5*x)"),
        ("2*sin(x)*cos(x) - sin(2*x)", "0"),
        ("sin(x/2)*cos(x/2) - sin(x)/2", "0"),
    ],
)
def test_angles_meet_only_in_one_that_is_there(before, after):
    assert show(simplify(before)) == after


def test_the_basis_is_refined_only_by_what_is_met():
    angles = Angles(finest=False)
    assert angles.coordinates({"x": Fraction(2)}) == ([(0, 1)], False)
    assert angles.coordinates({"x": Fraction(3)}) == ([(1, 1)], False)  # apart
    assert angles.coordinates({"x": Fraction(-6)})[0] == [(0, -3)]
    assert angles.coordinates({"x": Fraction(9)})[0] == [(1, 3)]
    assert angles.coordinates({"x": Fraction(1)}) == ([(0, 1)], True)  # 2 x is a multiple of it
    assert angles.coordinates({"x": Fraction(3)}) == ([(0, 3)], False)
    assert Angles().coordinates({"x": Fraction(2)}) == ([(0, 1)], False)


# --------------------------------------------------------------------------------------------------- sums and quotients


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x*exp(-x)", "x*exp(-x)"),
        ("3*exp(-x) + 7*exp(x)", "7*exp(x) + 3*exp(-x)"),
        ("exp(-2*x)", "exp(-2*x)"),
        ("exp(-x)/y", "exp(-x)/y"),
        ("cosh(x)/(b*cosh(x) + c*sinh(x))", "1/(c*tanh(x) + b)"),
        ("a*exp(x)/(b*exp(x) + c)", "a/(b + c/exp(x))"),
        ("cos(x)/(b*cos(x) + c*sin(x))", "cos(x)/(b*cos(x) + c*sin(x))"),  # cos(x) may be 0
        ("x/(a*x + b)", "x/(a*x + b)"),
    ],
)
def test_what_stands_below_is_as_short_as_it_can_be(before, after):
    assert show(simplify(before)) == after


@pytest.mark.parametrize(
    ("formula", "slope"),
    [
        ("x^sin(x)", "x^sin(x)*(cos(x)*log(x) + sin(x)/x)"),
        ("(1 + 1/x)^x", "((x + 1)/x)^x*(log((x + 1)/x) - 1/(x + 1))"),
        ("(x^3 + 2*x^2 + 1)/(x*(x - 1)^2)", "-1/x^2 - (3*x + 5)/(x - 1)^3"),
        ("sqrt(x + sqrt(x + sqrt(x)))", "((1/sqrt(x) + 2)/sqrt(x + sqrt(x)) + 4)/(8*sqrt(x + sqrt(x + sqrt(x))))"),
        ("exp(-a*x)*sin(b*x)", "exp(-a*x)*(b*cos(b*x) - a*sin(b*x))"),
        ("exp(-x^2/2)", "-x*exp(-x^2/2)"),
    ],
)
def test_slopes_are_written_as_a_textbook_does(formula, slope):
    raw = d(formula, "x")
    assert show(keeps_its_values(raw)) == slope


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-3, 3), min_size=4, max_size=4),
    st.sampled_from(["x", "x^2", "(x - 1)", "(x^2 + 1)", "exp(x)", "cosh(x)", "(2*x + 3)^2"]),
    st.sampled_from(["x", "(x + 2)^2", "exp(-x)", "(x - 1)^3", "cos(x)", "(a*x + b)"]),
)
def test_quotients_keep_their_values(numbers, below, other):
    p, q, r, s = numbers
    keeps_its_values(parse(f"({p}*x^3 + {q}*x^2*a + {r}*x + {s}*exp(-x))/({below}*{other})"))
