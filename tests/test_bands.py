"""Predictions and bands: against formulas by hand, against simulation, and in every shape of a question."""

import math

import numpy as np
import pytest
import scipy.stats

from symdiff.errors import DataError, FitError
from symdiff.fit import fit
from symdiff.fit.statistics.portions import BLOCK

X = np.linspace(0, 5, 30)
LINE = 2 * X + 1 + 0.3 * np.random.default_rng(4).normal(size=30)
DECAY = 3 * np.exp(-0.8 * X) + 0.5 + 0.1 * np.random.default_rng(5).normal(size=30)
START = {"a": 1, "b": 1, "c": 0}


def test_the_band_of_a_line_is_the_one_of_the_textbook():
    found = fit("a*x + b", {"x": X, "y": LINE})
    x = np.array([-1, 2.5, 9])
    t = scipy.stats.t.ppf(0.975, 28)
    share = 1 / 30 + (x - X.mean()) ** 2 / ((X - X.mean()) ** 2).sum()
    s = math.sqrt(found.rss / 28)
    low, high = found.band(x)
    assert high - low == pytest.approx(2 * t * s * np.sqrt(share), rel=1e-9)
    assert (low + high) / 2 == pytest.approx(found.predict(x))
    low, high = found.band(x, kind="prediction")
    assert high - low == pytest.approx(2 * t * s * np.sqrt(1 + share), rel=1e-9)


def test_the_band_of_a_curve_follows_its_slopes_in_the_parameters():
    found = fit("a*exp(-b*x) + c", {"x": X, "y": DECAY}, start=START)
    a, b, _ = found.values.values()
    x = np.array([0.3, 4.0])
    g = np.array([np.exp(-b * x), -a * x * np.exp(-b * x), np.ones(2)])
    width = np.sqrt(np.einsum("in,ij,jn->n", g, found.covariance, g))
    low, high = found.band(x, level=0.6)
    assert high - low == pytest.approx(2 * scipy.stats.t.ppf(0.8, 27) * width, rel=1e-8)


def test_bands_hold_what_they_promise_as_often_as_they_say():
    rng, curve, next_one = np.random.default_rng(1), 0, 0
    for _ in range(300):
        found = fit("a*x + b", {"x": X[:10], "y": 2 * X[:10] + 1 + rng.normal(size=10)})
        low, high = found.band(1.0, 0.8)
        curve += low < 3 < high
        low, high = found.band(1.0, 0.8, kind="prediction")
        next_one += low < 3 + rng.normal() < high
    assert 0.74 < curve / 300 < 0.86
    assert 0.74 < next_one / 300 < 0.86


def test_a_band_has_the_shape_of_the_question():
    found = fit("a*x + b", {"x": X, "y": LINE})
    low, high = found.band(1)
    assert isinstance(low, float)
    assert low < found.predict(1) < high
    low, high = found.band(np.ones((2, 3)))
    assert low.shape == high.shape == (2, 3)
    assert found.band([])[0].shape == (0,)
    many = np.linspace(0, 1, BLOCK + 3)
    assert found.band(many)[1][[0, -1]] == pytest.approx(found.band([0, 1])[1])


def test_where_the_model_has_no_value_neither_has_the_band():
    low, high = fit("a*log(x) + b", {"x": X + 1, "y": LINE}).band([1, -1])
    assert np.isfinite([low[0], high[0]]).all()
    assert np.isnan([low[1], high[1]]).all()


def test_a_curve_that_is_not_determined_has_no_ends():
    found = fit("a*x + b", {"x": [2, 2, 2], "y": [1, 2, 4]})
    low, high = found.band([2, 3])
    assert np.isfinite([low[0], high[0]]).all()
    assert (low[1], high[1]) == (-math.inf, math.inf)


def test_what_is_not_determined_does_no_harm_where_it_does_not_matter():
    one, two = fit("m*x + c", {"x": X, "y": LINE}), fit("(a + b)*x + c", {"x": X, "y": LINE})
    assert two.band([0, 7])[0] == pytest.approx(one.band([0, 7])[0])


def test_the_next_measurement_has_the_error_of_its_place():
    data = {"x": X, "y": LINE, "s": 0.2 + 0.1 * X}
    found = fit("a*x + b", data, sigma="s", absolute_sigma=True)
    inner, outer = found.band({"x": 2.0}), found.band({"x": 2.0, "s": 0.4}, kind="prediction")
    z = scipy.stats.norm.ppf(0.975)
    assert ((outer[1] - outer[0]) / 2 / z) ** 2 == pytest.approx(((inner[1] - inner[0]) / 2 / z) ** 2 + 0.16)
    with pytest.raises(DataError, match="needs the sigma of a measurement at each place"):
        found.band(2.0, kind="prediction")
    by_formula = fit("a*x + b", data, sigma="0.2 + 0.1*x", absolute_sigma=True)
    assert by_formula.band(2.0, kind="prediction") == pytest.approx(outer)


def test_several_responses_have_a_band_each():
    found = fit(["a*x + b", "a*x^2"], {"x": X, "u": LINE, "v": 2 * X**2}, y=["u", "v"])
    assert set(found.predict([1, 2])) == set(found.band([1, 2])) == set(found.residuals) == {"u", "v"}
    low, high = found.band(3.0)["v"]
    assert low < found.predict(3.0)["v"] < high
    assert found.residuals["u"] == pytest.approx(LINE - found.predict(X)["u"])


def test_residuals_are_measured_less_predicted_in_the_unit_of_the_response():
    plain = fit("a*x + b", {"x": X, "y": LINE}, sigma=0.2 + X)
    assert plain.residuals == pytest.approx(LINE - plain.predict(X))
    robust = fit("a*x + b", {"x": X, "y": LINE}, loss="huber", start={"a": 1, "b": 1})
    assert robust.residuals == pytest.approx(LINE - robust.predict(X))


def test_tied_and_fixed_parameters_take_part_in_predictions():
    found = fit("a*x + b + c*x^2", {"x": X, "y": LINE}, tied={"b": "a/2"}, fixed={"c": 0.1})
    a = found.values["a"]
    assert found.predict(2.0) == pytest.approx(2 * a + a / 2 + 0.4)
    low, high = found.band(2.0)
    assert (high - low) / 2 == pytest.approx(scipy.stats.t.ppf(0.975, 29) * 2.5 * found.errors["a"])
    assert found.predict(2.0, {"a": 1, "b": 2, "c": 3}) == 16


def test_what_has_no_band_is_refused_with_the_reason():
    line = fit("a*x + b", {"x": X, "y": LINE})
    with pytest.raises(FitError, match="no band of kind 'exact'"):
        line.band(1, kind="exact")
    with pytest.raises(FitError, match=r"the level is 1\.5"):
        line.band(1, level=1.5)
    with pytest.raises(FitError, match="no more rows than parameters"):
        fit("a*x + b", [(1, 2), (2, 3)]).band(1)
    with pytest.raises(FitError, match="no prediction band"):
        fit("a*x + b", {"x": X, "y": LINE}, loss="huber", start={"a": 1, "b": 1}).band(1, kind="prediction")
    with pytest.raises(DataError, match="no numbers of one shape"):
        line.predict("here")
    with pytest.raises(DataError, match="needs a value of b"):
        line.predict(1, {"a": 2})
