"""The value at one point: exact or float, the policy for undefined points, and errors that show the place."""

import math
import subprocess
import sys
import time
from decimal import Decimal
from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symdiff import (
    EvaluationError,
    LimitError,
    MissingError,
    Num,
    OperandError,
    ParseError,
    UndefinedError,
    operation,
    parse,
    sin,
    sqrt,
    symbols,
    val,
)
from symdiff.core import ops
from symdiff.core.declare import find_operation
from symdiff.points.ball import enclosure, enclosure_of, float_value, rounded_value
from symdiff.points.point import Fault

x, y = symbols("x y")
HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


def same(value, wanted):
    """Equal, and of the same type: 2 is not 2.0 here."""
    return value == wanted and type(value) is type(wanted)


# --------------------------------------------------------------------------------------------------- exact or a float

# fmt: off
EXACT = [
    ("2/4", HALF), ("0.1 + 0.2", Fraction(3, 10)), ("1/3 + 1/6", HALF), ("7/7", 1), ("2^-2", Fraction(1, 4)),
    ("sqrt(4)", 2), ("sqrt(9/4)", Fraction(3, 2)), ("4^(1/2)", 2), ("4^0.5", 2), ("8^(2/3)", 4), ("cbrt(-27)", -3),
    ("root(-32, 5)", -2), ("root(16, -4)", HALF), ("0^0", 1), ("(-2)^3", -8), ("sin(0)", 0), ("cos(0)", 1),
    ("exp(0)", 1), ("log(1)", 0), ("log2(8)", 3), ("log10(1/100)", -2), ("log(1000, 10)", 3), ("log10(10^400)", 400),
    ("factorial(5)", 120), ("gamma(5)", 24), ("abs(-3/2)", Fraction(3, 2)), ("sign(-7)", -1), ("floor(-1/2)", -1),
    ("ceil(-1/2)", 0), ("max(1/2, 1/3)", HALF), ("min(2, 3, 1)", 1), ("relu(-2)", 0), ("2 < 3", True),
    ("1/2 == 0.5", True), ("1 > 2 or 2 > 1", True), ("not 1 > 2", True), ("where(1 > 2, 3, 4)", 4),
    ("10^400 > 10^399", True),
    ("rational(1, 3)*3", 1), ("erf(0)", 0),
]
FLOATS = [
    ("sin(1)", math.sin(1)), ("2^0.5", math.sqrt(2)), ("2^(1/3)", 2 ** (1/3)), ("pi", math.pi), ("e", math.e),
    ("sqrt(2)", math.sqrt(2)), ("log(3)", math.log(3)), ("atan2(0, -1)", math.pi), ("exp(-1000)", 0.0),
    ("gamma(1/2)", math.sqrt(math.pi)), ("factorial(1/2)", 0.886226925452758), ("besselj(0, 0)", 1.0),
    ("zeta(-2)", 0.0),
    ("log(10^-400)", -921.0340371976183), ("(1/10^400)^0.5*10^200*pi", math.pi),
    ("sin(10^23)", 0.7011406398610784), ("sin(10^400)", -0.9985382319830978),
]
# fmt: on


@pytest.mark.parametrize(("formula", "value"), EXACT)
def test_exact_numbers_stay_exact_where_the_operation_allows(formula, value):
    assert same(val(formula), value)


@pytest.mark.parametrize(("formula", "value"), FLOATS)
def test_other_values_are_floats(formula, value):
    found = val(formula)
    assert type(found) is float
    assert found == pytest.approx(value, rel=3e-16, abs=0)


def test_a_float_in_the_environment_stays_a_float():
    assert same(val("x + 1", x=0.5), 1.5)
    assert same(val("floor(x)", x=2.5), 2.0)
    assert same(val("x^2", x=2), 4)
    assert same(val("x^2", x=2.0), 4.0)
    assert same(val("sqrt(x)", x=4.0), 2.0)
    assert same(val("0*x", x=2.5), 0.0)


