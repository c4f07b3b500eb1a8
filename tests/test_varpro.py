"""Variable projection: which parameters are solved for, and that nothing is lost by it."""

import numpy as np
import pytest

from symdiff.fit.leastsquares.marquardt import levenberg_marquardt
from symdiff.fit.leastsquares.varpro import Projected, linear_names, split
from symdiff.text.parse import parse

X = np.linspace(0.0, 4.0, 60)

# fmt: off
LINEAR = [
    ("a*exp(-b*x) + c - y",                        "a b c",       "a c"),
    ("a*b*x + c - y",                              "a b c",       "a c"),      # the largest set: a or b, not both
    ("b1*(x^2 + b2*x)/(x^2 + b3*x + b4) - y",      "b1 b2 b3 b4", "b1"),
    ("b1 - b2*x*exp(-b3*z) - y",                   "b1 b2 b3",    "b1 b2"),
    ("(a + b)^2 - a^2 - 2*a*b + c*x - y",          "a b c",       "a c"),      # linear once it is multiplied out
    ("where(x < t, a, b) - y",                     "t a b",       "a b"),
    ("floor(a)*x + b - y",                         "a b",         "b"),
    ("a*x + b - y",                                "a b",         "a b"),
    ("sin(w*x) - y",                               "w",           ""),
]
# fmt: on


@pytest.mark.parametrize(("residual", "names", "expected"), LINEAR)
def test_the_largest_set_of_linear_parameters_is_found(residual, names, expected):
    assert linear_names([parse(residual)], names.split()) == tuple(expected.split())


def test_parameters_are_linear_only_where_all_residuals_are():
    both = [parse("a*exp(-k*x) - y"), parse("a^2*x + b - z")]
    assert linear_names(both, ["a", "b", "k"]) == ("b",)


def test_the_product_of_two_alone_is_linear_in_one_of_them():
    assert len(linear_names([parse("a*b*c*x - y")], ["a", "b", "c"])) == 1


def gauss(x, values):
    m, s = values
    return np.exp(-(((x - m) / s) ** 2))


def test_the_projected_loss_is_the_least_over_the_linear_parameters():
    rng = np.random.default_rng(3)
    y = rng.normal(size=len(X))
    model = split([parse("a*exp(-((x - m)/s)^2) + b + c*x - y")], ("a", "m", "s", "b", "c"), ("x", "y"))
    plane = Projected(model, (X, y))
    for at in rng.uniform(0.5, 3.0, (5, 2)):
        A = np.column_stack([gauss(X, at), np.ones_like(X), X])
        solution, loss, *_ = np.linalg.lstsq(A, y, rcond=None)
        assert plane(at).loss == pytest.approx(float(loss[0]), rel=1e-12)
        assert plane.solved(at) == pytest.approx(solution, rel=1e-9)


def test_the_gradient_of_the_projected_loss_agrees_with_small_steps():
    rng = np.random.default_rng(4)
    y = 2 * gauss(X, (1.8, 0.7)) + 0.1 * rng.normal(size=len(X))
    model = split([parse("a*exp(-((x - m)/s)^2) + b - y")], ("a", "m", "s", "b"), ("x", "y"))
    plane = Projected(model, (X, y))
    at = np.array([1.6, 0.9])
    system = plane(at)
    slopes = 2 * system.R.T @ system.z
    for i in range(2):
        step = np.eye(2)[i] * 1e-6
        assert slopes[i] == pytest.approx((plane(at + step).loss - plane(at - step).loss) / 2e-6, rel=1e-6)


def test_collinear_terms_still_have_a_solution():
    model = split([parse("a*exp(-k*x) + b*exp(-k*x) + c - y")], ("a", "b", "c", "k"), ("x", "y"))
    assert model.linear == ("a", "b", "c")
    plane = Projected(model, (X, 4 * np.exp(-2 * X) + 1))
    found = plane.solved(np.array([2.0]))
    assert found == pytest.approx([2.0, 2.0, 1.0], rel=1e-9)
    assert plane(np.array([2.0])).loss < 1e-25


def test_a_column_of_zeros_takes_no_part():
    model = split([parse("a*z*exp(k*x) + c - y")], ("a", "c", "k"), ("x", "y", "z"))
    assert Projected(model, (X, 2 + 0 * X, 0 * X)).solved(np.array([1.0])).tolist() == pytest.approx([0.0, 2.0])


def test_a_direction_that_the_linear_parameters_take_up_has_no_slope():
    model = split([parse("a*b*exp(-k*x) - y")], ("a", "b", "k"), ("x", "y"))
    found = levenberg_marquardt(Projected(model, (X, 3 * np.exp(-X))), np.array([5.0, 2.0]))
    assert found.at == pytest.approx([5.0, 1.0], rel=1e-6)  # b stays where it was: a does its work


def test_where_a_term_overflows_there_is_no_system():
    model = split([parse("a*exp(k*x) - y")], ("a", "k"), ("x", "y"))
    plane = Projected(model, (X, X))
    with np.errstate(all="raise"):
        assert plane(np.array([1e6])) is None
    assert np.isnan(plane.solved(np.array([1e6]))).all()


def test_several_residuals_share_their_linear_parameters():
    residuals = [parse("a*exp(-k*x) - y"), parse("a*(1 - exp(-k*x)) + c - z")]
    model = split(residuals, ("a", "k", "c"), ("x", "y", "z"))
    plane = Projected(model, (X, 3 * np.exp(-2 * X), 3 * (1 - np.exp(-2 * X)) + 1))
    assert plane.solved(np.array([2.0])) == pytest.approx([3.0, 1.0])
    found = levenberg_marquardt(plane, np.array([0.5]))
    assert found.at == pytest.approx([2.0])
    assert found.system.loss < 1e-25


def test_parameters_that_are_kept_are_not_projected():
    model = split([parse("a*exp(-k*x) + c - y")], ("a", "k", "c"), ("x", "y"), kept={"c"})
    assert model.linear == ("a",)
    assert model.others == ("k", "c")


def test_the_projected_search_needs_no_more_steps_than_the_whole_one_and_ends_there():
    rng = np.random.default_rng(5)
    y = 3 * np.exp(-0.4 * X) + 2 * np.exp(-3 * X) + 0.01 * rng.normal(size=len(X))
    residual, names = parse("a*exp(-b*x) + c*exp(-d*x) - y"), ("a", "b", "c", "d")
    half = Projected(split([residual], names, ("x", "y")), (X, y))
    whole = Projected(split([residual], names, ("x", "y"), kept=set(names)), (X, y))
    short = levenberg_marquardt(half, np.array([0.2, 5.0]))
    long = levenberg_marquardt(whole, np.array([1.0, 0.2, 1.0, 5.0]))
    assert short.system.loss == pytest.approx(long.system.loss, rel=1e-9)
    assert short.evaluations <= long.evaluations
