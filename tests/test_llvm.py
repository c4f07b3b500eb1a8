"""Machine code of arithmetic, exponentials, logarithms, hyperbolic functions and powers: right to 2 ulp, or flagged."""

import math
import os
import random
import re
import threading
from functools import cache
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from symdiff.core import ops
from symdiff.numeric.rows import on_arrays
from symdiff.numeric.tape import Plan, Step
from symdiff.points.ball import rounded_value

pytest.importorskip("llvmlite", reason="the extra `jit` is not installed")

from symdiff.numeric.llvm import areas, exponentials, logarithms, loop, order, plain, powers
from symdiff.numeric.llvm.engine import Processor, host
from symdiff.numeric.llvm.functions import emitters
from symdiff.numeric.llvm.kernel import WORTH_A_THREAD, Kernel
from symdiff.numeric.llvm.vectors import Vectors

Array = NDArray[np.float64]
Machine: TypeAlias = tuple[int, Processor]  # lanes, and what runs them

FUNCTIONS = plain.FUNCTIONS | powers.FUNCTIONS | exponentials.FUNCTIONS | logarithms.FUNCTIONS | areas.FUNCTIONS
OF_NUMBERS = sorted(name for name in FUNCTIONS if name in ops.TABLE and ops.TABLE[name].ball is not None)
LOGICAL = ["<", "<=", ">", ">=", "==", "!=", "and", "or", "not", "where"]
LANES = [1, 2, 4, 8]
AVX2, SSE2 = Processor("x86-64-v3", "+sse2,+avx2,+fma"), Processor("x86-64", "+sse2")
MACHINES = [(lanes, host()) for lanes in LANES] + [
    pytest.param(
        (lanes, older), id=f"{older.name}, {lanes}", marks=pytest.mark.skipif(newer, reason="not this processor")
    )
    for older in (AVX2, SSE2)
    for newer in [not older.features <= host().features]
    for lanes in (older.lanes // 2, older.lanes)
]
ORDINARY = [0.0, 0.1, 0.25, 1 / 3, 0.5, 0.75, 1.0, 1.25, 2.0, 3.0, 7.5, 20.0, 300.0]
EDGES = [5e-324, 1e-310, 2.0**-1022, 2.0**-1000, 1e-160, 1e-20, 2.0**-28, 2.0**-27, 1 - 2.0**-53, 1 + 2.0**-52]
EDGES += [
    math.log(2) / 2,
    math.sqrt(0.5),
    math.sqrt(2),
    18.9,
    22.0,
    36.7,
    37.5,
    709.78,
    709.79,
    710.4758,
    710.476,
    712.0,
]
EDGES += [745.13, 745.14, 746.0, 1000.0, 2.0**28, 2.0**52 - 0.5, 2.0**53, 1e154, 1.4e154, 1e160, 2.0**1023, 1.79e308]
UNDEFINED = [math.nan, math.inf, -math.inf]


def bits(rng: random.Random) -> float:
    """A double of any magnitude."""
    value = float(np.array([rng.getrandbits(64)], np.uint64).view(np.float64)[0])
    return value if math.isfinite(value) else bits_of_half(rng)


def bits_of_half(rng: random.Random) -> float:
    return math.ldexp(rng.uniform(-1, 1), rng.randint(-1070, 1023))


def drawn(rng: random.Random, count: int) -> list[float]:
    """Doubles of all magnitudes and, as many, of everyday size."""
    return [
        draw
        for _ in range(count // 4)
        for draw in (
            bits(rng),
            rng.uniform(-1, 1),
            rng.uniform(-40, 40),
            math.ldexp(rng.uniform(-2, 2), rng.randint(-40, 11)),
        )
    ]


def points(name: str, count: int = 800) -> list[tuple[float, ...]]:
    """Arguments for a row: special ones, and drawn ones of all magnitudes."""
    rng, arity = random.Random(name), ops.TABLE[name].arity
    special = [sign * x for x in ORDINARY + EDGES for sign in (1, -1)]
    if arity == 1:
        return [(x,) for x in special + drawn(rng, count)]
    pairs = [(x, y) for x in special for y in rng.sample(special, 6)] + [(1.0, y) for y in special]
    pairs += list(zip(drawn(rng, count), drawn(rng, count), strict=True))
    for _ in range(count if name in ("^", "root") else 0):
        x = rng.uniform(0, 3)
        pairs.append((x, rng.uniform(-740, 740) / (math.log(x) or 1)))  # results from the smallest to the largest
        pairs.append((rng.uniform(-100, 100), float(rng.randint(-12, 12))))
        pairs.append(
            (1 + rng.choice([-1, 1]) * 2.0 ** -rng.randint(1, 52), math.ldexp(rng.uniform(-1, 1), rng.randint(0, 60)))
        )
    return pairs


def true_value(name: str, args: tuple[float, ...]) -> float:
    """The nearest double, nan where there is none."""
    try:
        return rounded_value(ops.TABLE[name], args)
    except (ValueError, ZeroDivisionError):
        return math.nan


@cache
def truth(name: str) -> tuple[tuple[Array, ...], Array]:
    """Arguments of a row, as columns, and its values."""
    found = points(name)
    return tuple(map(np.array, zip(*found, strict=True))), np.array([true_value(name, args) for args in found])


def computed(name: str, machine: Machine | None, *args: Array) -> tuple[Array, NDArray[np.bool_]]:
    """The values of an operation in machine code, and where it asked for the careful path."""
    places = tuple(range(len(args)))
    lanes, processor = machine or (None, None)
    plan = Plan(places, (), {}, (Step(name, len(args), places),), (len(args),))
    kernel = Kernel(plan, lanes=lanes, processor=processor)
    values, flags = np.empty((1, len(args[0]))), np.zeros(len(args[0]), bool)
    flags[kernel(args, [], values)] = True
    return values[0], flags


def ulps(found: Array, true: Array) -> Array:
    """How many doubles lie between; infinite if only one of them is nan."""

    def ordinal(x: Array) -> Array:
        i = x.view(np.int64)
        return np.where(i >= 0, i, -(i & np.int64(2**63 - 1)))

    u, v = ordinal(found), ordinal(true)
    rough = np.abs(u.astype(float) - v.astype(float))
    distance = np.where(rough < 2.0**62, np.abs(u - v), rough)
    return np.where(np.isnan(true) | np.isnan(found), np.where(np.isnan(true) & np.isnan(found), 0, math.inf), distance)


# ----------------------------------------------------------------------------------------------------------- functions


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", OF_NUMBERS)
def test_a_function_is_right_to_2_ulp_everywhere(name: str, machine: Machine) -> None:
    args, true = truth(name)
    found, flags = computed(name, machine, *args)
    worst = np.argmax(np.where(flags, 0, ulps(found, true)))
    assert flags[worst] or ulps(found, true)[worst] <= 2, ([x[worst] for x in args], found[worst], true[worst])


@pytest.mark.parametrize("machine", [None, *MACHINES[len(LANES) :]])
@pytest.mark.parametrize("name", OF_NUMBERS)
def test_no_ordinary_argument_is_flagged(name: str, machine: Machine | None) -> None:
    args, _ = truth(name)
    _, flags = computed(name, machine, *args)
    assert not flags.any()


@pytest.mark.parametrize("machine", [None, *MACHINES[len(LANES) :]])
@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() & ops.TABLE.keys()))
def test_what_is_not_finite_goes_through_as_on_the_careful_path(name: str, machine: Machine | None) -> None:
    row, rng = ops.TABLE[name], random.Random(1)
    values = [*UNDEFINED, 0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, 1e300]
    drawn_here = [[rng.choice(values) for _ in range(row.arity)] for _ in range(600)]
    args = np.array(drawn_here + [[x] * row.arity for x in values]).T.copy()
    found, flags = computed(name, machine, *args)
    with np.errstate(all="ignore"):
        careful = on_arrays(row)(*args)
        close = (found == careful) | (np.abs(found - careful) <= 1e-14 * np.abs(careful))
    if name == "^":  # no power of a negative number, and IEEE's pow(-inf, 0.5) is inf
        careful[(args[0] < 0) & (args[1] != np.floor(args[1]))] = math.nan
    wrong = ~(close | (np.isnan(found) & np.isnan(careful)) | flags)
    assert not wrong.any(), (args[:, wrong][:, :3], found[wrong][:3], careful[wrong][:3])
    assert not flags[np.isnan(args).any(axis=0)].any()


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", LOGICAL)
def test_conditions_agree_with_the_careful_path(name: str, machine: Machine) -> None:
    row, rng = ops.TABLE[name], random.Random(name)
    args = [np.array(rng.choices([0.0, -0.0, 1.0, -2.5, math.nan, math.inf], k=300)) for _ in range(row.arity)]
    found, flags = computed(name, machine, *args)
    assert np.array_equal(found, on_arrays(row)(*args), equal_nan=True)
    assert not flags.any()


