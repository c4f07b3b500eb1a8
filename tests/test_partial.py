"""Sums that add up in any order, and fits of data that come in batches: the digits of one fit of all rows."""

import json
import math
import pickle
import tracemalloc
from collections.abc import Iterator
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any

import numpy as np
import pytest

from symdiff.errors import DataError, FitError
from symdiff.fit import fit
from symdiff.fit.data.batches import batches, opening
from symdiff.fit.data.table import Vector
from symdiff.fit.leastsquares.linear import solve as solve_linear
from symdiff.fit.leastsquares.partials import NOTHING, Partial, fit_partials, partial, solve
from symdiff.fit.leastsquares.passes import Streamed, stream_fit
from symdiff.fit.problem import Ask, Plan, Problem, plan_for

MODEL = "a*exp(-b*x) + c"
START = {"a": 4.0, "b": 0.5, "c": 1.0}


def rows(count: int = 3000, seed: int = 1) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 8, count)
    return {"x": x, "y": 5 * np.exp(-0.6 * x) + 1 + 0.05 * rng.normal(size=count)}


def chunks(data: dict[str, Any], count: int) -> list[dict[str, Any]]:
    ends = np.linspace(0, len(data["x"]), count + 1).astype(int)
    return [{name: column[a:b] for name, column in data.items()} for a, b in pairwise(ends)]


# -------------------------------------------------------------------------------------------------------------- monoid


def test_the_order_and_the_grouping_of_parts_change_nothing() -> None:
    parts = [partial(MODEL, START, chunk) for chunk in chunks(rows(), 7)]
    whole = partial(MODEL, START, rows())
    orders = [
        reduce(add, parts),
        reduce(add, parts[::-1]),
        (parts[0] + parts[1]) + (reduce(add, parts[2:])),
        sum(parts),
    ]
    for total in orders:
        assert isinstance(total, Partial)
        assert total.rows == 3000
        assert np.allclose(total.matrix, whole.matrix, rtol=1e-13)
        assert math.isclose(total.loss, whole.loss, rel_tol=1e-13)


def test_nothing_is_the_zero_of_sums() -> None:
    one = partial(MODEL, START, rows(10))
    assert (one + NOTHING) is one
    assert (NOTHING + one) is one
    assert (NOTHING + NOTHING).rows == 0


def test_sums_of_different_places_are_not_added() -> None:
    with pytest.raises(FitError, match="different places"):
        partial(MODEL, START, rows(10)) + partial(MODEL, {**START, "a": 5.0}, rows(10))


def test_sums_travel_as_pickles_and_as_plain_numbers() -> None:
    one = partial(MODEL, START, {"x": [0, 1, 2, 3, None], "y": [6, 4, 2.5, 2, 1]})
    sent = pickle.dumps(one)
    assert len(sent) < 1500
    for back in (pickle.loads(sent), Partial.of(json.loads(json.dumps(one.plain())))):
        assert back.matrix.tolist() == one.matrix.tolist()
        assert back.skipped == {"x is empty": 1}
        assert back.rows == 4


def test_sums_made_elsewhere_can_be_put_in() -> None:
    x, y = np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.5])
    W = np.array([x, np.ones(3), -y])  # what one SQL aggregate gives at m = b = 0
    found = solve(Partial(("m", "b"), (0.0, 0.0), W @ W.T, float(y @ y), rows=3))
    assert found.values["m"] == pytest.approx(np.polyfit(x, y, 1)[0], rel=1e-12)
    with pytest.raises(FitError, match="sums of shape 2x2"):
        Partial(("m", "b"), (0.0, 0.0), np.zeros((2, 2)), 0.0)