def test_a_decimal_in_the_text_equals_the_float_of_the_same_digits():
    assert val("x == 0.1", x=0.1) is True
    assert val("x <= 0.1", x=0.1) is True


def test_a_negative_base_takes_exponents_that_are_whole_floats():
    assert val("x^n", x=-1.5, n=4.0) == 5.0625
    assert val("x^4.0", x=-1.5) == 5.0625
    assert val("x^-3", x=-2.0) == -0.125


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**6))
def test_rational_arithmetic_is_that_of_fractions(n, m):
    assert val("(x + 1/y)*(x - y)/(y^2 + 1)", x=n, y=m) == (n + Fraction(1, m)) * (n - m) / Fraction(m * m + 1)


# ------------------------------------------------------------------------------------------------------ environments


def test_the_environment_takes_names_symbols_and_keywords():
    e = x**2 + y
    assert val(e, {"x": 2, y: 3}) == val(e, {x: 2}, y=3) == val("x^2 + y", x=2, y=3) == 7


def test_a_variable_may_be_called_env():
    assert val("env^2", env=2) == val("env^2", {"env": 2}) == 4
    assert val("env*x", {"x": 3}, env=2) == val("env*x", x=3, env=2) == 6
    assert val("x^2", env={"x": 3}) == 9
    with pytest.raises(OperandError, match=r"^env = 'two'"):
        val("env^2", env="two")


@pytest.mark.parametrize("junk", [5, 0, "x", [1], 2.5], ids=repr)
def test_an_environment_that_is_none_is_refused_with_an_example(junk):
    with pytest.raises(OperandError, match="does not say which variable") as caught:
        val("x^2", junk)
    assert "example" in caught.value.hint


def test_there_is_one_zero():
    for zero in (0, 0.0, -0.0):
        assert val("atan2(-y, -1)", y=zero) == val("atan2(y, -1)", y=zero) == math.pi
        assert val("atan2(0, x)", x=zero) == 0


def test_names_the_formula_does_not_mention_do_no_harm():
    assert val("x", {"x": 2, "junk": "text", 7: None}) == 2


@pytest.mark.parametrize("name", ["e", "pi"])
def test_a_number_for_a_constant_of_the_formula_is_refused_and_for_a_variable_of_that_name_taken(name):
    with pytest.raises(OperandError, match=f"^{name} is .* here") as caught:
        val(f"{name}*x", {name: 3, "x": 1})
    assert caught.value.hint == f"parse(text, symbols=[{name!r}]) makes it a variable"
    assert val(parse(f"{name}*x", symbols=[name]), {name: 3, "x": 2}) == 6
    assert val("2*x", {name: 3, "x": 2}) == 4


def test_a_variable_may_be_called_like_a_parameter_of_python():
    assert val("self + e1", {"self": 1}, e1=2) == 3


@pytest.mark.parametrize("name", ["E", "I", "S", "N", "Q", "beta", "lambda", "d", "i"])
def test_any_name_is_a_variable(name):
    assert val(f"2*{name}", {name: 3}) == 6


# fmt: off
NUMBERS = [
    (2, 2), (True, 1), (HALF, HALF), (Fraction(4, 2), 2), (0.5, 0.5), (Decimal("0.5"), HALF), (Num(THIRD), THIRD),
    (np.float64(0.5), 0.5), (np.float32(0.5), 0.5), (np.int64(7), 7), (np.bool_(True), 1), (np.array(0.5), 0.5),
]
JUNK = [
    math.nan, math.inf, -math.inf, np.float64("nan"), np.float32("inf"), Decimal("nan"), 1j, None, "2", [1, 2], x,
    x + 1, np.array([1.0, 2.0]), np.float64, np.datetime64("2020-01-01"),
]
# fmt: on


