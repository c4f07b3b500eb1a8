"""Linear least squares in one step: certified digits, any scale, columns that tell nothing, memory that stays."""

import json
import math
import tracemalloc
from fractions import Fraction
from pathlib import Path
from typing import Any

import flint
import numpy as np
import pytest

from symdiff.errors import DataError
from symdiff.fit.leastsquares.linear import Linear, solve
from symdiff.numeric.compile import compile
from symdiff.numeric.extended import slopes, two_product, two_sum

# Digits of the worst parameter and of the worst standard error: what NIST's values of 15 digits allow, a little less.
DIGITS = {
    "Filip": (7.4, 6.5),
    "Longley": (14, 12),
    "NoInt1": (14, 14),
    "NoInt2": (14, 14),
    "Norris": (13, 13),
    "Pontius": (13, 13),
    "Wampler1": (14, 14),
    "Wampler2": (13, 14),
    "Wampler3": (14, 13),
    "Wampler4": (14, 13),
    "Wampler5": (14, 13),
}


def columns(entry: dict[str, Any]) -> tuple[list[Any], Any]:
    """The slopes of a linear model in its parameters, and the response."""
    data = dict(zip(entry["columns"], np.array(entry["rows"], float).T.copy(), strict=True))
    xs, ps = entry["variables"], entry["parameters"]
    _, found = compile(entry["model"], [*xs, *ps], "gradient", wrt=ps)(*[data[x] for x in xs], *[0.0] * len(ps))
    return list(found), data["y"]


def digits(found: Any, certified: list[float]) -> float:
    """Of the worst of some numbers."""
    wrong = [abs(a - b) / (abs(b) or 1.0) for a, b in zip(found.tolist(), certified, strict=True)]
    return min(-math.log10(max(w, 1e-15)) for w in wrong)


def errors(found: Linear, n: int) -> Any:
    return found.norm / math.sqrt(n - len(found.at)) * np.sqrt((found.root**2).sum(axis=1))


@pytest.mark.parametrize("name", DIGITS)
def test_nist_certifies_the_digits(name: str, external: Path) -> None:
    entry = json.loads((external / "nist" / f"{name}.json").read_text())
    found = solve(*columns(entry))
    assert found.rank == len(entry["parameters"])
    assert digits(found.at, entry["certified"]) >= DIGITS[name][0]
    assert digits(errors(found, entry["observations"]), entry["certified_std"]) >= DIGITS[name][1]


@pytest.mark.parametrize("name", ["Filip", "Longley", "Wampler5"])
def test_the_solution_is_that_of_exact_arithmetic(name: str, external: Path) -> None:
    A, y = columns(json.loads((external / "nist" / f"{name}.json").read_text()))
    exact = flint.fmpq_mat([[rational(a) for a in row] for row in np.array(A).T])
    right = flint.fmpq_mat([[rational(v)] for v in y])
    at = (exact.transpose() * exact).solve(exact.transpose() * right)
    wanted = [float(Fraction(int(at[i, 0].p), int(at[i, 0].q))) for i in range(len(A))]
    assert digits(solve(A, y).at, wanted) >= 14.5


def rational(value: float) -> Any:
    return flint.fmpq(*float(value).as_integer_ratio())


@pytest.mark.parametrize("n", [5, 300, 3000, 200_001])
def test_any_number_of_rows_agrees_with_numpy(n: int) -> None:
    random = np.random.default_rng(n)
    A, y = random.normal(size=(4, n)) + 0.5, random.normal(size=n)
    found = solve([*A, 2.0], y)
    full = np.vstack([A, np.full(n, 2.0)])
    wanted, *_ = np.linalg.lstsq(full.T, y)
    assert found.at == pytest.approx(wanted, rel=1e-10, abs=1e-12)
    assert (found.R.T @ found.R).tolist() == [pytest.approx(row, rel=1e-12) for row in (full @ full.T).tolist()]
    assert found.root @ found.root.T == pytest.approx(np.linalg.inv(full @ full.T), rel=1e-9, abs=1e-15)
    assert found.rss == pytest.approx(float(((wanted @ full - y) ** 2).sum()), rel=1e-10, abs=1e-20)
    assert (np.tril(found.R, -1) == 0).all()


