"""Fits without start values: the least loss is found, within bounds and budget, and again with the same seed."""

import json
import math

import numpy as np
import pytest

from symdiff.errors import FitError
from symdiff.fit import fit
from symdiff.fit.data.reading import table
from symdiff.fit.leastsquares.marquardt import levenberg_marquardt
from symdiff.fit.leastsquares.slopes import slopes
from symdiff.fit.leastsquares.systems import Few
from symdiff.fit.leastsquares.varpro import split
from symdiff.fit.problem import Ask, met, plan_for
from symdiff.fit.starts import Budget, search
from symdiff.fit.starts.peaks import peaks
from symdiff.fit.starts.phases import at_home, without_phases
from symdiff.fit.starts.pursuit import groups_of
from symdiff.fit.starts.roles import roles_of
from symdiff.fit.starts.straight import fraction, logarithm, solved, straightened
from symdiff.numeric.compile import compile
from symdiff.text.parse import parse

X = np.linspace(0.0, 10.0, 100)


def posed(ask, data):
    found = table({name: np.asarray(column, float) for name, column in data.items()})
    return met(plan_for(ask, found), found)


def problem_of(model, data, **more):
    return posed(Ask((model,), ("y",), **more), data)


def spoilt(model, data, true, noise, seed=0):
    """The data with a response: the model at the true values, with noise (a share of its standard deviation)."""
    f = compile(model, (*true, *data))
    y = np.array(f(*[float(value) for value in true.values()], *data.values()))
    return {**data, "y": y + noise * np.std(y) * np.random.default_rng(seed).normal(size=len(y))}


def least_from(problem, true):
    """The loss of the minimum that the true values lead to."""
    at = np.array([float(true[name]) for name in problem.plan.free])
    return levenberg_marquardt(Few(problem.plan, problem.arrays), at).system.loss


# ----------------------------------------------------------------------------------------------------------------- NIST

NIST = "Bennett5 BoxBOD Eckerle4 ENSO Gauss3 Hahn1 Kirby2 Lanczos3 MGH09 MGH10 MGH17 Nelson Thurber"


@pytest.mark.parametrize("name", NIST.split())
def test_nist_problems_need_no_start(external, name):
    entry = json.loads((external / "nist" / f"{name}.json").read_text())
    columns = dict(zip(entry["columns"], np.array(entry["rows"], float).T, strict=True))
    found = search(posed(Ask((entry["model"],), (entry["response"],)), columns))
    assert found.loss <= entry["rss"] * (1 + 1e-6)


# ------------------------------------------------------------------------------------------- models over several scales


def even(low, high, n=100):
    return {"x": np.linspace(low, high, n)}


def spaced(low, high, n=60):
    return {"x": np.geomspace(low, high, n)}


PAIRS = {"x1": np.random.default_rng(1).uniform(1, 100, 150), "x2": np.random.default_rng(2).uniform(1e-3, 1, 150)}

