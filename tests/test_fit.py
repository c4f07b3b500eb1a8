"""Descent: the posts' numbers, what is foreseen and what then happens, and every way in which a fit can end."""

import io
import json
import math
import pickle
import random
import re
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import symdiff.fit
from symdiff.errors import DataError, ExtraError, FitError
from symdiff.fit import NAMED, Fit, descend
from symdiff.fit.methods.table import METHODS
from symdiff.text.parse import parse

LINE = [(-2.0, -3.0), (3.0, 7.0)]
THREE = [(x, 2 * x**2 - 3 * x + 1) for x in (-2.0, 0.0, 3.0)]
TEN = [(x, 2 * x**2 - 3 * x + 1) for x in np.linspace(-5, 5, 10).tolist()]
TRUTH = {"a": 2.0, "b": -3.0, "c": 1.0}


def fit(*given, **options):
    """The fit by gradient descent where no other method is asked for."""
    return symdiff.fit.fit(*given, **{"method": "descent", **options})


def line_by_hand(points, m, b, rate, steps):
    """Gradient descent on the mean squared error of m*x + b, in plain Python: the loss and (m, b) at every step."""
    n, path = len(points), []
    for step in range(steps + 1):
        residuals = [m * x + b - y for x, y in points]
        path.append((sum(r**2 for r in residuals) / n, m, b))
        if step < steps:
            slope = sum(2 * r * x for r, (x, _) in zip(residuals, points, strict=True)) / n
            lift = sum(2 * r for r in residuals) / n
            m, b = m - rate * slope, b - rate * lift
    return path


def assert_same_path(found, path):
    losses, ms, bs = zip(*path, strict=True)
    assert found.history.losses.tolist() == pytest.approx(losses, rel=1e-12, abs=1e-15)
    assert found.history.values["m"].tolist() == pytest.approx(ms, rel=1e-12, abs=1e-12)
    assert found.history.values["b"].tolist() == pytest.approx(bs, rel=1e-12, abs=1e-12)


# ------------------------------------------------------------------------------------------------------ the posts


def test_the_first_post_s_line_learns_as_it_does_there():
    found = fit("m*x + b", LINE, rate=0.1, steps=20)
    assert_same_path(found, line_by_hand(LINE, 0.0, 0.0, 0.1, 20))
    assert (found.reason, found.steps, len(found.history)) == ("steps", 20, 21)
    assert found.values == pytest.approx({"m": 2, "b": 1}, abs=0.02)
    assert found.loss == found.history.losses[-1] < 1e-3
    assert found.rss == pytest.approx(2 * found.loss)


def test_the_loss_written_as_an_expression_descends_the_same_way():
    m, b = parse("m"), parse("b")
    loss = sum((m * x + b - y) ** 2 for x, y in [(-2, -3), (3, 7)]) / 2
    found = descend(loss, {"m": 0, "b": 0}, rate=0.1, steps=20)
    assert_same_path(found, line_by_hand(LINE, 0.0, 0.0, 0.1, 20))
    assert found.foresight.quadratic
    assert found.foresight.largest_stable_rate == pytest.approx(fit("line", LINE).foresight.largest_stable_rate)


def noisy_line(slope, lift, low, noise):
    """A hundred points near a line, as the posts draw them, from a seed of our own."""
    draw = random.Random(12)
    xs = [draw.uniform(low, 1) for _ in range(100)]
    return [(x, slope * x + lift + noise(draw)) for x in xs]


def test_a_hundred_noisy_points_learn_as_in_the_second_post():
    points = noisy_line(0.8, -1.2, 0, lambda draw: draw.normalvariate(0, 0.1))
    found = fit("line", points, start={"m": 1, "b": 1}, rate=0.5, steps=100)
    assert_same_path(found, line_by_hand(points, 1.0, 1.0, 0.5, 100))
    assert found.history.losses[0] == pytest.approx(5.27, abs=0.5)
    assert found.values == pytest.approx({"m": 0.8, "b": -1.2}, abs=0.1)


def test_a_hundred_noisy_points_learn_as_in_the_fifth_post():
    points = noisy_line(3, 2, -1, lambda draw: draw.random())
    found = fit("line", points, start={"m": -1, "b": 1}, rate=0.1, steps=100)
    assert_same_path(found, line_by_hand(points, -1.0, 1.0, 0.1, 100))
    assert found.history.losses[0] == pytest.approx(8, abs=1)
    assert found.values == pytest.approx({"m": 3, "b": 2.5}, abs=0.1)