def test_many_columns_agree_with_numpy() -> None:
    random = np.random.default_rng(7)
    A, y = random.normal(size=(40, 300)), random.normal(size=300)
    found = solve(list(A), y)
    wanted, *_ = np.linalg.lstsq(A.T, y)
    assert found.at.tolist() == pytest.approx(wanted.tolist(), rel=1e-10, abs=1e-13)
    assert found.rank == 40


def test_a_steep_problem_of_many_rows_has_exact_residuals() -> None:
    x = np.linspace(1000.0, 1001.0, 50_000)
    found = solve([x * x, x, 1.0], x)
    assert found.condition > 1e6
    assert found.at * [1e6, 1e3, 1] == pytest.approx([0, 1e3, 0], rel=1e-14, abs=1e-9)  # lstsq: 7e-8


@pytest.mark.parametrize("of_x", [1e300, 1.0, 1e-300, 1e-310])
@pytest.mark.parametrize("of_y", [1e300, 1.0, 1e-300])
def test_scales_at_the_ends_of_the_floats(of_x: float, of_y: float) -> None:
    x, y = np.arange(1.0, 9.0), np.array([3.0, 5.5, 7.0, 9.0, 11.5, 13.0, 15.0, 17.0])
    plain, found = solve([x, 1.0], y), solve([x * of_x, 1.0], y * of_y)
    slope = float(plain.at[0]) * of_y
    within = 1e-12 if of_x >= 1e-300 else 1e-9  # the smallest floats have fewer digits
    assert found.at.tolist() == pytest.approx(
        [slope / of_x if of_x >= 1 or of_y < 1e300 else math.inf, plain.at[1] * of_y], rel=within
    )
    assert found.norm == pytest.approx(plain.norm * of_y, rel=1e-12)
    assert found.rank == 2
    assert found.condition == pytest.approx(plain.condition, rel=within)


def test_far_from_0_a_line_keeps_its_slope() -> None:
    x = 1e9 + np.arange(10.0)
    found = solve([x, 1.0], 2 * np.arange(10.0) + 1)
    assert found.at.tolist() == pytest.approx([2, 1 - 2e9], rel=1e-15)
    assert found.norm < 1e-8


X = np.linspace(1.0, 2.0, 50)
Y = 3 * X + np.cos(40 * X)
# fmt: off
SHORT_OF_RANK = {
    #                        columns                     target   rank
    "a column of 0":        ([X, np.zeros(50), 1.0],     Y,       2),
    "a constant twice":     ([X, 1.0, 2.0],              Y,       2),
    "collinear":            ([X, 3 * X + 0.1, 1.0],      Y,       2),
    "the number 0":         ([X, 0.0],                   Y,       1),
    "nothing but 0":        ([np.zeros(50), 0.0],        Y,       0),
    "two rows for three":   ([X[:2], X[:2] ** 2, 1.0],   Y[:2],   2),
    "one row":              ([X[:1], 1.0],               Y[:1],   1),
    "no rows":              ([X[:0], 1.0],               Y[:0],   0),
    "no columns":           ([],                         Y,       0),
    "one point ever again": ([np.ones(50), 1.0],         Y,       1),
    "too far from 0":       ([1e18 + X, 1.0],            Y,       1),
}
# fmt: on


