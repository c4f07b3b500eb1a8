"""Derivatives: the chain rule forward and in reverse, matrices, corners and branches."""

import functools
import itertools

import pytest

from symdiff import (
    DerivativeError,
    Num,
    OperandError,
    ParseError,
    UndefinedError,
    add,
    d,
    free_symbols,
    function,
    gradient,
    hessian,
    jacobian,
    maximum,
    mul,
    operation,
    parse,
    postorder,
    relu,
    simplify,
    sin,
    symbols,
    val,
    where,
)
from symdiff.core import ops

x, y = symbols("x y")
MANY = symbols([f"x{i}" for i in range(200)])


@pytest.mark.parametrize(
    ("formula", "derivative"),
    [
        ("7", "0"),
        ("y", "0"),
        ("x", "1"),
        ("x^2", "2*x"),
        ("x^1", "1"),
        ("x^0", "0"),
        ("x^(2/3)", "2/3*x^(-1/3)"),
        ("x - y", "1"),
        ("y - x", "-1"),
        ("sin(x^2)", "cos(x^2)*(2*x)"),
        ("x^n", "n*x^(n - 1)"),
        ("2^x", "2^x*log(2)"),
        ("x^x", "x*x^(x - 1) + x^x*log(x)"),
        ("1/x", "-(1/x^2)"),
        ("abs(x)", "sign(x)"),
        ("sign(x)", "0"),
        ("floor(x)", "0"),
        ("min(x, 2*x)", "where(x <= 2*x, 1, 2)"),
        ("max(x, y)", "where(x >= y, 1, 0)"),
        ("where(x > 0, x^2, sin(x))", "where(x > 0, 2*x, cos(x))"),
        ("relu(x)", "where(x > 0, 1, 0)"),
        ("f(x^2)", "f'(x^2)*(2*x)"),
    ],
)
def test_the_raw_derivative_is_the_one_of_the_handbook(formula, derivative):
    assert d(formula, "x") is parse(derivative)


def test_the_post_s_example_runs():
    e = x**2 + x * y
    assert val(d(e, "x"), {"x": 2, "y": 3}) == 7
    assert val(d(e, "y"), {"x": 2, "y": 3}) == 2


@pytest.mark.parametrize(
    "formula", ["x^3*sin(y)", "exp(x*y)/(1 + x^2)", "atan2(y, x)", "where(x > y, x*y, x - y)", "x^y"]
)
def test_mixed_derivatives_commute_in_value_and_agree_with_the_gradient(formula):
    at = {"x": 0.7, "y": 1.3}
    assert val(d(formula, "x", "y"), at) == pytest.approx(val(d(formula, "y", "x"), at), rel=1e-12)
    for name, by_gradient in zip("xy", gradient(formula, "x y"), strict=True):
        assert val(by_gradient, at) == pytest.approx(val(d(formula, name), at), rel=1e-12)
    second = hessian(formula, "x y")
    assert val(second[0, 1], at) == pytest.approx(val(d(formula, "x", "y"), at), rel=1e-12)


def test_order_means_times():
    assert d("x^4", "x", order=2) is d(d("x^4", "x"), "x")
    assert d("x^4", "x", order=0) is parse("x^4")
    assert simplify(d("x^5", "x", order=5)) is Num(120)


@pytest.mark.parametrize("order", [-1, 1.5, "2", None])
def test_an_order_must_be_a_whole_number(order):
    with pytest.raises(OperandError, match="order"):
        d("x", "x", order=order)


def test_bad_names_and_bad_text_are_told():
    with pytest.raises(OperandError):
        d("x", 3)
    with pytest.raises(OperandError):
        d("x", "2x")
    with pytest.raises(ParseError):
        d("x +", "x")
    with pytest.raises(OperandError, match="twice"):
        gradient("x", "x x")


def test_sums_of_many_arguments_have_all_their_derivatives():
    whole = add(*[sin(v) * v for v in MANY])
    for v, slope in zip(MANY, gradient(whole, MANY), strict=True):
        assert slope is d(whole, v) is d(sin(v) * v, v)


def test_products_of_many_arguments_have_all_their_derivatives():
    whole = mul(*MANY)
    at = {v.name: 1 + i % 3 for i, v in enumerate(MANY)}
    value = val(whole, at)
    for v, slope in zip(MANY, gradient(whole, MANY), strict=True):
        assert val(slope, at) * at[v.name] == value == val(d(whole, v), at) * at[v.name]


