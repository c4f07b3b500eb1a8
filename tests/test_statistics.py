"""What a fit is worth: errors, intervals, what is not determined, tests of residuals, comparisons; against others."""

import itertools
import json
import math

import numpy as np
import pytest
import scipy.optimize
import scipy.special
import scipy.stats

from symdiff.errors import FitError
from symdiff.fit import fit
from symdiff.fit.statistics.comparing import compare
from symdiff.fit.statistics.diagnostics import durbin_watson, normality, run_ways, runs, spread
from symdiff.fit.statistics.distributions import (
    chi2_quantile,
    chi2_tail,
    f_quantile,
    f_tail,
    normal_quantile,
    normal_tail,
    t_quantile,
    t_tail,
)
from symdiff.fit.statistics.figures import Statistics

X = np.linspace(0, 5, 30)
LINE = 2 * X + 1 + 0.3 * np.random.default_rng(4).normal(size=30)
DECAY = 3 * np.exp(-0.8 * X) + 0.5 + 0.1 * np.random.default_rng(5).normal(size=30)


def decay(**options):
    return fit("a*exp(-b*x) + c", {"x": X, "y": DECAY}, start={"a": 1, "b": 1, "c": 0}, **options)


# -------------------------------------------------------------------------------------------------- distributions


DEGREES = [1, 2, 3, 4.5, 10, 29, 130, 12345, 1e6]


@pytest.mark.parametrize("df", DEGREES)
def test_tails_agree_with_scipy_far_out_too(df):
    for t in (0.01, 0.5, 1, 2, 4, 9, 30):
        assert t_tail(t, df) == pytest.approx(scipy.stats.t.sf(t, df), rel=1e-10)
        assert t_tail(-t, df) == pytest.approx(scipy.stats.t.sf(-t, df), rel=1e-10)
        assert chi2_tail(t * df / 3, df) == pytest.approx(scipy.stats.chi2.sf(t * df / 3, df), rel=1e-9, abs=1e-280)
        for above in (1, 2, 7, 40):
            assert f_tail(t, above, df) == pytest.approx(scipy.stats.f.sf(t, above, df), rel=5e-10, abs=1e-280)


@pytest.mark.parametrize("df", DEGREES)
def test_quantiles_agree_with_scipy(df):
    for p in (0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999):
        assert t_quantile(p, df) == pytest.approx(scipy.stats.t.ppf(p, df), rel=1e-10, abs=1e-14)
        assert chi2_quantile(p, df) == pytest.approx(scipy.stats.chi2.ppf(p, df), rel=1e-10)
        assert f_quantile(p, 3, df) == pytest.approx(scipy.stats.f.ppf(p, 3, df), rel=1e-10)
        assert normal_quantile(p) == pytest.approx(scipy.stats.norm.ppf(p), rel=1e-12, abs=1e-14)


def test_the_edges_of_distributions_are_values_not_errors():
    assert (normal_tail(0), t_tail(math.inf, 3), chi2_tail(-1, 2), f_tail(math.inf, 1, 2)) == (0.5, 0, 1, 0)
    assert (t_quantile(1, 3), t_quantile(0, 3)) == (math.inf, -math.inf)
    assert math.isnan(t_quantile(0.9, 0))
    assert math.isnan(t_tail(1, 0))
    assert math.isnan(f_tail(1, 2, 0))
    assert t_tail(1.3, math.inf) == normal_tail(1.3)


# ------------------------------------------------------------------------------------------------ standard errors


def least_squares(J, y, w=None):
    """Coefficients and their covariance by the textbook, through NumPy's pseudo-inverse."""
    w = np.ones(len(y)) if w is None else w
    A, b = J * w[:, None], y * w
    p = np.linalg.pinv(A) @ b
    inverse = np.linalg.inv(A.T @ A)
    return p, inverse, float(np.sum((b - A @ p) ** 2))


def test_errors_of_a_line_are_those_of_the_textbook():
    found = fit("a*x + b", {"x": X, "y": LINE})
    J = np.column_stack([X, np.ones(30)])
    p, inverse, rss = least_squares(J, LINE)
    assert list(found.values.values()) == pytest.approx(p, rel=1e-12)
    assert found.rss == pytest.approx(rss, rel=1e-12)
    assert found.covariance == pytest.approx(inverse * rss / 28, rel=1e-10)
    assert found.errors["a"] == pytest.approx(scipy.stats.linregress(X, LINE).stderr, rel=1e-10)
    assert found.r_squared == pytest.approx(scipy.stats.linregress(X, LINE).rvalue ** 2, rel=1e-12)
    assert found.correlations[0, 1] == pytest.approx(inverse[0, 1] / math.sqrt(inverse[0, 0] * inverse[1, 1]))
    assert found.degrees_of_freedom == 28
    assert found.reduced_chi_squared == pytest.approx(rss / 28)
    assert found.adjusted == pytest.approx(1 - (1 - found.r_squared) * 29 / 28)