@pytest.mark.parametrize("exponent", [*map(float, range(-17, 18)), 0.5, -0.5, 1.5, 2.5, 1 / 3, -1e3])
def test_a_known_exponent_gives_powers_right_to_2_ulp(exponent: float) -> None:
    rng = random.Random(exponent)
    edge = 1e308 ** (1 / max(abs(exponent), 1))
    x = np.array([0.0, 1.0, -1.0, math.nan] + drawn(rng, 400) + [rng.uniform(-edge, edge) for _ in range(200)])
    x = np.append(x, [1 / rng.uniform(-edge, edge) for _ in range(200)])
    out = np.empty((1, len(x)))
    kernel = Kernel(Plan((0,), (), {1: exponent}, (Step("^", 2, (0, 1)),), (2,)))
    assert len(kernel([x], [], out)) == 0
    true = np.array([math.nan if math.isnan(u) else true_value("^", (u, exponent)) for u in x])
    assert ulps(out[0], true).max() <= 2


@pytest.mark.parametrize("base", [2.0, 10.0, 0.5, 1.0, math.e, 1e300])
def test_a_known_base_gives_powers_right_to_2_ulp(base: float) -> None:
    rng = random.Random(base)
    n = np.array([0.0, 1.0, -1.0, 300.0, -1080.0] + [rng.uniform(-1100, 1100) for _ in range(400)])
    out = np.empty((1, len(n)))
    kernel = Kernel(Plan((0,), (), {1: base}, (Step("^", 2, (1, 0)),), (2,)))
    assert len(kernel([n], [], out)) == 0
    assert ulps(out[0], np.array([true_value("^", (base, float(u))) for u in n])).max() <= 2