def test_no_term_with_a_factor_0_and_no_factor_1_is_ever_made():
    for formula in ("x*y + y^2*z", "sin(y)*x", "x^y", "sign(x)*x", "x/y - y", "where(x > 0, y, x)*3"):
        for slope in (d(formula, "x"), *gradient(formula, "x y z"), *hessian(formula, "x y z").entries.values()):
            for node in postorder(slope):
                if node.args and node.op in (ops.add, ops.mul, ops.sub):
                    assert Num(0) not in node.args
                if node.args and node.op is ops.mul:
                    assert Num(1) not in node.args


def test_the_gradient_is_linear_in_the_size_of_the_input():
    def distinct(n):
        xs = MANY[:n]
        return len(postorder(*gradient(mul(*xs), xs)))

    assert distinct(200) <= 4.2 * distinct(50)


def test_jacobian_and_hessian_hold_only_what_is_not_zero():
    m = jacobian(["x*y", "y^2", "7"], "x y z")
    assert m.shape == (3, 3)
    assert set(m.entries) == {(0, 0), (0, 1), (1, 1)}
    assert m.dense()[2] == [Num(0)] * 3
    assert m[1, 0] is Num(0)
    with pytest.raises(IndexError):
        m[3, 0]
    chain = add(*[(u - v) ** 2 for u, v in itertools.pairwise(MANY)])
    assert len(hessian(chain, MANY).entries) == 3 * len(MANY) - 2


def test_a_branch_not_taken_cannot_poison_a_derivative():
    safe = "where(x > 0, log(x), 0)"
    for formula in (safe, f"({safe})^2 + 3*x", f"{safe} + where(x > 1, log(x)*2, 0)", f"sin({safe})*x"):
        e = parse(formula)
        for at in (-1, 0):
            slope, (by_gradient,) = val(d(e, "x"), x=at), gradient(e, "x")
            assert slope == val(by_gradient, x=at)
        assert val(d(e, "x"), x=2) == pytest.approx(val(gradient(e, "x")[0], x=2), rel=1e-14)


def test_parts_shared_by_two_branches_stay_masked():
    e = parse("where(x > 0, log(x), 0) + where(x < -1, log(x + y), 0)*y")
    assert val(gradient(e, "x y")[0], x=0, y=-5) == 0
    assert val(gradient(e, "x y")[1], x=0, y=-5) == 0
    with pytest.raises(UndefinedError):
        val(gradient("log(x)", "x")[0], x=0)


def test_where_no_formula_is_known_that_is_said():
    with pytest.raises(DerivativeError, match="besselj"):
        d("besselj(x, 2)", "x")
    with pytest.raises(DerivativeError, match="besselj"):
        gradient("besselj(x, 2)", "x")
    assert d("besselj(n, x)", "x") is parse("(besselj(n - 1, x) - besselj(n + 1, x))/2")


def test_abstract_functions_differentiate_to_their_primes():
    f, g = function("f"), function("g")
    assert d(f(x) * g(x), x) is parse("g(x)*f'(x) + f(x)*g'(x)")
    assert d(f(x, y), x, y) is d(f(x, y), y, x)


def test_a_row_of_the_user_s_own_differentiates_and_plain_numbers_are_fine():
    twice = operation("twice_of", value=lambda u: 2 * u, partials=[lambda u: 2])
    assert d(twice(x**2), x) is parse("2*(2*x)")
    assert d(parse("twice_of(sin(x))"), "x") is parse("2*cos(x)")
    flat = operation("flat_of", value=lambda u: 1.0, partials=[lambda u: 0])
    assert d(flat(x), x) is Num(0)


def test_chains_of_a_hundred_thousand_differentiate_both_ways():
    e = x
    for _ in range(100_000):
        e = sin(e)
    assert free_symbols(d(e, x)) == (x,)
    assert len(gradient(e, [x])) == 1


@pytest.mark.parametrize(
    "nested",
    [
        lambda n: maximum(*[v * 2 for v in MANY[:n]]),
        lambda n: functools.reduce(lambda e, v: relu(e + v), MANY[:n], x),
        lambda n: functools.reduce(lambda e, v: where(v > 0, e * v, 0), MANY[:n], x),
    ],
    ids=["max", "relu", "where"],
)
def test_the_gradient_stays_linear_through_nested_choices(nested):
    small, large = (len(postorder(*gradient(nested(n), [x, *MANY[:n]]))) for n in (50, 200))
    assert large <= 4.5 * small
    at = {"x": 1, **{v.name: 1 + i % 5 for i, v in enumerate(MANY)}}
    for v, slope in zip(MANY[:50], gradient(nested(50), MANY[:50]), strict=True):
        assert val(slope, at) == val(d(nested(50), v), at)