def test_a_neuron_learns_as_in_the_fourth_post():
    xs = [-2.0, -1.0, 0.5, 1.5, 3.0]
    ys = [0.0, 0.1, 1.2, 3.1, 6.2]
    w, b, v, c = 0.5, 0.3, 0.7, 0.1
    start = {"w": w, "b": b, "v": v, "c": c}
    for _ in range(50):
        inner = [w * x + b for x in xs]
        residuals = [v * max(u, 0) + c - y for u, y in zip(inner, ys, strict=True)]
        back = [2 * r / len(xs) for r in residuals]
        active = [t * v if u > 0 else 0.0 for t, u in zip(back, inner, strict=True)]
        dw = sum(t * x for t, x in zip(active, xs, strict=True))
        dv = sum(t * max(u, 0) for t, u in zip(back, inner, strict=True))
        w, b, v, c = w - 0.02 * dw, b - 0.02 * sum(active), v - 0.02 * dv, c - 0.02 * sum(back)
    found = fit("v*relu(w*x + b) + c", list(zip(xs, ys, strict=True)), start=start, rate=0.02, steps=50)
    assert found.values == pytest.approx({"w": w, "b": b, "v": v, "c": c}, rel=1e-12)


# ------------------------------------------------------------------------------------------------------ foresight


def test_the_hessian_of_the_line_says_why_it_learns():
    foresight = fit("line", LINE, steps=0).foresight
    assert foresight.eigenvalues == pytest.approx((1.9, 13.1), abs=0.05)
    assert foresight.largest_stable_rate == pytest.approx(0.153, abs=5e-4)
    assert foresight.stable(0.1)


def test_the_hessian_of_the_parabola_says_why_it_does_not():
    foresight = fit("parabola", THREE, steps=0).foresight
    assert foresight.eigenvalues == pytest.approx((0.63, 6.2, 68.5), rel=0.01)
    assert foresight.largest_stable_rate == pytest.approx(0.029, abs=5e-4)
    assert not foresight.stable(0.1)


def test_ten_points_make_it_worse():
    foresight = fit("parabola", TEN, steps=0).foresight
    assert foresight.largest_stable_rate == pytest.approx(0.0054, abs=5e-5)
    assert foresight.condition == pytest.approx(424, abs=0.5)
    assert foresight.steps_to(1e-6) == pytest.approx(2900, rel=0.02)


def test_the_parabola_at_one_rate_diverges_and_is_told_the_largest_stable_rate():
    found = fit("parabola", THREE, rate=0.1)
    assert found.reason == "diverged"
    assert "above the largest stable rate, 0.0292" in found.report()
    assert found.values == {"a": 0, "b": 0, "c": 0}  # the best it ever had


def test_the_parabola_at_a_stable_rate_crawls_and_is_told_how_long():
    found = fit("parabola", TEN, rate=0.005, steps=300)
    assert found.reason == "steps"
    assert found.loss > 1e-3
    assert "about 3,600 steps more" in fit("parabola", TEN, rate=0.005, steps=200).report()
    assert "Give each parameter its own rate" in found.report()


@pytest.mark.parametrize("points", [THREE, TEN], ids=["three points", "ten points"])
def test_the_parabola_converges_with_the_rate_each_that_is_suggested(points):
    suggested = fit("parabola", points, rate=0.1).foresight.rates
    found = fit("parabola", points, rate=suggested)
    assert found.reason == "converged"
    assert found.values == pytest.approx(TRUTH, abs=1e-6)
    assert found.steps < 300
    assert fit("parabola", points).values == found.values  # which is what it does when no rate is given


def test_the_steps_foreseen_are_the_steps_it_takes():
    foresight = fit("parabola", TEN, steps=0).foresight
    found = fit("parabola", TEN, rate=foresight.best_rate, tolerance=0, steps=3500)
    path = np.array([found.history.values[name] - TRUTH[name] for name in TRUTH])
    distance = np.linalg.norm(path, axis=0)
    taken = int(np.argmax(distance <= 1e-6 * distance[0]))
    assert taken == pytest.approx(foresight.steps_to(1e-6), rel=0.1)


points = st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=3, max_size=8)


def spread_out(drawn):
    """Points that determine a line, and not already the line that the fit starts with."""
    xs, ys = np.array(drawn).T
    assume(np.ptp(xs) > 1)
    assume(np.abs(ys).max() > 0.1)
    return drawn