def test_errors_of_a_decay_are_those_of_scipy():
    found = decay()
    p, covariance = scipy.optimize.curve_fit(lambda x, a, b, c: a * np.exp(-b * x) + c, X, DECAY, p0=[1, 1, 0])
    assert list(found.values.values()) == pytest.approx(p, rel=1e-5)
    assert found.covariance == pytest.approx(covariance, rel=1e-3)


def test_certified_errors_are_met(external):
    for name, digits in (("Misra1a", 9), ("MGH10", 9), ("Longley", 11), ("Filip", 6), ("NoInt1", 12), ("Hahn1", 8)):
        record = json.loads((external / "nist" / f"{name}.json").read_text())
        columns = dict(zip(record["columns"], np.array(record["rows"], float).T.copy(), strict=True))
        start = record["start2"] and dict(zip(record["parameters"], record["start2"], strict=True))
        found = fit(record["model"], columns, y=record["response"], start=start)
        for parameter, error in zip(record["parameters"], record["certified_std"], strict=True):
            assert found.errors[parameter] == pytest.approx(error, rel=10**-digits), (name, parameter)
        assert found.degrees_of_freedom == record["df"]
        if record.get("r_squared"):
            assert found.r_squared == pytest.approx(record["r_squared"], rel=1e-9)


def test_sigmas_are_relative_unless_they_are_said_to_be_absolute():
    sigma = 0.2 + 0.1 * X
    J = np.column_stack([X, np.ones(30)])
    p, inverse, rss = least_squares(J, LINE, 1 / sigma)
    relative = fit("a*x + b", {"x": X, "y": LINE, "s": sigma}, sigma="s")
    absolute = fit("a*x + b", {"x": X, "y": LINE, "s": sigma}, sigma="s", absolute_sigma=True)
    weighted = fit("a*x + b", {"x": X, "y": LINE, "w": 7 / sigma**2}, weights="w")
    assert list(relative.values.values()) == pytest.approx(p)
    assert relative.covariance == pytest.approx(inverse * rss / 28, rel=1e-9)
    assert absolute.covariance == pytest.approx(inverse, rel=1e-9)
    assert weighted.covariance == pytest.approx(relative.covariance, rel=1e-9)
    assert weighted.r_squared == pytest.approx(relative.r_squared)


def test_a_tied_parameter_has_the_error_of_its_formula_and_a_fixed_one_none():
    found = fit("a*x + b + c*x^2", {"x": X, "y": LINE}, tied={"b": "a^2/4"}, fixed={"c": 0})
    assert found.parameters == ("a", "b", "c")
    assert found.values["b"] == pytest.approx(found.values["a"] ** 2 / 4)
    assert found.errors["b"] == pytest.approx(found.values["a"] / 2 * found.errors["a"])
    assert found.errors["c"] == 0
    assert found.correlations[0, 1] == pytest.approx(1)


def test_a_parameter_at_its_bound_has_no_error_and_the_others_are_as_if_it_were_fixed():
    found = fit("a*x + b + c*x^2", {"x": X, "y": LINE}, bounds={"c": (0.2, 1)})
    fixed = fit("a*x + b", {"x": X, "y": LINE - 0.2 * X**2})
    assert found.values["c"] == 0.2
    assert math.isnan(found.errors["c"])
    assert [found.errors[name] for name in "ab"] == pytest.approx([fixed.errors[name] for name in "ab"], rel=1e-6)


def test_without_rows_to_spare_there_are_no_errors():
    found = fit("a*x + b", [(1, 2), (2, 5)])
    assert found.degrees_of_freedom == 0
    assert math.isnan(found.errors["a"])
    assert math.isnan(found.reduced_chi_squared)
    assert all(math.isnan(end) for end in found.intervals()["a"])


