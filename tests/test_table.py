"""Every row of the table: what it says about itself agrees with numbers found in another way.

Slopes are compared with central differences of ball arithmetic (python-flint, 400 bits, step 2^-80, so 40 digits are
right), floats with balls, exact values with balls, special functions also with mpmath. A new row is tested by being
there.
"""

import math
import random
from contextlib import suppress
from fractions import Fraction
from itertools import product

import flint
import mpmath
import numpy as np
import pytest

from symdiff import (
    DerivativeError,
    LimitError,
    OperandError,
    Sym,
    UndefinedError,
    d,
    exp,
    from_json,
    latex,
    operation,
    parse,
    postorder,
    show,
    symbols,
    to_json,
    val,
)
from symdiff.core import ops
from symdiff.core.declare import OWN
from symdiff.core.ops import TABLE, ZERO, partial
from symdiff.numeric.compile import compile
from symdiff.points.ball import as_ball, enclosure, enclosure_of, rounded_value
from symdiff.points.point import Fault

ROWS = [row for row in TABLE.values() if row not in OWN]
NUMERIC = [row for row in ROWS if row.ball is not None and row.arity]
CONDITIONS = [row for row in ROWS if row.form in ("relation", "logic")]
BITS, STEP = 400, Fraction(1, 2**80)
NASTY = [-1e300, -1000.0, -2.0, -1.0, -0.5, -1e-300, 0.0, 1e-300, 0.5, 1.0, 2.0, 3.0, 1000.0, 1e300]


@pytest.fixture(autouse=True)
def _balls_with_many_bits():
    with flint.ctx.workprec(BITS):
        yield


def rows_of(rows):
    return pytest.mark.parametrize("row", rows, ids=[row.name for row in rows])


def xs_of(row):
    return tuple([Sym(f"x{i}") for i in range(row.arity)])


def points(row, count=5):
    """Points from the sample ranges of the row, the same in every run; a range of integers gives integers."""
    dice = random.Random(row.name)
    for _ in range(count):
        yield tuple(
            [dice.randint(*r) if type(r[0]) is int else Fraction(round(dice.uniform(*r), 3)) for r in row.sample]
        )


def at(e, xs, point):
    """The value at an exact point with 400 bits."""
    value = enclosure(e, dict(zip(xs, point, strict=True)), BITS)
    assert not isinstance(value, Fault), f"{e} has no value at {point}"
    return as_ball(value) if isinstance(value, int | Fraction) else value


def difference(e, xs, point, i):
    """The slope in the i-th variable by a central difference."""
    above, below = [(*point[:i], point[i] + step, *point[i + 1 :]) for step in (STEP, -STEP)]
    return (at(e, xs, above) - at(e, xs, below)) / (2 * as_ball(STEP))


def agree(u, v, digits=30):
    return abs(u - v).upper() <= 10.0**-digits * max(1, abs(v).upper())


# ----------------------------------------------------------------------------------------------------- what a row says


@rows_of(ROWS)
def test_a_row_has_one_line_of_documentation_and_an_example_that_uses_it(row):
    assert row.doc
    assert "\n" not in row.doc
    assert any(getattr(node, "op", None) is row for node in postorder(parse(row.example)))


@rows_of([row for row in ROWS if row.form in ("call", "root", "fence", "cases") and row.arity])
def test_every_spelling_of_a_row_is_read(row):
    for spelling in (row.call, *row.aliases):
        arguments = ", ".join([x.name for x in xs_of(row)])
        assert parse(f"{spelling}({arguments})") is row(*xs_of(row))


@rows_of(ROWS)
def test_a_row_is_printed_and_saved_and_read_back(row):
    e = row(*xs_of(row))
    assert parse(show(e)) is e
    assert from_json(to_json(e)) is e
    assert latex(e)


@rows_of(ROWS)
def test_a_row_says_everything_for_each_of_its_arguments(row):
    assert len(row.partials) == len(row.sample) == row.arity
    assert all(low < high for low, high in row.sample)


# -------------------------------------------------------------------------------------------------------------- slopes


@rows_of(NUMERIC)
def test_each_partial_derivative_agrees_with_a_central_difference(row):
    xs = xs_of(row)
    for i, point in product(range(row.arity), points(row)):
        if row.partials[i] is None:
            with pytest.raises(DerivativeError, match=row.call):
                partial(row, i, xs)
        else:
            assert agree(at(partial(row, i, xs), xs, point), difference(row(*xs), xs, point, i))