MODELS = {
    # model, data, true values, noise
    "damped oscillation": (
        "a*exp(-d*x)*sin(w*x + p) + c",
        even(0, 2e-8, 300),
        "a=1e-3 d=1.5e8 w=3e9 p=-1 c=1e-4",
        0.05,
    ),
    "lorentz": ("a*g^2/((x - m)^2 + g^2) + b", even(1e6, 2e6, 150), "a=12 g=2e4 m=1.37e6 b=3", 0.05),
    "a narrow dip": ("b - a/(1 + (2*(x - m)/w)^2)", even(0, 1000, 1000), "b=1 a=.3 m=733 w=5", 0.1),
    "sech squared": ("a*sech((x - m)/s)^2 + c", even(-30, 30, 150), "a=2e9 m=5 s=2.5 c=1e8", 0.05),
    "logistic": ("K/(1 + exp(-r*(x - t)))", even(1900, 2000, 60), "K=3e9 r=.12 t=1955", 0.02),
    "Gompertz": ("a*exp(-b*exp(-c*x))", even(0, 30, 40), "a=90 b=7 c=.3", 0.02),
    "Weibull": ("1 - exp(-(x/l)^k)", even(0.1, 40, 50), "l=12 k=1.7", 0.02),
    "Hill": ("a*x^n/(k^n + x^n)", spaced(1e-9, 1e-5), "a=80 n=1.8 k=2e-7", 0.03),
    "Michaelis, Menten": ("a*x/(b + x)", spaced(1e-6, 1e-3, 30), "a=2.5e-6 b=4e-5", 0.03),
    "Arrhenius": ("a*exp(-E/(8.314*x))", even(280, 360, 40), "a=2e10 E=55000", 0.05),
    "power, an offset": ("a*x^b + c", even(1, 80, 60), "a=.4 b=1.6 c=30", 0.03),
    "two decays": ("a*exp(-x/t) + c*exp(-x/u) + o", even(0, 2e-6, 200), "a=5e9 t=3e-8 c=3e9 u=4e-7 o=1e9", 0.01),
    "a step": ("a*erf((x - m)/(s*sqrt(2))) + c", even(0, 1e-3), "a=3 m=4e-4 s=5e-5 c=5", 0.05),
    "hyperbolic sine": ("a*sinh(b*x) + c", even(-3, 3, 60), "a=.5 b=1.1 c=1", 0.03),
    "chirp": ("a*sin(w*x + k*x^2 + p) + c", even(0, 10, 250), "a=2 w=3 k=.4 p=.5 c=1", 0.1),
    "a yearly wave": ("a*sin(2*pi*x/T + p) + b + c*x", even(1960, 2020, 720), "a=3 T=1 p=1 b=-100 c=.2", 0.2),
    "rational": ("(a + b*x + c*x^2)/(1 + h*x + k*x^2)", even(0, 1000), "a=10 b=.1 c=.003 h=-.002 k=4e-6", 0.02),
    "two inputs": ("a*x1^b*x2^c", PAIRS, "a=4e5 b=.7 c=-1.3", 0.03),
    "a plane, a decay": ("a + b*x1 + c*exp(-k*x2)", PAIRS, "a=1 b=.5 c=40 k=3", 0.03),
    "a kink": ("where(x < t, a + b*x, a + b*t + c*(x - t))", even(0, 100), "t=42 a=5 b=.5 c=-.8", 0.05),
    "a jump": ("where(x < t, a, b)", even(0, 1e4), "t=6100 a=5 b=7", 0.2),
    "years": ("a*exp(b*(x - 1990)) + c", even(1960, 2020, 60), "a=20 b=.05 c=280", 0.03),
    "a base": ("a*r^x + c", even(0, 100, 80), "a=5 r=.95 c=1", 0.03),
}


def entry(name):
    """A row of the table: model, data, true values, noise."""
    model, data, values, noise = MODELS[name]
    true = {p: float(value) for p, value in [pair.split("=") for pair in values.split()]}
    return model, data, true, noise


@pytest.mark.parametrize("name", MODELS)
def test_models_of_any_scale_reach_the_minimum_near_the_truth(name):
    model, data, true, noise = entry(name)
    problem = problem_of(model, spoilt(model, data, true, noise))
    found = search(problem)
    assert found.loss <= least_from(problem, true) * (1 + 1e-6)
    assert 1 <= found.agreed <= found.tried
    assert found.ways


# ------------------------------------------------------------------------------------------------ what is asked besides

DECAY = "a*exp(-b*x) + c"
NOISY = spoilt(DECAY, {"x": X}, {"a": 3, "b": 0.7, "c": 1}, 0.02)


def test_the_same_seed_gives_the_same_result():
    model, data, true, noise = entry("lorentz")
    problem = problem_of(model, spoilt(model, data, true, noise))
    first, again = search(problem, seed=5), search(problem, seed=5)
    assert first.at.tolist() == again.at.tolist()
    assert (first.tried, first.agreed) == (again.tried, again.agreed)


@pytest.mark.parametrize("seed", range(1, 4))
def test_any_seed_finds_the_same_minimum(seed):
    model, data, true, noise = entry("lorentz")
    problem = problem_of(model, spoilt(model, data, true, noise))
    assert search(problem, seed=seed).loss == pytest.approx(search(problem).loss, rel=1e-6)


def test_names_and_their_order_do_not_matter():
    swapped = {"y": NOISY["y"], "x": NOISY["x"]}
    losses = [search(problem_of(model, swapped)).loss for model in (DECAY, "z + q*exp(-m*x)", "b + c*exp(-a*x)")]
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-9)


