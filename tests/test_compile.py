"""Many points at once: shapes, the policy for undefined points on arrays, and what is computed how often."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import BUILT_IN, expressions

from symdiff import (
    EvaluationError,
    LimitError,
    MissingError,
    OperandError,
    UndefinedError,
    gradient,
    operation,
    parse,
    sin,
    symbols,
    val,
)
from symdiff.numeric.compile import compile
from symdiff.points.ball import enclosure

x, y = symbols("x y")
GRID = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])


def on_grid(formula):
    return compile([formula], "x")(GRID)[0]


# -------------------------------------------------------------------------------------------------- values and shapes


def test_numbers_give_floats():
    results = compile(["m*x + b", "x", "7", "2*3"], "x m b")(2, 3, 1)
    assert results == (7.0, 2.0, 7.0, 6.0)
    assert [type(value) for value in results] == [float] * 4


def test_every_result_has_the_shape_of_all_arguments_together():
    row, column = np.arange(3.0), np.arange(2.0).reshape(2, 1)
    results = compile(["x*y", "x", "y", "z", "1"], [x, y, "z"])(row, column, 5)
    assert [value.shape for value in results] == [(2, 3)] * 5
    assert results[0].tolist() == [[0, 0, 0], [0, 1, 2]]
    assert results[3].tolist() == [[5] * 3] * 2


@pytest.mark.parametrize(
    "values",
    [[1, 2], (1.0, 2.0), np.array([1, 2]), np.array([1, 2], dtype=np.float32), np.array([True, True]), range(1, 3)],
)
def test_lists_and_arrays_of_any_real_type_are_taken(values):
    (found,) = compile(["x/2"], "x")(values)
    assert found.dtype == (np.float32 if getattr(values, "dtype", None) == np.float32 else float)
    assert found.tolist() == [value / 2 for value in values]


@pytest.mark.parametrize("number", [2, 2.0, True, np.float64(2), np.int32(2), np.array(2.0), 10**30], ids=repr)
def test_numbers_of_any_real_type_are_taken(number):
    (found,) = compile(["x/2"], "x")(number)
    assert type(found) is float
    assert found == float(number) / 2


@pytest.mark.parametrize("junk", ["2", None, 1j, [1, "a"], [1j], [[1], [1, 2]], x, 10**400, {}], ids=repr)
def test_what_is_not_numbers_is_refused_by_name(junk):
    with pytest.raises(OperandError, match="speed"):
        compile(["2*speed"], "speed")(junk)


def test_arguments_are_checked():
    with pytest.raises(MissingError) as caught:
        compile(["alpha*x", "q"], "x alpa")
    assert caught.value.names == ("alpha", "q")
    assert "did you mean 'alpha'?" in str(caught.value)
    with pytest.raises(OperandError, match="twice"):
        compile(["x"], "x x")
    with pytest.raises(OperandError, match="2 values are wanted"):
        compile(["x"], "x y")(1)
    with pytest.raises(EvaluationError, match="abstract"):
        compile(["f(x)"], "x")(1)


def test_one_program_serves_numbers_and_arrays_in_any_order():
    program = compile(["sin(x*y) + 1/3", "y"], "x y")
    point, array = program(2, 3), program(np.array([2.0, 5.0]), 3)
    assert program(2, 3) == point == tuple([column[0] for column in array])
    assert program(2, np.array([3.0]))[0][0] == point[0]


# ---------------------------------------------------------------------------------------------------------- the policy

# fmt: off
POLICY = [  # on -2, -1, 0, 1, 2
    ("1/x",                       [-0.5, -1, math.nan, 1, 0.5]),
    ("0*(1/x)",                   [0, 0, math.nan, 0, 0]),
    ("atan(1/x) + exp(-1/x^2)*0", [math.atan(-0.5), -math.pi/4, math.nan, math.pi/4, math.atan(0.5)]),
    ("1/(1/x)",                   [-2, -1, math.nan, 1, 2]),
    ("log(x)",                    [math.nan, math.nan, math.nan, 0, math.log(2)]),
    ("exp(log(x))*0",             [math.nan, math.nan, math.nan, 0, 0]),
    ("log(x)^0",                  [math.nan, math.nan, math.nan, 1, 1]),
    ("x^0",                       [1, 1, 1, 1, 1]),
    ("x^-1",                      [-0.5, -1, math.nan, 1, 0.5]),
    ("x^3",                       [-8, -1, 0, 1, 8]),
    ("x^0.5",                     [math.nan, math.nan, 0, 1, math.sqrt(2)]),
    ("0^x",                       [math.nan, math.nan, 1, 0, 0]),
    ("atanh(x)",                  [math.nan, math.nan, 0, math.nan, math.nan]),
    ("max(log(x), -1)",           [math.nan, math.nan, math.nan, 0, math.log(2)]),
    ("max(-1, log(x))",           [math.nan, math.nan, math.nan, 0, math.log(2)]),
    ("sign(log(x))",              [math.nan, math.nan, math.nan, 0, 1]),
    ("gamma(x)",                  [math.nan, math.nan, math.nan, 1, 1]),
    ("x > 0",                     [0, 0, 0, 1, 1]),
    ("log(x) > 0",                [math.nan, math.nan, math.nan, 0, 1]),
    ("not log(x) > 0",            [math.nan, math.nan, math.nan, 1, 0]),
    ("x > 0 and log(x) > 0",      [0, 0, 0, 0, 1]),
    ("log(x) > 0 and x > 0",      [0, 0, 0, 0, 1]),
    ("x <= 0 or log(x) > 0",      [1, 1, 1, 0, 1]),
    ("log(x) > 0 or 1 > 2",       [math.nan, math.nan, math.nan, 0, 1]),
    ("where(x > 0, log(x), 5)",   [5, 5, 5, 0, math.log(2)]),
    ("where(x == 0, 1, sin(x)/x)", [math.sin(2)/2, math.sin(1), 1, math.sin(1), math.sin(2)/2]),
    ("where(log(x) > 0, 1, 2)",   [math.nan, math.nan, math.nan, 2, 1]),
    ("where(1 > 2, 1/0, x)",      [-2, -1, 0, 1, 2]),
    ("exp(1000*x)",               [0, 0, 1, math.inf, math.inf]),
    ("1/(1 + exp(1000*x))",       [1, 1, 0.5, 0, 0]),
    ("x*9^9^9",                   [-math.inf, -math.inf, math.nan, math.inf, math.inf]),
    ("x + 0/0",                   [math.nan] * 5),
    ("sin(10^23)*x",              [0.7011406398610784*u for u in (-2, -1, 0, 1, 2)]),
]
# fmt: on


@pytest.mark.parametrize(("formula", "values"), POLICY)
def test_undefined_is_nan_and_only_where_it_is_taken(formula, values):
    np.testing.assert_allclose(on_grid(formula), values, rtol=1e-15)


@pytest.mark.parametrize(("formula", "values"), POLICY)
def test_a_number_alone_gives_what_it_gives_in_an_array(formula, values):
    program = compile([formula], "x")
    np.testing.assert_allclose([program(u)[0] for u in GRID.tolist()], values, rtol=1e-15)


# fmt: off
FAR_OUT = [  # beyond the floats: an infinity of its sign
    ("root(x, 0.5)", 1e300, math.inf), ("root(x, 0.001)", 2e200, math.inf), ("root(x, 0.5)", 1e308, math.inf),
    ("root(x, 1/3)", 1e300, math.inf), ("root(x, -0.5)", 1e300, 0.0), ("root(x, 3)", -1e300, -1e100),
    ("erfi(x)", 1e300, math.inf), ("erfi(x)", -1e300, -math.inf), ("erfi(x)", 30.0, math.inf),
    ("airybi(x)", 1e300, math.inf), ("airybiprime(x)", 1e300, math.inf), ("airybi(-x)", 1e300, -1.8429625858302522e-76),
    ("zeta(x)", -1e300, 0.0), ("zeta(x)", -300.5, -math.inf), ("zeta(x)", -1e15 + 0.5, math.inf),
    ("zeta(x)", -1e15 - 1.5, -math.inf), ("zeta(x)", 1e300, 1.0),
]
# fmt: on


@pytest.mark.parametrize(("formula", "point", "value"), FAR_OUT)
def test_far_out_a_value_is_an_infinity_of_its_sign(formula, point, value):
    (alone,), (together,) = compile([formula], "x")(point), compile([formula], "x")(np.array([point]))
    np.testing.assert_allclose([alone, together[0]], value, rtol=1e-15)


def test_there_is_one_zero():
    program = compile(["atan2(-y, -1)", "atan2(y, x)", "1/y"], "x y")
    assert program(-0.0, 0.0)[:2] == program(0.0, -0.0)[:2] == (math.pi, 0.0)
    zeros = np.array([0.0, -0.0])
    for x_zero in (0.0, -0.0):
        left, angle, pole = program(x_zero, zeros)
        assert left.tolist() == [math.pi] * 2
        assert angle.tolist() == [0.0] * 2
        assert np.isnan(pole).all()


def test_results_are_arrays_of_their_own():
    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    results = compile(["x", "y", "x", "sin(x)", "sin(x)", "7"], "x y")(a, b)
    before = [result.tolist() for result in results]
    for i, result in enumerate(results):
        result += 10
        assert [r.tolist() for r in results[i + 1 :]] == before[i + 1 :]
    assert (a.tolist(), b.tolist()) == ([1, 2], [3, 4])


def test_nothing_is_said_on_the_side():
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        on_grid("log(x) + 1/x + exp(1e5*x) + gamma(x) + x^0.5 + where(x > 0, 1/(x - 1), 2)")
        compile(["exp(1e5*x) + log(-x)"], "x")(1)


@settings(max_examples=200, deadline=None)
@given(expressions(BUILT_IN, symbols="x y", wild=True), st.integers(-40, 40), st.integers(-40, 40))
def test_numbers_and_arrays_agree_with_val(e, i, j):
    at = {"x": i / 8, "y": j / 8}
    program = compile([e], "x y")
    (alone,), (together,) = program(at["x"], at["y"]), program(np.array([at["x"], 0.0]), at["y"])
    try:
        wanted = float(val(e, at))
    except UndefinedError:
        assert math.isnan(alone)
        assert math.isnan(together[0])
    except (LimitError, OverflowError):
        pass  # what follows from an infinity may be anything
    else:
        assert alone == pytest.approx(wanted, rel=1e-6, abs=1e-9) or ill_conditioned(e, at)
        assert together[0] == pytest.approx(alone, rel=1e-6, abs=1e-9) or ill_conditioned(e, at)


def ill_conditioned(e, at):
    """Whether floats may be far off: with 50 bits the bounds of the value are far apart, or there are none."""
    bounds = enclosure(e, {x: at["x"], y: at["y"]}, 50)
    return not hasattr(bounds, "rad") or bool(bounds.rad() > 1e-12 * max(1, abs(float(bounds))))


# ------------------------------------------------------------------------------------------ what is computed, how often


def test_common_parts_are_computed_once_across_all_results():
    calls = []
    counted = operation("counted_parts", value=lambda u: calls.append(u) or u, partials=[lambda u: 1])
    program = compile([counted(x) + 1, counted(x) * 2, counted(x)], "x")
    assert program(3) == (4.0, 6.0, 3.0)
    assert calls == [3.0]


def test_constant_parts_are_computed_when_the_program_is_made():
    assert len(compile(["(sin(1) + pi^2/factorial(20))*x"], "x").tape.steps) == 1


def test_instructions_are_linear_in_the_graph_and_registers_are_used_again():
    e = x
    for _ in range(1000):
        e = sin(e) * e + y
    program = compile([e], "x y")
    assert len(program.tape.steps) == 3000
    program(GRID, 1.0)
    (engine,) = program.engines.values()
    assert engine.blocks.registers < 10


def test_a_result_that_is_part_of_another_keeps_its_register():
    program = compile(["sin(x)", "cos(sin(x)) + sin(x)*2", "x", "cos(sin(x))"], "x")
    s = math.sin(0.5)
    assert program(0.5) == (s, math.cos(s) + s * 2, 0.5, math.cos(s))
    assert program(0.5) == program(0.5)


def test_a_chain_of_a_hundred_thousand_runs():
    e = x
    for _ in range(100_000):
        e = sin(e)
    program = compile([e], "x")
    assert program(1)[0] == val(e, x=1)
    np.testing.assert_allclose(program(np.array([1.0, 2.0]))[0], [val(e, x=1), val(e, x=2)], rtol=1e-12)


def test_a_model_and_its_gradient_agree_with_val_at_every_point():
    model = parse("a*exp(-b*x) + c*exp(-(x - mu)^2/(2*s^2)) + k*sin(w*x + p)/(1 + x^2)")
    names = ["a", "b", "c", "mu", "s", "k", "w", "p"]
    slopes = gradient(model, names)
    values = dict(zip(names, [1.5, 0.7, 2.0, 1.0, 0.4, 0.3, 5.0, 0.2], strict=True))
    grid = np.linspace(0, 3, 10)
    results = compile([model, *slopes], ["x", *names])(grid, *values.values())
    for e, column in zip([model, *slopes], results, strict=True):
        np.testing.assert_allclose(column, [val(e, values, x=u) for u in grid.tolist()], rtol=1e-13, atol=1e-16)
