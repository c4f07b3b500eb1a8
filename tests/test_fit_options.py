"""What can be asked of a fit beside a model and data: weights, errors in x, bounds, ties, robust losses."""

import pickle

import numpy as np
import pytest

from symdiff import fit
from symdiff.errors import DataError, FitError, ParseError
from symdiff.fit.losses import LOSSES, TUNED

RNG = np.random.default_rng(5)
X = np.linspace(0, 5, 60)
Y = 3 * np.exp(-1.3 * X) + 0.5 + RNG.normal(0, 0.03, 60)
DECAY, START = "a*exp(-b*x) + c", {"a": 1.0, "b": 1.0, "c": 0.0}
DATA = {"x": X, "y": Y}


def decay(x, a, b, c):
    return a * np.exp(-b * x) + c


def close(found, wanted, rel=1e-6):
    assert list(found.values.values()) == pytest.approx(list(wanted), rel=rel)


# ------------------------------------------------------------------------------------------------------------ weights


def test_sigma_weighs_the_rows_as_scipy_does():
    from scipy.optimize import curve_fit

    sigma = 0.02 + 0.05 * X
    wanted, covariance = curve_fit(decay, X, Y, [1, 1, 0], sigma=sigma, ftol=1e-14, xtol=1e-14)
    found = fit(DECAY, DATA, start=START, sigma=sigma)
    close(found, wanted)
    assert list(found.errors.values()) == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-4)
    assert fit(DECAY, DATA | {"s": sigma}, start=START, sigma="s").values == pytest.approx(found.values, rel=1e-9)
    assert fit(DECAY, DATA, start=START, sigma="0.02 + 0.05*x").values == pytest.approx(found.values, rel=1e-9)
    assert fit(DECAY, DATA, start=START, weights=sigma**-2).values == pytest.approx(found.values, rel=1e-9)


def test_absolute_errors_are_not_scaled_by_the_residuals():
    from scipy.optimize import curve_fit

    _, covariance = curve_fit(decay, X, Y, [1, 1, 0], sigma=np.full(60, 0.5), absolute_sigma=True, xtol=1e-14)
    found = fit(DECAY, DATA, start=START, sigma=0.5, absolute_sigma=True)
    assert list(found.errors.values()) == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-4)


def test_a_linear_model_obeys_its_weights_too():
    sigma = 0.1 + X
    slope, offset = np.polyfit(X, Y, 1, w=1 / sigma)
    close(fit("m*x + b", DATA, sigma=sigma), [slope, offset], rel=1e-10)


