"""Levenberg and Marquardt on the reduced system: digits, bounds, undefined places, named ends, data planes."""

import itertools
import json
import math

import numpy as np
import pytest

from symdiff.fit.data.reading import table
from symdiff.fit.leastsquares.marquardt import levenberg_marquardt
from symdiff.fit.leastsquares.plane import summed, turned
from symdiff.fit.leastsquares.systems import Few, Many
from symdiff.fit.problem import Ask, met, plan_for

DECAY = "a*exp(-b*x) + c"


def problem(model, data, **asked):
    found = table(data)
    return met(plan_for(Ask((model,), ("y",), **asked), found), found)


def decay(n=50, noise=0.01):
    x = np.linspace(0, 5, n)
    return {"x": x, "y": 3 * np.exp(-1.3 * x) + 0.5 + noise * np.sin(17 * x)}


def digits(found, wanted):
    wrong = np.max(np.abs(found - wanted) / np.abs(wanted))
    return 15.0 if wrong == 0 else -math.log10(wrong) if wrong < 1 else 0.0


def test_the_nonlinear_problems_of_nist_are_solved_to_their_last_digits(external):
    """All 54 to 6 digits, from both starts 26 problems to 8 and 24 to 10: both planes, one set of settings."""
    for plane in (lambda p: Few(p.plan, p.arrays), lambda p: Many(p.plan, [p.arrays])):
        reached = []
        for path in sorted((external / "nist").glob("*.json")):
            entry = json.loads(path.read_text(encoding="utf-8"))
            if entry["type"] != "nonlinear":
                continue
            data = dict(zip(entry["columns"], np.array(entry["rows"], float).T, strict=True))
            found = table(data)
            one = met(plan_for(Ask((entry["model"],), (entry["response"],)), found), found)
            order = [entry["parameters"].index(name) for name in one.names]
            wanted = np.array(entry["certified"], float)[order]
            each = [levenberg_marquardt(plane(one), np.array(entry[s], float)[order]) for s in ("start1", "start2")]
            reached.append(min(digits(end.at, wanted) for end in each))
        assert len(reached) == 27
        assert [sum(one >= limit for one in reached) for limit in (6, 8, 10)] >= [27, 26, 24]


def test_sums_and_triangles_reduce_to_the_same_system():
    rows = np.random.default_rng(0).normal(size=(4, 30))
    one, other = turned([(rows[:, :11], None), (rows[:, 11:], None)]), summed(rows @ rows.T)
    step = np.array([0.3, -1.0, 2.0])
    assert one.loss == pytest.approx(other.loss)
    assert one.slopes() == pytest.approx(other.slopes())
    assert one.along(step) == pytest.approx(other.along(step))
    assert one.lengths() == pytest.approx(other.lengths())
    assert pytest.approx(one.R.T @ one.R) == other.R.T @ other.R
    assert other.R.T @ other.z == pytest.approx(one.R.T @ one.z)
    assert pytest.approx(other.spectrum(other.lengths()).S) == one.spectrum(one.lengths()).S
    held = np.array([False, True, False])
    assert one.without(held).slopes() == pytest.approx(other.without(held).slopes())


def test_columns_that_nearly_depend_on_each_other_go_to_the_triangle():
    x = np.linspace(1, 2, 3000)
    one = problem("a*exp(b*x) + c*x + d*x^2 + f*x^3", {"x": x, "y": 2 * np.exp(0.3 * x) + x - x**3})
    plane = Many(one.plan, [one.arrays])
    found = levenberg_marquardt(plane, np.array([1.9, 0.31, 1.1, 0.0, -1.0]))
    assert plane.turned
    assert found.at == pytest.approx([2, 0.3, 1, 0, -1], abs=1e-6)


def test_a_place_without_value_is_a_step_too_far():
    x = np.linspace(1, 4, 30)
    one = problem("log(a*x + b)", {"x": x, "y": np.log(2 * x - 1.9)})
    found = levenberg_marquardt(Few(one.plan, one.arrays), np.array([1.0, 0.0]))
    assert found.reason == "converged"
    assert found.at == pytest.approx([2, -1.9], rel=1e-8)