def test_errors_do_not_mind_the_unit_of_the_response():
    here = fit("a*x + b", {"x": X, "y": LINE})
    small = fit("a*x + b", {"x": X, "y": LINE * 1e-300})
    assert small.errors["a"] == pytest.approx(here.errors["a"] * 1e-300, rel=1e-6)
    assert small.correlations[0, 1] == pytest.approx(here.correlations[0, 1], rel=1e-9)


def test_a_robust_fit_has_the_errors_of_the_sandwich():
    y = LINE.copy()
    y[[3, 20]] += 9
    found = fit("a*x + b", {"x": X, "y": y}, loss="soft_l1", loss_scale=0.4)
    J = np.column_stack([X, np.ones(30)])
    u = (J @ list(found.values.values()) - y) / 0.4
    first, second = u / np.sqrt(1 + u**2) / 0.4, (1 + u**2) ** -1.5 / 0.4**2
    H = np.linalg.inv((J * second[:, None]).T @ J)
    expected = H @ ((J * first[:, None]).T @ (J * first[:, None])) @ H * 30 / 28
    assert found.covariance == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    "asked", [{"loss": "abs(r)"}, {"loss": "huber", "loss_scale": 1e-9}, {"loss": "soft_l1", "loss_scale": 1e-6}]
)
def test_a_loss_with_hardly_a_curved_row_has_the_errors_of_the_median(asked):
    y = 3 + np.random.default_rng(4).normal(0, 0.5, 900)
    found = fit("a", {"y": y}, x=[], start={"a": 2.9}, **asked)
    assert found.errors["a"] == pytest.approx(math.sqrt(math.pi / 2) * 0.5 / 30, rel=0.15)
    assert found.degrees_of_freedom == 899


def test_a_loss_without_any_curvature_has_no_errors():
    found = Statistics(fit("a*x + b", {"x": X, "y": LINE}, loss="abs(f - y)").problem, np.array([2.0, 1.0]))
    assert found.straight
    assert np.isnan(found.errors).all()
    assert found.rank == 2


def test_r_squared_is_for_sums_of_squares_only():
    data = {"x": X, "y": LINE}
    assert all([math.isnan(fit("a*x + b", data, loss=loss).r_squared) for loss in ("huber", "r^4", "abs(r)")])


def test_a_parameter_tied_to_one_at_its_bound_has_the_error_of_the_others():
    found = fit("a*x + b", {"x": X, "y": LINE}, constraints="a < b/100", start={"a": 0, "b": 1})
    assert found.errors["a"] == pytest.approx(found.errors["b"] / 100)


def test_counts_have_the_errors_of_the_likelihood():
    counts = np.random.default_rng(6).poisson(np.exp(0.5 + 0.4 * X)).astype(float)
    found = fit("exp(a + b*x)", {"x": X, "y": counts}, loss="poisson", start={"a": 0.5, "b": 0.5})
    J = np.column_stack([np.ones(30), X])
    mean = np.exp(J @ list(found.values.values()))
    assert found.covariance == pytest.approx(np.linalg.inv((J * mean[:, None]).T @ J), rel=1e-6)
    assert J.T @ (counts - mean) == pytest.approx([0, 0], abs=1e-4)


def test_a_loss_of_one_s_own_is_read_as_a_negative_log_likelihood():
    share = 1 / (1 + np.exp(-(0.8 * X - 2)))
    labels = np.where(np.random.default_rng(7).random(30) < share, 1.0, -1.0)
    own = fit("a + b*x", {"x": X, "y": labels}, loss="log(1 + exp(-y*f))", start={"a": 0, "b": 0})
    table = fit("1/(1 + exp(-(a + b*x)))", {"x": X, "y": (labels + 1) / 2}, loss="binomial", start={"a": -1, "b": 0.5})
    assert list(own.errors.values()) == pytest.approx(list(table.errors.values()), rel=1e-4)
    assert own.aic == pytest.approx(table.aic, rel=1e-6)


def test_criteria_count_the_scatter_as_a_parameter():
    found = fit("a*x + b", {"x": X, "y": LINE})
    residuals = LINE - found.predict(X)
    likelihood = scipy.stats.norm.logpdf(residuals, scale=math.sqrt(np.mean(residuals**2))).sum()
    assert found.aic == pytest.approx(-2 * likelihood + 6)  # as R's AIC(lm(y ~ x))
    assert found.bic == pytest.approx(-2 * likelihood + 3 * math.log(30))
    assert found.aicc == pytest.approx(found.aic + 24 / 26)
    known = fit("a*x + b", {"x": X, "y": LINE}, sigma=0.3, absolute_sigma=True)
    assert known.aic == pytest.approx(-2 * scipy.stats.norm.logpdf(residuals, scale=0.3).sum() + 4)