@pytest.mark.parametrize(("given", "reason"), [(0.0, "is 0"), (-1.0, "is negative"), (np.nan, "is nan")])
def test_a_row_whose_weight_means_nothing_is_skipped_and_listed(given, reason):
    weights = np.ones(60)
    weights[7] = given
    found = fit(DECAY, DATA, start=START, weights=weights)
    assert len(found.data) == 59
    assert [(one.row, reason in one.reason) for one in found.data.skipped] == [(8, True)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sigma": 1.0, "weights": 1.0}, "both sigma and weights"),
        ({"sigma": np.ones(3)}, "sigma has 3 numbers"),
        ({"sigma": -1.0}, "sigma is -1.0"),
        ({"sigma": "s"}, "no column 's'"),
        ({"absolute_sigma": True}, "there is none"),
        ({"fixed": {"q": 1.0}}, "no parameter 'q'"),
        ({"fixed": {"x": 1.0}}, "'x' is a column"),
        ({"fixed": {"a": float("nan")}}, "the value of a is nan"),
        ({"fixed": {"a": 1, "b": 1, "c": 1}}, "nothing to fit"),
        ({"tied": {"a": "b", "b": "a"}}, "circle"),
        ({"tied": {"a": "2*x"}}, "tied to x, a column"),
        ({"fixed": {"a": 1}, "tied": {"a": "b"}}, "both fixed and tied"),
        ({"bounds": {"a": (2, 1)}}, "the bounds of a are 2 and 1"),
        ({"bounds": {"a": 3}}, "the bounds of a are 3"),
        ({"bounds": {"aa": (0, 1)}}, "no parameter 'aa'"),
        ({"bounds": {"a": (0, 1)}, "tied": {"a": "2*b"}}, "a has bounds, and is 2\\*b"),
        ({"constraints": "a + b"}, "compares nothing"),
        ({"constraints": "a < z"}, "names z, no parameter"),
        ({"constraints": "exp(a)*b^2 < sin(a*b)"}, "no parameter .*can be isolated"),
        ({"loss": "hubber"}, "did you mean 'huber'"),
        ({"loss": "x^2"}, "neither a name nor a formula"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_next_step(options, message):
    with pytest.raises((FitError, DataError, ParseError), match=message):
        fit(DECAY, DATA, start=START, **options)


# ------------------------------------------------------------------------------------ fixed, tied, bounded, bound


def test_fixed_parameters_stay_and_the_others_fit_around_them():
    found = fit(DECAY, DATA, start=START, fixed={"c": 0.5})
    other = fit("a*exp(-b*x) + 0.5", DATA, start={"a": 1, "b": 1})
    assert found.values["c"] == 0.5
    assert found.values["a"] == pytest.approx(other.values["a"], rel=1e-9)
    assert found.errors["c"] == 0


def test_a_tie_holds_and_may_bring_a_parameter_of_its_own():
    found = fit(DECAY, DATA, start=START, tied={"c": "a/6"})
    assert found.values["c"] == found.values["a"] / 6
    assert found.errors["c"] == pytest.approx(found.errors["a"] / 6, rel=1e-9)
    grown = fit(DECAY, DATA, start={"a": 1, "c": 0, "t": 0}, tied={"b": "exp(t)"})
    assert grown.values["b"] == pytest.approx(fit(DECAY, DATA, start=START).values["b"], rel=1e-8)


def test_bounds_are_obeyed_as_scipy_obeys_them():
    from scipy.optimize import least_squares

    wanted = least_squares(lambda p: decay(X, *p) - Y, [1, 1, 0.1], bounds=([0, 0, 0], [9, 1.2, 9]), xtol=1e-15)
    found = fit(DECAY, DATA, start=START, bounds={"a": (0, 9), "b": (0, 1.2), "c": (0, None)})
    close(found, wanted.x, rel=1e-5)
    assert found.values["b"] == 1.2
    assert any("b ended at a bound" in note for note in found.notes)


def test_bounds_that_do_not_bind_change_nothing():
    free = fit(DECAY, DATA, start=START)
    bounded = fit(DECAY, DATA, start=START, bounds={"a": (0, None), "b": (None, 50)})
    assert bounded.values == pytest.approx(free.values, rel=1e-9)


def test_a_linear_model_may_be_bounded():
    assert fit("m*x + b", {"x": X, "y": 2 * X + 1}, bounds={"m": (0, 1.5)}).values["m"] == 1.5


@pytest.mark.parametrize("constraint", ["b <= c", "c >= b", "b - c <= 0", "2*b <= c + c"])
def test_a_constraint_between_parameters_holds(constraint):
    found = fit(DECAY, DATA, start={"a": 1.0, "b": 0.5}, constraints=constraint)
    assert found.values["b"] <= found.values["c"] + 1e-12
    free = fit(DECAY, DATA, start=START)
    assert found.rss > free.rss


def test_two_constraints_on_one_parameter_are_both_kept():
    found = fit(DECAY, DATA, start=START, constraints=["b > 0.5", "b < 1.2"])
    assert found.values["b"] == pytest.approx(1.2, rel=1e-12)


# -------------------------------------------------------------------------------------------------------- robust losses


@pytest.mark.parametrize("loss", ["soft_l1", "huber", "cauchy", "arctan"])
def test_a_robust_loss_is_scipy_s(loss):
    from scipy.optimize import least_squares

    rough = Y.copy()
    rough[::9] += 2.0
    scale = 0.1
    options = {"loss": loss, "f_scale": scale, "xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15}
    wanted = least_squares(lambda p: decay(X, *p) - rough, [3, 1.3, 0.5], **options)
    close(fit(DECAY, {"x": X, "y": rough}, start=START, loss=loss, loss_scale=scale), wanted.x, rel=1e-5)


@pytest.mark.parametrize("loss", list(TUNED))
def test_outliers_hardly_move_a_robust_fit(loss):
    rough = Y.copy()
    rough[3::7] += 4.0
    found = fit(DECAY, {"x": X, "y": rough}, start=START, loss=loss)
    clean = fit(DECAY, DATA, start=START)
    assert found.converged
    assert list(found.values.values()) == pytest.approx(list(clean.values.values()), rel=0.1)
    assert any("scale" in note for note in found.notes)


def test_a_formula_of_the_residual_is_a_loss():
    named = fit(DECAY, DATA, start=START, loss="cauchy", loss_scale=1.0)
    written = fit(DECAY, DATA, start=START, loss="log(1 + r^2)")
    assert written.values == pytest.approx(named.values, rel=1e-9)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_has_a_least_value_at_a_perfect_prediction(name):
    from symdiff import val
    from symdiff.fit.losses import loss_of

    loss = loss_of(name)
    env = [{"r": r} if loss.of_residual else {"f": 0.4 + r, "y": 0.4} for r in (0.0, -0.1, 0.1)]
    best, below, above = [float(val(loss.formula, at)) for at in env]
    assert best < min(below, above)


# --------------------------------------------------------------------------------- errors in x, implicit, several


def test_errors_in_x_give_what_odrpack_gives():
    odr = pytest.importorskip("scipy.odr", reason="SciPy has dropped it")
    rng = np.random.default_rng(3)
    t = np.linspace(0.2, 4, 40)
    x, y = t + rng.normal(0, 0.1, 40), 2 * np.exp(-0.8 * t) + 0.3 + rng.normal(0, 0.05, 40)
    model = odr.Model(lambda p, x: p[0] * np.exp(-p[1] * x) + p[2])
    job = odr.ODR(odr.RealData(x, y, sx=0.1, sy=0.05), model, beta0=[2, 0.8, 0.3], sstol=1e-15, partol=1e-15)
    wanted = job.run()
    found = fit(DECAY, {"x": x, "y": y}, start={"a": 1, "b": 1, "c": 0}, sigma=0.05, sigma_x=0.1)
    close(found, wanted.beta, rel=1e-5)
    assert list(found.errors.values()) == pytest.approx(wanted.sd_beta, rel=0.05)


def test_an_implicit_model_is_fitted_by_distances():
    rng = np.random.default_rng(4)
    angle = np.linspace(0, 5, 50)
    x, y = 2 + 3 * np.cos(angle), 1 + 3 * np.sin(angle)
    exact = fit("(x - p)^2 + (y - q)^2 = r^2", {"x": x, "y": y}, start={"p": 1, "q": 0, "r": 1})
    close(exact, [2, 1, 3], rel=1e-9)
    noisy = {"x": x + rng.normal(0, 0.1, 50), "y": y + rng.normal(0, 0.1, 50)}
    found = fit("(x - p)^2 + (y - q)^2 - r^2", noisy, y=0, start={"p": 1, "q": 0, "r": 1})
    p, q, r = found.values.values()
    distances = np.hypot(noisy["x"] - p, noisy["y"] - q) - r
    assert found.rss == pytest.approx(distances @ distances, rel=1e-9)
    for step in np.eye(3) * 1e-3:
        moved = np.hypot(noisy["x"] - p - step[0], noisy["y"] - q - step[1]) - r - step[2]
        assert moved @ moved > found.rss


def test_several_responses_share_their_parameters():
    rng = np.random.default_rng(6)
    data = {"t": X, "u": 2 * np.exp(-0.7 * X) + rng.normal(0, 0.01, 60), "v": 2 * X**0.7 + rng.normal(0, 0.01, 60)}
    found = fit({"u": "a*exp(-k*t)", "v": "a*t^k"}, data, start={"a": 1, "k": 1})
    close(found, [2, 0.7], rel=0.01)
    equations = fit(["u = a*exp(-k*t)", "v = a*t^k"], data, start={"a": 1, "k": 1})
    assert equations.values == found.values


def test_a_formula_of_columns_may_be_the_response():
    data = {"x": X, "y": np.exp(0.3 * X + 1)}
    close(fit("k*x + c", data, y="log(y)"), [0.3, 1.0], rel=1e-10)
    close(fit("log(y) = k*x + c", data), [0.3, 1.0], rel=1e-10)


def test_models_and_responses_must_go_together():
    with pytest.raises(FitError, match="2 models for 1 response"):
        fit(["a*x", "b*x"], DATA)


def test_errors_belong_to_columns_that_the_model_reads():
    with pytest.raises(FitError, match="sigma_x names q, and the model reads x"):
        fit("m*x + b", DATA, sigma_x={"q": 0.1})


def test_errors_are_a_number_of_any_kind_or_one_for_each_row():
    plain = fit(DECAY, DATA, start=START, sigma=0.5, absolute_sigma=True)
    for sigma in (np.float32(0.5), np.array(0.5), {"y": 0.5}):
        assert fit(DECAY, DATA, start=START, sigma=sigma, absolute_sigma=True).errors == plain.errors
    with pytest.raises(FitError, match="sigma is None"):
        fit(DECAY, DATA, sigma={"y": None})
    with pytest.raises(FitError, match=r"sigma has the shape \(60, 1\)"):
        fit(DECAY, DATA, sigma=np.ones((60, 1)))
    with pytest.raises(FitError, match="sigma for z, and what is fitted is y"):
        fit(DECAY, DATA, sigma={"y": 0.1, "z": 0.2})


# -------------------------------------------------------------------------------------------------------- constraints


def test_constraints_that_meet_in_an_edge_lead_to_the_least_loss_there():
    found = fit(DECAY, DATA, constraints=["a + b <= 1", "a - b >= -1"])
    slide = np.linspace(-3, 1, 400)  # along a - b = -1, with the best c
    decays = slide * np.exp(-np.outer(X, slide + 1))
    left = decays - Y[:, None]
    best = ((left - left.mean(axis=0)) ** 2).sum(axis=0).min()
    assert found.converged
    assert found.rss <= best * (1 + 1e-9)


@pytest.mark.parametrize(
    "constraints",
    [["a < b", "a < b"], ["a < b", "b < c", "a < c"], ["a < b", "a < c", "b < c"], "a < b < c", ["a < b", "b > 0"]],
)
def test_constraints_may_follow_from_each_other(constraints):
    found = fit(DECAY, DATA, constraints=constraints)
    assert found.values["a"] <= found.values["b"]
    if "c" in str(constraints):
        assert found.values["b"] <= found.values["c"]


@pytest.mark.parametrize("constraints", [["a < b", "b < a"], ["a > 0", "a < -1"], ["a + b < 1", "a + b > 2"], "1 < 0"])
def test_constraints_that_contradict_each_other_are_told(constraints):
    with pytest.raises(FitError, match="leaves no room beside the others"):
        fit(DECAY, DATA, constraints=constraints)


def test_a_gap_takes_no_name_that_is_there():
    found = fit("gap1*exp(-b*x) + c", DATA, constraints="b < gap1")
    assert found.rss == pytest.approx(fit("gap1*exp(-b*x) + c", DATA).rss)
    assert found.values["gap1"] - found.values["b"] == pytest.approx(found.values["gap2"])


def test_a_start_of_constrained_parameters_is_where_it_begins():
    found = fit(DECAY, DATA, constraints="b < a", start={"a": 3.0, "b": 1.0, "c": 0.5})
    assert found.starts is None
    assert found.start == {"a": 3.0, "c": 0.5, "gap1": 2.0}


def test_a_tie_to_what_is_fitted_is_refused():
    with pytest.raises(FitError, match="a is tied to y, a column"):
        fit(DECAY, DATA, tied={"a": "y"})
    with pytest.raises(FitError, match="reads y, which it is to predict"):
        fit("y*x + b", DATA, x="x")


# ------------------------------------------------------------------------------------------------------------- losses


@pytest.mark.parametrize("loss", ["log(s) + r^2/(2*s^2)", "log(s) + (f - y)^2/(2*s^2)"])
def test_a_parameter_of_the_loss_is_fitted_too(loss):
    found = fit("m*x + b", DATA, loss=loss)
    straight = fit("m*x + b", DATA)
    close(found, [*straight.values.values(), np.sqrt(straight.rss / 60)], rel=1e-6)
    fixed = fit("m*x + b", DATA, loss="r^2/(c^2 + r^2)", fixed={"c": 0.3}, start={"m": 0, "b": 1})
    assert fixed.values["c"] == 0.3


def test_a_loss_that_falls_without_end_has_not_converged():
    assert not fit("m*x + b", DATA, loss="r").converged


@pytest.mark.parametrize("scale", [0, -1, np.nan, np.inf, "x"])
def test_the_scale_of_a_loss_is_above_0(scale):
    with pytest.raises(FitError, match="the scale of the loss is"):
        fit(DECAY, DATA, loss="huber", loss_scale=scale)


def test_a_scale_where_there_is_none_is_refused():
    with pytest.raises(FitError, match="the loss squares has no scale"):
        fit(DECAY, DATA, loss_scale=2.0)


def test_errors_in_x_do_not_go_with_a_robust_loss():
    with pytest.raises(FitError, match="errors in x are fitted by squares of distances, not by the loss huber"):
        fit(DECAY, DATA, loss="huber", sigma=0.1, sigma_x=0.1)


@pytest.mark.parametrize(("loss", "y"), [("poisson", -1.0), ("binomial", 1.5)])
def test_a_response_that_cannot_occur_is_told_by_its_row(loss, y):
    response = np.full(60, 0.5)
    response[4] = y
    with pytest.raises(FitError, match=f"y is {y:g} in row 5"):
        fit("exp(m*x + b)", {"x": X, "y": response}, loss=loss)


@pytest.mark.parametrize("size", [1e-300, 1e300])
@pytest.mark.parametrize("loss", ["squares", "huber", "abs(r)"])
def test_a_response_whose_square_is_no_float_is_told(size, loss):
    with pytest.raises(FitError, match="its square is beyond floats"):
        fit("a*exp(-b*x)", {"x": X, "y": size * np.exp(-X)}, loss=loss)


def test_a_fixed_value_that_leaves_no_value_is_told():
    with pytest.raises(FitError, match="no finite value and slopes in row"):
        fit(DECAY, DATA, fixed={"b": -1000})


def test_a_start_in_bounds_without_value_there_is_told():
    with pytest.raises(FitError, match="no finite loss and slopes at the start"):
        fit("sqrt(a)*x + b", DATA, loss="(f - y)^2", bounds={"a": (-2, -1)}, start={"a": 1, "b": 0})


def test_a_problem_can_be_pickled():
    problem = fit(DECAY, DATA, loss="huber").problem
    again = pickle.loads(pickle.dumps(problem))
    at = np.array([1.0, 2.0, 3.0])
    assert (again.residuals(at) == problem.residuals(at)).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "lm", "rate": 0.1, "batch": 5}, "the method 'lm' takes no rate, batch"),
        ({"start": [1, 2]}, r"the start is \[1, 2\]"),
        ({"seed": -1}, "the seed is -1"),
        ({"x": 3}, "x is 3, no name"),
        ({"y": None}, "y is None"),
        ({"sigma_x": 0.1}, "there are none of y"),
    ],
)
def test_what_is_no_option_is_refused_and_not_ignored(options, message):
    with pytest.raises(FitError, match=message):
        fit(DECAY, DATA, **options)


def test_a_start_that_is_not_used_is_told():
    found = fit(DECAY, DATA, start={"a": 2.0, "b": 9.0, "c": 0.0}, bounds={"b": (0, 5)}, fixed={"c": 0.5})
    assert any("the start of b, 9, is outside its bounds" in note for note in found.notes)
    assert any("c is fixed: its start is not used" in note for note in found.notes)