@pytest.mark.parametrize("bounds", [{"b": (0, 0.5)}, {"a": (0, 2), "c": (1.2, 5)}, {"b": (-5, -0.1)}, {"a": (-9, -1)}])
def test_bounds_are_obeyed_and_what_they_allow_is_reached(bounds):
    limits = tuple([(name, low, high) for name, (low, high) in bounds.items()])
    problem = problem_of(DECAY, NOISY, bounds=limits)
    visited = []
    found = search(problem, seen=lambda at, loss: visited.append(at))
    lower, upper = problem.plan.limits.lower, problem.plan.limits.upper
    assert (lower <= found.at).all()
    assert (found.at <= upper).all()
    assert all((lower - 1e-12 <= at).all() and (at <= upper + 1e-12).all() for at in visited[-1:])
    plane, rng = Few(problem.plan, problem.arrays), np.random.default_rng(0)
    for _ in range(20):
        near = np.clip(found.at + 0.05 * rng.normal(size=3), lower, upper)
        assert plane(near).loss >= found.loss * (1 - 1e-9)


def test_starts_that_are_given_are_where_the_search_begins():
    data = {"x": X, "y": np.exp(-((X - 2) ** 2)) + 0.999 * np.exp(-((X - 7) ** 2))}
    model = "a*exp(-(x - m)^2)"
    low, high = (search(problem_of(model, data), {"m": m}) for m in (1.8, 7.1))
    assert low.at[1] == pytest.approx(2, abs=0.01)
    assert high.at[1] == pytest.approx(7, abs=0.01)
    assert search(problem_of(model, data)).at[1] == pytest.approx(2, abs=0.01)


def test_linear_models_are_solved_at_once():
    found = search(problem_of("m*x + b", {"x": X, "y": 2 * X + 1}))
    assert found.at == pytest.approx([2, 1])
    assert found.tried == 1
    assert found.reason == "agreed"


def test_fixed_and_tied_parameters_stay_so():
    problem = problem_of("a*exp(-b*x) + c", NOISY, tied=(("c", "a/3"),))
    found = search(problem)
    values = problem.values(found.at)
    assert values["c"] == pytest.approx(values["a"] / 3)
    assert values["b"] == pytest.approx(0.7, rel=0.05)


def test_several_responses_share_what_is_found():
    data = {"x": X, "y": 3 * np.sin(5 * X + 1) + 2, "z": -np.cos(5 * X + 1)}
    problem = posed(Ask(("a*sin(w*x + p) + c", "g*cos(w*x + p)"), ("y", "z")), data)
    found = search(problem)
    assert found.loss < 1e-20
    assert problem.values(found.at)["w"] == pytest.approx(5)


def test_a_robust_loss_is_searched_past_outliers():
    y = NOISY["y"].copy()
    y[::9] += 5
    found = search(problem_of(DECAY, {"x": X, "y": y}, loss="cauchy", sigmas=("0.02",)))
    assert found.at == pytest.approx([3, 0.7, 1], rel=0.05)


def test_a_likelihood_is_begun_at_the_least_squares():
    y = np.random.default_rng(0).poisson(30 * np.exp(-0.7 * X) + 1)
    assert search(problem_of(DECAY, {"x": X, "y": y}, loss="poisson")).at[0] == pytest.approx(30, rel=0.2)


def test_many_rows_are_searched_by_a_part_of_them():
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(0, 100, 200_000))
    y = 3 * np.exp(-((x - 44) ** 2) / 4) + rng.normal(size=len(x))
    problem = problem_of("a*exp(-(x - m)^2/s^2) + b", {"x": x, "y": y})
    found = search(problem)
    assert found.loss < 3000  # of some 2,000 rows with a variance of 1
    assert problem.values(found.at)["m"] == pytest.approx(44, abs=0.5)


def test_waves_too_fast_for_a_part_of_the_rows_are_found():
    x = np.sort(np.random.default_rng(0).uniform(0, 100, 20_000))
    problem = problem_of("a*sin(w*x + p)", spoilt("a*sin(w*x + p)", {"x": x}, {"a": 3, "w": 200, "p": 1}, 0.3))
    assert problem.values(search(problem).at)["w"] == pytest.approx(200, abs=0.01)