# ---------------------------------------------------------------------------------------------------- intervals


def test_linear_intervals_hold_the_true_value_as_often_as_they_say():
    rng, inside = np.random.default_rng(8), 0
    for _ in range(400):
        low, high = fit("a*x + b", {"x": X[:8], "y": 2 * X[:8] + 1 + rng.normal(size=8)}).intervals(0.9)["a"]
        inside += low <= 2 <= high
    assert 0.86 < inside / 400 < 0.94


def test_the_profile_of_a_linear_model_is_the_linear_interval():
    found = fit("a*x^2 + b*x + c", {"x": X, "y": LINE})
    for name, ends in found.intervals(kind="profile").items():
        assert ends == pytest.approx(found.intervals()[name], rel=1e-6)


def test_profiles_are_those_of_lmfit():
    lmfit = pytest.importorskip("lmfit")
    found = decay()
    model = lmfit.Minimizer(
        lambda p: p["a"] * np.exp(-p["b"] * X) + p["c"] - DECAY, lmfit.create_params(a=3, b=0.8, c=0.5)
    )
    limits = lmfit.conf_interval(model, model.leastsq(), sigmas=[0.95])
    for name, (low, high) in found.intervals(kind="profile").items():
        assert (low, high) == pytest.approx((limits[name][0][1], limits[name][2][1]), rel=1e-3)


def test_a_profile_that_never_rises_has_no_end():
    x = np.array([1.0, 2, 3, 4, 5])
    found = fit("a*x/(k + x)", {"x": x, "y": [1.0, 2.1, 2.8, 4.2, 4.9]}, start={"a": 20, "k": 20})
    low, high = found.intervals(kind="profile")["a"]
    assert 0 < low < found.values["a"]
    assert high == math.inf


def test_profiles_stop_at_bounds():
    found = fit("a*x + b", {"x": X, "y": LINE}, bounds={"a": (1.93, 2.2)}, start={"a": 2.1, "b": 1})
    free = fit("a*x + b", {"x": X, "y": LINE})
    assert 1.93 < free.values["a"] < 2.2
    low, high = found.intervals(kind="profile", level=0.9999)["a"]
    assert (low, high) == (1.93, pytest.approx(free.intervals(0.9999)["a"][1]))


def test_a_profile_of_counts_is_that_of_the_likelihood():
    found = fit("a", {"x": [1, 2, 3], "y": [4, 7, 5]}, x=[], loss="poisson", start={"a": 4})
    low, high = found.intervals(kind="profile")["a"]

    def rise(a):
        return 2 * (3 * a - 16 * math.log(a)) - 2 * (16 - 16 * math.log(16 / 3))

    assert [rise(low), rise(high)] == pytest.approx([scipy.stats.chi2.ppf(0.95, 1)] * 2, rel=1e-5)


def test_what_cannot_be_an_interval_is_refused():
    found = decay()
    with pytest.raises(FitError, match="the level is 95"):
        found.intervals(95)
    with pytest.raises(FitError, match="no interval of kind 'exact'"):
        found.intervals(kind="exact")
    with pytest.raises(FitError, match="no likelihood"):
        decay(loss="huber").intervals(kind="profile")


def test_a_profile_that_meets_a_lower_loss_says_so():
    found = fit("a*sin(b*x)", {"x": X, "y": 2 * np.sin(3 * X)}, start={"a": 1, "b": 1}, fixed={})
    elsewhere = Statistics(found.problem, np.array([0.3, 1.37]))
    from symdiff.fit.statistics.intervals import intervals

    with pytest.raises(FitError, match="the fit is not at the least"):
        intervals(elsewhere, kind="profile")


# ------------------------------------------------------------------------------------------------- not determined


U, V = np.random.default_rng(9).normal(size=(2, 30))
GROWTH = 3 * np.exp(-0.8 * X)
SATURATION = X / (1 + 0.5 * X)