def test_one_step_is_the_answer_of_a_linear_model() -> None:
    data = rows()
    total = sum(partial("p + q*x + r*x^2", {"p": 0, "q": 0, "r": 0}, chunk) for chunk in chunks(data, 5))
    assert isinstance(total, Partial)
    found, x = solve(total), data["x"]
    exact = solve_linear([np.ones(len(x)), x, x * x], data["y"])
    assert np.allclose([found.values[name] for name in "pqr"], exact.at, rtol=1e-10)
    assert math.isclose(found.loss, exact.rss, rel_tol=1e-10)
    assert np.allclose(
        [found.errors[name] for name in "pqr"], np.sqrt(np.square(exact.root).sum(axis=1) * exact.rss / 2997)
    )


def test_triangles_keep_the_digits_that_sums_lose() -> None:
    x = 1e6 + np.arange(50.0)
    data = {"x": x, "y": 2 * (x - 1e6) + 1}
    start = {"m": 0.0, "b": 0.0}
    by_sums, turned = [solve(partial("m*x + b", start, data, turned=kind)).values["m"] for kind in (False, True)]
    assert abs(turned - 2) < 1e-8 < abs(by_sums - 2)
    halves = [partial("m*x + b", start, half, turned=True) for half in chunks(data, 2)]
    assert abs(solve(halves[0] + halves[1]).values["m"] - 2) < 1e-8


def test_a_chunk_without_a_usable_row_counts_its_rows() -> None:
    good = partial("m*x", {"m": 1}, {"x": [1.0, 2.0], "y": [2.0, 4.0]})
    bad = partial("m*x", {"m": 1}, {"x": [math.nan, 1.0], "y": [1.0, math.inf]})
    assert bad.rows == 0
    assert bad.skipped == {"x is nan": 1, "y is infinite": 1}
    assert solve(good + bad).values["m"] == pytest.approx(2)
    with pytest.raises(FitError, match="over no row"):
        solve(bad)


def test_zero_sigmas_are_skipped_and_counted() -> None:
    options: dict[str, Any] = {"sigma": "s"}
    one = partial("m*x", {"m": 1}, {"x": [1, 2], "y": [2, 4], "s": [1, 0]}, **options)
    none = partial("m*x", {"m": 1}, {"x": [1, 2], "y": [2, 4], "s": [0, 0]}, **options)
    assert (one.rows, none.rows) == (1, 0)
    assert sum((one + none).skipped.values()) == 3


def test_what_is_undetermined_has_infinite_errors() -> None:
    found = solve(partial("a*x + b*x", {"a": 0, "b": 0}, {"x": [1, 2, 3], "y": [2, 4, 6.5]}))
    assert math.isinf(found.errors["a"])
    assert found.values["a"] + found.values["b"] == pytest.approx(2.107142857)


def test_a_search_over_parts_ends_where_one_fit_does() -> None:
    data = rows()
    parts = chunks(data, 4)
    found = fit_partials(lambda at: sum((partial(MODEL, at, chunk) for chunk in parts), NOTHING), START)
    one = fit(MODEL, data, start=START)
    assert found.reason == "converged"
    assert found.rows == 3000
    for name in START:
        assert math.isclose(found.values[name], one.values[name], rel_tol=1e-9)
        assert math.isclose(found.errors[name], one.errors[name], rel_tol=1e-6)


def test_a_search_wants_a_start_for_every_parameter() -> None:
    with pytest.raises(FitError, match="no value for b"):
        fit_partials(lambda at: partial("a*x + b", at, {"x": [1], "y": [1]}), {"a": 1.0})
    with pytest.raises(FitError, match="not finite"):
        fit_partials(lambda at: partial("log(a)*x", at, {"x": [1], "y": [1]}), {"a": -1.0})


def test_bounds_are_obeyed_by_a_search_over_parts() -> None:
    found = fit_partials(lambda at: partial(MODEL, at, rows()), START, bounds={"c": (None, 0.9)})
    assert found.values["c"] == 0.9


# ------------------------------------------------------------------------------------------------------------- streams


def planned(model: str, source: Any, **asked: Any) -> Plan:
    return plan_for(Ask((model,), ("y",), **asked), opening(source))


