"""Circular functions, their inverses, error and gamma functions in machine code: right to 2 ulp, or flagged."""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import TypeAlias

import flint
import numpy as np
import pytest
from numpy.typing import NDArray

from symdiff.core import ops
from symdiff.numeric.tape import Plan, Step
from symdiff.points.ball import rounded_value
from symdiff.points.point import UnboundedError

pytest.importorskip("llvmlite", reason="the extra `jit` is not installed")

from symdiff.numeric.llvm import angles, erf
from symdiff.numeric.llvm.engine import Processor, host
from symdiff.numeric.llvm.kernel import Kernel
from symdiff.numeric.llvm.vectors import Vectors

Array = NDArray[np.float64]
Machine: TypeAlias = tuple[int, Processor]  # lanes, and what runs them

FUNCTIONS = angles.FUNCTIONS | erf.FUNCTIONS
OF_ONE = sorted(FUNCTIONS.keys() - {"atan2"})
PERIODIC = ["sin", "cos", "tan", "cot", "sec", "csc"]
AVX2, SSE2 = Processor("x86-64-v3", "+sse2,+avx2,+fma"), Processor("x86-64", "+sse2")
MACHINES = [(lanes, host()) for lanes in (2, 4, 8)] + [
    pytest.param(
        (lanes, older), id=f"{older.name}, {lanes}", marks=pytest.mark.skipif(newer, reason="not this processor")
    )
    for older in (AVX2, SSE2)
    for newer in [not older.features <= host().features]
    for lanes in (older.lanes // 2, older.lanes)
]

AT_INFINITY = {  # and at minus infinity: limits, which balls do not tell
    "erf": (1.0, -1.0),
    "erfc": (0.0, 2.0),
    "gamma": (math.inf, math.nan),
    "factorial": (math.inf, math.nan),
    "loggamma": (math.inf, math.nan),
    "digamma": (math.inf, math.nan),
}
MAY_BE_FLAGGED: dict[str, Callable[[Array], NDArray[np.bool_]]] = {
    **dict.fromkeys(PERIODIC, lambda x: np.abs(x) > angles.FARTHEST),
    "cot": lambda x: (np.abs(x) > angles.FARTHEST) | tiny(x),
    "csc": lambda x: (np.abs(x) > angles.FARTHEST) | tiny(x),
    "gamma": lambda x: (x < -(2.0**50)) | tiny(x),
    "factorial": lambda x: x < -(2.0**50),
    "loggamma": lambda x: (x > 1e305) & (x < math.inf),
    "digamma": lambda x: x < 0,
}

SPECIAL = np.array(
    [0.0, -0.0, math.inf, -math.inf, math.nan]
    + [s * x for s in (1, -1) for x in (5e-324, 1e-310, 2.0**-1022, 2.0**-1000, 1e-20, 0.46875, 0.5, 1.0, 2.0, 6.0)]
    + [s * x for s in (1, -1) for x in (26.5, 27.2, 27.3, 28.0, 40.0, 1e9, 2.0**60, 1e154, 1e160, 2.0**1023, 1.7e308)]
)


def computed(name: str, machine: int | Machine, *args: Array) -> tuple[Array, NDArray[np.bool_]]:
    """The values of a function, and which lanes asked to be computed again."""
    values = np.empty_like(args[0])
    places = tuple(range(len(args)))
    plan = Plan(places, (), {}, (Step(name, len(args), places),), (len(args),))
    flags = np.zeros(len(values), bool)
    lanes, processor = (machine, None) if isinstance(machine, int) else machine
    flags[Kernel(plan, lanes=lanes, processor=processor)([*args], [], [values])] = True
    return values, flags


def true_value(name: str, args: tuple[float, ...]) -> float:
    """The nearest double, nan where there is none."""
    if any(math.isnan(arg) for arg in args):
        return math.nan
    if name in AT_INFINITY and math.isinf(args[0]):
        return AT_INFINITY[name][args[0] < 0]
    try:
        return rounded_value(ops.TABLE[name], args)
    except (ValueError, UnboundedError):
        return math.nan


def ulps(found: Array, true: Array) -> Array:
    """The distance in units in the last place of the true value."""
    same = (found == true) | (np.isnan(found) & np.isnan(true))
    with np.errstate(invalid="ignore"):
        return np.where(same, 0.0, np.nan_to_num(np.abs(found - true) / np.spacing(np.abs(true)), nan=np.inf))


def any_bits(rng: np.random.Generator, n: int) -> Array:
    """Doubles of all magnitudes and signs, infinities and nans among them."""
    return rng.integers(0, 2**64, n, dtype=np.uint64).view(np.float64)


@cache
def points(n: int = 400) -> Array:
    """Arguments of all sizes, many near the places where a function is difficult."""
    rng = np.random.default_rng(20261121)
    near_one = rng.choice([-1, 1], n) * (1 + rng.choice([-1, 1], n) * 2.0 ** -rng.uniform(0, 53, n))
    right_angles = rng.integers(-2000, 2000, n) * (math.pi / 2)
    return np.concatenate(
        [SPECIAL, any_bits(rng, n), near_one, right_angles, np.nextafter(right_angles, 1e9)]
        + [rng.uniform(-bound, bound, n) for bound in (1, 10, 28, 1e9, angles.FARTHEST)]
        + [rng.choice([-1, 1], n) * 10 ** rng.uniform(-20, 20, n), rng.uniform(26, 27.3, n), rng.uniform(-190, 175, n)]
        + [np.arange(-190, 180) / 2]
    )


@cache
def truth(name: str) -> Array:
    return np.array([true_value(name, (x,)) for x in points().tolist()])


@cache
def nearest_to_right_angles() -> Array:
    """The doubles m 2^q closest to a multiple of pi/2: denominators of continued fractions of 2^q/(pi/2)."""
    with flint.ctx.workprec(400):
        mantissa, exponent = (2 / flint.arb.pi()).mid().man_exp()
    turn = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    found = {m * 2.0**q for q in range(-53, 29) for m in denominators(turn * Fraction(2) ** q, 2**53)}
    return np.array(sorted(x for x in found if 1 <= x <= angles.FARTHEST))


def denominators(x: Fraction, most: int) -> list[int]:
    """Of the convergents of a continued fraction."""
    before, now, found = 1, 0, list[int]()
    while now <= most:
        found.append(now)
        whole = math.floor(x)
        before, now = now, whole * now + before
        x = 1 / (x - whole)
    return found[1:]


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", OF_ONE)
def test_every_lane_is_right_to_2_ulp_or_flagged(name: str, machine: Machine) -> None:
    values, flags = computed(name, machine, points())
    error = ulps(np.where(flags, truth(name), values), truth(name))
    assert error.max() <= 2, (points()[error.argmax()], values[error.argmax()])


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", OF_ONE)
def test_nothing_is_flagged_but_what_is_known_to_be_difficult(name: str, machine: Machine) -> None:
    expected = MAY_BE_FLAGGED.get(name, np.zeros_like)(points()).astype(bool)
    assert (computed(name, machine, points())[1] == expected).all()


def tiny(x: Array) -> NDArray[np.bool_]:
    """The inverse of these is infinite."""
    found: NDArray[np.bool_] = (np.abs(x) < 2.0**-1000) & (x != 0)
    return found


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", PERIODIC)
def test_next_to_multiples_of_a_right_angle_nothing_is_lost(name: str, machine: Machine) -> None:
    x = nearest_to_right_angles()
    assert np.abs(np.cos(x) * np.sin(x)).min() < 1e-17
    values, flags = computed(name, machine, x)
    assert not flags.any()
    assert ulps(values, np.array([true_value(name, (u,)) for u in x.tolist()])).max() <= 2


@pytest.mark.parametrize("machine", MACHINES)
def test_the_angle_of_a_point_is_right_to_2_ulp_everywhere(machine: Machine) -> None:
    rng = np.random.default_rng(7)
    u = rng.uniform(-10, 10, 2000)
    y = np.concatenate([np.repeat(SPECIAL, len(SPECIAL)), any_bits(rng, 2000), u, u])
    near = u * rng.choice([-1, 1], 2000) * 2.0 ** -rng.uniform(0, 60, 2000)
    x = np.concatenate([np.tile(SPECIAL, len(SPECIAL)), any_bits(rng, 2000), rng.uniform(-10, 10, 2000), near])
    values, flags = computed("atan2", machine, y, x)
    assert not flags[-4000:].any()
    assert not flags[np.isnan(y) | np.isnan(x)].any()
    true = np.array([true_value("atan2", point) for point in zip(y.tolist(), x.tolist(), strict=True)])
    assert ulps(np.where(flags, true, values), true).max() <= 2


def test_below_the_negative_axis_minus_zero_is_zero() -> None:
    values, flags = computed("atan2", 4, np.array([-0.0, 0.0, -0.0, -0.0]), np.array([-1.0, -1.0, 1.0, -5.0]))
    assert not flags.any()
    assert values.tolist() == [math.pi, math.pi, 0.0, math.pi]


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("gamma", -0.0),
        ("gamma", -3.0),
        ("loggamma", -0.5),
        ("digamma", 0.0),
        ("cot", 0.0),
        ("csc", -0.0),
        ("acot", 0.0),
        ("asin", 1.1),
        ("acos", -1.1),
        ("asec", 0.9),
        ("acsc", 0.0),
    ],
)
def test_where_there_is_no_value_there_is_nan(name: str, x: float) -> None:
    values, flags = computed(name, 2, np.array([x, x, x]))
    assert np.isnan(values).all()
    assert not flags.any()


