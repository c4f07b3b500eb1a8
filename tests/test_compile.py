"""Compiled functions: shapes, the policy for undefined points, derivatives, back ends, what is computed how often."""

import math
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import BUILT_IN, expressions

from symdiff import (
    Compiled,
    EvaluationError,
    LimitError,
    MissingError,
    Num,
    OperandError,
    SymdiffError,
    UndefinedError,
    compile,
    free_symbols,
    gradient,
    hessian,
    operation,
    parse,
    postorder,
    sin,
    subs,
    symbols,
    val,
)
from symdiff.errors import ExtraError
from symdiff.numeric.arrays import has_native
from symdiff.numeric.lower import lowered
from symdiff.points.ball import as_ball, enclosure
from symdiff.points.point import Fault

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
    agrees_with_val(e, {"x": i / 8, "y": j / 8})


# fmt: off
ROUNDED = [  # t: below the floats, and so 0; h: lost beside 1
    "zetaderivative(t, x)", "zetaderivative(1 + h, x)", "polygamma(t, x + 3/2)", "besselj(1 + h, x - 1)",
    "besselk(x, t)", "x/t", "t/x", "x^t", "x^(3 + h)", "log(x, t)", "log(x + t)", "root(x, 3 + h)", "atan2(x, t - 1)",
    "x == t", "where(x < t, 1, 2)", "where(t > 0, x, y)", "t and x + 1", "floor(x + t)", "floor(t)*x", "sign(x + t)",
    "where(x == 1 + h, 1, 2)", "where(t, 1, 1/x)", "x/10^400", "x*10^400", "where(x > 0, 10^400, 1/0)",
    "x*log(exp(-1000)) + y", "log(exp(-1000*x - 800))", "log(-1) or expm1(10^30) > x",
]
# fmt: on


@pytest.mark.parametrize(("i", "j"), [(0, 0), (0, 8), (8, -3), (-8, 0)])
@pytest.mark.parametrize("formula", ROUNDED)
def test_exact_constants_are_their_nearest_floats_in_a_program(formula, i, j):
    constants = {"t": Fraction(1, 10**330), "h": Fraction(1, 10**20)}
    agrees_with_val(subs(parse(formula), constants), {"x": i / 8, "y": j / 8})


def agrees_with_val(e, at):
    """A program on a number and on an array gives what `val` gives with the floats that programs have for constants."""
    program = compile([e], "x y")
    (alone,), (together,) = program(at["x"], at["y"]), program(np.array([at["x"], 0.0]), at["y"])
    try:
        rounded = in_floats(e)
        wanted = float(val(rounded, at))
    except UndefinedError:
        for found in (alone, together[0]):
            assert math.isnan(found) or found == pytest.approx(exactly(e, at), rel=1e-6) or is_beyond(e, at)
    except (LimitError, OverflowError):
        pass  # what follows from an infinity may be anything
    else:
        assert alone == pytest.approx(wanted, rel=1e-6, abs=1e-9) or ill_conditioned(rounded, at)
        assert together[0] == pytest.approx(alone, rel=1e-6, abs=1e-9) or ill_conditioned(rounded, at)


def in_floats(e):
    """The formula with the nearest float, exactly, for each part without symbols. Raises OverflowError beyond them."""
    floats, parts = {}, [e]
    while parts:
        part = parts.pop()
        try:
            found = None if free_symbols(part) else val(part)
        except SymdiffError:  # a branch not taken may hold it: its parts are left to `val`
            found = None
        if found is None:
            parts += getattr(part, "args", ())
        else:
            floats[part] = Num(Fraction(float(found)))
    return subs(e, floats)


def exactly(e, at):
    """The value without any rounding; nan where there is none. `val` has none for log(exp(-1000)), where exp is 0."""
    found = enclosure(e, {x: at["x"], y: at["y"]}, 256)
    return math.nan if isinstance(found, Fault) else float(as_ball(found))


