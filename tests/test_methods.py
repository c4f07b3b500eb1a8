"""The methods of descent, one after the other from their table: what each finds, obeys, refuses, and how it ends."""

import math

import numpy as np
import pytest

from symdiff.errors import FitError, ParseError
from symdiff.fit import fit
from symdiff.fit.data.reading import table
from symdiff.fit.descent.dataloss import DataLoss
from symdiff.fit.descent.descending import descended
from symdiff.fit.descent.objective import FormulaLoss
from symdiff.fit.losses import LOSSES
from symdiff.fit.methods.batches import shuffled
from symdiff.fit.methods.parts import Box, Ground, State
from symdiff.fit.methods.rates import SCHEDULES
from symdiff.fit.methods.table import METHODS, Settings
from symdiff.fit.methods.trust import Model
from symdiff.fit.methods.wolfe import FALL, Wolfe
from symdiff.fit.problem import Ask, met, plan_for
from symdiff.text.parse import parse

XS = np.linspace(0, 5, 60)
DECAY = (XS, 3 * np.exp(-0.7 * XS) + 0.5 + 0.05 * np.sin(40 * XS))
every_method = pytest.mark.parametrize("name", METHODS)
on_formulas = pytest.mark.parametrize("name", [name for name in METHODS if name != "sgd"])


def problem(model, data, **asked):
    found = table(data, ("x",), "y")
    return met(plan_for(Ask((model,), ("y",), **asked), found), found)


def formula(text):
    return FormulaLoss(parse(text))


def box(lower, upper):
    return {"lower": np.array(lower, float), "upper": np.array(upper, float)}


# --------------------------------------------------------------------------------------------------- what they find


def test_every_method_of_the_table_is_described_and_made():
    for row in METHODS.values():
        assert row.needs in ("slopes", "hessian", "residuals")
        assert row.make(DataLoss(problem("a*x", DECAY)), np.zeros(1), Settings()).words()


@on_formulas
@pytest.mark.parametrize(
    ("text", "least"),
    [("(x - 1)^2 + 4*(y - x)^2", (1, 1)), ("exp(x) - x + (y - x)^2 + y^4", (0, 0)), ("x^2 - x*y + y^2 - 3*x", (2, 1))],
)
def test_every_method_finds_the_minimum_of_a_valley(name, text, least):
    outcome, _ = descended(formula(text), np.array([2.0, -0.5]), name, steps=10_000)
    assert outcome.reason == "converged"
    assert outcome.end.at == pytest.approx(least, abs=1e-5)


@every_method
def test_every_method_fits_a_decay_from_zero(name):
    loss = DataLoss(problem("a*exp(-b*x) + c", DECAY))
    settings = Settings(batch=60, steps=10_000) if name == "sgd" else None
    outcome, _ = descended(loss, np.zeros(3), name, settings, steps=10_000, tolerance=1e-7)
    best, _ = descended(loss, np.array([3, 0.7, 0.5]), "newton")
    assert outcome.reason == "converged"
    assert outcome.end.at == pytest.approx(best.end.at, abs=1e-3)
    assert loss(best.end.at)[0] < 0.002


@pytest.mark.parametrize(
    ("name", "most"), [("newton", 30), ("gauss-newton", 30), ("bfgs", 60), ("l-bfgs", 60), ("cg", 80)]
)
def test_methods_that_learn_the_curvature_take_few_steps_down_the_banana(name, most):
    outcome, _ = descended(formula("(1 - x)^2 + 100*(y - x^2)^2"), np.array([-1.2, 1.0]), name)
    assert outcome.end.at == pytest.approx([1, 1], abs=1e-6)
    assert outcome.steps < most


def test_hundreds_of_parameters_are_no_trouble_for_l_bfgs():
    n = 400
    loss = formula(" + ".join(f"({1 + i % 7}*(x{i} - {i % 5}))^2 + (x{i} - x{(i + 1) % n})^2" for i in range(n)))
    outcome, _ = descended(loss, np.zeros(n), "l-bfgs", tolerance=1e-9)
    assert outcome.reason == "converged"
    assert np.abs(outcome.end.slopes).max() < 1e-4


def test_newton_leaves_a_saddle_on_which_it_starts():
    outcome, _ = descended(formula("x^2 - y^2 + y^4"), np.zeros(2))
    assert outcome.reason == "converged"
    assert outcome.end.loss == pytest.approx(-0.25)


