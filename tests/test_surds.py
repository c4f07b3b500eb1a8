"""Roots inside of roots, and what their relations say of factors, divisors, denominators and zeros."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symdiff import d, free_symbols, parse, show, simplify
from symdiff.algebra.budget import Budget
from symdiff.algebra.measure import reading, total
from symdiff.algebra.prove import proof
from symdiff.core.expr import Expr
from symdiff.points.ball import as_ball, enclosure
from symdiff.points.point import Fault

POINTS = [Fraction(n, 4) for n in (-12, -5, -4, -1, 0, 1, 3, 4, 8, 29)]
SQUAREFREE = (2, 3, 5, 6, 7, 10, 11, 13)


def value_at(e: Expr, at):
    found = enclosure(e, at, 256)
    return None if isinstance(found, Fault) else as_ball(found)


def points(e: Expr):
    names = sorted(free_symbols(e), key=str)
    return [{name: POINTS[(k + 3 * i) % len(POINTS)] for i, name in enumerate(names)} for k in range(len(POINTS))]


def keeps_its_values(e: Expr) -> Expr:
    result = simplify(e)
    assert total(result, reading) <= total(e, reading)
    for at in points(e):
        value = value_at(e, at)
        if value is not None:
            assert value_at(result, at) is not None, (e, result, at)
            assert value_at(result, at).overlaps(value), (e, result, at)
    return result


# fmt: off
TABLE = [
    ("sqrt(3 + 2*sqrt(2))",                                     "sqrt(2) + 1"),
    ("sqrt(11 - 6*sqrt(2))",                                    "3 - sqrt(2)"),
    ("sqrt(7 + 2*sqrt(10))",                                    "sqrt(2) + sqrt(5)"),
    ("sqrt(2 + sqrt(3))*sqrt(2)",                               "sqrt(3) + 1"),
    ("sqrt(10 + 2*sqrt(6) + 2*sqrt(10) + 2*sqrt(15))",          "sqrt(2) + sqrt(3) + sqrt(5)"),
    ("sqrt(3 + sqrt(13 + 4*sqrt(3)))",                          "sqrt(3) + 1"),
    ("(41 + 29*sqrt(2))^(1/5)",                                 "sqrt(2) + 1"),
    ("cbrt(2 + sqrt(5)) + cbrt(2 - sqrt(5))",                   "1"),
    ("sqrt(9 + 4*sqrt(5)) - sqrt(9 - 4*sqrt(5))",               "4"),
    ("sqrt(5 + sqrt(5)) - 5^(1/4)*sqrt(sqrt(5) + 1)",           "0"),
    ("sqrt(2 + sqrt(2))*sqrt(2 - sqrt(2))",                     "sqrt(2)"),
    ("sqrt(x + 2 + 2*sqrt(x + 1))",                             "sqrt(x + 1) + 1"),
    ("sqrt(x + 2 - 2*sqrt(x + 1))",                             "abs(sqrt(x + 1) - 1)"),
    ("sqrt(x^2 + 2*sqrt(2)*x + 2)",                             "abs(x + sqrt(2))"),
    ("sqrt(2*sqrt(1 + sqrt(3))*cos(3) + cos(3)^2 + 1 + sqrt(3)*cos(3)^2)", "-cos(3)*sqrt(sqrt(3) + 1) - 1"),
    ("1/(sqrt(3) + sqrt(2))",                                   "sqrt(3) - sqrt(2)"),
    ("cos(1/(1 + sqrt(2)))",                                    "cos(sqrt(2) - 1)"),
    ("(sqrt(3) - sqrt(2))^(-x)",                                "(sqrt(2) + sqrt(3))^x"),
    ("1/(x + sqrt(x^2 + 1))",                                   "sqrt(x^2 + 1) - x"),
    ("(x^2 - 2)/(x - sqrt(2))",                                 "x + sqrt(2)"),
    ("(x - y)/(sqrt(x) - sqrt(y))",                             "sqrt(x) + sqrt(y)"),
    ("(x^2 + 2*sqrt(2)*x + 2)^3",                               "(x + sqrt(2))^6"),
    ("1/(x - sqrt(5)) + 1/(x + sqrt(5))",                       "2*x/(x^2 - 5)"),
    ("(x/sqrt(x^2 + 1) + 1)/((x + sqrt(x^2 + 1))^2 + 1)",       "1/(2*(x^2 + 1))"),
    ("atan(sqrt(2) + 1)",                                       "3*pi/8"),
    ("atan(sqrt(x^2 + 1) - x) + atan(x)/2",                     "pi/4"),
]
# fmt: on


@pytest.mark.parametrize(("before", "after"), TABLE)
def test_roots_are_written_with_as_little_nesting_as_a_reader_expects(before, after):
    assert show(keeps_its_values(parse(before))) == after


@pytest.mark.parametrize(
    "e",
    [
        "sqrt(x^2 + 2*x*sqrt(y) + y)",
        "sqrt(x + y + 2*sqrt(x*y))",
        "sqrt(2*x + 2*sqrt(x^2 - 1))",
        "sqrt(x^2*y + 2*x*sqrt(y) + 1)",
        "x^2/(sqrt(x^2 + 6) - sqrt(6))",
        "x/(sqrt(x + 1) - 1)",
        "(x^2 - 4)/(sqrt(x^2 - 4) + sqrt(x^2 - 1))",
        "sqrt(abs(x) + 2*sqrt(abs(x)) + 1)",
        "(x*sqrt(2) - 2)/(x^2 - 2)",
        "atan(x - sqrt(x^2 + 1)) + atan(1/(x + sqrt(x^2 + 1)))",
    ],
)
def test_what_holds_on_one_side_only_is_not_used_on_the_other(e):
    keeps_its_values(parse(e))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=3, max_size=3), st.sampled_from([(2, 3), (2, 5), (3, 5), (3, 7)]))
def test_the_root_of_the_square_of_a_sum_of_roots_is_that_sum(numbers, primes):
    (a, b, c), (p, q) = numbers, primes
    square = (
        f"{a * a + b * b * p + c * c * q} + {2 * a * b}*sqrt({p}) + {2 * a * c}*sqrt({q}) + {2 * b * c}*sqrt({p * q})"
    )
    result = keeps_its_values(parse(f"sqrt({square})"))
    assert total(result, reading) <= total(parse(f"abs({a} + {b}*sqrt({p}) + {c}*sqrt({q}))"), reading)


@settings(max_examples=40, deadline=None)
@given(st.integers(-30, 30), st.integers(-12, 12), st.sampled_from(SQUAREFREE), st.sampled_from([2, 3, 4, 5]))
def test_a_root_of_any_number_with_a_root_keeps_its_value(a, b, r, n):
    keeps_its_values(parse(f"({a} + {b}*sqrt({r}))^(1/{n})"))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-3, 3), min_size=4, max_size=4),
    st.sampled_from(["sqrt(2)", "sqrt(x)", "sqrt(x + 1)", "sqrt(x^2 + 1)", "sqrt(2 + sqrt(3))", "sqrt(x^2 - y)"]),
    st.sampled_from(["sqrt({u}^2)", "({v})/({u})", "({v})^2/({u})^2", "1/({u}) + 1/({v})", "({u})*({v})^(-3/2)"]),
)
def test_sums_with_a_root_keep_their_values_below_a_bar_and_under_a_root(numbers, root, form):
    a, b, m, n = numbers
    e = parse(form.format(u=f"({a}*x + {b}*{root})", v=f"({m}*y + {n}*{root} + 1)"))
    once = keeps_its_values(e)
    assert simplify(once) is once


def test_a_nested_sum_that_is_almost_zero_stays():
    assert show(simplify("sqrt(2) - 1414213562373095048801688724/10^27")) != "0"
    assert value_at(simplify(parse("sqrt(5 + sqrt(5)) - 5^(1/4)*sqrt(sqrt(5) + 1) + 10^(-30)")), {}) > 0


def test_the_angle_of_a_difference_of_roots_is_half_of_another():
    slope = d(parse("-pi/(4*x) + 1/(2*sqrt(x)) + atan(sqrt(x))/2 + atan(sqrt(x))/(2*x)"), "x")
    assert proof(slope - parse("atan(sqrt(x + 1) - sqrt(x))/x^2"), Budget(seconds=2))


@pytest.mark.parametrize(
    "e", ["sqrt(x + sqrt(x + sqrt(x + sqrt(x))))", "sqrt(1 + sqrt(2 + sqrt(3 + sqrt(5 + sqrt(7)))))"]
)
def test_roots_that_cannot_be_denested_stay_as_they_are(e):
    assert total(simplify(e), reading) == total(parse(e), reading)