# fmt: off
NOT_DETERMINED = [
    # model              columns                         what is determined of the rest, silent ones in brackets
    ("(a + b)*x + c",    {"x": X, "y": LINE},            ["a + b"]),
    ("(a + 2*b)*x",      {"x": X, "y": LINE},            ["a + 2*b"]),
    ("(a - b)*x + c",    {"x": X, "y": LINE},            ["a - b"]),
    ("a*b*x + c",        {"x": X, "y": LINE},            ["a*b"]),
    ("a*x/b + c",        {"x": X, "y": LINE},            ["a/b"]),
    ("a*b^2*x + c",      {"x": X, "y": LINE},            ["a*b^2"]),
    ("a*b*c*x + d",      {"x": X, "y": LINE},            ["a*b*c"]),
    ("(a + b + c)*x + d", {"x": X, "y": LINE},           ["a + b + c"]),
    ("a*(b + c)*x + d",  {"x": X, "y": LINE},            ["a*(b + c)"]),
    ("a*x + b*x + c + d", {"x": X, "y": LINE},           ["a + b", "c + d"]),
    ("a*exp(b - d*x)",   {"x": X, "y": GROWTH},          ["a*exp(b)"]),
    ("a*exp(b*c*x)",     {"x": X, "y": GROWTH},          ["b*c"]),
    ("a*x/(b + c*x)",    {"x": X, "y": SATURATION},      ["a/c and b/c"]),
    ("a*u + b*v + c",    {"u": U, "v": 2.54*U, "y": V},  ["a + 2.54*b"]),
    ("a*u + b*v + c*w",  {"u": U, "v": V, "w": U + V, "y": U}, ["a + c and b + c"]),
    ("a*u + b*v + c",    {"u": U, "v": 0*U, "y": V},     ["(b)"]),
    ("a*u + b*v + c*u",  {"u": U*1e-9, "v": V*1e12, "y": V}, ["a + c"]),
    ("a*x + b",          {"x": [1, 1, 1], "y": [1, 2, 3]}, ["a + b"]),
    ("a*x + b",          {"x": X, "y": LINE},            []),
    ("a*x^2 + b*x + c",  {"x": 1e5 + X, "y": LINE},      []),
]
# fmt: on


@pytest.mark.parametrize(("model", "data", "expected"), NOT_DETERMINED, ids=[row[0] for row in NOT_DETERMINED])
def test_what_is_not_determined_is_named(model, data, expected):
    names = "abcd"
    found = fit(model, data, start={n: 0.7 + 0.3 * i for i, n in enumerate(names) if n in model.replace("exp", "")})
    told = [" and ".join(one.determined) or f"({', '.join(one.names)})" for one in found.undetermined]
    assert told == expected
    assert all(one.exact for one in found.undetermined)
    loose = {name for one in found.undetermined for name in one.names}
    assert {name for name, error in found.errors.items() if math.isinf(error)} == loose
    assert math.isinf(found.condition) == bool(expected)


def test_thirds_are_written_as_quotients():
    found = fit("m*x + b/3*x + c", {"x": X, "y": LINE})
    assert found.undetermined[0].determined == ("m + b/3",)


def test_columns_beyond_the_ratios_of_floats_are_named_all_the_same():
    x = 1e9 + np.arange(11.0)
    found = fit("a*exp(-b*x) + c", {"x": x, "y": np.cos(x)}, start={"a": 1e295, "b": 6.7e-7, "c": 0})
    assert "condition" in found.report()


def test_a_combination_that_is_determined_has_its_value_and_error():
    whole, parts = fit("m*x + c", {"x": X, "y": LINE}), fit("(a + b)*x + c", {"x": X, "y": LINE})
    assert parts.undetermined[0].worth[0] == pytest.approx((whole.values["m"], whole.errors["m"]))
    assert parts.errors["c"] == pytest.approx(whole.errors["c"])
    assert parts.degrees_of_freedom == whole.degrees_of_freedom


def test_columns_that_are_others_in_another_unit_are_named():
    told = fit("a*u + b*v + c", {"u": U, "v": 1.8 * U + 32, "y": V}).report()
    assert "Only a + 1.8*b and c + 32*b are determined" in " ".join(told.split()) or "1.8" in told
    assert "v = 1.8*u + 32 in every row" in " ".join(told.split())
    assert "independent" not in fit("a*u + b*v + c", {"u": U, "v": V, "y": U}).report()


def test_what_is_exchanged_only_near_here_is_said_to_be_so():
    found = fit("sqrt(a^2 + b^2)*x + c", {"x": X, "y": LINE}, start={"a": 1, "b": 1, "c": 0})
    assert [one.exact for one in found.undetermined] == [False]
    assert "to first order here" in str(found.undetermined[0])