@pytest.mark.parametrize(("given_number", "value"), NUMBERS, ids=repr)
def test_numbers_of_every_library_are_taken(given_number, value):
    assert same(val(x, x=given_number), value)


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_what_is_not_a_finite_real_number_is_refused_by_name(junk):
    with pytest.raises(OperandError, match=r"^speed = ") as caught:
        val("2*speed", speed=junk)
    assert "not a finite real number" in caught.value.message


def test_a_number_given_twice_is_refused():
    with pytest.raises(OperandError, match="x: given both in env and as keyword"):
        val("x", {"x": 1}, x=2)


def test_one_error_names_all_missing_variables_and_near_misses():
    with pytest.raises(MissingError) as caught:
        val("alpha*x + beta*y", {"Alpha": 1, "bet": 2, "y": 3})
    assert caught.value.names == ("alpha", "x", "beta")
    assert "'Alpha' was given: did you mean 'alpha'?" in str(caught.value)
    assert "'bet' was given: did you mean 'beta'?" in str(caught.value)


def test_bad_text_is_a_parse_error():
    with pytest.raises(ParseError):
        val("2 +")


# ------------------------------------------------------------------------------------------------- undefined points

# fmt: off
UNDEFINED = [  # formula, environment, what the message says
    ("1/(x - 2)",        {"x": 2},           "division by zero in 1/(x - 2): x - 2 is 0"),
    ("1/(x - 2)",        {"x": 2.0},         "division by zero in 1/(x - 2): x - 2 is 0.0"),
    ("0/0",              {},                 "division by zero in 0/0"),
    ("0^-1",             {},                 "division by zero in 0^(-1)"),
    ("x^(-1)",           {"x": 0.0},         "division by zero in x^(-1): x is 0.0"),
    ("sin(log(x))",      {"x": 0},           "log(x) has no real value: x is 0"),
    ("log(x - 3)",       {"x": HALF},        "log(x - 3) has no real value: x - 3 is -5/2"),
    ("(-8)^(1/3)",       {},                 "(-8)^(1/3) has no real value"),
    ("x^y",              {"x": -8, "y": 0.5}, "x^y has no real value: x is -8, y is 0.5"),
    ("x^x",              {"x": -0.5},        "x^x has no real value: x is -0.5"),
    ("sqrt(x)",          {"x": -1},          "sqrt(x) has no real value: x is -1"),
    ("sqrt(x)",          {"x": -1e-300},     "sqrt(x) has no real value: x is -1e-300"),
    ("root(x, 2)",       {"x": -4},          "root(x, 2) has no real value: x is -4"),
    ("asin(x)",          {"x": 1.5},         "asin(x) has no real value: x is 1.5"),
    ("gamma(x)",         {"x": -1},          "gamma(x) has no real value: x is -1"),
    ("gamma(x)",         {"x": -2.0},        "gamma(x) has no real value: x is -2.0"),
    ("factorial(-3)",    {},                 "factorial(-3) has no real value"),
    ("lambertw(-1)",     {},                 "lambertw(-1) has no real value"),
    ("polygamma(1.5, x)", {"x": 2.0},        "polygamma(1.5, x) has no real value: x is 2.0"),
    ("expint(1, x)",     {"x": -1.0},        "expint(1, x) has no real value: x is -1.0"),
    ("zeta(1)",          {},                 "zeta(1) has no real value"),
    ("log(2, 1)",        {},                 "log(2, 1) has no real value"),
    ("coth(0)",          {},                 "coth(0) has no real value"),
    ("1 + 2*(3 - 1/(x*x - x))", {"x": 1},    "division by zero in 1/(x*x - x): x*x - x is 0"),
    ("1/0 > 1",          {},                 "division by zero in 1/0"),
    ("not log(x) > 1",   {"x": -1},          "log(x) has no real value: x is -1"),
    ("0*(1/x)",          {"x": 0},           "division by zero in 1/x: x is 0"),
    ("(1/x)^0",          {"x": 0},           "division by zero in 1/x: x is 0"),
    ("max(1/x, 1)",      {"x": 0},           "division by zero in 1/x: x is 0"),
]
# fmt: on


