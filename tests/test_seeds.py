"""The five posts that this project grew from: their fits, with their data, rates and steps, reach their numbers."""

import random

import numpy as np
import pytest

from symdiff import compile, d, parse, val
from symdiff.fit import descend, fit

X, Y = "x", "y"


# -------------------------------------------------------------------------------- 0 · A Little Gradient Descent


def test_the_expression_of_the_first_post_and_its_slopes_have_the_values_it_prints():
    e = parse("x^2 + x*y")
    point = {X: 2, Y: 3}
    assert (val(e, point), val(d(e, X), point), val(d(e, Y), point)) == (10, 7, 2)


def first_post(steps=20):
    """The line 2x + 1 at -2 and 3, from 0, at a rate of 0.1."""
    m, b = parse("m"), parse("b")
    loss = sum((m * x + b - (2 * x + 1)) ** 2 for x in (-2, 3)) / 2
    return descend(loss, {"m": 0, "b": 0}, rate=0.1, steps=steps)


def test_the_line_of_the_first_post_learns_in_twenty_steps():
    found = first_post()
    assert found.values == pytest.approx({"m": 2, "b": 1}, abs=0.02)
    assert found.history.losses[0] == 29  # (9 + 49)/2
    assert found.loss < 2e-4
    again = fit("line", [(-2, -3), (3, 7)], rate=0.1, steps=20)
    assert again.values == pytest.approx(found.values, rel=1e-12)


def test_the_parabola_of_the_first_post_bottoms_out_overflows_and_is_cured():
    points = [(x, x**2 + x + 1) for x in np.linspace(-5, 5, 10).tolist()]
    slow = fit("parabola", points, rate=0.005, steps=100)
    losses = slow.history.losses
    assert losses[10] < losses[0] / 5
    assert slow.loss > 0.01
    assert fit("parabola", points, rate=0.05).reason == "diverged"
    cured = fit("parabola", points, rate={"a": 0.004, "b": 0.06, "c": 0.3}, steps=200)
    assert cured.loss < 1e-6


# ------------------------------------------------------------------- 1 · Optimizing with gradient descent (Scalar)


def hundred_points():
    """x uniform in [0, 1), y = 0.8 x - 1.2 and noise of 0.1, as the post draws them, from a seed of our own."""
    draw = random.Random(16)
    xs = [draw.random() for _ in range(100)]
    return {"x": xs, "y": [0.8 * x - 1.2 + draw.normalvariate(0, 0.1) for x in xs]}


def test_the_second_post_s_loss_and_slope_at_one_one_are_near_what_it_prints():
    data = hundred_points()
    found = fit("a*x + b", data, start={"a": 1, "b": 1}, rate=0.5, steps=0)
    assert found.loss == pytest.approx(5.267, abs=0.05)
    xs, ys = np.array(data["x"]), np.array(data["y"])
    assert 2 * ((xs + 1 - ys) * xs).mean() == pytest.approx(2.07, abs=0.1)


def test_the_second_post_s_line_is_found_in_a_hundred_epochs():
    found = fit("a*x + b", hundred_points(), start={"a": 1, "b": 1}, rate=0.5, steps=100)
    assert found.values == pytest.approx({"a": 0.8, "b": -1.2}, abs=0.06)
    model = fit("a*x + b", hundred_points(), start={"a": 1, "b": 1}, rate=0.01, steps=1000)
    assert model.history.losses[-1] < 0.1 < model.history.losses[0]


# ------------------------------------------------------------------------------- 2 · Gradient Descent (micrograd)


def test_the_third_post_s_parabola_has_the_values_and_the_slope_it_prints():
    f = parse("3*x^2 - 4*x + 5")
    table = compile(f, X)(np.arange(-5, 5, 0.25))
    assert table[:3].tolist() == [100, 91.6875, 83.75]
    assert table[-3:].tolist() == [42.1875, 47.75, 53.6875]
    assert (val(f, {X: 3}), val(d(f, X), {X: 3})) == (20, 14)
    assert val(f, {X: 3.0001}) == pytest.approx(20.00140003)