@pytest.mark.parametrize("scale", [1e-300, 1e250])
def test_responses_of_extreme_size_are_fitted(scale):
    found = search(problem_of(DECAY, {"x": X, "y": scale * (3 * np.exp(-0.7 * X) + 1)}))
    assert found.at == pytest.approx([3 * scale, 0.7, scale], rel=1e-6)


def test_signs_that_do_not_matter_are_positive_and_phases_short():
    data = {"x": X, "y": -2 * np.sin(3 * X + 20) + np.exp(-((X - 4) ** 2) / 0.3**2)}
    problem = problem_of("a*sin(w*x + p) + b*exp(-(x - m)^2/s^2)", data)
    values = problem.values(search(problem).at)
    assert values["a"] == pytest.approx(2)
    assert values["s"] == pytest.approx(0.3)
    assert values["w"] == pytest.approx(3)
    assert abs(values["p"]) <= math.pi + 1e-9


# fmt: off
POOR = {
    "a constant response":   (DECAY,                     {"x": X, "y": 0*X + 2},        0.0),
    "nothing but zeros":     ("a*exp(-(x - m)^2/s^2)",   {"x": X, "y": 0*X},            0.0),
    "a constant input":      ("a*sin(w*x + p)",          {"x": 0*X + 1, "y": X},        None),
    "an input of zeros":     (DECAY,                     {"x": 0*X, "y": X},            None),
    "one row":               (DECAY,                     {"x": [1.0], "y": [2.0]},      0.0),
    "fewer rows than names": ("a*exp(-(x - m)^2/s^2)",   {"x": [1.0, 2], "y": [2, 1]},  0.0),
    "a product of two":      ("a*b*exp(-(c + k)*x)",     {"x": X, "y": np.exp(-X)},     0.0),
}
# fmt: on


@pytest.mark.parametrize("name", POOR)
def test_poor_data_still_have_an_answer(name):
    model, data, least = POOR[name]
    found = search(problem_of(model, data))
    assert np.isfinite(found.at).all()
    spread = float(np.var(np.asarray(data["y"])) * len(data["y"]))
    assert found.loss == pytest.approx(spread if least is None else least, rel=1e-9, abs=1e-20)


def test_a_model_without_a_value_anywhere_says_so_and_names_no_place_that_nobody_gave():
    with pytest.raises(FitError, match="at none of the places tried") as told:
        fit("sqrt(x - a)*sqrt(a + 9.9 - x) + b", NOISY)  # each row has a value somewhere, but never all of them
    assert "a = " not in str(told.value)
    assert "start=" in told.value.hint
    with pytest.raises(FitError, match=r"in row 1 .*, nor in 99 other rows, at any start tried"):
        search(problem_of("sqrt(-1 - a^2)*x", NOISY))


# fmt: off
DOSE = [0, 0.1, 0.3, 1, 3, 10, 30, 100]
AT_ZERO = {
    "a power":               ("a*x^b",                               np.arange(10),       "a=2 b=1.5"),
    "one below 0":           ("a*x^(-b)",                            np.arange(10),       "a=2 b=-0.5"),
    "a root of it":          ("a*x^(1/n) + c",                       np.arange(10),       "a=2 n=2.5 c=1"),
    "a root":                ("sqrt(a*x) + b",                       X,                   "a=3 b=2"),
    "a dose and a response": ("o + (t - o)*x^h/(x^h + d^h)",         DOSE,                "o=1 t=10 h=1.3 d=4"),
    "one with a slow slope": ("o + (t - o)/(1 + (x/d)^h)",           DOSE,                "o=10 t=1 h=0.6 d=4"),
    "a stretched decay":     ("a*exp(-(x/t)^b) + c",                 X,                   "a=2 t=3 b=0.4 c=1"),
    "Weibull":               ("a*(1 - exp(-(x/l)^k))",               X,                   "a=3 l=4 k=0.7"),
    "two inputs":            ("a*x^b*z^c",                           np.arange(10),       "a=2 b=0.5 c=1.5"),
}
# fmt: on