@pytest.mark.parametrize(("formula", "env", "message"), UNDEFINED)
def test_an_undefined_point_shows_the_part_and_its_arguments(formula, env, message):
    with pytest.raises(UndefinedError) as caught:
        val(formula, env)
    assert caught.value.message == message
    assert isinstance(caught.value, ArithmeticError)


def test_an_undefined_point_says_where_there_is_a_value():
    with pytest.raises(UndefinedError) as caught:
        val("log(x - 3)", x=1)
    assert caught.value.hint == "log(x - 3) has a value wherever x - 3 > 0"
    assert caught.value.where == "log(x - 3)"
    with pytest.raises(UndefinedError, match="cbrt"):
        val("(-8)^(1/3)")


# fmt: off
LAZY = [
    ("where(x > 0, log(x), 0)", -1, 0), ("where(x > 0, 1, 9^9^9)", 1, 1), ("where(x == 0, 1, sin(x)/x)", 0, 1),
    ("x > 0 and log(x) > 1", -1, False), ("log(x) > 1 and x > 0", -1, False), ("x < 0 or 1/x > 0", -1, True),
    ("1/x > 0 or x == 0", 0, True), ("where(x > 0 and 1/x > 1, 1/x, x)", 0, 0),
    ("where(x > 0, where(x > 1, log(x), 1/(x - x)), 3)", -1, 3),
]
# fmt: on


@pytest.mark.parametrize(("formula", "point", "value"), LAZY)
def test_what_is_not_taken_never_matters(formula, point, value):
    assert val(formula, x=point) == value


def test_a_branch_is_undefined_where_it_is_taken_or_where_the_condition_is():
    with pytest.raises(UndefinedError, match=r"^log"):
        val("where(x > 0, 1, log(x))", x=-1)
    with pytest.raises(UndefinedError, match=r"^division"):
        val("where(1/x > 0, 1, 2)", x=0)


@pytest.mark.parametrize("formula", ["f(x)", "f(x) + g(1, 2)", "f'(x)"])
def test_an_abstract_function_has_no_value_and_says_how_to_give_it_one(formula):
    with pytest.raises(EvaluationError, match=r"abstract function[^$]*operation\(name"):
        val(formula, x=1)


def test_an_abstract_function_in_a_branch_not_taken_never_matters():
    assert val("where(x > 0, x, f(x))", x=1) == 1


# ----------------------------------------------------------------------------------------------------------- limits


# fmt: off
TOO_LARGE = [
    "9^9^9", "(((9^64)^64)^64)^64", "factorial(10^8)", "10^400 + 0.5*pi", "exp(1000)", "exp(10^400)", "sinh(-1000)",
    "1e300*1e300*pi", "gamma(200.5)", "Shi(10^300)", "(10^40000)^10", "1e200^2*pi", "besseli(3, 10^300)",
    "polygamma(10^10, 2)",
]
# fmt: on


@pytest.mark.parametrize("formula", TOO_LARGE)
def test_what_is_too_large_is_a_limit_and_comes_at_once(formula):
    started = time.perf_counter()
    with pytest.raises(LimitError):
        val(formula)
    assert time.perf_counter() - started < 1


def test_a_limit_names_the_part():
    with pytest.raises(LimitError) as caught:
        val("1 + exp(10*x)", x=1000)
    assert caught.value.message == "exp(10*x) is too large: 10*x is 10000"
    with pytest.raises(LimitError, match=r"^9\^9\^9 is too large"):
        val("9^9^9 - 1")


@pytest.mark.parametrize("point", [1e10, -1e10])
def test_what_cannot_be_bounded_is_not_called_large(point):
    with pytest.raises(LimitError, match=r"^besselj\(10000000000, x\) cannot be bounded: x is"):
        val("besselj(1e10, x)", x=point)