def is_beyond(e, at):
    """Whether some part passes the floats: beside it `val` may blame another part, and a program goes on."""
    return any([too_large(part, at) for part in postorder(e)])


def too_large(e, at):
    try:
        val(e, at)
    except LimitError:
        return True
    except UndefinedError:
        pass
    return False


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


# --------------------------------------------------------------------------------------------------------- derivatives

MODEL = "a*exp(-b*x) + c*exp(-(x - mu)^2/(2*s^2)) + k*sin(w*x + p)/(1 + x^2)"
NAMES = "a b c mu s k w p"
AT = [1.5, 0.7, 2.0, 1.0, 0.4, 0.3, 5.0, 0.2]
needs_llvm = pytest.mark.skipif(not has_native(), reason="no llvmlite")
BACKENDS = ["math", "numpy", pytest.param("llvm", marks=needs_llvm)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_derivatives_come_in_their_shapes_and_agree_with_formulas(backend):
    e, names = parse("x^2*sin(y) + y/x"), "x y"
    f = compile(e, names, ["gradient", "hessian", "jvp", "hvp"], backend)
    point, direction = (0.7, 1.3), (0.5, -2.0)
    first = [val(slope, dict(zip("xy", point, strict=True))) for slope in gradient(e, names)]
    second = [[val(s, dict(zip("xy", point, strict=True))) for s in row] for row in hessian(e, names).dense()]
    wanted = (val(e, x=point[0], y=point[1]), first, second, np.dot(first, direction), np.dot(second, direction))
    for found, exact in zip(f(*point, *direction), wanted, strict=True):
        np.testing.assert_allclose(found, exact, rtol=1e-14)
    columns = [np.full((2, 3), u) for u in (*point, *direction)]
    for found, exact in zip(f(*columns), wanted, strict=True):
        assert found.shape == (*np.shape(exact), 2, 3)
        np.testing.assert_allclose(np.moveaxis(found, (-2, -1), (0, 1))[1, 2], exact, rtol=1e-14)


def test_the_jacobian_of_several_formulas_has_a_row_for_each():
    f = compile(["x*y", "x", "7"], "x y z", "gradient", wrt="y x")
    assert f(2.0, 3.0, 0.0) == (6.0, 2.0, 7.0, ((2.0, 3.0), (0.0, 1.0), (0.0, 0.0)))
    *_, slopes = f(np.array([2.0, 4.0]), 3.0, 0.0)
    assert slopes.shape == (3, 2, 2)
    assert slopes[0].tolist() == [[2.0, 4.0], [3.0, 3.0]]


def test_names_of_directions_do_not_collide_with_arguments():
    assert compile("x*along_x", "x along_x", "jvp")(2.0, 3.0, 1.0, 0.0) == (6.0, 3.0)


@pytest.mark.parametrize(
    ("derivatives", "wrt", "words"),
    [
        ("gradiant", None, "did you mean 'gradient'"),
        (["hessian", 3], None, "there are gradient"),
        ("gradient", "z", "no argument is called z"),
    ],
)
def test_what_is_no_derivative_is_refused(derivatives, wrt, words):
    with pytest.raises(OperandError) as caught:
        compile("x*y", "x y", derivatives, wrt=wrt)
    assert words in str(caught.value)


def test_a_hessian_is_of_one_formula():
    with pytest.raises(OperandError, match="2 are given"):
        compile(["x", "x^2"], "x", "hessian")


def test_a_branch_not_taken_poisons_no_derivative():
    f = compile("where(x > 0, x*log(x), x^2)", "x", "gradient")
    value, (slope,) = f(GRID)
    np.testing.assert_allclose(value, [4, 1, 0, 0, 2 * math.log(2)], rtol=1e-15)
    np.testing.assert_allclose(slope, [-4, -2, 0, 1, math.log(2) + 1], rtol=1e-15)
    assert [f(u)[1][0] for u in GRID.tolist()] == pytest.approx(slope.tolist(), rel=1e-15)


# ------------------------------------------------------------------------------------------------------- numbers, often


def test_a_function_called_often_gives_what_it_gave_before():
    f = compile([MODEL, *gradient(MODEL, NAMES), "x", "3"], f"x {NAMES}")
    before = [f(u / 7, *AT) for u in range(-20, 20)]
    assert type(f) is not Compiled  # it has got a method of its own
    after = [f(u / 7, *AT) for u in range(-20, 20)]
    np.testing.assert_allclose(after, before, rtol=4e-15)
    assert isinstance(f, Compiled)
    assert f(np.array([0.5, 0.7]), *AT)[0][1] == pytest.approx(f(0.7, *AT)[0], rel=1e-15)


@pytest.mark.parametrize("often", [False, True])
def test_numbers_of_any_kind_and_mistakes_do_the_same_however_often_it_was_called(often):
    f = compile(["x/y", "x", "x*y"], "x y")
    for _ in range(40 if often else 0):
        f(1.0, 2.0)
    for u in (3, 3.0, True, np.float64(3), np.float32(3), np.int8(3), Fraction(3), 10**20, np.array(3.0)):
        found = f(u, 2)
        assert found == (float(u) / 2, float(u), float(u) * 2)
        assert {type(value) for value in found} == {float}
    assert np.isnan(f(np.float64(1), np.float64(0))[0])
    assert np.isnan(f(1, 0)[0])
    with pytest.raises(OperandError, match="x are not real numbers"):
        f("1", 2)
    with pytest.raises(OperandError, match=r"2 values are wanted \(x, y\), 1 "):
        f(1)
    with pytest.raises((OperandError, TypeError), match=r"2 values are wanted|takes from 1 to"):
        f(1.0, 2.0, None, 3.0)
    with pytest.raises(OperandError, match="out takes the results for arrays"):
        f(1, 2, out=(np.empty(1),) * 3)


@pytest.mark.parametrize(("formula", "values"), POLICY)
def test_the_policy_holds_in_functions_called_often(formula, values):
    f = compile([formula], "x")
    f.promote()
    np.testing.assert_allclose([f(u)[0] for u in GRID.tolist()], values, rtol=1e-15)


@needs_llvm
@pytest.mark.parametrize(("formula", "values"), POLICY)
def test_the_policy_holds_in_machine_code(formula, values):
    f = compile([formula], "x", backend="llvm")
    np.testing.assert_allclose(f(np.tile(GRID, 7))[0], np.tile(values, 7), rtol=1e-15)


# --------------------------------------------------------------------------------------------------------------- arrays


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_model_and_its_gradient_agree_with_the_tape_in_every_back_end(backend):
    f = compile([MODEL, *gradient(MODEL, NAMES)], f"x {NAMES}", backend=backend, threads=2)
    grid = np.linspace(-3, 8, 40_003 if backend != "math" else 503)
    wanted = f.interpreter([grid, *AT])
    for found, exact in zip(f(grid, *AT), wanted, strict=True):
        np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-290)
    assert f.backend == backend


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("parameter", [0.0, 1e-300, -1e300, math.nan, math.inf])
def test_parameters_of_any_size_are_taken_as_the_formula_takes_them(backend, parameter):
    f = compile(["c*x*x", "x/c", "c*sin(x)/(c + x^2)", "exp(c)*x", "c^2*x^2*y"], "x y c", backend=backend)
    x, y = np.array([0.5, -2.0, 1e-160, 1e160, 0.0] * 8), np.array([1e-200, 3.0] * 20)
    for found, exact in zip(f(x, y, parameter), f.interpreter([x, y, parameter]), strict=True):
        np.testing.assert_allclose(found, exact, rtol=1e-15)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_factor_moved_past_a_product_loses_no_digits_where_that_underflows(backend):
    f = compile("c*(x*y)", "x y c", "gradient", backend)
    x, y = np.array([1e-160, 1.0] * 20), np.array([1e-160, 2.0] * 20)
    value, _ = f(x, y, 1e18)
    np.testing.assert_allclose(value[:2], [1e18 * (1e-160 * 1e-160), 2e18], rtol=1e-15)
    g = compile("(c*x)*y", "x y c", backend=backend)
    np.testing.assert_allclose(g(x, y, 1e18)[:2], [1e-302, 2e18], rtol=1e-15)


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_single_precision_stays_single(backend):
    f = compile([MODEL, "x/3", "7"], f"x {NAMES}", backend=backend)
    grid = np.linspace(0, 4, 1001, dtype=np.float32)
    found = f(grid, *AT)
    assert {row.dtype for row in found} == {np.dtype(np.float32)}
    np.testing.assert_allclose(found[0], f.interpreter([grid.astype(float), *AT])[0], rtol=2e-5)
    assert f(grid, *AT[:-1], np.linspace(0, 1, 1001))[0].dtype == float


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("shape", [(0,), (1,), (3, 0), (2, 1, 5), (7,)])
def test_any_shape_comes_back(backend, shape):
    f = compile("x*y", "x y", "gradient", backend)
    value, slopes = f(np.ones(shape), 2.0)
    assert (value.shape, slopes.shape) == (shape, (2, *shape))