def test_a_start_without_value_is_said_to_be_undefined():
    one = problem("log(a*x)", {"x": np.array([1.0, 2.0]), "y": np.array([1.0, 2.0])})
    assert levenberg_marquardt(Few(one.plan, one.arrays), np.array([-1.0])).reason == "undefined"


def test_it_stops_when_its_evaluations_are_used_up():
    one = problem(DECAY, decay())
    found = levenberg_marquardt(Few(one.plan, one.arrays), np.array([1.0, 1.0, 0.0]), steps=4)
    assert (found.reason, found.evaluations) == ("steps", 4)


def test_every_accepted_place_is_told_and_the_loss_only_falls():
    one, losses = problem(DECAY, decay()), []
    found = levenberg_marquardt(
        Few(one.plan, one.arrays), np.array([1.0, 1.0, 0.0]), seen=lambda at, loss: losses.append(loss)
    )
    assert all(b <= a * (1 + 1e-9) for a, b in itertools.pairwise(losses))
    assert losses[-1] == found.system.loss


def test_a_control_c_leaves_the_best_place_so_far():
    one, calls = problem(DECAY, decay()), []
    plane = Few(one.plan, one.arrays)

    def stopped(at):
        calls.append(at)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return plane(at)

    found = levenberg_marquardt(stopped, np.array([1.0, 1.0, 0.0]))
    assert found.reason == "interrupted"
    assert found.system.loss < plane(np.array([1.0, 1.0, 0.0])).loss


@pytest.mark.parametrize("start", [[1.0, 1.0, 0.0], [5.0, 0.2, 3.0], [0.1, 3.0, 1.0]])
def test_no_place_that_is_tried_is_outside_the_bounds(start):
    one, lower, upper = problem(DECAY, decay()), np.array([0.0, 0.1, 0.0]), np.array([2.9, 5.0, np.inf])
    plane, tried = Few(one.plan, one.arrays), []

    def watched(at):
        tried.append(at.copy())
        return plane(at)

    found = levenberg_marquardt(watched, np.array(start), lower=lower, upper=upper)
    assert all(((at >= lower) & (at <= upper)).all() for at in tried)
    assert (found.at[0], found.held) == (2.9, (0,))


def test_parameters_of_wildly_different_sizes_are_found():
    x = np.linspace(0, 1e-9, 40)
    one = problem("a*exp(-b*x)", {"x": x, "y": 4e12 * np.exp(-3e9 * x)})
    found = levenberg_marquardt(Few(one.plan, one.arrays), np.array([1e12, 1e9]))
    assert found.at == pytest.approx([4e12, 3e9], rel=1e-9)


def test_what_the_data_do_not_determine_stands_still_where_it_began():
    one = problem("(a + b)*x + c", {"x": np.arange(5.0), "y": 3 * np.arange(5.0) + 1})
    found = levenberg_marquardt(Few(one.plan, one.arrays), np.array([1.0, 0.0, 0.0]))
    assert found.at[0] + found.at[1] == pytest.approx(3)
    assert found.at[0] - found.at[1] == pytest.approx(1)


def test_a_step_cut_by_bounds_so_that_it_leads_up_is_no_end():
    rng = np.random.default_rng(4)
    for _ in range(100):
        A, y = rng.normal(size=(6, 3)) @ (np.eye(3) + 10 * rng.normal(size=(3, 3))), rng.normal(size=6)
        lower = rng.normal(size=3)
        upper = lower + rng.uniform(0.1, 2, 3)

        def plane(at, A=A, y=y):
            return turned([(np.vstack([A.T, A @ at - y]), None)])

        found = levenberg_marquardt(plane, (lower + upper) / 2, lower=lower, upper=upper)
        slopes = A.T @ (A @ found.at - y)
        small = 1e-7 * np.abs(A.T) @ np.abs(A @ found.at - y)
        assert (slopes >= -small)[found.at < upper].all()
        assert (slopes <= small)[found.at > lower].all()