def test_a_trial_without_a_value_is_a_step_too_far():
    for name in ("newton", "bfgs", "l-bfgs", "cg", "descent"):
        outcome, _ = descended(formula("x - log(x) + (y - sqrt(x))^2"), np.array([30.0, -4.0]), name, steps=10_000)
        assert outcome.end.at == pytest.approx([1, 1], abs=1e-6), name


# --------------------------------------------------------------------------------------------------------- bounds


@on_formulas
def test_every_method_keeps_within_bounds_and_finds_the_least_value_there(name):
    loss = formula("(x - 3)^2 + (y + 1)^2 + x*y/4")
    outcome, _ = descended(loss, np.array([1.0, 0.0]), name, steps=10_000, **box([0, -0.5], [2, 5]))
    assert outcome.reason == "converged"
    assert outcome.end.at == pytest.approx([2, -0.5], abs=1e-9)
    paths = outcome.history.values
    assert paths["x"].min() >= 0
    assert paths["y"].min() >= -0.5
    assert paths["x"].max() <= 2
    assert paths["y"].max() <= 5


@on_formulas
def test_a_bound_that_is_met_on_the_way_is_left_again(name):
    outcome, _ = descended(
        formula("(1 - x)^2 + 10*(y - x^2)^2"), np.array([-1.2, 1.0]), name, steps=10_000, **box([-2, -9], [9, 1.3])
    )
    assert outcome.end.at == pytest.approx([1, 1], abs=1e-4)


def test_batches_keep_within_bounds():
    loss = DataLoss(problem("a*x + b", (XS, 2 * XS + 1)))
    outcome, _ = descended(loss, np.zeros(2), "sgd", steps=500, **box([-1, -1], [1.5, 9]))
    assert outcome.end.at[0] == 1.5
    assert outcome.history.values["a"].max() <= 1.5


# ------------------------------------------------------------------------------------------------ rates and schedules