@pytest.mark.parametrize("backend", BACKENDS)
def test_arrays_of_any_order_are_read_as_they_are_meant(backend):
    f = compile("x - 2*y", "x y", backend=backend)
    table = np.arange(24.0).reshape(4, 6)
    for x in (table.T, table[::-1, ::2], np.asfortranarray(table), table.astype(">f8"), table.astype(int)):
        np.testing.assert_array_equal(f(x, x[:1]), x - 2 * x[:1])


@pytest.mark.parametrize("backend", BACKENDS)
def test_results_go_where_they_are_wanted(backend):
    f = compile("x^2*y", "x y", "gradient", backend)
    x = np.linspace(1, 2, 50)
    out = np.empty(50), np.empty((2, 50))
    assert f(x, 3.0, out=out) is out
    np.testing.assert_allclose(out[0], 3 * x**2, rtol=1e-15)
    np.testing.assert_allclose(out[1], [6 * x, x**2], rtol=1e-15)
    narrow = np.empty(50, np.float32), np.empty((2, 50), order="F")
    for _ in range(12):
        f(x, 3.0, out=narrow)
    np.testing.assert_allclose(narrow[1], out[1], rtol=1e-15)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f(1e200 * x, 3.0, out=narrow)[0][0] == math.inf


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_result_may_go_into_an_argument(backend):
    f = compile("x + sin(x)*y + x", "x y", backend=backend)
    x, y = np.linspace(0, 1, 40), np.linspace(1, 2, 40)
    wanted = f(x, y)
    f(x, y, out=x)
    np.testing.assert_array_equal(x, wanted)