@rows_of(NUMERIC)
def test_the_second_derivative_agrees_with_a_difference_of_the_first(row):
    xs = xs_of(row)
    for i, point in product(range(row.arity), points(row, 2)):
        if row.partials[i] is not None:
            first = d(row(*xs), xs[i])
            assert agree(at(d(first, xs[i]), xs, point), difference(first, xs, point, i))


@rows_of([row for row in NUMERIC if row.arity == 2 and None not in row.partials])
def test_mixed_derivatives_commute(row):
    u, v = xs = xs_of(row)
    for point in points(row, 2):
        assert agree(at(d(row(*xs), u, v), xs, point), at(d(row(*xs), v, u), xs, point))


@rows_of(CONDITIONS)
def test_a_condition_has_no_slope(row):
    assert all(partial(row, i, xs_of(row)) is ZERO for i in range(row.arity))


# -------------------------------------------------------------------------------------------------------------- values


@rows_of(NUMERIC)
def test_floats_agree_with_balls_to_a_few_units_in_the_last_place(row):
    for point in points(row, 20):
        floats = tuple([u if type(u) is int else float(u) for u in point])
        exact = rounded_value(row, floats)
        assert abs(val(row(*xs_of(row)), named(row, floats)) - exact) <= 4 * math.ulp(exact)


def named(row, point):
    return dict(zip(xs_of(row), point, strict=True))


@rows_of([row for row in NUMERIC if row.exact is not None])
def test_exact_values_are_those_of_balls(row):
    numbers = [-8, -2, -1, Fraction(-1, 2), 0, Fraction(1, 4), Fraction(4, 9), 1, 2, 3, 8, 100]
    found = 0
    for point in product(numbers, repeat=row.arity):
        try:
            value = row.exact(*point)
        except (ValueError, ZeroDivisionError):
            assert not enclosure_of(row, tuple(map(as_ball, point))).is_finite()
            continue
        if value is not None:
            found += 1
            ball = enclosure_of(row, tuple(map(as_ball, point)))
            assert ball.overlaps(as_ball(value))
    assert found


# fmt: off
SAME_NAME = [
    "erf", "erfc", "erfi", "gamma", "loggamma", "digamma", "factorial", "beta", "expint", "li", "fresnels", "fresnelc",
    "besselj", "bessely", "besseli", "besselk", "lambertw", "airyai", "airybi", "zeta",
]
# fmt: on
SECOND_OPINION = {name: getattr(mpmath, name) for name in SAME_NAME} | {
    "Ei": mpmath.ei,
    "Si": mpmath.si,
    "Ci": mpmath.ci,
    "Shi": mpmath.shi,
    "Chi": mpmath.chi,
    "uppergamma": mpmath.gammainc,
    "polygamma": mpmath.psi,
    "airyaiprime": lambda u: mpmath.airyai(u, derivative=1),
    "airybiprime": lambda u: mpmath.airybi(u, derivative=1),
    "zetaderivative": lambda n, u: mpmath.zeta(u, derivative=int(n)),
}


@rows_of([row for row in NUMERIC if row.value is None])
def test_special_functions_agree_with_mpmath(row):
    with mpmath.workdps(40):
        for point in points(row, 5):
            opinion = SECOND_OPINION[row.name](*[mpmath.mpf(u.numerator) / u.denominator for u in point])
            assert rounded_value(row, point) == pytest.approx(float(opinion.real), rel=4e-16, abs=1e-300)


@rows_of([row for row in ROWS if row.arity == 0])
def test_a_constant_is_the_float_nearest_to_its_ball(row):
    assert val(row()) == rounded_value(row, ())


# ---------------------------------------------------------------------------------------------------------------- laws


def value_at(row, *point):
    return at(row(*xs_of(row)), xs_of(row), point)


@rows_of([row for row in ROWS if row.parity])
def test_odd_and_even_functions_are(row):
    assert row.parity in ("odd", "even")
    for (u,) in points(row):
        assert agree(value_at(row, -u), value_at(row, u) * (-1 if row.parity == "odd" else 1))


@rows_of([row for row in NUMERIC if row.commutative])
def test_commutative_operations_are(row):
    for u, v in points(row):
        assert agree(value_at(row, u, v), value_at(row, v, u))