@pytest.mark.parametrize("case", SHORT_OF_RANK)
def test_what_is_not_determined_has_a_rank_and_no_nan(case: str) -> None:
    A, y, rank = SHORT_OF_RANK[case]
    found = solve(A, y)
    assert found.rank == rank
    assert found.root.shape == (len(A), rank)
    assert np.isfinite(found.at).all()
    full = np.array([np.broadcast_to(a, y.shape) for a in A]).reshape(len(A), len(y))
    wanted, *_ = np.linalg.lstsq(full.T, y, rcond=1e-13)
    assert found.rss == pytest.approx(float(((wanted @ full - y) ** 2).sum()), rel=1e-9, abs=1e-20)


def test_equal_columns_share_their_coefficient() -> None:
    assert solve([X, 1.0, 1.0], Y).at[1:] == pytest.approx(solve([X, 1.0], Y).at[1] / 2 * np.ones(2))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_an_error(bad: float) -> None:
    with pytest.raises(DataError, match="not finite"):
        solve([np.array([1.0, bad]), 1.0], np.ones(2))
    with pytest.raises(DataError, match="not finite"):
        solve([X, 1.0], np.where(X > 1.9, bad, Y))


def test_an_exact_parabola_is_found_exactly() -> None:
    x = np.arange(1000.0)
    found = solve([x * x, x, 1.0], 3 * x * x - 7 * x + 2)
    assert found.at.tolist() == pytest.approx([3, -7, 2], rel=1e-14)
    assert found.norm < 1e-12


def test_memory_does_not_grow_with_the_rows() -> None:
    x = np.linspace(0.0, 1.0, 1_000_000)
    tracemalloc.start()
    solve([x, 1.0], x)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20e6  # each of the columns has 8e6


@pytest.mark.parametrize("longer", [True, False])
def test_longer_slopes_are_those_of_exact_arithmetic(longer: bool) -> None:
    random = np.random.default_rng(3)
    block, high = random.normal(size=(4, 101)), random.normal(size=3)
    block[-1] = high @ block[:-1]  # so that r is rounding alone
    low = high * 1e-17
    found = slopes(block, (high, low), longer)
    A, y = [[rational(v) for v in row] for row in block[:-1]], [rational(v) for v in block[-1]]
    p = [rational(u) + rational(v) for u, v in zip(high, low, strict=True)]
    r = [b - sum(a[i] * c for a, c in zip(A, p, strict=True)) for i, b in enumerate(y)]
    wanted = [sum(u * v for u, v in zip(row, r, strict=True)) for row in [*A, r]]
    got = [rational(u) + rational(v) for u, v in zip(*found, strict=True)]
    within = 1e-17 if longer and np.finfo(np.longdouble).nmant > 52 else 1e-28
    assert (
        max(float(Fraction(int(e.p), int(e.q))) for e in [abs(u - v) for u, v in zip(got, wanted, strict=True)])
        < within
    )


def test_sums_and_products_come_with_their_rounding_error() -> None:
    random = np.random.default_rng(4)
    a, b = random.normal(size=100), random.normal(size=100) * 1e-9
    for made, exact in ((two_sum(a, b), lambda u, v: u + v), (two_product(a, b), lambda u, v: u * v)):
        for u, v, high, low in zip(a, b, *made, strict=True):
            assert rational(high) + rational(low) == exact(rational(u), rational(v))


@pytest.mark.parametrize("n", [257, 1000, 3000])
def test_the_short_way_for_mild_problems_is_as_exact(n: int) -> None:
    x = np.linspace(-1.0, 3.0, n)
    y = 2 - x + 0.5 * x * x + np.cos(9 * x)
    exact = flint.fmpq_mat([[rational(v) for v in row] for row in (x * x, x, np.ones(n))]).transpose()
    right = flint.fmpq_mat([[rational(v)] for v in y])
    at = (exact.transpose() * exact).solve(exact.transpose() * right)
    wanted = [float(Fraction(int(at[i, 0].p), int(at[i, 0].q))) for i in range(3)]
    found = solve([x * x, x, 1.0], y)
    assert found.condition < 100
    assert digits(found.at, wanted) >= 14.5