@pytest.mark.parametrize("out", [np.empty(3), np.empty(50, int), (np.empty(50),), "no", np.broadcast_to(0.0, 50)])
def test_what_cannot_take_the_results_is_refused(out):
    with pytest.raises(OperandError, match="out is an array of floats that can be written to"):
        compile("x", "x")(np.ones(50), out=out)


@needs_llvm
def test_the_same_arrays_again_with_other_numbers():
    f = compile([MODEL, *gradient(MODEL, NAMES)], f"x {NAMES}", backend="llvm")
    x, out = np.linspace(-1, 4, 300), tuple(np.empty(300) for _ in range(9))
    for factor in (1.0, 1.1, 0.0, 1e-250, math.nan, 1.2):
        at = [factor * u for u in AT]
        assert f(x, *at, out=out) is out
        for found, exact in zip(out, f.interpreter([x, *at]), strict=True):
            np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-300)
    x[:] = np.linspace(2, 3, 300)
    f(x, *AT, out=out)
    np.testing.assert_allclose(out[0], f.interpreter([x, *AT])[0], rtol=1e-12)
    f(x, np.linspace(0, 1, 300), *AT[1:], out=out)  # an array in the place of a number
    np.testing.assert_allclose(out[0], f.interpreter([x, np.linspace(0, 1, 300), *AT[1:]])[0], rtol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_many_threads_may_call_one_function(backend):
    f = compile([MODEL, *gradient(MODEL, NAMES)], f"x {NAMES}", backend=backend)
    grids = [np.linspace(-i, i + 1, 700) for i in range(8)]
    wanted = [f.interpreter([grid, *AT])[5] for grid in grids]
    with ThreadPoolExecutor(8) as pool:
        for found, exact in zip(pool.map(lambda grid: f(grid, *AT)[5], grids * 5), wanted * 5, strict=True):
            np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-290)