@given(points, st.sampled_from([0.0, 0.5, 0.9]))
@settings(max_examples=40, deadline=None)
def test_the_largest_stable_rate_is_where_descent_stops_converging(drawn, momentum):
    drawn = spread_out(drawn)
    limit = fit("line", drawn, steps=0).foresight.largest_stable_rate * (1 + momentum)
    start = {"m": 0.3, "b": -7.7}  # some of the error lies along the steepest direction
    below = fit("line", drawn, rate=0.97 * limit, momentum=momentum, start=start, steps=50_000)
    above = fit("line", drawn, rate=1.03 * limit, momentum=momentum, start=start, steps=50_000)
    assert (below.reason, above.reason) == ("converged", "diverged")


@given(points)
@settings(max_examples=40, deadline=None)
def test_the_rates_suggested_converge(drawn):
    drawn = spread_out(drawn)
    found = fit("line", drawn)
    m, b = np.polyfit(*np.array(drawn).T, 1)
    assert found.reason == "converged"
    assert found.foresight.stable(found.foresight.rates)
    assert found.values == pytest.approx({"m": m, "b": b}, abs=1e-5)


def test_a_loss_that_is_not_quadratic_is_foreseen_near_the_start_only():
    decay = fit("a*exp(-b*x)", [(0, 3), (1, 2), (2, 1)], start={"a": 1, "b": 1}, steps=0)
    assert not decay.foresight.quadratic
    assert "holds near it" in decay.report()
    assert "holds everywhere" in fit("line", LINE, steps=0).report()


@pytest.mark.parametrize("model", ["min(a*x, b)", "abs(a*x + b)", "where(a*x > b, b, x)"])
def test_corners_are_not_taken_for_a_parabola(model):
    assert not fit(model, LINE, start={"a": 1, "b": 2}, steps=0).foresight.quadratic


def test_the_hessian_is_the_slope_of_the_gradient():
    found = fit("a*exp(-b*x) + sin(a*b)", [(0, 3), (1, 2), (2, 1)], start={"a": 1.5, "b": 0.7}, steps=0)
    loss = "(" + " + ".join(f"(a*exp(-b*{x}) + sin(a*b) - {y})^2" for x, y in [(0, 3), (1, 2), (2, 1)]) + ")/3"
    same = descend(loss, {"a": 1.5, "b": 0.7}, steps=0)
    order = [same.parameters.index(name) for name in found.parameters]
    assert found.foresight.hessian == pytest.approx(same.foresight.hessian[np.ix_(order, order)], rel=1e-12)
    assert found.loss == pytest.approx(same.loss, rel=1e-12)


