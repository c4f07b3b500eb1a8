"""Values with proven digits: they hold the truth, have the digits asked for, and name what is in the way."""

import copy
import dataclasses
import math
import pickle
import re
from fractions import Fraction
from random import Random

import mpmath
import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import BUILT_IN, expressions

from symdiff import ball, d, operation, taylor_coefficients, val
from symdiff.core.declare import OWN
from symdiff.core.expr import App, Sym
from symdiff.core.ops import TABLE
from symdiff.errors import (
    EvaluationError,
    LimitError,
    MissingError,
    OperandError,
    SymdiffError,
    UndefinedError,
)
from symdiff.numeric.bounds import Bounds

SEED = 4
ROWS = [row for row in TABLE.values() if row not in OWN and row.ball is not None]
X = Sym("x")


def sample(row, random):
    """A point of the range from which the table draws: integers where it says so."""
    ranges = [(low, high) for low, high in row.sample]
    return [random.randint(low, high) if isinstance(low, int) else Fraction(random.randint(int(low * 512), int(high * 512)), 512) for low, high in ranges]  # fmt: skip  # noqa: E501


def overlap(u, v):
    return u.lower <= v.upper and v.lower <= u.upper


def applied(row):
    names = "xyz"[: row.arity]
    return App(row, tuple(map(Sym, names))), names


# -------------------------------------------------------------------------------------------------------------- digits


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("pi", "3.14159265358979323846264338328"),
        ("e", "2.71828182845904523536028747135"),
        ("sin(1)", "0.841470984807896506652502321630"),
        ("gamma(1/3)", "2.67893853470774763365569294097"),
        ("zeta(3)", "1.20205690315959428539973816151"),
        ("log(2)/1000000000", "6.93147180559945309417232121458e-10"),
        ("exp(100)", "2.68811714181613544841262555158e+43"),
        ("-sqrt(2)", "-1.41421356237309504880168872421"),
        ("1/3", "0.333333333333333333333333333333"),
        ("2/8", "0.25"),
        ("10^20", "100000000000000000000"),
        ("1 < 2", "1"),
    ],
)
def test_thirty_digits_are_written(text, digits):
    assert str(ball(text)) == digits


@pytest.mark.parametrize("digits", [5, 50, 300])
def test_as_many_digits_as_asked_for_are_the_true_ones(digits):
    with mpmath.workdps(digits + 20):
        true = mpmath.nstr(mpmath.besselj(mpmath.mpf(1) / 3, mpmath.e) * 1000, digits, strip_zeros=False)
    assert str(ball("1000*besselj(1/3, e)", digits=digits)) == true.removesuffix(".0")


def test_digits_lost_to_cancellation_are_won_back():
    found = ball("exp(pi*sqrt(163)) - 262537412640768744", digits=20)
    assert str(found) == "-7.4992740280181431112e-13"
    assert str(ball("(1 - cos(x))/x^2", {"x": 1e-100}, 12)) == "0.500000000000"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_has_proven_bounds_around_its_float(row):
    random = Random(SEED)
    e, names = applied(row)
    for _ in range(4):
        env = dict(zip(names, sample(row, random), strict=True))
        found, near = ball(e, env), val(e, env)
        assert abs(found.mid - Fraction(near)) <= max(abs(Fraction(near)) / 2**49, Fraction(1, 2**1000))
        assert found.digits == 30
        assert found.upper - found.lower <= abs(found.mid) / 10**30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_bounds_of_more_digits_agree_with_those_of_fewer_and_are_closer(row):
    e, names = applied(row)
    env = dict(zip(names, sample(row, Random(SEED + 1)), strict=True))
    few, some, many = [ball(e, env, digits) for digits in (8, 40, 90)]
    assert overlap(few, many)
    assert overlap(some, many)
    assert few.radius >= some.radius >= many.radius


def test_an_exact_value_has_no_radius():
    for text, value in [("1/3 + 1/6", Fraction(1, 2)), ("sqrt(9/4)", Fraction(3, 2)), ("3^5000", 3**5000), ("0*x", 0)]:
        found = ball(text, {"x": 7})
        assert found.radius == 0
        assert found.mid == value