# --------------------------------------------------------------------------------------------- which back end, and what


def test_auto_takes_what_suits_the_number_of_points():
    f = compile("x*sin(x)", "x")
    f(1.0)
    assert f.backend == "math"
    f(np.ones(2))
    assert f.backend == "math"
    f(np.ones(500))
    assert f.backend == "numpy"


@needs_llvm
def test_auto_takes_machine_code_once_that_pays(monkeypatch):
    monkeypatch.setattr("symdiff.numeric.compile.WORK", 1000)
    monkeypatch.setattr("symdiff.numeric.compile.WORK_A_STEP", 1)
    f, special = compile("x*sin(x)", "x"), compile("x*besselj(1, x)", "x")
    for function in (f, special):
        function(np.ones(2000))
    assert (f.backend, special.backend) == ("llvm", "numpy")


def test_without_llvmlite_the_message_says_what_it_would_bring(monkeypatch):
    monkeypatch.setattr("symdiff.numeric.arrays.has_native", lambda: False)
    with pytest.raises(ExtraError) as caught:
        compile("x", "x", backend="llvm")
    assert "pip install 'symdiff-engine[jit]'" in str(caught.value)
    assert "times as fast" in str(caught.value)
    assert compile("x", "x")(np.ones(100)).sum() == 100


def test_an_unknown_back_end_is_refused():
    with pytest.raises(OperandError, match="did you mean 'numpy'"):
        compile("x", "x", backend="nunpy")
    with pytest.raises(OperandError, match="threads is a positive integer"):
        compile("x", "x", threads=0)


@pytest.mark.parametrize("backend", ["auto", *BACKENDS])
def test_a_compiled_function_travels_as_its_formulas(backend):
    f = compile(MODEL, f"x {NAMES}", "gradient", backend, wrt=NAMES)
    for _ in range(40):
        f(0.5, *AT)
    g = pickle.loads(pickle.dumps(f))
    assert g(0.5, *AT)[0] == pytest.approx(f(0.5, *AT)[0], rel=1e-15)
    assert g(0.5, *AT)[1] == pytest.approx(f(0.5, *AT)[1], rel=4e-15)
    grid = np.linspace(0, 1, 50)
    np.testing.assert_allclose(g(grid, *AT)[1], f(grid, *AT)[1], rtol=1e-14)


def test_a_function_of_ones_own_runs_in_every_back_end():
    cube = operation("cube_compiled", value=lambda u: u**3, partials=[lambda u: 3 * u**2])
    for backend in ("math", "numpy", *(["llvm"] if has_native() else [])):
        value, (slope,) = compile(cube(x) + 1, [x], "gradient", backend)(np.array([1.0, 2.0] * 20))
        assert (value[:2].tolist(), slope[:2].tolist()) == ([2.0, 9.0], [3.0, 12.0])