@pytest.mark.parametrize("name", [name for name in OF_ONE if ops.TABLE[name].parity])
def test_odd_and_even_functions_are_so_to_the_last_bit(name: str) -> None:
    sign = -1 if ops.TABLE[name].parity == "odd" else 1
    (there, flags), (back, _) = computed(name, 8, points()), computed(name, 8, -points())
    assert np.array_equal(back[~flags], sign * there[~flags], equal_nan=True)


def instructions(*functions: Callable[..., str]) -> int:
    b = Vectors(8)
    for function in functions:
        function(b, "%x")
    return len(b.lines)


@pytest.mark.parametrize(("first", "second"), [("sin", "cos"), ("sec", "csc"), ("erf", "erfc")])
def test_functions_of_one_argument_share_their_work(first: str, second: str) -> None:
    f, g = FUNCTIONS[first], FUNCTIONS[second]
    assert instructions(f, g) < 0.75 * (instructions(f) + instructions(g))


def test_factorials_that_are_doubles_are_exact() -> None:
    whole = np.arange(23.0)
    exact = [float(math.factorial(n)) for n in range(23)]
    assert computed("factorial", 8, whole)[0].tolist() == exact
    assert computed("gamma", 8, whole + 1)[0].tolist() == exact


def test_loggamma_is_0_at_1_and_2() -> None:
    assert computed("loggamma", 4, np.array([1.0, 2.0, 1.0, 2.0]))[0].tolist() == [0.0] * 4