# -------------------------------------------------------------------------------------------------------- methods


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_the_parabola(method):
    found = fit("parabola", TEN, method=method)
    assert found.reason == "converged"
    assert found.values == pytest.approx(TRUTH, abs=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_a_decay_from_zero(method):
    xs = np.linspace(0, 5, 20)
    found = fit("a*exp(-b*x) + c", (xs, 3 * np.exp(-0.7 * xs) + 0.5), method=method)
    assert found.reason == "converged"
    assert found.values == pytest.approx({"a": 3, "b": 0.7, "c": 0.5}, abs=1e-4)


def test_momentum_keeps_a_share_of_the_last_move():
    found = fit("c", LINE, x=[], rate=0.1, momentum=0.5, steps=2)
    first = 0.1 * 2 * 2.0  # the slope at 0 is -2 times the mean of y
    second = 0.5 * first + 0.1 * 2 * (2.0 - first)
    assert found.history.values["c"].tolist() == pytest.approx([0, first, first + second])


def test_momentum_is_faster_in_a_narrow_valley():
    with_momentum = fit("parabola", TEN, rate=0.005, momentum=0.9)
    without = fit("parabola", TEN, rate=0.005)
    assert with_momentum.converged
    assert with_momentum.steps < without.steps / 5


def test_the_first_step_of_adam_is_the_rate():
    found = fit("line", LINE, method="adam", rate={"m": 0.1, "b": 0.02}, steps=1)
    assert found.values == pytest.approx({"m": 0.1, "b": 0.02}, rel=1e-6)


# ------------------------------------------------------------------------------------------------------ the endings

NOISY = [(0, 1.1), (1, 2.8), (2, 5.05), (3, 7.3), (4, 8.9)]
DECAY = [(x / 5, 3 * math.exp(-0.14 * x) + 0.5) for x in range(20)]

# fmt: off
ENDINGS = [
    # how                                                                 reason       what is said
    (lambda: fit("line", LINE),                                            "converged", "fallen to 1e-9"),
    (lambda: fit("line", LINE, start={"m": 2, "b": 1}),                    "converged", "start is a minimum"),
    (lambda: fit("line", NOISY, tolerance=0),                              "converged", "the last digit"),
    (lambda: fit("parabola", TEN, tolerance=0),                            "converged", "the last digit"),
    (lambda: fit("a*exp(b*x)", DECAY, rate=9, start={"a": 1, "b": 1}),     "converged", "do not determine b"),
    (lambda: fit("line", LINE, steps=0),                                   "steps",     "No step was asked for"),
    (lambda: fit("line", LINE, rate=0.1, steps=20),                        "steps",     "Allow more steps"),
    (lambda: fit("parabola", TEN, rate=1e-5, steps=99),                    "steps",     "Give each parameter"),
    (lambda: fit("parabola", THREE, rate=0.1, steps=2),                    "diverged",  "above the largest stable"),
    (lambda: fit("parabola", TEN, rate=0.006),                             "diverged",  "stable rate, 0.00541"),
    (lambda: fit("line", LINE, rate=0.3, momentum=0.9),                    "diverged",  "largest stable rate, 0.29"),
    (lambda: fit("line", LINE, rate={"m": 0.2, "b": 0.9}),                 "diverged",  "too large together"),
    (lambda: fit("a*exp(b*x) + c", DECAY, rate=1, start={"a": 1, "b": 2}), "diverged",  "above the largest"),
    (lambda: fit("c", LINE, x=[], rate=1.2),                               "diverged",  "Try rate=0.5"),
    (lambda: descend("x^3", {"x": -1}, rate=1),                            "diverged",  "after"),
    (lambda: fit("line", LINE, rate=1e-18),                                "stalled",   "too small to change"),
    (lambda: fit("a*sin(b*x)", LINE),                                      "stalled",   "saddle"),
    (lambda: fit("a*exp(-b*x) + c*exp(-d*x)", DECAY),                      "stalled",   "play the same part"),
    (lambda: fit("floor(a*x)", LINE, start={"a": 1}),                      "stalled",   "does not change with any"),
    (lambda: descend("abs(x)", {"x": 1}, rate=0.3),                        "stalled",   "to and fro"),
]
# fmt: on


@pytest.mark.parametrize(("how", "reason", "said"), ENDINGS)
def test_every_ending_has_its_name_and_its_sentence(how, reason, said):
    found = how()
    assert found.reason == reason
    assert said in " ".join(found.report().split())
    assert found.converged == (reason == "converged")
    assert all(map(math.isfinite, [found.loss, *found.values.values()]))


def test_every_reason_is_met():
    assert {reason for _, reason, _ in ENDINGS} == {"converged", "steps", "diverged", "stalled"}


@pytest.mark.parametrize("offset", [1e7, 1e8, 1e9, 1e11, 1e13, 1e16])
@pytest.mark.parametrize("model", ["m*x + b", "a*x^2 + b*x + c", "(a + b)*x + c"])
def test_a_fit_whose_columns_are_far_from_0_is_no_success_and_is_told_to_centre_them(offset, model):
    found = fit(model, [(offset + i, i) for i in range(10)])
    assert found.reason in ("stalled", "steps")
    assert found.outcome.advice.startswith("centre x: write (x - ")


def test_the_advice_to_centre_a_column_helps():
    points = [(1e9 + i, i) for i in range(10)]
    first = fit("line", points)
    assert (first.reason, "this is no minimum" in first.outcome.why) == ("stalled", True)
    second = fit(first.outcome.advice.partition("as in ")[2], points)
    assert second.converged
    assert second.loss < 1e-9


def test_a_loss_without_columns_does_not_hide_its_minimum_either():
    found = descend("+".join(f"(m*{10**9 + i} + b - {i})^2" for i in range(4)))
    assert found.reason == "stalled"
    assert "in sums and differences of these" in found.outcome.advice


@pytest.mark.parametrize("offset", [0, 100, 10**9, 10**11, 10**13])
def test_a_model_that_is_really_undetermined_converges(offset):
    found = fit(f"(a + b)*(x - {offset}) + c", [(offset + i, i * i) for i in range(5)])
    assert found.converged
    assert "do not determine a, b" in found.outcome.advice
    assert fit("a*x + 2.7*b*x", [(1e4 + i / 10, i * i) for i in range(10)]).converged


def test_advice_never_names_what_was_done():
    points = [(1e4 + i, i) for i in range(10)]
    assert fit("line", points).outcome.advice == "centre x: write (x - 10004) for x, as in m*(x - 10004) + b"
    for model in ("a*x + b*x^2", "a*x + b*x^2 + c*x^3"):  # about the mean these are other models
        advice = fit(model, points, steps=100).outcome.advice
        assert "centre" not in advice
        assert "leave rate out" not in advice


def test_the_advice_to_take_a_momentum_helps():
    points = [(1 + i / 10, i * i) for i in range(10)]
    plain = fit("a*x + b*x^2 + c*x^3", points, steps=100)
    momentum, steps = re.fullmatch(r"try momentum=(\S+) with steps=(\d+)", plain.outcome.advice).groups()
    assert fit("a*x + b*x^2 + c*x^3", points, momentum=float(momentum), steps=int(steps)).converged


def test_the_advice_to_start_elsewhere_helps():
    xs = np.linspace(0, 3, 20)
    data = (xs, 2 * np.sin(1.2 * xs))
    assert 'start={"a": 1, "b": 1}' in fit("a*sin(b*x)", data).report()
    assert fit("a*sin(b*x)", data, start={"a": 1, "b": 1}).values == pytest.approx({"a": 2, "b": 1.2}, abs=1e-6)


# ----------------------------------------------------------------------------------------------- awkward data

X = np.arange(5.0)

# fmt: off
AWKWARD = [
    # data                                 values                    what is said
    ([(0.0, 1.0), (1.0, 2.0)],             {"a": 0.5, "b": 0.5, "c": 1}, "2 rows for 3 parameters"),
    ([(0.0, 1.0), (1.0, 2.0)],             {"a": 0.5, "b": 0.5, "c": 1}, "do not determine a, b"),
    ([(2.0, 3.0)],                         None,                     "1 row for 3 parameters"),
    ((X, np.full(5, 3.0)),                 {"a": 0, "b": 0, "c": 3}, "converged"),
    ((X, X * 0),                           {"a": 0, "b": 0, "c": 0}, "start is a minimum"),
    ((X * 0, X),                           {"a": 0, "b": 0, "c": 2}, "the column x is 0 in every row"),
    ((X * 0, X),                           {"a": 0, "b": 0, "c": 2}, "do not determine a, b"),
    ((np.full(5, 2.0), X),                 None,                     "do not determine a, b, c"),
    ((X * 1e-60, X),                       {"a": 0, "b": 1e60, "c": 0}, "converged"),
    ((X * 1e60, X),                        {"a": 0, "b": 1e-60, "c": 0}, "converged"),
    ((X, X * 1e140),                       {"a": 0, "b": 1e140, "c": 0}, "converged"),
    ((X, X * 1e-140),                      {"a": 0, "b": 1e-140, "c": 0}, "converged"),
]
# fmt: on


@pytest.mark.parametrize(("data", "values", "said"), AWKWARD)
def test_awkward_data_end_well_and_it_is_said_what_is_odd(data, values, said):
    found = fit("parabola", data)
    assert found.converged
    assert said in " ".join(found.report().split())
    if values:
        x = found.data.columns["x"]
        expected = values["a"] * x**2 + values["b"] * x + values["c"]
        assert found.predict(x) == pytest.approx(expected, abs=1e-6 * np.abs(expected).max())


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.sampled_from(["line", "parabola", "a*exp(b*x)", "a/(1 + b*x^2)", "a*sqrt(x) + b"]),
    st.lists(st.tuples(finite, finite), min_size=1, max_size=5),
    st.sampled_from([None, 0.1, 1e-30, 1e30]),
    st.sampled_from(sorted(METHODS)),
)
@settings(max_examples=150, deadline=None)
def test_whatever_the_data_a_fit_ends_with_a_reason_or_one_clean_error(model, drawn, rate, method):
    try:
        found = fit(model, drawn, rate=rate, method=method, steps=100)
    except (DataError, FitError):
        return
    assert found.reason in ("converged", "steps", "diverged", "stalled")
    assert found.report()
    json.dumps(found.summary(), allow_nan=False)