@pytest.mark.parametrize("machine", MACHINES)
def test_reciprocals_are_flagged_where_products_with_them_would_be_wrong(machine: Machine) -> None:
    v = np.array([0.0, -0.0, 5e-324, -1e-309, 1e-307, 1.0, 1e307, -1.7e308, math.inf, math.nan])
    found, flags = computed("reciprocal", machine, v)
    assert flags.tolist() == [True, True, True, True, False, False, False, True, False, False]
    assert found[5] == 1
    assert found[8] == 0


@pytest.mark.parametrize("machine", MACHINES)
def test_a_guarded_product_is_flagged_where_it_underflows_or_overflows_by_itself(machine: Machine) -> None:
    u = np.array([1e-200, 1e-200, 1e200, 0.0, math.inf, math.nan, 2.0, 1e-154])
    v = np.array([1e-200, 1e-110, 1e200, 5.0, 2.000, 1.000000, 3.0, 1e-155])
    _, flags = computed("guarded *", machine, u, v)
    assert flags.tolist() == [True, True, True, False, False, False, False, True]


@pytest.mark.parametrize("machine", MACHINES)
def test_guards_hold_to_the_last_bit(machine: Machine) -> None:
    least, most = 2.0**-1022, math.ldexp(1 - 2.0**-53, 1024)
    u = np.array(
        [least, -least, math.nextafter(least, 0), -5e-324, most, -most, 2.0**1023, -(2.0**1023), 0.0, math.nan]
    )
    v = np.array([1.0, 1.00, 1.0, 1.0, 1.0, -1.0, 2.0, 2.0, 1.0, 1.0])
    _, flags = computed("guarded *", machine, u, v)
    assert flags.tolist() == [False, False, True, True, False, False, True, True, False, False]


@pytest.mark.parametrize("machine", MACHINES)
def test_what_a_guarded_value_goes_into_hides_nothing(machine: Machine) -> None:
    body = (
        Step("guarded *", 3, (0, 1)),
        Step("guarded *", 4, (3, 2)),
        Step("reciprocal", 5, (4,)),
        Step("guarded *", 6, (5, 3)),
    )
    lanes, processor = machine
    kernel = Kernel(Plan((0, 1, 2), (), {}, body, (6,)), lanes=lanes, processor=processor)
    rng = np.random.default_rng(9)
    u, v, w = (rng.choice([0.0, 1.0, -1e200, 1e-200, 1e150, 1e-150, 3e10, math.inf, math.nan], 2000) for _ in range(3))
    flags = np.zeros(2000, bool)
    flags[kernel([u, v, w], [], np.empty((1, 2000)))] = True

    def wrong(x: Array, *causes: Array) -> NDArray[np.bool_]:
        found = (np.isinf(x) | (np.abs(x) < 2.0**-1022)) & ~np.isnan(x)
        return found & ~np.any([np.isinf(cause) | (cause == 0) for cause in causes], axis=0)

    with np.errstate(all="ignore"):
        first = u * v
        second = first * w
        third = 1 / second
        expected = wrong(first, u, v) | wrong(second, first, w) | wrong(third * first, third, first)
        expected |= np.isinf(third) | ((np.abs(third) < 2.0**-1022) & (third != 0))
    assert np.array_equal(flags, expected)