@pytest.mark.parametrize("bounded", [False, True])
@pytest.mark.parametrize("name", AT_ZERO)
def test_powers_of_0_need_no_start(name, bounded):
    model, x, values = AT_ZERO[name]
    true = {p: float(value) for p, value in [pair.split("=") for pair in values.split()]}
    data = {"x": np.asarray(x, float)} | ({"z": np.arange(10.0)[::-1]} if "z" in model else {})
    found = fit(model, spoilt(model, data, true, 0.0), bounds=dict.fromkeys(true, (-20, 20)) if bounded else None)
    assert {p: abs(v) for p, v in found.values.items()} == pytest.approx({p: abs(v) for p, v in true.items()}, rel=1e-6)


@pytest.mark.parametrize("method", ["auto", "newton"])
@pytest.mark.parametrize("loss", ["squares", "poisson", "huber"])
def test_powers_of_0_have_slopes_and_curvatures_whatever_the_loss(loss, method):
    data = {"x": X, "y": np.random.default_rng(0).poisson(30 * np.exp(-((X / 8) ** 0.6)))}
    found = fit("a*exp(-(x/d)^h)", data, loss=loss, method=method, start={"a": 25, "d": 6, "h": 0.8})
    assert found.reason == "converged"
    assert found.values == pytest.approx({"a": 30, "d": 8, "h": 0.6}, rel=0.3)
    assert np.isfinite(found.band([0.0, 1.0])).all()