def streamed(model: str, source: Any, at: dict[str, float] | None = None, **asked: Any) -> tuple[Plan, Streamed]:
    plan = planned(model, source, **asked)
    start = np.array([(at or {}).get(name, 0.0) for name in plan.free])

    def begin(sample: Problem) -> tuple[Vector, float]:
        assert 0 < len(sample) <= 4000
        return start, 1.0

    return plan, stream_fit(plan, batches(source, plan.read), begin)


def test_a_stream_is_fitted_as_its_rows_together_are() -> None:
    data = rows(20_000)
    plan, found = streamed(MODEL, chunks(data, 9), START)
    one = fit(MODEL, data, start=START)
    for name, value in zip(plan.free, found.ended.at.tolist(), strict=True):
        assert math.isclose(value, one.values[name], rel_tol=1e-10)
    assert found.ended.system is not None
    assert math.isclose(found.ended.system.loss, one.rss, rel_tol=1e-11)
    assert found.count.used == 20_000
    assert found.count.left_out == 0
    assert math.isclose(found.count.total, float(np.square(data["y"] - data["y"].mean()).sum()), rel_tol=1e-12)


def test_a_linear_stream_is_read_twice_at_most_and_an_iterator_once() -> None:
    data = rows(6000)
    x = data["x"]
    exact = solve_linear([np.ones(len(x)), x, x * x], data["y"]).at
    passes = []

    def again() -> Iterator[Any]:
        passes.append(1)
        yield from chunks(data, 4)

    plan, found = streamed("p + q*x + r*x^2", again)
    assert np.allclose(found.ended.at, exact, rtol=1e-13)
    assert plan.free == ("p", "q", "r")
    assert found.passes == 3  # one of them for the sample
    once = batches(iter(chunks(data, 4)), plan.read)
    assert np.allclose(stream_fit(plan, once, lambda sample: (np.zeros(3), 1.0)).ended.at, exact, rtol=1e-11)


def test_a_fit_of_several_passes_refuses_an_iterator_at_once() -> None:
    parts = chunks(rows(100), 2)
    plan = planned(MODEL, parts)
    with pytest.raises(DataError, match="only once"):
        stream_fit(plan, batches(iter(parts), plan.read), lambda sample: (np.ones(3), 1.0))


def test_bad_rows_of_a_stream_are_counted_with_their_numbers() -> None:
    parts = chunks(rows(1000), 3)
    parts[1]["y"] = parts[1]["y"].copy()
    parts[1]["y"][:2] = math.nan, math.inf
    parts.append({"x": [math.nan] * 3, "y": [1.0] * 3})
    _, found = streamed(MODEL, parts, START)
    assert found.count.used == 998
    assert found.count.reasons == {"y is nan": 1, "y is infinite": 1, "x is nan": 3}
    assert [row.row for row in found.count.listed[:2]] == [334, 335]


def test_an_ill_conditioned_stream_is_turned() -> None:
    x = 1990 + np.linspace(0, 30, 4000)
    y = 3 + 0.2 * (x - 2000) - 0.01 * (x - 2000) ** 2
    plan, found = streamed("p + q*x + r*x^2 + s*x^3", chunks({"x": x, "y": y}, 5))
    at = dict(zip(plan.free, found.ended.at.tolist(), strict=True))
    there = at["p"] + at["q"] * x + at["r"] * x**2 + at["s"] * x**3
    assert np.abs(there - y).max() < 1e-8


def test_the_memory_of_a_stream_does_not_grow_with_its_rows() -> None:
    def parts(count: int) -> Any:
        def again() -> Iterator[dict[str, Any]]:
            for i in range(count):
                yield rows(50_000, seed=i)

        return again

    streamed(MODEL, parts(2), START)  # what is compiled and kept
    peaks = []
    for count in (3, 12):
        tracemalloc.start()
        streamed(MODEL, parts(count), START)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 5e6  # nine batches more have 7 MB