def test_an_operation_without_a_vector_form_is_left_to_the_careful_path() -> None:
    found, flags = computed("besselj", None, np.ones(20), np.ones(20))
    assert flags.all()
    assert np.isnan(found).all()


def test_a_branch_not_taken_is_not_flagged() -> None:
    x = np.linspace(-2, 2, 101)
    body = (Step(">", 2, (0, 1)), Step("log", 3, (0,)), Step("where", 4, (2, 3, 1)))
    out = np.empty((1, 101))
    assert len(Kernel(Plan((0,), (), {1: 0.0}, body, (4,)))([x], [], out)) == 0
    assert np.array_equal(np.isnan(out[0]), np.zeros(101, bool))


# ---------------------------------------------------------------------------------------------------------------- order


@pytest.mark.parametrize("most", [10, 100, 256])
def test_instructions_are_arranged_parts_before_wholes_and_none_is_lost(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order, "MOST", most)
    for name in OF_NUMBERS:
        b = Vectors(8)
        emitters()[name](b, *["%x0", "%x1"][: ops.TABLE[name].arity])
        lines, known = order.arranged(b.lines), {"%x0", "%x1"}
        assert sorted(lines) == sorted(b.lines)
        for line in lines:
            found, _, instruction = line.partition(" = ")
            assert known.issuperset(re.findall(r"%\w+", instruction))
            known.add(found)


def test_independent_chains_of_instructions_are_interleaved() -> None:
    b = Vectors(8)
    for function in ("exp", "sin"):
        emitters()[function](b, "%x")
    half = len(b.lines) // 2
    assert len(set(order.arranged(b.lines)[:half]) - set(b.lines[:half])) > half // 4


# -------------------------------------------------------------------------------------------------------------- kernels

SUM = Plan((0, 1), (2,), {3: 2.0}, (Step("*", 4, (0, 2)), Step("+", 5, (4, 1)), Step("^", 6, (3, 0))), (5, 6, 0))


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("single", [False, True])
def test_every_length_is_computed_and_nothing_beyond_the_end(lanes: int, single: bool) -> None:
    kernel = Kernel(SUM, single, lanes)
    kind = np.float32 if single else np.float64
    for n in [*range(36), 1000, 1023]:
        memory = np.full((3, n + 40), 777, kind)
        x, y = np.linspace(-3, 3, n).astype(kind), np.linspace(0, 1, n).astype(kind)
        outputs = [row[20 : 20 + n] for row in memory]
        assert len(kernel([x, y], [1.5], outputs)) == 0
        expected = [x.astype(float) * 1.5 + y, 2.0**x, x]
        for row, output, value in zip(memory, outputs, expected, strict=True):
            assert np.allclose(output, value, rtol=2e-7 if single else 1e-15, atol=0)
            assert (row[:20] == 777).all()
            assert (row[20 + n :] == 777).all()


@pytest.mark.parametrize("machine", MACHINES)
def test_flags_tell_the_numbers_of_the_points(machine: Machine) -> None:
    rng = np.random.default_rng(5)
    for n in [1, 3, 7, 8, 9, 63, 64, 65, 1001]:
        v = rng.choice([0.0, 1.0, 1e-310, 3.0], n)
        _, flags = computed("reciprocal", machine, v)
        assert np.array_equal(flags, v < 1e-300)


def test_threads_give_the_same_bits_and_flags() -> None:
    n = 5 * WORTH_A_THREAD + 13
    rng = np.random.default_rng(6)
    x = rng.uniform(-3, 3, n)
    x[rng.integers(0, n, 50)] = 0.0
    plan = Plan((0,), (), {}, (Step("exp", 1, (0,)), Step("reciprocal", 2, (0,))), (1, 2))
    kernel, results = Kernel(plan), []
    for threads in (1, 2, 3, 8):
        out = np.zeros((2, n))
        flagged = kernel([x], [], out, threads)
        assert np.array_equal(flagged, np.flatnonzero(x == 0))
        results.append(out.tobytes())
    assert len(set(results)) == 1