@pytest.mark.parametrize("text", ["a*(x/d)^h", "sqrt(a*x + 0*d)*h", "a*x^h*exp(-d)", "cbrt(a*x^2)*h*d"])
def test_slopes_with_limits_are_those_of_small_steps(text):
    names, at = ("a", "d", "h"), np.array([1.3, 2.1, 0.7])
    f, J = compile(text, (*names, "x")), compile(slopes(parse(text), names), (*names, "x"))
    for x in (0.0, 1e-3, 0.5, 3.0):
        steps = [(f(*(at + h), x) - f(*(at - h), x)) / 2e-6 for h in 1e-6 * np.eye(3)]
        assert J(*at, x) == pytest.approx(steps, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("loss", ["poisson", "binomial", "huber", "squares"])
def test_zeros_alone_are_no_crash(loss):
    try:
        assert fit("exp(a*x + b)/(1 + exp(a*x + b))", {"x": X, "y": 0 * X}, loss=loss).outcome.end.loss < 1e-9
    except FitError as told:
        assert told.hint  # noqa: PT017  # either is an answer
    assert np.isfinite(search(problem_of("a*exp(b*x)", {"x": [1.0], "y": [0.0]}, loss=loss)).at).all()


def test_columns_far_from_0_are_told_how_to_be_written():
    data = {"x": 1e9 + X, "y": NOISY["y"]}
    with pytest.raises(FitError, match="at the edge of the floats") as told:
        fit(DECAY, data)
    assert told.value.hint.endswith("as in a*exp(-b*(x - 1000000000)) + c")
    assert fit("a*exp(-b*(x - 1000000000)) + c", data).values["b"] == pytest.approx(0.7, rel=0.05)
    with pytest.raises(FitError) as told:
        fit("a*x^b", {"x": 2000 + X, "y": np.exp(X)})
    assert "(x/2000)^b" in told.value.hint


# ------------------------------------------------------------------------------------------ budget, Ctrl-C and progress

HARD = "+".join(f"a{i}*sin(w{i}*x + p{i})" for i in range(2))


def test_at_the_end_of_the_budget_the_best_so_far_is_given():
    noise = {"x": X, "y": np.random.default_rng(1).normal(size=100)}
    found = search(problem_of(HARD, noise), budget=Budget(evaluations=200))
    assert found.reason == "budget"
    assert found.loss < float(noise["y"] @ noise["y"])


def test_an_interrupt_gives_the_best_so_far():
    calls = []

    def seen(at, loss):
        calls.append(loss)
        if len(calls) == 2:
            raise KeyboardInterrupt

    noise = {"x": X, "y": np.random.default_rng(1).normal(size=100)}
    found = search(problem_of(HARD, noise), seen=seen)
    assert found.reason == "interrupted"
    assert found.loss == pytest.approx(min(calls))
    assert calls == sorted(calls, reverse=True)


# ----------------------------------------------------------------------------------------------------- the ways by name


def test_a_straightened_curve_gives_the_exact_values_of_exact_data():
    x1, x2 = PAIRS["x1"], PAIRS["x2"]
    names = ("a", "b", "c")
    (power,) = straightened(parse("a*x1^b*x2^c"), names, ("x1", "x2"), 3)
    assert solved(power, (x1, x2), -4 * x1**0.7 / x2, np.zeros((1, 0)), names)[0] == pytest.approx([-4, 0.7, -1])
    forms = straightened(parse("a*x/(b + x)"), ("a", "b"), ("x",), 2)
    answers = [solved(form, (X,), 5 * X / (3 + X), np.ones((1, len(form.split.others))), ("a", "b")) for form in forms]
    assert any(len(found) and found[-1] == pytest.approx([5, 3]) for found in answers)


def test_fractions_and_logarithms_mean_the_same_as_the_formula():
    rng = np.random.default_rng(0)
    for text in ("a + x/(b + x)", "(a*x - 1/x)^2/(b - 2/x)", "1/(a + b/(1 + x))^2", "-a/(x*b)", "a/x + b/x"):
        for a, b, x in rng.uniform(0.5, 2, (5, 3)).tolist():
            value = compile(text, "a b x")(a, b, x)
            above, below = (compile(part, "a b x")(a, b, x) for part in fraction(parse(text)))
            assert above / below == pytest.approx(value)
    for text in ("a*x^b*exp(-b*x)", "-a/x", "sqrt(a)*x^2/b^x", "a + x"):
        a, b, x = 1.3, 0.7, 2.0
        assert compile(logarithm(parse(text)), "a b x")(a, b, x) == pytest.approx(
            math.log(abs(compile(text, "a b x")(a, b, x)))
        )


def test_a_phase_becomes_a_sine_and_a_cosine_and_comes_back():
    residual, names = parse("a*exp(-d*x)*cos(2*w*x - 3*p) + c - y"), ("a", "d", "w", "p", "c")
    model = split([residual], names, ("x", "y"))
    (linear,), phases = without_phases(model, names, {"p": parse("-3")}, ())
    assert split([linear], names, ("x", "y")).linear == ("a", "p", "c")
    at = np.array([1.2, 0.3, 2.0, -0.7, 0.5])
    home = at_home(at, phases)
    args = (*names, "x", "y")
    for x in (0.1, 1.0, 2.7):
        value = compile(linear, args)(*at.tolist(), x, 0.3)
        assert compile(residual, args)(*home.tolist(), x, 0.3) == pytest.approx(value)
    assert home[0] > 0


def test_terms_that_share_a_parameter_are_one_group():
    model = split([parse("a*exp(-((x - m)/s)^2) + b*exp(-((x - n)/s)^2) + c*sin(w*x) + e*cos(w*x) + f - y")],
                  tuple("amsbncwef"), ("x", "y"))  # fmt: skip
    found = [{model.others[i] for i in group.others} for group in groups_of(model)]
    assert found == [{"m", "s", "n"}, {"w"}]


def test_peaks_dips_and_shoulders_are_seen():
    rng = np.random.default_rng(0)
    x = np.linspace(0, 100, 300)
    y = np.exp(-(((x - 20) / 4) ** 2)) - np.exp(-(((x - 50) / 6) ** 2)) + np.exp(-(((x - 80) / 5) ** 2))
    y += 0.6 * np.exp(-(((x - 88) / 5) ** 2)) + 0.02 * rng.normal(size=300)
    found = peaks(x, y)
    assert all(np.abs(found - place).min() < 3 for place in (20, 50, 80, 88))


def test_roles_are_read_from_the_formula_whatever_the_names():
    text = "h*exp(-(t - q)^2/(2*r^2)) + u*cos(2*pi*t/k + v) + l*g^t - z"
    found = roles_of([parse(text)], set("qrkvg"), {"t", "z"})
    assert set(found.places) >= {"q"}
    assert set(found.waves) == {"k"}
    assert found.waves["k"].period
    assert set(found.phases) == {"v"}
    assert set(found.bases) == {"g"}