# ------------------------------------------------------------------------------------------------------ residuals


def test_numbers_of_runs_are_counted_right():
    for above, below in ((2, 3), (4, 4), (1, 5)):
        signs = [True] * above + [False] * below
        orders = set(itertools.permutations(signs))
        counts = [1 + sum(a != b for a, b in itertools.pairwise(order)) for order in orders]
        assert [run_ways(r, above, below) for r in range(10)] == [counts.count(r) for r in range(10)]


def test_tests_of_residuals_are_as_their_formulas():
    r = np.random.default_rng(10).normal(size=80)
    assert durbin_watson(r).statistic == pytest.approx(np.sum(np.diff(r) ** 2) / np.sum(r**2))
    n = len(r)
    square = scipy.stats.anderson(r, "norm", method="interpolate").statistic * (1 + 0.75 / n + 2.25 / n**2)
    assert normality(r).statistic == pytest.approx(square, rel=1e-9)
    fitted = np.linspace(1, 2, n)
    assert spread(r, fitted).p == pytest.approx(
        scipy.stats.chi2.sf(n * scipy.stats.linregress(fitted, r**2).rvalue ** 2, 1), rel=1e-8
    )


def test_the_chances_of_tests_are_right_for_good_residuals():
    rng = np.random.default_rng(11)
    ps = np.array([[runs(r).p, durbin_watson(r).p, normality(r).p, spread(r, X).p] for r in rng.normal(size=(400, 30))])
    assert ((ps < 0.1).mean(axis=0) < 0.15).all()
    assert ((ps < 0.1).mean(axis=0) > 0.04).all()


def test_a_missed_curve_is_seen_in_the_order_of_x_not_of_the_rows():
    mixed = np.random.default_rng(12).permutation(30)
    y = 0.3 * X**2 + 0.2 * np.random.default_rng(13).normal(size=30)
    found = fit("a*x + b", {"x": X[mixed], "y": y[mixed]})
    assert found.diagnostics["runs"].p < 0.01
    assert "misses a curve" in found.report()


def test_growing_errors_are_seen():
    x = np.linspace(0.1, 5, 300)
    y = x * (2 + 0.4 * np.random.default_rng(14).normal(size=300))
    assert "grow with the fitted value" in fit("a*x", {"x": x, "y": y}).diagnostics["spread"].words


def test_what_a_descent_has_left_undone_is_not_the_fault_of_the_data():
    x = np.arange(-5.0, 5.0)
    found = fit("parabola", {"x": x, "y": 2 * x**2 - 3 * x + 1}, rate=0.0054)
    assert found.reason == "converged"
    assert found.statistics.unfinished > 0.99
    assert not found.diagnostics.outliers
    assert "left undone" in found.diagnostics.note
    assert "method=" in found.report()
    assert fit("parabola", {"x": x, "y": np.sin(x)}).statistics.unfinished < 1e-6


@pytest.mark.parametrize("asked", [{}, {"sigma": 1e-3}, {"weights": 100.0}])
def test_residuals_that_are_rounding_are_not_tested(asked):
    found = fit("a*exp(-b*x) + c", {"x": X, "y": 3 * np.exp(-0.7 * X) + 0.5}, **asked)
    assert found.statistics.exact
    assert not found.diagnostics.tests


def test_outliers_are_named_by_their_rows():
    y = LINE.copy()
    y[11] += 4
    found = fit("a*x + b", {"x": [*X[:5], None, *X[5:]], "y": [*y[:5], 0, *y[5:]]})
    (one,) = [row for row in found.diagnostics.outliers if row.out]
    assert one.row == 13  # the twelfth of the values, behind the one that was skipped, counted from 1


def test_an_outlier_is_as_far_out_as_the_fit_without_it_says():
    y = LINE.copy()
    y[11] += 4
    found = fit("a*x + b", {"x": X, "y": y})
    one = found.diagnostics.outliers[0]
    rest = fit("a*x + b", {"x": np.delete(X, 11), "y": np.delete(y, 11)})
    gap = y[11] - rest.predict(X[11])
    slopes = np.array([X[11], 1])
    deviation = math.sqrt(rest.reduced_chi_squared + slopes @ rest.covariance @ slopes)
    assert one.residual == pytest.approx(gap / deviation, rel=1e-9)
    moved = np.array([found.values[n] - rest.values[n] for n in "ab"])
    J = np.column_stack([X, np.ones(30)])
    assert one.cook == pytest.approx(moved @ J.T @ J @ moved / 2 / found.reduced_chi_squared, rel=1e-8)
    assert one.leverage == pytest.approx(slopes @ np.linalg.inv(J.T @ J) @ slopes)