def test_a_kernel_may_be_called_from_several_threads_at_once() -> None:
    kernel = Kernel(Plan((0,), (1,), {}, (Step("*", 2, (0, 1)),), (2,)))
    x, right = np.arange(5000.0), []

    def work(factor: float) -> None:
        out = np.empty((1, 5000))
        for _ in range(50):
            kernel([x], [factor], out)
            right.append(bool((out[0] == x * factor).all()))

    threads = [threading.Thread(target=work, args=(float(k),)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(right) == 200
    assert all(right)


def test_arrays_that_do_not_fit_are_refused() -> None:
    kernel, x = Kernel(SUM), np.ones(10)
    for inputs, outputs in [
        ([x, x[:9]], np.empty((3, 10))),
        ([x, np.ones(20)[::2]], np.empty((3, 10))),
        ([x, x.astype(np.float32)], np.empty((3, 10))),
        ([x, x], np.empty((2, 10))),
        ([x, x], [x.copy()]),
        ([x], np.empty((3, 10))),
    ]:
        with pytest.raises(ValueError, match=r"arrays must be|must have|inputs|results"):
            kernel(inputs, [1.0], outputs)


def test_a_bound_kernel_computes_its_arrays_again() -> None:
    kernel = Kernel(Plan((0,), (1,), {}, (Step("*", 2, (0, 1)), Step("reciprocal", 3, (2,))), (2, 3)))
    for n in (1, 5, 8, 100):
        memory, x = np.full((2, n + 8), 777.0), np.linspace(1, 2, n)
        outputs = [row[:n] for row in memory]
        again = kernel.bound([x], outputs)
        for factor in (2.0, -3.0):
            assert again([factor]) == 0
            assert np.array_equal(outputs[0], factor * x)
        assert again([0.0]) != 0
        assert (memory[:, n:] == 777).all()
    with pytest.raises(ValueError, match="inputs"):
        kernel.bound([], outputs)


def test_read_only_arrays_are_read() -> None:
    x, out = np.arange(20.0), np.empty((1, 20))
    x.flags.writeable = False
    Kernel(Plan((0,), (), {}, (Step("square", 1, (0,)),), (1,)))([x], [], out)
    assert np.array_equal(out[0], x * x)


def test_long_code_calls_its_functions_and_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [name for name in sorted(emitters()) if name in ops.TABLE and ops.TABLE[name].arity == 1]
    steps = [(name, (0,)) for name in [*names, "guarded reciprocal", "guarded exp"]] + [("^", (0, 1)), ("^", (1, 0))]
    body = tuple(Step(name, place, args) for place, (name, args) in enumerate(steps, 2))
    plan = Plan((0,), (), {1: 2.5}, body, tuple(step.place for step in body))
    x = np.array([0.0, 0.3, -0.7, 1.0, 2.5, -30.0, 1e-310, 800.0, math.nan] * 3)
    short, long = np.empty((len(body), len(x))), np.empty((len(body), len(x)))
    flagged = Kernel(plan)([x], [], short)
    monkeypatch.setattr(loop, "LONG", 10)
    assert "call fastcc" in loop.source(plan, False, 4)
    assert np.array_equal(Kernel(plan)([x], [], long), flagged)
    assert np.array_equal(short, long, equal_nan=True)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # of forking with threads, from Python 3.12 on
def test_a_forked_process_computes_on_threads_of_its_own() -> None:
    kernel = Kernel(Plan((0,), (), {}, (Step("exp", 1, (0,)),), (1,)))
    x, out = np.ones(4 * WORTH_A_THREAD), np.empty((1, 4 * WORTH_A_THREAD))
    kernel([x], [], out, 2)
    child = os.fork()
    if child == 0:
        out[:] = 0
        kernel([x], [], out, 2)
        os._exit(0 if (out == math.e).all() else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_kernels_come_and_go() -> None:
    x, out = np.arange(16.0), np.empty((1, 16))
    for k in range(60):
        Kernel(Plan((0,), (), {1: float(k)}, (Step("*", 2, (0, 1)),), (2,)))([x], [], out)
        assert np.array_equal(out[0], x * k)