def test_a_sum_of_parameters_is_all_that_is_determined():
    found = fit("(a + b)*x + c", (X, 2 * X + 1))
    assert "do not determine a, b" in " ".join(found.report().split())
    assert found.values["a"] + found.values["b"] == pytest.approx(2)


# fmt: off
REFUSED = [
    (lambda: fit("line", (X, X * 1e300)),                      FitError,  r"the largest of y is 4e\+300 .*unit"),
    (lambda: fit("line", (X, X * 1e-300)),                     FitError,  r"the largest of y is 4e-300"),
    (lambda: fit("line", (X * 1e300, X)),                      FitError,  r"changes by 4e\+300 with m.* x/4e\+300"),
    (lambda: fit("line", (X * 1e-300, X)),                     FitError,  r"changes by 4e-300 with m"),
    (lambda: fit("a*log(b*x)", (X + 1, X)),                    FitError,  r"start a = 0, b = 0 .*{\"a\": 1, \"b\": 1}"),
    (lambda: fit("x/a", LINE),                                 FitError,  r"no finite loss .* a = 0 .*{\"a\": 1}"),
    (lambda: fit("a*log(x)", LINE),                            FitError,  r"in row 1 \(x = -2\), at any start tried"),
    (lambda: fit("a*log(-x^2)", LINE),                         FitError,  r"in row 1 \(x = -2\), nor in 1 other row"),
    (lambda: fit("m/x + b", [(1, 2), (0, 3), (2, 1)]),         FitError,  r"m/x \+ b .* row 2 \(x = 0\), .* leave"),
    (lambda: fit("m*sqrt(x - a)", [(-9, 1), (5, 2)]),          FitError,  r"say with start= where to begin"),
    (lambda: fit("a*t + b", LINE),                             FitError,  r"it has a, t, b, the data x, y"),
    (lambda: fit("a*X + b", LINE),                             FitError,  r"'X' was given: did you mean 'x'"),
    (lambda: fit("a*t + b", LINE, x="u"),                      FitError,  r"does not read the column u"),
    (lambda: fit("a*x + y", LINE),                             FitError,  r"reads y, which it is to predict"),
    (lambda: fit("2*x + 1", LINE),                             FitError,  r"has no parameter"),
    (lambda: fit("line", LINE, x=["u", "v"]),                  FitError,  r"a model in one column, not in 2"),
    (lambda: fit("line", {"x": X, "Y": X}),                    DataError, r"no column 'y' .* did you mean 'Y'"),
    (lambda: fit("line", LINE, start={"M": 1}),                FitError,  r"no parameter 'M': .* did you mean 'm'"),
    (lambda: fit("line", LINE, start={"x": 1}),                FitError,  r"'x' is a column"),
    (lambda: fit("line", LINE, start={"m": math.nan}),         FitError,  r"the start of m is nan"),
    (lambda: fit("line", LINE, start={"m": "one"}),            FitError,  r"the start of m is 'one'"),
    (lambda: fit("line", LINE, rate=0),                        FitError,  r"the rate is 0 .* above 0"),
    (lambda: fit("line", LINE, rate=math.inf),                 FitError,  r"the rate is inf"),
    (lambda: fit("line", LINE, rate={"m": 1}),                 FitError,  r"no rate for b"),
    (lambda: fit("line", LINE, rate={"m": 1, "b": -1}),        FitError,  r"the rate of b is -1"),
    (lambda: fit("line", LINE, rate={"m": 1, "b": 1, "c": 1}), FitError,  r"no parameter 'c'"),
    (lambda: fit("line", LINE, momentum=1),                    FitError,  r"the momentum is 1"),
    (lambda: fit("line", LINE, method="adam", momentum=0.5),   FitError,  r"Adam has a momentum of its own"),
    (lambda: fit("line", LINE, method="adem"),                 FitError,  r"no method 'adem' did you mean 'adam'"),
    (lambda: fit("line", LINE, method=None),                   FitError,  r"choose from auto, lm, descent"),
    (lambda: fit("line", LINE, steps=-1),                      FitError,  r"the number of steps is -1"),
    (lambda: fit("line", LINE, steps=1.5),                     FitError,  r"the number of steps is 1.5"),
    (lambda: fit("line", LINE, tolerance=2),                   FitError,  r"the tolerance is 2"),
    (lambda: descend("3"),                                     FitError,  r"the loss is a number"),
    (lambda: descend("x^2", {"y": 1}),                         FitError,  r"no parameter 'y'"),
    (lambda: descend("log(x)"),                                FitError,  r"the loss has no finite loss"),
]
# fmt: on