def test_a_float_means_its_binary_value_and_a_decimal_of_the_formula_itself():
    assert ball("x", {"x": 0.1}).mid == Fraction(0.1)
    assert ball("0.1").mid == Fraction(1, 10)


def test_a_huge_integer_means_itself():
    assert str(ball("sin(x)", {"x": 10**40}, 20)) == str(ball("sin(10^40)", digits=20))
    with ctx.workprec(300):
        assert float(arb(10**40).sin()) == float(ball("sin(x)", {"x": 10**40}))


# --------------------------------------------------------------------------------------------------------- derivatives


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4, 7])
@pytest.mark.parametrize("text", ["exp(sin(x))", "x^x", "gamma(x)/x", "atan(x)*log(x)"])
def test_derivatives_are_those_of_mpmath(text, order):
    functions = {
        "exp(sin(x))": lambda x: mpmath.exp(mpmath.sin(x)),
        "x^x": lambda x: x**x,
        "gamma(x)/x": lambda x: mpmath.gamma(x) / x,
        "atan(x)*log(x)": lambda x: mpmath.atan(x) * mpmath.log(x),
    }
    with mpmath.workdps(60):
        true = mpmath.diff(functions[text], mpmath.mpf("1.25"), order)
        assert str(ball(text, {"x": 1.25}, 20, x="x", order=order)) == mpmath.nstr(true, 20, strip_zeros=False)


def test_without_an_order_x_means_the_first_derivative():
    assert ball("x^3", {"x": 2}, x="x").mid == 12
    assert ball("x^3", {"x": 2}, x=X, order=0).mid == 8


def test_a_derivative_of_order_fifty_takes_no_formula():
    assert ball("exp(2*x)", {"x": 0}, x="x", order=50).mid == 2**50


def test_the_derivatives_of_textbooks_hold_the_stated_values(entries):
    for entry in entries("derivatives.jsonl"):
        for point in entry["points"]:
            found = ball(d(entry["input"], entry["var"]), point["at"], 12)
            assert abs(float(found) - point["derivative"]) <= 1e-9 * max(1.0, abs(point["derivative"])), entry["id"]


def test_the_antiderivatives_of_rubi_have_their_integrands_as_derivatives(entries):
    for entry in Random(SEED).sample(entries("rubi.jsonl"), 100):
        for point in entry.get("points", []):
            found = ball(entry["antiderivative"], point["at"], 12, x=entry["var"])
            assert abs(float(found) - point["integrand"]) <= 1e-9 * max(1.0, abs(point["integrand"])), entry["id"]


# --------------------------------------------------------------------------------------------- what bits do not decide


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sin(pi)", 0),
        ("abs(sin(pi))", 0),
        ("sqrt(sin(pi))", 0),
        ("sign(sin(pi))", 0),
        ("floor(sqrt(2)^2)", 2),
        ("ceil(sqrt(2) + sqrt(3) - sqrt(5 + 2*sqrt(6)))", 0),
        ("where(sin(pi) == 0, 1, 1/0)", 1),
        ("where(sqrt(2)^2 > 2, 1, 3)", 3),
        ("sqrt(2) + sqrt(3) == sqrt(5 + 2*sqrt(6))", 1),
    ],
)
def test_what_no_bits_decide_is_proved(text, value):
    found = ball(text)
    assert (found.lower, found.upper) == (value, value)


