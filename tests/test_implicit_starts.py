"""Implicit models without start values: circles, conics, lines and spheres are found by distances."""

import numpy as np
import pytest

from symdiff.fit import fit
from symdiff.fit.data.reading import table
from symdiff.fit.leastsquares.distances import Distances
from symdiff.fit.leastsquares.marquardt import levenberg_marquardt
from symdiff.fit.problem import Ask, met, plan_for
from symdiff.fit.starts import search


def circle(rng, t):
    p, q, r = rng.uniform(-20, 20, 3)
    return {"x": p + abs(r) * np.cos(t), "y": q + abs(r) * np.sin(t)}, {"p": p, "q": q, "r": abs(r)}


def ellipse(rng, t):
    (p, q), (A, B) = rng.uniform(-20, 20, 2), rng.uniform(0.5, 5, 2)
    return {"x": p + A * np.cos(t), "y": q + B * np.sin(t)}, {"p": p, "q": q, "A": A, "B": B}


def arc(rng, t):
    return ellipse(rng, 1 + 0.6 * t)


def conic(rng, t):
    (p, q), (A, B) = rng.uniform(3, 9, 2), rng.uniform(0.5, 2.5, 2)
    u, v, w = A * np.cos(t), B * np.sin(t), rng.uniform(0, 3)
    x, y = p + u * np.cos(w) - v * np.sin(w), q + u * np.sin(w) + v * np.cos(w)
    return {"x": x, "y": y}, dict(
        zip("abcdf", np.linalg.lstsq(np.array([x * x, x * y, y * y, x, y]).T, 0 * x + 1)[0], strict=True)
    )


def hyperbola(rng, t):
    (p, q), (A, B) = rng.uniform(-5, 5, 2), rng.uniform(0.5, 3, 2)
    u = (t - 3) / 2
    side = np.where(rng.random(len(t)) < 0.5, 1, -1)
    return {"x": p + side * A * np.cosh(u), "y": q + B * np.sinh(u)}, {"p": p, "q": q, "A": A, "B": B}


def line(rng, t):
    a, b = rng.normal(size=2)
    return {"x": (1 + b * t) / a, "y": -t}, {"a": a, "b": b}


def sphere(rng, t):
    at = rng.normal(size=(3, len(t)))
    at, middle, r = at / np.linalg.norm(at, axis=0), rng.uniform(-10, 10, 3), rng.uniform(1, 4)
    found = middle[:, None] + r * at
    return dict(zip("xyz", found, strict=True)), dict(zip("uvwr", [*middle, r], strict=True))


# fmt: off
SHAPES = {
    circle:    "(x - p)^2 + (y - q)^2 = r^2",
    ellipse:   "(x - p)^2/A^2 + (y - q)^2/B^2 = 1",
    arc:       "(x - p)^2/A^2 + (y - q)^2/B^2 = 1",
    conic:     "a*x^2 + b*x*y + c*y^2 + d*x + f*y = 1",
    hyperbola: "(x - p)^2/A^2 - (y - q)^2/B^2 = 1",
    line:      "a*x + b*y = 1",
    sphere:    "(x - u)^2 + (y - v)^2 + (z - w)^2 = r^2",
}
# fmt: on


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("shape", SHAPES)
def test_implicit_models_need_no_start(shape, seed):
    rng = np.random.default_rng(seed)
    data, true = shape(rng, rng.uniform(0, 2 * np.pi, 40))
    data = {name: column + 0.01 * rng.normal(size=len(column)) for name, column in data.items()}
    found = table(data)
    problem = met(plan_for(Ask((SHAPES[shape],), (0,)), found), found)
    from_search, from_truth = (
        levenberg_marquardt(Distances(problem), at)
        for at in (search(problem).at, np.array([true[name] for name in problem.plan.free]))
    )
    assert from_search.reason == "converged"
    assert from_search.system.loss <= from_truth.system.loss * (1 + 1e-6)


def test_distances_are_in_units_of_the_errors_of_the_columns():
    rng = np.random.default_rng(0)
    t = rng.uniform(0, 2 * np.pi, 40)
    e = rng.uniform(0.01, 0.1, 40)
    data = {"x": 3 + 2 * np.cos(t) + e * rng.normal(size=40), "y": 1 + np.sin(t) + 0.001 * rng.normal(size=40), "e": e}
    found = fit(SHAPES[ellipse], data, sigma_x={"x": "e", "y": 0.001})
    again = fit(SHAPES[ellipse], data, sigma_x={"x": "e", "y": 0.001}, start={"p": 3, "q": 1, "A": 2, "B": 1})
    assert found.rss == pytest.approx(again.rss, rel=1e-6)
    assert found.values["A"] == pytest.approx(2, abs=0.1)


def test_exact_data_and_starts_for_some_parameters_end_at_the_truth():
    t = np.linspace(0, 6, 30)
    data = {"x": 3 + 2 * np.cos(t), "y": 1 + np.sin(t)}
    for more in ({}, {"start": {"p": 2.5}}, {"bounds": {"A": (0, None), "B": (0, None)}}, {"fixed": {"q": 1}}):
        values = fit(SHAPES[ellipse], data, **more).values
        assert values == pytest.approx({"p": 3, "q": 1, "A": 2, "B": 1})


def test_an_equation_with_columns_on_one_side_only_is_implicit():
    t = np.linspace(0, 6, 40)
    found = fit("x^2 + y^2 = r^2", {"x": 3 * np.cos(t), "y": 3 * np.sin(t)})
    assert abs(found.values["r"]) == pytest.approx(3, rel=1e-8)
