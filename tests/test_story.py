"""Why the line learns and the parabola does not: the whole story, foreseen, then as it happens, then cured."""

import numpy as np
import pytest

from symdiff.fit import fit
from symdiff.fit.leastsquares.systems import plane_of
from symdiff.fit.leastsquares.unfinished import gain_left

LINE = [(x, 2 * x + 1) for x in (-2.0, 3.0)]
THREE = [(x, x**2 - 2 * x + 1) for x in (-2.0, 0.0, 3.0)]
TEN = [(x, x**2 - 2 * x + 1) for x in np.linspace(-5, 5, 10).tolist()]
TRUTH = {"a": 1.0, "b": -2.0, "c": 1.0}


def foreseen(model, points):
    return fit(model, points, method="descent", steps=0).foresight


def test_the_line_has_gentle_curvature_and_a_rate_of_a_tenth_is_stable():
    line = foreseen("line", LINE)
    assert [round(value, 1) for value in line.eigenvalues] == [1.9, 13.1]
    assert round(line.largest_stable_rate, 3) == 0.153
    assert line.stable(0.1)
    assert line.quadratic


def test_so_the_line_learns():
    found = fit("line", LINE, rate=0.1, steps=200)
    assert found.converged
    assert found.values == pytest.approx({"m": 2, "b": 1}, abs=1e-6)
    assert (np.diff(found.history.losses) <= 0).all()


def test_the_parabola_is_steeper_and_the_same_rate_is_not_stable():
    three = foreseen("parabola", THREE)
    assert [float(f"{value:.3g}") for value in three.eigenvalues] == pytest.approx([0.63, 6.2, 68.5], abs=0.02)
    assert round(three.largest_stable_rate, 3) == 0.029
    assert not three.stable(0.1)


def test_so_the_parabola_overflows_and_it_is_said_why():
    found = fit("parabola", THREE, rate=0.1)
    assert found.reason == "diverged"
    assert "the rate 0.1 is above the largest stable rate, 0.0292" in found.outcome.why
    assert found.history.losses[-1] > 1e6 * found.history.losses[0]


def test_more_points_make_it_worse_not_better():
    ten = foreseen("parabola", TEN)
    assert round(ten.largest_stable_rate, 4) == 0.0054
    assert round(ten.condition) == 424
    assert ten.steps_to(1e-6) == pytest.approx(2900, abs=50)


def test_so_with_ten_points_it_plods_along():
    best = foreseen("parabola", TEN).best_rate
    found = fit("parabola", TEN, rate=best, steps=300)
    assert found.reason == "steps"
    assert found.loss > 1e-3
    assert "it crawls along c: each step leaves 0.9953 of the error there" in found.outcome.why
    later = fit("parabola", TEN, rate=best, steps=4000, tolerance=0)
    path = np.array([later.history.values[name] - TRUTH[name] for name in TRUTH])
    distance = np.linalg.norm(path, axis=0)
    assert np.argmax(distance <= 1e-6 * distance[0]) == pytest.approx(2900, rel=0.1)


@pytest.mark.parametrize("points", [THREE, TEN], ids=["three", "ten"])
def test_a_rate_for_each_parameter_cures_it(points):
    advised = fit("parabola", points, rate=0.1).foresight
    found = fit("parabola", points, rate=advised.rates)
    assert found.converged
    assert found.values == pytest.approx(TRUTH, abs=1e-6)
    assert found.steps < 2900 / 10
    assert advised.steps_to(1e-6, advised.rates) < advised.steps_to(1e-6) / 5


def test_and_all_of_it_is_in_the_report_before_the_first_step():
    text = " ".join(fit("parabola", TEN, method="descent", steps=0).report().split())
    assert "condition 424" in text
    assert "stable below 0.00541" in text
    assert "about 2,900 steps to 1e-6" in text
    assert "A rate each, a:" in text


@pytest.mark.parametrize(("method", "limit"), [("descent", 0.0574), ("nesterov", 0.0205)])
def test_a_momentum_is_foreseen_too(method, limit):
    data = "examples/decay.csv"
    found = fit("line", data, method=method, rate=0.01, momentum=0.9, steps=0)
    assert found.foresight.largest_stable_rate == pytest.approx(limit, abs=1e-4)
    assert "momentum 0.9 one rate is stable below" in found.foresight.text()
    exact = found.foresight.largest_stable_rate
    assert fit("line", data, method=method, rate=0.97 * exact, momentum=0.9, steps=1000).converged
    assert fit("line", data, method=method, rate=1.03 * exact, momentum=0.9, steps=1000).reason == "diverged"


def test_steps_foreseen_with_a_momentum_are_those_it_takes():
    data = "examples/decay.csv"
    for method in ("momentum", "nesterov"):
        foreseen = fit("line", data, method=method, steps=0).foresight
        path = fit("line", data, method=method, rate=foreseen.best_rate, steps=600, tolerance=0).history.values
        best = fit("line", data).values
        errors = np.linalg.norm([path[name] - best[name] for name in best], axis=0)
        taken = np.argmax(errors < 1e-6 * errors[0])
        assert foreseen.steps_to() == pytest.approx(taken, rel=0.2)


def test_methods_with_other_steps_are_not_promised_rates():
    text = fit("line", LINE, method="adam", steps=0).foresight.text()
    assert "Adam takes other steps; of plain descent one rate is stable below 0.153" in text


def test_a_descent_that_stops_short_on_exact_data_does_not_accuse_the_data():
    found = fit("parabola", "examples/parabola.csv", rate=0.0054)
    assert found.converged
    assert gain_left(plane_of(found.problem)(found.outcome.end.at)) > 0.99
    assert found.diagnostics.tests == found.diagnostics.outliers == ()
    noisy = fit("line", "examples/decay.csv", rate=0.03)
    assert gain_left(plane_of(noisy.problem)(noisy.outcome.end.at)) < 1e-9
    assert noisy.diagnostics.tests