def test_a_value_that_cannot_be_told_from_0_is_said(monkeypatch):
    monkeypatch.setattr("symdiff.numeric.ball.Search.settle", lambda self, found: False)  # as if nothing were proved
    with pytest.raises(LimitError, match="cannot be told from 0: with 16390 bits its size is at most 2e-4932"):
        ball("gamma(x + 1) - x*gamma(x)", {"x": Fraction(4, 3)})


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("sign(gamma(5/3) - gamma(2/3)*2/3)", "is undecided: with 16384 bits"),
        ("floor(3*gamma(4/3)/gamma(1/3))", "cannot be told from 1"),
        ("where(gamma(5/3) < gamma(2/3)*2/3, 1, 2)", "cannot be told apart"),
        ("1/(gamma(5/3) - gamma(2/3)*2/3)", "cannot be told from 0"),
    ],
)
def test_a_jump_or_a_comparison_that_stays_open_is_named(text, what, monkeypatch):
    monkeypatch.setattr("symdiff.numeric.ball.Search.settle", lambda self, found: False)  # as if nothing were proved
    with pytest.raises(LimitError, match=what):
        ball(text)


@pytest.mark.parametrize(
    ("text", "env", "where"),
    [
        ("1 + log(x)", {"x": -1}, "log(x)"),
        ("1/(x - 2)", {"x": 2}, "1/(x - 2)"),
        ("0*(1/x)", {"x": 0}, "1/x"),
        ("(1/x)^0", {"x": 0}, "1/x"),
        ("x^(-1)", {"x": 0}, "x^(-1)"),
        ("x^0.5", {"x": -2}, "x^0.5"),
        ("1/sin(pi)", {}, "1/sin(pi)"),
        ("tan(pi/2)", {}, "tan(pi/2)"),
        ("log(sin(x))", {"x": 4}, "log(sin(x))"),
        ("sqrt(sin(1)^2 - 1)", {}, "sqrt(sin(1)^2 - 1)"),
        ("gamma(x)", {"x": -2}, "gamma(x)"),
        ("asin(x)", {"x": 1.5}, "asin(x)"),
        ("acosh(cos(x))", {"x": 1}, "acosh(cos(x))"),
        ("where(1/x > 0, 1, 2)", {"x": 0}, "1/x"),
        ("cos(x)^sin(x)", {"x": 3}, "cos(x)^sin(x)"),
        ("log(-exp(x))", {"x": 1000}, "log(-exp(x))"),
        ("(sin(pi) - x)^(-0.5)", {"x": 0}, "(sin(pi) - x)^(-0.5)"),
    ],
)
def test_where_there_is_no_value_the_part_is_named(text, env, where):
    with pytest.raises(UndefinedError) as caught:
        ball(text, env)
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("text", "env", "value"),
    [
        ("where(x > 0, log(x), 0)", {"x": -1}, 0),
        ("where(x > sin(3), 5, log(x))", {"x": 1}, 5),
        ("x > 0 and log(x) > 0", {"x": -1}, 0),
        ("log(x) > 0 and x > 0", {"x": -1}, 0),
        ("x < 0 or log(x) > 0", {"x": -1}, 1),
        ("0^0", {}, 1),
        ("not sin(1)", {}, 0),
    ],
)
def test_what_is_not_taken_never_matters(text, env, value):
    assert ball(text, env).mid == value


def test_what_is_out_of_reach_is_said():
    with pytest.raises(LimitError, match=r"exp\(exp\(30\)\) is too large to be written out"):
        ball("exp(exp(30))")
    with pytest.raises(LimitError, match=r"exp\(-exp\(30\)\) is too small to be written out"):
        ball("exp(-exp(30))")
    with pytest.raises(LimitError, match="9\\^9\\^9"):
        ball("9^9^9^9")


@pytest.mark.parametrize(
    ("text", "env", "told"),
    [
        ("exp(exp(exp(10)))", {}, "exp(exp(exp(10))) is too large: with 16384 bits its size is below 10^10^9566"),
        ("gamma(exp(exp(10)))", {}, "is too large"),
        ("exp(-exp(exp(10)))", {}, "its size is at most 10^-10^9565"),
        ("floor(exp(exp(exp(10))))", {}, "exp(exp(exp(10))) is beyond the floats"),
        ("exp(x)", {"x": (0, 10**30)}, "exp(x) is too large to be written out"),
        ("log(-x)", {"x": (10**400, 11**400)}, "-x goes from -3.6064e+416 to -1e+400"),
        ("log(-exp(exp(x)))", {"x": (40, 41)}, "goes from -10^10^18 to -10^10^18"),
    ],
)
def test_huge_numbers_are_short_in_messages(text, env, told):
    with pytest.raises(SymdiffError, match=re.escape(told)) as caught:
        ball(text, env)
    assert len(caught.value.message) < 250