def test_good_data_are_not_complained_about():
    complaints = 0
    for seed in range(60):
        y = 2 * X + 1 + np.random.default_rng(seed).normal(size=30)
        found = fit("a*x + b", {"x": X, "y": y}).diagnostics
        complaints += bool(found.complaints or found.outliers)
    assert complaints <= 12


def test_counts_that_scatter_too_much_are_seen():
    rng = np.random.default_rng(15)
    mean = np.exp(1 + 0.4 * np.repeat(X, 5))
    wild = rng.poisson(mean * rng.gamma(1.0, 1.0, size=150)).astype(float)
    found = fit("exp(a + b*x)", {"x": np.repeat(X, 5), "y": wild}, loss="poisson", start={"a": 1, "b": 0.4})
    assert "scatter more than Poisson" in found.report()


# ----------------------------------------------------------------------------------------------------- comparisons


def test_nested_models_are_put_to_the_f_test():
    y = LINE + 0.15 * X**2
    small, large = fit("a*x + b", {"x": X, "y": y}), fit("p*x^2 + q*x + r", {"x": X, "y": y})
    (one,) = compare(large, small).verdicts
    F = (small.rss - large.rss) / (large.rss / 27)
    assert (one.smaller, one.larger, one.nested) == (1, 0, True)
    assert one.statistic == pytest.approx(F)
    assert one.p == pytest.approx(scipy.stats.f.sf(F, 1, 27))
    assert "the larger model explains more than chance" in one.words


def test_a_larger_model_that_explains_nothing_is_not_kept():
    found = compare(fit("a*x + b", {"x": X, "y": LINE}), fit("a*x^2 + b*x + c", {"x": X, "y": LINE}))
    assert "may be chance" in found.verdicts[0].words
    assert found.best == 0
    assert sum(found.weights) == pytest.approx(1)


def test_models_of_which_none_holds_the_other_are_compared_by_criteria():
    found = compare(fit("a*exp(b*x)", {"x": X, "y": LINE}), fit("a*x^2 + b*x + c", {"x": X, "y": LINE}))
    assert not found.verdicts[0].nested
    assert "by AIC a*x^2 + b*x + c is better" in found.verdicts[0].words
    json.dumps(found.summary(), allow_nan=False)


def test_a_nonlinear_model_is_seen_to_hold_a_smaller_one():
    small = fit("a*exp(-b*x)", {"x": X, "y": DECAY}, start={"a": 1, "b": 1})
    (one,) = compare(small, decay()).verdicts
    assert one.nested
    assert one.p < 1e-3


def test_likelihoods_are_compared_by_their_ratio():
    counts = np.random.default_rng(16).poisson(np.exp(0.5 + 0.4 * X)).astype(float)
    data = {"x": X, "y": counts}
    small = fit("exp(a)", data, x=[], loss="poisson", start={"a": 1})
    large = fit("exp(a + b*x)", data, loss="poisson", start={"a": 0.5, "b": 0.4})
    (one,) = compare(small, large).verdicts
    assert one.test == "chi squared"
    assert one.statistic == pytest.approx((small.loss - large.loss) * 30)
    assert one.p == pytest.approx(scipy.stats.chi2.sf(one.statistic, 1))


def test_fits_of_different_data_are_not_compared():
    here = fit("a*x + b", {"x": X, "y": LINE})
    for other, said in (
        (fit("a*x", {"x": X[:9], "y": LINE[:9]}), "different rows"),
        (fit("a*x", {"x": X, "y": DECAY}), "different responses"),
        (fit("a*x", {"x": X, "y": LINE}, sigma=X + 1), "different sigmas"),
        (fit("a*x", {"x": X, "y": LINE}, loss="huber"), "sigmas|no likelihood|different losses"),
    ):
        with pytest.raises(FitError, match=said):
            compare(here, other)
    with pytest.raises(FitError, match="two fits or more"):
        compare(here)


def test_a_model_compared_with_itself_is_said_to_be_the_same():
    one = fit("a*x + b", {"x": X, "y": LINE})
    (verdict,) = compare(one, one).verdicts
    assert verdict.words == "both are the same model, a*x + b: there is nothing to choose"