def test_the_third_post_s_product_has_the_slopes_it_prints():
    e, point = parse("a*b + c"), {"a": 2, "b": -3, "c": 10}
    assert val(e, point) == 4
    assert [val(d(e, name), point) for name in "abc"] == [-3, 2, 1]


def test_the_third_post_s_neuron_has_the_slopes_it_prints():
    o = parse("tanh(x1*w1 + x2*w2 + b)")
    point = {"x1": 2, "x2": 0, "w1": -3, "w2": 1, "b": 6.8813735870195432}
    assert val(o, point) == pytest.approx(0.7071, abs=5e-5)
    slopes = {name: val(d(o, name), point) for name in point}
    assert slopes == pytest.approx({"x1": -1.5, "w1": 1, "x2": 0.5, "w2": 0, "b": 0.5}, abs=1e-7)


# ----------------------------------------------------------------- 3 · A toy gradient descent implementation (toygrad)


def test_the_fourth_post_s_training_loop_goes_the_same_way_here():
    draw = random.Random(4)
    xs = [draw.uniform(-1, 1) for _ in range(12)]
    ys = [x**2 for x in xs]
    names = ["w", "b", "v", "c", "p", "q"]
    at = {name: draw.uniform(0.2, 1) for name in names}
    found = fit("v*relu(w*x + b) + p*relu(q - x) + c", {"x": xs, "y": ys}, start=at, rate=0.05, steps=60)
    w, b, v, c, p, q = at.values()
    for _ in range(60):
        left, right = [max(w * x + b, 0) for x in xs], [max(q - x, 0) for x in xs]
        back = [2 * (v * u + p * t + c - y) / len(xs) for u, t, y in zip(left, right, ys, strict=True)]
        dw = sum(g * v * x for g, x, u in zip(back, xs, left, strict=True) if u > 0)
        db = sum(g * v for g, u in zip(back, left, strict=True) if u > 0)
        dq = sum(g * p for g, t in zip(back, right, strict=True) if t > 0)
        dv, dp = (sum(g * u for g, u in zip(back, side, strict=True)) for side in (left, right))
        w, b, v, c, p, q = (
            w - 0.05 * dw,
            b - 0.05 * db,
            v - 0.05 * dv,
            c - 0.05 * sum(back),
            p - 0.05 * dp,
            q - 0.05 * dq,
        )
    assert found.values == pytest.approx(dict(zip(names, (w, b, v, c, p, q), strict=True)), rel=1e-9)
    assert found.loss < found.history.losses[0] / 5


def test_the_chain_rule_of_the_fourth_post():
    assert val(d("sin(x^2)", X), {X: 1.3}) == pytest.approx(np.cos(1.69) * 2.6)


# --------------------------------------------------------------- 4 · Gradient descent from scratch in PyTorch (fast.ai)


def test_the_fifth_post_s_line_is_found_in_a_hundred_epochs():
    draw = random.Random(12)
    xs = [draw.uniform(-1, 1) for _ in range(100)]
    ys = [3 * x + 2 + draw.random() for x in xs]
    found = fit("a*x + b", {"x": xs, "y": ys}, start={"a": -1, "b": 1}, rate=0.1, steps=100)
    assert found.history.losses[0] == pytest.approx(8, abs=1)  # "you should see a value of about 8"
    assert found.values == pytest.approx({"a": 3, "b": 2.5}, abs=0.1)
    assert found.loss == pytest.approx(1 / 12, abs=0.03)  # what is left is the noise, uniform in [0, 1)


@pytest.mark.parametrize("method", ["descent", "sgd", "adam", "cg", "bfgs", "l-bfgs", "newton"])
def test_what_the_posts_say_of_batches_and_of_better_methods_holds(method):
    data = hundred_points()
    options = {"sgd": {"rate": 0.1, "batch": 10, "steps": 60}, "adam": {"steps": 500}}.get(method, {})
    found = fit("a*x + b", data, start={"a": 1, "b": 1}, method=method, **options)
    slope, lift = np.polyfit(data["x"], data["y"], 1)
    assert found.values == pytest.approx({"a": slope, "b": lift}, abs=0.05 if method == "sgd" else 1e-3)