def test_a_coefficient_beyond_reach_is_said_in_few_words():
    with pytest.raises(LimitError, match="is beyond the floats") as caught:
        taylor_coefficients("exp(exp(exp(x)))", "x", 10, 2)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("pair", [(0, math.inf), (math.nan, 1), ("a", 1)])
def test_what_is_wrong_with_an_interval_is_said_of_its_name(pair):
    with pytest.raises(OperandError, match=r"^x = ") as caught:
        ball("x^2", {"x": pair})
    assert "val" not in str(caught.value)


def test_a_function_without_bounds_is_named():
    with pytest.raises(EvaluationError, match="f is an abstract function"):
        ball("f(x) + 1", {"x": 1})
    cube = operation("cube_of", lambda u: u**3, [lambda u: 3 * u**2])
    with pytest.raises(EvaluationError, match="cube_of has no proven bounds"):
        ball(cube(X), {"x": 2})
    with pytest.raises(EvaluationError, match="cube_of has no proven bounds"):
        ball(cube(X), {"x": (1, 2)})
    square = operation("square_of", lambda u: u * u, [lambda u: 2 * u], ball=lambda u: u * u)
    assert ball(square(X), {"x": 3}).mid == 9


def test_a_mistake_in_the_call_is_explained():
    with pytest.raises(MissingError, match="'y'"):
        ball("x*y", {"x": 1})
    for digits in (0, -3, 2.5, 10**9):
        with pytest.raises(OperandError, match="digits is a whole number"):
            ball("pi", digits=digits)
    with pytest.raises(OperandError, match="in some variable"):
        ball("x^2", {"x": 1}, order=1)
    with pytest.raises(OperandError, match="whole number"):
        ball("x^2", {"x": 1}, x="x", order=-1)
    with pytest.raises(OperandError, match="not a finite real number"):
        ball("x", {"x": float("nan")})


# ---------------------------------------------------------------------------------------------------------- the record