def test_undefined_points_are_counted_with_the_first_and_the_reason():
    f = compile(["sqrt(x)/y", "x"], "x y")
    x, y = np.array([[1.0, -1.0, 4.0], [9.0, math.nan, 0.0]]), 2.0
    gaps = f.undefined(x, y)
    assert (gaps.count, gaps.first) == (2, (0, 1))
    assert gaps.reason == "sqrt(x) has no real value: x is -1.0"
    assert f.undefined(4.0, 0.0).reason.startswith("division by zero in sqrt(x)/y")
    assert (f.undefined(4.0, 0.0).count, f.undefined(4.0, 0.0).first) == (1, ())
    assert f.undefined(np.ones(3), 1.0).count == 0
    assert f.undefined(math.nan, 1.0).reason == "x is nan"


def test_lowered_code_is_as_short_as_written_by_hand():
    f = compile([MODEL, *gradient(MODEL, NAMES)], f"x {NAMES}")
    assert len(f.tape.steps) == 42
    assert len(lowered(f.tape, [0]).plan.body) == 29
    assert len(lowered(f.tape).plan.body) <= 35


def test_lowering_takes_linear_time_and_shares_what_was_shared():
    e = x
    for i in range(3000):
        e = sin(e) * e / (y + i)
    code = lowered(compile([e], "x y").tape, [0])
    assert len(code.plan.body) <= 3 * 3000


# ------------------------------------------------------------------------------------------ what an adversary has found

EVERYWHERE = [
    ("x/2*y", (1.5e308, 1.5), 1.125e308),  # a factor below 1 moved past a product that is too large without it
    ("(x/8)*(y/8)", (3e154, 3e154), 1.40625e307),
    ("(x/8)/(8*y)", (1e300, 1e-9), 1.5625e307),
    ("0.2/x + 0*y", (5e-309, 1.0), 0.2 / 5e-309),  # 1/x is too large
    ("x/y", (math.inf, 0.0), math.nan),  # of which IEEE says nothing
    ("max(exp(1000), x)/y", (1.0, 0.0), math.nan),
    ("x^0.5 + y", (-math.inf, 1.0), math.nan),
    ("x^(1/3) + y", (-math.inf, 1.0), math.nan),
    ("x^3 + y", (-math.inf, 1.0), -math.inf),
    ("factorial(x)/y", (200.0, 0.0), math.nan),  # an infinity that no flag has shown
    ("erfi(x)/y", (30.0, 0.0), math.nan),
    ("(1e300*x)*(1e300*y)", (1e-300, 1e-300), 1.0),
    ("exp(-1/(y/x))", (2.0, 3.0), math.exp(-2 / 3)),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("formula", "point", "value"), EVERYWHERE)
def test_far_out_every_back_end_has_the_value_of_the_formula(backend, formula, point, value):
    f = compile(formula, "x y", ["gradient"], backend)
    columns = [np.full(20, u) for u in point]
    np.testing.assert_allclose(f(*columns)[0], value, rtol=4e-16)
    for _ in range(2):  # the second time by a function made for it
        assert f(*point)[0] == pytest.approx(value, rel=4e-16, nan_ok=True)