@pytest.mark.parametrize("name", ["besselj", "bessely"])
def test_a_bessel_function_of_a_large_order_takes_the_bits_it_needs(name):
    wanted = {"besselj": 0.0223653642, "bessely": -0.0387379532}[name]
    assert val(f"{name}(8000, 8000)") == pytest.approx(wanted, rel=1e-6)


def test_squaring_again_and_again_meets_the_limit_before_the_memory():
    e = x
    for _ in range(200):
        e = e * e
    started = time.perf_counter()
    with pytest.raises(LimitError):
        val(e, x=3)
    assert time.perf_counter() - started < 2
    assert val(e, x=1) == 1


def test_roots_of_long_integers_come_at_once():
    started = time.perf_counter()
    assert val("(9^30000)^(1/1000)") == 9**30
    assert val("root(7^30000, 10)") == 7**3000
    assert time.perf_counter() - started < 1


# ------------------------------------------------------------------------------------------------------------ chains


def test_chains_of_a_hundred_thousand_have_values():
    chain, horner, sums = x, x, x
    for _ in range(100_000):
        chain, horner, sums = sin(chain), horner * x + 1, sums + x
    assert val(chain, x=1) == pytest.approx(math.sqrt(3 / 100_000), rel=1e-3)
    assert val(horner, x=0.5) == 2.0
    assert val(sums, x=HALF) == 50000 + HALF


def test_a_part_met_many_times_is_computed_once():
    counted = operation("counted_once", value=lambda u: calls.append(u) or u, partials=[lambda u: 1])
    calls = []
    e = counted(x)
    for _ in range(50):
        e = e * e / e
    assert val(e, x=2) == 2.0
    assert calls == [2.0]


def test_elementary_values_load_neither_numpy_nor_flint():
    program = "import sys; from symdiff import val; val('sin(x)^2 + 2/4', x=0.5); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"numpy", "flint"} & set(done.stdout.split())


# ------------------------------------------------------------------------------------------------- operations of users


def test_an_operation_of_the_user_may_fail_in_any_of_pythons_ways():
    half_power = operation("half_power", value=lambda u: u**0.5, partials=[lambda u: 1 / (2 * sqrt(u))])
    assert val(half_power(x), x=4) == 2.0
    for junk in (-4, -4.0):  # Python answers with a complex number
        with pytest.raises(UndefinedError, match="half_power"):
            val(half_power(x), x=junk)
    with pytest.raises(LimitError):
        val(operation("blow", value=math.exp, partials=[None])(x), x=1e4)
    with pytest.raises(UndefinedError):
        val(operation("void", value=lambda u: math.nan, partials=[None])(x), x=1)


# ------------------------------------------------------------------------------------------------------------- balls

# fmt: off
ROUNDED = [  # by mpmath, with 60 digits
    ("gamma", (0.5,), 1.772453850905516), ("digamma", (-1.5,), 0.7031566406452432),
    ("polygamma", (2, -2.5), -0.1082040516417274), ("polygamma", (0, 1), -0.5772156649015329),
    ("beta", (-0.5, -0.5), 0.0), ("beta", (2, 3), 1/12),
    ("uppergamma", (0, 1), 0.21938393439552029), ("uppergamma", (1, -1), math.e),
    ("expint", (2, 0), 1.0), ("expint", (-3, -1.0), 5.43656365691809), ("expint", (0.5, 1), 0.27880558528066196),
    ("besselj", (1, -2.5), -0.49709410246427405), ("besselj", (0, 0), 1.0), ("besselj", (-1, 0.0), 0.0),
    ("besseli", (2, -1.0), 0.13574766976703828), ("airyai", (-1e5,), -0.013152978737498166),
    ("lambertw", (-0.3,), -0.4894022271802149), ("erfc", (1e10,), 0.0), ("li", (0,), 0.0), ("fresnels", (1e300,), 0.5),
    ("zetaderivative", (1, 2), -0.9375482543158438), ("zetaderivative", (0, 2), math.pi**2/6),
    ("cbrt", (-8,), -2.0), ("root", (-32, 5), -2.0),
    ("sin", (10**400,), -0.9985382319830978), ("exp", (Fraction(-1, 10**400),), 1.0),
]
# fmt: on