@pytest.mark.parametrize(
    ("x", "y", "slope"), [(1, 1e300, 1e300), (1, 1e-300, 1e-300), (1e300, 1, 1e-300), (1e-300, 1, 1e300)]
)
def test_a_linear_model_is_fitted_at_the_ends_of_the_floats(x, y, slope):
    found = fit("line", (X * x, X * y), method="auto")
    assert found.values["m"] == pytest.approx(slope, rel=1e-12)
    assert found.report()


@pytest.mark.parametrize(("how", "kind", "message"), REFUSED)
def test_what_cannot_be_fitted_is_refused_with_the_next_step(how, kind, message):
    with pytest.raises(kind) as caught:
        how()
    assert re.search(message, " ".join(str(caught.value).split()))


# ---------------------------------------------------------------------------------------------------- models and data


@pytest.mark.parametrize("name", NAMED)
def test_a_named_model_is_its_formula(name):
    assert fit(name, TEN, steps=9).values == fit(NAMED[name], TEN, steps=9).values


def test_a_named_model_takes_the_letter_of_the_data():
    assert fit("line", {"t": [0, 1], "y": [1, 3]}).values == pytest.approx({"m": 2, "b": 1})
    assert fit("line", {"t": [0, 1], "u": [0, 2], "y": [1, 3]}, x="u").values == pytest.approx({"m": 1, "b": 1})
    assert fit("line", {"t": [0, 1], "volts": [1, 3]}, y="volts").values == pytest.approx({"m": 2, "b": 1})