@rows_of([row for row in NUMERIC if row.associative])
def test_associative_operations_are(row):
    x, y, z = xs = symbols("x y z")
    for u, v in points(row):
        point = (u, v, u - 2 * v)
        assert agree(at(row(x, row(y, z)), xs, point), at(row(row(x, y), z), xs, point))


@rows_of([row for row in NUMERIC if row.identity is not None])
def test_the_identity_changes_nothing(row):
    for u, _ in points(row):
        assert agree(value_at(row, u, row.identity), as_ball(u))


@rows_of([ops.both, ops.either])
def test_logic_has_its_laws(row):
    for u, v, w in product((True, False), repeat=3):
        assert val(row(*xs_of(row)), x0=u, x1=v) is row.exact(u, v) is row.exact(v, u)
        assert row.exact(row.exact(u, v), w) is row.exact(u, row.exact(v, w))
    assert [row.exact(u, row.identity) for u in (True, False)] == [True, False]


# ------------------------------------------------------------------------------------------------------------- domains


def holds(row, point, column="domain"):
    condition = getattr(row, column)
    return condition is None or val(condition(*xs_of(row)), named(row, point)) is True


@rows_of(NUMERIC)
def test_samples_lie_in_the_domain_and_where_the_row_is_smooth(row):
    for point in points(row, 20):
        assert holds(row, point)
        assert holds(row, point, "smooth")


@rows_of(NUMERIC)
def test_inside_its_domain_a_row_has_a_value(row):
    for point in product(NASTY, repeat=row.arity):
        if holds(row, point):
            with suppress(LimitError):  # it is there, only too large
                assert math.isfinite(val(row(*xs_of(row)), named(row, point)))


@rows_of([row for row in NUMERIC if row.domain is not None and row.arity == 1])
def test_outside_of_its_domain_a_function_of_one_variable_is_undefined(row):
    outside = [u for u in NASTY if not holds(row, (u,))]
    assert outside or row in (ops.tan, ops.sec)  # no float is a pole of these
    for u in outside:
        with pytest.raises(UndefinedError, match=row.call):
            val(row(*xs_of(row)), x0=u)


# fmt: off
OUTSIDE = [
    (ops.div, (1, 0)), (ops.pow, (-8, Fraction(1, 3))), (ops.pow, (0, -2)), (ops.pow, (-0.5, 0.5)), (ops.root, (-8, 2)),
    (ops.root, (-8, 2.5)), (ops.root, (0, -3)), (ops.root, (2, 0)), (ops.logb, (2, 1)), (ops.logb, (2, -3)),
    (ops.logb, (-2, 3)), (ops.besselj, (0.5, -1)), (ops.bessely, (0, 0)), (ops.besselk, (1, -1)), (ops.beta, (-2, 0.5)),
    (ops.uppergamma, (0, 0)), (ops.uppergamma, (0.5, -1)), (ops.expint, (1, 0)), (ops.expint, (1, -1)),
    (ops.polygamma, (1, -2)), (ops.polygamma, (-1, 2)), (ops.polygamma, (0.5, 2)), (ops.zetaderivative, (1, 1)),
]
# fmt: on


@pytest.mark.parametrize(("row", "point"), OUTSIDE)
def test_functions_of_two_variables_are_undefined_at_known_points(row, point):
    assert not holds(row, point)
    with pytest.raises(UndefinedError):
        val(row(*xs_of(row)), named(row, point))


# -------------------------------------------------------------------------------------------------------------- arrays


@rows_of([row for row in ROWS if row.arity])
def test_arrays_and_numbers_follow_the_policy_of_val(row):
    """The same value to 4 units in the last place; nan for undefined; an infinity, or nan, for too large."""
    program, xs = compile([row(*xs_of(row))], xs_of(row)), xs_of(row)
    tried = list(product(NASTY, repeat=row.arity)) if row.arity < 3 else list(product((0.0, 1.0), (0.0, -2.5), (0.5,)))
    tried += [tuple(map(float, point)) for point in points(row, 20)]
    (together,) = program(*np.array(tried).T)
    for point, in_array in zip(tried, together, strict=True):
        (alone,) = program(*point)
        try:
            wanted = float(val(row(*xs), named(row, point)))
        except UndefinedError:
            assert math.isnan(in_array)
            assert math.isnan(alone)
        except LimitError:
            assert not math.isfinite(in_array)
            assert not math.isfinite(alone)
        else:
            assert abs(in_array - wanted) <= 4 * math.ulp(wanted)
            assert abs(alone - wanted) <= 4 * math.ulp(wanted)