@pytest.mark.parametrize(
    "formula", ["1/(y/x)", "x/(1/y) + 1/(1/(1/y))", "log(1/(3/x))", "(x/y)/(x/y)^2", "1/(x*(y/x))"]
)
def test_divisors_that_hold_divisions_are_lowered(formula):
    f = compile(formula, "x y", ["gradient", "hessian"])
    x, y = np.linspace(1, 2, 30), np.linspace(2, 5, 30)
    flat = f.request.flat(f(x, y))
    for found, exact in zip(flat, f.interpreter([x, y]), strict=True):
        np.testing.assert_allclose(found, exact, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("backend", BACKENDS)
def test_single_precision_is_computed_in_double_without_a_warning(backend):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        planck = compile("hbar^2*k^2/(2*m)", "k hbar m", backend=backend)
        np.testing.assert_allclose(planck(np.full(20, 1e10, "f4"), 1.054e-34, 9.109e-31), 6.097903e-19, rtol=1e-6)
        f = compile(["exp(x)", "exp(b) + x", "1e300*x", "where(x > 0, b, 2)"], "x b", backend=backend)
        found = f(np.array([100.0, 0.0, -1.0] * 7, np.float32), 1e300)
        assert [row[0] for row in found] == [math.inf] * 4
        assert [row[1] for row in found] == [1.0, math.inf, 0.0, 2.0]


def test_a_function_of_thousands_of_numbers_may_be_called_often():
    names = [f"x{i}" for i in range(3000)]
    f = compile("+".join([f"{name}*{name}" for name in names]), names)
    assert [f(*[0.5] * 3000) for _ in range(40)] == [750.0] * 40


def test_results_must_not_share_a_place():
    f = compile(["x + 1", "2*x"], "x")
    o = np.empty(40)
    with pytest.raises(OperandError, match="two arrays of out share memory"):
        f(np.ones(20), out=(o[:20], o[10:30]))
    f(np.ones(20), out=(o[:20], o[20:]))
    assert o[[0, 20]].tolist() == [2.0, 2.0]


@needs_llvm
@pytest.mark.parametrize(
    "changed",
    [
        lambda x, out: out[1].resize(1000, refcheck=False),
        lambda x, out: out[0].resize(63, refcheck=False),
        lambda x, out: out[1].setflags(write=False),
        lambda x, out: x.resize(4, 16, refcheck=False),
    ],
)
def test_arrays_that_are_no_longer_what_they_were_are_noticed(changed):
    f = compile(["x + a", "a*x"], "x a", backend="llvm")
    x, out = np.ones(64), (np.empty(64), np.empty(64))
    for a in (1.0, 2.0, 3.0):
        f(x, a, out=out)
    assert f.again is not None
    changed(x, out)
    with pytest.raises(OperandError):
        f(x, 4.0, out=out)


def test_arrays_that_do_not_go_together_are_named():
    with pytest.raises(OperandError, match=r"arrays of shapes \(3,\) and \(4,\) do not go together"):
        compile("x + y", "x y")(np.ones(3), np.ones(4))


def test_masked_and_object_arrays():
    f = compile("2*x", "x")
    with pytest.raises(OperandError, match="masked"):
        f(np.ma.masked_array([1.0, 2.0], [False, True]))
    assert f(np.array([1, Fraction(5, 2), 2.5], dtype=object)).tolist() == [2, 5, 5]
    with pytest.raises(OperandError, match="not real numbers"):
        f(np.array([1, "2"], dtype=object))
    with pytest.raises(OperandError, match="too large for a float"):
        f(10**400)


def test_what_is_empty_has_no_undefined_points():
    assert compile("1/x", "x").undefined(np.empty((2, 0))).count == 0
    assert compile("1e400*x", "x").undefined(0).reason == "a part is beyond the floats"


@pytest.mark.parametrize("count", [3, 50, 4000])
def test_few_points_often_give_what_they_gave_at_first(count):
    f = compile([MODEL, *gradient(MODEL, NAMES), "where(x > 1, log(x), 1/x)", "x^1.5"], f"x {NAMES}", backend="numpy")
    x = np.linspace(0, 5, count)
    first = f(x, *AT)
    for _ in range(20):
        again = f(x, *AT)
    for found, exact in zip(again, first, strict=True):
        np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-290)
    assert f(x - 3, *AT)[0].shape == (count,)


@needs_llvm
def test_machine_code_that_would_take_minutes_is_refused():
    e = x
    for _ in range(41_000):
        e = e * x + 1
    with pytest.raises(LimitError, match="82,000 steps would take long"):
        compile(e, "x", backend="llvm")(np.ones(100))


def test_the_same_call_gives_the_same_bits_however_often_it_is_made():
    x = np.linspace(0.1, 9, 400)
    f = compile("a*sin(b*x) + cos(b*x)", "x a b", "gradient", wrt="a b", backend="numpy")
    first = [np.array(part) for part in f(x, 2.0, 1.3)]
    for _ in range(20):
        again = f(x, 2.0, 1.3)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
