"""Losses of prediction and response: counts, shares, formulas of a user's, against SciPy's minimiser."""

import numpy as np
import pytest

from symdiff import fit
from symdiff.errors import FitError

RNG = np.random.default_rng(11)
X = np.linspace(0, 4, 60)
COUNTS = RNG.poisson(np.exp(0.6 * X + 0.2)).astype(float)
YES = (RNG.random(60) < 1 / (1 + np.exp(3 - 1.5 * X))).astype(float)


def least(loss, start):
    from scipy.optimize import minimize

    return minimize(loss, start, tol=1e-12, method="BFGS", options={"gtol": 1e-9}).x


def test_counts_are_fitted_by_their_likelihood():
    wanted = least(lambda p: np.sum(np.exp(p[0] * X + p[1]) - COUNTS * (p[0] * X + p[1])), [0.5, 0.5])
    found = fit("exp(a*x + b)", {"x": X, "y": COUNTS}, loss="poisson")
    assert list(found.values.values()) == pytest.approx(wanted, rel=1e-6)
    mean = np.exp(found.values["a"] * X + found.values["b"])
    slopes = np.vstack([X, np.ones(60)])
    assert list(found.errors.values()) == pytest.approx(
        np.sqrt(np.diag(np.linalg.inv((slopes * mean) @ slopes.T))), rel=1e-6
    )


def test_yes_and_no_are_fitted_by_their_chance():
    wanted = least(lambda p: np.sum(np.log1p(np.exp(p[0] * X + p[1])) - YES * (p[0] * X + p[1])), [1.0, -2.0])
    found = fit("1/(1 + exp(-(a*x + b)))", {"x": X, "y": YES}, loss="binomial")
    assert list(found.values.values()) == pytest.approx(wanted, rel=1e-5)
    written = fit("a*x + b", {"x": X, "y": 2 * YES - 1}, loss="log(1 + exp(-y*f))")
    assert list(written.values.values()) == pytest.approx(wanted, rel=1e-5)
    assert list(written.errors.values()) == pytest.approx(list(found.errors.values()), rel=1e-4)


def test_weights_count_rows_as_often():
    weights = RNG.integers(1, 4, 60)
    twice = {"x": np.repeat(X, weights), "y": np.repeat(COUNTS, weights)}
    weighed = fit("exp(a*x + b)", {"x": X, "y": COUNTS}, loss="poisson", weights=weights.astype(float))
    assert weighed.values == pytest.approx(fit("exp(a*x + b)", twice, loss="poisson").values, rel=1e-8)


def test_a_loss_may_name_columns():
    data = {"x": X, "y": COUNTS, "t": np.linspace(1, 2, 60)}
    wanted = least(lambda p: np.sum(data["t"] * (p[0] * X + p[1] - COUNTS) ** 4), [1.0, 1.0])
    found = fit("a*x + b", data, loss="t*(f - y)^4")
    assert list(found.values.values()) == pytest.approx(wanted, rel=1e-3)


def test_bounds_hold_for_a_likelihood_too():
    found = fit("exp(a*x + b)", {"x": X, "y": COUNTS}, loss="poisson", bounds={"a": (0, 0.5)})
    assert found.values["a"] == 0.5


@pytest.mark.parametrize("method", ["newton", "bfgs", "l-bfgs", "cg"])
def test_other_methods_reach_the_same_place(method):
    wanted = fit("exp(a*x + b)", {"x": X, "y": COUNTS}, loss="poisson").values
    found = fit("exp(a*x + b)", {"x": X, "y": COUNTS}, loss="poisson", method=method)
    assert found.values == pytest.approx(wanted, rel=1e-5)


def test_a_chance_that_no_prediction_can_be_is_refused_with_the_next_step():
    with pytest.raises(FitError, match="has no"):
        fit("a - 5 - x^2 - a", {"x": X, "y": COUNTS}, loss="poisson")


def test_a_parameter_of_the_loss_alone_is_fitted_with_the_others():
    """A normal likelihood with its sigma as a parameter: the values of least squares, and the root of rss/n."""
    y = 2 * X + 1 + RNG.normal(0, 0.3, 60)
    found = fit("a*x + b", {"x": X, "y": y}, loss="log(s) + (y - f)^2/(2*s^2)", bounds={"s": (1e-3, None)})
    squares = fit("a*x + b", {"x": X, "y": y})
    assert found.values["a"] == pytest.approx(squares.values["a"], rel=1e-6)
    assert found.values["s"] == pytest.approx(np.sqrt(squares.rss / 60), rel=1e-6)