def test_bounds_are_plain_immutable_values():
    found = ball("sin(1)")
    assert pickle.loads(pickle.dumps(found)) == copy.copy(found) == found
    assert hash(found) == hash(ball("sin(1)"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.lower = 0
    assert float(found) == val("sin(1)")
    assert found.lower < found.mid < found.upper
    assert found.mid in found
    assert found in Bounds(Fraction(0), Fraction(1))
    assert 0.84 not in found
    assert "0.84" not in found


def test_wide_bounds_are_written_as_their_ends_rounded_outwards():
    assert str(Bounds(Fraction(1, 3), Fraction(2, 3))) == "[0.333333, 0.666667]"
    assert str(Bounds(Fraction(-2, 3), Fraction(1, 3))) == "[-0.666667, 0.333334]"
    assert str(Bounds(Fraction(0), Fraction(10**30))) == "[0, 1e+30]"


# --------------------------------------------------------------------------------------------------------------- boxes


@pytest.mark.parametrize(
    ("text", "env", "text_of_range"),
    [
        ("x^2 + y", {"x": (1, 2), "y": 3}, "[4, 7]"),
        ("x^2", {"x": (-1, 2)}, "[0, 4]"),
        ("exp(x)", {"x": (0, 10)}, "[1, 22026.5]"),
        ("sqrt(x)", {"x": (0, 4)}, "[0, 2]"),
        ("sin(x)", {"x": (0, 4)}, "[-0.756803, 1]"),
        ("cos(x)", {"x": (-1, 4)}, "[-1, 1]"),
        ("1/x", {"x": (2, 4)}, "[0.25, 0.5]"),
        ("x - x", {"x": (0, 1)}, "[-1, 1]"),
        ("abs(x)", {"x": (-3, 2)}, "[0, 3]"),
        ("cbrt(x)", {"x": (-8, 26)}, "[-2.00001, 2.9625]"),
        ("where(x > 0, x, -x)", {"x": (1, 2)}, "[1, 2]"),
        ("where(x > 0, x, -x)", {"x": (-1, 2)}, "[-2, 2]"),
        ("where(x > 0, log(x), 0)", {"x": (-2, -1)}, "0"),
        ("x > 0", {"x": (-1, 1)}, "[0, 1]"),
        ("floor(x)", {"x": (0.5, 2.5)}, "[0, 2]"),
        ("2*x", {"x": ball("pi", digits=20)}, "6.28318530717958647692528676656"),
    ],
)  # fmt: skip
def test_an_interval_as_value_gives_the_range_on_it(text, env, text_of_range):
    assert str(ball(text, env)) == text_of_range


@pytest.mark.parametrize(
    "text", ["1/x", "log(x)", "sqrt(x)", "tan(2*x)", "x^0.5", "asin(2*x)", "gamma(x)", "1/(x > 0)"]
)
def test_what_may_be_undefined_somewhere_on_the_box_is_named(text):
    with pytest.raises(UndefinedError, match="may have no value somewhere on the box"):
        ball(text, {"x": (-1, 1)})


def test_a_mistake_in_an_interval_is_explained():
    for pair in [(2, 1), (1, 2, 3), ()]:
        with pytest.raises(OperandError, match="an interval is"):
            ball("x", {"x": pair})


@settings(max_examples=120, deadline=None)
@given(
    expressions(rows=[row for row in BUILT_IN if row.form != "constant"], symbols="x y", max_leaves=6),
    st.fractions(-3, 3, max_denominator=9),
    st.fractions(0, 2, max_denominator=7),
    st.fractions(0, 1, max_denominator=11),
)
def test_the_range_on_a_box_holds_the_value_at_each_of_its_points(e, low, width, share):
    try:
        whole = ball(e, {"x": (low, low + width), "y": Fraction(3, 2)}, 10)
        inside = ball(e, {"x": low + share * width, "y": Fraction(3, 2)}, 10)
    except SymdiffError:
        return
    assert overlap(whole, inside)


@settings(max_examples=120, deadline=None)
@given(expressions(symbols="x y", max_leaves=8), st.fractions(-3, 3, max_denominator=9))
def test_bounds_hold_what_val_computes(e, x):
    env = {"x": x, "y": Fraction(5, 2)}
    try:
        found = ball(e, env, 20)
    except SymdiffError:
        return
    wide = ball(e, {"x": (x, x), "y": (Fraction(5, 2), Fraction(5, 2))}, 60)
    assert overlap(wide, found)


def test_an_even_or_broken_root_has_no_bounds_where_its_radicand_may_be_negative():
    for n in (2, 4, "1/2", "1/3", -2):
        with pytest.raises(UndefinedError, match="may have no value"):
            ball(f"root(x, {n})", {"x": (-1, 2)})
    found = ball("root(x, 1/2)", {"x": (1, 2)})
    assert Bounds(Fraction(1), Fraction(4)) in found
    assert -2 in ball("root(x, 3)", {"x": (-8, 8)})


def test_zeta_is_close_to_1_far_to_the_right_and_that_takes_no_time():
    for power in (7, 20, 200, 3000):
        assert str(ball("zeta(10^n*exp(x))", {"x": Fraction(1, 10**9), "n": power}, 20)) == "1." + 19 * "0"
    found = ball("zeta(1000000 + sqrt(2))", digits=20)
    assert found.lower <= 1 + Fraction(1, 2**1000001) <= found.upper


def test_what_differs_from_1_by_less_than_can_be_written_has_its_digits():
    for text in ("tanh(exp(x))", "erf(exp(x))", "1 + exp(-exp(x))", "zeta(exp(x))"):
        found = ball(text, {"x": Fraction(201, 2)}, digits=20)
        assert str(found) == "1." + 19 * "0"
        assert found.lower < found.upper