@pytest.mark.parametrize(("name", "args", "value"), ROUNDED)
def test_special_functions_are_rounded_correctly(name, args, value):
    assert float_value(find_operation(name), args) == pytest.approx(value, rel=2e-16, abs=0)


@pytest.mark.parametrize("order", [8, 9, 10, 11, 50])
@pytest.mark.parametrize("point", [2, 0.5, 30])
def test_high_derivatives_of_zeta_are_those_of_mpmath(order, point):
    cap = flint.ctx.cap
    with mpmath.workdps(30):
        wanted = float(mpmath.zeta(point, 1, derivative=order))
    assert val("zetaderivative(n, x)", n=order, x=point) == pytest.approx(wanted, rel=1e-14, abs=0)
    assert flint.ctx.cap == cap


def test_poles_have_no_value_and_what_is_beyond_the_floats_has_a_sign():
    with pytest.raises(ValueError, match="gamma"):
        float_value(ops.gamma, (-2.0,))
    with pytest.raises(OverflowError, match="gamma"):
        float_value(ops.gamma, (200.0,))
    assert rounded_value(ops.gamma, (200.0,)) == math.inf
    assert rounded_value(ops.gamma, (-1e-310,)) == -math.inf


@settings(max_examples=50)
@given(st.floats(-5, 5).filter(lambda u: abs(u) > 1e-50), st.integers(1, 6))
def test_an_enclosure_holds_the_value_at_any_precision(point, n):
    e = parse("sin(x^n)*exp(-x/3) + cbrt(x) + where(x > 1, log(x), abs(x))")
    env = {x: Fraction(point), symbols("n"): n}
    narrow, wide = enclosure(e, env, 400), enclosure(e, env, 80)
    assert not isinstance(wide, Fault)
    assert wide.overlaps(narrow)
    assert narrow.rad() < 1e-50
    assert val(e, x=point, n=n) == pytest.approx(float(narrow), rel=1e-9, abs=1e-9)  # the sine loses digits


def test_an_integer_power_of_a_ball_around_zero_is_a_ball_around_zero():
    zero = enclosure(parse("(cbrt(2) + cbrt(x))^2"), {x: -2})
    assert zero.contains(0)
    assert zero.abs_upper() < 1e-60


@pytest.mark.parametrize(("u", "n", "low", "high"), [
    (flint.arb(0, 1), 2, 0, 1), (flint.arb(0, 1), 3, -1, 1), (flint.arb(1, 2), 2, 0, 9), (flint.arb(1, 2), 3, -1, 27),
    (flint.arb(-1, 2), 4, 0, 81), (flint.arb(-1, 1), 3, -8, 0), (flint.arb(0), 2, 0, 0), (flint.arb(0, 1), 0, 1, 1),
])  # fmt: skip
def test_an_integer_power_of_a_ball_holds_the_powers_of_its_points_and_little_more(u, n, low, high):
    found = enclosure_of(ops.pow, (u, flint.arb(n)))
    assert found.contains(low)
    assert found.contains(high)
    assert found.lower() > low - 0.1
    assert found.upper() < high + 0.1


def test_no_other_power_of_a_ball_around_zero_has_bounds():
    for n in (-1, 0.5, -2):
        assert not enclosure_of(ops.pow, (flint.arb(0, 1), flint.arb(n))).is_finite()


def test_an_enclosure_does_not_decide_what_its_bits_do_not_show():
    e = parse("where(exp(x) > 1 + x + x^2/2, 1, 2)")  # true by x^3/6, so by about 200 bits less than 1
    env = {x: Fraction(1, 2**70)}
    assert isinstance(enclosure(e, env, 64), Fault)
    assert enclosure(e, env, 400) == 1