def test_constants_are_no_parameters_and_columns_of_any_number_are_read():
    data = {"u": X, "v": X**2, "y": math.pi * X + math.e * X**2}
    found = fit("pi*p*u + e*q*v", data)
    assert found.parameters == ("p", "q")
    assert found.values == pytest.approx({"p": 1, "q": 1}, abs=1e-6)


def test_a_formula_of_columns_is_predicted_and_rows_without_a_value_are_skipped():
    found = fit("k*x + c", {"x": X, "n": [1, math.e, -1, math.exp(3), math.exp(4)]}, y="log(n)")
    assert found.values == pytest.approx({"k": 1, "c": 0}, abs=1e-6)
    assert [str(one) for one in found.data.skipped] == ["row 3: log(n) has no value"]


def test_skipped_rows_are_in_the_report_with_their_numbers():
    found = fit("line", io.StringIO("x;y\n1,5;2\n\nnan;3\n2,5;4\noops;1\n"))
    text = " ".join(found.report().split())
    assert "2 rows used, 3 skipped row 3: the row is empty row 4: x is nan row 6: x is 'oops', not a number" in text
    assert "Note: decimal commas: 1,5 in x was read as 1.5." in text
    assert found.values == pytest.approx({"m": 2, "b": -1}, abs=1e-6)


def test_only_the_first_of_many_skipped_rows_are_shown():
    found = fit("line", [*LINE, *[(None, 1)] * 100])
    assert "and 92 more" in found.report()
    assert len(found.summary()["data"]["skipped"]) == 100


# -------------------------------------------------------------------------------------------------------- results


def test_the_report_tells_the_whole_story():
    assert fit("parabola", THREE, rate=0.1).report() == (
        """\
model     y = a*x^2 + b*x + c
data      the points given: 3 rows used, none skipped
errors    every row counts alike; no standard errors, as there are no more rows than parameters
method    gradient descent, rate 0.1
start     a = 0, b = 0, c = 0
ended     diverged after 5 steps
loss      108.667 (mean squared error), rss 326

parameter  value  start
a              0      0
b              0      0
c              0      0

Before the first step:
  The loss is quadratic: what its Hessian says here holds everywhere.
  Eigenvalues 0.629, 6.19, 68.5, condition 109: steepest along a, flattest along c.
  One rate is stable below 0.0292, fastest at 0.0289: about 750 steps to 1e-6 of the error.
  A rate each, a: 0.0144, b: 0.107, c: 0.465: about 100 steps.

What happened:
  The rate 0.1 is above the largest stable rate, 0.0292: each step multiplied the error along a by
    -5.85; after 5 steps the loss was 3.38e9.

What to do next:
  Give each parameter its own rate, as rate={"a": 0.0144, "b": 0.107, "c": 0.465}, or leave rate out
    with method="descent", which does that."""
    )


@pytest.mark.parametrize("how", [row[0] for row in ENDINGS])
def test_a_summary_is_json(how):
    told = json.loads(json.dumps(how().summary(), allow_nan=False))
    assert {"values", "loss", "reason", "why", "steps", "foresight"} <= set(told)