@pytest.mark.parametrize("schedule", [*SCHEDULES, "1/(1 + k/3)"])
def test_a_schedule_multiplies_the_rate_in_each_step(schedule):
    outcome, _ = descended(
        formula("x^2/2"),
        np.array([1.0]),
        "descent",
        Settings(rate=0.1, schedule=schedule, steps=30),
        steps=30,
        tolerance=0,
    )
    x, factor = (
        1.0,
        {
            "constant": lambda k: 1,
            "exponential": lambda k: 0.01 ** (k / 30),
            "step": lambda k: 0.1 ** (3 * k // 30),
            "inverse": lambda k: 1 / (1 + 10 * k / 30),
            "cosine": lambda k: (1 + math.cos(math.pi * k / 30)) / 2,
            "warm-up": lambda k: min(1, (k + 1) / 3),
        }.get(schedule, lambda k: 1 / (1 + k / 3)),
    )
    for k in range(30):
        assert outcome.history.values["x"][k] == pytest.approx(x, rel=1e-12)
        x -= 0.1 * factor(k) * x


def test_a_rate_may_be_a_formula_of_the_step():
    settings = Settings(rate="0.1/(1 + k/100)", steps=20)
    outcome, words = descended(formula("x^2/2"), np.array([1.0]), "descent", settings, steps=20, tolerance=0)
    expected = np.prod([1 - 0.1 / (1 + k / 100) for k in range(20)])
    assert outcome.end.at[0] == pytest.approx(expected, rel=1e-12)
    assert "0.1/(1 + k/100)" in words or "1/10/(1 + k/100)" in words


def test_nesterov_looks_ahead_and_momentum_does_not():
    loss, start, settings = formula("x^2/2"), np.array([1.0]), Settings(rate=0.1, momentum=0.5, steps=2)
    ball, _ = descended(loss, start, "momentum", settings, steps=2, tolerance=0)
    ahead, _ = descended(loss, start, "nesterov", settings, steps=2, tolerance=0)
    first = 1 - 0.1
    assert ball.end.at[0] == pytest.approx(first - 0.1 * (0.5 * 1 + first))
    one = 1 - 0.1 * 1.5
    assert ahead.end.at[0] == pytest.approx(one - 0.1 * (one + 0.5 * (0.5 * 1 + one)))


def test_a_long_descent_goes_on_in_plain_floats_along_the_same_path():
    loss = DataLoss(problem("m*x + b", (XS[:10], 2 * XS[:10] + np.cos(9 * XS[:10]))))
    for settings in (Settings(rate=0.01, steps=900), Settings(rate=0.01, momentum=0.5, steps=900)):
        outcome, _ = descended(loss, np.zeros(2), "descent", settings, steps=900, tolerance=0)
        at, velocity = np.zeros(2), np.zeros(2)
        for _ in range(900):
            velocity = settings.momentum * velocity - loss.batch(np.arange(10))(at)[1]
            at = at + 0.01 * velocity
        assert outcome.end.at == pytest.approx(at, rel=1e-9)
        assert len(outcome.history) == 901


# -------------------------------------------------------------------------------------------------------- batches


def test_an_epoch_takes_every_row_once():
    draw = np.random.default_rng(0)
    batches = list(shuffled(10, 4, draw))
    assert [len(rows) for rows in batches] == [4, 4, 2]
    assert sorted(np.concatenate(batches).tolist()) == list(range(10))


def test_stochastic_descent_is_by_hand_what_it_says():
    data = (XS[:5], 2 * XS[:5] + 1)
    loss = DataLoss(problem("m*x + b", data))
    outcome, _ = descended(loss, np.zeros(2), "sgd", Settings(rate=0.1, batch=2, seed=3, steps=2), steps=2, tolerance=0)
    draw, at = np.random.default_rng(3), np.zeros(2)
    for _ in range(2):
        order = draw.permutation(5)
        for rows in (order[:2], order[2:4], order[4:]):
            x, y = data[0][rows], data[1][rows]
            r = at[0] * x + at[1] - y
            at = at - 0.1 * np.array([(2 * r * x).mean(), (2 * r).mean()])
    assert outcome.end.at == pytest.approx(at, rel=1e-12)


@pytest.mark.parametrize("name", ["descent", "momentum", "nesterov", "adam", "sgd"])
def test_batches_are_seeded_and_go_with_every_first_order_method(name):
    loss = DataLoss(problem("m*x + b", DECAY))
    rate = 0.05 if name == "adam" else 0.005
    paths = [
        descended(loss, np.zeros(2), name, Settings(rate, batch=8, seed=seed, steps=40), steps=40, tolerance=0)[0]
        for seed in (1, 1, 2)
    ]
    assert paths[0].history.losses.tolist() == paths[1].history.losses.tolist() != paths[2].history.losses.tolist()
    assert paths[0].end.loss < loss(np.zeros(2))[0] / 3


def test_stochastic_descent_comes_near_the_minimum_by_itself():
    draw = np.random.default_rng(5)
    x = draw.uniform(-1, 1, 500)
    loss = DataLoss(problem("m*x + b", (x, 2 * x + 1 + 0.1 * draw.normal(size=500))))
    outcome, words = descended(loss, np.zeros(2), "sgd", Settings(steps=30), steps=30)
    assert outcome.end.at == pytest.approx([2, 1], abs=0.1)
    assert "batches of 32 rows, seed 0" in words


# ------------------------------------------------------------------------------------------------------------ parts


@pytest.mark.parametrize("seed", range(40))
def test_a_step_in_the_trust_region_solves_its_model(seed):
    draw = np.random.default_rng(seed)
    n = int(draw.integers(1, 6))
    A = draw.normal(size=(n, n))
    H, g, scale = A + A.T + draw.normal() * np.eye(n), draw.normal(size=n), np.exp(draw.normal(size=n))
    if seed % 4 == 0:  # the hard case: no slope along the most negative direction
        _, vectors = np.linalg.eigh(H / np.outer(scale, scale))
        g = scale * (vectors @ np.where(np.arange(n) == 0, 0, vectors.T @ (g / scale)))
    radius = float(np.exp(draw.normal()))
    p = Model(g, H, scale).step(radius)
    q = scale * p
    assert np.linalg.norm(q) <= 1.02 * radius
    ways = draw.normal(size=(4000, n))
    ways *= (np.linalg.norm(q) if np.linalg.norm(q) > 0.98 * radius else radius) / np.linalg.norm(ways, axis=1)[:, None]
    ways = np.concatenate([ways, 0.7 * ways, 0.3 * ways]) / scale
    others = ways @ g + np.einsum("ij,jk,ik->i", ways, H, ways) / 2
    assert p @ g + p @ H @ p / 2 <= others.min() + 1e-9 * abs(others.min())


@pytest.mark.parametrize(
    "text", ["x^4 - 3*x^2 + x + 10", "exp(x) + exp(-3*x)", "(1 - x)^2/(1 + x^2)", "x - log(x + 30)"]
)
@pytest.mark.parametrize("start", [-5.0, -0.3, 4.0])
def test_a_line_search_ends_where_wolfe_wants_it(text, start):
    ground = Ground(formula(text), Box())
    state = ground.state(0, np.array([start]))
    for length in (1e-4, 1.0, 50.0):
        way = -length * np.sign(state.slopes)
        found = Wolfe(ground, 0.1)(state, way)
        slope = float(way @ state.slopes)
        t = (found.at - state.at)[0] / way[0]
        assert found.loss <= state.loss + FALL * t * slope + 1e-12
        assert abs(found.slopes @ way) <= 0.1 * abs(slope)


@pytest.mark.parametrize("loss", [*LOSSES, "log(1 + exp(-y*f))", "r^4 + r^2", "(f - y)^2*(1 + y^2)"])
def test_the_mean_loss_of_data_has_exact_slopes_and_an_exact_hessian(loss):
    data = (XS[:6], np.array([0.3, 0.2, 0.0, 1.0, 0.7, 0.4]))
    given = problem("1/(1 + exp(a - b*x))", data, loss=loss, sigmas=("1 + x",), weighted=True)
    mean, at = DataLoss(given), np.array([0.3, 0.5])
    _, slopes = mean(at)
    H, B = mean.hessian(at), mean.curvature(at)
    for i in range(2):
        side = 1e-5 * np.eye(2)[i]
        assert slopes[i] == pytest.approx((mean(at + side)[0] - mean(at - side)[0]) / 2e-5, rel=1e-6, abs=1e-9)
        assert H[i] == pytest.approx((mean(at + side)[1] - mean(at - side)[1]) / 2e-5, rel=1e-5, abs=1e-8)
    assert np.linalg.eigvalsh(B)[0] > -1e-12
    quick = mean.function()
    assert list(quick(*at.tolist())) == pytest.approx([mean(at)[0], *slopes], rel=1e-12)


def test_likelihoods_are_found_from_afar():
    draw = np.random.default_rng(1)
    x = draw.uniform(-3, 3, 300)
    counts = draw.poisson(np.exp(0.5 + 0.8 * x)).astype(float)
    outcome, _ = descended(DataLoss(problem("exp(a + b*x)", (x, counts), loss="poisson")), np.array([-4.0, 6.0]))
    assert outcome.reason == "converged"
    assert outcome.end.at == pytest.approx([0.5, 0.8], abs=0.1)
    sides = np.where(draw.uniform(size=300) < 1 / (1 + np.exp(-2 * x + 1)), 1.0, -1.0)
    loss = DataLoss(problem("a + b*x", (x, sides), loss="log(1 + exp(-y*f))"))
    outcome, _ = descended(loss, np.array([20.0, -20.0]))
    assert outcome.reason == "converged"
    assert outcome.end.at == pytest.approx([-1, 2], abs=0.5)


# -------------------------------------------------------------------------------------------------- falling rates


def scheduled(schedule, steps):
    settings = Settings(rate=0.5, schedule=schedule, steps=steps)
    return descended(formula("x^2 + y^2/10"), np.ones(2), "descent", settings, steps=steps, tolerance=1e-9)[0]


def setting_of(advice, name):
    return next((part.value for part in advice.parts if getattr(part, "name", "") == name), None)


@pytest.mark.parametrize("schedule", ["cosine", "exponential", "inverse", "step", "warm-up", "1/(1 + k/1000)"])
def test_steps_advised_for_a_schedule_are_enough(schedule):
    first = scheduled(schedule, 100)
    assert first.reason == "steps"
    more = setting_of(first.advice, "steps")
    assert more < 2000
    assert scheduled(schedule, more).reason == "converged"


@pytest.mark.parametrize("schedule", ["1/(1 + k)", "0.9^k", "1/(1 + k)^2"])
def test_rates_that_fall_too_fast_are_told_and_no_steps_advised(schedule):
    found = scheduled(schedule, 30)
    assert found.reason == "steps"
    assert "so fast that 1,024 times the steps would not do" in found.why
    assert setting_of(found.advice, "steps") is None
    assert setting_of(found.advice, "method") == "descent"


# --------------------------------------------------------------------------------------------------------- endings


@pytest.mark.parametrize("loss", ["-r^2", "r^3", "r", "r^2 - r^4", "-abs(r)", "-exp(r)"])
def test_a_loss_of_residuals_that_falls_without_end_does_not_converge(loss):
    found = fit("m*x + b", DECAY, loss=loss)
    assert found.reason == "diverged"
    assert found.outcome.advice


@pytest.mark.parametrize(("method", "meant"), [("levenberg", "lm"), ("Levenberg_Marquardt", "lm"), ("gd", "descent")])
def test_methods_are_known_by_other_names(method, meant):
    with pytest.raises(FitError, match=f"did you mean '{meant}'"):
        fit("a*x", DECAY, method=method)


def test_whoever_allows_too_few_evaluations_is_told_what_is_left_to_gain():
    near = fit("a*exp(-b*x) + c", DECAY)
    done = fit("a*exp(-b*x) + c", DECAY, start=near.values, steps=1)
    assert "hardly falls any more" in done.outcome.why
    begun = fit("a*exp(-b*x) + c", DECAY, start={"a": 1, "b": 1, "c": 0}, steps=2)
    assert "may still take" in begun.outcome.why


@on_formulas
def test_whoever_interrupts_gets_the_best_so_far(name):
    def impatient(step, loss):
        if step == 3:
            raise KeyboardInterrupt

    loss = formula("(1 - x)^2 + 100*(y - x^2)^2")
    outcome, _ = descended(loss, np.array([-1.2, 1.0]), name, steps=10_000, seen=impatient)
    assert outcome.reason == "interrupted"
    assert "3 steps" in outcome.why
    assert outcome.end.loss == outcome.history.losses.min()


@on_formulas
def test_every_step_is_told(name):
    told = []
    outcome, _ = descended(formula("x^2 + y^4"), np.ones(2), name, steps=50, seen=lambda *one: told.append(one))
    assert [step for step, _ in told] == list(range(outcome.steps + 1))
    assert [loss for _, loss in told] == outcome.history.losses.tolist()


@pytest.mark.parametrize("name", ["descent", "bfgs", "l-bfgs", "cg", "newton"])
def test_a_loss_that_falls_without_end_is_found_out(name):
    outcome, _ = descended(formula("x^3 + y^2"), np.array([-1.0, 1.0]), name, steps=10_000)
    assert outcome.reason == "diverged"
    assert "falls without end" in outcome.why or "steps were too long" in outcome.why


# fmt: off
REFUSED = [
    ("newtn",   Settings(),                          "did you mean 'newton'"),
    ("LBFGS",   Settings(),                          "did you mean 'l-bfgs'"),
    ("what",    Settings(),                          "choose from auto, descent, momentum"),
    ("newton",  Settings(rate=0.1),                  "'newton' takes no rate"),
    ("bfgs",    Settings(momentum=0.5),              "'bfgs' takes no momentum"),
    ("adam",    Settings(momentum=0.5),              "momentum of its own"),
    ("descent", Settings(momentum=1.0),              "the momentum is 1.0"),
    ("descent", Settings(rate=-1.0),                 "the rate is -1.0"),
    ("descent", Settings(rate="k*x"),                "has x in it"),
    ("descent", Settings(rate=1, schedule="cosin"),  "did you mean 'cosine'"),
    ("descent", Settings(rate=1, schedule="1/m"),    "the schedule 1/m has m in it"),
    ("descent", Settings(rate={"x": 1}),             "no rate for y"),
    ("descent", Settings(rate=0.1, batch=0),         "the batch is 0"),
    ("sgd",     Settings(rate=0.1),                  "has no rows"),
]
# fmt: on


@pytest.mark.parametrize(("name", "settings", "message"), REFUSED)
def test_what_cannot_be_asked_of_a_method_is_refused(name, settings, message):
    with pytest.raises(FitError) as caught:
        descended(formula("x^2 + y^2"), np.ones(2), name, settings)
    assert message in " ".join(str(caught.value).split())


def test_a_schedule_that_is_no_formula_is_a_parse_error():
    with pytest.raises(ParseError):
        descended(formula("x^2"), np.ones(1), "descent", Settings(rate=1, schedule="1/(k +"))


def test_a_state_of_lists_becomes_one_of_vectors():
    assert isinstance(State(1, [1.0], 2.0, [3.0]).in_arrays().at, np.ndarray)