# ------------------------------------------------------------------------------------------------------------- corners

# fmt: off
CORNERS = [  # formula, point, value, slope
    ("abs(x)",             -2, 2, -1), ("abs(x)",            0, 0, 0), ("abs(x)",            3, 3, 1),
    ("relu(x)",            -2, 0, 0),  ("relu(x)",           0, 0, 0), ("relu(x)",           3, 3, 1),
    ("max(x, 1)",           0, 1, 0),  ("max(x, 1)",         1, 1, 1), ("max(x, 1)",         2, 2, 1),
    ("min(x, 1)",           0, 0, 1),  ("min(x, 1)",         1, 1, 1), ("min(x, 1)",         2, 1, 0),
    ("max(x, x^2)",         1, 1, 1),  ("max(x, 2*x, 3*x)",  2, 6, 3), ("min(-x, x)",       -1, -1, 1),
    ("sign(x)",             0, 0, 0),  ("floor(x)",          0, 0, 0), ("ceil(x)",           2, 2, 0),
    ("where(x > 0, x^2, -x)", 0, 0, -1), ("where(x > 0, x^2, -x)", 3, 9, 6), ("where(x > 0, log(x), 0)", -1, 0, 0),
    ("where(x >= 0, sqrt(x), 0)*2", -4, 0, 0), ("x*abs(x)",  -3, -9, 6), ("cbrt(x)",         -8, -2, Fraction(1, 12)),
    ("root(x, 3)",         -8, -2, Fraction(1, 12)), ("x^4.0", -2, 16, -32), ("x^-2",        -1, 1, 2),
    ("sqrt(x^2)",          -3, 3, -1), ("(x^2)^0.5",        -3, 3, -1), ("x^1",               0, 0, 1),
    ("x^2",                 0, 0, 0),  ("x^0",               0, 1, 0), ("2^x",                0, 1, math.log(2)),
]
# fmt: on


@pytest.mark.parametrize(("formula", "point", "value", "slope"), CORNERS)
def test_corners_have_the_stated_value_and_slope(formula, point, value, slope):
    assert val(formula, x=point) == value
    assert val(d(formula, "x"), x=point) == pytest.approx(slope, rel=1e-15, abs=0)
    assert compile([formula, d(formula, "x")], "x")(point) == pytest.approx((value, float(slope)), rel=1e-15, abs=0)


# ------------------------------------------------------------------------------------------------- operations of users


def test_an_operation_of_the_user_works_from_text_to_arrays():
    bump = operation(
        "bump", value=lambda u: math.exp(-u * u), partials=[lambda u: -2 * u * bump(u)], doc="a bell curve"
    )
    e = parse("3*bump(2*x) + 1")
    assert e is 3 * bump(2 * Sym("x")) + 1
    assert parse(show(e)) is e
    assert from_json(to_json(e)) is e
    slope = d(e, "x")
    exact_slope = d(parse("3*exp(-(2*x)^2) + 1"), "x")
    grid = np.linspace(-2, 2, 9)
    assert val(slope, x=0.3) == pytest.approx(val(exact_slope, x=0.3), rel=1e-14)
    np.testing.assert_allclose(compile([slope], "x")(grid)[0], compile([exact_slope], "x")(grid)[0], rtol=1e-14)
    assert val(d(e, "x", order=2), x=0.3) == pytest.approx(val(d(exact_slope, "x"), x=0.3), rel=1e-13)


def test_an_operation_of_the_user_may_have_several_arguments_and_columns():
    pull = operation(
        "pull",
        value=lambda u, v: u * math.exp(v),
        partials=[lambda u, v: exp(v), lambda u, v: u * exp(v)],
        exact=lambda u, v: u if v == 0 else None,
        domain=lambda u, v: u > 0,
        sample=((0.1, 1.0), (-1.0, 1.0)),
    )
    x, y = symbols("x y")
    assert val(pull(x, y), x=3, y=0) == 3
    assert val(d(pull(x, y * y), y), x=2, y=0.5) == pytest.approx(2 * math.exp(0.25))
    assert d(pull(x, y), x) is exp(y)


def test_a_row_of_the_table_cannot_be_replaced():
    with pytest.raises(OperandError, match="built-in"):
        operation("sin", value=math.sin, partials=[lambda u: u])