def test_predictions_have_the_shape_of_the_question():
    found = fit("line", LINE)
    assert found.predict(10) == pytest.approx(21)
    assert isinstance(found.predict(10), float)
    assert found.predict([0, 1]) == pytest.approx([1, 3])
    assert found.predict(np.zeros((2, 3))) == pytest.approx(np.ones((2, 3)))
    assert found.predict({"x": [0, 1], "more": [5]}) == pytest.approx([1, 3])


def test_predictions_of_several_columns_want_their_names():
    found = fit("a*u + b*v", {"u": [1, 0, 2], "v": [0, 1, 3], "y": [2, 3, 13]})
    assert found.predict({"u": 1, "v": [1, 2]}) == pytest.approx([5, 8])
    with pytest.raises(DataError, match="to predict, the model needs v"):
        found.predict({"u": 1})
    with pytest.raises(DataError, match="the model reads u, v"):
        found.predict([1, 2])


def test_where_the_model_has_no_value_the_prediction_is_nan():
    found = fit("a*log(x)", [(1, 0), (math.e, 2)])
    assert found.predict([math.e, -1, 0])[0] == pytest.approx(2)
    assert np.isnan(found.predict([math.e, -1, 0])[1:]).all()


def test_a_constant_model_predicts_one_number():
    assert fit("c", LINE, x=[]).predict({}) == pytest.approx(2)


def test_the_history_is_kept_step_by_step():
    found = fit("line", LINE, rate=0.1, steps=20)
    assert found.history.at(0) == {"m": 0, "b": 0} == found.start
    assert found.history.at(-1) == found.history.at(20) == found.values


def test_a_fit_survives_pickling():
    found = fit("line", LINE, rate=0.1, steps=20)
    again = pickle.loads(pickle.dumps(found))
    assert again.report() == found.report()
    assert again.predict(10) == found.predict(10)


def test_the_package_can_be_called_where_its_name_hides_the_function():
    assert isinstance(symdiff.fit("line", LINE), Fit)


# ------------------------------------------------------------------------------------------------------- pictures

PICTURED = [
    lambda: fit("line", LINE, rate=0.1, steps=20),
    lambda: fit("parabola", TEN, rate=0.1),
    lambda: fit("a*u + b*v", {"u": X, "v": X**2, "y": 2 * X + 0.1 * X**2}),
    lambda: fit("a*log(x)", [(1, 0), (math.e, 2)]),
    lambda: fit("line", [(1, 1)]),
    lambda: fit("line", LINE, start={"m": 2, "b": 1}),
]


@pytest.mark.parametrize("how", PICTURED)
def test_a_plot_is_drawn(how, tmp_path):
    path = how().plot(tmp_path / "fit.png")
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_film_shows_every_step_of_a_short_fit(tmp_path):
    from PIL import Image

    path = fit("line", LINE, rate=0.1, steps=20).film(tmp_path / "fit.gif")
    with Image.open(path) as film:
        assert (film.format, film.n_frames) == ("GIF", 21)


def test_a_film_of_a_long_fit_has_no_more_frames_than_asked(tmp_path):
    from PIL import Image

    with Image.open(fit("parabola", TEN, rate=0.005, steps=500).film(tmp_path / "fit.gif", frames=8)) as film:
        assert 2 < film.n_frames <= 8


def test_a_picture_without_matplotlib_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ExtraError, match=r"symdiff-engine\[plot\]"):
        fit("line", LINE).plot(tmp_path / "fit.png")


def test_a_film_without_pillow_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ExtraError, match=r"symdiff-engine\[plot\]"):
        fit("line", LINE).film(tmp_path / "fit.gif")


@pytest.mark.parametrize("name", ["missing/fit.png", "fit.nonsense", "fit", ""])
def test_a_picture_that_cannot_be_written_is_told(name, tmp_path):
    with pytest.raises(DataError, match="cannot write"):
        fit("line", LINE).plot(tmp_path / name)


def test_the_history_of_a_long_descent_stays_of_bounded_size(monkeypatch):
    monkeypatch.setattr("symdiff.fit.descent.outcome.Track.MOST", 100)
    found = fit("line", [(-2, -3), (3, 7)], rate=1e-6, steps=1001)
    assert (found.reason, found.steps) == ("steps", 1001)
    assert 50 <= len(found.history) <= 102
    assert found.history.steps[0] == 0
    assert found.history.steps[-1] == 1001
    assert found.history.at(-1) == found.values
